/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fitting gives back what records were drawn from, within sampling error, and says what it cannot
 * tell. */
#include "harness.h"

#include "scenario/scenario.h"
#include "studies/fit.h"
#include "studies/fit_keep_alive.h"
#include "support/date.h"

#include <math.h>
#include <string.h>

#define SECOND INT64_C(1000000000)
#define SAMPLES 5000

static struct fit_choice fit_of(const struct distribution *from, size_t count)
{
    double *const sample = malloc(count * sizeof *sample);
    struct random_stream random;
    struct fit_choice choice;
    ck_assert_ptr_nonnull(sample);
    random_init(&random, 7, 0, "test", "samples");
    for (size_t i = 0; i < count; i++)
        sample[i] = distribution_sample(from, &random);
    fit_family(sample, count, false, &choice);
    free(sample);
    return choice;
}

/* Tolerances: five standard errors of the maximum likelihood estimate. */
START_TEST(lognormal_is_recovered)
{
    const struct distribution from = {.kind = DISTRIBUTION_LOGNORMAL, .a = log(250), .b = 0.4};
    struct fit_choice choice = fit_of(&from, SAMPLES);
    ck_assert_int_eq(choice.distribution.kind, DISTRIBUTION_LOGNORMAL);
    ck_assert_double_eq_tol(choice.distribution.a, from.a, 5 * 0.4 / sqrt(SAMPLES));
    ck_assert_double_eq_tol(choice.distribution.b, from.b, 5 * 0.4 / sqrt(2 * SAMPLES));
    ck_assert_double_lt(choice.distance, 1.63 / sqrt(SAMPLES));
    distribution_finish(&choice.distribution);
}
END_TEST

START_TEST(gamma_is_recovered)
{
    const struct distribution from = {.kind = DISTRIBUTION_GAMMA, .a = 3, .b = 40};
    struct fit_choice choice = fit_of(&from, SAMPLES);
    ck_assert_int_eq(choice.distribution.kind, DISTRIBUTION_GAMMA);
    /* var(shape) = shape / (n (shape trigamma(shape) - 1)), trigamma(3) = 0.39493 */
    ck_assert_double_eq_tol(choice.distribution.a, 3, 5 * sqrt(3 / (SAMPLES * (3 * 0.39493 - 1))));
    ck_assert_double_eq_tol(choice.distribution.a * choice.distribution.b, 120,
                            5 * 40 * sqrt(3.0 / SAMPLES));
    distribution_finish(&choice.distribution);
}
END_TEST

START_TEST(weibull_is_recovered)
{
    const struct distribution from = {.kind = DISTRIBUTION_WEIBULL, .a = 2.5, .b = 800};
    struct fit_choice choice = fit_of(&from, SAMPLES);
    ck_assert_int_eq(choice.distribution.kind, DISTRIBUTION_WEIBULL);
    ck_assert_double_eq_tol(choice.distribution.a, 2.5, 5 * 0.78 * 2.5 / sqrt(SAMPLES));
    ck_assert_double_eq_tol(choice.distribution.b, 800, 5 * 1.053 * 800 / 2.5 / sqrt(SAMPLES));
    distribution_finish(&choice.distribution);
}
END_TEST

START_TEST(mixture_is_recovered)
{
    const struct distribution part[2] = {
        {.kind = DISTRIBUTION_LOGNORMAL, .a = log(20), .b = 0.2},
        {.kind = DISTRIBUTION_LOGNORMAL, .a = log(500), .b = 0.3},
    };
    const double weight[2] = {0.7, 0.3};
    struct distribution from;
    distribution_mixture(&from, weight, part, 2);
    struct fit_choice choice = fit_of(&from, SAMPLES);
    const struct distribution *const got = &choice.distribution;
    ck_assert_int_eq(got->kind, DISTRIBUTION_MIXTURE);
    ck_assert_double_eq_tol(got->weight[0], 0.7, 5 * sqrt(0.7 * 0.3 / SAMPLES));
    ck_assert_double_eq_tol(got->component[0].a, log(20), 5 * 0.2 / sqrt(0.7 * SAMPLES));
    ck_assert_double_eq_tol(got->component[0].b, 0.2, 5 * 0.2 / sqrt(1.4 * SAMPLES));
    ck_assert_double_eq_tol(got->component[1].a, log(500), 5 * 0.3 / sqrt(0.3 * SAMPLES));
    ck_assert_double_eq_tol(got->component[1].b, 0.3, 5 * 0.3 / sqrt(0.6 * SAMPLES));
    distribution_finish(&choice.distribution);
    distribution_finish(&from);
}
END_TEST

