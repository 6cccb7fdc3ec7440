/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/queue.h"

#include "aws/loop.h"
#include "core/key_table.h"
#include "core/memory.h"
#include "core/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COARSENESS 256u /* a cohort is at most this part of the queue */
#define NOBODY UINT32_MAX
#define ACTIVE_NS (6 * NS_PER_HOUR) /* after its last activity */

/* Of 2^n; one message alone needs no memory of its own: most groups of a long queue have one. */
struct ring {
    struct queued alone; /* while item is NULL */
    struct queued *item;
    size_t head, count, capacity;
};

/* A message group; a standard queue is one that is never locked. */
struct group {
    struct ring ring;
    uint32_t behind; /* in the list of ready ones */
    bool ready;      /* is in it */
    bool locked;     /* has messages in flight */
};

struct queue_counts {
    uint64_t sent, moved_in, appeared, received, deleted, dead_lettered, expired, redelivered;
    double send_requests, receive_requests, delete_requests, empty_receives;
};

struct queue {
    struct destination destination;
    struct simulation *simulation;
    const struct queue_config *config;
    struct queue *dead_letters;
    struct queue_consumer *consumer;
    struct random_stream chain_random;
    struct key_table keys; /* the groups' numbers */
    struct group *group;
    size_t groups, group_capacity; /* some of them empty: their numbers are free */
    uint32_t first_ready, last_ready;
    struct ring delayed;
    bool timer;                          /* an event waits for the first of them */
    uint64_t visible, in_flight, hidden; /* hidden: delayed */
    uint64_t in_flight_peak;
    uint64_t at_reset;
    struct queue_counts count, told; /* told: when the series asked last */
    struct time_average visible_average;
    int64_t oldest_ns, minute_age_ns; /* of the tick's look */
    int64_t active_ns;                /* the series' last minute with activity */
    char entity[96];
};

static void receive_message(struct destination *self, const struct message *message);

/* --- rings ---------------------------------------------------------------------------------- */

static struct queued *at(struct ring *ring, size_t index)
{
    return ring->item == NULL ? &ring->alone
                              : &ring->item[(ring->head + index) & (ring->capacity - 1)];
}

static void make_room(struct ring *ring)
{
    if (ring->item != NULL ? ring->count < ring->capacity : ring->count == 0)
        return;
    const bool alone = ring->item == NULL;
    ring->item = mem_grow_ring(ring->item, &ring->head, &ring->capacity, alone ? 0 : ring->count,
                               sizeof *ring->item);
    if (alone)
        ring->item[0] = ring->alone;
}

static void push_back(struct ring *ring, const struct queued *item)
{
    make_room(ring);
    ring->count++;
    *at(ring, ring->count - 1) = *item;
}

static void push_front(struct ring *ring, const struct queued *item)
{
    make_room(ring);
    if (ring->item != NULL)
        ring->head = (ring->head - 1) & (ring->capacity - 1);
    ring->count++;
    *at(ring, 0) = *item;
}

static void pop_front(struct ring *ring)
{
    if (ring->item != NULL)
        ring->head = (ring->head + 1) & (ring->capacity - 1);
    ring->count--;
}

/* The first `count` of a cohort; the rest stays. */
static struct queued split(struct queued *from, uint32_t count)
{
    struct queued first = *from;
    if (count >= from->count) {
        from->count = 0;
        return first;
    }
    const int64_t gap_ns = (from->last_ns - from->first_ns) / (from->count - 1);
    first.count = count;
    first.last_ns = from->first_ns + gap_ns * (count - 1);
    first.bytes = (int64_t)((int128)from->bytes * count / from->count);
    from->first_ns += gap_ns * count;
    from->bytes -= first.bytes;
    from->count -= count;
    return first;
}

/* --- groups --------------------------------------------------------------------------------- */

static uint32_t find_group(struct queue *q, uint64_t key)
{
    const uint32_t index = key_table_number(&q->keys, key);
    if (index == q->groups) {
        q->group = mem_grow(q->group, &q->group_capacity, q->groups, sizeof *q->group);
        q->group[q->groups++] = (struct group){.behind = NOBODY};
    }
    return index;
}

