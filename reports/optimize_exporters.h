/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the result of a search is turned into; the same bytes for the same seed. */
#ifndef REPORTS_OPTIMIZE_EXPORTERS_H
#define REPORTS_OPTIMIZE_EXPORTERS_H

#include "support/output_file.h"

#include <lambdaplan/optimize.h>

/* What was tried, as in sweep.csv; with what is minimized where that is none of its columns. */
void optimize_csv_write(const struct optimize_result *result, struct output *output);
void optimize_json_write(const struct optimize_result *result, struct output *output);
/* For a reader: the answer, the runner-up, how sure, what the objectives cost, what it took. */
void optimize_table_write(const struct optimize_result *result, struct output *output, bool color);
void optimize_markdown_write(const struct optimize_result *result, struct output *output);

#endif
