/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What fleet.c (requests and instances) and fleet_scaling.c (scaling and meters) share. */
#ifndef AWS_FLEET_INTERNAL_H
#define AWS_FLEET_INTERNAL_H

#include "aws/fleet.h"
#include "core/random.h"
#include "core/slots.h"

enum instance_state { INSTANCE_BOOTING, INSTANCE_IN_SERVICE, INSTANCE_DRAINING };

struct instance {
    struct instance *next, *previous; /* in its level, when in service */
    enum instance_state state;
    uint32_t busy;
    int64_t launched_ns;
    int64_t warm_ns;    /* counts in the metric from here */
    int64_t cpu_level;  /* vCPU x 1e6 in use */
    int64_t cpu_ns;     /* since then */
    int64_t settled_ns; /* its CPU use up to here is in its credits and in the group's metric */
    double cpu_used_ns; /* vCPU-ns since then */
    double credits;     /* below 0: surplus credits spent, or a debt from the last minute */
};

/* CPU that warm instances have used, of what they had, in vCPU-ns. */
struct cpu_share {
    double used_ns, capacity_ns;
};

struct port {
    struct target target; /* first */
    struct fleet *fleet;
    const struct fleet_port_config *config;
    struct random_stream random;
    struct calls calls;
    double error_rate; /* now */
    struct histogram latency;
    uint64_t offered, lost, errors;
};

struct job {
    struct port *port;
    struct instance *instance; /* NULL: it waits, or the slot is free */
    uint32_t life;             /* of the slot: an event of an earlier job is void */
    int64_t arrival_ns;
    double work_ns, wait_ns; /* vCPU time on Lambda, and time that no CPU shortens */
    int64_t cpu_level;
    struct calls_progress progress;
    bool failed;
    void (*done)(void *source, uint64_t token, enum outcome outcome, int64_t now_ns);
    void *source;
    uint64_t token;
};

struct fleet_counts {
    uint64_t offered, lost, completed, succeeded, errors;
    int128 log_bytes;
};

struct fleet {
    struct simulation *simulation;
    const struct fleet_config *config;
    char entity[96];
    struct random_stream random;
    struct port *port;
    size_t ports;
    size_t desired;             /* DesiredCapacity: what is lost comes back up to it */
    struct instance **instance; /* alive */
    size_t instances, instance_capacity;
    struct level {
        struct instance *first, *last;
    } * level;      /* in service, by busy workers; the longest there first */
    uint32_t least; /* no level below it has an instance */
    struct job *job;
    struct slots jobs;
    uint32_t *queue; /* ring of waiting jobs */
    size_t queue_head, queued, queue_capacity;
    struct time_average busy, waiting, in_service, cpu, alive;
    struct histogram service;
    struct fleet_counts count, minute_start;
    uint64_t at_reset; /* in the system when the warm-up ended */
    int64_t measure_ns;
    int128 billed_ns;            /* of terminated instances */
    struct time_average covered; /* instances that run on a reservation */
    /* Charged, less what was spent before the warm-up's end and not charged then. */
    double surplus_vcpu_ns;
    struct cpu_share datapoint; /* so far */
    struct cpu_share asked;     /* since the series asked last */
    int high, low;              /* datapoints in a row */
};

void fleet_launch(struct fleet *fleet, int64_t now_ns, bool ready);
void fleet_terminate(struct fleet *fleet, struct instance *instance, int64_t now_ns);
void fleet_enter_service(struct fleet *fleet, struct instance *instance, int64_t now_ns);
void fleet_leave_service(struct fleet *fleet, struct instance *instance, int64_t now_ns);
/* A job whose instance is gone. */
void fleet_fail_job(struct fleet *fleet, uint32_t job, int64_t now_ns);

void fleet_destroy(void *fleet);
void fleet_expose(void *fleet, struct faults *faults);

#endif
