/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The estimators on functions whose indices are known. */
#include "harness.h"

#include "core/memory.h"
#include "studies/sobol_indices.h"

#include <gsl/gsl_math.h>
#include <string.h>

typedef double function(const double *u, size_t inputs);

/* Ishigami and Homma 1990, with a = 7, b = 0.1 on -pi .. pi. */
static double ishigami(const double *u, size_t inputs)
{
    double x[3];
    for (size_t i = 0; i < inputs; i++)
        x[i] = M_PI * (2 * u[i] - 1);
    return sin(x[0]) + 7 * sin(x[1]) * sin(x[1]) + 0.1 * pow(x[2], 4) * sin(x[0]);
}

static const double a_of_g[] = {0, 1, 4.5, 9, 99, 99, 99, 99};

/* Sobol's g-function. */
static double g_function(const double *u, size_t inputs)
{
    double product = 1;
    for (size_t i = 0; i < inputs; i++)
        product *= (fabs(4 * u[i] - 2) + a_of_g[i % 8]) / (1 + a_of_g[i % 8]);
    return product;
}

/* Of the first `wanted` inputs. */
static void indices_of(function *f, size_t inputs, size_t wanted, size_t samples, uint64_t seed,
                       struct sobol_index *first, struct sobol_index *total)
{
    double *const points = mem_alloc(samples * 2 * inputs, sizeof *points);
    double *const a = mem_alloc(samples, sizeof *a), *const b = mem_alloc(samples, sizeof *b);
    double *const ab = mem_alloc(samples, sizeof *ab);
    double mixed[64];
    sobol_points(points, samples, inputs, seed);
    for (size_t j = 0; j < samples; j++) {
        a[j] = f(points + j * 2 * inputs, inputs);
        b[j] = f(points + j * 2 * inputs + inputs, inputs);
    }
    for (size_t i = 0; i < wanted; i++) {
        for (size_t j = 0; j < samples; j++) {
            const double *const row = points + j * 2 * inputs;
            memcpy(mixed, row, inputs * sizeof *mixed);
            mixed[i] = row[inputs + i];
            ab[j] = f(mixed, inputs);
        }
        sobol_indices(&first[i], &total[i], a, b, ab, samples, seed);
    }
    free(points);
    free(a);
    free(b);
    free(ab);
}

START_TEST(ishigami_function)
{
    /* V = a^2/8 + b pi^4/5 + b^2 pi^8/18 + 1/2 */
    const double p4 = pow(M_PI, 4), b = 0.1;
    const double v1 = 0.5 * (1 + b * p4 / 5) * (1 + b * p4 / 5), v2 = 49.0 / 8;
    const double v13 = b * b * p4 * p4 * (1.0 / 18 - 1.0 / 50), v = v1 + v2 + v13;
    const double wanted_first[] = {v1 / v, v2 / v, 0};
    const double wanted_total[] = {(v1 + v13) / v, v2 / v, v13 / v};
    struct sobol_index first[3], total[3];
    indices_of(ishigami, 3, 3, 16384, 1, first, total);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_double_eq_tol(first[i].value, wanted_first[i], 0.002);
        ck_assert_double_eq_tol(total[i].value, wanted_total[i], 0.002);
        ck_assert(total[i].low < wanted_total[i] && wanted_total[i] < total[i].high);
        ck_assert(first[i].low < wanted_first[i] && wanted_first[i] < first[i].high);
    }
}
END_TEST

START_TEST(g_function_of_eight)
{
    struct sobol_index first[8], total[8];
    double part[8], product = 1;
    indices_of(g_function, 8, 8, 8192, 1, first, total);
    for (size_t i = 0; i < 8; i++) {
        part[i] = 1 / (3 * (1 + a_of_g[i]) * (1 + a_of_g[i]));
        product *= 1 + part[i];
    }
    for (size_t i = 0; i < 8; i++) {
        const double t = part[i] * product / (1 + part[i]) / (product - 1);
        ck_assert_double_eq_tol(first[i].value, part[i] / (product - 1), 0.005);
        ck_assert_double_eq_tol(total[i].value, t, 0.005);
    }
}
END_TEST

/* Beyond Sobol's dimensions the points are Latin hypercubes: intervals of 95 % hold the truth about
 * so often. */
START_TEST(intervals_hold)
{
    struct sobol_index first, total;
    size_t held = 0;
    double product = 1;
    for (size_t i = 0; i < 24; i++)
        product *= 1 + 1 / (3 * (1 + a_of_g[i % 8]) * (1 + a_of_g[i % 8]));
    const double truth = 1.0 / 3 * product / (4.0 / 3) / (product - 1);
    for (uint64_t seed = 1; seed <= 60; seed++) {
        indices_of(g_function, 24, 1, 300, seed, &first, &total);
        held += total.low <= truth && truth <= total.high;
    }
    ck_assert_uint_ge(held, 50); /* P(fewer of 60 at 0.95) is below 1e-4 */
}
END_TEST

START_TEST(points_are_even_and_of_the_seed)
{
    enum { N = 64, K = 3 };
    double one[N * 2 * K], two[N * 2 * K];
    sobol_points(one, N, K, 1);
    sobol_points(two, N, K, 1);
    ck_assert_mem_eq(one, two, sizeof one);
    sobol_points(two, N, K, 2);
    ck_assert_mem_ne(one, two, sizeof one);
    for (size_t k = 0; k < 2 * K; k++) {
        double sum = 0;
        for (size_t j = 0; j < N; j++) {
            ck_assert(one[j * 2 * K + k] >= 0 && one[j * 2 * K + k] < 1);
            sum += one[j * 2 * K + k];
        }
        ck_assert_double_eq_tol(sum / N, 0.5, 1.0 / N);
    }
}
END_TEST

START_TEST(what_does_not_vary_has_no_index)
{
    const double same[] = {5, 5, 5, 5}, gone[] = {NAN, 1, NAN, 2}, rising[] = {1, 2, 3, 4};
    struct sobol_index first, total;
    sobol_indices(&first, &total, same, same, same, 4, 1);
    ck_assert(isnan(first.value) && isnan(total.value) && isnan(total.low));
    sobol_indices(&first, &total, gone, rising, gone, 4, 1); /* rows 1 and 3 are left */
    ck_assert_double_eq(total.value, 0);
    sobol_indices(&first, &total, gone, gone, rising, 1, 1);
    ck_assert(isnan(total.value));
}
END_TEST

TEST_MAIN("sobol indices", ishigami_function, g_function_of_eight, intervals_hold,
          points_are_even_and_of_the_seed, what_does_not_vary_has_no_index)
