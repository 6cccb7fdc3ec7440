/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/charges.h"

#include "core/memory.h"
#include "history/line_sample.h"
#include "history/line_set.h"
#include "history/seen_requests.h"
#include "pricing/apportion.h"
#include "support/date.h"
#include "support/text.h"
#include "traces/billing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_DAY INT64_C(86400000000000)
#define GROUPS_MAX ((size_t)200000)
#define QUANTITY_SCALE INT64_C(1000000000000)
#define KEY_SIZE 2048
#define HASH_STEP UINT64_C(0x9e3779b97f4a7c15)
#define LENGTH(list) (sizeof(list) / sizeof *(list))
#define LINES_EXACT (LINE_SET_MAX / 2) /* two hashes each; of a part 32 MB until it is settled */
#define ALIKE_MATTERS 0.05 /* share; small charges of several accounts can be alike by chance */

/* Lines that are alike, rate included. */
struct group {
    struct bill_charge sum;
    char *key;
    size_t usage_key; /* length of the key without the rate */
    bool free;
    int32_t last_day;
};

/* A line with an id, until it is known what came before: parts are settled in the order of files.
 */
struct line {
    uint64_t identity, whole; /* hashes: which line it is, and all that it says */
    int128 quantity, cost;
    size_t group;
};

struct charges {
    struct group *group;
    size_t groups, capacity;
    size_t *slot; /* index + 1 by hash of the key */
    size_t slots;
    uint64_t lines, unread;
    struct line *pending; /* not yet among the seen */
    size_t pendings, pending_capacity;
    struct line_set seen;
    uint64_t repeated, restated;
    money_pusd repeated_cost, restated_cost;
    struct line_sample nameless; /* lines without ids */
    struct line_sample counted;  /* with ids, that are added up */
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
    line_sample_finish(&charges->nameless);
    line_sample_finish(&charges->counted);
    line_set_finish(&charges->seen);
    free(charges->pending);
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

/* The bill's own rate; -1: not told. */
static int128 rate_of(const struct cost_line *line)
{
    int128 rate = 0;
    return line->rate != NULL && billing_decimal(line->rate, 12, &rate) ? rate : -1;
}

/* Free, or paid by a plan; what costs nothing because there is hardly any of it is neither. */
static bool is_free(const struct cost_line *line, int128 rate, int128 quantity)
{
    return line->cost == 0 && quantity > 0 &&
           (rate <= 0 || quantity >= 100 * (int128)QUANTITY_SCALE / rate);
}

static struct group *group_of(struct charges *charges, const struct cost_line *line,
                              const char *month, int128 quantity)
{
    char key[KEY_SIZE];
    char rate_text[MONEY_TEXT_SIZE] = "";
    const int128 rate = rate_of(line);
    const bool free_of_cost = is_free(line, rate, quantity);
    const char *const service = or_empty(line->product != NULL ? line->product : line->service);
    const int length =
        snprintf(key, sizeof key, "%s\x1f%.200s\x1f%.400s\x1f%.100s\x1f%.100s\x1f%.100s\x1f%.100s",
                 month, service, or_empty(line->usage_type), or_empty(line->region),
                 or_empty(line->unit), or_empty(line->line_type), or_empty(line->sku));
    snprintf(key + length, sizeof key - (size_t)length, "\x1f%s%s",
             rate < 0 ? "" : money_format(rate, rate_text), free_of_cost ? " free" : "");
    struct group *const group = find_group(charges, key);
    if (group == NULL || group->sum.service != NULL)
        return group;
    group->usage_key = (size_t)length;
    group->free = free_of_cost;
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

static uint64_t hash_texts(uint64_t hash, const char *const *text, size_t texts)
{
    for (size_t i = 0; i < texts; i++)
        hash = seen_requests_mix(hash + HASH_STEP + seen_requests_hash(or_empty(text[i])));
    return hash;
}

static uint64_t hash_numbers(uint64_t hash, const uint64_t *number, size_t numbers)
{
    for (size_t i = 0; i < numbers; i++)
        hash = seen_requests_mix(hash + HASH_STEP + number[i]);
    return hash;
}

/* An id is unique in one partition of one report only (AWS's data dictionary, identity/LineItemId):
 * a line is told by whose and what it is of, too. */
static void note_line(struct charges *charges, const struct cost_line *line, int128 quantity,
                      size_t group)
{
    const char *const which[] = {line->id,       line->account,    line->payer,
                                 line->product,  line->usage_type, line->operation,
                                 line->resource, line->line_type};
    const uint64_t when[] = {(uint64_t)line->start_ns, (uint64_t)line->end_ns};
    const char *const what[] = {line->region, line->unit, line->rate, line->description};
    const uint64_t much[] = {(uint64_t)(quantity >> 64), (uint64_t)quantity,
                             (uint64_t)(line->cost >> 64), (uint64_t)line->cost};
    const uint64_t identity = hash_numbers(hash_texts(0, which, LENGTH(which)), when, LENGTH(when));
    const uint64_t whole =
        hash_numbers(hash_texts(identity, what, LENGTH(what)), much, LENGTH(much));
    if (line->id == NULL) {
        line_sample_add(&charges->nameless, whole);
        return;
    }
    if (charges->pendings == LINES_EXACT) {
        charges->seen.full = true;
        line_sample_add(&charges->counted, whole);
        return;
    }
    charges->pending = mem_grow(charges->pending, &charges->pending_capacity, charges->pendings,
                                sizeof *charges->pending);
    charges->pending[charges->pendings++] =
        (struct line){identity, whole, quantity, line->cost, group};
}

/* A line that comes again as it was is taken out of its group, which the first one is in. */
static void settle_line(struct charges *charges, const struct line *line, struct group *group)
{
    if (line_set_add(&charges->seen, line->whole)) {
        line_sample_add(&charges->counted, line->whole);
        if (line_set_add(&charges->seen, line->identity))
            return;
        charges->restated++;
        charges->restated_cost += line->cost;
        return;
    }
    charges->repeated++;
    charges->repeated_cost += line->cost;
    charges->lines--;
    group->sum.lines--;
    group->sum.quantity_e12 -= line->quantity;
    group->sum.cost -= line->cost;
}

static void settle_own_lines(struct charges *charges)
{
    for (size_t i = 0; i < charges->pendings; i++)
        settle_line(charges, &charges->pending[i], &charges->group[charges->pending[i].group]);
    free(charges->pending);
    charges->pending = NULL;
    charges->pendings = charges->pending_capacity = 0;
}

int charges_add(void *context, const struct cost_line *line)
{
    struct charges *const charges = context;
    const int32_t day = (int32_t)(line->start_ns / NS_PER_DAY - (line->start_ns % NS_PER_DAY < 0));
    char text[16], month[16];
    int128 quantity = 0;
    snprintf(month, sizeof month, "%.7s", date_format(day, text));
    if (!billing_decimal(line->quantity, 12, &quantity))
        charges->unread++;
    struct group *const group = group_of(charges, line, month, quantity);
    if (group == NULL) {
        charges->full = true;
        return -1;
    }
    note_times(charges, line->start_ns, line->end_ns);
    note_line(charges, line, quantity, (size_t)(group - charges->group));
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
    size_t *const moved = mem_alloc(part->groups, sizeof *moved);
    bool full = part->full;
    settle_own_lines(charges);
    for (size_t i = 0; i < part->groups && !full; i++) {
        struct group *const from = &part->group[i];
        struct group *const to = find_group(charges, from->key);
        full = to == NULL;
        if (full)
            break;
        if (to->sum.service == NULL) { /* with its texts */
            to->sum = from->sum;
            to->usage_key = from->usage_key;
            to->free = from->free;
            from->sum = (struct bill_charge){.lines = 0};
        } else {
            to->sum.lines += from->sum.lines;
            to->sum.quantity_e12 += from->sum.quantity_e12;
            to->sum.cost += from->sum.cost;
        }
        if (from->last_day > to->last_day)
            to->last_day = from->last_day;
        moved[i] = (size_t)(to - charges->group);
    }
    if (part->lines > 0)
        note_times(charges, part->first_ns, part->last_ns);
    line_sample_merge(&charges->nameless, &part->nameless);
    line_sample_merge(&charges->counted, &part->counted);
    charges->lines += part->lines;
    for (size_t i = 0; i < part->pendings && !full; i++)
        settle_line(charges, &part->pending[i], &charges->group[moved[part->pending[i].group]]);
    free(moved);
    charges->seen.full = charges->seen.full || part->seen.full;
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

/* A line's cost is printed with 10 or 11 decimals: so much may a sum of lines differ by rounding.
 */
static money_pusd tolerance(uint64_t lines, money_pusd cost)
{
    return (money_pusd)lines * 100 + (cost > 0 ? cost / 1000000 : 0);
}

/* A usage type of a month: its groups, and what the book's tiers make of what was paid. */
struct usage_type {
    struct group *group;
    size_t groups, paid_groups;
    uint64_t lines;
    usage_quantity quantity; /* that counts towards tiers */
    money_pusd cost, tiers_cost;
    const struct price *const *tier;
    size_t tiers;
    bool priced; /* all tiers that are reached have a price */
};

static bool is_usage(const struct group *group)
{
    const char *const type = group->sum.line_type;
    return *type == '\0' || strcmp(type, "Usage") == 0;
}

static bool is_reached(const struct price *tier, usage_quantity quantity_e12)
{
    return tier->tier_from == 0 || quantity_e12 > (usage_quantity)tier->tier_from * QUANTITY_SCALE;
}

static void add_tiers(struct usage_type *usage)
{
    const struct price *const *const tier = usage->tier;
    usage->priced = usage->tiers > 0;
    for (size_t i = 0; i < usage->tiers && is_reached(tier[i], usage->quantity); i++) {
        const usage_quantity from = (usage_quantity)tier[i]->tier_from * QUANTITY_SCALE;
        const bool last = i + 1 == usage->tiers || !is_reached(tier[i + 1], usage->quantity);
        const usage_quantity end =
            last ? usage->quantity : (usage_quantity)tier[i]->tier_to * QUANTITY_SCALE;
        money_pusd cost = 0;
        usage->priced =
            usage->priced && !tier[i]->unknown && multiply(tier[i]->price, end - from, &cost);
        usage->tiers_cost += cost;
    }
}

static void find_usage(struct usage_type *usage, struct price_book *book, const int32_t *day)
{
    const struct bill_charge *const sum = &usage->group->sum;
    int32_t last_day = DATE_MIN;
    for (size_t i = 0; i < usage->groups; i++)
        if (usage->group[i].last_day > last_day)
            last_day = usage->group[i].last_day;
    if (*sum->sku != '\0' && *sum->region != '\0')
        usage->tiers = price_book_find(book, sum->price_service, sum->sku, sum->region,
                                       day != NULL ? *day : last_day, &usage->tier);
    const bool free_tier = usage->tiers > 0 && usage->tier[0]->price == 0;
    for (size_t i = 0; i < usage->groups; i++) {
        const struct group *const group = &usage->group[i];
        if ((group->free && !free_tier) || group->sum.quantity_e12 <= 0)
            continue;
        usage->paid_groups += !group->free;
        usage->quantity += group->sum.quantity_e12;
        usage->lines += group->sum.lines;
        usage->cost += group->sum.cost;
    }
    add_tiers(usage);
}

static bool whole_agrees(const struct usage_type *usage)
{
    return usage->priced &&
           distance(usage->cost, usage->tiers_cost) <= tolerance(usage->lines, usage->cost);
}

static void set_price(struct bill_charge *sum, money_pusd price, money_pusd cost,
                      const struct price *tier)
{
    sum->has_our_price = true;
    sum->our_price = price;
    sum->effective_from = tier->effective_from;
    sum->difference = sum->cost - cost;
}

/* The tier whose price makes the group's cost; NULL: none does. */
static const struct price *find_tier(const struct usage_type *usage, const struct bill_charge *sum)
{
    const struct price *found = NULL;
    money_pusd cost = 0;
    for (size_t i = 0; i < usage->tiers; i++)
        if (!usage->tier[i]->unknown && multiply(usage->tier[i]->price, sum->quantity_e12, &cost) &&
            distance(sum->cost, cost) <= tolerance(sum->lines, sum->cost) &&
            (found == NULL || is_reached(usage->tier[i], usage->quantity)))
            found = usage->tier[i];
    return found;
}

/* Of the tiers that the quantity reaches the one with the nearest price; of what is free the first.
 */
static const struct price *nearest_tier(const struct usage_type *usage, const struct group *group)
{
    const struct price *nearest = NULL;
    for (size_t i = 0; i < usage->tiers; i++) {
        const struct price *const tier = usage->tier[i];
        if (tier->unknown || (nearest != NULL && (group->free || !group->sum.has_bill_price ||
                                                  !is_reached(tier, usage->quantity))))
            continue;
        if (nearest == NULL || distance(tier->price, group->sum.bill_price) <
                                   distance(nearest->price, group->sum.bill_price))
            nearest = tier;
    }
    return nearest;
}

static const char *judge_usage(const struct usage_type *usage, struct group *group)
{
    struct bill_charge *const sum = &group->sum;
    const struct price *const same = group->free ? NULL : find_tier(usage, sum);
    const struct price *const tier = same != NULL ? same : nearest_tier(usage, group);
    money_pusd ours = 0;
    if (tier == NULL || !multiply(tier->price, sum->quantity_e12, &ours))
        return "no price in the book";
    set_price(sum, tier->price, ours, tier);
    if (same != NULL)
        return is_reached(same, usage->quantity) ? "agrees" : "agrees, in a higher tier";
    if (group->free)
        return ours == 0 ? "agrees" : "free, or paid by a plan";
    uint128 mean = 0;
    if (usage->paid_groups == 1 && usage->priced && sum->cost >= 0 &&
        ratio_round((uint128)usage->tiers_cost, (uint128)QUANTITY_SCALE, (uint128)usage->quantity,
                    &mean))
        set_price(sum, (money_pusd)mean, usage->tiers_cost, tier);
    return usage->paid_groups == 1 && whole_agrees(usage) ? "agrees" : "differs";
}

static const char *judge(const struct usage_type *usage, struct group *group)
{
    struct bill_charge *const sum = &group->sum;
    uint128 price = 0;
    if (sum->quantity_e12 > 0 && sum->cost >= 0) {
        sum->has_bill_price = ratio_round((uint128)sum->cost, (uint128)QUANTITY_SCALE,
                                          (uint128)sum->quantity_e12, &price) &&
                              price >> 100 == 0;
        sum->bill_price = (money_pusd)price;
    }
    /* What a plan or reservation has paid is listed at its price on demand: no price to check. */
    if (strcmp(sum->line_type, "SavingsPlanCoveredUsage") == 0 ||
        strcmp(sum->line_type, "DiscountedUsage") == 0)
        return "paid by a plan";
    if (!is_usage(group))
        return "no usage";
    return *sum->sku == '\0' ? "not priced by us" : judge_usage(usage, group);
}

/* The rates are the book's, but not the whole: one usage type for all that are like it. */
struct odd_sums {
    size_t count;
    const struct bill_charge *first;
    money_pusd cost, tiers_cost;
};

static void note_sum(const struct usage_type *usage, struct odd_sums *odd)
{
    bool agrees = usage->priced && usage->tiers > 1 && usage->quantity > 0;
    for (size_t i = 0; i < usage->groups && agrees; i++)
        agrees = usage->group[i].free || strncmp(usage->group[i].sum.verdict, "agrees", 6) == 0;
    if (!agrees || whole_agrees(usage))
        return;
    if (odd->count++ == 0) {
        odd->first = &usage->group->sum;
        odd->cost = usage->cost;
        odd->tiers_cost = usage->tiers_cost;
    }
}

static void tell_odd_sums(const struct odd_sums *odd, struct diagnostics *notes)
{
    char cost[MONEY_TEXT_SIZE], tiers_cost[MONEY_TEXT_SIZE];
    if (odd->count > 0)
        diagnostics_warning(notes, NULL, 0,
                            "%zu usage type%s of a month cost other than the tiers of what is here "
                            "(%s %.60s %.30s, for one: $%s, by the tiers $%s), although the rates "
                            "agree: do other accounts or lines count towards the tiers?",
                            odd->count, odd->count == 1 ? "" : "s", odd->first->month,
                            odd->first->usage_type, odd->first->region,
                            money_format_cents(odd->cost, cost),
                            money_format_cents(odd->tiers_cost, tiers_cost));
}

/* The usage type that begins at a group; how many groups it has. */
static size_t judge_usage_type(struct charges *charges, size_t first, struct price_book *book,
                               const int32_t *day, struct odd_sums *odd)
{
    struct usage_type usage = {.group = &charges->group[first], .groups = 1};
    while (first + usage.groups < charges->groups &&
           usage.group[usage.groups].usage_key == usage.group->usage_key &&
           memcmp(usage.group[usage.groups].key, usage.group->key, usage.group->usage_key) == 0)
        usage.groups++;
    find_usage(&usage, book, day);
    for (size_t i = 0; i < usage.groups; i++)
        usage.group[i].sum.verdict = judge(&usage, &usage.group[i]);
    note_sum(&usage, odd);
    return usage.groups;
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

static const char *format_dollars(money_pusd amount, char text[MONEY_TEXT_SIZE + 2])
{
    char digits[MONEY_TEXT_SIZE];
    snprintf(text, MONEY_TEXT_SIZE + 2, "%s$%s", amount < 0 ? "-" : "",
             money_format_cents(amount < 0 ? -amount : amount, digits));
    return text;
}

static void tell_repeated(struct charges *charges, struct diagnostics *notes)
{
    char count[TEXT_NUMBER_SIZE], most[TEXT_NUMBER_SIZE], money[MONEY_TEXT_SIZE + 2];
    const double later = line_sample_repeated(&charges->counted);
    const double alike = line_sample_repeated(&charges->nameless);
    if (charges->repeated > 0)
        diagnostics_warning(
            notes, NULL, 0,
            "%s line%s of the bill (%s) come%s again with the same LineItemId, "
            "time and amounts: each is counted once; is a file given twice, or do "
            "exports overlap?",
            text_number((double)charges->repeated, 0, count), charges->repeated == 1 ? "" : "s",
            format_dollars(charges->repeated_cost, money), charges->repeated == 1 ? "s" : "");
    if (charges->restated > 0)
        diagnostics_warning(
            notes, NULL, 0,
            "%s line%s of the bill (%s) ha%s the LineItemId and time of another "
            "one, but other amounts or words, and all are added up: are there several "
            "versions of a month's report? Give the last one",
            text_number((double)charges->restated, 0, count), charges->restated == 1 ? "" : "s",
            format_dollars(charges->restated_cost, money), charges->restated == 1 ? "s" : "ve");
    if (alike >= ALIKE_MATTERS)
        diagnostics_warning(notes, NULL, 0,
                            "%s %% of the bill's lines come again as they were, and all are added "
                            "up, because no LineItemId tells them apart: is a file given twice, or "
                            "do exports overlap?",
                            text_number(100 * alike, 1, count));
    if (charges->seen.full)
        diagnostics_warning(notes, NULL, 0,
                            "lines that come again were left out among the first %s lines only; "
                            "of all lines%s%s %% come again, and are added up: give each month's "
                            "report once",
                            text_number((double)LINES_EXACT, 0, most), later > 0 ? " about " : " ",
                            text_number(later > 0 ? fmax(100 * later, 0.1) : 0, 1, count));
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
    settle_own_lines(charges);
    qsort(charges->group, charges->groups, sizeof *charges->group, compare_groups);
    ret->charge = mem_alloc(charges->groups, sizeof *ret->charge);
    ret->charges = charges->groups;
    struct odd_sums odd = {0};
    for (size_t i = 0; i < charges->groups;)
        i += judge_usage_type(charges, i, book, day, &odd);
    tell_odd_sums(&odd, &ret->notes);
    tell_repeated(charges, &ret->notes);
    for (size_t i = 0; i < charges->groups; i++) {
        struct group *const group = &charges->group[i];
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
