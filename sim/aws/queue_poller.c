/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/queue_poller.h"

#include "aws/backlogs.h"
#include "aws/chains.h"
#include "aws/faults.h"
#include "core/memory.h"
#include "core/slots.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum slot_state {
    SLOT_FREE,
    SLOT_GATHERING,
    SLOT_READY,
    SLOT_RUNNING,
    SLOT_THROTTLED,
    SLOT_WAITING
};

/* One batch: gathered, held back by maximum_concurrency, running, held to be tried again, or
 * waiting for the ends of its visibility timeouts. */
struct slot {
    struct queue_batch batch;
    enum slot_state state;
    uint32_t life;         /* of the slot: an event of an earlier one is void */
    bool watched;          /* an event waits for the end of a visibility timeout */
    size_t ghosts;         /* parts, the first ones: visible again, and somebody else's */
    int64_t ready_ns;      /* gathering: when it may receive again */
    int64_t throttled_ns;  /* it was throttled first; if backoff_ns > 0 */
    int64_t backoff_ns;    /* before its next try; 0: it was never throttled */
    uint32_t before, next; /* gathering or ready: in the line of those that are */
};

struct line {
    uint32_t first, last, length; /* slots */
};

struct poller_counts {
    uint64_t received, processed, returned, duplicated, batches, errors, throttles;
    uint64_t item_failures;
};

struct queue_poller {
    struct queue_consumer consumer;
    struct simulation *simulation;
    const struct queue_poller_config *config;
    struct queue *queue;
    struct target *target;
    struct slot *slot;
    struct slots slots;
    struct line gathering; /* the longest since its receive first */
    struct line ready;     /* gathered, in order; wait for another's end */
    bool polling;          /* an event waits for the first gatherer to be ready */
    bool pumping, again;
    bool stopped;              /* disabled for now */
    bool growing;              /* an event waits to add a poller */
    struct time_average level; /* pollers */
    struct time_average running;
    struct time_average held;     /* throttled batches */
    int64_t shrink_ns;            /* before, no poller is taken away … */
    int64_t grow_ns;              /* … or added: batches were throttled */
    uint32_t failures;            /* runs, in a row */
    bool asleep;                  /* fewer pollers for want of messages, or none */
    uint64_t in_flight, at_reset; /* messages */
    struct poller_counts count, told;
    uint64_t received_at_tick;
    int128 level_at_tick, busy_at_tick;
    int64_t tick_ns;
    struct chains chains; /* scratch: of the batch that is being sent */
    struct histogram latency;
    char entity[96];
};

#define NO_SLOT UINT32_MAX

static void pump(struct queue_poller *p, int64_t now_ns);
static void invoke_ready(struct queue_poller *p, int64_t now_ns);
static void on_visible(void *self, int64_t now_ns, uint64_t token);
static void on_retry(void *self, int64_t now_ns, uint64_t token);

static uint64_t token_of(const struct queue_poller *p, uint32_t index)
{
    return (uint64_t)p->slot[index].life << 32 | index;
}

static uint32_t most_pollers(const struct queue_poller_config *c)
{
    return c->maximum_concurrency > 0 && c->maximum_concurrency < c->pollers_max
               ? (uint32_t)c->maximum_concurrency
               : c->pollers_max;
}

static uint32_t first_pollers(const struct queue_poller_config *c)
{
    const uint32_t most = most_pollers(c);
    return c->pollers_initial < most ? c->pollers_initial : most;
}

static uint32_t take_slot(struct queue_poller *p)
{
    p->slot = slots_room(&p->slots, p->slot, sizeof *p->slot);
    const uint32_t index = slots_take(&p->slots);
    p->slot[index].watched = false;
    p->slot[index].ghosts = 0;
    p->slot[index].backoff_ns = 0;
    return index;
}

static void free_slot(struct queue_poller *p, uint32_t index)
{
    p->slot[index].state = SLOT_FREE;
    p->slot[index].life++;
    slots_give_back(&p->slots, index);
}

static void join_line(struct queue_poller *p, struct line *line, uint32_t index)
{
    struct slot *const s = &p->slot[index];
    s->before = line->last;
    s->next = NO_SLOT;
    if (s->before == NO_SLOT)
        line->first = index;
    else
        p->slot[s->before].next = index;
    line->last = index;
    line->length++;
}

