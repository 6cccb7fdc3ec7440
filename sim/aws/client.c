/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/client.h"

#include "core/memory.h"
#include "core/random.h"
#include "core/slots.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define NOBODY UINT32_MAX

/* A try that runs, a request between two tries, or a run that nobody waits for any longer. */
enum call_state { CALL_FREE, CALL_RUNNING, CALL_PAUSED, CALL_ABANDONED };

struct call {
    int64_t arrival_ns, origin_ns, started_ns, duration_ns, bytes;
    struct tally *tally;
    uint32_t earlier, later; /* among those that run, by their start */
    uint32_t retries;
    uint32_t hops;
    int64_t throttled_ns, retried_ns, failed_ns, refused_ns; /* as in struct request */
    bool refused;                                            /* the last try */
    bool poison;
    uint8_t state;
};

struct client_counts {
    uint64_t requests, attempts, accepted, ended, retries, denied, abandoned;
    uint64_t succeeded, failed[REPLIES];
};

struct client {
    struct destination destination;
    struct simulation *simulation;
    const struct client_config *config;
    const struct gateway_config *door;
    struct gateway *gateway;
    struct target *target;
    struct load_balancer *balancer;
    struct random_stream random;
    struct call *call;
    struct slots slots;
    uint32_t oldest, newest; /* of those that run: all wait equally long, so they end in order */
    bool timer;              /* an event for the oldest is scheduled */
    int64_t patience_ns;     /* until the caller or the gateway gives up; 0: never */
    enum gateway_reply given_up;
    bool door_gives_up; /* before the caller does */
    double budget;
    size_t state[CALL_ABANDONED + 1]; /* slots in it */
    uint64_t calls_at_reset, runs_at_reset, pauses_at_reset;
    struct client_counts count;
    struct histogram latency;
    char entity[96];
};

static void receive(struct destination *self, const struct message *message);
static void attempt(struct client *c, uint32_t i, int64_t now_ns);

struct client *client_create(struct simulation *simulation, const struct client_config *config,
                             const char *workload, struct target *target, struct gateway *gateway,
                             struct load_balancer *balancer)
{
    struct client *const c = mem_alloc(1, sizeof *c);
    c->destination.send = receive;
    c->simulation = simulation;
    c->config = config;
    c->door = gateway_settings(gateway);
    c->gateway = gateway;
    c->target = target;
    c->balancer = balancer;
    c->oldest = c->newest = NOBODY;
    c->budget = config->budget_most;
    c->patience_ns = config->timeout_ns;
    c->given_up = REPLY_NONE;
    const int64_t door_ns = c->door->timeout_ns;
    if (door_ns > 0 && (c->patience_ns == 0 || door_ns < c->patience_ns)) {
        c->patience_ns = door_ns;
        c->door_gives_up = true;
        c->given_up = gateway_timed_out(c->door->kind);
    }
    snprintf(c->entity, sizeof c->entity, "workload:%s", workload);
    random_init(&c->random, simulation->seed, simulation->replication, c->entity, "retry");
    histogram_init(&c->latency);
    return c;
}

static void client_destroy(void *self)
{
    struct client *const c = self;
    if (c == NULL)
        return;
    histogram_finish(&c->latency);
    free(c->call);
    slots_finish(&c->slots);
    free(c);
}

struct destination *client_destination(struct client *client)
{
    return &client->destination;
}

const struct histogram *client_latency(const struct client *client)
{
    return &client->latency;
}

static void set_state(struct client *c, uint32_t i, enum call_state state)
{
    c->state[c->call[i].state]--;
    c->state[state]++;
    c->call[i].state = state;
}

static uint32_t take_slot(struct client *c)
{
    const size_t before = c->slots.count;
    c->call = slots_room(&c->slots, c->call, sizeof *c->call);
    c->state[CALL_FREE] += c->slots.count - before;
    return slots_take(&c->slots);
}

