/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fitting gives back what records were drawn from, within sampling error, and says what it cannot
 * tell. */
#include "harness.h"

#include "core/random.h"
#include "history/fit.h"
#include "scenario/scenario.h"
#include "support/date.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define SECOND INT64_C(1000000000)

static struct invocation_record call_at(double start_s, double ms)
{
    struct invocation_record record = record_blank();
    record.time_ns = (int64_t)(start_s * 1e9);
    record.at_start = record.relative = true;
    record.function = "f";
    record.duration_ns = (int64_t)(ms * 1e6);
    return record;
}

static void write_piece(void *context, const char *text)
{
    fputs(text, context);
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
    char *text = NULL;
    size_t size = 0;
    FILE *const out = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(out);
    const int status =
        fit_scenario(fit, &what, "fitted.json", ret_row, write_piece, out, &diagnostics);
    fclose(out);
    struct scenario *const scenario = scenario_parse(
        text, size, "fitted.json", &(struct scenario_data){.limits = limits}, &none, &diagnostics);
    diagnostics_print(&diagnostics, stderr);
    ck_assert_int_eq(status, 0);
    ck_assert_uint_eq(diagnostics.errors, 0);
    ck_assert_ptr_nonnull(scenario);
    free(text);
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
            ASSERT_QUIETLY(fit_add(fit, &call) == 0);
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

/* Only on weekdays, and on weekdays and all days alike: the shortest period that says it. Two weeks
 * of the calendar are enough, though their first and last hours are quiet. */
START_TEST(weeks_are_told_from_days)
{
    static const struct {
        int days;
        bool weekly;
    } cases[] = {{28, false}, {28, true}, {14, true}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const bool weekly = cases[k].weekly;
        const double weeks = cases[k].days / 7.0;
        struct fit *const fit = fit_create();
        struct fit_row row;
        struct random_stream random;
        random_init(&random, 8, 0, "test", "week");
        double now = 0;
        while (now < cases[k].days * 86400) {
            const double hour = fmod(now / 3600, 24), day = fmod(now / 86400, 7);
            const bool busy = hour >= 8 && hour < 16 && (day < 5 || !weekly);
            const struct invocation_record call = call_at(now, 20);
            const bool quiet = now < 3600 || now > cases[k].days * 86400 - 7200;
            if (!quiet && random_uniform(&random) < (busy ? 1 : 0.2))
                ASSERT_QUIETLY(fit_add(fit, &call) == 0);
            now += random_exponential(&random) / 0.1;
        }
        struct scenario *const scenario = scenario_of(fit, &row);
        const struct arrivals_spec *const arrivals = &scenario->workload[0].arrivals;
        ck_assert_int_eq(arrivals->process, ARRIVALS_PROFILE);
        ck_assert_double_eq_tol(arrivals->period_s, weekly ? 604800 : 86400, 1e-9);
        ck_assert_uint_eq(arrivals->points, weekly ? 170 : 26);
        for (size_t i = 1; i + 1 < arrivals->points; i++) {
            const double hour = fmod(arrivals->point[i].time_s / 3600, 24);
            const bool busy =
                hour > 8 && hour < 16 && (arrivals->point[i].time_s < 5 * 86400 || !weekly);
            const double rate = busy ? 0.1 : 0.02, seconds = weeks * (weekly ? 1 : 7) * 3600;
            ck_assert_double_eq_tol(arrivals->point[i].rate_per_s, rate, 5 * sqrt(rate / seconds));
        }
        fit_row_finish(&row);
        scenario_destroy(scenario);
        fit_destroy(fit);
    }
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
        ASSERT_QUIETLY(fit_add(fit, &call) == 0);
        now += random_exponential(&random) / 0.05;
    }
    struct scenario *const scenario = scenario_of(fit, &row);
    const struct arrivals_spec *const arrivals = &scenario->workload[0].arrivals;
    ck_assert_int_eq(arrivals->process, ARRIVALS_POISSON);
    ck_assert_double_eq_tol(arrivals->rate_per_s, 0.05, 5 * sqrt(0.05 / (20 * 86400)));
    ck_assert_double_eq_tol(row.dispersion, 1, 5 * sqrt(2.0 / (20 * 1440)));
    const double calls = (double)fit_function(fit, 0)->calls;
    ck_assert_double_eq_tol(distribution_mean(&scenario->function[0].duration_ms), 1000,
                            5 * 1000 / sqrt(calls));
    fit_row_finish(&row);
    scenario_destroy(scenario);
    fit_destroy(fit);
}
END_TEST

