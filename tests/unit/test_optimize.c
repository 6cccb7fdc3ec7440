/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The search against brute force: every design of a grid with all replications. */
#include "harness.h"

#include "grid_case.h"
#include "unit/files.h"

#include <math.h>

static const char stream[] =
    "{ \"as_of\": \"2024-01-01\", \"run\": { \"duration_s\": 25 },\n"
    " \"account\": { \"free_tier\": false },\n"
    " \"workloads\": { \"w\": { \"to\": \"stream:s\", \"record_bytes\": 800,\n"
    "   \"arrivals\": { \"process\": \"poisson\", \"rate_per_s\": 1500 } } },\n"
    " \"streams\": { \"s\": { \"shard_count\": 4 } },\n"
    " \"functions\": { \"f\": { \"memory_size\": 512, \"timeout\": 30, \"init_duration_ms\": 200,\n"
    "   \"runtime\": \"python3.12\", \"reference_memory_size\": 512, \"cpu_fraction\": 0.6,\n"
    "   \"per_record_ms\": 1.2,\n"
    "   \"duration_ms\": { \"distribution\": \"exponential\", \"mean\": 60 } } },\n"
    " \"event_source_mappings\": { \"m\": { \"event_source\": \"stream:s\",\n"
    "   \"function_name\": \"f\", \"batch_size\": 200 } },\n"
    " \"objectives\": [ { \"metric\": \"latency_ms\", \"entity\": \"esm:m\",\n"
    "   \"statistic\": \"p99\", \"at_most\": 2000 } ] }\n";
static const char *const stream_grid[GRID_AXES_MAX] = {
    "functions.f.memory_size=256:2048:256", "streams.s.shard_count=2:8:1",
    "event_source_mappings.m.batch_size=800,25,50,100,200,400"};

static const char function[] =
    "{ \"as_of\": \"2024-01-01\", \"run\": { \"duration_s\": 600 },\n"
    " \"account\": { \"free_tier\": false },\n"
    " \"workloads\": { \"w\": { \"to\": \"function:f\",\n"
    "   \"arrivals\": { \"process\": \"poisson\", \"rate_per_s\": 5 } } },\n"
    " \"functions\": { \"f\": { \"memory_size\": 512, \"timeout\": 30, \"init_duration_ms\": 900,\n"
    "   \"runtime\": \"python3.12\", \"reference_memory_size\": 512, \"cpu_fraction\": 0.8,\n"
    "   \"duration_ms\": { \"distribution\": \"exponential\", \"mean\": 100 } } },\n"
    " \"baselines\": { \"b\": { \"instance_type\": \"m5.large\", \"sizing\": \"fixed\",\n"
    "   \"desired_capacity\": 1 } },\n"
    " \"objectives\": [ { \"metric\": \"latency_ms\", \"entity\": \"function:f\",\n"
    "   \"statistic\": \"p99\", \"at_most\": 600 },\n"
    "   { \"metric\": \"cold_start_ratio\", \"entity\": \"function:f\", \"at_most\": 0.002 },\n"
    "   { \"metric\": \"latency_ms\", \"entity\": \"baseline:b\", \"statistic\": \"p95\",\n"
    "   \"at_most\": 400 } ] }\n";

/* Billed by 100 ms as in 2017, so that the cost over memory has many minima. */
static const char billed_in_steps[] =
    "{ \"as_of\": \"2017-06-01\", \"run\": { \"duration_s\": 200 },\n"
    " \"account\": { \"free_tier\": false },\n"
    " \"workloads\": { \"w\": { \"to\": \"function:f\",\n"
    "   \"arrivals\": { \"process\": \"poisson\", \"rate_per_s\": 1 } } },\n"
    " \"functions\": { \"f\": { \"memory_size\": 512, \"timeout\": 30, \"init_duration_ms\": 900,\n"
    "   \"runtime\": \"python3.6\", \"reference_memory_size\": 512, \"cpu_fraction\": 1,\n"
    "   \"duration_ms\": %d } },\n"
    " \"objectives\": [ { \"metric\": \"latency_ms\", \"entity\": \"function:f\",\n"
    "   \"statistic\": \"p50\", \"at_most\": 600 } ] }\n";

static void setup(struct grid_case *g, const char *text, const char *const grid[GRID_AXES_MAX],
                  unsigned replications)
{
    ck_assert_msg(grid_case_init(g, text, "s.json", grid, replications), "%s",
                  g->diagnostics.item[0].text);
}

static void run_grid(struct grid_case *g)
{
    ck_assert_msg(grid_case_run(g), "%s", g->diagnostics.item[0].text);
}

static void search(struct grid_case *g)
{
    ck_assert_int_eq(grid_case_search(g), STUDY_DONE);
}

