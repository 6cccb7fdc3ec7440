/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sensitivity.csv, distribution.csv, regret.csv. */
#include "reports/sensitivity_exporters.h"

#include "reports/csv_fields.h"

#include <math.h>

static void put_figure(struct csv_row *row, const struct sensitivity_figure *figure)
{
    csv_put_text(row, figure->entity);
    csv_put_text(row, figure->metric);
    csv_put_text(row, figure->unit);
}

static void put_estimate(struct csv_row *row, const struct result_estimate *estimate)
{
    csv_put_number(row, estimate->mean);
    csv_put_number(row, estimate->low);
    csv_put_number(row, estimate->high);
}

static void put_index(struct csv_row *row, const struct sensitivity_index *index)
{
    csv_put_number(row, index->value);
    csv_put_number(row, index->low);
    csv_put_number(row, index->high);
}

static void put_effect(struct csv_row *row, const struct sensitivity_input *input, size_t f)
{
    const struct sensitivity_effect *const e = &input->effect[f];
    csv_put_text(row, input->path);
    csv_put_text(row, input->low);
    csv_put_text(row, input->mid);
    csv_put_text(row, input->high);
    csv_put_text(row, input->distribution);
    put_estimate(row, &e->low);
    put_estimate(row, &e->high);
    put_index(row, &e->first);
    put_index(row, &e->total);
    csv_end_row(row);
}

static void put_chance(struct csv_row *row, const struct sensitivity_figure *figure)
{
    const struct result_estimate none = {NAN, NAN, NAN, 0};
    csv_put_text(row, "(chance)");
    for (size_t i = 0; i < 4; i++)
        csv_put_text(row, "");
    put_estimate(row, &none);
    put_estimate(row, &none);
    put_index(row, &figure->chance_first);
    put_index(row, &figure->chance_total);
    csv_end_row(row);
}

void sensitivity_csv_write(const struct sensitivity_result *result, struct output *output)
{
    struct csv_row row = {.output = output};
    output_text(output, "entity,metric,unit,input,low,mid,high,distribution,"
                        "at_low,at_low_ci95_low,at_low_ci95_high,at_high,at_high_ci95_low,"
                        "at_high_ci95_high,first_order,first_order_ci95_low,first_order_ci95_high,"
                        "total_order,total_order_ci95_low,total_order_ci95_high\n");
    for (size_t f = 0; f < result->figures; f++) {
        for (size_t i = 0; i < result->inputs; i++) {
            put_figure(&row, &result->figure[f]);
            put_effect(&row, &result->input[i], f);
        }
        put_figure(&row, &result->figure[f]);
        put_chance(&row, &result->figure[f]);
    }
}

void sensitivity_distribution_csv_write(const struct sensitivity_result *result,
                                        struct output *output)
{
    struct csv_row row = {.output = output};
    output_text(output, "entity,metric,unit,base,base_ci95_low,base_ci95_high,samples,observed,"
                        "mean,p5,p25,p50,p75,p95,at_most,at_least,met,met_ci95_low,"
                        "met_ci95_high\n");
    for (size_t f = 0; f < result->figures; f++) {
        const struct sensitivity_figure *const figure = &result->figure[f];
        const bool asked = figure->is_objective;
        put_figure(&row, figure);
        put_estimate(&row, &figure->base);
        csv_put_number(&row, 2 * (double)result->samples);
        csv_put_number(&row, (double)figure->observed);
        csv_put_number(&row, figure->mean);
        for (size_t i = 0; i < SENSITIVITY_QUANTILES; i++)
            csv_put_number(&row, figure->quantile[i]);
        csv_put_number(&row, asked && figure->at_most ? figure->bound : NAN);
        csv_put_number(&row, asked && !figure->at_most ? figure->bound : NAN);
        csv_put_number(&row, asked ? figure->met : NAN);
        csv_put_number(&row, asked ? figure->met_low : NAN);
        csv_put_number(&row, asked ? figure->met_high : NAN);
        csv_end_row(&row);
    }
}

void sensitivity_regret_csv_write(const struct sensitivity_result *result, struct output *output)
{
    struct csv_row row = {.output = output};
    output_text(output, "design,mean_monthly_cost_usd,met,expected_regret_usd,"
                        "expected_regret_ci95_low,expected_regret_ci95_high,regret_p95_usd,"
                        "regret_max_usd,eligible,least_expected,least_worst\n");
    for (size_t d = 0; d < result->designs; d++) {
        const struct sensitivity_design *const design = &result->design[d];
        csv_put_text(&row, design->name);
        csv_put_number(&row, design->mean_cost);
        csv_put_number(&row, design->met);
        csv_put_number(&row, design->expected);
        csv_put_number(&row, design->low);
        csv_put_number(&row, design->high);
        csv_put_number(&row, design->regret_p95);
        csv_put_number(&row, design->regret_max);
        csv_put_bool(&row, design->eligible);
        csv_put_bool(&row, d == result->least_expected);
        csv_put_bool(&row, d == result->least_worst);
        csv_end_row(&row);
    }
}
