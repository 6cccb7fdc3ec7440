/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/async.h"

#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>

struct waiting {
    struct request request;
    int64_t backoff_ns;
    int errors;
};

struct async_counts {
    uint64_t received, succeeded, failed, expired, retries, throttled;
};

struct async_queue {
    struct destination destination;
    struct simulation *simulation;
    struct target *target;
    struct async_config config;
    struct waiting *slot;
    uint32_t *free_slot;
    size_t slots, free_slots;
    struct async_counts count, minute_start;
    uint64_t at_reset; /* in flight when the warm-up ended */
    int64_t minute_max_age_ns;
    char entity[96];
};

static void on_try(void *self, int64_t now_ns, uint64_t index);
static void receive(struct destination *self, const struct message *message);

struct async_queue *async_create(struct simulation *simulation, const struct async_config *config,
                                 const char *function, struct target *target)
{
    struct async_queue *const q = mem_alloc(1, sizeof *q);
    q->destination.send = receive;
    q->simulation = simulation;
    q->config = *config;
    q->target = target;
    snprintf(q->entity, sizeof q->entity, "function:%s", function);
    return q;
}

static void async_destroy(void *self)
{
    struct async_queue *const queue = self;
    if (queue == NULL)
        return;
    free(queue->slot);
    free(queue->free_slot);
    free(queue);
}

static uint64_t in_flight(const struct async_queue *q)
{
    return q->slots - q->free_slots;
}

static void async_reset(void *self)
{
    struct async_queue *const queue = self;
    queue->count = queue->minute_start = (struct async_counts){0};
    queue->at_reset = in_flight(queue);
    queue->minute_max_age_ns = 0;
}

static void finish(struct async_queue *q, uint64_t index, uint64_t *counter)
{
    (*counter)++;
    q->free_slot[q->free_slots++] = (uint32_t)index;
}

static void again(struct async_queue *q, uint64_t index, int64_t now_ns, int64_t delay_ns)
{
    const struct waiting *const w = &q->slot[index];
    if (now_ns + delay_ns - w->request.arrival_ns > q->config.max_event_age_ns) {
        finish(q, index, &q->count.expired);
        return;
    }
    q->count.retries++;
    event_schedule(&q->simulation->queue, now_ns + delay_ns, on_try, q, index);
}

static void on_done(void *self, uint64_t index, enum outcome outcome, int64_t now_ns)
{
    struct async_queue *const q = self;
    struct waiting *const w = &q->slot[index];
    if (outcome == OUTCOME_SUCCESS) {
        finish(q, index, &q->count.succeeded);
    } else if (w->errors >= q->config.max_retry_attempts) {
        finish(q, index, &q->count.failed);
    } else {
        const int64_t delay_ns = q->config.retry_delay_ns[w->errors > 0];
        w->errors++;
        again(q, index, now_ns, delay_ns);
    }
}

static void on_try(void *self, int64_t now_ns, uint64_t index)
{
    struct async_queue *const q = self;
    const struct request request = q->slot[index].request;
    if (now_ns - request.arrival_ns > q->minute_max_age_ns)
        q->minute_max_age_ns = now_ns - request.arrival_ns;
    if (target_invoke(q->target, &request))
        return;
    struct waiting *const w = &q->slot[index];
    const int64_t delay_ns = w->backoff_ns;
    w->backoff_ns *= 2;
    if (w->backoff_ns > q->config.throttle_backoff_max_ns)
        w->backoff_ns = q->config.throttle_backoff_max_ns;
    q->count.throttled++;
    again(q, index, now_ns, delay_ns);
}

static void receive(struct destination *self, const struct message *message)
{
    struct async_queue *const queue = (struct async_queue *)self;
    const int64_t now_ns = simulation_now(queue->simulation);
    if (queue->free_slots == 0) {
        const size_t wanted = queue->slots == 0 ? 16 : queue->slots * 2;
        queue->slot = mem_resize(queue->slot, wanted, sizeof *queue->slot);
        queue->free_slot = mem_resize(queue->free_slot, wanted, sizeof *queue->free_slot);
        for (size_t i = wanted; i-- > queue->slots;)
            queue->free_slot[queue->free_slots++] = (uint32_t)i;
        queue->slots = wanted;
    }
    const uint32_t index = queue->free_slot[--queue->free_slots];
    struct waiting *const w = &queue->slot[index];
    *w = (struct waiting){.request = {.arrival_ns = now_ns,
                                      .origin_ns = message->origin_ns,
                                      .duration_ns = message->duration_ns,
                                      .records = 1,
                                      .hops = message->hops,
                                      .fails = message->poison,
                                      .queued = true,
                                      .done = on_done,
                                      .source = queue,
                                      .token = index},
                          .backoff_ns = queue->config.throttle_backoff_min_ns};
    queue->count.received++;
    on_try(queue, now_ns, index);
}

struct destination *async_destination(struct async_queue *queue)
{
    return &queue->destination;
}

static void async_audit(const void *self)
{
    const struct async_queue *const q = self;
    const struct async_counts *const n = &q->count;
    if (q->at_reset + n->received != n->succeeded + n->failed + n->expired + in_flight(q))
        simulation_fail(q->simulation, "%s: asynchronous events do not balance", q->entity);
}

static void async_report(const void *self, const struct metric_sink *sink)
{
    const struct async_queue *const q = self;
    const struct async_counts *const n = &q->count;
#define PUT(metric, value) sink->put(sink->context, q->entity, metric, "count", (double)(value))
    PUT("async_events_received", n->received);
    PUT("async_events_succeeded", n->succeeded);
    PUT("async_events_failed", n->failed);
    PUT("async_events_expired", n->expired);
    PUT("async_events_in_flight", in_flight(q));
    PUT("async_retries", n->retries);
#undef PUT
}

static void async_series(void *self, struct series *series)
{
    struct async_queue *const q = self;
    const struct async_counts *const n = &q->count, *const old = &q->minute_start;
    series_sum(series, q->entity, "AsyncEventsReceived", "Count",
               (double)(n->received - old->received));
    series_sum(series, q->entity, "AsyncEventsDropped", "Count",
               (double)(n->failed + n->expired - old->failed - old->expired));
    series_maximum(series, q->entity, "AsyncEventAge", "Milliseconds",
                   (double)q->minute_max_age_ns / 1e6);
    q->minute_start = *n;
    q->minute_max_age_ns = 0;
}

static uint64_t async_lost(const void *self)
{
    const struct async_queue *const queue = self;
    return queue->count.failed + queue->count.expired;
}

const struct part_class async_class = {
    .destroy = async_destroy,
    .reset = async_reset,
    .audit = async_audit,
    .report = async_report,
    .series = async_series,
    .lost = async_lost,
};
