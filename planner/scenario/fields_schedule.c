/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The vocabulary of schedules of provisioned concurrency: Application Auto Scaling's scheduled
 * actions, whose least and greatest capacity are the same.
 */
#include "scenario/internal.h"

#include <math.h>
#include <stdlib.h>

#define P(member) AT(struct scheduled_action_spec, member)
static const struct field action_fields[] = {
    {"at_s", FIELD_NUMBER, P(at_s), .initial = UNSET_NUMBER, .maximum = LONGEST_S, .unit = "s",
     .dynamic = true, .doc = "Once, at this time of the run."},
    {"at", FIELD_STRING, P(at), .kind = TEXT_TIME_OF_DAY, .dynamic = true,
     .doc = "Every day at this time, \"HH:MM\"; the run begins at 00:00."},
    {"value", FIELD_INTEGER, P(value), .maximum = 1e7, .unit = "executions", .mandatory = true,
     .doc = "Provisioned concurrency from then on."},
};
static const char *const when[] = {"at_s", "at", NULL};

static void finish_action(struct reader *reader, const struct cJSON *json, void *base,
                          uint64_t given)
{
    struct scheduled_action_spec *const action = base;
    (void)reader;
    (void)json;
    (void)given;
    action->daily = action->at != NULL;
    if (action->daily) /* "HH:MM", as it has been checked */
        action->at_s = 3600 * strtod(action->at, NULL) + 60 * strtod(action->at + 3, NULL);
}

const struct object object_scheduled_action = {.name = "scheduled_action",
                                               .doc = "A change of the provisioned concurrency.",
                                               FIELDS(action_fields),
                                               .exactly_one = when,
                                               .size = sizeof(struct scheduled_action_spec),
                                               .finish = finish_action};

double scenario_provisioned_at_start(const struct function_spec *function)
{
    const struct scheduled_action_spec *last = NULL;
    for (size_t i = 0; i < function->scheduled_actions; i++) {
        const struct scheduled_action_spec *const action = &function->scheduled_action[i];
        if (action->daily && (last == NULL || action->at_s >= last->at_s))
            last = action;
    }
    return last != NULL ? last->value : function->provisioned_concurrent_executions;
}

double scenario_provisioned_at_most(const struct function_spec *function)
{
    double most = scenario_provisioned_at_start(function);
    for (size_t i = 0; i < function->scheduled_actions; i++)
        most = fmax(most, function->scheduled_action[i].value);
    return most;
}
