/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/alarms.h"

#include "core/memory.h"
#include "support/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum datapoint { DATA_MISSING, DATA_GOOD, DATA_BREACHING };

struct watch {
    const struct alarm_spec *spec;
    struct series_sink sink;
    struct series_wish wish;
    enum datapoint *last; /* ring of the evaluation range */
    size_t range;
    uint64_t periods; /* that have ended */
    double value;     /* of the newest datapoint */
    double since_s;   /* in the present state */
    double end_s;     /* of the run */
    bool seen;
    struct result_alarm result;
};

struct alarms {
    struct watch *watch;
    struct model_series *series;
    size_t count;
};

static bool breaches(const struct alarm_spec *spec, double value)
{
    switch (spec->comparison) {
    case ALARM_ABOVE:
        return value > spec->threshold;
    case ALARM_AT_LEAST:
        return value >= spec->threshold;
    case ALARM_BELOW:
        return value < spec->threshold;
    case ALARM_AT_MOST:
        return value <= spec->threshold;
    }
    return false;
}

/* By the newest datapoints that there are; missing ones fill up only what these lack. */
static enum result_alarm_state judge(const struct watch *w)
{
    const struct alarm_spec *const spec = w->spec;
    const size_t wanted = spec->evaluation_periods, enough = spec->datapoints_to_alarm;
    size_t good = 0, breaching = 0, oldest_breaching = 0;
    for (size_t age = 1; age <= w->range && age <= w->periods && good + breaching < wanted; age++) {
        const enum datapoint point = w->last[(w->periods - age) % w->range];
        good += point == DATA_GOOD;
        breaching += point == DATA_BREACHING;
        oldest_breaching = point == DATA_BREACHING ? age : oldest_breaching;
    }
    const size_t filled = (w->periods < wanted ? w->periods : wanted) - good - breaching;
    if (breaching >= enough)
        return RESULT_ALARM_ALARM;
    switch (spec->treat_missing_data) {
    case ALARM_BREACHING:
        return breaching + filled >= enough ? RESULT_ALARM_ALARM : RESULT_ALARM_OK;
    case ALARM_NOT_BREACHING:
        return RESULT_ALARM_OK;
    case ALARM_IGNORE:
        return good > 0 ? RESULT_ALARM_OK : w->result.last;
    case ALARM_MISSING:
        break;
    }
    if (good > 0)
        return RESULT_ALARM_OK;
    return breaching > 0 && oldest_breaching >= enough ? RESULT_ALARM_ALARM
                                                       : RESULT_ALARM_INSUFFICIENT_DATA;
}

static void change(struct watch *w, enum result_alarm_state to, double time_s)
{
    struct result_alarm *const r = &w->result;
    if (to == r->last)
        return;
    if (r->last == RESULT_ALARM_ALARM)
        r->alarm_s += time_s - w->since_s;
    if (to == RESULT_ALARM_ALARM)
        r->fired++;
    if (r->changes < RESULT_ALARM_CHANGES) {
        r->change = mem_resize(r->change, r->changes + 1, sizeof *r->change);
        r->change[r->changes++] = (struct result_alarm_change){time_s, r->last, to, w->value};
    }
    r->all++;
    r->last = to;
    w->since_s = time_s;
}

/* A period has ended; NAN: without data. */
static void take(struct watch *w, double value)
{
    const struct alarm_spec *const spec = w->spec;
    w->last[w->periods % w->range] = isnan(value)            ? DATA_MISSING
                                     : breaches(spec, value) ? DATA_BREACHING
                                                             : DATA_GOOD;
    w->periods++;
    w->value = value;
    change(w, judge(w), (double)w->periods * spec->period_s);
}

/* Periods without data come as nothing at all: they show when the next one comes. */
static void take_until(struct watch *w, uint64_t period)
{
    while (w->periods < period)
        take(w, NAN);
}

