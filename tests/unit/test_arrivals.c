/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every kind of arrivals, one by one and by stretches: mean and variance against theory, with
 * tolerances from the sampling error (3.3 deviations; seeds are fixed), and traces scaled in rate
 * and time.
 */
#include "aws/arrivals.h"
#include "core/event_queue.h"
#include "harness.h"
#include "kolmogorov.h"
#include "model_case.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

static struct arrivals_config rate(enum arrivals_kind kind, double rate_per_s, double end_s)
{
    return (struct arrivals_config){.kind = kind,
                                    .rate_per_s = rate_per_s,
                                    .rate_scale = 1,
                                    .time_scale = 1,
                                    .horizon_ns = SECONDS(end_s)};
}

static struct arrivals_config trace(struct case_arrivals *list, double end_s)
{
    struct arrivals_config config = rate(ARRIVALS_FROM_SOURCE, 0, end_s);
    case_open_source(list, "w", &config.source);
    return config;
}

/* Numbers of arrivals in bins of `bin_s`, from single arrivals or from stretches of `longest_s`
 * (0: singles), which must be in order and within the horizon. */
static uint64_t count_bins(const struct arrivals_config *config, uint64_t replication,
                           double longest_s, double bin_s, uint64_t *bin, size_t bins)
{
    struct arrivals arrivals;
    arrivals_init(&arrivals, config, 5, replication, "workload:w");
    memset(bin, 0, bins * sizeof *bin);
    struct arrival a;
    uint64_t total = 0;
    int64_t last_ns = 0;
    int status;
    for (;;) {
        status = longest_s > 0 ? arrivals_segment(&arrivals, SECONDS(longest_s), &a)
                               : arrivals_next(&arrivals, &a);
        if (status != 1)
            break;
        if (a.start_ns < last_ns || a.end_ns < a.start_ns)
            ck_abort_msg("out of order at %lld", (long long)a.start_ns);
        if (longest_s > 0 && a.end_ns - a.start_ns > SECONDS(longest_s))
            ck_abort_msg("a stretch is too long");
        if (longest_s == 0 && (a.count != 1 || a.start_ns != a.end_ns))
            ck_abort_msg("not a single arrival");
        if (config->kind != ARRIVALS_FROM_SOURCE && a.end_ns > config->horizon_ns)
            ck_abort_msg("beyond the horizon");
        last_ns = longest_s > 0 ? a.end_ns : a.start_ns;
        const size_t i = (size_t)(a.start_ns / SECONDS(bin_s));
        if (i >= bins)
            ck_abort_msg("too late: %lld", (long long)a.start_ns);
        bin[i] += a.count;
        total += a.count;
    }
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(arrivals_next(&arrivals, &a), 0); /* and it stays at its end */
    arrivals_finish(&arrivals);
    return total;
}

static double mean_of(const uint64_t *bin, size_t bins)
{
    double sum = 0;
    for (size_t i = 0; i < bins; i++)
        sum += (double)bin[i];
    return sum / (double)bins;
}

static double variance_of(const uint64_t *bin, size_t bins)
{
    const double mean = mean_of(bin, bins);
    double sum = 0;
    for (size_t i = 0; i < bins; i++)
        sum += ((double)bin[i] - mean) * ((double)bin[i] - mean);
    return sum / (double)(bins - 1);
}

/* A Poisson number has variance = mean; the variance of n of them deviates by about
 * mean x sqrt((2 + 1 / mean) / n). */
static void check_poisson(const uint64_t *bin, size_t bins, double mean)
{
    const double n = (double)bins;
    ck_assert_double_eq_tol(mean_of(bin, bins), mean, 3.3 * sqrt(mean / n));
    ck_assert_double_eq_tol(variance_of(bin, bins), mean, 3.3 * mean * sqrt((2 + 1 / mean) / n));
}

