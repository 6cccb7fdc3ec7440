/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was counted (fit.c) as a scenario, with where each figure comes from in its comments. It is
 * written function by function, because with thousands of them its text is larger than all that was
 * counted. */
#include "studies/fit.h"

#include "core/memory.h"
#include "scenario/scenario.h"
#include "studies/fit_family.h"
#include "studies/fit_keep_alive.h"
#include "studies/seen_requests.h"
#include "support/date.h"
#include "support/text.h"

#include <cjson/cJSON.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S 86400.0
#define WEEK_S 604800.0
#define HOUR_S 3600.0
#define NS_PER_MINUTE INT64_C(60000000000)
#define NS_PER_DAY INT64_C(86400000000000)
#define MONDAY_S (3 * DAY_S) /* 1970-01-01 was a Thursday */
#define LEAST_EXPOSURE_S 300.0 /* a shorter piece of an hour tells no rate */
#define SURE 0.01              /* hours differ: by chance alone less often than this */
#define MOST_CALLS 5e6         /* of a replication, where the length is ours to choose */
#define NAME_LENGTH 64
#define STEPS 100         /* of a table of quantiles */
#define MANY 1000         /* functions: more get less detail each, for the size of the scenario */
#define STEPS_OF_MANY 25

enum shape { SHAPE_FLAT, SHAPE_SPAN, SHAPE_DAY, SHAPE_WEEK };

struct writer {
    struct fit *fit;
    const struct fit_options *options;
    int32_t day;
    double first_s, span_s; /* first_s: since a Monday, 00:00 UTC */
    enum shape shape;
    unsigned steps;
    char *head; /* JSON without its last brace */
    char **name; /* of functions; NULL: left out */
    fit_write *write;
    void *context;
    const char *path;
    struct diagnostics *diagnostics;
};

static double rounded(double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.6g", value);
    return strtod(text, NULL);
}

static void put_comment(cJSON *object, char *text)
{
    cJSON_AddStringToObject(object, "comment", text);
    free(text);
}

static cJSON *pair(double a, double b)
{
    const double both[2] = {rounded(a), rounded(b)};
    return cJSON_CreateDoubleArray(both, 2);
}

static cJSON *distribution_json(const struct distribution *d)
{
    cJSON *const json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "distribution", fit_family_name(d->kind));
    cJSON *list;
    double before = 0;
    switch (d->kind) {
    case DISTRIBUTION_CONSTANT:
        cJSON_AddNumberToObject(json, "value", rounded(d->a));
        break;
    case DISTRIBUTION_LOGNORMAL:
        cJSON_AddNumberToObject(json, "median", rounded(exp(d->a)));
        cJSON_AddNumberToObject(json, "sigma", rounded(d->b));
        break;
    case DISTRIBUTION_GAMMA:
    case DISTRIBUTION_WEIBULL:
        cJSON_AddNumberToObject(json, "shape", rounded(d->a));
        cJSON_AddNumberToObject(json, "scale", rounded(d->b));
        break;
    case DISTRIBUTION_MIXTURE:
        list = cJSON_AddArrayToObject(json, "components");
        for (size_t i = 0; i < d->count; i++) {
            cJSON *const part = cJSON_CreateObject();
            cJSON_AddNumberToObject(part, "weight", rounded(d->weight[i] - before));
            cJSON_AddItemToObject(part, "value", distribution_json(&d->component[i]));
            cJSON_AddItemToArray(list, part);
            before = d->weight[i];
        }
        break;
    default:
        list = cJSON_AddArrayToObject(json, "quantiles");
        for (size_t i = 0; i < d->count; i++) {
            const bool inside = i > 0 && i + 1 < d->count;
            const bool flat = inside && d->value[i] <= d->value[i - 1] &&
                              d->value[i + 1] <= d->value[i];
            if (!flat) /* of points of one value the first and the last say all */
                cJSON_AddItemToArray(list, pair(d->weight[i], d->value[i]));
        }
        break;
    }
    return json;
}

