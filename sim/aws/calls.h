/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The calls to downstreams that one kind of work makes, one after another, once its own part is
 * done: of a function's invocations, or of the same work on servers.
 */
#ifndef AWS_CALLS_H
#define AWS_CALLS_H

#include "aws/downstream.h"
#include "core/random.h"

#define CALLS_MOST 8 /* kinds of calls of one function: a bit each of struct environment */

struct call_config {
    size_t downstream; /* index */
    uint32_t count;
    bool per_record;      /* as many for each record of a batch */
    double share;         /* of invocations that make them */
    int64_t timeout_ns;   /* the caller's own, of each; TIME_NEVER: none */
    uint32_t connections; /* that an environment keeps */
};

struct calls {
    struct simulation *simulation;
    const struct call_config *config;
    size_t count;
    struct downstream **to; /* one for each; NULL: not connected yet */
    struct random_stream random;
};

/* Where one job stands; begins as all zero but for `records`. */
struct calls_progress {
    uint32_t records;
    uint32_t next; /* kind of call */
    uint64_t left; /* of the kind before it */
};

/* `entity` names the random stream. */
void calls_init(struct calls *calls, struct simulation *simulation, const char *entity,
                const struct call_config *config, size_t count);
void calls_finish(struct calls *calls);
/* `downstream`: the model's array. */
void calls_connect(struct calls *calls, struct downstream *const *downstream);

/* Makes the next call; false: there is none left. The caller gives up at `deadline_ns` at the
 * latest. */
bool calls_next(struct calls *calls, struct calls_progress *progress, int64_t deadline_ns,
                downstream_answered *answered, void *caller, uint64_t token);

/* Opens what an environment has not open yet; bit i of `open`: the connections of kind i. False:
 * one was refused. */
bool calls_open(struct calls *calls, uint8_t *open);
void calls_close(struct calls *calls, uint8_t open);

#endif
