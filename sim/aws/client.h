/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A caller that waits for its answer and, when it gets none or a bad one, tries again: after a
 * fixed time, or after one that doubles from try to try up to a maximum, of which it may draw a
 * random part ("full jitter"; AWS Architecture Blog 2015, "Exponential Backoff And Jitter"). A
 * budget allows retries in proportion to requests (as gRPC and Finagle do): every request earns a
 * share of a retry, and at most so many are saved up.
 *
 * Whoever gives up, the caller or the gateway before it, leaves the function running: it is billed
 * to its end, and what it returns reaches nobody.
 */
#ifndef AWS_CLIENT_H
#define AWS_CLIENT_H

#include "aws/destination.h"
#include "aws/gateway.h"
#include "aws/load_balancer.h"
#include "aws/part.h"
#include "aws/simulation.h"
#include "aws/target.h"

struct client_config {
    uint32_t retries;         /* after the first try */
    int64_t base_ns, max_ns;  /* before the first retry; at most */
    bool exponential, jitter; /* doubled each time; a random part of it */
    double budget;            /* retries that a request earns; negative: no budget */
    double budget_most;       /* retries that are saved up, and there at the beginning */
    int64_t timeout_ns;       /* of one try; 0: waits as long as it takes */
    double response_bytes;    /* for the load balancer */
    bool internet;            /* it is there, and answers are data transfer */
};

struct client;
struct histogram;

extern const struct part_class client_class; /* struct client */

/* `balancer` NULL: none. */
struct client *client_create(struct simulation *simulation, const struct client_config *config,
                             const char *workload, struct target *target, struct gateway *gateway,
                             struct load_balancer *balancer);
/* Each message is a request. */
struct destination *client_destination(struct client *client);
/* Of requests that were answered in the end, from the first try on. */
const struct histogram *client_latency(const struct client *client);

#endif
