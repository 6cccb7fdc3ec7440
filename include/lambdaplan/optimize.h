/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The result of a search for the best design of a scenario: the answer, the next best, what was
 * tried, and what the objectives cost. Plain data, computed elsewhere.
 */
#ifndef LAMBDAPLAN_OPTIMIZE_H
#define LAMBDAPLAN_OPTIMIZE_H

#include <lambdaplan/sweep.h>

/* What an objective costs: the answer if its bound were 10 % wider. */
struct optimize_relaxation {
    double bound; /* the wider one; NAN: a bound of 0 has no wider one by a part of it */
    size_t point; /* the answer then; the answer itself where the objective does not bind */
    struct result_estimate saving; /* of what is minimized; paired */
};

struct optimize_result {
    /* What was tried: points in the order of the grid. `reference` is the answer, or the least bad
     * where none was found; `meets_objectives` is with confidence where a design has all
     * replications, by its mean where it was given up before. */
    struct sweep_result tried;
    char *metric, *unit;           /* minimized: "monthly_cost_usd", "USD" */
    struct result_estimate *value; /* of it, by point */
    double confidence;
    bool found;
    bool has_runner_up;
    size_t runner_up;
    struct result_estimate
        lead;      /* runner-up less answer; at `confidence`, of all designs at once */
    size_t rivals; /* tried designs that may be as good, at that confidence */
    struct optimize_relaxation *relaxation; /* by objective; NULL unless found */
    size_t designs;                         /* of the grid */
    size_t too_dear; /* not tried: what is paid when nothing arrives is more already */
    size_t invalid;  /* not tried: no scenarios */
    size_t runs, grid_runs;
    double invocations, grid_invocations; /* simulated; the grid's by the mean of what was tried */
};

/* How many of the designs tried would be better than the answer (SIZE_MAX as `ret_best`: none) and
 * meet every objective by their mean, but not with that confidence; `ret_best`: the best of them.
 */
size_t optimize_undecided(const struct optimize_result *result, size_t *ret_best);
void optimize_result_finish(struct optimize_result *result);

#endif
