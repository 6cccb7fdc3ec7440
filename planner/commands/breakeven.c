/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `breakeven`: the traffic at which Lambda and servers cost the same. */
#include "commands/session.h"

#include "reports/breakeven_exporters.h"
#include "reports/exporters.h"
#include "studies/breakeven.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double traffics[] = {0.1, 0.2, 0.5, 1, 2, 5, 10}; /* without --traffic */
static const double as_it_is[] = {NAN};                        /* without --burstiness */

/* What the options say. */
struct question {
    struct traffic traffic;
    const double *factor, *burstiness;
    size_t factors, burstinesses;
};

static bool keep_on(void *context, const struct executor_progress *progress, double best)
{
    char text[40];
    snprintf(text, sizeof text, "x %.4g", best);
    return session_keep_on(context, progress, isnan(best) ? NULL : text);
}

static int check_option(const struct scenario *s, const char *option,
                        struct diagnostics *diagnostics)
{
    bool there = option == NULL;
    for (size_t i = 0; i < s->baselines; i++)
        there = there || strcmp(s->baseline[i].name, option) == 0;
    if (!there)
        diagnostics_error(diagnostics, "--option", 0, "there is no baseline `%s`", option);
    return there ? 0 : -1;
}

static int check(const struct session *session, struct diagnostics *diagnostics)
{
    const struct scenario *const s = session->inputs.scenario;
    if (s->baselines == 0) {
        diagnostics_error(diagnostics, s->path, 0,
                          "the scenario has no baselines that Lambda could cost the same as");
        return -1;
    }
    return check_option(s, session->options->study.option, diagnostics);
}

static int take_question(struct question *ret, struct session *session,
                         struct diagnostics *diagnostics)
{
    const struct study_options *const study = &session->options->study;
    const struct scenario *const scenario = session->inputs.scenario;
    const bool given = study->traffic.count > 0, bursts = study->burstiness.count > 0;
    breakeven_want(&session->base, scenario);
    if (traffic_init(&ret->traffic, &session->base, scenario, study->workload, "--workload",
                     diagnostics) < 0)
        return -1;
    ret->traffic.shards = study->scale_shards;
    ret->factor = given ? study->traffic.value : traffics;
    ret->factors = given ? study->traffic.count : sizeof traffics / sizeof *traffics;
    ret->burstiness = bursts ? study->burstiness.value : as_it_is;
    ret->burstinesses = bursts ? study->burstiness.count : 1;
    if (check(session, diagnostics) < 0)
        return -1;
    return bursts ? traffic_check_bursts(&ret->traffic, "--burstiness", diagnostics) : 0;
}

/* --- results -------------------------------------------------------------------------------- */

static void write_file(const void *result, size_t file, struct output *output)
{
    const struct breakeven_result *const r = result;
    if (file == 0)
        breakeven_csv_write(r, output);
    else if (file == 1)
        breakeven_crossings_write(r, output);
    else
        run_json_write(&r->run, output);
}

static void print(const void *result, enum output_format format, struct output *output, bool color)
{
    if (format == FORMAT_JSON)
        breakeven_json_write(result, output);
    else if (format == FORMAT_MARKDOWN)
        breakeven_markdown_write(result, output);
    else
        breakeven_table_write(result, output, color);
}

static bool lambda_serves(const struct breakeven_result *result)
{
    for (size_t i = 0; i < result->points; i++)
        if (result->point[i].lambda_serves)
            return true;
    return false;
}

static int conclude(struct session *session, struct breakeven_result *result,
                    struct diagnostics *diagnostics)
{
    struct publication what = {
        .result = result, .run = &result->run, .write = write_file, .print = print};
    return session_publish(session, &what, lambda_serves(result), diagnostics);
}

static int run_study(struct session *session, const struct question *q,
                     struct diagnostics *diagnostics)
{
    const struct breakeven_request request = {.scenario = session->inputs.scenario,
                                              .root = session->inputs.root,
                                              .world = &session->inputs.world,
                                              .traffic = &q->traffic,
                                              .metric = session->metric,
                                              .factor = q->factor,
                                              .factors = q->factors,
                                              .burstiness = q->burstiness,
                                              .burstinesses = q->burstinesses,
                                              .option = session->options->study.option,
                                              .replications = session_replications(session)};
    const struct breakeven_hooks hooks = {keep_on, session};
    struct breakeven_result result;
    const enum study_status status =
        breakeven_run(&result, session->executor, &request, &hooks, diagnostics);
    int code = session_stopped(session, status);
    if (status == STUDY_DONE)
        code = conclude(session, &result, diagnostics);
    breakeven_result_finish(&result);
    return code;
}

static int breakeven(const struct options *options)
{
    struct diagnostics diagnostics;
    struct session session;
    struct question question = {0};
    int code = EXIT_DATA;
    diagnostics_init(&diagnostics);
    if (session_load(&session, &command_breakeven, options, &diagnostics) == 0 &&
        take_question(&question, &session, &diagnostics) == 0 &&
        session_start(&session, &diagnostics) == 0)
        code = run_study(&session, &question, &diagnostics);
    traffic_finish(&question.traffic);
    code = session_end(&session, code, &diagnostics);
    return code;
}

const struct command command_breakeven = {
    .name = "breakeven",
    .run = breakeven,
    .summary = "Find the traffic at which Lambda and each baseline cost the same.",
    .usage = "SCENARIO [--traffic FACTORS] [--burstiness RATIOS] [--output DIR] [options]",
    .example = "lambdaplan breakeven data/scenarios/s3-region-sync.json --traffic 1,2 "
               "--replications 2 --output results",
    .accepts = "ofsarjpPylbHBnUuk",
    .least_arguments = 1,
    .most_arguments = 1,
    .files = {"breakeven.csv", "crossings.csv", "run.json"},
};
