/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness.h"

#include "engine/batch.h"
#include "core/memory.h"
#include "support/text.h"
#include "unit/files.h"

#include <math.h>

static const char text[] =
    "{ \"as_of\": \"2024-01-01\", \"run\": { \"duration_s\": 120, \"replications\": 3 },\n"
    " \"workloads\": { \"w\": { \"to\": \"function:f\",\n"
    "   \"arrivals\": { \"process\": \"poisson\", \"rate_per_s\": 5 } } },\n"
    " \"functions\": { \"f\": { \"memory_size\": 512, \"timeout\": 30, \"runtime\": "
    "\"python3.12\",\n"
    "   \"duration_ms\": { \"distribution\": \"exponential\", \"mean\": 100 } } },\n"
    " \"baselines\": { \"fixed\": { \"instance_type\": \"m5.large\", \"sizing\": \"fixed\",\n"
    "   \"desired_capacity\": 1 }, \"least\": { \"instance_type\": \"m5.large\",\n"
    "   \"sizing\": \"smallest\" } },\n"
    " \"objectives\": [ { \"metric\": \"latency_ms\", \"entity\": \"function:f\",\n"
    "   \"statistic\": \"p99\", \"at_most\": 600 },\n"
    "   { \"metric\": \"monthly_cost_usd\", \"entity\": \"account\", \"at_most\": 600 } ] }\n";

#define DESIGNS 4
#define REPLICATIONS 3
#define TASKS (DESIGNS * REPLICATIONS)

static const struct setting settings[DESIGNS] = {
    {"functions.f.memory_size", "128", SETTING_NUMBER},
    {"functions.f.memory_size", "256", SETTING_NUMBER},
    {"functions.f.memory_size", "1024", SETTING_NUMBER},
    {"functions.f.memory_size", "3008", SETTING_NUMBER}};

struct fixture {
    struct world world;
    cJSON *root;
    struct task_base base;
    size_t *objective;
    struct design design[DESIGNS];
    struct task task[TASKS];
    struct diagnostics diagnostics;
    size_t arrived, ticks, most_ticks;
};

static bool keep_on(void *context, const struct executor_progress *progress)
{
    struct fixture *const f = context;
    ck_assert_uint_le(progress->done, progress->tasks);
    return f->most_ticks == 0 || ++f->ticks < f->most_ticks;
}

static void arrived(void *context, size_t index, const double *value)
{
    struct fixture *const f = context;
    ck_assert_uint_lt(index, TASKS);
    ck_assert(value[TASK_COST] >= 0);
    f->arrived++;
}

static void setup(struct fixture *f)
{
    *f = (struct fixture){0};
    diagnostics_init(&f->diagnostics);
    ck_assert_int_eq(world_load(&f->world, DATA_DIR, &f->diagnostics), 0);
    f->root = json_parse(text, strlen(text), "s.json", &f->diagnostics);
    const struct scenario_overrides none = {0};
    ck_assert_int_eq(task_base_init(&f->base, f->root, "s.json", &f->world, &none, &f->diagnostics),
                     0);
    struct scenario *const scenario = design_read(&f->base.design, NULL, &f->diagnostics);
    ck_assert_ptr_nonnull(scenario);
    f->objective = task_base_want_objectives(&f->base, scenario);
    scenario_destroy(scenario);
    diagnostics_finish(&f->diagnostics); /* nobody measured the runtime: said again by tasks */
    diagnostics_init(&f->diagnostics);
    for (size_t i = 0; i < DESIGNS; i++)
        f->design[i] = (struct design){&settings[i], 1};
    for (unsigned i = 0; i < TASKS; i++)
        f->task[i] =
            (struct task){.design = &f->design[i / REPLICATIONS], .replication = i % REPLICATIONS};
}

static void finish(struct fixture *f)
{
    free(f->objective);
    task_base_finish(&f->base);
    cJSON_Delete(f->root);
    world_finish(&f->world);
    diagnostics_finish(&f->diagnostics);
}

