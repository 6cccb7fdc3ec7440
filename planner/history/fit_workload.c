/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When the calls of a function come, of a fitted scenario: a rate, a profile of it, bursts. */
#include "history/fit_writer.h"

#include "support/text.h"

#include <gsl/gsl_cdf.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define LEAST_EXPOSURE_S 300.0 /* a shorter piece of an hour tells no rate */
#define LEAST_EXPECTED 5       /* calls of an hour of the period, for a test of them all */
#define EVEN 0.1  /* index of dispersion per minute: nearer to a clock than to chance */
#define SURE 0.01 /* hours differ: by chance alone less often than this */
#define BYTES_PER_MB 1048576.0
#define MONDAY_HOURS 72 /* 1970-01-01 was a Thursday: three days after a Monday */

/* How long [0, span) lies in the hour `hour` of a period of so many hours, that began at `first`
 * since the period's start. */
static double exposure(double first_s, double span_s, unsigned hour, unsigned period_h)
{
    const double period_s = period_h * FIT_HOUR_S, begin = hour * FIT_HOUR_S;
    const double from = fmod(first_s, period_s), whole = floor(span_s / period_s);
    double rest = span_s - whole * period_s, sum = whole * FIT_HOUR_S;
    for (int round = 0; round < 2; round++) { /* the rest may go over the period's end */
        const double a = begin + round * period_s;
        sum += fmax(0, fmin(a + FIT_HOUR_S, from + rest) - fmax(a, from));
    }
    return sum;
}

static unsigned period_hours(enum fit_shape shape)
{
    return shape == FIT_BY_DAY ? 24 : FIT_HOURS;
}

/* Calls per hour of the period. */
static uint64_t calls_of_hour(const struct fit_function *f, enum fit_shape shape, unsigned hour)
{
    uint64_t sum = 0;
    for (unsigned i = hour; i < FIT_HOURS; i += period_hours(shape))
        sum += f->hour[i];
    return sum;
}

/* Chi-square of the hours' calls against an even rate. Where there are bursts, counts of an hour
 * vary by so much more than Poisson's. */
static bool differ_from_even(const struct fit_writer *w, const struct fit_function *f,
                             double dispersion)
{
    const double rate = (double)f->timed / w->span_s;
    double chi = 0;
    int hours = 0;
    for (unsigned i = 0; i < period_hours(w->shape); i++) {
        const double expected = rate * exposure(w->first_s, w->span_s, i, period_hours(w->shape));
        const double seen = (double)calls_of_hour(f, w->shape, i);
        if (expected < LEAST_EXPECTED)
            continue;
        chi += (seen - expected) * (seen - expected) / expected;
        hours++;
    }
    return hours > 1 && gsl_cdf_chisq_Q(chi / dispersion, hours - 1) < SURE;
}

/* Sums over the same hours of a period of so many. */
struct hours {
    double squares; /* of their calls, each over how often the hour was */
    unsigned count;
};

static unsigned hour_of(const struct fit_writer *w, int64_t index, unsigned period)
{
    const int64_t hour = index + (fit_relative(w->fit) ? 0 : MONDAY_HOURS);
    return (unsigned)((hour % period + period) % period);
}

static struct hours sum_hours(const struct fit_writer *w, const struct fit_function *f,
                              const struct fit_moments *whole, unsigned period)
{
    const struct fit_window *const cut = &f->counts.window[FIT_HOUR];
    double calls[FIT_HOURS] = {0}, times[FIT_HOURS] = {0};
    struct hours sum = {0, 0};
    for (unsigned i = 0; i < FIT_HOURS; i++)
        calls[i % period] += (double)f->hour[i];
    for (int64_t i = whole->begin; i < whole->end; i++)
        times[hour_of(w, i, period)]++;
    if (cut->first_index < whole->begin)
        calls[hour_of(w, cut->first_index, period)] -= cut->first;
    if (cut->last_index >= whole->end && cut->last_index > cut->first_index)
        calls[hour_of(w, cut->last_index, period)] -= cut->last;
    for (unsigned i = 0; i < period; i++) {
        sum.squares += times[i] > 0 ? calls[i] * calls[i] / times[i] : 0;
        sum.count += times[i] > 0;
    }
    return sum;
}

/* Whether an hour has more calls than any would have by chance (Bonferroni's bound of the binomial
 * tail), for few calls. */
