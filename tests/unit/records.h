/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files read to records for tests: each record as one line of text, and totals. */
#ifndef TESTS_UNIT_RECORDS_H
#define TESTS_UNIT_RECORDS_H

#include "files.h"
#include "traces/record.h"

#include <inttypes.h>

struct records {
    struct diagnostics d;
    char *text; /* "TIME[s] FUNCTION ID duration billed init restore memory max cold status\n" in ms
                 */
    FILE *out;
    size_t size;
    size_t count, points, cold, timeouts, errors;
    int64_t duration_ns, billed_ns, init_ns;
    size_t stop_after; /* the sink says stop with 7 at so many records; 0: never */
    int result;
};

static inline void records_number(FILE *out, int64_t ns)
{
    if (ns == UNKNOWN_VALUE)
        fprintf(out, " -");
    else
        fprintf(out, " %.15g", (double)ns / 1e6);
}

static inline int records_add(void *context, const struct invocation_record *record)
{
    static const char *const status[] = {"?", "ok", "error", "timeout"};
    struct records *const records = context;
    REQUIRE(record->request_id != NULL && record->count == 1 && record->span_ns == 0);
    records->count++;
    records->cold += record->cold == 1;
    records->timeouts += record->status == INVOCATION_TIMEOUT;
    records->errors += record->status == INVOCATION_ERROR;
    records->duration_ns += record->duration_ns;
    records->billed_ns += record->billed_ns > 0 ? record->billed_ns : 0;
    records->init_ns += record->init_ns > 0 ? record->init_ns : 0;
    records_number(records->out, record->time_ns);
    fprintf(records->out, "%s %s %s", record->at_start ? "s" : "",
            record->function != NULL ? record->function : "-", record->request_id);
    records_number(records->out, record->duration_ns);
    records_number(records->out, record->billed_ns);
    records_number(records->out, record->init_ns);
    records_number(records->out, record->restore_ns);
    fprintf(records->out, " %" PRId64 " %" PRId64 " %d %s\n", record->memory_mb,
            record->max_memory_mb, record->cold, status[record->status]);
    return records->count == records->stop_after ? 7 : 0;
}

static inline int records_add_point(void *context, const struct metric_point *point)
{
    struct records *const records = context;
    records->points++;
    fprintf(records->out, "point");
    records_number(records->out, point->time_ns);
    fprintf(records->out, " %s %s %s %.15g\n", point->entity != NULL ? point->entity : "-",
            point->metric, point->statistic, point->value);
    return 0;
}

static inline void records_read(struct records *ret, const char *path,
                                const struct read_options *options, const char *rejects_path)
{
    const struct record_sink sink = {
        .invocation = records_add, .point = records_add_point, .context = ret};
    ret->out = open_memstream(&ret->text, &ret->size);
    diagnostics_init(&ret->d);
    ret->result = read_records(&path, 1, options, &sink, rejects_path, &ret->d);
    fclose(ret->out);
}

static inline void records_finish(struct records *records)
{
    diagnostics_finish(&records->d);
    free(records->text);
}

/* The text as a file of the format (NULL: recognised). */
static inline void records_read_bytes(struct records *ret, const void *bytes, size_t size,
                                      const char *format)
{
    struct temporary file;
    const struct read_options options = {.format = format};
    temporary_write(&file, bytes, size);
    records_read(ret, file.path, &options, NULL);
    temporary_remove(&file);
}

/* Everything was read, without a word. */
static inline void assert_records(const char *text, const char *format, const char *expected)
{
    struct records r = {0};
    records_read_bytes(&r, text, strlen(text), format);
    ck_assert_msg(r.d.count == 0, "%s", r.d.count > 0 ? r.d.item[0].text : "");
    ck_assert_str_eq(r.text, expected);
    ck_assert_int_eq(r.result, 0);
    records_finish(&r);
}

/* One row is left out, with this reason, and what is around it is read. */
static inline void assert_reject(const char *text, const char *format, const char *part,
                                 size_t records)
{
    struct records r = {0};
    records_read_bytes(&r, text, strlen(text), format);
    ck_assert_uint_eq(r.d.warnings, 1);
    ck_assert_msg(strstr(r.d.item[r.d.count - 1].text, part) != NULL, "\"%s\" lacks \"%s\"",
                  r.d.item[r.d.count - 1].text, part);
    ck_assert_uint_eq(r.count, records);
    records_finish(&r);
}

#endif
