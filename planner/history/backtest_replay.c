/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A scenario with the arrivals of recorded calls. */
#include "history/backtest_internal.h"

#include "aws/arrivals.h"
#include "core/memory.h"
#include "support/date.h"
#include "support/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_DAY INT64_C(86400000000000)
#define NAMES_SHOWN 5
#define ANOTHER_TIME 92 /* days between the calls and as_of that are worth a word */
#define AFTERWARDS_S 60 /* above a timeout: initialisations have ended */

/* Which calls a workload replays. */
struct replayed {
    const struct call_log *log;
    size_t logged;
    bool durations;
};

struct source {
    const struct call *call, *end;
    int64_t origin_ns;
    bool durations;
};

static int next_call(void *context, struct arrival *ret)
{
    struct source *const source = context;
    if (source->call == source->end)
        return 0;
    const struct call *const call = source->call++;
    const int64_t start_ns = call->start_ns - source->origin_ns;
    *ret = (struct arrival){.start_ns = start_ns,
                            .end_ns = start_ns + call->span_ns,
                            .count = call->count,
                            .bytes = -1,
                            .duration_ns = source->durations ? call->duration_ns : -1};
    return 1;
}

static int open_calls(void *context, struct arrival_source *ret)
{
    const struct replayed *const replayed = context;
    struct source *const source = mem_alloc(1, sizeof *source);
    size_t calls;
    source->call = call_log_calls(replayed->log, replayed->logged, &calls);
    source->end = source->call + calls;
    source->origin_ns = call_log_first_ns(replayed->log);
    source->durations = replayed->durations;
    *ret = (struct arrival_source){next_call, free, source};
    return 0;
}

/* --- which function is which ---------------------------------------------------------------- */

struct matching {
    const struct scenario *scenario;
    const struct call_log *log;
    const struct backtest_options *options;
    struct backtest_pair *pair;
    size_t pairs;
    char *others; /* names of the log that are not compared */
    size_t other_count;
    struct diagnostics *notes, *diagnostics;
};

static size_t find_function(const struct scenario *scenario, const char *name)
{
    size_t i = 0;
    while (i < scenario->functions && strcmp(scenario->function[i].name, name) != 0)
        i++;
    return i;
}

/* "a, b, c" of up to NAMES_SHOWN. */
static void add_name(char **names, size_t count, const char *name)
{
    if (count >= NAMES_SHOWN)
        return;
    char *const longer =
        text_format("%s%s%.100s%s", *names, count > 0 ? ", " : "",
                    *name != '\0' ? name : "(no name)", count + 1 == NAMES_SHOWN ? " …" : "");
    free(*names);
    *names = longer;
}

static size_t count_named(const struct call_log *log)
{
    size_t named = 0;
    for (size_t i = 0; i < call_log_functions(log); i++) {
        size_t calls;
        call_log_calls(log, i, &calls);
        named += calls > 0 && *call_log_name(log, i) != '\0';
    }
    return named;
}

/* The scenario's function of a function of the log, or scenario->functions. What a log does not
 * name, or names otherwise as its only one, is what --function says or the scenario's only one. */
static size_t target_of(const struct matching *m, size_t logged, size_t named)
{
    const char *const name = call_log_name(m->log, logged);
    const char *const wanted = m->options->function;
    const size_t none = m->scenario->functions;
    const size_t same = find_function(m->scenario, name);
    if (same < none)
        return wanted == NULL || strcmp(wanted, name) == 0 ? same : none;
    if (wanted != NULL && (*name == '\0' || named == 1))
        return find_function(m->scenario, wanted);
    return *name == '\0' && none == 1 ? 0 : none;
}

static void match(struct matching *m)
{
    const size_t named = count_named(m->log);
    for (size_t i = 0; i < call_log_functions(m->log); i++) {
        size_t calls;
        call_log_calls(m->log, i, &calls);
        const size_t target = target_of(m, i, named);
        bool taken = false;
        for (size_t k = 0; k < m->pairs; k++)
            taken = taken || m->pair[k].function == target;
        if (calls == 0)
            continue;
        if (target == m->scenario->functions || taken)
            add_name(&m->others, m->other_count++, call_log_name(m->log, i));
        else
            m->pair[m->pairs++] = (struct backtest_pair){
                .logged = i,
                .function = target,
                .entity = text_format("function:%s", m->scenario->function[target].name)};
    }
}

static void report_no_match(const struct matching *m)
{
    char *names = mem_strdup("");
    for (size_t i = 0; i < m->scenario->functions; i++)
        add_name(&names, i, m->scenario->function[i].name);
    diagnostics_error(m->diagnostics, NULL, 0,
                      "no call is of a function of the scenario: the calls are of %s, the scenario "
                      "has %s; --function NAME says whose they are",
                      m->others, *names != '\0' ? names : "none");
    free(names);
}

