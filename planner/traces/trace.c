/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traces/trace.h"

#include "traces/trace_file.h"
#include "traces/trace_formats.h"

#include <sys/stat.h>

bool trace_first_date(const struct arrivals_spec *spec, int64_t *ret_ns)
{
    struct stat status;
    if ((spec->process != ARRIVALS_COUNTS && spec->process != ARRIVALS_TRACE) ||
        spec->open != NULL || spec->file == NULL || stat(spec->file, &status) != 0 ||
        !S_ISREG(status.st_mode))
        return false;
    struct diagnostics unheard;
    struct trace_file file;
    size_t column;
    diagnostics_init(&unheard);
    const bool dated = trace_file_open(&file, spec, &unheard) == 0 &&
                       trace_file_column(&file, spec->time_column, "time_column", &column) == 0 &&
                       trace_file_next(&file, column) == 1 && trace_file_is_dated(&file);
    *ret_ns = file.first_ns;
    trace_file_finish(&file);
    diagnostics_finish(&unheard);
    return dated;
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
