/* SPDX-License-Identifier: GPL-3.0-or-later */
/* headroom.csv, and the same as one object for a script. */
#include "reports/headroom_exporters.h"

#include "reports/csv_fields.h"
#include "reports/result_json.h"

static const char *how_name(enum headroom_how how)
{
    static const char *const name[] = {[HEADROOM_ALREADY] = "already",
                                       [HEADROOM_SIMULATED] = "simulated",
                                       [HEADROOM_PROPORTION] = "proportion",
                                       [HEADROOM_NOT_MET] = "not reached"};
    return name[how];
}

void headroom_csv_write(const struct headroom_result *result, struct output *output)
{
    static const char *const header[] = {
        "limit", "entity", "price", "load_today", "factor", "factor_all_replications",
        "how",   "date",   "now",   "remedy"};
    struct csv_row row = {.output = output};
    for (size_t i = 0; i < sizeof header / sizeof *header; i++)
        csv_put_text(&row, header[i]);
    csv_end_row(&row);
    for (size_t i = 0; i < result->limits; i++) {
        const struct headroom_limit *const l = &result->limit[i];
        csv_put_text(&row, l->what);
        csv_put_text(&row, l->entity);
        csv_put_bool(&row, l->price);
        csv_put_number(&row, l->today);
        csv_put_number(&row, l->factor);
        csv_put_number(&row, l->all);
        csv_put_text(&row, how_name(l->how));
        csv_put_text(&row, l->date);
        csv_put_text(&row, l->now);
        csv_put_text(&row, l->remedy);
        csv_end_row(&row);
    }
}

void headroom_json_write(const struct headroom_result *result, struct output *output)
{
    const struct result *const run = &result->run;
    struct json_writer json;
    json_begin_run(&json, run);
    json_put_integer(&json, json.root, "seed", run->seed);
    json_put_number(&json, json.root, "duration_s", run->duration_s);
    json_put_integer(&json, json.root, "replications", run->replications);
    json_put_text(&json, json.root, "workload", result->workload);
    json_put_number(&json, json.root, "simulated_up_to", result->up_to);
    json_put_number(&json, json.root, "growth_per_month", result->growth);
    json_put_text(&json, json.root, "from", result->from);
    cJSON *const array = json_put_array(&json, json.root, "limits");
    for (size_t i = 0; i < result->limits; i++) {
        const struct headroom_limit *const l = &result->limit[i];
        cJSON *const item = json_put_object(&json, array, NULL);
        json_put_text(&json, item, "limit", l->what);
        json_put_text(&json, item, "entity", l->entity);
        json_put_bool(&json, item, "price", l->price);
        json_put_number(&json, item, "load_today", l->today);
        json_put_number(&json, item, "factor", l->factor);
        json_put_number(&json, item, "factor_all_replications", l->all);
        json_put_text(&json, item, "how", how_name(l->how));
        json_put_text(&json, item, "date", l->date);
        json_put_text(&json, item, "now", l->now);
        json_put_text(&json, item, "remedy", l->remedy);
    }
    json_put_warnings(&json, json.root, "warnings", &run->notes);
    json_end(&json, output);
}
