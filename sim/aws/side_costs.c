/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/side_costs.h"

void transfer_usage(const struct transfer_config *config, const char *entity, uint64_t invocations,
                    struct usage *usage)
{
    const struct {
        enum meter meter;
        int64_t bytes;
    } path[] = {{METER_TRANSFER_INTERNET_BYTES, config->internet},
                {METER_TRANSFER_REGION_BYTES, config->other_region},
                {METER_TRANSFER_ZONE_BYTES, 2 * config->other_zone},
                {METER_NAT_BYTES, config->nat}};
    for (size_t i = 0; i < sizeof path / sizeof *path; i++)
        if (path[i].bytes > 0)
            usage_add(usage, entity, path[i].meter, NULL, (int128)path[i].bytes * invocations);
}

void trace_sample(struct trace_sampler *sampler, const struct trace_config *config, int64_t now_ns)
{
    const int64_t second = now_ns / NS_PER_S + 1; /* 0: none yet */
    if (second != sampler->second) {
        sampler->second = second;
        sampler->left = config->reservoir;
    }
    if (sampler->left > 0)
        sampler->left--;
    else if (random_uniform(&sampler->random) >= config->rate)
        return;
    sampler->traces++;
}
