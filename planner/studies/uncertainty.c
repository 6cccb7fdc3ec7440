/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "studies/uncertainty.h"

#include "core/memory.h"
#include "support/csv.h"
#include "support/text.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS 6 /* significant ones of a value */

static bool is_numeric(const struct field *field)
{
    return field->type == FIELD_NUMBER || field->type == FIELD_INTEGER ||
           field->type == FIELD_DISTRIBUTION;
}

/* What is asked, how it is simulated and what is uncertain are no inputs of the system. */
static bool is_of_the_system(const char *path)
{
    static const char *const others[] = {"run.", "objectives.", "alarms.", "uncertain."};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strncmp(path, others[i], strlen(others[i])) == 0)
            return false;
    return true;
}

/* The path leads to a single number that is not there yet. */
static const struct field *check_path(const struct uncertain_inputs *inputs, const char *path,
                                      const char *place, const cJSON *root,
                                      struct diagnostics *diagnostics)
{
    const char *text = NULL;
    const struct field *const field = design_field(root, path, place, diagnostics);
    if (field == NULL)
        return NULL;
    if (!is_numeric(field))
        text = "is no number";
    else if (!is_of_the_system(path))
        text = "is no input of the system";
    else if (cJSON_IsObject(design_node(root, path)))
        text = "is a distribution: name one of its parameters, as …mean";
    for (size_t i = 0; i < inputs->count && text == NULL; i++)
        if (strcmp(inputs->item[i].path, path) == 0)
            text = "is uncertain twice";
    if (text == NULL)
        return field;
    diagnostics_error(diagnostics, place, 0, "%s: %s", path, text);
    return NULL;
}

static void add(struct uncertain_inputs *inputs, const struct uncertain_input *input)
{
    inputs->item = mem_resize(inputs->item, inputs->count + 1, sizeof *inputs->item);
    inputs->item[inputs->count] = *input;
    inputs->item[inputs->count++].path = mem_strdup(input->path);
}

int uncertain_from_scenario(struct uncertain_inputs *ret, const struct scenario *scenario,
                            const cJSON *root, struct diagnostics *diagnostics)
{
    struct uncertain_inputs found = {0};
    int status = 0;
    for (size_t i = 0; i < scenario->uncertains; i++) {
        const struct uncertain_spec *const u = &scenario->uncertain[i];
        char *const place = text_format("%s:%ld: uncertain[%zu]", scenario->path, u->line, i);
        const struct field *const field = check_path(&found, u->path, place, root, diagnostics);
        if (field == NULL)
            status = -1;
        else
            add(&found, &(struct uncertain_input){u->path, u->low, u->mid, u->high, u->distribution,
                                                  field->type == FIELD_INTEGER});
        free(place);
    }
    if (ret != NULL)
        *ret = found;
    else
        uncertain_finish(&found);
    return status;
}

static double tidy(double value)
{
    char text[40];
    snprintf(text, sizeof text, "%.*g", DIGITS, value);
    return strtod(text, NULL);
}

/* Around a value; a whole number moves by 1 at least. */
static struct uncertain_input around(char *path, double value, double by, bool whole)
{
    const double half = whole ? fmax(1, round(fabs(value) * by)) : fabs(value) * by;
    const double low = whole ? value - half : tidy(value - half);
    const double high = whole ? value + half : tidy(value + half);
    return (struct uncertain_input){path, low, value, high, UNCERTAIN_UNIFORM, whole};
}

static bool parse_range(const char *text, struct uncertain_input *ret)
{
    double value[3];
    size_t count = 0;
    for (bool more = true; more; count++) {
        const size_t length = strcspn(text, ":");
        char *const word = text_format("%.*s", (int)length, text);
        const bool good = count < 3 && csv_to_double(word, &value[count]);
        free(word);
        if (!good)
            return false;
        more = text[length] == ':';
        text += length + more;
    }
    ret->low = value[0];
    ret->high = value[count - 1];
    ret->mid = count == 3 ? value[1] : value[0] + (ret->high - ret->low) / 2;
    return count > 1 && ret->low < ret->high && ret->low <= ret->mid && ret->mid <= ret->high;
}

static int add_text(struct uncertain_inputs *ret, char *path, const char *range, double by,
                    const cJSON *root, struct diagnostics *diagnostics)
{
    const struct field *const field = check_path(ret, path, "--input", root, diagnostics);
    if (field == NULL)
        return -1;
    const bool whole = field->type == FIELD_INTEGER;
    struct uncertain_input input = {path, .distribution = UNCERTAIN_TRIANGULAR, .whole = whole};
    const cJSON *const node = design_node(root, path);
    if (range != NULL && !parse_range(range, &input)) {
        diagnostics_usage(diagnostics, "--input",
                          "%s=%s: a range is LOW:HIGH or LOW:MID:HIGH, in this order", path, range);
        return -1;
    }
    if (range == NULL && (!cJSON_IsNumber(node) || node->valuedouble == 0)) {
        diagnostics_error(diagnostics, "--input", 0,
                          "%s: the scenario states no number there but 0: give LOW:MID:HIGH", path);
        return -1;
    }
    if (range == NULL)
        input = around(path, node->valuedouble, by, whole);
    add(ret, &input);
    return 0;
}

