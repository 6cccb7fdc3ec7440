/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/account.h"

#include <math.h>

void account_init(struct account *account, struct simulation *simulation,
                  const struct account_config *config)
{
    *account = (struct account){.simulation = simulation,
                                .unreserved = config->concurrent_executions,
                                .burst_initial = config->burst_initial,
                                .burst_per_minute = config->burst_per_minute,
                                .rate_multiple = config->rate_multiple};
    account_set_aside(account, config->set_aside);
    account->unreserved_least = account->unreserved_limit;
    /* The guide's "burst, then 500 a minute" as a token bucket of environments: an inference. */
    if (config->burst_initial > 0)
        account->scaling =
            rate_limiter_make(config->burst_initial, config->burst_per_minute / 60.0);
}

void account_strike(void *account, const struct fault_config *fault, bool begins)
{
    struct account *const a = account;
    const double factor = begins ? fault->value : 1;
    const double tokens = a->burst_initial * factor;
    if (fault->kind == FAULT_SCALING && a->burst_initial > 0)
        rate_limiter_change(&a->scaling, tokens > 1 ? tokens : 1,
                            a->burst_per_minute / 60.0 * factor);
}

void account_set_aside(struct account *account, int64_t change)
{
    account->unreserved -= change;
    account->unreserved_limit = account->unreserved > 0 ? account->unreserved : 0;
    if (account->unreserved_limit < account->unreserved_least)
        account->unreserved_least = account->unreserved_limit;
    if (account->rate_multiple > 0 && account->unreserved_limit > 0) {
        const double rate = account->rate_multiple * (double)account->unreserved_limit;
        rate_limiter_change(&account->rate, rate, rate);
    }
}

void account_reset(struct account *account)
{
    account->max = account->minute_max = account->in_use;
    account->unreserved_least = account->unreserved_limit;
}

void account_report(const struct account *account, double mean_concurrency,
                    const struct metric_sink *sink)
{
    sink->put(sink->context, "account", "concurrent_executions.mean", "executions",
              mean_concurrency);
    sink->put(sink->context, "account", "concurrent_executions.max", "executions",
              (double)(account->max > account->minute_max ? account->max : account->minute_max));
    sink->put(sink->context, "account", "unreserved_concurrent_executions.limit", "executions",
              (double)account->unreserved_least);
}

void account_usage(const struct account_config *config, int64_t elapsed_ns, struct usage *usage)
{
    const int128 gateway_ms = (int128)(elapsed_ns / NS_PER_MS) * config->nat_gateways;
    if (gateway_ms == 0)
        return;
    usage_add(usage, "account", METER_NAT_MS, NULL, gateway_ms);
    if (config->public_addresses_cost)
        usage_add(usage, "account", METER_PUBLIC_IPV4_MS, NULL, gateway_ms);
}

void account_series(struct account *account, struct series *series)
{
    series_maximum(series, "account", "ConcurrentExecutions", "Count",
                   account->minute_max > 0 ? (double)account->minute_max : NAN);
    if (account->minute_max > account->max)
        account->max = account->minute_max;
    account->minute_max = account->in_use;
}
