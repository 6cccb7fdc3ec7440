/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Prices out of AWS's Price List: the rows of offer files (imports/price_offer.h) to rows of our
 * price book. A row is ours by its usage type without the region's prefix, its operation and, on
 * EC2, its product: Linux, shared tenancy, no software, on demand or as a standard reservation. A
 * reservation's hourly price is what an hour costs plus the upfront fee over the hours of the term
 * (8,760 a year). What belongs to no region ("Global-…": Lambda's free tier) is region "global".
 *
 * Files are streamed; memory grows with the rows that are ours. Everything else is counted by
 * product family and reported as a warning: rows of a CSV file, products of a JSON file. Prices of
 * one SKU and region that start on several days follow each other; where AWS's rows contradict each
 * other or leave a gap between tiers, none of them is taken, and that is a warning too.
 */
#ifndef IMPORTS_PRICE_IMPORT_H
#define IMPORTS_PRICE_IMPORT_H

#include <lambdaplan/price_book.h>

struct price_import;

/* `book` tells the units of our SKUs. `region` (and what is global) and `service` (our name or
 * AWS's code) keep only those; NULL: all. All must outlive the import. */
struct price_import *price_import_create(const struct price_book *book, const char *region,
                                         const char *service);
void price_import_destroy(struct price_import *import); /* NULL does nothing */

/* One more offer file, packed or not, "-" is standard input. 0, or -1 after an error. */
int price_import_read(struct price_import *import, const char *path,
                      struct diagnostics *diagnostics);

/* After the last file: what was read becomes prices, by service, SKU, region, start and tier.
 * 0, or -1 after an error: nothing was ours. */
int price_import_finish(struct price_import *import, struct diagnostics *diagnostics);

/* Owned by the import; `effective_from` is YYYY-MM-DD. */
size_t price_import_count(const struct price_import *import);
const struct price *price_import_at(const struct price_import *import, size_t index);

#endif
