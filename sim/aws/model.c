/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/model.h"

#include "aws/backlogs.h"
#include "core/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct model {
    struct simulation simulation;
    const struct model_config *config;
    int64_t end_ns, measure_ns;
    struct account account;
    struct rate_limiter apis;                                   /* the throttle that they share */
    struct rate_limiter start_limit[STATE_MACHINE_EXPRESS + 1]; /* of machines, by type */
    struct rate_limiter publish_limit[TOPIC_EVENTBRIDGE + 1];   /* of topics, by kind */
    struct rate_limiter *send_limit;                            /* per queue */
    struct part *part; /* all that follows, in the order of creation and of reports */
    size_t parts, part_capacity;
    void **owned; /* arrays */
    size_t arrays, array_capacity;
    struct fleet *fleet;
    struct function **function;
    struct async_queue **async; /* per function; NULL where nothing comes asynchronously */
    struct topic **topic;
    struct self_poller **self_poller; /* per function; NULL where it does not poll */
    struct emitter **emitter;         /* per function; NULL where none stands before it */
    struct stream **stream;
    struct queue **queue;
    struct downstream **downstream;
    /* Where what is sent to one of a kind goes, by its index; of functions: see async_of. */
    struct destination **destination[MODEL_KINDS];
    struct target **target; /* per function: what a state machine invokes */
    bool *is_fed;           /* per function: by a part that tells the latency */
    /* Configurations with this run's own arrivals. */
    struct direct_config *direct_config;
    struct client **client; /* per workload; NULL: nobody waits */
    struct stream_config *stream_config;
    struct series minute;            /* what entities have told since the last tick */
    struct series *series;           /* one for each who wants it */
    const struct series_wish **wish; /* of percentiles */
    size_t series_count;
};

static void *add(struct model *m, const struct part_class *class, void *self)
{
    m->part = mem_grow(m->part, &m->part_capacity, m->parts, sizeof *m->part);
    m->part[m->parts++] = (struct part){class, self};
    return self;
}

/* Zeroed; lives as long as the model. */
static void *own(struct model *m, size_t count, size_t size)
{
    m->owned = mem_grow(m->owned, &m->array_capacity, m->arrays, sizeof *m->owned);
    return m->owned[m->arrays++] = mem_alloc(count, size);
}

static struct target *worker_of(const struct model *m, size_t function)
{
    return m->fleet != NULL ? fleet_port(m->fleet, function) : &m->function[function]->target;
}

static void create_downstreams(struct model *m)
{
    const struct model_config *const c = m->config;
    m->downstream = own(m, c->downstreams, sizeof *m->downstream);
    for (size_t i = 0; i < c->downstreams; i++)
        m->downstream[i] =
            add(m, &downstream_class, downstream_create(&m->simulation, &c->downstream[i]));
    if (m->fleet != NULL)
        fleet_connect(m->fleet, m->downstream);
    for (size_t i = 0; i < c->functions && m->fleet == NULL; i++)
        function_connect(m->function[i], m->downstream);
}

/* What stands before the worker, at most: self-poller, emitter. */
static struct target *sender_of(const struct model *m, size_t function)
{
    return m->emitter[function] != NULL ? emitter_target(m->emitter[function])
                                        : worker_of(m, function);
}

static struct target *target_of(const struct model *m, size_t function)
{
    if (m->self_poller[function] != NULL)
        return self_poller_target(m->self_poller[function]);
    return sender_of(m, function);
}

/* The same for a part that tells the latency of what it brings. */
static struct target *fed_target(struct model *m, size_t function)
{
    m->is_fed[function] = true;
    return target_of(m, function);
}

static void create_loops(struct model *m)
{
    const struct model_config *const c = m->config;
    m->simulation.loop = own(m, c->loops, sizeof *m->simulation.loop);
    for (size_t i = 0; i < c->loops; i++)
        m->simulation.loop[i] = add(m, &loop_class, loop_create(&m->simulation, &c->loop[i]));
}

