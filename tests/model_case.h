/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Models for tests: common configurations without a scenario, one call from configuration to
 * metrics, and sources of arrivals that stand in for traces.
 */
#ifndef TESTS_MODEL_CASE_H
#define TESTS_MODEL_CASE_H

#include "aws/model.h"
#include "core/event_queue.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECONDS(s) ((int64_t)((s)*1e9 + 0.5))

/* x86, 128 MB, one vCPU at 1,769 MB, timeout 900 s, no init, kept for 600 s, 1 ms billing with init
 * billed; none of the scaling and rate limits in force. */
struct function_config case_function(const char *name, struct distribution duration_ns);
struct distribution case_constant(double ns);
struct distribution case_exponential(double mean_ns);
struct distribution case_lognormal(double mean_ns, double sigma);

/* Synchronous calls of function 0. */
struct model_direct case_poisson(const char *name, double rate_per_s);
struct model_direct case_every(const char *name, double rate_per_s); /* at (k + 1/2) / rate */
struct model_direct case_source(const char *name);                   /* through open_source */

/* Account of 1,000 with neither scaling nor rate limits; AWS's asynchronous queue; an ALB. */
struct model_config case_model(struct function_config *function, size_t functions,
                               struct model_direct *direct, size_t directs);

/* Ten records of 100 bytes a second, a shard with the limits of Kinesis, and a mapping to function
 * 0 that polls once a second and takes up to 100 of them. The parts outlive the model's runs. */
struct case_stream {
    struct stream_workload_config writer;
    struct stream_config stream;
    struct model_mapping mapping;
};
void case_add_stream(struct model_config *model, struct case_stream *ret);

/* Given arrivals as a trace: implements open_source for every workload of a model; `context` is the
 * list. */
struct case_arrivals {
    const struct arrival *arrival;
    size_t count;
    int64_t repeat_ns; /* start over with this period; 0: end */
    int fail_at;       /* break off with an error before this arrival; 0: never */
    int closed;        /* how often a reader was closed */
};

int case_open_source(void *context, const char *workload, struct arrival_source *ret);

/* All that a run reported. */
struct case_result {
    enum model_status status;
    char failure[256];
    struct case_metric {
        char *entity, *metric;
        double value;
    } * metric;
    size_t metrics;
    struct usage usage;
    uint64_t events, invocations, lost;
    uint64_t latencies; /* that the whole model's latency is of */
    double utilization;
};

struct case_result case_run(const struct model_config *config, uint64_t seed, uint64_t replication,
                            double warm_up_s, double end_s);
/* The same from a model that the test has created and may have tampered with; destroys it. */
struct case_result case_finish_run(struct model *model, double warm_up_s,
                                   const struct model_hooks *hooks);
void case_result_finish(struct case_result *result);
/* Fails the test when there is no such metric. */
double case_metric(const struct case_result *result, const char *entity, const char *metric);
/* 0 when there is no such line. */
int64_t case_usage(const struct case_result *result, const char *entity, enum meter meter);

/* Runs `replications` and puts one metric of each into `ret`; every run must be MODEL_DONE. */
void case_replicate(const struct model_config *config, uint64_t seed, size_t replications,
                    double warm_up_s, double end_s, const char *entity, const char *metric,
                    double *ret);

/* The theory lies in the 99.9 % interval of Student's t over the replications, and the half-width
 * is below `narrow` x theory, so that passing means something. */
void case_agrees(const double *value, size_t count, double theory, double narrow, const char *what);

#endif
