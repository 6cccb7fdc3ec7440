/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inventory as a scenario, alone or merged into one. */
#include "imports/skeleton.h"

#include "scenario/cron.h"
#include "scenario/json.h"
#include "scenario/scenario.h"
#include "support/date.h"

#include <stdio.h>
#include <unistd.h>

#define WARM_UP_S 300

static const struct place nowhere = {NULL, 0};

/* What an item says, without what is for import alone. */
static void put_properties(cJSON *object, const struct item *item)
{
    for (size_t i = 0; i < item->properties; i++)
        if (item->property[i].key[0] != '_')
            put(object, item->property[i].key, cJSON_Duplicate(item->property[i].value, 1));
}

/* Where an item goes, in its section. */
static cJSON *entity_of(struct item *item, cJSON *into)
{
    if (item->entity == NULL) {
        item->entity = cJSON_CreateObject();
        cJSON_AddItemToObject(into, item->name, item->entity);
    } else if (!cJSON_IsObject(item->entity)) {
        item->entity = section(into, item->name);
    }
    return item->entity;
}

static bool text_is(const cJSON *object, const char *key, const char *prefix, const char *name)
{
    const cJSON *const value = member(object, key);
    const size_t length = strlen(prefix);
    return cJSON_IsString(value) && strncmp(value->valuestring, prefix, length) == 0 &&
           strcmp(value->valuestring + length, name) == 0;
}

/* --- functions ------------------------------------------------------------------------------ */

static double provisioned(const struct item *item)
{
    double sum = 0;
    bool any = false;
    for (size_t i = 0; i < item->properties; i++)
        if (strncmp(item->property[i].key, "_provisioned:", 13) == 0) {
            sum += item->property[i].value->valuedouble;
            any = true;
        }
    return any ? sum : -1;
}

static void settle_provisioned(struct building *b, struct item *item, cJSON *function)
{
    const double sum = provisioned(item);
    const cJSON *const reserved = member(function, "reserved_concurrent_executions");
    if (sum >= 0)
        put_number(function, "provisioned_concurrent_executions", sum);
    const cJSON *const ready = member(function, "provisioned_concurrent_executions");
    if (!cJSON_IsNumber(ready) || !cJSON_IsNumber(reserved) || reserved->valuedouble < 0 ||
        ready->valuedouble <= reserved->valuedouble)
        return;
    inventory_warning(b->inventory, item->place,
                      "function %s: %g provisioned executions are more than the %g reserved ones: "
                      "%g are taken",
                      item->name, ready->valuedouble, reserved->valuedouble, reserved->valuedouble);
    put_number(function, "provisioned_concurrent_executions", reserved->valuedouble);
}

static int by_key(const void *a, const void *b)
{
    return strcmp((*(const struct property *const *)a)->key,
                  (*(const struct property *const *)b)->key);
}

/* Daily actions by time, never more than what is reserved; they hold from the beginning. */
static void settle_schedule(struct building *b, struct item *item, cJSON *function)
{
    const cJSON *const reserved = member(function, "reserved_concurrent_executions");
    const struct property **const action = mem_alloc(item->properties + 1, sizeof *action);
    const size_t prefix = strlen(SCHEDULED_PREFIX);
    size_t actions = 0;
    for (size_t i = 0; i < item->properties; i++)
        if (strncmp(item->property[i].key, SCHEDULED_PREFIX, prefix) == 0)
            action[actions++] = &item->property[i];
    cJSON *const schedule = actions > 0 ? cJSON_CreateArray() : NULL;
    if (actions > 0) {
        qsort(action, actions, sizeof *action, by_key);
        put(function, "provisioned_concurrency_schedule", schedule);
        cJSON_DeleteItemFromObjectCaseSensitive(function, "provisioned_concurrent_executions");
    }
    for (size_t i = 0; i < actions; i++) {
        double value = action[i]->value->valuedouble;
        if (cJSON_IsNumber(reserved) && reserved->valuedouble >= 0 &&
            value > reserved->valuedouble) {
            inventory_warning(
                b->inventory, action[i]->place,
                "function %s: %g provisioned executions are more than the %g reserved "
                "ones: %g are taken",
                item->name, value, reserved->valuedouble, reserved->valuedouble);
            value = reserved->valuedouble;
        }
        cJSON *const entry = cJSON_CreateObject();
        put_text(entry, "at", action[i]->key + prefix);
        put_number(entry, "value", value);
        cJSON_AddItemToArray(schedule, entry);
    }
    free(action);
}

