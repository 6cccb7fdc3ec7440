/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The elements of one array of a JSON document, one at a time, however long the document: the array
 * is the document itself, or the member of a given name in the outermost object. Only brackets and
 * strings are looked at here; whether an element is sound is for its reader.
 *
 * Memory: the longest element, at most 16 MB.
 */
#ifndef TRACES_JSON_ITEMS_H
#define TRACES_JSON_ITEMS_H

#include "traces/record.h"

struct json_items;

struct json_items *json_items_create(struct input *input, const char *member,
                                     struct diagnostics *diagnostics);
void json_items_destroy(struct json_items *items);

/* The next element's text, NUL-terminated, valid until the next call, and the line it begins on: 1;
 * the document's end: 0; an error (reported): -1. */
int json_items_next(struct json_items *items, const char **ret, size_t *ret_size, long *ret_line);

/* After the end: was there such an array? */
bool json_items_found(const struct json_items *items);

#endif
