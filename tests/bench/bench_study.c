/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a study costs besides its simulations, and what a second core brings. The case of SimFaaS
 * (data/scenarios/simfaas.json) at rates from 0.5 to 1.5 a second. A figure is the best of several
 * rounds in turn: whatever else runs can only make it worse. CPU time says what a core would do;
 * beside the ratio of two threads stands that of two bare loops, which is what the machine gives.
 *
 * usage: bench_study [DESIGNS]    (of the long sweep; default: 10000)
 */
#include "bare_loops.h"
#include "core/memory.h"
#include "engine/axis.h"
#include "engine/executor.h"
#include "engine/wire.h"
#include "support/text.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 5
#define SMALL_TASKS 2000 /* that simulate a second */
#define LONG_TASKS 100   /* that simulate 10^5 s */
#define SPINS UINT64_C(400000000)

struct bench {
    struct world world;
    cJSON *root;
    struct task_base base;
    struct axis axis[2];
    struct designs designs;
    struct diagnostics diagnostics;
};

static const char path[] = DATA_DIR "/scenarios/simfaas.json";

static bool load(struct bench *b, size_t designs, const char *duration_s)
{
    const struct scenario_overrides none = {0};
    *b = (struct bench){0};
    diagnostics_init(&b->diagnostics);
    b->root = json_read_file(path, &b->diagnostics);
    if (b->root == NULL || world_load(&b->world, DATA_DIR, &b->diagnostics) < 0 ||
        task_base_init(&b->base, b->root, path, &b->world, &none, &b->diagnostics) < 0)
        return false;
    task_base_want(&b->base, "function:service", "cold_start_ratio");
    task_base_want(&b->base, "function:service", "latency_ms.p99");
    char *const duration = text_format("run.duration_s=%s", duration_s);
    const int status =
        axis_parse(&b->axis[0], b->root, "workloads.requests.arrivals.rate_per_s=0.5:1.5", "axis",
                   &b->diagnostics) |
        axis_parse(&b->axis[1], b->root, duration, "axis", &b->diagnostics);
    free(duration);
    return status == 0 && designs_sample(&b->designs, b->axis, 2, designs, 1, &b->diagnostics) == 0;
}

static void unload(struct bench *b)
{
    diagnostics_print(&b->diagnostics, stderr);
    designs_finish(&b->designs);
    axis_finish(&b->axis[0]);
    axis_finish(&b->axis[1]);
    task_base_finish(&b->base);
    world_finish(&b->world);
    cJSON_Delete(b->root);
    diagnostics_finish(&b->diagnostics);
}

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static double least(double a, double b)
{
    return a == 0 || b < a ? b : a;
}

/* --- overhead ------------------------------------------------------------------------------- */

/* CPU time of the tasks alone, one after another. */
static double bare_tasks(struct bench *b)
{
    struct task_runner *const runner = task_runner_create(&b->base);
    double *const value = mem_alloc(task_width(&b->base), sizeof *value);
    const double start_s = cpu_seconds();
    for (size_t i = 0; i < b->designs.count; i++)
        task_run(runner, &(struct task){.design = &b->designs.design[i]}, value, NULL, NULL,
                 &b->diagnostics);
    const double cpu_s = cpu_seconds() - start_s;
    task_runner_destroy(runner);
    free(value);
    return cpu_s;
}

struct figures {
    double wall_s, cpu_s;
};

static struct figures by_executor(struct bench *b, unsigned jobs, struct journal *journal)
{
    const struct executor_hooks hooks = {0};
    struct executor *const e =
        executor_create(&b->base, jobs, journal, (struct study_shard){0, 0}, NULL);
    struct task *const task = mem_alloc(b->designs.count, sizeof *task);
    struct results results;
    results_init(&results, &b->base, b->designs.count);
    for (size_t i = 0; i < b->designs.count; i++)
        task[i].design = &b->designs.design[i];
    const double start_s = bench_seconds(), cpu_s = cpu_seconds();
    if (executor_run(e, task, b->designs.count, &hooks, &results, &b->diagnostics) != STUDY_DONE)
        exit(EXIT_FAILURE);
    const struct figures figures = {bench_seconds() - start_s, cpu_seconds() - cpu_s};
    results_finish(&results);
    free(task);
    executor_destroy(e);
    return figures;
}

