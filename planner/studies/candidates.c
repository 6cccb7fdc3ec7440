/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "studies/candidates.h"

#include "core/memory.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define UNKNOWN_VIOLATION 1e6

/* --- the grid ------------------------------------------------------------------------------- */

static double number_of(const struct axis *axis, size_t value)
{
    return strtod(axis->value[value].text, NULL);
}

static void order_axis(struct candidates *c, size_t k)
{
    const struct axis *const axis = &c->request->sweep.axis[k];
    size_t *const order = mem_alloc(axis->values, sizeof *order);
    c->order[k] = order;
    c->ordered[k] = axis->value[0].kind == SETTING_NUMBER;
    for (size_t i = 0; i < axis->values; i++) {
        size_t at = i;
        for (; c->ordered[k] && at > 0 && number_of(axis, order[at - 1]) > number_of(axis, i); at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
}

static int count_designs(struct candidates *c, struct diagnostics *diagnostics)
{
    const struct sweep_request *const sweep = &c->request->sweep;
    c->designs = 1;
    for (size_t k = 0; k < sweep->axes; k++) {
        if (sweep->axis[k].open) {
            diagnostics_usage(diagnostics, "--vary",
                              "%s: a search needs steps: FROM:TO:STEP, FROM:TO:*FACTOR or a list",
                              sweep->axis[k].path);
            return -1;
        }
        if (sweep->axis[k].values > DESIGNS_MAX / c->designs) {
            diagnostics_usage(diagnostics, "--vary", "are more than %zu designs", DESIGNS_MAX);
            return -1;
        }
        c->designs *= sweep->axis[k].values;
    }
    return 0;
}

static void find_objectives(struct candidates *c)
{
    const struct scenario *const scenario = c->request->sweep.scenario;
    c->objective = mem_alloc(scenario->objectives, sizeof *c->objective);
    for (size_t i = 0; i < scenario->objectives; i++)
        if (task_base_binds(c->trials.base, &scenario->objective[i], c->request->sweep.metric[i],
                            c->request->sweep.option))
            c->objective[c->objectives++] = i;
}

int candidates_init(struct candidates *ret, struct executor *executor,
                    const struct optimize_request *request, const struct optimize_hooks *hooks,
                    struct diagnostics *diagnostics)
{
    const struct task_base *const base = executor_base(executor);
    *ret = (struct candidates){.request = request,
                               .hooks = hooks,
                               .executor = executor,
                               .best = SIZE_MAX,
                               .trials = {.base = base, .width = task_width(base)}};
    if (count_designs(ret, diagnostics) < 0)
        return -1;
    ret->runner = task_runner_create(base);
    ret->order = mem_alloc(request->sweep.axes, sizeof *ret->order);
    ret->ordered = mem_alloc(request->sweep.axes, sizeof *ret->ordered);
    for (size_t k = 0; k < request->sweep.axes; k++)
        order_axis(ret, k);
    ret->slot = mem_alloc(ret->designs, sizeof *ret->slot);
    find_objectives(ret);
    return 0;
}

void candidates_finish(struct candidates *c)
{
    for (size_t i = 0; i < c->trials.count; i++) {
        free(c->item[i]->setting);
        free(c->item[i]);
    }
    for (size_t k = 0; c->order != NULL && k < c->request->sweep.axes; k++)
        free(c->order[k]);
    trials_finish(&c->trials);
    task_runner_destroy(c->runner);
    free(c->item);
    free(c->order);
    free(c->ordered);
    free(c->slot);
    free(c->objective);
    free(c->reason);
}

/* Designs between two that differ by one value of this axis. */
static size_t stride_of(const struct candidates *c, size_t axis)
{
    size_t stride = 1;
    for (size_t k = axis + 1; k < c->request->sweep.axes; k++)
        stride *= c->request->sweep.axis[k].values;
    return stride;
}

static size_t value_of(const struct candidates *c, size_t number, size_t axis)
{
    return number / stride_of(c, axis) % c->request->sweep.axis[axis].values;
}

size_t candidates_rank(const struct candidates *c, size_t number, size_t axis)
{
    const size_t value = value_of(c, number, axis);
    size_t rank = 0;
    while (c->order[axis][rank] != value)
        rank++;
    return rank;
}

size_t candidates_move(const struct candidates *c, size_t number, size_t axis, size_t rank)
{
    const size_t stride = stride_of(c, axis);
    return number - value_of(c, number, axis) * stride + c->order[axis][rank] * stride;
}

const struct objective_spec *candidates_objective(const struct candidates *c, size_t k)
{
    return &c->request->sweep.scenario->objective[c->objective[k]];
}

/* --- looking at one ------------------------------------------------------------------------- */

/* Is it a scenario, and what does it cost when nothing arrives? */
static void inspect(struct candidates *c, struct candidate *item)
{
    const struct task task = {.design = &item->design, .option = c->request->sweep.option};
    struct diagnostics unheard;
    diagnostics_init(&unheard);
    struct scenario *const scenario = design_read(&c->trials.base->design, &item->design, &unheard);
    item->invalid = scenario == NULL;
    for (size_t i = 0; item->invalid && c->reason == NULL && i < unheard.count; i++)
        if (!unheard.item[i].warning)
            c->reason = mem_strdup(unheard.item[i].text);
    c->invalid += item->invalid;
    scenario_destroy(scenario);
    if (item->invalid || c->request->figure != TASK_COST ||
        task_floor(c->runner, &task, &item->floor, &unheard) < 0)
        item->floor = NAN; /* whatever is wrong, the run will say it */
    diagnostics_finish(&unheard);
}

size_t candidates_at(struct candidates *c, size_t number)
{
    const struct sweep_request *const sweep = &c->request->sweep;
    if (c->slot[number] > 0)
        return c->slot[number] - 1;
    const size_t index = c->trials.count;
    if (index == c->capacity) {
        c->capacity = c->capacity > 0 ? 2 * c->capacity : 64;
        c->item = mem_resize(c->item, c->capacity, sizeof *c->item);
        c->trials.trial = mem_resize(c->trials.trial, c->capacity, sizeof *c->trials.trial);
    }
    struct candidate *const item = mem_alloc(1, sizeof *item);
    item->number = number;
    item->setting = mem_alloc(sweep->axes, sizeof *item->setting);
    for (size_t k = 0; k < sweep->axes; k++)
        item->setting[k] = sweep->axis[k].value[value_of(c, number, k)];
    item->design = (struct design){item->setting, sweep->axes};
    c->item[index] = item;
    c->trials.trial[index] = (struct trial){.precise = true};
    c->trials.count++;
    c->slot[number] = (uint32_t)c->trials.count;
    inspect(c, item);
    return index;
}

/* --- runs ----------------------------------------------------------------------------------- */

unsigned candidates_replications(const struct candidates *c, size_t i)
{
    return c->trials.trial[i].replications;
}

bool candidates_complete(const struct candidates *c, size_t i)
{
    return candidates_replications(c, i) == c->request->sweep.replications;
}

static bool keep_on(void *context, const struct executor_progress *progress)
{
    const struct candidates *const c = context;
    const double best =
        c->best == SIZE_MAX ? NAN : trials_estimate(&c->trials, c->best, c->request->figure).mean;
    return c->hooks->keep_on == NULL || c->hooks->keep_on(c->hooks->context, progress, best);
}

static void take(struct candidates *c, size_t i, const double *value)
{
    struct trial *const trial = &c->trials.trial[i];
    const size_t width = c->trials.width;
    trial->value = mem_resize(trial->value, (trial->replications + 1) * width, sizeof *value);
    memcpy(trial->value + trial->replications * width, value, width * sizeof *value);
    if (trial->replications++ == 0) {
        c->first_invocations += value[TASK_INVOCATIONS];
        c->tried++;
    }
    c->invocations += value[TASK_INVOCATIONS];
    c->runs++;
}

enum study_status candidates_run(struct candidates *c, const size_t *which, size_t count,
                                 struct diagnostics *diagnostics)
{
    const struct executor_hooks hooks = {keep_on, NULL, c};
    struct task *const task = mem_alloc(count, sizeof *task);
    struct results results;
    for (size_t i = 0; i < count; i++)
        task[i] = (struct task){.design = &c->item[which[i]]->design,
                                .option = c->request->sweep.option,
                                .replication = candidates_replications(c, which[i])};
    results_init(&results, c->trials.base, count);
    const enum study_status status =
        executor_run(c->executor, task, count, &hooks, &results, diagnostics);
    for (size_t i = 0; i < count && status == STUDY_DONE; i++)
        take(c, which[i], results.value + i * results.width);
    results_finish(&results);
    free(task);
    return status;
}

/* --- what follows --------------------------------------------------------------------------- */

/* Values of one figure, turned so that less is better. */
struct spread {
    size_t count;
    bool reported;
    double mean, deviation, worst;
    double error; /* INFINITY: one had not ended with its run and may be worse */
};

static struct spread spread_of(const struct candidates *c, size_t i, size_t figure, double sign)
{
    const struct trial *const trial = &c->trials.trial[i];
    struct spread s = {.reported = true, .worst = -INFINITY};
    double sum = 0, squares = 0;
    for (unsigned k = 0; k < trial->replications; k++) {
        const double *const value = trial->value + k * c->trials.width + figure;
        s.reported = s.reported && value[0] != TASK_NOT_REPORTED;
        if (isnan(value[0]))
            continue;
        s.count++;
        sum += sign * value[0];
        s.worst = fmax(s.worst, sign * value[0]);
        if (task_has_error(figure) && (sign > 0 || isfinite(value[1])))
            s.error = fmax(s.error, value[1]);
    }
    s.mean = s.count > 0 ? sum / (double)s.count : NAN;
    for (unsigned k = 0; k < trial->replications; k++) {
        const double x = sign * trial->value[k * c->trials.width + figure] - s.mean;
        squares += isnan(x) ? 0 : x * x;
    }
    s.deviation = s.count > 1 ? sqrt(squares / (double)(s.count - 1)) : 0;
    return s;
}

static double student(double doubt, size_t freedom)
{
    return freedom > 0 ? gsl_cdf_tdist_Qinv(doubt, (double)freedom) : INFINITY;
}

/* One-sided, of one objective among several. */
static double doubt_of_objective(const struct candidates *c)
{
    return (1 - c->request->confidence) / (double)(c->objectives > 0 ? c->objectives : 1);
}

static double doubt_of_candidate(const struct candidates *c)
{
    return (1 - c->request->confidence) / (double)(c->tried > 1 ? c->tried - 1 : 1);
}

/* Relative deviation of single values of a figure, over all candidates; `ret_freedom` of it. */
static double pooled(const struct candidates *c, size_t figure, size_t *ret_freedom)
{
    double squares = 0;
    *ret_freedom = 0;
    for (size_t i = 0; i < c->trials.count; i++) {
        const struct spread s = spread_of(c, i, figure, 1);
        if (s.count < 2 || !s.reported || s.mean == 0)
            continue;
        const double relative = s.deviation / s.mean;
        squares += relative * relative * (double)(s.count - 1);
        *ret_freedom += s.count - 1;
    }
    return *ret_freedom > 0 ? sqrt(squares / (double)*ret_freedom) : INFINITY;
}

static size_t figure_of(const struct candidates *c, size_t k)
{
    return task_metric_at(c->request->sweep.metric[c->objective[k]]);
}

static double sign_of(const struct candidates *c, size_t k)
{
    return candidates_objective(c, k)->at_most ? 1 : -1;
}

/* The limit that an objective is judged by, once all replications are there. */
static double limit_of(const struct candidates *c, const struct spread *s)
{
    const double width = s->count < 2 ? 0
                                      : student(doubt_of_objective(c), s->count - 1) *
                                            s->deviation / sqrt((double)s->count);
    return s->mean + fmax(width, s->error);
}

static double missed_by(const struct candidates *c, size_t i, size_t k, double bound)
{
    const double sign = sign_of(c, k);
    const struct spread s = spread_of(c, i, figure_of(c, k), sign);
    if (!s.reported || s.count == 0 || isinf(s.error))
        return UNKNOWN_VIOLATION;
    const double x = candidates_complete(c, i) ? limit_of(c, &s) : s.mean;
    const double excess = x - sign * bound;
    return excess > 0 ? log1p(excess / (bound != 0 ? fabs(bound) : 1)) : 0;
}

double candidates_violation(const struct candidates *c, size_t i, const double *bound)
{
    double violation = 0;
    if (candidates_replications(c, i) == 0)
        return INFINITY;
    for (size_t k = 0; k < c->objectives; k++)
        violation += missed_by(c, i, k, bound[k]);
    if (trials_lacks_memory(&c->trials, i, c->request->sweep.scenario))
        violation += log1p(trials_estimate(&c->trials, i, TASK_OUT_OF_MEMORY).mean);
    return violation;
}

/* Whatever the replications that are not there yet will be. */
static bool misses_surely(const struct candidates *c, const struct spread *s, double bound,
                          bool positive)
{
    const double all = c->request->sweep.replications;
    const double t = student(doubt_of_objective(c), c->request->sweep.replications - 1);
    const double part = fmin(1, (1 + t) / all);
    return part == 1 ? s->worst > bound : positive && s->worst * part > bound;
}

/* The mean of all replications lies about as far from that of `n` of them as the limit of `n` alone
 * from its mean, times this: the nearer, the fewer are to come. */
static double to_come(const struct candidates *c, size_t n)
{
    const double all = c->request->sweep.replications;
    return n > 0 ? sqrt((all - (double)n) / all / (double)n) : INFINITY;
}

static bool misses_likely(const struct candidates *c, const struct spread *s, size_t figure,
                          double bound)
{
    const double doubt = doubt_of_candidate(c), root = to_come(c, s->count);
    size_t freedom;
    const double deviation = pooled(c, figure, &freedom) * fabs(s->mean);
    return s->mean - student(doubt, s->count - 1) * s->deviation * root - s->error > bound ||
           (freedom > 1 && s->mean - student(doubt, freedom) * deviation * root - s->error > bound);
}

static bool rules_out(const struct candidates *c, size_t i, size_t k, double bound)
{
    const size_t figure = figure_of(c, k);
    const double sign = sign_of(c, k);
    const struct spread s = spread_of(c, i, figure, sign);
    if (!s.reported || isinf(s.error))
        return true;
    if (candidates_complete(c, i))
        return s.count == 0 || limit_of(c, &s) > sign * bound;
    return s.count > 0 && (misses_surely(c, &s, sign * bound, sign > 0) ||
                           misses_likely(c, &s, figure, sign * bound));
}

bool candidates_ruled_out(const struct candidates *c, size_t i, const double *bound)
{
    for (size_t k = 0; k < c->objectives; k++)
        if (rules_out(c, i, k, bound[k]))
            return true;
    const struct spread s = spread_of(c, i, c->request->figure, 1);
    return candidates_replications(c, i) == 0 || !s.reported || isinf(s.error) ||
           trials_lacks_memory(&c->trials, i, c->request->sweep.scenario) ||
           (candidates_complete(c, i) && s.count == 0);
}

struct estimate candidates_lead(const struct candidates *c, size_t a, size_t b)
{
    struct estimate e = trials_difference(&c->trials, a, b, c->request->figure);
    if (e.count > 1 && e.half_width > 0) {
        e.half_width *= student(doubt_of_candidate(c), e.count - 1) / student(0.025, e.count - 1);
        e.low = e.mean - e.half_width;
        e.high = e.mean + e.half_width;
    }
    return e;
}

/* Replications that both have. */
static unsigned common(const struct candidates *c, size_t a, size_t b)
{
    const unsigned x = candidates_replications(c, a), y = candidates_replications(c, b);
    return x < y ? x : y;
}

/* How much dearer than the leader, as logarithms of ratios: mean, and squares around it. NAN where
 * one is not above 0. */
struct ratios {
    double mean, squares;
};

static struct ratios ratios_to(const struct candidates *c, size_t i, size_t leader)
{
    const size_t width = c->trials.width, figure = c->request->figure;
    const unsigned n = common(c, i, leader);
    struct ratios r = {0, 0};
    double squares = 0;
    for (unsigned k = 0; k < n; k++) {
        const double x = c->trials.trial[i].value[k * width + figure];
        const double y = c->trials.trial[leader].value[k * width + figure];
        const double ratio = x > 0 && y > 0 ? log(x / y) : NAN;
        r.mean += ratio / n;
        squares += ratio * ratio;
    }
    r.squares = fmax(squares - n * r.mean * r.mean, 0);
    if (isnan(r.mean))
        r.squares = NAN;
    return r;
}

/* Deviation of single ratios, over all candidates that have come out otherwise than the leader. */
static double pooled_ratios(const struct candidates *c, size_t leader, size_t *ret_freedom)
{
    double squares = 0;
    *ret_freedom = 0;
    for (size_t i = 0; i < c->trials.count; i++) {
        const unsigned n = common(c, i, leader);
        if (i == leader || n < 2 || candidates_alike(c, i, leader) > 0)
            continue;
        const struct ratios r = ratios_to(c, i, leader);
        if (isnan(r.squares))
            continue;
        squares += r.squares;
        *ret_freedom += n - 1;
    }
    return *ret_freedom > 0 ? sqrt(squares / (double)*ret_freedom) : INFINITY;
}

size_t candidates_freedom(const struct candidates *c, size_t leader)
{
    size_t freedom;
    pooled_ratios(c, leader, &freedom);
    return freedom;
}

/* `part`: of the width of the limit; 1: of what is true. */
static bool is_dearer(const struct candidates *c, size_t i, size_t leader, double part)
{
    const struct estimate e = candidates_lead(c, i, leader);
    if (e.count > 1 && e.mean > e.half_width * part)
        return true;
    size_t freedom;
    const unsigned n = common(c, i, leader);
    const double deviation = pooled_ratios(c, leader, &freedom) / sqrt(fmax(n, 1));
    const struct ratios r = ratios_to(c, i, leader);
    return freedom > 1 && n > 0 && e.mean > 0 &&
           r.mean > student(doubt_of_candidate(c), freedom) * deviation * part;
}

bool candidates_dearer(const struct candidates *c, size_t i, size_t leader)
{
    return is_dearer(c, i, leader, 1);
}

bool candidates_behind(const struct candidates *c, size_t i, size_t leader)
{
    const unsigned n = common(c, i, leader);
    return n > 0 && is_dearer(c, i, leader, to_come(c, n) * sqrt(n));
}

unsigned candidates_alike(const struct candidates *c, size_t a, size_t b)
{
    const struct trial *const x = &c->trials.trial[a], *const y = &c->trials.trial[b];
    const unsigned n = x->replications < y->replications ? x->replications : y->replications;
    const size_t size = n * c->trials.width * sizeof *x->value;
    return n > 0 && memcmp(x->value, y->value, size) == 0 ? n : 0;
}

bool candidates_prefer(const struct candidates *c, size_t a, size_t b, const double *bound)
{
    const double x = candidates_violation(c, a, bound), y = candidates_violation(c, b, bound);
    if (x != y)
        return x < y;
    const double difference = trials_difference(&c->trials, a, b, c->request->figure).mean;
    return difference < 0 || (difference == 0 && c->item[a]->number < c->item[b]->number);
}
