/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the parts of the scenario's making share: skeleton.c puts the entities, skeleton_events.c
 * what pushes events, skeleton_workloads.c what arrives.
 */
#ifndef IMPORTS_SKELETON_H
#define IMPORTS_SKELETON_H

#include "core/lookup.h"
#include "core/memory.h"
#include "imports/import.h"
#include "imports/readers.h"
#include "support/text.h"

#include <stdlib.h>
#include <string.h>

#define ASSUMED_DURATION_MS 100

struct building {
    struct inventory *inventory;
    const struct import_request *request;
    cJSON *root;
    int32_t day;
    size_t placeholders;   /* workloads that wait for a rate */
    struct lookup mapping; /* by "SOURCE FUNCTION" and, in the building's scope, by its source */
    char **key;            /* of these */
    size_t keys, key_capacity;
};

/* Puts or replaces; takes `value`. */
static inline void put(cJSON *object, const char *key, cJSON *value)
{
    if (cJSON_GetObjectItemCaseSensitive(object, key) != NULL)
        cJSON_ReplaceItemInObjectCaseSensitive(object, key, value);
    else
        cJSON_AddItemToObject(object, key, value);
}

static inline void put_text(cJSON *object, const char *key, const char *text)
{
    put(object, key, cJSON_CreateString(text));
}

static inline void put_number(cJSON *object, const char *key, double number)
{
    put(object, key, cJSON_CreateNumber(number));
}

static inline cJSON *member(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

/* The object under a key, made where it is missing (or is none). */
static inline cJSON *section(cJSON *object, const char *key)
{
    cJSON *const there = member(object, key);
    if (cJSON_IsObject(there))
        return there;
    cJSON *const made = cJSON_CreateObject();
    if (there != NULL)
        cJSON_ReplaceItemInObjectCaseSensitive(object, key, made);
    else
        cJSON_AddItemToObject(object, key, made);
    return made;
}

static inline void add_comment(cJSON *object, const char *text)
{
    const cJSON *const old = member(object, "comment");
    if (text == NULL || text[0] == '\0')
        return;
    char *const both = cJSON_IsString(old) ? text_format("%s %s", old->valuestring, text) : NULL;
    put_text(object, "comment", both != NULL ? both : text);
    free(both);
}

/* Whether a feature of data/limits (since.*) is there on the scenario's day. */
bool building_has(const struct building *b, const char *feature);
/* Calls `put_item` with each item of a kind and the section that it goes into. */
void building_put_items(struct building *b, enum item_kind kind, const char *key,
                        void (*put_item)(struct building *b, struct item *item, cJSON *into));

/* skeleton_events.c: how a function's asynchronous events are treated; topics, buses, who gets what
 * of them; state machines. */
void building_put_event_config(struct building *b, const struct item *item, cJSON *function);
void building_put_events(struct building *b);

/* skeleton_workloads.c: who calls, and a placeholder for whatever nobody feeds. */
void building_put_workloads(struct building *b);

#endif