static void give_back(struct client *c, uint32_t i)
{
    set_state(c, i, CALL_FREE);
    slots_give_back(&c->slots, i);
}

/* Those that run, by their start. */

static void link_newest(struct client *c, uint32_t i)
{
    c->call[i].earlier = c->newest;
    c->call[i].later = NOBODY;
    if (c->newest == NOBODY)
        c->oldest = i;
    else
        c->call[c->newest].later = i;
    c->newest = i;
}

static void unlink_call(struct client *c, uint32_t i)
{
    const struct call *const call = &c->call[i];
    if (call->earlier == NOBODY)
        c->oldest = call->later;
    else
        c->call[call->earlier].later = call->later;
    if (call->later == NOBODY)
        c->newest = call->earlier;
    else
        c->call[call->later].earlier = call->earlier;
}

/* Answers, and what follows from them */

static void on_retry(void *self, int64_t now_ns, uint64_t i)
{
    attempt(self, (uint32_t)i, now_ns);
}

static int64_t backoff_ns(struct client *c, uint32_t retries)
{
    const struct client_config *const config = c->config;
    if (!config->exponential)
        return config->base_ns;
    const double longest = fmin(ldexp((double)config->base_ns, retries < 60 ? (int)retries : 60),
                                (double)config->max_ns);
    return (int64_t)(config->jitter ? longest * random_uniform(&c->random) : longest);
}

static bool may_retry(struct client *c, const struct call *call, enum gateway_reply answer)
{
    if (call->retries >= c->config->retries || !gateway_retryable(c->door->kind, answer))
        return false;
    if (c->config->budget < 0)
        return true;
    if (c->budget < 1) {
        c->count.denied++;
        return false;
    }
    c->budget -= 1;
    return true;
}

static void answered(struct client *c, uint32_t i, enum gateway_reply answer, int64_t at_ns)
{
    struct call *const call = &c->call[i];
    if (answer == REPLY_SUCCESS) {
        c->count.succeeded++;
        histogram_add(&c->latency, at_ns - call->arrival_ns);
        give_back(c, i);
    } else if (may_retry(c, call, answer)) {
        c->count.retries++;
        set_state(c, i, CALL_PAUSED);
        const int64_t next_ns = at_ns + backoff_ns(c, call->retries++);
        *(call->refused ? &call->throttled_ns : &call->retried_ns) += next_ns - call->started_ns;
        if (!call->refused) {
            call->failed_ns = at_ns;
            call->refused_ns = -1;
        } else if (call->refused_ns < 0) {
            call->refused_ns = call->started_ns;
        }
        event_schedule(&c->simulation->queue, next_ns, on_retry, c, i);
    } else {
        c->count.failed[answer]++;
        give_back(c, i);
    }
}

/* What the door says, and whether its caller still hears it. */
static void door_answers(struct client *c, enum gateway_reply answer, int64_t took_ns, bool heard)
{
    gateway_count(c->gateway, answer, took_ns);
    if (c->balancer != NULL)
        load_balancer_end(
            c->balancer, heard && answer == REPLY_SUCCESS ? c->config->response_bytes : 0, took_ns);
}

/* The run goes on for nobody; the request goes on in a slot of its own. */
static void give_up(struct client *c, uint32_t i, int64_t now_ns)
{
    const uint32_t request = take_slot(c);
    const struct call call = c->call[i];
    c->call[request] = call;
    c->call[request].state = CALL_FREE;
    set_state(c, request, CALL_RUNNING);
    set_state(c, i, CALL_ABANDONED);
    c->count.abandoned++;
    const int64_t overhead_ns = c->door_gives_up ? c->door->overhead_ns : 0;
    if (c->door_gives_up)
        door_answers(c, c->given_up, c->patience_ns + overhead_ns, true);
    answered(c, request, c->given_up, now_ns + overhead_ns);
}

