/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * When work arrives. One generator serves every kind of workload in two ways:
 *
 * - arrivals_next: one arrival after the other, for targets that are called per request;
 * - arrivals_segment: "so many between these two instants, at random", for streams, whose cost then
 *   grows with reads and not with records.
 *
 * Traces come through `struct arrival_source`, which the planner implements: the simulator reads no
 * file. Rates are per second; times are ns of simulated time.
 */
#ifndef AWS_ARRIVALS_H
#define AWS_ARRIVALS_H

#include "core/random.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `count` arrivals spread over [start_ns, end_ns), or at one instant when both are equal. */
struct arrival {
    int64_t start_ns, end_ns;
    uint64_t count;
    bool even;           /* equally spaced in the stretch, not at random */
    int64_t bytes;       /* of each; -1: not given */
    int64_t duration_ns; /* of its work, when a trace knows it; -1: not given */
    const char *key; /* partition key, not NUL-terminated; valid until the next call; NULL: none */
    size_t key_length;
};

/* A trace: `next` returns 1 and fills `ret`, 0 at the end, -1 after an error that the owner of
 * `context` has reported. Starts never go backwards; the first arrival's start is near 0. */
struct arrival_source {
    int (*next)(void *context, struct arrival *ret);
    void (*close)(void *context); /* frees the context */
    void *context;
};

enum arrivals_kind {
    ARRIVALS_RATE_POISSON,  /* rate_per_s */
    ARRIVALS_RATE_CONSTANT, /* rate_per_s, evenly spaced */
    ARRIVALS_RATE_PROFILE,  /* points, linear between them, Poisson around it */
    ARRIVALS_RATE_BURSTS,   /* base and burst rate, exponential lengths of both states */
    ARRIVALS_FROM_SOURCE,   /* bins or exact arrivals */
};

struct arrivals_point {
    int64_t time_ns;
    double rate_per_s;
};

struct arrivals_config {
    enum arrivals_kind kind;
    double rate_per_s;
    const struct arrivals_point *point; /* rising times */
    size_t points;
    int64_t period_ns; /* the profile repeats after it; 0: the last rate stays */
    double base_rate_per_s, burst_rate_per_s;
    double mean_base_s, mean_burst_s;
    bool even;          /* a bin's arrivals are equally spaced, not at random */
    double rate_scale;  /* > 0; rates are multiplied; a trace's arrivals are copied or thinned */
    double time_scale;  /* > 0; 2: a profile or trace takes twice as long */
    int64_t horizon_ns; /* nothing is generated from here on: the end of the run */
    struct arrival_source source; /* owned by the arrivals from arrivals_init on */
};

struct arrivals {
    struct arrivals_config config;
    struct random_stream random;
    struct random_stream states; /* bursts: their times do not depend on what comes in them */
    int64_t now_ns;              /* rates: generated so far */
    int64_t switch_ns;           /* bursts: end of the present state */
    bool burst;
    double mean_gap_ns;     /* Poisson: between two arrivals */
    uint64_t emitted;       /* constant rate: so far, so that no rounding adds up */
    struct arrival stretch; /* what is left of the stretch that arrivals_next works on */
    struct arrival bin;     /* source: what is left of a long bin */
    struct arrival pending; /* source: read ahead, when rate_scale is above 1 */
    bool has_pending;
    int64_t gap_ns;                  /* source: before the pending arrival */
    char key[256], pending_key[256]; /* copies, where a key must outlive the source's next call */
};

void arrivals_init(struct arrivals *arrivals, const struct arrivals_config *config, uint64_t seed,
                   uint64_t replication, const char *workload);
void arrivals_finish(struct arrivals *arrivals);

/* The next single arrival (count 1, start == end): 1; none any more: 0; the source failed: -1. */
int arrivals_next(struct arrivals *arrivals, struct arrival *ret);

/* The next stretch of time with its count (which may be 0), at most `longest_ns` long; stretches
 * never overlap. An exact arrival of a trace is a stretch of no length. Returns as
 * arrivals_next. */
int arrivals_segment(struct arrivals *arrivals, int64_t longest_ns, struct arrival *ret);

#endif
