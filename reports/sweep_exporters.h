/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the result of a sweep is turned into; the same bytes for the same seed. */
#ifndef REPORTS_SWEEP_EXPORTERS_H
#define REPORTS_SWEEP_EXPORTERS_H

#include "support/output_file.h"

#include <lambdaplan/sweep.h>

/* sweep.csv: one row a design. */
void sweep_csv_write(const struct sweep_result *result, struct output *output);
/* The same with one more figure, of each point, before the verdicts. */
void sweep_csv_write_more(const struct sweep_result *result, const char *name,
                          const struct result_estimate *value, struct output *output);
void sweep_json_write(const struct sweep_result *result, struct output *output);
/* For a reader: the cheapest, and the front. */
void sweep_table_write(const struct sweep_result *result, struct output *output, bool color);
void sweep_markdown_write(const struct sweep_result *result, struct output *output);

#endif
