/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests and instances; scaling, meters and reports are in fleet_scaling.c. */
#include "aws/fleet_internal.h"

#include "core/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void on_worked(void *self, int64_t now_ns, uint64_t job);

/* Instances in service are in one list per number of busy workers, so that the least loaded one is
 * found at once; among equals it is the one that has been so for longest: all get their share. */
static void list_add(struct fleet *f, struct instance *i)
{
    struct level *const level = &f->level[i->busy];
    i->next = NULL;
    i->previous = level->last;
    if (level->last != NULL)
        level->last->next = i;
    else
        level->first = i;
    level->last = i;
    if (i->busy < f->least)
        f->least = i->busy;
}

static void list_remove(struct fleet *f, struct instance *i)
{
    if (i->previous != NULL)
        i->previous->next = i->next;
    else
        f->level[i->busy].first = i->next;
    if (i->next != NULL)
        i->next->previous = i->previous;
    else
        f->level[i->busy].last = i->previous;
    i->next = i->previous = NULL;
}

static struct instance *least_loaded(struct fleet *f)
{
    while (f->least < f->config->workers && f->level[f->least].first == NULL)
        f->least++;
    return f->least < f->config->workers ? f->level[f->least].first : NULL;
}

static uint64_t token_of(const struct fleet *f, uint32_t index)
{
    return (uint64_t)f->job[index].life << 32 | index;
}

static uint32_t take_job(struct fleet *f)
{
    f->job = slots_room(&f->jobs, f->job, sizeof *f->job);
    return slots_take(&f->jobs);
}

/* CPU that one worker gets when `busy` of them work, in Lambda vCPUs. */
static double worker_speed(const struct fleet *f, const struct instance *i, double threads)
{
    double vcpus = f->config->vcpus;
    if (f->config->burstable && !f->config->unlimited && i->credits <= 0)
        vcpus *= f->config->baseline_fraction;
    return fmin(threads, vcpus / i->busy) * f->config->cpu_speed;
}

static void change_cpu(struct fleet *f, struct instance *i, int64_t now_ns, int64_t change)
{
    i->cpu_used_ns += (double)i->cpu_level * 1e-6 * (double)(now_ns - i->cpu_ns);
    i->cpu_ns = now_ns;
    i->cpu_level += change;
    time_average_add(&f->cpu, now_ns, change);
}

static void start(struct fleet *f, uint32_t index, int64_t now_ns)
{
    struct job *const job = &f->job[index];
    const struct port *const port = job->port;
    struct instance *const i = job->instance;
    const double speed = worker_speed(f, i, port->config->cpu.threads);
    const double work_ns = fmin(job->work_ns, (double)TIME_FARTHEST * speed); /* NAN, too */
    const int64_t service_ns = time_bounded(work_ns / speed + job->wait_ns + 0.5);
    /* Instance CPU while it runs, in vCPU x 1e6, so that the fleet's CPU is an integer level. */
    job->cpu_level =
        service_ns > 0 ? (int64_t)(work_ns / f->config->cpu_speed / (double)service_ns * 1e6) : 0;
    change_cpu(f, i, now_ns, job->cpu_level);
    time_average_add(&f->busy, now_ns, 1);
    histogram_add(&f->service, service_ns);
    event_schedule(&f->simulation->queue, now_ns + service_ns, on_worked, f, token_of(f, index));
}

/* Puts a job on an instance with a free worker. */
static void place(struct fleet *f, uint32_t index, struct instance *i, int64_t now_ns)
{
    list_remove(f, i);
    i->busy++;
    list_add(f, i);
    f->job[index].instance = i;
    start(f, index, now_ns);
}

static void serve_queue(struct fleet *f, int64_t now_ns)
{
    struct instance *i;
    while (f->queued > 0 && (i = least_loaded(f)) != NULL) {
        const uint32_t index = f->queue[f->queue_head];
        f->queue_head = (f->queue_head + 1) % f->queue_capacity;
        time_average_add(&f->waiting, now_ns, -1);
        f->queued--;
        place(f, index, i, now_ns);
    }
}

static void enqueue(struct fleet *f, uint32_t index, int64_t now_ns)
{
    if (f->queued == f->queue_capacity)
        f->queue = mem_grow_ring(f->queue, &f->queue_head, &f->queue_capacity, f->queued,
                                 sizeof *f->queue);
    f->queue[(f->queue_head + f->queued++) % f->queue_capacity] = index;
    time_average_add(&f->waiting, now_ns, 1);
}

static bool invoke(struct target *self, const struct request *request)
{
    struct port *const port = (struct port *)self;
    struct fleet *const f = port->fleet;
    const struct fleet_port_config *const c = port->config;
    const int64_t now_ns = simulation_now(f->simulation);
    f->count.offered++;
    port->offered++;
    struct instance *const i = least_loaded(f);
    if (i == NULL && f->queued >= f->config->queue_capacity) {
        f->count.lost++;
        port->lost++;
        return false;
    }
    const uint32_t index = take_job(f);
    struct job *const job = &f->job[index];
    const double raw_ns =
        (request->duration_ns >= 0 ? (double)request->duration_ns
                                   : distribution_sample(&c->duration_ns, &port->random)) +
        c->per_record_ns * request->records;
    *job =
        (struct job){.port = port,
                     .life = job->life,
                     .arrival_ns = request->arrival_ns,
                     .work_ns = cpu_work_ns(&c->cpu, raw_ns),
                     .wait_ns = cpu_wait_ns(&c->cpu, raw_ns),
                     .failed = request->fails || (port->error_rate > 0 &&
                                                  random_uniform(&port->random) < port->error_rate),
                     .progress = {.records = request->records},
                     .done = request->done,
                     .source = request->source,
                     .token = request->token};
    f->count.log_bytes += c->log_bytes;
    if (i != NULL)
        place(f, index, i, now_ns);
    else
        enqueue(f, index, now_ns);
    return true;
}

