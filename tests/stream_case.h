/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Streams and mappings in front of a function of the test's making: it takes so long, refuses or
 * fails when told to, and remembers its calls. Times are in seconds; limits are AWS's of 2024.
 */
#ifndef TESTS_STREAM_CASE_H
#define TESTS_STREAM_CASE_H

#include "aws/stream_internal.h"
#include "aws/stream_poller.h"

#define CASE_MAPPINGS 8
#define CASE_WORKLOADS 3
#define CASE_CALLS 50000 /* remembered */

struct case_call {
    double at_s, first_arrival_s, end_s;
    uint32_t records;
    bool refused, failed;
};

struct case_target {
    struct target target; /* first */
    struct simulation *simulation;
    struct random_stream random;
    double duration_s, per_record_s;
    double error_rate;
    bool answers_poison; /* a batch with a poison record times out otherwise */
    double refuses_from_s, refuses_until_s;
    double fails_from_s, fails_until_s;
    struct case_call *call; /* CASE_CALLS of them */
    uint64_t calls, records, refusals, failures;
    uint32_t running, running_max;
    struct case_pending *pending; /* calls under way */
};

struct stream_case {
    struct simulation simulation;
    struct stream_config config;
    struct stream_workload_config workload[CASE_WORKLOADS];
    struct stream_poller_config mapping[CASE_MAPPINGS];
    char name[CASE_MAPPINGS][8];
    size_t mappings;
    struct case_target target[CASE_MAPPINGS];
    struct stream *stream;
    struct stream_poller *poller[CASE_MAPPINGS];
    struct destination *on_failure[CASE_MAPPINGS]; /* NULL: outside of the system, or none */
    double next_minute_s;
};

/* One Poisson workload "w" of `rate_per_s` records of 100 bytes, one mapping "m0" with batch size
 * 100 to a function of 20 ms. */
void stream_case_init(struct stream_case *c, uint32_t shards, double rate_per_s,
                      uint64_t replication);
/* The same with exact even arrivals, and a stream that takes any rate. */
void stream_case_even(struct stream_case *c, uint32_t shards, double rate_per_s);
struct stream_poller_config *stream_case_add_mapping(struct stream_case *c);
/* Each returned record arrives alone: the same Poisson process through an arrival_source. */
void stream_case_exact(struct stream_case *c, double rate_per_s, uint64_t seed);
/* Exact arrivals at rising times with the same key (NULL: none), `copies` records each. */
void stream_case_trace(struct stream_case *c, const double *time_s, size_t count, const char *key,
                       uint64_t copies);

void stream_case_run(struct stream_case *c, double until_s); /* creates and starts at first */
void stream_case_reset(struct stream_case *c);               /* the warm-up is over */
/* Ends the test when a balance is broken. */
void stream_case_audit(struct stream_case *c);
void stream_case_finish(struct stream_case *c); /* audits */

/* By the names of the report; ends the test when there is none. */
double stream_case_metric(const struct stream_case *c, const char *entity, const char *metric);
double stream_case_usage(const struct stream_case *c, enum meter meter);

/* Each call begins after the end of the one before it, unless that was refused, with later records.
 */
void assert_in_order(const struct case_target *t);
/* The expected mean lies in the 99.99 % interval of the values, which is at most `width` (relative)
 * to either side. */
void assert_mean(const char *what, const double *value, size_t count, double expected,
                 double width);
/* The means of two samples agree within the 99.99 % interval of their difference, and `resolution`
 * (relative) for what is measured in steps. */
void assert_same(const char *what, const double *a, const double *b, size_t count, double width,
                 double resolution);

#endif
