/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Faults at given times, and how long backlogs take to drain after them.
 *
 * A fault begins, and ends where it has a length: its victims are told and do the rest. Around each
 * fault, and each outage of a downstream, the backlog of every mapping is watched: its level before
 * is the most of the minute before the fault, and the drain takes from the fault's end until the
 * backlog is back at that level. Faults that overlap are one trouble, from the first beginning to
 * the last end, named after the first. In the first ten seconds of a run there is no level before.
 * It is looked at each 0.6 s, later less often (a sixty-fourth of the time since the end), so that
 * a long drain costs few events.
 */
#ifndef AWS_FAULTS_H
#define AWS_FAULTS_H

#include "aws/part.h"
#include "aws/simulation.h"

enum fault_kind {
    FAULT_ERROR_RATE, /* of a function: `value` instead of its own */
    FAULT_SCALING,    /* new environments at `value` x the usual rate */
    FAULT_DEPLOY,     /* a function's environments are replaced: all are cold */
    FAULT_CONSUMER,   /* a mapping is disabled */
    FAULT_NONE,       /* only watched: a time of more traffic, say */
    FAULT_ZONE,       /* of `value` zones one is lost, with its share of the servers */
};

struct fault_config {
    enum fault_kind kind;
    int64_t at_ns, until_ns; /* until = at: it has no length */
    double value;
    int64_t delay_ns; /* FAULT_ZONE: until the group replaces what it lost */
    const char *name; /* of the function, mapping or group; NULL: all */
};

struct fault_victim {
    void (*strike)(void *self, const struct fault_config *fault, bool begins);
    void *self;
};

struct faults;

extern const struct part_class faults_class; /* struct faults */

struct faults *faults_create(struct simulation *simulation, const struct fault_config *fault,
                             size_t count);
/* Before anything runs: each fault of `kinds` (bits) that means `name` strikes the victim. NULL:
 * the victim sees by itself whom it means. */
void faults_expose(struct faults *faults, unsigned kinds, const char *name,
                   struct fault_victim victim);
/* What is behind a mapping, now. */
void faults_watch(struct faults *faults, const char *entity, uint64_t (*backlog)(void *self),
                  void *self);
/* That there is trouble of another kind between two times. */
void faults_trouble(struct faults *faults, const char *kind, int64_t at_ns, int64_t until_ns);
/* Once all victims, mappings and troubles are known. */
void faults_start(struct faults *faults);

#endif
