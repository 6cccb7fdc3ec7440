/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * serverless.yml, by the reference of the Serverless Framework (serverless.com/framework/docs,
 * providers/aws/guide/serverless.yml): functions with what provider says for all of them, stream
 * events of Kinesis, queues, schedules, APIs, and the CloudFormation under resources. Variables are
 * followed where the file answers them: ${self:a.b}, and the default of any other (${opt:stage,
 * 'dev'}).
 */
#include "imports/readers.h"

#include "core/memory.h"
#include "imports/intrinsics.h"
#include "scenario/json.h"
#include "support/text.h"

#include <stdlib.h>
#include <string.h>

#define IGNORE(key)                                                                                \
    {                                                                                              \
        .from = key, .kind = RULE_IGNORED                                                          \
    }
#define VARIABLE_DEPTH 8 /* variables within variables */
#define MAX_WORK 1e8     /* members looked at: a file that is made to be slow is not followed */

static const char *const architectures[] = {"x86_64", "arm64", NULL};
static const char *const positions[] = {"TRIM_HORIZON", "LATEST", NULL};
static const char *const response_types[] = {"ReportBatchItemFailures", NULL};

static const struct rule function_rules[] = {
    {.from = "memorySize",
     .kind = RULE_NUMBER,
     .to = "memory_size",
     .minimum = 128,
     .maximum = 10240},
    {.from = "timeout", .kind = RULE_NUMBER, .to = "timeout", .minimum = 1, .maximum = 900},
    {.from = "runtime", .kind = RULE_TEXT, .to = "runtime"},
    {.from = "architecture", .kind = RULE_CHOICE, .to = "architecture", .choice = architectures},
    {.from = "ephemeralStorageSize",
     .kind = RULE_NUMBER,
     .to = "ephemeral_storage",
     .minimum = 512,
     .maximum = 10240},
    {.from = "reservedConcurrency",
     .kind = RULE_NUMBER,
     .to = "reserved_concurrent_executions",
     .maximum = 1e7},
    {.from = "provisionedConcurrency",
     .kind = RULE_NUMBER,
     .to = "provisioned_concurrent_executions",
     .maximum = 1e7},
    {.from = "snapStart", .kind = RULE_NOT_SIMULATED, .why = "cold starts are taken as without it"},
    {.from = "vpc", .kind = RULE_PRESENT, .to = VPC_PROPERTY},
    IGNORE("tracing"), /* read below */
    {.from = "fileSystemConfig", .kind = RULE_NOT_SIMULATED},
    {.from = "maximumRetryAttempts",
     .kind = RULE_NUMBER,
     .to = EVENT_CONFIG_PROPERTY "maximum_retry_attempts",
     .maximum = 2},
    {.from = "maximumEventAge",
     .kind = RULE_NUMBER,
     .to = EVENT_CONFIG_PROPERTY "maximum_event_age_in_seconds",
     .minimum = 60,
     .maximum = 21600},
    IGNORE("onError"), /* these are read below */
    IGNORE("destinations"),
    IGNORE("url"),
    IGNORE("handler"),
    IGNORE("name"),
    IGNORE("description"),
    IGNORE("image"),
    IGNORE("events"),
    IGNORE("environment"),
    IGNORE("layers"),
    IGNORE("package"),
    IGNORE("role"),
    IGNORE("tags"),
    IGNORE("kmsKeyArn"),
    IGNORE("awsKmsKeyArn"),
    IGNORE("condition"),
    IGNORE("dependsOn"),
    IGNORE("disableLogs"),
    IGNORE("logRetentionInDays"),
    IGNORE("logDataProtectionPolicy"),
    IGNORE("logs"),
    IGNORE("versionFunction"),
    IGNORE("runtimeManagement"),
    IGNORE("build"),
    IGNORE("iamRoleStatements"),
    IGNORE("iamRoleStatementsInherit"),
    IGNORE("iamRoleStatementsName"),
    {.from = NULL},
};

