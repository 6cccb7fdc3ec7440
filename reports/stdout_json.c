/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One object for a script: what summary.csv, comparison.csv and cost.csv say, and objectives. */
#include "reports/alarms.h"
#include "reports/exporters.h"
#include "reports/json_fields.h"
#include "reports/verdict.h"

static void put_estimate(struct json_writer *json, cJSON *parent,
                         const struct result_estimate *estimate)
{
    json_put_number(json, parent, "mean", estimate->mean);
    json_put_number(json, parent, "ci95_low", estimate->low);
    json_put_number(json, parent, "ci95_high", estimate->high);
    json_put_integer(json, parent, "replications", estimate->count);
}

static void put_estimate_object(struct json_writer *json, cJSON *parent, const char *name,
                                const struct result_estimate *estimate)
{
    put_estimate(json, json_put_object(json, parent, name), estimate);
}

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
            put_estimate(json, item, &metric->value);
        }
}

static void put_bill_line(struct json_writer *json, cJSON *array, const struct bill_line *line,
                          bool common)
{
    char text[BILL_QUANTITY_TEXT_SIZE];
    cJSON *const item = json_put_object(json, array, NULL);
    json_put_text(json, item, "entity", line->entity);
    json_put_text(json, item, "service", line->service);
    json_put_text(json, item, "sku", line->sku);
    json_put_text(json, item, "region", line->region);
    json_put_text(json, item, "unit", line->unit);
    json_put_text(json, item, "quantity",
                  bill_format_quantity(line->quantity, line->per_unit, text));
    json_put_text(json, item, "free_quantity",
                  bill_format_quantity(line->free_quantity, line->per_unit, text));
    json_put_money(json, item, "unit_price_usd", line->unit_price);
    json_put_integer(json, item, "tier_from", (uint64_t)line->tier_from);
    json_put_money(json, item, "cost_usd", line->cost);
    json_put_text(json, item, "price_effective_from", line->effective_from);
    json_put_bool(json, item, "common", common);
}

static void put_objective(struct json_writer *json, cJSON *array,
                          const struct result_objective *objective)
{
    cJSON *const item = json_put_object(json, array, NULL);
    json_put_text(json, item, "text", objective->text);
    json_put_text(json, item, "metric", objective->metric);
    json_put_text(json, item, "unit", objective->unit);
    json_put_number(json, item, objective->at_most ? "at_most" : "at_least", objective->bound);
    json_put_text(json, item, "verdict", verdict_text(objective_verdict(objective)));
    json_put_bool(json, item, "known", objective->known);
    json_put_bool(json, item, "met", objective->known && objective->met);
    json_put_bool(json, item, "sure", objective->known && objective->sure);
    put_estimate(json, item, &objective->value);
}

static void put_option(struct json_writer *json, cJSON *array, const struct result_option *option)
{
    cJSON *const item = json_put_object(json, array, NULL);
    json_put_text(json, item, "name", option->name);
    json_put_text(json, item, "kind", option->kind);
    json_put_text(json, item, "note", option->note);
    json_put_money(json, item, "monthly_cost_usd", option->bill.total);
    json_put_usd(json, item, "monthly_cost_usd_ci95_low", option->monthly_cost_usd.low);
    json_put_usd(json, item, "monthly_cost_usd_ci95_high", option->monthly_cost_usd.high);
    json_put_number(json, item, "relative_cost", option->relative_cost);
    put_estimate_object(json, item, "latency_ms_p50", &option->latency_ms_p50);
    put_estimate_object(json, item, "latency_ms_p95", &option->latency_ms_p95);
    put_estimate_object(json, item, "latency_ms_p99", &option->latency_ms_p99);
    put_estimate_object(json, item, "lost", &option->lost);
    put_estimate_object(json, item, "utilization", &option->utilization);
    json_put_bool(json, item, "meets_objectives", option->meets_objectives);
    json_put_text(json, item, "verdict", verdict_text(option_verdict(option)));
    cJSON *const objectives = json_put_array(json, item, "objectives");
    for (size_t i = 0; i < option->objectives; i++)
        put_objective(json, objectives, &option->objective[i]);
    cJSON *const bill = json_put_array(json, item, "bill");
    for (size_t i = 0; i < option->bill.count; i++)
        put_bill_line(json, bill, &option->bill.line[i],
                      option->common != NULL && option->common[i]);
}

int report_stdout_json(const struct result *result, FILE *out, struct diagnostics *diagnostics)
{
    struct output *output = output_to_stream(out, "standard output");
    struct json_writer json;
    json_begin(&json);
    json_put_text(&json, json.root, "version", LAMBDAPLAN_VERSION);
    json_put_text(&json, json.root, "name", result->scenario_name);
    json_put_raw(&json, json.root, "scenario", result->scenario_json);
    json_put_text(&json, json.root, "region", result->region);
    json_put_text(&json, json.root, "as_of", result->as_of);
    json_put_integer(&json, json.root, "seed", result->seed);
    json_put_integer(&json, json.root, "replications", result->replications);
    json_put_number(&json, json.root, "duration_s", result->duration_s);
    json_put_number(&json, json.root, "month_hours", result->month_hours);
    json_put_bool(&json, json.root, "free_tier", result->free_tier);
    cJSON *const facts = json_put_array(&json, json.root, "facts");
    for (size_t i = 0; i < result->facts; i++)
        json_put_text(&json, facts, NULL, result->fact[i]);
    put_metrics(&json, result);
    cJSON *const options = json_put_array(&json, json.root, "options");
    for (size_t i = 0; i < result->options; i++)
        put_option(&json, options, &result->option[i]);
    json_put_alarms(&json, json.root, result);
    json_put_warnings(&json, json.root, "warnings", &result->notes);
    json_end(&json, output);
    return output_commit(&output, 1, diagnostics);
}
