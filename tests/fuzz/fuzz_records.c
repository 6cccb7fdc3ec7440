/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as a file of one format (FORMAT, by the build), and as what they look like. What comes
 * out is in range, strict reading agrees with lenient, and several threads see what one sees.
 */
#include "fuzz.h"
#include "traces/formats.h"
#include "traces/mapped_csv.h"
#include "traces/parallel.h"
#include "traces/record.h"
#include "traces/rejects.h"
#include "traces/table.h"

#define TEXT_MAX 1000001 /* bytes of a name or an id: a field's limit */

/* Both kinds of CSV with a mapping: a recorded experiment's, and everything there is. */
static const char *const maps[] = {
    "start_s=client_start_time,duration_ms=aws_duration,billed_ms=aws_billed_duration,"
    "cold=is_cold,max_memory_mb=aws_max_mem",
    "end=when,duration_s=took,init=init,memory=memory,function=function,request_id=id,"
    "status=status,bytes=bytes,count=count",
};

struct seen {
    uint64_t records;
    uint64_t hash; /* of all records in order */
};

static bool in_range(int64_t value, int64_t maximum)
{
    return value == UNKNOWN_VALUE || (value >= 0 && value <= maximum);
}

static bool is_name(const char *text)
{
    return text == NULL || (text[0] != '\0' && strlen(text) < TEXT_MAX);
}

static int on_invocation(void *context, const struct invocation_record *r)
{
    struct seen *const seen = context;
    REQUIRE(in_range(r->duration_ns, TABLE_DURATION_MAX));
    REQUIRE(in_range(r->billed_ns, TABLE_DURATION_MAX));
    REQUIRE(in_range(r->init_ns, TABLE_DURATION_MAX));
    REQUIRE(in_range(r->restore_ns, TABLE_DURATION_MAX));
    REQUIRE(in_range(r->billed_restore_ns, TABLE_DURATION_MAX));
    REQUIRE(in_range(r->memory_mb, TABLE_MEMORY_MAX));
    REQUIRE(in_range(r->max_memory_mb, TABLE_MEMORY_MAX));
    REQUIRE(in_range(r->bytes, INT64_MAX) && in_range(r->span_ns, INT64_MAX));
    REQUIRE(r->count > 0 && r->count <= TABLE_COUNT_MAX);
    REQUIRE(r->cold == 0 || r->cold == 1 || r->cold == UNKNOWN_VALUE);
    REQUIRE(r->status <= INVOCATION_TIMEOUT);
    REQUIRE(is_name(r->function) && is_name(r->request_id));
    seen->records++;
    fuzz_mix(&seen->hash, (uint64_t)r->time_ns);
    fuzz_mix(&seen->hash, (uint64_t)r->duration_ns);
    fuzz_mix(&seen->hash, (uint64_t)r->billed_ns);
    fuzz_mix_text(&seen->hash, r->function);
    fuzz_mix_text(&seen->hash, r->request_id);
    return 0;
}

static int on_point(void *context, const struct metric_point *point)
{
    struct seen *const seen = context;
    REQUIRE(point->value == point->value);
    REQUIRE(is_name(point->metric) && is_name(point->entity) && is_name(point->statistic));
    REQUIRE(in_range(point->period_ns, INT64_MAX));
    seen->records++;
    fuzz_mix(&seen->hash, (uint64_t)point->time_ns);
    fuzz_mix_text(&seen->hash, point->metric);
    fuzz_mix_text(&seen->hash, point->entity);
    return 0;
}

static int on_cost(void *context, const struct cost_line *line)
{
    struct seen *const seen = context;
    REQUIRE(line->service != NULL || line->sku == NULL);
    REQUIRE(line->quantity != NULL && line->end_ns >= line->start_ns);
    REQUIRE(line->negative == (line->cost < 0));
    seen->records++;
    fuzz_mix(&seen->hash, (uint64_t)line->start_ns);
    fuzz_mix(&seen->hash, (uint64_t)line->cost);
    fuzz_mix_text(&seen->hash, line->usage_type);
    fuzz_mix_text(&seen->hash, line->sku);
    return 0;
}

static struct record_sink sink_of(void *part)
{
    return (struct record_sink){on_invocation, on_point, on_cost, part};
}

static int read_as(const char *path, const struct read_options *options, struct seen *ret)
{
    struct diagnostics d;
    const struct record_sink sink = sink_of(ret);
    *ret = (struct seen){0};
    diagnostics_init(&d);
    const int result = read_records(&path, 1, options, &sink, NULL, &d);
    REQUIRE(result == 0 || result == -1);
    REQUIRE_TEXT((result == 0) == (d.errors == 0), fuzz_first_error(&d));
    REQUIRE(result != 0 || ret->records > 0);
    diagnostics_finish(&d);
    return result;
}

static void *create_part(void *context)
{
    (void)context;
    return calloc(1, sizeof(struct seen));
}

static int merge_part(void *context, void *part)
{
    struct seen *const whole = context, *const seen = part;
    whole->records += seen->records;
    free(part);
    return 0;
}

/* The table in chunks of so many bytes. */
static int read_split(const char *path, const struct table_format *table,
                      const struct read_options *options, size_t chunk, struct seen *ret,
                      uint64_t *ret_rejects)
{
    struct diagnostics d;
    struct record_tally tally;
    const struct record_parts parts = {create_part, sink_of, merge_part, free, ret};
    *ret = (struct seen){0};
    diagnostics_init(&d);
    struct rejects *const rejects = rejects_open(NULL, false, &d);
    const int result =
        parallel_read_table(path, table, options, 1, chunk, &parts, rejects, &d, &tally);
    *ret_rejects = rejects_count(rejects);
    REQUIRE(tally.records == ret->records);
    rejects_finish(rejects);
    diagnostics_finish(&d);
    return result;
}

static void check_table(const char *path, const struct table_format *table,
                        const struct read_options *options, size_t chunk)
{
    struct seen whole, split;
    uint64_t rejects, other_rejects;
    const int one = read_split(path, table, options, SIZE_MAX / 4, &whole, &rejects);
    const int other = read_split(path, table, options, chunk, &split, &other_rejects);
    REQUIRE(one == other);
    REQUIRE(one != 0 || (whole.records == split.records && rejects == other_rejects));
}

static void check(const char *path, const struct trace_format *format,
                  const struct column_mapping *map, size_t count, size_t chunk)
{
    struct read_options options = {.format = FORMAT, .map = map, .maps = count, .strict = true};
    struct seen strict, lenient;
    const int refused = read_as(path, &options, &strict);
    options.strict = false;
    const int result = read_as(path, &options, &lenient);
    REQUIRE(refused != 0 || (result == 0 && strict.hash == lenient.hash));
    if (format->table != NULL)
        check_table(path, format->table, &options, chunk);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *const path = fuzz_file(data, size);
    const struct trace_format *const format = formats_find(FORMAT);
    const struct read_options recognised = {.format = NULL};
    struct seen seen;
    REQUIRE(format != NULL);
    read_as(path, &recognised, &seen);
    for (size_t i = 0; format == &mapped_csv_format && i < sizeof maps / sizeof *maps; i++) {
        struct column_mapping *map = NULL;
        size_t count;
        char *error = NULL;
        REQUIRE_TEXT(column_mapping_parse(maps[i], &map, &count, &error) == 0, error);
        check(path, format, map, count, 1 + size % 97);
        column_mapping_free(map, count);
    }
    if (format != &mapped_csv_format)
        check(path, format, NULL, 0, 1 + size % 97);
    return 0;
}
