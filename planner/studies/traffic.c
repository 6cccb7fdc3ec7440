/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "studies/traffic.h"

#include "core/memory.h"
#include "engine/work.h"
#include "scenario/json.h"
#include "scenario/kinds.h"
#include "support/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BURST_S 60.0
#define SETTINGS_EACH 7 /* of a workload, at most */

/* A schedule calls as often as it says. */
static bool is_scaled(const struct traffic *traffic, const struct workload_spec *w)
{
    return w->arrivals.process != ARRIVALS_SCHEDULE &&
           (traffic->workload == NULL || strcmp(traffic->workload, w->name) == 0);
}

static int find_workload(const struct traffic *traffic, const char *place,
                         struct diagnostics *diagnostics)
{
    const struct scenario *const s = traffic->scenario;
    const char **const names = mem_alloc(s->workloads, sizeof *names);
    bool there = traffic->workload == NULL, scaled = false;
    for (size_t i = 0; i < s->workloads; i++) {
        names[i] = s->workload[i].name;
        there = there || strcmp(traffic->workload, names[i]) == 0;
        scaled = scaled || is_scaled(traffic, &s->workload[i]);
    }
    const char *const near = there ? NULL : text_near_miss(traffic->workload, names, s->workloads);
    if (!there)
        diagnostics_error(diagnostics, place, 0, "there is no workload `%s`%s%s%s",
                          traffic->workload, near != NULL ? "; did you mean `" : "",
                          near != NULL ? near : "", near != NULL ? "`?" : "");
    else if (!scaled)
        diagnostics_error(diagnostics, traffic->workload == NULL ? s->path : place, 0,
                          "there is no traffic that could grow: schedules call as often as they "
                          "say");
    free(names);
    return there && scaled ? 0 : -1;
}

static void want(struct traffic *traffic, struct task_base *base, const char *kind,
                 const char *name, const char *metric)
{
    char *const entity = text_format("%s:%s", kind, name);
    const size_t index = task_base_want(base, entity, metric);
    free(entity);
    for (size_t i = 0; i < traffic->arrivals_count; i++)
        if (traffic->arrivals[i] == index)
            return; /* two workloads of one stream */
    traffic->arrivals[traffic->arrivals_count++] = index;
}

int traffic_init(struct traffic *ret, struct task_base *base, const struct scenario *scenario,
                 const char *workload, const char *place, struct diagnostics *diagnostics)
{
    *ret = (struct traffic){.scenario = scenario, .workload = workload};
    if (find_workload(ret, place, diagnostics) < 0)
        return -1;
    ret->arrivals = mem_alloc(scenario->workloads, sizeof *ret->arrivals);
    for (size_t i = 0; i < scenario->workloads; i++) {
        const struct workload_spec *const w = &scenario->workload[i];
        if (kind_is(w->to.kind, KINDS_SHARDED))
            want(ret, base, scenario_kinds[w->to.kind].prefix, w->to.name, "records_offered");
        else
            want(ret, base, "workload", w->name, "requests");
    }
    return 0;
}

void traffic_finish(struct traffic *traffic)
{
    free(traffic->arrivals);
    *traffic = (struct traffic){0};
}

/* --- bursts --------------------------------------------------------------------------------- */

/* Whether bursts of the same mean rate can stand for it: a profile's change through the day is its
 * own. */
static bool may_burst(const struct arrivals_spec *a)
{
    return a->process != ARRIVALS_PROFILE && !isnan(work_mean_rate(a));
}

int traffic_check_bursts(const struct traffic *traffic, const char *place,
                         struct diagnostics *diagnostics)
{
    int status = 0;
    for (size_t i = 0; i < traffic->scenario->workloads; i++) {
        const struct workload_spec *const w = &traffic->scenario->workload[i];
        if (!is_scaled(traffic, w) || may_burst(&w->arrivals))
            continue;
        diagnostics_error(diagnostics, place, 0,
                          "workload %s has its own burstiness: it can be set for arrivals of "
                          "process poisson, constant and bursts only; --workload names another",
                          w->name);
        status = -1;
    }
    return status;
}

/* --- designs -------------------------------------------------------------------------------- */

