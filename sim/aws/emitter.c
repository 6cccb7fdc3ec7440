/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/emitter.h"

#include "aws/chains.h"
#include "aws/loop.h"
#include "aws/tally.h"
#include "core/memory.h"
#include "core/random.h"
#include "core/slots.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct emitting { /* a request under way */
    void (*done)(void *source, uint64_t token, enum outcome outcome, int64_t now_ns);
    void *source;
    uint64_t token;
    int64_t origin_ns;
    int64_t rest_ns; /* to hand on; 0: nothing */
    uint32_t records, hops;
    uint32_t looping;     /* of its records, those of long chains */
    struct chains chains; /* of its records; none: all began at origin_ns */
};

struct emitter_counts {
    uint64_t started, ended, emitted, handed_on, stopped;
};

struct emitter {
    struct target target; /* first */
    struct simulation *simulation;
    const struct emitter_config *config;
    struct target *inner;
    struct destination **to;
    struct destination *self;
    struct random_stream random, task_random, chain_random;
    struct emitting *slot;
    struct slots slots;
    struct emitter_counts count;
    uint64_t at_reset;
    struct loop *loop;    /* NULL: it is in none */
    struct tally in_loop; /* mostly for long chains, if it is in a loop */
    bool failures_loop;   /* what it sends after errors may come back */
    struct histogram end_to_end;
    double end_to_end_offset; /* of histogram_add_spread */
    char entity[96];
};

static bool invoke(struct target *self, const struct request *request);

struct emitter *emitter_create(struct simulation *simulation, const struct emitter_config *config,
                               struct target *target)
{
    struct emitter *const e = mem_alloc(1, sizeof *e);
    e->target.invoke = invoke;
    e->simulation = simulation;
    e->config = config;
    e->inner = target;
    snprintf(e->entity, sizeof e->entity, "function:%s", config->function);
    random_init(&e->random, simulation->seed, simulation->replication, e->entity, "emits");
    random_init(&e->chain_random, simulation->seed, simulation->replication, e->entity, "chains");
    random_init(&e->task_random, simulation->seed, simulation->replication, e->entity, "task");
    if (config->end_to_end)
        histogram_init(&e->end_to_end);
    e->loop = loop_of(simulation, config->loop);
    if (e->loop != NULL)
        tally_init(&e->in_loop);
    for (size_t i = 0; i < config->emits; i++)
        e->failures_loop |= config->emit[i].loops && config->emit[i].on_failure;
    return e;
}

struct target *emitter_target(struct emitter *emitter)
{
    return &emitter->target;
}

const struct histogram *emitter_latency(const struct emitter *emitter)
{
    const struct emitter_config *const c = emitter->config;
    return c->hand_on_after_ns > 0 && c->end_to_end ? &emitter->end_to_end : NULL;
}

void emitter_connect(struct emitter *emitter, struct destination *const *to,
                     struct destination *self)
{
    emitter->to = mem_alloc(emitter->config->emits, sizeof *emitter->to);
    for (size_t i = 0; i < emitter->config->emits; i++)
        emitter->to[i] = to[i];
    emitter->self = self;
}

static void emitter_destroy(void *self)
{
    struct emitter *const e = self;
    if (e->config->end_to_end)
        histogram_finish(&e->end_to_end);
    if (e->loop != NULL)
        tally_finish(&e->in_loop);
    free(e->to);
    for (size_t i = 0; i < e->slots.count; i++)
        chains_finish(&e->slot[i].chains);
    free(e->slot);
    slots_finish(&e->slots);
    free(e);
}

/* --- sending -------------------------------------------------------------------------------- */

static uint64_t whole_number(struct emitter *e, double x)
{
    const double whole = floor(x);
    const bool more = x > whole && random_uniform(&e->random) < x - whole;
    return (uint64_t)fmin(whole, 1e6) + more; /* the farthest tail is cut */
}

/* Messages of one emit after one invocation. */
static uint64_t draw_messages(struct emitter *e, const struct emit_config *emit, uint32_t records)
{
    const uint64_t trials = emit->per_record ? records : 1;
    uint64_t messages = 0, hits = trials;
    if (emit->probability < 1)
        hits = trials == 1 ? random_uniform(&e->random) < emit->probability
                           : random_binomial(&e->random, trials, emit->probability);
    if (emit->count.kind == DISTRIBUTION_CONSTANT)
        return whole_number(e, (double)hits * (emit->count.a + emit->count.shift));
    for (uint64_t i = 0; i < hits; i++)
        messages += whole_number(e, distribution_draw(&emit->count, &e->random));
    return messages;
}

/* When the chain of message `i` of so many began, and how far it has come: that of its record,
 * where each record sends its own. Those that chance takes of the batch are as far from each other
 * in it; `shift`, 0..1, is where the first is. */
