/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/text_table.h"

#include "core/memory.h"
#include "reports/human.h"

#include <stdlib.h>
#include <string.h>

#define GAP 2

void text_table_init(struct text_table *table, const struct text_column *column, size_t columns)
{
    *table = (struct text_table){.columns = columns};
    table->column = mem_alloc(columns, sizeof *column);
    memcpy(table->column, column, columns * sizeof *column);
}

void text_table_finish(struct text_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        free(table->cell[i].text);
    free(table->cell);
    free(table->column);
    *table = (struct text_table){0};
}

void text_table_add(struct text_table *table, enum text_style style, const char *text)
{
    table->cell = mem_grow(table->cell, &table->capacity, table->count, sizeof *table->cell);
    table->cell[table->count++] = (struct text_cell){human_clean(text), style};
}

static void print_spaces(struct output *output, size_t count)
{
    while (count-- > 0)
        output_write(output, " ", 1);
}

void text_print(struct output *output, const char *text, enum text_style style, size_t width,
                bool right, bool color)
{
    static const char *const begin[] = {[STYLE_PLAIN] = "",
                                        [STYLE_BOLD] = "\033[1m",
                                        [STYLE_GOOD] = "\033[32m",
                                        [STYLE_BAD] = "\033[31m"};
    const size_t used = human_width(text);
    const size_t padding = used < width ? width - used : 0;
    const bool styled = color && style != STYLE_PLAIN;
    if (right)
        print_spaces(output, padding);
    if (styled)
        output_text(output, begin[style]);
    output_text(output, text);
    if (styled)
        output_text(output, "\033[0m");
    if (!right)
        print_spaces(output, padding);
}

static bool is_trivial(const char *text)
{
    static const char *const trivial[] = {"", "0", "0 %", "0 s", "–"};
    for (size_t i = 0; i < sizeof trivial / sizeof *trivial; i++)
        if (strcmp(text, trivial[i]) == 0)
            return true;
    return false;
}

bool text_table_drops(const struct text_table *table, size_t column)
{
    bool trivial = table->column[column].drop_trivial;
    for (size_t i = column; i < table->count; i += table->columns)
        trivial = trivial && is_trivial(table->cell[i].text);
    return trivial;
}

/* The column's width; 0: it is left out. */
static size_t column_width(const struct text_table *table, size_t column)
{
    size_t width = human_width(table->column[column].heading);
    for (size_t i = column; i < table->count; i += table->columns) {
        const size_t wanted = human_width(table->cell[i].text);
        width = wanted > width ? wanted : width;
    }
    return text_table_drops(table, column) ? 0 : width;
}

void text_table_print(const struct text_table *table, struct output *output, size_t indent,
                      bool color)
{
    size_t *const width = mem_alloc(table->columns, sizeof *width);
    size_t last = 0;
    for (size_t i = 0; i < table->columns; i++) {
        width[i] = column_width(table, i);
        last = width[i] > 0 ? i : last;
    }
    for (size_t row = 0; row * table->columns <= table->count; row++) {
        for (size_t i = 0; i <= last; i++) {
            const struct text_column *const column = &table->column[i];
            if (width[i] == 0)
                continue;
            const char *text = column->heading; /* row 0 */
            enum text_style style = STYLE_BOLD;
            if (row > 0) {
                text = table->cell[(row - 1) * table->columns + i].text;
                style = table->cell[(row - 1) * table->columns + i].style;
            }
            /* A last column on the left needs no blanks behind it. */
            print_spaces(output, i == 0 ? indent : GAP);
            text_print(output, text, style, i == last && !column->right ? 0 : width[i],
                       column->right, color);
        }
        output_text(output, "\n");
    }
    free(width);
}

void text_print_markdown(struct output *output, const char *text)
{
    char *const clean = human_clean(text);
    for (const char *c = clean; *c != '\0'; c++) {
        if (strchr("|<>&~`*_[]\\", *c) != NULL)
            output_write(output, "\\", 1);
        output_write(output, c, 1);
    }
    free(clean);
}

void text_table_print_markdown(const struct text_table *table, struct output *output)
{
    for (size_t i = 0; i < table->columns; i++) {
        output_text(output, "| ");
        text_print_markdown(output, table->column[i].heading);
        output_text(output, " ");
    }
    output_text(output, "|\n");
    for (size_t i = 0; i < table->columns; i++)
        output_text(output, table->column[i].right ? "|---:" : "|---");
    output_text(output, "|\n");
    for (size_t i = 0; i < table->count; i++) {
        output_text(output, "| ");
        if (table->cell[i].style != STYLE_PLAIN)
            output_text(output, "**");
        text_print_markdown(output, table->cell[i].text);
        if (table->cell[i].style != STYLE_PLAIN)
            output_text(output, "**");
        output_text(output, (i + 1) % table->columns == 0 ? " |\n" : " ");
    }
}

void text_print_wrapped(struct output *output, const char *text, size_t column, size_t indent,
                        size_t right_edge)
{
    char *const clean = human_clean(text);
    char *rest = NULL;
    bool first = true;
    for (char *word = strtok_r(clean, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        const size_t width = human_width(word);
        if (!first && column + 1 + width > right_edge) {
            output_text(output, "\n");
            print_spaces(output, indent);
            column = indent;
            first = true;
        }
        if (!first) {
            output_text(output, " ");
            column++;
        }
        output_text(output, word);
        column += width;
        first = false;
    }
    output_text(output, "\n");
    free(clean);
}