static double most_provisioned(const cJSON *function)
{
    const cJSON *const ready = member(function, "provisioned_concurrent_executions");
    const cJSON *const schedule = member(function, "provisioned_concurrency_schedule");
    double most = cJSON_IsNumber(ready) ? ready->valuedouble : 0;
    for (const cJSON *entry = schedule == NULL ? NULL : schedule->child; entry != NULL;
         entry = entry->next) {
        const cJSON *const value = member(entry, "value");
        if (cJSON_IsNumber(value) && value->valuedouble > most)
            most = value->valuedouble;
    }
    return most;
}

/* PassThrough traces nothing unless somebody before the function does. */
static void settle_tracing(struct building *b, const struct item *item, cJSON *function)
{
    const cJSON *const mode = item_get(item, TRACING_PROPERTY);
    if (mode == NULL || strcmp(mode->valuestring, "Active") != 0)
        return;
    if (building_has(b, "since.xray"))
        put_text(section(function, "tracing_config"), "mode", "Active");
    else
        inventory_warning(b->inventory, item->place,
                          "function %s: X-Ray did not exist on the scenario's date: left out",
                          item->name);
}

static void settle_vpc(const struct building *b, struct item *item, cJSON *function)
{
    if (item_get(item, VPC_PROPERTY) == NULL || !building_has(b, "since.vpc"))
        return;
    section(function, "vpc_config");
    if (member(member(function, "bytes_per_invocation"), "nat") == NULL)
        item_note(item, "It is in a VPC: what it sends through a NAT gateway "
                        "(bytes_per_invocation) is not known.");
}

static void settle_runtime(struct building *b, struct item *item, cJSON *function)
{
    const cJSON *const runtime = member(function, "runtime");
    char shown[JSON_SHOWN_SIZE];
    if (text_is(function, "package_type", "", "Image")) {
        cJSON_DeleteItemFromObjectCaseSensitive(function, "runtime"); /* it brings its own */
        return;
    }
    int32_t introduced, deprecated;
    char why[64], first[16];
    if (!cJSON_IsString(runtime))
        return;
    if (!runtimes_dates(b->request->data.runtimes, runtime->valuestring, &introduced, &deprecated))
        snprintf(why, sizeof why, "is not in data/runtimes");
    else if (b->day < introduced)
        snprintf(why, sizeof why, "exists since %s only", date_format(introduced, first));
    else
        return;
    inventory_warning(b->inventory, item->place,
                      "function %s: runtime %s %s: left out, so that its cold starts are those of "
                      "no runtime in particular",
                      item->name, json_shown(runtime->valuestring, shown), why);
    item_note(item, "Its runtime is %s.", json_shown(runtime->valuestring, shown));
    cJSON_DeleteItemFromObjectCaseSensitive(function, "runtime");
}

/* The measurements of a fitted function hold at the memory where they were made. */
static void keep_measurements(struct building *b, const struct item *item, const cJSON *fitted,
                              cJSON *function)
{
    static const char *const keys[] = {"duration_ms", "reference_memory_size"};
    const cJSON *const memory = member(fitted, "memory_size");
    const cJSON *const now = member(function, "memory_size");
    if (member(fitted, "duration_ms") == NULL)
        return;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const cJSON *const value = member(fitted, keys[i]);
        cJSON_DeleteItemFromObjectCaseSensitive(function, keys[i]);
        if (value != NULL)
            put(function, keys[i], cJSON_Duplicate(value, 1));
    }
    if (member(fitted, "duration_points") != NULL)
        put(function, "duration_points", cJSON_Duplicate(member(fitted, "duration_points"), 1));
    const cJSON *const reference = member(fitted, "reference_memory_size");
    const double then_mb = cJSON_IsNumber(memory) ? memory->valuedouble : 128;
    const double measured_mb = cJSON_IsNumber(reference) ? reference->valuedouble : then_mb;
    if (!cJSON_IsNumber(now) || now->valuedouble == then_mb)
        return;
    if (reference == NULL)
        put_number(function, "reference_memory_size", then_mb);
    if (now->valuedouble != measured_mb)
        inventory_warning(b->inventory, item->place,
                          "function %s: its durations are of %g MB, its memory is %g MB now: they "
                          "are scaled",
                          item->name, measured_mb, now->valuedouble);
}

