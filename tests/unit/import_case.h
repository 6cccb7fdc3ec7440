/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files and texts imported, the scenario that comes of them, and what it says. */
#ifndef TESTS_UNIT_IMPORT_CASE_H
#define TESTS_UNIT_IMPORT_CASE_H

#include "imports/import.h"
#include "scenario/json.h"
#include "scenario/scenario.h"
#include "support/text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLES TESTS_DIR "/data/imports/"
#define AWSCLI SAMPLES "awscli/"
#define RECORDED SAMPLES "recorded-aws/"
#define OWN SAMPLES "own/"

struct imported {
    struct diagnostics diagnostics;
    struct inventory inventory;
    struct limits *limits;
    struct runtimes *runtimes;
    struct instances *instances;
    char *text;
    cJSON *root;
    int status; /* the worst of the files */
};

static inline void begin(struct imported *i)
{
    *i = (struct imported){0};
    diagnostics_init(&i->diagnostics);
    inventory_init(&i->inventory, &i->diagnostics);
    i->limits = limits_load(DATA_DIR, &i->diagnostics);
    i->runtimes = runtimes_load(DATA_DIR, &i->diagnostics);
    i->instances = instances_load(DATA_DIR, &i->diagnostics);
    ck_assert_uint_eq(i->diagnostics.errors, 0);
}

static inline void add(struct imported *i, const char *file)
{
    const int status = import_file(&i->inventory, file);
    i->status = status != 0 ? status : i->status;
}

static inline void add_text(struct imported *i, const char *text)
{
    const int status = import_text(&i->inventory, text, strlen(text), "text", NULL);
    i->status = status != 0 ? status : i->status;
}

/* The scenario, which must be valid. */
static inline void build(struct imported *i, struct import_request request)
{
    request.data.limits = i->limits;
    request.data.runtimes = i->runtimes;
    request.data.instances = i->instances;
    request.today = "2025-01-01";
    i->text = import_scenario(&i->inventory, &request);
    ck_assert_msg(i->text != NULL, "no scenario: %s",
                  i->diagnostics.count > 0 ? i->diagnostics.item[0].text : "(nothing said)");
    const char *const path = request.output != NULL ? request.output : "imported";
    struct diagnostics again;
    diagnostics_init(&again);
    struct scenario *const scenario =
        scenario_parse(i->text, strlen(i->text), path, &request.data, NULL, &again);
    ck_assert_msg(scenario != NULL, "%s", again.count > 0 ? again.item[0].text : "(nothing said)");
    ck_assert_uint_gt(scenario->workloads, 0);
    scenario_destroy(scenario);
    i->root = json_parse(i->text, strlen(i->text), "imported", &again);
    ck_assert_ptr_nonnull(i->root);
    diagnostics_finish(&again);
}

static inline void end(struct imported *i)
{
    cJSON_Delete(i->root);
    free(i->text);
    inventory_finish(&i->inventory);
    limits_destroy(i->limits);
    runtimes_destroy(i->runtimes);
    instances_destroy(i->instances);
    diagnostics_finish(&i->diagnostics);
}

static inline void again(struct imported *i)
{
    end(i);
    begin(i);
}

static inline void one(struct imported *i, const char *file)
{
    begin(i);
    add(i, file);
    ck_assert_msg(i->status == 0, "%s: %d", file, i->status);
    build(i, (struct import_request){.as_of = "2025-01-01"});
}

static inline void one_text(struct imported *i, const char *text)
{
    begin(i);
    add_text(i, text);
    ck_assert_int_eq(i->status, 0);
    build(i, (struct import_request){.as_of = "2025-01-01"});
}

/* "functions/a/memory_size"; NULL: not there. */
static inline const cJSON *at(const struct imported *i, const char *path)
{
    const cJSON *value = i->root;
    while (value != NULL && *path != '\0') {
        const size_t length = strcspn(path, "/");
        char *const key = text_format("%.*s", (int)length, path);
        value = cJSON_IsArray(value) ? cJSON_GetArrayItem(value, atoi(key))
                                     : cJSON_GetObjectItemCaseSensitive(value, key);
        free(key);
        path += length + (path[length] == '/');
    }
    return value;
}

static inline void number_is(const struct imported *i, const char *path, double wanted)
{
    const cJSON *const value = at(i, path);
    ck_assert_msg(cJSON_IsNumber(value) && value->valuedouble == wanted, "%s is not %g in %s", path,
                  wanted, i->text);
}

static inline void text_is(const struct imported *i, const char *path, const char *wanted)
{
    const cJSON *const value = at(i, path);
    ck_assert_msg(cJSON_IsString(value) && strcmp(value->valuestring, wanted) == 0,
                  "%s is not \"%s\" in %s", path, wanted, i->text);
}

static inline void size_is(const struct imported *i, const char *path, int wanted)
{
    ck_assert_msg(cJSON_GetArraySize(at(i, path)) == wanted, "%s has not %d members in %s", path,
                  wanted, i->text);
}

static inline bool said(const struct imported *i, bool warning, const char *part)
{
    for (size_t k = 0; k < i->diagnostics.count; k++)
        if (i->diagnostics.item[k].warning == warning &&
            strstr(i->diagnostics.item[k].text, part) != NULL)
            return true;
    return false;
}

#define warned(i, part)                                                                            \
    ck_assert_msg(said(i, true, part), "no warning has \"%s\"; the first: %s", part,               \
                  (i)->diagnostics.count > 0 ? (i)->diagnostics.item[0].text : "(none)")
#define not_warned(i, part) ck_assert_msg(!said(i, true, part), "a warning has \"%s\"", part)

#endif
