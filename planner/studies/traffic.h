/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * More or less of a scenario's traffic, as designs: every workload's rate_scale times one factor,
 * and, where asked for, its arrivals as bursts of the same mean rate. Schedules stay as they are.
 *
 * Burstiness is the rate in a burst over the mean rate. Half of the arrivals come in bursts, which
 * then take 1 / (2 x burstiness) of the time and last a minute on average, or what a workload of
 * process bursts says; 1 is a Poisson process. (An MMPP-2 whose free parameters are set by these
 * assumptions.)
 */
#ifndef STUDIES_TRAFFIC_H
#define STUDIES_TRAFFIC_H

#include "studies/trials.h"

struct traffic {
    const struct scenario *scenario;
    const char *workload; /* the only one that is scaled; NULL: all */
    bool shards;          /* provisioned streams have shards in proportion, rounded up */
    size_t *arrivals;     /* metrics of the task base whose sum is all that arrives */
    size_t arrivals_count;
};

/* Wants the metrics that count arrivals. 0, or -1 after an error at `place`: no such workload, or
 * only schedules.
 * traffic_finish in both cases. */
int traffic_init(struct traffic *ret, struct task_base *base, const struct scenario *scenario,
                 const char *workload, const char *place, struct diagnostics *diagnostics);
void traffic_finish(struct traffic *traffic);

/* Whether burstiness can be said of what is scaled: profiles, counts and traces have their own. 0,
 * or -1 after an error at `place`. */
int traffic_check_bursts(const struct traffic *traffic, const char *place,
                         struct diagnostics *diagnostics);

/* `burstiness` NAN: arrivals as they are. `on_demand`: Lambda and baselines pay on demand,
 * whatever the scenario says. traffic_design_free it. */
struct design *traffic_design(const struct traffic *traffic, double factor, double burstiness,
                              bool on_demand);
void traffic_design_free(struct design *design);

/* Requests, messages and records of one run, warm-up left out, that come from outside. */
double traffic_arrivals_simulated(const struct traffic *traffic, const struct trials *trials,
                                  size_t trial);
/* Requests, messages and records a month that come from outside, of a trial of the Lambda design.
 */
double traffic_arrivals(const struct traffic *traffic, const struct trials *trials, size_t trial);

#endif
