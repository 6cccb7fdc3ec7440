/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/tally.h"

#include <math.h>

void tally_init(struct tally *tally)
{
    *tally = (struct tally){0};
    histogram_init(&tally->duration);
    histogram_init(&tally->latency);
}

void tally_finish(struct tally *tally)
{
    histogram_finish(&tally->duration);
    histogram_finish(&tally->latency);
}

void tally_reset(struct tally *tally)
{
    tally->invocations = tally->cold_starts = tally->errors = 0;
    tally->billed_ms = 0;
    histogram_reset(&tally->duration);
    histogram_reset(&tally->latency);
}

void tally_report(const struct tally *tally, const struct metric_sink *sink, const char *entity,
                  bool own_latency)
{
#define PUT(metric, unit, value) sink->put(sink->context, entity, metric, unit, (double)(value))
    PUT("invocations", "count", tally->invocations);
    PUT("cold_starts", "count", tally->cold_starts);
    PUT("cold_start_ratio", "ratio",
        tally->invocations > 0 ? (double)tally->cold_starts / (double)tally->invocations : NAN);
    PUT("errors", "count", tally->errors);
    PUT("billed_ms", "ms", tally->billed_ms);
#undef PUT
    report_times(sink, entity, "duration_ms", &tally->duration);
    if (own_latency)
        report_times(sink, entity, "latency_ms", &tally->latency);
}
