/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mappings that begin in the middle of a run: with which record, what they count, and that before
 * they take and pay for nothing. */
#include "stream_case.h"

#include "harness.h"

#include <math.h>

static struct stream_case c;

static double metric(const char *name)
{
    return stream_case_metric(&c, "esm:m0", name);
}

static double stream_metric(const char *name)
{
    return stream_case_metric(&c, "stream:s", name);
}

/* 100 records/s evenly on two shards; the mapping begins at `created_s` with records that came at
 * `starting_s` or later. */
static void begin(double created_s, double starting_s)
{
    stream_case_init(&c, 2, 100, 0);
    c.workload[0].arrivals.kind = ARRIVALS_RATE_CONSTANT;
    c.mapping[0].created_ns = (int64_t)(created_s * 1e9);
    c.mapping[0].starting_ns = (int64_t)(starting_s * 1e9);
}

static void assert_nothing_yet(void)
{
    ck_assert_uint_eq(c.target[0].calls, 0);
    ck_assert_double_eq(metric("reads"), 0);
    ck_assert_double_eq(metric("records_in"), 0);
    ck_assert_double_eq(metric("records_in_flight"), 0);
    ck_assert_double_eq(metric("records_expired"), 0);
    ck_assert_double_eq(stream_case_usage(&c, METER_KINESIS_ON_DEMAND_OUT_BYTES), 0);
}

/* What the mapping has taken on is done with or under way, and the rest was passed over. */
static void assert_balanced(double before_reset)
{
    ck_assert_double_eq(before_reset + metric("records_in"),
                        metric("records_processed") + metric("records_discarded") +
                            metric("records_expired") + metric("records_in_flight"));
    stream_case_audit(&c);
}

START_TEST(trim_horizon_works_off_the_backlog)
{
    begin(600, 0);
    c.config.on_demand = true;
    stream_case_run(&c, 600 - 1e-6);
    assert_nothing_yet();
    ck_assert_double_eq(metric("records_skipped"), 0);
    stream_case_run(&c, 1200);
    ck_assert_double_eq(metric("records_in"), 100 * 1200);
    ck_assert_double_eq(metric("records_skipped"), 0);
    ck_assert_double_ge(metric("records_processed"), 100 * 1198);
    assert_balanced(0);
    const struct case_call *const first = &c.target[0].call[0];
    ck_assert_double_le(first->first_arrival_s, 0.1);
    ck_assert_double_ge(first->at_s, 600);
    ck_assert_double_le(first->at_s, 601);
    /* A batch of 100 is two seconds of a shard: the first one's last record waited 598 s or more.
     */
    ck_assert_double_ge(metric("iterator_age_ms.max"), 598e3);
    ck_assert_double_le(metric("iterator_age_ms.max"), 600e3);
    /* 50 batches/s a shard work off 30,000 records less what comes: in 6.1 s. */
    uint64_t late = 0;
    for (uint64_t i = 0; i < c.target[0].calls; i++)
        late += c.target[0].call[i].at_s - c.target[0].call[i].first_arrival_s > 4;
    ck_assert_double_eq_tol(c.target[0].call[late].at_s, 606.5, 1);
    ck_assert_double_gt(stream_case_usage(&c, METER_KINESIS_ON_DEMAND_OUT_BYTES), 0);
    stream_case_finish(&c);
}
END_TEST

/* What the stream has let go of by then is not this mapping's loss. */
START_TEST(trim_horizon_ends_at_the_retention)
{
    begin(900, 0);
    c.config.retention_ns = 300 * NS_PER_S;
    stream_case_run(&c, 899);
    assert_nothing_yet();
    stream_case_run(&c, 1500);
    ck_assert_double_eq_tol(metric("records_skipped"), 100 * 600, 2);
    ck_assert_double_eq(metric("records_in") + metric("records_skipped"), 100 * 1500);
    /* The oldest go on expiring until the backlog is gone: a poll and 3 s later. */
    ck_assert_double_gt(metric("records_expired"), 0);
    ck_assert_double_le(metric("records_expired"), 100 * 4);
    ck_assert_double_le(metric("iterator_age_ms.max"), 300e3);
    ck_assert_double_ge(metric("iterator_age_ms.max"), 297e3);
    ck_assert_double_ge(c.target[0].call[0].first_arrival_s, 600);
    assert_balanced(0);
    stream_case_finish(&c);
}
END_TEST

