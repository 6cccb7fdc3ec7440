/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/waste.h"

#include "core/memory.h"
#include "history/billing_rules.h"
#include "pricing/apportion.h"
#include "support/date.h"
#include "support/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADROOM_PERCENT 20
#define MB_NS_PER_GB_S (INT64_C(1024) * 1000000000)
#define UNFIT_NAMED 5        /* functions in a note */
#define FUNCTIONS_SHOWN 1000 /* of a kind; the rest is in its sum */

enum waste_kind {
    WASTE_MEMORY,
    WASTE_ROUNDING,
    WASTE_COLD_STARTS,
    WASTE_TIMEOUTS,
    WASTE_ERRORS,
    WASTE_RETRIES,
    WASTE_KINDS
};

static const struct {
    const char *name, *explanation;
} kinds[WASTE_KINDS] = {
    [WASTE_MEMORY] = {"memory",
                      "memory bought above the most that was used plus 20 %, at the same duration; "
                      "but less memory is less CPU too, so measure the duration before you change "
                      "it"},
    [WASTE_ROUNDING] = {"rounding", "time billed above the time that the code ran"},
    [WASTE_COLD_STARTS] = {"cold starts", "initialisation that was billed"},
    [WASTE_TIMEOUTS] = {"timeouts", "invocations that ended at their timeout"},
    [WASTE_ERRORS] = {"errors", "invocations that ended with an error"},
    [WASTE_RETRIES] = {"retries", "invocations whose request id was there before"},
};

struct search {
    const struct log_bill *log;
    enum waste_kind kind;
    const int64_t *needed_mb; /* by function; UNKNOWN_VALUE: no record says */
    int64_t memory_mb;        /* of another design; UNKNOWN_VALUE: as it is */
};

/* The most that a function's records used, with headroom, as a size that Lambda of that day sells.
 */
static int64_t *find_needs(const struct log_bill *log)
{
    const struct log_bill_options *const options = log_bill_options_of(log);
    const size_t functions = log_bill_functions(log);
    size_t entries;
    const struct log_entry *const entry = log_bill_entries(log, &entries);
    int64_t *const needed = mem_alloc(functions, sizeof *needed);
    int32_t *const day = mem_alloc(functions, sizeof *day);
    for (size_t i = 0; i < functions; i++) {
        needed[i] = UNKNOWN_VALUE;
        day[i] = INT32_MIN;
    }
    for (size_t i = 0; i < entries; i++) {
        const size_t f = entry[i].function;
        if (entry[i].max_memory_mb > needed[f])
            needed[f] = entry[i].max_memory_mb;
        if (entry[i].last_day > day[f])
            day[f] = entry[i].last_day;
    }
    for (size_t i = 0; i < functions; i++) {
        const int32_t on = options->has_as_of ? options->as_of : day[i];
        const int64_t wanted = (needed[i] * (100 + HEADROOM_PERCENT) + 99) / 100;
        if (needed[i] >= 0)
            needed[i] = billing_rules_memory(options->limits, on, wanted);
    }
    free(day);
    return needed;
}

static struct log_weight weigh_waste(const struct search *search, const struct log_entry *entry)
{
    const int64_t memory = entry->memory_mb < 0 ? 0 : entry->memory_mb;
    switch (search->kind) {
    case WASTE_MEMORY: {
        const int64_t needed = search->needed_mb[entry->function];
        const int64_t spare = needed < 0 || memory <= needed ? 0 : memory - needed;
        return (struct log_weight){entry->measured * spare, 0, 0};
    }
    case WASTE_ROUNDING:
        return (struct log_weight){entry->rounding * memory, 0, 0};
    case WASTE_COLD_STARTS:
        return (struct log_weight){entry->init * memory, 0, 0};
    case WASTE_TIMEOUTS:
        return (struct log_weight){entry->timeout * memory, (int128)entry->timeouts, 0};
    case WASTE_ERRORS:
        return (struct log_weight){entry->error * memory, (int128)entry->errors, 0};
    default:
        return (struct log_weight){entry->retry * memory, (int128)entry->retries, 0};
    }
}

