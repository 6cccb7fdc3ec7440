/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/downstream.h"

#include "aws/faults.h"
#include "core/memory.h"
#include "core/slots.h"

#include <stdio.h>
#include <stdlib.h>

enum call_state { CALL_WAITING, CALL_SERVED, CALL_FAILING };

struct call {
    downstream_answered *answered; /* NULL: its caller has given up */
    void *caller;
    uint64_t token;
    int64_t since_ns, give_up_ns;
    uint32_t life; /* of the slot: an event of an earlier one is void */
    bool struck;   /* by the outage of `drawn` */
    size_t drawn;  /* outages up to the one that it was last drawn for; 0: for none */
    enum call_state state;
};

struct downstream_counts { /* since the warm-up */
    uint64_t calls, succeeded, failed, refused, timed_out, connections_refused;
};

struct downstream {
    struct simulation *simulation;
    const struct downstream_config *config;
    struct random_stream latency_random, outage_random;
    struct call *call;
    struct slots calls;
    uint32_t *queue; /* ring of waiting calls, those whose callers have gone among them */
    size_t queue_head, queued, queue_capacity;
    size_t outage; /* the first that has not ended */
    struct downstream_holder *holder;
    size_t holders, holder_capacity;
    struct time_average busy, waiting, connections;
    uint64_t in_flight, at_reset; /* calls whose callers wait */
    struct downstream_counts count, told;
    struct histogram latency; /* of good answers */
    struct series_times minute_latency;
    char entity[96];
};

static void on_served(void *self, int64_t now_ns, uint64_t token);
static void on_give_up(void *self, int64_t now_ns, uint64_t token);

static uint64_t token_of(const struct downstream *d, uint32_t index)
{
    return (uint64_t)d->call[index].life << 32 | index;
}

static uint32_t take_call(struct downstream *d)
{
    d->call = slots_room(&d->calls, d->call, sizeof *d->call);
    return slots_take(&d->calls);
}

static void free_call(struct downstream *d, uint32_t index)
{
    d->call[index].life++;
    slots_give_back(&d->calls, index);
}

/* Tells the caller, who may call again at once. */
static void answer(struct downstream *d, uint32_t index, enum call_answer what, int64_t now_ns)
{
    struct call *const c = &d->call[index];
    downstream_answered *const answered = c->answered;
    void *const caller = c->caller;
    const uint64_t token = c->token;
    const int64_t took_ns = now_ns - c->since_ns;
    c->answered = NULL;
    d->in_flight--;
    if (what == ANSWER_FINE) {
        histogram_add(&d->latency, took_ns);
        series_time(&d->minute_latency, took_ns);
    }
    *(what == ANSWER_FINE    ? &d->count.succeeded
      : what == ANSWER_ERROR ? &d->count.failed
                             : &d->count.timed_out) += 1;
    if (what != ANSWER_NONE)
        free_call(d, index);
    answered(caller, token, what, now_ns);
}

/* The outage that strikes a call that comes or begins now; NULL: none. One draw of each for a call,
 * however often it is asked. */
static const struct downstream_outage *struck_by(struct downstream *d, struct call *call,
                                                 int64_t now_ns)
{
    const struct downstream_config *const c = d->config;
    while (d->outage < c->outages && c->outage[d->outage].until_ns <= now_ns)
        d->outage++;
    if (d->outage == c->outages || c->outage[d->outage].from_ns > now_ns)
        return NULL;
    const struct downstream_outage *const o = &c->outage[d->outage];
    if (call->drawn != d->outage + 1) {
        call->drawn = d->outage + 1;
        call->struck = o->share >= 1 || random_uniform(&d->outage_random) < o->share;
    }
    return call->struck ? o : NULL;
}

static int64_t service_ns(struct downstream *d, const struct downstream_outage *outage,
                          int64_t now_ns)
{
    const struct downstream_config *const c = d->config;
    double ns = distribution_draw(&c->latency_ns, &d->latency_random);
    if (c->max_concurrency > 0)
        ns *= 1 + c->slowdown * (double)d->busy.level / c->max_concurrency;
    if (outage != NULL && outage->mode == OUTAGE_SLOW)
        ns *= outage->factor;
    if (outage != NULL && outage->mode == OUTAGE_HANG)
        ns += (double)(outage->until_ns - now_ns);
    return time_bounded(ns + 0.5);
}

