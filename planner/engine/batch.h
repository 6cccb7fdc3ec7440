/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One batch of an executor: which tasks are left, and what came of them. Threads of this machine
 * and the messages of others take from it and put into it; only the executor's own files know it.
 */
#ifndef ENGINE_BATCH_H
#define ENGINE_BATCH_H

#include "engine/executor.h"
#include "engine/work.h"

#include <pthread.h>
#include <stdatomic.h>

struct executor {
    const struct task_base *base;
    unsigned jobs;
    struct journal *journal;
    struct study_shard shard;
    struct ranks *ranks; /* NULL: this process alone */
    size_t ran, rounds;
    struct work_rate rate; /* of what this machine's threads ran */
};

struct batch {
    struct executor *executor;
    const struct task *task;
    size_t tasks;
    const struct executor_hooks *hooks;
    struct results *results;
    bool *there;  /* by task: it has run, or the journal has it */
    char **notes; /* by task: its warnings, one a line; NULL: none */
    size_t *left; /* indices that neither the journal nor another shard has, in order */
    size_t lefts;
    int64_t start_ns, synced_ns;
    atomic_int_least64_t ticked_ns;
    atomic_bool stop;    /* what runs ends at once */
    struct work_sum all; /* of `left` */
    struct seat *seat;   /* this machine's threads, while they run */
    size_t seats;

    pthread_mutex_t mutex; /* of all that follows, the journal and the hooks */
    size_t next;           /* of `left` */
    bool closed;           /* nothing more is handed out */
    size_t done, journaled;
    struct work_sum ran; /* of `left` */
    enum study_status status;
    size_t failed;             /* index of the first task that failed */
    struct diagnostics errors; /* its */
    struct diagnostics lost;   /* the journal's */
};

/* Looks up what the journal has. batch_finish it. */
void batch_init(struct batch *ret, struct executor *executor, const struct task *task, size_t tasks,
                const struct executor_hooks *hooks, struct results *results);
void batch_finish(struct batch *batch);

/* Up to `most` tasks to run: indices first .. first + count - 1 of `left`. 0: there are no more. */
size_t batch_take(struct batch *batch, size_t most, size_t *ret_first);

/* Tasks that nobody has taken yet. */
size_t batch_left(struct batch *batch);

struct batch_outcome {
    enum study_status status;
    const double *value;
    char *notes;                      /* NULL: none; batch_put takes it */
    double seconds;                   /* that it took one of our threads; NAN: not known */
    const struct diagnostics *errors; /* of STUDY_FAILED */
};

/* What became of task `index` of the batch. */
void batch_put(struct batch *batch, size_t index, const struct batch_outcome *outcome);

/* The errors of the task that failed, one a line. free() it. */
char *batch_errors(const struct batch *batch);

/* Lets the hook look, at most ten times a second; false: stop. Cheap enough for any time. */
bool batch_tick(struct batch *batch);

/* Runs what is left on this machine's threads. `meanwhile`, unless NULL, is for the calling thread,
 * which then takes no tasks of its own until it returns. */
void batch_run_threads(struct batch *batch, void (*meanwhile)(void *context), void *context);

#endif
