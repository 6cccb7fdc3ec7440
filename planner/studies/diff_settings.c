/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The settings that two results differ in: a walk through both scenarios' trees. */
#include "studies/diff.h"

#include "core/memory.h"
#include "scenario/json.h"
#include "support/text.h"

#include <stdlib.h>
#include <string.h>

static void add(struct diff_result *ret, const char *path, char *before, char *after)
{
    ret->setting = mem_resize(ret->setting, ret->settings + 1, sizeof *ret->setting);
    ret->setting[ret->settings++] = (struct diff_setting){mem_strdup(path), before, after};
}

/* What a run was told in another way than by its scenario; compared by itself. */
static bool is_overridden(const char *path)
{
    static const char *const overridden[] = {"as_of", "region", "run.seed", "run.replications"};
    for (size_t i = 0; i < sizeof overridden / sizeof *overridden; i++)
        if (strcmp(path, overridden[i]) == 0)
            return true;
    return false;
}

static char *text_of(const cJSON *value)
{
    return value == NULL ? NULL : json_canonical(value);
}

static void walk(struct diff_result *ret, const char *path, const cJSON *before,
                 const cJSON *after);

static void walk_child(struct diff_result *ret, const char *path, const char *key,
                       const cJSON *before, const cJSON *after)
{
    char *const below = *path == '\0' ? mem_strdup(key) : text_format("%s.%s", path, key);
    walk(ret, below, before, after);
    free(below);
}

static void walk_objects(struct diff_result *ret, const char *path, const cJSON *before,
                         const cJSON *after)
{
    for (const cJSON *b = before->child; b != NULL; b = b->next)
        walk_child(ret, path, b->string, b, cJSON_GetObjectItemCaseSensitive(after, b->string));
    for (const cJSON *a = after->child; a != NULL; a = a->next)
        if (cJSON_GetObjectItemCaseSensitive(before, a->string) == NULL)
            walk_child(ret, path, a->string, NULL, a);
}

/* By index: objectives and the like keep their places, and an entry more stands at the end. */
static void walk_lists(struct diff_result *ret, const char *path, const cJSON *before,
                       const cJSON *after)
{
    const cJSON *b = before->child, *a = after->child;
    for (size_t i = 0; b != NULL || a != NULL; i++) {
        char index[24];
        snprintf(index, sizeof index, "%zu", i);
        walk_child(ret, path, index, b, a);
        b = b == NULL ? NULL : b->next;
        a = a == NULL ? NULL : a->next;
    }
}

static void walk(struct diff_result *ret, const char *path, const cJSON *before, const cJSON *after)
{
    if (is_overridden(path))
        return;
    if (cJSON_IsObject(before) && cJSON_IsObject(after)) {
        walk_objects(ret, path, before, after);
    } else if (cJSON_IsArray(before) && cJSON_IsArray(after)) {
        walk_lists(ret, path, before, after);
    } else {
        char *const was = text_of(before), *const is = text_of(after);
        if (was == NULL || is == NULL || strcmp(was, is) != 0) {
            add(ret, path, was, is);
        } else {
            free(was);
            free(is);
        }
    }
}

static void compare_text(struct diff_result *ret, const char *path, const char *before,
                         const char *after)
{
    if (strcmp(before, after) != 0)
        add(ret, path, mem_strdup(before), mem_strdup(after));
}

static void compare_number(struct diff_result *ret, const char *path, uint64_t before,
                           uint64_t after)
{
    char was[24], is[24];
    snprintf(was, sizeof was, "%llu", (unsigned long long)before);
    snprintf(is, sizeof is, "%llu", (unsigned long long)after);
    compare_text(ret, path, was, is);
}

void diff_settings(struct diff_result *ret)
{
    const struct result *const before = &ret->before, *const after = &ret->after;
    struct diagnostics unheard; /* both are trees that were written from trees */
    diagnostics_init(&unheard);
    cJSON *const was =
        json_parse(before->scenario_json, strlen(before->scenario_json), "", &unheard);
    cJSON *const is = json_parse(after->scenario_json, strlen(after->scenario_json), "", &unheard);
    compare_text(ret, "as_of", before->as_of, after->as_of);
    compare_text(ret, "region", before->region, after->region);
    if (!ret->bills) {
        compare_number(ret, "run.seed", before->seed, after->seed);
        compare_number(ret, "run.replications", before->replications, after->replications);
    }
    if (was != NULL && is != NULL)
        walk(ret, "", was, is);
    cJSON_Delete(was);
    cJSON_Delete(is);
    diagnostics_finish(&unheard);
}
