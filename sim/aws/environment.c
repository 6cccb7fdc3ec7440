/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/environment.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

void environment_pool_init(struct environment_pool *pool)
{
    *pool = (struct environment_pool){.all_until_ns = TIME_NEVER};
}

void environment_pool_finish(struct environment_pool *pool)
{
    free(pool->idle);
    free(pool->provisioned);
    *pool = (struct environment_pool){0};
}

static int64_t kept_until(const struct environment_pool *pool, const struct environment *it)
{
    return it->idle_until_ns < pool->all_until_ns ? it->idle_until_ns : pool->all_until_ns;
}

static int64_t since(const struct environment_pool *pool, int64_t start_ns)
{
    return start_ns > pool->measure_ns ? start_ns : pool->measure_ns;
}

static int64_t span(const struct environment_pool *pool, int64_t start_ns, int64_t end_ns)
{
    const int64_t from = since(pool, start_ns);
    return end_ns > from ? end_ns - from : 0;
}

void environment_end(struct environment_pool *pool, const struct environment *environment,
                     int64_t end_ns)
{
    pool->alive_ns += span(pool, environment->created_ns, end_ns);
    if (pool->on_end != NULL)
        pool->on_end(pool->owner, environment);
    if (end_ns < pool->measure_ns)
        return; /* it had gone before the warm-up ended, unseen */
    pool->ended++;
    pool->lifespan_ns += end_ns - environment->created_ns;
}

struct environment environment_take_provisioned(struct environment_pool *pool, int64_t now_ns)
{
    const struct environment *const taken = &pool->provisioned[--pool->provisioned_count];
    pool->idle_ns += span(pool, taken->idle_since_ns, now_ns);
    return *taken;
}

bool environment_take(struct environment_pool *pool, int64_t now_ns, struct environment *ret)
{
    bool found = false;
    while (pool->count > 0 && !found) {
        const struct environment *const newest = &pool->idle[--pool->count];
        const int64_t until_ns = kept_until(pool, newest);
        found = until_ns > now_ns;
        pool->idle_ns += span(pool, newest->idle_since_ns, found ? now_ns : until_ns);
        if (found)
            *ret = *newest;
        else
            environment_end(pool, newest, until_ns);
    }
    pool->all_until_ns = TIME_NEVER;
    return found;
}

void environment_put(struct environment_pool *pool, const struct environment *environment)
{
    if (environment->provisioned) {
        pool->provisioned = mem_grow(pool->provisioned, &pool->provisioned_capacity,
                                     pool->provisioned_count, sizeof *pool->provisioned);
        pool->provisioned[pool->provisioned_count++] = *environment;
        return;
    }
    pool->idle = mem_grow(pool->idle, &pool->capacity, pool->count, sizeof *pool->idle);
    pool->idle[pool->count++] = *environment;
}

void environment_pool_sweep(struct environment_pool *pool, int64_t now_ns)
{
    size_t kept = 0;
    for (size_t i = 0; i < pool->count; i++) {
        const struct environment it = pool->idle[i];
        const int64_t until_ns = kept_until(pool, &it);
        if (until_ns > now_ns) {
            pool->idle[kept++] = it;
            continue;
        }
        pool->idle_ns += span(pool, it.idle_since_ns, until_ns);
        environment_end(pool, &it, until_ns);
    }
    pool->count = kept;
}

void environment_pool_end(struct environment_pool *pool, int64_t now_ns)
{
    environment_pool_sweep(pool, now_ns);
    for (size_t i = 0; i < pool->count; i++) {
        pool->idle_ns += span(pool, pool->idle[i].idle_since_ns, now_ns);
        environment_end(pool, &pool->idle[i], now_ns);
    }
    pool->count = 0;
}

void environment_pool_reset(struct environment_pool *pool, int64_t now_ns)
{
    environment_pool_sweep(pool, now_ns); /* so that the stack holds only living ones */
    pool->measure_ns = now_ns;
    pool->idle_ns = 0;
    pool->alive_ns = 0;
    pool->ended = 0;
    pool->lifespan_ns = 0;
}

void environment_pool_account(const struct environment_pool *pool, int64_t now_ns,
                              int128 *ret_idle_ns, int128 *ret_alive_ns, size_t *ret_idle)
{
    int128 idle_ns = pool->idle_ns, alive_ns = pool->alive_ns;
    size_t idle = pool->provisioned_count;
    for (size_t i = 0; i < pool->count; i++) {
        const struct environment *const it = &pool->idle[i];
        const bool alive = kept_until(pool, it) > now_ns;
        const int64_t end_ns = alive ? now_ns : kept_until(pool, it);
        idle_ns += span(pool, it->idle_since_ns, end_ns);
        alive_ns += span(pool, it->created_ns, end_ns);
        idle += alive;
    }
    for (size_t i = 0; i < pool->provisioned_count; i++) {
        idle_ns += span(pool, pool->provisioned[i].idle_since_ns, now_ns);
        alive_ns += span(pool, pool->provisioned[i].created_ns, now_ns);
    }
    *ret_idle_ns = idle_ns;
    *ret_alive_ns = alive_ns;
    *ret_idle = idle;
}

double environment_pool_lifespan_ns(const struct environment_pool *pool, int64_t now_ns)
{
    int128 lifespan_ns = pool->lifespan_ns;
    uint64_t ended = pool->ended;
    for (size_t i = 0; i < pool->count; i++) {
        const struct environment *const it = &pool->idle[i];
        if (kept_until(pool, it) > now_ns)
            continue;
        lifespan_ns += kept_until(pool, it) - it->created_ns;
        ended++;
    }
    return ended > 0 ? (double)lifespan_ns / (double)ended : NAN;
}
