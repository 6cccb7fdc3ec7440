/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `backtest`: what a scenario, or one fitted to the first part of a log, predicts of calls that
 * really happened. */
#include "commands/inputs.h"
#include "commands/publish.h"

#include "history/backtest.h"
#include "reports/backtest_exporters.h"
#include "support/clock.h"
#include "support/date.h"
#include "support/input.h"
#include "support/text.h"
#include "traces/formats.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LOOKS 4096 /* records between looks for an interruption */
#define DEFAULT_TRAIN 0.7
#define DEFAULT_CONFIDENCE 0.95

struct session {
    const struct options *options;
    struct backtest_options what;
    struct backtest_split split;
    struct inputs inputs;
    struct call_log *log;
    uint64_t records;
    struct progress progress;
    bool advised;
};

/* --- the command line ----------------------------------------------------------------------- */

/* A figure's name, or what stands before its point: 0, or -1 after a message. */
static int want(struct backtest_options *what, const char *name)
{
    const char *names[BACKTEST_METRICS];
    bool any = false;
    for (size_t i = 0; i < BACKTEST_METRICS; i++) {
        names[i] = backtest_metric_name(i);
        const size_t stem = strcspn(names[i], ".");
        const bool same = strcmp(names[i], name) == 0 ||
                          (strlen(name) == stem && strncmp(names[i], name, stem) == 0);
        what->wanted[i] = what->wanted[i] || same;
        any = any || same;
    }
    if (any)
        return 0;
    const char *const near = text_near_miss(name, names, BACKTEST_METRICS);
    complain("--metrics: there is no figure \"%s\"%s%s%s; there are invocations, cold_starts, "
             "billed_ms, duration_ms (p50, p95, p99), concurrent_executions, throttles, cost_usd",
             name, near != NULL ? "; did you mean " : "", near != NULL ? near : "",
             near != NULL ? "?" : "");
    return -1;
}

static int parse_metrics(const char *text, struct backtest_options *what)
{
    if (text == NULL) {
        for (size_t i = 0; i < BACKTEST_METRICS; i++)
            what->wanted[i] = true;
        return 0;
    }
    int status = 0;
    for (const char *at = text; status == 0; at++) {
        const size_t length = strcspn(at, ",");
        char *const name = text_format("%.*s", (int)length, at);
        status = want(what, name);
        free(name);
        at += length;
        if (*at == '\0')
            break;
    }
    return status;
}

static int parse_split(const struct options *options, struct backtest_split *ret)
{
    *ret = (struct backtest_split){INT64_MIN, DEFAULT_TRAIN};
    if (options->split != NULL && options->train != NULL) {
        complain("--split and --train exclude each other");
        return -1;
    }
    if (options->train != NULL && !study_percent(options->train, 1, 99, &ret->share)) {
        complain("--train %s is no percentage from 1 to 99", options->train);
        return -1;
    }
    if (options->split != NULL && !timestamp_parse_iso(options->split, &ret->at_ns)) {
        complain("--split %s is no time in ISO 8601 like 2020-05-26T12:00:00Z", options->split);
        return -1;
    }
    return 0;
}

/* 0, or -1 after a message. */
static int parse_options(const struct options *options, struct session *s)
{
    s->options = options;
    s->what = (struct backtest_options){.function = options->function,
                                        .model_durations = options->model_durations,
                                        .confidence = options->confidence > 0 ? options->confidence
                                                                              : DEFAULT_CONFIDENCE};
    const unsigned least = backtest_replications(s->what.confidence, 1);
    if (options->study.replications > 0 && options->study.replications < least) {
        complain("--replications %u: an interval of %g %% takes at least %u",
                 options->study.replications, 100 * s->what.confidence, least);
        return -1;
    }
    s->what.replications = options->study.replications;
    if (parse_split(options, &s->split) != 0 || parse_metrics(options->metrics, &s->what) != 0)
        return -1;
    return 0;
}

