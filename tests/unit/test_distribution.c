/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/distribution.h"
#include "harness.h"
#include "kolmogorov.h"

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

#define SAMPLES 100000

static double sample[SAMPLES];

/* The laws by GSL alone, as the oracle. */
static double oracle(double x, const void *law)
{
    const struct distribution *const d = law;
    const double a = d->a, b = d->b;
    x -= d->shift;
    switch (d->kind) {
    case DISTRIBUTION_UNIFORM:
        return gsl_cdf_flat_P(x, a, b);
    case DISTRIBUTION_EXPONENTIAL:
        return gsl_cdf_exponential_P(x, a);
    case DISTRIBUTION_NORMAL:
        return x < 0.0 ? 0.0
                       : (gsl_cdf_gaussian_P(x - a, b) - gsl_cdf_gaussian_P(-a, b)) /
                             gsl_cdf_gaussian_Q(-a, b);
    case DISTRIBUTION_LOGNORMAL:
        return gsl_cdf_lognormal_P(x, a, b);
    case DISTRIBUTION_GAMMA:
        return gsl_cdf_gamma_P(x, a, b);
    case DISTRIBUTION_WEIBULL:
        return gsl_cdf_weibull_P(x, b, a);
    case DISTRIBUTION_PARETO:
        return x <= a ? 0.0 : gsl_cdf_pareto_P(x, b, a);
    default:
        ck_abort_msg("no oracle");
    }
}

static const struct distribution laws[] = {
    {.kind = DISTRIBUTION_UNIFORM, .a = 0.0, .b = 1.0},
    {.kind = DISTRIBUTION_UNIFORM, .a = 5.0, .b = 9.0, .shift = 2.0},
    {.kind = DISTRIBUTION_EXPONENTIAL, .a = 1.991},
    {.kind = DISTRIBUTION_EXPONENTIAL, .a = 1e9, .shift = 1e6},
    {.kind = DISTRIBUTION_NORMAL, .a = 10.0, .b = 1.0},
    {.kind = DISTRIBUTION_NORMAL, .a = 1.0, .b = 1.0},
    {.kind = DISTRIBUTION_NORMAL, .a = 0.0, .b = 3.0, .shift = 1.0},
    {.kind = DISTRIBUTION_LOGNORMAL, .a = 0.0, .b = 0.3},
    {.kind = DISTRIBUTION_LOGNORMAL, .a = 18.0, .b = 1.1, .shift = 1e7},
    {.kind = DISTRIBUTION_GAMMA, .a = 0.4, .b = 2.0},
    {.kind = DISTRIBUTION_GAMMA, .a = 7.0, .b = 1e8},
    {.kind = DISTRIBUTION_WEIBULL, .a = 0.6, .b = 3.0},
    {.kind = DISTRIBUTION_WEIBULL, .a = 2.5, .b = 1e9},
    {.kind = DISTRIBUTION_PARETO, .a = 2.0, .b = 1.2},
    {.kind = DISTRIBUTION_PARETO, .a = 1e6, .b = 4.5},
};
#define LAWS (sizeof laws / sizeof *laws)

START_TEST(samples_follow_their_laws)
{
    for (size_t k = 0; k < LAWS; k++) {
        ck_assert_ptr_null(distribution_check(&laws[k]));
        struct random_stream stream;
        random_init(&stream, k, 0, "test", "law");
        for (int i = 0; i < SAMPLES; i++)
            sample[i] = distribution_sample(&laws[k], &stream);
        const double distance = kolmogorov(sample, SAMPLES, oracle, NULL, &laws[k]);
        if (!(distance < KOLMOGOROV_LIMIT))
            ck_abort_msg("law %d: %g", (int)k, distance);
        ck_assert_double_ge(sample[0], 0.0);
    }
}
END_TEST

