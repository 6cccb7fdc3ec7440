/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A scenario fitted to the first part of the calls, run up to the end of the rest. */
#include "history/backtest_internal.h"

#include "core/memory.h"
#include "history/fit.h"
#include "support/date.h"
#include "support/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S 86400.0
#define MONDAY_S (3 * DAY_S) /* 1970-01-01 was a Thursday */

/* What a part holds. */
struct parts {
    int64_t first_ns, at_ns, last_ns;
};

static int part_calls(struct parts *ret, const struct call_log *log,
                      const struct backtest_split *split, struct diagnostics *diagnostics)
{
    const int64_t first_ns = call_log_first_ns(log), last_ns = call_log_last_ns(log);
    const double share_ns = split->share * (double)(last_ns - first_ns);
    *ret = (struct parts){
        first_ns, split->at_ns != INT64_MIN ? split->at_ns : first_ns + (int64_t)share_ns, last_ns};
    if (ret->at_ns > first_ns && ret->at_ns < last_ns)
        return 0;
    diagnostics_error(diagnostics, NULL, 0,
                      last_ns > first_ns
                          ? "--split lies outside of the time of the calls"
                          : "all calls are at one time: there is nothing to fit and to predict");
    return -1;
}

static void fit_call(struct fit *fit, const struct call *call, const char *function, bool relative)
{
    const struct invocation_record record = {.time_ns = call->start_ns,
                                             .at_start = true,
                                             .relative = relative,
                                             .function = *function != '\0' ? function : NULL,
                                             .duration_ns = call->duration_ns,
                                             .billed_ns = call->billed_ns,
                                             .init_ns = call->init_ns,
                                             .restore_ns = UNKNOWN_VALUE,
                                             .billed_restore_ns = UNKNOWN_VALUE,
                                             .memory_mb = call->memory_mb,
                                             .memory_is_allocated = call->memory_is_allocated,
                                             .max_memory_mb = call->max_memory_mb,
                                             .bytes = UNKNOWN_VALUE,
                                             .cold = call->cold,
                                             .status = (enum invocation_status)call->status,
                                             .count = call->count,
                                             .span_ns = call->span_ns};
    fit_add(fit, &record); /* too many functions: fit_finish reports */
}

/* The first part; the functions in the order of the log, those without calls there left out. */
static void fit_first_part(struct fit *fit, const struct call_log *log, int64_t at_ns)
{
    for (size_t i = 0; i < call_log_functions(log); i++) {
        size_t calls;
        const struct call *const call = call_log_calls(log, i, &calls);
        for (size_t k = 0; k < calls && call[k].start_ns < at_ns; k++)
            fit_call(fit, &call[k], call_log_name(log, i), call_log_relative(log));
    }
}

/* The fitted scenario, as a text that grows. */
struct text {
    char *bytes;
    size_t size, capacity;
};

static void append(void *context, const char *piece)
{
    struct text *const text = context;
    const size_t length = strlen(piece);
    while (text->capacity < text->size + length + 1)
        text->bytes = mem_grow(text->bytes, &text->capacity, text->capacity, 1);
    memcpy(text->bytes + text->size, piece, length + 1);
    text->size += length;
}

/* NULL after errors. */
static struct scenario *make_scenario(struct fit *fitted, const struct fit_options *what,
                                      const struct backtest_fit *how, const struct world *world,
                                      struct fit_row *ret_row, struct diagnostics *diagnostics)
{
    const struct scenario_overrides overrides = {.seed = how->seed};
    const struct scenario_data data = world_scenario_data(world);
    char *const path = text_format("fitted to %s", how->name); /* of no file, for messages */
    struct text text = {0};
    struct scenario *scenario = NULL;
    if (fit_scenario(fitted, what, path, ret_row, append, &text, diagnostics) == 0)
        scenario = scenario_parse(text.bytes, text.size, path, &data, &overrides, diagnostics);
    free(text.bytes);
    free(path);
    return scenario;
}

static size_t find_function(const struct scenario *scenario, const char *name)
{
    size_t i = 0;
    while (i < scenario->functions && strcmp(scenario->function[i].name, name) != 0)
        i++;
    return i;
}

