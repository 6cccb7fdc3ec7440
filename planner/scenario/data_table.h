/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The strict way in for the program's dated data (data/limits, data/runtimes, data/instances): a
 * CSV file with required columns, and cells that convert or are reported with file, line and
 * column. Columns that nobody asked for are left alone, so that a user may add notes of his own.
 */
#ifndef SCENARIO_DATA_TABLE_H
#define SCENARIO_DATA_TABLE_H

#include "support/csv.h"

#include <lambdaplan/diagnostics.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DATA_TABLE_COLUMNS 16

struct data_table {
    const char *path; /* the caller's */
    struct csv_reader *reader;
    struct diagnostics *diagnostics;
    const char *const *name;
    long index[DATA_TABLE_COLUMNS];
    const char *const *field; /* of the row at hand */
    long line;
};

/* False after errors; then nothing is open. `name` must outlive the table. */
bool data_table_open(struct data_table *ret, const char *path, const char *const *name,
                     size_t columns, struct diagnostics *diagnostics);
void data_table_close(struct data_table *table);

/* The next row: 1; the end: 0; an error (reported): -1. */
int data_table_next(struct data_table *table);

/* A cell as text; valid until the next row. */
const char *data_table_cell(const struct data_table *table, size_t column);
/* The following report and return false when the cell is not what it should be. */
bool data_table_text(const struct data_table *table, size_t column, const char **ret);
bool data_table_number(const struct data_table *table, size_t column, double min, double max,
                       double *ret);
/* Two days that rise, effective_from and effective_to or the like, at `column` and the next one:
 * empty means DATE_MIN, DATE_MAX. */
bool data_table_validity(const struct data_table *table, size_t column, int32_t *ret_from,
                         int32_t *ret_to);

/* Paths of the *.csv files of DATA_DIR/FOLDER in sorted order, each to be freed with the array.
 * NULL after an error: an unreadable folder or none. */
char **data_table_files(const char *data_dir, const char *folder, size_t *ret_count,
                        struct diagnostics *diagnostics);

#endif
