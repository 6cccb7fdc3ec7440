/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The time series: what entities tell once a minute, gathered into periods as CloudWatch gathers
 * statistic sets: sums add up, maxima are maxima, an average is weighted by what it averages over
 * (time, or the number of samples). A period in which nothing was observed has no average and no
 * maximum.
 *
 * Entities tell the same points in the same order each time, so that a point is found at once.
 */
#ifndef AWS_SERIES_H
#define AWS_SERIES_H

#include "aws/simulation.h"

struct series {
    int64_t start_ns; /* of the period */
    struct series_point *point;
    size_t points, capacity;
    size_t next; /* where the next one is expected */
};

/* Names outlive the series; values are those since the entity was asked last. */
void series_sum(struct series *series, const char *entity, const char *metric, const char *unit,
                double value);
/* NAN: nothing was observed. */
void series_maximum(struct series *series, const char *entity, const char *metric, const char *unit,
                    double value);
/* `weighted`: the sum of weight x value. */
void series_average(struct series *series, const char *entity, const char *metric, const char *unit,
                    double weighted, double weight);

/* What `from` has gathered since its period began comes to `to`, too. */
void series_add(struct series *to, const struct series *from);

/* Ends the period: its points go out in the order of their first sight, and the next one begins. */
void series_end_period(struct series *series, int64_t now_ns, const struct series_sink *sink);
/* The same without telling anyone. */
void series_restart(struct series *series, int64_t now_ns);
void series_finish(struct series *series);

#endif
