/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "studies/headroom.h"

#include "core/memory.h"
#include "studies/study.h"
#include "support/date.h"
#include "support/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESOLUTION 1.01 /* ratio of two growths that need not be told apart */
#define LINE_FROM 1.2   /* two traffics make a line if they are further apart than that */
#define GROW_TO 10.0    /* at least, where no bound is given and no limit is met */
#define GROW_MOST 1e5
#define MONTH_DAYS (365.2425 / 12)
#define LAST_YEAR 9999

/* One growth: the numbers of all replications. */
struct point {
    double factor;
    struct design *design;
    double *value;
    double arrivals, invocations; /* of a run */
    bool clipped;                 /* a mapping's maximum holds back what others see of its work */
};

struct search {
    const struct headroom_request *request;
    const struct headroom_hooks *hooks;
    struct trials_hooks watched;
    double best; /* the least growth that met a limit so far; NAN: none did */
    struct executor *executor;
    size_t width;
    struct point *point; /* by rising factor */
    size_t points, capacity;
    double clear; /* the greatest growth that meets no limit but those of today */
    bool masked;  /* today's traffic meets one that holds work back */
};

/* --- points --------------------------------------------------------------------------------- */

static int compare_points(const void *a, const void *b)
{
    const struct point *const x = a, *const y = b;
    return (x->factor > y->factor) - (x->factor < y->factor);
}

static bool is_there(const struct search *s, double factor)
{
    for (size_t i = 0; i < s->points; i++)
        if (s->point[i].factor == factor)
            return true;
    return false;
}

static void add_point(struct search *s, double factor)
{
    if (is_there(s, factor))
        return;
    s->point = mem_grow(s->point, &s->capacity, s->points, sizeof *s->point);
    s->point[s->points++] = (struct point){
        .factor = factor, .design = traffic_design(s->request->traffic, factor, NAN, false)};
}

static bool is_clipped(const struct search *s, const struct point *p)
{
    bool clipped = false;
    for (size_t k = 0; k < s->request->sights->count && !clipped; k++)
        for (unsigned i = 0; i < s->request->replications; i++)
            clipped |= sight_clips(&s->request->sights->item[k], p->value + i * s->width);
    return clipped;
}

static enum study_status run_trials(struct search *s, struct point **now, size_t count,
                                    struct diagnostics *diagnostics)
{
    const unsigned n = s->request->replications;
    const struct trial_rule rule = {.replications = n};
    struct trial_request *const request = mem_alloc(count, sizeof *request);
    struct trials trials;
    for (size_t i = 0; i < count; i++)
        request[i] = (struct trial_request){.design = now[i]->design, .work = now[i]->factor};
    const enum study_status status =
        trials_run(&trials, s->executor, request, count, &rule, &s->watched, diagnostics);
    for (size_t i = 0; i < count && status == STUDY_DONE; i++) {
        now[i]->value = mem_alloc(n * s->width, sizeof *now[i]->value);
        memcpy(now[i]->value, trials.trial[i].value, n * s->width * sizeof *now[i]->value);
        now[i]->arrivals = traffic_arrivals_simulated(s->request->traffic, &trials, i);
        now[i]->invocations = trials_estimate(&trials, i, TASK_INVOCATIONS).mean;
        now[i]->clipped = is_clipped(s, now[i]);
    }
    trials_finish(&trials);
    free(request);
    return status;
}

/* How many replications meet it there. */
static unsigned meeting(const struct search *s, const struct point *p, const struct sight *sight)
{
    unsigned count = 0;
    for (unsigned i = 0; i < s->request->replications; i++)
        count += sight_met(sight, p->value + i * s->width);
    return count;
}

static bool is_masked(const struct search *s)
{
    for (size_t i = 0; i < s->request->sights->count; i++) {
        const struct sight *const sight = &s->request->sights->item[i];
        if (!sight->price && sight->objective == NULL && meeting(s, &s->point[0], sight) > 0)
            return true;
    }
    return false;
}

/* Some limit that today's traffic does not meet is met there by so many replications. */
static bool any_new(const struct search *s, const struct point *p, unsigned wanted)
{
    for (size_t i = 0; i < s->request->sights->count; i++) {
        const struct sight *const sight = &s->request->sights->item[i];
        if (!sight->price && meeting(s, p, sight) >= wanted && meeting(s, &s->point[0], sight) == 0)
            return true;
    }
    return false;
}