static void on_timer(void *self, int64_t now_ns, uint64_t arg)
{
    struct client *const c = self;
    (void)arg;
    while (c->oldest != NOBODY && c->call[c->oldest].started_ns + c->patience_ns <= now_ns) {
        const uint32_t i = c->oldest;
        unlink_call(c, i);
        give_up(c, i, now_ns);
    }
    c->timer = c->oldest != NOBODY;
    if (c->timer)
        event_schedule(&c->simulation->queue, c->call[c->oldest].started_ns + c->patience_ns,
                       on_timer, c, 0);
}

/* A gateway goes on waiting when only the caller has given up. */
static void abandoned_run_ended(struct client *c, uint32_t i, enum outcome outcome, int64_t now_ns)
{
    const enum gateway_kind kind = c->door->kind;
    const int64_t took_ns = now_ns - c->call[i].started_ns, most_ns = c->door->timeout_ns;
    const bool late = most_ns > 0 && took_ns > most_ns;
    if (!c->door_gives_up) /* else counted when it did */
        door_answers(c, late ? gateway_timed_out(kind) : gateway_ended(kind, outcome),
                     (late ? most_ns : took_ns) + c->door->overhead_ns, false);
    give_back(c, i);
}

static void on_done(void *self, uint64_t token, enum outcome outcome, int64_t now_ns)
{
    struct client *const c = self;
    const uint32_t i = (uint32_t)token;
    const struct call *const call = &c->call[i];
    const int64_t at_ns = now_ns + c->door->overhead_ns;
    enum gateway_reply answer = gateway_ended(c->door->kind, outcome);
    c->count.ended++;
    if (call->state == CALL_ABANDONED) {
        abandoned_run_ended(c, i, outcome, now_ns);
        return;
    }
    unlink_call(c, i);
    door_answers(c, answer, at_ns - call->started_ns, true);
    const int64_t patience_ns = c->config->timeout_ns; /* the answer is still on its way */
    if (patience_ns > 0 && at_ns - call->started_ns > patience_ns)
        answered(c, i, REPLY_NONE, call->started_ns + patience_ns);
    else
        answered(c, i, answer, at_ns);
}

static void attempt(struct client *c, uint32_t i, int64_t now_ns)
{
    struct call *const call = &c->call[i];
    const int64_t at_ns = now_ns + c->door->overhead_ns;
    c->count.attempts++;
    call->started_ns = now_ns;
    call->refused = false;
    set_state(c, i, CALL_RUNNING);
    if (c->balancer != NULL)
        load_balancer_request(c->balancer, (double)call->bytes);
    const bool admitted = gateway_admit(c->gateway, call->bytes, now_ns);
    if (!admitted || !target_invoke(c->target, &(struct request){.arrival_ns = call->arrival_ns,
                                                                 .origin_ns = call->origin_ns,
                                                                 .throttled_ns = call->throttled_ns,
                                                                 .retried_ns = call->retried_ns,
                                                                 .failed_ns = call->failed_ns,
                                                                 .refused_ns = call->refused_ns,
                                                                 .duration_ns = call->duration_ns,
                                                                 .tally = call->tally,
                                                                 .records = 1,
                                                                 .hops = call->hops,
                                                                 .fails = call->poison,
                                                                 .done = on_done,
                                                                 .source = c,
                                                                 .token = i})) {
        const enum gateway_reply answer = admitted ? gateway_refused(c->door->kind) : REPLY_429;
        door_answers(c, answer, c->door->overhead_ns, true);
        call->refused = true;
        answered(c, i, answer, at_ns);
        return;
    }
    c->count.accepted++;
    link_newest(c, i);
    if (c->patience_ns > 0 && !c->timer) {
        c->timer = true;
        event_schedule(&c->simulation->queue, now_ns + c->patience_ns, on_timer, c, 0);
    }
}

