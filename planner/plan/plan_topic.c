/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Topics, buses, and the services that call functions. */
#include "plan/plan_internal.h"

#include <stdio.h>

#define SNS_LATENCY "source.sns.latency"
#define SNS_DUPLICATES "source.sns.duplicates"
#define BUS_LATENCY "source.eventbridge.latency"
#define BUS_DUPLICATES "source.eventbridge.duplicates"

/* As many topics as there can be: sources come after topics and buses, one a workload. */
static struct model_topic *topics_of(struct plan *p)
{
    if (p->topic == NULL) {
        p->topic = own(p, p->scenario->topics + p->scenario->buses + p->scenario->workloads,
                       sizeof *p->topic);
        p->model.topic = p->topic;
    }
    return p->topic;
}

static char *entity_of(struct plan *p, const char *kind, const char *name)
{
    enum { SIZE = 96 };
    char *const entity = own(p, SIZE, 1);
    snprintf(entity, SIZE, "%s:%s", kind, name);
    return entity;
}

static struct model_topic topic_of(struct plan *p, const struct topic_spec *t, bool bus)
{
    struct model_reference *const to = own(p, t->subscriptions, sizeof *to);
    double *const fraction = own(p, t->subscriptions, sizeof *fraction);
    for (size_t i = 0; i < t->subscriptions; i++) {
        to[i] = plan_reference(p, &t->subscription[i].endpoint);
        fraction[i] = t->subscription[i].fraction;
    }
    return (struct model_topic){
        .config = {.kind = bus ? TOPIC_EVENTBRIDGE : TOPIC_SNS,
                   .entity = entity_of(p, bus ? "event_bus" : "topic", t->name),
                   .latency_ns = seconds(limit(p, bus ? BUS_LATENCY : SNS_LATENCY)),
                   .duplicate_probability = limit(p, bus ? BUS_DUPLICATES : SNS_DUPLICATES),
                   .fraction = fraction,
                   .subscribers = t->subscriptions,
                   .billed = true,
                   .meter = bus ? METER_EVENTBRIDGE_EVENTS : METER_SNS_REQUESTS,
                   .chunk_bytes =
                       (int64_t)limit(p, bus ? "eventbridge.event_bytes" : "sns.request_bytes")},
        .to = to,
        .published = true};
}

void plan_topics(struct plan *p)
{
    const struct scenario *const s = p->scenario;
    p->model.publish_limit[TOPIC_SNS] = plan_api_limit(s, p->world, "sns.publish");
    p->model.publish_limit[TOPIC_EVENTBRIDGE] = plan_api_limit(s, p->world, "eventbridge.put");
    struct model_topic *const topic = topics_of(p);
    for (size_t i = 0; i < s->topics; i++)
        topic[i] = topic_of(p, &s->topic[i], false);
    for (size_t i = 0; i < s->buses; i++)
        topic[s->topics + i] = topic_of(p, &s->bus[i], true);
    p->model.topics = s->topics + s->buses;
}

struct model_reference plan_source(struct plan *p, const struct workload_spec *w)
{
    static const struct {
        const char *latency, *duplicates;
        enum meter meter;
        enum topic_kind kind;
    } sources[SOURCES] = {
        [SOURCE_S3] = {"source.s3.latency", "source.s3.duplicates", METER_S3_PUT_REQUESTS,
                       TOPIC_OTHER},
        [SOURCE_SNS] = {SNS_LATENCY, SNS_DUPLICATES, METER_SNS_REQUESTS, TOPIC_SNS},
        [SOURCE_EVENTBRIDGE] = {BUS_LATENCY, BUS_DUPLICATES, METER_EVENTBRIDGE_EVENTS,
                                TOPIC_EVENTBRIDGE},
        [SOURCE_LOGS] = {"source.logs.latency", "source.logs.duplicates", METER_COUNT, TOPIC_OTHER},
        [SOURCE_SES] = {"source.ses.latency", "source.ses.duplicates", METER_COUNT, TOPIC_OTHER}};
    struct model_reference *const to = own(p, 1, sizeof *to);
    double *const fraction = own(p, 1, sizeof *fraction);
    if (w->source == SOURCE_SDK)
        return (struct model_reference){MODEL_NONE, 0};
    *to = plan_reference(p, &w->to);
    *fraction = 1;
    topics_of(p)[p->model.topics] = (struct model_topic){
        .config = {.kind = sources[w->source].kind,
                   .entity = entity_of(p, "workload", w->name),
                   .latency_ns = seconds(limit(p, sources[w->source].latency)),
                   .duplicate_probability = w->duplicate_probability >= 0
                                                ? w->duplicate_probability
                                                : limit(p, sources[w->source].duplicates),
                   .fraction = fraction,
                   .subscribers = 1,
                   .billed = w->source_billed,
                   .meter = sources[w->source].meter,
                   .chunk_bytes =
                       w->source == SOURCE_S3 ? 0 : (int64_t)limit(p, "sns.request_bytes")},
        .to = to};
    return (struct model_reference){MODEL_TOPIC, p->model.topics++};
}

static bool names(const struct reference *a, const struct reference *b)
{
    return a->kind == b->kind && a->index == b->index;
}

bool plan_bus_sends_to(const struct plan *p, const struct reference *stream)
{
    const struct scenario *const s = p->scenario;
    for (size_t i = 0; i < s->buses; i++)
        for (size_t k = 0; k < s->bus[i].subscriptions; k++)
            if (names(&s->bus[i].subscription[k].endpoint, stream))
                return true;
    return false;
}

bool plan_is_sent_to(const struct plan *p, const struct reference *stream)
{
    const struct scenario *const s = p->scenario;
    for (size_t i = 0; i < s->functions; i++)
        for (size_t k = 0; k < s->function[i].emits; k++)
            if (names(&s->function[i].emit[k].to, stream))
                return true;
    return plan_bus_sends_to(p, stream);
}
