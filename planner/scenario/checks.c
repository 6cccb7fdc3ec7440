/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a table cannot say: first, per object, what its fields mean together; then, for the whole
 * scenario, references and sums.
 */
#include "scenario/internal.h"

#include "core/memory.h"
#include "support/csv.h"
#include "support/date.h"
#include "support/text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char *show_number(double number, char text[JSON_NUMBER_SIZE])
{
    return json_number(number, text);
}

bool checks_file(struct reader *reader, const cJSON *json, const char *key, const char *path)
{
    struct stat status;
    const cJSON *const at = reader_member(json, key);
    if (stat(path, &status) != 0) {
        reader_error(reader, at, key, "%s: %s", path, strerror(errno));
        return false;
    }
    if (!S_ISREG(status.st_mode)) {
        reader_error(reader, at, key, "%s is not a regular file", path);
        return false;
    }
    return true;
}

void checks_no_column(struct reader *reader, const cJSON *json, const char *key,
                      const struct csv_reader *csv, const char *path, const char *column)
{
    const char *name[20];
    char suggestion[300], shown[JSON_SHOWN_SIZE];
    size_t count = 0;
    while (count < 20 && count < csv_columns(csv)) {
        name[count] = csv_column_name(csv, count);
        count++;
    }
    const cJSON *const at = reader_member(json, key);
    reader_suggest(reader, column, name, count, '`', suggestion, sizeof suggestion);
    reader_error(reader, at == NULL ? json : at, key, "%s has no column `%s`%s", path,
                 json_shown(column, shown), suggestion);
}

void finish_run(struct reader *reader, const cJSON *json, void *base, uint64_t given)
{
    const struct scenario *const scenario = base;
    char warm_up[JSON_NUMBER_SIZE], duration[JSON_NUMBER_SIZE], period[JSON_NUMBER_SIZE];
    (void)given;
    if (json == NULL || scenario->run.duration_s <= 0)
        return;
    if (scenario->run.warm_up_s >= scenario->run.duration_s)
        reader_error(reader, reader_member(json, "warm_up_s"), "warm_up_s",
                     "%s s leave nothing of duration_s %s s to count",
                     show_number(scenario->run.warm_up_s, warm_up),
                     show_number(scenario->run.duration_s, duration));
    if (fmod(scenario->run.timeseries_period_s, 60) != 0)
        reader_error(reader, reader_member(json, "timeseries_period_s"), "timeseries_period_s",
                     "%s s is not whole minutes: 0 (no time series), 60, 120 and so on",
                     show_number(scenario->run.timeseries_period_s, period));
}

void finish_keys(struct reader *reader, const cJSON *json, void *base, uint64_t given)
{
    const struct key_spec *const keys = base;
    (void)given;
    /* PutRecord: a partition key has at most 256 characters. */
    for (size_t i = 0; i < keys->keys; i++)
        if (strlen(keys->key[i]) > 1024)
            reader_error(reader, reader_member(json, "keys"), "keys",
                         "key %zu is longer than 256 characters", i);
    if (keys->prefix != NULL && strlen(keys->prefix) > 240)
        reader_error(reader, reader_member(json, "prefix"), "prefix",
                     "is longer than 240 bytes: keys end at 256");
}

bool checks_payload(const struct reader *reader, enum entity_kind to, bool event,
                    const struct distribution *size, char text[CHECKS_TEXT_SIZE])
{
    char has[JSON_NUMBER_SIZE], bound[JSON_NUMBER_SIZE], limit[READER_LIMIT_SIZE] = "";
    const char *const key = to != ENTITY_FUNCTION ? scenario_kinds[to].largest
                            : event               ? "lambda.payload.async"
                                                  : "lambda.payload.sync";
    const double unit = to != ENTITY_FUNCTION ? 1 : event ? 1024 : 1048576;
    const double bytes = size->a + size->shift;
    if (key == NULL || size->kind != DISTRIBUTION_CONSTANT ||
        bytes <= unit * reader_limit_or(reader, key, INFINITY))
        return true;
    show_number(unit * reader_limit_or(reader, key, INFINITY), bound);
    snprintf(text, CHECKS_TEXT_SIZE, "%s is above %s bytes%s", show_number(bytes, has), bound,
             reader_limit_text(reader, key, limit));
    return false;
}

