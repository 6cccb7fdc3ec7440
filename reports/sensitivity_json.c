/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sensitivity analysis as one object for a script: what its CSV files say, and of what. */
#include "reports/sensitivity_exporters.h"

#include "reports/result_json.h"

static void put_index(struct json_writer *json, cJSON *parent, const char *name,
                      const struct sensitivity_index *index)
{
    cJSON *const item = json_put_object(json, parent, name);
    json_put_number(json, item, "value", index->value);
    json_put_number(json, item, "ci95_low", index->low);
    json_put_number(json, item, "ci95_high", index->high);
}

static void put_figure(struct json_writer *json, cJSON *array,
                       const struct sensitivity_figure *figure)
{
    static const char *const names[SENSITIVITY_QUANTILES] = {"p5", "p25", "p50", "p75", "p95"};
    cJSON *const item = json_put_object(json, array, NULL);
    json_put_text(json, item, "entity", figure->entity);
    json_put_text(json, item, "metric", figure->metric);
    json_put_text(json, item, "unit", figure->unit);
    json_put_estimate_object(json, item, "base", &figure->base);
    json_put_integer(json, item, "observed", figure->observed);
    json_put_number(json, item, "mean", figure->mean);
    for (size_t i = 0; i < SENSITIVITY_QUANTILES; i++)
        json_put_number(json, item, names[i], figure->quantile[i]);
    put_index(json, item, "chance_first_order", &figure->chance_first);
    put_index(json, item, "chance_total_order", &figure->chance_total);
    if (!figure->is_objective)
        return;
    json_put_number(json, item, figure->at_most ? "at_most" : "at_least", figure->bound);
    json_put_number(json, item, "met", figure->met);
    json_put_number(json, item, "met_ci95_low", figure->met_low);
    json_put_number(json, item, "met_ci95_high", figure->met_high);
}

static void put_input(struct json_writer *json, cJSON *array,
                      const struct sensitivity_result *result, size_t i)
{
    const struct sensitivity_input *const input = &result->input[i];
    cJSON *const item = json_put_object(json, array, NULL);
    json_put_text(json, item, "path", input->path);
    json_put_text(json, item, "low", input->low);
    json_put_text(json, item, "mid", input->mid);
    json_put_text(json, item, "high", input->high);
    json_put_text(json, item, "distribution", input->distribution);
    cJSON *const effects = json_put_array(json, item, "effects"); /* by figure */
    for (size_t f = 0; f < result->figures; f++) {
        cJSON *const effect = json_put_object(json, effects, NULL);
        json_put_estimate_object(json, effect, "at_low", &input->effect[f].low);
        json_put_estimate_object(json, effect, "at_high", &input->effect[f].high);
        put_index(json, effect, "first_order", &input->effect[f].first);
        put_index(json, effect, "total_order", &input->effect[f].total);
    }
}

static void put_design(struct json_writer *json, cJSON *array,
                       const struct sensitivity_design *design)
{
    cJSON *const item = json_put_object(json, array, NULL);
    json_put_text(json, item, "design", design->name);
    json_put_number(json, item, "mean_monthly_cost_usd", design->mean_cost);
    json_put_number(json, item, "met", design->met);
    json_put_number(json, item, "expected_regret_usd", design->expected);
    json_put_number(json, item, "expected_regret_ci95_low", design->low);
    json_put_number(json, item, "expected_regret_ci95_high", design->high);
    json_put_number(json, item, "regret_p95_usd", design->regret_p95);
    json_put_number(json, item, "regret_max_usd", design->regret_max);
    json_put_bool(json, item, "eligible", design->eligible);
}

void sensitivity_json_write(const struct sensitivity_result *result, struct output *output)
{
    struct json_writer json;
    json_begin_run(&json, &result->run);
    json_put_text(&json, json.root, "option", result->option);
    json_put_integer(&json, json.root, "seed", result->run.seed);
    json_put_number(&json, json.root, "duration_s", result->run.duration_s);
    json_put_integer(&json, json.root, "samples", 2 * result->samples);
    json_put_number(&json, json.root, "assumed_range", result->by);
    json_put_bool(&json, json.root, "base_meets_objectives", result->base_meets);
    json_put_number(&json, json.root, "met", result->met);
    json_put_number(&json, json.root, "met_ci95_low", result->met_low);
    json_put_number(&json, json.root, "met_ci95_high", result->met_high);
    cJSON *const figures = json_put_array(&json, json.root, "figures");
    for (size_t i = 0; i < result->figures; i++)
        put_figure(&json, figures, &result->figure[i]);
    cJSON *const inputs = json_put_array(&json, json.root, "inputs");
    for (size_t i = 0; i < result->inputs; i++)
        put_input(&json, inputs, result, i);
    cJSON *const designs = json_put_array(&json, json.root, "designs");
    for (size_t i = 0; i < result->designs; i++)
        put_design(&json, designs, &result->design[i]);
    if (result->designs > 0) {
        json_put_integer(&json, json.root, "least_expected", result->least_expected);
        json_put_integer(&json, json.root, "least_worst", result->least_worst);
        json_put_number(&json, json.root, "confidence", result->confidence);
        json_put_bool(&json, json.root, "enough", result->enough);
    }
    json_put_warnings(&json, json.root, "warnings", &result->run.notes);
    json_end(&json, output);
}
