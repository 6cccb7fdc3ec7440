/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many replications a study runs: so many, or until its intervals are narrow enough. */
#ifndef ENGINE_PRECISION_H
#define ENGINE_PRECISION_H

#include "core/statistics.h"

#include <stdbool.h>

struct precision {
    unsigned replications; /* without `relative`; else to begin with, at least 3 */
    double relative;       /* 0.01: intervals of ± 1 % of the mean; 0: not asked for */
    unsigned most;         /* replications, then */
};

unsigned precision_first(const struct precision *precision);

/*
 * Whether the interval of a figure over `n` replications, measured to ±`error`, is narrow enough;
 * one that is not there (nothing observed) is. If not, `wanted` becomes the number of replications
 * that it asks for, if that is more. An interval shrinks with the root of their number; at most
 * twice as many are asked for, because the guess is worth no more than the deviation that it is
 * made from. Where the measurement itself is not that good (the result is false, then) they are
 * asked for until the interval is as narrow as the measurement.
 */
bool precision_reached(const struct precision *precision, const struct estimate *estimate,
                       double error, unsigned n, unsigned *wanted);

#endif
