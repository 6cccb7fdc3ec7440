/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/async.h"

#include "aws/backlogs.h"
#include "aws/loop.h"
#include "core/memory.h"
#include "core/random.h"
#include "core/slots.h"

#include <stdio.h>
#include <stdlib.h>

struct waiting {
    struct request request;
    int64_t backoff_ns, tried_ns;
    int64_t bytes;
    uint64_t group;
    int errors;
    bool refused; /* and to be tried again */
};

struct async_counts {
    uint64_t received, duplicated, came, delivered, retries;
    uint64_t succeeded, given_up;
    /* Of those given up; `both`: to the destination and to the dead-letter queue. */
    uint64_t failed_to_destination, dead_lettered, both, expired, dropped;
    uint64_t recursion_stopped; /* of those given up */
};

struct async_queue {
    struct destination destination;
    struct simulation *simulation;
    struct target *target;
    struct destination *on_success, *on_failure, *dead_letters;
    struct async_config config;
    struct random_stream random;
    struct waiting *slot;
    struct slots slots;
    struct async_counts count, minute_start;
    uint64_t at_reset; /* in flight when the warm-up ended */
    bool giving_up;    /* an event is being sent on */
    struct series_times minute_age;
    struct histogram *latency; /* the function's; NULL: nobody asks */
    uint64_t refused;          /* events that are */
    uint64_t looping;          /* in flight, of long chains */
    struct loop *loop;         /* NULL: none comes back */
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
    q->loop = loop_of(simulation, config->loop);
    snprintf(q->entity, sizeof q->entity, "function:%s", function);
    random_init(&q->random, simulation->seed, simulation->replication, q->entity, "duplicates");
    return q;
}

static void async_destroy(void *self)
{
    struct async_queue *const queue = self;
    if (queue == NULL)
        return;
    free(queue->slot);
    slots_finish(&queue->slots);
    free(queue);
}

static uint64_t in_flight(const struct async_queue *q)
{
    return slots_used(&q->slots);
}

static void async_reset(void *self)
{
    struct async_queue *const queue = self;
    queue->count = queue->minute_start = (struct async_counts){0};
    queue->at_reset = in_flight(queue);
}

/* The event as whoever gets it sees it: itself, or a record that wraps it. */
static struct message message_of(const struct async_queue *q, const struct waiting *w, bool wrapped)
{
    return (struct message){.origin_ns = w->request.origin_ns,
                            .duration_ns = wrapped ? -1 : w->request.duration_ns,
                            .bytes = w->bytes + (wrapped ? q->config.record_bytes : 0),
                            .group = w->group,
                            .hops = w->request.hops + 1,
                            .poison = !wrapped && w->request.fails};
}

static struct waiting take(struct async_queue *q, uint64_t index)
{
    slots_give_back(&q->slots, (uint32_t)index);
    q->looping -= is_long_chain(q->slot[index].request.hops);
    return q->slot[index]; /* a copy: what is sent may come back and move the slots */
}

static void send_on(struct async_queue *q, struct destination *to, bool loops,
                    const struct message *message)
{
    if (loops) {
        if (loop_is_cut(q->loop, q->simulation))
            return;
        loop_came(q->loop, message->hops - 1);
        if (is_long_chain(message->hops - 1))
            loop_sent(q->loop, 1);
    }
    destination_send(to, message);
}

/* Queues of functions that cannot run may send to each other in a ring: what comes back while it
 * is being given up is gone. */
static void give_up(struct async_queue *q, uint64_t index, bool too_old)
{
    struct async_counts *const n = &q->count;
    const struct waiting w = take(q, index);
    const bool goes_on = !q->giving_up && (q->on_failure != NULL || q->dead_letters != NULL);
    n->given_up++;
    loop_worked(q->loop, is_long_chain(w.request.hops));
    if (!goes_on) {
        (*(too_old ? &n->expired : &n->dropped))++;
        return;
    }
    n->failed_to_destination += q->on_failure != NULL;
    n->dead_lettered += q->dead_letters != NULL;
    n->both += q->on_failure != NULL && q->dead_letters != NULL;
    const struct message event = message_of(q, &w, false), record = message_of(q, &w, true);
    q->giving_up = true;
    if (q->on_failure != NULL)
        send_on(q, q->on_failure, q->config.failure_loops, &record);
    if (q->dead_letters != NULL)
        send_on(q, q->dead_letters, q->config.dead_letters_loop, &event);
    q->giving_up = false;
}

