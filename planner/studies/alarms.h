/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Alarms tried on a simulated time series, so that a team can test them before the outage.
 *
 * At the end of each period an alarm looks at the last `evaluation_periods` datapoints and goes to
 * ALARM when `datapoints_to_alarm` of them breach, else to OK. A period without data counts as
 * `treat_missing_data` says; with "missing" it counts as none, and where all are missing the state
 * is INSUFFICIENT_DATA; with "ignore" a missing one keeps the state unless the others decide it.
 * Source: CloudWatch user guide, "Using CloudWatch alarms". CloudWatch may look further back than
 * `evaluation_periods` for data that come late; the simulator's are never late.
 */
#ifndef STUDIES_ALARMS_H
#define STUDIES_ALARMS_H

#include "scenario/scenario.h"

#include "aws/model.h"

#include <lambdaplan/result.h>

struct alarms;

struct alarms *alarms_create(const struct scenario *scenario);
void alarms_destroy(struct alarms *alarms); /* NULL does nothing */

/* Who wants the time series: one for each alarm. */
const struct model_series *alarms_watch(const struct alarms *alarms, size_t *ret_count);

/* After the run: what each alarm did. An alarm whose metric never came is a warning that names
 * those that there are. The result's memory. */
struct result_alarm *alarms_finish(struct alarms *alarms, size_t *ret_count,
                                   struct diagnostics *diagnostics);

#endif
