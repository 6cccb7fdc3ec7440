/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CloudFormation and SAM templates, in JSON or YAML: functions, their event sources in Kinesis,
 * DynamoDB and SQS, who calls them, what becomes of their asynchronous events, streams, tables,
 * queues, topics, rules and auto scaling groups; Globals.Function of SAM. Conditions are not
 * evaluated: what has one is taken as there. Resources of other types are named once a type.
 */
#include "imports/readers.h"

#include "imports/intrinsics.h"
#include "imports/other_types.h"
#include "scenario/json.h"
#include "support/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    const struct source *source;
    const cJSON *globals;
    struct other_types others;
};

static const cJSON *properties_of(const cJSON *resource)
{
    const cJSON *const properties = tree_member(resource, "Properties");
    return cJSON_IsObject(properties) ? properties : NULL;
}

/* The innermost text of what could not be resolved: {"Fn::ImportValue": "X"} is X. */
static const char *leaf_text(const cJSON *value)
{
    for (; value != NULL; value = value->child)
        if (cJSON_IsString(value) && value->valuestring[0] != '\0')
            return value->valuestring;
    return NULL;
}

/* --- SAM ------------------------------------------------------------------------------------ */

/* An event of Kinesis, DynamoDB or SQS. */
static void read_source_event(const struct source *source, const cJSON *event,
                              const cJSON *properties, const char *function, bool queue)
{
    const cJSON *const stream = tree_member(properties, queue ? "Queue" : "Stream");
    const char *const kind = queue ? "queue" : "stream";
    const char *const text = leaf_text(stream);
    char shown[JSON_SHOWN_SIZE], shown_stream[TREE_SHOWN_SIZE];
    if (text == NULL) {
        inventory_warning(source->inventory, source_place(source, event),
                          "function %s: its %s event names no %s: left out",
                          json_shown(function, shown), tree_text(event, "Type"), kind);
        return;
    }
    if (!cJSON_IsString(stream))
        inventory_warning(source->inventory, source_place(source, stream),
                          "function %s: the %s %s is not evaluated; it is called by its text",
                          json_shown(function, shown), kind, tree_show(stream, shown_stream));
    struct arn arn;
    char *const name = queue && !arn_parse(text, &arn) ? queue_name_of(text) : NULL;
    const bool table = strcmp(tree_text(event, "Type"), "DynamoDB") == 0 && !arn_parse(text, &arn);
    char *const as_arn = name != NULL ? text_format("arn:aws:sqs:::%s", name)
                         : table ? text_format("arn:aws:dynamodb:::table/%s/stream/latest", text)
                                 : NULL;
    read_mapping(source, properties, as_arn != NULL ? as_arn : text, function);
    free(as_arn);
    free(name);
}

/* "function:ID" is the target of a rule that is written as an event. */
static void read_rule_event(const struct source *source, const cJSON *event,
                            const cJSON *properties, const char *to)
{
    static const char *const keys[][2] = {
        {"Pattern", "EventPattern"}, {"State", "State"}, {"Enabled", "Enabled"}};
    static const char *const unused[] = {"RetryPolicy", "DeadLetterConfig", NULL};
    const char *const bus = leaf_text(tree_member(properties, "EventBusName"));
    const char *const name = tree_text(properties, "RuleName");
    char *const made =
        text_format("%s-%s", strchr(to, ':') + 1, event->string != NULL ? event->string : "event");
    char *const what = text_format("rule %s", made);
    cJSON *const rule = cJSON_CreateObject();
    rule->valueint = (int)json_line(event);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (tree_member(properties, keys[i][0]) != NULL)
            cJSON_AddItemToObject(rule, keys[i][1],
                                  cJSON_Duplicate(tree_member(properties, keys[i][0]), 1));
    if (bus != NULL)
        cJSON_AddStringToObject(rule, "EventBusName", bus);
    const struct item *const item = read_rule(source, rule, name != NULL ? name : made);
    if (item != NULL)
        read_rule_target(source, event, item, to);
    warn_unused(source, event, properties, unused, what);
    cJSON_Delete(rule);
    free(what);
    free(made);
}

