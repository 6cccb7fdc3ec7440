/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/log_memory.h"

#include "core/memory.h"
#include "history/billing_rules.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

const char *log_have(uint64_t count, char text[LOG_HAVE_SIZE])
{
    snprintf(text, LOG_HAVE_SIZE, "%" PRIu64 " invocation%s", count,
             count == 1 ? " has" : "s have");
    return text;
}

/* The one memory size that a function's other records have, or UNKNOWN_VALUE. */
static int64_t only_memory(const struct log_memory *log, size_t function)
{
    int64_t only = UNKNOWN_VALUE;
    for (size_t i = 0; i < log->entries; i++) {
        const struct log_entry *const entry = &log->entry[i];
        if (entry->function != function || entry->memory_mb < 0 || entry->memory_mb == only)
            continue;
        if (only >= 0)
            return UNKNOWN_VALUE;
        only = entry->memory_mb;
    }
    return only;
}

static int find_sizes(const struct log_memory *log, struct diagnostics *notes,
                      struct diagnostics *diagnostics)
{
    uint64_t assumed = 0, borrowed = 0, unknown = 0;
    char text[LOG_HAVE_SIZE];
    const char *example = "";
    for (size_t i = 0; i < log->entries; i++) {
        struct log_entry *const entry = &log->entry[i];
        if (entry->memory_mb >= 0 || entry->billed == 0)
            continue;
        const int64_t only = log->options->memory_mb >= 0 || unknown > 0
                                 ? UNKNOWN_VALUE
                                 : only_memory(log, entry->function);
        if (log->options->memory_mb >= 0) {
            entry->memory_mb = log->options->memory_mb;
            assumed += entry->count;
        } else if (only >= 0) {
            entry->memory_mb = only;
            borrowed += entry->count;
        } else {
            unknown += entry->count;
            example = log->name[entry->function];
        }
    }
    if (unknown > 0) {
        diagnostics_error(diagnostics, NULL, 0,
                          "%" PRIu64 " of %" PRIu64 " invocations have no memory size (function "
                          "%.100s, for one), so their duration has no price; give it with --memory",
                          unknown, log->count, example);
        return -1;
    }
    if (assumed > 0)
        diagnostics_warning(notes, NULL, 0,
                            "%s no memory size: priced with the %" PRId64 " MB of --memory",
                            log_have(assumed, text), log->options->memory_mb);
    if (borrowed > 0)
        diagnostics_warning(notes, NULL, 0,
                            "%s no memory size: priced with the one that the function has "
                            "elsewhere",
                            log_have(borrowed, text));
    return 0;
}

/* Sizes that Lambda did not sell become the next greater one, as `fit` has it. */
static void sell_sizes(const struct log_memory *log, struct diagnostics *notes)
{
    bool *const raised = mem_alloc(log->names, sizeof *raised);
    bool *const allocated = mem_alloc(log->names, sizeof *allocated);
    size_t raises = 0, allocations = 0;
    int64_t seen = 0, sold = 0, beyond = 0;
    for (size_t i = 0; i < log->entries; i++) {
        struct log_entry *const entry = &log->entry[i];
        if (entry->memory_mb < 0)
            continue;
        const int32_t day = log->options->has_as_of ? log->options->as_of : entry->last_day;
        const int64_t size = billing_rules_memory(log->options->limits, day, entry->memory_mb);
        allocations += entry->allocated && !allocated[entry->function];
        allocated[entry->function] = allocated[entry->function] || entry->allocated;
        if (size > beyond && size > limits_at(log->options->limits, "lambda.memory.max", day))
            beyond = size;
        if (size == entry->memory_mb)
            continue;
        raises += !raised[entry->function];
        raised[entry->function] = true;
        if (seen == 0 || entry->memory_mb < seen) {
            seen = entry->memory_mb;
            sold = size;
        }
        entry->memory_mb = size;
    }
    if (allocations > 0)
        diagnostics_warning(notes, NULL, 0,
                            "%zu function%s no memory size: what was allocated on average (Azure) "
                            "stands in for it, so no memory counts as bought for nothing",
                            allocations, allocations == 1 ? " has" : "s have");
    if (raises > 0)
        diagnostics_warning(notes, NULL, 0,
                            "of %zu function%s Lambda did not have the memory size then: the next "
                            "greater one is billed (%" PRId64 " MB instead of %" PRId64
                            " MB, for one)",
                            raises, raises == 1 ? "" : "s", sold, seen);
    if (beyond > 0)
        diagnostics_warning(notes, NULL, 0,
                            "Lambda did not have as much as %" PRId64 " MB then: that is billed "
                            "all the same",
                            beyond);
    free(raised);
    free(allocated);
}

int log_memory_resolve(const struct log_memory *log, struct diagnostics *notes,
                       struct diagnostics *diagnostics)
{
    if (find_sizes(log, notes, diagnostics) != 0)
        return -1;
    sell_sizes(log, notes);
    return 0;
}
