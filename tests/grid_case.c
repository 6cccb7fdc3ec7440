/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "grid_case.h"

#include "core/memory.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct grid_shipped grid_shipped[GRID_SHIPPED] = {
    {"elb-to-kinesis",
     {"run.duration_s=15", "streams.clicks.shard_count=2:16:2",
      "functions.index.memory_size=256:2048:256",
      "event_source_mappings.index.batch_size=50,100,200,500,1000"}},
    {"hot-stream",
     {"run.duration_s=10", "streams.events.shard_count=1:8:1",
      "functions.index.memory_size=256:2048:256",
      "event_source_mappings.index.batch_size=50,100,200,500,1000"}},
    {"hot-stream-fan-out",
     {"run.duration_s=4", "streams.events.shard_count=1:6:1",
      "functions.index.memory_size=256:2048:256",
      "event_source_mappings.index.batch_size=50,100,200,500,1000"}},
    {"stream-processing",
     {"run.warm_up_s=0", "run.duration_s=5", "streams.decoded.shard_count=18:36:3",
      "functions.enrich.memory_size=256:1536:256",
      "event_source_mappings.enrich.batch_size=50,100,200,500,1000"}},
    {"poison-record",
     {"run.duration_s=300", "workloads.orders.poison_records.0.at_s=60",
      "functions.book.memory_size=128:1024:128",
      "event_source_mappings.book.batch_size=20,50,100,200,500",
      "event_source_mappings.book.maximum_retry_attempts=1:5:1"}},
    {"poison-record-2016", /* whatever one does, it blocks its shard */
     {"run.duration_s=700", "workloads.orders.poison_records.0.at_s=60",
      "functions.book.memory_size=128:1024:128", "event_source_mappings.book.batch_size=20,100,500",
      "streams.orders.shard_count=1:5:1"}},
    {"s3-region-sync",
     {"run.duration_s=21600", "account.free_tier=false",
      "functions.sync.reference_memory_size=1024", "functions.sync.memory_size=128:1024:64",
      "functions.sync.timeout=20:60:5"}},
    {"image-resize",
     {"run.duration_s=300", "functions.resize.memory_size=512:3008:64",
      "functions.resize.provisioned_concurrent_executions=0:7:1"}},
    {"keep-warm",
     {"run.duration_s=86400", "functions.tool.memory_size=128:2048:64",
      "workloads.pings.arrivals.concurrency=1:8:1"}},
    {"simfaas",
     {"run.duration_s=150", "functions.service.memory_size=128:1024:128",
      "functions.service.keep_alive_s.value=60:600:60", "functions.service.timeout=10:60:10"}},
    {"genome-search-fanout",
     {"run.duration_s=600", "functions.region.memory_size=448:3008:256",
      "state_machines.search.steps.0.map.items=16:144:8"}},
    {"queue-by-mapping",
     {"run.duration_s=600", "functions.work.memory_size=128:1024:64",
      "event_source_mappings.work.batch_size=1:10:1"}},
    {"retry-storm",
     {"run.duration_s=6", "downstreams.database.outages.0.from_s=2",
      "downstreams.database.outages.0.until_s=4", "functions.api.memory_size=128:1024:64",
      "workloads.calls.client.retries=0:9:1"}},
    {"asg-az-loss",
     {"run.warm_up_s=0", "run.duration_s=20", "faults.0.at_s=10",
      "functions.web.memory_size=128:1536:64", "functions.web.timeout=5:29:4"}},
    {"long-task-recursion",
     {"run.duration_s=43200", "functions.transcode.memory_size=128:1536:64",
      "functions.transcode.hand_on.after_ms=100000:280000:30000"}},
    {"downstream-outage",
     {"run.duration_s=10", "downstreams.orders-db.outages.0.from_s=3",
      "downstreams.orders-db.outages.0.until_s=5", "functions.checkout.memory_size=128:1024:128",
      "functions.prices.memory_size=128:1024:128",
      "event_source_mappings.ledger.batch_size=50,100,200"}},
    {"everyday-functions",
     {"run.duration_s=30", "functions.resize.memory_size=256:1536:128",
      "functions.check-order.memory_size=128:1024:128",
      "event_source_mappings.check-order.batch_size=20,50,100"}},
    {"incident-alerts",
     {"run.warm_up_s=60", "run.duration_s=180", "functions.route.memory_size=512:3008:256",
      "functions.page.memory_size=256:1536:256", "event_source_mappings.route.batch_size=5,10,20"}},
    {"social-network",
     {"run.duration_s=300", "functions.api.memory_size=128:3008:192",
      "functions.search.memory_size=128:1024:128"}},
    {"pacslab-replay", /* no objectives: its durations are the trace's */
     {"run.duration_s=3600", "account.free_tier=false",
      "functions.benchmark.memory_size=128:1024:64", "functions.benchmark.timeout=10:60:10"}},
    {"queue-by-recursion",
     {"run.duration_s=1200", "account.free_tier=false", "functions.work.cpu_fraction=1",
      "functions.work.memory_size=128:1536:64",
      "functions.work.polls.max_number_of_messages=1:10:1"}},
};

