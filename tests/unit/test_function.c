/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functions by hand-computed cases: limits by reason, environments, outcomes, the billing meter. */
#include "harness.h"
#include "model_case.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

#define MS(ms) ((int64_t)((ms)*1e6 + 0.5))
#define CALL(at_s, lasts_ms)                                                                       \
    {                                                                                              \
        .start_ns = SECONDS(at_s), .end_ns = SECONDS(at_s), .count = 1, .bytes = -1,               \
        .duration_ns = MS(lasts_ms)                                                                \
    }
#define COUNT(list) (sizeof(list) / sizeof *(list))

/* One function, called at given times for given durations. */
static struct case_result replay(struct function_config *function, const struct arrival *call,
                                 size_t calls, bool async, double end_s)
{
    struct model_direct direct = case_source("w");
    direct.async = async;
    struct case_arrivals list = {.arrival = call, .count = calls};
    struct model_config model = case_model(function, 1, &direct, 1);
    model.context = &list;
    struct case_result r = case_run(&model, 1, 0, 0, end_s);
    ck_assert_msg(r.status == MODEL_DONE, "%s", r.failure);
    ck_assert_int_eq(list.closed, 1);
    return r;
}

static double metric(const struct case_result *r, const char *name)
{
    return case_metric(r, "function:f", name);
}

START_TEST(a_reservation_of_zero_refuses_all)
{
    struct function_config f = case_function("f", case_constant(1e6));
    f.reserved = 0;
    f.rate_multiple = f.provisioned_multiple = 10;
    const struct arrival call[] = {CALL(1, 1), CALL(2, 1), CALL(3, 1)};
    struct case_result r = replay(&f, call, COUNT(call), false, 10);
    ck_assert_double_eq(metric(&r, "invocations"), 0);
    ck_assert_double_eq(metric(&r, "throttles.reserved_concurrency"), 3);
    ck_assert_double_eq(metric(&r, "throttles"), 3);
    ck_assert_int_eq(case_usage(&r, "function:f", METER_LAMBDA_REQUESTS), 0);
    ck_assert(isnan(metric(&r, "cold_start_ratio")));
    case_result_finish(&r);
}
END_TEST

/* Two provisioned environments, calls of 2.5 s: at 0 P1, 1 P2, 2 spills (cold, 0.4 s init, ends at
 * 4.9), 3 P1, 4 P2, 5 spills into the idle environment, 6 P1. */
START_TEST(provisioned_concurrency_spills_over)
{
    struct function_config f = case_function("f", case_constant(1e6));
    f.provisioned = 2;
    f.init_ns = case_constant(0.4e9);
    f.ephemeral_excess_mb = 512;
    const struct arrival call[] = {CALL(0, 2500), CALL(1, 2500), CALL(2, 2500), CALL(3, 2500),
                                   CALL(4, 2500), CALL(5, 2500), CALL(6, 2500)};
    struct case_result r = replay(&f, call, COUNT(call), false, 301);
    ck_assert_double_eq(metric(&r, "invocations"), 7);
    ck_assert_double_eq(metric(&r, "provisioned_concurrency_spillover"), 2);
    ck_assert_double_eq(metric(&r, "cold_starts"), 1);
    ck_assert_double_eq(metric(&r, "environments.max"), 3);
    ck_assert_double_eq_tol(metric(&r, "provisioned_concurrency_utilization.mean"),
                            5 * 2.5 / (2 * 301), 1e-12);
    ck_assert_double_eq_tol(r.utilization, 5 * 2.5 / (2 * 301), 1e-12);
    ck_assert_int_eq(case_usage(&r, "function:f", METER_LAMBDA_REQUESTS), 7);
    ck_assert_int_eq(case_usage(&r, "function:f", METER_LAMBDA_X86_MB_MS), (2 * 2500 + 400) * 128);
    ck_assert_int_eq(case_usage(&r, "function:f", METER_LAMBDA_PROVISIONED_DURATION_X86_MB_MS),
                     5 * 2500 * 128);
    /* Configured for 301 s, two environments; the bill rounds the month to five minutes. */
    ck_assert_int_eq(case_usage(&r, "function:f", METER_LAMBDA_PROVISIONED_X86_MB_MS),
                     INT64_C(301000) * 2 * 128);
    ck_assert_int_eq(case_usage(&r, "function:f", METER_LAMBDA_EPHEMERAL_MB_MS),
                     (7 * 2500 + 400) * 512);
    case_result_finish(&r);
    f.arm64 = true;
    r = replay(&f, call, COUNT(call), false, 300);
    ck_assert_int_eq(case_usage(&r, "function:f", METER_LAMBDA_PROVISIONED_ARM64_MB_MS),
                     INT64_C(300000) * 2 * 128);
    ck_assert_int_eq(case_usage(&r, "function:f", METER_LAMBDA_ARM64_MB_MS),
                     (2 * 2500 + 400) * 128);
    ck_assert_int_eq(case_usage(&r, "function:f", METER_LAMBDA_PROVISIONED_DURATION_ARM64_MB_MS),
                     5 * 2500 * 128);
    ck_assert_int_eq(case_usage(&r, "function:f", METER_LAMBDA_X86_MB_MS), 0);
    case_result_finish(&r);
}
END_TEST

