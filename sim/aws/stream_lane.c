/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A lane of a stream mapping: the records that were read and are not yet done with, the batch under
 * way, and what happens after an error. Its rules are in stream_poller.h. */
#include "aws/stream_poller_internal.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

static void on_window(void *self, int64_t now_ns, uint64_t generation);
static void on_retry(void *self, int64_t now_ns, uint64_t generation);
static void on_done(void *source, uint64_t token, enum outcome outcome, int64_t now_ns);

void lane_init(struct lane *lane, struct shard_reader_state *owner)
{
    *lane = (struct lane){.owner = owner};
}

void lane_finish(struct lane *lane)
{
    free(lane->queue);
}

static struct cohort *lane_at(const struct lane *lane, size_t i)
{
    return &lane->queue[(lane->head + i) & (lane->capacity - 1)];
}

static void lane_make_room(struct lane *lane)
{
    if (lane->count == lane->capacity)
        lane->queue = mem_grow_ring(lane->queue, &lane->head, &lane->capacity, lane->count,
                                    sizeof *lane->queue);
}

void lane_push(struct lane *lane, const struct cohort *cohort)
{
    lane_make_room(lane);
    *lane_at(lane, lane->count++) = *cohort;
    lane->records += cohort->records;
    lane->bytes += cohort->bytes;
}

/* Takes the first `records` off; `each` sees every cohort of them. */
static void lane_pop(struct lane *lane, uint32_t records,
                     void (*each)(struct stream_poller *, const struct cohort *, int64_t),
                     int64_t now_ns)
{
    while (records > 0 && lane->count > 0) {
        struct cohort *const front = lane_at(lane, 0);
        const struct cohort taken = cohort_split(front, records);
        records -= taken.records;
        lane->records -= taken.records;
        lane->bytes -= taken.bytes;
        if (front->records == 0) {
            lane->head = (lane->head + 1) & (lane->capacity - 1);
            lane->count--;
        }
        if (each != NULL)
            each(lane->owner->poller, &taken, now_ns);
    }
}

static void count_latency(struct stream_poller *p, const struct cohort *c, int64_t now_ns)
{
    histogram_add_spread(&p->latency, now_ns - c->first_ns, now_ns - c->last_ns, c->records,
                         &p->latency_offset);
}

/* What one record of a cohort takes of an event: its data, mostly in base64, and what stands around
 * them. */
static double event_bytes(const struct stream_poller *p, const struct cohort *c)
{
    const double data = (double)c->bytes / c->records;
    return (p->config->plain_data ? data : 4.0 * ceil(data / 3.0)) +
           (double)p->config->envelope_bytes;
}

/* Would all that is there go into one event? False: perhaps. */
static bool fits_together(const struct stream_poller *p, const struct lane *lane)
{
    return (double)lane->bytes * (4.0 / 3.0) +
               (double)lane->records * (4.0 + (double)p->config->envelope_bytes) <=
           (double)p->config->payload_bytes;
}

/* Closes the next batch: how many records, up to batch_size and 6 MB. */
static uint32_t batch_limit(const struct stream_poller *p, const struct lane *lane, bool *ret_full)
{
    const uint32_t size = p->config->batch_size;
    *ret_full = lane->records >= size;
    if (fits_together(p, lane))
        return *ret_full ? size : (uint32_t)lane->records;
    const double most = (double)p->config->payload_bytes;
    uint32_t records = 0;
    double bytes = 0;
    *ret_full = false;
    for (size_t i = 0; i < lane->count && !*ret_full; i++) {
        const struct cohort *const c = lane_at(lane, i);
        const double each = event_bytes(p, c);
        uint32_t n = c->records;
        if (records + n > size)
            n = size - records;
        if (bytes + each * n > most) {
            n = (uint32_t)((most - bytes) / each);
            *ret_full = true;
        }
        records += n;
        bytes += each * n;
        *ret_full = *ret_full || records == size;
    }
    return records;
}

/* Cuts the cohort that goes beyond the first `records`, so that a batch is whole cohorts. When its
 * records came at random, so did the last one before the cut (beta-distributed between the ends,
 * here by a normal variate) and the first one after it. */
