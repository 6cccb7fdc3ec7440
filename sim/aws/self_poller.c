/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/self_poller.h"

#include "aws/backlogs.h"
#include "aws/chains.h"
#include "aws/loop.h"
#include "core/memory.h"
#include "core/slots.h"

#include <stdio.h>
#include <stdlib.h>

struct polling { /* an invocation, and then perhaps what it has left in flight */
    struct queue_batch batch;
    uint32_t hops; /* of the request; those of messages are their own */
    void (*done)(void *source, uint64_t token, enum outcome outcome, int64_t now_ns);
    void *source;
    uint64_t token;
};

struct self_poller_counts {
    uint64_t started, ended, received, processed, returned, empty;
};

struct self_poller {
    struct target target; /* first */
    struct simulation *simulation;
    const struct self_poller_config *config;
    struct target *inner;
    struct queue *queue;
    struct destination *self;
    struct polling *slot;
    struct slots slots;
    uint64_t running, held; /* invocations; messages of theirs or left in flight */
    uint64_t running_at_reset, held_at_reset;
    struct self_poller_counts count;
    struct chains chains; /* scratch: of the messages of the request that is being sent */
    struct histogram latency;
    char entity[96];
};

static bool invoke(struct target *self, const struct request *request);

struct self_poller *self_poller_create(struct simulation *simulation,
                                       const struct self_poller_config *config,
                                       struct target *target)
{
    struct self_poller *const p = mem_alloc(1, sizeof *p);
    p->target.invoke = invoke;
    p->simulation = simulation;
    p->config = config;
    p->inner = target;
    snprintf(p->entity, sizeof p->entity, "function:%s", config->function);
    histogram_init(&p->latency);
    return p;
}

struct target *self_poller_target(struct self_poller *poller)
{
    return &poller->target;
}

const struct histogram *self_poller_latency(const struct self_poller *poller)
{
    return &poller->latency;
}

void self_poller_connect(struct self_poller *poller, struct queue *queue, struct destination *self)
{
    poller->queue = queue;
    poller->self = self;
}

static void self_poller_destroy(void *self)
{
    struct self_poller *const p = self;
    for (size_t i = 0; i < p->slots.count; i++)
        queue_batch_finish(&p->slot[i].batch);
    chains_finish(&p->chains);
    histogram_finish(&p->latency);
    free(p->slot);
    slots_finish(&p->slots);
    free(p);
}

static uint32_t take_slot(struct self_poller *p)
{
    p->slot = slots_room(&p->slots, p->slot, sizeof *p->slot);
    return slots_take(&p->slots);
}

/* The visibility timeout of what a failed invocation had received has ended. */
static void on_visible(void *self, int64_t now_ns, uint64_t index)
{
    struct self_poller *const p = self;
    struct queue_batch batch =
        p->slot[index].batch; /* dead letters may come back to this function */
    (void)now_ns;
    p->slot[index].batch = (struct queue_batch){0};
    slots_give_back(&p->slots, (uint32_t)index);
    p->count.returned += batch.messages;
    p->held -= batch.messages;
    queue_return(p->queue, &batch, false);
    queue_batch_finish(&batch);
}

/* Of a cohort, which is at most a 256th of the queue, the middle stands for all. */
static void count_latency(struct self_poller *p, const struct queue_batch *batch, int64_t now_ns)
{
    for (size_t i = 0; i < batch->parts; i++) {
        const struct queued *const part = &batch->part[i];
        histogram_add_many(&p->latency,
                           now_ns - queued_first_ns(part) / 2 - queued_last_ns(part) / 2,
                           part->count);
    }
}

static bool may_go_on(struct self_poller *p, uint32_t messages)
{
    if (p->config->again == SELF_CALL_WHILE_MESSAGES)
        return messages > 0;
    return p->config->again == SELF_CALL_ALWAYS;
}

