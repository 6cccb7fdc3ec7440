/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How far traffic can grow: the limits of a scenario and the growth factor at which each is met.
 * Plain data, computed elsewhere.
 */
#ifndef LAMBDAPLAN_HEADROOM_H
#define LAMBDAPLAN_HEADROOM_H

#include <lambdaplan/result.h>

enum headroom_how {
    HEADROOM_ALREADY,    /* met by today's traffic */
    HEADROOM_SIMULATED,  /* met in a simulation of that traffic */
    HEADROOM_PROPORTION, /* by the line through what was simulated where no other limit was met */
    HEADROOM_NOT_MET     /* up to `up_to`, and nothing tells where it would be */
};

struct headroom_limit {
    char *what;   /* "shard writes", "price tier from 6,000,000,000 GB-seconds" */
    char *entity; /* "stream:clicks", "lambda duration-x86" */
    char *now;    /* how much there is today ("2 shards"); "" where `what` says it */
    char *remedy; /* what raises it; "" for tiers of prices */
    bool price;   /* a free tier or price tier: nothing is refused */
    double today; /* part of the limit that is used: mean over replications; NAN: no such measure */
    enum headroom_how how;
    double factor; /* at which the first replication meets it; NAN where `how` has none */
    double all;    /* at which all do; NAN: not known */
    char date[16]; /* of `factor` at the growth rate; "" where there is none */
};

struct headroom_result {
    struct result run;            /* scenario, data, seed, notes; no options */
    char *workload;               /* the only one that grows; "": all */
    double up_to;                 /* simulated */
    double growth;                /* a month: 0.05; 0: not given */
    char from[16];                /* where growth begins */
    struct headroom_limit *limit; /* the first to be met first; what is passed or never met last */
    size_t limits;
    bool misses; /* today's traffic misses an objective or meets a limit */
};

void headroom_result_finish(struct headroom_result *result);

#endif
