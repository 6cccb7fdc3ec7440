/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One batch of an executor: which tasks are left, and what came of them. Threads of this machine
 * and the messages of others take from it and put into it; only the executor's own files know it.
 */
#ifndef STUDIES_BATCH_H
#define STUDIES_BATCH_H

#include "studies/executor.h"

#include <pthread.h>
#include <stdatomic.h>

struct executor {
    const struct task_base *base;
    unsigned jobs;
    struct journal *journal;
    struct study_shard shard;
    size_t ran;
};

struct batch {
    struct executor *executor;
    const struct task *task;
    size_t tasks;
    const struct executor_hooks *hooks;
    struct results *results;
    char **notes; /* by task: its warnings, one a line; NULL: none */
    size_t *left; /* indices that neither the journal nor another shard has, in order */
    size_t lefts;
    int64_t start_ns, synced_ns;
    atomic_int_least64_t ticked_ns;
    atomic_bool stop; /* what runs ends at once */

    pthread_mutex_t mutex; /* of all that follows, the journal and the hooks */
    size_t next;           /* of `left` */
    bool closed;           /* nothing more is handed out */
    size_t done, journaled;
    enum study_status status;
    size_t failed;             /* index of the first task that failed */
    struct diagnostics errors; /* its */
    struct diagnostics lost;   /* the journal's */
};

/* Up to `most` tasks to run: indices first .. first + count - 1 of `left`. 0: there are no more. */
size_t batch_take(struct batch *batch, size_t most, size_t *ret_first);

struct batch_outcome {
    enum study_status status;
    const double *value;
    char *notes;                      /* NULL: none; batch_put takes it */
    const struct diagnostics *errors; /* of STUDY_FAILED */
};

/* What became of task `index` of the batch. */
void batch_put(struct batch *batch, size_t index, const struct batch_outcome *outcome);

/* Lets the hook look, at most ten times a second; false: stop. Cheap enough for any time. */
bool batch_tick(struct batch *batch);

/* One task on this thread: takes nothing, puts nothing. Free the notes. */
struct batch_run {
    enum study_status status;
    char *notes;
    struct diagnostics diagnostics; /* diagnostics_finish it */
};
void batch_run_task(struct batch_run *ret, struct task_runner *runner, const struct task *task,
                    double *value, bool (*keep_on)(void *context, int64_t now_ns), void *context);

#endif
