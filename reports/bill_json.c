/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The result of `bill` as one object for a script, and its run.json. */
#include "reports/bill_exporters.h"
#include "reports/json_fields.h"

#define E12 INT64_C(1000000000000)

static void put_quantity(struct json_writer *json, cJSON *item, const char *name,
                         usage_quantity quantity, int64_t per_unit)
{
    char text[BILL_QUANTITY_TEXT_SIZE];
    json_put_text(json, item, name, bill_format_quantity(quantity, per_unit, text));
}

static void put_months(struct json_writer *json, const struct bill_result *result)
{
    cJSON *const months = json_put_array(json, json->root, "months");
    for (size_t i = 0; i < result->months; i++) {
        const struct bill_month *const month = &result->month[i];
        cJSON *const item = json_put_object(json, months, NULL);
        json_put_text(json, item, "month", month->name);
        json_put_text(json, item, "prices_of", month->priced_on);
        json_put_integer(json, item, "invocations", month->invocations);
        json_put_money(json, item, "cost_usd", month->bill.total);
        cJSON *const lines = json_put_array(json, item, "lines");
        for (size_t k = 0; k < month->bill.count; k++) {
            const struct bill_line *const line = &month->bill.line[k];
            char text[BILL_EXPLAIN_SIZE];
            cJSON *const entry = json_put_object(json, lines, NULL);
            json_put_text(json, entry, "entity", line->entity);
            json_put_text(json, entry, "service", line->service);
            json_put_text(json, entry, "sku", line->sku);
            json_put_text(json, entry, "unit", line->unit);
            put_quantity(json, entry, "quantity", line->quantity, line->per_unit);
            put_quantity(json, entry, "free_quantity", line->free_quantity, line->per_unit);
            json_put_money(json, entry, "unit_price_usd", line->unit_price);
            json_put_integer(json, entry, "tier_from", (uint64_t)line->tier_from);
            json_put_money(json, entry, "cost_usd", line->cost);
            json_put_text(json, entry, "price_effective_from", line->effective_from);
            json_put_text(json, entry, "text", bill_explain(line, text));
        }
    }
}

static void put_known(struct json_writer *json, cJSON *item, const char *name, int64_t value)
{
    if (value >= 0)
        json_put_integer(json, item, name, (uint64_t)value);
}

static void put_functions(struct json_writer *json, const struct bill_result *result)
{
    cJSON *const functions = json_put_array(json, json->root, "functions");
    for (size_t i = 0; i < result->functions; i++) {
        const struct bill_function *const f = &result->function[i];
        cJSON *const item = json_put_object(json, functions, NULL);
        json_put_text(json, item, "function", f->name);
        json_put_integer(json, item, "invocations", f->invocations);
        json_put_integer(json, item, "cold_starts", f->cold_starts);
        json_put_integer(json, item, "errors", f->errors);
        json_put_integer(json, item, "timeouts", f->timeouts);
        json_put_integer(json, item, "retries", f->retries);
        put_known(json, item, "memory_mb_min", f->memory_mb_min);
        put_known(json, item, "memory_mb_max", f->memory_mb_max);
        put_known(json, item, "max_memory_used_mb", f->max_memory_used_mb);
        json_put_number(json, item, "gb_seconds", f->gb_seconds);
        json_put_money(json, item, "cost_usd", f->cost);
    }
}

static void put_wastes(struct json_writer *json, const struct bill_result *result)
{
    json_put_number(json, json->root, "month_factor", result->month_factor);
    cJSON *const wastes = json_put_array(json, json->root, "waste");
    for (size_t i = 0; i < result->wastes; i++) {
        const struct bill_waste *const waste = &result->waste[i];
        cJSON *const item = json_put_object(json, wastes, NULL);
        json_put_text(json, item, "kind", waste->kind);
        if (waste->function != NULL)
            json_put_text(json, item, "function", waste->function);
        json_put_text(json, item, "text", waste->text != NULL ? waste->text : waste->explanation);
        json_put_money(json, item, "cost_usd", waste->cost);
        json_put_money(json, item, "month_cost_usd", waste->month_cost);
        json_put_money(json, item, "list_cost_usd", waste->list_cost);
    }
}