static struct case_result scheduled(const struct provisioned_action *action, size_t actions,
                                    const struct arrival *call, size_t calls,
                                    struct account_config account, double end_s)
{
    struct function_config f = case_function("f", case_constant(1e6));
    struct model_direct direct = case_source("w");
    struct case_arrivals list = {.arrival = call, .count = calls};
    struct model_config model = case_model(&f, 1, &direct, 1);
    f.keep_alive_ns = case_constant(60e9);
    f.init_ns = case_constant(0.4e9);
    f.provisioned = account.set_aside;
    f.schedule = action;
    f.scheduled = actions;
    f.preparation_ns = SECONDS(90);
    f.provisioned_step_ns = SECONDS(300);
    model.account = account;
    model.context = &list;
    struct case_result r = case_run(&model, 1, 0, 0, end_s);
    ck_assert_msg(r.status == MODEL_DONE, "%s", r.failure);
    return r;
}

static void assert_provisioned_s(const struct case_result *r, double environment_s)
{
    ck_assert_int_eq(case_usage(r, "function:f", METER_LAMBDA_PROVISIONED_X86_MB_MS),
                     (int64_t)(environment_s * 1e3) * 128);
}

/* Two environments from 600 s on, ready at 690 s, given back at 1000 s. */
START_TEST(cold_starts_by_phase_of_a_schedule)
{
    static const struct provisioned_action action[] = {{SECONDS(600), false, 2},
                                                       {SECONDS(1000), false, 0}};
    const struct arrival call[] = {CALL(100, 1), CALL(610, 1), CALL(700, 5), CALL(700, 5),
                                   CALL(700, 1), CALL(800, 5), CALL(1010, 1)};
    const struct account_config account = {.concurrent_executions = 1000};
    struct case_result r = scheduled(action, 2, call, COUNT(call), account, 3600);
    ck_assert_double_eq(metric(&r, "cold_starts"), 4); /* 100, 610, the third of 700, 1010 */
    ck_assert_double_eq(metric(&r, "provisioned_concurrency_spillover"), 2);
    ck_assert_double_eq(metric(&r, "environments.max"), 3);
    ck_assert_double_eq_tol(metric(&r, "provisioned_concurrency_utilization.mean"),
                            3 * 0.005 / (2 * 400), 1e-12);
    ck_assert_int_eq(case_usage(&r, "function:f", METER_LAMBDA_PROVISIONED_DURATION_X86_MB_MS),
                     15 * 128);
    assert_provisioned_s(&r, 2 * 600); /* 400 s in steps of five minutes */
    ck_assert_double_eq(case_metric(&r, "account", "unreserved_concurrent_executions.limit"), 998);
    case_result_finish(&r);
    r = scheduled(action, 1, call, COUNT(call), account, 3600);
    ck_assert_double_eq(metric(&r, "cold_starts"), 3);
    assert_provisioned_s(&r, 2 * 3000); /* to the end of the run, which is no end */
    case_result_finish(&r);
}
END_TEST

/* What is given back ends first what came last: each part is billed by itself. */
START_TEST(parts_of_a_schedule_are_billed_in_steps)
{
    static const struct provisioned_action action[] = {{SECONDS(100), false, 3},
                                                       {SECONDS(200), false, 2},
                                                       {SECONDS(700), false, 0},
                                                       {SECONDS(2000), false, 4},
                                                       {SECONDS(2050), false, 0}};
    const struct arrival call[] = {CALL(2100, 1)};
    const struct account_config account = {.concurrent_executions = 1000, .set_aside = 1};
    struct case_result r = scheduled(action, 5, call, 1, account, 3600);
    /* 100 to 200 s, 100 to 700 s, 0 to 700 s; and four that were never ready. */
    assert_provisioned_s(&r, 300 + 600 + 900 + 4 * 300);
    ck_assert_double_eq(metric(&r, "cold_starts"), 1);
    ck_assert_double_eq(metric(&r, "environments.max"), 3);
    ck_assert_double_eq(case_metric(&r, "account", "unreserved_concurrent_executions.limit"), 996);
    case_result_finish(&r);
}
END_TEST