static void leave_line(struct queue_poller *p, struct line *line, uint32_t index)
{
    const struct slot *const s = &p->slot[index];
    if (s->before == NO_SLOT)
        line->first = s->next;
    else
        p->slot[s->before].next = s->next;
    if (s->next == NO_SLOT)
        line->last = s->before;
    else
        p->slot[s->next].before = s->before;
    line->length--;
}

/* maximum_concurrency is reached: nothing is read or begun until a run ends. */
static bool is_full(const struct queue_poller *p)
{
    const int64_t most = p->config->maximum_concurrency;
    return most > 0 && p->running.level + p->held.level >= most;
}

/* --- what becomes of a batch ---------------------------------------------------------------- */

/* The wait of a cohort's messages, who were sent at even distances. */
static void add_latency(struct queue_poller *p, const struct queued *part, int64_t now_ns)
{
    const int64_t first_ns = queued_first_ns(part);
    const int64_t gap_ns =
        part->count > 1 ? (queued_last_ns(part) - first_ns) / (part->count - 1) : 0;
    for (uint32_t i = 0; i < part->count; i++)
        histogram_add(&p->latency, now_ns - first_ns - gap_ns * i);
}

/* Wakes the batch when the visibility timeout of its first own messages ends. */
static void watch(struct queue_poller *p, uint32_t index, int64_t now_ns)
{
    struct slot *const s = &p->slot[index];
    if (s->watched || s->ghosts == s->batch.parts)
        return;
    const int64_t end_ns = s->batch.part[s->ghosts].received_ns + p->config->visibility_timeout_ns;
    s->watched = true;
    event_schedule(&p->simulation->queue, end_ns > now_ns ? end_ns : now_ns, on_visible, p,
                   token_of(p, index));
}

/* What is left comes back when its visibility timeouts end. */
static void wait_for_visibility(struct queue_poller *p, uint32_t index, int64_t now_ns)
{
    struct slot *const s = &p->slot[index];
    if (s->ghosts == s->batch.parts) {
        s->batch = (struct queue_batch){.part = s->batch.part, .capacity = s->batch.capacity};
        free_slot(p, index);
        return;
    }
    s->state = SLOT_WAITING;
    watch(p, index, now_ns);
}

/* Nobody's any more once its run is over; returns how many messages. */
static uint32_t drop_ghosts(struct slot *s)
{
    struct queue_batch *const batch = &s->batch;
    const uint32_t before = batch->messages;
    for (size_t i = 0; i < s->ghosts; i++) {
        batch->messages -= batch->part[i].count;
        batch->bytes -= batch->part[i].bytes;
    }
    batch->parts -= s->ghosts;
    for (size_t i = 0; s->ghosts > 0 && i < batch->parts; i++)
        batch->part[i] = batch->part[i + s->ghosts];
    s->ghosts = 0;
    return before - batch->messages;
}

/* Parts that succeeded leave the batch; those that the function reports as failed stay. */
static void delete_good(struct queue_poller *p, struct slot *s, int64_t now_ns)
{
    struct queue_batch good = {.group = s->batch.group};
    size_t kept = 0;
    for (size_t i = 0; i < s->batch.parts; i++) {
        const struct queued part = s->batch.part[i];
        if (part.poison && p->config->report_item_failures) {
            p->count.item_failures += part.count;
            s->batch.part[kept++] = part;
            continue;
        }
        add_latency(p, &part, now_ns);
        good.messages += part.count;
        good.bytes += part.bytes;
    }
    s->batch.parts = kept;
    s->batch.messages -= good.messages;
    s->batch.bytes -= good.bytes;
    p->count.processed += good.messages;
    p->in_flight -= good.messages;
    if (s->batch.messages == 0) {
        s->batch.messages = good.messages; /* the queue wants the whole batch */
        queue_delete(p->queue, &s->batch);
    } else if (good.messages > 0) {
        queue_delete_part(p->queue, good.messages);
    }
}

static int64_t step_ns(const struct queue_poller *p)
{
    return (int64_t)(60e9 / p->config->ramp_per_minute + 0.5);
}

/* One poller fewer, unless one went a short time ago; those that run stay, and those of an idle
 * queue. */
