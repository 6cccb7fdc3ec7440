/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness.h"

#include "engine/design.h"

#include <stdio.h>
#include <string.h>

static const char text[] =
    "{\n"
    " \"as_of\": \"2024-01-01\",\n"
    " \"run\": { \"duration_s\": 600 },\n"
    " \"workloads\": { \"w\": { \"to\": \"function:my.fun\",\n"
    "   \"arrivals\": { \"process\": \"poisson\", \"rate_per_s\": 5 } } },\n"
    " \"functions\": {\n"
    "  \"my\": { \"memory_size\": 128, \"timeout\": 3, \"runtime\": \"python3.12\",\n"
    "            \"duration_ms\": 10 },\n"
    "  \"my.fun\": { \"memory_size\": 512, \"timeout\": 30, \"runtime\": \"python3.12\",\n"
    "    \"duration_ms\": { \"distribution\": \"exponential\", \"mean\": 100 } } },\n"
    " \"objectives\": [ { \"metric\": \"latency_ms\", \"entity\": \"function:my.fun\",\n"
    "   \"statistic\": \"p99\", \"at_most\": 300 } ]\n"
    "}\n";

struct fixture {
    struct world world;
    cJSON *root;
    struct design_base base;
    struct diagnostics diagnostics;
};

static void setup(struct fixture *f)
{
    diagnostics_init(&f->diagnostics);
    ck_assert_int_eq(world_load(&f->world, DATA_DIR, &f->diagnostics), 0);
    f->root = json_parse(text, strlen(text), "s.json", &f->diagnostics);
    ck_assert_ptr_nonnull(f->root);
    f->base = (struct design_base){.root = f->root, .path = "s.json", .world = &f->world};
}

static void finish(struct fixture *f)
{
    cJSON_Delete(f->root);
    world_finish(&f->world);
    diagnostics_finish(&f->diagnostics);
}

/* The setting as a command line gives it; its text is the caller's. */
static struct setting given(struct fixture *f, const char *path, const char *value)
{
    struct setting s = {.path = path};
    const struct field *const field = design_field(f->root, path, "--vary", &f->diagnostics);
    ck_assert_msg(field != NULL, "%s",
                  f->diagnostics.count > 0 ? f->diagnostics.item[0].text : "no field");
    s.text = design_value(field, path, value, "--vary", &s.kind, &f->diagnostics);
    ck_assert_ptr_nonnull(s.text);
    return s;
}

static void drop(struct setting *setting, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free((char *)(uintptr_t)setting[i].text);
}

START_TEST(settings_reach_their_values)
{
    struct fixture f;
    setup(&f);
    struct setting s[] = {given(&f, "functions.my.fun.memory_size", "1024"),
                          given(&f, "functions.my.memory_size", "256"),
                          given(&f, "functions.my.fun.duration_ms.mean", "7.5"),
                          given(&f, "functions.my.fun.architecture", "arm64"),
                          given(&f, "account.concurrent_executions", "0070"),
                          given(&f, "account.free_tier", "false"),
                          given(&f, "functions.my.duration_ms", "20"),
                          given(&f, "objectives.0.at_most", "250"),
                          given(&f, "as_of", "2025")};
    const size_t n = sizeof s / sizeof *s;
    const struct design design = {s, n};
    struct scenario *const scenario = design_read(&f.base, &design, &f.diagnostics);
    ck_assert_msg(scenario != NULL, "%s",
                  f.diagnostics.count > 0 ? f.diagnostics.item[0].text : "");
    ck_assert_double_eq(scenario->function[1].memory_size, 1024);
    ck_assert_double_eq(scenario->function[0].memory_size, 256);
    ck_assert_double_eq_tol(distribution_mean(&scenario->function[1].duration_ms), 7.5, 1e-12);
    ck_assert_double_eq(distribution_mean(&scenario->function[0].duration_ms), 20);
    ck_assert(scenario->function[1].arm64 && !scenario->function[0].arm64);
    ck_assert_double_eq(scenario->account.concurrent_executions, 70);
    ck_assert(!scenario->account.free_tier);
    ck_assert_double_eq(scenario->objective[0].bound, 250);
    ck_assert_int_eq(scenario->as_of_day, 20089); /* 2025-01-01 */
    scenario_destroy(scenario);
    char *const name = design_name(&(struct design){s, 2});
    ck_assert_str_eq(name, "functions.my.fun.memory_size=1024 functions.my.memory_size=256");
    free(name);
    /* The base is as it was. */
    struct scenario *const base = design_read(&f.base, NULL, &f.diagnostics);
    ck_assert_double_eq(base->function[1].memory_size, 512);
    ck_assert(base->account.free_tier);
    scenario_destroy(base);
    drop(s, n);
    finish(&f);
}
END_TEST