START_TEST(poisson_counts)
{
    enum { BINS = 4000 };
    static uint64_t bin[BINS];
    struct arrivals_config config = rate(ARRIVALS_RATE_POISSON, 3, BINS);
    for (int i = 0; i < 3; i++) {
        count_bins(&config, 1, i, 1, bin, BINS); /* singles; stretches of a second and of two */
        if (i < 2)
            check_poisson(bin, BINS, 3);
    }
    config.rate_scale = 2.5;
    count_bins(&config, 2, 0, 1, bin, BINS);
    check_poisson(bin, BINS, 7.5);
    config.rate_scale = 0.1;
    count_bins(&config, 3, 1, 1, bin, BINS);
    check_poisson(bin, BINS, 0.3);
}
END_TEST

static double exponential_cdf(double x, const void *law)
{
    (void)law;
    return -expm1(-x);
}

START_TEST(poisson_gaps_are_exponential)
{
    enum { GAPS = 20000 };
    static double gap[GAPS];
    const struct arrivals_config config = rate(ARRIVALS_RATE_POISSON, 4, 1e6);
    struct arrivals arrivals;
    arrivals_init(&arrivals, &config, 6, 0, "workload:w");
    int64_t last_ns = 0;
    struct arrival a;
    for (size_t i = 0; i < GAPS; i++) {
        if (arrivals_next(&arrivals, &a) != 1)
            ck_abort_msg("the arrivals end");
        gap[i] = (double)(a.start_ns - last_ns) * 4 / 1e9;
        last_ns = a.start_ns;
    }
    ck_assert_int_eq(a.duration_ns, -1);
    ck_assert_int_eq(a.bytes, -1);
    ck_assert_ptr_null(a.key);
    arrivals_finish(&arrivals);
    ck_assert_double_lt(kolmogorov(gap, GAPS, exponential_cdf, NULL, NULL), KOLMOGOROV_LIMIT);
}
END_TEST

START_TEST(a_constant_rate_is_exact)
{
    struct arrivals_config config = rate(ARRIVALS_RATE_CONSTANT, 3, 7200);
    config.rate_scale = 2;
    struct arrivals arrivals;
    arrivals_init(&arrivals, &config, 5, 0, "workload:w");
    struct arrival a;
    for (uint64_t k = 0; k < 43200; k++) {
        if (arrivals_next(&arrivals, &a) != 1 ||
            llabs(a.start_ns - (int64_t)(((double)k + 0.5) / 6 * 1e9)) > 1)
            ck_abort_msg("arrival %llu at %lld", (unsigned long long)k, (long long)a.start_ns);
    }
    ck_assert_int_eq(arrivals_next(&arrivals, &a), 0);
    arrivals_finish(&arrivals);
    /* By stretches that are no multiple of the gap: none lost, none twice, marked as even. */
    static uint64_t bin[7200];
    ck_assert_uint_eq(count_bins(&config, 0, 0.7, 1, bin, 7200), 43200);
    config.rate_per_s = 0.01 / 2;
    ck_assert_uint_eq(count_bins(&config, 0, 0.7, 1, bin, 7200), 72);
    ck_assert_uint_eq(bin[49] + bin[50], 1); /* by where the stretch begins */
    ck_assert_uint_eq(bin[149] + bin[150], 1);
}
END_TEST

