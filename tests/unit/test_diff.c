/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness.h"

#include "core/memory.h"
#include "studies/diff.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

#define USD MONEY_PUSD_PER_USD

/* One option with one bill line, one metric and an objective of it, over three replications. */
static void make(struct result *ret, int64_t cost_usd, const double cost[3], const double value[3],
                 const char *scenario)
{
    *ret = (struct result){.scenario_name = mem_strdup("s"),
                           .region = mem_strdup("us-east-1"),
                           .as_of = "2024-01-01",
                           .price_book = mem_strdup("book"),
                           .scenario_json = mem_strdup(scenario),
                           .seed = 1,
                           .replications = 3};
    diagnostics_init(&ret->notes);
    ret->option = mem_alloc(1, sizeof *ret->option);
    ret->options = 1;
    struct result_option *const o = ret->option;
    *o = (struct result_option){.name = mem_strdup("lambda"), .kind = "lambda"};
    o->bill.line = mem_alloc(1, sizeof *o->bill.line);
    o->bill.line[0] = (struct bill_line){.entity = mem_strdup("function:f"),
                                         .detail = mem_strdup(""),
                                         .service = "lambda",
                                         .sku = "request",
                                         .region = "us-east-1",
                                         .unit = "request",
                                         .quantity = 10,
                                         .per_unit = 1,
                                         .cost = cost_usd * USD};
    o->bill.count = 1;
    o->bill.total = cost_usd * USD;
    o->monthly_cost_usd =
        (struct result_estimate){(double)cost_usd, (double)cost_usd - 3, (double)cost_usd + 3, 3};
    o->metric = mem_alloc(1, sizeof *o->metric);
    o->metrics = 1;
    const double mean = (value[0] + value[1] + value[2]) / 3;
    o->metric[0] = (struct result_metric){mem_strdup("function:f"),
                                          mem_strdup("latency_ms.p99"),
                                          mem_strdup("ms"),
                                          {mean, mean - 4, mean + 4, 3}};
    o->samples = (struct result_samples){.value = mem_alloc(9, sizeof(double)),
                                         .error = mem_alloc(3, sizeof(double)),
                                         .rows = 3,
                                         .count = 3};
    memcpy(o->samples.value, cost, 3 * sizeof *cost);
    memcpy(o->samples.value + 6, value, 3 * sizeof *value);
}

static const double few[] = {9, 10, 11}, more[] = {19.5, 20, 20.5};
static const double fast[] = {100, 110, 120}, slow[] = {101, 112, 122};

static void compare(struct diff_result *ret, bool samples)
{
    struct diagnostics d;
    diagnostics_init(&d);
    *ret = (struct diff_result){.path_before = mem_strdup("a"),
                                .path_after = mem_strdup("b"),
                                .paired = samples,
                                .limits = {.option = "lambda"}};
    make(&ret->before, 10, few, fast, "{\"functions\":{\"f\":{\"timeout\":3}},\"list\":[1,2]}");
    make(&ret->after, 20, more, slow,
         "{\"functions\":{\"f\":{\"timeout\":4},\"g\":{\"timeout\":5}},\"list\":[1]}");
    ck_assert_int_eq(diff_compare(ret, &d), 0);
    ck_assert_uint_eq(d.count, 0);
    diagnostics_finish(&d);
}

START_TEST(paired_intervals_are_of_differences)
{
    struct diff_result r;
    const double t = gsl_cdf_tdist_Pinv(0.975, 2);
    compare(&r, true);
    /* 10.5, 10, 9.5: mean 10, deviation 0.5 */
    ck_assert_double_eq_tol(r.option[0].difference.mean, 10, 1e-12);
    ck_assert_double_eq_tol(r.option[0].difference.high, 10 + t * 0.5 / sqrt(3), 1e-9);
    ck_assert_double_eq_tol(r.increase, 1, 1e-12);
    /* 1, 2, 2: mean 5/3, deviation 1/sqrt(3) */
    ck_assert_uint_eq(r.metrics, 1);
    ck_assert_double_eq_tol(r.metric[0].difference.mean, 5.0 / 3, 1e-12);
    ck_assert_double_eq_tol(r.metric[0].difference.low, 5.0 / 3 - t / 3, 1e-9);
    ck_assert(r.metric[0].moved);
    ck_assert_uint_eq(r.moved, 1);
    diff_result_finish(&r);
}
END_TEST

START_TEST(folders_are_independent)
{
    struct diff_result r;
    compare(&r, false);
    ck_assert_double_eq_tol(r.option[0].difference.high, 10 + sqrt(18), 1e-12);
    ck_assert_double_eq_tol(r.metric[0].difference.low, 5.0 / 3 - sqrt(32), 1e-12);
    ck_assert(!r.metric[0].moved);
    diff_result_finish(&r);
}
END_TEST

/* A measurement that may be off by 1 on each side tells no difference of 5/3. */
START_TEST(measurement_errors_widen_a_pair)
{
    struct diff_result r, again;
    struct diagnostics d;
    diagnostics_init(&d);
    compare(&r, true);
    again = (struct diff_result){.path_before = mem_strdup("a"),
                                 .path_after = mem_strdup("b"),
                                 .paired = true,
                                 .limits = {.option = "lambda"},
                                 .before = r.before,
                                 .after = r.after};
    r.before.option[0].samples.error[2] = r.after.option[0].samples.error[2] = 1;
    ck_assert_int_eq(diff_compare(&again, &d), 0);
    ck_assert_double_eq_tol(again.metric[0].difference.low, 5.0 / 3 - 2, 1e-12);
    ck_assert(!again.metric[0].moved);
    again.before = again.after = (struct result){0};
    diff_result_finish(&again);
    diff_result_finish(&r);
    diagnostics_finish(&d);
}
END_TEST

START_TEST(settings_are_named_by_path)
{
    static const struct {
        const char *path, *before, *after;
    } wanted[] = {{"functions.f.timeout", "3", "4"},
                  {"functions.g", NULL, "{\"timeout\":5}"},
                  {"list.1", "2", NULL}};
    struct diff_result r;
    compare(&r, true);
    ck_assert_uint_eq(r.settings, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct diff_setting *const s = &r.setting[i];
        ck_assert_str_eq(s->path, wanted[i].path);
        ck_assert_pstr_eq(s->before, wanted[i].before);
        ck_assert_pstr_eq(s->after, wanted[i].after);
    }
    diff_result_finish(&r);
}
END_TEST

START_TEST(limits_are_exact)
{
    struct diff_result r, again;
    struct diagnostics d;
    diagnostics_init(&d);
    compare(&r, true);
    for (int over = 0; over < 2; over++) {
        again = (struct diff_result){.path_before = mem_strdup("a"),
                                     .path_after = mem_strdup("b"),
                                     .limits = {.option = "lambda",
                                                .has_budget = true,
                                                .budget = 20 * USD - over,
                                                .has_increase = true,
                                                .max_increase = over ? 0.999999 : 1},
                                     .before = r.before,
                                     .after = r.after};
        ck_assert_int_eq(diff_compare(&again, &d), 0);
        ck_assert(again.over_budget == (over == 1));
        ck_assert(again.over_increase == (over == 1));
        again.before = again.after = (struct result){0};
        diff_result_finish(&again);
    }
    diff_result_finish(&r);
    diagnostics_finish(&d);
}
END_TEST

TEST_MAIN("diff", paired_intervals_are_of_differences, folders_are_independent,
          measurement_errors_widen_a_pair, settings_are_named_by_path, limits_are_exact)
