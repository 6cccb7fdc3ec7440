/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What pushes events, and what becomes of asynchronous ones: by the keys of Lambda's API reference
 * (FunctionEventInvokeConfig), of SNS (Subscription), of S3 (NotificationConfiguration), of
 * EventBridge (Rule, Target) and of the types of CloudFormation, which are nearly the same.
 */
#include "imports/readers.h"

#include "core/memory.h"
#include "scenario/json.h"
#include "support/text.h"

#include <stdlib.h>
#include <string.h>

#define IGNORE(key)                                                                                \
    {                                                                                              \
        .from = key, .kind = RULE_IGNORED                                                          \
    }
#define RESULT_TARGETS (TARGET_FUNCTION | TARGET_QUEUE | TARGET_TOPIC | TARGET_BUS)

/* --- asynchronous invocation ------------------------------------------------------------------ */

static const struct rule config_rules[] = {
    {.from = "MaximumEventAgeInSeconds",
     .kind = RULE_NUMBER,
     .to = EVENT_CONFIG_PROPERTY "maximum_event_age_in_seconds",
     .minimum = 60,
     .maximum = 21600},
    {.from = "MaximumRetryAttempts",
     .kind = RULE_NUMBER,
     .to = EVENT_CONFIG_PROPERTY "maximum_retry_attempts",
     .maximum = 2},
    IGNORE("DestinationConfig"), /* read below */
    IGNORE("FunctionName"),
    IGNORE("FunctionArn"),
    IGNORE("Qualifier"),
    IGNORE("LastModified"),
    {.from = NULL},
};

/* SAM makes a queue or topic for a Type without a Destination: {SQS: queue, SNS: topic}. */
static void read_made_by_sam(const struct source *source, const cJSON *object,
                             struct item *function, const char *property, const char *which)
{
    const char *const type = tree_text(object, "Type");
    const bool topic = type != NULL && strcmp(type, "SNS") == 0;
    if (!topic && (type == NULL || strcmp(type, "SQS") != 0))
        return;
    const struct place place = source_place(source, object);
    char *const id = text_format("%s-%s", function->id, which);
    struct item *const item =
        inventory_item(source->inventory, topic ? ITEM_TOPIC : ITEM_QUEUE, id, place);
    char *const target = text_format("%s:%s", topic ? "topic" : "queue", id);
    if (item != NULL) {
        item_note(item, "Made by SAM for %s:%ld.", place.file, place.line);
        item_set_text(source->inventory, function, property, target, place);
    }
    free(target);
    free(id);
}

static void read_result(const struct source *source, const cJSON *config, const char *key,
                        struct item *function, const char *property, const char *which)
{
    const cJSON *const object = tree_member(config, key);
    const cJSON *const destination = tree_member(object, "Destination");
    char shown[JSON_SHOWN_SIZE];
    char *const what = text_format("function %s: %s", json_shown(function->id, shown), key);
    if (destination != NULL)
        set_target(source, function, property, destination, what, RESULT_TARGETS);
    else if (object != NULL)
        read_made_by_sam(source, object, function, property, which);
    free(what);
}

void read_event_config(const struct source *source, const cJSON *object, const char *function)
{
    const struct place place = source_place(source, object);
    const cJSON *const results = tree_member(object, "DestinationConfig");
    char shown[JSON_SHOWN_SIZE];
    struct arn arn;
    char *const name = function_name_of(function, NULL);
    struct item *const item = inventory_item(source->inventory, ITEM_FUNCTION, name, place);
    if (arn_parse(function, &arn))
        inventory_region(source->inventory, arn.region, place);
    if (item != NULL) {
        char *const what = text_format("function %s", json_shown(name, shown));
        rules_apply(source, config_rules, object, item, what);
        read_result(source, results, "OnSuccess", item, EVENT_CONFIG_PROPERTY "on_success",
                    "on-success");
        read_result(source, results, "OnFailure", item, EVENT_CONFIG_PROPERTY "on_failure",
                    "on-failure");
        item_note(item, "Asynchronous events by %s:%ld.", place.file, place.line);
        free(what);
    }
    free(name);
}

