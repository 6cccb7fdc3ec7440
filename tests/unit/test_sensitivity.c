/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness.h"

#include "core/memory.h"
#include "studies/sensitivity.h"
#include "unit/files.h"

#include <string.h>

/* --- uncertain inputs ------------------------------------------------------------------------- */

static const char text[] =
    "{ \"as_of\": \"2024-01-01\", \"run\": { \"duration_s\": 300 },\n"
    " \"workloads\": { \"w\": { \"to\": \"function:f\",\n"
    "   \"arrivals\": { \"process\": \"poisson\", \"rate_per_s\": 5 } } },\n"
    " \"functions\": { \"f\": { \"memory_size\": 10240, \"timeout\": 1, \"error_rate\": 0.001,\n"
    "   \"runtime\": \"python3.12\", \"per_record_ms\": 0,\n"
    "   \"duration_ms\": { \"distribution\": \"exponential\", \"mean\": 100 } } },\n"
    " \"uncertain\": [\n"
    "   { \"path\": \"functions.f.duration_ms.mean\", \"low\": 50, \"high\": 150 },\n"
    "   { \"path\": \"functions.f.memory_sise\", \"low\": 1, \"high\": 2 },\n"
    "   { \"path\": \"functions.f.runtime\", \"low\": 1, \"high\": 2 },\n"
    "   { \"path\": \"functions.f.duration_ms\", \"low\": 1, \"high\": 2 },\n"
    "   { \"path\": \"run.duration_s\", \"low\": 1, \"high\": 2 },\n"
    "   { \"path\": \"functions.f.duration_ms.mean\", \"low\": 1, \"high\": 2 } ] }\n";

struct fixture {
    struct world world;
    cJSON *root;
    struct design_base base;
    struct scenario *scenario;
    struct diagnostics diagnostics;
};

static void setup(struct fixture *f)
{
    *f = (struct fixture){0};
    diagnostics_init(&f->diagnostics);
    ck_assert_int_eq(world_load(&f->world, DATA_DIR, &f->diagnostics), 0);
    f->root = json_parse(text, strlen(text), "s.json", &f->diagnostics);
    f->base = (struct design_base){f->root, "s.json", &f->world, {0}};
    f->scenario = design_read(&f->base, NULL, &f->diagnostics);
    ck_assert_msg(f->scenario != NULL, "%s", f->diagnostics.item[0].text);
    diagnostics_finish(&f->diagnostics);
    diagnostics_init(&f->diagnostics);
}

static void finish(struct fixture *f)
{
    scenario_destroy(f->scenario);
    cJSON_Delete(f->root);
    world_finish(&f->world);
    diagnostics_finish(&f->diagnostics);
}

START_TEST(mistakes_have_their_line)
{
    static const char *const wanted[] = {
        "s.json:9: uncertain[1]: functions.f.memory_sise: there is no `memory_sise` in "
        "functions.f; did you "
        "mean `memory_size`?",
        "s.json:10: uncertain[2]: functions.f.runtime: is no number",
        "s.json:11: uncertain[3]: functions.f.duration_ms: is a distribution: name one of its "
        "parameters, as …mean",
        "s.json:12: uncertain[4]: run.duration_s: is no input of the system",
        "s.json:13: uncertain[5]: functions.f.duration_ms.mean: is uncertain twice"};
    struct fixture f;
    struct uncertain_inputs inputs;
    setup(&f);
    ck_assert_int_eq(uncertain_from_scenario(&inputs, f.scenario, f.root, &f.diagnostics), -1);
    ck_assert_uint_eq(f.diagnostics.count, 5);
    for (size_t i = 0; i < 5; i++)
        ck_assert_str_eq(f.diagnostics.item[i].text, wanted[i]);
    ck_assert_uint_eq(inputs.count, 1);
    ck_assert_double_eq(inputs.item[0].mid, 100);
    uncertain_finish(&inputs);
    finish(&f);
}
END_TEST

