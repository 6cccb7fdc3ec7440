/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/evaluate.h"

#include "core/lookup.h"
#include "core/memory.h"
#include "core/statistics.h"
#include "engine/precision.h"
#include "support/text.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every metric of every replication, in order of first sight. */
struct observed {
    char *entity, *metric, *unit;
    double *value; /* per replication; NAN: not seen */
    double error;  /* the largest of any of them */
    size_t first;  /* of its entity's, in order of first sight */
};

struct observations {
    struct observed *item;
    size_t count, capacity;
    size_t replication, replications; /* this one, those so far */
    size_t room;                      /* for how many there may be */
    size_t known;                     /* of earlier replications; in one each comes once */
    size_t cursor;       /* where the next one is expected: replications report in the same order */
    struct lookup found; /* an entity's name; in its scope the metrics: 1 + the index, and "": 1 +
                            the first's */
};

static bool is(const struct observed *item, const char *entity, const char *metric)
{
    return strcmp(item->metric, metric) == 0 && strcmp(item->entity, entity) == 0;
}

static struct observed *find(struct observations *o, const char *entity, const char *metric)
{
    size_t i = o->cursor < o->known ? o->cursor : 0;
    if (o->known == 0)
        return NULL;
    if (!is(&o->item[i], entity, metric)) {
        const char *const of = lookup_find(&o->found, NULL, entity);
        const uintptr_t found = of == NULL ? 0 : (uintptr_t)lookup_find(&o->found, of, metric);
        if (found == 0 || found > o->known)
            return NULL;
        i = found - 1;
    }
    o->cursor = i + 1;
    return &o->item[i];
}

static void keep_place(struct observations *o, size_t index)
{
    struct observed *const item = &o->item[index];
    const char *of = lookup_find(&o->found, NULL, item->entity);
    if (of == NULL) {
        of = item->entity;
        lookup_add(&o->found, NULL, of, item->entity);
        lookup_add(&o->found, of, "", (void *)(uintptr_t)(index + 1));
    }
    item->first = (uintptr_t)lookup_find(&o->found, of, "") - 1;
    lookup_add(&o->found, of, item->metric, (void *)(uintptr_t)(index + 1));
}

static void observe_rounded(void *context, const char *entity, const char *metric, const char *unit,
                            double value, double error)
{
    struct observations *const o = context;
    struct observed *item = find(o, entity, metric);
    if (item == NULL) {
        o->item = mem_grow(o->item, &o->capacity, o->count, sizeof *o->item);
        item = &o->item[o->count++];
        *item = (struct observed){.entity = mem_strdup(entity),
                                  .metric = mem_strdup(metric),
                                  .unit = mem_strdup(unit),
                                  .value = mem_alloc(o->room, sizeof(double))};
        for (size_t i = 0; i < o->room; i++)
            item->value[i] = NAN;
        keep_place(o, o->count - 1);
    }
    item->value[o->replication] = value;
    item->error = fmax(item->error, error);
}

static void observe(void *context, const char *entity, const char *metric, const char *unit,
                    double value)
{
    observe_rounded(context, entity, metric, unit, value, 0);
}

static void observations_finish(struct observations *o)
{
    lookup_finish(&o->found);
    for (size_t i = 0; i < o->count; i++) {
        free(o->item[i].entity);
        free(o->item[i].metric);
        free(o->item[i].unit);
        free(o->item[i].value);
    }
    free(o->item);
}

static struct result_estimate estimate(const double *value, size_t count, double error, double most)
{
    const struct estimate e = estimate_within(value, count, error, most);
    return (struct result_estimate){e.mean, e.low, e.high, e.count};
}

static struct result_estimate estimate_observed(const struct observed *item, size_t count)
{
    return estimate(item->value, count, item->error,
                    strcmp(item->unit, "ratio") == 0 ? 1 : INFINITY);
}

/* --- one replication ------------------------------------------------------------------------ */

static const double percentile[] = {0.50, 0.95, 0.99};
#define PERCENTILES (sizeof percentile / sizeof *percentile)

struct totals {
    struct usage usage; /* of all replications together */
    struct observations observations;
    double *cost, *lost, *utilization, *latency_ms[PERCENTILES]; /* per replication */
    double latency_error_ms[PERCENTILES];
    uint64_t events, invocations;
    const struct scenario *scenario;
    const struct world *world;
    struct bill_options bill_options;
};

