/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mappings: when shards are read, how batches are made, what happens after an error, and in which
 * order records are processed. */
#include "stream_case.h"

#include "aws/stream_poller_internal.h"
#include "harness.h"

#include <math.h>
#include <stdio.h>

static struct stream_case c;

static double metric(const char *name)
{
    return stream_case_metric(&c, "esm:m0", name);
}

static double of_mapping(size_t i, const char *name)
{
    char entity[32];
    snprintf(entity, sizeof entity, "esm:m%u", (unsigned)i);
    return stream_case_metric(&c, entity, name);
}

static void begin(uint32_t shards, double rate_per_s)
{
    stream_case_even(&c, shards, rate_per_s);
}

#define LONE 2000

/* Reads are once a second: a record that comes alone waits half a second in the mean. */
START_TEST(a_lone_record_waits_half_a_second)
{
    static double times[LONE];
    for (int i = 0; i < LONE; i++)
        times[i] = 10 + i * 7.618033988749895; /* phases spread evenly over the second */
    begin(1, 0);
    stream_case_trace(&c, times, LONE, NULL, 1);
    stream_case_run(&c, 20000);
    ck_assert_uint_eq(c.target[0].calls, LONE);
    ck_assert_double_eq_tol(metric("iterator_age_ms.mean"), 500, 5);
    ck_assert_double_le(metric("iterator_age_ms.max"), 1000);
    ck_assert_double_le(metric("iterator_age_ms.min"), 5);
    ck_assert_double_eq_tol(metric("latency_ms.mean"), 520, 5);
    stream_case_finish(&c);
}
END_TEST

START_TEST(a_full_read_continues_at_once)
{
    static const double times[] = {10};
    begin(1, 0);
    stream_case_trace(&c, times, 1, NULL, 25000);
    c.mapping[0].batch_size = 10000;
    c.target[0].duration_s = 0.1;
    stream_case_run(&c, 20);
    const struct case_call *const call = c.target[0].call;
    ck_assert_uint_eq(c.target[0].calls, 3);
    ck_assert_double_eq_tol(call[1].at_s - call[0].at_s, 0.1, 1e-6);
    ck_assert_double_eq_tol(call[2].at_s - call[1].at_s, 0.1, 1e-6);
    ck_assert_uint_eq(call[0].records, 10000);
    ck_assert_uint_eq(call[2].records, 5000);
    stream_case_finish(&c);
}
END_TEST

/* When a backlog of n is gone that is worked off at `capacity` while `inflow` comes. */
static void assert_drained(double inflow, double capacity)
{
    const struct case_target *const t = &c.target[0];
    const uint64_t seen = t->calls + t->refusals;
    uint64_t i = t->refusals; /* the first success */
    ck_assert_uint_lt(seen, CASE_CALLS);
    const double start_s = t->call[i].at_s;
    while (i < seen && t->call[i].at_s - t->call[i].first_arrival_s > 2)
        i++;
    ck_assert_uint_lt(i, seen);
    const double expected_s = inflow * start_s / (capacity - inflow);
    ck_assert_double_eq_tol(t->call[i].at_s - start_s, expected_s, 0.03 * expected_s + 2);
    ck_assert_double_ge(t->call[t->refusals].first_arrival_s, 0);
    ck_assert_double_le(t->call[t->refusals].first_arrival_s, 1);
}

START_TEST(a_backlog_drains_at_capacity_less_inflow)
{
    static const double inflows[] = {50, 200, 400};
    for (size_t i = 0; i < 3; i++) { /* 100 records in 0.2 s: 500/s */
        begin(1, inflows[i]);
        c.target[0].duration_s = 0.2;
        c.target[0].refuses_until_s = 300;
        stream_case_run(&c, 2500);
        assert_drained(inflows[i], 500);
        ck_assert_double_le(metric("records_in_flight"), 2 * inflows[i]);
        stream_case_finish(&c);
    }
}
END_TEST

/* 20 KB records: reads bring 2 MB/s however fast the function is. */
START_TEST(a_backlog_drains_at_the_rate_of_reads)
{
    begin(1, 40);
    distribution_constant(&c.workload[0].record_bytes, 20480);
    c.target[0].refuses_until_s = 300;
    c.mapping[0].batch_size = 1000;
    stream_case_run(&c, 1500);
    assert_drained(40, 2097152.0 / 20480);
    stream_case_finish(&c);
}
END_TEST

