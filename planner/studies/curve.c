/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "studies/curve.h"

#include "core/memory.h"
#include "studies/fleet_search.h"
#include "support/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The first replication of a group of that size. */
struct first_run {
    unsigned size;
    double *value;
};

/* An option at a point that is to be run. */
struct ask {
    struct curve_point *point;
    size_t baseline;      /* SIZE_MAX: the Lambda design */
    bool searches, waits; /* waits: its search has not begun */
    struct fleet_search search;
    struct first_run *first; /* what the search has run */
    size_t firsts, capacity;
};

static struct curve_sample *sample_of(const struct ask *ask)
{
    return ask->baseline == SIZE_MAX ? &ask->point->lambda : &ask->point->baseline[ask->baseline];
}

/* --- metrics -------------------------------------------------------------------------------- */

const char *const *curve_choices(const cJSON *root, const char *path, size_t *ret_count)
{
    struct diagnostics unheard;
    diagnostics_init(&unheard);
    const char *const *const choice = design_field(root, path, "", &unheard)->choice;
    diagnostics_finish(&unheard);
    *ret_count = 0;
    while (choice[*ret_count] != NULL)
        ++*ret_count;
    return choice;
}

/* Without the first, which is none. */
static const char *const *plans_of(const struct task_base *base, size_t *ret_count)
{
    size_t choices;
    const char *const *const choice =
        curve_choices(base->design.root, "account.savings_plan", &choices);
    *ret_count = choices > 0 ? choices - 1 : 0;
    return choice + 1;
}

static char *entity_of(const struct baseline_spec *baseline)
{
    return text_format("baseline:%s", baseline->name);
}

void curve_want(struct task_base *base, const struct scenario *scenario)
{
    size_t plans;
    const char *const *const plan = plans_of(base, &plans);
    for (size_t i = 0; i < scenario->baselines; i++) {
        char *const entity = entity_of(&scenario->baseline[i]);
        task_base_want(base, entity, "requests_lost");
        task_base_want(base, entity, "instances.mean");
        free(entity);
    }
    for (size_t i = 0; i < plans; i++) {
        char *const metric = text_format("savings_plan:%s", plan[i]);
        task_base_want(base, TASK_BILL, metric);
        free(metric);
    }
}

static void find_metrics(struct curve *c, const struct task_base *base)
{
    const struct scenario *const s = c->request->scenario;
    c->refused = mem_alloc(s->baselines, sizeof *c->refused);
    c->instances = mem_alloc(s->baselines, sizeof *c->instances);
    for (size_t i = 0; i < s->baselines; i++) {
        char *const entity = entity_of(&s->baseline[i]);
        c->refused[i] = task_base_find(base, entity, "requests_lost");
        c->instances[i] = task_base_find(base, entity, "instances.mean");
        free(entity);
    }
    c->plan = plans_of(base, &c->plans);
    c->planned = mem_alloc(c->plans, sizeof *c->planned);
    for (size_t i = 0; i < c->plans; i++) {
        char *const metric = text_format("savings_plan:%s", c->plan[i]);
        c->planned[i] = task_base_find(base, TASK_BILL, metric);
        free(metric);
    }
}

void curve_init(struct curve *ret, struct executor *executor,
                const struct breakeven_request *request, const struct trials_hooks *hooks)
{
    *ret = (struct curve){.request = request, .hooks = hooks, .executor = executor};
    find_metrics(ret, executor_base(executor));
}

static void finish_sample(struct curve_sample *sample)
{
    free(sample->cost);
    free(sample->hours);
    free(sample->planned);
}

void curve_finish(struct curve *curve)
{
    for (size_t i = 0; i < curve->points; i++) {
        struct curve_point *const p = curve->point[i];
        finish_sample(&p->lambda);
        for (size_t k = 0; k < curve->request->scenario->baselines; k++)
            finish_sample(&p->baseline[k]);
        free(p->baseline);
        traffic_design_free(p->design);
        free(p);
    }
    free(curve->point);
    free(curve->refused);
    free(curve->instances);
    free(curve->planned);
    *curve = (struct curve){0};
}

bool curve_same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

struct curve_point *curve_at(struct curve *curve, double burstiness, double factor)
{
    for (size_t i = 0; i < curve->points; i++)
        if (curve->point[i]->factor == factor &&
            curve_same(curve->point[i]->burstiness, burstiness))
            return curve->point[i];
    const struct breakeven_request *const request = curve->request;
    struct curve_point *const p = mem_alloc(1, sizeof *p);
    *p = (struct curve_point){.burstiness = burstiness,
                              .factor = factor,
                              .design = traffic_design(request->traffic, factor, burstiness, true),
                              .baseline =
                                  mem_alloc(request->scenario->baselines, sizeof *p->baseline)};
    curve->point = mem_grow(curve->point, &curve->capacity, curve->points, sizeof *curve->point);
    curve->point[curve->points++] = p;
    return p;
}

