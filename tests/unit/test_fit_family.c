/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sketches keep what they are told, families and lives of environments are found again from them,
 * within sampling error. */
#include "harness.h"

#include "core/random.h"
#include "history/fit_family.h"
#include "history/fit_keep_alive.h"

#include <math.h>

#define SAMPLES 5000
#define FINE 13  /* bits: as with few functions */
#define COARSE 7 /* as with as many as there may be */

static struct fit_sketch sketch_of(const struct distribution *from, size_t count, unsigned bits)
{
    struct fit_sketch sketch = {0};
    struct random_stream random;
    random_init(&random, 7, 0, "test", "samples");
    for (size_t i = 0; i < count; i++)
        fit_sketch_add(&sketch, distribution_sample(from, &random), 1, bits);
    return sketch;
}

static struct fit_choice fit_of(const struct distribution *from, unsigned bits)
{
    struct fit_sketch sketch = sketch_of(from, SAMPLES, bits);
    struct fit_choice choice;
    fit_family(&sketch, false, 100, &choice);
    fit_sketch_finish(&sketch);
    return choice;
}

START_TEST(few_values_are_kept_as_they_are)
{
    static const double value[] = {0, 0.1, 0.3, 0.7, 7, 4096, 1e9, 1e-9};
    struct fit_sketch sketch = {0};
    for (size_t i = 0; i < 40; i++)
        fit_sketch_add(&sketch, value[i % 8], i + 1, 4);
    ck_assert_uint_eq(sketch.weight, 40 * 41 / 2);
    ck_assert_double_eq_tol(sketch.weight_square, 22140, 1e-9);
    ck_assert_double_eq_tol(fit_sketch_samples(&sketch), 820.0 * 820 / 22140, 1e-9);
    ck_assert_uint_eq(sketch.cells, 8);
    struct fit_point *const point = fit_sketch_points(&sketch);
    static const size_t order[] = {0, 7, 1, 2, 3, 4, 5, 6};
    for (size_t i = 0; i < 8; i++) {
        ck_assert_double_eq_tol(point[i].low, value[order[i]], 1e-30 + 1e-7 * value[order[i]]);
        ck_assert_double_eq(point[i].high, point[i].low);
        ck_assert_double_eq_tol(point[i].weight, 5 * ((double)order[i] + 1) + 80, 1e-9);
    }
    free(point);
    fit_sketch_finish(&sketch);
}
END_TEST

/* Whatever comes, the cells hold it, their weights are exact, and their width is in proportion. */
START_TEST(many_values_share_cells)
{
    enum { COUNT = 100000 };
    const struct distribution from = {.kind = DISTRIBUTION_LOGNORMAL, .a = 5, .b = 1};
    struct fit_sketch forward = sketch_of(&from, COUNT, COARSE), backward = {0};
    ck_assert_uint_le(forward.cells, 96);
    ck_assert_uint_ge(forward.cells, 48);
    ck_assert_uint_eq(forward.weight, COUNT);
    double *const sample = malloc(COUNT * sizeof *sample);
    ck_assert_ptr_nonnull(sample);
    struct random_stream random;
    random_init(&random, 7, 0, "test", "samples");
    for (size_t i = 0; i < COUNT; i++)
        sample[i] = distribution_sample(&from, &random);
    for (size_t i = COUNT; i-- > 0;)
        fit_sketch_add(&backward, sample[i], 1, FINE);
    fit_sketch_limit(&backward, COARSE);
    ck_assert_uint_eq(backward.cells, forward.cells);
    struct fit_point *const a = fit_sketch_points(&forward);
    struct fit_point *const b = fit_sketch_points(&backward);
    ck_assert_mem_eq(a, b, forward.cells * sizeof *a);
    for (size_t i = 0; i < forward.cells; i++) {
        size_t inside = 0;
        for (size_t k = 0; k < COUNT; k++)
            inside += (float)sample[k] >= (float)a[i].low &&
                      ((float)sample[k] < (float)a[i].high || i + 1 == forward.cells);
        ck_assert_double_eq_tol(a[i].weight, (double)inside, 1e-9);
        ck_assert_double_le(a[i].high, a[i].low * 1.2501);
        ck_assert(i == 0 || a[i].low >= a[i - 1].high);
    }
    free(a);
    free(b);
    free(sample);
    fit_sketch_finish(&forward);
    fit_sketch_finish(&backward);
}
END_TEST