/* The comment of a fit tells where its numbers came from: not those that the import replaces. */
static void tell_replaced(struct item *item, const cJSON *fitted, const cJSON *function)
{
    static const char *const key[] = {"memory_size", "timeout"};
    for (size_t i = 0; i < sizeof key / sizeof *key; i++) {
        const cJSON *const before = member(fitted, key[i]), *const now = member(function, key[i]);
        if (cJSON_IsNumber(before) && cJSON_IsNumber(now) &&
            before->valuedouble != now->valuedouble)
            item_note(item,
                      "%s is %g by what was imported, no longer %g: what is said of it above "
                      "holds no more.",
                      key[i], now->valuedouble, before->valuedouble);
    }
}

static void put_function(struct building *b, struct item *item, cJSON *functions)
{
    cJSON *const function = entity_of(item, functions);
    const bool there = function->child != NULL;
    cJSON *const fitted = there ? cJSON_Duplicate(function, 1) : NULL;
    put_properties(function, item);
    settle_runtime(b, item, function);
    settle_provisioned(b, item, function);
    settle_schedule(b, item, function);
    settle_tracing(b, item, function);
    settle_vpc(b, item, function);
    if (there) {
        keep_measurements(b, item, fitted, function);
        tell_replaced(item, fitted, function);
    } else {
        if (member(function, "memory_size") == NULL) {
            put_number(function, "memory_size", 128);
            item_note(item, "Assumption: memory_size is Lambda's default.");
        }
        if (member(function, "timeout") == NULL) {
            put_number(function, "timeout", 3);
            item_note(item, "Assumption: timeout is Lambda's default.");
        }
    }
    building_put_event_config(b, item, function);
    if (!there && member(function, "duration_points") != NULL)
        item_note(item, "How durations spread is not known: they are constant here.");
    if (member(function, "duration_ms") == NULL) {
        put_number(function, "duration_ms", ASSUMED_DURATION_MS);
        item_note(item, "Assumption: duration_ms is %d until you give a measurement.",
                  ASSUMED_DURATION_MS);
    }
    add_comment(function, item->notes);
    cJSON_Delete(fitted);
}

/* --- the others ----------------------------------------------------------------------------- */

static void put_stream(struct building *b, struct item *item, cJSON *streams)
{
    cJSON *const stream = entity_of(item, streams);
    put_properties(stream, item);
    const cJSON *const mode = member(stream, "stream_mode");
    const bool on_demand = cJSON_IsString(mode) && strcmp(mode->valuestring, "ON_DEMAND") == 0;
    if (on_demand) {
        cJSON_DeleteItemFromObjectCaseSensitive(stream, "update_shard_count");
    } else if (member(stream, "shard_count") == NULL) {
        put_number(stream, "shard_count", 1);
        item_note(item, "Assumption: one shard.");
        inventory_warning(b->inventory, item->place,
                          "stream %s: nothing says how many shards it has: one is assumed",
                          item->name);
    }
    add_comment(stream, item->notes);
}

static void put_table(struct building *b, struct item *item, cJSON *tables)
{
    cJSON *const table = entity_of(item, tables);
    (void)b;
    put_properties(table, item);
    add_comment(table, item->notes);
}

/* A dead-letter queue of which nothing is known is of its queue's type: SQS wants that. */
static void settle_dead_letters(struct inventory *inventory)
{
    for (size_t i = 0; i < inventory->items[ITEM_QUEUE]; i++) {
        const struct item *const queue = inventory->item[ITEM_QUEUE][i];
        const char *const id = item_text(queue, "_dead_letters");
        struct item *const dead = id == NULL ? NULL : inventory_find(inventory, ITEM_QUEUE, id);
        if (dead != NULL && cJSON_IsTrue(item_get(queue, "fifo_queue")) &&
            item_get(dead, "fifo_queue") == NULL)
            item_set(inventory, dead, "fifo_queue", cJSON_CreateTrue(), queue->place);
    }
}

