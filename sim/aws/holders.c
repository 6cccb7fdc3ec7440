/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/holders.h"

#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void holders_add(struct holders *holders, struct holder *holder, const char *name,
                 const int64_t *in_use)
{
    *holder = (struct holder){
        .next = holders->first, .name = name, .in_use = in_use, .index = holders->count++};
    holders->first = holder;
}

void holder_finish(struct holder *holder)
{
    free(holder->held);
}

void holders_changed(struct holders *holders, struct holder *holder)
{
    const bool busy = *holder->in_use > 0;
    if (busy == holder->busy)
        return;
    holder->busy = busy;
    if (busy) {
        holder->busy_before = NULL;
        holder->busy_after = holders->busy;
        if (holders->busy != NULL)
            holders->busy->busy_before = holder;
        holders->busy = holder;
        return;
    }
    if (holder->busy_after != NULL)
        holder->busy_after->busy_before = holder->busy_before;
    *(holder->busy_before != NULL ? &holder->busy_before->busy_after : &holders->busy) =
        holder->busy_after;
}

void holders_refused(const struct holders *holders, struct holder *victim)
{
    if (victim->held == NULL)
        victim->held = mem_alloc(holders->count, sizeof *victim->held);
    for (const struct holder *h = holders->busy; h != NULL; h = h->busy_after)
        victim->held[h->index] += *h->in_use;
}

void holders_reset(const struct holders *holders, struct holder *victim)
{
    if (victim->held != NULL)
        memset(victim->held, 0, holders->count * sizeof *victim->held);
}

void holders_report(const struct holders *holders, const struct holder *victim, const char *entity,
                    const struct metric_sink *sink)
{
    double all = 0;
    char metric[96];
    for (size_t i = 0; victim->held != NULL && i < holders->count; i++)
        all += (double)victim->held[i];
    for (const struct holder *h = holders->first; h != NULL && all > 0; h = h->next) {
        if (victim->held[h->index] == 0)
            continue;
        snprintf(metric, sizeof metric, "throttled_while.%s", h->name);
        sink->put(sink->context, entity, metric, "ratio", (double)victim->held[h->index] / all);
    }
}
