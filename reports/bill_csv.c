/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/bill_exporters.h"
#include "reports/csv_fields.h"

#define E12 INT64_C(1000000000000)

static void put_line(struct csv_row *row, const char *month, const struct bill_line *line)
{
    char text[BILL_QUANTITY_TEXT_SIZE];
    csv_put_text(row, month);
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

/* A line that AWS billed: its own unit cost, and where our price is from if there is one. */
static void put_charge(struct csv_row *row, const struct bill_charge *charge)
{
    char text[BILL_QUANTITY_TEXT_SIZE];
    csv_put_text(row, charge->month);
    csv_put_text(row, "account");
    csv_put_text(row, *charge->sku != '\0' ? charge->price_service : charge->service);
    csv_put_text(row, *charge->sku != '\0' ? charge->sku : charge->usage_type);
    csv_put_text(row, charge->region);
    csv_put_text(row, charge->unit);
    csv_put_text(row, bill_format_quantity(charge->quantity_e12, E12, text));
    csv_put_text(row, "0");
    if (charge->has_bill_price)
        csv_put_money(row, charge->bill_price);
    else
        csv_put_text(row, "");
    csv_put_text(row, "0");
    csv_put_money(row, charge->cost);
    csv_put_text(row, charge->effective_from != NULL ? charge->effective_from : "");
    csv_end_row(row);
}

void bill_csv_write(const struct bill_result *result, struct output *output)
{
    struct csv_row row = {.output = output};
    output_text(output, "option,entity,service,sku,region,unit,quantity,free_quantity,"
                        "unit_price_usd,tier_from,cost_usd,price_effective_from\n");
    for (size_t i = 0; i < result->months; i++)
        for (size_t j = 0; j < result->month[i].bill.count; j++)
            put_line(&row, result->month[i].name, &result->month[i].bill.line[j]);
    for (size_t i = 0; i < result->charges; i++)
        put_charge(&row, &result->charge[i]);
}