static void create_functions(struct model *m)
{
    const struct model_config *const c = m->config;
    m->function = own(m, c->functions, sizeof *m->function);
    m->is_fed = own(m, c->functions, sizeof *m->is_fed);
    m->async = own(m, c->functions, sizeof *m->async);
    m->emitter = own(m, c->functions, sizeof *m->emitter);
    m->self_poller = own(m, c->functions, sizeof *m->self_poller);
    if (c->fleet != NULL) {
        m->fleet = add(m, &fleet_class,
                       fleet_create(&m->simulation, c->fleet, c->fleet_port, c->functions));
        return;
    }
    for (size_t i = 0; i < c->functions; i++)
        m->function[i] =
            add(m, &function_class, function_create(&m->simulation, &m->account, &c->function[i]));
}

/* A workload's arrivals for this run: until its end, from its own reader. */
static bool prepare_arrivals(struct model *m, const char *workload, struct arrivals_config *config)
{
    config->horizon_ns = m->end_ns;
    if (config->kind != ARRIVALS_FROM_SOURCE)
        return true;
    return m->config->open_source(m->config->context, workload, &config->source) == 0;
}

static bool prepare_stream(struct model *m, size_t index)
{
    struct stream_config *const copy = &m->stream_config[index];
    struct stream_workload_config *const workload = own(m, copy->workloads, sizeof *workload);
    for (size_t k = 0; k < copy->workloads; k++) {
        workload[k] = copy->workload[k];
        if (prepare_arrivals(m, workload[k].name, &workload[k].arrivals))
            continue;
        while (k-- > 0) /* no stream will own them */
            if (workload[k].arrivals.source.close != NULL)
                workload[k].arrivals.source.close(workload[k].arrivals.source.context);
        return false;
    }
    copy->workload = workload;
    return true;
}

static struct destination *destination_of(struct model *m, struct model_reference to);

static bool create_streams(struct model *m)
{
    const struct model_config *const c = m->config;
    m->stream = own(m, c->streams, sizeof *m->stream);
    m->destination[MODEL_STREAM] = own(m, c->streams, sizeof(struct destination *));
    m->stream_config = own(m, c->streams, sizeof *m->stream_config);
    for (size_t i = 0; i < c->streams; i++) {
        m->stream_config[i] = c->stream[i];
        if (!prepare_stream(m, i))
            return false;
        m->stream[i] = add(m, &stream_class, stream_create(&m->simulation, &m->stream_config[i]));
        m->destination[MODEL_STREAM][i] = stream_destination(m->stream[i]);
    }
    for (size_t i = 0; i < c->mappings; i++) {
        const struct model_mapping *const mapping = &c->mapping[i];
        struct stream_poller *const poller =
            add(m, &stream_poller_class,
                stream_poller_create(&m->simulation, &mapping->config, m->stream[mapping->stream],
                                     fed_target(m, mapping->function)));
        stream_poller_connect(poller, destination_of(m, mapping->on_failure));
    }
    for (size_t i = 0; i < c->streams; i++)
        stream_start(m->stream[i]);
    return true;
}

static struct destination *async_of(struct model *m, size_t function)
{
    const struct model_config *const c = m->config;
    if (m->async[function] != NULL)
        return async_destination(m->async[function]);
    struct model_event event = {.async = c->async};
    if (c->event != NULL)
        event = c->event[function];
    if (m->fleet == NULL && c->function[function].reserved == 0)
        event.async.max_event_age_ns = 0; /* such events are given up at once */
    struct async_queue *const queue =
        add(m, &async_class,
            async_create(&m->simulation, &event.async, c->function[function].name,
                         target_of(m, function)));
    m->async[function] = queue; /* first: its destinations may lead back to it */
    if (m->fleet == NULL)
        async_count_waiting(queue, &m->function[function]->latency);
    async_connect(queue, destination_of(m, event.on_success), destination_of(m, event.on_failure),
                  destination_of(m, event.dead_letters));
    return async_destination(queue);
}