/* A group without messages is forgotten: there may be as many as there are messages. */
static void forget_group(struct queue *q, uint32_t index)
{
    key_table_remove(&q->keys, index);
    free(q->group[index].ring.item);
    q->group[index] = (struct group){.behind = NOBODY};
}

/* In line when it has something to give; gone when it has nothing at all. */
static void settle(struct queue *q, uint32_t index)
{
    struct group *const group = &q->group[index];
    if (group->ready || group->locked)
        return;
    if (group->ring.count == 0) {
        if (q->config->fifo)
            forget_group(q, index);
        return;
    }
    group->ready = true;
    group->behind = NOBODY;
    if (q->first_ready == NOBODY)
        q->first_ready = index;
    else
        q->group[q->last_ready].behind = index;
    q->last_ready = index;
}

static void leave_line(struct queue *q)
{
    struct group *const group = &q->group[q->first_ready];
    q->first_ready = group->behind;
    group->ready = false;
    group->behind = NOBODY;
}

/* --- sending -------------------------------------------------------------------------------- */

static void set_visible(struct queue *q, uint64_t visible)
{
    q->visible = visible;
    time_average_set(&q->visible_average, simulation_now(q->simulation), (int64_t)visible);
}

/* Dead letters of several queues come a little out of order. */
static bool are_in_order(const struct queue *q, const struct queued *tail,
                         const struct queued *item)
{
    const int64_t slack_ns = tail->moved_ns < 0 ? 0 : q->config->retention_ns / COARSENESS;
    return item->first_ns >= tail->last_ns - slack_ns && tail->first_ns <= item->last_ns + slack_ns;
}

static bool joins(const struct queue *q, const struct queued *tail, const struct queued *item)
{
    return !q->config->fifo && tail->count <= q->visible / COARSENESS && !tail->poison &&
           !item->poison && tail->receives == item->receives && tail->hops == item->hops &&
           tail->throttled == item->throttled && (tail->moved_ns < 0) == (item->moved_ns < 0) &&
           tail->duration_ns < 0 && item->duration_ns < 0 && are_in_order(q, tail, item);
}

static void appear(struct queue *q, uint32_t messages)
{
    q->count.appeared += messages;
    set_visible(q, q->visible + messages);
}

static void show(struct queue *q, const struct queued *item)
{
    const uint32_t index = q->config->fifo ? find_group(q, item->group) : 0;
    struct ring *const ring = &q->group[index].ring;
    struct queued *const tail = ring->count > 0 ? at(ring, ring->count - 1) : NULL;
    if (tail != NULL && joins(q, tail, item)) {
        if (tail->age_ns != item->age_ns && /* as spread on the whole as they are */
            random_uniform(&q->chain_random) * (tail->count + item->count) < item->count)
            tail->age_ns = item->age_ns;
        tail->first_ns = item->first_ns < tail->first_ns ? item->first_ns : tail->first_ns;
        tail->last_ns = item->last_ns > tail->last_ns ? item->last_ns : tail->last_ns;
        tail->bytes += item->bytes;
        tail->count += item->count;
    } else {
        push_back(ring, item);
    }
    appear(q, item->count);
    settle(q, index);
}

static void wake(struct queue *q)
{
    if (q->consumer != NULL && q->visible > 0)
        q->consumer->wake(q->consumer, simulation_now(q->simulation));
}

static void on_delay_over(void *self, int64_t now_ns, uint64_t arg)
{
    struct queue *const q = self;
    (void)arg;
    while (q->delayed.count > 0 && at(&q->delayed, 0)->last_ns + q->config->delay_ns <= now_ns) {
        const struct queued item = *at(&q->delayed, 0);
        pop_front(&q->delayed);
        q->hidden -= item.count;
        show(q, &item);
    }
    q->timer = q->delayed.count > 0;
    if (q->timer)
        event_schedule(&q->simulation->queue, at(&q->delayed, 0)->last_ns + q->config->delay_ns,
                       on_delay_over, q, 0);
    wake(q);
}

