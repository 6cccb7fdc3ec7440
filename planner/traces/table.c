/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traces/table.h"

#include "core/memory.h"
#include "support/csv.h"
#include "support/date.h"
#include "support/input.h"
#include "traces/rejects.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char ragged[] = "it has more or fewer columns than the header";

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The name of two columns, or NULL; names that are empty do not count. */
static const char *name_twice(const struct row *header)
{
    const char **const sorted = mem_alloc(header->fields, sizeof *sorted);
    const char *twice = NULL;
    for (size_t i = 0; i < header->fields; i++)
        sorted[i] = header->field[i];
    qsort(sorted, header->fields, sizeof *sorted, compare_names);
    for (size_t i = 1; i < header->fields && twice == NULL; i++)
        if (sorted[i][0] != '\0' && strcmp(sorted[i - 1], sorted[i]) == 0)
            twice = sorted[i];
    free(sorted);
    return twice;
}

int table_begin(struct table *ret, const struct table_format *format, struct row_scanner *scanner,
                const struct read_options *options, const char *file,
                struct diagnostics *diagnostics)
{
    struct row header;
    const int got = row_scanner_next(scanner, UINT64_MAX, &header);
    if (got < 0)
        return -1;
    if (got == 0) {
        diagnostics_error(diagnostics, file, 0,
                          "the file is empty: a first row with the columns' names is missing");
        return -1;
    }
    if (header.problem != NULL) {
        diagnostics_error(diagnostics, file, header.line, "the header cannot be read: %s",
                          header.problem);
        return -1;
    }
    const char *const twice = name_twice(&header);
    if (twice != NULL) {
        diagnostics_error(diagnostics, file, header.line,
                          "the header has the column \"%.100s\" twice", twice);
        return -1;
    }
    ret->format = format;
    ret->columns = header.fields;
    ret->plan = format->plan(&header, options, file, diagnostics);
    return ret->plan == NULL ? -1 : 0;
}

void table_finish(struct table *table)
{
    table->format->finish(table->plan);
    table->plan = NULL;
}

int table_rows(const struct table *table, struct row_scanner *scanner, uint64_t limit,
               const struct record_sink *sink, table_reject *reject, void *context,
               uint64_t *ret_others)
{
    struct table_output output = {.sink = sink};
    struct row row;
    int result;
    while ((result = row_scanner_next(scanner, limit, &row)) > 0) {
        const char *problem = row.problem;
        if (problem == NULL)
            problem = row.fields != table->columns ? ragged
                                                   : table->format->row(table->plan, &row, &output);
        if (output.stop != 0) {
            result = output.stop;
            break;
        }
        if (problem == NULL)
            continue;
        const char *raw;
        size_t size;
        row_scanner_raw(scanner, &raw, &size);
        if (reject(context, row.line, problem, raw, size) != 0) {
            result = -1;
            break;
        }
    }
    *ret_others += output.others;
    return result;
}

void table_tell_others(const struct table_format *format, const char *file, uint64_t others,
                       struct diagnostics *diagnostics)
{
    if (others > 0 && format->others_are != NULL)
        diagnostics_warning(diagnostics, file, 0, "%" PRIu64 " %s", others, format->others_are);
}

static ssize_t read_input(void *context, char *buffer, size_t size)
{
    return input_read(context, buffer, size);
}

struct reject_place {
    struct rejects *rejects;
    const char *file;
};

static int reject_row(void *context, long line, const char *reason, const char *row, size_t size)
{
    const struct reject_place *const place = context;
    return rejects_add(place->rejects, place->file, line, reason, row, size);
}

int table_read(const struct table_format *format, struct input *input,
               const struct read_options *options, const struct record_sink *sink,
               struct rejects *rejects, struct diagnostics *diagnostics)
{
    struct table table;
    struct reject_place place = {rejects, input_path(input)};
    struct row_scanner *const scanner = row_scanner_create(read_input, input, true);
    uint64_t others = 0;
    int result = table_begin(&table, format, scanner, options, place.file, diagnostics);
    if (result == 0) {
        result = table_rows(&table, scanner, UINT64_MAX, sink, reject_row, &place, &others);
        table_tell_others(format, place.file, others, diagnostics);
        table_finish(&table);
    }
    row_scanner_destroy(scanner);
    return result;
}

long table_column(const struct row *header, const char *name)
{
    for (size_t i = 0; i < header->fields; i++)
        if (strcmp(header->field[i], name) == 0)
            return (long)i;
    return -1;
}

struct text_source {
    const char *text;
    size_t size;
};

static ssize_t read_text(void *context, char *buffer, size_t size)
{
    struct text_source *const source = context;
    const size_t got = size < source->size ? size : source->size;
    memcpy(buffer, source->text, got);
    source->text += got;
    source->size -= got;
    return (ssize_t)got;
}

struct row_scanner *table_header(const char *head, size_t size, struct row *ret)
{
    struct text_source source = {head, size};
    struct row_scanner *const scanner = row_scanner_create(read_text, &source, true);
    const int got = row_scanner_next(scanner, UINT64_MAX, ret);
    if (got == 1 && ret->problem == NULL)
        return scanner;
    row_scanner_destroy(scanner);
    return NULL;
}

bool table_missing(const char *text)
{
    static const char *const word[] = {"-", "nan", "null", "none"};
    if (text[0] == '\0')
        return true;
    if (text[0] >= '0' && text[0] <= '9')
        return false;
    for (size_t i = 0; i < sizeof word / sizeof *word; i++)
        if (strcasecmp(text, word[i]) == 0)
            return true;
    return false;
}

bool table_number(const char *text, int power, int64_t maximum, int64_t *ret)
{
    int64_t value;
    if (table_missing(text)) {
        *ret = UNKNOWN_VALUE;
        return true;
    }
    if (!csv_to_scaled(text, power, &value, NULL) || value < 0 || value > maximum)
        return false;
    *ret = value;
    return true;
}

bool table_time(const char *text, int decimals, int64_t *ret_ns)
{
    int64_t whole;
    int power = decimals;
    if (power == TABLE_TIME_ISO ||
        (power == TABLE_TIME_ANY && strlen(text) >= 10 && text[4] == '-'))
        return timestamp_parse_iso(text, ret_ns);
    if (power == TABLE_TIME_ANY) {
        if (!csv_to_scaled(text, 0, &whole, NULL))
            return false;
        power = whole < INT64_C(100000000000)         ? 9
                : whole < INT64_C(100000000000000)    ? 6
                : whole < INT64_C(100000000000000000) ? 3
                                                      : 0;
    }
    return csv_to_scaled(text, power, ret_ns, NULL) && *ret_ns >= 0;
}
