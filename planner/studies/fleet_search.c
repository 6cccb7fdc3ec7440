/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "studies/fleet_search.h"

#define FLEET_MAX 4096u /* gives up here */

static unsigned lesser(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static unsigned greater(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

void fleet_search_begin(struct fleet_search *ret, const struct baseline_spec *baseline,
                        unsigned guess)
{
    const unsigned most =
        baseline->max_size > 0 ? lesser(baseline->max_size, FLEET_MAX) : FLEET_MAX;
    const unsigned first = lesser(greater(baseline->min_size, 1), most);
    *ret = (struct fleet_search){
        .size = lesser(greater(guess, first), most), .low = first - 1, .most = most, .step = 1};
}

/* Away from the size that was tried last by doubled steps, none beyond the middle between what is
 * too small and what is enough: two tries settle a good guess. */
static void step_on(struct fleet_search *s)
{
    const unsigned middle = s->found ? (s->high - s->low) / 2 : s->most - s->low;
    const unsigned step = lesser(s->step, middle);
    s->size = s->found && s->size >= s->high ? s->high - step : s->low + step;
    s->step = lesser(2 * s->step, FLEET_MAX);
}

/* What to try next, if `size` is not between what is too small and what is enough: all replications
 * once there is nothing between. */
static void choose(struct fleet_search *s)
{
    if (s->found ? s->high <= s->low + 1 : s->low >= s->most) {
        s->all = true;
        s->size = s->found ? lesser(greater(s->high, s->low + 1), s->most) : s->most;
    } else if (s->size <= s->low || (s->found && s->size >= s->high)) {
        step_on(s);
    }
}

void fleet_search_bound(struct fleet_search *search, unsigned too_small, unsigned enough)
{
    struct fleet_search *const s = search;
    if (s->all)
        return;
    s->low = greater(s->low, lesser(too_small, s->most));
    if (enough > 0 && (!s->found || enough < s->high)) {
        s->found = true;
        s->high = lesser(enough, s->most);
    }
    choose(s);
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
    choose(s);
}
