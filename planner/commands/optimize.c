/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `optimize`: the cheapest design of a grid that meets every objective. */
#include "commands/axes.h"
#include "commands/session.h"

#include "reports/exporters.h"
#include "reports/human.h"
#include "reports/optimize_exporters.h"
#include "studies/optimize.h"
#include "support/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONFIDENCE 0.95

/* What the options say beyond the axes. */
struct goal {
    double confidence;
    unsigned replications;
    size_t figure;
};

struct best_so_far {
    struct session *session;
    const char *unit;
};

static bool keep_on(void *context, const struct executor_progress *progress, double best)
{
    const struct best_so_far *const b = context;
    char text[HUMAN_SIZE];
    return session_keep_on(b->session, progress,
                           isnan(best) ? NULL : human_metric(best, b->unit, NAN, text));
}

/* --- what is asked for ---------------------------------------------------------------------- */

/* Where the metric begins in "function:f.latency_ms.p99": names of entities may have dots. */
static const char *metric_in(const char *text)
{
    static const char *const statistics[] = {"mean", "min", "max"};
    const char *last = strrchr(text, '.');
    bool statistic = last != NULL && last[1] == 'p' && strchr("0123456789", last[2]) != NULL;
    for (size_t i = 0; last != NULL && i < sizeof statistics / sizeof *statistics; i++)
        statistic = statistic || strcmp(last + 1, statistics[i]) == 0;
    if (!statistic)
        return last;
    const char *before = last;
    while (before > text && before[-1] != '.')
        before--;
    return before > text ? before - 1 : NULL;
}

/* Wants the metric that is minimized. 0, or -1 after an error. */
static int want_minimized(struct session *session, const char *text, size_t *ret_figure,
                          struct diagnostics *diagnostics)
{
    *ret_figure = TASK_COST;
    if (text == NULL || strcmp(text, "monthly_cost_usd") == 0)
        return 0;
    const char *const dot = metric_in(text);
    if (dot == NULL || strchr(text, ':') == NULL || strchr(text, ':') > dot) {
        diagnostics_usage(diagnostics, "--minimize",
                          "%s is neither monthly_cost_usd nor an entity's metric, such as "
                          "function:NAME.latency_ms.p99",
                          text);
        return -1;
    }
    char *const entity = text_format("%.*s", (int)(dot - text), text);
    *ret_figure = task_metric_at(task_base_want(&session->base, entity, dot + 1));
    free(entity);
    return 0;
}

static int take_goal(struct goal *ret, struct session *session, struct diagnostics *diagnostics)
{
    const struct options *const options = session->options;
    ret->confidence = options->confidence > 0 ? options->confidence : CONFIDENCE;
    ret->replications = session_replications(session);
    return want_minimized(session, options->minimize, &ret->figure, diagnostics);
}

/* The metric's unit, known once the session has started; "" where the design has none such. */
static int check_minimized(const struct session *session, const struct goal *goal,
                           const char **ret_unit, struct diagnostics *diagnostics)
{
    *ret_unit = "USD";
    if (goal->figure == TASK_COST)
        return 0;
    const struct task_metric *const m = &session->base.metric[(goal->figure - TASK_FIGURES) / 2];
    *ret_unit = m->unit;
    if (session->options->study.option != NULL ? m->of_option : m->unit[0] != '\0')
        return 0;
    diagnostics_error(diagnostics, "--minimize", 0,
                      "%s has no metric \"%s\"; summary.csv of a run "
                      "lists them all",
                      m->entity, m->metric);
    return -1;
}

/* --- results -------------------------------------------------------------------------------- */

static void write_file(const void *result, size_t file, struct output *output)
{
    const struct optimize_result *const r = result;
    if (file == 0)
        optimize_csv_write(r, output);
    else if (file == 1)
        optimize_json_write(r, output);
    else
        run_json_write(&r->tried.run, output);
}

static void print(const void *result, enum output_format format, struct output *output, bool color)
{
    if (format == FORMAT_JSON)
        optimize_json_write(result, output);
    else if (format == FORMAT_MARKDOWN)
        optimize_markdown_write(result, output);
    else
        optimize_table_write(result, output, color);
}

static int conclude(struct session *session, struct optimize_result *result,
                    struct diagnostics *diagnostics)
{
    struct publication what = {
        .result = result, .run = &result->tried.run, .write = write_file, .print = print};
    return session_publish(session, &what, result->found, diagnostics);
}

static int run_search(struct session *session, const struct axis *axis, const struct goal *goal,
                      const char *unit, struct diagnostics *diagnostics)
{
    const struct study_options *const study = &session->options->study;
    const struct optimize_request request = {.sweep = {.scenario = session->inputs.scenario,
                                                       .metric = session->metric,
                                                       .axis = axis,
                                                       .axes = study->varies,
                                                       .option = study->option,
                                                       .replications = goal->replications},
                                             .figure = goal->figure,
                                             .confidence = goal->confidence};
    struct best_so_far best = {session, unit};
    const struct optimize_hooks hooks = {keep_on, &best};
    struct optimize_result result;
    const enum study_status status =
        optimize_run(&result, session->executor, &request, &hooks, diagnostics);
    int code = session_stopped(session, status);
    if (status == STUDY_DONE)
        code = conclude(session, &result, diagnostics);
    optimize_result_finish(&result);
    return code;
}

static int optimize(const struct options *options)
{
    struct diagnostics diagnostics;
    struct session session;
    struct goal goal;
    struct axis *axis = NULL;
    const char *unit;
    int code = EXIT_DATA;
    diagnostics_init(&diagnostics);
    if (session_load(&session, &command_optimize, options, &diagnostics) == 0 &&
        (axis = axes_parse(options, session.inputs.root, &diagnostics)) != NULL &&
        take_goal(&goal, &session, &diagnostics) == 0 &&
        session_start(&session, &diagnostics) == 0 &&
        check_minimized(&session, &goal, &unit, &diagnostics) == 0)
        code = run_search(&session, axis, &goal, unit, &diagnostics);
    code = session_end(&session, code, &diagnostics);
    axes_free(axis, options);
    return code;
}

const struct command command_optimize = {
    .name = "optimize",
    .run = optimize,
    .summary = "Find the cheapest design that meets every objective, with few simulations.",
    .usage = "SCENARIO --vary PATH=VALUES [--vary …] [--minimize METRIC] [--output DIR] [options]",
    .example = "lambdaplan optimize data/scenarios/s3-region-sync.json "
               "--vary functions.sync.memory_size=128:1024:64 --output results",
    .by_intervals = true,
    .accepts = "ofsarjpPVBnUukzc",
    .least_arguments = 1,
    .most_arguments = 1,
    .files = {"optimize.csv", "optimize.json", "run.json"},
};
