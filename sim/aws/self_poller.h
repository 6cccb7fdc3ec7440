/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A function that polls a queue itself, as was done before Lambda read queues (2018-06-28): it
 * stands before the function, and at the beginning of every invocation receives messages, by short
 * polls of at most ten each. The invocation works on what it received, deletes it after a success,
 * and after a failure leaves it to the visibility timeout. After a success it may call itself
 * again: always, or as long as there was something to do.
 *
 * A short poll of an empty queue ends at once; long polls are not modelled here.
 */
#ifndef AWS_SELF_POLLER_H
#define AWS_SELF_POLLER_H

#include "aws/part.h"
#include "aws/queue.h"
#include "aws/simulation.h"
#include "aws/target.h"

enum self_call { SELF_CALL_NEVER, SELF_CALL_WHILE_MESSAGES, SELF_CALL_ALWAYS };

struct self_poller_config {
    const char *function;   /* NULL: it polls nothing */
    uint32_t call_messages; /* most messages of a call: 1..10 */
    uint32_t calls;         /* most calls in an invocation: it ends with the first empty one */
    enum self_call again;
    unsigned loop;                 /* number (loop.h) of that which the function is in */
    int64_t visibility_timeout_ns; /* of the queue; not shorter than the function's timeout */
};

struct self_poller;

extern const struct part_class self_poller_class; /* struct self_poller */

struct self_poller *self_poller_create(struct simulation *simulation,
                                       const struct self_poller_config *config,
                                       struct target *target);
struct target *self_poller_target(struct self_poller *poller);
/* From the sending of messages to the end of the work on them. */
const struct histogram *self_poller_latency(const struct self_poller *poller);
/* Once everything is there: the queue, and the function's own asynchronous queue (NULL: it does not
 * call itself). */
void self_poller_connect(struct self_poller *poller, struct queue *queue, struct destination *self);

#endif
