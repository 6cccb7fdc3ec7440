/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where latency comes from, stage by stage, and who held the concurrency that others lacked; by
 * hand. */
#include "harness.h"
#include "model_case.h"

#include "aws/holders.h"
#include "core/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS(ms) ((int64_t)((ms)*1e6 + 0.5))
#define CALL(at_s, lasts_ms)                                                                       \
    {                                                                                              \
        .start_ns = SECONDS(at_s), .end_ns = SECONDS(at_s), .count = 1, .bytes = -1,               \
        .duration_ns = MS(lasts_ms)                                                                \
    }
#define COUNT(list) (sizeof(list) / sizeof *(list))
#define FUNCTION "function:f"

static const char *const stages[] = {"wait", "throttle", "init", "retry", "run"};

static double stage(const struct case_result *r, const char *entity, const char *name,
                    const char *statistic)
{
    char metric[64];
    snprintf(metric, sizeof metric, "stage_%s_ms.%s", name, statistic);
    return case_metric(r, entity, metric);
}

static void is(double seen, double value, double relative)
{
    ck_assert_msg(fabs(seen - value) <= relative * fabs(value) + 1e-9, "%.9g is not %.9g", seen,
                  value);
}

/* Every request's stages are its latency, so their means are, too. */
static void check_sum(const struct case_result *r, const char *entity)
{
    double sum = 0;
    for (size_t i = 0; i < COUNT(stages); i++)
        sum += stage(r, entity, stages[i], "mean");
    is(sum, case_metric(r, entity, "latency_ms.mean"), 1e-9);
}

static struct case_result run(struct model_config *model, double end_s)
{
    struct case_result r = case_run(model, 1, 0, 0, end_s);
    ck_assert_msg(r.status == MODEL_DONE, "%s", r.failure);
    return r;
}

/* Twenty calls, one at a time, of which the first is cold. */
START_TEST(a_cold_start_is_a_stage_of_its_own)
{
    struct function_config f = case_function("f", case_constant(50e6));
    struct model_direct direct = case_every("w", 1);
    f.init_ns = case_constant(200e6);
    struct model_config model = case_model(&f, 1, &direct, 1);
    struct case_result r = run(&model, 20);
    ck_assert_double_eq(case_metric(&r, FUNCTION, "invocations"), 20);
    is(stage(&r, FUNCTION, "init", "mean"), 10, 1e-9);
    is(stage(&r, FUNCTION, "init", "p50"), 0, 0);
    is(stage(&r, FUNCTION, "init", "p95"), 0, 0); /* nineteen of twenty had none */
    is(stage(&r, FUNCTION, "init", "p99"), 200, 0.004);
    is(stage(&r, FUNCTION, "run", "p50"), 50, 0.004);
    is(stage(&r, FUNCTION, "run", "mean"), 50, 1e-9);
    is(stage(&r, FUNCTION, "wait", "p99"), 0, 0);
    check_sum(&r, FUNCTION);
    case_result_finish(&r);
}
END_TEST

/* The second event finds the only place taken for 2.5 s: refused at 1 s, again a second later, and
 * 2 s after that it runs. The third fails and is tried again after a minute. */
START_TEST(throttles_and_retries_are_told_apart)
{
    struct function_config f = case_function("f", case_constant(10e6));
    struct model_direct direct = case_source("w");
    direct.async = true;
    f.reserved = 1;
    const struct arrival at[] = {CALL(1, 2500), CALL(1, 100)};
    struct case_arrivals list = {.arrival = at, .count = COUNT(at)};
    struct model_config model = case_model(&f, 1, &direct, 1);
    model.context = &list;
    struct case_result r = run(&model, 100);
    is(stage(&r, FUNCTION, "throttle", "mean"), 3000 / 2.0, 1e-9);
    is(stage(&r, FUNCTION, "throttle", "p99"), 3000, 0.004);
    is(stage(&r, FUNCTION, "retry", "p99"), 0, 0);
    is(stage(&r, FUNCTION, "wait", "p99"), 0, 0);
    check_sum(&r, FUNCTION);
    case_result_finish(&r);

    const struct arrival one[] = {CALL(10, 700)};
    struct fault_config fault = {.kind = FAULT_ERROR_RATE,
                                 .at_ns = SECONDS(5),
                                 .until_ns = SECONDS(30),
                                 .value = 1,
                                 .name = "f"};
    list = (struct case_arrivals){.arrival = one, .count = COUNT(one)};
    model.fault = &fault;
    model.faults = 1;
    r = run(&model, 200);
    is(stage(&r, FUNCTION, "retry", "mean"), 60700, 1e-9);
    is(stage(&r, FUNCTION, "throttle", "mean"), 0, 0);
    is(stage(&r, FUNCTION, "run", "mean"), 700, 1e-9); /* of the one that succeeded */
    check_sum(&r, FUNCTION);
    case_result_finish(&r);
}
END_TEST

