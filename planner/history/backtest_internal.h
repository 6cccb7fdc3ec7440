/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the backtest share: what was observed of a function, and the comparison. */
#ifndef HISTORY_BACKTEST_INTERNAL_H
#define HISTORY_BACKTEST_INTERNAL_H

#include "core/int128.h"
#include "history/backtest.h"

/* Of the calls of a function that began in a stretch of time. */
struct backtest_seen {
    double value[BACKTEST_METRICS];  /* NAN: the log does not show it; all but the cost */
    char *missing[BACKTEST_METRICS]; /* then why; NULL otherwise */
    uint64_t calls;
    int128 billed_mb_ns;     /* billed duration x memory */
    int64_t longest_ns;      /* duration */
    uint64_t found_warm;     /* environments that were there before the first call, at least */
    int64_t other_memory_mb; /* a memory size that is not the scenario's; UNKNOWN_VALUE: none */
};

/* A function of the log and of the scenario. */
struct backtest_pair {
    size_t logged, function;
    char *entity;
    struct backtest_seen seen;
};

/* What calls that do not say are taken to have. */
struct backtest_defaults {
    int64_t memory_mb;
    int64_t init_ns; /* of cold ones: the model's own counts as running too */
};

/* Calls of `function` of the log that start in [from_ns, to_ns); those before count only in what
 * runs at the same time. */
void backtest_observe(struct backtest_seen *ret, const struct call_log *log, size_t function,
                      int64_t from_ns, int64_t to_ns, const struct backtest_defaults *defaults);
/* The same for all pairs, with what the scenario says. 0, or -1 after errors. */
int backtest_observe_pairs(struct backtest_pair *pair, size_t pairs,
                           const struct scenario *scenario, const struct world *world,
                           const struct call_log *log, int64_t from_ns, int64_t to_ns,
                           struct diagnostics *diagnostics);
void backtest_seen_finish(struct backtest_seen *seen);

/* The comparison: `scenario` is run as it is, and its functions' figures are held against the
 * pairs' (by the scenario's order). */
struct backtest_run {
    const struct scenario *scenario;
    const struct world *world;
    const struct backtest_options *options;
    const struct study_hooks *hooks;
    struct backtest_pair *pair;
    size_t pairs;
    double stretch; /* of deviations from the mean */
    bool replayed;
    bool same_durations; /* to the ns, so that quantiles are rounded alike */
};

enum study_status backtest_compare(struct backtest_result *ret, const struct backtest_run *run,
                                   struct diagnostics *diagnostics);

/* Who, when, with what; before the comparison. [from_ns, to_ns] are the compared calls' starts. */
void backtest_describe(struct backtest_result *ret, const struct scenario *scenario,
                       const struct world *world, const struct call_log *log, int64_t from_ns,
                       int64_t to_ns);

void backtest_pairs_finish(struct backtest_pair *pair, size_t pairs);

#endif