static int price_replication(struct totals *t, const struct model *model, size_t replication,
                             struct diagnostics *diagnostics)
{
    struct usage usage;
    struct bill bill;
    usage_init(&usage);
    model_usage(model, &usage);
    const int status = bill_compute(&bill, &usage, t->world->prices, &t->bill_options, diagnostics);
    if (status == 0) {
        t->cost[replication] = money_to_double(bill.total);
        bill_finish(&bill);
    }
    for (size_t i = 0; i < usage.count; i++)
        usage_add(&t->usage, usage.line[i].entity, usage.line[i].meter, usage.line[i].detail,
                  usage.line[i].quantity);
    usage_finish(&usage);
    return status;
}

static int add_replication(void *context, size_t replication, const struct model *model,
                           struct diagnostics *diagnostics)
{
    struct totals *const t = context;
    const double measured_s = t->scenario->run.duration_s - t->scenario->run.warm_up_s;
    t->observations.replication = replication;
    t->observations.known = t->observations.count;
    t->observations.cursor = 0;
    model_report(model, &(struct metric_sink){observe, &t->observations, observe_rounded});
    struct model_summary summary;
    model_summarize(model, &summary);
    for (size_t i = 0; i < PERCENTILES; i++) {
        const double error = histogram_quantile_error(&summary.latency, percentile[i]);
        t->latency_ms[i][replication] = histogram_quantile(&summary.latency, percentile[i]) / 1e6;
        t->latency_error_ms[i] = fmax(t->latency_error_ms[i], error / 1e6);
    }
    t->lost[replication] =
        (double)summary.lost * t->scenario->account.month_hours * 3600 / measured_s;
    t->utilization[replication] = summary.utilization;
    t->events += summary.events;
    t->invocations += summary.invocations;
    histogram_finish(&summary.latency);
    return price_replication(t, model, replication, diagnostics);
}

/* --- the option ----------------------------------------------------------------------------- */

static void mean_usage(struct usage *usage, size_t replications)
{
    for (size_t i = 0; i < usage->count; i++)
        usage->line[i].quantity = (usage->line[i].quantity + (usage_quantity)replications / 2) /
                                  (usage_quantity)replications;
}

double option_metric(const struct result_option *option, const char *entity, const char *metric)
{
    for (size_t i = 0; i < option->metrics; i++)
        if (strcmp(option->metric[i].metric, metric) == 0 &&
            strcmp(option->metric[i].entity, entity) == 0)
            return option->metric[i].value.mean;
    return NAN;
}

bool objective_applies(const struct objective_spec *objective, const char *option)
{
    const char *const entity = objective->entity == NULL ? "" : objective->entity;
    return strncmp(entity, "baseline:", 9) != 0 ||
           (option != NULL && strcmp(entity + 9, option) == 0);
}

bool metric_counts_losses(const char *metric)
{
    static const char *const word[] = {"lost",      "expired",  "discarded", "refused",
                                       "throttles", "timeouts", "errors"};
    for (size_t i = 0; i < sizeof word / sizeof *word; i++)
        if (strstr(metric, word[i]) != NULL)
            return true;
    return false;
}

bool objective_kept(const struct objective_spec *objective, double value, bool ended)
{
    return objective->at_most ? ended && value <= objective->bound : value >= objective->bound;
}

void objective_judge(const struct objective_spec *objective, const struct result_estimate *value,
                     bool *ret_met, bool *ret_sure)
{
    const double bound = objective->bound;
    const bool inside = objective->at_most ? value->high <= bound : value->low >= bound;
    const bool outside = objective->at_most ? value->low > bound : value->high < bound;
    *ret_met = objective_kept(objective, value->mean, !result_is_open(value));
    *ret_sure = *ret_met ? inside : outside;
}

static char *objective_metric(const struct objective_spec *o)
{
    return o->statistic != NULL ? text_format("%s.%s", o->metric, o->statistic)
                                : mem_strdup(o->metric);
}

static const struct observed *observed_of(const struct totals *t, const struct objective_spec *o)
{
    const struct observed *found = NULL;
    char *const name = objective_metric(o);
    for (size_t i = 0; i < t->observations.count && found == NULL; i++)
        if (strcmp(t->observations.item[i].metric, name) == 0 &&
            strcmp(t->observations.item[i].entity, o->entity) == 0)
            found = &t->observations.item[i];
    free(name);
    return found;
}

/* The value that an objective speaks of; false when this option has no such metric. */
static bool objective_value(const struct totals *t, const struct result_option *option,
                            const struct objective_spec *o, struct result_estimate *ret,
                            const char **ret_unit)
{
    char *const name = objective_metric(o);
    bool known = false;
    if (strcmp(name, "monthly_cost_usd") == 0) {
        *ret = option->monthly_cost_usd;
        *ret_unit = "USD";
        known = true;
    }
    const struct observed *const item = known ? NULL : observed_of(t, o);
    if (item != NULL) {
        *ret = estimate_observed(item, t->observations.replications);
        *ret_unit = item->unit;
        known = true;
    }
    free(name);
    return known;
}

