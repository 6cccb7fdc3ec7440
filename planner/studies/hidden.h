/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where to look for crossings that hide each other. Lambda's cost rises with traffic, that of a
 * smallest group only where it takes another server, so that between two points of a curve Lambda
 * may become the dearer one and, at a jump of the group, the cheaper one again, unseen from both.
 * Whether it does is settled where Lambda costs as much as a whole number of servers: just above,
 * it is the dearer one if so many still serve; just below, the cheaper one if so many must.
 */
#ifndef STUDIES_HIDDEN_H
#define STUDIES_HIDDEN_H

#include "studies/curve.h"

/* One end: a traffic at which both serve. */
struct hidden_end {
    double traffic;
    double lambda_usd, baseline_usd; /* a month */
    unsigned size;                   /* servers */
};

/* The traffic to look at next, of several that nearest the middle; NAN: nothing hides between the
 * ends but what is closer together than CURVE_RESOLUTION. `line`: Lambda's cost is one between
 * them; else it is only known to rise, and the middle is looked at. */
double hidden_next(const struct hidden_end *low, const struct hidden_end *high, bool line);

#endif