/* Zero has no tenth, 10240 MB is the most, a timeout of 1 s goes to 2 s but not to 0. */
START_TEST(what_is_written_is_assumed)
{
    static const struct {
        const char *path;
        double low, high;
    } wanted[] = {{"workloads.w.arrivals.rate_per_s", 4.5, 5.5},
                  {"functions.f.memory_size", 9216, 10240},
                  {"functions.f.timeout", 1, 2},
                  {"functions.f.error_rate", 0.0009, 0.0011},
                  {"functions.f.duration_ms.mean", 90, 110}};
    struct fixture f;
    struct uncertain_inputs inputs = {0};
    setup(&f);
    uncertain_assume(&inputs, f.root, 0.1);
    uncertain_trim(&inputs, &f.base, &f.diagnostics);
    ck_assert_uint_eq(inputs.count, 5);
    for (size_t i = 0; i < 5; i++) {
        ck_assert_str_eq(inputs.item[i].path, wanted[i].path);
        ck_assert_double_eq_tol(inputs.item[i].low, wanted[i].low, 1e-12);
        ck_assert_double_eq_tol(inputs.item[i].high, wanted[i].high, 1e-12);
    }
    ck_assert_uint_eq(f.diagnostics.count, 0);
    uncertain_finish(&inputs);
    finish(&f);
}
END_TEST

START_TEST(command_line)
{
    static const char *const bad[] = {"functions.f.memory_size=9:1",
                                      "functions.f.memory_size=1:9:3",
                                      "functions.f.memory_size=1",
                                      "functions.f.memory_size=1:2:3:4",
                                      "functions.f.memory_size=one:two",
                                      "functions.f.per_record_ms",
                                      "functions.f.cpu_fraction",
                                      "functions.g.memory_size=1:2",
                                      "functions.f.timeout"};
    struct fixture f;
    struct uncertain_inputs inputs = {0};
    setup(&f);
    ck_assert_int_eq(
        uncertain_from_text(&inputs, "functions.f.timeout=3:9", 0.1, f.root, &f.diagnostics), 0);
    ck_assert_int_eq(uncertain_from_text(&inputs, "workloads.w.arrivals.rate_per_s", 0.2, f.root,
                                         &f.diagnostics),
                     0);
    ck_assert_double_eq(inputs.item[0].mid, 6);
    ck_assert_double_eq(inputs.item[1].low, 4);
    ck_assert_int_eq(inputs.item[1].distribution, UNCERTAIN_UNIFORM);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_int_eq(uncertain_from_text(&inputs, bad[i], 0.1, f.root, &f.diagnostics), -1);
        ck_assert_uint_eq(f.diagnostics.errors, i + 1);
    }
    ck_assert_uint_eq(inputs.count, 2);
    uncertain_finish(&inputs);
    finish(&f);
}
END_TEST

/* --- distributions ---------------------------------------------------------------------------- */

static double mean_of(const struct uncertain_input *input, double *ret_variance)
{
    const int n = 20000;
    double sum = 0, squares = 0;
    for (int i = 0; i < n; i++) {
        const double x = uncertain_quantile(input, (i + 0.5) / n);
        sum += x;
        squares += x * x;
    }
    *ret_variance = squares / n - sum / n * (sum / n);
    return sum / n;
}

START_TEST(quantiles)
{
    struct uncertain_input in = {NULL, 2, 3, 8, UNCERTAIN_TRIANGULAR, false};
    double variance;
    ck_assert_double_eq_tol(uncertain_quantile(&in, 0), 2, 1e-12);
    ck_assert_double_eq_tol(uncertain_quantile(&in, 1.0 / 6), 3,
                            1e-12); /* the peak: 1/6 is below */
    ck_assert_double_eq_tol(uncertain_quantile(&in, 1), 8, 1e-12);
    ck_assert_double_eq_tol(mean_of(&in, &variance), 13.0 / 3, 1e-4);
    /* (a^2 + b^2 + c^2 - ab - ac - bc) / 18 */
    ck_assert_double_eq_tol(variance, (4 + 64 + 9 - 16 - 6 - 24) / 18.0, 1e-3);
    in.distribution = UNCERTAIN_PERT;
    ck_assert_double_eq_tol(mean_of(&in, &variance), (2 + 4 * 3 + 8) / 6.0, 1e-4);
    ck_assert_double_eq_tol(variance, (22 / 6.0 - 2) * (8 - 22 / 6.0) / 7, 1e-3);
    in.distribution = UNCERTAIN_UNIFORM;
    ck_assert_double_eq_tol(mean_of(&in, &variance), 5, 1e-6);
    ck_assert_double_eq_tol(variance, 3, 1e-4);
    in.whole = true; /* 2, 3 … 8, each alike */
    ck_assert_double_eq_tol(mean_of(&in, &variance), 5, 1e-3);
    ck_assert_double_eq_tol(variance, 4, 1e-2);
    in.mid = 2; /* a peak at an end */
    in.distribution = UNCERTAIN_TRIANGULAR;
    in.whole = false;
    ck_assert_double_eq_tol(uncertain_quantile(&in, 0.75), 5, 1e-12);
}
END_TEST

