/* SPDX-License-Identifier: GPL-3.0-or-later */
/* comparison.csv: an option a row, Lambda first: cost, latency, what it lost, objectives. */
#include "reports/csv_fields.h"
#include "reports/exporters.h"
#include "reports/verdict.h"

/* A boolean where it is one: what the objectives ask may not be there to see, or not apply. */
static void put_verdict(struct csv_row *row, enum verdict verdict)
{
    if (verdict == VERDICT_UNKNOWN || verdict == VERDICT_DOES_NOT_APPLY)
        csv_put_text(row, verdict_text(verdict));
    else
        csv_put_bool(row, verdict != VERDICT_NOT_MET);
}

void comparison_csv_write(const struct result *result, struct output *output)
{
    struct csv_row row = {.output = output};
    output_text(output, "option,kind,monthly_cost_usd,ci95_low,ci95_high,relative_cost,"
                        "latency_ms_p50,latency_ms_p95,latency_ms_p99,lost,utilization,"
                        "meets_objectives\n");
    for (size_t i = 0; i < result->options; i++) {
        const struct result_option *const option = &result->option[i];
        csv_put_text(&row, option->name);
        csv_put_text(&row, option->kind);
        /* Not the estimate's double: the sum of the option's rows in cost.csv to the last digit. */
        csv_put_money(&row, option->bill.total);
        csv_put_number(&row, option->monthly_cost_usd.low);
        csv_put_number(&row, option->monthly_cost_usd.high);
        csv_put_number(&row, option->relative_cost);
        csv_put_number(&row, option->latency_ms_p50.mean);
        csv_put_number(&row, option->latency_ms_p95.mean);
        csv_put_number(&row, option->latency_ms_p99.mean);
        csv_put_number(&row, option->lost.mean);
        csv_put_number(&row, option->utilization.mean);
        put_verdict(&row, option_verdict(option));
        csv_end_row(&row);
    }
}
