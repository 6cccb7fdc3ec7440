/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "studies/fleet_search.h"

#define FLEET_MAX 4096u /* gives up here */

void fleet_search_begin(struct fleet_search *ret, const struct baseline_spec *baseline,
                        unsigned least)
{
    const unsigned most = baseline->max_size > 0 && baseline->max_size < FLEET_MAX
                              ? baseline->max_size
                              : FLEET_MAX;
    unsigned first = baseline->min_size > 0 ? baseline->min_size : 1;
    if (first < least)
        first = least < most ? least : most;
    *ret = (struct fleet_search){.size = first, .low = first - 1, .high = first, .most = most};
}

static void tell_all(struct fleet_search *s, bool enough)
{
    s->serves = enough;
    s->done = enough || s->size >= s->most;
    s->size += !s->done;
}

void fleet_search_tell(struct fleet_search *search, bool enough)
{
    struct fleet_search *const s = search;
    if (s->all) {
        tell_all(s, enough);
        return;
    }
    if (enough) {
        s->found = true;
        s->high = s->size;
    } else {
        s->low = s->size;
    }
    if (s->found ? s->high - s->low <= 1 : s->low >= s->most) {
        s->all = true;
        s->size = s->found ? s->high : s->size;
    } else if (s->found) {
        s->size = s->low + (s->high - s->low) / 2;
    } else {
        s->size = s->size * 2 < s->most ? s->size * 2 : s->most;
    }
}
