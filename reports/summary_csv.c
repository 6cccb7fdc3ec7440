/* SPDX-License-Identifier: GPL-3.0-or-later */
/* summary.csv: every metric of every entity, with its interval over replications. */
#include "reports/csv_fields.h"
#include "reports/exporters.h"

void summary_csv_write(const struct result *result, struct output *output)
{
    struct csv_row row = {.output = output};
    output_text(output, "entity,metric,unit,mean,ci95_low,ci95_high,replications\n");
    for (size_t i = 0; i < result->options; i++) {
        const struct result_option *const option = &result->option[i];
        for (size_t j = 0; j < option->metrics; j++) {
            const struct result_metric *const metric = &option->metric[j];
            csv_put_text(&row, metric->entity);
            csv_put_text(&row, metric->metric);
            csv_put_text(&row, metric->unit);
            csv_put_number(&row, metric->value.mean);
            csv_put_number(&row, metric->value.low);
            csv_put_number(&row, metric->value.high);
            csv_put_number(&row, (double)metric->value.count);
            csv_end_row(&row);
        }
    }
}
