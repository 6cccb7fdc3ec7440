/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "studies/optimize.h"

#include "core/memory.h"
#include "studies/candidates.h"
#include "studies/losses.h"
#include "support/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SMALL_GRID 24 /* designs that are all tried */
#define STARTS 12
#define STARTS_SHARE 0.02 /* of the grid's invocations, after which no further start is made */
#define LINES_SHARE 0.05  /* of them, for all values of each axis around a winner */
#define RELAXED 0.1
#define FREEDOM 6 /* degrees, before single replications are judged: Student's t is 5 for 0.1 % */
#define FEW 4     /* designs that they come from */

struct search {
    struct candidates c;
    double *bound;   /* of each objective that applies */
    size_t *pending; /* candidates to run together */
    size_t pendings, capacity;
    size_t *too_dear; /* candidates; may repeat */
    size_t dears, dear_capacity;
    struct diagnostics *diagnostics;
    enum study_status status;
};

static const struct sweep_request *sweep_of(const struct search *s)
{
    return &s->c.request->sweep;
}

/* --- trying designs ------------------------------------------------------------------------- */

static bool usable(const struct search *s, size_t i)
{
    return candidates_replications(&s->c, i) > 0;
}

static void add(struct search *s, size_t i)
{
    for (size_t k = 0; k < s->pendings; k++)
        if (s->pending[k] == i)
            return;
    s->pending = mem_grow(s->pending, &s->capacity, s->pendings, sizeof *s->pending);
    s->pending[s->pendings++] = i;
}

static bool run(struct search *s)
{
    if (s->pendings > 0 && s->status == STUDY_DONE)
        s->status = candidates_run(&s->c, s->pending, s->pendings, s->diagnostics);
    s->pendings = 0;
    return s->status == STUDY_DONE;
}

/* The best that was tried: of all, or of those that are not ruled out. SIZE_MAX: none. */
static size_t best_of(const struct search *s, bool any, size_t but)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < s->c.trials.count; i++)
        if (usable(s, i) && i != but && (any || !candidates_ruled_out(&s->c, i, s->bound)) &&
            (best == SIZE_MAX || candidates_prefer(&s->c, i, best, s->bound)))
            best = i;
    return best;
}

static bool is_too_dear(struct search *s, size_t i, size_t best)
{
    const struct candidates *const c = &s->c;
    const double floor = c->item[i]->floor;
    if (best == SIZE_MAX || candidates_violation(c, best, s->bound) > 0 || isnan(floor) ||
        floor < trials_estimate(&c->trials, best, c->request->figure).mean)
        return false;
    s->too_dear = mem_grow(s->too_dear, &s->dear_capacity, s->dears, sizeof *s->too_dear);
    s->too_dear[s->dears++] = i;
    return true;
}

/* Asks for a first replication of the design, unless it cannot be the answer. */
static void propose(struct search *s, size_t number, size_t best)
{
    const size_t i = candidates_at(&s->c, number);
    if (!usable(s, i) && !s->c.item[i]->invalid && !is_too_dear(s, i, best))
        add(s, i);
}

/* --- descending ----------------------------------------------------------------------------- */

/* Which designs are next to one: a step away along an axis, a step along each of two axes, or any
 * number of steps along an axis. */
enum reach { REACH_STEP, REACH_DIAGONAL, REACH_LINE };

struct numbers {
    size_t *number;
    size_t count, capacity;
};

static void append(struct numbers *n, size_t number)
{
    n->number = mem_grow(n->number, &n->capacity, n->count, sizeof *n->number);
    n->number[n->count++] = number;
}

static bool has(const struct numbers *n, size_t number)
{
    for (size_t i = 0; i < n->count; i++)
        if (n->number[i] == number)
            return true;
    return false;
}

/* Which designs along an axis are beside one: those `step` ranks away; those any multiple of it
 * away; the next and the ends of the axis. All others where the axis has no order. */