static void assert_same_answer(struct grid_case *g)
{
    search(g);
    const size_t best = grid_case_best(g);
    const struct sweep_point *const p = &g->result.tried.point[g->result.tried.reference];
    char *const wanted = best == SIZE_MAX ? NULL : design_name(&g->designs.design[best]);
    ck_assert_msg(grid_case_agrees(g, best), "%s instead of %s", p->value[0],
                  wanted == NULL ? "none" : wanted);
    free(wanted);
    ck_assert_uint_eq(g->result.designs, g->designs.count);
    if (best != SIZE_MAX)
        ck_assert_uint_eq(p->replications, g->request.sweep.replications);
}

/* --- cases ---------------------------------------------------------------------------------- */

START_TEST(stream_as_by_brute_force)
{
    static const double bounds[] = {1200, 1300, 1500, 2000, 3000, 6000};
    struct grid_case f;
    double most = 0;
    setup(&f, stream, stream_grid, 3);
    run_grid(&f);
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        f.scenario->objective[0].bound = bounds[i];
        assert_same_answer(&f);
        ck_assert_msg(f.result.found, "%f", bounds[i]);
        most = fmax(most, f.result.invocations / f.invocations);
    }
    ck_assert_double_le(most, 0.1);
    grid_case_finish(&f);
}
END_TEST

START_TEST(many_replications_as_by_brute_force)
{
    static const char *const grid[GRID_AXES_MAX] = {"functions.f.memory_size=256:1024:256",
                                                    "streams.s.shard_count=2:4:1",
                                                    "event_source_mappings.m.batch_size=50:400:*2"};
    static const double bounds[] = {1000, 1300, 1600, 2500};
    struct grid_case f;
    setup(&f, stream, grid, 8);
    run_grid(&f);
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        f.scenario->objective[0].bound = bounds[i];
        assert_same_answer(&f);
        ck_assert_double_lt(f.result.invocations, 0.4 * f.invocations);
    }
    grid_case_finish(&f);
}
END_TEST

START_TEST(function_as_by_brute_force)
{
    static const char *const grid[GRID_AXES_MAX] = {
        "functions.f.memory_size=256:1024:128",
        "functions.f.provisioned_concurrent_executions=0,1,2,3"};
    static const double bounds[] = {0.0005, 0.002, 0.01, 1};
    struct grid_case f;
    setup(&f, function, grid, 4);
    run_grid(&f);
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        f.scenario->objective[1].bound = bounds[i];
        assert_same_answer(&f);
    }
    f.scenario->objective[0].bound = 1; /* no function is that fast */
    assert_same_answer(&f);
    ck_assert(!f.result.found && f.result.relaxation == NULL);
    ck_assert(f.result.tried.points > 0);
    f.scenario->objective[0].bound = 2000;
    f.request.figure = task_metric_at(f.metric[0]); /* another goal than the cost */
    assert_same_answer(&f);
    ck_assert_str_eq(f.result.metric, "function:f latency_ms.p99");
    ck_assert_str_eq(f.result.unit, "ms");
    grid_case_finish(&f);
}
END_TEST

START_TEST(servers_as_by_brute_force)
{
    static const char *const grid[GRID_AXES_MAX] = {
        "baselines.b.instance_type=c5.xlarge,m5.large,c5.large,m5.xlarge,r5.large,c5.2xlarge",
        "baselines.b.desired_capacity=1:6:1"};
    struct grid_case f;
    setup(&f, function, grid, 3);
    f.request.sweep.option = "b";
    ck_assert_int_eq(task_base_describe_option(&f.base, "b", &f.diagnostics), 0);
    run_grid(&f);
    assert_same_answer(&f);
    ck_assert(f.result.found); /* servers have no cold starts: that one does not bind them */
    ck_assert_uint_eq(f.result.tried.objectives, 2);
    ck_assert_uint_eq(f.result.tried.run.notes.count, 1);
    ck_assert_str_eq(f.result.tried.run.notes.item[0].text,
                     "the objective of function:f cold_start_ratio binds the Lambda design only: "
                     "baseline b has no such metric");
    const struct objective_spec of_function = f.scenario->objective[0];
    f.scenario->objective[0] = f.scenario->objective[2];
    f.metric[0] = f.metric[2];
    f.scenario->objectives = 1;
    assert_same_answer(&f);
    ck_assert(f.result.found);
    f.scenario->objective[0].bound = 1; /* none is that fast */
    assert_same_answer(&f);
    f.scenario->objective[0] = of_function;
    f.scenario->objectives = 3;
    grid_case_finish(&f);
}
END_TEST

/* Of neighbours alone it would take one that is up to 70 % dearer. */
START_TEST(many_minima_as_by_brute_force)
{
    static const char *const grid[GRID_AXES_MAX] = {"functions.f.memory_size=128:1536:64",
                                                    "functions.f.timeout=11:20:1"};
    double share = 0;
    size_t searches = 0;
    for (int duration_ms = 300; duration_ms <= 700; duration_ms += 400) {
        struct grid_case f;
        char text[sizeof billed_in_steps + 10];
        snprintf(text, sizeof text, billed_in_steps, duration_ms);
        setup(&f, text, grid, 3);
        run_grid(&f);
        for (double bound = 120; bound < 4000; bound *= 1.5) {
            f.scenario->objective[0].bound = bound;
            assert_same_answer(&f);
            share += f.result.invocations / f.invocations;
            searches++;
        }
        grid_case_finish(&f);
    }
    ck_assert_double_le(share / (double)searches, 0.1);
}
END_TEST

