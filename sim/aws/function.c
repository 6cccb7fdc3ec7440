/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/function.h"

#include "aws/faults.h"
#include "aws/tally.h"
#include "core/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void on_complete(void *self, int64_t now_ns, uint64_t slot);
static void on_scheduled(void *self, int64_t now_ns, uint64_t action);
static void add_provisioned(struct function *f, int64_t now_ns, int64_t count);
static void on_own_work_done(void *self, int64_t now_ns, uint64_t slot);
/* Lambda caps synchronous requests at 10 x concurrency a second; asynchronous ones from AWS
 * services are not capped (Lambda developer guide, "Lambda quotas"). */
static bool admit_rate(struct rate_limiter *limiter, const struct request *request, int64_t now_ns)
{
    return limiter->interval_ns == 0 || request->queued || rate_limiter_take(limiter, now_ns);
}

static bool invoke(struct target *self, const struct request *request);

static int64_t to_ns(double ns)
{
    return time_bounded(ns + 0.5);
}

static int64_t sample_ns(const struct distribution *distribution, struct random_stream *random)
{
    return to_ns(distribution_draw(distribution, random));
}

/* An environment is kept from now on, and perhaps all that are idle. */
static void keep_idle(struct function *f, struct environment *environment, int64_t now_ns)
{
    const struct function_config *const c = f->config;
    struct environment_pool *const pool = &f->environments;
    const int64_t drawn_ns = sample_ns(&c->keep_alive_ns, &f->keep_random);
    const int64_t kept_ns = c->in_use_keep_alive_ns > 0 ? c->in_use_keep_alive_ns : drawn_ns;
    if (c->in_use_keep_alive_ns > 0 && f->on_demand_busy == 0)
        pool->all_until_ns = now_ns + drawn_ns;
    environment->idle_since_ns = now_ns;
    environment->idle_until_ns =
        now_ns + kept_ns < environment->dies_ns ? now_ns + kept_ns : environment->dies_ns;
    if (environment->idle_until_ns <= now_ns)
        environment_end(pool, environment, now_ns);
    else
        environment_put(pool, environment);
}

/* Of unknown age: as much of a drawn life is over as any other share. */
static void add_idle_at_start(struct function *f)
{
    const struct function_config *const c = f->config;
    for (int64_t i = 0; i < c->idle_at_start; i++) {
        struct environment environment = {.dies_ns = TIME_NEVER, .serial = f->environments_made++};
        if (c->has_lifetime) {
            const double left = random_uniform_open(&f->keep_random);
            environment.dies_ns = to_ns((double)sample_ns(&c->lifetime_ns, &f->keep_random) * left);
        }
        keep_idle(f, &environment, 0);
    }
}

struct function *function_create(struct simulation *simulation, struct account *account,
                                 const struct function_config *config)
{
    struct function *const f = mem_alloc(1, sizeof *f);
    f->target.invoke = invoke;
    f->simulation = simulation;
    f->account = account;
    f->config = config;
    const size_t size = strlen("function:") + strlen(config->name) + 1;
    f->entity = mem_alloc(size, 1);
    snprintf(f->entity, size, "function:%s", config->name);
    f->factor = cpu_duration_factor(&config->cpu);
    f->periods = config->cpu.period_ms > 0 && config->cpu.points == 0;
    f->plain = f->factor == 1.0 && !f->periods;
    f->error_rate = config->error_rate;
    if (config->reserved < 0)
        holders_add(&account->holders, &f->holder, config->name, &f->on_demand_busy);
    f->on_worked = config->calls > 0 ? on_own_work_done : on_complete;
    random_init(&f->duration_random, simulation->seed, simulation->replication, f->entity,
                "duration");
    random_init(&f->init_random, simulation->seed, simulation->replication, f->entity, "init");
    random_init(&f->keep_random, simulation->seed, simulation->replication, f->entity,
                "keep-alive");
    random_init(&f->memory_random, simulation->seed, simulation->replication, f->entity, "memory");
    random_init(&f->traces.random, simulation->seed, simulation->replication, f->entity, "traces");
    random_init(&f->error_random, simulation->seed, simulation->replication, f->entity, "error");
    environment_pool_init(&f->environments);
    histogram_init(&f->duration);
    histogram_init(&f->init);
    histogram_init(&f->latency);
    if (config->calls > 0)
        histogram_init(&f->waited);
    calls_init(&f->calls, simulation, f->entity, config->call, config->calls);
    if (config->scale_burst > 0)
        f->scaling = rate_limiter_make(config->scale_burst, config->scale_per_s);
    if (config->rate_multiple > 0 && config->reserved > 0) {
        const double rate = config->rate_multiple * (double)config->reserved;
        f->rate = rate_limiter_make(rate, rate);
    }
    provisioned_init(&f->provisioned, config->provisioned, config->provisioned_step_ns);
    add_provisioned(f, 0, config->provisioned);
    for (size_t i = 0; i < config->scheduled; i++)
        event_schedule(&simulation->queue, config->schedule[i].at_ns, on_scheduled, f, i);
    add_idle_at_start(f);
    f->environments_max = config->provisioned + config->idle_at_start;
    return f;
}