/* Failed runs are short, good ones long: the stage has the good ones only. */
START_TEST(the_run_is_that_of_what_succeeded)
{
    struct function_config f = case_function("f", case_constant(1e6));
    struct model_direct direct = case_source("w");
    struct fault_config fault = {.kind = FAULT_ERROR_RATE,
                                 .at_ns = SECONDS(50),
                                 .until_ns = SECONDS(100),
                                 .value = 1,
                                 .name = "f"};
    struct arrival at[90];
    for (size_t i = 0; i < 90; i++)
        at[i] = (struct arrival)CALL((double)i + 1, i >= 49 ? 10 : 400);
    struct case_arrivals list = {.arrival = at, .count = COUNT(at)};
    struct model_config model = case_model(&f, 1, &direct, 1);
    model.context = &list;
    model.fault = &fault;
    model.faults = 1;
    struct case_result r = run(&model, 100);
    ck_assert_double_eq(case_metric(&r, FUNCTION, "errors"), 41);
    is(case_metric(&r, FUNCTION, "duration_ms.min"), 10, 1e-9);
    is(stage(&r, FUNCTION, "run", "mean"), 400, 1e-9);
    is(stage(&r, FUNCTION, "run", "p50"), 400, 0.004);
    check_sum(&r, FUNCTION);
    case_result_finish(&r);
}
END_TEST

/* A stream's batch waits in its shard for the poll; in the fault its failed tries are retries. */
START_TEST(batches_wait_in_their_source)
{
    struct function_config f = case_function("f", case_constant(100e6));
    struct case_stream reading;
    struct model_config model = case_model(&f, 1, NULL, 0);
    case_add_stream(&model, &reading);
    reading.stream.shard_count = 2;
    struct case_result r = run(&model, 600);
    const double wait = stage(&r, FUNCTION, "wait", "mean");
    ck_assert_double_ge(wait, 700); /* the oldest of a second's records */
    ck_assert_double_le(wait, 1000);
    is(stage(&r, FUNCTION, "retry", "mean"), 0, 0);
    is(stage(&r, FUNCTION, "throttle", "mean"), 0, 0);
    check_sum(&r, FUNCTION);
    case_result_finish(&r);
    f.error_rate = 0.5;
    f.reserved = 1; /* one of two shards is refused when both try */
    r = run(&model, 600);
    ck_assert_double_gt(stage(&r, FUNCTION, "retry", "mean"), 500);
    ck_assert_double_gt(stage(&r, FUNCTION, "throttle", "mean"), 1);
    check_sum(&r, FUNCTION);
    case_result_finish(&r);
}
END_TEST

/* Ten at a time in the account: a holds eight of them, b two; c gets none. */
START_TEST(who_holds_what_others_lack)
{
    struct function_config f[] = {
        case_function("a", case_constant(100e9)), case_function("b", case_constant(100e9)),
        case_function("c", case_constant(1e9)), case_function("d", case_constant(100e9))};
    struct model_direct direct[4];
    static const double rates[] = {8, 2, 0.05, 3};
    static const char *const names[] = {"wa", "wb", "wc", "wd"};
    for (size_t i = 0; i < 4; i++) {
        direct[i] = case_every(names[i], rates[i]);
        direct[i].to.index = i;
    }
    f[3].reserved = 5; /* apart from the others: neither holds nor lacks */
    struct model_config model = case_model(f, 4, direct, 4);
    model.account.concurrent_executions = 15;
    model.account.set_aside = 5;
    struct case_result r = run(&model, 60);
    ck_assert_double_eq(case_metric(&r, "function:c", "throttles.account_concurrency"), 3);
    is(case_metric(&r, "function:c", "throttled_while.a"), 0.8, 1e-9);
    is(case_metric(&r, "function:c", "throttled_while.b"), 0.2, 1e-9);
    is(case_metric(&r, "function:a", "throttled_while.a"), 0.8, 1e-9); /* itself, mostly */
    for (size_t i = 0; i < r.metrics; i++) {
        ck_assert_str_ne(r.metric[i].metric, "throttled_while.c");
        ck_assert_str_ne(r.metric[i].metric, "throttled_while.d");
    }
    case_result_finish(&r);
}
END_TEST

#define MANY 40
#define REFUSALS 3000

static double held_share[MANY];

