/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where work can be sent and left: a function's asynchronous queue, a queue, a topic, a stream.
 * Unlike a target, a destination always takes what is sent; what becomes of it is its own to count.
 */
#ifndef AWS_DESTINATION_H
#define AWS_DESTINATION_H

#include <stdbool.h>
#include <stdint.h>

struct tally;

/* No service takes more at once (all of them far less); 2^32 such messages can be added up. */
#define MESSAGE_BYTES_MAX 1e9

struct message {
    int64_t origin_ns;   /* when the first event of its chain entered the system */
    int64_t duration_ns; /* of the work at the function's reference memory; -1: drawn */
    int64_t bytes;       /* at most MESSAGE_BYTES_MAX */
    struct tally *tally; /* of the workload that it comes from; NULL: none */
    uint64_t group;      /* FIFO message group or partition key, hashed; 0: none */
    uint32_t hops;       /* functions that its chain has come through */
    uint32_t in_call;    /* messages of the producer's call that it is one of; 0: it is alone */
    bool poison;         /* whoever works on it fails */
};

struct destination {
    void (*send)(struct destination *self, const struct message *message); /* now */
};

static inline void destination_send(struct destination *destination, const struct message *message)
{
    destination->send(destination, message);
}

#endif