/* A busy environment is withdrawn when its request ends; the account has its place back then. */
START_TEST(busy_environments_leave_with_their_request)
{
    static const struct provisioned_action action[] = {{SECONDS(10), false, 0}};
    const struct arrival call[] = {CALL(0, 50000), CALL(20, 1), CALL(60, 1), CALL(70, 1)};
    const struct account_config account = {.concurrent_executions = 1, .set_aside = 1};
    struct case_result r = scheduled(action, 1, call, COUNT(call), account, 100);
    ck_assert_double_eq(metric(&r, "throttles.account_concurrency"), 1); /* at 20 s */
    ck_assert_double_eq(metric(&r, "invocations"), 3);
    ck_assert_double_eq(metric(&r, "cold_starts"), 1); /* at 60 s */
    ck_assert_int_eq(case_usage(&r, "function:f", METER_LAMBDA_PROVISIONED_DURATION_X86_MB_MS),
                     50000 * 128);
    assert_provisioned_s(&r, 300);
    case_result_finish(&r);
}
END_TEST

START_TEST(daily_actions_come_every_day)
{
    static const struct provisioned_action action[] = {{SECONDS(8 * 3600), true, 2},
                                                       {SECONDS(18 * 3600 + 60), true, 0}};
    struct function_config f = case_function("f", case_constant(1e6));
    struct model_direct w = case_every("w", 0.01);
    struct model_config model = case_model(&f, 1, &w, 1);
    f.schedule = action;
    f.scheduled = 2;
    f.provisioned_step_ns = SECONDS(300);
    struct case_result r = case_run(&model, 1, 0, 10 * 3600, 3 * 86400);
    ck_assert_int_eq(r.status, MODEL_DONE);
    /* Three days less the two hours that the warm-up takes of the first. */
    assert_provisioned_s(&r, 2 * (3 * (10 * 3600 + 300) - 2 * 3600));
    ck_assert_double_eq_tol(r.utilization, 0.00001 / 2, 1e-7);
    case_result_finish(&r);
}
END_TEST

/* A reservation counts what runs on provisioned environments too. */
START_TEST(a_reservation_limits_spillover)
{
    struct function_config f = case_function("f", case_constant(1e6));
    f.provisioned = 1;
    f.reserved = 2;
    const struct arrival call[] = {CALL(0, 9000), CALL(1, 9000), CALL(2, 9000)};
    struct case_result r = replay(&f, call, COUNT(call), false, 20);
    ck_assert_double_eq(metric(&r, "invocations"), 2);
    ck_assert_double_eq(metric(&r, "throttles.reserved_concurrency"), 1);
    case_result_finish(&r);
}
END_TEST

/* Endless calls, one a millisecond from 0.5 ms on: how many environments there are by `end_s`. */
static double environments_at(struct model_config *config, double end_s)
{
    struct case_result r = case_run(config, 1, 0, 0, end_s);
    ck_assert_int_eq(r.status, MODEL_DONE);
    const double environments = metric(&r, "environments.max");
    ck_assert_double_eq(metric(&r, "throttles.scaling_rate"),
                        case_metric(&r, "workload:w", "requests") - environments);
    ck_assert_double_eq(metric(&r, "throttles"), metric(&r, "throttles.scaling_rate"));
    ck_assert_double_eq(metric(&r, "concurrent_executions.max"), environments);
    case_result_finish(&r);
    return environments;
}

/* Before 2023-11: 3,000 at once, then one more every 120 ms. */
START_TEST(region_wide_burst_and_ramp)
{
    struct function_config f = case_function("f", case_constant(899e9));
    struct model_direct w = case_every("w", 1000);
    struct model_config config = case_model(&f, 1, &w, 1);
    config.account.concurrent_executions = 100000;
    config.account.burst_initial = 3000;
    config.account.burst_per_minute = 500;
    ck_assert_double_eq(environments_at(&config, 2), 2000);
    /* The bucket is full until the first call: 3000 + floor((59.9995 - 0.0005) / 0.12). */
    ck_assert_double_eq(environments_at(&config, 60), 3499);
    ck_assert_double_eq(environments_at(&config, 180), 4499);
    /* The time at which environment 3101 comes: 100 steps later, at the call after 12.1205 s. */
    ck_assert_double_eq(environments_at(&config, 12.1204), 3100);
    ck_assert_double_eq(environments_at(&config, 12.1206), 3101);
}
END_TEST

