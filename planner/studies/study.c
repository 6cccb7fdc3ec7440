/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "studies/study.h"

#include "core/memory.h"
#include "engine/alarms.h"
#include "pricing/missing_price.h"
#include "studies/advice.h"
#include "studies/fleet_search.h"
#include "support/clock.h"
#include "support/date.h"
#include "support/text.h"

#include <math.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Progress of the whole study from the progress of its parts. */
struct stage {
    const struct study_hooks *hooks;
    double done, all;
    uint64_t *events;
};

static bool keep_on(void *context, double fraction, const char *label, uint64_t events)
{
    const struct stage *const stage = context;
    (void)events;
    return stage->hooks->keep_on == NULL ||
           stage->hooks->keep_on(stage->hooks->context, (stage->done + fraction) / stage->all,
                                 label, *stage->events);
}

static void baseline_series(void *context, int64_t time_ns, const char *entity, const char *metric,
                            const char *statistic, const char *unit, double value)
{
    const struct series_sink *const sink = context;
    if (strncmp(entity, "baseline:", 9) == 0) /* streams and functions: the Lambda design's */
        sink->put(sink->context, time_ns, entity, metric, statistic, unit, value);
}

static enum study_status evaluate(struct result *result, struct result_option *option,
                                  const struct scenario *scenario, const struct world *world,
                                  const struct baseline_spec *baseline, unsigned size,
                                  struct stage *stage, const struct series_sink *series,
                                  struct diagnostics *diagnostics)
{
    const struct study_hooks hooks = {.keep_on = keep_on,
                                      .context = stage,
                                      .series = series,
                                      .watch = baseline == NULL ? stage->hooks->watch : NULL,
                                      .watches = baseline == NULL ? stage->hooks->watches : 0,
                                      .trace = baseline == NULL ? stage->hooks->trace : NULL,
                                      .jobs = stage->hooks->jobs,
                                      .precision = stage->hooks->precision,
                                      .max_replications = stage->hooks->max_replications};
    return evaluate_option(option, scenario, world, baseline, size, &hooks, &result->events,
                           &result->invocations, diagnostics);
}

/* What the group itself must do: refuse nothing and meet the objectives that can be asked of it and
 * that more servers help with: not the cost, which only grows with them. (Records that the stream
 * refuses are lost on both sides.) */
static bool serves(const struct result_option *option, const struct scenario *scenario,
                   const struct baseline_spec *baseline)
{
    char entity[96];
    for (size_t i = 0; i < option->objectives; i++)
        if (option->objective[i].known && !option->objective[i].met &&
            strcmp(scenario->objective[i].metric, "monthly_cost_usd") != 0)
            return false;
    snprintf(entity, sizeof entity, "baseline:%s", baseline->name);
    return option_metric(option, entity, "requests_lost") <= 0;
}

/* The smallest fixed group that serves; when none up to the maximum does: that one, with a warning.
 * `ret` is its option. */
static enum study_status smallest_fleet(struct result *result, struct result_option *ret,
                                        const struct scenario *scenario, const struct world *world,
                                        const struct baseline_spec *baseline, struct stage *stage,
                                        const struct series_sink *series, unsigned *ret_size,
                                        struct diagnostics *diagnostics)
{
    struct scenario trial = *scenario;
    struct fleet_search search;
    trial.run.replications = 1;
    fleet_search_begin(&search, baseline, 0);
    for (;;) {
        const enum study_status status =
            evaluate(result, ret, search.all ? scenario : &trial, world, baseline, search.size,
                     stage, NULL, diagnostics);
        if (status != STUDY_DONE)
            return status;
        fleet_search_tell(&search, serves(ret, scenario, baseline));
        if (search.done)
            break;
        result_option_finish(ret);
    }
    if (!search.serves)
        diagnostics_warning(&result->notes, NULL, 0,
                            "baseline %s: no fixed group of up to %u %s meets the objectives; what "
                            "does not depend on servers (a stream's poll once a second, the work "
                            "itself) may stand against them",
                            baseline->name, search.most, baseline->instance_type);
    *ret_size = search.size;
    if (series == NULL)
        return STUDY_DONE;
    struct result_option again; /* the chosen size is known only now: its time series */
    const enum study_status status =
        evaluate(result, &again, &trial, world, baseline, search.size, stage, series, diagnostics);
    if (status == STUDY_DONE)
        result_option_finish(&again);
    return status;
}