enum along { ALONG_STEP, ALONG_LINE, ALONG_ENDS };

static void beside(const struct search *s, size_t number, size_t axis, size_t step,
                   enum along along, struct numbers *ret)
{
    const size_t rank = candidates_rank(&s->c, number, axis);
    const size_t values = sweep_of(s)->axis[axis].values;
    for (size_t k = 0; k < values; k++) {
        const size_t away = k > rank ? k - rank : rank - k;
        const bool end = k == 0 || k + 1 == values;
        if (away > 0 && (!s->c.ordered[axis] || away == step || (along == ALONG_ENDS && end) ||
                         (along == ALONG_LINE && away % step == 0)))
            append(ret, candidates_move(&s->c, number, axis, k));
    }
}

/* Whether a step along the axis has changed nothing. */
static bool is_idle(const struct search *s, size_t number, size_t axis)
{
    if (sweep_of(s)->axis[axis].values == 1)
        return true;
    const size_t rank = candidates_rank(&s->c, number, axis);
    const size_t next = candidates_move(&s->c, number, axis, rank > 0 ? rank - 1 : rank + 1);
    const uint32_t a = s->c.slot[number], b = s->c.slot[next];
    return a > 0 && b > 0 && candidates_alike(&s->c, a - 1, b - 1) > 0;
}

/* Ranks between the designs of a line, such that lines along all axes are affordable. */
static size_t line_step(const struct search *s)
{
    const double affordable = LINES_SHARE * (double)s->c.designs * sweep_of(s)->replications;
    double values = 0;
    for (size_t k = 0; k < sweep_of(s)->axes; k++)
        values += (double)sweep_of(s)->axis[k].values;
    return (size_t)ceil(fmax(values / affordable, 1));
}

/* Those a step away along both axes; an axis of no effect here may have one there: to its ends. */
static void beside_both(const struct search *s, size_t number, size_t a, size_t b,
                        struct numbers *ret)
{
    struct numbers one = {0};
    beside(s, number, a, 1, is_idle(s, number, a) ? ALONG_ENDS : ALONG_STEP, &one);
    for (size_t i = 0; i < one.count; i++)
        beside(s, one.number[i], b, 1, is_idle(s, number, b) ? ALONG_ENDS : ALONG_STEP, ret);
    free(one.number);
}

static void neighbours(const struct search *s, size_t number, size_t step, enum reach reach,
                       struct numbers *ret)
{
    for (size_t a = 0; a < sweep_of(s)->axes; a++)
        if (reach == REACH_STEP)
            beside(s, number, a, step, ALONG_STEP, ret);
        else if (reach == REACH_LINE && !is_idle(s, number, a))
            beside(s, number, a, line_step(s), ALONG_LINE, ret);
        else if (reach == REACH_DIAGONAL)
            for (size_t b = a + 1; b < sweep_of(s)->axes; b++)
                beside_both(s, number, a, b, ret);
}

/* The best of a candidate and its neighbours, which are tried. */
static size_t look_around(struct search *s, size_t from, size_t step, enum reach reach)
{
    struct numbers around = {0};
    size_t best = from;
    const size_t so_far = best_of(s, true, SIZE_MAX);
    neighbours(s, s->c.item[from]->number, step, reach, &around);
    for (size_t i = 0; i < around.count; i++)
        propose(s, around.number[i], so_far);
    if (run(s))
        for (size_t i = 0; i < around.count; i++) {
            const size_t k = candidates_at(&s->c, around.number[i]);
            if (usable(s, k) && (!usable(s, best) || candidates_prefer(&s->c, k, best, s->bound)))
                best = k;
        }
    free(around.number);
    s->c.best = best_of(s, true, SIZE_MAX);
    return best;
}

/* Steps to better neighbours until there are none, with steps that halve to 1; `thorough`: in the
 * end along two axes at once, too, and along whole axes, because costs that are billed in steps
 * have many minima. Two designs are compared on the replications that both have, so that three may
 * each be better than the next: whoever was there once is no step. */