/* Another process does not have the old one's keys; what every process has stays. */
START_TEST(a_choice_takes_other_choices_keys_away)
{
    struct fixture f;
    setup(&f);
    struct setting s[] = {given(&f, "workloads.w.arrivals.rate_scale", "3"),
                          given(&f, "workloads.w.arrivals.process", "bursts"),
                          given(&f, "workloads.w.arrivals.base_rate_per_s", "1"),
                          given(&f, "workloads.w.arrivals.burst_rate_per_s", "9"),
                          given(&f, "workloads.w.arrivals.mean_base_s", "100"),
                          given(&f, "workloads.w.arrivals.mean_burst_s", "10")};
    const size_t n = sizeof s / sizeof *s;
    struct scenario *const scenario = design_read(&f.base, &(struct design){s, n}, &f.diagnostics);
    ck_assert_msg(scenario != NULL, "%s",
                  f.diagnostics.count > 0 ? f.diagnostics.item[0].text : "");
    ck_assert_int_eq(scenario->workload[0].arrivals.process, ARRIVALS_BURSTS);
    ck_assert_double_eq(scenario->workload[0].arrivals.burst_rate_per_s, 9);
    ck_assert_double_eq(scenario->workload[0].arrivals.rate_scale, 3);
    scenario_destroy(scenario);
    /* What the new one needs is still asked for. */
    ck_assert_ptr_null(design_read(&f.base, &(struct design){s, 2}, &f.diagnostics));
    size_t error = 0;
    while (f.diagnostics.item[error].warning)
        error++;
    ck_assert_msg(strstr(f.diagnostics.item[error].text, "\"bursts\" needs base_rate_per_s") !=
                      NULL,
                  "%s", f.diagnostics.item[error].text);
    drop(s, n);
    finish(&f);
}
END_TEST

