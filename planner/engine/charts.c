/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/charts.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define POINTS 360       /* of a line */
#define LINES_MAX 6      /* of a chart: more cannot be told apart */
#define ENTITIES_MAX 500 /* remembered for a chart */

#define NAMES 4 /* of the same thing at different services */

/* What is shown, in this order. */
static const struct {
    const char *title, *metric[NAMES], *statistic, *unit;
} shown[] = {
    {"Requests of callers", {"Count", "RequestCount", "UrlRequestCount"}, "Sum", "Count"},
    {"Throttles that callers see",
     {"4XXError", "4xx", "HTTPCode_ELB_4XX_Count", "Url4xxCount"},
     "Sum",
     "Count"},
    {"Failures that callers see",
     {"5XXError", "5xx", "HTTPCode_ELB_5XX_Count", "Url5xxCount"},
     "Sum",
     "Count"},
    {"Mean latency of requests", {"Latency", "UrlRequestLatency"}, "Average", "Milliseconds"},
    {"Executions of state machines", {"ExecutionsStarted"}, "Sum", "Count"},
    {"Mean time of executions", {"ExecutionTime"}, "Average", "Milliseconds"},
    {"Invocations", {"Invocations"}, "Sum", "Count"},
    {"Concurrent executions", {"ConcurrentExecutions"}, "Maximum", "Count"},
    {"Mean duration", {"Duration"}, "Average", "Milliseconds"},
    {"Throttles", {"Throttles"}, "Sum", "Count"},
    {"Errors", {"Errors"}, "Sum", "Count"},
    {"Mean latency of calls to downstreams", {"CallLatency"}, "Average", "Milliseconds"},
    {"Calls that wait for downstreams", {"QueueLength"}, "Maximum", "Count"},
    {"Connections of downstreams", {"DatabaseConnections"}, "Maximum", "Count"},
    {"Records in", {"IncomingRecords"}, "Sum", "Count"},
    {"Iterator age", {"IteratorAge"}, "Maximum", "Milliseconds"},
    {"Refused writes", {"WriteProvisionedThroughputExceeded"}, "Sum", "Count"},
    {"Refused reads", {"ReadProvisionedThroughputExceeded"}, "Sum", "Count"},
    {"Messages that wait", {"ApproximateNumberOfMessagesVisible"}, "Maximum", "Count"},
    {"Oldest message", {"ApproximateAgeOfOldestMessage"}, "Maximum", "Seconds"},
    {"Age of asynchronous events", {"AsyncEventAge"}, "Maximum", "Milliseconds"},
    {"Servers in service", {"GroupInServiceInstances"}, "Maximum", "Count"},
    {"CPU of servers", {"CPUUtilization"}, "Average", "Percent"},
    {"Requests that wait for a server", {"SurgeQueueLength"}, "Maximum", "Count"},
};
#define SHOWN (sizeof shown / sizeof *shown)

struct line {
    char *entity;
    double *value;   /* the sum or the largest; POINTS of them */
    unsigned *count; /* periods in a point */
    double most;
};

struct lines {
    struct line *item;
    size_t count, capacity;
    size_t cursor; /* where the next entity is expected: they come in the same order each time */
    bool more;     /* there are entities beyond */
};

struct charts {
    double end_s, last_s, period_s;
    struct lines lines[SHOWN];
};

struct charts *charts_create(double end_s)
{
    struct charts *const charts = mem_alloc(1, sizeof *charts);
    *charts = (struct charts){.end_s = end_s, .last_s = NAN, .period_s = INFINITY};
    return charts;
}

void charts_destroy(struct charts *charts)
{
    if (charts == NULL)
        return;
    for (size_t i = 0; i < SHOWN; i++) {
        for (size_t k = 0; k < charts->lines[i].count; k++) {
            free(charts->lines[i].item[k].entity);
            free(charts->lines[i].item[k].value);
            free(charts->lines[i].item[k].count);
        }
        free(charts->lines[i].item);
    }
    free(charts);
}

static struct line *line_of(struct lines *lines, const char *entity)
{
    for (size_t step = 0; step < lines->count; step++) {
        const size_t i = (lines->cursor + step) % lines->count;
        if (strcmp(lines->item[i].entity, entity) == 0) {
            lines->cursor = i + 1;
            return &lines->item[i];
        }
    }
    if (lines->count == ENTITIES_MAX) {
        lines->more = true;
        return NULL;
    }
    lines->item = mem_grow(lines->item, &lines->capacity, lines->count, sizeof *lines->item);
    struct line *const line = &lines->item[lines->count++];
    *line = (struct line){.entity = mem_strdup(entity),
                          .value = mem_alloc(POINTS, sizeof *line->value),
                          .count = mem_alloc(POINTS, sizeof *line->count)};
    lines->cursor = lines->count;
    return line;
}

