/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The clock and the list of what happens next.
 *
 * Events run in order of time; events of the same time run in the order in which they were
 * scheduled. Both are packed in one 128-bit key (time 64 bits, sequence 40, slot 24), so an order
 * is one comparison and the heap holds keys only; what to do lies in the slot. An event cannot be
 * cancelled: whoever schedules one that may become stale puts a generation number in `arg`.
 *
 * Limits: 2^24 pending events, 2^40 events a run; both are checked and end the program with a
 * sentence. Nothing is allocated while the number of pending events does not reach a new maximum.
 */
#ifndef CORE_EVENT_QUEUE_H
#define CORE_EVENT_QUEUE_H

#include "core/int128.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)
#define NS_PER_MINUTE (60 * NS_PER_S)
#define NS_PER_HOUR (3600 * NS_PER_S)
#define TIME_NEVER INT64_MAX
#define TIME_FARTHEST INT64_C(4000000000000000000) /* 126 years: sums of two still fit */

/* A time or duration that was drawn or computed: whatever tail or number a user gives, it is at
 * most TIME_FARTHEST (as NAN is, of infinite parts) and cannot overflow the clock. */
static inline int64_t time_bounded(double ns)
{
    return ns < (double)TIME_FARTHEST ? (int64_t)ns : TIME_FARTHEST;
}

/* What an event does. `now_ns` is its time, `arg` what was given when it was scheduled. */
typedef void event_function(void *self, int64_t now_ns, uint64_t arg);

struct event_slot {
    event_function *run;
    void *self;
    uint64_t arg;
};

struct event_queue {
    uint128 *heap; /* 4-ary min-heap; heap[0] is a hole while `hole` */
    struct event_slot *slot;
    uint32_t *free_slot; /* stack of unused slots */
    size_t pending;      /* keys in the heap, the hole included */
    size_t capacity;
    size_t free_count;
    uint64_t sequence;
    int64_t now_ns;
    int64_t end_ns;  /* of the present event_queue_run */
    uint64_t events; /* run so far */
    bool hole;       /* the running event's place at the top waits for a successor */
};

void event_queue_init(struct event_queue *queue);
void event_queue_finish(struct event_queue *queue);

/* Will run `run(self, time, arg)` at `time_ns`, which must not be past. TIME_NEVER: no event. */
void event_schedule(struct event_queue *queue, int64_t time_ns, event_function *run, void *self,
                    uint64_t arg);

/* Runs every event up to and including `end_ns`, then sets the clock to `end_ns`. */
void event_queue_run(struct event_queue *queue, int64_t end_ns);
/* Ends it after the running event; the clock stays there. */
static inline void event_queue_stop(struct event_queue *queue)
{
    queue->end_ns = -1;
}

static inline int64_t event_now(const struct event_queue *queue)
{
    return queue->now_ns;
}

#endif
