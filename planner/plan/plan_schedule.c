/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Schedules as arrivals. EventBridge calls within the minute; here it is the minute's beginning. */
#include "plan/plan_internal.h"

#include <stdlib.h>

struct schedule {
    const struct arrivals_spec *arrivals;
    int64_t start_s, at_s; /* since 1970-01-01: of the run, the last time given */
};

static int next_time(void *context, struct arrival *ret)
{
    struct schedule *const s = context;
    if (!cron_next(&s->arrivals->cron, s->start_s, s->at_s, &s->at_s))
        return 0;
    const int64_t since_s = s->at_s - s->start_s;
    *ret = (struct arrival){.start_ns = seconds((double)since_s),
                            .count = s->arrivals->concurrency,
                            .bytes = -1,
                            .duration_ns = -1};
    ret->end_ns = ret->start_ns;
    return 1;
}

int plan_schedule(const struct plan *p, const struct arrivals_spec *arrivals,
                  struct arrival_source *ret)
{
    struct schedule *const s = mem_alloc(1, sizeof *s);
    s->arrivals = arrivals;
    s->start_s = arrivals->has_zero ? arrivals->zero_ns / INT64_C(1000000000)
                                    : p->scenario->as_of_day * INT64_C(86400);
    s->at_s = s->start_s - 1; /* its first second is one of them */
    *ret = (struct arrival_source){next_time, free, s};
    return 0;
}