static void receive_message(struct destination *self, const struct message *message)
{
    struct queue *const q = (struct queue *)self;
    const struct queue_config *const c = q->config;
    const int64_t now_ns = simulation_now(q->simulation);
    const struct queued item = {.first_ns = now_ns,
                                .last_ns = now_ns,
                                .moved_ns = -1,
                                .age_ns = now_ns - message->origin_ns,
                                .bytes = message->bytes,
                                .duration_ns = message->duration_ns,
                                .refused_ns = -1,
                                .group = message->group,
                                .count = 1,
                                .hops = message->hops,
                                .poison = message->poison};
    const double in_call = message->in_call > 1 ? message->in_call : 1;
    q->count.sent++;
    q->count.send_requests +=
        fmax(1, ceil(in_call * (double)message->bytes / (double)c->chunk_bytes)) / in_call;
    if (c->delay_ns == 0) {
        show(q, &item);
        wake(q);
        return;
    }
    push_back(&q->delayed, &item);
    q->hidden++;
    if (!q->timer) {
        q->timer = true;
        event_schedule(&q->simulation->queue, now_ns + c->delay_ns, on_delay_over, q, 0);
    }
}

/* --- receiving ------------------------------------------------------------------------------ */

static void move_in(struct queue *q, struct queued item)
{
    item.moved_ns = simulation_now(q->simulation);
    item.receives = item.throttled = 0;
    item.failed_ns = 0;
    item.refused_ns = -1;
    if (q->config->fifo) { /* one message: it begins anew */
        item.age_ns += item.moved_ns - item.first_ns;
        item.first_ns = item.last_ns = item.moved_ns;
        item.moved_ns = -1;
    }
    q->count.moved_in += item.count;
    show(q, &item);
    wake(q);
}

static void bury(struct queue *q, const struct queued *item)
{
    q->count.dead_lettered += item->count;
    if (q->dead_letters != NULL)
        move_in(q->dead_letters, *item);
}

/* How many of a cohort were sent before the horizon. */
static uint32_t too_old(const struct queued *item, int64_t horizon_ns)
{
    if (item->last_ns < horizon_ns)
        return item->count;
    if (item->first_ns >= horizon_ns)
        return 0;
    return (uint32_t)((int128)item->count * (horizon_ns - item->first_ns) /
                      (item->last_ns - item->first_ns));
}

/* What is at the front and must not be given out any more: too old, or received too often. */
static bool drop_front(struct queue *q, struct ring *ring, int64_t now_ns)
{
    struct queued *const front = at(ring, 0);
    const int64_t horizon_ns = now_ns - q->config->retention_ns;
    const bool dead = q->config->max_receives > 0 && front->receives >= q->config->max_receives;
    uint32_t gone = too_old(front, horizon_ns);
    if (gone == 0 && dead && front->first_ns >= horizon_ns)
        gone = front->count;
    if (gone == 0)
        return false;
    const struct queued item = split(front, gone);
    if (front->count == 0)
        pop_front(ring);
    set_visible(q, q->visible - gone);
    if (item.last_ns < horizon_ns || !dead)
        q->count.expired += gone;
    else
        bury(q, &item);
    return true;
}

static void add_part(struct queue_batch *batch, const struct queued *item)
{
    batch->part = mem_grow(batch->part, &batch->capacity, batch->parts, sizeof *batch->part);
    batch->part[batch->parts++] = *item;
    batch->messages += item->count;
    batch->bytes += item->bytes;
}

static uint32_t take_from(struct queue *q, struct ring *ring, struct queue_batch *batch,
                          uint32_t most, int64_t bytes, int64_t now_ns)
{
    uint32_t taken = 0;
    while (ring->count > 0 && taken < most) {
        if (drop_front(q, ring, now_ns))
            continue;
        struct queued *const front = at(ring, 0);
        const int64_t each = front->bytes / front->count;
        const int64_t room = each > 0 ? (bytes - batch->bytes) / each : most;
        uint32_t wanted = front->count < most - taken ? front->count : most - taken;
        if (room < wanted)
            wanted = room < 1 ? (batch->messages == 0 ? 1 : 0) : (uint32_t)room;
        if (wanted == 0) {
            batch->full = true;
            break;
        }
        struct queued item = split(front, wanted);
        if (front->count == 0)
            pop_front(ring);
        item.receives++;
        item.received_ns = now_ns;
        if (item.receives > 1)
            q->count.redelivered += item.count;
        add_part(batch, &item);
        taken += item.count;
    }
    return taken;
}

