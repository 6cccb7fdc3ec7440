/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the designs of a study lose, in sentences: losses cost nothing, so that a search for what is
 * cheap finds them.
 */
#ifndef STUDIES_LOSSES_H
#define STUDIES_LOSSES_H

#include "engine/axis.h"

#include <lambdaplan/sweep.h>

/* Adds to the result's notes which designs run out of memory, and what the reference loses, unless
 * an objective counts losses. `designs`: of the result's points. */
void losses_tell(struct sweep_result *result, const struct designs *designs);

#endif
