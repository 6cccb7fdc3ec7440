/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Terraform, by what `terraform show -json` says of a plan or a state (the JSON output format of
 * HashiCorp's documentation), or a state file of version 4. A resource's arguments are
 * CloudFormation's keys in another spelling, so they are spelt so and given to the same readers.
 * What a plan does not know yet (an ARN of what is not there) is followed to the resource that it
 * refers to.
 */
#include "imports/readers.h"

#include "core/lookup.h"
#include "core/memory.h"
#include "imports/other_types.h"
#include "scenario/json.h"
#include "support/text.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MOST 2000 /* bytes of a name that is taken to whatever refers to it */

/* What a reference may name. */
struct referable {
    struct referable *next;
    size_t type;      /* of `named` */
    const char *name; /* NULL: not known before apply */
};

struct reading {
    const struct source *source;
    const cJSON *resources; /* of the module that is read, for its references */
    struct lookup found;    /* by address or name, in the list or object that each is in */
    struct referable *referables;
    struct other_types others;
};

/* --- spelling --------------------------------------------------------------------------------- */

/* Where a name is not just spelt otherwise. */
static const char *const renamed[][2] = {{"retention_period", "RetentionPeriodHours"},
                                         {"visibility_timeout_seconds", "VisibilityTimeout"},
                                         {"message_retention_seconds", "MessageRetentionPeriod"},
                                         {"destination_arn", "Destination"},
                                         {"is_enabled", "Enabled"},
                                         {"file_system_config", "FileSystemConfigs"},
                                         {"shard_level_metrics", "DesiredShardLevelMetrics"}};

/* What says nothing of capacity and cost, of any type, and what CloudFormation does not have. */
static const char *const boring[] = {"id",
                                     "tags",
                                     "tags_all",
                                     "timeouts",
                                     "region",
                                     "filename",
                                     "source_code_hash",
                                     "source_code_size",
                                     "invoke_arn",
                                     "qualified_arn",
                                     "qualified_invoke_arn",
                                     "last_modified",
                                     "publish",
                                     "version",
                                     "skip_destroy",
                                     "s3_bucket",
                                     "s3_key",
                                     "s3_object_version",
                                     "code_sha256",
                                     "signing_job_arn",
                                     "signing_profile_version_arn",
                                     "replace_security_groups_on_destroy",
                                     "replacement_security_group_ids",
                                     "code_signing_config_arn",
                                     "uuid",
                                     "state_transition_reason",
                                     "last_processing_result",
                                     "function_arn",
                                     "name_prefix",
                                     "enforce_consumer_deletion",
                                     "encryption_type",
                                     "kms_key_id",
                                     "max_message_size",
                                     "max_record_size_in_kib",
                                     "receive_wait_time_seconds",
                                     "kms_master_key_id",
                                     "kms_data_key_reuse_period_seconds",
                                     "sqs_managed_sse_enabled",
                                     "policy",
                                     "content_based_deduplication",
                                     "deduplication_scope",
                                     "redrive_allow_policy",
                                     "url",
                                     "owner",
                                     "beginning_archive_time",
                                     "delivery_policy",
                                     "signature_version",
                                     "display_name"};

static bool is_boring(const char *key)
{
    for (size_t i = 0; i < sizeof boring / sizeof *boring; i++)
        if (strcmp(key, boring[i]) == 0)
            return true;
    return strstr(key, "_success_feedback_") != NULL || strstr(key, "_failure_feedback_") != NULL;
}

/* "memory_size": "MemorySize", in new memory. */
static char *camel(const char *key)
{
    for (size_t i = 0; i < sizeof renamed / sizeof *renamed; i++)
        if (strcmp(key, renamed[i][0]) == 0)
            key = renamed[i][1];
    char *const name = mem_alloc(strlen(key) + 1, 1);
    size_t length = 0;
    for (bool begins = true; *key != '\0'; key++) {
        if (*key == '_') {
            begins = true;
            continue;
        }
        name[length++] = begins ? (char)toupper((unsigned char)*key) : *key;
        begins = false;
    }
    name[length] = '\0';
    return name;
}

/* A block is a list of one object: it becomes the object. */
static void unwrap(cJSON *value)
{
    cJSON *const inner = value->child;
    if (!cJSON_IsArray(value) || inner == NULL || inner->next != NULL || !cJSON_IsObject(inner))
        return;
    value->type = cJSON_Object;
    value->child = inner->child;
    inner->child = NULL;
    cJSON_Delete(inner);
}

/* `whole`: of a resource, not of a block in it. */
static void spell(cJSON *object, bool whole)
{
    for (cJSON *child = object->child, *next; child != NULL; child = next) {
        next = child->next;
        unwrap(child);
        spell(child, false);
        if (child->string == NULL)
            continue;
        const bool no_block = cJSON_IsArray(child) && child->child == NULL;
        if (no_block || (whole && is_boring(child->string))) {
            cJSON_Delete(cJSON_DetachItemViaPointer(object, child));
            continue;
        }
        char *const name = camel(child->string);
        if ((child->type & cJSON_StringIsConst) == 0)
            cJSON_free(child->string);
        child->string = name;
        child->type &= ~cJSON_StringIsConst;
    }
}

/* --- references ------------------------------------------------------------------------------- */

static const struct {
    const char *type, *name, *arn; /* the argument that names it, its ARN around that */
} named[] = {
    {"aws_lambda_function", "function_name", "arn:aws:lambda:::function:%s"},
    {"aws_lambda_alias", "function_name", "arn:aws:lambda:::function:%s"},
    {"aws_kinesis_stream", "name", "arn:aws:kinesis:::stream/%s"},
    {"aws_sqs_queue", "name", "arn:aws:sqs:::%s"},
    {"aws_dynamodb_table", "name", "arn:aws:dynamodb:::table/%s/stream/latest"},
    {"aws_sns_topic", "name", "arn:aws:sns:::%s"},
    {"aws_cloudwatch_event_bus", "name", "arn:aws:events:::event-bus/%s"},
    {"aws_cloudwatch_event_rule", "name", "%s"},
    {"aws_sfn_state_machine", "name", "arn:aws:states:::stateMachine:%s"},
    {"aws_autoscaling_group", "name", "%s"},
    {"aws_launch_configuration", "name", "%s"},
    {"aws_launch_template", "name", "%s"},
};
#define NAMED (sizeof named / sizeof *named)

/* Of a type; NAMED: none. */
static size_t named_type(const char *type)
{
    size_t i = 0;
    while (i < NAMED && strcmp(type, named[i].type) != 0)
        i++;
    return i;
}

static const cJSON *values_of(const cJSON *resource)
{
    const cJSON *const values = tree_member(resource, "values");
    return cJSON_IsObject(values) ? values : NULL;
}

/* "aws_sqs_queue.jobs[0]" of "module.a.aws_sqs_queue.jobs[0]"; `module` may be NULL. */
static const char *address_within(const char *module, const char *address)
{
    size_t i = 0;
    while (module != NULL && module[i] != '\0' && module[i] == address[i])
        i++;
    return i > 0 && module[i] == '\0' && address[i] == '.' ? address + i + 1 : address;
}

/* Of an address, what all instances of the resource have in common. */
static size_t without_instance(const char *address)
{
    return strcspn(address, "[");
}

/* Each instance by its address, and the first one by what they have in common. */
static void find_planned(struct reading *reading, const cJSON *module)
{
    const char *const around = tree_text(module, "address");
    const cJSON *const resources = tree_member(module, "resources");
    const cJSON *const children = tree_member(module, "child_modules");
    for (const cJSON *r = resources == NULL ? NULL : resources->child; r != NULL; r = r->next) {
        const char *const type = tree_text(r, "type"), *const address = tree_text(r, "address");
        const size_t i = type == NULL ? NAMED : named_type(type);
        if (address == NULL || i == NAMED)
            continue;
        struct referable *const referable = mem_alloc(1, sizeof *referable);
        *referable =
            (struct referable){reading->referables, i, tree_text(values_of(r), named[i].name)};
        reading->referables = referable;
        const char *const own = address_within(around, address);
        lookup_add(&reading->found, resources, own, referable);
        lookup_add_part(&reading->found, resources, own, without_instance(own), referable);
    }
    for (const cJSON *c = children == NULL ? NULL : children->child; c != NULL; c = c->next)
        find_planned(reading, c);
}

/* A module's resources by address, the modules that it calls by name. */
static void find_configured(struct reading *reading, const cJSON *module)
{
    const cJSON *const resources = tree_member(module, "resources");
    const cJSON *const calls = tree_member(module, "module_calls");
    for (cJSON *c = resources == NULL ? NULL : resources->child; c != NULL; c = c->next) {
        const char *const address = tree_text(c, "address");
        if (address != NULL)
            lookup_add(&reading->found, resources, address, c);
    }
    for (cJSON *c = calls == NULL ? NULL : calls->child; c != NULL; c = c->next) {
        if (c->string != NULL)
            lookup_add(&reading->found, calls, c->string, c);
        find_configured(reading, tree_member(c, "module"));
    }
}

static char *arn_around(const char *format, const char *name)
{
    const char *const hole = strstr(format, "%s");
    return strncmp(name, "arn:", 4) == 0
               ? mem_strdup(name)
               : text_format("%.*s%s%s", (int)(hole - format), format, name, hole + 2);
}

/* What "aws_sqs_queue.jobs" of this module is, as an ARN or a rule's name; NULL: not known. */
static char *referred(const struct reading *reading, const char *name)
{
    const struct referable *const r = lookup_find(&reading->found, reading->resources, name);
    if (r == NULL)
        return NULL;
    const bool is_alias = strcmp(named[r->type].type, "aws_lambda_alias") == 0;
    const char *const local = is_alias ? NULL : strchr(name, '.') + 1; /* its own name is none */
    const char *const own = r->name != NULL ? r->name : local;
    return own == NULL || strnlen(own, NAME_MOST + 1) > NAME_MOST
               ? NULL
               : arn_around(named[r->type].arn, own);
}

/* The first of an expression's references that tells what it is; NULL: none. */
static char *first_referred(const struct reading *reading, const cJSON *expression)
{
    const cJSON *const references = tree_member(expression, "references");
    char *text = NULL;
    for (const cJSON *r = references == NULL ? NULL : references->child; r != NULL && text == NULL;
         r = r->next)
        if (cJSON_IsString(r) && strchr(r->valuestring, '.') != NULL)
            text = referred(reading, r->valuestring);
    return text;
}

/* Fills what the plan left open with what its expressions refer to. */
static void follow(const struct reading *reading, cJSON *values, const cJSON *expressions)
{
    struct lookup members = {NULL};
    for (cJSON *v = expressions == NULL ? NULL : values->child; v != NULL; v = v->next)
        if (v->string != NULL)
            lookup_add(&members, NULL, v->string, v);
    for (const cJSON *e = expressions == NULL ? NULL : expressions->child; e != NULL; e = e->next) {
        cJSON *const there = e->string == NULL ? NULL : lookup_find(&members, NULL, e->string);
        if (cJSON_IsArray(e) && cJSON_IsArray(there)) {
            cJSON *block = there->child;
            for (const cJSON *inner = e->child; inner != NULL && block != NULL;
                 inner = inner->next, block = block->next)
                follow(reading, block, inner);
        }
        const bool open =
            e->string != NULL && cJSON_IsObject(values) && (there == NULL || cJSON_IsNull(there));
        char *const text = open ? first_referred(reading, e) : NULL;
        if (text != NULL && there != NULL) {
            tree_become_text(there, text);
        } else if (text != NULL) {
            cJSON *const filled = cJSON_CreateString(text);
            filled->valueint = (int)json_line(values);
            cJSON_AddItemToObject(values, e->string, filled);
        }
        free(text);
    }
    lookup_finish(&members);
}

/* One whose name is known after apply goes by that in the configuration, as references to it do. */
static void name_by_local(cJSON *values, const char *type, const char *local)
{
    const size_t i = named_type(type);
    if (i == NAMED || local == NULL || tree_text(values, named[i].name) != NULL)
        return;
    cJSON_DeleteItemFromObjectCaseSensitive(values, named[i].name);
    cJSON_AddStringToObject(values, named[i].name, local);
}

/* --- resources -------------------------------------------------------------------------------- */

static void warn_left_out(const struct source *source, const cJSON *at, const char *what,
                          const char *lacking)
{
    inventory_warning(source->inventory, source_place(source, at),
                      "%s does not say its %s (known after apply?): left out", what, lacking);
}

static void drop(cJSON *object, const char *key)
{
    cJSON_DeleteItemFromObjectCaseSensitive(object, key);
}

static void read_lambda(const struct source *source, cJSON *v)
{
    const cJSON *const reserved = tree_member(v, "ReservedConcurrentExecutions");
    const char *const name = tree_text(v, "FunctionName");
    if (cJSON_IsNumber(reserved) && reserved->valuedouble < 0)
        drop(v, "ReservedConcurrentExecutions"); /* -1: none is reserved */
    if (name != NULL)
        read_function(source, v, name);
    else
        warn_left_out(source, v, "a function", "name");
}

static void read_esm(const struct source *source, cJSON *v)
{
    const char *const from = tree_text(v, "EventSourceArn"), *const to =
                                                                 tree_text(v, "FunctionName");
    if (from != NULL && to != NULL)
        read_mapping(source, v, from, to);
    else
        warn_left_out(source, v, "a mapping", from == NULL ? "event source" : "function");
}

static void read_config(const struct source *source, cJSON *v)
{
    const char *const function = tree_text(v, "FunctionName");
    if (function != NULL)
        read_event_config(source, v, function);
    else
        warn_left_out(source, v, "an event invoke config", "function");
}

static void read_function_url(const struct source *source, cJSON *v)
{
    const char *const function = tree_text(v, "FunctionName");
    if (function != NULL)
        read_url(source, v, function);
    else
        warn_left_out(source, v, "a function URL", "function");
}

static void read_provisioned(const struct source *source, cJSON *v)
{
    const char *const function = tree_text(v, "FunctionName");
    const char *const qualifier = tree_text(v, "Qualifier");
    double executions;
    if (function == NULL ||
        !tree_number(tree_member(v, "ProvisionedConcurrentExecutions"), &executions)) {
        warn_left_out(source, v, "provisioned concurrency", "function or number");
        return;
    }
    char *const name = function_name_of(function, NULL);
    char *const qualified = text_format("%s:%s", name, qualifier != NULL ? qualifier : "live");
    set_provisioned(source, qualified, executions, v);
    free(qualified);
    free(name);
}

static void read_kinesis(const struct source *source, cJSON *v)
{
    const char *const name = tree_text(v, "Name");
    double shards;
    if (tree_number(tree_member(v, "ShardCount"), &shards) && shards == 0)
        drop(v, "ShardCount"); /* of an on-demand stream */
    if (name != NULL)
        read_stream(source, v, name);
    else
        warn_left_out(source, v, "a stream", "name");
}

static void read_sqs(const struct source *source, cJSON *v)
{
    const char *const name = tree_text(v, "Name"), *const url = tree_text(v, "QueueUrl");
    char *const id = name != NULL ? mem_strdup(name) : url != NULL ? queue_name_of(url) : NULL;
    drop(v, "Name");
    drop(v, "QueueUrl");
    if (id != NULL)
        read_queue(source, v, id);
    else
        warn_left_out(source, v, "a queue", "name");
    free(id);
}

static void read_sns(const struct source *source, cJSON *v)
{
    char *const name = tree_text(v, "Name") != NULL ? mem_strdup(tree_text(v, "Name")) : NULL;
    drop(v, "Name");
    if (name != NULL)
        read_topic(source, v, name);
    else
        warn_left_out(source, v, "a topic", "name");
    free(name);
}

static void read_sns_subscription(const struct source *source, cJSON *v)
{
    const char *const topic = tree_text(v, "TopicArn");
    if (topic != NULL)
        read_endpoint(source, v, topic);
    else
        warn_left_out(source, v, "a subscription", "topic");
}

/* Blocks of this name, one (an object) or several (a list), under the name that S3's API gives. */
static void take_blocks(cJSON *v, const char *block, const char *list)
{
    cJSON *const there = cJSON_DetachItemFromObjectCaseSensitive(v, block);
    cJSON *const made = cJSON_IsObject(there) ? cJSON_CreateArray() : there;
    if (made != there) {
        made->valueint = (int)json_line(there);
        cJSON_AddItemToArray(made, there);
    }
    if (made != NULL)
        cJSON_AddItemToObject(v, list, made);
}

static void read_bucket_notification(const struct source *source, cJSON *v)
{
    take_blocks(v, "LambdaFunction", "LambdaFunctionConfigurations");
    take_blocks(v, "Queue", "QueueConfigurations");
    take_blocks(v, "Topic", "TopicConfigurations");
    read_notifications(source, v);
}

static void read_event_rule(const struct source *source, cJSON *v)
{
    const char *const name = tree_text(v, "Name");
    if (name != NULL)
        read_rule(source, v, name);
    else
        warn_left_out(source, v, "a rule", "name");
}

static void read_event_target(const struct source *source, cJSON *v)
{
    const char *const name = tree_text(v, "Rule"), *const named_bus = tree_text(v, "EventBusName");
    const char *const slash = named_bus == NULL ? NULL : strstr(named_bus, "event-bus/");
    const char *const bus = slash != NULL ? slash + 10 : named_bus != NULL ? named_bus : "default";
    if (name == NULL) {
        warn_left_out(source, v, "a target", "rule");
        return;
    }
    char *const id = text_format("%s/%s", bus, name);
    const struct item *const rule =
        inventory_item(source->inventory, ITEM_RULE, id, source_place(source, v));
    cJSON *const list = cJSON_CreateArray();
    cJSON_AddItemReferenceToArray(list, v);
    if (rule != NULL)
        read_rule_targets(source, list, rule);
    cJSON_Delete(list);
    free(id);
}

static void read_bus(const struct source *source, cJSON *v)
{
    const char *const name = tree_text(v, "Name");
    const struct place place = source_place(source, v);
    struct item *const item =
        name == NULL ? NULL : inventory_item(source->inventory, ITEM_BUS, name, place);
    if (item != NULL)
        item_note(item, "From %s:%ld.", place.file, place.line);
    else if (name == NULL)
        warn_left_out(source, v, "an event bus", "name");
}

static void read_scheduler(const struct source *source, cJSON *v)
{
    const char *const arn = tree_text(tree_member(v, "Target"), "Arn");
    if (arn == NULL) {
        warn_left_out(source, v, "a schedule", "target");
        return;
    }
    char *const to = read_target(source, v, arn, "a schedule", TARGET_OF_RULES);
    struct item *const item = find_target(source->inventory, to);
    if (item != NULL && is_disabled(v))
        inventory_warning(source->inventory, source_place(source, v),
                          "a disabled schedule of %s is left out", to);
    else if (item != NULL)
        add_schedule(source->inventory, item, source_place(source, v),
                     tree_member(v, "ScheduleExpression"));
    free(to);
}

static void read_machine(const struct source *source, cJSON *v)
{
    const char *const name = tree_text(v, "Name");
    if (name != NULL)
        read_state_machine(source, v, tree_member(v, "Definition"), name, tree_text(v, "Type"));
    else
        warn_left_out(source, v, "a state machine", "name");
}

/* What its stream is about. */
static void read_table(const struct source *source, cJSON *v)
{
    const char *const name = tree_text(v, "Name");
    const struct place place = source_place(source, v);
    double units;
    if (name == NULL || !cJSON_IsTrue(tree_member(v, "StreamEnabled")))
        return;
    struct item *const item = inventory_item(source->inventory, ITEM_TABLE, name, place);
    if (item == NULL)
        return;
    if (tree_number(tree_member(v, "WriteCapacity"), &units) && units >= 1 && units <= 1e9)
        item_set_number(source->inventory, item, "write_capacity", floor(units), place);
    item_note(item, "From %s:%ld.", place.file, place.line);
}

static void call_it(cJSON *object, const char *from, const char *to)
{
    cJSON *const value = cJSON_DetachItemFromObjectCaseSensitive(object, from);
    if (value != NULL)
        cJSON_AddItemToObject(object, to, value);
}

/* What of a group matters here; Terraform has much more that tells it how to go about it. */
static void read_scaling_group(const struct source *source, cJSON *v)
{
    static const char *const keys[] = {"MinSize",
                                       "MaxSize",
                                       "DesiredCapacity",
                                       "DefaultCooldown",
                                       "DefaultInstanceWarmup",
                                       "LaunchConfigurationName",
                                       "LaunchTemplate",
                                       "TargetGroupARNs",
                                       "LoadBalancerNames",
                                       "MixedInstancesPolicy"};
    const char *const name = tree_text(v, "Name");
    if (name == NULL) {
        warn_left_out(source, v, "an auto scaling group", "name");
        return;
    }
    call_it(v, "LaunchConfiguration", "LaunchConfigurationName");
    call_it(v, "TargetGroupArns", "TargetGroupARNs");
    call_it(v, "LoadBalancers", "LoadBalancerNames");
    cJSON *const template = cJSON_GetObjectItemCaseSensitive(v, "LaunchTemplate");
    call_it(template, "Id", "LaunchTemplateId");
    call_it(template, "Name", "LaunchTemplateName");
    cJSON *const group = cJSON_CreateObject();
    group->valueint = (int)json_line(v);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        cJSON *const value = cJSON_DetachItemFromObjectCaseSensitive(v, keys[i]);
        if (value != NULL)
            cJSON_AddItemToObject(group, keys[i], value);
    }
    read_group(source, group, name);
    cJSON_Delete(group);
}

