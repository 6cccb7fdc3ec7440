/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The vocabulary of what pushes events: SNS topics, EventBridge buses, and the services that call
 * functions; and where functions, topics and buses may send. */
#include "scenario/internal.h"

#include <stdio.h>

#define MOST_MESSAGES 10000 /* of an invocation or a record in the mean: each is an event here */
#define MOST_OF_A_BATCH 1000000 /* of an invocation with a full batch */

#define S(member) AT(struct subscription_spec, member)

static const struct field subscription_fields[] = {
    {"endpoint", FIELD_REFERENCE, S(endpoint),
     .references = BIT(ENTITY_FUNCTION) | BIT(ENTITY_QUEUE), .mandatory = true,
     .doc = "Who gets a copy; a function is called asynchronously."},
    {"filter_fraction", FIELD_NUMBER, S(fraction), .initial = 1, .maximum = 1,
     .doc = "Share of the messages that the filter policy lets through."},
};
static const struct object object_subscription = {.name = "subscription",
                                                  .doc = "A subscription of a topic.",
                                                  FIELDS(subscription_fields),
                                                  .size = sizeof(struct subscription_spec)};

static const struct field rule_fields[] = {
    {"target", FIELD_REFERENCE, S(endpoint),
     .references =
         BIT(ENTITY_FUNCTION) | BIT(ENTITY_QUEUE) | BIT(ENTITY_TOPIC) | BIT(ENTITY_STREAM),
     .mandatory = true, .doc = "Who gets the events that match."},
    {"match_fraction", FIELD_NUMBER, S(fraction), .initial = 1, .maximum = 1,
     .doc = "Share of the bus's events that the pattern matches."},
};
static const struct object object_rule = {.name = "event_rule",
                                          .doc = "A rule of a bus with its target.",
                                          FIELDS(rule_fields),
                                          .size = sizeof(struct subscription_spec)};

#define T(member) AT(struct topic_spec, member)
static const struct field topic_fields[] = {
    {"subscriptions", FIELD_LIST, T(subscription), COUNT_AT(struct topic_spec, subscriptions),
     .maximum = 100000, .object = &object_subscription, .doc = "Who gets the messages."},
};
const struct object object_topic = {.name = "topic",
                                    .doc = "A standard SNS topic.",
                                    FIELDS(topic_fields),
                                    .size = sizeof(struct topic_spec)};

static const struct field bus_fields[] = {
    {"rules", FIELD_LIST, T(subscription), COUNT_AT(struct topic_spec, subscriptions),
     .maximum = 2000, .object = &object_rule, .doc = "Who gets which events."},
};
const struct object object_bus = {.name = "event_bus",
                                  .doc = "An EventBridge bus of custom events.",
                                  FIELDS(bus_fields),
                                  .size = sizeof(struct topic_spec)};

/* The order is that of enum event_source. */
const char *const event_sources[] = {"sdk", "s3", "sns", "eventbridge", "logs", "ses", NULL};

void checks_source(struct reader *reader, const cJSON *json, struct workload_spec *workload)
{
    static const bool has_price[SOURCES] = {
        [SOURCE_S3] = true, [SOURCE_SNS] = true, [SOURCE_EVENTBRIDGE] = true};
    const char *const source = event_sources[workload->source];
    if (workload->source == SOURCE_SDK) {
        if (workload->source_billed || workload->duplicate_probability >= 0)
            reader_error(reader, json, NULL,
                         "source_billed and duplicate_probability need a "
                         "source that calls the function, such as \"s3\"");
        return;
    }
    if (workload->to.kind != ENTITY_FUNCTION)
        reader_error(reader, reader_member(json, "source"), "source",
                     "\"%s\" calls functions; this workload goes to a %s", source,
                     scenario_kinds[workload->to.kind].prefix);
    else if (reader_member(json, "invocation_type") != NULL &&
             workload->invocation_type != INVOKE_EVENT)
        reader_error(reader, reader_member(json, "invocation_type"), "invocation_type",
                     "\"%s\" invokes asynchronously: Event", source);
    else
        workload->invocation_type = INVOKE_EVENT;
    if (workload->source_billed && !has_price[workload->source])
        reader_error(reader, reader_member(json, "source_billed"), "source_billed",
                     "\"%s\" has no charge for an event", source);
}