static const struct rule destination_rules[] = {
    {.from = "onFailure", .kind = RULE_TEXT, .to = "_destination"}, {.from = NULL}};
static const struct rule stream_rules[] = {
    {.from = "batchSize", .kind = RULE_NUMBER, .to = "batch_size", .minimum = 1, .maximum = 10000},
    {.from = "batchWindow",
     .kind = RULE_NUMBER,
     .to = "maximum_batching_window_in_seconds",
     .maximum = 300},
    {.from = "parallelizationFactor",
     .kind = RULE_NUMBER,
     .to = "parallelization_factor",
     .minimum = 1,
     .maximum = 10},
    {.from = "startingPosition",
     .kind = RULE_CHOICE,
     .to = "starting_position",
     .choice = positions,
     .why = "needs a time of the run; TRIM_HORIZON is taken"},
    {.from = "maximumRecordAgeInSeconds",
     .kind = RULE_NUMBER,
     .to = "maximum_record_age_in_seconds",
     .minimum = -1,
     .maximum = 604800},
    {.from = "maximumRetryAttempts",
     .kind = RULE_NUMBER,
     .to = "maximum_retry_attempts",
     .minimum = -1,
     .maximum = 10000},
    {.from = "bisectBatchOnFunctionError",
     .kind = RULE_BOOLEAN,
     .to = "bisect_batch_on_function_error"},
    {.from = "functionResponseType",
     .kind = RULE_WORDS,
     .to = "function_response_types",
     .choice = response_types},
    {.from = "destinations", .kind = RULE_INSIDE, .inside = destination_rules},
    {.from = "tumblingWindowInSeconds", .kind = RULE_NOT_SIMULATED},
    {.from = "filterPatterns",
     .kind = RULE_NOT_SIMULATED,
     .why = "every record reaches the function"},
    IGNORE("arn"),
    IGNORE("type"),
    IGNORE("enabled"),
    IGNORE("consumer"),
    IGNORE("startingPositionTimestamp"),
    IGNORE("batchWindowInSeconds"),
    {.from = NULL},
};

static const struct rule queue_rules[] = {
    {.from = "batchSize", .kind = RULE_NUMBER, .to = "batch_size", .minimum = 1, .maximum = 10000},
    {.from = "maximumBatchingWindow",
     .kind = RULE_NUMBER,
     .to = "maximum_batching_window_in_seconds",
     .maximum = 300},
    {.from = "functionResponseType",
     .kind = RULE_WORDS,
     .to = "function_response_types",
     .choice = response_types},
    {.from = "maximumConcurrency",
     .kind = RULE_NUMBER,
     .to = "_maximum_concurrency",
     .minimum = 2,
     .maximum = 1000},
    {.from = "filterPatterns",
     .kind = RULE_NOT_SIMULATED,
     .why = "every record reaches the function"},
    IGNORE("arn"),
    IGNORE("enabled"),
    {.from = NULL},
};

/* --- variables ------------------------------------------------------------------------------ */

struct variables {
    const cJSON *root;
    double work;
};

static const cJSON *find_member(struct variables *variables, const cJSON *object, const char *key)
{
    const cJSON *child = cJSON_IsObject(object) ? object->child : NULL;
    for (; child != NULL && strcmp(child->string, key) != 0; child = child->next)
        variables->work++;
    return child;
}

/* The value at "a.b.0.c", or NULL. */
static const cJSON *at_path(struct variables *variables, const cJSON *value, const char *path)
{
    while (value != NULL && *path != '\0') {
        const size_t length = strcspn(path, ".");
        char *const key = text_format("%.*s", (int)length, path);
        const bool index = cJSON_IsArray(value) && key[0] != '\0' && strlen(key) < 7 &&
                           strspn(key, "0123456789") == strlen(key);
        value = index ? cJSON_GetArrayItem(value, atoi(key)) : find_member(variables, value, key);
        free(key);
        path += length + (path[length] == '.');
    }
    return value;
}

