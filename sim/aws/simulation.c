/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/simulation.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

static void keep_first(char *text, size_t size, const char *format, va_list arguments)
{
    if (text[0] == '\0')
        vsnprintf(text, size, format, arguments);
}

void simulation_fail(struct simulation *simulation, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    keep_first(simulation->failure, sizeof simulation->failure, format, arguments);
    va_end(arguments);
}

void simulation_run_away(struct simulation *simulation, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    keep_first(simulation->runaway, sizeof simulation->runaway, format, arguments);
    va_end(arguments);
    event_queue_stop(&simulation->queue);
}

static void put_rounded(const struct metric_sink *sink, const char *entity, const char *metric,
                        const char *unit, double value, double error)
{
    if (sink->put_rounded == NULL)
        sink->put(sink->context, entity, metric, unit, value);
    else
        sink->put_rounded(sink->context, entity, metric, unit, value, error);
}

void report_unfinished(const struct metric_sink *sink, const char *entity, const char *metric,
                       const char *unit, double value, bool unfinished)
{
    put_rounded(sink, entity, metric, unit, value, unfinished ? INFINITY : 0);
}

void report_times(const struct metric_sink *sink, const char *entity, const char *name,
                  const struct histogram *histogram)
{
    static const struct {
        const char *suffix;
        double p;
    } quantiles[] = {{"min", 0.0},  {"p50", 0.50},   {"p90", 0.90}, {"p95", 0.95},
                     {"p99", 0.99}, {"p999", 0.999}, {"max", 1.0}};
    char metric[64];
    snprintf(metric, sizeof metric, "%s.mean", name);
    sink->put(sink->context, entity, metric, "ms", histogram_mean(histogram) / 1e6);
    for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++) {
        snprintf(metric, sizeof metric, "%s.%s", name, quantiles[i].suffix);
        const double value = histogram_quantile(histogram, quantiles[i].p) / 1e6;
        put_rounded(sink, entity, metric, "ms", value,
                    histogram_quantile_error(histogram, quantiles[i].p) / 1e6);
    }
}
