/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traces/trace_file.h"

#include "core/memory.h"
#include "support/input.h"
#include "support/date.h"
#include "support/text.h"
#include "traces/counts_json.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define NAMES_SHOWN 20                             /* columns named in a message */
#define FIELD_SHOWN 60                             /* bytes of a field in a message */
#define MESSAGE_MAX 900                            /* diagnostics cut there anyway */
#define FIRST_DATE_NS INT64_C(1000000000000000000) /* 10^9 s; no recording lasts for 31 years */

static const char *unit_name(enum trace_time_unit unit)
{
    switch (unit) {
    case TIME_UNIT_S:
        return "seconds";
    case TIME_UNIT_MS:
        return "milliseconds";
    case TIME_UNIT_US:
        return "microseconds";
    case TIME_UNIT_ISO8601:
        break;
    }
    return "ISO 8601";
}

static int ns_power(enum trace_time_unit unit)
{
    return unit == TIME_UNIT_S ? 9 : unit == TIME_UNIT_MS ? 6 : 3;
}

int trace_file_error(struct trace_file *file, const char *format, ...)
{
    char text[MESSAGE_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    diagnostics_error(file->diagnostics, file->name, file->line, "%s", text);
    return -1;
}

/* What is read twice must be a file: a pipe has no second time. */
static int check_repeatable(const struct trace_file *file)
{
    struct stat status;
    if (strcmp(file->path, "-") != 0 &&
        (stat(file->path, &status) != 0 || S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)))
        return 0; /* what else is wrong, opening says better */
    diagnostics_error(file->diagnostics, NULL, 0,
                      "%s: cannot be repeated, because it is no regular file: copy it to one, or "
                      "set repeat to false",
                      file->name);
    return -1;
}

static struct csv_reader *open_reader(const struct trace_file *file)
{
    return file->table != NULL ? counts_table_open(file->table, file->name, file->diagnostics)
                               : csv_open(file->path, file->diagnostics);
}

int trace_file_open(struct trace_file *ret, const struct arrivals_spec *spec,
                    struct diagnostics *diagnostics)
{
    *ret = (struct trace_file){.diagnostics = diagnostics,
                               .time_unit = spec->time_unit,
                               .repeat = spec->repeat,
                               .has_zero = spec->has_zero,
                               .zero_ns = spec->zero_ns};
    if (spec->file == NULL) {
        diagnostics_error(diagnostics, NULL, 0, "arrivals: no file is given");
        return -1;
    }
    ret->path = mem_strdup(spec->file);
    ret->name = strcmp(ret->path, "-") == 0 ? "standard input" : ret->path;
    if (ret->repeat && check_repeatable(ret) != 0)
        return -1;
    if (spec->process == ARRIVALS_COUNTS && input_is_json(ret->path)) {
        ret->table = counts_json_read(ret->path, diagnostics);
        ret->time_unit = TIME_UNIT_ISO8601;
        if (ret->table == NULL)
            return -1;
    }
    ret->reader = open_reader(ret);
    return ret->reader == NULL ? -1 : 0;
}

void trace_file_finish(struct trace_file *file)
{
    csv_close(file->reader);
    counts_table_destroy(file->table);
    free(file->path);
    *file = (struct trace_file){0};
}

/* "timestamp, value" without the nameless ones; at most NAMES_SHOWN. */
static void list_columns(const struct trace_file *file, char *text, size_t size)
{
    size_t n = 0, named = 0;
    text[0] = '\0';
    for (size_t i = 0; i < csv_columns(file->reader) && n < size; i++) {
        const char *const name = csv_column_name(file->reader, i);
        if (name[0] == '\0')
            continue;
        const char *const separator = named == 0 ? "" : ", ";
        if (++named > NAMES_SHOWN) {
            snprintf(text + n, size - n, "%s...", separator);
            break;
        }
        n += (size_t)snprintf(text + n, size - n, "%s%.30s", separator, name);
    }
    if (named == 0)
        snprintf(text, size, "none with a name");
}

int trace_file_column(struct trace_file *file, const char *name, const char *what, size_t *ret)
{
    if (name == NULL) {
        diagnostics_error(file->diagnostics, file->name, 0, "%s is not given", what);
        return -1;
    }
    /* The table's own names, whatever those of a CSV file would be. */
    const bool value = strcmp(what, "value_column") == 0;
    const char *const there = file->table == NULL ? name : value ? "value" : "timestamp";
    const long index = csv_find_column(file->reader, there);
    if (index >= 0) {
        *ret = (size_t)index;
        return 0;
    }
    const size_t count = csv_columns(file->reader);
    const char **const candidate = mem_alloc(count, sizeof *candidate);
    for (size_t i = 0; i < count; i++)
        candidate[i] = csv_column_name(file->reader, i);
    const char *const near_miss = text_near_miss(name, candidate, count);
    free(candidate);
    char names[NAMES_SHOWN * 32 + 8];
    list_columns(file, names, sizeof names);
    diagnostics_error(file->diagnostics, file->name, 1,
                      "there is no column \"%.60s\" (%s)%s%.60s%s; columns: %s", name, what,
                      near_miss == NULL ? "" : ", did you mean \"",
                      near_miss == NULL ? "" : near_miss, near_miss == NULL ? "" : "\"?", names);
    return -1;
}

