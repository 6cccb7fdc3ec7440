/* SPDX-License-Identifier: GPL-3.0-or-later */
/* breakeven.csv and crossings.csv. A burstiness that is empty: arrivals as in the scenario. */
#include "reports/breakeven_exporters.h"

#include "reports/csv_fields.h"

static void put_header(struct csv_row *row, const char *const *name)
{
    for (size_t i = 0; name[i] != NULL; i++)
        csv_put_text(row, name[i]);
    csv_end_row(row);
}

static void put_estimate(struct csv_row *row, const struct result_estimate *estimate)
{
    csv_put_number(row, estimate->mean);
    csv_put_number(row, estimate->low);
    csv_put_number(row, estimate->high);
}

static void put_row(struct csv_row *row, const struct breakeven_result *result,
                    const struct breakeven_point *p, size_t k, size_t purchase)
{
    const struct breakeven_sample *const sample = &p->sample[k];
    const struct breakeven_cost *const cost = &sample->cost[purchase];
    csv_put_number(row, p->burstiness);
    csv_put_number(row, p->traffic);
    csv_put_number(row, p->arrivals);
    csv_put_text(row, result->baseline[k].name);
    csv_put_text(row, result->baseline[k].purchase[purchase].name);
    csv_put_text(row, result->baseline[k].purchase[purchase].lambda_name);
    csv_put_number(row, sample->instances);
    put_estimate(row, &cost->lambda_usd);
    put_estimate(row, &cost->baseline_usd);
    put_estimate(row, &cost->difference_usd);
    csv_put_bool(row, p->lambda_serves);
    csv_put_bool(row, sample->serves);
    csv_end_row(row);
}

void breakeven_csv_write(const struct breakeven_result *result, struct output *output)
{
    static const char *const header[] = {"burstiness",
                                         "traffic",
                                         "arrivals_per_month",
                                         "baseline",
                                         "purchase",
                                         "lambda_purchase",
                                         "instances",
                                         "lambda_usd",
                                         "lambda_usd_ci95_low",
                                         "lambda_usd_ci95_high",
                                         "baseline_usd",
                                         "baseline_usd_ci95_low",
                                         "baseline_usd_ci95_high",
                                         "lambda_less_baseline_usd",
                                         "lambda_less_baseline_usd_ci95_low",
                                         "lambda_less_baseline_usd_ci95_high",
                                         "lambda_serves",
                                         "baseline_serves",
                                         NULL};
    struct csv_row row = {.output = output};
    put_header(&row, header);
    for (size_t i = 0; i < result->points; i++)
        for (size_t k = 0; k < result->baselines; k++)
            for (size_t j = 0; j < result->baseline[k].purchases; j++)
                if (result->point[i].sample[k].there && result->baseline[k].purchase[j].known)
                    put_row(&row, result, &result->point[i], k, j);
}

void breakeven_crossings_write(const struct breakeven_result *result, struct output *output)
{
    static const char *const header[] = {"burstiness",
                                         "baseline",
                                         "purchase",
                                         "lambda_purchase",
                                         "traffic",
                                         "traffic_ci95_low",
                                         "traffic_ci95_high",
                                         "arrivals_per_month",
                                         "monthly_cost_usd",
                                         "lambda_cheaper",
                                         "jump",
                                         NULL};
    struct csv_row row = {.output = output};
    put_header(&row, header);
    for (size_t i = 0; i < result->crossings; i++) {
        const struct breakeven_crossing *const c = &result->crossing[i];
        csv_put_number(&row, c->burstiness);
        csv_put_text(&row, result->baseline[c->baseline].name);
        csv_put_text(&row, result->baseline[c->baseline].purchase[c->purchase].name);
        csv_put_text(&row, result->baseline[c->baseline].purchase[c->purchase].lambda_name);
        put_estimate(&row, &c->traffic);
        csv_put_number(&row, c->arrivals);
        csv_put_number(&row, c->monthly_cost_usd);
        csv_put_text(&row, c->lambda_dearer_above ? "below" : "above");
        csv_put_bool(&row, c->jump);
        csv_end_row(&row);
    }
}
