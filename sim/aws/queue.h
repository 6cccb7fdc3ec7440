/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An SQS queue, standard or FIFO: messages that wait, are received, and are deleted or come back.
 *
 * A message becomes visible `delay_ns` after it was sent. A received one is in flight until it is
 * deleted or its visibility timeout ends; then it is visible again, behind the others (in a FIFO
 * queue: at its place). One older than the retention is gone. One that was received `max_receives`
 * times and comes up again is moved to the dead-letter queue: nobody calls SQS for that, so it is
 * no request, is not in NumberOfMessagesSent and (inferred) not delayed. In a standard queue it
 * stays as old as it was; its age as a metric, and in a FIFO queue its age, begins anew. A FIFO
 * queue gives out a message group only while none of its messages is in flight.
 *
 * What waits are cohorts: so many messages sent between a first and a last time. The longer a
 * standard queue, the larger its cohorts, so that neither memory nor time grow with what waits; a
 * short queue's cohorts are single messages. The groups of a FIFO queue are kept message by
 * message.
 *
 * Source: Amazon SQS developer guide ("Visibility timeout", "Dead-letter queues", "Setting-up
 * dead-letter queue retention", "FIFO queue delivery logic", "Quotas").
 */
#ifndef AWS_QUEUE_H
#define AWS_QUEUE_H

#include "aws/destination.h"
#include "aws/part.h"
#include "aws/simulation.h"

struct queue_config {
    const char *name;
    bool fifo;
    int64_t visibility_timeout_ns, retention_ns, delay_ns;
    int64_t max_receives;   /* 0: no dead-letter queue */
    uint64_t in_flight_max; /* then nothing more can be received */
    int64_t chunk_bytes;    /* of payload that count as one request: 64 KB */
    unsigned loop;          /* number (loop.h) of that which it is in */
};

/* Most of one ReceiveMessage, SendMessageBatch or DeleteMessageBatch. */
#define QUEUE_CALL_MESSAGES 10u

/* Messages that have all but their times and bytes in common. */
struct queued {
    int64_t first_ns, last_ns; /* sent; the others lie between */
    int64_t moved_ns;          /* a dead letter: when (the first) came here; -1: it was sent here */
    int64_t age_ns;            /* so long before it was sent each message's chain began; where
                                  different ones became one cohort: of one of them, drawn */
    int64_t bytes;             /* of all together */
    int64_t received_ns;       /* in a batch: its visibility counts from here */
    int64_t duration_ns;
    int64_t failed_ns, refused_ns; /* of the oldest: as in struct request */
    uint64_t group;
    uint32_t count, receives, hops;
    bool poison;
    uint16_t throttled; /* of the receives: its function took no more */
};

/* When the first, or last, of them came to the queue that they are in. */
static inline int64_t queued_first_ns(const struct queued *queued)
{
    return queued->moved_ns < 0 ? queued->first_ns : queued->moved_ns;
}

static inline int64_t queued_last_ns(const struct queued *queued)
{
    return queued->moved_ns < 0 ? queued->last_ns : queued->moved_ns;
}

/* What was received and is in flight. */
struct queue_batch {
    struct queued *part;
    size_t parts, capacity;
    uint32_t messages, calls; /* messages, and ReceiveMessage calls that it took */
    int64_t bytes;
    double requests;     /* that those calls are billed as */
    int64_t received_ns; /* the first of them */
    uint64_t group;      /* FIFO: the one group */
    bool full;           /* a message was left that does not fit into its bytes */
};

struct queue;

/* Who receives: told when something has become visible that was not there before. */
struct queue_consumer {
    void (*wake)(struct queue_consumer *consumer, int64_t now_ns);
};

extern const struct part_class queue_class; /* struct queue */

struct queue *queue_create(struct simulation *simulation, const struct queue_config *config);
struct destination *queue_destination(struct queue *queue);
/* Once all queues are there. NULL: dead letters are dropped. */
void queue_redrive(struct queue *queue, struct queue *dead_letters);
/* At most one consumer. */
void queue_attach(struct queue *queue, struct queue_consumer *consumer);

uint64_t queue_backlog(const struct queue *queue); /* delayed, visible or in flight */
const char *queue_entity(const struct queue *queue);
uint64_t queue_waiting(const void *queue); /* visible */
/* What became visible since the warm-up's end: was sent, when its delay was over, was moved in, or
 * came back. */
uint64_t queue_came(const void *queue);
uint64_t queue_visible(const struct queue *queue); /* that could be received now */

/* Up to `most` messages (at most 10 a call) and about `bytes` join the batch, and no more than may
 * be in flight; returns how many. `batch` has room for more of its group only, if it has begun. */
uint32_t queue_receive(struct queue *queue, struct queue_batch *batch, uint32_t most,
                       int64_t bytes);
/* DeleteMessageBatch: the whole batch, which is empty then. */
void queue_delete(struct queue *queue, struct queue_batch *batch);
/* The same of `messages` that the caller has taken out of a batch; the others keep their group. */
void queue_delete_part(struct queue *queue, uint32_t messages);
/* The visibility timeout of the batch has ended: what is in it is visible again. With `copy` the
 * batch, which may be a piece of another, keeps its parts: somebody still works on them. */
void queue_return(struct queue *queue, struct queue_batch *batch, bool copy);
/* As if the batch, received just now, had not been; it is empty then. Its messages may stand behind
 * others. */
void queue_undo(struct queue *queue, struct queue_batch *batch);
void queue_batch_finish(struct queue_batch *batch);

/* Long polls that ended without a message. */
void queue_count_empty(struct queue *queue, double receives);

#endif
