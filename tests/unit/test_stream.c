/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Streams: which shard a key is in, the limits of writing, retries of producers, resharding, what
 * is metered. Mappings are in test_stream_poller.c. */
#include "stream_case.h"

#include "harness.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static struct stream_case c;

static double stream_metric(const char *metric)
{
    return stream_case_metric(&c, "stream:s", metric);
}

static double shard_metric(unsigned shard, const char *metric)
{
    char entity[32];
    snprintf(entity, sizeof entity, "shard:s/%u", shard);
    return stream_case_metric(&c, entity, metric);
}

/* A stream that is offered exactly `rate_per_s`, evenly, for `s` seconds. */
static void offer_evenly(uint32_t shards, double rate_per_s)
{
    stream_case_init(&c, shards, rate_per_s, 0);
    c.workload[0].arrivals.kind = ARRIVALS_RATE_CONSTANT;
}

static uint128 hash_of(const char *key)
{
    uint64_t high, low;
    stream_hash_key(key, strlen(key), &high, &low);
    return (uint128)high << 64 | low;
}

START_TEST(keys_are_hashed_by_md5)
{
    uint64_t high, low;
    stream_hash_key("s-41", 4, &high, &low);
    ck_assert_uint_eq(high, 0x6e19676ad93d33e0);
    ck_assert_uint_eq(low, 0x104a63ebd85763b5);
    stream_hash_key("s-90", 4, &high, &low);
    ck_assert_uint_eq(high, 0xb772d1fabd8a892c);
    ck_assert_uint_eq(low, 0x0f029c9b20066d82);
    stream_hash_key("", 0, &high, &low); /* RFC 1321 */
    ck_assert_uint_eq(high, 0xd41d8cd98f00b204);
}
END_TEST

START_TEST(records_go_where_their_key_belongs)
{
    static const double times[] = {1, 2, 3};
    static const struct {
        const char *key;
        unsigned shard;
    } keys[] = {{"s-41", 1}, {"s-90", 2}};
    for (size_t k = 0; k < 2; k++) {
        stream_case_init(&c, 4, 0, 0);
        stream_case_trace(&c, times, 3, keys[k].key, 5);
        stream_case_run(&c, 10);
        for (unsigned i = 0; i < 4; i++)
            ck_assert_double_eq(shard_metric(i, "records_in"), i == keys[k].shard ? 15 : 0);
        const struct shard *const shard = stream_shard(c.stream, keys[k].shard);
        const uint128 hash = hash_of(keys[k].key);
        ck_assert(hash >= shard->first_hash && hash <= shard->last_hash);
        stream_case_finish(&c);
    }
}
END_TEST

/* Even ranges join up without gap or overlap, and differ by at most one in width. */
START_TEST(ranges_join_up)
{
    for (uint32_t n = 1; n <= 1000; n++) {
        stream_case_init(&c, n, 0, 0);
        stream_case_run(&c, 0);
        const uint128 all = ~(uint128)0;
        ck_assert(stream_shards(c.stream) == n);
        ck_assert(stream_shard(c.stream, 0)->first_hash == 0);
        ck_assert(stream_shard(c.stream, n - 1)->last_hash == all);
        for (uint32_t i = 0; i < n; i++) {
            const struct shard *const shard = stream_shard(c.stream, i);
            const uint128 width = shard->last_hash - shard->first_hash; /* less 1 */
            if (shard->last_hash < shard->first_hash || width < all / n - 1 || width > all / n ||
                (i > 0 && shard->first_hash != stream_shard(c.stream, i - 1)->last_hash + 1))
                ck_abort_msg("shard %u of %u has a wrong range", (unsigned)i, (unsigned)n);
        }
        stream_case_finish(&c);
    }
}
END_TEST

static struct stream_key_weight weight_of(const char *key, double weight)
{
    struct stream_key_weight ret = {.weight = weight};
    stream_hash_key(key, strlen(key), &ret.hash_high, &ret.hash_low);
    return ret;
}

