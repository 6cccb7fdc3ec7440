/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/topic.h"

#include "aws/loop.h"
#include "core/memory.h"
#include "core/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define ACTIVE_NS (6 * NS_PER_HOUR)

struct topic_counts {
    uint64_t published, duplicated, pushed; /* pushed: messages that have left, copies as one */
    uint64_t matched;                       /* of those pushed: some subscriber got a copy */
    uint64_t delivered, filtered;           /* copies */
    int128 billed;
};

struct topic {
    struct destination destination; /* first */
    struct simulation *simulation;
    const struct topic_config *config;
    struct destination **subscriber;
    struct random_stream random;
    struct message *waiting; /* ring of 2^n: published, and to be pushed `latency_ns` later */
    size_t head, count, capacity;
    struct topic_counts counts, told; /* told: when the series asked last */
    uint64_t at_reset;
    int64_t active_ns; /* the series' last minute with activity */
};

static void publish(struct destination *self, const struct message *message);

struct topic *topic_create(struct simulation *simulation, const struct topic_config *config)
{
    struct topic *const t = mem_alloc(1, sizeof *t);
    t->destination.send = publish;
    t->simulation = simulation;
    t->config = config;
    random_init(&t->random, simulation->seed, simulation->replication, config->entity,
                "deliveries");
    return t;
}

struct destination *topic_destination(struct topic *topic)
{
    return &topic->destination;
}

void topic_subscribe(struct topic *topic, struct destination *const *subscriber)
{
    topic->subscriber = mem_alloc(topic->config->subscribers, sizeof *topic->subscriber);
    for (size_t i = 0; i < topic->config->subscribers; i++)
        topic->subscriber[i] = subscriber[i];
}

static void topic_destroy(void *self)
{
    struct topic *const t = self;
    free(t->subscriber);
    free(t->waiting);
    free(t);
}

static void push(struct topic *t, const struct message *message)
{
    struct message copy = *message;
    copy.in_call = 0; /* each on its own, whatever call published it */
    if (t->config->kind == TOPIC_EVENTBRIDGE)
        copy.hops = hops_behind(copy.hops);
    const uint64_t before = t->counts.delivered;
    t->counts.pushed++;
    for (size_t i = 0; i < t->config->subscribers; i++) {
        const double fraction = t->config->fraction[i];
        if (fraction < 1 && random_uniform(&t->random) >= fraction) {
            t->counts.filtered++;
            continue;
        }
        t->counts.delivered++;
        destination_send(t->subscriber[i], &copy);
    }
    t->counts.matched += t->counts.delivered > before;
}

static void on_due(void *self, int64_t now_ns, uint64_t arg)
{
    struct topic *const t = self;
    (void)now_ns;
    (void)arg;
    const struct message message = t->waiting[t->head];
    t->head = (t->head + 1) & (t->capacity - 1);
    t->count--;
    push(t, &message);
}

static void push_later(struct topic *t, const struct message *message)
{
    if (t->config->latency_ns == 0) {
        push(t, message);
        return;
    }
    if (t->count == t->capacity)
        t->waiting =
            mem_grow_ring(t->waiting, &t->head, &t->capacity, t->count, sizeof *t->waiting);
    t->waiting[(t->head + t->count++) & (t->capacity - 1)] = *message;
    event_schedule(&t->simulation->queue, simulation_now(t->simulation) + t->config->latency_ns,
                   on_due, t, 0);
}

static void publish(struct destination *self, const struct message *message)
{
    struct topic *const t = (struct topic *)self;
    const struct topic_config *const c = t->config;
    const struct message copy = *message;
    t->counts.published++;
    t->counts.billed += c->chunk_bytes == 0 || copy.bytes <= c->chunk_bytes
                            ? 1
                            : (copy.bytes + c->chunk_bytes - 1) / c->chunk_bytes;
    push_later(t, &copy);
    if (c->duplicate_probability > 0 && random_uniform(&t->random) < c->duplicate_probability) {
        t->counts.duplicated++;
        push_later(t, &copy);
    }
}

static void topic_reset(void *self)
{
    struct topic *const t = self;
    t->counts = t->told = (struct topic_counts){0};
    t->at_reset = t->count;
}

static void topic_audit(const void *self)
{
    const struct topic *const t = self;
    const struct topic_counts *const n = &t->counts;
    if (t->at_reset + n->published + n->duplicated != n->pushed + t->count ||
        n->delivered + n->filtered != n->pushed * t->config->subscribers)
        simulation_fail(t->simulation, "%s: messages do not balance", t->config->entity);
}

static void topic_report(const void *self, const struct metric_sink *sink)
{
    const struct topic *const t = self;
    const struct topic_counts *const n = &t->counts;
#define PUT(metric, value)                                                                         \
    sink->put(sink->context, t->config->entity, metric, "count", (double)(value))
    PUT("messages_published", n->published);
    PUT("messages_duplicated", n->duplicated);
    PUT("messages_delivered", n->delivered);
    PUT("messages_filtered", n->filtered);
    PUT("messages_in_flight", t->count);
#undef PUT
}

/* A subscriber of a bus is a rule with one target, which takes all: FailedInvocations would be 0,
 * and EventBridge sends none then ("Monitoring Amazon EventBridge", user guide); that it sends no
 * zeros of the others is inferred. SNS tells of a topic until six hours after its last activity
 * ("Monitoring Amazon SNS topics using CloudWatch"). */
static void topic_series(void *self, struct series *series)
{
    struct topic *const t = self;
    const struct topic_counts *const n = &t->counts, *const old = &t->told;
    const uint64_t delivered = n->delivered - old->delivered;
    const int64_t now_ns = simulation_now(t->simulation);
    if (delivered > 0 || n->published > old->published)
        t->active_ns = now_ns;
    const bool active = now_ns - t->active_ns <= ACTIVE_NS;
#define SUM(metric, value)                                                                         \
    series_sum(series, t->config->entity, metric, "Count", active ? (double)(value) : NAN)
#define EVENTS(metric, count)                                                                      \
    series_events(series, t->config->entity, metric, "Count", count, count)
    if (t->config->kind == TOPIC_EVENTBRIDGE) {
        EVENTS("MatchedEvents", n->matched - old->matched);
        EVENTS("TriggeredRules", delivered);
        EVENTS("Invocations", delivered);
    } else if (t->config->kind == TOPIC_SNS) {
        SUM("NumberOfMessagesPublished", n->published - old->published);
        SUM("NumberOfNotificationsDelivered", delivered);
        SUM("NumberOfNotificationsFilteredOut", n->filtered - old->filtered);
    }
#undef EVENTS
#undef SUM
    t->told = *n;
}

static void topic_usage(const void *self, struct usage *usage)
{
    const struct topic *const t = self;
    if (t->config->billed)
        usage_add(usage, t->config->entity, t->config->meter, NULL, t->counts.billed);
}

const struct part_class topic_class = {
    .destroy = topic_destroy,
    .reset = topic_reset,
    .audit = topic_audit,
    .report = topic_report,
    .series = topic_series,
    .usage = topic_usage,
};
