/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "imports/intrinsics.h"

#include "core/lookup.h"
#include "core/memory.h"
#include "imports/rules.h"
#include "support/text.h"

#include <stdlib.h>
#include <string.h>

struct context {
    const cJSON *parameters, *resources;
    struct lookup found; /* their members */
    int depth;           /* of resources that name each other */
    double work;
};

#define MAX_WORK 1e7 /* calls, lookups, texts by their length: about a second */
#define CALL_WORK 4
#define LOOKUP_WORK 4
#define LONGEST 65536  /* of a text, such as a state machine's definition */
#define NAMING_DEPTH 4 /* resources whose names are made of each other's */

static const struct {
    const char *type, *name, *arn; /* of the resource's name: "%s" */
    bool ref_is_arn;
} types[] = {
    {"AWS::Lambda::Function", "FunctionName", "arn:aws:lambda:::function:%s", false},
    {"AWS::Serverless::Function", "FunctionName", "arn:aws:lambda:::function:%s", false},
    {"AWS::Kinesis::Stream", "Name", "arn:aws:kinesis:::stream/%s", false},
    {"AWS::Kinesis::StreamConsumer", NULL, "arn:aws:kinesis:::%s", true},
    {"AWS::SQS::Queue", "QueueName", "arn:aws:sqs:::%s", false},
    {"AWS::DynamoDB::Table", "TableName", "arn:aws:dynamodb:::table/%s/stream/latest", false},
    {"AWS::SNS::Topic", "TopicName", "arn:aws:sns:::%s", true},
    {"AWS::Events::EventBus", "Name", "arn:aws:events:::event-bus/%s", false},
    {"AWS::StepFunctions::StateMachine", "StateMachineName", "arn:aws:states:::stateMachine:%s",
     true},
    {"AWS::Serverless::StateMachine", "Name", "arn:aws:states:::stateMachine:%s", true},
    /* Whatever names these means the function. */
    {"AWS::Lambda::Alias", "FunctionName", "arn:aws:lambda:::function:%s", true},
    {"AWS::Lambda::Version", "FunctionName", "arn:aws:lambda:::function:%s", true},
    {"AWS::MSK::Cluster", "ClusterName", "arn:aws:kafka:::cluster/%s", false},
    {"AWS::AmazonMQ::Broker", "BrokerName", "arn:aws:mq:::broker:%s", false},
    {"AWS::DocDB::DBCluster", "DBClusterIdentifier", "arn:aws:rds:::cluster:%s", false},
    {"AWS::AutoScaling::AutoScalingGroup", "AutoScalingGroupName", NULL, false},
    {"AWS::AutoScaling::LaunchConfiguration", "LaunchConfigurationName", NULL, false},
    {"AWS::EC2::LaunchTemplate", "LaunchTemplateName", NULL, false},
};
#define TYPES (sizeof types / sizeof *types)

static char *resolved_text(struct context *context, const cJSON *value);

static size_t type_of(const cJSON *resource)
{
    const char *const type = tree_text(resource, "Type");
    size_t i = 0;
    while (i < TYPES && (type == NULL || strcmp(type, types[i].type) != 0))
        i++;
    return i;
}

const char *intrinsics_name(const cJSON *resource)
{
    const size_t type = type_of(resource);
    const char *const own = type < TYPES && types[type].name != NULL
                                ? tree_text(tree_member(resource, "Properties"), types[type].name)
                                : NULL;
    return own != NULL ? own : resource->string;
}

/* A resource's name; free() it. */
static char *name_of(struct context *context, const cJSON *resource)
{
    const size_t type = type_of(resource);
    char *own = NULL;
    if (type < TYPES && types[type].name != NULL && context->depth < NAMING_DEPTH) {
        context->depth++;
        own = resolved_text(context,
                            tree_member(tree_member(resource, "Properties"), types[type].name));
        context->depth--;
    }
    return own != NULL && own[0] != '\0' ? own : (free(own), mem_strdup(resource->string));
}

