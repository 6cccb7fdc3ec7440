/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What functions call and wait for, by hand-computed cases: queueing, outages, who gives up, and
 * connections. */
#include "harness.h"
#include "model_case.h"

#include <math.h>

#define MS(ms) ((int64_t)((ms)*1e6 + 0.5))
#define CALL(at_s, lasts_ms)                                                                       \
    {                                                                                              \
        .start_ns = SECONDS(at_s), .end_ns = SECONDS(at_s), .count = 1, .bytes = -1,               \
        .duration_ns = MS(lasts_ms)                                                                \
    }
#define COUNT(list) (sizeof(list) / sizeof *(list))
#define DOWN "downstream:db"
#define FUNCTION "function:f"

/* 100 ms a call, one at a time. */
static struct downstream_config database(void)
{
    return (struct downstream_config){.name = "db",
                                      .max_concurrency = 1,
                                      .queue_capacity = 1000,
                                      .latency_ns = {.kind = DISTRIBUTION_CONSTANT, .a = 100e6}};
}

static struct call_config one_call(void)
{
    return (struct call_config){.count = 1, .share = 1, .timeout_ns = TIME_NEVER, .connections = 1};
}

static struct case_result replay(struct function_config *function, const struct call_config *call,
                                 size_t calls, struct downstream_config *downstream,
                                 const struct arrival *arrival, size_t arrivals, double end_s)
{
    struct model_direct direct = case_source("w");
    struct case_arrivals list = {.arrival = arrival, .count = arrivals};
    struct model_config model = case_model(function, 1, &direct, 1);
    function->call = call;
    function->calls = calls;
    model.downstream = downstream;
    model.downstreams = 1;
    model.context = &list;
    struct case_result r = case_run(&model, 1, 0, 0, end_s);
    ck_assert_msg(r.status == MODEL_DONE, "%s", r.failure);
    return r;
}

static void is(const struct case_result *r, const char *entity, const char *metric, double value)
{
    const double seen = case_metric(r, entity, metric);
    ck_assert_msg(fabs(seen - value) < 1e-6 * (1 + fabs(value)), "%s %s is %.9g, not %.9g", entity,
                  metric, seen, value);
}

/* Own work of 10 ms, then 100 ms in line: 110, 210 and 310 ms, all of it billed. */
START_TEST(calls_wait_in_line_and_waiting_is_billed)
{
    struct function_config f = case_function("f", case_constant(10e6));
    struct downstream_config db = database();
    const struct call_config call = one_call();
    const struct arrival at[] = {CALL(1, 10), CALL(1, 10), CALL(1, 10)};
    struct case_result r = replay(&f, &call, 1, &db, at, COUNT(at), 60);
    is(&r, FUNCTION, "billed_ms", 110 + 210 + 310);
    is(&r, FUNCTION, "duration_ms.max", 310);
    is(&r, FUNCTION, "call_wait_ms.mean", 200);
    is(&r, FUNCTION, "errors", 0);
    is(&r, FUNCTION, "concurrent_executions.mean", 0.63 / 60);
    is(&r, DOWN, "calls", 3);
    is(&r, DOWN, "calls_succeeded", 3);
    is(&r, DOWN, "concurrency.mean", 0.3 / 60);
    is(&r, DOWN, "queue_length.max", 2);
    is(&r, DOWN, "queue_length.mean", 0.3 / 60);
    is(&r, DOWN, "utilization", 0.3 / 60);
    is(&r, DOWN, "latency_ms.max", 300);
    is(&r, DOWN, "connections.max", 3);
    case_result_finish(&r);
}
END_TEST

