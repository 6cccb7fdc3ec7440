/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness.h"

#include "studies/trials.h"
#include "unit/files.h"

#include <math.h>

static const char text[] =
    "{ \"as_of\": \"2024-01-01\", \"run\": { \"duration_s\": 300 },\n"
    " \"account\": { \"free_tier\": false },\n"
    " \"workloads\": { \"w\": { \"to\": \"function:f\",\n"
    "   \"arrivals\": { \"process\": \"poisson\", \"rate_per_s\": 5 } } },\n"
    " \"functions\": { \"f\": { \"memory_size\": 512, \"timeout\": 30, \"init_duration_ms\": 200,\n"
    "   \"runtime\": \"python3.12\",\n"
    "   \"duration_ms\": { \"distribution\": \"exponential\", \"mean\": 100 } } },\n"
    " \"objectives\": [ { \"metric\": \"latency_ms\", \"entity\": \"function:f\",\n"
    "   \"statistic\": \"p99\", \"at_most\": 600 },\n"
    "   { \"metric\": \"cold_start_ratio\", \"entity\": \"function:f\", \"at_most\": 1 } ] }\n";

static const struct setting small[] = {{"functions.f.memory_size", "256", SETTING_NUMBER}};
static const struct setting wrong[] = {{"functions.f.memory_size", "1", SETTING_NUMBER}};
static const struct setting busy[] = {{"workloads.w.arrivals.rate_scale", "4", SETTING_NUMBER}};
static const struct design designs[] = {{NULL, 0}, {small, 1}, {wrong, 1}};
static const struct trial_request requests[] = {
    {.design = &designs[0]}, {.design = &designs[1]}, {.design = &designs[2]}};

struct fixture {
    struct world world;
    cJSON *root;
    struct task_base base;
    struct scenario *scenario;
    size_t *metric;
    struct executor *executor;
    struct trials trials;
    struct diagnostics diagnostics;
    size_t finished;
};

static void setup(struct fixture *f, const char *scenario)
{
    const struct scenario_overrides none = {0};
    *f = (struct fixture){0};
    diagnostics_init(&f->diagnostics);
    ck_assert_int_eq(world_load(&f->world, DATA_DIR, &f->diagnostics), 0);
    f->root = json_parse(scenario, strlen(scenario), "s.json", &f->diagnostics);
    ck_assert_int_eq(task_base_init(&f->base, f->root, "s.json", &f->world, &none, &f->diagnostics),
                     0);
    f->scenario = design_read(&f->base.design, NULL, &f->diagnostics);
    ck_assert_msg(f->scenario != NULL, "%s", f->diagnostics.item[0].text);
    f->metric = task_base_want_objectives(&f->base, f->scenario);
    f->executor = executor_create(&f->base, 2, NULL, (struct study_shard){0, 0}, NULL);
}

static void finish(struct fixture *f)
{
    trials_finish(&f->trials);
    executor_destroy(f->executor);
    free(f->metric);
    scenario_destroy(f->scenario);
    task_base_finish(&f->base);
    cJSON_Delete(f->root);
    world_finish(&f->world);
    diagnostics_finish(&f->diagnostics);
}

static void finished(void *context, const struct trials *trials, size_t trial)
{
    struct fixture *const f = context;
    ck_assert_uint_lt(trial, trials->count);
    ck_assert(!isnan(trials_estimate(trials, trial, TASK_COST).mean));
    f->finished++;
}

static enum study_status run(struct fixture *f, size_t count, const struct trial_rule *rule)
{
    const struct trials_hooks hooks = {NULL, finished, f};
    return trials_run(&f->trials, f->executor, requests, count, rule, &hooks, &f->diagnostics);
}

