/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The whole model of a function against closed forms. A function with a concurrency limit, Poisson
 * arrivals and no retries is an Erlang loss system, whose loss does not depend on the shape of the
 * duration; without a limit it is M/G/infinity, Poisson in number (Kleinrock, Queueing Systems,
 * volume 1, 1975). Tolerances are the run's own; seeds are fixed. Scaling and rate limits are off:
 * they would refuse more.
 */
#include "harness.h"
#include "model_case.h"

#include <math.h>
#include <stdio.h>

#define REPLICATIONS 12
#ifdef __SANITIZE_ADDRESS__
#define LENGTH 0.3 /* of the runs, at a tenth of the speed; intervals grow by its root */
#define SHORT_RUNS 450
#else
#define LENGTH 1.0
#define SHORT_RUNS 1500
#endif

static double erlang_b(int servers, double load)
{
    double inverse = 1;
    for (int n = 1; n <= servers; n++)
        inverse = 1 + inverse * n / load;
    return 1 / inverse;
}

enum pool { ACCOUNT, RESERVED };

/* Loss of a function with a mean duration of one second: refused of all that came. */
static void check_loss(int limit, double load, struct distribution duration_ns, enum pool pool,
                       double narrow, double end_s)
{
    struct function_config function = case_function("f", duration_ns);
    struct model_direct direct = case_poisson("w", load);
    struct model_config model = case_model(&function, 1, &direct, 1);
    if (pool == RESERVED)
        function.reserved = limit;
    else
        model.account.concurrent_executions = limit;
    double loss[REPLICATIONS], carried[REPLICATIONS];
    for (size_t i = 0; i < REPLICATIONS; i++) {
        struct case_result r = case_run(&model, 71, i, 30, 30 + end_s * LENGTH);
        ck_assert_msg(r.status == MODEL_DONE, "%s", r.failure);
        const double refused = case_metric(&r, "workload:w", "requests_refused");
        loss[i] = refused / case_metric(&r, "workload:w", "requests");
        carried[i] = case_metric(&r, "function:f", "concurrent_executions.mean");
        ck_assert_double_eq(refused,
                            case_metric(&r, "function:f",
                                        pool == RESERVED ? "throttles.reserved_concurrency"
                                                         : "throttles.account_concurrency"));
        ck_assert_double_eq(refused, case_metric(&r, "function:f", "throttles"));
        ck_assert_double_eq(refused, (double)r.lost);
        ck_assert_double_le(case_metric(&r, "function:f", "concurrent_executions.max"), limit);
        case_result_finish(&r);
    }
    char what[80];
    snprintf(what, sizeof what, "B(%d, %g) kind %d", limit, load, (int)duration_ns.kind);
    case_agrees(loss, REPLICATIONS, erlang_b(limit, load), narrow / sqrt(LENGTH), what);
    case_agrees(carried, REPLICATIONS, load * (1 - erlang_b(limit, load)), 0.1, what);
}

START_TEST(erlang_b_is_what_the_tables_say)
{
    ck_assert_double_eq_tol(erlang_b(5, 1), 0.00306748, 5e-9);
    ck_assert_double_eq_tol(erlang_b(15, 10), 0.03649695, 5e-9);
    ck_assert_double_eq_tol(erlang_b(64, 50), 0.00843943, 5e-9);
    ck_assert_double_eq_tol(erlang_b(117, 100), 0.00979007, 5e-9);
    ck_assert_double_eq_tol(erlang_b(1000, 2016), 0.5044546, 5e-8);
}
END_TEST

START_TEST(a_reservation_loses_as_erlang_b_whatever_the_shape)
{
    const struct distribution shape[] = {case_exponential(1e9), case_constant(1e9),
                                         case_lognormal(1e9, 1)};
    for (size_t i = 0; i < 3; i++) {
        check_loss(5, 1, shape[i], RESERVED, 0.25, 40000);
        check_loss(15, 10, shape[i], RESERVED, 0.1, 3000);
        check_loss(64, 50, shape[i], RESERVED, 0.25, 1500);
        check_loss(117, 100, shape[i], RESERVED, 0.25, 900);
    }
}
END_TEST