/* "1,234 samples", or how much they tell where records stand for several. */
static char *count_samples(const struct fit_sketch *of)
{
    char weight[TEXT_NUMBER_SIZE], samples[TEXT_NUMBER_SIZE];
    const double n = fit_sketch_samples(of);
    text_number((double)of->weight, 0, weight);
    if (n > (double)of->weight * 0.999999)
        return text_format("%s samples", weight);
    return text_format("%s calls, counted in records that tell as much as %s samples", weight,
                       text_number(n, 0, samples));
}

/* Fits a sketch and puts it under `key`, with what it is of. */
static void put_samples(const struct writer *w, cJSON *object, const char *key,
                        const struct fit_sketch *from, bool no_family, const char *what,
                        char **ret_short)
{
    struct fit_choice choice;
    char *judged = NULL;
    fit_family(from, no_family, w->steps, &choice);
    cJSON *const json = distribution_json(&choice.distribution);
    const char *const name = fit_family_name(choice.distribution.kind);
    if (choice.best == NULL)
        judged = text_format("%s", choice.distribution.kind == DISTRIBUTION_CONSTANT
                                       ? "they spread over less than 0.1 %"
                                       : "quantiles as they were seen");
    else
        judged = text_format("of lognormal, gamma, weibull and a mixture of two lognormals, by "
                             "maximum likelihood, %s has the least BIC; its Kolmogorov distance is "
                             "%.3f%s",
                             choice.best, choice.distance,
                             choice.distribution.kind == DISTRIBUTION_EMPIRICAL
                                 ? ", too far: quantiles as they were seen"
                                 : "");
    char *const samples = count_samples(from);
    put_comment(json, text_format("Estimated from %s%s: %s.", samples, what, judged));
    free(samples);
    free(judged);
    cJSON_AddItemToObject(object, key, json);
    if (ret_short != NULL && isnan(choice.distance))
        *ret_short = text_format("%s, median %.4g ms", name, choice.median);
    else if (ret_short != NULL)
        *ret_short =
            text_format("%s, median %.4g ms, D %.3f", name, choice.median, choice.distance);
    distribution_finish(&choice.distribution);
}

/* How long [0, span) lies in the hour `hour` of a period of so many hours, that began at `first`
 * since the period's start. */
static double exposure(double first_s, double span_s, unsigned hour, unsigned period_h)
{
    const double period_s = period_h * HOUR_S, begin = hour * HOUR_S;
    const double from = fmod(first_s, period_s), whole = floor(span_s / period_s);
    double rest = span_s - whole * period_s, sum = whole * HOUR_S;
    for (int round = 0; round < 2; round++) { /* the rest may go over the period's end */
        const double a = begin + round * period_s;
        sum += fmax(0, fmin(a + HOUR_S, from + rest) - fmax(a, from));
    }
    return sum;
}

static unsigned period_hours(enum shape shape)
{
    return shape == SHAPE_DAY ? 24 : FIT_HOURS;
}

/* Calls per hour of the period. */
static uint64_t calls_of_hour(const struct fit_function *f, enum shape shape, unsigned hour)
{
    uint64_t sum = 0;
    for (unsigned i = hour; i < FIT_HOURS; i += period_hours(shape))
        sum += f->hour[i];
    return sum;
}

/* Whether the hours differ more than chance lets them, by the chi-square test. */
static bool hours_differ(const struct writer *w, const struct fit_function *f)
{
    const double rate = (double)f->timed / w->span_s;
    double chi = 0;
    int hours = 0;
    for (unsigned i = 0; i < period_hours(w->shape); i++) {
        const double expected =
            rate * exposure(w->first_s, w->span_s, i, period_hours(w->shape));
        const double seen = (double)calls_of_hour(f, w->shape, i);
        if (expected < 5) /* too few for the test */
            continue;
        chi += (seen - expected) * (seen - expected) / expected;
        hours++;
    }
    return hours > 1 && gsl_cdf_chisq_Q(chi, hours - 1) < SURE;
}

