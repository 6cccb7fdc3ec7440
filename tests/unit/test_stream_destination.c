/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a stream's mapping tells its on-failure destination: one message a batch that was given up.
 */
#include "stream_case.h"

#include "harness.h"

#include <string.h>

#define MESSAGES 2000

static struct stream_case c;

static struct {
    struct destination destination; /* first */
    struct message message[MESSAGES];
    double at_s[MESSAGES];
    size_t messages;
} box;

static void collect(struct destination *self, const struct message *message)
{
    (void)self;
    ck_assert_uint_lt(box.messages, MESSAGES);
    box.at_s[box.messages] = (double)simulation_now(&c.simulation) / 1e9;
    box.message[box.messages++] = *message;
}

static double metric(const char *name)
{
    return stream_case_metric(&c, "esm:m0", name);
}

/* Batches of 16, each tried three times; the box is the destination. */
static void begin_at(const double *time_s, size_t count, uint64_t copies)
{
    stream_case_even(&c, 1, 0);
    stream_case_trace(&c, time_s, count, "k", copies);
    c.mapping[0].batch_size = 16;
    c.mapping[0].maximum_retry_attempts = 2;
    c.mapping[0].on_failure_destination = true;
    c.mapping[0].failure_record_bytes = 777;
    memset(&box, 0, sizeof box);
    box.destination.send = collect;
    c.on_failure[0] = &box.destination;
}

/* 64 records at 10 s. */
static void begin(void)
{
    static const double at_s = 10;
    begin_at(&at_s, 1, 64);
}

START_TEST(each_failed_batch_is_one_message)
{
    begin();
    c.target[0].error_rate = 1;
    stream_case_run(&c, 600);
    ck_assert_uint_eq(box.messages, 4);
    ck_assert_double_eq(metric("destination_messages"), 4);
    ck_assert_double_eq(metric("records_failed_to_destination"), 64);
    ck_assert_double_eq(metric("records_in_flight"), 0);
    for (size_t i = 0; i < box.messages; i++) { /* three tries of a batch, after 1 and 2 s */
        ck_assert_double_eq_tol(box.at_s[i], c.target[0].call[3 * i + 2].end_s, 1e-6);
        ck_assert_int_eq(box.message[i].origin_ns, 10 * NS_PER_S);
        ck_assert_int_eq(box.message[i].bytes, 777);
        ck_assert_int_eq(box.message[i].duration_ns, -1);
        ck_assert_uint_eq(box.message[i].hops, 1);
        ck_assert(!box.message[i].poison);
    }
    ck_assert_uint_eq(stream_poller_class.lost(c.poller[0]), 0); /* somebody was told */
    stream_case_finish(&c);
    begin(); /* outside of the system: counted, and lost to it */
    c.on_failure[0] = NULL;
    c.target[0].error_rate = 1;
    stream_case_run(&c, 600);
    ck_assert_uint_eq(box.messages, 0);
    ck_assert_double_eq(metric("destination_messages"), 4);
    ck_assert_uint_eq(stream_poller_class.lost(c.poller[0]), 64);
    stream_case_finish(&c);
}
END_TEST

/* Halves of 16 that fail: 8, 4, 2 and 1 records; each single one is given up by itself. */
START_TEST(a_bisected_batch_is_told_in_its_parts)
{
    begin();
    c.mapping[0].bisect_on_error = true;
    c.target[0].error_rate = 1;
    stream_case_run(&c, 3600);
    ck_assert_uint_eq(box.messages, 64);
    ck_assert_double_eq(metric("destination_messages"), 64);
    ck_assert_double_eq(metric("records_failed_to_destination"), 64);
    stream_case_finish(&c);
}
END_TEST

/* 100 s without an environment: the batch that is tried and those behind it get too old. */
START_TEST(what_is_too_old_is_told_by_batches)
{
    begin();
    c.mapping[0].maximum_record_age_ns = 60 * NS_PER_S;
    c.target[0].refuses_from_s = 0;
    c.target[0].refuses_until_s = 200;
    stream_case_run(&c, 600);
    ck_assert_uint_eq(c.target[0].calls, 0);
    ck_assert_uint_eq(box.messages, 4);
    ck_assert_double_eq(metric("records_failed_to_destination"), 64);
    ck_assert_double_ge(box.at_s[0], 70);
    stream_case_finish(&c);
    begin(); /* past the retention nobody knows of them */
    c.config.retention_ns = 60 * NS_PER_S;
    c.target[0].refuses_until_s = 200;
    stream_case_run(&c, 600);
    ck_assert_uint_eq(box.messages, 0);
    ck_assert_double_eq(metric("records_expired"), 64);
    stream_case_finish(&c);
}
END_TEST

START_TEST(a_record_that_is_too_large_is_a_batch_of_its_own)
{
    begin();
    distribution_constant(&c.workload[0].record_bytes, 1000);
    c.mapping[0].payload_bytes = 1000;
    stream_case_run(&c, 60);
    ck_assert_double_eq(metric("records_oversized"), 64);
    ck_assert_uint_eq(box.messages, 64);
    stream_case_finish(&c);
}
END_TEST

/* Arrivals one by one make a batch of many cohorts; the oldest of them says where it began. */
START_TEST(a_message_bears_the_oldest_of_its_batch)
{
    static double times[40];
    for (int i = 0; i < 40; i++)
        times[i] = 10.2 + i * 0.01;
    begin_at(times, 40, 1);
    c.mapping[0].batch_size = 100;
    c.mapping[0].batching_window_ns = 5 * NS_PER_S;
    c.mapping[0].maximum_retry_attempts = 0;
    c.target[0].error_rate = 1;
    stream_case_run(&c, 60);
    ck_assert_uint_eq(box.messages, 1);
    ck_assert_int_eq(box.message[0].origin_ns, (int64_t)(10.2 * 1e9));
    stream_case_finish(&c);
    begin_at(times, 40, 1); /* too old together: one message, not one a cohort */
    c.mapping[0].batch_size = 100;
    c.mapping[0].maximum_record_age_ns = 60 * NS_PER_S;
    c.target[0].refuses_until_s = 200;
    stream_case_run(&c, 300);
    ck_assert_uint_eq(box.messages, 1);
    ck_assert_double_eq(metric("records_failed_to_destination"), 40);
    stream_case_finish(&c);
}
END_TEST

TEST_MAIN("stream_destination", each_failed_batch_is_one_message,
          a_bisected_batch_is_told_in_its_parts, what_is_too_old_is_told_by_batches,
          a_record_that_is_too_large_is_a_batch_of_its_own, a_message_bears_the_oldest_of_its_batch)
