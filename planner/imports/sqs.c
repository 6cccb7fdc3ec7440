/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Queues, by the keys of SQS's API reference (GetQueueAttributes) and of AWS::SQS::Queue, which are
 * the same. A redrive policy is an object in templates and JSON in a text in the API's answers.
 */
#include "imports/readers.h"

#include "core/memory.h"
#include "scenario/json.h"
#include "support/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define IGNORE(key)                                                                                \
    {                                                                                              \
        .from = key, .kind = RULE_IGNORED                                                          \
    }

static const char *const throughput_limits[] = {"perQueue", "perMessageGroupId", NULL};

static const struct rule queue_rules[] = {
    {.from = "VisibilityTimeout",
     .kind = RULE_NUMBER,
     .to = "visibility_timeout_seconds",
     .maximum = 43200},
    {.from = "MessageRetentionPeriod",
     .kind = RULE_NUMBER,
     .to = "message_retention_seconds",
     .minimum = 60,
     .maximum = 1209600},
    {.from = "DelaySeconds", .kind = RULE_NUMBER, .to = "delay_seconds", .maximum = 900},
    {.from = "FifoQueue", .kind = RULE_BOOLEAN, .to = "fifo_queue"},
    {.from = "FifoThroughputLimit",
     .kind = RULE_CHOICE,
     .to = "fifo_throughput_limit",
     .choice = throughput_limits},
    IGNORE("RedrivePolicy"), /* read below */
    IGNORE("RedriveAllowPolicy"),
    IGNORE("QueueArn"),
    IGNORE("QueueName"),
    IGNORE("QueueUrl"),
    IGNORE("ApproximateNumberOfMessages"),
    IGNORE("ApproximateNumberOfMessagesNotVisible"),
    IGNORE("ApproximateNumberOfMessagesDelayed"),
    IGNORE("CreatedTimestamp"),
    IGNORE("LastModifiedTimestamp"),
    IGNORE("MaximumMessageSize"),
    IGNORE("ReceiveMessageWaitTimeSeconds"), /* Lambda's pollers have their own */
    IGNORE("ContentBasedDeduplication"),
    IGNORE("DeduplicationScope"),
    IGNORE("Policy"),
    IGNORE("KmsMasterKeyId"),
    IGNORE("KmsDataKeyReusePeriodSeconds"),
    IGNORE("SqsManagedSseEnabled"),
    IGNORE("Tags"),
    {.from = NULL},
};

char *queue_name_of(const char *text)
{
    struct arn arn;
    if (arn_parse(text, &arn))
        return mem_strdup(arn.resource);
    const char *const slash = strrchr(text, '/'); /* of https://sqs.REGION…/ACCOUNT/NAME */
    return mem_strdup(slash != NULL && slash[1] != '\0' ? slash + 1 : text);
}

/* The policy as an object, which is `ret_own`'s if it had to be parsed. */
static const cJSON *policy_of(const cJSON *value, cJSON **ret_own)
{
    struct diagnostics unheard;
    *ret_own = NULL;
    if (!cJSON_IsString(value))
        return value;
    diagnostics_init(&unheard);
    *ret_own = json_parse(value->valuestring, strlen(value->valuestring), "", &unheard);
    diagnostics_finish(&unheard);
    return *ret_own;
}

static void read_redrive(const struct source *source, const cJSON *value, struct item *queue)
{
    struct inventory *const inventory = source->inventory;
    const struct place place = source_place(source, value);
    char shown[JSON_SHOWN_SIZE];
    cJSON *own;
    const cJSON *const policy = policy_of(value, &own);
    const char *const target = tree_text(policy, "deadLetterTargetArn");
    double receives = 0;
    const bool counted = tree_number(tree_member(policy, "maxReceiveCount"), &receives) &&
                         receives >= 1 && receives <= 1000 && floor(receives) == receives;
    if (target == NULL || !counted) {
        inventory_warning(inventory, place,
                          "queue %s: its RedrivePolicy does not say where messages go after how "
                          "many receives: left out",
                          json_shown(queue->id, shown));
    } else {
        char *const name = queue_name_of(target);
        struct item *const dead = inventory_item(inventory, ITEM_QUEUE, name, place);
        if (dead != NULL && dead->notes == NULL)
            item_note(dead, "Named for dead letters in %s:%ld.", place.file, place.line);
        if (dead != NULL && dead != queue) {
            item_set_text(inventory, queue, "_dead_letters", name, place);
            item_set_number(inventory, queue, "_max_receive_count", receives, place);
        }
        free(name);
    }
    cJSON_Delete(own);
}

static void read_into(const struct source *source, const cJSON *object, struct item *item)
{
    const struct place place = source_place(source, object);
    const cJSON *const redrive = tree_member(object, "RedrivePolicy");
    char shown[JSON_SHOWN_SIZE];
    char *const what = text_format("queue %s", json_shown(item->id, shown));
    rules_apply(source, queue_rules, object, item, what);
    if (redrive != NULL && !tree_is_empty(redrive))
        read_redrive(source, redrive, item);
    item_note(item, "From %s:%ld.", place.file, place.line);
    free(what);
}

void read_queue(const struct source *source, const cJSON *object, const char *id)
{
    const struct place place = source_place(source, object);
    const char *const arn = tree_text(object, "QueueArn");
    struct arn parsed;
    if (arn != NULL && arn_parse(arn, &parsed))
        inventory_region(source->inventory, parsed.region, place);
    char *const name = id != NULL ? mem_strdup(id) : arn != NULL ? queue_name_of(arn) : NULL;
    struct item *const item =
        name != NULL ? inventory_item(source->inventory, ITEM_QUEUE, name, place)
                     : inventory_nameless(source->inventory, ITEM_QUEUE, "attributes", place);
    if (item != NULL)
        read_into(source, object, item);
    free(name);
}
