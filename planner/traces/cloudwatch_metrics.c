/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traces/cloudwatch_metrics.h"

#include "core/memory.h"
#include "scenario/json.h"
#include "support/csv.h"
#include "support/date.h"
#include "support/input.h"
#include "traces/formats.h"
#include "traces/rejects.h"
#include "traces/table.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct point {
    int64_t time_ns;
    size_t order; /* as read: what keeps equal times apart */
    double value;
    const char *statistic, *unit;
};

struct series {
    struct point *point;
    size_t count, capacity;
};

struct metrics {
    const struct record_sink *sink;
    struct rejects *rejects;
    struct diagnostics *diagnostics;
    const char *file;
};

static int compare_points(const void *a, const void *b)
{
    const struct point *const p = a, *const q = b;
    if (p->time_ns != q->time_ns)
        return p->time_ns < q->time_ns ? -1 : 1;
    return p->order < q->order ? -1 : p->order > q->order;
}

static void add_point(struct series *series, const struct point *point)
{
    series->point =
        mem_grow(series->point, &series->capacity, series->count, sizeof *series->point);
    series->point[series->count] = *point;
    series->point[series->count].order = series->count;
    series->count++;
}

static int deliver(struct metrics *metrics, struct series *series, const char *entity,
                   const char *metric)
{
    int result = 0;
    if (series->count > 0)
        qsort(series->point, series->count, sizeof *series->point, compare_points);
    for (size_t i = 0; i < series->count && result == 0; i++) {
        const struct metric_point point = {
            .time_ns = series->point[i].time_ns,
            .period_ns = UNKNOWN_VALUE,
            .entity = entity,
            .metric = metric,
            .statistic = series->point[i].statistic,
            .unit = series->point[i].unit,
            .value = series->point[i].value,
        };
        if (metrics->sink->point != NULL)
            result = metrics->sink->point(metrics->sink->context, &point);
    }
    free(series->point);
    *series = (struct series){0};
    return result;
}

static int reject(struct metrics *metrics, const cJSON *json, const char *reason)
{
    char *const text = cJSON_PrintUnformatted(json);
    const int result = rejects_add(metrics->rejects, metrics->file, json_line(json), reason,
                                   text == NULL ? "" : text, text == NULL ? 0 : strlen(text));
    cJSON_free(text);
    return result == 0 ? 0 : -1;
}

/* ISO 8601, or seconds since 1970 as older versions of the CLI and SDKs print them. */
static bool take_time(const cJSON *json, int64_t *ret_ns)
{
    if (cJSON_IsString(json))
        return timestamp_parse_iso(json->valuestring, ret_ns);
    if (!cJSON_IsNumber(json) || json->valuedouble < 0 || json->valuedouble > 9e9)
        return false;
    *ret_ns = (int64_t)(json->valuedouble * 1000 + 0.5) * 1000000;
    return true;
}

/* "my-function Invocations": CloudWatch's own names only, so that no label is torn apart. */
static const char *split_label(char *label, const char **ret_entity)
{
    static const char *const known[] = {"Invocations",
                                        "Errors",
                                        "Throttles",
                                        "Duration",
                                        "ConcurrentExecutions",
                                        "UnreservedConcurrentExecutions",
                                        "IteratorAge",
                                        "DeadLetterErrors",
                                        "AsyncEventsReceived",
                                        "AsyncEventAge",
                                        "AsyncEventsDropped",
                                        "IncomingBytes",
                                        "IncomingRecords",
                                        "GetRecords.IteratorAgeMilliseconds",
                                        "ReadProvisionedThroughputExceeded",
                                        "WriteProvisionedThroughputExceeded",
                                        "ProvisionedConcurrencyUtilization",
                                        "ProvisionedConcurrentExecutions",
                                        "ProvisionedConcurrencyInvocations",
                                        "ApproximateAgeOfOldestMessage",
                                        "ApproximateNumberOfMessagesVisible",
                                        "NumberOfEmptyReceives",
                                        "NumberOfMessagesReceived",
                                        "NumberOfMessagesSent"};
    char *const blank = strrchr(label, ' ');
    *ret_entity = NULL;
    if (blank == NULL || blank == label)
        return label;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(blank + 1, known[i]) == 0) {
            *blank = '\0';
            *ret_entity = label;
            return known[i];
        }
    return label;
}

