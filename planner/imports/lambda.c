/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Functions and event source mappings, by the keys of Lambda's API reference
 * (FunctionConfiguration, EventSourceMappingConfiguration), of AWS::Lambda::* and of
 * AWS::Serverless::Function.
 */
#include "imports/readers.h"

#include "core/memory.h"
#include "scenario/json.h"
#include "support/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define IGNORE(key)                                                                                \
    {                                                                                              \
        .from = key, .kind = RULE_IGNORED                                                          \
    }

static const char *const architectures[] = {"x86_64", "arm64", NULL};
static const char *const package_types[] = {"Zip", "Image", NULL};
static const char *const positions[] = {"TRIM_HORIZON", "LATEST", NULL};
static const char *const response_types[] = {"ReportBatchItemFailures", NULL};

static const struct rule storage_rules[] = {
    {.from = "Size",
     .kind = RULE_NUMBER,
     .to = "ephemeral_storage",
     .minimum = 512,
     .maximum = 10240},
    {.from = NULL},
};
static const struct rule provisioned_rules[] = {
    {.from = "ProvisionedConcurrentExecutions",
     .kind = RULE_NUMBER,
     .to = "provisioned_concurrent_executions",
     .maximum = 1e7},
    {.from = NULL},
};

static const char *const tracing_modes[] = {"Active", "PassThrough", "Disabled", NULL};
static const struct rule tracing_rules[] = {
    {.from = "Mode", .kind = RULE_CHOICE, .to = TRACING_PROPERTY, .choice = tracing_modes},
    {.from = NULL},
};

static const struct rule function_rules[] = {
    {.from = "MemorySize",
     .kind = RULE_NUMBER,
     .to = "memory_size",
     .minimum = 128,
     .maximum = 10240},
    {.from = "Timeout", .kind = RULE_NUMBER, .to = "timeout", .minimum = 1, .maximum = 900},
    {.from = "Runtime", .kind = RULE_TEXT, .to = "runtime"},
    {.from = "Architectures", .kind = RULE_FIRST, .to = "architecture", .choice = architectures},
    {.from = "PackageType", .kind = RULE_CHOICE, .to = "package_type", .choice = package_types},
    {.from = "EphemeralStorage", .kind = RULE_INSIDE, .inside = storage_rules},
    {.from = "ReservedConcurrentExecutions",
     .kind = RULE_NUMBER,
     .to = "reserved_concurrent_executions",
     .maximum = 1e7},
    {.from = "ProvisionedConcurrencyConfig", .kind = RULE_INSIDE, .inside = provisioned_rules},
    {.from = "SnapStart", .kind = RULE_NOT_SIMULATED, .why = "cold starts are taken as without it"},
    {.from = "VpcConfig", .kind = RULE_PRESENT, .to = VPC_PROPERTY},
    {.from = "FileSystemConfigs", .kind = RULE_NOT_SIMULATED},
    {.from = "TracingConfig", .kind = RULE_INSIDE, .inside = tracing_rules},
    {.from = "Tracing", .kind = RULE_CHOICE, .to = TRACING_PROPERTY, .choice = tracing_modes},
    IGNORE("DeadLetterConfig"), /* these are read below */
    IGNORE("DeadLetterQueue"),
    IGNORE("EventInvokeConfig"),
    IGNORE("FunctionUrlConfig"),
    {.from = "DurableConfig", .kind = RULE_NOT_SIMULATED},
    {.from = "TenancyConfig", .kind = RULE_NOT_SIMULATED},
    {.from = "CapacityProviderConfig", .kind = RULE_NOT_SIMULATED},
    {.from = "DeploymentPreference", .kind = RULE_NOT_SIMULATED},
    IGNORE("Events"), /* SAM: read by template.c */
    IGNORE("FunctionName"),
    IGNORE("FunctionArn"),
    IGNORE("Handler"),
    IGNORE("Role"),
    IGNORE("Code"),
    IGNORE("CodeUri"),
    IGNORE("InlineCode"),
    IGNORE("CodeSha256"),
    IGNORE("CodeSize"),
    IGNORE("Description"),
    IGNORE("LastModified"),
    IGNORE("Version"),
    IGNORE("RevisionId"),
    IGNORE("State"),
    IGNORE("StateReason"),
    IGNORE("StateReasonCode"),
    IGNORE("LastUpdateStatus"),
    IGNORE("LastUpdateStatusReason"),
    IGNORE("LastUpdateStatusReasonCode"),
    IGNORE("KMSKeyArn"),
    IGNORE("KmsKeyArn"),
    IGNORE("MasterArn"),
    IGNORE("SigningProfileVersionArn"),
    IGNORE("SigningJobArn"),
    IGNORE("RuntimeVersionConfig"),
    IGNORE("RuntimeManagementConfig"),
    IGNORE("LoggingConfig"),
    IGNORE("ImageConfigResponse"),
    IGNORE("ImageConfig"),
    IGNORE("ImageUri"),
    IGNORE("Layers"),
    IGNORE("Environment"),
    IGNORE("Tags"),
    IGNORE("PropagateTags"),
    IGNORE("Policies"),
    IGNORE("PermissionsBoundary"),
    IGNORE("AssumeRolePolicyDocument"),
    IGNORE("RolePath"),
    IGNORE("AutoPublishAlias"),
    IGNORE("AutoPublishAliasAllProperties"),
    IGNORE("AutoPublishCodeSha256"),
    IGNORE("VersionDescription"),
    IGNORE("VersionDeletionPolicy"),
    IGNORE("CodeSigningConfigArn"),
    IGNORE("RecursiveLoop"),
    IGNORE("SourceKMSKeyArn"),
    IGNORE("PublishToLatestPublished"),
    IGNORE("ConfigSha256"),
    {.from = NULL},
};