static void find_best(struct search *s)
{
    for (size_t i = s->points; i-- > 1;)
        if (any_new(s, &s->point[i], 1))
            s->best = s->point[i].factor;
}

/* Those that are new; then all stand by rising factor. */
static enum study_status run_points(struct search *s, struct diagnostics *diagnostics)
{
    struct point **const now = mem_alloc(s->points, sizeof(struct point *));
    size_t count = 0;
    for (size_t i = 0; i < s->points; i++)
        if (s->point[i].value == NULL)
            now[count++] = &s->point[i];
    const enum study_status status =
        count == 0 ? STUDY_DONE : run_trials(s, now, count, diagnostics);
    free(now);
    qsort(s->point, s->points, sizeof *s->point, compare_points);
    if (status == STUDY_DONE)
        find_best(s);
    return status;
}

static double mean_load(const struct search *s, const struct point *p, const struct sight *sight)
{
    double sum = 0;
    for (unsigned i = 0; i < s->request->replications; i++)
        sum += sight_load(sight, p->value + i * s->width);
    return sum / s->request->replications;
}

/* --- growing -------------------------------------------------------------------------------- */

/* Known better with each growth that is simulated: one arrival may be many invocations, or one
 * invocation many arrivals; schedules do not grow. */
static double grow_to(const struct search *s)
{
    if (s->request->up_to > 0)
        return s->request->up_to;
    if (s->masked)
        return GROW_TO;
    const struct point *const last = &s->point[s->points - 1];
    const double work = fmax(last->arrivals, last->invocations);
    return floor(fmin(GROW_MOST, fmax(GROW_TO, last->factor * s->request->run_most / work)));
}

static enum study_status grow(struct search *s, struct diagnostics *diagnostics)
{
    double factor = 1;
    for (;;) {
        add_point(s, factor);
        const enum study_status status = run_points(s, diagnostics);
        if (status != STUDY_DONE)
            return status;
        s->masked = is_masked(s);
        if (factor >= grow_to(s) || any_new(s, &s->point[s->points - 1], s->request->replications))
            return STUDY_DONE;
        factor = fmin(factor * 2, grow_to(s));
    }
}

/* The neighbours between which at least `wanted` replications begin to meet it. False: there are
 * none. */
static bool bracket(const struct search *s, const struct sight *sight, unsigned wanted,
                    const struct point **ret_low, const struct point **ret_high)
{
    for (size_t i = 1; i < s->points; i++) {
        *ret_low = &s->point[i - 1];
        *ret_high = &s->point[i];
        if (meeting(s, *ret_high, sight) >= wanted)
            return meeting(s, *ret_low, sight) < wanted;
    }
    return false;
}

static double middle(const struct point *low, const struct point *high)
{
    char text[32];
    snprintf(text, sizeof text, "%.5g", sqrt(low->factor * high->factor));
    return strtod(text, NULL);
}

static enum study_status bisect(struct search *s, struct diagnostics *diagnostics)
{
    const struct sights *const sights = s->request->sights;
    for (;;) {
        const size_t before = s->points;
        double *const at = mem_alloc(2 * sights->count, sizeof *at);
        size_t n = 0;
        for (size_t i = 0; i < sights->count; i++) {
            const unsigned wanted[] = {1, s->request->replications};
            const struct point *low, *high;
            for (size_t k = 0; k < 2 && !sights->item[i].price; k++)
                if (meeting(s, &s->point[0], &sights->item[i]) == 0 &&
                    bracket(s, &sights->item[i], wanted[k], &low, &high) &&
                    high->factor > RESOLUTION * low->factor)
                    at[n++] = middle(low, high);
        }
        for (size_t i = 0; i < n; i++)
            add_point(s, at[i]);
        free(at);
        if (s->points == before)
            return STUDY_DONE;
        const enum study_status status = run_points(s, diagnostics);
        if (status != STUDY_DONE)
            return status;
    }
}

static double between(const struct search *s, const struct sight *sight, unsigned wanted)
{
    const struct point *low, *high;
    return bracket(s, sight, wanted, &low, &high) ? sqrt(low->factor * high->factor) : NAN;
}

/* --- limits --------------------------------------------------------------------------------- */

static void find_clear(struct search *s)
{
    s->clear = s->point[0].factor;
    for (size_t i = 1; i < s->points && !any_new(s, &s->point[i], 1); i++)
        s->clear = s->point[i].factor;
}

/* The least growth that met a limit in a simulation: a limit that was not met there lies behind
 * it, whatever its line says. Else the greatest that was simulated. */