/* Shards that nobody can pay for are not tried: the cost of a stream is known when nothing comes.
 */
START_TEST(what_is_too_dear_is_not_tried)
{
    static const char *const grid[GRID_AXES_MAX] = {"streams.s.shard_count=2:60:1"};
    struct grid_case f;
    setup(&f, stream, grid, 3);
    f.scenario->objective[0].bound = 4000;
    run_grid(&f);
    assert_same_answer(&f);
    ck_assert_uint_gt(f.result.too_dear, 0);
    struct task_runner *const runner = task_runner_create(&f.base);
    for (size_t i = 0; i < f.designs.count; i++) {
        const struct task task = {.design = &f.designs.design[i]};
        double floor;
        ck_assert_int_eq(task_floor(runner, &task, &floor, &f.diagnostics), 0);
        ck_assert_double_eq_tol(floor, 0.015 * 730 * (double)(i + 2), 1e-6);
        for (unsigned k = 0; k < 3; k++)
            ck_assert_double_lt(floor, f.trials.trial[i].value[k * f.trials.width + TASK_COST]);
    }
    task_runner_destroy(runner);
    grid_case_finish(&f);
}
END_TEST

/* Relaxing an objective is searching with the wider bound. */
START_TEST(relaxed_objectives_save_what_a_search_says)
{
    struct grid_case f;
    setup(&f, stream, stream_grid, 3);
    run_grid(&f);
    size_t binding = 0;
    for (double bound = 1200; bound <= 2000; bound += 200) {
        f.scenario->objective[0].bound = bound;
        search(&f);
        ck_assert(f.result.found && f.result.relaxation != NULL);
        const struct optimize_relaxation relaxed = f.result.relaxation[0];
        ck_assert_double_eq_tol(relaxed.bound, 1.1 * bound, 1e-9);
        const double cost = f.result.tried.point[f.result.tried.reference].monthly_cost_usd.mean;
        f.scenario->objective[0].bound = 1.1 * bound;
        const double wider = trials_estimate(&f.trials, grid_case_best(&f), TASK_COST).mean;
        ck_assert_double_eq_tol(relaxed.saving.mean, cost - wider, 1e-9 * cost);
        binding += relaxed.saving.mean > 0;
    }
    ck_assert_uint_gt(binding, 0);
    grid_case_finish(&f);
}
END_TEST

START_TEST(designs_that_are_no_scenarios_are_left_out)
{
    static const char *const grid[GRID_AXES_MAX] = {"functions.f.memory_size=64,256,512,20000"};
    static const char *const none[GRID_AXES_MAX] = {"functions.f.memory_size=1,2,3"};
    struct grid_case f;
    setup(&f, function, grid, 2);
    f.scenario->objective[1].bound = 1;
    search(&f);
    ck_assert_uint_eq(f.result.invalid, 2);
    ck_assert_uint_eq(f.result.tried.points, 2);
    ck_assert(f.result.found);
    ck_assert(strstr(f.result.tried.run.notes.item[0].text, "2 designs looked at are no valid") !=
              NULL);
    grid_case_finish(&f);
    setup(&f, function, none, 2);
    ck_assert_int_eq(grid_case_search(&f), STUDY_FAILED);
    assert_one_error(&f.diagnostics, "no design that was looked at is valid: ");
    grid_case_finish(&f);
}
END_TEST

/* Whatever the scenario: the grid's answer with at most a tenth of its invocations. */
START_TEST(shipped_scenarios_take_a_tenth_of_the_grid)
{
    for (size_t i = 0; i < GRID_SHIPPED; i++) {
        struct grid_case f;
        char path[300];
        snprintf(path, sizeof path, "%s/scenarios/%s.json", DATA_DIR, grid_shipped[i].name);
        const bool good = grid_case_init(&f, NULL, path, grid_shipped[i].grid, 0);
        ck_assert_msg(good, "%s", f.diagnostics.item[0].text);
        run_grid(&f);
        assert_same_answer(&f);
        ck_assert_msg(f.result.invocations <= 0.1 * f.invocations, "%s: %.3f", grid_shipped[i].name,
                      f.result.invocations / f.invocations);
        grid_case_finish(&f);
    }
}
END_TEST

TEST_MAIN("unit_optimize", shipped_scenarios_take_a_tenth_of_the_grid, stream_as_by_brute_force,
          many_replications_as_by_brute_force, function_as_by_brute_force,
          servers_as_by_brute_force, many_minima_as_by_brute_force, what_is_too_dear_is_not_tried,
          relaxed_objectives_save_what_a_search_says, designs_that_are_no_scenarios_are_left_out)