START_TEST(region_wide_burst_is_shared)
{
    struct function_config f[] = {case_function("f", case_constant(899e9)),
                                  case_function("g", case_constant(899e9))};
    struct model_direct w[] = {case_every("w", 100), case_every("x", 100)};
    w[1].to.index = 1;
    struct model_config config = case_model(f, 2, w, 2);
    config.account.burst_initial = 500;
    config.account.burst_per_minute = 500;
    struct case_result r = case_run(&config, 1, 0, 0, 12);
    ck_assert_double_eq(metric(&r, "environments.max") +
                            case_metric(&r, "function:g", "environments.max"),
                        500 + 99);
    case_result_finish(&r);
}
END_TEST

/* Since 2023-11: each function 1,000 and then 100 a second, none from the others' share. */
START_TEST(scaling_rate_of_each_function)
{
    struct function_config f[] = {case_function("f", case_constant(899e9)),
                                  case_function("g", case_constant(899e9))};
    for (int i = 0; i < 2; i++) {
        f[i].scale_burst = 1000;
        f[i].scale_per_s = 100;
    }
    struct model_direct w[] = {case_every("w", 1000), case_every("x", 1000)};
    w[1].to.index = 1;
    struct model_config config = case_model(f, 2, w, 2);
    config.account.concurrent_executions = 100000;
    config.account.burst_initial = 1; /* the old rule is not in force beside the new one */
    config.account.burst_per_minute = 1;
    struct case_result r = case_run(&config, 1, 0, 0, 10);
    for (int i = 0; i < 2; i++) /* 1000 + floor((9.9995 - 0.0005) x 100) */
        ck_assert_double_eq(
            case_metric(&r, i == 0 ? "function:f" : "function:g", "environments.max"), 1999);
    case_result_finish(&r);
    config.directs = 1;
    ck_assert_double_eq(environments_at(&config, 20), 2999);
}
END_TEST

/* 10 x 3 requests a second: 30 at once, then one every 33.3 ms; 1 ms each needs one environment. */
START_TEST(synchronous_request_rate)
{
    struct function_config f = case_function("f", case_constant(1e6));
    f.reserved = 3;
    f.rate_multiple = f.provisioned_multiple = 10;
    struct model_direct w = case_every("w", 100);
    struct model_config config = case_model(&f, 1, &w, 1);
    struct case_result r = case_run(&config, 1, 0, 0, 10);
    ck_assert_double_eq(metric(&r, "invocations"), 30 + 299); /* floor(9.99 / 0.0333) */
    ck_assert_double_eq(metric(&r, "throttles.request_rate"), 1000 - 329);
    ck_assert_double_eq(metric(&r, "throttles"), 1000 - 329);
    case_result_finish(&r);
    /* Lambda's own queue is not capped. */
    w.async = true;
    r = case_run(&config, 1, 0, 0, 10);
    ck_assert_double_eq(metric(&r, "invocations"), 1000);
    ck_assert_double_eq(metric(&r, "throttles"), 0);
    case_result_finish(&r);
    /* Without a reservation the account's pool has the cap, for all functions together. */
    w.async = false;
    f.reserved = -1;
    config.account =
        (struct account_config){.concurrent_executions = 5, .set_aside = 2, .rate_multiple = 10};
    r = case_run(&config, 1, 0, 0, 10);
    ck_assert_double_eq(metric(&r, "invocations"), 329);
    ck_assert_double_eq(metric(&r, "throttles.request_rate"), 1000 - 329);
    case_result_finish(&r);
    /* Provisioned concurrency has its own; the rest spills over. */
    config.account = (struct account_config){.concurrent_executions = 1000, .set_aside = 3};
    f.provisioned = 3;
    r = case_run(&config, 1, 0, 0, 10);
    ck_assert_double_eq(metric(&r, "invocations"), 1000);
    ck_assert_double_eq(metric(&r, "provisioned_concurrency_spillover"), 1000 - 329);
    case_result_finish(&r);
    f.provisioned_multiple = 20;
    r = case_run(&config, 1, 0, 0, 10);
    ck_assert_double_eq(metric(&r, "invocations"), 1000);
    ck_assert_double_eq(metric(&r, "provisioned_concurrency_spillover"), 1000 - 60 - 599);
    case_result_finish(&r);
}
END_TEST