static void mark(bool **flow, const struct reference *to)
{
    flow[to->kind][to->index] = true;
}

/* Where a function leaves what becomes of asynchronous events. */
static void check_results(struct reader *reader, const struct world *world,
                          const struct scenario *scenario, size_t function, bool **fed, bool **read)
{
    struct function_spec *const f = &scenario->function[function];
    const struct {
        const char *key;
        struct reference *to;
        bool end; /* somebody looks at what lies there */
    } all[] = {{"event_invoke_config", &f->on_success, false},
               {"event_invoke_config", &f->on_failure, true},
               {"dead_letter_config", &f->dead_letters, true}};
    for (size_t k = 0; k < LENGTH(all); k++) {
        struct reference *const to = all[k].to;
        if (!checks_resolve(reader, world, ENTITY_FUNCTION, function, all[k].key, to))
            continue;
        mark(fed, to);
        if (to->kind == ENTITY_QUEUE && scenario->queue[to->index].fifo)
            checks_complain(reader, world, ENTITY_FUNCTION, function, all[k].key,
                            "Lambda sends events to standard queues only; that one is FIFO");
        if (all[k].end)
            mark(read, to);
    }
}

static void check_subscriptions(struct reader *reader, const struct world *world,
                                const struct scenario *scenario, enum entity_kind kind,
                                size_t index, bool **fed)
{
    const struct topic_spec *const topic =
        kind == ENTITY_TOPIC ? &scenario->topic[index] : &scenario->bus[index];
    const char *const key = kind == ENTITY_TOPIC ? "subscriptions" : "rules";
    for (size_t k = 0; k < topic->subscriptions; k++) {
        struct reference *const to = &topic->subscription[k].endpoint;
        if (!checks_resolve(reader, world, kind, index, key, to))
            continue;
        mark(fed, to);
        if (kind == ENTITY_TOPIC && to->kind == ENTITY_QUEUE && scenario->queue[to->index].fifo)
            checks_complain(reader, world, kind, index, key,
                            "a standard topic cannot send to a FIFO queue");
    }
}

static bool has_reader(const struct scenario *scenario, size_t before, size_t queue)
{
    for (size_t i = 0; i < before; i++)
        if (scenario->function[i].polls.queue.kind == ENTITY_QUEUE &&
            scenario->function[i].polls.queue.index == queue)
            return true;
    for (size_t i = 0; i < scenario->mappings; i++)
        if (scenario->mapping[i].event_source.kind == ENTITY_QUEUE &&
            scenario->mapping[i].event_source.index == queue)
            return true;
    return false;
}

/* As of a mapping: one reader, and its invocations end before their messages are seen again. */
static void check_polls(struct reader *reader, const struct world *world,
                        const struct scenario *scenario, size_t function, bool **read)
{
    struct function_spec *const f = &scenario->function[function];
    struct reference *const to = &f->polls.queue;
    if (!checks_resolve(reader, world, ENTITY_FUNCTION, function, "polls", to))
        return;
    if (has_reader(scenario, function, to->index))
        checks_complain(reader, world, ENTITY_FUNCTION, function, "polls",
                        "another function or mapping reads this queue; how they share is not "
                        "modelled");
    else if (scenario->queue[to->index].visibility_timeout_s < f->timeout_s)
        checks_complain(reader, world, ENTITY_FUNCTION, function, "polls",
                        "visibility_timeout_seconds of the queue is below the function's timeout");
    mark(read, to);
}

/* Records that an invocation has at most. */
static double largest_batch(const struct scenario *scenario, size_t function)
{
    const struct function_spec *const f = &scenario->function[function];
    double most = 1;
    if (f->polls.queue.kind == ENTITY_QUEUE)
        most = (double)f->polls.call_messages * f->polls.calls;
    for (size_t i = 0; i < scenario->mappings; i++) {
        const struct mapping_spec *const m = &scenario->mapping[i];
        if (m->function.kind == ENTITY_FUNCTION && m->function.index == function &&
            m->batch_size > most)
            most = m->batch_size;
    }
    return most;
}

