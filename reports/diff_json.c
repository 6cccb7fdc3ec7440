/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The comparison of two results as one object for a script. */
#include "reports/diff_exporters.h"

#include "reports/result_json.h"
#include "reports/verdict.h"

#include <math.h>

static void put_side(struct json_writer *json, const char *name, const char *path,
                     const struct result *result)
{
    cJSON *const item = json_put_object(json, json->root, name);
    json_put_text(json, item, "path", path);
    json_put_text(json, item, "name", result->scenario_name);
    json_put_text(json, item, "region", result->region);
    json_put_text(json, item, "as_of", result->as_of);
    json_put_text(json, item, "scenario_sha256", result->scenario_sha256);
    json_put_integer(json, item, "seed", result->seed);
    json_put_integer(json, item, "replications", result->replications);
}

static void put_verdict(struct json_writer *json, const struct diff_result *result)
{
    const struct diff_limits *const limits = &result->limits;
    json_put_text(json, json->root, "option", limits->option);
    if (limits->has_budget) {
        json_put_money(json, json->root, "budget_usd", limits->budget);
        json_put_bool(json, json->root, "over_budget", result->over_budget);
    }
    json_put_number(json, json->root, "increase", isinf(result->increase) ? NAN : result->increase);
    if (limits->has_increase) {
        json_put_number(json, json->root, "max_increase", limits->max_increase);
        json_put_bool(json, json->root, "over_max_increase", result->over_increase);
    }
    json_put_integer(json, json->root, "objectives_newly_failing", result->newly_failing);
}

static void put_options(struct json_writer *json, const struct diff_result *result)
{
    cJSON *const array = json_put_array(json, json->root, "monthly_cost_usd");
    for (size_t i = 0; i < result->options; i++) {
        const struct diff_option *const o = &result->option[i];
        cJSON *const item = json_put_object(json, array, NULL);
        json_put_text(json, item, "option", o->name);
        if (o->before != NULL)
            json_put_money(json, item, "before", o->before->bill.total);
        if (o->after != NULL)
            json_put_money(json, item, "after", o->after->bill.total);
        json_put_usd(json, item, "difference", o->difference.mean);
        json_put_usd(json, item, "difference_ci95_low", o->difference.low);
        json_put_usd(json, item, "difference_ci95_high", o->difference.high);
    }
}

static void put_settings(struct json_writer *json, const struct diff_result *result)
{
    cJSON *const array = json_put_array(json, json->root, "settings");
    for (size_t i = 0; i < result->settings; i++) {
        const struct diff_setting *const s = &result->setting[i];
        cJSON *const item = json_put_object(json, array, NULL);
        json_put_text(json, item, "path", s->path);
        if (s->before != NULL)
            json_put_text(json, item, "before", s->before);
        if (s->after != NULL)
            json_put_text(json, item, "after", s->after);
    }
}

static void put_lines(struct json_writer *json, const struct diff_result *result)
{
    cJSON *const array = json_put_array(json, json->root, "bill");
    for (size_t i = 0; i < result->lines; i++) {
        const struct diff_line *const l = &result->line[i];
        cJSON *const item = json_put_object(json, array, NULL);
        json_put_text(json, item, "option", l->option);
        json_put_text(json, item, "entity", l->entity);
        json_put_text(json, item, "service", l->service);
        json_put_text(json, item, "sku", l->sku);
        json_put_text(json, item, "region", l->region);
        json_put_text(json, item, "unit", l->unit);
        if (l->is_before) {
            json_put_number(json, item, "quantity_before", l->quantity_before);
            json_put_money(json, item, "cost_usd_before", l->before);
        }
        if (l->is_after) {
            json_put_number(json, item, "quantity_after", l->quantity_after);
            json_put_money(json, item, "cost_usd_after", l->after);
        }
        json_put_money(json, item, "difference_usd", l->after - l->before);
    }
}

static void put_objective_side(struct json_writer *json, cJSON *parent, const char *name,
                               const struct result_objective *objective)
{
    if (objective == NULL)
        return;
    cJSON *const item = json_put_object(json, parent, name);
    json_put_number(json, item, objective->at_most ? "at_most" : "at_least", objective->bound);
    json_put_text(json, item, "verdict", verdict_text(objective_verdict(objective)));
    json_put_estimate(json, item, &objective->value);
}

static void put_objectives(struct json_writer *json, const struct diff_result *result)
{
    cJSON *const array = json_put_array(json, json->root, "objectives");
    for (size_t i = 0; i < result->objectives; i++) {
        const struct diff_objective *const o = &result->objective[i];
        const struct result_objective *const any = o->after != NULL ? o->after : o->before;
        cJSON *const item = json_put_object(json, array, NULL);
        json_put_text(json, item, "option", o->option);
        json_put_text(json, item, "metric", any->metric);
        json_put_text(json, item, "unit", any->unit);
        put_objective_side(json, item, "before", o->before);
        put_objective_side(json, item, "after", o->after);
        json_put_bool(json, item, "newly_failing", o->newly_failing);
        json_put_bool(json, item, "newly_met", o->newly_met);
    }
}

static void put_metrics(struct json_writer *json, const struct diff_result *result)
{
    cJSON *const array = json_put_array(json, json->root, "metrics");
    for (size_t i = 0; i < result->metrics; i++) {
        const struct diff_metric *const m = &result->metric[i];
        const struct result_metric *const any = m->after != NULL ? m->after : m->before;
        cJSON *const item = json_put_object(json, array, NULL);
        json_put_text(json, item, "option", m->option);
        json_put_text(json, item, "entity", any->entity);
        json_put_text(json, item, "metric", any->metric);
        json_put_text(json, item, "unit", any->unit);
        if (m->before != NULL)
            json_put_number(json, item, "before", m->before->value.mean);
        if (m->after != NULL)
            json_put_number(json, item, "after", m->after->value.mean);
        json_put_estimate_object(json, item, "difference", &m->difference);
        json_put_bool(json, item, "moved", m->moved);
    }
}

void diff_json_write(const struct diff_result *result, struct output *output)
{
    struct json_writer json;
    json_begin(&json);
    json_put_text(&json, json.root, "version", LAMBDAPLAN_VERSION);
    json_put_command(&json, &result->command);
    put_side(&json, "before", result->path_before, &result->before);
    put_side(&json, "after", result->path_after, &result->after);
    json_put_bool(&json, json.root, "paired", result->paired);
    put_verdict(&json, result);
    put_options(&json, result);
    put_settings(&json, result);
    put_lines(&json, result);
    put_objectives(&json, result);
    put_metrics(&json, result);
    json_put_warnings(&json, json.root, "warnings", &result->notes);
    json_end(&json, output);
}
