/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/chains.h"

#include "core/memory.h"

#include <stdlib.h>

void chains_add(struct chains *chains, int64_t first_ns, int64_t last_ns, uint32_t hops,
                uint32_t records)
{
    struct chain_stretch *const tail =
        chains->count > 0 ? &chains->stretch[chains->count - 1] : NULL;
    if (tail != NULL && tail->first_ns == last_ns && tail->last_ns == first_ns &&
        first_ns == last_ns && tail->hops == hops) { /* all at one time */
        tail->records += records;
        return;
    }
    chains->stretch =
        mem_grow(chains->stretch, &chains->capacity, chains->count, sizeof *chains->stretch);
    chains->stretch[chains->count++] = (struct chain_stretch){first_ns, last_ns, hops, records};
}

void chains_clear(struct chains *chains)
{
    chains->count = 0;
}

void chains_copy(struct chains *to, const struct chains *from)
{
    chains_clear(to);
    for (size_t i = 0; i < from->count; i++)
        chains_add(to, from->stretch[i].first_ns, from->stretch[i].last_ns, from->stretch[i].hops,
                   from->stretch[i].records);
}

void chains_finish(struct chains *chains)
{
    free(chains->stretch);
    *chains = (struct chains){0};
}

uint32_t chains_hops(const struct chains *chains, const struct chains_cursor *cursor)
{
    return chains->stretch[cursor->stretch].hops;
}

int64_t chains_began(const struct chains *chains, struct chains_cursor *cursor, uint64_t index)
{
    while (cursor->stretch + 1 < chains->count &&
           index - cursor->before >= chains->stretch[cursor->stretch].records)
        cursor->before += chains->stretch[cursor->stretch++].records;
    const struct chain_stretch *const s = &chains->stretch[cursor->stretch];
    const uint64_t at = index - cursor->before;
    if (at == 0 || s->records < 2)
        return s->first_ns;
    if (at >= s->records)
        return s->last_ns;
    return s->first_ns +
           (int64_t)((double)(s->last_ns - s->first_ns) * (double)at / (s->records - 1.0));
}
