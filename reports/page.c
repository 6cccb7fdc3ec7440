/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/page.h"

#include "core/memory.h"
#include "reports/human.h"
#include "support/text.h"

#include <math.h>
#include <stdlib.h>

#define RIGHT_EDGE 100
#define WARNINGS_MAX 8
#define ROUNDING 1e-12 /* of sums of doubles */

void page_put(const struct page *page, char *text)
{
    if (page->markdown) {
        text_print_markdown(page->output, text);
        output_text(page->output, "\n\n");
    } else {
        text_print_wrapped(page->output, text, 0, 2, RIGHT_EDGE);
    }
    free(text);
}

void page_put_item(const struct page *page, char *text)
{
    if (page->markdown) {
        output_text(page->output, "- ");
        text_print_markdown(page->output, text);
        output_text(page->output, "\n");
    } else {
        output_text(page->output, "  - ");
        text_print_wrapped(page->output, text, 4, 4, RIGHT_EDGE);
    }
    free(text);
}

void page_put_verdict(const struct page *page, enum text_style style, char *text)
{
    char *const clean = human_clean(text);
    free(text);
    if (page->markdown) {
        output_text(page->output, style == STYLE_PLAIN ? "" : "**");
        text_print_markdown(page->output, clean);
        output_text(page->output, style == STYLE_PLAIN ? "\n\n" : "**\n\n");
    } else {
        text_print(page->output, clean, style, 0, false, page->color);
        output_text(page->output, "\n");
    }
    free(clean);
}

static void put_marked(const struct page *page, const char *marks, const char *text)
{
    char *const clean = human_clean(text);
    if (page->markdown) {
        output_text(page->output, marks);
        text_print_markdown(page->output, clean);
        output_text(page->output, "\n\n");
    } else {
        text_print(page->output, clean, STYLE_BOLD, 0, false, page->color);
        output_text(page->output, "\n");
    }
    free(clean);
}

void page_put_title(const struct page *page, const char *text)
{
    put_marked(page, "### ", text);
}

void page_put_heading(const struct page *page, const char *text)
{
    put_marked(page, "#### ", text);
}

void page_put_table(const struct page *page, struct text_table *table)
{
    if (page->markdown)
        text_table_print_markdown(table, page->output);
    else
        text_table_print(table, page->output, 2, page->color);
    output_text(page->output, "\n");
    text_table_finish(table);
}

void page_put_warnings(const struct page *page, const struct diagnostics *notes)
{
    if (notes->count == 0)
        return;
    page_put_heading(page, "Warnings");
    for (size_t i = 0; i < notes->count && i < WARNINGS_MAX; i++)
        page_put_item(page, mem_strdup(notes->item[i].text));
    if (notes->count > WARNINGS_MAX)
        page_put_item(page, text_format("… and %zu more in run.json (--output DIR)",
                                        notes->count - WARNINGS_MAX));
}

char *page_amount(const struct result_estimate *estimate, const char *unit, double bound)
{
    char mean[HUMAN_SIZE], half[HUMAN_SIZE];
    const double width = estimate_half_width(estimate);
    human_metric(estimate->mean, unit, bound, mean);
    if (result_is_open(estimate))
        return text_format("at least %s", mean);
    if (isnan(estimate->mean) || isnan(width) || width <= ROUNDING * fabs(estimate->mean))
        return mem_strdup(mean);
    return text_format("%s ± %s", mean, human_metric(width, unit, NAN, half));
}
