/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of a shard: what has arrived, what was refused, and who has read how far. */
#include "aws/stream_internal.h"

#include "core/memory.h"

#include <math.h>
#include <md5.h>
#include <stdlib.h>
#include <string.h>

/* A log longer than this is a backlog: what came within a second of each other is then kept as one
 * cohort, so that a blocked shard costs memory by the second, not by the record. */
#define BACKLOG_COHORTS 4096

void stream_hash_key(const char *key, size_t length, uint64_t *ret_high, uint64_t *ret_low)
{
    uint8_t digest[MD5_DIGEST_LENGTH];
    MD5_CTX context;
    MD5Init(&context);
    MD5Update(&context, (const uint8_t *)key, length);
    MD5Final(digest, &context);
    *ret_high = *ret_low = 0;
    for (int i = 0; i < 8; i++) {
        *ret_high = *ret_high << 8 | digest[i];
        *ret_low = *ret_low << 8 | digest[i + 8];
    }
}

const struct stream_key_weight *stream_draw_key(struct workload *w)
{
    double u = random_uniform(&w->random);
    size_t k = 0;
    while (k + 1 < w->config->keys && u >= w->config->key[k].weight)
        u -= w->config->key[k++].weight;
    return &w->config->key[k];
}

int64_t workload_draw_bytes(struct workload *w, uint64_t records)
{
    if (w->constant_bytes)
        return (int64_t)(w->mean_bytes * (double)records + 0.5);
    double bytes = 0;
    if (records <= 8) {
        for (uint64_t i = 0; i < records; i++)
            bytes += fmax(1.0, distribution_sample(&w->config->record_bytes, &w->random));
    } else { /* the sum of many sizes is nearly normal */
        bytes = w->mean_bytes * (double)records +
                w->sd_bytes * sqrt((double)records) * random_normal(&w->random);
    }
    return (int64_t)fmax(bytes + 0.5, (double)records);
}

struct cohort cohort_split(struct cohort *cohort, uint32_t records)
{
    struct cohort front = *cohort;
    if (records >= cohort->records) {
        cohort->records = 0;
        return front;
    }
    const double n = cohort->records, span = (double)(cohort->last_ns - cohort->first_ns);
    front.records = records;
    front.bytes = (int64_t)((double)cohort->bytes * records / n + 0.5);
    front.last_ns = cohort->first_ns + (int64_t)(span * (records - 1) / (n - 1));
    cohort->first_ns += (int64_t)(span * records / (n - 1));
    cohort->records -= records;
    cohort->bytes -= front.bytes;
    return front;
}

static struct cohort *log_at(const struct shard *shard, size_t i)
{
    return &shard->log[(shard->log_head + i) % shard->log_capacity];
}

static void log_append(struct shard *shard, const struct cohort *cohort)
{
    if (shard->log_count > 0) {
        struct cohort *const tail = log_at(shard, shard->log_count - 1);
        if (shard->log_count > BACKLOG_COHORTS && cohort->last_ns - tail->first_ns < NS_PER_S &&
            tail->workload == cohort->workload && !((tail->flags | cohort->flags) & COHORT_POISON) &&
            tail->flags == cohort->flags &&
            (!(tail->flags & COHORT_KEYED) || tail->key == cohort->key) &&
            (uint64_t)tail->records + cohort->records <= UINT32_MAX) {
            tail->last_ns = cohort->last_ns;
            tail->records += cohort->records;
            tail->bytes += cohort->bytes;
            return;
        }
    }
    if (shard->log_count == shard->log_capacity) {
        const size_t wanted = shard->log_capacity == 0 ? 4 : shard->log_capacity * 2;
        struct cohort *const log = mem_alloc(wanted, sizeof *log);
        for (size_t i = 0; i < shard->log_count; i++)
            log[i] = *log_at(shard, i);
        free(shard->log);
        shard->log = log;
        shard->log_head = 0;
        shard->log_capacity = wanted;
    }
    *log_at(shard, shard->log_count++) = *cohort;
}

void shard_accept(struct shard *shard, const struct cohort *cohort)
{
    struct stream *const s = shard->stream;
    const struct workload *const w = &s->workload[cohort->workload];
    shard->records_in += cohort->records;
    shard->bytes_in += (uint64_t)cohort->bytes;
    s->total.records_in += cohort->records;
    s->minute.records_in += cohort->records;
    s->total.bytes_in += (uint64_t)cohort->bytes;
    s->minute.bytes_in += (uint64_t)cohort->bytes;
    if (cohort->flags & COHORT_POISON)
        s->total.offered += cohort->records; /* it came past the door */
    if (cohort->records == 1) {
        s->put_units += ceil((double)cohort->bytes / (double)s->config->put_unit_bytes);
        s->kib_in += ceil((double)cohort->bytes / 1024.0);
    } else {
        s->put_units += w->mean_units * cohort->records;
        s->kib_in += w->mean_kib * cohort->records;
    }
    if (shard->readers > 0)
        log_append(shard, cohort);
}

