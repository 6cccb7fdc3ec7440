/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Answers of the AWS CLI (and of any SDK that prints them as JSON or YAML), recognised by their
 * keys, whole or cut down with --query to a list or an entity. Recorders wrap them as
 * {"status_code": 200, "data": {…}}.
 */
#include "imports/readers.h"

#include "core/memory.h"
#include "support/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void warn(const struct source *source, const cJSON *at, const char *text)
{
    inventory_warning(source->inventory, source_place(source, at), "%s", text);
}

/* --- entities, by the keys that make them what they are --------------------------------------- */

static bool is_function(const cJSON *object)
{
    return tree_text(object, "FunctionName") != NULL &&
           (tree_member(object, "MemorySize") != NULL || tree_member(object, "Timeout") != NULL ||
            tree_member(object, "Runtime") != NULL);
}

static bool is_mapping(const cJSON *object)
{
    return tree_text(object, "FunctionArn") != NULL && tree_text(object, "UUID") != NULL;
}

static bool is_event_config(const cJSON *object)
{
    return tree_text(object, "FunctionArn") != NULL && tree_member(object, "UUID") == NULL &&
           (tree_member(object, "MaximumEventAgeInSeconds") != NULL ||
            tree_member(object, "MaximumRetryAttempts") != NULL ||
            tree_member(object, "DestinationConfig") != NULL);
}

static bool is_url(const cJSON *object)
{
    return tree_text(object, "FunctionUrl") != NULL && tree_text(object, "FunctionArn") != NULL;
}

static bool is_subscription(const cJSON *object)
{
    return tree_text(object, "TopicArn") != NULL && tree_text(object, "Protocol") != NULL;
}

static bool is_rule(const cJSON *object)
{
    return tree_text(object, "Name") != NULL && tree_text(object, "State") != NULL &&
           (tree_member(object, "EventPattern") != NULL ||
            tree_member(object, "ScheduleExpression") != NULL);
}

static bool is_machine(const cJSON *object)
{
    return tree_text(object, "stateMachineArn") != NULL && tree_text(object, "definition") != NULL;
}

static bool is_group(const cJSON *object)
{
    return tree_text(object, "AutoScalingGroupName") != NULL &&
           tree_member(object, "MaxSize") != NULL && tree_member(object, "MinSize") != NULL &&
           tree_member(object, "ScheduledActionName") == NULL;
}

static bool is_policy(const cJSON *object)
{
    return tree_text(object, "AutoScalingGroupName") != NULL &&
           tree_text(object, "PolicyName") != NULL;
}

static bool is_launch(const cJSON *object)
{
    return tree_text(object, "LaunchConfigurationName") != NULL &&
           tree_text(object, "InstanceType") != NULL;
}

static bool is_launch_template(const cJSON *object)
{
    return cJSON_IsObject(tree_member(object, "LaunchTemplateData"));
}

static bool is_provisioned(const cJSON *object)
{
    return tree_member(object, "RequestedProvisionedConcurrentExecutions") != NULL;
}

static bool is_scheduled(const cJSON *object)
{
    return tree_text(object, "ScheduledActionName") != NULL &&
           tree_text(object, "ScalableDimension") != NULL;
}

static bool is_shard(const cJSON *object)
{
    return tree_text(object, "ShardId") != NULL && tree_member(object, "HashKeyRange") != NULL;
}

static void put_function(const struct source *source, const cJSON *object)
{
    read_function(source, object, tree_text(object, "FunctionName"));
}

static void put_mapping(const struct source *source, const cJSON *object)
{
    const char *const from = tree_text(object, "EventSourceArn");
    if (from != NULL)
        read_mapping(source, object, from, tree_text(object, "FunctionArn"));
    else
        warn(source, object,
             "a mapping without EventSourceArn (Kafka of one's own?) is not simulated");
    source->inventory->understood++;
}

static void put_event_config(const struct source *source, const cJSON *object)
{
    read_event_config(source, object, tree_text(object, "FunctionArn"));
}

static void put_url(const struct source *source, const cJSON *object)
{
    read_url(source, object, tree_text(object, "FunctionArn"));
}

static void put_subscription(const struct source *source, const cJSON *object)
{
    read_endpoint(source, object, tree_text(object, "TopicArn"));
}

static void put_rule(const struct source *source, const cJSON *object)
{
    read_rule(source, object, tree_text(object, "Name"));
}

