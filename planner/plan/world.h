/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The dated data that every study needs, loaded once. */
#ifndef PLAN_WORLD_H
#define PLAN_WORLD_H

#include "scenario/instances.h"
#include "scenario/limits.h"
#include "scenario/runtimes.h"
#include "scenario/scenario.h"

#include <lambdaplan/diagnostics.h>
#include <lambdaplan/price_book.h>

struct world {
    const char *data_dir;
    const char *prices_file; /* of the user, in the book already; NULL: none */
    struct limits *limits;
    struct runtimes *runtimes;
    struct instances *instances;
    struct price_book *prices;
};

/* 0, or -1 after errors; world_finish in both cases. `data_dir` must outlive the world. */
int world_load(struct world *ret, const char *data_dir, struct diagnostics *diagnostics);
void world_finish(struct world *world);

/* What a scenario that is studied in this world is checked against. */
struct scenario_data world_scenario_data(const struct world *world);

/* The scenario's own prices go before the book's. */
void world_apply_prices(struct world *world, const struct scenario *scenario);

#endif
