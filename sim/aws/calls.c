/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/calls.h"

#include "core/memory.h"

#include <stdlib.h>

void calls_init(struct calls *calls, struct simulation *simulation, const char *entity,
                const struct call_config *config, size_t count)
{
    *calls = (struct calls){.simulation = simulation, .config = config, .count = count};
    calls->to = mem_alloc(count, sizeof *calls->to);
    random_init(&calls->random, simulation->seed, simulation->replication, entity, "calls");
}

void calls_finish(struct calls *calls)
{
    free(calls->to);
}

void calls_connect(struct calls *calls, struct downstream *const *downstream)
{
    for (size_t i = 0; i < calls->count; i++)
        calls->to[i] = downstream[calls->config[i].downstream];
}

bool calls_next(struct calls *calls, struct calls_progress *progress, int64_t deadline_ns,
                downstream_answered *answered, void *caller, uint64_t token)
{
    while (progress->left == 0) {
        if (progress->next == calls->count)
            return false;
        const struct call_config *const c = &calls->config[progress->next++];
        if (c->share >= 1 || random_uniform(&calls->random) < c->share)
            progress->left = (uint64_t)c->count * (c->per_record ? progress->records : 1);
    }
    progress->left--;
    const size_t i = progress->next - 1;
    const int64_t now_ns = simulation_now(calls->simulation);
    const int64_t timeout_ns = calls->config[i].timeout_ns;
    const int64_t own_ns = timeout_ns < TIME_NEVER - now_ns ? now_ns + timeout_ns : TIME_NEVER;
    downstream_call(calls->to[i], own_ns < deadline_ns ? own_ns : deadline_ns, answered, caller,
                    token);
    return true;
}

bool calls_open(struct calls *calls, uint8_t *open)
{
    for (size_t i = 0; i < calls->count; i++) {
        if ((*open >> i & 1) != 0)
            continue;
        if (!downstream_connect(calls->to[i], calls->config[i].connections))
            return false;
        *open |= (uint8_t)(1u << i);
    }
    return true;
}

void calls_close(struct calls *calls, uint8_t open)
{
    for (size_t i = 0; i < calls->count; i++)
        if ((open >> i & 1) != 0)
            downstream_disconnect(calls->to[i], calls->config[i].connections);
}
