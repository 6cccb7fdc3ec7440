/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fast path of CSV (traces/row_scan.h) beside libcsv's (support/csv.h) on the same bytes. */
#ifndef TESTS_CSV_DIFFERENCE_H
#define TESTS_CSV_DIFFERENCE_H

#include <stddef.h>
#include <sys/types.h>

/* Bytes that are read so many at once; `step` 0: as many as fit. */
struct csv_bytes {
    const char *byte;
    size_t size, at, step;
};

/* Both kinds of read function; `context` is a csv_bytes. */
ssize_t csv_bytes_read(void *context, char *buffer, size_t size);

struct csv_totals {
    unsigned long rows, broken, ragged, unreadable;
};

/* Both must see the same rows, fields and lines up to libcsv's first error; there the fast path has
 * a broken row. NULL, or what differs first. `step` is that of the fast path. */
const char *csv_difference(const char *bytes, size_t size, size_t step, struct csv_totals *totals);

#endif