static void back_off(struct queue_poller *p, int64_t now_ns)
{
    const int64_t idle = p->config->pollers_idle, first = first_pollers(p->config);
    int64_t least = idle < first ? idle : first;
    if (least < p->running.level)
        least = p->running.level;
    if (p->config->throttle_backoff_min_ns == 0 || now_ns < p->shrink_ns || p->level.level <= least)
        return;
    p->shrink_ns = now_ns + step_ns(p);
    time_average_add(&p->level, now_ns, -1);
}

/* As many runs in a row have failed as there are pollers. */
static bool is_failing(const struct queue_poller *p)
{
    return p->failures > 0 && p->failures >= p->level.level;
}

static void count_failure(struct queue_poller *p, bool failed, int64_t now_ns)
{
    p->failures = failed ? p->failures + (p->failures < UINT32_MAX) : 0;
    if (is_failing(p))
        back_off(p, now_ns);
}

static void on_done(void *self, uint64_t token, enum outcome outcome, int64_t now_ns)
{
    struct queue_poller *const p = self;
    const uint32_t index = (uint32_t)token;
    struct slot *const s = &p->slot[index];
    time_average_add(&p->running, now_ns, -1);
    p->count.errors += outcome != OUTCOME_SUCCESS;
    const uint32_t ghosts = drop_ghosts(s);
    for (size_t i = 0; i < s->batch.parts; i++) {
        struct queued *const part = &s->batch.part[i];
        part->failed_ns = now_ns; /* where it stays */
        part->refused_ns = -1;
    }
    if (outcome == OUTCOME_SUCCESS)
        p->count.duplicated += ghosts;
    if (s->batch.parts > 0 && outcome == OUTCOME_SUCCESS)
        delete_good(p, s, now_ns);
    count_failure(p, outcome != OUTCOME_SUCCESS, now_ns);
    wait_for_visibility(p, index, now_ns);
    invoke_ready(p, now_ns);
    pump(p, now_ns);
}

/* Messages are received in order, and so their timeouts end. A batch that is gathered or runs then
 * keeps them as ghosts: they are delivered twice. */
static void on_visible(void *self, int64_t now_ns, uint64_t token)
{
    struct queue_poller *const p = self;
    const uint32_t index = (uint32_t)token;
    struct slot *const s = &p->slot[index];
    if (s->life != (uint32_t)(token >> 32))
        return;
    struct queue_batch due = {.part = s->batch.part + s->ghosts, .group = s->batch.group};
    struct queue_batch over = {0}; /* with the memory of what is due */
    while (s->ghosts < s->batch.parts &&
           s->batch.part[s->ghosts].received_ns + p->config->visibility_timeout_ns <= now_ns) {
        struct queued *const part = &s->batch.part[s->ghosts];
        if (s->state == SLOT_RUNNING) {
            part->failed_ns = now_ns; /* as far as its next run can tell */
            part->refused_ns = -1;
        }
        if (s->state == SLOT_THROTTLED)
            part->throttled += part->throttled < UINT16_MAX;
        due.messages += part->count;
        due.parts++;
        s->ghosts++;
    }
    s->watched = false;
    watch(p, index, now_ns);
    if ((s->state == SLOT_WAITING || s->state == SLOT_THROTTLED) && !s->watched) {
        if (s->state == SLOT_THROTTLED)
            time_average_add(&p->held, now_ns, -1);
        over = s->batch;
        s->batch = (struct queue_batch){0};
        free_slot(p, index);
    }
    p->count.returned += due.messages;
    p->in_flight -= due.messages;
    if (due.messages > 0)
        queue_return(p->queue, &due, true); /* may wake us and move the slots */
    queue_batch_finish(&over);
    pump(p, now_ns);
}

/* A throttled batch: to be tried again, or to come back. */
static void hold(struct queue_poller *p, uint32_t index, int64_t now_ns)
{
    const struct queue_poller_config *const c = p->config;
    struct slot *const s = &p->slot[index];
    p->count.throttles++;
    for (size_t i = 0; i < s->batch.parts; i++) {
        struct queued *const part = &s->batch.part[i];
        part->throttled += c->throttle_backoff_min_ns == 0 && part->throttled < UINT16_MAX;
        if (part->refused_ns < 0)
            part->refused_ns = now_ns;
    }
    if (c->throttle_backoff_min_ns == 0) {
        wait_for_visibility(p, index, now_ns);
        return;
    }
    if (s->backoff_ns == 0)
        s->throttled_ns = now_ns;
    s->backoff_ns = s->backoff_ns == 0 ? c->throttle_backoff_min_ns : s->backoff_ns * 2;
    if (s->backoff_ns > c->throttle_backoff_max_ns)
        s->backoff_ns = c->throttle_backoff_max_ns;
    s->state = SLOT_THROTTLED;
    time_average_add(&p->held, now_ns, 1);
    p->grow_ns = now_ns + c->throttle_pause_ns;
    back_off(p, now_ns);
    event_schedule(&p->simulation->queue, now_ns + s->backoff_ns, on_retry, p, token_of(p, index));
    watch(p, index, now_ns);
}

