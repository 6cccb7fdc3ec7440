/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/csv_fields.h"
#include "reports/exporters.h"

static void put_line(struct csv_row *row, const char *option, const struct bill_line *line)
{
    char text[BILL_QUANTITY_TEXT_SIZE];
    csv_put_text(row, option);
    csv_put_text(row, line->entity);
    csv_put_text(row, line->service);
    csv_put_text(row, line->sku);
    csv_put_text(row, line->region);
    csv_put_text(row, line->unit);
    csv_put_text(row, bill_format_quantity(line->quantity, line->per_unit, text));
    csv_put_text(row, bill_format_quantity(line->free_quantity, line->per_unit, text));
    csv_put_money(row, line->unit_price);
    csv_put_text(row, bill_format_quantity(line->tier_from, 1, text));
    csv_put_money(row, line->cost);
    csv_put_text(row, line->effective_from);
    csv_end_row(row);
}

void cost_csv_write(const struct result *result, struct output *output)
{
    struct csv_row row = {.output = output};
    output_text(output, "option,entity,service,sku,region,unit,quantity,free_quantity,"
                        "unit_price_usd,tier_from,cost_usd,price_effective_from\n");
    for (size_t i = 0; i < result->options; i++)
        for (size_t j = 0; j < result->option[i].bill.count; j++)
            put_line(&row, result->option[i].name, &result->option[i].bill.line[j]);
}
