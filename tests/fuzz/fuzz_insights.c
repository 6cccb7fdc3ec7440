/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as an export of Logs Insights, CSV or JSON, as metrics, as an Azure trace and through a
 * mapping of its own columns. What comes out is in range, and several threads see what one sees.
 */
#include "traces/formats.h"
#include "traces/insights.h"
#include "traces/parallel.h"
#include "traces/record.h"
#include "traces/rejects.h"

#include <lambdaplan/diagnostics.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "fuzz_insights.c:%d: %s does not hold\n", __LINE__, #condition);       \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#define YEAR_NS (INT64_C(366) * 86400 * 1000000000)

static char path[] = "/tmp/lambdaplan-fuzz-XXXXXX";
static FILE *file;

static void remove_file(void)
{
    fclose(file);
    unlink(path);
}

static void write_file(const uint8_t *data, size_t size)
{
    if (file == NULL) {
        const int fd = mkstemp(path);
        REQUIRE(fd >= 0);
        file = fdopen(fd, "r+b");
        REQUIRE(file != NULL);
        atexit(remove_file);
    }
    rewind(file);
    REQUIRE(ftruncate(fileno(file), 0) == 0);
    REQUIRE(fwrite(data, 1, size, file) == size);
    REQUIRE(fflush(file) == 0);
}

struct seen {
    uint64_t records;
    uint64_t mix; /* of all records in order */
};

static void mix(struct seen *seen, uint64_t value)
{
    seen->mix = (seen->mix ^ value) * UINT64_C(0x100000001b3); /* as in FNV-1a */
}

static bool in_range(int64_t value, int64_t maximum)
{
    return value == UNKNOWN_VALUE || (value >= 0 && value <= maximum);
}

static int on_invocation(void *context, const struct invocation_record *r)
{
    struct seen *const seen = context;
    REQUIRE(in_range(r->duration_ns, YEAR_NS) && in_range(r->billed_ns, YEAR_NS));
    REQUIRE(in_range(r->init_ns, YEAR_NS) && in_range(r->memory_mb, 100000000));
    REQUIRE(in_range(r->max_memory_mb, 100000000) && r->count > 0);
    REQUIRE(r->cold == 0 || r->cold == 1 || r->cold == UNKNOWN_VALUE);
    REQUIRE(r->function == NULL || r->function[0] != '\0' || !r->relative || r->at_start);
    REQUIRE(r->request_id == NULL || r->request_id[0] != '\0');
    seen->records++;
    mix(seen, (uint64_t)r->time_ns);
    mix(seen, (uint64_t)r->duration_ns);
    mix(seen, r->function == NULL ? 0 : strlen(r->function));
    mix(seen, r->request_id == NULL ? 0 : strlen(r->request_id));
    return 0;
}

static int on_point(void *context, const struct metric_point *point)
{
    struct seen *const seen = context;
    REQUIRE(point->value == point->value);
    REQUIRE(point->metric == NULL || point->metric[0] != '\0' || point->entity == NULL);
    seen->records++;
    return 0;
}

static void read_as(const char *format, const struct column_mapping *map, size_t maps)
{
    struct diagnostics d;
    struct seen seen = {0};
    const char *const one = path;
    const struct read_options options = {.format = format, .map = map, .maps = maps};
    const struct record_sink sink = {on_invocation, on_point, NULL, &seen};
    diagnostics_init(&d);
    const int result = read_records(&one, 1, &options, &sink, NULL, &d);
    REQUIRE((result != 0) == (d.errors > 0));
    REQUIRE(result != 0 || seen.records > 0);
    diagnostics_finish(&d);
}

static void *create_part(void *context)
{
    (void)context;
    return calloc(1, sizeof(struct seen));
}

static struct record_sink sink_of(void *part)
{
    return (struct record_sink){.invocation = on_invocation, .context = part};
}

static int merge_part(void *context, void *part)
{
    struct seen *const whole = context, *const seen = part;
    whole->records += seen->records;
    free(part);
    return 0;
}

static struct seen read_split(size_t chunk, uint64_t *ret_rejects)
{
    struct diagnostics d;
    struct seen seen = {0};
    uint64_t records = 0;
    const struct read_options options = {0};
    const struct record_parts parts = {create_part, sink_of, merge_part, free, &seen};
    diagnostics_init(&d);
    struct rejects *const rejects = rejects_open(NULL, false, &d);
    parallel_read_table(path, &insights_csv_table, &options, 1, chunk, &parts, rejects, &d,
                        &records);
    *ret_rejects = rejects_count(rejects);
    REQUIRE(records == seen.records);
    rejects_finish(rejects);
    diagnostics_finish(&d);
    return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const format[] = {"insights-csv",         "insights-json",
                                         "cloudwatch-metrics",   "metric-csv",
                                         "azure-functions-2019", "azure-functions-2021"};
    static char start[] = "start", duration[] = "duration", status[] = "status",
                when[] = "@timestamp", took[] = "@duration", type[] = "@type";
    const struct column_mapping map[] = {{start, when}, {duration, took}, {status, type}};
    uint64_t rejects, other_rejects;
    write_file(data, size);
    read_as(NULL, NULL, 0);
    for (size_t i = 0; i < sizeof format / sizeof *format; i++)
        read_as(format[i], NULL, 0);
    read_as(NULL, map, 3);
    const struct seen whole = read_split(SIZE_MAX / 4, &rejects);
    const struct seen split = read_split(1 + size % 97, &other_rejects);
    REQUIRE(whole.records == split.records && rejects == other_rejects);
    return 0;
}
