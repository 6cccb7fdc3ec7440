/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A search for a reader, on a terminal or in Markdown: the same sentences and tables in both. */
#include "reports/optimize_exporters.h"

#include "core/memory.h"
#include "reports/human.h"
#include "reports/page.h"
#include "support/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- words ---------------------------------------------------------------------------------- */

static bool is_cost(const struct optimize_result *r)
{
    return strcmp(r->metric, "monthly_cost_usd") == 0;
}

static char *scope_text(const struct optimize_result *r)
{
    char designs[TEXT_NUMBER_SIZE], run[HUMAN_SIZE], confidence[HUMAN_SIZE];
    const struct result *const study = &r->tried.run;
    return text_format(
        "%s as of %s; %s%s; least %s of %s designs; %s simulated, up to %zu replications; "
        "objectives hold with %s confidence; seed %llu",
        study->region, study->as_of, strcmp(r->tried.option, "lambda") == 0 ? "" : "baseline ",
        r->tried.option, r->metric, text_number((double)r->designs, 0, designs),
        sweep_result_varies(&r->tried, "run.duration_s") ? "run.duration_s"
                                                         : human_duration(study->duration_s, run),
        study->replications, human_percent(r->confidence, confidence),
        (unsigned long long)study->seed);
}

/* How sure it is that no other is better. */
static char *lead_text(const struct optimize_result *r)
{
    char confidence[HUMAN_SIZE], rivals[TEXT_NUMBER_SIZE];
    if (!r->found && r->tried.objectives == 0)
        return mem_strdup("No design that was tried has the memory that it needs. The least bad:");
    if (!r->found)
        return mem_strdup("No design that was tried meets all objectives with that confidence. "
                          "The least bad:");
    if (r->tried.points == 1)
        return mem_strdup("It is the only design that was tried.");
    if (!r->has_runner_up)
        return mem_strdup("No other design that was tried meets the objectives.");
    if (r->lead.mean == 0)
        return mem_strdup("The runner-up is as good; the answer comes first in the grid.");
    char *const lead = page_amount(&r->lead, r->unit, NAN);
    human_percent(r->confidence, confidence);
    char *const text =
        r->rivals == 0
            ? text_format("The answer is better than the runner-up by %s, and than all others that "
                          "were tried and meet the objectives, with %s confidence for all at once.",
                          lead, confidence)
            : text_format("The answer is better than the runner-up by %s; %s of the designs tried "
                          "may be as good, at %s confidence for all at once: more --replications "
                          "tell.",
                          lead, text_number((double)r->rivals, 0, rivals), confidence);
    free(lead);
    return text;
}

/* Under the free tier whole grids cost nothing. */
static void put_free(const struct page *page, const struct optimize_result *r)
{
    if (r->found && is_cost(r) && r->tried.point[r->tried.reference].monthly_cost_usd.mean == 0)
        page_put(page, mem_strdup("No design costs less than nothing: --minimize METRIC, or "
                                  "account.free_tier false, tells designs apart that are free."));
}

static char *effort_text(const struct optimize_result *r)
{
    char tried[TEXT_NUMBER_SIZE], runs[TEXT_NUMBER_SIZE], all[TEXT_NUMBER_SIZE];
    char few[HUMAN_SIZE], many[HUMAN_SIZE], part[HUMAN_SIZE];
    return text_format(
        "%s design%s tried in %s runs of %s invocations; a plain grid would have "
        "taken %s runs of about %s: %s of them.",
        text_number((double)r->tried.points, 0, tried), r->tried.points == 1 ? " was" : "s were",
        text_number((double)r->runs, 0, runs), human_count(r->invocations, few),
        text_number((double)r->grid_runs, 0, all), human_count(r->grid_invocations, many),
        human_percent(r->invocations / r->grid_invocations, part));
}

static char *dear_text(const struct optimize_result *r)
{
    char dear[TEXT_NUMBER_SIZE];
    return r->too_dear == 0 ? mem_strdup("")
                            : text_format(" (%s more cost as much or more before anything arrives)",
                                          text_number((double)r->too_dear, 0, dear));
}

