/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The group's size over time, CPU credits, and what is billed and reported. */
#include "aws/fleet_internal.h"

#include "core/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define NS_PER_CREDIT 60e9 /* one credit is one vCPU for one minute (EC2 user guide) */

static void on_booted(void *self, int64_t now_ns, uint64_t launched_ns);

/* Billed life of an instance since the warm-up's end. Its started hours or minimum count from its
 * launch (EC2 user guide, "Billing and purchasing options") and are rounded up when it ends. */
static int64_t billed_ns(const struct fleet *f, const struct instance *i, int64_t end_ns,
                         bool ended)
{
    const int64_t step = f->config->billing_step_ns;
    const int64_t before_ns = f->measure_ns > i->launched_ns ? f->measure_ns - i->launched_ns : 0;
    int64_t life_ns = end_ns - i->launched_ns;
    if (ended && life_ns < f->config->billing_minimum_ns)
        life_ns = f->config->billing_minimum_ns;
    return (ended ? (life_ns + step - 1) / step * step : life_ns) - before_ns;
}

static void count_alive(struct fleet *f, int change, int64_t now_ns)
{
    time_average_add(&f->alive, now_ns, change);
    time_average_set(&f->covered, now_ns,
                     f->alive.level < f->config->reserved ? f->alive.level : f->config->reserved);
}

void fleet_launch(struct fleet *fleet, int64_t now_ns, bool ready)
{
    struct instance *const i = mem_alloc(1, sizeof *i);
    i->launched_ns = now_ns;
    i->settled_ns = i->cpu_ns = now_ns;
    i->state = INSTANCE_BOOTING;
    if (fleet->config->burstable && !fleet->config->unlimited)
        i->credits = 30.0 * fleet->config->vcpus; /* launch credits of T2 standard (EC2 guide) */
    fleet->instance = mem_grow(fleet->instance, &fleet->instance_capacity, fleet->instances,
                               sizeof *fleet->instance);
    fleet->instance[fleet->instances++] = i;
    count_alive(fleet, 1, now_ns);
    if (ready) {
        i->warm_ns = now_ns;
        fleet_enter_service(fleet, i, now_ns);
        return;
    }
    const int64_t boot_ns =
        time_bounded(distribution_sample(&fleet->config->boot_ns, &fleet->random));
    i->warm_ns = now_ns + boot_ns + fleet->config->warmup_ns;
    event_schedule(&fleet->simulation->queue, now_ns + boot_ns, on_booted, fleet,
                   (uint64_t)(uintptr_t)i);
}

static void on_booted(void *self, int64_t now_ns, uint64_t instance)
{
    struct fleet *const f = self;
    struct instance *const i = (struct instance *)(uintptr_t)instance;
    if (i->state == INSTANCE_DRAINING) /* lost while it booted */
        fleet_terminate(f, i, now_ns);
    else
        fleet_enter_service(f, i, now_ns);
}

static void book_credits(struct fleet *f, struct instance *i, double used_ns, int64_t span_ns)
{
    const struct fleet_config *const c = f->config;
    if (!c->burstable)
        return;
    const double earned = c->credits_per_hour * (double)span_ns / (double)NS_PER_HOUR;
    i->credits += earned - used_ns / NS_PER_CREDIT;
    if (i->credits > c->max_credits)
        i->credits = c->max_credits;
    if (c->unlimited && i->credits < -c->max_credits) {
        f->surplus_vcpu_ns += (-c->max_credits - i->credits) * NS_PER_CREDIT;
        i->credits = -c->max_credits;
    }
}

/* An instance that became warm in between counts from the next time on. */
static void settle(struct fleet *f, struct instance *i, int64_t now_ns)
{
    const int64_t span_ns = now_ns - i->settled_ns;
    if (span_ns <= 0)
        return;
    const double capacity_ns = (double)span_ns * f->config->vcpus;
    const double demand_ns =
        i->cpu_used_ns + (double)i->cpu_level * 1e-6 * (double)(now_ns - i->cpu_ns);
    /* Requests that began while there were fewer ask for more than there is, in a burst. */
    const double used_ns = fmin(demand_ns, capacity_ns);
    if (i->warm_ns <= i->settled_ns) {
        f->datapoint.used_ns += used_ns;
        f->datapoint.capacity_ns += capacity_ns;
        f->asked.used_ns += used_ns;
        f->asked.capacity_ns += capacity_ns;
    }
    book_credits(f, i, used_ns, span_ns);
    i->cpu_used_ns = 0;
    i->settled_ns = i->cpu_ns = now_ns;
}

