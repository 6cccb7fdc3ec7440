/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/state_machine.h"

#include "aws/loop.h"
#include "core/memory.h"
#include "core/random.h"
#include "core/slots.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MOST_ITEMS 1e7
#define BILLED_STEP_NS (100 * NS_PER_MS)
#define NOBODY UINT32_MAX

struct execution {
    int64_t started_ns, origin_ns;
    uint32_t hops; /* of its tasks' requests */
    bool poison;
    bool ended; /* some of its tasks still run */
};

/* Where an execution, or an item or branch with steps of its own, is in its steps. */
struct frame {
    const struct step_list *list;
    int64_t step_ns;
    uint64_t items; /* or branches of the step */
    uint64_t begun; /* of them */
    uint32_t outstanding;
    uint32_t step;
    uint32_t execution, parent; /* NOBODY: it is the execution's own */
    bool beginning;             /* items: who ends at once does not go on with others */
};

struct task {
    uint32_t frame;
    uint32_t function; /* in the step's list */
    uint32_t retries;
    int64_t duration_ns;                                     /* -1: the function's own */
    int64_t arrival_ns, try_ns;                              /* the first try and the last one */
    int64_t throttled_ns, retried_ns, failed_ns, refused_ns; /* as in struct request */
};

struct state_machine_counts {
    uint64_t started, succeeded, failed, timed_out;
    uint64_t tasks, accepted, ended, retries, transitions;
    int128 billed_ms;
};

struct state_machine {
    struct destination destination;
    struct simulation *simulation;
    const struct state_machine_config *config;
    struct target *const *target;
    struct random_stream random;
    struct step_list list; /* of an execution */
    struct execution *execution;
    struct frame *frame;
    struct task *task;
    struct slots executions, frames, tasks;
    uint64_t running; /* executions that have not ended */
    uint64_t looping; /* of them, those of long chains */
    uint64_t invoked; /* tasks that a function works on */
    uint64_t running_at_reset, invoked_at_reset;
    struct state_machine_counts count, minute_start;
    struct histogram latency, *step;
    struct series_times minute_latency;
    char entity[96];
};

static void receive(struct destination *self, const struct message *message);
static void advance(struct state_machine *m, uint32_t f, int64_t now_ns);
static void try_task(struct state_machine *m, uint32_t t, int64_t now_ns);

struct state_machine *state_machine_create(struct simulation *simulation,
                                           const struct state_machine_config *config,
                                           struct target *const *target)
{
    struct state_machine *const m = mem_alloc(1, sizeof *m);
    m->destination.send = receive;
    m->simulation = simulation;
    m->config = config;
    m->target = target;
    m->list = (struct step_list){config->step, config->steps};
    snprintf(m->entity, sizeof m->entity, "state_machine:%s", config->name);
    random_init(&m->random, simulation->seed, simulation->replication, m->entity, "items");
    histogram_init(&m->latency);
    m->step = mem_alloc(config->steps, sizeof *m->step);
    for (size_t i = 0; i < config->steps; i++)
        histogram_init(&m->step[i]);
    return m;
}

static void state_machine_destroy(void *self)
{
    struct state_machine *const m = self;
    if (m == NULL)
        return;
    histogram_finish(&m->latency);
    for (size_t i = 0; i < m->config->steps; i++)
        histogram_finish(&m->step[i]);
    free(m->step);
    free(m->execution);
    free(m->frame);
    free(m->task);
    slots_finish(&m->executions);
    slots_finish(&m->frames);
    slots_finish(&m->tasks);
    free(m);
}

struct destination *state_machine_destination(struct state_machine *machine)
{
    return &machine->destination;
}

static uint32_t take_execution(struct state_machine *m)
{
    m->execution = slots_room(&m->executions, m->execution, sizeof *m->execution);
    return slots_take(&m->executions);
}

static uint32_t take_frame(struct state_machine *m, struct frame frame)
{
    m->frame = slots_room(&m->frames, m->frame, sizeof *m->frame);
    const uint32_t f = slots_take(&m->frames);
    m->frame[f] = frame;
    return f;
}