static double first_simulated(const struct search *s)
{
    for (size_t i = 1; i < s->points; i++)
        if (any_new(s, &s->point[i], 1))
            return sqrt(s->point[i - 1].factor * s->point[i].factor);
    return s->point[s->points - 1].factor;
}

static bool met_in_simulation(const struct search *s, const struct sight *sight)
{
    for (size_t i = 1; i < s->points && !sight->price; i++)
        if (meeting(s, &s->point[i], sight) > 0)
            return true;
    return false;
}

static const struct point *last_clear(const struct search *s, const struct sight *sight)
{
    size_t i = 0;
    while (!s->masked && i + 1 < s->points && s->point[i + 1].factor <= s->clear &&
           !(sight->clipped && s->point[i + 1].clipped))
        i++;
    return &s->point[i];
}

/* Where the load passes `full`: between points that are clear, else along the line. INFINITY: the
 * load does not grow. */
static double on_the_line(const struct search *s, const struct sight *sight)
{
    const struct point *const first = &s->point[0], *const last = last_clear(s, sight);
    const double x0 = first->factor, y0 = mean_load(s, first, sight);
    const double x1 = last->factor, y1 = mean_load(s, last, sight);
    for (const struct point *p = first; p < last; p++) {
        const double below = mean_load(s, p, sight), above = mean_load(s, p + 1, sight);
        if (below < sight->full && above >= sight->full)
            return p->factor + (p[1].factor - p->factor) * (sight->full - below) / (above - below);
    }
    if (x1 < LINE_FROM * x0)
        return y1 > 0 ? x1 * sight->full / y1 : INFINITY;
    return y1 > y0 ? x1 + (x1 - x0) * (sight->full - y1) / (y1 - y0) : INFINITY;
}

static void put_simulated(const struct search *s, const struct sight *sight,
                          struct headroom_limit *ret)
{
    ret->how = HEADROOM_SIMULATED;
    ret->factor = between(s, sight, 1);
    ret->all = between(s, sight, s->request->replications);
}

static void put_line(const struct search *s, const struct sight *sight, struct headroom_limit *ret)
{
    const bool no_line =
        isnan(ret->today) || sight->bends || (sight->clipped && s->point[0].clipped);
    const double factor = no_line ? INFINITY : on_the_line(s, sight);
    const bool reckoned = sight->price && factor <= s->clear;
    ret->how = isinf(factor) ? HEADROOM_NOT_MET
               : reckoned    ? HEADROOM_SIMULATED
                             : HEADROOM_PROPORTION;
    if (!isinf(factor))
        ret->factor = reckoned ? factor : fmax(factor, first_simulated(s));
}

static void put_date(const struct search *s, struct headroom_limit *ret)
{
    const struct headroom_request *const r = s->request;
    if (r->growth <= 0 || isnan(ret->factor) || ret->how == HEADROOM_ALREADY)
        return;
    const double months = log(ret->factor) / log1p(r->growth);
    const double day = floor(r->from_day + months * MONTH_DAYS);
    if (day > date_from_civil(LAST_YEAR, 12, 31))
        snprintf(ret->date, sizeof ret->date, "after %d", LAST_YEAR);
    else
        date_format((int32_t)day, ret->date);
}

static void put_limit(const struct search *s, const struct sight *sight, struct headroom_limit *ret)
{
    const unsigned today = meeting(s, &s->point[0], sight);
    *ret = (struct headroom_limit){.what = mem_strdup(sight->what),
                                   .entity = mem_strdup(sight->entity),
                                   .now = mem_strdup(sight->now == NULL ? "" : sight->now),
                                   .remedy = mem_strdup(sight->remedy == NULL ? "" : sight->remedy),
                                   .price = sight->price,
                                   .today = mean_load(s, &s->point[0], sight),
                                   .factor = NAN,
                                   .all = NAN};
    if (today > 0)
        ret->how = HEADROOM_ALREADY;
    else if (met_in_simulation(s, sight))
        put_simulated(s, sight, ret);
    else
        put_line(s, sight, ret);
    put_date(s, ret);
}

/* --- the result ----------------------------------------------------------------------------- */

struct ranked {
    struct headroom_limit limit;
    size_t index;
};

/* What is met already comes first, but for prices, which are only passed. */
static double rank(const struct headroom_limit *l)
{
    if (l->how == HEADROOM_ALREADY)
        return l->price ? INFINITY : 0;
    return l->how == HEADROOM_NOT_MET ? 1e300 : l->factor;
}

