/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/fit_counts.h"

#include "history/fit_minimum.h"

#include <math.h>
#include <stddef.h>

#define NS_PER_S INT64_C(1000000000)
#define LEAST_WINDOWS 3  /* for a third moment */
#define LEAST_LONGEST 10 /* windows of the longest kind that is looked at */
#define LEAST_LENGTHS 3  /* of windows below it */
#define LEAST_CALLS 100
#define SURE 3.5 /* standard errors above Poisson's variance */

/* Each divides the next. */
static const int64_t length_s[FIT_WINDOWS] = {1, 2, 10, 20, 60, 120, 600, 1200, 3600};

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Ends the windows that `second` is no part of. */
static void end_windows(struct fit_counts *c, int64_t second, bool all)
{
    for (unsigned k = 0; k < FIT_WINDOWS; k++) {
        struct fit_window *const w = &c->window[k];
        const int64_t index = floor_div(c->second, length_s[k]);
        if (!all && index == floor_div(second, length_s[k]))
            return; /* longer windows go on, too */
        w->square += w->calls * w->calls;
        w->cube += w->calls * w->calls * w->calls;
        w->last = w->calls;
        w->last_index = index;
        if (!w->any) {
            w->first = w->calls;
            w->first_index = index;
            w->any = true;
        }
        if (k == FIT_MINUTE || (k > FIT_MINUTE && k == c->finest)) /* of longer bins the mean */
            c->most_in_minute = fmax(c->most_in_minute, w->calls * 60 / (double)length_s[k]);
        if (k + 1 < FIT_WINDOWS)
            c->window[k + 1].calls += w->calls;
        w->calls = 0;
    }
}

void fit_counts_add(struct fit_counts *counts, int64_t time_ns, int64_t span_ns, uint64_t calls)
{
    const int64_t second = floor_div(time_ns, NS_PER_S);
    unsigned k = 0;
    while (k + 1 < FIT_WINDOWS && length_s[k] * NS_PER_S < span_ns)
        k++;
    if (counts->any && second != counts->second)
        end_windows(counts, second, false);
    counts->any = true;
    counts->second = second;
    counts->finest = k > counts->finest ? k : counts->finest;
    counts->calls += (double)calls;
    counts->window[k].calls += (double)calls;
}

void fit_counts_end(struct fit_counts *counts)
{
    if (counts->any)
        end_windows(counts, 0, true);
}

bool fit_counts_moments(const struct fit_counts *counts, unsigned window, int64_t first_ns,
                        int64_t last_ns, struct fit_moments *ret)
{
    const struct fit_window *const w = &counts->window[window];
    const int64_t length = length_s[window] * NS_PER_S;
    const int64_t begin = -floor_div(-first_ns, length), end = floor_div(last_ns, length);
    double n = (double)(end - begin), sum = counts->calls, square = w->square, cube = w->cube;
    if (n < LEAST_WINDOWS || !w->any || counts->finest > window)
        return false;
    if (w->first_index < begin) {
        sum -= w->first;
        square -= w->first * w->first;
        cube -= w->first * w->first * w->first;
    }
    if (w->last_index >= end && (w->last_index != w->first_index || w->first_index >= begin)) {
        sum -= w->last;
        square -= w->last * w->last;
        cube -= w->last * w->last * w->last;
    }
    const double mean = sum / n;
    *ret = (struct fit_moments){
        .windows = n,
        .mean = mean,
        .variance = fmax(square / n - mean * mean, 0) * n / (n - 1),
        .third =
            (cube / n - 3 * mean * square / n + 2 * mean * mean * mean) * n / (n - 1) * n / (n - 2),
        .begin = begin,
        .end = end,
    };
    return true;
}

/* Cumulants of the rate's integral over a window: those of the counts without Poisson's part. */
static double second_of_rate(const struct fit_moments *m)
{
    return m->variance - m->mean;
}

static double third_of_rate(const struct fit_moments *m)
{
    return m->third - 3 * (m->variance - m->mean) - m->mean;
}

/* Of states that change at the rate r, in a window t: their integral has the variance
 * 2 p q d^2 G(t) and the third cumulant 6 p q (1 - 2 p) d^3 H(t), where p is the share of the
 * burst, q = 1 - p, d the difference of the rates. G is the integral of (t - s) exp(-r s), H that
 * of (t - s) s exp(-r s), because two times s apart have a covariance p q exp(-r s) and three, the
 * outer of them, a third cumulant p q (1 - 2 p) exp(-r s). */
static double shape_g(double r, double t)
{
    const double x = r * t;
    return x < 1e-3 ? t * t * (0.5 - x / 6) : (x + expm1(-x)) / (r * r);
}

static double shape_h(double r, double t)
{
    const double x = r * t;
    return x < 1e-2 ? t * t * t * (1.0 / 6 - x / 12)
                    : (x * (1 + exp(-x)) + 2 * expm1(-x)) / (r * r * r);
}

/* Counts of windows of several lengths, and of the longest. */
struct counted {
    struct fit_moments of[FIT_WINDOWS], longest;
    double t[FIT_WINDOWS], longest_t;
    size_t count;
};

/* What lies within the longest windows. */
static double within(double value, double of_longest, double t, double longest, int power)
{
    return value - of_longest * pow(t / longest, power);
}

static double excess(const struct counted *c, size_t i)
{
    return within(second_of_rate(&c->of[i]), second_of_rate(&c->longest), c->t[i], c->longest_t, 2);
}

static double shape_within(const struct counted *c, size_t i, double r)
{
    return within(shape_g(r, c->t[i]), shape_g(r, c->longest_t), c->t[i], c->longest_t, 2);
}