/* A day: 2/s at night, up to 10/s at noon and down, with a period, twice as slow: the integral. */
START_TEST(a_profile_integrates_exactly)
{
    static const struct arrivals_point point[] = {
        {0, 2}, {SECONDS(100.0), 2}, {SECONDS(300.0), 10}, {SECONDS(400.0), 0}};
    /* 0-100: 200; 100-300: 1200; 300-400: 500; then 0 until 500: 1900 a period. */
    struct arrivals_config config = rate(ARRIVALS_RATE_PROFILE, 0, 500);
    config.point = point;
    config.points = COUNT(point);
    enum { RUNS = 30 };
    static uint64_t bin[4000];
    for (int variant = 0; variant < 6; variant++) {
        config.time_scale = variant % 2 == 0 ? 1 : 2;
        config.rate_scale = variant < 4 ? 1 : 0.5;
        config.period_ns = variant >= 2 ? SECONDS(500.0) : 0;
        const double periods = variant >= 2 ? 3 : 1;
        config.horizon_ns = SECONDS(500 * periods * config.time_scale);
        const double wanted = 1900 * periods * config.time_scale * config.rate_scale;
        for (int way = 0; way < 3; way++) { /* singles, short and long stretches */
            double total = 0;
            for (uint64_t i = 0; i < RUNS; i++)
                total += (double)count_bins(&config, i,
                                            way == 0   ? 0
                                            : way == 1 ? 0.9
                                                       : 77,
                                            1, bin, 4000);
            ck_assert_double_eq_tol(total / RUNS, wanted, 3.3 * sqrt(wanted / RUNS));
        }
        /* Where they fall: the second hundred of the first period holds 400, the fourth 500. */
        double rising = 0, falling = 0;
        const int s = (int)config.time_scale;
        for (uint64_t i = 0; i < RUNS; i++) {
            count_bins(&config, i, 0.9, 1, bin, 4000);
            for (int k = 100 * s; k < 200 * s; k++)
                rising += (double)bin[k];
            for (int k = 300 * s; k < 400 * s; k++)
                falling += (double)bin[k];
            for (int k = 400 * s; k < 500 * s; k++)
                if (bin[k] != 0)
                    ck_abort_msg("%d: an arrival where the rate is 0", k);
        }
        const double unit = RUNS * config.time_scale * config.rate_scale;
        ck_assert_double_eq_tol(rising, 400 * unit, 3.3 * sqrt(400 * unit));
        ck_assert_double_eq_tol(falling, 500 * unit, 3.3 * sqrt(500 * unit));
    }
}
END_TEST

/* Before the first point and behind the last (without a period) their rates hold. */
START_TEST(a_profile_goes_on_at_its_ends)
{
    static const struct arrivals_point point[] = {{SECONDS(50.0), 6}, {SECONDS(60.0), 1}};
    struct arrivals_config config = rate(ARRIVALS_RATE_PROFILE, 0, 400);
    config.point = point;
    config.points = COUNT(point);
    static uint64_t bin[400];
    double early = 0, late = 0;
    for (uint64_t i = 0; i < 100; i++) {
        count_bins(&config, i, 1, 1, bin, 400);
        for (int k = 0; k < 50; k++)
            early += (double)bin[k];
        for (int k = 60; k < 400; k++)
            late += (double)bin[k];
    }
    ck_assert_double_eq_tol(early, 30000, 3.3 * sqrt(30000));
    ck_assert_double_eq_tol(late, 34000, 3.3 * sqrt(34000));
}
END_TEST

/*
 * Two states with mean lengths B = 30 s (1/s) and b = 10 s (9/s): mean rate 3/s. The number in a
 * bin of T has variance mT + 2 v tau^2 (T/tau - 1 + exp(-T/tau)) with v = 64 x 3/16 = 12 and
 * 1/tau = 1/30 + 1/10 (doubly stochastic Poisson, Cox and Isham 1980).
 */
