/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The vocabulary of queues (Terraform's aws_sqs_queue), and what their mappings may say. */
#include "scenario/internal.h"

#include <string.h>

static const char *const throughput_limits[] = {"perQueue", "perMessageGroupId", NULL};

#define Q(member) AT(struct queue_spec, member)
static const struct field redrive_fields[] = {
    {"dead_letter_queue", FIELD_REFERENCE, Q(dead_letters), .references = BIT(ENTITY_QUEUE),
     .mandatory = true, .doc = "\"queue:NAME\", of the same type: FIFO or not."},
    {"max_receive_count", FIELD_INTEGER, STORE_UNSIGNED, Q(max_receive_count), .minimum = 1,
     .maximum = 1000, .mandatory = true,
     .doc = "A message that was received so often and comes up again goes there."},
};
static const struct object object_redrive = {.name = "redrive_policy",
                                             .doc = "Where messages go that nobody can work on.",
                                             FIELDS(redrive_fields)};

static void finish_queue(struct reader *reader, const cJSON *json, void *base, uint64_t given)
{
    const struct queue_spec *const queue = base;
    (void)given;
    if (queue->dead_letters.name != NULL && strcmp(queue->dead_letters.name, queue->name) == 0)
        reader_error(reader, reader_member(json, "redrive_policy"), "redrive_policy",
                     "a queue cannot be its own dead-letter queue");
    if (queue->high_throughput && !queue->fifo && !reader_is_told(reader, json, "fifo_queue"))
        reader_error(reader, reader_member(json, "fifo_throughput_limit"), "fifo_throughput_limit",
                     "is for FIFO queues: give fifo_queue");
}

static const struct field queue_fields[] = {
    {"fifo_queue", FIELD_BOOLEAN, Q(fifo), .since_key = "since.sqs_fifo",
     .doc =
         "In order and one batch at a time within a message group (a workload's partition_keys)."},
    {"fifo_throughput_limit", FIELD_CHOICE, STORE_BOOL, Q(high_throughput),
     .choice = throughput_limits, .since_key = "since.sqs_fifo_high_throughput",
     .doc =
         "FIFO: 300 send calls a second, or high throughput, which is taken as without a limit."},
    {"visibility_timeout_seconds", FIELD_NUMBER, Q(visibility_timeout_s), .initial = 30,
     .maximum = 43200, .unit = "s",
     .doc = "A message that was received and not deleted is visible again after this."},
    {"message_retention_seconds", FIELD_NUMBER, Q(message_retention_s), .initial = 345600,
     .minimum = 60, .maximum = 1209600, .unit = "s", .doc = "Older messages are gone."},
    {"delay_seconds", FIELD_NUMBER, Q(delay_s), .maximum = 900, .unit = "s",
     .doc = "A message becomes visible so long after it was sent."},
    {"redrive_policy", FIELD_OBJECT, .offset = 0, .object = &object_redrive,
     .doc = "Where messages go that nobody can work on."},
};
const struct object object_queue = {.name = "queue",
                                    .doc = "An SQS queue.",
                                    FIELDS(queue_fields),
                                    .size = sizeof(struct queue_spec),
                                    .finish = finish_queue};

void checks_queue_mapping(struct reader *reader, const cJSON *json, struct mapping_spec *mapping)
{
    static const char *const stream_only[] = {"parallelization_factor",
                                              "starting_position",
                                              "starting_position_timestamp_s",
                                              "maximum_retry_attempts",
                                              "maximum_record_age_in_seconds",
                                              "bisect_batch_on_function_error",
                                              "destination_config",
                                              "enhanced_fan_out",
                                              "created_s"};
    char limit[READER_LIMIT_SIZE] = "", first[16];
    for (size_t i = 0; i < LENGTH(stream_only); i++)
        if (reader_member(json, stream_only[i]) != NULL)
            reader_error(
                reader, reader_member(json, stream_only[i]), stream_only[i],
                "is for streams; a queue has redrive_policy and visibility_timeout_seconds");
    if (!reader_exists(reader, "since.sqs_mapping"))
        reader_error(reader, reader_member(json, "event_source"), "event_source",
                     "Lambda reads queues since %s",
                     reader_since(reader, "since.sqs_mapping", first));
    if (mapping->batch_size == 0)
        mapping->batch_size = (unsigned)reader_limit(reader, "esm.sqs.BatchSize.default");
    const double most = reader_limit(reader, "esm.sqs.BatchSize.max");
    if (mapping->batch_size > most)
        reader_error(reader, reader_member(json, "batch_size"), "batch_size",
                     "%u is above %.0f messages%s", mapping->batch_size, most,
                     reader_limit_text(reader, "esm.sqs.BatchSize.max", limit));
    else if (mapping->batch_size > 10 && mapping->maximum_batching_window_s < 1)
        reader_error(reader, reader_member(json, "batch_size"), "batch_size",
                     "%u messages of a queue need maximum_batching_window_in_seconds of at least "
                     "1 s",
                     mapping->batch_size);
    if (mapping->maximum_batching_window_s > 0 && !reader_exists(reader, "esm.sqs.window.max"))
        reader_error(reader, reader_member(json, "maximum_batching_window_in_seconds"),
                     "maximum_batching_window_in_seconds", "queues have it since %s",
                     reader_since(reader, "esm.sqs.window.max", first));
}