START_TEST(what_no_family_has_is_empirical)
{
    const struct distribution part[3] = {
        {.kind = DISTRIBUTION_UNIFORM, .a = 10, .b = 11},
        {.kind = DISTRIBUTION_UNIFORM, .a = 100, .b = 101},
        {.kind = DISTRIBUTION_UNIFORM, .a = 1000, .b = 1001},
    };
    const double weight[3] = {1, 1, 1};
    struct distribution from;
    distribution_mixture(&from, weight, part, 3);
    struct fit_choice choice = fit_of(&from, SAMPLES);
    ck_assert_int_eq(choice.distribution.kind, DISTRIBUTION_EMPIRICAL);
    ck_assert_double_gt(choice.distance, FIT_DISTANCE);
    ck_assert_double_eq_tol(distribution_mean(&choice.distribution), distribution_mean(&from), 35);
    distribution_finish(&choice.distribution);
    distribution_finish(&from);
}
END_TEST

START_TEST(few_and_equal_samples)
{
    double few[] = {3, 1, 2}, same[] = {100.01, 100, 100.02}, none[] = {0, 0}, one[] = {5};
    struct fit_choice choice;
    fit_family(few, 3, false, &choice);
    ck_assert_int_eq(choice.distribution.kind, DISTRIBUTION_EMPIRICAL);
    ck_assert_double_eq_tol(distribution_quantile(&choice.distribution, 0.5), 2, 1e-9);
    distribution_finish(&choice.distribution);
    fit_family(same, 3, false, &choice);
    ck_assert_int_eq(choice.distribution.kind, DISTRIBUTION_CONSTANT);
    ck_assert_double_eq_tol(choice.distribution.a, 100.01, 1e-9);
    fit_family(none, 2, false, &choice);
    ck_assert_int_eq(choice.distribution.kind, DISTRIBUTION_CONSTANT);
    fit_family(one, 1, false, &choice);
    ck_assert_double_eq_tol(choice.distribution.a, 5, 1e-9);
}
END_TEST

/* Lives are uniform on 300 to 400 s: so is the curve. */
START_TEST(keep_alive_is_recovered)
{
    struct fit_gaps *const gaps = fit_gaps_create();
    struct fit_keep_alive keep;
    struct distribution curve;
    struct random_stream random;
    random_init(&random, 3, 0, "test", "gaps");
    for (int i = 0; i < 20000; i++) {
        const double gap = 700 * random_uniform(&random);
        fit_gaps_add(gaps, gap, gap > 300 + 100 * random_uniform(&random));
    }
    fit_gaps_estimate(gaps, &keep, &curve);
    ck_assert_ptr_null(distribution_check(&curve));
    ck_assert_double_eq_tol(distribution_mean(&curve), 350, 5);
    ck_assert_double_eq_tol(keep.low_s, 310, 12);
    ck_assert_double_eq_tol(keep.high_s, 390, 12);
    ck_assert_double_lt(keep.longest_warm_s, 400);
    ck_assert_double_gt(keep.shortest_cold_s, 300);
    ck_assert_uint_eq(keep.warm + keep.cold, 20000);
    distribution_finish(&curve);
    fit_gaps_destroy(gaps);
}
END_TEST

static struct invocation_record call_at(double start_s, double ms)
{
    return (struct invocation_record){
        .time_ns = (int64_t)(start_s * 1e9),
        .at_start = true,
        .relative = true,
        .function = "f",
        .duration_ns = (int64_t)(ms * 1e6),
        .billed_ns = UNKNOWN_VALUE,
        .init_ns = UNKNOWN_VALUE,
        .restore_ns = UNKNOWN_VALUE,
        .billed_restore_ns = UNKNOWN_VALUE,
        .memory_mb = UNKNOWN_VALUE,
        .max_memory_mb = UNKNOWN_VALUE,
        .bytes = UNKNOWN_VALUE,
        .cold = UNKNOWN_VALUE,
        .count = 1,
    };
}

/* The scenario as it is read again. */
static struct scenario *scenario_of(struct fit *fit, struct fit_row *ret_row)
{
    static const struct scenario_overrides none = {NULL, NULL, NULL};
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    struct limits *const limits = limits_load(DATA_DIR, &diagnostics);
    const struct fit_options what = {limits, "eu-west-1", true, date_from_civil(2024, 5, 1)};
    ck_assert_int_eq(fit_finish(fit, &what, &diagnostics), 0);
    cJSON *const json = fit_scenario(fit, &what, "fitted", ret_row, &diagnostics);
    char *const text = cJSON_Print(json);
    struct scenario *const scenario =
        scenario_parse(text, strlen(text), "fitted.json",
                       &(struct scenario_data){.limits = limits}, &none, &diagnostics);
    diagnostics_print(&diagnostics, stderr);
    ck_assert_uint_eq(diagnostics.errors, 0);
    ck_assert_ptr_nonnull(scenario);
    cJSON_free(text);
    cJSON_Delete(json);
    limits_destroy(limits);
    diagnostics_finish(&diagnostics);
    return scenario;
}

