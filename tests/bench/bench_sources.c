/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What each event source costs the simulator: the same million events, 500 a second, to the same
 * function of 1 ms by every way that a scenario knows. A figure is the median of runs in turn, per
 * invocation and per event; beside it stands its ratio to direct calls in the same run, which is
 * what holds on other machines.
 *
 * usage: bench_sources [EVENTS]
 */
#include "bare_loops.h"
#include "plan/plan.h"
#include "plan/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPEATS 5
#define RATE 500

struct source {
    const char *name;
    const char *workload; /* where it goes, and what is special about that */
    const char *entities; /* of the scenario */
};

struct measured {
    double invocations, seconds[REPEATS];
};

#define MAPPING(source, more)                                                                      \
    ", \"event_source_mappings\": {\"m\": {\"event_source\": \"" source                            \
    "\", \"function_name\": \"f\"" more "}}"
#define STREAM(more) ", \"streams\": {\"s\": {\"shard_count\": 4}}" MAPPING("stream:s", more)
#define TABLE(more) ", \"tables\": {\"t\": {\"partitions\": 4}}" MAPPING("table:t", more)
#define QUEUE(more) ", \"queues\": {\"q\": {}}" MAPPING("queue:q", more)
#define FIFO                                                                                       \
    ", \"queues\": {\"q\": {\"fifo_queue\": true, \"fifo_throughput_limit\": "                     \
    "\"perMessageGroupId\"}}" MAPPING("queue:q", ", \"batch_size\": 10")
#define MACHINE(step) ", \"state_machines\": {\"s\": {\"steps\": [" step "]}}"
#define TO_FUNCTION "\"to\": \"function:f\""

static const struct source sources[] = {
    {"direct calls", TO_FUNCTION, ""},
    {"asynchronous calls", TO_FUNCTION ", \"invocation_type\": \"Event\"", ""},
    {"S3's notifications", TO_FUNCTION ", \"source\": \"s3\", \"invocation_type\": \"Event\"", ""},
    {"SNS, one subscription", "\"to\": \"topic:t\"",
     ", \"topics\": {\"t\": {\"subscriptions\": [{\"endpoint\": \"function:f\"}]}}"},
    {"load balancer", TO_FUNCTION ", \"through\": \"alb\"", ""},
    {"REST API", TO_FUNCTION ", \"through\": \"api_gateway_rest\"", ""},
    {"EventBridge, one rule", "\"to\": \"event_bus:e\"",
     ", \"event_buses\": {\"e\": {\"rules\": [{\"target\": \"function:f\"}]}}"},
    {"Step Functions, one task", "\"to\": \"state_machine:s\"",
     MACHINE("{\"task\": \"function:f\"}")},
    {"Step Functions, map of 10", "\"to\": \"state_machine:s\"",
     MACHINE("{\"map\": {\"items\": 10, \"task\": \"function:f\"}}")},
    {"Kinesis, batches of 1", "\"to\": \"stream:s\"", STREAM(", \"batch_size\": 1")},
    {"Kinesis, batches of 100", "\"to\": \"stream:s\"", STREAM(", \"batch_size\": 100")},
    {"DynamoDB, batches of 1", "\"to\": \"table:t\"", TABLE(", \"batch_size\": 1")},
    {"DynamoDB, batches of 100", "\"to\": \"table:t\"", TABLE(", \"batch_size\": 100")},
    {"SQS, batches of 1", "\"to\": \"queue:q\"", QUEUE(", \"batch_size\": 1")},
    {"SQS, batches of 10", "\"to\": \"queue:q\"",
     QUEUE(", \"batch_size\": 10, \"maximum_batching_window_in_seconds\": 1")},
    {"SQS FIFO, 100 groups",
     "\"to\": \"queue:q\", \"partition_keys\": {\"distribution\": \"zipf\", \"count\": 100}", FIFO},
    {"SQS FIFO, a long backlog", "\"to\": \"queue:q\"",
     ", \"queues\": {\"q\": {\"fifo_queue\": true}}" MAPPING(
         "queue:q", ", \"batch_size\": 1, \"scaling_config\": {\"maximum_concurrency\": 2}")},
};
#define SOURCES (sizeof sources / sizeof *sources)

