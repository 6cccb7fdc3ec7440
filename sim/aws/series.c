/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/series.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum statistic { SUM, MAXIMUM, AVERAGE };

struct series_point {
    const char *entity, *metric, *unit;
    enum statistic statistic;
    double value, weight; /* nothing was observed while the weight is 0 */
};

static bool is(const struct series_point *p, const char *entity, const char *metric,
               enum statistic statistic)
{
    return p->statistic == statistic && strcmp(p->metric, metric) == 0 &&
           strcmp(p->entity, entity) == 0;
}

static struct series_point *find(struct series *s, const char *entity, const char *metric,
                                 const char *unit, enum statistic statistic)
{
    for (size_t step = 0; step < s->points; step++) {
        const size_t i = (s->next + step) % s->points;
        if (is(&s->point[i], entity, metric, statistic)) {
            s->next = i + 1;
            return &s->point[i];
        }
    }
    s->point = mem_grow(s->point, &s->capacity, s->points, sizeof *s->point);
    struct series_point *const p = &s->point[s->points++];
    *p = (struct series_point){entity, metric, unit, statistic, 0, 0};
    s->next = s->points;
    return p;
}

void series_sum(struct series *series, const char *entity, const char *metric, const char *unit,
                double value)
{
    struct series_point *const p = find(series, entity, metric, unit, SUM);
    p->value += value;
    p->weight = 1;
}

void series_maximum(struct series *series, const char *entity, const char *metric, const char *unit,
                    double value)
{
    struct series_point *const p = find(series, entity, metric, unit, MAXIMUM);
    if (isnan(value))
        return;
    p->value = p->weight > 0 ? fmax(p->value, value) : value;
    p->weight = 1;
}

void series_average(struct series *series, const char *entity, const char *metric, const char *unit,
                    double weighted, double weight)
{
    struct series_point *const p = find(series, entity, metric, unit, AVERAGE);
    p->value += weighted;
    p->weight += weight;
}

void series_add(struct series *to, const struct series *from)
{
    for (size_t i = 0; i < from->points; i++) {
        const struct series_point *const p = &from->point[i];
        struct series_point *const sum = find(to, p->entity, p->metric, p->unit, p->statistic);
        if (p->weight <= 0)
            continue;
        if (p->statistic == MAXIMUM && sum->weight > 0)
            sum->value = fmax(sum->value, p->value);
        else
            sum->value += p->value;
        sum->weight = p->statistic == AVERAGE ? sum->weight + p->weight : 1;
    }
}

void series_restart(struct series *series, int64_t now_ns)
{
    for (size_t i = 0; i < series->points; i++)
        series->point[i].value = series->point[i].weight = 0;
    series->start_ns = now_ns;
}

void series_end_period(struct series *series, int64_t now_ns, const struct series_sink *sink)
{
    static const char *const names[] = {
        [SUM] = "Sum", [MAXIMUM] = "Maximum", [AVERAGE] = "Average"};
    for (size_t i = 0; i < series->points; i++) {
        const struct series_point *const p = &series->point[i];
        if (p->weight > 0)
            sink->put(sink->context, series->start_ns, p->entity, p->metric, names[p->statistic],
                      p->unit, p->statistic == AVERAGE ? p->value / p->weight : p->value);
    }
    series_restart(series, now_ns);
}

void series_finish(struct series *series)
{
    free(series->point);
    *series = (struct series){0};
}
