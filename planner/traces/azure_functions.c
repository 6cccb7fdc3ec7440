/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traces/azure_functions.h"

#include "core/memory.h"
#include "support/csv.h"
#include "support/input.h"
#include "support/text.h"
#include "traces/table.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MINUTE_NS (INT64_C(60) * 1000000000)
#define DAY_NS (1440 * MINUTE_NS)
#define MINUTES_MAX 1440
#define JOINED_MAX ((size_t)5000000) /* functions; the published day has 50,000 */

/* What is known of a function (or an app) apart from its invocations. */
struct joined {
    char *key;
    int64_t value, maximum;
};

struct join {
    struct joined *item;
    size_t count, capacity;
    bool by_app;
};

enum kind { INVOCATIONS, DURATIONS, MEMORY };

struct minute {
    size_t column;
    int64_t start_ns;
};

struct plan {
    enum kind kind;
    const char *file; /* the caller's */
    struct diagnostics *diagnostics;
    long app, function; /* columns; app -1: none */
    struct minute *minute;
    size_t minutes;
    struct join durations, memory;
    uint64_t *without; /* durations; functions */
};

static int compare_joined(const void *a, const void *b)
{
    return strcmp(((const struct joined *)a)->key, ((const struct joined *)b)->key);
}

static const struct joined *find_joined(const struct join *join, const char *app,
                                        const char *function)
{
    char *const key = join->by_app ? mem_strdup(app) : text_format("%s/%s", app, function);
    const struct joined wanted = {.key = key};
    const struct joined *const found =
        join->count == 0 ? NULL
                         : bsearch(&wanted, join->item, join->count, sizeof wanted, compare_joined);
    free(key);
    return found;
}

static void finish_join(struct join *join)
{
    for (size_t i = 0; i < join->count; i++)
        free(join->item[i].key);
    free(join->item);
}

static void finish_plan(void *context)
{
    struct plan *const plan = context;
    if (*plan->without > 0)
        diagnostics_warning(plan->diagnostics, plan->file, 0,
                            "%" PRIu64 " functions have no duration in the file beside it",
                            *plan->without);
    finish_join(&plan->durations);
    finish_join(&plan->memory);
    free(plan->minute);
    free(plan->without);
    free(plan);
}

/* "d07" of "invocations_per_function_md.anon.d07.csv": 7; 0: none. */
static int day_of(const char *name)
{
    for (const char *s = name; (s = strstr(s, ".d")) != NULL; s += 2)
        if (s[2] >= '0' && s[2] <= '9' && s[3] >= '0' && s[3] <= '9' && s[4] == '.')
            return 10 * (s[2] - '0') + s[3] - '0';
    return 0;
}

/* The one file in the folder of `file` that has `word` in its name and is of the same day; NULL:
 * none, or several (a warning). free() it. */
static char *find_beside(const char *file, const char *word, struct diagnostics *diagnostics)
{
    const char *const slash = strrchr(file, '/');
    const char *const own = slash == NULL ? file : slash + 1;
    char *const folder =
        slash == NULL ? mem_strdup(".") : text_format("%.*s", (int)(slash - file), file);
    DIR *const listing = opendir(folder[0] == '\0' ? "/" : folder);
    char *found = NULL;
    size_t candidates = 0;
    const struct dirent *entry;
    while (listing != NULL && (entry = readdir(listing)) != NULL) {
        bool fits = false;
        for (const char *s = entry->d_name; *s != '\0' && !fits; s++)
            fits = strncasecmp(s, word, strlen(word)) == 0;
        if (!fits || entry->d_name[0] == '.' || strcmp(entry->d_name, own) == 0 ||
            strstr(entry->d_name, ".csv") == NULL || day_of(entry->d_name) != day_of(own))
            continue;
        candidates++;
        free(found);
        found = text_format("%s/%s", folder, entry->d_name);
    }
    if (listing != NULL)
        closedir(listing);
    free(folder);
    if (candidates <= 1)
        return found;
    diagnostics_warning(diagnostics, file, 0,
                        "%zu files beside it have \"%s\" in their names: none of them is used",
                        candidates, word);
    free(found);
    return NULL;
}

/* A number times 10^power, megabytes rounded up; empty or no column: unknown. */
static bool take_number(const char *const *value, long column, int power, int64_t maximum,
                        int64_t *ret)
{
    bool exact = true;
    *ret = UNKNOWN_VALUE;
    if (column < 0 || table_missing(value[column]))
        return true;
    if (!csv_to_scaled(value[column], power, ret, &exact) || *ret < 0 || *ret > maximum)
        return false;
    double number;
    *ret += power == 0 && !exact && csv_to_double(value[column], &number) && number > (double)*ret;
    return true;
}