/* A server begins with a call whose caller waits. */
static void serve(struct downstream *d, uint32_t index, bool waited, int64_t now_ns)
{
    struct call *const c = &d->call[index];
    const struct downstream_outage *const outage = struck_by(d, c, now_ns);
    const bool fails = outage != NULL && outage->mode == OUTAGE_ERROR;
    c->state = fails ? CALL_FAILING : CALL_SERVED;
    int64_t end_ns = now_ns;
    if (!fails) {
        time_average_add(&d->busy, now_ns, 1);
        end_ns += service_ns(d, outage, now_ns);
    }
    if (end_ns >= c->give_up_ns && !waited) /* who waited has that event already */
        event_schedule(&d->simulation->queue, c->give_up_ns, on_give_up, d, token_of(d, index));
    event_schedule(&d->simulation->queue, end_ns, on_served, d, token_of(d, index));
}

static bool has_room(const struct downstream *d)
{
    return d->config->max_concurrency == 0 || d->busy.level < d->config->max_concurrency;
}

static void serve_queue(struct downstream *d, int64_t now_ns)
{
    while (d->queued > 0 && has_room(d)) {
        const uint32_t index = d->queue[d->queue_head];
        d->queue_head = (d->queue_head + 1) % d->queue_capacity;
        d->queued--;
        time_average_add(&d->waiting, now_ns, -1);
        if (d->call[index].answered == NULL)
            free_call(d, index);
        else
            serve(d, index, true, now_ns);
    }
}

static void on_served(void *self, int64_t now_ns, uint64_t token)
{
    struct downstream *const d = self;
    const uint32_t index = (uint32_t)token;
    struct call *const c = &d->call[index];
    if (c->life != (uint32_t)(token >> 32))
        return;
    const bool fine = c->state == CALL_SERVED;
    if (fine)
        time_average_add(&d->busy, now_ns, -1);
    if (c->answered == NULL)
        free_call(d, index);
    else
        answer(d, index, fine ? ANSWER_FINE : ANSWER_ERROR, now_ns);
    serve_queue(d, now_ns);
}

static void on_give_up(void *self, int64_t now_ns, uint64_t token)
{
    struct downstream *const d = self;
    const uint32_t index = (uint32_t)token;
    if (d->call[index].life == (uint32_t)(token >> 32) && d->call[index].answered != NULL)
        answer(d, index, ANSWER_NONE, now_ns);
}

static void enqueue(struct downstream *d, uint32_t index, int64_t now_ns)
{
    if (d->queued == d->queue_capacity)
        d->queue = mem_grow_ring(d->queue, &d->queue_head, &d->queue_capacity, d->queued,
                                 sizeof *d->queue);
    d->queue[(d->queue_head + d->queued++) % d->queue_capacity] = index;
    time_average_add(&d->waiting, now_ns, 1);
    event_schedule(&d->simulation->queue, d->call[index].give_up_ns, on_give_up, d,
                   token_of(d, index));
}

void downstream_call(struct downstream *d, int64_t give_up_ns, downstream_answered *answered,
                     void *caller, uint64_t token)
{
    const int64_t now_ns = simulation_now(d->simulation);
    const uint32_t index = take_call(d);
    struct call *const c = &d->call[index];
    *c = (struct call){.answered = answered,
                       .caller = caller,
                       .token = token,
                       .since_ns = now_ns,
                       .give_up_ns = give_up_ns,
                       .life = c->life};
    d->count.calls++;
    d->in_flight++;
    if (has_room(d)) {
        serve(d, index, false, now_ns);
        return;
    }
    if (d->queued >= d->config->queue_capacity) {
        d->count.refused++;
    } else {
        const struct downstream_outage *const outage = struck_by(d, c, now_ns);
        if (outage == NULL || outage->mode != OUTAGE_ERROR) {
            enqueue(d, index, now_ns);
            return;
        }
    }
    c->state = CALL_FAILING;
    event_schedule(&d->simulation->queue, now_ns, on_served, d, token_of(d, index));
}

/* --- connections ---------------------------------------------------------------------------- */

void downstream_add_holder(struct downstream *d, struct downstream_holder holder)
{
    d->holder = mem_grow(d->holder, &d->holder_capacity, d->holders, sizeof *d->holder);
    d->holder[d->holders++] = holder;
}

/* Environments end unseen: before their number matters, it is made exact. */
static void sweep_holders(struct downstream *d, int64_t now_ns)
{
    for (size_t i = 0; i < d->holders; i++)
        d->holder[i].sweep(d->holder[i].self, now_ns);
}

bool downstream_connect(struct downstream *d, uint32_t connections)
{
    const int64_t now_ns = simulation_now(d->simulation);
    const int64_t most = d->config->max_connections;
    if (d->connections.level + connections > d->connections.lap_max)
        sweep_holders(d, now_ns);
    if (most > 0 && d->connections.level + connections > most) {
        d->count.connections_refused++;
        return false;
    }
    time_average_add(&d->connections, now_ns, connections);
    return true;
}