/* An answer of 10 MB (204 records here): the next read succeeds 5 s later. */
START_TEST(a_large_answer_blocks_reads_for_five_seconds)
{
    begin(1, 1000);
    distribution_constant(&c.workload[0].record_bytes, 51200);
    c.target[0].duration_s = 0.001;
    c.mapping[0].batch_size = 10000;
    stream_case_run(&c, 100);
    stream_case_reset(&c);
    stream_case_run(&c, 1100);
    const double reads = metric("reads");
    ck_assert_double_eq_tol(reads, 1000 / (204 * 51200 / 2097152.0), 1);
    ck_assert_double_eq_tol(metric("records_processed") / reads, 204, 1);
    ck_assert_double_eq(metric("read_throttles"), 0); /* it knows what it has read */
    stream_case_finish(&c);
    /* Small answers save nothing up: 2 MB at once, then another call is possible at once. */
    static const struct {
        int64_t bytes, blocked_ns;
    } answers[] = {{10485760, 5 * NS_PER_S}, {4194304, 2 * NS_PER_S}, {2000000, 0}, {0, 0}};
    for (size_t i = 0; i < 4; i++) {
        begin(1, 0);
        stream_case_run(&c, 100);
        struct shard_reader reader = {0};
        struct shard *const shard = stream_shard(c.stream, 0);
        shard_attach(shard, &reader);
        reader_begin(&reader); /* another one: refusals count */
        const int64_t now_ns = 100 * NS_PER_S;
        ck_assert(reader_admit(&reader, now_ns));
        ck_assert_int_eq(reader_charge(&reader, now_ns, answers[i].bytes),
                         now_ns + answers[i].blocked_ns);
        const bool blocked = answers[i].blocked_ns > 0;
        ck_assert(reader_admit(&reader, now_ns + 1) == !blocked);
        ck_assert(!blocked || !reader_admit(&reader, now_ns + answers[i].blocked_ns - 1));
        ck_assert(reader_admit(&reader, now_ns + answers[i].blocked_ns + 1));
        ck_assert_uint_eq(shard->read_throttles, blocked ? 2 : 0);
        stream_case_finish(&c);
    }
}
END_TEST

/* A mapping that is alone on a shard knows what it has taken of its calls and bytes: whatever its
 * records are like, it works a backlog off at 2 MB/s or 5 calls/s, and is refused nothing. */
START_TEST(a_lone_reader_is_never_refused)
{
    static const struct {
        double bytes, records_per_s;
    } cases[] = {{10, 50000}, {100, 2097152.0 / 100}, {250, 2097152.0 / 250}, {2000, 1048.576}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(1, cases[i].records_per_s / 2);
        distribution_constant(&c.workload[0].record_bytes, cases[i].bytes);
        c.mapping[0].batch_size = 10000;
        c.target[0].duration_s = 0.001;
        c.mapping[0].created_ns = 300 * NS_PER_S;
        stream_case_run(&c, 310);
        const double before = metric("records_processed");
        stream_case_run(&c, 510);
        ck_assert_double_eq_tol((metric("records_processed") - before) / 200,
                                cases[i].records_per_s, 0.02 * cases[i].records_per_s);
        ck_assert_double_eq(metric("read_throttles"), 0);
        ck_assert_double_eq(stream_case_metric(&c, "stream:s", "read_throttles"), 0);
        stream_case_finish(&c);
    }
}
END_TEST

/* An answer holds whole records of 10 MB together: two of 6 MB come in two. */
START_TEST(an_answer_holds_ten_megabytes)
{
    static const double times[] = {10};
    static const double sizes[] = {6e6, 5e6, 10485760};
    for (size_t i = 0; i < 3; i++) {
        begin(1, 0);
        stream_case_trace(&c, times, 1, NULL, 2);
        distribution_constant(&c.workload[0].record_bytes, sizes[i]);
        c.mapping[0].payload_bytes = INT64_MAX;
        stream_case_run(&c, 100);
        const struct case_call *const call = c.target[0].call;
        ck_assert_uint_eq(c.target[0].calls, i == 1 ? 1 : 2);
        if (i != 1)
            ck_assert_double_eq_tol(call[1].at_s - call[0].at_s, sizes[i] / 2097152, 0.001);
        ck_assert_double_eq(metric("records_processed"), 2);
        stream_case_finish(&c);
    }
}
END_TEST

/* Readers that are all behind share the shard's 2 MB/s alike. */
START_TEST(equal_consumers_share_the_reads)
{
    for (size_t n = 3; n <= 5; n++) {
        begin(1, 100);
        distribution_constant(&c.workload[0].record_bytes, 10000);
        while (c.mappings < n)
            stream_case_add_mapping(&c);
        for (size_t i = 0; i < n; i++)
            c.mapping[i].batch_size = 1000;
        stream_case_run(&c, 3600);
        stream_case_reset(&c);
        stream_case_run(&c, 3600 + 20000);
        const double share = 2097152.0 / (double)n;
        double all = 0;
        for (size_t i = 0; i < n; i++) {
            const double bytes_per_s = of_mapping(i, "records_processed") * 10000 / 20000;
            all += bytes_per_s;
            ck_assert_double_eq_tol(bytes_per_s, share, 0.2 * share);
            ck_assert_double_gt(of_mapping(i, "iterator_age_ms.min"), 1e5); /* behind */
        }
        ck_assert_double_le(all, 2097152.0 * 1.001);
        ck_assert_double_ge(all, 2097152.0 * 0.9);
        stream_case_finish(&c);
    }
}
END_TEST

/* Five base polls a second fit into a shard's calls, six do not: whether there are records or not.
 */