static struct log_weight weigh_rest(const void *context, const struct log_entry *entry)
{
    const struct search *const search = context;
    const int64_t memory = entry->memory_mb < 0 ? 0 : entry->memory_mb;
    const struct log_weight waste = weigh_waste(search, entry);
    return log_weight_of(entry, entry->billed * memory - waste.mb_ns,
                         (int128)entry->count - waste.requests);
}

static struct log_weight weigh_other_memory(const void *context, const struct log_entry *entry)
{
    const struct search *const search = context;
    const int64_t memory = search->memory_mb >= 0  ? search->memory_mb
                           : entry->memory_mb >= 0 ? entry->memory_mb
                                                   : 0;
    return log_weight_of(entry, entry->billed * memory, (int128)entry->count);
}

/* The first price of a meter in a month's bill; 0 when there is no such line. */
static money_pusd price_in(const struct bill *bill, bool requests)
{
    money_pusd provisioned = 0; /* of its own only where nothing ran on demand */
    for (size_t i = 0; i < bill->count; i++) {
        const enum meter meter = bill->line[i].meter;
        if (meter == METER_LAMBDA_PROVISIONED_DURATION_X86_MB_MS ||
            meter == METER_LAMBDA_PROVISIONED_DURATION_ARM64_MB_MS)
            provisioned = bill->line[i].unit_price;
        else if ((meter == METER_LAMBDA_REQUESTS) == requests)
            return bill->line[i].unit_price;
    }
    return requests ? 0 : provisioned;
}

static money_pusd list_price(const struct log_weight *weight, const struct bill *bill)
{
    uint128 cost = 0;
    if (weight->mb_ns > 0)
        ratio_round((uint128)weight->mb_ns, (uint128)price_in(bill, false), (uint128)MB_NS_PER_GB_S,
                    &cost);
    return (money_pusd)cost + weight->requests * price_in(bill, true);
}

static size_t month_end(const struct log_entry *entry, size_t entries, size_t first)
{
    size_t end = first;
    while (end < entries && entry[end].month == entry[first].month)
        end++;
    return end;
}

static char *describe(const struct search *search, const struct bill_function *f, size_t index,
                      const struct log_weight *waste)
{
    char count[TEXT_NUMBER_SIZE], all[TEXT_NUMBER_SIZE];
    const char *const plural = f->invocations == 1 ? "" : "s";
    text_number((double)f->invocations, 0, all);
    switch (search->kind) {
    case WASTE_MEMORY:
        snprintf(count, sizeof count, "%" PRId64 " to ", f->memory_mb_min);
        return text_format("%s%" PRId64 " MB bought, at most %" PRId64 " MB used: %" PRId64
                           " MB would do",
                           f->memory_mb_min < f->memory_mb_max ? count : "", f->memory_mb_max,
                           f->max_memory_used_mb, search->needed_mb[index]);
    case WASTE_ROUNDING:
        return text_format("%s GB-seconds in %s invocation%s",
                           text_number((double)waste->mb_ns / (double)MB_NS_PER_GB_S, 1, count),
                           all, plural);
    case WASTE_COLD_STARTS:
        text_number((double)f->cold_starts, 0, count);
        return text_format("%s cold start%s in %s invocation%s", count,
                           f->cold_starts == 1 ? "" : "s", all, plural);
    default:
        text_number((double)waste->requests, 0, count);
        return text_format("%s of %s invocation%s", count, all, plural);
    }
}

struct share {
    size_t function;
    struct log_weight waste;
    money_pusd list, cost;
    money_pusd month_list; /* of the month that is looked at */
};

static int largest_first(const void *left, const void *right)
{
    const struct share *const a = left;
    const struct share *const b = right;
    if (a->list != b->list)
        return a->list > b->list ? -1 : 1;
    return (a->function > b->function) - (a->function < b->function);
}