static void invoke(struct queue_poller *p, uint32_t index, int64_t now_ns)
{
    struct slot *const s = &p->slot[index];
    struct request request = {.arrival_ns = now_ns,
                              .origin_ns = now_ns,
                              .chains = &p->chains,
                              .duration_ns = -1,
                              .records = s->batch.messages,
                              .done = on_done,
                              .source = p};
    chains_clear(&p->chains);
    for (size_t i = 0; i < s->batch.parts; i++) {
        const struct queued *const part = &s->batch.part[i];
        const int64_t began_ns = part->first_ns - part->age_ns;
        if (part->poison && p->config->report_item_failures)
            request.item_failures += part->count;
        else
            chains_add(&p->chains, began_ns, part->last_ns - part->age_ns, part->hops, part->count);
        if (queued_first_ns(part) < request.arrival_ns) {
            request.arrival_ns = queued_first_ns(part);
            request.throttled_ns = part->throttled * p->config->visibility_timeout_ns +
                                   (s->backoff_ns > 0 ? now_ns - s->throttled_ns : 0);
            request.retried_ns =
                (part->receives - 1 - part->throttled) * p->config->visibility_timeout_ns;
            request.failed_ns = part->failed_ns;
            request.refused_ns = part->refused_ns;
        }
        if (began_ns < request.origin_ns)
            request.origin_ns = began_ns;
        if (part->hops > request.hops)
            request.hops = part->hops;
        request.fails = request.fails || (part->poison && !p->config->report_item_failures);
        if (s->batch.messages == 1)
            request.duration_ns = part->duration_ns;
    }
    s->state = SLOT_RUNNING;
    request.token = token_of(p, index);
    p->count.batches += s->backoff_ns == 0;
    if (!target_invoke(p->target, &request)) {
        hold(p, index, now_ns);
        return;
    }
    time_average_add(&p->running, now_ns, 1);
    if (p->config->batching_window_ns > 0) /* else the timeout is not longer than this */
        watch(p, index, now_ns);
}

static void invoke_ready(struct queue_poller *p, int64_t now_ns)
{
    while (p->ready.length > 0 && !is_full(p)) {
        const uint32_t index = p->ready.first;
        leave_line(p, &p->ready, index);
        invoke(p, index, now_ns);
    }
}

/* What is in no line has been gathered. */
static void close_batch(struct queue_poller *p, uint32_t index, int64_t now_ns)
{
    p->slot[index].state = SLOT_READY;
    join_line(p, &p->ready, index);
    watch(p, index, now_ns);
    invoke_ready(p, now_ns);
}

/* With what has not come back since. */
static void on_retry(void *self, int64_t now_ns, uint64_t token)
{
    struct queue_poller *const p = self;
    const uint32_t index = (uint32_t)token;
    if (p->slot[index].life != (uint32_t)(token >> 32))
        return;
    time_average_add(&p->held, now_ns, -1);
    drop_ghosts(&p->slot[index]);
    close_batch(p, index, now_ns);
    pump(p, now_ns);
}

static void receive(struct queue_poller *p, uint32_t index, uint32_t most)
{
    struct queue_batch *const batch = &p->slot[index].batch;
    struct queue_batch taken = *batch; /* dead letters may wake us and move the slots */
    *batch = (struct queue_batch){0};
    const uint32_t count = queue_receive(p->queue, &taken, most, p->config->payload_bytes);
    p->slot[index].batch = taken;
    p->count.received += count;
    p->in_flight += count;
}

/* --- how many pollers ----------------------------------------------------------------------- */

/* Does maximum_concurrency limit the runs, and not those that gather? Without a window a poller
 * receives when it may run. */
