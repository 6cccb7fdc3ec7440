/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sweep as one object for a script: what sweep.csv says, and of what. */
#include "reports/sweep_exporters.h"

#include "reports/result_json.h"

static void put_objectives(struct json_writer *json, const struct sweep_result *result)
{
    cJSON *const array = json_put_array(json, json->root, "objectives");
    for (size_t i = 0; i < result->objectives; i++) {
        const struct sweep_objective *const o = &result->objective[i];
        cJSON *const item = json_put_object(json, array, NULL);
        json_put_text(json, item, "entity", o->entity);
        json_put_text(json, item, "metric", o->metric);
        json_put_text(json, item, "unit", o->unit);
        json_put_number(json, item, o->at_most ? "at_most" : "at_least", o->bound);
    }
}

static void put_point(struct json_writer *json, cJSON *array, const struct sweep_result *result,
                      const struct sweep_point *p)
{
    cJSON *const item = json_put_object(json, array, NULL);
    cJSON *const values = json_put_object(json, item, "values");
    for (size_t i = 0; i < result->paths; i++)
        json_put_text(json, values, result->path[i], p->value[i]);
    json_put_estimate_object(json, item, "monthly_cost_usd", &p->monthly_cost_usd);
    json_put_estimate_object(json, item, "cost_difference_usd", &p->cost_difference_usd);
    cJSON *const objectives = json_put_array(json, item, "objectives");
    for (size_t i = 0; i < result->objectives; i++) {
        cJSON *const objective = json_put_object(json, objectives, NULL);
        json_put_estimate_object(json, objective, "value", &p->objective[i]);
        json_put_bool(json, objective, "met", p->met[i]);
        json_put_bool(json, objective, "unfinished", result_is_open(&p->objective[i]));
    }
    json_put_estimate_object(json, item, "lost", &p->lost);
    json_put_number(json, item, "out_of_memory", p->out_of_memory);
    json_put_bool(json, item, "failed", p->failed);
    json_put_bool(json, item, "precise", p->precise);
    json_put_bool(json, item, "meets_objectives", p->meets_objectives);
    json_put_bool(json, item, "pareto", p->pareto);
}

void sweep_json_write(const struct sweep_result *result, struct output *output)
{
    struct json_writer json;
    json_begin_run(&json, &result->run);
    json_put_text(&json, json.root, "option", result->option);
    json_put_integer(&json, json.root, "seed", result->run.seed);
    json_put_number(&json, json.root, "duration_s", result->run.duration_s);
    put_objectives(&json, result);
    if (result->points > 0)
        json_put_integer(&json, json.root, "reference", result->reference);
    cJSON *const points = json_put_array(&json, json.root, "designs");
    for (size_t i = 0; i < result->points; i++)
        put_point(&json, points, result, &result->point[i]);
    json_put_warnings(&json, json.root, "warnings", &result->run.notes);
    json_end(&json, output);
}