static void put_what_ifs(struct json_writer *json, const struct bill_result *result)
{
    cJSON *const what_ifs = json_put_array(json, json->root, "what_if");
    for (size_t i = 0; i < result->what_ifs; i++) {
        cJSON *const item = json_put_object(json, what_ifs, NULL);
        json_put_text(json, item, "name", result->what_if[i].name);
        json_put_money(json, item, "cost_usd", result->what_if[i].total);
        json_put_money(json, item, "difference_usd", result->what_if[i].difference);
    }
}

static void put_charges(struct json_writer *json, const struct bill_result *result)
{
    cJSON *const charges = json_put_array(json, json->root, "charges");
    for (size_t i = 0; i < result->charges; i++) {
        const struct bill_charge *const charge = &result->charge[i];
        cJSON *const item = json_put_object(json, charges, NULL);
        json_put_text(json, item, "month", charge->month);
        json_put_text(json, item, "service", charge->service);
        json_put_text(json, item, "usage_type", charge->usage_type);
        json_put_text(json, item, "region", charge->region);
        json_put_text(json, item, "unit", charge->unit);
        json_put_text(json, item, "line_type", charge->line_type);
        json_put_text(json, item, "price_service", charge->price_service);
        json_put_text(json, item, "sku", charge->sku);
        json_put_integer(json, item, "lines", charge->lines);
        put_quantity(json, item, "quantity", charge->quantity_e12, E12);
        json_put_money(json, item, "cost_usd", charge->cost);
        if (charge->has_bill_price)
            json_put_money(json, item, "unit_cost_usd", charge->bill_price);
        if (charge->has_our_price) {
            json_put_money(json, item, "our_unit_price_usd", charge->our_price);
            json_put_money(json, item, "difference_usd", charge->difference);
        }
        json_put_text(json, item, "verdict", charge->verdict);
    }
}

static void begin(struct json_writer *json, const struct bill_result *result)
{
    json_begin(json);
    json_put_text(json, json->root, "version", LAMBDAPLAN_VERSION);
    json_put_text(json, json->root, "region", result->region);
    json_put_text(json, json->root, "architecture", result->architecture);
    json_put_text(json, json->root, "as_of", result->as_of);
    json_put_bool(json, json->root, "free_tier", result->free_tier);
    json_put_text(json, json->root, "price_book", result->price_book);
    json_put_text(json, json->root, "first", result->first);
    json_put_text(json, json->root, "last", result->last);
    json_put_integer(json, json->root, "rows", result->rows);
    json_put_integer(json, json->root, "rows_rejected", result->rejected);
    json_put_integer(json, json->root, "invocations", result->invocations);
    json_put_money(json, json->root, "cost_usd", result->total);
    json_put_money(json, json->root, "charged_usd", result->charged);
    if (result->has_month)
        json_put_money(json, json->root, "month_cost_usd", result->month_cost);
}

void bill_json_write(const struct bill_result *result, struct output *output)
{
    struct json_writer json;
    begin(&json, result);
    put_months(&json, result);
    put_functions(&json, result);
    put_wastes(&json, result);
    put_what_ifs(&json, result);
    put_charges(&json, result);
    json_put_warnings(&json, json.root, "warnings", &result->notes);
    json_end(&json, output);
}

/* What bill.csv does not say; the only file with the time it took. */
void bill_run_json_write(const struct bill_result *result, struct output *output)
{
    struct json_writer json;
    begin(&json, result);
    json_put_command(&json, &result->command);
    put_functions(&json, result);
    put_wastes(&json, result);
    put_what_ifs(&json, result);
    put_charges(&json, result);
    json_put_number(&json, json.root, "wall_time_s", result->wall_time_s);
    json_put_warnings(&json, json.root, "warnings", &result->notes);
    json_end(&json, output);
}
