/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/model.h"

#include "core/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct model {
    struct simulation simulation;
    const struct model_config *config;
    int64_t end_ns, measure_ns;
    struct account account;
    struct function **function;
    struct async_queue **async; /* per function; NULL where nothing comes asynchronously */
    struct stream **stream;
    struct stream_poller **poller;
    struct direct **direct;
    struct load_balancer *balancer; /* per direct workload; used where has_balancer */
    bool *has_balancer;

    struct direct_config *direct_config;
    struct stream_config *stream_config;
    struct stream_workload_config **stream_workload;
    struct fleet *fleet;
};

static struct target *target_of(const struct model *m, size_t function)
{
    return m->fleet != NULL ? fleet_port(m->fleet, function) : &m->function[function]->target;
}

/* A workload's arrivals for this run: until its end, from its own reader. */
static bool prepare_arrivals(struct model *m, const char *workload, struct arrivals_config *config)
{
    config->horizon_ns = m->end_ns;
    if (config->kind != ARRIVALS_FROM_SOURCE)
        return true;
    return m->config->open_source(m->config->context, workload, &config->source) == 0;
}

static bool create_streams(struct model *m)
{
    const struct model_config *const c = m->config;
    bool opened = true;
    m->stream = mem_alloc(c->streams, sizeof *m->stream);
    m->stream_config = mem_alloc(c->streams, sizeof *m->stream_config);
    m->stream_workload = mem_alloc(c->streams, sizeof *m->stream_workload);
    for (size_t i = 0; i < c->streams; i++) {
        struct stream_config *const copy = &m->stream_config[i];
        *copy = c->stream[i];
        m->stream_workload[i] = mem_alloc(copy->workloads, sizeof **m->stream_workload);
        for (size_t k = 0; k < copy->workloads; k++) {
            m->stream_workload[i][k] = copy->workload[k];
            opened = prepare_arrivals(m, copy->workload[k].name,
                                      &m->stream_workload[i][k].arrivals) &&
                     opened;
        }
        copy->workload = m->stream_workload[i];
        if (opened)
            m->stream[i] = stream_create(&m->simulation, copy);
    }
    return opened;
}

static bool create_directs(struct model *m)
{
    const struct model_config *const c = m->config;
    m->direct = mem_alloc(c->directs, sizeof *m->direct);
    m->direct_config = mem_alloc(c->directs, sizeof *m->direct_config);
    m->balancer = mem_alloc(c->directs, sizeof *m->balancer);
    m->has_balancer = mem_alloc(c->directs, sizeof *m->has_balancer);
    for (size_t i = 0; i < c->directs; i++) {
        const struct model_direct *const d = &c->direct[i];
        m->direct_config[i] = d->config;
        if (!prepare_arrivals(m, d->config.name, &m->direct_config[i].arrivals))
            return false;
        m->has_balancer[i] =
            d->through_load_balancer || (m->fleet != NULL && !d->async && c->fleet_load_balancer);
        if (m->has_balancer[i]) {
            char entity[96];
            snprintf(entity, sizeof entity, "workload:%s", d->config.name);
            load_balancer_init(&m->balancer[i], &m->simulation, &c->load_balancer, entity);
        }
        struct async_queue *async = NULL;
        if (d->async) {
            struct async_config config = c->async;
            if (m->fleet == NULL && c->function[d->function].reserved == 0)
                config.max_event_age_ns = 0; /* such events are dropped at once */
            if (m->async[d->function] == NULL)
                m->async[d->function] =
                    async_create(&m->simulation, &config, c->function[d->function].name,
                                 target_of(m, d->function));
            async = m->async[d->function];
        }
        m->direct[i] = direct_create(&m->simulation, &m->direct_config[i],
                                     target_of(m, d->function), async,
                                     m->has_balancer[i] ? &m->balancer[i] : NULL);
    }
    return true;
}

