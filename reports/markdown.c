/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For a comment on a pull request: comparison, objectives and what makes the bill. */
#include "reports/alarms.h"
#include "reports/exporters.h"
#include "reports/human.h"
#include "reports/text_table.h"
#include "reports/verdict.h"

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

static void put_section(struct output *output, const char *title, struct text_table *table)
{
    if (table->count > 0) {
        output_format(output, "\n#### %s\n\n", title);
        text_table_print_markdown(table, output);
    }
    text_table_finish(table);
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
    objectives_table(&table, result);
    put_section(output, "Objectives", &table);
    alarms_table(&table, result);
    put_section(output, "Alarms", &table);
    bills_table(&table, result, LINES_MAX);
    put_section(output, "What costs most", &table);
    if (result->notes.count > 0)
        output_text(output, "\n#### Warnings\n\n");
    for (size_t i = 0; i < result->notes.count; i++) {
        output_text(output, "- ");
        text_print_markdown(output, result->notes.item[i].text);
        output_text(output, "\n");
    }
    return output_commit(&output, 1, diagnostics);
}