static char *expand(struct variables *variables, const char *text, int depth);

static char *scalar_text(struct variables *variables, const cJSON *value, int depth)
{
    char number[JSON_NUMBER_SIZE];
    if (cJSON_IsString(value))
        return expand(variables, value->valuestring, depth + 1);
    if (cJSON_IsNumber(value))
        return mem_strdup(json_number(value->valuedouble, number));
    if (cJSON_IsBool(value))
        return mem_strdup(cJSON_IsTrue(value) ? "true" : "false");
    return NULL;
}

/* One of the alternatives of "a:b, 'c'": NULL when the file does not answer it. */
static char *alternative(struct variables *variables, const char *word, size_t length, int depth)
{
    while (length > 0 && *word == ' ') {
        word++;
        length--;
    }
    while (length > 0 && word[length - 1] == ' ')
        length--;
    if (length >= 2 && (*word == '\'' || *word == '"') && word[length - 1] == *word)
        return text_format("%.*s", (int)length - 2, word + 1);
    if (length > 0 && length == strspn(word, "0123456789."))
        return text_format("%.*s", (int)length, word);
    if (length <= 5 || strncmp(word, "self:", 5) != 0)
        return NULL;
    char *const path = text_format("%.*s", (int)length - 5, word + 5);
    char *const text = scalar_text(variables, at_path(variables, variables->root, path), depth);
    free(path);
    return text;
}

/* What stands between "${" and "}". */
static char *variable(struct variables *variables, const char *word, size_t length, int depth)
{
    char *text = NULL;
    variables->work += 100;
    if (variables->work > MAX_WORK || depth > VARIABLE_DEPTH)
        return NULL;
    for (size_t at = 0; at < length && text == NULL;) {
        const char *const comma = memchr(word + at, ',', length - at);
        const size_t end = comma == NULL ? length : (size_t)(comma - word);
        text = alternative(variables, word + at, end - at, depth);
        at = end + 1;
    }
    return text;
}

/* A text with its variables replaced; those that are not answered stay. NULL: too long. */
static char *expand(struct variables *variables, const char *text, int depth)
{
    char *result = mem_strdup("");
    if (strlen(text) > INTRINSICS_MAX_TEXT) {
        free(result);
        return NULL;
    }
    while (*text != '\0') {
        const char *const open = strstr(text, "${");
        const char *const close = open == NULL ? NULL : strchr(open, '}');
        const size_t plain = close == NULL ? strlen(text) : (size_t)(open - text);
        char *value = close == NULL
                          ? mem_strdup("")
                          : variable(variables, open + 2, (size_t)(close - open - 2), depth);
        if (value == NULL)
            value = text_format("%.*s", (int)(close - open + 1), open);
        char *const longer = text_format("%s%.*s%s", result, (int)plain, text, value);
        free(value);
        free(result);
        result = longer;
        text = close == NULL ? text + plain : close + 1;
        if (strlen(result) > INTRINSICS_MAX_TEXT) {
            free(result);
            return NULL;
        }
    }
    return result;
}

static void expand_tree(struct variables *variables, cJSON *value)
{
    if (cJSON_IsString(value) && strstr(value->valuestring, "${") != NULL) {
        char *const text = expand(variables, value->valuestring, 0);
        if (text != NULL && strcmp(text, value->valuestring) != 0)
            cJSON_SetValuestring(value, text);
        free(text);
    }
    for (cJSON *child = value->child; child != NULL; child = child->next)
        expand_tree(variables, child);
}

/* --- functions ------------------------------------------------------------------------------ */

