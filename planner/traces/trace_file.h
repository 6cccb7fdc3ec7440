/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What every format of arrivals in a CSV file (or, for counts, in JSON) needs: its columns by name,
 * times relative to the first row, fields as exact integers, and starting over at the end.
 */
#ifndef TRACES_TRACE_FILE_H
#define TRACES_TRACE_FILE_H

#include "scenario/scenario.h"
#include "support/csv.h"

#include <lambdaplan/diagnostics.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACE_NUMBER_MAX INT64_C(1000000000000000) /* of a count or a size: no slip is above it */

struct counts_table;

struct trace_file {
    struct csv_reader *reader;
    struct counts_table *table; /* of an answer in JSON, that the reader reads; else NULL */
    struct diagnostics *diagnostics;
    char *path;
    const char *name; /* of the file in messages; points to `path` or is static */
    enum trace_time_unit time_unit;
    bool repeat;
    bool has_zero; /* as in struct arrivals_spec, until the first row was read */
    int64_t zero_ns;
    bool failed; /* an error was reported: the source has ended */

    const char *const *field; /* the present row */
    long line;
    uint64_t rows;    /* of this pass */
    int64_t first_ns; /* the first row's time as written */
    int64_t now_ns;   /* the present row's time, relative to the zero or the first of all passes */
    int64_t last_ns;  /* the row's before it */
    int64_t shift_ns; /* where this pass begins */
};

/* 0, or -1 after an error. */
int trace_file_open(struct trace_file *ret, const struct arrivals_spec *spec,
                    struct diagnostics *diagnostics);
void trace_file_finish(struct trace_file *file);

/* The index of a column that must be there: an error names its near miss and all there are. `what`
 * is the scenario's field, for a name that is not given. */
int trace_file_column(struct trace_file *file, const char *name, const char *what, size_t *ret);

/* The next row with its time from `time_column`, which never goes backwards: 1; the end: 0 (an
 * error when there was no row); an error: -1. */
int trace_file_next(struct trace_file *file, size_t time_column);

/* Its parts, for who sorts: the next row with its time as written; what its first time is; where a
 * time lies (1: before the row placed last, and nothing was placed); what to say then. Else 0, or
 * -1 after an error. */
int trace_file_row(struct trace_file *file, size_t time_column, int64_t *ret_ns);
int trace_file_begin(struct trace_file *file, size_t time_column, int64_t first_ns);
int trace_file_place(struct trace_file *file, size_t time_column, int64_t time_ns);
int trace_file_backwards(struct trace_file *file, size_t time_column);

/* Whether the present row's time is a date, and not one since some beginning: ISO 8601, or from
 * 2001-09-09 on when it is read as Unix time. */
bool trace_file_is_dated(const struct trace_file *file);

/* Starts over, so that the first row's time is `start_ns`. 0, or -1 after an error. */
int trace_file_restart(struct trace_file *file, int64_t start_ns);

/* A field of the present row: 0, or -1 after an error that names row and column. */
int trace_file_whole(struct trace_file *file, size_t column, int64_t *ret);
int trace_file_duration(struct trace_file *file, size_t column, enum trace_time_unit unit,
                        int64_t *ret_ns);

/* Reports an error in the present row; returns -1. */
__attribute__((format(printf, 2, 3))) int trace_file_error(struct trace_file *file,
                                                           const char *format, ...);

#endif
