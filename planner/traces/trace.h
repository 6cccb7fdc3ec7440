/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Arrivals from a CSV file, as the simulator wants them: exact arrivals or counts per bin, streamed
 * with bounded memory. Adding a format: one file that fills an arrival_source, and one line in
 * trace.c.
 *
 * Times are relative to the first of them, or to the specification's zero; decimals become ns from
 * their digits, not through a double. Counts may come in any order (the first million rows), exact
 * arrivals must be sorted, because memory does not grow with them. A trace that repeats starts over
 * where its last bin ends, or one mean gap behind its last arrival. Errors, each with file and
 * line, end the source: a missing column, a field that is no number (or negative, NAN, infinite), a
 * fraction of an arrival or a byte, a key that is empty or longer than 256 bytes, an arrival whose
 * time goes backwards, bins that overlap, an empty trace.
 */
#ifndef TRACES_TRACE_H
#define TRACES_TRACE_H

#include "aws/arrivals.h"
#include "scenario/scenario.h"

#include <lambdaplan/diagnostics.h>

/* Opens the file of an ARRIVALS_COUNTS or ARRIVALS_TRACE spec. 0, or -1 after an error. The
 * diagnostics must outlive the source: later errors go there too. */
int trace_open(struct arrival_source *ret, const struct arrivals_spec *spec,
               struct diagnostics *diagnostics);

/* Whether all times of a file can be replayed, however little of it a run needs: all of its counts,
 * and the order of a trace's first ten million arrivals (with a warning where more follow). 0, or
 * -1 after an error; 0 for what is no file, or can be read only once. */
int trace_check(const struct arrivals_spec *spec, struct diagnostics *diagnostics);

/* The first time as ns of the epoch, if it is a date. False for times since some beginning,
 * files that can be read only once, and those with errors, which trace_open reports. */
bool trace_first_date(const struct arrivals_spec *spec, int64_t *ret_ns);

#endif
