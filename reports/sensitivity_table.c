/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sensitivity analysis for a reader, on a terminal or in Markdown. */
#include "reports/sensitivity_exporters.h"

#include "core/memory.h"
#include "reports/human.h"
#include "reports/page.h"
#include "support/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define INPUTS_MAX 12 /* rows of a figure; all are in sensitivity.csv */

/* --- words ---------------------------------------------------------------------------------- */

static char *scope_text(const struct sensitivity_result *r)
{
    char run[HUMAN_SIZE], by[HUMAN_SIZE], samples[TEXT_NUMBER_SIZE];
    char *const how =
        r->by > 0 ? text_format("assumed: what the scenario states, ± %s", human_percent(r->by, by))
                  : mem_strdup("independent of each other");
    char *const text = text_format(
        "%s as of %s; %s; %zu uncertain input%s, %s; %s simulated; %zu replications one at a time, "
        "%s samples of all together; seed %llu",
        r->run.region, r->run.as_of, r->option, r->inputs, r->inputs == 1 ? "" : "s", how,
        human_duration(r->run.duration_s, run), r->run.replications,
        text_number(2 * (double)r->samples, 0, samples), (unsigned long long)r->run.seed);
    free(how);
    return text;
}

static char *figure_name(const struct sensitivity_figure *f)
{
    if (*f->entity != '\0')
        return text_format("%s %s", f->entity, f->metric);
    return f->unit[0] == 'U' ? mem_strdup("cost of a month")
                             : text_format("%s of all that was served", f->metric);
}

/* "+$5.09 ± $0.01"; "–" where it does not move. */
static char *change_text(const struct result_estimate *e, const char *unit)
{
    if (isnan(e->mean) || e->mean == 0)
        return mem_strdup("–");
    char *const amount = page_amount(e, unit, NAN);
    char *const text = text_format("%s%s", e->mean > 0 ? "+" : "", amount);
    free(amount);
    return text;
}

/* "0.93 (0.90 to 0.95)". */
static char *index_text(const struct sensitivity_index *i)
{
    if (isnan(i->value))
        return mem_strdup("–");
    return text_format("%.2f (%.2f to %.2f)", fabs(i->value) < 0.005 ? 0 : i->value,
                       fabs(i->low) < 0.005 ? 0 : i->low, fabs(i->high) < 0.005 ? 0 : i->high);
}

/* --- what moves a figure ---------------------------------------------------------------------- */

struct ranked {
    const struct sensitivity_input *input;
    double total, swing;
    size_t index;
};

static double size_of(double value)
{
    return isnan(value) ? 0 : fabs(value);
}