START_TEST(six_idle_consumers_throttle_each_other)
{
    for (size_t n = 5; n <= 8; n++) {
        begin(2, 0);
        while (c.mappings < n)
            stream_case_add_mapping(&c);
        stream_case_run(&c, 1000);
        const double refused = stream_case_metric(&c, "stream:s", "read_throttles") / 1000 / 2;
        if (n == 5)
            ck_assert_double_eq(refused, 0);
        else /* a refused poll comes again about a second later: n tries a second */
            ck_assert_double_eq_tol(refused, (double)n - 5, 0.15);
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += of_mapping(i, "read_throttles");
        ck_assert_double_eq(sum / 1000 / 2, refused);
        stream_case_finish(&c);
    }
}
END_TEST

/* Of three readers that poll four times a second a table's shard takes two, a call each 125 ms:
 * were a reader's polls in step with those, it alone would never be refused. */
START_TEST(no_reader_is_in_step_with_the_limit)
{
    begin(1, 50);
    c.config.read_calls_per_s = 8;
    while (c.mappings < 3)
        stream_case_add_mapping(&c);
    for (size_t i = 0; i < 3; i++)
        c.mapping[i].poll_period_ns = 250 * NS_PER_MS;
    stream_case_run(&c, 2000);
    double refused[3], all = 0;
    for (size_t i = 0; i < 3; i++)
        all += refused[i] = of_mapping(i, "read_throttles");
    for (size_t i = 0; i < 3; i++) {
        ck_assert_double_eq_tol(refused[i], all / 3, 0.1 * all / 3);
        ck_assert_double_lt(of_mapping(i, "iterator_age_ms.p99"), 5000);
    }
    ck_assert_double_gt(all, 1000);
    stream_case_finish(&c);
}
END_TEST

START_TEST(fan_out_has_its_own_reads)
{
    static const double mb_per_s[] = {2, 3};
    static double times[200];
    for (int i = 0; i < 200; i++)
        times[i] = 10 + i * 3.3;
    begin(1, 0); /* pushed 70 ms after the arrival */
    stream_case_trace(&c, times, 200, NULL, 1);
    c.mapping[0].enhanced_fan_out = true;
    for (size_t i = 0; i < 6; i++)
        stream_case_add_mapping(&c);
    stream_case_run(&c, 1000);
    ck_assert_uint_eq(c.target[0].calls, 200);
    ck_assert_double_eq_tol(metric("iterator_age_ms.min"), 70, 1e-3);
    ck_assert_double_eq_tol(metric("iterator_age_ms.max"), 70, 1e-3);
    ck_assert_double_eq(metric("read_throttles"), 0); /* the six others throttle each other */
    ck_assert_double_gt(stream_case_metric(&c, "stream:s", "read_throttles"), 0);
    stream_case_finish(&c);

    begin(1, 500); /* every record comes after its 70 ms, also when they come fast */
    c.mapping[0].enhanced_fan_out = true;
    stream_case_run(&c, 600);
    ck_assert_double_ge(metric("iterator_age_ms.min"), 69.9);
    ck_assert_double_le(metric("iterator_age_ms.max"), 95);
    stream_case_finish(&c);

    begin(1, 1); /* a lone record of an even stretch too */
    c.workload[0].arrivals.kind = ARRIVALS_RATE_CONSTANT;
    c.mapping[0].enhanced_fan_out = true;
    stream_case_run(&c, 600);
    ck_assert_uint_eq(c.target[0].calls, 600);
    ck_assert_double_eq_tol(metric("iterator_age_ms.min"), 70, 1e-3);
    ck_assert_double_eq_tol(metric("iterator_age_ms.max"), 70, 1e-3);
    stream_case_finish(&c);

    for (size_t k = 0; k < 2; k++) {
        begin(1,
              90); /* 0.9 MB/s for each of four: 3.6 MB/s in all, and a backlog drains at its own */
        distribution_constant(&c.workload[0].record_bytes, 10000);
        while (c.mappings < 4)
            stream_case_add_mapping(&c);
        for (size_t i = 0; i < 4; i++)
            c.mapping[i].enhanced_fan_out = true;
        c.mapping[0].fan_out_bytes_per_s = mb_per_s[k] * 1048576;
        c.target[0].refuses_until_s = 300;
        stream_case_run(&c, 1200);
        assert_drained(90, mb_per_s[k] * 1048576 / 10000);
        for (size_t i = 1; i < 4; i++)
            ck_assert_double_le(of_mapping(i, "iterator_age_ms.max"), 1000);
        ck_assert_double_eq(stream_case_metric(&c, "stream:s", "read_throttles"), 0);
        ck_assert_double_eq_tol(stream_case_usage(&c, METER_KINESIS_FAN_OUT_BYTES),
                                1200 * 900e3 * 4, 1e7);
        stream_case_finish(&c);
    }
}
END_TEST

