/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Backlogs of mappings, and of queues that functions poll themselves: how large, when, and how long
 * until they were gone.
 *
 * Once a minute what waits before each of them (not what is worked on) is compared with what came
 * in the minute before, and in its batching window. A backlog stands while more waits than that; it
 * counts if it stood for five minutes. The measure and the five minutes are this program's own.
 * backlog_drain_s is the time from the largest one's peak on, 0 without any. One that is there at
 * the run's end has not ended: drain, time that it stood and, while it grows, peak are at least
 * what was seen; a drain that has not begun (the peak is in the last tenth of its time) counts with
 * all the time that it stood.
 */
#ifndef AWS_BACKLOGS_H
#define AWS_BACKLOGS_H

#include "aws/part.h"
#include "aws/simulation.h"

struct backlog_source {
    uint64_t (*waiting)(const void *self); /* now; cheap however much it is */
    uint64_t (*came)(const void *self);    /* since the run's beginning or the warm-up's end */
    const void *self;
};

struct backlogs;

extern const struct part_class backlogs_class; /* struct backlogs */

/* After what it is to watch: its minute and warm-up end after theirs. */
struct backlogs *backlogs_create(struct simulation *simulation);
/* Before anything runs; `entity` outlives it. */
void backlogs_watch(struct backlogs *backlogs, const char *entity, int64_t window_ns,
                    struct backlog_source source);

#endif
