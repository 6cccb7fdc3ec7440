/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "studies/sensitivity.h"

#include "core/memory.h"
#include "studies/sobol_indices.h"
#include "studies/study.h"
#include "support/text.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TASKS_MAX ((size_t)10000000)
#define Z95 1.959963984540054 /* of the standard normal distribution */

/* What is measured: where it stands in a task's result. */
struct figure {
    size_t at;
    const struct objective_spec *objective; /* NULL: none */
};

struct study {
    const struct sensitivity_request *request;
    const struct sensitivity_hooks *hooks;
    const struct task_base *base;
    size_t inputs, samples, choices;
    char **text; /* of every value that an input takes; see below */
    struct setting *setting;
    struct design *design;
    size_t designs;
    struct task *task;
    size_t tasks;
    struct results results;
    struct figure *figure;
    size_t figures;
};

/* --- designs ---------------------------------------------------------------------------------- */

/* Texts: low, mid and high of every input, then A's and B's values, sample by sample. */
static size_t end_text(size_t input, size_t end)
{
    return 3 * input + end;
}

static size_t sample_text(const struct study *s, size_t sample, size_t input, bool b)
{
    return 3 * s->inputs + (2 * sample + b) * s->inputs + input;
}

/* Designs: all at mid, then every input at its low and high end; then of each sample A, B, AB by
 * input, and the choices on top of A. */
static size_t one_at_a_time(const struct study *s)
{
    return 1 + 2 * s->inputs;
}

static size_t per_sample(const struct study *s)
{
    return 2 + s->inputs + s->choices;
}

static void make_texts(struct study *s)
{
    const struct uncertain_inputs *const in = s->request->inputs;
    const size_t row = 2 * s->inputs;
    double *const u = mem_alloc(s->samples * row, sizeof *u);
    s->text = mem_alloc(3 * s->inputs + s->samples * row, sizeof *s->text);
    for (size_t i = 0; i < s->inputs; i++) {
        const double end[] = {in->item[i].low, in->item[i].mid, in->item[i].high};
        for (size_t k = 0; k < 3; k++)
            s->text[end_text(i, k)] = uncertain_text(&in->item[i], end[k]);
    }
    sobol_points(u, s->samples, s->inputs, s->request->scenario->run.seed);
    for (size_t j = 0; j < s->samples; j++)
        for (size_t i = 0; i < row; i++) {
            const struct uncertain_input *const input = &in->item[i % s->inputs];
            s->text[sample_text(s, j, i % s->inputs, i >= s->inputs)] =
                uncertain_text(input, uncertain_quantile(input, u[j * row + i]));
        }
    free(u);
}

/* One design more; its settings are filled in by the caller. */
static struct setting *add_design(struct study *s, struct setting **room, size_t settings)
{
    struct setting *const first = *room;
    s->design[s->designs++] = (struct design){first, settings};
    *room += settings;
    return first;
}

static void set(const struct study *s, struct setting *to, size_t input, size_t text)
{
    *to = (struct setting){s->request->inputs->item[input].path, s->text[text], SETTING_NUMBER};
}

static void make_ends(struct study *s, struct setting **room)
{
    for (size_t d = 0; d < one_at_a_time(s); d++) {
        struct setting *const to = add_design(s, room, s->inputs);
        for (size_t i = 0; i < s->inputs; i++) {
            const bool moved = d > 0 && (d - 1) / 2 == i;
            set(s, &to[i], i, end_text(i, !moved ? 1 : d % 2 == 1 ? 0 : 2));
        }
    }
}

/* A, B, every AB; `mixed`: the input that is B's in A, or all (B) or none (A). */
static void make_mixed(struct study *s, struct setting **room, size_t sample, size_t mixed,
                       bool all)
{
    struct setting *const to = add_design(s, room, s->inputs);
    for (size_t i = 0; i < s->inputs; i++)
        set(s, &to[i], i, sample_text(s, sample, i, all || i == mixed));
}

