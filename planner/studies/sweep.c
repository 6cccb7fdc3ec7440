/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "studies/sweep.h"

#include "core/memory.h"
#include "studies/losses.h"
#include "studies/pareto.h"
#include "studies/study.h"
#include "support/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct sweep {
    const struct sweep_request *request;
    const struct sweep_hooks *hooks;
    const struct task_base *base;
    struct designs designs;
    struct trials trials;
    double best;       /* so far */
    size_t *objective; /* those of the scenario that apply to the option */
    size_t objectives;
};

static const struct objective_spec *objective_of(const struct sweep *s, size_t i)
{
    return &s->request->scenario->objective[s->objective[i]];
}

static size_t metric_of(const struct sweep *s, size_t i)
{
    return s->request->metric[s->objective[i]];
}

static struct trial_verdict judge(const struct sweep *s, size_t trial, size_t i)
{
    return trials_judge(&s->trials, trial, objective_of(s, i), metric_of(s, i));
}

static bool keep_on(void *context, const struct executor_progress *progress)
{
    const struct sweep *const s = context;
    return s->hooks->keep_on(s->hooks->context, progress, s->best);
}

static bool meets(const struct sweep *s, const struct trials *trials, size_t i)
{
    return trials_meet(trials, i, s->request->option, s->request->scenario, s->request->metric);
}

static void finished(void *context, const struct trials *trials, size_t trial)
{
    struct sweep *const s = context;
    const double cost = trials_estimate(trials, trial, TASK_COST).mean;
    if (!trials_failed(trials, trial) && (isnan(s->best) || cost < s->best) &&
        meets(s, trials, trial))
        s->best = cost;
}

static const struct result_estimate no_figure = {NAN, NAN, NAN, 0};

static struct result_estimate reported(struct estimate e)
{
    return (struct result_estimate){isinf(e.mean) ? NAN : e.mean, e.low, e.high, e.count};
}

static struct trial_rule rule_of(const struct sweep *s, size_t *figure)
{
    figure[0] = TASK_COST;
    for (size_t i = 0; i < s->objectives; i++)
        figure[i + 1] = task_metric_at(metric_of(s, i));
    return (struct trial_rule){.replications = s->request->replications,
                               .precision = s->request->precision,
                               .most = s->request->most,
                               .figure = figure,
                               .figures = s->objectives + 1};
}

static bool any_is_valid(const struct sweep *s)
{
    struct task_runner *const runner = task_runner_create(s->base);
    struct diagnostics unheard;
    bool valid = false;
    diagnostics_init(&unheard);
    for (size_t i = 0; i < s->designs.count && !valid; i++) {
        const struct task task = {
            .design = &s->designs.design[i], .option = s->request->option, .check_only = true};
        valid = task_run(runner, &task, NULL, NULL, NULL, &unheard) == STUDY_DONE;
    }
    diagnostics_finish(&unheard);
    task_runner_destroy(runner);
    return valid;
}

/* So that a mistake in the last design is not found after hours. */
static enum study_status check_trials(const struct sweep *s, struct executor *executor,
                                      struct trial_request *trial, const struct trials_hooks *hooks,
                                      struct diagnostics *diagnostics)
{
    struct diagnostics said;
    diagnostics_init(&said);
    enum study_status status = trials_check(executor, trial, s->designs.count, hooks, &said);
    const bool tolerated = status == STUDY_FAILED && any_is_valid(s);
    for (size_t i = 0; i < said.count && tolerated; i++)
        if (!said.item[i].warning) {
            s->hooks->left_out(s->hooks->context, said.item[i].text);
            break;
        }
    if (!tolerated)
        diagnostics_pass_on(&said, NULL, diagnostics, diagnostics);
    diagnostics_finish(&said);
    return tolerated ? STUDY_DONE : status;
}

static enum study_status run_trials(struct sweep *s, struct executor *executor,
                                    struct diagnostics *diagnostics)
{
    const struct trials_hooks hooks = {keep_on, finished, s};
    size_t *const figure = mem_alloc(s->objectives + 1, sizeof *figure);
    const struct trial_rule rule = rule_of(s, figure);
    struct trial_request *const trial = mem_alloc(s->designs.count, sizeof *trial);
    for (size_t i = 0; i < s->designs.count; i++)
        trial[i] = (struct trial_request){
            .design = &s->designs.design[i], .option = s->request->option, .may_fail = true};
    enum study_status status = check_trials(s, executor, trial, &hooks, diagnostics);
    if (status == STUDY_DONE)
        status =
            trials_run(&s->trials, executor, trial, s->designs.count, &rule, &hooks, diagnostics);
    free(trial);
    free(figure);
    return status;
}

