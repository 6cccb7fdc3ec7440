/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The result as one HTML file for people without a terminal: no script, nothing that is fetched,
 * the pictures inside. The same bytes for the same result.
 */
#include "reports/html.h"

#include "reports/alarms.h"
#include "reports/exporters.h"
#include "reports/figures.h"
#include "reports/human.h"
#include "reports/verdict.h"
#include "support/text.h"

#include <stdlib.h>
#include <string.h>

#define LINES_MAX 12    /* bill lines of an option */
#define ENTITIES_MAX 25 /* rows of a table of figures */

static const char style[] =
    ":root{color-scheme:light dark}\n"
    "body{font:15px/1.45 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em}\n"
    "h1{margin-bottom:0}h2{margin-top:2em;border-bottom:1px solid #8886}\n"
    "table{border-collapse:collapse;margin:1em 0}\n"
    "th,td{padding:.2em .8em .2em 0;text-align:left;vertical-align:top}\n"
    "th{border-bottom:1px solid #8888}\n"
    ".n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\n"
    ".good{color:#00845a}.bad{color:#d55e00;font-weight:bold}.bold{font-weight:bold}\n"
    "svg{width:100%;height:auto;font:12px system-ui,sans-serif}\n"
    "footer{margin-top:3em;color:#777;overflow-wrap:anywhere}\n";

void html_text(struct output *output, const char *text)
{
    char *const utf8 = human_utf8(text);
    char *const clean = human_clean(utf8);
    for (const char *c = clean; *c != '\0'; c++) {
        switch (*c) {
        case '&':
            output_text(output, "&amp;");
            break;
        case '<':
            output_text(output, "&lt;");
            break;
        case '>':
            output_text(output, "&gt;");
            break;
        case '"':
            output_text(output, "&quot;");
            break;
        case '\'':
            output_text(output, "&#39;");
            break;
        default:
            output_write(output, c, 1);
        }
    }
    free(clean);
    free(utf8);
}

static void put_element(struct output *output, const char *name, const char *text)
{
    output_format(output, "<%s>", name);
    html_text(output, text);
    output_format(output, "</%s>\n", name);
}

static void put_cell(struct output *output, const struct text_column *column,
                     const struct text_cell *cell)
{
    static const char *const classes[] = {
        [STYLE_PLAIN] = "", [STYLE_BOLD] = "bold", [STYLE_GOOD] = "good", [STYLE_BAD] = "bad"};
    output_format(output, "<td class=\"%s%s\">", column->right ? "n " : "", classes[cell->style]);
    html_text(output, cell->text);
    output_text(output, "</td>");
}

/* Ends the table. */
static void put_table(struct output *output, struct text_table *table)
{
    if (table->count > 0)
        output_text(output, "<table>\n<tr>");
    for (size_t i = 0; table->count > 0 && i < table->columns; i++) {
        if (text_table_drops(table, i))
            continue;
        output_text(output, table->column[i].right ? "<th class=\"n\">" : "<th>");
        html_text(output, table->column[i].heading);
        output_text(output, "</th>");
    }
    for (size_t i = 0; i < table->count; i++) {
        const size_t column = i % table->columns;
        if (column == 0)
            output_text(output, "</tr>\n<tr>");
        if (!text_table_drops(table, column))
            put_cell(output, &table->column[column], &table->cell[i]);
    }
    if (table->count > 0)
        output_text(output, "</tr>\n</table>\n");
    text_table_finish(table);
}

/* Ends the table; nothing where it is empty. */
static void put_section(struct output *output, const char *title, struct text_table *table)
{
    if (table->count > 0)
        put_element(output, "h2", title);
    put_table(output, table);
}

static void put_headline(struct output *output, const struct result *result)
{
    char duration[HUMAN_SIZE], warm_up[HUMAN_SIZE];
    put_element(output, "h1", result->scenario_name);
    output_text(output, "<p>");
    html_text(output, result->region);
    output_format(output, " as of %s; %s simulated%s%s; %zu replication%s; seed %llu</p>\n<ul>\n",
                  result->as_of, human_duration(result->duration_s, duration),
                  result->warm_up_s > 0 ? " after a warm-up of " : "",
                  result->warm_up_s > 0 ? human_duration(result->warm_up_s, warm_up) : "",
                  result->replications, result->replications == 1 ? "" : "s",
                  (unsigned long long)result->seed);
    for (size_t i = 0; i < result->facts; i++)
        put_element(output, "li", result->fact[i]);
    output_text(output, "</ul>\n");
}