void finish_workload(struct reader *reader, const cJSON *json, void *base, uint64_t given)
{
    /* Bits of the kinds for which a key means something. */
    static const struct {
        const char *key;
        unsigned kinds;
    } some[] = {{"partition_keys", KINDS_READ},
                {"records_per_put", KINDS_READ | BIT(ENTITY_BUS)},
                {"producer", KINDS_SHARDED},
                {"poison_records", KINDS_READ},
                {"invocation_type", BIT(ENTITY_FUNCTION)},
                {"response_bytes", BIT(ENTITY_FUNCTION)},
                {"through", BIT(ENTITY_FUNCTION)},
                {"gateway", BIT(ENTITY_FUNCTION)},
                {"client", BIT(ENTITY_FUNCTION)},
                {"duration_ms", BIT(ENTITY_FUNCTION)}};
    struct workload_spec *const workload = base;
    const enum entity_kind kind = workload->to.kind;
    char size[CHECKS_TEXT_SIZE];
    (void)given;
    if (workload->to.kind == ENTITY_NONE)
        return;
    for (size_t i = 0; i < LENGTH(some); i++) {
        const cJSON *const at = reader_member(json, some[i].key);
        if (at != NULL && !kind_is(kind, some[i].kinds))
            reader_warning(reader, at, some[i].key, "has no effect on a workload to a %s",
                           scenario_kinds[kind].prefix);
    }
    if (workload->arrivals.process == ARRIVALS_SCHEDULE && workload->through == DOOR_NONE &&
        reader_member(json, "invocation_type") == NULL)
        workload->invocation_type = INVOKE_EVENT; /* as EventBridge calls functions */
    if (kind == ENTITY_FUNCTION)
        checks_front_door(reader, json, workload);
    checks_source(reader, json, workload);
    const cJSON *const arrivals = reader_member(json, "arrivals");
    if (reader->diagnostics->errors == 0 && workload->poisons == 0 &&
        checks_never_arrives(&workload->arrivals, arrivals))
        reader_warning(reader, arrivals, "arrivals", "nothing ever arrives: the rate is 0");
    if (kind == ENTITY_QUEUE && workload->records_per_put > 10)
        reader_error(reader, reader_member(json, "records_per_put"), "records_per_put",
                     "%u is above the 10 messages of a SendMessageBatch call",
                     workload->records_per_put);
    if (kind == ENTITY_BUS && workload->records_per_put > 10)
        reader_error(reader, reader_member(json, "records_per_put"), "records_per_put",
                     "%u is above the 10 entries of a PutEvents call", workload->records_per_put);
    const double items = reader_limit(reader, "dynamodb.BatchWriteItem.max");
    if (kind == ENTITY_TABLE && workload->records_per_put > items)
        reader_error(reader, reader_member(json, "records_per_put"), "records_per_put",
                     "%u is above the %.0f items of a BatchWriteItem call",
                     workload->records_per_put, items);
    if (!checks_payload(reader, kind, workload->invocation_type == INVOKE_EVENT,
                        &workload->record_bytes, size))
        reader_error(reader, reader_member(json, "record_bytes"), "record_bytes", "%s", size);
}

void finish_stream(struct reader *reader, const cJSON *json, void *base, uint64_t given)
{
    struct stream_spec *const stream = base;
    const cJSON *at = reader_member(json, "update_shard_count");
    (void)given;
    if (stream->on_demand && stream->shard_count == 0)
        stream->shard_count = (unsigned)reader_limit(reader, "kinesis.ondemand.shards.default");
    double shards = stream->shard_count, at_s = 0;
    at = at == NULL ? NULL : at->child;
    for (size_t i = 0; i < stream->updates && at != NULL; i++, at = at->next) {
        const struct shard_update_spec *const update = &stream->update[i];
        char key[48];
        snprintf(key, sizeof key, "update_shard_count[%zu]", i);
        if (update->at_s < at_s || (i > 0 && update->at_s == at_s))
            reader_error(reader, at, key, "at_s must rise from change to change");
        /* UpdateShardCount's API reference: from half to twice the current count in one call. */
        if (shards > 0 && update->target_shard_count > 0 &&
            (update->target_shard_count > 2 * shards || 2 * update->target_shard_count < shards))
            reader_error(reader, at, key,
                         "target_shard_count %u is not from half to twice the %.0f shards of then",
                         update->target_shard_count, shards);
        shards = update->target_shard_count;
        at_s = update->at_s;
    }
}

static int by_memory(const void *a, const void *b)
{
    const struct memory_point *const x = a, *const y = b;
    return (x->memory_size > y->memory_size) - (x->memory_size < y->memory_size);
}

