/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The distance of Kolmogorov and Smirnov between a sample and a law, times sqrt(n): above 1.95 in
 * one of 1,000 samples of that law. Seeds are fixed, so a test fails always or never. */
#ifndef TESTS_KOLMOGOROV_H
#define TESTS_KOLMOGOROV_H

#include <math.h>
#include <stdlib.h>

#define KOLMOGOROV_LIMIT 1.95

static int kolmogorov_order(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts the sample. Equal values count as one step, so that atoms and discrete laws work too when
 * `cdf(x)` is P(X <= x) and `before(x)` is P(X < x); a NULL `before` means a continuous law. */
static inline double kolmogorov(double *sample, size_t count,
                                double (*cdf)(double x, const void *law),
                                double (*before)(double x, const void *law), const void *law)
{
    qsort(sample, count, sizeof *sample, kolmogorov_order);
    double distance = 0.0;
    size_t end;
    for (size_t i = 0; i < count; i = end) {
        for (end = i + 1; end < count && sample[end] == sample[i];)
            end++;
        const double above = cdf(sample[i], law);
        const double below = before != NULL ? before(sample[i], law) : above;
        distance = fmax(distance, fabs(above - (double)end / (double)count));
        distance = fmax(distance, fabs(below - (double)i / (double)count));
    }
    return distance * sqrt((double)count);
}

#endif