struct model *model_create(const struct model_config *config, uint64_t seed, uint64_t replication,
                           int64_t end_ns)
{
    struct model *const m = mem_alloc(1, sizeof *m);
    m->config = config;
    m->end_ns = end_ns;
    event_queue_init(&m->simulation.queue);
    m->simulation.seed = seed;
    m->simulation.replication = replication;
    account_init(&m->account, &m->simulation, &config->account);
    m->function = mem_alloc(config->functions, sizeof *m->function);
    m->async = mem_alloc(config->functions, sizeof *m->async);
    m->poller = mem_alloc(config->mappings, sizeof *m->poller);
    if (config->fleet != NULL)
        m->fleet = fleet_create(&m->simulation, config->fleet, config->fleet_port,
                                config->functions);
    else
        for (size_t i = 0; i < config->functions; i++)
            m->function[i] =
                function_create(&m->simulation, &m->account, &config->function[i]);
    if (!create_streams(m))
        goto fail;
    for (size_t i = 0; i < config->mappings; i++) {
        const struct model_mapping *const mapping = &config->mapping[i];
        m->poller[i] =
            stream_poller_create(&m->simulation, &mapping->config, m->stream[mapping->stream],
                                 target_of(m, mapping->function));
    }
    for (size_t i = 0; i < config->streams; i++)
        stream_start(m->stream[i]);
    if (!create_directs(m))
        goto fail;
    return m;
fail:
    model_destroy(m);
    return NULL;
}

void model_destroy(struct model *model)
{
    if (model == NULL)
        return;
    const struct model_config *const c = model->config;
    for (size_t i = 0; i < c->directs && model->direct != NULL; i++) {
        if (model->direct[i] == NULL && model->direct_config[i].arrivals.source.close != NULL)
            model->direct_config[i].arrivals.source.close(
                model->direct_config[i].arrivals.source.context);
        direct_destroy(model->direct[i]);
    }
    for (size_t i = 0; i < c->mappings; i++)
        stream_poller_destroy(model->poller[i]);
    for (size_t i = 0; i < c->streams && model->stream != NULL; i++) {
        for (size_t k = 0; model->stream[i] == NULL && model->stream_workload[i] != NULL &&
                           k < model->stream_config[i].workloads;
             k++) {
            const struct arrival_source *const source =
                &model->stream_workload[i][k].arrivals.source;
            if (source->close != NULL)
                source->close(source->context);
        }
        stream_destroy(model->stream[i]);
        free(model->stream_workload[i]);
    }
    for (size_t i = 0; i < c->functions; i++) {
        function_destroy(model->function[i]);
        async_destroy(model->async[i]);
    }
    fleet_destroy(model->fleet);
    free(model->function);
    free(model->async);
    free(model->stream);
    free(model->stream_config);
    free(model->stream_workload);
    free(model->poller);
    free(model->direct);
    free(model->direct_config);
    free(model->balancer);
    free(model->has_balancer);
    event_queue_finish(&model->simulation.queue);
    free(model);
}

static void reset(struct model *m)
{
    const struct model_config *const c = m->config;
    m->measure_ns = simulation_now(&m->simulation);
    m->simulation.measure_ns = m->measure_ns;
    account_reset(&m->account);
    for (size_t i = 0; i < c->functions; i++) {
        if (m->function[i] != NULL)
            function_reset(m->function[i]);
        if (m->async[i] != NULL)
            async_reset(m->async[i]);
    }
    for (size_t i = 0; i < c->streams; i++)
        stream_reset(m->stream[i]);
    for (size_t i = 0; i < c->mappings; i++)
        stream_poller_reset(m->poller[i]);
    for (size_t i = 0; i < c->directs; i++) {
        direct_reset(m->direct[i]);
        if (m->has_balancer[i])
            load_balancer_reset(&m->balancer[i]);
    }
    if (m->fleet != NULL)
        fleet_reset(m->fleet);
}