static void function_destroy(void *self)
{
    struct function *const function = self;
    if (function == NULL)
        return;
    environment_pool_finish(&function->environments);
    provisioned_finish(&function->provisioned);
    histogram_finish(&function->duration);
    histogram_finish(&function->init);
    histogram_finish(&function->latency);
    stages_finish(&function->stages);
    holder_finish(&function->holder);
    histogram_finish(&function->waited);
    calls_finish(&function->calls);
    free(function->running);
    slots_finish(&function->slots);
    free(function->entity);
    free(function);
}

static void function_reset(void *self)
{
    struct function *const function = self;
    const int64_t now_ns = simulation_now(function->simulation);
    environment_pool_reset(&function->environments, now_ns);
    histogram_reset(&function->duration);
    histogram_reset(&function->init);
    histogram_reset(&function->latency);
    stages_reset(&function->stages);
    holders_reset(&function->account->holders, &function->holder);
    if (function->config->calls > 0)
        histogram_reset(&function->waited);
    time_average_reset(&function->busy, now_ns);
    time_average_reset(&function->provisioned_busy, now_ns);
    provisioned_reset(&function->provisioned, now_ns);
    function->environments_max = function->on_demand_busy + (int64_t)function->environments.count +
                                 function->provisioned_alive;
    function->count = (struct function_counts){0};
    function->traces.traces = 0;
    function->count.started = (uint64_t)function->busy.level; /* running requests end later */
    function->minute_start = function->count;
}

/* --- provisioned concurrency ---------------------------------------------------------------- */

static bool has_provisioned(const struct function_config *c)
{
    return c->provisioned > 0 || c->scheduled > 0;
}

/* A reservation pays for its own; else the account does. */
static void set_aside(struct function *f, int64_t change)
{
    if (f->config->reserved < 0)
        account_set_aside(f->account, change);
}

static void count_provisioned(struct function *f, int64_t change)
{
    f->provisioned_alive += change;
    const double rate = f->config->provisioned_multiple * (double)f->provisioned_alive;
    if (rate > 0)
        rate_limiter_change(&f->provisioned_rate, rate, rate);
}

static void add_provisioned(struct function *f, int64_t now_ns, int64_t count)
{
    struct environment fresh = {.created_ns = now_ns,
                                .idle_since_ns = now_ns,
                                .idle_until_ns = TIME_NEVER,
                                .dies_ns = TIME_NEVER,
                                .provisioned = true};
    for (int64_t i = 0; i < count; i++) {
        fresh.serial = f->environments_made++;
        environment_put(&f->environments, &fresh);
    }
    count_provisioned(f, count);
}

static void end_provisioned(struct function *f, const struct environment *environment,
                            int64_t now_ns)
{
    environment_end(&f->environments, environment, now_ns);
    count_provisioned(f, -1);
    set_aside(f, -1);
}

/* Idle ones go at once, the others with their requests. */
static void withdraw(struct function *f, int64_t now_ns, int64_t count)
{
    for (; count > 0 && f->environments.provisioned_count > 0; count--) {
        const struct environment idle = environment_take_provisioned(&f->environments, now_ns);
        end_provisioned(f, &idle, now_ns);
    }
    f->leaving += count;
}

static void on_prepared(void *self, int64_t now_ns, uint64_t since_ns)
{
    struct function *const f = self;
    int128 idle_ns, alive_ns;
    size_t idle;
    add_provisioned(f, now_ns, provisioned_prepare(&f->provisioned, (int64_t)since_ns));
    environment_pool_account(&f->environments, now_ns, &idle_ns, &alive_ns, &idle);
    const int64_t alive = (int64_t)idle + f->busy.level;
    if (alive > f->environments_max)
        f->environments_max = alive;
}

