/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Baselines: the same work on servers, sized and paid in several ways (Terraform's
 * aws_autoscaling_group). */
#include "scenario/internal.h"

static const char *const no_yes_alb[] = {"none", "alb", NULL};

static const char *const sizings[] = {"fixed", "smallest", "target_tracking", NULL};
static const char *const ebs_types[] = {"gp2", "gp3", "io1", "standard", NULL};
static const char *const purchases[] = {"on-demand",
                                        "1yr-no-upfront",
                                        "1yr-partial-upfront",
                                        "1yr-all-upfront",
                                        "3yr-no-upfront",
                                        "3yr-partial-upfront",
                                        "3yr-all-upfront",
                                        SAVINGS_PLAN_PREFIX "compute-1yr-no-upfront",
                                        SAVINGS_PLAN_PREFIX "compute-1yr-partial-upfront",
                                        SAVINGS_PLAN_PREFIX "compute-1yr-all-upfront",
                                        SAVINGS_PLAN_PREFIX "compute-3yr-no-upfront",
                                        SAVINGS_PLAN_PREFIX "compute-3yr-partial-upfront",
                                        SAVINGS_PLAN_PREFIX "compute-3yr-all-upfront",
                                        SAVINGS_PLAN_PREFIX "instance-1yr-no-upfront",
                                        SAVINGS_PLAN_PREFIX "instance-1yr-partial-upfront",
                                        SAVINGS_PLAN_PREFIX "instance-1yr-all-upfront",
                                        SAVINGS_PLAN_PREFIX "instance-3yr-no-upfront",
                                        SAVINGS_PLAN_PREFIX "instance-3yr-partial-upfront",
                                        SAVINGS_PLAN_PREFIX "instance-3yr-all-upfront",
                                        NULL};
#define ALL_SAVINGS_PLANS (~(BIT(7) - 1))

#define B(member) AT(struct baseline_spec, member)
static const struct field baseline_fields[] = {
    {"instance_type", FIELD_STRING, B(instance_type), .kind = TEXT_INSTANCE_TYPE,
     .doc = "\"m5.large\" …, of data/instances."},
    {"task_definition", FIELD_OBJECT, .offset = 0, .object = &object_task_definition,
     .doc = "Fargate tasks of this size instead of EC2 instances."},
    {"sizing", FIELD_CHOICE, STORE_ENUM, B(sizing), .choice = sizings,
     .since_key = "since.target_tracking", .since_choices = BIT(FLEET_TARGET_TRACKING),
     .doc = "fixed: desired_capacity; smallest: the smallest fleet that meets the objectives; "
            "target_tracking: by CPU utilization between min_size and max_size."},
    {"min_size", FIELD_INTEGER, STORE_UNSIGNED, B(min_size), .initial = 1, .maximum = 100000,
     .unit = "instances",
     .doc = "Fewest instances; target tracking on CPU never removes the last."},
    {"max_size", FIELD_INTEGER, STORE_UNSIGNED, B(max_size), .maximum = 100000, .unit = "instances",
     .dynamic = true, .needed = BIT(FLEET_TARGET_TRACKING),
     .doc = "Most instances; default: desired_capacity if fixed, 1000 for smallest."},
    {"desired_capacity", FIELD_INTEGER, STORE_UNSIGNED, B(desired_capacity), .maximum = 100000,
     .unit = "instances", .dynamic = true,
     .doc = "Instances at the start, of a fixed group always; default: min_size."},
    {"target_cpu_utilization", FIELD_NUMBER, B(target_cpu_utilization), .initial = 50, .minimum = 1,
     .maximum = 100, .unit = "%", .doc = "What target tracking aims at."},
    {"default_instance_warmup", FIELD_NUMBER, B(default_instance_warmup_s), .initial = UNSET_NUMBER,
     .maximum = 86400, .unit = "s", .dynamic = true,
     .doc = "A new instance is not in the group's metric until it has served for this; default: "
            "default_cooldown."},
    {"default_cooldown", FIELD_NUMBER, B(default_cooldown_s), .initial = 300, .maximum = 86400,
     .unit = "s",
     .doc = "The warm-up where none is given; target tracking itself has no cooldown."},
    {"boot_s", FIELD_DISTRIBUTION, B(boot_s), .initial = 120, .unit = "s",
     .doc = "From launch to the first request."},
    {"workers_per_instance", FIELD_INTEGER, STORE_UNSIGNED, B(workers_per_instance),
     .maximum = 100000, .dynamic = true,
     .doc = "Requests that an instance serves at once; default (0): its vCPUs."},
    {"queue_capacity", FIELD_INTEGER, B(queue_capacity), .initial = 10000, .maximum = 1e9,
     .unit = "requests", .doc = "Requests that may wait in the whole group; others are lost."},
    {"cpu_speed", FIELD_NUMBER, B(cpu_speed), .initial = UNSET_NUMBER, .minimum = 0.01,
     .maximum = 100, .dynamic = true,
     .doc = "Speed of one vCPU against Lambda's; default: data/instances."},
    {"ebs_gb", FIELD_NUMBER, B(ebs_gb), .initial = 8, .maximum = 65536, .unit = "GB",
     .doc = "Volume of each instance."},
    {"ebs_type", FIELD_STRING, B(ebs_type), .choice = ebs_types, .dynamic = true,
     .since_key = "since.gp3", .since_choices = BIT(1),
     .doc = "Its type; default: gp3, before that existed gp2."},
    {"detailed_monitoring", FIELD_BOOLEAN, B(detailed_monitoring), .initial = true,
     .doc = "Metrics, and what target tracking sees, each minute instead of each five."},
    {"load_balancer", FIELD_CHOICE, STORE_BOOL, B(load_balancer), .choice = no_yes_alb,
     .initial = 1, .since_key = "since.alb", .since_choices = BIT(1),
     .doc = "In front of the group, where requests come from outside."},
    {"purchase", FIELD_STRING, B(purchase), .choice = purchases, .text = "on-demand",
     .since_key = "since.savings_plan", .since_choices = ALL_SAVINGS_PLANS,
     .doc = "On demand, reserved for a term, or under a savings plan (compute: of any instances; "
            "instance: of one family)."},
};
static const char *const baseline_kinds[] = {"instance_type", "task_definition", NULL};
const struct object object_baseline = {
    .name = "baseline",
    .doc = "The same work on an EC2 auto scaling group, or on Fargate.",
    FIELDS(baseline_fields),
    .selector = "sizing",
    .exactly_one = baseline_kinds,
    .size = sizeof(struct baseline_spec),
    .has_line = true,
    .line_offset = offsetof(struct baseline_spec, line),
    .finish = finish_baseline};