START_TEST(rates_of_the_day_are_recovered)
{
    struct fit *const fit = fit_create();
    struct fit_row row;
    struct random_stream random;
    random_init(&random, 5, 0, "test", "day");
    double now = 0;
    while (now < 10 * 86400) { /* 0.02 per s, from 08:00 to 16:00 0.1 */
        const double hour = fmod(now / 3600, 24);
        const struct invocation_record call = call_at(now, 20);
        if (random_uniform(&random) < (hour >= 8 && hour < 16 ? 1 : 0.2))
            ck_assert_int_eq(fit_add(fit, &call), 0);
        now += random_exponential(&random) / 0.1;
    }
    struct scenario *const scenario = scenario_of(fit, &row);
    const struct arrivals_spec *const arrivals = &scenario->workload[0].arrivals;
    ck_assert_int_eq(arrivals->process, ARRIVALS_PROFILE);
    ck_assert_double_eq_tol(arrivals->period_s, 86400, 1e-9);
    ck_assert_uint_eq(arrivals->points, 26);
    for (size_t i = 1; i < 25; i++) {
        const double hour = arrivals->point[i].time_s / 3600;
        const double rate = hour > 8 && hour < 16 ? 0.1 : 0.02;
        ck_assert_double_eq_tol(arrivals->point[i].rate_per_s, rate, 5 * sqrt(rate / 36000));
    }
    ck_assert_double_gt(row.dispersion, 1.2); /* the day itself is in it */
    ck_assert_double_eq_tol(scenario->run.duration_s, 86400, 1e-9);
    ck_assert_int_eq(scenario->function[0].duration_ms.kind, DISTRIBUTION_CONSTANT);
    fit_row_finish(&row);
    scenario_destroy(scenario);
    fit_destroy(fit);
}
END_TEST

START_TEST(an_even_rate_stays_one)
{
    struct fit *const fit = fit_create();
    struct fit_row row;
    struct random_stream random;
    random_init(&random, 6, 0, "test", "even");
    double now = 0;
    while (now < 20 * 86400) {
        const struct invocation_record call = call_at(now, 1000 * random_exponential(&random));
        ck_assert_int_eq(fit_add(fit, &call), 0);
        now += random_exponential(&random) / 0.05;
    }
    struct scenario *const scenario = scenario_of(fit, &row);
    const struct arrivals_spec *const arrivals = &scenario->workload[0].arrivals;
    ck_assert_int_eq(arrivals->process, ARRIVALS_POISSON);
    ck_assert_double_eq_tol(arrivals->rate_per_s, 0.05, 5 * sqrt(0.05 / (20 * 86400)));
    ck_assert_double_eq_tol(row.dispersion, 1, 5 * sqrt(2.0 / (20 * 1440)));
    const struct fit_function *const f = fit_function(fit, 0);
    ck_assert_uint_eq(f->warm_ms.count, FIT_RESERVOIR);
    ck_assert_uint_eq(f->warm_ms.seen, f->calls);
    ck_assert_double_eq_tol(distribution_mean(&scenario->function[0].duration_ms), 1000, 60);
    fit_row_finish(&row);
    scenario_destroy(scenario);
    fit_destroy(fit);
}
END_TEST

