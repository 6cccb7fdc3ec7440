/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/data_table.h"

#include "core/memory.h"
#include "support/date.h"
#include "support/text.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool data_table_open(struct data_table *ret, const char *path, const char *const *name,
                     size_t columns, struct diagnostics *diagnostics)
{
    assert(columns <= DATA_TABLE_COLUMNS);
    *ret = (struct data_table){.path = path, .name = name, .diagnostics = diagnostics};
    ret->reader = csv_open(path, diagnostics);
    if (ret->reader == NULL)
        return false;
    bool complete = true;
    for (size_t i = 0; i < columns; i++) {
        ret->index[i] = csv_find_column(ret->reader, name[i]);
        if (ret->index[i] < 0) {
            diagnostics_error(diagnostics, path, 1, "the column \"%s\" is missing", name[i]);
            complete = false;
        }
    }
    if (!complete)
        data_table_close(ret);
    return complete;
}

void data_table_close(struct data_table *table)
{
    csv_close(table->reader);
    table->reader = NULL;
}

int data_table_next(struct data_table *table)
{
    return csv_next(table->reader, &table->field, &table->line);
}

const char *data_table_cell(const struct data_table *table, size_t column)
{
    return table->field[table->index[column]];
}

bool data_table_text(const struct data_table *table, size_t column, const char **ret)
{
    *ret = data_table_cell(table, column);
    if (**ret != '\0')
        return true;
    diagnostics_error(table->diagnostics, table->path, table->line, "%s is empty",
                      table->name[column]);
    return false;
}

bool data_table_number(const struct data_table *table, size_t column, double min, double max,
                       double *ret)
{
    const char *const text = data_table_cell(table, column);
    if (!csv_to_double(text, ret)) {
        diagnostics_error(table->diagnostics, table->path, table->line,
                          "%s: \"%s\" is not a number", table->name[column], text);
        return false;
    }
    if (*ret >= min && *ret <= max)
        return true;
    diagnostics_error(table->diagnostics, table->path, table->line,
                      "%s: %s is not between %g and %g", table->name[column], text, min, max);
    return false;
}

static bool read_day(const struct data_table *table, size_t column, int32_t empty, int32_t *ret)
{
    const char *const text = data_table_cell(table, column);
    *ret = empty;
    if (*text == '\0' || date_parse(text, ret))
        return true;
    diagnostics_error(table->diagnostics, table->path, table->line,
                      "%s: \"%s\" is not a date (YYYY, YYYY-MM or YYYY-MM-DD)", table->name[column],
                      text);
    return false;
}

bool data_table_validity(const struct data_table *table, size_t column, int32_t *ret_from,
                         int32_t *ret_to)
{
    const bool from_ok = read_day(table, column, DATE_MIN, ret_from);
    const bool to_ok = read_day(table, column + 1, DATE_MAX, ret_to);
    if (!from_ok || !to_ok)
        return false;
    if (*ret_from < *ret_to)
        return true;
    diagnostics_error(table->diagnostics, table->path, table->line, "%s %s is not after %s %s",
                      table->name[column + 1], data_table_cell(table, column + 1),
                      table->name[column], data_table_cell(table, column));
    return false;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char **data_table_files(const char *data_dir, const char *folder, size_t *ret_count,
                        struct diagnostics *diagnostics)
{
    char *const path = text_format("%s/%s", data_dir, folder);
    char **file = NULL;
    size_t count = 0;
    size_t capacity = 0;
    DIR *const directory = opendir(path);
    if (directory == NULL) {
        diagnostics_error(diagnostics, path, 0, "cannot open the folder: %s", strerror(errno));
        goto done;
    }
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        const char *const dot = strrchr(entry->d_name, '.');
        if (dot == NULL || dot == entry->d_name || strcmp(dot, ".csv") != 0)
            continue;
        file = mem_grow(file, &capacity, count, sizeof *file);
        file[count++] = text_format("%s/%s", path, entry->d_name);
    }
    closedir(directory);
    if (count == 0) {
        diagnostics_error(diagnostics, path, 0, "the folder has no .csv file");
        goto done;
    }
    qsort(file, count, sizeof *file, by_text);
done:
    free(path);
    *ret_count = count;
    return file;
}