/* A launch configuration or template: its instance type and monitoring. */
static void read_launch_of(const struct source *source, cJSON *v)
{
    const char *const name = tree_text(v, "Name"), *const type = tree_text(v, "InstanceType");
    const cJSON *const monitoring = tree_member(v, "EnableMonitoring") != NULL
                                        ? tree_member(v, "EnableMonitoring")
                                        : tree_member(tree_member(v, "Monitoring"), "Enabled");
    if (name == NULL || type == NULL) {
        warn_left_out(source, v, "what instances are launched from",
                      name == NULL ? "name" : "instance type");
        return;
    }
    cJSON *const launch = cJSON_CreateObject();
    launch->valueint = (int)json_line(v);
    cJSON_AddStringToObject(launch, "InstanceType", type);
    if (cJSON_IsBool(monitoring))
        cJSON_AddBoolToObject(cJSON_AddObjectToObject(launch, "Monitoring"), "Enabled",
                              cJSON_IsTrue(monitoring));
    if (tree_member(v, "BlockDeviceMappings") != NULL || tree_member(v, "RootBlockDevice") != NULL)
        inventory_warning(source->inventory, source_place(source, v),
                          "launch configuration %s: its volumes are not read from Terraform: give "
                          "ebs_gb yourself",
                          name);
    read_launch(source, launch, name, tree_text(v, "_id"));
    cJSON_Delete(launch);
}