static struct destination *destination_of(struct model *m, struct model_reference to)
{
    if (to.kind == MODEL_NONE)
        return NULL;
    return to.kind == MODEL_FUNCTION ? async_of(m, to.index) : m->destination[to.kind][to.index];
}

static void create_emitters(struct model *m)
{
    const struct model_config *const c = m->config;
    for (size_t i = 0; i < c->functions && c->emitter != NULL; i++)
        if (c->emitter[i].config.function != NULL)
            m->emitter[i] =
                add(m, &emitter_class,
                    emitter_create(&m->simulation, &c->emitter[i].config, worker_of(m, i)));
    for (size_t i = 0; i < c->functions && c->self_poller != NULL; i++)
        if (c->self_poller[i].config.function != NULL)
            m->self_poller[i] =
                add(m, &self_poller_class,
                    self_poller_create(&m->simulation, &c->self_poller[i].config, sender_of(m, i)));
}

static struct rate_limiter limiter_of(const struct model_api_limit *limit)
{
    return limit->rate_per_s > 0 ? rate_limiter_make(limit->burst, limit->rate_per_s)
                                 : (struct rate_limiter){0};
}

/* `to` as it is reached by calls of an API: with their limit before it, if one is known. */
static struct destination *limit_calls(struct model *m, const struct api_calls_config *calls,
                                       struct rate_limiter *limiter, struct destination *to)
{
    struct api_calls_config config = *calls;
    config.retries = m->config->sdk.retries;
    config.retry_ns = m->config->sdk.retry_ns;
    return limiter->interval_ns == 0
               ? to
               : api_calls_destination(add(m, &api_calls_class,
                                           api_calls_create(&m->simulation, &config, limiter, to)));
}

static void create_topics(struct model *m)
{
    const struct model_config *const c = m->config;
    m->topic = own(m, c->topics, sizeof *m->topic);
    m->destination[MODEL_TOPIC] = own(m, c->topics, sizeof(struct destination *));
    for (size_t i = 0; i <= TOPIC_EVENTBRIDGE; i++)
        m->publish_limit[i] = limiter_of(&c->publish_limit[i]);
    for (size_t i = 0; i < c->topics; i++) {
        const struct topic_config *const topic = &c->topic[i].config;
        const struct api_calls_config calls = {.entity = topic->entity,
                                               .noun = "publishes",
                                               .in_batches = topic->kind == TOPIC_EVENTBRIDGE};
        m->topic[i] = add(m, &topic_class, topic_create(&m->simulation, topic));
        struct destination *const to = topic_destination(m->topic[i]);
        m->destination[MODEL_TOPIC][i] =
            c->topic[i].published ? limit_calls(m, &calls, &m->publish_limit[topic->kind], to) : to;
    }
}

/* `ret`: for each of them where it is. */
static void find_destinations(struct model *m, const struct model_reference *to, size_t count,
                              struct destination **ret)
{
    for (size_t i = 0; i < count; i++)
        ret[i] = destination_of(m, to[i]);
}

static void connect_topics(struct model *m)
{
    const struct model_config *const c = m->config;
    for (size_t i = 0; i < c->topics; i++) {
        const size_t count = c->topic[i].config.subscribers;
        struct destination **const to = mem_alloc(count, sizeof *to);
        find_destinations(m, c->topic[i].to, count, to);
        topic_subscribe(m->topic[i], to);
        free(to);
    }
}

/* Everything is there that they may send to. */
static void connect_emitters(struct model *m)
{
    const struct model_config *const c = m->config;
    for (size_t i = 0; i < c->functions; i++) {
        if (m->emitter[i] == NULL)
            continue;
        const struct model_emitter *const e = &c->emitter[i];
        struct destination **const to = mem_alloc(e->config.emits, sizeof *to);
        find_destinations(m, e->to, e->config.emits, to);
        emitter_connect(m->emitter[i], to, e->config.hand_on_after_ns > 0 ? async_of(m, i) : NULL);
        free(to);
    }
}