static uint32_t take_task(struct state_machine *m)
{
    m->task = slots_room(&m->tasks, m->task, sizeof *m->task);
    return slots_take(&m->tasks);
}

/* Executions */

static void bill(struct state_machine *m, int64_t duration_ns)
{
    m->count.billed_ms +=
        (duration_ns + BILLED_STEP_NS - 1) / BILLED_STEP_NS * (BILLED_STEP_NS / NS_PER_MS);
}

static void end_execution(struct state_machine *m, uint32_t x, int64_t duration_ns,
                          uint64_t *counter)
{
    (*counter)++;
    bill(m, duration_ns);
    m->running--;
    m->looping -= is_long_chain(m->execution[x].hops);
    m->execution[x].ended = true;
}

/* True, and the execution has ended, when it has taken too long. */
static bool timed_out(struct state_machine *m, uint32_t x, int64_t now_ns)
{
    const int64_t longest_ns = m->config->longest_ns;
    if (longest_ns == 0 || now_ns - m->execution[x].started_ns <= longest_ns)
        return false;
    end_execution(m, x, longest_ns, &m->count.timed_out);
    return true;
}

static struct execution *execution_of(const struct state_machine *m, uint32_t f)
{
    return &m->execution[m->frame[f].execution];
}

static const struct step_config *step_of(const struct state_machine *m, uint32_t f)
{
    return &m->frame[f].list->step[m->frame[f].step];
}

static void on_wait_over(void *self, int64_t now_ns, uint64_t f)
{
    struct state_machine *const m = self;
    m->frame[f].outstanding--;
    advance(m, (uint32_t)f, now_ns);
}

static void on_try(void *self, int64_t now_ns, uint64_t t)
{
    try_task(self, (uint32_t)t, now_ns);
}

static int64_t share_of_work(struct state_machine *m, const struct step_config *step,
                             uint64_t items)
{
    const double work_ns = distribution_draw(&step->work_ns, &m->random) / (double)items;
    return time_bounded(work_ns);
}

static void begin_task(struct state_machine *m, uint32_t f, uint32_t function, int64_t now_ns)
{
    const struct step_config *const step = step_of(m, f);
    const uint32_t t = take_task(m);
    m->task[t] = (struct task){.frame = f,
                               .function = function,
                               .duration_ns =
                                   step->has_work ? share_of_work(m, step, m->frame[f].items) : -1,
                               .refused_ns = -1};
    m->count.tasks++;
    m->count.transitions += step->kind != STEP_TASK;
    if (m->config->transition_ns > 0)
        event_schedule(&m->simulation->queue, now_ns + m->config->transition_ns, on_try, m, t);
    else
        try_task(m, t, now_ns);
}

/* How many items or branches the step has. */
static uint64_t draw_items(struct state_machine *m, const struct step_config *step)
{
    if (step->kind != STEP_MAP)
        return step->functions;
    return (uint64_t)(fmin(distribution_draw(&step->items, &m->random), MOST_ITEMS) + 0.5);
}

static void begin_step(struct state_machine *m, uint32_t f, int64_t now_ns)
{
    const struct step_config *const step = step_of(m, f);
    m->count.transitions++;
    m->frame[f].step_ns = now_ns;
    m->frame[f].begun = m->frame[f].items = 0;
    if (step->kind == STEP_WAIT) {
        m->frame[f].outstanding = 1;
        event_schedule(&m->simulation->queue, now_ns + m->config->transition_ns + step->wait_ns,
                       on_wait_over, m, f);
        return;
    }
    m->frame[f].items = draw_items(m, step);
}

static void begin_steps(struct state_machine *m, const struct step_list *list, uint32_t x,
                        uint32_t parent, int64_t now_ns)
{
    const uint32_t f =
        take_frame(m, (struct frame){.list = list, .execution = x, .parent = parent});
    begin_step(m, f, now_ns);
    advance(m, f, now_ns);
}

