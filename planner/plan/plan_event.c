/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asynchronous invocation, and what functions send. */
#include "plan/plan_internal.h"

#define RECURSION_LIMIT "lambda.recursion.invocations"

struct model_reference plan_reference(const struct plan *p, const struct reference *reference)
{
    static const enum model_kind kinds[ENTITY_KINDS] = {[ENTITY_FUNCTION] = MODEL_FUNCTION,
                                                        [ENTITY_QUEUE] = MODEL_QUEUE,
                                                        [ENTITY_STREAM] = MODEL_STREAM,
                                                        [ENTITY_TOPIC] = MODEL_TOPIC,
                                                        [ENTITY_BUS] = MODEL_TOPIC,
                                                        [ENTITY_TABLE] = MODEL_STREAM,
                                                        [ENTITY_STATE_MACHINE] =
                                                            MODEL_STATE_MACHINE};
    const size_t before = reference->kind == ENTITY_BUS     ? p->scenario->topics
                          : reference->kind == ENTITY_TABLE ? p->scenario->streams
                                                            : 0;
    return (struct model_reference){kinds[reference->kind], before + reference->index};
}

/* How many functions a chain may have come through when it reaches this one: Lambda counts how
 * often it is called in a chain, and a way round takes `round` functions. */
static uint32_t most_hops(struct plan *p, const struct function_spec *f,
                          const struct function_loops *loop)
{
    const double calls = limit_or(p, RECURSION_LIMIT, 0);
    return calls == 0 || loop->round == 0 || f->recursion_allowed
               ? 0
               : (uint32_t)calls * loop->round - 1;
}

static struct async_config async_of(struct plan *p, const struct function_spec *f)
{
    return (struct async_config){
        .max_retry_attempts = (int)f->event_retry_attempts,
        .max_event_age_ns = seconds(f->maximum_event_age_s),
        .retry_delay_ns = {seconds(limit(p, "async.retry_delay_1")),
                           seconds(limit(p, "async.retry_delay_2"))},
        .throttle_backoff_min_ns = seconds(limit(p, "async.throttle_backoff_min")),
        .throttle_backoff_max_ns = seconds(limit(p, "async.throttle_backoff_max")),
        .duplicate_probability = limit(p, "async.duplicates"),
        .record_bytes = (int64_t)limit(p, "async.record")};
}

/* Which functions are reached by anything but workloads: there work may have come a long way. */
static const bool *reached(struct plan *p)
{
    const struct scenario *const s = p->scenario;
    bool *const is_reached = own(p, s->functions, sizeof *is_reached);
    for (size_t i = 0; i < s->mappings; i++)
        is_reached[s->mapping[i].function.index] = true;
    for (size_t i = 0; i < s->topics + s->buses; i++) {
        const struct topic_spec *const t = i < s->topics ? &s->topic[i] : &s->bus[i - s->topics];
        for (size_t k = 0; k < t->subscriptions; k++)
            if (t->subscription[k].endpoint.kind == ENTITY_FUNCTION)
                is_reached[t->subscription[k].endpoint.index] = true;
    }
    for (size_t i = 0; i < s->functions; i++) {
        is_reached[i] = is_reached[i] || s->function[i].hand_on_after_ms > 0 ||
                        s->function[i].polls.queue.kind == ENTITY_QUEUE;
        for (size_t k = 0; k < s->function[i].emits; k++)
            if (s->function[i].emit[k].to.kind == ENTITY_FUNCTION)
                is_reached[s->function[i].emit[k].to.index] = true;
    }
    return is_reached;
}

static struct model_emitter emitter_of(struct plan *p, size_t index, bool end_to_end,
                                       bool to_lambda)
{
    const struct function_loops *const loop = &p->loops.function[index];
    const struct function_spec *const f = &p->scenario->function[index];
    struct emit_config *const emit = own(p, f->emits, sizeof *emit);
    struct model_reference *const to = own(p, f->emits, sizeof *to);
    for (size_t i = 0; i < f->emits; i++) {
        const struct emit_spec *const e = &f->emit[i];
        to[i] = plan_reference(p, &e->to);
        emit[i] = (struct emit_config){.per_record = e->per_record,
                                       .on_failure = e->on_failure,
                                       .probability = e->probability,
                                       .count = e->count, /* the scenario's, as it is */
                                       .bytes = e->bytes,
                                       .in_call = e->records_per_put,
                                       .loops = loop->emit_loops[i]};
    }
    struct model_emitter emitter = {.to = to,
                                    .config = {.function = f->name,
                                               .emit = emit,
                                               .emits = f->emits,
                                               .loop = loops_of(&p->loops, ENTITY_FUNCTION, index),
                                               .end_to_end = end_to_end}};
    if (to_lambda) { /* servers have neither a timeout nor Lambda's eye on loops */
        struct function_config *const c = &p->model.function[index];
        const double factor = cpu_duration_factor(&c->cpu);
        emitter.config.hand_on_after_ns = (int64_t)(f->hand_on_after_ms * 1e6 / factor);
        emitter.config.hand_on_overhead_ns = (int64_t)(f->hand_on_overhead_ms * 1e6 / factor);
        emitter.config.duration_ns = &c->duration_ns;
        emitter.config.max_hops = most_hops(p, f, loop);
    }
    return emitter;
}