/* What the steps invoke: a machine tells the latency of all of it. */
static void feed_steps(struct model *m, const struct step_config *step, size_t steps)
{
    for (size_t i = 0; i < steps; i++)
        for (size_t k = 0; k < step[i].functions; k++) {
            const struct step_list *const inner = step[i].inner;
            if (inner != NULL && inner[k].steps > 0)
                feed_steps(m, inner[k].step, inner[k].steps);
            else
                m->is_fed[step[i].function[k]] = true;
        }
}

static void create_state_machines(struct model *m)
{
    const struct model_config *const c = m->config;
    m->target = own(m, c->functions, sizeof *m->target);
    for (size_t i = 0; i < c->functions; i++)
        m->target[i] = target_of(m, i);
    m->destination[MODEL_STATE_MACHINE] = own(m, c->state_machines, sizeof(struct destination *));
    for (size_t i = 0; i <= STATE_MACHINE_EXPRESS; i++)
        m->start_limit[i] = limiter_of(&c->start_limit[i]);
    for (size_t i = 0; i < c->state_machines; i++) {
        const struct state_machine_config *const machine = &c->state_machine[i];
        char entity[96];
        const struct api_calls_config calls = {.entity = entity, .noun = "starts"};
        feed_steps(m, machine->step, machine->steps);
        snprintf(entity, sizeof entity, "state_machine:%s", machine->name);
        struct state_machine *const created =
            add(m, &state_machine_class, state_machine_create(&m->simulation, machine, m->target));
        struct destination *const to = state_machine_destination(created);
        m->destination[MODEL_STATE_MACHINE][i] =
            machine->type <= STATE_MACHINE_EXPRESS
                ? limit_calls(m, &calls, &m->start_limit[machine->type], to)
                : to;
    }
}

static void connect_self_pollers(struct model *m)
{
    const struct model_config *const c = m->config;
    for (size_t i = 0; i < c->functions; i++)
        if (m->self_poller[i] != NULL)
            self_poller_connect(m->self_poller[i], m->queue[c->self_poller[i].queue],
                                c->self_poller[i].config.again != SELF_CALL_NEVER ? async_of(m, i)
                                                                                  : NULL);
}

static void create_queues(struct model *m)
{
    const struct model_config *const c = m->config;
    m->queue = own(m, c->queues, sizeof *m->queue);
    m->send_limit = own(m, c->queues, sizeof *m->send_limit);
    m->destination[MODEL_QUEUE] = own(m, c->queues, sizeof(struct destination *));
    for (size_t i = 0; i < c->queues; i++) {
        char entity[96];
        const struct api_calls_config calls = {
            .entity = entity, .noun = "sends", .in_batches = true};
        snprintf(entity, sizeof entity, "queue:%s", c->queue[i].config.name);
        m->queue[i] = add(m, &queue_class, queue_create(&m->simulation, &c->queue[i].config));
        m->send_limit[i] = limiter_of(&c->fifo_send_limit);
        struct destination *const to = queue_destination(m->queue[i]);
        m->destination[MODEL_QUEUE][i] =
            c->queue[i].sends_limited ? limit_calls(m, &calls, &m->send_limit[i], to) : to;
    }
    for (size_t i = 0; i < c->queues; i++)
        if (c->queue[i].dead_letters.kind == MODEL_QUEUE)
            queue_redrive(m->queue[i], m->queue[c->queue[i].dead_letters.index]);
    for (size_t i = 0; i < c->queue_mappings; i++) {
        const struct model_queue_mapping *const mapping = &c->queue_mapping[i];
        add(m, &queue_poller_class,
            queue_poller_create(&m->simulation, &mapping->config, m->queue[mapping->queue],
                                fed_target(m, mapping->function)));
    }
}

/* Where requests go whose caller waits for the answer. */
static struct client *client_of(struct model *m, const struct model_direct *d,
                                struct load_balancer *balancer)
{
    const struct gateway_config *const door = &d->gateway;
    const char *const name = d->config.name;
    const bool shared =
        (door->kind == GATEWAY_REST || door->kind == GATEWAY_HTTP) && m->apis.interval_ns > 0;
    struct gateway *const gateway = add(
        m, &gateway_class, gateway_create(&m->simulation, door, name, shared ? &m->apis : NULL));
    return add(m, &client_class,
               client_create(&m->simulation, &d->client, name, target_of(m, d->to.index), gateway,
                             balancer));
}