static void settle_all(struct fleet *f)
{
    const int64_t now_ns = simulation_now(f->simulation);
    for (size_t i = 0; i < f->instances; i++)
        settle(f, f->instance[i], now_ns);
}

/* Surplus credits that were spent and neither paid back nor charged. */
static double uncharged_ns(const struct fleet *f, const struct instance *i)
{
    return f->config->unlimited && i->credits < 0 ? -i->credits * NS_PER_CREDIT : 0;
}

void fleet_terminate(struct fleet *fleet, struct instance *instance, int64_t now_ns)
{
    settle(fleet, instance, now_ns);
    fleet->surplus_vcpu_ns += uncharged_ns(fleet, instance);
    fleet->billed_ns += billed_ns(fleet, instance, now_ns, true);
    count_alive(fleet, -1, now_ns);
    for (size_t i = 0; i < fleet->instances; i++) {
        if (fleet->instance[i] != instance)
            continue;
        fleet->instance[i] = fleet->instance[--fleet->instances];
        break;
    }
    free(instance);
}

static struct instance *least_busy_in_service(const struct fleet *f)
{
    for (uint32_t busy = 0; busy <= f->config->workers; busy++)
        if (f->level[busy].first != NULL)
            return f->level[busy].first;
    return NULL;
}

static void add_instances(struct fleet *f, size_t alive, double wanted, int64_t now_ns)
{
    const double capped = fmin(wanted, f->config->max_size);
    for (; (double)alive < capped; alive++)
        fleet_launch(f, now_ns, false);
    f->desired = alive > f->desired ? alive : f->desired;
}

static void remove_instances(struct fleet *f, size_t alive, double wanted, int64_t now_ns)
{
    const double floored = fmax(wanted, fmax(f->config->min_size, 1));
    for (; (double)alive > floored; alive--)
        fleet_leave_service(f, least_busy_in_service(f), now_ns);
    f->desired = (size_t)fmin((double)f->desired, floored);
}

/* A datapoint is complete. Without a warm instance there is none, and the alarms stay as they are.
 */
static void scale(struct fleet *f, int64_t now_ns)
{
    const struct fleet_config *const c = f->config;
    const struct cpu_share share = f->datapoint;
    f->datapoint = (struct cpu_share){0};
    if (share.capacity_ns <= 0)
        return;
    const double utilization = share.used_ns / share.capacity_ns;
    f->high = utilization > c->target_utilization ? f->high + 1 : 0;
    f->low = utilization < c->low_fraction * c->target_utilization ? f->low + 1 : 0;
    size_t alive = 0;
    bool warming = false;
    for (size_t i = 0; i < f->instances; i++) {
        alive += f->instance[i]->state != INSTANCE_DRAINING;
        warming = warming || f->instance[i]->warm_ns > now_ns;
    }
    /* In proportion to the instances of the datapoint, some of which had a part of its time. */
    const double in_use = share.used_ns / (double)c->datapoint_ns / c->vcpus;
    const double wanted = ceil(in_use / c->target_utilization - 1e-9);
    if (f->high >= c->high_datapoints)
        add_instances(f, alive, wanted, now_ns);
    else if (f->low >= c->low_datapoints && !warming)
        remove_instances(f, alive, wanted, now_ns);
}

static void fleet_tick(void *self)
{
    struct fleet *const fleet = self;
    const int64_t now_ns = simulation_now(fleet->simulation);
    settle_all(fleet);
    if (fleet->config->target_tracking && now_ns % fleet->config->datapoint_ns == 0)
        scale(fleet, now_ns);
}

