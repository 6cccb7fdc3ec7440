/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/series.h"

#include "core/memory.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define EXTREMES (SERIES_BIT(SERIES_MAXIMUM) | SERIES_BIT(SERIES_MINIMUM))
#define EVERY                                                                                      \
    (EXTREMES | SERIES_BIT(SERIES_SUM) | SERIES_BIT(SERIES_AVERAGE) | SERIES_BIT(SERIES_SAMPLES))

const char *const series_statistic_names[SERIES_STATISTICS] = {
    [SERIES_SUM] = "Sum",         [SERIES_AVERAGE] = "Average",     [SERIES_MAXIMUM] = "Maximum",
    [SERIES_MINIMUM] = "Minimum", [SERIES_SAMPLES] = "SampleCount",
};

/* CloudWatch's StatisticSet. */
struct samples {
    double sum, count; /* count: the weight of an average */
    double least, most;
    bool observed;
};

struct series_point {
    const char *entity, *metric, *unit;
    unsigned has, shown; /* bits of enum series_statistic */
    struct samples samples;
    double unit_ns;              /* of times; 0: it is not of times */
    struct histogram *histogram; /* NULL: nobody wants percentiles */
};

static bool is(const struct series_point *p, const char *entity, const char *metric)
{
    return strcmp(p->metric, metric) == 0 && strcmp(p->entity, entity) == 0;
}

static struct series_point *find(struct series *s, const char *entity, const char *metric,
                                 const char *unit, unsigned has, unsigned shown)
{
    const size_t expected = s->next < s->points ? s->next : 0;
    if (s->points > 0 && is(&s->point[expected], entity, metric)) {
        s->next = expected + 1;
        return &s->point[expected];
    }
    const char *of = lookup_find(&s->found, NULL, entity);
    const uintptr_t known = of == NULL ? 0 : (uintptr_t)lookup_find(&s->found, of, metric);
    if (known > 0) {
        s->next = known;
        return &s->point[known - 1];
    }
    if (of == NULL) {
        of = entity;
        lookup_add(&s->found, NULL, entity, (void *)(uintptr_t)entity);
    }
    lookup_add(&s->found, of, metric, (void *)(uintptr_t)(s->points + 1));
    s->point = mem_grow(s->point, &s->capacity, s->points, sizeof *s->point);
    struct series_point *const p = &s->point[s->points++];
    *p = (struct series_point){
        .entity = entity, .metric = metric, .unit = unit, .has = has, .shown = shown};
    s->next = s->points;
    return p;
}

static void need_histogram(struct series_point *p)
{
    if (p->histogram != NULL)
        return;
    p->histogram = mem_alloc(1, sizeof *p->histogram);
    histogram_init(p->histogram);
}

static void gather(struct samples *to, const struct samples *from)
{
    if (!from->observed)
        return;
    to->least = to->observed ? fmin(to->least, from->least) : from->least;
    to->most = to->observed ? fmax(to->most, from->most) : from->most;
    to->sum += from->sum;
    to->count += from->count;
    to->observed = true;
}

void series_sum(struct series *series, const char *entity, const char *metric, const char *unit,
                double value)
{
    const unsigned bit = SERIES_BIT(SERIES_SUM);
    gather(&find(series, entity, metric, unit, bit, bit)->samples,
           &(struct samples){.sum = value, .observed = !isnan(value)});
}

void series_events(struct series *series, const char *entity, const char *metric, const char *unit,
                   uint64_t count, uint64_t of)
{
    gather(&find(series, entity, metric, unit, EVERY, SERIES_BIT(SERIES_SUM))->samples,
           &(struct samples){.sum = (double)count,
                             .count = (double)of,
                             .least = count == of ? 1 : 0,
                             .most = count > 0 ? 1 : 0,
                             .observed = of > 0});
}

void series_level(struct series *series, const char *entity, const char *metric, const char *unit,
                  double value)
{
    gather(&find(series, entity, metric, unit, EVERY, SERIES_BIT(SERIES_MAXIMUM))->samples,
           &(struct samples){value, 1, value, value, !isnan(value)});
}

void series_maximum(struct series *series, const char *entity, const char *metric, const char *unit,
                    double value)
{
    const unsigned bit = SERIES_BIT(SERIES_MAXIMUM);
    gather(&find(series, entity, metric, unit, bit, bit)->samples,
           &(struct samples){.most = value, .observed = !isnan(value)});
}

