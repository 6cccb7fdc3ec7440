/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * StartExecution of a state machine: a token bucket that all machines of the account's region and
 * of the same type share. Who is throttled tries again after a pause that doubles from try to try,
 * as AWS's SDKs do, and gives up after the last.
 *
 * Source: Step Functions developer guide, "Quotas related to API action throttling"; AWS SDKs
 * reference guide, "Retry behavior" (standard mode: three attempts).
 */
#ifndef AWS_STARTS_H
#define AWS_STARTS_H

#include "aws/destination.h"
#include "aws/part.h"
#include "aws/rate_limiter.h"
#include "aws/simulation.h"

struct starts_config {
    uint32_t retries;
    int64_t retry_ns; /* before the first; twice as long before each further one */
};

struct starts;

extern const struct part_class starts_class; /* struct starts */

/* `limiter` and `machine` outlive it. */
struct starts *starts_create(struct simulation *simulation, const struct starts_config *config,
                             const char *name, struct rate_limiter *limiter,
                             struct destination *machine);
struct destination *starts_destination(struct starts *starts);

#endif