static char *note_of(const struct baseline_spec *b, unsigned size, bool enough)
{
    char *how = NULL;
    switch (b->sizing) {
    case FLEET_FIXED:
        how = text_format("%u fixed", b->desired_capacity);
        break;
    case FLEET_SMALLEST:
        how = text_format("%u fixed, %s", size,
                          enough ? "the smallest that serves" : "the largest tried, not enough");
        break;
    case FLEET_TARGET_TRACKING:
        how = text_format("target tracking %g %% CPU, %u..%u", b->target_cpu_utilization,
                          b->min_size, b->max_size);
        break;
    }
    const bool part = b->sizing == FLEET_TARGET_TRACKING && strcmp(b->purchase, "on-demand") != 0;
    char *const note = part ? text_format("%s x %s, %u %s, the others on-demand", how,
                                          b->instance_type, b->min_size, b->purchase)
                            : text_format("%s x %s, %s", how, b->instance_type, b->purchase);
    free(how);
    return note;
}

static bool same_thing(const struct bill_line *a, const struct bill_line *b)
{
    return a->meter == b->meter && strcmp(a->entity, b->entity) == 0 &&
           strcmp(a->detail, b->detail) == 0;
}

static bool bill_has(const struct bill *bill, const struct bill_line *line)
{
    for (size_t i = 0; i < bill->count; i++)
        if (same_thing(&bill->line[i], line))
            return true;
    return false;
}

/* Lines that both sides pay: the stream that feeds them, a load balancer in front. */
static void compare(struct result *result)
{
    struct result_option *const first = &result->option[0];
    const double cost = first->monthly_cost_usd.mean;
    first->relative_cost = cost > 0 ? 1.0 : NAN;
    for (size_t i = 1; i < result->options; i++) {
        struct result_option *const option = &result->option[i];
        option->relative_cost = cost > 0 ? option->monthly_cost_usd.mean / cost : NAN;
        for (size_t k = 0; k < option->bill.count; k++)
            option->common[k] = bill_has(&first->bill, &option->bill.line[k]);
        for (size_t k = 0; k < first->bill.count; k++)
            first->common[k] = first->common[k] || bill_has(&option->bill, &first->bill.line[k]);
    }
}

/* An objective has the unit of its metric also where an option has no such metric. */
static void complete_units(struct result *result)
{
    for (size_t i = 0; i < result->options; i++)
        for (size_t j = 0; j < result->option[i].objectives; j++) {
            struct result_objective *const o = &result->option[i].objective[j];
            for (size_t k = 0; k < result->options && *o->unit == '\0'; k++) {
                char *const unit = mem_strdup(result->option[k].objective[j].unit);
                free(o->unit);
                o->unit = unit;
            }
        }
}

void study_describe(struct result *result, const struct scenario *scenario,
                    const struct world *world)
{
    char day[16];
    result->scenario_path = mem_strdup(scenario->path);
    result->scenario_name = mem_strdup(scenario->name);
    result->description = mem_strdup(scenario->description != NULL ? scenario->description : "");
    result->region = mem_strdup(scenario->region);
    result->scenario_json = mem_strdup(scenario->canonical_json);
    SHA256Data((const uint8_t *)scenario->canonical_json, strlen(scenario->canonical_json),
               result->scenario_sha256);
    snprintf(result->as_of, sizeof result->as_of, "%.10s", date_format(scenario->as_of_day, day));
    result->price_book =
        text_format("%s/prices, %zu rows", world->data_dir, price_book_count(world->prices));
    result->limits = limits_describe(world->limits, scenario->as_of_day);
    result->seed = scenario->run.seed;
    result->replications = scenario->run.replications;
    result->duration_s = scenario->run.duration_s - scenario->run.warm_up_s;
    result->warm_up_s = scenario->run.warm_up_s;
    result->month_hours = scenario->account.month_hours;
    result->free_tier = scenario->account.free_tier;
}

/* Whether the objective speaks of this option's own entities. */
static bool is_of(const struct objective_spec *o, const struct baseline_spec *baseline)
{
    return baseline == NULL ? objective_applies(o, NULL)
                            : !objective_applies(o, NULL) && objective_applies(o, baseline->name);
}

