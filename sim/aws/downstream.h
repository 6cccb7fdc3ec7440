/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A database or an API that functions call and wait for, and that is no part of the bill.
 *
 * It works on at most `max_concurrency` calls at once; others wait, first come first served, and
 * are refused when `queue_capacity` already wait: with Poisson calls and an exponential latency
 * that is M/M/c. A call takes its latency x (1 + slowdown x share of max_concurrency at work when
 * it begins, itself included), so that a loaded database is a slower one.
 *
 * Outages: in "error" a call fails at once (one that waits: when its turn comes); in "slow" its
 * latency is `factor` times as long; in "hang" it gets no answer before the outage ends, and then
 * takes its latency. Each strikes a call with probability `share`, drawn once for a call, when it
 * first meets the outage. Calls that had begun before are not touched.
 *
 * A caller gives up at a time of its own. The server does not notice: a call that it has begun is
 * worked on to its end; one that still waits is dropped when its turn comes (assumptions).
 *
 * Connections: an execution environment opens its connections with its first call and keeps them
 * until it ends; beyond `max_connections` a new one is refused. AWS documents that reserved
 * concurrency x connections per environment is what a database must bear (Lambda developer guide,
 * "Managing database connections").
 */
#ifndef AWS_DOWNSTREAM_H
#define AWS_DOWNSTREAM_H

#include "aws/part.h"
#include "aws/simulation.h"
#include "core/distribution.h"

enum outage_mode { OUTAGE_ERROR, OUTAGE_SLOW, OUTAGE_HANG };

struct downstream_outage {
    int64_t from_ns, until_ns;
    enum outage_mode mode;
    double factor; /* OUTAGE_SLOW */
    double share;  /* of calls */
};

struct downstream_config {
    const char *name;
    uint32_t max_concurrency; /* 0: as many as come */
    uint64_t queue_capacity;
    struct distribution latency_ns;
    double slowdown;
    int64_t max_connections;                /* 0: no limit */
    const struct downstream_outage *outage; /* by time; they do not overlap */
    size_t outages;
};

enum call_answer { ANSWER_FINE, ANSWER_ERROR, ANSWER_NONE }; /* none: the caller has given up */

typedef void downstream_answered(void *caller, uint64_t token, enum call_answer answer,
                                 int64_t now_ns);

struct downstream;

extern const struct part_class downstream_class; /* struct downstream */

struct downstream *downstream_create(struct simulation *simulation,
                                     const struct downstream_config *config);

/* `answered` is called once, later than this returns; with ANSWER_NONE at `give_up_ns`, which may
 * be TIME_NEVER. */
void downstream_call(struct downstream *downstream, int64_t give_up_ns,
                     downstream_answered *answered, void *caller, uint64_t token);

/* Who holds connections: is asked to release those of environments that have ended unseen. */
struct downstream_holder {
    void (*sweep)(void *self, int64_t now_ns);
    void *self;
};
void downstream_add_holder(struct downstream *downstream, struct downstream_holder holder);
bool downstream_connect(struct downstream *downstream, uint32_t connections); /* false: refused */
void downstream_disconnect(struct downstream *downstream, uint32_t connections);

#endif
