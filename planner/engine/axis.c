/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/axis.h"

#include "core/memory.h"
#include "core/random.h"
#include "support/csv.h"
#include "support/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLE_DIGITS 6 /* significant ones of a value that is drawn */

struct parse {
    struct axis *axis;
    const struct field *field;
    const char *place;
    struct diagnostics *diagnostics;
};

static int fail(const struct parse *p, const char *text)
{
    diagnostics_usage(p->diagnostics, p->place, "%s: %s", p->axis->path, text);
    return -1;
}

static bool is_numeric(const struct field *field)
{
    return field->type == FIELD_NUMBER || field->type == FIELD_INTEGER ||
           field->type == FIELD_BOUND || field->type == FIELD_DISTRIBUTION;
}

/* --- lists ---------------------------------------------------------------------------------- */

/* Takes `text`. */
static int add_value(struct axis *axis, char *text, enum setting_kind kind)
{
    axis->value = mem_resize(axis->value, axis->values + 1, sizeof *axis->value);
    axis->value[axis->values++] = (struct setting){axis->path, text, kind};
    return 0;
}

static int add_word(const struct parse *p, const char *word)
{
    enum setting_kind kind;
    char *const text = design_value(p->field, p->axis->path, word, p->place, &kind, p->diagnostics);
    if (text == NULL)
        return -1;
    for (size_t i = 0; i < p->axis->values; i++)
        if (strcmp(p->axis->value[i].text, text) == 0) {
            diagnostics_usage(p->diagnostics, p->place, "%s: %s stands there twice", p->axis->path,
                              text);
            free(text);
            return -1;
        }
    return add_value(p->axis, text, kind);
}

static int parse_list(const struct parse *p, const char *text)
{
    int status = 0;
    for (const char *at = text;; at++) {
        const size_t length = strcspn(at, ",");
        char *const word = text_format("%.*s", (int)length, at);
        status |= add_word(p, word);
        free(word);
        at += length;
        if (*at == '\0' || status != 0)
            return status;
    }
}

/* --- ranges --------------------------------------------------------------------------------- */

/* Steps of 0.1 must not give 0.30000000000000004. */
static double tidy(double value)
{
    char text[40];
    snprintf(text, sizeof text, "%.12g", value);
    return strtod(text, NULL);
}

static int add_number(struct axis *axis, double value)
{
    char text[JSON_NUMBER_SIZE];
    return add_value(axis, mem_strdup(json_number(tidy(value), text)), SETTING_NUMBER);
}

static int fill_linear(const struct parse *p, double step)
{
    struct axis *const a = p->axis;
    if (!(step > 0))
        return fail(p, "the step must be above 0");
    const double count = floor((a->to - a->from) / step * (1 + 1e-12) + 1e-9) + 1;
    if (count > (double)AXIS_VALUES_MAX)
        return fail(p, "these are more than 1,000,000 values");
    for (size_t i = 0; i < (size_t)count; i++)
        add_number(a, a->from + (double)i * step);
    return 0;
}

static int fill_logarithmic(const struct parse *p, double factor)
{
    struct axis *const a = p->axis;
    if (!(factor > 1))
        return fail(p, "the factor must be above 1");
    const double count = floor(log(a->to / a->from) / log(factor) * (1 + 1e-12) + 1e-9) + 1;
    if (count > (double)AXIS_VALUES_MAX)
        return fail(p, "these are more than 1,000,000 values");
    double last = NAN;
    for (size_t i = 0; i < (size_t)count; i++) {
        const double exact = a->from * pow(factor, (double)i);
        const double value = a->whole ? round(exact) : exact;
        if (value != last)
            add_number(a, value);
        last = value;
    }
    return 0;
}

/* The number up to a colon or the end; moves behind the colon. */
static bool take_number(const char **at, double *ret)
{
    const size_t length = strcspn(*at, ":");
    char *const text = text_format("%.*s", (int)length, *at);
    const bool good = csv_to_double(text, ret);
    free(text);
    *at += length;
    *at += **at == ':';
    return good;
}

static int parse_range(const struct parse *p, const char *text)
{
    struct axis *const a = p->axis;
    const char *at = text;
    double step = 0;
    a->whole = p->field->type == FIELD_INTEGER;
    const bool ends = take_number(&at, &a->from) && take_number(&at, &a->to);
    a->logarithmic = *at == '*';
    at += a->logarithmic;
    a->open = *at == '\0';
    if (!ends || (!a->open && (!take_number(&at, &step) || *at != '\0')))
        return fail(p, "a range is FROM:TO:STEP, or FROM:TO:*FACTOR");
    if (!(a->from < a->to))
        return fail(p, "a range goes from the smaller to the larger value");
    if (a->logarithmic && !(a->from > 0))
        return fail(p, "a range of factors begins above 0");
    if (a->open)
        return 0;
    return a->logarithmic ? fill_logarithmic(p, step) : fill_linear(p, step);
}

