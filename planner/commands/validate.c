/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `validate`: is this a scenario that would run? All errors at once; nothing is simulated. */
#include "commands/inputs.h"

#include "scenario/limits.h"
#include "support/output_file.h"

#include <stdio.h>
#include <stdlib.h>

/* A text about the vocabulary, in new memory; NULL: there was an error. */
static int print_text(char *text, struct diagnostics *diagnostics)
{
    int status = -1;
    if (text != NULL) {
        struct output *const out = output_to_stream(stdout, "standard output");
        output_text(out, text);
        status = output_commit(&out, 1, diagnostics);
    }
    free(text);
    print_diagnostics(diagnostics, false);
    diagnostics_finish(diagnostics);
    return status == 0 ? EXIT_DONE : EXIT_DATA;
}

static int print_vocabulary(const struct options *options)
{
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    if (options->schema && options->keys) {
        complain("--schema and --keys are two texts: one at a time");
        return EXIT_USAGE;
    }
    if (options->schema)
        return print_text(scenario_schema(), &diagnostics);
    struct limits *const limits = limits_load(options->data_dir, &diagnostics);
    char *const keys = limits != NULL ? scenario_keys(limits) : NULL;
    limits_destroy(limits);
    return print_text(keys, &diagnostics);
}

static int validate(const struct options *options)
{
    struct diagnostics diagnostics;
    struct inputs inputs;
    int code = EXIT_DATA;
    if (options->schema || options->keys)
        return print_vocabulary(options);
    diagnostics_init(&diagnostics);
    if (inputs_check(&inputs, options, &diagnostics) == 0) {
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
    .usage = "SCENARIO [--as-of DATE] [--region REGION] | --keys | --schema",
    .example = "lambdaplan validate data/scenarios/elb-to-kinesis.json",
    .accepts = "arSKP",
    .least_arguments = 1,
    .most_arguments = 1,
};
