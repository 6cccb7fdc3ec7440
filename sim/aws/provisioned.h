/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The books of provisioned concurrency whose amount changes with time, as Application Auto
 * Scaling's scheduled actions change it.
 *
 * The amount is a stack of layers: a rise puts one on top, a fall takes from the top. A layer is
 * billed from when it was asked for until it is given back, rounded up to the billing step (AWS
 * bills "from the time you enable it until it is disabled, rounded up to the nearest five minutes";
 * that a change of the amount ends and begins the part that changes only is an inference). Its
 * environments take requests when they have been prepared, which somebody else times.
 */
#ifndef AWS_PROVISIONED_H
#define AWS_PROVISIONED_H

#include "core/statistics.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A scheduled action of Application Auto Scaling. */
struct provisioned_action {
    int64_t at_ns; /* of the run; daily: of the day, which the run begins at 00:00 */
    bool daily;
    int64_t value; /* environments from then on */
};

struct provisioned_layer {
    int64_t since_ns, count;
    bool ready;
};

struct provisioned {
    struct provisioned_layer *layer;
    size_t layers, capacity;
    struct time_average amount; /* asked for, ready or not */
    int64_t step_ns;            /* of billing; 0: exact */
    int64_t measure_ns;
    int128 given_back_ns; /* environments x ns billed of what is there no more, since measure_ns */
};

/* `count` that are ready from time 0 on. */
void provisioned_init(struct provisioned *provisioned, int64_t count, int64_t step_ns);
void provisioned_finish(struct provisioned *provisioned);
void provisioned_reset(struct provisioned *provisioned, int64_t now_ns); /* the warm-up is over */

void provisioned_raise(struct provisioned *provisioned, int64_t now_ns, int64_t count);
/* How many of what was asked for at `since_ns` are ready now: less where some were given back. */
int64_t provisioned_prepare(struct provisioned *provisioned, int64_t since_ns);
/* Gives back `count`, no more than there are; returns how many of them were ready. */
int64_t provisioned_lower(struct provisioned *provisioned, int64_t now_ns, int64_t count);

/* Environments x ms to bill up to `now_ns`. */
int128 provisioned_billed_ms(const struct provisioned *provisioned, int64_t now_ns);

#endif
