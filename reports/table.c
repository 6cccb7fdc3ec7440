/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The terminal report: what a tired reader needs, within a screen and 100 columns. */
#include "reports/alarms.h"
#include "reports/exporters.h"
#include "reports/figures.h"
#include "reports/human.h"
#include "reports/verdict.h"
#include "reports/text_table.h"

#include "support/text.h"

#include <math.h>
#include <stdlib.h>

#define RIGHT_EDGE 100
#define FACTS_MAX 8
#define LINES_FIRST 6  /* bill lines of the Lambda design */
#define LINES_OTHER 2  /* of a baseline */
#define OPTIONS_MANY 5 /* then the baselines' lines are left to cost.csv */
#define ENTITIES_MAX 8
#define WARNINGS_MAX 8
#define ENTITY_WIDTH 28

struct page {
    struct output *output;
    bool color;
};

static void heading(const struct page *page, const char *text)
{
    output_text(page->output, "\n");
    text_print(page->output, text, STYLE_BOLD, 0, false, page->color);
    output_text(page->output, "\n");
}

static void put_headline(const struct page *page, const struct result *result)
{
    char duration[HUMAN_SIZE];
    char *const name = human_clean(result->scenario_name);
    text_print(page->output, name, STYLE_BOLD, 0, false, page->color);
    free(name);
    output_text(page->output, "\n");
    output_format(page->output, "%s as of %s; %s simulated", result->region, result->as_of,
                  human_duration(result->duration_s, duration));
    if (result->warm_up_s > 0)
        output_format(page->output, " after %s of warm-up",
                      human_duration(result->warm_up_s, duration));
    output_format(page->output, "; %zu replication%s; seed %llu\n", result->replications,
                  result->replications == 1 ? "" : "s", (unsigned long long)result->seed);
    for (size_t i = 0; i < result->facts && i < FACTS_MAX; i++) {
        output_text(page->output, "  ");
        text_print_wrapped(page->output, result->fact[i], 2, 4, RIGHT_EDGE);
    }
}

static void put_rest(const struct page *page, const struct result_option *option, size_t count,
                     money_pusd cost)
{
    char money[HUMAN_SIZE], share[HUMAN_SIZE];
    const money_pusd total = option->bill.total;
    output_text(page->output, "  ");
    text_print(
        page->output,
        human_percent(total == 0 ? 0 : money_to_double(cost) / money_to_double(total), share),
        STYLE_PLAIN, 7, true, page->color);
    output_format(page->output, "  %zu more line%s, %s together\n", count, count == 1 ? "" : "s",
                  human_money(cost, money));
}

static void put_bill(const struct page *page, const struct result_option *option, size_t limit)
{
    size_t *const order = bill_by_cost(&option->bill);
    const double total = money_to_double(option->bill.total);
    size_t width = 0, shown = 0;
    for (size_t i = 0; i < option->bill.count && i < limit; i++) {
        const size_t wanted = human_width(option->bill.line[order[i]].entity);
        width = wanted > width ? wanted : width;
    }
    width = width > ENTITY_WIDTH ? ENTITY_WIDTH : width;
    for (; shown < option->bill.count && shown < limit; shown++) {
        const struct bill_line *const line = &option->bill.line[order[shown]];
        char text[BILL_EXPLAIN_SIZE], share[HUMAN_SIZE];
        output_text(page->output, "  ");
        text_print(page->output,
                   human_percent(total == 0 ? 0 : money_to_double(line->cost) / total, share),
                   STYLE_PLAIN, 7, true, page->color);
        output_text(page->output, "  ");
        char *const entity = human_clean(line->entity);
        text_print(page->output, entity, STYLE_PLAIN, width, false, page->color);
        const size_t used = human_width(entity);
        free(entity);
        output_text(page->output, "  ");
        text_print_wrapped(page->output, bill_explain(line, text),
                           13 + (used > width ? used : width), 13 + width, RIGHT_EDGE);
    }
    money_pusd rest = 0;
    for (size_t i = shown; i < option->bill.count; i++)
        rest += option->bill.line[order[i]].cost;
    if (shown > 0 && shown < option->bill.count)
        put_rest(page, option, option->bill.count - shown, rest);
    free(order);
}

static void put_costs(const struct page *page, const struct result *result)
{
    char text[HUMAN_SIZE], run[HUMAN_SIZE], month[HUMAN_SIZE];
    heading(page, "Cost of a month, and why");
    for (size_t i = 0; i < result->options; i++) {
        const struct result_option *const option = &result->option[i];
        const double half = estimate_half_width(&option->monthly_cost_usd);
        char *const name = human_clean(option->name);
        text_print(page->output, name, STYLE_BOLD, 0, false, page->color);
        free(name);
        output_text(page->output, ": ");
        text_print(page->output, human_money(option->bill.total, text), STYLE_BOLD, 0, false,
                   page->color);
        if (!isnan(half))
            output_format(page->output, " ± %s", human_usd(half, text));
        if (*option->note != '\0') {
            output_text(page->output, "  ");
            text_print_wrapped(page->output, option->note, 30, 4, RIGHT_EDGE);
        } else {
            output_text(page->output, "\n");
        }
        put_bill(page, option,
                 i == 0                           ? LINES_FIRST
                 : result->options < OPTIONS_MANY ? LINES_OTHER
                                                  : 0);
    }
    output_format(page->output, "scaled from %s to a month of %s h; free tier applied: %s%s\n",
                  human_duration(result->duration_s, run), human_count(result->month_hours, month),
                  result->free_tier ? "yes" : "no",
                  result->replications > 1 ? "; ± is the 95 % interval" : "; " HUMAN_NO_INTERVAL);
}