static size_t descend(struct search *s, size_t from, size_t step, bool thorough)
{
    size_t at = from;
    struct numbers been = {0};
    enum reach reach = REACH_STEP;
    while (s->status == STUDY_DONE) {
        append(&been, at);
        size_t next = look_around(s, at, step, reach);
        if (has(&been, next))
            next = at;
        if (next != at)
            reach = REACH_STEP;
        else if (step > 1)
            step /= 2;
        else if (thorough && reach < REACH_LINE)
            reach++;
        else
            break;
        at = next;
    }
    free(been.number);
    return at;
}

static size_t largest_step(const struct search *s)
{
    size_t most = 1, step = 1;
    for (size_t k = 0; k < sweep_of(s)->axes; k++)
        if (s->c.ordered[k] && sweep_of(s)->axis[k].values > most)
            most = sweep_of(s)->axis[k].values;
    while (step * 4 <= most)
        step *= 2;
    return step;
}

/* --- starts --------------------------------------------------------------------------------- */

static double halton(size_t index, size_t base)
{
    double part = 1, sum = 0;
    for (size_t i = index; i > 0; i /= base) {
        part /= (double)base;
        sum += part * (double)(i % base);
    }
    return sum;
}

/* The middle first; then as Halton's sequence goes through the grid. */
static size_t start_at(const struct search *s, size_t index)
{
    static const size_t prime[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37};
    size_t number = 0;
    for (size_t k = 0; k < sweep_of(s)->axes; k++) {
        const size_t values = sweep_of(s)->axis[k].values;
        const double u =
            index == 0 ? 0.5 : halton(index, prime[k % (sizeof prime / sizeof *prime)]);
        number = candidates_move(&s->c, number, k, (size_t)(u * (double)values));
    }
    return number;
}

static double grid_invocations(const struct search *s)
{
    const struct candidates *const c = &s->c;
    return c->tried == 0 ? NAN
                         : c->first_invocations / (double)c->tried * (double)c->designs *
                               sweep_of(s)->replications;
}

static void try_all(struct search *s)
{
    for (size_t i = 0; i < s->c.designs; i++)
        propose(s, i, SIZE_MAX);
    run(s);
}

static void try_starts(struct search *s)
{
    for (size_t k = 0; k < STARTS && s->status == STUDY_DONE; k++) {
        if (k > 0 && s->c.invocations > STARTS_SHARE * grid_invocations(s))
            break;
        const size_t number = start_at(s, k);
        propose(s, number, best_of(s, true, SIZE_MAX));
        if (run(s))
            descend(s, candidates_at(&s->c, number), largest_step(s), false);
    }
}

/* --- the race ------------------------------------------------------------------------------- */

/* The best that is neither among those already nor has come out like one of them. */
static size_t next_best(const struct search *s, const size_t *already, size_t count)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < s->c.trials.count; i++) {
        bool good = usable(s, i) && !candidates_ruled_out(&s->c, i, s->bound) &&
                    (best == SIZE_MAX || candidates_prefer(&s->c, i, best, s->bound));
        for (size_t k = 0; k < count && good; k++)
            good = i != already[k] && candidates_alike(&s->c, i, already[k]) == 0;
        if (good)
            best = i;
    }
    return best;
}

/* The best few tell the spread that single replications are judged by. */
static void race_for_spread(struct search *s)
{
    while (s->status == STUDY_DONE) {
        size_t few[FEW], count = 0;
        while (count < FEW && (few[count] = next_best(s, few, count)) != SIZE_MAX)
            count++;
        if (count == 0 || candidates_freedom(&s->c, few[0]) >= FREEDOM)
            return;
        for (size_t i = 0; i < count; i++)
            if (!candidates_complete(&s->c, few[i]))
                add(s, few[i]);
        if (s->pendings == 0)
            return;
        run(s);
    }
}

