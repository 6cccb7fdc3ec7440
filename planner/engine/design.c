/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Designs: paths into a scenario's tree, values at paths, reading the whole. */
#include "engine/design.h"

#include "core/memory.h"
#include "engine/near_paths.h"
#include "scenario/reader.h"
#include "support/csv.h"
#include "support/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CANDIDATES 64 /* names that a message chooses from */

/* A way through the tree, step by step. */
struct walk {
    const cJSON *root;
    const char *path, *rest;     /* the whole, and what is still to go */
    cJSON *node;                 /* where it is; NULL: not in the tree, but the vocabulary has it */
    const struct object *object; /* NULL: `field` tells what the node is */
    const struct field *field;   /* NULL at the root */
    const char *place;           /* NULL: nothing is reported */
    struct diagnostics *diagnostics;
};

static bool fail(const struct walk *w, const char *key, const char *const *candidate, size_t count)
{
    char suggestion[400], shown[JSON_SHOWN_SIZE];
    if (w->place == NULL)
        return false;
    const bool slip = text_near_miss(key, candidate, count) != NULL;
    char *const elsewhere = slip ? NULL : near_paths(w->root, w->path);
    const struct reader reader = {.diagnostics = w->diagnostics};
    const size_t before = (size_t)(w->rest - w->path);
    reader_suggest(&reader, key, candidate, count, '`', suggestion, sizeof suggestion);
    diagnostics_error(w->diagnostics, w->place, 0, "%s: there is no `%s` in %.*s%s", w->path,
                      json_shown(key, shown), before > 0 ? (int)before - 1 : 12,
                      before > 0 ? w->path : "the scenario",
                      elsewhere != NULL ? elsewhere : suggestion);
    free(elsewhere);
    return false;
}

/* The length of the path's next step, up to a dot. */
static size_t step_length(const struct walk *w)
{
    return strcspn(w->rest, ".");
}

static void advance(struct walk *w, size_t length)
{
    w->rest += length;
    w->rest += *w->rest == '.';
}

static bool enter_key(struct walk *w)
{
    const struct object *const object = w->object;
    const char *candidate[CANDIDATES];
    char *const key = text_format("%.*s", (int)step_length(w), w->rest);
    const int index = fields_find(object, key);
    size_t count = 0;
    for (; count < object->fields && count < CANDIDATES; count++)
        candidate[count] = object->field[count].key;
    if (index < 0) {
        fail(w, key, candidate, count);
    } else {
        w->field = &object->field[index];
        w->object = w->field->type == FIELD_OBJECT ? w->field->object : NULL;
        w->node = cJSON_GetObjectItemCaseSensitive(w->node, key);
        advance(w, strlen(key));
    }
    free(key);
    return index >= 0;
}

/* The longest name that the rest begins with: names may have dots. */
static bool enter_name(struct walk *w)
{
    const char *candidate[CANDIDATES];
    size_t best = 0, count = 0;
    cJSON *found = NULL;
    cJSON *const map = w->node;
    for (cJSON *child = map == NULL ? NULL : map->child; child != NULL; child = child->next) {
        const size_t length = strlen(child->string);
        if (count < CANDIDATES && strcmp(child->string, "comment") != 0)
            candidate[count++] = child->string;
        if (length > best && strncmp(w->rest, child->string, length) == 0 &&
            (w->rest[length] == '.' || w->rest[length] == '\0')) {
            best = length;
            found = child;
        }
    }
    if (found == NULL) {
        char *const name = text_format("%.*s", (int)step_length(w), w->rest);
        fail(w, name, candidate, count);
        free(name);
        return false;
    }
    w->object = w->field->object;
    w->node = found;
    advance(w, best);
    return true;
}

static bool enter_index(struct walk *w)
{
    const size_t length = step_length(w);
    const bool digits = length > 0 && length < 10 && strspn(w->rest, "0123456789") == length;
    cJSON *const item =
        digits && w->node != NULL ? cJSON_GetArrayItem(w->node, atoi(w->rest)) : NULL;
    if (item == NULL) {
        if (w->place != NULL)
            diagnostics_error(w->diagnostics, w->place, 0,
                              "%s: %.*s is a list of %d; its entries are named 0, 1, …", w->path,
                              (int)(w->rest - w->path) - 1, w->path,
                              w->node == NULL ? 0 : cJSON_GetArraySize(w->node));
        return false;
    }
    w->object = w->field->object;
    w->node = item;
    advance(w, length);
    return true;
}