static enum study_status run(struct fixture *f, unsigned jobs, struct journal *journal,
                             struct study_shard shard, struct results *ret, size_t *ret_ran)
{
    struct executor *const executor = executor_create(&f->base, jobs, journal, shard, NULL);
    const struct executor_hooks hooks = {keep_on, arrived, f};
    results_init(ret, &f->base, TASKS);
    const enum study_status status =
        executor_run(executor, f->task, TASKS, &hooks, ret, &f->diagnostics);
    *ret_ran = executor_ran(executor);
    executor_destroy(executor);
    return status;
}

static bool same(const struct results *a, const struct results *b)
{
    return a->count == b->count && a->width == b->width &&
           memcmp(a->value, b->value, a->count * a->width * sizeof *a->value) == 0;
}

static const struct study_shard whole = {0, 0};

START_TEST(threads_give_the_same_numbers)
{
    struct fixture f;
    struct results one, many;
    size_t ran;
    setup(&f);
    ck_assert_int_eq(run(&f, 1, NULL, whole, &one, &ran), STUDY_DONE);
    ck_assert_uint_eq(ran, TASKS);
    ck_assert_uint_eq(f.arrived, TASKS);
    ck_assert_int_eq(run(&f, 5, NULL, whole, &many, &ran), STUDY_DONE);
    ck_assert(same(&one, &many));
    ck_assert_uint_eq(one.missing, 0);
    /* Common random numbers: the same arrivals in every design, others in every replication. */
    for (size_t i = 0; i < TASKS; i++) {
        const double invocations = results_get(&one, i, TASK_INVOCATIONS);
        ck_assert_double_eq_tol(invocations, 600, 150);
        ck_assert_double_eq(invocations, results_get(&one, i % REPLICATIONS, TASK_INVOCATIONS));
        ck_assert((i % REPLICATIONS == 0) ==
                  (invocations == results_get(&one, 0, TASK_INVOCATIONS)));
        /* What was asked for is there; the cost by either name. */
        const size_t p99 = task_metric_at(f.objective[0]), cost = task_metric_at(f.objective[1]);
        ck_assert_double_eq(results_get(&one, i, p99), results_get(&one, i, TASK_LATENCY_P99));
        ck_assert_double_eq(results_get(&one, i, cost), results_get(&one, i, TASK_COST));
    }
    results_finish(&one);
    results_finish(&many);
    finish(&f);
}
END_TEST

START_TEST(a_journal_is_not_run_again)
{
    struct fixture f;
    struct temporary file;
    struct results first, again, rest;
    size_t ran;
    setup(&f);
    temporary_write(&file, "", 0);
    struct journal *journal = journal_open(file.path, "", 0, &f.diagnostics);
    ck_assert_int_eq(run(&f, 2, journal, (struct study_shard){1, 3}, &first, &ran), STUDY_DONE);
    ck_assert_uint_eq(ran, TASKS / 3);
    ck_assert_uint_eq(first.missing, TASKS - TASKS / 3);
    for (size_t i = 0; i < TASKS; i++)
        ck_assert(isnan(results_get(&first, i, TASK_COST)) == (i % 3 != 1));
    journal_close(journal);

    journal = journal_open(file.path, "", 0, &f.diagnostics);
    f.arrived = 0;
    ck_assert_int_eq(run(&f, 2, journal, whole, &rest, &ran), STUDY_DONE);
    ck_assert_uint_eq(ran, TASKS - TASKS / 3);
    ck_assert_uint_eq(f.arrived, TASKS);
    journal_close(journal);

    journal = journal_open(file.path, "", 0, &f.diagnostics);
    diagnostics_finish(&f.diagnostics);
    diagnostics_init(&f.diagnostics);
    ck_assert_int_eq(run(&f, 2, journal, (struct study_shard){1, 1}, &again, &ran), STUDY_DONE);
    ck_assert_uint_eq(ran, 0);
    ck_assert(same(&rest, &again));
    ck_assert_uint_eq(f.diagnostics.count, 1); /* the tasks' warnings are kept, too */
    ck_assert(f.diagnostics.item[0].warning);
    ck_assert_ptr_nonnull(strstr(f.diagnostics.item[0].text, "no cold start was measured"));
    results_finish(&again);
    /* Another seed is another study, and so is another price. */
    f.base.design.overrides.seed = "7";
    struct task_base other;
    ck_assert_int_eq(task_base_init(&other, f.root, "s.json", &f.world, &f.base.design.overrides,
                                    &f.diagnostics),
                     0);
    ck_assert_int_ne(memcmp(other.digest, f.base.digest, sizeof other.digest), 0);
    task_base_finish(&other);
    journal_close(journal);
    results_finish(&first);
    results_finish(&rest);
    temporary_remove(&file);
    finish(&f);
}
END_TEST

