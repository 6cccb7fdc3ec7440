/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `bill` and `fit` as users run them, process for process, beside `wc -l` and a bare libcsv pass
 * over the same file in the same round. Files are made up, written to /tmp and read from the page
 * cache.
 *
 * Two threads can be at most as fast as the machine has a second processor to give: so each round
 * also runs a loop that shares nothing, alone and twice at once. Where that is not twice as fast,
 * the processors are not free, or not two.
 *
 * usage: bench_bill LAMBDAPLAN
 */
#include "bare_loops.h"
#include "corpus.h"

#include <csv.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 7
#define MB ((size_t)1000 * 1000)
#define SPINS UINT64_C(300000000)

struct took {
    double wall_s, cpu_s, peak_mb;
};

/* Runs it in silence. Ends the program when that fails. */
static struct took run(const char *const *argument)
{
    char *copy[16] = {NULL};
    for (size_t i = 0; argument[i] != NULL && i + 1 < sizeof copy / sizeof *copy; i++)
        copy[i] = strdup(argument[i]);
    const double start = bench_seconds();
    const pid_t child = fork();
    if (child == 0) {
        const int null = open("/dev/null", O_RDWR);
        dup2(null, 0);
        dup2(null, 1);
        dup2(null, 2);
        execvp(copy[0], copy);
        _exit(127);
    }
    int status = 0;
    struct rusage usage;
    if (child < 0 || wait4(child, &status, 0, &usage) != child || status != 0) {
        fprintf(stderr, "bench_bill: %s %s failed\n", argument[0], argument[1]);
        exit(EXIT_FAILURE);
    }
    const double wall_s = bench_seconds() - start;
    for (size_t i = 0; copy[i] != NULL; i++)
        free(copy[i]);
    return (struct took){
        .wall_s = wall_s,
        .cpu_s = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                 1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec),
        .peak_mb = (double)usage.ru_maxrss / 1024,
    };
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

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* The library's own parser with callbacks that count, and nothing else. */
static struct took run_libcsv(const char *path)
{
    static char block[65536];
    struct csv_parser parser;
    size_t sum = 0, got;
    FILE *const in = fopen(path, "rb");
    const double start = bench_seconds(), cpu = cpu_seconds();
    if (in == NULL || csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
        exit(EXIT_FAILURE);
    setvbuf(in, NULL, _IONBF, 0);
    while ((got = fread(block, 1, sizeof block, in)) > 0)
        if (csv_parse(&parser, block, got, on_field, on_row, &sum) != got)
            exit(EXIT_FAILURE);
    const struct took took = {.wall_s = bench_seconds() - start, .cpu_s = cpu_seconds() - cpu};
    csv_free(&parser);
    fclose(in);
    return took;
}

static void *spin(void *context)
{
    uint64_t state = 1;
    for (uint64_t i = 0; i < SPINS; i++)
        corpus_random(&state);
    *(volatile uint64_t *)context = state;
    return NULL;
}

/* How many times one thread's work two threads do in the same time. */
static double spin_ratio(void)
{
    uint64_t sink[2];
    pthread_t other;
    double start = bench_seconds();
    spin(&sink[0]);
    const double one = bench_seconds() - start;
    start = bench_seconds();
    if (pthread_create(&other, NULL, spin, &sink[1]) != 0)
        return NAN;
    spin(&sink[0]);
    pthread_join(other, NULL);
    return 2 * one / (bench_seconds() - start);
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const double of[ROUNDS])
{
    double sorted[ROUNDS];
    memcpy(sorted, of, sizeof sorted);
    qsort(sorted, ROUNDS, sizeof *sorted, by_size);
    return sorted[ROUNDS / 2];
}

/* Rates are of wall time; ratios are medians over the rounds of the round's own, by CPU time where
 * one thread is held against another program, by wall time where two are held against one. */
static void compare(const char *name, const char *lambdaplan, const char *header, corpus_row *row)
{
    char path[64];
    const double size = 1e-6 * (double)corpus_write(path, header, row, 256 * MB);
    const char *const one[] = {lambdaplan, "bill", path, "--jobs", "1", NULL};
    const char *const two[] = {lambdaplan, "bill", path, "--jobs", "2", NULL};
    const char *const wc[] = {"wc", "-l", path, NULL};
    double wall[ROUNDS], cpu[ROUNDS], lines[ROUNDS], csv[ROUNDS], pair[ROUNDS], spins[ROUNDS];
    const bool is_csv = header[0] != '\0';
    if (size <= 0)
        exit(EXIT_FAILURE);
    for (int i = 0; i < ROUNDS; i++) {
        const struct took counted = run(wc), single = run(one);
        wall[i] = size / single.wall_s;
        cpu[i] = size / single.cpu_s;
        lines[i] = counted.cpu_s / single.cpu_s;
        csv[i] = is_csv ? run_libcsv(path).cpu_s / single.cpu_s : NAN;
        pair[i] = is_csv ? run(one).wall_s / run(two).wall_s : NAN;
        spins[i] = is_csv ? spin_ratio() : NAN;
    }
    unlink(path);
    printf("%-20s %8.0f %12.0f %10.3f", name, median(wall), median(cpu), median(lines));
    if (is_csv)
        printf(" %10.2f %12.2f %12.2f\n", median(csv), median(pair), median(spins));
    else
        printf(" %10s %12s %12s\n", "-", "-", "-");
    fflush(stdout);
}

static void measure_bill(const char *lambdaplan, const char *name, const char *header,
                         corpus_row *row)
{
    static const size_t size[] = {64 * MB, 1024 * MB};
    printf("%-36s", name);
    for (size_t i = 0; i < 2; i++) {
        char path[64];
        const char *const bill[] = {lambdaplan, "bill", path, NULL};
        if (corpus_write(path, header, row, size[i]) == 0)
            exit(EXIT_FAILURE);
        printf(" %12.0f", run(bill).peak_mb);
        fflush(stdout);
        unlink(path);
    }
    printf("\n");
}

static void measure_fit(const char *lambdaplan)
{
    static const size_t size[] = {64 * MB, 1024 * MB};
    printf("%-36s", "fit, 10,000 functions");
    for (size_t i = 0; i < 2; i++) {
        char path[64], output[80];
        if (corpus_write(path, corpus_calls_header, corpus_calls, size[i]) == 0)
            exit(EXIT_FAILURE);
        snprintf(output, sizeof output, "%s.json", path);
        const char *const fit[] = {lambdaplan,       "fit",      path,   "--map",
                                   corpus_calls_map, "--output", output, NULL};
        printf(" %12.0f", run(fit).peak_mb);
        fflush(stdout);
        unlink(output);
        unlink(path);
    }
    printf("\n");
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: bench_bill LAMBDAPLAN\n", stderr);
        return 2;
    }
    printf("%-20s %8s %12s %10s %10s %12s %12s\n", "bill, 256 MB", "MB/s", "MB/s of CPU",
           "of wc -l", "of libcsv", "two threads", "two loops");
    compare("Logs Insights CSV", argv[1], corpus_insights_header, corpus_insights);
    compare("REPORT lines", argv[1], "", corpus_report);
    printf("\n%-36s %12s %12s\n", "peak memory, MB, of a file of", "64 MB", "1,024 MB");
    measure_bill(argv[1], "bill, Logs Insights CSV", corpus_insights_header, corpus_insights);
    measure_bill(argv[1], "bill, REPORT lines", "", corpus_report);
    measure_fit(argv[1]);
    return 0;
}
