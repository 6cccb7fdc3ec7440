/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Candidates: the designs of a grid that a search has looked at, each with as many replications as
 * it was worth so far, and what may be concluded from them.
 *
 * An objective holds for a design when the one-sided limit of Student's t over all replications is
 * on its side: at the confidence asked for, shared by the objectives (Bonferroni), and never closer
 * than the measurement is exact. A design is given up before it has all replications when
 *
 * - it is sure to miss: the limit over R values of which one is x is at least x min(1, (1+t)/R),
 *   whatever the others (t is Student's; for values that are not negative), because the limit is
 *   convex in the others and least where they are equal;
 * - the mean of all its replications would miss, at that confidence shared by all candidates, by
 * its own spread or by the pooled one;
 * - so it would be dearer than the leader's: by paired differences on common random numbers, or by
 *   ratios to the leader's costs, replication by replication, and their pooled spread (what one
 *   replication has more of, arrivals say, costs both in proportion; a few pairs tell little).
 *
 * Of n replications out of R the mean lies within t s sqrt((R - n) / (R n)) of the mean of all R.
 * The pooled spreads take candidates to have equal relative deviations, an assumption.
 */
#ifndef STUDIES_CANDIDATES_H
#define STUDIES_CANDIDATES_H

#include "studies/optimize.h"

struct candidate {
    size_t number; /* in the grid; the last axis changes fastest */
    struct setting *setting;
    struct design design;
    bool invalid; /* no scenario */
    double floor; /* USD a month when nothing arrives; NAN: unknown */
};

struct candidates {
    const struct optimize_request *request;
    const struct optimize_hooks *hooks;
    struct executor *executor;
    struct task_runner *runner;
    size_t designs;    /* of the grid */
    size_t **order;    /* by axis and rank: index of the value; numbers rise */
    bool *ordered;     /* by axis: else every value is next to every other */
    uint32_t *slot;    /* by number: index + 1 of the candidate; 0: not looked at */
    size_t *objective; /* those of the scenario that apply */
    size_t objectives;
    struct candidate **item;
    struct trials trials; /* of each candidate */
    size_t capacity;
    size_t runs, invalid;
    double invocations;
    double first_invocations; /* of first replications */
    size_t tried;             /* candidates with one at least */
    size_t best;              /* for progress; SIZE_MAX: none yet */
    char *reason;             /* why the first invalid one is */
};

/* 0, or -1 after an error: an open axis, too many designs. candidates_finish in both cases. */
int candidates_init(struct candidates *ret, struct executor *executor,
                    const struct optimize_request *request, const struct optimize_hooks *hooks,
                    struct diagnostics *diagnostics);
void candidates_finish(struct candidates *c);

/* Rank of a design's value on an axis, and the design with another rank there. */
size_t candidates_rank(const struct candidates *c, size_t number, size_t axis);
size_t candidates_move(const struct candidates *c, size_t number, size_t axis, size_t rank);

/* The candidate of that number; looked at now if it was not. */
size_t candidates_at(struct candidates *c, size_t number);

unsigned candidates_replications(const struct candidates *c, size_t i);
bool candidates_complete(const struct candidates *c, size_t i);

/* One more replication of each, together. */
enum study_status candidates_run(struct candidates *c, const size_t *which, size_t count,
                                 struct diagnostics *diagnostics);

/* By how much it misses so far: 0: it does not; INFINITY: nothing is known. `bound`: of each
 * objective that applies. */
double candidates_violation(const struct candidates *c, size_t i, const double *bound);
/* It misses an objective for good, or lacks memory. */
bool candidates_ruled_out(const struct candidates *c, size_t i, const double *bound);
/* It costs more than `leader`, with confidence. */
bool candidates_dearer(const struct candidates *c, size_t i, size_t leader);
/* It would cost more over all replications. */
bool candidates_behind(const struct candidates *c, size_t i, size_t leader);
/* In how many replications both have come out the same, to the last bit; 0: not in all of them.
 * What they differ in has no effect, it seems. */
unsigned candidates_alike(const struct candidates *c, size_t a, size_t b);
/* Whether `a` is to be preferred, on the replications that both have. */
bool candidates_prefer(const struct candidates *c, size_t a, size_t b, const double *bound);
/* `a` less `b` of what is minimized; the interval is of the confidence shared by all candidates. */
struct estimate candidates_lead(const struct candidates *c, size_t a, size_t b);
/* Degrees of freedom of the pooled spread of ratios to the leader's costs. */
size_t candidates_freedom(const struct candidates *c, size_t leader);

const struct objective_spec *candidates_objective(const struct candidates *c, size_t k);

#endif