START_TEST(the_account_loses_as_erlang_b_whatever_the_shape)
{
    const struct distribution shape[] = {case_exponential(1e9), case_constant(1e9),
                                         case_lognormal(1e9, 1)};
    for (size_t i = 0; i < 3; i++) {
        check_loss(15, 10, shape[i], ACCOUNT, 0.1, 3000);
        check_loss(64, 50, shape[i], ACCOUNT, 0.25, 1500);
        /* Not at 100: constant durations then repeat each other's phases for minutes. */
        check_loss(10, 30, shape[i], ACCOUNT, 0.02, 700);
    }
}
END_TEST

/* Two functions on one account are one loss system of both loads: the pool is shared. */
START_TEST(functions_share_the_unreserved_pool)
{
    struct function_config function[] = {case_function("a", case_exponential(1e9)),
                                         case_function("b", case_constant(2e9)),
                                         case_function("c", case_constant(1e9))};
    function[2].reserved = 4; /* apart from the others' 15 */
    struct model_direct direct[] = {case_poisson("x", 6), case_poisson("y", 2),
                                    case_poisson("z", 2)};
    direct[1].to.index = 1;
    direct[2].to.index = 2;
    struct model_config model = case_model(function, 3, direct, 3);
    model.account.concurrent_executions = 19;
    model.account.set_aside = 4;
    double loss[REPLICATIONS], apart[REPLICATIONS];
    for (size_t i = 0; i < REPLICATIONS; i++) {
        struct case_result r = case_run(&model, 72, i, 30, 3000);
        ck_assert_int_eq(r.status, MODEL_DONE);
        loss[i] =
            (case_metric(&r, "workload:x", "requests_refused") +
             case_metric(&r, "workload:y", "requests_refused")) /
            (case_metric(&r, "workload:x", "requests") + case_metric(&r, "workload:y", "requests"));
        apart[i] = case_metric(&r, "workload:z", "requests_refused") /
                   case_metric(&r, "workload:z", "requests");
        case_result_finish(&r);
    }
    case_agrees(loss, REPLICATIONS, erlang_b(15, 10), 0.15, "shared pool");
    case_agrees(apart, REPLICATIONS, erlang_b(4, 2), 0.1, "reserved beside it");
}
END_TEST

START_TEST(without_a_limit_concurrency_is_poisson)
{
    const struct distribution shape[] = {case_exponential(3e9), case_constant(3e9),
                                         case_lognormal(3e9, 0.8)};
    for (size_t k = 0; k < 3; k++) {
        struct function_config function = case_function("f", shape[k]);
        struct model_direct direct = case_poisson("w", 7);
        const struct model_config config = case_model(&function, 1, &direct, 1);
        double mean[REPLICATIONS];
        case_replicate(&config, 73, REPLICATIONS, 60, 4000, "function:f",
                       "concurrent_executions.mean", mean);
        case_agrees(mean, REPLICATIONS, 21, 0.02, "M/G/infinity: mean");
        /* The level at one instant, over many short independent runs: mean = variance = 21. */
        enum { RUNS = SHORT_RUNS };
        double level[RUNS], square[RUNS], sum = 0;
        for (size_t i = 0; i < RUNS; i++) {
            struct case_result r = case_run(&config, 74, i, 40, 40.000001);
            level[i] = round(case_metric(&r, "function:f", "concurrent_executions.mean"));
            sum += level[i];
            case_result_finish(&r);
        }
        for (size_t i = 0; i < RUNS; i++)
            square[i] = (level[i] - sum / RUNS) * (level[i] - sum / RUNS);
        case_agrees(level, RUNS, 21, 0.03 / sqrt(LENGTH), "M/G/infinity: level");
        case_agrees(square, RUNS, 21, 0.15 / sqrt(LENGTH), "M/G/infinity: variance");
    }
}
END_TEST

