/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The vocabulary of asynchronous invocation (Terraform's aws_lambda_function_event_invoke_config
 * and the dead_letter_config of aws_lambda_function). */
#include "scenario/internal.h"

#define F(member) AT(struct function_spec, member)
#define DESTINATIONS (BIT(ENTITY_FUNCTION) | BIT(ENTITY_QUEUE))

static const struct field on_success_fields[] = {
    {"destination", FIELD_REFERENCE, F(on_success), .references = DESTINATIONS, .mandatory = true,
     .doc = "Gets a record of each event that was processed."},
};
static const struct object object_on_success = {
    .name = "event_on_success", .doc = "Where events go that were processed.",
    FIELDS(on_success_fields)};

static const struct field on_failure_fields[] = {
    {"destination", FIELD_REFERENCE, F(on_failure), .references = DESTINATIONS, .mandatory = true,
     .doc = "Gets a record of each event that was given up."},
};
static const struct object object_on_failure = {
    .name = "event_on_failure", .doc = "Where events go that were given up.",
    FIELDS(on_failure_fields)};

static const struct field destination_fields[] = {
    {"on_success", FIELD_OBJECT, .offset = 0, .object = &object_on_success,
     .doc = "Where events go that were processed."},
    {"on_failure", FIELD_OBJECT, .offset = 0, .object = &object_on_failure,
     .doc = "Where events go that were given up: after their retries, or too old."},
};
static const struct object object_destinations = {
    .name = "event_destination_config", .doc = "Where results of asynchronous invocations go.",
    FIELDS(destination_fields)};

static const struct field event_invoke_fields[] = {
    {"maximum_event_age_in_seconds", FIELD_INTEGER, F(maximum_event_age_s), .initial = 21600,
     .minimum = 60, .maximum = 21600, .unit = "s", .doc = "An older event is given up."},
    {"maximum_retry_attempts", FIELD_INTEGER, STORE_UNSIGNED, F(event_retry_attempts),
     .initial = 2, .maximum = 2, .doc = "Tries after a function error: 1 and 2 minutes later."},
    {"destination_config", FIELD_OBJECT, .offset = 0, .object = &object_destinations,
     .doc = "Where results go."},
};
const struct object object_event_invoke = {
    .name = "event_invoke_config", .doc = "How events of asynchronous invocations are treated.",
    FIELDS(event_invoke_fields)};

static const struct field dead_letter_fields[] = {
    {"target", FIELD_REFERENCE, F(dead_letters), .references = BIT(ENTITY_QUEUE),
     .mandatory = true, .doc = "Gets each event that was given up, as it was."},
};
const struct object object_dead_letter = {
    .name = "dead_letter_config", .doc = "Where asynchronous events go that were given up.",
    FIELDS(dead_letter_fields)};