/* Bursts of a minute all ten minutes, on a rate that is `more` times as high from 8 to 16 h. */
static struct fit *bursts_of(double days, double more)
{
    struct fit *const fit = fit_create();
    struct random_stream random;
    random_init(&random, 21, 0, "test", "bursts");
    double now = 0, change = 0;
    bool burst = true;
    while (now < days * 86400) {
        while (now >= change) {
            burst = !burst;
            change += (burst ? 60 : 600) * random_exponential(&random);
        }
        const double hour = fmod(now / 3600, 24);
        const double rate = 0.05 * (hour >= 8 && hour < 16 ? more : 1) + (burst ? 0.5 : 0);
        const struct invocation_record call = call_at(now, 20);
        if (random_uniform(&random) < rate / 1.0)
            ASSERT_QUIETLY(fit_add(fit, &call) == 0);
        now += random_exponential(&random);
    }
    return fit;
}

/* Hours vary with bursts, too: that alone makes no profile. The tolerances are five times the
 * relative error of a mean of as many lengths as there are bursts (20 days / 660 s; 12 days / 660 s
 * below). */
START_TEST(bursts_are_found)
{
    struct fit_row row;
    struct fit *const fit = bursts_of(20, 1);
    struct scenario *const scenario = scenario_of(fit, &row);
    ck_assert_uint_eq(scenario->workloads, 1);
    const struct arrivals_spec *const a = &scenario->workload[0].arrivals;
    ck_assert_int_eq(a->process, ARRIVALS_BURSTS);
    ck_assert_double_eq_tol(a->base_rate_per_s, 0.05, 5 * 0.05 / sqrt(2618));
    ck_assert_double_eq_tol(a->burst_rate_per_s, 0.55, 5 * 0.55 / sqrt(2618));
    ck_assert_double_eq_tol(a->mean_base_s, 600, 5 * 600 / sqrt(2618));
    ck_assert_double_eq_tol(a->mean_burst_s, 60, 5 * 60 / sqrt(2618));
    fit_row_finish(&row);
    scenario_destroy(scenario);
    fit_destroy(fit);
}
END_TEST

START_TEST(bursts_and_hours_are_two_workloads)
{
    struct fit_row row;
    struct fit *const fit = bursts_of(12, 6);
    struct scenario *const scenario = scenario_of(fit, &row);
    ck_assert_uint_eq(scenario->workloads, 2);
    const struct workload_spec *const profile = &scenario->workload[0];
    const struct workload_spec *const bursts = &scenario->workload[1];
    ck_assert_str_eq(profile->name, "f");
    ck_assert_str_eq(bursts->name, "f-bursts");
    ck_assert_str_eq(bursts->to.name, "f");
    ck_assert_int_eq(bursts->arrivals.process, ARRIVALS_BURSTS);
    ck_assert_double_eq_tol(bursts->arrivals.base_rate_per_s, 0, 1e-12);
    ck_assert_double_eq_tol(bursts->arrivals.burst_rate_per_s, 0.5, 5 * 0.5 / sqrt(1571));
    ck_assert_double_eq_tol(bursts->arrivals.mean_base_s, 600, 5 * 600 / sqrt(1571));
    ck_assert_double_eq_tol(bursts->arrivals.mean_burst_s, 60, 5 * 60 / sqrt(1571));
    ck_assert_int_eq(profile->arrivals.process, ARRIVALS_PROFILE);
    double sum = 0;
    for (size_t i = 1; i < 25; i++)
        sum += profile->arrivals.point[i].rate_per_s / 24;
    const double share = bursts->arrivals.mean_burst_s /
                         (bursts->arrivals.mean_base_s + bursts->arrivals.mean_burst_s);
    ck_assert_double_eq_tol(sum + share * bursts->arrivals.burst_rate_per_s, row.rate_per_s,
                            1e-3 * row.rate_per_s);
    fit_row_finish(&row);
    scenario_destroy(scenario);
    fit_destroy(fit);
}
END_TEST

