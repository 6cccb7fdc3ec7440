/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/fit_family.h"

#include "core/memory.h"
#include "history/fit_minimum.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <stdlib.h>

#define SAME 0.001       /* spread of a constant, relative */
#define LEAST_VALUE 1e-3 /* logarithms: a duration of 0 counts as this */
#define LEAST_SIGMA 1e-3 /* of a component: else it falls upon one sample */
#define SHAPE_LOW 0.01   /* the scenario's own limits */
#define SHAPE_HIGH 1e6
#define EM_ROUNDS 200
#define THIN 1000     /* points on which beginnings of EM are compared */
#define EM_CLOSE 1e-7 /* relative gain at which it ends */

/* Points of rising value, their weights (which sum up to 1) and what they sum up to. */
struct sample {
    const double *log; /* of values of at least LEAST_VALUE */
    const double *weight;
    size_t count;
    double n; /* independent samples */
    double mean, mean_log, sd_log;
};

struct candidate {
    const char *name;
    double log_likelihood;
    int parameters;
    struct distribution distribution;
};

/* Log-likelihood of one lognormal value without the constant: its log, mu and sigma. */
static double log_normal_density(double log_x, double mu, double sigma)
{
    const double z = (log_x - mu) / sigma;
    return -0.5 * z * z - log(sigma) - log_x - 0.5 * log(2 * M_PI);
}

static void fit_lognormal(const struct sample *s, struct candidate *ret)
{
    *ret = (struct candidate){.name = "lognormal", .parameters = 2};
    ret->distribution.kind = DISTRIBUTION_LOGNORMAL;
    ret->distribution.a = s->mean_log;
    ret->distribution.b = s->sd_log;
    for (size_t i = 0; i < s->count; i++)
        ret->log_likelihood +=
            s->n * s->weight[i] * log_normal_density(s->log[i], s->mean_log, s->sd_log);
}

/* Negative log-likelihood of gamma with this log shape, at its best scale (mean / shape). */
static double gamma_loss(double log_shape, void *context)
{
    const struct sample *const s = context;
    const double k = exp(log_shape);
    return -s->n * ((k - 1) * s->mean_log - k - k * log(s->mean / k) - gsl_sf_lngamma(k));
}

/* log of the mean of x^k, without overflow */
static double log_mean_power(const struct sample *s, double k)
{
    const double top = k * s->log[s->count - 1];
    double sum = 0;
    for (size_t i = 0; i < s->count; i++)
        sum += s->weight[i] * exp(k * s->log[i] - top);
    return top + log(sum);
}

/* The same of Weibull: its best scale is the mean of x^k, to 1/k. */
static double weibull_loss(double log_shape, void *context)
{
    const struct sample *const s = context;
    const double k = exp(log_shape);
    return -s->n * (log(k) - log_mean_power(s, k) + (k - 1) * s->mean_log - 1);
}

static double best_shape(double (*loss)(double, void *), const struct sample *s, double *ret_loss)
{
    struct sample copy = *s;
    return exp(fit_minimum(loss, &copy, log(SHAPE_LOW), log(SHAPE_HIGH), ret_loss));
}

static void fit_gamma(const struct sample *s, struct candidate *ret)
{
    double loss;
    const double shape = best_shape(gamma_loss, s, &loss);
    *ret = (struct candidate){.name = "gamma", .log_likelihood = -loss, .parameters = 2};
    ret->distribution.kind = DISTRIBUTION_GAMMA;
    ret->distribution.a = shape;
    ret->distribution.b = s->mean / shape;
}

static void fit_weibull(const struct sample *s, struct candidate *ret)
{
    double loss;
    const double shape = best_shape(weibull_loss, s, &loss);
    *ret = (struct candidate){.name = "weibull", .log_likelihood = -loss, .parameters = 2};
    ret->distribution.kind = DISTRIBUTION_WEIBULL;
    ret->distribution.a = shape;
    ret->distribution.b = exp(log_mean_power(s, shape) / shape);
}

struct parts {
    double weight, mu[2], sigma[2]; /* weight of the first */
};

static double em_round(const struct sample *s, struct parts *p)
{
    double likelihood = 0, part[2] = {0}, sum[2] = {0}, square[2] = {0};
    const double least = 1 / s->n;
    /* log of each part's density, but for the square in the exponent and what both have */
    const double constant[2] = {log(p->weight) - log(p->sigma[0]),
                                log1p(-p->weight) - log(p->sigma[1])};
    const double of_both = 0.5 * log(2 * M_PI) + s->mean_log;
    for (size_t i = 0; i < s->count; i++) {
        const double x = s->log[i];
        const double z = (x - p->mu[0]) / p->sigma[0], y = (x - p->mu[1]) / p->sigma[1];
        const double a = constant[0] - 0.5 * z * z, b = constant[1] - 0.5 * y * y;
        const double odds = exp(-fabs(a - b)); /* of the less likely part */
        const double both = fmax(a, b) + log1p(odds);
        const double first = s->weight[i] * (a < b ? odds : 1) / (1 + odds);
        const double second = s->weight[i] - first;
        const double centred = x - s->mean_log;
        likelihood += s->weight[i] * both;
        part[0] += first;
        part[1] += second;
        sum[0] += first * centred;
        sum[1] += second * centred;
        square[0] += first * centred * centred;
        square[1] += second * centred * centred;
    }
    p->weight = fmin(fmax(part[0], least), 1 - least);
    for (int j = 0; j < 2; j++) {
        const double mean = part[j] > 0 ? sum[j] / part[j] : 0;
        const double variance = part[j] > 0 ? square[j] / part[j] - mean * mean : 0;
        p->mu[j] = s->mean_log + mean;
        p->sigma[j] = fmax(sqrt(fmax(variance, 0)), LEAST_SIGMA);
    }
    return s->n * (likelihood - of_both);
}

