/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the terminal report and the Markdown one say in the same words. */
#ifndef REPORTS_VERDICT_H
#define REPORTS_VERDICT_H

#include "reports/text_table.h"

#include <lambdaplan/result.h>

const char *objective_verdict(const struct result_objective *objective); /* "met", "NOT MET" … */
enum text_style objective_style(const struct result_objective *objective);
/* "4,321 (95 %: 4,100 to 4,500)", and a hint when the interval reaches over the bound; "" where
 * nothing was observed. free() it. */
char *objective_value(const struct result_objective *objective);

/* One row an option. text_table_finish it. */
void comparison_table(struct text_table *ret, const struct result *result);

/* "stream:events kinesis shard-hour, …": what the Lambda design and a baseline both pay; NULL where
 * there is nothing. free() it. */
char *common_lines(const struct result *result);

/* Indexes of the bill's lines, dearest first, equal ones as they stand. free() it. */
size_t *bill_by_cost(const struct bill *bill);

#endif