static bool has_peak(const struct fit_function *f, unsigned period)
{
    uint64_t calls[FIT_HOURS] = {0}, most = 0;
    for (unsigned i = 0; i < FIT_HOURS; i++)
        calls[i % period] += f->hour[i];
    for (unsigned i = 0; i < period; i++)
        most = calls[i] > most ? calls[i] : most;
    const double n = (double)f->timed, each = 1.0 / period;
    if (most < 2 || n > UINT_MAX)
        return false;
    return period * gsl_cdf_binomial_Q((unsigned)most - 1, each, (unsigned)n) < SURE;
}

/* Whether the hours of a period differ by more than those of a shorter one explain, by analysis of
 * variance: the same hour of other periods tells how much an hour's calls vary, which is no less
 * than Poisson's variance. */
static bool differ_by(const struct fit_writer *w, const struct fit_function *f,
                      const struct fit_moments *whole, unsigned period, unsigned shorter)
{
    const struct hours fine = sum_hours(w, f, whole, period);
    const struct hours coarse = sum_hours(w, f, whole, shorter);
    const double all = whole->mean * whole->windows, freedom = fine.count - coarse.count;
    const double rest = whole->windows - fine.count;
    if (fine.count <= coarse.count || rest <= 0)
        return false;
    const double total = whole->variance * (whole->windows - 1) + all * whole->mean;
    const double between = fine.squares - coarse.squares;
    const double of_hour = (total - fine.squares) / rest;
    if (all / fine.count < LEAST_EXPECTED) /* chi-square and F say nothing of so few */
        return shorter == 1 && of_hour <= whole->mean && has_peak(f, period);
    if (of_hour <= whole->mean)
        return gsl_cdf_chisq_Q(between / whole->mean, freedom) < SURE;
    return gsl_cdf_fdist_Q(between / freedom / of_hour, freedom, rest) < SURE;
}

static enum fit_shape find_shape(const struct fit_writer *w, const struct fit_function *f,
                                 const struct fit_bursts *bursts)
{
    struct fit_moments whole;
    if (w->shape == FIT_FLAT)
        return FIT_FLAT;
    if (w->shape != FIT_SPAN && f->out_of_order == 0 &&
        fit_counts_moments(&f->counts, FIT_HOUR, fit_first_ns(w->fit), fit_end_ns(w->fit), &whole))
        return w->shape == FIT_BY_WEEK && differ_by(w, f, &whole, FIT_HOURS, 24) ? FIT_BY_WEEK
               : differ_by(w, f, &whole, 24, 1)                                  ? FIT_BY_DAY
                                                                                 : FIT_FLAT;
    const double dispersion =
        bursts->kind == FIT_BURSTS_KNOWN ? fit_bursts_dispersion(bursts, FIT_HOUR_S) : 1;
    return differ_from_even(w, f, dispersion) ? w->shape : FIT_FLAT;
}

/* A profile that repeats: the hours' rates in their middles, and at both ends what lies between the
 * last and the first (a second before the period's end: a profile's points lie inside). */
static void put_periodic(const struct fit_writer *w, const struct fit_function *f,
                         enum fit_shape shape, double share, cJSON *points)
{
    const unsigned hours = period_hours(shape);
    double rate[FIT_HOURS];
    for (unsigned i = 0; i < hours; i++) {
        const double seconds = exposure(w->first_s, w->span_s, i, hours);
        rate[i] = share * (double)calls_of_hour(f, shape, i) / fmax(seconds, 1);
    }
    const double edge = (rate[0] + rate[hours - 1]) / 2;
    cJSON_AddItemToArray(points, fit_pair(0, edge));
    for (unsigned i = 0; i < hours; i++)
        cJSON_AddItemToArray(points, fit_pair((i + 0.5) * FIT_HOUR_S, rate[i]));
    cJSON_AddItemToArray(points, fit_pair(hours * FIT_HOUR_S - 1, edge));
}

/* Hour after hour from the first record on. The span is under two days: no hour of the week comes
 * twice. */
static void put_span(const struct fit_writer *w, const struct fit_function *f, double share,
                     cJSON *points)
{
    const double end = w->first_s + w->span_s;
    for (double hour = floor(w->first_s / FIT_HOUR_S); hour * FIT_HOUR_S < end; hour++) {
        const double a = fmax(hour * FIT_HOUR_S, w->first_s),
                     b = fmin((hour + 1) * FIT_HOUR_S, end);
        const double calls = share * (double)f->hour[(size_t)fmod(hour, FIT_HOURS)];
        if (b - a >= LEAST_EXPOSURE_S)
            cJSON_AddItemToArray(points, fit_pair((a + b) / 2 - w->first_s, calls / (b - a)));
    }
}