static char *arn_of(struct context *context, const cJSON *resource)
{
    const size_t type = type_of(resource);
    const char *format = type < TYPES && types[type].arn != NULL ? types[type].arn : NULL;
    char *arn;
    if (format != NULL && strcmp(types[type].type, "AWS::Kinesis::StreamConsumer") == 0 &&
        context->depth < NAMING_DEPTH) {
        context->depth++;
        char *const stream =
            resolved_text(context, tree_member(tree_member(resource, "Properties"), "StreamARN"));
        context->depth--;
        arn = stream == NULL ? NULL : text_format("%s/consumer/%s:0", stream, resource->string);
        free(stream);
        return arn;
    }
    char *const name = name_of(context, resource);
    if (strncmp(name, "arn:", 4) == 0)
        return name; /* of an alias whose function is named so */
    const char *const hole = format == NULL ? NULL : strstr(format, "%s");
    arn = hole == NULL ? mem_strdup(name)
                       : text_format("%.*s%s%s", (int)(hole - format), format, name, hole + 2);
    free(name);
    return arn;
}

static bool exhausted(struct context *context, double work)
{
    context->work += work;
    return context->work > MAX_WORK;
}

/* NULL: not known. free() it. */
static char *reference(struct context *context, const char *name)
{
    if (exhausted(context, LOOKUP_WORK))
        return NULL;
    const cJSON *const parameter = lookup_find(&context->found, context->parameters, name);
    const cJSON *const resource = lookup_find(&context->found, context->resources, name);
    const cJSON *const initial = tree_member(parameter, "Default");
    if (cJSON_IsString(initial))
        return resolved_text(context, initial);
    if (cJSON_IsNumber(initial))
        return text_format("%.15g", initial->valuedouble);
    if (cJSON_IsBool(initial))
        return mem_strdup(cJSON_IsTrue(initial) ? "true" : "false");
    if (cJSON_IsObject(resource))
        return type_of(resource) < TYPES && types[type_of(resource)].ref_is_arn
                   ? arn_of(context, resource)
                   : name_of(context, resource);
    if (strcmp(name, "AWS::Partition") == 0)
        return mem_strdup("aws");
    if (strcmp(name, "AWS::Region") == 0 || strcmp(name, "AWS::AccountId") == 0)
        return mem_strdup(""); /* of the stack's own: an ARN is understood without them */
    return NULL;
}

static char *attribute(struct context *context, const char *resource_name)
{
    if (exhausted(context, LOOKUP_WORK))
        return NULL;
    const cJSON *const resource = lookup_find(&context->found, context->resources, resource_name);
    return cJSON_IsObject(resource) ? arn_of(context, resource) : NULL;
}

/* "${Name}", "${Name.Attribute}", "${!Literal}"; NULL when something in it is not known. */
static char *substitute(struct context *context, const char *text, const cJSON *variables)
{
    char *result = mem_strdup("");
    while (*text != '\0' && result != NULL) {
        const char *const open = strstr(text, "${");
        const char *const close = open == NULL ? NULL : strchr(open, '}');
        const size_t plain = close == NULL ? strlen(text) : (size_t)(open - text);
        char *value = NULL;
        if (close == NULL) {
            value = mem_strdup("");
        } else if (open[2] == '!') {
            value = text_format("${%.*s}", (int)(close - open - 3), open + 3);
        } else {
            char *const name = text_format("%.*s", (int)(close - open - 2), open + 2);
            char *const dot = strchr(name, '.');
            if (tree_member(variables, name) != NULL) {
                value = resolved_text(context, tree_member(variables, name));
            } else if (dot != NULL) {
                *dot = '\0';
                value = attribute(context, name);
            } else {
                value = reference(context, name);
            }
            free(name);
        }
        char *const longer = value == NULL || strlen(result) + plain + strlen(value) > LONGEST ||
                                     exhausted(context, (double)strlen(result) / 16)
                                 ? NULL
                                 : text_format("%s%.*s%s", result, (int)plain, text, value);
        free(value);
        free(result);
        result = longer;
        text = close == NULL ? text + plain : close + 1;
    }
    return result;
}

