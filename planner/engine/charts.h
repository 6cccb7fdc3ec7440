/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The time series of a run, thinned to what a chart shows: some hundred points a line, the largest
 * entities of each metric. Fixed memory for each entity, however long the run.
 */
#ifndef ENGINE_CHARTS_H
#define ENGINE_CHARTS_H

#include <lambdaplan/result.h>

struct charts;

struct charts *charts_create(double end_s); /* of the run, from its start */
void charts_destroy(struct charts *charts); /* NULL does nothing */

/* A point of timeseries.csv; metrics that no chart shows are ignored, and so is what lies outside
 * the run. */
void charts_put(struct charts *charts, double time_s, const char *entity, const char *metric,
                const char *statistic, double value);
/* Fills the result's charts. */
void charts_take(const struct charts *charts, struct result *ret);

#endif
