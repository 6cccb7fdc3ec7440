/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traces/mapped_csv.h"

#include "core/memory.h"
#include "support/csv.h"
#include "support/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SECOND_NS INT64_C(1000000000)
#define RELATIVE_NS (100000000 * SECOND_NS) /* 1973: no log is that old */

enum role {
    START,
    END,
    DURATION,
    BILLED,
    INIT,
    MEMORY,
    MAX_MEMORY,
    FUNCTION,
    REQUEST_ID,
    STATUS,
    COLD,
    BYTES,
    COUNT,
    ROLES
};

/* Of a time: how many decimals to nanoseconds, or one of these. */
enum { RECOGNISED = TABLE_TIME_ANY, ISO = TABLE_TIME_ISO, MEGABYTES = 0, BYTES_UNIT = 1 };

static const struct {
    const char *name;
    enum role role;
    int unit;
} field[] = {
    {"start", START, RECOGNISED},
    {"start_s", START, 9},
    {"start_ms", START, 6},
    {"start_us", START, 3},
    {"start_ns", START, 0},
    {"start_iso", START, ISO},
    {"end", END, RECOGNISED},
    {"end_s", END, 9},
    {"end_ms", END, 6},
    {"end_us", END, 3},
    {"end_ns", END, 0},
    {"end_iso", END, ISO},
    {"duration", DURATION, 6},
    {"duration_s", DURATION, 9},
    {"duration_ms", DURATION, 6},
    {"duration_us", DURATION, 3},
    {"billed", BILLED, 6},
    {"billed_s", BILLED, 9},
    {"billed_ms", BILLED, 6},
    {"init", INIT, 6},
    {"init_s", INIT, 9},
    {"init_ms", INIT, 6},
    {"memory", MEMORY, MEGABYTES},
    {"memory_mb", MEMORY, MEGABYTES},
    {"memory_bytes", MEMORY, BYTES_UNIT},
    {"max_memory", MAX_MEMORY, MEGABYTES},
    {"max_memory_mb", MAX_MEMORY, MEGABYTES},
    {"max_memory_bytes", MAX_MEMORY, BYTES_UNIT},
    {"function", FUNCTION, 0},
    {"request_id", REQUEST_ID, 0},
    {"status", STATUS, 0},
    {"cold", COLD, 0},
    {"bytes", BYTES, 0},
    {"count", COUNT, 0},
};
#define FIELDS (sizeof field / sizeof *field)

struct plan {
    long column[ROLES]; /* -1: none */
    int unit[ROLES];
};

static long find_field(const char *name)
{
    for (size_t i = 0; i < FIELDS; i++)
        if (strcmp(field[i].name, name) == 0)
            return (long)i;
    return -1;
}

char *column_mapping_fields(void)
{
    char *list = mem_strdup("");
    for (size_t i = 0; i < FIELDS; i++) {
        const bool plain = i == 0 || field[i].role != field[i - 1].role;
        const bool last = i + 1 == FIELDS || field[i].role != field[i + 1].role;
        const bool second = !plain && (i < 2 || field[i].role != field[i - 2].role);
        char *const longer = text_format("%s%s%s%s", list,
                                         plain    ? (i == 0 ? "" : ", ")
                                         : second ? "["
                                                  : "|",
                                         plain ? field[i].name : strrchr(field[i].name, '_'),
                                         !plain && last ? "]" : "");
        free(list);
        list = longer;
    }
    return list;
}

static char *unknown_field(const char *name)
{
    const char *names[FIELDS];
    for (size_t i = 0; i < FIELDS; i++)
        names[i] = field[i].name;
    const char *const near = text_near_miss(name, names, FIELDS);
    if (near != NULL)
        return text_format("\"%.100s\" is no field that a column can be mapped to; did you mean "
                           "\"%s\"?",
                           name, near);
    char *const fields = column_mapping_fields();
    char *const text =
        text_format("\"%.100s\" is no field that a column can be mapped to; there are "
                    "%s",
                    name, fields);
    free(fields);
    return text;
}

/* A column's name at *at, quoted or up to the next comma; moves behind it. NULL: not closed. */
static char *take_column(const char **at)
{
    const char *s = *at;
    char *const name = mem_alloc(strlen(s) + 1, 1);
    size_t n = 0;
    if (*s != '"') {
        n = strcspn(s, ",");
        memcpy(name, s, n);
        *at = s + n;
        return name;
    }
    for (s++; *s != '\0'; s++) {
        if (*s == '"' && s[1] != '"') {
            *at = s + 1;
            return name;
        }
        s += *s == '"';
        name[n++] = *s;
    }
    free(name);
    return NULL;
}