START_TEST(wrong_paths_get_the_nearest_name)
{
    static const struct {
        const char *path, *sentence;
    } cases[] = {
        {"functions.my.fun.memory_sise",
         "--vary: functions.my.fun.memory_sise: there is no `memory_sise` in functions.my.fun; did "
         "you mean `memory_size`?"},
        {"functons.my.memory_size",
         "--vary: functons.my.memory_size: there is no `functons` in the scenario; did you mean "
         "`functions`?"},
        {"functions.mi.memory_size",
         "--vary: functions.mi.memory_size: there is no `mi` in functions; did you mean `my`?"},
        {"streams.s.shard_count", "--vary: streams.s.shard_count: there is no `s` in streams"},
        {"functions.my", "--vary: functions.my: is not a single value; go on with a dot and a key, "
                         "name or index"},
        {"objectives",
         "--vary: objectives: is not a single value; go on with a dot and a key, name "
         "or index"},
        {"objectives.1.at_most",
         "--vary: objectives.1.at_most: objectives is a list of 1; its entries are named 0, 1, …"},
        {"objectives.x.at_most",
         "--vary: objectives.x.at_most: objectives is a list of 1; its entries are named 0, 1, …"},
        {"functions.my.duration_ms.mean",
         "--vary: functions.my.duration_ms.mean: the scenario has no distribution there whose "
         "parameters could be set"},
        {"functions.my.memory_size.x", "--vary: functions.my.memory_size.x: a value has no parts"},
        {"", "--vary: : a path is missing"},
        {"memory_size",
         "--vary: memory_size: there is no `memory_size` in the scenario; did you mean "
         "`functions.my.memory_size` or `functions.my.fun.memory_size`?"},
        {"my.fun.timeout", "--vary: my.fun.timeout: there is no `my` in the scenario; did you mean "
                           "`functions.my.fun.timeout`?"},
        {"functions/my/memory",
         "--vary: functions/my/memory: there is no `functions/my/memory` in the scenario; did you "
         "mean `functions.my.memory_size` or `functions.my.fun.memory_size`?"},
        {"workloads.w.rate_per_s",
         "--vary: workloads.w.rate_per_s: there is no `rate_per_s` in workloads.w; did you mean "
         "`workloads.w.arrivals.rate_per_s`?"},
        {"free_tier", "--vary: free_tier: there is no `free_tier` in the scenario; did you mean "
                      "`account.free_tier`?"},
        {"mean", "--vary: mean: there is no `mean` in the scenario; did you mean "
                 "`functions.my.fun.duration_ms.mean`?"},
        {"at_most", "--vary: at_most: there is no `at_most` in the scenario; did you mean "
                    "`objectives.0.at_most`?"},
        {"duration", "--vary: duration: there is no `duration` in the scenario; did you mean "
                     "`run.duration_s`, `workloads.w.duration_ms`, `functions.my.duration_ms`, …?"},
        {"region.size", "--vary: region.size: a value has no parts"},
    };
    struct fixture f;
    setup(&f);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct diagnostics d;
        diagnostics_init(&d);
        ck_assert_ptr_null(design_field(f.root, cases[i].path, "--vary", &d));
        ck_assert_uint_eq(d.errors, 1);
        ck_assert_str_eq(d.item[0].text, cases[i].sentence);
        diagnostics_finish(&d);
    }
    finish(&f);
}
END_TEST

START_TEST(wrong_values_are_refused)
{
    static const struct {
        const char *path, *value, *sentence;
    } cases[] = {
        {"functions.my.memory_size", "much",
         "--vary: functions.my.memory_size: \"much\" is not a number"},
        {"functions.my.memory_size", "", "--vary: functions.my.memory_size: \"\" is not a number"},
        {"functions.my.memory_size", "1e999",
         "--vary: functions.my.memory_size: \"1e999\" is not a number"},
        {"account.free_tier", "yes",
         "--vary: account.free_tier: \"yes\" is neither true nor false"},
        {"functions.my.runtime", "\xff",
         "--vary: functions.my.runtime: the value is not UTF-8 text"},
    };
    struct fixture f;
    setup(&f);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct diagnostics d;
        enum setting_kind kind;
        diagnostics_init(&d);
        const struct field *const field = design_field(f.root, cases[i].path, "--vary", &d);
        ck_assert_ptr_nonnull(field);
        ck_assert_ptr_null(design_value(field, cases[i].path, cases[i].value, "--vary", &kind, &d));
        ck_assert_uint_eq(d.errors, 1);
        ck_assert_str_eq(d.item[0].text, cases[i].sentence);
        diagnostics_finish(&d);
    }
    finish(&f);
}
END_TEST

START_TEST(the_reader_judges_designs_by_name)
{
    struct fixture f;
    setup(&f);
    struct setting s[] = {given(&f, "functions.my.memory_size", "20000")};
    ck_assert_ptr_null(design_read(&f.base, &(struct design){s, 1}, &f.diagnostics));
    ck_assert_uint_eq(f.diagnostics.errors, 1);
    ck_assert_str_eq(f.diagnostics.item[0].text,
                     "functions.my.memory_size=20000: s.json: functions.my.memory_size: 20000 is "
                     "above 10240 MB (Lambda limit since 2020-12-01)");
    drop(s, 1);
    finish(&f);
}
END_TEST

TEST_MAIN("unit_design", settings_reach_their_values, a_choice_takes_other_choices_keys_away,
          wrong_paths_get_the_nearest_name, wrong_values_are_refused,
          the_reader_judges_designs_by_name)
