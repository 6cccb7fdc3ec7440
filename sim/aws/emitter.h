/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a function does besides its work: it stands between those who call a function (or the
 * servers that do its work) and the function, lets every request through, and at the end of one
 * sends messages on.
 *
 * Emits: a number of messages for each invocation or for each record of its batch, with a
 * probability, when it succeeded or when it failed. (One that ran into its timeout or out of memory
 * sends nothing.) Messages keep the time at which their chain began: those of a record that of
 * their record's, those of an invocation the first of its batch's. They count the functions that it
 * came through. From there to the end of the work is the end-to-end time, of every record of a
 * batch.
 *
 * Hand-on: a task that takes longer than `hand_on_after_ns` stops there and calls its own function
 * asynchronously with the rest; what it emits, it emits at the end of the last part.
 *
 * Loops. A request of a chain that has come through more than `max_hops` functions is stopped: it
 * is taken and never runs (Lambda developer guide, "Recursive loop detection"). What goes round a
 * loop that may never end is counted (loop.h), and apart from others the invocations that are
 * mostly for records of long chains.
 */
#ifndef AWS_EMITTER_H
#define AWS_EMITTER_H

#include "aws/destination.h"
#include "aws/part.h"
#include "aws/simulation.h"
#include "aws/target.h"
#include "core/distribution.h"

struct emit_config {
    bool per_record;           /* else per invocation */
    bool on_failure;           /* else after a success */
    double probability;        /* of each invocation or record */
    struct distribution count; /* messages then; a fraction is a probability of one more */
    struct distribution bytes; /* of each */
    uint32_t in_call;          /* most messages of one call to the destination */
    bool loops;                /* what it sends may come back to this function: `loop` counts it */
};

struct emitter_config {
    const char *function;
    const struct emit_config *emit;
    size_t emits;
    int64_t hand_on_after_ns;               /* at the reference memory; 0: never */
    int64_t hand_on_overhead_ns;            /* of each part but the first; shorter than a part */
    const struct distribution *duration_ns; /* of the whole task; if it is handed on */
    uint32_t max_hops;                      /* 0: no end */
    unsigned loop;                          /* number (loop.h) of that which the function is in */
    bool end_to_end; /* report the time from the beginning of the chain to the end of the work */
};

struct emitter;

extern const struct part_class emitter_class; /* struct emitter */

struct emitter *emitter_create(struct simulation *simulation, const struct emitter_config *config,
                               struct target *target);
struct target *emitter_target(struct emitter *emitter);
/* From the beginning of a task to its end, where the function hands tasks on; else NULL. */
const struct histogram *emitter_latency(const struct emitter *emitter);
/* Once everything is there: where each of the emits goes, and, if it is handed on, the function's
 * own asynchronous queue. Copies the list. */
void emitter_connect(struct emitter *emitter, struct destination *const *to,
                     struct destination *self);

#endif