/* One of MetricDataResults. */
static int read_result(struct metrics *metrics, const cJSON *json)
{
    const cJSON *const label = cJSON_GetObjectItemCaseSensitive(json, "Label");
    const cJSON *const id = cJSON_GetObjectItemCaseSensitive(json, "Id");
    const cJSON *const status = cJSON_GetObjectItemCaseSensitive(json, "StatusCode");
    const cJSON *const times = cJSON_GetObjectItemCaseSensitive(json, "Timestamps");
    const cJSON *const values = cJSON_GetObjectItemCaseSensitive(json, "Values");
    if (!cJSON_IsArray(times) || !cJSON_IsArray(values))
        return reject(metrics, json, "a result lacks its lists of Timestamps and Values");
    if (cJSON_IsString(status) && strcmp(status->valuestring, "Complete") != 0)
        diagnostics_warning(metrics->diagnostics, metrics->file, json_line(status),
                            "this result is not complete: its StatusCode is %s",
                            status->valuestring);
    struct series series = {0};
    const cJSON *time = times->child, *value = values->child;
    int result = 0;
    for (; time != NULL && value != NULL && result == 0; time = time->next, value = value->next) {
        struct point point = {0};
        if (!take_time(time, &point.time_ns))
            result = reject(metrics, time, "a timestamp is no time");
        else if (!cJSON_IsNumber(value))
            result = reject(metrics, value, "a value is no number");
        else {
            point.value = value->valuedouble;
            add_point(&series, &point);
        }
    }
    if (result == 0 && (time != NULL || value != NULL))
        result = reject(metrics, time != NULL ? time : value,
                        "there are not as many Timestamps as Values: the rest is left out");
    if (result != 0) {
        free(series.point);
        return result;
    }
    char *const copy = mem_strdup(cJSON_IsString(label) ? label->valuestring
                                  : cJSON_IsString(id)  ? id->valuestring
                                                        : "");
    const char *entity;
    const char *const metric = split_label(copy, &entity);
    result = deliver(metrics, &series, entity, *metric == '\0' ? NULL : metric);
    free(copy);
    return result;
}

/* One of Datapoints: every statistic in it. */
static int read_datapoint(struct metrics *metrics, const cJSON *json, struct series *series)
{
    static const char *const statistic[] = {"SampleCount", "Average", "Sum", "Minimum", "Maximum"};
    const cJSON *const unit = cJSON_GetObjectItemCaseSensitive(json, "Unit");
    const cJSON *const more = cJSON_GetObjectItemCaseSensitive(json, "ExtendedStatistics");
    const cJSON *value;
    struct point point = {.unit = cJSON_IsString(unit) ? unit->valuestring : NULL};
    const size_t before = series->count;
    if (!take_time(cJSON_GetObjectItemCaseSensitive(json, "Timestamp"), &point.time_ns))
        return reject(metrics, json, "its Timestamp is no time");
    for (size_t i = 0; i < sizeof statistic / sizeof *statistic; i++) {
        value = cJSON_GetObjectItemCaseSensitive(json, statistic[i]);
        if (value == NULL)
            continue;
        if (!cJSON_IsNumber(value))
            return reject(metrics, json, "a statistic is no number");
        point.statistic = statistic[i];
        point.value = value->valuedouble;
        add_point(series, &point);
    }
    cJSON_ArrayForEach(value, more)
    {
        if (!cJSON_IsNumber(value))
            return reject(metrics, json, "a statistic is no number");
        point.statistic = value->string;
        point.value = value->valuedouble;
        add_point(series, &point);
    }
    return series->count > before ? 0 : reject(metrics, json, "there is no statistic in it");
}

static int read_answer(struct metrics *metrics, const cJSON *root)
{
    const cJSON *const data = cJSON_GetObjectItemCaseSensitive(root, "data");
    const cJSON *const json = cJSON_IsObject(data) ? data : root; /* a recorded answer */
    const cJSON *const results = cJSON_GetObjectItemCaseSensitive(json, "MetricDataResults");
    const cJSON *const points = cJSON_GetObjectItemCaseSensitive(json, "Datapoints");
    const cJSON *const label = cJSON_GetObjectItemCaseSensitive(json, "Label");
    const cJSON *item;
    int result = 0;
    if (!cJSON_IsArray(results) && !cJSON_IsArray(points)) {
        diagnostics_error(metrics->diagnostics, metrics->file, 0,
                          "there is neither a list MetricDataResults nor one of Datapoints");
        return -1;
    }
    if (cJSON_GetObjectItemCaseSensitive(json, "NextToken") != NULL)
        diagnostics_warning(metrics->diagnostics, metrics->file, 0,
                            "this is one page of an answer: a NextToken says that more follows");
    cJSON_ArrayForEach(item, results)
    {
        result = read_result(metrics, item);
        if (result != 0)
            return result;
    }
    struct series series = {0};
    cJSON_ArrayForEach(item, points)
    {
        result = read_datapoint(metrics, item, &series);
        if (result != 0) {
            free(series.point);
            return result;
        }
    }
    return deliver(metrics, &series, NULL, cJSON_IsString(label) ? label->valuestring : NULL);
}