/* A rate whose interval is not whole ns: the bucket still holds all its tokens. */
START_TEST(a_full_bucket_gives_every_token)
{
    for (int tokens = 1; tokens < 2000; tokens += 7) {
        struct rate_limiter bucket = rate_limiter_make(tokens, tokens);
        int given = 0;
        while (rate_limiter_take(&bucket, 0))
            given++;
        ck_assert_int_eq(given, tokens);
        ck_assert(rate_limiter_take(&bucket, SECONDS(1.0) / tokens + 1));
        ck_assert(!rate_limiter_take(&bucket, SECONDS(1.0) / tokens + 1));
    }
}
END_TEST

START_TEST(billed_time_is_rounded_up)
{
    static const struct {
        double work_ms, init_ms;
        int granule_ms;
        bool init_billed;
        int billed_ms;
    } row[] = {
        {0, 0, 1, true, 1},
        {0.2, 0, 1, true, 1},
        {1, 0, 1, true, 1},
        {1.000001, 0, 1, true, 2},
        {2, 0, 1, true, 2},
        {0, 0, 100, false, 100},
        {99.9, 0, 100, false, 100},
        {100, 0, 100, false, 100},
        {100.000001, 0, 100, false, 200},
        {5.2, 250, 1, true, 256},
        {5.2, 250, 1, false, 6},
        {5.2, 250, 100, false, 100},
        {50, 50, 100, true, 100},
        {50, 50.000001, 100, true, 200},
        /* Developer guide: 1233.96 ms and 463.51 ms init were billed as 1698 ms. */
        {1233.96, 463.51, 1, true, 1698},
    };
    for (size_t i = 0; i < COUNT(row); i++) {
        struct function_config f = case_function("f", case_constant(1e6));
        f.init_ns = case_constant(row[i].init_ms * 1e6);
        f.billing_granularity_ns = row[i].granule_ms * NS_PER_MS;
        f.init_billed = row[i].init_billed;
        f.memory_mb = 512; /* what the CPU model does not see does not change the duration */
        const struct arrival call[] = {CALL(1, row[i].work_ms)};
        struct case_result r = replay(&f, call, 1, false, 10);
        ck_assert_msg(metric(&r, "billed_ms") == row[i].billed_ms, "row %zu: %g ms billed", i,
                      metric(&r, "billed_ms"));
        ck_assert_int_eq(case_usage(&r, "function:f", METER_LAMBDA_X86_MB_MS),
                         row[i].billed_ms * 512);
        ck_assert_double_eq_tol(metric(&r, "gb_seconds"), row[i].billed_ms * 0.5e-3, 1e-12);
        ck_assert_double_eq_tol(metric(&r, "latency_ms.max"), row[i].work_ms + row[i].init_ms,
                                1e-9);
        ck_assert_double_eq_tol(metric(&r, "duration_ms.max"), row[i].work_ms, 1e-9);
        case_result_finish(&r);
    }
}
END_TEST

START_TEST(a_timeout_is_billed_and_resets_the_environment)
{
    struct function_config f = case_function("f", case_constant(1e6));
    f.timeout_ns = SECONDS(3);
    f.init_ns = case_constant(0.5e9);
    f.init_billed = false;
    const struct arrival call[] = {CALL(0, 5000), CALL(10, 100), CALL(20, 200), CALL(30, 3000)};
    struct case_result r = replay(&f, call, COUNT(call), false, 60);
    ck_assert_double_eq(metric(&r, "invocations"), 4);
    ck_assert_double_eq(metric(&r, "timeouts"), 2); /* to run up to the limit is to time out */
    ck_assert_double_eq(metric(&r, "errors"), 2);
    ck_assert_double_eq(metric(&r, "cold_starts"), 1);
    /* The second call repeats the init inside its duration, the third does not. */
    ck_assert_double_eq(metric(&r, "billed_ms"), 3000 + 600 + 200 + 3000);
    ck_assert_double_eq(metric(&r, "latency_ms.max"), 600);
    ck_assert_double_eq(metric(&r, "latency_ms.min"), 200);
    ck_assert_double_eq(metric(&r, "environments.max"), 1);
    case_result_finish(&r);
}
END_TEST

