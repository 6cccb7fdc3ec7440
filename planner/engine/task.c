/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/task.h"

#include "core/memory.h"
#include "engine/digest.h"
#include "engine/runaway.h"
#include "engine/work.h"
#include "plan/loops.h"
#include "support/text.h"

#include <assert.h>
#include <math.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static_assert(TASK_KEY_SIZE == SHA256_DIGEST_LENGTH && TASK_KEY_SIZE == DIGEST_SIZE,
              "keys are SHA-256");

/* --- the base ------------------------------------------------------------------------------- */

int task_base_init(struct task_base *ret, const cJSON *root, const char *path,
                   const struct world *world, const struct scenario_overrides *overrides,
                   struct diagnostics *diagnostics)
{
    *ret = (struct task_base){
        .design = {.root = root, .path = path, .world = world, .overrides = *overrides}};
    return digest_inputs(&ret->design, ret->digest, diagnostics);
}

void task_base_finish(struct task_base *base)
{
    for (size_t i = 0; i < base->metrics; i++) {
        free(base->metric[i].entity);
        free(base->metric[i].metric);
        free(base->metric[i].unit);
    }
    free(base->metric);
    *base = (struct task_base){0};
}

size_t task_base_find(const struct task_base *base, const char *entity, const char *metric)
{
    const char *const of = strcmp(metric, "monthly_cost_usd") == 0 ? NULL : entity;
    for (size_t i = 0; i < base->metrics; i++) {
        const struct task_metric *const m = &base->metric[i];
        const bool same =
            m->entity == NULL || of == NULL ? m->entity == of : strcmp(m->entity, of) == 0;
        if (same && strcmp(m->metric, metric) == 0)
            return i;
    }
    return SIZE_MAX;
}

size_t task_base_want(struct task_base *base, const char *entity, const char *metric)
{
    const bool cost = strcmp(metric, "monthly_cost_usd") == 0;
    const char *const of = cost ? NULL : entity;
    const size_t there = task_base_find(base, entity, metric);
    if (there != SIZE_MAX)
        return there;
    base->metric = mem_resize(base->metric, base->metrics + 1, sizeof *base->metric);
    base->metric[base->metrics] = (struct task_metric){.entity = mem_strdup(of),
                                                       .metric = mem_strdup(metric),
                                                       .unit = mem_strdup(cost ? "USD" : "")};
    return base->metrics++;
}

size_t *task_base_want_objectives(struct task_base *base, const struct scenario *scenario)
{
    size_t *const index = mem_alloc(scenario->objectives, sizeof *index);
    for (size_t i = 0; i < scenario->objectives; i++) {
        const struct objective_spec *const o = &scenario->objective[i];
        char *const metric = o->statistic != NULL ? text_format("%s.%s", o->metric, o->statistic)
                                                  : mem_strdup(o->metric);
        index[i] = task_base_want(base, o->entity, metric);
        if (objective_applies(o, NULL))
            base->metric[index[i]].line = o->line;
        free(metric);
    }
    return index;
}

size_t task_width(const struct task_base *base)
{
    return TASK_FIGURES + 2 * base->metrics;
}

size_t task_metric_at(size_t index)
{
    return TASK_FIGURES + 2 * index;
}

bool task_has_error(size_t figure)
{
    return figure >= TASK_LATENCY_P50;
}

double task_most(const struct task_base *base, size_t figure)
{
    const bool ratio = figure >= TASK_FIGURES
                           ? strcmp(base->metric[(figure - TASK_FIGURES) / 2].unit, "ratio") == 0
                           : figure == TASK_UTILIZATION;
    return ratio ? 1 : INFINITY;
}

/* --- keys ----------------------------------------------------------------------------------- */

static void add_text(SHA2_CTX *sha, const char *text)
{
    const char *const there = text == NULL ? "" : text;
    SHA256Update(sha, (const uint8_t *)there, strlen(there) + 1);
}

static void add_number(SHA2_CTX *sha, uint64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    add_text(sha, text);
}

