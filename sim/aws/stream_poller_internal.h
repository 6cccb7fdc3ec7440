/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stream_poller.c (which shard is read when) and stream_lane.c (the batches of a shard, in
 * order) share. */
#ifndef AWS_STREAM_POLLER_INTERNAL_H
#define AWS_STREAM_POLLER_INTERNAL_H

#include "aws/chains.h"
#include "aws/stream_poller.h"

enum lane_state { LANE_IDLE, LANE_RUNNING, LANE_BACKING_OFF };

/* A part of a failed batch, after bisection; a batch that did not fail is one part. */
struct batch_part {
    uint32_t records;
    uint32_t failures;
};

#define PARTS_MAX 20 /* a batch of 10,000 is bisected at most 14 times */

struct lane {
    struct shard_reader_state *owner;
    struct cohort *queue; /* ring of 2^n: read and not yet done with, in order */
    size_t head, count, capacity;
    uint64_t records;
    int64_t bytes;
    enum lane_state state;
    int64_t started_ns;                 /* the batch that is in flight */
    int64_t window_end_ns;              /* of the present window, or of one that has passed */
    bool collecting;                    /* there are records, and an event will end the window */
    uint32_t throttles;                 /* in a row */
    int64_t first_try_ns, throttled_ns; /* of the batch */
    int64_t ended_ns, refused_ns;       /* of it: the run before; first refused since, or -1 */
    bool delivered;                     /* the batch was, once: what is left of it comes again */
    struct batch_part
        part[PARTS_MAX]; /* stack; the top one is tried next. Empty: no batch under way */
    unsigned parts;
    uint32_t poison_at; /* records before the poison record in the present try; UINT32_MAX: none */
    uint64_t generation;
};

struct shard_reader_state {
    struct shard_reader reader; /* first: the stream knows us by it */
    struct stream_poller *poller;
    struct lane *lane;
    double *lane_share; /* [workload][lane] */
    int64_t last_poll_ns;
    int64_t poll_at_ns; /* pending poll event; TIME_NEVER: none */
    uint64_t poll_generation;
    bool behind;
    int64_t paid_ns; /* its own last answer blocks it until then */
    int64_t idle_ns; /* since then its base reads bring nothing, and are skipped; TIME_NEVER */
    unsigned awaits; /* parents not yet read to their end, and the mapping's own beginning */
    bool finished;
};

struct poller_counts {
    uint64_t processed, discarded, expired, failed_to_destination;
    uint64_t destination_messages; /* about those failed_to_destination */
    uint64_t oversized;            /* of those discarded or sent to the destination */
    uint64_t skipped; /* came before the mapping's starting position, or expired before it began */
    uint64_t batches, retries, throttled, read_throttles, reads, bisections;
    uint64_t item_failures;         /* that functions listed */
    uint64_t empty_reads;           /* those that were skipped */
    uint64_t delivered, duplicated; /* records, each time; those that came again */
};

struct stream_poller {
    struct stream_consumer consumer; /* first: the stream knows us by it */
    struct simulation *simulation;
    const struct stream_poller_config *config;
    struct stream *stream;
    struct target *target;
    struct destination *on_failure; /* NULL: outside of the system, or none */
    char entity[96];
    struct random_stream random;
    struct shard_reader_state **reader;
    size_t readers;
    struct poller_counts count;
    bool stopped; /* disabled for now */
    struct histogram iterator_age, latency, batch_records;
    double latency_offset;     /* of histogram_add_spread */
    struct chains chains;      /* scratch: of the batch that is being sent */
    int128 busy_ns;            /* of batches that have ended, less before the warm-up's end */
    struct time_average lanes; /* of shards that it may read */
    uint64_t at_reset;         /* records not done with when the warm-up ended */
    int64_t found;             /* records that it found when it began, less those counted since */
    struct series_times minute_age, minute_function_age; /* of two metrics */
    char function[96];                                   /* entity; "": it is none */
};

void lane_init(struct lane *lane, struct shard_reader_state *owner);
void lane_finish(struct lane *lane);
void lane_push(struct lane *lane, const struct cohort *cohort);
/* Invokes with the next batch if the lane may. */
void lane_start(struct lane *lane, int64_t now_ns);
/* The mapping is enabled again: with what is left of a failed batch, or the next one. */
void lane_resume(struct lane *lane, int64_t now_ns);
void lane_visit(const struct lane *lane, void (*visit)(void *context, const struct cohort *cohort),
                void *context);

/* Plans the shard's next read, or finds that it is read to its end: a lane is free. */
void shard_reader_go_on(struct shard_reader_state *r);

#endif
