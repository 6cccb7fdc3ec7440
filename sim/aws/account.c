/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/account.h"

void account_init(struct account *account, struct simulation *simulation,
                  const struct account_config *config)
{
    *account = (struct account){.simulation = simulation};
    account->unreserved_limit = config->concurrent_executions - config->set_aside;
    if (account->unreserved_limit < 0)
        account->unreserved_limit = 0;
    /* The guide's "burst, then 500 a minute" as a token bucket of environments: an inference. */
    if (config->burst_initial > 0)
        account->scaling =
            rate_limiter_make(config->burst_initial, config->burst_per_minute / 60.0);
    if (config->rate_multiple > 0 && account->unreserved_limit > 0) {
        const double rate = config->rate_multiple * (double)account->unreserved_limit;
        account->rate = rate_limiter_make(rate, rate);
    }
}

void account_reset(struct account *account)
{
    account->max = account->minute_max = account->in_use;
}

void account_report(const struct account *account, double mean_concurrency,
                    const struct metric_sink *sink)
{
    sink->put(sink->context, "account", "concurrent_executions.mean", "executions",
              mean_concurrency);
    sink->put(sink->context, "account", "concurrent_executions.max", "executions",
              (double)(account->max > account->minute_max ? account->max : account->minute_max));
    sink->put(sink->context, "account", "unreserved_concurrent_executions.limit", "executions",
              (double)account->unreserved_limit);
}

void account_series(struct account *account, struct series *series)
{
    series_maximum(series, "account", "ConcurrentExecutions", "Count", (double)account->minute_max);
    if (account->minute_max > account->max)
        account->max = account->minute_max;
    account->minute_max = account->in_use;
}