/* 500 records/s on each of four shards and 600/s more with one key: its shard is over its limit,
 * and after a doubling only half of the others' records share it: 850/s. */
static void hot_key(bool split)
{
    stream_case_init(&c, 4, 2000, 0);
    const struct stream_key_weight key = weight_of("s-90", 1);
    c.workload[1].arrivals.rate_per_s = 600;
    c.workload[1].key = &key;
    c.workload[1].keys = 1;
    c.config.workloads = 2;
    c.workload[0].drop_on_throttle = c.workload[1].drop_on_throttle = true;
    const int64_t update_ns = 0;
    const uint32_t target = 8;
    if (split) {
        c.config.update_ns = &update_ns;
        c.config.update_shard_count = &target;
        c.config.updates = 1;
    }
    stream_case_run(&c, 600);
    stream_case_reset(&c);
    stream_case_run(&c, 4200);
    unsigned hot = 2;
    if (split) {
        const uint128 hash = hash_of("s-90");
        for (hot = 4; stream_shard(c.stream, hot)->last_hash < hash; hot++)
            continue;
        ck_assert_uint_eq(hot, 4 + 5); /* the first half of shard 2 ends at 0xa0... */
    }
    const double in = shard_metric(hot, "records_in") / 3600;
    const double refused = shard_metric(hot, "write_throttles") / 3600;
    ck_assert_double_eq_tol(in + refused, split ? 850 : 1100, 3);
    ck_assert_double_eq_tol(in, split ? 850 : 1000, 2);
    if (split)
        ck_assert_double_eq(refused, 0);
    ck_assert_double_eq(stream_metric("records_lost"), stream_metric("write_throttles"));
    ck_assert_double_eq_tol(shard_metric(split ? 4 : 0, "records_in") / 3600, split ? 250 : 500, 3);
    stream_case_finish(&c);
}

START_TEST(a_hot_key_fills_its_shard)
{
    hot_key(false);
    hot_key(true);
}
END_TEST

/* Dropping, a shard takes its rate and one second's worth saved up; the rest is lost. */
START_TEST(overload_loses_what_is_above_the_limit)
{
    offer_evenly(1, 1250);
    c.workload[0].drop_on_throttle = true;
    stream_case_run(&c, 1000);
    ck_assert_double_eq(stream_metric("records_offered"), 1250000);
    ck_assert_double_eq_tol(stream_metric("records_in"), 1000 * 1000 + 1000, 2);
    ck_assert_double_eq(stream_metric("records_lost"), stream_metric("write_throttles"));
    ck_assert_double_eq(stream_metric("records_retrying"), 0);
    stream_case_finish(&c);
}
END_TEST

/* One megabyte a second: records of 2,048 bytes pass 512 times a second. */
START_TEST(bytes_are_limited_too)
{
    offer_evenly(1, 600);
    c.workload[0].drop_on_throttle = true;
    distribution_constant(&c.workload[0].record_bytes, 2048);
    stream_case_run(&c, 1000);
    ck_assert_double_eq_tol(stream_metric("records_in"), 512 * 1000 + 512, 2);
    ck_assert_double_eq_tol(stream_metric("bytes_in"), 1048576.0 * 1001, 4096);
    ck_assert_double_eq_tol(stream_metric("utilization"), 1.001, 1e-4);
    stream_case_finish(&c);
}
END_TEST

