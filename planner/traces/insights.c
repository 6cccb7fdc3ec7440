/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traces/insights.h"

#include "core/memory.h"
#include "scenario/json.h"
#include "support/date.h"
#include "support/input.h"
#include "traces/file_names.h"
#include "traces/formats.h"
#include "traces/json_items.h"
#include "traces/lambda_report.h"
#include "traces/rejects.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum role {
    TIME,
    REQUEST,
    TYPE,
    DURATION,
    BILLED,
    INIT,
    RESTORE,
    BILLED_RESTORE,
    MEMORY_BYTES,
    MAX_MEMORY_BYTES,
    MEMORY_MB,
    MAX_MEMORY_MB,
    STATUS,
    LOG,
    STREAM,
    MESSAGE,
    ROLES
};

static const struct {
    const char *name;
    enum role role;
} field[] = {
    {"@timestamp", TIME},
    {"@requestId", REQUEST},
    {"@type", TYPE},
    {"@duration", DURATION},
    {"@billedDuration", BILLED},
    {"@initDuration", INIT},
    {"@memorySize", MEMORY_BYTES},
    {"@maxMemoryUsed", MAX_MEMORY_BYTES},
    {"@log", LOG},
    {"@logStream", STREAM},
    {"@message", MESSAGE},
    {"time", TIME},
    {"type", TYPE},
    {"record.requestId", REQUEST},
    {"record.status", STATUS},
    {"record.metrics.durationMs", DURATION},
    {"record.metrics.billedDurationMs", BILLED},
    {"record.metrics.initDurationMs", INIT},
    {"record.metrics.restoreDurationMs", RESTORE},
    {"record.metrics.billedRestoreDurationMs", BILLED_RESTORE},
    {"record.metrics.memorySizeMB", MEMORY_MB},
    {"record.metrics.maxMemoryUsedMB", MAX_MEMORY_MB},
};
#define FIELDS (sizeof field / sizeof *field)

static const char others_are[] = "rows are no REPORT of an invocation and were left out";

/* @memorySize counts 1 MB as 1,000,000 bytes. */
static bool take_memory(const char *text, int64_t *ret_mb)
{
    int64_t bytes;
    if (!table_number(text, 0, TABLE_MEMORY_MAX * 1000000, &bytes))
        return false;
    *ret_mb = bytes == UNKNOWN_VALUE ? bytes : (bytes + 500000) / 1000000;
    return true;
}

/* "123456789012:/aws/lambda/NAME" to NAME; another group keeps its own name. */
static const char *name_of_log(const char *log)
{
    const size_t account = strspn(log, "0123456789");
    const char *const group = account > 0 && log[account] == ':' ? log + account + 1 : log;
    const char *const name = strncmp(group, "/aws/lambda/", 12) == 0 ? group + 12 : group;
    return *name == '\0' ? NULL : name;
}

/* To the NAME in it, cut there; NULL: the stream of one function's group. */
static const char *name_of_stream(char *stream)
{
    size_t length;
    const char *const name = stream_function(stream, strlen(stream), '/', &length);
    if (name != NULL)
        stream[(size_t)(name - stream) + length] = '\0';
    return name;
}

static bool is_report(const char *type)
{
    return strcmp(type, "REPORT") == 0 || strcmp(type, "platform.report") == 0;
}

static bool take_status(const char *text, enum invocation_status *ret)
{
    *ret = strcmp(text, "success") == 0                                 ? INVOCATION_SUCCESS
           : strcmp(text, "timeout") == 0                               ? INVOCATION_TIMEOUT
           : strcmp(text, "error") == 0 || strcmp(text, "failure") == 0 ? INVOCATION_ERROR
                                                                        : INVOCATION_UNKNOWN;
    return *ret != INVOCATION_UNKNOWN || table_missing(text);
}

static const char *take_numbers(char *const value[ROLES], struct invocation_record *r)
{
    const struct {
        enum role role;
        int64_t *ret;
        const char *problem;
    } duration[] = {
        {DURATION, &r->duration_ns, "@duration is no number of ms"},
        {BILLED, &r->billed_ns, "@billedDuration is no number of ms"},
        {INIT, &r->init_ns, "@initDuration is no number of ms"},
        {RESTORE, &r->restore_ns, "restoreDurationMs is no number of ms"},
        {BILLED_RESTORE, &r->billed_restore_ns, "billedRestoreDurationMs is no number of ms"},
    };
    for (size_t i = 0; i < sizeof duration / sizeof *duration; i++)
        if (value[duration[i].role] != NULL &&
            !table_number(value[duration[i].role], 6, TABLE_DURATION_MAX, duration[i].ret))
            return duration[i].problem;
    if (value[MEMORY_BYTES] != NULL && !take_memory(value[MEMORY_BYTES], &r->memory_mb))
        return "@memorySize is no number of bytes";
    if (value[MAX_MEMORY_BYTES] != NULL && !take_memory(value[MAX_MEMORY_BYTES], &r->max_memory_mb))
        return "@maxMemoryUsed is no number of bytes";
    if (value[MEMORY_MB] != NULL &&
        !table_number(value[MEMORY_MB], 0, TABLE_MEMORY_MAX, &r->memory_mb))
        return "memorySizeMB is no number";
    if (value[MAX_MEMORY_MB] != NULL &&
        !table_number(value[MAX_MEMORY_MB], 0, TABLE_MEMORY_MAX, &r->max_memory_mb))
        return "maxMemoryUsedMB is no number";
    return record_memory_problem(r);
}