void finish_function(struct reader *reader, const cJSON *json, void *base, uint64_t given)
{
    struct function_spec *const function = base;
    char memory[JSON_NUMBER_SIZE], step_text[JSON_NUMBER_SIZE], day[16];
    (void)given;
    const double step = reader_limit(reader, "lambda.memory.step");
    if (fmod(function->memory_size, step) != 0)
        reader_error(reader, reader_member(json, "memory_size"), "memory_size",
                     "%s is not a multiple of %s MB (Lambda limit; as_of is %s)",
                     show_number(function->memory_size, memory), show_number(step, step_text),
                     date_format(reader->day, day));
    if (function->reference_memory_size < 0)
        function->reference_memory_size = function->memory_size;
    if (function->keep_alive_s != NULL && function->keep_alive_profile != NULL)
        reader_error(reader, json, NULL, "keep_alive_s and keep_alive_profile exclude each other");
    if (function->hand_on_after_ms >= 1000 * function->timeout_s)
        reader_error(reader, reader_member(json, "hand_on"), "hand_on",
                     "after_ms %s is not below the timeout of %s s",
                     show_number(function->hand_on_after_ms, memory),
                     show_number(function->timeout_s, step_text));
    else if (function->hand_on_after_ms > 0 &&
             function->hand_on_overhead_ms >= function->hand_on_after_ms)
        reader_error(reader, reader_member(json, "hand_on"), "hand_on",
                     "overhead_ms %s is not below after_ms %s: such a task never ends",
                     show_number(function->hand_on_overhead_ms, memory),
                     show_number(function->hand_on_after_ms, step_text));
    checks_environments(reader, json, function);
    checks_network(reader, json, function);
    struct memory_point *const point = function->duration_point;
    if (function->duration_points > 1)
        qsort(point, function->duration_points, sizeof *point, by_memory);
    for (size_t i = 1; i < function->duration_points; i++)
        if (point[i].memory_size == point[i - 1].memory_size && point[i].memory_size > 0)
            reader_error(reader, reader_member(json, "duration_points"), "duration_points",
                         "%s MB is there twice", show_number(point[i].memory_size, memory));
}

void finish_mapping(struct reader *reader, const cJSON *json, void *base, uint64_t given)
{
    struct mapping_spec *const mapping = base;
    char age[JSON_NUMBER_SIZE], from[JSON_NUMBER_SIZE], created[JSON_NUMBER_SIZE], day[16];
    (void)given;
    if (mapping->event_source.kind == ENTITY_QUEUE) {
        checks_queue_mapping(reader, json, mapping);
        return;
    }
    if (reader_member(json, "scaling_config") != NULL &&
        !reader_is_told(reader, json, "event_source"))
        reader_error(reader, reader_member(json, "scaling_config"), "scaling_config",
                     "is for queues; a stream has parallelization_factor");
    if (mapping->batch_size == 0)
        mapping->batch_size = (unsigned)reader_limit(reader, "esm.stream.BatchSize.default");
    if (mapping->event_source.kind == ENTITY_TABLE)
        checks_table_mapping(reader, json, mapping);
    const char *const failed_to = mapping->on_failure.name;
    if (failed_to != NULL && strncmp(failed_to, "arn:", 4) == 0 &&
        strncmp(strchr(failed_to + 4, ':'), ":s3:", 4) == 0 &&
        !reader_exists(reader, "since.s3_on_failure_destination"))
        reader_error(reader, reader_member(json, "destination_config"), "destination_config",
                     "a bucket may be the destination since %s",
                     reader_since(reader, "since.s3_on_failure_destination", day));
    if (mapping->starting_position == START_AT_TIMESTAMP &&
        mapping->starting_position_timestamp_s > mapping->created_s &&
        !reader_is_told(reader, json, "created_s"))
        reader_error(reader, reader_member(json, "starting_position_timestamp_s"),
                     "starting_position_timestamp_s", "%s s is after created_s %s s",
                     show_number(mapping->starting_position_timestamp_s, from),
                     show_number(mapping->created_s, created));
    if (mapping->maximum_record_age_s >= 0 && mapping->maximum_record_age_s < 60)
        reader_error(reader, reader_member(json, "maximum_record_age_in_seconds"),
                     "maximum_record_age_in_seconds", "%s must be -1 or from 60 to 604800 s",
                     show_number(mapping->maximum_record_age_s, age));
}

void finish_baseline(struct reader *reader, const cJSON *json, void *base, uint64_t given)
{
    struct baseline_spec *const baseline = base;
    (void)given;
    if (baseline->task_cpu > 0)
        checks_task_definition(reader, json, baseline);
    else
        checks_instance_type(reader, json, baseline->instance_type);
    if (baseline->ebs_type == NULL)
        baseline->ebs_type = mem_strdup(reader_exists(reader, "since.gp3") ? "gp3" : "gp2");
    if (reader_member(json, "load_balancer") == NULL)
        baseline->load_balancer = reader_exists(reader, "since.alb");
    if (baseline->default_instance_warmup_s < 0)
        baseline->default_instance_warmup_s = baseline->default_cooldown_s;
    const bool has_desired = reader_member(json, "desired_capacity") != NULL;
    const bool has_max = reader_member(json, "max_size") != NULL;
    const cJSON *const max_at = reader_member(json, "max_size");
    if (!has_desired)
        baseline->desired_capacity = baseline->min_size;
    if (baseline->sizing == FLEET_FIXED) {
        if (baseline->desired_capacity == 0)
            reader_error(reader, reader_member(json, has_desired ? "desired_capacity" : "min_size"),
                         has_desired ? "desired_capacity" : "min_size",
                         "0 instances serve nothing");
        if (reader_member(json, "min_size") == NULL)
            baseline->min_size = baseline->desired_capacity;
        if (!has_max)
            baseline->max_size = baseline->desired_capacity;
    } else if (!has_max) {
        baseline->max_size = baseline->min_size > 1000 ? baseline->min_size : 1000;
    }
    if (max_at != NULL && baseline->max_size == 0)
        reader_error(reader, max_at, "max_size", "0 instances serve nothing");
    else if (baseline->max_size < baseline->min_size)
        reader_error(reader, json, NULL, "max_size %u is below min_size %u", baseline->max_size,
                     baseline->min_size);
    else if (has_desired && (baseline->desired_capacity < baseline->min_size ||
                             baseline->desired_capacity > baseline->max_size))
        reader_error(reader, reader_member(json, "desired_capacity"), "desired_capacity",
                     "%u is not from min_size %u to max_size %u", baseline->desired_capacity,
                     baseline->min_size, baseline->max_size);
    else if (baseline->sizing == FLEET_TARGET_TRACKING && baseline->desired_capacity == 0)
        reader_error(reader, reader_member(json, has_desired ? "desired_capacity" : "min_size"),
                     has_desired ? "desired_capacity" : "min_size",
                     "a group that begins with 0 instances has no CPU utilization to track, so it "
                     "never grows; give it a desired_capacity of 1");
}