/* Records larger than the limit of a second pass one at a time, each paid off before the next. */
START_TEST(a_record_above_a_seconds_worth_passes)
{
    stream_case_init(&c, 1, 0, 0);
    static const double times[] = {1, 1.5, 2, 10};
    stream_case_trace(&c, times, 4, "s-90", 1);
    c.workload[0].drop_on_throttle = true;
    distribution_constant(&c.workload[0].record_bytes, 4 * 1048576.0);
    stream_case_run(&c, 20);
    ck_assert_double_eq(stream_metric("records_in"), 2);
    ck_assert_double_eq(stream_metric("records_lost"), 2);
    stream_case_finish(&c);
    /* The same from a rate: several arrive between two looks. */
    offer_evenly(1, 2);
    c.workload[0].drop_on_throttle = true;
    distribution_constant(&c.workload[0].record_bytes, 2 * 1048576.0);
    stream_case_run(&c, 600);
    ck_assert_double_ge(stream_metric("records_in"), 150);
    ck_assert_double_le(stream_metric("bytes_in"), 1048576.0 * 603);
    stream_case_finish(&c);
}
END_TEST

/* A burst of 3,000 records at once: 1,000 pass, the others a second later each 1,000. */
START_TEST(refused_records_come_again)
{
    static const double times[] = {10};
    stream_case_init(&c, 1, 0, 0);
    stream_case_trace(&c, times, 1, NULL, 3000);
    stream_case_run(&c, 10.5);
    ck_assert_double_eq(stream_metric("records_in"), 1000);
    ck_assert_double_eq(stream_metric("records_retrying"), 2000);
    stream_case_audit(&c);
    stream_case_run(&c, 11);
    ck_assert_double_eq(stream_metric("records_in"), 2000);
    stream_case_run(&c, 12);
    ck_assert_double_eq(stream_metric("records_in"), 3000);
    ck_assert_double_eq(stream_metric("records_retrying"), 0);
    ck_assert_double_eq(stream_metric("records_lost"), 0);
    ck_assert_double_eq(stream_metric("write_throttles"), 2000 + 1000);
    stream_case_finish(&c);
}
END_TEST

START_TEST(producers_give_up)
{
    static const double times[] = {10};
    stream_case_init(&c, 1, 0, 0);
    stream_case_trace(&c, times, 1, NULL, 10000);
    c.workload[0].producer_max_age_ns = 3 * NS_PER_S;
    stream_case_run(&c, 60); /* tries at 10 s and when the shard is looked at, until 13 s */
    ck_assert_double_gt(stream_metric("records_in"), 3000);
    ck_assert_double_le(stream_metric("records_in"), 4000);
    ck_assert_double_eq(stream_metric("records_lost"), 10000 - stream_metric("records_in"));
    stream_case_finish(&c);
    /* In a steady overload what is given up is offered - capacity, whenever it is looked at. */
    offer_evenly(1, 1200);
    stream_case_run(&c, 3600);
    ck_assert_double_eq(stream_metric("records_offered"), 1200.0 * 3600);
    ck_assert_double_eq_tol(stream_metric("records_in"), 1000.0 * 3601, 2);
    ck_assert_double_eq(stream_metric("records_lost") + stream_metric("records_retrying"),
                        1200.0 * 3600 - stream_metric("records_in"));
    /* First come, first served: what waits is at most 30 s old, 200/s of it too much. */
    ck_assert_double_ge(stream_metric("records_retrying"), 200 * 25);
    ck_assert_double_le(stream_metric("records_retrying"), 1200 * 31);
    ck_assert_uint_lt(stream_shard(c.stream, 0)->retry_capacity, 300); /* not one a try */
    stream_case_finish(&c);
}
END_TEST