static void put_machine(const struct source *source, const cJSON *object)
{
    const char *const arn = tree_text(object, "stateMachineArn");
    const char *const colon = strrchr(arn, ':');
    const char *const name = tree_text(object, "name");
    read_state_machine(source, object, tree_member(object, "definition"),
                       name != NULL                        ? name
                       : colon != NULL && colon[1] != '\0' ? colon + 1
                                                           : arn,
                       tree_text(object, "type"));
}

/* list-targets-by-rule does not say of which rule: RULE=FILE or BUS/RULE=FILE does. */
static void put_targets(const struct source *source, const cJSON *targets)
{
    const struct place place = source_place(source, targets);
    const struct inventory *const inventory = source->inventory;
    const bool only = inventory->items[ITEM_RULE] == 1;
    source->inventory->understood++;
    if (source->name == NULL && !only) {
        warn(source, targets,
             "these targets do not say of which rule they are: left out; give them "
             "as RULE=FILE, after list-rules");
        return;
    }
    const bool on_bus = source->name != NULL && strchr(source->name, '/') != NULL;
    char *const id = source->name == NULL ? mem_strdup(inventory->item[ITEM_RULE][0]->id)
                     : on_bus             ? mem_strdup(source->name)
                                          : text_format("default/%s", source->name);
    const struct item *const rule = inventory_item(source->inventory, ITEM_RULE, id, place);
    if (rule != NULL)
        read_rule_targets(source, targets, rule);
    free(id);
}

/* get-topic-attributes; list-topics names more of them in `Topics`. */
static void put_topic(const struct source *source, const cJSON *object)
{
    const struct place place = source_place(source, object);
    char *const target =
        read_target(source, object, tree_text(object, "TopicArn"), "a topic", TARGET_TOPIC);
    struct item *const item = find_target(source->inventory, target);
    if (item != NULL)
        item_note(item, "From %s:%ld.", place.file, place.line);
    source->inventory->understood++;
    free(target);
}

static bool is_topic(const cJSON *object)
{
    return tree_text(object, "TopicArn") != NULL;
}

static void put_group(const struct source *source, const cJSON *object)
{
    read_group(source, object, tree_text(object, "AutoScalingGroupName"));
}

static void put_policy(const struct source *source, const cJSON *object)
{
    read_policy(source, object, tree_text(object, "AutoScalingGroupName"));
}

static void put_launch(const struct source *source, const cJSON *object)
{
    read_launch(source, object, tree_text(object, "LaunchConfigurationName"), NULL);
}

static void put_launch_template(const struct source *source, const cJSON *object)
{
    const char *const name = tree_text(object, "LaunchTemplateName");
    const char *const id = tree_text(object, "LaunchTemplateId");
    if (name == NULL && id == NULL)
        warn(source, object, "a launch template without a name is left out");
    else
        read_launch(source, tree_member(object, "LaunchTemplateData"), name != NULL ? name : id,
                    name != NULL ? id : NULL);
}

static void put_provisioned(const struct source *source, const cJSON *object)
{
    const char *const function =
        tree_text(object, "FunctionArn") != NULL ? tree_text(object, "FunctionArn") : source->name;
    const cJSON *const requested = tree_member(object, "RequestedProvisionedConcurrentExecutions");
    double executions;
    source->inventory->understood++;
    if (!tree_number(requested, &executions)) {
        warn(source, object, "RequestedProvisionedConcurrentExecutions is not a number: left out");
    } else if (function != NULL) {
        set_provisioned(source, function, executions, object);
    } else if (executions >= 0 && executions <= 1e7) {
        struct item *const item =
            inventory_nameless(source->inventory, ITEM_FUNCTION, "provisioned concurrency",
                               source_place(source, object));
        item_set_number(source->inventory, item, "_provisioned:", executions,
                        source_place(source, requested));
    }
}

static void put_scheduled(const struct source *source, const cJSON *object)
{
    read_scheduled_action(source, object, tree_text(object, "ResourceId"),
                          tree_text(object, "ScalableDimension"));
}

static const struct {
    bool (*is)(const cJSON *object);
    void (*put)(const struct source *source, const cJSON *object);
} entities[] = {
    {is_function, put_function},
    {is_mapping, put_mapping},
    {is_event_config, put_event_config},
    {is_url, put_url},
    {is_subscription, put_subscription},
    {is_topic, put_topic},
    {is_rule, put_rule},
    {is_machine, put_machine},
    {is_group, put_group},
    {is_policy, put_policy},
    {is_launch, put_launch},
    {is_launch_template, put_launch_template},
    {is_provisioned, put_provisioned},
    {is_scheduled, put_scheduled},
};

