/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A loop: functions whose work may come back to them without end, each event that goes round making
 * one more or several. What is watched is long chains: events that have come through LONG_CHAIN
 * functions or more. For each of them that is worked on, how many are sent on?
 *
 * More than one: it feeds itself. After 100,000 of them, whatever they go through, the run is ended
 * as a runaway. One: every event from outside adds a chain that never ends, but the work grows no
 * faster than time; the run goes on, until so many wait, come at once or have come that it is
 * ended, too, and both counts are reported, for the reader to be told. Less than one: chains end by
 * themselves, and nothing is said. A batch may hold others, too, and send one for all of them: then
 * there are fewer and fewer events of long chains, down to the one that is always on its way. So
 * rounds (invocations for any of them) that are followed by another are counted, too.
 *
 * Loops that Lambda stops itself (developer guide, "Recursive loop detection") are bounded: of them
 * only too many events, waiting or in a minute, end a run.
 */
#ifndef AWS_LOOP_H
#define AWS_LOOP_H

#include "aws/part.h"
#include "aws/simulation.h"

#define LONG_CHAIN 4

struct loop_config {
    const char *name;   /* of the function with which `way` begins */
    const char *way;    /* "function:f -> stream:s -> function:f" */
    bool stopped;       /* by Lambda */
    unsigned functions; /* in it, at most LONG_CHAIN */
};

struct loop;

extern const struct part_class loop_class; /* struct loop */

struct loop *loop_create(struct simulation *simulation, const struct loop_config *config);

/* Of the model: `number` is 1 + its index; 0: NULL, of which nothing is counted. */
struct loop *loop_of(const struct simulation *simulation, unsigned number);

/* A function, or a map, sends an event on that has come through `hops` functions before: once they
 * are as many as the loop has, it came back. */
void loop_came(struct loop *loop, uint32_t hops);
/* Of long chains: a function is done with so many, … */
void loop_worked(struct loop *loop, double events);
/* … it sends so many on for them, … */
void loop_sent(struct loop *loop, double events);
/* … an invocation for any of them was a round of the loop, and sent some on, or none, … */
void loop_went_round(struct loop *loop, bool again);
/* … and so many wait, or are under way, at one place. */
void loop_waiting(struct loop *loop, const char *entity, uint64_t events);

/* Since the warm-up there were some, and hardly any came to an end. */
bool loop_is_endless(const struct loop *loop);

/* Until a run that runs away has ended, its loops send nothing more. */
static inline bool loop_is_cut(const struct loop *loop, const struct simulation *simulation)
{
    return loop != NULL && simulation_is_running_away(simulation);
}

static inline bool is_long_chain(uint32_t hops)
{
    return hops >= LONG_CHAIN;
}

/* Behind what Lambda's own detection does not follow its count begins anew; for the simulation a
 * long chain stays one. */
static inline uint32_t hops_behind(uint32_t hops)
{
    return hops < LONG_CHAIN ? hops : LONG_CHAIN;
}

#endif