/* Sizes of a tail without a mean: drawn one by one, by many at a time, or a constant. */
START_TEST(sizes_have_an_end)
{
    static const struct {
        double rate_per_s;
        struct distribution bytes;
    } cases[] = {{2, {.kind = DISTRIBUTION_PARETO, .a = 10, .b = 0.01}},
                 {2000, {.kind = DISTRIBUTION_PARETO, .a = 10, .b = 0.01}},
                 {2000, {.kind = DISTRIBUTION_CONSTANT, .a = 1e300}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int on_demand = 0; on_demand < 2; on_demand++) {
            offer_evenly(1, cases[i].rate_per_s);
            c.config.on_demand = on_demand;
            c.workload[0].record_bytes = cases[i].bytes;
            stream_case_run(&c, 600);
            const double records = stream_metric("records_in"), bytes = stream_metric("bytes_in");
            ck_assert_double_ge(records, 1);
            ck_assert_double_ge(bytes, records);
            ck_assert_double_le(bytes, records * MESSAGE_BYTES_MAX);
            ck_assert_double_ge(stream_case_usage(&c, on_demand ? METER_KINESIS_ON_DEMAND_IN_BYTES
                                                                : METER_KINESIS_PUT_UNITS),
                                records);
            stream_case_finish(&c);
        }
}
END_TEST

START_TEST(put_units_are_of_25_kb)
{
    static const struct {
        double bytes, units;
    } sizes[] = {{1, 1}, {25600, 1}, {25601, 2}, {51200, 2}, {1048576, 41}};
    static const double times[] = {1, 3, 5};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int exact = 0; exact < 2; exact++) {
            if (exact) {
                stream_case_init(&c, 1, 0, 0);
                stream_case_trace(&c, times, 3, "k", 1);
            } else {
                offer_evenly(1, 0.5);
            }
            distribution_constant(&c.workload[0].record_bytes, sizes[i].bytes);
            stream_case_run(&c, 300);
            const double records = stream_metric("records_in");
            ck_assert_double_eq(records, exact ? 3 : 150);
            ck_assert_double_eq(stream_case_usage(&c, METER_KINESIS_PUT_UNITS),
                                records * sizes[i].units);
            stream_case_finish(&c);
        }
    /* Uniform in 0..102,400 bytes: 1, 2, 3 or 4 units alike. */
    offer_evenly(8, 50);
    c.workload[0].record_bytes =
        (struct distribution){.kind = DISTRIBUTION_UNIFORM, .a = 0, .b = 102400};
    stream_case_run(&c, 3600);
    ck_assert_double_eq_tol(
        stream_case_usage(&c, METER_KINESIS_PUT_UNITS) / stream_metric("records_in"), 2.5, 0.01);
    ck_assert_double_eq_tol(stream_metric("bytes_in") / stream_metric("records_in"), 51200, 400);
    stream_case_finish(&c);
}
END_TEST

START_TEST(meters_follow_the_stream)
{
    stream_case_init(&c, 2, 10, 0);
    static const int64_t update_ns[] = {600 * NS_PER_S, 1200 * NS_PER_S};
    static const uint32_t targets[] = {4, 1};
    c.config.update_ns = update_ns;
    c.config.update_shard_count = targets;
    c.config.updates = 2;
    c.mapping[0].enhanced_fan_out = true;
    c.config.retention_ns = 48 * NS_PER_HOUR;
    stream_case_run(&c, 3600);
    /* 2 shards for 600 + 2 x 30 s, 4 until 1,200 + 3 x 30 s, then 1. */
    const double shard_ms = 1000.0 * (2 * 660 + 4 * (1290 - 660) + 1 * (3600 - 1290));
    ck_assert_double_eq(stream_case_usage(&c, METER_KINESIS_SHARD_MS), shard_ms);
    ck_assert_double_eq(stream_case_usage(&c, METER_KINESIS_FAN_OUT_SHARD_MS), shard_ms);
    ck_assert_double_eq(stream_case_usage(&c, METER_KINESIS_EXTENDED_RETENTION_SHARD_MS), shard_ms);
    ck_assert_double_eq_tol(stream_case_usage(&c, METER_KINESIS_FAN_OUT_BYTES),
                            stream_metric("bytes_in"), 1000);
    ck_assert_double_eq(stream_case_usage(&c, METER_KINESIS_LONG_RETENTION_BYTE_MS), 0);
    stream_case_finish(&c);
    stream_case_init(&c, 4, 10, 0);
    c.config.on_demand = true;
    distribution_constant(&c.workload[0].record_bytes, 1025);
    stream_case_run(&c, 600);
    stream_case_reset(&c);
    stream_case_run(&c, 1200);
    ck_assert_double_eq(stream_case_usage(&c, METER_KINESIS_ON_DEMAND_STREAM_MS), 600e3);
    ck_assert_double_eq(stream_case_usage(&c, METER_KINESIS_ON_DEMAND_IN_BYTES),
                        2048 * stream_metric("records_in")); /* each rounded up to 1 KB */
    ck_assert_double_eq(stream_case_usage(&c, METER_KINESIS_SHARD_MS), 0);
    stream_case_finish(&c);
}
END_TEST