/* 1: put; 0: none of them. */
static int put_entity(const struct source *source, const cJSON *object)
{
    if (!cJSON_IsObject(object))
        return 0;
    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
        if (entities[i].is(object)) {
            entities[i].put(source, object);
            return 1;
        }
    return 0;
}

/* Shards without their stream. */
static void put_shards(const struct source *source, const cJSON *shards)
{
    const struct place place = source_place(source, shards);
    struct item *const item =
        source->name != NULL
            ? inventory_item(source->inventory, ITEM_STREAM, source->name, place)
            : inventory_nameless(source->inventory, ITEM_STREAM, "list of shards", place);
    if (item == NULL)
        return;
    item_note(item, "Shards from %s:%ld.", place.file, place.line);
    read_shards(source, shards, item);
}

static int put_list(const struct source *source, const cJSON *list, const char *what)
{
    int found = 0;
    source->inventory->understood += what != NULL; /* an empty answer is an answer */
    if (list->child != NULL && is_shard(list->child)) {
        put_shards(source, list);
        return 1;
    }
    for (const cJSON *element = list->child; element != NULL; element = element->next) {
        if (put_entity(source, element) > 0)
            found = 1;
        else if (what != NULL)
            inventory_warning(source->inventory, source_place(source, element),
                              "this is no entry of %s: left out", what);
    }
    return found;
}

/* --- whole answers -------------------------------------------------------------------------- */

static void put_concurrency(const struct source *source, const cJSON *object, struct item *item)
{
    const cJSON *const reserved = tree_member(object, "ReservedConcurrentExecutions");
    double executions;
    if (!tree_number(reserved, &executions) || executions < 0 || executions > 1e7 ||
        floor(executions) != executions)
        warn(source, object, "ReservedConcurrentExecutions is not a whole number: left out");
    else if (item != NULL)
        item_set_number(source->inventory, item, "reserved_concurrent_executions", executions,
                        source_place(source, reserved));
}

static void put_nameless_concurrency(const struct source *source, const cJSON *object)
{
    const struct place place = source_place(source, object);
    put_concurrency(
        source, object,
        source->name != NULL
            ? inventory_item(source->inventory, ITEM_FUNCTION, source->name, place)
            : inventory_nameless(source->inventory, ITEM_FUNCTION, "reserved concurrency", place));
}

static void put_get_function(const struct source *source, const cJSON *object)
{
    const cJSON *const configuration = tree_member(object, "Configuration");
    struct item *const item =
        read_function(source, configuration, tree_text(configuration, "FunctionName"));
    const cJSON *const concurrency = tree_member(object, "Concurrency");
    if (concurrency != NULL)
        put_concurrency(source, concurrency, item);
}

static void put_account(const struct source *source, const cJSON *object)
{
    const cJSON *const limit =
        tree_member(tree_member(object, "AccountLimit"), "ConcurrentExecutions");
    struct inventory *const inventory = source->inventory;
    double executions;
    inventory->understood++;
    if (!tree_number(limit, &executions) || executions < 1 || executions > 1e7 ||
        floor(executions) != executions) {
        warn(source, object, "the account's ConcurrentExecutions is not a whole number: left out");
        return;
    }
    if (inventory->concurrent_executions > 0 && inventory->concurrent_executions != executions)
        inventory_warning(inventory, source_place(source, limit),
                          "the account's concurrency is %.0f here and %.0f in %s:%ld: %.0f is "
                          "taken",
                          executions, inventory->concurrent_executions,
                          inventory->account_place.file, inventory->account_place.line, executions);
    inventory->concurrent_executions = executions;
    inventory->account_place = source_place(source, limit);
}

static void put_stream(const struct source *source, const cJSON *description)
{
    const char *const name = tree_text(description, "StreamName");
    const char *const arn = tree_text(description, "StreamARN");
    bool consumer;
    if (name == NULL && arn == NULL) {
        warn(source, description, "a stream without a name is left out");
        source->inventory->understood++;
        return;
    }
    char *const id = stream_name_of(name != NULL ? name : arn, &consumer);
    read_stream(source, description, id);
    free(id);
}