/* A lane is busy while a batch is in flight, not while it waits to try again. */
START_TEST(busy_lanes_are_the_utilization)
{
    begin(4, 400); /* 100/s a shard, a batch of 100 takes 0.4 s */
    c.target[0].duration_s = 0.4;
    c.mapping[0].batching_window_ns = 300 * NS_PER_S;
    stream_case_run(&c, 100);
    stream_case_reset(&c); /* in the middle of batches */
    stream_case_run(&c, 1100.123);
    double busy_s = 0;
    const struct case_target *const t = &c.target[0];
    for (uint64_t i = 0; i < t->calls; i++)
        busy_s += fmax(0, fmin(t->call[i].end_s, 1100.123) - fmax(t->call[i].at_s, 100));
    ck_assert_double_eq_tol(metric("utilization"), busy_s / 4 / 1000.123, 1e-6);
    ck_assert_double_eq_tol(metric("utilization"), 0.4, 0.01);
    stream_case_finish(&c);
    begin(1, 100); /* five lanes, one batch after the other in each */
    c.mapping[0].parallelization_factor = 5;
    c.mapping[0].batch_size = 20;
    c.target[0].duration_s = 100;
    stream_case_run(&c, 1000);
    ck_assert_double_eq_tol(metric("utilization"), 1, 0.01);
    stream_case_finish(&c);
    begin(1, 100); /* refused half of the time */
    c.target[0].duration_s = 100;
    c.target[0].refuses_until_s = 500;
    stream_case_run(&c, 1000);
    ck_assert_double_eq_tol(metric("utilization"), 0.5, 0.06);
    stream_case_finish(&c);
}
END_TEST

/* After a split the parent's lane counts until it is read to its end, and its children's from then
 * on: all are busy all the time. */
START_TEST(lanes_count_while_they_may_work)
{
    static const int64_t update_ns = 500 * NS_PER_S;
    static const uint32_t target = 2;
    begin(1, 200);
    c.config.update_ns = &update_ns;
    c.config.update_shard_count = &target;
    c.config.updates = 1;
    c.config.reshard_ns_per_shard = 0;
    c.mapping[0].created_ns = 100 * NS_PER_S;
    c.mapping[0].batch_size = 1000;
    c.target[0].duration_s = 10; /* 100/s a lane: the parent is done at 1,100 s */
    stream_case_run(&c, 90);
    ck_assert(isnan(metric("utilization"))); /* there is nothing yet to be used */
    stream_case_run(&c, 2000);
    ck_assert_int_eq(c.poller[0]->lanes.level, 2);
    ck_assert_double_le(metric("utilization"), 1);
    ck_assert_double_ge(metric("utilization"), 0.98);
    stream_case_finish(&c);
}
END_TEST

/* The age of the last record of each read that brings some, of all mappings that share the reads:
 * 0.5 s for even arrivals that are read once a second; none of the fan-out. */
START_TEST(reads_tell_the_age_of_the_stream)
{
    static double times[LONE];
    for (int i = 0; i < LONE; i++)
        times[i] = 10 + i * 7.618033988749895;
    begin(1, 0);
    stream_case_trace(&c, times, LONE, NULL, 1);
    stream_case_add_mapping(&c)->enhanced_fan_out = true;
    stream_case_run(&c, 20000);
    ck_assert_double_eq_tol(stream_case_metric(&c, "stream:s", "iterator_age_ms.mean"), 500, 5);
    ck_assert_double_ge(stream_case_metric(&c, "stream:s", "iterator_age_ms.p99"), 980);
    ck_assert_double_ge(stream_case_metric(&c, "stream:s", "iterator_age_ms.min"), 0);
    stream_case_finish(&c);
    begin(1, 100); /* a batch that waits for its window has been read: the stream is not late */
    c.mapping[0].batch_size = 10000;
    c.mapping[0].batching_window_ns = 60 * NS_PER_S;
    stream_case_run(&c, 1000);
    ck_assert_double_le(stream_case_metric(&c, "stream:s", "iterator_age_ms.max"), 20);
    stream_case_reset(&c);
    ck_assert(isnan(stream_case_metric(&c, "stream:s", "iterator_age_ms.max")));
    stream_case_finish(&c);
}
END_TEST

START_TEST(a_shard_is_processed_in_order)
{
    begin(1, 300);
    c.target[0].duration_s = 0.5; /* 200/s: always behind */
    c.target[0].error_rate = 0.1;
    c.target[0].refuses_from_s = 100;
    c.target[0].refuses_until_s = 130;
    stream_case_run(&c, 1000);
    ck_assert_uint_eq(c.target[0].running_max, 1);
    assert_in_order(&c.target[0]);
    stream_case_finish(&c);
    begin(8, 2400); /* one at a time for each of eight shards */
    c.target[0].duration_s = 0.5;
    stream_case_run(&c, 300);
    ck_assert_uint_eq(c.target[0].running_max, 8);
    stream_case_finish(&c);
}
END_TEST