static void cut_batch(struct lane *lane, uint32_t records)
{
    struct stream_poller *const p = lane->owner->poller;
    size_t i = 0;
    while (lane_at(lane, i)->records <= records) {
        records -= lane_at(lane, i++)->records;
        if (records == 0)
            return;
    }
    struct cohort rest = *lane_at(lane, i);
    const double n = rest.records;
    const int64_t first_ns = rest.first_ns, last_ns = rest.last_ns;
    struct cohort front = cohort_split(&rest, records);
    if (!(rest.flags & COHORT_EVEN) && last_ns > first_ns) {
        const double span = (double)(last_ns - first_ns), mean = (records - 1.0) / (n - 1.0);
        const double at = mean + sqrt(mean * (1.0 - mean) / n) * random_normal(&p->random);
        const double before = fmin(fmax(at, 0.0), 1.0);
        const double gap = (1.0 - before) * random_exponential(&p->random) / (n - records);
        front.last_ns = first_ns + (int64_t)(span * before);
        rest.first_ns =
            rest.records == 1 ? last_ns : first_ns + (int64_t)(span * fmin(before + gap, 1.0));
    }
    lane_make_room(lane);
    lane->head = (lane->head + lane->capacity - 1) & (lane->capacity - 1);
    lane->count++;
    for (size_t k = 0; k < i; k++)
        *lane_at(lane, k) = *lane_at(lane, k + 1);
    *lane_at(lane, i) = front;
    *lane_at(lane, i + 1) = rest;
}

static int64_t backoff_ns(const struct stream_poller *p, uint32_t tries)
{
    int64_t delay_ns = p->config->backoff_min_ns;
    for (uint32_t i = 1; i < tries && delay_ns < p->config->backoff_max_ns; i++)
        delay_ns *= 2;
    return delay_ns < p->config->backoff_max_ns ? delay_ns : p->config->backoff_max_ns;
}

static void schedule_retry(struct lane *lane, int64_t now_ns, int64_t delay_ns)
{
    lane->state = LANE_BACKING_OFF;
    event_schedule(&lane->owner->poller->simulation->queue, now_ns + delay_ns, on_retry, lane,
                   ++lane->generation);
}

/* Where the first `records` of the lane come from: when each one's chain began (in the poller's
 * `chains`), the first of these times, the longest chain. */
static void chain_of(const struct lane *lane, uint32_t records, int64_t *ret_origin_ns,
                     uint32_t *ret_hops)
{
    struct chains *const chains = &lane->owner->poller->chains;
    *ret_origin_ns = INT64_MAX;
    *ret_hops = 0;
    chains_clear(chains);
    for (size_t i = 0; records > 0; i++) {
        struct cohort rest = *lane_at(lane, i);
        const struct cohort c = cohort_split(&rest, records);
        const int64_t first_ns = c.first_ns - c.age_ns;
        chains_add(chains, first_ns, c.last_ns - c.age_ns, c.hops, c.records);
        *ret_origin_ns = first_ns < *ret_origin_ns ? first_ns : *ret_origin_ns;
        *ret_hops = c.hops > *ret_hops ? c.hops : *ret_hops;
        records -= c.records;
    }
}

/* Invokes with the top part. */
static void invoke(struct lane *lane, int64_t now_ns)
{
    struct stream_poller *const p = lane->owner->poller;
    const uint32_t wanted = lane->part[lane->parts - 1].records;
    uint32_t seen = 0, hops;
    int64_t last_ns = 0, origin_ns;
    chain_of(lane, wanted, &origin_ns, &hops);
    lane->poison_at = UINT32_MAX;
    for (size_t i = 0; seen < wanted; i++) {
        const struct cohort *const c = lane_at(lane, i);
        if ((c->flags & COHORT_POISON) && lane->poison_at == UINT32_MAX)
            lane->poison_at = seen;
        const uint32_t n = c->records < wanted - seen ? c->records : wanted - seen;
        struct cohort copy = *c;
        last_ns = cohort_split(&copy, n).last_ns;
        seen += n;
    }
    const bool reports = p->config->report_item_failures && lane->poison_at != UINT32_MAX;
    const uint32_t item_failures = reports ? wanted - lane->poison_at : 0;
    if (reports) { /* only what it processes is passed on */
        int64_t ignored_ns;
        uint32_t ignored;
        chain_of(lane, lane->poison_at, &ignored_ns, &ignored);
    }
    const struct request request = {.arrival_ns = lane_at(lane, 0)->first_ns,
                                    .origin_ns = origin_ns,
                                    .chains = &p->chains,
                                    .throttled_ns = lane->throttled_ns,
                                    .retried_ns = now_ns - lane->first_try_ns - lane->throttled_ns,
                                    .failed_ns = lane->ended_ns,
                                    .refused_ns = lane->refused_ns,
                                    .duration_ns = -1,
                                    .records = wanted,
                                    .hops = hops,
                                    .item_failures = item_failures,
                                    .fails = lane->poison_at != UINT32_MAX && !reports,
                                    .done = on_done,
                                    .source = lane,
                                    .token = 0};
    lane->state = LANE_RUNNING;
    if (!target_invoke(p->target, &request)) {
        p->count.throttled++;
        lane->throttles++;
        const int64_t delay_ns = backoff_ns(p, lane->throttles);
        lane->throttled_ns += delay_ns;
        if (lane->refused_ns < 0)
            lane->refused_ns = now_ns;
        schedule_retry(lane, now_ns, delay_ns);
        return;
    }
    lane->throttles = 0;
    lane->started_ns = now_ns;
    p->count.delivered += wanted;
    p->count.duplicated += lane->delivered ? wanted : 0;
    lane->delivered = true;
    p->count.batches++;
    const int64_t age_ns = now_ns - last_ns;
    histogram_add(&p->iterator_age, age_ns);
    histogram_add(&p->batch_records, wanted);
    series_time(&p->minute_age, age_ns);
    series_time(&p->minute_function_age, age_ns);
}

