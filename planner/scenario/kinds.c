/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/kinds.h"

#include "scenario/fields.h"

#include <string.h>

/* Lambda sees loops over functions, SQS and SNS (developer guide, "Recursive loop detection"). The
 * payload of a function depends on how it is called. */
const struct kind scenario_kinds[ENTITY_KINDS] = {
    [ENTITY_STREAM] = {"stream", "stream", "kinesis.record.max", false},
    [ENTITY_FUNCTION] = {"function", "function", NULL, true},
    [ENTITY_QUEUE] = {"queue", "queue", "sqs.message.max", true},
    [ENTITY_TABLE] = {"table", "table", "dynamodb.item.max", false},
    [ENTITY_DOWNSTREAM] = {"downstream", "downstream", NULL, true},
    [ENTITY_TOPIC] = {"topic", "topic", "sns.message.max", true},
    [ENTITY_BUS] = {"event_bus", "event bus", "eventbridge.entry.max", false},
    [ENTITY_STATE_MACHINE] = {"state_machine", "state machine", "stepfunctions.payload", false},
};

static const struct field *section_of(enum entity_kind kind)
{
    for (size_t i = 0; i < object_scenario.fields && kind != ENTITY_NONE; i++) {
        const struct field *const field = &object_scenario.field[i];
        if (field->type == FIELD_MAP &&
            strcmp(field->object->name, scenario_kinds[kind].prefix) == 0)
            return field;
    }
    return NULL;
}

struct kind_array kind_array(const struct scenario *scenario, enum entity_kind kind)
{
    const struct field *const section = section_of(kind);
    if (section == NULL)
        return (struct kind_array){0};
    struct kind_array array = {.size = section->object->size, .section = section->key};
    memcpy(&array.first, (const char *)scenario + section->offset, sizeof array.first);
    memcpy(&array.count, (const char *)scenario + section->extra, sizeof array.count);
    return array;
}

const char *kind_name(const struct scenario *scenario, enum entity_kind kind, size_t index)
{
    const struct kind_array array = kind_array(scenario, kind);
    const char *name;
    memcpy(&name, (const char *)array.first + index * array.size, sizeof name);
    return name;
}
