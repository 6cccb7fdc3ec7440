/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One CSV row, field by field: RFC 4180 quoting where a field needs it, "\n" at the end of a row,
 * "." as the decimal mark whatever the locale. What was never observed (NAN) is an empty field.
 */
#ifndef REPORTS_CSV_FIELDS_H
#define REPORTS_CSV_FIELDS_H

#include "support/output_file.h"

#include <lambdaplan/result.h>

struct csv_row {
    struct output *output;
    bool begun; /* a field was written since the last end of row */
};

void csv_put_text(struct csv_row *row, const char *text);
void csv_put_number(struct csv_row *row, double value);
void csv_put_bool(struct csv_row *row, bool value);
void csv_put_money(struct csv_row *row, money_pusd amount); /* all digits */
void csv_end_row(struct csv_row *row);

/* The rows of cost.csv and bill.csv; `option` is what the first column names. */
void csv_put_bill_header(struct csv_row *row);
void csv_put_bill_line(struct csv_row *row, const char *option, const struct bill_line *line);

/* The shortest decimal that is `value` to 9 significant digits, whole numbers up to 2^53 in full;
 * an exponent only below 1e-9 and from 1e15. NAN gives "", infinity "inf". Returns `text`. */
#define NUMBER_TEXT_SIZE 48
char *number_format(double value, char text[NUMBER_TEXT_SIZE]);

#endif
