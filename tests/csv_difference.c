/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "csv_difference.h"

#include "support/csv.h"
#include "traces/row_scan.h"

#include <stdint.h>
#include <string.h>

ssize_t csv_bytes_read(void *context, char *buffer, size_t size)
{
    struct csv_bytes *const bytes = context;
    size_t got = bytes->size - bytes->at;
    if (got > size)
        got = size;
    if (bytes->step > 0 && got > bytes->step)
        got = bytes->step;
    memcpy(buffer, bytes->byte + bytes->at, got);
    bytes->at += got;
    return (ssize_t)got;
}

static const char *compare_header(const struct csv_reader *reader, const struct row *row)
{
    if (row->problem != NULL)
        return "the header is broken";
    if (row->fields != csv_columns(reader))
        return "the header has another number of columns";
    for (size_t i = 0; i < row->fields; i++)
        if (strcmp(row->field[i], csv_column_name(reader, i)) != 0)
            return "a column has another name";
    return NULL;
}

static const char *compare_row(const struct row *row, const char *const *field, size_t count,
                               long line)
{
    if (row->problem != NULL)
        return "a row is broken";
    if (row->line != line)
        return "a row has another line";
    if (row->fields < count)
        return "a row has fewer fields";
    for (size_t i = 0; i < count; i++)
        if (strcmp(row->field[i], field[i]) != 0 || row->length[i] != strlen(field[i]))
            return "a field differs";
    return NULL;
}

static const char *compare_rows(struct csv_reader *reader, struct row_scanner *scanner, size_t size,
                                struct csv_totals *totals)
{
    struct row row;
    const char *const *field;
    size_t count;
    long line;
    int expected;
    while ((expected = csv_next_any(reader, &field, &count, &line)) > 0) {
        if (row_scanner_next(scanner, UINT64_MAX, &row) != 1)
            return "a row is missing";
        const char *const difference = compare_row(&row, field, count, line);
        if (difference != NULL)
            return difference;
        if ((row.fields == csv_columns(reader)) != (expected == 1))
            return "a row is ragged for one of them";
        totals->rows++;
        totals->ragged += expected == 2;
    }
    const int got = row_scanner_next(scanner, UINT64_MAX, &row);
    if (expected == 0)
        return got != 0                             ? "there is a row too many"
               : row_scanner_offset(scanner) > size ? "the end lies behind the end"
                                                    : NULL;
    totals->broken++;
    return got != 1 || row.problem == NULL ? "what libcsv refuses is not broken" : NULL;
}

const char *csv_difference(const char *bytes, size_t size, size_t step, struct csv_totals *totals)
{
    struct diagnostics d;
    struct csv_bytes one = {.byte = bytes, .size = size};
    struct csv_bytes other = {.byte = bytes, .size = size, .step = step};
    struct row row;
    const char *difference = NULL;
    diagnostics_init(&d);
    struct csv_reader *const reader = csv_open_over("text", csv_bytes_read, &one, &d);
    if (reader == NULL) {
        totals->unreadable++;
    } else {
        struct row_scanner *const scanner = row_scanner_create(csv_bytes_read, &other, true);
        difference = row_scanner_next(scanner, UINT64_MAX, &row) != 1
                         ? "the header is missing"
                         : compare_header(reader, &row);
        if (difference == NULL)
            difference = compare_rows(reader, scanner, size, totals);
        row_scanner_destroy(scanner);
    }
    csv_close(reader);
    diagnostics_finish(&d);
    return difference;
}
