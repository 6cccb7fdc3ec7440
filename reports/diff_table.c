/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The comparison of two results for a reader, on a terminal or in Markdown: the verdict first, then
 * what changed it. */
#include "reports/diff_exporters.h"

#include "core/memory.h"
#include "reports/human.h"
#include "reports/page.h"
#include "reports/verdict.h"
#include "support/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 20 /* of a table; all are in diff.csv */
#define METRICS_MAX 12
#define PART 1e-5    /* of the bill: smaller differences are of rounding usage to whole units */
#define VALUE_MAX 32 /* columns of a setting's value */

/* --- words ---------------------------------------------------------------------------------- */

static char *side_text(const char *which, const char *path, const struct result *result, bool bill)
{
    if (bill)
        return text_format("%s: %s (a bill; %s%s%s; %s)", which, path, result->region,
                           *result->as_of != '\0' ? " as of " : "", result->as_of,
                           result->option[0].note);
    return text_format("%s: %s (%s as of %s; %zu replication%s, seed %llu)", which, path,
                       result->region, result->as_of, result->replications,
                       result->replications == 1 ? "" : "s", (unsigned long long)result->seed);
}

/* "+5.5 %"; "" where there is nothing to compare. */
static char *increase_text(double increase)
{
    char percent[HUMAN_SIZE];
    if (isnan(increase) || isinf(increase))
        return mem_strdup("");
    return text_format(" (%s%s)", increase > 0 ? "+" : "", human_percent(increase, percent));
}

/* "$41.00 ± $6.00 a month more". */
static char *more_text(const struct result_estimate *difference)
{
    const bool more = difference->mean > 0;
    const struct result_estimate size = {
        fabs(difference->mean), more ? difference->low : -difference->high,
        more ? difference->high : -difference->low, difference->count};
    char *const amount = page_amount(&size, "USD", NAN);
    char *const text = text_format("%s a month %s", amount, more ? "more" : "less");
    free(amount);
    return text;
}

static char *headline(const struct diff_result *r)
{
    char before[HUMAN_SIZE], after[HUMAN_SIZE];
    const struct diff_option *const o = &r->option[0];
    human_money(o->after->bill.total, after);
    if (o->before == NULL)
        return text_format("%s costs %s a month; it was not there before", o->name, after);
    human_money(o->before->bill.total, before);
    if (o->before->bill.total == o->after->bill.total)
        return text_format("%s costs the same as before: %s a month", o->name, after);
    char *const more = more_text(&o->difference), *const increase = increase_text(r->increase);
    const double width = estimate_half_width(&o->difference);
    const bool sure = isnan(width) || fabs(o->difference.mean) > width;
    char *const text = text_format("%s costs %s: %s before, %s after%s%s", o->name, more, before,
                                   after, increase, sure ? "" : "; may be chance");
    free(more);
    free(increase);
    return text;
}

/* --- verdicts ------------------------------------------------------------------------------- */

static void put_budget(const struct page *page, const struct diff_result *r)
{
    char budget[HUMAN_SIZE], after[HUMAN_SIZE];
    const struct result_option *const option = r->option[0].after;
    const double bound = money_to_double(r->limits.budget);
    if (!r->limits.has_budget)
        return;
    human_metric(money_to_double(option->bill.total), "USD", bound, after);
    human_money(r->limits.budget, budget);
    const bool sure = r->over_budget ? !(option->monthly_cost_usd.low <= bound)
                                     : !(option->monthly_cost_usd.high > bound);
    page_put_verdict(page, r->over_budget ? STYLE_BAD : STYLE_PLAIN,
                     text_format("%s: %s a month of a budget of %s%s",
                                 r->over_budget ? "OVER BUDGET" : "within the budget", after,
                                 budget, sure ? "" : "; not sure, add replications"));
}

