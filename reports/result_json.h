/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Members of a result's JSON that more than one file has. */
#ifndef REPORTS_RESULT_JSON_H
#define REPORTS_RESULT_JSON_H

#include "reports/json_fields.h"

/* "mean", "ci95_low", "ci95_high", "replications" of `parent`. */
void json_put_estimate(struct json_writer *json, cJSON *parent,
                       const struct result_estimate *estimate);
void json_put_facts(struct json_writer *json, const struct result *result);
/* Cost, latency, objectives and bill of each option; its metrics are in summary.csv. */
void json_put_options(struct json_writer *json, const struct result *result);

#endif
