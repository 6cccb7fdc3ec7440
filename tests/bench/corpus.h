/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Logs that are made up, the same in every run, for benchmarks of readers. */
#ifndef BENCH_CORPUS_H
#define BENCH_CORPUS_H

#include <stddef.h>
#include <stdint.h>

#define CORPUS_ROW_MAX 4096

uint64_t corpus_random(uint64_t *state);      /* xorshift64 (Marsaglia 2003) */
void corpus_id(char id[37], uint64_t *state); /* a request id */

/* One invocation's lines; returns their length. `number` counts them. */
typedef int corpus_row(char row[CORPUS_ROW_MAX], uint64_t number, uint64_t *state);

corpus_row corpus_report;   /* a REPORT line of a text log */
corpus_row corpus_insights; /* a row of Logs Insights; of 20 functions */
corpus_row corpus_calls;    /* a row for --map CORPUS_CALLS_MAP; of 10,000 functions */
extern const char corpus_insights_header[], corpus_calls_header[], corpus_calls_map[];

/* Writes at least `size` bytes into a new file /tmp/lambdaplan-bench-…, whose name goes into
 * `ret_path`. The size; 0 after an error (reported). */
size_t corpus_write(char ret_path[64], const char *header, corpus_row *row, size_t size);

#endif
