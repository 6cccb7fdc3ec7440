/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "studies/hidden.h"

#include <math.h>

/* As far from where both cost the same; what lies between two looks on both sides of it is closer
 * together than the resolution. */
static double margin(void)
{
    return sqrt(CURVE_RESOLUTION);
}

static bool is_dearer(const struct hidden_end *end)
{
    return end->lambda_usd > end->baseline_usd;
}

/* Where Lambda costs as much as `size` servers, by straight lines; NAN: not between the ends. */
static double same_cost(const struct hidden_end *low, const struct hidden_end *high, unsigned size)
{
    const double part = (double)(size - low->size) / (high->size - low->size);
    const double usd = low->baseline_usd + part * (high->baseline_usd - low->baseline_usd);
    const double below = low->lambda_usd - usd, above = high->lambda_usd - usd;
    return below < 0 && above > 0
               ? low->traffic + (high->traffic - low->traffic) * -below / (above - below)
               : NAN;
}

/* Lambda is the cheaper one at the low end: where it would be the dearer one than `size` servers,
 * if they serve. */
static double just_above(const struct hidden_end *low, const struct hidden_end *high, unsigned size)
{
    const double same = same_cost(low, high, size);
    const bool settled = size == high->size || !(high->traffic > CURVE_RESOLUTION * same);
    return settled ? NAN : same * margin();
}

/* Lambda is the dearer one at the low end: where it would be the cheaper one than `size` servers,
 * if no fewer serve. Cheaper at the high end, too, it is so for good from the last jump on. */
static double just_below(const struct hidden_end *low, const struct hidden_end *high, unsigned size)
{
    const double same = same_cost(low, high, size);
    bool settled = size == low->size || !(same > CURVE_RESOLUTION * low->traffic);
    if (!is_dearer(high))
        settled = settled || size == high->size || high->traffic <= CURVE_RESOLUTION * same;
    return settled ? NAN : same / margin();
}

/* By what rises, alone. */
static bool may_hide(const struct hidden_end *low, const struct hidden_end *high)
{
    if (is_dearer(low) != is_dearer(high)) /* at one jump it can only become the cheaper one */
        return !is_dearer(low) || high->size != low->size + 1;
    return is_dearer(low) ? low->lambda_usd < high->baseline_usd
                          : high->lambda_usd > low->baseline_usd;
}

double hidden_next(const struct hidden_end *low, const struct hidden_end *high, bool line)
{
    const double middle = sqrt(low->traffic * high->traffic);
    double best = NAN;
    if (high->traffic <= CURVE_RESOLUTION * low->traffic || low->size == high->size)
        return NAN;
    if (!line)
        return may_hide(low, high) ? middle : NAN;
    for (unsigned size = low->size; size <= high->size; size++) {
        const double at =
            is_dearer(low) ? just_below(low, high, size) : just_above(low, high, size);
        if (!isnan(at) && !(fabs(log(at / middle)) >= fabs(log(best / middle))))
            best = at;
    }
    return best;
}