/* JSON that is no log: what begins like an object (or a comment) and is of no known format. */
static bool looks_like_scenario(const char *path, struct diagnostics *diagnostics)
{
    struct stat status;
    const char *head;
    if (strcmp(path, "-") == 0 || stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return false;
    struct input *const input = input_open(path, diagnostics);
    if (input == NULL)
        return false;
    const size_t size = input_head(input, &head);
    size_t at = 0;
    while (at < size && strchr(" \t\r\n", head[at]) != NULL && head[at] != '\0')
        at++;
    const bool scenario =
        at < size && (head[at] == '{' || head[at] == '/') && formats_recognise(head, size) == NULL;
    input_close(input);
    return scenario;
}

/* --- reading and running -------------------------------------------------------------------- */

static int take_invocation(void *context, const struct invocation_record *record)
{
    struct session *const s = context;
    return ++s->records % LOOKS == 0 && interrupted() ? -1 : call_log_add(s->log, record);
}

static int take_point(void *context, const struct metric_point *point)
{
    struct session *const s = context;
    return call_log_add_point(s->log, point);
}

static int read_files(struct session *s, int first, struct diagnostics *diagnostics)
{
    const struct options *const options = s->options;
    const struct read_options how = {.format = options->input_format,
                                     .map = options->map,
                                     .maps = options->maps,
                                     .strict = options->strict};
    const struct record_sink sink = {
        .invocation = take_invocation, .point = take_point, .context = s};
    const int status = read_records((const char *const *)options->argument + first,
                                    (size_t)(options->arguments - first), &how, &sink,
                                    options->rejects, diagnostics);
    if (interrupted() || (status != 0 && diagnostics->errors > 0))
        return -1;
    return call_log_finish(s->log, diagnostics);
}

/* Once, and only who has not chosen. */
static void advise(struct session *s, double fraction)
{
    if (s->advised || s->options->quiet || s->what.replications > 0)
        return;
    char *const text = progress_advice(progress_elapsed_s(&s->progress), fraction,
                                       backtest_wanted_replications(&s->what),
                                       backtest_replications(s->what.confidence, 1));
    if (text == NULL)
        return;
    progress_finish(&s->progress);
    fprintf(stderr, "note: %s\n", text);
    s->advised = true;
    free(text);
}

static bool keep_on(void *context, double fraction, const char *label, uint64_t events)
{
    struct session *const s = context;
    advise(s, fraction);
    progress_update(&s->progress, fraction, label, events);
    return !interrupted();
}

/* The first argument's file name, for a scenario that has none of its own. */
static const char *name_of(const char *path)
{
    const char *const slash = strrchr(path, '/');
    return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

static enum study_status run(struct session *s, bool scenario, struct backtest_result *ret,
                             struct diagnostics *diagnostics)
{
    const struct options *const options = s->options;
    const struct study_hooks hooks = {.keep_on = keep_on, .context = s, .jobs = options->jobs};
    const struct backtest_fit fit = {.split = s->split,
                                     .name = name_of(options->argument[0]),
                                     .region =
                                         options->region != NULL ? options->region : "us-east-1",
                                     .as_of = options->as_of,
                                     .seed = options->seed};
    progress_init(&s->progress, options->progress, stderr);
    const enum study_status status =
        scenario
            ? backtest_replay(ret, s->inputs.scenario, &s->inputs.world, s->log, &s->what, &hooks,
                              diagnostics)
            : backtest_forecast(ret, &fit, &s->inputs.world, s->log, &s->what, &hooks, diagnostics);
    progress_finish(&s->progress);
    return status;
}

/* What only one of the two ways takes. */
static int check_way(const struct options *options, bool scenario, struct diagnostics *diagnostics)
{
    const char *wrong = NULL;
    for (int i = 1; i < options->arguments; i++)
        if (!scenario && looks_like_scenario(options->argument[i], diagnostics)) {
            complain("backtest: the scenario, %s, comes first; the files of calls follow",
                     options->argument[i]);
            return -1;
        }
    if (scenario && options->arguments < 2)
        wrong = "a scenario alone says nothing about real calls: give the file of calls too";
    else if (scenario && (options->train != NULL || options->split != NULL))
        wrong = "--train and --split part a log when there is no scenario";
    else if (!scenario && options->model_durations)
        wrong = "--durations is for a scenario: without one all is the model's";
    if (wrong != NULL)
        complain("backtest: %s", wrong);
    return wrong != NULL ? -1 : 0;
}

static void write_file(const void *result, size_t file, struct output *output)
{
    (file == 0 ? backtest_csv_write : backtest_run_json_write)(result, output);
}

static void print(const void *result, enum output_format format, struct output *output, bool color)
{
    if (format == FORMAT_JSON)
        backtest_json_write(result, output);
    else if (format == FORMAT_MARKDOWN)
        backtest_markdown_write(result, output);
    else
        backtest_table_write(result, output, color);
}

static int backtest(const struct options *options)
{
    struct session s = {0};
    struct backtest_result result = {0};
    struct diagnostics diagnostics;
    const int64_t began_ns = clock_now_ns();
    int code = EXIT_DATA;
    if (parse_options(options, &s) != 0)
        return EXIT_USAGE;
    diagnostics_init(&diagnostics);
    diagnostics_init(&result.notes);
    const bool scenario = looks_like_scenario(options->argument[0], &diagnostics);
    if (check_way(options, scenario, &diagnostics) != 0) {
        code = EXIT_USAGE;
        goto out;
    }
    s.log = call_log_create();
    poll_interruption();
    if ((scenario ? inputs_check(&s.inputs, options, &diagnostics)
                  : inputs_load_world(&s.inputs, options, &diagnostics)) < 0 ||
        read_files(&s, scenario ? 1 : 0, &diagnostics) != 0)
        goto out;
    const enum study_status status = run(&s, scenario, &result, &diagnostics);
    if (status == STUDY_STOPPED)
        code = EXIT_INTERRUPTED;
    if (status != STUDY_DONE)
        goto out;
    take_notes(&diagnostics, &result.notes);
    result.wall_time_s = clock_since_s(began_ns);
    result.command = options_words(options, "backtest");
    const struct publication what = {.result = &result,
                                     .notes = &result.notes,
                                     .command = &command_backtest,
                                     .write = write_file,
                                     .print = print,
                                     .color = may_color()};
    if (publish_files(&what, options, &diagnostics) < 0 ||
        publish_print(&what, options, &diagnostics) < 0)
        goto out;
    code = result.outside > 0 ? EXIT_NOT_MET : EXIT_DONE;
out:
    print_diagnostics(&diagnostics, options->quiet);
    diagnostics_finish(&diagnostics);
    backtest_result_finish(&result);
    call_log_destroy(s.log);
    inputs_finish(&s.inputs);
    return code;
}

const struct command command_backtest = {
    .name = "backtest",
    .run = backtest,
    .summary = "Hold predictions against calls that really happened.",
    .usage = "[SCENARIO] FILE… [options]",
    .details = "NAME=FILE says whose calls a file's are that name no function.",
    .example = "lambdaplan backtest data/scenarios/pacslab-replay.json "
               "data/traces/pacslab-lambda-2020/res-01-2020-05-26_01-31-35.csv",
    .accepts = "ofsarjimtRpPNTIYXCJ",
    .least_arguments = 1,
    .most_arguments = -1,
    .files = {"backtest.csv", "run.json"},
};
