/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Batches, and the threads of this machine. */
#include "studies/executor.h"

#include "core/memory.h"
#include "studies/batch.h"
#include "support/text.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TICK_NS INT64_C(100000000)
#define SYNC_NS INT64_C(1000000000)

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

/* --- a batch -------------------------------------------------------------------------------- */

static int64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static double *row_of(const struct batch *batch, size_t index)
{
    return batch->results->value + index * batch->results->width;
}

/* What is there already, and what is left to do. */
static void look_up(struct batch *batch)
{
    const struct executor *const e = batch->executor;
    batch->left = mem_alloc(batch->tasks, sizeof *batch->left);
    for (size_t i = 0; i < batch->tasks; i++) {
        uint8_t key[TASK_KEY_SIZE];
        const char *notes = NULL;
        bool found = false;
        if (e->journal != NULL && !batch->task[i].check_only) {
            task_key(e->base, &batch->task[i], key);
            found = journal_find(e->journal, key, row_of(batch, i), batch->results->width, &notes);
        }
        if (found) {
            batch->notes[i] = mem_strdup(notes);
            batch->journaled++;
            batch->done++;
            if (batch->hooks->arrived != NULL)
                batch->hooks->arrived(batch->hooks->context, i, row_of(batch, i));
        } else if (batch->task[i].check_only || e->shard.count == 0 ||
                   i % e->shard.count == e->shard.index) {
            batch->left[batch->lefts++] = i;
        }
    }
}

size_t batch_take(struct batch *batch, size_t most, size_t *ret_first)
{
    pthread_mutex_lock(&batch->mutex);
    const size_t there = batch->closed || batch->stop ? 0 : batch->lefts - batch->next;
    const size_t count = there < most ? there : most;
    *ret_first = batch->next;
    batch->next += count;
    pthread_mutex_unlock(&batch->mutex);
    return count;
}

static void keep_in_journal(struct batch *batch, size_t index, const struct batch_outcome *outcome)
{
    const struct executor *const e = batch->executor;
    uint8_t key[TASK_KEY_SIZE];
    if (e->journal == NULL || batch->lost.errors > 0)
        return;
    task_key(e->base, &batch->task[index], key);
    const struct journal_payload payload = {outcome->value, batch->results->width, outcome->notes};
    int status = journal_append(e->journal, key, &payload, &batch->lost);
    const int64_t now_ns = clock_ns();
    if (status == 0 && now_ns - batch->synced_ns > SYNC_NS) {
        batch->synced_ns = now_ns;
        status = journal_sync(e->journal, &batch->lost);
    }
    if (status < 0)
        batch->stop = true; /* further results would be lost when something else goes wrong */
}

/* Tasks are handed out in order, so that all before one that fails have begun, and end: the first
 * that fails is the same one every time. */
static void note_failure(struct batch *batch, size_t index, const struct diagnostics *errors)
{
    batch->closed = true;
    if (batch->status == STUDY_FAILED && batch->failed < index)
        return;
    batch->status = STUDY_FAILED;
    batch->failed = index;
    diagnostics_finish(&batch->errors);
    diagnostics_init(&batch->errors);
    for (size_t i = 0; i < errors->count; i++)
        if (!errors->item[i].warning)
            diagnostics_error(&batch->errors, NULL, 0, "%s", errors->item[i].text);
}

void batch_put(struct batch *batch, size_t index, const struct batch_outcome *outcome)
{
    pthread_mutex_lock(&batch->mutex);
    if (outcome->status == STUDY_DONE && batch->task[index].check_only) {
        batch->notes[index] = outcome->notes;
        batch->done++;
    } else if (outcome->status == STUDY_DONE) {
        double *const row = row_of(batch, index);
        memcpy(row, outcome->value, batch->results->width * sizeof *row);
        batch->notes[index] = outcome->notes;
        batch->done++;
        batch->executor->ran++;
        keep_in_journal(batch, index, outcome);
        if (batch->hooks->arrived != NULL)
            batch->hooks->arrived(batch->hooks->context, index, row);
    } else {
        free(outcome->notes);
        if (outcome->status == STUDY_FAILED)
            note_failure(batch, index, outcome->errors);
    }
    pthread_mutex_unlock(&batch->mutex);
}

bool batch_tick(struct batch *batch)
{
    const int64_t now_ns = clock_ns();
    int_least64_t before_ns = batch->ticked_ns;
    if (batch->stop || batch->hooks->keep_on == NULL || now_ns - before_ns < TICK_NS ||
        !atomic_compare_exchange_strong(&batch->ticked_ns, &before_ns, now_ns))
        return !batch->stop;
    pthread_mutex_lock(&batch->mutex);
    const struct executor_progress progress = {.done = batch->done,
                                               .tasks = batch->journaled + batch->lefts,
                                               .journaled = batch->journaled,
        .checking = batch->tasks > 0 && batch->task[0].check_only,
                                               .elapsed_s =
                                                   (double)(now_ns - batch->start_ns) / 1e9};
    if (!batch->hooks->keep_on(batch->hooks->context, &progress))
        batch->stop = true;
    pthread_mutex_unlock(&batch->mutex);
    return !batch->stop;
}