/* Of designs that have come out alike the first of the grid, which runs for all of them. Those that
 * are like the leader speak for themselves: one of them may be better yet. */
static size_t spokesman(const struct search *s, size_t i, size_t leader)
{
    size_t first = i;
    for (size_t k = 0; k < s->c.trials.count && candidates_alike(&s->c, i, leader) == 0; k++)
        if (s->c.item[k]->number < s->c.item[first]->number && candidates_alike(&s->c, i, k) > 0)
            first = k;
    return first;
}

static bool may_win(const struct search *s, size_t i, size_t leader)
{
    return !candidates_ruled_out(&s->c, i, s->bound) && !candidates_behind(&s->c, i, leader);
}

/* The best of what was tried, once enough replications tell. SIZE_MAX: none meets the objectives.
 */
static size_t race(struct search *s)
{
    struct candidates *const c = &s->c;
    race_for_spread(s);
    for (;;) {
        const size_t leader = best_of(s, false, SIZE_MAX);
        if (leader == SIZE_MAX || s->status != STUDY_DONE)
            return leader;
        c->best = leader;
        for (size_t i = 0; i < c->trials.count; i++)
            if (usable(s, i) && !candidates_complete(c, i) &&
                (i == leader || (candidates_alike(c, i, leader) == 0 &&
                                 spokesman(s, i, leader) == i && may_win(s, i, leader))))
                add(s, i);
        if (s->pendings == 0)
            return leader;
        run(s);
    }
}

/* The race, until its winner is better than all its neighbours. */
static size_t settle(struct search *s, bool whole)
{
    size_t winner = race(s), tried;
    do {
        tried = s->c.tried;
        const size_t from = winner != SIZE_MAX ? winner : best_of(s, true, SIZE_MAX);
        if (whole || from == SIZE_MAX || s->status != STUDY_DONE)
            break;
        descend(s, from, 1, true);
        winner = race(s);
    } while (s->status == STUDY_DONE && s->c.tried > tried);
    return winner;
}

static size_t runner_up(struct search *s, size_t winner)
{
    for (;;) {
        const size_t second = best_of(s, false, winner);
        if (second == SIZE_MAX || candidates_complete(&s->c, second))
            return second;
        add(s, second);
        if (!run(s))
            return SIZE_MAX;
    }
}

/* --- the result ----------------------------------------------------------------------------- */

struct answer {
    size_t winner, second;
    size_t *relaxed; /* by objective */
    double *bound;
};

static struct result_estimate reported(struct estimate e)
{
    return (struct result_estimate){isinf(e.mean) ? NAN : e.mean, e.low, e.high, e.count};
}

static void relax(struct search *s, struct answer *answer, bool whole)
{
    for (size_t k = 0; k < s->c.objectives && s->status == STUDY_DONE; k++) {
        const double bound = s->bound[k];
        const bool at_most = candidates_objective(&s->c, k)->at_most;
        answer->bound[k] = bound == 0 ? NAN : bound + (at_most ? 1 : -1) * RELAXED * fabs(bound);
        answer->relaxed[k] = answer->winner;
        if (isnan(answer->bound[k]))
            continue;
        s->bound[k] = answer->bound[k];
        const size_t winner = settle(s, whole);
        s->bound[k] = bound;
        if (winner != SIZE_MAX)
            answer->relaxed[k] = winner;
    }
}

/* What relaxing has tried may be better than the answer itself. */
static void find_answer(struct search *s, struct answer *answer)
{
    const bool whole = s->c.designs <= SMALL_GRID;
    if (whole)
        try_all(s);
    else
        try_starts(s);
    answer->winner = settle(s, whole);
    for (size_t before = SIZE_MAX; answer->winner != before && s->status == STUDY_DONE;) {
        before = answer->winner;
        if (before == SIZE_MAX)
            return;
        answer->second = runner_up(s, before);
        relax(s, answer, whole);
        answer->winner = settle(s, whole);
        answer->second = runner_up(s, answer->winner);
    }
}