uint64_t queue_backlog(const struct queue *queue)
{
    return queue->hidden + queue->visible + queue->in_flight;
}

const char *queue_entity(const struct queue *queue)
{
    return queue->entity;
}

uint64_t queue_waiting(const void *queue)
{
    return ((const struct queue *)queue)->visible;
}

uint64_t queue_came(const void *queue)
{
    return ((const struct queue *)queue)->count.appeared;
}

uint64_t queue_visible(const struct queue *queue)
{
    if (queue->first_ready == NOBODY || queue->in_flight >= queue->config->in_flight_max)
        return 0;
    return queue->visible;
}

/* A queue's dead letters may come back to it and move its groups: hence no pointers to them. */
uint32_t queue_receive(struct queue *queue, struct queue_batch *batch, uint32_t most, int64_t bytes)
{
    struct queue *const q = queue;
    const int64_t now_ns = simulation_now(q->simulation);
    const bool fresh = batch->messages == 0;
    const uint64_t free_places =
        q->in_flight < q->config->in_flight_max ? q->config->in_flight_max - q->in_flight : 0;
    uint32_t taken = 0;
    if (most > free_places)
        most = (uint32_t)free_places;
    if (most == 0)
        return 0;
    while (taken == 0 && q->first_ready != NOBODY && (fresh || !q->config->fifo)) {
        const uint32_t index = q->first_ready;
        struct ring ring = q->group[index].ring; /* a copy while others may move the groups */
        leave_line(q);
        q->group[index].locked = true;
        q->group[index].ring = (struct ring){0};
        const int64_t before = batch->bytes;
        taken = take_from(q, &ring, batch, most, bytes, now_ns);
        for (size_t i = 0; i < q->group[index].ring.count; i++) /* came back meanwhile */
            push_back(&ring, at(&q->group[index].ring, i));
        free(q->group[index].ring.item);
        q->group[index].ring = ring;
        q->group[index].locked = q->config->fifo && taken > 0;
        batch->group = q->keys.entry[index].key;
        settle(q, index);
        if (taken == 0 && !q->config->fifo)
            break;
        const double calls = ceil((double)taken / QUEUE_CALL_MESSAGES);
        batch->calls += (uint32_t)calls;
        const double requests =
            fmax(calls, ceil((double)(batch->bytes - before) / (double)q->config->chunk_bytes));
        q->count.receive_requests += requests;
        batch->requests += requests;
    }
    if (taken == 0)
        return 0;
    if (fresh)
        batch->received_ns = now_ns;
    set_visible(q, q->visible - taken);
    q->in_flight += taken;
    if (q->in_flight > q->in_flight_peak)
        q->in_flight_peak = q->in_flight;
    q->count.received += taken;
    return taken;
}

static void unlock(struct queue *q, const struct queue_batch *batch)
{
    if (!q->config->fifo)
        return;
    const uint32_t index = find_group(q, batch->group);
    q->group[index].locked = false;
    settle(q, index);
}

static void clear(struct queue_batch *batch)
{
    batch->parts = 0;
    batch->messages = batch->calls = 0;
    batch->bytes = 0;
    batch->requests = 0;
    batch->full = false;
}

void queue_delete_part(struct queue *queue, uint32_t messages)
{
    queue->count.deleted += messages;
    queue->count.delete_requests += ceil((double)messages / QUEUE_CALL_MESSAGES);
    queue->in_flight -= messages;
}

void queue_delete(struct queue *queue, struct queue_batch *batch)
{
    queue_delete_part(queue, batch->messages);
    unlock(queue, batch);
    clear(batch);
}

void queue_return(struct queue *queue, struct queue_batch *batch, bool copy)
{
    struct queue *const q = queue;
    q->in_flight -= batch->messages;
    for (size_t i = batch->parts; q->config->fifo && i-- > 0;) {
        push_front(&q->group[find_group(q, batch->group)].ring, &batch->part[i]);
        appear(q, batch->part[i].count);
    }
    for (size_t i = 0; !q->config->fifo && i < batch->parts; i++)
        show(q, &batch->part[i]);
    unlock(q, batch);
    if (!copy)
        clear(batch);
    wake(q);
}