static void read_stream_event(const struct source *source, const cJSON *event, const char *function)
{
    const cJSON *const arn_value = cJSON_IsObject(event) && tree_member(event, "arn") != NULL
                                       ? tree_member(event, "arn")
                                       : event;
    const char *const type = tree_text(event, "type");
    const bool kinesis = type != NULL && strcmp(type, "kinesis") == 0;
    const cJSON *const consumer = tree_member(event, "consumer");
    char shown[JSON_SHOWN_SIZE], shown_arn[TREE_SHOWN_SIZE];
    struct arn arn;
    char *event_source = NULL;
    if (cJSON_IsString(arn_value) && arn_parse(arn_value->valuestring, &arn))
        event_source = mem_strdup(arn_value->valuestring);
    else if (cJSON_IsString(arn_value) && kinesis)
        event_source = mem_strdup(arn_value->valuestring);
    if (event_source == NULL) {
        inventory_warning(source->inventory, source_place(source, event),
                          "function %s: the stream %s cannot be told from the file: left out",
                          json_shown(function, shown), tree_show(arn_value, shown_arn));
        return;
    }
    if (!tree_is_empty(consumer) && strstr(event_source, "/consumer/") == NULL) {
        char *const with = text_format("%s/consumer/%s:0", event_source, function);
        free(event_source);
        event_source = with;
    }
    cJSON *const none = cJSON_CreateObject();
    none->valueint = (int)json_line(event);
    read_mapping_by(source, stream_rules,
                    cJSON_IsObject(event) && arn_value != event ? event : none, event_source,
                    function);
    cJSON_Delete(none);
    free(event_source);
}

static void read_queue_event(const struct source *source, const cJSON *event, const char *function)
{
    const cJSON *const value = cJSON_IsObject(event) && tree_member(event, "arn") != NULL
                                   ? tree_member(event, "arn")
                                   : event;
    char shown[JSON_SHOWN_SIZE], shown_arn[TREE_SHOWN_SIZE];
    struct arn arn;
    if (!cJSON_IsString(value) || !arn_parse(value->valuestring, &arn)) {
        inventory_warning(source->inventory, source_place(source, event),
                          "function %s: the queue %s cannot be told from the file: left out",
                          json_shown(function, shown), tree_show(value, shown_arn));
        return;
    }
    cJSON *const none = cJSON_CreateObject();
    none->valueint = (int)json_line(event);
    read_mapping_by(source, queue_rules, value != event ? event : none, value->valuestring,
                    function);
    cJSON_Delete(none);
}

/* "rate(5 minutes)", a list of such, or an object whose `rate` is one of both. */
static void read_schedule_event(const struct source *source, const cJSON *event,
                                const cJSON *schedule, struct item *item)
{
    const cJSON *const rate = cJSON_IsObject(schedule) ? tree_member(schedule, "rate") : schedule;
    char shown[JSON_SHOWN_SIZE];
    if (is_disabled(schedule)) {
        inventory_warning(source->inventory, source_place(source, event),
                          "function %s: a disabled schedule is left out",
                          json_shown(item->id, shown));
        return;
    }
    if (!cJSON_IsArray(rate)) {
        add_schedule(source->inventory, item, source_place(source, event), rate);
        return;
    }
    for (const cJSON *each = rate->child; each != NULL; each = each->next)
        add_schedule(source->inventory, item, source_place(source, event), each);
}

/* "arn" or {arn: …, topicName: …}: a text, or NULL. */
static const char *text_of(const cJSON *value, const char *key, const char *other)
{
    if (cJSON_IsString(value))
        return value->valuestring;
    return tree_text(value, key) != NULL ? tree_text(value, key) : tree_text(value, other);
}