/* 800/s through one shard for 600 s, then through four; each has its own life to be used in. */
START_TEST(a_shard_is_used_while_it_is_open)
{
    static const int64_t update_ns[] = {600 * NS_PER_S};
    static const uint32_t targets[] = {4};
    for (double warm_s = 0; warm_s <= 700; warm_s += 350) {
        offer_evenly(1, 800);
        c.config.update_ns = update_ns;
        c.config.update_shard_count = targets;
        c.config.updates = 1;
        c.config.reshard_ns_per_shard = 0;
        if (warm_s > 0) {
            stream_case_run(&c, warm_s);
            stream_case_reset(&c);
        }
        stream_case_run(&c, 900);
        const double first_s = fmax(600 - warm_s, 0), then_s = 900 - fmax(warm_s, 600);
        if (first_s > 0)
            ck_assert_double_eq_tol(shard_metric(0, "utilization"), 0.8, 0.001);
        else /* closed before */
            ck_assert(isnan(shard_metric(0, "utilization")));
        for (unsigned i = 1; i < 5; i++)
            ck_assert_double_eq_tol(shard_metric(i, "utilization"), 0.2, 0.01);
        ck_assert_double_eq_tol(stream_metric("utilization.hottest_shard"), first_s > 0 ? 0.8 : 0.2,
                                0.01);
        ck_assert_double_eq_tol(stream_metric("utilization"),
                                0.8 * (first_s + then_s) / (first_s + 4 * then_s), 0.001);
        stream_case_finish(&c);
    }
}
END_TEST

START_TEST(every_shard_is_reported)
{
    offer_evenly(300, 3000);
    stream_case_run(&c, 100);
    double records = 0;
    for (unsigned i = 0; i < 300; i++)
        records += shard_metric(i, "records_in");
    ck_assert_double_eq(records, stream_metric("records_in"));
    ck_assert_double_ge(records, 3000 * 100);
    stream_case_finish(&c);
}
END_TEST

struct last_arrivals {
    size_t rows;
    double last_s;
};

static void note_last_arrival(void *context, const char *entity, const char *metric,
                              const char *unit, double value)
{
    struct last_arrivals *const last = context;
    (void)unit;
    if (strcmp(metric, "last_arrival_s") != 0)
        return;
    ck_assert_str_eq(entity, "workload:w");
    last->rows++;
    last->last_s = value;
}

static struct last_arrivals last_arrivals(void)
{
    struct last_arrivals last = {0};
    stream_class.report(c.stream,
                        &(struct metric_sink){.put = note_last_arrival, .context = &last});
    return last;
}

/* Of four shards the last; ten a second, each in the middle of its tenth: 0.05 s before the end. A
 * workload without arrivals has no last one, and what is sent to the stream is no workload. */
