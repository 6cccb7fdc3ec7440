/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When a stream mapping reads which shard, and what it reports. The batches are in stream_lane.c.
 */
#include "aws/stream_poller_internal.h"

#include "aws/backlogs.h"
#include "aws/faults.h"
#include "aws/loop.h"
#include "core/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void on_poll(void *self, int64_t now_ns, uint64_t generation);

static void schedule_poll(struct shard_reader_state *r, int64_t at_ns)
{
    const int64_t now_ns = simulation_now(r->poller->simulation);
    if (at_ns < now_ns)
        at_ns = now_ns;
    if (r->poll_at_ns <= at_ns)
        return; /* one that is early enough is pending */
    r->poll_at_ns = at_ns;
    event_schedule(&r->poller->simulation->queue, at_ns, on_poll, r, ++r->poll_generation);
}

static bool wants_records(const struct shard_reader_state *r)
{
    const struct stream_poller_config *const c = r->poller->config;
    if (r->finished || r->awaits > 0 || r->poller->stopped)
        return false;
    uint64_t buffered = 0;
    bool room = false;
    for (uint32_t i = 0; i < c->parallelization_factor; i++) {
        buffered += r->lane[i].records;
        room = room || (r->lane[i].state == LANE_IDLE && r->lane[i].records < c->batch_size);
    }
    return room && buffered < (uint64_t)10000 * c->parallelization_factor + c->batch_size;
}

/* Would the readers' base polls alone use up the shard's calls? */
static bool reads_are_scarce(const struct shard_reader_state *r)
{
    const double calls_per_s = r->reader.shard->shared_readers * (double)NS_PER_S /
                               (double)r->poller->config->poll_period_ns;
    return calls_per_s > stream_configuration(r->poller->stream)->read_calls_per_s;
}

/* When to read next, by the rules in the header. */
static void plan_poll(struct shard_reader_state *r)
{
    const struct stream_poller *const p = r->poller;
    if (!wants_records(r))
        return;
    const int64_t base_ns = r->last_poll_ns + p->config->poll_period_ns;
    const int64_t due_ns = base_ns > r->paid_ns ? base_ns : r->paid_ns;
    if (r->behind) {
        schedule_poll(r, r->paid_ns);
        return;
    }
    int64_t data_ns = reader_next_arrival(&r->reader);
    if (p->config->enhanced_fan_out) {
        if (data_ns != TIME_NEVER)
            schedule_poll(r, data_ns + p->config->fan_out_latency_ns);
        return;
    }
    if (reads_are_scarce(r))
        data_ns = 0;
    if (data_ns > due_ns && r->idle_ns == TIME_NEVER) {
        const int64_t now_ns = simulation_now(p->simulation);
        r->idle_ns = due_ns > now_ns ? due_ns : now_ns;
    }
    if (data_ns == TIME_NEVER)
        return; /* on_wake comes */
    if (data_ns <= due_ns) {
        schedule_poll(r, due_ns);
        return;
    }
    const int64_t period_ns = p->config->poll_period_ns;
    const int64_t skipped = (data_ns - due_ns + period_ns - 1) / period_ns;
    schedule_poll(r, due_ns + skipped * period_ns);
}

/* Base reads between the time when the reader had nothing to read and `until_ns`. */
static uint64_t skipped_reads(const struct shard_reader_state *r, int64_t until_ns)
{
    return r->idle_ns >= until_ns
               ? 0
               : (uint64_t)((until_ns - r->idle_ns) / r->poller->config->poll_period_ns);
}

/* The largest of `n` uniform variates. */
static double draw_largest(struct random_stream *random, uint32_t n)
{
    return pow(random_uniform_open(random), 1.0 / n);
}

/* `n` records of a cohort at random, without their bytes: when the first and the last of them came.
 * Those between the cohort's own ends are taken as uniform, as Poisson arrivals are. */
