/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `diff`: what a change of a scenario does to cost, objectives and metrics, and whether it stays
 * within a budget: of two folders of results, or of two scenarios that are simulated here. */
#include "commands/inputs.h"
#include "commands/publish.h"

#include "core/memory.h"
#include "reports/diff_exporters.h"
#include "studies/diff.h"
#include "studies/result_reader.h"
#include "studies/study.h"
#include "support/csv.h"
#include "support/folder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- what is allowed -------------------------------------------------------------------------- */

static int take_limits(struct diff_limits *ret, const struct options *options)
{
    double percent = NAN;
    const char *const increase = options->max_increase;
    const size_t length = increase == NULL ? 0 : strlen(increase);
    *ret = (struct diff_limits){.option = options->study.option != NULL ? options->study.option
                                                                        : "lambda",
                                .has_budget = options->budget != NULL,
                                .has_increase = increase != NULL};
    if (ret->has_budget && !money_parse(options->budget, &ret->budget)) {
        complain("--budget %s is no amount in USD, such as 500 or 99.50", options->budget);
        return -1;
    }
    if (ret->has_increase) {
        char number[40] = "";
        if (length > 1 && length <= sizeof number && increase[length - 1] == '%')
            memcpy(number, increase, length - 1);
        if (!csv_to_double(number, &percent) || percent < 0) {
            complain("--max-increase %s is no percentage, such as 5%%", increase);
            return -1;
        }
        ret->max_increase = percent / 100;
    }
    return 0;
}

/* --- two scenarios ---------------------------------------------------------------------------- */

/* Bills point into the price books of the worlds that they were made in. */
struct scenarios {
    struct inputs before, after;
};

struct run {
    struct progress progress;
    unsigned done; /* of the two */
};

static bool keep_on(void *context, double fraction, const char *label, uint64_t events)
{
    struct run *const run = context;
    progress_update(&run->progress, (run->done + fraction) / 2, label, events);
    return !interrupted();
}

/* One luck for both. */
static void align(struct inputs *before, struct inputs *after, const struct options *options,
                  struct diagnostics *diagnostics)
{
    unsigned const was = before->scenario->run.replications;
    unsigned const is = after->scenario->run.replications;
    const unsigned replications = study_replications(&options->study, was > is ? was : is);
    before->scenario->run.replications = after->scenario->run.replications = replications;
    if (before->scenario->run.seed == after->scenario->run.seed)
        return;
    diagnostics_warning(diagnostics, after->path, 0,
                        "run.seed is another one than that of %s: both run with %llu, so that "
                        "they meet the same luck",
                        before->path, (unsigned long long)before->scenario->run.seed);
    after->scenario->run.seed = before->scenario->run.seed;
}

static enum study_status simulate_both(struct diff_result *ret, const struct inputs *before,
                                       const struct inputs *after, const struct options *options,
                                       struct diagnostics *diagnostics)
{
    struct run run = {.done = 0};
    const struct study_hooks hooks = {.keep_on = keep_on, .context = &run, .jobs = options->jobs};
    progress_init(&run.progress, options->progress, stderr);
    enum study_status status =
        study_run(&ret->before, before->scenario, &before->world, &hooks, diagnostics);
    run.done = 1;
    if (status == STUDY_DONE)
        status = study_run(&ret->after, after->scenario, &after->world, &hooks, diagnostics);
    progress_finish(&run.progress);
    ret->paired = true;
    return status;
}

static int run_scenarios(struct diff_result *ret, struct scenarios *scenarios,
                         const struct options *options, struct diagnostics *diagnostics)
{
    struct inputs *const before = &scenarios->before, *const after = &scenarios->after;
    struct options second = *options;
    second.argument++;
    if ((inputs_load(before, options, diagnostics) | inputs_load(after, &second, diagnostics)) < 0)
        return EXIT_DATA;
    align(before, after, options, diagnostics);
    poll_interruption();
    switch (simulate_both(ret, before, after, options, diagnostics)) {
    case STUDY_DONE:
        return EXIT_DONE;
    case STUDY_STOPPED:
        return EXIT_INTERRUPTED;
    case STUDY_FAILED:
        break;
    }
    return EXIT_DATA;
}

/* --- two folders ------------------------------------------------------------------------------ */