/* Nothing stands before functions in a system without chains. */
static bool anything_is_sent(const struct scenario *s)
{
    if (s->topics + s->buses > 0)
        return true;
    for (size_t i = 0; i < s->functions; i++)
        if (s->function[i].emits > 0 || s->function[i].hand_on_after_ms > 0)
            return true;
    return false;
}

static struct model_self_poller self_poller_of(const struct plan *p, const struct function_spec *f)
{
    static const enum self_call again[] = {[CALLS_NEVER] = SELF_CALL_NEVER,
                                           [CALLS_WHILE_MESSAGES] = SELF_CALL_WHILE_MESSAGES,
                                           [CALLS_ALWAYS] = SELF_CALL_ALWAYS};
    const size_t queue = f->polls.queue.index;
    if (f->polls.queue.kind == ENTITY_NONE)
        return (struct model_self_poller){0};
    return (struct model_self_poller){
        {.function = f->name,
         .call_messages = f->polls.call_messages,
         .calls = f->polls.calls,
         .again = again[f->polls.again],
         .loop = loops_of(&p->loops, ENTITY_FUNCTION, (size_t)(f - p->scenario->function)),
         .visibility_timeout_ns = seconds(p->scenario->queue[queue].visibility_timeout_s)},
        queue};
}

bool plan_lambda_stops_loops(const struct scenario *scenario, const struct world *world)
{
    return limits_or(world->limits, RECURSION_LIMIT, scenario->as_of_day, 0) > 0;
}

static void loops_of_model(struct plan *p)
{
    struct loop_config *const loop = own(p, p->loops.count, sizeof *loop);
    for (size_t i = 0; i < p->loops.count; i++) {
        const struct endless_loop *const l = &p->loops.loop[i];
        loop[i] = (struct loop_config){l->name, l->way, l->stopped,
                                       l->functions < LONG_CHAIN ? l->functions : LONG_CHAIN};
    }
    p->model.loop = loop;
    p->model.loops = p->loops.count;
}

void plan_events(struct plan *p, bool to_lambda)
{
    const struct scenario *const s = p->scenario;
    const struct function_loops *const loop = p->loops.function;
    const bool sent = anything_is_sent(s), *const is_reached = reached(p);
    struct model_event *const event = own(p, s->functions, sizeof *event);
    struct model_emitter *const emitter = own(p, s->functions, sizeof *emitter);
    struct model_self_poller *const self_poller = own(p, s->functions, sizeof *self_poller);
    for (size_t i = 0; i < s->functions; i++) {
        const struct function_spec *const f = &s->function[i];
        event[i] = (struct model_event){.async = async_of(p, f),
                                        .on_success = plan_reference(p, &f->on_success),
                                        .on_failure = plan_reference(p, &f->on_failure),
                                        .dead_letters = plan_reference(p, &f->dead_letters)};
        event[i].async.loop = loops_of(&p->loops, ENTITY_FUNCTION, i);
        event[i].async.success_loops = loop[i].success_loops;
        event[i].async.failure_loops = loop[i].failure_loops;
        event[i].async.dead_letters_loop = loop[i].dead_letters_loop;
        if (to_lambda)
            event[i].async.max_hops = most_hops(p, f, &loop[i]);
        self_poller[i] = self_poller_of(p, f);
        if ((sent && (is_reached[i] || f->emits > 0)) || event[i].async.loop > 0)
            emitter[i] = emitter_of(p, i, sent && is_reached[i], to_lambda);
    }
    loops_of_model(p);
    p->model.event = event;
    p->model.emitter = emitter;
    p->model.self_poller = self_poller;
}
