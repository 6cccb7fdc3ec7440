/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What uncertain inputs do to a scenario's cost and latency: each one alone, all together, and
 * which of some designs one would regret least. Plain data, computed elsewhere.
 */
#ifndef LAMBDAPLAN_SENSITIVITY_H
#define LAMBDAPLAN_SENSITIVITY_H

#include <lambdaplan/result.h>

#define SENSITIVITY_QUANTILES 5 /* 5, 25, 50, 75 and 95 % */

/* A variance-based index with its 95 % interval; NAN where nothing varies. */
struct sensitivity_index {
    double value, low, high;
};

/* What one input does to one figure. */
struct sensitivity_effect {
    struct result_estimate low, high; /* the figure's change when the input goes there; paired */
    struct sensitivity_index first, total;
};

struct sensitivity_input {
    char *path;
    char *low, *mid, *high;            /* as the scenario would have them */
    const char *distribution;          /* "triangular" … */
    struct sensitivity_effect *effect; /* by figure */
};

/* Cost, latency, the objectives' metrics. */
struct sensitivity_figure {
    char *entity, *metric, *unit;                        /* entity "": of the option as a whole */
    struct result_estimate base;                         /* with all inputs at mid */
    struct sensitivity_index chance_first, chance_total; /* of a run's luck, as if an input */
    size_t observed;                                     /* samples that have it */
    double mean, quantile[SENSITIVITY_QUANTILES];
    bool is_objective, at_most;
    double bound, met, met_low, met_high; /* the part of samples that keep it, with 95 % (Wilson) */
};

/* One of the designs that were given; the first is the scenario as written. */
struct sensitivity_design {
    char *name;
    double mean_cost, met;      /* over samples, USD a month; part that keeps all objectives */
    double expected, low, high; /* regret, USD a month: mean and its 95 % interval */
    double regret_p95, regret_max;
    bool eligible; /* keeps the objectives as surely as was asked for, or as surely as any */
};

struct sensitivity_result {
    struct result run; /* scenario, data, seed, what was simulated, notes; no options */
    char *option;      /* "lambda" or a baseline's name */
    double by;         /* inputs were assumed so far around what is written; 0: they were given */
    double confidence; /* that a design must keep the objectives with, to be chosen */
    size_t samples;    /* pairs of points */
    struct sensitivity_input *input;
    size_t inputs;
    struct sensitivity_figure *figure; /* the month's cost first */
    size_t figures;
    double met, met_low, met_high; /* part of the samples that keeps every objective */
    bool base_meets;               /* with all inputs at mid */
    struct sensitivity_design *design;
    size_t designs;                     /* 0: none was given; else with the scenario as written */
    size_t least_expected, least_worst; /* of those that are eligible */
    size_t never_met;                   /* samples in which no design keeps the objectives */
    bool enough;                        /* the eligible ones are as sure as was asked for */
};

void sensitivity_result_finish(struct sensitivity_result *result);

#endif
