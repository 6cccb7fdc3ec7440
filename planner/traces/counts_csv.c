/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Counts per bin, as CloudWatch exports its Sum statistic: a row is the bin's start and the number
 * of arrivals in [start, start + bin). Missing bins, which CloudWatch leaves out when nothing was
 * measured, are no arrivals; rows need not lie on a grid, but bins must not overlap.
 */
#include "traces/trace_formats.h"

#include "core/memory.h"
#include "traces/trace_file.h"

#include <math.h>
#include <stdlib.h>

#define NS_IN_S 1e9

struct counts {
    struct trace_file file;
    size_t time_column, value_column;
    int64_t bin_ns; /* 0: still to be taken from the first two rows */
    bool held;      /* the second row, read for its time, still has to be delivered */
    struct arrival hold;
    int64_t end_ns; /* of the last bin */
    bool ended;
};

static void counts_close(void *context)
{
    struct counts *const counts = context;
    if (counts == NULL)
        return;
    trace_file_finish(&counts->file);
    free(counts);
}

/* The present row as a bin; its end still unknown while bin_ns is 0. */
static int take_bin(struct counts *counts, struct arrival *ret)
{
    struct trace_file *const file = &counts->file;
    int64_t count, end_ns;
    if (trace_file_whole(file, counts->value_column, &count) != 0)
        return -1;
    if (counts->bin_ns > 0 && file->now_ns < counts->end_ns)
        return trace_file_error(file,
                                "this bin overlaps the one above: it begins %.15g s after it, but "
                                "a bin is %.15g s long",
                                (double)(file->now_ns - file->last_ns) / NS_IN_S,
                                (double)counts->bin_ns / NS_IN_S);
    if (__builtin_add_overflow(file->now_ns, counts->bin_ns, &end_ns))
        return trace_file_error(file, "the bin ends more than 292 years after the first row");
    counts->end_ns = end_ns;
    *ret = (struct arrival){.start_ns = file->now_ns,
                            .end_ns = end_ns,
                            .count = (uint64_t)count,
                            .bytes = -1,
                            .duration_ns = -1};
    return 1;
}

/* Reads two rows to learn the bin from their gap. */
static int take_first_two(struct counts *counts, struct arrival *ret)
{
    struct trace_file *const file = &counts->file;
    if (take_bin(counts, ret) < 0)
        return -1;
    const int result = trace_file_next(file, counts->time_column);
    if (result < 0)
        return -1;
    if (result == 0)
        return trace_file_error(file, "a single row does not tell how long a bin is: give bin_s");
    counts->bin_ns = file->now_ns - ret->start_ns;
    if (counts->bin_ns == 0)
        return trace_file_error(file, "the first two bins begin at the same time: bins overlap");
    ret->end_ns = counts->end_ns = file->now_ns;
    if (take_bin(counts, &counts->hold) < 0)
        return -1;
    counts->held = true;
    return 1;
}

static int next_bin(struct counts *counts, struct arrival *ret)
{
    struct trace_file *const file = &counts->file;
    if (counts->held) {
        counts->held = false;
        *ret = counts->hold;
        return 1;
    }
    if (counts->ended)
        return 0;
    int result = trace_file_next(file, counts->time_column);
    if (result == 0 && file->repeat) {
        if (trace_file_restart(file, counts->end_ns) != 0)
            return -1;
        result = trace_file_next(file, counts->time_column);
    }
    if (result <= 0) {
        counts->ended = result == 0;
        return result;
    }
    return counts->bin_ns == 0 ? take_first_two(counts, ret) : take_bin(counts, ret);
}

static int counts_next(void *context, struct arrival *ret)
{
    struct counts *const counts = context;
    if (counts->file.failed)
        return -1;
    const int result = next_bin(counts, ret);
    counts->file.failed = result < 0;
    return result;
}

int counts_csv_open(struct arrival_source *ret, const struct arrivals_spec *spec,
                    struct diagnostics *diagnostics)
{
    struct counts *const counts = mem_alloc(1, sizeof *counts);
    struct trace_file *const file = &counts->file;
    if (trace_file_open(file, spec, diagnostics) != 0)
        goto fail;
    int missing = trace_file_column(file, spec->time_column, "time_column", &counts->time_column);
    missing |= trace_file_column(file, spec->value_column, "value_column", &counts->value_column);
    if (missing != 0)
        goto fail;
    if (spec->bin_s != UNSET_NUMBER) {
        if (!(spec->bin_s >= 1e-9 && spec->bin_s <= 1e9)) {
            diagnostics_error(diagnostics, file->name, 0,
                              "bin_s: %g is not between a nanosecond and 1,000,000,000 s",
                              spec->bin_s);
            goto fail;
        }
        counts->bin_ns = llround(spec->bin_s * NS_IN_S);
    }
    *ret = (struct arrival_source){counts_next, counts_close, counts};
    return 0;
fail:
    counts_close(counts);
    return -1;
}
