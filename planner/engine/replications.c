/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/replications.h"

#include "core/memory.h"
#include "engine/runaway.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct team {
    const struct scenario *scenario;
    const struct world *world;
    const struct study_hooks *hooks;
    struct seat *seat;
    size_t seats, replications;
    int64_t end_ns;
    char label[128];
    pthread_mutex_t mutex; /* of what follows, and of the hook */
    size_t finished;       /* replications */
};

/* One of those that run at the same time. Traces report to its plan's diagnostics. */
struct seat {
    struct team *team;
    struct plan *plan;
    struct diagnostics diagnostics;
    size_t replication;
    struct model *model; /* NULL: it could not be made */
    enum study_status status;
    pthread_t thread;
    bool has_thread;
    double fraction; /* of its replication; under the team's mutex */
};

static bool keep_on(void *context, int64_t now_ns)
{
    struct seat *const seat = context;
    struct team *const team = seat->team;
    const struct study_hooks *const hooks = team->hooks;
    if (hooks->keep_on == NULL)
        return true;
    pthread_mutex_lock(&team->mutex);
    seat->fraction = (double)now_ns / (double)team->end_ns;
    double done = (double)team->finished;
    for (size_t i = 0; i < team->seats; i++)
        done += team->seat[i].fraction;
    const bool on =
        hooks->keep_on(hooks->context, done / (double)team->replications, team->label, 0);
    pthread_mutex_unlock(&team->mutex);
    return on;
}

static void report_broken(struct seat *seat)
{
    diagnostics_error(&seat->diagnostics, NULL, 0,
                      "internal error: %s (seed %llu, replication %zu); please report it with the "
                      "scenario",
                      model_failure(seat->model),
                      (unsigned long long)seat->team->scenario->run.seed, seat->replication + 1);
}

static enum study_status run_model(struct seat *seat, const struct model_hooks *hooks)
{
    const struct scenario *const scenario = seat->team->scenario;
    seat->model = model_create(plan_model(seat->plan), scenario->run.seed, seat->replication,
                               seat->team->end_ns);
    if (seat->model == NULL)
        return STUDY_FAILED;
    switch (model_run(seat->model, (int64_t)(scenario->run.warm_up_s * 1e9), hooks)) {
    case MODEL_DONE:
        return STUDY_DONE;
    case MODEL_STOPPED:
        return STUDY_STOPPED;
    case MODEL_SOURCE_LOST: /* its trace has said why */
    case MODEL_RUNAWAY:     /* told when it is its turn */
        break;
    case MODEL_BROKEN:
        report_broken(seat);
        break;
    }
    return STUDY_FAILED;
}

/* Time series are those of the first replication. */
static void *run_seat(void *argument)
{
    struct seat *const seat = argument;
    const struct study_hooks *const outside = seat->team->hooks;
    const double period_s = seat->team->scenario->run.timeseries_period_s;
    const bool first = seat->replication == 0;
    struct model_series *const series = mem_alloc(outside->watches + 1, sizeof *series);
    struct model_hooks hooks = {.series = series,
                                .trace = first ? outside->trace : NULL,
                                .keep_on = keep_on,
                                .context = seat};
    for (size_t i = 0; first && i < outside->watches; i++)
        series[hooks.series_count++] = outside->watch[i];
    if (first && outside->series != NULL && period_s > 0)
        series[hooks.series_count++] =
            (struct model_series){.sink = outside->series, .period_ns = (int64_t)(period_s * 1e9)};
    seat->status = run_model(seat, &hooks);
    free(series);
    return NULL;
}

/* The first seat is the calling thread's, and so is one that gets no thread of its own. Signals are
 * the caller's. */
static void run_wave(struct team *team, size_t count)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (size_t i = 1; i < count; i++) {
        struct seat *const seat = &team->seat[i];
        seat->has_thread = pthread_create(&seat->thread, NULL, run_seat, seat) == 0;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || !team->seat[i].has_thread)
            run_seat(&team->seat[i]);
    for (size_t i = 1; i < count; i++)
        if (team->seat[i].has_thread)
            pthread_join(team->seat[i].thread, NULL);
}

/* In order; what comes after one that failed is dropped, as if it had not run. */
static enum study_status hand_out(struct team *team, size_t count, replication_finished *finished,
                                  void *context, struct diagnostics *diagnostics)
{
    enum study_status status = STUDY_DONE;
    for (size_t i = 0; i < count; i++) {
        struct seat *const seat = &team->seat[i];
        if (status == STUDY_DONE) {
            diagnostics_pass_on(&seat->diagnostics, NULL, diagnostics, diagnostics);
            status = seat->status;
            if (seat->model != NULL)
                runaway_report(seat->model, team->scenario, team->world, "", diagnostics);
            if (status == STUDY_DONE &&
                finished(context, seat->replication, seat->model, diagnostics) < 0)
                status = STUDY_FAILED;
        }
        if (seat->model != NULL)
            model_destroy(seat->model);
        seat->model = NULL;
        seat->fraction = 0;
    }
    team->finished += count;
    return status;
}

static size_t seats_for(size_t replications, unsigned jobs)
{
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    const size_t wanted = jobs > 0 ? jobs : processors > 0 ? (size_t)processors : 1;
    return wanted < replications ? wanted : replications;
}

static void label_wave(struct team *team, const char *name, size_t first, size_t count)
{
    const size_t all = team->replications;
    if (count == 1)
        snprintf(team->label, sizeof team->label, "%s, replication %zu of %zu", name, first + 1,
                 all);
    else
        snprintf(team->label, sizeof team->label, "%s, replications %zu to %zu of %zu", name,
                 first + 1, first + count, all);
}

enum study_status replications_run(const struct scenario *scenario, const struct world *world,
                                   const struct baseline_spec *baseline, unsigned fleet_size,
                                   size_t first, size_t end, const struct study_hooks *hooks,
                                   replication_finished *finished, void *context,
                                   struct diagnostics *diagnostics)
{
    const size_t seats = seats_for(end - first, hooks->jobs);
    struct team team = {.scenario = scenario,
                        .world = world,
                        .hooks = hooks,
                        .seat = mem_alloc(seats, sizeof *team.seat),
                        .seats = seats,
                        .replications = end,
                        .finished = first,
                        .end_ns = (int64_t)(scenario->run.duration_s * 1e9)};
    enum study_status status = STUDY_DONE;
    pthread_mutex_init(&team.mutex, NULL);
    for (size_t i = 0; i < seats; i++) {
        struct seat *const seat = &team.seat[i];
        seat->team = &team;
        diagnostics_init(&seat->diagnostics);
        seat->plan = plan_create(scenario, world, baseline, fleet_size, &seat->diagnostics);
    }
    for (; first < end && status == STUDY_DONE; first += seats) {
        const size_t count = end - first < seats ? end - first : seats;
        for (size_t i = 0; i < count; i++)
            team.seat[i].replication = first + i;
        label_wave(&team, baseline != NULL ? baseline->name : "lambda", first, count);
        run_wave(&team, count);
        status = hand_out(&team, count, finished, context, diagnostics);
    }
    for (size_t i = 0; i < seats; i++) {
        plan_destroy(team.seat[i].plan);
        diagnostics_finish(&team.seat[i].diagnostics);
    }
    pthread_mutex_destroy(&team.mutex);
    free(team.seat);
    return status;
}
