/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a model predicts of calls that really happened, held against what was observed. Plain data,
 * computed elsewhere; reports compute nothing.
 *
 * An interval is a prediction interval: where ONE new observation lies with the given confidence if
 * the model is true. It is no confidence interval of the mean, which would only get narrower with
 * more replications.
 */
#ifndef LAMBDAPLAN_BACKTEST_RESULT_H
#define LAMBDAPLAN_BACKTEST_RESULT_H

#include <lambdaplan/diagnostics.h>
#include <lambdaplan/result.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct backtest_row {
    char *entity;              /* "function:ingest" */
    const char *metric, *unit; /* summary.csv's names, and "cost_usd" */
    double observed;
    double predicted;     /* mean over replications; NAN: never observed there */
    double low, high;     /* of the prediction interval; NAN as above */
    double error_percent; /* of the prediction, against what was observed; NAN where that is 0 */
    bool inside;
};

struct backtest_result {
    struct result_command command;
    char *scenario_path, *scenario_name, *region;
    char *scenario_json;      /* canonical; of the fitted scenario where none was given */
    char scenario_sha256[65]; /* of it */
    char as_of[11];           /* YYYY-MM-DD */
    char *price_book;
    char *what;               /* what is the file's and what the model's, a sentence */
    char first[32], last[32]; /* of the compared calls, UTC; "" where times are relative */
    double span_s;            /* compared */
    uint64_t calls;           /* of the compared functions, in that span */
    size_t functions;         /* compared */
    double confidence;        /* 0..1 */
    size_t replications;
    uint64_t seed;
    struct backtest_row *row; /* an entity's stand together */
    size_t rows;
    char **missing; /* "function:a cold_starts: …": what the file does not show */
    size_t missings;
    size_t outside;           /* rows that are not inside */
    double outside_by_chance; /* rows expected outside if the model is true */
    double wall_time_s;
    struct diagnostics notes;
};

/* All text but metric and unit is the result's own memory. */
void backtest_result_finish(struct backtest_result *result);

#endif
