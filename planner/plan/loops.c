/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Nodes are functions and what lies between them (queues, topics, streams, state machines); an edge
 * is a way that work goes, and weighs the events that one event at its beginning makes at its end.
 *
 * What Lambda sees: for each function that sends anything a search backwards from it finds what
 * leads to it, and over how few functions. What goes on without end: strongly connected nodes whose
 * weights have a spectral radius of at least 1.
 */
#include "plan/loops.h"

#include "core/memory.h"
#include "scenario/kinds.h"
#include "support/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAR UINT32_MAX
#define NOWHERE UINT32_MAX
#define MOST_EVENTS 1e6 /* of one; stands for "as often as it is tried", too */
#define MOST_NODES 300  /* of a loop whose weights are multiplied out; larger: may be endless */
#define MOST_WAYS 64    /* functions of a loop from which the way to show is looked for */
#define SHOWN_NODES 12  /* of a way */

struct edge {
    uint32_t from, to;
    double weight; /* 0: the work ends of itself on this way */
};

struct graph {
    const struct scenario *scenario;
    const uint32_t *offset; /* of the nodes of a kind, and behind the last */
    struct edge *edge;      /* sorted by `to` */
    size_t edges, capacity;
    uint32_t *first;              /* per node and one more: its first edge */
    uint32_t *distance, *waiting; /* per node; scratch */
    bool *is_waiting;
    uint32_t *touched; /* nodes whose distance the last search has set */
    uint32_t touches;
    uint32_t *component,
        *place; /* per node: of the strongly connected ones, and its number there */
    uint32_t components;
    uint32_t *member, *first_member; /* nodes by component; per component and behind the last */
    uint32_t *way;                   /* per node; scratch */
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

/* Lambda sees no loop over it. */
static bool is_blind(enum entity_kind kind)
{
    return !scenario_kinds[kind].followed;
}

static void add_edge(struct graph *g, enum entity_kind kind, size_t index,
                     const struct reference *to, double weight)
{
    if (to->kind == ENTITY_NONE)
        return;
    g->edge = mem_grow(g->edge, &g->capacity, g->edges, sizeof *g->edge);
    g->edge[g->edges++] =
        (struct edge){g->offset[kind] + (uint32_t)index, node_of(g, to), fmin(weight, MOST_EVENTS)};
}

static bool calls_itself(const struct function_spec *f)
{
    return f->hand_on_after_ms > 0 ||
           (f->polls.queue.kind == ENTITY_QUEUE && f->polls.again != CALLS_NEVER);
}

/* Of each record that it works on; a failure may come as often as it is tried. */
static double events_of(const struct function_spec *f, const struct emit_spec *e)
{
    const double each = e->probability * fmin(distribution_mean(&e->count), MOST_EVENTS);
    if (e->on_failure)
        return each > 0 ? MOST_EVENTS : 0;
    return f->error_rate < 1 ? each : 0;
}

/* The most that E[round(items)] can be. */
static double items_of(const struct step_spec *step)
{
    if (!scenario_step_is_map(step))
        return 1;
    const double mean = distribution_mean(&step->map.items);
    return step->map.items.kind == DISTRIBUTION_CONSTANT ? floor(mean + 0.5) : mean + 0.5;
}

static void add_function(struct graph *g, size_t i)
{
    const struct function_spec *const f = &g->scenario->function[i];
    const struct reference self = {ENTITY_FUNCTION, NULL, i};
    for (size_t k = 0; k < f->emits; k++)
        add_edge(g, ENTITY_FUNCTION, i, &f->emit[k].to, events_of(f, &f->emit[k]));
    add_edge(g, ENTITY_FUNCTION, i, &f->on_success, 1);
    add_edge(g, ENTITY_FUNCTION, i, &f->on_failure, 1);
    add_edge(g, ENTITY_FUNCTION, i, &f->dead_letters, 1);
    if (calls_itself(f)) {
        const bool always = f->polls.queue.kind == ENTITY_QUEUE && f->polls.again == CALLS_ALWAYS;
        add_edge(g, ENTITY_FUNCTION, i, &self, always ? 1 : 0);
    }
    if (f->polls.queue.kind == ENTITY_QUEUE)
        add_edge(g, ENTITY_QUEUE, f->polls.queue.index, &self, 1);
}

static void add_topics(struct graph *g, enum entity_kind kind, const struct topic_spec *topic,
                       size_t topics)
{
    for (size_t i = 0; i < topics; i++)
        for (size_t k = 0; k < topic[i].subscriptions; k++)
            add_edge(g, kind, i, &topic[i].subscription[k].endpoint,
                     topic[i].subscription[k].fraction);
}

/* Of a machine, or of what its items or branches go through so many times. */
static void add_steps(struct graph *g, size_t machine, const struct step_spec *step, size_t steps,
                      double times)
{
    for (size_t i = 0; i < steps; i++) {
        const struct map_spec *const map = &step[i].map;
        const double each = times * items_of(&step[i]);
        add_edge(g, ENTITY_STATE_MACHINE, machine, &step[i].task, times);
        add_edge(g, ENTITY_STATE_MACHINE, machine, &map->task, each);
        add_steps(g, machine, map->step, map->steps, each);
        for (size_t k = 0; k < step[i].branches; k++) {
            const struct branch_spec *const b = &step[i].branch[k];
            add_edge(g, ENTITY_STATE_MACHINE, machine, &b->task, times);
            add_steps(g, machine, b->step, b->steps, times);
        }
    }
}

static void add_edges(struct graph *g)
{
    const struct scenario *const s = g->scenario;
    for (size_t i = 0; i < s->functions; i++)
        add_function(g, i);
    add_topics(g, ENTITY_TOPIC, s->topic, s->topics);
    add_topics(g, ENTITY_BUS, s->bus, s->buses);
    for (size_t i = 0; i < s->queues; i++)
        add_edge(g, ENTITY_QUEUE, i, &s->queue[i].dead_letters, 1);
    for (size_t i = 0; i < s->state_machines; i++)
        add_steps(g, i, s->state_machine[i].step, s->state_machine[i].steps, 1);
    for (size_t i = 0; i < s->mappings; i++) {
        const struct mapping_spec *const m = &s->mapping[i];
        add_edge(g, m->event_source.kind, m->event_source.index, &m->function, 1);
        add_edge(g, m->event_source.kind, m->event_source.index, &m->on_failure, 1);
    }
}

static int by_end(const void *a, const void *b)
{
    const struct edge *const x = a, *const y = b;
    if (x->to != y->to)
        return x->to < y->to ? -1 : 1;
    return (x->from > y->from) - (x->from < y->from);
}

static void graph_init(struct graph *g, const struct scenario *s, const uint32_t *offset)
{
    *g = (struct graph){.scenario = s, .offset = offset};
    const size_t nodes = offset[ENTITY_KINDS];
    add_edges(g);
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
    g->component = mem_alloc(nodes + 1, sizeof *g->component);
    g->place = mem_alloc(nodes + 1, sizeof *g->place);
    g->touched = mem_alloc(nodes + 1, sizeof *g->touched);
    g->member = mem_alloc(nodes + 1, sizeof *g->member);
    g->first_member = mem_alloc(nodes + 2, sizeof *g->first_member);
    g->way = mem_alloc(nodes + 1, sizeof *g->way);
}

static void graph_finish(struct graph *g)
{
    free(g->edge);
    free(g->first);
    free(g->distance);
    free(g->waiting);
    free(g->is_waiting);
    free(g->component);
    free(g->place);
    free(g->touched);
    free(g->member);
    free(g->first_member);
    free(g->way);
}

/* Before the first search: others use the distances, too. */
static void forget_distances(struct graph *g)
{
    for (uint32_t i = 0; i < g->offset[ENTITY_KINDS]; i++)
        g->distance[i] = FAR;
    g->touches = 0;
}

/* From every node the fewest functions that are entered on a way to `end` that Lambda sees; FAR:
 * there is none. */
static void search(struct graph *g, uint32_t end)
{
    const uint32_t nodes = g->offset[ENTITY_KINDS];
    size_t head = 0, waiting = 1; /* a ring of nodes whose neighbours are to be looked at */
    while (g->touches > 0)
        g->distance[g->touched[--g->touches]] = FAR;
    g->distance[end] = 0;
    g->touched[g->touches++] = end;
    g->waiting[0] = end;
    while (waiting > 0) {
        const uint32_t node = g->waiting[head];
        head = (head + 1) % nodes;
        waiting--;
        g->is_waiting[node] = false;
        const uint32_t before = g->distance[node] + (kind_of(g, node) == ENTITY_FUNCTION);
        for (uint32_t i = g->first[node]; i < g->first[node + 1]; i++) {
            const uint32_t from = g->edge[i].from;
            if (before >= g->distance[from] || is_blind(kind_of(g, from)))
                continue;
            if (g->distance[from] == FAR)
                g->touched[g->touches++] = from;
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

/* --- without end ---------------------------------------------------------------------------- */

/* The nodes of each component in their order. */
static void list_members(struct graph *g)
{
    const uint32_t nodes = g->offset[ENTITY_KINDS];
    memset(g->first_member, 0, (nodes + 2) * sizeof *g->first_member);
    for (uint32_t node = 0; node < nodes; node++)
        g->first_member[g->component[node] + 2]++; /* moved on by one below */
    for (uint32_t c = 0; c < g->components; c++)
        g->first_member[c + 2] += g->first_member[c + 1];
    for (uint32_t node = 0; node < nodes; node++)
        g->member[g->first_member[g->component[node] + 1]++] = node;
}

/* Nodes that reach each other get a common component (Tarjan 1972, on the edges turned round, which
 * changes nothing; without recursion). */
static void find_components(struct graph *g)
{
    const uint32_t nodes = g->offset[ENTITY_KINDS];
    uint32_t *const low = g->distance, *const found = g->waiting, *const seen = g->place;
    uint32_t *const path = mem_alloc(nodes + 1, sizeof *path);
    uint32_t *const next = mem_alloc(nodes + 1, sizeof *next);
    uint32_t number = 0, founds = 0;
    g->components = 0;
    memset(seen, 0, nodes * sizeof *seen);
    for (uint32_t root = 0; root < nodes; root++) {
        uint32_t depth = 0;
        if (seen[root] != 0)
            continue;
        path[depth++] = root;
        while (depth > 0) {
            const uint32_t node = path[depth - 1];
            if (seen[node] == 0) {
                seen[node] = low[node] = ++number;
                next[node] = g->first[node];
                found[founds++] = node;
                g->component[node] = NOWHERE;
            }
            while (next[node] < g->first[node + 1]) {
                const struct edge *const e = &g->edge[next[node]];
                if (e->weight > 0 && seen[e->from] == 0) {
                    path[depth++] = e->from;
                    break; /* looked at again on the way back */
                }
                if (e->weight > 0 && g->component[e->from] == NOWHERE && low[e->from] < low[node])
                    low[node] = low[e->from];
                next[node]++;
            }
            if (path[depth - 1] != node)
                continue;
            depth--;
            if (low[node] < seen[node])
                continue;
            while (g->component[node] == NOWHERE)
                g->component[found[--founds]] = g->components;
            g->components++;
        }
    }
    free(path);
    free(next);
    list_members(g);
}

static bool is_inside(const struct graph *g, const struct edge *e, uint32_t component)
{
    return e->weight > 0 && g->component[e->from] == component && g->component[e->to] == component;
}

/* The nodes of a component, numbered. */
static uint32_t number_nodes(struct graph *g, uint32_t component)
{
    const uint32_t first = g->first_member[component], end = g->first_member[component + 1];
    for (uint32_t m = first; m < end; m++)
        g->place[g->member[m]] = m - first;
    return end - first;
}

/* Whether the spectral radius of the weights is at least 1: it is below when all pivots of I - W
 * are positive (W is not negative, so I - W is an M-matrix then). Node by node is replaced by what
 * comes of it, as often as it comes back to itself. */
static bool may_go_on(struct graph *g, uint32_t component)
{
    const size_t n = number_nodes(g, component);
    if (n > MOST_NODES)
        return true;
    double *const w = mem_alloc(n * n, sizeof *w);
    bool endless = false;
    for (uint32_t m = 0; m < n; m++) {
        const uint32_t to = g->member[g->first_member[component] + m];
        for (uint32_t i = g->first[to]; i < g->first[to + 1]; i++)
            if (is_inside(g, &g->edge[i], component))
                w[g->place[g->edge[i].from] * n + m] += g->edge[i].weight;
    }
    for (size_t v = n; v-- > 0 && !endless;) {
        const double ends = 1 - w[v * n + v];
        endless = !(ends > 1e-9); /* NAN: weights beyond all measure */
        for (size_t u = 0; u < v && !endless; u++)
            for (size_t t = 0; t < v && w[u * n + v] > 0; t++)
                if (w[v * n + t] > 0)
                    w[u * n + t] += w[u * n + v] * w[v * n + t] / ends;
    }
    free(w);
    return endless;
}

static const char *name_of(const struct graph *g, uint32_t node, enum entity_kind *ret_kind)
{
    *ret_kind = kind_of(g, node);
    return kind_name(g->scenario, *ret_kind, node - g->offset[*ret_kind]);
}

/* Per node of the component the edge on its shortest way to `end`: in `way`. */
static void find_ways(struct graph *g, uint32_t component, uint32_t end)
{
    size_t head = 0, waiting = 1;
    for (uint32_t m = g->first_member[component]; m < g->first_member[component + 1]; m++)
        g->distance[g->member[m]] = FAR;
    g->distance[end] = 0;
    g->waiting[0] = end;
    while (head < waiting) {
        const uint32_t node = g->waiting[head++];
        for (uint32_t i = g->first[node]; i < g->first[node + 1]; i++) {
            const uint32_t from = g->edge[i].from;
            if (!is_inside(g, &g->edge[i], component) || g->distance[from] != FAR)
                continue;
            g->distance[from] = g->distance[node] + 1;
            g->way[from] = i;
            g->waiting[waiting++] = from;
        }
    }
}

/* "function:f -> queue:q -> function:f"; free() it. */
static char *describe_way(const struct graph *g, uint32_t first, const uint32_t *way)
{
    enum entity_kind kind;
    const uint32_t end = g->edge[first].from;
    char *text = text_format("function:%s", name_of(g, end, &kind));
    unsigned shown = 0;
    for (uint32_t i = first;; i = way[g->edge[i].to]) {
        const uint32_t node = g->edge[i].to;
        char *const before = text;
        if (node == end || ++shown < SHOWN_NODES) {
            const char *const name = name_of(g, node, &kind);
            text = text_format("%s -> %s:%s", before, scenario_kinds[kind].prefix, name);
            free(before);
        } else if (shown == SHOWN_NODES) {
            text = text_format("%s -> ...", before);
            free(before);
        }
        if (node == end)
            return text;
    }
}

static double weight_of_way(const struct graph *g, uint32_t first, const uint32_t *way)
{
    double weight = g->edge[first].weight;
    for (uint32_t i = first; g->edge[i].to != g->edge[first].from;) {
        i = way[g->edge[i].to];
        weight *= g->edge[i].weight;
    }
    return weight;
}

/* Of the ways round that begin at a function and are the shortest then, the one by which the most
 * comes back, if that is more than `most`; it is returned. */
static double describe_from(struct graph *g, uint32_t component, uint32_t f, double most,
                            struct endless_loop *ret)
{
    enum entity_kind kind;
    find_ways(g, component, f);
    for (uint32_t m = g->first_member[component]; m < g->first_member[component + 1]; m++)
        for (uint32_t i = g->first[g->member[m]]; i < g->first[g->member[m] + 1]; i++) {
            if (g->edge[i].from != f || !is_inside(g, &g->edge[i], component) ||
                weight_of_way(g, i, g->way) <= most * (1 + 1e-9))
                continue;
            most = weight_of_way(g, i, g->way);
            free(ret->name);
            free(ret->way);
            ret->name = text_format("%s", name_of(g, f, &kind));
            ret->way = describe_way(g, i, g->way);
        }
    return most;
}

static void describe_loop(struct graph *g, uint32_t component, struct endless_loop *ret)
{
    double most = 0;
    for (uint32_t m = g->first_member[component]; m < g->first_member[component + 1]; m++) {
        const enum entity_kind kind = kind_of(g, g->member[m]);
        ret->blind |= is_blind(kind);
        if (kind == ENTITY_FUNCTION && ret->functions++ < MOST_WAYS)
            most = describe_from(g, component, g->member[m], most, ret);
    }
}

/* Dead-letter queues of each other are a cycle, too, but no work goes round it: NOWHERE. */
static uint32_t first_function(const struct graph *g, uint32_t component)
{
    for (uint32_t m = g->first_member[component]; m < g->first_member[component + 1]; m++)
        if (kind_of(g, g->member[m]) == ENTITY_FUNCTION)
            return g->member[m];
    return NOWHERE;
}

/* The first time on the whole graph, then inside of what Lambda stops. */
static void find_endless(struct graph *g, struct loops *ret, bool inside)
{
    find_components(g);
    bool *const round = mem_alloc(g->components + 1, sizeof *round);
    for (size_t i = 0; i < g->edges; i++) {
        const uint32_t component = g->component[g->edge[i].from];
        round[component] |= is_inside(g, &g->edge[i], component);
    }
    for (uint32_t c = 0; c < g->components; c++) {
        const uint32_t f = first_function(g, c);
        const unsigned within = f == NOWHERE ? 0 : ret->number[f];
        if (!round[c] || f == NOWHERE ||
            (inside && (within == 0 || !ret->loop[within - 1].stopped)) || !may_go_on(g, c))
            continue;
        ret->loop = mem_resize(ret->loop, ret->count + 1, sizeof *ret->loop);
        ret->loop[ret->count] = (struct endless_loop){.within = within};
        describe_loop(g, c, &ret->loop[ret->count++]);
        for (uint32_t m = g->first_member[c]; m < g->first_member[c + 1]; m++)
            ret->number[g->member[m]] = (unsigned)ret->count;
    }
    free(round);
}

/* Where it sees the whole way, Lambda ends chains at each function that does not allow them; what
 * leads there, or away, goes round no more. Were there any? */
static bool stop_loops(struct graph *g, struct loops *ret)
{
    const uint32_t first = g->offset[ENTITY_FUNCTION];
    bool *const ends = mem_alloc(g->offset[ENTITY_KINDS], sizeof *ends);
    bool any = false;
    for (size_t i = 0; i < g->scenario->functions; i++) {
        const unsigned number = ret->number[first + i];
        if (number == 0 || ret->loop[number - 1].blind ||
            g->scenario->function[i].recursion_allowed)
            continue;
        any = ends[first + i] = ret->loop[number - 1].stopped = true;
    }
    for (size_t k = 0; k < g->edges; k++)
        if (ends[g->edge[k].from] || ends[g->edge[k].to])
            g->edge[k].weight = 0;
    free(ends);
    return any;
}

/* --- both ----------------------------------------------------------------------------------- */

unsigned loops_of(const struct loops *loops, enum entity_kind kind, size_t index)
{
    return kind == ENTITY_NONE ? 0 : loops->number[loops->offset[kind] + index];
}

static bool goes_round(const struct loops *loops, size_t function, const struct reference *to)
{
    const unsigned own = loops_of(loops, ENTITY_FUNCTION, function);
    const unsigned there = loops_of(loops, to->kind, to->index);
    return own > 0 && there > 0 && (there == own || loops->loop[there - 1].within == own);
}

static void describe_function(struct loops *loops, struct graph *g, size_t i)
{
    const struct function_spec *const f = &g->scenario->function[i];
    struct function_loops *const ret = &loops->function[i];
    if (!sends(f))
        return;
    search(g, g->offset[ENTITY_FUNCTION] + (uint32_t)i);
    const uint32_t round = shortest_way_back(g, f);
    ret->round = round == FAR ? 0 : round;
    ret->emit_loops = mem_alloc(f->emits, sizeof *ret->emit_loops);
    for (size_t k = 0; k < f->emits; k++)
        ret->emit_loops[k] = events_of(f, &f->emit[k]) > 0 && goes_round(loops, i, &f->emit[k].to);
    ret->success_loops = goes_round(loops, i, &f->on_success);
    ret->failure_loops = goes_round(loops, i, &f->on_failure);
    ret->dead_letters_loop = goes_round(loops, i, &f->dead_letters);
}

void loops_find(struct loops *ret, const struct scenario *s, bool lambda_looks)
{
    struct graph g;
    *ret = (struct loops){.functions = s->functions};
    for (enum entity_kind k = ENTITY_NONE; k < ENTITY_KINDS; k++)
        ret->offset[k + 1] = ret->offset[k] + (uint32_t)kind_array(s, k).count;
    ret->function = mem_alloc(s->functions, sizeof *ret->function);
    ret->number = mem_alloc(ret->offset[ENTITY_KINDS], sizeof *ret->number);
    graph_init(&g, s, ret->offset);
    find_endless(&g, ret, false);
    if (lambda_looks && stop_loops(&g, ret))
        find_endless(&g, ret, true);
    forget_distances(&g);
    for (size_t i = 0; i < s->functions; i++)
        describe_function(ret, &g, i);
    graph_finish(&g);
}

void loops_finish(struct loops *loops)
{
    for (size_t i = 0; i < loops->count; i++) {
        free(loops->loop[i].name);
        free(loops->loop[i].way);
    }
    for (size_t i = 0; i < loops->functions; i++)
        free(loops->function[i].emit_loops);
    free(loops->loop);
    free(loops->function);
    free(loops->number);
}
