/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `validate`: is this a scenario that would run? All errors at once; nothing is simulated. */
#include "commands/inputs.h"

#include "reports/output_file.h"

#include <stdio.h>
#include <stdlib.h>

static int print_schema(void)
{
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    struct output *const out = output_to_stream(stdout, "standard output");
    char *const schema = scenario_schema();
    output_text(out, schema);
    free(schema);
    const int status = output_commit(&out, 1, &diagnostics);
    print_diagnostics(&diagnostics, false);
    diagnostics_finish(&diagnostics);
    return status == 0 ? EXIT_DONE : EXIT_DATA;
}

static int validate(const struct options *options)
{
    struct diagnostics diagnostics;
    struct inputs inputs;
    int code = EXIT_DATA;
    if (options->schema)
        return print_schema();
    diagnostics_init(&diagnostics);
    if (inputs_load(&inputs, options, &diagnostics) == 0) {
        printf("%s: valid\n", options->argument[0]);
        code = EXIT_DONE;
    }
    print_diagnostics(&diagnostics, options->quiet);
    diagnostics_finish(&diagnostics);
    inputs_finish(&inputs);
    return code;
}

const struct command command_validate = {
    .name = "validate",
    .run = validate,
    .summary = "Check a scenario and say everything that is wrong with it.",
    .usage = "SCENARIO [--as-of DATE] [--region REGION] | --schema",
    .example = "lambdaplan validate data/scenarios/elb-to-kinesis.json",
    .accepts = "arSP",
    .least_arguments = 1,
    .most_arguments = 1,
};
