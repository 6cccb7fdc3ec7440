/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Counts per bin, as CloudWatch exports its Sum statistic: a row is the bin's start and the number
 * of arrivals in [start, start + bin). Missing bins, which CloudWatch leaves out when nothing was
 * measured, are no arrivals; rows need not lie on a grid, but bins must not overlap.
 *
 * Rows may come in any order (get-metric-statistics answers in none): the first ROWS_SORTED are
 * read, checked and sorted before the first is delivered. What follows them is streamed and must
 * be in order.
 */
#include "traces/trace_formats.h"

#include "core/memory.h"
#include "traces/trace_file.h"

#include <math.h>
#include <stdlib.h>

#define NS_IN_S 1e9
#define ROWS_SORTED 1000000u /* nearly two years of minutes; 24 MB */

struct row {
    int64_t time_ns, count;
    long line;
};

struct counts {
    struct trace_file file;
    size_t time_column, value_column;
    int64_t bin_ns; /* 0: still to be taken from the rows' gaps */
    struct row *row;
    size_t rows, room, next;
    int64_t end_ns; /* of the last bin */
    bool ended;
};

static void counts_close(void *context)
{
    struct counts *const counts = context;
    if (counts == NULL)
        return;
    trace_file_finish(&counts->file);
    free(counts->row);
    free(counts);
}

static int by_time(const void *a, const void *b)
{
    const struct row *const x = a, *const y = b;
    return x->time_ns != y->time_ns ? (x->time_ns > y->time_ns) - (x->time_ns < y->time_ns)
                                    : (x->line > y->line) - (x->line < y->line);
}

static int by_value(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The most frequent gap between rows, of several the smallest: 0 with fewer than two rows. Where
 * bins are missing the first gap may be any. */
static int64_t usual_gap(const struct row *row, size_t rows)
{
    const size_t gaps = rows - 1;
    int64_t usual = 0;
    if (gaps == 0)
        return 0;
    int64_t *const gap = mem_alloc(gaps, sizeof *gap);
    for (size_t i = 0; i < gaps; i++)
        if (__builtin_sub_overflow(row[i + 1].time_ns, row[i].time_ns, &gap[i]))
            gap[i] = INT64_MAX; /* placing it will say so */
    qsort(gap, gaps, sizeof *gap, by_value);
    for (size_t i = 0, same = 0, most = 0; i < gaps; i++) {
        same = i > 0 && gap[i] == gap[i - 1] ? same + 1 : 1;
        if (same > most) {
            most = same;
            usual = gap[i];
        }
    }
    free(gap);
    return usual;
}

/* 1: a row is in `ret`; 0: the end; -1 after an error. */
static int read_row(struct counts *counts, struct row *ret)
{
    struct trace_file *const file = &counts->file;
    const int result = trace_file_row(file, counts->time_column, &ret->time_ns);
    if (result <= 0)
        return result;
    ret->line = file->line;
    return trace_file_whole(file, counts->value_column, &ret->count) == 0 ? 1 : -1;
}

static int find_bin(struct counts *counts)
{
    struct trace_file *const file = &counts->file;
    const struct row *const row = counts->row;
    if (counts->bin_ns > 0)
        return 0;
    if (counts->rows == 1)
        return trace_file_error(file, "a single row does not tell how long a bin is: give bin_s");
    for (size_t i = 1; i < counts->rows; i++)
        if (row[i].time_ns == row[i - 1].time_ns) {
            file->line = row[i].line;
            return trace_file_error(file, "this bin begins at the same time as that of line %ld",
                                    row[i - 1].line);
        }
    counts->bin_ns = usual_gap(row, counts->rows);
    return 0;
}

/* Reads and sorts what a pass begins with. */
static int begin_pass(struct counts *counts)
{
    struct trace_file *const file = &counts->file;
    struct row row;
    int result = 1;
    counts->rows = counts->next = 0;
    while (counts->rows < ROWS_SORTED && (result = read_row(counts, &row)) == 1) {
        counts->row = mem_grow(counts->row, &counts->room, counts->rows, sizeof row);
        counts->row[counts->rows++] = row;
    }
    if (result < 0)
        return -1;
    qsort(counts->row, counts->rows, sizeof *counts->row, by_time);
    return find_bin(counts) != 0
               ? -1
               : trace_file_begin(file, counts->time_column, counts->row[0].time_ns);
}

/* 1: the next row of this pass is in `ret`; 0: its end; -1 after an error. */
static int next_row(struct counts *counts, struct row *ret)
{
    struct trace_file *const file = &counts->file;
    if (file->rows == 0 && begin_pass(counts) != 0)
        return -1;
    if (counts->next < counts->rows) {
        *ret = counts->row[counts->next++];
        file->line = ret->line;
    } else {
        const int result = counts->rows < ROWS_SORTED ? 0 : read_row(counts, ret);
        if (result <= 0)
            return result;
    }
    const int place = trace_file_place(file, counts->time_column, ret->time_ns);
    return place == 0 ? 1 : place > 0 ? trace_file_backwards(file, counts->time_column) : -1;
}

static int take_bin(struct counts *counts, const struct row *row, struct arrival *ret)
{
    struct trace_file *const file = &counts->file;
    int64_t end_ns;
    if (file->now_ns < counts->end_ns)
        return trace_file_error(file,
                                "this bin overlaps the one before it: it begins %.15g s after it, "
                                "but a bin is %.15g s long (bin_s)",
                                (double)(file->now_ns - file->last_ns) / NS_IN_S,
                                (double)counts->bin_ns / NS_IN_S);
    if (__builtin_add_overflow(file->now_ns, counts->bin_ns, &end_ns))
        return trace_file_error(file, "the bin ends more than 292 years after the first row");
    counts->end_ns = end_ns;
    *ret = (struct arrival){.start_ns = file->now_ns,
                            .end_ns = end_ns,
                            .count = (uint64_t)row->count,
                            .bytes = -1,
                            .duration_ns = -1};
    return 1;
}

static int next_bin(struct counts *counts, struct arrival *ret)
{
    struct trace_file *const file = &counts->file;
    struct row row;
    if (counts->ended)
        return 0;
    int result = next_row(counts, &row);
    if (result == 0 && file->repeat) {
        if (trace_file_restart(file, counts->end_ns) != 0)
            return -1;
        result = next_row(counts, &row);
    }
    if (result <= 0) {
        counts->ended = result == 0;
        return result;
    }
    return take_bin(counts, &row, ret);
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