/* What was not tried, and why that matters. */
static char *coverage_text(const struct optimize_result *r)
{
    char number[TEXT_NUMBER_SIZE];
    const size_t rest = r->designs - r->tried.points - r->too_dear - r->invalid;
    if (rest == 0)
        return r->too_dear == 0
                   ? mem_strdup("All designs were tried.")
                   : text_format("All others, %s designs, cost as much as the answer or more "
                                 "before anything arrives.",
                                 text_number((double)r->too_dear, 0, number));
    char *const dear = dear_text(r);
    char *const text = text_format(
        "%s design%s not tried%s%s", text_number((double)rest, 0, number),
        rest == 1 ? " was" : "s were", dear,
        r->found ? ": no neighbour of the answer is better, which is no proof that there is no "
                   "better one far away."
                 : ".");
    free(dear);
    return text;
}

/* --- pages ---------------------------------------------------------------------------------- */

/* One row of the comparison of answer and runner-up; `second` NULL: there is none. Frees both. */
static void add_row(struct text_table *table, const char *what, char *first, char *second)
{
    char *const clean = human_clean(what);
    text_table_add(table, STYLE_PLAIN, clean);
    text_table_add(table, STYLE_PLAIN, first);
    text_table_add(table, STYLE_PLAIN, second == NULL ? "" : second);
    free(clean);
    free(first);
    free(second);
}

/* Latencies are of what was served: a cheap design that loses work has to say so beside its cost.
 */
static void add_losses(struct text_table *table, const struct sweep_point *first,
                       const struct sweep_point *second)
{
    const struct sweep_point *const point[] = {first, second};
    if (!(first->lost.mean > 0) && (second == NULL || !(second->lost.mean > 0)))
        return;
    text_table_add(table, STYLE_PLAIN, "lost a month");
    for (size_t i = 0; i < 2; i++) {
        char *const lost =
            point[i] == NULL ? mem_strdup("") : page_amount(&point[i]->lost, "", NAN);
        text_table_add(table, point[i] != NULL && point[i]->lost.mean > 0 ? STYLE_BAD : STYLE_PLAIN,
                       lost);
        free(lost);
    }
}

static void put_answer(const struct page *page, const struct optimize_result *r)
{
    const struct sweep_result *const tried = &r->tried;
    const size_t a = tried->reference, b = r->runner_up;
    const struct sweep_point *const first = &tried->point[a];
    const struct sweep_point *const second = r->has_runner_up ? &tried->point[b] : NULL;
    const struct text_column column[] = {{"", false, false},
                                         {r->found ? "answer" : "least bad", true, false},
                                         {"runner-up", true, true}};
    struct text_table table;
    text_table_init(&table, column, 3);
    for (size_t i = 0; i < tried->paths; i++)
        add_row(&table, tried->path[i], human_clean(first->value[i]),
                second == NULL ? NULL : human_clean(second->value[i]));
    if (!is_cost(r))
        add_row(&table, r->metric, page_amount(&r->value[a], r->unit, NAN),
                second == NULL ? NULL : page_amount(&r->value[b], r->unit, NAN));
    add_row(&table, "a month", page_amount(&first->monthly_cost_usd, "USD", NAN),
            second == NULL ? NULL : page_amount(&second->monthly_cost_usd, "USD", NAN));
    for (size_t i = 0; i < tried->objectives; i++) {
        const struct sweep_objective *const o = &tried->objective[i];
        char bound[HUMAN_SIZE];
        char *const what =
            text_format("%s %s %s %s", o->entity, o->metric, o->at_most ? "at most" : "at least",
                        human_metric(o->bound, o->unit, o->bound, bound));
        add_row(&table, what, page_amount(&first->objective[i], o->unit, o->bound),
                second == NULL ? NULL : page_amount(&second->objective[i], o->unit, o->bound));
        free(what);
    }
    add_losses(&table, first, second);
    page_put_table(page, &table);
}

/* "functions.f.memory_size=256": what changes between two points. */
static char *change_text(const struct sweep_result *tried, size_t from, size_t to)
{
    char *text = mem_strdup("");
    for (size_t i = 0; i < tried->paths; i++) {
        const char *const before = tried->point[from].value[i], *const after =
                                                                    tried->point[to].value[i];
        if (strcmp(before, after) == 0)
            continue;
        char *const longer =
            text_format("%s%s%s=%s", text, *text != '\0' ? ", " : "", tried->path[i], after);
        free(text);
        text = longer;
    }
    char *const clean = human_clean(text);
    free(text);
    return clean;
}