static char *or_null(char *text)
{
    return text == NULL || text[0] == '\0' ? NULL : text;
}

static void fill_in(int64_t *value, int64_t other)
{
    if (*value == UNKNOWN_VALUE)
        *value = other;
}

/* What the fields did not tell, from a REPORT line. NULL, or why that cannot be read. */
static const char *take_message(const char *message, struct lambda_report *report,
                                struct invocation_record *r)
{
    const char *reason;
    if (!lambda_report_parse(message, strlen(message), report, &reason))
        return reason;
    const struct invocation_record *const other = &report->record;
    fill_in(&r->duration_ns, other->duration_ns);
    fill_in(&r->billed_ns, other->billed_ns);
    fill_in(&r->init_ns, other->init_ns);
    fill_in(&r->restore_ns, other->restore_ns);
    fill_in(&r->billed_restore_ns, other->billed_restore_ns);
    fill_in(&r->memory_mb, other->memory_mb);
    fill_in(&r->max_memory_mb, other->max_memory_mb);
    if (r->status == INVOCATION_UNKNOWN)
        r->status = other->status;
    return NULL;
}

/* Values by role; NULL: not among the fields. Whether a cold start would show is up to `inits`. */
static const char *take_row(char *const value[ROLES], bool inits, struct table_output *output)
{
    struct invocation_record r = record_blank();
    r.relative = true;
    if (or_null(value[TYPE]) != NULL && !is_report(value[TYPE])) {
        output->others++;
        return NULL;
    }
    if (or_null(value[TIME]) != NULL) {
        if (!timestamp_parse_iso(value[TIME], &r.time_ns))
            return "@timestamp is no time";
        r.relative = false;
    }
    const char *problem = take_numbers(value, &r);
    if (problem != NULL)
        return problem;
    struct lambda_report report;
    const char *line = value[MESSAGE] == NULL ? NULL : strstr(value[MESSAGE], "REPORT RequestId:");
    const bool told = r.duration_ns != UNKNOWN_VALUE && r.billed_ns != UNKNOWN_VALUE &&
                      r.memory_mb != UNKNOWN_VALUE;
    problem = line != NULL ? take_message(line, &report, &r) : NULL;
    if (problem != NULL && !told)
        return problem;
    if (problem != NULL) /* the columns tell what a damaged message does not */
        line = NULL;
    if (or_null(value[STATUS]) != NULL && !take_status(value[STATUS], &r.status))
        return "record.status is not known";
    if (r.duration_ns == UNKNOWN_VALUE && r.billed_ns == UNKNOWN_VALUE) {
        if (or_null(value[TYPE]) != NULL)
            return "it is a REPORT without a duration";
        output->others++;
        return NULL;
    }
    if (r.init_ns != UNKNOWN_VALUE || r.restore_ns != UNKNOWN_VALUE)
        r.cold = 1;
    else if (inits)
        r.cold = 0;
    else if (line != NULL)
        lambda_report_judge_cold(&r);
    r.request_id = or_null(value[REQUEST]);
    if (r.request_id == NULL && line != NULL && report.id_length > 0)
        r.request_id = report.request_id;
    r.function = or_null(value[STREAM]) == NULL ? NULL : name_of_stream(value[STREAM]);
    if (r.function == NULL && value[LOG] != NULL)
        r.function = name_of_log(value[LOG]);
    if (output->sink->invocation != NULL)
        output->stop = output->sink->invocation(output->sink->context, &r);
    return NULL;
}

struct plan {
    long column[ROLES];
};

static void *make_plan(const struct row *header, const struct read_options *options,
                       const char *file, struct diagnostics *diagnostics)
{
    (void)options;
    struct plan *const plan = mem_alloc(1, sizeof *plan);
    for (size_t i = 0; i < ROLES; i++)
        plan->column[i] = -1;
    for (size_t i = 0; i < FIELDS; i++)
        if (plan->column[field[i].role] < 0)
            plan->column[field[i].role] = table_column(header, field[i].name);
    if (plan->column[DURATION] >= 0 || plan->column[BILLED] >= 0 || plan->column[MESSAGE] >= 0)
        return plan;
    diagnostics_error(diagnostics, file, header->line,
                      "no column tells a duration: the query needs @duration, @billedDuration or "
                      "@message among its fields");
    free(plan);
    return NULL;
}

