/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Auto scaling groups, what they launch and their policies, by the keys of the Auto Scaling API
 * reference and of AWS::AutoScaling::* and AWS::EC2::LaunchTemplate.
 */
#include "imports/readers.h"

#include "core/memory.h"
#include "scenario/json.h"
#include "support/text.h"

#include <stdlib.h>
#include <string.h>

#define IGNORE(key)                                                                                \
    {                                                                                              \
        .from = key, .kind = RULE_IGNORED                                                          \
    }
#define MOST 100000.0

static const struct rule template_rules[] = {
    {.from = "LaunchTemplateName", .kind = RULE_TEXT, .to = "_launch_name"},
    {.from = "LaunchTemplateId", .kind = RULE_TEXT, .to = "_launch_id"},
    IGNORE("Version"),
    {.from = NULL},
};

static const struct rule group_rules[] = {
    {.from = "MinSize", .kind = RULE_NUMBER, .to = "min_size", .maximum = MOST},
    {.from = "MaxSize", .kind = RULE_NUMBER, .to = "max_size", .maximum = MOST},
    {.from = "DesiredCapacity", .kind = RULE_NUMBER, .to = "desired_capacity", .maximum = MOST},
    {.from = "DefaultCooldown", .kind = RULE_NUMBER, .to = "default_cooldown", .maximum = 86400},
    {.from = "Cooldown", .kind = RULE_NUMBER, .to = "default_cooldown", .maximum = 86400},
    {.from = "DefaultInstanceWarmup",
     .kind = RULE_NUMBER,
     .to = "default_instance_warmup",
     .maximum = 86400},
    {.from = "LaunchConfigurationName", .kind = RULE_TEXT, .to = "_launch_name"},
    {.from = "LaunchTemplate", .kind = RULE_INSIDE, .inside = template_rules},
    {.from = "MixedInstancesPolicy",
     .kind = RULE_NOT_SIMULATED,
     .why = "its first instance type stands for all"},
    {.from = "WarmPoolConfiguration", .kind = RULE_NOT_SIMULATED},
    {.from = "MaxInstanceLifetime", .kind = RULE_NOT_SIMULATED},
    IGNORE("AutoScalingGroupName"),
    IGNORE("AutoScalingGroupARN"),
    IGNORE("Instances"),
    IGNORE("AvailabilityZones"),
    IGNORE("AvailabilityZoneIds"),
    IGNORE("LoadBalancerNames"),
    IGNORE("TargetGroupARNs"),
    IGNORE("HealthCheckType"),
    IGNORE("HealthCheckGracePeriod"),
    IGNORE("CreatedTime"),
    IGNORE("SuspendedProcesses"),
    IGNORE("VPCZoneIdentifier"),
    IGNORE("EnabledMetrics"),
    IGNORE("MetricsCollection"),
    IGNORE("Tags"),
    IGNORE("TerminationPolicies"),
    IGNORE("NewInstancesProtectedFromScaleIn"),
    IGNORE("ServiceLinkedRoleARN"),
    IGNORE("TrafficSources"),
    IGNORE("Status"),
    IGNORE("CapacityRebalance"),
    IGNORE("DesiredCapacityType"),
    IGNORE("InstanceId"),
    IGNORE("InstanceMaintenancePolicy"),
    IGNORE("AvailabilityZoneDistribution"),
    IGNORE("AvailabilityZoneImpairmentPolicy"),
    IGNORE("CapacityReservationSpecification"),
    IGNORE("LifecycleHookSpecificationList"),
    IGNORE("NotificationConfigurations"),
    IGNORE("PlacementGroup"),
    IGNORE("WarmPoolSize"),
    IGNORE("SkipZonalShiftValidation"),
    IGNORE("DeletionProtection"),
    {.from = NULL},
};

static const struct rule monitoring_rules[] = {
    {.from = "Enabled", .kind = RULE_BOOLEAN, .to = "detailed_monitoring"}, {.from = NULL}};