/* --- the result ----------------------------------------------------------------------------- */

/* Objectives that would apply but for what the baseline is. */
static void name_unbound(struct sweep_result *ret, const struct sweep *sweep)
{
    const struct sweep_request *const request = sweep->request;
    for (size_t i = 0; i < request->scenario->objectives; i++) {
        const struct objective_spec *const o = &request->scenario->objective[i];
        const struct task_metric *const m = &sweep->base->metric[request->metric[i]];
        if (objective_applies(o, request->option) &&
            !task_base_binds(sweep->base, o, request->metric[i], request->option))
            diagnostics_warning(&ret->run.notes, NULL, 0,
                                "the objective of %s %s binds the Lambda design only: baseline %s "
                                "has no such metric",
                                m->entity, m->metric, request->option);
    }
}

static void describe(struct sweep_result *ret, const struct sweep *sweep)
{
    name_unbound(ret, sweep);
    const struct sweep_request *const request = sweep->request;
    study_describe(&ret->run, request->scenario, sweep->base->design.world);
    ret->run.replications = request->replications;
    ret->option = mem_strdup(request->option == NULL ? "lambda" : request->option);
    ret->precision = request->precision;
    ret->sample = request->sample;
    ret->path = mem_alloc(request->axes, sizeof *ret->path);
    for (size_t i = 0; i < request->axes; i++)
        ret->path[ret->paths++] = mem_strdup(request->axis[i].path);
    ret->objective = mem_alloc(sweep->objectives, sizeof *ret->objective);
    for (size_t i = 0; i < sweep->objectives; i++) {
        const struct objective_spec *const o = objective_of(sweep, i);
        ret->objective[ret->objectives++] = (struct sweep_objective){
            .entity = mem_strdup(o->entity),
            .metric = o->statistic != NULL ? text_format("%s.%s", o->metric, o->statistic)
                                           : mem_strdup(o->metric),
            .unit = mem_strdup(sweep->base->metric[metric_of(sweep, i)].unit),
            .at_most = o->at_most,
            .bound = o->bound};
    }
}

static void describe_point(struct sweep_point *p, const struct sweep *s, size_t i, size_t axes)
{
    const struct design *const design = &s->designs.design[i];
    p->value = mem_alloc(axes, sizeof *p->value);
    for (size_t k = 0; k < axes; k++)
        p->value[k] = mem_strdup(design->setting[k].text);
    p->objective = mem_alloc(s->objectives, sizeof *p->objective);
    p->met = mem_alloc(s->objectives, sizeof *p->met);
    p->failed = trials_failed(&s->trials, i);
    if (p->failed) {
        for (size_t k = 0; k < s->objectives; k++)
            p->objective[k] = no_figure;
        p->monthly_cost_usd = p->cost_difference_usd = p->lost = no_figure;
        p->out_of_memory = NAN;
        p->precise = true;
        return;
    }
    p->monthly_cost_usd = reported(trials_estimate(&s->trials, i, TASK_COST));
    p->lost = reported(trials_estimate(&s->trials, i, TASK_LOST));
    p->out_of_memory = trials_estimate(&s->trials, i, TASK_OUT_OF_MEMORY).mean;
    p->lacks_memory = trials_lacks_memory(&s->trials, i, s->request->scenario);
    for (size_t k = 0; k < s->objectives; k++) {
        const struct trial_verdict v = judge(s, i, k);
        p->objective[k] = reported(v.value);
        p->met[k] = v.met;
    }
    p->replications = s->trials.trial[i].replications;
    p->precise = s->trials.trial[i].precise;
    p->meets_objectives = meets(s, &s->trials, i);
}

static bool is_better(const struct sweep_point *p, const struct sweep_point *than)
{
    if (p->failed || than->failed)
        return than->failed && !p->failed;
    if (p->meets_objectives != than->meets_objectives)
        return p->meets_objectives;
    if (p->lacks_memory != than->lacks_memory)
        return than->lacks_memory;
    return p->monthly_cost_usd.mean < than->monthly_cost_usd.mean;
}

/* The cheapest that meets the objectives; if none does, the cheapest. */
static size_t find_reference(const struct sweep_result *result)
{
    size_t best = 0;
    for (size_t i = 1; i < result->points; i++)
        if (is_better(&result->point[i], &result->point[best]))
            best = i;
    return best;
}