void task_key(const struct task_base *base, const struct task *task, uint8_t ret[TASK_KEY_SIZE])
{
    SHA2_CTX sha;
    const size_t settings = task->design == NULL ? 0 : task->design->settings;
    SHA256Init(&sha);
    add_text(&sha, "lambdaplan " LAMBDAPLAN_VERSION);
    SHA256Update(&sha, base->digest, sizeof base->digest);
    add_number(&sha, base->metrics);
    for (size_t i = 0; i < base->metrics; i++) {
        add_text(&sha, base->metric[i].entity);
        add_text(&sha, base->metric[i].metric);
    }
    add_number(&sha, settings);
    for (size_t i = 0; i < settings; i++) {
        add_text(&sha, task->design->setting[i].path);
        add_text(&sha, task->design->setting[i].text);
    }
    add_text(&sha, task->option);
    add_number(&sha, task->fleet_size);
    add_number(&sha, task->replication);
    SHA256Final(ret, &sha);
}

/* --- running -------------------------------------------------------------------------------- */

struct task_runner {
    const struct task_base *base;
    struct world world; /* the base's, with the design's own prices on top */
    bool read;          /* the following is of this design, option and size */
    const struct design *design;
    const char *option;
    unsigned fleet_size;
    struct scenario *scenario;
    struct plan *plan;
    struct diagnostics diagnostics; /* of the plan's traces */
    bool broken;                    /* the last run failed by no fault of the design */
};

struct task_runner *task_runner_create(const struct task_base *base)
{
    struct task_runner *const runner = mem_alloc(1, sizeof *runner);
    runner->base = base;
    diagnostics_init(&runner->diagnostics);
    return runner;
}

static void forget(struct task_runner *r)
{
    plan_destroy(r->plan);
    scenario_destroy(r->scenario);
    price_book_destroy(r->world.prices);
    diagnostics_finish(&r->diagnostics);
    *r = (struct task_runner){.base = r->base};
    diagnostics_init(&r->diagnostics);
}

void task_runner_destroy(struct task_runner *runner)
{
    if (runner == NULL)
        return;
    forget(runner);
    diagnostics_finish(&runner->diagnostics);
    free(runner);
}

double task_runner_part(const struct task_runner *runner, int64_t now_ns)
{
    return (double)now_ns / (runner->scenario->run.duration_s * 1e9);
}

static const struct baseline_spec *find_baseline(const struct scenario *scenario, const char *name,
                                                 struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < scenario->baselines; i++)
        if (strcmp(scenario->baseline[i].name, name) == 0)
            return &scenario->baseline[i];
    const char **const names = mem_alloc(scenario->baselines + 1, sizeof *names);
    for (size_t i = 0; i < scenario->baselines; i++)
        names[i] = scenario->baseline[i].name;
    const char *const near = text_near_miss(name, names, scenario->baselines);
    diagnostics_error(diagnostics, scenario->path, 0, "there is no baseline `%s`%s%s%s", name,
                      near != NULL ? "; did you mean `" : "", near != NULL ? near : "",
                      near != NULL ? "`?" : "");
    free(names);
    return NULL;
}

static int prepare_plan(struct task_runner *r, const struct task *task,
                        struct diagnostics *diagnostics)
{
    const struct baseline_spec *baseline = NULL;
    if (task->option != NULL) {
        baseline = find_baseline(r->scenario, task->option, diagnostics);
        if (baseline == NULL)
            return -1;
        if (baseline->sizing == FLEET_SMALLEST && task->fleet_size == 0) {
            diagnostics_error(diagnostics, r->scenario->path, baseline->line,
                              "baselines.%s.sizing: \"smallest\" is found by trying; a study needs "
                              "\"fixed\" or \"target_tracking\"",
                              baseline->name);
            return -1;
        }
    }
    r->plan = plan_create(r->scenario, &r->world, baseline, task->fleet_size, &r->diagnostics);
    return 0;
}