void shard_retry_later(struct shard *shard, const struct cohort *cohort)
{
    shard->retry =
        mem_grow(shard->retry, &shard->retry_capacity, shard->retries, sizeof *shard->retry);
    shard->retry[shard->retries++] = *cohort;
}

static void refill(struct shard *shard, double seconds)
{
    const struct stream_config *const c = shard->stream->config;
    shard->record_tokens += seconds * c->write_records_per_s;
    shard->byte_tokens += seconds * c->write_bytes_per_s;
}

/* What the bucket holds at rest is one second's worth; while records stream in it may pass more,
 * because they use it up as it fills. */
static void cap_tokens(struct shard *shard)
{
    const struct stream_config *const c = shard->stream->config;
    shard->record_tokens = fmin(shard->record_tokens, c->write_records_per_s);
    shard->byte_tokens = fmin(shard->byte_tokens, c->write_bytes_per_s);
}

/* How many of `records` with `bytes` together the write limits let in. */
static uint32_t admissible(const struct shard *shard, uint32_t records, int64_t bytes)
{
    double n = fmin((double)records, shard->record_tokens);
    if ((double)bytes > shard->byte_tokens) /* a record larger than a second's worth needs debt */
        n = fmin(n, shard->byte_tokens >= shard->stream->config->write_bytes_per_s && records == 1
                        ? 1.0
                        : shard->byte_tokens * records / (double)bytes);
    return n < 0 ? 0 : (uint32_t)(n + 1e-9);
}

/* Lets in what the limits allow; the rest waits for another try or is given up. */
static void offer(struct shard *shard, struct cohort cohort, int64_t first_try_ns, int64_t now_ns)
{
    struct stream *const s = shard->stream;
    const struct stream_workload_config *const c = s->workload[cohort.workload].config;
    const uint32_t n = admissible(shard, cohort.records, cohort.bytes);
    if (n > 0) {
        const struct cohort in = cohort_split(&cohort, n);
        shard->record_tokens -= in.records;
        shard->byte_tokens -= (double)in.bytes;
        shard_accept(shard, &in);
        if (n == in.records && cohort.records == 0)
            return;
    }
    shard->write_throttles += cohort.records;
    s->total.write_throttles += cohort.records;
    s->minute.write_throttles += cohort.records;
    const int64_t next_ns = now_ns + s->config->retry_delay_ns;
    if (c->drop_on_throttle || next_ns - first_try_ns > c->producer_max_age_ns) {
        s->total.lost += cohort.records;
        return;
    }
    cohort.first_ns = first_try_ns;
    cohort.last_ns = next_ns;
    shard_retry_later(shard, &cohort);
}

void shard_offer(struct shard *shard, const struct cohort *cohort, int64_t now_ns)
{
    shard->stream->total.offered += cohort->records;
    cap_tokens(shard);
    offer(shard, *cohort, now_ns, now_ns);
}

/* Tries again what is due by `to_ns`. */
static void offer_retries(struct shard *shard, int64_t from_ns, int64_t to_ns)
{
    const size_t due = shard->retries;
    struct cohort *const old = shard->retry;
    if (due == 0)
        return;
    shard->retry = NULL;
    shard->retries = shard->retry_capacity = 0;
    for (size_t i = 0; i < due; i++) {
        if (old[i].last_ns > to_ns) {
            shard_retry_later(shard, &old[i]);
            continue;
        }
        const int64_t first_try_ns = old[i].first_ns;
        struct cohort again = old[i];
        again.first_ns = old[i].last_ns > from_ns ? old[i].last_ns : from_ns;
        again.last_ns = again.records > 1 ? to_ns : again.first_ns;
        offer(shard, again, first_try_ns, to_ns);
    }
    free(old);
}

