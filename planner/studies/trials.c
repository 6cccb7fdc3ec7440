/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "studies/trials.h"

#include "core/memory.h"
#include "engine/precision.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One batch: what is asked of each trial beyond what it has. */
struct round {
    struct trials *trials;
    const struct trials_hooks *hooks;
    const struct task_base *base;
    struct task *task;
    size_t *trial;     /* of each task */
    unsigned *missing; /* of each trial: replications that are not there yet */
    size_t tasks;
};

static bool keep_on(void *context, const struct executor_progress *progress)
{
    const struct round *const round = context;
    return round->hooks->keep_on == NULL || round->hooks->keep_on(round->hooks->context, progress);
}

static void arrived(void *context, size_t index, const double *value)
{
    const struct round *const round = context;
    struct trials *const trials = round->trials;
    const size_t i = round->trial[index];
    memcpy(trials->trial[i].value + round->task[index].replication * trials->width, value,
           trials->width * sizeof *value);
    if (--round->missing[i] == 0 && round->hooks->finished != NULL)
        round->hooks->finished(round->hooks->context, trials, i);
}

/* More replications of a trial: from what it has to `wanted`. */
static void ask(struct round *round, const struct trial_request *request, size_t i, unsigned wanted)
{
    struct trial *const trial = &round->trials->trial[i];
    const size_t width = round->trials->width;
    trial->value = mem_resize(trial->value, wanted * width, sizeof *trial->value);
    for (size_t k = trial->replications * width; k < wanted * width; k++)
        trial->value[k] = NAN;
    for (unsigned k = trial->replications; k < wanted; k++) {
        round->trial[round->tasks] = i;
        round->task[round->tasks++] = (struct task){.design = request->design,
                                                    .option = request->option,
                                                    .fleet_size = request->fleet_size,
                                                    .replication = k,
                                                    .work = request->work,
                                                    .may_fail = request->may_fail};
    }
    round->missing[i] = wanted - trial->replications;
    trial->replications = wanted;
}

static enum study_status run_round(struct round *round, struct executor *executor,
                                   struct diagnostics *diagnostics)
{
    const struct executor_hooks hooks = {keep_on, arrived, round};
    struct results results;
    results_init(&results, round->base, round->tasks);
    const enum study_status status =
        executor_run(executor, round->task, round->tasks, &hooks, &results, diagnostics);
    round->trials->missing += results.missing;
    results_finish(&results);
    return status;
}

static double value_of(const struct trials *trials, size_t trial, unsigned replication,
                       size_t figure)
{
    return trials->trial[trial].value[replication * trials->width + figure];
}

/* The most that any replication's measurement is off. */
static double error_of(const struct trials *trials, size_t trial, size_t figure)
{
    double error = 0;
    for (unsigned i = 0; i < trials->trial[trial].replications && task_has_error(figure); i++)
        error = fmax(error, value_of(trials, trial, i, figure + 1));
    return error;
}

/* --- precision ------------------------------------------------------------------------------ */

static struct precision precision_of(const struct trial_rule *rule)
{
    return (struct precision){rule->replications, rule->precision, rule->most};
}

/* Whether all that is watched is known well enough; `wanted`: replications that it takes. */
static bool is_precise(const struct trials *trials, size_t i, const struct trial_rule *rule,
                       unsigned *wanted)
{
    const struct precision precision = precision_of(rule);
    bool precise = true;
    for (size_t k = 0; k < rule->figures; k++) {
        const struct estimate e = trials_estimate(trials, i, rule->figure[k]);
        precise &= precision_reached(&precision, &e, error_of(trials, i, rule->figure[k]),
                                     trials->trial[i].replications, wanted);
    }
    return precise;
}

/* The tasks of the next round; their number. */
static size_t plan_round(struct round *round, const struct trial_request *request,
                         const struct trial_rule *rule)
{
    struct trials *const trials = round->trials;
    const struct precision precision = precision_of(rule);
    unsigned *const wanted = mem_alloc(trials->count, sizeof *wanted);
    size_t all = 0;
    for (size_t i = 0; i < trials->count; i++) {
        struct trial *const trial = &trials->trial[i];
        wanted[i] = precision_first(&precision);
        if (wanted[i] < trial->replications)
            wanted[i] = trial->replications;
        trial->precise = trial->replications > 0 && is_precise(trials, i, rule, &wanted[i]);
        all += wanted[i] - trial->replications;
    }
    round->task = mem_resize(round->task, all, sizeof *round->task);
    round->trial = mem_resize(round->trial, all, sizeof *round->trial);
    round->tasks = 0;
    for (size_t i = 0; i < trials->count; i++)
        if (wanted[i] > trials->trial[i].replications)
            ask(round, &request[i], i, wanted[i]);
    free(wanted);
    return all;
}

enum study_status trials_check(struct executor *executor, struct trial_request *request,
                               size_t count, const struct trials_hooks *hooks,
                               struct diagnostics *diagnostics)
{
    const struct executor_hooks only_keep_on = {hooks->keep_on, NULL, hooks->context};
    struct task *const task = mem_alloc(count, sizeof *task);
    struct results results;
    results_init(&results, executor_base(executor), count);
    for (size_t i = 0; i < count; i++)
        task[i] = (struct task){.design = request[i].design,
                                .option = request[i].option,
                                .fleet_size = request[i].fleet_size,
                                .check_only = true};
    const enum study_status status =
        executor_run(executor, task, count, &only_keep_on, &results, diagnostics);
    for (size_t i = 0; i < count; i++) {
        const double work = results_get(&results, i, TASK_EVENTS);
        request[i].work = isnan(work) ? 0 : work;
    }
    results_finish(&results);
    free(task);
    return status;
}