static char *join(struct context *context, const cJSON *arguments)
{
    const cJSON *const separator = arguments->child;
    const cJSON *const list = separator == NULL ? NULL : separator->next;
    if (!cJSON_IsString(separator) || !cJSON_IsArray(list))
        return NULL;
    char *result = mem_strdup("");
    for (const cJSON *part = list->child; part != NULL && result != NULL; part = part->next) {
        char *const text = resolved_text(context, part);
        char *const longer =
            text == NULL ||
                    strlen(result) + strlen(text) + strlen(separator->valuestring) > LONGEST ||
                    exhausted(context, (double)strlen(result) / 16)
                ? NULL
                : text_format("%s%s%s", result, part == list->child ? "" : separator->valuestring,
                              text);
        free(text);
        free(result);
        result = longer;
    }
    return result;
}

/* What a value is as text, or NULL. Nesting is bounded by the tree's. */
static char *resolved_text(struct context *context, const cJSON *value)
{
    const cJSON *const call =
        cJSON_IsObject(value) && value->child != NULL && value->child->next == NULL ? value->child
                                                                                    : NULL;
    if (exhausted(context, CALL_WORK))
        return NULL;
    if (cJSON_IsString(value)) {
        const size_t length = strlen(value->valuestring);
        return length <= LONGEST && !exhausted(context, (double)length / 16)
                   ? mem_strdup(value->valuestring)
                   : NULL;
    }
    if (cJSON_IsNumber(value))
        return text_format("%.15g", value->valuedouble);
    if (call == NULL)
        return NULL;
    if (strcmp(call->string, "Ref") == 0 && cJSON_IsString(call))
        return reference(context, call->valuestring);
    if (strcmp(call->string, "Fn::GetAtt") == 0 && cJSON_IsString(call)) {
        char *const name =
            text_format("%.*s", (int)strcspn(call->valuestring, "."), call->valuestring);
        char *const arn = attribute(context, name);
        free(name);
        return arn;
    }
    if (strcmp(call->string, "Fn::GetAtt") == 0 && cJSON_IsArray(call) &&
        cJSON_IsString(call->child))
        return attribute(context, call->child->valuestring);
    if (strcmp(call->string, "Fn::Sub") == 0 && cJSON_IsString(call))
        return substitute(context, call->valuestring, NULL);
    if (strcmp(call->string, "Fn::Sub") == 0 && cJSON_IsArray(call) && cJSON_IsString(call->child))
        return substitute(context, call->child->valuestring, call->child->next);
    if (strcmp(call->string, "Fn::Join") == 0 && cJSON_IsArray(call))
        return join(context, call);
    return NULL;
}

/* Turns a call into its text, in place. */
static void resolve(struct context *context, cJSON *value)
{
    const char *const ref = tree_text(value, "Ref");
    char *const text = cJSON_IsObject(value) ? resolved_text(context, value) : NULL;
    if (ref != NULL && strcmp(ref, "AWS::NoValue") == 0 && value->child->next == NULL) {
        cJSON *const child = value->child;
        value->child = NULL;
        cJSON_Delete(child);
        value->type = cJSON_NULL | (value->type & cJSON_StringIsConst);
        return;
    }
    if (text != NULL) {
        tree_become_text(value, text);
        free(text);
        return;
    }
    for (cJSON *child = value->child; child != NULL; child = child->next)
        resolve(context, child);
}

static void add_members(struct lookup *lookup, const cJSON *object)
{
    for (cJSON *child = object == NULL ? NULL : object->child; child != NULL; child = child->next)
        if (child->string != NULL)
            lookup_add(lookup, object, child->string, child);
}

bool intrinsics_resolve(const cJSON *template, cJSON *tree)
{
    struct context context = {.parameters = tree_member(template, "Parameters"),
                              .resources = tree_member(template, "Resources")};
    add_members(&context.found, context.parameters);
    add_members(&context.found, context.resources);
    resolve(&context, tree);
    lookup_finish(&context.found);
    return context.work <= MAX_WORK;
}