static void begin_items(struct state_machine *m, uint32_t f, int64_t now_ns)
{
    const struct step_config *const step = step_of(m, f);
    const uint64_t most =
        step->kind == STEP_MAP && step->max_concurrency > 0 ? step->max_concurrency : UINT64_MAX;
    m->frame[f].beginning = true;
    while (!execution_of(m, f)->ended && m->frame[f].begun < m->frame[f].items &&
           m->frame[f].outstanding < most) {
        const uint32_t hops = execution_of(m, f)->hops;
        const uint32_t index = step->kind == STEP_PARALLEL ? (uint32_t)m->frame[f].begun : 0;
        m->frame[f].begun++;
        m->frame[f].outstanding++;
        if (step->kind == STEP_MAP && hops > 0)
            loop_came(loop_of(m->simulation, m->config->loop), hops - 1);
        if (step->inner != NULL && step->inner[index].steps > 0)
            begin_steps(m, &step->inner[index], m->frame[f].execution, f, now_ns);
        else
            begin_task(m, f, index, now_ns);
    }
    m->frame[f].beginning = false;
}

/* Gives back what of an execution that has ended is not used any more. */
static void clean_up(struct state_machine *m, uint32_t f)
{
    while (m->frame[f].outstanding == 0 && !m->frame[f].beginning) {
        const uint32_t parent = m->frame[f].parent, x = m->frame[f].execution;
        slots_give_back(&m->frames, f);
        if (parent == NOBODY) {
            slots_give_back(&m->executions, x);
            return;
        }
        m->frame[parent].outstanding--;
        f = parent;
    }
}

/* The last step is over. Returns the frame that goes on; NOBODY: the execution has succeeded. */
static uint32_t end_steps(struct state_machine *m, uint32_t f, int64_t now_ns)
{
    const uint32_t parent = m->frame[f].parent, x = m->frame[f].execution;
    const int64_t duration_ns = now_ns - m->execution[x].started_ns;
    if (parent == NOBODY) {
        histogram_add(&m->latency, duration_ns);
        series_time(&m->minute_latency, duration_ns);
        end_execution(m, x, duration_ns, &m->count.succeeded);
        clean_up(m, f);
        return NOBODY;
    }
    slots_give_back(&m->frames, f);
    m->frame[parent].outstanding--;
    return parent;
}

/* Begins what there is room for, ends the present step if it is over, and goes on with the next
 * one; a map of nothing is over at once. */
static void advance(struct state_machine *m, uint32_t f, int64_t now_ns)
{
    while (f != NOBODY && !m->frame[f].beginning) {
        const bool over = m->frame[f].begun == m->frame[f].items;
        if (execution_of(m, f)->ended) {
            clean_up(m, f);
            return;
        }
        if (over && m->frame[f].outstanding > 0)
            return;
        if (over && m->frame[f].parent == NOBODY)
            histogram_add(&m->step[m->frame[f].step], now_ns - m->frame[f].step_ns);
        if (timed_out(m, m->frame[f].execution, now_ns))
            continue;
        if (!over) {
            begin_items(m, f, now_ns);
            if (m->frame[f].outstanding > 0 && !execution_of(m, f)->ended)
                return;
        } else if (++m->frame[f].step < m->frame[f].list->steps) {
            begin_step(m, f, now_ns);
        } else {
            f = end_steps(m, f, now_ns);
        }
    }
}

/* Tasks */

static int64_t backoff_ns(const struct state_machine_config *c, uint32_t retries)
{
    return (int64_t)fmin((double)c->retry_interval_ns * pow(c->backoff_rate, retries),
                         (double)c->retry_max_ns);
}

static void end_task(struct state_machine *m, uint32_t t, bool succeeded, int64_t now_ns)
{
    const uint32_t f = m->task[t].frame, x = m->frame[f].execution;
    slots_give_back(&m->tasks, t);
    m->frame[f].outstanding--;
    if (!succeeded && !m->execution[x].ended)
        end_execution(m, x, now_ns - m->execution[x].started_ns, &m->count.failed);
    advance(m, f, now_ns);
}

