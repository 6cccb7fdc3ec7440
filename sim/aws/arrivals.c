/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "aws/arrivals.h"

#include "core/event_queue.h"

#include <math.h>
#include <string.h>

/* Stretches in which a changing rate is taken as constant when single arrivals are wanted. */
#define STRETCH_NS NS_PER_MINUTE
#define COUNT_MAX 1e15 /* of one stretch: what random_binomial takes */

/* The end of a rate's next stretch: rates end at the horizon. */
static int64_t stretch_end(const struct arrivals *a, int64_t longest_ns)
{
    const int64_t left_ns = a->config.horizon_ns - a->now_ns;
    return a->now_ns + (longest_ns < left_ns ? longest_ns : left_ns);
}

void arrivals_init(struct arrivals *arrivals, const struct arrivals_config *config, uint64_t seed,
                   uint64_t replication, const char *workload)
{
    *arrivals = (struct arrivals){.config = *config};
    arrivals->mean_gap_ns = 1e9 / (config->rate_per_s * config->rate_scale); /* rate 0: never */
    random_init(&arrivals->random, seed, replication, workload, "arrivals");
    if (config->kind == ARRIVALS_RATE_BURSTS) { /* start in the stationary state */
        const double p = config->mean_burst_s / (config->mean_burst_s + config->mean_base_s);
        random_init(&arrivals->states, seed, replication, workload, "bursts");
        arrivals->burst = random_uniform(&arrivals->states) < p;
        const double mean_s = arrivals->burst ? config->mean_burst_s : config->mean_base_s;
        arrivals->switch_ns = time_bounded(random_exponential(&arrivals->states) * mean_s * 1e9);
    }
}

void arrivals_finish(struct arrivals *arrivals)
{
    if (arrivals->config.source.close != NULL)
        arrivals->config.source.close(arrivals->config.source.context);
    arrivals->config.source = (struct arrival_source){0};
}

static void clear(struct arrival *ret)
{
    *ret = (struct arrival){.bytes = -1, .duration_ns = -1};
}

/* Rate of the profile at its own time t, and the next point after t. */
static double profile_rate(const struct arrivals_config *c, int64_t t, int64_t *ret_next_ns)
{
    size_t low = 0, high = c->points; /* first point after t */
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (c->point[middle].time_ns > t)
            high = middle;
        else
            low = middle + 1;
    }
    *ret_next_ns = low < c->points ? c->point[low].time_ns : TIME_NEVER;
    if (low == 0)
        return c->point[0].rate_per_s;
    if (low == c->points)
        return c->point[low - 1].rate_per_s;
    const struct arrivals_point *const p = &c->point[low - 1], *const q = &c->point[low];
    return p->rate_per_s + (q->rate_per_s - p->rate_per_s) * (double)(t - p->time_ns) /
                               (double)(q->time_ns - p->time_ns);
}

static void poisson_stretch(struct arrivals *a, int64_t end_ns, double rate, struct arrival *ret)
{
    ret->start_ns = a->now_ns;
    ret->end_ns = end_ns;
    ret->count = random_poisson(&a->random,
                                rate * a->config.rate_scale * (double)(end_ns - a->now_ns) / 1e9);
    a->now_ns = end_ns;
}

static void profile_stretch(struct arrivals *a, int64_t longest_ns, struct arrival *ret)
{
    const struct arrivals_config *const c = &a->config;
    /* In the profile's own time, before time_scale. */
    const double scale = c->time_scale;
    int64_t t = (int64_t)((double)a->now_ns / scale);
    int64_t left = TIME_NEVER;
    if (c->period_ns > 0) {
        t %= c->period_ns;
        left = c->period_ns - t;
    }
    int64_t next;
    const double from = profile_rate(c, t, &next);
    if (next != TIME_NEVER && next - t < left)
        left = next - t;
    int64_t length = stretch_end(a, longest_ns) - a->now_ns;
    if (left != TIME_NEVER && (double)left * scale < (double)length)
        length = (int64_t)((double)left * scale);
    if (length < 1)
        length = 1;
    int64_t unused;
    const int64_t last = t + (int64_t)((double)length / scale) - 1;
    const double to = profile_rate(c, last > t ? last : t, &unused);
    poisson_stretch(a, a->now_ns + length, (from + to) / 2, ret);
}

