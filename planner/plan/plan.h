/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A plan: a scenario at its date as a configuration of the simulator. The user's units become the
 * simulator's here, and the limits of the era are looked up; nothing is simulated yet.
 */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include "aws/model.h"
#include "plan/world.h"
#include "scenario/scenario.h"

struct plan;

/* The Lambda design, or with `baseline` the same work on servers; `fleet_size` above 0 fixes the
 * number of instances whatever the baseline says. The scenario was checked against the world's
 * runtimes and instances. Scenario, world and diagnostics must outlive the plan: traces report
 * there. */
struct plan *plan_create(const struct scenario *scenario, const struct world *world,
                         const struct baseline_spec *baseline, unsigned fleet_size,
                         struct diagnostics *diagnostics);
void plan_destroy(struct plan *plan);

/* Traces with dates keep what lies between them: the run begins with the first of them all, in ns
 * of the epoch. False when no trace tells dates, or there is only one. `ret_first_ns` may be NULL:
 * per workload when its trace begins, or PLAN_NO_DATE. Each file is opened once. */
#define PLAN_NO_DATE INT64_MAX
bool plan_zero(const struct scenario *scenario, int64_t *ret_first_ns, int64_t *ret_ns);

/* The quota of an API, whose limits begin with `key`, in the scenario's region; rate 0: none is
 * known. Without a burst of its own: what comes in a second. */
struct model_api_limit plan_api_limit(const struct scenario *scenario, const struct world *world,
                                      const char *key);
/* The same of StartExecution, for machines of a type. */
struct model_api_limit plan_start_limit(const struct scenario *scenario, const struct world *world,
                                        enum state_machine_spec_type type);

/* At the scenario's date Lambda ends chains that call a function too often. */
bool plan_lambda_stops_loops(const struct scenario *scenario, const struct world *world);

const struct model_config *plan_model(const struct plan *plan);

#endif
