/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The search for the smallest fixed group of servers that serves: by doubled steps from a guess,
 * then bisection, since a larger group is never worse, both on the first replication only; then one
 * more at a time until all replications agree. Whoever asks tries `size` as `all` says and tells
 * what came of it.
 */
#ifndef STUDIES_FLEET_SEARCH_H
#define STUDIES_FLEET_SEARCH_H

#include "scenario/scenario.h"

struct fleet_search {
    unsigned size; /* to be tried next; once done: the answer */
    bool all;      /* with all replications, not only the first */
    bool done;
    bool serves;              /* once done; false: not even the largest group that is allowed */
    unsigned low, high, most; /* too small; enough, once `found`; allowed */
    unsigned step;            /* that comes next */
    bool found;
};

/* `guess`: the size to be tried first; 0: the smallest that is allowed. */
void fleet_search_begin(struct fleet_search *ret, const struct baseline_spec *baseline,
                        unsigned guess);
/* What is known from less and from more traffic: `too_small` and fewer are, `enough` is (0:
 * unknown). */
void fleet_search_bound(struct fleet_search *search, unsigned too_small, unsigned enough);
void fleet_search_tell(struct fleet_search *search, bool enough);

#endif