static void judge(struct result_option *option, const struct totals *t,
                  const struct scenario *scenario, const char *baseline)
{
    option->objectives = scenario->objectives;
    option->objective = mem_alloc(scenario->objectives, sizeof *option->objective);
    option->meets_objectives = true;
    for (size_t i = 0; i < scenario->objectives; i++) {
        const struct objective_spec *const o = &scenario->objective[i];
        struct result_objective *const r = &option->objective[i];
        char *const metric = objective_metric(o);
        const char *unit = "";
        *r = (struct result_objective){
            .metric = text_format("%s %s", o->entity != NULL ? o->entity : "account", metric),
            .bound = o->bound,
            .at_most = o->at_most,
            .value = {NAN, NAN, NAN, 0}};
        free(metric);
        r->text = text_format("%s %s %.10g", r->metric, o->at_most ? "<=" : ">=", o->bound);
        r->known =
            objective_applies(o, baseline) && objective_value(t, option, o, &r->value, &unit);
        r->unit = mem_strdup(unit);
        objective_judge(o, &r->value, &r->met, &r->sure);
        option->meets_objectives = option->meets_objectives && (r->met || !r->known);
    }
}

static void keep_sample(struct result_samples *samples, const double *value, double error)
{
    memcpy(samples->value + samples->rows * samples->count, value, samples->count * sizeof *value);
    samples->error[samples->rows++] = error;
}

static int compare_entities(const void *left, const void *right)
{
    const struct observed *const a = *(const struct observed *const *)left;
    const struct observed *const b = *(const struct observed *const *)right;
    return a->first != b->first ? (a->first > b->first) - (a->first < b->first) : (a > b) - (a < b);
}

/* An entity's together: several parts may have reported of it, one only in a later replication.
 * free() it. */
static const struct observed **by_entity(const struct observations *o)
{
    const struct observed **const sorted = mem_alloc(o->count + 1, sizeof *sorted);
    for (size_t i = 0; i < o->count; i++)
        sorted[i] = &o->item[i];
    qsort(sorted, o->count, sizeof *sorted, compare_entities);
    return sorted;
}

static void keep_metrics(struct result_option *option, const struct totals *t, bool baseline)
{
    const struct observations *const o = &t->observations;
    const struct observed **const sorted = by_entity(o);
    struct result_samples *const samples = &option->samples;
    const size_t rows = o->count + RESULT_ROW_METRICS;
    option->metric = mem_alloc(o->count, sizeof *option->metric);
    samples->count = o->replications;
    samples->value = mem_alloc(rows * samples->count, sizeof *samples->value);
    samples->error = mem_alloc(rows, sizeof *samples->error);
    keep_sample(samples, t->cost, 0);
    keep_sample(samples, t->lost, 0);
    for (size_t i = 0; i < o->count; i++) {
        const struct observed *const item = sorted[i];
        if (baseline && strncmp(item->entity, "baseline:", 9) != 0)
            continue; /* the Lambda design has entities of the same names */
        option->metric[option->metrics++] = (struct result_metric){
            mem_strdup(item->entity), mem_strdup(item->metric), mem_strdup(item->unit),
            estimate_observed(item, o->replications)};
        keep_sample(samples, item->value, item->error);
    }
    free(sorted);
}

struct bill_options evaluate_bill_options(const struct scenario *scenario)
{
    const double measured_s = scenario->run.duration_s - scenario->run.warm_up_s;
    return (struct bill_options){.region = scenario->region,
                                 .day = scenario->as_of_day,
                                 .free_tier = scenario->account.free_tier,
                                 .savings_plan = strcmp(scenario->account.savings_plan, "none") == 0
                                                     ? NULL
                                                     : scenario->account.savings_plan,
                                 .month_ms = llround(scenario->account.month_hours * 3600e3),
                                 .run_ms = llround(measured_s * 1e3)};
}

/* --- how many -------------------------------------------------------------------------------- */

/* The replications that it takes; those that there are when all that is watched is known well
 * enough, or will not be known better. */
