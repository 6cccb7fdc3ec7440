/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/event_queue.h"

#include "core/memory.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define SLOT_BITS 24
#define SEQUENCE_BITS 40
#define SLOT_MASK ((UINT64_C(1) << SLOT_BITS) - 1)

void event_queue_init(struct event_queue *queue)
{
    *queue = (struct event_queue){0};
}

void event_queue_finish(struct event_queue *queue)
{
    free(queue->heap);
    free(queue->slot);
    free(queue->free_slot);
    *queue = (struct event_queue){0};
}

static void give_up(const char *what)
{
    fprintf(stderr, "lambdaplan: %s; make the run shorter\n", what);
    exit(1);
}

static void grow(struct event_queue *queue)
{
    const size_t old = queue->capacity;
    const size_t wanted = old == 0 ? 64 : old * 2;
    if (wanted > SLOT_MASK + 1)
        give_up("more than 16,777,216 events are pending at once");
    queue->heap = mem_resize(queue->heap, wanted, sizeof *queue->heap);
    queue->slot = mem_resize(queue->slot, wanted, sizeof *queue->slot);
    queue->free_slot = mem_resize(queue->free_slot, wanted, sizeof *queue->free_slot);
    for (size_t i = wanted; i-- > old;)
        queue->free_slot[queue->free_count++] = (uint32_t)i;
    queue->capacity = wanted;
}

static void sift_up(uint128 *heap, size_t i, uint128 key)
{
    while (i > 0) {
        const size_t parent = (i - 1) / 4;
        if (heap[parent] < key)
            break;
        heap[i] = heap[parent];
        i = parent;
    }
    heap[i] = key;
}

static void sift_down(uint128 *heap, size_t n, uint128 key)
{
    size_t i = 0;
    for (;;) {
        const size_t first = 4 * i + 1;
        if (first >= n)
            break;
        const size_t last = first + 4 < n ? first + 4 : n;
        size_t least = first;
        uint128 least_key = heap[first];
        for (size_t child = first + 1; child < last; child++) {
            const uint128 child_key = heap[child];
            if (child_key < least_key) {
                least = child;
                least_key = child_key;
            }
        }
        if (key < least_key)
            break;
        heap[i] = least_key;
        i = least;
    }
    heap[i] = key;
}

void event_schedule(struct event_queue *queue, int64_t time_ns, event_function *run, void *self,
                    uint64_t arg)
{
    if (time_ns == TIME_NEVER)
        return;
    assert(time_ns >= queue->now_ns);
    if (queue->free_count == 0) /* the hole's slot is free already: the heap has room as well */
        grow(queue);
    const uint32_t slot = queue->free_slot[--queue->free_count];
    queue->slot[slot] = (struct event_slot){run, self, arg};
    if (queue->sequence >> SEQUENCE_BITS)
        give_up("more than 1,099,511,627,776 events in one run");
    const uint128 key = (uint128)(uint64_t)time_ns << 64 | (queue->sequence++ << SLOT_BITS | slot);
    if (queue->hole) { /* the successor takes the running event's place: one sift, not two */
        queue->hole = false;
        sift_down(queue->heap, queue->pending, key);
    } else {
        sift_up(queue->heap, queue->pending++, key);
    }
}

static void close_hole(struct event_queue *queue)
{
    queue->hole = false;
    queue->pending--;
    if (queue->pending > 0)
        sift_down(queue->heap, queue->pending, queue->heap[queue->pending]);
}

void event_queue_run(struct event_queue *queue, int64_t end_ns)
{
    queue->end_ns = end_ns;
    while (queue->pending > 0) {
        const uint128 key = queue->heap[0];
        const int64_t time_ns = (int64_t)(uint64_t)(key >> 64);
        if (time_ns > queue->end_ns)
            break;
        const uint32_t index = (uint32_t)((uint64_t)key & SLOT_MASK);
        const struct event_slot event = queue->slot[index];
        queue->free_slot[queue->free_count++] = index;
        queue->hole = true;
        queue->now_ns = time_ns;
        queue->events++;
        event.run(event.self, time_ns, event.arg);
        if (queue->hole)
            close_hole(queue);
    }
    if (queue->now_ns < queue->end_ns)
        queue->now_ns = queue->end_ns;
}
