/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A backtest for programs: backtest.csv, run.json and JSON on standard output. */
#include "reports/backtest_exporters.h"
#include "reports/csv_fields.h"
#include "reports/json_fields.h"

#include <stdlib.h>

void backtest_result_finish(struct backtest_result *result)
{
    result_command_finish(&result->command);
    for (size_t i = 0; i < result->rows; i++)
        free(result->row[i].entity);
    for (size_t i = 0; i < result->missings; i++)
        free(result->missing[i]);
    free(result->row);
    free(result->missing);
    free(result->scenario_path);
    free(result->scenario_name);
    free(result->scenario_json);
    free(result->region);
    free(result->price_book);
    free(result->what);
    diagnostics_finish(&result->notes);
    *result = (struct backtest_result){0};
}

void backtest_csv_write(const struct backtest_result *result, struct output *output)
{
    struct csv_row row = {.output = output};
    const double level = 100 * result->confidence;
    output_format(output,
                  "entity,metric,unit,observed,predicted,pi%g_low,pi%g_high,error_percent,inside\n",
                  level, level);
    for (size_t i = 0; i < result->rows; i++) {
        const struct backtest_row *const r = &result->row[i];
        csv_put_text(&row, r->entity);
        csv_put_text(&row, r->metric);
        csv_put_text(&row, r->unit);
        csv_put_number(&row, r->observed);
        csv_put_number(&row, r->predicted);
        csv_put_number(&row, r->low);
        csv_put_number(&row, r->high);
        csv_put_number(&row, r->error_percent);
        csv_put_bool(&row, r->inside);
        csv_end_row(&row);
    }
}

static void put_rows(struct json_writer *json, const struct backtest_result *result)
{
    cJSON *const rows = json_put_array(json, json->root, "figures");
    for (size_t i = 0; i < result->rows; i++) {
        const struct backtest_row *const r = &result->row[i];
        cJSON *const item = json_put_object(json, rows, NULL);
        json_put_text(json, item, "entity", r->entity);
        json_put_text(json, item, "metric", r->metric);
        json_put_text(json, item, "unit", r->unit);
        json_put_number(json, item, "observed", r->observed);
        json_put_number(json, item, "predicted", r->predicted);
        json_put_number(json, item, "low", r->low);
        json_put_number(json, item, "high", r->high);
        json_put_number(json, item, "error_percent", r->error_percent);
        json_put_bool(json, item, "inside", r->inside);
    }
}

/* All but the time that it took. */
static void put_all(struct json_writer *json, const struct backtest_result *result)
{
    json_begin(json);
    json_put_text(json, json->root, "version", LAMBDAPLAN_VERSION);
    json_put_integer(json, json->root, "seed", result->seed);
    json_put_raw(json, json->root, "scenario", result->scenario_json);
    json_put_text(json, json->root, "scenario_sha256", result->scenario_sha256);
    json_put_text(json, json->root, "as_of", result->as_of);
    json_put_text(json, json->root, "region", result->region);
    json_put_text(json, json->root, "price_book", result->price_book);
    json_put_text(json, json->root, "what", result->what);
    json_put_text(json, json->root, "first", result->first);
    json_put_text(json, json->root, "last", result->last);
    json_put_number(json, json->root, "duration_s", result->span_s);
    json_put_integer(json, json->root, "invocations", result->calls);
    json_put_integer(json, json->root, "functions", result->functions);
    json_put_number(json, json->root, "confidence", result->confidence);
    json_put_integer(json, json->root, "replications", result->replications);
    json_put_integer(json, json->root, "outside", result->outside);
    json_put_number(json, json->root, "outside_by_chance", result->outside_by_chance);
    put_rows(json, result);
    cJSON *const missing = json_put_array(json, json->root, "not_in_the_file");
    for (size_t i = 0; i < result->missings; i++)
        json_put_text(json, missing, NULL, result->missing[i]);
    json_put_warnings(json, json->root, "warnings", &result->notes);
}

void backtest_json_write(const struct backtest_result *result, struct output *output)
{
    struct json_writer json;
    put_all(&json, result);
    json_end(&json, output);
}

void backtest_run_json_write(const struct backtest_result *result, struct output *output)
{
    struct json_writer json;
    put_all(&json, result);
    json_put_command(&json, &result->command);
    json_put_number(&json, json.root, "wall_time_s", result->wall_time_s);
    json_end(&json, output);
}