static const char *statistic_of(const struct alarm_spec *spec)
{
    return spec->statistic != NULL ? spec->statistic : spec->extended_statistic;
}

static void put(void *context, int64_t time_ns, const char *entity, const char *metric,
                const char *statistic, const char *unit, double value)
{
    struct watch *const w = context;
    (void)unit;
    if (strcmp(entity, w->spec->entity) != 0 || strcmp(metric, w->spec->metric_name) != 0 ||
        strcmp(statistic, statistic_of(w->spec)) != 0)
        return;
    w->seen = true;
    if ((double)time_ns / 1e9 + w->spec->period_s > w->end_s)
        return; /* cut off by the end of the run */
    take_until(w, (uint64_t)(time_ns / NS_PER_S / w->spec->period_s));
    take(w, value);
}

struct alarms *alarms_create(const struct scenario *scenario)
{
    static const char *const signs[] = {
        [ALARM_ABOVE] = ">", [ALARM_AT_LEAST] = ">=", [ALARM_BELOW] = "<", [ALARM_AT_MOST] = "<="};
    struct alarms *const alarms = mem_alloc(1, sizeof *alarms);
    alarms->count = scenario->alarms;
    alarms->watch = mem_alloc(scenario->alarms, sizeof *alarms->watch);
    alarms->series = mem_alloc(scenario->alarms, sizeof *alarms->series);
    for (size_t i = 0; i < scenario->alarms; i++) {
        const struct alarm_spec *const spec = &scenario->alarm[i];
        struct watch *const w = &alarms->watch[i];
        w->spec = spec;
        w->sink = (struct series_sink){put, w};
        w->wish = (struct series_wish){spec->entity, spec->metric_name, statistic_of(spec),
                                       spec->percentile};
        w->range = (size_t)spec->evaluation_periods + spec->further_datapoints;
        w->last = mem_alloc(w->range, sizeof *w->last);
        w->value = NAN;
        w->end_s = scenario->run.duration_s;
        w->result.name = mem_strdup(spec->name);
        w->result.text = text_format("%s %s %s %s %.15g for %u of %u periods of %u s", spec->entity,
                                     spec->metric_name, statistic_of(spec), signs[spec->comparison],
                                     spec->threshold, spec->datapoints_to_alarm,
                                     spec->evaluation_periods, spec->period_s);
        alarms->series[i] = (struct model_series){
            .sink = &w->sink, .period_ns = spec->period_s * NS_PER_S, .wish = &w->wish};
    }
    return alarms;
}

void alarms_destroy(struct alarms *alarms)
{
    if (alarms == NULL)
        return;
    for (size_t i = 0; i < alarms->count; i++) {
        struct watch *const w = &alarms->watch[i];
        free(w->last);
        free(w->result.name);
        free(w->result.text);
        free(w->result.change);
    }
    free(alarms->watch);
    free(alarms->series);
    free(alarms);
}

const struct model_series *alarms_watch(const struct alarms *alarms, size_t *ret_count)
{
    *ret_count = alarms->count;
    return alarms->series;
}

struct result_alarm *alarms_finish(struct alarms *alarms, size_t *ret_count,
                                   struct diagnostics *diagnostics)
{
    struct result_alarm *const ret = mem_alloc(alarms->count, sizeof *ret);
    for (size_t i = 0; i < alarms->count; i++) {
        struct watch *const w = &alarms->watch[i];
        take_until(w, (uint64_t)(w->end_s / w->spec->period_s));
        if (w->result.last == RESULT_ALARM_ALARM)
            w->result.alarm_s += w->end_s - w->since_s;
        if (!w->seen)
            diagnostics_warning(diagnostics, NULL, 0, "alarm %s: %s has no data of %s in this run",
                                w->spec->name, w->spec->entity, w->spec->metric_name);
        ret[i] = w->result;
        w->result = (struct result_alarm){0};
    }
    *ret_count = alarms->count;
    return ret;
}