struct bench {
    struct world world;
    struct scenario_data data;
    struct diagnostics diagnostics;
    double events;
    struct measured measured[SOURCES];
};

static void give_up(struct bench *b, const char *why)
{
    diagnostics_print(&b->diagnostics, stderr);
    fprintf(stderr, "bench_sources: %s\n", why);
    exit(EXIT_FAILURE);
}

static struct scenario *read_scenario(struct bench *b, const struct source *source)
{
    char text[2000];
    const int size = snprintf(text, sizeof text,
                              "{\"as_of\": \"2026-09-25\", \"run\": {\"duration_s\": %.0f},\n"
                              "\"workloads\": {\"w\": {%s, \"record_bytes\": 100,\n"
                              "  \"arrivals\": {\"process\": \"poisson\", \"rate_per_s\": %d}}},\n"
                              "\"functions\": {\"f\": {\"duration_ms\": 1, \"init_duration_ms\": "
                              "100, \"timeout\": 5}}%s}",
                              b->events / RATE, source->workload, RATE, source->entities);
    struct scenario *const scenario =
        scenario_parse(text, (size_t)size, source->name, &b->data, NULL, &b->diagnostics);
    if (scenario == NULL)
        give_up(b, source->name);
    return scenario;
}

static void run(struct bench *b, size_t index, int repeat)
{
    struct measured *const measured = &b->measured[index];
    const struct model_hooks none = {0};
    struct scenario *const scenario = read_scenario(b, &sources[index]);
    struct plan *const plan = plan_create(scenario, &b->world, NULL, 0, &b->diagnostics);
    const double start_s = bench_seconds();
    struct model *const model =
        model_create(plan_model(plan), 1, (uint64_t)repeat, (int64_t)(b->events / RATE * 1e9));
    if (model == NULL || model_run(model, 0, &none) != MODEL_DONE)
        give_up(b, model == NULL ? "no model" : model_failure(model));
    measured->seconds[repeat] = bench_seconds() - start_s;
    struct model_summary summary;
    model_summarize(model, &summary);
    measured->invocations += (double)summary.invocations / REPEATS;
    histogram_finish(&summary.latency);
    model_destroy(model);
    plan_destroy(plan);
    scenario_destroy(scenario);
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print(struct bench *b)
{
    double direct_s = 0, direct_calls = 0;
    printf("%-26s %9s  %19s  %19s\n", "", "a batch", "ns per invocation", "ns per event");
    for (size_t i = 0; i < SOURCES; i++) {
        struct measured *const s = &b->measured[i];
        qsort(s->seconds, REPEATS, sizeof *s->seconds, by_size);
        const double median_s = s->seconds[REPEATS / 2];
        if (i == 0) {
            direct_s = median_s;
            direct_calls = s->invocations;
        }
        printf("%-26s %9.1f  %8.0f  %6.2f x  %8.0f  %6.2f x\n", sources[i].name,
               b->events / s->invocations, median_s / s->invocations * 1e9,
               median_s / s->invocations / (direct_s / direct_calls), median_s / b->events * 1e9,
               median_s / direct_s);
    }
}

int main(int argc, char **argv)
{
    struct bench b = {.events = argc > 1 ? strtod(argv[1], NULL) : 1e6};
    diagnostics_init(&b.diagnostics);
    if (!(b.events >= RATE) || world_load(&b.world, DATA_DIR, &b.diagnostics) != 0)
        give_up(&b, "usage: bench_sources [EVENTS]");
    b.data = world_scenario_data(&b.world);
    for (int repeat = 0; repeat < REPEATS; repeat++)
        for (size_t i = 0; i < SOURCES; i++)
            run(&b, i, repeat);
    print(&b);
    world_finish(&b.world);
    diagnostics_finish(&b.diagnostics);
    return EXIT_SUCCESS;
}