START_TEST(counts_and_order)
{
    struct fit *const fit = fit_create();
    struct fit_row row;
    const double start[] = {0, 5, 3, 100, 101, 102, 900}; /* 3 comes late, in time for the queue */
    for (size_t i = 0; i < 7; i++) {
        struct invocation_record call = call_at(start[i], 10000);
        call.cold = i == 0 || i == 6;
        call.init_ns = call.cold ? 300 * 1000000 : UNKNOWN_VALUE;
        call.memory_mb = i < 6 ? 256 : 512;
        call.max_memory_mb = 100 + (int64_t)i;
        call.status = i == 3 ? INVOCATION_ERROR : INVOCATION_SUCCESS;
        ck_assert_int_eq(fit_add(fit, &call), 0);
    }
    struct scenario *const scenario = scenario_of(fit, &row);
    const struct fit_function *const f = fit_function(fit, 0);
    ck_assert_uint_eq(f->most_at_once, 3);
    ck_assert_uint_eq(f->out_of_order, 0);
    ck_assert_double_eq_tol(row.cold_ratio, 2.0 / 7, 1e-9);
    ck_assert_double_eq_tol(scenario->function[0].memory_size, 512, 1e-9);
    ck_assert_double_eq_tol(scenario->function[0].error_rate, 1.0 / 7, 1e-6);
    ck_assert_double_eq_tol(scenario->function[0].init_duration_ms->a, 300, 1e-9);
    ck_assert_ptr_null(scenario->function[0].keep_alive_s);
    ck_assert_ptr_nonnull(scenario->function[0].max_memory_used_mb);
    ck_assert_str_eq(scenario->region, "eu-west-1");
    fit_row_finish(&row);
    scenario_destroy(scenario);
    fit_destroy(fit);
}
END_TEST

START_TEST(disorder_is_seen)
{
    struct fit *const fit = fit_create();
    struct fit_row row;
    for (int i = 0; i < 2 * FIT_PENDING; i++) { /* backwards: no queue is long enough */
        const struct invocation_record call = call_at(1e6 - i, 5);
        ck_assert_int_eq(fit_add(fit, &call), 0);
    }
    struct scenario *const scenario = scenario_of(fit, &row);
    ck_assert_uint_gt(fit_function(fit, 0)->out_of_order, 0);
    ck_assert(isnan(row.dispersion));
    fit_row_finish(&row);
    scenario_destroy(scenario);
    fit_destroy(fit);
}
END_TEST

START_TEST(names_become_such_of_scenarios)
{
    struct fit *const fit = fit_create();
    struct fit_row row[3];
    static const char *const name[] = {"a b", "a:b", "\xc3\xa4"};
    for (size_t i = 0; i < 9; i++) {
        struct invocation_record call = call_at((double)i, 5);
        call.function = name[i % 3];
        ck_assert_int_eq(fit_add(fit, &call), 0);
    }
    struct scenario *const scenario = scenario_of(fit, row);
    ck_assert_uint_eq(scenario->functions, 3);
    ck_assert_str_eq(scenario->function[0].name, "a_b");
    ck_assert_str_eq(scenario->function[1].name, "a_b-2");
    ck_assert_str_eq(scenario->function[2].name, "__");
    for (size_t i = 0; i < 3; i++)
        fit_row_finish(&row[i]);
    scenario_destroy(scenario);
    fit_destroy(fit);
}
END_TEST

static void refuse(struct fit *fit, bool has_as_of, const char *why)
{
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    const struct fit_options what = {NULL, "us-east-1", has_as_of, 0};
    ck_assert_int_eq(fit_finish(fit, &what, &diagnostics), -1);
    ck_assert_uint_eq(diagnostics.errors, 1);
    ck_assert_msg(strstr(diagnostics.item[0].text, why) != NULL, "%s", diagnostics.item[0].text);
    diagnostics_finish(&diagnostics);
    fit_destroy(fit);
}

START_TEST(what_cannot_be_fitted)
{
    refuse(fit_create(), true, "no invocation");
    struct fit *fit = fit_create();
    struct invocation_record call = call_at(1, 5);
    fit_add(fit, &call);
    fit_add(fit, &call);
    refuse(fit, true, "one time");
    fit = fit_create();
    fit_add(fit, &call);
    call.time_ns += SECOND;
    fit_add(fit, &call);
    refuse(fit, false, "--as-of");
    fit = fit_create();
    fit_add(fit, &call);
    call.relative = false;
    call.time_ns += SECOND;
    fit_add(fit, &call);
    refuse(fit, true, "apart");
    fit = fit_create();
    for (int i = 0; i < FIT_FUNCTIONS + 1; i++) {
        char name[16];
        snprintf(name, sizeof name, "f%d", i);
        call.function = name;
        ck_assert_int_eq(fit_add(fit, &call), i < FIT_FUNCTIONS ? 0 : -1);
    }
    refuse(fit, true, "more than 10000");
}
END_TEST

TEST_MAIN("fit", lognormal_is_recovered, gamma_is_recovered, weibull_is_recovered,
          mixture_is_recovered, what_no_family_has_is_empirical, few_and_equal_samples,
          keep_alive_is_recovered, rates_of_the_day_are_recovered, an_even_rate_stays_one,
          counts_and_order, disorder_is_seen, names_become_such_of_scenarios,
          what_cannot_be_fitted)