/* The log's function of a name; a name that is not there is the nameless one. */
static size_t find_logged(const struct call_log *log, const char *name)
{
    size_t nameless = 0;
    for (size_t i = 0; i < call_log_functions(log); i++) {
        if (strcmp(call_log_name(log, i), name) == 0)
            return i;
        if (*call_log_name(log, i) == '\0')
            nameless = i;
    }
    return nameless;
}

static int by_function(const void *left, const void *right)
{
    const struct backtest_pair *const a = left, *const b = right;
    return (a->function > b->function) - (a->function < b->function);
}

static size_t pair_rows(struct backtest_pair *pair, const struct scenario *scenario,
                        const struct call_log *log, const struct fit_row *row, size_t rows,
                        const char *wanted)
{
    size_t pairs = 0;
    for (size_t i = 0; i < rows; i++) {
        const char *const name = row[i].in_scenario;
        if (name == NULL ||
            (wanted != NULL && strcmp(wanted, name) != 0 && strcmp(wanted, row[i].name) != 0))
            continue;
        pair[pairs++] = (struct backtest_pair){.logged = find_logged(log, row[i].name),
                                               .function = find_function(scenario, name),
                                               .entity = text_format("function:%s", name)};
    }
    if (pairs > 0)
        qsort(pair, pairs, sizeof *pair, by_function);
    return pairs;
}

/* Functions that nothing could be fitted to. */
static void tell_newcomers(const struct call_log *log, const struct parts *parts,
                           struct diagnostics *notes)
{
    for (size_t i = 0; i < call_log_functions(log); i++) {
        size_t calls;
        const struct call *const call = call_log_calls(log, i, &calls);
        if (calls > 0 && call[0].start_ns >= parts->at_ns)
            diagnostics_warning(
                notes, NULL, 0, "function %s has no call in the first part: it is left out",
                *call_log_name(log, i) != '\0' ? call_log_name(log, i) : "without a name");
    }
}

/* Where the first call lies in the period of the profiles; 0 where none repeats. A scenario of fit
 * begins at midnight UTC, or on Monday. */
static double phase_s(const struct scenario *scenario, const struct call_log *log)
{
    double period_s = 0;
    for (size_t i = 0; i < scenario->workloads; i++)
        period_s = fmax(period_s, scenario->workload[i].arrivals.period_s);
    if (period_s <= 0)
        return 0;
    const double since_monday_s =
        (double)call_log_first_ns(log) / 1e9 + (call_log_relative(log) ? 0 : MONDAY_S);
    return fmod(fmod(since_monday_s, period_s) + period_s, period_s);
}

/* A clock goes on as it went. */
static void start_schedules(struct scenario *scenario, int64_t begin_ns)
{
    for (size_t i = 0; i < scenario->workloads; i++) {
        struct arrivals_spec *const a = &scenario->workload[i].arrivals;
        if (a->process != ARRIVALS_SCHEDULE)
            continue;
        a->has_zero = true;
        a->zero_ns = begin_ns;
    }
}

/* Data of less than two days do not tell which hours come again. */
static void tell_going_on(const struct scenario *scenario, struct diagnostics *notes)
{
    for (size_t i = 0; i < scenario->workloads; i++) {
        const struct arrivals_spec *const a = &scenario->workload[i].arrivals;
        if (a->process == ARRIVALS_PROFILE && a->period_s <= 0)
            diagnostics_warning(notes, NULL, 0,
                                "workload %s: its hours differ, and in less than two days none "
                                "comes again: the rate of the last hour is taken to go on",
                                scenario->workload[i].name);
    }
}

/* Data of less than two weeks do not tell weekdays apart: what is predicted of a weekend has the
 * rate of all days of the first part. */
