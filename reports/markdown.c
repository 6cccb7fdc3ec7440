/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For a comment on a pull request: comparison, objectives and what makes the bill. */
#include "reports/alarms.h"
#include "reports/exporters.h"
#include "reports/human.h"
#include "reports/text_table.h"
#include "reports/verdict.h"

#include <math.h>
#include <stdlib.h>

#define LINES_MAX 5 /* bill lines of an option */

static void put_headline(struct output *output, const struct result *result)
{
    char run[HUMAN_SIZE], month[HUMAN_SIZE];
    output_text(output, "### ");
    text_print_markdown(output, result->scenario_name);
    output_format(output,
                  "\n\n%s as of %s; %s simulated, scaled to a month of %s h; free tier applied: "
                  "%s; %zu replication%s, seed %llu.\n\n",
                  result->region, result->as_of, human_duration(result->duration_s, run),
                  human_count(result->month_hours, month), result->free_tier ? "yes" : "no",
                  result->replications, result->replications == 1 ? "" : "s",
                  (unsigned long long)result->seed);
}

static void put_objectives(struct output *output, const struct result *result)
{
    static const struct text_column columns[] = {{"option", false, false},
                                                 {"objective", false, false},
                                                 {"result", false, false},
                                                 {"value", false, false}};
    struct text_table table;
    text_table_init(&table, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < result->options; i++)
        for (size_t j = 0; j < result->option[i].objectives; j++) {
            const struct result_objective *const objective = &result->option[i].objective[j];
            const enum verdict verdict = objective_verdict(objective);
            char *const text = objective_text(objective);
            char *const value = objective_value(objective);
            text_table_add(&table, STYLE_PLAIN, result->option[i].name);
            text_table_add(&table, STYLE_PLAIN, text);
            text_table_add(&table, verdict == VERDICT_MET ? STYLE_PLAIN : verdict_style(verdict),
                           verdict_text(verdict));
            text_table_add(&table, STYLE_PLAIN, value);
            free(text);
            free(value);
        }
    if (table.count > 0) {
        output_text(output, "\n#### Objectives\n\n");
        text_table_print_markdown(&table, output);
    }
    text_table_finish(&table);
}

static void put_alarms(struct output *output, const struct result *result)
{
    static const struct text_column columns[] = {
        {"alarm", false, false}, {"rule", false, false}, {"what it does", false, false}};
    struct text_table table;
    text_table_init(&table, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < result->alarms; i++) {
        char *const story = alarm_story(&result->alarm[i]);
        text_table_add(&table, STYLE_PLAIN, result->alarm[i].name);
        text_table_add(&table, STYLE_PLAIN, result->alarm[i].text);
        text_table_add(&table, STYLE_PLAIN, story);
        free(story);
    }
    if (table.count > 0) {
        output_text(output, "\n#### Alarms\n\n");
        text_table_print_markdown(&table, output);
    }
    text_table_finish(&table);
}

static void add_lines(struct text_table *table, const struct result_option *option)
{
    size_t *const order = bill_by_cost(&option->bill);
    const double total = money_to_double(option->bill.total);
    for (size_t i = 0; i < option->bill.count && i < LINES_MAX; i++) {
        const struct bill_line *const line = &option->bill.line[order[i]];
        char text[HUMAN_SIZE], explained[BILL_EXPLAIN_SIZE];
        const double share = total == 0 ? 0 : money_to_double(line->cost) / total;
        text_table_add(table, STYLE_PLAIN, option->name);
        text_table_add(table, STYLE_PLAIN, line->entity);
        text_table_add(table, STYLE_PLAIN, human_percent(share, text));
        text_table_add(table, STYLE_PLAIN, bill_explain(line, explained));
    }
    free(order);
}

static void put_bills(struct output *output, const struct result *result)
{
    static const struct text_column columns[] = {{"option", false, false},
                                                 {"entity", false, false},
                                                 {"share", true, false},
                                                 {"bill line", false, false}};
    struct text_table table;
    text_table_init(&table, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < result->options; i++)
        add_lines(&table, &result->option[i]);
    if (table.count > 0) {
        output_text(output, "\n#### What costs most\n\n");
        text_table_print_markdown(&table, output);
    }
    text_table_finish(&table);
}

int report_stdout_markdown(const struct result *result, FILE *out, struct diagnostics *diagnostics)
{
    struct output *const output = output_to_stream(out, "standard output");
    struct text_table table;
    put_headline(output, result);
    comparison_table(&table, result);
    text_table_print_markdown(&table, output);
    text_table_finish(&table);
    char *const common = common_lines(result);
    if (common != NULL) {
        output_text(output, "\nBoth sides pay for ");
        text_print_markdown(output, common);
        output_text(output, ".\n");
    }
    free(common);
    put_objectives(output, result);
    put_alarms(output, result);
    put_bills(output, result);
    if (result->notes.count > 0)
        output_text(output, "\n#### Warnings\n\n");
    for (size_t i = 0; i < result->notes.count; i++) {
        output_text(output, "- ");
        text_print_markdown(output, result->notes.item[i].text);
        output_text(output, "\n");
    }
    return output_commit(&output, 1, diagnostics);
}