static void put_increase(const struct page *page, const struct diff_result *r)
{
    char increase[HUMAN_SIZE], allowed[HUMAN_SIZE];
    if (!r->limits.has_increase)
        return;
    const double bound = r->limits.max_increase;
    human_metric(bound, "ratio", bound, allowed);
    human_metric(fabs(r->increase), "ratio", bound, increase);
    page_put_verdict(page, r->over_increase ? STYLE_BAD : STYLE_PLAIN,
                     isinf(r->increase)
                         ? text_format("OVER: it cost nothing before; %s more are allowed", allowed)
                         : text_format("%s: %s %s, %s more are allowed",
                                       r->over_increase ? "OVER" : "within what is allowed",
                                       increase, r->increase < 0 ? "less" : "more", allowed));
}

static void put_failing(const struct page *page, const struct diff_result *r)
{
    if (r->newly_failing > 0)
        page_put_verdict(page, STYLE_BAD,
                         text_format("NEWLY FAILING: %zu objective%s of %s", r->newly_failing,
                                     r->newly_failing == 1 ? "" : "s", r->limits.option));
}

/* --- tables --------------------------------------------------------------------------------- */

static void put_more(const struct page *page, size_t all)
{
    if (all > ROWS_MAX)
        page_put(page, text_format("… and %zu more in diff.csv (--output DIR)", all - ROWS_MAX));
}

/* Cut to what a table has room for. */
static void add_value(struct text_table *table, const char *value)
{
    if (value == NULL) {
        text_table_add(table, STYLE_PLAIN, "–");
        return;
    }
    char *const whole = human_utf8(value);
    if (human_width(whole) > VALUE_MAX) {
        size_t columns = 0, end = 0;
        while (columns < VALUE_MAX || ((unsigned char)whole[end] & 0xc0) == 0x80)
            columns += ((unsigned char)whole[++end] & 0xc0) != 0x80;
        char *const cut = text_format("%.*s…", (int)end, whole);
        text_table_add(table, STYLE_PLAIN, cut);
        free(cut);
    } else {
        text_table_add(table, STYLE_PLAIN, whole);
    }
    free(whole);
}

/* What changes nothing. */
static bool is_prose(const char *path)
{
    static const char *const prose[] = {"name", "description", "$schema"};
    const char *const dot = strrchr(path, '.');
    for (size_t i = 0; i < sizeof prose / sizeof *prose; i++)
        if (strcmp(path, prose[i]) == 0)
            return true;
    return strcmp(dot == NULL ? path : dot + 1, "comment") == 0;
}

static void put_settings(const struct page *page, const struct diff_result *r)
{
    static const struct text_column columns[] = {
        {"setting", false, false}, {"before", true, false}, {"after", true, false}};
    struct text_table table;
    size_t shown = 0, prose = 0;
    if (r->bills)
        return;
    for (size_t i = 0; i < r->settings; i++)
        prose += is_prose(r->setting[i].path);
    if (r->settings == prose) {
        page_put(page, mem_strdup("No setting was changed."));
        output_text(page->output, page->markdown ? "" : "\n");
        return;
    }
    page_put_heading(page, "What was changed");
    text_table_init(&table, columns, 3);
    for (size_t i = 0; i < r->settings; i++) {
        if (is_prose(r->setting[i].path) || shown++ >= ROWS_MAX)
            continue;
        text_table_add(&table, STYLE_PLAIN, r->setting[i].path);
        add_value(&table, r->setting[i].before);
        add_value(&table, r->setting[i].after);
    }
    page_put_table(page, &table);
    put_more(page, shown);
}

static double size_of(const struct diff_line *line)
{
    return fabs(money_to_double(line->after - line->before));
}

static int by_difference(const void *a, const void *b)
{
    const struct diff_line *const x = *(const struct diff_line *const *)a;
    const struct diff_line *const y = *(const struct diff_line *const *)b;
    if (size_of(x) != size_of(y))
        return size_of(x) > size_of(y) ? -1 : 1;
    return x < y ? -1 : x > y; /* as they stand */
}

static void add_money(struct text_table *table, enum text_style style, bool there,
                      money_pusd amount)
{
    char text[HUMAN_SIZE];
    text_table_add(table, style, there ? human_money(amount, text) : "–");
}

