/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The vocabulary of tables (Terraform's aws_dynamodb_table) as event sources, and what their
 * mappings may say. */
#include "scenario/internal.h"

#include <math.h>

#define T(member) AT(struct table_spec, member)
static const struct field table_fields[] = {
    {"write_capacity", FIELD_INTEGER, T(write_capacity), .initial = UNSET_NUMBER, .minimum = 1,
     .maximum = 1e9, .unit = "WCU", .dynamic = true,
     .doc = "Provisioned writes of 1 KB a second; default: each partition takes what it can."},
    {"size_gb", FIELD_NUMBER, T(size_gb), .maximum = 1e9, .unit = "GB",
     .doc = "What the table holds; more than 10 GB a partition makes more of them."},
    {"partitions", FIELD_INTEGER, STORE_UNSIGNED, T(partitions), .minimum = 1, .maximum = 100000,
     .dynamic = true,
     .doc = "Each has a shard in the table's stream; default: by write_capacity and size_gb, at "
            "least those of a new table."},
};

static void finish_table(struct reader *reader, const cJSON *json, void *base, uint64_t given)
{
    struct table_spec *const table = base;
    char first[16];
    (void)given;
    if (!reader_exists(reader, "since.dynamodb_streams"))
        reader_error(reader, json, NULL, "DynamoDB has streams that Lambda reads since %s",
                     reader_since(reader, "since.dynamodb_streams", first));
    if (table->partitions > 0)
        return;
    const double units = reader_limit(reader, "dynamodb.partition.write_units");
    const double gb = reader_limit(reader, "dynamodb.partition.gb");
    const double fresh = reader_limit(reader, "dynamodb.partitions.on_demand");
    const double by_writes = table->write_capacity > 0 ? table->write_capacity / units : fresh;
    const double wanted = ceil(fmax(by_writes, table->size_gb / gb));
    table->partitions = wanted < 100000 ? (unsigned)wanted : 100000;
}

const struct object object_table = {.name = "table",
                                    .doc = "A DynamoDB table whose stream functions read.",
                                    FIELDS(table_fields),
                                    .size = sizeof(struct table_spec),
                                    .finish = finish_table};

void checks_table_mapping(struct reader *reader, const cJSON *json,
                          const struct mapping_spec *mapping)
{
    static const char key[] = "esm.stream.BatchSize.max.dynamodb";
    char limit[READER_LIMIT_SIZE] = "";
    const double most = reader_limit(reader, key);
    if (mapping->batch_size > most)
        reader_error(reader, reader_member(json, "batch_size"), "batch_size",
                     "%u is above %.0f records%s", mapping->batch_size, most,
                     reader_limit_text(reader, key, limit));
    if (mapping->starting_position == START_AT_TIMESTAMP)
        reader_error(reader, reader_member(json, "starting_position"), "starting_position",
                     "a table's stream is read from TRIM_HORIZON or LATEST");
    if (mapping->enhanced_fan_out)
        reader_error(reader, reader_member(json, "enhanced_fan_out"), "enhanced_fan_out",
                     "is for Kinesis; a table's stream has two readers a shard");
}
