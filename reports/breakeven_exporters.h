/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the result of a search for break-even traffic is turned into; the same bytes for the same
 * seed. */
#ifndef REPORTS_BREAKEVEN_EXPORTERS_H
#define REPORTS_BREAKEVEN_EXPORTERS_H

#include "support/output_file.h"

#include <lambdaplan/breakeven.h>

/* breakeven.csv, the curve: one row a traffic, baseline and purchase whose price is known. */
void breakeven_csv_write(const struct breakeven_result *result, struct output *output);
/* crossings.csv: one row a crossing. */
void breakeven_crossings_write(const struct breakeven_result *result, struct output *output);
void breakeven_json_write(const struct breakeven_result *result, struct output *output);
/* For a reader: where they cross by purchase, and the curve. */
void breakeven_table_write(const struct breakeven_result *result, struct output *output,
                           bool color);
void breakeven_markdown_write(const struct breakeven_result *result, struct output *output);

#endif
