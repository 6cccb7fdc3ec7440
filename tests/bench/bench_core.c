/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How fast time and chance are: each loop several times in turn, the median of its rates. */
#include "bare_loops.h"

#include "core/random.h"

#include <gsl/gsl_randist.h>
#include <stdio.h>
#include <stdlib.h>

#define REPEATS 7

static double run_hold_small(uint64_t seed)
{
    const uint64_t events = 4000000;
    const double start = bench_seconds();
    const bool whole = bare_hold(events, 4, seed) == events;
    return whole ? (double)events / (bench_seconds() - start) : 0.0;
}

static double run_hold_large(uint64_t seed)
{
    const uint64_t events = 4000000;
    const double start = bench_seconds();
    const bool whole = bare_hold(events, 4096, seed) == events;
    return whole ? (double)events / (bench_seconds() - start) : 0.0;
}

static double run_mm1(uint64_t seed)
{
    const uint64_t customers = 4000000;
    const double start = bench_seconds();
    const bool whole = bare_mm1(customers, 0.9, seed).customers == customers;
    return whole ? (double)customers / (bench_seconds() - start) : 0.0;
}

static double run_simfaas(uint64_t seed)
{
    const uint64_t invocations = 4000000;
    const double start = bench_seconds();
    const bool whole = bare_simfaas(invocations, seed).events == 2 * invocations;
    return whole ? (double)invocations / (bench_seconds() - start) : 0.0;
}

#define DRAWS 4000000

static double run_exponential(uint64_t seed)
{
    struct random_stream stream;
    random_init(&stream, seed, 0, "bench", "exponential");
    double sum = 0.0;
    const double start = bench_seconds();
    for (int i = 0; i < DRAWS; i++)
        sum += random_exponential(&stream);
    return sum > 0.0 ? DRAWS / (bench_seconds() - start) : 0.0;
}

static double run_gsl_exponential(uint64_t seed)
{
    struct random_stream stream;
    random_init(&stream, seed, 0, "bench", "exponential");
    double sum = 0.0;
    const double start = bench_seconds();
    for (int i = 0; i < DRAWS; i++)
        sum += gsl_ran_exponential(&stream.gsl, 1.0);
    return sum > 0.0 ? DRAWS / (bench_seconds() - start) : 0.0;
}

static double run_normal(uint64_t seed)
{
    struct random_stream stream;
    random_init(&stream, seed, 0, "bench", "normal");
    double sum = 0.0;
    const double start = bench_seconds();
    for (int i = 0; i < DRAWS; i++)
        sum += random_normal(&stream);
    return sum != 0.0 ? DRAWS / (bench_seconds() - start) : 0.0;
}

#define COUNTS 400000

static double run_poisson(uint64_t seed)
{
    struct random_stream stream;
    random_init(&stream, seed, 0, "bench", "poisson");
    uint64_t sum = 0;
    const double start = bench_seconds();
    for (int i = 0; i < COUNTS; i++)
        sum += random_poisson(&stream, 1000.0);
    return sum > 0 ? COUNTS / (bench_seconds() - start) : 0.0;
}

static double run_gsl_poisson(uint64_t seed)
{
    struct random_stream stream;
    random_init(&stream, seed, 0, "bench", "poisson");
    uint64_t sum = 0;
    const double start = bench_seconds();
    for (int i = 0; i < COUNTS; i++)
        sum += gsl_ran_poisson(&stream.gsl, 1000.0);
    return sum > 0 ? COUNTS / (bench_seconds() - start) : 0.0;
}

static const struct {
    const char *name, *unit;
    double (*run)(uint64_t seed);
} loops[] = {
    {"event loop, 4 pending", "events", run_hold_small},
    {"event loop, 4,096 pending", "events", run_hold_large},
    {"M/M/1 at load 0.9", "customers", run_mm1},
    {"SimFaaS case, bare", "invocations", run_simfaas},
    {"exponential, ziggurat", "draws", run_exponential},
    {"exponential, GSL", "draws", run_gsl_exponential},
    {"normal, ziggurat", "draws", run_normal},
    {"Poisson of mean 1,000", "draws", run_poisson},
    {"Poisson of mean 1,000, GSL", "draws", run_gsl_poisson},
};

#define LOOPS (sizeof loops / sizeof *loops)

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(void)
{
    static double rate[LOOPS][REPEATS];
    for (int repeat = 0; repeat < REPEATS; repeat++)
        for (size_t i = 0; i < LOOPS; i++)
            rate[i][repeat] = loops[i].run((uint64_t)repeat + 1);
    printf("%-28s %10s %10s %10s\n", "loop", "median", "least", "most");
    for (size_t i = 0; i < LOOPS; i++) {
        qsort(rate[i], REPEATS, sizeof rate[i][0], by_size);
        printf("%-28s %10.2f %10.2f %10.2f million %s/s\n", loops[i].name,
               rate[i][REPEATS / 2] * 1e-6, rate[i][0] * 1e-6, rate[i][REPEATS - 1] * 1e-6,
               loops[i].unit);
    }
    return 0;
}
