/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "studies/charges.h"

#include "core/memory.h"
#include "pricing/apportion.h"
#include "studies/seen_requests.h"
#include "support/date.h"
#include "support/text.h"
#include "traces/billing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_DAY INT64_C(86400000000000)
#define GROUPS_MAX ((size_t)200000)
#define QUANTITY_SCALE INT64_C(1000000000000)
#define KEY_SIZE 2048

struct group {
    struct bill_charge sum;
    char *key;
    int32_t last_day;
};

struct charges {
    struct group *group;
    size_t groups, capacity;
    size_t *slot; /* index + 1 by hash of the key */
    size_t slots;
    uint64_t lines, unread;
    int64_t first_ns, last_ns;
    bool full;
};

struct charges *charges_create(void)
{
    struct charges *const charges = mem_alloc(1, sizeof *charges);
    charges->slots = 1024;
    charges->slot = mem_alloc(charges->slots, sizeof *charges->slot);
    return charges;
}

static void free_texts(struct bill_charge *sum)
{
    free(sum->service);
    free(sum->usage_type);
    free(sum->region);
    free(sum->unit);
    free(sum->line_type);
    free(sum->sku);
    free(sum->price_service);
}

void charges_destroy(struct charges *charges)
{
    if (charges == NULL)
        return;
    for (size_t i = 0; i < charges->groups; i++) {
        free(charges->group[i].key);
        free_texts(&charges->group[i].sum);
    }
    free(charges->group);
    free(charges->slot);
    free(charges);
}

static const char *or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

static size_t find_slot(const struct charges *charges, const char *key)
{
    size_t at = (size_t)seen_requests_hash(key) & (charges->slots - 1);
    while (charges->slot[at] != 0 && strcmp(charges->group[charges->slot[at] - 1].key, key) != 0)
        at = (at + 1) & (charges->slots - 1);
    return at;
}

static void grow(struct charges *charges)
{
    charges->slots *= 2;
    free(charges->slot);
    charges->slot = mem_alloc(charges->slots, sizeof *charges->slot);
    for (size_t i = 0; i < charges->groups; i++)
        charges->slot[find_slot(charges, charges->group[i].key)] = i + 1;
}

/* The group of a key; a new one has the key and nothing else. NULL when there are too many. */
static struct group *find_group(struct charges *charges, const char *key)
{
    const size_t at = find_slot(charges, key);
    if (charges->slot[at] != 0)
        return &charges->group[charges->slot[at] - 1];
    if (charges->groups == GROUPS_MAX)
        return NULL;
    charges->group =
        mem_grow(charges->group, &charges->capacity, charges->groups, sizeof *charges->group);
    charges->group[charges->groups++] =
        (struct group){.key = mem_strdup(key), .last_day = DATE_MIN};
    charges->slot[at] = charges->groups;
    if (charges->groups * 2 > charges->slots)
        grow(charges);
    return &charges->group[charges->groups - 1];
}

static struct group *group_of(struct charges *charges, const struct cost_line *line,
                              const char *month)
{
    char key[KEY_SIZE];
    const char *const service = or_empty(line->product != NULL ? line->product : line->service);
    snprintf(key, sizeof key, "%s\x1f%.200s\x1f%.400s\x1f%.100s\x1f%.100s\x1f%.100s\x1f%.100s",
             month, service, or_empty(line->usage_type), or_empty(line->region),
             or_empty(line->unit), or_empty(line->line_type), or_empty(line->sku));
    struct group *const group = find_group(charges, key);
    if (group == NULL || group->sum.service != NULL)
        return group;
    group->sum = (struct bill_charge){
        .service = text_format("%.200s", service),
        .usage_type = text_format("%.400s", or_empty(line->usage_type)),
        .region = text_format("%.100s", or_empty(line->region)),
        .unit = text_format("%.100s", or_empty(line->unit)),
        .line_type = text_format("%.100s", or_empty(line->line_type)),
        .sku = mem_strdup(or_empty(line->sku)),
        .price_service = mem_strdup(line->sku == NULL ? "" : or_empty(line->service)),
        .verdict = ""};
    snprintf(group->sum.month, sizeof group->sum.month, "%s", month);
    return group;
}

static void note_times(struct charges *charges, int64_t start_ns, int64_t end_ns)
{
    if (charges->lines == 0 || start_ns < charges->first_ns)
        charges->first_ns = start_ns;
    if (charges->lines == 0 || end_ns > charges->last_ns)
        charges->last_ns = end_ns;
}

int charges_add(void *context, const struct cost_line *line)
{
    struct charges *const charges = context;
    const int32_t day = (int32_t)(line->start_ns / NS_PER_DAY - (line->start_ns % NS_PER_DAY < 0));
    char text[16], month[16];
    int128 quantity = 0;
    snprintf(month, sizeof month, "%.7s", date_format(day, text));
    struct group *const group = group_of(charges, line, month);
    if (group == NULL) {
        charges->full = true;
        return -1;
    }
    if (!billing_decimal(line->quantity, 12, &quantity))
        charges->unread++;
    note_times(charges, line->start_ns, line->end_ns);
    charges->lines++;
    group->sum.lines++;
    group->sum.quantity_e12 += quantity;
    group->sum.cost += line->cost;
    if (day > group->last_day)
        group->last_day = day;
    return 0;
}

