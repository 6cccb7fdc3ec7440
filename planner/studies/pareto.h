/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pareto fronts: which of many points no other point beats. Less is better in every dimension. */
#ifndef STUDIES_PARETO_H
#define STUDIES_PARETO_H

#include <stdbool.h>
#include <stddef.h>

/* `value` holds `dimensions` numbers a point. `ret[i]`: no other point is at least as good in all
 * of them and better in one; of equal points all or none. A point with a NAN is on no front. Time
 * grows with the points times those on the front. */
void pareto_front(const double *value, size_t points, size_t dimensions, bool *ret);

#endif