static const struct rule launch_rules[] = {
    {.from = "InstanceType", .kind = RULE_TEXT, .to = "instance_type"},
    {.from = "InstanceMonitoring", .kind = RULE_INSIDE, .inside = monitoring_rules},
    {.from = "Monitoring", .kind = RULE_INSIDE, .inside = monitoring_rules},
    {.from = "SpotPrice", .kind = RULE_NOT_SIMULATED, .why = "instances are priced on demand"},
    {.from = "InstanceMarketOptions",
     .kind = RULE_NOT_SIMULATED,
     .why = "instances are priced on demand"},
    {.from = "InstanceRequirements", .kind = RULE_NOT_SIMULATED},
    {.from = "CreditSpecification",
     .kind = RULE_NOT_SIMULATED,
     .why = "credits are those of the instance type"},
    {.from = "CpuOptions", .kind = RULE_NOT_SIMULATED},
    IGNORE("BlockDeviceMappings"),
    IGNORE("LaunchConfigurationName"),
    IGNORE("LaunchConfigurationARN"),
    IGNORE("ImageId"),
    IGNORE("KeyName"),
    IGNORE("SecurityGroups"),
    IGNORE("SecurityGroupIds"),
    IGNORE("ClassicLinkVPCSecurityGroups"),
    IGNORE("ClassicLinkVPCId"),
    IGNORE("UserData"),
    IGNORE("KernelId"),
    IGNORE("RamdiskId"),
    IGNORE("RamDiskId"),
    IGNORE("IamInstanceProfile"),
    IGNORE("CreatedTime"),
    IGNORE("EbsOptimized"),
    IGNORE("AssociatePublicIpAddress"),
    IGNORE("PlacementTenancy"),
    IGNORE("MetadataOptions"),
    IGNORE("TagSpecifications"),
    IGNORE("NetworkInterfaces"),
    IGNORE("DisableApiTermination"),
    IGNORE("DisableApiStop"),
    IGNORE("Placement"),
    IGNORE("InstanceInitiatedShutdownBehavior"),
    IGNORE("PrivateDnsNameOptions"),
    IGNORE("InstanceId"),
    IGNORE("MaintenanceOptions"),
    IGNORE("EnclaveOptions"),
    {.from = NULL},
};

/* --- groups --------------------------------------------------------------------------------- */

/* The type of the first instance; others are named. */
static void instance_types(const struct source *source, const cJSON *object, struct item *item,
                           const char *what)
{
    const cJSON *const instances = tree_member(object, "Instances");
    const char *first = NULL;
    for (const cJSON *instance = instances == NULL ? NULL : instances->child; instance != NULL;
         instance = instance->next) {
        const char *const type = tree_text(instance, "InstanceType");
        if (type != NULL && first != NULL && strcmp(type, first) != 0)
            inventory_warning(source->inventory, source_place(source, instance),
                              "%s: it runs %.40s beside %.40s; %.40s stands for all", what, type,
                              first, first);
        else if (type != NULL && first == NULL)
            item_set_text(source->inventory, item, "instance_type", type,
                          source_place(source, instance));
        first = first == NULL ? type : first;
    }
    const cJSON *const mixed =
        tree_member(tree_member(object, "MixedInstancesPolicy"), "LaunchTemplate");
    const cJSON *const overrides = tree_member(mixed, "Overrides");
    const char *const type = overrides != NULL ? tree_text(overrides->child, "InstanceType") : NULL;
    if (first == NULL && type != NULL)
        item_set_text(source->inventory, item, "instance_type", type,
                      source_place(source, overrides));
    const cJSON *const specification = tree_member(mixed, "LaunchTemplateSpecification");
    if (cJSON_IsObject(specification))
        rules_apply(source, template_rules, specification, item, what);
}

