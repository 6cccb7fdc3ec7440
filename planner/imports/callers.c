/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who calls functions from outside: schedules and APIs, as templates name them. A schedule says when
 * its calls come; an API only what stands before the function.
 */
#include "imports/readers.h"

#include "scenario/cron.h"
#include "scenario/json.h"
#include "support/text.h"

#include <stdlib.h>
#include <string.h>

#define SCHEDULES_MOST 300 /* as many rules as EventBridge gives an account's bus */

void read_schedule(const struct source *source, struct item *function, const cJSON *at,
                   const cJSON *expression)
{
    char shown[TREE_SHOWN_SIZE], name[JSON_SHOWN_SIZE], error[CRON_ERROR_SIZE];
    struct cron cron;
    if (!cJSON_IsString(expression)) {
        inventory_warning(source->inventory, source_place(source, at),
                          "function %s: its schedule %s is not evaluated: left out",
                          json_shown(function->id, name), tree_show(expression, shown));
        return;
    }
    if (!cron_parse(expression->valuestring, &cron, error)) {
        inventory_warning(source->inventory, source_place(source, at),
                          "function %s: its schedule %s is left out: %s",
                          json_shown(function->id, name), tree_show(expression, shown), error);
        return;
    }
    size_t schedules = 0;
    for (size_t i = 0; i < function->properties; i++)
        schedules += strncmp(function->property[i].key, SCHEDULE_PROPERTY,
                             strlen(SCHEDULE_PROPERTY)) == 0;
    if (schedules >= SCHEDULES_MOST) {
        inventory_warning(source->inventory, source_place(source, at),
                          "function %s has more than %d schedules: the others are left out",
                          json_shown(function->id, name), SCHEDULES_MOST);
        return;
    }
    /* One property each: a second one is no contradiction. */
    char *const key = text_format("%s%s", SCHEDULE_PROPERTY, expression->valuestring);
    item_set_text(source->inventory, function, key, expression->valuestring,
                  source_place(source, at));
    free(key);
}

void read_api(const struct source *source, struct item *function, const cJSON *at,
              const char *through)
{
    if (item_get(function, THROUGH_PROPERTY) == NULL)
        item_set_text(source->inventory, function, THROUGH_PROPERTY, through, source_place(source, at));
}
