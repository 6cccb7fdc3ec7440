/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A sweep: every combination of some values of a scenario, or a sample of them, each simulated and
 * priced; which meet the objectives, what they cost against the best of them, and the Pareto front
 * over cost and each objective.
 */
#ifndef STUDIES_SWEEP_H
#define STUDIES_SWEEP_H

#include "engine/axis.h"
#include "studies/trials.h"

#include <lambdaplan/sweep.h>

struct sweep_request {
    const struct scenario *scenario; /* as written */
    const size_t *metric;            /* of its objectives: task_base_want_objectives */
    const struct axis *axis;
    size_t axes;
    size_t sample;      /* designs of a Latin hypercube; 0: the grid */
    const char *option; /* a baseline; NULL: the Lambda design */
    unsigned replications;
    double precision; /* as in trial_rule; cost and the objectives' metrics are watched */
    unsigned most;
};

struct sweep_hooks {
    /* `best`: USD a month of the cheapest design so far that meets the objectives; NAN: none yet.
     */
    bool (*keep_on)(void *context, const struct executor_progress *progress, double best);
    /* At once: a design cannot be run, `why`, and the others go on. */
    void (*left_out)(void *context, const char *why);
    void *context;
};

/* Fills `ret` (sweep_result_finish it in every case). All designs are read before the first runs;
 * one that is no valid scenario, or runs away, is a point without figures, unless all are.
 * With a shard `ret_missing` tasks are left to others, and `ret` has no points. */
enum study_status sweep_run(struct sweep_result *ret, struct executor *executor,
                            const struct sweep_request *request, const struct sweep_hooks *hooks,
                            size_t *ret_missing, struct diagnostics *diagnostics);

/* For other studies that try designs: what `ret` says of the scenario, before; and its points,
 * against point `reference`, after. */
void sweep_describe(struct sweep_result *ret, const struct sweep_request *request,
                    const struct task_base *base);
void sweep_conclude(struct sweep_result *ret, const struct sweep_request *request,
                    const struct designs *designs, const struct trials *trials, size_t reference);

#endif
