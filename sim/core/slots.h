/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The elements of an array that grows, given out and taken back: what came back last goes out
 * first. Whoever keeps an index, not a pointer, may send things on that take another one. */
#ifndef CORE_SLOTS_H
#define CORE_SLOTS_H

#include <stddef.h>
#include <stdint.h>

struct slots {      /* all zero: none */
    uint32_t *free; /* a stack */
    size_t count, free_count;
};

/* Doubles them (at first 16); see slots_room. */
void *slots_grow(struct slots *slots, void *array, size_t size);
void slots_finish(struct slots *slots); /* the array is its owner's */

/* Room for one more in the array of elements of `size` bytes: returns it, moved if it was full. New
 * elements are zero. */
static inline void *slots_room(struct slots *slots, void *array, size_t size)
{
    return slots->free_count > 0 ? array : slots_grow(slots, array, size);
}

/* There must be room. */
static inline uint32_t slots_take(struct slots *slots)
{
    return slots->free[--slots->free_count];
}

static inline void slots_give_back(struct slots *slots, uint32_t index)
{
    slots->free[slots->free_count++] = index;
}

static inline size_t slots_used(const struct slots *slots)
{
    return slots->count - slots->free_count;
}

#endif