/* --- between points ------------------------------------------------------------------------- */

/* The points next to a traffic at which the Lambda design has run: two below, two above; NULL:
 * there is none. */
struct around {
    const struct curve_point *near[4];
};

static struct around around(const struct curve *c, double burstiness, double factor)
{
    struct around a = {{NULL, NULL, NULL, NULL}};
    for (size_t i = 0; i < c->points; i++) {
        const struct curve_point *const p = c->point[i];
        if (!p->lambda.there || p->factor == factor || !curve_same(p->burstiness, burstiness))
            continue;
        const bool above = p->factor > factor;
        const struct curve_point **const first = &a.near[above ? 2 : 1];
        const struct curve_point **const second = &a.near[above ? 3 : 0];
        const double distance = fabs(p->factor - factor);
        if (*first == NULL || distance < fabs((*first)->factor - factor)) {
            *second = *first;
            *first = p;
        } else if (*second == NULL || distance < fabs((*second)->factor - factor)) {
            *second = p;
        }
    }
    return a;
}

static double own_cost(const struct curve *c, const struct curve_point *p, size_t plan,
                       unsigned replication)
{
    return plan == SIZE_MAX ? p->lambda.cost[replication]
                            : p->lambda.planned[plan * c->request->replications + replication];
}

double curve_lambda_cost(const struct curve *curve, const struct curve_point *point, size_t plan,
                         unsigned replication)
{
    if (point->lambda.there)
        return own_cost(curve, point, plan, replication);
    const struct around a = around(curve, point->burstiness, point->factor);
    const struct curve_point *const low = a.near[1], *const high = a.near[2];
    const double part = (point->factor - low->factor) / (high->factor - low->factor);
    const double cost = own_cost(curve, low, plan, replication);
    return cost + part * (own_cost(curve, high, plan, replication) - cost);
}

bool curve_lambda_serves(const struct curve *curve, const struct curve_point *point)
{
    if (point->lambda.there)
        return point->lambda.serves;
    const struct around a = around(curve, point->burstiness, point->factor);
    return a.near[1]->lambda.serves && a.near[2]->lambda.serves;
}

static double beyond(struct curve_place from, struct curve_place through, double x)
{
    return from.y + (through.y - from.y) * (x - from.x) / (through.x - from.x);
}

double curve_off_line(const struct curve_place place[4])
{
    const struct curve_place low = place[1], high = place[2];
    const double before = beyond(place[0], low, high.x) - high.y;
    const double after = beyond(place[3], high, low.x) - low.y;
    if (isnan(before) && isnan(after))
        return INFINITY;
    if (isnan(before) || isnan(after) || before * after < 0)
        return fmax(fabs(before), fabs(after)); /* of two numbers one of which is NAN, the other */
    /* Both lines meet there, on the same side of the line between. */
    return before == 0 || after == 0 ? 0 : fabs(before * after / (before + after));
}

bool curve_lambda_is_line(const struct curve *curve, const struct curve_point *point)
{
    const unsigned n = curve->request->replications;
    const struct around a = around(curve, point->burstiness, point->factor);
    struct curve_place place[4];
    if (curve->request->traffic->shards) /* its cost has steps */
        return false;
    if (a.near[1] == NULL || a.near[2] == NULL || !a.near[1]->lambda.serves ||
        !a.near[2]->lambda.serves)
        return false;
    for (size_t i = 0; i < 4; i++)
        place[i] = a.near[i] == NULL
                       ? (struct curve_place){NAN, NAN}
                       : (struct curve_place){a.near[i]->factor,
                                              estimate_of(a.near[i]->lambda.cost, n).mean};
    const double slope = (place[2].y - place[1].y) / (place[2].x - place[1].x);
    return curve_off_line(place) <= slope * (CURVE_RESOLUTION - 1) * point->factor;
}

/* --- what came of a trial ------------------------------------------------------------------- */

/* A group that refuses requests is too small; what a stream refuses is lost on both sides.
 * `ret_sure` (NULL: not asked for): whether the 95 % intervals agree. */
