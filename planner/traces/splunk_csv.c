/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A search result exported from Splunk: the log's lines in _raw, their times in _time. */
#include "traces/splunk_csv.h"

#include "support/csv.h"
#include "support/date.h"
#include "support/input.h"
#include "traces/formats.h"
#include "traces/lambda_log.h"
#include "traces/rejects.h"

#include <string.h>

#define GROUP_MAX 512

struct columns {
    long raw, time, source; /* -1: there is none */
};

/* Splunk's _time is ISO 8601, or seconds since 1970 when it was searched with `table`. */
static bool parse_time(const char *text, int64_t *ret_ns)
{
    if (timestamp_parse_iso(text, ret_ns))
        return true;
    return csv_to_scaled(text, 9, ret_ns, NULL) && *ret_ns >= 0;
}

static int take_row(struct lambda_log *log, const char *const *field, const struct columns *columns,
                    struct lambda_place *place, const char **ret_reason)
{
    char function[GROUP_MAX + 1];
    size_t length;
    *ret_reason = NULL;
    if (columns->time >= 0 && field[columns->time][0] != '\0' &&
        !parse_time(field[columns->time], &place->time_ns)) {
        *ret_reason = "_time is not a time";
        return 0;
    }
    const char *const source = columns->source >= 0 ? field[columns->source] : "";
    const char *const name = lambda_log_function(source, strlen(source), &length);
    if (name != NULL && length <= GROUP_MAX) {
        memcpy(function, name, length);
        function[length] = '\0';
        place->function = function;
    }
    const char *const raw = field[columns->raw];
    return lambda_log_take(log, raw, strlen(raw), place);
}

static int read_rows(struct csv_reader *reader, struct lambda_log *log, const char *file,
                     struct rejects *rejects)
{
    const struct columns columns = {.raw = csv_find_column(reader, "_raw"),
                                    .time = csv_find_column(reader, "_time"),
                                    .source = csv_find_column(reader, "source")};
    const char *const *field;
    size_t fields;
    long line;
    int result;
    while ((result = csv_next_any(reader, &field, &fields, &line)) > 0) {
        struct lambda_place place = {.line = line, .time_ns = UNKNOWN_VALUE};
        const char *reason = "the row has more or fewer columns than the header";
        if (result == 1) {
            result = take_row(log, field, &columns, &place, &reason);
            if (result != 0)
                return result;
        }
        const char *const row = (size_t)columns.raw < fields ? field[columns.raw] : "";
        if (reason != NULL && rejects_add(rejects, file, line, reason, row, strlen(row)) != 0)
            return -1;
    }
    return result;
}

static int read_splunk(struct input *input, const struct read_options *options,
                       const struct record_sink *sink, struct rejects *rejects,
                       struct diagnostics *diagnostics)
{
    const char *const file = input_path(input);
    struct csv_reader *const reader = csv_open_over(file, input_csv_read, input, diagnostics);
    if (reader == NULL)
        return -1;
    struct lambda_log *const log = lambda_log_create(file, sink, rejects, diagnostics);
    int result = -1;
    if (csv_find_column(reader, "_raw") < 0)
        diagnostics_error(diagnostics, file, 1, "a column \"_raw\" is missing");
    else
        result = read_rows(reader, log, file, rejects);
    if (result == 0)
        result = lambda_log_finish(log, options->in_folder);
    lambda_log_destroy(log);
    csv_close(reader);
    return result;
}

/* "_raw" stands as a column's whole name in the first line. */
static bool recognise(const char *head, size_t size)
{
    const char *const feed = memchr(head, '\n', size);
    const char *const end = feed != NULL ? feed : head + size;
    for (const char *s = head; end - s >= 4; s++) {
        const bool begins = s == head || s[-1] == ',' || s[-1] == '"';
        const bool ends = s + 4 == end || s[4] == ',' || s[4] == '"' || s[4] == '\r';
        if (begins && ends && memcmp(s, "_raw", 4) == 0)
            return true;
    }
    return false;
}

const struct trace_format splunk_csv_format = {
    .name = "splunk-csv",
    .description = "a Splunk export in CSV with the log's lines in _raw",
    .recognise = recognise,
    .read = read_splunk,
};