static bool is_maximum(size_t chart)
{
    return strcmp(shown[chart].statistic, "Maximum") == 0;
}

static void add(struct line *line, size_t point, bool maximum, double value)
{
    double *const to = &line->value[point];
    *to = line->count[point]++ == 0 ? value : maximum ? fmax(*to, value) : *to + value;
    line->most = fmax(line->most, value);
}

static bool is_called(size_t chart, const char *metric)
{
    for (size_t i = 0; i < NAMES && shown[chart].metric[i] != NULL; i++)
        if (strcmp(shown[chart].metric[i], metric) == 0)
            return true;
    return false;
}

void charts_put(struct charts *charts, double time_s, const char *entity, const char *metric,
                const char *statistic, double value)
{
    if (!(time_s >= 0 && time_s < charts->end_s) || !isfinite(value) || value < 0)
        return;
    if (time_s > charts->last_s && time_s - charts->last_s < charts->period_s)
        charts->period_s = time_s - charts->last_s;
    charts->last_s = time_s;
    for (size_t i = 0; i < SHOWN; i++) {
        if (!is_called(i, metric) || strcmp(shown[i].statistic, statistic) != 0)
            continue;
        if (strcmp(metric, "IteratorAge") == 0 && strncmp(entity, "function:", 9) == 0)
            return; /* its mappings' */
        struct line *const line = line_of(&charts->lines[i], entity);
        const size_t point = (size_t)(time_s * POINTS / charts->end_s);
        if (line != NULL)
            add(line, point < POINTS ? point : POINTS - 1, is_maximum(i), value);
        return;
    }
}

/* The largest first, equal ones as they came. */
static const struct line **ranked(const struct lines *lines)
{
    const struct line **const order = mem_alloc(lines->count, sizeof *order);
    for (size_t i = 0; i < lines->count; i++) {
        size_t place = i;
        for (; place > 0 && order[place - 1]->most < lines->item[i].most; place--)
            order[place] = order[place - 1];
        order[place] = &lines->item[i];
    }
    return order;
}

/* How many periods begin inside a point. */
static double periods_in(const struct charts *charts, size_t point)
{
    const double step_s = charts->end_s / POINTS;
    if (!isfinite(charts->period_s))
        return point == 0 ? 1 : 0;
    return ceil((double)(point + 1) * step_s / charts->period_s) -
           ceil((double)point * step_s / charts->period_s);
}

/* A sum of which nothing was told is 0; of the others nothing is known. */
static double value_at(const struct charts *charts, size_t chart, const struct line *line,
                       size_t point)
{
    const unsigned told = line->count[point];
    const double periods = fmax(periods_in(charts, point), told);
    if (strcmp(shown[chart].statistic, "Sum") == 0)
        return periods > 0 ? line->value[point] / periods : NAN;
    return told == 0 ? NAN : is_maximum(chart) ? line->value[point] : line->value[point] / told;
}

static struct result_series series_of(const struct charts *charts, size_t chart,
                                      const struct line *line)
{
    struct result_series ret = {mem_strdup(line->entity), mem_alloc(POINTS, sizeof *ret.value)};
    for (size_t i = 0; i < POINTS; i++)
        ret.value[i] = value_at(charts, chart, line, i);
    return ret;
}

void charts_take(const struct charts *charts, struct result *ret)
{
    ret->chart = mem_alloc(SHOWN, sizeof *ret->chart);
    ret->chart_points = POINTS;
    ret->chart_step_s = charts->end_s / POINTS;
    ret->chart_period_s = isfinite(charts->period_s) ? charts->period_s : charts->end_s;
    for (size_t i = 0; i < SHOWN; i++) {
        const struct lines *const lines = &charts->lines[i];
        const struct line **const order = ranked(lines);
        if (lines->count > 0 && order[0]->most > 0) { /* else there is nothing to see */
            struct result_chart *const chart = &ret->chart[ret->charts++];
            const size_t count = lines->count < LINES_MAX ? lines->count : LINES_MAX;
            *chart = (struct result_chart){.title = shown[i].title,
                                           .unit = shown[i].unit,
                                           .sum = strcmp(shown[i].statistic, "Sum") == 0,
                                           .more = lines->more,
                                           .series = mem_alloc(count, sizeof *chart->series)};
            for (; chart->count < count && order[chart->count]->most > 0; chart->count++)
                chart->series[chart->count] = series_of(charts, i, order[chart->count]);
            for (size_t k = chart->count; k < lines->count; k++)
                chart->left_out += order[k]->most > 0;
        }
        free(order);
    }
}
