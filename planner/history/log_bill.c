/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/log_bill.h"

#include "core/memory.h"
#include "history/billing_rules.h"
#include "history/count_bins.h"
#include "history/line_sample.h"
#include "history/log_memory.h"
#include "history/seen_requests.h"
#include "history/waste.h"
#include "pricing/missing_price.h"
#include "support/date.h"
#include "support/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_DAY INT64_C(86400000000000)
#define ENTRIES_MAX ((size_t)500000) /* two lines of usage each, below what a bill takes */
/* Beyond any invocation that AWS ever allowed, by far: sums cannot overflow. */
#define TIME_MAX (INT64_C(400) * NS_PER_DAY)
#define COUNT_MAX UINT64_C(1000000000000000)
#define SIGHTINGS_MAX ((size_t)1 << 19) /* of a part: more than a chunk of a file has rows */
#define BATCH ((size_t)1 << 17)         /* settled at once by who has seen what came before */
#define AHEAD 16                        /* sightings that the table is made ready for */
#define UNKNOWN_FUNCTION "(unknown)"

/* What is said of invocations, a bit each. */
enum told {
    COMPUTED,         /* no Billed Duration */
    AVERAGED,         /* … and a mean duration of several */
    WITHOUT_DURATION, /* nor a duration */
    OVERLONG,         /* ran for longer than Lambda lets an invocation run */
    CONVERTED,        /* billed by other rules than those that they were printed by */
    ROUNDED,          /* … and tell no Duration */
    WITHOUT_NAME,
    TOLDS,
};

/* A request, until it is known what came before: parts are settled in the order of the log, and a
 * batch at once is faster. */
struct sighting {
    uint64_t id, when;
    int64_t billed, init, rounding;
    uint32_t entry;
    uint8_t told; /* bits */
    bool dated : 1, cold : 1, measured : 1, provisioned : 1;
    uint8_t status; /* enum invocation_status */
};

struct log_bill {
    struct log_bill_options options;

    struct log_entry *entry;
    size_t entries, entry_capacity;
    size_t *slot; /* index + 1 of an entry by hash; a power of two of them */
    size_t slots;
    size_t latest; /* of the last record */

    char **name;
    size_t names, name_capacity;
    size_t *name_slot;
    size_t name_slots;
    size_t latest_name;

    int32_t month, month_begin, month_end; /* days of the last record's month */
    struct billing_rules own, rules;       /* of its day, and of the day that all is billed at */

    struct seen_requests *seen; /* NULL: a part, which keeps its requests for the whole */
    struct sighting *sighting;  /* not yet among the seen */
    size_t sightings, sighting_capacity;
    uint64_t count, records, undated, impossible;
    uint64_t told[TOLDS];
    uint64_t repeated;          /* invocations that were there before, and are left out */
    uint64_t duplicates;        /* … that may have been: they tell no date */
    struct line_sample settled; /* dated requests that are billed */
    int64_t first_ns, last_ns;
    struct count_bins bins;
    bool dated, full;
};

struct log_bill *log_bill_create_part(const struct log_bill_options *options)
{
    struct log_bill *const log = mem_alloc(1, sizeof *log);
    log->options = *options;
    log->slots = log->name_slots = 1024;
    log->slot = mem_alloc(log->slots, sizeof *log->slot);
    log->name_slot = mem_alloc(log->name_slots, sizeof *log->name_slot);
    log->own.day = log->rules.day = DATE_MAX;
    return log;
}

struct log_bill *log_bill_create(const struct log_bill_options *options)
{
    struct log_bill *const log = log_bill_create_part(options);
    log->seen = seen_requests_create();
    return log;
}

void log_bill_destroy(struct log_bill *log)
{
    if (log == NULL)
        return;
    for (size_t i = 0; i < log->names; i++)
        free(log->name[i]);
    free(log->name);
    free(log->name_slot);
    free(log->entry);
    free(log->slot);
    free(log->sighting);
    line_sample_finish(&log->settled);
    seen_requests_destroy(log->seen);
    free(log);
}

static size_t hash_entry(size_t function, int32_t month, int64_t memory_mb)
{
    return (size_t)seen_requests_mix(seen_requests_mix((uint64_t)function << 32 ^ (uint32_t)month) ^
                                     (uint64_t)memory_mb);
}