static void read_topic_event(const struct source *source, const cJSON *event,
                             const cJSON *properties, const struct item *function, const char *to)
{
    const struct place place = source_place(source, event);
    const char *const topic = leaf_text(tree_member(properties, "Topic"));
    char shown[JSON_SHOWN_SIZE];
    if (topic == NULL) {
        inventory_warning(source->inventory, place,
                          "function %s: its SNS event names no topic: left out",
                          json_shown(function->id, shown));
        return;
    }
    if (!tree_is_empty(tree_member(properties, "SqsSubscription")))
        inventory_warning(
            source->inventory, place,
            "function %s: the queue between it and its topic (SqsSubscription) is not "
            "simulated",
            json_shown(function->id, shown));
    cJSON *const at = cJSON_Duplicate(properties, 1);
    at->valueint = (int)place.line;
    read_subscription(source, at, topic, to);
    cJSON_Delete(at);
}

static void read_schedule_event(const struct source *source, const cJSON *event, struct item *item,
                                const char *key)
{
    const cJSON *const properties = properties_of(event);
    const struct place place = source_place(source, event);
    char shown[JSON_SHOWN_SIZE];
    if (is_disabled(properties))
        inventory_warning(source->inventory, place, "%s %s: a disabled schedule is left out",
                          inventory_kind(item->kind), json_shown(item->id, shown));
    else
        add_schedule(source->inventory, item, place, tree_member(properties, key));
}

/* What starts a state machine of SAM. */
static void read_machine_events(const struct source *source, const cJSON *events, struct item *item)
{
    char *const to = text_format("state_machine:%s", item->id);
    char shown[JSON_SHOWN_SIZE], shown_type[JSON_SHOWN_SIZE];
    for (const cJSON *event = events == NULL ? NULL : events->child; event != NULL;
         event = event->next) {
        const char *const given = tree_text(event, "Type");
        const char *const type = given != NULL ? given : "?";
        if (strcmp(type, "ScheduleV2") == 0)
            read_schedule_event(source, event, item, "ScheduleExpression");
        else if (strcmp(type, "Schedule") == 0)
            read_schedule_event(source, event, item, "Schedule");
        else if (strcmp(type, "CloudWatchEvent") == 0 || strcmp(type, "EventBridgeRule") == 0)
            read_rule_event(source, event, properties_of(event), to);
        else
            inventory_warning(
                source->inventory, source_place(source, event),
                "state machine %s: what an event of type %s costs is not simulated; its "
                "workload stands for it",
                json_shown(item->id, shown), json_shown(type, shown_type));
    }
    free(to);
}

/* Whatever calls or pushes; false: it is something else. */
static bool read_caller(const struct source *source, const cJSON *event, const char *type,
                        struct item *item)
{
    static const char *const callers[][2] = {
        {"Api", "api_gateway_rest"}, {"HttpApi", "api_gateway_http"}, {"S3", "s3"},
        {"CloudWatchLogs", "logs"},  {"Cognito", "cognito"},          {"AlexaSkill", "alexa"}};
    const cJSON *const properties = properties_of(event);
    if (type == NULL)
        return false;
    for (size_t i = 0; i < sizeof callers / sizeof *callers; i++)
        if (strcmp(type, callers[i][0]) == 0) {
            add_caller(source->inventory, item, source_place(source, event), callers[i][1]);
            return true;
        }
    char *const to = text_format("function:%s", item->id);
    bool known = true;
    if (strcmp(type, "ScheduleV2") == 0)
        read_schedule_event(source, event, item, "ScheduleExpression");
    else if (strcmp(type, "Schedule") == 0)
        read_schedule_event(source, event, item, "Schedule");
    else if (strcmp(type, "SNS") == 0)
        read_topic_event(source, event, properties, item, to);
    else if (strcmp(type, "CloudWatchEvent") == 0 || strcmp(type, "EventBridgeRule") == 0)
        read_rule_event(source, event, properties, to);
    else
        known = false;
    free(to);
    return known;
}