static bool serves(const struct curve *curve, const struct trials *trials, size_t trial,
                   size_t baseline, bool *ret_sure)
{
    const struct breakeven_request *const request = curve->request;
    const struct scenario *const s = request->scenario;
    const char *const option = baseline == SIZE_MAX ? NULL : s->baseline[baseline].name;
    const size_t refused =
        baseline == SIZE_MAX ? TASK_REFUSED : task_metric_at(curve->refused[baseline]);
    const struct estimate lost = trials_estimate(trials, trial, refused);
    bool good = lost.mean <= 0;
    bool bad_for_sure = lost.low > 0, good_for_sure = good;
    for (size_t i = 0; i < s->objectives; i++) {
        const struct objective_spec *const o = &s->objective[i];
        if (!objective_applies(o, option) || strcmp(o->metric, "monthly_cost_usd") == 0)
            continue;
        const struct trial_verdict v = trials_judge(trials, trial, o, request->metric[i]);
        if (!v.known)
            continue;
        good = good && v.met;
        good_for_sure = good_for_sure && v.met && v.sure;
        bad_for_sure = bad_for_sure || (!v.met && v.sure);
    }
    if (ret_sure != NULL)
        *ret_sure = good ? good_for_sure : bad_for_sure;
    return good;
}

static void take_lambda(const struct curve *curve, struct curve_point *p,
                        const struct trials *trials, size_t trial)
{
    const unsigned n = trials->trial[trial].replications;
    p->arrivals = traffic_arrivals(curve->request->traffic, trials, trial);
    p->lambda.planned = mem_alloc(curve->plans * n, sizeof *p->lambda.planned);
    for (size_t i = 0; i < curve->plans; i++)
        for (unsigned k = 0; k < n; k++)
            p->lambda.planned[i * n + k] =
                trials->trial[trial].value[k * trials->width + task_metric_at(curve->planned[i])];
}

static void take(const struct curve *curve, const struct ask *ask, const struct trials *trials,
                 size_t trial)
{
    struct curve_sample *const sample = sample_of(ask);
    const unsigned n = trials->trial[trial].replications;
    bool sure;
    const bool good = serves(curve, trials, trial, ask->baseline, &sure);
    finish_sample(sample);
    *sample = (struct curve_sample){.wanted = true,
                                    .there = true,
                                    .serves = good,
                                    .sure = sure,
                                    .size = ask->searches ? ask->search.size : 0,
                                    .instances = NAN,
                                    .cost = mem_alloc(n, sizeof *sample->cost),
                                    .hours = mem_alloc(n, sizeof *sample->hours)};
    for (unsigned i = 0; i < n; i++) {
        const double *const value = trials->trial[trial].value + i * trials->width;
        sample->cost[i] = value[TASK_COST];
        sample->hours[i] = value[TASK_INSTANCE_HOURS];
    }
    if (ask->baseline == SIZE_MAX)
        take_lambda(curve, ask->point, trials, trial);
    else
        sample->instances =
            trials_estimate(trials, trial, task_metric_at(curve->instances[ask->baseline])).mean;
}

static void keep_first(struct ask *ask, const struct trials *trials, size_t trial)
{
    const size_t size = trials->width * sizeof(double);
    ask->first = mem_grow(ask->first, &ask->capacity, ask->firsts, sizeof *ask->first);
    struct first_run *const run = &ask->first[ask->firsts++];
    *run = (struct first_run){ask->search.size, mem_alloc(1, size)};
    memcpy(run->value, trials->trial[trial].value, size);
}

/* NULL: no group of that size has run. */
static const double *first_of(const struct ask *ask)
{
    for (size_t i = 0; i < ask->firsts; i++)
        if (ask->first[i].size == ask->search.size)
            return ask->first[i].value;
    return NULL;
}

static void learn(const struct curve *curve, struct ask *ask, const struct trials *trials,
                  size_t trial)
{
    if (!ask->searches || ask->search.all)
        take(curve, ask, trials, trial);
    else
        keep_first(ask, trials, trial);
    if (!ask->searches)
        return;
    fleet_search_tell(&ask->search, serves(curve, trials, trial, ask->baseline, NULL));
    sample_of(ask)->there = ask->search.done;
}

/* --- rounds --------------------------------------------------------------------------------- */

static enum study_status try(struct curve *curve, struct ask **ask, size_t count,
                             unsigned replications, struct diagnostics *diagnostics)
{
    const struct scenario *const s = curve->request->scenario;
    const struct trial_rule rule = {.replications = replications};
    struct trials trials;
    if (count == 0)
        return STUDY_DONE;
    struct trial_request *const request = mem_alloc(count, sizeof *request);
    for (size_t i = 0; i < count; i++)
        request[i] = (struct trial_request){
            .design = ask[i]->point->design,
            .option = ask[i]->baseline == SIZE_MAX ? NULL : s->baseline[ask[i]->baseline].name,
            .fleet_size = ask[i]->searches ? ask[i]->search.size : 0,
            .first = first_of(ask[i]),
            .work = ask[i]->point->factor};
    const enum study_status status =
        trials_run(&trials, curve->executor, request, count, &rule, curve->hooks, diagnostics);
    for (size_t i = 0; i < count && status == STUDY_DONE; i++)
        learn(curve, ask[i], &trials, i);
    trials_finish(&trials);
    free(request);
    return status;
}