START_TEST(lanes_work_side_by_side)
{
    begin(1, 900); /* four lanes of 200/s */
    c.target[0].duration_s = 0.5;
    c.mapping[0].parallelization_factor = 4;
    stream_case_run(&c, 600);
    ck_assert_uint_eq(c.target[0].running_max, 4);
    ck_assert_double_eq_tol(metric("records_processed"), 800 * 600, 800 * 12);
    stream_case_finish(&c);
    static double times[500]; /* one key: one lane, in order */
    for (int i = 0; i < 500; i++)
        times[i] = 1 + 0.1 * i;
    begin(1, 0);
    stream_case_trace(&c, times, 500, "s-41", 10);
    c.mapping[0].parallelization_factor = 10;
    c.mapping[0].batch_size = 10;
    c.target[0].duration_s = 0.2;
    stream_case_run(&c, 300);
    ck_assert_uint_eq(c.target[0].running_max, 1);
    ck_assert_uint_eq(c.target[0].records, 5000);
    assert_in_order(&c.target[0]);
    stream_case_finish(&c);
    begin(1, 100); /* one synthetic key: the same */
    static struct stream_key_weight key = {.weight = 1};
    stream_hash_key("s-41", 4, &key.hash_high, &key.hash_low);
    c.workload[0].key = &key;
    c.workload[0].keys = 1;
    c.mapping[0].parallelization_factor = 10;
    c.target[0].duration_s = 2;
    stream_case_run(&c, 300);
    ck_assert_uint_eq(c.target[0].running_max, 1);
    stream_case_finish(&c);
}
END_TEST

/* A poison record of the key, so that the test knows its shard. */
static void add_poison(const int64_t *time_ns, const char *key)
{
    static struct stream_key_weight where;
    where = (struct stream_key_weight){.weight = 1};
    stream_hash_key(key, 4, &where.hash_high, &where.hash_low);
    c.workload[0].poison_ns = time_ns;
    c.workload[0].poison_key = &where;
    c.workload[0].poisons = 1;
}

/* Retried until it expires: its shard stands still for the retention, the others do not notice. */
START_TEST(a_poison_record_blocks_its_shard)
{
    static const int64_t at_ns = 1000 * NS_PER_S;
    begin(4, 40);
    c.config.retention_ns = 2 * NS_PER_HOUR;
    add_poison(&at_ns, "s-41");
    stream_case_run(&c, 5000); /* shard 1 gets 10/s */
    ck_assert_double_eq_tol(metric("records_in_flight"), 10 * 4000, 1000);
    ck_assert_double_eq(metric("records_expired"), 0);
    ck_assert_double_eq_tol(metric("records_processed"), 40 * 5000 - 10 * 4000, 1000);
    stream_case_run(&c, 12000);
    /* Freed after 8,200 s, at the latest a back-off of 60 s later. What came within the time that
     * the next try was late, is gone as well. */
    ck_assert_double_ge(metric("records_expired"), 1);
    ck_assert_double_le(metric("records_expired"), 10 * 62 + 20);
    ck_assert_double_le(metric("records_in_flight"), 100);
    ck_assert_double_le(metric("iterator_age_ms.max"), 7200e3);
    ck_assert_double_ge(metric("iterator_age_ms.max"), 7130e3);
    ck_assert_double_eq(metric("records_discarded"), 0);
    ck_assert_double_eq(metric("records_in"), 40 * 12000 + 1);
    ck_assert_double_eq_tol(metric("iterator_age_ms.p50"), 500, 500);
    stream_case_finish(&c);
}
END_TEST

/* A function too slow for the shard by far: what is not read in time expires unread. */
START_TEST(neighbours_expire_when_processing_is_too_slow)
{
    begin(1, 100);
    c.config.retention_ns = NS_PER_HOUR;
    c.mapping[0].batch_size = 10;
    c.target[0].duration_s = 1; /* 10/s */
    stream_case_run(&c, 36000);
    ck_assert_double_eq_tol(metric("records_processed"), 10 * 36000, 500);
    ck_assert_double_eq_tol(metric("records_in_flight"), 100 * 3600, 100 * 61);
    ck_assert_double_le(metric("iterator_age_ms.max"), 3601e3);
    ck_assert_double_ge(metric("iterator_age_ms.max"), 3500e3);
    stream_case_finish(&c);
}
END_TEST

START_TEST(n_retries_are_n_and_one_tries)
{
    static const int64_t at_ns = 10 * NS_PER_S;
    for (int64_t n = 0; n < 9; n++) {
        begin(1, 0);
        add_poison(&at_ns, "s-41");
        c.mapping[0].maximum_retry_attempts = n;
        c.mapping[0].on_failure_destination = n % 2 == 1;
        stream_case_run(&c, 600);
        ck_assert_uint_eq(c.target[0].calls, (uint64_t)n + 1);
        ck_assert_double_eq(metric("retries"), (double)n);
        ck_assert_double_eq(metric("records_discarded"), 1);
        ck_assert_double_eq(metric("records_failed_to_destination"), (double)(n % 2));
        ck_assert_double_eq(metric("records_in_flight"), 0);
        for (int64_t i = 1; i <= n; i++) /* 1, 2, 4 ... 60 s after the end of the last try */
            ck_assert_double_eq_tol(c.target[0].call[i].at_s - c.target[0].call[i - 1].end_s,
                                    fmin(exp2((double)i - 1), 60), 1e-6);
        stream_case_finish(&c);
    }
}
END_TEST