static void read_events(const struct source *source, const cJSON *events, const char *function,
                        struct item *item)
{
    char shown[JSON_SHOWN_SIZE], name[JSON_SHOWN_SIZE], shown_type[JSON_SHOWN_SIZE];
    for (const cJSON *event = events == NULL ? NULL : events->child; event != NULL;
         event = event->next) {
        const char *const type = tree_text(event, "Type");
        const cJSON *const properties = properties_of(event);
        const bool queue = type != NULL && strcmp(type, "SQS") == 0;
        if (type != NULL && properties != NULL &&
            (queue || strcmp(type, "Kinesis") == 0 || strcmp(type, "DynamoDB") == 0))
            read_source_event(source, event, properties, function, queue);
        else if (!read_caller(source, event, type, item))
            inventory_warning(
                source->inventory, source_place(source, event),
                "function %s: event %s of type %s is not simulated; a workload can stand for it",
                json_shown(function, shown),
                json_shown(event->string != NULL ? event->string : "?", name),
                type != NULL ? json_shown(type, shown_type) : "?");
    }
}

static void read_serverless_function(struct reading *reading, const cJSON *resource)
{
    const struct source *const source = reading->source;
    const cJSON *const properties = properties_of(resource);
    const char *const id = intrinsics_name(resource);
    cJSON *const all = properties != NULL ? cJSON_Duplicate(properties, 1) : cJSON_CreateObject();
    all->valueint = (int)json_line(resource);
    for (const cJSON *child = reading->globals == NULL ? NULL : reading->globals->child;
         child != NULL; child = child->next)
        if (child->string != NULL && cJSON_GetObjectItemCaseSensitive(all, child->string) == NULL)
            cJSON_AddItemToObject(all, child->string, cJSON_Duplicate(child, 1));
    struct item *const item = read_function(source, all, id);
    if (item != NULL)
        read_events(source, tree_member(properties, "Events"), id, item);
    cJSON_Delete(all);
}

/* --- CloudFormation ------------------------------------------------------------------------- */

static void read_plain_function(struct reading *reading, const cJSON *resource)
{
    const cJSON *const properties = properties_of(resource);
    read_function(reading->source, properties != NULL ? properties : resource,
                  intrinsics_name(resource));
}

static void read_event_source_mapping(struct reading *reading, const cJSON *resource)
{
    const cJSON *const properties = properties_of(resource);
    const cJSON *const event_source = tree_member(properties, "EventSourceArn");
    const cJSON *const function = tree_member(properties, "FunctionName");
    char shown[JSON_SHOWN_SIZE], shown_source[TREE_SHOWN_SIZE];
    const char *const name = leaf_text(function);
    struct arn arn;
    if (name == NULL || event_source == NULL ||
        (cJSON_IsString(event_source) ? !arn_parse(event_source->valuestring, &arn) : true)) {
        inventory_warning(reading->source->inventory, source_place(reading->source, resource),
                          "mapping %s: its event source %s is not one that can be told from the "
                          "file: left out",
                          json_shown(resource->string, shown),
                          event_source != NULL ? tree_show(event_source, shown_source) : "(none)");
        reading->source->inventory->understood++;
        return;
    }
    read_mapping(reading->source, properties, event_source->valuestring, name);
}

/* AWS::Lambda::Alias and AWS::Lambda::Version: what they keep ready. */
static void read_alias(struct reading *reading, const cJSON *resource)
{
    const cJSON *const properties = properties_of(resource);
    const cJSON *const config = tree_member(properties, "ProvisionedConcurrencyConfig");
    const cJSON *const value = tree_member(config, "ProvisionedConcurrentExecutions");
    const char *const function = leaf_text(tree_member(properties, "FunctionName"));
    double executions;
    if (config == NULL)
        return;
    if (function == NULL || !tree_number(value, &executions)) {
        inventory_warning(reading->source->inventory, source_place(reading->source, config),
                          "provisioned concurrency that is not evaluated: left out");
        return;
    }
    char *const name = function_name_of(function, NULL);
    char *const qualified = text_format("%s:%s", name, resource->string);
    set_provisioned(reading->source, qualified, executions, config);
    free(qualified);
    free(name);
}