void downstream_disconnect(struct downstream *d, uint32_t connections)
{
    time_average_add(&d->connections, simulation_now(d->simulation), -(int64_t)connections);
}

/* --- the part ------------------------------------------------------------------------------- */

struct downstream *downstream_create(struct simulation *simulation,
                                     const struct downstream_config *config)
{
    struct downstream *const d = mem_alloc(1, sizeof *d);
    d->simulation = simulation;
    d->config = config;
    snprintf(d->entity, sizeof d->entity, "downstream:%s", config->name);
    random_init(&d->latency_random, simulation->seed, simulation->replication, d->entity,
                "latency");
    random_init(&d->outage_random, simulation->seed, simulation->replication, d->entity, "outage");
    histogram_init(&d->latency);
    return d;
}

static void downstream_destroy(void *self)
{
    struct downstream *const d = self;
    histogram_finish(&d->latency);
    free(d->call);
    slots_finish(&d->calls);
    free(d->queue);
    free(d->holder);
    free(d);
}

static void downstream_reset(void *self)
{
    struct downstream *const d = self;
    const int64_t now_ns = simulation_now(d->simulation);
    d->count = d->told = (struct downstream_counts){0};
    d->at_reset = d->in_flight;
    histogram_reset(&d->latency);
    time_average_reset(&d->busy, now_ns);
    time_average_reset(&d->waiting, now_ns);
    time_average_reset(&d->connections, now_ns);
}

static void downstream_audit(const void *self)
{
    const struct downstream *const d = self;
    const struct downstream_counts *const n = &d->count;
    if (d->at_reset + n->calls != n->succeeded + n->failed + n->timed_out + d->in_flight)
        simulation_fail(d->simulation, "%s: calls do not balance", d->entity);
    const uint64_t taken = slots_used(&d->calls);
    if (d->queued + (uint64_t)d->busy.level > taken || d->in_flight > taken)
        simulation_fail(d->simulation, "%s: servers do not balance", d->entity);
}

static void downstream_report(const void *self, const struct metric_sink *sink)
{
    const struct downstream *const d = self;
    const struct downstream_counts *const n = &d->count;
    const int64_t now_ns = simulation_now(d->simulation);
#define PUT(metric, unit, value) sink->put(sink->context, d->entity, metric, unit, (double)(value))
    PUT("calls", "count", n->calls);
    PUT("calls_succeeded", "count", n->succeeded);
    PUT("calls_failed", "count", n->failed);
    PUT("calls_refused", "count", n->refused);
    PUT("calls_timed_out", "count", n->timed_out);
    PUT("calls_in_flight", "count", d->in_flight);
    PUT("concurrency.mean", "calls", time_average_mean(&d->busy, now_ns));
    PUT("concurrency.max", "calls", d->busy.max);
    PUT("queue_length.mean", "calls", time_average_mean(&d->waiting, now_ns));
    PUT("queue_length.max", "calls", d->waiting.max);
    if (d->config->max_concurrency > 0)
        PUT("utilization", "ratio",
            time_average_mean(&d->busy, now_ns) / d->config->max_concurrency);
    PUT("connections.max", "connections", d->connections.max);
    PUT("connections_refused", "count", n->connections_refused);
#undef PUT
    report_times(sink, d->entity, "latency_ms", &d->latency);
}

static void downstream_series(void *self, struct series *series)
{
    struct downstream *const d = self;
    const struct downstream_counts *const n = &d->count, *const old = &d->told;
    sweep_holders(d, simulation_now(d->simulation));
    series_sum(series, d->entity, "Calls", "Count", (double)(n->calls - old->calls));
    series_sum(series, d->entity, "Errors", "Count",
               (double)(n->failed + n->timed_out - old->failed - old->timed_out));
    series_level(series, d->entity, "Concurrency", "Count", (double)time_average_lap(&d->busy));
    series_level(series, d->entity, "QueueLength", "Count", (double)time_average_lap(&d->waiting));
    series_level(series, d->entity, "DatabaseConnections", "Count",
                 (double)time_average_lap(&d->connections));
    series_tell_times(series, d->entity, "CallLatency", "Milliseconds", 1e6,
                      SERIES_BIT(SERIES_AVERAGE), &d->minute_latency);
    d->told = *n;
}

static void downstream_expose(void *self, struct faults *faults)
{
    const struct downstream_config *const c = ((const struct downstream *)self)->config;
    for (size_t i = 0; i < c->outages; i++)
        faults_trouble(faults, "outage", c->outage[i].from_ns, c->outage[i].until_ns);
}

const struct part_class downstream_class = {
    .destroy = downstream_destroy,
    .reset = downstream_reset,
    .audit = downstream_audit,
    .report = downstream_report,
    .series = downstream_series,
    .expose = downstream_expose,
};