static void burst_stretch(struct arrivals *a, int64_t longest_ns, struct arrival *ret)
{
    const struct arrivals_config *const c = &a->config;
    if (a->switch_ns <= a->now_ns) {
        a->burst = !a->burst;
        const double mean_s = a->burst ? c->mean_burst_s : c->mean_base_s;
        a->switch_ns = a->now_ns + 1 + time_bounded(random_exponential(&a->states) * mean_s * 1e9);
    }
    int64_t end_ns = stretch_end(a, longest_ns);
    if (a->switch_ns < end_ns)
        end_ns = a->switch_ns;
    poisson_stretch(a, end_ns, a->burst ? c->burst_rate_per_s : c->base_rate_per_s, ret);
}

/* Arrival k of a constant rate r comes at (k + 1/2) / r. */
static int64_t constant_time(const struct arrivals *a, uint64_t k)
{
    const double rate = a->config.rate_per_s * a->config.rate_scale;
    const double t = ((double)k + 0.5) / rate * 1e9;
    return rate > 0 && t < 9e18 ? (int64_t)t : TIME_NEVER;
}

static void constant_stretch(struct arrivals *a, int64_t longest_ns, struct arrival *ret)
{
    ret->start_ns = a->now_ns;
    ret->end_ns = stretch_end(a, longest_ns);
    const double rate = a->config.rate_per_s * a->config.rate_scale;
    const uint64_t until = (uint64_t)(rate * (double)ret->end_ns / 1e9 + 0.5);
    ret->count = until > a->emitted ? until - a->emitted : 0;
    ret->even = true;
    a->emitted += ret->count;
    a->now_ns = ret->end_ns;
}

static int read_source(struct arrivals *a, struct arrival *ret)
{
    const int status = a->config.source.next(a->config.source.context, ret);
    if (status > 0 && a->config.time_scale != 1.0) {
        ret->start_ns = time_bounded((double)ret->start_ns * a->config.time_scale);
        ret->end_ns = time_bounded((double)ret->end_ns * a->config.time_scale);
    }
    return status;
}

static void keep_key(struct arrival *arrival, char buffer[256])
{
    if (arrival->key == NULL)
        return;
    if (arrival->key_length > 256) /* Kinesis' own limit; the reader refuses longer ones */
        arrival->key_length = 256;
    memmove(buffer, arrival->key, arrival->key_length);
    arrival->key = buffer;
}

/* `count` times rate_scale: the whole part for sure, the rest at random. */
static uint64_t rescale(struct arrivals *a, uint64_t count)
{
    const double wanted = fmin((double)count * a->config.rate_scale, COUNT_MAX);
    const double whole = floor(wanted);
    return (uint64_t)whole + (random_uniform(&a->random) < wanted - whole);
}

/* The next arrival of the source with rate_scale applied. Extra copies of an exact arrival are
 * spread over the gap to the next one, so that more traffic is not just thicker bursts. */
static int next_scaled(struct arrivals *a, struct arrival *ret)
{
    if (a->config.rate_scale == 1.0)
        return read_source(a, ret);
    for (;;) { /* a repeated trace has no end of its own */
        if (a->has_pending) {
            *ret = a->pending;
            keep_key(ret, a->key);
            a->has_pending = false;
        } else {
            const int status = read_source(a, ret);
            if (status <= 0)
                return status;
            keep_key(ret, a->key);
        }
        if (ret->start_ns >= a->config.horizon_ns)
            return 1;
        ret->count = rescale(a, ret->count);
        if (ret->count == 0)
            continue;
        if (ret->end_ns > ret->start_ns || ret->count == 1)
            return 1;
        const int status = read_source(a, &a->pending);
        if (status < 0)
            return status;
        if (status > 0) {
            a->has_pending = true;
            keep_key(&a->pending, a->pending_key);
            a->gap_ns = a->pending.start_ns - ret->start_ns;
        } /* else the last arrival: as far as the gap before it */
        if (a->gap_ns > 0) {
            a->bin = *ret;
            a->bin.end_ns = ret->start_ns + a->gap_ns;
            a->bin.count = ret->count - 1;
            ret->count = 1;
        }
        return 1;
    }
}