static void fleet_reset(void *self)
{
    struct fleet *const fleet = self;
    const int64_t now_ns = simulation_now(fleet->simulation);
    struct time_average *const averages[] = {&fleet->busy, &fleet->waiting, &fleet->in_service,
                                             &fleet->cpu,  &fleet->alive,   &fleet->covered};
    for (size_t i = 0; i < sizeof averages / sizeof *averages; i++)
        time_average_reset(averages[i], now_ns);
    settle_all(fleet);
    fleet->surplus_vcpu_ns = 0;
    for (size_t i = 0; i < fleet->instances; i++)
        fleet->surplus_vcpu_ns -= uncharged_ns(fleet, fleet->instance[i]);
    histogram_reset(&fleet->service);
    for (size_t i = 0; i < fleet->ports; i++) {
        histogram_reset(&fleet->port[i].latency);
        fleet->port[i].offered = fleet->port[i].lost = fleet->port[i].errors = 0;
    }
    fleet->count = fleet->minute_start = (struct fleet_counts){0};
    fleet->at_reset = (uint64_t)fleet->busy.level + fleet->queued;
    fleet->measure_ns = now_ns;
    fleet->billed_ns = 0;
}

static void fleet_audit(const void *self)
{
    const struct fleet *const f = self;
    const struct fleet_counts *const n = &f->count;
    if (f->at_reset + n->offered != n->lost + n->completed + (uint64_t)f->busy.level + f->queued)
        simulation_fail(f->simulation, "%s: requests do not balance", f->entity);
    uint64_t busy = 0;
    for (size_t i = 0; i < f->instances; i++)
        busy += f->instance[i]->busy;
    if (busy != (uint64_t)f->busy.level || f->alive.level != (int64_t)f->instances)
        simulation_fail(f->simulation, "%s: instances do not balance", f->entity);
}

double fleet_utilization(const struct fleet *fleet)
{
    const int64_t now_ns = simulation_now(fleet->simulation);
    const double workers =
        time_average_mean(&fleet->alive, now_ns) * (double)fleet->config->workers;
    return workers > 0 ? time_average_mean(&fleet->busy, now_ns) / workers : NAN;
}

static void fleet_report(const void *self, const struct metric_sink *sink)
{
    const struct fleet *const f = self;
    const struct fleet_counts *const n = &f->count;
    const int64_t now_ns = simulation_now(f->simulation);
#define PUT(metric, unit, value) sink->put(sink->context, f->entity, metric, unit, (double)(value))
    PUT("requests", "count", n->offered);
    PUT("requests_lost", "count", n->lost);
    PUT("errors", "count", n->errors);
    PUT("instances.mean", "instances", time_average_mean(&f->alive, now_ns));
    PUT("instances.max", "instances", f->alive.max);
    PUT("instances_in_service.mean", "instances", time_average_mean(&f->in_service, now_ns));
    PUT("busy_workers.mean", "workers", time_average_mean(&f->busy, now_ns));
    PUT("queue_length.mean", "requests", time_average_mean(&f->waiting, now_ns));
    PUT("queue_length.max", "requests", f->waiting.max);
    PUT("utilization", "ratio", fleet_utilization(f));
    PUT("cpu_utilization.mean", "ratio",
        time_average_mean(&f->cpu, now_ns) / 1e6 /
            (time_average_mean(&f->alive, now_ns) * f->config->vcpus));
#undef PUT
    report_times(sink, f->entity, "service_ms", &f->service);
    struct histogram all;
    histogram_init(&all);
    for (size_t i = 0; i < f->ports; i++)
        histogram_merge(&all, &f->port[i].latency);
    report_times(sink, f->entity, "latency_ms", &all);
    histogram_finish(&all);
    /* What stands for a function is reported under its name too, so that an objective on the
     * function can be asked of the baseline. */
    for (size_t i = 0; i < f->ports; i++) {
        const struct port *const port = &f->port[i];
        char entity[96];
        snprintf(entity, sizeof entity, "function:%s", port->config->function);
        sink->put(sink->context, entity, "invocations", "count", (double)port->offered);
        sink->put(sink->context, entity, "throttles", "count", (double)port->lost);
        sink->put(sink->context, entity, "errors", "count", (double)port->errors);
        report_times(sink, entity, "latency_ms", &port->latency);
    }
}

