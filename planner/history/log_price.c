/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What entries of a log put on the meters. Durations on provisioned concurrency have a price of
 * their own and no free tier; where the book has no such price they are priced as on demand.
 */
#include "history/log_bill.h"

#include "core/memory.h"
#include "pricing/apportion.h"
#include "support/text.h"

#define NS_PER_MS INT64_C(1000000)

struct log_weight log_weight_of(const struct log_entry *entry, int128 mb_ns, int128 requests)
{
    struct log_weight ret = {mb_ns, requests, 0};
    uint128 share = 0;
    if (entry->provisioned > 0 && mb_ns > 0 &&
        ratio_round((uint128)mb_ns, (uint128)entry->provisioned, (uint128)entry->billed, &share))
        ret.provisioned_mb_ns = (int128)share;
    return ret;
}

static bool is_priced(struct price_book *book, const char *region, int32_t day, bool arm64)
{
    const struct price *const *tier;
    return price_book_find(book, "lambda",
                           arm64 ? "provisioned-duration-arm64" : "provisioned-duration-x86",
                           region, day, &tier) > 0;
}

/* Not usage_add, which looks for a line of that name: here every name comes once. */
static void add(struct usage *usage, const char *name, enum meter meter, int128 quantity)
{
    usage->line = mem_grow(usage->line, &usage->capacity, usage->count, sizeof *usage->line);
    usage->line[usage->count++] =
        (struct usage_line){text_format("function:%s", name), meter, mem_strdup(""), quantity};
}

static int128 in_ms(int128 mb_ns)
{
    return (mb_ns + NS_PER_MS / 2) / NS_PER_MS;
}

static void add_function(struct usage *usage, const char *name, const struct log_weight *sum,
                         bool arm64)
{
    add(usage, name, METER_LAMBDA_REQUESTS, sum->requests);
    add(usage, name, arm64 ? METER_LAMBDA_ARM64_MB_MS : METER_LAMBDA_X86_MB_MS,
        in_ms(sum->mb_ns - sum->provisioned_mb_ns));
    if (sum->provisioned_mb_ns > 0)
        add(usage, name,
            arm64 ? METER_LAMBDA_PROVISIONED_DURATION_ARM64_MB_MS
                  : METER_LAMBDA_PROVISIONED_DURATION_X86_MB_MS,
            in_ms(sum->provisioned_mb_ns));
}

int log_bill_price(const struct log_bill *log, struct price_book *book, size_t first, size_t end,
                   int64_t run_ms, bool arm64, log_weight_function *weigh, const void *context,
                   struct bill *ret, struct diagnostics *diagnostics)
{
    const struct log_bill_options *const what = log_bill_options_of(log);
    const struct bill_options options = {.region = what->region,
                                         .day = log_bill_day(log, first, end),
                                         .free_tier = what->free_tier,
                                         .month_ms = MONTH_MS,
                                         .run_ms = run_ms > 0 ? run_ms : MONTH_MS};
    const bool priced = is_priced(book, options.region, options.day, arm64);
    struct usage usage;
    size_t entries;
    const struct log_entry *const entry = log_bill_entries(log, &entries);
    usage_init(&usage);
    for (size_t i = first; i < end;) {
        const size_t function = entry[i].function;
        struct log_weight sum = {0, 0, 0};
        for (; i < end && entry[i].function == function; i++) {
            const struct log_weight weight = weigh(context, &entry[i]);
            sum.mb_ns += weight.mb_ns;
            sum.requests += weight.requests;
            sum.provisioned_mb_ns += priced ? weight.provisioned_mb_ns : 0;
        }
        add_function(&usage, log_bill_name(log, function), &sum, arm64);
    }
    const int status = bill_compute(ret, &usage, book, &options, diagnostics);
    usage_finish(&usage);
    return status;
}

void log_price_tell_provisioned(const struct log_bill *log, struct price_book *book,
                                struct diagnostics *notes)
{
    const struct log_bill_options *const what = log_bill_options_of(log);
    char text[TEXT_NUMBER_SIZE];
    uint64_t count = 0;
    size_t entries;
    const struct log_entry *const entry = log_bill_entries(log, &entries);
    for (size_t i = 0; i < entries; i++)
        count += entry[i].on_provisioned;
    if (count == 0)
        return;
    const bool priced = is_priced(book, what->region, log_bill_day(log, 0, entries), what->arm64);
    diagnostics_warning(
        notes, NULL, 0,
        "%s invocation%s ran on provisioned concurrency: their durations are at %s; "
        "what it costs to have it configured (GB-seconds while it is switched on, "
        "called or not) comes on top, which logs do not tell",
        text_number((double)count, 0, text), count == 1 ? "" : "s",
        priced ? "its price"
               : "the price on demand, because the price book has none of its own "
                 "for this region");
}