static void read_topic_event(const struct source *source, const cJSON *topic,
                             const struct item *item)
{
    const char *const name = text_of(topic, "arn", "topicName");
    char *const to = text_format("function:%s", item->id);
    char shown[JSON_SHOWN_SIZE];
    cJSON *const at = cJSON_CreateObject();
    at->valueint = (int)json_line(topic);
    if (tree_member(topic, "filterPolicy") != NULL)
        cJSON_AddItemToObject(at, "FilterPolicy",
                              cJSON_Duplicate(tree_member(topic, "filterPolicy"), 1));
    if (name != NULL)
        read_subscription(source, at, name, to);
    else
        inventory_warning(source->inventory, source_place(source, topic),
                          "function %s: its topic cannot be told from the file: left out",
                          json_shown(item->id, shown));
    cJSON_Delete(at);
    free(to);
}

/* eventBridge, and cloudwatchEvent, which is the same of the default bus. */
static void read_rule_event(const struct source *source, const cJSON *event, const cJSON *rule,
                            const struct item *item)
{
    static const char *const keys[][2] = {{"schedule", "ScheduleExpression"},
                                          {"pattern", "EventPattern"},
                                          {"event", "EventPattern"},
                                          {"eventBus", "EventBusName"},
                                          {"enabled", "Enabled"}};
    char *const name = text_format("%s-%ld", item->id, json_line(event));
    char *const to = text_format("function:%s", item->id);
    cJSON *const object = cJSON_CreateObject();
    object->valueint = (int)json_line(event);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (tree_member(rule, keys[i][0]) != NULL)
            cJSON_AddItemToObject(object, keys[i][1],
                                  cJSON_Duplicate(tree_member(rule, keys[i][0]), 1));
    const struct item *const made = read_rule(source, object, name);
    if (made != NULL)
        read_rule_target(source, event, made, to);
    cJSON_Delete(object);
    free(to);
    free(name);
}

static bool read_caller(const struct source *source, const cJSON *entry, const char *name,
                        struct item *item)
{
    static const char *const callers[][2] = {{"http", "api_gateway_rest"},
                                             {"httpApi", "api_gateway_http"},
                                             {"s3", "s3"},
                                             {"cloudwatchLog", "logs"},
                                             {"cognitoUserPool", "cognito"},
                                             {"alexaSkill", "alexa"},
                                             {"alb", "alb"}};
    for (size_t i = 0; i < sizeof callers / sizeof *callers; i++)
        if (strcmp(name, callers[i][0]) == 0) {
            add_caller(source->inventory, item, source_place(source, entry), callers[i][1]);
            return true;
        }
    return false;
}

static void read_event(const struct source *source, const cJSON *entry, const char *function,
                       struct item *item)
{
    char shown[JSON_SHOWN_SIZE], shown_event[JSON_SHOWN_SIZE];
    const cJSON *const value = cJSON_IsObject(entry) ? entry->child : NULL;
    const char *const name = cJSON_IsString(entry) ? entry->valuestring
                             : value != NULL       ? value->string
                                                   : "?";
    if (value != NULL && strcmp(name, "stream") == 0)
        read_stream_event(source, value, function);
    else if (value != NULL && strcmp(name, "sqs") == 0)
        read_queue_event(source, value, function);
    else if (value != NULL && strcmp(name, "schedule") == 0)
        read_schedule_event(source, entry, value, item);
    else if (value != NULL && strcmp(name, "sns") == 0)
        read_topic_event(source, value, item);
    else if (value != NULL &&
             (strcmp(name, "eventBridge") == 0 || strcmp(name, "cloudwatchEvent") == 0))
        read_rule_event(source, entry, value, item);
    else if (!read_caller(source, entry, name, item))
        inventory_warning(source->inventory, source_place(source, entry),
                          "function %s: event %s is not simulated; a workload can stand for it",
                          json_shown(function, shown), json_shown(name, shown_event));
}