bool grid_case_init(struct grid_case *ret, const char *text, const char *path,
                    const char *const grid[GRID_AXES_MAX], unsigned replications)
{
    const struct scenario_overrides none = {0};
    *ret = (struct grid_case){0};
    diagnostics_init(&ret->diagnostics);
    diagnostics_init(&ret->result.tried.run.notes);
    ret->root = text == NULL ? json_read_file(path, &ret->diagnostics)
                             : json_parse(text, strlen(text), path, &ret->diagnostics);
    if (world_load(&ret->world, DATA_DIR, &ret->diagnostics) < 0 || ret->root == NULL ||
        task_base_init(&ret->base, ret->root, path, &ret->world, &none, &ret->diagnostics) < 0)
        return false;
    ret->scenario = design_read(&ret->base.design, NULL, &ret->diagnostics);
    if (ret->scenario == NULL)
        return false;
    ret->metric = task_base_want_objectives(&ret->base, ret->scenario);
    ret->executor = executor_create(&ret->base, 2, NULL, (struct study_shard){0, 0}, NULL);
    ret->request = (struct optimize_request){
        .sweep = {.scenario = ret->scenario,
                  .metric = ret->metric,
                  .axis = ret->axis,
                  .replications =
                      replications > 0 ? replications : ret->scenario->run.replications},
        .figure = TASK_COST,
        .confidence = 0.95};
    size_t *const axes = &ret->request.sweep.axes;
    for (; *axes < GRID_AXES_MAX && grid[*axes] != NULL; (*axes)++)
        if (axis_parse(&ret->axis[*axes], ret->root, grid[*axes], "--vary", &ret->diagnostics) < 0)
            return false;
    return task_base_describe(&ret->base, &ret->diagnostics) == 0;
}

void grid_case_finish(struct grid_case *g)
{
    optimize_result_finish(&g->result);
    trials_finish(&g->trials);
    designs_finish(&g->designs);
    for (size_t i = 0; i < GRID_AXES_MAX; i++)
        axis_finish(&g->axis[i]);
    executor_destroy(g->executor);
    free(g->metric);
    scenario_destroy(g->scenario);
    task_base_finish(&g->base);
    cJSON_Delete(g->root);
    world_finish(&g->world);
    diagnostics_finish(&g->diagnostics);
}

bool grid_case_run(struct grid_case *g)
{
    const struct sweep_request *const sweep = &g->request.sweep;
    const struct trial_rule rule = {.replications = sweep->replications};
    const struct trials_hooks none = {0};
    if (designs_grid(&g->designs, g->axis, sweep->axes, &g->diagnostics) < 0)
        return false;
    struct trial_request *const trial = mem_alloc(g->designs.count, sizeof *trial);
    for (size_t i = 0; i < g->designs.count; i++)
        trial[i] = (struct trial_request){.design = &g->designs.design[i], .option = sweep->option};
    const enum study_status status =
        trials_run(&g->trials, g->executor, trial, g->designs.count, &rule, &none, &g->diagnostics);
    free(trial);
    for (size_t i = 0; i < g->designs.count && status == STUDY_DONE; i++)
        for (unsigned k = 0; k < sweep->replications; k++)
            g->invocations += g->trials.trial[i].value[k * g->trials.width + TASK_INVOCATIONS];
    return status == STUDY_DONE;
}

/* Whether the one-sided limit of an objective's metric is on its side. */
static bool holds(const struct grid_case *g, size_t design, size_t objective, double doubt)
{
    const struct objective_spec *const o = &g->scenario->objective[objective];
    const size_t figure = task_metric_at(g->metric[objective]);
    const struct trial *const trial = &g->trials.trial[design];
    const double n = trial->replications;
    double sum = 0, squares = 0, error = 0;
    if (trial->value[figure] == TASK_NOT_REPORTED)
        return false;
    for (unsigned k = 0; k < trial->replications; k++) {
        sum += trial->value[k * g->trials.width + figure] / n;
        error = fmax(error, trial->value[k * g->trials.width + figure + 1]);
    }
    for (unsigned k = 0; k < trial->replications; k++)
        squares += pow(trial->value[k * g->trials.width + figure] - sum, 2);
    const double half =
        fmax(error, gsl_cdf_tdist_Pinv(1 - doubt, n - 1) * sqrt(squares / (n - 1) / n));
    return o->at_most ? sum + half <= o->bound : sum - half >= o->bound;
}

/* A baseline has not all metrics; those that it has not do not bind it. */
static bool binds(const struct grid_case *g, size_t k)
{
    const char *const option = g->request.sweep.option;
    const struct objective_spec *const o = &g->scenario->objective[k];
    const bool own = strncmp(o->entity, "baseline:", 9) == 0;
    if (own || option == NULL)
        return own ? option != NULL && strcmp(o->entity + 9, option) == 0 : true;
    return g->trials.trial[0].value[task_metric_at(g->metric[k])] != TASK_NOT_REPORTED;
}

/* The least figure of the designs that hold all objectives; SIZE_MAX: none does. */
size_t grid_case_best(const struct grid_case *g)
{
    size_t best = SIZE_MAX, applying = 0;
    for (size_t k = 0; k < g->scenario->objectives; k++)
        applying += binds(g, k);
    for (size_t i = 0; i < g->designs.count; i++) {
        bool good = true;
        for (size_t k = 0; k < g->scenario->objectives; k++)
            if (binds(g, k))
                good = good && holds(g, i, k, (1 - g->request.confidence) / (double)applying);
        const size_t figure = g->request.figure;
        if (good && (best == SIZE_MAX || trials_estimate(&g->trials, i, figure).mean <
                                             trials_estimate(&g->trials, best, figure).mean))
            best = i;
    }
    return best;
}

enum study_status grid_case_search(struct grid_case *g)
{
    const struct optimize_hooks none = {0};
    optimize_result_finish(&g->result);
    return optimize_run(&g->result, g->executor, &g->request, &none, &g->diagnostics);
}

bool grid_case_agrees(const struct grid_case *g, size_t best)
{
    if (best == SIZE_MAX || !g->result.found)
        return best == SIZE_MAX && !g->result.found;
    const struct sweep_point *const p = &g->result.tried.point[g->result.tried.reference];
    for (size_t k = 0; k < g->request.sweep.axes; k++)
        if (strcmp(p->value[k], g->designs.design[best].setting[k].text) != 0)
            return false;
    return true;
}
