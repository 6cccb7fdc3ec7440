/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <lambdaplan/bill.h>

#include "core/memory.h"
#include "pricing/apportion.h"
#include "pricing/meters.h"
#include "pricing/missing_price.h"
#include "support/date.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Sums of quantities stay far from 2^127: at most 2^100 each and 2^20 lines of usage. */
#define QUANTITY_MAX ((usage_quantity)1 << 100)
#define USAGE_LINES_MAX ((size_t)1 << 20)

/* A line of usage on its way to the bill. */
struct item {
    const struct usage_line *usage;
    char *sku;
    size_t index;            /* in the usage */
    usage_quantity quantity; /* of the month */
};

/* All usage of one SKU: what tiers and free tiers see. */
struct group {
    const struct meter_price *meter;
    const char *sku;
    struct item *item; /* `count` neighbours */
    size_t count;
    const struct price **tier;
    size_t tiers;
    int64_t per_unit;
    usage_quantity total, free;
};

struct draft {
    size_t index, tier;
    struct bill_line line;
};

/* What one call works on. */
struct billing {
    struct price_book *book;
    const struct bill_options *options;
    struct diagnostics *diagnostics;
    struct item *item;
    size_t items;
    struct group *group;
    size_t groups;
    struct draft *draft;
    size_t drafts, draft_capacity;
};

