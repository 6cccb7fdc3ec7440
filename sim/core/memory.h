/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Allocation that cannot return NULL: when memory is exhausted the program says so on standard
 * error and ends with exit code 1, because no caller could do better. */
#ifndef CORE_MEMORY_H
#define CORE_MEMORY_H

#include <stddef.h>

void *mem_alloc(size_t count, size_t size); /* zeroed; overflow-checked; free() it */
void *mem_resize(void *old, size_t count, size_t size);
char *mem_strdup(const char *text); /* NULL gives NULL */
_Noreturn void mem_exhausted(void); /* says so and ends the program */

/* Doubles `*capacity` (at least 8) until it is above `count`; returns the moved array. */
void *mem_grow(void *old, size_t *capacity, size_t count, size_t size);
/* A ring buffer whose `count` elements begin at `*head`, in twice the room (at first 4): returns
 * the moved ring, in which they begin at 0. */
void *mem_grow_ring(void *old, size_t *head, size_t *capacity, size_t count, size_t size);

#endif