void read_dead_letters(const struct source *source, const cJSON *object, struct item *function)
{
    const cJSON *const target = cJSON_IsString(object) ? object : tree_member(object, "TargetArn");
    char shown[JSON_SHOWN_SIZE];
    char *const what =
        text_format("function %s: its dead letters", json_shown(function->id, shown));
    if (target != NULL)
        set_target(source, function, "_dead_letter_target", target, what,
                   TARGET_QUEUE | TARGET_TOPIC);
    free(what);
}

/* --- topics ----------------------------------------------------------------------------------- */

static const struct rule topic_rules[] = {
    {.from = "FifoTopic", .kind = RULE_NOT_SIMULATED, .why = "it is taken as a standard topic"},
    {.from = "ArchivePolicy", .kind = RULE_NOT_SIMULATED},
    {.from = "DeliveryStatusLogging", .kind = RULE_NOT_SIMULATED},
    IGNORE("Subscription"), /* read below */
    IGNORE("TopicName"),
    IGNORE("TopicArn"),
    IGNORE("DisplayName"),
    IGNORE("ContentBasedDeduplication"),
    IGNORE("FifoThroughputScope"),
    IGNORE("DataProtectionPolicy"),
    IGNORE("KmsMasterKeyId"),
    IGNORE("SignatureVersion"),
    IGNORE("TracingConfig"),
    IGNORE("Tags"),
    {.from = NULL},
};

static char *topic_name_of(const char *text)
{
    struct arn arn;
    return arn_parse(text, &arn)
               ? text_format("%.*s", (int)strcspn(arn.resource, ":"), arn.resource)
               : mem_strdup(text);
}

void read_topic(const struct source *source, const cJSON *object, const char *id)
{
    const struct place place = source_place(source, object);
    const cJSON *const subscriptions = tree_member(object, "Subscription");
    char shown[JSON_SHOWN_SIZE];
    struct item *const item = inventory_item(source->inventory, ITEM_TOPIC, id, place);
    if (item == NULL)
        return;
    char *const what = text_format("topic %s", json_shown(id, shown));
    rules_apply(source, topic_rules, object, item, what);
    item_note(item, "From %s:%ld.", place.file, place.line);
    for (const cJSON *s = subscriptions == NULL ? NULL : subscriptions->child; s != NULL;
         s = s->next)
        read_endpoint(source, s, id);
    free(what);
}

/* A copy of `from`'s events to `to`; both are as a target is written. */
static struct item *add_subscription(struct inventory *inventory, const char *from, const char *to,
                                     struct place place)
{
    char *const id = text_format("%s>%s", from, to);
    struct item *const item = inventory_item(inventory, ITEM_SUBSCRIPTION, id, place);
    free(id);
    if (item == NULL)
        return NULL;
    item_set_text(inventory, item, "_from", from, place);
    item_set_text(inventory, item, "_to", to, place);
    item_note(item, "From %s:%ld.", place.file, place.line);
    return item;
}

void read_subscription(const struct source *source, const cJSON *object, const char *topic,
                       const char *to)
{
    const struct place place = source_place(source, object);
    char shown[JSON_SHOWN_SIZE];
    char *const id = topic_name_of(topic), *const from = text_format("topic:%s", id);
    const struct item *const item = inventory_item(source->inventory, ITEM_TOPIC, id, place);
    struct item *const subscription =
        item == NULL ? NULL : add_subscription(source->inventory, from, to, place);
    if (subscription != NULL && !tree_is_empty(tree_member(object, "FilterPolicy"))) {
        inventory_warning(source->inventory, place,
                          "topic %s: which share of the messages the filter policy for %s lets "
                          "through is not known: all are taken to (filter_fraction)",
                          json_shown(id, shown), to);
        item_note(subscription, "Assumption: filter_fraction 1, until you say what the policy lets "
                                "through.");
    }
    if (!tree_is_empty(tree_member(object, "RedrivePolicy")))
        inventory_warning(source->inventory, place,
                          "topic %s: RedrivePolicy of a subscription is not simulated",
                          json_shown(id, shown));
    free(from);
    free(id);
}

