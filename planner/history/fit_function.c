/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a function does, of a fitted scenario: its durations, memory, errors and cold starts, each
 * with where it comes from. */
#include "history/fit_writer.h"

#include "aws/cpu.h"
#include "history/fit_family.h"
#include "history/fit_keep_alive.h"
#include "support/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define CPU_DIFFERS 0.1 /* of speed at two sizes, to tell what it changes */
#define CPU_SLACK 0.2   /* beyond 0 and 1: chance */

double fit_rounded(double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.6g", value);
    return strtod(text, NULL);
}

void fit_put_comment(cJSON *object, char *text)
{
    cJSON_AddStringToObject(object, "comment", text);
    free(text);
}

cJSON *fit_pair(double a, double b)
{
    const double both[2] = {fit_rounded(a), fit_rounded(b)};
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
        cJSON_AddNumberToObject(json, "value", fit_rounded(d->a));
        break;
    case DISTRIBUTION_LOGNORMAL:
        cJSON_AddNumberToObject(json, "median", fit_rounded(exp(d->a)));
        cJSON_AddNumberToObject(json, "sigma", fit_rounded(d->b));
        break;
    case DISTRIBUTION_GAMMA:
    case DISTRIBUTION_WEIBULL:
        cJSON_AddNumberToObject(json, "shape", fit_rounded(d->a));
        cJSON_AddNumberToObject(json, "scale", fit_rounded(d->b));
        break;
    case DISTRIBUTION_MIXTURE:
        list = cJSON_AddArrayToObject(json, "components");
        for (size_t i = 0; i < d->count; i++) {
            cJSON *const part = cJSON_CreateObject();
            cJSON_AddNumberToObject(part, "weight", fit_rounded(d->weight[i] - before));
            cJSON_AddItemToObject(part, "value", distribution_json(&d->component[i]));
            cJSON_AddItemToArray(list, part);
            before = d->weight[i];
        }
        break;
    default:
        list = cJSON_AddArrayToObject(json, "quantiles");
        for (size_t i = 0; i < d->count; i++) {
            const bool inside = i > 0 && i + 1 < d->count;
            const bool flat =
                inside && d->value[i] <= d->value[i - 1] && d->value[i + 1] <= d->value[i];
            if (!flat) /* of points of one value the first and the last say all */
                cJSON_AddItemToArray(list, fit_pair(d->weight[i], d->value[i]));
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

void fit_put_samples(const struct fit_writer *w, cJSON *object, const char *key,
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
    fit_put_comment(json, text_format("Estimated from %s%s: %s.", samples, what, judged));
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

/* The era's size nearest above what was seen. */
static double era_size(const struct fit_writer *w, double seen)
{
    const double least = limits_at(w->options->limits, "lambda.memory.min", w->day);
    const double most = limits_at(w->options->limits, "lambda.memory.max", w->day);
    const double step = limits_at(w->options->limits, "lambda.memory.step", w->day);
    return fmin(fmax(ceil(seen / step) * step, least), most);
}

static double put_memory(const struct fit_writer *w, const struct fit_function *f, cJSON *json,
                         char **ret_comment)
{
    const double seen = f->memory_mb > 0 ? (double)f->memory_mb : 128;
    const double size = era_size(w, seen);
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

/* The size with the most warm calls beside the one that is measured; NULL: none has enough. */
static const struct fit_size *second_size(const struct fit_function *f)
{
    const struct fit_size *most = NULL;
    for (size_t i = 0; i < f->sizes; i++)
        if (&f->size[i] != f->measured && f->size[i].warm_ms.weight >= FIT_CPU_LEAST &&
            (most == NULL || f->size[i].warm_ms.weight > most->warm_ms.weight))
            most = &f->size[i];
    return f->measured->warm_ms.weight >= FIT_CPU_LEAST ? most : NULL;
}

/* What makes mean durations at two sizes differ as they do, if CPU does (aws/cpu.h, one thread);
 * NAN where it does not: both sizes have the same, or something else changed as well. */
static double estimate_cpu(const struct fit_writer *w, const struct fit_size *at,
                           const struct fit_size *other)
{
    const struct limits *const limits = w->options->limits;
    const struct cpu_config cpu = {.mb_per_vcpu =
                                       limits_at(limits, "lambda.cpu.mb_per_vcpu", w->day),
                                   .max_vcpu = limits_at(limits, "lambda.cpu.max_vcpu", w->day),
                                   .threads = 1};
    const double scaled =
        cpu_speed(&cpu, (double)at->memory_mb) / cpu_speed(&cpu, (double)other->memory_mb);
    const double seen = other->warm_sum_ms / (double)other->warm_ms.weight /
                        (at->warm_sum_ms / (double)at->warm_ms.weight);
    if (!(fabs(scaled - 1) >= CPU_DIFFERS))
        return NAN;
    const double fraction = (seen - 1) / (scaled - 1);
    return fraction >= -CPU_SLACK && fraction <= 1 + CPU_SLACK ? fmin(fmax(fraction, 0), 1) : NAN;
}

/* Where the durations were measured, and what of them more memory makes shorter. */
static void put_reference(const struct fit_writer *w, const struct fit_function *f, cJSON *json,
                          char **ret_comment)
{
    const struct fit_size *const at = f->measured, *const other = second_size(f);
    char number[2][TEXT_NUMBER_SIZE];
    if (at->memory_mb <= 0) {
        *ret_comment = text_format("Where durations were measured the data do not tell: they stay "
                                   "the same at any memory_size until you give "
                                   "reference_memory_size.");
        return;
    }
    const double fraction = other != NULL ? estimate_cpu(w, at, other) : NAN;
    cJSON_AddNumberToObject(json, "reference_memory_size", era_size(w, (double)at->memory_mb));
    cJSON_AddNumberToObject(json, "cpu_fraction", isnan(fraction) ? 1 : fit_rounded(fraction));
    if (isnan(fraction))
        *ret_comment =
            text_format("reference_memory_size is where durations were measured; "
                        "cpu_fraction is an assumption (all of a duration scales with "
                        "CPU, which memory buys): %s.",
                        other == NULL ? "calls at one memory size do not tell it"
                                      : "the durations at the sizes in the data do not differ as "
                                        "CPU would make them");
    else
        *ret_comment = text_format(
            "reference_memory_size is where durations were measured; cpu_fraction is estimated "
            "from the means of %s warm calls there and %s at %lld MB: whatever else changed "
            "between them is in it.",
            text_number((double)at->warm_ms.weight, 0, number[0]),
            text_number((double)other->warm_ms.weight, 0, number[1]), (long long)other->memory_mb);
}

static void put_timeout(const struct fit_writer *w, const struct fit_function *f, cJSON *json,
                        char **ret_comment)
{
    const double most = limits_at(w->options->limits, "lambda.timeout.max", w->day);
    const bool seen = f->timeouts > 0 && f->longest_timeout_ms > 0;
    const double timeout = fmin(fmax(seen ? floor(f->longest_timeout_ms / 1000) : most, 1), most);
    cJSON_AddNumberToObject(json, "timeout", timeout);
    if (seen)
        *ret_comment = text_format("timeout is where %llu calls were ended; they are among the "
                                   "durations.",
                                   (unsigned long long)f->timeouts);
    else if (f->longest_ms > most * 1000)
        *ret_comment = text_format("timeout is Lambda's longest of the date; calls took up to "
                                   "%.4g s and will be ended.",
                                   f->longest_ms / 1000);
    else
        *ret_comment = text_format("timeout is an assumption: Lambda's longest of the date.");
}

static void put_errors(const struct fit_function *f, cJSON *json, char **ret_comment)
{
    if (f->with_status == 0) {
        *ret_comment = text_format("The data do not tell errors: none are assumed.");
        return;
    }
    cJSON_AddNumberToObject(json, "error_rate", fit_rounded((double)f->errors / (double)f->calls));
    *ret_comment = text_format("error_rate: %llu of %llu calls; a log that marks failures only "
                               "counts the others as successes.",
                               (unsigned long long)f->errors, (unsigned long long)f->calls);
}

/* Nine in ten and one in ten, as far as pauses tell. */
static char *tell_lives(const struct fit_keep_alive *keep)
{
    char low[100] = "More than one in ten environments are gone after the shortest pauses";
    char high[100] = "more than one in ten live on after the longest";
    if (!isnan(keep->low_s))
        snprintf(low, sizeof low, "Nine in ten environments live at least %.4g s", keep->low_s);
    if (!isnan(keep->high_s))
        snprintf(high, sizeof high, "one in ten at most longer than %.4g s", keep->high_s);
    return text_format("%s, %s", low, high);
}

static char *shorten_lives(const struct fit_keep_alive *keep)
{
    if (isnan(keep->low_s) && isnan(keep->high_s))
        return text_format("gradual");
    if (isnan(keep->low_s))
        return text_format("up to %.4g s", keep->high_s);
    if (isnan(keep->high_s))
        return text_format("%.4g s and more", keep->low_s);
    return text_format("%.4g to %.4g s", keep->low_s, keep->high_s);
}

static void put_keep_alive(const struct fit_writer *w, const struct fit_function *f, cJSON *json,
                           char **ret_comment, char **ret_short)
{
    struct fit_keep_alive keep;
    struct distribution curve = {0};
    if (f->gaps.warm.weight + f->gaps.cold.weight == 0 || f->out_of_order > 0) {
        *ret_comment =
            text_format("Keep-alive is the era's: %s.",
                        f->out_of_order > 0 ? "the records are not in the order of time"
                                            : "the data do not tell which calls after a pause "
                                              "were cold");
        *ret_short = text_format("era's");
        return;
    }
    fit_gaps_estimate(&f->gaps, w->steps + 3, &keep, &curve);
    char longest[40] = "", shortest[40] = ""; /* of none, nothing */
    if (keep.warm > 0)
        snprintf(longest, sizeof longest, " (the longest %.4g s)", keep.longest_warm_s);
    if (keep.cold > 0)
        snprintf(shortest, sizeof shortest, " (the shortest %.4g s)", keep.shortest_cold_s);
    char *const seen = text_format("%llu pauses in which nothing ran ended warm%s and %llu cold%s",
                                   (unsigned long long)keep.warm, longest,
                                   (unsigned long long)keep.cold, shortest);
    if (keep.warm == 0) {
        *ret_comment = text_format("Keep-alive is the era's: %s; where none was warm nothing tells "
                                   "how long environments live.",
                                   seen);
        *ret_short = text_format("era's");
    } else if (keep.cold < FIT_COLD_LEAST) {
        *ret_comment = text_format("Keep-alive is the era's: %s; an estimate needs %d cold ones.",
                                   seen, FIT_COLD_LEAST);
        *ret_short = keep.warm > 0 ? text_format("era's; warm up to %.4g s", keep.longest_warm_s)
                                   : text_format("era's");
    } else {
        cJSON *const d = distribution_json(&curve);
        char *const lives = tell_lives(&keep);
        fit_put_comment(d, text_format("Isotonic regression of cold on the pause: %s. %s; beyond "
                                       "the longest pause none is assumed to live.",
                                       seen, lives));
        free(lives);
        cJSON_AddItemToObject(json, "keep_alive_s", d);
        *ret_comment = text_format("keep_alive_s is estimated.");
        *ret_short = shorten_lives(&keep);
    }
    free(seen);
    distribution_finish(&curve);
}

static void put_cold(const struct fit_writer *w, const struct fit_function *f, cJSON *json,
                     char **ret_comment)
{
    if (f->measured->init_ms.weight > 0) {
        fit_put_samples(w, json, "init_duration_ms", &f->measured->init_ms, false,
                        " of Init Duration", NULL);
        *ret_comment = text_format("%llu of %llu calls were cold.", (unsigned long long)f->cold,
                                   (unsigned long long)f->calls);
    } else if (f->cold > 0 && f->measured->cold_ms.weight > 0 && f->measured->warm_ms.weight > 0) {
        fit_put_samples(w, json, "cold_duration_ms", &f->measured->cold_ms, f->timeouts > 0,
                        " of cold calls", NULL);
        *ret_comment = text_format("%llu of %llu calls were cold; their Init Duration is not in "
                                   "the data: the generic one is assumed.",
                                   (unsigned long long)f->cold, (unsigned long long)f->calls);
    } else {
        *ret_comment = text_format("Init Duration is not in the data: the generic one is assumed.");
    }
}

uint64_t fit_most_at_once(const struct fit_function *f)
{
    const double durations = (double)f->measured->calls;
    if (f->counted == 0 || durations <= 0)
        return f->most_at_once;
    const double mean_s = f->measured->sum_ms / durations / 1000;
    const uint64_t by_law = (uint64_t)ceil(f->counts.most_in_minute / 60 * mean_s);
    return by_law > f->most_at_once ? by_law : f->most_at_once;
}

cJSON *fit_function_json(const struct fit_writer *w, const struct fit_function *f,
                         struct fit_row *row)
{
    cJSON *const json = cJSON_CreateObject();
    char *comment[6] = {NULL};
    row->memory_mb = put_memory(w, f, json, &comment[0]);
    put_reference(w, f, json, &comment[5]);
    put_timeout(w, f, json, &comment[1]);
    put_errors(f, json, &comment[2]);
    const struct fit_sketch *const duration =
        f->measured->warm_ms.weight > 0 ? &f->measured->warm_ms : &f->measured->cold_ms;
    fit_put_samples(w, json, "duration_ms", duration, f->timeouts > 0,
                    duration == &f->measured->cold_ms ? " of cold calls (there are no others)"
                    : f->cold > 0                     ? " of warm calls"
                    : f->counted > 0 ? " (a record has one duration for all: how they spread "
                                       "in it is not known)"
                                     : "",
                    &row->duration);
    put_cold(w, f, json, &comment[3]);
    put_keep_alive(w, f, json, &comment[4], &row->keep_alive);
    if (f->measured->max_memory_mb.weight > 0) { /* 129 MB of 128 is no failure */
        const struct fit_sketch used =
            fit_sketch_within(&f->measured->max_memory_mb, row->memory_mb);
        fit_put_samples(w, json, "max_memory_used_mb", &used, true, "", NULL);
    }
    fit_put_comment(json, text_format("%llu calls, %s %llu at once. %s %s %s %s %s %s",
                                      (unsigned long long)f->calls,
                                      f->counted > 0 ? "on average of the "
                                                       "busiest minute"
                                      : f->out_of_order > 0 || f->perhaps_more ? "perhaps more than"
                                                                               : "at most",
                                      (unsigned long long)row->most_at_once, comment[0], comment[5],
                                      comment[1], comment[2], comment[3], comment[4]));
    for (size_t i = 0; i < sizeof comment / sizeof *comment; i++)
        free(comment[i]);
    return json;
}