static int read_folders(struct diff_result *ret, struct diagnostics *diagnostics)
{
    bool was_bill, is_bill;
    if ((result_read_any(&ret->before, ret->path_before, &was_bill, diagnostics) |
         result_read_any(&ret->after, ret->path_after, &is_bill, diagnostics)) < 0)
        return EXIT_DATA;
    if (was_bill != is_bill) {
        diagnostics_error(diagnostics, ret->path_after, 0,
                          "is of %s, but %s is of %s: two of one kind can be compared",
                          is_bill ? "bill" : "simulate", ret->path_before,
                          was_bill ? "bill" : "simulate");
        return EXIT_DATA;
    }
    ret->bills = is_bill;
    if (is_bill && strcmp(ret->limits.option, "lambda") == 0)
        ret->limits.option = "bill";
    return EXIT_DONE;
}

/* Folders are compared as they are. */
static int check_nothing_to_run(const struct options *options)
{
    static const char *const of_a_run[] = {
        "--seed=", "--as-of=", "--region=", "--prices=", "--replications="};
    for (size_t i = 0; i < options->givens; i++)
        for (size_t k = 0; k < sizeof of_a_run / sizeof *of_a_run; k++) {
            const size_t length = strlen(of_a_run[k]);
            if (strncmp(options->given[i], of_a_run[k], length) != 0)
                continue;
            complain("%.*s is for two scenarios: two folders are compared as they are",
                     (int)length - 1, of_a_run[k]);
            return -1;
        }
    return 0;
}

static int take_sides(struct diff_result *ret, struct scenarios *scenarios,
                      const struct options *options, struct diagnostics *diagnostics)
{
    const bool was_folder = folder_is(ret->path_before), is_folder = folder_is(ret->path_after);
    if (was_folder && is_folder)
        return check_nothing_to_run(options) < 0 ? EXIT_USAGE : read_folders(ret, diagnostics);
    if (!was_folder && !is_folder)
        return run_scenarios(ret, scenarios, options, diagnostics);
    diagnostics_error(diagnostics, was_folder ? ret->path_before : ret->path_after, 0,
                      "is a folder of results and %s is not: give two folders, or two scenarios",
                      was_folder ? ret->path_after : ret->path_before);
    return EXIT_DATA;
}

/* --- results ---------------------------------------------------------------------------------- */

static void write_file(const void *result, size_t file, struct output *output)
{
    if (file == 0)
        diff_csv_write(result, output);
    else
        diff_json_write(result, output);
}

static void print(const void *result, enum output_format format, struct output *output, bool color)
{
    if (format == FORMAT_JSON)
        diff_json_write(result, output);
    else if (format == FORMAT_MARKDOWN)
        diff_markdown_write(result, output);
    else
        diff_table_write(result, output, color);
}

static int conclude(struct diff_result *result, const struct options *options,
                    struct diagnostics *diagnostics)
{
    if (diff_compare(result, diagnostics) < 0)
        return EXIT_DATA;
    result->command = options_words(options, "diff");
    take_notes(diagnostics, &result->notes);
    const struct publication what = {.result = result,
                                     .notes = &result->notes,
                                     .command = &command_diff,
                                     .write = write_file,
                                     .print = print,
                                     .color = may_color()};
    if (publish_files(&what, options, diagnostics) < 0 ||
        publish_print(&what, options, diagnostics) < 0)
        return EXIT_DATA;
    const bool over = result->over_budget || result->over_increase || result->newly_failing > 0;
    return over ? EXIT_NOT_MET : EXIT_DONE;
}

static int diff(const struct options *options)
{
    struct diagnostics diagnostics;
    struct diff_result result = {.path_before = mem_strdup(options->argument[0]),
                                 .path_after = mem_strdup(options->argument[1])};
    struct scenarios scenarios = {0};
    int code = EXIT_USAGE;
    diagnostics_init(&diagnostics);
    if (take_limits(&result.limits, options) == 0)
        code = take_sides(&result, &scenarios, options, &diagnostics);
    if (code == EXIT_DONE)
        code = conclude(&result, options, &diagnostics);
    print_diagnostics(&diagnostics, options->quiet);
    diagnostics_finish(&diagnostics);
    diff_result_finish(&result);
    inputs_finish(&scenarios.before);
    inputs_finish(&scenarios.after);
    return code;
}

const struct command command_diff = {
    .name = "diff",
    .run = diff,
    .summary = "Compare two folders of simulate or bill, or two scenarios, for a pull request.",
    .usage = "BEFORE AFTER [--budget USD] [--max-increase 5%] [--format markdown] [options]",
    .example = "lambdaplan diff data/scenarios/poison-record-2016.json "
               "data/scenarios/poison-record.json --max-increase 5% --format markdown",
    .by_intervals = true,
    .accepts = "ofsarjpPBn12",
    .least_arguments = 2,
    .most_arguments = 2,
    .files = {"diff.csv", "run.json"},
};
