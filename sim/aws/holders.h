/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who held the account's unreserved concurrency when a function was refused because all of it was
 * in use. Each time, the parts of those that hold some are added up: a walk over no more functions
 * than the concurrency has units, however many there are.
 */
#ifndef AWS_HOLDERS_H
#define AWS_HOLDERS_H

#include "aws/simulation.h"

/* A function without a reservation: part of one, in the account's list. */
struct holder {
    struct holder *next;
    struct holder *busy_before, *busy_after;
    bool busy;
    const char *name;
    const int64_t *in_use; /* of the unreserved concurrency, now */
    size_t index;
    int64_t *held; /* by each while this one was refused; NULL: it never was */
};

struct holders {
    struct holder *first; /* all */
    struct holder *busy;  /* those that hold some now, in no order */
    size_t count;
};

/* Before anything runs. */
void holders_add(struct holders *holders, struct holder *holder, const char *name,
                 const int64_t *in_use);
void holder_finish(struct holder *holder);

/* After each change of what *in_use says. */
void holders_changed(struct holders *holders, struct holder *holder);
void holders_refused(const struct holders *holders, struct holder *victim);
void holders_reset(const struct holders *holders, struct holder *victim);
/* "throttled_while.NAME": NAME's share of the concurrency when the victim was refused. */
void holders_report(const struct holders *holders, const struct holder *victim, const char *entity,
                    const struct metric_sink *sink);

#endif