void fit_arrivals_find(const struct fit_writer *w, const struct fit_function *f,
                       struct fit_arrivals *ret)
{
    const int64_t first = fit_first_ns(w->fit), last = fit_end_ns(w->fit);
    struct fit_moments minute;
    *ret = (struct fit_arrivals){.shape = FIT_FLAT,
                                 .bursts = {.kind = FIT_BURSTS_FEW, .dispersion = NAN},
                                 .dispersion = NAN};
    const bool clock = fit_clock_find(w, f, &ret->clock);
    if (f->out_of_order == 0) {
        fit_counts_bursts(&f->counts, first, last, &ret->bursts);
        if (fit_counts_moments(&f->counts, FIT_MINUTE, first, last, &minute) && minute.mean > 0)
            ret->dispersion = minute.variance / minute.mean;
    }
    if (clock)
        ret->bursts.kind = FIT_BURSTS_NONE;
    else
        ret->shape = find_shape(w, f, &ret->bursts);
}

bool fit_arrivals_are_two(const struct fit_arrivals *arrivals)
{
    return arrivals->shape != FIT_FLAT && arrivals->bursts.kind == FIT_BURSTS_KNOWN;
}

static bool is_even(const struct fit_arrivals *arrivals)
{
    return arrivals->shape == FIT_FLAT && arrivals->bursts.kind == FIT_BURSTS_NONE &&
           arrivals->dispersion < EVEN;
}

/* What the counts tell about bursts, a sentence; free() it. */
static char *tell_bursts(const struct fit_function *f, const struct fit_arrivals *arrivals)
{
    const struct fit_bursts *const b = &arrivals->bursts;
    if (f->out_of_order > 0)
        return text_format("Burstiness is not known: the records are not in the order of time.");
    if (is_even(arrivals))
        return text_format("Counts per minute have an index of dispersion of %.2g: calls come "
                           "evenly, where Poisson's would have 1.",
                           arrivals->dispersion);
    if (isnan(b->dispersion))
        return text_format("Burstiness is not known: there are too few calls, or minutes.");
    char few[100];
    snprintf(few, sizeof few, "so there are bursts, but fewer than %d: they are not in this",
             FIT_BURSTS_LEAST);
    const char *const why =
        b->kind == FIT_BURSTS_KNOWN  ? "so there are bursts"
        : b->kind == FIT_BURSTS_FEW  ? few
        : b->kind == FIT_BURSTS_SLOW ? "because the rate changes within hours, which is not in this"
        : b->kind == FIT_BURSTS_FAST
            ? "because calls come in groups, too short for the counts to tell how long, and not in "
              "this"
            : "and no more is sure";
    if (b->dispersion > 1)
        return text_format("Within hours, counts per %g s have an index of dispersion of %.2f "
                           "(Poisson's is 1), %s.",
                           b->window_s, b->dispersion, why);
    return text_format("Within hours, counts have an index of dispersion of 1 (Poisson's), %s.",
                       why);
}

static void put_bursts(const struct fit_bursts *b, double base_per_s, cJSON *arrivals)
{
    cJSON_AddStringToObject(arrivals, "process", "bursts");
    cJSON_AddNumberToObject(arrivals, "base_rate_per_s", fit_rounded(base_per_s));
    cJSON_AddNumberToObject(arrivals, "burst_rate_per_s",
                            fit_rounded(base_per_s + b->burst_per_s - b->base_per_s));
    cJSON_AddNumberToObject(arrivals, "mean_base_s", fit_rounded(b->mean_base_s));
    cJSON_AddNumberToObject(arrivals, "mean_burst_s", fit_rounded(b->mean_burst_s));
}

/* What bursts bring beyond the base, of all calls. */
static double share_of_bursts(const struct fit_bursts *b)
{
    const double p = b->mean_burst_s / (b->mean_base_s + b->mean_burst_s);
    const double more = p * (b->burst_per_s - b->base_per_s);
    return more / (b->base_per_s + more);
}

static void put_rates(const struct fit_writer *w, const struct fit_function *f,
                      const struct fit_arrivals *found, double share, cJSON *arrivals)
{
    const enum fit_shape shape = found->shape;
    if (shape == FIT_FLAT) {
        cJSON_AddStringToObject(arrivals, "process", is_even(found) ? "constant" : "poisson");
        cJSON_AddNumberToObject(arrivals, "rate_per_s", fit_rounded((double)f->timed / w->span_s));
        return;
    }
    cJSON_AddStringToObject(arrivals, "process", "profile");
    cJSON_AddStringToObject(arrivals, "period",
                            shape == FIT_BY_WEEK  ? "week"
                            : shape == FIT_BY_DAY ? "day"
                                                  : "none");
    cJSON *const points = cJSON_AddArrayToObject(arrivals, "points");
    if (shape == FIT_SPAN)
        put_span(w, f, share, points);
    else
        put_periodic(w, f, shape, share, points);
}