/* Whether another workload calls the same function. */
static bool shares_function(const struct model_config *c, size_t index)
{
    const struct model_reference *const to = &c->direct[index].to;
    for (size_t i = 0; i < c->directs; i++)
        if (i != index && to->kind == MODEL_FUNCTION && c->direct[i].to.kind == to->kind &&
            c->direct[i].to.index == to->index)
            return true;
    return false;
}

static bool create_directs(struct model *m)
{
    const struct model_config *const c = m->config;
    m->direct_config = own(m, c->directs, sizeof *m->direct_config);
    m->client = own(m, c->directs, sizeof *m->client);
    for (size_t i = 0; i < c->directs; i++) {
        const struct model_direct *const d = &c->direct[i];
        struct direct_config *const config = &m->direct_config[i];
        *config = d->config;
        config->tallied = m->fleet == NULL && shares_function(c, i);
        const bool sends = d->async || d->to.kind != MODEL_FUNCTION;
        config->waits = d->waits && !sends;
        struct target *const target = sends ? NULL : target_of(m, d->to.index);
        struct destination *destination = sends ? destination_of(m, d->to) : NULL;
        struct load_balancer *balancer = NULL;
        if (d->through_load_balancer || (m->fleet != NULL && !sends && c->fleet_load_balancer))
            balancer = add(m, &load_balancer_class,
                           load_balancer_create(&m->simulation, &c->load_balancer, config->name));
        if (!prepare_arrivals(m, config->name, &config->arrivals))
            return false;
        if (config->waits) {
            m->client[i] = client_of(m, d, balancer);
            destination = client_destination(m->client[i]);
            balancer = NULL; /* counts the tries */
        }
        add(m, &direct_class,
            direct_create(&m->simulation, config, destination == NULL ? target : NULL, destination,
                          balancer));
    }
    return true;
}

/* What happens to the parts there are; requests come later, so that a fault is first. */
static void create_faults(struct model *m)
{
    const struct model_config *const c = m->config;
    struct faults *const faults =
        add(m, &faults_class, faults_create(&m->simulation, c->fault, c->faults));
    if (m->fleet == NULL)
        faults_expose(faults, 1u << FAULT_SCALING, NULL,
                      (struct fault_victim){account_strike, &m->account});
    for (size_t i = 0; i < m->parts; i++)
        if (m->part[i].class->expose != NULL)
            m->part[i].class->expose(m->part[i].self, faults);
    faults_start(faults);
}

/* Once all is connected. */
static void watch_backlogs(struct model *m, struct backlogs *backlogs)
{
    for (size_t i = 0; i < m->parts; i++)
        if (m->part[i].class->watch != NULL)
            m->part[i].class->watch(m->part[i].self, backlogs);
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
    m->apis = limiter_of(&config->gateway_limit);
    create_loops(m);
    create_functions(m);
    create_downstreams(m);
    create_emitters(m);
    create_topics(m);
    create_state_machines(m);
    create_queues(m);
    struct backlogs *backlogs = NULL;
    bool ready = create_streams(m);
    if (ready) {
        backlogs = add(m, &backlogs_class, backlogs_create(&m->simulation));
        create_faults(m);
        ready = create_directs(m);
    }
    if (!ready) {
        model_destroy(m);
        return NULL;
    }
    connect_topics(m);
    connect_emitters(m);
    connect_self_pollers(m);
    watch_backlogs(m, backlogs);
    return m;
}