void queue_undo(struct queue *queue, struct queue_batch *batch)
{
    queue->count.received -= batch->messages;
    queue->count.appeared -= batch->messages; /* before they come back */
    queue->count.receive_requests -= batch->requests;
    for (size_t i = 0; i < batch->parts; i++) {
        struct queued *const part = &batch->part[i];
        queue->count.redelivered -= part->receives > 1 ? part->count : 0;
        part->receives--;
    }
    if (batch->messages > 0)
        queue_return(queue, batch, false);
}

void queue_batch_finish(struct queue_batch *batch)
{
    free(batch->part);
    *batch = (struct queue_batch){0};
}

void queue_count_empty(struct queue *queue, double receives)
{
    queue->count.empty_receives += receives;
}

/* --- the part ------------------------------------------------------------------------------- */

struct queue *queue_create(struct simulation *simulation, const struct queue_config *config)
{
    struct queue *const q = mem_alloc(1, sizeof *q);
    q->destination.send = receive_message;
    q->simulation = simulation;
    q->config = config;
    q->first_ready = q->last_ready = NOBODY;
    if (!config->fifo)
        find_group(q, 0); /* the only one, number 0 */
    snprintf(q->entity, sizeof q->entity, "queue:%s", config->name);
    random_init(&q->chain_random, simulation->seed, simulation->replication, q->entity, "chains");
    return q;
}

struct destination *queue_destination(struct queue *queue)
{
    return &queue->destination;
}

void queue_redrive(struct queue *queue, struct queue *dead_letters)
{
    queue->dead_letters = dead_letters;
}

void queue_attach(struct queue *queue, struct queue_consumer *consumer)
{
    queue->consumer = consumer;
}

static void queue_destroy(void *self)
{
    struct queue *const q = self;
    for (size_t i = 0; i < q->groups; i++)
        free(q->group[i].ring.item);
    key_table_finish(&q->keys);
    free(q->group);
    free(q->delayed.item);
    free(q);
}

static uint64_t held(const struct queue *q)
{
    return q->visible + q->hidden + q->in_flight;
}

static void queue_reset(void *self)
{
    struct queue *const q = self;
    q->count = q->told = (struct queue_counts){0};
    q->at_reset = held(q);
    q->in_flight_peak = q->in_flight;
    time_average_reset(&q->visible_average, simulation_now(q->simulation));
    q->minute_age_ns = 0;
}

/* Wherever they are: who came back, or was moved, stands behind younger ones. */
static void drop_expired(struct queue *q, struct ring *ring, int64_t horizon_ns)
{
    size_t kept = 0;
    uint64_t gone = 0;
    for (size_t i = 0; i < ring->count; i++) {
        struct queued item = *at(ring, i);
        const uint32_t old = too_old(&item, horizon_ns);
        if (old > 0)
            split(&item, old);
        gone += old;
        if (item.count > 0)
            *at(ring, kept++) = item;
    }
    ring->count = kept;
    q->count.expired += gone;
    if (gone > 0)
        set_visible(q, q->visible - gone);
}

/* Drops what has expired unseen and looks for the oldest. */
static void queue_tick(void *self)
{
    struct queue *const q = self;
    const int64_t now_ns = simulation_now(q->simulation);
    uint64_t looping = 0;
    q->oldest_ns = now_ns;
    for (size_t i = 0; i < q->groups; i++) {
        struct ring *const ring = &q->group[i].ring;
        drop_expired(q, ring, now_ns - q->config->retention_ns);
        for (size_t k = 0; k < ring->count; k++) {
            const int64_t since_ns = queued_first_ns(at(ring, k));
            if (since_ns < q->oldest_ns)
                q->oldest_ns = since_ns;
            looping += is_long_chain(at(ring, k)->hops) ? at(ring, k)->count : 0;
        }
    }
    loop_waiting(loop_of(q->simulation, q->config->loop), q->entity, looping);
    if (now_ns - q->oldest_ns > q->minute_age_ns)
        q->minute_age_ns = now_ns - q->oldest_ns;
}

static void queue_audit(const void *self)
{
    const struct queue *const q = self;
    const struct queue_counts *const n = &q->count;
    if (q->at_reset + n->sent + n->moved_in != n->deleted + n->dead_lettered + n->expired + held(q))
        simulation_fail(q->simulation, "%s: messages do not balance", q->entity);
}

