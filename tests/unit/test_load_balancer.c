/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Load balancer capacity units by hand: the largest dimension of each hour. */
#include "aws/load_balancer.h"
#include "harness.h"
#include "model_case.h"

/* 25 new connections/s, 3,000 active, 1 GB an hour, ten requests a connection. */
static const struct load_balancer_config rules = {25, 3000, 1e9, 10};

/* `requests` of `bytes` in each hour, for so many hours; ticked every minute. */
static int64_t lcu_ms(double requests, double bytes, double hours, int64_t *ret_ms)
{
    struct simulation simulation = {0};
    struct load_balancer balancer;
    load_balancer_init(&balancer, &simulation, &rules, "workload:w");
    const int minutes = (int)(hours * 60 + 0.5);
    for (int i = 0; i < minutes; i++) {
        for (int k = 0; k < requests / 60; k++)
            load_balancer_request(&balancer, bytes);
        simulation.queue.now_ns += NS_PER_MINUTE;
        load_balancer_class.tick(&balancer);
    }
    struct usage usage;
    usage_init(&usage);
    load_balancer_class.usage(&balancer, &usage);
    const int64_t result = (int64_t)usage_total(&usage, METER_ALB_LCU_MS);
    *ret_ms = (int64_t)usage_total(&usage, METER_ALB_MS);
    ck_assert_str_eq(usage.line[0].entity, "workload:w");
    usage_finish(&usage);
    return result;
}

START_TEST(the_largest_dimension_counts)
{
    int64_t ms;
    /* 3,600 requests/h = 0.1 connections/s: 0.004 by new, 0.002 by active, 3.6 by bytes. */
    ck_assert_int_eq(lcu_ms(3600, 1e6, 1, &ms), INT64_C(12960000));
    ck_assert_int_eq(ms, 3600000);
    /* Small ones: new connections win (by active is half of it at these rules). */
    ck_assert_int_eq(lcu_ms(36000, 100, 1, &ms), 3600000 / 25);
    ck_assert_int_eq(lcu_ms(0, 0, 5, &ms), 0);
    ck_assert_int_eq(ms, 5 * 3600000);
}
END_TEST

START_TEST(active_connections_count)
{
    struct simulation simulation = {0};
    struct load_balancer balancer;
    const struct load_balancer_config few = {25, 60, 1e9, 1};
    load_balancer_init(&balancer, &simulation, &few, "w");
    for (int i = 0; i < 7200; i++) /* 2/s, each alive for a minute: 120 active of 60 */
        load_balancer_request(&balancer, 0);
    simulation.queue.now_ns = NS_PER_HOUR;
    load_balancer_class.tick(&balancer);
    struct usage usage;
    usage_init(&usage);
    load_balancer_class.usage(&balancer, &usage);
    ck_assert_int_eq((int64_t)usage_total(&usage, METER_ALB_LCU_MS), 2 * 3600000);
    usage_finish(&usage);
}
END_TEST

/* Of requests that take longer than a minute each has a connection: 2/s of 90 s, 180 active. */
START_TEST(slow_requests_hold_connections)
{
    struct simulation simulation = {0};
    struct load_balancer balancer;
    load_balancer_init(&balancer, &simulation, &rules, "w");
    for (int i = 0; i < 7200; i++) {
        load_balancer_request(&balancer, 0);
        load_balancer_end(&balancer, 0, 90 * NS_PER_S);
    }
    simulation.queue.now_ns = NS_PER_HOUR;
    struct usage usage;
    usage_init(&usage);
    load_balancer_class.usage(&balancer, &usage);
    ck_assert_int_eq((int64_t)usage_total(&usage, METER_ALB_LCU_MS), 3600000 * 180 / 3000);
    usage_finish(&usage);
}
END_TEST

