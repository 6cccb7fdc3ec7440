/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/faults.h"

#include "core/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BEFORE_NS (60 * NS_PER_S)       /* whose most is the level before */
#define LEAST_BEFORE_NS (10 * NS_PER_S) /* of it, to speak of a level */
/* Not in step with what happens each second: all phases of it are seen. */
#define LOOK_NS INT64_C(618033989)

struct strike {
    const struct fault_config *fault;
    struct fault_victim victim;
};

/* Who may be struck. */
struct exposed {
    unsigned kinds;
    const char *name;
    struct fault_victim victim;
};

struct mapping {
    uint64_t (*backlog)(void *self);
    void *self;
    const char *entity;
};

/* As in a scenario. */
static const char *const fault_kind_names[] = {[FAULT_ERROR_RATE] = "error_rate",
                                               [FAULT_SCALING] = "scaling_slowed",
                                               [FAULT_DEPLOY] = "deploy",
                                               [FAULT_CONSUMER] = "consumer_stopped",
                                               [FAULT_NONE] = "surge",
                                               [FAULT_ZONE] = "az_lost"};

struct trouble {
    const char *kind; /* of the first */
    int64_t at_ns, until_ns;
};

/* One mapping around one trouble. */
struct watch {
    size_t mapping, trouble;
    int64_t at_ns, until_ns;
    int64_t drained_ns;    /* TIME_NEVER: not yet */
    uint64_t before, most; /* backlog */
};

struct faults {
    struct simulation *simulation;
    const struct fault_config *fault;
    size_t faults;
    struct exposed *exposed;
    size_t exposures, exposed_capacity;
    struct strike *strike;
    size_t strikes, strike_capacity;
    struct mapping *mapping;
    size_t mappings, mapping_capacity;
    struct trouble *trouble;
    size_t troubles, trouble_capacity;
    struct watch *watch;
    size_t watches;
};

static void on_begin(void *self, int64_t now_ns, uint64_t index)
{
    struct faults *const f = self;
    const struct strike strike = f->strike[index];
    (void)now_ns;
    strike.victim.strike(strike.victim.self, strike.fault, true);
}

static void on_end(void *self, int64_t now_ns, uint64_t index)
{
    struct faults *const f = self;
    const struct strike strike = f->strike[index];
    (void)now_ns;
    strike.victim.strike(strike.victim.self, strike.fault, false);
}

static void on_look(void *self, int64_t now_ns, uint64_t index)
{
    struct faults *const f = self;
    struct watch *const w = &f->watch[index];
    const struct mapping *const m = &f->mapping[w->mapping];
    const uint64_t backlog = m->backlog(m->self);
    int64_t next_ns = now_ns + LOOK_NS;
    if (now_ns < w->at_ns) {
        if (backlog > w->before)
            w->before = backlog;
        if (next_ns >= w->at_ns) /* nothing is drained before the fault is over */
            next_ns = w->until_ns;
    } else {
        if (backlog > w->most)
            w->most = backlog;
        if (now_ns > w->until_ns && backlog <= w->before) {
            w->drained_ns = now_ns;
            return;
        }
        if (now_ns - w->until_ns > 64 * LOOK_NS)
            next_ns = now_ns + (now_ns - w->until_ns) / 64;
    }
    event_schedule(&f->simulation->queue, next_ns, on_look, f, index);
}

struct faults *faults_create(struct simulation *simulation, const struct fault_config *fault,
                             size_t count)
{
    struct faults *const f = mem_alloc(1, sizeof *f);
    f->simulation = simulation;
    f->fault = fault;
    f->faults = count;
    for (size_t i = 0; i < count; i++)
        faults_trouble(f, fault_kind_names[fault[i].kind], fault[i].at_ns, fault[i].until_ns);
    return f;
}

void faults_expose(struct faults *f, unsigned kinds, const char *name, struct fault_victim victim)
{
    f->exposed = mem_grow(f->exposed, &f->exposed_capacity, f->exposures, sizeof *f->exposed);
    f->exposed[f->exposures++] = (struct exposed){kinds, name, victim};
}

static bool is_meant(const struct exposed *exposed, const struct fault_config *fault)
{
    return (exposed->kinds >> fault->kind & 1) != 0 &&
           (exposed->name == NULL || fault->name == NULL ||
            strcmp(exposed->name, fault->name) == 0);
}

static void add_strike(struct faults *f, const struct fault_config *fault,
                       struct fault_victim victim)
{
    f->strike = mem_grow(f->strike, &f->strike_capacity, f->strikes, sizeof *f->strike);
    f->strike[f->strikes] = (struct strike){fault, victim};
    event_schedule(&f->simulation->queue, fault->at_ns, on_begin, f, f->strikes);
    if (fault->until_ns > fault->at_ns)
        event_schedule(&f->simulation->queue, fault->until_ns, on_end, f, f->strikes);
    f->strikes++;
}

