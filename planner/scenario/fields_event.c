/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The vocabulary of asynchronous invocation (Terraform's aws_lambda_function_event_invoke_config,
 * the dead_letter_config of aws_lambda_function, aws_lambda_function_recursion_config), and of what
 * functions send. */
#include "scenario/internal.h"

#define F(member) AT(struct function_spec, member)
#define DESTINATIONS                                                                               \
    (BIT(ENTITY_FUNCTION) | BIT(ENTITY_QUEUE) | BIT(ENTITY_TOPIC) | BIT(ENTITY_BUS))

static const struct field on_success_fields[] = {
    {"destination", FIELD_REFERENCE, F(on_success), .references = DESTINATIONS, .mandatory = true,
     .doc = "Gets a record of each event that was processed."},
};
static const struct object object_on_success = {.name = "event_on_success",
                                                .doc = "Where events go that were processed.",
                                                FIELDS(on_success_fields)};

static const struct field on_failure_fields[] = {
    {"destination", FIELD_REFERENCE, F(on_failure), .references = DESTINATIONS, .mandatory = true,
     .doc = "Gets a record of each event that was given up."},
};
static const struct object object_on_failure = {.name = "event_on_failure",
                                                .doc = "Where events go that were given up.",
                                                FIELDS(on_failure_fields)};

static const struct field destination_fields[] = {
    {"on_success", FIELD_OBJECT, .offset = 0, .object = &object_on_success,
     .doc = "Where events go that were processed."},
    {"on_failure", FIELD_OBJECT, .offset = 0, .object = &object_on_failure,
     .doc = "Where events go that were given up: after their retries, or too old."},
};
static const struct object object_destinations = {
    .name = "event_destination_config",
    .doc = "Where results of asynchronous invocations go.",
    FIELDS(destination_fields)};

static const struct field event_invoke_fields[] = {
    {"maximum_event_age_in_seconds", FIELD_INTEGER, F(maximum_event_age_s), .initial = 21600,
     .minimum = 60, .maximum = 21600, .unit = "s", .doc = "An older event is given up."},
    {"maximum_retry_attempts", FIELD_INTEGER, STORE_UNSIGNED, F(event_retry_attempts), .initial = 2,
     .maximum = 2, .doc = "Tries after a function error: 1 and 2 minutes later."},
    {"destination_config", FIELD_OBJECT, .offset = 0, .object = &object_destinations,
     .doc = "Where results go."},
};
const struct object object_event_invoke = {
    .name = "event_invoke_config",
    .doc = "How events of asynchronous invocations are treated.",
    FIELDS(event_invoke_fields)};

static const struct field dead_letter_fields[] = {
    {"target", FIELD_REFERENCE, F(dead_letters),
     .references = BIT(ENTITY_QUEUE) | BIT(ENTITY_TOPIC), .mandatory = true,
     .doc = "Gets each event that was given up, as it was."},
};
const struct object object_dead_letter = {.name = "dead_letter_config",
                                          .doc = "Where asynchronous events go that were given up.",
                                          FIELDS(dead_letter_fields)};

static const char *const per_choices[] = {"invocation", "record", NULL};
static const char *const on_choices[] = {"success", "failure", NULL};

#define E(member) AT(struct emit_spec, member)
static const struct field emit_fields[] = {
    {"to", FIELD_REFERENCE, E(to), .references = KINDS_SENT_TO, .mandatory = true,
     .doc = "Where the messages go; a function is called asynchronously, and may be this one."},
    {"per", FIELD_CHOICE, STORE_BOOL, E(per_record), .choice = per_choices,
     .doc = "Whether count is of each invocation or of each record of its batch."},
    {"on", FIELD_CHOICE, STORE_BOOL, E(on_failure), .choice = on_choices,
     .doc = "After a success, or after an error that the function notices (no timeout)."},
    {"count", FIELD_DISTRIBUTION, E(count), .initial = 1, .unit = "messages",
     .doc = "How many; a fraction is the probability of one more."},
    {"probability", FIELD_NUMBER, E(probability), .initial = 1, .maximum = 1,
     .doc = "Share of invocations or records after which anything is sent."},
    {"bytes", FIELD_DISTRIBUTION, E(bytes), .initial = 1024, .unit = "bytes",
     .doc = "Size of a message."},
    {"records_per_put", FIELD_INTEGER, STORE_UNSIGNED, E(records_per_put), .initial = 1,
     .minimum = 1, .maximum = 10, .unit = "messages",
     .doc = "Most messages in one call to a queue (SendMessageBatch) or a bus (PutEvents)."},
};
const struct object object_emit = {.name = "emit",
                                   .doc =
                                       "Messages that a function sends at the end of invocations.",
                                   FIELDS(emit_fields),
                                   .size = sizeof(struct emit_spec)};

static const struct field hand_on_fields[] = {
    {"after_ms", FIELD_NUMBER, F(hand_on_after_ms), .minimum = 1, .maximum = 900000, .unit = "ms",
     .dynamic = true, .mandatory = true,
     .doc = "A task of duration_ms that takes longer stops here and calls its own function with "
            "the rest; below timeout."},
    {"overhead_ms", FIELD_NUMBER, F(hand_on_overhead_ms), .maximum = 900000, .unit = "ms",
     .doc = "What each further part takes to find its place again; below after_ms."},
};
const struct object object_hand_on = {
    .name = "hand_on",
    .doc = "A long task calls its own function with the rest of the work.",
    FIELDS(hand_on_fields)};

const char *const recursive_loop_choices[] = {"Terminate", "Allow", NULL};

static const char *const self_calls[] = {"never", "while_messages", "always", NULL};
static const struct field polls_fields[] = {
    {"queue", FIELD_REFERENCE, F(polls.queue), .references = BIT(ENTITY_QUEUE), .mandatory = true,
     .doc = "Each invocation begins with ReceiveMessage calls, and ends with deleting."},
    {"max_number_of_messages", FIELD_INTEGER, STORE_UNSIGNED, F(polls.call_messages), .initial = 10,
     .minimum = 1, .maximum = 10, .unit = "messages", .doc = "Most of one call."},
    {"receive_calls", FIELD_INTEGER, STORE_UNSIGNED, F(polls.calls), .initial = 1, .minimum = 1,
     .maximum = 1000, .doc = "Most calls of an invocation; an empty one is the last."},
    {"invokes_itself", FIELD_CHOICE, STORE_ENUM, F(polls.again), .choice = self_calls,
     .initial = CALLS_WHILE_MESSAGES,
     .doc = "After a success, asynchronously: as long as it received something, or always."},
};
const struct object object_polls = {
    .name = "polls", .doc = "A queue that the function polls itself.", FIELDS(polls_fields)};
