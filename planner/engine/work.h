/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How much work tasks are, so that "time left" is honest: tasks of a study differ by orders of
 * magnitude where it varies traffic. What is expected to arrive is known before a task runs. How
 * much of its time goes with that, and how much does not, is learned from the tasks that have run:
 * by least squares, or in proportion as long as all of them were as large.
 */
#ifndef ENGINE_WORK_H
#define ENGINE_WORK_H

#include "scenario/scenario.h"

/* Arrivals per second in the long run, unscaled; NAN: counts, traces and schedules tell them. */
double work_mean_rate(const struct arrivals_spec *arrivals);
/* What the workloads of a run are expected to send, roughly; from counts and traces, whose number
 * nobody knows before they are read, one a second. */
double work_of(const struct scenario *scenario);

/* Tasks, or parts of them, and the sum of their work. */
struct work_sum {
    double tasks, work;
};

/* What tasks have taken. */
struct work_rate {
    double tasks, work, squares, seconds, products; /* sums */
};

void work_learn(struct work_rate *rate, double work, double seconds);
/* The part of the time of all that is `done`, 0..1. */
double work_part(const struct work_rate *rate, struct work_sum done, struct work_sum all);

#endif