/* Two calls one after another, then three of another kind for each record. */
START_TEST(calls_are_made_in_order_and_as_often_as_said)
{
    struct function_config f = case_function("f", case_constant(10e6));
    struct downstream_config db = database();
    struct call_config call[] = {one_call(), one_call()};
    call[0].count = 2;
    call[1].count = 3;
    call[1].per_record = true;
    const struct arrival at[] = {CALL(1, 10)};
    struct case_result r = replay(&f, call, 2, &db, at, COUNT(at), 60);
    is(&r, FUNCTION, "duration_ms.max", 510);
    is(&r, DOWN, "calls", 5);
    is(&r, DOWN, "connections.max", 2);
    case_result_finish(&r);
    call[0].share = 0;
    r = replay(&f, call, 2, &db, at, COUNT(at), 60);
    is(&r, DOWN, "calls", 3);
    case_result_finish(&r);
}
END_TEST

/* The third would have to wait for 300 ms: the function's timeout ends it at 250 ms, while it still
 * waits. The second gives up by itself when its call has taken 150 ms. */
START_TEST(callers_give_up)
{
    struct function_config f = case_function("f", case_constant(10e6));
    struct downstream_config db = database();
    struct call_config call = one_call();
    const struct arrival at[] = {CALL(1, 10), CALL(1, 10), CALL(1, 10)};
    f.timeout_ns = MS(250);
    struct case_result r = replay(&f, &call, 1, &db, at, COUNT(at), 60);
    is(&r, FUNCTION, "timeouts", 1);
    is(&r, FUNCTION, "timeouts.calls", 1);
    is(&r, FUNCTION, "errors.calls", 0);
    is(&r, FUNCTION, "billed_ms", 110 + 210 + 250);
    is(&r, DOWN, "calls_timed_out", 1);
    is(&r, DOWN, "concurrency.mean", 0.3 / 60); /* it was begun at 210 and ends at 310 */
    case_result_finish(&r);
    call.timeout_ns = MS(150);
    r = replay(&f, &call, 1, &db, at, COUNT(at), 60);
    is(&r, FUNCTION, "timeouts", 0);
    is(&r, FUNCTION, "errors", 2);
    is(&r, FUNCTION, "errors.calls", 2);
    is(&r, FUNCTION, "billed_ms", 110 + 160 + 160);
    is(&r, DOWN, "calls_timed_out", 2);
    is(&r, DOWN, "concurrency.mean", 0.2 / 60); /* the third is dropped when its turn comes */
    case_result_finish(&r);
}
END_TEST

/* With room for one in line the third is refused, and fails at once. */
START_TEST(a_full_queue_refuses)
{
    struct function_config f = case_function("f", case_constant(10e6));
    struct downstream_config db = database();
    const struct call_config call = one_call();
    const struct arrival at[] = {CALL(1, 10), CALL(1, 10), CALL(1, 10)};
    db.queue_capacity = 1;
    struct case_result r = replay(&f, &call, 1, &db, at, COUNT(at), 60);
    is(&r, DOWN, "calls_refused", 1);
    is(&r, DOWN, "calls_failed", 1);
    is(&r, FUNCTION, "errors.calls", 1);
    is(&r, FUNCTION, "billed_ms", 110 + 210 + 10);
    case_result_finish(&r);
}
END_TEST

/* One before, one in each outage, one after; each alone. */
START_TEST(outages_fail_slow_down_or_hang)
{
    static const struct downstream_outage outage[] = {
        {SECONDS(10), SECONDS(20), OUTAGE_ERROR, 1, 1},
        {SECONDS(20), SECONDS(30), OUTAGE_SLOW, 5, 1},
        {SECONDS(30), SECONDS(40), OUTAGE_HANG, 1, 1},
        {SECONDS(60), SECONDS(70), OUTAGE_ERROR, 1, 0}};
    struct function_config f = case_function("f", case_constant(10e6));
    struct downstream_config db = database();
    const struct call_config call = one_call();
    db.outage = outage;
    db.outages = COUNT(outage);
    const struct arrival at[] = {CALL(1, 10),  CALL(11, 10), CALL(21, 10),
                                 CALL(31, 10), CALL(50, 10), CALL(61, 10)};
    struct case_result r = replay(&f, &call, 1, &db, at, COUNT(at), 120);
    is(&r, DOWN, "calls_failed", 1);
    is(&r, FUNCTION, "errors", 1);
    is(&r, FUNCTION, "billed_ms", 110 + 10 + 510 + 9100 + 110 + 110);
    case_result_finish(&r);
}
END_TEST

