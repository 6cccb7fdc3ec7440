/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/direct.h"

#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>

struct direct {
    struct simulation *simulation;
    struct target *target;
    struct destination *destination;
    struct load_balancer *balancer;
    const struct direct_config *config;
    struct arrivals arrivals;
    struct arrival next;
    uint64_t offered, refused;
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

static void on_arrival(void *self, int64_t now_ns, uint64_t arg)
{
    struct direct *const d = self;
    (void)arg;
    const int64_t duration_ns = d->next.duration_ns;
    const double bytes = d->next.bytes >= 0 ? (double)d->next.bytes : d->config->request_bytes;
    schedule(d); /* first: the successor takes this event's place in the queue */
    d->offered++;
    if (d->balancer != NULL)
        load_balancer_count(d->balancer, bytes + d->config->response_bytes);
    if (d->destination != NULL)
        destination_send(d->destination, &(struct message){.origin_ns = now_ns,
                                                           .duration_ns = duration_ns,
                                                           .bytes = (int64_t)bytes});
    else if (!target_invoke(d->target, &(struct request){.arrival_ns = now_ns,
                                                         .origin_ns = now_ns,
                                                         .duration_ns = duration_ns,
                                                         .records = 1}))
        d->refused++;
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
    schedule(d);
    return d;
}

static void direct_destroy(void *self)
{
    struct direct *const direct = self;
    if (direct == NULL)
        return;
    arrivals_finish(&direct->arrivals);
    free(direct);
}

static void direct_reset(void *self)
{
    struct direct *const direct = self;
    direct->offered = 0;
    direct->refused = 0;
}

static bool direct_failed(const void *self)
{
    const struct direct *const direct = self;
    return direct->failed;
}

static void direct_report(const void *self, const struct metric_sink *sink)
{
    const struct direct *const direct = self;
    sink->put(sink->context, direct->entity, "requests", "count", (double)direct->offered);
    if (direct->destination == NULL)
        sink->put(sink->context, direct->entity, "requests_refused", "count",
                  (double)direct->refused);
    if (direct->ended_ns > 0)
        sink->put(sink->context, direct->entity, "last_arrival_s", "s",
                  (double)direct->ended_ns / 1e9);
}

static uint64_t direct_lost(const void *self)
{
    const struct direct *const direct = self;
    return direct->refused;
}

const struct part_class direct_class = {
    .destroy = direct_destroy,
    .reset = direct_reset,
    .report = direct_report,
    .lost = direct_lost,
    .failed = direct_failed,
};
