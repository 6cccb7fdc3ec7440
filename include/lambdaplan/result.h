/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The result of a study of one scenario: what reports turn into files. Plain data, computed
 * elsewhere; reports compute nothing.
 */
#ifndef LAMBDAPLAN_RESULT_H
#define LAMBDAPLAN_RESULT_H

#include <lambdaplan/bill.h>
#include <lambdaplan/diagnostics.h>

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A number over replications and its 95 % interval (Student's t): at least as wide as the number is
 * exact (a percentile: half a histogram bucket, 0.4 %), cut at 0, of ratios at 1. With one
 * replication low and high are NAN; a mean that is NAN was never observed (no invocation, say). */
struct result_estimate {
    double mean, low, high;
    size_t count;
};

/* What it measures had not ended with some replication's run (a backlog's drain): the mean is at
 * least so large, and `high` is INFINITY. */
static inline bool result_is_open(const struct result_estimate *estimate)
{
    return isinf(estimate->high);
}

struct result_metric {
    char *entity, *metric, *unit; /* "function:ingest", "duration_ms.p50", "ms"; what a baseline
                                     measures belongs to "baseline:NAME" */
    struct result_estimate value;
};

struct result_objective {
    char *text;   /* "esm:index iterator_age_ms.p99 <= 5000" */
    char *metric; /* "esm:index iterator_age_ms.p99" */
    char *unit;   /* of the bound: "ms"; "" where no option has such a metric */
    double bound;
    bool at_most; /* else at least */
    struct result_estimate value;
    bool known; /* false: this option has no such metric, so that it does not apply */
    bool met;   /* the mean holds; false where nothing was observed */
    bool sure;  /* the whole interval is on that side */
};

enum result_alarm_state { RESULT_ALARM_INSUFFICIENT_DATA, RESULT_ALARM_OK, RESULT_ALARM_ALARM };

struct result_alarm_change {
    double time_s; /* of the run: end of the period that decided it */
    enum result_alarm_state from, to;
    double value; /* of the newest datapoint; NAN: there was none */
};

#define RESULT_ALARM_CHANGES 1000 /* kept; further ones are only counted */

/* An alarm of the scenario, on the time series of the first replication of the Lambda design. */
struct result_alarm {
    char *name;
    char *text; /* "esm:index IteratorAge Maximum > 60000 for 3 of 3 periods of 60 s" */
    struct result_alarm_change *change;
    size_t changes; /* kept */
    size_t all;     /* changes, kept or not */
    size_t fired;   /* times that it went to ALARM */
    double alarm_s; /* in ALARM, all times together */
    enum result_alarm_state last;
};

/* The time series for the eye: CloudWatch's metrics of the first replication, all with the same
 * points. A point is the mean of its periods, of maxima the largest. */
struct result_series {
    char *entity;
    double *value; /* `chart_points` of them; NAN: nothing was observed */
};

struct result_chart {
    const char *title, *unit;     /* "Iterator age", "Milliseconds"; static */
    bool sum;                     /* of each period */
    struct result_series *series; /* the largest first */
    size_t count;
    size_t left_out; /* entities with smaller values … */
    bool more;       /* … and others that were not looked at */
};

/* What each replication said, for differences between two results on the same random numbers: rows
 * of `count` values (NAN: nothing was observed) and how far each row's measurement may be off. The
 * metrics of the option follow the named rows. */
enum result_row { RESULT_ROW_COST, RESULT_ROW_LOST, RESULT_ROW_METRICS };

struct result_samples {
    double *value, *error;
    size_t rows, count; /* 0: a result that was read from a folder has none */
};

/* The Lambda design or one baseline. */
struct result_option {
    char *name;       /* "lambda" or the baseline's name */
    const char *kind; /* "lambda", "ec2", "fargate" */
    char *note; /* "target tracking 50 % CPU, 2..16 m5.large"; "" when there is nothing to say */
    struct bill bill; /* of the mean usage of all replications */
    bool *common;     /* per bill line: the other side pays for the same thing too */
    struct result_estimate monthly_cost_usd; /* mean: the bill's total */
    double relative_cost;                    /* to the first option; NAN when that is 0 */
    struct result_estimate latency_ms_p50, latency_ms_p95, latency_ms_p99;
    struct result_estimate lost;        /* requests or records a month that nobody served */
    struct result_estimate utilization; /* busy / paid-for capacity, 0..1; NAN: not defined */
    struct result_objective *objective;
    size_t objectives;
    bool meets_objectives;        /* all that apply are met; true when there are none */
    struct result_metric *metric; /* an entity's stand together */
    size_t metrics, metric_capacity;
    struct result_samples samples;
};

/* What a study has printed: `report` prints it again. Each NULL where there is none. */
struct result_shown {
    char *table, *markdown, *json;
};

/* "sweep", "--vary=…", "scenario.json": without what only says where and how it ran. */
struct result_command {
    char **word;
    size_t words;
};

void result_command_finish(struct result_command *command);

struct result {
    struct result_command command;
    struct result_shown shown; /* of a study */
    char *scenario_path, *scenario_name, *description, *region;
    char *scenario_json;      /* canonical: sorted keys, defaults not filled in */
    char scenario_sha256[65]; /* of scenario_json */
    char as_of[11];           /* YYYY-MM-DD */
    char *price_book;         /* "data/prices, 575 rows, …": what was used */
    char *limits;             /* the dated limits in force, one "key=value" a line */
    uint64_t seed;
    size_t replications;
    double duration_s; /* simulated and counted: after warm_up_s */
    double warm_up_s, month_hours;
    bool free_tier;
    bool scaled;                  /* of bills: the data were made a month by their span */
    uint64_t events, invocations; /* all replications of all options */
    double wall_time_s;
    struct result_option *option; /* [0] is the Lambda design */
    size_t options;
    struct result_alarm *alarm;
    size_t alarms;
    struct diagnostics notes; /* warnings that say what to do next */
    char **fact;              /* "4 shards, 1 function, …": what was simulated, in short lines */
    size_t facts;
    struct result_chart *chart; /* where they are asked for: for HTML */
    size_t charts, chart_points;
    double chart_step_s, chart_period_s; /* of a point, of the time series */
    char **kept; /* text that bill lines point at, where no price book owns it */
    size_t kepts;
};

void result_option_finish(struct result_option *option);
/* Frees everything: all text but `kind` is the result's own memory. */
void result_finish(struct result *result);

#endif
