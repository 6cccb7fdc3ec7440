/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void mem_exhausted(void)
{
    fputs("lambdaplan: out of memory\n", stderr);
    exit(1);
}

static void *checked(void *memory)
{
    if (memory == NULL)
        mem_exhausted();
    return memory;
}

void *mem_alloc(size_t count, size_t size)
{
    return checked(calloc(count > 0 ? count : 1, size > 0 ? size : 1));
}

void *mem_resize(void *old, size_t count, size_t size)
{
    if (size > 0 && count > SIZE_MAX / size)
        return checked(NULL);
    const size_t bytes = count * size;
    return checked(realloc(old, bytes > 0 ? bytes : 1));
}

char *mem_strdup(const char *text)
{
    return text == NULL ? NULL : checked(strdup(text));
}

void *mem_grow(void *old, size_t *capacity, size_t count, size_t size)
{
    if (count < *capacity)
        return old;
    size_t wanted = *capacity < 8 ? 8 : *capacity;
    while (wanted <= count) {
        if (wanted > SIZE_MAX / 2)
            return checked(NULL);
        wanted *= 2;
    }
    *capacity = wanted;
    return mem_resize(old, wanted, size);
}

void *mem_grow_ring(void *old, size_t *head, size_t *capacity, size_t count, size_t size)
{
    const size_t wanted = *capacity == 0 ? 4 : *capacity * 2, to_end = *capacity - *head;
    const size_t first = count < to_end ? count : to_end;
    char *const ring = mem_alloc(wanted, size);
    if (count > 0) {
        memcpy(ring, (const char *)old + *head * size, first * size);
        memcpy(ring + first * size, old, (count - first) * size);
    }
    free(old);
    *head = 0;
    *capacity = wanted;
    return ring;
}
