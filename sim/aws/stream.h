/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A Kinesis data stream: shards, what producers write into them, and the limits of writing and
 * reading. What a shard holds are cohorts (so many records between a first and a last arrival), not
 * records, so its cost grows with reads; an old backlog is kept ever more coarsely.
 *
 * Writing. A workload gives stretches of time with a number of records (arrivals.h); at the start
 * of a stretch they are dealt to the shards (multinomially, by the share of the hash range or of
 * the keys that a shard owns), and what has arrived in a shard since it was last looked at is drawn
 * when somebody looks (binomially: given their number, Poisson arrivals are independent and
 * uniform). Single records of a trace are placed one by one by the MD5 of their key. A shard takes
 * 1 MB/s and 1,000 records/s with a burst of one second; refused records are tried again by the
 * producer after `retry_delay_ns` and given up at `producer_max_age_ns`. In a PutRecords call of k
 * records those for one shard arrive together, as groups of the mean size.
 *
 * Reading. Readers share 5 calls/s and 2 MB/s a shard; a call returns up to 10,000 records and
 * 10 MB, and a large answer is paid off by later calls. A fan-out reader has 2 MB/s of its own.
 *
 * Resharding replaces all open shards at one instant by evenly split new ones; old ones are read to
 * their end first. On-demand mode reshards to a multiple of the highest minute so far,
 * `reshard_delay_ns` after it was seen.
 *
 * Sources: Kinesis Data Streams developer guide, "Quotas and limits", "Resharding", "On-demand".
 */
#ifndef AWS_STREAM_H
#define AWS_STREAM_H

#include "aws/arrivals.h"
#include "aws/destination.h"
#include "aws/part.h"
#include "aws/rate_limiter.h"
#include "aws/simulation.h"
#include "core/distribution.h"

#include <lambdaplan/usage.h>

enum {
    COHORT_POISON = 1,
    COHORT_KEYED = 2,
    COHORT_EVEN = 4, /* arrived at even distances */
    COHORT_SENT = 8, /* through stream_destination: its chain began before it was offered */
};

struct cohort {
    int64_t first_ns, last_ns; /* arrival in the shard; the others lie between */
    int64_t bytes;
    uint32_t records;
    uint32_t key;      /* if COHORT_KEYED: low bits of the hash of their common key */
    uint16_t workload; /* index in the stream's workloads */
    uint8_t flags;
    uint8_t hops;   /* as behind a stream: loop.h */
    int64_t age_ns; /* so long before its arrival each record's chain began; where cohorts of
                       different ages became one: of one of their records, drawn */
};

/* How many of its records are older than `horizon_ns`. */
uint32_t cohort_older(const struct cohort *cohort, int64_t horizon_ns);
/* Splits off the first `records` of a cohort; the rest stays. */
struct cohort cohort_split(struct cohort *cohort, uint32_t records);

struct stream_key_weight {        /* one known partition key of a workload */
    uint64_t hash_high, hash_low; /* MD5 */
    double weight;                /* share of the workload's records */
};

struct stream_workload_config {
    const char *name; /* NULL: none of the user's, what is sent to the stream: not reported */
    struct arrivals_config arrivals;
    struct distribution record_bytes;
    const struct stream_key_weight *key; /* NULL: records spread evenly over the hash range */
    size_t keys;
    uint32_t records_per_put;
    bool drop_on_throttle;
    int64_t producer_max_age_ns;
    const int64_t *poison_ns;                   /* times at which a poison record comes, rising */
    const struct stream_key_weight *poison_key; /* per poison record; weight 0: a random place */
    size_t poisons;
};

enum stream_kind {
    STREAM_KINESIS,
    STREAM_DYNAMODB, /* of a table: a shard for each partition, entity "table:NAME" */
};

struct stream_config {
    const char *name;
    enum stream_kind kind;
    bool paid_reads; /* of a table: by servers; Lambda's are free */
    uint32_t shard_count;
    int64_t retention_ns;
    bool on_demand;
    double on_demand_multiple; /* capacity, of the highest minute so far */
    const int64_t *update_ns;  /* UpdateShardCount calls, by rising time */
    const uint32_t *update_shard_count;
    size_t updates;
    const struct stream_workload_config *workload;
    size_t workloads;
    size_t sent; /* index of the workload that stands for what is sent to stream_destination */
    double write_records_per_s, write_bytes_per_s; /* of a shard */
    double read_calls_per_s, read_bytes_per_s;
    uint32_t read_max_records;
    int64_t read_max_bytes;
    int64_t put_unit_bytes; /* of a table: of a write capacity unit */
    int64_t retry_delay_ns;
    int64_t reshard_ns_per_shard, reshard_delay_ns;
};

struct stream;

struct shard_intake { /* what one workload still brings to one shard in the present stretch */
    uint64_t total, left;
    int64_t start_ns, end_ns;
    int64_t next_ns; /* first of those left */
    uint32_t group;
    bool even;
};

struct shard_reader;

