/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of a shard: what has arrived, what was refused, and who has read how far. */
#include "aws/stream_internal.h"

#include "core/memory.h"

#include <math.h>
#include <md5.h>
#include <stdlib.h>
#include <string.h>

/* A log of so many cohorts is a backlog: before it grows further, neighbours become one cohort when
 * they came within a second of each other, or within 1/512 of their age. A blocked shard then costs
 * memory by the logarithm of its backlog's age, and a time is at most 0.2 % off. */
#define BACKLOG_COHORTS 1024
#define BACKLOG_PRECISION 512
#define BACKLOG_LOOK_BACK 32 /* cohorts of other keys between two that become one */

/* Refused records are told apart by first try this finely, in parts of the time until given up. */
#define RETRY_PRECISION 32
#define REFUSED_APART_NS (100 * NS_PER_MS)
#define RETRY_COARSENESS 256 /* a cohort of keyed ones is at most this part of all */

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
    const double u = random_uniform(&w->random) * w->cumulative[w->config->keys - 1];
    size_t low = 0, high = w->config->keys - 1; /* the first whose cumulative weight is above u */
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (w->cumulative[middle] > u)
            high = middle;
        else
            low = middle + 1;
    }
    return &w->config->key[low];
}

int64_t workload_draw_bytes(struct workload *w, uint64_t records)
{
    if (w->constant_bytes)
        return (int64_t)(w->mean_bytes * (double)records + 0.5);
    double bytes = 0;
    if (records <= 8) {
        for (uint64_t i = 0; i < records; i++)
            bytes += fmin(fmax(1.0, distribution_sample(&w->config->record_bytes, &w->random)),
                          MESSAGE_BYTES_MAX);
    } else { /* the sum of many sizes is nearly normal */
        bytes = w->mean_bytes * (double)records +
                w->sd_bytes * sqrt((double)records) * random_normal(&w->random);
    }
    return (int64_t)fmax(bytes + 0.5, (double)records);
}

uint32_t cohort_older(const struct cohort *cohort, int64_t horizon_ns)
{
    if (cohort->first_ns >= horizon_ns)
        return 0;
    if (cohort->last_ns < horizon_ns)
        return cohort->records;
    const double share =
        (double)(horizon_ns - cohort->first_ns) / (double)(cohort->last_ns - cohort->first_ns);
    const uint32_t n = (uint32_t)(share * (cohort->records - 1)) + 1;
    return n < cohort->records ? n : cohort->records - 1;
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
    return &shard->log[(shard->log_head + i) & (shard->log_capacity - 1)];
}

/* Do both go to the same lane of every reader, whatever it is? */
static bool same_way(const struct shard *shard, const struct cohort *a, const struct cohort *b)
{
    const uint32_t classes = shard->stream->key_classes;
    return a->workload == b->workload && a->flags == b->flags && a->hops == b->hops &&
           (!(a->flags & COHORT_KEYED) || a->key % classes == b->key % classes);
}

/* One of the log's cohorts [barrier, count) that takes the cohort in; SIZE_MAX: none does. */
static size_t find_partner(const struct shard *shard, size_t barrier, size_t count,
                           const struct cohort *cohort, int64_t span_ns)
{
    for (size_t i = count; i > barrier && count - i < BACKLOG_LOOK_BACK; i--) {
        const struct cohort *const c = log_at(shard, i - 1);
        if (cohort->last_ns - c->first_ns >= span_ns || (c->flags & COHORT_POISON))
            break;
        if (same_way(shard, c, cohort))
            return (uint64_t)c->records + cohort->records <= UINT32_MAX ? i - 1 : SIZE_MAX;
    }
    return SIZE_MAX;
}

/* `cohort` becomes part of `into`. One age has to do for both: drawn by their records, so that on
 * the whole the ages stay spread as they are; none is from before the run. */
static void merge_cohort(struct shard *shard, struct cohort *into, const struct cohort *cohort)
{
    const double all = (double)into->records + cohort->records;
    if (into->age_ns != cohort->age_ns &&
        random_uniform(&shard->stream->chain_random) * all < cohort->records)
        into->age_ns = cohort->age_ns;
    into->first_ns = cohort->first_ns < into->first_ns ? cohort->first_ns : into->first_ns;
    into->last_ns = cohort->last_ns > into->last_ns ? cohort->last_ns : into->last_ns;
    into->age_ns = into->age_ns < into->first_ns ? into->age_ns : into->first_ns;
    into->records += cohort->records;
    into->bytes += cohort->bytes;
}

