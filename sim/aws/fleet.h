/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An EC2 Auto Scaling group that does what the functions of the Lambda design do: the baseline.
 *
 * Each instance has `workers` workers; a request goes to the instance with the least outstanding
 * requests that has a free worker, else it waits in one queue for the whole group (first come first
 * served, so a group of fixed size is an M/M/c queue). That queue is the ideal case for servers: a
 * real load balancer spreads requests before they wait. Beyond `queue_capacity` requests are lost.
 *
 * A request takes the time of the same work as on Lambda, with CPU at `cpu_speed` x what the
 * instance has left for each busy worker when it starts; a burstable instance that has used up its
 * credits runs at its baseline (standard) or spends surplus credits (unlimited): later credits pay
 * them back, and those beyond what it earns in a day, or left when it ends, are billed (EC2 user
 * guide, "Unlimited mode"). Those left at the end of a run are billed too.
 *
 * Scaling is target tracking on CPU utilization: three datapoints above the target add instances in
 * proportion at once, fifteen below 0.9 x target remove them, but one stays: an idle instance's
 * system uses some CPU, so rounding up leaves one. (The numbers of datapoints and 0.9 are from
 * experience, not documented.) A datapoint is a minute's with detailed monitoring, else five
 * minutes'. New instances serve after `boot` and then warm up for `warmup`: they serve already, but
 * are not in the metric yet. What is wanted is in proportion to the warm instances; those that boot
 * or warm up count towards it, and while there are any none is removed. (EC2 Auto Scaling user
 * guide, "Set the default instance warmup", "Step scaling: instance warm-up", which has the
 * arithmetic.) Cooldowns are for simple scaling only ("Scaling cooldowns").
 *
 * Billing: from launch to termination; each instance rounded up to a started hour before
 * 2017-10-02, since then to a second with a minimum of 60 s.
 */
#ifndef AWS_FLEET_H
#define AWS_FLEET_H

#include "aws/calls.h"
#include "aws/cpu.h"
#include "aws/load_balancer.h"
#include "aws/part.h"
#include "aws/side_costs.h"
#include "aws/simulation.h"
#include "aws/target.h"
#include "core/distribution.h"

#include <lambdaplan/usage.h>

struct fleet_config {
    const char *name;
    const char *instance_type;
    const char *reserved_detail; /* "type:term" */
    bool savings_plan;           /* the reserved ones are under a savings plan */
    uint32_t reserved; /* instances paid for all the time, whether they run or not; 0: none */
    int64_t task_cpu, task_mb; /* of a Fargate task: CPU units (1,024 a vCPU) and MB; 0: EC2 */
    double vcpus;
    uint32_t workers;
    double cpu_speed; /* of one vCPU, against a Lambda vCPU */
    bool burstable, unlimited;
    double credits_per_hour, max_credits, baseline_fraction; /* of one vCPU; one credit: a minute */
    uint32_t min_size, max_size, desired_capacity;
    bool target_tracking;
    double target_utilization; /* 0..1 */
    int high_datapoints, low_datapoints;
    double low_fraction;
    int64_t datapoint_ns, warmup_ns;
    struct distribution boot_ns;
    uint64_t queue_capacity;
    int64_t billing_step_ns, billing_minimum_ns;
    int64_t ebs_mb; /* a volume of each instance */
    const char *ebs_type;
    int64_t monitoring_metrics; /* detailed monitoring: paid metrics of each instance; 0: basic */
};

/* The work of one function, done here. */
struct fleet_port_config {
    const char *function; /* whose place it takes */
    struct cpu_config cpu;
    struct distribution duration_ns;
    double per_record_ns;
    double error_rate;
    struct transfer_config transfer;
    int64_t log_bytes;              /* the application's own, when logs are counted */
    const struct call_config *call; /* a worker waits for them; connections are not counted */
    size_t calls;
};

struct fleet;

extern const struct part_class fleet_class; /* struct fleet */

struct fleet *fleet_create(struct simulation *simulation, const struct fleet_config *config,
                           const struct fleet_port_config *port, size_t ports);
struct target *fleet_port(struct fleet *fleet, size_t index);
/* Before anything runs, where ports make calls. */
void fleet_connect(struct fleet *fleet, struct downstream *const *downstream);
uint64_t fleet_served(const struct fleet *fleet);
const struct histogram *fleet_port_latency(const struct fleet *fleet, size_t index);
double fleet_utilization(const struct fleet *fleet); /* busy workers / workers in service */

#endif
