/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The price book: dated public prices by service, sku and region, read from every CSV file of
 * data/prices. A price that is unknown is unknown: asking for one is an error that names region,
 * SKU and date, never 0 and never another region's.
 *
 * Columns: service,sku,region,unit,price_usd,tier_from,tier_to,effective_from,effective_to,source,
 * confidence. price_usd may be "unknown". Dates are YYYY[-MM[-DD]]; effective_to is exclusive; an
 * empty effective_from means that the start is not known (the price is used, with a warning).
 * Tiers are in the price's unit per account and month; tier_to is exclusive, empty: no end. Tiers
 * of one day start at 0 and join; where the last one ends, prices above are unknown. Region
 * "global" serves every region.
 */
#ifndef LAMBDAPLAN_PRICE_BOOK_H
#define LAMBDAPLAN_PRICE_BOOK_H

#include <lambdaplan/diagnostics.h>
#include <lambdaplan/money.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct price {
    const char *service, *sku, *region, *unit; /* owned by the book */
    money_pusd price;                          /* per unit */
    bool unknown;
    int64_t tier_from;          /* whole units */
    int64_t tier_to;            /* INT64_MAX: no end */
    int32_t from_day;           /* days since 1970-01-01; INT32_MIN: start not known */
    int32_t to_day;             /* exclusive; INT32_MAX: still valid */
    const char *effective_from; /* as written; "unknown" when empty; "override" from a scenario */
    const char *source, *confidence;
};

struct price_book;

/* Reads DIR/prices; NULL after errors in `diagnostics`. */
struct price_book *price_book_load(const char *data_dir, struct diagnostics *diagnostics);
void price_book_destroy(struct price_book *book);

/* A book of the same prices, on top of one that outlives it and is not changed meanwhile: it takes
 * overrides of its own, and several such books may be asked by several threads. */
struct price_book *price_book_over(const struct price_book *below);

/* A further file of the same columns, on top: on the days when it has a price of (service, sku,
 * region), that price and its tiers replace those of the book. Before anything is looked up: rows
 * move. 0, or -1 after errors; the book is then only good to be destroyed. */
int price_book_add_file(struct price_book *book, const char *path, struct diagnostics *diagnostics);

/* A price of the user's own (a private agreement): replaces all tiers of (service, sku, region) at
 * all dates. It is in the unit that bills of this SKU use. */
void price_book_override(struct price_book *book, const char *service, const char *sku,
                         const char *region, money_pusd price);

/* The tiers of a SKU at a day, by rising tier_from, in an array owned by the book and valid until
 * the next call. Returns their number; 0 when there is no price (nothing is reported). Rows with
 * `unknown` set are returned as they are. A row of the region wins over "global". */
size_t price_book_find(struct price_book *book, const char *service, const char *sku,
                       const char *region, int32_t day, const struct price *const **ret);

/* The regions with a known price of their own at any time, sorted; owned by the book and valid
 * until a file is added. */
const char *const *price_book_regions(const struct price_book *book, size_t *ret_count);

/* The latest day on which a known price begins: later ones are not known to be the same. DATE_MIN:
 * no day is known. */
int32_t price_book_newest_day(const struct price_book *book);

/* Every row in the files' order, for `prices list`. */
size_t price_book_count(const struct price_book *book);
const struct price *price_book_at(const struct price_book *book, size_t index);

#endif