/* A timer's calls. */
START_TEST(even_calls_are_constant)
{
    struct fit *const fit = fit_create();
    struct fit_row row;
    for (int i = 0; i < 5000; i++) {
        const struct invocation_record call = call_at(10.0 * i, 20);
        ASSERT_QUIETLY(fit_add(fit, &call) == 0);
    }
    struct scenario *const scenario = scenario_of(fit, &row);
    ck_assert_int_eq(scenario->workload[0].arrivals.process, ARRIVALS_CONSTANT);
    ck_assert_double_eq_tol(scenario->workload[0].arrivals.rate_per_s, 0.1, 0.0001);
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
        ASSERT_QUIETLY(fit_add(fit, &call) == 0);
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

/* Payloads, inits and memory as they were drawn; payloads above what Lambda takes are cut. */
START_TEST(sizes_are_recovered)
{
    enum { CALLS = 20000 };
    struct fit *const fit = fit_create();
    struct fit_row row;
    struct random_stream random;
    const struct distribution bytes = {.kind = DISTRIBUTION_LOGNORMAL, .a = log(2000), .b = 0.5};
    const struct distribution init = {.kind = DISTRIBUTION_GAMMA, .a = 9, .b = 30};
    const struct distribution memory = {.kind = DISTRIBUTION_UNIFORM, .a = 100, .b = 300};
    random_init(&random, 13, 0, "test", "sizes");
    for (int i = 0; i < CALLS; i++) {
        struct invocation_record call = call_at(30.0 * i, 20);
        call.bytes = (int64_t)distribution_sample(&bytes, &random);
        call.cold = random_uniform(&random) < 0.2;
        if (call.cold)
            call.init_ns = (int64_t)(1e6 * distribution_sample(&init, &random));
        call.memory_mb = 256;
        call.max_memory_mb = (int64_t)distribution_sample(&memory, &random);
        ASSERT_QUIETLY(fit_add(fit, &call) == 0);
    }
    struct scenario *const scenario = scenario_of(fit, &row);
    const struct function_spec *const f = &scenario->function[0];
    const struct distribution *const got = &scenario->workload[0].record_bytes;
    ck_assert_int_eq(got->kind, DISTRIBUTION_LOGNORMAL);
    ck_assert_double_eq_tol(got->a, log(2000), 5 * 0.5 / sqrt(CALLS));
    ck_assert_double_eq_tol(got->b, 0.5, 5 * 0.5 / sqrt(2 * CALLS));
    const double cold = row.cold_ratio * CALLS;
    ck_assert_double_eq_tol(cold / CALLS, 0.2, 5 * sqrt(0.2 * 0.8 / CALLS));
    ck_assert_int_eq(f->init_duration_ms->kind, DISTRIBUTION_GAMMA);
    ck_assert_double_eq_tol(distribution_mean(f->init_duration_ms), 270, 5 * 90 / sqrt(cold));
    /* Uniform on 100 to 300, cut at the 256 that were bought. */
    ck_assert_double_eq_tol(distribution_quantile(f->max_memory_used_mb, 0.5), 200,
                            1 + 5 * 200 * 0.5 / sqrt(CALLS));
    ck_assert_double_eq_tol(distribution_quantile(f->max_memory_used_mb, 0.9), 256, 1e-9);
    fit_row_finish(&row);
    scenario_destroy(scenario);
    fit_destroy(fit);
    struct fit *const large = fit_create();
    for (int i = 0; i < 30; i++) {
        struct invocation_record call = call_at(i, 20);
        call.bytes = 100000000;
        ck_assert_int_eq(fit_add(large, &call), 0);
    }
    struct scenario *const cut = scenario_of(large, &row);
    ck_assert_double_eq_tol(cut->workload[0].record_bytes.a, 6291456, 15); /* six digits */
    fit_row_finish(&row);
    scenario_destroy(cut);
    fit_destroy(large);
}
END_TEST

START_TEST(disorder_is_seen)
{
    struct fit *const fit = fit_create();
    struct fit_row row;
    for (int i = 0; i < 2 * FIT_PENDING; i++) { /* backwards: no queue is long enough */
        const struct invocation_record call = call_at(1e6 - i, 5);
        ASSERT_QUIETLY(fit_add(fit, &call) == 0);
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
        ASSERT_QUIETLY(fit_add(fit, &call) == 0);
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

/* Minutes with counts: every estimate is that of the calls one by one. */
START_TEST(counted_records_weigh)
{
    struct fit *const fit = fit_create();
    struct fit_row row;
    struct random_stream random;
    uint64_t calls = 0, errors = 0, cold = 0, long_ones = 0, most = 0;
    double sum_ms = 0;
    random_init(&random, 11, 0, "test", "counts");
    for (int minute = 0; minute < 3000; minute++) {
        const double ms = random_uniform(&random) < 0.3 ? 400 : 100;
        struct invocation_record call = call_at(60.0 * minute, ms);
        call.span_ns = 60 * SECOND;
        call.count = 1 + (uint64_t)(200 * random_uniform(&random)) * (ms > 200 ? 3 : 1);
        call.cold = minute % 50 == 0;
        call.status = minute % 10 == 0 ? INVOCATION_ERROR : INVOCATION_SUCCESS;
        call.max_memory_mb = minute % 4 == 0 ? 90 : 60;
        calls += call.count;
        most = call.count > most ? call.count : most;
        sum_ms += ms * (double)call.count;
        errors += minute % 10 == 0 ? call.count : 0;
        cold += call.cold == 1 ? call.count : 0;
        long_ones += ms > 200 && call.cold == 0 ? call.count : 0;
        ASSERT_QUIETLY(fit_add(fit, &call) == 0);
    }
    struct scenario *const scenario = scenario_of(fit, &row);
    const struct function_spec *const f = &scenario->function[0];
    const double warm = (double)(calls - cold);
    ck_assert_uint_eq(row.calls, calls);
    ck_assert_double_eq_tol(row.rate_per_s, (double)calls / 180000, 1e-9);
    ck_assert_double_eq_tol(row.cold_ratio, (double)cold / (double)calls, 1e-9);
    ck_assert_double_eq_tol(f->error_rate, (double)errors / (double)calls, 1e-6);
    /* A table of quantiles has steps of a hundredth. */
    ck_assert_double_eq_tol(distribution_mean(&f->duration_ms),
                            100 + 300 * (double)long_ones / warm, 300 * 0.01);
    ck_assert_ptr_nonnull(f->max_memory_used_mb);
    ck_assert_double_eq_tol(f->max_memory_used_mb->value[0], 60, 1e-6);
    ck_assert_uint_eq(row.most_at_once, /* Little's law */
                      (uint64_t)ceil((double)most / 60 * sum_ms / (double)calls / 1000));
    ck_assert_double_gt(row.dispersion, 10); /* uniform counts up to 200 or 600 are no Poisson's */
    fit_row_finish(&row);
    scenario_destroy(scenario);
    fit_destroy(fit);
}
END_TEST

/* A week of hours that tell only when they begin, the first and the last without calls: the rate is
 * that of 168 hours, and hours are no groups of calls. */
START_TEST(a_week_of_hours_has_a_week)
{
    struct fit *const fit = fit_create();
    struct fit_row row;
    for (int hour = 0; hour < 168; hour++) {
        struct invocation_record call = call_at(3600.0 * hour, 100);
        call.span_ns = UNKNOWN_VALUE;
        call.count = hour == 0 || hour == 167 ? 0 : 10000;
        ASSERT_QUIETLY(fit_add(fit, &call) == 0);
    }
    struct scenario *const scenario = scenario_of(fit, &row);
    ck_assert_double_eq_tol(row.rate_per_s, 1660000 / 604800.0, 1e-9);
    ck_assert_uint_eq(row.most_at_once, 1); /* 2.8 a second of 0.1 s each */
    ck_assert(isnan(row.dispersion));
    fit_row_finish(&row);
    scenario_destroy(scenario);
    fit_destroy(fit);
}
END_TEST

/* Calls at absolute times: from Monday, 2024-04-01, on. */
static void add_dated(struct fit *fit, double day, double hour, double second)
{
    struct invocation_record call = call_at(86400 * day + 3600 * hour + second, 20);
    call.time_ns += INT64_C(1711929600) * SECOND;
    call.relative = false;
    call.cold = 1;
    ASSERT_QUIETLY(fit_add(fit, &call) == 0);
}

/* What a fit makes of its calls: the schedule's expression and calls at each time, or the process.
 */
static void assert_clock(struct fit *fit, const char *expression, unsigned concurrency,
                         enum arrival_process process)
{
    struct fit_row row;
    struct scenario *const scenario = scenario_of(fit, &row);
    const struct arrivals_spec *const arrivals = &scenario->workload[0].arrivals;
    ck_assert_int_eq(arrivals->process, expression != NULL ? ARRIVALS_SCHEDULE : process);
    ck_assert_ptr_null(strstr(scenario->canonical_json, "nan"));
    if (expression != NULL) {
        ck_assert_str_eq(arrivals->expression, expression);
        ck_assert_uint_eq(arrivals->concurrency, concurrency);
        ck_assert_double_ge(scenario->run.duration_s,
                            strchr(expression, '?') < strrchr(expression, '*') - 2 ? 604800
                                                                                   : 86400);
    }
    fit_row_finish(&row);
    scenario_destroy(scenario);
    fit_destroy(fit);
}

START_TEST(clocks_are_recovered)
{
    struct fit *fit = fit_create(); /* nightly, now a little early, now late; one night is lost */
    for (int day = 0; day < 30; day++)
        if (day != 12)
            add_dated(fit, day, 2, day % 5 - 0.9);
    assert_clock(fit, "cron(0 2 * * ? *)", 1, ARRIVALS_POISSON);
    fit = fit_create(); /* every ten minutes, for three hours */
    for (int i = 0; i < 18; i++)
        add_dated(fit, 0, 9, 600 * i + 120);
    assert_clock(fit, "cron(2,12,22,32,42,52 * * * ? *)", 1, ARRIVALS_POISSON);
    fit = fit_create(); /* four at once, twice a working day */
    for (int day = 0; day < 26; day++)
        for (int i = 0; i < 8; i++)
            if (day % 7 < 5)
                add_dated(fit, day, i < 4 ? 8 : 17, 1800 + 0.1 * i);
    assert_clock(fit, "cron(30 8,17 ? * MON,TUE,WED,THU,FRI *)", 4, ARRIVALS_POISSON);
}
END_TEST

START_TEST(chance_is_no_clock)
{
    struct random_stream random;
    random_init(&random, 21, 0, "test", "clock");
    struct fit *fit = fit_create(); /* one a minute, on average, for half an hour a day */
    for (int day = 0; day < 30; day++)
        for (double s = 0; s < 1800; s += 60 * random_exponential(&random))
            add_dated(fit, day, 9, s);
    assert_clock(fit, NULL, 0, ARRIVALS_PROFILE);
    fit =
        fit_create(); /* a few calls, at any time of the hour, but always in the same: no chance */
    for (int day = 0; day < 30; day++)
        add_dated(fit, day, 2, 3600 * random_uniform(&random));
    assert_clock(fit, NULL, 0, ARRIVALS_PROFILE);
    fit = fit_create(); /* and at any hour */
    for (int day = 0; day < 30; day++)
        add_dated(fit, day, 24 * random_uniform(&random), 0);
    assert_clock(fit, NULL, 0, ARRIVALS_POISSON);
    fit = fit_create(); /* every other night, by chance */
    for (int day = 0; day < 30; day++)
        if (random_uniform(&random) < 0.5)
            add_dated(fit, day, 2, 0);
    assert_clock(fit, NULL, 0, ARRIVALS_PROFILE);
}
END_TEST

/* `at` MB until `change` seconds, then `later` MB, of which `taken` calls are told; ms at each are
 * those of so much CPU. */
static struct scenario *scenario_of_change(double at, double later, int calls, int taken,
                                           double cpu, bool backwards)
{
    struct fit *const fit = fit_create();
    struct fit_row row;
    for (int i = 0; i < calls + taken; i++) {
        const int k = backwards ? calls + taken - 1 - i : i;
        const double factor = 1 - cpu + cpu * (at / later);
        struct invocation_record call = call_at(60.0 * k, 200 * (k < calls ? 1 : factor));
        call.memory_mb = (int64_t)(k < calls ? at : later);
        call.max_memory_mb = k < calls ? 100 : 120;
        ASSERT_QUIETLY(fit_add(fit, &call) == 0);
    }
    struct scenario *const scenario = scenario_of(fit, &row);
    fit_row_finish(&row);
    fit_destroy(fit);
    return scenario;
}

/* Durations are of the latest size, whatever the order; what both sizes tell is what scales. */
START_TEST(a_change_of_memory_is_seen)
{
    for (int backwards = 0; backwards < 2; backwards++) {
        struct scenario *const s = scenario_of_change(512, 1024, 3000, 1000, 0.6, backwards);
        const struct function_spec *const f = &s->function[0];
        ck_assert_double_eq(f->memory_size, 1024);
        ck_assert_double_eq(f->reference_memory_size, 1024);
        ck_assert_double_eq_tol(distribution_mean(&f->duration_ms), 140, 0.01);
        ck_assert_double_eq_tol(f->cpu_fraction, (200.0 / 140 - 1) / (1024.0 / 512 - 1), 1e-4);
        ck_assert_double_eq_tol(distribution_mean(f->max_memory_used_mb), 120, 0.01);
        scenario_destroy(s);
    }
}
END_TEST

/* Too few calls since: those of before hold at their own size. */
START_TEST(a_change_of_yesterday_scales)
{
    struct scenario *const s = scenario_of_change(512, 1024, 3000, FIT_SIZE_LEAST - 1, 1, false);
    const struct function_spec *const f = &s->function[0];
    ck_assert_double_eq(f->memory_size, 1024);
    ck_assert_double_eq(f->reference_memory_size, 512);
    ck_assert_double_eq_tol(distribution_mean(&f->duration_ms), 200, 0.01);
    ck_assert_double_eq(f->cpu_fraction, 1); /* 29 calls do not tell it */
    scenario_destroy(s);
}
END_TEST

/* Twice as slow with more memory: that was not the CPU. Nor is it told above one vCPU. */
START_TEST(what_is_not_of_the_cpu_is_not_taken_for_it)
{
    struct scenario *s = scenario_of_change(512, 1024, 1000, 1000, -2, false);
    ck_assert_double_eq(s->function[0].cpu_fraction, 1);
    scenario_destroy(s);
    s = scenario_of_change(2048, 4096, 1000, 1000, 0.5, false);
    ck_assert_double_eq(s->function[0].cpu_fraction, 1);
    scenario_destroy(s);
}
END_TEST

/* Of many sizes the latest stay; a record that tells none has that of the others. */
START_TEST(many_sizes)
{
    struct fit *const fit = fit_create();
    struct fit_row row;
    for (int i = 0; i < 1000; i++) {
        struct invocation_record call = call_at(60.0 * i, 10 + i / 100);
        call.memory_mb = i % 100 == 7 ? UNKNOWN_VALUE : 128 * (1 + i / 100);
        ASSERT_QUIETLY(fit_add(fit, &call) == 0);
    }
    ck_assert_uint_eq(fit_function(fit, 0)->sizes, FIT_SIZES);
    struct scenario *const scenario = scenario_of(fit, &row);
    ck_assert_double_eq(scenario->function[0].memory_size, 1280);
    ck_assert_double_eq_tol(distribution_mean(&scenario->function[0].duration_ms), 19, 1e-3);
    ck_assert_uint_eq(fit_function(fit, 0)->measured->calls, 100);
    fit_row_finish(&row);
    scenario_destroy(scenario);
    fit_destroy(fit);
}
END_TEST

/* Azure tells what was allocated on average: no size, and no reference. */
START_TEST(allocated_memory_is_no_size)
{
    struct fit *const fit = fit_create();
    struct fit_row row;
    for (int i = 0; i < 200; i++) {
        struct invocation_record call = call_at(60.0 * i, 10 + i);
        call.memory_mb = 128 + i;
        call.memory_is_allocated = true;
        ASSERT_QUIETLY(fit_add(fit, &call) == 0);
    }
    struct scenario *const scenario = scenario_of(fit, &row);
    ck_assert_uint_eq(fit_function(fit, 0)->sizes, 1);
    ck_assert_uint_eq(fit_function(fit, 0)->measured->calls, 200);
    ck_assert_ptr_null(strstr(scenario->canonical_json, "reference_memory_size\":"));
    fit_row_finish(&row);
    scenario_destroy(scenario);
    fit_destroy(fit);
}
END_TEST

/* What a function may keep shrinks as functions come; what it has told stays. */
START_TEST(many_functions_keep_less)
{
    enum { FUNCTIONS = 1500, CALLS = 100, EARLY = 1000 };
    struct fit *const fit = fit_create();
    struct fit_row *const row = calloc(FUNCTIONS, sizeof *row);
    struct random_stream random;
    ck_assert_ptr_nonnull(row);
    random_init(&random, 12, 0, "test", "many");
    for (int i = -EARLY; i < FUNCTIONS * CALLS; i++) {
        char name[16];
        struct invocation_record call =
            call_at(60.0 * (EARLY + i) / FUNCTIONS, 100 * random_exponential(&random));
        snprintf(name, sizeof name, "f%d", i < 0 ? 0 : i % FUNCTIONS);
        call.function = name;
        ASSERT_QUIETLY(fit_add(fit, &call) == 0);
        if (i == -1)
            ck_assert_uint_ge(fit_function(fit, 0)->size[0].warm_ms.cells, EARLY - 5);
    }
    const struct fit_sketch *const first = &fit_function(fit, 0)->size[0].warm_ms;
    ck_assert_uint_le(first->cells, 384); /* 3/4 of 2^9 */
    ck_assert_uint_eq(first->weight, EARLY + CALLS);
    struct scenario *const scenario = scenario_of(fit, row);
    ck_assert_uint_eq(scenario->functions, FUNCTIONS);
    for (size_t i = 0; i < FUNCTIONS; i++) /* five standard errors */
        ck_assert_double_eq_tol(distribution_mean(&scenario->function[i].duration_ms), 100,
                                5 * 100 / sqrt(i == 0 ? EARLY + CALLS : CALLS));
    for (size_t i = 0; i < FUNCTIONS; i++)
        fit_row_finish(&row[i]);
    free(row);
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
    for (unsigned i = 0; i < FIT_FUNCTIONS + 1; i++) {
        char name[16];
        snprintf(name, sizeof name, "f%u", i);
        call.function = name;
        ck_assert_int_eq(fit_add(fit, &call), i < FIT_FUNCTIONS ? 0 : -1);
    }
    refuse(fit, true, "more than 10000");
}
END_TEST

TEST_MAIN("fit", rates_of_the_day_are_recovered, weeks_are_told_from_days, an_even_rate_stays_one,
          bursts_are_found, bursts_and_hours_are_two_workloads, even_calls_are_constant,
          counts_and_order, sizes_are_recovered, disorder_is_seen, names_become_such_of_scenarios,
          counted_records_weigh, a_week_of_hours_has_a_week, clocks_are_recovered,
          chance_is_no_clock, a_change_of_memory_is_seen, a_change_of_yesterday_scales,
          what_is_not_of_the_cpu_is_not_taken_for_it, many_sizes, allocated_memory_is_no_size,
          many_functions_keep_less, what_cannot_be_fitted)