struct writer {
    struct setting *setting;
    size_t count;
};

static void put(struct writer *w, char *path, enum setting_kind kind, const char *text)
{
    w->setting[w->count++] = (struct setting){path, mem_strdup(text), kind};
}

static void put_number(struct writer *w, const char *workload, const char *key, double value)
{
    char number[JSON_NUMBER_SIZE];
    put(w, text_format("workloads.%s.arrivals.%s", workload, key), SETTING_NUMBER,
        json_number(value, number));
}

static void put_bursts(struct writer *w, const struct workload_spec *spec, double burstiness)
{
    const struct arrivals_spec *const a = &spec->arrivals;
    const double rate = work_mean_rate(a), part = 1 / (2 * burstiness);
    const double burst_s = a->process == ARRIVALS_BURSTS ? a->mean_burst_s : BURST_S;
    put(w, text_format("workloads.%s.arrivals.process", spec->name), SETTING_STRING, "bursts");
    put_number(w, spec->name, "base_rate_per_s", rate / 2 / (1 - part));
    put_number(w, spec->name, "burst_rate_per_s", rate * burstiness);
    put_number(w, spec->name, "mean_base_s", burst_s * (1 - part) / part);
    put_number(w, spec->name, "mean_burst_s", burst_s);
}

static void put_shards(struct writer *w, const struct stream_spec *stream, double factor)
{
    char number[JSON_NUMBER_SIZE];
    const double shards = ceil(stream->shard_count * factor * (1 - 1e-12)); /* 10 x 0.1 is 1 */
    put(w, text_format("streams.%s.shard_count", stream->name), SETTING_NUMBER,
        json_number(fmax(shards, 1), number));
}

struct design *traffic_design(const struct traffic *traffic, double factor, double burstiness,
                              bool on_demand)
{
    const struct scenario *const s = traffic->scenario;
    struct design *const design = mem_alloc(1, sizeof *design);
    struct writer w = {.setting =
                           mem_alloc(SETTINGS_EACH * s->workloads + s->streams + s->baselines + 1,
                                     sizeof *w.setting)};
    for (size_t i = 0; i < s->workloads; i++) {
        const struct workload_spec *const spec = &s->workload[i];
        if (!is_scaled(traffic, spec))
            continue;
        if (!isnan(burstiness))
            put_bursts(&w, spec, burstiness);
        put_number(&w, spec->name, "rate_scale", spec->arrivals.rate_scale * factor);
    }
    for (size_t i = 0; traffic->shards && i < s->streams; i++)
        if (!s->stream[i].on_demand)
            put_shards(&w, &s->stream[i], factor);
    if (on_demand && strcmp(s->account.savings_plan, "none") != 0)
        put(&w, mem_strdup("account.savings_plan"), SETTING_STRING, "none");
    for (size_t i = 0; on_demand && i < s->baselines; i++)
        if (strcmp(s->baseline[i].purchase, "on-demand") != 0)
            put(&w, text_format("baselines.%s.purchase", s->baseline[i].name), SETTING_STRING,
                "on-demand");
    *design = (struct design){w.setting, w.count};
    return design;
}

void traffic_design_free(struct design *design)
{
    if (design == NULL)
        return;
    for (size_t i = 0; i < design->settings; i++) {
        free((char *)(uintptr_t)design->setting[i].path);
        free((char *)(uintptr_t)design->setting[i].text);
    }
    free((struct setting *)(uintptr_t)design->setting);
    free(design);
}

double traffic_arrivals_simulated(const struct traffic *traffic, const struct trials *trials,
                                  size_t trial)
{
    double sum = 0;
    for (size_t i = 0; i < traffic->arrivals_count; i++) {
        const double count =
            trials_estimate(trials, trial, task_metric_at(traffic->arrivals[i])).mean;
        sum += isfinite(count) ? count : 0;
    }
    return sum;
}

double traffic_arrivals(const struct traffic *traffic, const struct trials *trials, size_t trial)
{
    const struct scenario *const s = traffic->scenario;
    const double sum = traffic_arrivals_simulated(traffic, trials, trial);
    return sum * s->account.month_hours * 3600 / (s->run.duration_s - s->run.warm_up_s);
}
