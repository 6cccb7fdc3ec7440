/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `sweep`: many designs of one scenario, their cost and which of them no other beats. */
#include "commands/axes.h"
#include "commands/session.h"

#include "reports/exporters.h"
#include "reports/human.h"
#include "reports/sweep_exporters.h"
#include "studies/sweep.h"

#include <math.h>
#include <stdio.h>

static bool keep_on(void *context, const struct executor_progress *progress, double best)
{
    char usd[HUMAN_SIZE];
    return session_keep_on(context, progress, isnan(best) ? NULL : human_usd(best, usd));
}

static int write_files(const struct sweep_result *result, const char *dir,
                       struct diagnostics *diagnostics)
{
    struct output *output[2] = {output_open(dir, "sweep.csv", diagnostics),
                                output_open(dir, "run.json", diagnostics)};
    if (output[0] == NULL || output[1] == NULL) {
        output_abandon(output[0]);
        output_abandon(output[1]);
        return -1;
    }
    sweep_csv_write(result, output[0]);
    run_json_write(&result->run, output[1]); /* last: where it is new, so is the rest */
    return output_commit(output, 2, diagnostics);
}

static int print_result(const struct sweep_result *result, const struct session *session,
                        struct diagnostics *diagnostics)
{
    const struct options *const options = session->options;
    struct output *const output = output_to_stream(stdout, "standard output");
    switch (options->format) {
    case FORMAT_TABLE:
        sweep_table_write(result, output, session_color(session));
        break;
    case FORMAT_CSV:
        sweep_csv_write(result, output);
        break;
    case FORMAT_JSON:
        sweep_json_write(result, output);
        break;
    case FORMAT_MARKDOWN:
        sweep_markdown_write(result, output);
        break;
    }
    const int status = output_commit(&output, 1, diagnostics);
    if (status == 0 && options->format != FORMAT_TABLE)
        print_diagnostics(&result->run.notes, options->quiet);
    return status;
}

static int conclude(struct session *session, struct sweep_result *result, size_t missing,
                    struct diagnostics *diagnostics)
{
    const struct options *const options = session->options;
    int code;
    if (session_is_part(session, missing, &code, diagnostics))
        return code;
    session_take_notes(diagnostics, &result->run.notes);
    if (options->output != NULL && write_files(result, options->output, diagnostics) < 0)
        return EXIT_DATA;
    hush_notes(&result->run.notes, options);
    if (print_result(result, session, diagnostics) < 0)
        return EXIT_DATA;
    if (options->output != NULL && !options->quiet)
        fprintf(stderr, "files: %s/sweep.csv and run.json\n", options->output);
    session_done(session);
    return result->meeting > 0 ? EXIT_DONE : EXIT_NOT_MET;
}

static int run_sweep(struct session *session, const struct axis *axis,
                     struct diagnostics *diagnostics)
{
    const struct study_options *const study = &session->options->study;
    const struct sweep_request request = {.scenario = session->inputs.scenario,
                                          .metric = session->metric,
                                          .axis = axis,
                                          .axes = study->varies,
                                          .sample = study->sample,
                                          .option = study->option,
                                          .replications = session_replications(session),
                                          .precision = study->precision,
                                          .most = session_max_replications(session)};
    const struct sweep_hooks hooks = {keep_on, session};
    struct sweep_result result;
    size_t missing;
    const enum study_status status =
        sweep_run(&result, session->executor, &request, &hooks, &missing, diagnostics);
    int code = session_stopped(session, status);
    if (status == STUDY_DONE)
        code = conclude(session, &result, missing, diagnostics);
    sweep_result_finish(&result);
    return code;
}

static int sweep(const struct options *options)
{
    struct diagnostics diagnostics;
    struct session session;
    struct axis *axis = NULL;
    int code = EXIT_DATA;
    diagnostics_init(&diagnostics);
    if (session_load(&session, &command_sweep, options, &diagnostics) == 0 &&
        (axis = axes_parse(options, session.inputs.root, &diagnostics)) != NULL &&
        session_start(&session, options->study.precision > 0, &diagnostics) == 0)
        code = run_sweep(&session, axis, &diagnostics);
    code = session_end(&session, code, &diagnostics);
    axes_free(axis, options);
    return code;
}

const struct command command_sweep = {
    .name = "sweep",
    .run = sweep,
    .summary = "Simulate every combination of some values of a scenario, or a sample of them.",
    .usage = "SCENARIO --vary PATH=VALUES [--vary …] [--sample N] [--output DIR] [options]",
    .example = "lambdaplan sweep data/scenarios/stream-processing.json --replications 2 "
               "--vary event_source_mappings.enrich.batch_size=100,500 --output results",
    .accepts = "ofsarjpP" STUDY_OPTIONS,
    .least_arguments = 1,
    .most_arguments = 1,
};