static void put_queue(struct building *b, struct item *item, cJSON *queues)
{
    cJSON *const queue = entity_of(item, queues);
    const char *const dead_id = item_text(item, "_dead_letters");
    const struct item *const dead =
        dead_id == NULL ? NULL : inventory_find(b->inventory, ITEM_QUEUE, dead_id);
    put_properties(queue, item);
    if (dead == item) /* attributes without a name were given to the only queue that has one */
        inventory_warning(b->inventory, item->place,
                          "queue %s: it cannot be its own dead-letter queue: left out", item->name);
    if (dead != NULL && dead != item) {
        cJSON *const policy = section(queue, "redrive_policy");
        char *const target = text_format("queue:%s", dead->name);
        put_text(policy, "dead_letter_queue", target);
        put_number(policy, "max_receive_count", item_number(item, "_max_receive_count", 1));
        free(target);
    }
    add_comment(queue, item->notes);
}

static double number_or(const cJSON *object, const char *key, double otherwise)
{
    const cJSON *const value = member(object, key);
    return cJSON_IsNumber(value) ? value->valuedouble : otherwise;
}

/* What SQS does not allow a mapping is brought to what it allows. */
static void settle_batches(struct building *b, const struct item *item, const cJSON *queue,
                           cJSON *mapping)
{
    static const char *const of_streams[] = {
        "parallelization_factor",         "starting_position",
        "maximum_retry_attempts",         "maximum_record_age_in_seconds",
        "bisect_batch_on_function_error", "destination_config"};
    const bool fifo = cJSON_IsTrue(member(queue, "fifo_queue"));
    for (size_t i = 0; i < sizeof of_streams / sizeof *of_streams; i++)
        cJSON_DeleteItemFromObjectCaseSensitive(mapping, of_streams[i]);
    if (fifo)
        cJSON_DeleteItemFromObjectCaseSensitive(mapping, "maximum_batching_window_in_seconds");
    if (number_or(mapping, "batch_size", 10) > 10 &&
        (fifo || number_or(mapping, "maximum_batching_window_in_seconds", 0) < 1)) {
        inventory_warning(b->inventory, item->place,
                          "mapping %s: more than 10 messages in a batch need a batching window%s: "
                          "10 are taken",
                          item->name, fifo ? ", which FIFO queues have not" : "");
        put_number(mapping, "batch_size", 10);
    }
}

/* CreateEventSourceMapping refuses a queue whose messages come back before the function is done. */
static void settle_visibility(struct building *b, const struct item *item, cJSON *queue,
                              const cJSON *function)
{
    const double timeout_s = number_or(function, "timeout", 3);
    const double advised_s = 6 * timeout_s;
    const cJSON *const visibility = member(queue, "visibility_timeout_seconds");
    if (visibility == NULL) {
        put_number(queue, "visibility_timeout_seconds", advised_s);
        add_comment(queue, "Assumption: visible again after six times the function's timeout.");
    } else if (visibility->valuedouble < timeout_s) {
        inventory_warning(b->inventory, item->place,
                          "mapping %s: the queue's visibility timeout of %g s is below the "
                          "function's timeout of %g s: the latter is taken",
                          item->name, visibility->valuedouble, timeout_s);
        put_number(queue, "visibility_timeout_seconds", timeout_s);
    }
}

static const char *text_of(const cJSON *object, const char *key)
{
    const cJSON *const value = member(object, key);
    return cJSON_IsString(value) ? value->valuestring : NULL;
}

static void keep_key(struct building *b, const void *scope, char *key, cJSON *mapping)
{
    lookup_add(&b->mapping, scope, key, mapping);
    b->key = mem_grow(b->key, &b->key_capacity, b->keys, sizeof *b->key);
    b->key[b->keys++] = key;
}

static void keep_mapping(struct building *b, cJSON *mapping)
{
    const char *const source = text_of(mapping, "event_source");
    const char *const function = text_of(mapping, "function_name");
    if (source != NULL)
        keep_key(b, b, mem_strdup(source), mapping);
    if (source != NULL && function != NULL)
        keep_key(b, NULL, text_format("%s %s", source, function), mapping);
}