static void put_costs(struct output *output, const struct result *result)
{
    char run[HUMAN_SIZE], month[HUMAN_SIZE];
    struct text_table table;
    put_element(output, "h2", "Cost of a month, and why");
    html_cost_bars(output, result);
    for (size_t i = 0; i < result->options; i++) {
        if (*result->option[i].note == '\0')
            continue;
        output_text(output, "<p>");
        html_text(output, result->option[i].name);
        output_text(output, ": ");
        html_text(output, result->option[i].note);
        output_text(output, "</p>\n");
    }
    bills_table(&table, result, LINES_MAX);
    put_table(output, &table);
    output_format(output, "<p>Scaled from %s to a month of %s h; free tier applied: %s.</p>\n",
                  human_duration(result->duration_s, run), human_count(result->month_hours, month),
                  result->free_tier ? "yes" : "no");
}

static void put_comparison(struct output *output, const struct result *result)
{
    struct text_table table;
    comparison_table(&table, result);
    put_section(output, "Comparison", &table);
    char *const common = common_lines(result);
    if (common != NULL) {
        output_text(output, "<p>Both sides pay for ");
        html_text(output, common);
        output_text(output, ".</p>\n");
    }
    free(common);
    if (result->replications > 1)
        put_element(output, "p", "± is the 95 % interval over replications.");
    objectives_table(&table, result);
    put_section(output, "Objectives", &table);
    alarms_table(&table, result);
    put_section(output, "Alarms, in the first replication", &table);
}

static void put_figures(struct output *output, const struct result *result)
{
    char *const title = figures_title(result);
    put_element(output, "h2", title);
    free(title);
    for (int kind = 0; kind < FIGURES_KINDS; kind++) {
        struct text_table table;
        size_t more;
        figures_table(&table, &result->option[0], (enum figures_kind)kind, ENTITIES_MAX, &more);
        put_table(output, &table);
        if (more > 0)
            output_format(output, "<p>… and %zu more in summary.csv</p>\n", more);
    }
}

static void put_rest(struct output *output, const struct result *result)
{
    if (result->notes.count > 0)
        output_text(output, "<h2>Warnings</h2>\n<ul>\n");
    for (size_t i = 0; i < result->notes.count; i++)
        put_element(output, "li", result->notes.item[i].text);
    if (result->notes.count > 0)
        output_text(output, "</ul>\n");
    output_text(output, "<footer>lambdaplan " LAMBDAPLAN_VERSION "; prices: ");
    html_text(output, result->price_book);
    output_text(output, "; SHA-256 of the scenario: ");
    html_text(output, result->scenario_sha256);
    output_text(output, "</footer>\n");
}

static void put_head(struct output *output, const char *title)
{
    output_text(output, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                        "<meta name=\"viewport\" content=\"width=device-width\">\n<title>");
    html_text(output, title);
    output_format(output, " – lambdaplan</title>\n<style>\n%s</style>\n</head>\n<body>\n", style);
}

void html_page_of_text(struct output *output, const char *title, const char *text)
{
    put_head(output, title);
    output_text(output, "<pre>\n");
    while (*text != '\0') {
        const size_t length = strcspn(text, "\n");
        char *const line = text_format("%.*s", (int)length, text);
        html_text(output, line);
        output_text(output, "\n");
        free(line);
        text += length + (text[length] == '\n');
    }
    output_text(output, "</pre>\n</body>\n</html>\n");
}

int report_stdout_html(const struct result *result, FILE *out, struct diagnostics *diagnostics)
{
    struct output *const output = output_to_stream(out, "standard output");
    put_head(output, result->scenario_name);
    put_headline(output, result);
    if (result->options > 0) {
        put_costs(output, result);
        put_comparison(output, result);
        put_figures(output, result);
        html_line_charts(output, result);
    }
    put_rest(output, result);
    output_text(output, "</body>\n</html>\n");
    return output_commit(&output, 1, diagnostics);
}
