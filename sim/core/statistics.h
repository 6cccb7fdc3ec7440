/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a run remembers: histograms, time averages and, over replications, intervals. All of fixed
 * size: nothing here grows with the length of a run.
 */
#ifndef CORE_STATISTICS_H
#define CORE_STATISTICS_H

#include "core/int128.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Log-linear histogram of non-negative integers (ns, bytes, records): 128 equal buckets an octave,
 * so a quantile is at most 0.4 % off (values below 256 are exact). Count, sum, min and max are
 * exact. Negative values count as 0. While empty, min is INT64_MAX and max INT64_MIN.
 */
#define HISTOGRAM_SUB_BITS 7
#define HISTOGRAM_BUCKETS ((64 - HISTOGRAM_SUB_BITS) << HISTOGRAM_SUB_BITS)

struct histogram {
    uint64_t count;
    int128 sum;
    int64_t min, max;
    uint64_t *bucket; /* HISTOGRAM_BUCKETS of them */
};

void histogram_init(struct histogram *histogram);
void histogram_finish(struct histogram *histogram);
void histogram_reset(struct histogram *histogram);
void histogram_merge(struct histogram *into, const struct histogram *from);
double histogram_mean(const struct histogram *histogram); /* NAN when empty */
/* The p-quantile, 0 <= p <= 1 (0: min, 1: max): the middle of its bucket, clamped to [min, max];
 * NAN when empty. */
double histogram_quantile(const struct histogram *histogram, double p);
/* How far the true quantile may be from that: half of its bucket, 0 where it is exact. NAN when
 * empty. */
double histogram_quantile_error(const struct histogram *histogram, double p);

static inline unsigned histogram_index(uint64_t value)
{
    if (value < (UINT64_C(1) << (HISTOGRAM_SUB_BITS + 1)))
        return (unsigned)value;
    const unsigned shift = 63u - (unsigned)__builtin_clzll(value) - HISTOGRAM_SUB_BITS;
    return (shift << HISTOGRAM_SUB_BITS) + (unsigned)(value >> shift);
}

static inline void histogram_add_many(struct histogram *histogram, int64_t value, uint64_t times)
{
    if (times == 0)
        return;
    const int64_t v = value < 0 ? 0 : value;
    histogram->count += times;
    histogram->sum += (int128)v * (int128)times;
    histogram->min = v < histogram->min ? v : histogram->min;
    histogram->max = v > histogram->max ? v : histogram->max;
    histogram->bucket[histogram_index((uint64_t)v)] += times;
}

static inline void histogram_add(struct histogram *histogram, int64_t value)
{
    histogram_add_many(histogram, value, 1);
}

/* `n` values at even distances from `first` to `last`: each of a few, else points of them, which
 * move from call to call (by the golden ratio) so that no quantile falls between them. `offset` is
 * the caller's, and begins as 0. */
void histogram_add_spread(struct histogram *histogram, int64_t first, int64_t last, uint64_t n,
                          double *offset);

/* A level that changes at events: its integral over time, its mean and its maximum. */
struct time_average {
    int64_t level;
    int64_t max;
    int64_t lap_max;  /* since the last time_average_lap */
    int64_t since_ns; /* last change */
    int64_t start_ns; /* averages count from here */
    int128 integral;  /* level x ns from start_ns to since_ns */
};

static inline void time_average_set(struct time_average *average, int64_t now_ns, int64_t level)
{
    average->integral += (int128)average->level * (now_ns - average->since_ns);
    average->since_ns = now_ns;
    average->level = level;
    average->max = level > average->max ? level : average->max;
    average->lap_max = level > average->lap_max ? level : average->lap_max;
}

static inline void time_average_add(struct time_average *average, int64_t now_ns, int64_t change)
{
    time_average_set(average, now_ns, average->level + change);
}

/* Forgets the past: averages and maximum count from `now_ns` on; the level stays. */
void time_average_reset(struct time_average *average, int64_t now_ns);
/* The highest level since this was asked last; a reset does not change it. */
int64_t time_average_lap(struct time_average *average);
/* Level x ns from start to `now_ns`. */
int128 time_average_integral(const struct time_average *average, int64_t now_ns);
/* The mean level from start to `now_ns`; the level itself when no time has passed. */
double time_average_mean(const struct time_average *average, int64_t now_ns);

/* Mean over replications with the 95 % interval of Student's t. */
struct estimate {
    double mean;
    double low, high;  /* NAN with fewer than two values */
    double half_width; /* NAN with fewer than two values */
    size_t count;
};

/* Values that are NAN (nothing observed in that replication) are left out. */
struct estimate estimate_of(const double *value, size_t count);

/* The same for a quantity that is never negative nor above `most` (INFINITY: unbounded), measured
 * to +-`error`: the interval is at least that wide, however well the replications agree, and ends
 * where the quantity does. (A value beyond `most` shows that it is no bound.) An infinite error:
 * the values are at least so large (what they measure had not ended), so that `high` is INFINITY,
 * however few they are, and there is no half width. */
struct estimate estimate_within(const double *value, size_t count, double error, double most);

#endif
