/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Alarms tried on a simulated time series, so that a team can test them before the outage.
 *
 * At the end of each period an alarm looks for `evaluation_periods` datapoints and goes to ALARM
 * when `datapoints_to_alarm` of them breach, else to OK. It looks a little further back than that
 * (the evaluation range), so that single missing ones do not matter; only what is lacking then is
 * filled up with datapoints that breach or do not, as `treat_missing_data` says. With "ignore" the
 * state stays when none is good and too few breach. With "missing" it becomes INSUFFICIENT_DATA,
 * unless the oldest that breaches is at least `datapoints_to_alarm` periods old: then ALARM.
 * Source: CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data"; how much
 * further it looks is assumed from its tables (five for three): `alarm.further_datapoints` of
 * data/limits. The simulator's data are never late, and it looks once a period, not once a minute.
 */
#ifndef ENGINE_ALARMS_H
#define ENGINE_ALARMS_H

#include "plan/world.h"
#include "scenario/scenario.h"

#include "aws/model.h"

#include <lambdaplan/result.h>

struct alarms;

/* Before anything is simulated: an alarm on a metric or statistic that the scenario's time series
 * does not have is an error with what it has. */
void alarms_check(const struct scenario *scenario, const struct world *world,
                  struct diagnostics *diagnostics);

struct alarms *alarms_create(const struct scenario *scenario);
void alarms_destroy(struct alarms *alarms); /* NULL does nothing */

/* Who wants the time series: one for each alarm. */
const struct model_series *alarms_watch(const struct alarms *alarms, size_t *ret_count);

/* After the run: what each alarm did. An alarm whose metric never came is a warning. The result's
 * memory. */
struct result_alarm *alarms_finish(struct alarms *alarms, size_t *ret_count,
                                   struct diagnostics *diagnostics);

#endif
