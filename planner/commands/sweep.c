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

#define KEPT_DESIGNS 10000 /* of more run.json has the tables only */

static bool keep_on(void *context, const struct executor_progress *progress, double best)
{
    char usd[HUMAN_SIZE];
    return session_keep_on(context, progress, isnan(best) ? NULL : human_usd(best, usd));
}

static void left_out(void *context, const char *why)
{
    struct session *const session = context;
    if (session->options->quiet || session->merging)
        return;
    progress_finish(&session->progress);
    fprintf(stderr, "warning: the sweep leaves out what cannot be run, first of all %s\n", why);
}

static void write_file(const void *result, size_t file, struct output *output)
{
    const struct sweep_result *const r = result;
    if (file == 0)
        sweep_csv_write(r, output);
    else
        run_json_write(&r->run, output);
}

static void print(const void *result, enum output_format format, struct output *output, bool color)
{
    if (format == FORMAT_JSON)
        sweep_json_write(result, output);
    else if (format == FORMAT_MARKDOWN)
        sweep_markdown_write(result, output);
    else
        sweep_table_write(result, output, color);
}

static int conclude(struct session *session, struct sweep_result *result, size_t missing,
                    struct diagnostics *diagnostics)
{
    int code;
    if (session_is_part(session, missing, &code, diagnostics))
        return code;
    struct publication what = {.result = result,
                               .run = &result->run,
                               .large = result->points > KEPT_DESIGNS,
                               .write = write_file,
                               .print = print};
    return session_publish(session, &what, result->meeting > 0, diagnostics);
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
    const struct sweep_hooks hooks = {keep_on, left_out, session};
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
        session_start(&session, &diagnostics) == 0)
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
    .example = "lambdaplan sweep data/scenarios/hot-stream.json "
               "--vary streams.events.shard_count=4:8:1 --output results",
    .accepts = "ofsarjpP" STUDY_OPTIONS,
    .least_arguments = 1,
    .most_arguments = 1,
    .files = {"sweep.csv", "run.json"},
};
