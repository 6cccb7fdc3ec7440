/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "studies/fit_family.h"

#include "core/memory.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_min.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <stdlib.h>

#define SAME 0.001        /* spread of a constant, relative */
#define LEAST_VALUE 1e-3  /* logarithms: a duration of 0 counts as this */
#define LEAST_SIGMA 1e-3  /* of a component: else it falls upon one sample */
#define SHAPE_LOW 0.01    /* the scenario's own limits */
#define SHAPE_HIGH 1e6
#define GRID 80           /* places where a minimum is looked for first */
#define EM_ROUNDS 200
#define THIN 1000         /* samples on which beginnings of EM are compared */
#define EM_CLOSE 1e-7     /* relative gain at which it ends */
#define QUANTILES 100     /* steps of a table */

/* Logarithms of the sorted samples and what they sum up to. */
struct sample {
    const double *value; /* at least LEAST_VALUE */
    const double *log;
    size_t count;
    double mean, mean_log, sd_log;
};

struct candidate {
    const char *name;
    double log_likelihood;
    int parameters;
    struct distribution distribution;
};

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

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
        ret->log_likelihood += log_normal_density(s->log[i], s->mean_log, s->sd_log);
}

/* Negative log-likelihood of gamma with this log shape, at its best scale (mean / shape). */
static double gamma_loss(double log_shape, void *context)
{
    const struct sample *const s = context;
    const double k = exp(log_shape), n = (double)s->count;
    return -n * ((k - 1) * s->mean_log - k - k * log(s->mean / k) - gsl_sf_lngamma(k));
}

/* log of the mean of x^k, without overflow */
static double log_mean_power(const struct sample *s, double k)
{
    const double top = k * s->log[s->count - 1];
    double sum = 0;
    for (size_t i = 0; i < s->count; i++)
        sum += exp(k * s->log[i] - top);
    return top + log(sum / (double)s->count);
}

/* The same of Weibull: its best scale is the mean of x^k, to 1/k. */
static double weibull_loss(double log_shape, void *context)
{
    const struct sample *const s = context;
    const double k = exp(log_shape), n = (double)s->count;
    return -n * (log(k) - log_mean_power(s, k) + (k - 1) * s->mean_log - 1);
}

/* The shape of least loss: the best place of a grid, refined between its neighbours by Brent's
 * method. */
static double best_shape(double (*loss)(double, void *), const struct sample *s, double *ret_loss)
{
    struct sample copy = *s;
    gsl_function function = {loss, &copy};
    const double low = log(SHAPE_LOW), step = (log(SHAPE_HIGH) - low) / GRID;
    int best = 0;
    double least = INFINITY, at;
    for (int i = 0; i <= GRID; i++) {
        const double here = loss(low + i * step, &copy);
        if (here < least) {
            least = here;
            best = i;
        }
    }
    at = low + best * step;
    gsl_min_fminimizer *const minimizer =
        best > 0 && best < GRID ? gsl_min_fminimizer_alloc(gsl_min_fminimizer_brent) : NULL;
    gsl_error_handler_t *const handler = gsl_set_error_handler_off();
    if (minimizer != NULL &&
        gsl_min_fminimizer_set(minimizer, &function, at, at - step, at + step) == GSL_SUCCESS) {
        for (int i = 0; i < 100; i++) {
            const double a = gsl_min_fminimizer_x_lower(minimizer);
            const double b = gsl_min_fminimizer_x_upper(minimizer);
            if (b - a < 1e-8 || gsl_min_fminimizer_iterate(minimizer) != GSL_SUCCESS)
                break;
        }
        at = gsl_min_fminimizer_x_minimum(minimizer);
    }
    gsl_set_error_handler(handler);
    if (minimizer != NULL)
        gsl_min_fminimizer_free(minimizer);
    *ret_loss = loss(at, &copy);
    return exp(at);
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
    double likelihood = 0, n[2] = {0}, sum[2] = {0}, square[2] = {0};
    for (size_t i = 0; i < s->count; i++) {
        const double x = s->log[i];
        const double a = log(p->weight) + log_normal_density(x, p->mu[0], p->sigma[0]);
        const double b = log1p(-p->weight) + log_normal_density(x, p->mu[1], p->sigma[1]);
        const double top = fmax(a, b), both = top + log(exp(a - top) + exp(b - top));
        const double share = exp(a - both), centred = x - s->mean_log;
        likelihood += both;
        n[0] += share;
        n[1] += 1 - share;
        sum[0] += share * centred;
        sum[1] += (1 - share) * centred;
        square[0] += share * centred * centred;
        square[1] += (1 - share) * centred * centred;
    }
    const double all = (double)s->count;
    p->weight = fmin(fmax(n[0] / all, 1 / all), 1 - 1 / all);
    for (int j = 0; j < 2; j++) {
        const double mean = n[j] > 0 ? sum[j] / n[j] : 0;
        const double variance = n[j] > 0 ? square[j] / n[j] - mean * mean : 0;
        p->mu[j] = s->mean_log + mean;
        p->sigma[j] = fmax(sqrt(fmax(variance, 0)), LEAST_SIGMA);
    }
    return likelihood;
}

