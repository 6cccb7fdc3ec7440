/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Idle execution environments of one function, newest first.
 *
 * An environment that goes idle draws how long it would be kept; expiry needs no event, it is
 * found when the environment would be reused (or at the end). That is exact, because nothing else
 * depends on when an idle environment goes, and because a new environment is made only when every
 * idle one has been looked at. AWS does not document that the most recently used one is reused
 * first; recorded calls of 2020 (data/traces/pacslab-lambda-2020) do so wherever two were idle.
 *
 * Where all of a function's environments go together once none has run for a while, the caller sets
 * `all_until_ns` when the last one goes idle.
 */
#ifndef AWS_ENVIRONMENT_H
#define AWS_ENVIRONMENT_H

#include "core/event_queue.h"
#include "core/statistics.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct environment {
    int64_t created_ns;
    int64_t idle_since_ns;
    int64_t idle_until_ns; /* kept until then */
    int64_t dies_ns;       /* replaced after this age, whatever its use; TIME_NEVER: no limit */
    bool provisioned;
    bool needs_init; /* after a timeout or crash: the next invocation initialises again */
    uint8_t open;    /* connections, as in calls.h */
    uint32_t serial; /* of the function's, as they were made */
};

struct environment_pool {
    struct environment *idle; /* stack of on-demand environments */
    size_t count, capacity;
    int64_t all_until_ns; /* none of them is kept longer; TIME_NEVER: each has its own time only */
    struct environment *provisioned; /* stack: these stay */
    size_t provisioned_count, provisioned_capacity;
    int64_t measure_ns;
    int128 idle_ns;     /* of those that are no longer idle, since measure_ns */
    int128 alive_ns;    /* of those that have ended, since measure_ns */
    uint64_t ended;     /* since measure_ns */
    int128 lifespan_ns; /* of those, from creation to end */
    void (*on_end)(void *owner, const struct environment *environment); /* of each; or NULL */
    void *owner;
};

void environment_pool_init(struct environment_pool *pool);
void environment_pool_finish(struct environment_pool *pool);
void environment_pool_reset(struct environment_pool *pool, int64_t now_ns);

/* Books the end of an environment. */
void environment_end(struct environment_pool *pool, const struct environment *environment,
                     int64_t end_ns);

/* An idle provisioned environment; there is one. */
struct environment environment_take_provisioned(struct environment_pool *pool, int64_t now_ns);
/* The newest idle on-demand environment that is still kept; false: none is left. Either way one is
 * going to run, so that `all_until_ns` is over. */
bool environment_take(struct environment_pool *pool, int64_t now_ns, struct environment *ret);
void environment_put(struct environment_pool *pool, const struct environment *environment);

/* All idle on-demand ones end. */
void environment_pool_end(struct environment_pool *pool, int64_t now_ns);
/* Finds those that have gone by now. */
void environment_pool_sweep(struct environment_pool *pool, int64_t now_ns);

/* Idle time and life up to `now_ns`, those still idle included (their number in ret_idle); the
 * life of busy ones is the caller's. */
void environment_pool_account(const struct environment_pool *pool, int64_t now_ns,
                              int128 *ret_idle_ns, int128 *ret_alive_ns, size_t *ret_idle);

/* Mean life of those that have ended by `now_ns`, the unseen ones included; NAN: none has. */
double environment_pool_lifespan_ns(const struct environment_pool *pool, int64_t now_ns);

#endif
