/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the reports for readers say in the same words. */
#ifndef REPORTS_VERDICT_H
#define REPORTS_VERDICT_H

#include "reports/text_table.h"

#include <lambdaplan/result.h>

enum verdict {
    VERDICT_NONE, /* there are no objectives */
    VERDICT_MET,
    VERDICT_NOT_MET,
    VERDICT_UNKNOWN,       /* nothing was observed, or the run ended too early to tell */
    VERDICT_DOES_NOT_APPLY /* this option has no such metric */
};

enum verdict objective_verdict(const struct result_objective *objective);
/* The worst of those that apply. */
enum verdict option_verdict(const struct result_option *option);
const char *verdict_text(enum verdict verdict); /* "met", "NOT MET" …; "" for none */
enum text_style verdict_style(enum verdict verdict);

/* "esm:index iterator_age_ms.p99 at most 5 s". free() it. */
char *objective_text(const struct result_objective *objective);
/* "4.32 s (95 %: 4.1 s to 4.5 s)", and a hint when the interval reaches over the bound. free()
 * it. */
char *objective_value(const struct result_objective *objective);

/* Tables; text_table_finish them. One row an option. */
void comparison_table(struct text_table *ret, const struct result *result);
/* Every objective of every option. */
void objectives_table(struct text_table *ret, const struct result *result);
/* The dearest lines of every option's bill, at most `most` each. */
void bills_table(struct text_table *ret, const struct result *result, size_t most);

/* "stream:events kinesis shard-hour, …": what the Lambda design and a baseline both pay; NULL where
 * there is nothing. free() it. */
char *common_lines(const struct result *result);

/* Indexes of the bill's lines, dearest first, equal ones as they stand. free() it. */
size_t *bill_by_cost(const struct bill *bill);

#endif
