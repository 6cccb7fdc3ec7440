/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a result means for its reader: warnings that say what to do next, and what was simulated. */
#ifndef STUDIES_ADVICE_H
#define STUDIES_ADVICE_H

#include "plan/world.h"
#include "scenario/scenario.h"

#include <lambdaplan/result.h>

/* Adds to result->notes and result->fact; all options are evaluated. */
void advise(struct result *result, const struct scenario *scenario, const struct world *world);

#endif
