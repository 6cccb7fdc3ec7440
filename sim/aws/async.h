/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lambda's queue for asynchronous invocations of one function (AWS Lambda developer guide,
 * "Asynchronous invocation"): an event is tried at once; a function error is retried twice, after
 * 1 and 2 minutes; a throttle puts it back with a delay that doubles from 1 s to 5 minutes; an
 * event older than 6 hours is given up. The queue is eventually consistent: now and then an event
 * is there twice. Lambda takes every event, so the retries of S3, SNS and others for a service that
 * refuses them never come into play.
 *
 * A record of what succeeded goes to the on-success destination. What is given up (after its
 * errors, of its age, or as one round too many of a loop) goes to the on-failure destination and to
 * the dead-letter queue, whichever there are; with neither it is lost: `expired` when it was too
 * old, `dropped` otherwise.
 *
 * An event of a chain that has come through more than `max_hops` functions is stopped (developer
 * guide, "Recursive loop detection").
 */
#ifndef AWS_ASYNC_H
#define AWS_ASYNC_H

#include "aws/destination.h"
#include "aws/part.h"
#include "aws/simulation.h"
#include "aws/target.h"

#include <stdbool.h>

struct async_config {
    int max_retry_attempts;    /* after function errors: 0..2 */
    int64_t max_event_age_ns;  /* 60 s .. 6 h */
    int64_t retry_delay_ns[2]; /* after the first and the second error */
    int64_t throttle_backoff_min_ns, throttle_backoff_max_ns;
    double duplicate_probability; /* of each event */
    int64_t record_bytes;         /* of what a destination gets, around the event itself */
    uint32_t max_hops;            /* 0: no end */
    unsigned loop;                /* number (loop.h) of that which the function is in */
    bool success_loops, failure_loops, dead_letters_loop; /* what goes there may come back */
};

struct async_queue;

extern const struct part_class async_class; /* struct async_queue */

struct async_queue *async_create(struct simulation *simulation, const struct async_config *config,
                                 const char *function, struct target *target);
struct destination *async_destination(struct async_queue *queue);
/* Where results go; NULL: nowhere. */
void async_connect(struct async_queue *queue, struct destination *on_success,
                   struct destination *on_failure, struct destination *dead_letters);

/* Events that the function still takes no more of at the end, and that have waited longer than any
 * that was served, count in `latency` with their wait so far. It outlives the queue's run. */
void async_count_waiting(struct async_queue *queue, struct histogram *latency);

/* Events that the function took no more of, which are tried again. */
uint64_t async_waiting(const void *queue);
/* Since the warm-up's end: tried for the first time, or the first time after an error. */
uint64_t async_came(const void *queue);

#endif
