/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A curve over traffic: the Lambda design and the baselines at as many traffics as a study asks
 * for, a round of them at once. A baseline of sizing `smallest` has its size searched at each.
 */
#ifndef STUDIES_CURVE_H
#define STUDIES_CURVE_H

#include "studies/breakeven.h"

#define CURVE_RESOLUTION 1.005 /* a ratio of two traffics that need not be told apart */

/* An option at one traffic. */
struct curve_sample {
    bool wanted, there;
    bool serves;      /* meets the objectives but those of cost, and refuses nothing */
    bool sure;        /* so do the 95 % intervals */
    unsigned size;    /* of a group whose size was searched; 0: as the baseline says */
    double instances; /* mean over the run; Lambda: NAN */
    double *cost;     /* USD a month, by replication; pays on demand */
    double *hours;    /* of instances on demand, a month, by replication */
    double *planned;  /* Lambda: cost by plan and replication */
};

struct curve_point {
    double burstiness, factor;
    bool scanned;
    struct design *design;
    double arrivals;                       /* a month */
    struct curve_sample lambda, *baseline; /* by the scenario's baselines */
};

struct curve {
    const struct breakeven_request *request;
    const struct trials_hooks *hooks;
    struct executor *executor;
    size_t *refused; /* metrics by baseline: requests that it refuses; its instances */
    size_t *instances;
    const char *const *plan; /* Compute Savings Plans that Lambda could be under */
    size_t plans;
    size_t *planned;            /* metric by plan: the cost under it */
    struct curve_point **point; /* in order of first wish */
    size_t points, capacity;
};

/* The metrics that it takes, before the session starts. */
void curve_want(struct task_base *base, const struct scenario *scenario);
/* The choices of a path of the scenario, and their number. */
const char *const *curve_choices(const cJSON *root, const char *path, size_t *ret_count);

void curve_init(struct curve *ret, struct executor *executor,
                const struct breakeven_request *request, const struct trials_hooks *hooks);
void curve_finish(struct curve *curve);

/* Two burstinesses: NAN is one, too. */
bool curve_same(double a, double b);
/* The point there; of a new one nothing is wanted. */
struct curve_point *curve_at(struct curve *curve, double burstiness, double factor);
/* Runs all that is wanted and not there. */
enum study_status curve_run(struct curve *curve, struct diagnostics *diagnostics);

/* What the Lambda design costs there, USD a month, in one replication, under a plan (SIZE_MAX: on
 * demand). Where it has not run, by the line between its neighbours, and it serves as they do. */
double curve_lambda_cost(const struct curve *curve, const struct curve_point *point, size_t plan,
                         unsigned replication);
bool curve_lambda_serves(const struct curve *curve, const struct curve_point *point);
/* Whether that line is good enough to decide by where to look further: both neighbours serve, and
 * traffic is not half a percent off where the line has a cost. */
bool curve_lambda_is_line(const struct curve *curve, const struct curve_point *point);

struct curve_place {
    double x, y; /* y NAN: not known */
};
/* How far a function is at most from the line between the inner two of four places, by rising x, if
 * it bends to one side only: the lines through the outer ones hold it on the other side. INFINITY:
 * neither outer one is known. */
double curve_off_line(const struct curve_place place[4]);

/* Whether a group of a size serves at a traffic, as sure as all replications are. */
struct curve_question {
    double burstiness, factor;
    size_t baseline;
    unsigned size;
    bool serves, sure; /* answers; sure: so do the 95 % intervals */
};
/* The greatest traffic up to `most` where a group of that size is known to serve for sure, as it
 * then does with less; NAN: there is none. */
double curve_sure_below(const struct curve *curve, double burstiness, size_t baseline,
                        unsigned size, double most);
enum study_status curve_ask(struct curve *curve, struct curve_question *question, size_t count,
                            struct diagnostics *diagnostics);

#endif