static const struct bill_function *function_named(const struct bill_result *ret, const char *name)
{
    for (size_t i = 0; i < ret->functions; i++)
        if (strcmp(ret->function[i].name, name) == 0)
            return &ret->function[i];
    return NULL;
}

static money_pusd part_of(money_pusd sum, money_pusd mine, money_pusd list)
{
    uint128 part = 0;
    if (list > 0)
        ratio_round((uint128)sum, (uint128)mine, (uint128)list, &part);
    return (money_pusd)part;
}

static void add_lines(struct bill_result *ret, const struct search *search, struct share *share,
                      money_pusd saved, money_pusd month_saved, size_t *capacity)
{
    const size_t functions = log_bill_functions(search->log);
    money_pusd list = 0;
    size_t wasteful = 0;
    qsort(share, functions, sizeof *share, largest_first);
    for (; wasteful < functions && share[wasteful].list > 0; wasteful++)
        list += share[wasteful].list;
    if (list == 0)
        return;
    ret->waste = mem_grow(ret->waste, capacity, ret->wastes, sizeof *ret->waste);
    ret->waste[ret->wastes++] = (struct bill_waste){.kind = kinds[search->kind].name,
                                                    .explanation = kinds[search->kind].explanation,
                                                    .cost = saved,
                                                    .list_cost = list,
                                                    .month_cost = month_saved};
    for (size_t i = 0; i < wasteful && i < FUNCTIONS_SHOWN; i++) {
        const char *const name = log_bill_name(search->log, share[i].function);
        const struct bill_function *const f = function_named(ret, name);
        ret->waste = mem_grow(ret->waste, capacity, ret->wastes, sizeof *ret->waste);
        ret->waste[ret->wastes++] = (struct bill_waste){
            .kind = kinds[search->kind].name,
            .explanation = kinds[search->kind].explanation,
            .function = mem_strdup(name),
            .text = describe(search, f, share[i].function, &share[i].waste),
            .cost = share[i].cost,
            .list_cost = share[i].list,
            .month_cost = ret->month_factor <= 1
                              ? (money_pusd)((double)share[i].cost * ret->month_factor)
                              : part_of(month_saved, share[i].list, list)};
    }
}

/* A month of what `saved` is of the data. Less than a month of data is scaled up before the free
 * tier and the tiers of prices apply: what a day wastes may be free, what a month wastes is not. */
static int save_in_month(const struct search *search, struct price_book *book,
                         const struct bill_result *ret, money_pusd saved, money_pusd *ret_saved,
                         struct diagnostics *diagnostics)
{
    const bool arm64 = log_bill_options_of(search->log)->arm64;
    const int64_t run_ms = (int64_t)(MONTH_HOURS * 3600e3 / ret->month_factor);
    struct bill with = {0}, without = {0};
    size_t entries;
    log_bill_entries(search->log, &entries);
    *ret_saved = (money_pusd)((double)saved * ret->month_factor);
    if (ret->month_factor <= 1)
        return 0;
    int status = log_bill_price(search->log, book, 0, entries, run_ms, arm64, weigh_other_memory,
                                &(struct search){.memory_mb = UNKNOWN_VALUE}, &with, diagnostics);
    if (status == 0)
        status = log_bill_price(search->log, book, 0, entries, run_ms, arm64, weigh_rest, search,
                                &without, diagnostics);
    *ret_saved = with.total > without.total ? with.total - without.total : 0;
    bill_finish(&with);
    bill_finish(&without);
    return status;
}

/* What a month's waste cost, among the functions that wasted in it: one that the free tier of its
 * month has paid wasted nothing. */
