/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a sensitivity analysis is turned into; the same bytes for the same seed. */
#ifndef REPORTS_SENSITIVITY_EXPORTERS_H
#define REPORTS_SENSITIVITY_EXPORTERS_H

#include "support/output_file.h"

#include <lambdaplan/sensitivity.h>

/* sensitivity.csv: one row a figure and input; chance is an input without ends. */
void sensitivity_csv_write(const struct sensitivity_result *result, struct output *output);
/* distribution.csv: one row a figure. */
void sensitivity_distribution_csv_write(const struct sensitivity_result *result,
                                        struct output *output);
/* regret.csv: one row a design; none without designs. */
void sensitivity_regret_csv_write(const struct sensitivity_result *result, struct output *output);
void sensitivity_json_write(const struct sensitivity_result *result, struct output *output);
void sensitivity_table_write(const struct sensitivity_result *result, struct output *output,
                             bool color);
void sensitivity_markdown_write(const struct sensitivity_result *result, struct output *output);

#endif
