/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/line_set.h"

#include "core/memory.h"

#include <stdlib.h>

#define LEAST_SLOTS ((size_t)1024)

/* Where a hash is, or the empty slot where it belongs. */
static size_t find(const struct line_set *set, uint64_t hash)
{
    size_t at = (size_t)hash & (set->slots - 1);
    while (set->slot[at] != 0 && set->slot[at] != hash)
        at = (at + 1) & (set->slots - 1);
    return at;
}

static void grow(struct line_set *set)
{
    const struct line_set old = *set;
    set->slots = old.slots == 0 ? LEAST_SLOTS : 2 * old.slots;
    set->slot = mem_alloc(set->slots, sizeof *set->slot);
    for (size_t i = 0; i < old.slots; i++)
        if (old.slot[i] != 0)
            set->slot[find(set, old.slot[i])] = old.slot[i];
    free(old.slot);
}

bool line_set_add(struct line_set *set, uint64_t hash)
{
    const uint64_t kept = hash != 0 ? hash : 1;
    if (2 * set->count >= set->slots && set->count < LINE_SET_MAX)
        grow(set);
    const size_t at = find(set, kept);
    if (set->slot[at] != 0)
        return false;
    set->full = set->full || set->count == LINE_SET_MAX;
    if (set->full)
        return true;
    set->slot[at] = kept;
    set->count++;
    return true;
}

void line_set_finish(struct line_set *set)
{
    free(set->slot);
    *set = (struct line_set){0};
}
