/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Predicted against observed, in two ways:
 *
 * - replay: a scenario gets the arrivals of recorded calls and, unless the model's own are wanted,
 *   their durations. What is left to predict is which calls are cold, how many run at once, what is
 *   billed. Environments that recorded calls found warm at the beginning are there.
 * - forecast: a scenario fitted to the first part of the calls predicts the rest, arrivals and
 *   durations included.
 *
 * The interval of a figure goes from the k-th least to the k-th greatest of N replications, with
 * 2k/(N+1) = 1 - c (k = 5 of 199 for c = 95 %). If the model is true, the observation is one more
 * of them, and as likely to take any place among them as any other: it lies inside with probability
 * c, whatever its distribution (order statistics; Hahn and Meeker, Statistical Intervals, 1991).
 * Two things that replications do not know widen it:
 *
 * - A forecast's parameters are estimates. For figures that add up over independent pieces of time
 *   (counts, sums, means, quantiles of many), the error of an estimate from a time T1 adds T2/T1
 *   to the variance 1 of what happens in a time T2: deviations are stretched by sqrt(1 + T2/T1),
 * those of quantiles of durations by ratio, because they are skewed and above 0. What rises with
 * the quantile must not fall in its ends either: they are widened to that.
 * - In a replay cold starts have at least the spread of a Poisson count: arrivals are held fixed to
 *   the microsecond, and the rules by which AWS ends environments are measured, not documented, so
 *   the little luck that is left in the model would claim to know them exactly.
 *
 * Quantiles of other durations than the observed are also off by what histograms round, twice.
 */
#ifndef HISTORY_BACKTEST_H
#define HISTORY_BACKTEST_H

#include "engine/replications.h"
#include "history/call_log.h"
#include "scenario/scenario.h"

#include <lambdaplan/backtest_result.h>

enum backtest_metric {
    BACKTEST_INVOCATIONS,
    BACKTEST_COLD_STARTS,
    BACKTEST_BILLED_MS,
    BACKTEST_P50,
    BACKTEST_P95,
    BACKTEST_P99,
    BACKTEST_CONCURRENCY,
    BACKTEST_THROTTLES,
    BACKTEST_COST,
    BACKTEST_METRICS
};

/* Replications whose `rank`-th least and greatest make an interval of that confidence; with rank 1
 * the fewest that can. */
unsigned backtest_replications(double confidence, unsigned rank);

/* "billed_ms", "duration_ms.p50" …: the names of summary.csv, and cost_usd. */
const char *backtest_metric_name(enum backtest_metric metric);

struct backtest_options {
    const char *function;  /* only this one of the scenario; calls that name none are its. NULL */
    bool model_durations;  /* replay: durations of the scenario */
    double confidence;     /* above 0, below 1 */
    unsigned replications; /* 0: backtest_replications(confidence, 5) */
    bool wanted[BACKTEST_METRICS];
};

/* How many replications are asked for, or that by default. */
unsigned backtest_wanted_replications(const struct backtest_options *options);

/* Fills `ret` (backtest_result_finish it in every case); warnings go to ret->notes, errors to
 * `diagnostics`. */
enum study_status backtest_replay(struct backtest_result *ret, const struct scenario *scenario,
                                  const struct world *world, const struct call_log *log,
                                  const struct backtest_options *options,
                                  const struct study_hooks *hooks, struct diagnostics *diagnostics);

/* Where the calls are parted: at `at_ns` or, if that is INT64_MIN, behind `share` of their time. */
struct backtest_split {
    int64_t at_ns;
    double share;
};

/* Of the scenario that is fitted. `as_of` NULL: the day of the first part's last call. */
struct backtest_fit {
    struct backtest_split split;
    const char *name; /* of the file */
    const char *region, *as_of;
    const char *seed; /* NULL: 1 */
};
enum study_status backtest_forecast(struct backtest_result *ret, const struct backtest_fit *fit,
                                    const struct world *world, const struct call_log *log,
                                    const struct backtest_options *options,
                                    const struct study_hooks *hooks,
                                    struct diagnostics *diagnostics);

#endif