static void read_nothing(const struct source *source, cJSON *v)
{
    (void)source;
    (void)v;
}

static const struct {
    const char *type;
    void (*read)(const struct source *source, cJSON *values); /* spelt like CloudFormation */
} readers[] = {
    {"aws_lambda_function", read_lambda},
    {"aws_lambda_event_source_mapping", read_esm},
    {"aws_lambda_function_event_invoke_config", read_config},
    {"aws_lambda_function_url", read_function_url},
    {"aws_lambda_provisioned_concurrency_config", read_provisioned},
    {"aws_lambda_alias", read_nothing},
    {"aws_lambda_permission", read_nothing},
    {"aws_kinesis_stream", read_kinesis},
    {"aws_dynamodb_table", read_table},
    {"aws_sqs_queue", read_sqs},
    {"aws_sqs_queue_redrive_policy", read_sqs},
    {"aws_sqs_queue_policy", read_nothing},
    {"aws_sns_topic", read_sns},
    {"aws_sns_topic_subscription", read_sns_subscription},
    {"aws_sns_topic_policy", read_nothing},
    {"aws_s3_bucket_notification", read_bucket_notification},
    {"aws_cloudwatch_event_bus", read_bus},
    {"aws_cloudwatch_event_rule", read_event_rule},
    {"aws_cloudwatch_event_target", read_event_target},
    {"aws_scheduler_schedule", read_scheduler},
    {"aws_sfn_state_machine", read_machine},
    {"aws_autoscaling_group", read_scaling_group},
    {"aws_launch_configuration", read_launch_of},
    {"aws_launch_template", read_launch_of},
};