START_TEST(quantiles_invert_the_laws)
{
    static const double ps[] = {1e-6, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999999};
    for (size_t k = 0; k < LAWS; k++) {
        for (size_t i = 0; i < sizeof ps / sizeof *ps; i++) {
            const double q = distribution_quantile(&laws[k], ps[i]);
            const double tolerance = 1e-7 * fmin(ps[i], 1.0 - ps[i]);
            if (!(fabs(oracle(q, &laws[k]) - ps[i]) <= tolerance))
                ck_abort_msg("law %d, p %g: %.17g", (int)k, ps[i], oracle(q, &laws[k]));
        }
    }
}
END_TEST

/* Closed forms against the middle sums of the quantile function, finer towards the tail: the last
 * piece runs to 1 - 2^-52. Heavy tails (Pareto 1.2) have their mean beyond that: left to below. */
START_TEST(means_are_the_integrals_of_quantiles)
{
    for (size_t k = 0; k < LAWS; k++) {
        if (laws[k].kind == DISTRIBUTION_PARETO && laws[k].b < 2.0)
            continue;
        double sum = 0.0;
        for (int octave = 1; octave <= 45; octave++) { /* 1 - p from 2^-octave to 2^(1-octave) */
            enum { STEPS = 400 };
            const double width = ldexp(1.0, -octave) / STEPS;
            for (int i = 0; i < STEPS; i++)
                sum += width * distribution_quantile(
                                   &laws[k], 1.0 - (ldexp(1.0, -octave) + (i + 0.5) * width));
        }
        const double mean = distribution_mean(&laws[k]);
        if (!(fabs(sum / mean - 1.0) < 2e-4))
            ck_abort_msg("law %d: mean %g, integral %g", (int)k, mean, sum);
    }
}
END_TEST

START_TEST(means_in_closed_form)
{
    const struct distribution weibull = {.kind = DISTRIBUTION_WEIBULL, .a = 0.5, .b = 3.0};
    ck_assert_double_eq_tol(distribution_mean(&weibull), 6.0, 1e-12); /* 3 x gamma(3) */
    const struct distribution pareto = {
        .kind = DISTRIBUTION_PARETO, .a = 2.0, .b = 1.25, .shift = 1};
    ck_assert_double_eq_tol(distribution_mean(&pareto), 11.0, 1e-12);
    const struct distribution heavy = {.kind = DISTRIBUTION_PARETO, .a = 2.0, .b = 1.0};
    ck_assert_double_infinite(distribution_mean(&heavy));
    const struct distribution half = {.kind = DISTRIBUTION_NORMAL, .a = 0.0, .b = 1.0};
    ck_assert_double_eq_tol(distribution_mean(&half), sqrt(2.0 / (4.0 * atan(1.0))), 1e-12);
    const struct distribution lognormal = {.kind = DISTRIBUTION_LOGNORMAL, .a = log(3.0), .b = 2.0};
    ck_assert_double_eq_tol(distribution_mean(&lognormal), 3.0 * exp(2.0), 1e-10);
    const struct distribution gamma = {.kind = DISTRIBUTION_GAMMA, .a = 2.5, .b = 4.0};
    ck_assert_double_eq_tol(distribution_mean(&gamma), 10.0, 1e-12);
    struct distribution constant;
    distribution_constant(&constant, 3.5);
    constant.shift = 0.25;
    ck_assert_double_eq(distribution_mean(&constant), 3.75);
    ck_assert_double_eq(distribution_quantile(&constant, 0.7), 3.75);
    struct random_stream stream;
    random_init(&stream, 1, 0, "test", "constant");
    ck_assert_double_eq(distribution_sample(&constant, &stream), 3.75);
    distribution_finish(&constant);
}
END_TEST

