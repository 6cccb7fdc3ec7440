/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A workload that sends its work itself, one request or message an arrival.
 *
 * To a target (RequestResponse) nobody does anything with the answer: a request that is refused
 * (HTTP 429) or fails is lost. To a destination it sends and goes on: a function's asynchronous
 * queue (Event), a queue, or a client (client.h) that waits for the answer and tries again.
 */
#ifndef AWS_DIRECT_H
#define AWS_DIRECT_H

#include "aws/arrivals.h"
#include "aws/destination.h"
#include "aws/load_balancer.h"
#include "aws/part.h"
#include "aws/simulation.h"
#include "aws/stream.h"
#include "aws/target.h"
#include "core/distribution.h"

struct direct_config {
    const char *name;
    struct arrivals_config arrivals;
    double request_bytes, response_bytes; /* means; for the load balancer */
    struct distribution duration_ns; /* of the work, if has_duration; else the function's own */
    bool has_duration;
    bool tallied; /* others call the function, too: keep this workload's figures apart */
    bool waits;   /* the destination is a client, which reports the latency */
    /* Of messages to a queue. */
    uint32_t in_call;
    const struct stream_key_weight *key; /* message groups; NULL: each message is one of its own */
    size_t keys;
    const int64_t *poison_ns; /* the first message after each of these, rising, is a poison one */
    size_t poisons;
};

struct direct;

extern const struct part_class direct_class; /* struct direct */

/* Either `target` or `destination`. `balancer` NULL: nothing in front. */
struct direct *direct_create(struct simulation *simulation, const struct direct_config *config,
                             struct target *target, struct destination *destination,
                             struct load_balancer *balancer);

#endif