static void queue_report(const void *self, const struct metric_sink *sink)
{
    const struct queue *const q = self;
    const struct queue_counts *const n = &q->count;
    const int64_t now_ns = simulation_now(q->simulation);
#define PUT(metric, unit, value) sink->put(sink->context, q->entity, metric, unit, (double)(value))
    PUT("messages_sent", "count", n->sent);
    PUT("messages_moved_in", "count", n->moved_in);
    PUT("messages_received", "count", n->received);
    PUT("messages_deleted", "count", n->deleted);
    PUT("messages_redelivered", "count", n->redelivered);
    PUT("messages_dead_lettered", "count", n->dead_lettered);
    PUT("messages_expired", "count", n->expired);
    PUT("messages_in_flight", "count", q->in_flight);
    PUT("messages_in_flight.max", "count", q->in_flight_peak);
    PUT("messages_waiting", "count", q->visible + q->hidden);
    PUT("messages_visible.mean", "count", time_average_mean(&q->visible_average, now_ns));
    PUT("messages_visible.max", "count", q->visible_average.max);
    PUT("empty_receives", "count", n->empty_receives);
    PUT("requests", "count",
        n->send_requests + n->receive_requests + n->delete_requests + n->empty_receives);
#undef PUT
}

/* What SQS reports when: the column "Reporting behavior" of the guide's "Available CloudWatch
 * metrics for Amazon SQS". A queue is active until six hours after its last message or call. */
static void queue_series(void *self, struct series *series)
{
    struct queue *const q = self;
    const struct queue_counts *const n = &q->count, *const old = &q->told;
    const int64_t now_ns = simulation_now(q->simulation);
    const double received = (double)(n->received - old->received);
    const double empty = n->empty_receives - old->empty_receives;
    const uint64_t sent = n->sent - old->sent, deleted = n->deleted - old->deleted;
    const double visible = (double)time_average_lap(&q->visible_average);
    const bool receives = received > 0 || empty > 0;
    if (receives || sent > 0 || n->moved_in > old->moved_in || deleted > 0 || held(q) > 0)
        q->active_ns = now_ns;
#define IF(reported, value) ((reported) ? (double)(value) : NAN)
#define SUM(metric, value) series_sum(series, q->entity, metric, "Count", value)
#define LEVEL(metric, unit, value) series_level(series, q->entity, metric, unit, value)
    SUM("NumberOfMessagesSent", IF(sent > 0, sent));
    SUM("NumberOfMessagesReceived", IF(receives, received));
    SUM("NumberOfMessagesDeleted", IF(deleted > 0, deleted));
    SUM("NumberOfEmptyReceives", IF(receives, empty));
    LEVEL("ApproximateNumberOfMessagesVisible", "Count",
          IF(now_ns - q->active_ns <= ACTIVE_NS, visible));
    LEVEL("ApproximateNumberOfMessagesNotVisible", "Count", IF(q->in_flight > 0, q->in_flight));
    LEVEL("ApproximateNumberOfMessagesDelayed", "Count", IF(q->hidden > 0, q->hidden));
    LEVEL("ApproximateAgeOfOldestMessage", "Seconds", IF(held(q) > 0, q->minute_age_ns / 1e9));
#undef LEVEL
#undef SUM
#undef IF
    q->told = *n;
    q->minute_age_ns = 0;
}

static void queue_usage(const void *self, struct usage *usage)
{
    const struct queue *const q = self;
    const struct queue_counts *const n = &q->count;
    usage_add(usage, q->entity, q->config->fifo ? METER_SQS_FIFO_REQUESTS : METER_SQS_REQUESTS,
              NULL,
              (usage_quantity)llround(n->send_requests + n->receive_requests + n->delete_requests +
                                      n->empty_receives));
}

static uint64_t queue_lost(const void *self)
{
    const struct queue *const q = self;
    return q->count.expired + (q->dead_letters == NULL ? q->count.dead_lettered : 0);
}

const struct part_class queue_class = {
    .destroy = queue_destroy,
    .reset = queue_reset,
    .tick = queue_tick,
    .audit = queue_audit,
    .report = queue_report,
    .series = queue_series,
    .usage = queue_usage,
    .lost = queue_lost,
};
