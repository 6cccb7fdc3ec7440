/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happened: figures of recorded calls, counted as the simulator counts its own. */
#include "history/backtest_internal.h"

#include "core/memory.h"
#include "core/statistics.h"
#include "support/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* When calls that run end: a heap, the earliest first. */
struct ends {
    int64_t *at_ns;
    size_t count, capacity;
};

/* In the order of starts. */
struct counting {
    uint64_t cold, cold_unknown, billed_unknown, merged; /* merged: rows that are several calls */
    int128 billed_ns;
    struct histogram duration;
    struct ends running;
    uint64_t most_at_once;
    uint64_t idle; /* environments that were seen and do not run */
};

static void add_end(struct ends *ends, int64_t at_ns)
{
    ends->at_ns = mem_grow(ends->at_ns, &ends->capacity, ends->count, sizeof *ends->at_ns);
    size_t at = ends->count++;
    for (; at > 0 && ends->at_ns[(at - 1) / 2] > at_ns; at = (at - 1) / 2)
        ends->at_ns[at] = ends->at_ns[(at - 1) / 2];
    ends->at_ns[at] = at_ns;
}

static void drop_earliest(struct ends *ends)
{
    const int64_t last_ns = ends->at_ns[--ends->count];
    size_t at = 0;
    for (size_t child = 1; child < ends->count; child = 2 * at + 1) {
        child += child + 1 < ends->count && ends->at_ns[child + 1] < ends->at_ns[child];
        if (ends->at_ns[child] >= last_ns)
            break;
        ends->at_ns[at] = ends->at_ns[child];
        at = child;
    }
    ends->at_ns[at] = last_ns;
}

static void end_calls(struct counting *c, int64_t now_ns)
{
    for (; c->running.count > 0 && c->running.at_ns[0] <= now_ns; c->idle++)
        drop_earliest(&c->running);
}

/* A call that was warm although no environment is known to be idle found one that was there before
 * the log began. That none of those seen goes is on the safe side. */
static void follow(struct counting *c, const struct call *call, int64_t init_ns,
                   struct backtest_seen *ret)
{
    const int64_t untold_ns = call->cold == 1 && call->init_ns < 0 ? init_ns : 0;
    end_calls(c, call->start_ns);
    if (call->cold == 0 && c->idle == 0)
        ret->found_warm++;
    else if (call->cold == 0)
        c->idle--;
    add_end(&c->running, call->start_ns + call_busy_ns(call) + untold_ns);
}

static void count(struct counting *c, const struct call *call, int64_t memory_mb,
                  struct backtest_seen *ret)
{
    const int64_t mb = call->memory_mb > 0 ? call->memory_mb : memory_mb;
    ret->calls += call->count;
    c->cold += call->cold == 1 ? call->count : 0;
    c->cold_unknown += call->cold == UNKNOWN_VALUE ? call->count : 0;
    c->billed_unknown += call->billed_ns < 0 ? call->count : 0;
    if (call->billed_ns > 0) {
        c->billed_ns += (int128)call->billed_ns * (int128)call->count;
        ret->billed_mb_ns += (int128)call->billed_ns * (int128)call->count * mb;
    }
    if (mb != memory_mb)
        ret->other_memory_mb = mb;
    if (call->duration_ns > ret->longest_ns)
        ret->longest_ns = call->duration_ns;
    histogram_add_many(&c->duration, call->duration_ns, call->count);
}

static void does_not_tell(struct backtest_seen *ret, enum backtest_metric metric, uint64_t unknown,
                          const char *what)
{
    if (unknown == 0)
        return;
    ret->value[metric] = NAN;
    ret->missing[metric] = unknown >= ret->calls
                               ? text_format("the calls do not tell %s", what)
                               : text_format("%" PRIu64 " of %" PRIu64 " calls do not tell %s",
                                             unknown, ret->calls, what);
}

