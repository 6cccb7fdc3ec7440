/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CSV in, row by row, over libcsv in strict mode: a pull interface with a header, line numbers and
 * limits, for hostile files. Fixed memory: one read buffer and one row. A path may be a FIFO.
 *
 * Checked here, each an error with file and line: unreadable file, malformed quoting, a field of
 * more than 1,000,000 bytes, a row of more than 16,000,000, more than 10,000 columns, a NUL byte, a
 * row with more or fewer columns than the header (ragged), a file without a header, a header name
 * that appears twice (but several columns may have none). A UTF-8 BOM is dropped, blank lines are
 * skipped, "\r\n" is a line end, and so is a lone "\r"; a last line without "\n" is a row. Blanks
 * around an unquoted field are dropped.
 */
#ifndef SUPPORT_CSV_H
#define SUPPORT_CSV_H

#include <lambdaplan/diagnostics.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct csv_reader;

/* NULL after an error. `path` "-" is standard input. */
struct csv_reader *csv_open(const char *path, struct diagnostics *diagnostics);
/* The same over any bytes: `read` gives up to `size` bytes, 0 at the end, or -1 after an error that
 * it has reported. `name` stands in messages. */
typedef ssize_t csv_read_function(void *context, char *buffer, size_t size);
struct csv_reader *csv_open_over(const char *name, csv_read_function *read_bytes, void *context,
                                 struct diagnostics *diagnostics);
void csv_close(struct csv_reader *reader);

/* Header names in order; valid while the reader is open. */
size_t csv_columns(const struct csv_reader *reader);
const char *csv_column_name(const struct csv_reader *reader, size_t index);
/* -1 when there is none; exact match. */
long csv_find_column(const struct csv_reader *reader, const char *name);

/* The next data row: 1; the end: 0; an error (reported): -1. Fields are NUL-terminated and valid
 * until the next call. `ret_line` is the line of the row's first character, from 1. */
int csv_next(struct csv_reader *reader, const char *const **ret_field, long *ret_line);

/* The same for readers that go on after a ragged row: 2 for one, which is not reported.
 * `ret_count` fields are there to read: the row's own, at most as many as the header has. */
int csv_next_any(struct csv_reader *reader, const char *const **ret_field, size_t *ret_count,
                 long *ret_line);

/* Exact conversions of a whole field (blanks around it allowed): false when anything is left over,
 * when it is empty, not finite or out of range. */
bool csv_to_double(const char *text, double *ret);
bool csv_to_int64(const char *text, long long *ret);

/* A decimal number times 10^power (0..18) as an integer, from its digits and so without a double's
 * error: "1845.17" with power 6 is 1845170000. Rounded half away from zero; exponents are
 * understood. `ret_exact`, unless NULL: nothing was rounded. */
bool csv_to_scaled(const char *text, int power, int64_t *ret, bool *ret_exact);

#endif