static void succeed(struct async_queue *q, uint64_t index)
{
    const struct waiting w = take(q, index);
    q->count.succeeded++;
    if (q->on_success == NULL)
        return;
    const struct message record = message_of(q, &w, true);
    send_on(q, q->on_success, q->config.success_loops, &record);
}

static void set_refused(struct async_queue *q, uint64_t index, bool refused)
{
    q->refused += refused;
    q->refused -= q->slot[index].refused;
    q->slot[index].refused = refused;
}

static void again(struct async_queue *q, uint64_t index, int64_t now_ns, int64_t delay_ns)
{
    const struct waiting *const w = &q->slot[index];
    if (now_ns + delay_ns - w->request.arrival_ns > q->config.max_event_age_ns) {
        set_refused(q, index, false);
        give_up(q, index, true);
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
        succeed(q, index);
    } else if (w->errors >= q->config.max_retry_attempts) {
        give_up(q, index, false);
    } else {
        const int64_t delay_ns = q->config.retry_delay_ns[w->errors > 0];
        w->errors++;
        w->request.retried_ns += now_ns + delay_ns - w->tried_ns;
        w->request.failed_ns = now_ns;
        w->request.refused_ns = -1;
        again(q, index, now_ns, delay_ns);
    }
}

static void on_try(void *self, int64_t now_ns, uint64_t index)
{
    struct async_queue *const q = self;
    const struct request request = q->slot[index].request;
    series_time(&q->minute_age, now_ns - request.arrival_ns);
    q->slot[index].tried_ns = now_ns;
    q->count.came += request.refused_ns < 0;
    if (target_invoke(q->target, &request)) {
        q->count.delivered++;
        set_refused(q, index, false);
        return;
    }
    set_refused(q, index, true);
    struct waiting *const w = &q->slot[index];
    const int64_t delay_ns = w->backoff_ns;
    w->backoff_ns *= 2;
    if (w->backoff_ns > q->config.throttle_backoff_max_ns)
        w->backoff_ns = q->config.throttle_backoff_max_ns;
    w->request.throttled_ns += delay_ns;
    if (w->request.refused_ns < 0)
        w->request.refused_ns = now_ns;
    again(q, index, now_ns, delay_ns);
}

static uint32_t take_slot(struct async_queue *q)
{
    q->slot = slots_room(&q->slots, q->slot, sizeof *q->slot);
    return slots_take(&q->slots);
}

static void add(struct async_queue *q, const struct message *message, int64_t now_ns)
{
    const uint32_t index = take_slot(q);
    q->slot[index] = (struct waiting){.request = {.arrival_ns = now_ns,
                                                  .refused_ns = -1,
                                                  .origin_ns = message->origin_ns,
                                                  .duration_ns = message->duration_ns,
                                                  .tally = message->tally,
                                                  .records = 1,
                                                  .hops = message->hops,
                                                  .fails = message->poison,
                                                  .queued = true,
                                                  .done = on_done,
                                                  .source = q,
                                                  .token = index},
                                      .bytes = message->bytes,
                                      .group = message->group,
                                      .backoff_ns = q->config.throttle_backoff_min_ns};
    q->looping += is_long_chain(message->hops);
    loop_waiting(q->loop, q->entity, q->looping);
    if (q->config.max_hops > 0 && message->hops > q->config.max_hops) {
        q->count.recursion_stopped++;
        give_up(q, index, false);
    } else {
        on_try(q, now_ns, index);
    }
}

static void receive(struct destination *self, const struct message *message)
{
    struct async_queue *const q = (struct async_queue *)self;
    const struct message copy = *message; /* a full queue's own message may come here again */
    const double p = q->config.duplicate_probability;
    q->count.received++;
    add(q, &copy, simulation_now(q->simulation));
    if (p <= 0 || random_uniform(&q->random) >= p)
        return;
    q->count.received++;
    q->count.duplicated++;
    add(q, &copy, simulation_now(q->simulation));
}

void async_connect(struct async_queue *queue, struct destination *on_success,
                   struct destination *on_failure, struct destination *dead_letters)
{
    queue->on_success = on_success;
    queue->on_failure = on_failure;
    queue->dead_letters = dead_letters;
}

struct destination *async_destination(struct async_queue *queue)
{
    return &queue->destination;
}

uint64_t async_waiting(const void *queue)
{
    return ((const struct async_queue *)queue)->refused;
}

