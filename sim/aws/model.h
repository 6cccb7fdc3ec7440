/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A whole system: workloads, streams, mappings and functions of one account, or the same with a
 * fleet of servers in the place of the functions. One model is one replication; models share
 * nothing, so several may run in parallel.
 *
 * Configurations outlive the model. Names are the user's, without the kind before them.
 */
#ifndef AWS_MODEL_H
#define AWS_MODEL_H

#include "aws/account.h"
#include "aws/api_calls.h"
#include "aws/async.h"
#include "aws/client.h"
#include "aws/direct.h"
#include "aws/downstream.h"
#include "aws/emitter.h"
#include "aws/faults.h"
#include "aws/fleet.h"
#include "aws/function.h"
#include "aws/gateway.h"
#include "aws/load_balancer.h"
#include "aws/loop.h"
#include "aws/series.h"
#include "aws/queue.h"
#include "aws/queue_poller.h"
#include "aws/self_poller.h"
#include "aws/simulation.h"
#include "aws/state_machine.h"
#include "aws/stream.h"
#include "aws/stream_poller.h"
#include "aws/topic.h"

#include <lambdaplan/usage.h>

/* One of the entities that work can go to, in the model's array of its kind. */
enum model_kind {
    MODEL_NONE,
    MODEL_FUNCTION,
    MODEL_QUEUE,
    MODEL_STREAM,
    MODEL_TOPIC,
    MODEL_STATE_MACHINE,
    MODEL_KINDS
};

struct model_reference {
    enum model_kind kind;
    size_t index;
};

struct model_topic {
    struct topic_config config;
    const struct model_reference *to; /* per subscriber */
    bool published;                   /* by calls of Publish or PutEvents */
};

/* How a function's asynchronous events are treated. */
struct model_event {
    struct async_config async;
    struct model_reference on_success, on_failure, dead_letters; /* MODEL_NONE: nowhere */
};

/* What a function sends. */
struct model_emitter {
    struct emitter_config config;     /* function NULL: it sends nothing, and nobody asks */
    const struct model_reference *to; /* per emit */
};

/* A function that polls a queue itself. */
struct model_self_poller {
    struct self_poller_config config; /* function NULL: it does not */
    size_t queue;
};

struct model_direct {
    struct direct_config config;
    struct model_reference to;
    bool async;                 /* where both are possible: to a function */
    bool through_load_balancer; /* on both sides */
    bool waits;                 /* its caller wants an answer: `client` and `gateway` say how */
    struct client_config client;
    struct gateway_config gateway;
};

struct model_mapping {
    struct stream_poller_config config;
    size_t stream, function;           /* indices */
    struct model_reference on_failure; /* MODEL_NONE: nowhere in the system */
};

struct model_queue {
    struct queue_config config;
    bool sends_limited;                  /* FIFO, without high throughput */
    struct model_reference dead_letters; /* MODEL_NONE: none */
};

struct model_queue_mapping {
    struct queue_poller_config config;
    size_t queue, function; /* indices */
};

struct model_config {
    struct account_config account;
    struct async_config async; /* of functions for which `event` says nothing */
    struct load_balancer_config load_balancer;
    struct model_api_limit {
        double rate_per_s, burst;             /* 0: none */
    } start_limit[STATE_MACHINE_EXPRESS + 1], /* StartExecution, by the machines' type */
        publish_limit[TOPIC_EVENTBRIDGE + 1], /* Publish, PutEvents: by the topics' kind */
        fifo_send_limit,                      /* SendMessage, of each queue */
        gateway_limit;                        /* the throttle of all the account's APIs */
    struct api_calls_config sdk;              /* how often, and when, who calls tries again */
    struct function_config *function;
    const struct model_event *event;             /* per function; NULL: `async` for all */
    const struct model_emitter *emitter;         /* per function; NULL: none sends anything */
    const struct model_self_poller *self_poller; /* per function; NULL: none polls */
    const struct model_topic *topic;
    struct stream_config *stream;
    struct model_direct *direct;
    struct model_mapping *mapping;
    struct model_queue *queue;
    struct model_queue_mapping *queue_mapping;
    struct downstream_config *downstream;
    const struct state_machine_config *state_machine;
    const struct loop_config *loop; /* other configurations name them by 1 + their index */
    struct fault_config *fault;
    size_t functions, streams, directs, mappings, queues, queue_mappings;
    size_t downstreams, faults, topics, state_machines, loops;
    /* NULL: the functions run. Else a fleet does their work, one port a function. */
    const struct fleet_config *fleet;
    const struct fleet_port_config *fleet_port;
    bool fleet_load_balancer; /* where requests come from outside and nothing is in front yet */
    /* Opens the trace of a workload anew for each model; `arrivals` as in its configuration. 0, or
     * -1 after an error that the owner of `context` has reported. NULL: no workload has one. */
    int (*open_source)(void *context, const char *workload, struct arrival_source *ret);
    void *context;
};

/* Somebody who wants the time series. */
struct model_series {
    const struct series_sink *sink;
    int64_t period_ns;              /* a multiple of a minute */
    const struct series_wish *wish; /* NULL: the usual statistics of all */
};

struct model_hooks {
    const struct request_sink *trace; /* NULL: nobody wants to see requests */
    const struct model_series *series;
    size_t series_count;
    bool (*keep_on)(void *context, int64_t now_ns); /* once a simulated minute; false: stop. NULL */
    void *context;
};

struct model;

/* NULL when a trace could not be opened. */
struct model *model_create(const struct model_config *config, uint64_t seed, uint64_t replication,
                           int64_t end_ns);
void model_destroy(struct model *model);

enum model_status {
    MODEL_DONE,
    MODEL_STOPPED,     /* by keep_on */
    MODEL_SOURCE_LOST, /* a trace broke off; its owner has reported why */
    MODEL_BROKEN,      /* an audit failed: model_failure says which */
    MODEL_RUNAWAY,     /* a loop feeds itself without end: model_runaway says which; what was used
                          until then can be asked for */
};

/* Runs to the end given at creation; what happens in the first `warm_up_ns` is not counted. */
enum model_status model_run(struct model *model, int64_t warm_up_ns,
                            const struct model_hooks *hooks);
const char *model_failure(const struct model *model);
const char *model_runaway(const struct model *model); /* "": there is none */
/* The way round of a loop of the configuration, if its chains did not end; NULL: they did. */
const char *model_endless(const struct model *model, size_t loop);
double model_now_s(const struct model *model); /* how far it came */

/* Of a model that has not run: all metrics and statistics that its time series can have, each with
 * the value NAN; percentiles as "pNN". */
void model_series_names(struct model *model, const struct series_sink *sink);

void model_report(const struct model *model, const struct metric_sink *sink);
void model_usage(const struct model *model, struct usage *usage);

struct model_summary {
    uint64_t events, invocations;
    struct histogram latency; /* of requests, or of records where a stream feeds the work */
    uint64_t lost;            /* refused, failed, dropped, expired, overflowed … */
    uint64_t erred;           /* … and of it what runs failed at: no want of capacity */
    uint64_t out_of_memory;   /* of the invocations */
    double utilization;       /* busy over paid-for capacity; NAN for functions without provisioned
                                 concurrency, which pay for use only */
};

/* histogram_finish `ret->latency`. */
void model_summarize(const struct model *model, struct model_summary *ret);

#endif