START_TEST(the_last_arrival_is_a_record)
{
    stream_case_even(&c, 4, 10);
    c.workload[0].arrivals.horizon_ns = 600 * NS_PER_S;
    c.workload[1].name = NULL;
    c.config.workloads = 2;
    c.workload[1].arrivals.horizon_ns = 600 * NS_PER_S;
    stream_case_run(&c, 1200);
    ck_assert_uint_eq(last_arrivals().rows, 1);
    ck_assert_double_le(last_arrivals().last_s, 600);
    ck_assert_double_ge(last_arrivals().last_s, 599);
    stream_case_finish(&c);

    stream_case_even(&c, 1, 10);
    c.workload[0].arrivals.horizon_ns = 600 * NS_PER_S;
    stream_case_run(&c, 1200);
    ck_assert_double_eq_tol(last_arrivals().last_s, 599.95, 1e-6);
    stream_case_finish(&c);

    stream_case_even(&c, 1, 0);
    c.workload[0].arrivals.horizon_ns = 600 * NS_PER_S;
    stream_case_run(&c, 1200);
    ck_assert_uint_eq(last_arrivals().rows, 0);
    stream_case_finish(&c);

    static const double times[] = {1, 2.5};
    stream_case_init(&c, 4, 0, 0);
    stream_case_trace(&c, times, 2, NULL, 1);
    stream_case_run(&c, 600);
    ck_assert_double_eq_tol(last_arrivals().last_s, 2.5, 1e-6);
    stream_case_finish(&c);
}
END_TEST

/* Nothing is lost or doubled when a stretch goes on in other shards. */
START_TEST(resharding_conserves_records)
{
    static const int64_t update_ns[] = {95 * NS_PER_S, 300 * NS_PER_S, 700 * NS_PER_S,
                                        1100 * NS_PER_S};
    static const uint32_t targets[] = {2, 4, 2, 1};
    for (int even = 0; even < 2; even++) {
        stream_case_init(&c, 1, 700, 0);
        if (even)
            c.workload[0].arrivals.kind = ARRIVALS_RATE_CONSTANT;
        c.config.update_ns = update_ns;
        c.config.update_shard_count = targets;
        c.config.updates = 4;
        c.config.reshard_ns_per_shard = 10 * NS_PER_S;
        /* After 95 + 10, 300 + 20, 700 + 20 and 1,100 + 10 s. */
        static const double ends[] = {105, 320, 720, 1110, 1800};
        double before = 0, start = 0;
        for (size_t i = 0; i < 5; i++) {
            stream_case_run(&c, ends[i]);
            stream_case_audit(&c);
            const double in = stream_metric("records_in");
            const double span = ends[i] - start;
            if (even) /* records are where they would have been: in time, and in number */
                ck_assert_double_eq_tol(in - before, 700 * span, 4);
            else
                ck_assert_double_eq_tol(in - before, 700 * span, 5 * sqrt(700 * span));
            before = in;
            start = ends[i];
        }
        ck_assert_uint_eq(stream_shards(c.stream), 1 + 2 + 4 + 2 + 1);
        if (even)
            ck_assert_double_eq(stream_metric("records_offered"), 700.0 * 1800);
        stream_case_run(&c, 1803);
        ck_assert_double_ge(stream_case_metric(&c, "esm:m0", "records_processed"), before - 100);
        stream_case_finish(&c);
    }
}
END_TEST

/* What producers still try goes on in the shard that now owns it. */
START_TEST(retries_move_to_the_right_child)
{
    stream_case_init(&c, 1, 1500, 0);
    const struct stream_key_weight key = weight_of("s-90", 1);
    c.workload[0].key = &key;
    c.workload[0].keys = 1;
    c.workload[0].producer_max_age_ns = 600 * NS_PER_S;
    static const int64_t update_ns[] = {30 * NS_PER_S};
    static const uint32_t targets[] = {4};
    c.config.update_ns = update_ns;
    c.config.update_shard_count = targets;
    c.config.updates = 1;
    c.config.reshard_ns_per_shard = 0;
    stream_case_run(&c, 200);
    for (unsigned i = 1; i < 5; i++)
        if (i != 1 + 2)
            ck_assert_double_eq(shard_metric(i, "records_in"), 0);
    ck_assert_double_ge(shard_metric(3, "records_in"), 1000 * 169);
    ck_assert_double_eq(stream_metric("records_lost"), 0);
    stream_case_finish(&c);
    /* Spread keys: the children share what is left. */
    stream_case_init(&c, 1, 1500, 0);
    c.workload[0].producer_max_age_ns = 600 * NS_PER_S;
    c.config.update_ns = update_ns;
    c.config.update_shard_count = targets;
    c.config.updates = 1;
    c.config.reshard_ns_per_shard = 0;
    stream_case_run(&c, 120);
    ck_assert_double_eq(stream_metric("records_retrying"), 0);
    ck_assert_double_eq(stream_metric("records_lost"), 0);
    stream_case_finish(&c);
}
END_TEST