static struct cohort draw_subset(struct stream_poller *p, const struct cohort *cohort, uint32_t n)
{
    struct cohort ret = *cohort;
    ret.records = n;
    if (n == cohort->records || cohort->last_ns == cohort->first_ns)
        return ret;
    const double span = (double)(cohort->last_ns - cohort->first_ns);
    uint32_t between = n; /* are the ends among them? */
    const bool last = random_uniform(&p->random) * cohort->records < between;
    between -= last;
    const bool first = random_uniform(&p->random) * (cohort->records - 1.0) < between;
    between -= first;
    if (!last && between > 0) { /* the last of those between; the others lie before it */
        ret.last_ns = cohort->first_ns + (int64_t)(span * draw_largest(&p->random, between));
        between--;
    } else if (!last) {
        ret.last_ns = cohort->first_ns;
    }
    if (!first)
        ret.first_ns = between == 0
                           ? ret.last_ns
                           : ret.last_ns - (int64_t)((double)(ret.last_ns - cohort->first_ns) *
                                                     draw_largest(&p->random, between));
    return ret;
}

/* Deals a cohort to the lanes by key. */
static void deal(struct shard_reader_state *r, const struct cohort *cohort)
{
    struct stream_poller *const p = r->poller;
    const uint32_t lanes = p->config->parallelization_factor;
    if (lanes == 1) {
        lane_push(&r->lane[0], cohort);
        return;
    }
    if (cohort->flags & COHORT_KEYED) {
        lane_push(&r->lane[cohort->key % lanes], cohort);
        return;
    }
    const double *const share = r->lane_share + (size_t)cohort->workload * lanes;
    struct cohort rest = *cohort;
    double share_left = 1.0;
    for (uint32_t i = 0; i < lanes && rest.records > 0; i++) {
        const double p_lane = share_left > 0 ? share[i] / share_left : 1.0;
        const uint32_t n =
            i + 1 == lanes || p_lane >= 1.0
                ? rest.records
                : (uint32_t)random_binomial(&p->random, rest.records, fmax(p_lane, 0.0));
        share_left -= share[i];
        if (n == 0)
            continue;
        struct cohort mine = draw_subset(p, cohort, n);
        mine.bytes = (int64_t)((double)rest.bytes * n / rest.records + 0.5);
        rest.records -= n;
        rest.bytes -= mine.bytes;
        lane_push(&r->lane[i], &mine);
    }
}

static void fetch(struct shard_reader_state *r, int64_t now_ns)
{
    struct stream_poller *const p = r->poller;
    const struct stream_config *const c = stream_configuration(p->stream);
    uint32_t records_left = c->read_max_records;
    int64_t bytes_left = c->read_max_bytes;
    p->count.expired += reader_expire(&r->reader, now_ns);
    int64_t bytes = 0, last_ns = now_ns;
    p->count.reads++;
    while (records_left > 0 && bytes_left > 0) {
        const struct cohort cohort = reader_next(&r->reader, now_ns, records_left, bytes_left);
        if (cohort.records == 0)
            break;
        records_left -= cohort.records;
        bytes_left -= cohort.bytes;
        bytes += cohort.bytes;
        last_ns = cohort.last_ns;
        deal(r, &cohort);
    }
    if (bytes > 0)
        r->paid_ns = reader_charge(&r->reader, now_ns, bytes);
    if (bytes > 0 && !r->reader.fan_out)
        stream_count_age(p->stream, now_ns - last_ns);
    /* Others wait for the same moment with their back-off: no better chance than theirs. */
    if (r->paid_ns > now_ns && !r->reader.fan_out && r->reader.shard->shared_readers > 1)
        r->paid_ns +=
            (int64_t)(random_uniform(&p->random) * (double)p->config->read_throttle_backoff_ns);
    shard_trim(r->reader.shard);
    r->behind = !r->reader.fan_out && reader_has_more(&r->reader);
}

static bool lanes_empty(const struct shard_reader_state *r)
{
    for (uint32_t i = 0; i < r->poller->config->parallelization_factor; i++)
        if (r->lane[i].records > 0 || r->lane[i].state != LANE_IDLE)
            return false;
    return true;
}

static bool overlap(const struct shard *a, const struct shard *b)
{
    return a->first_hash <= b->last_hash && b->first_hash <= a->last_hash;
}