static int compare_items(const void *left, const void *right)
{
    const struct item *const a = left;
    const struct item *const b = right;
    int order =
        strcmp(meter_price_of(a->usage->meter)->service, meter_price_of(b->usage->meter)->service);
    if (order == 0)
        order = strcmp(a->sku, b->sku);
    return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

/* Provisioned concurrency is billed from when it is switched on until it is switched off, rounded
 * up to 5 minutes (Lambda pricing): here it is on all month. */
static int64_t billed_month_ms(enum meter meter, const struct bill_options *options)
{
    const int64_t step_ms = 300000;
    if (meter != METER_LAMBDA_PROVISIONED_X86_MB_MS &&
        meter != METER_LAMBDA_PROVISIONED_ARM64_MB_MS)
        return options->month_ms;
    return (options->month_ms + step_ms - 1) / step_ms * step_ms;
}

static void collect(struct billing *billing, const struct usage *usage)
{
    const struct bill_options *const options = billing->options;
    billing->item = mem_alloc(usage->count, sizeof *billing->item);
    for (size_t i = 0; i < usage->count; i++) {
        const struct usage_line *const line = &usage->line[i];
        const char *const what = meter_price_of(line->meter)->what;
        uint128 month = 0;
        if (line->quantity == 0)
            continue;
        if (line->quantity < 0) {
            diagnostics_error(billing->diagnostics, NULL, 0, "%s: the usage of %s is negative",
                              line->entity, what);
            continue;
        }
        if (!ratio_round((uint128)line->quantity, (uint128)billed_month_ms(line->meter, options),
                         (uint128)options->run_ms, &month) ||
            month > (uint128)QUANTITY_MAX) {
            diagnostics_error(billing->diagnostics, NULL, 0,
                              "%s: the usage of %s, scaled to a month, is too large to bill",
                              line->entity, what);
            continue;
        }
        if (month == 0) /* less than half a unit in the month */
            continue;
        billing->item[billing->items++] =
            (struct item){line, meter_sku(line->meter, line->detail, options->savings_plan), i,
                          (usage_quantity)month};
    }
    qsort(billing->item, billing->items, sizeof *billing->item, compare_items);
}

static void make_groups(struct billing *billing)
{
    billing->group = mem_alloc(billing->items, sizeof *billing->group);
    for (size_t i = 0; i < billing->items; i++) {
        struct item *const item = &billing->item[i];
        const struct meter_price *const meter = meter_price_of(item->usage->meter);
        struct group *group = billing->groups == 0 ? NULL : &billing->group[billing->groups - 1];
        if (group == NULL || strcmp(group->meter->service, meter->service) != 0 ||
            strcmp(group->sku, item->sku) != 0) {
            group = &billing->group[billing->groups++];
            *group = (struct group){.meter = meter, .sku = item->sku, .item = item};
        }
        group->count++;
        group->total += item->quantity;
    }
}

static bool is_override(const struct price *price)
{
    return strcmp(price->effective_from, "override") == 0;
}

/* The tiers of the group; false after an error. */
static bool find_prices(struct billing *billing, struct group *group)
{
    const struct bill_options *const options = billing->options;
    const struct meter_price *const meter = group->meter;
    const struct price *const *tier = NULL;
    const size_t tiers = price_book_find(billing->book, meter->service, group->sku, options->region,
                                         options->day, &tier);
    group->per_unit = meter->per_unit;
    if (meter->monthly &&
        __builtin_mul_overflow(meter->per_unit, options->month_ms, &group->per_unit)) {
        diagnostics_error(billing->diagnostics, NULL, 0, "a month of %" PRId64 " ms is too long",
                          options->month_ms);
        return false;
    }
    if (tiers == 0 || tier[0]->unknown) {
        report_missing_price(billing->book, meter, group->sku, options->region, options->day,
                             billing->diagnostics);
        return false;
    }
    for (size_t i = 0; i < tiers; i++) {
        if (is_override(tier[i]) || strcmp(tier[i]->unit, meter->unit) == 0)
            continue;
        diagnostics_error(billing->diagnostics, NULL, 0,
                          "the price of %s %s in %s is per %s, but %s is billed per %s",
                          meter->service, group->sku, tier[i]->region, tier[i]->unit, meter->what,
                          meter->unit);
        return false;
    }
    if (tier[0]->from_day == DATE_MIN && !is_override(tier[0])) {
        char day[16];
        diagnostics_warning(billing->diagnostics, NULL, 0,
                            "it is not known since when the price of %s %s in %s holds; it is used "
                            "for %s (%s)",
                            meter->service, group->sku, tier[0]->region,
                            date_format(options->day, day), tier[0]->source);
    }
    group->tiers = tiers;
    group->tier = mem_alloc(tiers, sizeof *group->tier);
    memcpy(group->tier, tier, tiers * sizeof *tier);
    return true;
}

/* The pool's allowance in meter units; 0 before its time. */
static usage_quantity allowance(struct billing *billing, enum free_pool pool)
{
    const struct pool_price *const free_tier = pool_price_of(pool);
    const struct price *const *row = NULL;
    const size_t rows = price_book_find(billing->book, free_tier->service, free_tier->sku,
                                        billing->options->region, billing->options->day, &row);
    if (rows == 0 || row[0]->unknown || row[0]->price != 0 || row[0]->tier_to == INT64_MAX ||
        strcmp(row[0]->unit, free_tier->unit) != 0)
        return 0;
    return (usage_quantity)row[0]->tier_to * free_tier->per_unit;
}

/* AWS does not document the order in which a free tier is used up: here the dearest SKU first,
 * which is what a bill can be at best. */
static void grant_free_tier(struct billing *billing, enum free_pool pool)
{
    usage_quantity left = allowance(billing, pool);
    for (;;) {
        struct group *best = NULL;
        for (size_t i = 0; i < billing->groups; i++) {
            struct group *const group = &billing->group[i];
            if (group->meter->pool == pool && group->tiers > 0 && group->free == 0 &&
                (best == NULL || group->tier[0]->price > best->tier[0]->price))
                best = group;
        }
        if (best == NULL || left <= 0)
            return;
        best->free = best->total < left ? best->total : left;
        left -= best->free;
    }
}

static void add_draft(struct billing *billing, const struct group *group, size_t item,
                      size_t tier_index, usage_quantity paid, usage_quantity free_quantity)
{
    const struct price *const tier = group->tier[tier_index];
    const struct usage_line *const usage = group->item[item].usage;
    uint128 cost = 0;
    if (!ratio_round((uint128)tier->price, (uint128)paid, (uint128)group->per_unit, &cost) ||
        cost >> 100 != 0) {
        diagnostics_error(billing->diagnostics, NULL, 0, "%s: the cost of %s is too large to bill",
                          usage->entity, group->meter->what);
        return;
    }
    billing->draft =
        mem_grow(billing->draft, &billing->draft_capacity, billing->drafts, sizeof *billing->draft);
    billing->draft[billing->drafts++] = (struct draft){group->item[item].index,
                                                       tier_index,
                                                       {.entity = usage->entity,
                                                        .service = tier->service,
                                                        .sku = tier->sku,
                                                        .region = tier->region,
                                                        .unit = group->meter->unit,
                                                        .meter = usage->meter,
                                                        .detail = usage->detail,
                                                        .quantity = paid + free_quantity,
                                                        .free_quantity = free_quantity,
                                                        .per_unit = group->per_unit,
                                                        .unit_price = tier->price,
                                                        .tier_from = tier->tier_from,
                                                        .cost = (money_pusd)cost,
                                                        .effective_from = tier->effective_from}};
}

static usage_quantity tier_amount(const struct group *group, size_t tier, usage_quantity paid)
{
    const usage_quantity from = (usage_quantity)group->tier[tier]->tier_from * group->per_unit;
    const usage_quantity to = group->tier[tier]->tier_to == INT64_MAX
                                  ? paid
                                  : (usage_quantity)group->tier[tier]->tier_to * group->per_unit;
    const usage_quantity end = paid < to ? paid : to;
    return end > from ? end - from : 0;
}

static bool tiers_are_known(struct billing *billing, const struct group *group, usage_quantity paid)
{
    const struct price *const last = group->tier[group->tiers - 1];
    const struct price *gap = NULL;
    for (size_t i = 0; i < group->tiers && gap == NULL; i++)
        if (group->tier[i]->unknown && tier_amount(group, i, paid) > 0)
            gap = group->tier[i];
    const bool above =
        last->tier_to != INT64_MAX && paid > (usage_quantity)last->tier_to * group->per_unit;
    if (gap == NULL && !above)
        return true;
    char day[16];
    diagnostics_error(
        billing->diagnostics, NULL, 0,
        "no price for %s %s in %s on %s above %" PRId64 " %s a month%s%s%s; " MISSING_PRICE_HINT,
        group->meter->service, group->sku, billing->options->region,
        date_format(billing->options->day, day), gap == NULL ? last->tier_to : gap->tier_from,
        group->meter->unit, gap == NULL ? "" : " (", gap == NULL ? "" : gap->source,
        gap == NULL ? "" : ")");
    return false;
}

/* The free tier goes first, as AWS's Pricing Calculator has it; tiers then see what is paid for. */
static void bill_group(struct billing *billing, const struct group *group)
{
    const usage_quantity paid = group->total - group->free;
    if (!tiers_are_known(billing, group, paid))
        return;
    int128 *const left = mem_alloc(group->count, sizeof *left);
    int128 *const gratis = mem_alloc(group->count, sizeof *gratis);
    int128 *const share = mem_alloc(group->count, sizeof *share);

    for (size_t i = 0; i < group->count; i++)
        left[i] = group->item[i].quantity;
    apportion(group->free, left, gratis, group->count);
    for (size_t i = 0; i < group->count; i++)
        left[i] -= gratis[i];
    for (size_t tier = 0; tier < group->tiers; tier++) {
        const usage_quantity amount = tier_amount(group, tier, paid);
        memset(share, 0, group->count * sizeof *share);
        if (amount > 0)
            apportion(amount, left, share, group->count);
        for (size_t i = 0; i < group->count; i++) {
            const int128 given = tier == 0 ? gratis[i] : 0;
            left[i] -= share[i];
            if (share[i] + given > 0)
                add_draft(billing, group, i, tier, share[i], given);
        }
    }
    free(left);
    free(gratis);
    free(share);
}

static int compare_drafts(const void *left, const void *right)
{
    const struct draft *const a = left;
    const struct draft *const b = right;
    if (a->index != b->index)
        return a->index < b->index ? -1 : 1;
    return (a->tier > b->tier) - (a->tier < b->tier);
}

static void write_bill(struct bill *ret, struct billing *billing)
{
    if (billing->drafts == 0)
        return;
    qsort(billing->draft, billing->drafts, sizeof *billing->draft, compare_drafts);
    ret->line = mem_alloc(billing->drafts, sizeof *ret->line);
    ret->count = ret->capacity = billing->drafts;
    for (size_t i = 0; i < billing->drafts; i++) {
        ret->line[i] = billing->draft[i].line;
        ret->line[i].entity = mem_strdup(ret->line[i].entity);
        ret->line[i].detail = mem_strdup(ret->line[i].detail);
        ret->total += ret->line[i].cost;
    }
}

int bill_compute(struct bill *ret, const struct usage *usage, struct price_book *book,
                 const struct bill_options *options, struct diagnostics *diagnostics)
{
    const size_t errors = diagnostics->errors;
    struct billing billing = {.book = book, .options = options, .diagnostics = diagnostics};

    *ret = (struct bill){0};
    if (options->month_ms <= 0 || options->run_ms <= 0) {
        diagnostics_error(diagnostics, NULL, 0, "a bill needs a run and a month longer than 0 ms");
        return -1;
    }
    if (usage->count > USAGE_LINES_MAX) {
        diagnostics_error(diagnostics, NULL, 0, "more than %zu lines of usage", USAGE_LINES_MAX);
        return -1;
    }
    collect(&billing, usage);
    make_groups(&billing);
    for (size_t i = 0; i < billing.groups; i++)
        find_prices(&billing, &billing.group[i]);
    if (options->free_tier)
        for (int pool = POOL_NONE + 1; pool < POOL_COUNT; pool++)
            grant_free_tier(&billing, (enum free_pool)pool);
    for (size_t i = 0; i < billing.groups; i++)
        if (billing.group[i].tiers > 0)
            bill_group(&billing, &billing.group[i]);
    if (diagnostics->errors == errors)
        write_bill(ret, &billing);

    for (size_t i = 0; i < billing.items; i++)
        free(billing.item[i].sku);
    for (size_t i = 0; i < billing.groups; i++)
        free(billing.group[i].tier);
    free(billing.item);
    free(billing.group);
    free(billing.draft);
    return diagnostics->errors == errors ? 0 : -1;
}

void bill_finish(struct bill *bill)
{
    for (size_t i = 0; i < bill->count; i++) {
        free((void *)(uintptr_t)bill->line[i].entity);
        free((void *)(uintptr_t)bill->line[i].detail);
    }
    free(bill->line);
    *bill = (struct bill){0};
}
