/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * EC2 instance types, read from data/instances/instances.csv: what a baseline runs on. Prices are
 * in the price book, not here.
 *
 * A burstable type earns `credits_per_hour` while it runs; one credit is one vCPU-minute.
 * "standard" falls to the baseline when credits are gone, "unlimited" goes on and pays for the
 * surplus. `cpu_speed` is the speed of one vCPU relative to a Lambda vCPU at full share.
 */
#ifndef SCENARIO_INSTANCES_H
#define SCENARIO_INSTANCES_H

#include <lambdaplan/diagnostics.h>

#include <stdbool.h>
#include <stddef.h>

enum instance_burst { BURST_NONE, BURST_STANDARD, BURST_UNLIMITED };

struct instance_type {
    const char *name;
    unsigned vcpu;
    double memory_gib;
    bool arm64;
    enum instance_burst burst;
    double credits_per_hour, max_credits; /* of the whole instance; 0: not burstable */
    double baseline_fraction;             /* of each vCPU; 1: not burstable */
    double cpu_speed;
    double network_baseline_mbps; /* Mbit/s; negative: not known */
};

struct instances;

struct instances *instances_load(const char *data_dir,
                                 struct diagnostics *diagnostics); /* NULL: errors */
void instances_destroy(struct instances *instances);

/* NULL when there is none. Owned by `instances`. */
const struct instance_type *instances_find(const struct instances *instances, const char *name);
/* For near misses; owned by `instances`. */
const char *const *instances_names(const struct instances *instances, size_t *ret_count);

#endif
