/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables: to the simulator streams with a shard for each partition, after the Kinesis ones. */
#include "plan/plan_internal.h"

#include <math.h>

static struct stream_config table_of(struct plan *p, const struct table_spec *spec, bool to_lambda)
{
    const double unit_bytes = limit(p, "dynamodb.write_unit_bytes");
    const double most = limit(p, "dynamodb.partition.write_units");
    const double provisioned =
        spec->write_capacity > 0 ? spec->write_capacity / spec->partitions : most;
    const double units = fmin(provisioned, most);
    const double answer_bytes = limit(p, "ddbstreams.GetRecords.max_bytes");
    const double calls =
        limit(p, "ddbstreams.readers_per_shard") / limit(p, "esm.dynamodb.base_poll_period");
    return (struct stream_config){.name = spec->name,
                                  .kind = STREAM_DYNAMODB,
                                  .paid_reads = !to_lambda,
                                  .shard_count = spec->partitions,
                                  .retention_ns = seconds(limit(p, "ddbstreams.retention") * 3600),
                                  .write_records_per_s = units,
                                  .write_bytes_per_s = units * unit_bytes,
                                  .read_calls_per_s = calls,
                                  .read_bytes_per_s = calls * answer_bytes,
                                  .read_max_records =
                                      (uint32_t)limit(p, "ddbstreams.GetRecords.max_records"),
                                  .read_max_bytes = (int64_t)answer_bytes,
                                  .put_unit_bytes = (int64_t)unit_bytes,
                                  .retry_delay_ns = seconds(limit(p, "producer.retry_delay"))};
}

void plan_tables(struct plan *p, bool to_lambda)
{
    const struct scenario *const s = p->scenario;
    for (size_t i = 0; i < s->tables; i++)
        plan_add_stream(p, table_of(p, &s->table[i], to_lambda),
                        (struct reference){.kind = ENTITY_TABLE, .index = i});
}

void plan_table_mapping(const struct plan *p, struct stream_poller_config *c)
{
    c->poll_period_ns = seconds(limit(p, "esm.dynamodb.base_poll_period"));
    c->envelope_bytes = (int64_t)limit(p, "esm.dynamodb.record_envelope");
    c->plain_data = true;
}