/* Init beyond 10 s is broken off and starts over inside the invocation. */
START_TEST(a_slow_init_starts_over)
{
    struct function_config f = case_function("f", case_constant(1e6));
    f.init_ns = case_constant(12e9);
    const struct arrival call[] = {CALL(0, 1000)};
    struct case_result r = replay(&f, call, 1, false, 60);
    ck_assert_double_eq(metric(&r, "init_duration_ms.max"), 10000);
    ck_assert_double_eq(metric(&r, "duration_ms.max"), 13000);
    ck_assert_double_eq(metric(&r, "latency_ms.max"), 23000);
    ck_assert_double_eq(metric(&r, "billed_ms"), 23000);
    case_result_finish(&r);
    f.timeout_ns = SECONDS(12.5);
    f.init_billed = false;
    r = replay(&f, call, 1, false, 60);
    ck_assert_double_eq(metric(&r, "timeouts"), 1);
    ck_assert_double_eq(metric(&r, "billed_ms"), 12500);
    case_result_finish(&r);
}
END_TEST

START_TEST(out_of_memory_is_an_error_and_resets)
{
    struct function_config f = case_function("f", case_constant(1e6));
    f.has_memory_used = true;
    f.memory_used_mb = case_constant(200);
    f.init_ns = case_constant(0.3e9);
    f.init_billed = false;
    const struct arrival call[] = {CALL(0, 100), CALL(10, 100)};
    struct case_result r = replay(&f, call, COUNT(call), false, 60);
    ck_assert_double_eq(metric(&r, "out_of_memory"), 2);
    ck_assert_double_eq(metric(&r, "errors"), 2);
    ck_assert_double_eq(metric(&r, "timeouts"), 0);
    ck_assert_double_eq(metric(&r, "billed_ms"), 100 + 400);
    ck_assert(isnan(metric(&r, "latency_ms.mean")));
    case_result_finish(&r);
    f.memory_mb = 200; /* exactly enough */
    r = replay(&f, call, COUNT(call), false, 60);
    ck_assert_double_eq(metric(&r, "errors"), 0);
    ck_assert_double_eq(metric(&r, "billed_ms"), 200);
    case_result_finish(&r);
}
END_TEST

/* START 71, END 52, REPORT 141 and three line ends of 26 bytes each; 30 more for a cold start. */
START_TEST(log_bytes)
{
    struct function_config f = case_function("f", case_constant(1e6));
    f.count_logs = true;
    f.log_bytes = 71 + 52 + 141 + 3 * 26;
    f.log_bytes_cold = 30;
    const struct arrival call[] = {CALL(0, 1), CALL(1, 1), CALL(2, 1)};
    struct case_result r = replay(&f, call, COUNT(call), false, 60);
    ck_assert_int_eq(case_usage(&r, "function:f", METER_LOGS_BYTES), 3 * 342 + 30);
    case_result_finish(&r);
    f.count_logs = false;
    r = replay(&f, call, COUNT(call), false, 60);
    ck_assert_int_eq(case_usage(&r, "function:f", METER_LOGS_BYTES), 0);
    case_result_finish(&r);
}
END_TEST

START_TEST(errors_come_at_their_rate_and_keep_the_environment)
{
    struct function_config f = case_function("f", case_constant(5e6));
    f.error_rate = 0.3;
    f.init_ns = case_constant(1e9);
    struct model_direct w = case_every("w", 10);
    const struct model_config config = case_model(&f, 1, &w, 1);
    struct case_result r = case_run(&config, 3, 0, 0, 2000);
    const double n = 20000;
    ck_assert_double_eq(metric(&r, "invocations"), n);
    ck_assert_double_eq_tol(metric(&r, "errors"), 0.3 * n, 3.3 * sqrt(n * 0.3 * 0.7));
    ck_assert_double_eq(metric(&r, "duration_ms.max"), 5); /* no repeated init */
    case_result_finish(&r);
}
END_TEST

/*
 * Kept for 10 s, newest first. Environment A: calls 0-5; B: 1-6. At 12 B is the newest; at 15.5 B
 * again, while A has gone at 15: the second call of that instant makes C.
 */