static int read_joined(struct join *join, struct csv_reader *reader, enum kind kind,
                       const char *path, struct diagnostics *diagnostics)
{
    const long app = csv_find_column(reader, "HashApp");
    const long function = csv_find_column(reader, "HashFunction");
    const bool times = kind == DURATIONS;
    const char *const wanted = times ? "Average" : "AverageAllocatedMb";
    const long value = csv_find_column(reader, wanted);
    const long maximum = times ? -1 : csv_find_column(reader, "AverageAllocatedMb_pct100");
    if (value < 0 || (function < 0 && (times || app < 0))) {
        diagnostics_error(diagnostics, path, 1, "the column %s is missing",
                          value < 0 ? wanted : "HashFunction");
        return -1;
    }
    join->by_app = function < 0;
    const char *const *field;
    long line;
    int result;
    while ((result = csv_next(reader, &field, &line)) > 0) {
        const char *const of_app = app < 0 ? "" : field[app];
        struct joined item;
        if (!take_number(field, value, times ? 6 : 0, times ? TABLE_DURATION_MAX : TABLE_MEMORY_MAX,
                         &item.value) ||
            !take_number(field, maximum, 0, TABLE_MEMORY_MAX, &item.maximum)) {
            diagnostics_error(diagnostics, path, line, "%s is no number", wanted);
            return -1;
        }
        if (join->count == JOINED_MAX) {
            diagnostics_error(diagnostics, path, line, "there are more than %zu functions",
                              JOINED_MAX);
            return -1;
        }
        item.key =
            join->by_app ? mem_strdup(of_app) : text_format("%s/%s", of_app, field[function]);
        join->item = mem_grow(join->item, &join->capacity, join->count, sizeof *join->item);
        join->item[join->count++] = item;
    }
    if (join->count > 0)
        qsort(join->item, join->count, sizeof *join->item, compare_joined);
    return result;
}

/* No file is no error: the records then lack what is in it. */
static int load_beside(struct join *join, const char *file, const char *word, enum kind kind,
                       struct diagnostics *diagnostics)
{
    char *const path = find_beside(file, word, diagnostics);
    if (path == NULL) {
        diagnostics_warning(diagnostics, file, 0, "there is no file with %s beside it",
                            kind == DURATIONS ? "durations" : "memory");
        return 0;
    }
    int result = -1;
    struct input *const input = input_open(path, diagnostics);
    if (input != NULL) {
        struct csv_reader *const reader = csv_open_over(path, input_csv_read, input, diagnostics);
        if (reader != NULL)
            result = read_joined(join, reader, kind, path, diagnostics);
        csv_close(reader);
        input_close(input);
    }
    free(path);
    return result;
}

static int minute_of(const char *name)
{
    long long minute;
    return csv_to_int64(name, &minute) && minute >= 1 && minute <= MINUTES_MAX ? (int)minute : 0;
}

static bool kind_of(const struct row *header, enum kind *ret)
{
    const bool function = table_column(header, "HashFunction") >= 0;
    const bool app = table_column(header, "HashApp") >= 0;
    bool minutes = false;
    for (size_t i = 0; i < header->fields && !minutes; i++)
        minutes = minute_of(header->field[i]) > 0;
    *ret = minutes                                           ? INVOCATIONS
           : table_column(header, "AverageAllocatedMb") >= 0 ? MEMORY
                                                             : DURATIONS;
    return *ret == INVOCATIONS ? function
           : *ret == MEMORY    ? function || app
                               : function && table_column(header, "Average") >= 0;
}

static void *make_plan(const struct row *header, const struct read_options *options,
                       const char *file, struct diagnostics *diagnostics)
{
    struct plan *const plan = mem_alloc(1, sizeof *plan);
    plan->file = file;
    plan->diagnostics = diagnostics;
    plan->without = mem_alloc(1, sizeof *plan->without);
    plan->app = table_column(header, "HashApp");
    plan->function = table_column(header, "HashFunction");
    if (!kind_of(header, &plan->kind)) {
        diagnostics_error(diagnostics, file, header->line,
                          "there is no column HashFunction with columns of minutes beside it");
        finish_plan(plan);
        return NULL;
    }
    if (plan->kind != INVOCATIONS) {
        if (!options->in_folder)
            diagnostics_warning(diagnostics, file, 0,
                                "this file has no invocations: it is used when the file of "
                                "invocations beside it is read");
        return plan;
    }
    const char *const slash = strrchr(file, '/');
    const int day = day_of(slash == NULL ? file : slash);
    size_t capacity = 0;
    for (size_t i = 0; i < header->fields; i++) {
        const int minute = minute_of(header->field[i]);
        if (minute == 0)
            continue;
        plan->minute = mem_grow(plan->minute, &capacity, plan->minutes, sizeof *plan->minute);
        plan->minute[plan->minutes++] =
            (struct minute){i, (day == 0 ? 0 : (day - 1) * DAY_NS) + (minute - 1) * MINUTE_NS};
    }
    if (load_beside(&plan->durations, file, "duration", DURATIONS, diagnostics) == 0 &&
        load_beside(&plan->memory, file, "memory", MEMORY, diagnostics) == 0)
        return plan;
    finish_plan(plan);
    return NULL;
}