static void put_schedule(const struct fit_function *f, const struct fit_clock *clock,
                         cJSON *arrivals)
{
    fit_put_comment(arrivals,
                    text_format("A clock: %llu calls, where this schedule has %llu times in the "
                                "data with %u at each.",
                                (unsigned long long)f->timed, (unsigned long long)clock->times,
                                clock->each));
    cJSON_AddStringToObject(arrivals, "process", "schedule");
    cJSON_AddStringToObject(arrivals, "expression", clock->expression);
    if (clock->each > 1)
        cJSON_AddNumberToObject(arrivals, "concurrency", clock->each);
}

static void put_comment(const struct fit_writer *w, const struct fit_function *f,
                        const struct fit_arrivals *found, bool second, cJSON *arrivals)
{
    static const char *const said[] = {[FIT_FLAT] = "Mean rate",
                                       [FIT_SPAN] = "Rate by hour of the span of the data",
                                       [FIT_BY_DAY] = "Rate by hour of the day (UTC)",
                                       [FIT_BY_WEEK] =
                                           "Rate by hour of the week (UTC, from Monday on)"};
    const struct fit_bursts *const b = &found->bursts;
    const bool bursts = b->kind == FIT_BURSTS_KNOWN;
    const bool few = (double)f->timed < LEAST_EXPECTED * 24.0;
    const char *const even = found->shape != FIT_FLAT || w->shape == FIT_FLAT ? ""
                             : few ? "; too few calls to tell whether hours differ"
                                   : "; hours do not differ more than by chance (1 %)";
    const char *const no_week = found->shape == FIT_BY_DAY && !fit_tells_weekdays(w->fit)
                                    ? "; under two weeks do not tell weekdays apart"
                                    : "";
    char *const counts = tell_bursts(f, found);
    char *text;
    if (bursts && (second || found->shape == FIT_FLAT))
        text =
            text_format("Two rates in turn, from %llu calls in %.6g s%s, by the mean, the "
                        "variance and the skewness of their counts in windows of some seconds to "
                        "an hour; about %.0f bursts; assumed: lengths are exponential. %s",
                        (unsigned long long)f->timed, w->span_s, even, b->changes, counts);
    else
        text = text_format("%s, from %llu calls in %.6g s%s%s; assumed: %s. %s%s",
                           said[found->shape], (unsigned long long)f->timed, w->span_s, even,
                           no_week, is_even(found) ? "evenly spaced" : "Poisson around it", counts,
                           bursts ? " What they bring beyond the profile is a workload of its own "
                                    "and taken off here, from all hours alike."
                                  : "");
    fit_put_comment(arrivals, text);
    free(counts);
}

cJSON *fit_workload_json(const struct fit_writer *w, const struct fit_function *f,
                         const struct fit_arrivals *arrivals, const char *function, bool second)
{
    cJSON *const json = cJSON_CreateObject();
    char *const to = text_format("function:%s", function);
    cJSON_AddStringToObject(json, "to", to);
    free(to);
    cJSON *const how = cJSON_AddObjectToObject(json, "arrivals");
    const struct fit_bursts *const b = &arrivals->bursts;
    const bool two = fit_arrivals_are_two(arrivals);
    if (arrivals->clock.expression != NULL) {
        put_schedule(f, &arrivals->clock, how);
    } else {
        put_comment(w, f, arrivals, second, how);
        if (second)
            put_bursts(b, 0, how);
        else if (b->kind == FIT_BURSTS_KNOWN && !two)
            put_bursts(b, b->base_per_s, how);
        else
            put_rates(w, f, arrivals, two ? 1 - share_of_bursts(b) : 1, how);
    }
    if (f->bytes.weight > 0) {
        const double most = limits_at(w->options->limits, "lambda.payload.sync", w->day);
        const double in_six_digits = most * BYTES_PER_MB * (1 - 1e-6); /* rounded, no more */
        const struct fit_sketch bytes = fit_sketch_within(&f->bytes, in_six_digits);
        fit_put_samples(w, json, "record_bytes", &bytes, false, " of payloads", NULL);
    }
    return json;
}