int column_mapping_parse(const char *text, struct column_mapping **ret, size_t *ret_count,
                         char **ret_error)
{
    struct column_mapping *mapping = NULL;
    size_t count = 0, capacity = 0;
    char *error = NULL;
    const char *s = text;
    do {
        const size_t length = strcspn(s, "=,");
        if (s[length] != '=' || length == 0) {
            error = text_format("\"%.100s\" is not FIELD=COLUMN, as in "
                                "start=client_start_time,duration_ms=aws_duration",
                                s);
            break;
        }
        char *const name = text_format("%.*s", (int)(length < 200 ? length : 200), s);
        s += length + 1;
        char *const column = take_column(&s);
        mapping = mem_grow(mapping, &capacity, count, sizeof *mapping);
        mapping[count++] = (struct column_mapping){name, column};
        const long index = find_field(name);
        if (index < 0)
            error = unknown_field(name);
        else if (column == NULL)
            error = text_format("the quote before the column of \"%s\" is not closed", name);
        else if (column[0] == '\0')
            error = text_format("the column of \"%s\" has no name", name);
        else if (*s != ',' && *s != '\0')
            error = text_format("a comma is missing behind the column of \"%s\"", name);
        for (size_t i = 0; error == NULL && i + 1 < count; i++)
            if (field[find_field(mapping[i].field)].role == field[index].role)
                error = text_format("\"%s\" and \"%s\" are the same field: give one of them",
                                    mapping[i].field, name);
    } while (error == NULL && *s++ == ',');
    if (error != NULL) {
        column_mapping_free(mapping, count);
        *ret_error = error;
        return -1;
    }
    *ret = mapping;
    *ret_count = count;
    return 0;
}

void column_mapping_free(struct column_mapping *mapping, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(mapping[i].field);
        free(mapping[i].column);
    }
    free(mapping);
}

static void report_column(const struct row *header, const struct column_mapping *map,
                          const char *file, struct diagnostics *diagnostics)
{
    const char *const near =
        text_near_miss(map->column, (const char *const *)header->field, header->fields);
    if (near != NULL) {
        diagnostics_error(diagnostics, file, header->line,
                          "there is no column \"%.100s\" (for %s); did you mean \"%.100s\"?",
                          map->column, map->field, near);
        return;
    }
    char *names = mem_strdup("");
    for (size_t i = 0; i < header->fields && strlen(names) < 500; i++) {
        char *const longer = text_format("%s%s%.60s", names, i == 0 ? "" : ", ", header->field[i]);
        free(names);
        names = longer;
    }
    diagnostics_error(diagnostics, file, header->line,
                      "there is no column \"%.100s\" (for %s); there are: %s", map->column,
                      map->field, names);
    free(names);
}

static void *make_plan(const struct row *header, const struct read_options *options,
                       const char *file, struct diagnostics *diagnostics)
{
    struct plan *const plan = mem_alloc(1, sizeof *plan);
    bool good = options != NULL && options->maps > 0;
    if (!good)
        diagnostics_error(diagnostics, file, 0,
                          "which column is what is not known: map the columns, as in "
                          "--map start=client_start_time,duration_ms=aws_duration");
    for (size_t i = 0; i < ROLES; i++)
        plan->column[i] = -1;
    for (size_t i = 0; good && i < options->maps; i++) {
        const struct column_mapping *const map = &options->map[i];
        const long index = find_field(map->field);
        if (index < 0) {
            char *const error = unknown_field(map->field);
            diagnostics_error(diagnostics, NULL, 0, "%s", error);
            free(error);
            good = false;
            break;
        }
        plan->column[field[index].role] = table_column(header, map->column);
        plan->unit[field[index].role] = field[index].unit;
        if (plan->column[field[index].role] < 0)
            report_column(header, map, file, diagnostics);
    }
    for (size_t i = 0; good && i < options->maps; i++)
        good = table_column(header, options->map[i].column) >= 0;
    if (good)
        return plan;
    free(plan);
    return NULL;
}

static bool take_memory(const char *text, int unit, int64_t *ret_mb)
{
    if (unit == MEGABYTES)
        return table_number(text, 0, TABLE_MEMORY_MAX, ret_mb);
    int64_t bytes;
    if (!table_number(text, 0, TABLE_MEMORY_MAX << 20, &bytes))
        return false;
    *ret_mb = bytes == UNKNOWN_VALUE ? bytes : (bytes + (1 << 19)) >> 20;
    return true;
}

static bool is_one_of(const char *text, const char *const *word)
{
    for (; *word != NULL; word++)
        if (strcasecmp(text, *word) == 0)
            return true;
    return false;
}

static const char *const yes[] = {"true", "1", "yes", "cold", "1.0", "t", NULL};
static const char *const no[] = {"false", "0", "no", "warm", "0.0", "f", NULL};
static const char *const good_word[] = {"success", "succeeded", "ok", "true", "completed", NULL};
static const char *const bad_word[] = {"error", "failure", "failed", "fail", "false", NULL};
static const char *const late_word[] = {"timeout", "timedout", "timed out", "timed_out", NULL};

