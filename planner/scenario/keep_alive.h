/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The profiles of data/runtimes/keep_alive.csv; see runtimes.h for what they mean. */
#ifndef SCENARIO_KEEP_ALIVE_H
#define SCENARIO_KEEP_ALIVE_H

#include "core/distribution.h"

#include <lambdaplan/diagnostics.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct keep_alive_profile {
    char *name;
    int32_t from_day, to_day; /* default on these days; equal: never */
    bool step;
    double *idle_s, *fraction_warm; /* rising idle time, falling fraction: 1 … 0 */
    size_t count, idle_capacity, fraction_capacity;
    long line;
};

struct keep_alive {
    struct keep_alive_profile *profile;
    const char **name; /* of each profile */
    size_t count, capacity;
};

/* Reports what is wrong; the table can be finished in any case. */
void keep_alive_load(struct keep_alive *ret, const char *path, struct diagnostics *diagnostics);
void keep_alive_finish(struct keep_alive *table);

/* By name, or with NULL the default of the day; NULL when there is none. */
const struct keep_alive_profile *keep_alive_find(const struct keep_alive *table, const char *name,
                                                 int32_t day);
void keep_alive_distribution(const struct keep_alive_profile *profile, struct distribution *ret_s);

#endif