/* One batch: `before` records, the poison record, `after` records. */
static void poisoned_batch(uint64_t before, uint64_t after)
{
    static const int64_t at_ns = 3 * NS_PER_S / 2;
    static double times[20000];
    begin(1, 0);
    for (uint64_t i = 0; i < before; i++)
        times[i] = 1.001 + 0.4 * (double)i / (double)before;
    for (uint64_t i = 0; i < after; i++)
        times[before + i] = 1.501 + 0.4 * (double)i / (double)after;
    stream_case_trace(&c, times, before + after, NULL, 1);
    add_poison(&at_ns, "s-41");
    c.mapping[0].batch_size = 10000;
    c.mapping[0].batching_window_ns = 30 * NS_PER_S;
    c.mapping[0].maximum_retry_attempts = 2;
}

START_TEST(without_bisection_the_batch_is_lost)
{
    poisoned_batch(20, 30);
    stream_case_run(&c, 600);
    ck_assert_uint_eq(c.target[0].calls, 3);
    ck_assert_double_eq(metric("records_discarded"), 51);
    ck_assert_double_eq(metric("records_processed"), 0);
    stream_case_finish(&c);
}
END_TEST

START_TEST(bisection_isolates_the_poison)
{
    static const uint64_t sizes[] = {2, 3, 5, 8, 51, 100, 127, 128, 1000, 10000};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        const uint64_t n = sizes[k];
        const uint64_t places[] = {0, 1, n / 2, n - 1};
        for (size_t i = 0; i < 4; i++) {
            poisoned_batch(places[i], n - 1 - places[i]);
            c.mapping[0].bisect_on_error = true;
            stream_case_run(&c, 900);
            ck_assert_uint_eq(c.target[0].call[0].records, n);
            ck_assert_double_eq(metric("records_discarded"), 1);
            ck_assert_double_eq(metric("records_processed"), (double)n - 1);
            ck_assert_double_le(metric("bisections"), ceil(log2((double)n)));
            ck_assert_double_ge(metric("bisections"), floor(log2((double)n)));
            /* Halves that fail, then the one record three times: bisecting uses no attempt. */
            ck_assert_uint_eq(c.target[0].failures, (uint64_t)metric("bisections") + 3);
            assert_in_order(&c.target[0]);
            stream_case_finish(&c);
        }
    }
}
END_TEST

START_TEST(partial_answers_move_the_checkpoint)
{
    poisoned_batch(20, 30);
    c.mapping[0].report_item_failures = true;
    stream_case_run(&c, 600);
    ck_assert_uint_eq(c.target[0].call[0].records, 51);
    ck_assert_uint_eq(c.target[0].call[1].records, 31); /* from the failed record on */
    ck_assert_double_eq(metric("records_processed"), 20);
    ck_assert_double_eq(metric("records_discarded"), 31);
    ck_assert_uint_eq(c.target[0].calls, 3);
    ck_assert_uint_eq(c.target[0].failures, 0); /* to return failed items is to succeed */
    ck_assert_double_eq(metric("batch_item_failures"), 3);
    stream_case_finish(&c);
    poisoned_batch(20, 30); /* with bisection only the poison is lost */
    c.mapping[0].report_item_failures = true;
    c.mapping[0].bisect_on_error = true;
    stream_case_run(&c, 600);
    ck_assert_uint_eq(c.target[0].call[1].records, 31);
    ck_assert_double_eq(metric("records_processed"), 50);
    ck_assert_double_eq(metric("records_discarded"), 1);
    stream_case_finish(&c);
    poisoned_batch(20, 30); /* a function that does not answer reports nothing */
    c.mapping[0].report_item_failures = true;
    c.target[0].answers_poison = false;
    stream_case_run(&c, 600);
    ck_assert_double_eq(metric("records_processed"), 0);
    ck_assert_double_eq(metric("records_discarded"), 51);
    stream_case_finish(&c);
}
END_TEST

/* The shard stands still until the poison record is too old; only what is as old goes with it. */
START_TEST(records_end_at_their_maximum_age)
{
    static const int64_t at_ns = 100 * NS_PER_S;
    begin(1, 10);
    add_poison(&at_ns, "s-41");
    c.mapping[0].maximum_record_age_ns = 120 * NS_PER_S;
    c.mapping[0].on_failure_destination = true;
    stream_case_run(&c, 1000);
    ck_assert_double_ge(metric("records_discarded"), 1);
    ck_assert_double_le(metric("records_discarded"), 10 * 62 + 20);
    ck_assert_double_eq(metric("records_failed_to_destination"), metric("records_discarded"));
    ck_assert_double_eq(metric("records_expired"), 0);
    ck_assert_double_le(metric("iterator_age_ms.max"), 120e3);
    ck_assert_double_le(metric("records_in_flight"), 20);
    stream_case_finish(&c);
    begin(1, 100); /* too slow: old ones go before they are tried */
    c.mapping[0].maximum_record_age_ns = 120 * NS_PER_S;
    c.mapping[0].batch_size = 10;
    c.target[0].duration_s = 1;
    stream_case_run(&c, 3600);
    ck_assert_double_le(metric("iterator_age_ms.max"), 120e3);
    ck_assert_double_eq_tol(metric("records_processed"), 36000, 50);
    ck_assert_double_eq_tol(metric("records_in_flight"), 120 * 100, 200);
    stream_case_finish(&c);
}
END_TEST