/* A profile that repeats: the hours' rates in their middles, and at both ends what lies between the
 * last and the first (a second before the period's end: a profile's points lie inside). */
static void put_periodic(const struct writer *w, const struct fit_function *f, cJSON *points)
{
    const unsigned hours = period_hours(w->shape);
    double rate[FIT_HOURS];
    for (unsigned i = 0; i < hours; i++) {
        const double seconds = exposure(w->first_s, w->span_s, i, hours);
        rate[i] = (double)calls_of_hour(f, w->shape, i) / fmax(seconds, 1);
    }
    const double edge = (rate[0] + rate[hours - 1]) / 2;
    cJSON_AddItemToArray(points, pair(0, edge));
    for (unsigned i = 0; i < hours; i++)
        cJSON_AddItemToArray(points, pair((i + 0.5) * HOUR_S, rate[i]));
    cJSON_AddItemToArray(points, pair(hours * HOUR_S - 1, edge));
}

/* Hour after hour from the first record on. The span is under two days: no hour of the week comes
 * twice. */
static void put_span(const struct writer *w, const struct fit_function *f, cJSON *points)
{
    const double end = w->first_s + w->span_s;
    for (double hour = floor(w->first_s / HOUR_S); hour * HOUR_S < end; hour++) {
        const double a = fmax(hour * HOUR_S, w->first_s), b = fmin((hour + 1) * HOUR_S, end);
        const double calls = (double)f->hour[(size_t)fmod(hour, FIT_HOURS)];
        if (b - a >= LEAST_EXPOSURE_S)
            cJSON_AddItemToArray(points, pair((a + b) / 2 - w->first_s, calls / (b - a)));
    }
}

/* NAN where the order of the records does not allow it, or nothing was timed. */
static double dispersion(const struct writer *w, const struct fit_function *f)
{
    /* Minutes of the clock, also those that the data cover in part. */
    const int64_t first = fit_first_ns(w->fit) / NS_PER_MINUTE;
    const double minutes = (double)(fit_last_ns(w->fit) / NS_PER_MINUTE - first + 1);
    const double mean = (double)f->timed / minutes;
    if (f->timed == 0 || f->out_of_order > 0 || minutes < 2)
        return NAN;
    return (f->minutes_square / minutes - mean * mean) * minutes / (minutes - 1) / mean;
}

static cJSON *workload_json(const struct writer *w, const struct fit_function *f, const char *name,
                            double *ret_dispersion)
{
    static const char *const said[] = {
        [SHAPE_FLAT] = "Mean rate", [SHAPE_SPAN] = "Rate by hour of the span of the data",
        [SHAPE_DAY] = "Rate by hour of the day (UTC)",
        [SHAPE_WEEK] = "Rate by hour of the week (UTC, from Monday on)"};
    cJSON *const json = cJSON_CreateObject();
    char *const to = text_format("function:%s", name);
    const enum shape shape =
        w->shape != SHAPE_FLAT && hours_differ(w, f) ? w->shape : SHAPE_FLAT;
    cJSON_AddStringToObject(json, "to", to);
    free(to);
    cJSON *const arrivals = cJSON_AddObjectToObject(json, "arrivals");
    *ret_dispersion = dispersion(w, f);
    char *const bursts = isnan(*ret_dispersion)
                             ? text_format("Burstiness is not known: %s.",
                                           f->out_of_order > 0
                                               ? "the records are not in the order of time"
                                               : "the data are of one minute")
                             : text_format("Counts per minute have an index of dispersion of %.2f; "
                                           "Poisson's is 1%s.",
                                           *ret_dispersion,
                                           *ret_dispersion > 1.5 ? ", so there are bursts that "
                                                                   "this profile does not have"
                                                                 : "");
    put_comment(arrivals,
                text_format("%s, from %llu calls in %.6g s%s; assumed: Poisson around it. %s",
                            said[shape], (unsigned long long)f->timed, w->span_s,
                            shape == SHAPE_FLAT && w->shape != SHAPE_FLAT
                                ? "; hours do not differ more than by chance (chi-square, 1 %)"
                                : "",
                            bursts));
    free(bursts);
    cJSON_AddStringToObject(arrivals, "process", shape == SHAPE_FLAT ? "poisson" : "profile");
    if (shape == SHAPE_FLAT) {
        cJSON_AddNumberToObject(arrivals, "rate_per_s", rounded((double)f->timed / w->span_s));
        return json;
    }
    cJSON_AddStringToObject(arrivals, "period",
                            shape == SHAPE_WEEK  ? "week"
                            : shape == SHAPE_DAY ? "day"
                                                 : "none");
    cJSON *const points = cJSON_AddArrayToObject(arrivals, "points");
    if (shape == SHAPE_SPAN)
        put_span(w, f, points);
    else
        put_periodic(w, f, points);
    return json;
}

