/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a model does with all of its parts alike: with a stream, a queue, a function. A new event
 * source defines one of these, and model.c creates it.
 *
 * Functions that a kind has no use for are NULL.
 */
#ifndef AWS_PART_H
#define AWS_PART_H

#include "aws/series.h"
#include "aws/simulation.h"

#include <lambdaplan/usage.h>

struct backlogs;
struct faults;

struct part_class {
    void (*destroy)(void *self);
    void (*reset)(void *self);       /* the warm-up is over: what came before is not counted */
    void (*tick)(void *self);        /* once a simulated minute */
    void (*settle)(void *self);      /* at the run's end, where no minute ends */
    void (*close)(void *self);       /* the run has ended, before anything is audited or reported */
    void (*audit)(const void *self); /* simulation_fail when a balance is broken */
    void (*report)(const void *self, const struct metric_sink *sink);
    void (*series)(void *self, struct series *series); /* what came since it was asked last */
    void (*usage)(const void *self, struct usage *usage);
    bool (*failed)(const void *self);    /* a trace broke off: reported by its owner */
    uint64_t (*lost)(const void *self);  /* work that was given up */
    uint64_t (*erred)(const void *self); /* of it, what a run of its own failed at */
    /* Before anything runs, to be registered: what may strike it, or what it waits with then … */
    void (*expose)(void *self, struct faults *faults);
    void (*watch)(void *self, struct backlogs *backlogs); /* … and what waits before it at all */
    /* Of the work that it brings to functions: theirs is not counted besides. */
    const struct histogram *(*latency)(const void *self);
};

struct part {
    const struct part_class *class;
    void *self;
};

#endif