/* The samples below and above a split of the weight. */
static void split_at(const struct sample *s, double split, struct parts *ret)
{
    double part[2] = {0}, sum[2] = {0}, square[2] = {0};
    for (size_t i = 0; i < s->count; i++) {
        const int j = part[0] >= split;
        const double centred = s->log[i] - s->mean_log;
        part[j] += s->weight[i];
        sum[j] += s->weight[i] * centred;
        square[j] += s->weight[i] * centred * centred;
    }
    ret->weight = split;
    for (int j = 0; j < 2; j++) {
        const double mean = part[j] > 0 ? sum[j] / part[j] : 0;
        const double variance = part[j] > 0 ? square[j] / part[j] - mean * mean : 0;
        ret->mu[j] = s->mean_log + mean;
        ret->sigma[j] = fmax(sqrt(fmax(variance, 0)), LEAST_SIGMA);
    }
}

/* Every `stride` neighbours as one point. */
static struct sample thin_out(const struct sample *s, size_t stride, double *logs, double *weight)
{
    struct sample thin = *s;
    thin.log = logs;
    thin.weight = weight;
    thin.count = 0;
    for (size_t i = 0; i < s->count; i += stride) {
        double sum = 0, all = 0;
        for (size_t k = i; k < s->count && k < i + stride; k++) {
            sum += s->weight[k] * s->log[k];
            all += s->weight[k];
        }
        logs[thin.count] = sum / all;
        weight[thin.count++] = all;
    }
    return thin;
}

/* Goes on while it gains; the log-likelihood of what is returned. */
static double em(const struct sample *s, struct parts *ret)
{
    double last = -INFINITY;
    for (int i = 0; i < EM_ROUNDS; i++) {
        const struct parts before = *ret;
        const double likelihood = em_round(s, ret);
        if (likelihood - last < EM_CLOSE * fabs(likelihood)) {
            *ret = before; /* those that the likelihood is of */
            return likelihood;
        }
        last = likelihood;
    }
    struct parts again = *ret;
    return em_round(s, &again);
}

static void fit_mixture(const struct sample *s, struct candidate *ret)
{
    static const double split[] = {0.1, 0.3, 0.5, 0.7, 0.9};
    struct parts best = {0};
    double most = -INFINITY;
    double *const logs = mem_alloc(2 * THIN, sizeof *logs);
    const struct sample thin = thin_out(s, (s->count + THIN - 1) / THIN, logs, logs + THIN);
    *ret = (struct candidate){.name = "mixture", .parameters = 5};
    for (size_t i = 0; i < sizeof split / sizeof *split; i++) {
        struct parts parts;
        split_at(&thin, split[i], &parts);
        const double likelihood = em(&thin, &parts);
        if (likelihood <= most)
            continue;
        most = likelihood;
        best = parts;
    }
    free(logs);
    ret->log_likelihood = em(s, &best);
    const double weight[2] = {best.weight, 1 - best.weight};
    struct distribution component[2] = {{0}};
    for (int j = 0; j < 2; j++) {
        component[j].kind = DISTRIBUTION_LOGNORMAL;
        component[j].a = best.mu[j];
        component[j].b = best.sigma[j];
    }
    distribution_mixture(&ret->distribution, weight, component, 2);
}

static double cumulative(const struct distribution *d, double x)
{
    switch (d->kind) {
    case DISTRIBUTION_LOGNORMAL:
        return gsl_cdf_lognormal_P(x, d->a, d->b);
    case DISTRIBUTION_GAMMA:
        return gsl_cdf_gamma_P(x, d->a, d->b);
    case DISTRIBUTION_WEIBULL:
        return gsl_cdf_weibull_P(x, d->b, d->a);
    default:
        break;
    }
    double sum = 0, before = 0; /* a mixture: its weights are cumulative */
    for (size_t i = 0; i < d->count; i++) {
        sum += (d->weight[i] - before) * cumulative(&d->component[i], x);
        before = d->weight[i];
    }
    return sum / before;
}

