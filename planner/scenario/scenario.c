/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/scenario.h"

#include "core/memory.h"
#include "scenario/internal.h"
#include "support/date.h"
#include "support/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the files of a scenario are looked for: "", or a path that ends in a slash. */
static char *folder_of(const char *path)
{
    const char *const slash = strrchr(path, '/');
    return slash == NULL ? mem_strdup("") : text_format("%.*s", (int)(slash - path) + 1, path);
}

static char *default_name(const char *path)
{
    const char *const slash = strrchr(path, '/');
    const char *const base = slash == NULL ? path : slash + 1;
    const char *const dot = strrchr(base, '.');
    if (strcmp(path, "-") == 0)
        return mem_strdup("scenario");
    return dot == NULL || dot == base ? mem_strdup(base)
                                      : text_format("%.*s", (int)(dot - base), base);
}

static void set_day(struct reader *reader, const char *text)
{
    reader->day_known = text != NULL && date_parse(text, &reader->day) &&
                        reader->day >= date_from_civil(2006, 1, 1) &&
                        reader->day <= date_from_civil(2099, 12, 31);
}

/* The era decides on defaults and limits, so its day is needed before anything else is read. */
static void find_day(struct reader *reader, const struct scenario_overrides *overrides)
{
    char shown[JSON_SHOWN_SIZE];
    if (overrides != NULL && overrides->as_of != NULL) {
        set_day(reader, overrides->as_of);
        if (!reader->day_known)
            diagnostics_error(reader->diagnostics, NULL, 0,
                              "--as-of: \"%s\" is not a date from 2006 to 2099 (YYYY-MM-DD)",
                              json_shown(overrides->as_of, shown));
        return;
    }
    const cJSON *const as_of = reader_member(reader->root, "as_of");
    set_day(reader, cJSON_IsString(as_of) ? as_of->valuestring : NULL);
}

static bool parse_seed(const char *text, uint64_t *ret)
{
    const size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 16 || text[digits] != '\0')
        return false;
    *ret = strtoull(text, NULL, 10);
    return *ret <= UINT64_C(9007199254740992);
}

static void apply_overrides(struct reader *reader, const struct scenario_overrides *overrides,
                            struct scenario *scenario)
{
    char shown[JSON_SHOWN_SIZE];
    if (overrides == NULL)
        return;
    if (overrides->as_of != NULL && reader->day_known)
        scenario->as_of_day = reader->day;
    if (overrides->region != NULL) {
        if (text_rules[TEXT_REGION].check(overrides->region)) {
            free(scenario->region);
            scenario->region = mem_strdup(overrides->region);
        } else {
            diagnostics_error(reader->diagnostics, NULL, 0, "--region: \"%s\" %s",
                              json_shown(overrides->region, shown),
                              text_rules[TEXT_REGION].sentence);
        }
    }
    if (overrides->seed != NULL && !parse_seed(overrides->seed, &scenario->run.seed))
        diagnostics_error(reader->diagnostics, NULL, 0,
                          "--seed: \"%s\" is not a whole number from 0 to %s",
                          json_shown(overrides->seed, shown), JSON_MAX_WHOLE);
}

struct scenario *scenario_read(cJSON *root, const char *path, const struct scenario_data *data,
                               const struct scenario_overrides *overrides,
                               struct diagnostics *diagnostics)
{
    const size_t before = diagnostics->errors;
    if (root == NULL)
        return NULL;
    const char *const shown = strcmp(path, "-") == 0 ? "standard input" : path;
    struct reader reader = {.file = shown,
                            .folder = folder_of(path),
                            .data = data,
                            .diagnostics = diagnostics,
                            .root = root};
    struct scenario *scenario = mem_alloc(1, sizeof *scenario);
    find_day(&reader, overrides);
    reader_object(&reader, &object_scenario, root, scenario);
    apply_overrides(&reader, overrides, scenario);
    if (cJSON_IsObject(root)) {
        checks_region(&reader, scenario, overrides != NULL && overrides->region != NULL);
        checks_run(&reader, scenario);
    }
    scenario->json = root;
    if (diagnostics->errors == before)
        checks_schedules(&reader, scenario);
    if (diagnostics->errors != before) {
        scenario_destroy(scenario);
        scenario = NULL;
    } else {
        scenario->path = mem_strdup(shown);
        scenario->canonical_json = json_canonical(root);
        if (scenario->name == NULL)
            scenario->name = default_name(path);
        if (scenario->description == NULL)
            scenario->description = mem_strdup("");
    }
    lookup_finish(&reader.unsound);
    free(reader.folder);
    return scenario;
}

struct scenario *scenario_load(const char *path, const struct scenario_data *data,
                               const struct scenario_overrides *overrides,
                               struct diagnostics *diagnostics)
{
    return scenario_read(json_read_file(path, diagnostics), path, data, overrides, diagnostics);
}

struct scenario *scenario_parse(const char *text, size_t size, const char *path,
                                const struct scenario_data *data,
                                const struct scenario_overrides *overrides,
                                struct diagnostics *diagnostics)
{
    return scenario_read(json_parse(text, size, path, diagnostics), path, data, overrides,
                         diagnostics);
}

void scenario_destroy(struct scenario *scenario)
{
    if (scenario == NULL)
        return;
    fields_finish(&object_scenario, scenario);
    free(scenario->path);
    free(scenario->canonical_json);
    cJSON_Delete(scenario->json);
    free(scenario);
}

/* The field of entities that are called "KIND:NAME". */
static const struct field *section_of(const char *entity, size_t kind_length)
{
    const char *const kind = strncmp(entity, "esm:", 4) == 0 ? "event_source_mapping" : entity;
    const size_t length = kind == entity ? kind_length : strlen(kind);
    for (size_t i = 0; i < object_scenario.fields; i++) {
        const struct field *const field = &object_scenario.field[i];
        if (field->type == FIELD_MAP && strlen(field->object->name) == length &&
            memcmp(field->object->name, kind, length) == 0)
            return field;
    }
    return NULL;
}

long scenario_place(const struct scenario *scenario, const char *entity,
                    char path[SCENARIO_PLACE_SIZE])
{
    const size_t length = strcspn(entity, ":");
    const char *const name = entity[length] == ':' ? entity + length + 1 : "";
    const struct field *const section = section_of(entity, length);
    const cJSON *const at =
        section == NULL ? NULL : reader_member(reader_member(scenario->json, section->key), name);
    if (at == NULL)
        snprintf(path, SCENARIO_PLACE_SIZE, "%s", entity);
    else
        snprintf(path, SCENARIO_PLACE_SIZE, "%s.%s", section->key, name);
    return at == NULL ? 0 : json_line(at);
}
