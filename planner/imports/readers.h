/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The readers by format, and what they share. A reader takes one tree (of JSON or YAML) and puts
 * what it understands into the inventory; the rest it names in warnings.
 *
 * Lambda, Kinesis and Auto Scaling use the same keys in the answers of the API and in
 * CloudFormation and SAM, so one reader of an entity serves all of them.
 */
#ifndef IMPORTS_READERS_H
#define IMPORTS_READERS_H

#include "imports/inventory.h"
#include "imports/rules.h"

/* aws_cli.c: an answer of the AWS CLI, recognised by its keys. 1: read; 0: it is none. */
int read_aws_answer(const struct source *source, const cJSON *tree);
/* power_tuning.c: {"stats": [{"value": 128, "averageDuration": …}]}. 1: read; 0: it is none. */
int read_power_tuning(const struct source *source, const cJSON *tree);
/* template.c: SAM and CloudFormation; changes the tree (references are resolved in place). */
int read_template(const struct source *source, cJSON *tree);
/* terraform.c: a plan or a state as JSON. */
int read_terraform(const struct source *source, const cJSON *tree);
/* serverless.c: serverless.yml. */
int read_serverless(const struct source *source, cJSON *tree);

/* lambda.c. The items, or NULL. */
struct item *read_function(const struct source *source, const cJSON *object, const char *id);
/* `event_source` and `function` are ARNs or names. `event_source` of anything but Kinesis
 * and SQS is reported and left out. */
void read_mapping(const struct source *source, const cJSON *object, const char *event_source,
                  const char *function);
/* The same with a table of the format's own keys. */
void read_mapping_by(const struct source *source, const struct rule *rules, const cJSON *object,
                     const char *event_source, const char *function);
void set_provisioned(const struct source *source, const char *function, double executions,
                     const cJSON *at);

/* kinesis.c */
struct item *read_stream(const struct source *source, const cJSON *object, const char *id);
void read_shards(const struct source *source, const cJSON *shards, struct item *stream);
/* The stream of "arn:…:stream/NAME", "…/consumer/NAME:TIME" or a plain name, in new memory. */
char *stream_name_of(const char *text, bool *ret_consumer);

/* Whether a mapping, rule or schedule says that it is switched off. */
bool is_disabled(const cJSON *object);

/* callers.c. Of any item that a workload can go to. */
void add_schedule(struct inventory *inventory, struct item *item, struct place place,
                  const cJSON *expression);
/* `caller` is what a scenario calls `through` or `source` of a workload. */
void add_caller(struct inventory *inventory, struct item *function, struct place place,
                const char *caller);
/* Calls of `function` by a function URL. */
void read_url(const struct source *source, const cJSON *at, const char *function);

/* targets.c: where events go. "queue:ID" in new memory, and the item is there; NULL after a warning
 * that begins with `what`. `kinds` are bits of enum item_kind. */
char *read_target(const struct source *source, const cJSON *at, const char *arn, const char *what,
                  unsigned kinds);
/* The same, put into a property of `item`. An empty value says nothing. */
void set_target(const struct source *source, struct item *item, const char *property,
                const cJSON *value, const char *what, unsigned kinds);
/* What an ARN names, as a scenario names it, where it is in the inventory; else NULL. */
char *known_target(const struct inventory *inventory, const char *arn, unsigned kinds);
/* The item of such a text, NULL: none. */
struct item *find_target(const struct inventory *inventory, const char *target);
/* As a scenario names it ("queue:NAME"), in new memory; NULL: none. Items have their names. */
char *target_name(const struct inventory *inventory, const char *target);
#define TARGET_FUNCTION (1u << ITEM_FUNCTION)
#define TARGET_STREAM (1u << ITEM_STREAM)
#define TARGET_QUEUE (1u << ITEM_QUEUE)
#define TARGET_TOPIC (1u << ITEM_TOPIC)
#define TARGET_BUS (1u << ITEM_BUS)
#define TARGET_STATE_MACHINE (1u << ITEM_STATE_MACHINE)
/* What rules and schedules may aim at. */
#define TARGET_OF_RULES                                                                            \
    (TARGET_FUNCTION | TARGET_QUEUE | TARGET_TOPIC | TARGET_STREAM | TARGET_STATE_MACHINE)

/* events.c: asynchronous invocation, and what pushes events. `function` is a name or an ARN. */
void read_event_config(const struct source *source, const cJSON *object, const char *function);
void read_dead_letters(const struct source *source, const cJSON *object, struct item *function);
void read_topic(const struct source *source, const cJSON *object, const char *id);
/* `topic` is a name or an ARN, `to` a target; `object` holds FilterPolicy and the like. */
void read_subscription(const struct source *source, const cJSON *object, const char *topic,
                       const char *to);
/* The same from an endpoint and its protocol. */
void read_endpoint(const struct source *source, const cJSON *object, const char *topic);
/* A rule of EventBridge: EventPattern, ScheduleExpression, State, EventBusName. */
struct item *read_rule(const struct source *source, const cJSON *object, const char *name);
void read_rule_target(const struct source *source, const cJSON *at, const struct item *rule,
                      const char *to);
/* The Targets of a rule. */
void read_rule_targets(const struct source *source, const cJSON *targets, const struct item *rule);
/* A bucket's NotificationConfiguration. */
void read_notifications(const struct source *source, const cJSON *object);
/* Rules become schedules, callers and subscriptions of buses. */
void settle_rules(struct inventory *inventory);

/* states.c: a state machine by its definition in the Amazon States Language, an object or JSON in a
 * text. `object` holds DefinitionSubstitutions, if any; `type` NULL: STANDARD. */
struct item *read_state_machine(const struct source *source, const cJSON *object,
                                const cJSON *definition, const char *id, const char *type);
/* A file that is such a definition. 1: read; 0: it is none. */
int read_definition(const struct source *source, const cJSON *tree);

/* sqs.c. `id` NULL: by its QueueArn, else whoever's it is. */
void read_queue(const struct source *source, const cJSON *object, const char *id);
/* The queue of an ARN, a URL or a plain name, in new memory. */
char *queue_name_of(const char *text);

/* schedule.c: a ScheduledAction of "function:NAME:ALIAS"; both may be NULL. */
void read_scheduled_action(const struct source *source, const cJSON *action, const char *resource,
                           const char *dimension);
#define SCHEDULED_PREFIX "_scheduled:" /* then "HH:MM": provisioned concurrency from then on */

/* scaling.c */
void read_group(const struct source *source, const cJSON *object, const char *id);
/* A launch configuration, or the LaunchTemplateData of a template; `other_id` may be NULL. */
void read_launch(const struct source *source, const cJSON *object, const char *id,
                 const char *other_id);
void read_policy(const struct source *source, const cJSON *object, const char *group);
/* Instance types, volumes and monitoring from launch configurations to their groups. */
void settle_groups(struct inventory *inventory);

#endif