START_TEST(bursts_are_stationary)
{
    struct arrivals_config config = rate(ARRIVALS_RATE_BURSTS, 0, 100000);
    config.base_rate_per_s = 1;
    config.burst_rate_per_s = 9;
    config.mean_base_s = 30;
    config.mean_burst_s = 10;
    enum { BINS = 10000 };
    static uint64_t bin[BINS];
    const double tau = 7.5, span = 10;
    const double variance = 30 + 2 * 12 * tau * tau * (span / tau - 1 + exp(-span / tau));
    for (int way = 0; way < 2; way++) {
        count_bins(&config, (uint64_t)way, way == 0 ? 0 : 3, span, bin, BINS);
        /* Bins are correlated over tau: the mean's variance is 3/s + 2 v tau over the time. */
        const double deviation = sqrt((3 + 2 * 12 * tau) * 100000) / BINS;
        ck_assert_double_eq_tol(mean_of(bin, BINS), 30, 3.3 * deviation);
        if (way == 0) /* stretches put into bins by their start are less exact */
            ck_assert_double_eq_tol(variance_of(bin, BINS), variance, 0.08 * variance);
    }
    /* The first second of many replications is as busy as any other: it starts stationary. */
    config.horizon_ns = SECONDS(1.0);
    double total = 0;
    for (uint64_t i = 0; i < 20000; i++)
        total += (double)count_bins(&config, i, 0, 1, bin, 1);
    ck_assert_double_eq_tol(total / 20000, 3, 3.3 * sqrt((3 + 12) / 20000.0));
}
END_TEST

/* When bursts of 1000/s begin and end, to the stretch, nothing coming between them. */
static size_t bursts_of(double rate_scale, double longest_s, int64_t *start_ns, size_t most)
{
    struct arrivals_config config = rate(ARRIVALS_RATE_BURSTS, 0, 10000);
    config.burst_rate_per_s = 1000;
    config.mean_base_s = 60;
    config.mean_burst_s = 60;
    config.rate_scale = rate_scale;
    struct arrivals arrivals;
    struct arrival a;
    size_t bursts = 0;
    int64_t end_ns = -1;
    arrivals_init(&arrivals, &config, 5, 0, "workload:w");
    while (arrivals_segment(&arrivals, SECONDS(longest_s), &a) == 1) {
        if (a.count == 0)
            continue;
        ck_assert_uint_lt(bursts, most);
        if (a.start_ns != end_ns)
            start_ns[bursts++] = a.start_ns;
        end_ns = a.end_ns;
    }
    arrivals_finish(&arrivals);
    return bursts;
}

/* Designs that differ in their traffic, or in how they read it, meet the same bursts. */
START_TEST(bursts_come_at_the_same_times)
{
    enum { MOST = 1000 };
    static int64_t start_ns[MOST], other_ns[MOST];
    const size_t bursts = bursts_of(1, 10000, start_ns, MOST);
    ck_assert_uint_gt(bursts, 20);
    ck_assert_uint_eq(bursts_of(1.7, 10000, other_ns, MOST), bursts);
    ck_assert_mem_eq(start_ns, other_ns, bursts * sizeof *start_ns);
    ck_assert_uint_eq(bursts_of(1, 50, other_ns, MOST), bursts);
    ck_assert_mem_eq(start_ns, other_ns, bursts * sizeof *start_ns);
}
END_TEST

static struct arrival bin_of(double start_s, double end_s, uint64_t count)
{
    return (struct arrival){.start_ns = SECONDS(start_s),
                            .end_ns = SECONDS(end_s),
                            .count = count,
                            .bytes = -1,
                            .duration_ns = -1};
}

static struct arrival exact(double at_s, int64_t bytes, const char *key)
{
    return (struct arrival){.start_ns = SECONDS(at_s),
                            .end_ns = SECONDS(at_s),
                            .count = 1,
                            .bytes = bytes,
                            .duration_ns = 7 * bytes,
                            .key = key,
                            .key_length = key != NULL ? strlen(key) : 0};
}

static double uniform_cdf(double x, const void *law)
{
    (void)law;
    return fmin(fmax(x, 0), 1);
}