static void read_kinesis_stream(struct reading *reading, const cJSON *resource)
{
    const cJSON *const properties = properties_of(resource);
    read_stream(reading->source, properties != NULL ? properties : resource,
                intrinsics_name(resource));
}

/* What its stream is about: one that has none is nobody's event source. */
static void read_dynamodb_table(struct reading *reading, const cJSON *resource)
{
    const struct source *const source = reading->source;
    const cJSON *const properties = properties_of(resource);
    const cJSON *const throughput = tree_member(properties, "ProvisionedThroughput");
    const struct place place = source_place(source, resource);
    double units;
    if (tree_member(properties, "StreamSpecification") == NULL)
        return;
    struct item *const item =
        inventory_item(source->inventory, ITEM_TABLE, intrinsics_name(resource), place);
    if (item == NULL)
        return;
    if (tree_number(tree_member(throughput, "WriteCapacityUnits"), &units) && units >= 1 &&
        units <= 1e9)
        item_set_number(source->inventory, item, "write_capacity", floor(units), place);
    item_note(item, "From %s:%ld.", place.file, place.line);
}

static void read_sqs_queue(struct reading *reading, const cJSON *resource)
{
    cJSON *const none = cJSON_CreateObject();
    none->valueint = (int)json_line(resource);
    read_queue(reading->source, properties_of(resource) != NULL ? properties_of(resource) : none,
               intrinsics_name(resource));
    cJSON_Delete(none);
}

static void read_scaling_group(struct reading *reading, const cJSON *resource)
{
    if (properties_of(resource) != NULL)
        read_group(reading->source, properties_of(resource), intrinsics_name(resource));
}

static void read_launch_configuration(struct reading *reading, const cJSON *resource)
{
    if (properties_of(resource) != NULL)
        read_launch(reading->source, properties_of(resource), intrinsics_name(resource), NULL);
}

static void read_launch_template(struct reading *reading, const cJSON *resource)
{
    const cJSON *const data = tree_member(properties_of(resource), "LaunchTemplateData");
    if (cJSON_IsObject(data))
        read_launch(reading->source, data, intrinsics_name(resource), NULL);
}

static void read_scaling_policy(struct reading *reading, const cJSON *resource)
{
    const cJSON *const properties = properties_of(resource);
    const char *const group = leaf_text(tree_member(properties, "AutoScalingGroupName"));
    if (group != NULL)
        read_policy(reading->source, properties, group);
}

static void read_scalable_target(struct reading *reading, const cJSON *resource)
{
    const cJSON *const properties = properties_of(resource);
    const cJSON *const actions = tree_member(properties, "ScheduledActions");
    for (const cJSON *action = actions == NULL ? NULL : actions->child; action != NULL;
         action = action->next)
        read_scheduled_action(reading->source, action, tree_text(properties, "ResourceId"),
                              tree_text(properties, "ScalableDimension"));
}

static void read_sns_topic(struct reading *reading, const cJSON *resource)
{
    cJSON *const none = cJSON_CreateObject();
    none->valueint = (int)json_line(resource);
    read_topic(reading->source, properties_of(resource) != NULL ? properties_of(resource) : none,
               intrinsics_name(resource));
    cJSON_Delete(none);
}

static void read_sns_subscription(struct reading *reading, const cJSON *resource)
{
    const cJSON *const properties = properties_of(resource);
    const char *const topic = leaf_text(tree_member(properties, "TopicArn"));
    char shown[JSON_SHOWN_SIZE];
    if (topic != NULL)
        read_endpoint(reading->source, properties, topic);
    else
        inventory_warning(reading->source->inventory, source_place(reading->source, resource),
                          "subscription %s names no topic: left out",
                          json_shown(resource->string, shown));
}

