/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the comparison of two results is turned into; computes nothing. */
#ifndef REPORTS_DIFF_EXPORTERS_H
#define REPORTS_DIFF_EXPORTERS_H

#include "support/output_file.h"

#include <lambdaplan/diff.h>

/* diff.csv: a row a setting, bill line, option's total, objective and metric. */
void diff_csv_write(const struct diff_result *result, struct output *output);
void diff_json_write(const struct diff_result *result, struct output *output);
void diff_table_write(const struct diff_result *result, struct output *output, bool color);
/* For a comment on a pull request; nothing that a user named is markup. */
void diff_markdown_write(const struct diff_result *result, struct output *output);

#endif