void read_endpoint(const struct source *source, const cJSON *object, const char *topic)
{
    const char *const protocol = tree_text(object, "Protocol");
    const char *const endpoint = tree_text(object, "Endpoint");
    char shown[JSON_SHOWN_SIZE], shown_protocol[JSON_SHOWN_SIZE];
    char *const name = topic_name_of(topic);
    char *const what = text_format("topic %s: its subscription", json_shown(name, shown));
    source->inventory->understood++;
    if (protocol == NULL || (strcmp(protocol, "lambda") != 0 && strcmp(protocol, "sqs") != 0)) {
        inventory_warning(
            source->inventory, source_place(source, object), "%s by %s is not simulated: left out",
            what, protocol != NULL ? json_shown(protocol, shown_protocol) : "what is not said");
    } else if (endpoint == NULL) {
        inventory_warning(source->inventory, source_place(source, object),
                          "%s has no Endpoint that can be told from the file: left out", what);
    } else {
        char *const to =
            read_target(source, object, endpoint, what, TARGET_FUNCTION | TARGET_QUEUE);
        if (to != NULL)
            read_subscription(source, object, topic, to);
        free(to);
    }
    free(what);
    free(name);
}

/* --- buckets ---------------------------------------------------------------------------------- */

void read_notifications(const struct source *source, const cJSON *object)
{
    static const struct {
        const char *list, *arn; /* of S3's API, then of CloudFormation */
        unsigned kind;
    } lists[] = {{"LambdaFunctionConfigurations", "LambdaFunctionArn", TARGET_FUNCTION},
                 {"LambdaConfigurations", "Function", TARGET_FUNCTION},
                 {"QueueConfigurations", "QueueArn", TARGET_QUEUE},
                 {"QueueConfigurations", "Queue", TARGET_QUEUE},
                 {"TopicConfigurations", "TopicArn", TARGET_TOPIC},
                 {"TopicConfigurations", "Topic", TARGET_TOPIC}};
    source->inventory->understood++;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const cJSON *const list = tree_member(object, lists[i].list);
        for (const cJSON *n = list == NULL ? NULL : list->child; n != NULL; n = n->next) {
            const struct place place = source_place(source, n);
            const char *const arn = tree_text(n, lists[i].arn);
            char *const to =
                arn == NULL ? NULL
                            : read_target(source, n, arn, "a bucket's notification", lists[i].kind);
            struct item *const item = find_target(source->inventory, to);
            if (item != NULL)
                item_note(item, "S3 sends it events by %s:%ld.", place.file, place.line);
            if (item != NULL && item->kind == ITEM_FUNCTION)
                add_caller(source->inventory, item, place, "s3");
            free(to);
        }
    }
}

/* --- EventBridge ------------------------------------------------------------------------------ */

/* Whether a pattern matches events of AWS's services alone; others come over a bus. */
static bool is_of_aws(const cJSON *pattern)
{
    const cJSON *const sources = tree_member(pattern, "source");
    bool all = sources != NULL && sources->child != NULL;
    for (const cJSON *s = sources == NULL ? NULL : sources->child; s != NULL; s = s->next)
        all = all && cJSON_IsString(s) && strncmp(s->valuestring, "aws.", 4) == 0;
    return all;
}

/* The pattern, which is JSON in a text in the API's answers. */
static bool pattern_is_of_aws(const cJSON *value)
{
    struct diagnostics unheard;
    if (!cJSON_IsString(value))
        return is_of_aws(value);
    diagnostics_init(&unheard);
    cJSON *const own = json_parse(value->valuestring, strlen(value->valuestring), "", &unheard);
    const bool result = is_of_aws(own);
    cJSON_Delete(own);
    diagnostics_finish(&unheard);
    return result;
}

struct item *read_rule(const struct source *source, const cJSON *object, const char *name)
{
    struct inventory *const inventory = source->inventory;
    const struct place place = source_place(source, object);
    const cJSON *const schedule = tree_member(object, "ScheduleExpression");
    const cJSON *const pattern = tree_member(object, "EventPattern");
    const char *const named = tree_text(object, "EventBusName");
    const char *const slash = named == NULL ? NULL : strstr(named, "event-bus/");
    const char *const bus = named == NULL ? "default" : slash == NULL ? named : slash + 10;
    char *const id = text_format("%s/%s", bus, name);
    struct item *const rule = inventory_item(inventory, ITEM_RULE, id, place);
    free(id);
    if (rule == NULL)
        return NULL;
    item_set_text(inventory, rule, "_bus", bus, place);
    if (schedule != NULL)
        item_set(inventory, rule, "_schedule", cJSON_Duplicate(schedule, 1), place);
    if (pattern != NULL)
        item_set(inventory, rule, "_of_aws", cJSON_CreateBool(pattern_is_of_aws(pattern)), place);
    if (is_disabled(object))
        item_set(inventory, rule, "_disabled", cJSON_CreateTrue(), place);
    return rule;
}

