/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/random.h"
#include "core/statistics.h"
#include "harness.h"

#include <math.h>

#define SAMPLES 20000

static int by_size(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

START_TEST(index_is_monotonous_and_in_range)
{
    ck_assert_uint_eq(histogram_index(0), 0);
    ck_assert_uint_eq(histogram_index(255), 255);
    ck_assert_uint_eq(histogram_index(256), 256);
    ck_assert_uint_eq(histogram_index(INT64_MAX), HISTOGRAM_BUCKETS - 1);
    unsigned before = 0;
    for (int octave = 0; octave < 63; octave++) {
        for (uint64_t part = 0; part < 1000; part++) {
            const uint64_t value =
                (UINT64_C(1) << octave) + (uint64_t)((double)part / 1000.0 * ldexp(1.0, octave));
            const unsigned index = histogram_index(value);
            if (index < before || (value >= 1000 && index > before + 1))
                ck_abort_msg("bucket %u follows %u", index, before);
            before = index;
        }
    }
}
END_TEST

/* A lone value between two far ones is its own median: up to 0.4 % off over the whole range. */
START_TEST(quantiles_are_at_most_0_4_percent_off)
{
    struct random_stream stream;
    random_init(&stream, 1, 0, "histogram", "values");
    struct histogram histogram;
    histogram_init(&histogram);
    double worst = 0.0, told = 0.0;
    for (int i = 0; i < 3000; i++) {
        const int64_t value = (int64_t)exp(random_uniform(&stream) * 43.6);
        histogram_reset(&histogram);
        histogram_add(&histogram, 0);
        histogram_add(&histogram, value);
        histogram_add(&histogram, INT64_MAX);
        const double error = fabs(histogram_quantile(&histogram, 0.5) - (double)value);
        if (value < 256 && error != 0.0)
            ck_abort_msg("%d is not exact", (int)value);
        if (error > histogram_quantile_error(&histogram, 0.5))
            ck_abort_msg("%.17g off, more than is said", error);
        worst = fmax(worst, error / fmax(1.0, (double)value));
        told = fmax(told, histogram_quantile_error(&histogram, 0.5) / fmax(1.0, (double)value));
    }
    ck_assert_double_le(worst, 0.004);
    ck_assert_double_le(told, 0.004);
    ck_assert_double_ge(worst, 0.003); /* the search did meet the edges of buckets */
    histogram_finish(&histogram);
}
END_TEST

START_TEST(quantiles_of_a_sample)
{
    static int64_t value[SAMPLES];
    struct random_stream stream;
    random_init(&stream, 2, 0, "histogram", "values");
    struct histogram histogram;
    histogram_init(&histogram);
    int128 sum = 0;
    for (int i = 0; i < SAMPLES; i++) {
        value[i] = (int64_t)(1e9 * exp(3.0 * random_normal(&stream)));
        sum += value[i];
        histogram_add(&histogram, value[i]);
    }
    qsort(value, SAMPLES, sizeof *value, by_size);
    ck_assert(histogram.sum == sum);
    ck_assert_uint_eq(histogram.count, SAMPLES);
    ck_assert_int_eq(histogram.min, value[0]);
    ck_assert_int_eq(histogram.max, value[SAMPLES - 1]);
    ck_assert_double_eq(histogram_mean(&histogram), (double)sum / SAMPLES);
    for (int permille = 1; permille < 1000; permille++) {
        const double truth = (double)value[permille * SAMPLES / 1000 - 1];
        const double found = histogram_quantile(&histogram, permille / 1000.0);
        ck_assert_double_le(fabs(found - truth), 0.004 * truth);
    }
    histogram_finish(&histogram);
}
END_TEST

START_TEST(quantiles_at_the_edges)
{
    struct histogram histogram;
    histogram_init(&histogram);
    ck_assert_double_nan(histogram_quantile(&histogram, 0.5));
    ck_assert_double_nan(histogram_quantile_error(&histogram, 0.5));
    ck_assert_double_nan(histogram_mean(&histogram));
    histogram_add(&histogram, 1000003); /* one value: clamping makes every quantile exact */
    ck_assert_double_eq(histogram_quantile(&histogram, 0.0), 1000003.0);
    ck_assert_double_eq(histogram_quantile(&histogram, 0.5), 1000003.0);
    ck_assert_double_eq(histogram_quantile(&histogram, 1.0), 1000003.0);
    ck_assert_double_eq(histogram_quantile_error(&histogram, 0.5), 0.0);
    ck_assert_double_nan(histogram_quantile(&histogram, NAN));
    ck_assert_double_nan(histogram_quantile_error(&histogram, NAN));
    /* 1,000,000 lies in a bucket of 4,096 from 999,424 on (244 x 4,096). */
    histogram_add(&histogram, 0);
    histogram_add(&histogram, 2000000);
    ck_assert_double_eq(histogram_quantile(&histogram, 0.5), 999424 + 4095 / 2.0);
    ck_assert_double_eq(histogram_quantile_error(&histogram, 0.5), 4095 / 2.0);
    ck_assert_double_eq(histogram_quantile_error(&histogram, 0.0), 0.0);
    ck_assert_double_eq(histogram_quantile_error(&histogram, 1.0), 0.0);
    histogram_reset(&histogram);
    for (int i = 1; i <= 100; i++)
        histogram_add(&histogram, i);
    for (int i = 1; i <= 99; i++) /* p of 1..100 is p x 100, rounding errors or not */
        ck_assert_double_eq(histogram_quantile(&histogram, i / 100.0), i);
    ck_assert_double_eq(histogram_quantile(&histogram, 0.0), 1.0);
    ck_assert_double_eq(histogram_quantile(&histogram, 1e-9), 1.0);
    ck_assert_double_eq(histogram_quantile(&histogram, 0.995), 100.0);
    ck_assert_double_eq(histogram_quantile(&histogram, 1.0), 100.0);
    histogram_finish(&histogram);
}
END_TEST

START_TEST(negative_and_extreme_values)
{
    struct histogram histogram;
    histogram_init(&histogram);
    histogram_add(&histogram, -5);
    histogram_add(&histogram, INT64_MIN);
    ck_assert_int_eq(histogram.min, 0);
    ck_assert_int_eq(histogram.max, 0);
    ck_assert_double_eq(histogram_mean(&histogram), 0.0);
    histogram_add_many(&histogram, INT64_MAX, UINT64_C(1) << 40);
    ck_assert_int_eq(histogram.max, INT64_MAX);
    ck_assert(histogram.sum == (int128)INT64_MAX << 40);
    histogram_finish(&histogram);
}
END_TEST

START_TEST(many_is_one_at_a_time)
{
    struct histogram one, many;
    histogram_init(&one);
    histogram_init(&many);
    for (int64_t value = 1; value < 100000; value = value * 3 + 1) {
        for (int i = 0; i < 17; i++)
            histogram_add(&one, value);
        histogram_add_many(&many, value, 17);
    }
    histogram_add_many(&many, 1, 0); /* nothing: not even a minimum or a maximum */
    histogram_add_many(&many, INT64_MAX, 0);
    histogram_add_many(&many, 0, 0);
    ck_assert(one.count == many.count && one.sum == many.sum);
    ck_assert(one.min == many.min && one.max == many.max);
    ck_assert_mem_eq(one.bucket, many.bucket, HISTOGRAM_BUCKETS * sizeof *one.bucket);
    histogram_finish(&one);
    histogram_finish(&many);
}
END_TEST

START_TEST(merge_is_the_union)
{
    struct random_stream stream;
    random_init(&stream, 3, 0, "histogram", "values");
    struct histogram part[2], whole;
    histogram_init(&part[0]);
    histogram_init(&part[1]);
    histogram_init(&whole);
    for (int i = 0; i < 10000; i++) {
        const int64_t value = (int64_t)(random_bits(&stream) >> (1 + i % 60));
        histogram_add(&part[i % 3 == 0], value);
        histogram_add(&whole, value);
    }
    histogram_merge(&part[0], &part[1]);
    ck_assert(part[0].count == whole.count && part[0].sum == whole.sum);
    ck_assert(part[0].min == whole.min && part[0].max == whole.max);
    ck_assert_mem_eq(part[0].bucket, whole.bucket, HISTOGRAM_BUCKETS * sizeof *whole.bucket);
    histogram_reset(&part[1]);
    histogram_merge(&part[0], &part[1]); /* an empty one changes nothing */
    ck_assert(part[0].count == whole.count && part[0].min == whole.min);
    ck_assert(part[0].max == whole.max);
    histogram_merge(&part[1], &whole); /* into an empty one */
    ck_assert(part[1].min == whole.min && part[1].max == whole.max);
    histogram_finish(&part[0]);
    histogram_finish(&part[1]);
    histogram_finish(&whole);
}
END_TEST

START_TEST(time_average_is_the_integral)
{
    struct time_average average = {0};
    time_average_set(&average, 10, 3);  /* 0 x 10 */
    time_average_add(&average, 30, 4);  /* 3 x 20 */
    time_average_add(&average, 40, -6); /* 7 x 10 */
    ck_assert_double_eq(time_average_mean(&average, 40), 130.0 / 40.0);
    ck_assert_double_eq(time_average_mean(&average, 60), 150.0 / 60.0); /* 1 x 20 */
    ck_assert_int_eq(average.max, 7);
    ck_assert_int_eq(average.level, 1);
}
END_TEST

START_TEST(time_average_forgets)
{
    struct time_average average = {0};
    time_average_set(&average, 10, 1000);
    time_average_set(&average, 20, 5);
    time_average_reset(&average, 100);
    ck_assert_int_eq(average.level, 5);
    ck_assert_int_eq(average.max, 5);
    ck_assert_double_eq(time_average_mean(&average, 100), 5.0); /* no time: the level */
    time_average_set(&average, 150, 7);
    ck_assert_double_eq(time_average_mean(&average, 200), 6.0);
    ck_assert_int_eq(average.max, 7);
}
END_TEST

START_TEST(time_average_of_large_levels_is_exact)
{
    struct time_average average = {0};
    const int64_t year_ns = INT64_C(31536000) * 1000000000;
    time_average_set(&average, 0, INT64_MAX / 2);
    time_average_set(&average, year_ns, 0);
    ck_assert(average.integral == (int128)(INT64_MAX / 2) * year_ns);
    ck_assert_double_eq(time_average_mean(&average, year_ns), (double)(INT64_MAX / 2));
}
END_TEST

/* Half widths from the printed tables of Student's t, 97.5 %: 12.706, 4.303, 2.776, 2.262, 2.045.
 */
START_TEST(interval_is_students)
{
    static const struct {
        size_t count;
        double t;
    } table[] = {{2, 12.706}, {3, 4.303}, {5, 2.776}, {10, 2.262}, {30, 2.045}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const size_t n = table[i].count;
        double value[30];
        for (size_t k = 0; k < n; k++)
            value[k] = 100.0 + (double)k; /* variance of 0..n-1: n (n + 1) / 12 */
        const double error = sqrt((double)(n * (n + 1)) / 12.0 / (double)n);
        const struct estimate estimate = estimate_of(value, n);
        ck_assert_uint_eq(estimate.count, n);
        ck_assert_double_eq_tol(estimate.mean, 100.0 + (double)(n - 1) / 2.0, 1e-12);
        ck_assert_double_eq_tol(estimate.half_width / error, table[i].t, 0.0005);
        ck_assert_double_eq_tol(estimate.high - estimate.mean, estimate.half_width, 1e-12);
        ck_assert_double_eq_tol(estimate.mean - estimate.low, estimate.half_width, 1e-12);
    }
}
END_TEST

/* 5.1, 4.9, 5.6, 5.8: mean 5.35, s = 0.420317, half width 3.182446 x s / 2 by hand. */
START_TEST(interval_by_hand)
{
    const double value[] = {5.1, 4.9, 5.6, 5.8};
    const struct estimate estimate = estimate_of(value, 4);
    ck_assert_double_eq_tol(estimate.mean, 5.35, 1e-12);
    ck_assert_double_eq_tol(estimate.half_width, 3.182446 * 0.420317340 / 2.0, 1e-6);
}
END_TEST

START_TEST(interval_leaves_out_nan)
{
    const double value[] = {NAN, 4.0, NAN, 6.0};
    const struct estimate estimate = estimate_of(value, 4);
    ck_assert_uint_eq(estimate.count, 2);
    ck_assert_double_eq(estimate.mean, 5.0);
    ck_assert_double_eq_tol(estimate.half_width, 12.7062, 1e-4);
    const struct estimate one = estimate_of(value, 2);
    ck_assert_uint_eq(one.count, 1);
    ck_assert_double_eq(one.mean, 4.0);
    ck_assert_double_nan(one.low);
    ck_assert_double_nan(one.high);
    ck_assert_double_nan(one.half_width);
    const struct estimate none = estimate_of(value, 1);
    ck_assert_uint_eq(none.count, 0);
    ck_assert_double_nan(none.mean);
    ck_assert_double_nan(none.low);
    ck_assert_double_nan(estimate_of(NULL, 0).mean);
}
END_TEST

START_TEST(interval_of_equal_values_has_no_width)
{
    const double value[] = {1e9 + 0.1, 1e9 + 0.1, 1e9 + 0.1};
    const struct estimate estimate = estimate_of(value, 3);
    ck_assert_double_eq_tol(estimate.half_width, 0.0, 1e-6);
    ck_assert_double_eq_tol(estimate.mean, 1e9 + 0.1, 1e-6);
}
END_TEST

START_TEST(interval_is_as_wide_as_the_measurement_is_exact)
{
    const double same[] = {1000, 1000, 1000}, apart[] = {900, 1000, 1100};
    struct estimate e = estimate_within(same, 3, 4, INFINITY);
    ck_assert_double_eq(e.mean, 1000);
    ck_assert_double_eq(e.low, 996);
    ck_assert_double_eq(e.high, 1004);
    ck_assert_double_eq(e.half_width, 4);
    e = estimate_within(apart, 3, 4, INFINITY); /* the replications say more */
    ck_assert_double_eq(e.half_width, estimate_of(apart, 3).half_width);
    ck_assert_double_eq(estimate_within(same, 3, 0, INFINITY).half_width, 0);
    ck_assert_double_nan(estimate_within(same, 1, 4, INFINITY).low);
}
END_TEST

START_TEST(what_had_not_ended_has_no_upper_end)
{
    const double apart[] = {900, 1000, 1100}, none[] = {NAN};
    struct estimate e = estimate_within(apart, 3, INFINITY, INFINITY);
    ck_assert_double_eq(e.mean, 1000);
    ck_assert_double_eq(e.low, estimate_of(apart, 3).low);
    ck_assert(isinf(e.high) && isnan(e.half_width));
    e = estimate_within(apart, 1, INFINITY, INFINITY);
    ck_assert(isnan(e.low) && isinf(e.high) && isnan(e.half_width));
    ck_assert_double_nan(estimate_within(none, 1, INFINITY, INFINITY).high);
}
END_TEST

START_TEST(interval_ends_where_the_quantity_does)
{
    const double few[] = {0, 0, 3}, share[] = {0.2, 1, 1}, over[] = {0.2, 1.2};
    struct estimate e = estimate_within(few, 3, 0, INFINITY);
    ck_assert_double_eq(e.low, 0);
    ck_assert_double_eq(e.high, estimate_of(few, 3).high);
    ck_assert_double_lt(estimate_of(few, 3).low, 0); /* else this shows nothing */
    ck_assert_double_gt(estimate_of(share, 3).high, 1);
    ck_assert_double_eq(estimate_within(share, 3, 0, 1).high, 1);
    ck_assert_double_eq(estimate_within(over, 2, 0, 1).high, 1.2); /* so 1 is no bound */
}
END_TEST

/* 95 of 100 intervals should hold the truth: over 4,000 between 94 and 96 (3 deviations). */
START_TEST(interval_covers_as_often_as_it_says)
{
    struct random_stream stream;
    random_init(&stream, 4, 0, "interval", "values");
    int covered = 0;
    for (int i = 0; i < 4000; i++) {
        double value[5];
        for (int k = 0; k < 5; k++)
            value[k] = 7.0 + 2.0 * random_normal(&stream);
        const struct estimate estimate = estimate_of(value, 5);
        covered += estimate.low <= 7.0 && 7.0 <= estimate.high;
    }
    ck_assert_int_ge(covered, 3760);
    ck_assert_int_le(covered, 3840);
}
END_TEST

TEST_MAIN("statistics", index_is_monotonous_and_in_range, quantiles_are_at_most_0_4_percent_off,
          quantiles_of_a_sample, quantiles_at_the_edges, negative_and_extreme_values,
          many_is_one_at_a_time, merge_is_the_union, time_average_is_the_integral,
          time_average_forgets, time_average_of_large_levels_is_exact, interval_is_students,
          interval_by_hand, interval_leaves_out_nan, interval_of_equal_values_has_no_width,
          interval_is_as_wide_as_the_measurement_is_exact, what_had_not_ended_has_no_upper_end,
          interval_ends_where_the_quantity_does, interval_covers_as_often_as_it_says)
