/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A Lambda function: execution environments that serve one request at a time, concurrency limits,
 * and the billing meter.
 *
 * A request is refused (throttled) when the rate of synchronous requests (not of asynchronous
 * ones), the concurrency of its pool or the scaling rate is used up, each counted by reason.
 * Otherwise it takes a provisioned environment, else the newest idle one, else a new one, which
 * first initialises (a cold start). It then runs: up to the timeout, up to its end, or until it
 * fails. After a timeout or an out-of-memory crash the environment is reset and the next
 * invocation repeats the initialisation inside its own duration, billed (AWS Lambda developer
 * guide, "Lambda execution environment lifecycle"). Initialisation is limited to 10 s and then
 * starts over inside the invocation. Where a VPC's network interface is made for each new
 * environment (before 2019-09), that comes first and is billed to nobody.
 *
 * A function that makes calls makes them after its own work, one after another, and is billed while
 * it waits. When one fails, is given up or has no connection, so does the invocation.
 */
#ifndef AWS_FUNCTION_H
#define AWS_FUNCTION_H

#include "aws/account.h"
#include "aws/calls.h"
#include "aws/cpu.h"
#include "aws/environment.h"
#include "aws/part.h"
#include "aws/provisioned.h"
#include "aws/rate_limiter.h"
#include "aws/side_costs.h"
#include "aws/simulation.h"
#include "aws/stages.h"
#include "aws/target.h"
#include "core/distribution.h"
#include "core/slots.h"

#include <lambdaplan/usage.h>

struct function_config {
    const char *name;
    struct cpu_config cpu;
    int64_t memory_mb;
    bool arm64;
    int64_t timeout_ns;
    struct distribution duration_ns;      /* warm, one event, at the reference memory */
    struct distribution cold_duration_ns; /* of a cold start's invocation, if has_cold_duration */
    struct distribution init_ns;
    struct distribution keep_alive_ns; /* of each idle environment; if in_use_keep_alive_ns is
                                          above 0, of all of them once none runs any more */
    int64_t in_use_keep_alive_ns;    /* of an idle environment while others run; 0: no such rule */
    int64_t idle_at_start;           /* environments that are there from the beginning */
    struct distribution lifetime_ns; /* if has_lifetime */
    struct distribution memory_used_mb; /* if has_memory_used */
    struct distribution attach_ns;      /* a VPC's network interface, before init; if has_attach */
    bool has_cold_duration, has_lifetime, has_memory_used, has_attach;
    struct trace_config tracing;
    struct transfer_config transfer;
    double per_record_ns; /* at the reference memory */
    double error_rate;
    int64_t reserved;    /* concurrent executions; -1: none reserved */
    int64_t provisioned; /* environments that are always ready; with a schedule: at the start */
    const struct provisioned_action *schedule; /* changes of it, in the order of one instant */
    size_t scheduled;
    int64_t preparation_ns; /* from asking for a provisioned environment to its first request */
    int64_t provisioned_step_ns;     /* as in struct provisioned */
    double scale_burst, scale_per_s; /* environments, since 2023-11; 0: that rule is not in force */
    double rate_multiple;            /* as in account_config */
    double provisioned_multiple;     /* requests/s of a provisioned environment; 0: no limit */
    int64_t init_timeout_ns;
    int64_t billing_granularity_ns;
    bool init_billed;
    int64_t ephemeral_excess_mb; /* above 512 MB */
    bool count_logs;
    int64_t log_bytes;      /* START, END, REPORT of a warm invocation and the application's own */
    int64_t log_bytes_cold; /* more for a cold start */
    const struct call_config *call; /* made in this order once its own work is done */
    size_t calls;
};

struct running {
    struct environment environment;
    int64_t arrival_ns;
    int64_t delay_ns, throttled_ns, retried_ns; /* before the invocation */
    int64_t failed_ns, refused_ns;              /* as in struct request */
    int64_t init_ns, duration_ns;
    void (*done)(void *source, uint64_t token, enum outcome outcome, int64_t now_ns);
    void *source;
    uint64_t token;
    int64_t began_ns,
        calling_ns; /* of the duration, and its wait for calls; set where it makes them */
    struct calls_progress progress;
    struct tally *tally;
    bool cold;
    uint8_t outcome;
};

enum throttle_reason {
    THROTTLE_ACCOUNT_CONCURRENCY,
    THROTTLE_RESERVED_CONCURRENCY,
    THROTTLE_SCALING_RATE,
    THROTTLE_REQUEST_RATE,
    THROTTLE_REASONS
};

struct function_counts { /* since the warm-up */
    uint64_t started, invocations, cold_starts, spillover;
    uint64_t success, errors, timeouts, out_of_memory, call_errors, call_timeouts;
    uint64_t throttles[THROTTLE_REASONS];
    int128 billed_ms, provisioned_billed_ms, log_bytes;
};

struct function {
    struct target target;
    struct simulation *simulation;
    struct account *account;
    const struct function_config *config; /* outlives the function */
    char *entity;
    double factor;     /* duration at the configured memory over that at the reference memory */
    bool periods;      /* of CPU bandwidth, each duration its own */
    bool plain;        /* factor 1, no CPU periods */
    double error_rate; /* now */
    event_function *on_worked; /* its own work is done */
    struct random_stream duration_random, init_random, keep_random, error_random, memory_random;
    struct environment_pool environments;
    struct running *running;
    struct slots slots;
    struct rate_limiter scaling, rate, provisioned_rate;
    struct provisioned provisioned;
    int64_t provisioned_alive; /* idle or busy */
    int64_t leaving;           /* provisioned ones that end with the request that they run */
    struct calls calls;
    int64_t on_demand_busy;
    struct time_average busy; /* all running requests */
    struct time_average provisioned_busy;
    int64_t environments_max;
    uint32_t environments_made;
    struct histogram duration, init, latency, waited; /* waited: for answers to calls */
    struct trace_sampler traces;
    struct stages stages;
    struct holder holder; /* where it has no reservation */
    struct function_counts count;
    struct function_counts minute_start; /* counts when the minute began */
    struct series_times minute_duration;
};

extern const struct part_class function_class; /* struct function */

struct function *function_create(struct simulation *simulation, struct account *account,
                                 const struct function_config *config);
/* Before anything runs, where it makes calls. */
void function_connect(struct function *function, struct downstream *const *downstream);

/* Mean provisioned concurrency since the warm-up: what was asked for, and what ran on it. */
double function_provisioned_mean(const struct function *function);
double function_provisioned_busy(const struct function *function);

#endif
