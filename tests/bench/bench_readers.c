/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How fast files become records, beside two bare passes over the same bytes in the same run: a
 * count of lines, as `wc -l` does it, and libcsv with empty callbacks. Files are made up (the same
 * in every run), written to /tmp and read from the page cache. Reading includes opening; a figure
 * is the median of several rounds in turn. A case is one line in `cases`.
 */
#include "bare_loops.h"
#include "corpus.h"
#include "traces/record.h"

#include <csv.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROUNDS 5
#define TARGET_SIZE ((size_t)64 * 1000 * 1000)

struct corpus {
    char path[64];
    char *bytes;
    size_t size;
};

/* As `aws logs tail` prints a stream: a timestamp before START, two lines of the function, END and
 * REPORT. */
static int stream_row(char row[CORPUS_ROW_MAX], uint64_t number, uint64_t *state)
{
    char id[37];
    corpus_id(id, state);
    const unsigned us = (unsigned)(corpus_random(state) % 900000);
    const unsigned second = (unsigned)(number / 100 % 60), minute = (unsigned)(number / 6000 % 60);
    char time[32];
    snprintf(time, sizeof time, "2023-05-01T07:%02u:%02u.%03uZ", minute, second,
             (unsigned)(number % 100) * 10);
    return snprintf(row, CORPUS_ROW_MAX,
                    "%s START RequestId: %s Version: $LATEST\n"
                    "%s %s\tINFO\tgot 25 records of shard 7, the first one is 4957 bytes long\n"
                    "%s %s\tINFO\twrote 25 items in 2 batches, none was refused\n"
                    "%s END RequestId: %s\n"
                    "%s REPORT RequestId: %s\tDuration: %u.%02u ms\tBilled Duration: %u ms\tMemory "
                    "Size: 512 MB\tMax Memory Used: 91 MB\t\n",
                    time, id, time, id, time, id, time, id, time, id, us / 1000, us / 10 % 100,
                    us / 1000 + 1);
}

static int event_row(char row[CORPUS_ROW_MAX], uint64_t number, uint64_t *state)
{
    char id[37];
    corpus_id(id, state);
    const unsigned us = (unsigned)(corpus_random(state) % 900000);
    return snprintf(row, CORPUS_ROW_MAX,
                    "{\"logStreamName\": \"2023/05/01/[$LATEST]20bddfd5\", \"timestamp\": "
                    "%" PRIu64 ", \"message\": \"REPORT RequestId: %s\\tDuration: %u.%02u "
                    "ms\\tBilled Duration: %u ms\\tMemory Size: 512 MB\\tMax Memory Used: 91 "
                    "MB\\t\\n\", \"ingestionTime\": 1682924400000, \"eventId\": \"375\"}\n",
                    UINT64_C(1682924400000) + number, id, us / 1000, us / 10 % 100, us / 1000 + 1);
}

static int json_row(char row[CORPUS_ROW_MAX], uint64_t number, uint64_t *state)
{
    char id[37];
    corpus_id(id, state);
    const unsigned us = (unsigned)(corpus_random(state) % 900000);
    return snprintf(row, CORPUS_ROW_MAX,
                    "{\"time\":\"2023-11-16T07:%02u:%02u.%03uZ\",\"type\":\"platform.report\","
                    "\"record\":{\"requestId\":\"%s\",\"status\":\"success\",\"metrics\":{"
                    "\"durationMs\":%u.%03u,\"billedDurationMs\":%u,\"memorySizeMB\":128,"
                    "\"maxMemoryUsedMB\":84}}}\n",
                    (unsigned)(number / 6000 % 60), (unsigned)(number / 100 % 60),
                    (unsigned)(number % 100), id, us / 1000, us % 1000, us / 1000 + 1);
}

static const struct {
    const char *name, *format, *header;
    corpus_row *row;
} cases[] = {
    {"Logs Insights CSV", "insights-csv", corpus_insights_header, corpus_insights},
    {"REPORT lines", "lambda-log", "", corpus_report},
    {"a whole text log", "lambda-log", "", stream_row},
    {"CloudWatch events", "cloudwatch-events", "", event_row},
    {"platform.report lines", "lambda-json-log", "", json_row},
};