/* A shard's lanes come to those that may work, or leave them. */
static void count_lanes(struct stream_poller *p, int shards)
{
    time_average_add(&p->lanes, simulation_now(p->simulation),
                     shards * (int64_t)p->config->parallelization_factor);
}

/* A closed shard that is read to its end lets its children begin. */
static void check_finished(struct shard_reader_state *r)
{
    struct stream_poller *const p = r->poller;
    struct shard *const shard = r->reader.shard;
    if (shard->open || r->finished || r->awaits > 0 || reader_has_more(&r->reader) ||
        !lanes_empty(r))
        return;
    r->finished = true;
    reader_end(&r->reader);
    count_lanes(p, -1);
    for (size_t i = 0; i < p->readers; i++) {
        struct shard_reader_state *const child = p->reader[i];
        if (child->awaits > 0 && child->reader.shard->index > shard->index &&
            overlap(shard, child->reader.shard) && --child->awaits == 0) {
            count_lanes(p, 1);
            plan_poll(child);
            check_finished(child); /* it may be closed and empty by now */
        }
    }
}

void shard_reader_go_on(struct shard_reader_state *r)
{
    plan_poll(r);
    check_finished(r);
}

static void on_poll(void *self, int64_t now_ns, uint64_t generation)
{
    struct shard_reader_state *const r = self;
    struct stream_poller *const p = r->poller;
    if (generation != r->poll_generation)
        return;
    r->poll_at_ns = TIME_NEVER;
    if (!wants_records(r))
        return;
    shard_refresh(r->reader.shard, now_ns);
    if (!reader_admit(&r->reader, now_ns)) {
        if (reader_is_alone(&r->reader)) { /* nothing is refused: it waits, or the push is slower */
            schedule_poll(r, reader_ready_ns(&r->reader));
            return;
        }
        p->count.read_throttles++;
        r->last_poll_ns = now_ns;
        /* With jitter, or the same reader would come first for ever. */
        const double jitter = 0.5 + random_uniform(&p->random);
        schedule_poll(r, now_ns + (int64_t)(jitter * (double)p->config->read_throttle_backoff_ns));
        return;
    }
    p->count.empty_reads += skipped_reads(r, now_ns);
    r->idle_ns = TIME_NEVER;
    r->last_poll_ns = now_ns;
    if (reads_are_scarce(r)) /* in step with the shard's limit one reader would never be refused */
        r->last_poll_ns +=
            (int64_t)((random_uniform(&p->random) - 0.5) * (double)p->config->poll_period_ns);
    fetch(r, now_ns);
    for (uint32_t i = 0; i < p->config->parallelization_factor; i++)
        lane_start(&r->lane[i], now_ns);
    shard_reader_go_on(r);
}

static void on_wake(struct shard_reader *reader, int64_t now_ns)
{
    (void)now_ns;
    shard_reader_go_on((struct shard_reader_state *)reader);
}

/* Reads of different shards and mappings are not in step. */
static void begin_reads(struct shard_reader_state *r)
{
    struct stream_poller *const p = r->poller;
    r->last_poll_ns = simulation_now(p->simulation) -
                      (int64_t)(random_uniform(&p->random) * (double)p->config->poll_period_ns);
    for (uint32_t i = 0; i < p->config->parallelization_factor; i++)
        r->lane[i].window_end_ns = r->last_poll_ns;
    reader_begin(&r->reader);
}

