/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How fast whole models are.
 *
 *   bench_model            all of it
 *   bench_model simfaas    the case of SimFaaS with full metering against its bare event loop
 *   bench_model stream     1,000 shards at 1,000 records/s each, one hour, by batch size
 *   bench_model length     peak memory of a run and of one ten times longer
 *
 * Ratios are of medians of runs in turn. Peak memory is that of a process of its own.
 */
#include "aws/model.h"
#include "bare_loops.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define REPEATS 7

static struct function_config function_of(struct distribution duration_ns, int64_t concurrency)
{
    struct function_config f = {.name = "f",
                                .cpu = {.mb_per_vcpu = 1769,
                                        .max_vcpu = 6,
                                        .memory_mb = 128,
                                        .reference_mb = 128,
                                        .cpu_fraction = 1,
                                        .threads = 1},
                                .memory_mb = 128,
                                .timeout_ns = 900 * NS_PER_S,
                                .duration_ns = duration_ns,
                                .reserved = -1,
                                .scale_burst = (double)concurrency,
                                .scale_per_s = 100,
                                .rate_multiple = 10,
                                .init_timeout_ns = 10 * NS_PER_S,
                                .billing_granularity_ns = NS_PER_MS,
                                .init_billed = true};
    distribution_constant(&f.init_ns, 0);
    distribution_constant(&f.keep_alive_ns, 600e9);
    return f;
}

static struct model_summary run(const struct model_config *config, uint64_t seed, double end_s,
                                double *ret_seconds)
{
    const struct model_hooks none = {0};
    const double start = bench_seconds();
    struct model *const model = model_create(config, seed, 0, (int64_t)(end_s * 1e9));
    if (model == NULL || model_run(model, 0, &none) != MODEL_DONE) {
        fprintf(stderr, "bench_model: the run failed: %s\n",
                model == NULL ? "not created" : model_failure(model));
        exit(1);
    }
    *ret_seconds = bench_seconds() - start;
    struct model_summary summary;
    model_summarize(model, &summary);
    histogram_finish(&summary.latency);
    model_destroy(model);
    return summary;
}

