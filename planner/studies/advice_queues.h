/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Queues, and Lambda's own queues of asynchronous events, that are not worked off: how much of what
 * came is still there, and why. */
#ifndef STUDIES_ADVICE_QUEUES_H
#define STUDIES_ADVICE_QUEUES_H

#include "plan/world.h"
#include "scenario/scenario.h"

#include <lambdaplan/result.h>

/* Adds to result->notes. */
void advise_on_queues(struct result *result, const struct scenario *scenario,
                      const struct world *world);

#endif
