/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `validate`: is this a scenario that would run? All errors at once; nothing is simulated. */
#include "commands/command.h"

#include "studies/plan.h"

#include <stdio.h>
#include <stdlib.h>

static int print_schema(void)
{
    char *const schema = scenario_schema();
    fputs(schema, stdout);
    free(schema);
    return EXIT_DONE;
}

static int validate(const struct options *options)
{
    struct diagnostics diagnostics;
    struct world world;
    struct scenario *scenario = NULL;
    int code = EXIT_DATA;
    if (options->schema)
        return print_schema();
    diagnostics_init(&diagnostics);
    if (world_load(&world, options->data_dir, &diagnostics) < 0)
        goto out;
    const struct scenario_overrides overrides = {.as_of = options->as_of,
                                                 .region = options->region};
    scenario = scenario_load(options->argument[0], world.limits, &overrides, &diagnostics);
    if (scenario == NULL)
        goto out;
    /* What only the data can tell: runtimes, keep-alive profiles, instance types. */
    for (size_t i = 0; i <= scenario->baselines; i++)
        plan_destroy(plan_create(scenario, &world, i > 0 ? &scenario->baseline[i - 1] : NULL, 0,
                                 &diagnostics));
    if (diagnostics.errors > 0)
        goto out;
    printf("%s: valid\n", options->argument[0]);
    code = EXIT_DONE;
out:
    print_diagnostics(&diagnostics, options->quiet);
    diagnostics_finish(&diagnostics);
    scenario_destroy(scenario);
    world_finish(&world);
    return code;
}

const struct command command_validate = {
    .name = "validate",
    .run = validate,
    .summary = "Check a scenario and say everything that is wrong with it.",
    .usage = "SCENARIO [--as-of DATE] [--region REGION] | --schema",
    .example = "lambdaplan validate data/scenarios/elb-to-kinesis.json",
    .accepts = "arS",
    .least_arguments = 1,
    .most_arguments = 1,
};
