/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A function's invocations on behalf of one workload, where several workloads share the function:
 * who of them met the cold starts, and how long the work of each took.
 */
#ifndef AWS_TALLY_H
#define AWS_TALLY_H

#include "aws/simulation.h"
#include "core/int128.h"

struct tally {
    uint64_t invocations, cold_starts, errors;
    int128 billed_ms;
    struct histogram duration, latency; /* latency: of successful ones, from arrival to success */
};

void tally_init(struct tally *tally);
void tally_finish(struct tally *tally);
void tally_reset(struct tally *tally);
/* `own_latency`: nobody else reports latency_ms of this entity. */
void tally_report(const struct tally *tally, const struct metric_sink *sink, const char *entity,
                  bool own_latency);

#endif