static void share_month(struct share *share, const struct log_entry *entry, size_t first,
                        size_t end, money_pusd saved)
{
    money_pusd list = 0;
    for (size_t i = first; i < end; i++)
        if (i == first || entry[i].function != entry[i - 1].function)
            list += share[entry[i].function].month_list;
    for (size_t i = first; i < end; i++) {
        struct share *const mine = &share[entry[i].function];
        mine->cost += part_of(saved, mine->month_list, list);
        mine->list += mine->month_list;
        mine->month_list = 0;
    }
}

/* What a kind of waste cost: bills with it less bills without it. */
static int find_kind(const struct search *search, struct price_book *book, struct bill_result *ret,
                     size_t *capacity, struct diagnostics *diagnostics)
{
    const size_t functions = log_bill_functions(search->log);
    size_t entries;
    const struct log_entry *const entry = log_bill_entries(search->log, &entries);
    struct share *const share = mem_alloc(functions, sizeof *share);
    money_pusd saved = 0;
    int status = 0;
    for (size_t i = 0; i < functions; i++)
        share[i].function = i;
    for (size_t first = 0, m = 0; first < entries && status == 0; m++) {
        const size_t end = month_end(entry, entries, first);
        const struct bill *const bill = &ret->month[m].bill;
        int128 any = 0;
        for (size_t i = first; i < end; i++) {
            const struct log_weight waste = weigh_waste(search, &entry[i]);
            struct share *const mine = &share[entry[i].function];
            mine->waste.mb_ns += waste.mb_ns;
            mine->waste.requests += waste.requests;
            mine->month_list += list_price(&waste, bill);
            any += waste.mb_ns + waste.requests;
        }
        if (any > 0) {
            struct bill without;
            status = log_bill_price(search->log, book, first, end, 0,
                                    log_bill_options_of(search->log)->arm64, weigh_rest, search,
                                    &without, diagnostics);
            const money_pusd of_month =
                status == 0 && bill->total > without.total ? bill->total - without.total : 0;
            share_month(share, entry, first, end, of_month);
            saved += of_month;
            bill_finish(&without);
        }
        first = end;
    }
    money_pusd month_saved = 0;
    if (status == 0)
        status = save_in_month(search, book, ret, saved, &month_saved, diagnostics);
    if (status == 0)
        add_lines(ret, search, share, saved, month_saved, capacity);
    free(share);
    return status;
}

/* Kinds by their sums, each with its functions behind it. */
struct block {
    size_t first, count;
    money_pusd cost, list;
};

static int dearest_block(const void *left, const void *right)
{
    const struct block *const a = left;
    const struct block *const b = right;
    if (a->cost != b->cost)
        return a->cost > b->cost ? -1 : 1;
    if (a->list != b->list)
        return a->list > b->list ? -1 : 1;
    return (a->first > b->first) - (a->first < b->first);
}

static void sort_kinds(struct bill_result *ret)
{
    struct block block[WASTE_KINDS];
    size_t blocks = 0, at = 0;
    for (size_t i = 0; i < ret->wastes; i++) {
        if (ret->waste[i].function == NULL)
            block[blocks++] = (struct block){i, 0, ret->waste[i].cost, ret->waste[i].list_cost};
        block[blocks - 1].count++;
    }
    if (blocks == 0)
        return;
    qsort(block, blocks, sizeof *block, dearest_block);
    struct bill_waste *const sorted = mem_alloc(ret->wastes, sizeof *sorted);
    for (size_t i = 0; i < blocks; i++)
        for (size_t k = 0; k < block[i].count; k++)
            sorted[at++] = ret->waste[block[i].first + k];
    free(ret->waste);
    ret->waste = sorted;
}