/* What other answers hold, and what becomes of it. */
static const struct {
    const char *key, *text;
} others[] = {
    {"Activities", "scaling activities are history: left out"},
    {"ScheduledUpdateGroupActions", "scheduled scaling is not simulated: left out"},
    {"MetricDataResults", "metrics are not configuration: left out"},
    {"Datapoints", "metrics are not configuration: left out"},
    {"InstanceTypes", "instance types come from data/instances: left out"},
    {"stateMachines", "names alone say nothing; import describe-state-machine of each"},
    {"StreamNames", "names alone say nothing; import describe-stream-summary of each stream"},
    {"ShardLimit", "limits of a region come from data/limits: left out"},
    {"events", "log events are not configuration: left out"},
};

static void warn_of_pages(const struct source *source, const cJSON *tree)
{
    static const char *const keys[] = {"NextToken", "NextMarker", "nextToken"};
    for (size_t i = 0; i < 3; i++)
        if (tree_text(tree, keys[i]) != NULL)
            inventory_warning(source->inventory, source_place(source, tree_member(tree, keys[i])),
                              "this answer goes on (%s): import its other pages, too", keys[i]);
}

static int put_answer(const struct source *source, const cJSON *tree)
{
    static const char *const lists[] = {"Functions",
                                        "EventSourceMappings",
                                        "ProvisionedConcurrencyConfigs",
                                        "ScheduledActions",
                                        "AutoScalingGroups",
                                        "ScalingPolicies",
                                        "LaunchConfigurations",
                                        "LaunchTemplateVersions",
                                        "FunctionEventInvokeConfigs",
                                        "FunctionUrlConfigs",
                                        "Subscriptions",
                                        "Topics",
                                        "Rules"};
    static const char *const notifications[] = {"LambdaFunctionConfigurations",
                                                "QueueConfigurations", "TopicConfigurations"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (cJSON_IsArray(tree_member(tree, lists[i]))) {
            put_list(source, tree_member(tree, lists[i]), lists[i]);
            return 1;
        }
    for (size_t i = 0; i < sizeof notifications / sizeof *notifications; i++)
        if (cJSON_IsArray(tree_member(tree, notifications[i]))) {
            read_notifications(source, tree);
            return 1;
        }
    const cJSON *const attributes = tree_member(tree, "Attributes");
    if (tree_text(tree_member(tree, "Configuration"), "FunctionName") != NULL)
        put_get_function(source, tree);
    else if (cJSON_IsObject(tree_member(tree, "AccountLimit")))
        put_account(source, tree);
    else if (cJSON_IsObject(tree_member(tree, "StreamDescription")))
        put_stream(source, tree_member(tree, "StreamDescription"));
    else if (cJSON_IsObject(tree_member(tree, "StreamDescriptionSummary")))
        put_stream(source, tree_member(tree, "StreamDescriptionSummary"));
    else if (cJSON_IsArray(tree_member(tree, "Shards")))
        put_shards(source, tree_member(tree, "Shards"));
    else if (tree_member(attributes, "QueueArn") != NULL ||
             tree_member(attributes, "VisibilityTimeout") != NULL)
        read_queue(source, attributes, source->name);
    else if (attributes != NULL && is_topic(attributes))
        put_topic(source, attributes);
    else if (cJSON_IsArray(tree_member(tree, "Targets")))
        put_targets(source, tree_member(tree, "Targets"));
    else if (put_entity(source, tree) > 0)
        return 1;
    else if (tree_member(tree, "ReservedConcurrentExecutions") != NULL)
        put_nameless_concurrency(source, tree);
    else
        return 0;
    return 1;
}

int read_aws_answer(const struct source *source, const cJSON *tree)
{
    const cJSON *const data = tree_member(tree, "data");
    double status;
    if (cJSON_IsArray(tree))
        return put_list(source, tree, NULL);
    if (!cJSON_IsObject(tree))
        return 0;
    if (data != NULL && tree_number(tree_member(tree, "status_code"), &status)) {
        if (status == 200)
            return read_aws_answer(source, data);
        inventory_warning(source->inventory, source_place(source, tree),
                          "a recorded answer with status %g: left out", status);
        source->inventory->understood++;
        return 1;
    }
    const int found = put_answer(source, tree);
    warn_of_pages(source, tree);
    for (size_t i = 0; !found && i < sizeof others / sizeof *others; i++)
        if (cJSON_GetObjectItemCaseSensitive(tree, others[i].key) != NULL) {
            warn(source, tree, others[i].text);
            return 1;
        }
    return found;
}
