/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What faults do to a group of servers. */
#include "aws/fleet_internal.h"

#include "aws/faults.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

/* Requests that run on a lost instance fail at once: their connections are gone. */
static void fail_jobs(struct fleet *f, const struct instance *instance, int64_t now_ns)
{
    uint32_t left = instance->busy; /* with the last one the instance goes */
    for (size_t i = 0; i < f->jobs.count && left > 0; i++) {
        if (f->job[i].instance != instance)
            continue;
        left--;
        fleet_fail_job(f, (uint32_t)i, now_ns);
    }
}

static void lose(struct fleet *f, struct instance *instance, int64_t now_ns)
{
    if (instance->state == INSTANCE_BOOTING) {
        instance->state = INSTANCE_DRAINING; /* goes when it would have served */
        return;
    }
    if (instance->state == INSTANCE_IN_SERVICE) {
        const bool idle = instance->busy == 0;
        fleet_leave_service(f, instance, now_ns);
        if (idle)
            return;
    }
    fail_jobs(f, instance, now_ns);
}

static void on_replace(void *self, int64_t now_ns, uint64_t count)
{
    struct fleet *const f = self;
    size_t alive = 0;
    for (size_t i = 0; i < f->instances; i++)
        alive += f->instance[i]->state != INSTANCE_DRAINING;
    for (; count > 0 && alive < f->desired; count--, alive++)
        fleet_launch(f, now_ns, false);
}

/* Groups spread evenly over zones, so that a zone has the like part of them, rounded up. */
static void lose_zone(struct fleet *f, size_t zones, int64_t delay_ns)
{
    const int64_t now_ns = simulation_now(f->simulation);
    struct instance **const lost = mem_alloc(f->instances + 1, sizeof *lost);
    size_t count = 0, seen = 0;
    for (size_t i = 0; i < f->instances; i++)
        if (f->instance[i]->state != INSTANCE_DRAINING && seen++ % zones == 0)
            lost[count++] = f->instance[i];
    for (size_t i = 0; i < count; i++)
        lose(f, lost[i], now_ns);
    free(lost);
    event_schedule(&f->simulation->queue, now_ns + delay_ns, on_replace, f, count);
}

/* An error rate of what a port does, or a zone that is lost: its instances end, the requests on
 * them fail, and after the fault's delay as many are launched, unless scaling has replaced them. */
static void strike(void *fleet, const struct fault_config *fault, bool begins)
{
    struct fleet *const f = fleet;
    if (fault->kind == FAULT_ZONE && begins)
        lose_zone(f, (size_t)fault->value, fault->delay_ns);
    if (fault->kind != FAULT_ERROR_RATE)
        return;
    for (size_t i = 0; i < f->ports; i++)
        if (strcmp(f->port[i].config->function, fault->name) == 0)
            f->port[i].error_rate = begins ? fault->value : f->port[i].config->error_rate;
}

void fleet_expose(void *fleet, struct faults *faults)
{
    struct fleet *const f = fleet;
    const unsigned others = 1u << FAULT_ERROR_RATE | 1u << FAULT_SCALING | 1u << FAULT_DEPLOY;
    faults_expose(faults, 1u << FAULT_ZONE, f->config->name, (struct fault_victim){strike, f});
    faults_expose(faults, others, NULL, (struct fault_victim){strike, f});
}