/* Callers that wait get an answer after 70 s, or 504 after 60 s and not a byte. */
START_TEST(answers_that_nobody_gets_are_no_bytes)
{
    struct function_config function = case_function("f", case_constant(70e9));
    struct model_direct direct = case_every("w", 1);
    direct.waits = direct.through_load_balancer = true;
    direct.client.budget = -1;
    direct.client.response_bytes = 1e6;
    direct.gateway.kind = GATEWAY_ALB;
    const struct model_config config = case_model(&function, 1, &direct, 1);
    for (int late = 0; late < 2; late++) {
        direct.gateway.timeout_ns = late ? 60 * NS_PER_S : 0;
        struct case_result r = case_run(&config, 1, 0, 600, 4200);
        ck_assert_int_eq(case_usage(&r, "workload:w", METER_ALB_LCU_MS),
                         late ? 3600000 * 60 / 3000 : INT64_C(12960000));
        case_result_finish(&r);
    }
}
END_TEST

/* An hour of bytes and an hour of connections cost the maximum of each, not of their mean; a part
 * of an hour counts for its length. */
START_TEST(hours_are_apart)
{
    struct simulation simulation = {0};
    struct load_balancer balancer;
    load_balancer_init(&balancer, &simulation, &rules, "w");
    load_balancer_request(&balancer, 5e9); /* 5 LCU */
    simulation.queue.now_ns = NS_PER_HOUR;
    load_balancer_class.tick(&balancer);
    for (int i = 0; i < 2700000; i++) /* 750/s = 75 connections/s = 3 LCU */
        load_balancer_request(&balancer, 0);
    simulation.queue.now_ns = 2 * NS_PER_HOUR;
    load_balancer_class.tick(&balancer);
    load_balancer_request(&balancer, 1e9); /* in half an hour: 2 LCU for half an hour */
    simulation.queue.now_ns += NS_PER_HOUR / 2;
    load_balancer_class.tick(&balancer);
    struct usage usage;
    usage_init(&usage);
    load_balancer_class.usage(&balancer, &usage);
    ck_assert_int_eq((int64_t)usage_total(&usage, METER_ALB_LCU_MS), (5 + 3 + 1) * 3600000);
    ck_assert_int_eq((int64_t)usage_total(&usage, METER_ALB_MS), 9000000);
    usage_finish(&usage);
    load_balancer_class.reset(&balancer);
    simulation.queue.now_ns += NS_PER_MINUTE;
    usage_init(&usage);
    load_balancer_class.usage(&balancer, &usage);
    ck_assert_int_eq((int64_t)usage_total(&usage, METER_ALB_LCU_MS), 0);
    ck_assert_int_eq((int64_t)usage_total(&usage, METER_ALB_MS), 60000);
    usage_finish(&usage);
}
END_TEST

/* In a model: requests that are refused pass the balancer too, but nothing comes back. */
START_TEST(in_front_of_a_function)
{
    struct function_config function = case_function("f", case_constant(1e9));
    struct model_direct direct = case_every("w", 10);
    direct.through_load_balancer = true;
    direct.config.request_bytes = 30000;
    direct.config.response_bytes = 70000;
    const struct model_config config = case_model(&function, 1, &direct, 1);
    struct case_result r = case_run(&config, 1, 0, 600, 4200);
    /* 1 MB/s = 3.6 GB in the hour that is measured. */
    ck_assert_int_eq(case_usage(&r, "workload:w", METER_ALB_LCU_MS), INT64_C(12960000));
    ck_assert_int_eq(case_usage(&r, "workload:w", METER_ALB_MS), 3600000);
    case_result_finish(&r);
    function.reserved = 0;
    r = case_run(&config, 1, 0, 600, 4200);
    ck_assert_int_eq(case_usage(&r, "workload:w", METER_ALB_LCU_MS), INT64_C(3888000));
    case_result_finish(&r);
    direct.through_load_balancer = false;
    r = case_run(&config, 1, 0, 0, 100);
    ck_assert_int_eq(case_usage(&r, "workload:w", METER_ALB_MS), 0);
    case_result_finish(&r);
}
END_TEST

TEST_MAIN("unit_load_balancer", the_largest_dimension_counts, active_connections_count,
          slow_requests_hold_connections, answers_that_nobody_gets_are_no_bytes, hours_are_apart,
          in_front_of_a_function)
