/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A task: one replication of one option of one design. It is what studies are made of: tasks share
 * nothing but the base, name their random streams by seed, replication and entity (common random
 * numbers between designs), and yield a few numbers, so that any thread or machine may run any of
 * them and the study is the same.
 */
#ifndef ENGINE_TASK_H
#define ENGINE_TASK_H

#include "engine/design.h"
#include "engine/evaluate.h"

#define TASK_KEY_SIZE 32

/* A metric that a study wants of each replication, by summary.csv's names; or one of TASK_BILL:
 *   "savings_plan:1yr-no-upfront"  the cost if Lambda were under that plan, USD a month
 *   "quantity:lambda:request"      what is billed of a service's SKU, the free part included, in
 *                                  units of its price a month
 * TASK_NOT_REPORTED where nothing is billed so, or the price is not known. */
#define TASK_BILL "bill"
struct task_metric {
    char *entity, *metric; /* "esm:index", "latency_ms.p99"; entity NULL: the cost */
    char *unit;            /* "ms"; "" until task_base_describe has found it */
    long line;             /* of the objective that wants it; 0: none */
    bool of_option;        /* task_base_describe_option has found that the baseline has it */
};

/* What every result begins with; the study's metrics follow. What histograms measure has a second
 * number behind it: the most that the measurement is off. */
enum task_figure {
    TASK_COST,    /* USD a month */
    TASK_LOST,    /* requests or records a month that nobody served */
    TASK_REFUSED, /* of them, without direct calls whose run failed: more capacity would help */
    TASK_OUT_OF_MEMORY, /* invocations a month that needed more than their function's memory_size */
    TASK_UTILIZATION,   /* 0..1; NAN where it is not defined */
    TASK_INVOCATIONS,   /* of the run */
    TASK_EVENTS,        /* of one that is only checked: work_of it, the only figure */
    TASK_INSTANCE_HOURS, /* of EC2 instances on demand, a month */
    TASK_LATENCY_P50,    /* ms; NAN when nothing was served */
    TASK_LATENCY_P95 = TASK_LATENCY_P50 + 2,
    TASK_LATENCY_P99 = TASK_LATENCY_P95 + 2,
    TASK_FIGURES = TASK_LATENCY_P99 + 2
};

/* The value of a metric that this option does not report at all; one that it reports without having
 * observed anything is NAN. */
#define TASK_NOT_REPORTED (-1.0 / 0.0)

/* What all tasks of a study share; read-only while they run. */
struct task_base {
    struct design_base design;
    struct task_metric *metric;
    size_t metrics;
    uint8_t digest[TASK_KEY_SIZE]; /* of all that a result depends on but the task itself */
};

struct task {
    const struct design *design; /* NULL: the scenario as written */
    const char *option;          /* a baseline's name; NULL: the Lambda design */
    unsigned fleet_size;         /* instances, instead of the baseline's sizing; 0: as it says */
    unsigned replication;        /* from 0 */
    double work;                 /* beside others of its batch: work_of, say; 0: not known */
    bool check_only;             /* read and plan it, but run nothing: is it a scenario? */
    /* A design that is no scenario, or runs away, has task_failed's numbers for a result, and its
     * errors are warnings of replication 0. */
    bool may_fail;
};

/* The base with no metrics wanted yet. `root`, `path` and `world` outlive it. Digests the
 * scenario (but for run.replications), the overrides, the dated data and the content of the files
 * that the scenario names. 0, or -1 after errors; task_base_finish in both cases. */
int task_base_init(struct task_base *ret, const cJSON *root, const char *path,
                   const struct world *world, const struct scenario_overrides *overrides,
                   struct diagnostics *diagnostics);
void task_base_finish(struct task_base *base);
/* Its index; one that is wanted already keeps its own. Before any task runs. */
size_t task_base_want(struct task_base *base, const char *entity, const char *metric);
/* The index of one that is wanted; SIZE_MAX: it is not. */
size_t task_base_find(const struct task_base *base, const char *entity, const char *metric);
/* The objectives of a scenario: objective i is metric ret_index[i]; free() it. */
size_t *task_base_want_objectives(struct task_base *base, const struct scenario *scenario);

/* Finds the metrics' units by asking a run of the scenario as written that ends as it begins. -1
 * after errors: an objective's metric that the Lambda design does not have, with the nearest name.
 */
int task_base_describe(struct task_base *base, struct diagnostics *diagnostics);

/* The same for a baseline, which has other metrics than the Lambda design. -1 after errors: there
 * is no such baseline. */
int task_base_describe_option(struct task_base *base, const char *option,
                              struct diagnostics *diagnostics);
/* Whether an objective, which is metric `metric`, is an option's to meet: not where it speaks of
 * another baseline, or of what the option (a baseline that was described) does not have. */
bool task_base_binds(const struct task_base *base, const struct objective_spec *objective,
                     size_t metric, const char *option);

/* Numbers in a result. */
size_t task_width(const struct task_base *base);
/* Whether a result is that of a task that failed and might. */
bool task_failed(const double *result);
/* Where metric `index` stands in a result. */
size_t task_metric_at(size_t index);
/* Of a figure or of what stands at task_metric_at: whether its error stands behind it. */
bool task_has_error(size_t figure);
/* The largest value that a figure can have: 1 for ratios, else INFINITY. */
double task_most(const struct task_base *base, size_t figure);

/* SHA-256 over the program's version, the base and the task: same key, same result. */
void task_key(const struct task_base *base, const struct task *task, uint8_t ret[TASK_KEY_SIZE]);

/* Runs tasks one after another; keeps the last design's plan, so that its replications are cheap.
 * One for each thread. */
struct task_runner;
struct task_runner *task_runner_create(const struct task_base *base);
void task_runner_destroy(struct task_runner *runner);
/* How far the task that runs is at a simulated time, 0..1; from its keep_on. */
double task_runner_part(const struct task_runner *runner, int64_t now_ns);

/* `ret` gets task_width numbers (check_only: TASK_EVENTS alone, unless NULL). `keep_on` as in
 * model_hooks: once a simulated minute. Errors and warnings go to `diagnostics`. */
enum study_status task_run(struct task_runner *runner, const struct task *task, double *ret,
                           bool (*keep_on)(void *context, int64_t now_ns), void *context,
                           struct diagnostics *diagnostics);

/* USD a month of the task's design if nothing arrived: shards, provisioned concurrency, servers.
 * Work only adds to it, so no replication costs less. 0, or -1 after errors. */
int task_floor(struct task_runner *runner, const struct task *task, double *ret,
               struct diagnostics *diagnostics);

#endif
