/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run that ended because a loop of functions fed itself without end. */
#ifndef ENGINE_RUNAWAY_H
#define ENGINE_RUNAWAY_H

#include "aws/model.h"
#include "plan/world.h"
#include "scenario/scenario.h"

/* An error that says which loop, what it has cost so far and, with `more` at its end, what to do;
 * nothing when there is none. */
void runaway_report(const struct model *model, const struct scenario *scenario,
                    const struct world *world, const char *more, struct diagnostics *diagnostics);

#endif
