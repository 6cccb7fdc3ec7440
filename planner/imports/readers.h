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

/* callers.c */
void read_schedule(const struct source *source, struct item *function, const cJSON *at,
                   const cJSON *expression);
/* `through` as a scenario names it. */
void read_api(const struct source *source, struct item *function, const cJSON *at,
              const char *through);

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