static void report_unknown(const struct scenario *scenario, size_t index,
                           const struct result_option *option, struct diagnostics *diagnostics)
{
    const struct objective_spec *const o = &scenario->objective[index];
    const char *const text = option->objective[index].text;
    const char **const names = mem_alloc(option->metrics, sizeof *names);
    char *const wanted = o->statistic != NULL ? text_format("%s.%s", o->metric, o->statistic)
                                              : mem_strdup(o->metric);
    size_t count = 0;
    for (size_t k = 0; k < option->metrics; k++)
        if (strcmp(option->metric[k].entity, o->entity) == 0)
            names[count++] = option->metric[k].metric;
    const char *const near = text_near_miss(wanted, names, count);
    if (count == 0)
        diagnostics_error(diagnostics, scenario->path, o->line,
                          "objectives[%zu]: \"%s\": nothing is reported of such an entity", index,
                          text);
    else
        diagnostics_error(diagnostics, scenario->path, o->line,
                          "objectives[%zu]: \"%s\": there is no such metric%s%s%s; summary.csv of "
                          "a run without objectives lists them all",
                          index, text, near != NULL ? "; did you mean `" : "",
                          near != NULL ? near : "", near != NULL ? "`?" : "");
    free(wanted);
    free(names);
}

/* An objective that its option cannot answer is a mistake in the scenario. `baseline` NULL: the
 * Lambda design. */
static bool objectives_known(const struct result_option *option, const struct scenario *scenario,
                             const struct baseline_spec *baseline, struct diagnostics *diagnostics)
{
    bool known = true;
    for (size_t i = 0; i < option->objectives; i++) {
        if (option->objective[i].known || !is_of(&scenario->objective[i], baseline))
            continue;
        report_unknown(scenario, i, option, diagnostics);
        known = false;
    }
    return known;
}

static enum study_status run_baseline(struct result *result, const struct scenario *scenario,
                                      const struct world *world, const struct baseline_spec *b,
                                      struct stage *stage, const struct series_sink *series,
                                      struct diagnostics *diagnostics)
{
    struct result_option *const option = &result->option[result->options];
    unsigned size = 0;
    const enum study_status status =
        b->sizing == FLEET_SMALLEST
            ? smallest_fleet(result, option, scenario, world, b, stage, series, &size, diagnostics)
            : evaluate(result, option, scenario, world, b, 0, stage, series, diagnostics);
    if (status != STUDY_DONE)
        return status;
    free(option->note);
    option->note = note_of(b, size, serves(option, scenario, b));
    result->options++;
    return objectives_known(option, scenario, b, diagnostics) ? STUDY_DONE : STUDY_FAILED;
}

enum study_status study_run(struct result *ret, const struct scenario *scenario,
                            const struct world *world, const struct study_hooks *hooks,
                            struct diagnostics *diagnostics)
{
    const int64_t began_ns = clock_now_ns();
    *ret = (struct result){0};
    diagnostics_init(&ret->notes);
    study_describe(ret, scenario, world);
    ret->option = mem_alloc(scenario->baselines + 1, sizeof *ret->option);
    struct diagnostics noted; /* errors go out, warnings become notes */
    diagnostics_init(&noted);
    struct alarms *const alarms = alarms_create(scenario);
    struct study_hooks watched = *hooks;
    watched.watch = alarms_watch(alarms, &watched.watches);
    struct stage stage = {&watched, 0, (double)(scenario->baselines + 1), &ret->events};
    enum study_status status =
        evaluate(ret, &ret->option[0], scenario, world, NULL, 0, &stage, hooks->series, &noted);
    if (status == STUDY_DONE) {
        ret->options = 1;
        ret->alarm = alarms_finish(alarms, &ret->alarms, &noted);
        if (!objectives_known(&ret->option[0], scenario, NULL, &noted))
            status = STUDY_FAILED;
    }
    struct scenario sized = *scenario;
    if (status == STUDY_DONE)
        ret->replications = sized.run.replications =
            (unsigned)ret->option[0].monthly_cost_usd.count;
    const struct series_sink filtered = {baseline_series, (void *)(uintptr_t)hooks->series};
    for (size_t i = 0; i < scenario->baselines && status == STUDY_DONE; i++) {
        stage.done = (double)(i + 1);
        status = run_baseline(ret, &sized, world, &scenario->baseline[i], &stage,
                              hooks->series != NULL ? &filtered : NULL, &noted);
    }
    diagnostics_pass_on(&noted, NULL, diagnostics, &ret->notes);
    diagnostics_finish(&noted);
    alarms_destroy(alarms);
    if (status != STUDY_DONE)
        return status;
    report_late_day(world->prices, scenario->as_of_day, &ret->notes);
    compare(ret);
    complete_units(ret);
    advise(ret, scenario, world);
    ret->wall_time_s = clock_since_s(began_ns);
    return STUDY_DONE;
}