/* `configured` is the resource in the plan's configuration, or NULL; `local` its name there. */
static void read_resource(struct reading *reading, const char *type, const char *local,
                          const cJSON *values, const cJSON *configured)
{
    const struct place place = source_place(reading->source, values);
    size_t i = 0;
    reading->source->inventory->understood++;
    while (i < sizeof readers / sizeof *readers && strcmp(readers[i].type, type) != 0)
        i++;
    if (i == sizeof readers / sizeof *readers) {
        other_types_count(&reading->others, type, place);
        return;
    }
    cJSON *const copy = cJSON_Duplicate(values, 1);
    const char *const arn = tree_text(values, "arn");
    struct arn parsed;
    if (arn != NULL && arn_parse(arn, &parsed))
        inventory_region(reading->source->inventory, parsed.region, place);
    follow(reading, copy, tree_member(configured, "expressions"));
    name_by_local(copy, type, local);
    const char *const id = tree_text(values, "id");
    spell(copy, true);
    if (id != NULL && strcmp(type, "aws_launch_template") == 0)
        cJSON_AddStringToObject(copy, "_id", id);
    if (strcmp(type, "aws_cloudwatch_event_target") != 0)
        drop(copy, "Arn"); /* its own, not what it aims at */
    readers[i].read(reading->source, copy);
    cJSON_Delete(copy);
}

