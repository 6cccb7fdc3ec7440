/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Columns as wide as their content, for a terminal or as a Markdown table. Cells are given row by
 * row, left to right, and are copied.
 */
#ifndef REPORTS_TEXT_TABLE_H
#define REPORTS_TEXT_TABLE_H

#include "support/output_file.h"

enum text_style { STYLE_PLAIN, STYLE_BOLD, STYLE_GOOD, STYLE_BAD };

struct text_column {
    const char *heading;
    bool right;        /* numbers */
    bool drop_trivial; /* leave the column out where every cell is "", "0", "0 %", "0 s" or "–" */
};

struct text_cell {
    char *text;
    enum text_style style;
};

struct text_table {
    struct text_column *column; /* its headings are the caller's */
    size_t columns;
    struct text_cell *cell;
    size_t count, capacity;
};

void text_table_init(struct text_table *table, const struct text_column *column, size_t columns);
void text_table_finish(struct text_table *table);
void text_table_add(struct text_table *table, enum text_style style, const char *text);
/* Is this column left out? */
bool text_table_drops(const struct text_table *table, size_t column);
void text_table_print(const struct text_table *table, struct output *output, size_t indent,
                      bool color);
void text_table_print_markdown(const struct text_table *table, struct output *output);

/* Text of the user in Markdown: nothing in it is markup. */
void text_print_markdown(struct output *output, const char *text);

/* `text` in a style, padded to `width` columns (0: not padded). */
void text_print(struct output *output, const char *text, enum text_style style, size_t width,
                bool right, bool color);
/* Words up to `right_edge` columns, further lines indented by `indent`; the first starts at column
 * `column`. Ends the line. */
void text_print_wrapped(struct output *output, const char *text, size_t column, size_t indent,
                        size_t right_edge);

#endif