static uint64_t run_simfaas(uint64_t seed, double end_s, double *ret_seconds)
{
    struct function_config f =
        function_of((struct distribution){.kind = DISTRIBUTION_EXPONENTIAL, .a = 1.991e9}, 1000);
    f.has_cold_duration = true;
    f.cold_duration_ns = (struct distribution){.kind = DISTRIBUTION_EXPONENTIAL, .a = 2.244e9};
    struct model_direct direct = {.config = {.name = "w",
                                             .arrivals = {.kind = ARRIVALS_RATE_POISSON,
                                                          .rate_per_s = 0.9,
                                                          .rate_scale = 1,
                                                          .time_scale = 1}},
                                  .to = {MODEL_FUNCTION, 0}};
    const struct model_config config = {
        .account = {.concurrent_executions = 1000, .rate_multiple = 10},
        .function = &f,
        .functions = 1,
        .direct = &direct,
        .directs = 1};
    return run(&config, seed, end_s, ret_seconds).invocations;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void bench_simfaas(void)
{
    double model[REPEATS], bare[REPEATS];
    for (unsigned i = 0; i < REPEATS; i++) {
        double seconds;
        const uint64_t invocations = run_simfaas(i + 1, 2e6 / 0.9, &seconds);
        model[i] = (double)invocations / seconds;
        const double start = bench_seconds();
        const uint64_t customers = bare_simfaas(2000000, i + 1).invocations;
        bare[i] = (double)customers / (bench_seconds() - start);
    }
    qsort(model, REPEATS, sizeof *model, by_size);
    qsort(bare, REPEATS, sizeof *bare, by_size);
    const double m = model[REPEATS / 2], b = bare[REPEATS / 2];
    printf("SimFaaS case, full metering  %6.2f million invocations/s\n", m * 1e-6);
    printf("SimFaaS case, bare loop      %6.2f million invocations/s\n", b * 1e-6);
    printf("ratio                        %6.2f (goal: at least 0.5)\n", m / b);
}

/* `shards` shards with 1,000 records of 100 bytes a second each, one mapping, 20 ms a batch. */
static void run_stream(uint32_t shards, uint32_t batch_size, double end_s)
{
    struct distribution duration_ns;
    distribution_constant(&duration_ns, 20e6);
    struct function_config f = function_of(duration_ns, 100000);
    struct stream_workload_config workload = {.name = "w",
                                              .arrivals = {.kind = ARRIVALS_RATE_POISSON,
                                                           .rate_per_s = 1000.0 * shards,
                                                           .rate_scale = 1,
                                                           .time_scale = 1},
                                              .records_per_put = 1,
                                              .producer_max_age_ns = 30 * NS_PER_S};
    distribution_constant(&workload.record_bytes, 100);
    struct stream_config stream = {.name = "s",
                                   .shard_count = shards,
                                   .retention_ns = 24 * NS_PER_HOUR,
                                   .workload = &workload,
                                   .workloads = 1,
                                   .write_records_per_s = 1000,
                                   .write_bytes_per_s = 1048576,
                                   .read_calls_per_s = 5,
                                   .read_bytes_per_s = 2097152,
                                   .read_max_records = 10000,
                                   .read_max_bytes = 10485760,
                                   .put_unit_bytes = 25600,
                                   .retry_delay_ns = NS_PER_S};
    struct model_mapping mapping = {.config = {.name = "m",
                                               .batch_size = batch_size,
                                               .parallelization_factor = 1,
                                               .maximum_retry_attempts = -1,
                                               .maximum_record_age_ns = -1,
                                               .poll_period_ns = NS_PER_S,
                                               .read_throttle_backoff_ns = NS_PER_S,
                                               .backoff_min_ns = NS_PER_S,
                                               .backoff_max_ns = NS_PER_MINUTE,
                                               .payload_bytes = 6 * 1048576,
                                               .envelope_bytes = 532}};
    const struct model_config config = {
        .account = {.concurrent_executions = 100000, .rate_multiple = 10},
        .function = &f,
        .functions = 1,
        .stream = &stream,
        .streams = 1,
        .mapping = &mapping,
        .mappings = 1};
    double seconds;
    const struct model_summary summary = run(&config, 1, end_s, &seconds);
    const double records = 1000.0 * shards * end_s;
    printf("%5u shards, batch size %5u, %6.0f s: %7.2f s, %6.2f M invocations at %5.0f ns, "
           "%7.1f M records/s\n",
           (unsigned)shards, (unsigned)batch_size, end_s, seconds,
           (double)summary.invocations * 1e-6, seconds / (double)summary.invocations * 1e9,
           records / seconds * 1e-6);
}

/* Runs in a process of its own; prints and returns its peak memory in MB. */
static double in_process(uint32_t shards, uint32_t batch_size, double end_s)
{
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        run_stream(shards, batch_size, end_s);
        fflush(stdout);
        _exit(0);
    }
    int status;
    struct rusage rusage;
    if (child < 0 || wait4(child, &status, 0, &rusage) != child || status != 0) {
        fprintf(stderr, "bench_model: the run broke off\n");
        exit(1);
    }
    const double mb = (double)rusage.ru_maxrss / 1024;
    printf("    peak memory %.1f MB\n", mb);
    return mb;
}

int main(int argc, char **argv)
{
    const char *const which = argc > 1 ? argv[1] : "";
    const bool all = argc == 1;
    if (all || strcmp(which, "simfaas") == 0)
        bench_simfaas();
    if (all || strcmp(which, "stream") == 0) {
        printf("goal: under 60 s and 200 MB\n");
        static const uint32_t sizes[] = {100, 1000, 10000};
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            in_process(1000, sizes[i], 3600);
    }
    if (all || strcmp(which, "length") == 0) {
        const double once = in_process(50, 100, 3600);
        const double long_run = in_process(50, 100, 36000);
        printf("memory of ten times the length: %.2f times\n", long_run / once);
    }
    return 0;
}
