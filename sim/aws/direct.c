/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/direct.h"

#include "aws/tally.h"
#include "core/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct direct_counts {
    uint64_t offered, refused, succeeded,
        failed; /* failed: ran, and ended in anything but success */
};

struct direct {
    struct simulation *simulation;
    struct target *target;
    struct destination *destination;
    struct load_balancer *balancer;
    const struct direct_config *config;
    struct arrivals arrivals;
    struct arrival next;
    struct random_stream group_random, duration_random;
    struct tally tally;
    double *cumulative; /* shares of the groups, added up */
    uint64_t serial;
    size_t poisons; /* sent so far */
    struct direct_counts count;
    uint64_t running, at_reset; /* requests whose answer is to come */
    bool failed;
    int64_t ended_ns; /* no arrival came after it; 0: not ended */
    char entity[96];
};

static void on_arrival(void *self, int64_t now_ns, uint64_t arg);

static void schedule(struct direct *d)
{
    const int status = arrivals_next(&d->arrivals, &d->next);
    if (status < 0)
        d->failed = true;
    if (status > 0)
        event_schedule(&d->simulation->queue, d->next.start_ns, on_arrival, d, 0);
    else
        d->ended_ns = simulation_now(d->simulation);
}

/* Not 0, which is none. */
static uint64_t group_of(struct direct *d)
{
    const struct direct_config *const c = d->config;
    uint64_t high, low;
    if (d->next.key != NULL) {
        stream_hash_key(d->next.key, d->next.key_length, &high, &low);
        return high | 1;
    }
    if (c->keys == 0)
        return ++d->serial;
    const double drawn = random_uniform(&d->group_random) * d->cumulative[c->keys - 1];
    size_t first = 0, last = c->keys - 1;
    while (first < last) {
        const size_t middle = (first + last) / 2;
        if (d->cumulative[middle] > drawn)
            last = middle;
        else
            first = middle + 1;
    }
    return c->key[first].hash_high | 1;
}

static bool is_poison(struct direct *d, int64_t now_ns)
{
    const struct direct_config *const c = d->config;
    if (d->poisons == c->poisons || c->poison_ns[d->poisons] > now_ns)
        return false;
    d->poisons++;
    return true;
}

/* -1: the function's own. */
static int64_t duration_of(struct direct *d)
{
    const struct direct_config *const c = d->config;
    if (d->next.duration_ns >= 0 || !c->has_duration)
        return d->next.duration_ns;
    return time_bounded(distribution_draw(&c->duration_ns, &d->duration_random));
}

static void on_served(void *self, uint64_t began_ns, enum outcome outcome, int64_t now_ns)
{
    struct direct *const d = self;
    d->running--;
    *(outcome == OUTCOME_SUCCESS ? &d->count.succeeded : &d->count.failed) += 1;
    if (d->balancer != NULL)
        load_balancer_end(d->balancer, outcome == OUTCOME_SUCCESS ? d->config->response_bytes : 0,
                          now_ns - (int64_t)began_ns);
}

static void on_arrival(void *self, int64_t now_ns, uint64_t arg)
{
    struct direct *const d = self;
    (void)arg;
    const int64_t duration_ns = duration_of(d);
    struct tally *const tally = d->config->tallied ? &d->tally : NULL;
    const double bytes = fmin(d->next.bytes >= 0 ? (double)d->next.bytes : d->config->request_bytes,
                              MESSAGE_BYTES_MAX);
    const uint64_t group = d->destination != NULL ? group_of(d) : 0; /* its key is still there */
    schedule(d); /* first: the successor takes this event's place in the queue */
    d->count.offered++;
    if (d->balancer != NULL)
        load_balancer_request(d->balancer, bytes);
    if (d->destination != NULL)
        destination_send(d->destination, &(struct message){.origin_ns = now_ns,
                                                           .duration_ns = duration_ns,
                                                           .bytes = (int64_t)bytes,
                                                           .tally = tally,
                                                           .group = group,
                                                           .in_call = d->config->in_call,
                                                           .poison = is_poison(d, now_ns)});
    else if (target_invoke(d->target, &(struct request){.arrival_ns = now_ns,
                                                        .origin_ns = now_ns,
                                                        .duration_ns = duration_ns,
                                                        .tally = tally,
                                                        .records = 1,
                                                        .done = on_served,
                                                        .source = d,
                                                        .token = (uint64_t)now_ns}))
        d->running++;
    else
        d->count.refused++;
}

