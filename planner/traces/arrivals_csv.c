/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Exact arrivals: a row is one arrival with its time and, where the scenario names such columns,
 * its size in bytes, its partition key and the duration of its work.
 */
#include "traces/trace_formats.h"

#include "core/memory.h"
#include "traces/trace_file.h"

#include <stdlib.h>
#include <string.h>

#define KEY_MAX 256 /* Kinesis: PartitionKey has 1 to 256 characters */

struct arrivals_file {
    struct trace_file file;
    size_t time_column, size_column, key_column, duration_column;
    bool has_size, has_key, has_duration;
    enum trace_time_unit duration_unit;
    bool ended;
};

static void arrivals_close(void *context)
{
    struct arrivals_file *const trace = context;
    if (trace == NULL)
        return;
    trace_file_finish(&trace->file);
    free(trace);
}

/* The next pass begins one mean gap behind the last arrival, so that the mean rate stays. */
static int start_over(struct arrivals_file *trace)
{
    struct trace_file *const file = &trace->file;
    const int64_t length_ns = file->now_ns - file->shift_ns;
    if (length_ns == 0)
        return trace_file_error(file, "a trace whose arrivals all have the same time cannot be "
                                      "repeated: its rate is unknown");
    const int64_t gap_ns = length_ns / (int64_t)(file->rows - 1);
    int64_t start_ns;
    if (__builtin_add_overflow(file->now_ns, gap_ns, &start_ns))
        return trace_file_error(file, "repeated for more than 292 years");
    return trace_file_restart(file, start_ns);
}

static int next_row(struct arrivals_file *trace, struct arrival *ret)
{
    struct trace_file *const file = &trace->file;
    struct arrival arrival = {.count = 1, .bytes = -1, .duration_ns = -1};
    if (trace->ended)
        return 0;
    int result = trace_file_next(file, trace->time_column);
    if (result == 0 && file->repeat) {
        if (start_over(trace) != 0)
            return -1;
        result = trace_file_next(file, trace->time_column);
    }
    if (result <= 0) {
        trace->ended = result == 0;
        return result;
    }
    if (trace->has_size && trace_file_whole(file, trace->size_column, &arrival.bytes) != 0)
        return -1;
    if (trace->has_duration && trace_file_duration(file, trace->duration_column,
                                                   trace->duration_unit, &arrival.duration_ns) != 0)
        return -1;
    if (trace->has_key) {
        arrival.key = file->field[trace->key_column];
        arrival.key_length = strlen(arrival.key);
        if (arrival.key_length < 1 || arrival.key_length > KEY_MAX)
            return trace_file_error(file, "%.60s has %zu bytes: a partition key has 1 to %d",
                                    csv_column_name(file->reader, trace->key_column),
                                    arrival.key_length, KEY_MAX);
    }
    arrival.start_ns = arrival.end_ns = file->now_ns;
    *ret = arrival;
    return 1;
}

static int arrivals_file_next(void *context, struct arrival *ret)
{
    struct arrivals_file *const trace = context;
    if (trace->file.failed)
        return -1;
    const int result = next_row(trace, ret);
    trace->file.failed = result < 0;
    return result;
}

int arrivals_csv_open(struct arrival_source *ret, const struct arrivals_spec *spec,
                      struct diagnostics *diagnostics)
{
    struct arrivals_file *const trace = mem_alloc(1, sizeof *trace);
    struct trace_file *const file = &trace->file;
    trace->has_size = spec->size_column != NULL;
    trace->has_key = spec->key_column != NULL;
    trace->has_duration = spec->duration_column != NULL;
    trace->duration_unit = spec->duration_unit;
    if (trace_file_open(file, spec, diagnostics) != 0)
        goto fail;
    int missing = trace_file_column(file, spec->time_column, "time_column", &trace->time_column);
    if (trace->has_size)
        missing |= trace_file_column(file, spec->size_column, "size_column", &trace->size_column);
    if (trace->has_key)
        missing |= trace_file_column(file, spec->key_column, "key_column", &trace->key_column);
    if (trace->has_duration)
        missing |= trace_file_column(file, spec->duration_column, "duration_column",
                                     &trace->duration_column);
    if (trace->has_duration && spec->duration_unit == TIME_UNIT_ISO8601) {
        diagnostics_error(diagnostics, file->name, 0,
                          "duration_unit: a duration is in s, ms or us, not in ISO 8601");
        missing = -1;
    }
    if (missing != 0)
        goto fail;
    *ret = (struct arrival_source){arrivals_file_next, arrivals_close, trace};
    return 0;
fail:
    arrivals_close(trace);
    return -1;
}