static void overhead(void)
{
    struct bench b;
    double bare_s = 0, plain_s = 0, journal_s = 0;
    char name[] = "/tmp/lambdaplan-bench-XXXXXX";
    const int fd = mkstemp(name);
    if (!load(&b, SMALL_TASKS, "1") || fd < 0)
        exit(EXIT_FAILURE);
    close(fd);
    for (int round = 0; round < ROUNDS; round++) {
        bare_s = least(bare_s, bare_tasks(&b));
        plain_s = least(plain_s, by_executor(&b, 1, NULL).cpu_s);
        if (truncate(name, 0) != 0)
            exit(EXIT_FAILURE);
        struct journal *const journal = journal_open(name, "bench", 5, &b.diagnostics);
        journal_s = least(journal_s, by_executor(&b, 1, journal).cpu_s);
        journal_close(journal);
    }
    unlink(name);
    const double us = 1e6 / SMALL_TASKS;
    printf("%-44s %10.1f us\n", "a task that simulates a second", bare_s * us);
    printf("%-44s %10.1f us\n", "  by the executor, besides", (plain_s - bare_s) * us);
    printf("%-44s %10.1f us\n", "  by the executor with a journal, besides",
           (journal_s - bare_s) * us);
    struct wire wire = {0};
    wire_put_task(&wire, &(struct task){.design = &b.designs.design[0]}, NULL);
    printf("%-44s %10zu bytes\n", "a task as a message", wire.size);
    printf("%-44s %10zu bytes\n", "its result as a message", 8 + 8 * task_width(&b.base));
    wire_finish(&wire);
    unload(&b);
}

/* --- two threads ---------------------------------------------------------------------------- */

/* `argument`: where its end is kept, so that the compiler keeps the loop. */
static void *spin(void *argument)
{
    uint64_t state = UINT64_C(0x9e3779b97f4a7c15);
    for (uint64_t i = 0; i < SPINS; i++)
        state = state * UINT64_C(6364136223846793005) + 1;
    *(volatile uint64_t *)argument = state;
    return NULL;
}

/* Seconds of `threads` bare loops at a time. */
static double spinning(int threads)
{
    pthread_t thread;
    volatile uint64_t end[2];
    const double start_s = bench_seconds();
    const bool second =
        threads > 1 && pthread_create(&thread, NULL, spin, (void *)(uintptr_t)&end[1]) == 0;
    spin((void *)(uintptr_t)&end[0]);
    if (second)
        pthread_join(thread, NULL);
    return bench_seconds() - start_s;
}

static void two_threads(void)
{
    struct bench b;
    double one_s = 0, two_s = 0, spin_one_s = 0, spin_two_s = 0;
    if (!load(&b, LONG_TASKS, "100000"))
        exit(EXIT_FAILURE);
    for (int round = 0; round < ROUNDS; round++) {
        spin_one_s = least(spin_one_s, spinning(1));
        one_s = least(one_s, by_executor(&b, 1, NULL).wall_s);
        spin_two_s = least(spin_two_s, spinning(2));
        two_s = least(two_s, by_executor(&b, 2, NULL).wall_s);
    }
    printf("%-44s %10.2f   (two bare loops: %.2f)\n", "two threads against one", one_s / two_s,
           2 * spin_one_s / spin_two_s);
    unload(&b);
}

static void long_sweep(size_t designs)
{
    struct bench b;
    if (!load(&b, designs, "100000"))
        exit(EXIT_FAILURE);
    const struct figures f = by_executor(&b, 2, NULL);
    printf("%zu designs of 10^5 s, two threads: %.1f s, %.1f s of CPU, %.2f ms of CPU a task\n",
           designs, f.wall_s, f.cpu_s, 1e3 * f.cpu_s / (double)designs);
    unload(&b);
}

int main(int argc, char **argv)
{
    overhead();
    two_threads();
    long_sweep(argc > 1 ? (size_t)atol(argv[1]) : 10000);
    return EXIT_SUCCESS;
}