int uncertain_from_text(struct uncertain_inputs *ret, const char *text, double by,
                        const cJSON *root, struct diagnostics *diagnostics)
{
    const char *const sign = strchr(text, '=');
    char *const path =
        text_format("%.*s", sign == NULL ? (int)strlen(text) : (int)(sign - text), text);
    const int status = add_text(ret, path, sign == NULL ? NULL : sign + 1, by, root, diagnostics);
    free(path);
    return status;
}

/* --- what is written -------------------------------------------------------------------------- */

static void walk(struct uncertain_inputs *ret, const cJSON *root, const cJSON *node, char *path,
                 double by)
{
    struct diagnostics unheard;
    if (cJSON_IsObject(node)) {
        for (const cJSON *child = node->child; child != NULL; child = child->next) {
            char *const below = text_format("%s.%s", path, child->string);
            walk(ret, root, child, below, by);
            free(below);
        }
        return;
    }
    if (!cJSON_IsNumber(node) || node->valuedouble == 0)
        return;
    diagnostics_init(&unheard);
    const struct field *const field = check_path(ret, path, "", root, &unheard);
    if (field != NULL) {
        const struct uncertain_input input =
            around(path, node->valuedouble, by, field->type == FIELD_INTEGER);
        add(ret, &input);
    }
    diagnostics_finish(&unheard);
}

void uncertain_assume(struct uncertain_inputs *ret, const cJSON *root, double by)
{
    static const char *const sections[] = {"workloads", "functions"};
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        const cJSON *const section = cJSON_GetObjectItemCaseSensitive(root, sections[i]);
        char *const path = mem_strdup(sections[i]);
        if (cJSON_IsObject(section))
            walk(ret, root, section, path, by);
        free(path);
    }
}

static bool is_scenario(const struct uncertain_input *input, double value,
                        const struct design_base *base)
{
    struct diagnostics unheard;
    char *const text = uncertain_text(input, value);
    const struct setting setting = {input->path, text, SETTING_NUMBER};
    const struct design design = {&setting, 1};
    diagnostics_init(&unheard);
    struct scenario *const scenario = design_read(base, &design, &unheard);
    const bool good = scenario != NULL;
    scenario_destroy(scenario);
    diagnostics_finish(&unheard);
    free(text);
    return good;
}

void uncertain_trim(struct uncertain_inputs *inputs, const struct design_base *base,
                    struct diagnostics *diagnostics)
{
    size_t kept = 0;
    for (size_t i = 0; i < inputs->count; i++) {
        struct uncertain_input input = inputs->item[i];
        if (!is_scenario(&input, input.low, base))
            input.low = input.mid;
        if (!is_scenario(&input, input.high, base))
            input.high = input.mid;
        if (input.low < input.high) {
            inputs->item[kept++] = input;
            continue;
        }
        diagnostics_warning(diagnostics, NULL, 0,
                            "%s is taken as certain: it can be neither less nor more by that much",
                            input.path);
        free(input.path);
    }
    inputs->count = kept;
}

void uncertain_finish(struct uncertain_inputs *inputs)
{
    for (size_t i = 0; i < inputs->count; i++)
        free(inputs->item[i].path);
    free(inputs->item);
    *inputs = (struct uncertain_inputs){0};
}

/* --- values ----------------------------------------------------------------------------------- */

static double triangular(const struct uncertain_input *in, double u)
{
    const double width = in->high - in->low, left = in->mid - in->low;
    if (u * width < left)
        return in->low + sqrt(u * width * left);
    return in->high - sqrt((1 - u) * width * (in->high - in->mid));
}

double uncertain_quantile(const struct uncertain_input *input, double u)
{
    const double width = input->high - input->low;
    if (input->whole && input->distribution == UNCERTAIN_UNIFORM)
        return fmin(floor(input->low + u * (width + 1)), input->high);
    switch (input->distribution) {
    case UNCERTAIN_UNIFORM:
        return input->low + u * width;
    case UNCERTAIN_PERT: {
        const double left = 4 * (input->mid - input->low) / width;
        return input->low + width * gsl_cdf_beta_Pinv(u, 1 + left, 5 - left);
    }
    case UNCERTAIN_TRIANGULAR:
        break;
    }
    return triangular(input, u);
}

char *uncertain_text(const struct uncertain_input *input, double value)
{
    char number[JSON_NUMBER_SIZE];
    const double rounded = input->whole ? round(value) : tidy(value);
    return mem_strdup(json_number(fmin(fmax(rounded, input->low), input->high), number));
}