START_TEST(environments_by_hand)
{
    struct function_config f = case_function("f", case_constant(1e6));
    f.keep_alive_ns = case_constant(10e9);
    const struct arrival call[] = {CALL(0, 5000), CALL(1, 5000), CALL(12, 100), CALL(15.5, 100),
                                   CALL(15.5, 100)};
    struct case_result r = replay(&f, call, COUNT(call), false, 20);
    ck_assert_double_eq(metric(&r, "cold_starts"), 3);
    ck_assert_double_eq(metric(&r, "environments.max"), 2);
    ck_assert_double_eq_tol(metric(&r, "environments.mean"), (15 + 19 + 4.5) / 20, 1e-9);
    ck_assert_double_eq_tol(metric(&r, "environments_idle.mean"), (10 + 6 + 3.4 + 4.4 + 4.4) / 20,
                            1e-9);
    ck_assert_double_eq_tol(metric(&r, "concurrent_executions.mean"), 10.3 / 20, 1e-9);
    ck_assert_double_eq_tol(metric(&r, "environment_lifespan_s.mean"), 15, 1e-9);
    case_result_finish(&r);
    /* Those that nobody has missed yet have a lifespan too: A 15, B 24.6, C 10.1. */
    r = replay(&f, call, COUNT(call), false, 30);
    ck_assert_double_eq_tol(metric(&r, "environment_lifespan_s.mean"), (15 + 24.6 + 10.1) / 3,
                            1e-9);
    ck_assert_double_eq_tol(metric(&r, "environments.mean"), (15 + 24.6 + 10.1) / 30, 1e-9);
    case_result_finish(&r);
}
END_TEST

/* A lifetime of 20 s ends an environment at once when idle, and at its release when busy. */
START_TEST(lifetime_by_hand)
{
    struct function_config f = case_function("f", case_constant(1e6));
    f.keep_alive_ns = case_constant(1000e9);
    f.has_lifetime = true;
    f.lifetime_ns = case_constant(20e9);
    const struct arrival call[] = {CALL(0, 1000), CALL(19, 4000), CALL(24, 1000), CALL(43.9, 50),
                                   CALL(44.1, 100)};
    struct case_result r = replay(&f, call, COUNT(call), false, 60);
    ck_assert_double_eq(metric(&r, "cold_starts"), 3); /* at 0, 24 and 44.1 */
    ck_assert_double_eq_tol(metric(&r, "environment_lifespan_s.mean"), (23 + 20) / 2.0, 1e-9);
    case_result_finish(&r);
}
END_TEST

/*
 * Kept for 10 s once none runs, for 50 s while others do. A serves 0-5, B 1-6 and, the newest idle
 * one, 12, 20 and 28-33; A, idle for 25 s, serves 30. C is the first after 11 s of rest: both are
 * gone.
 */
START_TEST(kept_longer_while_in_use)
{
    struct function_config f = case_function("f", case_constant(1e6));
    f.keep_alive_ns = case_constant(10e9);
    f.in_use_keep_alive_ns = SECONDS(50);
    const struct arrival call[] = {CALL(0, 5000),  CALL(1, 5000),  CALL(12, 100), CALL(20, 100),
                                   CALL(28, 5000), CALL(30, 1000), CALL(44, 100)};
    struct case_result r = replay(&f, call, COUNT(call), false, 60);
    ck_assert_double_eq(metric(&r, "cold_starts"), 3);
    ck_assert_double_eq(metric(&r, "environments.max"), 2);
    /* A and B go 10 s after the end of the last call at 33, C at 54.1. */
    ck_assert_double_eq_tol(metric(&r, "environment_lifespan_s.mean"), (43 + 42 + 10.1) / 3, 1e-9);
    ck_assert_double_eq_tol(metric(&r, "environments.mean"), (43 + 42 + 10.1) / 60, 1e-9);
    case_result_finish(&r);
    /* The own time ends too: A is not there at 56, 51 s after its call. */
    const struct arrival busy[] = {CALL(0, 5000),  CALL(1, 5000),  CALL(12, 9000), CALL(22, 9000),
                                   CALL(32, 9000), CALL(42, 9000), CALL(52, 9000), CALL(56, 1000)};
    r = replay(&f, busy, COUNT(busy), false, 57.5);
    ck_assert_double_eq(metric(&r, "cold_starts"), 3);
    case_result_finish(&r);
}
END_TEST

/* Two are there; each has between nothing and all of its 20 s left. */
START_TEST(environments_at_the_start)
{
    struct function_config f = case_function("f", case_constant(1e6));
    f.keep_alive_ns = case_constant(1000e9);
    f.idle_at_start = 2;
    const struct arrival call[] = {CALL(0, 1000), CALL(0, 1000), CALL(0.5, 1000)};
    struct case_result r = replay(&f, call, COUNT(call), false, 10);
    ck_assert_double_eq(metric(&r, "cold_starts"), 1);
    ck_assert_double_eq(metric(&r, "environments.max"), 3);
    ck_assert_double_eq_tol(metric(&r, "environments.mean"), (10 + 10 + 9.5) / 10, 1e-9);
    case_result_finish(&r);
    f.has_lifetime = true;
    f.lifetime_ns = case_constant(20e9);
    r = replay(&f, call, 2, false, 30);
    ck_assert_double_gt(metric(&r, "environment_lifespan_s.mean"), 0);
    ck_assert_double_lt(metric(&r, "environment_lifespan_s.mean"), 20);
    case_result_finish(&r);
}
END_TEST

