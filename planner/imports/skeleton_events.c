/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Topics and buses with who subscribes to them, what functions do with asynchronous events, and
 * state machines. */
#include "imports/skeleton.h"

#include "scenario/json.h"

#define CONFIG EVENT_CONFIG_PROPERTY
#define RULES_MOST 2000 /* of a bus, in a scenario */

/* False after a warning: neither Lambda nor a standard topic sends to a FIFO queue. */
static bool may_get(struct building *b, const char *target, const struct item *from)
{
    const struct item *const to = find_target(b->inventory, target);
    char shown[JSON_SHOWN_SIZE];
    if (to == NULL || to->kind != ITEM_QUEUE || !cJSON_IsTrue(item_get(to, "fifo_queue")))
        return to != NULL;
    inventory_warning(b->inventory, from->place,
                      "%s %s: queue %s is FIFO, which gets no such events: left out",
                      inventory_kind(from->kind), json_shown(from->id, shown), to->name);
    return false;
}

/* Puts {`inner`: "queue:NAME"} under `key`, where the item names a target. */
static void put_target(struct building *b, const struct item *item, const char *property,
                       cJSON *object, const char *key, const char *inner)
{
    const char *const target = item_text(item, property);
    if (target == NULL || !may_get(b, target, item))
        return;
    char *const name = target_name(b->inventory, target);
    put_text(section(object, key), inner, name);
    free(name);
}

/* Whether it was there on the scenario's day; else it is left out with a warning. */
static bool in_time(struct building *b, const struct item *item, const char *key, const char *since)
{
    if (!building_has(b, since))
        inventory_warning(b->inventory, item->place,
                          "function %s: %s did not exist on the scenario's date: left out",
                          item->name, key);
    return building_has(b, since);
}

void building_put_event_config(struct building *b, const struct item *item, cJSON *function)
{
    static const char *const numbers[] = {CONFIG "maximum_event_age_in_seconds",
                                          CONFIG "maximum_retry_attempts"};
    bool any = false;
    for (size_t i = 0; i < item->properties; i++)
        any = any || strncmp(item->property[i].key, CONFIG, sizeof CONFIG - 1) == 0;
    if (any && in_time(b, item, "event_invoke_config", "since.async_destinations")) {
        cJSON *const config = section(function, "event_invoke_config");
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
            if (item_get(item, numbers[i]) != NULL)
                put_number(config, numbers[i] + sizeof CONFIG - 1,
                           item_number(item, numbers[i], 0));
        if (item_text(item, CONFIG "on_success") != NULL ||
            item_text(item, CONFIG "on_failure") != NULL) {
            cJSON *const results = section(config, "destination_config");
            put_target(b, item, CONFIG "on_success", results, "on_success", "destination");
            put_target(b, item, CONFIG "on_failure", results, "on_failure", "destination");
            if (results->child == NULL)
                cJSON_DeleteItemFromObjectCaseSensitive(config, "destination_config");
        }
    }
    if (item_text(item, "_dead_letter_target") != NULL &&
        in_time(b, item, "dead_letter_config", "since.dead_letter_queue"))
        put_target(b, item, "_dead_letter_target", function, "dead_letter_config", "target");
}

/* Whether a scenario that is merged into has it already. */
static bool there(const cJSON *list, const char *key, const char *name)
{
    for (const cJSON *entry = list->child; entry != NULL; entry = entry->next) {
        const cJSON *const value = member(entry, key);
        if (cJSON_IsString(value) && strcmp(value->valuestring, name) == 0)
            return true;
    }
    return false;
}

/* Adds an entry to a topic's subscriptions or a bus's rules. */
static void put_subscription(struct building *b, const struct item *subscription, const char *from)
{
    struct item *const source = find_target(b->inventory, from);
    const bool topic = source != NULL && source->kind == ITEM_TOPIC;
    const char *const list_key = topic ? "subscriptions" : "rules";
    const char *const key = topic ? "endpoint" : "target";
    const char *const to = item_text(subscription, "_to");
    if (source == NULL || find_target(b->inventory, to) == NULL ||
        (topic && !may_get(b, to, source)) || (!topic && !building_has(b, "since.event_bus")))
        return;
    cJSON *const owner = section(section(b->root, topic ? "topics" : "event_buses"), source->name);
    if (!cJSON_IsArray(member(owner, list_key)))
        put(owner, list_key, cJSON_CreateArray());
    cJSON *const list = member(owner, list_key);
    char *const name = target_name(b->inventory, to);
    if (!topic && cJSON_GetArraySize(list) >= RULES_MOST) {
        inventory_warning(b->inventory, subscription->place,
                          "bus %s has more than %d rules: the others are left out", source->name,
                          RULES_MOST);
    } else if (!there(list, key, name)) {
        cJSON *const entry = cJSON_CreateObject();
        put_text(entry, key, name);
        add_comment(entry, subscription->notes);
        cJSON_AddItemToArray(list, entry);
    }
    free(name);
}