/* The era's size nearest above what was seen. */
static double put_memory(const struct writer *w, const struct fit_function *f, cJSON *json,
                         char **ret_comment)
{
    const double least = limits_or(w->options->limits, "lambda.memory.min", w->day, 128);
    const double most = limits_or(w->options->limits, "lambda.memory.max", w->day, 1024);
    const double step = limits_or(w->options->limits, "lambda.memory.step", w->day, 1);
    const double seen = f->memory_mb > 0 ? (double)f->memory_mb : 128;
    const double size = fmin(fmax(ceil(seen / step) * step, least), most);
    if (f->memory_mb <= 0)
        *ret_comment = text_format("memory_size is an assumption (128 MB): the data do not tell "
                                   "it.");
    else if (fabs(size - seen) > 0)
        *ret_comment = text_format("memory_size was %g MB, which Lambda did not have then: %g MB "
                                   "is assumed.",
                                   seen, size);
    else
        *ret_comment = text_format("memory_size is that of the latest record that tells it.");
    cJSON_AddNumberToObject(json, "memory_size", size);
    return size;
}

static void put_timeout(const struct writer *w, const struct fit_function *f, cJSON *json,
                        char **ret_comment)
{
    const double most = limits_or(w->options->limits, "lambda.timeout.max", w->day, 60);
    const bool seen = f->timeouts > 0 && f->longest_timeout_ms > 0;
    const double timeout =
        fmin(fmax(seen ? floor(f->longest_timeout_ms / 1000) : most, 1), most);
    cJSON_AddNumberToObject(json, "timeout", timeout);
    if (seen)
        *ret_comment = text_format("timeout is where %llu calls were ended; they are among the "
                                   "durations.", (unsigned long long)f->timeouts);
    else if (f->longest_ms > most * 1000)
        *ret_comment = text_format("timeout is Lambda's longest of the date; calls took up to "
                                   "%.4g s and will be ended.", f->longest_ms / 1000);
    else
        *ret_comment = text_format("timeout is an assumption: Lambda's longest of the date.");
}

static void put_errors(const struct fit_function *f, cJSON *json, char **ret_comment)
{
    if (f->with_status == 0) {
        *ret_comment = text_format("The data do not tell errors: none are assumed.");
        return;
    }
    cJSON_AddNumberToObject(json, "error_rate", rounded((double)f->errors / (double)f->calls));
    *ret_comment = text_format("error_rate: %llu of %llu calls; a log that marks failures only "
                               "counts the others as successes.",
                               (unsigned long long)f->errors, (unsigned long long)f->calls);
}