/* Twice the highest minute, a quarter of an hour after it was seen, and never less again. */
START_TEST(on_demand_grows_to_twice_the_peak)
{
    stream_case_init(&c, 4, 0, 0);
    static const struct arrivals_point points[] = {{0, 1000},
                                                   {600 * NS_PER_S - 1, 1000},
                                                   {600 * NS_PER_S, 3500},
                                                   {3600 * NS_PER_S - 1, 3500},
                                                   {3600 * NS_PER_S, 100}};
    c.workload[0].arrivals.kind = ARRIVALS_RATE_PROFILE;
    c.workload[0].arrivals.point = points;
    c.workload[0].arrivals.points = 5;
    c.workload[0].drop_on_throttle = true;
    c.config.on_demand = true;
    stream_case_run(&c, 660 + 900 - 1);
    ck_assert_double_eq(stream_metric("shards.max"), 4); /* 3,500 wants 7, and waits */
    stream_case_run(&c, 660 + 900 + 61);
    ck_assert_double_ge(stream_metric("shards.max"), 7);
    stream_case_run(&c, 7200);
    ck_assert_double_ge(stream_metric("shards.max"), 7);
    ck_assert_double_le(stream_metric("shards.max"), 8); /* the highest of 50 minutes */
    ck_assert_int_eq(c.stream->open.level, (int64_t)stream_metric("shards.max"));
    stream_case_finish(&c);
}
END_TEST

/* Retries are not demand: a full shard whose producers try again every second still wants what is
 * offered first. */
START_TEST(retries_are_no_demand)
{
    for (int multiple = 2; multiple <= 4; multiple += 2) {
        stream_case_init(&c, 1, 1400, 0);
        c.workload[0].producer_max_age_ns = NS_PER_HOUR;
        c.config.on_demand = true;
        c.config.on_demand_multiple = multiple;
        stream_case_run(&c, 4000);
        ck_assert_double_eq(stream_metric("shards.max"), multiple == 2 ? 3 : 6);
        ck_assert_double_eq(stream_metric("records_lost"), 0);
        ck_assert_double_eq(stream_metric("records_retrying"), 0);
        stream_case_finish(&c);
    }
}
END_TEST

/* Groups of PutRecords keep the number of records, and come together. */
START_TEST(put_records_come_in_groups)
{
    stream_case_init(&c, 2, 100, 0);
    c.workload[0].records_per_put = 50;
    stream_case_run(&c, 3600);
    ck_assert_double_eq_tol(stream_metric("records_offered"), 360000, 5 * 600);
    ck_assert_double_eq(stream_metric("records_offered"), stream_metric("records_in"));
    /* 25 at a time for each shard: most batches hold a multiple of it. */
    uint64_t whole = 0;
    const struct case_target *const t = &c.target[0];
    ck_assert_uint_lt(t->calls, CASE_CALLS);
    for (uint64_t i = 0; i < t->calls; i++)
        whole += t->call[i].records % 25 == 0;
    ck_assert_uint_ge(whole * 10, t->calls * 9);
    stream_case_finish(&c);
}
END_TEST

