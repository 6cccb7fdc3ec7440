/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One option of a study, simulated and priced: replications, their metrics with intervals, the bill
 * of the mean usage, and whether the objectives hold.
 */
#ifndef ENGINE_EVALUATE_H
#define ENGINE_EVALUATE_H

#include "engine/replications.h"

#include <lambdaplan/result.h>

/* `baseline` NULL: the Lambda design. `fleet_size` as in plan_create. On success `ret` is filled
 * but for what needs other options (relative_cost, common). The run's events and invocations are
 * added to the counters. */
enum study_status evaluate_option(struct result_option *ret, const struct scenario *scenario,
                                  const struct world *world, const struct baseline_spec *baseline,
                                  unsigned fleet_size, const struct study_hooks *hooks,
                                  uint64_t *events, uint64_t *invocations,
                                  struct diagnostics *diagnostics);

/* How the usage of one replication becomes a month's bill. */
struct bill_options evaluate_bill_options(const struct scenario *scenario);

/* Whether a value keeps an objective's bound: what has not `ended` with its run keeps no upper one,
 * and what was never observed (NAN) none. */
bool objective_kept(const struct objective_spec *objective, double value, bool ended);
/* Whether an estimate keeps an objective's bound, and whether its whole interval says the same.
 * What had not ended with the run (`high` INFINITY) keeps no upper bound. */
void objective_judge(const struct objective_spec *objective, const struct result_estimate *value,
                     bool *ret_met, bool *ret_sure);
/* False for an objective of a baseline that `option` (NULL: the Lambda design) is not. */
bool objective_applies(const struct objective_spec *objective, const char *option);
/* Of summary.csv's names: "records_lost", "throttles". */
bool metric_counts_losses(const char *metric);

/* The mean of a metric of the option; NAN when it has none. */
double option_metric(const struct result_option *option, const char *entity, const char *metric);

#endif