START_TEST(a_bin_is_spread_at_random_or_evenly)
{
    enum { N = 5000 };
    static double place[N];
    const struct arrival list[] = {bin_of(0, 300, N), bin_of(300, 600, 0), bin_of(600, 900, 7)};
    for (int even = 0; even < 2; even++) {
        struct case_arrivals source = {.arrival = list, .count = COUNT(list)};
        struct arrivals_config config = trace(&source, 1e4);
        config.even = even;
        struct arrivals arrivals;
        arrivals_init(&arrivals, &config, 5, 0, "workload:w");
        struct arrival a;
        int64_t last_ns = 0;
        for (int i = 0; i < N; i++) {
            ck_assert_int_eq(arrivals_next(&arrivals, &a), 1);
            ck_assert_int_ge(a.start_ns, last_ns);
            last_ns = a.start_ns;
            place[i] = (double)a.start_ns / 300e9;
            if (even && fabs(place[i] * N - i - 0.5) > 1e-3)
                ck_abort_msg("%d at %.9f", i, place[i]);
        }
        if (!even)
            ck_assert_double_lt(kolmogorov(place, N, uniform_cdf, NULL, NULL), KOLMOGOROV_LIMIT);
        for (int i = 0; i < 7; i++) {
            ck_assert_int_eq(arrivals_next(&arrivals, &a), 1);
            ck_assert_int_ge(a.start_ns, SECONDS(600.0));
            ck_assert_int_lt(a.start_ns, SECONDS(900.0));
            if (even)
                ck_assert_int_lt(llabs(a.start_ns - SECONDS(600 + (i + 0.5) * 300 / 7)), 10);
        }
        ck_assert_int_eq(arrivals_next(&arrivals, &a), 0);
        arrivals_finish(&arrivals);
        ck_assert_int_eq(source.closed, 1);
    }
}
END_TEST

/* Few in each bin: every one of them is uniform, the first is the earlier of two. */
START_TEST(small_bins_are_uniform)
{
    enum { BINS = 10000 };
    static struct arrival list[BINS];
    static double place[2 * BINS];
    for (int i = 0; i < BINS; i++)
        list[i] = bin_of(10.0 * i, 10.0 * (i + 1), 2);
    struct case_arrivals source = {.arrival = list, .count = BINS};
    const struct arrivals_config config = trace(&source, 1e6);
    struct arrivals arrivals;
    arrivals_init(&arrivals, &config, 5, 0, "workload:w");
    struct arrival a;
    double first = 0;
    for (int i = 0; i < 2 * BINS; i++) {
        if (arrivals_next(&arrivals, &a) != 1)
            ck_abort_msg("the arrivals end");
        place[i] = (double)(a.start_ns - list[i / 2].start_ns) / 10e9;
        first += i % 2 == 0 ? place[i] : 0;
    }
    arrivals_finish(&arrivals);
    ck_assert_double_eq_tol(first / BINS, 1.0 / 3, 3.3 * sqrt(1.0 / 18 / BINS));
    ck_assert_double_lt(kolmogorov(place, 2 * BINS, uniform_cdf, NULL, NULL), KOLMOGOROV_LIMIT);
}
END_TEST

/* Stretches of a long bin: each its share, and all of it. */
START_TEST(a_bin_is_cut_into_stretches)
{
    const struct arrival list[] = {bin_of(0, 300, 6000), bin_of(300, 600, 3)};
    static uint64_t bin[600];
    for (int even = 0; even < 2; even++) {
        struct case_arrivals source = {.arrival = list, .count = COUNT(list)};
        struct arrivals_config config = trace(&source, 1e4);
        config.even = even;
        ck_assert_uint_eq(count_bins(&config, 0, 1, 1, bin, 600), 6003);
        if (even) {
            for (int i = 0; i < 300; i++)
                ck_assert_uint_eq(bin[i], 20);
        } else {
            ck_assert_double_eq_tol(variance_of(bin, 300), 20, 3.3 * 20 * sqrt(2.05 / 300));
        }
    }
}
END_TEST

/* Twenty thousand exact arrivals, thinned and copied: the number is right within sampling error,
 * the order stays, and what an arrival brings comes with it. */
