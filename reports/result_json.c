/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of a result that standard output and run.json have in common; studies/result_reader.c
 * reads them back. */
#include "reports/result_json.h"

#include "reports/verdict.h"

void json_begin_run(struct json_writer *json, const struct result *run)
{
    json_begin(json);
    json_put_text(json, json->root, "version", LAMBDAPLAN_VERSION);
    json_put_text(json, json->root, "name", run->scenario_name);
    json_put_raw(json, json->root, "scenario", run->scenario_json);
    json_put_text(json, json->root, "region", run->region);
    json_put_text(json, json->root, "as_of", run->as_of);
}

void json_put_estimate(struct json_writer *json, cJSON *parent,
                       const struct result_estimate *estimate)
{
    json_put_number(json, parent, "mean", estimate->mean);
    json_put_number(json, parent, "ci95_low", estimate->low);
    json_put_number(json, parent, "ci95_high", estimate->high);
    json_put_integer(json, parent, "replications", estimate->count);
}

void json_put_estimate_object(struct json_writer *json, cJSON *parent, const char *name,
                              const struct result_estimate *estimate)
{
    json_put_estimate(json, json_put_object(json, parent, name), estimate);
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
    json_put_bool(json, item, "unfinished", result_is_open(&objective->value));
    json_put_estimate(json, item, &objective->value);
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
    json_put_estimate_object(json, item, "latency_ms_p50", &option->latency_ms_p50);
    json_put_estimate_object(json, item, "latency_ms_p95", &option->latency_ms_p95);
    json_put_estimate_object(json, item, "latency_ms_p99", &option->latency_ms_p99);
    json_put_estimate_object(json, item, "lost", &option->lost);
    json_put_estimate_object(json, item, "utilization", &option->utilization);
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

void json_put_facts(struct json_writer *json, const struct result *result)
{
    cJSON *const facts = json_put_array(json, json->root, "facts");
    for (size_t i = 0; i < result->facts; i++)
        json_put_text(json, facts, NULL, result->fact[i]);
}

void json_put_options(struct json_writer *json, const struct result *result)
{
    cJSON *const options = json_put_array(json, json->root, "options");
    for (size_t i = 0; i < result->options; i++)
        put_option(json, options, &result->option[i]);
}
