/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/stages.h"

#include "core/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum stage { STAGE_WAIT, STAGE_THROTTLE, STAGE_INIT, STAGE_RETRY, STAGES };

static const char *const names[STAGES] = {[STAGE_WAIT] = "stage_wait_ms",
                                          [STAGE_THROTTLE] = "stage_throttle_ms",
                                          [STAGE_INIT] = "stage_init_ms",
                                          [STAGE_RETRY] = "stage_retry_ms"};

static struct histogram *create(size_t count)
{
    struct histogram *const all = mem_alloc(count, sizeof *all);
    for (size_t i = 0; i < count; i++)
        histogram_init(&all[i]);
    return all;
}

void stages_finish(struct stages *stages)
{
    for (size_t i = 0; i < STAGES && stages->delay != NULL; i++)
        histogram_finish(&stages->delay[i]);
    if (stages->failed != NULL)
        histogram_finish(stages->failed);
    free(stages->delay);
    free(stages->failed);
}

void stages_reset(struct stages *stages)
{
    for (size_t i = 0; i < STAGES && stages->delay != NULL; i++)
        histogram_reset(&stages->delay[i]);
    if (stages->failed != NULL)
        histogram_reset(stages->failed);
}

void stages_add(struct stages *stages, const struct stage_times *times)
{
    const int64_t value[STAGES] = {times->wait_ns, times->throttle_ns, times->init_ns,
                                   times->retry_ns};
    if (stages->delay == NULL)
        stages->delay = create(STAGES);
    for (size_t i = 0; i < STAGES; i++)
        if (value[i] > 0)
            histogram_add(&stages->delay[i], value[i]);
}

void stages_add_failed(struct stages *stages, int64_t duration_ns)
{
    if (stages->failed == NULL)
        stages->failed = create(1);
    histogram_add(stages->failed, duration_ns);
}

/* Of a histogram's values and as many zeros as make up `count`. */
static void report_stage(const struct metric_sink *sink, const char *entity, const char *name,
                         const struct histogram *above, uint64_t count)
{
    static const struct {
        const char *suffix;
        double p;
    } quantiles[] = {{"p50", 0.50}, {"p95", 0.95}, {"p99", 0.99}};
    const double all = (double)count, some = above != NULL ? (double)above->count : 0;
    char metric[64];
    snprintf(metric, sizeof metric, "%s.mean", name);
    sink->put(sink->context, entity, metric, "ms",
              count == 0 ? NAN
              : some > 0 ? (double)above->sum / all / 1e6
                         : 0);
    for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++) {
        const double rank = quantiles[i].p * all - (all - some); /* among those above 0 */
        double value = count == 0 ? NAN : 0, error = count == 0 ? NAN : 0;
        if (count > 0 && rank > 0) {
            value = histogram_quantile(above, rank / some) / 1e6;
            error = histogram_quantile_error(above, rank / some) / 1e6;
        }
        snprintf(metric, sizeof metric, "%s.%s", name, quantiles[i].suffix);
        if (sink->put_rounded == NULL)
            sink->put(sink->context, entity, metric, "ms", value);
        else
            sink->put_rounded(sink->context, entity, metric, "ms", value, error);
    }
}

/* What is left of all durations without those of failed runs. Its ends are those of all. */
static struct histogram without(const struct histogram *all, const struct histogram *some)
{
    struct histogram rest;
    histogram_init(&rest);
    histogram_merge(&rest, all);
    rest.count -= some->count;
    rest.sum -= some->sum;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        rest.bucket[i] -= some->bucket[i];
    return rest;
}

void stages_report(const struct stages *stages, const struct histogram *duration,
                   uint64_t succeeded, const char *entity, const struct metric_sink *sink)
{
    for (size_t i = 0; i < STAGES; i++)
        report_stage(sink, entity, names[i], stages->delay != NULL ? &stages->delay[i] : NULL,
                     succeeded);
    if (stages->failed == NULL) {
        report_stage(sink, entity, "stage_run_ms", duration, succeeded);
        return;
    }
    struct histogram good = without(duration, stages->failed);
    report_stage(sink, entity, "stage_run_ms", &good, succeeded);
    histogram_finish(&good);
}