static void put_keep_alive(const struct writer *w, const struct fit_function *f, cJSON *json,
                           char **ret_comment, char **ret_short)
{
    struct fit_keep_alive keep;
    struct distribution curve = {0};
    if (f->gaps.warm.weight + f->gaps.cold.weight == 0 || f->out_of_order > 0) {
        *ret_comment = text_format("Keep-alive is the era's: %s.",
                                   f->out_of_order > 0
                                       ? "the records are not in the order of time"
                                       : "the data do not tell which calls after a pause "
                                         "were cold");
        *ret_short = text_format("era's");
        return;
    }
    fit_gaps_estimate(&f->gaps, w->steps + 3, &keep, &curve);
    char *const seen = text_format(
        "%llu pauses in which nothing ran ended warm (the longest %.4g s) and %llu cold (the "
        "shortest %.4g s)",
        (unsigned long long)keep.warm, keep.longest_warm_s, (unsigned long long)keep.cold,
        keep.shortest_cold_s);
    if (keep.cold < FIT_COLD_LEAST) {
        *ret_comment = text_format("Keep-alive is the era's: %s; an estimate needs %d cold ones.",
                                   seen, FIT_COLD_LEAST);
        *ret_short = keep.warm > 0 ? text_format("era's; warm up to %.4g s", keep.longest_warm_s)
                                   : text_format("era's");
    } else {
        cJSON *const d = distribution_json(&curve);
        put_comment(d, text_format("Isotonic regression of cold on the pause: %s. Nine in ten "
                                   "environments live at least %.4g s, one in ten at most longer "
                                   "than %.4g s; beyond the longest pause none is assumed to.",
                                   seen, keep.low_s, keep.high_s));
        cJSON_AddItemToObject(json, "keep_alive_s", d);
        *ret_comment = text_format("keep_alive_s is estimated.");
        *ret_short = text_format("%.4g to %.4g s", keep.low_s, keep.high_s);
    }
    free(seen);
    distribution_finish(&curve);
}

static void put_cold(const struct writer *w, const struct fit_function *f, cJSON *json,
                     char **ret_comment)
{
    if (f->init_ms.weight > 0) {
        put_samples(w, json, "init_duration_ms", &f->init_ms, false, " of Init Duration", NULL);
        *ret_comment = text_format("%llu of %llu calls were cold.", (unsigned long long)f->cold,
                                   (unsigned long long)f->calls);
    } else if (f->cold > 0 && f->cold_ms.weight > 0 && f->warm_ms.weight > 0) {
        put_samples(w, json, "cold_duration_ms", &f->cold_ms, f->timeouts > 0, " of cold calls",
                    NULL);
        *ret_comment = text_format("%llu of %llu calls were cold; their Init Duration is not in "
                                   "the data: the generic one is assumed.",
                                   (unsigned long long)f->cold, (unsigned long long)f->calls);
    } else {
        *ret_comment = text_format("Init Duration is not in the data: the generic one is assumed.");
    }
}

/* At least so many ran at once. Counts tell it by Little's law, in their busiest minute. */
static uint64_t most_at_once(const struct fit_function *f)
{
    const double durations = (double)(f->warm_ms.weight + f->cold_ms.weight);
    if (f->counted == 0 || durations <= 0)
        return f->most_at_once;
    const double mean_s = f->sum_ms / durations / 1000;
    const uint64_t by_law = (uint64_t)ceil((double)f->most_in_minute / 60 * mean_s);
    return by_law > f->most_at_once ? by_law : f->most_at_once;
}

