/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which functions may be reached again by what they send. Nodes are functions and what lies between
 * them (queues, topics, streams, state machines); an edge is a way that work goes. For each function
 * that sends anything one search backwards from it finds what leads to it, and over how few
 * functions.
 */
#include "studies/plan_internal.h"

#include <stdlib.h>

#define FAR UINT32_MAX

struct edge {
    uint32_t from, to;
};

struct graph {
    uint32_t offset[ENTITY_KINDS + 1]; /* of the nodes of a kind */
    struct edge *edge;                 /* sorted by `to` */
    size_t edges, capacity;
    uint32_t *first; /* per node and one more: its first edge */
    uint32_t *distance, *waiting; /* per node; scratch */
    bool *is_waiting;
};

static uint32_t node_of(const struct graph *g, const struct reference *reference)
{
    return g->offset[reference->kind] + (uint32_t)reference->index;
}

static enum entity_kind kind_of(const struct graph *g, uint32_t node)
{
    enum entity_kind kind = ENTITY_NONE;
    while (g->offset[kind + 1] <= node)
        kind++;
    return kind;
}

/* Lambda does not see loops over these (developer guide, "Recursive loop detection"). */
static bool is_blind(enum entity_kind kind)
{
    return kind == ENTITY_STREAM || kind == ENTITY_TABLE || kind == ENTITY_STATE_MACHINE;
}

static void add_edge(struct graph *g, enum entity_kind kind, size_t index,
                     const struct reference *to)
{
    if (to->kind == ENTITY_NONE)
        return;
    g->edge = mem_grow(g->edge, &g->capacity, g->edges, sizeof *g->edge);
    g->edge[g->edges++] =
        (struct edge){g->offset[kind] + (uint32_t)index, node_of(g, to)};
}

static bool calls_itself(const struct function_spec *f)
{
    return f->hand_on_after_ms > 0 ||
           (f->polls.queue.kind == ENTITY_QUEUE && f->polls.again != CALLS_NEVER);
}

static void add_edges(struct graph *g, const struct scenario *s)
{
    for (size_t i = 0; i < s->functions; i++) {
        const struct function_spec *const f = &s->function[i];
        const struct reference self = {ENTITY_FUNCTION, NULL, i};
        for (size_t k = 0; k < f->emits; k++)
            add_edge(g, ENTITY_FUNCTION, i, &f->emit[k].to);
        add_edge(g, ENTITY_FUNCTION, i, &f->on_success);
        add_edge(g, ENTITY_FUNCTION, i, &f->on_failure);
        add_edge(g, ENTITY_FUNCTION, i, &f->dead_letters);
        if (calls_itself(f))
            add_edge(g, ENTITY_FUNCTION, i, &self);
        if (f->polls.queue.kind == ENTITY_QUEUE)
            add_edge(g, ENTITY_QUEUE, f->polls.queue.index, &self);
    }
    for (size_t i = 0; i < s->topics; i++)
        for (size_t k = 0; k < s->topic[i].subscriptions; k++)
            add_edge(g, ENTITY_TOPIC, i, &s->topic[i].subscription[k].endpoint);
    for (size_t i = 0; i < s->buses; i++)
        for (size_t k = 0; k < s->bus[i].subscriptions; k++)
            add_edge(g, ENTITY_BUS, i, &s->bus[i].subscription[k].endpoint);
    for (size_t i = 0; i < s->queues; i++)
        add_edge(g, ENTITY_QUEUE, i, &s->queue[i].dead_letters);
    for (size_t i = 0; i < s->state_machines; i++)
        for (size_t k = 0; k < s->state_machine[i].steps; k++)
            for (size_t n = 0; step_task(&s->state_machine[i].step[k], n) != NULL; n++)
                add_edge(g, ENTITY_STATE_MACHINE, i, step_task(&s->state_machine[i].step[k], n));
    for (size_t i = 0; i < s->mappings; i++)
        add_edge(g, s->mapping[i].event_source.kind, s->mapping[i].event_source.index,
                 &s->mapping[i].function);
    for (size_t i = 0; i < s->mappings; i++)
        add_edge(g, s->mapping[i].event_source.kind, s->mapping[i].event_source.index,
                 &s->mapping[i].on_failure);
}

static int by_end(const void *a, const void *b)
{
    const struct edge *const x = a, *const y = b;
    if (x->to != y->to)
        return x->to < y->to ? -1 : 1;
    return (x->from > y->from) - (x->from < y->from);
}