static const struct rule on_failure_rules[] = {
    {.from = "Destination", .kind = RULE_TEXT, .to = "_destination"},
    IGNORE("Type"),
    {.from = NULL}};
static const struct rule destination_rules[] = {
    {.from = "OnFailure", .kind = RULE_INSIDE, .inside = on_failure_rules},
    {.from = "OnSuccess", .kind = RULE_NOT_SIMULATED},
    {.from = NULL}};

static const struct rule scaling_rules[] = {{.from = "MaximumConcurrency",
                                             .kind = RULE_NUMBER,
                                             .to = "_maximum_concurrency",
                                             .minimum = 2,
                                             .maximum = 1000},
                                            {.from = NULL}};

static const struct rule mapping_rules[] = {
    {.from = "BatchSize", .kind = RULE_NUMBER, .to = "batch_size", .minimum = 1, .maximum = 10000},
    {.from = "MaximumBatchingWindowInSeconds",
     .kind = RULE_NUMBER,
     .to = "maximum_batching_window_in_seconds",
     .maximum = 300},
    {.from = "ParallelizationFactor",
     .kind = RULE_NUMBER,
     .to = "parallelization_factor",
     .minimum = 1,
     .maximum = 10},
    {.from = "StartingPosition",
     .kind = RULE_CHOICE,
     .to = "starting_position",
     .choice = positions,
     .why = "needs a time of the run; TRIM_HORIZON is taken"},
    {.from = "MaximumRecordAgeInSeconds",
     .kind = RULE_NUMBER,
     .to = "maximum_record_age_in_seconds",
     .minimum = -1,
     .maximum = 604800},
    {.from = "MaximumRetryAttempts",
     .kind = RULE_NUMBER,
     .to = "maximum_retry_attempts",
     .minimum = -1,
     .maximum = 10000},
    {.from = "BisectBatchOnFunctionError",
     .kind = RULE_BOOLEAN,
     .to = "bisect_batch_on_function_error"},
    {.from = "FunctionResponseTypes",
     .kind = RULE_WORDS,
     .to = "function_response_types",
     .choice = response_types},
    {.from = "DestinationConfig", .kind = RULE_INSIDE, .inside = destination_rules},
    {.from = "TumblingWindowInSeconds", .kind = RULE_NOT_SIMULATED},
    {.from = "FilterCriteria",
     .kind = RULE_NOT_SIMULATED,
     .why = "every record reaches the function"},
    {.from = "ScalingConfig", .kind = RULE_INSIDE, .inside = scaling_rules},
    {.from = "ProvisionedPollerConfig", .kind = RULE_NOT_SIMULATED},
    IGNORE("UUID"),
    IGNORE("EventSourceArn"),
    IGNORE("FunctionArn"),
    IGNORE("FunctionName"),
    IGNORE("LastModified"),
    IGNORE("LastProcessingResult"),
    IGNORE("State"),
    IGNORE("StateTransitionReason"),
    IGNORE("EventSourceMappingArn"),
    IGNORE("KMSKeyArn"),
    IGNORE("KmsKeyArn"),
    IGNORE("StartingPositionTimestamp"),
    IGNORE("Enabled"),
    IGNORE("Stream"),
    IGNORE("Queue"),
    IGNORE("Tags"),
    IGNORE("MetricsConfig"),
    IGNORE("LoggingConfig"),
    {.from = NULL},
};