/* --- regret ----------------------------------------------------------------------------------- */

static void regret_of(struct sensitivity_result *ret, size_t designs, double confidence,
                      const double *cost, const bool *meets, size_t samples)
{
    *ret = (struct sensitivity_result){.confidence = confidence, .designs = designs};
    diagnostics_init(&ret->run.notes);
    ret->design = mem_alloc(designs, sizeof *ret->design);
    sensitivity_regret(ret, cost, meets, samples);
}

START_TEST(regret_by_hand)
{
    /* Design 0 is cheapest and fails twice; 1 is steady; 2 is better at times. */
    const double cost[] = {10, 12, 11, 10, 12, 20, 10, 12, 11, 10, 12, 11};
    const bool meets[] = {true, true, true, false, true, true, false, true, true, true, true, true};
    struct sensitivity_result r;
    regret_of(&r, 3, 0.95, cost, meets, 4);
    /* 0: 0, 20 - 12, 12 - 11, 0; 1: 2, 0, 1, 2; 2: 1, 8, 0, 1 */
    ck_assert_double_eq_tol(r.design[0].expected, 9.0 / 4, 1e-12);
    ck_assert_double_eq_tol(r.design[1].expected, 5.0 / 4, 1e-12);
    ck_assert_double_eq_tol(r.design[2].expected, 10.0 / 4, 1e-12);
    ck_assert_double_eq(r.design[0].regret_max, 8);
    ck_assert_double_eq(r.design[1].regret_max, 2);
    ck_assert_double_eq(r.design[0].met, 0.5);
    ck_assert(!r.design[0].eligible && r.design[1].eligible && r.design[2].eligible);
    ck_assert_uint_eq(r.least_expected, 1);
    ck_assert_uint_eq(r.least_worst, 1);
    ck_assert(r.enough);
    ck_assert_uint_eq(r.never_met, 0);
    sensitivity_result_finish(&r);
}
END_TEST

START_TEST(without_a_sure_design_the_surest)
{
    const double cost[] = {1, 2, 1, 2, 1, 2, 1, 5};
    const bool meets[] = {false, false, false, true, true, true, false, false};
    struct sensitivity_result r;
    regret_of(&r, 2, 0.95, cost, meets, 4);
    ck_assert(!r.enough);
    ck_assert(!r.design[0].eligible && r.design[1].eligible);
    ck_assert_uint_eq(r.least_expected, 1);
    ck_assert_uint_eq(r.never_met,
                      2); /* there the cheapest is the measure, and nobody is charged */
    ck_assert_double_eq_tol(r.design[0].expected, 0, 1e-12);
    ck_assert_double_eq_tol(r.design[1].expected, (1 + 0 + 1 + 4) / 4.0, 1e-12);
    sensitivity_result_finish(&r);
}
END_TEST

/* The mean and the worst case may choose differently. */
START_TEST(two_choices)
{
    const double cost[] = {10, 11, 10, 11, 10, 11, 10, 11, 14, 11};
    const bool meets[] = {true, true, true, true, true, true, true, true, true, true};
    struct sensitivity_result r;
    regret_of(&r, 2, 0.95, cost, meets, 5);
    ck_assert_uint_eq(r.least_expected, 0); /* 3/5 against 4/5 */
    ck_assert_uint_eq(r.least_worst, 1);    /* 3 against 1 */
    sensitivity_result_finish(&r);
}
END_TEST

TEST_MAIN("sensitivity", mistakes_have_their_line, what_is_written_is_assumed, command_line,
          quantiles, regret_by_hand, without_a_sure_design_the_surest, two_choices)