static void grow_names(struct log_bill *log)
{
    log->name_slots *= 2;
    free(log->name_slot);
    log->name_slot = mem_alloc(log->name_slots, sizeof *log->name_slot);
    for (size_t i = 0; i < log->names; i++) {
        size_t at = (size_t)seen_requests_hash(log->name[i]) & (log->name_slots - 1);
        while (log->name_slot[at] != 0)
            at = (at + 1) & (log->name_slots - 1);
        log->name_slot[at] = i + 1;
    }
}

static size_t intern(struct log_bill *log, const char *name)
{
    if (log->names > 0 && strcmp(log->name[log->latest_name], name) == 0)
        return log->latest_name;
    size_t at = (size_t)seen_requests_hash(name) & (log->name_slots - 1);
    for (; log->name_slot[at] != 0; at = (at + 1) & (log->name_slots - 1))
        if (strcmp(log->name[log->name_slot[at] - 1], name) == 0)
            return log->latest_name = log->name_slot[at] - 1;
    log->name = mem_grow(log->name, &log->name_capacity, log->names, sizeof *log->name);
    log->name[log->names++] = mem_strdup(name);
    log->name_slot[at] = log->names;
    log->latest_name = log->names - 1;
    if (log->names * 2 > log->name_slots)
        grow_names(log);
    return log->latest_name;
}

static void grow_entries(struct log_bill *log)
{
    log->slots *= 2;
    free(log->slot);
    log->slot = mem_alloc(log->slots, sizeof *log->slot);
    for (size_t i = 0; i < log->entries; i++) {
        const struct log_entry *const entry = &log->entry[i];
        size_t at = hash_entry(entry->function, entry->month, entry->memory_mb) & (log->slots - 1);
        while (log->slot[at] != 0)
            at = (at + 1) & (log->slots - 1);
        log->slot[at] = i + 1;
    }
}

static bool entry_is(const struct log_entry *entry, size_t function, int32_t month, int64_t memory)
{
    return entry->function == function && entry->month == month && entry->memory_mb == memory;
}

/* NULL when there are too many. */
static struct log_entry *find_entry(struct log_bill *log, size_t function, int32_t month,
                                    int64_t memory_mb)
{
    if (log->entries > 0 && entry_is(&log->entry[log->latest], function, month, memory_mb))
        return &log->entry[log->latest];
    size_t at = hash_entry(function, month, memory_mb) & (log->slots - 1);
    for (; log->slot[at] != 0; at = (at + 1) & (log->slots - 1)) {
        log->latest = log->slot[at] - 1;
        if (entry_is(&log->entry[log->latest], function, month, memory_mb))
            return &log->entry[log->latest];
    }
    if (log->entries == ENTRIES_MAX)
        return NULL;
    log->entry = mem_grow(log->entry, &log->entry_capacity, log->entries, sizeof *log->entry);
    log->latest = log->entries++;
    log->slot[at] = log->entries;
    log->entry[log->latest] = (struct log_entry){.function = function,
                                                 .month = month,
                                                 .memory_mb = memory_mb,
                                                 .max_memory_mb = UNKNOWN_VALUE,
                                                 .last_day = DATE_MIN};
    if (log->entries * 2 > log->slots)
        grow_entries(log);
    return &log->entry[log->latest];
}

static int32_t day_of(int64_t time_ns)
{
    return (int32_t)(time_ns / NS_PER_DAY - (time_ns % NS_PER_DAY < 0));
}

static void find_month(struct log_bill *log, int32_t day)
{
    char text[16];
    int year = 1970, month = 1;
    date_format(day, text);
    sscanf(text, "%d-%d", &year, &month);
    log->month = (year - 1970) * 12 + month - 1;
    log->month_begin = date_from_civil(year, month, 1);
    log->month_end =
        month == 12 ? date_from_civil(year + 1, 1, 1) : date_from_civil(year, month + 1, 1);
}

static int32_t day_without_date(const struct log_bill *log)
{
    return log->options.has_as_of ? log->options.as_of : log->options.today;
}