void read_group(const struct source *source, const cJSON *object, const char *id)
{
    const struct place place = source_place(source, object);
    const char *const text = tree_text(object, "AutoScalingGroupARN");
    const cJSON *const classic = tree_member(object, "LoadBalancerNames");
    const cJSON *const targets = tree_member(object, "TargetGroupARNs");
    struct arn arn;
    char shown[JSON_SHOWN_SIZE];
    struct item *const item = inventory_item(source->inventory, ITEM_GROUP, id, place);
    if (item == NULL)
        return;
    if (text != NULL && arn_parse(text, &arn))
        inventory_region(source->inventory, arn.region, place);
    char *const what = text_format("auto scaling group %s", json_shown(id, shown));
    rules_apply(source, group_rules, object, item, what);
    instance_types(source, object, item, what);
    if (tree_is_empty(targets) && !tree_is_empty(classic))
        inventory_warning(source->inventory, source_place(source, classic),
                          "%s: its Classic Load Balancer is taken as an Application Load Balancer",
                          what);
    item_set_text(source->inventory, item, "load_balancer",
                  tree_is_empty(targets) && tree_is_empty(classic) ? "none" : "alb", place);
    item_note(item, "From %s:%ld.", place.file, place.line);
    free(what);
}

/* --- what they launch ----------------------------------------------------------------------- */

static void read_volumes(const struct source *source, const cJSON *object, struct item *item,
                         const char *what)
{
    static const char *const types[] = {"gp2", "gp3", "io1", "standard"};
    const cJSON *const devices = tree_member(object, "BlockDeviceMappings");
    double total = 0, size;
    for (const cJSON *device = devices == NULL ? NULL : devices->child; device != NULL;
         device = device->next) {
        const cJSON *const ebs = tree_member(device, "Ebs");
        const char *const type = tree_text(ebs, "VolumeType");
        bool known = false;
        if (ebs == NULL)
            continue;
        if (!tree_number(tree_member(ebs, "VolumeSize"), &size) || size < 0 || size > 65536) {
            inventory_warning(source->inventory, source_place(source, device),
                              "%s: a volume without a size from 0 to 65536 GB: left out", what);
            continue;
        }
        total += size;
        for (size_t i = 0; i < 4 && type != NULL; i++)
            known = known || strcmp(type, types[i]) == 0;
        if (known && item_text(item, "ebs_type") == NULL)
            item_set_text(source->inventory, item, "ebs_type", type, source_place(source, device));
        else if (type != NULL && (!known || strcmp(item_text(item, "ebs_type"), type) != 0))
            inventory_warning(source->inventory, source_place(source, device),
                              "%s: volume type %.20s is left out; all are priced alike", what,
                              type);
    }
    if (total > 0 && total <= 65536)
        item_set_number(source->inventory, item, "ebs_gb", total, source_place(source, devices));
}

void read_launch(const struct source *source, const cJSON *object, const char *id,
                 const char *other_id)
{
    const char *const ids[] = {id, other_id};
    char shown[JSON_SHOWN_SIZE];
    for (size_t i = 0; i < 2; i++) {
        if (ids[i] == NULL)
            continue;
        struct item *const item =
            inventory_item(source->inventory, ITEM_LAUNCH, ids[i], source_place(source, object));
        if (item == NULL)
            return;
        char *const what = text_format("launch configuration %s", json_shown(id, shown));
        rules_apply(source, launch_rules, object, item, what);
        read_volumes(source, object, item, what);
        free(what);
    }
}

/* --- policies ------------------------------------------------------------------------------- */

