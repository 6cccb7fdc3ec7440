/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counts in windows are exact, and bursts are found again in them within sampling error. */
#include "harness.h"

#include "aws/arrivals.h"
#include "core/statistics.h"
#include "history/fit_counts.h"

#include <math.h>

#define SECOND INT64_C(1000000000)
#define HOUR (3600 * SECOND)

/* The windows of 20 s in [-25 s, 70 s]: from -20 s to 60 s; the first and the last are cut. */
START_TEST(whole_windows_count)
{
    static const int at[] = {-25, -21, -20, -1, 0, 0, 5, 45, 59, 60, 70};
    struct fit_counts counts = {0};
    struct fit_moments m;
    for (size_t i = 0; i < sizeof at / sizeof *at; i++)
        fit_counts_add(&counts, at[i] * SECOND, 0, i == 6 ? 4 : 1);
    fit_counts_end(&counts);
    ck_assert(fit_counts_moments(&counts, 3, -25 * SECOND, 70 * SECOND, &m));
    ck_assert_int_eq(m.begin, -1);
    ck_assert_int_eq(m.end, 3);
    const double count[4] = {2, 6, 0, 2}; /* mean 2.5 */
    double second = 0, third = 0;
    for (size_t i = 0; i < 4; i++) {
        second += pow(count[i] - 2.5, 2);
        third += pow(count[i] - 2.5, 3);
    }
    ck_assert_double_eq_tol(m.windows, 4, 0.5);
    ck_assert_double_eq_tol(m.mean, 2.5, 1e-12);
    ck_assert_double_eq_tol(m.variance, second / 3, 1e-12);
    ck_assert_double_eq_tol(m.third, 4 * third / (3 * 2), 1e-12);
    ck_assert(!fit_counts_moments(&counts, FIT_MINUTE, -25 * SECOND, 70 * SECOND, &m));
    ck_assert_double_eq_tol(counts.most_in_minute, 8, 1e-12);
}
END_TEST

START_TEST(spans_blur_what_is_shorter)
{
    struct fit_counts counts = {0};
    struct fit_moments m;
    for (int minute = 0; minute < 10; minute++)
        fit_counts_add(&counts, 60 * minute * SECOND, 60 * SECOND, 7);
    fit_counts_end(&counts);
    ck_assert(!fit_counts_moments(&counts, FIT_MINUTE - 1, 0, 600 * SECOND, &m));
    ck_assert(fit_counts_moments(&counts, FIT_MINUTE, 0, 600 * SECOND, &m));
    ck_assert_double_eq_tol(m.windows, 10, 1e-12);
    ck_assert_double_eq_tol(m.mean, 7, 1e-12);
    ck_assert_double_eq_tol(m.variance, 0, 1e-12);
}
END_TEST

static struct fit_counts counts_of(const struct arrivals_config *config, uint64_t seed)
{
    struct arrivals arrivals;
    struct arrival call;
    struct fit_counts counts = {0};
    arrivals_init(&arrivals, config, seed, 0, "w");
    while (arrivals_next(&arrivals, &call) == 1)
        fit_counts_add(&counts, call.start_ns, 0, 1);
    arrivals_finish(&arrivals);
    fit_counts_end(&counts);
    return counts;
}

#define RUNS 12

/* The mean estimate of many runs is the truth, by the runs' own spread (Student's t, 99.9 %), and
 * the spread is what so many bursts allow: the lengths of n bursts have a mean with a relative
 * error of 1 / sqrt(n), and not four times it. */
static void recover(double base, double burst, double base_s, double burst_s, double hours)
{
    const struct arrivals_config config = {.kind = ARRIVALS_RATE_BURSTS,
                                           .base_rate_per_s = base,
                                           .burst_rate_per_s = burst,
                                           .mean_base_s = base_s,
                                           .mean_burst_s = burst_s,
                                           .rate_scale = 1,
                                           .time_scale = 1,
                                           .horizon_ns = (int64_t)(hours * (double)HOUR)};
    const double truth[4] = {base, burst, base_s, burst_s};
    const double bursts = hours * 3600 / (base_s + burst_s);
    double found[4][RUNS], dispersion[RUNS];
    struct fit_bursts b = {0};
    for (uint64_t seed = 0; seed < RUNS; seed++) {
        const struct fit_counts counts = counts_of(&config, seed);
        struct fit_moments minute;
        fit_counts_bursts(&counts, 0, config.horizon_ns, &b);
        ck_assert_int_eq(b.kind, FIT_BURSTS_KNOWN);
        ck_assert_double_eq_tol(b.changes, hours * 3600 / (b.mean_base_s + b.mean_burst_s), 1e-6);
        found[0][seed] = b.base_per_s;
        found[1][seed] = b.burst_per_s;
        found[2][seed] = b.mean_base_s;
        found[3][seed] = b.mean_burst_s;
        ck_assert(fit_counts_moments(&counts, FIT_MINUTE, 0, config.horizon_ns, &minute));
        dispersion[seed] = minute.variance / minute.mean;
    }
    for (size_t i = 0; i < 4; i++) {
        const struct estimate e = estimate_of(found[i], RUNS);
        const double error = e.half_width / 2.201; /* 95 % of Student's t with 11 degrees */
        ck_assert_msg(fabs(e.mean - truth[i]) < 4.437 * error, "%zu: %g +- %g, not %g", i, e.mean,
                      error, truth[i]);
        ck_assert_msg(error * sqrt(RUNS) < 4 * truth[i] / sqrt(bursts), "%zu: %g +- %g", i, e.mean,
                      error * sqrt(RUNS));
    }
    const struct estimate e = estimate_of(dispersion, RUNS);
    b.base_per_s = base;
    b.burst_per_s = burst;
    b.mean_base_s = base_s;
    b.mean_burst_s = burst_s;
    ck_assert_double_eq_tol(fit_bursts_dispersion(&b, 60), e.mean, 4.437 / 2.201 * e.half_width);
}

