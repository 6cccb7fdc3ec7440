/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stream as a whole: workloads, dealing records to shards, resharding, meters. The inside of a
 * shard is in shard.c. */
#include "aws/stream_internal.h"

#include "aws/loop.h"
#include "core/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define STRETCH_NS NS_PER_MINUTE

static void on_stretch(void *self, int64_t now_ns, uint64_t arg);
static void on_reshard(void *self, int64_t now_ns, uint64_t target);
static void on_poison(void *self, int64_t now_ns, uint64_t index);
static void receive(struct destination *self, const struct message *message);

static double to_double(uint128 x)
{
    return (double)(uint64_t)(x >> 64) * 0x1p64 + (double)(uint64_t)x;
}

/* The open shard that owns a hash: N even ranges. */
static struct shard *shard_of(const struct stream *s, uint64_t high, uint64_t low)
{
    const uint64_t n = s->count - s->first_open;
    const uint128 scaled = (uint128)high * n + (uint64_t)(((uint128)low * n) >> 64);
    return s->shard[s->first_open + (size_t)(scaled >> 64)];
}

/* Mean, deviation and billing units of a workload's record sizes, by 4,000 quantiles. */
static void measure_sizes(struct workload *w, int64_t unit_bytes)
{
    enum { POINTS = 4000 };
    const struct distribution *const d = &w->config->record_bytes;
    w->constant_bytes = d->kind == DISTRIBUTION_CONSTANT;
    double sum = 0, squares = 0, units = 0, kib = 0;
    const int points = w->constant_bytes ? 1 : POINTS;
    for (int i = 0; i < points; i++) {
        const double x =
            w->constant_bytes ? d->a + d->shift : distribution_quantile(d, (i + 0.5) / points);
        const double bytes = fmin(fmax(floor(x + 0.5), 1.0), MESSAGE_BYTES_MAX);
        sum += bytes;
        squares += bytes * bytes;
        units += ceil(bytes / (double)unit_bytes);
        kib += ceil(bytes / 1024.0);
    }
    w->mean_bytes = sum / points;
    w->sd_bytes = sqrt(fmax(squares / points - w->mean_bytes * w->mean_bytes, 0.0));
    w->mean_units = units / points;
    w->mean_kib = kib / points;
}

static void weigh_shards(struct stream *s, struct workload *w)
{
    const size_t n = s->count - s->first_open;
    w->share = mem_resize(w->share, n, sizeof *w->share);
    for (size_t i = 0; i < n; i++) {
        const struct shard *const shard = s->shard[s->first_open + i];
        w->share[i] = w->config->key != NULL
                          ? 0.0
                          : (to_double(shard->last_hash - shard->first_hash) + 1.0) * 0x1p-128;
    }
    for (size_t k = 0; k < w->config->keys; k++) {
        const struct stream_key_weight *const key = &w->config->key[k];
        const struct shard *const shard = shard_of(s, key->hash_high, key->hash_low);
        w->share[shard->index - s->shard[s->first_open]->index] += key->weight;
    }
}

static bool owns(const struct shard *shard, const struct stream_key_weight *key)
{
    const uint128 hash = (uint128)key->hash_high << 64 | key->hash_low;
    return hash >= shard->first_hash && hash <= shard->last_hash;
}

void stream_lane_shares(const struct stream *stream, const struct shard *shard, size_t workload,
                        uint32_t lanes, double *ret)
{
    const struct stream_workload_config *const c = stream->workload[workload].config;
    double all = 0;
    for (uint32_t i = 0; i < lanes; i++)
        ret[i] = 0;
    for (size_t k = 0; k < c->keys; k++) {
        if (!owns(shard, &c->key[k]))
            continue;
        all += c->key[k].weight;
        ret[(uint32_t)c->key[k].hash_low % lanes] += c->key[k].weight;
    }
    for (uint32_t i = 0; i < lanes; i++)
        ret[i] = all > 0 ? ret[i] / all : 1.0 / lanes;
}