/* The rules of that day, and of the day that all is billed at. */
static void know_rules(struct log_bill *log, int32_t day)
{
    if (day == log->own.day)
        return;
    log->own = billing_rules_of(log->options.limits, day);
    log->rules = log->options.has_as_of ? billing_rules_of(log->options.limits, log->options.as_of)
                                        : log->own;
}

static bool is_possible(const struct invocation_record *record)
{
    return record->duration_ns <= TIME_MAX && record->billed_ns <= TIME_MAX &&
           record->init_ns <= TIME_MAX && record->memory_mb <= RECORD_MEMORY_MAX &&
           (record->memory_mb != 0 || record->memory_is_allocated) &&
           record->max_memory_mb <= RECORD_MEMORY_MAX && record->count <= COUNT_MAX &&
           record->duration_ns >= UNKNOWN_VALUE && record->billed_ns >= UNKNOWN_VALUE &&
           record->init_ns >= UNKNOWN_VALUE && record->memory_mb >= UNKNOWN_VALUE &&
           record->max_memory_mb >= UNKNOWN_VALUE;
}

static void note_time(struct log_bill *log, int64_t time_ns)
{
    if (!log->dated || time_ns < log->first_ns)
        log->first_ns = time_ns;
    if (!log->dated || time_ns > log->last_ns)
        log->last_ns = time_ns;
    log->dated = true;
}

/* Adds to the counts of what `bits` say, modulo 2^64. */
static void tell(struct log_bill *log, unsigned bits, uint64_t count)
{
    for (size_t i = 0; bits >> i != 0; i++)
        log->told[i] += bits >> i & 1 ? count : 0;
}

/* An invocation that was there before is taken out of its entry, which the first one is in. */
static void leave_out(struct log_bill *log, struct log_entry *entry, const struct sighting *request)
{
    log->repeated++;
    log->count--;
    tell(log, request->told, UINT64_MAX); /* one less */
    entry->count--;
    entry->cold -= request->cold;
    entry->errors -= request->status == INVOCATION_ERROR;
    entry->timeouts -= request->status == INVOCATION_TIMEOUT;
    entry->billed -= request->billed;
    entry->init -= request->init;
    entry->rounding -= request->rounding;
    entry->error -= request->status == INVOCATION_ERROR ? request->billed : 0;
    entry->timeout -= request->status == INVOCATION_TIMEOUT ? request->billed : 0;
    entry->measured -= request->measured ? request->billed : 0;
    entry->on_provisioned -= request->provisioned;
    entry->provisioned -= request->provisioned ? request->billed : 0;
}

static void settle_request(struct log_bill *log, const struct sighting *request)
{
    struct log_entry *const entry = &log->entry[request->entry];
    switch (seen_requests_add(log->seen, request->id, request->when)) {
    case SEEN_NEVER:
        break;
    case SEEN_AT_THAT_TIME:
        if (request->dated) {
            leave_out(log, entry, request);
            return;
        }
        log->duplicates++;
        return;
    case SEEN_BEFORE:
        entry->retries++;
        entry->retry += request->billed;
        break;
    }
    if (request->dated)
        line_sample_add(&log->settled, seen_requests_mix(request->id ^ request->when));
}

static void settle_requests(struct log_bill *log)
{
    const bool many = log->sightings > BATCH; /* of a part, which goes on in batches */
    if (log->sightings > 0 && log->seen == NULL)
        log->seen = seen_requests_create();
    for (size_t i = 0; i < log->sightings; i++) {
        if (i + AHEAD < log->sightings)
            seen_requests_expect(log->seen, log->sighting[i + AHEAD].id);
        settle_request(log, &log->sighting[i]);
    }
    log->sightings = 0;
    if (!many)
        return;
    free(log->sighting);
    log->sighting = NULL;
    log->sighting_capacity = 0;
}

static void add_request(struct log_bill *log, const struct sighting *request)
{
    if (log->sightings == (log->seen != NULL ? BATCH : SIGHTINGS_MAX))
        settle_requests(log);
    log->sighting =
        mem_grow(log->sighting, &log->sighting_capacity, log->sightings, sizeof *log->sighting);
    log->sighting[log->sightings++] = *request;
}