/* What becomes of its asynchronous events, and its own URL. */
static void read_surroundings(const struct source *source, const cJSON *object, struct item *item)
{
    static const char *const letters[] = {"DeadLetterConfig", "DeadLetterQueue"};
    const cJSON *const config = tree_member(object, "EventInvokeConfig");
    const cJSON *const url = tree_member(object, "FunctionUrlConfig");
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        if (tree_member(object, letters[i]) != NULL)
            read_dead_letters(source, tree_member(object, letters[i]), item);
    if (config != NULL)
        read_event_config(source, config, item->id);
    if (url != NULL)
        add_caller(source->inventory, item, source_place(source, url), "function_url");
}

struct item *read_function(const struct source *source, const cJSON *object, const char *id)
{
    const struct place place = source_place(source, object);
    struct arn arn;
    char shown[JSON_SHOWN_SIZE];
    struct item *const item = inventory_item(source->inventory, ITEM_FUNCTION, id, place);
    if (item == NULL)
        return NULL;
    const char *const text = tree_text(object, "FunctionArn");
    if (text != NULL && arn_parse(text, &arn))
        inventory_region(source->inventory, arn.region, place);
    char *const what = text_format("function %s", json_shown(id, shown));
    rules_apply(source, function_rules, object, item, what);
    read_surroundings(source, object, item);
    item_note(item, "From %s:%ld.", place.file, place.line);
    free(what);
    return item;
}

void set_provisioned(const struct source *source, const char *function, double executions,
                     const cJSON *at)
{
    const struct place place = source_place(source, at);
    struct arn arn;
    char *qualifier;
    char *const name = function_name_of(function, &qualifier);
    struct item *const item = inventory_item(source->inventory, ITEM_FUNCTION, name, place);
    if (arn_parse(function, &arn))
        inventory_region(source->inventory, arn.region, place);
    if (item != NULL && executions >= 0 && executions <= 1e7) {
        /* Each alias has its own; a scenario's function has the sum. */
        char *const key = text_format("_provisioned:%.64s", qualifier != NULL ? qualifier : "");
        item_set_number(source->inventory, item, key, executions, place);
        item_note(item, "Provisioned concurrency from %s:%ld.", place.file, place.line);
        free(key);
    } else if (item != NULL) {
        inventory_warning(source->inventory, place,
                          "function %s: provisioned concurrency %g is out of range: left out", name,
                          executions);
    }
    free(qualifier);
    free(name);
}

/* --- event source mappings ------------------------------------------------------------------ */

bool is_disabled(const cJSON *object)
{
    const char *const state = tree_text(object, "State");
    const cJSON *enabled = tree_member(object, "Enabled");
    enabled = enabled != NULL ? enabled : tree_member(object, "enabled");
    const bool off = cJSON_IsFalse(enabled) ||
                     (cJSON_IsString(enabled) && strcmp(enabled->valuestring, "false") == 0);
    return off || (state != NULL && strcasecmp(state, "disabled") == 0);
}

/* The mapping's function, which no file may have described, exists. */
static void make_function(const struct source *source, const char *name, const cJSON *at)
{
    const struct place place = source_place(source, at);
    struct item *const item = inventory_item(source->inventory, ITEM_FUNCTION, name, place);
    if (item != NULL && item->notes == NULL)
        item_note(item, "Named by a mapping in %s:%ld.", place.file, place.line);
}

/* The table of "table/NAME/stream/TIME"; NULL: it is none. free() it. */
static char *table_of(const struct arn *arn)
{
    static const char prefix[] = "table/";
    const char *const name = arn->resource + sizeof prefix - 1;
    if (strcmp(arn->service, "dynamodb") != 0 ||
        strncmp(arn->resource, prefix, sizeof prefix - 1) != 0 || strcspn(name, "/") == 0)
        return NULL;
    return text_format("%.*s", (int)strcspn(name, "/"), name);
}