static void wait_to_retry(struct task *task, bool refused, int64_t now_ns, int64_t next_ns)
{
    *(refused ? &task->throttled_ns : &task->retried_ns) += next_ns - task->try_ns;
    if (!refused) {
        task->failed_ns = now_ns;
        task->refused_ns = -1;
    } else if (task->refused_ns < 0) {
        task->refused_ns = task->try_ns;
    }
}

static void task_failed(struct state_machine *m, uint32_t t, bool refused, int64_t now_ns)
{
    struct task *const task = &m->task[t];
    if (execution_of(m, task->frame)->ended || task->retries >= m->config->retries) {
        end_task(m, t, false, now_ns);
        return;
    }
    m->count.retries++;
    m->count.transitions++;
    const int64_t next_ns = now_ns + backoff_ns(m->config, task->retries++);
    wait_to_retry(task, refused, now_ns, next_ns);
    event_schedule(&m->simulation->queue, next_ns, on_try, m, t);
}

static void on_done(void *self, uint64_t t, enum outcome outcome, int64_t now_ns)
{
    struct state_machine *const m = self;
    m->invoked--;
    m->count.ended++;
    if (outcome == OUTCOME_SUCCESS)
        end_task(m, (uint32_t)t, true, now_ns);
    else
        task_failed(m, (uint32_t)t, false, now_ns);
}

static void try_task(struct state_machine *m, uint32_t t, int64_t now_ns)
{
    const uint32_t f = m->task[t].frame;
    const struct execution *const e = execution_of(m, f);
    if (e->ended) {
        end_task(m, t, false, now_ns);
        return;
    }
    struct task *const task = &m->task[t];
    struct target *const target = m->target[step_of(m, f)->function[task->function]];
    task->try_ns = now_ns;
    if (task->retries == 0)
        task->arrival_ns = now_ns;
    m->invoked++;
    if (target_invoke(target, &(struct request){.arrival_ns = task->arrival_ns,
                                                .origin_ns = e->origin_ns,
                                                .throttled_ns = task->throttled_ns,
                                                .retried_ns = task->retried_ns,
                                                .failed_ns = task->failed_ns,
                                                .refused_ns = task->refused_ns,
                                                .duration_ns = task->duration_ns,
                                                .records = 1,
                                                .hops = e->hops,
                                                .fails = e->poison,
                                                .done = on_done,
                                                .source = m,
                                                .token = t})) {
        m->count.accepted++;
        return;
    }
    m->invoked--;
    task_failed(m, t, true, now_ns);
}

static void receive(struct destination *self, const struct message *message)
{
    struct state_machine *const m = (struct state_machine *)self;
    const int64_t now_ns = simulation_now(m->simulation);
    const uint32_t x = take_execution(m);
    m->execution[x] = (struct execution){.started_ns = now_ns,
                                         .origin_ns = message->origin_ns,
                                         .hops = hops_behind(message->hops),
                                         .poison = message->poison};
    m->count.started++;
    m->running++;
    m->looping += is_long_chain(message->hops);
    loop_waiting(loop_of(m->simulation, m->config->loop), m->entity, m->looping);
    begin_steps(m, &m->list, x, NOBODY, now_ns);
}

/* The part */

static void state_machine_reset(void *self)
{
    struct state_machine *const m = self;
    m->count = m->minute_start = (struct state_machine_counts){0};
    m->running_at_reset = m->running;
    m->invoked_at_reset = m->invoked;
    histogram_reset(&m->latency);
    for (size_t i = 0; i < m->config->steps; i++)
        histogram_reset(&m->step[i]);
}