/* Design, scenario and plan of the task, unless the last one had the same. */
static int prepare(struct task_runner *r, const struct task *task, struct diagnostics *diagnostics)
{
    if (r->read && r->design == task->design && r->option == task->option &&
        r->fleet_size == task->fleet_size)
        return 0;
    forget(r);
    r->design = task->design;
    r->option = task->option;
    r->fleet_size = task->fleet_size;
    r->world = *r->base->design.world;
    r->world.prices = price_book_over(r->base->design.world->prices);
    r->scenario = design_read(&r->base->design, task->design, diagnostics);
    if (r->scenario == NULL)
        return -1;
    world_apply_prices(&r->world, r->scenario);
    const int status = prepare_plan(r, task, diagnostics);
    diagnostics_pass_on(&r->diagnostics, NULL, diagnostics, diagnostics);
    diagnostics_finish(&r->diagnostics);
    diagnostics_init(&r->diagnostics);
    r->read = status == 0;
    return status;
}

struct reported {
    const struct task_base *base;
    double *value; /* of the metrics */
};

static void take_rounded(void *context, const char *entity, const char *metric, const char *unit,
                         double value, double error)
{
    const struct reported *const r = context;
    (void)unit;
    for (size_t i = 0; i < r->base->metrics; i++) {
        const struct task_metric *const wanted = &r->base->metric[i];
        if (wanted->entity == NULL || strcmp(wanted->metric, metric) != 0 ||
            strcmp(wanted->entity, entity) != 0)
            continue;
        r->value[2 * i] = value;
        r->value[2 * i + 1] = error;
    }
}

static void take_exact(void *context, const char *entity, const char *metric, const char *unit,
                       double value)
{
    take_rounded(context, entity, metric, unit, value, 0);
}

/* Of the month's bill. */
static double quantity_of(const struct bill *bill, const char *name)
{
    double sum = TASK_NOT_REPORTED;
    for (size_t i = 0; i < bill->count; i++) {
        const struct bill_line *const line = &bill->line[i];
        const size_t service = strlen(line->service);
        if (strncmp(name, line->service, service) == 0 && name[service] == ':' &&
            strcmp(name + service + 1, line->sku) == 0)
            sum = (isinf(sum) ? 0 : sum) + (double)line->quantity / (double)line->per_unit;
    }
    return sum;
}

static double cost_under_plan(const struct task_runner *r, const struct usage *usage,
                              const char *plan)
{
    struct bill_options options = evaluate_bill_options(r->scenario);
    struct diagnostics unheard;
    struct bill bill;
    options.savings_plan = plan;
    diagnostics_init(&unheard);
    const int status = bill_compute(&bill, usage, r->world.prices, &options, &unheard);
    const double cost = status == 0 ? money_to_double(bill.total) : TASK_NOT_REPORTED;
    bill_finish(&bill);
    diagnostics_finish(&unheard);
    return cost;
}

static void take_bill(const struct task_runner *r, const struct usage *usage,
                      const struct bill *bill, double *ret)
{
    static const char plan[] = "savings_plan:", quantity[] = "quantity:";
    for (size_t i = 0; i < r->base->metrics; i++) {
        const struct task_metric *const m = &r->base->metric[i];
        if (m->entity == NULL)
            ret[task_metric_at(i)] = ret[TASK_COST];
        else if (strcmp(m->entity, TASK_BILL) != 0)
            continue;
        else if (strncmp(m->metric, plan, sizeof plan - 1) == 0)
            ret[task_metric_at(i)] = cost_under_plan(r, usage, m->metric + sizeof plan - 1);
        else if (strncmp(m->metric, quantity, sizeof quantity - 1) == 0)
            ret[task_metric_at(i)] = quantity_of(bill, m->metric + sizeof quantity - 1);
    }
}

/* What the usage costs and how much of it is servers; `ret` has task_width numbers. */
static int price(const struct task_runner *r, const struct model *model, double *ret,
                 struct diagnostics *diagnostics)
{
    const struct bill_options options = evaluate_bill_options(r->scenario);
    struct usage usage;
    struct bill bill;
    usage_init(&usage);
    model_usage(model, &usage);
    const int status = bill_compute(&bill, &usage, r->world.prices, &options, diagnostics);
    ret[TASK_COST] = money_to_double(bill.total);
    ret[TASK_INSTANCE_HOURS] = (double)usage_total(&usage, METER_EC2_INSTANCE_MS) / 3600e3 *
                               (double)options.month_ms / (double)options.run_ms;
    take_bill(r, &usage, &bill, ret);
    bill_finish(&bill);
    usage_finish(&usage);
    return status;
}