/* The worst: each value in an octave of its own, then very near each other. */
START_TEST(no_value_breaks_a_sketch)
{
    struct fit_sketch sketch = {0};
    for (int i = -140; i < 120; i++)
        fit_sketch_add(&sketch, ldexp(1, i), 1, 3);
    fit_sketch_add(&sketch, 0, 1, 3);
    fit_sketch_add(&sketch, 1e300, 1, 3); /* beyond single precision */
    ck_assert_uint_eq(sketch.weight, 262);
    ck_assert_uint_le(sketch.cells, 6);
    struct fit_point *const point = fit_sketch_points(&sketch);
    double sum = 0;
    for (size_t i = 0; i < sketch.cells; i++)
        sum += point[i].weight;
    ck_assert_double_eq_tol(sum, 262, 1e-9);
    ck_assert_double_eq_tol(point[sketch.cells - 1].high, 1e300, 1e290);
    free(point);
    fit_sketch_finish(&sketch);
}
END_TEST

/* Tolerances: five standard errors of the maximum likelihood estimate. */
START_TEST(lognormal_is_recovered)
{
    const struct distribution from = {.kind = DISTRIBUTION_LOGNORMAL, .a = log(250), .b = 0.4};
    struct fit_choice choice = fit_of(&from, FINE);
    ck_assert_int_eq(choice.distribution.kind, DISTRIBUTION_LOGNORMAL);
    ck_assert_double_eq_tol(choice.distribution.a, from.a, 5 * 0.4 / sqrt(SAMPLES));
    ck_assert_double_eq_tol(choice.distribution.b, from.b, 5 * 0.4 / sqrt(2 * SAMPLES));
    ck_assert_double_lt(choice.distance, 1.63 / sqrt(SAMPLES));
    distribution_finish(&choice.distribution);
}
END_TEST

START_TEST(gamma_is_recovered)
{
    const struct distribution from = {.kind = DISTRIBUTION_GAMMA, .a = 3, .b = 40};
    struct fit_choice choice = fit_of(&from, FINE);
    ck_assert_int_eq(choice.distribution.kind, DISTRIBUTION_GAMMA);
    /* var(shape) = shape / (n (shape trigamma(shape) - 1)), trigamma(3) = 0.39493 */
    ck_assert_double_eq_tol(choice.distribution.a, 3, 5 * sqrt(3 / (SAMPLES * (3 * 0.39493 - 1))));
    ck_assert_double_eq_tol(choice.distribution.a * choice.distribution.b, 120,
                            5 * 40 * sqrt(3.0 / SAMPLES));
    distribution_finish(&choice.distribution);
}
END_TEST

START_TEST(weibull_is_recovered)
{
    const struct distribution from = {.kind = DISTRIBUTION_WEIBULL, .a = 2.5, .b = 800};
    struct fit_choice choice = fit_of(&from, FINE);
    ck_assert_int_eq(choice.distribution.kind, DISTRIBUTION_WEIBULL);
    ck_assert_double_eq_tol(choice.distribution.a, 2.5, 5 * 0.78 * 2.5 / sqrt(SAMPLES));
    ck_assert_double_eq_tol(choice.distribution.b, 800, 5 * 1.053 * 800 / 2.5 / sqrt(SAMPLES));
    distribution_finish(&choice.distribution);
}
END_TEST

START_TEST(mixture_is_recovered)
{
    const struct distribution part[2] = {
        {.kind = DISTRIBUTION_LOGNORMAL, .a = log(20), .b = 0.2},
        {.kind = DISTRIBUTION_LOGNORMAL, .a = log(500), .b = 0.3},
    };
    const double weight[2] = {0.7, 0.3};
    struct distribution from;
    distribution_mixture(&from, weight, part, 2);
    struct fit_choice choice = fit_of(&from, FINE);
    const struct distribution *const got = &choice.distribution;
    ck_assert_int_eq(got->kind, DISTRIBUTION_MIXTURE);
    ck_assert_double_eq_tol(got->weight[0], 0.7, 5 * sqrt(0.7 * 0.3 / SAMPLES));
    ck_assert_double_eq_tol(got->component[0].a, log(20), 5 * 0.2 / sqrt(0.7 * SAMPLES));
    ck_assert_double_eq_tol(got->component[0].b, 0.2, 5 * 0.2 / sqrt(1.4 * SAMPLES));
    ck_assert_double_eq_tol(got->component[1].a, log(500), 5 * 0.3 / sqrt(0.3 * SAMPLES));
    ck_assert_double_eq_tol(got->component[1].b, 0.3, 5 * 0.3 / sqrt(0.6 * SAMPLES));
    distribution_finish(&choice.distribution);
    distribution_finish(&from);
}
END_TEST

