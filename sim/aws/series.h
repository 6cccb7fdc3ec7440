/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The time series: what entities tell once a minute, gathered into periods as CloudWatch gathers
 * statistic sets: sums and numbers of samples add up, extremes are extremes, an average is weighted
 * by what it averages over. A period in which nothing was observed has no point at all: when a
 * service sends nothing is said where it tells.
 *
 * Entities tell the same points in the same order each time, so that a point is found at once.
 */
#ifndef AWS_SERIES_H
#define AWS_SERIES_H

#include "aws/simulation.h"
#include "core/lookup.h"
#include "core/statistics.h"

/* CloudWatch's statistics, in the order in which a point's go out. */
enum series_statistic {
    SERIES_SUM,
    SERIES_AVERAGE,
    SERIES_MAXIMUM,
    SERIES_MINIMUM,
    SERIES_SAMPLES,
    SERIES_STATISTICS
};
#define SERIES_BIT(statistic) (1u << (statistic))
extern const char *const series_statistic_names[SERIES_STATISTICS]; /* "Sum" */

/* A statistic that somebody wants of a point; `percentile` 0..1, of times only; NAN: it is another.
 */
struct series_wish {
    const char *entity, *metric, *statistic;
    double percentile;
};

struct series {
    int64_t start_ns;                      /* of the period */
    const struct series_wish *const *wish; /* percentiles, which are kept of these points only */
    size_t wishes;
    struct series_point *point;
    size_t points, capacity;
    size_t next;         /* where the next one is expected */
    struct lookup found; /* an entity's name, as its first point has it; in its scope points by
                            metric: 1 + the index */
};

/* Times that were measured since the entity told last. */
struct series_times {
    int128 sum_ns;
    uint64_t count;
    int64_t least_ns, most_ns;
    struct histogram *histogram; /* the series'; NULL: nobody wants percentiles */
};

static inline void series_time(struct series_times *times, int64_t ns)
{
    times->least_ns = times->count == 0 || ns < times->least_ns ? ns : times->least_ns;
    times->most_ns = times->count == 0 || ns > times->most_ns ? ns : times->most_ns;
    times->sum_ns += ns;
    times->count++;
    if (times->histogram != NULL)
        histogram_add(times->histogram, ns);
}

/* Names outlive the series; values are those since the entity was asked last. NAN: nothing was
 * observed. What is in parentheses goes to everybody, the other statistics to who wishes them. */

/* Sum, of whose samples nothing is known (Sum). */
void series_sum(struct series *series, const char *entity, const char *metric, const char *unit,
                double value);
/* `count` of `of` samples were 1, the others 0; 0 samples: nothing was observed (Sum). */
void series_events(struct series *series, const char *entity, const char *metric, const char *unit,
                   uint64_t count, uint64_t of);
/* A level that is sampled once, now (Maximum). */
void series_level(struct series *series, const char *entity, const char *metric, const char *unit,
                  double value);
/* Maximum alone (Maximum). */
void series_maximum(struct series *series, const char *entity, const char *metric, const char *unit,
                    double value);
/* Average alone; `weighted`: the sum of weight x value (Average). */
void series_average(struct series *series, const char *entity, const char *metric, const char *unit,
                    double weighted, double weight);
/* In units of `unit_ns` (`shown`: bits). The times begin anew. */
void series_tell_times(struct series *series, const char *entity, const char *metric,
                       const char *unit, double unit_ns, unsigned shown,
                       struct series_times *times);

/* What `from` has gathered since its period began comes to `to`, too. */
void series_add(struct series *to, const struct series *from);

/* Ends the period: its points go out in the order of their first sight, or what is wished if it is
 * there, and the next one begins. `wish` NULL: the usual statistics of all. */
void series_end_period(struct series *series, int64_t now_ns, const struct series_sink *sink,
                       const struct series_wish *wish);
/* The same without telling anyone. */
void series_restart(struct series *series, int64_t now_ns);
/* All points ever told with all statistics that they can have, each with the value NAN; percentiles
 * as "pNN". */
void series_names(const struct series *series, const struct series_sink *sink);
void series_finish(struct series *series);

#endif
