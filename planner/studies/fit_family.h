/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which distribution samples come from. Lognormal, gamma, Weibull and a mixture of two lognormals
 * are fitted by maximum likelihood (in closed form, by minimisation of the profile likelihood, by
 * expectation maximisation) and compared by BIC. Constant: the samples spread over less than 0.1 %
 * of their mean. Empirical quantiles: the best family is further from the samples than
 * FIT_DISTANCE + 1.36 / sqrt(n) (the 95 % bound of Kolmogorov's distance, and as much again as does
 * not matter), or there are fewer than FIT_LEAST samples.
 */
#ifndef STUDIES_FIT_FAMILY_H
#define STUDIES_FIT_FAMILY_H

#include "core/distribution.h"

#include <stdbool.h>
#include <stddef.h>

#define FIT_DISTANCE 0.02
#define FIT_LEAST 20

struct fit_choice {
    struct distribution distribution;
    size_t samples;
    double bic;      /* NAN: not compared */
    double distance; /* Kolmogorov's, of the best family; NAN: not compared */
    const char *best; /* the family of least BIC, also where its distance is too large; or NULL */
};

/* Sorts the samples, which are at least 0 and finite; `count` is at least 1. `no_family`: constant
 * or quantiles. The caller ends ret->distribution. */
void fit_family(double *sample, size_t count, bool no_family, struct fit_choice *ret);

/* "lognormal", "mixture" … */
const char *fit_family_name(enum distribution_kind kind);

#endif
