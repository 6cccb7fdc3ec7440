/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers as a reader likes them: rounded to what matters, with a unit. NAN gives "–". Each returns
 * `text`. Not for files that programs read. */
#ifndef REPORTS_HUMAN_H
#define REPORTS_HUMAN_H

#include <lambdaplan/result.h>

#define HUMAN_SIZE 96
#define HUMAN_NO_INTERVAL "one replication gives no interval"

char *human_count(double value, char text[HUMAN_SIZE]);       /* "1,234", "12.5", "0.031" */
char *human_duration(double seconds, char text[HUMAN_SIZE]);  /* "12.3 ms", "1.86 s", "24 h" */
char *human_percent(double ratio, char text[HUMAN_SIZE]);     /* 0.652: "65.2 %" */
char *human_usd(double usd, char text[HUMAN_SIZE]);           /* "$1,234.56", "$0.0042" */
char *human_money(money_pusd amount, char text[HUMAN_SIZE]);  /* the same, rounded exactly */
char *human_relative(double relative, char text[HUMAN_SIZE]); /* "1.00x", "3.4x dearer" */
/* A metric in its unit: "ms" and "s" are durations, "ratio" a percentage, "USD" money, others
 * counts; with as many digits as it takes to see on which side of `bound` it is (NAN: three). */
char *human_metric(double value, const char *unit, double bound, char text[HUMAN_SIZE]);

/* Half of the interval's width, before it was cut at the end of a range; NAN where there is none.
 */
double estimate_half_width(const struct result_estimate *estimate);

/* `text` in new memory, with control characters as '?': input must not steer a terminal. */
char *human_clean(const char *text);
/* `text` in new memory, with U+FFFD for what is not UTF-8. */
char *human_utf8(const char *text);
/* Columns on a terminal of UTF-8 text without wide characters. */
size_t human_width(const char *text);

#endif