START_TEST(a_trace_is_thinned_and_copied)
{
    enum { N = 20000 };
    static struct arrival list[N];
    for (int i = 0; i < N; i++) /* pairs at one instant, now and then */
        list[i] =
            exact(0.1 * (i % 5 == 0 ? i + 1 : i), 100 + i % 7, i % 7 == 3 ? "three" : "other");
    for (int i = 1; i < N; i++)
        if (list[i].start_ns < list[i - 1].start_ns)
            list[i].start_ns = list[i].end_ns = list[i - 1].start_ns;
    static const double scale[] = {1, 0.25, 0.999, 1.5, 3, 7.3};
    for (size_t s = 0; s < COUNT(scale); s++) {
        struct case_arrivals source = {.arrival = list, .count = N};
        struct arrivals_config config = trace(&source, 1e6);
        config.rate_scale = scale[s];
        struct arrivals arrivals;
        arrivals_init(&arrivals, &config, 5, 0, "workload:w");
        struct arrival a;
        uint64_t total = 0;
        int64_t last_ns = 0;
        int status;
        while ((status = arrivals_next(&arrivals, &a)) == 1) {
            if (a.start_ns < last_ns)
                ck_abort_msg("%g: goes backwards", scale[s]);
            last_ns = a.start_ns;
            total++;
            const bool three = a.key_length == 5 && memcmp(a.key, "three", 5) == 0;
            if (a.count != 1 || a.duration_ns != 7 * a.bytes || three != (a.bytes == 103))
                ck_abort_msg("%g: an arrival lost what it brings", scale[s]);
        }
        ck_assert_int_eq(status, 0);
        const double part = scale[s] - floor(scale[s]);
        ck_assert_double_eq_tol((double)total, N * scale[s],
                                0.5 + 3.3 * sqrt(N * part * (1 - part)));
        ck_assert_int_le(last_ns, SECONDS(0.1 * (N + 1))); /* the last copies stay near */
        arrivals_finish(&arrivals);
    }
}
END_TEST

START_TEST(counts_are_scaled_within_sampling_error)
{
    enum { N = 3000 };
    static struct arrival list[N];
    for (int i = 0; i < N; i++)
        list[i] = bin_of(60.0 * i, 60.0 * (i + 1), (uint64_t)(i % 5));
    static uint64_t bin[N];
    static const double scale[] = {0.3, 2.25};
    for (size_t s = 0; s < COUNT(scale); s++)
        for (int way = 0; way < 2; way++) {
            struct case_arrivals source = {.arrival = list, .count = N};
            struct arrivals_config config = trace(&source, 1e6);
            config.rate_scale = scale[s];
            const double total = (double)count_bins(&config, 0, way * 13.0, 60, bin, N);
            ck_assert_double_eq_tol(total, 2.0 * N * scale[s], 3.3 * sqrt(N * 0.25));
            for (int i = 0; i < N; i += 5)
                ck_assert_uint_eq(bin[i], 0);
        }
}
END_TEST

/* Extra copies lie between an arrival and the next, also behind the last. */
START_TEST(copies_fill_the_gaps)
{
    const struct arrival list[] = {exact(0, 1, NULL), exact(10, 2, NULL), exact(30, 3, NULL)};
    struct case_arrivals source = {.arrival = list, .count = COUNT(list)};
    struct arrivals_config config = trace(&source, 1e6);
    config.rate_scale = 100;
    struct arrivals arrivals;
    arrivals_init(&arrivals, &config, 5, 0, "workload:w");
    struct arrival a;
    int count[4] = {0};
    double last_sum = 0;
    while (arrivals_next(&arrivals, &a) == 1) {
        count[a.bytes]++;
        const double at_s = (double)a.start_ns / 1e9;
        ck_assert(a.bytes == 1   ? at_s < 10
                  : a.bytes == 2 ? at_s >= 10 && at_s < 30
                                 : at_s >= 30 && at_s < 50);
        last_sum += a.bytes == 3 ? at_s - 30 : 0;
    }
    for (int i = 1; i <= 3; i++)
        ck_assert_int_eq(count[i], 100);
    ck_assert_double_eq_tol(last_sum / 100, 9.9, 3.3 * 20 / sqrt(1200));
    arrivals_finish(&arrivals);
}
END_TEST

