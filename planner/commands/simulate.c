/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `simulate`: one scenario, its cost, its baselines, its objectives. */
#include "commands/earlier.h"
#include "commands/inputs.h"
#include "commands/print_result.h"

#include "engine/charts.h"
#include "reports/exporters.h"
#include "reports/trace_events.h"
#include "studies/study.h"

#include <stdio.h>
#include <stdlib.h>

struct run {
    struct progress progress;
    struct timeseries_csv *series; /* NULL: no --output */
    struct charts *charts;         /* NULL: not for HTML */
    struct trace_events *trace;    /* NULL: no --trace-events */
};

static bool keep_on(void *context, double fraction, const char *label, uint64_t events)
{
    struct run *const run = context;
    progress_update(&run->progress, fraction, label, events);
    return !interrupted();
}

static void put_series(void *context, int64_t time_ns, const char *entity, const char *metric,
                       const char *statistic, const char *unit, double value)
{
    const struct run *const run = context;
    const double time_s = (double)time_ns / 1e9;
    if (run->series != NULL)
        timeseries_csv_put(run->series, time_s, entity, metric, statistic, unit, value);
    if (run->charts != NULL)
        charts_put(run->charts, time_s, entity, metric, statistic, value);
}

static void put_request(void *context, const struct traced_request *request)
{
    trace_events_put(context, &(struct trace_events_request){.function = request->entity,
                                                             .outcome = request->outcome,
                                                             .environment = request->environment,
                                                             .provisioned = request->provisioned,
                                                             .arrival_ns = request->arrival_ns,
                                                             .invoked_ns = request->invoked_ns,
                                                             .began_ns = request->began_ns,
                                                             .end_ns = request->end_ns,
                                                             .throttled_ns = request->throttled_ns,
                                                             .retried_ns = request->retried_ns,
                                                             .failed_ns = request->failed_ns,
                                                             .refused_ns = request->refused_ns,
                                                             .calling_ns = request->calling_ns});
}

/* `series` is gone afterwards. */
static int write_files(const struct result *result, const struct options *options,
                       struct timeseries_csv *series, struct diagnostics *diagnostics)
{
    struct earlier earlier;
    if (earlier_begin(&earlier, options->output, &command_simulate, EARLIER_OTHERS, !options->quiet,
                      diagnostics) < 0) {
        timeseries_csv_abandon(series);
        return -1;
    }
    const int status = reports_write(result, options->output, series, diagnostics);
    earlier_end(&earlier, status == 0);
    return status;
}

static int simulate(const struct options *options)
{
    struct diagnostics diagnostics;
    struct inputs inputs;
    struct result result = {0};
    struct run run = {0};
    int code = EXIT_DATA;
    if (options->trace_every > 0 && options->trace_events == NULL) {
        complain("--trace-every says which requests go into --trace-events FILE, which is missing");
        return EXIT_USAGE;
    }
    diagnostics_init(&diagnostics);
    if (inputs_load(&inputs, options, &diagnostics) < 0)
        goto out;
    inputs.scenario->run.replications =
        study_replications(&options->study, inputs.scenario->run.replications);
    poll_interruption();
    if (options->output != NULL) {
        run.series = timeseries_csv_open(options->output, &diagnostics);
        if (run.series == NULL)
            goto out;
    }
    if (options->trace_events != NULL) {
        run.trace = trace_events_open(options->trace_events, &diagnostics);
        if (run.trace == NULL)
            goto out;
    }
    if (options->html)
        run.charts = charts_create(inputs.scenario->run.duration_s);
    const struct series_sink sink = {put_series, &run};
    const struct request_sink requests = {put_request, run.trace,
                                          options->trace_every > 0 ? options->trace_every : 1};
    const struct study_hooks hooks = {
        .keep_on = keep_on,
        .context = &run,
        .series = run.series != NULL || run.charts != NULL ? &sink : NULL,
        .trace = run.trace != NULL ? &requests : NULL,
        .jobs = options->jobs,
        .precision = options->study.precision,
        .max_replications =
            study_max_replications(&options->study, inputs.scenario->run.replications)};
    progress_init(&run.progress, options->progress, stderr);
    const enum study_status status =
        study_run(&result, inputs.scenario, &inputs.world, &hooks, &diagnostics);
    progress_finish(&run.progress);
    if (status == STUDY_STOPPED)
        code = EXIT_INTERRUPTED;
    if (status != STUDY_DONE)
        goto out;
    take_notes(&diagnostics, &result.notes);
    if (options->output != NULL) {
        result.command = options_words(options, "simulate");
        struct timeseries_csv *const series = run.series;
        run.series = NULL;
        if (write_files(&result, options, series, &diagnostics) < 0)
            goto out;
    }
    if (run.trace != NULL) {
        struct trace_events *const trace = run.trace;
        run.trace = NULL;
        if (trace_events_close(trace, &diagnostics) < 0)
            goto out;
    }
    if (run.charts != NULL)
        charts_take(run.charts, &result);
    if (print_result(&result, options, &diagnostics) < 0)
        goto out;
    if (options->output != NULL && !options->quiet)
        fprintf(stderr, "files: %s/{summary,cost,comparison,timeseries}.csv and run.json\n",
                options->output);
    code = result.option[0].meets_objectives ? EXIT_DONE : EXIT_NOT_MET;
out:
    timeseries_csv_abandon(run.series);
    trace_events_abandon(run.trace);
    charts_destroy(run.charts);
    print_diagnostics(&diagnostics, options->quiet);
    diagnostics_finish(&diagnostics);
    result_finish(&result);
    inputs_finish(&inputs);
    return code;
}

const struct command command_simulate = {
    .name = "simulate",
    .run = simulate,
    .summary = "Simulate a scenario, price it, compare it with its baselines on servers.",
    .usage = "SCENARIO [--output DIR] [options]",
    .example = "lambdaplan simulate data/scenarios/elb-to-kinesis.json --output results",
    .accepts = "oWsarjpPnexU78",
    .least_arguments = 1,
    .most_arguments = 1,
    .exports = true,
};