static void make_sample(struct study *s, struct setting **room, size_t j)
{
    make_mixed(s, room, j, SIZE_MAX, false);
    make_mixed(s, room, j, SIZE_MAX, true);
    for (size_t i = 0; i < s->inputs; i++)
        make_mixed(s, room, j, i, false);
    for (size_t c = 0; c < s->choices; c++) {
        const struct design *const own = &s->request->choice[c].design;
        struct setting *const to = add_design(s, room, s->inputs + own->settings);
        for (size_t i = 0; i < s->inputs; i++)
            set(s, &to[i], i, sample_text(s, j, i, false));
        memcpy(to + s->inputs, own->setting, own->settings * sizeof *to);
    }
}

static void make_designs(struct study *s)
{
    const size_t designs = one_at_a_time(s) + s->samples * per_sample(s);
    size_t settings = designs * s->inputs;
    for (size_t c = 0; c < s->choices; c++)
        settings += s->samples * s->request->choice[c].design.settings;
    s->design = mem_alloc(designs, sizeof *s->design);
    s->setting = mem_alloc(settings, sizeof *s->setting);
    struct setting *room = s->setting;
    make_ends(s, &room);
    for (size_t j = 0; j < s->samples; j++)
        make_sample(s, &room, j);
}

/* --- tasks ------------------------------------------------------------------------------------ */

/* Of a sample: A, A with B's luck, B, every AB, every choice. */
static size_t tasks_per_sample(const struct study *s)
{
    return 3 + s->inputs + s->choices;
}

static size_t tasks_before(const struct study *s)
{
    return one_at_a_time(s) * s->request->replications;
}

static size_t task_of(const struct study *s, size_t sample, size_t which)
{
    return tasks_before(s) + sample * tasks_per_sample(s) + which;
}

enum { OF_A, OF_A_LUCK_B, OF_B, OF_AB };

static void add_task(struct study *s, size_t design, size_t replication)
{
    s->task[s->tasks++] = (struct task){.design = &s->design[design],
                                        .option = s->request->option,
                                        .replication = (unsigned)replication};
}

static void make_tasks(struct study *s)
{
    s->task = mem_alloc(tasks_before(s) + s->samples * tasks_per_sample(s), sizeof *s->task);
    for (size_t d = 0; d < one_at_a_time(s); d++)
        for (unsigned r = 0; r < s->request->replications; r++)
            add_task(s, d, r);
    for (size_t j = 0; j < s->samples; j++) {
        const size_t first = one_at_a_time(s) + j * per_sample(s);
        add_task(s, first, 2 * j);
        add_task(s, first, 2 * j + 1);
        add_task(s, first + 1, 2 * j + 1);
        for (size_t i = 2; i < per_sample(s); i++)
            add_task(s, first + i, 2 * j);
    }
}

static bool keep_on(void *context, const struct executor_progress *progress)
{
    const struct study *const s = context;
    return s->hooks->keep_on == NULL || s->hooks->keep_on(s->hooks->context, progress);
}

static enum study_status run_all(struct study *s, struct executor *executor, size_t *ret_missing,
                                 struct diagnostics *diagnostics)
{
    const struct trials_hooks checking = {keep_on, NULL, s};
    const struct executor_hooks running = {keep_on, NULL, s};
    struct trial_request *const request = mem_alloc(s->designs, sizeof *request);
    for (size_t i = 0; i < s->designs; i++)
        request[i] = (struct trial_request){.design = &s->design[i], .option = s->request->option};
    enum study_status status = trials_check(executor, request, s->designs, &checking, diagnostics);
    for (size_t i = 0; i < s->tasks; i++)
        s->task[i].work = request[s->task[i].design - s->design].work;
    free(request);
    if (status != STUDY_DONE)
        return status;
    results_init(&s->results, s->base, s->tasks);
    status = executor_run(executor, s->task, s->tasks, &running, &s->results, diagnostics);
    *ret_missing = s->results.missing;
    return status;
}

