/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/executor.h"

#include "core/memory.h"
#include "engine/batch.h"
#include "engine/executor_mpi.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- results -------------------------------------------------------------------------------- */

void results_init(struct results *ret, const struct task_base *base, size_t count)
{
    *ret = (struct results){.width = task_width(base), .count = count};
    ret->value = mem_alloc(count * ret->width, sizeof *ret->value);
    for (size_t i = 0; i < count * ret->width; i++)
        ret->value[i] = NAN;
}

void results_finish(struct results *results)
{
    free(results->value);
    *results = (struct results){0};
}

double results_get(const struct results *results, size_t index, size_t figure)
{
    return results->value[index * results->width + figure];
}

/* --- the executor --------------------------------------------------------------------------- */

struct executor *executor_create(const struct task_base *base, unsigned jobs,
                                 struct journal *journal, struct study_shard shard,
                                 struct ranks *ranks)
{
    struct executor *const e = mem_alloc(1, sizeof *e);
    *e = (struct executor){
        .base = base, .jobs = jobs, .journal = journal, .shard = shard, .ranks = ranks};
    return e;
}

void executor_destroy(struct executor *executor)
{
    free(executor);
}

const struct task_base *executor_base(const struct executor *executor)
{
    return executor->base;
}

size_t executor_ran(const struct executor *executor)
{
    return executor->ran;
}

static void pass_notes(const struct batch *batch, struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < batch->tasks; i++) {
        for (char *line = batch->notes[i]; line != NULL;) {
            char *const end = strchr(line, '\n');
            diagnostics_warning(diagnostics, NULL, 0, "%.*s",
                                end == NULL ? (int)strlen(line) : (int)(end - line), line);
            line = end == NULL ? NULL : end + 1;
        }
    }
}

enum study_status executor_run(struct executor *executor, const struct task *task, size_t tasks,
                               const struct executor_hooks *hooks, struct results *ret,
                               struct diagnostics *diagnostics)
{
    struct batch batch;
    batch_init(&batch, executor, task, tasks, hooks, ret);
    if (executor->ranks != NULL)
        ranks_run(executor->ranks, &batch);
    else
        batch_run_threads(&batch, NULL, NULL);
    if (executor->journal != NULL && batch.lost.errors == 0)
        journal_sync(executor->journal, &batch.lost);
    enum study_status status = batch.status;
    if (batch.lost.errors > 0)
        status = STUDY_FAILED;
    else if (status == STUDY_DONE && batch.done < batch.journaled + batch.lefts)
        status = STUDY_STOPPED;
    ret->missing = tasks - batch.journaled - batch.lefts;
    diagnostics_pass_on(&batch.errors, NULL, diagnostics, diagnostics);
    diagnostics_pass_on(&batch.lost, NULL, diagnostics, diagnostics);
    if (status == STUDY_DONE)
        pass_notes(&batch, diagnostics);
    batch_finish(&batch);
    return status;
}