static void find_mappings(struct building *b)
{
    const cJSON *const mappings = member(b->root, "event_source_mappings");
    for (cJSON *m = mappings == NULL ? NULL : mappings->child; m != NULL; m = m->next)
        keep_mapping(b, m);
}

/* A merged one of this name may have had another source. */
static void connect(struct building *b, cJSON *mapping, const char *event_source,
                    const char *function)
{
    const char *const before = text_of(mapping, "event_source");
    const char *const called = text_of(mapping, "function_name");
    if (before != NULL && strcmp(before, event_source) != 0) {
        char *const pair = text_format("%s %s", before, called != NULL ? called : "");
        lookup_remove(&b->mapping, b, before);
        lookup_remove(&b->mapping, NULL, pair);
        free(pair);
    }
    put_text(mapping, "event_source", event_source);
    put_text(mapping, "function_name", function);
    keep_mapping(b, mapping);
}

/* The mapping of this source and function, under whatever name; else one of this name. */
static cJSON *mapping_of(struct building *b, struct item *item, cJSON *mappings,
                         const char *event_source, const char *function)
{
    char *const pair = text_format("%s %s", event_source, function);
    cJSON *const found = lookup_find(&b->mapping, NULL, pair);
    free(pair);
    return found != NULL ? found : entity_of(item, mappings);
}

static void put_queue_mapping(struct building *b, struct item *item, cJSON *mappings,
                              const struct item *queue, const struct item *function)
{
    char *const event_source = text_format("queue:%s", queue->name);
    cJSON *const mapping = mapping_of(b, item, mappings, event_source, function->name);
    if (member(mapping, "event_source") == NULL &&
        lookup_find(&b->mapping, b, event_source) != NULL) {
        inventory_warning(b->inventory, item->place,
                          "mapping %s: another reads queue %s already, and how they share is not "
                          "simulated: left out",
                          item->name, queue->name);
        cJSON_Delete(cJSON_DetachItemViaPointer(mappings, mapping));
        item->entity = NULL;
    } else {
        connect(b, mapping, event_source, function->name);
        put_properties(mapping, item);
        if (item_number(item, "_maximum_concurrency", 0) > 0)
            put_number(section(mapping, "scaling_config"), "maximum_concurrency",
                       item_number(item, "_maximum_concurrency", 0));
        settle_batches(b, item, queue->entity, mapping);
        settle_visibility(b, item, queue->entity, function->entity);
        add_comment(mapping, item->notes);
    }
    free(event_source);
}

/* What a stream's mapping gives up: to a queue or topic that was imported, else to an ARN. */
static void put_destination(struct building *b, const struct item *item, cJSON *mapping)
{
    const char *const destination = item_text(item, "_destination");
    char shown[JSON_SHOWN_SIZE];
    struct arn arn;
    if (destination == NULL)
        return;
    if (!arn_parse(destination, &arn)) {
        inventory_warning(b->inventory, item->place,
                          "mapping %s: its on-failure destination %s is not an ARN: left out",
                          item->name, json_shown(destination, shown));
        return;
    }
    char *const known = known_target(b->inventory, destination, TARGET_QUEUE | TARGET_TOPIC);
    put_text(section(section(mapping, "destination_config"), "on_failure"), "destination_arn",
             known != NULL ? known : destination);
    free(known);
}

static void put_mapping(struct building *b, struct item *item, cJSON *mappings)
{
    const char *const queue_id = item_text(item, "_queue"), *const table_id =
                                                                item_text(item, "_table");
    const char *const id = item_text(item, "_stream");
    const struct item *const queue =
        queue_id == NULL ? NULL : inventory_find(b->inventory, ITEM_QUEUE, queue_id);
    const struct item *const stream = table_id != NULL
                                          ? inventory_find(b->inventory, ITEM_TABLE, table_id)
                                      : id != NULL ? inventory_find(b->inventory, ITEM_STREAM, id)
                                                   : NULL;
    const struct item *const function =
        inventory_find(b->inventory, ITEM_FUNCTION, item_text(item, "_function"));
    if (queue != NULL && function != NULL)
        put_queue_mapping(b, item, mappings, queue, function);
    if (stream == NULL || function == NULL)
        return; /* a queue's, or too many of them: reported */
    char *const event_source =
        text_format("%s:%s", table_id != NULL ? "table" : "stream", stream->name);
    cJSON *const mapping = mapping_of(b, item, mappings, event_source, function->name);
    connect(b, mapping, event_source, function->name);
    put_properties(mapping, item);
    put_destination(b, item, mapping);
    add_comment(mapping, item->notes);
    free(event_source);
}