static void open_shards(struct stream *s, uint32_t n)
{
    const int64_t now_ns = simulation_now(s->simulation);
    s->shard = mem_resize(s->shard, s->count + n, sizeof *s->shard);
    const uint128 all = ~(uint128)0;
    for (uint32_t i = 0; i < n; i++) {
        struct shard *const shard = mem_alloc(1, sizeof *shard);
        shard->stream = s;
        shard->index = (uint32_t)s->count;
        /* ceil(i 2^128 / n) */
        shard->first_hash = i == 0 ? 0 : all / n * i + (all % n * i + i - 1) / n + 1;
        if (i > 0)
            s->shard[s->count - 1]->last_hash = shard->first_hash - 1;
        shard->last_hash = all;
        shard->open = true;
        shard->opened_ns = now_ns;
        shard->known_ns = now_ns;
        shard->record_tokens = s->config->write_records_per_s;
        shard->byte_tokens = s->config->write_bytes_per_s;
        shard->intake = mem_alloc(s->config->workloads, sizeof *shard->intake);
        shard->read_calls =
            rate_limiter_make(s->config->read_calls_per_s, s->config->read_calls_per_s);
        /* In debt after a large answer, ready again when the debt is below one second's worth. */
        shard->read_bytes = (struct rate_limiter){1, NS_PER_S, 0};
        s->shard[s->count++] = shard;
    }
    time_average_set(&s->open, now_ns, (int64_t)n);
    time_average_set(&s->fan_out, now_ns, (int64_t)n * s->fan_outs);
    for (size_t i = 0; i < s->config->workloads; i++)
        weigh_shards(s, &s->workload[i]);
}

struct stream *stream_create(struct simulation *simulation, const struct stream_config *config)
{
    struct stream *const s = mem_alloc(1, sizeof *s);
    s->destination.send = receive;
    s->simulation = simulation;
    s->config = config;
    s->retention_ns = config->retention_ns;
    snprintf(s->entity, sizeof s->entity, "%s:%s",
             config->kind == STREAM_DYNAMODB ? "table" : "stream", config->name);
    random_init(&s->random, simulation->seed, simulation->replication, s->entity, "shards");
    random_init(&s->chain_random, simulation->seed, simulation->replication, s->entity, "chains");
    s->workload = mem_alloc(config->workloads, sizeof *s->workload);
    for (size_t i = 0; i < config->workloads; i++) {
        struct workload *const w = &s->workload[i];
        w->stream = s;
        w->index = (uint16_t)i;
        w->config = &config->workload[i];
        char entity[96];
        const bool named = w->config->name != NULL;
        snprintf(entity, sizeof entity, "%s%s", named ? "workload:" : s->entity,
                 named ? w->config->name : "");
        arrivals_init(&w->arrivals, &w->config->arrivals, simulation->seed, simulation->replication,
                      entity);
        random_init(&w->random, simulation->seed, simulation->replication, entity, "records");
        measure_sizes(w, config->put_unit_bytes);
        w->cumulative = mem_alloc(w->config->keys, sizeof *w->cumulative);
        double sum = 0;
        for (size_t k = 0; k < w->config->keys; k++)
            w->cumulative[k] = sum += w->config->key[k].weight;
    }
    histogram_init(&s->read_age);
    s->key_classes = 1;
    open_shards(s, config->shard_count);
    return s;
}

static void stream_destroy(void *self)
{
    struct stream *const stream = self;
    if (stream == NULL)
        return;
    for (size_t i = 0; i < stream->config->workloads; i++) {
        arrivals_finish(&stream->workload[i].arrivals);
        free(stream->workload[i].cumulative);
        free(stream->workload[i].share);
        free(stream->workload[i].dealt);
    }
    for (size_t i = 0; i < stream->count; i++) {
        free(stream->shard[i]->log);
        free(stream->shard[i]->intake);
        free(stream->shard[i]->retry);
        free(stream->shard[i]->reader);
        free(stream->shard[i]);
    }
    histogram_finish(&stream->read_age);
    free(stream->workload);
    free(stream->shard);
    free(stream->consumer);
    free(stream);
}

static void count_fan_out(struct stream *s, const struct stream_consumer *consumer)
{
    s->fan_outs += consumer->begun && consumer->fan_out;
    time_average_set(&s->fan_out, simulation_now(s->simulation), s->open.level * s->fan_outs);
}

