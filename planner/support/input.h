/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The bytes of a file, whatever it is packed in: plain, gzip (several members behind each other
 * too), Zstandard (recognised by content, not by name), or standard input ("-"). Fixed memory: the
 * buffer grows to the longest line, at most 1,000,000 bytes. A UTF-8 BOM is dropped, UTF-16 with a
 * BOM (PowerShell's ">") becomes UTF-8.
 *
 * Errors, each reported once with the file and, in an archive, the byte: unreadable, a folder, a
 * broken or cut archive, an archive of another kind, UTF-16 that makes no sense. What was read
 * before one is delivered first.
 */
#ifndef SUPPORT_INPUT_H
#define SUPPORT_INPUT_H

#include <lambdaplan/diagnostics.h>

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define INPUT_LINE_MAX 1000000 /* bytes */

struct input;

struct input *input_open(const char *path, struct diagnostics *diagnostics); /* NULL: reported */
/* The same, but an archive that is cut or broken ends there, with a warning: its line end is not
 * there either (input_line_unfinished). One of another kind is a warning and NULL. */
struct input *input_open_damaged(const char *path, struct diagnostics *diagnostics);
void input_close(struct input *input);             /* NULL does nothing */
const char *input_path(const struct input *input); /* for messages: "standard input" for "-" */
bool input_failed(const struct input *input);      /* an error was reported */

/* Whether a file's content begins as an object of JSON; false for what can be read only once. */
bool input_is_json(const char *path);

/* The beginning, without consuming it: up to 64 KiB. Only before anything was read. */
size_t input_head(struct input *input, const char **ret);

/* Up to `size` bytes; 0 at the end; -1 after an error. */
ssize_t input_read(struct input *input, char *buffer, size_t size);

/* All that is left, NUL-terminated, in new memory; NULL after an error: more than `limit` bytes are
 * one. */
char *input_read_all(struct input *input, size_t limit, size_t *ret_size);

/* input_read as a csv_read_function (support/csv.h): `context` is the input. */
ssize_t input_csv_read(void *context, char *buffer, size_t size);

/*
 * The next line without its end ("\n", "\r\n", or a lone "\r", as of progress bars and of programs
 * that end every line so), NUL-terminated, valid until the next call, with its number from 1: a
 * lone
 * "\r" does not count, as editors do not count it. A line longer than INPUT_LINE_MAX is cut there
 * and marked. 1, 0 at the end, -1 after an error. A NUL byte inside stays inside: compare lengths.
 */
int input_line(struct input *input, const char **ret_line, size_t *ret_length, long *ret_number,
               bool *ret_cut);
/* Whether that line was cut, or the file ends without an end of the line: something may be missing.
 */
bool input_line_unfinished(const struct input *input);

/* For readers that want whole blocks: the next chunk of the content in the input's own buffer, at
 * least one byte unless the end is reached; 0 at the end, -1 after an error. */
ssize_t input_chunk(struct input *input, const char **ret);

#endif
