/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "studies/sobol_indices.h"

#include "core/memory.h"
#include "core/random.h"

#include <gsl/gsl_qrng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

#define SOBOL_DIMENSIONS 40 /* of gsl_qrng_sobol */
#define RESAMPLES 1000

/* --- points ----------------------------------------------------------------------------------- */

static void shifted_sobol(double *ret, size_t samples, size_t dimensions,
                          struct random_stream *random)
{
    gsl_qrng *const sequence = gsl_qrng_alloc(gsl_qrng_sobol, (unsigned)dimensions);
    double shift[SOBOL_DIMENSIONS], point[SOBOL_DIMENSIONS];
    for (size_t k = 0; k < dimensions; k++)
        shift[k] = random_uniform(random);
    for (size_t j = 0; j < samples; j++) {
        gsl_qrng_get(sequence, point);
        for (size_t k = 0; k < dimensions; k++) {
            const double sum = point[k] + shift[k];
            /* An input's values in A and in B are neighbours of the sequence: their pairs count. */
            const size_t place = k / 2 + (k % 2) * (dimensions / 2);
            ret[j * dimensions + place] = sum >= 1 ? sum - 1 : sum;
        }
    }
    gsl_qrng_free(sequence);
}

static void latin_hypercube(double *ret, size_t samples, size_t dimensions,
                            struct random_stream *random)
{
    size_t *const part = mem_alloc(samples, sizeof *part);
    for (size_t k = 0; k < dimensions; k++) {
        for (size_t j = 0; j < samples; j++) { /* Fisher and Yates */
            const size_t other = (size_t)(random_uniform(random) * (double)(j + 1));
            part[j] = part[other];
            part[other] = j;
        }
        for (size_t j = 0; j < samples; j++)
            ret[j * dimensions + k] = ((double)part[j] + random_uniform(random)) / (double)samples;
    }
    free(part);
}

void sobol_points(double *ret, size_t samples, size_t inputs, uint64_t seed)
{
    struct random_stream random;
    random_init(&random, seed, 0, "sensitivity", "points");
    (2 * inputs <= SOBOL_DIMENSIONS ? shifted_sobol : latin_hypercube)(ret, samples, 2 * inputs,
                                                                       &random);
}

/* --- indices ---------------------------------------------------------------------------------- */

struct rows {
    const double *a, *b, *ab;
    size_t *row; /* those without NAN */
    size_t count;
};

/* Over the rows that `pick` names; NULL: each once. The variance is Jansen's too, of pairs: where
 * an input is nearly all of it, AB is nearly B, and what is off in one sum is off in the other. */
static void estimate(const struct rows *rows, const size_t *pick, double *ret_first,
                     double *ret_total)
{
    double both = 0, first = 0, total = 0;
    for (size_t i = 0; i < rows->count; i++) {
        const size_t j = rows->row[pick == NULL ? i : pick[i]];
        const double a = rows->a[j], b = rows->b[j], ab = rows->ab[j];
        both += (a - b) * (a - b);
        first += (b - ab) * (b - ab);
        total += (a - ab) * (a - ab);
    }
    *ret_first = both > 0 ? 1 - first / both : NAN;
    *ret_total = both > 0 ? total / both : NAN;
}

/* Percentiles of the resamples; those without variance are left out. */
static void put_interval(struct sobol_index *ret, double *value, size_t count)
{
    size_t there = 0;
    for (size_t i = 0; i < count; i++)
        if (!isnan(value[i]))
            value[there++] = value[i];
    if (isnan(ret->value) || there == 0)
        return;
    gsl_sort(value, 1, there);
    ret->low = gsl_stats_quantile_from_sorted_data(value, 1, there, 0.025);
    ret->high = gsl_stats_quantile_from_sorted_data(value, 1, there, 0.975);
}

static void bootstrap(const struct rows *rows, struct sobol_index *first, struct sobol_index *total,
                      uint64_t seed)
{
    struct random_stream random;
    size_t *const pick = mem_alloc(rows->count, sizeof *pick);
    double *const of_first = mem_alloc(RESAMPLES, sizeof *of_first);
    double *const of_total = mem_alloc(RESAMPLES, sizeof *of_total);
    random_init(&random, seed, 0, "sensitivity", "bootstrap");
    for (size_t r = 0; r < RESAMPLES; r++) {
        for (size_t i = 0; i < rows->count; i++)
            pick[i] = (size_t)(random_uniform(&random) * (double)rows->count);
        estimate(rows, pick, &of_first[r], &of_total[r]);
    }
    put_interval(first, of_first, RESAMPLES);
    put_interval(total, of_total, RESAMPLES);
    free(pick);
    free(of_first);
    free(of_total);
}

void sobol_indices(struct sobol_index *ret_first, struct sobol_index *ret_total, const double *a,
                   const double *b, const double *ab, size_t samples, uint64_t seed)
{
    struct rows rows = {a, b, ab, mem_alloc(samples, sizeof *rows.row), 0};
    *ret_first = *ret_total = (struct sobol_index){NAN, NAN, NAN};
    for (size_t j = 0; j < samples; j++)
        if (!isnan(a[j]) && !isnan(b[j]) && !isnan(ab[j]))
            rows.row[rows.count++] = j;
    if (rows.count > 1) {
        estimate(&rows, NULL, &ret_first->value, &ret_total->value);
        bootstrap(&rows, ret_first, ret_total, seed);
    }
    free(rows.row);
}