static bool is_cold(const struct invocation_record *record)
{
    return record->cold == 1 || record->init_ns > 0;
}

static void add_times(struct log_bill *log, struct log_entry *entry,
                      const struct invocation_record *record, int64_t billed, unsigned told,
                      bool undated)
{
    const int128 count = (int128)record->count;
    const int64_t init = billing_rules_start(record, billed);
    const int64_t run = record->duration_ns < 0 ? billed : record->duration_ns + init;
    entry->billed += billed * count;
    entry->init += init * count;
    if (billed - init > entry->longest)
        entry->longest = billed - init;
    told |= billing_rules_overlong(&log->rules, record, billed) ? 1u << OVERLONG : 0;
    tell(log, told, record->count);
    const int64_t rounding = billed > run ? billed - run : 0;
    entry->rounding += rounding * count;
    if (record->status == INVOCATION_ERROR)
        entry->error += billed * count;
    if (record->status == INVOCATION_TIMEOUT)
        entry->timeout += billed * count;
    entry->allocated = entry->allocated || record->memory_is_allocated;
    entry->on_provisioned += record->provisioned ? record->count : 0;
    entry->provisioned += record->provisioned ? billed * count : 0;
    const bool measured = record->max_memory_mb >= 0 && !record->memory_is_allocated;
    if (measured) {
        entry->measured += billed * count;
        if (record->max_memory_mb > entry->max_memory_mb)
            entry->max_memory_mb = record->max_memory_mb;
    }
    if (record->count == 1 && record->request_id != NULL && *record->request_id != '\0')
        add_request(log, &(struct sighting){.id = seen_requests_hash(record->request_id),
                                            .when = seen_requests_when(record),
                                            .billed = billed,
                                            .init = init,
                                            .rounding = rounding,
                                            .entry = (uint32_t)(entry - log->entry),
                                            .dated = !undated,
                                            .cold = is_cold(record),
                                            .measured = measured,
                                            .provisioned = record->provisioned,
                                            .told = (uint8_t)told,
                                            .status = (uint8_t)record->status});
}

/* What is billed of an invocation. */
static int64_t find_billed(const struct log_bill *log, const struct invocation_record *record,
                           bool undated, unsigned *told)
{
    enum billing_conversion how = BILLING_AS_PRINTED;
    if (record->billed_ns < 0 && record->duration_ns < 0) {
        *told |= 1u << WITHOUT_DURATION;
        return 0;
    }
    if (record->billed_ns < 0) {
        *told |= 1u << COMPUTED | (record->count > 1 ? 1u << AVERAGED : 0);
        return billing_rules_compute(&log->rules, record);
    }
    if (!log->options.has_as_of)
        return record->billed_ns;
    const int64_t billed =
        billing_rules_convert(&log->rules, undated ? NULL : &log->own, record, &how);
    *told |= how == BILLING_COMPUTED           ? 1u << CONVERTED
             : how == BILLING_WITHOUT_DURATION ? 1u << ROUNDED
                                               : 0;
    return billed;
}

int log_bill_add(void *context, const struct invocation_record *record)
{
    struct log_bill *const log = context;
    const bool undated = record->relative || record->time_ns == UNKNOWN_VALUE;
    const char *const name = record->function != NULL ? record->function : UNKNOWN_FUNCTION;
    int32_t day = 0;
    log->records++;
    if (!undated)
        count_bins_add(&log->bins, record);
    if (record->count == 0)
        return 0;
    if (!is_possible(record)) {
        log->impossible++;
        return 0;
    }
    if (undated) {
        day = day_without_date(log);
        log->undated += record->count;
    } else {
        day = day_of(record->time_ns);
        note_time(log, record->time_ns);
        if (record->span_ns > 0)
            note_time(log, record->time_ns + record->span_ns);
        if (day < log->month_begin || day >= log->month_end)
            find_month(log, day);
    }
    struct log_entry *const entry =
        find_entry(log, intern(log, name), undated ? LOG_UNDATED : log->month, record->memory_mb);
    if (entry == NULL) {
        log->full = true;
        return -1;
    }
    know_rules(log, day);
    log->count += record->count;
    entry->count += record->count;
    entry->cold += is_cold(record) ? record->count : 0;
    entry->errors += record->status == INVOCATION_ERROR ? record->count : 0;
    entry->timeouts += record->status == INVOCATION_TIMEOUT ? record->count : 0;
    if (day > entry->last_day)
        entry->last_day = day;
    unsigned told = record->function == NULL ? 1u << WITHOUT_NAME : 0;
    const int64_t billed = find_billed(log, record, undated, &told);
    add_times(log, entry, record, billed, told, undated);
    return 0;
}