/* --- modules ---------------------------------------------------------------------------------- */

/* The called module of "module.a.module.b[0]", b's, among the calls of its caller. */
static const cJSON *called_module(const struct reading *reading, const cJSON *calls,
                                  const cJSON *child)
{
    const char *const address = tree_text(child, "address");
    const char *at = address, *last = address;
    while (at != NULL && (at = strstr(at, "module.")) != NULL)
        last = at += strlen("module.");
    return last == NULL
               ? NULL
               : tree_member(lookup_find_part(&reading->found, calls, last, strcspn(last, ".[")),
                             "module");
}

static void read_module(struct reading *reading, const cJSON *module, const cJSON *configuration)
{
    const char *const around = tree_text(module, "address");
    const cJSON *const resources = tree_member(module, "resources");
    const cJSON *const children = tree_member(module, "child_modules");
    const cJSON *const configured = tree_member(configuration, "resources");
    const cJSON *const calls = tree_member(configuration, "module_calls");
    reading->resources = resources;
    for (const cJSON *r = resources == NULL ? NULL : resources->child; r != NULL; r = r->next) {
        const char *const type = tree_text(r, "type"), *const mode = tree_text(r, "mode");
        const char *const address = tree_text(r, "address");
        const char *const own = address == NULL ? "" : address_within(around, address);
        if (type != NULL && values_of(r) != NULL && (mode == NULL || strcmp(mode, "data") != 0))
            read_resource(
                reading, type, tree_text(r, "name"), values_of(r),
                lookup_find_part(&reading->found, configured, own, without_instance(own)));
    }
    for (const cJSON *c = children == NULL ? NULL : children->child; c != NULL; c = c->next)
        read_module(reading, c, called_module(reading, calls, c));
}

