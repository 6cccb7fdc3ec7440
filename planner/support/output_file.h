/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files that appear whole or not at all. An output is written under a temporary name beside its
 * target (".NAME.XXXXXX"); committing flushes it to the disk and renames it, so that a reader sees
 * the old file or the new one, never half of one. Files that belong together are committed
 * together: none is renamed before all are on the disk.
 *
 * The first error of an output is kept and reported when it is committed; writing goes on without
 * effect. A closed pipe and a file above the process's limit are such errors where SIGPIPE
 * and SIGXFSZ are ignored, as the program does.
 */
#ifndef SUPPORT_OUTPUT_FILE_H
#define SUPPORT_OUTPUT_FILE_H

#include <lambdaplan/diagnostics.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct output;

/* Creates `dir` and its parents where they are missing. 0, or -1 after an error. */
int output_make_directory(const char *dir, struct diagnostics *diagnostics);

/* Creates `dir` (and its parents) where it is missing; what was made and is empty goes again when
 * its outputs are abandoned. NULL after an error. */
struct output *output_open(const char *dir, const char *name, struct diagnostics *diagnostics);
/* A file by its path, whose folder must be there: a mistyped path makes none. Devices and pipes are
 * written to, not replaced. NULL after an error. */
struct output *output_open_file(const char *path, struct diagnostics *diagnostics);
/* Whether it is; false after an error, which a command wants before its work. */
bool output_has_folder(const char *path, struct diagnostics *diagnostics);
/* The same writer over a stream of the caller: standard output, say. `label` names it in errors.
 * Committing flushes the stream and does not close it. */
struct output *output_to_stream(FILE *stream, const char *label);

void output_write(struct output *output, const char *data, size_t size);
void output_text(struct output *output, const char *text);
__attribute__((format(printf, 2, 3))) void output_format(struct output *output, const char *format,
                                                         ...);
/* Makes the output fail with `error` (an errno): its content could not be made. */
void output_fail(struct output *output, int error);
/* An errno, or 0: lets long work stop early. */
int output_error(const struct output *output);

/* All or none, in order; 0, or -1 after an error. Either way the outputs are gone afterwards. */
int output_commit(struct output *const *output, size_t count, struct diagnostics *diagnostics);
/* Removes the temporary and leaves an older file as it was; NULL does nothing. */
void output_abandon(struct output *output);

/* Removes what a killed process has left in `dir` of its CSV and JSON files: ".NAME.csv.XXXXXX".
 * The caller knows that no other writes there. */
void output_remove_leftovers(const char *dir);

/* Removes every temporary of this process and the folder that it made for them, if empty;
 * async-signal-safe, for a handler that ends it. */
void output_remove_temporaries(void);

#endif
