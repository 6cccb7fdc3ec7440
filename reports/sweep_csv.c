/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sweep.csv: a column for each path that varies, the cost, each objective's metric, the verdicts.
 */
#include "reports/sweep_exporters.h"

#include "reports/csv_fields.h"
#include "support/text.h"

#include <stdlib.h>

static void put_heading(struct csv_row *row, const char *name, const char *suffix)
{
    char *const text = text_format("%s%s", name, suffix);
    csv_put_text(row, text);
    free(text);
}

static void put_headings(struct csv_row *row, const char *name)
{
    put_heading(row, name, "");
    put_heading(row, name, "_ci95_low");
    put_heading(row, name, "_ci95_high");
}

static void put_estimate(struct csv_row *row, const struct result_estimate *estimate)
{
    csv_put_number(row, estimate->mean);
    csv_put_number(row, estimate->low);
    csv_put_number(row, estimate->high);
}

static void put_header(struct csv_row *row, const struct sweep_result *result, const char *more)
{
    for (size_t i = 0; i < result->paths; i++)
        csv_put_text(row, result->path[i]);
    put_headings(row, "monthly_cost_usd");
    put_headings(row, "cost_difference_usd");
    for (size_t i = 0; i < result->objectives; i++) {
        const struct sweep_objective *const o = &result->objective[i];
        char *const name = text_format("%s.%s", o->entity, o->metric);
        put_headings(row, name);
        free(name);
    }
    if (more != NULL)
        put_headings(row, more);
    csv_put_text(row, "lost");
    csv_put_text(row, "out_of_memory");
    csv_put_text(row, "replications");
    csv_put_text(row, "meets_objectives");
    csv_put_text(row, "pareto");
    csv_end_row(row);
}

void sweep_csv_write(const struct sweep_result *result, struct output *output)
{
    sweep_csv_write_more(result, NULL, NULL, output);
}

void sweep_csv_write_more(const struct sweep_result *result, const char *name,
                          const struct result_estimate *value, struct output *output)
{
    struct csv_row row = {.output = output};
    put_header(&row, result, name);
    for (size_t i = 0; i < result->points; i++) {
        const struct sweep_point *const p = &result->point[i];
        for (size_t k = 0; k < result->paths; k++)
            csv_put_text(&row, p->value[k]);
        put_estimate(&row, &p->monthly_cost_usd);
        put_estimate(&row, &p->cost_difference_usd);
        for (size_t k = 0; k < result->objectives; k++)
            put_estimate(&row, &p->objective[k]);
        if (name != NULL)
            put_estimate(&row, &value[i]);
        csv_put_number(&row, p->lost.mean);
        csv_put_number(&row, p->out_of_memory);
        csv_put_number(&row, (double)p->replications);
        csv_put_bool(&row, p->meets_objectives);
        csv_put_bool(&row, p->pareto);
        csv_end_row(&row);
    }
}
