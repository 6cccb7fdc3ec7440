/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/line_sample.h"

#include "core/memory.h"

#include <stdlib.h>

#define KEPT ((size_t)1 << 14)
#define ROOM (4 * KEPT) /* each is kept twice at most, once sorted */

static int by_value(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Sorts, and keeps the smallest ones, each twice at most. How many different ones there are. */
static size_t condense(struct line_sample *s)
{
    size_t kept = 0, different = 0;
    if (s->count > 0)
        qsort(s->hash, s->count, sizeof *s->hash, by_value);
    for (size_t i = 0; i < s->count; i++) {
        const uint64_t hash = s->hash[i];
        if (s->from != 0 && hash >= s->from)
            break;
        const bool again = kept > 0 && s->hash[kept - 1] == hash;
        if (again && kept > 1 && s->hash[kept - 2] == hash)
            continue;
        if (!again && different == KEPT) {
            s->from = hash;
            break;
        }
        different += !again;
        s->hash[kept++] = hash;
    }
    s->count = kept;
    return different;
}

void line_sample_add(struct line_sample *s, uint64_t hash)
{
    if (s->from != 0 && hash >= s->from)
        return;
    if (s->count == ROOM)
        condense(s);
    s->hash = mem_grow(s->hash, &s->capacity, s->count, sizeof *s->hash);
    s->hash[s->count++] = hash;
}

void line_sample_merge(struct line_sample *s, const struct line_sample *part)
{
    if (part->from != 0 && (s->from == 0 || part->from < s->from))
        s->from = part->from;
    for (size_t i = 0; i < part->count; i++)
        line_sample_add(s, part->hash[i]);
}

double line_sample_repeated(struct line_sample *s)
{
    const size_t different = condense(s);
    return different == 0 ? 0 : (double)(s->count - different) / (double)different;
}

void line_sample_finish(struct line_sample *s)
{
    free(s->hash);
    *s = (struct line_sample){0};
}