static int by_function(const void *left, const void *right)
{
    const struct backtest_pair *const a = left, *const b = right;
    return (a->function > b->function) - (a->function < b->function);
}

/* 0, or -1 after errors. */
static int match_functions(struct matching *m)
{
    const char *const wanted = m->options->function;
    if (wanted != NULL && find_function(m->scenario, wanted) == m->scenario->functions) {
        const char **const names = mem_alloc(m->scenario->functions, sizeof *names);
        for (size_t i = 0; i < m->scenario->functions; i++)
            names[i] = m->scenario->function[i].name;
        const char *const near = text_near_miss(wanted, names, m->scenario->functions);
        diagnostics_error(m->diagnostics, m->scenario->path, 0,
                          "--function %s: there is no such function%s%s%s", wanted,
                          near != NULL ? "; did you mean `" : "", near != NULL ? near : "",
                          near != NULL ? "`?" : "");
        free(names);
        return -1;
    }
    m->pair = mem_alloc(call_log_functions(m->log), sizeof *m->pair);
    m->others = mem_strdup("");
    match(m);
    if (m->pairs == 0)
        report_no_match(m);
    else if (m->other_count > 0 && wanted == NULL)
        diagnostics_warning(m->notes, NULL, 0,
                            "calls of %zu functions are left out, since the scenario does not have "
                            "them: %s",
                            m->other_count, m->others);
    if (m->pairs > 0)
        qsort(m->pair, m->pairs, sizeof *m->pair, by_function);
    free(m->others);
    return m->pairs > 0 ? 0 : -1;
}

/* --- the scenario that replays -------------------------------------------------------------- */

static bool is_replayed(const struct backtest_pair *pair, size_t pairs,
                        const struct reference *function)
{
    for (size_t i = 0; i < pairs; i++)
        if (function->kind == ENTITY_FUNCTION && function->index == pair[i].function)
            return true;
    return false;
}

/* What was recorded is the whole duration, at the memory size that the function had. */
static void replay_durations(struct function_spec *f, const struct backtest_seen *seen,
                             const char *path, struct diagnostics *notes)
{
    const double longest_s = (double)seen->longest_ns / 1e9;
    if (f->timeout_s < longest_s)
        diagnostics_warning(notes, path, f->line,
                            "functions.%s.timeout: calls took up to %.6g s, more than %.6g s; none "
                            "is cut short here",
                            f->name, longest_s, f->timeout_s);
    f->timeout_s = longest_s + 1;
    f->reference_memory_size = f->memory_size;
    f->cpu_period_ms = 0;
    f->duration_points = 0;
    f->per_record_ms = 0;
    f->error_rate = 0;
    f->calls = 0; /* their wait is in the duration */
    f->max_memory_used_mb = NULL;
}

static void tell_what_differs(const struct scenario *scenario, const struct backtest_pair *pair,
                              struct diagnostics *notes)
{
    const struct function_spec *const f = &scenario->function[pair->function];
    if (pair->seen.other_memory_mb != UNKNOWN_VALUE)
        diagnostics_warning(notes, scenario->path, f->line,
                            "functions.%s.memory_size: calls ran with %" PRId64 " MB, not with %g",
                            f->name, pair->seen.other_memory_mb, f->memory_size);
    if (pair->seen.found_warm > 0 && pair->seen.missing[BACKTEST_COLD_STARTS] == NULL)
        diagnostics_warning(notes, NULL, 0,
                            "%s: %" PRIu64 " call%s warm although no environment was known to be "
                            "idle: so many are there from the beginning, their ages drawn",
                            pair->entity, pair->seen.found_warm,
                            pair->seen.found_warm == 1 ? " was" : "s were");
}

static void tell_another_time(const struct scenario *scenario, const struct call_log *log,
                              struct diagnostics *notes)
{
    char day[16], calls[16];
    const int64_t middle_ns = call_log_first_ns(log) / 2 + call_log_last_ns(log) / 2;
    const int32_t day_of_calls = (int32_t)(middle_ns / NS_PER_DAY);
    if (call_log_relative(log) || abs(day_of_calls - scenario->as_of_day) <= ANOTHER_TIME)
        return;
    diagnostics_warning(notes, NULL, 0,
                        "the calls are of %s, but limits, billing rules and the lives of "
                        "environments are those of %s: --as-of sets another day",
                        date_format(day_of_calls, calls), date_format(scenario->as_of_day, day));
}

