/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files that turn a scenario into a model's configuration share: plan.c and plan_*.c, one
 * a group of entities. */
#ifndef PLAN_PLAN_INTERNAL_H
#define PLAN_PLAN_INTERNAL_H

#include "core/memory.h"
#include "plan/loops.h"
#include "plan/plan.h"

#define MB_BYTES 1048576.0

struct plan {
    const struct scenario *scenario;
    const struct world *world;
    struct diagnostics *diagnostics;
    struct model_config model;
    struct loops loops;
    bool knows_zero; /* a trace was opened */
    bool has_zero;   /* as in struct arrivals_spec, for all workloads */
    int64_t zero_ns;
    struct fleet_config fleet;
    struct fleet_port_config *port;
    struct model_topic *topic;
    char *reserved_detail;
    struct stream_workload_config **stream_workload; /* per stream */
    void **owned;                                    /* flat arrays to free */
    size_t owned_count, owned_capacity;
};

/* Zeroed; lives as long as the plan. */
static inline void *own(struct plan *p, size_t count, size_t size)
{
    p->owned = mem_grow(p->owned, &p->owned_capacity, p->owned_count, sizeof *p->owned);
    return p->owned[p->owned_count++] = mem_alloc(count, size);
}

/* Limits of the scenario's day, as limits_at and limits_or. */
static inline double limit(const struct plan *p, const char *key)
{
    return limits_at(p->world->limits, key, p->scenario->as_of_day);
}

static inline double limit_or(const struct plan *p, const char *key, double otherwise)
{
    return limits_or(p->world->limits, key, p->scenario->as_of_day, otherwise);
}

static inline int64_t seconds(double s)
{
    return s * 1e9 > 9e18 ? TIME_NEVER : (int64_t)(s * 1e9 + 0.5);
}

static inline struct distribution scaled_copy(const struct distribution *from, double factor)
{
    struct distribution copy;
    distribution_copy(&copy, from);
    distribution_scale(&copy, factor);
    return copy;
}

/* One a file. */
void plan_downstreams(struct plan *p); /* after the functions */
void plan_faults(struct plan *p);
void plan_queues(struct plan *p, bool to_lambda);
void plan_state_machines(struct plan *p);
void plan_state_machines_finish(struct plan *p);
void plan_tables(struct plan *p, bool to_lambda);
/* What is different from a Kinesis mapping. */
void plan_table_mapping(const struct plan *p, struct stream_poller_config *c);
/* VPC, traces and data transfer. */
void plan_network(struct plan *p, const struct function_spec *f, struct function_config *c);
struct transfer_config plan_servers_transfer(const struct function_spec *f);
int64_t plan_nat_gateways(const struct scenario *s);
void plan_events(struct plan *p, bool to_lambda);
/* Topics and buses. */
void plan_topics(struct plan *p);
/* What stands between a service and the function that it calls; none: MODEL_NONE. */
struct model_reference plan_source(struct plan *p, const struct workload_spec *w);
/* Does anything but workloads send to this stream? */
bool plan_is_sent_to(const struct plan *p, const struct reference *stream);
bool plan_bus_sends_to(const struct plan *p, const struct reference *stream);

/* The same in the simulator's words. */
struct model_reference plan_reference(const struct plan *p, const struct reference *reference);

/* The next of the model's streams, with the workloads that go to the entity `to`. */
void plan_add_stream(struct plan *p, struct stream_config config, struct reference to);
/* How the caller of a function waits; `baseline` NULL: for Lambda. */
void plan_client(struct plan *p, const struct workload_spec *w,
                 const struct baseline_spec *baseline, struct model_direct *ret);

/* The arrivals of a schedule; 0, as open_source. */
int plan_schedule(const struct plan *p, const struct arrivals_spec *arrivals,
                  struct arrival_source *ret);

#endif
