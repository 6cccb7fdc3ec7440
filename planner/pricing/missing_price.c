/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pricing/missing_price.h"

#include "core/memory.h"
#include "support/date.h"
#include "support/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REGIONS_SHOWN 12

/* When a SKU has a price: in one region, or anywhere. */
struct span {
    int32_t first, last; /* last is exclusive */
    bool any;
};

static void widen(struct span *span, const struct price *price)
{
    if (!span->any || price->from_day < span->first)
        span->first = price->from_day;
    if (!span->any || price->to_day > span->last)
        span->last = price->to_day;
    span->any = true;
}

/* Adds `name` to "a, b, c" once; says "…" when there are too many. */
static char *list_add(char *list, size_t *count, const char *name)
{
    const size_t length = strlen(name);
    for (const char *at = list; at != NULL && *at != '\0';) {
        const char *const comma = strstr(at, ", ");
        const size_t size = comma == NULL ? strlen(at) : (size_t)(comma - at);
        if (size == length && memcmp(at, name, size) == 0)
            return list;
        at = comma == NULL ? NULL : comma + 2;
    }
    if (++*count > REGIONS_SHOWN)
        return list;
    char *const longer = list == NULL
                             ? mem_strdup(name)
                             : text_format("%s, %s", list, *count == REGIONS_SHOWN ? "…" : name);
    free(list);
    return longer;
}

/* A SKU of the same service that differs by a slip of the keyboard; NULL when there is none. */
static const char *near_sku(const struct price_book *book, const char *service, const char *sku)
{
    const size_t rows = price_book_count(book);
    const char **const candidate = mem_alloc(rows, sizeof *candidate);
    size_t count = 0;
    for (size_t i = 0; i < rows; i++) {
        const struct price *const price = price_book_at(book, i);
        if (strcmp(price->service, service) == 0 &&
            (count == 0 || strcmp(candidate[count - 1], price->sku) != 0))
            candidate[count++] = price->sku;
    }
    const char *const near = text_near_miss(sku, candidate, count);
    free(candidate);
    return near;
}

void report_missing_price(const struct price_book *book, const struct meter_price *meter,
                          const char *sku, const char *region, int32_t day,
                          struct diagnostics *diagnostics)
{
    struct span here = {0, 0, false}, anywhere = {0, 0, false};
    const struct price *unknown = NULL;
    char *regions = NULL; /* with a price on that day; else with one at any time */
    char *other_regions = NULL;
    size_t region_count = 0, other_count = 0;

    for (size_t i = 0; i < price_book_count(book); i++) {
        const struct price *const price = price_book_at(book, i);
        if (strcmp(price->service, meter->service) != 0 || strcmp(price->sku, sku) != 0)
            continue;
        if (price->unknown) {
            unknown = price;
            continue;
        }
        widen(&anywhere, price);
        if (strcmp(price->region, region) == 0 || strcmp(price->region, "global") == 0)
            widen(&here, price);
        else if (price->from_day <= day && day < price->to_day)
            regions = list_add(regions, &region_count, price->region);
        else
            other_regions = list_add(other_regions, &other_count, price->region);
    }

    const struct span *const span = here.any ? &here : &anywhere;
    const char *const what = meter->rule == SKU_AS_IS ? meter->what : sku;
    const char *const list = regions != NULL ? regions : here.any ? NULL : other_regions;
    char on[16], limit[16];
    char *reason = NULL;
    if (!span->any && unknown != NULL) {
        reason = text_format(" (the price book lists it as unknown: %s)", unknown->source);
    } else if (!span->any) {
        const char *const near = near_sku(book, meter->service, sku);
        reason = near == NULL ? text_format(" (the price book has it in no region)")
                              : text_format(" (the price book has it in no region; did you mean "
                                            "%s?)",
                                            near);
    } else {
        const bool early = day < span->first, late = day >= span->last;
        reason = text_format("%s%s%s%s%s%s%s", early || late ? ": " : "", early || late ? what : "",
                             early  ? " is priced since "
                             : late ? " was priced until "
                                    : "",
                             early  ? date_format(span->first, limit)
                             : late ? date_format(span->last, limit)
                                    : "",
                             list == NULL ? "" : " (the price book has ", list == NULL ? "" : list,
                             list == NULL ? "" : ")");
    }
    diagnostics_error(diagnostics, NULL, 0, "no price for %s %s in %s on %s%s; " MISSING_PRICE_HINT,
                      meter->service, sku, region, date_format(day, on), reason);
    free(reason);
    free(regions);
    free(other_regions);
}

void report_late_day(const struct price_book *book, int32_t day, struct diagnostics *diagnostics)
{
    const int32_t newest = price_book_newest_day(book);
    char known[16], late[16];
    if (newest != DATE_MIN && day > newest)
        diagnostics_warning(diagnostics, NULL, 0,
                            "prices are those of %s, the newest known; they are taken to hold on "
                            "%s, too",
                            date_format(newest, known), date_format(day, late));
}
