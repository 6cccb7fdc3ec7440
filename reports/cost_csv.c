/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cost.csv: the lines of every option's bill of a month. */
#include "reports/csv_fields.h"
#include "reports/exporters.h"

void cost_csv_write(const struct result *result, struct output *output)
{
    struct csv_row row = {.output = output};
    csv_put_bill_header(&row);
    for (size_t i = 0; i < result->options; i++)
        for (size_t j = 0; j < result->option[i].bill.count; j++)
            csv_put_bill_line(&row, result->option[i].name, &result->option[i].bill.line[j]);
}