START_TEST(time_scale_stretches_a_trace)
{
    const struct arrival list[] = {exact(0, 1, NULL), exact(10, 2, NULL), bin_of(20, 30, 5)};
    struct case_arrivals source = {.arrival = list, .count = COUNT(list)};
    struct arrivals_config config = trace(&source, 1e6);
    config.time_scale = 2.5;
    struct arrivals arrivals;
    arrivals_init(&arrivals, &config, 5, 0, "workload:w");
    struct arrival a;
    ck_assert_int_eq(arrivals_segment(&arrivals, TIME_NEVER, &a), 1);
    ck_assert_int_eq(arrivals_segment(&arrivals, TIME_NEVER, &a), 1);
    ck_assert_int_eq(a.start_ns, SECONDS(25.0));
    ck_assert_int_eq(arrivals_segment(&arrivals, TIME_NEVER, &a), 1);
    ck_assert_int_eq(a.start_ns, SECONDS(50.0));
    ck_assert_int_eq(a.end_ns, SECONDS(75.0));
    ck_assert_uint_eq(a.count, 5);
    arrivals_finish(&arrivals);
}
END_TEST

/* Nothing ever comes: every kind ends, at the latest at the horizon. */
START_TEST(no_rate_does_not_hang)
{
    static const struct arrivals_point flat[] = {{0, 0}, {SECONDS(10.0), 0}};
    static uint64_t bin[100];
    for (int kind = ARRIVALS_RATE_POISSON; kind <= ARRIVALS_RATE_BURSTS; kind++) {
        struct arrivals_config config = rate((enum arrivals_kind)kind, 0, 86400 * 30.0);
        config.point = flat;
        config.points = 2;
        config.period_ns = SECONDS(3600.0);
        config.mean_base_s = config.mean_burst_s = 600;
        ck_assert_uint_eq(count_bins(&config, 0, 0, 1e9, bin, 100), 0);
        ck_assert_uint_eq(count_bins(&config, 0, 3600, 1e9, bin, 100), 0);
    }
    /* A trace that repeats for ever and holds nothing, or is thinned to nothing. */
    for (int variant = 0; variant < 3; variant++) {
        const struct arrival list[] = {variant < 2 ? bin_of(0, 300, 0) : exact(0, 1, NULL)};
        struct case_arrivals source = {.arrival = list, .count = 1, .repeat_ns = SECONDS(300.0)};
        struct arrivals_config config = trace(&source, 1e6);
        config.rate_scale = variant == 0 ? 1 : 1e-9;
        ck_assert_uint_eq(count_bins(&config, 0, 0, 1e9, bin, 100), 0);
    }
}
END_TEST

START_TEST(nothing_comes_from_the_horizon_on)
{
    static uint64_t bin[100];
    const struct arrival list[] = {exact(0, 1, NULL), exact(5, 1, NULL), exact(20, 1, NULL)};
    for (int copies = 1; copies <= 3; copies += 2) {
        struct case_arrivals source = {.arrival = list, .count = 3, .repeat_ns = SECONDS(30.0)};
        struct arrivals_config config = trace(&source, 20);
        config.rate_scale = copies;
        ck_assert_uint_eq(count_bins(&config, 0, 0, 1, bin, 100), (uint64_t)(2 * copies));
        config = trace(&source, 50.5); /* 0 5 20 30 35 50 */
        config.rate_scale = 1;
        ck_assert_uint_eq(count_bins(&config, 0, 7, 1, bin, 100), 6);
    }
    const struct arrivals_config config = rate(ARRIVALS_RATE_POISSON, 50, 61.7);
    const uint64_t total = count_bins(&config, 0, 60, 1, bin, 100); /* the last stretch is cut */
    ck_assert_double_eq_tol((double)total, 3085, 3.3 * sqrt(3085));
}
END_TEST