/* The samples below and above a split. */
static void split_at(const struct sample *s, double split, struct parts *ret)
{
    const size_t first = (size_t)(split * (double)s->count);
    for (int j = 0; j < 2; j++) {
        const size_t from = j == 0 ? 0 : first, to = j == 0 ? first : s->count;
        double sum = 0, square = 0;
        for (size_t i = from; i < to; i++) {
            sum += s->log[i] - s->mean_log;
            square += (s->log[i] - s->mean_log) * (s->log[i] - s->mean_log);
        }
        const double mean = sum / (double)(to - from);
        ret->mu[j] = s->mean_log + mean;
        ret->sigma[j] =
            fmax(sqrt(fmax(square / (double)(to - from) - mean * mean, 0)), LEAST_SIGMA);
    }
    ret->weight = split;
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
    const size_t stride = (s->count + THIN - 1) / THIN;
    struct parts best = {0};
    double most = -INFINITY;
    /* Where to begin is tried on every so many of the sorted samples. */
    double *const thin_log = mem_alloc(THIN, sizeof *thin_log);
    struct sample thin = *s;
    thin.log = thin_log;
    thin.count = 0;
    for (size_t i = stride / 2; i < s->count; i += stride)
        thin_log[thin.count++] = s->log[i];
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
    free(thin_log);
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

static double kolmogorov(const struct sample *s, const struct distribution *d)
{
    double most = 0;
    const double n = (double)s->count;
    for (size_t i = 0; i < s->count;) {
        size_t end = i + 1;
        while (end < s->count && s->value[end] <= s->value[i])
            end++;
        const double p = cumulative(d, s->value[i]);
        most = fmax(most, fmax(fabs(p - (double)i / n), fabs((double)end / n - p)));
        i = end;
    }
    return most;
}

static void take_quantiles(const double *sample, size_t count, struct distribution *ret)
{
    double probability[QUANTILES + 3], value[QUANTILES + 3];
    size_t points = 0;
    for (int i = 0; i <= QUANTILES + 2; i++) {
        const double p = i < QUANTILES        ? (double)i / QUANTILES
                         : i == QUANTILES     ? 0.995
                         : i == QUANTILES + 1 ? 0.999
                                              : 1;
        const double place = p * (double)(count - 1);
        const size_t below = (size_t)place;
        const size_t above = below + 1 < count ? below + 1 : below;
        probability[points] = p;
        value[points++] = sample[below] + (place - (double)below) * (sample[above] - sample[below]);
    }
    distribution_empirical(ret, probability, value, points);
}

static struct sample sample_of(const double *sorted, size_t count, double *value, double *logs)
{
    struct sample s = {value, logs, count, 0, 0, 0};
    for (size_t i = 0; i < count; i++) {
        value[i] = fmax(sorted[i], LEAST_VALUE);
        logs[i] = log(value[i]);
        s.mean += value[i];
        s.mean_log += logs[i];
    }
    s.mean /= (double)count;
    s.mean_log /= (double)count;
    for (size_t i = 0; i < count; i++)
        s.sd_log += (logs[i] - s.mean_log) * (logs[i] - s.mean_log);
    s.sd_log = sqrt(s.sd_log / (double)count);
    return s;
}

void fit_family(double *sample, size_t count, bool no_family, struct fit_choice *ret)
{
    static void (*const fits[])(const struct sample *, struct candidate *) = {
        fit_lognormal, fit_gamma, fit_weibull, fit_mixture};
    *ret = (struct fit_choice){.samples = count, .bic = NAN, .distance = NAN};
    qsort(sample, count, sizeof *sample, by_value);
    if (sample[count - 1] - sample[0] <= SAME * (sample[count - 1] + sample[0]) / 2) {
        distribution_constant(&ret->distribution, sample[count / 2]);
        return;
    }
    if (no_family || count < FIT_LEAST) {
        take_quantiles(sample, count, &ret->distribution);
        return;
    }
    double *const value = mem_alloc(count, sizeof *value);
    double *const logs = mem_alloc(count, sizeof *logs);
    const struct sample s = sample_of(sample, count, value, logs);
    for (size_t i = 0; i < sizeof fits / sizeof *fits; i++) {
        struct candidate candidate;
        fits[i](&s, &candidate);
        const double bic =
            candidate.parameters * log((double)count) - 2 * candidate.log_likelihood;
        if (isfinite(bic) && (ret->best == NULL || bic < ret->bic)) {
            distribution_finish(&ret->distribution);
            ret->distribution = candidate.distribution;
            ret->bic = bic;
            ret->best = candidate.name;
        } else {
            distribution_finish(&candidate.distribution);
        }
    }
    if (ret->best != NULL)
        ret->distance = kolmogorov(&s, &ret->distribution);
    if (ret->best == NULL || !(ret->distance <= FIT_DISTANCE + 1.36 / sqrt((double)count))) {
        distribution_finish(&ret->distribution);
        take_quantiles(sample, count, &ret->distribution);
    }
    free(value);
    free(logs);
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
