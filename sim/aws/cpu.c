/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/cpu.h"

#include <math.h>

double cpu_speed(const struct cpu_config *config, double memory_mb)
{
    const double share = fmin(memory_mb / config->mb_per_vcpu, config->max_vcpu);
    return fmin(share, config->threads);
}

static double measured(const struct cpu_config *config, double memory_mb)
{
    const size_t n = config->points;
    if (memory_mb <= config->point_mb[0])
        return config->point_ms[0];
    for (size_t i = 1; i < n; i++) {
        if (memory_mb > config->point_mb[i])
            continue;
        const double x = log(memory_mb / config->point_mb[i - 1]) /
                         log(config->point_mb[i] / config->point_mb[i - 1]);
        return config->point_ms[i - 1] * pow(config->point_ms[i] / config->point_ms[i - 1], x);
    }
    return config->point_ms[n - 1];
}

double cpu_duration_factor(const struct cpu_config *config)
{
    if (config->points > 0)
        return measured(config, config->memory_mb) / measured(config, config->reference_mb);
    const double scaled =
        cpu_speed(config, config->reference_mb) / cpu_speed(config, config->memory_mb);
    return 1.0 - config->cpu_fraction + config->cpu_fraction * scaled;
}

double cpu_work_ns(const struct cpu_config *config, double duration_ns)
{
    return duration_ns * config->cpu_fraction * cpu_speed(config, config->reference_mb);
}

double cpu_wait_ns(const struct cpu_config *config, double duration_ns)
{
    return duration_ns * (1.0 - config->cpu_fraction);
}

double cpu_quota_duration_ns(const struct cpu_config *config, double duration_ns)
{
    const double period_ns = config->period_ms * 1e6;
    const double share = fmin(config->memory_mb / config->mb_per_vcpu, config->max_vcpu);
    const double work_ns = cpu_work_ns(config, duration_ns);
    const double wait_ns = cpu_wait_ns(config, duration_ns);
    if (share >= config->threads) /* the quota is never used up */
        return wait_ns + work_ns / config->threads;
    const double quota_ns = share * period_ns;
    const double full_periods = fmax(ceil(work_ns / quota_ns) - 1.0, 0.0);
    return wait_ns + full_periods * period_ns +
           (work_ns - full_periods * quota_ns) / config->threads;
}