/* What holds where a function says nothing: provider's, then the framework's own defaults. */
static void set_defaults(const struct source *source, const cJSON *provider, struct item *item,
                         struct place place)
{
    static const char *const keys[] = {"memorySize", "timeout", "runtime", "architecture"};
    cJSON *const defaults = cJSON_CreateObject();
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const struct rule *rule = function_rules;
        const cJSON *const value = tree_member(provider, keys[i]);
        while (strcmp(rule->from, keys[i]) != 0)
            rule++;
        if (value != NULL && item_get(item, rule->to) == NULL)
            cJSON_AddItemToObject(defaults, keys[i], cJSON_Duplicate(value, 1));
    }
    rules_apply(source, function_rules, defaults, item, "provider");
    cJSON_Delete(defaults);
    if (item_get(item, "memory_size") == NULL) {
        item_set_number(source->inventory, item, "memory_size", 1024, place);
        item_note(item, "memory_size is the Serverless Framework's default.");
    }
    if (item_get(item, "timeout") == NULL) {
        item_set_number(source->inventory, item, "timeout", 6, place);
        item_note(item, "timeout is the Serverless Framework's default.");
    }
}

/* A function's own word, "Active" or true, or else provider's {lambda: …}. */
static void read_tracing(const struct source *source, const cJSON *provider, const cJSON *function,
                         struct item *item)
{
    const cJSON *const own = tree_member(function, "tracing");
    const cJSON *const value =
        own != NULL ? own : tree_member(tree_member(provider, "tracing"), "lambda");
    if (cJSON_IsTrue(value) ||
        (cJSON_IsString(value) &&
         (strcmp(value->valuestring, "Active") == 0 || strcmp(value->valuestring, "true") == 0)))
        item_set_text(source->inventory, item, TRACING_PROPERTY, "Active",
                      source_place(source, value));
}

/* As the framework deploys it: SERVICE-STAGE-FUNCTION; free() it. */
static char *deployed_name(const cJSON *root, const cJSON *function)
{
    const char *const service = tree_text(root, "service") != NULL
                                    ? tree_text(root, "service")
                                    : tree_text(tree_member(root, "service"), "name");
    const char *const stage = tree_text(tree_member(root, "provider"), "stage");
    const char *const own = tree_text(function, "name");
    return own != NULL ? mem_strdup(own)
           : service != NULL
               ? text_format("%s-%s-%s", service, stage != NULL ? stage : "dev", function->string)
               : mem_strdup(function->string);
}

/* A destination: an ARN, a function of this file, or {arn: …, type: …}. */
static void read_destination(const struct source *source, const cJSON *root, struct item *item,
                             const cJSON *destinations, const char *key, const char *property)
{
    const cJSON *const given = tree_member(destinations, key);
    const cJSON *const value =
        tree_member(given, "arn") != NULL ? tree_member(given, "arn") : given;
    const cJSON *const function =
        cJSON_IsString(value) ? tree_member(tree_member(root, "functions"), value->valuestring)
                              : NULL;
    char shown[JSON_SHOWN_SIZE];
    char *const what = text_format("function %s: %s", json_shown(item->id, shown), key);
    if (cJSON_IsObject(function)) {
        char *const name = deployed_name(root, function), *const to =
                                                              text_format("function:%s", name);
        if (inventory_item(source->inventory, ITEM_FUNCTION, name, source_place(source, function)))
            item_set_text(source->inventory, item, property, to, source_place(source, value));
        free(to);
        free(name);
    } else if (value != NULL) {
        set_target(source, item, property, value, what,
                   TARGET_FUNCTION | TARGET_QUEUE | TARGET_TOPIC | TARGET_BUS);
    }
    free(what);
}

static void read_surroundings(const struct source *source, const cJSON *root, const cJSON *function,
                              struct item *item)
{
    const cJSON *const destinations = tree_member(function, "destinations");
    const cJSON *const letters = tree_member(function, "onError");
    const cJSON *const url = tree_member(function, "url");
    read_destination(source, root, item, destinations, "onSuccess",
                     EVENT_CONFIG_PROPERTY "on_success");
    read_destination(source, root, item, destinations, "onFailure",
                     EVENT_CONFIG_PROPERTY "on_failure");
    if (letters != NULL)
        read_dead_letters(source, letters, item);
    if (!tree_is_empty(url) || cJSON_IsObject(url))
        add_caller(source->inventory, item, source_place(source, url), "function_url");
}