static int by_effect(const void *a, const void *b)
{
    const struct ranked *const x = a, *const y = b;
    if (x->total != y->total)
        return x->total > y->total ? -1 : 1;
    if (x->swing != y->swing)
        return x->swing > y->swing ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

/* The largest effect first. free() it. */
static struct ranked *rank(const struct sensitivity_result *r, size_t f)
{
    struct ranked *const ranked = mem_alloc(r->inputs, sizeof *ranked);
    for (size_t i = 0; i < r->inputs; i++) {
        const struct sensitivity_effect *const e = &r->input[i].effect[f];
        ranked[i] = (struct ranked){&r->input[i], size_of(e->total.value),
                                    fmax(size_of(e->low.mean), size_of(e->high.mean)), i};
    }
    qsort(ranked, r->inputs, sizeof *ranked, by_effect);
    return ranked;
}

static void add(struct text_table *table, char *text)
{
    text_table_add(table, STYLE_PLAIN, text);
    free(text);
}

static void add_input(struct text_table *table, const struct sensitivity_input *input,
                      const struct sensitivity_figure *figure, size_t f)
{
    const struct sensitivity_effect *const e = &input->effect[f];
    text_table_add(table, STYLE_PLAIN, input->path);
    add(table, text_format("%s … %s … %s", input->low, input->mid, input->high));
    add(table, change_text(&e->low, figure->unit));
    add(table, change_text(&e->high, figure->unit));
    add(table, index_text(&e->total));
}

static bool moves(const struct sensitivity_effect *e)
{
    return size_of(e->low.mean) > 0 || size_of(e->high.mean) > 0 || size_of(e->total.value) > 0;
}

static void put_idle(const struct page *page, const struct sensitivity_result *r, size_t f)
{
    char *names = NULL;
    for (size_t i = 0; i < r->inputs; i++) {
        if (moves(&r->input[i].effect[f]))
            continue;
        char *const longer = text_format("%s%s%s", names == NULL ? "" : names,
                                         names == NULL ? "" : ", ", r->input[i].path);
        free(names);
        names = longer;
    }
    if (names != NULL) {
        page_put(page, text_format("no effect: %s", names));
        output_text(page->output, page->markdown ? "" : "\n");
    }
    free(names);
}

static void put_effects(const struct page *page, const struct sensitivity_result *r, size_t f)
{
    static const struct text_column columns[] = {{"input", false, false},
                                                 {"low … mid … high", false, false},
                                                 {"at low", true, false},
                                                 {"at high", true, false},
                                                 {"total order", false, false}};
    const struct sensitivity_figure *const figure = &r->figure[f];
    char *const name = figure_name(figure);
    char *const base = page_amount(&figure->base, figure->unit, NAN);
    char *const heading = text_format("What moves %s: %s with all inputs at mid", name, base);
    struct ranked *const ranked = rank(r, f);
    struct text_table table;
    size_t shown = 0;
    page_put_heading(page, heading);
    text_table_init(&table, columns, 5);
    for (size_t i = 0; i < r->inputs; i++) {
        if (!moves(&ranked[i].input->effect[f]))
            continue;
        if (shown < INPUTS_MAX)
            add_input(&table, ranked[i].input, figure, f);
        shown++;
    }
    text_table_add(&table, STYLE_PLAIN, "(chance)");
    for (size_t i = 0; i < 3; i++)
        text_table_add(&table, STYLE_PLAIN, "");
    add(&table, index_text(&figure->chance_total));
    page_put_table(page, &table);
    if (shown > INPUTS_MAX)
        page_put(page, text_format("… and %zu more in sensitivity.csv (--output DIR)",
                                   shown - INPUTS_MAX));
    put_idle(page, r, f);
    free(ranked);
    free(heading);
    free(base);
    free(name);
}

/* A metric that is the same as another one, number by number (two objectives of it, or a function
 * that is all of the system), moves once. */
static bool is_repeated(const struct sensitivity_result *r, size_t f)
{
    const struct sensitivity_figure *const b = &r->figure[f];
    for (size_t i = 0; i < f; i++) {
        const struct sensitivity_figure *const a = &r->figure[i];
        if (a->base.mean == b->base.mean && a->mean == b->mean && strcmp(a->unit, b->unit) == 0)
            return true;
    }
    return false;
}

/* --- what comes out --------------------------------------------------------------------------- */

static void add_distribution(struct text_table *table, const struct sensitivity_figure *f)
{
    char text[HUMAN_SIZE], low[HUMAN_SIZE], high[HUMAN_SIZE];
    add(table, figure_name(f));
    text_table_add(table, STYLE_PLAIN, human_metric(f->mean, f->unit, NAN, text));
    for (size_t i = 0; i < SENSITIVITY_QUANTILES; i++)
        text_table_add(table, STYLE_PLAIN, human_metric(f->quantile[i], f->unit, NAN, text));
    if (!f->is_objective) {
        text_table_add(table, STYLE_PLAIN, "");
        text_table_add(table, STYLE_PLAIN, "");
        return;
    }
    add(table, text_format("%s %s", f->at_most ? "at most" : "at least",
                           human_metric(f->bound, f->unit, f->bound, text)));
    add(table, text_format("%s (%s to %s)", human_percent(f->met, text),
                           human_percent(f->met_low, low), human_percent(f->met_high, high)));
}

static void put_distributions(const struct page *page, const struct sensitivity_result *r)
{
    static const struct text_column columns[] = {
        {"", false, false},    {"mean", true, false},      {"5 %", true, false},
        {"25 %", true, false}, {"50 %", true, false},      {"75 %", true, false},
        {"95 %", true, false}, {"objective", false, true}, {"met in", false, true}};
    char met[HUMAN_SIZE], low[HUMAN_SIZE], high[HUMAN_SIZE];
    struct text_table table;
    bool asked = false;
    page_put_heading(page, "What comes out when all vary together");
    text_table_init(&table, columns, sizeof columns / sizeof *columns);
    for (size_t f = 0; f < r->figures; f++) {
        add_distribution(&table, &r->figure[f]);
        asked = asked || r->figure[f].is_objective;
    }
    page_put_table(page, &table);
    if (asked) {
        page_put(page, text_format("All objectives are met in %s of the samples (95 %%: %s to %s).",
                                   human_percent(r->met, met), human_percent(r->met_low, low),
                                   human_percent(r->met_high, high)));
        output_text(page->output, page->markdown ? "" : "\n");
    }
}

/* --- regret ----------------------------------------------------------------------------------- */

static void add_design(struct text_table *table, const struct sensitivity_design *d)
{
    char text[HUMAN_SIZE];
    const struct result_estimate expected = {d->expected, d->low, d->high, 0};
    text_table_add(table, STYLE_PLAIN, d->name);
    text_table_add(table, STYLE_PLAIN, human_usd(d->mean_cost, text));
    add(table, page_amount(&expected, "USD", NAN));
    text_table_add(table, STYLE_PLAIN, human_usd(d->regret_p95, text));
    text_table_add(table, STYLE_PLAIN, human_usd(d->regret_max, text));
    text_table_add(table, d->eligible ? STYLE_PLAIN : STYLE_BAD, human_percent(d->met, text));
}

static char *choice_text(const struct sensitivity_result *r)
{
    const char *const expected = r->design[r->least_expected].name;
    const char *const worst = r->design[r->least_worst].name;
    return r->least_expected == r->least_worst
               ? text_format("Least regret, expected and at worst: %s", expected)
               : text_format("Least expected regret: %s. Least regret at worst: %s", expected,
                             worst);
}

static void put_regret(const struct page *page, const struct sensitivity_result *r)
{
    static const struct text_column columns[] = {
        {"design", false, false}, {"a month", true, false},  {"expected regret", true, false},
        {"95 %", true, false},    {"at worst", true, false}, {"meets objectives", true, false}};
    char confidence[HUMAN_SIZE];
    struct text_table table;
    if (r->designs == 0)
        return;
    page_put_heading(page, "What one would regret");
    text_table_init(&table, columns, 6);
    for (size_t d = 0; d < r->designs; d++)
        add_design(&table, &r->design[d]);
    page_put_table(page, &table);
    human_percent(r->confidence, confidence);
    page_put_verdict(page, STYLE_BOLD, choice_text(r));
    page_put(page, r->enough
                       ? text_format("of those that meet the objectives in %s of the samples or "
                                     "more; regret is what a month costs beyond the cheapest "
                                     "design that meets them in that sample, of one that does not "
                                     "the dearest's",
                                     confidence)
                       : text_format("NONE meets the objectives in %s of the samples; the surest "
                                     "were chosen from",
                                     confidence));
    if (r->never_met > 0)
        page_put(page, text_format("in %zu of %zu samples no design meets them", r->never_met,
                                   r->samples));
    output_text(page->output, page->markdown ? "" : "\n");
}

/* --- pages ------------------------------------------------------------------------------------ */

static void put_page(const struct page *page, const struct sensitivity_result *r)
{
    page_put_title(page, r->run.scenario_name);
    page_put(page, scope_text(r));
    output_text(page->output, page->markdown ? "" : "\n");
    for (size_t f = 0; f < r->figures; f++)
        if (!is_repeated(r, f))
            put_effects(page, r, f);
    put_distributions(page, r);
    put_regret(page, r);
    page_put(page, mem_strdup("At low, at high: one input at a time, ± paired 95 % intervals. "
                              "Total order: the part of the variance that would be left if all "
                              "others were known (95 % by bootstrap); chance: of the run itself."));
    if (r->run.notes.count > 0)
        output_text(page->output, page->markdown ? "" : "\n");
    page_put_warnings(page, &r->run.notes);
}

void sensitivity_table_write(const struct sensitivity_result *result, struct output *output,
                             bool color)
{
    put_page(&(struct page){output, false, color}, result);
}

void sensitivity_markdown_write(const struct sensitivity_result *result, struct output *output)
{
    put_page(&(struct page){output, true, false}, result);
}