/* Values that are not single, and values that have no parts. */
static bool refuse(const struct walk *w, const char *what)
{
    if (w->place != NULL)
        diagnostics_error(w->diagnostics, w->place, 0, "%s: %s", w->path, what);
    return false;
}

static bool enter_distribution(struct walk *w)
{
    if (!cJSON_IsObject(w->node))
        return refuse(w, "the scenario has no distribution there whose parameters could be set");
    w->object = &object_distribution;
    return enter_key(w);
}

static bool step(struct walk *w)
{
    if (w->object != NULL)
        return cJSON_IsArray(w->node) ? refuse(w, "write the pair as an object to set a part of it")
                                      : enter_key(w);
    switch (w->field->type) {
    case FIELD_MAP:
        return enter_name(w);
    case FIELD_LIST:
        return enter_index(w);
    case FIELD_DISTRIBUTION:
        return enter_distribution(w);
    default:
        return refuse(w, "a value has no parts");
    }
}

static bool walk_path(struct walk *w)
{
    if (*w->rest == '\0')
        return refuse(w, "a path is missing");
    while (*w->rest != '\0')
        if (!step(w))
            return false;
    if (w->object != NULL || w->field->type == FIELD_MAP || w->field->type == FIELD_LIST ||
        w->field->type == FIELD_STRINGS || w->field->type == FIELD_WORD)
        return refuse(w, "is not a single value; go on with a dot and a key, name or index");
    return true;
}

const struct field *design_field(const cJSON *root, const char *path, const char *place,
                                 struct diagnostics *diagnostics)
{
    struct walk w = {.root = root,
                     .path = path,
                     .rest = path,
                     .node = (cJSON *)(uintptr_t)root,
                     .object = &object_scenario,
                     .place = place,
                     .diagnostics = diagnostics};
    return walk_path(&w) ? w.field : NULL;
}

const cJSON *design_node(const cJSON *root, const char *path)
{
    struct walk w = {
        .path = path, .rest = path, .node = (cJSON *)(uintptr_t)root, .object = &object_scenario};
    return walk_path(&w) ? w.node : NULL;
}

/* --- values --------------------------------------------------------------------------------- */

/* What comes from a command line may be anything; the strict parser knows. */
static bool is_utf8(const char *text)
{
    struct diagnostics unheard;
    diagnostics_init(&unheard);
    cJSON *const item = cJSON_CreateString(text);
    char *const json = cJSON_PrintUnformatted(item);
    cJSON *const parsed = json_parse(json, strlen(json), "", &unheard);
    const bool good = parsed != NULL;
    cJSON_Delete(parsed);
    cJSON_free(json);
    cJSON_Delete(item);
    diagnostics_finish(&unheard);
    return good;
}

char *design_value(const struct field *field, const char *path, const char *text, const char *place,
                   enum setting_kind *ret_kind, struct diagnostics *diagnostics)
{
    char shown[JSON_SHOWN_SIZE], number[JSON_NUMBER_SIZE];
    double value;
    switch (field->type) {
    case FIELD_NUMBER:
    case FIELD_INTEGER:
    case FIELD_BOUND:
    case FIELD_DISTRIBUTION:
        *ret_kind = SETTING_NUMBER;
        if (csv_to_double(text, &value))
            return mem_strdup(json_number(value, number));
        diagnostics_usage(diagnostics, place, "%s: \"%s\" is not a number", path,
                          json_shown(text, shown));
        return NULL;
    case FIELD_BOOLEAN:
        *ret_kind = SETTING_BOOLEAN;
        if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
            return mem_strdup(text);
        diagnostics_usage(diagnostics, place, "%s: \"%s\" is neither true nor false", path,
                          json_shown(text, shown));
        return NULL;
    default:
        *ret_kind = SETTING_STRING;
        if (is_utf8(text))
            return mem_strdup(text);
        diagnostics_usage(diagnostics, place, "%s: the value is not UTF-8 text", path);
        return NULL;
    }
}