int charges_merge(struct charges *charges, struct charges *part)
{
    bool full = part->full;
    for (size_t i = 0; i < part->groups && !full; i++) {
        struct group *const from = &part->group[i];
        struct group *const to = find_group(charges, from->key);
        full = to == NULL;
        if (full)
            break;
        if (to->sum.service == NULL) { /* with its texts */
            to->sum = from->sum;
            from->sum = (struct bill_charge){.lines = 0};
        } else {
            to->sum.lines += from->sum.lines;
            to->sum.quantity_e12 += from->sum.quantity_e12;
            to->sum.cost += from->sum.cost;
        }
        if (from->last_day > to->last_day)
            to->last_day = from->last_day;
    }
    if (part->lines > 0)
        note_times(charges, part->first_ns, part->last_ns);
    charges->lines += part->lines;
    charges->unread += part->unread;
    charges->full = charges->full || full;
    charges_destroy(part);
    return full ? -1 : 0;
}

uint64_t charges_count(const struct charges *charges)
{
    return charges->lines;
}

static bool multiply(money_pusd price, usage_quantity quantity_e12, money_pusd *ret)
{
    uint128 cost = 0;
    const bool minus = quantity_e12 < 0;
    if (!ratio_round((uint128)(minus ? -quantity_e12 : quantity_e12), (uint128)price,
                     (uint128)QUANTITY_SCALE, &cost))
        return false;
    *ret = minus ? -(money_pusd)cost : (money_pusd)cost;
    return true;
}

static money_pusd distance(money_pusd a, money_pusd b)
{
    return a > b ? a - b : b - a;
}

/* A bill's line may be of any tier: the nearest price is meant. */
static void find_price(struct group *group, struct price_book *book, int32_t day)
{
    struct bill_charge *const sum = &group->sum;
    const struct price *const *tier;
    if (*sum->sku == '\0' || *sum->region == '\0')
        return;
    const size_t tiers =
        price_book_find(book, sum->price_service, sum->sku, sum->region, day, &tier);
    for (size_t i = 0; i < tiers; i++) {
        if (tier[i]->unknown)
            continue;
        if (sum->has_our_price && sum->has_bill_price &&
            distance(tier[i]->price, sum->bill_price) >= distance(sum->our_price, sum->bill_price))
            continue;
        sum->has_our_price = true;
        sum->our_price = tier[i]->price;
        sum->effective_from = tier[i]->effective_from;
    }
}

/* A line's cost is printed with 10 or 11 decimals: so much may a sum of lines differ by rounding.
 */
static money_pusd tolerance(const struct bill_charge *sum)
{
    return (money_pusd)sum->lines * 100 + (sum->cost > 0 ? sum->cost / 1000000 : 0);
}

static void judge(struct group *group, struct price_book *book, const int32_t *day)
{
    struct bill_charge *const sum = &group->sum;
    const bool usage = *sum->line_type == '\0' || strcmp(sum->line_type, "Usage") == 0;
    money_pusd ours = 0;
    if (sum->quantity_e12 > 0 && sum->cost >= 0) {
        uint128 price = 0;
        sum->has_bill_price = ratio_round((uint128)sum->cost, (uint128)QUANTITY_SCALE,
                                          (uint128)sum->quantity_e12, &price) &&
                              price >> 100 == 0;
        sum->bill_price = (money_pusd)price;
    }
    find_price(group, book, day != NULL ? *day : group->last_day);
    if (!usage)
        sum->verdict = "no usage";
    else if (*sum->sku == '\0')
        sum->verdict = "not priced by us";
    else if (!sum->has_our_price || !multiply(sum->our_price, sum->quantity_e12, &ours))
        sum->verdict = "no price in the book";
    else if (distance(sum->cost, ours) <= tolerance(sum))
        sum->verdict = "agrees";
    else if (sum->cost == 0)
        sum->verdict = "free, or paid by a plan";
    else
        sum->verdict = "differs";
    if (usage && sum->has_our_price)
        sum->difference = sum->cost - ours;
    else
        sum->has_our_price = false;
}

static int compare_groups(const void *left, const void *right)
{
    return strcmp(((const struct group *)left)->key, ((const struct group *)right)->key);
}

static void format_day(int64_t time_ns, char text[32])
{
    char day[16];
    snprintf(text, 32, "%s",
             date_format((int32_t)(time_ns / NS_PER_DAY - (time_ns % NS_PER_DAY < 0)), day));
}

int charges_result(struct charges *charges, struct price_book *book, const int32_t *day,
                   struct bill_result *ret, struct diagnostics *diagnostics)
{
    if (charges->full) {
        diagnostics_error(diagnostics, NULL, 0,
                          "the bill has more than %zu different kinds of lines", GROUPS_MAX);
        return -1;
    }
    if (charges->groups == 0)
        return 0;
    qsort(charges->group, charges->groups, sizeof *charges->group, compare_groups);
    ret->charge = mem_alloc(charges->groups, sizeof *ret->charge);
    ret->charges = charges->groups;
    for (size_t i = 0; i < charges->groups; i++) {
        struct group *const group = &charges->group[i];
        judge(group, book, day);
        ret->charge[i] = group->sum; /* with its texts */
        ret->charged += group->sum.cost;
        free(group->key);
    }
    charges->groups = 0;
    if (ret->first[0] == '\0') {
        format_day(charges->first_ns, ret->first);
        format_day(charges->last_ns, ret->last);
    }
    if (charges->unread > 0)
        diagnostics_warning(&ret->notes, NULL, 0, "%llu lines have a quantity that is no number",
                            (unsigned long long)charges->unread);
    return 0;
}
