/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Streams, by the keys of Kinesis's API reference (StreamDescription, StreamDescriptionSummary,
 * Shard) and of AWS::Kinesis::Stream. A shard is open while its SequenceNumberRange has no
 * EndingSequenceNumber.
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
#define HASH_KEYS 340282366920938463463374607431768211456.0 /* 2^128 */

static const char *const modes[] = {"PROVISIONED", "ON_DEMAND", NULL};
static const struct rule mode_rules[] = {
    {.from = "StreamMode", .kind = RULE_CHOICE, .to = "stream_mode", .choice = modes},
    {.from = NULL}};

static const struct rule stream_rules[] = {
    {.from = "ShardCount",
     .kind = RULE_NUMBER,
     .to = "shard_count",
     .minimum = 1,
     .maximum = 100000},
    {.from = "OpenShardCount",
     .kind = RULE_NUMBER,
     .to = "shard_count",
     .minimum = 1,
     .maximum = 100000},
    {.from = "RetentionPeriodHours",
     .kind = RULE_NUMBER,
     .to = "retention_period",
     .minimum = 24,
     .maximum = 8760},
    {.from = "StreamModeDetails", .kind = RULE_INSIDE, .inside = mode_rules},
    {.from = "EnhancedMonitoring",
     .kind = RULE_NOT_SIMULATED,
     .why = "shard metrics are not on the bill"},
    {.from = "DesiredShardLevelMetrics",
     .kind = RULE_NOT_SIMULATED,
     .why = "shard metrics are not on the bill"},
    IGNORE("Shards"),
    IGNORE("HasMoreShards"),
    IGNORE("StreamName"),
    IGNORE("Name"),
    IGNORE("StreamARN"),
    IGNORE("StreamId"),
    IGNORE("StreamStatus"),
    IGNORE("StreamCreationTimestamp"),
    IGNORE("EncryptionType"),
    IGNORE("StreamEncryption"),
    IGNORE("KeyId"),
    IGNORE("ConsumerCount"),
    IGNORE("Tags"),
    IGNORE("MaxRecordSizeInKiB"),
    IGNORE("WarmThroughput"),
    IGNORE("WarmThroughputObject"),
    IGNORE("WarmThroughputMiBps"),
    {.from = NULL},
};

char *stream_name_of(const char *text, bool *ret_consumer)
{
    struct arn arn;
    const char *name = arn_parse(text, &arn) ? arn.resource : text;
    name += strncmp(name, "stream/", 7) == 0 ? 7 : 0;
    const char *const consumer = strstr(name, "/consumer/");
    *ret_consumer = consumer != NULL;
    return consumer != NULL ? text_format("%.*s", (int)(consumer - name), name) : mem_strdup(name);
}

/* A decimal number below 2^128; what it loses as a double does not matter for comparing widths. */
static bool hash_key(const cJSON *range, const char *key, double *ret)
{
    const char *const text = tree_text(range, key);
    if (text == NULL || strspn(text, "0123456789") != strlen(text) || strlen(text) > 39)
        return false;
    *ret = strtod(text, NULL);
    return *ret <= HASH_KEYS;
}

void read_shards(const struct source *source, const cJSON *shards, struct item *stream)
{
    struct inventory *const inventory = source->inventory;
    const struct place place = source_place(source, shards);
    char shown[JSON_SHOWN_SIZE];
    double open = 0, narrowest = INFINITY, widest = 0, first, last;
    bool ranges = true;
    for (const cJSON *shard = shards->child; shard != NULL; shard = shard->next) {
        const cJSON *const range = tree_member(shard, "HashKeyRange");
        const cJSON *const sequence = tree_member(shard, "SequenceNumberRange");
        if (!cJSON_IsObject(shard) || tree_member(shard, "ShardId") == NULL) {
            inventory_warning(inventory, source_place(source, shard), "this is no shard: left out");
            continue;
        }
        if (tree_member(sequence, "EndingSequenceNumber") != NULL)
            continue;
        open++;
        if (!hash_key(range, "StartingHashKey", &first) ||
            !hash_key(range, "EndingHashKey", &last) || last < first) {
            ranges = false;
            inventory_warning(
                inventory, source_place(source, shard),
                "shard %s: its hash keys are not a range of 128-bit numbers; shards "
                "are taken as equally wide",
                json_shown(tree_text(shard, "ShardId") != NULL ? tree_text(shard, "ShardId") : "?",
                           shown));
            continue;
        }
        narrowest = fmin(narrowest, last - first);
        widest = fmax(widest, last - first);
    }
    if (open < 1 || open > 100000) {
        inventory_warning(inventory, place, "%.0f open shards are not from 1 to 100000: left out",
                          open);
        return;
    }
    item_set_number(inventory, stream, "shard_count", open, place);
    if (ranges && widest > 1.01 * narrowest)
        inventory_warning(inventory, place,
                          "stream %s: the widest open shard has %.3g times the hash keys of the "
                          "narrowest; shards are simulated as equally wide",
                          json_shown(stream->id, shown), widest / fmax(narrowest, 1));
}

struct item *read_stream(const struct source *source, const cJSON *object, const char *id)
{
    const struct place place = source_place(source, object);
    const char *const text = tree_text(object, "StreamARN");
    const cJSON *const shards = tree_member(object, "Shards");
    struct arn arn;
    char shown[JSON_SHOWN_SIZE];
    struct item *const item = inventory_item(source->inventory, ITEM_STREAM, id, place);
    if (item == NULL)
        return NULL;
    if (text != NULL && arn_parse(text, &arn))
        inventory_region(source->inventory, arn.region, place);
    char *const what = text_format("stream %s", json_shown(id, shown));
    rules_apply(source, stream_rules, object, item, what);
    if (cJSON_IsArray(shards)) {
        read_shards(source, shards, item);
        if (cJSON_IsTrue(tree_member(object, "HasMoreShards")))
            inventory_warning(source->inventory, place,
                              "%s: the answer leaves out further shards (HasMoreShards); import "
                              "list-shards or describe-stream-summary, too",
                              what);
    }
    item_note(item, "From %s:%ld.", place.file, place.line);
    free(what);
    return item;
}
