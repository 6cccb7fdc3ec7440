/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/world.h"

#include "pricing/meters.h"

#include <assert.h>
#include <gsl/gsl_errno.h>
#include <lambdaplan/money.h>

int world_load(struct world *ret, const char *data_dir, struct diagnostics *diagnostics)
{
    *ret = (struct world){.data_dir = data_dir};
    gsl_set_error_handler_off(); /* GSL would abort on extreme data; its results are checked */
    ret->limits = limits_load(data_dir, diagnostics);
    ret->runtimes = runtimes_load(data_dir, diagnostics);
    ret->instances = instances_load(data_dir, diagnostics);
    ret->prices = price_book_load(data_dir, diagnostics);
    return ret->limits == NULL || ret->runtimes == NULL || ret->instances == NULL ||
                   ret->prices == NULL
               ? -1
               : 0;
}

void world_finish(struct world *world)
{
    limits_destroy(world->limits);
    runtimes_destroy(world->runtimes);
    instances_destroy(world->instances);
    price_book_destroy(world->prices);
    *world = (struct world){0};
}

struct scenario_data world_scenario_data(const struct world *world)
{
    struct scenario_data data = {.limits = world->limits,
                                 .runtimes = world->runtimes,
                                 .instances = world->instances,
                                 .billed = meter_bills};
    data.region = price_book_regions(world->prices, &data.regions);
    return data;
}

void world_apply_prices(struct world *world, const struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->prices; i++) {
        const struct price_override_spec *const p = &scenario->price[i];
        money_pusd price;
        const bool good = money_parse(p->price_usd, &price);
        assert(good); /* TEXT_MONEY is narrower */
        price_book_override(world->prices, p->service, p->sku, scenario->region, price);
    }
}