static void read_event_bus(struct reading *reading, const cJSON *resource)
{
    const struct place place = source_place(reading->source, resource);
    struct item *const item =
        inventory_item(reading->source->inventory, ITEM_BUS, intrinsics_name(resource), place);
    if (item != NULL)
        item_note(item, "From %s:%ld.", place.file, place.line);
}

static void read_event_rule(struct reading *reading, const cJSON *resource)
{
    const cJSON *const properties = properties_of(resource);
    const char *const name = tree_text(properties, "Name");
    const struct item *const rule =
        properties == NULL
            ? NULL
            : read_rule(reading->source, properties, name != NULL ? name : resource->string);
    if (rule != NULL)
        read_rule_targets(reading->source, tree_member(properties, "Targets"), rule);
}

/* AWS::Scheduler::Schedule: one target. */
static void read_scheduler(struct reading *reading, const cJSON *resource)
{
    const struct source *const source = reading->source;
    const cJSON *const properties = properties_of(resource);
    const char *const arn = tree_text(tree_member(properties, "Target"), "Arn");
    char shown[JSON_SHOWN_SIZE];
    char *const what = text_format("schedule %s", json_shown(resource->string, shown));
    char *const to =
        read_target(source, resource, arn != NULL ? arn : "its target", what, TARGET_OF_RULES);
    struct item *const item = find_target(source->inventory, to);
    if (item != NULL)
        read_schedule_event(source, resource, item, "ScheduleExpression");
    free(to);
    free(what);
}

static void read_event_invoke_config(struct reading *reading, const cJSON *resource)
{
    const cJSON *const properties = properties_of(resource);
    const char *const function = leaf_text(tree_member(properties, "FunctionName"));
    if (function != NULL)
        read_event_config(reading->source, properties, function);
    else
        inventory_warning(reading->source->inventory, source_place(reading->source, resource),
                          "an EventInvokeConfig names no function: left out");
}

static void read_function_url(struct reading *reading, const cJSON *resource)
{
    const char *const function =
        leaf_text(tree_member(properties_of(resource), "TargetFunctionArn"));
    if (function != NULL)
        read_url(reading->source, resource, function);
    else
        inventory_warning(reading->source->inventory, source_place(reading->source, resource),
                          "a function URL names no function: left out");
}

/* AWS::StepFunctions::StateMachine and AWS::Serverless::StateMachine. */
static void read_machine(struct reading *reading, const cJSON *resource)
{
    static const char *const keys[] = {"Definition", "DefinitionString", "DefinitionUri"};
    const struct source *const source = reading->source;
    const cJSON *const properties = properties_of(resource);
    const cJSON *definition = NULL;
    const char *const type = tree_text(properties, "StateMachineType");
    for (size_t i = 0; definition == NULL && i < sizeof keys / sizeof *keys; i++)
        definition = tree_member(properties, keys[i]);
    if (cJSON_IsObject(definition) && tree_member(definition, "States") == NULL)
        while (definition != NULL && !cJSON_IsString(definition))
            definition = definition->child; /* of a Fn::Sub that is not evaluated */
    struct item *const item = read_state_machine(
        source, properties != NULL ? properties : resource, definition, intrinsics_name(resource),
        type != NULL ? type : tree_text(properties, "Type"));
    if (item != NULL)
        read_machine_events(source, tree_member(properties, "Events"), item);
}

/* Only what it sends matters. */
static void read_bucket(struct reading *reading, const cJSON *resource)
{
    const cJSON *const sends = tree_member(properties_of(resource), "NotificationConfiguration");
    if (sends != NULL)
        read_notifications(reading->source, sends);
    else
        other_types_count(&reading->others, tree_text(resource, "Type"),
                          source_place(reading->source, resource));
}

/* Used by others, or part of what they say. */
static void read_nothing(struct reading *reading, const cJSON *resource)
{
    (void)reading;
    (void)resource;
}