void series_average(struct series *series, const char *entity, const char *metric, const char *unit,
                    double weighted, double weight)
{
    const unsigned bit = SERIES_BIT(SERIES_AVERAGE);
    gather(&find(series, entity, metric, unit, bit, bit)->samples,
           &(struct samples){.sum = weighted, .count = weight, .observed = weight > 0});
}

void series_tell_times(struct series *series, const char *entity, const char *metric,
                       const char *unit, double unit_ns, unsigned shown, struct series_times *times)
{
    struct series_point *const p = find(series, entity, metric, unit, EVERY, shown);
    p->unit_ns = unit_ns;
    for (size_t i = 0; i < series->wishes && p->histogram == NULL; i++)
        if (is(p, series->wish[i]->entity, series->wish[i]->metric))
            need_histogram(p);
    gather(&p->samples, &(struct samples){.sum = (double)times->sum_ns / unit_ns,
                                          .count = (double)times->count,
                                          .least = (double)times->least_ns / unit_ns,
                                          .most = (double)times->most_ns / unit_ns,
                                          .observed = times->count > 0});
    *times = (struct series_times){.histogram = p->histogram};
}

void series_add(struct series *to, const struct series *from)
{
    for (size_t i = 0; i < from->points; i++) {
        const struct series_point *const p = &from->point[i];
        struct series_point *const sum = find(to, p->entity, p->metric, p->unit, p->has, p->shown);
        gather(&sum->samples, &p->samples);
        sum->unit_ns = p->unit_ns;
        if (p->histogram == NULL)
            continue;
        need_histogram(sum);
        histogram_merge(sum->histogram, p->histogram);
    }
}

void series_restart(struct series *series, int64_t now_ns)
{
    for (size_t i = 0; i < series->points; i++) {
        series->point[i].samples = (struct samples){0};
        if (series->point[i].histogram != NULL)
            histogram_reset(series->point[i].histogram);
    }
    series->start_ns = now_ns;
}

static double value_of(const struct samples *samples, enum series_statistic statistic)
{
    switch (statistic) {
    case SERIES_SUM:
        return samples->sum;
    case SERIES_AVERAGE:
        return samples->sum / samples->count;
    case SERIES_MAXIMUM:
        return samples->most;
    case SERIES_MINIMUM:
        return samples->least;
    case SERIES_SAMPLES:
        return samples->count;
    case SERIES_STATISTICS:
        break;
    }
    return NAN;
}

static void put(const struct series *series, const struct series_point *p, unsigned bits,
                const struct series_sink *sink)
{
    for (enum series_statistic i = 0; i < SERIES_STATISTICS; i++)
        if ((bits & SERIES_BIT(i)) != 0)
            sink->put(sink->context, series->start_ns, p->entity, p->metric,
                      series_statistic_names[i], p->unit,
                      p->samples.observed ? value_of(&p->samples, i) : NAN);
}

static void grant(const struct series *series, const struct series_point *p,
                  const struct series_wish *wish, const struct series_sink *sink)
{
    if (!is(p, wish->entity, wish->metric))
        return;
    if (!isnan(wish->percentile) && p->histogram != NULL)
        sink->put(sink->context, series->start_ns, p->entity, p->metric, wish->statistic, p->unit,
                  histogram_quantile(p->histogram, wish->percentile) / p->unit_ns);
    for (enum series_statistic i = 0; i < SERIES_STATISTICS && isnan(wish->percentile); i++)
        if (strcmp(series_statistic_names[i], wish->statistic) == 0)
            put(series, p, p->has & SERIES_BIT(i), sink);
}

void series_end_period(struct series *series, int64_t now_ns, const struct series_sink *sink,
                       const struct series_wish *wish)
{
    for (size_t i = 0; i < series->points; i++) {
        const struct series_point *const p = &series->point[i];
        if (!p->samples.observed)
            continue;
        if (wish != NULL)
            grant(series, p, wish, sink);
        else
            put(series, p, p->shown, sink);
    }
    series_restart(series, now_ns);
}

void series_names(const struct series *series, const struct series_sink *sink)
{
    for (size_t i = 0; i < series->points; i++) {
        const struct series_point *const p = &series->point[i];
        put(series, p, p->has, sink);
        if (p->unit_ns > 0)
            sink->put(sink->context, series->start_ns, p->entity, p->metric, "pNN", p->unit, NAN);
    }
}

void series_finish(struct series *series)
{
    for (size_t i = 0; i < series->points; i++) {
        if (series->point[i].histogram != NULL)
            histogram_finish(series->point[i].histogram);
        free(series->point[i].histogram);
    }
    free(series->point);
    lookup_finish(&series->found);
    *series = (struct series){0};
}