START_TEST(keys_name_all_that_matters)
{
    struct fixture f;
    uint8_t key[TASK_KEY_SIZE], other[TASK_KEY_SIZE];
    setup(&f);
    struct task t = f.task[0];
    task_key(&f.base, &t, key);
    const struct task changed[] = {
        {.design = &f.design[1]},
        {.design = NULL},
        {.design = t.design, .option = "fixed"},
        {.design = t.design, .option = "fixed", .fleet_size = 2},
        {.design = t.design, .fleet_size = 2},
        {.design = t.design, .replication = 1},
    };
    for (size_t i = 0; i < sizeof changed / sizeof *changed; i++) {
        task_key(&f.base, &changed[i], other);
        ck_assert_int_ne(memcmp(key, other, sizeof key), 0);
    }
    const struct design copy = *t.design; /* not where it lies in memory */
    t.design = &copy;
    task_key(&f.base, &t, other);
    ck_assert_int_eq(memcmp(key, other, sizeof key), 0);
    task_base_want(&f.base, "function:f", "throttles"); /* results become wider */
    task_key(&f.base, &t, other);
    ck_assert_int_ne(memcmp(key, other, sizeof key), 0);
    finish(&f);
}
END_TEST

/* The first by index, whoever fails first by the clock. */
START_TEST(the_first_failure_is_reported)
{
    static const struct setting wrong[] = {{"functions.f.memory_size", "64", SETTING_NUMBER},
                                           {"functions.f.memory_size", "32", SETTING_NUMBER}};
    for (unsigned jobs = 1; jobs <= 4; jobs++) {
        struct fixture f;
        struct results results;
        size_t ran;
        setup(&f);
        f.design[1].setting = &wrong[0];
        f.design[2].setting = &wrong[1];
        ck_assert_int_eq(run(&f, jobs, NULL, whole, &results, &ran), STUDY_FAILED);
        assert_one_error(&f.diagnostics, "functions.f.memory_size=64: s.json: ");
        results_finish(&results);
        finish(&f);
    }
}
END_TEST

START_TEST(it_stops_when_told)
{
    struct fixture f;
    struct results results;
    size_t ran;
    setup(&f);
    f.most_ticks = 1;
    f.base.design.overrides.as_of = "2024-01-01";
    static const struct setting lasting[] = {{"run.duration_s", "300000000", SETTING_NUMBER}};
    for (size_t i = 0; i < DESIGNS; i++)
        f.design[i].setting = lasting;
    ck_assert_int_eq(run(&f, 2, NULL, whole, &results, &ran), STUDY_STOPPED);
    ck_assert_uint_eq(ran, 0);
    ck_assert_uint_eq(f.diagnostics.count, 0);
    results_finish(&results);
    finish(&f);
}
END_TEST

START_TEST(options_are_baselines_by_name)
{
    static const struct {
        const char *option, *sentence;
        unsigned size;
    } cases[] = {{"fixed", NULL, 0},
                 {"fixed", NULL, 2},
                 {"least", NULL, 2},
                 {"least", "baselines.least.sizing: \"smallest\" is found by trying", 0},
                 {"fixd", "there is no baseline `fixd`; did you mean `fixed`?", 0}};
    double cost[5];
    for (size_t i = 0; i < 5; i++) {
        struct fixture f;
        struct results results;
        size_t ran;
        setup(&f);
        for (size_t k = 0; k < TASKS; k++)
            f.task[k].option = cases[i].option, f.task[k].fleet_size = cases[i].size;
        const enum study_status status = run(&f, 1, NULL, whole, &results, &ran);
        if (cases[i].sentence == NULL) {
            ck_assert_int_eq(status, STUDY_DONE);
            cost[i] = results_get(&results, 0, TASK_COST);
        } else {
            ck_assert_int_eq(status, STUDY_FAILED);
            assert_one_error(&f.diagnostics, cases[i].sentence);
        }
        results_finish(&results);
        finish(&f);
    }
    ck_assert_double_gt(cost[1], 1.8 * cost[0] - 20); /* the load balancer is paid once */
    ck_assert_double_eq(cost[1], cost[2]);
}
END_TEST