static int64_t chain_of(const struct emitting *run, bool per_record, uint64_t i, double shift,
                        uint64_t messages, struct chains_cursor *cursor, uint32_t *ret_hops)
{
    *ret_hops = run->hops;
    if (!per_record || run->chains.count == 0)
        return run->origin_ns;
    const double record = ((double)i + shift) * run->records / (double)messages;
    const int64_t began_ns = chains_began(&run->chains, cursor, (uint64_t)record);
    *ret_hops = chains_hops(&run->chains, cursor);
    return began_ns;
}

/* Whether any of it goes round the loop. A message for the whole batch is of its longest chain, and
 * goes round for the share of the batch that are of long ones. */
static bool emit(struct emitter *e, size_t index, const struct emitting *run)
{
    const struct emit_config *const c = &e->config->emit[index];
    const uint64_t messages = draw_messages(e, c, run->records);
    const double shift = run->chains.count > 0 ? random_uniform(&e->chain_random) : 0;
    const double share = c->per_record ? 1 : (double)run->looping / fmax(run->records, 1);
    struct chains_cursor cursor = {0};
    bool again = false;
    for (uint64_t i = 0; i < messages; i++) {
        uint32_t hops;
        const int64_t began_ns = chain_of(run, c->per_record, i, shift, messages, &cursor, &hops);
        const bool goes_on = c->loops && run->looping > 0 && is_long_chain(hops);
        if (c->loops && loop_is_cut(e->loop, e->simulation))
            return again;
        const uint64_t left = messages - i / c->in_call * c->in_call;
        const double bytes = distribution_draw(&c->bytes, &e->random);
        e->count.emitted++;
        if (c->loops)
            loop_came(e->loop, hops);
        if (goes_on)
            loop_sent(e->loop, share);
        again |= goes_on;
        destination_send(
            e->to[index],
            &(struct message){.origin_ns = began_ns,
                              .duration_ns = -1,
                              .bytes = (int64_t)(fmin(bytes, MESSAGE_BYTES_MAX) + 0.5),
                              .group = random_bits(&e->random) | 1,
                              .hops = hops + 1,
                              .in_call = left < c->in_call ? (uint32_t)left : c->in_call});
    }
    return again;
}

/* From the beginning of each record's chain to now. */
static void count_end_to_end(struct emitter *e, const struct emitting *run, int64_t now_ns)
{
    if (run->chains.count == 0 && run->records > 0)
        histogram_add_many(&e->end_to_end, now_ns - run->origin_ns, run->records);
    for (size_t i = 0; i < run->chains.count; i++) {
        const struct chain_stretch *const s = &run->chains.stretch[i];
        histogram_add_spread(&e->end_to_end, now_ns - s->first_ns, now_ns - s->last_ns, s->records,
                             &e->end_to_end_offset);
    }
}

static void finish(struct emitter *e, const struct emitting *run, enum outcome outcome,
                   int64_t now_ns)
{
    if (outcome == OUTCOME_SUCCESS && run->rest_ns > 0) {
        e->count.handed_on++;
        destination_send(e->self, &(struct message){.origin_ns = run->origin_ns,
                                                    .duration_ns = run->rest_ns,
                                                    .hops = run->hops + 1});
        return;
    }
    if (outcome == OUTCOME_SUCCESS && e->config->end_to_end)
        count_end_to_end(e, run, now_ns);
    if (outcome == OUTCOME_SUCCESS || e->failures_loop) /* else what failed may be tried again */
        loop_worked(e->loop, run->looping);
    bool again = false;
    for (size_t i = 0; i < e->config->emits; i++)
        if (outcome == (e->config->emit[i].on_failure ? OUTCOME_ERROR : OUTCOME_SUCCESS))
            again |= emit(e, i, run);
    if (run->looping > 0 && (again || outcome == OUTCOME_SUCCESS))
        loop_went_round(e->loop, again);
}

/* --- requests ------------------------------------------------------------------------------- */

static void on_done(void *self, uint64_t index, enum outcome outcome, int64_t now_ns)
{
    struct emitter *const e = self;
    struct emitting run = e->slot[index]; /* what it sends may come back at once */
    e->slot[index].chains = (struct chains){0};
    slots_give_back(&e->slots, (uint32_t)index);
    e->count.ended++;
    finish(e, &run, outcome, now_ns);
    chains_finish(&run.chains);
    if (run.done != NULL)
        run.done(run.source, run.token, outcome, now_ns);
}

