/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The traffic at which the Lambda design and each baseline cost the same under the same objectives.
 *
 * A curve over traffic is simulated first, because there may be several crossings or none; each
 * change of sign of the mean paired difference is then looked at around the zero of the line and,
 * where that does not halve it, bisected in the logarithm of traffic, until it is known to half a
 * percent, or luck decides on both sides (both intervals hold 0). Where both serve on both sides,
 * by as many servers, costs are nearly a line: one run at its zero is enough if that moves the zero
 * by no more than half a percent; none, for a group of one size, if the neighbours on the curve
 * leave the line no more room. Where crossings that hide each other are looked for, Lambda's own
 * cost is taken from such a line; on both sides of a crossing it is a run's. A baseline of sizing
 * `smallest` has its size searched for each traffic, between what less and more traffic need; where
 * an option does not serve, its cost is on the curve, but a crossing there is none.
 *
 * Purchase options share the simulation: instances that are always there (all of a fixed group,
 * min_size of one that scales) cost the reserved price for every hour, others the price on demand.
 * A purchase is held against Lambda on demand and, where there is one of the same term and payment,
 * under a Compute Savings Plan.
 */
#ifndef STUDIES_BREAKEVEN_H
#define STUDIES_BREAKEVEN_H

#include "engine/axis.h"
#include "studies/traffic.h"

#include <lambdaplan/breakeven.h>

struct breakeven_request {
    const struct scenario *scenario;
    const cJSON *root;
    const struct world *world;
    const struct traffic *traffic;
    const size_t *metric; /* of the objectives: task_base_want_objectives */
    const double *factor; /* of the curve: rising, at least two */
    size_t factors;
    const double *burstiness; /* one that is NAN: as in the scenario */
    size_t burstinesses;
    const char *option; /* a baseline; NULL: all */
    unsigned replications;
};

struct breakeven_hooks {
    /* `best`: the traffic of a crossing, as far as it is known; NAN: none yet. */
    bool (*keep_on)(void *context, const struct executor_progress *progress, double best);
    void *context;
};

/* The metrics that it takes, before the session starts. */
void breakeven_want(struct task_base *base, const struct scenario *scenario);

/* Fills `ret` (breakeven_result_finish it in every case). */
enum study_status breakeven_run(struct breakeven_result *ret, struct executor *executor,
                                const struct breakeven_request *request,
                                const struct breakeven_hooks *hooks,
                                struct diagnostics *diagnostics);

#endif