static const char *read_minutes(const void *context, const struct row *row,
                                struct table_output *output)
{
    const struct plan *const plan = context;
    long long count;
    if (plan->kind != INVOCATIONS)
        return NULL;
    for (size_t i = 0; i < plan->minutes; i++)
        if (!csv_to_int64(row->field[plan->minute[i].column], &count) || count < 0 ||
            count > TABLE_COUNT_MAX)
            return "a minute's count is no whole number";
    const char *const app = plan->app < 0 ? "" : row->field[plan->app];
    const char *const function = row->field[plan->function];
    const struct joined *const duration = find_joined(&plan->durations, app, function);
    const struct joined *const memory = find_joined(&plan->memory, app, function);
    struct invocation_record r = record_blank();
    r.at_start = r.relative = true;
    r.function = function[0] == '\0' ? NULL : function;
    r.span_ns = MINUTE_NS;
    if (duration != NULL)
        r.duration_ns = duration->value;
    if (memory != NULL) {
        r.memory_mb = memory->value;
        r.memory_is_allocated = true;
        r.max_memory_mb = memory->maximum;
    }
    *plan->without += plan->durations.count > 0 && duration == NULL;
    for (size_t i = 0; i < plan->minutes && output->stop == 0; i++) {
        csv_to_int64(row->field[plan->minute[i].column], &count);
        r.time_ns = plan->minute[i].start_ns;
        r.count = (uint64_t)count;
        if (count > 0 && output->sink->invocation != NULL)
            output->stop = output->sink->invocation(output->sink->context, &r);
    }
    return NULL;
}

static const struct table_format minutes_table = {
    .plan = make_plan, .finish = finish_plan, .row = read_minutes};

static bool recognise_2019(const char *head, size_t size)
{
    struct row header;
    enum kind kind;
    struct row_scanner *const scanner = table_header(head, size, &header);
    if (scanner == NULL)
        return false;
    const bool known = kind_of(&header, &kind);
    row_scanner_destroy(scanner);
    return known;
}

static int read_2019(struct input *input, const struct read_options *options,
                     const struct record_sink *sink, struct rejects *rejects,
                     struct diagnostics *diagnostics)
{
    return table_read(&minutes_table, input, options, sink, rejects, diagnostics);
}

static const char *const column_2021[] = {"app", "func", "end_timestamp", "duration"};
enum { APP, FUNC, END, DURATION, COLUMNS };

struct plan_2021 {
    long column[COLUMNS];
};

static void *make_plan_2021(const struct row *header, const struct read_options *options,
                            const char *file, struct diagnostics *diagnostics)
{
    (void)options;
    struct plan_2021 *const plan = mem_alloc(1, sizeof *plan);
    for (size_t i = 0; i < COLUMNS; i++) {
        plan->column[i] = table_column(header, column_2021[i]);
        if (plan->column[i] < 0 && i != APP) {
            diagnostics_error(diagnostics, file, header->line, "the column %s is missing",
                              column_2021[i]);
            free(plan);
            return NULL;
        }
    }
    return plan;
}

static const char *read_row_2021(const void *context, const struct row *row,
                                 struct table_output *output)
{
    const struct plan_2021 *const plan = context;
    struct invocation_record r = record_blank();
    const char *const function = row->field[plan->column[FUNC]];
    int64_t end_ns;
    r.at_start = r.relative = true;
    r.function = function[0] == '\0' ? NULL : function;
    if (!table_time(row->field[plan->column[END]], 9, &end_ns))
        return "end_timestamp is no number of seconds";
    if (!table_number(row->field[plan->column[DURATION]], 9, TABLE_DURATION_MAX, &r.duration_ns) ||
        r.duration_ns == UNKNOWN_VALUE)
        return "duration is no number of 0 to 366 days";
    r.time_ns = end_ns - r.duration_ns; /* may lie before the trace's beginning */
    if (output->sink->invocation != NULL)
        output->stop = output->sink->invocation(output->sink->context, &r);
    return NULL;
}

static const struct table_format table_2021 = {
    .plan = make_plan_2021, .finish = free, .row = read_row_2021};

static bool recognise_2021(const char *head, size_t size)
{
    struct row header;
    struct row_scanner *const scanner = table_header(head, size, &header);
    if (scanner == NULL)
        return false;
    bool known = true;
    for (size_t i = 0; i < COLUMNS; i++)
        known = known && table_column(&header, column_2021[i]) >= 0;
    row_scanner_destroy(scanner);
    return known;
}

static int read_2021(struct input *input, const struct read_options *options,
                     const struct record_sink *sink, struct rejects *rejects,
                     struct diagnostics *diagnostics)
{
    return table_read(&table_2021, input, options, sink, rejects, diagnostics);
}

const struct trace_format azure_functions_2019_format = {
    .name = "azure-functions-2019",
    .description = "Azure Functions trace of 2019: invocations per minute, durations, memory",
    .recognise = recognise_2019,
    .read = read_2019,
};

const struct trace_format azure_functions_2021_format = {
    .name = "azure-functions-2021",
    .description = "Azure Functions trace of 2021: app, func, end_timestamp, duration",
    .recognise = recognise_2021,
    .read = read_2021,
    .table = &table_2021,
};