static void tick(struct model *m)
{
    const struct model_config *const c = m->config;
    for (size_t i = 0; i < c->streams; i++)
        stream_tick(m->stream[i]);
    for (size_t i = 0; i < c->mappings; i++)
        stream_poller_tick(m->poller[i]);
    for (size_t i = 0; i < c->directs; i++)
        if (m->has_balancer[i])
            load_balancer_tick(&m->balancer[i]);
    if (m->fleet != NULL)
        fleet_tick(m->fleet);
}

static void write_series(struct model *m, int64_t start_ns, const struct series_sink *sink)
{
    const struct model_config *const c = m->config;
    if (m->fleet == NULL)
        account_series(&m->account, start_ns, sink);
    for (size_t i = 0; i < c->functions; i++) {
        if (m->function[i] != NULL)
            function_series(m->function[i], start_ns, sink);
        if (m->async[i] != NULL)
            async_series(m->async[i], start_ns, sink);
    }
    for (size_t i = 0; i < c->streams; i++)
        stream_series(m->stream[i], start_ns, sink);
    for (size_t i = 0; i < c->mappings; i++)
        stream_poller_series(m->poller[i], start_ns, sink);
    if (m->fleet != NULL)
        fleet_series(m->fleet, start_ns, sink);
}

/* What the functions take from the account is what the account believes to have given. */
static void audit_account(struct model *m)
{
    int64_t running = 0, unreserved = 0;
    for (size_t i = 0; i < m->config->functions && m->fleet == NULL; i++) {
        running += m->function[i]->busy.level;
        if (m->config->function[i].reserved < 0)
            unreserved += m->function[i]->on_demand_busy;
    }
    if (running != m->account.in_use || unreserved != m->account.unreserved_in_use)
        simulation_fail(&m->simulation, "account: the functions' concurrency does not add up");
}

static void audit(struct model *m)
{
    const struct model_config *const c = m->config;
    audit_account(m);
    for (size_t i = 0; i < c->functions; i++) {
        if (m->function[i] != NULL)
            function_audit(m->function[i]);
        if (m->async[i] != NULL)
            async_audit(m->async[i]);
    }
    for (size_t i = 0; i < c->streams; i++)
        stream_audit(m->stream[i]);
    for (size_t i = 0; i < c->mappings; i++)
        stream_poller_audit(m->poller[i]);
    if (m->fleet != NULL)
        fleet_audit(m->fleet);
}

static bool source_lost(const struct model *m)
{
    const struct model_config *const c = m->config;
    for (size_t i = 0; i < c->streams; i++)
        if (stream_failed(m->stream[i]))
            return true;
    for (size_t i = 0; i < c->directs; i++)
        if (direct_failed(m->direct[i]))
            return true;
    return false;
}

enum model_status model_run(struct model *model, int64_t warm_up_ns,
                            const struct model_hooks *hooks)
{
    struct event_queue *const queue = &model->simulation.queue;
    const int64_t end_ns = model->end_ns;
    int64_t next_minute_ns = NS_PER_MINUTE, period_start_ns = 0;
    bool warm = warm_up_ns == 0;
    while (queue->now_ns < end_ns) {
        int64_t until_ns = next_minute_ns < end_ns ? next_minute_ns : end_ns;
        if (!warm && warm_up_ns < until_ns)
            until_ns = warm_up_ns;
        event_queue_run(queue, until_ns);
        if (until_ns == next_minute_ns) {
            tick(model);
            next_minute_ns += NS_PER_MINUTE;
        } else if (until_ns == end_ns) {
            for (size_t i = 0; i < model->config->streams; i++)
                stream_tick(model->stream[i]);
        }
        if (!warm && until_ns == warm_up_ns) {
            warm = true;
            reset(model);
        }
        if (hooks->series != NULL && (until_ns - period_start_ns >= hooks->series_period_ns)) {
            write_series(model, period_start_ns, hooks->series);
            period_start_ns = until_ns;
        }
        if (source_lost(model))
            return MODEL_SOURCE_LOST;
        if (hooks->keep_on != NULL && !hooks->keep_on(hooks->context, until_ns))
            return MODEL_STOPPED;
    }
    for (size_t i = 0; i < model->config->mappings; i++)
        stream_poller_close(model->poller[i]);
    audit(model);
    return model->simulation.failure[0] != '\0' ? MODEL_BROKEN : MODEL_DONE;
}