static void compact_log(struct shard *shard)
{
    const uint64_t base = shard->log_base;
    const int64_t newest_ns = log_at(shard, shard->log_count - 1)->last_ns;
    uint64_t *const moved = mem_alloc(shard->readers, sizeof *moved); /* the readers' positions */
    size_t count = 0, barrier = 0;
    for (size_t k = 0; k < shard->readers; k++)
        moved[k] = base;
    for (size_t i = 0; i < shard->log_count; i++) {
        for (size_t k = 0; k < shard->readers; k++)
            if (shard->reader[k]->position == base + i) { /* it has taken those before, not this */
                moved[k] = base + count;
                barrier = count;
            }
        const struct cohort cohort = *log_at(shard, i);
        const int64_t fine_ns = (newest_ns - cohort.last_ns) / BACKLOG_PRECISION;
        const size_t partner = cohort.flags & COHORT_POISON
                                   ? SIZE_MAX
                                   : find_partner(shard, barrier, count, &cohort,
                                                  fine_ns > NS_PER_S ? fine_ns : NS_PER_S);
        if (partner == SIZE_MAX) {
            *log_at(shard, count++) = cohort;
            continue;
        }
        merge_cohort(shard, log_at(shard, partner), &cohort);
    }
    for (size_t k = 0; k < shard->readers; k++)
        shard->reader[k]->position =
            shard->reader[k]->position == base + shard->log_count ? base + count : moved[k];
    shard->log_count = count;
    free(moved);
}

static void log_append(struct shard *shard, const struct cohort *cohort)
{
    const bool full = shard->log_count == shard->log_capacity;
    if (full && shard->log_count >= BACKLOG_COHORTS)
        compact_log(shard);
    /* Growth by halves: after a compaction that brought little there is room again for long. */
    if (full && 2 * shard->log_count >= shard->log_capacity)
        shard->log = mem_grow_ring(shard->log, &shard->log_head, &shard->log_capacity,
                                   shard->log_count, sizeof *shard->log);
    *log_at(shard, shard->log_count++) = *cohort;
}

static void count_offered(struct stream *s, uint64_t records)
{
    s->total.offered += records;
    s->minute.offered += records;
}

/* Are the sizes of its records known? Keyed ones become one cohort where they take as many units.
 */
static bool is_sized(const struct cohort *cohort)
{
    return cohort->records == 1 || (cohort->flags & COHORT_KEYED);
}

/* Of each record of a cohort. */
static double whole_units(const struct cohort *cohort, int64_t unit_bytes)
{
    return ceil((double)cohort->bytes / cohort->records / (double)unit_bytes);
}

/* Whole billing units: exact where sizes are known, else by the mean. */
static double put_units(const struct stream *s, const struct cohort *cohort)
{
    return cohort->records * (is_sized(cohort) ? whole_units(cohort, s->config->put_unit_bytes)
                                               : s->workload[cohort->workload].mean_units);
}

/* What a cohort takes of the write limit in bytes: a table counts whole units. */
static double write_bytes(const struct stream *s, const struct cohort *cohort)
{
    return s->config->kind == STREAM_DYNAMODB
               ? put_units(s, cohort) * (double)s->config->put_unit_bytes
               : (double)cohort->bytes;
}

void shard_accept(struct shard *shard, const struct cohort *cohort)
{
    struct stream *const s = shard->stream;
    const struct workload *const w = &s->workload[cohort->workload];
    const double units = put_units(s, cohort);
    shard->records_in += cohort->records;
    shard->bytes_in += (uint64_t)cohort->bytes;
    s->total.records_in += cohort->records;
    s->minute.records_in += cohort->records;
    s->total.bytes_in += (uint64_t)cohort->bytes;
    s->minute.bytes_in += (uint64_t)cohort->bytes;
    if (cohort->flags & COHORT_POISON)
        count_offered(s, cohort->records); /* it came past the door */
    shard->put_units += units;
    s->total.put_units += units;
    s->minute.put_units += units;
    s->kib_in += cohort->records * (is_sized(cohort) ? whole_units(cohort, 1024) : w->mean_kib);
    if (shard->readers > 0)
        log_append(shard, cohort);
}

static struct cohort *retry_at(const struct shard *shard, size_t i)
{
    return &shard->retry[(shard->retry_head + i) & (shard->retry_capacity - 1)];
}

/* May the refused cohort become part of the last one? Keyed records keep the beginning of their
 * chain, one of which then stands for all: there are many such cohorts, of records whose first
 * tries are near each other as compared with their wait. */
