/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `import`: configuration that users hold becomes a scenario. */
#include "commands/command.h"

#include "imports/import.h"
#include "support/date.h"
#include "support/output_file.h"
#include "support/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RATE_MAX 1e9 /* per s, as in a scenario */

struct known {
    struct limits *limits;
    struct runtimes *runtimes;
    struct instances *instances;
};

static bool load_known(const char *data_dir, struct known *ret, struct diagnostics *diagnostics)
{
    ret->limits = limits_load(data_dir, diagnostics);
    ret->runtimes = runtimes_load(data_dir, diagnostics);
    ret->instances = instances_load(data_dir, diagnostics);
    return ret->limits != NULL && ret->runtimes != NULL && ret->instances != NULL;
}

static void finish_known(struct known *known)
{
    limits_destroy(known->limits);
    runtimes_destroy(known->runtimes);
    instances_destroy(known->instances);
}

static int parse_rate(const char *text, double *ret)
{
    char *end;
    *ret = 0;
    if (text == NULL)
        return 0;
    *ret = strtod(text, &end);
    if (end != text && *end == '\0' && *ret >= 0 && *ret <= RATE_MAX)
        return 0;
    complain("--assume-rate %s is not a number from 0 to 1e9 per s", text);
    return -1;
}

static bool to_stdout(const struct options *options)
{
    return options->output == NULL || strcmp(options->output, "-") == 0;
}

static int write_text(const struct options *options, const char *text,
                      struct diagnostics *diagnostics)
{
    struct output *const output = to_stdout(options)
                                      ? output_to_stream(stdout, "standard output")
                                      : output_open_file(options->output, diagnostics);
    if (output == NULL)
        return -1;
    output_text(output, text);
    return output_commit(&output, 1, diagnostics);
}

/* All files, so that all their mistakes are told in one go. */
static int read_files(const struct options *options, struct inventory *inventory)
{
    int result = 0;
    for (int i = 0; i < options->arguments; i++)
        if (import_file(inventory, options->argument[i]) < 0)
            result = -1;
    if (result == 0 && inventory->understood == 0) {
        diagnostics_error(inventory->diagnostics, NULL, 0,
                          "there is nothing in these files that a scenario could be made of");
        result = -1;
    }
    return result;
}

static int import(const struct options *options)
{
    struct diagnostics diagnostics;
    struct inventory inventory;
    struct known known = {0};
    char today[16];
    char *text = NULL;
    double rate;
    int code = EXIT_DATA;
    const size_t length = to_stdout(options) ? 1 : strlen(options->output);
    if (parse_rate(options->assume_rate, &rate) != 0)
        return EXIT_USAGE;
    if (length == 0 || (!to_stdout(options) && options->output[length - 1] == '/')) {
        complain("--output %s is not the name of a file", options->output);
        return EXIT_USAGE;
    }
    diagnostics_init(&diagnostics);
    inventory_init(&inventory, &diagnostics);
    date_format((int32_t)(time(NULL) / 86400), today);
    if (!load_known(options->data_dir, &known, &diagnostics) ||
        read_files(options, &inventory) != 0)
        goto out;
    const struct import_request request = {
        .data = {.limits = known.limits, .runtimes = known.runtimes, .instances = known.instances},
        .as_of = options->as_of,
        .today = today,
        .region = options->region,
        .merge = options->merge,
        .output = to_stdout(options) ? NULL : options->output,
        .rate_per_s = rate,
    };
    text = import_scenario(&inventory, &request);
    if (text != NULL && write_text(options, text, &diagnostics) == 0)
        code = EXIT_DONE;
out:
    print_diagnostics(&diagnostics, options->quiet);
    free(text);
    inventory_finish(&inventory);
    finish_known(&known);
    diagnostics_finish(&diagnostics);
    return code;
}

const struct command command_import = {
    .name = "import",
    .run = import,
    .summary = "Make a scenario of AWS CLI answers, templates, Terraform's plans and the like.",
    .usage = "FILE|FOLDER… [--merge SCENARIO] [--output FILE] [options]",
    .details = "NAME=FILE names what an answer does not name; files may be packed (.gz, .zst).",
    .example = "lambdaplan import data/templates/orders-sam.yaml --as-of 2024-01-01",
    .accepts = "OarGE",
    .least_arguments = 1,
    .most_arguments = -1,
};
