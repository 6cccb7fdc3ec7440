/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where events go: ARNs of functions, queues, topics, buses, streams and state machines to items.
 */
#include "imports/readers.h"

#include "core/memory.h"
#include "scenario/json.h"
#include "support/text.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    enum item_kind kind;
    const char *service, *before, *prefix; /* of the ARN's resource; of a scenario's reference */
} kinds_of[] = {
    {ITEM_FUNCTION, "lambda", "function:", "function:"},
    {ITEM_STREAM, "kinesis", "stream/", "stream:"},
    {ITEM_QUEUE, "sqs", "", "queue:"},
    {ITEM_TOPIC, "sns", "", "topic:"},
    {ITEM_BUS, "events", "event-bus/", "event_bus:"},
    {ITEM_STATE_MACHINE, "states", "stateMachine:", "state_machine:"},
};
#define KINDS (sizeof kinds_of / sizeof *kinds_of)

static size_t kind_of_arn(const struct arn *arn)
{
    size_t i = 0;
    while (i < KINDS &&
           (strcmp(arn->service, kinds_of[i].service) != 0 ||
            strncmp(arn->resource, kinds_of[i].before, strlen(kinds_of[i].before)) != 0))
        i++;
    return i;
}

char *read_target(const struct source *source, const cJSON *at, const char *text, const char *what,
                  unsigned kinds)
{
    struct inventory *const inventory = source->inventory;
    const struct place place = source_place(source, at);
    struct arn arn;
    char shown[JSON_SHOWN_SIZE];
    if (!arn_parse(text, &arn)) {
        inventory_warning(inventory, place,
                          "%s: %s is no ARN that can be told from the file: left out", what,
                          json_shown(text, shown));
        return NULL;
    }
    const size_t kind = kind_of_arn(&arn);
    if (kind == KINDS || (kinds & 1u << kinds_of[kind].kind) == 0) {
        inventory_warning(inventory, place, "%s: %s (%s) is not simulated: left out", what,
                          json_shown(arn.resource, shown), arn.service);
        return NULL;
    }
    inventory_region(inventory, arn.region, place);
    char *const id = kind == 0 ? function_name_of(text, NULL)
                               : mem_strdup(arn.resource + strlen(kinds_of[kind].before));
    struct item *const item = inventory_item(inventory, kinds_of[kind].kind, id, place);
    if (item != NULL && item->notes == NULL)
        item_note(item, "Named in %s:%ld.", place.file, place.line);
    char *const target = item == NULL ? NULL : text_format("%s%s", kinds_of[kind].prefix, id);
    free(id);
    return target;
}

void set_target(const struct source *source, struct item *item, const char *property,
                const cJSON *value, const char *what, unsigned kinds)
{
    char shown[TREE_SHOWN_SIZE];
    if (tree_is_empty(value))
        return;
    if (!cJSON_IsString(value)) {
        inventory_warning(source->inventory, source_place(source, value),
                          "%s: %s is not evaluated: left out", what, tree_show(value, shown));
        return;
    }
    char *const target = read_target(source, value, value->valuestring, what, kinds);
    if (target != NULL)
        item_set_text(source->inventory, item, property, target, source_place(source, value));
    free(target);
}

char *known_target(const struct inventory *inventory, const char *text, unsigned kinds)
{
    struct arn arn;
    const size_t kind = arn_parse(text, &arn) ? kind_of_arn(&arn) : KINDS;
    if (kind == KINDS || (kinds & 1u << kinds_of[kind].kind) == 0)
        return NULL;
    const struct item *const item = inventory_find(inventory, kinds_of[kind].kind,
                                                   arn.resource + strlen(kinds_of[kind].before));
    return item == NULL ? NULL : text_format("%s%s", kinds_of[kind].prefix, item->name);
}

struct item *find_target(const struct inventory *inventory, const char *target)
{
    for (size_t i = 0; target != NULL && i < KINDS; i++) {
        const size_t length = strlen(kinds_of[i].prefix);
        if (strncmp(target, kinds_of[i].prefix, length) == 0)
            return inventory_find(inventory, kinds_of[i].kind, target + length);
    }
    return NULL;
}

char *target_name(const struct inventory *inventory, const char *target)
{
    const struct item *const item = find_target(inventory, target);
    return item == NULL ? NULL
                        : text_format("%.*s%s", (int)strcspn(target, ":") + 1, target, item->name);
}
