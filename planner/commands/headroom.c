/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `headroom`: how far traffic can grow, and which limit comes first. */
#include "commands/session.h"

#include "reports/exporters.h"
#include "reports/headroom_exporters.h"
#include "studies/headroom.h"
#include "support/date.h"

#include <math.h>
#include <stdio.h>

#define RUN_MOST 1e7 /* arrivals, invocations: some seconds */

/* What the options say. */
struct question {
    struct traffic traffic;
    struct sights sights;
    int32_t from_day;
};

static bool keep_on(void *context, const struct executor_progress *progress, double best)
{
    char text[40];
    snprintf(text, sizeof text, "x %.4g", best);
    return session_keep_on(context, progress, isnan(best) ? NULL : text);
}

/* --- what is asked for ---------------------------------------------------------------------- */

static int take_question(struct question *ret, struct session *session,
                         struct diagnostics *diagnostics)
{
    const struct study_options *const study = &session->options->study;
    const struct scenario *const scenario = session->inputs.scenario;
    ret->from_day = scenario->as_of_day;
    if (traffic_init(&ret->traffic, &session->base, scenario, study->workload, "--workload",
                     diagnostics) < 0)
        return -1;
    sights_init(&ret->sights, &session->base, scenario, &session->inputs.world);
    if (study->from != NULL)
        date_parse(study->from, &ret->from_day); /* traffic_options.c has seen that it is one */
    return 0;
}

/* --- results -------------------------------------------------------------------------------- */

static void write_file(const void *result, size_t file, struct output *output)
{
    const struct headroom_result *const r = result;
    if (file == 0)
        headroom_csv_write(r, output);
    else
        run_json_write(&r->run, output);
}

static void print(const void *result, enum output_format format, struct output *output, bool color)
{
    if (format == FORMAT_JSON)
        headroom_json_write(result, output);
    else if (format == FORMAT_MARKDOWN)
        headroom_markdown_write(result, output);
    else
        headroom_table_write(result, output, color);
}

static int conclude(struct session *session, struct headroom_result *result,
                    struct diagnostics *diagnostics)
{
    struct publication what = {
        .result = result, .run = &result->run, .write = write_file, .print = print};
    return session_publish(session, &what, !result->misses, diagnostics);
}

static int run_study(struct session *session, const struct question *q,
                     struct diagnostics *diagnostics)
{
    const struct headroom_request request = {.scenario = session->inputs.scenario,
                                             .world = &session->inputs.world,
                                             .traffic = &q->traffic,
                                             .sights = &q->sights,
                                             .replications = session_replications(session),
                                             .up_to = session->options->study.up_to,
                                             .run_most = RUN_MOST,
                                             .growth = session->options->study.growth,
                                             .from_day = q->from_day};
    const struct headroom_hooks hooks = {keep_on, session};
    struct headroom_result result;
    const enum study_status status =
        headroom_run(&result, session->executor, &request, &hooks, diagnostics);
    int code = session_stopped(session, status);
    if (status == STUDY_DONE)
        code = conclude(session, &result, diagnostics);
    headroom_result_finish(&result);
    return code;
}

static int headroom(const struct options *options)
{
    struct diagnostics diagnostics;
    struct session session;
    struct question question = {0};
    int code = EXIT_DATA;
    diagnostics_init(&diagnostics);
    if (session_load(&session, &command_headroom, options, &diagnostics) == 0 &&
        take_question(&question, &session, &diagnostics) == 0 &&
        session_start(&session, &diagnostics) == 0)
        code = run_study(&session, &question, &diagnostics);
    traffic_finish(&question.traffic);
    sights_finish(&question.sights);
    return session_end(&session, code, &diagnostics);
}

const struct command command_headroom = {
    .name = "headroom",
    .run = headroom,
    .summary = "Find how far traffic can grow, which limit is reached first, and when.",
    .usage = "SCENARIO [--growth 5%/month] [--up-to FACTOR] [--output DIR] [options]",
    .example = "lambdaplan headroom data/scenarios/stream-processing.json --replications 2 "
               "--growth 5%/month --up-to 2.2 --output results",
    .accepts = "ofsarjpPlgZQnUuk",
    .least_arguments = 1,
    .most_arguments = 1,
    .files = {"headroom.csv", "run.json"},
};