static void add_line(struct text_table *table, const struct diff_line *line)
{
    char text[HUMAN_SIZE];
    char *const what = text_format("%s %s", line->service, line->sku);
    const money_pusd difference = line->after - line->before;
    text_table_add(table, STYLE_PLAIN, line->option);
    text_table_add(table, STYLE_PLAIN, line->entity);
    text_table_add(table, STYLE_PLAIN, what);
    add_money(table, STYLE_PLAIN, line->is_before, line->before);
    add_money(table, STYLE_PLAIN, line->is_after, line->after);
    char *const signed_text =
        text_format("%s%s", difference > 0 ? "+" : "", human_money(difference, text));
    text_table_add(table, STYLE_PLAIN, signed_text);
    free(signed_text);
    free(what);
}

static void add_total(struct text_table *table, const struct diff_option *o)
{
    text_table_add(table, STYLE_BOLD, o->name);
    text_table_add(table, STYLE_PLAIN, "");
    text_table_add(table, STYLE_BOLD, "a month");
    add_money(table, STYLE_BOLD, o->before != NULL, o->before != NULL ? o->before->bill.total : 0);
    add_money(table, STYLE_BOLD, o->after != NULL, o->after != NULL ? o->after->bill.total : 0);
    char *const amount = page_amount(&o->difference, "USD", NAN);
    char *const text = text_format("%s%s", o->difference.mean > 0 ? "+" : "", amount);
    text_table_add(table, STYLE_BOLD, text);
    free(text);
    free(amount);
}

static void put_costs(const struct page *page, const struct diff_result *r)
{
    static const struct text_column columns[] = {
        {"option", false, false}, {"entity", false, false}, {"line", false, false},
        {"before", true, false},  {"after", true, false},   {"difference", true, false}};
    const struct diff_line **const changed = mem_alloc(r->lines, sizeof *changed);
    const double least = PART * money_to_double(r->option[0].after->bill.total);
    struct text_table table;
    size_t count = 0;
    for (size_t i = 0; i < r->lines; i++)
        if (r->line[i].before != r->line[i].after && size_of(&r->line[i]) >= least)
            changed[count++] = &r->line[i];
    if (count > 0)
        qsort(changed, count, sizeof *changed, by_difference);
    page_put_heading(page, "Cost of a month");
    text_table_init(&table, columns, 6);
    for (size_t i = 0; i < count && i < ROWS_MAX; i++)
        add_line(&table, changed[i]);
    for (size_t i = 0; i < r->options; i++)
        add_total(&table, &r->option[i]);
    page_put_table(page, &table);
    put_more(page, count);
    free(changed);
}

static void add_objective(struct text_table *table, const struct diff_objective *o)
{
    const struct result_objective *const any = o->after != NULL ? o->after : o->before;
    char *const text = objective_text(any);
    char *const was = o->before == NULL ? mem_strdup("–") : objective_value(o->before);
    char *const is = o->after == NULL ? mem_strdup("–") : objective_value(o->after);
    text_table_add(table, STYLE_PLAIN, o->option);
    text_table_add(table, STYLE_PLAIN, text);
    if (o->newly_failing)
        text_table_add(table, STYLE_BAD, "NEWLY FAILING");
    else if (o->newly_met)
        text_table_add(table, STYLE_GOOD, "newly met");
    else if (o->after == NULL)
        text_table_add(table, STYLE_PLAIN, "no longer asked for");
    else
        text_table_add(table, STYLE_PLAIN, verdict_text(objective_verdict(o->after)));
    text_table_add(table, STYLE_PLAIN, was);
    text_table_add(table, STYLE_PLAIN, is);
    free(text);
    free(was);
    free(is);
}

static void put_objectives(const struct page *page, const struct diff_result *r)
{
    static const struct text_column columns[] = {{"option", false, false},
                                                 {"objective", false, false},
                                                 {"result", false, false},
                                                 {"before", false, false},
                                                 {"after", false, false}};
    struct text_table table;
    if (r->objectives == 0)
        return;
    page_put_heading(page, "Objectives");
    text_table_init(&table, columns, 5);
    for (size_t i = 0; i < r->objectives && i < ROWS_MAX; i++)
        add_objective(&table, &r->objective[i]);
    page_put_table(page, &table);
    put_more(page, r->objectives);
}

/* Against the larger side, so that what was 0 before is 1. */
static double relative(const struct diff_metric *m)
{
    return fabs(m->difference.mean) / fmax(fabs(m->before->value.mean), fabs(m->after->value.mean));
}

