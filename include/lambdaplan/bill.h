/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Usage times prices of a date: the bill of one month, line by line, exact.
 *
 * A run shorter or longer than a month is scaled: each quantity is multiplied by month/run and
 * rounded once to the meter's integer unit (half up); the free tier and then the tiers apply to
 * the month's quantities of the whole account: tiers count what is left after the free tier, as
 * AWS's Pricing Calculator has it. A tier's or free tier's share of an entity is in proportion to
 * its usage (largest remainder, so that shares add up exactly); the free part stands on the line of
 * the first tier. A free tier of several SKUs (x86 and arm64) serves the dearest first. A line's
 * cost is rounded once to a pico-dollar.
 */
#ifndef LAMBDAPLAN_BILL_H
#define LAMBDAPLAN_BILL_H

#include <lambdaplan/price_book.h>
#include <lambdaplan/usage.h>

struct bill_options {
    const char *region;
    int32_t day;    /* prices of this day */
    bool free_tier; /* the always-free tiers: Lambda requests and GB-s, first GBs of logs … */
    /* Lambda duration and provisioned concurrency at the prices of a Compute Savings Plan of this
     * term, "1yr-no-upfront", as though the commitment fit every hour; NULL: on demand. */
    const char *savings_plan;
    int64_t month_ms; /* month_hours x 3,600,000 */
    int64_t run_ms;   /* the time that the usage covers */
};

struct bill_line {
    const char *entity;                        /* owned by the bill */
    const char *service, *sku, *region, *unit; /* owned by the price book or static */
    enum meter meter;
    const char *detail;      /* owned by the bill */
    usage_quantity quantity; /* in the meter's integer unit; the free part included */
    usage_quantity free_quantity;
    int64_t per_unit; /* meter units in one price unit: 1,024,000 MB-ms in a GB-second */
    money_pusd unit_price;
    int64_t tier_from; /* price units */
    money_pusd cost;
    const char *effective_from;
};

struct bill {
    struct bill_line *line; /* by usage order, then tier */
    size_t count, capacity;
    money_pusd total;
};

/* 0, or -1 after errors (a price that is unknown: region, SKU, date and how to add it; a quantity
 * that is negative or beyond all measure), with an empty bill. Meters whose quantity is 0 make no
 * line. A price whose start is not known is used, with a warning. */
int bill_compute(struct bill *ret, const struct usage *usage, struct price_book *book,
                 const struct bill_options *options, struct diagnostics *diagnostics);
void bill_finish(struct bill *bill);

/* quantity / per_unit in decimals: exact where it ends within 15 digits, else rounded to 9.
 * Returns `text`. */
#define BILL_QUANTITY_TEXT_SIZE 64
char *bill_format_quantity(usage_quantity quantity, int64_t per_unit,
                           char text[BILL_QUANTITY_TEXT_SIZE]);

/* "(3,000,000 - 1,000,000 free) requests x $0.20 per million = $0.40": a line as arithmetic for a
 * reader. */
#define BILL_EXPLAIN_SIZE 384
char *bill_explain(const struct bill_line *line, char text[BILL_EXPLAIN_SIZE]);

#endif
