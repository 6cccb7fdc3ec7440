/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/limits.h"

#include "core/memory.h"
#include "scenario/data_table.h"
#include "scenario/limit_keys.h"
#include "support/date.h"
#include "support/text.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum column {
    COLUMN_KEY,
    COLUMN_VALUE,
    COLUMN_UNIT,
    COLUMN_FROM,
    COLUMN_TO,
    COLUMN_SOURCE,
    COLUMN_CONFIDENCE,
    COLUMNS
};

static const char *const column_name[COLUMNS] = {
    [COLUMN_KEY] = "key",
    [COLUMN_VALUE] = "value",
    [COLUMN_UNIT] = "unit",
    [COLUMN_FROM] = "effective_from",
    [COLUMN_TO] = "effective_to",
    [COLUMN_SOURCE] = "source",
    [COLUMN_CONFIDENCE] = "confidence",
};

struct row {
    char *key, *unit;
    double value;
    int32_t from_day, to_day;
    const char *file; /* one of limits.file */
    long line;
};

struct limits {
    struct row *row; /* by key, then from_day */
    size_t count, capacity;
    char **file;
    size_t files;
};

static void read_row(struct limits *limits, const struct data_table *table)
{
    struct row row = {.file = table->path, .line = table->line};
    const char *key, *unit, *note;
    bool ok = data_table_text(table, COLUMN_KEY, &key);
    ok &= data_table_number(table, COLUMN_VALUE, -DBL_MAX, DBL_MAX, &row.value);
    ok &= data_table_text(table, COLUMN_UNIT, &unit);
    ok &= data_table_validity(table, COLUMN_FROM, &row.from_day, &row.to_day);
    ok &= data_table_text(table, COLUMN_SOURCE, &note);
    ok &= data_table_text(table, COLUMN_CONFIDENCE, &note);
    if (!ok)
        return;
    row.key = mem_strdup(key);
    row.unit = mem_strdup(unit);
    limits->row = mem_grow(limits->row, &limits->capacity, limits->count, sizeof *limits->row);
    limits->row[limits->count++] = row;
}

static void read_file(struct limits *limits, const char *path, struct diagnostics *diagnostics)
{
    struct data_table table;
    if (!data_table_open(&table, path, column_name, COLUMNS, diagnostics))
        return;
    while (data_table_next(&table) > 0)
        read_row(limits, &table);
    data_table_close(&table);
}

static int by_key_and_day(const void *a, const void *b)
{
    const struct row *const x = a;
    const struct row *const y = b;
    const int order = strcmp(x->key, y->key);
    if (order != 0)
        return order;
    if (x->from_day != y->from_day)
        return x->from_day < y->from_day ? -1 : 1;
    return x->line < y->line ? -1 : x->line > y->line;
}

static void check_overlap(const struct limits *limits, struct diagnostics *diagnostics)
{
    for (size_t i = 1; i < limits->count; i++) {
        const struct row *const before = &limits->row[i - 1];
        const struct row *const row = &limits->row[i];
        if (strcmp(before->key, row->key) == 0 && row->from_day < before->to_day)
            diagnostics_error(diagnostics, row->file, row->line,
                              "%s is valid at the same time as in %s:%ld", row->key, before->file,
                              before->line);
    }
}

struct limits *limits_read(const char *data_dir, struct diagnostics *diagnostics)
{
    const size_t errors = diagnostics->errors;
    struct limits *const limits = mem_alloc(1, sizeof *limits);
    limits->file = data_table_files(data_dir, "limits", &limits->files, diagnostics);
    for (size_t i = 0; i < limits->files; i++)
        read_file(limits, limits->file[i], diagnostics);
    if (limits->count > 0)
        qsort(limits->row, limits->count, sizeof *limits->row, by_key_and_day);
    check_overlap(limits, diagnostics);
    if (diagnostics->errors == errors)
        return limits;
    limits_destroy(limits);
    return NULL;
}

void limits_destroy(struct limits *limits)
{
    if (limits == NULL)
        return;
    for (size_t i = 0; i < limits->count; i++) {
        free(limits->row[i].key);
        free(limits->row[i].unit);
    }
    for (size_t i = 0; i < limits->files; i++)
        free(limits->file[i]);
    free(limits->file);
    free(limits->row);
    free(limits);
}