void stream_attach(struct stream *stream, struct stream_consumer *consumer)
{
    stream->consumer =
        mem_resize(stream->consumer, stream->consumers + 1, sizeof *stream->consumer);
    stream->consumer[stream->consumers++] = consumer;
    uint32_t a = stream->key_classes, b = consumer->lanes;
    while (b != 0) { /* the greatest common divisor is left in a */
        const uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    stream->key_classes *= consumer->lanes / a; /* least common multiple */
    count_fan_out(stream, consumer);
    for (size_t i = stream->first_open; i < stream->count; i++)
        consumer->shard_opened(consumer, stream->shard[i]);
}

static void next_stretch(struct workload *w)
{
    const int status = arrivals_segment(&w->arrivals, STRETCH_NS, &w->stretch);
    if (status < 0)
        w->stream->failed = true;
    if (status > 0)
        event_schedule(&w->stream->simulation->queue, w->stretch.start_ns, on_stretch, w, 0);
    else
        w->ended = true;
}

static void wake_readers(struct shard *shard, int64_t now_ns)
{
    for (size_t i = 0; i < shard->readers; i++)
        shard->reader[i]->wake(shard->reader[i], now_ns);
}

void stream_begin(struct stream *stream, struct stream_consumer *consumer)
{
    for (size_t i = stream->first_open; i < stream->count; i++)
        shard_refresh(stream->shard[i], simulation_now(stream->simulation));
    consumer->begun = true;
    count_fan_out(stream, consumer);
}

void stream_wake_readers(struct stream *stream)
{
    for (size_t i = 0; i < stream->count; i++)
        wake_readers(stream->shard[i], simulation_now(stream->simulation));
}

void stream_start(struct stream *stream)
{
    stream_wake_readers(stream);
    for (size_t i = 0; i < stream->config->workloads; i++) {
        struct workload *const w = &stream->workload[i];
        next_stretch(w);
        for (size_t k = 0; k < w->config->poisons; k++)
            event_schedule(&stream->simulation->queue, w->config->poison_ns[k], on_poison, w, k);
    }
    for (size_t i = 0; i < stream->config->updates; i++) {
        const uint32_t target = stream->config->update_shard_count[i];
        const uint32_t before =
            i > 0 ? stream->config->update_shard_count[i - 1] : stream->config->shard_count;
        const int64_t steps = target > before ? target - before : before - target;
        event_schedule(&stream->simulation->queue,
                       stream->config->update_ns[i] + steps * stream->config->reshard_ns_per_shard,
                       on_reshard, stream, target);
    }
}

/* Gives `count` records of the present stretch to a shard. */
static void assign(struct workload *w, struct shard *shard, uint64_t count, int64_t now_ns)
{
    struct shard_intake *const intake = &shard->intake[w->index];
    shard_refresh(shard, now_ns);
    *intake = (struct shard_intake){
        .total = count, .left = count, .start_ns = now_ns, .end_ns = w->end_ns, .even = w->even};
    const double group = w->config->records_per_put *
                         w->share[shard->index - w->stream->shard[w->stream->first_open]->index];
    intake->group = group > 1.0 ? (uint32_t)(group + 0.5) : 1;
    shard_draw_next(shard, intake, now_ns);
    if (count > 0)
        wake_readers(shard, now_ns);
}

/* Deals `count` records to the open shards. */
static void deal(struct workload *w, uint64_t count, int64_t now_ns)
{
    struct stream *const s = w->stream;
    const size_t n = s->count - s->first_open;
    w->dealt = mem_resize(w->dealt, n, sizeof *w->dealt);
    double share_left = 1.0;
    uint64_t left = count;
    for (size_t i = 0; i < n; i++) { /* conditional binomials make a multinomial */
        const double p = share_left > 0 ? w->share[i] / share_left : 1.0;
        w->dealt[i] = left == 0                ? 0
                      : i + 1 == n || p >= 1.0 ? left
                                               : random_binomial(&w->random, left, p < 0 ? 0 : p);
        left -= w->dealt[i];
        share_left -= w->share[i];
    }
    for (size_t i = 0; i < n; i++) {
        struct shard *const shard = s->shard[s->first_open + i];
        if (w->dealt[i] > 0 || shard->intake[w->index].left > 0)
            assign(w, shard, w->dealt[i], now_ns);
    }
}

/* One exact arrival of a trace. */
static void place(struct workload *w, const struct arrival *a, int64_t now_ns)
{
    struct stream *const s = w->stream;
    w->last_ns = now_ns;
    struct cohort cohort = {.first_ns = now_ns,
                            .last_ns = now_ns,
                            .records = 1,
                            .bytes = (int64_t)fmin((double)a->bytes, MESSAGE_BYTES_MAX),
                            .workload = w->index,
                            .flags = COHORT_KEYED};
    for (uint64_t i = 0; i < a->count; i++) {
        uint64_t high, low;
        if (a->key != NULL) {
            stream_hash_key(a->key, a->key_length, &high, &low);
        } else if (w->config->key != NULL) {
            const struct stream_key_weight *const key = stream_draw_key(w);
            high = key->hash_high;
            low = key->hash_low;
        } else {
            high = random_bits(&w->random);
            low = random_bits(&w->random);
        }
        if (a->bytes < 0)
            cohort.bytes = workload_draw_bytes(w, 1);
        cohort.key = (uint32_t)low;
        struct shard *const shard = shard_of(s, high, low);
        shard_refresh(shard, now_ns);
        shard_offer(shard, &cohort, now_ns);
        wake_readers(shard, now_ns);
    }
}

static void on_stretch(void *self, int64_t now_ns, uint64_t arg)
{
    struct workload *const w = self;
    (void)arg;
    if (w->stretch.end_ns > w->stretch.start_ns) {
        w->end_ns = w->stretch.end_ns;
        w->even = w->stretch.even;
        deal(w, w->stretch.count, now_ns);
    } else {
        place(w, &w->stretch, now_ns);
    }
    next_stretch(w);
}

static void on_poison(void *self, int64_t now_ns, uint64_t index)
{
    struct workload *const w = self;
    const struct stream_key_weight *const key = &w->config->poison_key[index];
    const bool named = key->weight > 0;
    const uint64_t high = named ? key->hash_high : random_bits(&w->random);
    const uint64_t low = named ? key->hash_low : random_bits(&w->random);
    struct shard *const shard = shard_of(w->stream, high, low);
    shard_refresh(shard, now_ns);
    const struct cohort cohort = {.first_ns = now_ns,
                                  .last_ns = now_ns,
                                  .records = 1,
                                  .bytes = workload_draw_bytes(w, 1),
                                  .key = (uint32_t)low,
                                  .workload = w->index,
                                  .flags = COHORT_KEYED | COHORT_POISON};
    shard_accept(shard, &cohort);
    wake_readers(shard, now_ns);
}

static void receive(struct destination *self, const struct message *message)
{
    struct stream *const s = (struct stream *)self;
    const int64_t now_ns = simulation_now(s->simulation);
    const uint64_t high = message->group != 0 ? message->group : random_bits(&s->random);
    const uint64_t low = high * UINT64_C(0x9E3779B97F4A7C15); /* as good as another hash */
    const struct cohort cohort = {.first_ns = now_ns,
                                  .last_ns = now_ns,
                                  .records = 1,
                                  .bytes = message->bytes > 0 ? message->bytes : 1,
                                  .key = (uint32_t)(low >> 32),
                                  .workload = (uint16_t)s->config->sent,
                                  .flags = COHORT_KEYED | COHORT_SENT |
                                           (message->poison ? COHORT_POISON : 0),
                                  .hops = (uint8_t)hops_behind(message->hops),
                                  .age_ns = now_ns - message->origin_ns};
    struct shard *const shard = shard_of(s, high, low);
    shard_refresh(shard, now_ns);
    if (message->poison)
        shard_accept(shard, &cohort);
    else
        shard_offer(shard, &cohort, now_ns);
    wake_readers(shard, now_ns);
}

struct destination *stream_destination(struct stream *stream)
{
    return &stream->destination;
}

static int by_next_try(const void *a, const void *b)
{
    const struct cohort *const x = a, *const y = b;
    if (x->last_ns != y->last_ns)
        return x->last_ns < y->last_ns ? -1 : 1;
    return (x->first_ns > y->first_ns) - (x->first_ns < y->first_ns);
}

/* The share of a workload's records that lie both in an old and in a new shard. */
static double common_share(const struct workload *w, const struct shard *a, const struct shard *b)
{
    const uint128 first = a->first_hash > b->first_hash ? a->first_hash : b->first_hash;
    const uint128 last = a->last_hash < b->last_hash ? a->last_hash : b->last_hash;
    if (first > last)
        return 0;
    if (w->config->key == NULL)
        return (to_double(last - first) + 1.0) * 0x1p-128;
    double share = 0;
    for (size_t k = 0; k < w->config->keys; k++)
        if (owns(a, &w->config->key[k]) && owns(b, &w->config->key[k]))
            share += w->config->key[k].weight;
    return share;
}

/* Hands what a closed shard's producers still try on to the new shards, by their shares of it. */
static void hand_on_retry(struct stream *s, const struct shard *from, const struct cohort *cohort)
{
    struct workload *const w = &s->workload[cohort->workload];
    struct cohort rest = *cohort;
    double left = 0;
    for (size_t i = s->first_open; i < s->count; i++)
        left += common_share(w, from, s->shard[i]);
    for (size_t i = s->first_open; i < s->count && rest.records > 0; i++) {
        const double share = common_share(w, from, s->shard[i]);
        if (share <= 0 && i + 1 < s->count)
            continue;
        const uint32_t n = share >= left || i + 1 == s->count
                               ? rest.records
                               : (uint32_t)random_binomial(&s->random, rest.records, share / left);
        left -= share;
        if (n == 0)
            continue;
        struct cohort mine = rest;
        mine.records = n;
        mine.bytes = (int64_t)((double)rest.bytes * n / rest.records + 0.5);
        rest.records -= n;
        rest.bytes -= mine.bytes;
        shard_retry_later(s->shard[i], &mine);
    }
}

static void on_reshard(void *self, int64_t now_ns, uint64_t target)
{
    struct stream *const s = self;
    s->reshard_pending = false;
    const size_t old_first = s->first_open, old_end = s->count;
    if (target == old_end - old_first || target == 0)
        return;
    const size_t workloads = s->config->workloads;
    uint64_t *const rest = mem_alloc(workloads, sizeof *rest);
    struct retry_from {
        struct cohort cohort; /* first, for by_next_try */
        const struct shard *from;
    } *retry = NULL;
    size_t retries = 0;
    for (size_t i = old_first; i < old_end; i++) {
        struct shard *const shard = s->shard[i];
        shard_refresh(shard, now_ns);
        for (size_t k = 0; k < workloads; k++) {
            rest[k] += shard->intake[k].left;
            shard->intake[k].left = 0;
            shard->intake[k].next_ns = TIME_NEVER;
        }
        retry = mem_resize(retry, retries + shard->retries, sizeof *retry);
        while (shard->retries > 0)
            retry[retries++] = (struct retry_from){shard_take_retry(shard), shard};
        shard->open = false;
        shard->closed_ns = now_ns;
    }
    s->first_open = old_end;
    open_shards(s, (uint32_t)target);
    if (retries > 1)
        qsort(retry, retries, sizeof *retry, by_next_try);
    for (size_t k = 0; k < retries; k++)
        hand_on_retry(s, retry[k].from, &retry[k].cohort);
    for (size_t k = 0; k < s->consumers; k++)
        for (size_t i = s->first_open; i < s->count; i++)
            s->consumer[k]->shard_opened(s->consumer[k], s->shard[i]);
    for (size_t i = s->first_open; i < s->count; i++)
        wake_readers(s->shard[i], now_ns);
    for (size_t k = 0; k < workloads; k++)
        if (rest[k] > 0) /* the stretch goes on in the new shards */
            deal(&s->workload[k], rest[k], now_ns);
    for (size_t i = old_first; i < old_end; i++)
        wake_readers(s->shard[i], now_ns); /* so that they notice the end */
    free(rest);
    free(retry);
}

/* On-demand mode: capacity for a multiple of the highest minute so far. */
static void grow_on_demand(struct stream *s, int64_t now_ns)
{
    const double records_per_s = (double)s->minute.offered / 60.0;
    const double bytes_per_s = (double)s->minute.bytes_in / 60.0;
    s->peak_records_per_s = fmax(s->peak_records_per_s, records_per_s);
    s->peak_bytes_per_s = fmax(s->peak_bytes_per_s, bytes_per_s);
    const double wanted = ceil(s->config->on_demand_multiple *
                               fmax(s->peak_records_per_s / s->config->write_records_per_s,
                                    s->peak_bytes_per_s / s->config->write_bytes_per_s));
    if (s->reshard_pending || wanted <= (double)(s->count - s->first_open))
        return;
    s->reshard_pending = true;
    event_schedule(&s->simulation->queue, now_ns + s->config->reshard_delay_ns, on_reshard, s,
                   (uint64_t)wanted);
}

/* Of how many shards the capacity was asked for the first time, whatever was refused of it. */
static double demand(const struct stream *s, const struct stream_counts *n, double seconds)
{
    const struct stream_counts *const in = n->records_in > 0 ? n : &s->total;
    const double bytes = in->records_in > 0 ? (double)in->bytes_in / (double)in->records_in : 0;
    return (double)n->offered / seconds *
           fmax(1 / s->config->write_records_per_s, bytes / s->config->write_bytes_per_s);
}

static void stream_tick(void *self)
{
    struct stream *const stream = self;
    const int64_t now_ns = simulation_now(stream->simulation);
    for (size_t i = stream->first_open; i < stream->count; i++)
        shard_refresh(stream->shard[i], now_ns);
    if (stream->config->on_demand)
        grow_on_demand(stream, now_ns);
    stream->peak_demand = fmax(stream->peak_demand, demand(stream, &stream->minute, 60));
    stream->minute_done = stream->minute;
    stream->minute = (struct stream_counts){0};
}

static uint64_t retrying(const struct stream *stream)
{
    uint64_t waiting = 0;
    for (size_t i = stream->first_open; i < stream->count; i++)
        waiting += stream->shard[i]->retry_records;
    return waiting;
}

static void stream_reset(void *self)
{
    struct stream *const stream = self;
    const int64_t now_ns = simulation_now(stream->simulation);
    for (size_t i = 0; i < stream->count; i++) {
        struct shard *const shard = stream->shard[i];
        if (shard->open)
            shard_refresh(shard, now_ns);
        shard->records_in = shard->bytes_in = shard->write_throttles = shard->read_throttles = 0;
        shard->put_units = 0;
    }
    stream->total = (struct stream_counts){0}; /* the minute goes on */
    stream->peak_demand = 0;
    stream->measure_ns = now_ns;
    stream->kib_in = 0;
    stream->read_bytes = stream->fan_out_bytes = 0;
    histogram_reset(&stream->read_age);
    time_average_reset(&stream->open, now_ns);
    time_average_reset(&stream->fan_out, now_ns);
    stream->retrying_at_reset = retrying(stream);
}

const struct stream_config *stream_configuration(const struct stream *stream)
{
    return stream->config;
}

const char *stream_entity(const struct stream *stream)
{
    return stream->entity;
}

size_t stream_shards(const struct stream *stream)
{
    return stream->count;
}

struct shard *stream_shard(struct stream *stream, size_t index)
{
    return stream->shard[index];
}

static bool stream_failed(const void *self)
{
    const struct stream *const stream = self;
    return stream->failed;
}

static uint64_t stream_lost(const void *self)
{
    const struct stream *const stream = self;
    return stream->total.lost;
}

void stream_count_read(struct stream *stream, int64_t bytes, bool fan_out)
{
    *(fan_out ? &stream->fan_out_bytes : &stream->read_bytes) += bytes;
}

void stream_count_age(struct stream *stream, int64_t age_ns)
{
    histogram_add(&stream->read_age, age_ns);
    series_time(&stream->minute_age, age_ns);
}

static void stream_audit(const void *self)
{
    const struct stream *const s = self;
    const struct stream_counts *const n = &s->total;
    if (s->retrying_at_reset + n->offered != n->records_in + n->lost + retrying(s))
        simulation_fail(s->simulation,
                        "%s: %llu offered is not %llu in + %llu given up + %llu being retried",
                        s->entity, (unsigned long long)(s->retrying_at_reset + n->offered),
                        (unsigned long long)n->records_in, (unsigned long long)n->lost,
                        (unsigned long long)retrying(s));
}

/* The share of what `shard_ns` of shards may take that was written. */
static double utilization(const struct stream *s, uint64_t records, uint64_t bytes, double units,
                          double shard_ns)
{
    const struct stream_config *const c = s->config;
    const double seconds =
        c->kind == STREAM_DYNAMODB
            ? units / c->write_records_per_s
            : fmax((double)records / c->write_records_per_s, (double)bytes / c->write_bytes_per_s);
    return seconds / (shard_ns / 1e9);
}

/* While it was open since the warm-up; NAN: it was not. */
static double shard_utilization(const struct shard *shard)
{
    const struct stream *const s = shard->stream;
    const int64_t from_ns = shard->opened_ns > s->measure_ns ? shard->opened_ns : s->measure_ns;
    const int64_t until_ns = shard->open ? simulation_now(s->simulation) : shard->closed_ns;
    return until_ns > from_ns ? utilization(s, shard->records_in, shard->bytes_in, shard->put_units,
                                            (double)(until_ns - from_ns))
                              : NAN;
}

/* How much more than the mean the hottest shard of a generation (those that were opened together)
 * was given; of all generations by their records. NAN: nothing was written. */
static double skew(const struct stream *s)
{
    double hottest = 0, all = 0;
    for (size_t i = 0, end; i < s->count; i = end) {
        double most = 0;
        for (end = i; end < s->count && s->shard[end]->opened_ns == s->shard[i]->opened_ns; end++) {
            const struct shard *const shard = s->shard[end];
            const double written =
                utilization(s, shard->records_in, shard->bytes_in, shard->put_units, 1e9);
            most = fmax(most, written);
            all += written;
        }
        hottest += most * (double)(end - i);
    }
    return all > 0 ? hottest / all : NAN;
}

static void report_workloads(const struct stream *s, const struct metric_sink *sink)
{
    for (size_t i = 0; i < s->config->workloads; i++) {
        const struct workload *const w = &s->workload[i];
        char entity[96];
        if (w->config->name == NULL || !w->ended || w->last_ns == 0)
            continue;
        snprintf(entity, sizeof entity, "workload:%s", w->config->name);
        sink->put(sink->context, entity, "last_arrival_s", "s", (double)w->last_ns / 1e9);
    }
}

static void report_shard(const struct shard *shard, const struct metric_sink *sink)
{
    const struct stream_config *const c = shard->stream->config;
    char entity[128];
    snprintf(entity, sizeof entity, "%s:%s/%u", c->kind == STREAM_DYNAMODB ? "partition" : "shard",
             c->name, (unsigned)shard->index);
#define PUT(metric, unit, value) sink->put(sink->context, entity, metric, unit, (double)(value))
    PUT("records_in", "count", shard->records_in);
    PUT("bytes_in", "bytes", shard->bytes_in);
    PUT("write_throttles", "count", shard->write_throttles);
    PUT("read_throttles", "count", shard->read_throttles);
    PUT("utilization", "ratio", shard_utilization(shard));
#undef PUT
}

static void stream_report(const void *self, const struct metric_sink *sink)
{
    const struct stream *const s = self;
    const struct stream_counts *const n = &s->total;
    const int64_t now_ns = simulation_now(s->simulation);
    double hottest = 0;
    for (size_t i = 0; i < s->count; i++)
        hottest = fmax(hottest, shard_utilization(s->shard[i])); /* NAN is none */
#define PUT(metric, unit, value) sink->put(sink->context, s->entity, metric, unit, (double)(value))
    PUT("records_offered", "count", n->offered);
    PUT("records_in", "count", n->records_in);
    PUT("bytes_in", "bytes", n->bytes_in);
    PUT("records_lost", "count", n->lost);
    PUT("records_retrying", "count", retrying(s));
    PUT("write_throttles", "count", n->write_throttles);
    PUT("read_throttles", "count", n->read_throttles);
    PUT("shards.mean", "shards", time_average_mean(&s->open, now_ns));
    PUT("shards.max", "shards", s->open.max);
    PUT("utilization", "ratio",
        utilization(s, n->records_in, n->bytes_in, n->put_units,
                    (double)time_average_integral(&s->open, now_ns)));
    PUT("utilization.hottest_shard", "ratio", hottest);
    if (s->config->kind == STREAM_KINESIS) {
        const double run_s = (double)(now_ns - s->measure_ns) / 1e9;
        PUT("shard_demand.max", "shards", fmax(s->peak_demand, demand(s, n, run_s)));
        PUT("shard_skew", "times", skew(s));
    }
    if (s->config->kind == STREAM_DYNAMODB)
        PUT("write_capacity_units", "count", llround(n->put_units));
#undef PUT
    report_times(sink, s->entity, "iterator_age_ms", &s->read_age);
    report_workloads(s, sink);
    for (size_t i = 0; i < s->count; i++)
        report_shard(s->shard[i], sink);
}

/* Kinesis' metrics of a stream "are always available"; DynamoDB's of a table are sent "when they
 * have a non-zero value" (developer guides). */
static void stream_series(void *self, struct series *series)
{
    struct stream *const s = self;
    const struct stream_counts *const n = &s->minute_done;
#define SUM(metric, unit, value) series_sum(series, s->entity, metric, unit, (double)(value))
#define IF_ANY(value) ((value) > 0 ? (double)(value) : NAN)
    if (s->config->kind == STREAM_DYNAMODB) {
        SUM("ConsumedWriteCapacityUnits", "Count", IF_ANY(n->put_units));
        SUM("WriteThrottleEvents", "Count", IF_ANY(n->write_throttles));
        s->minute_done = (struct stream_counts){0};
        return;
    }
    SUM("IncomingRecords", "Count", n->records_in);
    SUM("IncomingBytes", "Bytes", n->bytes_in);
    SUM("WriteProvisionedThroughputExceeded", "Count", n->write_throttles);
    SUM("ReadProvisionedThroughputExceeded", "Count", n->read_throttles);
#undef IF_ANY
#undef SUM
    series_level(series, s->entity, "OpenShardCount", "Count", (double)time_average_lap(&s->open));
    series_tell_times(series, s->entity, "GetRecords.IteratorAgeMilliseconds", "Milliseconds", 1e6,
                      SERIES_BIT(SERIES_AVERAGE) | SERIES_BIT(SERIES_MAXIMUM), &s->minute_age);
    s->minute_done = (struct stream_counts){0};
}

/* Now or later. */
static bool has_fan_out(const struct stream *s)
{
    for (size_t i = 0; i < s->consumers; i++)
        if (s->consumer[i]->fan_out)
            return true;
    return false;
}

static void stream_usage(const void *self, struct usage *usage)
{
    const struct stream *const s = self;
    const int64_t now_ns = simulation_now(s->simulation);
    if (s->config->kind == STREAM_DYNAMODB)
        return; /* only reads are paid for: stream_poller.c counts them */
    const int64_t elapsed_ms = (now_ns - s->measure_ns) / NS_PER_MS;
    const int128 shard_ms = time_average_integral(&s->open, now_ns) / NS_PER_MS;
    const int64_t day_ms = 24 * 3600 * INT64_C(1000), week_ms = 7 * day_ms;
    const int64_t retention_ms = s->retention_ns / NS_PER_MS;
    const int64_t extended_ms = (retention_ms < week_ms ? retention_ms : week_ms) - day_ms;
    const int64_t long_ms = retention_ms > week_ms ? retention_ms - week_ms : 0;
    const int128 bytes_in = s->total.bytes_in;
#define ADD(meter, quantity) usage_add(usage, s->entity, meter, NULL, quantity)
    if (s->config->on_demand) {
        ADD(METER_KINESIS_ON_DEMAND_STREAM_MS, elapsed_ms);
        ADD(METER_KINESIS_ON_DEMAND_IN_BYTES, (int128)llround(s->kib_in) * 1024);
        ADD(METER_KINESIS_ON_DEMAND_OUT_BYTES, s->read_bytes);
        if (has_fan_out(s))
            ADD(METER_KINESIS_ON_DEMAND_FAN_OUT_BYTES, s->fan_out_bytes);
        if (extended_ms > 0) /* in the long run each byte is kept that long */
            ADD(METER_KINESIS_ON_DEMAND_RETENTION_BYTE_MS, bytes_in * extended_ms);
    } else {
        ADD(METER_KINESIS_SHARD_MS, shard_ms);
        ADD(METER_KINESIS_PUT_UNITS, (int128)llround(s->total.put_units));
        if (extended_ms > 0)
            ADD(METER_KINESIS_EXTENDED_RETENTION_SHARD_MS, shard_ms);
        if (has_fan_out(s)) {
            ADD(METER_KINESIS_FAN_OUT_SHARD_MS,
                time_average_integral(&s->fan_out, now_ns) / NS_PER_MS);
            ADD(METER_KINESIS_FAN_OUT_BYTES, s->fan_out_bytes);
        }
    }
    if (long_ms > 0)
        ADD(METER_KINESIS_LONG_RETENTION_BYTE_MS, bytes_in * long_ms);
#undef ADD
}

const struct part_class stream_class = {
    .destroy = stream_destroy,
    .reset = stream_reset,
    .tick = stream_tick,
    .settle = stream_tick,
    .audit = stream_audit,
    .report = stream_report,
    .series = stream_series,
    .usage = stream_usage,
    .lost = stream_lost,
    .failed = stream_failed,
};
