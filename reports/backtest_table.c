/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A backtest for a reader: on a terminal, or as Markdown. */
#include "reports/backtest_exporters.h"
#include "reports/human.h"
#include "reports/text_table.h"

#include "core/memory.h"
#include "support/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RIGHT_EDGE 100
#define ROWS_MAX 120 /* with more, those that are inside are left to backtest.csv */
#define MISSING_MAX 12

struct page {
    const struct backtest_result *result;
    struct output *output;
    bool color, markdown;
};

static void line(const struct page *page, size_t indent, const char *text)
{
    if (page->markdown) {
        output_text(page->output, indent > 0 ? "- " : "");
        text_print_markdown(page->output, text);
        output_text(page->output, indent > 0 ? "\n" : "\n\n");
        return;
    }
    char *const clean = human_clean(text);
    output_format(page->output, "%*s", (int)indent, "");
    text_print_wrapped(page->output, clean, indent, indent + 2, RIGHT_EDGE);
    free(clean);
}

static void put_head(const struct page *page)
{
    const struct backtest_result *const r = page->result;
    char calls[HUMAN_SIZE], span[HUMAN_SIZE];
    if (page->markdown)
        output_text(page->output, "# ");
    text_print(page->output, r->scenario_name, STYLE_BOLD, 0, false, page->color);
    output_text(page->output, page->markdown ? "\n\n" : "\n");
    char *const when =
        r->first[0] != '\0' ? text_format(", %s to %s UTC", r->first, r->last) : mem_strdup("");
    char *text = text_format("%s as of %s; %s calls of %zu function%s in %s%s", r->region, r->as_of,
                             human_count((double)r->calls, calls), r->functions,
                             r->functions == 1 ? "" : "s", human_duration(r->span_s, span), when);
    line(page, 0, text);
    free(text);
    free(when);
    text = text_format("%s; %zu replications; seed %" PRIu64, r->what, r->replications, r->seed);
    line(page, 0, text);
    free(text);
    if (!page->markdown)
        output_text(page->output, "\n");
}

static char *human_value(const struct backtest_row *row, double value, char text[HUMAN_SIZE])
{
    if (strcmp(row->unit, "USD") == 0)
        return human_usd(value, text);
    human_count(value, text);
    if (strcmp(row->unit, "ms") == 0 && !isnan(value))
        strcat(text, " ms"); /* in full: intervals may be narrow */
    return text;
}

static void add_row(struct text_table *table, const struct backtest_row *row)
{
    char text[HUMAN_SIZE], high[HUMAN_SIZE];
    text_table_add(table, STYLE_PLAIN, row->metric);
    text_table_add(table, STYLE_PLAIN, human_value(row, row->observed, text));
    text_table_add(table, STYLE_PLAIN, human_value(row, row->predicted, text));
    human_value(row, row->low, text);
    text[strcspn(text, " ")] = '\0'; /* the unit stands behind the other end */
    char *const interval = isnan(row->low)
                               ? mem_strdup("–")
                               : text_format("%s to %s", text, human_value(row, row->high, high));
    text_table_add(table, STYLE_PLAIN, interval);
    free(interval);
    text_table_add(table, STYLE_PLAIN, human_percent(row->error_percent / 100, text));
    text_table_add(table, row->inside ? STYLE_GOOD : STYLE_BAD, row->inside ? "yes" : "NO");
}

/* The rows of an entity from `first` on, or those that are outside; adds to *shown. Returns where
 * the next entity begins. */
static size_t put_entity(const struct page *page, size_t first, bool all, size_t *shown)
{
    const struct backtest_result *const r = page->result;
    const char *const entity = r->row[first].entity;
    const size_t before = *shown;
    char *const name = human_clean(entity);
    char *const interval = text_format("%g %% interval", 100 * r->confidence);
    const struct text_column column[] = {{name, false, false},       {"observed", true, false},
                                         {"predicted", true, false}, {interval, true, false},
                                         {"error", true, false},     {"inside", false, false}};
    struct text_table table;
    size_t i = first;
    text_table_init(&table, column, sizeof column / sizeof *column);
    for (; i < r->rows && strcmp(r->row[i].entity, entity) == 0; i++) {
        if (*shown == ROWS_MAX || (!all && r->row[i].inside))
            continue;
        add_row(&table, &r->row[i]);
        ++*shown;
    }
    if (*shown > before && page->markdown)
        text_table_print_markdown(&table, page->output);
    else if (*shown > before)
        text_table_print(&table, page->output, 2, page->color);
    if (*shown > before)
        output_text(page->output, "\n");
    text_table_finish(&table);
    free(interval);
    free(name);
    return i;
}

static void put_rows(const struct page *page)
{
    const struct backtest_result *const r = page->result;
    const bool all = r->rows <= ROWS_MAX;
    size_t shown = 0;
    for (size_t i = 0; i < r->rows;)
        i = put_entity(page, i, all, &shown);
    if (shown < r->rows) {
        char *const text =
            text_format("%zu more figures are in backtest.csv (--output)", r->rows - shown);
        line(page, 0, text);
        output_text(page->output, "\n");
        free(text);
    }
}

static void put_missing(const struct page *page)
{
    const struct backtest_result *const r = page->result;
    if (r->missings == 0)
        return;
    line(page, 0, "Not in the file, so not compared");
    for (size_t i = 0; i < r->missings && i < MISSING_MAX; i++)
        line(page, 2, r->missing[i]);
    if (r->missings > MISSING_MAX) {
        char *const text = text_format("… and %zu more in run.json", r->missings - MISSING_MAX);
        line(page, 2, text);
        free(text);
    }
    output_text(page->output, "\n");
}

static void put_verdict(const struct page *page)
{
    const struct backtest_result *const r = page->result;
    char chance[HUMAN_SIZE];
    human_count(r->outside_by_chance, chance);
    char *const text =
        r->outside == 0
            ? text_format("INSIDE: all %zu figures lie in their intervals", r->rows)
            : text_format("OUTSIDE: %zu of %zu figures do not lie in their intervals; of a true "
                          "model %s would by chance",
                          r->outside, r->rows, chance);
    if (page->markdown)
        line(page, 0, text);
    else {
        text_print(page->output, text, r->outside == 0 ? STYLE_GOOD : STYLE_BAD, 0, false,
                   page->color);
        output_text(page->output, "\n");
    }
    free(text);
    if (r->notes.count == 0)
        return;
    output_text(page->output, page->markdown ? "## " : "\n");
    text_print(page->output, "Notes", STYLE_BOLD, 0, false, page->color);
    output_text(page->output, page->markdown ? "\n\n" : "\n");
    for (size_t i = 0; i < r->notes.count; i++)
        line(page, 2, r->notes.item[i].text);
}

static void put_page(const struct page *page)
{
    put_head(page);
    put_rows(page);
    put_missing(page);
    put_verdict(page);
}

void backtest_table_write(const struct backtest_result *result, struct output *output, bool color)
{
    const struct page page = {result, output, color, false};
    put_page(&page);
}

void backtest_markdown_write(const struct backtest_result *result, struct output *output)
{
    const struct page page = {result, output, false, true};
    put_page(&page);
}
