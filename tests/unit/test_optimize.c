/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The search against brute force: every design of a grid with all replications. */
#include "harness.h"

#include "core/memory.h"
#include "studies/optimize.h"
#include "unit/files.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

#define AXES_MAX 4

static const char stream[] =
    "{ \"as_of\": \"2024-01-01\", \"run\": { \"duration_s\": 40 },\n"
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
static const char *const stream_grid[AXES_MAX] = {
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

struct fixture {
    struct world world;
    cJSON *root;
    struct task_base base;
    struct scenario *scenario;
    struct executor *executor;
    size_t *metric;
    struct axis axis[AXES_MAX];
    struct optimize_request request;
    struct designs designs;
    struct trials trials; /* the whole grid */
    double invocations;   /* of it */
    struct optimize_result result;
    struct diagnostics diagnostics;
};

static void setup(struct fixture *f, const char *text, const char *const grid[AXES_MAX],
                  unsigned replications)
{
    const struct scenario_overrides none = {0};
    *f = (struct fixture){0};
    diagnostics_init(&f->diagnostics);
    ck_assert_int_eq(world_load(&f->world, DATA_DIR, &f->diagnostics), 0);
    f->root = json_parse(text, strlen(text), "s.json", &f->diagnostics);
    ck_assert_int_eq(task_base_init(&f->base, f->root, "s.json", &f->world, &none, &f->diagnostics),
                     0);
    f->scenario = design_read(&f->base.design, NULL, &f->diagnostics);
    ck_assert_msg(f->scenario != NULL, "%s", f->diagnostics.item[0].text);
    f->metric = task_base_want_objectives(&f->base, f->scenario);
    ck_assert_int_eq(task_base_describe(&f->base, &f->diagnostics), 0);
    f->executor = executor_create(&f->base, 2, NULL, (struct study_shard){0, 0}, NULL);
    f->request = (struct optimize_request){.sweep = {.scenario = f->scenario,
                                                     .metric = f->metric,
                                                     .axis = f->axis,
                                                     .replications = replications},
                                           .figure = TASK_COST,
                                           .confidence = 0.95};
    for (size_t *n = &f->request.sweep.axes; *n < AXES_MAX && grid[*n] != NULL; (*n)++)
        ck_assert_int_eq(axis_parse(&f->axis[*n], f->root, grid[*n], "--vary", &f->diagnostics), 0);
}

static void finish(struct fixture *f)
{
    optimize_result_finish(&f->result);
    trials_finish(&f->trials);
    designs_finish(&f->designs);
    for (size_t i = 0; i < f->request.sweep.axes; i++)
        axis_finish(&f->axis[i]);
    executor_destroy(f->executor);
    free(f->metric);
    scenario_destroy(f->scenario);
    task_base_finish(&f->base);
    cJSON_Delete(f->root);
    world_finish(&f->world);
    diagnostics_finish(&f->diagnostics);
}

/* --- brute force ---------------------------------------------------------------------------- */

static void run_grid(struct fixture *f)
{
    const struct sweep_request *const sweep = &f->request.sweep;
    const struct trial_rule rule = {.replications = sweep->replications};
    const struct trials_hooks none = {0};
    ck_assert_int_eq(designs_grid(&f->designs, f->axis, sweep->axes, &f->diagnostics), 0);
    struct trial_request *const trial = mem_alloc(f->designs.count, sizeof *trial);
    for (size_t i = 0; i < f->designs.count; i++)
        trial[i] = (struct trial_request){&f->designs.design[i], sweep->option, 0};
    ck_assert_int_eq(
        trials_run(&f->trials, f->executor, trial, f->designs.count, &rule, &none, &f->diagnostics),
        STUDY_DONE);
    free(trial);
    for (size_t i = 0; i < f->designs.count; i++)
        for (unsigned k = 0; k < sweep->replications; k++)
            f->invocations += f->trials.trial[i].value[k * f->trials.width + TASK_INVOCATIONS];
}

/* Whether the one-sided limit of an objective's metric is on its side. */
static bool holds(const struct fixture *f, size_t design, size_t objective, double doubt)
{
    const struct objective_spec *const o = &f->scenario->objective[objective];
    const size_t figure = task_metric_at(f->metric[objective]);
    const struct trial *const trial = &f->trials.trial[design];
    const double n = trial->replications;
    double sum = 0, squares = 0, error = 0;
    if (trial->value[figure] == TASK_NOT_REPORTED)
        return false;
    for (unsigned k = 0; k < trial->replications; k++) {
        sum += trial->value[k * f->trials.width + figure] / n;
        error = fmax(error, trial->value[k * f->trials.width + figure + 1]);
    }
    for (unsigned k = 0; k < trial->replications; k++)
        squares += pow(trial->value[k * f->trials.width + figure] - sum, 2);
    const double half =
        fmax(error, gsl_cdf_tdist_Pinv(1 - doubt, n - 1) * sqrt(squares / (n - 1) / n));
    return o->at_most ? sum + half <= o->bound : sum - half >= o->bound;
}

/* The least figure of the designs that hold all objectives; SIZE_MAX: none does. */
static size_t brute_force(const struct fixture *f)
{
    size_t best = SIZE_MAX, applying = 0;
    for (size_t k = 0; k < f->scenario->objectives; k++)
        applying += objective_applies(&f->scenario->objective[k], f->request.sweep.option);
    for (size_t i = 0; i < f->designs.count; i++) {
        bool good = true;
        for (size_t k = 0; k < f->scenario->objectives; k++)
            if (objective_applies(&f->scenario->objective[k], f->request.sweep.option))
                good = good && holds(f, i, k, (1 - f->request.confidence) / (double)applying);
        const size_t figure = f->request.figure;
        if (good && (best == SIZE_MAX || trials_estimate(&f->trials, i, figure).mean <
                                             trials_estimate(&f->trials, best, figure).mean))
            best = i;
    }
    return best;
}

static void search(struct fixture *f)
{
    const struct optimize_hooks none = {0};
    optimize_result_finish(&f->result);
    ck_assert_int_eq(optimize_run(&f->result, f->executor, &f->request, &none, &f->diagnostics),
                     STUDY_DONE);
}

static void assert_same_answer(struct fixture *f)
{
    search(f);
    const size_t best = brute_force(f);
    ck_assert_int_eq(f->result.found, best != SIZE_MAX);
    const struct sweep_point *const p = &f->result.tried.point[f->result.tried.reference];
    for (size_t k = 0; best != SIZE_MAX && k < f->request.sweep.axes; k++)
        ck_assert_msg(strcmp(p->value[k], f->designs.design[best].setting[k].text) == 0,
                      "%s is %s, by brute force %s", f->axis[k].path, p->value[k],
                      f->designs.design[best].setting[k].text);
    ck_assert_uint_eq(f->result.designs, f->designs.count);
    if (best != SIZE_MAX)
        ck_assert_uint_eq(p->replications, f->request.sweep.replications);
}

/* --- cases ---------------------------------------------------------------------------------- */

START_TEST(stream_as_by_brute_force)
{
    static const double bounds[] = {1200, 1300, 1500, 2000, 3000, 6000};
    struct fixture f;
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
    finish(&f);
}
END_TEST

START_TEST(many_replications_as_by_brute_force)
{
    static const char *const grid[AXES_MAX] = {"functions.f.memory_size=256:1024:256",
                                               "streams.s.shard_count=2:4:1",
                                               "event_source_mappings.m.batch_size=50:400:*2"};
    static const double bounds[] = {1000, 1300, 1600, 2500};
    struct fixture f;
    setup(&f, stream, grid, 8);
    run_grid(&f);
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        f.scenario->objective[0].bound = bounds[i];
        assert_same_answer(&f);
        ck_assert_double_lt(f.result.invocations, 0.4 * f.invocations);
    }
    finish(&f);
}
END_TEST

