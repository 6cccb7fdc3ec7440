/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which distribution samples come from. Lognormal, gamma, Weibull and a mixture of two lognormals
 * are fitted by maximum likelihood (in closed form, by minimisation of the profile likelihood, by
 * expectation maximisation) and compared by BIC. Constant: the samples spread over less than 0.1 %
 * of their mean. Empirical quantiles: the best family is further from the samples than
 * FIT_DISTANCE + 1.36 / sqrt(n) (the 95 % bound of Kolmogorov's distance, and as much again as does
 * not matter), or there are fewer than FIT_LEAST samples.
 *
 * Samples have weights. A weight is no number of independent samples: n is that of
 * fit_sketch_samples.
 */
#ifndef HISTORY_FIT_FAMILY_H
#define HISTORY_FIT_FAMILY_H

#include "core/distribution.h"
#include "history/fit_sketch.h"

#include <stdbool.h>

#define FIT_DISTANCE 0.02
#define FIT_LEAST 20

struct fit_choice {
    struct distribution distribution;
    double bic;       /* NAN: not compared */
    double distance;  /* Kolmogorov's, of the best family; NAN: not compared */
    const char *best; /* the family of least BIC, also where its distance is too large; or NULL */
    double median;
};

/* Of a sketch that is not empty. `no_family`: constant or quantiles. A table of quantiles has so
 * many steps, and the tail. The caller ends ret->distribution. */
void fit_family(const struct fit_sketch *sketch, bool no_family, unsigned steps,
                struct fit_choice *ret);

/* "lognormal", "mixture" … */
const char *fit_family_name(enum distribution_kind kind);

#endif