static bool takes_refused(const struct shard *shard, const struct cohort *into,
                          const struct cohort *cohort)
{
    const struct stream *const s = shard->stream;
    const int64_t unit = s->config->put_unit_bytes;
    int64_t span_ns = s->workload[cohort->workload].config->producer_max_age_ns / RETRY_PRECISION;
    if (cohort->flags & COHORT_KEYED) {
        const int64_t fine_ns = (cohort->last_ns - into->first_ns) / (2 * RETRY_PRECISION);
        span_ns = fine_ns > REFUSED_APART_NS ? fine_ns : REFUSED_APART_NS;
        if (into->first_ns - cohort->first_ns > span_ns ||
            into->records > shard->retry_records / RETRY_COARSENESS ||
            whole_units(into, unit) != whole_units(cohort, unit) ||
            (s->config->on_demand && whole_units(into, 1024) != whole_units(cohort, 1024)))
            return false;
    }
    return into->last_ns == cohort->last_ns && same_way(shard, into, cohort) &&
           cohort->first_ns - into->first_ns <= span_ns &&
           (uint64_t)into->records + cohort->records <= UINT32_MAX;
}

/* Both are tried again at the same time. */
static void merge_refused(struct shard *shard, struct cohort *into, const struct cohort *cohort)
{
    const double all = (double)into->records + cohort->records;
    int64_t began_ns = into->first_ns - into->age_ns;
    if (cohort->flags & COHORT_KEYED) {
        if (random_uniform(&shard->stream->chain_random) * all < cohort->records)
            began_ns = cohort->first_ns - cohort->age_ns;
        into->first_ns = cohort->first_ns < into->first_ns ? cohort->first_ns : into->first_ns;
        into->hops = cohort->hops > into->hops ? cohort->hops : into->hops;
    }
    if (cohort->flags & COHORT_SENT) /* others' chains begin in the shard */
        into->age_ns = into->first_ns - began_ns;
    into->records += cohort->records;
    into->bytes += cohort->bytes;
}

void shard_retry_later(struct shard *shard, const struct cohort *cohort)
{
    struct cohort *const tail = shard->retries > 0 ? retry_at(shard, shard->retries - 1) : NULL;
    shard->retry_records += cohort->records;
    if (tail != NULL && takes_refused(shard, tail, cohort)) {
        merge_refused(shard, tail, cohort);
        return;
    }
    if (shard->retries == shard->retry_capacity)
        shard->retry = mem_grow_ring(shard->retry, &shard->retry_head, &shard->retry_capacity,
                                     shard->retries, sizeof *shard->retry);
    *retry_at(shard, shard->retries++) = *cohort;
}

