/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as a log: recognised, and as each of the formats that carry Lambda's log, lenient and
 * strict. What the headers promise must hold. The dictionary is fuzz_lambda_log.dict.
 */
#include "traces/record.h"

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
            fprintf(stderr, "fuzz_lambda_log.c:%d: %s does not hold\n", __LINE__, #condition);     \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

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

static bool known(int64_t value)
{
    return value >= 0 || value == UNKNOWN_VALUE;
}

/* A hash of all records: the same file gives the same ones. */
static int check_invocation(void *context, const struct invocation_record *record)
{
    uint64_t *const hash = context;
    REQUIRE(record->request_id != NULL && record->request_id[0] != '\0');
    REQUIRE(strlen(record->request_id) <= 128);
    REQUIRE(record->function == NULL || strlen(record->function) <= 512);
    REQUIRE(record->duration_ns >= 0 && known(record->billed_ns) && known(record->init_ns));
    REQUIRE(known(record->restore_ns) && known(record->billed_restore_ns));
    REQUIRE(known(record->memory_mb) && known(record->max_memory_mb));
    REQUIRE(record->cold >= UNKNOWN_VALUE && record->cold <= 1);
    REQUIRE(record->count == 1 && !record->relative);
    *hash = (*hash ^ (uint64_t)record->duration_ns ^ (uint64_t)record->time_ns) *
            UINT64_C(0x100000001b3);
    return 0;
}

static int check_point(void *context, const struct metric_point *point)
{
    uint64_t *const hash = context;
    REQUIRE(point->metric != NULL && point->metric[0] != '\0');
    REQUIRE(point->statistic != NULL && point->value == point->value);
    *hash = (*hash ^ (uint64_t)point->time_ns) * UINT64_C(0x100000001b3);
    return 0;
}

static int read_as(const char *format, bool strict, uint64_t *ret_hash)
{
    struct diagnostics d;
    const char *const name = path;
    const struct read_options options = {.format = format, .strict = strict};
    const struct record_sink sink = {
        .invocation = check_invocation, .point = check_point, .context = ret_hash};
    *ret_hash = 1;
    diagnostics_init(&d);
    const int result = read_records(&name, 1, &options, &sink, NULL, &d);
    REQUIRE(result == 0 || result == -1);
    REQUIRE((result == 0) == (d.errors == 0));
    REQUIRE(!strict || d.warnings == 0);
    diagnostics_finish(&d);
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const format[] = {NULL, "lambda-log", "cloudwatch-events", "splunk-csv"};
    write_file(data, size);
    for (size_t i = 0; i < sizeof format / sizeof *format; i++) {
        uint64_t hash, again;
        const int strict = read_as(format[i], true, &hash);
        const int lenient = read_as(format[i], false, &again);
        REQUIRE(strict != 0 || (lenient == 0 && hash == again));
    }
    return 0;
}