/* NULL, or why the group cannot be a baseline. */
static const char *group_fault(const struct building *b, const struct item *item)
{
    const char *const type = item_text(item, "instance_type");
    const double least = item_number(item, "min_size", 0), most = item_number(item, "max_size", -1);
    const double wanted = item_number(item, "desired_capacity", least);
    if (type == NULL)
        return "nothing says which instances it runs (describe-launch-configurations, "
               "describe-launch-template-versions)";
    if (instances_find(b->request->data.instances, type) == NULL)
        return "its instance type is not in data/instances";
    if (most == 0 || wanted == 0) /* from none, target tracking never grows */
        return "it has no instances";
    if (most < 0)
        return "it has no max_size";
    if (least > most || wanted < least || wanted > most)
        return "its desired capacity is not from its least to its most";
    return NULL;
}

static void put_baseline(struct building *b, struct item *item, cJSON *baselines)
{
    const char *const fault = group_fault(b, item);
    if (fault != NULL) {
        inventory_warning(b->inventory, item->place, "auto scaling group %s is no baseline: %s",
                          item->name, fault);
        return;
    }
    cJSON *const baseline = section(baselines, item->name);
    put_properties(baseline, item);
    if (item_text(item, "sizing") == NULL)
        put_text(baseline, "sizing", "fixed");
    if (item_get(item, "desired_capacity") == NULL)
        put_number(baseline, "desired_capacity", item_number(item, "min_size", 0));
    add_comment(baseline, item->notes);
}

void building_put_items(struct building *b, enum item_kind kind, const char *key,
                        void (*put_item)(struct building *b, struct item *item, cJSON *into))
{
    if (b->inventory->items[kind] == 0)
        return;
    cJSON *const into = section(b->root, key);
    struct lookup there = {NULL};
    for (cJSON *child = into->child; child != NULL; child = child->next)
        lookup_add(&there, NULL, child->string, child);
    for (size_t i = 0; i < b->inventory->items[kind]; i++)
        b->inventory->item[kind][i]->entity =
            lookup_find(&there, NULL, b->inventory->item[kind][i]->name);
    lookup_finish(&there);
    for (size_t i = 0; i < b->inventory->items[kind]; i++)
        put_item(b, b->inventory->item[kind][i], into);
}

bool building_has(const struct building *b, const char *feature)
{
    return limits_or(b->request->data.limits, feature, b->day, 0) > 0;
}

/* --- the account ---------------------------------------------------------------------------- */

/* What the functions keep for themselves must fit; Lambda leaves some to the others. */
static void settle_account(struct building *b)
{
    const struct inventory *const inventory = b->inventory;
    const cJSON *const given = member(member(b->root, "account"), "concurrent_executions");
    double limit = limits_at(b->request->data.limits, "lambda.concurrency.account", b->day);
    double taken = 0;
    if (inventory->concurrent_executions > 0) {
        limit = inventory->concurrent_executions;
        put_number(section(b->root, "account"), "concurrent_executions", limit);
    } else if (cJSON_IsNumber(given)) {
        limit = given->valuedouble;
    }
    const cJSON *const functions = member(b->root, "functions");
    for (const cJSON *f = functions == NULL ? NULL : functions->child; f != NULL; f = f->next) {
        const cJSON *const reserved = member(f, "reserved_concurrent_executions");
        if (cJSON_IsNumber(reserved) && reserved->valuedouble >= 0)
            taken += reserved->valuedouble;
        else
            taken += most_provisioned(f);
    }
    const double kept =
        limits_or(b->request->data.limits, "lambda.concurrency.unreserved_min", b->day, 0);
    if (taken == 0 || taken + kept <= limit)
        return;
    cJSON *const account = section(b->root, "account");
    put_number(account, "concurrent_executions", taken + kept);
    add_comment(account,
                "Assumption: as many as the functions keep for themselves, and what Lambda "
                "leaves to the others.");
    inventory_warning(
        b->inventory, nowhere,
        "the functions keep %g concurrent executions for themselves, which an account "
        "of %g does not give: %g are assumed; import get-account-settings",
        taken, limit, taken + kept);
}