/* The first row of `key`, or the end. */
static size_t find_key(const struct limits *limits, const char *key)
{
    size_t low = 0;
    size_t high = limits->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(limits->row[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < limits->count && strcmp(limits->row[low].key, key) == 0 ? low : limits->count;
}

static void check_missing(const struct limits *limits, const char *data_dir,
                          struct diagnostics *diagnostics)
{
    char *const folder = text_format("%s/limits", data_dir);
    for (const struct limit_key *key = limit_keys; key->key != NULL; key++)
        if (strchr(key->key, '*') == NULL && find_key(limits, key->key) == limits->count)
            diagnostics_error(diagnostics, folder, 0,
                              "no file has the key %s, which this version of lambdaplan reads",
                              key->key);
    free(folder);
}

/* Units are names, and nothing converts them. What nobody reads is most likely misspelt. */
static void check_rows(const struct limits *limits, struct diagnostics *diagnostics)
{
    const struct row *first = NULL;
    size_t unknown = 0;
    for (size_t i = 0; i < limits->count; i++) {
        const struct row *const row = &limits->row[i];
        const struct limit_key *const key = limit_keys_find(row->key);
        if (key == NULL) {
            first = unknown++ == 0 ? row : first;
            continue;
        }
        if (strcmp(key->unit, row->unit) != 0)
            diagnostics_error(diagnostics, row->file, row->line, "%s must be in %s, not in \"%s\"",
                              row->key, key->unit, row->unit);
        if (row->value < 0)
            diagnostics_error(diagnostics, row->file, row->line, "%s is negative: %.15g", row->key,
                              row->value);
    }
    if (unknown == 1)
        diagnostics_warning(diagnostics, first->file, first->line,
                            "%s has no effect: no part of lambdaplan reads it", first->key);
    else if (unknown > 1)
        diagnostics_warning(diagnostics, first->file, first->line,
                            "%s and %zu more have no effect: no part of lambdaplan reads them",
                            first->key, unknown - 1);
}

struct limits *limits_load(const char *data_dir, struct diagnostics *diagnostics)
{
    struct limits *const limits = limits_read(data_dir, diagnostics);
    const size_t errors = diagnostics->errors;
    if (limits == NULL)
        return NULL;
    check_missing(limits, data_dir, diagnostics);
    check_rows(limits, diagnostics);
    if (diagnostics->errors == errors)
        return limits;
    limits_destroy(limits);
    return NULL;
}

static bool in_force(const struct row *row, int32_t day)
{
    return row->from_day <= day && day < row->to_day;
}

static const struct row *find(const struct limits *limits, const char *key, int32_t day)
{
    for (size_t i = find_key(limits, key);
         i < limits->count && strcmp(limits->row[i].key, key) == 0; i++)
        if (in_force(&limits->row[i], day))
            return &limits->row[i];
    return NULL;
}

bool limits_get(const struct limits *limits, const char *key, int32_t day, double *ret)
{
    const struct row *const row = find(limits, key, day);
    if (row == NULL)
        return false;
    *ret = row->value;
    return true;
}

double limits_at(const struct limits *limits, const char *key, int32_t day)
{
    size_t i = find_key(limits, key);
    if (i == limits->count)
        return 0;
    while (i + 1 < limits->count && limits->row[i + 1].from_day <= day &&
           strcmp(limits->row[i + 1].key, key) == 0)
        i++;
    return limits->row[i].value;
}

double limits_or(const struct limits *limits, const char *key, int32_t day, double otherwise)
{
    const struct row *const row = find(limits, key, day);
    return row != NULL ? row->value : otherwise;
}

int32_t limits_first_day(const struct limits *limits, const char *key)
{
    const size_t i = find_key(limits, key);
    return i < limits->count ? limits->row[i].from_day : DATE_MAX;
}

int32_t limits_since(const struct limits *limits, const char *key, int32_t day)
{
    const struct row *row = find(limits, key, day);
    if (row == NULL)
        return DATE_MAX;
    /* Neighbours of the same value differ in their source only. */
    while (row > limits->row && row[-1].value == row->value && row[-1].to_day == row->from_day &&
           strcmp(row[-1].key, row->key) == 0)
        row--;
    return row->from_day;
}

bool limits_change(const struct limits *limits, const char *key, size_t index, double *ret_value,
                   int32_t *ret_since)
{
    const size_t first = find_key(limits, key);
    for (size_t i = first; i < limits->count && strcmp(limits->row[i].key, key) == 0; i++) {
        const struct row *const row = &limits->row[i];
        if (i > first && row->value == row[-1].value && row->from_day == row[-1].to_day)
            continue;
        if (index-- > 0)
            continue;
        *ret_value = row->value;
        *ret_since = row->from_day;
        return true;
    }
    return false;
}

char *limits_describe(const struct limits *limits, int32_t day)
{
    char *text = NULL;
    size_t size = 0;
    FILE *const out = open_memstream(&text, &size);
    if (out == NULL)
        return mem_strdup("");
    for (size_t i = 0; i < limits->count; i++) {
        const struct row *const row = &limits->row[i];
        if (!in_force(row, day))
            continue;
        const int32_t since = limits_since(limits, row->key, day);
        char date[16];
        fprintf(out, "%s=%.15g %s", row->key, row->value, row->unit);
        if (since != DATE_MIN)
            fprintf(out, " (since %s)", date_format(since, date));
        fputc('\n', out);
    }
    fclose(out);
    return text;
}