static bool gathers_apart(const struct queue_poller *p)
{
    return p->config->maximum_concurrency > 0 && p->config->batching_window_ns > 0;
}

static int64_t busy(const struct queue_poller *p)
{
    return p->gathering.length +
           (gathers_apart(p) ? p->ready.length : p->running.level + p->held.level);
}

/* All are at work, and more is left than those that gather take with their next receives. */
static bool too_few(const struct queue_poller *p)
{
    return busy(p) >= p->level.level && !(gathers_apart(p) && is_full(p)) && !is_failing(p) &&
           simulation_now(p->simulation) >= p->grow_ns &&
           queue_visible(p->queue) > (uint64_t)p->gathering.length * QUEUE_CALL_MESSAGES;
}

static void on_grow(void *self, int64_t now_ns, uint64_t arg)
{
    struct queue_poller *const p = self;
    (void)arg;
    p->growing = false;
    if (p->stopped || !too_few(p))
        return;
    time_average_add(&p->level, now_ns, 1);
    pump(p, now_ns);
}

static void grow(struct queue_poller *p, int64_t now_ns)
{
    if (p->growing || p->level.level >= most_pollers(p->config) || !too_few(p))
        return;
    p->growing = true;
    event_schedule(&p->simulation->queue, now_ns + step_ns(p), on_grow, p, 0);
}

/*
 * Long polls that ended empty since the last tick. A poll ends with the first message or after
 * `long_poll_ns`; to k idle pollers messages come at a rate of r / k each, as if at random.
 */
static double empty_polls(struct queue_poller *p, int64_t now_ns)
{
    const int128 level = time_average_integral(&p->level, now_ns);
    const int128 busy_ns = gathers_apart(p) ? 0
                                            : time_average_integral(&p->running, now_ns) +
                                                  time_average_integral(&p->held, now_ns);
    const double idle_ns = (double)(level - p->level_at_tick - (busy_ns - p->busy_at_tick));
    const double span_ns = (double)(now_ns - p->tick_ns);
    const double received = (double)(p->count.received - p->received_at_tick);
    p->level_at_tick = level;
    p->busy_at_tick = busy_ns;
    p->received_at_tick = p->count.received;
    p->tick_ns = now_ns;
    if (idle_ns <= 0 || span_ns <= 0)
        return 0;
    const double poll_ns = (double)p->config->long_poll_ns;
    const double arrivals = received / idle_ns * poll_ns; /* to one poller in one poll */
    const double each = arrivals < 1e-9 ? 1 : arrivals * exp(-arrivals) / -expm1(-arrivals);
    return idle_ns / poll_ns * each;
}

/* How many it took to gather, in whole receives one after the other, what came since the tick. */
static int64_t gatherers_needed(const struct queue_poller *p, int64_t now_ns)
{
    if (p->config->batching_window_ns == 0 || now_ns <= p->tick_ns)
        return 0;
    const double calls = (double)(p->count.received - p->received_at_tick) / QUEUE_CALL_MESSAGES;
    return (int64_t)ceil(calls * (double)p->config->receive_ns / (double)(now_ns - p->tick_ns));
}

static void queue_poller_tick(void *self)
{
    struct queue_poller *const p = self;
    const int64_t now_ns = simulation_now(p->simulation);
    const bool quiet =
        p->count.received == p->received_at_tick && p->running.level == 0 && p->held.level == 0;
    const int64_t ran = time_average_lap(&p->running);
    const int64_t needed = (gathers_apart(p) ? 0 : ran) + gatherers_needed(p, now_ns);
    int64_t least = first_pollers(p->config);
    if (quiet && p->config->pollers_idle < least)
        least = p->config->pollers_idle;
    queue_count_empty(p->queue, empty_polls(p, now_ns));
    p->asleep = p->asleep || quiet;
    if (p->level.level > needed && p->level.level > least)
        time_average_set(&p->level, now_ns, needed > least ? needed : least);
}

/* --- work ----------------------------------------------------------------------------------- */

static void pump_batches(struct queue_poller *p, int64_t now_ns)
{
    while (queue_visible(p->queue) > 0 && busy(p) < p->level.level) {
        const uint32_t index = take_slot(p);
        receive(p, index, p->config->batch_size);
        if (p->slot[index].batch.messages == 0) {
            free_slot(p, index);
            return;
        }
        invoke(p, index, now_ns);
    }
}