/* The second half of a bisected batch gets too old while the first one is tried. */
START_TEST(a_part_gets_too_old_while_another_is_tried)
{
    poisoned_batch(1, 1);
    c.mapping[0].batching_window_ns = 3 * NS_PER_S;
    c.mapping[0].bisect_on_error = true;
    c.mapping[0].maximum_record_age_ns = 120 * NS_PER_S;
    c.target[0].duration_s = 100;
    stream_case_run(&c, 600); /* three records, then the first, then neither of the others */
    ck_assert_uint_eq(c.target[0].calls, 2);
    ck_assert_uint_eq(c.target[0].call[1].records, 1);
    ck_assert_double_eq(metric("records_processed"), 1);
    ck_assert_double_eq(metric("records_discarded"), 2);
    stream_case_finish(&c);
}
END_TEST

START_TEST(random_errors_are_tried_again_in_order)
{
    begin(1, 50);
    c.target[0].error_rate = 0.3;
    c.mapping[0].backoff_min_ns = NS_PER_S / 10;
    stream_case_run(&c, 10000);
    ck_assert_double_ge(metric("records_processed"), 50.0 * 10000 - 2000);
    ck_assert_double_eq(metric("records_discarded"), 0);
    ck_assert_double_eq_tol(metric("retries") / metric("batches"), 0.3, 0.02);
    ck_assert_double_le(fabs(metric("retries") - (double)c.target[0].failures), 1);
    assert_in_order(&c.target[0]);
    stream_case_finish(&c);
}
END_TEST

START_TEST(throttles_use_no_attempt)
{
    begin(1, 10);
    c.mapping[0].maximum_retry_attempts = 0;
    c.target[0].refuses_from_s = 50;
    c.target[0].refuses_until_s = 500;
    stream_case_run(&c, 1000);
    ck_assert_double_eq(metric("records_discarded"), 0);
    ck_assert_double_ge(metric("records_processed"), 10 * 998);
    ck_assert_double_ge(metric("invocations_throttled"), 6);
    ck_assert_double_eq(metric("invocations_throttled"), (double)c.target[0].refusals);
    ck_assert_double_eq(metric("retries"), 0);
    stream_case_finish(&c);
}
END_TEST

/* Children are not read before their parents are processed to the end. */
START_TEST(children_wait_for_their_parents)
{
    static const int64_t update_ns[] = {100 * NS_PER_S};
    static const uint32_t targets[] = {2};
    begin(1, 200);
    c.config.update_ns = update_ns;
    c.config.update_shard_count = targets;
    c.config.updates = 1;
    c.config.reshard_ns_per_shard = 0;
    c.target[0].refuses_until_s = 200;
    c.target[0].duration_s = 0.1;
    stream_case_run(&c, 600);
    const struct case_target *const t = &c.target[0];
    double parents_end = 0;
    uint64_t parents = 0;
    for (uint64_t i = 0; i < t->calls + t->refusals; i++)
        if (t->call[i].first_arrival_s < 100 && !t->call[i].refused) {
            parents_end = fmax(parents_end, t->call[i].end_s);
            parents += t->call[i].records;
        }
    ck_assert_uint_eq(parents, 200 * 100);
    for (uint64_t i = 0; i < t->calls + t->refusals; i++)
        if (t->call[i].first_arrival_s >= 100)
            ck_assert_double_ge(t->call[i].at_s, parents_end - 1e-6);
    ck_assert_uint_eq(t->running_max, 2);
    ck_assert_double_le(metric("records_in_flight"), 400);
    stream_case_finish(&c);
}
END_TEST

/* A shard that closes before it ever got a record lets its children begin. */
START_TEST(empty_generations_do_not_block)
{
    static const int64_t update_ns[] = {100 * NS_PER_S, 200 * NS_PER_S, 300 * NS_PER_S,
                                        400 * NS_PER_S};
    static const uint32_t targets[] = {2, 4, 2, 1};
    static const double times[] = {99, 99.5, 500};
    for (int late = 0; late < 2; late++) {
        begin(1, 0);
        stream_case_trace(&c, times, 3, "s-90", 10);
        c.config.update_ns = update_ns;
        c.config.update_shard_count = targets;
        c.config.updates = 4;
        c.config.reshard_ns_per_shard = 0;
        if (late) /* the first generation ends after all of the others */
            c.target[0].refuses_until_s = 450;
        stream_case_run(&c, 700);
        ck_assert_double_eq(metric("records_processed"), 30);
        ck_assert_double_eq(metric("records_in_flight"), 0);
        stream_case_finish(&c);
    }
}
END_TEST