static int by_relative(const void *a, const void *b)
{
    const struct diff_metric *const x = *(const struct diff_metric *const *)a;
    const struct diff_metric *const y = *(const struct diff_metric *const *)b;
    if (relative(x) != relative(y))
        return relative(x) > relative(y) ? -1 : 1;
    return x < y ? -1 : x > y;
}

/* Extremes, and percentiles between those that say enough. */
static bool is_detail(const struct diff_metric *m)
{
    static const char *const details[] = {".min", ".max", ".p90", ".p95", ".p999"};
    const char *const statistic = strrchr(m->after->metric, '.');
    for (size_t i = 0; statistic != NULL && i < sizeof details / sizeof *details; i++)
        if (strcmp(statistic, details[i]) == 0)
            return true;
    return false;
}

static void add_metric(struct text_table *table, const struct diff_metric *m)
{
    char text[HUMAN_SIZE];
    const char *const unit = m->after->unit;
    text_table_add(table, STYLE_PLAIN, m->after->entity);
    text_table_add(table, STYLE_PLAIN, m->after->metric);
    text_table_add(table, STYLE_PLAIN, human_metric(m->before->value.mean, unit, NAN, text));
    text_table_add(table, STYLE_PLAIN, human_metric(m->after->value.mean, unit, NAN, text));
    char *const amount = page_amount(&m->difference, unit, NAN);
    char *const more = text_format("%s%s", m->difference.mean > 0 ? "+" : "", amount);
    text_table_add(table, STYLE_PLAIN, more);
    free(more);
    free(amount);
}

static void put_metrics(const struct page *page, const struct diff_result *r)
{
    static const struct text_column columns[] = {{"entity", false, false},
                                                 {"metric", false, false},
                                                 {"before", true, false},
                                                 {"after", true, false},
                                                 {"difference", true, false}};
    char moved[TEXT_NUMBER_SIZE], all[TEXT_NUMBER_SIZE];
    struct text_table table;
    if (r->moved == 0)
        return;
    const struct diff_metric **const metric = mem_alloc(r->moved, sizeof *metric);
    size_t count = 0;
    for (size_t i = 0; i < r->metrics; i++)
        if (r->metric[i].moved && !is_detail(&r->metric[i]))
            metric[count++] = &r->metric[i];
    if (count > 0)
        qsort(metric, count, sizeof *metric, by_relative);
    page_put_heading(page, "Metrics that moved beyond their intervals");
    text_table_init(&table, columns, 5);
    for (size_t i = 0; i < count && i < METRICS_MAX; i++)
        add_metric(&table, metric[i]);
    page_put_table(page, &table);
    page_put(page, text_format(
                       "%s of %s metrics moved; %s%s", text_number((double)r->moved, 0, moved),
                       text_number((double)r->metrics, 0, all),
                       r->paired ? "± is the 95 % interval of paired replications"
                                 : "± is the 95 % interval as if the runs were independent",
                       count < r->moved || count > METRICS_MAX ? "; all in diff.csv (--output DIR)"
                                                               : ""));
    output_text(page->output, page->markdown ? "" : "\n");
    free(metric);
}

/* --- pages ---------------------------------------------------------------------------------- */

static void put_page(const struct page *page, const struct diff_result *r)
{
    const char *const name = r->after.scenario_name;
    page_put_title(page, *name != '\0' ? name : "Bills");
    page_put(page, headline(r));
    put_budget(page, r);
    put_increase(page, r);
    put_failing(page, r);
    page_put(page, side_text("before", r->path_before, &r->before, r->bills));
    page_put(page, side_text("after", r->path_after, &r->after, r->bills));
    output_text(page->output, page->markdown ? "" : "\n");
    put_settings(page, r);
    put_costs(page, r);
    put_objectives(page, r);
    put_metrics(page, r);
    page_put_warnings(page, &r->notes);
}

void diff_table_write(const struct diff_result *result, struct output *output, bool color)
{
    put_page(&(struct page){output, false, color}, result);
}

void diff_markdown_write(const struct diff_result *result, struct output *output)
{
    put_page(&(struct page){output, true, false}, result);
}