void model_destroy(struct model *model)
{
    if (model == NULL)
        return;
    while (model->parts-- > 0)
        model->part[model->parts].class->destroy(model->part[model->parts].self);
    free(model->part);
    series_finish(&model->minute);
    for (size_t i = 0; i < model->series_count; i++)
        series_finish(&model->series[i]);
    for (size_t i = 0; i < model->arrays; i++)
        free(model->owned[i]);
    free(model->owned);
    event_queue_finish(&model->simulation.queue);
    free(model);
}

static void reset(struct model *m)
{
    m->measure_ns = simulation_now(&m->simulation);
    m->simulation.measure_ns = m->measure_ns;
    account_reset(&m->account);
    for (size_t i = 0; i < m->parts; i++)
        m->part[i].class->reset(m->part[i].self);
}

static void tick(struct model *m)
{
    for (size_t i = 0; i < m->parts; i++)
        if (m->part[i].class->tick != NULL)
            m->part[i].class->tick(m->part[i].self);
}

static void settle(struct model *m)
{
    for (size_t i = 0; i < m->parts; i++)
        if (m->part[i].class->settle != NULL)
            m->part[i].class->settle(m->part[i].self);
}

static void gather_series(struct model *m)
{
    if (m->fleet == NULL)
        account_series(&m->account, &m->minute);
    for (size_t i = 0; i < m->parts; i++)
        if (m->part[i].class->series != NULL)
            m->part[i].class->series(m->part[i].self, &m->minute);
    for (size_t i = 0; i < m->series_count; i++)
        series_add(&m->series[i], &m->minute);
    series_restart(&m->minute, simulation_now(&m->simulation));
}

void model_series_names(struct model *model, const struct series_sink *sink)
{
    gather_series(model);
    series_names(&model->minute, sink);
}

/* Percentiles are asked for before anything is measured. */
static void prepare_series(struct model *m, const struct model_hooks *hooks)
{
    const size_t count = hooks->series_count;
    m->series_count = count;
    m->series = own(m, count, sizeof *m->series);
    m->wish = own(m, count, sizeof *m->wish);
    for (size_t i = 0; i < count; i++)
        if (hooks->series[i].wish != NULL && !isnan(hooks->series[i].wish->percentile))
            m->wish[m->minute.wishes++] = hooks->series[i].wish;
    m->minute.wish = m->wish;
    if (m->minute.wishes > 0)
        gather_series(m);
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
    audit_account(m);
    for (size_t i = 0; i < m->parts; i++)
        if (m->part[i].class->audit != NULL)
            m->part[i].class->audit(m->part[i].self);
}

static bool source_lost(const struct model *m)
{
    for (size_t i = 0; i < m->parts; i++)
        if (m->part[i].class->failed != NULL && m->part[i].class->failed(m->part[i].self))
            return true;
    return false;
}

enum model_status model_run(struct model *model, int64_t warm_up_ns,
                            const struct model_hooks *hooks)
{
    struct event_queue *const queue = &model->simulation.queue;
    const int64_t end_ns = model->end_ns;
    int64_t next_minute_ns = NS_PER_MINUTE;
    bool warm = warm_up_ns == 0;
    model->simulation.trace = hooks->trace;
    prepare_series(model, hooks);
    while (queue->now_ns < end_ns) {
        int64_t until_ns = next_minute_ns < end_ns ? next_minute_ns : end_ns;
        if (!warm && warm_up_ns < until_ns)
            until_ns = warm_up_ns;
        event_queue_run(queue, until_ns);
        const bool last = until_ns == end_ns;
        if (until_ns == next_minute_ns) {
            tick(model);
            next_minute_ns += NS_PER_MINUTE;
        } else if (last) {
            settle(model);
        }
        if (simulation_is_running_away(&model->simulation))
            return MODEL_RUNAWAY; /* with all that was used, in the warm-up, too */
        if (hooks->series_count > 0)
            gather_series(model); /* before the warm-up's counts are forgotten */
        if (!warm && until_ns == warm_up_ns) {
            warm = true;
            reset(model);
        }
        for (size_t i = 0; i < hooks->series_count; i++)
            if (until_ns % hooks->series[i].period_ns == 0 || last)
                series_end_period(&model->series[i], until_ns, hooks->series[i].sink,
                                  hooks->series[i].wish);
        if (source_lost(model))
            return MODEL_SOURCE_LOST;
        if (hooks->keep_on != NULL && !hooks->keep_on(hooks->context, until_ns))
            return MODEL_STOPPED;
    }
    for (size_t i = 0; i < model->parts; i++)
        if (model->part[i].class->close != NULL)
            model->part[i].class->close(model->part[i].self);
    audit(model);
    return model->simulation.failure[0] != '\0' ? MODEL_BROKEN : MODEL_DONE;
}

