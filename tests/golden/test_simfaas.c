/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Against others' results: SimFaaS (Mahmoudi and Khazaei, "SimFaaS: A Performance Simulator for
 * Serverless Computing Platforms", 2021), a simulator that was validated on AWS Lambda, and calls
 * of Lambda itself that the same authors recorded in 2020 (data/traces/pacslab-lambda-2020).
 */
#include "harness.h"
#include "model_case.h"
#include "traces/trace.h"

#include <math.h>
#include <stdio.h>

#ifdef __SANITIZE_ADDRESS__
#define REPLICATIONS 4 /* a tenth of the speed */
#define BUSY_REPLICATIONS 1
#else
#define REPLICATIONS 40
#define BUSY_REPLICATIONS 10
#endif
#define Z999 3.2905 /* 99.9 % of a normal, both sides */

/*
 * Poisson 0.9/s, warm exponential 1.991 s, cold exponential 2.244 s, kept for 600 s, newest idle
 * environment first, 1,000,000 s from empty. The figures are those of an independent event-oriented
 * model over 400 replications (mean, half-width of its 95 % interval), which agree with SimFaaS's
 * own runs. The difference of two means must lie within 99.9 % of what their deviations allow.
 */
START_TEST(simfaas_case)
{
    static const struct {
        const char *metric;
        double mean, half;
    } golden[] = {
        {"cold_start_ratio", 0.0013394, 2.9e-6},
        {"environments.mean", 7.6954, 0.0021},
        {"concurrent_executions.mean", 1.79213, 0.00027},
        {"environments_idle.mean", 5.9033, 0.0021},
        {"environment_lifespan_s.mean", 6406, 13},
    };
    enum { METRICS = sizeof golden / sizeof *golden };
    struct function_config function = case_function("f", case_exponential(1.991e9));
    function.has_cold_duration = true;
    function.cold_duration_ns = case_exponential(2.244e9);
    struct model_direct direct = case_poisson("w", 0.9);
    struct model_config config = case_model(&function, 1, &direct, 1);
    /* Limits that never bind here, as a user's scenario of 2020 has them. */
    config.account.burst_initial = 3000;
    config.account.burst_per_minute = 500;
    config.account.rate_multiple = function.rate_multiple = 10;
    double sum[METRICS] = {0};
    for (size_t i = 0; i < REPLICATIONS; i++) {
        struct case_result r = case_run(&config, 2021, i, 0, 1e6);
        ck_assert_msg(r.status == MODEL_DONE, "%s", r.failure);
        ck_assert_uint_gt(r.invocations, 890000);
        for (size_t k = 0; k < METRICS; k++)
            sum[k] += case_metric(&r, "function:f", golden[k].metric);
        case_result_finish(&r);
    }
    for (size_t k = 0; k < METRICS; k++) {
        const double deviation = golden[k].half / 1.966 * sqrt(400); /* between runs */
        const double allowed = Z999 * deviation * sqrt(1.0 / REPLICATIONS + 1.0 / 400);
        const double mean = sum[k] / REPLICATIONS;
        ck_assert_msg(fabs(mean - golden[k].mean) <= allowed, "%s: %.8g, expected %.8g +- %.2g",
                      golden[k].metric, mean, golden[k].mean, allowed);
    }
    /* Exact: running = rate x mean duration, cold starts included. */
    const double ratio = sum[0] / REPLICATIONS;
    ck_assert_double_eq_tol(sum[2] / REPLICATIONS, 0.9 * (1.991 + ratio * 0.253),
                            Z999 * 0.00027 / 1.966 * sqrt(400.0 / REPLICATIONS));
}
END_TEST

/* SimFaaS's example of a full account: 1000/s, exponential 2.016 s, at most 1000 at once, 1000 s
 * from empty: 0.5039 rejected (rounded to four places; 0.5044546 in steady state, Erlang B). */