static void merge_entry(struct log_entry *to, const struct log_entry *from)
{
    to->count += from->count;
    to->cold += from->cold;
    to->errors += from->errors;
    to->timeouts += from->timeouts;
    to->retries += from->retries;
    to->billed += from->billed;
    to->rounding += from->rounding;
    to->init += from->init;
    to->error += from->error;
    to->timeout += from->timeout;
    to->retry += from->retry;
    to->measured += from->measured;
    to->on_provisioned += from->on_provisioned;
    to->provisioned += from->provisioned;
    if (from->longest > to->longest)
        to->longest = from->longest;
    to->allocated = to->allocated || from->allocated;
    if (from->max_memory_mb > to->max_memory_mb)
        to->max_memory_mb = from->max_memory_mb;
    if (from->last_day > to->last_day)
        to->last_day = from->last_day;
}

static void merge_counts(struct log_bill *to, const struct log_bill *from)
{
    to->count += from->count;
    to->records += from->records;
    to->undated += from->undated;
    for (size_t i = 0; i < TOLDS; i++)
        to->told[i] += from->told[i];
    to->repeated += from->repeated;
    to->duplicates += from->duplicates;
    line_sample_merge(&to->settled, &from->settled);
    to->impossible += from->impossible;
    count_bins_merge(&to->bins, &from->bins);
    if (from->dated) {
        note_time(to, from->first_ns);
        note_time(to, from->last_ns);
    }
}

/* Those of a part, whose entries were moved. */
static void take_requests(struct log_bill *log, struct log_bill *part, const size_t *moved)
{
    if (part->seen == NULL) {
        for (size_t i = 0; i < part->sightings; i++) {
            part->sighting[i].entry = (uint32_t)moved[part->sighting[i].entry];
            add_request(log, &part->sighting[i]);
        }
        return;
    }
    struct seen_requests *const older = log->seen;
    log->seen = part->seen; /* its requests are the latest ones */
    part->seen = older;
}

int log_bill_merge(struct log_bill *log, struct log_bill *part)
{
    size_t *const moved = mem_alloc(part->entries, sizeof *moved);
    bool full = part->full;
    if (part->seen != NULL) {
        settle_requests(part);
        settle_requests(log);
    }
    for (size_t i = 0; i < part->entries && !full; i++) {
        const struct log_entry *const from = &part->entry[i];
        const size_t function = intern(log, part->name[from->function]);
        struct log_entry *const to = find_entry(log, function, from->month, from->memory_mb);
        full = to == NULL;
        if (full)
            break;
        merge_entry(to, from);
        moved[i] = (size_t)(to - log->entry);
    }
    if (!full) {
        merge_counts(log, part);
        take_requests(log, part, moved);
    }
    log->full = log->full || full;
    free(moved);
    log_bill_destroy(part);
    return full ? -1 : 0;
}

uint64_t log_bill_count(const struct log_bill *log)
{
    return log->count;
}

const struct log_entry *log_bill_entries(const struct log_bill *log, size_t *ret_count)
{
    *ret_count = log->entries;
    return log->entry;
}

const char *log_bill_name(const struct log_bill *log, size_t function)
{
    return log->name[function];
}

size_t log_bill_functions(const struct log_bill *log)
{
    return log->names;
}

const struct log_bill_options *log_bill_options_of(const struct log_bill *log)
{
    return &log->options;
}

int32_t log_bill_day(const struct log_bill *log, size_t first, size_t end)
{
    int32_t day = DATE_MIN;
    if (log->options.has_as_of)
        return log->options.as_of;
    for (size_t i = first; i < end; i++)
        if (log->entry[i].last_day > day)
            day = log->entry[i].last_day;
    return day;
}

