/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run.json: what was run, of which inputs, and what came out; `report` prints it again. */
#include "reports/alarms.h"
#include "reports/exporters.h"
#include "reports/result_json.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

/* "key=value unit (since ...)" a line: an object of key to the rest. */
static void put_limits(struct json_writer *json, const char *limits)
{
    cJSON *const object = json_put_object(json, json->root, "limits");
    char *const copy = mem_strdup(limits);
    char *rest = NULL;
    for (char *line = strtok_r(copy, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        char *const sign = strchr(line, '=');
        if (sign == NULL)
            continue;
        *sign = '\0';
        json_put_text(json, object, line, sign + 1);
    }
    free(copy);
}

static void put_shown(struct json_writer *json, const struct result_shown *shown)
{
    if (shown->table == NULL)
        return;
    cJSON *const object = json_put_object(json, json->root, "shown");
    json_put_text(json, object, "table", shown->table);
    json_put_text(json, object, "markdown", shown->markdown);
    if (shown->json != NULL)
        json_put_text(json, object, "json", shown->json);
}

void run_json_write(const struct result *result, struct output *output)
{
    struct json_writer json;
    json_begin(&json);
    json_put_text(&json, json.root, "version", LAMBDAPLAN_VERSION);
    json_put_command(&json, &result->command);
    json_put_integer(&json, json.root, "seed", result->seed);
    json_put_raw(&json, json.root, "scenario", result->scenario_json);
    json_put_text(&json, json.root, "scenario_sha256", result->scenario_sha256);
    json_put_text(&json, json.root, "as_of", result->as_of);
    json_put_text(&json, json.root, "region", result->region);
    json_put_text(&json, json.root, "price_book", result->price_book);
    put_limits(&json, result->limits);
    json_put_integer(&json, json.root, "replications", result->replications);
    json_put_number(&json, json.root, "duration_s", result->duration_s);
    json_put_number(&json, json.root, "month_hours", result->month_hours);
    json_put_integer(&json, json.root, "events", result->events);
    json_put_integer(&json, json.root, "invocations", result->invocations);
    json_put_number(&json, json.root, "wall_time_s", result->wall_time_s);
    json_put_alarms(&json, json.root, result);
    json_put_warnings(&json, json.root, "warnings", &result->notes);
    json_put_text(&json, json.root, "name", result->scenario_name);
    json_put_number(&json, json.root, "warm_up_s", result->warm_up_s);
    json_put_bool(&json, json.root, "free_tier", result->free_tier);
    json_put_facts(&json, result);
    json_put_options(&json, result);
    put_shown(&json, &result->shown);
    json_end(&json, output);
}
