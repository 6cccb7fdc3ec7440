/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Probability distributions as values: what a scenario says, checked and ready to draw from.
 * The unit is the caller's; `distribution_scale` changes it. Values are never negative: a normal
 * is truncated at 0 by redrawing (its mean then differs from `mean`; distribution_mean accounts
 * for it).
 */
#ifndef CORE_DISTRIBUTION_H
#define CORE_DISTRIBUTION_H

#include "core/random.h"

#include <stdbool.h>
#include <stddef.h>

enum distribution_kind {
    DISTRIBUTION_CONSTANT,    /* a: value */
    DISTRIBUTION_UNIFORM,     /* a: min, b: max */
    DISTRIBUTION_EXPONENTIAL, /* a: mean */
    DISTRIBUTION_NORMAL,      /* a: mean, b: standard deviation, before truncation at 0 */
    DISTRIBUTION_LOGNORMAL,   /* a: mu, b: sigma of the logarithm */
    DISTRIBUTION_GAMMA,       /* a: shape, b: scale */
    DISTRIBUTION_WEIBULL,     /* a: shape, b: scale */
    DISTRIBUTION_PARETO,      /* a: minimum, b: tail exponent alpha */
    DISTRIBUTION_EMPIRICAL,   /* quantile table, linear between points, constant beyond its ends */
    DISTRIBUTION_MIXTURE,     /* component i with probability weight[i] */
};

struct distribution {
    enum distribution_kind kind;
    double a, b;
    double shift;   /* added to every value; in the caller's unit; at least 0 */
    size_t count;   /* points or components */
    double *weight; /* cumulative, non-decreasing: probability 0..1 of a point or component */
    double *value;  /* empirical: quantile at weight[i], non-decreasing */
    struct distribution *component; /* mixture */
};

/* Constructors check nothing beyond an assert; distribution_check says what is wrong. */
void distribution_constant(struct distribution *ret, double value);
/* Copies the points. Sorted samples: pass probability NULL (i / (count - 1) is used). */
void distribution_empirical(struct distribution *ret, const double *probability,
                            const double *value, size_t count);
/* Takes the components over: the caller must not finish them. Weights need not sum to 1. */
void distribution_mixture(struct distribution *ret, const double *weight,
                          const struct distribution *component, size_t count);
void distribution_copy(struct distribution *ret, const struct distribution *from);
void distribution_finish(struct distribution *distribution);

/* NULL when drawable; else a sentence fragment such as "sigma must be at least 0". Static text. */
const char *distribution_check(const struct distribution *distribution);

/* Multiplies every value by `factor` > 0 (change of unit). */
void distribution_scale(struct distribution *distribution, double factor);

/* Never negative, always finite: a tail that overflows a double ends at DBL_MAX. */
double distribution_sample(const struct distribution *distribution, struct random_stream *stream);

/* The same, with the two kinds that simple models draw at every event inline. */
static inline double distribution_draw(const struct distribution *distribution,
                                       struct random_stream *stream)
{
    if (distribution->kind == DISTRIBUTION_CONSTANT)
        return distribution->shift + distribution->a;
    if (distribution->kind == DISTRIBUTION_EXPONENTIAL)
        return distribution->shift + distribution->a * random_exponential(stream);
    return distribution_sample(distribution, stream);
}

/* Closed forms where they exist, else quadrature over the table; INFINITY where none exists
 * (Pareto with alpha <= 1). */
double distribution_mean(const struct distribution *distribution);
/* The p-quantile, 0 < p < 1; mixtures by bisection. */
double distribution_quantile(const struct distribution *distribution, double p);

#endif