int axis_parse(struct axis *ret, const cJSON *root, const char *text, const char *place,
               struct diagnostics *diagnostics)
{
    const char *const sign = strchr(text, '=');
    *ret = (struct axis){0};
    if (sign == NULL) {
        diagnostics_usage(diagnostics, place,
                          "%s: values are missing; write PATH=VALUES, as in "
                          "functions.f.memory_size=128,256",
                          text);
        return -1;
    }
    ret->path = text_format("%.*s", (int)(sign - text), text);
    const struct parse p = {ret, design_field(root, ret->path, place, diagnostics), place,
                            diagnostics};
    if (p.field == NULL)
        return -1;
    return is_numeric(p.field) && strchr(sign, ':') != NULL ? parse_range(&p, sign + 1)
                                                            : parse_list(&p, sign + 1);
}

int axis_parse_numbers(struct axis *ret, const char *text, const char *place,
                       struct diagnostics *diagnostics)
{
    static const struct field number = {.type = FIELD_NUMBER};
    *ret = (struct axis){.path = mem_strdup(text)};
    const struct parse p = {ret, &number, place, diagnostics};
    return strchr(text, ':') != NULL ? parse_range(&p, text) : parse_list(&p, text);
}

void axis_finish(struct axis *axis)
{
    for (size_t i = 0; i < axis->values; i++)
        free((void *)(uintptr_t)axis->value[i].text);
    free(axis->value);
    free(axis->path);
    *axis = (struct axis){0};
}

/* --- designs -------------------------------------------------------------------------------- */

static int make_designs(struct designs *ret, size_t axes, size_t count)
{
    ret->design = mem_alloc(count, sizeof *ret->design);
    ret->setting = mem_alloc(count * axes, sizeof *ret->setting);
    ret->count = count;
    for (size_t i = 0; i < count; i++)
        ret->design[i] = (struct design){ret->setting + i * axes, axes};
    return 0;
}

static int too_many(struct diagnostics *diagnostics)
{
    diagnostics_usage(diagnostics, "--vary", "these are more than 10,000,000 designs");
    return -1;
}

int designs_grid(struct designs *ret, const struct axis *axis, size_t axes,
                 struct diagnostics *diagnostics)
{
    size_t count = 1;
    *ret = (struct designs){0};
    for (size_t i = 0; i < axes; i++) {
        if (axis[i].open) {
            diagnostics_usage(diagnostics, "--vary",
                              "%s: a grid needs a step: FROM:TO:STEP or FROM:TO:*FACTOR; with "
                              "--sample N the range is enough",
                              axis[i].path);
            return -1;
        }
        if (axis[i].values > DESIGNS_MAX / count)
            return too_many(diagnostics);
        count *= axis[i].values;
    }
    make_designs(ret, axes, count);
    for (size_t i = 0; i < count; i++) {
        size_t rest = i;
        for (size_t k = axes; k-- > 0; rest /= axis[k].values)
            ret->setting[i * axes + k] = axis[k].value[rest % axis[k].values];
    }
    return 0;
}

/* A value of an open axis at `u` of 0 .. 1. */
static double value_at(const struct axis *axis, double u)
{
    char text[40];
    const double value = axis->logarithmic ? axis->from * pow(axis->to / axis->from, u)
                         : axis->whole     ? floor(axis->from + u * (axis->to - axis->from + 1))
                                           : axis->from + u * (axis->to - axis->from);
    snprintf(text, sizeof text, "%.*g", SAMPLE_DIGITS, value);
    const double rounded = axis->whole ? round(value) : strtod(text, NULL);
    return fmin(fmax(rounded, axis->from), axis->to);
}

static void draw(struct designs *designs, const struct axis *axis, size_t axes, size_t k,
                 struct random_stream *random)
{
    const size_t count = designs->count;
    size_t *const part = mem_alloc(count, sizeof *part);
    char number[JSON_NUMBER_SIZE];
    for (size_t i = 0; i < count; i++) { /* Fisher and Yates */
        const size_t other = (size_t)(random_uniform(random) * (double)(i + 1));
        part[i] = part[other];
        part[other] = i;
    }
    for (size_t i = 0; i < count; i++) {
        struct setting *const setting = &designs->setting[i * axes + k];
        const double u = ((double)part[i] + random_uniform(random)) / (double)count;
        if (axis->open) {
            char *const text = mem_strdup(json_number(value_at(axis, u), number));
            designs->text[designs->texts++] = text;
            *setting = (struct setting){axis->path, text, SETTING_NUMBER};
        } else {
            const size_t index = (size_t)(u * (double)axis->values);
            *setting = axis->value[index < axis->values ? index : axis->values - 1];
        }
    }
    free(part);
}

int designs_sample(struct designs *ret, const struct axis *axis, size_t axes, size_t count,
                   uint64_t seed, struct diagnostics *diagnostics)
{
    *ret = (struct designs){0};
    if (count > DESIGNS_MAX)
        return too_many(diagnostics);
    make_designs(ret, axes, count);
    ret->text = mem_alloc(count * axes, sizeof *ret->text);
    for (size_t k = 0; k < axes; k++) {
        struct random_stream random;
        random_init(&random, seed, 0, axis[k].path, "latin hypercube");
        draw(ret, &axis[k], axes, k, &random);
    }
    return 0;
}

void designs_finish(struct designs *designs)
{
    for (size_t i = 0; i < designs->texts; i++)
        free(designs->text[i]);
    free(designs->text);
    free(designs->design);
    free(designs->setting);
    *designs = (struct designs){0};
}