START_TEST(latest_begins_with_what_comes)
{
    begin(600, 600);
    stream_case_run(&c, 599);
    assert_nothing_yet();
    ck_assert_uint_le(stream_shard(c.stream, 0)->log_count, 61); /* of the last minute */
    stream_case_run(&c, 1200);
    ck_assert_double_eq(metric("records_skipped"), 100 * 600);
    ck_assert_double_eq(metric("records_in"), 100 * 600);
    ck_assert_double_ge(metric("records_processed"), 100 * 598);
    ck_assert_double_le(metric("iterator_age_ms.max"), 1000);
    ck_assert_double_ge(c.target[0].call[0].first_arrival_s, 600);
    ck_assert_double_le(c.target[0].call[0].first_arrival_s, 600.1);
    assert_balanced(0);
    stream_case_finish(&c);
}
END_TEST

START_TEST(a_timestamp_is_between)
{
    begin(600, 450);
    stream_case_run(&c, 1200);
    ck_assert_double_eq_tol(metric("records_skipped"), 100 * 450, 2);
    ck_assert_double_eq(metric("records_in") + metric("records_skipped"), 100 * 1200);
    ck_assert_double_eq_tol(c.target[0].call[0].first_arrival_s, 450, 0.05);
    ck_assert_double_le(metric("iterator_age_ms.max"), 150e3);
    ck_assert_double_ge(metric("iterator_age_ms.max"), 147e3);
    assert_balanced(0);
    stream_case_finish(&c);
    begin(600, 100); /* older than the oldest: as TRIM_HORIZON */
    c.config.retention_ns = 200 * NS_PER_S;
    stream_case_run(&c, 1200);
    ck_assert_double_eq_tol(metric("records_skipped"), 100 * 400, 2);
    assert_balanced(0);
    stream_case_finish(&c);
}
END_TEST

/* A warm-up that ends before the mapping begins leaves it all that it finds; one that ends after it
 * leaves what comes. */
