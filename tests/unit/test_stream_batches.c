/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The batches of mappings: how large they get, and how long they collect. */
#include "stream_case.h"

#include "harness.h"

#include <math.h>

static struct stream_case c;

static double metric(const char *name)
{
    return stream_case_metric(&c, "esm:m0", name);
}

static void begin(uint32_t shards, double rate_per_s)
{
    stream_case_even(&c, shards, rate_per_s);
}

START_TEST(batches_end_at_their_size)
{
    static const uint32_t sizes[] = {1, 7, 100, 10000};
    for (size_t k = 0; k < 4; k++) {
        begin(1, 200);
        c.mapping[0].batch_size = sizes[k];
        c.target[0].duration_s = 0.001;
        c.target[0].refuses_until_s = 100;
        stream_case_run(&c, 200);
        ck_assert_double_eq(metric("batch_records.max"), sizes[k]);
        ck_assert_double_le(metric("records_in_flight"), 400);
        stream_case_finish(&c);
    }
}
END_TEST

/* Of the event: 102,400 bytes are 136,536 in base64, of which 46 fit, or 45 with 532 around each.
 */
START_TEST(batches_end_at_six_megabytes)
{
    for (int enveloped = 0; enveloped < 2; enveloped++) {
        begin(1, 10);
        distribution_constant(&c.workload[0].record_bytes, 102400);
        c.mapping[0].envelope_bytes = enveloped ? 532 : 0;
        c.target[0].refuses_until_s = 60;
        stream_case_run(&c, 600);
        ck_assert_double_eq(metric("batch_records.max"), enveloped ? 45 : 46);
        ck_assert_double_eq(metric("records_discarded"), 0);
        stream_case_finish(&c);
    }
    /* 10,000 records never go together: each takes 532 bytes even when it has one of its own. */
    begin(1, 1000);
    distribution_constant(&c.workload[0].record_bytes, 100);
    c.mapping[0].batch_size = 10000;
    c.mapping[0].batching_window_ns = 300 * NS_PER_S;
    c.mapping[0].envelope_bytes = 532;
    stream_case_run(&c, 100);
    ck_assert_double_eq(metric("batch_records.max"), 6 * 1048576 / (136 + 532));
    ck_assert_double_eq(c.target[0].call[0].records, 6 * 1048576 / (136 + 532));
    stream_case_finish(&c);
}
END_TEST

/* The largest record whose event is 6 MB: three bytes are four, in whole threes. */
START_TEST(a_record_above_six_megabytes_is_not_delivered)
{
    static const double times[] = {10, 20, 30};
    const double largest = 3 * (6 * 1048576 - 532) / 4;
    for (int i = 0; i < 4; i++) {
        const bool fits = i < 2;
        begin(1, 0);
        stream_case_trace(&c, times, 3, "s-41", 1);
        distribution_constant(&c.workload[0].record_bytes, largest + (fits ? 0 : 1));
        c.mapping[0].envelope_bytes = 532;
        c.mapping[0].on_failure_destination = i % 2 == 1;
        stream_case_run(&c, 100);
        ck_assert_uint_eq(c.target[0].calls, fits ? 3 : 0);
        ck_assert_double_eq(metric("records_processed"), fits ? 3 : 0);
        ck_assert_double_eq(metric("records_oversized"), fits ? 0 : 3);
        ck_assert_double_eq(metric("records_discarded"), fits ? 0 : 3);
        ck_assert_double_eq(metric("records_failed_to_destination"), fits || i == 2 ? 0 : 3);
        stream_case_finish(&c);
    }
    begin(1, 1); /* small ones around them are delivered in order */
    distribution_constant(&c.workload[0].record_bytes, 3);
    c.workload[1].arrivals.kind = ARRIVALS_RATE_CONSTANT;
    c.workload[1].arrivals.rate_per_s = 0.1;
    distribution_constant(&c.workload[1].record_bytes, largest + 1);
    c.config.workloads = 2;
    c.mapping[0].envelope_bytes = 532;
    stream_case_run(&c, 1000);
    ck_assert_double_eq(metric("records_oversized"), 100);
    ck_assert_double_ge(metric("records_processed"), 998);
    assert_in_order(&c.target[0]);
    stream_case_finish(&c);
}
END_TEST

/* The first window begins with the polling, the next ones where the invocation before ends. */
START_TEST(windows_collect)
{
    static const double windows[] = {5, 300};
    for (size_t k = 0; k < 2; k++) {
        const double window = windows[k];
        begin(1, 10);
        c.mapping[0].batch_size = 10000;
        c.mapping[0].batching_window_ns = (int64_t)(window * 1e9);
        c.target[0].duration_s = 2;
        stream_case_run(&c, 10 * window + 60);
        const struct case_target *const t = &c.target[0];
        ck_assert_uint_ge(t->calls, 7);
        ck_assert_double_ge(t->call[0].at_s, window - 1);
        ck_assert_double_le(t->call[0].at_s, window);
        for (uint64_t i = 1; i < t->calls; i++) {
            const double gap = t->call[i].at_s - t->call[i - 1].end_s;
            ck_assert_double_eq_tol(gap, window, 1e-6);
            ck_assert_double_eq_tol(t->call[i].records, 10 * (gap + 2), 12);
        }
        stream_case_finish(&c);
    }
    begin(1, 100); /* a full batch does not wait for the end of its window */
    c.mapping[0].batch_size = 200;
    c.mapping[0].batching_window_ns = 300 * NS_PER_S;
    stream_case_run(&c, 600);
    ck_assert_double_eq_tol(metric("batches"), 300, 3);
    ck_assert_double_eq(metric("batch_records.mean"), 200);
    stream_case_finish(&c);
    begin(1, 1); /* no window: as soon as read */
    stream_case_run(&c, 600);
    ck_assert_double_eq(metric("batches"), 600);
    stream_case_finish(&c);
}
END_TEST

