/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a search leaves undecided, and its end. */
#include <lambdaplan/optimize.h>

#include <stdint.h>
#include <stdlib.h>

static bool meets_by_mean(const struct sweep_result *tried, const struct sweep_point *point)
{
    if (point->lacks_memory)
        return false;
    for (size_t i = 0; i < tried->objectives; i++)
        if (!point->met[i])
            return false;
    return true;
}

size_t optimize_undecided(const struct optimize_result *result, size_t *ret_best)
{
    const struct sweep_result *const tried = &result->tried;
    size_t count = 0, best = SIZE_MAX;
    for (size_t i = 0; i < tried->points; i++) {
        const double mean = result->value[i].mean;
        const bool better = !result->found || mean < result->value[tried->reference].mean;
        if (tried->point[i].meets_objectives || !better || !meets_by_mean(tried, &tried->point[i]))
            continue;
        count++;
        if (best == SIZE_MAX || mean < result->value[best].mean)
            best = i;
    }
    *ret_best = best;
    return count;
}

void optimize_result_finish(struct optimize_result *result)
{
    sweep_result_finish(&result->tried);
    free(result->metric);
    free(result->unit);
    free(result->value);
    free(result->relaxation);
    *result = (struct optimize_result){0};
}
