/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pieces of work that several threads do ahead of one that takes their results in order: 0, 1, 2 …
 * No more than threads and two are ahead, so that what they hold is bounded.
 */
#ifndef TRACES_AHEAD_H
#define TRACES_AHEAD_H

#include <stddef.h>

struct ahead;

/* `work` makes the result of a piece, not NULL; by any thread, several at once. */
struct ahead *ahead_start(size_t pieces, unsigned threads,
                          void *(*work)(void *context, size_t piece), void *context);
/* The result of the next piece: waits for it. To be called `pieces` times at most. */
void *ahead_take(struct ahead *ahead);
/* Ends the threads; `drop` gets the results that were not taken. */
void ahead_stop(struct ahead *ahead, void (*drop)(void *context, void *result));

#endif
