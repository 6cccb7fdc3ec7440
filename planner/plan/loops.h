/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which functions may be reached again by what they send, and whether that may go on without end:
 * what the scenario says of a way round (count x probability of each emit, filters, items of a map)
 * makes at least one new event of each. What it does not say counts as the most that it can be: a
 * batch as one record, a failure as the rule. So a loop that is not found here ends by itself; of
 * one that is found the simulation counts what really goes round (aws/loop.h).
 *
 * Lambda stops a way round that it can follow and on which some function does not allow it. What it
 * stops is one loop, which ends; a way round that is inside of it and stays without end though
 * those functions end their chains is a loop of its own.
 *
 * A function that hands on a long task, or polls as long as there are messages, comes back to
 * itself, too, and ends with its work: it is no loop without end.
 */
#ifndef PLAN_LOOPS_H
#define PLAN_LOOPS_H

#include "scenario/scenario.h"

/* What a reader can do about one. */
#define LOOP_REMEDY                                                                                \
    "have each event that comes round send less than one on (emits: count x probability), or "     \
    "send it where nothing leads back; Lambda itself stops only loops over functions, queues and " \
    "topics, since 2023-07-13 and unless recursive_loop is \"Allow\""

struct function_loops {
    uint32_t round;   /* fewest functions on a way back to this one that Lambda sees; 0: none */
    bool *emit_loops; /* of its emits, those that go round its loop without end */
    bool success_loops, failure_loops, dead_letters_loop; /* the same of its destinations */
};

struct endless_loop {
    char *name; /* of the function with which `way` begins */
    char *way;  /* "function:f -> queue:q -> function:f": that by which the most comes back */
    unsigned functions; /* from which each comes back to itself through the others */
    bool blind;         /* it goes through something that Lambda's own detection does not follow */
    bool stopped;       /* by Lambda */
    unsigned within;    /* number of the stopped one of which it is a part; 0: of none */
};

struct loops {
    struct endless_loop *loop;
    size_t count;
    struct function_loops *function; /* of the scenario */
    size_t functions;
    uint32_t offset[ENTITY_KINDS + 1];
    unsigned *number; /* per entity: of its loop */
};

/* `lambda_looks`: Lambda stops loops (plan.h). */
void loops_find(struct loops *ret, const struct scenario *scenario, bool lambda_looks);
void loops_finish(struct loops *loops);

/* Of the innermost loop without end that an entity is in: 1 + its index; 0: in none. */
unsigned loops_of(const struct loops *loops, enum entity_kind kind, size_t index);

#endif
