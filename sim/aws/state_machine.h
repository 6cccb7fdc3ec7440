/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A state machine of Step Functions: executions that go through a list of steps. A step invokes a
 * function and waits for it; or one function for each of a number of items, so many at once (Map);
 * or several functions at once (Parallel); or it waits for a time. A step is over when all that it
 * began is: the slowest of N decides. An item or branch may go through a list of steps of its own.
 *
 * A task that failed or was throttled is tried again after an interval that grows from try to try
 * (Amazon States Language, "Retry"). Without tries left the execution fails; what runs then runs to
 * its end, and no more begins. An Express execution that takes longer than five minutes has timed
 * out; that is noticed when its next step would begin or its last has ended.
 *
 * Lambda does not follow chains of functions through state machines (Lambda developer guide,
 * "Recursive loop detection": queues, topics and buckets): a task begins a new one.
 *
 * A transition is counted for each step that is executed, for each item and branch of one, and for
 * each retry (Step Functions pricing page: "each time a step of your workflow is executed",
 * "including retries"). Express executions are billed by duration, in 100 ms, and memory.
 */
#ifndef AWS_STATE_MACHINE_H
#define AWS_STATE_MACHINE_H

#include "aws/destination.h"
#include "aws/part.h"
#include "aws/simulation.h"
#include "aws/target.h"
#include "core/distribution.h"

#include <lambdaplan/usage.h>

enum state_machine_type {
    STATE_MACHINE_STANDARD,
    STATE_MACHINE_EXPRESS,
    STATE_MACHINE_CALLER, /* a program of one's own that calls and joins: nothing is billed */
};

enum step_kind { STEP_TASK, STEP_MAP, STEP_PARALLEL, STEP_WAIT };

struct step_list {
    const struct step_config *step;
    size_t steps;
};

struct step_config {
    enum step_kind kind;
    const size_t *function; /* indices; of a task and a map: one */
    size_t functions;
    const struct step_list *inner; /* per function: the steps that are there instead, if any; NULL:
                                      there are functions only */
    struct distribution items;     /* map; rounded */
    struct distribution work_ns;   /* map: each item draws it and does its share, if has_work */
    bool has_work;
    uint64_t max_concurrency; /* map; 0: all at once */
    int64_t wait_ns;
};

struct state_machine_config {
    const char *name;
    enum state_machine_type type;
    const struct step_config *step;
    size_t steps;
    uint32_t retries; /* of a task, after the first try */
    int64_t retry_interval_ns, retry_max_ns;
    double backoff_rate;
    int64_t transition_ns; /* that a step, item or branch takes to begin */
    int64_t longest_ns;    /* of an execution; 0: no limit */
    int64_t memory_mb;     /* Express: as billed */
    unsigned loop;         /* number (loop.h) of that which it is in */
};

struct state_machine;

extern const struct part_class state_machine_class; /* struct state_machine */

/* `target`: of each function of the model; outlives the machine. */
struct state_machine *state_machine_create(struct simulation *simulation,
                                           const struct state_machine_config *config,
                                           struct target *const *target);
/* Each message starts an execution. */
struct destination *state_machine_destination(struct state_machine *machine);

#endif
