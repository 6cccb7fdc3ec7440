/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What every part of a model shares: the clock, the seed, where measuring starts, and where numbers
 * go. Metrics are reported once at the end; series.h gathers the time series.
 */
#ifndef AWS_SIMULATION_H
#define AWS_SIMULATION_H

#include "aws/request_trace.h"
#include "core/event_queue.h"
#include "core/statistics.h"

#include <stdbool.h>
#include <stdint.h>

struct loop;

struct simulation {
    struct event_queue queue;
    uint64_t seed, replication;
    int64_t measure_ns;               /* what happened before (the warm-up) is not counted */
    const struct request_sink *trace; /* NULL: nobody wants to see requests */
    char failure[256];                /* first broken balance, "" when there is none */
    struct loop **loop;               /* the model's: loop.h */
    char runaway[1200]; /* the loop that feeds itself more than it can do; "": there is none */
};

static inline int64_t simulation_now(const struct simulation *simulation)
{
    return simulation->queue.now_ns;
}

/* Keeps the first failure of an audit: a broken balance is an internal error and ends the run. */
__attribute__((format(printf, 2, 3))) void simulation_fail(struct simulation *simulation,
                                                           const char *format, ...);

/* Keeps the first; the run ends after the present event, and until then loops send nothing more. */
__attribute__((format(printf, 2, 3))) void simulation_run_away(struct simulation *simulation,
                                                               const char *format, ...);

static inline bool simulation_is_running_away(const struct simulation *simulation)
{
    return simulation->runaway[0] != '\0';
}

/* One number of the result, "function:ingest", "duration_ms.p50", "ms"; never negative. A "ratio"
 * is a part of a whole. */
struct metric_sink {
    void (*put)(void *context, const char *entity, const char *metric, const char *unit,
                double value);
    void *context;
    /* For what is known to +-`error` only, INFINITY: to be at least `value`, as it had not ended
     * with the run; NULL: `put` gets it too. */
    void (*put_rounded)(void *context, const char *entity, const char *metric, const char *unit,
                        double value, double error);
};

/* One point of the time series, with CloudWatch's names; `time_ns` is the period's start. */
struct series_sink {
    void (*put)(void *context, int64_t time_ns, const char *entity, const char *metric,
                const char *statistic, const char *unit, double value);
    void *context;
};

/* What may have had no end yet. */
void report_unfinished(const struct metric_sink *sink, const char *entity, const char *metric,
                       const char *unit, double value, bool unfinished);

/* mean, min, max and the usual quantiles of a histogram of ns, in ms: "NAME.p50" … */
void report_times(const struct metric_sink *sink, const char *entity, const char *name,
                  const struct histogram *histogram);

#endif
