/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/batch.h"

#include "core/memory.h"
#include "support/clock.h"
#include "support/text.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One of this machine's threads. */
struct seat {
    struct batch *batch;
    struct task_runner *runner;
    double *value;
    pthread_t thread;
    bool has_thread;
    _Atomic double work, part; /* of the task that runs, and of it what is done so far */
};

#define TICK_NS INT64_C(100000000)
#define SYNC_NS INT64_C(1000000000)

/* --- a batch -------------------------------------------------------------------------------- */

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
            found =
                journal_find(e->journal, key, row_of(batch, i), batch->results->width, &notes) &&
                (batch->task[i].may_fail || !task_failed(row_of(batch, i)));
        }
        if (found) {
            batch->there[i] = true;
            batch->notes[i] = mem_strdup(notes);
            batch->journaled++;
            batch->done++;
            if (batch->hooks->arrived != NULL)
                batch->hooks->arrived(batch->hooks->context, i, row_of(batch, i));
        } else if (batch->task[i].check_only || e->shard.count == 0 ||
                   i % e->shard.count == e->shard.index) {
            batch->left[batch->lefts++] = i;
            batch->all.tasks += 1;
            batch->all.work += batch->task[i].work;
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

size_t batch_left(struct batch *batch)
{
    pthread_mutex_lock(&batch->mutex);
    const size_t left = batch->lefts - batch->next;
    pthread_mutex_unlock(&batch->mutex);
    return left;
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
    const int64_t now_ns = clock_now_ns();
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
    diagnostics_pass_on(errors, NULL, &batch->errors, NULL);
}

void batch_put(struct batch *batch, size_t index, const struct batch_outcome *outcome)
{
    double *const row = row_of(batch, index);
    pthread_mutex_lock(&batch->mutex);
    if (outcome->status == STUDY_DONE) {
        batch->there[index] = true;
        batch->notes[index] = outcome->notes;
        batch->done++;
        batch->ran.tasks += 1;
        batch->ran.work += batch->task[index].work;
        memcpy(row, outcome->value, batch->results->width * sizeof *row);
    }
    if (outcome->status == STUDY_DONE && !batch->task[index].check_only) {
        batch->executor->ran++;
        if (!isnan(outcome->seconds))
            work_learn(&batch->executor->rate, batch->task[index].work, outcome->seconds);
        keep_in_journal(batch, index, outcome);
        if (batch->hooks->arrived != NULL)
            batch->hooks->arrived(batch->hooks->context, index, row);
    }
    if (outcome->status != STUDY_DONE)
        free(outcome->notes);
    if (outcome->status == STUDY_FAILED)
        note_failure(batch, index, outcome->errors);
    pthread_mutex_unlock(&batch->mutex);
}

static bool only_checks(const struct task *task, size_t tasks)
{
    return tasks > 0 && task[0].check_only;
}

/* With what runs on this machine. */
static double part_done(const struct batch *batch)
{
    struct work_sum done = batch->ran;
    for (size_t i = 0; i < batch->seats; i++) {
        const double part = batch->seat[i].part;
        done.tasks += part;
        done.work += part * batch->seat[i].work;
    }
    return work_part(&batch->executor->rate, done, batch->all);
}

bool batch_tick(struct batch *batch)
{
    const int64_t now_ns = clock_now_ns();
    int_least64_t before_ns = batch->ticked_ns;
    if (batch->stop || batch->hooks->keep_on == NULL || now_ns - before_ns < TICK_NS ||
        !atomic_compare_exchange_strong(&batch->ticked_ns, &before_ns, now_ns))
        return !batch->stop;
    pthread_mutex_lock(&batch->mutex);
    const struct executor_progress progress = {.done = batch->done,
                                               .tasks = batch->journaled + batch->lefts,
                                               .journaled = batch->journaled,
                                               .part = part_done(batch),
                                               .checking = only_checks(batch->task, batch->tasks),
                                               .round = batch->executor->rounds,
                                               .elapsed_s =
                                                   (double)(now_ns - batch->start_ns) / 1e9};
    if (!batch->hooks->keep_on(batch->hooks->context, &progress))
        batch->stop = true;
    pthread_mutex_unlock(&batch->mutex);
    return !batch->stop;
}

/* --- threads -------------------------------------------------------------------------------- */

static bool keep_on(void *context, int64_t now_ns)
{
    struct seat *const seat = context;
    seat->part = task_runner_part(seat->runner, now_ns);
    return batch_tick(seat->batch);
}

/* Warnings or errors, one a line; NULL: none. free() it. */
static char *lines_of(const struct diagnostics *diagnostics, bool warnings)
{
    char *lines = NULL;
    for (size_t i = 0; i < diagnostics->count; i++) {
        if (diagnostics->item[i].warning != warnings)
            continue;
        char *const longer = text_format("%s%s%s", lines == NULL ? "" : lines,
                                         lines == NULL ? "" : "\n", diagnostics->item[i].text);
        free(lines);
        lines = longer;
    }
    return lines;
}

char *batch_errors(const struct batch *batch)
{
    return lines_of(&batch->errors, false);
}

static void run_task(struct seat *seat, size_t index)
{
    struct batch *const batch = seat->batch;
    struct diagnostics diagnostics;
    const int64_t start_ns = clock_now_ns();
    diagnostics_init(&diagnostics);
    seat->work = batch->task[index].work;
    const enum study_status status =
        task_run(seat->runner, &batch->task[index], seat->value, keep_on, seat, &diagnostics);
    seat->part = 0;
    batch_put(batch, index,
              &(struct batch_outcome){.status = status,
                                      .value = seat->value,
                                      .notes = lines_of(&diagnostics, true),
                                      .seconds = clock_since_s(start_ns),
                                      .errors = &diagnostics});
    diagnostics_finish(&diagnostics);
}

static void *run_seat(void *argument)
{
    struct seat *const seat = argument;
    size_t at;
    while (batch_take(seat->batch, 1, &at) > 0) {
        run_task(seat, seat->batch->left[at]);
        batch_tick(seat->batch);
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

/* Signals are the calling thread's. */
static void start(struct seat *seat, size_t first, size_t seats)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (size_t i = first; i < seats; i++)
        seat[i].has_thread = pthread_create(&seat[i].thread, NULL, run_seat, &seat[i]) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void batch_run_threads(struct batch *batch, void (*meanwhile)(void *context), void *context)
{
    const size_t seats = threads_for(batch), first = meanwhile == NULL ? 1 : 0;
    struct seat *const seat = mem_alloc(seats, sizeof *seat);
    for (size_t i = 0; i < seats; i++)
        seat[i] = (struct seat){.batch = batch,
                                .runner = task_runner_create(batch->executor->base),
                                .value = mem_alloc(batch->results->width, sizeof(double))};
    batch->seat = seat;
    batch->seats = seats;
    start(seat, first, seats);
    if (meanwhile != NULL)
        meanwhile(context);
    if (seats > 0 && !seat[0].has_thread)
        run_seat(&seat[0]); /* also when no thread could be made */
    for (size_t i = 0; i < seats; i++)
        if (seat[i].has_thread)
            pthread_join(seat[i].thread, NULL);
    batch->seats = 0;
    for (size_t i = 0; i < seats; i++) {
        task_runner_destroy(seat[i].runner);
        free(seat[i].value);
    }
    free(seat);
}

void batch_init(struct batch *ret, struct executor *executor, const struct task *task, size_t tasks,
                const struct executor_hooks *hooks, struct results *results)
{
    const int64_t now_ns = clock_now_ns();
    *ret = (struct batch){.executor = executor,
                          .task = task,
                          .tasks = tasks,
                          .hooks = hooks,
                          .results = results,
                          .notes = mem_alloc(tasks, sizeof *ret->notes),
                          .there = mem_alloc(tasks, sizeof *ret->there),
                          .start_ns = now_ns,
                          .synced_ns = now_ns,
                          .status = STUDY_DONE};
    executor->rounds += !only_checks(task, tasks);
    pthread_mutex_init(&ret->mutex, NULL);
    diagnostics_init(&ret->errors);
    diagnostics_init(&ret->lost);
    look_up(ret);
}

void batch_finish(struct batch *batch)
{
    for (size_t i = 0; i < batch->tasks; i++)
        free(batch->notes[i]);
    free(batch->notes);
    free(batch->there);
    free(batch->left);
    diagnostics_finish(&batch->errors);
    diagnostics_finish(&batch->lost);
    pthread_mutex_destroy(&batch->mutex);
}