/* Its arrays are its own, what stands in them is the scenario's. */
static struct scenario rewrite(const struct scenario *scenario, const struct backtest_pair *pair,
                               size_t pairs, const struct call_log *log,
                               const struct backtest_options *options, struct replayed *replayed,
                               struct diagnostics *notes)
{
    struct scenario s = *scenario;
    s.function = mem_alloc(s.functions, sizeof *s.function);
    s.workload = mem_alloc(s.workloads + pairs, sizeof *s.workload);
    s.mapping = mem_alloc(s.mappings, sizeof *s.mapping);
    s.workloads = s.mappings = s.baselines = s.objectives = 0;
    memcpy(s.function, scenario->function, s.functions * sizeof *s.function);
    for (size_t i = 0; i < scenario->workloads; i++) {
        const struct workload_spec *const w = &scenario->workload[i];
        if (!is_replayed(pair, pairs, &w->to))
            s.workload[s.workloads++] = *w;
    }
    for (size_t i = 0; i < scenario->mappings; i++)
        if (!is_replayed(pair, pairs, &scenario->mapping[i].function))
            s.mapping[s.mappings++] = scenario->mapping[i];
    double timeout_s = 0;
    for (size_t i = 0; i < pairs; i++) {
        struct function_spec *const f = &s.function[pair[i].function];
        replayed[i] = (struct replayed){log, pair[i].logged, !options->model_durations};
        if (!options->model_durations)
            replay_durations(f, &pair[i].seen, scenario->path, notes);
        if (pair[i].seen.missing[BACKTEST_COLD_STARTS] == NULL)
            f->idle_at_start = (double)pair[i].seen.found_warm;
        timeout_s = fmax(timeout_s, f->timeout_s);
        struct workload_spec *const w = &s.workload[s.workloads++];
        *w = (struct workload_spec){.name = pair[i].entity,
                                    .to = {ENTITY_FUNCTION, f->name, pair[i].function},
                                    .arrivals = {.process = ARRIVALS_TRACE,
                                                 .rate_scale = 1,
                                                 .time_scale = 1,
                                                 .open = open_calls,
                                                 .open_context = &replayed[i]}};
        distribution_constant(&w->record_bytes, 0);
    }
    if (!options->model_durations && s.faults > 0) {
        diagnostics_warning(notes, scenario->path, 0,
                            "faults: left out, what was recorded has had its own");
        s.faults = 0;
    }
    s.run.warm_up_s = 0;
    s.run.timeseries_period_s = 0;
    s.run.duration_s =
        (double)(call_log_end_ns(log) - call_log_first_ns(log)) / 1e9 + AFTERWARDS_S + timeout_s;
    s.run.replications = backtest_wanted_replications(options);
    return s;
}

enum study_status backtest_replay(struct backtest_result *ret, const struct scenario *scenario,
                                  const struct world *world, const struct call_log *log,
                                  const struct backtest_options *options,
                                  const struct study_hooks *hooks, struct diagnostics *diagnostics)
{
    struct matching m = {.scenario = scenario,
                         .log = log,
                         .options = options,
                         .notes = &ret->notes,
                         .diagnostics = diagnostics};
    if (match_functions(&m) != 0) {
        free(m.pair);
        return STUDY_FAILED;
    }
    if (backtest_observe_pairs(m.pair, m.pairs, scenario, world, log, INT64_MIN, INT64_MAX,
                               diagnostics) != 0) {
        backtest_pairs_finish(m.pair, m.pairs);
        return STUDY_FAILED;
    }
    for (size_t i = 0; i < m.pairs; i++)
        tell_what_differs(scenario, &m.pair[i], &ret->notes);
    tell_another_time(scenario, log, &ret->notes);
    struct replayed *const replayed = mem_alloc(m.pairs, sizeof *replayed);
    struct scenario replay =
        rewrite(scenario, m.pair, m.pairs, log, options, replayed, &ret->notes);
    const struct backtest_run run = {.scenario = &replay,
                                     .world = world,
                                     .options = options,
                                     .hooks = hooks,
                                     .pair = m.pair,
                                     .pairs = m.pairs,
                                     .stretch = 1,
                                     .replayed = true,
                                     .same_durations = !options->model_durations};
    backtest_describe(ret, scenario, world, log, call_log_first_ns(log), call_log_last_ns(log));
    ret->what = mem_strdup(options->model_durations
                               ? "the arrivals are the file's, durations and all else the model's"
                               : "arrivals and durations are the file's, all else is the model's");
    const enum study_status status = backtest_compare(ret, &run, diagnostics);
    backtest_pairs_finish(m.pair, m.pairs);
    free(replay.function);
    free(replay.workload);
    free(replay.mapping);
    free(replayed);
    return status;
}