static void on_window(void *self, int64_t now_ns, uint64_t token)
{
    struct queue_poller *const p = self;
    const uint32_t index = (uint32_t)token;
    if (p->slot[index].life != (uint32_t)(token >> 32) || p->slot[index].state != SLOT_GATHERING)
        return;
    leave_line(p, &p->gathering, index);
    close_batch(p, index, now_ns);
    pump(p, now_ns);
}

static void on_ready(void *self, int64_t now_ns, uint64_t arg)
{
    struct queue_poller *const p = self;
    (void)arg;
    p->polling = false;
    pump(p, now_ns);
}

/* One receive of a gatherer, which is not in the line; an idle poller becomes one. */
static void gather(struct queue_poller *p, uint32_t index, int64_t now_ns)
{
    const struct queue_poller_config *const c = p->config;
    const bool begins = p->slot[index].batch.messages == 0;
    const uint32_t room = c->batch_size - p->slot[index].batch.messages;
    receive(p, index, room < QUEUE_CALL_MESSAGES ? room : QUEUE_CALL_MESSAGES);
    struct slot *const s = &p->slot[index];
    if (s->batch.messages == 0) {
        free_slot(p, index);
        return;
    }
    if (s->batch.messages >= c->batch_size || s->batch.bytes >= c->payload_bytes || s->batch.full) {
        close_batch(p, index, now_ns);
        return;
    }
    s->ready_ns = now_ns + c->receive_ns;
    s->state = SLOT_GATHERING;
    join_line(p, &p->gathering, index);
    watch(p, index, now_ns);
    if (begins)
        event_schedule(&p->simulation->queue, now_ns + c->batching_window_ns, on_window, p,
                       token_of(p, index));
}

static void pump_window(struct queue_poller *p, int64_t now_ns)
{
    while (queue_visible(p->queue) > 0 && !is_full(p)) {
        uint32_t index = p->gathering.first;
        if (busy(p) < p->level.level)
            index = take_slot(p);
        else if (index != NO_SLOT && p->slot[index].ready_ns <= now_ns)
            leave_line(p, &p->gathering, index);
        else
            break;
        gather(p, index, now_ns);
    }
    if (queue_visible(p->queue) > 0 && p->gathering.length > 0 && !p->polling && !is_full(p)) {
        p->polling = true;
        event_schedule(&p->simulation->queue, p->slot[p->gathering.first].ready_ns, on_ready, p, 0);
    }
}

/* What it does may wake it again: then it looks once more. */
static void pump(struct queue_poller *p, int64_t now_ns)
{
    p->again = true;
    if (p->pumping || p->stopped)
        return;
    p->pumping = true;
    while (p->again) {
        p->again = false;
        if (p->config->batching_window_ns > 0)
            pump_window(p, now_ns);
        else
            pump_batches(p, now_ns);
    }
    p->pumping = false;
    grow(p, now_ns);
}

static void wake(struct queue_consumer *consumer, int64_t now_ns)
{
    struct queue_poller *const p = (struct queue_poller *)consumer;
    if (p->stopped)
        return;
    if (p->asleep && p->level.level < first_pollers(p->config))
        time_average_set(&p->level, now_ns, first_pollers(p->config));
    p->asleep = false;
    pump(p, now_ns);
}

/* FAULT_CONSUMER: the mapping is disabled. What was received is worked on, nothing more is
 * received. */
static void strike(void *poller, const struct fault_config *fault, bool begins)
{
    struct queue_poller *const p = poller;
    (void)fault;
    const int64_t now_ns = simulation_now(p->simulation);
    p->stopped = begins;
    p->asleep = true;
    if (begins)
        time_average_set(&p->level, now_ns, 0); /* nobody polls */
    else
        wake(&p->consumer, now_ns);
}

/* Messages of its queue. */
static uint64_t backlog_now(void *poller)
{
    const struct queue_poller *const p = poller;
    return queue_backlog(p->queue);
}

/* --- the part ------------------------------------------------------------------------------- */