#define LONE 1000

/* Records that come alone: windows of 20 s follow one another from the end of the last invocation,
 * so that a record waits for ten seconds in the mean, and what is left of its poll. */
START_TEST(empty_windows_follow_one_another)
{
    static double times[LONE];
    for (int i = 0; i < LONE; i++)
        times[i] = 10 + i * 97.618033988749895;
    begin(1, 0);
    stream_case_trace(&c, times, LONE, NULL, 1);
    c.mapping[0].batching_window_ns = 20 * NS_PER_S;
    c.target[0].duration_s = 2.37; /* windows are not in step with polls */
    stream_case_run(&c, 98000);
    const struct case_target *const t = &c.target[0];
    ck_assert_uint_eq(t->calls, LONE);
    double mean = 0;
    for (uint64_t i = 1; i < t->calls; i++) {
        const double wait = t->call[i].at_s - times[i];
        const double windows = (t->call[i].at_s - t->call[i - 1].end_s) / 20;
        ck_assert_double_eq_tol(windows, floor(windows + 0.5), 1e-6);
        ck_assert_double_le(wait, 21);
        mean += wait / (LONE - 1);
    }
    ck_assert_double_eq_tol(mean, 10.5, 0.5);
    stream_case_finish(&c);
}
END_TEST

/* A window whose records get too old before it ends is not the end of windows. */
START_TEST(a_window_outlives_its_records)
{
    static const double times[] = {10, 250, 310, 595, 1210};
    begin(1, 0);
    stream_case_trace(&c, times, 5, NULL, 1);
    c.mapping[0].batching_window_ns = 300 * NS_PER_S;
    c.mapping[0].maximum_record_age_ns = 60 * NS_PER_S;
    stream_case_run(&c, 2000);
    /* The first window takes what came after 240 s, the second what came after 540 s. */
    const struct case_target *const t = &c.target[0];
    ck_assert_uint_eq(t->calls, 2);
    ck_assert_double_eq_tol(t->call[0].at_s, 300, 1);
    ck_assert_double_eq_tol(t->call[0].first_arrival_s, 250, 1e-6);
    ck_assert_double_eq_tol(t->call[1].at_s, 600, 1);
    ck_assert_double_eq_tol(t->call[1].first_arrival_s, 595, 1e-6);
    ck_assert_double_eq(metric("records_discarded"), 3);
    ck_assert_double_eq(metric("records_in_flight"), 0);
    stream_case_finish(&c);
}
END_TEST

/* 64 records at once whose batches fail for seven seconds: tried at once, after 1, 3 and 7 s. */
static void fail_for_a_while(int64_t attempts, bool bisect)
{
    static const double times[] = {10};
    begin(1, 0);
    stream_case_trace(&c, times, 1, "k", 64);
    c.mapping[0].maximum_retry_attempts = attempts;
    c.mapping[0].bisect_on_error = bisect;
    c.target[0].fails_from_s = 10;
    c.target[0].fails_until_s = 15;
    stream_case_run(&c, 100);
    ck_assert_double_eq(metric("records_delivered") - metric("records_duplicated"), 64);
    ck_assert_double_eq(metric("records_processed") + metric("records_dropped"), 64);
}

START_TEST(records_come_again_after_errors)
{
    fail_for_a_while(-1, false);
    ck_assert_double_eq(metric("records_delivered"), 4 * 64);
    ck_assert_double_eq(metric("records_duplicated"), 3 * 64);
    ck_assert_double_eq(metric("records_dropped"), 0);
    stream_case_finish(&c);
    fail_for_a_while(2, false);
    ck_assert_double_eq(metric("records_delivered"), 3 * 64);
    ck_assert_double_eq(metric("records_dropped"), 64);
    stream_case_finish(&c);
    fail_for_a_while(-1, true); /* 64, 32, 16, and from then on all of them */
    ck_assert_double_gt(metric("records_duplicated"), 64);
    ck_assert_double_eq(metric("records_processed"), 64);
    stream_case_finish(&c);
}
END_TEST

TEST_MAIN("stream_batches", batches_end_at_their_size, batches_end_at_six_megabytes,
          a_record_above_six_megabytes_is_not_delivered, windows_collect,
          empty_windows_follow_one_another, a_window_outlives_its_records,
          records_come_again_after_errors)
