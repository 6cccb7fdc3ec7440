/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sentences about what the price book does not know: a price, with where and when there is one
 * and how to add it; and whether a late day still has the prices of before. */
#ifndef PRICING_MISSING_PRICE_H
#define PRICING_MISSING_PRICE_H

#include "pricing/meters.h"

#include <lambdaplan/price_book.h>

#define MISSING_PRICE_HINT                                                                         \
    "add one to data/prices, or give it by --prices or in the scenario under \"prices\""

void report_missing_price(const struct price_book *book, const struct meter_price *meter,
                          const char *sku, const char *region, int32_t day,
                          struct diagnostics *diagnostics);

/* A warning for a day after the newest price of the book. */
void report_late_day(const struct price_book *book, int32_t day, struct diagnostics *diagnostics);

#endif
