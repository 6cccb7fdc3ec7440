/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The best design of a grid: the least cost (or another metric) of those that meet every objective
 * with a given confidence, found with few simulated invocations.
 *
 * - Small grids are tried whole, large ones searched: from several starts by steps along the axes
 *   that halve (Hooke and Jeeves 1961, doi:10.1145/321062.321069), and around the winner along two
 *   axes at once and along whole axes, because costs that are billed in steps have many minima. The
 *   first start is the middle; further ones are spread by a Halton sequence until a fiftieth of the
 *   grid's invocations is spent or twelve were tried.
 * - All are tried once; only those that may be the answer get further replications (a race), of
 *   those that come out the same to the last bit only the first in the grid.
 * - What a design costs when nothing arrives is known without simulated invocations; where that is
 *   more than the best has cost so far, it is not tried.
 *
 * The answer of a searched grid is the best that was tried and better than all its neighbours.
 */
#ifndef STUDIES_OPTIMIZE_H
#define STUDIES_OPTIMIZE_H

#include "studies/sweep.h"

#include <lambdaplan/optimize.h>

struct optimize_request {
    struct sweep_request sweep; /* sample 0, precision 0; at least 2 replications */
    size_t figure;              /* minimized: TASK_COST or task_metric_at */
    double confidence;          /* 0.5 .. 1 */
};

struct optimize_hooks {
    /* `best`: of what is minimized, so far; NAN: none yet. */
    bool (*keep_on)(void *context, const struct executor_progress *progress, double best);
    void *context;
};

/* Fills `ret` (optimize_result_finish it in every case). */
enum study_status optimize_run(struct optimize_result *ret, struct executor *executor,
                               const struct optimize_request *request,
                               const struct optimize_hooks *hooks, struct diagnostics *diagnostics);

#endif
