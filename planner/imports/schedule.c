/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Scheduled actions of Application Auto Scaling on provisioned concurrency, by the keys of its API
 * reference (ScheduledAction) and of AWS::ApplicationAutoScaling::ScalableTarget. Those of every
 * day are taken over: cron(MINUTES HOURS * * ? *).
 */
#include "imports/readers.h"

#include "scenario/json.h"
#include "support/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIMENSION "lambda:function:ProvisionedConcurrency"

/* "HH:MM" of a cron expression that comes once a day. */
static bool daily(const char *schedule, char ret[8])
{
    unsigned minute, hour;
    char day, month, week[2], year;
    int end = 0;
    if (sscanf(schedule, "cron( %2u %2u %c %c %1[*?] %c )%n", &minute, &hour, &day, &month, week,
               &year, &end) != 6 ||
        end == 0 || schedule[end] != '\0')
        return false;
    snprintf(ret, 8, "%02u:%02u", hour % 100, minute % 100);
    return minute < 60 && hour < 24 && (day == '*' || day == '?') && month == '*' && year == '*';
}

static void put_action(const struct source *source, const cJSON *action, struct item *function,
                       const char *at, double executions)
{
    const struct place place = source_place(source, action);
    const char *const zone = tree_text(action, "Timezone");
    char shown[JSON_SHOWN_SIZE], shown_zone[JSON_SHOWN_SIZE];
    char *const key = text_format(SCHEDULED_PREFIX "%s", at);
    item_set_number(source->inventory, function, key, executions, place);
    item_note(function, "A schedule from %s:%ld.", place.file, place.line);
    if (zone != NULL && strcmp(zone, "UTC") != 0)
        inventory_warning(source->inventory, place,
                          "function %s: its schedule's %s is of %s; it is taken as a time of the "
                          "run, which begins at 00:00",
                          json_shown(function->id, shown), at, json_shown(zone, shown_zone));
    free(key);
}

void read_scheduled_action(const struct source *source, const cJSON *action, const char *resource,
                           const char *dimension)
{
    const struct place place = source_place(source, action);
    const cJSON *const target = tree_member(action, "ScalableTargetAction");
    const char *const schedule = tree_text(action, "Schedule");
    char shown[JSON_SHOWN_SIZE], shown_schedule[JSON_SHOWN_SIZE], at[8];
    double least = -1, most = -1;
    source->inventory->understood++;
    if (dimension == NULL || strcmp(dimension, DIMENSION) != 0) {
        inventory_warning(source->inventory, place, "scheduled scaling of %s is not simulated",
                          dimension != NULL ? json_shown(dimension, shown) : "what is not said");
        return;
    }
    char *const name = resource != NULL ? function_name_of(resource, NULL) : NULL;
    tree_number(tree_member(target, "MaxCapacity"), &most);
    if (!tree_number(tree_member(target, "MinCapacity"), &least))
        least = most;
    const bool good = name != NULL && least >= 0 && least <= 1e7 && floor(least) == least;
    if (!good || schedule == NULL || !daily(schedule, at)) {
        inventory_warning(source->inventory, place,
                          "function %s: the scheduled action %s is not one of every day, "
                          "cron(MINUTES HOURS * * ? *), with a capacity: left out",
                          name != NULL ? json_shown(name, shown) : "?",
                          schedule != NULL ? json_shown(schedule, shown_schedule)
                                           : "without Schedule");
    } else {
        struct item *const function = inventory_item(source->inventory, ITEM_FUNCTION, name, place);
        if (most > least)
            inventory_warning(source->inventory, place,
                              "function %s: target tracking from %g to %g at %s is not simulated: "
                              "%g are taken",
                              json_shown(name, shown), least, most, at, least);
        if (function != NULL)
            put_action(source, action, function, at, least);
    }
    free(name);
}
