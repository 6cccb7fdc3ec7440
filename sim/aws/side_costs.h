/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an invocation costs beside Lambda itself: bytes that leave it on paths that AWS bills, and
 * X-Ray traces.
 *
 * Bytes are the same for each invocation, failed ones too. Data to and from services of the same
 * region are free but across availability zones, where both directions are paid (AWS Lambda and EC2
 * pricing pages).
 *
 * X-Ray samples by its rule: so many requests of each second (the reservoir), and a share of the
 * others (AWS X-Ray developer guide, "Configure sampling rules"). That the reservoir is a
 * function's own, and not shared with others of the rule, is a simplification.
 */
#ifndef AWS_SIDE_COSTS_H
#define AWS_SIDE_COSTS_H

#include "aws/simulation.h"
#include "core/random.h"

#include <lambdaplan/usage.h>

struct transfer_config {  /* bytes of an invocation */
    int64_t internet;     /* out */
    int64_t other_region; /* out */
    int64_t other_zone;   /* there and back together; paid where they leave and where they arrive */
    int64_t nat;          /* through a NAT gateway, there and back together */
};

/* Of so many invocations. */
void transfer_usage(const struct transfer_config *config, const char *entity, uint64_t invocations,
                    struct usage *usage);

struct trace_config {
    bool active;
    uint32_t reservoir; /* requests of each second that are all traced */
    double rate;        /* share of the others */
};

struct trace_sampler {
    int64_t second;
    uint32_t left; /* of its reservoir */
    uint64_t traces;
    struct random_stream random;
};

/* An invocation begins. */
void trace_sample(struct trace_sampler *sampler, const struct trace_config *config, int64_t now_ns);

#endif
