/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One option of a study, simulated and priced: replications, their metrics with intervals, the bill
 * of the mean usage, and whether the objectives hold.
 */
#ifndef STUDIES_EVALUATE_H
#define STUDIES_EVALUATE_H

#include "scenario/scenario.h"
#include "studies/plan.h"
#include "studies/world.h"

#include <lambdaplan/result.h>

/* What happens outside while a study runs. */
struct study_hooks {
    /* `fraction` of this option's work; false: stop. NULL: nothing to do. */
    bool (*keep_on)(void *context, double fraction, const char *label, uint64_t events);
    void *context;
    const struct series_sink *series; /* of the first replication; NULL: none */
};

enum study_status { STUDY_DONE, STUDY_STOPPED, STUDY_FAILED };

/* `baseline` NULL: the Lambda design. `fleet_size` as in plan_create. On success `ret` is filled
 * but for what needs other options (relative_cost, common). The run's events and invocations are
 * added to the counters. */
enum study_status evaluate_option(struct result_option *ret, const struct scenario *scenario,
                                  const struct world *world, const struct baseline_spec *baseline,
                                  unsigned fleet_size, const struct study_hooks *hooks,
                                  uint64_t *events, uint64_t *invocations,
                                  struct diagnostics *diagnostics);

/* The mean of a metric of the option; NAN when it has none. */
double option_metric(const struct result_option *option, const char *entity, const char *metric);

#endif
