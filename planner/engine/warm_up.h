/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How long a system takes from empty to its steady state, by MSER-5 (White 1997,
 * doi:10.1177/003754979706900601; White, Cobb and Spratt 2000, doi:10.1109/WSC.2000.899970): of a
 * series of observations so much is left out at the beginning that the standard error of the mean
 * of the rest is least. The observations are means of five minutes of each of CloudWatch's series
 * of one replication; the slowest series decides.
 */
#ifndef ENGINE_WARM_UP_H
#define ENGINE_WARM_UP_H

#include "plan/world.h"
#include "scenario/scenario.h"

/* Runs one replication of the Lambda design without warm-up. 0, or -1 after errors: a workload
 * whose rate changes by plan has no steady state, a run of less than 50 min is too short to see
 * one. A series that does not settle in the first half of the run is a warning. */
int warm_up_find(const struct scenario *scenario, const struct world *world, double *ret_s,
                 struct diagnostics *diagnostics);

/* MSER: how many of `count` observations to leave out, at most half of them. */
size_t warm_up_mser(const double *value, size_t count);

#endif
