/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "corpus.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char corpus_insights_header[] =
    "@timestamp,@requestId,@type,@duration,@billedDuration,@initDuration,@memorySize,"
    "@maxMemoryUsed,@log,@logStream\n";
const char corpus_calls_header[] = "t,d,i,m,b,f\n";
const char corpus_calls_map[] =
    "start_s=t,duration_ms=d,init_ms=i,max_memory_mb=m,bytes=b,function=f";

uint64_t corpus_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

void corpus_id(char id[37], uint64_t *state)
{
    const uint64_t a = corpus_random(state), b = corpus_random(state);
    snprintf(id, 37, "%08x-%04x-4%03x-8%03x-%012" PRIx64, (unsigned)(a >> 32),
             (unsigned)(a >> 16) & 0xffff, (unsigned)(a & 0xfff), (unsigned)(b >> 52),
             b & UINT64_C(0xffffffffffff));
}

int corpus_report(char row[CORPUS_ROW_MAX], uint64_t number, uint64_t *state)
{
    char id[37];
    (void)number;
    corpus_id(id, state);
    const unsigned us = (unsigned)(corpus_random(state) % 9000000);
    return snprintf(row, CORPUS_ROW_MAX,
                    "REPORT RequestId: %s\tDuration: %u.%02u ms\tBilled Duration: %u ms\tMemory "
                    "Size: 1024 MB\tMax Memory Used: %u MB\t\n",
                    id, us / 1000, us / 10 % 100, (us + 999) / 1000, 60 + us % 200);
}

int corpus_insights(char row[CORPUS_ROW_MAX], uint64_t number, uint64_t *state)
{
    char id[37];
    (void)number;
    corpus_id(id, state);
    const uint64_t a = corpus_random(state), b = corpus_random(state);
    const unsigned us = (unsigned)(a % 900000);
    return snprintf(row, CORPUS_ROW_MAX,
                    "2023-11-14 22:%02u:%02u.%03u,%s,REPORT,%u.%02u,%u,%s,1.28E8,%u000000,"
                    "123456789012:/aws/lambda/function-%u,2023/11/14/[$LATEST]%016" PRIx64
                    "%016" PRIx64 "\n",
                    (unsigned)(a >> 8) % 60, (unsigned)(a >> 16) % 60, (unsigned)(a >> 24) % 1000,
                    id, us / 1000, us / 10 % 100, us / 1000 + 1, b % 20 == 0 ? "127.02" : "",
                    40 + (unsigned)(b % 60), (unsigned)(b >> 8) % 20, a, b);
}

int corpus_calls(char row[CORPUS_ROW_MAX], uint64_t number, uint64_t *state)
{
    const uint64_t a = corpus_random(state), b = corpus_random(state);
    const double even = (double)((a >> 11) + 1) * 0x1p-53, ms = 50 * pow(-log(even), 2);
    char init[32] = "";
    if (b % 10 == 0)
        snprintf(init, sizeof init, "%.2f", 200 + 0.01 * (double)((b >> 8) % 40000));
    return snprintf(row, CORPUS_ROW_MAX, "%.3f,%.2f,%s,%u,%u,function-%05u\n",
                    1.7e9 + 0.05 * (double)number, ms, init, 40 + (unsigned)((b >> 24) % 400),
                    100 + (unsigned)((b >> 32) % 100000), (unsigned)((a >> 5) % 10000));
}

size_t corpus_write(char ret_path[64], const char *header, corpus_row *row, size_t size)
{
    uint64_t state = UINT64_C(0x9e3779b97f4a7c15);
    char text[CORPUS_ROW_MAX];
    strcpy(ret_path, "/tmp/lambdaplan-bench-XXXXXX");
    const int fd = mkstemp(ret_path);
    FILE *const out = fd < 0 ? NULL : fdopen(fd, "wb");
    if (out == NULL) {
        perror(ret_path);
        return 0;
    }
    size_t written = (size_t)fprintf(out, "%s", header);
    for (uint64_t number = 0; written < size; number++) {
        const int length = row(text, number, &state);
        written += fwrite(text, 1, (size_t)length, out);
    }
    if (ferror(out) != 0 || fclose(out) != 0) {
        perror(ret_path);
        unlink(ret_path);
        return 0;
    }
    return written;
}