static void tell_weekdays(const struct scenario *scenario, const struct fit *fitted,
                          struct diagnostics *notes)
{
    bool by_day = false;
    for (size_t i = 0; i < scenario->workloads; i++)
        by_day = by_day || scenario->workload[i].arrivals.period_s == DAY_S;
    if (by_day && !fit_relative(fitted) && !fit_tells_weekdays(fitted))
        diagnostics_warning(
            notes, NULL, 0,
            "the first part is %.3g days, and under two weeks do not tell weekdays "
            "apart: each day is predicted like the mean of its days; where weekends "
            "differ, the rest is predicted too high or too low by that",
            fit_covered_s(fitted) / DAY_S);
}

static enum study_status predict_rest(struct backtest_result *ret, struct scenario *scenario,
                                      const struct world *world, const struct call_log *log,
                                      const struct parts *parts, struct backtest_pair *pair,
                                      size_t pairs, const struct backtest_options *options,
                                      const struct study_hooks *hooks,
                                      struct diagnostics *diagnostics)
{
    const double fitted_s = (double)(parts->at_ns - parts->first_ns) / 1e9;
    const double rest_s = (double)(parts->last_ns - parts->at_ns) / 1e9;
    if (backtest_observe_pairs(pair, pairs, scenario, world, log, parts->at_ns, parts->last_ns + 1,
                               diagnostics) != 0)
        return STUDY_FAILED;
    /* The first part is simulated too: it leaves the environments that the rest begins with. */
    const double before_s = phase_s(scenario, log);
    scenario->run.warm_up_s = before_s + fitted_s;
    scenario->run.duration_s = scenario->run.warm_up_s + rest_s;
    start_schedules(scenario, call_log_first_ns(log) - (int64_t)(before_s * 1e9));
    scenario->run.timeseries_period_s = 0;
    scenario->run.replications = backtest_wanted_replications(options);
    const struct backtest_run run = {.scenario = scenario,
                                     .world = world,
                                     .options = options,
                                     .hooks = hooks,
                                     .pair = pair,
                                     .pairs = pairs,
                                     .stretch = sqrt(1 + rest_s / fitted_s)};
    tell_going_on(scenario, &ret->notes);
    backtest_describe(ret, scenario, world, log, parts->at_ns, parts->last_ns);
    ret->what = text_format("all is the model's, fitted to the first %.3g %% of the time",
                            100 * fitted_s / (fitted_s + rest_s));
    return backtest_compare(ret, &run, diagnostics);
}

enum study_status backtest_forecast(struct backtest_result *ret, const struct backtest_fit *fit,
                                    const struct world *world, const struct call_log *log,
                                    const struct backtest_options *options,
                                    const struct study_hooks *hooks,
                                    struct diagnostics *diagnostics)
{
    enum study_status status = STUDY_FAILED;
    struct fit_options what = {.limits = world->limits, .region = fit->region};
    struct scenario *scenario = NULL;
    struct parts parts;
    if (part_calls(&parts, log, &fit->split, diagnostics) != 0)
        return status;
    struct fit *const fitted = fit_create();
    if (fit->as_of != NULL)
        what.has_as_of = date_parse(fit->as_of, &what.as_of);
    fit_first_part(fitted, log, parts.at_ns);
    const int found = fit_finish(fitted, &what, diagnostics);
    const size_t rows = fit_functions(fitted);
    struct fit_row *const row = mem_alloc(rows, sizeof *row);
    struct backtest_pair *const pair = mem_alloc(rows, sizeof *pair);
    size_t pairs = 0;
    if (found == 0)
        scenario = make_scenario(fitted, &what, fit, world, row, diagnostics);
    if (scenario != NULL) {
        tell_newcomers(log, &parts, &ret->notes);
        tell_weekdays(scenario, fitted, &ret->notes);
        pairs = pair_rows(pair, scenario, log, row, rows, options->function);
        if (pairs > 0)
            status = predict_rest(ret, scenario, world, log, &parts, pair, pairs, options, hooks,
                                  diagnostics);
        else
            diagnostics_error(diagnostics, NULL, 0,
                              "--function %s: the first part has no such function",
                              options->function != NULL ? options->function : "");
    }
    backtest_pairs_finish(pair, pairs);
    for (size_t i = 0; i < rows; i++)
        fit_row_finish(&row[i]);
    free(row);
    fit_destroy(fitted);
    scenario_destroy(scenario);
    return status;
}
