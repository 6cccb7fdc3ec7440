/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Calls of an AWS API that has a quota: a token bucket, which others may share. Who is throttled
 * tries again after a pause that doubles from try to try, as AWS's SDKs do, and gives up after the
 * last. Meanwhile it goes on with others: the messages of a FIFO queue may pass each other.
 *
 * Source: quotas of Step Functions (StartExecution), Amazon SNS (Publish), EventBridge (PutEvents)
 * and Amazon SQS (SendMessage to FIFO queues); AWS SDKs reference guide, "Retry behavior" (standard
 * mode: three attempts).
 */
#ifndef AWS_API_CALLS_H
#define AWS_API_CALLS_H

#include "aws/destination.h"
#include "aws/part.h"
#include "aws/rate_limiter.h"
#include "aws/simulation.h"

struct api_calls_config {
    const char *entity; /* "topic:t" */
    const char *noun;   /* of its metrics: "publishes" */
    bool in_batches;    /* messages of one call are one; else each counts */
    uint32_t retries;
    int64_t retry_ns; /* before the first; twice as long before each further one */
};

struct api_calls;

extern const struct part_class api_calls_class; /* struct api_calls */

/* `limiter`, `to` and the noun outlive it. */
struct api_calls *api_calls_create(struct simulation *simulation,
                                   const struct api_calls_config *config,
                                   struct rate_limiter *limiter, struct destination *to);
struct destination *api_calls_destination(struct api_calls *calls);

#endif