static void shard_opened(struct stream_consumer *consumer, struct shard *shard)
{
    struct stream_poller *const p = (struct stream_poller *)consumer;
    const uint32_t lanes = p->config->parallelization_factor;
    const size_t workloads = stream_configuration(p->stream)->workloads;
    struct shard_reader_state *const r = mem_alloc(1, sizeof *r);
    r->poller = p;
    r->reader.wake = on_wake;
    r->reader.fan_out = p->config->enhanced_fan_out;
    r->reader.delay_ns = r->reader.fan_out ? p->config->fan_out_latency_ns : 0;
    r->reader.own_bytes_per_s = p->config->fan_out_bytes_per_s;
    r->poll_at_ns = TIME_NEVER;
    r->idle_ns = TIME_NEVER;
    r->lane = mem_alloc(lanes, sizeof *r->lane);
    r->lane_share = lanes > 1 ? mem_alloc(workloads * lanes, sizeof *r->lane_share) : NULL;
    for (size_t w = 0; lanes > 1 && w < workloads; w++)
        stream_lane_shares(p->stream, shard, w, lanes, r->lane_share + w * lanes);
    for (uint32_t i = 0; i < lanes; i++)
        lane_init(&r->lane[i], r);
    r->awaits = !consumer->begun;
    for (size_t i = 0; i < p->readers; i++)
        r->awaits += !p->reader[i]->finished && !p->reader[i]->reader.shard->open &&
                     overlap(p->reader[i]->reader.shard, shard);
    shard_attach(shard, &r->reader);
    if (consumer->begun)
        begin_reads(r);
    if (r->awaits == 0)
        count_lanes(p, 1);
    p->reader = mem_resize(p->reader, p->readers + 1, sizeof *p->reader);
    p->reader[p->readers++] = r;
}

/* Lets go of what the mapping will not read when it begins. */
static void pass_over(struct stream_poller *p)
{
    const int64_t now_ns = simulation_now(p->simulation);
    const int64_t kept_ns = now_ns - stream_configuration(p->stream)->retention_ns;
    const int64_t starting_ns = p->config->starting_ns < now_ns ? p->config->starting_ns : now_ns;
    for (size_t i = 0; i < p->readers; i++) {
        struct shard_reader *const reader = &p->reader[i]->reader;
        p->count.skipped += reader_skip(reader, starting_ns > kept_ns ? starting_ns : kept_ns);
        shard_trim(reader->shard);
    }
}

static void on_created(void *self, int64_t now_ns, uint64_t arg)
{
    struct stream_poller *const p = self;
    (void)now_ns;
    (void)arg;
    stream_begin(p->stream, &p->consumer);
    pass_over(p);
    p->found = (int64_t)(p->at_reset - p->count.skipped);
    for (size_t i = 0; i < p->readers; i++) {
        if (--p->reader[i]->awaits == 0)
            count_lanes(p, 1);
        begin_reads(p->reader[i]);
    }
    stream_wake_readers(p->stream); /* others as well: there may be more readers than reads now */
}

struct stream_poller *stream_poller_create(struct simulation *simulation,
                                           const struct stream_poller_config *config,
                                           struct stream *stream, struct target *target)
{
    struct stream_poller *const p = mem_alloc(1, sizeof *p);
    p->simulation = simulation;
    p->config = config;
    p->stream = stream;
    p->target = target;
    p->consumer.shard_opened = shard_opened;
    p->consumer.fan_out = config->enhanced_fan_out;
    p->consumer.lanes = config->parallelization_factor;
    snprintf(p->entity, sizeof p->entity, "esm:%s", config->name);
    if (config->function != NULL)
        snprintf(p->function, sizeof p->function, "function:%s", config->function);
    random_init(&p->random, simulation->seed, simulation->replication, p->entity, "poller");
    histogram_init(&p->iterator_age);
    histogram_init(&p->latency);
    histogram_init(&p->batch_records);
    p->consumer.begun = config->created_ns <= simulation_now(simulation);
    stream_attach(stream, &p->consumer);
    if (!p->consumer.begun)
        event_schedule(&simulation->queue, config->created_ns, on_created, p, 0);
    return p;
}

void stream_poller_connect(struct stream_poller *poller, struct destination *on_failure)
{
    poller->on_failure = on_failure;
}

static void stream_poller_destroy(void *self)
{
    struct stream_poller *const poller = self;
    if (poller == NULL)
        return;
    for (size_t i = 0; i < poller->readers; i++) {
        for (uint32_t k = 0; k < poller->config->parallelization_factor; k++)
            lane_finish(&poller->reader[i]->lane[k]);
        free(poller->reader[i]->lane);
        free(poller->reader[i]->lane_share);
        free(poller->reader[i]);
    }
    free(poller->reader);
    chains_finish(&poller->chains);
    histogram_finish(&poller->iterator_age);
    histogram_finish(&poller->latency);
    histogram_finish(&poller->batch_records);
    free(poller);
}

