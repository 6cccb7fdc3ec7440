/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/aws_names.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define NAME_SIZE 80
#define TASK_ONLY ": inside of steps of an item or branch there may only be a task"

/* get-function-configuration, list-event-source-mappings, get-queue-attributes, describe-stream,
 * describe-table; CloudFormation where it differs; serverless.yml's shorter names. */
static const struct aws_name names[] = {
    {"function", "architectures", "architecture", ", \"x86_64\" or \"arm64\""},
    {"function", "memory", "memory_size", NULL},
    {"function", "reserved_concurrency", "reserved_concurrent_executions", NULL},
    {"function", "provisioned_concurrency", "provisioned_concurrent_executions", NULL},
    {"function", "provisioned_concurrency_config", "provisioned_concurrent_executions",
     ", a number"},
    {"function", "ephemeral_storage_size", "ephemeral_storage", NULL},
    {"function", "dead_letter_queue", "dead_letter_config", NULL},
    {"function", "tracing", "tracing_config", NULL},
    {"dead_letter_config", "target_arn", "target", ", \"queue:NAME\" or \"topic:NAME\""},
    {"event_source_mapping", "event_source_arn", "event_source",
     ", \"stream:NAME\", \"queue:NAME\" or \"table:NAME\""},
    {"event_source_mapping", "function_arn", "function_name", NULL},
    {"event_source_mapping", "batch_window", "maximum_batching_window_in_seconds", NULL},
    {"event_source_mapping", "maximum_batching_window", "maximum_batching_window_in_seconds", NULL},
    {"event_source_mapping", "maximum_concurrency", "scaling_config",
     ": { \"maximum_concurrency\": N }"},
    {"event_source_mapping", "filter_criteria", NULL,
     ": filters are not simulated; let the workload send what passes them"},
    {"inner_branch", "steps", NULL, TASK_ONLY},
    {"inner_map", "steps", NULL, TASK_ONLY},
    {"on_failure", "destination", "destination_arn", NULL},
    {"queue", "visibility_timeout", "visibility_timeout_seconds", NULL},
    {"queue", "message_retention_period", "message_retention_seconds", NULL},
    {"redrive_policy", "dead_letter_target_arn", "dead_letter_queue", ", \"queue:NAME\""},
    {"stream", "retention_period_hours", "retention_period", " (h)"},
    {"stream", "stream_mode_details", "stream_mode", ", \"PROVISIONED\" or \"ON_DEMAND\""},
    {"stream", "open_shard_count", "shard_count", NULL},
    {"table", "write_capacity_units", "write_capacity", NULL},
    {"table", "provisioned_throughput", "write_capacity", ", a number"},
    {"table", "table_size_bytes", "size_gb", NULL},
};

/* What changes neither cost nor time in the model. */
static const char *const of_no_matter[][2] = {
    {"function", "code"},
    {"function", "code_sha256"},
    {"function", "code_size"},
    {"function", "code_uri"},
    {"function", "description"},
    {"function", "environment"},
    {"function", "filename"},
    {"function", "function_arn"},
    {"function", "function_name"},
    {"function", "handler"},
    {"function", "image_uri"},
    {"function", "kms_key_arn"},
    {"function", "last_modified"},
    {"function", "last_update_status"},
    {"function", "layers"},
    {"function", "logging_config"},
    {"function", "policies"},
    {"function", "publish"},
    {"function", "revision_id"},
    {"function", "role"},
    {"function", "runtime_version_config"},
    {"function", "s3_bucket"},
    {"function", "s3_key"},
    {"function", "source_code_hash"},
    {"function", "state"},
    {"function", "tags"},
    {"function", "version"},
    {"event_source_mapping", "last_modified"},
    {"event_source_mapping", "last_processing_result"},
    {"event_source_mapping", "state_transition_reason"},
    {"event_source_mapping", "uuid"},
    {"queue", "created_timestamp"},
    {"queue", "kms_master_key_id"},
    {"queue", "last_modified_timestamp"},
    {"queue", "policy"},
    {"queue", "queue_arn"},
    {"queue", "queue_name"},
    {"queue", "sqs_managed_sse_enabled"},
    {"queue", "tags"},
    {"stream", "encryption_type"},
    {"stream", "stream_arn"},
    {"stream", "stream_name"},
    {"stream", "tags"},
    {"table", "table_arn"},
    {"table", "table_name"},
    {"table", "tags"},
};

static const struct aws_name left_out = {
    .more = ": it changes neither cost nor time here, leave it out; `lambdaplan import` makes a "
            "scenario of AWS's own files"};

void aws_name_plain(const char *key, char *ret, size_t size)
{
    size_t length = 0;
    for (const char *c = key; *c != '\0' && length + 2 < size; c++) {
        const bool upper = isupper((unsigned char)*c) != 0;
        const bool begins = upper && c > key && !isupper((unsigned char)c[-1]) && c[-1] != '_';
        if (begins)
            ret[length++] = '_';
        ret[length++] = *c == '-' ? '_' : (char)tolower((unsigned char)*c);
    }
    ret[length] = '\0';
}

const struct aws_name *aws_name_at(size_t index)
{
    return index < sizeof names / sizeof *names ? &names[index] : NULL;
}

const struct aws_name *aws_name_find(const char *object, const char *key)
{
    char plain[NAME_SIZE];
    aws_name_plain(key, plain, sizeof plain);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i].object, object) == 0 && strcmp(names[i].theirs, plain) == 0)
            return &names[i];
    for (size_t i = 0; i < sizeof of_no_matter / sizeof *of_no_matter; i++)
        if (strcmp(of_no_matter[i][0], object) == 0 && strcmp(of_no_matter[i][1], plain) == 0)
            return &left_out;
    return NULL;
}