static int compare_limits(const void *a, const void *b)
{
    const struct ranked *const x = a, *const y = b;
    const double p = rank(&x->limit), q = rank(&y->limit);
    if (p != q)
        return p < q ? -1 : 1;
    if (x->limit.how != y->limit.how) /* what was simulated before what is reckoned */
        return x->limit.how < y->limit.how ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

static bool met_some(const struct headroom_result *r)
{
    for (size_t i = 0; i < r->limits; i++)
        if (r->limit[i].how == HEADROOM_SIMULATED && !r->limit[i].price)
            return true;
    return false;
}

static void conclude(struct headroom_result *ret, struct search *s)
{
    const struct sights *const sights = s->request->sights;
    struct ranked *const list = mem_alloc(sights->count, sizeof *list);
    size_t n = 0;
    find_clear(s);
    for (size_t i = 0; i < sights->count; i++) {
        if (!sight_reported(&sights->item[i], s->point[0].value))
            continue;
        put_limit(s, &sights->item[i], &list[n].limit);
        ret->misses =
            ret->misses || (list[n].limit.how == HEADROOM_ALREADY && !list[n].limit.price);
        list[n++].index = i;
    }
    qsort(list, n, sizeof *list, compare_limits);
    ret->limit = mem_alloc(n, sizeof *ret->limit);
    for (size_t i = 0; i < n; i++)
        ret->limit[ret->limits++] = list[i].limit;
    ret->up_to = s->point[s->points - 1].factor;
    free(list);
}

static void tell_why_it_ended(struct headroom_result *ret, const struct search *s)
{
    char number[TEXT_NUMBER_SIZE], work[TEXT_NUMBER_SIZE];
    const struct point *const last = &s->point[s->points - 1];
    const bool invocations = last->invocations > last->arrivals;
    if (s->request->up_to > 0 || s->masked || last->factor < grow_to(s) || met_some(ret))
        return;
    diagnostics_warning(
        &ret->run.notes, NULL, 0,
        "no limit is reached up to x %s today's traffic, and no more was simulated: a "
        "run has some %s %s there; --up-to FACTOR goes further",
        text_number(last->factor, 0, number),
        text_number(invocations ? last->invocations : last->arrivals, 0, work),
        invocations ? "invocations" : "arrivals");
}

/* A queue's mapping begins with its fewest pollers, so that maxima may be those of the start. */
static void tell_of_start(struct headroom_result *ret, const struct scenario *s)
{
    for (size_t i = 0; i < s->mappings && s->run.warm_up_s <= 0; i++)
        if (s->mapping[i].event_source.kind == ENTITY_QUEUE) {
            diagnostics_warning(&ret->run.notes, NULL, 0,
                                "mapping %s begins with few pollers and then catches up, and the "
                                "most that is at work in these first minutes counts as well: "
                                "--warm-up 900 (with a longer run) leaves them out",
                                s->mapping[i].name);
            return;
        }
}

static bool keep_on(void *context, const struct executor_progress *progress)
{
    const struct search *const s = context;
    return s->hooks->keep_on == NULL || s->hooks->keep_on(s->hooks->context, progress, s->best);
}

enum study_status headroom_run(struct headroom_result *ret, struct executor *executor,
                               const struct headroom_request *request,
                               const struct headroom_hooks *hooks, struct diagnostics *diagnostics)
{
    const char *const workload = request->traffic->workload;
    struct search s = {.request = request,
                       .hooks = hooks,
                       .watched = {.keep_on = keep_on, .context = &s},
                       .best = NAN,
                       .executor = executor,
                       .width = task_width(executor_base(executor))};
    *ret = (struct headroom_result){.growth = request->growth};
    diagnostics_init(&ret->run.notes);
    study_describe(&ret->run, request->scenario, request->world);
    ret->run.replications = request->replications;
    ret->workload = mem_strdup(workload == NULL ? "" : workload);
    date_format(request->from_day, ret->from);
    enum study_status status = grow(&s, diagnostics);
    if (status == STUDY_DONE)
        status = bisect(&s, diagnostics);
    if (status == STUDY_DONE) {
        conclude(ret, &s);
        tell_why_it_ended(ret, &s);
        tell_of_start(ret, request->scenario);
    }
    for (size_t i = 0; i < s.points; i++) {
        traffic_design_free(s.point[i].design);
        free(s.point[i].value);
    }
    free(s.point);
    return status;
}