/* L = lambda W exactly, but for what the edges of the run cut. */
START_TEST(littles_law_holds_in_every_run)
{
    struct function_config function = case_function("f", case_lognormal(0.4e9, 1));
    function.init_ns = case_exponential(0.3e9);
    function.keep_alive_ns = case_exponential(20e9);
    struct model_direct direct = case_poisson("w", 5);
    const struct model_config config = case_model(&function, 1, &direct, 1);
    for (size_t i = 0; i < 4; i++) {
        const double warm_up_s = i % 2 == 0 ? 0 : 500, end_s = 20000;
        struct case_result r = case_run(&config, 75, i, warm_up_s, end_s);
        const double busy_s = case_metric(&r, "function:f", "invocations") *
                                  case_metric(&r, "function:f", "duration_ms.mean") / 1e3 +
                              case_metric(&r, "function:f", "cold_starts") *
                                  case_metric(&r, "function:f", "init_duration_ms.mean") / 1e3;
        const double level_s =
            case_metric(&r, "function:f", "concurrent_executions.mean") * (end_s - warm_up_s);
        ck_assert_double_gt(busy_s, 30000);
        ck_assert_double_eq_tol(busy_s, level_s, 60); /* a dozen of runs cut in two */
        /* and of environments: busy + idle = alive */
        ck_assert_double_eq_tol(case_metric(&r, "function:f", "environments.mean"),
                                case_metric(&r, "function:f", "environments_idle.mean") +
                                    case_metric(&r, "function:f", "concurrent_executions.mean"),
                                1e-9);
        case_result_finish(&r);
    }
}
END_TEST

/*
 * At most one environment, calls of no length: a cold start is a gap longer than the keep-alive.
 * Poisson calls at rate r, keep-alive K: p = exp(-rK); exponential keep-alive of mean K:
 * p = 1 / (1 + rK).
 */
START_TEST(cold_starts_of_a_single_environment)
{
    struct function_config function = case_function("f", case_constant(0));
    struct model_direct direct = case_poisson("w", 0.01);
    const struct model_config config = case_model(&function, 1, &direct, 1);
    double ratio[REPLICATIONS];
    function.keep_alive_ns = case_constant(150e9);
    case_replicate(&config, 76, REPLICATIONS, 1000, 1e6, "function:f", "cold_start_ratio", ratio);
    case_agrees(ratio, REPLICATIONS, exp(-1.5), 0.04, "constant keep-alive");
    function.keep_alive_ns = case_exponential(150e9);
    case_replicate(&config, 77, REPLICATIONS, 1000, 1e6, "function:f", "cold_start_ratio", ratio);
    case_agrees(ratio, REPLICATIONS, 1 / 2.5, 0.02, "exponential keep-alive");
    /* A lifetime of L ends it as well: renewal of cycles of length L + gap of the next call, when
     * idling alone never does. */
    function.keep_alive_ns = case_constant(1e15);
    function.has_lifetime = true;
    function.lifetime_ns = case_constant(900e9);
    case_replicate(&config, 78, REPLICATIONS, 1000, 1e6, "function:f", "cold_start_ratio", ratio);
    case_agrees(ratio, REPLICATIONS, 1 / (1 + 0.01 * 900), 0.02, "lifetime");
}
END_TEST

TEST_MAIN("theory_lambda", erlang_b_is_what_the_tables_say,
          a_reservation_loses_as_erlang_b_whatever_the_shape,
          the_account_loses_as_erlang_b_whatever_the_shape, functions_share_the_unreserved_pool,
          without_a_limit_concurrency_is_poisson, littles_law_holds_in_every_run,
          cold_starts_of_a_single_environment)