/* Between entities. */

static const char *name_at(const struct entities *entities, size_t index)
{
    return *(char *const *)(const void *)((const char *)entities->array + index * entities->size);
}

static long find_name(const struct entities *entities, const char *name)
{
    if (entities->names != NULL)
        return (long)(uintptr_t)lookup_find(entities->names, entities->array, name) - 1;
    for (size_t i = 0; i < entities->count; i++)
        if (strcmp(name_at(entities, i), name) == 0)
            return (long)i;
    return -1;
}

static void look_up(struct entities *entities, struct lookup *names)
{
    entities->names = names;
    for (size_t i = 0; i < entities->count; i++)
        lookup_add(names, entities->array, name_at(entities, i), (void *)(uintptr_t)(i + 1));
}

static void unknown_name(struct reader *reader, const struct entities *entities, const char *name,
                         const cJSON *at, const char *key)
{
    char suggestion[300], shown[JSON_SHOWN_SIZE];
    const char **const candidate = mem_alloc(entities->count + 1, sizeof *candidate);
    for (size_t i = 0; i < entities->count; i++)
        candidate[i] = name_at(entities, i);
    reader_suggest(reader, name, candidate, entities->count, '`', suggestion, sizeof suggestion);
    reader_error(reader, at, key, "there is no %s `%s`%s", entities->kind, json_shown(name, shown),
                 suggestion);
    free(candidate);
}

long checks_find(struct reader *reader, const struct entities *entities, const char *name,
                 const cJSON *at, const char *key)
{
    const long found = find_name(entities, name);
    if (found < 0 && !reader_is_lost(reader, entities->section, name))
        unknown_name(reader, entities, name, reader_member(at, key), key);
    return found;
}

static const cJSON *json_of(const struct reader *reader, const struct entities *entities,
                            size_t index)
{
    return reader_member(reader_member(reader->root, entities->section), name_at(entities, index));
}

static bool is_unsound(const struct reader *reader, const struct entities *entities, size_t index)
{
    return reader->failed && reader_is_unsound(reader, json_of(reader, entities, index));
}

struct world {
    struct scenario *scenario;
    struct entities workloads, mappings, baselines;
    struct entities kind[ENTITY_KINDS]; /* what references may name */
};

/* False after an error or when there is no reference. */
static bool resolve(struct reader *reader, const struct world *world, const struct entities *from,
                    size_t index, const char *key, struct reference *reference)
{
    if (reference->kind == ENTITY_NONE)
        return false;
    const struct entities *const to = &world->kind[reference->kind];
    const long found = find_name(to, reference->name);
    if (found >= 0) {
        reference->index = (size_t)found;
        return !is_unsound(reader, to, reference->index);
    }
    const size_t mark = reader_enter(reader, from->section);
    reader_enter(reader, name_at(from, index));
    checks_find(reader, to, reference->name, json_of(reader, from, index), key);
    reader_leave(reader, mark);
    reference->kind = ENTITY_NONE;
    return false;
}

static void complain(struct reader *reader, bool warning, const struct entities *entities,
                     size_t index, const char *key, const char *text)
{
    const char *const name = name_at(entities, index);
    const cJSON *const object = json_of(reader, entities, index);
    const cJSON *const member = key == NULL ? NULL : reader_member(object, key);
    if (reader_is_unsound(reader, member == NULL ? object : member))
        return; /* what is wrong has been said */
    const size_t mark = reader_enter(reader, entities->section);
    reader_enter(reader, name);
    if (warning)
        reader_warning(reader, member == NULL ? object : member, key, "%s", text);
    else
        reader_error(reader, member == NULL ? object : member, key, "%s", text);
    reader_leave(reader, mark);
}