/* A price that a design sets is its own. */
START_TEST(prices_are_of_their_design)
{
    struct fixture f;
    struct results results;
    size_t ran;
    setup(&f);
    cJSON_Delete(f.root);
    char *const priced =
        text_format("%.*s, \"prices\": [ { \"service\": \"lambda\", \"sku\": \"request\", "
                    "\"price_usd\": \"1\" } ] }",
                    (int)(strrchr(text, '}') - text), text);
    f.root = json_parse(priced, strlen(priced), "s.json", &f.diagnostics);
    free(priced);
    f.base.design.root = f.root;
    static const struct setting price[] = {{"prices.0.price_usd", "2", SETTING_STRING}};
    for (size_t i = 0; i < DESIGNS; i++)
        f.design[i] = (struct design){price, i % 2}; /* as written, and twice the price */
    ck_assert_int_eq(run(&f, 4, NULL, whole, &results, &ran), STUDY_DONE);
    for (size_t i = 0; i < TASKS; i++) {
        const size_t other = (i + REPLICATIONS) % TASKS;
        const double dearer =
            results_get(&results, i / REPLICATIONS % 2 == 1 ? i : other, TASK_COST);
        const double cheaper =
            results_get(&results, i / REPLICATIONS % 2 == 1 ? other : i, TASK_COST);
        ck_assert_double_gt(dearer, 1.9 * cheaper);
        ck_assert_double_lt(dearer, 2.1 * cheaper);
    }
    results_finish(&results);
    finish(&f);
}
END_TEST

START_TEST(work_is_what_is_expected)
{
    struct rate_point point[] = {{0, 0}, {10, 4}, {40, 4}};
    const struct arrivals_spec kinds[] = {
        {.process = ARRIVALS_CONSTANT, .rate_per_s = 7, .rate_scale = 2},
        {.process = ARRIVALS_PROFILE, .point = point, .points = 3, .rate_scale = 1},
        {.process = ARRIVALS_PROFILE, .point = &point[1], .points = 1, .rate_scale = 1},
        {.process = ARRIVALS_BURSTS,
         .base_rate_per_s = 1,
         .burst_rate_per_s = 10,
         .mean_base_s = 20,
         .mean_burst_s = 10,
         .rate_scale = 1},
        {.process = ARRIVALS_COUNTS, .rate_scale = 5}};
    const double per_s[] = {14, 3.5, 4, 4, 5};
    for (size_t i = 0; i < 5; i++) {
        struct workload_spec workload[] = {{.arrivals = kinds[i]}, {.arrivals = kinds[0]}};
        const struct scenario scenario = {
            .workload = workload, .workloads = 2, .run = {.duration_s = 100}};
        ck_assert_double_eq_tol(work_of(&scenario), 100 * (per_s[i] + 14), 1e-9);
    }
}
END_TEST

/* Ten tasks of 1 and one of 100: while nothing has run, and while all were as large, in proportion;
 * then by what a task takes besides. */
START_TEST(work_is_weighed_by_what_it_took)
{
    struct work_rate rate = {0};
    const struct work_sum all = {11, 110}, large = {1, 100}, half = {0.5, 50}, none = {0, 0};
    ck_assert_double_eq_tol(work_part(&rate, half, all), 50. / 110, 1e-12);
    work_learn(&rate, 100, 102);
    ck_assert_double_eq_tol(work_part(&rate, large, all), 100. / 110, 1e-12);
    work_learn(&rate, 1, 3); /* 2 s a task and 1 s a unit */
    ck_assert_double_eq_tol(work_part(&rate, large, all), 102. / 132, 1e-9);
    ck_assert_double_eq(work_part(&rate, none, all), 0);
    ck_assert_double_eq(work_part(&rate, all, all), 1);
    ck_assert_double_eq(work_part(&rate, none, none), 1);
    work_learn(&rate, 50, 2); /* the line meets 0 above 0: no task takes less than nothing */
    const double bent = work_part(&rate, large, all);
    ck_assert_msg(bent > 102. / 132 && bent <= 100. / 110 + 1e-9, "%g", bent);
}
END_TEST

