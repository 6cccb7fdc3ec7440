/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stream.c (the stream as a whole) and shard.c (the inside of a shard) share. */
#ifndef AWS_STREAM_INTERNAL_H
#define AWS_STREAM_INTERNAL_H

#include "aws/stream.h"

struct stream_counts {
    uint64_t offered; /* records that producers wanted to write */
    uint64_t records_in, bytes_in;
    uint64_t write_throttles; /* refused records, each try */
    uint64_t lost;            /* given up by producers */
    uint64_t read_throttles;
    double put_units; /* of a table: write capacity units */
};

struct workload {
    struct stream *stream;
    const struct stream_workload_config *config;
    uint16_t index;
    struct arrivals arrivals;
    bool ended;             /* no stretch comes any more */
    int64_t last_ns;        /* the last arrival up to now; 0: none */
    struct arrival stretch; /* the next one */
    int64_t end_ns;         /* of the present one, which is dealt out */
    bool even;
    struct random_stream random;
    bool constant_bytes;
    double mean_bytes, sd_bytes, mean_units, mean_kib;
    double *cumulative; /* weights of the keys, added up */
    double *share;      /* of the records, per open shard */
    uint64_t *dealt;    /* scratch */
};

struct stream {
    struct destination destination; /* first */
    struct simulation *simulation;
    const struct stream_config *config;
    char entity[96];
    int64_t retention_ns;
    struct random_stream random, chain_random;
    struct workload *workload;
    struct shard **shard; /* all that ever were; [first_open, count) are open */
    size_t count, first_open;
    struct stream_consumer **consumer;
    size_t consumers;
    uint32_t key_classes; /* keys that differ by a multiple of it share every consumer's lane */
    struct time_average open;
    struct time_average fan_out; /* open shards, once for each fan-out consumer that has begun */
    int64_t fan_outs;
    int64_t measure_ns;
    struct stream_counts total, minute, minute_done;
    double kib_in;
    int128 read_bytes, fan_out_bytes;
    struct histogram read_age; /* of the last record of each shared read that brought some */
    struct series_times minute_age;
    uint64_t retrying_at_reset;
    double peak_records_per_s, peak_bytes_per_s;
    double peak_demand; /* of a minute, in shards */
    bool reshard_pending, failed;
};

const struct stream_key_weight *stream_draw_key(struct workload *workload);
/* Bytes of `records` records together. */
int64_t workload_draw_bytes(struct workload *workload, uint64_t records);

/* A cohort comes in, whatever the limits. */
void shard_accept(struct shard *shard, const struct cohort *cohort);
/* A single record at the door: in, or refused. */
void shard_offer(struct shard *shard, const struct cohort *cohort, int64_t now_ns);
/* Adds to the end of the ring: `cohort` must not be due before the others. */
void shard_retry_later(struct shard *shard, const struct cohort *cohort);
struct cohort shard_take_retry(struct shard *shard); /* the one that is due first */
/* When the first of those left arrives. */
void shard_draw_next(struct shard *shard, struct shard_intake *intake, int64_t now_ns);

#endif