/* --- reading -------------------------------------------------------------------------------- */

char *design_name(const struct design *design)
{
    if (design->settings == 0)
        return mem_strdup("as written");
    char *name = NULL;
    for (size_t i = 0; i < design->settings; i++) {
        char *const longer = text_format("%s%s%s=%s", i > 0 ? name : "", i > 0 ? " " : "",
                                         design->setting[i].path, design->setting[i].text);
        free(name);
        name = longer;
    }
    return name;
}

/* The object or list that holds a path's value; objects on the way are made. `ret_key` is its last
 * step, `ret_object` what the vocabulary says of an object. */
static cJSON *holder_of(cJSON *root, const char *path, const char **ret_key,
                        const struct object **ret_object)
{
    struct walk w = {.path = path, .rest = path, .node = root, .object = &object_scenario};
    for (;;) {
        cJSON *const holder = w.node;
        const char *const key = w.rest;
        *ret_object = w.object;
        if (!step(&w))
            return NULL;
        if (*w.rest == '\0') {
            *ret_key = key;
            return holder;
        }
        if (w.node == NULL && w.object != NULL) { /* an object that was left to its defaults */
            w.node = cJSON_AddObjectToObject(holder, w.field->key);
            w.node->valueint = 0;
        }
    }
}

/* Without cJSON's parser, which writes a global. */
static cJSON *value_of(const struct setting *setting)
{
    switch (setting->kind) {
    case SETTING_NUMBER:
        return cJSON_CreateNumber(strtod(setting->text, NULL));
    case SETTING_BOOLEAN:
        return cJSON_CreateBool(strcmp(setting->text, "true") == 0);
    case SETTING_STRING:
        break;
    }
    return cJSON_CreateString(setting->text);
}

/* What belongs to other choices of the selector than `choice`. */
static void drop_others(cJSON *holder, const struct object *object, const char *choice)
{
    const struct field *const selector = &object->field[fields_find(object, object->selector)];
    unsigned bit = 0;
    while (selector->choice[bit] != NULL && strcmp(selector->choice[bit], choice) != 0)
        bit++;
    for (size_t i = 0; i < object->fields && selector->choice[bit] != NULL; i++)
        if (object->field[i].allowed != 0 && (object->field[i].allowed >> bit & 1) == 0)
            cJSON_DeleteItemFromObjectCaseSensitive(holder, object->field[i].key);
}

static void set(cJSON *root, const struct setting *setting)
{
    const char *key = NULL;
    const struct object *object = NULL;
    cJSON *const holder = holder_of(root, setting->path, &key, &object);
    if (holder == NULL)
        return; /* design_field has said why */
    cJSON *const value = value_of(setting);
    value->valueint = 0; /* its line: it stands in no file */
    if (cJSON_GetObjectItemCaseSensitive(holder, key) != NULL)
        cJSON_ReplaceItemInObjectCaseSensitive(holder, key, value);
    else
        cJSON_AddItemToObject(holder, key, value);
    if (object != NULL && object->selector != NULL && strcmp(object->selector, key) == 0)
        drop_others(holder, object, setting->text);
}

struct scenario *design_read(const struct design_base *base, const struct design *design,
                             struct diagnostics *diagnostics)
{
    struct diagnostics own;
    const size_t settings = design == NULL ? 0 : design->settings;
    cJSON *const root = cJSON_Duplicate(base->root, true);
    diagnostics_init(&own);
    for (size_t i = 0; i < settings; i++)
        set(root, &design->setting[i]);
    const struct scenario_data data = world_scenario_data(base->world);
    struct scenario *const scenario =
        scenario_read(root, base->path, &data, &base->overrides, &own);
    char *const name = settings == 0 || own.count == 0 ? NULL : design_name(design);
    diagnostics_pass_on(&own, name, diagnostics, diagnostics);
    diagnostics_finish(&own);
    free(name);
    return scenario;
}
