/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traces/trace.h"

#include "traces/trace_formats.h"

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