static cJSON *function_json(const struct writer *w, struct fit_function *f, struct fit_row *row)
{
    cJSON *const json = cJSON_CreateObject();
    char *comment[5] = {NULL};
    row->memory_mb = put_memory(w, f, json, &comment[0]);
    put_timeout(w, f, json, &comment[1]);
    put_errors(f, json, &comment[2]);
    const struct fit_sketch *const duration = f->warm_ms.weight > 0 ? &f->warm_ms : &f->cold_ms;
    put_samples(w, json, "duration_ms", duration, f->timeouts > 0,
                duration == &f->cold_ms ? " of cold calls (there are no others)"
                : f->cold > 0           ? " of warm calls"
                : f->counted > 0        ? " (a record has one duration for all: how they spread "
                                          "in it is not known)"
                                        : "",
                &row->duration);
    put_cold(w, f, json, &comment[3]);
    put_keep_alive(w, f, json, &comment[4], &row->keep_alive);
    if (f->max_memory_mb.weight > 0) {
        /* 129 MB of 128 is no failure */
        f->max_memory_mb.most = fmin(f->max_memory_mb.most, row->memory_mb);
        f->max_memory_mb.least = fmin(f->max_memory_mb.least, row->memory_mb);
        put_samples(w, json, "max_memory_used_mb", &f->max_memory_mb, true, "", NULL);
    }
    put_comment(json,
                text_format("%llu calls, %s %llu at once. %s %s %s %s %s",
                            (unsigned long long)f->calls,
                            f->counted > 0                           ? "on average of the "
                                                                       "busiest minute"
                            : f->out_of_order > 0 || f->perhaps_more ? "perhaps more than"
                                                                     : "at most",
                            (unsigned long long)row->most_at_once, comment[0], comment[1], comment[2],
                            comment[3], comment[4]));
    for (size_t i = 0; i < sizeof comment / sizeof *comment; i++)
        free(comment[i]);
    return json;
}

/* Names that were given, by hash; how often each was wanted. */
struct names {
    char **name;
    unsigned *wanted;
    size_t slots; /* a power of two above what comes */
};

static size_t find_name(const struct names *names, const char *name)
{
    size_t at = (size_t)seen_requests_hash(name) & (names->slots - 1);
    while (names->name[at] != NULL && strcmp(names->name[at], name) != 0)
        at = (at + 1) & (names->slots - 1);
    return at;
}

/* A name that a scenario takes and that is not there yet; it belongs to `names`. */
static char *clean_name(struct names *names, const char *name)
{
    char clean[NAME_LENGTH + 1];
    size_t length = 0;
    for (; name[length] != '\0' && length < NAME_LENGTH; length++) {
        const char c = name[length];
        const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
        clean[length] = c;
        if (!fine)
            clean[length] = '_';
    }
    clean[length] = '\0';
    const size_t first = find_name(names, clean);
    char *result = mem_strdup(clean);
    size_t at = first;
    while (names->name[at] != NULL) {
        free(result);
        result = text_format("%.*s-%u", NAME_LENGTH - 8, clean, ++names->wanted[first] + 1);
        at = find_name(names, result);
    }
    return names->name[at] = result;
}

static void put_run(const struct writer *w, cJSON *json, uint64_t calls)
{
    cJSON *const run = cJSON_AddObjectToObject(json, "run");
    const double rate = (double)calls / w->span_s;
    double length = w->shape == SHAPE_WEEK  ? WEEK_S
                    : w->shape == SHAPE_DAY ? DAY_S
                                            : fmax(w->span_s, 60);
    if (rate * length > MOST_CALLS)
        length = fmax(60, MOST_CALLS / rate);
    put_comment(run, text_format("Assumed: %s, at most %.0f calls.",
                                 w->shape == SHAPE_WEEK  ? "a week"
                                 : w->shape == SHAPE_DAY ? "a day"
                                                         : "as long as the data",
                                 MOST_CALLS));
    cJSON_AddNumberToObject(run, "duration_s", ceil(length));
    cJSON_AddNumberToObject(run, "replications", 5);
    cJSON_AddNumberToObject(run, "seed", 1);
}

static void put_head(const struct writer *w, cJSON *json, const char *name)
{
    char day[16], first[16], last[16];
    const int64_t days[2] = {fit_first_ns(w->fit) / NS_PER_DAY, fit_last_ns(w->fit) / NS_PER_DAY};
    cJSON_AddStringToObject(json, "name", name);
    if (fit_relative(w->fit))
        put_comment(json, text_format("Fitted by lambdaplan to %llu calls in %.6g s; their times "
                                      "count from the beginning, which is taken for Monday, 00:00. "
                                      "as_of is as given.",
                                      (unsigned long long)fit_count(w->fit), w->span_s));
    else
        put_comment(json, text_format("Fitted by lambdaplan to %llu calls from %s to %s. as_of is "
                                      "%s.",
                                      (unsigned long long)fit_count(w->fit),
                                      date_format((int32_t)days[0], first),
                                      date_format((int32_t)days[1], last),
                                      w->options->has_as_of ? "as given"
                                                            : "the day of the last call"));
    cJSON_AddStringToObject(json, "region", w->options->region);
    cJSON_AddStringToObject(json, "as_of", date_format(w->day, day));
}