/* A spread of 0 is a constant, not a division by 0. */
START_TEST(no_spread_is_a_constant)
{
    static const struct distribution flat[] = {
        {.kind = DISTRIBUTION_UNIFORM, .a = 4.0, .b = 4.0},
        {.kind = DISTRIBUTION_NORMAL, .a = 4.0, .b = 0.0},
        {.kind = DISTRIBUTION_LOGNORMAL, .a = 1.3862943611198906, .b = 0.0},
    };
    struct random_stream stream;
    random_init(&stream, 1, 0, "test", "flat");
    for (size_t i = 0; i < sizeof flat / sizeof *flat; i++) {
        ck_assert_ptr_null(distribution_check(&flat[i]));
        ck_assert_double_eq_tol(distribution_mean(&flat[i]), 4.0, 1e-12);
        ck_assert_double_eq_tol(distribution_quantile(&flat[i], 0.1), 4.0, 1e-12);
        ck_assert_double_eq_tol(distribution_sample(&flat[i], &stream), 4.0, 1e-12);
        const struct distribution pair[2] = {{.kind = DISTRIBUTION_CONSTANT, .a = 9.0}, flat[i]};
        struct distribution mixture;
        distribution_mixture(&mixture, (const double[]){1.0, 1.0}, pair, 2);
        ck_assert_double_eq_tol(distribution_quantile(&mixture, 0.49), 4.0, 1e-12);
        ck_assert_double_eq_tol(distribution_quantile(&mixture, 0.51), 9.0, 1e-12);
        distribution_finish(&mixture);
    }
    const struct distribution zero = {.kind = DISTRIBUTION_NORMAL};
    ck_assert_ptr_null(distribution_check(&zero));
    ck_assert_double_eq(distribution_sample(&zero, &stream), 0.0);
}
END_TEST

static double table_cdf(double x, const void *law)
{
    (void)law; /* 0.2 at 10 (an atom), to 0.5 at 20, a gap to 40, to 1 at 60 */
    return x < 10.0   ? 0.0
           : x < 20.0 ? 0.2 + 0.3 * (x - 10.0) / 10.0
           : x < 40.0 ? 0.5
           : x < 60.0 ? 0.5 + 0.5 * (x - 40.0) / 20.0
                      : 1.0;
}

static double table_before(double x, const void *law)
{
    return x <= 10.0 ? 0.0 : table_cdf(x, law);
}

static const double table_p[] = {0.2, 0.5, 0.5, 1.0};
static const double table_v[] = {10.0, 20.0, 40.0, 60.0};

START_TEST(empirical_is_its_table)
{
    struct distribution d;
    distribution_empirical(&d, table_p, table_v, 4);
    ck_assert_ptr_null(distribution_check(&d));
    struct random_stream stream;
    random_init(&stream, 1, 0, "test", "empirical");
    for (int i = 0; i < SAMPLES; i++)
        sample[i] = distribution_sample(&d, &stream);
    ck_assert_double_lt(kolmogorov(sample, SAMPLES, table_cdf, table_before, NULL),
                        KOLMOGOROV_LIMIT);
    ck_assert_double_eq_tol(distribution_mean(&d), 0.2 * 10 + 0.3 * 15 + 0.5 * 50, 1e-12);
    ck_assert_double_eq(distribution_quantile(&d, 0.1), 10.0);
    ck_assert_double_eq_tol(distribution_quantile(&d, 0.35), 15.0, 1e-12);
    ck_assert_double_eq_tol(distribution_quantile(&d, 0.75), 50.0, 1e-12);
    d.shift = 3.0;
    ck_assert_double_eq_tol(distribution_quantile(&d, 0.75), 53.0, 1e-12);
    ck_assert_double_eq_tol(distribution_mean(&d), 34.5, 1e-12);
    distribution_finish(&d);
}
END_TEST

/* Points that end before probability 1: the rest is the last value. */
START_TEST(empirical_is_constant_beyond_its_ends)
{
    struct distribution d;
    distribution_empirical(&d, (const double[]){0.5, 0.9}, (const double[]){1.0, 5.0}, 2);
    ck_assert_ptr_null(distribution_check(&d));
    ck_assert_double_eq(distribution_quantile(&d, 0.3), 1.0);
    ck_assert_double_eq(distribution_quantile(&d, 0.95), 5.0);
    ck_assert_double_eq_tol(distribution_mean(&d), 0.5 * 1 + 0.4 * 3 + 0.1 * 5, 1e-12);
    distribution_finish(&d);
}
END_TEST

