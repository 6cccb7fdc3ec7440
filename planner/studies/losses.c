/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "studies/losses.h"

#include "core/memory.h"
#include "engine/evaluate.h"
#include "support/text.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

static void tell_memory(struct sweep_result *result, const struct designs *designs)
{
    char lacking[TEXT_NUMBER_SIZE], all[TEXT_NUMBER_SIZE], calls[TEXT_NUMBER_SIZE];
    size_t count = 0, first = 0;
    for (size_t i = result->points; i-- > 0;)
        if (result->point[i].lacks_memory) {
            count++;
            first = i;
        }
    if (count == 0)
        return;
    char *const name = design_name(&designs->design[first]);
    diagnostics_warning(&result->run.notes, NULL, 0,
                        "%s of %s designs run%s out of memory, %s%s (%s invocations a month): no "
                        "answer, and on no front, unless an objective of a function's "
                        "out_of_memory says how many may",
                        text_number((double)count, 0, lacking),
                        text_number((double)result->points, 0, all), count == 1 ? "s" : "",
                        count == 1 ? "" : "the first ", name,
                        text_number(ceil(result->point[first].out_of_memory), 0, calls));
    free(name);
}

/* Of the designs that are as good otherwise, the one that loses least, and of those the cheapest.
 * SIZE_MAX: none loses less than the reference. */
static size_t find_saver(const struct sweep_result *result)
{
    const struct sweep_point *best = &result->point[result->reference];
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < result->points; i++) {
        const struct sweep_point *const p = &result->point[i];
        if (p->failed || p->meets_objectives < best->meets_objectives)
            continue;
        if (p->lost.mean < best->lost.mean ||
            (found != SIZE_MAX && p->lost.mean == best->lost.mean &&
             p->monthly_cost_usd.mean < best->monthly_cost_usd.mean)) {
            best = p;
            found = i;
        }
    }
    return found;
}

static char *saver_text(const struct sweep_result *result, const struct designs *designs)
{
    char lost[TEXT_NUMBER_SIZE], cost[TEXT_NUMBER_SIZE];
    const size_t saver = find_saver(result);
    if (saver == SIZE_MAX)
        return mem_strdup("no other that was tried loses fewer");
    const struct sweep_point *const p = &result->point[saver];
    char *const name = design_name(&designs->design[saver]);
    char *const text =
        text_format("%s loses %s, at $%s a month", name,
                    p->lost.mean > 0 ? text_number(ceil(p->lost.mean), 0, lost) : "none",
                    text_number(p->monthly_cost_usd.mean, 2, cost));
    free(name);
    return text;
}

static void tell_reference(struct sweep_result *result, const struct designs *designs)
{
    char lost[TEXT_NUMBER_SIZE];
    const struct sweep_point *const reference = &result->point[result->reference];
    for (size_t i = 0; i < result->objectives; i++)
        if (metric_counts_losses(result->objective[i].metric))
            return;
    if (!(reference->lost.mean > 0))
        return;
    char *const name = design_name(&designs->design[result->reference]);
    char *const saver = saver_text(result, designs);
    diagnostics_warning(&result->run.notes, NULL, 0,
                        "%s loses %s requests or records a month, and no objective speaks of that "
                        "(latency is of what was served); %s",
                        name, text_number(ceil(reference->lost.mean), 0, lost), saver);
    free(saver);
    free(name);
}

void losses_tell(struct sweep_result *result, const struct designs *designs)
{
    tell_memory(result, designs);
    tell_reference(result, designs);
}
