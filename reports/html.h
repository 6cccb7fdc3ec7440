/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of the HTML report: html.c is the page, html_charts.c its pictures. */
#ifndef REPORTS_HTML_H
#define REPORTS_HTML_H

#include "support/output_file.h"

#include <lambdaplan/result.h>

/* Text of the user: nothing in it is markup, in an element or in a quoted attribute. */
void html_text(struct output *output, const char *text);

/* A whole page of a text that is laid out already, as a table for a terminal. */
void html_page_of_text(struct output *output, const char *title, const char *text);

/* A bar for each option, its pieces the dearest lines of its bill; nothing when all cost nothing.
 */
void html_cost_bars(struct output *output, const struct result *result);
/* One picture a chart. */
void html_line_charts(struct output *output, const struct result *result);

#endif