static const char *read_row(const void *context, const struct row *row, struct table_output *output)
{
    const struct plan *const plan = context;
    char *value[ROLES];
    for (size_t i = 0; i < ROLES; i++)
        value[i] = plan->column[i] < 0 ? NULL : row->field[plan->column[i]];
    return take_row(value, value[INIT] != NULL, output);
}

const struct table_format insights_csv_table = {
    .others_are = others_are, .plan = make_plan, .finish = free, .row = read_row};

static bool recognise_csv(const char *head, size_t size)
{
    struct row header;
    struct row_scanner *const scanner = table_header(head, size, &header);
    if (scanner == NULL)
        return false;
    bool known = false;
    for (size_t i = 0; i < FIELDS; i++) {
        const enum role role = field[i].role;
        known = known || (strchr("@r", field[i].name[0]) != NULL &&
                          (role == DURATION || role == BILLED || role == MESSAGE) &&
                          table_column(&header, field[i].name) >= 0);
    }
    row_scanner_destroy(scanner);
    return known;
}

static int read_csv(struct input *input, const struct read_options *options,
                    const struct record_sink *sink, struct rejects *rejects,
                    struct diagnostics *diagnostics)
{
    return table_read(&insights_csv_table, input, options, sink, rejects, diagnostics);
}

static bool recognise_json(const char *head, size_t size)
{
    size_t i = 0;
    while (i < size && strchr(" \t\r\n", head[i]) != NULL && head[i] != '\0')
        i++;
    if (i == size || (head[i] != '{' && head[i] != '['))
        return false;
    if (head[i] == '{')
        return formats_contains(head, size, "\"results\"") &&
               formats_contains(head, size, "\"field\"");
    return formats_contains(head, size, "\"@timestamp\"") ||
           formats_contains(head, size, "\"@message\"") ||
           formats_contains(head, size, "\"@duration\"");
}

static void put_value(char *value[ROLES], const char *name, const cJSON *json)
{
    for (size_t i = 0; i < FIELDS; i++)
        if (cJSON_IsString(json) && strcmp(field[i].name, name) == 0) {
            value[field[i].role] = json->valuestring;
            return;
        }
}

/* [{"field": …, "value": …}, …] or {"@duration": …}. */
static const char *read_item(const cJSON *item, struct table_output *output)
{
    char *value[ROLES] = {NULL};
    const cJSON *member;
    cJSON_ArrayForEach(member, item)
    {
        if (cJSON_IsObject(item)) {
            if (cJSON_IsNumber(member)) /* copied by hand or by a script: they should be strings */
                return "a value is no string";
            put_value(value, member->string, member);
            continue;
        }
        const cJSON *const name = cJSON_GetObjectItemCaseSensitive(member, "field");
        if (!cJSON_IsString(name))
            return "it is no list of fields and values";
        put_value(value, name->valuestring, cJSON_GetObjectItemCaseSensitive(member, "value"));
    }
    /* Fields that are empty are left out: that init was asked for cannot be seen. A REPORT row has
     * the field where there was an init. */
    return take_row(value, value[TYPE] != NULL || value[DURATION] != NULL, output);
}

static int read_json(struct input *input, const struct read_options *options,
                     const struct record_sink *sink, struct rejects *rejects,
                     struct diagnostics *diagnostics)
{
    static const char *const path[] = {"#", "results/#"};
    (void)options;
    struct table_output output = {.sink = sink};
    struct json_items *const items = json_items_create(input, path, 2, diagnostics);
    const char *const file = input_path(input);
    struct json_item item;
    int result;
    while ((result = json_items_next(items, &item)) > 0) {
        struct diagnostics broken;
        diagnostics_init(&broken);
        cJSON *const row = json_parse(item.text, item.size, file, &broken);
        const char *problem = row == NULL ? "it is no sound JSON" : NULL;
        if (row != NULL)
            problem = cJSON_IsArray(row) || cJSON_IsObject(row)
                          ? read_item(row, &output)
                          : "it is no list of fields and values";
        cJSON_Delete(row);
        diagnostics_finish(&broken);
        result = output.stop;
        if (problem != NULL &&
            rejects_add(rejects, file, item.line, problem, item.text, item.size) != 0)
            result = -1;
        if (result != 0)
            break;
    }
    if (result == 0 && !json_items_found(items, 0) && !json_items_found(items, 1)) {
        diagnostics_error(diagnostics, file, 0, "there is no list \"results\" in it");
        result = -1;
    }
    if (result == 0)
        table_tell_others(&insights_csv_table, file, output.others, diagnostics);
    json_items_destroy(items);
    return result;
}

const struct trace_format insights_csv_format = {
    .name = "insights-csv",
    .description = "CloudWatch Logs Insights results exported as CSV",
    .recognise = recognise_csv,
    .read = read_csv,
    .table = &insights_csv_table,
};

const struct trace_format insights_json_format = {
    .name = "insights-json",
    .description = "CloudWatch Logs Insights results as JSON (get-query-results)",
    .recognise = recognise_json,
    .read = read_json,
};