START_TEST(empirical_of_samples)
{
    struct distribution d;
    distribution_empirical(&d, NULL, (const double[]){0.0, 1.0, 2.0, 3.0, 8.0}, 5);
    ck_assert_ptr_null(distribution_check(&d));
    ck_assert_double_eq_tol(distribution_quantile(&d, 0.5), 2.0, 1e-12);
    ck_assert_double_eq_tol(distribution_quantile(&d, 0.875), 5.5, 1e-12);
    ck_assert_double_eq_tol(distribution_mean(&d), 2.5, 1e-12);
    distribution_finish(&d);
    distribution_empirical(&d, NULL, (const double[]){7.0}, 1);
    ck_assert_ptr_null(distribution_check(&d));
    struct random_stream stream;
    random_init(&stream, 1, 0, "test", "one");
    ck_assert_double_eq(distribution_sample(&d, &stream), 7.0);
    ck_assert_double_eq(distribution_mean(&d), 7.0);
    ck_assert_double_eq(distribution_quantile(&d, 0.01), 7.0);
    distribution_finish(&d);
}
END_TEST

/* 3 parts exponential(2), 1 part uniform(10, 20), no part of what has no mean. */
static void make_mixture(struct distribution *ret)
{
    const struct distribution component[] = {
        {.kind = DISTRIBUTION_EXPONENTIAL, .a = 2.0},
        {.kind = DISTRIBUTION_PARETO, .a = 1.0, .b = 0.5},
        {.kind = DISTRIBUTION_UNIFORM, .a = 10.0, .b = 20.0},
    };
    distribution_mixture(ret, (const double[]){3.0, 0.0, 1.0}, component, 3);
}

static double mixture_cdf(double x, const void *law)
{
    (void)law;
    return 0.75 * gsl_cdf_exponential_P(x, 2.0) + 0.25 * gsl_cdf_flat_P(x, 10.0, 20.0);
}

START_TEST(mixture_is_its_parts)
{
    struct distribution d;
    make_mixture(&d);
    ck_assert_ptr_null(distribution_check(&d));
    struct random_stream stream;
    random_init(&stream, 1, 0, "test", "mixture");
    for (int i = 0; i < SAMPLES; i++)
        sample[i] = distribution_sample(&d, &stream);
    ck_assert_double_lt(kolmogorov(sample, SAMPLES, mixture_cdf, NULL, NULL), KOLMOGOROV_LIMIT);
    ck_assert_double_eq_tol(distribution_mean(&d), 0.75 * 2 + 0.25 * 15, 1e-12);
    for (int i = 1; i < 100; i++) {
        const double q = distribution_quantile(&d, i / 100.0);
        ck_assert_double_eq_tol(mixture_cdf(q, NULL), i / 100.0, 1e-9);
    }
    d.shift = 100.0;
    ck_assert_double_eq_tol(mixture_cdf(distribution_quantile(&d, 0.9) - 100.0, NULL), 0.9, 1e-9);
    ck_assert_double_eq_tol(distribution_mean(&d), 105.25, 1e-12);
    distribution_finish(&d);
}
END_TEST

/* Each kind's own distribution function: a mixture of a law with itself has its quantiles. */
START_TEST(mixture_of_equals_is_the_law)
{
    static const double ps[] = {0.001, 0.3, 0.5, 0.95, 0.9999};
    for (size_t k = 0; k < LAWS; k++) {
        struct distribution other = laws[k];
        distribution_scale(&other, 1.000001); /* so that bisection has something to do */
        struct distribution mixture;
        distribution_mixture(&mixture, (const double[]){1.0, 1.0},
                             (const struct distribution[]){laws[k], other}, 2);
        for (size_t i = 0; i < sizeof ps / sizeof *ps; i++) {
            const double q = distribution_quantile(&mixture, ps[i]);
            const double expected = distribution_quantile(&laws[k], ps[i]);
            if (!(fabs(q / expected - 1.0000005) < 4e-7))
                ck_abort_msg("law %d, p %g: %.12g, not %.12g", (int)k, ps[i], q, expected);
        }
        distribution_finish(&mixture);
    }
}
END_TEST