/* Whatever happens: a map may have no items. */
static bool steps_call(const struct step_spec *step, size_t steps, size_t function)
{
    for (size_t i = 0; i < steps; i++) {
        if (step[i].task.kind == ENTITY_FUNCTION && step[i].task.index == function)
            return true;
        for (size_t k = 0; k < step[i].branches; k++) {
            const struct branch_spec *const b = &step[i].branch[k];
            if ((b->task.kind == ENTITY_FUNCTION && b->task.index == function) ||
                steps_call(b->step, b->steps, function))
                return true;
        }
    }
    return false;
}

/* Each message is a call of the function. */
static bool calls(const struct scenario *scenario, const struct reference *to, size_t function)
{
    if (to->kind == ENTITY_FUNCTION)
        return to->index == function;
    if (to->kind != ENTITY_STATE_MACHINE)
        return false;
    const struct state_machine_spec *const m = &scenario->state_machine[to->index];
    return steps_call(m->step, m->steps, function);
}

/* The size of what a function sends, and whether it calls itself as often as it is called. */
static void check_emit(struct reader *reader, const struct world *world,
                       const struct scenario *scenario, size_t function, size_t index)
{
    const struct emit_spec *const e = &scenario->function[function].emit[index];
    const double mean = distribution_mean(&e->count) * e->probability;
    const double batch = e->per_record ? largest_batch(scenario, function) : 1;
    char text[240], large[CHECKS_TEXT_SIZE];
    if (e->to.kind != ENTITY_NONE && !checks_payload(reader, e->to.kind, true, &e->bytes, large)) {
        snprintf(text, sizeof text, "emits[%zu]: bytes: %s", index, large);
        checks_complain(reader, world, ENTITY_FUNCTION, function, "emits", text);
    }
    if (mean > MOST_MESSAGES) {
        snprintf(text, sizeof text, "emits[%zu]: %.6g messages of one %s are more than %d", index,
                 mean, e->per_record ? "record" : "invocation", MOST_MESSAGES);
        checks_complain(reader, world, ENTITY_FUNCTION, function, "emits", text);
    } else if (mean * batch > MOST_OF_A_BATCH) {
        snprintf(text, sizeof text,
                 "emits[%zu]: %.6g messages of each of a batch's %.0f records are more than %d of "
                 "one invocation",
                 index, mean, batch, MOST_OF_A_BATCH);
        checks_complain(reader, world, ENTITY_FUNCTION, function, "emits", text);
    } else if (mean >= 1 && !e->on_failure && calls(scenario, &e->to, function)) {
        snprintf(text, sizeof text,
                 "emits[%zu]: each call makes %.6g more of the same function: nothing in the "
                 "scenario ends this loop",
                 index, mean);
        checks_warn(reader, world, ENTITY_FUNCTION, function, "emits", text);
    }
}

void checks_events(struct reader *reader, const struct world *world, struct scenario *scenario,
                   bool **fed, bool **read)
{
    for (size_t i = 0; i < scenario->functions; i++) {
        const struct function_spec *const f = &scenario->function[i];
        check_results(reader, world, scenario, i, fed, read);
        for (size_t k = 0; k < f->emits; k++)
            if (checks_resolve(reader, world, ENTITY_FUNCTION, i, "emits", &f->emit[k].to))
                mark(fed, &f->emit[k].to);
        for (size_t k = 0; k < f->emits; k++)
            check_emit(reader, world, scenario, i, k);
        check_polls(reader, world, scenario, i, read);
    }
    for (size_t i = 0; i < scenario->topics; i++)
        check_subscriptions(reader, world, scenario, ENTITY_TOPIC, i, fed);
    for (size_t i = 0; i < scenario->buses; i++)
        check_subscriptions(reader, world, scenario, ENTITY_BUS, i, fed);
}