static char *read_whole(struct input *input, size_t *ret_size, struct diagnostics *diagnostics)
{
    char *text = NULL;
    size_t size = 0, capacity = 0;
    for (;;) {
        const char *chunk;
        const ssize_t got = input_chunk(input, &chunk);
        if (got > 0 && size + (size_t)got > JSON_MAX_BYTES)
            diagnostics_error(diagnostics, input_path(input), 0,
                              "these metrics have more than 16 MB: ask for a shorter time, or for "
                              "a longer period");
        if (got < 0 || size + (size_t)got > JSON_MAX_BYTES) {
            free(text);
            return NULL;
        }
        text = mem_grow(text, &capacity, size + (size_t)got, 1);
        if (got == 0)
            break;
        memcpy(text + size, chunk, (size_t)got);
        size += (size_t)got;
    }
    text[size] = '\0';
    *ret_size = size;
    return text;
}

static int read_json(struct input *input, const struct read_options *options,
                     const struct record_sink *sink, struct rejects *rejects,
                     struct diagnostics *diagnostics)
{
    (void)options;
    struct metrics metrics = {sink, rejects, diagnostics, input_path(input)};
    size_t size;
    char *const text = read_whole(input, &size, diagnostics);
    if (text == NULL)
        return -1;
    cJSON *const json = json_parse(text, size, metrics.file, diagnostics);
    free(text);
    const int result = json == NULL ? -1 : read_answer(&metrics, json);
    cJSON_Delete(json);
    return result;
}

static bool recognise_json(const char *head, size_t size)
{
    return formats_contains(head, size, "\"MetricDataResults\"") ||
           (formats_contains(head, size, "\"Datapoints\"") &&
            (formats_contains(head, size, "\"Timestamp\"") ||
             formats_contains(head, size, "\"Label\"")));
}

struct plan {
    long time, value;
};

static bool find_columns(const struct row *header, struct plan *ret)
{
    *ret = (struct plan){-1, -1};
    for (size_t i = 0; i < header->fields; i++) {
        if (strcasecmp(header->field[i], "timestamp") == 0)
            ret->time = (long)i;
        if (strcasecmp(header->field[i], "value") == 0)
            ret->value = (long)i;
    }
    return ret->time >= 0 && ret->value >= 0;
}

static void *make_plan(const struct row *header, const struct read_options *options,
                       const char *file, struct diagnostics *diagnostics)
{
    (void)options;
    struct plan *const plan = mem_alloc(1, sizeof *plan);
    if (find_columns(header, plan))
        return plan;
    diagnostics_error(diagnostics, file, header->line,
                      "the columns timestamp and value are needed");
    free(plan);
    return NULL;
}

static const char *read_row(const void *context, const struct row *row, struct table_output *output)
{
    const struct plan *const plan = context;
    struct metric_point point = {.period_ns = UNKNOWN_VALUE};
    if (!table_time(row->field[plan->time], TABLE_TIME_ANY, &point.time_ns))
        return "timestamp is no time";
    if (!csv_to_double(row->field[plan->value], &point.value))
        return "value is no number";
    if (output->sink->point != NULL)
        output->stop = output->sink->point(output->sink->context, &point);
    return NULL;
}

static const struct table_format metric_table = {
    .plan = make_plan, .finish = free, .row = read_row};

static bool recognise_csv(const char *head, size_t size)
{
    struct row header;
    struct plan plan;
    struct row_scanner *const scanner = table_header(head, size, &header);
    if (scanner == NULL)
        return false;
    const bool known = header.fields == 2 && find_columns(&header, &plan);
    row_scanner_destroy(scanner);
    return known;
}

static int read_csv(struct input *input, const struct read_options *options,
                    const struct record_sink *sink, struct rejects *rejects,
                    struct diagnostics *diagnostics)
{
    return table_read(&metric_table, input, options, sink, rejects, diagnostics);
}

const struct trace_format cloudwatch_metrics_format = {
    .name = "cloudwatch-metrics",
    .description = "aws cloudwatch get-metric-data or get-metric-statistics (JSON)",
    .recognise = recognise_json,
    .read = read_json,
};

const struct trace_format metric_csv_format = {
    .name = "metric-csv",
    .description = "points of one metric as CSV: timestamp,value",
    .recognise = recognise_csv,
    .read = read_csv,
    .table = &metric_table,
};