static void check_queue_mapping(struct reader *reader, const struct world *world, size_t index,
                                bool another)
{
    const struct mapping_spec *const mapping = &world->scenario->mapping[index];
    const struct queue_spec *const queue = &world->scenario->queue[mapping->event_source.index];
    char text[200], has[JSON_NUMBER_SIZE], needs[JSON_NUMBER_SIZE];
    if (another)
        complain(reader, false, &world->mappings, index, "event_source",
                 "another mapping reads this queue: each message is one mapping's, and how they "
                 "share is not modelled; send to a topic or to a queue for each");
    if (queue->fifo && reader_exists(reader, "since.sqs_mapping") &&
        !reader_exists(reader, "since.sqs_fifo_mapping")) {
        char day[16];
        snprintf(text, sizeof text, "Lambda reads FIFO queues since %s",
                 reader_since(reader, "since.sqs_fifo_mapping", day));
        complain(reader, false, &world->mappings, index, "event_source", text);
    }
    const double most = reader_limit(reader, "esm.sqs.BatchSize.max.fifo");
    if (queue->fifo && (mapping->batch_size > most || mapping->maximum_batching_window_s > 0)) {
        snprintf(text, sizeof text,
                 "a FIFO queue's batches have at most %.0f messages and no batching window", most);
        complain(reader, false, &world->mappings, index, "event_source", text);
    }
    if (mapping->function.kind == ENTITY_NONE ||
        is_unsound(reader, &world->kind[ENTITY_FUNCTION], mapping->function.index))
        return;
    const struct function_spec *const function =
        &world->scenario->function[mapping->function.index];
    const double wanted =
        reader_limit(reader, "esm.sqs.visibility_multiple") * function->timeout_s +
        mapping->maximum_batching_window_s;
    show_number(queue->visibility_timeout_s, has);
    if (queue->visibility_timeout_s < function->timeout_s) {
        snprintf(text, sizeof text,
                 "visibility_timeout_seconds %s of the queue is below the function's timeout %s s",
                 has, show_number(function->timeout_s, needs));
        complain(reader, false, &world->mappings, index, NULL, text);
    } else if (queue->visibility_timeout_s < wanted) {
        snprintf(text, sizeof text,
                 "visibility_timeout_seconds %s of the queue is below the %s s that AWS advises: "
                 "six times the function's timeout and the batching window",
                 has, show_number(wanted, needs));
        complain(reader, true, &world->mappings, index, NULL, text);
    }
}

bool checks_resolve(struct reader *reader, const struct world *world, enum entity_kind from,
                    size_t index, const char *key, struct reference *reference)
{
    return resolve(reader, world, &world->kind[from], index, key, reference);
}

void checks_complain(struct reader *reader, const struct world *world, enum entity_kind kind,
                     size_t index, const char *key, const char *text)
{
    complain(reader, false, &world->kind[kind], index, key, text);
}

void checks_warn(struct reader *reader, const struct world *world, enum entity_kind kind,
                 size_t index, const char *key, const char *text)
{
    complain(reader, true, &world->kind[kind], index, key, text);
}

/* The one after the last whose reads are surely served. */
static void check_table_readers(struct reader *reader, const struct world *world, size_t index)
{
    const struct mapping_spec *const mapping = world->scenario->mapping;
    const double most = reader_limit(reader, "ddbstreams.readers_per_shard");
    double readers = 0;
    for (size_t i = 0; i <= index; i++)
        readers += mapping[i].event_source.kind == ENTITY_TABLE &&
                   mapping[i].event_source.index == mapping[index].event_source.index;
    char text[120];
    snprintf(text, sizeof text,
             "the table's stream has more than %.0f readers a shard (DynamoDB limit): reads will "
             "be refused",
             most);
    if (readers == most + 1)
        complain(reader, true, &world->mappings, index, "event_source", text);
}

struct machine_tasks {
    struct reader *reader;
    const struct world *world;
    size_t machine;
    bool *fed; /* functions that something invokes */
};

/* The task of an item or branch, or its steps; a machine has steps alone. */
static void resolve_tasks(const struct machine_tasks *t, struct reference *task,
                          struct step_spec *step, size_t steps)
{
    if (task->kind != ENTITY_NONE &&
        resolve(t->reader, t->world, &t->world->kind[ENTITY_STATE_MACHINE], t->machine, "steps",
                task))
        t->fed[task->index] = true;
    for (size_t i = 0; i < steps; i++) {
        struct step_spec *const s = &step[i];
        resolve_tasks(t, &s->task, NULL, 0);
        resolve_tasks(t, &s->map.task, s->map.step, s->map.steps);
        for (size_t k = 0; k < s->branches; k++)
            resolve_tasks(t, &s->branch[k].task, s->branch[k].step, s->branch[k].steps);
    }
}

/* The functions that state machines invoke. */
static void resolve_machines(struct reader *reader, const struct world *world, bool *fed)
{
    for (size_t i = 0; i < world->scenario->state_machines; i++) {
        const struct machine_tasks tasks = {reader, world, i, fed};
        const struct state_machine_spec *const m = &world->scenario->state_machine[i];
        struct reference none = {.kind = ENTITY_NONE};
        resolve_tasks(&tasks, &none, m->step, m->steps);
    }
}

