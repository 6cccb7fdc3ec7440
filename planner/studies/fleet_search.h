/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The search for the smallest fixed group of servers that serves: doubling, then bisection, since a
 * larger group is never worse, both on the first replication only; then one more at a time until
 * all replications agree. Whoever asks tries `size` as `all` says and tells what came of it.
 */
#ifndef STUDIES_FLEET_SEARCH_H
#define STUDIES_FLEET_SEARCH_H

#include "scenario/scenario.h"

struct fleet_search {
    unsigned size; /* to be tried next; once done: the answer */
    bool all;      /* with all replications, not only the first */
    bool done;
    bool serves; /* once done; false: not even the largest group that is allowed */
    unsigned low, high, most; /* too small; enough, or the smallest that may be */
    bool found;               /* `high` is enough on the first replication */
};

/* `least`: no smaller group is enough, as known from less traffic; 0: nothing is known. */
void fleet_search_begin(struct fleet_search *ret, const struct baseline_spec *baseline,
                        unsigned least);
void fleet_search_tell(struct fleet_search *search, bool enough);

#endif
