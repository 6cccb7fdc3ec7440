/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Traces by X-Ray's sampling rule, data transfer, NAT gateways, and the wait for a VPC. */
#include "model_case.h"

#include "harness.h"

static struct function_config function;
static struct model_direct direct;

/* `rate_per_s` requests of 50 ms, evenly. */
static void make(double rate_per_s)
{
    function = case_function("f", case_constant(50e6));
    direct = case_every("w", rate_per_s);
}

static struct case_result run_case(double warm_up_s, double end_s, struct model_config *config)
{
    *config = case_model(&function, 1, &direct, 1);
    config->account.nat_gateways = 3;
    config->account.public_addresses_cost = true;
    return case_run(config, 1, 0, warm_up_s, end_s);
}

static double used(const struct case_result *r, enum meter meter)
{
    return (double)usage_total(&r->usage, meter);
}

static double traces(double rate_per_s, uint32_t reservoir, double rate)
{
    struct model_config config;
    make(rate_per_s);
    function.tracing = (struct trace_config){true, reservoir, rate};
    struct case_result r = run_case(100, 1100, &config);
    ck_assert_int_eq(r.status, MODEL_DONE);
    const double recorded = used(&r, METER_XRAY_TRACES);
    ck_assert_double_eq(case_metric(&r, "function:f", "traces_recorded"), recorded);
    case_result_finish(&r);
    return recorded;
}

START_TEST(traces_by_the_sampling_rule)
{
    ck_assert_double_eq(traces(10, 1, 0), 1000);
    ck_assert_double_eq(traces(10, 4, 0), 4000);
    ck_assert_double_eq(traces(10, 0, 1), 10000);
    ck_assert_double_eq(traces(0.1, 1, 0), 100);
    /* Of 9,000 others 450 in the mean, with a deviation of 20.7. */
    const double some = traces(10, 1, 0.05);
    ck_assert_double_ge(some, 1000 + 450 - 100);
    ck_assert_double_le(some, 1000 + 450 + 100);
}
END_TEST

START_TEST(bytes_of_each_invocation)
{
    struct model_config config;
    make(10);
    function.transfer =
        (struct transfer_config){.internet = 1000, .other_region = 200, .other_zone = 30, .nat = 4};
    struct case_result r = run_case(100, 1100, &config);
    const double n = case_metric(&r, "function:f", "invocations");
    ck_assert_double_eq(n, 10000);
    ck_assert_double_eq(used(&r, METER_TRANSFER_INTERNET_BYTES), 1000 * n);
    ck_assert_double_eq(used(&r, METER_TRANSFER_REGION_BYTES), 200 * n);
    ck_assert_double_eq(used(&r, METER_TRANSFER_ZONE_BYTES), 2 * 30 * n);
    ck_assert_double_eq(used(&r, METER_NAT_BYTES), 4 * n);
    ck_assert_double_eq(used(&r, METER_NAT_MS), 3 * 1000e3);
    ck_assert_double_eq(used(&r, METER_PUBLIC_IPV4_MS), 3 * 1000e3); /* one of each gateway */
    case_result_finish(&r);
}
END_TEST

START_TEST(answers_to_the_internet)
{
    struct model_config config;
    make(10);
    function.error_rate = 0.5;
    direct.waits = true;
    direct.gateway.kind = GATEWAY_REST;
    direct.client = (struct client_config){.budget = -1, .response_bytes = 4000, .internet = true};
    struct case_result r = run_case(100, 1100, &config);
    const double answers = case_metric(&r, "workload:w", "succeeded");
    ck_assert_double_lt(answers, 6000);
    ck_assert_double_gt(answers, 4000);
    ck_assert_double_eq(used(&r, METER_TRANSFER_INTERNET_BYTES), 4000 * answers);
    case_result_finish(&r);
    direct.client.internet = false;
    r = run_case(100, 1100, &config);
    ck_assert_double_eq(used(&r, METER_TRANSFER_INTERNET_BYTES), 0);
    case_result_finish(&r);
}
END_TEST

START_TEST(a_vpc_is_waited_for_and_not_billed)
{
    struct model_config config;
    make(1);
    function.init_ns = case_constant(200e6);
    function.init_billed = true;
    struct case_result without = run_case(0, 60, &config);
    function.attach_ns = case_constant(9.3e9);
    function.has_attach = true;
    struct case_result with = run_case(0, 60, &config);
    /* Nine more requests come before the first environment is there. */
    ck_assert_double_eq(case_metric(&without, "function:f", "cold_starts"), 1);
    ck_assert_double_eq(case_metric(&with, "function:f", "cold_starts"), 10);
    ck_assert_double_eq(case_metric(&with, "function:f", "init_duration_ms.max"), 200);
    ck_assert_double_eq_tol(case_metric(&with, "function:f", "latency_ms.max"), 9550, 10);
    ck_assert_double_eq(case_metric(&with, "function:f", "billed_ms"),
                        case_metric(&without, "function:f", "billed_ms") + 9 * 200);
    ck_assert_double_eq(used(&with, METER_XRAY_TRACES), 0);
    case_result_finish(&with);
    case_result_finish(&without);
}
END_TEST

TEST_MAIN("side_costs", traces_by_the_sampling_rule, bytes_of_each_invocation,
          answers_to_the_internet, a_vpc_is_waited_for_and_not_billed)
