/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which inputs a quantity's variance comes from (Sobol 1993, 2001): the first-order index is the
 * part that an input explains by itself, the total-order index the part that is left when all
 * others are known: its own and that of its interactions.
 *
 * Two independent matrices of points, A and B; in AB_i column i of A is B's. Both indices by
 * Jansen's estimators (1999, doi:10.1016/S0010-4655(98)00154-4; Saltelli et al. 2010,
 * doi:10.1016/j.cpc.2009.09.018, table 2). Points are Sobol's sequence, shifted at random (Cranley
 * and Patterson 1976); beyond 20 inputs, where GSL has no more dimensions of it, Latin hypercubes.
 */
#ifndef STUDIES_SOBOL_INDICES_H
#define STUDIES_SOBOL_INDICES_H

#include <stddef.h>
#include <stdint.h>

/* The points of A and B in 0 .. 1: `ret` gets `samples` rows of 2 x `inputs` numbers, A's first. */
void sobol_points(double *ret, size_t samples, size_t inputs, uint64_t seed);

struct sobol_index {
    double value, low, high; /* 95 % by bootstrap over the samples; NAN where nothing varies */
};

/* The indices of one input: values at A, at B and at AB of this input, row by row. Rows where any
 * of them is NAN are left out. `seed` is the bootstrap's. */
void sobol_indices(struct sobol_index *ret_first, struct sobol_index *ret_total, const double *a,
                   const double *b, const double *ab, size_t samples, uint64_t seed);

#endif