static void state_machine_audit(const void *self)
{
    const struct state_machine *const m = self;
    const struct state_machine_counts *const n = &m->count;
    if (m->running_at_reset + n->started != n->succeeded + n->failed + n->timed_out + m->running)
        simulation_fail(m->simulation, "%s: executions do not balance", m->entity);
    if (slots_used(&m->executions) < m->running ||
        (slots_used(&m->executions) == 0 && slots_used(&m->frames) + slots_used(&m->tasks) > 0))
        simulation_fail(m->simulation, "%s: executions that have ended are kept", m->entity);
    if (m->invoked_at_reset + n->accepted != n->ended + m->invoked)
        simulation_fail(m->simulation, "%s: tasks do not balance", m->entity);
}

static void state_machine_report(const void *self, const struct metric_sink *sink)
{
    const struct state_machine *const m = self;
    const struct state_machine_counts *const n = &m->count;
#define PUT(metric, value) sink->put(sink->context, m->entity, metric, "count", (double)(value))
    PUT("executions_started", n->started);
    PUT("executions_succeeded", n->succeeded);
    PUT("executions_failed", n->failed);
    PUT("executions_timed_out", n->timed_out);
    PUT("executions_in_flight", m->running);
    PUT("tasks", n->tasks);
    PUT("task_retries", n->retries);
    PUT("state_transitions", n->transitions);
#undef PUT
    report_times(sink, m->entity, "execution_time_ms", &m->latency);
    for (size_t i = 0; i < m->config->steps; i++) {
        char name[40];
        snprintf(name, sizeof name, "step_%zu_ms", i);
        report_times(sink, m->entity, name, &m->step[i]);
    }
}

/* Where nothing begins or ends there are no data: inferred, the guide does not say. */
static void state_machine_series(void *self, struct series *series)
{
    struct state_machine *const m = self;
    const struct state_machine_counts *const n = &m->count, *const old = &m->minute_start;
    const uint64_t started = n->started - old->started, failed = n->failed - old->failed;
    const uint64_t succeeded = n->succeeded - old->succeeded;
    const uint64_t timed_out = n->timed_out - old->timed_out;
    const uint64_t ended = succeeded + failed + timed_out;
#define EVENTS(metric, count, of) series_events(series, m->entity, metric, "Count", count, of)
    EVENTS("ExecutionsStarted", started, started);
    EVENTS("ExecutionsSucceeded", succeeded, ended);
    EVENTS("ExecutionsFailed", failed, ended);
    EVENTS("ExecutionsTimedOut", timed_out, ended);
#undef EVENTS
    series_tell_times(series, m->entity, "ExecutionTime", "Milliseconds", 1e6,
                      SERIES_BIT(SERIES_AVERAGE), &m->minute_latency);
    m->minute_start = *n;
}

static void state_machine_usage(const void *self, struct usage *usage)
{
    const struct state_machine *const m = self;
    const struct state_machine_counts *const n = &m->count;
    if (m->config->type == STATE_MACHINE_STANDARD)
        usage_add(usage, m->entity, METER_STEP_FUNCTIONS_TRANSITIONS, NULL, n->transitions);
    if (m->config->type != STATE_MACHINE_EXPRESS)
        return;
    usage_add(usage, m->entity, METER_STEP_FUNCTIONS_EXPRESS_REQUESTS, NULL, n->started);
    usage_add(usage, m->entity, METER_STEP_FUNCTIONS_EXPRESS_MB_MS, NULL,
              n->billed_ms * m->config->memory_mb);
}

static uint64_t state_machine_lost(const void *self)
{
    const struct state_machine *const m = self;
    return m->count.failed + m->count.timed_out;
}

/* Of executions that succeeded. */
static const struct histogram *state_machine_latency(const void *self)
{
    return &((const struct state_machine *)self)->latency;
}

const struct part_class state_machine_class = {
    .destroy = state_machine_destroy,
    .reset = state_machine_reset,
    .audit = state_machine_audit,
    .report = state_machine_report,
    .series = state_machine_series,
    .usage = state_machine_usage,
    .lost = state_machine_lost,
    .latency = state_machine_latency,
};