/* Two at work of two: half of the slowdown for the first, all of it for the second. */
START_TEST(load_slows_down)
{
    struct function_config f = case_function("f", case_constant(10e6));
    struct downstream_config db = database();
    const struct call_config call = one_call();
    db.max_concurrency = 2;
    db.slowdown = 3;
    const struct arrival at[] = {CALL(1, 10), CALL(1, 10)};
    struct case_result r = replay(&f, &call, 1, &db, at, COUNT(at), 60);
    is(&r, FUNCTION, "billed_ms", (10 + 250) + (10 + 400));
    case_result_finish(&r);
}
END_TEST

/* Three environments, two connections: the third has none. It gets one when the others have gone:
 * kept for 600 s, which nobody sees before the third calls again. */
START_TEST(connections_are_the_environments)
{
    struct function_config f = case_function("f", case_constant(10e6));
    struct downstream_config db = database();
    const struct call_config call = one_call();
    db.max_concurrency = 0;
    db.max_connections = 2;
    const struct arrival at[] = {CALL(1, 10),  CALL(1, 10),   CALL(1, 10),
                                 CALL(10, 10), CALL(900, 10), CALL(900, 10)};
    struct case_result r = replay(&f, &call, 1, &db, at, COUNT(at), 1000);
    is(&r, DOWN, "connections_refused", 1);
    is(&r, DOWN, "connections.max", 2);
    is(&r, FUNCTION, "errors.calls", 1);
    is(&r, FUNCTION, "cold_starts", 5);
    is(&r, DOWN, "calls_succeeded", 5);
    case_result_finish(&r);
}
END_TEST

/* What another function's ended environments held is free, though nobody has looked at them. */
START_TEST(connections_of_ended_environments_are_free)
{
    struct function_config f[] = {case_function("f", case_constant(10e6)),
                                  case_function("g", case_constant(10e6))};
    struct downstream_config db = database();
    const struct call_config call = one_call();
    struct model_direct direct[] = {case_every("one", 1.0 / 1600), case_every("two", 1.0 / 4000)};
    direct[1].to.index = 1;
    for (int i = 0; i < 2; i++) {
        f[i].call = &call;
        f[i].calls = 1;
    }
    db.max_connections = 1;
    struct model_config model = case_model(f, 2, direct, 2);
    model.downstream = &db;
    model.downstreams = 1;
    struct case_result r = case_run(&model, 1, 0, 0, 2300); /* f at 800, g at 2000 */
    ck_assert_msg(r.status == MODEL_DONE, "%s", r.failure);
    is(&r, DOWN, "connections_refused", 0);
    is(&r, DOWN, "connections.max", 1);
    is(&r, DOWN, "calls_succeeded", 2);
    case_result_finish(&r);
}
END_TEST

/* Random trouble of every kind at once, with a warm-up in the middle of it: the audits hold, and
 * waiting never takes longer than the timeout. */
START_TEST(everything_balances_in_a_storm)
{
    static const struct downstream_outage outage[] = {
        {SECONDS(20), SECONDS(30), OUTAGE_HANG, 1, 0.5},
        {SECONDS(40), SECONDS(50), OUTAGE_ERROR, 1, 0.5},
        {SECONDS(60), SECONDS(90), OUTAGE_SLOW, 20, 0.7}};
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct function_config f = case_function("f", case_exponential(10e6));
        struct downstream_config db = {.name = "db",
                                       .max_concurrency = 4,
                                       .queue_capacity = 20,
                                       .latency_ns = case_exponential(40e6),
                                       .slowdown = 0.5,
                                       .max_connections = 30,
                                       .outage = outage,
                                       .outages = COUNT(outage)};
        struct call_config call[] = {one_call(), one_call()};
        call[0].share = 0.5;
        call[1].timeout_ns = MS(400);
        f.call = call;
        f.calls = 2;
        f.timeout_ns = MS(700);
        f.error_rate = 0.05;
        f.keep_alive_ns = case_exponential(2e9);
        struct model_direct direct = case_poisson("w", 40);
        direct.async = seed % 2;
        struct model_config model = case_model(&f, 1, &direct, 1);
        model.downstream = &db;
        model.downstreams = 1;
        struct case_result r = case_run(&model, seed, 0, 25, 120);
        ck_assert_msg(r.status == MODEL_DONE, "%s", r.failure);
        ck_assert_double_le(case_metric(&r, FUNCTION, "duration_ms.max"), 700);
        ck_assert_double_le(case_metric(&r, DOWN, "connections.max"), 30);
        ck_assert_double_gt(case_metric(&r, DOWN, "calls_timed_out"), 0);
        ck_assert_double_gt(case_metric(&r, DOWN, "calls_failed"), 0);
        ck_assert_double_gt(case_metric(&r, DOWN, "connections_refused"), 0);
        case_result_finish(&r);
    }
}
END_TEST

