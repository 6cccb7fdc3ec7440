/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The result of a search for the traffic at which Lambda and servers cost the same: the curve of
 * costs over traffic, and where they cross. Plain data, computed elsewhere.
 */
#ifndef LAMBDAPLAN_BREAKEVEN_H
#define LAMBDAPLAN_BREAKEVEN_H

#include <lambdaplan/result.h>

/* A way to pay: for the instances of a baseline that are always there, and for Lambda. */
struct breakeven_purchase {
    char *name;        /* "on-demand", "1yr-no-upfront" */
    char *lambda_name; /* "on-demand", or under a Compute Savings Plan: "1yr-no-upfront" */
    bool known;        /* false: the price book lacks one of the prices */
};

struct breakeven_baseline {
    char *name;
    char *note; /* "smallest that serves, x m5.large" */
    struct breakeven_purchase *purchase;
    size_t purchases;
};

struct breakeven_cost {
    struct result_estimate lambda_usd, baseline_usd; /* a month */
    /* Lambda less this: above 0 Lambda is dearer. Replication by replication: a paired interval. */
    struct result_estimate difference_usd;
};

/* A baseline at a point of the curve. */
struct breakeven_sample {
    bool there;                  /* it was simulated at this traffic */
    bool serves;                 /* meets the objectives but those of cost, and refuses nothing */
    double instances;            /* mean over the run */
    struct breakeven_cost *cost; /* by purchase */
};

struct breakeven_point {
    double burstiness; /* rate in a burst over mean rate; NAN: arrivals as in the scenario */
    double traffic;    /* times the scenario's */
    double arrivals;   /* requests, messages and records a month from outside */
    bool scanned;      /* a point of the curve that was asked for; else of the bisection */
    struct result_estimate lambda_usd; /* a month, on demand */
    bool lambda_serves;
    struct breakeven_sample *sample; /* by baseline */
};

struct breakeven_crossing {
    double burstiness;
    size_t baseline, purchase;
    /* Where both cost the same. The interval is where the 95 % interval of the paired difference
     * holds 0, between simulated points by straight lines; low 0 or high INFINITY: it does up to
     * that end of the curve. */
    struct result_estimate traffic;
    double arrivals;          /* a month, there */
    double monthly_cost_usd;  /* of both, there */
    bool lambda_dearer_above; /* else below */
    bool jump; /* the baseline's cost jumps over Lambda's there: another number of servers */
};

struct breakeven_result {
    struct result run;  /* scenario, data, seed, notes; no options */
    char *workload;     /* the only one whose traffic changes; "": all */
    bool shards;        /* provisioned streams have shards in proportion */
    double *burstiness; /* asked for; one that is NAN where none was */
    size_t burstinesses;
    struct breakeven_baseline *baseline;
    size_t baselines;
    struct breakeven_point *point; /* by burstiness, then rising traffic */
    size_t points;
    struct breakeven_crossing *crossing; /* by burstiness, baseline, purchase, traffic */
    size_t crossings;
};

void breakeven_result_finish(struct breakeven_result *result);

#endif
