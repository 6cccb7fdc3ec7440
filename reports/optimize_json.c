/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A search as one object for a script. */
#include "reports/optimize_exporters.h"

#include "reports/result_json.h"

static void put_design(struct json_writer *json, cJSON *parent, const char *name,
                       const struct optimize_result *result, size_t index)
{
    const struct sweep_result *const tried = &result->tried;
    const struct sweep_point *const p = &tried->point[index];
    cJSON *const item = json_put_object(json, parent, name);
    cJSON *const values = json_put_object(json, item, "values");
    for (size_t i = 0; i < tried->paths; i++)
        json_put_text(json, values, tried->path[i], p->value[i]);
    json_put_estimate_object(json, item, "minimized", &result->value[index]);
    json_put_estimate_object(json, item, "monthly_cost_usd", &p->monthly_cost_usd);
    cJSON *const objectives = json_put_array(json, item, "objectives");
    for (size_t i = 0; i < tried->objectives; i++) {
        cJSON *const objective = json_put_object(json, objectives, NULL);
        json_put_estimate_object(json, objective, "value", &p->objective[i]);
        json_put_bool(json, objective, "unfinished", result_is_open(&p->objective[i]));
    }
    json_put_estimate_object(json, item, "lost", &p->lost);
    json_put_number(json, item, "out_of_memory", p->out_of_memory);
    json_put_bool(json, item, "meets_objectives", p->meets_objectives);
}

static void put_objectives(struct json_writer *json, const struct optimize_result *result)
{
    cJSON *const array = json_put_array(json, json->root, "objectives");
    for (size_t i = 0; i < result->tried.objectives; i++) {
        const struct sweep_objective *const o = &result->tried.objective[i];
        cJSON *const item = json_put_object(json, array, NULL);
        json_put_text(json, item, "entity", o->entity);
        json_put_text(json, item, "metric", o->metric);
        json_put_text(json, item, "unit", o->unit);
        json_put_number(json, item, o->at_most ? "at_most" : "at_least", o->bound);
        if (result->relaxation == NULL)
            continue;
        cJSON *const relaxed = json_put_object(json, item, "relaxed");
        json_put_number(json, relaxed, "bound", result->relaxation[i].bound);
        json_put_estimate_object(json, relaxed, "saving", &result->relaxation[i].saving);
        put_design(json, relaxed, "answer", result, result->relaxation[i].point);
    }
}

static void put_effort(struct json_writer *json, const struct optimize_result *result)
{
    cJSON *const item = json_put_object(json, json->root, "effort");
    json_put_integer(json, item, "designs", result->designs);
    json_put_integer(json, item, "tried", result->tried.points);
    json_put_integer(json, item, "too_dear", result->too_dear);
    json_put_integer(json, item, "invalid", result->invalid);
    json_put_integer(json, item, "runs", result->runs);
    json_put_integer(json, item, "grid_runs", result->grid_runs);
    json_put_number(json, item, "invocations", result->invocations);
    json_put_number(json, item, "grid_invocations", result->grid_invocations);
}

void optimize_json_write(const struct optimize_result *result, struct output *output)
{
    const struct result *const run = &result->tried.run;
    struct json_writer json;
    json_begin_run(&json, run);
    json_put_text(&json, json.root, "option", result->tried.option);
    json_put_integer(&json, json.root, "seed", run->seed);
    json_put_number(&json, json.root, "duration_s", run->duration_s);
    json_put_text(&json, json.root, "minimize", result->metric);
    json_put_text(&json, json.root, "unit", result->unit);
    json_put_number(&json, json.root, "confidence", result->confidence);
    json_put_bool(&json, json.root, "found", result->found);
    put_design(&json, json.root, result->found ? "answer" : "least_bad", result,
               result->tried.reference);
    if (result->has_runner_up) {
        put_design(&json, json.root, "runner_up", result, result->runner_up);
        cJSON *const lead = json_put_object(&json, json.root, "lead");
        json_put_number(&json, lead, "mean", result->lead.mean);
        json_put_number(&json, lead, "low", result->lead.low);
        json_put_number(&json, lead, "high", result->lead.high);
    }
    json_put_integer(&json, json.root, "rivals", result->rivals);
    size_t best;
    const size_t undecided = optimize_undecided(result, &best);
    json_put_integer(&json, json.root, "undecided", undecided);
    if (undecided > 0)
        put_design(&json, json.root, "best_undecided", result, best);
    put_objectives(&json, result);
    put_effort(&json, result);
    json_put_warnings(&json, json.root, "warnings", &run->notes);
    json_end(&json, output);
}
