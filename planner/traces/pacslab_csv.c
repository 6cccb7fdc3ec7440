/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A CSV whose columns are known: the mapped reader does the rest. */
#include "traces/pacslab_csv.h"

#include "traces/mapped_csv.h"

static struct column_mapping column[] = {
    {(char[]){"start_s"}, (char[]){"client_start_time"}},
    {(char[]){"duration_ms"}, (char[]){"aws_duration"}},
    {(char[]){"billed_ms"}, (char[]){"aws_billed_duration"}},
    {(char[]){"cold"}, (char[]){"is_cold"}},
    {(char[]){"max_memory_mb"}, (char[]){"aws_max_mem"}},
};
#define COLUMNS (sizeof column / sizeof *column)

static bool recognise(const char *head, size_t size)
{
    struct row header;
    struct row_scanner *const scanner = table_header(head, size, &header);
    bool known = scanner != NULL;
    for (size_t i = 0; known && i < COLUMNS; i++)
        known = table_column(&header, column[i].column) >= 0;
    row_scanner_destroy(scanner);
    return known;
}

static int read_calls(struct input *input, const struct read_options *options,
                      const struct record_sink *sink, struct rejects *rejects,
                      struct diagnostics *diagnostics)
{
    struct read_options mapped = *options;
    mapped.map = column;
    mapped.maps = COLUMNS;
    return table_read(&mapped_csv_table, input, &mapped, sink, rejects, diagnostics);
}

const struct trace_format pacslab_csv_format = {
    .name = "pacslab-csv",
    .description = "calls of Lambda as the PACS Lab recorded them in 2020 (SimFaaS)",
    .recognise = recognise,
    .read = read_calls,
};
