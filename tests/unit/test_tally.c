/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several workloads of one function: whose cold starts, durations and errors are whose. */
#include "harness.h"
#include "model_case.h"

#include <string.h>

/* Idle environments live for 360 s; "w" calls every 1,000 s and always finds its own gone. */
static struct function_config function_of(void)
{
    struct function_config f = case_function("f", case_constant(100e6));
    f.init_ns = case_constant(1e9);
    f.keep_alive_ns = case_constant(360e9);
    return f;
}

/* Four at once every 300 s, from 1 s on, each 50 ms long. */
static struct model_direct warmer(void)
{
    struct model_direct d = case_source("pings");
    d.config.duration_ns = case_constant(50e6);
    d.config.has_duration = true;
    d.async = true;
    return d;
}

static size_t count_metric(const struct case_result *r, const char *entity, const char *metric)
{
    size_t count = 0;
    for (size_t i = 0; i < r->metrics; i++)
        count +=
            strcmp(r->metric[i].entity, entity) == 0 && strcmp(r->metric[i].metric, metric) == 0;
    return count;
}

START_TEST(a_warmer_takes_the_cold_starts)
{
    const struct arrival ping = {
        .start_ns = NS_PER_S, .end_ns = NS_PER_S, .count = 4, .bytes = -1, .duration_ns = -1};
    struct case_arrivals list = {&ping, 1, SECONDS(300), 0, 0};
    struct function_config function = function_of();
    struct model_direct direct[2] = {case_every("w", 0.001), warmer()};
    struct model_config config = case_model(&function, 1, direct, 1);
    config.context = &list;
    struct case_result r = case_run(&config, 1, 0, 0, 100000);
    ck_assert_double_eq(case_metric(&r, "function:f", "cold_starts"), 100);
    /* Alone it has no figures but the function's. */
    ck_assert_uint_eq(count_metric(&r, "workload:w", "cold_starts"), 0);
    case_result_finish(&r);

    config.directs = 2;
    r = case_run(&config, 1, 0, 0, 100000);
    ck_assert_int_eq(r.status, MODEL_DONE);
    ck_assert_double_eq(case_metric(&r, "function:f", "cold_starts"), 4);
    ck_assert_double_eq(case_metric(&r, "workload:pings", "cold_starts"), 4);
    ck_assert_double_eq(case_metric(&r, "workload:w", "cold_starts"), 0);
    ck_assert_double_eq(case_metric(&r, "workload:w", "cold_start_ratio"), 0);
    ck_assert_double_eq(case_metric(&r, "workload:w", "invocations"), 100);
    ck_assert_double_eq(case_metric(&r, "workload:pings", "invocations"), 4 * 334);
    ck_assert_double_eq(case_metric(&r, "workload:pings", "duration_ms.max"), 50);
    ck_assert_double_eq(case_metric(&r, "workload:w", "duration_ms.min"), 100);
    ck_assert_double_eq(case_metric(&r, "workload:w", "latency_ms.max"), 100);
    ck_assert_double_eq(case_metric(&r, "workload:w", "billed_ms"), 10000);
    ck_assert_double_eq(case_metric(&r, "function:f", "billed_ms"),
                        10000 + 4 * 334 * 50 + 4 * 1000);
    case_result_finish(&r);
    /* After a warm-up only what ended later counts. */
    r = case_run(&config, 1, 0, 50000, 100000);
    ck_assert_double_eq(case_metric(&r, "workload:w", "invocations"), 50);
    ck_assert_double_eq(case_metric(&r, "workload:pings", "cold_starts"), 0);
    case_result_finish(&r);
}
END_TEST

/* A caller that waits reports its latency itself; errors are each workload's own. */
START_TEST(callers_have_figures_too)
{
    struct function_config function = function_of();
    function.error_rate = 0.25;
    struct model_direct direct[2] = {case_every("a", 10), case_every("b", 10)};
    direct[0].waits = true;
    direct[0].client.budget = -1;
    direct[0].gateway.overhead_ns = NS_PER_MS;
    const struct model_config config = case_model(&function, 1, direct, 2);
    struct case_result r = case_run(&config, 1, 0, 0, 1000);
    ck_assert_uint_eq(count_metric(&r, "workload:a", "latency_ms.p50"), 1);
    ck_assert_uint_eq(count_metric(&r, "workload:b", "latency_ms.p50"), 1);
    ck_assert_double_eq(case_metric(&r, "workload:a", "latency_ms.min"), 101);
    ck_assert_double_eq(case_metric(&r, "workload:b", "latency_ms.min"), 100);
    ck_assert_double_eq(case_metric(&r, "workload:a", "errors"),
                        case_metric(&r, "workload:a", "failed.function_error"));
    ck_assert_double_eq(case_metric(&r, "workload:a", "errors") +
                            case_metric(&r, "workload:b", "errors"),
                        case_metric(&r, "function:f", "errors"));
    case_result_finish(&r);
}
END_TEST

TEST_MAIN("unit_tally", a_warmer_takes_the_cold_starts, callers_have_figures_too)