void shard_draw_next(struct shard *shard, struct shard_intake *intake, int64_t now_ns)
{
    if (intake->left == 0) {
        intake->next_ns = TIME_NEVER;
        return;
    }
    if (intake->even) {
        const double step = (double)(intake->end_ns - intake->start_ns) / (double)intake->total;
        const double done = (double)(intake->total - intake->left);
        intake->next_ns = intake->start_ns + (int64_t)(step * (done + 0.5));
        if (intake->next_ns < now_ns)
            intake->next_ns = now_ns;
        return;
    }
    const double groups = ceil((double)intake->left / intake->group);
    const double u = random_uniform_open(&shard->stream->random);
    intake->next_ns =
        now_ns + (int64_t)((double)(intake->end_ns - now_ns) * -expm1(log(u) / groups));
}

/* Records of one workload that arrive up to `now_ns`: their number and times. */
static uint64_t draw_arrived(struct shard *shard, struct shard_intake *in, int64_t now_ns,
                             int64_t *ret_first_ns, int64_t *ret_last_ns)
{
    if (in->left == 0 || in->next_ns > now_ns)
        return 0;
    const int64_t end_ns = now_ns < in->end_ns ? now_ns : in->end_ns;
    uint64_t arrived;
    *ret_first_ns = in->next_ns;
    *ret_last_ns = in->next_ns;
    if (now_ns >= in->end_ns) {
        arrived = in->left;
    } else if (in->even) {
        const double step = (double)(in->end_ns - in->start_ns) / (double)in->total;
        const uint64_t done = in->total - in->left;
        const uint64_t by_now = (uint64_t)((double)(now_ns - in->start_ns) / step + 0.5);
        arrived = by_now > done ? by_now - done : 1;
    } else {
        const uint64_t groups = (in->left + in->group - 1) / in->group;
        const double p = (double)(now_ns - in->next_ns) / (double)(in->end_ns - in->next_ns);
        const uint64_t more =
            groups > 1 ? random_binomial(&shard->stream->random, groups - 1, p) : 0;
        arrived = (1 + more) * in->group;
    }
    if (arrived > in->left)
        arrived = in->left;
    if (arrived > 1 && in->group < arrived) {
        const double span = (double)(end_ns - in->next_ns);
        const double u = in->even ? 1.0
                                  : pow(random_uniform_open(&shard->stream->random),
                                        1.0 / (double)(arrived - 1));
        *ret_last_ns = in->next_ns + (int64_t)(span * u);
    }
    in->left -= arrived;
    shard_draw_next(shard, in, end_ns);
    return arrived;
}

static void intake_until(struct shard *shard, int64_t now_ns)
{
    struct stream *const s = shard->stream;
    refill(shard, (double)(now_ns - shard->known_ns) / 1e9);
    offer_retries(shard, shard->known_ns, now_ns);
    for (size_t i = 0; i < s->config->workloads; i++) {
        int64_t first_ns, last_ns;
        uint64_t n = draw_arrived(shard, &shard->intake[i], now_ns, &first_ns, &last_ns);
        s->total.offered += n;
        while (n > 0) {
            const uint32_t part = n > 1000000000 ? 1000000000u : (uint32_t)n;
            const struct cohort cohort = {.first_ns = first_ns,
                                          .last_ns = last_ns,
                                          .records = part,
                                          .bytes = workload_draw_bytes(&s->workload[i], part),
                                          .workload = (uint16_t)i};
            offer(shard, cohort, now_ns, now_ns);
            n -= part;
        }
    }
    cap_tokens(shard);
    shard->known_ns = now_ns;
}

/* Could the write limits bite before `now_ns`? Then a long stretch is taken second by second. */
static bool near_limit(const struct shard *shard, int64_t now_ns)
{
    const struct stream *const s = shard->stream;
    double records = 0, bytes = 0;
    for (size_t i = 0; i < s->config->workloads; i++) {
        const struct shard_intake *const in = &shard->intake[i];
        if (in->left == 0 || in->next_ns > now_ns)
            continue;
        const double share =
            now_ns >= in->end_ns
                ? 1.0
                : (double)(now_ns - in->next_ns) / (double)(in->end_ns - in->next_ns);
        const double mean = in->group + (double)in->left * share;
        const double most = mean + 6.0 * sqrt(mean * in->group);
        records += most;
        bytes += most * (s->workload[i].mean_bytes + s->workload[i].sd_bytes);
    }
    return records > shard->record_tokens || bytes > shard->byte_tokens;
}

void shard_refresh(struct shard *shard, int64_t now_ns)
{
    if (!shard->open)
        return;
    while (now_ns - shard->known_ns > NS_PER_S && (shard->retries > 0 || near_limit(shard, now_ns)))
        intake_until(shard, shard->known_ns + NS_PER_S);
    if (now_ns > shard->known_ns)
        intake_until(shard, now_ns);
}