/* Those that a mapping may come to read when it begins are among them. */
static uint64_t in_flight(const struct stream_poller *p)
{
    uint64_t records = 0;
    for (size_t i = 0; i < p->readers; i++) {
        records += reader_unread(&p->reader[i]->reader);
        for (uint32_t k = 0; k < p->config->parallelization_factor; k++)
            records += p->reader[i]->lane[k].records;
    }
    return records;
}

/* Records that it has not done with, now. */
static uint64_t backlog_now(void *poller)
{
    struct stream_poller *const p = poller;
    for (size_t i = 0; i < p->readers; i++)
        shard_refresh(p->reader[i]->reader.shard, simulation_now(p->simulation));
    return p->consumer.begun ? in_flight(p) : 0;
}

/* FAULT_CONSUMER: the mapping is disabled. What runs ends, nothing begins; enabled again it goes on
 * where it was. */
static void strike(void *poller, const struct fault_config *fault, bool begins)
{
    struct stream_poller *const p = poller;
    const int64_t now_ns = simulation_now(p->simulation);
    (void)fault;
    p->stopped = begins;
    for (size_t i = 0; i < p->readers; i++) {
        struct shard_reader_state *const r = p->reader[i];
        if (begins) {
            p->count.empty_reads += skipped_reads(r, now_ns);
            r->idle_ns = TIME_NEVER;
            continue;
        }
        for (uint32_t k = 0; k < p->config->parallelization_factor; k++)
            lane_resume(&r->lane[k], now_ns);
        shard_reader_go_on(r);
    }
}

static uint64_t came_in(const struct stream_poller *p)
{
    uint64_t records = 0;
    for (size_t i = 0; i < p->readers; i++)
        records += p->reader[i]->reader.shard->records_in;
    return records;
}

static uint64_t done_with(const struct stream_poller *p)
{
    const struct poller_counts *const n = &p->count;
    return n->processed + n->discarded + n->failed_to_destination + n->expired + n->skipped;
}

/* Records that no run is at work on, and that came; as of the last minute, and cheap. */
static uint64_t records_waiting(const void *poller)
{
    const struct stream_poller *const p = poller;
    uint64_t running = 0;
    for (size_t i = 0; i < p->readers; i++)
        for (uint32_t k = 0; k < p->config->parallelization_factor; k++) {
            const struct lane *const lane = &p->reader[i]->lane[k];
            running += lane->state == LANE_RUNNING ? lane->part[lane->parts - 1].records : 0;
        }
    return p->consumer.begun ? p->at_reset + came_in(p) - done_with(p) - running : 0;
}

static uint64_t records_came(const void *poller)
{
    return came_in(poller);
}

/* How long the batches that are in flight have been. */
static int128 busy_now(const struct stream_poller *p)
{
    const int64_t now_ns = simulation_now(p->simulation);
    int128 busy_ns = 0;
    for (size_t i = 0; i < p->readers; i++)
        for (uint32_t k = 0; k < p->config->parallelization_factor; k++)
            if (p->reader[i]->lane[k].state == LANE_RUNNING)
                busy_ns += now_ns - p->reader[i]->lane[k].started_ns;
    return busy_ns;
}

static void stream_poller_reset(void *self)
{
    struct stream_poller *const poller = self;
    const int64_t now_ns = simulation_now(poller->simulation);
    if (!poller->consumer.begun)
        pass_over(poller);
    for (size_t i = 0; i < poller->readers; i++)
        if (poller->reader[i]->idle_ns < now_ns)
            poller->reader[i]->idle_ns = now_ns;
    poller->count = (struct poller_counts){0};
    poller->found = 0;
    histogram_reset(&poller->iterator_age);
    histogram_reset(&poller->latency);
    histogram_reset(&poller->batch_records);
    poller->at_reset = in_flight(poller);
    poller->busy_ns = -busy_now(poller);
    time_average_reset(&poller->lanes, now_ns);
}

/* Unread, or read and not done with. */
static void visit_waiting(const struct stream_poller *p, const struct shard_reader_state *r,
                          void (*visit)(void *context, const struct cohort *cohort), void *context)
{
    reader_visit_unread(&r->reader, visit, context);
    for (uint32_t k = 0; k < p->config->parallelization_factor; k++)
        lane_visit(&r->lane[k], visit, context);
}