static void on_stopped(void *self, int64_t now_ns, uint64_t index)
{
    struct emitter *const e = self;
    const struct emitting run = e->slot[index];
    slots_give_back(&e->slots, (uint32_t)index);
    e->count.ended++;
    loop_worked(e->loop, run.looping);
    if (run.done != NULL)
        run.done(run.source, run.token, OUTCOME_SUCCESS, now_ns);
}

static uint32_t take_slot(struct emitter *e)
{
    e->slot = slots_room(&e->slots, e->slot, sizeof *e->slot);
    return slots_take(&e->slots);
}

static uint32_t looping_of(const struct emitting *run)
{
    uint32_t records = run->chains.count == 0 && is_long_chain(run->hops) ? run->records : 0;
    for (size_t i = 0; i < run->chains.count; i++)
        if (is_long_chain(run->chains.stretch[i].hops))
            records += run->chains.stretch[i].records;
    return records;
}

/* The part of a task that this request works on: its length; the rest is handed on. */
static int64_t part_of_task(struct emitter *e, int64_t task_ns, int64_t *ret_rest_ns)
{
    const struct emitter_config *const c = e->config;
    if (task_ns < 0)
        task_ns = time_bounded(distribution_draw(c->duration_ns, &e->task_random) + 0.5);
    if (task_ns <= c->hand_on_after_ns)
        return task_ns;
    *ret_rest_ns = task_ns - c->hand_on_after_ns + c->hand_on_overhead_ns;
    return c->hand_on_after_ns;
}

static bool invoke(struct target *self, const struct request *request)
{
    struct emitter *const e = (struct emitter *)self;
    const struct emitter_config *const c = e->config;
    struct request inner = *request;
    const uint32_t index = take_slot(e);
    struct emitting run = {.done = request->done,
                           .source = request->source,
                           .token = request->token,
                           .origin_ns = request->origin_ns,
                           .records = request->records - request->item_failures,
                           .hops = request->hops,
                           .chains = e->slot[index].chains};
    chains_clear(&run.chains);
    if (request->chains != NULL && request->records > 1)
        chains_copy(&run.chains, request->chains);
    inner.chains = NULL;
    run.looping = looping_of(&run);
    if (e->loop != NULL && inner.tally == NULL && 2 * (uint64_t)run.looping > run.records)
        inner.tally = &e->in_loop;
    inner.done = on_done;
    inner.source = e;
    inner.token = index;
    if (c->hand_on_after_ns > 0)
        inner.duration_ns = part_of_task(e, request->duration_ns, &run.rest_ns);
    e->slot[index] = run;
    if (c->max_hops > 0 && request->hops > c->max_hops) {
        e->count.stopped += request->records;
        event_schedule(&e->simulation->queue, simulation_now(e->simulation), on_stopped, e, index);
    } else if (!target_invoke(e->inner, &inner)) {
        slots_give_back(&e->slots, index);
        return false;
    }
    e->count.started++;
    return true;
}

/* --- the part ------------------------------------------------------------------------------- */

static uint64_t under_way(const struct emitter *e)
{
    return slots_used(&e->slots);
}

static void emitter_reset(void *self)
{
    struct emitter *const e = self;
    e->count = (struct emitter_counts){0};
    e->at_reset = under_way(e);
    if (e->config->end_to_end)
        histogram_reset(&e->end_to_end);
    if (e->loop != NULL)
        tally_reset(&e->in_loop);
}

static void emitter_audit(const void *self)
{
    const struct emitter *const e = self;
    if (e->at_reset + e->count.started != e->count.ended + under_way(e))
        simulation_fail(e->simulation, "%s: requests before and after it do not balance",
                        e->entity);
}

static void emitter_report(const void *self, const struct metric_sink *sink)
{
    const struct emitter *const e = self;
#define PUT(metric, value) sink->put(sink->context, e->entity, metric, "count", (double)(value))
    if (e->config->emits > 0)
        PUT("messages_emitted", e->count.emitted);
    if (e->config->hand_on_after_ns > 0)
        PUT("tasks_handed_on", e->count.handed_on);
    if (e->config->max_hops > 0)
        PUT("recursive_records_dropped", e->count.stopped);
    if (e->loop != NULL && e->config->max_hops == 0) {
        PUT("long_chain_invocations", e->in_loop.invocations);
        sink->put(sink->context, e->entity, "long_chain_billed_ms", "ms",
                  (double)e->in_loop.billed_ms);
    }
#undef PUT
    if (e->config->end_to_end)
        report_times(sink, e->entity, "end_to_end_ms", &e->end_to_end);
}

static uint64_t emitter_lost(const void *self)
{
    const struct emitter *const e = self;
    return e->count.stopped;
}

const struct part_class emitter_class = {
    .destroy = emitter_destroy,
    .reset = emitter_reset,
    .audit = emitter_audit,
    .report = emitter_report,
    .lost = emitter_lost,
};