/* Numbers beyond the clock come from heavy tails: they must end as timeouts, not as crashes. */
START_TEST(heavy_tails_do_not_overflow)
{
    const struct distribution huge = {.kind = DISTRIBUTION_LOGNORMAL, .a = 0, .b = 1e6};
    const struct distribution endless = case_constant(DBL_MAX);
    struct function_config f = case_function("f", endless);
    f.init_ns = endless;
    f.keep_alive_ns = endless;
    f.has_lifetime = true;
    f.lifetime_ns = endless;
    f.timeout_ns = SECONDS(1);
    struct model_direct w = case_poisson("w", 1);
    struct model_config config = case_model(&f, 1, &w, 1);
    for (int variant = 0; variant < 3; variant++) {
        f.cpu.period_ms = variant == 1 ? 20 : 0;
        f.cpu.memory_mb = variant == 2 ? 200 : 128;
        struct case_result r = case_run(&config, 1, 0, 0, 1000);
        ck_assert_msg(r.status == MODEL_DONE, "%s", r.failure);
        ck_assert_double_gt(metric(&r, "timeouts"), 800);
        ck_assert_double_eq(metric(&r, "timeouts"), metric(&r, "invocations"));
        case_result_finish(&r);
    }
    f.duration_ns = f.init_ns = f.keep_alive_ns = f.lifetime_ns = huge;
    struct case_result r = case_run(&config, 1, 0, 100, 3000);
    ck_assert_msg(r.status == MODEL_DONE, "%s", r.failure);
    ck_assert_double_gt(metric(&r, "timeouts"), 0);
    case_result_finish(&r);
    const struct arrival call[] = {CALL(0, 9.2e12)};
    f.init_ns = endless;
    r = replay(&f, call, 1, false, 100);
    ck_assert_double_eq(metric(&r, "timeouts"), 1);
    case_result_finish(&r);
}
END_TEST

START_TEST(memory_and_records_change_the_duration)
{
    struct function_config f = case_function("f", case_constant(100e6));
    f.cpu.memory_mb = f.memory_mb = 512;
    f.cpu.cpu_fraction = 0.8;
    f.per_record_ns = 60e6;
    struct model_direct w = case_every("w", 1);
    struct model_config config = case_model(&f, 1, &w, 1);
    struct case_result r = case_run(&config, 1, 0, 0, 10);
    /* One event has one record: 160 ms at 128 MB, of which 0.8 runs four times as fast. */
    ck_assert_double_eq_tol(metric(&r, "duration_ms.max"), 160 * (0.2 + 0.8 / 4), 1e-5);
    case_result_finish(&r);
    /* Measured points win over a CPU period. */
    const double mb[] = {128, 512}, ms[] = {100, 50};
    f.cpu.point_mb = mb;
    f.cpu.point_ms = ms;
    f.cpu.points = 2;
    f.cpu.period_ms = 20;
    f.per_record_ns = 0;
    r = case_run(&config, 1, 0, 0, 10);
    ck_assert_double_eq_tol(metric(&r, "duration_ms.max"), 50, 1e-5);
    case_result_finish(&r);
}
END_TEST

TEST_MAIN("unit_function", a_reservation_of_zero_refuses_all, provisioned_concurrency_spills_over,
          cold_starts_by_phase_of_a_schedule, parts_of_a_schedule_are_billed_in_steps,
          busy_environments_leave_with_their_request, daily_actions_come_every_day,
          a_reservation_limits_spillover, region_wide_burst_and_ramp, region_wide_burst_is_shared,
          scaling_rate_of_each_function, synchronous_request_rate, a_full_bucket_gives_every_token,
          billed_time_is_rounded_up, a_timeout_is_billed_and_resets_the_environment,
          a_slow_init_starts_over, out_of_memory_is_an_error_and_resets, log_bytes,
          errors_come_at_their_rate_and_keep_the_environment, environments_by_hand,
          lifetime_by_hand, kept_longer_while_in_use, environments_at_the_start,
          heavy_tails_do_not_overflow, memory_and_records_change_the_duration)
