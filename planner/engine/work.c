/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/work.h"

#include <math.h>

/* --- what is expected ----------------------------------------------------------------------- */

/* Of a profile, without its time before the first point and after the last. */
static double mean_of_points(const struct arrivals_spec *a)
{
    double area = 0;
    for (size_t i = 0; i + 1 < a->points; i++)
        area += (a->point[i + 1].time_s - a->point[i].time_s) *
                (a->point[i].rate_per_s + a->point[i + 1].rate_per_s) / 2;
    const double span = a->points > 1 ? a->point[a->points - 1].time_s - a->point[0].time_s : 0;
    return span > 0 ? area / span : a->points > 0 ? a->point[0].rate_per_s : 1;
}

double work_mean_rate(const struct arrivals_spec *a)
{
    switch (a->process) {
    case ARRIVALS_POISSON:
    case ARRIVALS_CONSTANT:
        return a->rate_per_s;
    case ARRIVALS_PROFILE:
        return mean_of_points(a);
    case ARRIVALS_BURSTS:
        return (a->base_rate_per_s * a->mean_base_s + a->burst_rate_per_s * a->mean_burst_s) /
               (a->mean_base_s + a->mean_burst_s);
    case ARRIVALS_COUNTS:
    case ARRIVALS_TRACE:
    case ARRIVALS_SCHEDULE:
        break;
    }
    return NAN;
}

double work_of(const struct scenario *scenario)
{
    double per_s = 0;
    for (size_t i = 0; i < scenario->workloads; i++) {
        const double rate = work_mean_rate(&scenario->workload[i].arrivals);
        per_s += (isnan(rate) ? 1 : rate) * scenario->workload[i].arrivals.rate_scale;
    }
    return per_s * scenario->run.duration_s;
}

/* --- what it takes -------------------------------------------------------------------------- */

void work_learn(struct work_rate *rate, double work, double seconds)
{
    rate->tasks += 1;
    rate->work += work;
    rate->squares += work * work;
    rate->seconds += seconds;
    rate->products += work * seconds;
}

/* Seconds of a task, and of a unit of work; neither is less than 0. */
static void fit(const struct work_rate *rate, double *ret_task_s, double *ret_unit_s)
{
    const double spread = rate->tasks * rate->squares - rate->work * rate->work;
    const double together = rate->tasks * rate->products - rate->work * rate->seconds;
    const bool any_work = rate->squares > 0;
    *ret_unit_s = 0;
    *ret_task_s = rate->tasks > 0 ? rate->seconds / rate->tasks : 0;
    if (spread > 1e-9 * rate->tasks * rate->squares) { /* they were not all as large */
        *ret_unit_s = fmax(together / spread, 0);
        *ret_task_s = (rate->seconds - *ret_unit_s * rate->work) / rate->tasks;
    }
    if (any_work && (*ret_task_s < 0 || !(spread > 1e-9 * rate->tasks * rate->squares))) {
        *ret_unit_s = rate->products / rate->squares; /* in proportion */
        *ret_task_s = 0;
    }
}

double work_part(const struct work_rate *rate, struct work_sum done, struct work_sum all)
{
    double task_s, unit_s;
    fit(rate, &task_s, &unit_s);
    const double all_s = task_s * all.tasks + unit_s * all.work;
    if (all_s > 0)
        return fmin((task_s * done.tasks + unit_s * done.work) / all_s, 1);
    if (all.work > 0)
        return fmin(done.work / all.work, 1);
    return all.tasks > 0 ? fmin(done.tasks / all.tasks, 1) : 1;
}