/* --- the whole ------------------------------------------------------------------------------ */

static char *folder_of(const char *path)
{
    const char *const slash = path == NULL ? NULL : strrchr(path, '/');
    return slash == NULL ? mem_strdup("") : text_format("%.*s", (int)(slash - path) + 1, path);
}

/* NULL: the working directory cannot be told. */
static char *absolute_folder(const char *folder)
{
    char here[4096];
    if (folder[0] == '/')
        return mem_strdup(folder);
    return getcwd(here, sizeof here) == NULL ? NULL : text_format("%s/%s", here, folder);
}

static void move_files(cJSON *value, const char *folder)
{
    for (cJSON *child = value->child; child != NULL; child = child->next) {
        const bool is_file = child->string != NULL && strcmp(child->string, "file") == 0 &&
                             cJSON_IsString(child) && child->valuestring[0] != '/' &&
                             child->valuestring[0] != '\0';
        if (is_file) {
            char *const moved = text_format(
                "%s%s%s", folder, folder[strlen(folder) - 1] == '/' ? "" : "/", child->valuestring);
            cJSON_SetValuestring(child, moved);
            free(moved);
        } else {
            move_files(child, folder);
        }
    }
}

/* The scenario to merge into, with its files still found from where the result will be. */
static cJSON *read_merged(struct building *b)
{
    const struct import_request *const request = b->request;
    struct diagnostics *const diagnostics = b->inventory->diagnostics;
    const size_t before = diagnostics->errors;
    cJSON *const root = json_read_file(request->merge, diagnostics);
    if (root == NULL)
        return NULL;
    const struct scenario_overrides overrides = {.as_of = request->as_of,
                                                 .region = request->region};
    char *const text = json_canonical(root);
    scenario_destroy(scenario_parse(text, strlen(text), request->merge, &request->data, &overrides,
                                    diagnostics));
    free(text);
    if (diagnostics->errors != before) {
        cJSON_Delete(root);
        return NULL;
    }
    char *const from = folder_of(request->merge), *const to = folder_of(request->output);
    if (request->output == NULL || strcmp(from, to) != 0) {
        char *const folder = absolute_folder(from);
        if (folder != NULL)
            move_files(root, folder);
        free(folder);
        cJSON_DeleteItemFromObjectCaseSensitive(root, "$schema");
    }
    free(from);
    free(to);
    return root;
}

static void put_region(struct building *b)
{
    const struct inventory *const inventory = b->inventory;
    const cJSON *const before = member(b->root, "region");
    const char *const region = b->request->region != NULL ? b->request->region : inventory->region;
    if (region == NULL) {
        if (before == NULL)
            inventory_warning(b->inventory, nowhere,
                              "nothing tells the region: us-east-1 is assumed; give --region");
        if (before == NULL)
            put_text(b->root, "region", "us-east-1");
        return;
    }
    if (cJSON_IsString(before) && strcmp(before->valuestring, region) != 0)
        inventory_warning(b->inventory, nowhere, "the region is %s now; %s says %s", region,
                          b->request->merge, before->valuestring);
    put_text(b->root, "region", region);
}

static void put_head(struct building *b)
{
    const struct import_request *const request = b->request;
    const cJSON *const date = member(b->root, "as_of");
    char *files = mem_strdup("");
    size_t named = 0;
    for (; named < b->inventory->files && strlen(files) < 1000; named++) {
        char *const longer =
            text_format("%s%s%s", files, named > 0 ? ", " : "", b->inventory->file[named]);
        free(files);
        files = longer;
    }
    const size_t more = b->inventory->files - named;
    char *const comment = more == 0 ? text_format("Imported from %s.", files)
                                    : text_format("Imported from %s and %zu more.", files, more);
    add_comment(b->root, comment);
    put_region(b);
    if (request->as_of != NULL || date == NULL)
        put_text(b->root, "as_of", request->as_of != NULL ? request->as_of : request->today);
    const cJSON *const as_of = member(b->root, "as_of");
    if (!cJSON_IsString(as_of) || !date_parse(as_of->valuestring, &b->day))
        b->day = 0;
    section(b->root, "run"); /* before what it depends on */
    free(comment);
    free(files);
}