/* At the edges of the points' cells, between which the samples' order is not known. */
static double kolmogorov(const struct fit_point *point, const struct sample *s,
                         const struct distribution *d)
{
    double most = 0, below = 0;
    for (size_t i = 0; i < s->count; i++) {
        most = fmax(most, fabs(cumulative(d, fmax(point[i].low, LEAST_VALUE)) - below));
        below += s->weight[i];
        most = fmax(most, fabs(cumulative(d, fmax(point[i].high, LEAST_VALUE)) - below));
    }
    return most;
}

/* The value below which this share of the weight lies: linear inside a cell, and from cell to
 * cell. */
struct quantile {
    const struct fit_point *point;
    const struct sample *s;
    size_t at;
    double below; /* weight of the points before */
};

/* By rising p. */
static double next_quantile(struct quantile *q, double p)
{
    while (q->at + 1 < q->s->count && q->below + q->s->weight[q->at] < p)
        q->below += q->s->weight[q->at++];
    const struct fit_point *const here = &q->point[q->at];
    const double inside = fmin(fmax((p - q->below) / q->s->weight[q->at], 0), 1);
    return here->low + inside * (here->high - here->low);
}

static void take_quantiles(const struct fit_point *point, const struct sample *s, unsigned steps,
                           struct distribution *ret)
{
    struct quantile q = {.point = point, .s = s};
    double *const probability = mem_alloc(2 * (steps + 3), sizeof *probability);
    double *const value = probability + steps + 3;
    for (unsigned i = 0; i < steps + 3; i++) {
        probability[i] = i < steps        ? (double)i / steps
                         : i == steps     ? 0.995
                         : i == steps + 1 ? 0.999
                                          : 1;
        value[i] = next_quantile(&q, probability[i]);
    }
    distribution_empirical(ret, probability, value, steps + 3);
    free(probability);
}

static double middle(const struct fit_point *point)
{
    return fmax((point->low + point->high) / 2, LEAST_VALUE);
}

/* `logs` and `weight` have room for all points. */
static struct sample sample_of(const struct fit_sketch *sketch, const struct fit_point *point,
                               double *logs, double *weight)
{
    struct sample s = {
        .log = logs, .weight = weight, .count = sketch->cells, .n = fit_sketch_samples(sketch)};
    for (size_t i = 0; i < s.count; i++) {
        logs[i] = log(middle(&point[i]));
        weight[i] = point[i].weight / (double)sketch->weight;
        s.mean += weight[i] * middle(&point[i]);
        s.mean_log += weight[i] * logs[i];
    }
    for (size_t i = 0; i < s.count; i++)
        s.sd_log += weight[i] * (logs[i] - s.mean_log) * (logs[i] - s.mean_log);
    s.sd_log = sqrt(s.sd_log);
    return s;
}

/* The family of least BIC into `ret`. */
static void compare_families(const struct sample *s, struct fit_choice *ret)
{
    static void (*const fits[])(const struct sample *, struct candidate *) = {
        fit_lognormal, fit_gamma, fit_weibull, fit_mixture};
    for (size_t i = 0; i < sizeof fits / sizeof *fits; i++) {
        struct candidate candidate;
        fits[i](s, &candidate);
        const double bic = candidate.parameters * log(s->n) - 2 * candidate.log_likelihood;
        if (isfinite(bic) && (ret->best == NULL || bic < ret->bic)) {
            distribution_finish(&ret->distribution);
            ret->distribution = candidate.distribution;
            ret->bic = bic;
            ret->best = candidate.name;
        } else {
            distribution_finish(&candidate.distribution);
        }
    }
}

void fit_family(const struct fit_sketch *sketch, bool no_family, unsigned steps,
                struct fit_choice *ret)
{
    *ret = (struct fit_choice){.bic = NAN, .distance = NAN};
    struct fit_point *const point = fit_sketch_points(sketch);
    double *const logs = mem_alloc(2 * sketch->cells, sizeof *logs);
    const struct sample s = sample_of(sketch, point, logs, logs + sketch->cells);
    struct quantile q = {.point = point, .s = &s};
    ret->median = next_quantile(&q, 0.5);
    const bool same = sketch->most - sketch->least <= SAME * (sketch->most + sketch->least) / 2;
    if (same)
        distribution_constant(&ret->distribution, ret->median);
    else if (!no_family && s.n >= FIT_LEAST)
        compare_families(&s, ret);
    if (ret->best != NULL)
        ret->distance = kolmogorov(point, &s, &ret->distribution);
    if (!same && (ret->best == NULL || !(ret->distance <= FIT_DISTANCE + 1.36 / sqrt(s.n)))) {
        distribution_finish(&ret->distribution);
        take_quantiles(point, &s, steps, &ret->distribution);
    }
    free(logs);
    free(point);
}

const char *fit_family_name(enum distribution_kind kind)
{
    switch (kind) {
    case DISTRIBUTION_CONSTANT:
        return "constant";
    case DISTRIBUTION_LOGNORMAL:
        return "lognormal";
    case DISTRIBUTION_GAMMA:
        return "gamma";
    case DISTRIBUTION_WEIBULL:
        return "weibull";
    case DISTRIBUTION_MIXTURE:
        return "mixture";
    default:
        return "empirical";
    }
}
