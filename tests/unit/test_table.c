/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is different in a table's stream: whole write units, two readers, reads that are counted
 * even where they are skipped, data that are not in base64. */
#include "stream_case.h"

#include "harness.h"

static struct stream_case c;

/* A table of `partitions` with the limits of AWS; a mapping looks four times a second. */
static void make_table(uint32_t partitions, double rate_per_s)
{
    stream_case_even(&c, partitions, rate_per_s);
    c.config.kind = STREAM_DYNAMODB;
    c.config.write_records_per_s = 1000;
    c.config.write_bytes_per_s = 1000 * 1024;
    c.config.put_unit_bytes = 1024;
    c.config.read_calls_per_s = 8;
    c.config.read_bytes_per_s = 8 * 1048576;
    c.config.read_max_records = 1000;
    c.config.read_max_bytes = 1048576;
    c.mapping[0].poll_period_ns = NS_PER_S / 4;
    c.mapping[0].plain_data = true;
}

static struct stream_poller_config *add_reader(void)
{
    struct stream_poller_config *const mapping = stream_case_add_mapping(&c);
    mapping->poll_period_ns = NS_PER_S / 4;
    mapping->plain_data = true;
    return mapping;
}

START_TEST(writes_take_whole_units)
{
    make_table(1, 800);
    c.workload[0].drop_on_throttle = true;
    distribution_constant(&c.workload[0].record_bytes, 1500); /* two units: 500 a second */
    stream_case_run(&c, 100);
    const double in = stream_case_metric(&c, "table:s", "records_in");
    ck_assert_double_ge(in, 500 * 100);
    ck_assert_double_le(in, 500 * 102); /* the bucket was full */
    ck_assert_double_eq(stream_case_metric(&c, "table:s", "records_lost"), 800 * 100 - in);
    ck_assert_double_eq(stream_case_metric(&c, "table:s", "write_capacity_units"), 2 * in);
    ck_assert_double_eq_tol(stream_case_metric(&c, "partition:s/0", "utilization"), 1, 0.02);
    ck_assert_double_eq_tol(stream_case_metric(&c, "table:s", "utilization"), 1, 0.02);
    stream_case_finish(&c);
}
END_TEST

START_TEST(small_writes_take_one_unit)
{
    make_table(2, 1500);
    stream_case_run(&c, 60);
    const double in = stream_case_metric(&c, "table:s", "records_in");
    ck_assert_double_eq(in, 1500 * 60);
    ck_assert_double_eq(stream_case_metric(&c, "table:s", "write_capacity_units"), in);
    ck_assert_double_eq_tol(stream_case_metric(&c, "table:s", "utilization"), 0.75, 1e-3);
    stream_case_finish(&c);
}
END_TEST

/* Each shard is read four times a second, whether something is there or not. */
static void assert_reads(double expected, enum meter meter)
{
    ck_assert_double_ge(stream_case_usage(&c, meter), 0.98 * expected);
    ck_assert_double_le(stream_case_usage(&c, meter), 1.02 * expected);
}

START_TEST(reads_that_bring_nothing_count)
{
    static const double once_s[] = {1000.5};
    make_table(2, 0);
    stream_case_trace(&c, once_s, 1, NULL, 1);
    stream_case_run(&c, 3600);
    ck_assert_double_le(stream_case_metric(&c, "esm:m0", "reads"), 4); /* and none was simulated */
    assert_reads(2 * 4 * 3600, METER_DYNAMODB_STREAM_LAMBDA_READS);
    ck_assert_double_eq(stream_case_usage(&c, METER_DYNAMODB_STREAM_READS), 0);
    stream_case_reset(&c);
    stream_case_run(&c, 5400);
    assert_reads(2 * 4 * 1800, METER_DYNAMODB_STREAM_LAMBDA_READS);
    stream_case_finish(&c);
}
END_TEST

START_TEST(servers_pay_for_reads)
{
    make_table(1, 0.7);
    c.config.paid_reads = true;
    stream_case_run(&c, 1800);
    assert_reads(4 * 1800, METER_DYNAMODB_STREAM_READS);
    ck_assert_double_eq(stream_case_usage(&c, METER_DYNAMODB_STREAM_LAMBDA_READS), 0);
    ck_assert_double_eq(stream_case_usage(&c, METER_KINESIS_SHARD_MS), 0);
    stream_case_finish(&c);
}
END_TEST

START_TEST(two_readers_are_served)
{
    make_table(2, 300);
    add_reader();
    stream_case_run(&c, 300);
    ck_assert_double_eq(stream_case_metric(&c, "table:s", "read_throttles"), 0);
    for (int i = 0; i < 2; i++)
        ck_assert_uint_ge(c.target[i].records, 300 * 299);
    stream_case_finish(&c);
}
END_TEST

START_TEST(a_third_reader_is_refused_at_times)
{
    make_table(1, 300);
    add_reader();
    add_reader();
    stream_case_run(&c, 300);
    /* Three ask twelve times a second, or less often after a refusal; eight are answered. */
    ck_assert_double_ge(stream_case_metric(&c, "table:s", "read_throttles"), 100);
    ck_assert_double_ge(stream_case_metric(&c, "esm:m0", "iterator_age_ms.max"), 500);
    for (int i = 0; i < 3; i++)
        ck_assert_uint_ge(c.target[i].records, 300 * 290); /* late, but all of it */
    stream_case_finish(&c);
}
END_TEST

/* The largest batch of records of 400 KB. */
static double largest_batch(bool plain)
{
    make_table(1, 20);
    c.config.write_bytes_per_s = 1e9;
    c.config.write_records_per_s = 1e6;
    c.mapping[0].plain_data = plain;
    c.mapping[0].batching_window_ns = 60 * NS_PER_S;
    distribution_constant(&c.workload[0].record_bytes, 409600);
    stream_case_run(&c, 120);
    const double records = stream_case_metric(&c, "esm:m0", "batch_records.max");
    stream_case_finish(&c);
    return records;
}

START_TEST(items_are_not_in_base64)
{
    ck_assert_double_eq(largest_batch(true), 15);  /* 6 MiB by 400 KB */
    ck_assert_double_eq(largest_batch(false), 11); /* by 4/3 of it */
}
END_TEST

TEST_MAIN("table", writes_take_whole_units, small_writes_take_one_unit,
          reads_that_bring_nothing_count, servers_pay_for_reads, two_readers_are_served,
          a_third_reader_is_refused_at_times, items_are_not_in_base64)