static int price_design(const struct search *search, struct price_book *book, bool arm64,
                        char *name, struct bill_result *ret, struct diagnostics *diagnostics)
{
    size_t entries;
    const struct log_entry *const entry = log_bill_entries(search->log, &entries);
    struct bill_what_if *const what_if = &ret->what_if[ret->what_ifs++];
    *what_if = (struct bill_what_if){.name = name};
    for (size_t first = 0; first < entries;) {
        const size_t end = month_end(entry, entries, first);
        struct bill bill;
        const int status = log_bill_price(search->log, book, first, end, 0, arm64,
                                          weigh_other_memory, search, &bill, diagnostics);
        what_if->total += bill.total;
        bill_finish(&bill);
        if (status != 0)
            return -1;
        first = end;
    }
    what_if->difference = what_if->total - ret->total;
    return 0;
}

/* The functions that a what-if does not suit, the worst ones by name. */
struct unfit {
    size_t count, named;
    const char *name[UNFIT_NAMED];
    int64_t value[UNFIT_NAMED];
};

static void add_unfit(struct unfit *unfit, const char *name, int64_t value)
{
    size_t at = unfit->named;
    unfit->count++;
    while (at > 0 && unfit->value[at - 1] < value)
        at--;
    if (at == UNFIT_NAMED)
        return;
    if (unfit->named < UNFIT_NAMED)
        unfit->named++;
    for (size_t i = unfit->named - 1; i > at; i--) {
        unfit->name[i] = unfit->name[i - 1];
        unfit->value[i] = unfit->value[i - 1];
    }
    unfit->name[at] = name;
    unfit->value[at] = value;
}

/* "h 1,000 MB, b 300 MB and 2 more". free() it. */
static char *name_unfit(const struct unfit *unfit, const char *unit)
{
    char *text = text_format("%s", "");
    for (size_t i = 0; i < unfit->named; i++) {
        char number[TEXT_NUMBER_SIZE];
        char *const longer = text_format("%s%s%.60s %s %s", text, i > 0 ? ", " : "", unfit->name[i],
                                         text_number((double)unfit->value[i], 0, number), unit);
        free(text);
        text = longer;
    }
    if (unfit->count > unfit->named) {
        char *const longer = text_format("%s and %zu more", text, unfit->count - unfit->named);
        free(text);
        text = longer;
    }
    return text;
}

static void warn_of_need(int64_t memory_mb, struct bill_result *ret)
{
    struct unfit unfit = {0};
    for (size_t i = 0; i < ret->functions; i++)
        if (ret->function[i].max_memory_used_mb > memory_mb)
            add_unfit(&unfit, ret->function[i].name, ret->function[i].max_memory_used_mb);
    if (unfit.count == 0)
        return;
    char *const names = name_unfit(&unfit, "MB");
    diagnostics_warning(&ret->notes, NULL, 0,
                        "what-if memory_size=%" PRId64 ": %zu function%s had more in use and would "
                        "not run: %s",
                        memory_mb, unfit.count, unfit.count == 1 ? "" : "s", names);
    free(names);
}

/* Where CPU-bound invocations would be stopped before their end. */
static void warn_of_time(const struct log_bill *log, int64_t memory_mb, struct bill_result *ret)
{
    const struct log_bill_options *const options = log_bill_options_of(log);
    const size_t functions = log_bill_functions(log);
    int64_t *const longest_s = mem_alloc(functions, sizeof *longest_s);
    struct unfit unfit = {0};
    size_t entries;
    const struct log_entry *const entry = log_bill_entries(log, &entries);
    for (size_t i = 0; i < entries; i++) {
        const int32_t day = options->has_as_of ? options->as_of : entry[i].last_day;
        const double limit_s = limits_at(options->limits, "lambda.timeout.max", day);
        const double longest =
            (double)entry[i].longest / 1e9 * (double)entry[i].memory_mb / (double)memory_mb;
        if (entry[i].memory_mb > memory_mb && longest > limit_s &&
            longest > (double)longest_s[entry[i].function])
            longest_s[entry[i].function] = (int64_t)ceil(longest);
    }
    for (size_t i = 0; i < functions; i++)
        if (longest_s[i] > 0)
            add_unfit(&unfit, log_bill_name(log, i), longest_s[i]);
    free(longest_s);
    if (unfit.count == 0)
        return;
    char *const names = name_unfit(&unfit, "s");
    diagnostics_warning(&ret->notes, NULL, 0,
                        "what-if memory_size=%" PRId64 ", CPU-bound: %zu function%s would run "
                        "longer than Lambda lets an invocation run, so would not end: %s",
                        memory_mb, unfit.count, unfit.count == 1 ? "" : "s", names);
    free(names);
}