static int source_stretch(struct arrivals *a, int64_t longest_ns, struct arrival *ret)
{
    if (a->bin.count == 0) {
        const int status = next_scaled(a, ret);
        if (status <= 0)
            return status;
        if (ret->start_ns >= a->config.horizon_ns)
            return 0;
        if (ret->end_ns - ret->start_ns <= longest_ns) {
            ret->even = a->config.even;
            return 1;
        }
        a->bin = *ret; /* a long bin has no copies of its own waiting there */
    }
    *ret = a->bin;
    ret->even = a->config.even;
    const int64_t length = ret->end_ns - ret->start_ns;
    if (length > longest_ns) {
        const double share = (double)longest_ns / (double)length;
        ret->end_ns = ret->start_ns + longest_ns;
        ret->count = ret->even ? (uint64_t)((double)a->bin.count * share + 0.5)
                               : random_binomial(&a->random, a->bin.count, share);
        a->bin.start_ns = ret->end_ns;
        a->bin.count -= ret->count;
    } else {
        a->bin.count = 0;
    }
    return 1;
}

int arrivals_segment(struct arrivals *arrivals, int64_t longest_ns, struct arrival *ret)
{
    clear(ret);
    if (arrivals->now_ns >= arrivals->config.horizon_ns)
        return 0;
    switch (arrivals->config.kind) {
    case ARRIVALS_RATE_POISSON:
        poisson_stretch(arrivals, stretch_end(arrivals, longest_ns), arrivals->config.rate_per_s,
                        ret);
        return 1;
    case ARRIVALS_RATE_CONSTANT:
        constant_stretch(arrivals, longest_ns, ret);
        return 1;
    case ARRIVALS_RATE_PROFILE:
        profile_stretch(arrivals, longest_ns, ret);
        return 1;
    case ARRIVALS_RATE_BURSTS:
        burst_stretch(arrivals, longest_ns, ret);
        return 1;
    case ARRIVALS_FROM_SOURCE:
        return source_stretch(arrivals, longest_ns, ret);
    }
    return 0;
}

/* The earliest of what is left of a stretch; the others lie behind it, again at random. */
static void take_one(struct arrivals *a, struct arrival *ret)
{
    struct arrival *const s = &a->stretch;
    *ret = *s;
    ret->count = 1;
    const double length = (double)(s->end_ns - s->start_ns);
    if (length <= 0) {
        s->count--;
        ret->end_ns = ret->start_ns;
        return;
    }
    double gap;
    if (s->even) /* in the middle of its slot; the next slot begins where this one ends */
        gap = length / (double)s->count;
    else
        gap = length * -expm1(log(random_uniform_open(&a->random)) / (double)s->count);
    const int64_t at = s->start_ns + (int64_t)(s->even ? gap / 2 : gap);
    s->start_ns = s->even ? s->start_ns + (int64_t)gap : at;
    s->count--;
    ret->start_ns = ret->end_ns = at;
}

int arrivals_next(struct arrivals *arrivals, struct arrival *ret)
{
    const struct arrivals_config *const c = &arrivals->config;
    if (c->kind == ARRIVALS_RATE_POISSON) {
        clear(ret);
        const double gap_ns = random_exponential(&arrivals->random) * arrivals->mean_gap_ns + 0.5;
        if (!(gap_ns < (double)(c->horizon_ns - arrivals->now_ns))) {
            arrivals->now_ns = c->horizon_ns;
            return 0;
        }
        arrivals->now_ns += (int64_t)gap_ns;
        ret->count = 1;
        ret->start_ns = ret->end_ns = arrivals->now_ns;
        return 1;
    }
    if (c->kind == ARRIVALS_RATE_CONSTANT) {
        clear(ret);
        ret->start_ns = ret->end_ns = constant_time(arrivals, arrivals->emitted++);
        ret->count = 1;
        return ret->start_ns < c->horizon_ns;
    }
    while (arrivals->stretch.count == 0) { /* ends: rates at the horizon, sources at their end */
        const int64_t longest_ns = c->kind == ARRIVALS_FROM_SOURCE ? TIME_NEVER : STRETCH_NS;
        const int status = arrivals_segment(arrivals, longest_ns, &arrivals->stretch);
        if (status <= 0) {
            arrivals->stretch.count = 0;
            return status;
        }
    }
    take_one(arrivals, ret);
    return 1;
}
