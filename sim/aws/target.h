/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where event sources send work: a function, or a fleet of servers that stands in for one. A source
 * calls `invoke`; it is either refused at once (throttled, queue full) or accepted, and then `done`
 * is called exactly once with the outcome.
 */
#ifndef AWS_TARGET_H
#define AWS_TARGET_H

#include <stdbool.h>
#include <stdint.h>

enum outcome { OUTCOME_SUCCESS, OUTCOME_ERROR, OUTCOME_TIMEOUT, OUTCOME_OUT_OF_MEMORY };

struct chains;
struct tally;

struct request {
    int64_t arrival_ns;          /* when the event entered its source: latency counts from here */
    int64_t origin_ns;           /* as in struct message; for a batch the first of its records' */
    const struct chains *chains; /* of a batch's records, only while `invoke` runs; NULL: all of
                                    them began at origin_ns */
    int64_t throttled_ns;        /* since its arrival: back-off after it was refused … */
    int64_t retried_ns; /* … and what failed runs and their back-off took; the rest is waiting */
    int64_t failed_ns;  /* when the run before failed; 0: none did */
    int64_t refused_ns; /* when it was first refused since then; -1: was not. If throttled_ns > 0 */
    int64_t duration_ns;    /* of the work at the function's reference memory; -1: drawn */
    struct tally *tally;    /* of its workload (tally.h), which the function fills; NULL: none */
    uint32_t records;       /* in the batch; 1 for a single event */
    uint32_t hops;          /* as in struct message; for a batch the most */
    uint32_t item_failures; /* of them it reports as failed, and succeeds: they are in no chain */
    bool fails;             /* holds a poison record: runs and ends in an error */
    bool queued;            /* from Lambda's own asynchronous queue: no cap on the request rate */
    void (*done)(void *source, uint64_t token, enum outcome outcome, int64_t now_ns); /* or NULL */
    void *source;
    uint64_t token;
};

struct target {
    bool (*invoke)(struct target *self, const struct request *request); /* false: refused */
};

static inline bool target_invoke(struct target *target, const struct request *request)
{
    return target->invoke(target, request);
}

#endif
