/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A search for break-even traffic as one object for a script. */
#include "reports/breakeven_exporters.h"

#include "reports/result_json.h"

static void put_baselines(struct json_writer *json, const struct breakeven_result *result)
{
    cJSON *const array = json_put_array(json, json->root, "baselines");
    for (size_t k = 0; k < result->baselines; k++) {
        const struct breakeven_baseline *const b = &result->baseline[k];
        cJSON *const item = json_put_object(json, array, NULL);
        json_put_text(json, item, "name", b->name);
        json_put_text(json, item, "note", b->note);
        cJSON *const purchases = json_put_array(json, item, "purchases");
        for (size_t i = 0; i < b->purchases; i++) {
            cJSON *const purchase = json_put_object(json, purchases, NULL);
            json_put_text(json, purchase, "name", b->purchase[i].name);
            json_put_text(json, purchase, "lambda", b->purchase[i].lambda_name);
            json_put_bool(json, purchase, "price_known", b->purchase[i].known);
        }
    }
}

static void put_crossings(struct json_writer *json, const struct breakeven_result *result)
{
    cJSON *const array = json_put_array(json, json->root, "crossings");
    for (size_t i = 0; i < result->crossings; i++) {
        const struct breakeven_crossing *const c = &result->crossing[i];
        const struct breakeven_baseline *const b = &result->baseline[c->baseline];
        cJSON *const item = json_put_object(json, array, NULL);
        json_put_number(json, item, "burstiness", c->burstiness);
        json_put_text(json, item, "baseline", b->name);
        json_put_text(json, item, "purchase", b->purchase[c->purchase].name);
        json_put_text(json, item, "lambda_purchase", b->purchase[c->purchase].lambda_name);
        json_put_estimate_object(json, item, "traffic", &c->traffic);
        json_put_number(json, item, "arrivals_per_month", c->arrivals);
        json_put_number(json, item, "monthly_cost_usd", c->monthly_cost_usd);
        json_put_text(json, item, "lambda_cheaper", c->lambda_dearer_above ? "below" : "above");
        json_put_bool(json, item, "jump", c->jump);
    }
}

static void put_samples(struct json_writer *json, cJSON *point,
                        const struct breakeven_result *result, const struct breakeven_point *p)
{
    cJSON *const array = json_put_array(json, point, "baselines");
    for (size_t k = 0; k < result->baselines; k++) {
        const struct breakeven_baseline *const b = &result->baseline[k];
        const struct breakeven_sample *const sample = &p->sample[k];
        if (!sample->there)
            continue;
        cJSON *const item = json_put_object(json, array, NULL);
        json_put_text(json, item, "baseline", b->name);
        json_put_number(json, item, "instances", sample->instances);
        json_put_bool(json, item, "serves", sample->serves);
        cJSON *const costs = json_put_array(json, item, "costs");
        for (size_t i = 0; i < b->purchases; i++) {
            if (!b->purchase[i].known)
                continue;
            cJSON *const cost = json_put_object(json, costs, NULL);
            json_put_text(json, cost, "purchase", b->purchase[i].name);
            json_put_text(json, cost, "lambda_purchase", b->purchase[i].lambda_name);
            json_put_estimate_object(json, cost, "lambda_usd", &sample->cost[i].lambda_usd);
            json_put_estimate_object(json, cost, "baseline_usd", &sample->cost[i].baseline_usd);
            json_put_estimate_object(json, cost, "lambda_less_baseline_usd",
                                     &sample->cost[i].difference_usd);
        }
    }
}

static void put_curve(struct json_writer *json, const struct breakeven_result *result)
{
    cJSON *const array = json_put_array(json, json->root, "curve");
    for (size_t i = 0; i < result->points; i++) {
        const struct breakeven_point *const p = &result->point[i];
        cJSON *const item = json_put_object(json, array, NULL);
        json_put_number(json, item, "burstiness", p->burstiness);
        json_put_number(json, item, "traffic", p->traffic);
        json_put_number(json, item, "arrivals_per_month", p->arrivals);
        json_put_estimate_object(json, item, "lambda_usd", &p->lambda_usd);
        json_put_bool(json, item, "lambda_serves", p->lambda_serves);
        put_samples(json, item, result, p);
    }
}

void breakeven_json_write(const struct breakeven_result *result, struct output *output)
{
    const struct result *const run = &result->run;
    struct json_writer json;
    json_begin_run(&json, run);
    json_put_integer(&json, json.root, "seed", run->seed);
    json_put_number(&json, json.root, "duration_s", run->duration_s);
    json_put_bool(&json, json.root, "free_tier", run->free_tier);
    json_put_text(&json, json.root, "workload", result->workload);
    json_put_bool(&json, json.root, "scale_shards", result->shards);
    put_baselines(&json, result);
    put_crossings(&json, result);
    put_curve(&json, result);
    json_put_warnings(&json, json.root, "warnings", &run->notes);
    json_end(&json, output);
}
