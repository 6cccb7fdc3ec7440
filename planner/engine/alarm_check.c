/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model that never runs tells nothing, but it knows the names of all that it could tell: alarms
 * are held against them. */
#include "engine/alarms.h"

#include "core/memory.h"
#include "plan/plan.h"
#include "scenario/json.h"
#include "support/text.h"

#include <stdlib.h>
#include <string.h>

/* Different words, as they come. */
struct words {
    char **word;
    size_t count, capacity;
};

struct check {
    const struct alarm_spec *alarm;
    struct words metrics;    /* of its entity */
    struct words statistics; /* of its metric */
};

static bool has(const struct words *words, const char *word)
{
    for (size_t i = 0; i < words->count; i++)
        if (strcmp(words->word[i], word) == 0)
            return true;
    return false;
}

static void add(struct words *words, const char *word)
{
    if (has(words, word))
        return;
    words->word = mem_grow(words->word, &words->capacity, words->count, sizeof *words->word);
    words->word[words->count++] = mem_strdup(word);
}

static void finish(struct words *words)
{
    for (size_t i = 0; i < words->count; i++)
        free(words->word[i]);
    free(words->word);
}

static void put(void *context, int64_t time_ns, const char *entity, const char *metric,
                const char *statistic, const char *unit, double value)
{
    struct check *const check = context;
    (void)time_ns, (void)unit, (void)value;
    if (strcmp(entity, check->alarm->entity) != 0)
        return;
    add(&check->metrics, metric);
    if (strcmp(metric, check->alarm->metric_name) == 0)
        add(&check->statistics, statistic);
}

/* "; did you mean `Errors`?", or all of them; new memory. */
static char *remedy(const struct words *words, const char *wanted)
{
    const char *const near = text_near_miss(wanted, (const char *const *)words->word, words->count);
    if (near != NULL)
        return text_format("; did you mean `%s`?", near);
    char *list = mem_strdup("");
    for (size_t i = 0; i < words->count; i++) {
        char *const longer = text_format("%s%s%s", list, i == 0 ? ", but " : ", ", words->word[i]);
        free(list);
        list = longer;
    }
    return list;
}

static void judge(const struct check *check, const char *file, struct diagnostics *diagnostics)
{
    const struct alarm_spec *const a = check->alarm;
    const char *const statistic = a->statistic != NULL ? a->statistic : "pNN";
    const bool known = check->statistics.count > 0;
    char entity[JSON_SHOWN_SIZE], metric[JSON_SHOWN_SIZE];
    if (known && has(&check->statistics, statistic))
        return;
    char *const instead =
        known ? remedy(&check->statistics, statistic) : remedy(&check->metrics, a->metric_name);
    json_shown(a->entity, entity);
    json_shown(a->metric_name, metric);
    if (check->metrics.count == 0)
        diagnostics_error(diagnostics, file, a->line,
                          "alarms.%s.entity: the time series of this scenario has nothing of %s",
                          a->name, entity);
    else if (!known)
        diagnostics_error(diagnostics, file, a->line,
                          "alarms.%s.metric_name: the time series of %s has no `%s` in this "
                          "scenario%s",
                          a->name, entity, metric, instead);
    else
        diagnostics_error(diagnostics, file, a->line, "alarms.%s: %s of %s has no %s%s", a->name,
                          metric, entity, a->statistic != NULL ? a->statistic : "percentiles",
                          instead);
    free(instead);
}

void alarms_check(const struct scenario *scenario, const struct world *world,
                  struct diagnostics *diagnostics)
{
    if (scenario->alarms == 0 || diagnostics->errors > 0)
        return; /* a trace that cannot be read would say so again */
    struct plan *const plan = plan_create(scenario, world, NULL, 0, diagnostics);
    struct model *const model = model_create(plan_model(plan), scenario->run.seed, 0,
                                             (int64_t)(scenario->run.duration_s * 1e9));
    for (size_t i = 0; i < scenario->alarms && model != NULL; i++) {
        struct check check = {.alarm = &scenario->alarm[i]};
        model_series_names(model, &(struct series_sink){put, &check});
        judge(&check, scenario->path, diagnostics);
        finish(&check.metrics);
        finish(&check.statistics);
    }
    model_destroy(model);
    plan_destroy(plan);
}