/* The factor of the shapes that comes nearest to the counts' excess, relative to their variances.
 */
static double best_factor(const struct counted *c, double r, double *ret_loss)
{
    double both = 0, square = 0, loss = 0;
    for (size_t i = 0; i < c->count; i++) {
        const double weight = 1 / (c->of[i].variance * c->of[i].variance);
        both += weight * excess(c, i) * shape_within(c, i, r);
        square += weight * shape_within(c, i, r) * shape_within(c, i, r);
    }
    const double factor = fmax(both / square, 0);
    for (size_t i = 0; i < c->count; i++) {
        const double miss = (excess(c, i) - factor * shape_within(c, i, r)) / c->of[i].variance;
        loss += miss * miss;
    }
    *ret_loss = loss;
    return factor;
}

static double loss_of_rate(double log_r, void *context)
{
    double loss;
    best_factor(context, exp(log_r), &loss);
    return loss;
}

static void count(const struct fit_counts *counts, int64_t first_ns, int64_t last_ns,
                  struct counted *ret)
{
    int longest = FIT_WINDOWS;
    *ret = (struct counted){.count = 0};
    while (--longest >= 0)
        if (fit_counts_moments(counts, (unsigned)longest, first_ns, last_ns, &ret->longest) &&
            ret->longest.windows >= LEAST_LONGEST)
            break;
    if (longest < 0)
        return;
    ret->longest_t = (double)length_s[longest];
    for (int k = 0; k < longest; k++) {
        ret->t[ret->count] = (double)length_s[k];
        ret->count +=
            fit_counts_moments(counts, (unsigned)k, first_ns, last_ns, &ret->of[ret->count]);
    }
}

/* The largest index of dispersion, and whether it is more than chance lets it be. */
static bool is_overdispersed(const struct counted *c, struct fit_bursts *ret)
{
    bool sure = false;
    ret->dispersion = 1;
    for (size_t i = 0; i < c->count; i++) {
        const double mean = c->of[i].mean, index = 1 + excess(c, i) / mean;
        const double error = sqrt((2 + 1 / mean) / c->of[i].windows);
        if (index > ret->dispersion) {
            ret->dispersion = index;
            ret->window_s = c->t[i];
        }
        sure = sure || (index >= FIT_BURSTS_MATTER && index - 1 > SURE * error);
    }
    return sure;
}

/* The share of the burst from the skewness, which is (1 - 2 p) / sqrt(p q); with it all else. */
static void solve(const struct counted *c, double r, double factor, double rate,
                  struct fit_bursts *ret)
{
    size_t near = 0;
    for (size_t i = 1; i < c->count; i++)
        if (fabs(log(c->t[i] * r)) < fabs(log(c->t[near] * r)))
            near = i;
    const double t = c->t[near], longest = c->longest_t;
    const double third =
        within(third_of_rate(&c->of[near]), third_of_rate(&c->longest), t, longest, 3) /
        (6 * within(shape_h(r, t), shape_h(r, longest), t, longest, 3));
    const double second = factor / 2; /* p q d^2 */
    const double skewness = third / (second * sqrt(second));
    double p = 0.5 * (1 - skewness / sqrt(4 + skewness * skewness));
    double difference = sqrt(second / (p * (1 - p)));
    if (rate - p * difference < 0) { /* no rate is below 0: then the base is silent */
        p = rate * rate / (second + rate * rate);
        difference = rate / p;
    }
    ret->base_per_s = fmax(rate - p * difference, 0);
    ret->burst_per_s = ret->base_per_s + difference;
    ret->mean_burst_s = 1 / (r * (1 - p));
    ret->mean_base_s = 1 / (r * p);
}

void fit_counts_bursts(const struct fit_counts *counts, int64_t first_ns, int64_t last_ns,
                       struct fit_bursts *ret)
{
    struct counted c;
    *ret = (struct fit_bursts){.kind = FIT_BURSTS_FEW, .dispersion = NAN, .window_s = NAN};
    count(counts, first_ns, last_ns, &c);
    if (c.count < LEAST_LENGTHS || counts->calls < LEAST_CALLS || !(c.of[0].mean > 0))
        return;
    if (!is_overdispersed(&c, ret)) {
        ret->kind = FIT_BURSTS_NONE;
        return;
    }
    const double low = log(4 / c.longest_t), high = log(2 / c.t[0]);
    double loss;
    const double log_r = fit_minimum(loss_of_rate, &c, low, high, NULL);
    if (log_r <= low || log_r >= high) {
        ret->kind = log_r <= low ? FIT_BURSTS_SLOW : FIT_BURSTS_FAST;
        return;
    }
    const double factor = best_factor(&c, exp(log_r), &loss);
    if (!(factor > 0))
        return;
    const double span_s = (double)(last_ns - first_ns) / 1e9;
    solve(&c, exp(log_r), factor, counts->calls / span_s, ret);
    ret->changes = span_s / (ret->mean_base_s + ret->mean_burst_s);
    if (ret->changes >= FIT_BURSTS_LEAST)
        ret->kind = FIT_BURSTS_KNOWN;
}

double fit_bursts_dispersion(const struct fit_bursts *bursts, double window_s)
{
    const double r = 1 / bursts->mean_base_s + 1 / bursts->mean_burst_s;
    const double p = bursts->mean_burst_s / (bursts->mean_base_s + bursts->mean_burst_s);
    const double difference = bursts->burst_per_s - bursts->base_per_s;
    const double mean = window_s * (bursts->base_per_s + p * difference);
    return 1 + 2 * p * (1 - p) * difference * difference * shape_g(r, window_s) / mean;
}