static void complete(struct fleet *f, uint32_t index, int64_t now_ns)
{
    const struct job job = f->job[index];
    struct instance *const i = job.instance;
    f->job[index].instance = NULL;
    f->job[index].life++;
    slots_give_back(&f->jobs, index);
    time_average_add(&f->busy, now_ns, -1);
    f->count.completed++;
    if (job.failed) {
        f->count.errors++;
        job.port->errors++;
    } else {
        f->count.succeeded++;
        histogram_add(&job.port->latency, now_ns - job.arrival_ns);
    }
    if (i->state == INSTANCE_IN_SERVICE) {
        list_remove(f, i);
        i->busy--;
        list_add(f, i);
    } else if (--i->busy == 0) {
        fleet_terminate(f, i, now_ns);
    }
    serve_queue(f, now_ns);
    if (job.done != NULL)
        job.done(job.source, job.token, job.failed ? OUTCOME_ERROR : OUTCOME_SUCCESS, now_ns);
}

static void on_answer(void *self, uint64_t token, enum call_answer answer, int64_t now_ns)
{
    struct fleet *const f = self;
    const uint32_t index = (uint32_t)token;
    struct job *const job = &f->job[index];
    if (job->life != (uint32_t)(token >> 32))
        return; /* its instance is gone */
    if (answer == ANSWER_FINE &&
        calls_next(&job->port->calls, &job->progress, TIME_NEVER, on_answer, f, token))
        return;
    job->failed = answer != ANSWER_FINE;
    complete(f, index, now_ns);
}

/* Its worker stays busy while it waits for answers; its CPU does not. */
static void on_worked(void *self, int64_t now_ns, uint64_t token)
{
    struct fleet *const f = self;
    const uint32_t index = (uint32_t)token;
    struct job *const job = &f->job[index];
    if (job->life != (uint32_t)(token >> 32))
        return;
    change_cpu(f, job->instance, now_ns, -job->cpu_level);
    job->cpu_level = 0;
    if (job->failed)
        complete(f, index, now_ns);
    else
        on_answer(f, token, ANSWER_FINE, now_ns);
}

void fleet_fail_job(struct fleet *f, uint32_t index, int64_t now_ns)
{
    struct job *const job = &f->job[index];
    change_cpu(f, job->instance, now_ns, -job->cpu_level);
    job->failed = true;
    complete(f, index, now_ns);
}

void fleet_enter_service(struct fleet *f, struct instance *i, int64_t now_ns)
{
    i->state = INSTANCE_IN_SERVICE;
    time_average_add(&f->in_service, now_ns, 1);
    list_add(f, i);
    serve_queue(f, now_ns);
}

void fleet_leave_service(struct fleet *f, struct instance *i, int64_t now_ns)
{
    list_remove(f, i);
    time_average_add(&f->in_service, now_ns, -1);
    i->state = INSTANCE_DRAINING;
    if (i->busy == 0)
        fleet_terminate(f, i, now_ns);
}

struct fleet *fleet_create(struct simulation *simulation, const struct fleet_config *config,
                           const struct fleet_port_config *port, size_t ports)
{
    struct fleet *const f = mem_alloc(1, sizeof *f);
    f->simulation = simulation;
    f->config = config;
    snprintf(f->entity, sizeof f->entity, "baseline:%s", config->name);
    random_init(&f->random, simulation->seed, simulation->replication, f->entity, "boot");
    f->level = mem_alloc((size_t)config->workers + 1, sizeof *f->level);
    f->ports = ports;
    f->port = mem_alloc(ports, sizeof *f->port);
    for (size_t i = 0; i < ports; i++) {
        char entity[96];
        snprintf(entity, sizeof entity, "function:%s", port[i].function);
        f->port[i].target.invoke = invoke;
        f->port[i].fleet = f;
        f->port[i].config = &port[i];
        f->port[i].error_rate = port[i].error_rate;
        /* The same stream of work as the function it stands for. */
        random_init(&f->port[i].random, simulation->seed, simulation->replication, entity,
                    "duration");
        histogram_init(&f->port[i].latency);
        calls_init(&f->port[i].calls, simulation, entity, port[i].call, port[i].calls);
    }
    histogram_init(&f->service);
    f->desired = config->desired_capacity;
    for (uint32_t i = 0; i < config->desired_capacity; i++)
        fleet_launch(f, 0, true);
    return f;
}

void fleet_destroy(void *self)
{
    struct fleet *const fleet = self;
    if (fleet == NULL)
        return;
    for (size_t i = 0; i < fleet->instances; i++)
        free(fleet->instance[i]);
    for (size_t i = 0; i < fleet->ports; i++) {
        histogram_finish(&fleet->port[i].latency);
        calls_finish(&fleet->port[i].calls);
    }
    free(fleet->instance);
    free(fleet->level);
    free(fleet->port);
    free(fleet->job);
    slots_finish(&fleet->jobs);
    free(fleet->queue);
    histogram_finish(&fleet->service);
    free(fleet);
}

void fleet_connect(struct fleet *fleet, struct downstream *const *downstream)
{
    for (size_t i = 0; i < fleet->ports; i++)
        calls_connect(&fleet->port[i].calls, downstream);
}

struct target *fleet_port(struct fleet *fleet, size_t index)
{
    return &fleet->port[index].target;
}