/* Those that take one replication, or all. */
static enum study_status run_round(struct curve *curve, struct ask *ask, size_t count, bool all,
                                   struct diagnostics *diagnostics)
{
    struct ask **const now = mem_alloc(count, sizeof(struct ask *));
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        if (!sample_of(&ask[i])->there && !ask[i].waits &&
            (!ask[i].searches || ask[i].search.all) == all)
            now[n++] = &ask[i];
    const enum study_status status =
        try(curve, now, n, all ? curve->request->replications : 1, diagnostics);
    free(now);
    return status;
}

/* --- sizes ---------------------------------------------------------------------------------- */

/* The same group under the same bursts at another traffic. */
static bool is_beside(const struct ask *ask, const struct curve_point *p)
{
    return p->factor != ask->point->factor && curve_same(p->burstiness, ask->point->burstiness);
}

struct size_bounds {
    unsigned too_small, enough; /* as fleet_search_bound */
};

static void note_bound(struct size_bounds *bounds, bool less_traffic, unsigned too_small,
                       unsigned enough)
{
    if (less_traffic && too_small > bounds->too_small)
        bounds->too_small = too_small;
    if (!less_traffic && (bounds->enough == 0 || enough < bounds->enough))
        bounds->enough = enough;
}

/* More traffic needs no smaller group: what the searches know of each other. Where no group is
 * enough it may not be for its size. */
static void share_bounds(const struct curve *curve, struct ask *ask, size_t count, struct ask *mine)
{
    struct size_bounds bounds = {0};
    for (size_t i = 0; i < curve->points; i++) {
        const struct curve_point *const p = curve->point[i];
        const struct curve_sample *const sample = &p->baseline[mine->baseline];
        if (sample->there && sample->serves && is_beside(mine, p))
            note_bound(&bounds, p->factor < mine->point->factor, sample->size - 1, sample->size);
    }
    for (size_t i = 0; i < count; i++)
        if (ask[i].baseline == mine->baseline && ask[i].search.found &&
            is_beside(mine, ask[i].point))
            note_bound(&bounds, ask[i].point->factor < mine->point->factor, ask[i].search.low,
                       ask[i].search.high);
    fleet_search_bound(&mine->search, bounds.too_small, bounds.enough);
}

/* Sizes that less and more traffic are known to need, of the nearest; factor NAN: none is. */
struct known_sizes {
    double less, more; /* factors */
    unsigned of_less, of_more;
};

static void note_size(struct known_sizes *known, double mine, double factor, unsigned size)
{
    if (factor < mine && !(factor <= known->less)) {
        known->less = factor;
        known->of_less = size;
    }
    if (factor > mine && !(factor >= known->more)) {
        known->more = factor;
        known->of_more = size;
    }
}

static struct known_sizes sizes_beside(const struct curve *curve, const struct ask *ask,
                                       size_t count, const struct ask *mine)
{
    struct known_sizes known = {.less = NAN, .more = NAN};
    for (size_t i = 0; i < curve->points; i++) {
        const struct curve_point *const p = curve->point[i];
        const struct curve_sample *const sample = &p->baseline[mine->baseline];
        if (sample->there && sample->serves && is_beside(mine, p))
            note_size(&known, mine->point->factor, p->factor, sample->size);
    }
    for (size_t i = 0; i < count; i++)
        if (ask[i].baseline == mine->baseline && ask[i].search.all && is_beside(mine, ask[i].point))
            note_size(&known, mine->point->factor, ask[i].point->factor, ask[i].search.size);
    return known;
}

/* In proportion to traffic; a group of n servers was needed for a load between n - 1 and n. */
static unsigned guess_of(const struct known_sizes *known, double factor)
{
    const struct curve_place less = {known->less, known->of_less - 0.5};
    const struct curve_place more = {known->more, known->of_more - 0.5};
    const double load = !isnan(less.x) && !isnan(more.x) ? beyond(less, more, factor)
                        : !isnan(less.x)                 ? less.y * factor / less.x
                        : !isnan(more.x)                 ? more.y * factor / more.x
                                                         : 0;
    return (unsigned)fmin(ceil(load), 1e6);
}

/* A search waits for that of the next less traffic, whose answer is its guess: simulating much
 * traffic with a bad one takes longer. */