static void on_done(void *self, uint64_t index, enum outcome outcome, int64_t now_ns)
{
    struct self_poller *const p = self;
    struct polling *const s = &p->slot[index];
    const struct polling run = *s;
    const uint32_t messages = run.batch.messages;
    p->running--;
    p->count.ended++;
    if (outcome != OUTCOME_SUCCESS && messages > 0) {
        const int64_t visible_ns = run.batch.received_ns + p->config->visibility_timeout_ns;
        event_schedule(&p->simulation->queue, visible_ns > now_ns ? visible_ns : now_ns, on_visible,
                       p, index);
    } else {
        if (messages > 0) {
            count_latency(p, &s->batch, now_ns);
            p->count.processed += messages;
            p->held -= messages;
            queue_delete(p->queue, &s->batch);
        }
        slots_give_back(&p->slots, (uint32_t)index);
    }
    if (outcome == OUTCOME_SUCCESS && may_go_on(p, messages)) {
        loop_came(loop_of(p->simulation, p->config->loop), run.hops);
        destination_send(
            p->self,
            &(struct message){.origin_ns = now_ns, .duration_ns = -1, .hops = run.hops + 1});
    }
    if (run.done != NULL)
        run.done(run.source, run.token, outcome, now_ns);
}

/* Returns whether the last call came back empty. */
static bool poll(struct self_poller *p, struct queue_batch *batch)
{
    const struct self_poller_config *const c = p->config;
    for (uint32_t i = 0; i < c->calls; i++)
        if (queue_receive(p->queue, batch, c->call_messages, INT64_MAX) == 0)
            return true;
    return false;
}

/* The invocation begins: it is what its messages are. */
static void describe(const struct queue_batch *batch, struct chains *chains,
                     struct request *request)
{
    request->records = batch->messages;
    request->chains = batch->messages > 0 ? chains : NULL;
    chains_clear(chains);
    for (size_t i = 0; i < batch->parts; i++) {
        const struct queued *const part = &batch->part[i];
        const int64_t began_ns = part->first_ns - part->age_ns;
        chains_add(chains, began_ns, part->last_ns - part->age_ns, part->hops, part->count);
        if (i == 0 || began_ns < request->origin_ns)
            request->origin_ns = began_ns;
        request->hops = part->hops > request->hops ? part->hops : request->hops;
        request->fails = request->fails || part->poison;
    }
}

static bool invoke(struct target *self, const struct request *request)
{
    struct self_poller *const p = (struct self_poller *)self;
    const uint32_t index = take_slot(p);
    struct queue_batch batch = p->slot[index].batch; /* empty, with its memory */
    struct request inner = *request;
    p->slot[index].batch = (struct queue_batch){0};
    const bool empty = poll(p, &batch); /* dead letters may come back to this function */
    describe(&batch, &p->chains, &inner);
    inner.done = on_done;
    inner.source = p;
    inner.token = index;
    p->slot[index] =
        (struct polling){batch, request->hops, request->done, request->source, request->token};
    if (!target_invoke(p->inner, &inner)) {
        queue_undo(p->queue, &p->slot[index].batch); /* it never ran, so it never polled */
        slots_give_back(&p->slots, index);
        return false;
    }
    p->running++;
    p->count.started++;
    p->held += batch.messages;
    p->count.received += batch.messages;
    p->count.empty += empty;
    if (empty)
        queue_count_empty(p->queue, 1);
    return true;
}

static void self_poller_reset(void *self)
{
    struct self_poller *const p = self;
    p->count = (struct self_poller_counts){0};
    p->running_at_reset = p->running;
    p->held_at_reset = p->held;
    histogram_reset(&p->latency);
}

static void self_poller_audit(const void *self)
{
    const struct self_poller *const p = self;
    const struct self_poller_counts *const n = &p->count;
    if (p->running_at_reset + n->started != n->ended + p->running ||
        p->held_at_reset + n->received != n->processed + n->returned + p->held)
        simulation_fail(p->simulation, "%s: what it polled does not balance", p->entity);
}

static void self_poller_report(const void *self, const struct metric_sink *sink)
{
    const struct self_poller *const p = self;
    const struct self_poller_counts *const n = &p->count;
#define PUT(metric, value) sink->put(sink->context, p->entity, metric, "count", (double)(value))
    PUT("messages_polled", n->received);
    PUT("messages_processed", n->processed);
    PUT("messages_returned", n->returned);
    PUT("messages_in_flight", p->held);
    PUT("empty_polls", n->empty);
#undef PUT
    report_times(sink, p->entity, "message_latency_ms", &p->latency);
}

static void self_poller_watch(void *self, struct backlogs *backlogs)
{
    const struct self_poller *const p = self;
    backlogs_watch(backlogs, queue_entity(p->queue), 0,
                   (struct backlog_source){queue_waiting, queue_came, p->queue});
}

const struct part_class self_poller_class = {
    .destroy = self_poller_destroy,
    .reset = self_poller_reset,
    .audit = self_poller_audit,
    .report = self_poller_report,
    .watch = self_poller_watch,
};