static void put_latency(const struct histogram *latency, double p, double *ret)
{
    ret[0] = histogram_quantile(latency, p) / 1e6;
    ret[1] = histogram_quantile_error(latency, p) / 1e6;
}

static int measure(const struct task_runner *r, const struct model *model, double *ret,
                   struct diagnostics *diagnostics)
{
    struct model_summary summary;
    const double measured_s = r->scenario->run.duration_s - r->scenario->run.warm_up_s;
    model_summarize(model, &summary);
    put_latency(&summary.latency, 0.50, &ret[TASK_LATENCY_P50]);
    put_latency(&summary.latency, 0.95, &ret[TASK_LATENCY_P95]);
    put_latency(&summary.latency, 0.99, &ret[TASK_LATENCY_P99]);
    const double monthly = r->scenario->account.month_hours * 3600 / measured_s;
    ret[TASK_LOST] = (double)summary.lost * monthly;
    ret[TASK_REFUSED] = (double)(summary.lost - summary.erred) * monthly;
    ret[TASK_OUT_OF_MEMORY] = (double)summary.out_of_memory * monthly;
    ret[TASK_UTILIZATION] = summary.utilization;
    ret[TASK_INVOCATIONS] = (double)summary.invocations;
    ret[TASK_EVENTS] = (double)summary.events;
    histogram_finish(&summary.latency);
    struct reported reported = {r->base, ret + TASK_FIGURES};
    for (size_t i = 0; i < r->base->metrics; i++) {
        reported.value[2 * i] = TASK_NOT_REPORTED;
        reported.value[2 * i + 1] = 0;
    }
    const int status = price(r, model, ret, diagnostics);
    model_report(model, &(struct metric_sink){
                            .put = take_exact, .context = &reported, .put_rounded = take_rounded});
    return status;
}

static enum study_status run_model(struct task_runner *r, const struct task *task,
                                   struct model *model, const struct model_hooks *hooks,
                                   struct diagnostics *diagnostics)
{
    switch (model_run(model, (int64_t)(r->scenario->run.warm_up_s * 1e9), hooks)) {
    case MODEL_DONE:
        return STUDY_DONE;
    case MODEL_STOPPED:
        return STUDY_STOPPED;
    case MODEL_SOURCE_LOST: /* its trace has said why */
        r->broken = true;
        break;
    case MODEL_RUNAWAY:
        runaway_report(model, r->scenario, &r->world,
                       task->may_fail ? ". It has no cost a month"
                                      : ". A design that runs away has no cost a month: leave it "
                                        "out of the study",
                       diagnostics);
        break;
    case MODEL_BROKEN:
        r->broken = true;
        diagnostics_error(diagnostics, NULL, 0,
                          "internal error: %s (seed %llu, replication %u); please report it with "
                          "the scenario",
                          model_failure(model), (unsigned long long)r->scenario->run.seed,
                          task->replication + 1);
    }
    return STUDY_FAILED;
}

/* One sentence for all designs: it is said once. */
static void warn_of_endless(const struct task_runner *r, const struct model *model,
                            struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < plan_model(r->plan)->loops; i++)
        if (model_endless(model, i) != NULL)
            diagnostics_warning(diagnostics, NULL, 0,
                                "loop %s: there are designs in which it does not end by itself, so "
                                "that a month of them costs more than is said here (simulate tells "
                                "what is known of it); " LOOP_REMEDY,
                                model_endless(model, i));
}