struct by_number {
    size_t number, candidate;
};

static int compare_numbers(const void *a, const void *b)
{
    const struct by_number *const x = a, *const y = b;
    return (x->number > y->number) - (x->number < y->number);
}

/* Candidates that have run, in the order of the grid. free() it. */
static size_t *tried_in_order(const struct search *s, size_t *ret_count)
{
    const struct candidates *const c = &s->c;
    struct by_number *const list = mem_alloc(c->trials.count, sizeof *list);
    size_t *const index = mem_alloc(c->trials.count, sizeof *index);
    size_t n = 0;
    for (size_t i = 0; i < c->trials.count; i++)
        if (usable(s, i))
            list[n++] = (struct by_number){c->item[i]->number, i};
    if (n > 0)
        qsort(list, n, sizeof *list, compare_numbers);
    for (size_t i = 0; i < n; i++)
        index[i] = list[i].candidate;
    free(list);
    *ret_count = n;
    return index;
}

static void put_points(struct optimize_result *ret, struct search *s, const size_t *index,
                       size_t count, size_t reference)
{
    struct candidates *const c = &s->c;
    struct designs designs = {.design = mem_alloc(count, sizeof *designs.design), .count = count};
    struct trials trials = c->trials;
    trials.trial = mem_alloc(count, sizeof *trials.trial);
    trials.count = count;
    ret->value = mem_alloc(count, sizeof *ret->value);
    for (size_t i = 0; i < count; i++) {
        designs.design[i] = c->item[index[i]]->design;
        trials.trial[i] = c->trials.trial[index[i]];
        ret->value[i] = reported(trials_estimate(&trials, i, c->request->figure));
    }
    sweep_conclude(&ret->tried, sweep_of(s), &designs, &trials, reference);
    ret->tried.meeting = 0;
    for (size_t i = 0; i < count; i++) {
        struct sweep_point *const p = &ret->tried.point[i];
        p->meets_objectives = candidates_complete(c, index[i])
                                  ? !candidates_ruled_out(c, index[i], s->bound)
                                  : p->meets_objectives;
        ret->tried.meeting += p->meets_objectives;
    }
    losses_tell(&ret->tried, &designs);
    free(designs.design);
    free(trials.trial);
}

static size_t place_of(const size_t *index, size_t count, size_t candidate)
{
    size_t i = 0;
    while (i < count && index[i] != candidate)
        i++;
    return i;
}

static bool may_be_better(const struct search *s, size_t i, size_t winner)
{
    return !candidates_ruled_out(&s->c, i, s->bound) && !candidates_dearer(&s->c, i, winner);
}

static void put_answer(struct optimize_result *ret, const struct search *s,
                       const struct answer *answer, const size_t *index, size_t count)
{
    const struct candidates *const c = &s->c;
    ret->found = answer->winner != SIZE_MAX;
    if (!ret->found)
        return;
    ret->has_runner_up = answer->second != SIZE_MAX;
    if (ret->has_runner_up) {
        ret->runner_up = place_of(index, count, answer->second);
        ret->lead = reported(candidates_lead(c, answer->second, answer->winner));
    }
    for (size_t i = 0; i < count; i++)
        ret->rivals += index[i] != answer->winner &&
                       may_be_better(s, spokesman(s, index[i], answer->winner), answer->winner);
    ret->relaxation = mem_alloc(c->objectives, sizeof *ret->relaxation);
    for (size_t k = 0; k < c->objectives; k++)
        ret->relaxation[k] = (struct optimize_relaxation){
            answer->bound[k], place_of(index, count, answer->relaxed[k]),
            reported(trials_difference(&c->trials, answer->winner, answer->relaxed[k],
                                       c->request->figure))};
}