/* --- figures ---------------------------------------------------------------------------------- */

static void find_figures(struct study *s)
{
    const struct scenario *const scenario = s->request->scenario;
    s->figure = mem_alloc(scenario->objectives + 2, sizeof *s->figure);
    s->figure[s->figures++] = (struct figure){TASK_COST, NULL};
    s->figure[s->figures++] = (struct figure){TASK_LATENCY_P99, NULL};
    for (size_t i = 0; i < scenario->objectives; i++) {
        const struct objective_spec *const o = &scenario->objective[i];
        if (!objective_applies(o, s->request->option))
            continue;
        const size_t at = task_metric_at(s->request->metric[i]);
        const bool cost = s->base->metric[s->request->metric[i]].entity == NULL;
        if (cost && s->figure[0].objective == NULL)
            s->figure[0].objective = o;
        else
            s->figure[s->figures++] = (struct figure){at, o};
    }
}

/* NAN: not observed, or not there. */
static double value_of(const struct study *s, size_t task, size_t figure)
{
    const double value = results_get(&s->results, task, s->figure[figure].at);
    return isinf(value) ? NAN : value;
}

/* One that the figure is an objective of. */
static bool keeps(const struct study *s, size_t task, size_t f)
{
    const size_t at = s->figure[f].at;
    const bool ended = !task_has_error(at) || isfinite(results_get(&s->results, task, at + 1));
    return objective_kept(s->figure[f].objective, value_of(s, task, f), ended);
}

static bool keeps_all(const struct study *s, size_t task)
{
    for (size_t f = 0; f < s->figures; f++)
        if (s->figure[f].objective != NULL && !keeps(s, task, f))
            return false;
    return true;
}

/* The part of `count` of `all`, with Wilson's interval (1927, doi:10.2307/2276774). */
static void put_part(size_t count, size_t all, double *ret, double *ret_low, double *ret_high)
{
    const double n = (double)all, p = (double)count / n, z2 = Z95 * Z95;
    const double middle = (p + z2 / (2 * n)) / (1 + z2 / n);
    const double half = Z95 / (1 + z2 / n) * sqrt(p * (1 - p) / n + z2 / (4 * n * n));
    *ret = p;
    *ret_low = fmax(0, middle - half);
    *ret_high = fmin(1, middle + half);
}