static enum study_status run_prepared(struct task_runner *r, const struct task *task, double *ret,
                                      const struct model_hooks *hooks,
                                      struct diagnostics *diagnostics)
{
    const int64_t end_ns = (int64_t)(r->scenario->run.duration_s * 1e9);
    enum study_status status = STUDY_FAILED;
    struct model *const model =
        model_create(plan_model(r->plan), r->scenario->run.seed, task->replication, end_ns);
    if (model != NULL)
        status = run_model(r, task, model, hooks, diagnostics);
    if (status == STUDY_DONE && measure(r, model, ret, diagnostics) < 0)
        status = STUDY_FAILED;
    if (status == STUDY_DONE)
        warn_of_endless(r, model, diagnostics);
    model_destroy(model);
    diagnostics_pass_on(&r->diagnostics, NULL, diagnostics, diagnostics); /* what its traces said */
    return status;
}

static enum study_status run_named(struct task_runner *runner, const struct task *task, double *ret,
                                   bool (*keep_on)(void *context, int64_t now_ns), void *context,
                                   struct diagnostics *diagnostics)
{
    struct diagnostics own; /* with the design's name before what the simulator says */
    const struct model_hooks hooks = {.keep_on = keep_on, .context = context};
    if (prepare(runner, task, diagnostics) < 0)
        return STUDY_FAILED;
    if (task->check_only) {
        if (ret != NULL)
            ret[TASK_EVENTS] = work_of(runner->scenario);
        return STUDY_DONE;
    }
    diagnostics_init(&own);
    const enum study_status status = run_prepared(runner, task, ret, &hooks, &own);
    const bool varied = task->design != NULL && task->design->settings > 0;
    char *const name = own.count > 0 && varied ? design_name(task->design) : NULL;
    diagnostics_pass_on(&own, name, diagnostics, diagnostics);
    free(name);
    diagnostics_finish(&own);
    return status;
}

bool task_failed(const double *result)
{
    return isnan(result[TASK_COST]);
}

enum study_status task_run(struct task_runner *runner, const struct task *task, double *ret,
                           bool (*keep_on)(void *context, int64_t now_ns), void *context,
                           struct diagnostics *diagnostics)
{
    struct diagnostics said;
    if (!task->may_fail)
        return run_named(runner, task, ret, keep_on, context, diagnostics);
    diagnostics_init(&said);
    runner->broken = false;
    enum study_status status = run_named(runner, task, ret, keep_on, context, &said);
    const bool excused = status == STUDY_FAILED && !runner->broken;
    for (size_t i = 0; excused && i < task_width(runner->base); i++)
        ret[i] = NAN;
    if (!excused)
        diagnostics_pass_on(&said, NULL, diagnostics, diagnostics);
    for (size_t i = 0; i < said.count && excused && task->replication == 0; i++)
        if (!said.item[i].warning)
            diagnostics_warning(diagnostics, NULL, 0, "%s", said.item[i].text);
    diagnostics_finish(&said);
    return excused ? STUDY_DONE : status;
}

/* --- floors --------------------------------------------------------------------------------- */

int task_floor(struct task_runner *runner, const struct task *task, double *ret,
               struct diagnostics *diagnostics)
{
    if (prepare(runner, task, diagnostics) < 0)
        return -1;
    double *const figure = mem_alloc(task_width(runner->base), sizeof *figure);
    struct model_config quiet = *plan_model(runner->plan);
    const struct scenario *const scenario = runner->scenario;
    int status = -1;
    quiet.directs = quiet.mappings = quiet.queue_mappings = 0;
    quiet.stream = mem_alloc(quiet.streams, sizeof *quiet.stream);
    for (size_t i = 0; i < quiet.streams; i++) {
        quiet.stream[i] = plan_model(runner->plan)->stream[i];
        quiet.stream[i].workloads = 0;
    }
    struct model *const model =
        model_create(&quiet, scenario->run.seed, 0, (int64_t)(scenario->run.duration_s * 1e9));
    if (model != NULL && model_run(model, (int64_t)(scenario->run.warm_up_s * 1e9),
                                   &(struct model_hooks){0}) == MODEL_DONE)
        status = price(runner, model, figure, diagnostics);
    *ret = figure[TASK_COST];
    free(figure);
    model_destroy(model);
    free(quiet.stream);
    return status;
}

