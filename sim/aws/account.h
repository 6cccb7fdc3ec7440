/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the functions of one account and region share: the concurrency that nobody reserved, the
 * region's scaling rate before 2023-11, and the rate of synchronous requests.
 */
#ifndef AWS_ACCOUNT_H
#define AWS_ACCOUNT_H

#include "aws/faults.h"
#include "aws/holders.h"
#include "aws/rate_limiter.h"
#include "aws/series.h"
#include "aws/simulation.h"

#include <lambdaplan/usage.h>

struct account_config {
    int64_t concurrent_executions;
    int64_t set_aside;    /* reserved, and provisioned at the start without a reservation */
    double burst_initial; /* region-wide, 2017-11 to 2023-11; 0: that rule is not in force */
    double burst_per_minute;
    double rate_multiple; /* synchronous requests/s = this x concurrency; 0: no such cap */
    int64_t nat_gateways;
    bool public_addresses_cost; /* since 2024-02: each gateway has one public IPv4 address */
};

struct account {
    struct simulation *simulation;
    int64_t unreserved; /* what is not set aside; below 0: too much is */
    int64_t unreserved_limit;
    int64_t unreserved_least; /* limit since the warm-up */
    int64_t unreserved_in_use;
    int64_t in_use;         /* all functions together */
    struct holders holders; /* of the unreserved concurrency */
    int64_t max, minute_max;
    struct rate_limiter scaling; /* new environments, region-wide */
    double burst_initial, burst_per_minute;
    double rate_multiple;
    struct rate_limiter rate; /* requests to functions without a reservation */
};

void account_init(struct account *account, struct simulation *simulation,
                  const struct account_config *config);
/* A slower scaling rate. */
void account_strike(void *account, const struct fault_config *fault, bool begins);
void account_reset(struct account *account); /* the warm-up is over */
/* More, or with a `change` below 0 less, of the account is set aside from now on. */
void account_set_aside(struct account *account, int64_t change);
/* `mean_concurrency`: the sum of the functions' means. */
void account_report(const struct account *account, double mean_concurrency,
                    const struct metric_sink *sink);
/* Of `elapsed_ns` since the warm-up. */
void account_usage(const struct account_config *config, int64_t elapsed_ns, struct usage *usage);
void account_series(struct account *account, struct series *series);

static inline void account_change(struct account *account, int64_t change)
{
    account->in_use += change;
    if (account->in_use > account->minute_max)
        account->minute_max = account->in_use;
}

#endif
