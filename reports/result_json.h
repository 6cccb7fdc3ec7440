/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Members of a result's JSON that more than one file has. */
#ifndef REPORTS_RESULT_JSON_H
#define REPORTS_RESULT_JSON_H

#include "reports/json_fields.h"

/* json_begin, then "version", "name", "scenario", "region" and "as_of" of a run. */
void json_begin_run(struct json_writer *json, const struct result *run);
/* "mean", "ci95_low", "ci95_high", "replications" of `parent`. */
void json_put_estimate(struct json_writer *json, cJSON *parent,
                       const struct result_estimate *estimate);
/* The same as an object of its own; `name` as in json_put_object. */
void json_put_estimate_object(struct json_writer *json, cJSON *parent, const char *name,
                              const struct result_estimate *estimate);
void json_put_facts(struct json_writer *json, const struct result *result);
/* Cost, latency, objectives and bill of each option; its metrics are in summary.csv. */
void json_put_options(struct json_writer *json, const struct result *result);

#endif
