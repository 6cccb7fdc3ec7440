/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tables of `bill`. Only the rows of bill.csv add up to the bill, of logs or else of AWS, which
 * are the same spending twice: kinds of waste overlap, and a
 * what-if is another bill, so they have files of their own.
 */
#include "reports/bill_exporters.h"
#include "reports/csv_fields.h"

#define E12 INT64_C(1000000000000)

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
    csv_put_bill_header(&row);
    for (size_t i = 0; i < result->months; i++)
        for (size_t j = 0; j < result->month[i].bill.count; j++)
            csv_put_bill_line(&row, result->month[i].name, &result->month[i].bill.line[j]);
    for (size_t i = 0; i < result->charges && result->months == 0; i++)
        put_charge(&row, &result->charge[i]);
}

static void put_known(struct csv_row *row, int64_t value)
{
    if (value < 0)
        csv_put_text(row, "");
    else
        csv_put_number(row, (double)value);
}

void bill_functions_csv_write(const struct bill_result *result, struct output *output)
{
    struct csv_row row = {.output = output};
    output_text(output, "function,invocations,cold_starts,errors,timeouts,retries,memory_mb_min,"
                        "memory_mb_max,max_memory_used_mb,gb_seconds,cost_usd\n");
    for (size_t i = 0; i < result->functions; i++) {
        const struct bill_function *const f = &result->function[i];
        csv_put_text(&row, f->name);
        csv_put_number(&row, (double)f->invocations);
        csv_put_number(&row, (double)f->cold_starts);
        csv_put_number(&row, (double)f->errors);
        csv_put_number(&row, (double)f->timeouts);
        csv_put_number(&row, (double)f->retries);
        put_known(&row, f->memory_mb_min);
        put_known(&row, f->memory_mb_max);
        put_known(&row, f->max_memory_used_mb);
        csv_put_number(&row, f->gb_seconds);
        csv_put_money(&row, f->cost);
        csv_end_row(&row);
    }
}

/* A kind's sum has no function. */
void bill_waste_csv_write(const struct bill_result *result, struct output *output)
{
    struct csv_row row = {.output = output};
    output_text(output, "kind,function,cost_usd,list_cost_usd,month_cost_usd,text\n");
    for (size_t i = 0; i < result->wastes; i++) {
        const struct bill_waste *const waste = &result->waste[i];
        csv_put_text(&row, waste->kind);
        csv_put_text(&row, waste->function != NULL ? waste->function : "");
        csv_put_money(&row, waste->cost);
        csv_put_money(&row, waste->list_cost);
        csv_put_money(&row, waste->month_cost);
        csv_put_text(&row, waste->text != NULL ? waste->text : waste->explanation);
        csv_end_row(&row);
    }
}

void bill_what_if_csv_write(const struct bill_result *result, struct output *output)
{
    struct csv_row row = {.output = output};
    output_text(output, "name,cost_usd,difference_usd\n");
    for (size_t i = 0; i < result->what_ifs; i++) {
        csv_put_text(&row, result->what_if[i].name);
        csv_put_money(&row, result->what_if[i].total);
        csv_put_money(&row, result->what_if[i].difference);
        csv_end_row(&row);
    }
}

static void put_money_if(struct csv_row *row, bool known, money_pusd amount)
{
    if (known)
        csv_put_money(row, amount);
    else
        csv_put_text(row, "");
}

void bill_charges_csv_write(const struct bill_result *result, struct output *output)
{
    char text[BILL_QUANTITY_TEXT_SIZE];
    struct csv_row row = {.output = output};
    output_text(output, "month,service,usage_type,region,unit,line_type,price_service,sku,lines,"
                        "quantity,cost_usd,unit_cost_usd,our_unit_price_usd,difference_usd,"
                        "verdict\n");
    for (size_t i = 0; i < result->charges; i++) {
        const struct bill_charge *const charge = &result->charge[i];
        csv_put_text(&row, charge->month);
        csv_put_text(&row, charge->service);
        csv_put_text(&row, charge->usage_type);
        csv_put_text(&row, charge->region);
        csv_put_text(&row, charge->unit);
        csv_put_text(&row, charge->line_type);
        csv_put_text(&row, charge->price_service);
        csv_put_text(&row, charge->sku);
        csv_put_number(&row, (double)charge->lines);
        csv_put_text(&row, bill_format_quantity(charge->quantity_e12, E12, text));
        csv_put_money(&row, charge->cost);
        put_money_if(&row, charge->has_bill_price, charge->bill_price);
        put_money_if(&row, charge->has_our_price, charge->our_price);
        put_money_if(&row, charge->has_our_price, charge->difference);
        csv_put_text(&row, charge->verdict);
        csv_end_row(&row);
    }
}
