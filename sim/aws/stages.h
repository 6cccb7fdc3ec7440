/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the latency of a function's successful requests comes from: the wait in the source,
 * back-off after throttles, the cold start, the run, and what was lost by runs that failed before
 * it. They add up to the latency.
 *
 * Most requests have nothing but a run: those cost nothing here. Memory is taken with the first
 * request that has something else.
 */
#ifndef AWS_STAGES_H
#define AWS_STAGES_H

#include "aws/simulation.h"

struct stages {
    struct histogram *delay;  /* one a stage but the run; only what is above 0. NULL: nothing was */
    struct histogram *failed; /* durations of runs that did not succeed. NULL: all did */
};

struct stage_times {
    int64_t wait_ns, throttle_ns, init_ns, retry_ns;
};

void stages_finish(struct stages *stages);
void stages_reset(struct stages *stages);
void stages_add(struct stages *stages, const struct stage_times *times);
void stages_add_failed(struct stages *stages, int64_t duration_ns);

/* `duration`: of all runs; `succeeded` of them did. */
void stages_report(const struct stages *stages, const struct histogram *duration,
                   uint64_t succeeded, const char *entity, const struct metric_sink *sink);

#endif