const char *model_failure(const struct model *model)
{
    return model->simulation.failure;
}

const char *model_runaway(const struct model *model)
{
    return model->simulation.runaway;
}

const char *model_endless(const struct model *model, size_t loop)
{
    return loop_is_endless(model->simulation.loop[loop]) ? model->config->loop[loop].way : NULL;
}

double model_now_s(const struct model *model)
{
    return (double)simulation_now(&model->simulation) / 1e9;
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
    for (size_t i = 0; i < model->parts; i++)
        if (model->part[i].class->report != NULL)
            model->part[i].class->report(model->part[i].self, sink);
}

void model_usage(const struct model *model, struct usage *usage)
{
    if (model->fleet == NULL)
        account_usage(&model->config->account,
                      simulation_now(&model->simulation) - model->measure_ns, usage);
    for (size_t i = 0; i < model->parts; i++)
        if (model->part[i].class->usage != NULL)
            model->part[i].class->usage(model->part[i].self, usage);
}

/* Whether all workloads that call the function wait for its answer: their callers tell the latency,
 * with tries, doors and what was answered too late. */
static bool told_by_callers(const struct model *m, size_t function)
{
    const struct model_config *const c = m->config;
    bool called = false;
    for (size_t i = 0; i < c->directs; i++) {
        const struct model_reference *const to = &c->direct[i].to;
        if (to->kind != MODEL_FUNCTION || to->index != function)
            continue;
        if (m->client[i] == NULL)
            return false;
        called = true;
    }
    return called;
}

static void merge_callers(const struct model *m, size_t function, struct histogram *ret)
{
    for (size_t i = 0; i < m->config->directs; i++)
        if (m->client[i] != NULL && m->config->direct[i].to.index == function)
            histogram_merge(ret, client_latency(m->client[i]));
}

/* Of what the function is called for: messages that it polls, whole tasks, or requests. */
static void merge_latency(const struct model *m, size_t function, struct histogram *ret)
{
    if (m->self_poller[function] != NULL)
        histogram_merge(ret, self_poller_latency(m->self_poller[function]));
    else if (m->emitter[function] != NULL && emitter_latency(m->emitter[function]) != NULL)
        histogram_merge(ret, emitter_latency(m->emitter[function]));
    else if (told_by_callers(m, function))
        merge_callers(m, function, ret);
    else
        histogram_merge(ret, m->fleet != NULL ? fleet_port_latency(m->fleet, function)
                                              : &m->function[function]->latency);
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
        ret->out_of_memory += model->function[i]->count.out_of_memory;
        provisioned += function_provisioned_mean(model->function[i]);
        busy += function_provisioned_busy(model->function[i]);
    }
    ret->utilization = provisioned > 0 ? fmin(busy / provisioned, 1.0) : NAN;
    for (size_t i = 0; i < model->parts; i++) {
        const struct part *const part = &model->part[i];
        ret->lost += part->class->lost != NULL ? part->class->lost(part->self) : 0;
        ret->erred += part->class->erred != NULL ? part->class->erred(part->self) : 0;
        if (part->class->latency != NULL)
            histogram_merge(&ret->latency, part->class->latency(part->self));
    }
    for (size_t i = 0; i < c->functions; i++)
        if (!model->is_fed[i])
            merge_latency(model, i, &ret->latency);
    if (model->fleet != NULL) {
        ret->utilization = fleet_utilization(model->fleet);
        ret->invocations = fleet_served(model->fleet);
    }
}