const char *model_failure(const struct model *model)
{
    return model->simulation.failure;
}

void model_report(const struct model *model, const struct metric_sink *sink)
{
    const struct model_config *const c = model->config;
    double mean_concurrency = 0;
    for (size_t i = 0; i < c->functions && model->fleet == NULL; i++)
        mean_concurrency +=
            time_average_mean(&model->function[i]->busy, simulation_now(&model->simulation));
    if (model->fleet == NULL)
        account_report(&model->account, mean_concurrency, sink);
    for (size_t i = 0; i < c->directs; i++)
        direct_report(model->direct[i], sink);
    for (size_t i = 0; i < c->streams; i++)
        stream_report(model->stream[i], sink);
    for (size_t i = 0; i < c->mappings; i++)
        stream_poller_report(model->poller[i], sink);
    for (size_t i = 0; i < c->functions; i++) {
        if (model->function[i] != NULL)
            function_report(model->function[i], sink);
        if (model->async[i] != NULL)
            async_report(model->async[i], sink);
    }
    if (model->fleet != NULL)
        fleet_report(model->fleet, sink);
}

void model_usage(const struct model *model, struct usage *usage)
{
    const struct model_config *const c = model->config;
    for (size_t i = 0; i < c->functions; i++)
        if (model->function[i] != NULL)
            function_usage(model->function[i], usage);
    if (model->fleet != NULL)
        fleet_usage(model->fleet, usage);
    for (size_t i = 0; i < c->streams; i++)
        stream_usage(model->stream[i], usage);
    for (size_t i = 0; i < c->directs; i++)
        if (model->has_balancer[i])
            load_balancer_usage(&model->balancer[i], usage);
}

void model_summarize(const struct model *model, struct model_summary *ret)
{
    const struct model_config *const c = model->config;
    *ret = (struct model_summary){.events = model->simulation.queue.events};
    histogram_init(&ret->latency);
    double busy = 0, provisioned = 0;
    for (size_t i = 0; i < c->functions; i++) {
        if (model->function[i] == NULL)
            continue;
        ret->invocations += model->function[i]->count.invocations;
        provisioned += (double)c->function[i].provisioned;
        busy += time_average_mean(&model->function[i]->provisioned_busy,
                                  model->simulation.queue.now_ns);
    }
    ret->utilization = provisioned > 0 ? fmin(busy / provisioned, 1.0) : NAN;
    for (size_t i = 0; i < c->mappings; i++) {
        histogram_merge(&ret->latency, stream_poller_latency(model->poller[i]));
        ret->lost += stream_poller_lost(model->poller[i]);
    }
    for (size_t i = 0; i < c->streams; i++)
        ret->lost += stream_lost(model->stream[i]);
    for (size_t i = 0; i < c->directs; i++)
        ret->lost += direct_lost(model->direct[i]);
    for (size_t i = 0; i < c->functions; i++)
        if (model->async[i] != NULL)
            ret->lost += async_lost(model->async[i]);
    for (size_t i = 0; i < c->functions; i++) {
        bool by_stream = false; /* then its records are counted above */
        for (size_t k = 0; k < c->mappings; k++)
            by_stream = by_stream || c->mapping[k].function == i;
        if (!by_stream)
            histogram_merge(&ret->latency, model->fleet != NULL
                                               ? fleet_port_latency(model->fleet, i)
                                               : &model->function[i]->latency);
    }
    if (model->fleet != NULL) {
        ret->utilization = fleet_utilization(model->fleet);
        ret->invocations = fleet_served(model->fleet);
    }
}