static void on_scheduled(void *self, int64_t now_ns, uint64_t action)
{
    struct function *const f = self;
    const struct function_config *const c = f->config;
    struct event_queue *const queue = &f->simulation->queue;
    const int64_t change = c->schedule[action].value - f->provisioned.amount.level;
    if (change > 0) {
        set_aside(f, change);
        provisioned_raise(&f->provisioned, now_ns, change);
        event_schedule(queue, now_ns + c->preparation_ns, on_prepared, f, (uint64_t)now_ns);
    } else if (change < 0) {
        const int64_t ready = provisioned_lower(&f->provisioned, now_ns, -change);
        set_aside(f, change + ready); /* those in preparation; the ready ones when they end */
        withdraw(f, now_ns, ready);
    }
    if (c->schedule[action].daily)
        event_schedule(queue, now_ns + 24 * NS_PER_HOUR, on_scheduled, f, action);
}

/* --- requests ------------------------------------------------------------------------------- */

/* Of the account's, with on_demand_busy. */
static void change_unreserved(struct function *f, int64_t change)
{
    f->account->unreserved_in_use += change;
    holders_changed(&f->account->holders, &f->holder);
}

/* Gives the slot back. */
static bool refuse(struct function *f, uint32_t slot, enum throttle_reason reason)
{
    slots_give_back(&f->slots, slot);
    f->count.throttles[reason]++;
    if (reason == THROTTLE_ACCOUNT_CONCURRENCY)
        holders_refused(&f->account->holders, &f->holder);
    return false;
}

/* A new environment, when limits allow. */
static bool create_environment(struct function *f, int64_t now_ns, struct environment *ret)
{
    if (f->config->scale_burst > 0) {
        if (!rate_limiter_take(&f->scaling, now_ns))
            return false;
    } else if (f->account->scaling.interval_ns > 0) {
        if (!rate_limiter_take(&f->account->scaling, now_ns))
            return false;
    }
    *ret = (struct environment){
        .created_ns = now_ns, .dies_ns = TIME_NEVER, .serial = f->environments_made++};
    if (f->config->has_lifetime)
        ret->dies_ns = now_ns + sample_ns(&f->config->lifetime_ns, &f->keep_random);
    const int64_t alive = f->on_demand_busy + 1 + f->provisioned_alive;
    if (alive > f->environments_max)
        f->environments_max = alive;
    return true;
}

static int64_t scaled(const struct function *f, double duration_ns)
{
    if (f->plain)
        return to_ns(duration_ns);
    if (f->periods)
        return to_ns(cpu_quota_duration_ns(&f->config->cpu, duration_ns));
    return to_ns(duration_ns * f->factor);
}

/* How long the request runs and how it ends. */
static void draw_run(struct function *f, const struct request *request, struct running *run)
{
    const struct function_config *const c = f->config;
    double raw_ns;
    if (request->duration_ns >= 0)
        raw_ns = (double)request->duration_ns;
    else if (run->cold && c->has_cold_duration)
        raw_ns = distribution_sample(&c->cold_duration_ns, &f->duration_random);
    else
        raw_ns = distribution_draw(&c->duration_ns, &f->duration_random);
    if (c->per_record_ns > 0)
        raw_ns += c->per_record_ns * request->records;
    int64_t work_ns = scaled(f, raw_ns);
    run->init_ns = 0;
    if (run->cold) {
        run->init_ns = sample_ns(&c->init_ns, &f->init_random);
        if (run->init_ns > c->init_timeout_ns) {
            work_ns += run->init_ns;
            run->init_ns = c->init_timeout_ns;
        }
    } else if (run->environment.needs_init) {
        work_ns += sample_ns(&c->init_ns, &f->init_random);
    }
    run->environment.needs_init = false;
    run->outcome = OUTCOME_SUCCESS;
    /* Every run draws both, whatever comes of it: designs with more memory share the luck. */
    if (f->error_rate > 0 && random_uniform(&f->error_random) < f->error_rate)
        run->outcome = OUTCOME_ERROR;
    if (request->fails)
        run->outcome = OUTCOME_ERROR;
    if (c->has_memory_used &&
        distribution_sample(&c->memory_used_mb, &f->memory_random) > (double)c->memory_mb)
        run->outcome = OUTCOME_OUT_OF_MEMORY;
    if (work_ns >= c->timeout_ns) {
        work_ns = c->timeout_ns;
        run->outcome = OUTCOME_TIMEOUT;
    }
    run->duration_ns = work_ns;
}

static uint32_t take_slot(struct function *f)
{
    f->running = slots_room(&f->slots, f->running, sizeof *f->running);
    return slots_take(&f->slots);
}