static void take_share(void *context, const char *entity, const char *metric, const char *unit,
                       double value)
{
    (void)context;
    (void)entity;
    (void)unit;
    held_share[atoi(strchr(metric, '.') + 1)] = value;
}

/* Of functions that come and go, against a walk over all of them. */
START_TEST(holders_come_and_go)
{
    struct holders holders = {0};
    struct holder holder[MANY];
    int64_t in_use[MANY] = {0}, held[MANY] = {0};
    char name[MANY][8];
    double all = 0;
    struct random_stream random;
    random_init(&random, 1, 0, "holders", "test");
    for (size_t i = 0; i < MANY; i++) {
        snprintf(name[i], sizeof name[i], "%zu", i);
        holders_add(&holders, &holder[i], name[i], &in_use[i]);
    }
    for (int refusal = 0; refusal < REFUSALS; refusal++) {
        const size_t i = (size_t)(random_uniform(&random) * (MANY - 1)); /* the last never runs */
        in_use[i] += in_use[i] == 0 || random_uniform(&random) < 0.4 ? 1 : -1;
        holders_changed(&holders, &holder[i]);
        holders_refused(&holders, &holder[7]);
        for (size_t k = 0; k < MANY; k++) {
            held[k] += in_use[k];
            all += (double)in_use[k];
        }
    }
    holders_report(&holders, &holder[7], "function:7", &(struct metric_sink){.put = take_share});
    for (size_t i = 0; i < MANY; i++)
        ck_assert_double_eq(held_share[i], (double)held[i] / all);
    ck_assert_double_gt(held_share[3], 0);
    ck_assert_double_eq(held_share[MANY - 1], 0);
    ck_assert_ptr_null(holder[8].held);
    holder_finish(&holder[7]);
}
END_TEST

/* Through a queue: the first message takes the only place for 15 s; the second is refused at once
 * and comes back after its visibility timeout of 20 s. In the fault a failed one does the same. */
START_TEST(messages_wait_for_their_visibility_timeout)
{
    struct function_config f = case_function("f", case_constant(15e9));
    struct model_direct direct = case_source("w");
    direct.to = (struct model_reference){MODEL_QUEUE, 0};
    f.reserved = 1;
    struct model_queue queue = {.config = {.name = "q",
                                           .visibility_timeout_ns = 20 * NS_PER_S,
                                           .retention_ns = 24 * NS_PER_HOUR,
                                           .in_flight_max = 120000,
                                           .chunk_bytes = 65536}};
    struct model_queue_mapping mapping = {.config = {.name = "m",
                                                     .batch_size = 1,
                                                     .pollers_initial = 5,
                                                     .pollers_max = 5,
                                                     .pollers_idle = 5,
                                                     .ramp_per_minute = 60,
                                                     .long_poll_ns = 20 * NS_PER_S,
                                                     .receive_ns = MS(10),
                                                     .payload_bytes = 6 * 1048576,
                                                     .visibility_timeout_ns = 20 * NS_PER_S}};
    const struct arrival at[] = {CALL(1, 15000), CALL(1, 15000)};
    struct case_arrivals list = {.arrival = at, .count = COUNT(at)};
    struct model_config model = case_model(&f, 1, &direct, 1);
    model.context = &list;
    model.queue = &queue;
    model.queues = 1;
    model.queue_mapping = &mapping;
    model.queue_mappings = 1;
    struct case_result r = run(&model, 100);
    ck_assert_double_eq(case_metric(&r, "esm:m", "batch_throttles"), 1);
    is(stage(&r, FUNCTION, "throttle", "mean"), 20000 / 2.0, 1e-9);
    is(stage(&r, FUNCTION, "retry", "mean"), 0, 0);
    check_sum(&r, FUNCTION);
    case_result_finish(&r);
    struct fault_config fault = {
        .kind = FAULT_ERROR_RATE, .at_ns = 0, .until_ns = SECONDS(5), .value = 1, .name = "f"};
    const struct arrival one[] = {CALL(1, 1000)};
    list = (struct case_arrivals){.arrival = one, .count = COUNT(one)};
    model.fault = &fault;
    model.faults = 1;
    r = run(&model, 100);
    is(stage(&r, FUNCTION, "retry", "mean"), 20000, 1e-9);
    is(stage(&r, FUNCTION, "throttle", "mean"), 0, 0);
    check_sum(&r, FUNCTION);
    case_result_finish(&r);
}
END_TEST

TEST_MAIN("unit_stages", a_cold_start_is_a_stage_of_its_own, throttles_and_retries_are_told_apart,
          the_run_is_that_of_what_succeeded, batches_wait_in_their_source,
          who_holds_what_others_lack, holders_come_and_go,
          messages_wait_for_their_visibility_timeout)