static bool is_left_out(const struct fit_function *f)
{
    return f->warm_ms.weight + f->cold_ms.weight == 0 || f->timed == 0;
}

/* Names and rows of all functions. */
static void begin_rows(struct writer *w, struct names *names, struct fit_row *ret_row)
{
    for (size_t i = 0; i < fit_functions(w->fit); i++) {
        const struct fit_function *const f = fit_function(w->fit, i);
        ret_row[i] = (struct fit_row){.name = f->name,
                                      .calls = f->calls,
                                      .rate_per_s = (double)f->timed / w->span_s,
                                      .dispersion = NAN,
                                      .cold_ratio = NAN,
                                      .error_ratio = NAN,
                                      .memory_mb = NAN,
                                      .most_at_once = most_at_once(f)};
        if (is_left_out(f)) {
            diagnostics_warning(w->diagnostics, NULL, 0,
                                "function %s: no call tells %s: it is left out", f->name,
                                f->timed == 0 ? "when it was" : "its duration");
            continue;
        }
        w->name[i] = clean_name(names, f->name);
        if (f->cold + f->warm > 0)
            ret_row[i].cold_ratio = (double)f->cold / (double)(f->cold + f->warm);
        if (f->with_status > 0)
            ret_row[i].error_ratio = (double)(f->errors + f->timeouts) / (double)f->calls;
    }
}

static char *printed(cJSON *json)
{
    char *const text = cJSON_Print(json);
    char *const copy = mem_strdup(text != NULL ? text : "");
    cJSON_free(text);
    cJSON_Delete(json);
    return copy;
}

/* One member of a section, a tab deeper with each brace around it. */
static void write_member(const struct writer *w, bool first, const char *name, const char *text)
{
    char *const key = text_format("%s\n\t\t\"%s\":\t", first ? "" : ",", name);
    w->write(w->context, key);
    free(key);
    char line[256];
    for (const char *s = text; *s != '\0';) {
        size_t length = strcspn(s, "\n");
        length += s[length] == '\n';
        length = length < sizeof line ? length : sizeof line - 1;
        snprintf(line, sizeof line, "%.*s", (int)length, s);
        w->write(w->context, line);
        s += length;
        if (s[-1] == '\n')
            w->write(w->context, "\t\t");
    }
}

/* A scenario of one function alone must be one, or we have made a mistake. */
static void check(const struct writer *w, const char *name, const char *workload,
                  const char *function)
{
    static const struct scenario_overrides none = {NULL, NULL, NULL};
    struct diagnostics found;
    char *const text =
        text_format("%s, \"workloads\": {\"%s\": %s}, \"functions\": {\"%s\": %s}}", w->head, name,
                    workload, name, function);
    diagnostics_init(&found);
    struct scenario *const scenario =
        scenario_parse(text, strlen(text), w->path,
                       &(struct scenario_data){.limits = w->options->limits}, &none, &found);
    for (size_t i = 0; i < found.count; i++)
        if (!found.item[i].warning)
            diagnostics_error(w->diagnostics, NULL, 0, "%s", found.item[i].text);
    diagnostics_finish(&found);
    scenario_destroy(scenario);
    free(text);
}