#define CASES (sizeof cases / sizeof *cases)

static void fail(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

static void make_corpus(struct corpus *ret, const char *header, corpus_row *row)
{
    ret->size = corpus_write(ret->path, header, row, TARGET_SIZE);
    ret->bytes = malloc(ret->size + 1);
    FILE *const in = fopen(ret->path, "rb");
    if (ret->size == 0 || ret->bytes == NULL || in == NULL ||
        fread(ret->bytes, 1, ret->size, in) != ret->size)
        fail("bench_readers");
    fclose(in);
}

/* MB/s of a pass that took so long. */
static double rate(const struct corpus *corpus, double start)
{
    return (double)corpus->size * 1e-6 / (bench_seconds() - start);
}

static double run_lines(const struct corpus *corpus)
{
    const double start = bench_seconds();
    const char *const end = corpus->bytes + corpus->size;
    size_t lines = 0;
    for (const char *s = corpus->bytes; (s = memchr(s, '\n', (size_t)(end - s))) != NULL; s++)
        lines++;
    return lines > 0 ? rate(corpus, start) : 0.0;
}

static void on_field(void *data, size_t length, void *context)
{
    (void)data;
    *(size_t *)context += length;
}

static void on_row(int end, void *context)
{
    *(size_t *)context += (size_t)(end == '\n');
}

static double run_libcsv(const struct corpus *corpus)
{
    struct csv_parser parser;
    size_t sum = 0;
    csv_init(&parser, 0);
    const double start = bench_seconds();
    for (size_t i = 0; i < corpus->size; i += 65536) {
        const size_t left = corpus->size - i;
        csv_parse(&parser, corpus->bytes + i, left < 65536 ? left : 65536, on_field, on_row, &sum);
    }
    const double result = sum > 0 ? rate(corpus, start) : 0.0;
    csv_free(&parser);
    return result;
}

static int count_invocation(void *context, const struct invocation_record *record)
{
    *(int64_t *)context += record->billed_ns;
    return 0;
}

static double run_reader(const struct corpus *corpus, const char *format)
{
    struct diagnostics diagnostics;
    int64_t billed_ns = 0;
    const struct read_options options = {.format = format};
    const struct record_sink sink = {.invocation = count_invocation, .context = &billed_ns};
    const char *const path = corpus->path;
    diagnostics_init(&diagnostics);
    const double start = bench_seconds();
    const int failed = read_records(&path, 1, &options, &sink, NULL, &diagnostics);
    const double result = rate(corpus, start);
    diagnostics_print(&diagnostics, stderr);
    diagnostics_finish(&diagnostics);
    return failed == 0 && billed_ns > 0 ? result : 0.0;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double of[ROUNDS])
{
    qsort(of, ROUNDS, sizeof *of, by_size);
    return of[ROUNDS / 2];
}

int main(void)
{
    printf("%-24s %10s %10s %10s %10s %10s\n", "MB/s", "reader", "lines", "libcsv", "of lines",
           "of libcsv");
    for (size_t i = 0; i < CASES; i++) {
        struct corpus corpus;
        double reader[ROUNDS], lines[ROUNDS], libcsv[ROUNDS];
        make_corpus(&corpus, cases[i].header, cases[i].row);
        for (int round = 0; round < ROUNDS; round++) {
            lines[round] = run_lines(&corpus);
            libcsv[round] = run_libcsv(&corpus);
            reader[round] = run_reader(&corpus, cases[i].format);
        }
        unlink(corpus.path);
        free(corpus.bytes);
        const double r = median(reader), l = median(lines), c = median(libcsv);
        printf("%-24s %10.0f %10.0f %10.0f %10.3f %10.2f\n", cases[i].name, r, l, c, r / l, r / c);
        fflush(stdout);
    }
    return 0;
}