static void fleet_series(void *self, struct series *series)
{
    struct fleet *const f = self;
    settle_all(f);
    series_average(series, f->entity, "CPUUtilization", "Percent", f->asked.used_ns * 100.0,
                   f->asked.capacity_ns);
    series_level(series, f->entity, "GroupInServiceInstances", "Count",
                 (double)time_average_lap(&f->in_service));
    series_sum(series, f->entity, "RequestCount", "Count",
               (double)(f->count.offered - f->minute_start.offered));
    series_level(series, f->entity, "SurgeQueueLength", "Count",
                 (double)time_average_lap(&f->waiting));
    f->asked = (struct cpu_share){0};
    f->minute_start = f->count;
}

static bool keeps_logs(const struct fleet *f)
{
    for (size_t i = 0; i < f->ports; i++)
        if (f->port[i].config->log_bytes > 0)
            return true;
    return false;
}

static void fleet_usage(const void *self, struct usage *usage)
{
    const struct fleet *const f = self;
    const struct fleet_config *const c = f->config;
    const int64_t now_ns = simulation_now(f->simulation);
    int128 billed = f->billed_ns;
    for (size_t i = 0; i < f->instances; i++)
        billed += billed_ns(f, f->instance[i], now_ns, false);
    const int128 alive_ms =
        (f->alive.integral + (int128)f->alive.level * (now_ns - f->alive.since_ns)) / NS_PER_MS;
    if (c->reserved > 0)
        usage_add(usage, f->entity,
                  c->savings_plan ? METER_EC2_SAVINGS_PLAN_INSTANCE_MS
                                  : METER_EC2_RESERVED_INSTANCE_MS,
                  c->reserved_detail, (now_ns - f->measure_ns) / NS_PER_MS * c->reserved);
    if (c->task_mb > 0) {
        usage_add(usage, f->entity, METER_FARGATE_CPU_MS, NULL, billed / NS_PER_MS * c->task_cpu);
        usage_add(usage, f->entity, METER_FARGATE_MB_MS, NULL, billed / NS_PER_MS * c->task_mb);
    } else if (c->reserved < c->max_size) {
        usage_add(usage, f->entity, METER_EC2_INSTANCE_MS, c->instance_type,
                  (billed - time_average_integral(&f->covered, now_ns)) / NS_PER_MS);
    }
    double surplus_ns = f->surplus_vcpu_ns; /* with what is spent but not charged yet */
    for (size_t i = 0; i < f->instances; i++)
        surplus_ns += uncharged_ns(f, f->instance[i]);
    if (surplus_ns > 0)
        usage_add(usage, f->entity, METER_EC2_CREDIT_VCPU_MS, c->instance_type,
                  (usage_quantity)llround(surplus_ns / 1e6));
    if (c->ebs_mb > 0)
        usage_add(usage, f->entity, METER_EBS_MB_MS, c->ebs_type, alive_ms * c->ebs_mb);
    if (c->monitoring_metrics > 0)
        usage_add(usage, f->entity, METER_CLOUDWATCH_METRIC_MS, NULL,
                  alive_ms * c->monitoring_metrics);
    for (size_t i = 0; i < f->ports; i++)
        transfer_usage(&f->port[i].config->transfer, f->entity,
                       f->port[i].offered - f->port[i].lost, usage);
    if (keeps_logs(f))
        usage_add(usage, f->entity, METER_LOGS_BYTES, NULL, f->count.log_bytes);
}

uint64_t fleet_served(const struct fleet *fleet)
{
    return fleet->count.succeeded;
}

const struct histogram *fleet_port_latency(const struct fleet *fleet, size_t index)
{
    return &fleet->port[index].latency;
}

const struct part_class fleet_class = {
    .destroy = fleet_destroy,
    .reset = fleet_reset,
    .tick = fleet_tick,
    .audit = fleet_audit,
    .report = fleet_report,
    .series = fleet_series,
    .usage = fleet_usage,
    .expose = fleet_expose,
};