/* A record that stands for several calls weighs as much as they do one by one. */
START_TEST(weights_count)
{
    const struct distribution from = {.kind = DISTRIBUTION_GAMMA, .a = 3, .b = 40};
    struct fit_sketch weighted = {0}, repeated = {0};
    struct random_stream random;
    random_init(&random, 9, 0, "test", "weights");
    for (size_t i = 0; i < SAMPLES; i++) {
        const double value = distribution_sample(&from, &random);
        const uint64_t weight = random_uniform(&random) < 0.3 ? 3 : 1;
        fit_sketch_add(&weighted, value, weight, FINE);
        for (uint64_t k = 0; k < weight; k++)
            fit_sketch_add(&repeated, value, 1, FINE);
    }
    struct fit_choice a, b, c;
    for (int no_family = 0; no_family < 2; no_family++) {
        fit_family(&weighted, no_family, 100, &a);
        fit_family(&repeated, no_family, 100, &b);
        ck_assert_int_eq(a.distribution.kind, b.distribution.kind);
        ck_assert_double_eq(a.median, b.median);
        ck_assert_double_eq_tol(distribution_mean(&a.distribution),
                                distribution_mean(&b.distribution), 1e-6);
        if (!no_family) /* (1.6 n)^2 / (3.4 n) samples instead of 1.6 n */
            ck_assert_double_eq_tol(a.bic / b.bic, 1.6 / 3.4, 0.05);
        distribution_finish(&a.distribution);
        distribution_finish(&b.distribution);
    }
    /* Not as many samples as calls: two records of a million are no reason for a family. */
    struct fit_sketch two = {0};
    fit_sketch_add(&two, 100, 1000000, FINE);
    fit_sketch_add(&two, 200, 3000000, FINE);
    fit_family(&two, false, 100, &c);
    ck_assert_int_eq(c.distribution.kind, DISTRIBUTION_EMPIRICAL);
    ck_assert_double_eq_tol(distribution_mean(&c.distribution), 175, 0.6); /* a step of 1/100 */
    distribution_finish(&c.distribution);
    fit_sketch_finish(&weighted);
    fit_sketch_finish(&repeated);
    fit_sketch_finish(&two);
}
END_TEST

/* With the few cells of many functions: the same families, within the same errors. */
START_TEST(coarse_sketches_do)
{
    const struct distribution lognormal = {.kind = DISTRIBUTION_LOGNORMAL, .a = log(250), .b = 0.4};
    struct fit_choice choice = fit_of(&lognormal, COARSE);
    ck_assert_int_eq(choice.distribution.kind, DISTRIBUTION_LOGNORMAL);
    ck_assert_double_eq_tol(choice.distribution.a, lognormal.a, 5 * 0.4 / sqrt(SAMPLES));
    ck_assert_double_eq_tol(choice.distribution.b, 0.4, 5 * 0.4 / sqrt(2 * SAMPLES));
    ck_assert_double_lt(choice.distance, 1.63 / sqrt(SAMPLES));
    const struct distribution gamma = {.kind = DISTRIBUTION_GAMMA, .a = 3, .b = 40};
    choice = fit_of(&gamma, COARSE);
    ck_assert_int_eq(choice.distribution.kind, DISTRIBUTION_GAMMA);
    ck_assert_double_eq_tol(choice.distribution.a, 3, 5 * sqrt(3 / (SAMPLES * (3 * 0.39493 - 1))));
    const struct distribution weibull = {.kind = DISTRIBUTION_WEIBULL, .a = 2.5, .b = 800};
    choice = fit_of(&weibull, COARSE);
    ck_assert_int_eq(choice.distribution.kind, DISTRIBUTION_WEIBULL);
    ck_assert_double_eq_tol(choice.distribution.a, 2.5, 5 * 0.78 * 2.5 / sqrt(SAMPLES));
}
END_TEST

