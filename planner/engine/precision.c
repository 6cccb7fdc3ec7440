/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/precision.h"

#include <math.h>

#define FEWEST 3u /* replications before an interval is believed */

unsigned precision_first(const struct precision *precision)
{
    if (precision->relative <= 0)
        return precision->replications;
    const unsigned first = precision->replications > FEWEST ? precision->replications : FEWEST;
    return first < precision->most ? first : precision->most;
}

bool precision_reached(const struct precision *precision, const struct estimate *estimate,
                       double error, unsigned n, unsigned *wanted)
{
    const double allowed = precision->relative * fabs(estimate->mean);
    if (precision->relative <= 0 || isnan(estimate->half_width) || estimate->half_width <= allowed)
        return true;
    const double possible = fmax(allowed, error);
    if (estimate->half_width <= possible || n >= precision->most)
        return false;
    const double ratio = possible > 0 ? estimate->half_width / possible : 2;
    double more = fmax(n + 1.0, ceil(n * fmin(ratio * ratio, 2)));
    more = fmin(more, precision->most);
    if (more > *wanted)
        *wanted = (unsigned)more;
    return false;
}