struct queue_poller *queue_poller_create(struct simulation *simulation,
                                         const struct queue_poller_config *config,
                                         struct queue *queue, struct target *target)
{
    struct queue_poller *const p = mem_alloc(1, sizeof *p);
    p->consumer.wake = wake;
    p->simulation = simulation;
    p->config = config;
    p->queue = queue;
    p->target = target;
    p->gathering = p->ready = (struct line){NO_SLOT, NO_SLOT, 0};
    time_average_set(&p->level, 0, first_pollers(config));
    histogram_init(&p->latency);
    snprintf(p->entity, sizeof p->entity, "esm:%s", config->name);
    queue_attach(queue, &p->consumer);
    return p;
}

static void queue_poller_destroy(void *self)
{
    struct queue_poller *const p = self;
    for (size_t i = 0; i < p->slots.count; i++)
        queue_batch_finish(&p->slot[i].batch);
    chains_finish(&p->chains);
    histogram_finish(&p->latency);
    free(p->slot);
    slots_finish(&p->slots);
    free(p);
}

static void queue_poller_reset(void *self)
{
    struct queue_poller *const p = self;
    const int64_t now_ns = simulation_now(p->simulation);
    p->count = p->told = (struct poller_counts){0};
    p->received_at_tick = 0;
    p->at_reset = p->in_flight;
    time_average_reset(&p->level, now_ns);
    time_average_reset(&p->running, now_ns);
    time_average_reset(&p->held, now_ns);
    p->level_at_tick = p->busy_at_tick = 0;
    p->tick_ns = now_ns;
    histogram_reset(&p->latency);
}

/* Polls since the last tick. */
static void queue_poller_close(void *self)
{
    struct queue_poller *const p = self;
    queue_count_empty(p->queue, empty_polls(p, simulation_now(p->simulation)));
}

static void queue_poller_audit(const void *self)
{
    const struct queue_poller *const p = self;
    const struct poller_counts *const n = &p->count;
    if (p->at_reset + n->received != n->processed + n->returned + p->in_flight)
        simulation_fail(p->simulation, "%s: messages do not balance", p->entity);
}

static void queue_poller_report(const void *self, const struct metric_sink *sink)
{
    const struct queue_poller *const p = self;
    const struct poller_counts *const n = &p->count;
    const int64_t now_ns = simulation_now(p->simulation);
#define PUT(metric, unit, value) sink->put(sink->context, p->entity, metric, unit, (double)(value))
    PUT("records_in", "count", n->received);
    PUT("records_processed", "count", n->processed);
    PUT("records_returned", "count", n->returned);
    PUT("records_duplicated", "count", n->duplicated);
    PUT("records_in_flight", "count", p->in_flight);
    PUT("batches", "count", n->batches);
    PUT("batch_records.mean", "count",
        n->batches > 0 ? (double)n->received / (double)n->batches : NAN);
    PUT("batch_errors", "count", n->errors);
    PUT("batch_throttles", "count", n->throttles);
    if (p->config->report_item_failures)
        PUT("batch_item_failures", "count", n->item_failures);
    PUT("pollers.mean", "count", time_average_mean(&p->level, now_ns));
    PUT("pollers.max", "count", p->level.max);
    PUT("concurrent_batches.mean", "count", time_average_mean(&p->running, now_ns));
    PUT("concurrent_batches.max", "count", p->running.max);
    PUT("utilization", "ratio", time_average_mean(&p->running, now_ns) / most_pollers(p->config));
#undef PUT
    report_times(sink, p->entity, "latency_ms", &p->latency);
}

/* Of messages, from sending to success. */
static const struct histogram *queue_poller_latency(const void *self)
{
    return &((const struct queue_poller *)self)->latency;
}

static void queue_poller_expose(void *self, struct faults *faults)
{
    struct queue_poller *const p = self;
    faults_expose(faults, 1u << FAULT_CONSUMER, p->config->name, (struct fault_victim){strike, p});
    faults_watch(faults, p->entity, backlog_now, p);
}

static void queue_poller_watch(void *self, struct backlogs *backlogs)
{
    const struct queue_poller *const p = self;
    backlogs_watch(backlogs, p->entity, p->config->batching_window_ns,
                   (struct backlog_source){queue_waiting, queue_came, p->queue});
}

const struct part_class queue_poller_class = {
    .destroy = queue_poller_destroy,
    .reset = queue_poller_reset,
    .tick = queue_poller_tick,
    .close = queue_poller_close,
    .audit = queue_poller_audit,
    .report = queue_poller_report,
    .expose = queue_poller_expose,
    .watch = queue_poller_watch,
    .latency = queue_poller_latency,
};
