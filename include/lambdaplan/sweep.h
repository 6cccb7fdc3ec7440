/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The result of a sweep: many designs of one scenario, what each costs and whether it meets the
 * objectives, and which of them no other beats. Plain data, computed elsewhere.
 */
#ifndef LAMBDAPLAN_SWEEP_H
#define LAMBDAPLAN_SWEEP_H

#include <lambdaplan/result.h>

struct sweep_objective {
    char *entity, *metric, *unit; /* "esm:handle", "latency_ms.p99", "ms" */
    bool at_most;
    double bound;
};

struct sweep_point {
    char **value; /* of each path, as text */
    struct result_estimate monthly_cost_usd;
    /* Dearer (above 0) or cheaper than the reference, replication by replication on the same random
     * numbers: a paired interval. */
    struct result_estimate cost_difference_usd;
    struct result_estimate *objective; /* the metrics' values; mean NAN: never observed */
    bool *met;                         /* of each objective: by its mean */
    struct result_estimate lost;       /* requests or records a month that nobody served */
    double out_of_memory; /* invocations a month that need more memory than their function has */
    bool lacks_memory;    /* there are such, and no objective says how many may be */
    size_t replications;
    bool precise; /* the precision that was asked for is reached */
    bool failed;  /* no valid scenario, or it runs away: there are no figures, and notes say why */
    bool meets_objectives; /* and does not lack memory */
    bool pareto; /* no other is at least as good in cost and all objectives and better in one */
};

struct sweep_result {
    struct result run; /* scenario, data, seed, what was simulated, notes; no options */
    char *option;      /* "lambda" or a baseline's name */
    double precision;  /* asked for; 0: none */
    size_t sample;     /* of a Latin hypercube; 0: a grid */
    char **path;       /* that vary */
    size_t paths;
    struct sweep_objective *objective; /* those that apply to the option */
    size_t objectives;
    struct sweep_point *point; /* in the order of the grid or the sample */
    size_t points;
    size_t reference; /* the cheapest that meets the objectives; else the cheapest */
    size_t meeting;   /* points that meet the objectives */
    size_t imprecise; /* points that are not precise */
    size_t failed;    /* points without figures; at least one has some */
};

/* Whether designs differ in the value at `path`. */
bool sweep_result_varies(const struct sweep_result *result, const char *path);
void sweep_result_finish(struct sweep_result *result);

#endif