/* The queue or topic of the scenario that an ARN names. */
static void find_arn(const struct world *world, struct reference *reference)
{
    static const struct {
        const char *service;
        enum entity_kind kind;
    } services[] = {{"sqs:", ENTITY_QUEUE}, {"sns:", ENTITY_TOPIC}};
    const char *const service = strchr(reference->name + strlen("arn:"), ':') + 1;
    for (size_t i = 0; i < LENGTH(services); i++) {
        if (strncmp(service, services[i].service, strlen(services[i].service)) != 0)
            continue;
        const long found =
            find_name(&world->kind[services[i].kind], strrchr(reference->name, ':') + 1);
        if (found < 0)
            return;
        reference->kind = services[i].kind;
        reference->index = (size_t)found;
    }
}

/* Where a stream's mapping reports what it gave up. */
static void resolve_on_failure(struct reader *reader, const struct world *world, size_t index,
                               bool **fed, bool **read)
{
    static const char key[] = "destination_config";
    struct reference *const to = &world->scenario->mapping[index].on_failure;
    if (to->name == NULL)
        return;
    if (to->kind == ENTITY_NONE)
        find_arn(world, to);
    else
        resolve(reader, world, &world->mappings, index, key, to);
    if (to->kind == ENTITY_NONE)
        return;
    fed[to->kind][to->index] = read[to->kind][to->index] = true;
    if (to->kind == ENTITY_QUEUE && world->scenario->queue[to->index].fifo)
        complain(reader, false, &world->mappings, index, key,
                 "Lambda sends to standard queues only; that one is FIFO");
}

/* SQS developer guide, "Configure a dead-letter queue": its type is that of the queue. */
static void check_dead_letter_type(struct reader *reader, const struct world *world, size_t queue,
                                   size_t dead)
{
    const struct queue_spec *const all = world->scenario->queue;
    char text[200];
    if (all[queue].fifo == all[dead].fifo)
        return;
    snprintf(text, sizeof text, "the dead-letter queue of a %s queue must be a %s queue, too",
             all[queue].fifo ? "FIFO" : "standard", all[queue].fifo ? "FIFO" : "standard");
    complain(reader, false, &world->kind[ENTITY_QUEUE], queue, "redrive_policy", text);
}

static void check_references(struct reader *reader, const struct world *world)
{
    struct scenario *const scenario = world->scenario;
    bool *fed[ENTITY_KINDS];  /* something sends to it */
    bool *read[ENTITY_KINDS]; /* a mapping reads it */
    for (size_t k = 0; k < ENTITY_KINDS; k++) {
        fed[k] = mem_alloc(world->kind[k].count + 1, sizeof **fed);
        read[k] = mem_alloc(world->kind[k].count + 1, sizeof **read);
    }
    size_t *const consumers = mem_alloc(scenario->streams + 1, sizeof *consumers);
    for (size_t i = 0; i < scenario->workloads; i++) {
        struct reference *const to = &scenario->workload[i].to;
        if (resolve(reader, world, &world->workloads, i, "to", to))
            fed[to->kind][to->index] = true;
    }
    const double most = reader_limit(reader, "kinesis.efo.consumers");
    for (size_t i = 0; i < scenario->mappings; i++) {
        struct mapping_spec *const mapping = &scenario->mapping[i];
        const bool has_source =
            resolve(reader, world, &world->mappings, i, "event_source", &mapping->event_source);
        const bool has_function =
            resolve(reader, world, &world->mappings, i, "function_name", &mapping->function);
        if (has_function)
            fed[ENTITY_FUNCTION][mapping->function.index] = true;
        if (!has_source)
            continue;
        const size_t source = mapping->event_source.index;
        bool *const is_read = &read[mapping->event_source.kind][source];
        if (mapping->event_source.kind == ENTITY_QUEUE)
            check_queue_mapping(reader, world, i, *is_read);
        *is_read = true;
        if (mapping->event_source.kind == ENTITY_TABLE)
            check_table_readers(reader, world, i);
        if (mapping->enhanced_fan_out && mapping->event_source.kind == ENTITY_STREAM &&
            (double)++consumers[source] == most + 1) {
            char text[100];
            snprintf(text, sizeof text, "the stream has more than %.0f consumers (Kinesis limit)",
                     most);
            complain(reader, false, &world->mappings, i, "enhanced_fan_out", text);
        }
        /* CreateEventSourceMapping refuses a second mapping of the same pair. */
        for (size_t j = 0; j < i && has_function; j++)
            if (scenario->mapping[j].event_source.kind == mapping->event_source.kind &&
                scenario->mapping[j].event_source.index == source &&
                scenario->mapping[j].function.kind != ENTITY_NONE &&
                scenario->mapping[j].function.index == mapping->function.index) {
                complain(reader, false, &world->mappings, i, NULL,
                         "another mapping connects the same source and function");
                break;
            }
    }
    for (size_t i = 0; i < scenario->mappings; i++)
        resolve_on_failure(reader, world, i, fed, read);
    for (size_t i = 0; i < scenario->queues; i++) {
        struct reference *const dead = &scenario->queue[i].dead_letters;
        if (resolve(reader, world, &world->kind[ENTITY_QUEUE], i, "redrive_policy", dead)) {
            fed[ENTITY_QUEUE][dead->index] = read[ENTITY_QUEUE][dead->index] = true;
            check_dead_letter_type(reader, world, i, dead->index);
        }
    }
    resolve_machines(reader, world, fed[ENTITY_FUNCTION]);
    checks_events(reader, world, scenario, fed, read);
    /* With errors: what is mended may use them. */
    for (enum entity_kind kind = ENTITY_NONE + 1; kind < ENTITY_KINDS && !reader->failed; kind++)
        for (size_t i = 0; kind_is(kind, KINDS_SENT_TO) && i < world->kind[kind].count; i++) {
            const char *const name = world->kind[kind].kind;
            char text[160];
            snprintf(text, sizeof text, "nobody reads this %s; add an event source mapping", name);
            if (kind_is(kind, KINDS_READ) && !read[kind][i])
                complain(reader, true, &world->kind[kind], i, NULL, text);
            snprintf(text, sizeof text, "nobody writes to this %s; add a workload", name);
            if (!fed[kind][i])
                complain(reader, true, &world->kind[kind], i, NULL,
                         kind != ENTITY_FUNCTION
                             ? text
                             : "nothing calls this function; add a workload or an event source "
                               "mapping");
        }
    for (size_t k = 0; k < ENTITY_KINDS; k++) {
        free(fed[k]);
        free(read[k]);
    }
    free(consumers);
}