/* A shard nobody can read for a day keeps its backlog in a few cohorts, at their right times. */
static void blocked(size_t mappings, bool exact, uint32_t factor)
{
    const double hours = exact ? 1 : 24;
    stream_case_init(&c, 1, 900, 0);
    c.mapping[0].parallelization_factor = factor;
    c.config.retention_ns = 48 * NS_PER_HOUR;
    c.target[0].refuses_until_s = 1e9;
    while (c.mappings < mappings)
        stream_case_add_mapping(&c);
    if (exact)
        stream_case_exact(&c, 900, 1);
    stream_case_run(&c, 3600 * hours - 10);
    const struct shard *const shard = stream_shard(c.stream, 0);
    ck_assert_uint_le(shard->log_capacity, exact ? 16384 : 32768);
    ck_assert_uint_ge(stream_case_metric(&c, "esm:m0", "records_in_flight"),
                      (uint64_t)(3600 * hours - 15) * 890);
    for (size_t i = 1; i < shard->log_count; i++) {
        const struct cohort *const a = &shard->log[(shard->log_head + i - 1) % shard->log_capacity];
        const struct cohort *const b = &shard->log[(shard->log_head + i) % shard->log_capacity];
        ck_assert_int_le(a->first_ns, b->first_ns);
    }
    stream_case_audit(&c); /* of the mappings that keep up as well */
    for (size_t i = 1; i < mappings; i++) {
        char entity[32];
        snprintf(entity, sizeof entity, "esm:m%u", (unsigned)i);
        ck_assert_double_le(stream_case_metric(&c, entity, "records_in_flight"), 5000);
        ck_assert_double_le(stream_case_metric(&c, entity, "iterator_age_ms.max"), 7000);
    }
    /* The blocked one is let go: it sees the oldest record first, at its true age. */
    c.target[0].calls = c.target[0].refusals = 0;
    c.target[0].refuses_until_s = 3600 * hours;
    c.target[0].duration_s = 0.001;
    stream_case_run(&c, 3600 * hours + 120);
    const uint64_t first = c.target[0].refusals;
    ck_assert_uint_gt(c.target[0].calls, 10);
    ck_assert_double_le(c.target[0].call[first].first_arrival_s, 1);
    stream_case_finish(&c);
}

START_TEST(a_blocked_shard_stays_small)
{
    blocked(1, false, 1);
    blocked(2, false, 1);
}
END_TEST

START_TEST(a_blocked_shard_of_single_records_stays_small)
{
    blocked(1, true, 1);
    blocked(3, true, 4);
}
END_TEST

/* What every reader has taken is let go. */
START_TEST(the_log_is_trimmed)
{
    stream_case_init(&c, 1, 500, 0);
    stream_case_add_mapping(&c);
    stream_case_run(&c, 7200);
    ck_assert_uint_le(stream_shard(c.stream, 0)->log_capacity, 64);
    /* Also when the retention takes it unread: a week against a day of backlog. */
    stream_case_finish(&c);
    stream_case_init(&c, 1, 10, 0);
    c.target[0].refuses_until_s = 1e9;
    c.config.retention_ns = NS_PER_HOUR;
    stream_case_run(&c, 36000);
    const struct shard *const shard = stream_shard(c.stream, 0);
    ck_assert_uint_le(shard->log_count, 70 * 2);
    ck_assert_double_eq_tol(stream_case_metric(&c, "esm:m0", "records_in_flight"), 36000, 2500);
    stream_case_finish(&c);
}
END_TEST

TEST_MAIN("stream", keys_are_hashed_by_md5, records_go_where_their_key_belongs, ranges_join_up,
          a_hot_key_fills_its_shard, overload_loses_what_is_above_the_limit, bytes_are_limited_too,
          a_record_above_a_seconds_worth_passes, refused_records_come_again, producers_give_up,
          sizes_have_an_end, put_units_are_of_25_kb, meters_follow_the_stream,
          a_shard_is_used_while_it_is_open, every_shard_is_reported, the_last_arrival_is_a_record,
          resharding_conserves_records, retries_move_to_the_right_child,
          on_demand_grows_to_twice_the_peak, retries_are_no_demand, put_records_come_in_groups,
          a_blocked_shard_stays_small, a_blocked_shard_of_single_records_stays_small,
          the_log_is_trimmed)