START_TEST(function_as_by_brute_force)
{
    static const char *const grid[AXES_MAX] = {
        "functions.f.memory_size=256:1024:128",
        "functions.f.provisioned_concurrent_executions=0,1,2,3"};
    static const double bounds[] = {0.0005, 0.002, 0.01, 1};
    struct fixture f;
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
    finish(&f);
}
END_TEST

START_TEST(servers_as_by_brute_force)
{
    static const char *const grid[AXES_MAX] = {
        "baselines.b.instance_type=c5.xlarge,m5.large,c5.large,m5.xlarge,r5.large,c5.2xlarge",
        "baselines.b.desired_capacity=1:6:1"};
    struct fixture f;
    setup(&f, function, grid, 3);
    f.request.sweep.option = "b";
    run_grid(&f);
    assert_same_answer(&f);
    ck_assert(!f.result.found); /* servers have no function's metrics */
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
    finish(&f);
}
END_TEST

/* Shards that nobody can pay for are not tried: the cost of a stream is known when nothing comes.
 */
START_TEST(what_is_too_dear_is_not_tried)
{
    static const char *const grid[AXES_MAX] = {"streams.s.shard_count=2:60:1"};
    struct fixture f;
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
    finish(&f);
}
END_TEST

/* Relaxing an objective is searching with the wider bound. */
START_TEST(relaxed_objectives_save_what_a_search_says)
{
    struct fixture f;
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
        const double wider = trials_estimate(&f.trials, brute_force(&f), TASK_COST).mean;
        ck_assert_double_eq_tol(relaxed.saving.mean, cost - wider, 1e-9 * cost);
        binding += relaxed.saving.mean > 0;
    }
    ck_assert_uint_gt(binding, 0);
    finish(&f);
}
END_TEST

START_TEST(designs_that_are_no_scenarios_are_left_out)
{
    static const char *const grid[AXES_MAX] = {"functions.f.memory_size=64,256,512,20000"};
    static const char *const none[AXES_MAX] = {"functions.f.memory_size=1,2,3"};
    struct fixture f;
    setup(&f, function, grid, 2);
    f.scenario->objective[1].bound = 1;
    search(&f);
    ck_assert_uint_eq(f.result.invalid, 2);
    ck_assert_uint_eq(f.result.tried.points, 2);
    ck_assert(f.result.found);
    ck_assert(strstr(f.result.tried.run.notes.item[0].text, "2 designs looked at are no valid") !=
              NULL);
    finish(&f);
    const struct optimize_hooks hooks = {0};
    setup(&f, function, none, 2);
    ck_assert_int_eq(optimize_run(&f.result, f.executor, &f.request, &hooks, &f.diagnostics),
                     STUDY_FAILED);
    assert_one_error(&f.diagnostics, "no design that was looked at is valid: ");
    finish(&f);
}
END_TEST

TEST_MAIN("unit_optimize", stream_as_by_brute_force, many_replications_as_by_brute_force,
          function_as_by_brute_force, servers_as_by_brute_force, what_is_too_dear_is_not_tried,
          relaxed_objectives_save_what_a_search_says, designs_that_are_no_scenarios_are_left_out)