static const struct {
    const char *type;
    void (*read)(struct reading *reading, const cJSON *resource);
} readers[] = {
    {"AWS::Serverless::Function", read_serverless_function},
    {"AWS::Lambda::Function", read_plain_function},
    {"AWS::Lambda::EventSourceMapping", read_event_source_mapping},
    {"AWS::Lambda::Alias", read_alias},
    {"AWS::Lambda::Version", read_alias},
    {"AWS::Lambda::EventInvokeConfig", read_event_invoke_config},
    {"AWS::Lambda::Url", read_function_url},
    {"AWS::Lambda::Permission", read_nothing},
    {"AWS::Kinesis::Stream", read_kinesis_stream},
    {"AWS::Kinesis::StreamConsumer", read_nothing},
    {"AWS::DynamoDB::Table", read_dynamodb_table},
    {"AWS::SQS::Queue", read_sqs_queue},
    {"AWS::SQS::QueuePolicy", read_nothing},
    {"AWS::SNS::Topic", read_sns_topic},
    {"AWS::SNS::Subscription", read_sns_subscription},
    {"AWS::SNS::TopicPolicy", read_nothing},
    {"AWS::Events::EventBus", read_event_bus},
    {"AWS::Events::Rule", read_event_rule},
    {"AWS::Scheduler::Schedule", read_scheduler},
    {"AWS::S3::Bucket", read_bucket},
    {"Custom::S3BucketNotifications", read_bucket}, /* as the CDK makes them */
    {"AWS::StepFunctions::StateMachine", read_machine},
    {"AWS::Serverless::StateMachine", read_machine},
    {"AWS::AutoScaling::AutoScalingGroup", read_scaling_group},
    {"AWS::AutoScaling::LaunchConfiguration", read_launch_configuration},
    {"AWS::EC2::LaunchTemplate", read_launch_template},
    {"AWS::AutoScaling::ScalingPolicy", read_scaling_policy},
    {"AWS::ApplicationAutoScaling::ScalableTarget", read_scalable_target},
};

static void read_resource(struct reading *reading, const cJSON *resource)
{
    const char *const type = tree_text(resource, "Type");
    const char *const condition = tree_text(resource, "Condition");
    const struct place place = source_place(reading->source, resource);
    char shown[JSON_SHOWN_SIZE], shown_condition[JSON_SHOWN_SIZE];
    if (type == NULL) {
        inventory_warning(reading->source->inventory, place,
                          "%s has no Type (a loop or a macro?): left out",
                          json_shown(resource->string, shown));
        return;
    }
    reading->source->inventory->understood++;
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        if (strcmp(readers[i].type, type) != 0)
            continue;
        if (condition != NULL)
            inventory_warning(reading->source->inventory, place,
                              "%s has the condition %s, which is not evaluated: it is taken as "
                              "there",
                              json_shown(resource->string, shown),
                              json_shown(condition, shown_condition));
        readers[i].read(reading, resource);
        return;
    }
    other_types_count(&reading->others, type, place);
}

int read_template(const struct source *source, cJSON *tree)
{
    cJSON *const resources = cJSON_GetObjectItemCaseSensitive(tree, "Resources");
    cJSON *const globals = cJSON_GetObjectItemCaseSensitive(
        cJSON_GetObjectItemCaseSensitive(tree, "Globals"), "Function");
    struct reading reading = {.source = source};
    if (!cJSON_IsObject(resources))
        return 0;
    bool whole = intrinsics_resolve(tree, resources);
    if (cJSON_IsObject(globals)) {
        whole = intrinsics_resolve(tree, globals) && whole;
        reading.globals = globals;
    }
    if (!whole)
        inventory_warning(source->inventory, source_place(source, resources),
                          "so many references that not all of them are followed");
    source->inventory->understood++;
    for (const cJSON *resource = resources->child; resource != NULL; resource = resource->next)
        read_resource(&reading, resource);
    other_types_report(&reading.others, source->inventory, "is not simulated");
    return 1;
}