/* The first `records`, at most `each` of them a batch. Of each batch the on-failure destination
 * gets what describes it, not its records (Lambda developer guide, "Retain discarded batch
 * records"). */
static void give_up(struct lane *lane, uint32_t records, uint32_t each, int64_t now_ns)
{
    struct stream_poller *const p = lane->owner->poller;
    if (!p->config->on_failure_destination) {
        p->count.discarded += records;
        lane_pop(lane, records, NULL, now_ns);
        return;
    }
    p->count.failed_to_destination += records;
    while (records > 0) {
        const uint32_t batch = records < each ? records : each;
        struct message message = {.duration_ns = -1, .bytes = p->config->failure_record_bytes};
        chain_of(lane, batch, &message.origin_ns, &message.hops);
        message.hops++;
        lane_pop(lane, batch, NULL, now_ns);
        records -= batch;
        p->count.destination_messages++;
        if (p->on_failure != NULL)
            destination_send(p->on_failure, &message);
    }
}

/* Records at the front that came before `time_ns`: of the batch under way, or as many as one has.
 */
static uint32_t count_old(const struct lane *lane, int64_t time_ns)
{
    const uint32_t most = lane->parts > 0 ? lane->part[lane->parts - 1].records
                                          : lane->owner->poller->config->batch_size;
    uint32_t records = 0;
    for (size_t i = 0; i < lane->count && records < most; i++) {
        const struct cohort *const c = lane_at(lane, i);
        const uint32_t old = cohort_older(c, time_ns);
        if (old >= most - records)
            return most;
        records += old;
        if (old < c->records)
            break;
    }
    return records;
}

/* The part under way has lost its first records. */
static void shrink_part(struct lane *lane, uint32_t records)
{
    if (lane->parts > 0 && (lane->part[lane->parts - 1].records -= records) == 0)
        lane->parts--;
}

/* Records at the front that are past the retention or the maximum age go; the part that they are
 * of shrinks. */
static void drop_old(struct lane *lane, int64_t now_ns)
{
    struct stream_poller *const p = lane->owner->poller;
    const int64_t retention_ns = stream_configuration(p->stream)->retention_ns;
    const int64_t age_ns = p->config->maximum_record_age_ns;
    uint32_t n;
    while ((n = count_old(lane, now_ns - retention_ns)) > 0) {
        lane_pop(lane, n, NULL, now_ns);
        p->count.expired += n;
        shrink_part(lane, n);
    }
    while (age_ns >= 0 && (n = count_old(lane, now_ns - age_ns)) > 0) {
        give_up(lane, n, n, now_ns);
        shrink_part(lane, n);
    }
}

/* Records at the front of which not even one makes an event: the function never sees them. */
static void drop_oversized(struct lane *lane, int64_t now_ns)
{
    struct stream_poller *const p = lane->owner->poller;
    while (lane->count > 0 && event_bytes(p, lane_at(lane, 0)) > (double)p->config->payload_bytes) {
        const uint32_t n = lane_at(lane, 0)->records;
        p->count.oversized += n;
        give_up(lane, n, 1, now_ns);
    }
}

/* Has the window ended in which the lane's records came? One begins where an invocation ends; after
 * an empty one another begins. */
static bool window_is_over(struct lane *lane, int64_t now_ns)
{
    struct stream_poller *const p = lane->owner->poller;
    const int64_t window_ns = p->config->batching_window_ns;
    if (window_ns == 0)
        return true;
    if (lane->collecting)
        return now_ns >= lane->window_end_ns;
    if (now_ns >= lane->window_end_ns)
        lane->window_end_ns += ((now_ns - lane->window_end_ns) / window_ns + 1) * window_ns;
    lane->collecting = true;
    event_schedule(&p->simulation->queue, lane->window_end_ns, on_window, lane, ++lane->generation);
    return false;
}

