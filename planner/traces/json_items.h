/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Some values of a JSON document, one at a time, however long the document. Which ones, paths say:
 * names with '/' between them, where "*" stands for every member of an object and "#" for every
 * element of an array: "results/#", "products/" and a "*".
 *
 * What lies around the wanted values is checked; they themselves are not: that is for their reader.
 * What lies beside is only skipped, by its brackets and strings.
 *
 * Memory: the longest wanted value, at most 16 MB.
 */
#ifndef TRACES_JSON_ITEMS_H
#define TRACES_JSON_ITEMS_H

#include "traces/record.h"

#define JSON_ITEMS_KEY_MAX 200 /* bytes */

struct json_items;

struct json_item {
    size_t path;      /* the index of the first path that leads here */
    const char *key;  /* as it stands in the file; "" for an array's element */
    const char *text; /* NUL-terminated; like the key valid until the next call */
    size_t size;
    long line; /* that the value begins on */
};

/* At most 32 paths; they must outlive the items. */
struct json_items *json_items_create(struct input *input, const char *const *path, size_t paths,
                                     struct diagnostics *diagnostics);
void json_items_destroy(struct json_items *items); /* NULL does nothing */

/* The next value: 1; the document's end: 0; an error (reported): -1. */
int json_items_next(struct json_items *items, struct json_item *ret);

/* Whether there was an object or array so far whose members such a path wants. */
bool json_items_found(const struct json_items *items, size_t path);

#endif