START_TEST(mixture_may_nest)
{
    struct distribution inner, outer, copy;
    make_mixture(&inner);
    struct distribution table;
    distribution_empirical(&table, table_p, table_v, 4);
    distribution_mixture(&outer, (const double[]){1.0, 1.0},
                         (const struct distribution[]){inner, table}, 2);
    ck_assert_ptr_null(distribution_check(&outer));
    ck_assert_double_eq_tol(distribution_mean(&outer), (5.25 + 31.5) / 2, 1e-12);
    const double q = distribution_quantile(&outer, 0.6);
    ck_assert_double_eq_tol(0.5 * (mixture_cdf(q, NULL) + table_cdf(q, NULL)), 0.6, 1e-9);
    distribution_copy(&copy, &outer);
    distribution_finish(&outer); /* the copy owns all that it needs */
    ck_assert_double_eq_tol(distribution_mean(&copy), 18.375, 1e-12);
    ck_assert_double_eq(distribution_quantile(&copy, 0.6), q);
    distribution_finish(&copy);
    distribution_finish(&copy);
    distribution_finish(NULL);
}
END_TEST

START_TEST(scale_changes_the_unit)
{
    for (size_t k = 0; k < LAWS + 2; k++) {
        struct distribution d, scaled;
        if (k < LAWS)
            d = laws[k];
        else if (k == LAWS)
            make_mixture(&d);
        else
            distribution_empirical(&d, table_p, table_v, 4);
        if (k >= LAWS)
            d.shift = 4.0;
        distribution_copy(&scaled, &d);
        distribution_scale(&scaled, 1e6);
        struct random_stream one, other;
        random_init(&one, k, 0, "test", "scale");
        random_init(&other, k, 0, "test", "scale");
        for (int i = 0; i < 1000; i++) {
            const double x = distribution_sample(&d, &one);
            const double y = distribution_sample(&scaled, &other);
            if (!(fabs(y / (1e6 * x) - 1.0) < 1e-9))
                ck_abort_msg("law %d: %g became %g", (int)k, x, y);
        }
        const double mean = distribution_mean(&d), q = distribution_quantile(&d, 0.37);
        ck_assert_double_eq_tol(distribution_mean(&scaled) / mean, 1e6, 1e-3);
        ck_assert_double_eq_tol(distribution_quantile(&scaled, 0.37) / q, 1e6, 1e-2);
        distribution_finish(&d);
        distribution_finish(&scaled);
    }
}
END_TEST

START_TEST(samples_are_finite)
{
    static const struct distribution wild[] = {
        {.kind = DISTRIBUTION_PARETO, .a = 1.0, .b = 1e-4},
        {.kind = DISTRIBUTION_LOGNORMAL, .a = 700.0, .b = 1000.0},
        {.kind = DISTRIBUTION_WEIBULL, .a = 0.001, .b = 1e300},
        {.kind = DISTRIBUTION_GAMMA, .a = 0.001, .b = 1e300},
        {.kind = DISTRIBUTION_GAMMA, .a = 1e9, .b = 1e300},
        {.kind = DISTRIBUTION_UNIFORM, .a = 0.0, .b = DBL_MAX, .shift = DBL_MAX},
    };
    struct random_stream stream;
    random_init(&stream, 1, 0, "test", "wild");
    for (size_t k = 0; k < sizeof wild / sizeof *wild; k++) {
        ck_assert_ptr_null(distribution_check(&wild[k]));
        for (int i = 0; i < 1000; i++) {
            const double x = distribution_sample(&wild[k], &stream);
            if (!(x >= 0.0 && x <= DBL_MAX))
                ck_abort_msg("law %d gave %g", (int)k, x);
        }
        ck_assert(!isnan(distribution_mean(&wild[k])));
    }
}
END_TEST