static int64_t longest_period_s(const cJSON *workloads)
{
    int64_t longest = 0;
    char error[CRON_ERROR_SIZE];
    for (const cJSON *w = workloads == NULL ? NULL : workloads->child; w != NULL; w = w->next) {
        const cJSON *const expression = member(member(w, "arrivals"), "expression");
        struct cron cron;
        if (cJSON_IsString(expression) && cron_parse(expression->valuestring, &cron, error) &&
            cron_period_s(&cron) > longest)
            longest = cron_period_s(&cron);
    }
    return longest;
}

/* Whole periods of the schedules, which a month's cost is scaled up from; a week at most. */
static void put_run(struct building *b)
{
    cJSON *const run = section(b->root, "run");
    const int64_t period_s = longest_period_s(member(b->root, "workloads"));
    if (run->child != NULL)
        return; /* of the scenario that this is merged into */
    const int64_t counted_s = period_s <= 3600 ? 3600 : period_s <= 86400 ? 86400 : 7 * 86400;
    char *const comment = text_format("Assumption: %s, after five minutes to warm up.",
                                      counted_s == 3600    ? "an hour"
                                      : counted_s == 86400 ? "a day, as the schedules have it"
                                                           : "a week, as the schedules have it");
    put_text(run, "comment", comment);
    put_number(run, "duration_s", (double)(WARM_UP_S + counted_s));
    put_number(run, "warm_up_s", WARM_UP_S);
    put_number(run, "replications", 5);
    put_number(run, "seed", 1);
    free(comment);
}

/* Replaces `text` when it cannot be read back. */
static char *checked(struct building *b, char *text)
{
    const char *const path =
        b->request->output != NULL ? b->request->output : "the imported scenario";
    struct diagnostics own; /* its warnings were said already, in the words of import */
    diagnostics_init(&own);
    struct scenario *const scenario =
        scenario_parse(text, strlen(text), path, &b->request->data, NULL, &own);
    if (scenario == NULL) {
        diagnostics_pass_on(&own, NULL, b->inventory->diagnostics, NULL);
        free(text);
        text = NULL;
    }
    scenario_destroy(scenario);
    diagnostics_finish(&own);
    return text;
}

char *import_scenario(struct inventory *inventory, const struct import_request *request)
{
    struct building building = {.inventory = inventory, .request = request};
    struct building *const b = &building;
    b->root = request->merge != NULL ? read_merged(b) : cJSON_CreateObject();
    if (b->root == NULL)
        return NULL;
    inventory_settle_nameless(inventory);
    settle_groups(inventory);
    settle_rules(inventory);
    settle_dead_letters(inventory);
    inventory_name_items(inventory);
    put_head(b);
    section(b->root, "workloads");
    building_put_items(b, ITEM_STREAM, "streams", put_stream);
    building_put_items(b, ITEM_QUEUE, "queues", put_queue);
    building_put_items(b, ITEM_TABLE, "tables", put_table);
    building_put_items(b, ITEM_FUNCTION, "functions", put_function);
    building_put_events(b);
    find_mappings(b);
    building_put_items(b, ITEM_MAPPING, "event_source_mappings", put_mapping);
    building_put_items(b, ITEM_GROUP, "baselines", put_baseline);
    settle_account(b);
    building_put_workloads(b);
    put_run(b);
    char *const printed = cJSON_Print(b->root);
    char *const text = text_format("%s\n", printed != NULL ? printed : "");
    cJSON_free(printed);
    cJSON_Delete(b->root);
    lookup_finish(&b->mapping);
    for (size_t i = 0; i < b->keys; i++)
        free(b->key[i]);
    free(b->key);
    return checked(b, text);
}
