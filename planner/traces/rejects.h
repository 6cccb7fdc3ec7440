/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows that could not be read: counted by reason, written to a file with their place, or, in strict
 * mode, an error at once. Never a silent skip.
 */
#ifndef TRACES_REJECTS_H
#define TRACES_REJECTS_H

#include <lambdaplan/diagnostics.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rejects;

/* `path` NULL: no file. The file is CSV: file,line,reason,row (the row cut at 1,000 bytes). It
 * appears whole when rejects_finish succeeds, and not at all when nothing was rejected. NULL after
 * an error. */
struct rejects *rejects_open(const char *path, bool strict, struct diagnostics *diagnostics);

/* One row; `reason` is static text ("Duration is not a number"). Returns non-zero in strict mode:
 * stop (the error is reported). */
int rejects_add(struct rejects *rejects, const char *file, long line, const char *reason,
                const char *row, size_t size);

/* One that only keeps its rows, for a file that is read ahead of its turn: of one file, so many
 * that rejects_add says to stop at the next. Ended by rejects_drop. */
struct rejects *rejects_keep(void);
/* Adds what `kept` has as if it came now. 0, or as rejects_add. */
int rejects_replay(struct rejects *rejects, const struct rejects *kept);
void rejects_drop(struct rejects *kept);

uint64_t rejects_count(const struct rejects *rejects);

/* Warnings by reason with count and first place, then ends it. 0, or -1 when the file could not be
 * written. NULL does nothing. */
int rejects_finish(struct rejects *rejects);

#endif