START_TEST(the_warm_up_may_end_on_either_side)
{
    static const struct {
        double starting_s, warm_s, in, skipped;
    } cases[] = {
        {0, 300, 1200, 0},  {600, 300, 600, 300}, {450, 300, 750, 150},
        {450, 500, 750, 0}, {0, 900, 300, 0},     {600, 900, 300, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(600, cases[i].starting_s);
        stream_case_run(&c, cases[i].warm_s);
        const double before = metric("records_in_flight");
        stream_case_reset(&c);
        stream_case_audit(&c);
        stream_case_run(&c, 1200);
        ck_assert_double_eq_tol(metric("records_in"), 100 * cases[i].in, 2);
        ck_assert_double_eq_tol(metric("records_skipped"), 100 * cases[i].skipped, 2);
        assert_balanced(before);
        stream_case_finish(&c);
    }
}
END_TEST

/* Five idle mappings share a shard's calls; a sixth one refuses some of them from its beginning. */
START_TEST(a_mapping_that_is_yet_to_come_reads_nothing)
{
    begin(500, 500);
    c.workload[0].arrivals.rate_per_s = 0;
    while (c.mappings < 6)
        stream_case_add_mapping(&c);
    stream_case_run(&c, 499.9);
    ck_assert_double_eq(stream_metric("read_throttles"), 0);
    stream_case_run(&c, 1500);
    ck_assert_double_eq_tol(stream_metric("read_throttles") / 1000 / 2, 1, 0.15);
    ck_assert_double_ge(stream_case_metric(&c, "esm:m5", "reads"), 1500); /* woken by the sixth */
    stream_case_finish(&c);
}
END_TEST

/* Consumer-shard-hours are paid from the consumer's beginning, by the shards of then. */
START_TEST(fan_out_is_paid_from_its_beginning)
{
    static const int64_t update_ns[] = {2400 * NS_PER_S};
    static const uint32_t targets[] = {4};
    begin(1800, 0);
    c.config.update_ns = update_ns;
    c.config.update_shard_count = targets;
    c.config.updates = 1;
    c.config.reshard_ns_per_shard = 0;
    c.mapping[0].enhanced_fan_out = true;
    stream_case_add_mapping(&c)->enhanced_fan_out = true;
    stream_case_run(&c, 3600);
    const double first = 2 * 2400 + 4 * 1200, second = 2 * 600 + 4 * 1200;
    ck_assert_double_eq(stream_case_usage(&c, METER_KINESIS_FAN_OUT_SHARD_MS),
                        1000 * (first + second));
    /* It reads all that is kept: each record is paid for twice. */
    ck_assert_double_eq_tol(stream_case_usage(&c, METER_KINESIS_FAN_OUT_BYTES),
                            2 * stream_metric("bytes_in"), 2000);
    stream_case_reset(&c);
    stream_case_run(&c, 3700);
    ck_assert_double_eq(stream_case_usage(&c, METER_KINESIS_FAN_OUT_SHARD_MS), 2 * 4 * 100e3);
    stream_case_finish(&c);
}
END_TEST

/* Shards that were closed before it began are read before their children, and wait for nobody when
 * all of theirs is passed over. */
START_TEST(closed_shards_come_first)
{
    static const int64_t update_ns[] = {200 * NS_PER_S, 400 * NS_PER_S};
    static const uint32_t targets[] = {1, 3};
    static const double starts[] = {0, 300, 600};
    for (size_t k = 0; k < 3; k++) {
        begin(600, starts[k]);
        c.config.update_ns = update_ns;
        c.config.update_shard_count = targets;
        c.config.updates = 2;
        c.config.reshard_ns_per_shard = 0;
        stream_case_run(&c, 1200);
        ck_assert_double_eq_tol(metric("records_skipped"), 100 * starts[k], 2);
        ck_assert_double_ge(metric("records_processed"), 100 * (1198 - starts[k]));
        assert_balanced(0);
        const struct case_target *const t = &c.target[0];
        double generation_end_s = 0; /* of the last one that began */
        static const double edges[] = {200, 400, 1e9};
        for (size_t g = 0; g < 3; g++) {
            const double from = g == 0 ? 0 : edges[g - 1];
            double first_s = 1e9, end_s = generation_end_s;
            for (uint64_t i = 0; i < t->calls; i++)
                if (t->call[i].first_arrival_s >= from && t->call[i].first_arrival_s < edges[g]) {
                    first_s = fmin(first_s, t->call[i].at_s);
                    end_s = fmax(end_s, t->call[i].end_s);
                }
            ck_assert_double_ge(first_s, generation_end_s - 1e-6);
            generation_end_s = end_s;
        }
        if (starts[k] == 600)
            ck_assert_double_le(metric("iterator_age_ms.max"), 1000);
        stream_case_finish(&c);
    }
}
END_TEST

/* A mapping that never begins within the run takes no part in it. */
START_TEST(beyond_the_end_nothing_begins)
{
    begin(5000, 0);
    c.config.retention_ns = 600 * NS_PER_S;
    stream_case_run(&c, 1200);
    assert_nothing_yet();
    stream_poller_class.close(c.poller[0]);
    ck_assert_uint_eq(stream_poller_class.latency(c.poller[0])->count, 0);
    ck_assert_uint_eq(stream_poller_class.lost(c.poller[0]), 0);
    stream_case_finish(&c);
}
END_TEST

TEST_MAIN("stream_start", trim_horizon_works_off_the_backlog, trim_horizon_ends_at_the_retention,
          latest_begins_with_what_comes, a_timestamp_is_between, the_warm_up_may_end_on_either_side,
          a_mapping_that_is_yet_to_come_reads_nothing, fan_out_is_paid_from_its_beginning,
          closed_shards_come_first, beyond_the_end_nothing_begins)