/* GSL gives up, by default with an abort, at shapes that users may well write. */
START_TEST(gamma_of_any_shape_has_quantiles)
{
    for (double shape = 1e-3; shape <= 1e9; shape *= 1.7) {
        const struct distribution d = {.kind = DISTRIBUTION_GAMMA, .a = shape, .b = 2.0};
        ck_assert_ptr_null(distribution_check(&d));
        double before = 0.0;
        for (int i = -12; i <= 12; i++) {
            const double p = i < 0 ? pow(10.0, i) : i == 0 ? 0.5 : 1.0 - pow(10.0, -i);
            const double q = distribution_quantile(&d, p);
            if (!(q >= before && isfinite(q)))
                ck_abort_msg("shape %g, p %g: %g below %g", shape, p, q, before);
            before = q;
        }
        if (shape > 100.0) { /* Cornish and Fisher, two terms: median is shape - 1/3 */
            const double median = distribution_quantile(&d, 0.5) / 2.0;
            ck_assert_double_eq_tol(median, shape - 1.0 / 3.0, 0.001 + 1e-6 * sqrt(shape));
        }
    }
}
END_TEST

START_TEST(check_rejects_numbers_that_are_none)
{
    static const double bad[] = {NAN, INFINITY, -INFINITY, -1.0};
    static const struct distribution good[] = {
        {.kind = DISTRIBUTION_CONSTANT, .a = 1.0},
        {.kind = DISTRIBUTION_UNIFORM, .a = 1.0, .b = 2.0},
        {.kind = DISTRIBUTION_EXPONENTIAL, .a = 1.0},
        {.kind = DISTRIBUTION_NORMAL, .a = 1.0, .b = 2.0},
        {.kind = DISTRIBUTION_GAMMA, .a = 1.0, .b = 2.0},
        {.kind = DISTRIBUTION_WEIBULL, .a = 1.0, .b = 2.0},
        {.kind = DISTRIBUTION_PARETO, .a = 1.0, .b = 2.0},
        {.kind = DISTRIBUTION_LOGNORMAL, .a = -1.0, .b = 2.0},
    };
    for (size_t k = 0; k < sizeof good / sizeof *good; k++) {
        ck_assert_ptr_null(distribution_check(&good[k]));
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
            struct distribution d = good[k];
            d.a = bad[i];
            ck_assert(distribution_check(&d) != NULL ||
                      (d.kind == DISTRIBUTION_LOGNORMAL && bad[i] == -1.0));
            d = good[k];
            d.b = bad[i]; /* a constant and an exponential do not use b: NAN and infinity only */
            ck_assert(distribution_check(&d) != NULL ||
                      (bad[i] == -1.0 &&
                       (d.kind == DISTRIBUTION_CONSTANT || d.kind == DISTRIBUTION_EXPONENTIAL)));
            d = good[k];
            d.shift = bad[i];
            ck_assert_ptr_nonnull(distribution_check(&d));
        }
    }
}
END_TEST