static void receive(struct destination *self, const struct message *message)
{
    struct client *const c = (struct client *)self;
    const int64_t now_ns = simulation_now(c->simulation);
    const uint32_t i = take_slot(c);
    c->call[i] = (struct call){.arrival_ns = now_ns,
                               .origin_ns = message->origin_ns,
                               .duration_ns = message->duration_ns,
                               .bytes = message->bytes,
                               .refused_ns = -1,
                               .tally = message->tally,
                               .hops = message->hops,
                               .poison = message->poison};
    c->count.requests++;
    if (c->config->budget >= 0)
        c->budget = fmin(c->budget + c->config->budget, c->config->budget_most);
    attempt(c, i, now_ns);
}

static uint64_t calls_in_flight(const struct client *c)
{
    return c->state[CALL_RUNNING] + c->state[CALL_PAUSED];
}

static uint64_t runs_in_flight(const struct client *c)
{
    return c->state[CALL_RUNNING] + c->state[CALL_ABANDONED];
}

static uint64_t all_failed(const struct client *c)
{
    uint64_t failed = 0;
    for (int i = 0; i < REPLIES; i++)
        failed += c->count.failed[i];
    return failed;
}

static void client_reset(void *self)
{
    struct client *const c = self;
    c->count = (struct client_counts){0};
    c->calls_at_reset = calls_in_flight(c);
    c->runs_at_reset = runs_in_flight(c);
    c->pauses_at_reset = c->state[CALL_PAUSED];
    histogram_reset(&c->latency);
}

static void client_audit(const void *self)
{
    const struct client *const c = self;
    const struct client_counts *const n = &c->count;
    if (c->calls_at_reset + n->requests != n->succeeded + all_failed(c) + calls_in_flight(c))
        simulation_fail(c->simulation, "%s: requests do not balance", c->entity);
    if (c->runs_at_reset + n->accepted != n->ended + runs_in_flight(c))
        simulation_fail(c->simulation, "%s: accepted tries do not balance", c->entity);
    if (n->attempts + c->state[CALL_PAUSED] != n->requests + n->retries + c->pauses_at_reset)
        simulation_fail(c->simulation, "%s: tries are not requests and retries", c->entity);
}

static void client_report(const void *self, const struct metric_sink *sink)
{
    const struct client *const c = self;
    const struct client_counts *const n = &c->count;
#define PUT(metric, value) sink->put(sink->context, c->entity, metric, "count", (double)(value))
    PUT("attempts", n->attempts);
    PUT("delivered", n->accepted);
    PUT("retries", n->retries);
    if (c->config->budget >= 0)
        PUT("retries_denied", n->denied);
    PUT("succeeded", n->succeeded);
    PUT("failed", all_failed(c));
    for (int i = REPLY_SUCCESS + 1; i < REPLIES; i++) {
        char name[40];
        snprintf(name, sizeof name, "failed.%s", reply_names[i]);
        PUT(name, n->failed[i]);
    }
    PUT("in_flight", calls_in_flight(c));
    PUT("abandoned", n->abandoned);
#undef PUT
    sink->put(sink->context, c->entity, "attempts_per_request", "attempts",
              n->requests > 0 ? (double)n->attempts / (double)n->requests : NAN);
    report_times(sink, c->entity, "latency_ms", &c->latency);
}

static void client_usage(const void *self, struct usage *usage)
{
    const struct client *const c = self;
    if (c->config->internet && c->config->response_bytes > 0)
        usage_add(usage, c->entity, METER_TRANSFER_INTERNET_BYTES, NULL,
                  (usage_quantity)llround(c->config->response_bytes * (double)c->count.succeeded));
}

static uint64_t client_lost(const void *self)
{
    return all_failed(self);
}

const struct part_class client_class = {
    .destroy = client_destroy,
    .reset = client_reset,
    .audit = client_audit,
    .report = client_report,
    .usage = client_usage,
    .lost = client_lost,
};
