/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a command needs before it can simulate: the dated data and a scenario that fits them. */
#include "commands/inputs.h"

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
    ret->world.prices_file = options->prices;
    const struct scenario_data data = world_scenario_data(&ret->world);
    ret->scenario = scenario_load(options->argument[0], &data, &overrides, diagnostics);
    if (ret->scenario == NULL)
        return -1;
    world_apply_prices(&ret->world, ret->scenario);
    return 0;
}

void inputs_finish(struct inputs *inputs)
{
    scenario_destroy(inputs->scenario);
    world_finish(&inputs->world);
}
