/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Before anything is simulated: has everything that the scenario uses a price? */
#ifndef ENGINE_PRICE_CHECK_H
#define ENGINE_PRICE_CHECK_H

#include "plan/world.h"
#include "scenario/scenario.h"

/*
 * A price that is missing is an error at the first entity that needs it, in the words of the bill.
 * What a run uses only if it comes to that (surplus CPU credits, prices of higher tiers) is left to
 * the bill. The scenario's own prices are in the book.
 */
void price_check(const struct scenario *scenario, const struct world *world,
                 struct diagnostics *diagnostics);

#endif
