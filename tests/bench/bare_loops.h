/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Models written straight on sim/core with nothing but their own arithmetic: no metering, no
 * limits, no configuration. They are the yardstick: a full model is compared with the bare loop of
 * the same process in the same run, so that the ratio says what the metering costs, whatever the
 * machine.
 */
#ifndef BENCH_BARE_LOOPS_H
#define BENCH_BARE_LOOPS_H

#include <stdint.h>

/* Seconds of a monotonic clock. */
double bench_seconds(void);

/* The hold model: `pending` events, each of which schedules its successor after an exponential
 * time. Returns the number that ran. */
uint64_t bare_hold(uint64_t events, unsigned pending, uint64_t seed);

struct bare_queue {
    uint64_t customers; /* served */
    uint64_t events;
    double mean_wait; /* in mean service times */
};

/* M/M/1, first come first served, until `customers` were served. A customer is the time of its
 * arrival in a ring, no more. */
struct bare_queue bare_mm1(uint64_t customers, double load, uint64_t seed);

struct bare_faas {
    uint64_t invocations;
    uint64_t events;
    uint64_t cold_starts;
};

/*
 * The case of SimFaaS (Mahmoudi and Khazaei 2021, arXiv:2102.08904): Poisson arrivals 0.9/s, warm
 * service exponential with mean 1.991 s, cold 2.244 s, an idle environment lives for 600 s, the
 * newest idle one serves first. Expiry is found when an environment is looked for: two events an
 * invocation.
 */
struct bare_faas bare_simfaas(uint64_t invocations, uint64_t seed);

#endif