void read_policy(const struct source *source, const cJSON *object, const char *group)
{
    const struct place place = source_place(source, object);
    struct inventory *const inventory = source->inventory;
    const cJSON *const tracking = tree_member(object, "TargetTrackingConfiguration");
    const cJSON *const metric = tree_member(tracking, "PredefinedMetricSpecification");
    const char *const kind = tree_text(metric, "PredefinedMetricType");
    const char *const type = tree_text(object, "PolicyType");
    char shown[JSON_SHOWN_SIZE], metric_shown[JSON_SHOWN_SIZE];
    double value;
    json_shown(group, shown);
    inventory->understood++;
    if (cJSON_IsFalse(tree_member(object, "Enabled"))) {
        inventory_warning(inventory, place, "auto scaling group %s: a disabled policy is left out",
                          shown);
    } else if (tracking == NULL) {
        inventory_warning(inventory, place,
                          "auto scaling group %s: a policy of type %.40s is not simulated (target "
                          "tracking of CPU utilization is)",
                          shown, type != NULL ? type : "SimpleScaling");
    } else if (kind == NULL || strcmp(kind, "ASGAverageCPUUtilization") != 0) {
        inventory_warning(inventory, place,
                          "auto scaling group %s: target tracking of %s is not simulated (that of "
                          "ASGAverageCPUUtilization is)",
                          shown,
                          json_shown(kind != NULL ? kind : "a metric of its own", metric_shown));
    } else if (!tree_number(tree_member(tracking, "TargetValue"), &value) || value < 1 ||
               value > 100) {
        inventory_warning(inventory, place,
                          "auto scaling group %s: its target is not from 1 to 100 %%: left out",
                          shown);
    } else {
        struct item *const item = inventory_item(inventory, ITEM_GROUP, group, place);
        if (item == NULL)
            return;
        item_set_text(inventory, item, "sizing", "target_tracking", place);
        item_set_number(inventory, item, "target_cpu_utilization", value, place);
        item_note(item, "Policy from %s:%ld.", place.file, place.line);
        if (cJSON_IsTrue(tree_member(tracking, "DisableScaleIn")))
            inventory_warning(inventory, place,
                              "auto scaling group %s: DisableScaleIn is not simulated", shown);
    }
}

static size_t index_of(const struct inventory *inventory, const struct item *launch)
{
    size_t i = 0;
    while (inventory->item[ITEM_LAUNCH][i] != launch)
        i++;
    return i;
}

void settle_groups(struct inventory *inventory)
{
    bool *const used = mem_alloc(inventory->items[ITEM_LAUNCH] + 1, sizeof *used);
    char shown[JSON_SHOWN_SIZE];
    static const char *const keys[] = {"ebs_gb", "ebs_type", "detailed_monitoring"};
    for (size_t i = 0; i < inventory->items[ITEM_GROUP]; i++) {
        struct item *const group = inventory->item[ITEM_GROUP][i];
        const char *const by_id = item_text(group, "_launch_id");
        const char *const by_name = item_text(group, "_launch_name");
        const struct item *launch = NULL;
        if (by_id != NULL)
            launch = inventory_find(inventory, ITEM_LAUNCH, by_id);
        if (launch == NULL && by_name != NULL)
            launch = inventory_find(inventory, ITEM_LAUNCH, by_name);
        if (launch == NULL)
            continue;
        used[index_of(inventory, launch)] = true;
        const char *const type = item_text(launch, "instance_type");
        if (type != NULL && item_text(group, "instance_type") == NULL)
            item_set_text(inventory, group, "instance_type", type, launch->place);
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
            if (item_get(launch, keys[k]) != NULL)
                item_set(inventory, group, keys[k], cJSON_Duplicate(item_get(launch, keys[k]), 1),
                         launch->place);
        item_note(group, "Launches %s of %s:%ld.", inventory_kind(ITEM_LAUNCH), launch->place.file,
                  launch->place.line);
    }
    /* A launch template stands here by its name and by its id. */
    for (size_t i = 0; i < inventory->items[ITEM_LAUNCH]; i++) {
        const struct item *const launch = inventory->item[ITEM_LAUNCH][i];
        bool wanted = used[i];
        for (size_t k = 0; k < inventory->items[ITEM_LAUNCH] && !wanted; k++)
            wanted = used[k] && inventory->item[ITEM_LAUNCH][k]->place.file == launch->place.file &&
                     inventory->item[ITEM_LAUNCH][k]->place.line == launch->place.line;
        if (!wanted)
            inventory_warning(inventory, launch->place,
                              "launch configuration %s: no auto scaling group that was imported "
                              "uses it",
                              json_shown(launch->id, shown));
    }
    free(used);
}
