/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/slots.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

void *slots_grow(struct slots *slots, void *array, size_t size)
{
    const size_t old = slots->count;
    slots->count = old == 0 ? 16 : old * 2;
    slots->free = mem_resize(slots->free, slots->count, sizeof *slots->free);
    for (size_t i = slots->count; i-- > old;)
        slots_give_back(slots, (uint32_t)i);
    char *const grown = mem_resize(array, slots->count, size);
    memset(grown + old * size, 0, (slots->count - old) * size);
    return grown;
}

void slots_finish(struct slots *slots)
{
    free(slots->free);
    *slots = (struct slots){0};
}