START_TEST(what_no_family_has_is_empirical)
{
    const struct distribution part[3] = {
        {.kind = DISTRIBUTION_UNIFORM, .a = 10, .b = 11},
        {.kind = DISTRIBUTION_UNIFORM, .a = 100, .b = 101},
        {.kind = DISTRIBUTION_UNIFORM, .a = 1000, .b = 1001},
    };
    const double weight[3] = {1, 1, 1};
    struct distribution from;
    distribution_mixture(&from, weight, part, 3);
    struct fit_choice choice = fit_of(&from, FINE);
    ck_assert_int_eq(choice.distribution.kind, DISTRIBUTION_EMPIRICAL);
    ck_assert_double_gt(choice.distance, FIT_DISTANCE);
    ck_assert_double_eq_tol(distribution_mean(&choice.distribution), distribution_mean(&from), 35);
    distribution_finish(&choice.distribution);
    distribution_finish(&from);
}
END_TEST

static struct fit_choice fit_values(const double *value, size_t count)
{
    struct fit_sketch sketch = {0};
    struct fit_choice choice;
    for (size_t i = 0; i < count; i++)
        fit_sketch_add(&sketch, value[i], 1, FINE);
    fit_family(&sketch, false, 100, &choice);
    fit_sketch_finish(&sketch);
    return choice;
}

START_TEST(few_and_equal_samples)
{
    static const double few[] = {3, 1, 2}, same[] = {100.01, 100, 100.02}, none[] = {0, 0};
    static const double one[] = {5};
    struct fit_choice choice = fit_values(few, 3);
    ck_assert_int_eq(choice.distribution.kind, DISTRIBUTION_EMPIRICAL);
    ck_assert_double_eq_tol(distribution_quantile(&choice.distribution, 0.5), 2, 1e-9);
    ck_assert_double_eq_tol(distribution_mean(&choice.distribution), 2, 0.02);
    distribution_finish(&choice.distribution);
    choice = fit_values(same, 3);
    ck_assert_int_eq(choice.distribution.kind, DISTRIBUTION_CONSTANT);
    ck_assert_double_eq_tol(choice.distribution.a, 100.01, 1e-4); /* single precision */
    choice = fit_values(none, 2);
    ck_assert_int_eq(choice.distribution.kind, DISTRIBUTION_CONSTANT);
    choice = fit_values(one, 1);
    ck_assert_double_eq_tol(choice.distribution.a, 5, 1e-9);
}
END_TEST

/* Lives are uniform on 300 to 400 s: so is the curve. */
static void recover_keep_alive(unsigned bits, size_t points)
{
    struct fit_gaps gaps = {0};
    struct fit_keep_alive keep;
    struct distribution curve;
    struct random_stream random;
    random_init(&random, 3, 0, "test", "gaps");
    for (int i = 0; i < 20000; i++) {
        const double gap = 700 * random_uniform(&random);
        const bool cold = gap > 300 + 100 * random_uniform(&random);
        fit_sketch_add(cold ? &gaps.cold : &gaps.warm, gap, 1, bits);
    }
    fit_gaps_estimate(&gaps, points, &keep, &curve);
    ck_assert_uint_le(curve.count, points);
    ck_assert_ptr_null(distribution_check(&curve));
    ck_assert_double_eq_tol(distribution_mean(&curve), 350, 5);
    ck_assert_double_eq_tol(keep.low_s, 310, 12);
    ck_assert_double_eq_tol(keep.high_s, 390, 12);
    ck_assert_double_lt(keep.longest_warm_s, 400);
    ck_assert_double_gt(keep.shortest_cold_s, 300);
    ck_assert_uint_eq(keep.warm + keep.cold, 20000);
    distribution_finish(&curve);
    fit_sketch_finish(&gaps.warm);
    fit_sketch_finish(&gaps.cold);
}

START_TEST(keep_alive_is_recovered)
{
    recover_keep_alive(FINE, 103);
    recover_keep_alive(9, 28);
}
END_TEST

TEST_MAIN("fit_family", few_values_are_kept_as_they_are, many_values_share_cells,
          no_value_breaks_a_sketch, lognormal_is_recovered, gamma_is_recovered,
          weibull_is_recovered, mixture_is_recovered, weights_count, coarse_sketches_do,
          what_no_family_has_is_empirical, few_and_equal_samples, keep_alive_is_recovered)