/* --- threads -------------------------------------------------------------------------------- */

struct seat {
    struct batch *batch;
    struct task_runner *runner;
    double *value;
    pthread_t thread;
    bool has_thread;
};

static bool keep_on(void *context, int64_t now_ns)
{
    struct seat *const seat = context;
    (void)now_ns;
    return batch_tick(seat->batch);
}

void batch_run_task(struct batch_run *ret, struct task_runner *runner, const struct task *task,
                    double *value, bool (*go_on)(void *context, int64_t now_ns), void *context)
{
    ret->notes = NULL;
    diagnostics_init(&ret->diagnostics);
    ret->status = task_run(runner, task, value, go_on, context, &ret->diagnostics);
    for (size_t i = 0; i < ret->diagnostics.count; i++) {
        if (!ret->diagnostics.item[i].warning)
            continue;
        char *const longer =
            text_format("%s%s%s", ret->notes == NULL ? "" : ret->notes,
                        ret->notes == NULL ? "" : "\n", ret->diagnostics.item[i].text);
        free(ret->notes);
        ret->notes = longer;
    }
}

static void *run_seat(void *argument)
{
    struct seat *const seat = argument;
    struct batch *const batch = seat->batch;
    size_t at;
    while (batch_take(batch, 1, &at) > 0) {
        struct batch_run run;
        const size_t index = batch->left[at];
        batch_run_task(&run, seat->runner, &batch->task[index], seat->value, keep_on, seat);
        batch_put(batch, index,
                  &(struct batch_outcome){run.status, seat->value, run.notes, &run.diagnostics});
        diagnostics_finish(&run.diagnostics);
        batch_tick(batch);
    }
    return NULL;
}

static size_t threads_for(const struct batch *batch)
{
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    const unsigned jobs = batch->executor->jobs;
    const size_t wanted = jobs > 0 ? jobs : processors > 0 ? (size_t)processors : 1;
    return wanted < batch->lefts ? wanted : batch->lefts;
}

/* The first seat is the calling thread's, and so is one that gets no thread of its own. Signals are
 * the caller's. */
static void run_threads(struct batch *batch)
{
    const size_t seats = threads_for(batch);
    struct seat *const seat = mem_alloc(seats, sizeof *seat);
    sigset_t all, before;
    sigfillset(&all);
    for (size_t i = 0; i < seats; i++)
        seat[i] = (struct seat){.batch = batch,
                                .runner = task_runner_create(batch->executor->base),
                                .value = mem_alloc(batch->results->width, sizeof(double))};
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (size_t i = 1; i < seats; i++)
        seat[i].has_thread = pthread_create(&seat[i].thread, NULL, run_seat, &seat[i]) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (seats > 0)
        run_seat(&seat[0]);
    for (size_t i = 1; i < seats; i++)
        if (seat[i].has_thread)
            pthread_join(seat[i].thread, NULL);
    for (size_t i = 0; i < seats; i++) {
        task_runner_destroy(seat[i].runner);
        free(seat[i].value);
    }
    free(seat);
}

/* --- the executor --------------------------------------------------------------------------- */

struct executor *executor_create(const struct task_base *base, unsigned jobs,
                                 struct journal *journal, struct study_shard shard)
{
    struct executor *const e = mem_alloc(1, sizeof *e);
    *e = (struct executor){.base = base, .jobs = jobs, .journal = journal, .shard = shard};
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

static void pass_on(const struct diagnostics *from, struct diagnostics *to)
{
    for (size_t i = 0; i < from->count; i++)
        diagnostics_error(to, NULL, 0, "%s", from->item[i].text);
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
    const int64_t now_ns = clock_ns();
    struct batch batch = {.executor = executor,
                          .task = task,
                          .tasks = tasks,
                          .hooks = hooks,
                          .results = ret,
                          .notes = mem_alloc(tasks, sizeof *batch.notes),
                          .start_ns = now_ns,
                          .synced_ns = now_ns,
                          .status = STUDY_DONE};
    pthread_mutex_init(&batch.mutex, NULL);
    diagnostics_init(&batch.errors);
    diagnostics_init(&batch.lost);
    look_up(&batch);
    run_threads(&batch);
    if (executor->journal != NULL && batch.lost.errors == 0)
        journal_sync(executor->journal, &batch.lost);
    enum study_status status = batch.status;
    if (batch.lost.errors > 0)
        status = STUDY_FAILED;
    else if (status == STUDY_DONE && batch.done < batch.journaled + batch.lefts)
        status = STUDY_STOPPED;
    ret->missing = tasks - batch.journaled - batch.lefts;
    pass_on(&batch.errors, diagnostics);
    pass_on(&batch.lost, diagnostics);
    if (status == STUDY_DONE)
        pass_notes(&batch, diagnostics);
    for (size_t i = 0; i < tasks; i++)
        free(batch.notes[i]);
    free(batch.notes);
    free(batch.left);
    diagnostics_finish(&batch.errors);
    diagnostics_finish(&batch.lost);
    pthread_mutex_destroy(&batch.mutex);
    return status;
}