/* Names are numbered as they come, which depends on the order of files; a bill should not. */
struct sorted_name {
    const char *name;
    size_t index;
};

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct sorted_name *)a)->name, ((const struct sorted_name *)b)->name);
}

static int compare_entries(const void *left, const void *right)
{
    const struct log_entry *const a = left;
    const struct log_entry *const b = right;
    if (a->month != b->month)
        return a->month < b->month ? -1 : 1;
    if (a->function != b->function)
        return a->function < b->function ? -1 : 1;
    return (a->memory_mb > b->memory_mb) - (a->memory_mb < b->memory_mb);
}

static void sort(struct log_bill *log)
{
    struct sorted_name *const sorted = mem_alloc(log->names, sizeof *sorted);
    size_t *const rank = mem_alloc(log->names, sizeof *rank);
    for (size_t i = 0; i < log->names; i++)
        sorted[i] = (struct sorted_name){log->name[i], i};
    if (log->names > 0)
        qsort(sorted, log->names, sizeof *sorted, compare_names);
    for (size_t i = 0; i < log->names; i++) {
        rank[sorted[i].index] = i;
    }
    char **const name = mem_alloc(log->names, sizeof *name);
    for (size_t i = 0; i < log->names; i++)
        name[rank[i]] = log->name[i];
    free(log->name);
    log->name = name;
    for (size_t i = 0; i < log->entries; i++)
        log->entry[i].function = rank[log->entry[i].function];
    if (log->entries > 0)
        qsort(log->entry, log->entries, sizeof *log->entry, compare_entries);
    free(sorted);
    free(rank);
}

static struct log_weight weigh_all(const void *context, const struct log_entry *entry)
{
    (void)context;
    return log_weight_of(entry, entry->memory_mb < 0 ? 0 : entry->billed * entry->memory_mb,
                         (int128)entry->count);
}

static void name_month(int32_t month, char text[16])
{
    if (month == LOG_UNDATED) {
        strcpy(text, "undated");
        return;
    }
    char day[16];
    date_format(
        date_from_civil(1970 + (month - (month < 0 ? 11 : 0)) / 12, (month % 12 + 12) % 12 + 1, 1),
        day);
    snprintf(text, 16, "%.7s", day);
}

static int price_months(struct log_bill *log, struct price_book *book, struct bill_result *ret,
                        struct diagnostics *diagnostics)
{
    size_t capacity = 0;
    for (size_t i = 0; i < log->entries;) {
        size_t end = i + 1;
        while (end < log->entries && log->entry[end].month == log->entry[i].month)
            end++;
        ret->month = mem_grow(ret->month, &capacity, ret->months, sizeof *ret->month);
        struct bill_month *const month = &ret->month[ret->months++];
        *month = (struct bill_month){.invocations = 0};
        name_month(log->entry[i].month, month->name);
        date_format(log_bill_day(log, i, end), month->priced_on);
        for (size_t k = i; k < end; k++)
            month->invocations += log->entry[k].count;
        if (log_bill_price(log, book, i, end, 0, log->options.arm64, weigh_all, NULL, &month->bill,
                           diagnostics) != 0)
            return -1;
        ret->total += month->bill.total;
        i = end;
    }
    return 0;
}

/* Less than a month is scaled up before the free tier and the tiers of prices apply: what a week
 * costs may be free, what a month costs is not. */
static int price_a_month(const struct log_bill *log, struct price_book *book,
                         struct bill_result *ret, struct diagnostics *diagnostics)
{
    struct bill month = {0};
    ret->has_month = log->undated == 0 && ret->span_months * MONTH_HOURS >= 1;
    ret->month_cost = (money_pusd)((double)ret->total * ret->month_factor);
    if (!ret->has_month || ret->month_factor <= 1)
        return 0;
    const int64_t run_ms = (int64_t)(ret->span_months * (double)MONTH_MS);
    const int status = log_bill_price(log, book, 0, log->entries, run_ms, log->options.arm64,
                                      weigh_all, NULL, &month, diagnostics);
    ret->month_cost = month.total;
    bill_finish(&month);
    return status;
}