void faults_watch(struct faults *f, const char *entity, uint64_t (*backlog)(void *self), void *self)
{
    f->mapping = mem_grow(f->mapping, &f->mapping_capacity, f->mappings, sizeof *f->mapping);
    f->mapping[f->mappings++] = (struct mapping){backlog, self, entity};
}

void faults_trouble(struct faults *f, const char *kind, int64_t at_ns, int64_t until_ns)
{
    f->trouble = mem_grow(f->trouble, &f->trouble_capacity, f->troubles, sizeof *f->trouble);
    f->trouble[f->troubles++] = (struct trouble){kind, at_ns, until_ns};
}

static int earlier(const void *a, const void *b)
{
    const struct trouble *const x = a, *const y = b;
    if (x->at_ns != y->at_ns)
        return x->at_ns < y->at_ns ? -1 : 1;
    return x->until_ns != y->until_ns ? (x->until_ns > y->until_ns ? -1 : 1)
                                      : strcmp(x->kind, y->kind);
}

/* In the order of their beginnings, at the same time the longest first. */
static void merge_overlapping(struct faults *f)
{
    size_t kept = 0;
    if (f->troubles > 0)
        qsort(f->trouble, f->troubles, sizeof *f->trouble, earlier);
    for (size_t i = 0; i < f->troubles; i++) {
        const struct trouble next = f->trouble[i];
        struct trouble *const last = kept > 0 ? &f->trouble[kept - 1] : NULL;
        if (last == NULL || next.at_ns > last->until_ns)
            f->trouble[kept++] = next;
        else if (next.until_ns > last->until_ns)
            last->until_ns = next.until_ns;
    }
    f->troubles = kept;
}

void faults_start(struct faults *f)
{
    for (size_t i = 0; i < f->faults; i++)
        for (size_t k = 0; k < f->exposures; k++)
            if (is_meant(&f->exposed[k], &f->fault[i]))
                add_strike(f, &f->fault[i], f->exposed[k].victim);
    merge_overlapping(f);
    f->watch = mem_alloc(f->troubles * f->mappings, sizeof *f->watch);
    for (size_t k = 0; k < f->troubles; k++) {
        const struct trouble *const t = &f->trouble[k];
        const int64_t first_ns = t->at_ns > BEFORE_NS ? t->at_ns - BEFORE_NS : 0;
        for (size_t i = 0; i < f->mappings && t->at_ns >= LEAST_BEFORE_NS; i++) {
            f->watch[f->watches] = (struct watch){.mapping = i,
                                                  .trouble = k,
                                                  .at_ns = t->at_ns,
                                                  .until_ns = t->until_ns,
                                                  .drained_ns = TIME_NEVER};
            event_schedule(&f->simulation->queue, first_ns, on_look, f, f->watches++);
        }
    }
}

static void faults_destroy(void *self)
{
    struct faults *const f = self;
    free(f->exposed);
    free(f->strike);
    free(f->mapping);
    free(f->trouble);
    free(f->watch);
    free(f);
}

static void faults_reset(void *self)
{
    (void)self; /* a drain is one whenever it began */
}

/* After which trouble: "drain_s.outage@1200", where there are several. */
static void report_drain(const struct faults *f, const struct watch *w, double took_s, bool ended,
                         const struct metric_sink *sink)
{
    const struct trouble *const t = &f->trouble[w->trouble];
    char name[80];
    snprintf(name, sizeof name, "drain_s.%s@%.10g", t->kind, (double)t->at_ns / 1e9);
    if (f->troubles > 1)
        report_unfinished(sink, f->mapping[w->mapping].entity, name, "s", took_s, !ended);
}

/* The longest drain of each mapping; one that has not ended takes at least its time so
 * far. */
static void faults_report(const void *self, const struct metric_sink *sink)
{
    const struct faults *const f = self;
    const int64_t now_ns = simulation_now(f->simulation);
    for (size_t i = 0; i < f->mappings && f->watches > 0; i++) {
        const char *const entity = f->mapping[i].entity;
        double longest_s = NAN, most = NAN, unfinished = 0;
        for (size_t k = 0; k < f->watches; k++) {
            const struct watch *const w = &f->watch[k];
            if (w->mapping != i || w->until_ns >= now_ns)
                continue;
            const bool ended = w->drained_ns != TIME_NEVER;
            const int64_t took_ns = (ended ? w->drained_ns : now_ns) - w->until_ns;
            report_drain(f, w, (double)took_ns / 1e9, ended, sink);
            longest_s = fmax(longest_s, (double)took_ns / 1e9);
            most = fmax(most, (double)w->most);
            unfinished += !ended;
        }
        report_unfinished(sink, entity, "drain_s", "s", longest_s, unfinished > 0);
        sink->put(sink->context, entity, "drain_backlog.max", "records", most);
        sink->put(sink->context, entity, "drains_unfinished", "count", unfinished);
    }
}

const struct part_class faults_class = {
    .destroy = faults_destroy,
    .reset = faults_reset,
    .report = faults_report,
};