static bool invoke(struct target *self, const struct request *request)
{
    struct function *const f = (struct function *)self;
    struct account *const account = f->account;
    const struct function_config *const c = f->config;
    const int64_t now_ns = f->simulation->queue.now_ns;
    const bool reserved = c->reserved >= 0;

    const uint32_t slot = take_slot(f);
    struct running *const run = &f->running[slot];
    bool found = false;
    /* That requests beyond the cap of provisioned concurrency spill over is an inference. */
    if (f->environments.provisioned_count > 0 &&
        admit_rate(&f->provisioned_rate, request, now_ns)) {
        run->environment = environment_take_provisioned(&f->environments, now_ns);
        found = true;
        time_average_add(&f->provisioned_busy, now_ns, 1);
    } else {
        if (reserved ? f->busy.level >= c->reserved
                     : account->unreserved_in_use >= account->unreserved_limit)
            return refuse(f, slot,
                          reserved ? THROTTLE_RESERVED_CONCURRENCY : THROTTLE_ACCOUNT_CONCURRENCY);
        if (!admit_rate(reserved ? &f->rate : &account->rate, request, now_ns))
            return refuse(f, slot, THROTTLE_REQUEST_RATE);
        found = environment_take(&f->environments, now_ns, &run->environment);
        if (!found && !create_environment(f, now_ns, &run->environment))
            return refuse(f, slot, THROTTLE_SCALING_RATE);
        f->on_demand_busy++;
        if (!reserved)
            change_unreserved(f, 1);
        f->count.spillover += f->provisioned.amount.level > 0;
    }

    run->arrival_ns = request->arrival_ns;
    run->delay_ns = now_ns - request->arrival_ns;
    run->throttled_ns = request->throttled_ns;
    run->retried_ns = request->retried_ns;
    run->failed_ns = request->failed_ns;
    run->refused_ns = request->throttled_ns > 0 ? request->refused_ns : -1;
    run->done = request->done;
    run->source = request->source;
    run->token = request->token;
    run->tally = request->tally;
    run->progress = (struct calls_progress){.records = request->records};
    run->cold = !found;
    draw_run(f, request, run);
    f->count.started++;
    time_average_add(&f->busy, now_ns, 1);
    account_change(account, 1);
    if (c->tracing.active)
        trace_sample(&f->traces, &c->tracing, now_ns);
    const int64_t attach_ns =
        run->cold && c->has_attach ? sample_ns(&c->attach_ns, &f->init_random) : 0;
    event_schedule(&f->simulation->queue, now_ns + attach_ns + run->init_ns + run->duration_ns,
                   f->on_worked, f, slot);
    return true;
}

/* Billed time in ms: rounded up to the era's granule, at least one granule. */
static int64_t billed_ms(const struct function_config *c, const struct running *run)
{
    const int64_t ns = run->duration_ns + (c->init_billed ? run->init_ns : 0);
    if (c->billing_granularity_ns == NS_PER_MS)
        return ns <= NS_PER_MS ? 1 : (ns + NS_PER_MS - 1) / NS_PER_MS;
    const int64_t granules = (ns + c->billing_granularity_ns - 1) / c->billing_granularity_ns;
    return (granules < 1 ? 1 : granules) * (c->billing_granularity_ns / NS_PER_MS);
}

static void meter_tally(struct tally *tally, const struct running *run, int64_t billed,
                        int64_t now_ns)
{
    tally->invocations++;
    tally->cold_starts += run->cold;
    tally->errors += run->outcome != OUTCOME_SUCCESS;
    tally->billed_ms += billed;
    histogram_add(&tally->duration, run->duration_ns);
    if (run->outcome == OUTCOME_SUCCESS)
        histogram_add(&tally->latency, now_ns - run->arrival_ns);
}

/* Of a request that succeeded and had more than a run. */
static void count_stages(struct function *f, const struct running *run, int64_t latency_ns)
{
    stages_add(&f->stages,
               &(struct stage_times){.wait_ns = run->delay_ns - run->throttled_ns - run->retried_ns,
                                     .throttle_ns = run->throttled_ns,
                                     .retry_ns = run->retried_ns,
                                     .init_ns = latency_ns - run->delay_ns - run->duration_ns});
}