static int dearest_first(const void *left, const void *right)
{
    const struct bill_function *const a = left;
    const struct bill_function *const b = right;
    if (a->cost != b->cost)
        return a->cost > b->cost ? -1 : 1;
    return strcmp(a->name, b->name);
}

static void sum_functions(const struct log_bill *log, struct bill_result *ret)
{
    ret->functions = log->names;
    ret->function = mem_alloc(log->names, sizeof *ret->function);
    for (size_t i = 0; i < log->names; i++)
        ret->function[i] = (struct bill_function){.name = mem_strdup(log->name[i]),
                                                  .memory_mb_min = -1,
                                                  .memory_mb_max = -1,
                                                  .max_memory_used_mb = -1};
    for (size_t i = 0; i < log->entries; i++) {
        const struct log_entry *const entry = &log->entry[i];
        struct bill_function *const f = &ret->function[entry->function];
        f->invocations += entry->count;
        f->cold_starts += entry->cold;
        f->errors += entry->errors;
        f->timeouts += entry->timeouts;
        f->retries += entry->retries;
        if (entry->memory_mb >= 0) {
            f->gb_seconds += (double)entry->billed * (double)entry->memory_mb / 1024 / 1e9;
            if (f->memory_mb_min < 0 || entry->memory_mb < f->memory_mb_min)
                f->memory_mb_min = entry->memory_mb;
            if (entry->memory_mb > f->memory_mb_max)
                f->memory_mb_max = entry->memory_mb;
        }
        if (entry->max_memory_mb > f->max_memory_used_mb)
            f->max_memory_used_mb = entry->max_memory_mb;
    }
    for (size_t m = 0; m < ret->months; m++) {
        const struct bill *const bill = &ret->month[m].bill;
        /* Lines are in the order of entries, so in the order of names. */
        size_t at = 0;
        for (size_t i = 0; i < bill->count; i++) {
            const char *const name = bill->line[i].entity + strlen("function:");
            while (at < log->names && strcmp(log->name[at], name) != 0)
                at++;
            if (at < log->names)
                ret->function[at].cost += bill->line[i].cost;
        }
    }
    if (log->names > 0)
        qsort(ret->function, ret->functions, sizeof *ret->function, dearest_first);
}

static void note_what_was_assumed(struct log_bill *log, struct diagnostics *notes)
{
    char day[16], text[LOG_HAVE_SIZE], number[TEXT_NUMBER_SIZE];
    const double again = line_sample_repeated(&log->settled);
    if (log->undated > 0)
        diagnostics_warning(notes, NULL, 0,
                            "%s no date: in one undated month with the prices of %s%s",
                            log_have(log->undated, text), date_format(day_without_date(log), day),
                            log->options.has_as_of ? "" : "; --as-of sets another day");
    if (log->told[COMPUTED] > 0)
        diagnostics_warning(notes, NULL, 0,
                            "%s no Billed Duration: it was computed from the duration, rounded up "
                            "by the rules of %s (100 ms before 2020-12-01, 1 ms since; the init is "
                            "billed since 2025-08-01)",
                            log_have(log->told[COMPUTED], text),
                            log->options.has_as_of ? date_format(log->options.as_of, day)
                                                   : "its day");
    if (log->told[AVERAGED] > 0)
        diagnostics_warning(notes, NULL, 0,
                            "%" PRIu64 " of them are counts with a mean duration: each was rounded "
                            "up from the mean",
                            log->told[AVERAGED]);
    if (log->told[WITHOUT_DURATION] > 0)
        diagnostics_warning(notes, NULL, 0,
                            "%s neither a duration nor a Billed Duration: only requests are "
                            "billed, which is too little",
                            log_have(log->told[WITHOUT_DURATION], text));
    seen_requests_tell(log->repeated, notes);
    if (again > 0)
        diagnostics_warning(notes, NULL, 0,
                            "about %s %% of the invocations come again too many requests later to "
                            "be found one by one, and are billed again: give each file once",
                            text_number(fmax(100 * again, 0.1), 1, number));
    if (log->duplicates > 0)
        diagnostics_warning(notes, NULL, 0,
                            "%" PRIu64 " invocation%s again with the same request id and duration "
                            "and no date; all are billed: is a file given twice?",
                            log->duplicates, log->duplicates == 1 ? " appears" : "s appear");
    if (log->impossible > 0)
        diagnostics_warning(notes, NULL, 0,
                            "%" PRIu64 " record%s left out: an impossible duration, memory size or "
                            "count (below 0, or more than can be added up)",
                            log->impossible, log->impossible == 1 ? " is" : "s are");
    if (log->told[OVERLONG] > 0)
        diagnostics_warning(notes, NULL, 0,
                            "%" PRIu64 " invocation%s longer than Lambda lets one run (900 s since "
                            "2018-10-10), billed all the same",
                            log->told[OVERLONG], log->told[OVERLONG] == 1 ? " is" : "s are");
    if (log->told[WITHOUT_NAME] > 0)
        diagnostics_warning(notes, NULL, 0,
                            "%s no function's name: under " UNKNOWN_FUNCTION
                            "; NAME=FILE names a file's",
                            log_have(log->told[WITHOUT_NAME], text));
    if (log->told[CONVERTED] > 0)
        diagnostics_warning(notes, NULL, 0,
                            "%" PRIu64 " invocation%s billed by other rules than those of %s: here "
                            "that day's are used, on Duration and Init Duration",
                            log->told[CONVERTED], log->told[CONVERTED] == 1 ? " was" : "s were",
                            date_format(log->options.as_of, day));
    if (log->told[ROUNDED] > 0)
        diagnostics_warning(notes, NULL, 0,
                            "%" PRIu64 " invocation%s billed by other rules than those of %s, with "
                            "no Duration: Billed Duration is taken as printed, rounded up to the "
                            "steps that Lambda billed in then",
                            log->told[ROUNDED], log->told[ROUNDED] == 1 ? " was" : "s were",
                            date_format(log->options.as_of, day));
}