void lane_start(struct lane *lane, int64_t now_ns)
{
    struct stream_poller *const p = lane->owner->poller;
    if (lane->state != LANE_IDLE || lane->records == 0 || p->stopped)
        return;
    drop_old(lane, now_ns);
    for (uint64_t before = 0; before != lane->records && !fits_together(p, lane);) {
        before = lane->records; /* what comes to the front then may go as well */
        drop_oversized(lane, now_ns);
        drop_old(lane, now_ns);
    }
    if (lane->records == 0) {
        lane->collecting = false;
        return;
    }
    bool full;
    const uint32_t records = batch_limit(p, lane, &full);
    if (!full && !window_is_over(lane, now_ns))
        return;
    lane->collecting = false;
    if (records < lane->records)
        cut_batch(lane, records);
    lane->part[0] = (struct batch_part){records, 0};
    lane->parts = 1;
    lane->delivered = false;
    lane->first_try_ns = now_ns;
    lane->throttled_ns = 0;
    lane->ended_ns = 0;
    lane->refused_ns = -1;
    invoke(lane, now_ns);
}

static void on_window(void *self, int64_t now_ns, uint64_t generation)
{
    struct lane *const lane = self;
    if (generation != lane->generation || lane->state != LANE_IDLE)
        return;
    lane_start(lane, now_ns);
}

/* The lane is free: its next batch, or another read. */
static void lane_continue(struct lane *lane, int64_t now_ns)
{
    lane->state = LANE_IDLE;
    lane->generation++;
    if (lane->owner->poller->stopped)
        return;
    if (lane->parts > 0) /* of a batch: it may have become too old */
        drop_old(lane, now_ns);
    if (lane->parts > 0) {
        invoke(lane, now_ns);
        return;
    }
    lane->window_end_ns = now_ns + lane->owner->poller->config->batching_window_ns;
    lane_start(lane, now_ns);
    shard_reader_go_on(lane->owner);
}

void lane_resume(struct lane *lane, int64_t now_ns)
{
    if (lane->state == LANE_IDLE)
        lane_continue(lane, now_ns);
}

static void on_retry(void *self, int64_t now_ns, uint64_t generation)
{
    struct lane *const lane = self;
    if (generation == lane->generation)
        lane_continue(lane, now_ns);
}

/* `reported`: the function has succeeded, and says from which record on it has not. */
static void after_error(struct lane *lane, bool reported, int64_t now_ns)
{
    struct stream_poller *const p = lane->owner->poller;
    const struct stream_poller_config *const c = p->config;
    struct batch_part *const part = &lane->part[lane->parts - 1];
    const bool partial = reported && lane->poison_at > 0;
    p->count.item_failures += reported;
    if (partial) {
        p->count.processed += lane->poison_at; /* the checkpoint moves up to the failed record */
        part->records -= lane->poison_at;
        lane_pop(lane, lane->poison_at, count_latency, now_ns);
    }
    if (c->bisect_on_error && partial) {
        p->count.bisections++; /* at the failed record: what is left is tried again as it is */
    } else if (c->bisect_on_error && part->records > 1 && lane->parts < PARTS_MAX) {
        const struct batch_part first = {part->records / 2, part->failures};
        part->records -= first.records;
        lane->part[lane->parts++] = first;
        p->count.bisections++;
    } else {
        part->failures++;
        if (c->maximum_retry_attempts >= 0 && part->failures > c->maximum_retry_attempts) {
            const uint32_t records = part->records;
            lane->parts--;
            give_up(lane, records, records, now_ns);
            lane_continue(lane, now_ns);
            return;
        }
    }
    p->count.retries++;
    const uint32_t failures = lane->part[lane->parts - 1].failures;
    schedule_retry(lane, now_ns, backoff_ns(p, failures > 0 ? failures : 1));
}

static void on_done(void *source, uint64_t token, enum outcome outcome, int64_t now_ns)
{
    struct lane *const lane = source;
    (void)token;
    lane->owner->poller->busy_ns += now_ns - lane->started_ns;
    lane->ended_ns = now_ns;
    lane->refused_ns = -1;
    const bool reported = lane->owner->poller->config->report_item_failures &&
                          outcome == OUTCOME_SUCCESS && lane->poison_at != UINT32_MAX;
    if (outcome != OUTCOME_SUCCESS || reported) {
        after_error(lane, reported, now_ns);
        return;
    }
    const struct batch_part *const part = &lane->part[--lane->parts];
    lane->owner->poller->count.processed += part->records;
    lane_pop(lane, part->records, count_latency, now_ns);
    lane_continue(lane, now_ns);
}

void lane_visit(const struct lane *lane, void (*visit)(void *context, const struct cohort *cohort),
                void *context)
{
    for (size_t i = 0; i < lane->count; i++)
        visit(context, lane_at(lane, i));
}