static void name_figure(struct sensitivity_figure *ret, const struct study *s, size_t f)
{
    const struct figure *const figure = &s->figure[f];
    const struct task_metric *const m =
        figure->at >= TASK_FIGURES ? &s->base->metric[(figure->at - TASK_FIGURES) / 2] : NULL;
    const bool cost = figure->at == TASK_COST;
    ret->entity = mem_strdup(m != NULL && m->entity != NULL ? m->entity : "");
    ret->metric = mem_strdup(m != NULL ? m->metric : cost ? "monthly_cost_usd" : "latency_ms.p99");
    ret->unit = mem_strdup(m != NULL ? m->unit : cost ? "USD" : "ms");
    ret->is_objective = figure->objective != NULL;
    if (ret->is_objective) {
        ret->at_most = figure->objective->at_most;
        ret->bound = figure->objective->bound;
    }
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Over A and B: two values a sample. */
static void put_distribution(struct sensitivity_figure *ret, const struct study *s, size_t f)
{
    static const double part[SENSITIVITY_QUANTILES] = {0.05, 0.25, 0.5, 0.75, 0.95};
    double *const value = mem_alloc(2 * s->samples, sizeof *value);
    size_t met = 0;
    for (size_t i = 0; i < 2 * s->samples; i++) {
        const size_t task = task_of(s, i / 2, i % 2 == 0 ? OF_A : OF_B);
        const double v = value_of(s, task, f);
        met += ret->is_objective && keeps(s, task, f);
        if (!isnan(v))
            value[ret->observed++] = v;
    }
    if (ret->observed > 0)
        qsort(value, ret->observed, sizeof *value, by_value);
    ret->mean = ret->observed == 0 ? NAN : gsl_stats_mean(value, 1, ret->observed);
    for (size_t i = 0; i < SENSITIVITY_QUANTILES; i++)
        ret->quantile[i] =
            ret->observed == 0
                ? NAN
                : gsl_stats_quantile_from_sorted_data(value, 1, ret->observed, part[i]);
    put_part(met, 2 * s->samples, &ret->met, &ret->met_low, &ret->met_high);
    free(value);
}

/* --- effects ---------------------------------------------------------------------------------- */

static struct result_estimate reported(struct estimate e)
{
    return (struct result_estimate){isinf(e.mean) ? NAN : e.mean, e.low, e.high, e.count};
}

/* One at a time, as trials: all at mid is trial 0. */
static void take_trials(struct trials *ret, const struct study *s)
{
    const unsigned n = s->request->replications;
    *ret = (struct trials){.base = s->base,
                           .trial = mem_alloc(one_at_a_time(s), sizeof *ret->trial),
                           .count = one_at_a_time(s),
                           .width = s->results.width};
    for (size_t d = 0; d < ret->count; d++) {
        double *const value = mem_alloc(n * ret->width, sizeof *value);
        memcpy(value, s->results.value + d * n * ret->width, n * ret->width * sizeof *value);
        ret->trial[d] = (struct trial){.replications = n, .precise = true, .value = value};
    }
}

/* Of the task that differs from A in one input, or in its luck. */
static void put_indices(const struct study *s, size_t f, size_t which,
                        struct sensitivity_index *ret_first, struct sensitivity_index *ret_total)
{
    const size_t n = s->samples;
    double *const value = mem_alloc(3 * n, sizeof *value);
    struct sobol_index first, total;
    for (size_t j = 0; j < n; j++) {
        value[j] = value_of(s, task_of(s, j, OF_A), f);
        value[n + j] = value_of(s, task_of(s, j, OF_B), f);
        value[2 * n + j] = value_of(s, task_of(s, j, which), f);
    }
    sobol_indices(&first, &total, value, value + n, value + 2 * n, n,
                  s->request->scenario->run.seed);
    *ret_first = (struct sensitivity_index){first.value, first.low, first.high};
    *ret_total = (struct sensitivity_index){total.value, total.low, total.high};
    free(value);
}

static void put_input(struct sensitivity_input *ret, const struct study *s,
                      const struct trials *trials, size_t i)
{
    static const char *const names[] = {[UNCERTAIN_TRIANGULAR] = "triangular",
                                        [UNCERTAIN_PERT] = "pert",
                                        [UNCERTAIN_UNIFORM] = "uniform"};
    const struct uncertain_input *const input = &s->request->inputs->item[i];
    *ret = (struct sensitivity_input){.path = mem_strdup(input->path),
                                      .low = mem_strdup(s->text[end_text(i, 0)]),
                                      .mid = mem_strdup(s->text[end_text(i, 1)]),
                                      .high = mem_strdup(s->text[end_text(i, 2)]),
                                      .distribution = names[input->distribution],
                                      .effect = mem_alloc(s->figures, sizeof *ret->effect)};
    for (size_t f = 0; f < s->figures; f++) {
        struct sensitivity_effect *const e = &ret->effect[f];
        const size_t at = s->figure[f].at;
        e->low = reported(trials_difference(trials, 1 + 2 * i, 0, at));
        e->high = reported(trials_difference(trials, 2 + 2 * i, 0, at));
        put_indices(s, f, OF_AB + i, &e->first, &e->total);
    }
}

/* --- regret ----------------------------------------------------------------------------------- */

/* Of one sample: what the cheapest that keeps the objectives costs, or else the cheapest; and the
 * dearest of all. */
static double best_of(const double *cost, const bool *meets, size_t designs, double *ret_dearest,
                      bool *ret_any)
{
    double best = INFINITY, cheapest = INFINITY;
    *ret_dearest = -INFINITY;
    for (size_t d = 0; d < designs; d++) {
        cheapest = fmin(cheapest, cost[d]);
        *ret_dearest = fmax(*ret_dearest, cost[d]);
        if (meets[d])
            best = fmin(best, cost[d]);
    }
    *ret_any = !isinf(best);
    return *ret_any ? best : cheapest;
}

static void put_regret(struct sensitivity_design *ret, double *regret, size_t samples)
{
    const struct estimate e = estimate_of(regret, samples);
    ret->expected = e.mean;
    ret->low = fmax(0, e.low); /* it is never negative */
    ret->high = e.high;
    qsort(regret, samples, sizeof *regret, by_value);
    ret->regret_p95 = gsl_stats_quantile_from_sorted_data(regret, 1, samples, 0.95);
    ret->regret_max = regret[samples - 1];
}

static void choose(struct sensitivity_result *ret)
{
    double surest = 0;
    for (size_t d = 0; d < ret->designs; d++)
        surest = fmax(surest, ret->design[d].met);
    ret->enough = surest >= ret->confidence;
    ret->least_expected = ret->least_worst = SIZE_MAX;
    for (size_t d = 0; d < ret->designs; d++) {
        struct sensitivity_design *const design = &ret->design[d];
        design->eligible = design->met >= fmin(surest, ret->confidence);
        if (!design->eligible)
            continue;
        if (ret->least_expected == SIZE_MAX ||
            design->expected < ret->design[ret->least_expected].expected)
            ret->least_expected = d;
        if (ret->least_worst == SIZE_MAX ||
            design->regret_max < ret->design[ret->least_worst].regret_max)
            ret->least_worst = d;
    }
}

void sensitivity_regret(struct sensitivity_result *ret, const double *cost, const bool *meets,
                        size_t samples)
{
    const size_t designs = ret->designs;
    double *const regret = mem_alloc(designs * samples, sizeof *regret);
    for (size_t j = 0; j < samples; j++) {
        const double *const costs = cost + j * designs;
        const bool *const met = meets + j * designs;
        double dearest;
        bool any;
        const double best = best_of(costs, met, designs, &dearest, &any);
        ret->never_met += !any;
        for (size_t d = 0; d < designs; d++) {
            const bool charged = any && !met[d];
            regret[d * samples + j] = (charged ? dearest : costs[d]) - best;
            ret->design[d].mean_cost += costs[d] / (double)samples;
            ret->design[d].met += met[d];
        }
    }
    for (size_t d = 0; d < designs; d++) {
        ret->design[d].met /= (double)samples;
        put_regret(&ret->design[d], regret + d * samples, samples);
    }
    choose(ret);
    free(regret);
}

/* The scenario as written is A itself. */
static void compare_choices(struct sensitivity_result *ret, const struct study *s)
{
    const size_t designs = s->choices + 1, n = s->samples;
    double *const cost = mem_alloc(designs * n, sizeof *cost);
    bool *const meets = mem_alloc(designs * n, sizeof *meets);
    ret->design = mem_alloc(designs, sizeof *ret->design);
    ret->designs = designs;
    for (size_t d = 0; d < designs; d++)
        ret->design[d].name = mem_strdup(d == 0 ? "as written" : s->request->choice[d - 1].name);
    for (size_t j = 0; j < n; j++)
        for (size_t d = 0; d < designs; d++) {
            const size_t task = task_of(s, j, d == 0 ? OF_A : OF_AB + s->inputs + d - 1);
            cost[j * designs + d] = results_get(&s->results, task, TASK_COST);
            meets[j * designs + d] = keeps_all(s, task);
        }
    sensitivity_regret(ret, cost, meets, n);
    free(cost);
    free(meets);
}

/* --- the result ------------------------------------------------------------------------------- */

static void put_figures(struct sensitivity_result *ret, const struct study *s,
                        const struct trials *trials)
{
    ret->figure = mem_alloc(s->figures, sizeof *ret->figure);
    ret->base_meets = true;
    for (size_t f = 0; f < s->figures; f++) {
        struct sensitivity_figure *const figure = &ret->figure[ret->figures++];
        name_figure(figure, s, f);
        figure->base = reported(trials_estimate(trials, 0, s->figure[f].at));
        put_distribution(figure, s, f);
        put_indices(s, f, OF_A_LUCK_B, &figure->chance_first, &figure->chance_total);
        bool met = true, sure;
        if (figure->is_objective)
            objective_judge(s->figure[f].objective, &figure->base, &met, &sure);
        ret->base_meets = ret->base_meets && met;
    }
}

static void conclude(struct sensitivity_result *ret, const struct study *s)
{
    struct trials trials;
    size_t met = 0;
    take_trials(&trials, s);
    put_figures(ret, s, &trials);
    ret->input = mem_alloc(s->inputs, sizeof *ret->input);
    for (size_t i = 0; i < s->inputs; i++)
        put_input(&ret->input[ret->inputs++], s, &trials, i);
    for (size_t j = 0; j < s->samples; j++)
        met += keeps_all(s, task_of(s, j, OF_A)) + keeps_all(s, task_of(s, j, OF_B));
    put_part(met, 2 * s->samples, &ret->met, &ret->met_low, &ret->met_high);
    if (s->choices > 0)
        compare_choices(ret, s);
    for (size_t i = 0; i < s->tasks; i++) {
        ret->run.events += (uint64_t)results_get(&s->results, i, TASK_EVENTS);
        ret->run.invocations += (uint64_t)results_get(&s->results, i, TASK_INVOCATIONS);
    }
    trials_finish(&trials);
}

static void describe(struct sensitivity_result *ret, const struct sensitivity_request *request,
                     const struct task_base *base)
{
    *ret = (struct sensitivity_result){
        .samples = request->samples, .by = request->by, .confidence = request->confidence};
    diagnostics_init(&ret->run.notes);
    study_describe(&ret->run, request->scenario, base->design.world);
    ret->run.replications = request->replications;
    ret->option = mem_strdup(request->option == NULL ? "lambda" : request->option);
}

static void study_finish(struct study *s)
{
    for (size_t i = 0; s->text != NULL && i < 3 * s->inputs + 2 * s->samples * s->inputs; i++)
        free(s->text[i]);
    free(s->text);
    free(s->setting);
    free(s->design);
    free(s->task);
    free(s->figure);
    results_finish(&s->results);
}

enum study_status sensitivity_run(struct sensitivity_result *ret, struct executor *executor,
                                  const struct sensitivity_request *request,
                                  const struct sensitivity_hooks *hooks, size_t *ret_missing,
                                  struct diagnostics *diagnostics)
{
    struct study s = {.request = request,
                      .hooks = hooks,
                      .base = executor_base(executor),
                      .inputs = request->inputs->count,
                      .samples = request->samples,
                      .choices = request->choices};
    *ret_missing = 0;
    describe(ret, request, s.base);
    if (s.samples > TASKS_MAX / tasks_per_sample(&s)) {
        diagnostics_error(diagnostics, NULL, 0, "these are more than 10,000,000 runs");
        return STUDY_FAILED;
    }
    make_texts(&s);
    make_designs(&s);
    make_tasks(&s);
    find_figures(&s);
    const enum study_status status = run_all(&s, executor, ret_missing, diagnostics);
    if (status == STUDY_DONE && *ret_missing == 0)
        conclude(ret, &s);
    study_finish(&s);
    return status;
}
