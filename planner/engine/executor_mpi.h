/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ranks of an mpirun: processes on one machine or many that run the tasks of one study. The
 * first rank runs the study, hands out tasks in chunks and takes in results, which come back to it
 * alone: no file system need be shared. The others know the same scenario and data by reading them;
 * that they are the same is checked.
 *
 * A rank keeps two chunks, so that it need not wait for messages; chunks become as large as some
 * hundredths of a second of work. Each rank computes on `jobs` threads, the first one too.
 *
 * When a rank is lost, MPI ends all of them; the journal of the first has what was done.
 */
#ifndef ENGINE_EXECUTOR_MPI_H
#define ENGINE_EXECUTOR_MPI_H

#include "engine/task.h"

struct batch;
struct ranks;

/* Several processes, or NULL where this one is alone. -1 after an error: mpirun started several,
 * but this program was built without MPI. Once in a process. */
int ranks_open(struct ranks **ret, struct diagnostics *diagnostics);
/* Ends the others' serving, if it is the first, and MPI. NULL does nothing. */
void ranks_close(struct ranks *ranks);

bool ranks_is_first(const struct ranks *ranks);
/* "rank 3 (node07)", of this process. */
const char *ranks_name(const struct ranks *ranks);

/* To be called by all, once, when they have read their inputs, or could not (`good` false, `key` of
 * no meaning). 0 when all could and have the same key; else -1, where `ret_first` says whether the
 * first rank could: then it is for the others to say what is wrong with them. */
int ranks_agree(struct ranks *ranks, bool good, const uint8_t key[TASK_KEY_SIZE], bool *ret_first,
                struct diagnostics *diagnostics);

/* The first rank: runs what is left of a batch here and on the others. */
void ranks_run(struct ranks *ranks, struct batch *batch);
/* The others: run what the first sends until it closes. */
void ranks_serve(struct ranks *ranks, const struct task_base *base, unsigned jobs);

#endif
