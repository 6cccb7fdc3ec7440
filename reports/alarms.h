/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the alarms of a scenario did, for every report. */
#ifndef REPORTS_ALARMS_H
#define REPORTS_ALARMS_H

#include "reports/json_fields.h"
#include "reports/text_table.h"

#include <lambdaplan/result.h>

/* "fired" or "silent". */
const char *alarm_verdict(const struct result_alarm *alarm);
/* "fires at 2 h 1 min, clears at 2 h 20 min; 1 time, 19 min in all"; free() it. */
char *alarm_story(const struct result_alarm *alarm);
/* One row an alarm; text_table_finish it. */
void alarms_table(struct text_table *ret, const struct result *result);
/* "alarms": [...] of `parent`. */
void json_put_alarms(struct json_writer *json, cJSON *parent, const struct result *result);

#endif