static void check_mapping_times(struct reader *reader, const struct world *world)
{
    const double end_s = world->scenario->run.duration_s;
    for (size_t i = 0; i < world->scenario->mappings && end_s > 0; i++) {
        char created[JSON_NUMBER_SIZE], end[JSON_NUMBER_SIZE], text[160];
        if (world->scenario->mapping[i].created_s < end_s)
            continue;
        snprintf(text, sizeof text, "%s s is not before the end of the run, run.duration_s %s s",
                 show_number(world->scenario->mapping[i].created_s, created),
                 show_number(end_s, end));
        complain(reader, false, &world->mappings, i, "created_s", text);
    }
}

static void check_concurrency(struct reader *reader, const struct world *world)
{
    const struct scenario *const scenario = world->scenario;
    const cJSON *const at = reader_member(reader->root, "functions");
    const double account = scenario->account.concurrent_executions;
    const double kept = reader_limit_or(reader, "lambda.concurrency.unreserved_min", 0);
    double reserved = 0, provisioned = 0;
    bool scheduled = false;
    char text[160];
    for (size_t i = 0; i < scenario->functions; i++) {
        const struct function_spec *const function = &scenario->function[i];
        const bool own = function->reserved_concurrent_executions >= 0;
        const double ready = scenario_provisioned_at_most(function);
        reserved += own ? function->reserved_concurrent_executions : 0;
        provisioned += own ? 0 : ready;
        scheduled |= !own && function->scheduled_actions > 0;
        if (own && ready > function->reserved_concurrent_executions) {
            snprintf(text, sizeof text, "%.0f is above reserved_concurrent_executions %.0f", ready,
                     function->reserved_concurrent_executions);
            complain(reader, false, &world->kind[ENTITY_FUNCTION], i,
                     ready == function->provisioned_concurrent_executions
                         ? "provisioned_concurrent_executions"
                         : "provisioned_concurrency_schedule",
                     text);
        }
        if (scenario_provisioned_at_start(function) !=
                function->provisioned_concurrent_executions &&
            function->provisioned_concurrent_executions > 0)
            complain(reader, true, &world->kind[ENTITY_FUNCTION], i,
                     "provisioned_concurrent_executions",
                     "is never in force: the daily actions of provisioned_concurrency_schedule "
                     "hold from the beginning");
    }
    if (reader_is_unsound(reader, reader_member(reader->root, "account")))
        return;
    if (reserved > 0 && reserved > account - kept)
        reader_error(reader, at, "functions",
                     "reserved_concurrent_executions add up to %.0f; account.concurrent_executions "
                     "%.0f must keep %.0f unreserved",
                     reserved, account, kept);
    else if (provisioned > 0 && provisioned > account - kept - reserved)
        reader_error(reader, at, "functions",
                     "provisioned_concurrent_executions without a reservation add up to %.0f%s; "
                     "account.concurrent_executions %.0f leaves %.0f for them",
                     provisioned, scheduled ? " (the highest of schedules)" : "", account,
                     fmax(account - kept - reserved, 0));
}