/* --- units ---------------------------------------------------------------------------------- */

struct names {
    struct task_base *base;
    char **metric; /* of the entity that is asked for */
    size_t count, capacity;
    const char *entity;
};

static void take_name(void *context, const char *entity, const char *metric, const char *unit,
                      double value)
{
    struct names *const n = context;
    (void)value;
    for (size_t i = 0; i < n->base->metrics; i++) {
        struct task_metric *const m = &n->base->metric[i];
        if (m->entity == NULL || m->unit[0] != '\0' || strcmp(m->metric, metric) != 0 ||
            strcmp(m->entity, entity) != 0)
            continue;
        free(m->unit);
        m->unit = mem_strdup(unit);
    }
    if (n->entity == NULL || strcmp(n->entity, entity) != 0)
        return;
    n->metric = mem_grow(n->metric, &n->capacity, n->count, sizeof *n->metric);
    n->metric[n->count++] = mem_strdup(metric);
}

static void report_unknown(const struct model *model, struct task_base *base, size_t index,
                           struct diagnostics *diagnostics)
{
    const struct task_metric *const m = &base->metric[index];
    struct names names = {.base = base, .entity = m->entity};
    model_report(model, &(struct metric_sink){.put = take_name, .context = &names});
    const char *const near =
        text_near_miss(m->metric, (const char *const *)names.metric, names.count);
    diagnostics_error(
        diagnostics, base->design.path, m->line,
        "%s has no metric \"%s\"%s%s%s; summary.csv of a run without objectives lists "
        "them all",
        m->entity, m->metric, near != NULL ? "; did you mean `" : "", near != NULL ? near : "",
        near != NULL ? "`?" : "");
    for (size_t i = 0; i < names.count; i++)
        free(names.metric[i]);
    free(names.metric);
}

static void take_of_option(void *context, const char *entity, const char *metric, const char *unit,
                           double value)
{
    struct names *const n = context;
    take_name(context, entity, metric, unit, value);
    for (size_t i = 0; i < n->base->metrics; i++) {
        struct task_metric *const m = &n->base->metric[i];
        m->of_option |=
            m->entity != NULL && strcmp(m->metric, metric) == 0 && strcmp(m->entity, entity) == 0;
    }
}

/* By a run of the task that ends as it begins. */
static int describe(struct task_base *base, const struct task *task,
                    struct diagnostics *diagnostics)
{
    const bool lambda = task->option == NULL;
    const size_t errors = diagnostics->errors;
    struct task_runner *const runner = task_runner_create(base);
    struct model *model = NULL;
    if (prepare(runner, task, diagnostics) == 0)
        model = model_create(plan_model(runner->plan), runner->scenario->run.seed, 0, 1);
    if (model != NULL && model_run(model, 0, &(struct model_hooks){0}) == MODEL_DONE) {
        struct names names = {.base = base};
        model_report(model, &(struct metric_sink){.put = lambda ? take_name : take_of_option,
                                                  .context = &names});
        for (size_t i = 0; lambda && i < base->metrics; i++)
            if (base->metric[i].line > 0 && base->metric[i].unit[0] == '\0')
                report_unknown(model, base, i, diagnostics);
    }
    diagnostics_pass_on(&runner->diagnostics, NULL, diagnostics, diagnostics);
    model_destroy(model);
    task_runner_destroy(runner);
    return diagnostics->errors > errors ? -1 : 0;
}

int task_base_describe(struct task_base *base, struct diagnostics *diagnostics)
{
    return describe(base, &(struct task){0}, diagnostics);
}

int task_base_describe_option(struct task_base *base, const char *option,
                              struct diagnostics *diagnostics)
{
    return describe(base, &(struct task){.option = option, .fleet_size = 1}, diagnostics);
}

bool task_base_binds(const struct task_base *base, const struct objective_spec *objective,
                     size_t metric, const char *option)
{
    const struct task_metric *const m = &base->metric[metric];
    return objective_applies(objective, option) &&
           (option == NULL || m->entity == NULL || m->of_option ||
            strncmp(m->entity, "baseline:", 9) == 0);
}