/* terraform.tfstate: {"version": 4, "resources": [{"type", "instances": [{"attributes": {…}}]}]}.
 */
static void read_state_file(struct reading *reading, const cJSON *resources)
{
    for (const cJSON *r = resources->child; r != NULL; r = r->next) {
        const char *const type = tree_text(r, "type"), *const mode = tree_text(r, "mode");
        const cJSON *const instances = tree_member(r, "instances");
        for (const cJSON *i = instances == NULL ? NULL : instances->child; i != NULL; i = i->next)
            if (type != NULL && cJSON_IsObject(tree_member(i, "attributes")) &&
                (mode == NULL || strcmp(mode, "data") != 0))
                read_resource(reading, type, tree_text(r, "name"), tree_member(i, "attributes"),
                              NULL);
    }
}

int read_terraform(const struct source *source, const cJSON *tree)
{
    const cJSON *const planned = tree_member(tree, "planned_values");
    const cJSON *const root =
        tree_member(planned != NULL ? planned : tree_member(tree, "values"), "root_module");
    const cJSON *const resources = tree_member(tree, "resources");
    if (tree_text(tree, "terraform_version") == NULL ||
        (!cJSON_IsObject(root) && !cJSON_IsArray(resources)))
        return 0;
    struct reading *const reading = mem_alloc(1, sizeof *reading);
    reading->source = source;
    source->inventory->understood++;
    if (cJSON_IsObject(root)) {
        const cJSON *const configuration =
            tree_member(tree_member(tree, "configuration"), "root_module");
        find_planned(reading, root);
        find_configured(reading, configuration);
        read_module(reading, root, configuration);
    } else {
        read_state_file(reading, resources);
    }
    other_types_report(&reading->others, reading->source->inventory, "is not read from Terraform");
    lookup_finish(&reading->found);
    for (struct referable *r = reading->referables, *next; r != NULL; r = next) {
        next = r->next;
        free(r);
    }
    free(reading);
    return 1;
}