static bool must_wait(const struct ask *ask, size_t count, const struct ask *mine)
{
    for (size_t i = 0; i < count; i++)
        if (ask[i].searches && ask[i].baseline == mine->baseline && !ask[i].search.all &&
            is_beside(mine, ask[i].point) && ask[i].point->factor < mine->point->factor)
            return true;
    return false;
}

static void begin_searches(const struct curve *curve, struct ask *ask, size_t count)
{
    const struct scenario *const s = curve->request->scenario;
    for (size_t i = 0; i < count; i++) {
        struct ask *const mine = &ask[i];
        if (!mine->waits)
            continue;
        const struct known_sizes known = sizes_beside(curve, ask, count, mine);
        if ((isnan(known.less) || isnan(known.more)) && must_wait(ask, count, mine))
            continue;
        mine->waits = false;
        fleet_search_begin(&mine->search, &s->baseline[mine->baseline],
                           guess_of(&known, mine->point->factor));
    }
}

static void finish_ask(struct ask *ask)
{
    for (size_t i = 0; i < ask->firsts; i++)
        free(ask->first[i].value);
    free(ask->first);
}

static bool all_there(const struct ask *ask, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!sample_of(&ask[i])->there)
            return false;
    return true;
}

enum study_status curve_run(struct curve *curve, struct diagnostics *diagnostics)
{
    const struct scenario *const s = curve->request->scenario;
    struct ask *const ask = mem_alloc(curve->points * (s->baselines + 1), sizeof *ask);
    enum study_status status = STUDY_DONE;
    size_t count = 0;
    for (size_t i = curve->points; i-- > 0;) { /* much traffic first: so no long task is the last */
        struct curve_point *const p = curve->point[i];
        if (p->lambda.wanted && !p->lambda.there)
            ask[count++] = (struct ask){.point = p, .baseline = SIZE_MAX};
        for (size_t k = 0; k < s->baselines; k++) {
            if (!p->baseline[k].wanted || p->baseline[k].there)
                continue;
            struct ask *const a = &ask[count++];
            *a = (struct ask){
                .point = p, .baseline = k, .searches = s->baseline[k].sizing == FLEET_SMALLEST};
            a->waits = a->searches;
        }
    }
    while (status == STUDY_DONE && !all_there(ask, count)) {
        begin_searches(curve, ask, count);
        for (size_t i = 0; i < count; i++)
            if (ask[i].searches && !ask[i].waits && !ask[i].search.done)
                share_bounds(curve, ask, count, &ask[i]);
        status = run_round(curve, ask, count, true, diagnostics);
        if (status == STUDY_DONE)
            status = run_round(curve, ask, count, false, diagnostics);
    }
    for (size_t i = 0; i < count; i++)
        finish_ask(&ask[i]);
    free(ask);
    return status;
}

double curve_sure_below(const struct curve *curve, double burstiness, size_t baseline,
                        unsigned size, double most)
{
    double greatest = NAN;
    for (size_t i = 0; i < curve->points; i++) {
        const struct curve_point *const p = curve->point[i];
        const struct curve_sample *const sample = &p->baseline[baseline];
        if (curve_same(p->burstiness, burstiness) && p->factor <= most && sample->there &&
            sample->size == size && sample->serves && sample->sure)
            greatest = fmax(greatest, p->factor); /* of a NAN and a number the number */
    }
    return greatest;
}

enum study_status curve_ask(struct curve *curve, struct curve_question *question, size_t count,
                            struct diagnostics *diagnostics)
{
    const struct scenario *const s = curve->request->scenario;
    const struct trial_rule rule = {.replications = curve->request->replications};
    struct trials trials;
    struct trial_request *const request = mem_alloc(count, sizeof *request);
    struct design **const design = mem_alloc(count, sizeof(struct design *));
    for (size_t i = 0; i < count; i++) {
        design[i] = traffic_design(curve->request->traffic, question[i].factor,
                                   question[i].burstiness, true);
        request[i] = (struct trial_request){.design = design[i],
                                            .option = s->baseline[question[i].baseline].name,
                                            .fleet_size = question[i].size,
                                            .work = question[i].factor};
    }
    const enum study_status status =
        trials_run(&trials, curve->executor, request, count, &rule, curve->hooks, diagnostics);
    for (size_t i = 0; i < count && status == STUDY_DONE; i++)
        question[i].serves = serves(curve, &trials, i, question[i].baseline, &question[i].sure);
    trials_finish(&trials);
    for (size_t i = 0; i < count; i++)
        traffic_design_free(design[i]);
    free(design);
    free(request);
    return status;
}