static void conclude(const struct counting *c, struct backtest_seen *ret)
{
    static const struct {
        enum backtest_metric metric;
        double p;
    } quantile[] = {{BACKTEST_P50, 0.50}, {BACKTEST_P95, 0.95}, {BACKTEST_P99, 0.99}};
    ret->value[BACKTEST_INVOCATIONS] = (double)ret->calls;
    ret->value[BACKTEST_COLD_STARTS] = (double)c->cold;
    ret->value[BACKTEST_BILLED_MS] = (double)c->billed_ns / 1e6;
    ret->value[BACKTEST_CONCURRENCY] = (double)c->most_at_once;
    does_not_tell(ret, BACKTEST_COLD_STARTS, c->cold_unknown, "whether they were cold");
    does_not_tell(ret, BACKTEST_BILLED_MS, c->billed_unknown, "their Billed Duration");
    does_not_tell(ret, BACKTEST_COST, c->billed_unknown, "their Billed Duration");
    does_not_tell(ret, BACKTEST_CONCURRENCY, c->merged, "each its own start");
    for (size_t i = 0; i < sizeof quantile / sizeof *quantile; i++) {
        ret->value[quantile[i].metric] = histogram_quantile(&c->duration, quantile[i].p) / 1e6;
        does_not_tell(ret, quantile[i].metric, c->merged, "each its own duration");
    }
}

static void observe_throttles(struct backtest_seen *ret, const struct call_log *log,
                              size_t function, int64_t from_ns, int64_t to_ns)
{
    size_t points;
    const struct throttle_point *const point = call_log_throttles(log, function, &points);
    double sum = 0;
    for (size_t i = 0; i < points; i++)
        if (point[i].time_ns >= from_ns && point[i].time_ns < to_ns)
            sum += point[i].count;
    ret->value[BACKTEST_THROTTLES] = points > 0 ? sum : NAN;
    if (points == 0)
        ret->missing[BACKTEST_THROTTLES] =
            text_format("logs do not tell; CloudWatch's Throttles, as a further file, do");
}

void backtest_observe(struct backtest_seen *ret, const struct call_log *log, size_t function,
                      int64_t from_ns, int64_t to_ns, const struct backtest_defaults *defaults)
{
    struct counting c = {0};
    size_t calls;
    const struct call *const call = call_log_calls(log, function, &calls);
    *ret = (struct backtest_seen){.other_memory_mb = UNKNOWN_VALUE};
    histogram_init(&c.duration);
    for (size_t i = 0; i < calls && call[i].start_ns < to_ns; i++) {
        if (call[i].count > 1 || call[i].span_ns > 0)
            c.merged += call[i].count;
        else
            follow(&c, &call[i], defaults->init_ns, ret);
        if (call[i].start_ns < from_ns)
            continue;
        count(&c, &call[i], defaults->memory_mb, ret);
        if (c.running.count > c.most_at_once)
            c.most_at_once = c.running.count;
    }
    conclude(&c, ret);
    observe_throttles(ret, log, function, from_ns, to_ns);
    histogram_finish(&c.duration);
    free(c.running.at_ns);
}

int backtest_observe_pairs(struct backtest_pair *pair, size_t pairs,
                           const struct scenario *scenario, const struct world *world,
                           const struct call_log *log, int64_t from_ns, int64_t to_ns,
                           struct diagnostics *diagnostics)
{
    struct plan *const plan = plan_create(scenario, world, NULL, 0, diagnostics);
    if (plan == NULL)
        return -1;
    for (size_t i = 0; i < pairs; i++) {
        const struct function_config *const f = &plan_model(plan)->function[pair[i].function];
        const double init_ns = distribution_mean(&f->init_ns);
        const struct backtest_defaults defaults = {
            .memory_mb = f->memory_mb,
            .init_ns = (int64_t)fmin(init_ns, (double)f->init_timeout_ns)};
        backtest_observe(&pair[i].seen, log, pair[i].logged, from_ns, to_ns, &defaults);
    }
    plan_destroy(plan);
    return 0;
}

void backtest_seen_finish(struct backtest_seen *seen)
{
    for (size_t i = 0; i < BACKTEST_METRICS; i++)
        free(seen->missing[i]);
}