struct shard {
    struct stream *stream;
    uint32_t index; /* over the stream's life */
    uint128 first_hash, last_hash;
    bool open;
    int64_t opened_ns, closed_ns; /* closed: when it is */
    struct cohort *log;           /* ring of 2^n */
    size_t log_head, log_count, log_capacity;
    uint64_t log_base;           /* number of the cohort at the head */
    struct shard_intake *intake; /* one a workload */
    int64_t known_ns;            /* arrivals are in the log up to here */
    double record_tokens, byte_tokens;
    /* Refused; first_ns: first try, last_ns: next try. A ring of 2^n, by next try. */
    struct cohort *retry;
    size_t retry_head, retries, retry_capacity;
    uint64_t retry_records; /* of them together */
    struct rate_limiter read_calls, read_bytes;
    struct shard_reader **reader;
    size_t readers;
    uint32_t shared_readers; /* those without enhanced fan-out */
    uint64_t records_in, bytes_in, write_throttles, read_throttles; /* since the warm-up */
    double put_units;                                               /* the same */
};

struct shard_reader {
    struct shard *shard;
    uint64_t position;  /* next cohort */
    struct cohort rest; /* of a cohort read in part; records 0: none */
    bool fan_out;
    int64_t delay_ns; /* records are there for this reader so long after their arrival */
    struct rate_limiter own_bytes; /* fan-out */
    double own_bytes_per_s;
    void (*wake)(struct shard_reader *reader, int64_t now_ns); /* something will arrive */
};

/* Who wants to know of new shards: a mapping. */
struct stream_consumer {
    void (*shard_opened)(struct stream_consumer *consumer, struct shard *shard);
    bool begun; /* false: it is yet to be created */
    bool fan_out;
    uint32_t lanes; /* it deals records to by key */
};

/* MD5 of a partition key as two halves of a 128-bit number. */
void stream_hash_key(const char *key, size_t length, uint64_t *ret_high, uint64_t *ret_low);

extern const struct part_class stream_class; /* struct stream */

struct stream *stream_create(struct simulation *simulation, const struct stream_config *config);
/* Takes single records, by the hash of their group; the time that their work takes is the
 * function's own. */
struct destination *stream_destination(struct stream *stream);
const struct stream_config *stream_configuration(const struct stream *stream);
const char *stream_entity(const struct stream *stream); /* who pays for its reads */
void stream_attach(struct stream *stream, struct stream_consumer *consumer);
void stream_start(struct stream *stream); /* after all consumers are attached */
/* An attached consumer begins now: brings the logs up to now, counts it as a fan-out consumer. */
void stream_begin(struct stream *stream, struct stream_consumer *consumer);
void stream_wake_readers(struct stream *stream);   /* the readers of its shards have changed */
size_t stream_shards(const struct stream *stream); /* all that ever were */
struct shard *stream_shard(struct stream *stream, size_t index);

/* For each of `lanes` the share of a workload's records in this shard whose key falls into it. */
void stream_lane_shares(const struct stream *stream, const struct shard *shard, size_t workload,
                        uint32_t lanes, double *ret);

/* At the shard's beginning. It shares the shard's reads with others from reader_begin to
 * reader_end. */
void shard_attach(struct shard *shard, struct shard_reader *reader);
void reader_begin(struct shard_reader *reader);
void reader_end(struct shard_reader *reader);
/* Brings the log up to `now_ns`. */
void shard_refresh(struct shard *shard, int64_t now_ns);
/* Passes over unread records that came before `horizon_ns`: their number. */
uint64_t reader_skip(struct shard_reader *reader, int64_t horizon_ns);
/* Unread records that are older than the retention are gone: their number. */
uint64_t reader_expire(struct shard_reader *reader, int64_t now_ns);
/* No other takes of the same calls and bytes: it knows when it may read, and is never refused. */
bool reader_is_alone(const struct shard_reader *reader);
/* May this reader call now? Takes the call when it may; counts a read throttle when others are the
 * reason that it may not. */
bool reader_admit(struct shard_reader *reader, int64_t now_ns);
/* The next unread cohort, at most `records` and `bytes` of it (of a whole answer's bytes at least
 * one record); records 0: nothing there, or no room for it. */
struct cohort reader_next(struct shard_reader *reader, int64_t now_ns, uint32_t records,
                          int64_t bytes);
bool reader_has_more(const struct shard_reader *reader);
/* Arrival of the first unread record, or of the next one to come (TIME_NEVER: `wake` will tell). */
int64_t reader_next_arrival(const struct shard_reader *reader);
/* When a reader that was not admitted, and is alone, may go on. */
int64_t reader_ready_ns(const struct shard_reader *reader);
/* Pays for `bytes` of one answer; returns until when it blocks the reads after it. */
int64_t reader_charge(struct shard_reader *reader, int64_t now_ns, int64_t bytes);
uint64_t reader_unread(const struct shard_reader *reader);
void reader_visit_unread(const struct shard_reader *reader,
                         void (*visit)(void *context, const struct cohort *cohort), void *context);
/* Lets go of cohorts that every reader has taken. */
void shard_trim(struct shard *shard);

void stream_count_read(struct stream *stream, int64_t bytes, bool fan_out);
/* A shared read brought records, the last of them so old. */
void stream_count_age(struct stream *stream, int64_t age_ns);

#endif