static void find_front(struct sweep_result *result)
{
    const size_t dimensions = result->objectives + 1;
    double *const value = mem_alloc(result->points * dimensions, sizeof *value);
    bool *const front = mem_alloc(result->points, sizeof *front);
    for (size_t i = 0; i < result->points; i++) {
        const struct sweep_point *const p = &result->point[i];
        value[i * dimensions] = p->lacks_memory ? NAN : p->monthly_cost_usd.mean;
        for (size_t k = 0; k < result->objectives; k++) {
            const bool at_most = result->objective[k].at_most;
            const struct result_estimate *const o = &p->objective[k];
            value[i * dimensions + k + 1] = !at_most            ? -o->mean
                                            : result_is_open(o) ? INFINITY
                                                                : o->mean;
        }
    }
    pareto_front(value, result->points, dimensions, front);
    for (size_t i = 0; i < result->points; i++)
        result->point[i].pareto = front[i];
    free(value);
    free(front);
}

static void conclude(struct sweep_result *ret, const struct sweep *s, size_t reference)
{
    ret->points = s->designs.count;
    ret->point = mem_alloc(ret->points, sizeof *ret->point);
    for (size_t i = 0; i < ret->points; i++) {
        describe_point(&ret->point[i], s, i, ret->paths);
        ret->failed += ret->point[i].failed;
        for (unsigned k = 0; k < ret->point[i].replications; k++) {
            const double *const value = s->trials.trial[i].value + k * s->trials.width;
            ret->run.events += (uint64_t)value[TASK_EVENTS];
            ret->run.invocations += (uint64_t)value[TASK_INVOCATIONS];
        }
        ret->meeting += ret->point[i].meets_objectives;
        ret->imprecise += !ret->point[i].precise;
    }
    ret->reference = reference < ret->points ? reference : find_reference(ret);
    for (size_t i = 0; i < ret->points; i++)
        if (!ret->point[i].failed)
            ret->point[i].cost_difference_usd =
                reported(trials_difference(&s->trials, i, ret->reference, TASK_COST));
    find_front(ret);
}

/* The first replication says why it fails; one that it does not tell is rare. */
static void tell_late_failures(struct sweep_result *ret, const struct sweep *s)
{
    for (size_t i = 0; i < ret->points; i++) {
        if (!ret->point[i].failed || task_failed(s->trials.trial[i].value))
            continue;
        char *const name = design_name(&s->designs.design[i]);
        diagnostics_warning(&ret->run.notes, name, 0,
                            "it has no cost a month: some of its replications run away, the first "
                            "does not");
        free(name);
    }
}

static void find_objectives(struct sweep *s)
{
    const struct scenario *const scenario = s->request->scenario;
    s->objective = mem_alloc(scenario->objectives, sizeof *s->objective);
    for (size_t i = 0; i < scenario->objectives; i++)
        if (task_base_binds(s->base, &scenario->objective[i], s->request->metric[i],
                            s->request->option))
            s->objective[s->objectives++] = i;
}

enum study_status sweep_run(struct sweep_result *ret, struct executor *executor,
                            const struct sweep_request *request, const struct sweep_hooks *hooks,
                            size_t *ret_missing, struct diagnostics *diagnostics)
{
    struct sweep s = {
        .request = request, .hooks = hooks, .base = executor_base(executor), .best = NAN};
    *ret = (struct sweep_result){0};
    *ret_missing = 0;
    diagnostics_init(&ret->run.notes);
    find_objectives(&s);
    describe(ret, &s);
    const int made = request->sample > 0
                         ? designs_sample(&s.designs, request->axis, request->axes, request->sample,
                                          request->scenario->run.seed, diagnostics)
                         : designs_grid(&s.designs, request->axis, request->axes, diagnostics);
    enum study_status status = made == 0 ? run_trials(&s, executor, diagnostics) : STUDY_FAILED;
    *ret_missing = s.trials.missing;
    if (status == STUDY_DONE && s.trials.missing == 0) {
        conclude(ret, &s, SIZE_MAX);
        tell_late_failures(ret, &s);
        losses_tell(ret, &s.designs);
    }
    if (status == STUDY_DONE && ret->points > 0 && ret->failed == ret->points) {
        diagnostics_error(diagnostics, NULL, 0,
                          "no design has a cost a month: the warnings say why");
        status = STUDY_FAILED;
    }
    trials_finish(&s.trials);
    designs_finish(&s.designs);
    free(s.objective);
    return status;
}

void sweep_describe(struct sweep_result *ret, const struct sweep_request *request,
                    const struct task_base *base)
{
    struct sweep s = {.request = request, .base = base};
    find_objectives(&s);
    describe(ret, &s);
    free(s.objective);
}

void sweep_conclude(struct sweep_result *ret, const struct sweep_request *request,
                    const struct designs *designs, const struct trials *trials, size_t reference)
{
    struct sweep s = {
        .request = request, .base = trials->base, .designs = *designs, .trials = *trials};
    find_objectives(&s);
    conclude(ret, &s, reference);
    free(s.objective);
}
