/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who calls from outside: schedules, APIs and services. A schedule says when its calls come; the
 * others only what stands before the function.
 */
#include "imports/readers.h"

#include "scenario/cron.h"
#include "scenario/json.h"
#include "support/text.h"

#include <stdlib.h>
#include <string.h>

#define SCHEDULES_MOST 300 /* as many rules as EventBridge gives an account's bus */

void add_schedule(struct inventory *inventory, struct item *item, struct place place,
                  const cJSON *expression)
{
    const char *const kind = inventory_kind(item->kind);
    char shown[TREE_SHOWN_SIZE], name[JSON_SHOWN_SIZE], error[CRON_ERROR_SIZE];
    struct cron cron;
    size_t schedules = 0;
    json_shown(item->id, name);
    if (!cJSON_IsString(expression)) {
        inventory_warning(inventory, place, "%s %s: its schedule %s is not evaluated: left out",
                          kind, name, tree_show(expression, shown));
        return;
    }
    if (!cron_parse(expression->valuestring, &cron, error)) {
        inventory_warning(inventory, place, "%s %s: its schedule %s is left out: %s", kind, name,
                          tree_show(expression, shown), error);
        return;
    }
    for (size_t i = 0; i < item->properties; i++)
        schedules +=
            strncmp(item->property[i].key, SCHEDULE_PROPERTY, strlen(SCHEDULE_PROPERTY)) == 0;
    if (schedules >= SCHEDULES_MOST) {
        inventory_warning(inventory, place,
                          "%s %s has more than %d schedules: the others are left out", kind, name,
                          SCHEDULES_MOST);
        return;
    }
    /* One property each: a second one is no contradiction. */
    char *const key = text_format("%s%s", SCHEDULE_PROPERTY, expression->valuestring);
    item_set_text(inventory, item, key, expression->valuestring, place);
    free(key);
}

void add_caller(struct inventory *inventory, struct item *function, struct place place,
                const char *caller)
{
    char *const key = text_format("%s%s", CALLER_PROPERTY, caller);
    if (item_get(function, key) == NULL)
        item_set(inventory, function, key, cJSON_CreateTrue(), place);
    free(key);
}

void read_url(const struct source *source, const cJSON *at, const char *function)
{
    const struct place place = source_place(source, at);
    char *const name = function_name_of(function, NULL);
    struct item *const item = inventory_item(source->inventory, ITEM_FUNCTION, name, place);
    if (item != NULL)
        add_caller(source->inventory, item, place, "function_url");
    free(name);
}