/* A blocked parent holds its own children back, not those of others. */
START_TEST(only_the_own_parent_holds_back)
{
    static const int64_t at_ns = 50 * NS_PER_S, update_ns = 100 * NS_PER_S;
    static const uint32_t target = 8;
    begin(4, 80);
    add_poison(&at_ns, "s-41"); /* shard 1: its children are 4 + 2 and 4 + 3 */
    c.config.update_ns = &update_ns;
    c.config.update_shard_count = &target;
    c.config.updates = 1;
    c.config.reshard_ns_per_shard = 0;
    stream_case_run(&c, 1100);
    ck_assert_double_eq_tol(metric("records_in_flight"), 20 * 1050, 500);
    stream_case_finish(&c);
}
END_TEST

START_TEST(mappings_of_every_kind_conserve)
{
    static const int64_t at_ns[] = {100 * NS_PER_S, 700 * NS_PER_S};
    static const struct stream_key_weight nowhere[2];
    static const int64_t update_ns[] = {400 * NS_PER_S, 900 * NS_PER_S};
    static const uint32_t targets[] = {4, 3};
    begin(2, 300);
    c.workload[0].arrivals.kind = ARRIVALS_RATE_BURSTS;
    c.workload[0].arrivals.base_rate_per_s = 50;
    c.workload[0].arrivals.burst_rate_per_s = 3000;
    c.workload[0].arrivals.mean_base_s = 30;
    c.workload[0].arrivals.mean_burst_s = 10;
    c.workload[0].record_bytes =
        (struct distribution){.kind = DISTRIBUTION_LOGNORMAL, .a = 5, .b = 2};
    c.workload[1].arrivals.rate_per_s = 20;
    c.workload[1].records_per_put = 100;
    c.config.workloads = 2;
    c.config.write_records_per_s = 1000;
    c.config.write_bytes_per_s = 1048576;
    c.config.retention_ns = 1000 * NS_PER_S;
    c.workload[0].poison_ns = at_ns;
    c.workload[0].poison_key = nowhere;
    c.workload[0].poisons = 2;
    c.config.update_ns = update_ns;
    c.config.update_shard_count = targets;
    c.config.updates = 2;
    while (c.mappings < 8)
        stream_case_add_mapping(&c);
    c.mapping[1].parallelization_factor = 10;
    c.mapping[2].batching_window_ns = 20 * NS_PER_S;
    c.mapping[3].enhanced_fan_out = true;
    c.mapping[4].maximum_retry_attempts = 3;
    c.mapping[4].bisect_on_error = true;
    c.mapping[5].maximum_record_age_ns = 60 * NS_PER_S;
    c.mapping[5].parallelization_factor = 4;
    c.mapping[6].report_item_failures = true;
    c.mapping[6].bisect_on_error = true;
    c.mapping[6].maximum_retry_attempts = 0;
    c.mapping[6].enhanced_fan_out = true;
    c.mapping[7].batch_size = 1;
    c.mapping[1].created_ns = 610 * NS_PER_S; /* finds closed shards */
    c.mapping[6].created_ns = c.mapping[6].starting_ns = 1111 * NS_PER_S;
    c.target[2].error_rate = 0.2;
    c.target[3].refuses_from_s = 300;
    c.target[3].refuses_until_s = 1400;
    for (double t = 33; t < 3600; t += 33) {
        stream_case_run(&c, t);
        stream_case_audit(&c);
        if (t > 950 && t < 990) { /* the warm-up may end at any time */
            stream_case_reset(&c);
            stream_case_audit(&c);
        }
    }
    for (size_t i = 0; i < 8; i++)
        ck_assert_double_gt(of_mapping(i, "records_processed"), 1e5);
    ck_assert_double_gt(of_mapping(7, "records_expired"), 0);
    stream_case_finish(&c);
}
END_TEST

TEST_MAIN("stream_poller", a_lone_record_waits_half_a_second, a_full_read_continues_at_once,
          a_backlog_drains_at_capacity_less_inflow, a_backlog_drains_at_the_rate_of_reads,
          a_large_answer_blocks_reads_for_five_seconds, a_lone_reader_is_never_refused,
          an_answer_holds_ten_megabytes, equal_consumers_share_the_reads,
          six_idle_consumers_throttle_each_other, no_reader_is_in_step_with_the_limit,
          fan_out_has_its_own_reads, busy_lanes_are_the_utilization,
          lanes_count_while_they_may_work, reads_tell_the_age_of_the_stream,
          a_shard_is_processed_in_order, lanes_work_side_by_side, a_poison_record_blocks_its_shard,
          neighbours_expire_when_processing_is_too_slow, n_retries_are_n_and_one_tries,
          without_bisection_the_batch_is_lost, bisection_isolates_the_poison,
          partial_answers_move_the_checkpoint, records_end_at_their_maximum_age,
          a_part_gets_too_old_while_another_is_tried, random_errors_are_tried_again_in_order,
          throttles_use_no_attempt, children_wait_for_their_parents, empty_generations_do_not_block,
          only_the_own_parent_holds_back, mappings_of_every_kind_conserve)
