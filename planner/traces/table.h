/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What all formats share that are CSV tables with a header: a format makes a plan of the header
 * (which column is what), then turns one row at a time into records. A plan does not change while
 * rows are read, so several threads may share it (traces/parallel.h).
 */
#ifndef TRACES_TABLE_H
#define TRACES_TABLE_H

#include "traces/record.h"
#include "traces/row_scan.h"

struct table_output {
    const struct record_sink *sink;
    int stop;        /* the sink's non-zero */
    uint64_t others; /* rows that are well but no records */
};

struct table_format {
    const char *others_are; /* "rows are no REPORT"; NULL: there are none */
    /* NULL after errors. */
    void *(*plan)(const struct row *header, const struct read_options *options, const char *file,
                  struct diagnostics *diagnostics);
    void (*finish)(void *plan);
    /* NULL, or why the row cannot be read, static. It may write into the fields. */
    const char *(*row)(const void *plan, const struct row *row, struct table_output *output);
};

struct table {
    const struct table_format *format;
    void *plan;
    size_t columns;
};

/* Gets rows that cannot be read; non-zero: stop. */
typedef int table_reject(void *context, long line, const char *reason, const char *row,
                         size_t size);

/* Reads the header. 0, or -1 after errors; then there is nothing to finish. */
int table_begin(struct table *ret, const struct table_format *format, struct row_scanner *scanner,
                const struct read_options *options, const char *file,
                struct diagnostics *diagnostics);
void table_finish(struct table *table);

/* The rows that begin before `limit`. 0, -1 after an error of reading or a reject that stops, or
 * the sink's non-zero. */
int table_rows(const struct table *table, struct row_scanner *scanner, uint64_t limit,
               const struct record_sink *sink, table_reject *reject, void *context,
               uint64_t *ret_others);

/* A warning when rows were no records. */
void table_tell_others(const struct table_format *format, const char *file, uint64_t others,
                       struct diagnostics *diagnostics);

/* All of it: `read` of struct trace_format. */
int table_read(const struct table_format *format, struct input *input,
               const struct read_options *options, const struct record_sink *sink,
               struct rejects *rejects, struct diagnostics *diagnostics);

/* -1 when there is none. */
long table_column(const struct row *header, const char *name);

/* Splits the first line of `head` into names as the scanner would; for recognition. Free with
 * row_scanner_destroy; NULL when there is no header in it. */
struct row_scanner *table_header(const char *head, size_t size, struct row *ret);

/* A field that may be missing (empty, "-", NaN, null, None): UNKNOWN_VALUE then. A negative number,
 * one that is none, or one above `maximum` is false. */
bool table_number(const char *text, int power, int64_t maximum, int64_t *ret);
bool table_missing(const char *text);

/* A time since 1970: `decimals` is 9 for s, 6 for ms, 3 for us, 0 for ns, or one of these: ISO
 * 8601; or as the text looks: ISO, or by magnitude (1e9 s, 1e12 ms, 1e15 us, 1e18 ns). */
enum { TABLE_TIME_ANY = -1, TABLE_TIME_ISO = -2 };
bool table_time(const char *text, int decimals, int64_t *ret_ns);

#define TABLE_DURATION_MAX (INT64_C(366) * 86400 * 1000000000) /* ns; more is a slip */
#define TABLE_MEMORY_MAX INT64_C(100000000)                    /* MB */
#define TABLE_COUNT_MAX INT64_C(1000000000000000)

#endif
