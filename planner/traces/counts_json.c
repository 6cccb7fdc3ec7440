/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traces/counts_json.h"

#include "core/memory.h"
#include "support/date.h"
#include "support/input.h"
#include "support/text.h"
#include "traces/cloudwatch_metrics.h"
#include "traces/rejects.h"
#include "traces/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S INT64_C(1000000000)
#define TIME_SIZE 48
#define ROW_SIZE 80 /* a time, a comma, a count, a line's end */

struct count {
    int64_t time_ns, calls;
};

struct counts_table {
    char *text;
    size_t size, at; /* where reading is */
};

struct reading {
    const char *path;
    struct diagnostics *diagnostics;
    struct count *count;
    size_t counts, capacity;
    char *metric; /* of the first point, and whose */
    bool others;  /* statistics that are no Sum */
};

static const char *format_time(int64_t time_ns, char text[TIME_SIZE])
{
    char day[16];
    const int64_t second = time_ns / NS_PER_S - (time_ns % NS_PER_S < 0);
    const int64_t ns = time_ns - second * NS_PER_S;
    const int64_t days = second / 86400 - (second % 86400 < 0);
    const int rest = (int)(second - days * 86400);
    snprintf(text, TIME_SIZE, "%sT%02d:%02d:%02d.%09dZ", date_format((int32_t)days, day),
             rest / 3600, rest / 60 % 60, rest % 60, (int)ns);
    return text;
}

static int take_point(void *context, const struct metric_point *point)
{
    struct reading *const reading = context;
    char time[TIME_SIZE];
    if (point->statistic != NULL && strcmp(point->statistic, "Sum") != 0) {
        reading->others = true;
        return 0;
    }
    char *const metric =
        text_format("%s%s%s", point->entity != NULL ? point->entity : "",
                    point->entity != NULL ? " " : "", point->metric != NULL ? point->metric : "");
    const bool other = reading->metric != NULL && strcmp(reading->metric, metric) != 0;
    if (other)
        diagnostics_error(reading->diagnostics, reading->path, 0,
                          "has counts of \"%.60s\" and of \"%.60s\": give a file for each",
                          reading->metric, metric);
    if (reading->metric == NULL)
        reading->metric = metric;
    else
        free(metric);
    if (other)
        return -1;
    if (!(point->value >= 0 && point->value <= TABLE_COUNT_MAX) ||
        point->value != floor(point->value)) {
        diagnostics_error(reading->diagnostics, reading->path, 0,
                          "at %s: %.15g is not a whole number of arrivals: ask for the Sum",
                          format_time(point->time_ns, time), point->value);
        return -1;
    }
    reading->count =
        mem_grow(reading->count, &reading->capacity, reading->counts, sizeof *reading->count);
    reading->count[reading->counts++] = (struct count){point->time_ns, (int64_t)point->value};
    return 0;
}

static int by_time(const void *a, const void *b)
{
    const struct count *const x = a, *const y = b;
    return (x->time_ns > y->time_ns) - (x->time_ns < y->time_ns);
}

/* 0, or -1 after an error. */
static int check(const struct reading *reading)
{
    char time[TIME_SIZE];
    if (reading->counts == 0) {
        diagnostics_error(reading->diagnostics, reading->path, 0,
                          reading->others ? "there is no Sum in it: ask with --statistics Sum"
                                          : "there is no point in it");
        return -1;
    }
    for (size_t i = 1; i < reading->counts; i++)
        if (reading->count[i].time_ns == reading->count[i - 1].time_ns) {
            diagnostics_error(reading->diagnostics, reading->path, 0,
                              "has two points at %s: give a file for each metric",
                              format_time(reading->count[i].time_ns, time));
            return -1;
        }
    return 0;
}

static struct counts_table *make_table(const struct reading *reading)
{
    struct counts_table *const table = mem_alloc(1, sizeof *table);
    char time[TIME_SIZE];
    const size_t room = (reading->counts + 1) * ROW_SIZE;
    table->text = mem_alloc(room, 1);
    table->size = (size_t)snprintf(table->text, room, "timestamp,value\n");
    for (size_t i = 0; i < reading->counts; i++)
        table->size += (size_t)snprintf(table->text + table->size, room - table->size, "%s,%lld\n",
                                        format_time(reading->count[i].time_ns, time),
                                        (long long)reading->count[i].calls);
    return table;
}

struct counts_table *counts_json_read(const char *path, struct diagnostics *diagnostics)
{
    static const struct read_options options = {.strict = true};
    struct reading reading = {.path = path, .diagnostics = diagnostics};
    const struct record_sink sink = {.point = take_point, .context = &reading};
    struct input *const input = input_open(path, diagnostics);
    struct rejects *const rejects = rejects_open(NULL, true, diagnostics);
    int status = input == NULL || rejects == NULL ? -1 : 0;
    if (status == 0)
        status = cloudwatch_metrics_format.read(input, &options, &sink, rejects, diagnostics);
    rejects_finish(rejects);
    input_close(input);
    if (reading.counts > 0)
        qsort(reading.count, reading.counts, sizeof *reading.count, by_time);
    if (status == 0)
        status = check(&reading);
    struct counts_table *const table = status == 0 ? make_table(&reading) : NULL;
    free(reading.count);
    free(reading.metric);
    return table;
}

void counts_table_destroy(struct counts_table *table)
{
    if (table == NULL)
        return;
    free(table->text);
    free(table);
}

static ssize_t read_table(void *context, char *buffer, size_t size)
{
    struct counts_table *const table = context;
    const size_t left = table->size - table->at, got = left < size ? left : size;
    memcpy(buffer, table->text + table->at, got);
    table->at += got;
    return (ssize_t)got;
}

struct csv_reader *counts_table_open(struct counts_table *table, const char *name,
                                     struct diagnostics *diagnostics)
{
    table->at = 0;
    return csv_open_over(name, read_table, table, diagnostics);
}