static void graph_init(struct graph *g, const struct scenario *s)
{
    const size_t count[ENTITY_KINDS] = {
        [ENTITY_FUNCTION] = s->functions, [ENTITY_QUEUE] = s->queues,
        [ENTITY_STREAM] = s->streams,     [ENTITY_TABLE] = s->tables,
        [ENTITY_TOPIC] = s->topics,       [ENTITY_BUS] = s->buses,
        [ENTITY_STATE_MACHINE] = s->state_machines};
    *g = (struct graph){0};
    for (size_t k = 0; k < ENTITY_KINDS; k++)
        g->offset[k + 1] = g->offset[k] + (uint32_t)count[k];
    const size_t nodes = g->offset[ENTITY_KINDS];
    add_edges(g, s);
    if (g->edges > 1)
        qsort(g->edge, g->edges, sizeof *g->edge, by_end);
    g->first = mem_alloc(nodes + 1, sizeof *g->first);
    for (size_t i = 0; i < g->edges; i++)
        g->first[g->edge[i].to + 1]++;
    for (size_t i = 0; i < nodes; i++)
        g->first[i + 1] += g->first[i];
    g->distance = mem_alloc(nodes + 1, sizeof *g->distance);
    g->waiting = mem_alloc(nodes + 1, sizeof *g->waiting);
    g->is_waiting = mem_alloc(nodes + 1, sizeof *g->is_waiting);
}

static void graph_finish(struct graph *g)
{
    free(g->edge);
    free(g->first);
    free(g->distance);
    free(g->waiting);
    free(g->is_waiting);
}

/* From every node the fewest functions that are entered on the way to `end`; FAR: there is none. */
static void search(struct graph *g, uint32_t end, bool through_blind)
{
    const uint32_t nodes = g->offset[ENTITY_KINDS];
    size_t head = 0, waiting = 1; /* a ring of nodes whose neighbours are to be looked at */
    for (uint32_t i = 0; i < nodes; i++)
        g->distance[i] = FAR;
    g->distance[end] = 0;
    g->waiting[0] = end;
    while (waiting > 0) {
        const uint32_t node = g->waiting[head];
        head = (head + 1) % nodes;
        waiting--;
        g->is_waiting[node] = false;
        const uint32_t before = g->distance[node] + (kind_of(g, node) == ENTITY_FUNCTION);
        for (uint32_t i = g->first[node]; i < g->first[node + 1]; i++) {
            const uint32_t from = g->edge[i].from;
            if (before >= g->distance[from] ||
                (!through_blind && is_blind(kind_of(g, from))))
                continue;
            g->distance[from] = before;
            if (g->is_waiting[from])
                continue;
            g->is_waiting[from] = true;
            g->waiting[(head + waiting++) % nodes] = from;
        }
    }
}

/* Functions that are entered from a node that the work goes to until it is back; FAR: never. */
static uint32_t way_back(const struct graph *g, const struct reference *to)
{
    if (to->kind == ENTITY_NONE || g->distance[node_of(g, to)] == FAR)
        return FAR;
    return g->distance[node_of(g, to)] + (to->kind == ENTITY_FUNCTION);
}

static uint32_t shortest_way_back(const struct graph *g, const struct function_spec *f)
{
    const struct reference *const others[] = {&f->on_success, &f->on_failure, &f->dead_letters};
    uint32_t shortest = calls_itself(f) ? 1 : FAR;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (way_back(g, others[i]) < shortest)
            shortest = way_back(g, others[i]);
    for (size_t i = 0; i < f->emits; i++)
        if (way_back(g, &f->emit[i].to) < shortest)
            shortest = way_back(g, &f->emit[i].to);
    return shortest;
}

static bool sends(const struct function_spec *f)
{
    return f->emits > 0 || calls_itself(f) || f->on_success.kind != ENTITY_NONE ||
           f->on_failure.kind != ENTITY_NONE || f->dead_letters.kind != ENTITY_NONE;
}

struct plan_loop *plan_loops(struct plan *p)
{
    const struct scenario *const s = p->scenario;
    struct plan_loop *const loop = own(p, s->functions, sizeof *loop);
    struct graph g;
    graph_init(&g, s);
    for (size_t i = 0; i < s->functions; i++) {
        const struct function_spec *const f = &s->function[i];
        if (!sends(f))
            continue;
        const uint32_t end = g.offset[ENTITY_FUNCTION] + (uint32_t)i;
        search(&g, end, false);
        const uint32_t round = shortest_way_back(&g, f);
        loop[i].round = round == FAR ? 0 : round;
        search(&g, end, true);
        loop[i].loops = shortest_way_back(&g, f) != FAR;
        loop[i].emit_loops = own(p, f->emits, sizeof *loop[i].emit_loops);
        for (size_t k = 0; k < f->emits; k++)
            loop[i].emit_loops[k] = way_back(&g, &f->emit[k].to) != FAR;
    }
    graph_finish(&g);
    return loop;
}
