/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What invocations cost: records in, one at a time, a bill by function and calendar month (UTC)
 * out. Kept is one entry per function, month and memory size, whatever the number of records.
 *
 * Billed Duration is taken as the log printed it, restored snapshots included; where the log has
 * none it is computed from the duration by the rules of its day. Priced at another day with other
 * rules it is computed by that day's (billing_rules.h).
 *
 * The free tier is the account's, once a month. A month is priced on the last day on which it has
 * records; nothing is extrapolated.
 */
#ifndef HISTORY_LOG_BILL_H
#define HISTORY_LOG_BILL_H

#include "core/int128.h"
#include "scenario/limits.h"
#include "traces/record.h"

#include <lambdaplan/bill_result.h>
#include <lambdaplan/price_book.h>

#define LOG_UNDATED INT32_MAX /* the month of records without a date */

#define MONTH_HOURS 730 /* as on AWS's pages */
/* No meter of Lambda is by the month: any would do. */
#define MONTH_MS (INT64_C(730) * 3600 * 1000)

struct log_bill_options {
    const char *region;
    bool has_as_of;
    int32_t as_of; /* prices of this day for all months */
    int32_t today; /* the day for what has no date, without as_of */
    bool free_tier, arm64;
    int64_t memory_mb;         /* of records that do not say; UNKNOWN_VALUE */
    int64_t what_if_memory_mb; /* UNKNOWN_VALUE: as it is */
    int what_if_arm64;         /* 1, 0, or UNKNOWN_VALUE: as it is */
    const struct limits *limits;
};

/* All times in ns, summed over `count` invocations of one function, month and memory size. */
struct log_entry {
    size_t function; /* index of its name */
    int32_t month;   /* months since 1970-01, or LOG_UNDATED */
    int64_t memory_mb;
    uint64_t count, cold, errors, timeouts, retries;
    uint64_t on_provisioned; /* of `count`, known to have run on provisioned concurrency */
    int128 billed, rounding, init, error, timeout, retry;
    int128 provisioned;    /* billed, of those */
    int128 measured;       /* billed, of records that say how much memory was used */
    int64_t longest;       /* billed of one invocation, without its start */
    int64_t max_memory_mb; /* UNKNOWN_VALUE: no record says */
    bool allocated;        /* memory_mb was allocated, not bought (struct invocation_record) */
    int32_t last_day;
};

struct log_bill;

/* `options` is copied; what it points to must outlive the bill. */
struct log_bill *log_bill_create(const struct log_bill_options *options);
void log_bill_destroy(struct log_bill *log);

/* A part of a log that is read by a thread of its own, to be merged in the order of the log. Which
 * requests were there before is settled then; where a part has very many, retries of one part are
 * not found in another. */
struct log_bill *log_bill_create_part(const struct log_bill_options *options);
/* Adds a part and destroys it. 0, or non-zero as log_bill_add. */
int log_bill_merge(struct log_bill *log, struct log_bill *part);

/* For a record_sink: the context is the log_bill. 0, or non-zero when there are too many functions
 * (log_bill_result reports it). */
int log_bill_add(void *context, const struct invocation_record *record);
uint64_t log_bill_count(const struct log_bill *log); /* invocations so far */

/* Prices everything into `ret`, which was zeroed (bill_result_finish it in every case). 0, or -1
 * after errors; warnings go to ret->notes. To be called once. */
int log_bill_result(struct log_bill *log, struct price_book *book, struct bill_result *ret,
                    struct diagnostics *diagnostics);

/* Entries by month, function and memory size; for waste.c. */
const struct log_entry *log_bill_entries(const struct log_bill *log, size_t *ret_count);
const char *log_bill_name(const struct log_bill *log, size_t function);
size_t log_bill_functions(const struct log_bill *log);

/* What an entry puts on the meter. */
struct log_weight {
    int128 mb_ns, requests;
    int128 provisioned_mb_ns; /* of mb_ns, on provisioned concurrency */
};
/* So much of an entry, on provisioned concurrency what its share of the entry is. */
struct log_weight log_weight_of(const struct log_entry *entry, int128 mb_ns, int128 requests);
typedef struct log_weight log_weight_function(const void *context, const struct log_entry *entry);

/* The bill of the entries [first, end), all of one month or scaled to one, each weighed by `weigh`.
 * `run_ms`: the time that they cover, to be scaled to a month; 0: they are a month's. 0, or -1
 * after errors. */
int log_bill_price(const struct log_bill *log, struct price_book *book, size_t first, size_t end,
                   int64_t run_ms, bool arm64, log_weight_function *weigh, const void *context,
                   struct bill *ret, struct diagnostics *diagnostics);
/* How many invocations are known to have run on provisioned concurrency, and what logs do not tell
 * of its cost. Nothing of none. */
void log_price_tell_provisioned(const struct log_bill *log, struct price_book *book,
                                struct diagnostics *notes);
const struct log_bill_options *log_bill_options_of(const struct log_bill *log);
/* The day of prices and limits of the entries [first, end): the last. */
int32_t log_bill_day(const struct log_bill *log, size_t first, size_t end);

#endif
