/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/load_balancer.h"

#include "core/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void load_balancer_init(struct load_balancer *balancer, struct simulation *simulation,
                        const struct load_balancer_config *config, const char *entity)
{
    *balancer = (struct load_balancer){.simulation = simulation, .config = *config};
    snprintf(balancer->entity, sizeof balancer->entity, "%s", entity);
}

struct load_balancer *load_balancer_create(struct simulation *simulation,
                                           const struct load_balancer_config *config,
                                           const char *workload)
{
    struct load_balancer *const balancer = mem_alloc(1, sizeof *balancer);
    char entity[sizeof balancer->entity];
    snprintf(entity, sizeof entity, "workload:%s", workload);
    load_balancer_init(balancer, simulation, config, entity);
    return balancer;
}

static void load_balancer_reset(void *self)
{
    struct load_balancer *const balancer = self;
    balancer->measure_ns = balancer->hour_start_ns = simulation_now(balancer->simulation);
    balancer->requests = balancer->bytes = balancer->waited_ns = balancer->lcu_ns = 0;
}

/* LCU x ns of the hour (or the part of one) that ends now. */
static double hour_lcu_ns(const struct load_balancer *b, int64_t now_ns)
{
    const double span_ns = (double)(now_ns - b->hour_start_ns);
    if (span_ns <= 0)
        return 0;
    const struct load_balancer_config *const c = &b->config;
    const double connections_per_s = b->requests / c->requests_per_connection / (span_ns / 1e9);
    const double by_new = connections_per_s / c->new_connections_per_s;
    const double active = fmax(connections_per_s * 60.0, b->waited_ns / span_ns);
    const double by_active = active / c->active_connections;
    const double by_bytes = b->bytes / c->bytes_per_h / (span_ns / (double)NS_PER_HOUR);
    return fmax(fmax(by_new, by_active), by_bytes) * span_ns;
}

static void load_balancer_tick(void *self)
{
    struct load_balancer *const balancer = self;
    const int64_t now_ns = simulation_now(balancer->simulation);
    if (now_ns - balancer->hour_start_ns < NS_PER_HOUR)
        return;
    balancer->lcu_ns += hour_lcu_ns(balancer, now_ns);
    balancer->hour_start_ns = now_ns;
    balancer->requests = balancer->bytes = balancer->waited_ns = 0;
}

static void load_balancer_usage(const void *self, struct usage *usage)
{
    const struct load_balancer *const balancer = self;
    const int64_t now_ns = simulation_now(balancer->simulation);
    const double lcu_ns = balancer->lcu_ns + hour_lcu_ns(balancer, now_ns);
    usage_add(usage, balancer->entity, METER_ALB_MS, NULL,
              (now_ns - balancer->measure_ns) / NS_PER_MS);
    usage_add(usage, balancer->entity, METER_ALB_LCU_MS, NULL,
              (usage_quantity)llround(lcu_ns / 1e6));
}

const struct part_class load_balancer_class = {
    .destroy = free,
    .reset = load_balancer_reset,
    .tick = load_balancer_tick,
    .usage = load_balancer_usage,
};