static void take_known(struct trial *trial, const double *first, size_t width)
{
    if (first == NULL)
        return;
    trial->value = mem_alloc(width, sizeof *trial->value);
    memcpy(trial->value, first, width * sizeof *first);
    trial->replications = 1;
}

enum study_status trials_run(struct trials *ret, struct executor *executor,
                             const struct trial_request *request, size_t count,
                             const struct trial_rule *rule, const struct trials_hooks *hooks,
                             struct diagnostics *diagnostics)
{
    struct round round = {.trials = ret,
                          .hooks = hooks,
                          .base = executor_base(executor),
                          .missing = mem_alloc(count, sizeof *round.missing)};
    enum study_status status = STUDY_DONE;
    *ret = (struct trials){.base = round.base,
                           .trial = mem_alloc(count, sizeof *ret->trial),
                           .count = count,
                           .width = task_width(round.base)};
    for (size_t i = 0; i < count; i++)
        take_known(&ret->trial[i], request[i].first, ret->width);
    while (status == STUDY_DONE && ret->missing == 0 && plan_round(&round, request, rule) > 0)
        status = run_round(&round, executor, diagnostics);
    free(round.task);
    free(round.trial);
    free(round.missing);
    return status;
}

void trials_finish(struct trials *trials)
{
    for (size_t i = 0; i < trials->count; i++)
        free(trials->trial[i].value);
    free(trials->trial);
    *trials = (struct trials){0};
}

/* --- what came of it ------------------------------------------------------------------------ */

static struct estimate nothing(double mean)
{
    return (struct estimate){mean, NAN, NAN, NAN, 0};
}

bool trials_failed(const struct trials *trials, size_t trial)
{
    const struct trial *const t = &trials->trial[trial];
    for (unsigned i = 0; i < t->replications; i++)
        if (task_failed(t->value + i * trials->width))
            return true;
    return false;
}

struct estimate trials_estimate(const struct trials *trials, size_t trial, size_t figure)
{
    const unsigned n = trials->trial[trial].replications;
    if (n > 0 && value_of(trials, trial, 0, figure) == TASK_NOT_REPORTED)
        return nothing(TASK_NOT_REPORTED);
    double *const value = mem_alloc(n, sizeof *value);
    for (unsigned i = 0; i < n; i++)
        value[i] = value_of(trials, trial, i, figure);
    const struct estimate estimate =
        estimate_within(value, n, error_of(trials, trial, figure), task_most(trials->base, figure));
    free(value);
    return estimate;
}

struct estimate trials_difference(const struct trials *trials, size_t a, size_t b, size_t figure)
{
    const unsigned of_a = trials->trial[a].replications, of_b = trials->trial[b].replications;
    const unsigned n = of_a < of_b ? of_a : of_b;
    if (n == 0 || isinf(value_of(trials, a, 0, figure)) || isinf(value_of(trials, b, 0, figure)))
        return nothing(NAN);
    double *const value = mem_alloc(n, sizeof *value);
    for (unsigned i = 0; i < n; i++)
        value[i] = value_of(trials, a, i, figure) - value_of(trials, b, i, figure);
    struct estimate e = estimate_of(value, n);
    free(value);
    if (a != b && !isnan(e.half_width)) {
        const double error = error_of(trials, a, figure) + error_of(trials, b, figure);
        e.half_width = fmax(e.half_width, error);
        e.low = e.mean - e.half_width;
        e.high = e.mean + e.half_width;
        if (isinf(error)) /* one had not ended: nobody knows */
            e.low = e.high = e.half_width = NAN;
    }
    return e;
}

struct trial_verdict trials_judge(const struct trials *trials, size_t trial,
                                  const struct objective_spec *objective, size_t metric)
{
    struct trial_verdict v = {.value = trials_estimate(trials, trial, task_metric_at(metric))};
    v.known = !isinf(v.value.mean);
    const struct estimate *const e = &v.value;
    const struct result_estimate value = {e->mean, e->low, e->high, e->count};
    objective_judge(objective, &value, &v.met, &v.sure);
    v.met = v.met && v.known;
    return v;
}

bool trials_lacks_memory(const struct trials *trials, size_t trial, const struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->objectives; i++)
        if (strcmp(scenario->objective[i].metric, "out_of_memory") == 0)
            return false;
    for (unsigned i = 0; i < trials->trial[trial].replications; i++)
        if (value_of(trials, trial, i, TASK_OUT_OF_MEMORY) > 0)
            return true;
    return false;
}

bool trials_meet(const struct trials *trials, size_t trial, const char *option,
                 const struct scenario *scenario, const size_t *metric)
{
    if (trials_lacks_memory(trials, trial, scenario))
        return false;
    for (size_t i = 0; i < scenario->objectives; i++) {
        const struct objective_spec *const o = &scenario->objective[i];
        if (task_base_binds(trials->base, o, metric[i], option) &&
            !trials_judge(trials, trial, o, metric[i]).met)
            return false;
    }
    return true;
}