static void count_looping(void *context, const struct cohort *c)
{
    uint64_t *const looping = context;
    *looping += is_long_chain(c->hops) ? c->records : 0;
}

/* Records of long chains that wait or are under way. */
static void watch_loop(struct stream_poller *p)
{
    struct loop *const loop = loop_of(p->simulation, p->config->loop);
    uint64_t looping = 0;
    for (size_t i = 0; loop != NULL && i < p->readers; i++)
        visit_waiting(p, p->reader[i], count_looping, &looping);
    loop_waiting(loop, p->entity, looping);
}

static void stream_poller_tick(void *self)
{
    struct stream_poller *const poller = self;
    const int64_t now_ns = simulation_now(poller->simulation);
    if (!poller->consumer.begun) {
        pass_over(poller);
        return;
    }
    for (size_t i = 0; i < poller->readers; i++) { /* a blocked shard's data expire unread */
        struct shard_reader_state *const r = poller->reader[i];
        if (r->finished)
            continue;
        poller->count.expired += reader_expire(&r->reader, now_ns);
        shard_trim(r->reader.shard);
        check_finished(r);
    }
    watch_loop(poller);
}

struct waiting {
    struct histogram *latency;
    int64_t longest_ns, now_ns; /* the longest latency of a processed record */
};

static void count_waiting(void *context, const struct cohort *c)
{
    const struct waiting *const w = context;
    const double span_ns = (double)(c->last_ns - c->first_ns);
    uint64_t counted = 0;
    for (uint64_t i = 1; i <= 4; i++) { /* quarters, each by its middle */
        const uint64_t until = c->records * i / 4;
        const int64_t wait_ns =
            w->now_ns - c->first_ns - (int64_t)(span_ns * ((double)i - 0.5) / 4.0);
        if (until > counted && wait_ns > w->longest_ns)
            histogram_add_many(w->latency, wait_ns, until - counted);
        counted = until;
    }
}

/* Records that have waited longer than any that was processed count in the latency with their wait
 * so far. Else a blocked shard would leave the percentiles as they were. */
static void stream_poller_close(void *self)
{
    struct stream_poller *const poller = self;
    struct waiting waiting = {.latency = &poller->latency,
                              .longest_ns = poller->latency.count > 0 ? poller->latency.max : 0,
                              .now_ns = simulation_now(poller->simulation)};
    for (size_t i = 0; poller->consumer.begun && i < poller->readers; i++)
        visit_waiting(poller, poller->reader[i], count_waiting, &waiting);
}

static void stream_poller_audit(const void *self)
{
    const struct stream_poller *const p = self;
    const struct poller_counts *const n = &p->count;
    const uint64_t in = p->at_reset + came_in(p);
    const uint64_t out = done_with(p);
    if (in != out + in_flight(p))
        simulation_fail(p->simulation,
                        "%s: %llu records in is not %llu done, discarded, expired or skipped + "
                        "%llu in flight",
                        p->entity, (unsigned long long)in, (unsigned long long)out,
                        (unsigned long long)in_flight(p));
    if (n->destination_messages > n->failed_to_destination ||
        (n->destination_messages == 0) != (n->failed_to_destination == 0))
        simulation_fail(p->simulation, "%s: messages to the on-failure destination do not balance",
                        p->entity);
}