/* One instance with two workers: while both wait for the database, the third request waits for a
 * worker. Their CPU is idle then. */
START_TEST(workers_of_servers_wait_as_well)
{
    struct function_config f = case_function("f", case_constant(10e6));
    struct downstream_config db = database();
    const struct call_config call = one_call();
    const struct fleet_config fleet = {.name = "b",
                                       .instance_type = "m5.large",
                                       .reserved_detail = "",
                                       .ebs_type = "gp2",
                                       .vcpus = 2,
                                       .workers = 2,
                                       .cpu_speed = 1,
                                       .min_size = 1,
                                       .max_size = 1,
                                       .desired_capacity = 1,
                                       .queue_capacity = 10,
                                       .billing_step_ns = NS_PER_S};
    const struct fleet_port_config port = {.function = "f",
                                           .cpu = {.mb_per_vcpu = 1769,
                                                   .max_vcpu = 6,
                                                   .memory_mb = 1769,
                                                   .reference_mb = 1769,
                                                   .cpu_fraction = 1,
                                                   .threads = 1},
                                           .duration_ns = case_constant(10e6),
                                           .call = &call,
                                           .calls = 1};
    const struct arrival at[] = {CALL(1, 10), CALL(1, 10), CALL(1, 10)};
    struct model_direct direct = case_source("w");
    struct case_arrivals list = {.arrival = at, .count = COUNT(at)};
    struct model_config model = case_model(&f, 1, &direct, 1);
    model.downstream = &db;
    model.downstreams = 1;
    model.context = &list;
    model.fleet = &fleet;
    model.fleet_port = &port;
    struct case_result r = case_run(&model, 1, 0, 0, 60);
    ck_assert_msg(r.status == MODEL_DONE, "%s", r.failure);
    is(&r, FUNCTION, "latency_ms.min", 110);
    /* The first worker is free at 110 ms, its request calls at 120; the database is free at 210. */
    is(&r, FUNCTION, "latency_ms.max", 310);
    is(&r, "baseline:b", "busy_workers.mean", (0.11 + 0.21 + 0.2) / 60);
    is(&r, "baseline:b", "cpu_utilization.mean", 0.03 / 60 / 2);
    is(&r, DOWN, "calls_succeeded", 3);
    case_result_finish(&r);
    const struct call_config impatient = {.count = 1, .share = 1, .timeout_ns = MS(50)};
    struct fleet_port_config other = port;
    other.call = &impatient;
    model.fleet_port = &other;
    r = case_run(&model, 1, 0, 0, 60);
    is(&r, FUNCTION, "errors", 3);
    case_result_finish(&r);
}
END_TEST

TEST_MAIN("unit_downstream", calls_wait_in_line_and_waiting_is_billed,
          calls_are_made_in_order_and_as_often_as_said, callers_give_up, a_full_queue_refuses,
          outages_fail_slow_down_or_hang, load_slows_down, connections_are_the_environments,
          connections_of_ended_environments_are_free, everything_balances_in_a_storm,
          workers_of_servers_wait_as_well)