START_TEST(bursts_are_recovered)
{
    recover(0.5, 10, 600, 60, 100);
    recover(5, 50, 300, 30, 50);
    recover(1, 4, 200, 200, 100);
    recover(0.2, 3, 100, 10, 50);
}
END_TEST

START_TEST(poisson_has_none)
{
    static const double rate[] = {0.01, 0.5, 20};
    for (size_t i = 0; i < 3; i++)
        for (uint64_t seed = 0; seed < 10; seed++) {
            const struct arrivals_config config = {.kind = ARRIVALS_RATE_POISSON,
                                                   .rate_per_s = rate[i],
                                                   .rate_scale = 1,
                                                   .time_scale = 1,
                                                   .horizon_ns = 48 * HOUR};
            const struct fit_counts counts = counts_of(&config, seed);
            struct fit_bursts b;
            fit_counts_bursts(&counts, 0, config.horizon_ns, &b);
            ck_assert_int_eq(b.kind, FIT_BURSTS_NONE);
        }
}
END_TEST

/* A day's profile is no burst; states of hours, groups of an instant and a few bursts are none that
 * could be told. */
START_TEST(what_is_no_burst)
{
    static const struct arrivals_point point[] = {
        {0, 1}, {6 * HOUR, 1}, {12 * HOUR, 4}, {18 * HOUR, 1}, {24 * HOUR - SECOND, 1}};
    struct arrivals_config config = {.kind = ARRIVALS_RATE_PROFILE,
                                     .point = point,
                                     .points = 5,
                                     .period_ns = 24 * HOUR,
                                     .rate_scale = 1,
                                     .time_scale = 1,
                                     .horizon_ns = 240 * HOUR};
    struct fit_counts counts = counts_of(&config, 1);
    struct fit_bursts b;
    fit_counts_bursts(&counts, 0, config.horizon_ns, &b);
    ck_assert(b.kind == FIT_BURSTS_NONE || b.kind == FIT_BURSTS_SLOW);
    config = (struct arrivals_config){.kind = ARRIVALS_RATE_BURSTS,
                                      .base_rate_per_s = 1,
                                      .burst_rate_per_s = 5,
                                      .mean_base_s = 20000,
                                      .mean_burst_s = 20000,
                                      .rate_scale = 1,
                                      .time_scale = 1,
                                      .horizon_ns = 2000 * HOUR};
    counts = counts_of(&config, 1);
    fit_counts_bursts(&counts, 0, config.horizon_ns, &b);
    ck_assert_int_eq(b.kind, FIT_BURSTS_SLOW);
    config.mean_base_s = 7000;
    config.mean_burst_s = 70;
    config.horizon_ns = 20 * HOUR; /* some ten bursts */
    counts = counts_of(&config, 1);
    fit_counts_bursts(&counts, 0, config.horizon_ns, &b);
    ck_assert_int_eq(b.kind, FIT_BURSTS_FEW);
    config = (struct arrivals_config){.kind = ARRIVALS_RATE_POISSON,
                                      .rate_per_s = 0.05,
                                      .rate_scale = 1,
                                      .time_scale = 1,
                                      .horizon_ns = 100 * HOUR};
    struct arrivals arrivals;
    struct arrival call;
    counts = (struct fit_counts){0};
    arrivals_init(&arrivals, &config, 3, 0, "w");
    while (arrivals_next(&arrivals, &call) == 1)
        fit_counts_add(&counts, call.start_ns, 0, 20);
    arrivals_finish(&arrivals);
    fit_counts_end(&counts);
    fit_counts_bursts(&counts, 0, config.horizon_ns, &b);
    ck_assert_int_eq(b.kind, FIT_BURSTS_FAST);
    ck_assert_double_eq_tol(b.dispersion, 20, 3);
}
END_TEST

TEST_MAIN("fit_counts", whole_windows_count, spans_blur_what_is_shorter, bursts_are_recovered,
          poisson_has_none, what_is_no_burst)