/* As the Lambda design has it, or, of an objective for one baseline, as that does. */
static const struct result_objective *best_known(const struct result *result, size_t index)
{
    for (size_t i = 0; i < result->options; i++)
        if (result->option[i].objective[index].known)
            return &result->option[i].objective[index];
    return &result->option[0].objective[index];
}

static void put_objectives(const struct page *page, const struct result *result)
{
    if (result->option[0].objectives == 0)
        return;
    heading(page, "Objectives");
    for (size_t i = 0; i < result->option[0].objectives; i++) {
        const struct result_objective *const objective = best_known(result, i);
        char *const value = objective_value(objective);
        char *const asked = objective_text(objective);
        const enum verdict verdict = objective_verdict(objective);
        output_text(page->output, "  ");
        text_print(page->output, verdict_text(verdict), verdict_style(verdict), 7, false,
                   page->color);
        output_text(page->output, "  ");
        char *const text = text_format("%s: %s", asked, value);
        text_print_wrapped(page->output, text, 11, 11, RIGHT_EDGE);
        free(text);
        free(asked);
        free(value);
    }
}

static void put_alarms(const struct page *page, const struct result *result)
{
    if (result->alarms == 0)
        return;
    heading(page, "Alarms, in the first replication");
    for (size_t i = 0; i < result->alarms; i++) {
        const struct result_alarm *const alarm = &result->alarm[i];
        char *const story = alarm_story(alarm);
        output_text(page->output, "  ");
        text_print(page->output, alarm_verdict(alarm), alarm->fired > 0 ? STYLE_BOLD : STYLE_PLAIN,
                   7, false, page->color);
        output_text(page->output, "  ");
        char *const text = text_format("%s (%s): %s", alarm->name, alarm->text, story);
        text_print_wrapped(page->output, text, 11, 11, RIGHT_EDGE);
        free(text);
        free(story);
    }
}

static void put_comparison(const struct page *page, const struct result *result)
{
    heading(page, "Comparison");
    struct text_table table;
    comparison_table(&table, result);
    text_table_print(&table, page->output, 2, page->color);
    text_table_finish(&table);
    char *const common = common_lines(result);
    if (common != NULL) {
        output_text(page->output, "  both sides pay for ");
        text_print_wrapped(page->output, common, 21, 4, RIGHT_EDGE);
    }
    free(common);
}

static void put_key_figures(const struct page *page, const struct result *result)
{
    const struct result_option *const option = &result->option[0];
    if (option->metrics == 0)
        return;
    char *const title = figures_title(result);
    heading(page, title);
    free(title);
    bool above = false;
    for (int kind = 0; kind < FIGURES_KINDS; kind++) {
        struct text_table table;
        size_t more;
        figures_table(&table, option, (enum figures_kind)kind, ENTITIES_MAX, &more);
        if (table.count > 0 && above)
            output_text(page->output, "\n");
        if (table.count > 0)
            text_table_print(&table, page->output, 2, page->color);
        if (more > 0)
            output_format(page->output, "  … and %zu more in summary.csv\n", more);
        above = above || table.count > 0;
        text_table_finish(&table);
    }
}

static void put_warnings(const struct page *page, const struct diagnostics *notes)
{
    if (notes->count == 0)
        return;
    heading(page, "Warnings");
    for (size_t i = 0; i < notes->count && i < WARNINGS_MAX; i++) {
        output_text(page->output, "  - ");
        text_print_wrapped(page->output, notes->item[i].text, 4, 4, RIGHT_EDGE);
    }
    const size_t all = notes->errors + notes->warnings;
    const size_t shown = notes->count < WARNINGS_MAX ? notes->count : WARNINGS_MAX;
    if (all > shown)
        output_format(page->output, "  … and %zu more in run.json (--output DIR)\n", all - shown);
}

int report_stdout_table(const struct result *result, FILE *out, bool color,
                        struct diagnostics *diagnostics)
{
    struct output *const output = output_to_stream(out, "standard output");
    const struct page page = {output, color};
    put_headline(&page, result);
    if (result->options > 0) {
        put_costs(&page, result);
        put_objectives(&page, result);
        put_alarms(&page, result);
        put_comparison(&page, result);
        put_key_figures(&page, result);
    }
    put_warnings(&page, &result->notes);
    return output_commit(&output, 1, diagnostics);
}