/* With another memory size the duration stays where the code waits, and goes with the memory where
 * it computes: Lambda gives CPU in proportion, one vCPU at 1,769 MB
 * (docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html). Between the two bounds lies the
 * truth. */
static int check_arm64(const struct log_bill *log, struct diagnostics *diagnostics)
{
    const struct limits *const limits = log_bill_options_of(log)->limits;
    const int32_t since = limits_first_day(limits, "since.arm64");
    char first[16], then[16];
    size_t entries;
    const struct log_entry *const entry = log_bill_entries(log, &entries);
    for (size_t i = 0; i < entries; i = month_end(entry, entries, i)) {
        const int32_t day = log_bill_day(log, i, month_end(entry, entries, i));
        if (day >= since)
            continue;
        diagnostics_error(diagnostics, NULL, 0,
                          "--what-if architecture=arm64: Lambda has arm64 since %s, and these "
                          "invocations are priced on %s: --as-of %s, or a later day, prices all "
                          "of them then",
                          date_format(since, first), date_format(day, then), first);
        return -1;
    }
    return 0;
}

static int find_what_if(const struct log_bill *log, struct price_book *book,
                        struct bill_result *ret, struct diagnostics *diagnostics)
{
    const struct log_bill_options *const options = log_bill_options_of(log);
    const bool memory = options->what_if_memory_mb >= 0;
    const bool architecture = options->what_if_arm64 != UNKNOWN_VALUE;
    const bool arm64 = architecture ? options->what_if_arm64 == 1 : options->arm64;
    const char *const on = !architecture ? "" : arm64 ? "arm64" : "x86_64";
    const char *const joint = memory && architecture ? ", " : "";
    struct search search = {.log = log, .memory_mb = options->what_if_memory_mb};
    if (!memory && !architecture)
        return 0;
    if (options->what_if_arm64 == 1 && check_arm64(log, diagnostics) != 0)
        return -1;
    ret->what_if = mem_alloc(2, sizeof *ret->what_if);
    char *const size = memory ? text_format("memory_size %" PRId64, options->what_if_memory_mb)
                              : text_format("%s", "");
    int status =
        price_design(&search, book, arm64, text_format("%s%s%s, same duration", size, joint, on),
                     ret, diagnostics);
    if (status == 0 && memory) {
        search.memory_mb =
            UNKNOWN_VALUE; /* MB x time is the same: half the memory, twice the time */
        status = price_design(&search, book, arm64,
                              text_format("%s%s%s, CPU-bound: duration in inverse proportion to "
                                          "memory",
                                          size, joint, on),
                              ret, diagnostics);
    }
    free(size);
    if (memory) {
        warn_of_need(options->what_if_memory_mb, ret);
        warn_of_time(log, options->what_if_memory_mb, ret);
    }
    return status;
}

int waste_find(const struct log_bill *log, struct price_book *book, struct bill_result *ret,
               struct diagnostics *diagnostics)
{
    int64_t *const needed = find_needs(log);
    struct search search = {.log = log, .needed_mb = needed, .memory_mb = UNKNOWN_VALUE};
    size_t capacity = 0;
    int status = 0;
    for (int kind = 0; kind < WASTE_KINDS && status == 0; kind++) {
        search.kind = (enum waste_kind)kind;
        status = find_kind(&search, book, ret, &capacity, diagnostics);
    }
    sort_kinds(ret);
    free(needed);
    return status == 0 ? find_what_if(log, book, ret, diagnostics) : status;
}
