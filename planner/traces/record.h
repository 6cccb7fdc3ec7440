/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What readers of logs, metrics and bills yield, whatever the format: invocations, points of a
 * metric, lines of a bill. A reader streams: it holds one record, never the file. Unknown numbers
 * are UNKNOWN_VALUE, unknown text is NULL; text is valid until the call returns.
 */
#ifndef TRACES_RECORD_H
#define TRACES_RECORD_H

#include <lambdaplan/diagnostics.h>
#include <lambdaplan/money.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UNKNOWN_VALUE (-1)

enum invocation_status {
    INVOCATION_UNKNOWN,
    INVOCATION_SUCCESS,
    INVOCATION_ERROR,
    INVOCATION_TIMEOUT,
};

struct invocation_record {
    int64_t time_ns; /* since 1970-01-01 UTC; of the end, or of the start if `at_start` */
    bool at_start;
    bool relative; /* time_ns counts from the trace's beginning, not from 1970 */
    const char *function;
    const char *request_id;
    int64_t duration_ns; /* Duration */
    int64_t billed_ns;   /* Billed Duration, as printed */
    int64_t init_ns;     /* Init Duration: a cold start */
    int64_t restore_ns, billed_restore_ns;
    int64_t memory_mb;        /* Memory Size */
    bool memory_is_allocated; /* … is what was allocated on average: nobody bought a size */
    int64_t max_memory_mb;    /* Max Memory Used */
    int64_t bytes;            /* payload */
    int cold;                 /* 1, 0, or UNKNOWN_VALUE where neither init nor a flag tells */
    bool provisioned;         /* known to have run on provisioned concurrency */
    enum invocation_status status;
    uint64_t count;  /* this record stands for so many alike (counts per minute); else 1 */
    int64_t span_ns; /* those are spread over [time_ns, time_ns + span_ns); UNKNOWN_VALUE: over a
                      * bin that begins at time_ns and is as long as the others (count_bins.h) */
};

/* One invocation of which nothing is known yet. */
static inline struct invocation_record record_blank(void)
{
    return (struct invocation_record){
        .duration_ns = UNKNOWN_VALUE,
        .billed_ns = UNKNOWN_VALUE,
        .init_ns = UNKNOWN_VALUE,
        .restore_ns = UNKNOWN_VALUE,
        .billed_restore_ns = UNKNOWN_VALUE,
        .memory_mb = UNKNOWN_VALUE,
        .max_memory_mb = UNKNOWN_VALUE,
        .bytes = UNKNOWN_VALUE,
        .cold = UNKNOWN_VALUE,
        .count = 1,
    };
}

#define RECORD_MEMORY_MAX INT64_C(1000000) /* MB; beyond any that Lambda ever had, by far */

/* NULL, or why no invocation has this memory: readers reject the row. */
static inline const char *record_memory_problem(const struct invocation_record *record)
{
    if (record->memory_mb == 0)
        return "its memory size is 0";
    return record->memory_mb > RECORD_MEMORY_MAX || record->max_memory_mb > RECORD_MEMORY_MAX
               ? "its memory is above 1,000,000 MB"
               : NULL;
}

static inline bool record_is_unnamed(const struct invocation_record *record)
{
    return record->function == NULL || record->function[0] == '\0';
}

/* The record, or, where it names no function and there is one to name, a copy with that. */
static inline const struct invocation_record *record_named(const struct invocation_record *record,
                                                           const char *function,
                                                           struct invocation_record *copy)
{
    if (function == NULL || !record_is_unnamed(record))
        return record;
    *copy = *record;
    copy->function = function;
    return copy;
}

struct metric_point {
    int64_t time_ns, period_ns; /* period UNKNOWN_VALUE: not known */
    const char *entity;         /* dimension value: the function or stream; NULL: not known */
    const char *metric, *statistic, *unit;
    double value;
};

static inline const struct metric_point *point_named(const struct metric_point *point,
                                                     const char *entity, struct metric_point *copy)
{
    if (entity == NULL || (point->entity != NULL && point->entity[0] != '\0'))
        return point;
    *copy = *point;
    copy->entity = entity;
    return copy;
}

struct cost_line {
    int64_t start_ns, end_ns;
    const char *service; /* ours: "lambda", "kinesis" …; NULL: another service */
    const char *sku;     /* ours, in that service, per the bill's unit; NULL: not one we price */
    const char *product; /* the bill's own word */
    const char *id;      /* the bill's own; NULL: it has none */
    const char *account, *payer, *description; /* NULL: not told */
    const char *usage_type, *operation, *resource, *region, *unit;
    const char *line_type; /* Usage, Tax, Credit … */
    const char *quantity;  /* decimal text, exact */
    const char *rate;      /* USD per unit as the bill has it, decimal text; NULL: not told */
    money_pusd cost;       /* rounded half up to a pico-dollar */
    bool negative;         /* credits and refunds: cost is below 0 */
};

/* Where records go; a reader calls what fits its format, members may be NULL. Non-zero: stop. */
struct record_sink {
    int (*invocation)(void *context, const struct invocation_record *record);
    int (*point)(void *context, const struct metric_point *point);
    int (*cost)(void *context, const struct cost_line *line);
    void *context;
};

struct input;   /* bytes of a file, decompressed: support/input.h */
struct rejects; /* rows that could not be read: traces/rejects.h */

/* "start=client_start_time,duration_ms=aws_duration": our names on the left, with units. */
struct column_mapping {
    char *field, *column; /* field: start_s, end_ms, duration_s, function, memory_mb, … */
};

struct read_counts {
    uint64_t records, rejected; /* rows that were read, rows that could not be */
    size_t unnamed_files;       /* with invocations of no function that is named: read_records */
};

struct read_options {
    const char *format; /* NULL: recognised by content */
    const struct column_mapping *map;
    size_t maps;
    bool strict;                /* the first unreadable row is an error */
    struct read_counts *counts; /* set when all is read; NULL: not wanted */
    const char *function;       /* set by read_records: of invocations and metrics that name none */
    bool in_folder; /* set by read_records: the file was found in a folder, not named, so that
                     * one without a record is worth a warning, not an error */
};

struct table_format; /* traces/table.h */

/* One format; the table of all is in formats.c. Adding one: one file and one line there. */
struct trace_format {
    const char *name;        /* for --input-format: "lambda-log" */
    const char *description; /* one line for --help */
    /* Is this it? `head` is the beginning of the content (up to 64 KiB, decompressed). */
    bool (*recognise)(const char *head, size_t size);
    /* 0, or -1 after an error (reported), or the sink's non-zero. */
    int (*read)(struct input *input, const struct read_options *options,
                const struct record_sink *sink, struct rejects *rejects,
                struct diagnostics *diagnostics);
    const struct table_format *table; /* a CSV table whose rows several threads can read; or NULL */
};

/*
 * Reads files, NAME=FILE (what names no function is of this one; a file that is given twice is read
 * once, with a warning), folders (every file in them and in their folders, sorted; hidden ones are
 * left out) and "-", each in its own format. A file that is named must be of a known format; one
 * that was found in a folder is left out with a warning when it is not, and an archive there that
 * is cut is read up to there (errors when strict). Nothing read at all is an error. `rejects_path`
 * NULL: unreadable rows are only counted; what was counted is told by warnings, by reason and with
 * the first line numbers. 0, or -1 after an error, or the sink's non-zero.
 */
int read_records(const char *const *path, size_t paths, const struct read_options *options,
                 const struct record_sink *sink, const char *rejects_path,
                 struct diagnostics *diagnostics);

#endif