uint64_t async_came(const void *queue)
{
    return ((const struct async_queue *)queue)->count.came;
}

/* Since when the oldest of those that were refused is here. */
static int64_t oldest_refused_ns(const struct async_queue *q)
{
    int64_t oldest_ns = simulation_now(q->simulation);
    for (size_t i = 0; q->refused > 0 && i < q->slots.count; i++)
        if (q->slot[i].refused && q->slot[i].request.arrival_ns < oldest_ns)
            oldest_ns = q->slot[i].request.arrival_ns;
    return oldest_ns;
}

void async_count_waiting(struct async_queue *queue, struct histogram *latency)
{
    queue->latency = latency;
}

static void async_close(void *self)
{
    struct async_queue *const q = self;
    const int64_t now_ns = simulation_now(q->simulation);
    const int64_t longest_ns = q->latency != NULL && q->latency->count > 0 ? q->latency->max : 0;
    for (size_t i = 0; q->latency != NULL && q->refused > 0 && i < q->slots.count; i++) {
        const int64_t waits_ns = now_ns - q->slot[i].request.arrival_ns;
        if (q->slot[i].refused && waits_ns > longest_ns)
            histogram_add(q->latency, waits_ns);
    }
}

static void async_audit(const void *self)
{
    const struct async_queue *const q = self;
    const struct async_counts *const n = &q->count;
    if (q->at_reset + n->received != n->succeeded + n->given_up + in_flight(q) ||
        n->given_up + n->both !=
            n->failed_to_destination + n->dead_lettered + n->expired + n->dropped)
        simulation_fail(q->simulation, "%s: asynchronous events do not balance", q->entity);
}

static void async_report(const void *self, const struct metric_sink *sink)
{
    const struct async_queue *const q = self;
    const struct async_counts *const n = &q->count;
#define PUT(metric, value) sink->put(sink->context, q->entity, metric, "count", (double)(value))
    PUT("async_events_received", n->received);
    PUT("async_events_duplicated", n->duplicated);
    PUT("async_events_delivered", n->delivered);
    PUT("async_events_succeeded", n->succeeded);
    PUT("async_events_failed_to_destination", n->failed_to_destination);
    PUT("async_events_dead_lettered", n->dead_lettered);
    PUT("async_events_expired", n->expired);
    PUT("async_events_dropped", n->dropped);
    PUT("async_events_in_flight", in_flight(q));
    PUT("async_events_waiting", q->refused);
    PUT("async_retries", n->retries);
    if (q->config.max_hops > 0)
        PUT("recursive_invocations_dropped", n->recursion_stopped);
#undef PUT
    sink->put(sink->context, q->entity, "async_events_waiting_age_s", "s",
              (double)(simulation_now(q->simulation) - oldest_refused_ns(q)) / 1e9);
}

/* Each event that Lambda receives, tries or gives up is a datum; else there are none (inferred from
 * its other metrics). */
static void async_series(void *self, struct series *series)
{
    struct async_queue *const q = self;
    const struct async_counts *const n = &q->count, *const old = &q->minute_start;
    const uint64_t received = n->received - old->received, dropped = n->given_up - old->given_up;
    const uint64_t stopped = n->recursion_stopped - old->recursion_stopped;
#define EVENTS(metric, count) series_events(series, q->entity, metric, "Count", count, count)
    EVENTS("AsyncEventsReceived", received);
    EVENTS("AsyncEventsDropped", dropped);
    if (q->config.max_hops > 0)
        EVENTS("RecursiveInvocationsDropped", stopped);
#undef EVENTS
    series_tell_times(series, q->entity, "AsyncEventAge", "Milliseconds", 1e6,
                      SERIES_BIT(SERIES_MAXIMUM), &q->minute_age);
    q->minute_start = *n;
}

static uint64_t async_lost(const void *self)
{
    const struct async_queue *const queue = self;
    return queue->count.expired + queue->count.dropped;
}

static void async_watch(void *self, struct backlogs *backlogs)
{
    const struct async_queue *const q = self;
    backlogs_watch(backlogs, q->entity, 0, (struct backlog_source){async_waiting, async_came, q});
}

const struct part_class async_class = {
    .destroy = async_destroy,
    .reset = async_reset,
    .close = async_close,
    .audit = async_audit,
    .report = async_report,
    .series = async_series,
    .lost = async_lost,
    .watch = async_watch,
};