int64_t shard_next_arrival(const struct shard *shard)
{
    int64_t next_ns = TIME_NEVER;
    for (size_t i = 0; i < shard->stream->config->workloads; i++)
        if (shard->intake[i].left > 0 && shard->intake[i].next_ns < next_ns)
            next_ns = shard->intake[i].next_ns;
    for (size_t i = 0; i < shard->retries; i++)
        if (shard->retry[i].last_ns < next_ns)
            next_ns = shard->retry[i].last_ns;
    return next_ns;
}

void shard_attach(struct shard *shard, struct shard_reader *reader)
{
    shard->reader = mem_resize(shard->reader, shard->readers + 1, sizeof *shard->reader);
    shard->reader[shard->readers++] = reader;
    reader->shard = shard;
    reader->position = shard->log_base;
    reader->own_bytes = (struct rate_limiter){1, NS_PER_S, 0};
}

static bool load_rest(struct shard_reader *reader)
{
    const struct shard *const shard = reader->shard;
    if (reader->rest.records > 0)
        return true;
    if (reader->position >= shard->log_base + shard->log_count)
        return false;
    reader->rest = *log_at(shard, (size_t)(reader->position - shard->log_base));
    reader->position++;
    return true;
}

uint64_t reader_expire(struct shard_reader *reader, int64_t now_ns)
{
    const int64_t horizon_ns = now_ns - reader->shard->stream->retention_ns;
    uint64_t expired = 0;
    while (load_rest(reader) && reader->rest.first_ns < horizon_ns) {
        struct cohort *const c = &reader->rest;
        if (c->last_ns < horizon_ns) {
            expired += c->records;
            c->records = 0;
            continue;
        }
        const double share =
            (double)(horizon_ns - c->first_ns) / (double)(c->last_ns - c->first_ns);
        const uint32_t n = (uint32_t)(share * (c->records - 1)) + 1;
        expired += cohort_split(c, n < c->records ? n : c->records - 1).records;
        break;
    }
    return expired;
}

bool reader_admit(struct shard_reader *reader, int64_t now_ns)
{
    struct shard *const shard = reader->shard;
    if (reader->fan_out)
        return rate_limiter_ready(&reader->own_bytes, now_ns);
    if (rate_limiter_ready(&shard->read_bytes, now_ns) &&
        rate_limiter_take(&shard->read_calls, now_ns))
        return true;
    shard->read_throttles++;
    shard->stream->total.read_throttles++;
    shard->stream->minute.read_throttles++;
    return false;
}

struct cohort reader_next(struct shard_reader *reader, uint32_t records, int64_t bytes)
{
    if (records == 0 || !load_rest(reader))
        return (struct cohort){0};
    const struct cohort *const c = &reader->rest;
    uint32_t n = c->records < records ? c->records : records;
    if (c->bytes > bytes) {
        const double fit = (double)bytes / ((double)c->bytes / c->records);
        const uint32_t whole = fit < 1.0 ? 1 : fit > 4e9 ? UINT32_MAX : (uint32_t)fit;
        n = n < whole ? n : whole;
    }
    return cohort_split(&reader->rest, n);
}

bool reader_has_more(const struct shard_reader *reader)
{
    return reader->rest.records > 0 ||
           reader->position < reader->shard->log_base + reader->shard->log_count;
}

void reader_charge(struct shard_reader *reader, int64_t now_ns, int64_t bytes)
{
    struct stream *const s = reader->shard->stream;
    const int64_t cost_ns = (int64_t)((double)bytes / s->config->read_bytes_per_s * 1e9);
    rate_limiter_charge(reader->fan_out ? &reader->own_bytes : &reader->shard->read_bytes, now_ns,
                        cost_ns);
    stream_count_read(s, bytes, reader->fan_out);
}

uint64_t reader_unread(const struct shard_reader *reader)
{
    const struct shard *const shard = reader->shard;
    uint64_t n = reader->rest.records;
    for (uint64_t i = reader->position; i < shard->log_base + shard->log_count; i++)
        n += log_at(shard, (size_t)(i - shard->log_base))->records;
    return n;
}

void shard_trim(struct shard *shard)
{
    uint64_t least = shard->log_base + shard->log_count;
    for (size_t i = 0; i < shard->readers; i++)
        if (shard->reader[i]->position < least)
            least = shard->reader[i]->position;
    const size_t done = (size_t)(least - shard->log_base);
    if (done == 0)
        return;
    shard->log_head = (shard->log_head + done) % shard->log_capacity;
    shard->log_count -= done;
    shard->log_base = least;
}