static void read_framework_function(const struct source *source, const cJSON *root,
                                    const cJSON *function)
{
    const cJSON *const provider = tree_member(root, "provider");
    const cJSON *const events = tree_member(function, "events");
    const struct place place = source_place(source, function);
    char shown[JSON_SHOWN_SIZE];
    char *const id = deployed_name(root, function);
    struct item *const item = inventory_item(source->inventory, ITEM_FUNCTION, id, place);
    if (item != NULL && cJSON_IsObject(function)) {
        char *const what = text_format("function %s", json_shown(id, shown));
        rules_apply(source, function_rules, function, item, what);
        free(what);
        if (tree_member(function, "image") != NULL)
            item_set_text(source->inventory, item, "package_type", "Image", place);
        set_defaults(source, provider, item, place);
        read_tracing(source, provider, function, item);
        item_note(item, "From %s:%ld (%s).", source->file, place.line,
                  json_shown(function->string, shown));
        read_surroundings(source, root, function, item);
        for (const cJSON *event = events == NULL ? NULL : events->child; event != NULL;
             event = event->next)
            read_event(source, event, id, item);
    } else if (item != NULL) {
        set_defaults(source, provider, item, place);
        inventory_warning(source->inventory, place, "function %s says nothing that can be read",
                          json_shown(id, shown));
    }
    free(id);
}

static void read_functions(const struct source *source, const cJSON *root, const cJSON *functions)
{
    char shown[TREE_SHOWN_SIZE];
    for (const cJSON *function = functions->child; function != NULL; function = function->next) {
        if (cJSON_IsArray(functions) && cJSON_IsObject(function))
            read_functions(source, root, function); /* a list of such mappings */
        else if (function->string != NULL)
            read_framework_function(source, root, function);
        else
            inventory_warning(source->inventory, source_place(source, function),
                              "%s is not evaluated: functions may be missing",
                              tree_show(function, shown));
    }
}

static void read_resources(const struct source *source, cJSON *resources)
{
    if (cJSON_IsArray(resources))
        for (cJSON *part = resources->child; part != NULL; part = part->next)
            read_template(source, part);
    else if (resources != NULL)
        read_template(source, resources);
}

int read_serverless(const struct source *source, cJSON *tree)
{
    cJSON *const functions = cJSON_GetObjectItemCaseSensitive(tree, "functions");
    const cJSON *const provider = tree_member(tree, "provider");
    cJSON *const resources = cJSON_GetObjectItemCaseSensitive(tree, "resources");
    struct variables variables = {.root = tree};
    char shown[TREE_SHOWN_SIZE];
    if (provider == NULL || (functions == NULL && resources == NULL))
        return 0;
    source->inventory->understood++;
    expand_tree(&variables, tree);
    if (tree_member(tree, "stepFunctions") != NULL)
        inventory_warning(
            source->inventory, source_place(source, tree_member(tree, "stepFunctions")),
            "stepFunctions (of a plugin) is not read: give the definition of each state "
            "machine as NAME=FILE");
    const char *const region = tree_text(provider, "region");
    if (region != NULL)
        inventory_region(source->inventory, region,
                         source_place(source, tree_member(provider, "region")));
    if (cJSON_IsObject(functions) || cJSON_IsArray(functions)) {
        intrinsics_resolve(cJSON_IsArray(resources) ? resources->child : resources, functions);
        read_functions(source, tree, functions);
    } else if (functions != NULL && !cJSON_IsNull(functions)) {
        inventory_warning(source->inventory, source_place(source, functions),
                          "functions %s is not evaluated: none of them is imported",
                          tree_show(functions, shown));
    }
    read_resources(source, resources);
    return 1;
}