struct cohort shard_take_retry(struct shard *shard)
{
    const struct cohort first = *retry_at(shard, 0);
    shard->retry_head = (shard->retry_head + 1) & (shard->retry_capacity - 1);
    shard->retries--;
    shard->retry_records -= first.records;
    return first;
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
static uint32_t admissible(const struct shard *shard, uint32_t records, double bytes)
{
    double n = fmin((double)records, shard->record_tokens);
    if (bytes > shard->byte_tokens) {
        /* A record larger than a second's worth goes into debt when the bucket is full. */
        const bool full = shard->byte_tokens >= shard->stream->config->write_bytes_per_s;
        n = fmin(n, fmax(shard->byte_tokens * records / bytes, full ? 1.0 : 0.0));
    }
    return n < 0 ? 0 : (uint32_t)(n + 1e-9);
}

/* Lets in what the limits allow; the rest waits for another try or is given up. */
static void offer(struct shard *shard, struct cohort cohort, int64_t first_try_ns, int64_t now_ns)
{
    struct stream *const s = shard->stream;
    const struct stream_workload_config *const c = s->workload[cohort.workload].config;
    const uint32_t n = admissible(shard, cohort.records, write_bytes(s, &cohort));
    const int64_t first_age_ns = cohort.age_ns; /* at its first try */
    if (cohort.flags & COHORT_SENT) /* its chain is older by now; others begin as they come in */
        cohort.age_ns += cohort.first_ns - first_try_ns;
    if (n > 0) {
        const struct cohort in = cohort_split(&cohort, n);
        shard->record_tokens -= in.records;
        shard->byte_tokens -= write_bytes(s, &in);
        shard_accept(shard, &in);
        if (cohort.records == 0)
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
    cohort.age_ns = first_age_ns;
    cohort.last_ns = next_ns;
    shard_retry_later(shard, &cohort);
}

void shard_offer(struct shard *shard, const struct cohort *cohort, int64_t now_ns)
{
    count_offered(shard->stream, cohort->records);
    cap_tokens(shard);
    offer(shard, *cohort, now_ns, now_ns);
}

/* Tries again what is due by `to_ns`. */
static void offer_retries(struct shard *shard, int64_t from_ns, int64_t to_ns)
{
    size_t due = 0; /* now: with a delay of 0 the refused ones are due again at once */
    while (due < shard->retries && retry_at(shard, due)->last_ns <= to_ns)
        due++;
    for (; due > 0; due--) {
        struct cohort again = shard_take_retry(shard);
        const int64_t first_try_ns = again.first_ns;
        again.first_ns = again.last_ns > from_ns ? again.last_ns : from_ns;
        again.last_ns = again.records > 1 ? to_ns : again.first_ns;
        offer(shard, again, first_try_ns, to_ns);
    }
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
    const uint64_t done = in->total - in->left;
    const double step = (double)(in->end_ns - in->start_ns) / (double)in->total; /* if even */
    const uint64_t others = (in->left + in->group - 1) / in->group - 1; /* groups after the first */
    uint64_t arrived, more = others;
    *ret_first_ns = in->next_ns;
    *ret_last_ns = in->next_ns;
    if (now_ns >= in->end_ns) {
        arrived = in->left;
    } else if (in->even) {
        const uint64_t by_now = (uint64_t)((double)(now_ns - in->start_ns) / step + 0.5);
        arrived = by_now > done ? by_now - done : 1;
    } else {
        const double p = (double)(now_ns - in->next_ns) / (double)(in->end_ns - in->next_ns);
        more = others > 0 ? random_binomial(&shard->stream->random, others, p) : 0;
        arrived = (1 + more) * in->group;
    }
    if (arrived > in->left)
        arrived = in->left;
    if (in->even) {
        if (arrived > 1)
            *ret_last_ns = in->start_ns + (int64_t)(step * ((double)(done + arrived) - 0.5));
    } else if (more > 0) { /* the latest of so many */
        const double span = (double)(end_ns - in->next_ns);
        const double u = random_uniform_open(&shard->stream->random);
        *ret_last_ns = in->next_ns + (int64_t)(span * pow(u, 1.0 / (double)more));
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
        count_offered(s, n);
        if (n > 0 && last_ns > s->workload[i].last_ns)
            s->workload[i].last_ns = last_ns;
        while (n > 0) {
            const uint32_t part = n > 1000000000 ? 1000000000u : (uint32_t)n;
            const struct cohort cohort = {.first_ns = first_ns,
                                          .last_ns = last_ns,
                                          .records = part,
                                          .bytes = workload_draw_bytes(&s->workload[i], part),
                                          .workload = (uint16_t)i,
                                          .flags = shard->intake[i].even ? COHORT_EVEN : 0};
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
        const double share = now_ns >= in->end_ns ? 1.0
                                                  : (double)(now_ns - in->next_ns) /
                                                        (double)(in->end_ns - in->next_ns);
        const double mean = in->group + (double)in->left * share;
        const double most = mean + 6.0 * sqrt(mean * in->group);
        records += most;
        bytes += most * (s->config->kind == STREAM_DYNAMODB
                             ? s->workload[i].mean_units * (double)s->config->put_unit_bytes
                             : s->workload[i].mean_bytes);
        bytes += most * s->workload[i].sd_bytes;
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

void shard_attach(struct shard *shard, struct shard_reader *reader)
{
    shard->reader = mem_resize(shard->reader, shard->readers + 1, sizeof *shard->reader);
    shard->reader[shard->readers++] = reader;
    reader->shard = shard;
    reader->position = shard->log_base;
    reader->own_bytes = (struct rate_limiter){1, NS_PER_S, 0};
}

void reader_begin(struct shard_reader *reader)
{
    reader->shard->shared_readers += !reader->fan_out;
}

void reader_end(struct shard_reader *reader)
{
    reader->shard->shared_readers -= !reader->fan_out;
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

uint64_t reader_skip(struct shard_reader *reader, int64_t horizon_ns)
{
    uint64_t skipped = 0;
    while (load_rest(reader)) {
        const uint32_t n = cohort_older(&reader->rest, horizon_ns);
        if (n == 0)
            break;
        skipped += cohort_split(&reader->rest, n).records;
    }
    return skipped;
}

uint64_t reader_expire(struct shard_reader *reader, int64_t now_ns)
{
    return reader_skip(reader, now_ns - reader->shard->stream->retention_ns);
}

bool reader_is_alone(const struct shard_reader *reader)
{
    return reader->fan_out || reader->shard->shared_readers == 1;
}

bool reader_admit(struct shard_reader *reader, int64_t now_ns)
{
    struct shard *const shard = reader->shard;
    if (reader->fan_out)
        return rate_limiter_ready(&reader->own_bytes, now_ns);
    if (rate_limiter_ready(&shard->read_bytes, now_ns) &&
        rate_limiter_take(&shard->read_calls, now_ns))
        return true;
    if (reader_is_alone(reader))
        return false;
    shard->read_throttles++;
    shard->stream->total.read_throttles++;
    shard->stream->minute.read_throttles++;
    return false;
}

struct cohort reader_next(struct shard_reader *reader, int64_t now_ns, uint32_t records,
                          int64_t bytes)
{
    if (records == 0 || !load_rest(reader))
        return (struct cohort){0};
    const struct cohort *const c = &reader->rest;
    uint32_t n = c->records < records ? c->records : records;
    if (reader->delay_ns > 0) { /* later ones are still on their way */
        const uint32_t there = cohort_older(c, now_ns - reader->delay_ns + 1);
        if (there == 0)
            return (struct cohort){0};
        n = n < there ? n : there;
    }
    if (c->bytes > bytes) {
        const double fit = (double)bytes / ((double)c->bytes / c->records);
        const uint32_t whole = fit > 4e9 ? UINT32_MAX : (uint32_t)fit;
        const uint32_t least = bytes >= reader->shard->stream->config->read_max_bytes;
        n = n < whole ? n : whole > least ? whole : least;
        if (n == 0)
            return (struct cohort){0};
    }
    return cohort_split(&reader->rest, n);
}

bool reader_has_more(const struct shard_reader *reader)
{
    return reader->rest.records > 0 ||
           reader->position < reader->shard->log_base + reader->shard->log_count;
}

/* As far as known; TIME_NEVER: `wake` will tell. */
static int64_t next_arrival(const struct shard *shard)
{
    int64_t next_ns = TIME_NEVER;
    for (size_t i = 0; i < shard->stream->config->workloads; i++)
        if (shard->intake[i].left > 0 && shard->intake[i].next_ns < next_ns)
            next_ns = shard->intake[i].next_ns;
    if (shard->retries > 0 && retry_at(shard, 0)->last_ns < next_ns)
        next_ns = retry_at(shard, 0)->last_ns;
    return next_ns;
}

int64_t reader_next_arrival(const struct shard_reader *reader)
{
    const struct shard *const shard = reader->shard;
    if (reader->rest.records > 0)
        return reader->rest.first_ns;
    if (reader_has_more(reader))
        return log_at(shard, (size_t)(reader->position - shard->log_base))->first_ns;
    return next_arrival(shard);
}

int64_t reader_ready_ns(const struct shard_reader *reader)
{
    const struct rate_limiter *const bytes =
        reader->fan_out ? &reader->own_bytes : &reader->shard->read_bytes;
    const struct rate_limiter *const calls = &reader->shard->read_calls;
    const int64_t bytes_ns = bytes->due_ns - bytes->burst_ns + 1;
    const int64_t calls_ns = calls->due_ns + calls->interval_ns - calls->burst_ns;
    return reader->fan_out || bytes_ns > calls_ns ? bytes_ns : calls_ns;
}

int64_t reader_charge(struct shard_reader *reader, int64_t now_ns, int64_t bytes)
{
    struct stream *const s = reader->shard->stream;
    struct rate_limiter *const limiter =
        reader->fan_out ? &reader->own_bytes : &reader->shard->read_bytes;
    const double bytes_per_s =
        reader->fan_out ? reader->own_bytes_per_s : s->config->read_bytes_per_s;
    const int64_t cost_ns = (int64_t)((double)bytes / bytes_per_s * 1e9);
    rate_limiter_charge(limiter, now_ns, cost_ns);
    /* After an answer of 10 MB calls fail for 5 seconds, not for four (GetRecords, API reference):
     * more than a second's worth uses up what the bucket had saved as well. */
    const int64_t full_ns = now_ns + cost_ns + limiter->burst_ns - 1;
    if (cost_ns > limiter->burst_ns && limiter->due_ns < full_ns)
        limiter->due_ns = full_ns;
    stream_count_read(s, bytes, reader->fan_out);
    return cost_ns > limiter->burst_ns ? now_ns + cost_ns : now_ns;
}

void reader_visit_unread(const struct shard_reader *reader,
                         void (*visit)(void *context, const struct cohort *cohort), void *context)
{
    const struct shard *const shard = reader->shard;
    if (reader->rest.records > 0)
        visit(context, &reader->rest);
    for (uint64_t i = reader->position; i < shard->log_base + shard->log_count; i++)
        visit(context, log_at(shard, (size_t)(i - shard->log_base)));
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
    shard->log_head = (shard->log_head + done) & (shard->log_capacity - 1);
    shard->log_count -= done;
    shard->log_base = least;
}
