/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A text for readers, on a terminal or in Markdown, of the same sentences and tables. */
#ifndef REPORTS_PAGE_H
#define REPORTS_PAGE_H

#include "reports/text_table.h"

#include <lambdaplan/result.h>

struct page {
    struct output *output;
    bool markdown, color;
};

/* A paragraph; frees the text. */
void page_put(const struct page *page, char *text);
/* The same, as an item of a list. */
void page_put_item(const struct page *page, char *text);
/* A verdict, in its style. */
void page_put_verdict(const struct page *page, enum text_style style, char *text);
void page_put_heading(const struct page *page, const char *text);
void page_put_title(const struct page *page, const char *text);
/* Ends the table, with an empty line behind it. */
void page_put_table(const struct page *page, struct text_table *table);
void page_put_warnings(const struct page *page, const struct diagnostics *notes);

/* "4.1 s ± 8.39 ms": free() it. `bound` as in human_metric. */
char *page_amount(const struct result_estimate *estimate, const char *unit, double bound);

#endif
