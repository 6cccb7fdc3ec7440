/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/warm_up.h"

#include "core/memory.h"
#include "plan/plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PERIOD_S 60
#define MEAN_OF 5 /* periods: the 5 of MSER-5 */
#define FEWEST_MEANS 10

/* One series of the run. Those whose every minute is there can be judged. */
struct line {
    char *entity, *metric;
    double *value;
    size_t count, capacity;
};

struct pilot {
    struct line *line;
    size_t lines, capacity;
};

static bool is_level(const char *metric)
{
    return strcmp(metric, "ConcurrentExecutions") == 0;
}

/* Nothing is told of a level of 0. */
static void fill(struct line *line, size_t count)
{
    while (is_level(line->metric) && line->count < count) {
        line->value = mem_grow(line->value, &line->capacity, line->count, sizeof *line->value);
        line->value[line->count++] = 0;
    }
}

static void put(void *context, int64_t time_ns, const char *entity, const char *metric,
                const char *statistic, const char *unit, double value)
{
    struct pilot *const p = context;
    (void)unit;
    if (isnan(value) || (!is_level(metric) && strcmp(statistic, "Average") != 0))
        return; /* sums say how much came, maxima jump */
    size_t i = 0;
    while (i < p->lines &&
           (strcmp(p->line[i].metric, metric) != 0 || strcmp(p->line[i].entity, entity) != 0))
        i++;
    if (i == p->lines) {
        p->line = mem_grow(p->line, &p->capacity, p->lines, sizeof *p->line);
        p->line[p->lines++] = (struct line){mem_strdup(entity), mem_strdup(metric), NULL, 0, 0};
    }
    struct line *const line = &p->line[i];
    fill(line, (size_t)(time_ns / (PERIOD_S * NS_PER_S)));
    line->value = mem_grow(line->value, &line->capacity, line->count, sizeof *line->value);
    line->value[line->count++] = value;
}

static void pilot_finish(struct pilot *pilot)
{
    for (size_t i = 0; i < pilot->lines; i++) {
        free(pilot->line[i].entity);
        free(pilot->line[i].metric);
        free(pilot->line[i].value);
    }
    free(pilot->line);
}

/* From the end: sums of what is kept when everything before an observation is left out. */
size_t warm_up_mser(const double *value, size_t count)
{
    double sum = 0, squares = 0, least = INFINITY;
    size_t best = 0;
    double mean = 0; /* of all: taken off, so that squares do not cancel */
    for (size_t i = 0; i < count; i++)
        mean += value[i] / (double)count;
    for (size_t i = count; i-- > 0;) {
        const double x = value[i] - mean, kept = (double)(count - i);
        sum += x;
        squares += x * x;
        const double mser = fmax(squares - sum * sum / kept, 0) / (kept * kept);
        if (i <= count / 2 && mser <= least) {
            least = mser;
            best = i;
        }
    }
    return best;
}

/* Seconds to leave out; negative: it does not settle in the first half. */
static double judge(const struct line *line)
{
    const size_t means = line->count / MEAN_OF;
    double *const mean = mem_alloc(means, sizeof *mean);
    for (size_t i = 0; i < means * MEAN_OF; i++)
        mean[i / MEAN_OF] += line->value[i] / MEAN_OF;
    const size_t left_out = warm_up_mser(mean, means);
    free(mean);
    return left_out >= means / 2 ? -1 : (double)(left_out * MEAN_OF * PERIOD_S);
}

static int check(const struct scenario *scenario, struct diagnostics *diagnostics)
{
    const size_t errors = diagnostics->errors;
    for (size_t i = 0; i < scenario->workloads; i++) {
        const enum arrival_process process = scenario->workload[i].arrivals.process;
        if (process != ARRIVALS_POISSON && process != ARRIVALS_CONSTANT &&
            process != ARRIVALS_BURSTS)
            diagnostics_error(diagnostics, scenario->path, 0,
                              "workloads.%s: its rate changes by plan, so that there is no steady "
                              "state to wait for; give --warm-up in seconds",
                              scenario->workload[i].name);
    }
    if (scenario->run.duration_s < FEWEST_MEANS * MEAN_OF * PERIOD_S)
        diagnostics_error(diagnostics, scenario->path, 0,
                          "run.duration_s: a warm-up is seen in runs of 50 min and more; give "
                          "--warm-up in seconds");
    return diagnostics->errors > errors ? -1 : 0;
}

static double slowest(struct pilot *pilot, const struct scenario *scenario,
                      struct diagnostics *diagnostics)
{
    const size_t minutes = (size_t)(scenario->run.duration_s / PERIOD_S);
    double warm_up_s = 0;
    for (size_t i = 0; i < pilot->lines; i++) {
        struct line *const line = &pilot->line[i];
        fill(line, minutes);
        const double s = line->count < minutes ? 0 : judge(line);
        if (s < 0)
            diagnostics_warning(diagnostics, NULL, 0,
                                "%s %s does not settle in the first half of the run: it grows, "
                                "swings, or the run is too short; its warm-up is left out",
                                line->entity, line->metric);
        warm_up_s = fmax(warm_up_s, s);
    }
    return warm_up_s;
}

int warm_up_find(const struct scenario *scenario, const struct world *world, double *ret_s,
                 struct diagnostics *diagnostics)
{
    struct pilot pilot = {0};
    const struct series_sink sink = {put, &pilot};
    const struct model_series series = {.sink = &sink, .period_ns = PERIOD_S * NS_PER_S};
    const struct model_hooks hooks = {.series = &series, .series_count = 1};
    if (check(scenario, diagnostics) < 0)
        return -1;
    struct plan *const plan = plan_create(scenario, world, NULL, 0, diagnostics);
    struct model *const model = model_create(plan_model(plan), scenario->run.seed, 0,
                                             (int64_t)(scenario->run.duration_s * 1e9));
    const int status = model != NULL && model_run(model, 0, &hooks) == MODEL_DONE ? 0 : -1;
    if (status == 0)
        *ret_s = slowest(&pilot, scenario, diagnostics);
    else
        diagnostics_error(diagnostics, scenario->path, 0,
                          "the run that looks for the warm-up broke "
                          "off");
    model_destroy(model);
    plan_destroy(plan);
    pilot_finish(&pilot);
    return status;
}
