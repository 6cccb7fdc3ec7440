/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Baselines on Fargate: which tasks there are, and what they use. */
#include "harness.h"

#include "plan/plan.h"
#include "plan/world.h"

#include <stdio.h>

static struct world world;
static struct diagnostics diagnostics;
static struct scenario *scenario;

static bool read_baseline(const char *as_of, const char *baseline)
{
    char text[1000];
    scenario_destroy(scenario);
    diagnostics_finish(&diagnostics);
    diagnostics_init(&diagnostics);
    if (world.limits == NULL)
        ck_assert_int_eq(world_load(&world, DATA_DIR, &diagnostics), 0);
    const int size =
        snprintf(text, sizeof text,
                 "{\"as_of\": \"%s\", \"run\": {\"duration_s\": 600},\n"
                 "\"workloads\": {\"w\": {\"to\": \"function:f\",\n"
                 "  \"arrivals\": {\"process\": \"poisson\", \"rate_per_s\": 1}}},\n"
                 "\"functions\": {\"f\": {\"duration_ms\": 1, \"init_duration_ms\": 1}},\n"
                 "\"baselines\": {\"b\": {%s}}}\n",
                 as_of, baseline);
    const struct scenario_data data = world_scenario_data(&world);
    scenario = scenario_parse(text, (size_t)size, "s.json", &data, NULL, &diagnostics);
    return scenario != NULL;
}

#define TASK(cpu, memory) "\"task_definition\": {\"cpu\": " cpu ", \"memory\": " memory "}"

START_TEST(sizes)
{
    ck_assert(read_baseline("2024-01-01", TASK("1024", "2048")));
    ck_assert_uint_eq(diagnostics.count, 0);
    ck_assert_str_eq(scenario->baseline[0].instance_type, "Fargate 1 vCPU 2 GB");
    ck_assert(read_baseline("2024-01-01", TASK("256", "512")));
    ck_assert_str_eq(scenario->baseline[0].instance_type, "Fargate 0.25 vCPU 0.5 GB");
    ck_assert(read_baseline("2022-10-01", TASK("16384", "122880")));
}
END_TEST

static void expect(const char *as_of, const char *baseline, const char *expected)
{
    ck_assert_msg(!read_baseline(as_of, baseline), "%s", baseline);
    ck_assert_uint_eq(diagnostics.errors, 1);
    for (size_t i = 0; i < diagnostics.count; i++)
        if (!diagnostics.item[i].warning)
            ck_assert_str_eq(diagnostics.item[i].text, expected);
}

START_TEST(mistakes)
{
    expect("2017-11-28", TASK("1024", "2048"),
           "s.json:5: baselines.b.task_definition: Fargate exists since 2017-11-29");
    expect("2024-01-01", TASK("300", "2048"),
           "s.json:5: baselines.b.task_definition: there are no tasks of 300 CPU units then");
    expect("2020-01-01", TASK("8192", "16384"),
           "s.json:5: baselines.b.task_definition: there are no tasks of 8192 CPU units then");
    expect("2024-01-01", TASK("256", "4096"),
           "s.json:5: baselines.b.task_definition: 4096 MB is not from 512 to 2048 MB, as 256 CPU "
           "units allow (Fargate limit since 2017-11-29)");
    expect("2024-01-01", TASK("256", "512") ", \"instance_type\": \"m5.large\"",
           "s.json:5: baselines.b: needs exactly one of instance_type and task_definition");
    expect("2024-01-01", TASK("256", "512") ", \"purchase\": \"1yr-no-upfront\"",
           "s.json:5: baselines.b.purchase: Fargate tasks are billed on demand here");
    ck_assert(read_baseline("2024-01-01", TASK("256", "512") ", \"ebs_gb\": 20"));
    ck_assert_uint_eq(diagnostics.count, 1);
}
END_TEST

START_TEST(tasks_are_metered)
{
    const struct model_hooks none = {0};
    ck_assert(read_baseline("2024-01-01", TASK("512", "3072") ", \"desired_capacity\": 3, "
                                                              "\"load_balancer\": \"none\""));
    struct plan *const plan =
        plan_create(scenario, &world, &scenario->baseline[0], 0, &diagnostics);
    ck_assert_double_eq(plan_model(plan)->fleet->vcpus, 0.5);
    ck_assert_uint_eq(plan_model(plan)->fleet->workers, 1);
    struct model *const model = model_create(plan_model(plan), 1, 0, 600 * NS_PER_S);
    ck_assert_int_eq(model_run(model, 0, &none), MODEL_DONE);
    struct usage usage;
    usage_init(&usage);
    model_usage(model, &usage);
    ck_assert(usage_total(&usage, METER_FARGATE_CPU_MS) == 3 * 600000 * 512);
    ck_assert(usage_total(&usage, METER_FARGATE_MB_MS) == (int128)3 * 600000 * 3072);
    ck_assert_uint_eq(usage.count, 2); /* no volumes, no paid metrics */
    usage_finish(&usage);
    model_destroy(model);
    plan_destroy(plan);
    scenario_destroy(scenario);
    world_finish(&world);
}
END_TEST

TEST_MAIN("fargate", sizes, mistakes, tasks_are_metered)
