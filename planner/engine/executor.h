/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs batches of tasks on all cores of this machine or, started by mpirun, of many. Results are
 * stored by the task's index and each task depends on nothing but itself, so that they are the same
 * for any number of threads and machines. An adaptive study runs several batches.
 *
 * With a journal every result is kept as soon as it is there, and what a journal has is not run
 * again: a study that was interrupted is resumed by being run again, whatever it does.
 */
#ifndef ENGINE_EXECUTOR_H
#define ENGINE_EXECUTOR_H

#include "engine/journal.h"
#include "engine/task.h"

/* What a batch yields: `width` numbers a task (see enum task_figure), by its index. */
struct results {
    double *value;
    size_t width, count;
    size_t missing; /* tasks that are another shard's */
};

void results_init(struct results *ret, const struct task_base *base, size_t count);
void results_finish(struct results *results);
/* Number `figure` of task `index`; task_metric_at(i) is metric i. NAN before it has run. */
double results_get(const struct results *results, size_t index, size_t figure);

struct executor_progress {
    size_t done, tasks; /* of this batch; those of the journal count as done */
    size_t journaled;   /* of them, taken from the journal */
    double part;        /* of the work that the journal did not have, 0..1, with what runs */
    bool checking;      /* tasks are only read: check_only */
    size_t round;       /* batches that began so far, without those that only read */
    double elapsed_s;
};

/* What happens outside while tasks run; one call at a time. */
struct executor_hooks {
    /* False: stop. From any of the threads, some ten times a second. NULL: nothing to do. */
    bool (*keep_on)(void *context, const struct executor_progress *progress);
    /* A task's result came in; in any order. NULL: nothing to do. */
    void (*arrived)(void *context, size_t index, const double *value);
    void *context;
};

/* A part of a study for one of several computers that know nothing of each other: the tasks whose
 * index in their batch leaves `index` when divided by `count`. count 0: all; index = count: none.
 */
struct study_shard {
    unsigned index, count;
};

struct executor;

/* `jobs` 0: one thread a processor. `journal` NULL: none. `ranks` NULL: this process alone; else it
 * is the first of them (executor_mpi.h). Base, journal and ranks outlive it. */
struct ranks;
struct executor *executor_create(const struct task_base *base, unsigned jobs,
                                 struct journal *journal, struct study_shard shard,
                                 struct ranks *ranks);
void executor_destroy(struct executor *executor);
const struct task_base *executor_base(const struct executor *executor);

/* Runs what the journal does not have; `ret` (results_init it for `tasks`) gets the results.
 * Designs of the tasks outlive the call. STUDY_FAILED: the errors of the first task that failed, by
 * index, or the journal's; STUDY_STOPPED: by keep_on. With a shard, results of other shards stay
 * NAN unless the journal has them. Warnings of all tasks go to `diagnostics`, each once, in order.
 */
enum study_status executor_run(struct executor *executor, const struct task *task, size_t tasks,
                               const struct executor_hooks *hooks, struct results *ret,
                               struct diagnostics *diagnostics);

/* Tasks that all batches so far have run themselves. */
size_t executor_ran(const struct executor *executor);

#endif