/* Both see the same arrivals, so that the difference is far surer than each of them. */
START_TEST(differences_are_paired)
{
    struct fixture f;
    setup(&f, text);
    ck_assert_int_eq(task_base_describe(&f.base, &f.diagnostics), 0);
    ck_assert_str_eq(f.base.metric[f.metric[0]].unit, "ms");
    ck_assert_str_eq(f.base.metric[f.metric[1]].unit, "ratio");
    ck_assert_int_eq(run(&f, 2, &(struct trial_rule){.replications = 8}), STUDY_DONE);
    ck_assert_uint_eq(f.finished, 2);
    const struct estimate large = trials_estimate(&f.trials, 0, TASK_COST);
    const struct estimate less = trials_estimate(&f.trials, 1, TASK_COST);
    const struct estimate paired = trials_difference(&f.trials, 0, 1, TASK_COST);
    ck_assert_uint_eq(large.count, 8);
    ck_assert_double_gt(paired.low, 0); /* half the memory is cheaper, surely */
    ck_assert_double_eq_tol(paired.mean, large.mean - less.mean, 1e-9 * large.mean);
    ck_assert_double_lt(paired.half_width, 0.6 * (large.half_width + less.half_width));
    const struct estimate self = trials_difference(&f.trials, 1, 1, TASK_COST);
    ck_assert(self.mean == 0 && self.half_width == 0);
    /* No surer than a histogram is: at least its resolution. */
    const size_t p99 = task_metric_at(f.metric[0]);
    ck_assert_double_ge(trials_estimate(&f.trials, 0, p99).half_width,
                        0.001 * trials_estimate(&f.trials, 0, p99).mean);
    ck_assert_double_le(trials_estimate(&f.trials, 0, task_metric_at(f.metric[1])).high, 1);
    finish(&f);
}
END_TEST

/* What replication 0 gave before is not run again. */
START_TEST(a_first_replication_is_taken)
{
    struct fixture f;
    struct trials again;
    const struct trials_hooks none = {0};
    setup(&f, text);
    ck_assert_int_eq(run(&f, 1, &(struct trial_rule){.replications = 3}), STUDY_DONE);
    ck_assert_uint_eq(executor_ran(f.executor), 3);
    const struct trial_request request = {.design = &designs[0], .first = f.trials.trial[0].value};
    ck_assert_int_eq(trials_run(&again, f.executor, &request, 1,
                                &(struct trial_rule){.replications = 3}, &none, &f.diagnostics),
                     STUDY_DONE);
    ck_assert_uint_eq(executor_ran(f.executor), 5);
    ck_assert_uint_eq(again.trial[0].replications, 3);
    ck_assert_mem_eq(again.trial[0].value, f.trials.trial[0].value,
                     3 * again.width * sizeof(double));
    trials_finish(&again);
    finish(&f);
}
END_TEST

START_TEST(objectives_are_judged)
{
    struct fixture f;
    setup(&f, text);
    ck_assert_int_eq(run(&f, 2, &(struct trial_rule){.replications = 3}), STUDY_DONE);
    struct objective_spec *const o = &f.scenario->objective[0];
    const double p99 = trials_estimate(&f.trials, 0, task_metric_at(f.metric[0])).mean;
    ck_assert(p99 > 300 && p99 < 600);
    struct trial_verdict v = trials_judge(&f.trials, 0, o, f.metric[0]);
    ck_assert(v.known && v.met && v.sure);
    ck_assert(trials_meet(&f.trials, 0, NULL, f.scenario, f.metric));
    o->bound = p99 * 0.999; /* missed, but by less than the interval */
    v = trials_judge(&f.trials, 0, o, f.metric[0]);
    ck_assert(v.known && !v.met && !v.sure);
    ck_assert(!trials_meet(&f.trials, 0, NULL, f.scenario, f.metric));
    o->at_most = false;
    ck_assert(trials_judge(&f.trials, 0, o, f.metric[0]).met);
    /* One of a baseline is not the Lambda design's to meet. */
    const struct objective_spec other = {.metric = (char *)(uintptr_t) "requests_lost",
                                         .entity = (char *)(uintptr_t) "baseline:b"};
    ck_assert(!objective_applies(&other, NULL) && !objective_applies(&other, "c"));
    ck_assert(objective_applies(&other, "b") && objective_applies(o, "b"));
    finish(&f);
}
END_TEST

