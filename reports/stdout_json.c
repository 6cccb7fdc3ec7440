/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One object for a script: what summary.csv, comparison.csv and cost.csv say, and objectives. */
#include "reports/alarms.h"
#include "reports/exporters.h"
#include "reports/result_json.h"

static void put_metrics(struct json_writer *json, const struct result *result)
{
    cJSON *const array = json_put_array(json, json->root, "metrics");
    for (size_t i = 0; i < result->options; i++)
        for (size_t j = 0; j < result->option[i].metrics; j++) {
            const struct result_metric *const metric = &result->option[i].metric[j];
            cJSON *const item = json_put_object(json, array, NULL);
            json_put_text(json, item, "entity", metric->entity);
            json_put_text(json, item, "metric", metric->metric);
            json_put_text(json, item, "unit", metric->unit);
            json_put_estimate(json, item, &metric->value);
        }
}

int report_stdout_json(const struct result *result, FILE *out, struct diagnostics *diagnostics)
{
    struct output *output = output_to_stream(out, "standard output");
    struct json_writer json;
    json_begin_run(&json, result);
    json_put_integer(&json, json.root, "seed", result->seed);
    json_put_integer(&json, json.root, "replications", result->replications);
    json_put_number(&json, json.root, "duration_s", result->duration_s);
    json_put_number(&json, json.root, "month_hours", result->month_hours);
    json_put_bool(&json, json.root, "free_tier", result->free_tier);
    json_put_facts(&json, result);
    put_metrics(&json, result);
    json_put_options(&json, result);
    json_put_alarms(&json, json.root, result);
    json_put_warnings(&json, json.root, "warnings", &result->notes);
    json_end(&json, output);
    return output_commit(&output, 1, diagnostics);
}