static void format_time(int64_t time_ns, char text[32])
{
    char day[16];
    const int32_t days = day_of(time_ns);
    const int64_t second = (time_ns - days * NS_PER_DAY) / 1000000000;
    snprintf(text, 32, "%s %02d:%02d:%02d", date_format(days, day), (int)(second / 3600),
             (int)(second / 60 % 60), (int)(second % 60));
}

int log_bill_result(struct log_bill *log, struct price_book *book, struct bill_result *ret,
                    struct diagnostics *diagnostics)
{
    struct diagnostics found;
    ret->region = mem_strdup(log->options.region);
    ret->architecture = log->options.arm64 ? "arm64" : "x86_64";
    ret->free_tier = log->options.free_tier;
    if (log->options.has_as_of)
        date_format(log->options.as_of, ret->as_of);
    if (log->bins.any) {
        note_time(log, log->bins.from_ns);
        note_time(log, count_bins_end(&log->bins));
    }
    if (log->dated) {
        format_time(log->first_ns, ret->first);
        format_time(log->last_ns, ret->last);
        ret->span_months = (double)(log->last_ns - log->first_ns) / 1e6 / (double)MONTH_MS;
    }
    ret->month_factor = ret->span_months * MONTH_HOURS >= 1 ? 1 / ret->span_months : 1;
    if (log->full) {
        diagnostics_error(diagnostics, NULL, 0,
                          "there are more than %zu different functions, months and memory sizes; "
                          "is the column of functions the right one?",
                          ENTRIES_MAX);
        return -1;
    }
    settle_requests(log);
    ret->invocations = log->count;
    sort(log);
    if (log_memory_resolve(&(struct log_memory){log->entry, log->entries, log->name, log->names,
                                                log->count, &log->options},
                           &ret->notes, diagnostics) != 0)
        return -1;
    note_what_was_assumed(log, &ret->notes);
    log_price_tell_provisioned(log, book, &ret->notes);
    report_late_day(book, log_bill_day(log, 0, log->entries), &ret->notes);
    diagnostics_init(&found);
    int status = price_months(log, book, ret, &found);
    if (status == 0)
        status = price_a_month(log, book, ret, &found);
    if (status == 0) {
        sum_functions(log, ret);
        status = waste_find(log, book, ret, &found);
    }
    diagnostics_pass_on(&found, NULL, diagnostics, &ret->notes);
    diagnostics_finish(&found);
    return status;
}