static bool take_status(const char *text, enum invocation_status *ret)
{
    int64_t code;
    if (table_missing(text))
        *ret = INVOCATION_UNKNOWN;
    else if (is_one_of(text, good_word))
        *ret = INVOCATION_SUCCESS;
    else if (is_one_of(text, bad_word))
        *ret = INVOCATION_ERROR;
    else if (is_one_of(text, late_word))
        *ret = INVOCATION_TIMEOUT;
    else if (csv_to_scaled(text, 0, &code, NULL) && code >= 100 && code <= 599)
        *ret = code < 400    ? INVOCATION_SUCCESS
               : code == 504 ? INVOCATION_TIMEOUT
                             : INVOCATION_ERROR;
    else
        return false;
    return true;
}

static const char *read_row(const void *context, const struct row *row, struct table_output *output)
{
    const struct plan *const plan = context;
    const char *value[ROLES];
    struct invocation_record r = record_blank();
    int64_t count;
    r.relative = true;
    for (size_t i = 0; i < ROLES; i++)
        value[i] = plan->column[i] < 0 ? NULL : row->field[plan->column[i]];
    const enum role when = value[START] != NULL ? START : END;
    if (value[when] != NULL) {
        if (!table_time(value[when], plan->unit[when], &r.time_ns))
            return when == START ? "its start is no time" : "its end is no time";
        r.at_start = when == START;
        r.relative = r.time_ns < RELATIVE_NS;
    }
    if (value[DURATION] != NULL &&
        !table_number(value[DURATION], plan->unit[DURATION], TABLE_DURATION_MAX, &r.duration_ns))
        return "its duration is no number of 0 to 366 days";
    if (value[DURATION] == NULL && when == START && value[END] != NULL) {
        int64_t end_ns;
        if (!table_time(value[END], plan->unit[END], &end_ns))
            return "its end is no time";
        r.duration_ns = end_ns - r.time_ns; /* both are at least 0 */
        if (r.duration_ns < 0 || r.duration_ns > TABLE_DURATION_MAX)
            return "it ends before it starts, or 366 days later";
    }
    if (value[BILLED] != NULL &&
        !table_number(value[BILLED], plan->unit[BILLED], TABLE_DURATION_MAX, &r.billed_ns))
        return "its billed duration is no number of 0 to 366 days";
    if (value[INIT] != NULL) {
        if (!table_number(value[INIT], plan->unit[INIT], TABLE_DURATION_MAX, &r.init_ns))
            return "its init duration is no number of 0 to 366 days";
        r.cold = r.init_ns > 0;
        if (r.init_ns == 0)
            r.init_ns = UNKNOWN_VALUE;
    }
    if (value[MEMORY] != NULL && !take_memory(value[MEMORY], plan->unit[MEMORY], &r.memory_mb))
        return "its memory is no number";
    if (value[MAX_MEMORY] != NULL &&
        !take_memory(value[MAX_MEMORY], plan->unit[MAX_MEMORY], &r.max_memory_mb))
        return "its used memory is no number";
    if (record_memory_problem(&r) != NULL)
        return record_memory_problem(&r);
    if (value[BYTES] != NULL && !table_number(value[BYTES], 0, TABLE_COUNT_MAX, &r.bytes))
        return "its bytes are no number";
    if (value[COUNT] != NULL) {
        if (!table_number(value[COUNT], 0, TABLE_COUNT_MAX, &count) || count < 0)
            return "its count is no number";
        output->others += count == 0; /* handed on: its time belongs to the recording */
        r.count = (uint64_t)count;
        r.span_ns = UNKNOWN_VALUE;
    }
    if (value[STATUS] != NULL && !take_status(value[STATUS], &r.status))
        return "its status is not understood";
    if (value[COLD] != NULL && !table_missing(value[COLD])) {
        if (!is_one_of(value[COLD], yes) && !is_one_of(value[COLD], no))
            return "whether it was cold is neither true nor false";
        r.cold = is_one_of(value[COLD], yes);
    }
    r.function = value[FUNCTION] != NULL && value[FUNCTION][0] != '\0' ? value[FUNCTION] : NULL;
    r.request_id =
        value[REQUEST_ID] != NULL && value[REQUEST_ID][0] != '\0' ? value[REQUEST_ID] : NULL;
    if (output->sink->invocation != NULL)
        output->stop = output->sink->invocation(output->sink->context, &r);
    return NULL;
}

const struct table_format mapped_csv_table = {
    .others_are = "rows have a count of 0", .plan = make_plan, .finish = free, .row = read_row};

static int read_mapped(struct input *input, const struct read_options *options,
                       const struct record_sink *sink, struct rejects *rejects,
                       struct diagnostics *diagnostics)
{
    return table_read(&mapped_csv_table, input, options, sink, rejects, diagnostics);
}

/* Any CSV could be one: it is asked for by a mapping, or by name. */
static bool recognise(const char *head, size_t size)
{
    (void)head;
    (void)size;
    return false;
}

const struct trace_format mapped_csv_format = {
    .name = "mapped-csv",
    .description = "any CSV of invocations, its columns named by --map",
    .recognise = recognise,
    .read = read_mapped,
    .table = &mapped_csv_table,
};
