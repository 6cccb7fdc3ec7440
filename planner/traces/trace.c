/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traces/trace.h"

#include "traces/trace_file.h"
#include "traces/trace_formats.h"

#include <sys/stat.h>

#define ROWS_CHECKED 10000000u /* of a trace, before a run: some seconds */

/* A file of rows that can be read once more, and its times: what a pipe holds comes only once. */
static bool open_times(struct trace_file *ret, const struct arrivals_spec *spec, size_t *ret_column,
                       struct diagnostics *diagnostics)
{
    struct stat status;
    *ret = (struct trace_file){0};
    return (spec->process == ARRIVALS_COUNTS || spec->process == ARRIVALS_TRACE) &&
           spec->open == NULL && spec->file != NULL && stat(spec->file, &status) == 0 &&
           S_ISREG(status.st_mode) && trace_file_open(ret, spec, diagnostics) == 0 &&
           trace_file_column(ret, spec->time_column, "time_column", ret_column) == 0;
}

/* Counts may come in any order, a trace's first row is its first. */
bool trace_first_date(const struct arrivals_spec *spec, int64_t *ret_ns)
{
    struct diagnostics unheard;
    struct trace_file file;
    size_t column;
    int64_t time_ns;
    bool dated = false;
    diagnostics_init(&unheard);
    if (open_times(&file, spec, &column, &unheard))
        while ((!dated || spec->process == ARRIVALS_COUNTS) &&
               trace_file_row(&file, column, &time_ns) == 1) {
            if (file.rows == 1 || time_ns < file.first_ns)
                file.first_ns = time_ns;
            dated = true;
        }
    *ret_ns = file.first_ns;
    dated = dated && unheard.errors == 0 && trace_file_is_dated(&file);
    trace_file_finish(&file);
    diagnostics_finish(&unheard);
    return dated;
}

static int check_counts(const struct arrivals_spec *spec, struct diagnostics *diagnostics)
{
    struct arrivals_spec once = *spec;
    struct arrival_source source;
    struct arrival arrival;
    int result;
    once.repeat = false;
    if (counts_csv_open(&source, &once, diagnostics) != 0)
        return -1;
    while ((result = source.next(source.context, &arrival)) == 1)
        ;
    source.close(source.context);
    return result;
}

int trace_check(const struct arrivals_spec *spec, struct diagnostics *diagnostics)
{
    struct trace_file file;
    size_t column;
    int result = 1;
    if (!open_times(&file, spec, &column, diagnostics))
        result = 0; /* whoever needs it says so */
    else if (spec->process == ARRIVALS_COUNTS)
        result = check_counts(spec, diagnostics);
    while (result == 1 && file.rows < ROWS_CHECKED)
        result = trace_file_next(&file, column);
    if (result == 1)
        diagnostics_warning(diagnostics, file.name, file.line,
                            "the rows behind this one are taken to be in order of time; they are "
                            "checked as far as a run goes");
    trace_file_finish(&file);
    return result < 0 ? -1 : 0;
}

int trace_open(struct arrival_source *ret, const struct arrivals_spec *spec,
               struct diagnostics *diagnostics)
{
    *ret = (struct arrival_source){0};
    switch (spec->process) {
    case ARRIVALS_COUNTS:
        return counts_csv_open(ret, spec, diagnostics);
    case ARRIVALS_TRACE:
        return arrivals_csv_open(ret, spec, diagnostics);
    case ARRIVALS_POISSON:
    case ARRIVALS_CONSTANT:
    case ARRIVALS_PROFILE:
    case ARRIVALS_BURSTS:
    case ARRIVALS_SCHEDULE:
        break;
    }
    diagnostics_error(diagnostics, NULL, 0, "these arrivals do not come from a trace");
    return -1;
}