static void put_sender(struct building *b, struct item *item, cJSON *senders)
{
    (void)b;
    add_comment(section(senders, item->name), item->notes);
}

/* --- state machines --------------------------------------------------------------------------- */

/* Tasks, from ids to names. */
static void name_tasks(const struct building *b, cJSON *value)
{
    for (cJSON *child = value->child; child != NULL; child = child->next) {
        char *const name = child->string != NULL && strcmp(child->string, "task") == 0
                               ? target_name(b->inventory, child->valuestring)
                               : NULL;
        if (name != NULL)
            cJSON_SetValuestring(child, name);
        free(name);
        name_tasks(b, child);
    }
}

/* In any of the steps, or of those inside. */
static bool has_map(const cJSON *tree)
{
    for (const cJSON *child = tree == NULL ? NULL : tree->child; child != NULL; child = child->next)
        if ((child->string != NULL && strcmp(child->string, "map") == 0) || has_map(child))
            return true;
    return false;
}

/* A map has no more at once than there were. */
static void limit_maps(const struct building *b, cJSON *tree)
{
    const double most = limits_at(b->request->data.limits, "stepfunctions.map.concurrency", b->day);
    for (cJSON *child = tree->child; child != NULL; child = child->next) {
        const cJSON *const at_once = member(child, "max_concurrency");
        if (cJSON_IsNumber(at_once) && at_once->valuedouble > most)
            put_number(child, "max_concurrency", most);
        limit_maps(b, child);
    }
}

static void put_machine(struct building *b, struct item *item, cJSON *machines)
{
    const cJSON *const steps = item_get(item, "_steps");
    const char *const type = item_text(item, "type");
    const char *const since = type != NULL && strcmp(type, "EXPRESS") == 0
                                  ? "since.express_workflows"
                                  : "since.step_functions";
    const bool elsewhere = item_get(item, "_elsewhere") != NULL;
    const char *const why =
        steps == NULL && elsewhere
            ? "its definition is not in what was imported (give it as NAME=FILE)"
        : steps == NULL           ? "nothing of it can be simulated"
        : !building_has(b, since) ? "there were none on the scenario's date"
        : has_map(steps) && !building_has(b, "since.map_state")
            ? "there were no maps on the scenario's date"
            : NULL;
    if (why != NULL) {
        inventory_warning(b->inventory, item->place, "state machine %s: %s: left out", item->name,
                          why);
        return;
    }
    cJSON *const machine = section(machines, item->name), *const copy = cJSON_Duplicate(steps, 1);
    name_tasks(b, copy);
    limit_maps(b, copy);
    put(machine, "steps", copy);
    if (type != NULL)
        put_text(machine, "type", type);
    if (item_get(item, "retry") != NULL)
        put(machine, "retry", cJSON_Duplicate(item_get(item, "retry"), 1));
    add_comment(machine, item->notes);
}

void building_put_events(struct building *b)
{
    const struct inventory *const inventory = b->inventory;
    building_put_items(b, ITEM_TOPIC, "topics", put_sender);
    if (building_has(b, "since.event_bus"))
        building_put_items(b, ITEM_BUS, "event_buses", put_sender);
    else if (inventory->items[ITEM_BUS] > 0)
        inventory_warning(b->inventory, inventory->item[ITEM_BUS][0]->place,
                          "event buses did not exist on the scenario's date: they are left out");
    building_put_items(b, ITEM_STATE_MACHINE, "state_machines", put_machine);
    for (size_t i = 0; i < inventory->items[ITEM_SUBSCRIPTION]; i++) {
        const struct item *const s = inventory->item[ITEM_SUBSCRIPTION][i];
        const char *const bus = item_text(s, "_bus");
        put_subscription(b, s, bus != NULL ? bus : item_text(s, "_from"));
    }
}