START_TEST(precision_asks_for_replications)
{
    struct fixture f;
    const size_t watched[] = {TASK_COST};
    struct trial_rule rule = {
        .replications = 1, .precision = 0.02, .most = 200, .figure = watched, .figures = 1};
    setup(&f, text);
    ck_assert_int_eq(run(&f, 2, &rule), STUDY_DONE);
    for (size_t i = 0; i < 2; i++) {
        const struct estimate cost = trials_estimate(&f.trials, i, TASK_COST);
        ck_assert(f.trials.trial[i].precise);
        ck_assert_double_le(cost.half_width, 0.02 * cost.mean);
        ck_assert_uint_eq(cost.count, f.trials.trial[i].replications);
        ck_assert_uint_ge(cost.count, 3);
        ck_assert_uint_lt(cost.count, 200);
    }
    trials_finish(&f.trials);
    rule.precision = 0.0001; /* never */
    rule.most = 7;
    ck_assert_int_eq(run(&f, 2, &rule), STUDY_DONE);
    ck_assert_uint_eq(f.trials.trial[0].replications, 7);
    ck_assert(!f.trials.trial[0].precise);
    trials_finish(&f.trials);
    /* A percentile is not known that well whatever is done; it gets no surer than 1 % by that. */
    const size_t p99[] = {task_metric_at(f.metric[0])};
    rule = (struct trial_rule){
        .replications = 3, .precision = 0.01, .most = 10000, .figure = p99, .figures = 1};
    ck_assert_int_eq(run(&f, 1, &rule), STUDY_DONE);
    ck_assert(f.trials.trial[0].precise);
    const unsigned for_a_percent = f.trials.trial[0].replications;
    ck_assert_uint_gt(for_a_percent, 3);
    trials_finish(&f.trials);
    rule.precision = 1e-5;
    ck_assert_int_eq(run(&f, 1, &rule), STUDY_DONE);
    const struct estimate finest = trials_estimate(&f.trials, 0, p99[0]);
    ck_assert(!f.trials.trial[0].precise);
    ck_assert_uint_ge(f.trials.trial[0].replications, for_a_percent);
    ck_assert_double_le(finest.half_width, 0.008 * finest.mean); /* 0.4 % of the greatest */
    ck_assert_uint_lt(f.trials.trial[0].replications, 10000);
    finish(&f);
}
END_TEST

START_TEST(all_are_checked_before_one_runs)
{
    struct fixture f;
    const struct trials_hooks hooks = {NULL, finished, &f};
    setup(&f, text);
    struct trial_request own[3];
    memcpy(own, requests, sizeof own);
    ck_assert_int_eq(trials_check(f.executor, own, 2, &hooks, &f.diagnostics), STUDY_DONE);
    ck_assert_double_eq(own[0].work, 1500); /* 5 a second, for 300 s */
    ck_assert_double_eq(own[1].work, 1500);
    own[1].design = &(const struct design){busy, 1};
    ck_assert_int_eq(trials_check(f.executor, own, 2, &hooks, &f.diagnostics), STUDY_DONE);
    ck_assert_double_eq(own[1].work, 6000);
    ck_assert_int_eq(trials_check(f.executor, own, 3, &hooks, &f.diagnostics), STUDY_FAILED);
    assert_one_error(&f.diagnostics, "functions.f.memory_size=1: s.json: ");
    ck_assert_uint_eq(executor_ran(f.executor), 0);
    ck_assert_uint_eq(f.finished, 0);
    finish(&f);
}
END_TEST

START_TEST(unknown_metrics_are_told_before)
{
    struct fixture f;
    char changed[sizeof text];
    strcpy(changed, text);
    memcpy(strstr(changed, "\"p99\""), "\"p98\"", 5);
    setup(&f, changed);
    ck_assert_int_eq(task_base_describe(&f.base, &f.diagnostics), -1);
    assert_one_error(&f.diagnostics,
                     "s.json:8: function:f has no metric \"latency_ms.p98\"; did you "
                     "mean `latency_ms.p9");
    finish(&f);
}
END_TEST

TEST_MAIN("unit_trials", differences_are_paired, a_first_replication_is_taken,
          objectives_are_judged, precision_asks_for_replications, all_are_checked_before_one_runs,
          unknown_metrics_are_told_before)
