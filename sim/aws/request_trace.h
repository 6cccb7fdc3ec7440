/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The path of single requests through functions, for whoever wants to look at some of them. */
#ifndef AWS_REQUEST_TRACE_H
#define AWS_REQUEST_TRACE_H

#include <stdbool.h>
#include <stdint.h>

/* A request whose run has ended. */
struct traced_request {
    const char *entity;   /* "function:NAME" */
    uint32_t environment; /* of the function, numbered as they were made */
    bool provisioned, cold;
    const char *outcome;              /* "success" … */
    int64_t arrival_ns, invoked_ns;   /* in its source; by the function */
    int64_t began_ns, end_ns;         /* of the run: after a cold start */
    int64_t throttled_ns, retried_ns; /* of the time before it was invoked */
    int64_t failed_ns;                /* when the run before failed; 0: none did */
    int64_t refused_ns;               /* when it was first refused since then; -1: was not */
    int64_t calling_ns;               /* at the run's end: waited for downstreams */
};

struct request_sink {
    void (*put)(void *context, const struct traced_request *request);
    void *context;
    uint64_t every; /* one in so many of each function */
};

#endif