static void meter(struct function *f, const struct running *run, int64_t now_ns)
{
    struct function_counts *const n = &f->count;
    n->invocations++;
    histogram_add(&f->duration, run->duration_ns);
    series_time(&f->minute_duration, run->duration_ns);
    if (run->cold) {
        n->cold_starts++;
        histogram_add(&f->init, run->init_ns);
    }
    const int64_t billed = billed_ms(f->config, run);
    *(run->environment.provisioned ? &n->provisioned_billed_ms : &n->billed_ms) += billed;
    if (run->tally != NULL)
        meter_tally(run->tally, run, billed, now_ns);
    if (f->config->count_logs)
        n->log_bytes += f->config->log_bytes + (run->cold ? f->config->log_bytes_cold : 0);
    switch ((enum outcome)run->outcome) {
    case OUTCOME_SUCCESS:
        n->success++;
        histogram_add(&f->latency, now_ns - run->arrival_ns);
        if (run->cold || run->delay_ns > 0)
            count_stages(f, run, now_ns - run->arrival_ns);
        return;
    case OUTCOME_ERROR:
        n->errors++;
        break;
    case OUTCOME_TIMEOUT:
        n->timeouts++;
        break;
    case OUTCOME_OUT_OF_MEMORY:
        n->out_of_memory++;
        break;
    }
    stages_add_failed(&f->stages, run->duration_ns);
}

static void release(struct function *f, struct environment *environment, int64_t now_ns)
{
    environment->idle_since_ns = now_ns;
    if (environment->provisioned) {
        time_average_add(&f->provisioned_busy, now_ns, -1);
        if (f->leaving > 0) {
            f->leaving--;
            end_provisioned(f, environment, now_ns);
        } else {
            environment_put(&f->environments, environment);
        }
        return;
    }
    f->on_demand_busy--;
    if (f->config->reserved < 0)
        change_unreserved(f, -1);
    keep_idle(f, environment, now_ns);
}

static void tell(const struct function *f, const struct running *run, int64_t now_ns)
{
    static const char *const outcomes[] = {[OUTCOME_SUCCESS] = "success",
                                           [OUTCOME_ERROR] = "error",
                                           [OUTCOME_TIMEOUT] = "timeout",
                                           [OUTCOME_OUT_OF_MEMORY] = "out of memory"};
    const struct request_sink *const sink = f->simulation->trace;
    if (f->count.invocations % sink->every != 0)
        return;
    sink->put(sink->context,
              &(struct traced_request){.entity = f->entity,
                                       .environment = run->environment.serial,
                                       .provisioned = run->environment.provisioned,
                                       .cold = run->cold,
                                       .outcome = outcomes[run->outcome],
                                       .arrival_ns = run->arrival_ns,
                                       .invoked_ns = run->arrival_ns + run->delay_ns,
                                       .began_ns = now_ns - run->duration_ns,
                                       .end_ns = now_ns,
                                       .throttled_ns = run->throttled_ns,
                                       .retried_ns = run->retried_ns,
                                       .failed_ns = run->failed_ns,
                                       .refused_ns = run->refused_ns,
                                       .calling_ns = f->config->calls > 0 ? run->calling_ns : 0});
}

static void on_complete(void *self, int64_t now_ns, uint64_t slot)
{
    struct function *const f = self;
    struct running *const run = &f->running[slot];
    if (f->simulation->trace != NULL)
        tell(f, run, now_ns);
    time_average_add(&f->busy, now_ns, -1);
    account_change(f->account, -1);
    meter(f, run, now_ns);
    if (run->outcome == OUTCOME_TIMEOUT || run->outcome == OUTCOME_OUT_OF_MEMORY)
        run->environment.needs_init = true;
    release(f, &run->environment, now_ns);
    void (*const done)(void *, uint64_t, enum outcome, int64_t) = run->done;
    void *const source = run->source;
    const uint64_t token = run->token;
    const enum outcome outcome = (enum outcome)run->outcome;
    slots_give_back(&f->slots, (uint32_t)slot);
    if (done != NULL)
        done(source, token, outcome, now_ns); /* may invoke again: `run` is no longer ours */
}

/* --- calls ---------------------------------------------------------------------------------- */

static void on_answer(void *self, uint64_t slot, enum call_answer answer, int64_t now_ns);

static int64_t deadline_of(const struct function *f, const struct running *run)
{
    return run->began_ns + f->config->timeout_ns;
}

static void end_waiting(struct function *f, struct running *run, enum outcome outcome,
                        int64_t now_ns)
{
    run->calling_ns = now_ns - run->began_ns - run->duration_ns;
    histogram_add(&f->waited, run->calling_ns);
    run->duration_ns = now_ns - run->began_ns;
    run->outcome = outcome;
    f->count.call_errors += outcome == OUTCOME_ERROR;
    f->count.call_timeouts += outcome == OUTCOME_TIMEOUT;
}

