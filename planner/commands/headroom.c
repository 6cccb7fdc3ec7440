/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `headroom`: how far traffic can grow, and which limit comes first. */
#include "commands/publish.h"
#include "commands/session.h"

#include "reports/exporters.h"
#include "reports/headroom_exporters.h"
#include "studies/headroom.h"
#include "support/csv.h"
#include "support/date.h"
#include "support/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UP_TO_MOST 1e6

/* What the options say. */
struct question {
    struct traffic traffic;
    struct sights sights;
    double up_to;  /* 0: until a limit is met */
    double growth; /* a month */
    int32_t from_day;
};

static bool keep_on(void *context, const struct executor_progress *progress, double best)
{
    char text[40];
    snprintf(text, sizeof text, "x %.4g", best);
    return session_keep_on(context, progress, isnan(best) ? NULL : text);
}

/* --- what is asked for ---------------------------------------------------------------------- */

/* "5%/month", "80%/year": a month's part. */
static int take_growth(const char *text, double *ret, struct diagnostics *diagnostics)
{
    char number[40] = "";
    const char *const percent = strchr(text, '%');
    *ret = 0;
    if (text[0] == '\0')
        return 0;
    if (percent != NULL && percent - text < (long)sizeof number)
        memcpy(number, text, (size_t)(percent - text));
    const bool month = percent != NULL && strcmp(percent, "%/month") == 0;
    const bool year = percent != NULL && strcmp(percent, "%/year") == 0;
    double value;
    if ((month || year) && csv_to_double(number, &value) && value > 0 && value <= 1e6) {
        *ret = month ? value / 100 : expm1(log1p(value / 100) / 12);
        return 0;
    }
    diagnostics_error(diagnostics, "--growth", 0,
                      "%s is no growth such as 5%%/month or 80%%/year, above 0", text);
    return -1;
}

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
    int status = take_growth(study->growth != NULL ? study->growth : "", &ret->growth, diagnostics);
    if (study->up_to != NULL && !(csv_to_double(study->up_to, &ret->up_to) && ret->up_to >= 1 &&
                                  ret->up_to <= UP_TO_MOST)) {
        diagnostics_error(diagnostics, "--up-to", 0, "%s is no factor from 1 to %g", study->up_to,
                          UP_TO_MOST);
        status = -1;
    }
    if (study->from != NULL && !date_parse(study->from, &ret->from_day)) {
        diagnostics_error(diagnostics, "--from", 0, "%s is not a date (YYYY-MM-DD)", study->from);
        status = -1;
    }
    return status;
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
    session_take_notes(diagnostics, &result->run.notes);
    const struct publication what = {.result = result,
                                     .notes = &result->run.notes,
                                     .file = {"headroom.csv", "run.json"},
                                     .files = 2,
                                     .write = write_file,
                                     .print = print,
                                     .color = session_color(session)};
    if (publish(&what, session->options, diagnostics) < 0)
        return EXIT_DATA;
    session_done(session);
    return result->misses ? EXIT_NOT_MET : EXIT_DONE;
}

static int run_study(struct session *session, const struct question *q,
                     struct diagnostics *diagnostics)
{
    const struct headroom_request request = {.scenario = session->inputs.scenario,
                                             .world = &session->inputs.world,
                                             .traffic = &q->traffic,
                                             .sights = &q->sights,
                                             .replications = session_replications(session),
                                             .up_to = q->up_to,
                                             .growth = q->growth,
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
        session_start(&session, true, &diagnostics) == 0)
        code = run_study(&session, &question, &diagnostics);
    traffic_finish(&question.traffic);
    sights_finish(&question.sights);
    return session_end(&session, code, &diagnostics);
}

const struct command command_headroom = {
    .name = "headroom",
    .run = headroom,
    .summary = "Find how far traffic can grow, which limit is met first, and when.",
    .usage = "SCENARIO [--growth 5%/month] [--up-to FACTOR] [--output DIR] [options]",
    .example = "lambdaplan headroom data/scenarios/stream-processing.json --replications 2 "
               "--growth 5%/month --output results",
    .accepts = "ofsarjpPlgZQnUuk",
    .least_arguments = 1,
    .most_arguments = 1,
};
