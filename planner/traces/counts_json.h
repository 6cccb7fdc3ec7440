/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Counts per bin in an answer of CloudWatch, as `aws cloudwatch get-metric-statistics --statistics
 * Sum` and `get-metric-data` print it: rows of a table, as a CSV file would have them.
 */
#ifndef TRACES_COUNTS_JSON_H
#define TRACES_COUNTS_JSON_H

#include "support/csv.h"

#include <lambdaplan/diagnostics.h>

struct counts_table;

/* NULL after an error: no JSON, no or several metrics, no Sum, two points at one time, what is no
 * whole number. */
struct counts_table *counts_json_read(const char *path, struct diagnostics *diagnostics);
void counts_table_destroy(struct counts_table *table); /* NULL does nothing */

/* The table from its beginning: the columns timestamp (ISO 8601) and value. */
struct csv_reader *counts_table_open(struct counts_table *table, const char *name,
                                     struct diagnostics *diagnostics);

#endif