/* The other half of how sure the answer is: what may be better and may meet the objectives. */
static void put_undecided(const struct page *page, const struct optimize_result *r)
{
    char count[TEXT_NUMBER_SIZE], confidence[HUMAN_SIZE];
    size_t best;
    const size_t n = optimize_undecided(r, &best);
    if (n == 0)
        return;
    char *const design = change_text(&r->tried, r->tried.reference, best);
    char *const value = page_amount(&r->value[best], r->unit, NAN);
    page_put(page,
             text_format("%s %s every objective by the mean, but not with %s confidence%s%s (%s): "
                         "more --replications tell.",
                         n == 1 ? "1 design" : text_number((double)n, 0, count),
                         r->found ? n == 1 ? "is better and meets" : "designs are better and meet"
                         : n == 1 ? "meets"
                                  : "designs meet",
                         human_percent(r->confidence, confidence), n == 1 ? ": " : "; the best: ",
                         *design == '\0' ? "the least bad" : design, value));
    free(value);
    free(design);
}

static void add_relaxation(struct text_table *table, const struct optimize_result *r, size_t i)
{
    const struct sweep_objective *const o = &r->tried.objective[i];
    const struct optimize_relaxation *const relaxed = &r->relaxation[i];
    char bound[HUMAN_SIZE], wider[HUMAN_SIZE];
    char *const what = text_format("%s %s", o->entity, o->metric);
    const bool binds = relaxed->point != r->tried.reference;
    text_table_add(table, STYLE_PLAIN, what);
    text_table_add(table, STYLE_PLAIN, human_metric(o->bound, o->unit, o->bound, bound));
    text_table_add(table, STYLE_PLAIN,
                   human_metric(relaxed->bound, o->unit, relaxed->bound, wider));
    char *const saving = !binds ? mem_strdup(isnan(relaxed->bound) ? "–" : "nothing")
                                : page_amount(&relaxed->saving, r->unit, NAN);
    char *const change = change_text(&r->tried, r->tried.reference, relaxed->point);
    text_table_add(table, STYLE_PLAIN, saving);
    text_table_add(table, STYLE_PLAIN, change);
    free(change);
    free(saving);
    free(what);
}

static void put_relaxations(const struct page *page, const struct optimize_result *r)
{
    static const struct text_column column[] = {{"objective", false, false},
                                                {"bound", true, false},
                                                {"10 % wider", true, false},
                                                {"would save", true, false},
                                                {"by", false, true}};
    struct text_table table;
    if (r->relaxation == NULL || r->tried.objectives == 0)
        return;
    page_put_heading(page, "What the objectives cost");
    text_table_init(&table, column, sizeof column / sizeof *column);
    for (size_t i = 0; i < r->tried.objectives; i++)
        add_relaxation(&table, r, i);
    page_put_table(page, &table);
}

static void put_warnings(const struct page *page, const struct optimize_result *r)
{
    const struct diagnostics *const notes = &r->tried.run.notes;
    for (size_t i = 0; i < notes->count; i++)
        page_put(page, text_format("warning: %s", notes->item[i].text));
}

static void put_page(const struct page *page, const struct optimize_result *r)
{
    page_put_title(page, r->tried.run.scenario_name);
    page_put(page, scope_text(r));
    output_text(page->output, page->markdown ? "" : "\n");
    if (!r->found)
        page_put(page, lead_text(r));
    put_answer(page, r);
    if (r->found)
        page_put(page, lead_text(r));
    put_free(page, r);
    put_undecided(page, r);
    page_put(page, coverage_text(r));
    page_put(page, effort_text(r));
    output_text(page->output, page->markdown ? "" : "\n");
    put_relaxations(page, r);
    if (r->tried.point[r->tried.reference].replications > 1)
        page_put(page, mem_strdup("± is the 95 % interval; of differences the paired one"));
    put_warnings(page, r);
}

void optimize_table_write(const struct optimize_result *result, struct output *output, bool color)
{
    put_page(&(struct page){output, false, color}, result);
}

void optimize_markdown_write(const struct optimize_result *result, struct output *output)
{
    put_page(&(struct page){output, true, false}, result);
}
