/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How fast an export of Logs Insights becomes records: read_records, then read_records_parallel
 * with one thread and more. Sums by part, as `bill` makes them. The export is made up, the same in
 * every run, written to /tmp and read from the page cache. A figure is the best of several rounds
 * in turn: whatever else runs can only make it worse. CPU time says what a core would do.
 */
#include "bare_loops.h"
#include "corpus.h"
#include "traces/parallel.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 5
#define TARGET_SIZE ((size_t)256 * 1000 * 1000)

struct sum {
    uint64_t records;
    int64_t billed_ns;
};

static int on_invocation(void *context, const struct invocation_record *record)
{
    struct sum *const sum = context;
    sum->records++;
    sum->billed_ns += record->billed_ns;
    return 0;
}

static void *create_part(void *context)
{
    (void)context;
    return calloc(1, sizeof(struct sum));
}

static struct record_sink sink_of(void *part)
{
    return (struct record_sink){.invocation = on_invocation, .context = part};
}

static int merge_part(void *context, void *part)
{
    struct sum *const whole = context, *const sum = part;
    whole->records += sum->records;
    whole->billed_ns += sum->billed_ns;
    free(part);
    return 0;
}

/* `threads` 0: read_records. False after an error. */
static bool run(const char *path, unsigned threads, struct sum *ret, double *ret_s,
                double *ret_cpu_s)
{
    struct diagnostics diagnostics;
    const struct read_options options = {.strict = true};
    *ret = (struct sum){0};
    const struct record_parts parts = {create_part, sink_of, merge_part, free, ret};
    const struct record_sink sink = sink_of(ret);
    diagnostics_init(&diagnostics);
    const clock_t cpu = clock();
    const double start = bench_seconds();
    const int failed = threads == 0 ? read_records(&path, 1, &options, &sink, NULL, &diagnostics)
                                    : read_records_parallel(&path, 1, &options, threads, &parts,
                                                            NULL, &diagnostics);
    *ret_s = bench_seconds() - start;
    *ret_cpu_s = (double)(clock() - cpu) / CLOCKS_PER_SEC;
    diagnostics_print(&diagnostics, stderr);
    diagnostics_finish(&diagnostics);
    return failed == 0;
}

int main(void)
{
    static const unsigned threads[] = {0, 1, 2, 4};
    enum { CASES = sizeof threads / sizeof *threads };
    char path[64];
    const double size =
        1e-6 * (double)corpus_write(path, corpus_insights_header, corpus_insights, TARGET_SIZE);
    if (size <= 0)
        return EXIT_FAILURE;
    double best[CASES] = {0}, best_cpu[CASES] = {0};
    struct sum sum, first = {0};
    bool good = true;
    for (int round = 0; round < ROUNDS && good; round++)
        for (int i = 0; i < CASES && good; i++) {
            double seconds, cpu;
            good = run(path, threads[i], &sum, &seconds, &cpu);
            first = round + i == 0 ? sum : first;
            good = good && sum.records == first.records && sum.billed_ns == first.billed_ns;
            best[i] = size / seconds > best[i] ? size / seconds : best[i];
            best_cpu[i] = size / cpu > best_cpu[i] ? size / cpu : best_cpu[i];
        }
    unlink(path);
    if (!good) {
        fputs("bench_parallel: the runs disagree or fail\n", stderr);
        return EXIT_FAILURE;
    }
    printf("%.0f MB, %" PRIu64 " records\n", size, first.records);
    printf("%-28s %10s %14s %10s\n", "Logs Insights CSV", "MB/s", "MB/s of CPU", "of one");
    for (int i = 0; i < CASES; i++) {
        char name[40];
        snprintf(name, sizeof name, threads[i] == 0 ? "one stream" : "%u thread(s)", threads[i]);
        printf("%-28s %10.0f %14.0f %10.2f\n", name, best[i], best_cpu[i], best[i] / best[0]);
    }
    return EXIT_SUCCESS;
}
