/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the result of a search is turned into; the same bytes for the same seed. The designs that
 * were tried are a sweep's table (sweep_exporters.h). */
#ifndef REPORTS_OPTIMIZE_EXPORTERS_H
#define REPORTS_OPTIMIZE_EXPORTERS_H

#include "support/output_file.h"

#include <lambdaplan/optimize.h>

void optimize_json_write(const struct optimize_result *result, struct output *output);
/* For a reader: the answer, the runner-up, how sure, what the objectives cost, what it took. */
void optimize_table_write(const struct optimize_result *result, struct output *output, bool color);
void optimize_markdown_write(const struct optimize_result *result, struct output *output);

#endif