struct direct *direct_create(struct simulation *simulation, const struct direct_config *config,
                             struct target *target, struct destination *destination,
                             struct load_balancer *balancer)
{
    struct direct *const d = mem_alloc(1, sizeof *d);
    d->simulation = simulation;
    d->target = target;
    d->destination = destination;
    d->balancer = balancer;
    d->config = config;
    snprintf(d->entity, sizeof d->entity, "workload:%s", config->name);
    arrivals_init(&d->arrivals, &config->arrivals, simulation->seed, simulation->replication,
                  d->entity);
    random_init(&d->group_random, simulation->seed, simulation->replication, d->entity, "group");
    random_init(&d->duration_random, simulation->seed, simulation->replication, d->entity,
                "duration");
    if (config->tallied)
        tally_init(&d->tally);
    d->cumulative = mem_alloc(config->keys, sizeof *d->cumulative);
    for (size_t i = 0; i < config->keys; i++)
        d->cumulative[i] = config->key[i].weight + (i > 0 ? d->cumulative[i - 1] : 0);
    schedule(d);
    return d;
}

static void direct_destroy(void *self)
{
    struct direct *const direct = self;
    if (direct == NULL)
        return;
    arrivals_finish(&direct->arrivals);
    tally_finish(&direct->tally);
    free(direct->cumulative);
    free(direct);
}

static void direct_reset(void *self)
{
    struct direct *const direct = self;
    direct->count = (struct direct_counts){0};
    direct->at_reset = direct->running;
    if (direct->config->tallied)
        tally_reset(&direct->tally);
}

static bool direct_failed(const void *self)
{
    const struct direct *const direct = self;
    return direct->failed;
}

static void direct_audit(const void *self)
{
    const struct direct *const direct = self;
    const struct direct_counts *const n = &direct->count;
    if (direct->destination == NULL &&
        direct->at_reset + n->offered != n->refused + n->succeeded + n->failed + direct->running)
        simulation_fail(direct->simulation, "%s: requests do not balance", direct->entity);
}

static void direct_report(const void *self, const struct metric_sink *sink)
{
    const struct direct *const direct = self;
    const struct direct_counts *const n = &direct->count;
#define PUT(metric, value)                                                                         \
    sink->put(sink->context, direct->entity, metric, "count", (double)(value))
    PUT("requests", n->offered);
    if (direct->destination == NULL) { /* as of a client, which reports its own */
        PUT("requests_refused", n->refused);
        PUT("delivered", n->offered - n->refused);
        PUT("succeeded", n->succeeded);
        PUT("failed", n->refused + n->failed);
        PUT("in_flight", direct->running);
    }
#undef PUT
    if (direct->ended_ns > 0)
        sink->put(sink->context, direct->entity, "last_arrival_s", "s",
                  (double)direct->ended_ns / 1e9);
    if (direct->config->tallied)
        tally_report(&direct->tally, sink, direct->entity, !direct->config->waits);
}

/* Nobody tries a failed request again. */
static uint64_t direct_lost(const void *self)
{
    const struct direct *const direct = self;
    return direct->count.refused + direct->count.failed;
}

static uint64_t direct_erred(const void *self)
{
    const struct direct *const direct = self;
    return direct->count.failed;
}

const struct part_class direct_class = {
    .destroy = direct_destroy,
    .reset = direct_reset,
    .audit = direct_audit,
    .report = direct_report,
    .lost = direct_lost,
    .erred = direct_erred,
    .failed = direct_failed,
};