static void check_era(struct reader *reader, const struct scenario *scenario)
{
    const struct {
        bool used;
        const char *key, *name;
    } service[] = {
        {scenario->functions > 0, "since.lambda", "Lambda"},
        {scenario->streams > 0, "since.kinesis", "Kinesis"},
        {scenario->topics > 0, "since.sns", "SNS"},
        {scenario->buses > 0, "since.event_bus", "EventBridge"},
    };
    char first[16], day[16];
    for (size_t i = 0; i < LENGTH(service); i++)
        if (service[i].used && !reader_exists(reader, service[i].key))
            reader_error(reader, reader_member(reader->root, "as_of"), "as_of",
                         "%s exists since %s; as_of is %s", service[i].name,
                         reader_since(reader, service[i].key, first),
                         date_format(reader->day, day));
}

/* The rest of "PREFIX:REST"; NULL: it begins differently. */
static const char *after_prefix(const char *entity, const char *prefix)
{
    const size_t length = strlen(prefix);
    return strncmp(entity, prefix, length) == 0 && entity[length] == ':' ? entity + length + 1
                                                                         : NULL;
}

/* Who has metrics. */
static void check_entity(struct reader *reader, const struct world *world, const cJSON *object,
                         const char *entity)
{
    const struct {
        const char *prefix;
        const struct entities *entities; /* NULL: of their names only a run knows */
    } others[] = {{"workload", &world->workloads},
                  {"esm", &world->mappings},
                  {"baseline", &world->baselines},
                  {"shard", NULL},
                  {"partition", NULL}};
    char shown[JSON_SHOWN_SIZE], known[200] = "";
    size_t length = 0;
    if (entity == NULL || strcmp(entity, "account") == 0)
        return;
    for (size_t i = 0; i < LENGTH(others) + ENTITY_KINDS - 1; i++) {
        const size_t kind = i < LENGTH(others) ? 0 : i - LENGTH(others) + 1;
        const char *const prefix = kind > 0 ? scenario_kinds[kind].prefix : others[i].prefix;
        const struct entities *const all = kind > 0 ? &world->kind[kind] : others[i].entities;
        const char *const name = after_prefix(entity, prefix);
        if (name != NULL) {
            if (all != NULL)
                checks_find(reader, all, name, object, "entity");
            return;
        }
        length += (size_t)snprintf(known + length, sizeof known - length, "%s%s:",
                                   i == 0                    ? ""
                                   : kind + 1 < ENTITY_KINDS ? ", "
                                                             : " or ",
                                   prefix);
    }
    reader_error(reader, reader_member(object, "entity"), "entity",
                 "\"%s\" is not \"account\" nor %s with a name", json_shown(entity, shown), known);
}

static void check_objectives(struct reader *reader, const struct world *world)
{
    const cJSON *at = reader_member(reader->root, "objectives");
    at = at == NULL ? NULL : at->child;
    for (size_t i = 0; i < world->scenario->objectives && at != NULL; i++, at = at->next) {
        const size_t mark = reader_enter(reader, "objectives");
        reader_enter_index(reader, i);
        check_entity(reader, world, at, world->scenario->objective[i].entity);
        reader_leave(reader, mark);
    }
}

static void check_alarms(struct reader *reader, const struct world *world)
{
    const cJSON *const all = reader_member(reader->root, "alarms");
    for (size_t i = 0; i < world->scenario->alarms; i++) {
        const struct alarm_spec *const alarm = &world->scenario->alarm[i];
        const cJSON *const at = reader_member(all, alarm->name);
        const size_t mark = reader_enter(reader, "alarms");
        reader_enter(reader, alarm->name);
        if (alarm->entity != NULL && strncmp(alarm->entity, "baseline:", 9) == 0)
            reader_error(reader, reader_member(at, "entity"), "entity",
                         "alarms watch the Lambda design, not baselines");
        else
            check_entity(reader, world, at, alarm->entity);
        reader_leave(reader, mark);
    }
}

void checks_run(struct reader *reader, struct scenario *scenario)
{
    struct lookup names = {NULL};
    struct world world = {
        .scenario = scenario,
        .workloads = ENTITIES(scenario, workload, "workloads", "workload"),
        .mappings = ENTITIES(scenario, mapping, "event_source_mappings", "event source mapping"),
        .baselines = ENTITIES(scenario, baseline, "baselines", "baseline"),
    };
    look_up(&world.workloads, &names);
    look_up(&world.mappings, &names);
    look_up(&world.baselines, &names);
    for (enum entity_kind kind = ENTITY_NONE + 1; kind < ENTITY_KINDS; kind++) {
        const struct kind_array all = kind_array(scenario, kind);
        world.kind[kind] = (struct entities){
            all.first, all.count, all.size, all.section, scenario_kinds[kind].words, NULL};
        look_up(&world.kind[kind], &names);
    }
    check_era(reader, scenario);
    check_references(reader, &world);
    checks_callers(reader, scenario);
    check_mapping_times(reader, &world);
    checks_downstreams(reader, scenario);
    checks_faults(reader, scenario);
    check_concurrency(reader, &world);
    check_objectives(reader, &world);
    check_alarms(reader, &world);
    lookup_finish(&names);
}
