/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of all formats. Its order counts: the first that recognises a file reads it, so what is
 * particular stands before what is general.
 */
#ifndef TRACES_FORMATS_H
#define TRACES_FORMATS_H

#include "traces/record.h"

#include <stdbool.h>
#include <stddef.h>

size_t formats_count(void);
const struct trace_format *formats_get(size_t index);
const struct trace_format *formats_find(const char *name); /* NULL: none of that name */
const struct trace_format *formats_recognise(const char *head, size_t size); /* NULL: none */
char *formats_list(void); /* "lambda-log, insights-csv, …"; free() it */

/* For recognisers: whether `text` occurs in the head. */
bool formats_contains(const char *head, size_t size, const char *text);

#endif