static size_t wanted_by(const struct totals *t, const struct precision *precision,
                        bool *ret_reached)
{
    const size_t n = t->observations.replications;
    unsigned wanted = (unsigned)n;
    const struct estimate cost = estimate_of(t->cost, n);
    *ret_reached = precision_reached(precision, &cost, 0, wanted, &wanted);
    for (size_t i = 0; i < t->scenario->objectives; i++) {
        const struct objective_spec *const o = &t->scenario->objective[i];
        const struct observed *const item = objective_applies(o, NULL) ? observed_of(t, o) : NULL;
        if (item == NULL)
            continue;
        const struct estimate e = estimate_within(item->value, n, item->error, INFINITY);
        *ret_reached &= precision_reached(precision, &e, item->error, (unsigned)n, &wanted);
    }
    return wanted;
}

static enum study_status replicate(struct totals *t, const struct baseline_spec *baseline,
                                   unsigned fleet_size, const struct precision *precision,
                                   const struct study_hooks *hooks, struct diagnostics *diagnostics)
{
    enum study_status status = STUDY_DONE;
    bool reached = true;
    size_t wanted = precision_first(precision);
    for (size_t n = 0; n < wanted && status == STUDY_DONE;) {
        status = replications_run(t->scenario, t->world, baseline, fleet_size, n, wanted, hooks,
                                  add_replication, t, diagnostics);
        n = t->observations.replications = wanted;
        if (status == STUDY_DONE)
            wanted = wanted_by(t, precision, &reached);
    }
    if (status == STUDY_DONE && !reached)
        diagnostics_warning(diagnostics, NULL, 0,
                            "%zu replications did not bring cost and objectives to ± %g %%: allow "
                            "more (--max-replications), run longer, or ask for less (percentiles "
                            "are up to 0.4 %% off)",
                            t->observations.replications, 100 * precision->relative);
    return status;
}

enum study_status evaluate_option(struct result_option *ret, const struct scenario *scenario,
                                  const struct world *world, const struct baseline_spec *baseline,
                                  unsigned fleet_size, const struct study_hooks *hooks,
                                  uint64_t *events, uint64_t *invocations,
                                  struct diagnostics *diagnostics)
{
    /* Baselines run as often as the Lambda design has, so that they meet the same luck. */
    const struct precision precision = {scenario->run.replications,
                                        baseline == NULL ? hooks->precision : 0,
                                        hooks->max_replications};
    const size_t room = precision.relative > 0 ? precision.most : precision.replications;
    *ret = (struct result_option){0};
    double *const values = mem_alloc(6 * room, sizeof *values);
    struct totals t = {.observations = {.room = room},
                       .cost = values,
                       .lost = values + room,
                       .utilization = values + 2 * room,
                       .latency_ms = {values + 3 * room, values + 4 * room, values + 5 * room},
                       .scenario = scenario,
                       .world = world,
                       .bill_options = evaluate_bill_options(scenario)};
    usage_init(&t.usage);
    enum study_status status = replicate(&t, baseline, fleet_size, &precision, hooks, diagnostics);
    const size_t n = t.observations.replications;
    *events += t.events;
    *invocations += t.invocations;
    if (status != STUDY_DONE)
        goto out;
    mean_usage(&t.usage, n);
    if (bill_compute(&ret->bill, &t.usage, world->prices, &t.bill_options, diagnostics) < 0) {
        status = STUDY_FAILED;
        goto out;
    }
    ret->name = mem_strdup(baseline != NULL ? baseline->name : "lambda");
    ret->kind = baseline == NULL ? "lambda" : baseline->task_cpu > 0 ? "fargate" : "ec2";
    ret->note = mem_strdup("");
    ret->common = mem_alloc(ret->bill.count, sizeof *ret->common);
    /* The bill of the mean usage is the figure; the replications' bills say how sure it is. */
    const struct estimate cost = estimate_of(t.cost, n);
    const double total = money_to_double(ret->bill.total);
    ret->monthly_cost_usd =
        (struct result_estimate){total, total - cost.half_width, total + cost.half_width, n};
    if (ret->monthly_cost_usd.low < 0)
        ret->monthly_cost_usd.low = 0;
    ret->relative_cost = NAN;
    struct result_estimate *const latency[PERCENTILES] = {
        &ret->latency_ms_p50, &ret->latency_ms_p95, &ret->latency_ms_p99};
    for (size_t i = 0; i < PERCENTILES; i++)
        *latency[i] = estimate(t.latency_ms[i], n, t.latency_error_ms[i], INFINITY);
    ret->lost = estimate(t.lost, n, 0, INFINITY);
    ret->utilization = estimate(t.utilization, n, 0, 1);
    keep_metrics(ret, &t, baseline != NULL);
    judge(ret, &t, scenario, baseline != NULL ? baseline->name : NULL);
out:
    usage_finish(&t.usage);
    observations_finish(&t.observations);
    free(values);
    return status;
}
