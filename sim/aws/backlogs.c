/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/backlogs.h"

#include "core/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define LEAST_NS (5 * NS_PER_MINUTE) /* a backlog that stood for less is none */
#define MINUTES 6 /* of arrivals that are remembered: one, and a batching window of five */

struct backlog {
    int64_t since_ns, peak_ns, gone_ns; /* gone: or until now */
    uint64_t peak;
};

struct seen {
    uint64_t came[MINUTES]; /* until the ticks before, the last one first */
    bool stands;
    struct backlog present, largest; /* largest: peak 0: there was none */
    int64_t longest_ns;
    uint64_t backlogs;
};

struct watched {
    struct backlog_source source;
    const char *entity;
    unsigned minutes; /* whose arrivals may wait */
    struct seen seen;
};

struct backlogs {
    struct simulation *simulation;
    struct watched *watched;
    size_t count, capacity;
};

struct backlogs *backlogs_create(struct simulation *simulation)
{
    struct backlogs *const b = mem_alloc(1, sizeof *b);
    b->simulation = simulation;
    return b;
}

void backlogs_watch(struct backlogs *b, const char *entity, int64_t window_ns,
                    struct backlog_source source)
{
    b->watched = mem_grow(b->watched, &b->capacity, b->count, sizeof *b->watched);
    struct watched *const w = &b->watched[b->count++];
    const int64_t minutes = 1 + (window_ns + NS_PER_MINUTE - 1) / NS_PER_MINUTE;
    *w = (struct watched){.source = source,
                          .entity = entity,
                          .minutes = minutes < MINUTES ? (unsigned)minutes : MINUTES};
}

static void backlogs_destroy(void *self)
{
    struct backlogs *const b = self;
    free(b->watched);
    free(b);
}

/* One that stands goes on as though it had begun now. */
static void backlogs_reset(void *self)
{
    struct backlogs *const b = self;
    const int64_t now_ns = simulation_now(b->simulation);
    for (size_t i = 0; i < b->count; i++) {
        struct seen *const n = &b->watched[i].seen;
        *n = (struct seen){.stands = n->stands, .present = {.since_ns = now_ns}};
    }
}

/* The present backlog has ended, or the run. */
static void count_backlog(struct seen *n, int64_t now_ns)
{
    const int64_t stood_ns = now_ns - n->present.since_ns;
    n->present.gone_ns = now_ns;
    if (stood_ns < LEAST_NS)
        return;
    n->backlogs++;
    if (stood_ns > n->longest_ns)
        n->longest_ns = stood_ns;
    if (n->present.peak > n->largest.peak)
        n->largest = n->present;
}

static void look(struct watched *w, int64_t now_ns)
{
    struct seen *const n = &w->seen;
    const uint64_t waiting = w->source.waiting(w->source.self);
    const uint64_t came = w->source.came(w->source.self);
    const uint64_t fresh = came - n->came[w->minutes - 1];
    for (unsigned i = MINUTES - 1; i > 0; i--)
        n->came[i] = n->came[i - 1];
    n->came[0] = came;
    if (waiting <= fresh) {
        if (n->stands)
            count_backlog(n, now_ns);
        n->stands = false;
        return;
    }
    if (!n->stands)
        n->present = (struct backlog){.since_ns = now_ns};
    n->stands = true;
    if (waiting > n->present.peak) {
        n->present.peak = waiting;
        n->present.peak_ns = now_ns;
    }
}

static void backlogs_tick(void *self)
{
    struct backlogs *const b = self;
    const int64_t now_ns = simulation_now(b->simulation);
    for (size_t i = 0; i < b->count; i++)
        look(&b->watched[i], now_ns);
}

/* Whether a backlog that stands has not begun to drain: its peak is in the last tenth of its time.
 */
static bool grows(const struct backlog *b, int64_t now_ns)
{
    return 10 * (now_ns - b->peak_ns) <= now_ns - b->since_ns;
}

/* One that stands drains for at least so long; what only grows counts with all its time. */
static int64_t drains_already_ns(const struct backlog *b, int64_t now_ns)
{
    return now_ns - (grows(b, now_ns) ? b->since_ns : b->peak_ns);
}

static void report(const struct watched *w, int64_t now_ns, const struct metric_sink *sink)
{
    struct seen n = w->seen;
    const uint64_t ended = n.backlogs;
    if (n.stands)
        count_backlog(&n, now_ns);
    const bool unfinished = n.backlogs > ended;
    const struct backlog *const l = &n.largest;
    int64_t drain_ns = l->gone_ns - l->peak_ns;
    if (unfinished && drains_already_ns(&n.present, now_ns) > drain_ns)
        drain_ns = drains_already_ns(&n.present, now_ns);
#define PUT(metric, unit, value) sink->put(sink->context, w->entity, metric, unit, (double)(value))
    PUT("backlogs", "count", n.backlogs);
    PUT("backlogs_unfinished", "count", n.backlogs - ended);
    PUT("backlog_peak_at_s", "s", l->peak > 0 ? (double)l->peak_ns / 1e9 : NAN);
#undef PUT
    report_unfinished(sink, w->entity, "backlog.max", "records", (double)l->peak,
                      unfinished && grows(&n.present, now_ns));
    report_unfinished(sink, w->entity, "backlog_drain_s", "s", (double)drain_ns / 1e9, unfinished);
    report_unfinished(sink, w->entity, "backlog_stood_s", "s", (double)n.longest_ns / 1e9,
                      unfinished);
}

static void backlogs_report(const void *self, const struct metric_sink *sink)
{
    const struct backlogs *const b = self;
    for (size_t i = 0; i < b->count; i++)
        report(&b->watched[i], simulation_now(b->simulation), sink);
}

const struct part_class backlogs_class = {
    .destroy = backlogs_destroy,
    .reset = backlogs_reset,
    .tick = backlogs_tick,
    .report = backlogs_report,
};