static int bad_field(struct trace_file *file, size_t column, const char *expected)
{
    const char *const text = file->field[column];
    if (text[0] == '\0')
        return trace_file_error(file, "%.60s is empty: %s is expected",
                                csv_column_name(file->reader, column), expected);
    return trace_file_error(file, "%.60s: \"%.*s%s\" is not %s",
                            csv_column_name(file->reader, column), FIELD_SHOWN, text,
                            strlen(text) > FIELD_SHOWN ? "..." : "", expected);
}

static int parse_time(struct trace_file *file, size_t column, int64_t *ret_ns)
{
    const char *const text = file->field[column];
    int64_t other_ns;
    const bool is_iso = timestamp_parse_iso(text, &other_ns);
    if (file->time_unit == TIME_UNIT_ISO8601) {
        if (!is_iso)
            return bad_field(file, column,
                             "a time in ISO 8601 like 2014-04-10 00:04:00 (years 1678 to 2261)");
        *ret_ns = other_ns;
        return 0;
    }
    if (!csv_to_scaled(text, ns_power(file->time_unit), ret_ns, NULL) || *ret_ns < 0) {
        static const char *const latest[] = {"9,223,372,036", "9,223,372,036,854",
                                             "9,223,372,036,854,775"}; /* int64 ns: year 2262 */
        char expected[120];
        snprintf(expected, sizeof expected, "a time in %s from 0 to %s%s",
                 unit_name(file->time_unit), latest[file->time_unit],
                 is_iso ? " (it looks like ISO 8601: set the unit)" : "");
        return bad_field(file, column, expected);
    }
    return 0;
}

bool trace_file_is_dated(const struct trace_file *file)
{
    return file->time_unit == TIME_UNIT_ISO8601 || file->first_ns >= FIRST_DATE_NS;
}

int trace_file_row(struct trace_file *file, size_t time_column, int64_t *ret_ns)
{
    const int result = csv_next(file->reader, &file->field, &file->line);
    if (result < 0)
        return -1;
    if (result == 0) {
        if (file->rows > 0)
            return 0;
        diagnostics_error(file->diagnostics, file->name, 0,
                          "the trace is empty: there is no row below the header");
        return -1;
    }
    if (parse_time(file, time_column, ret_ns) != 0)
        return -1;
    file->rows++;
    return 1;
}

int trace_file_begin(struct trace_file *file, size_t time_column, int64_t first_ns)
{
    file->first_ns = first_ns;
    if (file->has_zero && trace_file_is_dated(file) &&
        __builtin_sub_overflow(first_ns, file->zero_ns, &file->shift_ns))
        return trace_file_error(file, "%.60s: more than 292 years after the first trace's",
                                csv_column_name(file->reader, time_column));
    file->has_zero = false;
    return 0;
}

int trace_file_place(struct trace_file *file, size_t time_column, int64_t time_ns)
{
    const int64_t before_ns = file->now_ns;
    int64_t relative_ns;
    if (__builtin_sub_overflow(time_ns, file->first_ns, &relative_ns) ||
        __builtin_add_overflow(relative_ns, file->shift_ns, &file->now_ns))
        return trace_file_error(file, "%.60s: more than 292 years after the first row",
                                csv_column_name(file->reader, time_column));
    if (relative_ns < 0 || file->now_ns < before_ns) {
        file->now_ns = before_ns;
        return 1;
    }
    file->last_ns = before_ns;
    return 0;
}

int trace_file_backwards(struct trace_file *file, size_t time_column)
{
    return trace_file_error(file,
                            "%.60s: \"%.*s\" lies before a row above: times must not go backwards "
                            "(sort the file by this column)",
                            csv_column_name(file->reader, time_column), FIELD_SHOWN,
                            file->field[time_column]);
}

int trace_file_next(struct trace_file *file, size_t time_column)
{
    int64_t time_ns;
    const int result = trace_file_row(file, time_column, &time_ns);
    if (result <= 0)
        return result;
    if (file->rows == 1 && trace_file_begin(file, time_column, time_ns) != 0)
        return -1;
    const int place = trace_file_place(file, time_column, time_ns);
    return place == 0 ? 1 : place > 0 ? trace_file_backwards(file, time_column) : -1;
}

int trace_file_restart(struct trace_file *file, int64_t start_ns)
{
    assert(file->repeat && start_ns >= file->now_ns);
    const size_t columns = csv_columns(file->reader);
    csv_close(file->reader);
    file->reader = open_reader(file);
    if (file->reader == NULL)
        return -1;
    if (csv_columns(file->reader) != columns) {
        diagnostics_error(file->diagnostics, file->name, 1, "the file changed while it was read");
        return -1;
    }
    file->rows = 0;
    file->shift_ns = start_ns;
    return 0;
}

int trace_file_whole(struct trace_file *file, size_t column, int64_t *ret)
{
    bool exact;
    if (!csv_to_scaled(file->field[column], 0, ret, &exact) || !exact || *ret < 0 ||
        *ret > TRACE_NUMBER_MAX)
        return bad_field(file, column, "a whole number from 0 to 1,000,000,000,000,000");
    return 0;
}

int trace_file_duration(struct trace_file *file, size_t column, enum trace_time_unit unit,
                        int64_t *ret_ns)
{
    if (!csv_to_scaled(file->field[column], ns_power(unit), ret_ns, NULL) || *ret_ns < 0) {
        char expected[60];
        snprintf(expected, sizeof expected, "a duration in %s, at least 0", unit_name(unit));
        return bad_field(file, column, expected);
    }
    return 0;
}
