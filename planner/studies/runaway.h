/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run that ended because a loop of functions fed itself without end. */
#ifndef STUDIES_RUNAWAY_H
#define STUDIES_RUNAWAY_H

#include "aws/model.h"
#include "scenario/scenario.h"
#include "studies/world.h"

/* An error that says which loop, and what it has cost so far; nothing when there is none. */
void runaway_report(const struct model *model, const struct scenario *scenario,
                    const struct world *world, struct diagnostics *diagnostics);

#endif