START_TEST(simfaas_rejections)
{
    struct function_config function = case_function("f", case_exponential(2.016e9));
    struct model_direct direct = case_poisson("w", 1000);
    const struct model_config config = case_model(&function, 1, &direct, 1);
    const double deviation = 0.00083; /* between runs: of this model, 100 replications */
    double sum = 0;
    for (size_t i = 0; i < BUSY_REPLICATIONS; i++) {
        struct case_result r = case_run(&config, 2022, i, 0, 1000);
        ck_assert_int_eq(r.status, MODEL_DONE);
        sum += case_metric(&r, "workload:w", "requests_refused") /
               case_metric(&r, "workload:w", "requests");
        case_result_finish(&r);
    }
    const double allowed = Z999 * deviation * sqrt(1.0 / BUSY_REPLICATIONS + 1) + 0.00005;
    ck_assert_msg(fabs(sum / BUSY_REPLICATIONS - 0.5039) <= allowed, "rejected %.6f +- %.2g",
                  sum / BUSY_REPLICATIONS, allowed);
}
END_TEST

struct recording {
    const char *file;
    int calls, cold;
    double billed_ms; /* the sum of aws_billed_duration */
    int64_t end_s;    /* after the last call */
    int environments; /* of the replay: an independent program found as many */
    struct diagnostics diagnostics;
};

static int open_recording(void *context, const char *workload, struct arrival_source *ret)
{
    (void)workload;
    struct recording *const recording = context;
    char path[512], time_column[] = "start_time", duration_column[] = "aws_duration";
    snprintf(path, sizeof path, "%s/traces/pacslab-lambda-2020/%s", DATA_DIR, recording->file);
    const struct arrivals_spec spec = {.process = ARRIVALS_TRACE,
                                       .file = path,
                                       .time_column = time_column,
                                       .duration_column = duration_column,
                                       .time_unit = TIME_UNIT_MS,
                                       .duration_unit = TIME_UNIT_MS,
                                       .rate_scale = 1,
                                       .time_scale = 1};
    return trace_open(ret, &spec, &recording->diagnostics);
}

/*
 * Every call's arrival and duration are the recorded ones, so the bill must be the recorded one to
 * the millisecond. Cold starts are the model's: environments kept for 600 s when idle (the rule of
 * 2020) and replaced 7,330 s after they began, whatever their use: no environment in either file
 * was seen for longer than 7,328 s, although calls at 0.0164/s would keep one alive for days.
 *
 * Compared are environments that began: in the model the first call's too, in the recording the one
 * that its first call found warm. The replay has no luck of its own; the recording's count is taken
 * as Poisson.
 */
START_TEST(recorded_calls_of_2020)
{
    const struct recording recordings[] = {
        {"res-01-2020-05-26_01-31-35.csv", 1648, 29, 3136600, 120000, 35, {0}},
        {"res-01-2020-06-10_22-20-08.csv", 428, 32, 818200, 120000, 34, {0}},
    };
    for (size_t i = 0; i < sizeof recordings / sizeof *recordings; i++) {
        struct recording recording = recordings[i];
        struct function_config function = case_function("f", case_constant(1e9));
        function.billing_granularity_ns = 100 * NS_PER_MS;
        function.init_billed = false;
        function.has_lifetime = true;
        function.lifetime_ns = case_constant(7330e9);
        struct model_direct direct = case_source("w");
        struct model_config config = case_model(&function, 1, &direct, 1);
        config.open_source = open_recording;
        config.context = &recording;
        diagnostics_init(&recording.diagnostics);
        struct case_result r = case_run(&config, 1, 0, 0, (double)recording.end_s);
        ck_assert_msg(r.status == MODEL_DONE, "%s", r.failure);
        ck_assert_double_eq(case_metric(&r, "function:f", "invocations"), recording.calls);
        ck_assert_double_eq(case_metric(&r, "function:f", "billed_ms"), recording.billed_ms);
        ck_assert_int_eq(case_usage(&r, "function:f", METER_LAMBDA_X86_MB_MS),
                         (int64_t)recording.billed_ms * 128);
        const double began = case_metric(&r, "function:f", "cold_starts");
        ck_assert_double_eq(began, recording.environments);
        const double seen = recording.cold + 1;
        ck_assert_msg(fabs(began - seen) <= 1.96 * sqrt(seen), "%s: %g began, %g were seen",
                      recording.file, began, seen);
        ck_assert_uint_eq(recording.diagnostics.errors, 0);
        diagnostics_finish(&recording.diagnostics);
        case_result_finish(&r);
    }
}
END_TEST

TEST_MAIN("golden_simfaas", simfaas_case, simfaas_rejections, recorded_calls_of_2020)