static void write_functions(const struct writer *w, struct fit_row *ret_row)
{
    bool first = true;
    w->write(w->context, ",\n\t\"functions\":\t{");
    for (size_t i = 0; i < fit_functions(w->fit) && w->diagnostics->errors == 0; i++) {
        struct fit_function *const f = fit_function(w->fit, i);
        if (w->name[i] == NULL)
            continue;
        char *const function = printed(function_json(w, f, &ret_row[i]));
        char *const workload = printed(workload_json(w, f, w->name[i], &ret_row[i].dispersion));
        fit_function_forget(f);
        check(w, w->name[i], workload, function);
        write_member(w, first, w->name[i], function);
        first = false;
        free(workload);
        free(function);
    }
    w->write(w->context, "\n\t}\n}\n");
    if (first && w->diagnostics->errors == 0)
        diagnostics_error(w->diagnostics, NULL, 0,
                          "no call tells both when it was and how long it took");
}

static void write_all(struct writer *w, const char *name, struct fit_row *ret_row)
{
    cJSON *const json = cJSON_CreateObject();
    bool first = true;
    double dispersion;
    put_head(w, json, name);
    put_run(w, json, fit_count(w->fit));
    w->head = printed(json);
    w->head[strlen(w->head) - strlen("\n}")] = '\0';
    w->write(w->context, w->head);
    w->write(w->context, ",\n\t\"workloads\":\t{");
    for (size_t i = 0; i < fit_functions(w->fit); i++) {
        if (w->name[i] == NULL)
            continue;
        char *const text =
            printed(workload_json(w, fit_function(w->fit, i), w->name[i], &dispersion));
        write_member(w, first, w->name[i], text);
        first = false;
        free(text);
    }
    w->write(w->context, "\n\t}");
    write_functions(w, ret_row);
    free(w->head);
}

/* The file's own name without ".json"; free() it. */
static char *scenario_name(const char *path)
{
    const char *const slash = strrchr(path, '/');
    char *const name = mem_strdup(slash != NULL ? slash + 1 : path);
    const size_t length = strlen(name);
    if (length > 5 && strcmp(name + length - 5, ".json") == 0)
        name[length - 5] = '\0';
    return name;
}

static enum shape shape_of(double span_s, bool many)
{
    return span_s >= 2 * WEEK_S && !many ? SHAPE_WEEK
           : span_s >= 2 * DAY_S         ? SHAPE_DAY
           : span_s >= 2 * HOUR_S        ? SHAPE_SPAN
                                         : SHAPE_FLAT;
}

int fit_scenario(struct fit *fit, const struct fit_options *options, const char *path,
                 struct fit_row *ret_row, fit_write *write, void *context,
                 struct diagnostics *diagnostics)
{
    const double first_s = (double)fit_first_ns(fit) / 1e9 + (fit_relative(fit) ? 0 : MONDAY_S);
    const bool many = fit_functions(fit) > MANY;
    struct names names = {.slots = 2};
    struct writer w = {
        .fit = fit,
        .options = options,
        .day = options->has_as_of ? options->as_of : (int32_t)(fit_last_ns(fit) / NS_PER_DAY),
        .first_s = fmod(fmod(first_s, WEEK_S) + WEEK_S, WEEK_S),
        .span_s = fit_span_s(fit),
        .shape = shape_of(fit_span_s(fit), many),
        .steps = many ? STEPS_OF_MANY : STEPS,
        .name = mem_alloc(fit_functions(fit), sizeof *w.name),
        .write = write,
        .context = context,
        .path = path,
        .diagnostics = diagnostics,
    };
    while (names.slots < 2 * fit_functions(fit))
        names.slots *= 2;
    names.name = mem_alloc(names.slots, sizeof *names.name);
    names.wanted = mem_alloc(names.slots, sizeof *names.wanted);
    begin_rows(&w, &names, ret_row);
    char *const name = scenario_name(path);
    write_all(&w, name, ret_row);
    free(name);
    for (size_t i = 0; i < fit_functions(fit); i++)
        free(w.name[i]);
    free(w.name);
    free(names.name);
    free(names.wanted);
    return diagnostics->errors > 0 ? -1 : 0;
}

void fit_row_finish(struct fit_row *row)
{
    free(row->duration);
    free(row->keep_alive);
}