static void call_next(struct function *f, uint64_t slot, int64_t now_ns)
{
    struct running *const run = &f->running[slot];
    if (calls_next(&f->calls, &run->progress, deadline_of(f, run), on_answer, f, slot))
        return;
    end_waiting(f, run, OUTCOME_SUCCESS, now_ns);
    on_complete(f, now_ns, slot);
}

static void on_answer(void *self, uint64_t slot, enum call_answer answer, int64_t now_ns)
{
    struct function *const f = self;
    struct running *const run = &f->running[slot];
    if (answer == ANSWER_FINE) {
        call_next(f, slot, now_ns);
        return;
    }
    end_waiting(f, run, now_ns >= deadline_of(f, run) ? OUTCOME_TIMEOUT : OUTCOME_ERROR, now_ns);
    on_complete(f, now_ns, slot);
}

static void on_own_work_done(void *self, int64_t now_ns, uint64_t slot)
{
    struct function *const f = self;
    struct running *const run = &f->running[slot];
    run->began_ns = now_ns - run->duration_ns;
    run->calling_ns = 0;
    if (run->outcome != OUTCOME_SUCCESS) {
        on_complete(f, now_ns, slot);
    } else if (!calls_open(&f->calls, &run->environment.open)) {
        end_waiting(f, run, OUTCOME_ERROR, now_ns);
        on_complete(f, now_ns, slot);
    } else {
        call_next(f, slot, now_ns);
    }
}

static void on_environment_ended(void *self, const struct environment *environment)
{
    struct function *const f = self;
    calls_close(&f->calls, environment->open);
}

static void sweep(void *self, int64_t now_ns)
{
    struct function *const f = self;
    environment_pool_sweep(&f->environments, now_ns);
}

void function_connect(struct function *function, struct downstream *const *downstream)
{
    struct calls *const calls = &function->calls;
    if (calls->count == 0)
        return;
    calls_connect(calls, downstream);
    for (size_t i = 0; i < calls->count; i++)
        downstream_add_holder(calls->to[i], (struct downstream_holder){sweep, function});
    function->environments.on_end = on_environment_ended;
    function->environments.owner = function;
}

/* --- faults --------------------------------------------------------------------------------- */

static void deploy(struct function *f, int64_t now_ns)
{
    environment_pool_end(&f->environments, now_ns);
    bool *const is_free = mem_alloc(f->slots.count, sizeof *is_free);
    for (size_t i = 0; i < f->slots.free_count; i++)
        is_free[f->slots.free[i]] = true;
    for (size_t i = 0; i < f->slots.count; i++)
        if (!is_free[i] && !f->running[i].environment.provisioned)
            f->running[i].environment.dies_ns = now_ns;
    free(is_free);
}

/* An error rate, a slower scaling rate, or a deployment: idle environments end, busy ones with the
 * request that they run; provisioned ones stay, because AWS prepares the new version's first. */
static void strike(void *function, const struct fault_config *fault, bool begins)
{
    struct function *const f = function;
    const struct function_config *const c = f->config;
    const double factor = begins ? fault->value : 1;
    switch (fault->kind) {
    case FAULT_ERROR_RATE:
        f->error_rate = begins ? fault->value : c->error_rate;
        break;
    case FAULT_SCALING:
        if (c->scale_burst > 0)
            rate_limiter_change(&f->scaling, fmax(1, c->scale_burst * factor),
                                c->scale_per_s * factor);
        break;
    case FAULT_DEPLOY:
        if (begins)
            deploy(f, simulation_now(f->simulation));
        break;
    case FAULT_CONSUMER:
    case FAULT_NONE:
    case FAULT_ZONE:
        break;
    }
}

/* --- the part ------------------------------------------------------------------------------- */

static uint64_t all_errors(const struct function_counts *n)
{
    return n->errors + n->timeouts + n->out_of_memory;
}

static uint64_t all_throttles(const struct function_counts *n)
{
    uint64_t total = 0;
    for (int i = 0; i < THROTTLE_REASONS; i++)
        total += n->throttles[i];
    return total;
}

