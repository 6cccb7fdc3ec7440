/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Paths of requests as Chrome trace events, which Perfetto and chrome://tracing open: a JSON array
 * ("Trace Event Format", JSON Array Format). A process is a function, a thread one of its execution
 * environments, with a slice for each initialisation and each run. What a request waited for before
 * its run is an asynchronous slice of its function: since it came or since the run before failed,
 * and from the first time that it was refused. All of its back-off after refusals, and of its
 * failed runs and what followed them, stands with its run as `throttled_ms` and `failed_tries_ms`.
 */
#ifndef REPORTS_TRACE_EVENTS_H
#define REPORTS_TRACE_EVENTS_H

#include "support/output_file.h"

#include <stdint.h>

#define TRACE_EVENTS_REQUESTS_MAX 100000 /* in a file: some 60 MB */

/* Times in ns of the run. */
struct trace_events_request {
    const char *function, *outcome;
    uint32_t environment;
    bool provisioned;
    int64_t arrival_ns, invoked_ns, began_ns, end_ns;
    int64_t throttled_ns, retried_ns, calling_ns; /* parts of the time before, and of the run */
    int64_t failed_ns, refused_ns; /* the run before failed, 0: none; first refused since, or -1 */
};

struct trace_events;

/* NULL after an error. */
struct trace_events *trace_events_open(const char *path, struct diagnostics *diagnostics);
/* Text is copied at once. Beyond the most that a file holds requests are only counted. */
void trace_events_put(struct trace_events *trace, const struct trace_events_request *request);
/* The file appears; a note says what was left out. 0, or -1 after an error. */
int trace_events_close(struct trace_events *trace, struct diagnostics *diagnostics);
void trace_events_abandon(struct trace_events *trace); /* NULL does nothing */

#endif
