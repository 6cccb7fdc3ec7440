/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One line on a terminal that says how far a run is: drawn after the first second, at most ten
 * times a second, erased at the end. To be called from one thread.
 */
#ifndef REPORTS_PROGRESS_H
#define REPORTS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum progress_mode {
    PROGRESS_AUTO, /* on a terminal that can move its cursor */
    PROGRESS_ALWAYS,
    PROGRESS_NEVER,
};

struct progress {
    FILE *stream; /* NULL: nothing is drawn */
    int64_t start_ns, part_ns, drawn_ns;
    char part[24]; /* " in round 2"; "" */
    bool shown;
};

/* `stream` is standard error; it stays the caller's. */
void progress_init(struct progress *progress, enum progress_mode mode, FILE *stream);
/* From now on fractions and the time left are of a part of the work: "round 2", the whole of which
 * nobody knows. NULL: of what is left of it. */
void progress_part(struct progress *progress, const char *part);
/* `fraction` 0..1 of the whole work or of its part; `label` "lambda, replication 2 of 5"; `events`
 * handled so far, 0 where there is nothing to count. Cheap enough for every few thousand events. */
void progress_update(struct progress *progress, double fraction, const char *label,
                     uint64_t events);
/* Since progress_init. */
double progress_elapsed_s(const struct progress *progress);
/* What helps against a wait of a minute or more, once some seconds have shown that it is one: fewer
 * replications, at least `least`. NULL: nothing; else free it. */
char *progress_advice(double elapsed_s, double fraction, unsigned replications, unsigned least);
/* Erases the line. May be called twice. */
void progress_finish(struct progress *progress);

#endif
