/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What every format of bills needs: exact decimals, and which of our prices a line of AWS's bill
 * stands for. A usage type is a name behind a region's prefix ("USE1-Lambda-GB-Second"; us-east-1
 * mostly has none); exports without usage types are understood by their description.
 */
#ifndef TRACES_BILLING_H
#define TRACES_BILLING_H

#include "core/int128.h"
#include "support/csv.h"
#include "support/input.h"
#include "traces/record.h"
#include "traces/rejects.h"

#include <stdbool.h>

/* "-0.00237713810", "2.0E-7": times 10^power, rounded half away from zero. False when it is no
 * decimal number or has more than 15 digits before its point. */
bool billing_decimal(const char *text, int power, int128 *ret);

/* The usage type without its region's prefix; `ret_region` is that region, NULL when the prefix is
 * none that is known. */
const char *billing_strip_prefix(const char *usage_type, const char **ret_region);

#define BILLING_SKU_SIZE 96

/* Our service and SKU. `product` is AWS's product code ("AWSLambda") or service name ("AWS
 * Lambda"). `ret_service` is NULL for a service that we do not price, `ret_sku` for a line that we
 * do not; it points to static text or to `buffer`. */
void billing_identify(const char *product, const char *usage_type, const char *operation,
                      const char *description, const char **ret_service, const char **ret_sku,
                      char buffer[BILLING_SKU_SIZE]);

/* Where a format's columns are; NULL names end the list. */
struct billing_column {
    const char *name;      /* NULL: never there */
    const char *otherwise; /* another name of the same, or NULL */
    bool needed;
};

struct billing_row {
    const char *const *field;
    size_t count;
    const long *column; /* per billing_column; -1: not there */
};

/* "" where the column is not there, is empty or is NULL. */
const char *billing_field(const struct billing_row *row, size_t index);

/* Makes a cost_line of a row; NULL, or why it cannot be read. `buffer` lives as long as the line.
 */
typedef const char *billing_line_function(const struct billing_row *row, struct cost_line *ret,
                                          char buffer[BILLING_SKU_SIZE]);

/* The read function of a format: finds the columns, hands every row to `make`. */
int billing_read(struct input *input, const struct billing_column *column, size_t columns,
                 billing_line_function *make, const struct record_sink *sink,
                 struct rejects *rejects, struct diagnostics *diagnostics);

/* Whether the first line of `head` has all `names` as whole CSV fields. */
bool billing_header_has(const char *head, size_t size, const char *const *name, size_t names);

#endif
