/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The formats behind trace_open: each fills an arrival_source; 0, or -1 after an error. */
#ifndef TRACES_TRACE_FORMATS_H
#define TRACES_TRACE_FORMATS_H

#include "traces/trace.h"

/* A row is a bin: its start and how many arrived in it. */
int counts_csv_open(struct arrival_source *ret, const struct arrivals_spec *spec,
                    struct diagnostics *diagnostics);
/* A row is one arrival: its time and, if columns are named, size, key and duration. */
int arrivals_csv_open(struct arrival_source *ret, const struct arrivals_spec *spec,
                      struct diagnostics *diagnostics);

#endif
