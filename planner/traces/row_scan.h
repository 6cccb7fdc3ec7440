/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CSV rows at several times the speed of libcsv's state machine, for logs of gigabytes: the same
 * rows and fields as support/csv.h yields (a test compares them on hostile bytes), but a broken row
 * does not end the file. Fields stay where they were read, NUL-terminated in place.
 *
 * A row that is broken (a misplaced quote, a quoted field that does not end or of more than
 * 1,000,000 bytes, more than 10,000 columns, more than 16,000,000 bytes) is its first line: reading
 * goes on behind that. A row with a NUL byte is left out whole. So what follows a row's end never
 * depends on what was before, and a file may be read from any row on.
 *
 * Memory: the longest row, at most 16 MB and its fields.
 */
#ifndef TRACES_ROW_SCAN_H
#define TRACES_ROW_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ROW_SCAN_SHOWN 1000 /* bytes of a broken row that are kept */

struct row_scanner;

/* Up to `size` bytes, 0 at the end, -1 after an error. */
typedef ssize_t row_scan_read(void *context, char *buffer, size_t size);

struct row {
    char **field; /* valid until the next call */
    const size_t *length;
    size_t fields;
    long line;           /* of the row's first character, from 1 */
    const char *problem; /* why it is broken, static; then there are no fields. Or NULL */
};

/* `head`: this is the beginning of a file, where a byte order mark may stand. */
struct row_scanner *row_scanner_create(row_scan_read *read, void *context, bool head);
void row_scanner_destroy(struct row_scanner *scanner);

/* The next row that begins before `limit` bytes from the beginning: 1; none, or the end: 0; an
 * error of `read`: -1. A line counts from its first byte, be it a blank. */
int row_scanner_next(struct row_scanner *scanner, uint64_t limit, struct row *ret);

/* The bytes of the present row as they were; fields are not terminated any more. */
void row_scanner_raw(struct row_scanner *scanner, const char **ret, size_t *ret_size);

/* Where the next line begins, and its number. */
uint64_t row_scanner_offset(const struct row_scanner *scanner);
long row_scanner_line(const struct row_scanner *scanner);

#endif
