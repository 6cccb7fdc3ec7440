/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How sure the place of a jump is: the traffic from which on a group of servers is too small. It is
 * where a metric meets its objective, and the metric has an interval: below the place's interval
 * that of every objective holds it, above it one misses. The ends are looked for outwards, by
 * doubled steps (not beyond what the curve knows already) and one step back, so that the interval
 * may be half as wide again as it need be, never narrower.
 */
#ifndef STUDIES_JUMP_H
#define STUDIES_JUMP_H

#include "studies/curve.h"

#define JUMP_STEP CURVE_RESOLUTION /* the first step */

struct jump {
    double burstiness;
    size_t baseline;
    unsigned size; /* enough at `below`, too small at `above`, both by their means */
    double below, above;
    double least, most; /* traffic of the curve */
    double low, high;   /* the answer; 0 and INFINITY: not sure up to that end of the curve */
};

enum study_status jumps_look_around(struct curve *curve, struct jump *jump, size_t count,
                                    struct diagnostics *diagnostics);

#endif