static size_t count_too_dear(struct search *s)
{
    bool *const seen = mem_alloc(s->c.trials.count, sizeof *seen);
    size_t count = 0;
    for (size_t i = 0; i < s->dears; i++) {
        const size_t k = s->too_dear[i];
        count += !seen[k] && !usable(s, k);
        seen[k] = true;
    }
    free(seen);
    return count;
}

static void put_counts(struct optimize_result *ret, struct search *s)
{
    const struct candidates *const c = &s->c;
    ret->designs = c->designs;
    ret->too_dear = count_too_dear(s);
    ret->invalid = c->invalid;
    ret->runs = c->runs;
    ret->grid_runs = c->designs * sweep_of(s)->replications;
    ret->invocations = c->invocations;
    ret->grid_invocations = grid_invocations(s);
    if (c->invalid > 0)
        diagnostics_warning(&ret->tried.run.notes, NULL, 0,
                            "%zu design%s looked at %s no valid scenario%s; the first: %s",
                            c->invalid, c->invalid == 1 ? "" : "s", c->invalid == 1 ? "is" : "are",
                            c->invalid == 1 ? "" : "s", c->reason);
}

static void conclude(struct optimize_result *ret, struct search *s, const struct answer *answer)
{
    size_t count;
    size_t *const index = tried_in_order(s, &count);
    const size_t best = answer->winner != SIZE_MAX ? answer->winner : best_of(s, true, SIZE_MAX);
    put_points(ret, s, index, count, place_of(index, count, best));
    put_answer(ret, s, answer, index, count);
    put_counts(ret, s);
    free(index);
}

static void describe(struct optimize_result *ret, const struct optimize_request *request,
                     const struct task_base *base)
{
    const size_t figure = request->figure;
    const struct task_metric *const metric =
        figure < TASK_FIGURES ? NULL : &base->metric[(figure - TASK_FIGURES) / 2];
    sweep_describe(&ret->tried, &request->sweep, base);
    ret->confidence = request->confidence;
    ret->metric = metric == NULL ? mem_strdup("monthly_cost_usd")
                                 : text_format("%s %s", metric->entity, metric->metric);
    ret->unit = mem_strdup(metric == NULL ? "USD" : metric->unit);
}

static enum study_status search(struct optimize_result *ret, struct search *s)
{
    const size_t objectives = s->c.objectives;
    struct answer answer = {.winner = SIZE_MAX,
                            .second = SIZE_MAX,
                            .relaxed = mem_alloc(objectives, sizeof *answer.relaxed),
                            .bound = mem_alloc(objectives, sizeof *answer.bound)};
    s->bound = mem_alloc(objectives, sizeof *s->bound);
    for (size_t k = 0; k < objectives; k++)
        s->bound[k] = candidates_objective(&s->c, k)->bound;
    find_answer(s, &answer);
    if (s->status == STUDY_DONE && s->c.tried == 0) {
        diagnostics_error(s->diagnostics, NULL, 0, "no design that was looked at is valid: %s",
                          s->c.reason == NULL ? "" : s->c.reason);
        s->status = STUDY_FAILED;
    }
    if (s->status == STUDY_DONE)
        conclude(ret, s, &answer);
    free(answer.relaxed);
    free(answer.bound);
    free(s->bound);
    return s->status;
}

enum study_status optimize_run(struct optimize_result *ret, struct executor *executor,
                               const struct optimize_request *request,
                               const struct optimize_hooks *hooks, struct diagnostics *diagnostics)
{
    struct search s = {.diagnostics = diagnostics, .status = STUDY_FAILED};
    *ret = (struct optimize_result){0};
    diagnostics_init(&ret->tried.run.notes);
    describe(ret, request, executor_base(executor));
    if (candidates_init(&s.c, executor, request, hooks, diagnostics) == 0) {
        s.status = STUDY_DONE;
        s.status = search(ret, &s);
    }
    free(s.pending);
    free(s.too_dear);
    candidates_finish(&s.c);
    return s.status;
}