void read_rule_target(const struct source *source, const cJSON *at, const struct item *rule,
                      const char *to)
{
    char *const from = text_format("rule:%s", rule->id);
    add_subscription(source->inventory, from, to, source_place(source, at));
    free(from);
}

void read_rule_targets(const struct source *source, const cJSON *targets, const struct item *rule)
{
    static const char *const unused[] = {"DeadLetterConfig", "RetryPolicy", NULL};
    char shown[JSON_SHOWN_SIZE];
    char *const what = text_format("rule %s: its target", json_shown(rule->id, shown));
    for (const cJSON *t = targets == NULL ? NULL : targets->child; t != NULL; t = t->next) {
        const char *const arn = tree_text(t, "Arn");
        char *const to = read_target(source, t, arn != NULL ? arn : "a target without Arn", what,
                                     TARGET_OF_RULES);
        if (to != NULL)
            read_rule_target(source, t, rule, to);
        warn_unused(source, t, t, unused, what);
        free(to);
    }
    free(what);
}

/* A rule with one of its targets. */
static void settle_target(struct inventory *inventory, const struct item *rule, struct item *to,
                          struct item *subscription)
{
    const struct place place = subscription->place;
    const cJSON *const of_aws = item_get(rule, "_of_aws");
    char shown[JSON_SHOWN_SIZE];
    if (item_get(rule, "_schedule") != NULL)
        add_schedule(inventory, to, place, item_get(rule, "_schedule"));
    if (cJSON_IsTrue(of_aws)) {
        item_note(to, "EventBridge sends it events of AWS by %s:%ld.", place.file, place.line);
        if (to->kind == ITEM_FUNCTION)
            add_caller(inventory, to, place, "eventbridge");
    } else if (of_aws != NULL && to->kind == ITEM_STATE_MACHINE) {
        inventory_warning(inventory, place,
                          "rule %s: a bus that starts a state machine is not simulated; a workload "
                          "can stand for it",
                          json_shown(rule->id, shown));
    } else if (of_aws != NULL) {
        const char *const id = item_text(rule, "_bus");
        struct item *const bus = inventory_item(inventory, ITEM_BUS, id, rule->place);
        char *const from = text_format("event_bus:%s", id);
        if (bus != NULL && bus->notes == NULL)
            item_note(bus, "Named by a rule in %s:%ld.", rule->place.file, rule->place.line);
        inventory_warning(inventory, rule->place,
                          "rule %s: which share of its bus's events match is not known: all are "
                          "taken to (match_fraction)",
                          json_shown(rule->id, shown));
        if (bus != NULL)
            item_set_text(inventory, subscription, "_bus", from, place);
        free(from);
    }
}

void settle_rules(struct inventory *inventory)
{
    static const char prefix[] = "rule:";
    const size_t count = inventory->items[ITEM_SUBSCRIPTION];
    char shown[JSON_SHOWN_SIZE];
    for (size_t i = 0; i < count; i++) {
        struct item *const s = inventory->item[ITEM_SUBSCRIPTION][i];
        const char *const from = item_text(s, "_from");
        struct item *const to = find_target(inventory, item_text(s, "_to"));
        if (strncmp(from, prefix, sizeof prefix - 1) != 0 || to == NULL)
            continue;
        struct item *const rule = inventory_find(inventory, ITEM_RULE, from + sizeof prefix - 1);
        item_set(inventory, rule, "_aimed", cJSON_CreateTrue(), s->place);
        if (item_get(rule, "_disabled") == NULL)
            settle_target(inventory, rule, to, s);
    }
    for (size_t i = 0; i < inventory->items[ITEM_RULE]; i++) {
        const struct item *const rule = inventory->item[ITEM_RULE][i];
        const bool empty = item_get(rule, "_schedule") == NULL && item_get(rule, "_of_aws") == NULL;
        const char *const why = item_get(rule, "_disabled") != NULL ? "it is disabled"
                                : item_get(rule, "_aimed") == NULL
                                    ? "nothing that was imported names a target of it"
                                : empty ? "nothing that was imported says when it matches"
                                        : NULL;
        if (why != NULL)
            inventory_warning(inventory, rule->place, "rule %s: %s: left out",
                              json_shown(rule->id, shown), why);
    }
}