START_TEST(extreme_numbers_do_not_overflow)
{
    struct arrivals_config config = rate(ARRIVALS_RATE_BURSTS, 0, 4e9);
    config.mean_base_s = config.mean_burst_s = 1e300;
    config.base_rate_per_s = config.burst_rate_per_s = 1e-9;
    static uint64_t bin[100];
    ck_assert_uint_lt(count_bins(&config, 0, 1e8, 1e8, bin, 100), 40);
    const struct arrival list[] = {bin_of(1, 2, 1000000), exact(4e9, 1, NULL)};
    struct case_arrivals source = {.arrival = list, .count = 2};
    config = trace(&source, 4.1e9);
    config.time_scale = 1e6;
    config.rate_scale = 1e300;
    struct arrivals arrivals;
    arrivals_init(&arrivals, &config, 5, 0, "workload:w");
    struct arrival a;
    ck_assert_int_eq(arrivals_segment(&arrivals, SECONDS(1e9), &a), 1);
    ck_assert_uint_eq(a.count, 1000000000000000);
    ck_assert_int_eq(arrivals_segment(&arrivals, SECONDS(1e9), &a), 1); /* clamped, in order */
    ck_assert_int_le(a.start_ns, SECONDS(4e9));
    arrivals_finish(&arrivals);
}
END_TEST

START_TEST(a_broken_trace_is_told)
{
    const struct arrival list[] = {exact(0, 1, NULL), exact(5, 1, NULL), exact(20, 1, NULL)};
    for (int scaled = 0; scaled < 2; scaled++) {
        struct case_arrivals source = {.arrival = list, .count = 3, .fail_at = 3};
        struct arrivals_config config = trace(&source, 100);
        config.rate_scale = scaled ? 2 : 1;
        struct arrivals arrivals;
        arrivals_init(&arrivals, &config, 5, 0, "workload:w");
        struct arrival a;
        int status, given = 0;
        while ((status = arrivals_next(&arrivals, &a)) == 1)
            given++;
        ck_assert_int_eq(status, -1);
        ck_assert_int_eq(given, 2);
        arrivals_finish(&arrivals);
    }
}
END_TEST

/* The same seed and name: the same arrivals; another replication or name: others. */
START_TEST(arrivals_depend_on_seed_replication_and_name)
{
    const struct arrivals_config config = rate(ARRIVALS_RATE_POISSON, 1, 1e6);
    struct arrival first[4];
    static const char *const name[] = {"workload:w", "workload:w", "workload:v", "workload:w"};
    static const uint64_t replication[] = {0, 0, 0, 1};
    for (int i = 0; i < 4; i++) {
        struct arrivals arrivals;
        arrivals_init(&arrivals, &config, 5, replication[i], name[i]);
        ck_assert_int_eq(arrivals_next(&arrivals, &first[i]), 1);
        arrivals_finish(&arrivals);
    }
    ck_assert_int_eq(first[0].start_ns, first[1].start_ns);
    ck_assert_int_ne(first[0].start_ns, first[2].start_ns);
    ck_assert_int_ne(first[0].start_ns, first[3].start_ns);
}
END_TEST

TEST_MAIN("unit_arrivals", poisson_counts, poisson_gaps_are_exponential, a_constant_rate_is_exact,
          a_profile_integrates_exactly, a_profile_goes_on_at_its_ends, bursts_are_stationary,
          bursts_come_at_the_same_times, a_bin_is_spread_at_random_or_evenly,
          small_bins_are_uniform, a_bin_is_cut_into_stretches, a_trace_is_thinned_and_copied,
          counts_are_scaled_within_sampling_error, copies_fill_the_gaps,
          time_scale_stretches_a_trace, no_rate_does_not_hang, nothing_comes_from_the_horizon_on,
          extreme_numbers_do_not_overflow, a_broken_trace_is_told,
          arrivals_depend_on_seed_replication_and_name)
