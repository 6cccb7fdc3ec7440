/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The bytes of a file, whatever it is packed in: plain, gzip, Zstandard (recognised by content, not
 * by name), or standard input ("-"). Fixed memory.
 */
#ifndef TRACES_INPUT_H
#define TRACES_INPUT_H

#include <lambdaplan/diagnostics.h>

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct input;

struct input *input_open(const char *path, struct diagnostics *diagnostics); /* NULL: reported */
void input_close(struct input *input);
const char *input_path(const struct input *input); /* for messages */

/* The beginning, without consuming it: up to 64 KiB. */
size_t input_head(struct input *input, const char **ret);

/* Up to `size` bytes; 0 at the end; -1 after an error (reported: unreadable, broken archive). */
ssize_t input_read(struct input *input, char *buffer, size_t size);

/*
 * The next line without its end ("\n" or "\r\n"), NUL-terminated, valid until the next call, with
 * its number from 1. A line longer than 1,000,000 bytes is cut there and marked. 1, 0 at the end,
 * -1 after an error. A NUL byte inside stays inside: compare lengths.
 */
int input_line(struct input *input, const char **ret_line, size_t *ret_length, long *ret_number,
               bool *ret_cut);

/* For readers that want whole blocks: the next chunk of the content in the input's own buffer, at
 * least one byte unless the end is reached; 0 at the end, -1 after an error. */
ssize_t input_chunk(struct input *input, const char **ret);

#endif