/* Life of the environments that run right now, since the warm-up. */
static int128 busy_alive_ns(const struct function *f, int64_t now_ns)
{
    int128 alive = 0;
    bool *const is_free = mem_alloc(f->slots.count, sizeof *is_free);
    for (size_t i = 0; i < f->slots.free_count; i++)
        is_free[f->slots.free[i]] = true;
    for (size_t i = 0; i < f->slots.count; i++) {
        if (is_free[i])
            continue;
        const int64_t created = f->running[i].environment.created_ns;
        const int64_t from =
            created > f->environments.measure_ns ? created : f->environments.measure_ns;
        alive += now_ns - from;
    }
    free(is_free);
    return alive;
}

static void function_audit(const void *self)
{
    const struct function *const f = self;
    const int64_t now_ns = simulation_now(f->simulation);
    const struct function_counts *const n = &f->count;
    int128 idle_ns, alive_ns;
    size_t idle;
    environment_pool_account(&f->environments, now_ns, &idle_ns, &alive_ns, &idle);
    alive_ns += busy_alive_ns(f, now_ns);
    const int128 busy_ns = f->busy.integral + (int128)f->busy.level * (now_ns - f->busy.since_ns);
    if (busy_ns + idle_ns != alive_ns)
        simulation_fail(f->simulation, "%s: busy %.0f + idle %.0f is not alive %.0f (ns)",
                        f->entity, (double)busy_ns, (double)idle_ns, (double)alive_ns);
    if (n->started != n->invocations + (uint64_t)f->busy.level)
        simulation_fail(f->simulation, "%s: %llu started, %llu ended, %lld running", f->entity,
                        (unsigned long long)n->started, (unsigned long long)n->invocations,
                        (long long)f->busy.level);
    if (n->invocations != n->success + all_errors(n) || n->invocations != f->duration.count)
        simulation_fail(f->simulation, "%s: outcomes do not add up to invocations", f->entity);
}

static void function_report(const void *self, const struct metric_sink *sink)
{
    const struct function *const f = self;
    static const char *const reasons[THROTTLE_REASONS] = {
        [THROTTLE_ACCOUNT_CONCURRENCY] = "throttles.account_concurrency",
        [THROTTLE_RESERVED_CONCURRENCY] = "throttles.reserved_concurrency",
        [THROTTLE_SCALING_RATE] = "throttles.scaling_rate",
        [THROTTLE_REQUEST_RATE] = "throttles.request_rate"};
    const struct function_counts *const n = &f->count;
    const int64_t now_ns = simulation_now(f->simulation);
    const double elapsed_ns = (double)(now_ns - f->environments.measure_ns);
    const int128 billed = n->billed_ms + n->provisioned_billed_ms;
    int128 idle_ns, alive_ns;
    size_t idle;
    environment_pool_account(&f->environments, now_ns, &idle_ns, &alive_ns, &idle);
    alive_ns += busy_alive_ns(f, now_ns);

#define PUT(metric, unit, value) sink->put(sink->context, f->entity, metric, unit, (double)(value))
    PUT("invocations", "count", n->invocations);
    PUT("cold_starts", "count", n->cold_starts);
    PUT("cold_start_ratio", "ratio",
        n->invocations > 0 ? (double)n->cold_starts / (double)n->invocations : NAN);
    PUT("errors", "count", all_errors(n));
    PUT("timeouts", "count", n->timeouts);
    PUT("out_of_memory", "count", n->out_of_memory);
    PUT("throttles", "count", all_throttles(n));
    for (int i = 0; i < THROTTLE_REASONS; i++)
        PUT(reasons[i], "count", n->throttles[i]);
    report_times(sink, f->entity, "duration_ms", &f->duration);
    report_times(sink, f->entity, "init_duration_ms", &f->init);
    report_times(sink, f->entity, "latency_ms", &f->latency);
    stages_report(&f->stages, &f->duration, n->success, f->entity, sink);
    holders_report(&f->account->holders, &f->holder, f->entity, sink);
    if (f->config->calls > 0) {
        PUT("errors.calls", "count", n->call_errors);
        PUT("timeouts.calls", "count", n->call_timeouts);
        report_times(sink, f->entity, "call_wait_ms", &f->waited);
    }
    PUT("billed_ms", "ms", billed);
    if (f->config->tracing.active)
        PUT("traces_recorded", "count", f->traces.traces);
    PUT("gb_seconds", "GB-s", (double)billed * (double)f->config->memory_mb / 1024e3);
    PUT("concurrent_executions.mean", "executions", time_average_mean(&f->busy, now_ns));
    PUT("concurrent_executions.max", "executions", f->busy.max);
    PUT("environments.mean", "environments", (double)alive_ns / elapsed_ns);
    PUT("environments.max", "environments", f->environments_max);
    PUT("environments_idle.mean", "environments", (double)idle_ns / elapsed_ns);
    PUT("environment_lifespan_s.mean", "s",
        environment_pool_lifespan_ns(&f->environments, now_ns) / 1e9);
    if (has_provisioned(f->config)) {
        PUT("provisioned_concurrency_spillover", "count", n->spillover);
        const double mean = function_provisioned_mean(f);
        PUT("provisioned_concurrency_utilization.mean", "ratio",
            mean > 0 ? fmin(function_provisioned_busy(f) / mean, 1) : NAN);
    }
#undef PUT
}