START_TEST(check_names_what_is_wrong)
{
    static const struct {
        struct distribution d;
        const char *word;
    } cases[] = {
        {{.kind = DISTRIBUTION_UNIFORM, .a = 3.0, .b = 2.0}, "max"},
        {{.kind = DISTRIBUTION_EXPONENTIAL, .a = 0.0}, "mean"},
        {{.kind = DISTRIBUTION_NORMAL, .a = 1.0, .b = -1.0}, "deviation"},
        {{.kind = DISTRIBUTION_LOGNORMAL, .a = 1.0, .b = -1.0}, "sigma"},
        {{.kind = DISTRIBUTION_GAMMA, .a = 0.0, .b = 1.0}, "shape"},
        {{.kind = DISTRIBUTION_GAMMA, .a = 1e12, .b = 1.0}, "shape"},
        {{.kind = DISTRIBUTION_WEIBULL, .a = 1.0, .b = 0.0}, "scale"},
        {{.kind = DISTRIBUTION_PARETO, .a = 0.0, .b = 1.0}, "min"},
        {{.kind = DISTRIBUTION_PARETO, .a = 1.0, .b = 0.0}, "alpha"},
        {{.kind = (enum distribution_kind)99}, "kind"},
        {{.kind = DISTRIBUTION_EMPIRICAL}, "point"},
        {{.kind = DISTRIBUTION_MIXTURE}, "component"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const wrong = distribution_check(&cases[i].d);
        ck_assert_ptr_nonnull(wrong);
        ck_assert_msg(strstr(wrong, cases[i].word) != NULL, "%s: %s", cases[i].word, wrong);
    }
}
END_TEST

START_TEST(check_rejects_broken_tables)
{
    static const struct {
        double p[3], v[3];
    } tables[] = {
        {{0.0, 0.6, 0.5}, {1.0, 2.0, 3.0}},  {{0.0, 0.5, 1.0}, {1.0, 3.0, 2.0}},
        {{0.0, 0.5, 1.1}, {1.0, 2.0, 3.0}},  {{-0.1, 0.5, 1.0}, {1.0, 2.0, 3.0}},
        {{0.0, NAN, 1.0}, {1.0, 2.0, 3.0}},  {{0.0, 0.5, 1.0}, {1.0, NAN, 3.0}},
        {{0.0, 0.5, 1.0}, {-1.0, 2.0, 3.0}}, {{0.0, 0.5, 1.0}, {1.0, 2.0, INFINITY}},
    };
    struct distribution d;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        distribution_empirical(&d, tables[i].p, tables[i].v, 3);
        ck_assert_ptr_nonnull(distribution_check(&d));
        distribution_finish(&d);
    }
    distribution_empirical(&d, NULL, NULL, 0);
    ck_assert_ptr_nonnull(distribution_check(&d));
    distribution_finish(&d);
}
END_TEST

START_TEST(check_rejects_broken_mixtures)
{
    static const double weights[][2] = {{0.0, 0.0}, {-1.0, 2.0},       {2.0, -1.0},
                                        {NAN, 1.0}, {INFINITY, 1.0},   {1.0, -1.0},
                                        {1.0, NAN}, {DBL_MAX, DBL_MAX}};
    const struct distribution one[2] = {{.kind = DISTRIBUTION_CONSTANT, .a = 1.0},
                                        {.kind = DISTRIBUTION_CONSTANT, .a = 2.0}};
    struct distribution d;
    for (size_t i = 0; i < sizeof weights / sizeof *weights; i++) {
        distribution_mixture(&d, weights[i], one, 2);
        ck_assert_ptr_nonnull(distribution_check(&d));
        distribution_finish(&d);
    }
    const struct distribution bad[2] = {one[0], {.kind = DISTRIBUTION_EXPONENTIAL, .a = NAN}};
    distribution_mixture(&d, (const double[]){1.0, 1.0}, bad, 2);
    ck_assert_ptr_nonnull(distribution_check(&d));
    distribution_finish(&d);
    distribution_mixture(&d, NULL, NULL, 0);
    ck_assert_ptr_nonnull(distribution_check(&d));
    distribution_finish(&d);
}
END_TEST

TEST_MAIN("distribution", samples_follow_their_laws, quantiles_invert_the_laws,
          means_are_the_integrals_of_quantiles, means_in_closed_form, no_spread_is_a_constant,
          empirical_is_its_table, empirical_is_constant_beyond_its_ends, empirical_of_samples,
          mixture_is_its_parts, mixture_of_equals_is_the_law, mixture_may_nest,
          scale_changes_the_unit, samples_are_finite, gamma_of_any_shape_has_quantiles,
          check_rejects_numbers_that_are_none, check_names_what_is_wrong,
          check_rejects_broken_tables, check_rejects_broken_mixtures)
