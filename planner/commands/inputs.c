/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a command needs before it can simulate: the dated data and a scenario that fits them. */
#include "commands/inputs.h"

#include "pricing/meters.h"
#include "studies/plan.h"

#include <lambdaplan/money.h>

/* The user's own prices; a price that no meter asks for would be ignored in silence. */
static void apply_prices(const struct scenario *scenario, struct world *world,
                         struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < scenario->prices; i++) {
        const struct price_override_spec *const p = &scenario->price[i];
        money_pusd price;
        if (!money_parse(p->price_usd, &price))
            diagnostics_error(diagnostics, scenario->path, p->line,
                              "prices[%zu].price_usd: \"%s\" is not an amount in USD with at most "
                              "12 decimals",
                              i, p->price_usd);
        else if (!meter_bills(p->service, p->sku))
            diagnostics_error(diagnostics, scenario->path, p->line,
                              "prices[%zu]: nothing is billed by %s %s; `lambdaplan prices list` "
                              "names what is",
                              i, p->service, p->sku);
        else
            price_book_override(world->prices, p->service, p->sku, scenario->region, price);
    }
}

/* What only the data can tell: runtimes, keep-alive profiles, instance types. */
static void check_plans(const struct scenario *scenario, const struct world *world,
                        struct diagnostics *diagnostics)
{
    for (size_t i = 0; i <= scenario->baselines; i++)
        plan_destroy(plan_create(scenario, world, i > 0 ? &scenario->baseline[i - 1] : NULL, 0,
                                 diagnostics));
}

int inputs_load(struct inputs *ret, const struct options *options, struct diagnostics *diagnostics)
{
    const struct scenario_overrides overrides = {
        .as_of = options->as_of, .region = options->region, .seed = options->seed};
    *ret = (struct inputs){0};
    if (world_load(&ret->world, options->data_dir, diagnostics) < 0)
        return -1;
    if (options->prices != NULL &&
        price_book_add_file(ret->world.prices, options->prices, diagnostics) < 0)
        return -1;
    ret->scenario =
        scenario_load(options->argument[0], ret->world.limits, &overrides, diagnostics);
    if (ret->scenario == NULL)
        return -1;
    apply_prices(ret->scenario, &ret->world, diagnostics);
    check_plans(ret->scenario, &ret->world, diagnostics);
    return diagnostics->errors > 0 ? -1 : 0;
}

void inputs_finish(struct inputs *inputs)
{
    scenario_destroy(inputs->scenario);
    world_finish(&inputs->world);
}