double function_provisioned_mean(const struct function *f)
{
    return time_average_mean(&f->provisioned.amount, simulation_now(f->simulation));
}

double function_provisioned_busy(const struct function *f)
{
    return time_average_mean(&f->provisioned_busy, simulation_now(f->simulation));
}

/* Lambda sends metrics about an invocation when it ends, and so none while nothing is invoked; its
 * counts are samples of 0 and 1 (developer guide, "Types of metrics for Lambda functions"). */
static void function_series(void *self, struct series *series)
{
    struct function *const f = self;
    const struct function_counts *const n = &f->count, *const old = &f->minute_start;
    const uint64_t ended = n->invocations - old->invocations;
    const uint64_t throttles = all_throttles(n) - all_throttles(old);
    const int64_t busy = time_average_lap(&f->busy);
#define EVENTS(metric, count, of) series_events(series, f->entity, metric, "Count", count, of)
    EVENTS("Invocations", ended, ended);
    EVENTS("Errors", all_errors(n) - all_errors(old), ended);
    EVENTS("Throttles", throttles, ended + throttles);
    series_maximum(series, f->entity, "ConcurrentExecutions", "Count",
                   busy > 0 ? (double)busy : NAN);
    series_tell_times(series, f->entity, "Duration", "Milliseconds", 1e6,
                      SERIES_BIT(SERIES_AVERAGE) | SERIES_BIT(SERIES_MAXIMUM), &f->minute_duration);
    if (has_provisioned(f->config))
        EVENTS("ProvisionedConcurrencySpilloverInvocations", n->spillover - old->spillover, ended);
#undef EVENTS
    f->minute_start = *n;
}

static void function_usage(const void *self, struct usage *usage)
{
    const struct function *const f = self;
    const struct function_config *const c = f->config;
    const struct function_counts *const n = &f->count;
    usage_add(usage, f->entity, METER_LAMBDA_REQUESTS, NULL, n->invocations);
    usage_add(usage, f->entity, c->arm64 ? METER_LAMBDA_ARM64_MB_MS : METER_LAMBDA_X86_MB_MS, NULL,
              n->billed_ms * c->memory_mb);
    if (has_provisioned(c)) {
        usage_add(
            usage, f->entity,
            c->arm64 ? METER_LAMBDA_PROVISIONED_ARM64_MB_MS : METER_LAMBDA_PROVISIONED_X86_MB_MS,
            NULL,
            provisioned_billed_ms(&f->provisioned, simulation_now(f->simulation)) * c->memory_mb);
        usage_add(usage, f->entity,
                  c->arm64 ? METER_LAMBDA_PROVISIONED_DURATION_ARM64_MB_MS
                           : METER_LAMBDA_PROVISIONED_DURATION_X86_MB_MS,
                  NULL, n->provisioned_billed_ms * c->memory_mb);
    }
    if (c->ephemeral_excess_mb > 0)
        usage_add(usage, f->entity, METER_LAMBDA_EPHEMERAL_MB_MS, NULL,
                  (n->billed_ms + n->provisioned_billed_ms) * c->ephemeral_excess_mb);
    transfer_usage(&c->transfer, f->entity, n->invocations, usage);
    if (c->tracing.active)
        usage_add(usage, f->entity, METER_XRAY_TRACES, NULL, f->traces.traces);
    if (c->count_logs)
        usage_add(usage, f->entity, METER_LOGS_BYTES, NULL, n->log_bytes);
}

static void function_expose(void *self, struct faults *faults)
{
    struct function *const f = self;
    faults_expose(faults, 1u << FAULT_ERROR_RATE | 1u << FAULT_SCALING | 1u << FAULT_DEPLOY,
                  f->config->name, (struct fault_victim){strike, f});
}

const struct part_class function_class = {
    .destroy = function_destroy,
    .reset = function_reset,
    .audit = function_audit,
    .report = function_report,
    .series = function_series,
    .usage = function_usage,
    .expose = function_expose,
};
