/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a result is turned into. An exporter writes one file and computes nothing; adding one is one
 * source file and one line in the table of exporters.c (and its declaration here).
 *
 * Files of one seed are the same bytes every time; what differs from run to run (wall time) is in
 * run.json only.
 */
#ifndef REPORTS_EXPORTERS_H
#define REPORTS_EXPORTERS_H

#include "support/output_file.h"

#include <lambdaplan/result.h>

typedef void exporter_function(const struct result *result, struct output *output);

struct exporter {
    const char *file_name;
    exporter_function *write;
};

extern const struct exporter reports_exporters[];
extern const size_t reports_exporter_count;

exporter_function summary_csv_write, cost_csv_write, comparison_csv_write, run_json_write;

/* The files of a simulation by number, timeseries.csv first; NULL: there are no more. */
const char *reports_file(size_t index);

#define TIMESERIES_CSV "timeseries.csv"
/* It grows during the run, hence its own writer. NULL after an error. Text is copied
 * into the file at once; `time_s` is the start of the period. */
struct timeseries_csv;
struct timeseries_csv *timeseries_csv_open(const char *dir, struct diagnostics *diagnostics);
void timeseries_csv_put(struct timeseries_csv *timeseries, double time_s, const char *entity,
                        const char *metric, const char *statistic, const char *unit, double value);
void timeseries_csv_abandon(struct timeseries_csv *timeseries); /* NULL does nothing */
/* Ends the writer; the file is the caller's to commit. */
struct output *timeseries_csv_close(struct timeseries_csv *timeseries);

/* Every exporter's file and timeseries.csv into `dir`, all or none. The time series is gone
 * afterwards; NULL gives a file with its header only, so that no older run's stays. 0, or -1 after
 * an error. */
int reports_write(const struct result *result, const char *dir, struct timeseries_csv *timeseries,
                  struct diagnostics *diagnostics);

/* The result on a stream, flushed and checked; 0, or -1 after an error. */
int report_stdout_table(const struct result *result, FILE *out, bool color,
                        struct diagnostics *diagnostics);
int report_stdout_csv(const struct result *result, FILE *out, struct diagnostics *diagnostics);
int report_stdout_json(const struct result *result, FILE *out, struct diagnostics *diagnostics);
int report_stdout_markdown(const struct result *result, FILE *out, struct diagnostics *diagnostics);
/* One page that needs nothing beside it; with line charts where the result has them. */
int report_stdout_html(const struct result *result, FILE *out, struct diagnostics *diagnostics);

#endif
