/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An Application Load Balancer as its bill sees it: hours, and load balancer capacity units. An
 * LCU-hour is the maximum, over an hour, of new connections (25/s), active connections (3,000) and
 * bytes (1 GB/h; 0.4 GB/h to Lambda targets), those of a response once there is one; rules are
 * within the 10 free ones (ELB pricing). That a connection serves ten requests and that an active
 * one lives a minute are assumptions; where requests take longer, each that waits has a connection.
 */
#ifndef AWS_LOAD_BALANCER_H
#define AWS_LOAD_BALANCER_H

#include "aws/part.h"
#include "aws/simulation.h"

#include <lambdaplan/usage.h>

struct load_balancer_config {
    double new_connections_per_s, active_connections, bytes_per_h; /* of one LCU */
    double requests_per_connection;
};

struct load_balancer {
    struct simulation *simulation;
    struct load_balancer_config config;
    char entity[96];
    int64_t measure_ns, hour_start_ns;
    double requests, bytes, waited_ns; /* of this hour; until its requests ended */
    double lcu_ns;                     /* of the hours before */
};

extern const struct part_class load_balancer_class; /* struct load_balancer */

/* In front of a workload. */
struct load_balancer *load_balancer_create(struct simulation *simulation,
                                           const struct load_balancer_config *config,
                                           const char *workload);
void load_balancer_init(struct load_balancer *balancer, struct simulation *simulation,
                        const struct load_balancer_config *config, const char *entity);

/* A request came in. */
static inline void load_balancer_request(struct load_balancer *balancer, double bytes)
{
    balancer->requests += 1;
    balancer->bytes += bytes;
}

/* It ended after `waited_ns`; nothing came back: 0 `bytes`. */
static inline void load_balancer_end(struct load_balancer *balancer, double bytes,
                                     int64_t waited_ns)
{
    balancer->bytes += bytes;
    balancer->waited_ns += (double)waited_ns;
}

#endif