/* Of a stream, or with `table` of that. */
static void read_stream_mapping(const struct source *source, const struct rule *rules,
                                const cJSON *object, const char *event_source, const char *table,
                                const char *function)
{
    const struct place place = source_place(source, object);
    struct inventory *const inventory = source->inventory;
    char shown[JSON_SHOWN_SIZE], shown_too[JSON_SHOWN_SIZE];
    bool consumer = false;
    char *const stream =
        table != NULL ? mem_strdup(table) : stream_name_of(event_source, &consumer);
    char *const id = text_format("%s-%s", stream, function);
    char *const what = text_format("mapping of %s %s to %s", table != NULL ? "table" : "stream",
                                   json_shown(stream, shown), json_shown(function, shown_too));
    struct item *const item = inventory_item(inventory, ITEM_MAPPING, id, place);
    if (inventory_item(inventory, table != NULL ? ITEM_TABLE : ITEM_STREAM, stream, place) == NULL)
        goto out;
    make_function(source, function, object);
    if (item == NULL)
        goto out;
    item_set_text(inventory, item, table != NULL ? "_table" : "_stream", stream, place);
    item_set_text(inventory, item, "_function", function, place);
    if (consumer)
        item_set(inventory, item, "enhanced_fan_out", cJSON_CreateTrue(), place);
    rules_apply(source, rules, object, item, what);
    const double age = item_number(item, "maximum_record_age_in_seconds", -1);
    if (age >= 0 && age < 60) {
        inventory_warning(inventory, place,
                          "%s: a maximum record age of %g s is below 60 s: taken as no limit", what,
                          age);
        item_set_number(inventory, item, "maximum_record_age_in_seconds", -1, place);
    }
    item_note(item, "From %s:%ld.", place.file, place.line);
out:
    free(what);
    free(id);
    free(stream);
}

static void read_queue_mapping(const struct source *source, const struct rule *rules,
                               const cJSON *object, const char *queue, const char *function)
{
    const struct place place = source_place(source, object);
    struct inventory *const inventory = source->inventory;
    char shown[JSON_SHOWN_SIZE], shown_too[JSON_SHOWN_SIZE];
    char *const id = text_format("%s-%s", queue, function);
    char *const what = text_format("mapping of queue %s to %s", json_shown(queue, shown),
                                   json_shown(function, shown_too));
    struct item *const item = inventory_item(inventory, ITEM_MAPPING, id, place);
    struct item *const from = inventory_item(inventory, ITEM_QUEUE, queue, place);
    make_function(source, function, object);
    if (from != NULL && from->notes == NULL)
        item_note(from, "Named by a mapping in %s:%ld.", place.file, place.line);
    if (item != NULL && from != NULL) {
        item_set_text(inventory, item, "_queue", queue, place);
        item_set_text(inventory, item, "_function", function, place);
        rules_apply(source, rules, object, item, what);
        item_note(item, "From %s:%ld.", place.file, place.line);
    }
    free(what);
    free(id);
}

void read_mapping_by(const struct source *source, const struct rule *rules, const cJSON *object,
                     const char *event_source, const char *function)
{
    const struct place place = source_place(source, object);
    struct inventory *const inventory = source->inventory;
    struct arn arn;
    char shown[JSON_SHOWN_SIZE];
    char *const name = function_name_of(function, NULL);
    const bool is_arn = arn_parse(event_source, &arn);
    inventory->understood++;
    if (is_arn)
        inventory_region(inventory, arn.region, place);
    const bool is_queue = is_arn && strcmp(arn.service, "sqs") == 0;
    char *const table = is_arn ? table_of(&arn) : NULL;
    if (is_arn && !is_queue && table == NULL && strcmp(arn.service, "kinesis") != 0) {
        inventory_warning(inventory, place,
                          "function %s: its event source %s (%s) is not simulated%s", name,
                          json_shown(arn.resource, shown), arn.service,
                          is_disabled(object) ? "; it is disabled, too" : "");
        make_function(source, name, object);
    } else if (is_disabled(object)) {
        inventory_warning(inventory, place,
                          "the mapping of %s to function %s is disabled: left out",
                          json_shown(event_source, shown), name);
        make_function(source, name, object);
    } else if (is_queue) {
        read_queue_mapping(source, rules, object, arn.resource, name);
    } else {
        read_stream_mapping(source, rules, object, event_source, table, name);
    }
    free(table);
    free(name);
}

void read_mapping(const struct source *source, const cJSON *object, const char *event_source,
                  const char *function)
{
    read_mapping_by(source, mapping_rules, object, event_source, function);
}
