/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Queues and their mappings. */
#include "plan/plan_internal.h"

static struct queue_config queue_of(struct plan *p, const struct queue_spec *spec)
{
    return (struct queue_config){
        .name = spec->name,
        .fifo = spec->fifo,
        .visibility_timeout_ns = seconds(spec->visibility_timeout_s),
        .retention_ns = seconds(spec->message_retention_s),
        .delay_ns = seconds(spec->delay_s),
        .max_receives = spec->max_receive_count,
        .in_flight_max =
            (uint64_t)limit(p, spec->fifo ? "sqs.in_flight.fifo" : "sqs.in_flight.standard"),
        .chunk_bytes = (int64_t)limit(p, "sqs.request_bytes")};
}

/* What servers that read a queue themselves are like: as many at work as the group has workers, and
 * no account of polls that end empty. */
static void let_servers_poll(struct queue_poller_config *c)
{
    c->maximum_concurrency = 0;
    c->batching_window_ns = 0;
    c->pollers_initial = c->pollers_idle = c->pollers_max = 1000000;
    c->long_poll_ns = INT64_C(1000000000000000000);
    c->throttle_backoff_min_ns = 0;
}

static struct queue_poller_config poller_of(struct plan *p, const struct mapping_spec *e)
{
    const struct queue_spec *const queue = &p->scenario->queue[e->event_source.index];
    const double first = limit(p, "esm.sqs.initial_pollers");
    return (struct queue_poller_config){
        .name = e->name,
        .batch_size = e->batch_size,
        .batching_window_ns = seconds(e->maximum_batching_window_s),
        .report_item_failures = e->report_batch_item_failures,
        .maximum_concurrency = e->maximum_concurrency,
        .pollers_initial = (uint32_t)first,
        .pollers_max = (uint32_t)limit(p, "esm.sqs.max"),
        /* The fewer pollers of an idle queue are not for mappings with maximum_concurrency. */
        .pollers_idle =
            (uint32_t)(e->maximum_concurrency > 0 ? first : limit_or(p, "esm.sqs.idle_min", first)),
        .ramp_per_minute = limit(p, "esm.sqs.ramp"),
        .long_poll_ns = seconds(limit(p, "esm.sqs.long_poll")),
        .throttle_backoff_min_ns = seconds(limit(p, "esm.sqs.throttle_backoff.min")),
        .throttle_pause_ns = seconds(limit(p, "esm.sqs.throttle_pause")),
        .throttle_backoff_max_ns = seconds(limit(p, "esm.sqs.throttle_backoff.max")),
        .receive_ns = seconds(limit(p, "esm.sqs.receive_time")),
        .payload_bytes = (int64_t)(limit(p, "lambda.payload.sync") * MB_BYTES),
        .visibility_timeout_ns = seconds(queue->visibility_timeout_s)};
}

void plan_queues(struct plan *p, bool to_lambda)
{
    const struct scenario *const s = p->scenario;
    struct model_config *const m = &p->model;
    m->queues = s->queues;
    m->fifo_send_limit = plan_api_limit(s, p->world, "sqs.fifo_send");
    m->queue = own(p, s->queues, sizeof *m->queue);
    for (size_t i = 0; i < s->queues; i++) {
        const struct reference *const dead = &s->queue[i].dead_letters;
        m->queue[i].config = queue_of(p, &s->queue[i]);
        m->queue[i].sends_limited = s->queue[i].fifo && !s->queue[i].high_throughput;
        m->queue[i].config.loop = loops_of(&p->loops, ENTITY_QUEUE, i);
        if (dead->kind == ENTITY_QUEUE)
            m->queue[i].dead_letters = (struct model_reference){MODEL_QUEUE, dead->index};
    }
    m->queue_mapping = own(p, s->mappings, sizeof *m->queue_mapping);
    for (size_t i = 0; i < s->mappings; i++) {
        const struct mapping_spec *const e = &s->mapping[i];
        if (e->event_source.kind != ENTITY_QUEUE)
            continue;
        struct model_queue_mapping *const mapping = &m->queue_mapping[m->queue_mappings++];
        *mapping = (struct model_queue_mapping){.config = poller_of(p, e),
                                                .queue = e->event_source.index,
                                                .function = e->function.index};
        if (!to_lambda)
            let_servers_poll(&mapping->config);
    }
}