/* Larger work that takes less is no reason to go back in time; without any work tasks count. */
START_TEST(work_that_is_not_known_counts_tasks)
{
    struct work_rate rate = {0};
    ck_assert_double_eq(work_part(&rate, (struct work_sum){1, 0}, (struct work_sum){4, 0}), 0.25);
    work_learn(&rate, 0, 5);
    ck_assert_double_eq(work_part(&rate, (struct work_sum){1, 0}, (struct work_sum){4, 0}), 0.25);
    rate = (struct work_rate){0};
    work_learn(&rate, 10, 1);
    work_learn(&rate, 1, 10);
    ck_assert_double_eq(work_part(&rate, (struct work_sum){1, 10}, (struct work_sum){2, 11}), 0.5);
}
END_TEST

struct watch {
    size_t done; /* when it looked first */
    double first, last;
};

static bool watch_parts(void *context, const struct executor_progress *progress)
{
    struct watch *const w = context;
    if (isnan(w->first)) {
        w->first = progress->part;
        w->done = progress->done;
    }
    w->last = progress->part;
    return true;
}

/* A large task and three small ones: when the large one is done nearly all is. */
START_TEST(progress_weighs_tasks)
{
    struct watch watch = {.first = NAN};
    const struct executor_hooks hooks = {watch_parts, NULL, &watch};
    struct fixture f;
    struct results results;
    struct batch batch;
    setup(&f);
    struct executor *const e = executor_create(&f.base, 1, NULL, whole, NULL);
    for (size_t i = 0; i < 4; i++)
        f.task[i].work = i == 0 ? 97 : 1;
    results_init(&results, &f.base, 4);
    batch_init(&batch, e, f.task, 4, &hooks, &results);
    double *const value = mem_alloc(results.width, sizeof *value);
    for (size_t i = 0; i < 4; i++) {
        batch_put(&batch, i,
                  &(struct batch_outcome){
                      .status = STUDY_DONE, .value = value, .seconds = i == 0 ? 9.7 : NAN});
        batch.ticked_ns = 0;
        ck_assert(batch_tick(&batch));
        ck_assert_double_eq_tol(watch.last, 0.97 + 0.01 * (double)i, 1e-9);
    }
    free(value);
    batch_finish(&batch);
    results_finish(&results);
    executor_destroy(e);
    finish(&f);
}
END_TEST

/* The first look comes in the first of twelve tasks, some simulated minutes of 120 s on. */
START_TEST(progress_looks_into_what_runs)
{
    struct watch watch = {.first = NAN};
    const struct executor_hooks hooks = {watch_parts, NULL, &watch};
    struct fixture f;
    struct results results;
    setup(&f);
    struct executor *const e = executor_create(&f.base, 1, NULL, whole, NULL);
    results_init(&results, &f.base, TASKS);
    ck_assert_int_eq(executor_run(e, f.task, TASKS, &hooks, &results, &f.diagnostics), STUDY_DONE);
    ck_assert_uint_eq(watch.done, 0);
    ck_assert_msg(watch.first > 0 && watch.first <= 1. / TASKS, "%g", watch.first);
    results_finish(&results);
    executor_destroy(e);
    finish(&f);
}
END_TEST

TEST_MAIN("unit_executor", threads_give_the_same_numbers, a_journal_is_not_run_again,
          keys_name_all_that_matters, the_first_failure_is_reported, it_stops_when_told,
          options_are_baselines_by_name, prices_are_of_their_design, work_is_what_is_expected,
          work_is_weighed_by_what_it_took, work_that_is_not_known_counts_tasks,
          progress_weighs_tasks, progress_looks_into_what_runs)