static void stream_poller_report(const void *self, const struct metric_sink *sink)
{
    const struct stream_poller *const p = self;
    const struct poller_counts *const n = &p->count;
#define PUT(metric, unit, value) sink->put(sink->context, p->entity, metric, unit, (double)(value))
    PUT("records_in", "count", p->consumer.begun ? (int64_t)came_in(p) + p->found : 0);
    PUT("records_processed", "count", n->processed);
    PUT("records_expired", "count", n->expired);
    PUT("records_discarded", "count", n->discarded + n->failed_to_destination);
    PUT("records_dropped", "count", n->discarded);
    PUT("records_delivered", "count", n->delivered);
    PUT("records_duplicated", "count", n->duplicated);
    PUT("records_failed_to_destination", "count", n->failed_to_destination);
    PUT("destination_messages", "count", n->destination_messages);
    PUT("records_oversized", "count", n->oversized);
    PUT("records_skipped", "count", n->skipped);
    PUT("records_in_flight", "count", p->consumer.begun ? in_flight(p) : 0);
    PUT("batches", "count", n->batches);
    PUT("batch_records.mean", "records", histogram_mean(&p->batch_records));
    PUT("batch_records.max", "records", histogram_quantile(&p->batch_records, 1.0));
    PUT("retries", "count", n->retries);
    PUT("bisections", "count", n->bisections);
    if (p->config->report_item_failures)
        PUT("batch_item_failures", "count", n->item_failures);
    PUT("invocations_throttled", "count", n->throttled);
    PUT("utilization", "ratio",
        (double)(p->busy_ns + busy_now(p)) /
            (double)time_average_integral(&p->lanes, simulation_now(p->simulation)));
    PUT("reads", "count", n->reads);
    PUT("read_throttles", "count", n->read_throttles);
#undef PUT
    report_times(sink, p->entity, "iterator_age_ms", &p->iterator_age);
    report_times(sink, p->entity, "latency_ms", &p->latency);
}

/* CloudWatch has the age as a metric of the function: of all its mappings together. */
static void stream_poller_series(void *self, struct series *series)
{
    struct stream_poller *const p = self;
    series_tell_times(series, p->entity, "IteratorAge", "Milliseconds", 1e6,
                      SERIES_BIT(SERIES_AVERAGE) | SERIES_BIT(SERIES_MAXIMUM), &p->minute_age);
    if (p->function[0] != '\0')
        series_tell_times(series, p->function, "IteratorAge", "Milliseconds", 1e6,
                          SERIES_BIT(SERIES_AVERAGE) | SERIES_BIT(SERIES_MAXIMUM),
                          &p->minute_function_age);
}

/* Of a table's stream each GetRecords call counts, those that bring nothing too. */
static void stream_poller_usage(const void *self, struct usage *usage)
{
    const struct stream_poller *const p = self;
    const struct stream_config *const c = stream_configuration(p->stream);
    if (c->kind != STREAM_DYNAMODB)
        return;
    int128 reads = (int128)p->count.reads + p->count.empty_reads;
    for (size_t i = 0; i < p->readers; i++)
        if (!p->reader[i]->finished)
            reads += skipped_reads(p->reader[i], simulation_now(p->simulation));
    usage_add(usage, stream_entity(p->stream),
              c->paid_reads ? METER_DYNAMODB_STREAM_READS : METER_DYNAMODB_STREAM_LAMBDA_READS,
              NULL, reads);
}

static uint64_t stream_poller_lost(const void *self)
{
    const struct stream_poller *const poller = self;
    const struct poller_counts *const n = &poller->count;
    return n->expired + n->discarded + (poller->on_failure == NULL ? n->failed_to_destination : 0);
}

static const struct histogram *stream_poller_latency(const void *self)
{
    return &((const struct stream_poller *)self)->latency;
}

static void stream_poller_expose(void *self, struct faults *faults)
{
    struct stream_poller *const p = self;
    faults_expose(faults, 1u << FAULT_CONSUMER, p->config->name, (struct fault_victim){strike, p});
    faults_watch(faults, p->entity, backlog_now, p);
}

static void stream_poller_watch(void *self, struct backlogs *backlogs)
{
    const struct stream_poller *const p = self;
    backlogs_watch(backlogs, p->entity, p->config->batching_window_ns,
                   (struct backlog_source){records_waiting, records_came, p});
}

const struct part_class stream_poller_class = {
    .destroy = stream_poller_destroy,
    .reset = stream_poller_reset,
    .tick = stream_poller_tick,
    .close = stream_poller_close,
    .audit = stream_poller_audit,
    .report = stream_poller_report,
    .series = stream_poller_series,
    .usage = stream_poller_usage,
    .lost = stream_poller_lost,
    .expose = stream_poller_expose,
    .watch = stream_poller_watch,
    .latency = stream_poller_latency,
};
