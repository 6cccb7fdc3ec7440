/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/distribution.h"

#include "core/memory.h"

#include <assert.h>
#include <float.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void distribution_constant(struct distribution *ret, double value)
{
    *ret = (struct distribution){.kind = DISTRIBUTION_CONSTANT, .a = value};
}

static double *copy_numbers(const double *from, size_t count)
{
    double *const copy = mem_alloc(count, sizeof *copy);
    if (count > 0)
        memcpy(copy, from, count * sizeof *copy);
    return copy;
}

void distribution_empirical(struct distribution *ret, const double *probability,
                            const double *value, size_t count)
{
    assert(value != NULL || count == 0);
    *ret = (struct distribution){.kind = DISTRIBUTION_EMPIRICAL, .count = count};
    ret->value = copy_numbers(value, count);
    if (probability != NULL) {
        ret->weight = copy_numbers(probability, count);
        return;
    }
    ret->weight = mem_alloc(count, sizeof *ret->weight);
    for (size_t i = 0; i < count; i++)
        ret->weight[i] = count > 1 ? (double)i / (double)(count - 1) : 1.0;
}

void distribution_mixture(struct distribution *ret, const double *weight,
                          const struct distribution *component, size_t count)
{
    assert((weight != NULL && component != NULL) || count == 0);
    *ret = (struct distribution){.kind = DISTRIBUTION_MIXTURE, .count = count};
    ret->weight = mem_alloc(count, sizeof *ret->weight);
    ret->component = mem_alloc(count, sizeof *ret->component);
    double total = 0.0;
    for (size_t i = 0; i < count; i++) {
        ret->component[i] = component[i];
        total += weight[i];
        ret->weight[i] = total;
    }
    if (total > 0.0 && isfinite(total)) { /* else it stays as it is, for distribution_check */
        for (size_t i = 0; i < count; i++)
            ret->weight[i] /= total;
    }
}

void distribution_copy(struct distribution *ret, const struct distribution *from)
{
    *ret = *from;
    if (from->weight != NULL)
        ret->weight = copy_numbers(from->weight, from->count);
    if (from->value != NULL)
        ret->value = copy_numbers(from->value, from->count);
    if (from->component != NULL) {
        ret->component = mem_alloc(from->count, sizeof *ret->component);
        for (size_t i = 0; i < from->count; i++)
            distribution_copy(&ret->component[i], &from->component[i]);
    }
}

void distribution_finish(struct distribution *distribution)
{
    if (distribution == NULL)
        return;
    if (distribution->component != NULL) {
        for (size_t i = 0; i < distribution->count; i++)
            distribution_finish(&distribution->component[i]);
    }
    free(distribution->component);
    free(distribution->weight);
    free(distribution->value);
    *distribution = (struct distribution){.kind = DISTRIBUTION_CONSTANT};
}

static const char *check_empirical(const struct distribution *d)
{
    if (d->count == 0 || d->weight == NULL || d->value == NULL)
        return "there must be at least one point";
    for (size_t i = 0; i < d->count; i++) {
        if (!(d->weight[i] >= 0.0 && d->weight[i] <= 1.0))
            return "every probability must be between 0 and 1";
        if (!isfinite(d->value[i]))
            return "every value must be a finite number";
        if (d->value[i] < 0.0)
            return "every value must be at least 0";
        if (i > 0 && d->weight[i] < d->weight[i - 1])
            return "probabilities must not fall from one point to the next";
        if (i > 0 && d->value[i] < d->value[i - 1])
            return "values must not fall from one point to the next";
    }
    return NULL;
}

static const char *check_mixture(const struct distribution *d)
{
    if (d->count == 0 || d->weight == NULL || d->component == NULL)
        return "there must be at least one component";
    double before = 0.0;
    for (size_t i = 0; i < d->count; i++) {
        if (!isfinite(d->weight[i]))
            return "every weight must be a finite number";
        if (d->weight[i] < before)
            return "every weight must be at least 0";
        before = d->weight[i];
    }
    if (!(before > 0.0))
        return "at least one weight must be above 0";
    for (size_t i = 0; i < d->count; i++) {
        const char *const wrong = distribution_check(&d->component[i]);
        if (wrong != NULL)
            return wrong;
    }
    return NULL;
}

/* Shapes beyond these bounds are typing errors. */
#define SHAPE_MIN 1e-3
#define SHAPE_MAX 1e9

static const char *check_shape(double shape)
{
    if (!(shape >= SHAPE_MIN && shape <= SHAPE_MAX))
        return "shape must be between 0.001 and 1000000000";
    return NULL;
}

const char *distribution_check(const struct distribution *d)
{
    if (!isfinite(d->a) || !isfinite(d->b) || !isfinite(d->shift))
        return "every parameter must be a finite number";
    if (d->shift < 0.0)
        return "shift must be at least 0";
    switch (d->kind) {
    case DISTRIBUTION_CONSTANT:
        return d->a < 0.0 ? "value must be at least 0" : NULL;
    case DISTRIBUTION_UNIFORM:
        return d->a < 0.0    ? "min must be at least 0"
               : d->b < d->a ? "max must be at least min"
                             : NULL;
    case DISTRIBUTION_EXPONENTIAL:
        return d->a > 0.0 ? NULL : "mean must be above 0";
    case DISTRIBUTION_NORMAL: /* with a mean below 0 the redrawing might go on for ever */
        return d->a < 0.0   ? "mean must be at least 0"
               : d->b < 0.0 ? "standard deviation must be at least 0"
                            : NULL;
    case DISTRIBUTION_LOGNORMAL:
        return d->b < 0.0 ? "sigma must be at least 0" : NULL;
    case DISTRIBUTION_GAMMA:
    case DISTRIBUTION_WEIBULL:
        return d->b > 0.0 ? check_shape(d->a) : "scale must be above 0";
    case DISTRIBUTION_PARETO:
        return !(d->a > 0.0)   ? "min must be above 0"
               : !(d->b > 0.0) ? "alpha must be above 0"
                               : NULL;
    case DISTRIBUTION_EMPIRICAL:
        return check_empirical(d);
    case DISTRIBUTION_MIXTURE:
        return check_mixture(d);
    }
    return "the kind of distribution is not known";
}

void distribution_scale(struct distribution *d, double factor)
{
    assert(factor > 0.0);
    d->shift *= factor;
    switch (d->kind) {
    case DISTRIBUTION_UNIFORM:
    case DISTRIBUTION_NORMAL:
        d->a *= factor;
        d->b *= factor;
        break;
    case DISTRIBUTION_CONSTANT:
    case DISTRIBUTION_EXPONENTIAL:
    case DISTRIBUTION_PARETO:
        d->a *= factor;
        break;
    case DISTRIBUTION_LOGNORMAL:
        d->a += log(factor);
        break;
    case DISTRIBUTION_GAMMA:
    case DISTRIBUTION_WEIBULL:
        d->b *= factor;
        break;
    case DISTRIBUTION_EMPIRICAL:
        for (size_t i = 0; i < d->count; i++)
            d->value[i] *= factor;
        break;
    case DISTRIBUTION_MIXTURE:
        for (size_t i = 0; i < d->count; i++)
            distribution_scale(&d->component[i], factor);
        break;
    }
}

/* The first index whose number is above x; count when there is none. */
static size_t first_above(const double *number, size_t count, double x)
{
    size_t low = 0, high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (number[middle] > x)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* y(x) on the polyline (from[i], to[i]), from[0] <= x < from[count - 1]; constant beyond. */
static double interpolate(const double *from, const double *to, size_t count, double x)
{
    const size_t i = first_above(from, count, x);
    if (i == 0)
        return to[0];
    if (i == count)
        return to[count - 1];
    const double part = (x - from[i - 1]) / (from[i] - from[i - 1]);
    return to[i - 1] + part * (to[i] - to[i - 1]);
}

static double sample_normal(const struct distribution *d, struct random_stream *stream)
{
    for (;;) {
        const double x = d->a + d->b * random_normal(stream);
        if (x >= 0.0)
            return x;
    }
}

static double sample_unshifted(const struct distribution *d, struct random_stream *stream)
{
    switch (d->kind) {
    case DISTRIBUTION_CONSTANT:
        return d->a;
    case DISTRIBUTION_UNIFORM:
        return d->a + (d->b - d->a) * random_uniform(stream);
    case DISTRIBUTION_EXPONENTIAL:
        return d->a * random_exponential(stream);
    case DISTRIBUTION_NORMAL:
        return sample_normal(d, stream);
    case DISTRIBUTION_LOGNORMAL:
        return exp(d->a + d->b * random_normal(stream));
    case DISTRIBUTION_GAMMA:
        return d->b * random_gamma(stream, d->a);
    case DISTRIBUTION_WEIBULL:
        return d->b * pow(random_exponential(stream), 1.0 / d->a);
    case DISTRIBUTION_PARETO:
        return d->a * exp(random_exponential(stream) / d->b);
    case DISTRIBUTION_EMPIRICAL:
        return interpolate(d->weight, d->value, d->count, random_uniform(stream));
    case DISTRIBUTION_MIXTURE: {
        const size_t i = first_above(d->weight, d->count, random_uniform(stream));
        return distribution_sample(&d->component[i < d->count ? i : d->count - 1], stream);
    }
    }
    return 0.0;
}

double distribution_sample(const struct distribution *distribution, struct random_stream *stream)
{
    const double x = distribution->shift + sample_unshifted(distribution, stream);
    return x < DBL_MAX ? x : DBL_MAX;
}

static double mixture_weight(const struct distribution *d, size_t i)
{
    return i == 0 ? d->weight[0] : d->weight[i] - d->weight[i - 1];
}

static double mean_empirical(const struct distribution *d)
{
    const size_t last = d->count - 1;
    double mean = d->weight[0] * d->value[0] + (1.0 - d->weight[last]) * d->value[last];
    for (size_t i = 1; i < d->count; i++)
        mean += (d->weight[i] - d->weight[i - 1]) * 0.5 * (d->value[i] + d->value[i - 1]);
    return mean;
}

static double mean_mixture(const struct distribution *d)
{
    double mean = 0.0;
    for (size_t i = 0; i < d->count; i++) {
        const double weight = mixture_weight(d, i);
        if (weight > 0.0)
            mean += weight * distribution_mean(&d->component[i]);
    }
    return mean;
}

/* Of a normal that is redrawn until it is at least 0. */
static double mean_normal(const struct distribution *d)
{
    if (d->b == 0.0)
        return d->a;
    const double z = d->a / d->b;
    return d->a + d->b * gsl_ran_ugaussian_pdf(z) / gsl_cdf_ugaussian_P(z);
}

double distribution_mean(const struct distribution *d)
{
    switch (d->kind) {
    case DISTRIBUTION_CONSTANT:
    case DISTRIBUTION_EXPONENTIAL:
        return d->shift + d->a;
    case DISTRIBUTION_UNIFORM:
        return d->shift + d->a + 0.5 * (d->b - d->a);
    case DISTRIBUTION_NORMAL:
        return d->shift + mean_normal(d);
    case DISTRIBUTION_LOGNORMAL:
        return d->shift + exp(d->a + 0.5 * d->b * d->b);
    case DISTRIBUTION_GAMMA:
        return d->shift + d->a * d->b;
    case DISTRIBUTION_WEIBULL:
        return d->shift + d->b * tgamma(1.0 + 1.0 / d->a);
    case DISTRIBUTION_PARETO:
        return d->b > 1.0 ? d->shift + d->a * d->b / (d->b - 1.0) : INFINITY;
    case DISTRIBUTION_EMPIRICAL:
        return d->shift + mean_empirical(d);
    case DISTRIBUTION_MIXTURE:
        return d->shift + mean_mixture(d);
    }
    return NAN;
}

/* GSL's incomplete gamma function gives up at large shapes ("error in large x asymptotic", by
 * default an abort); there the cube root is normal (Wilson and Hilferty 1931) to within 1e-6. */
#define GAMMA_SHAPE_GSL 1e4

/* P(X <= x) at scale 1. */
static double gamma_cumulative(double x, double shape)
{
    if (!(x > 0.0))
        return 0.0;
    if (x > shape + 100.0 * sqrt(shape) + 1000.0)
        return 1.0;
    if (shape <= GAMMA_SHAPE_GSL)
        return gsl_cdf_gamma_P(x, shape, 1.0);
    const double ninth = 1.0 / (9.0 * shape);
    return gsl_cdf_ugaussian_P((cbrt(x / shape) - 1.0 + ninth) / sqrt(ninth));
}

/* gsl_cdf_gamma_Pinv does not converge at small shapes either. */
static double gamma_quantile(double p, double shape)
{
    double low = 0.0, high = shape + 100.0 * sqrt(shape) + 1000.0;
    for (int i = 0; i < 200; i++) {
        const double middle = 0.5 * (low + high);
        if (middle <= low || middle >= high)
            break;
        if (gamma_cumulative(middle, shape) >= p)
            high = middle;
        else
            low = middle;
    }
    return high;
}

/* P(value <= x). */
static double cumulative(const struct distribution *d, double value)
{
    const double x = value - d->shift;
    switch (d->kind) {
    case DISTRIBUTION_CONSTANT:
        return x >= d->a ? 1.0 : 0.0;
    case DISTRIBUTION_UNIFORM:
        return x >= d->b ? 1.0 : x < d->a ? 0.0 : (x - d->a) / (d->b - d->a);
    case DISTRIBUTION_EXPONENTIAL:
        return gsl_cdf_exponential_P(x, d->a);
    case DISTRIBUTION_NORMAL:
        if (x < 0.0 || d->b == 0.0)
            return x >= d->a && x >= 0.0 ? 1.0 : 0.0;
        return 1.0 - gsl_cdf_ugaussian_Q((x - d->a) / d->b) / gsl_cdf_ugaussian_P(d->a / d->b);
    case DISTRIBUTION_LOGNORMAL:
        if (x <= 0.0 || d->b == 0.0)
            return x > 0.0 && x >= exp(d->a) ? 1.0 : 0.0;
        return gsl_cdf_lognormal_P(x, d->a, d->b);
    case DISTRIBUTION_GAMMA:
        return gamma_cumulative(x / d->b, d->a);
    case DISTRIBUTION_WEIBULL:
        return x <= 0.0 ? 0.0 : gsl_cdf_weibull_P(x, d->b, d->a);
    case DISTRIBUTION_PARETO:
        return x <= d->a ? 0.0 : gsl_cdf_pareto_P(x, d->b, d->a);
    case DISTRIBUTION_EMPIRICAL:
        return x < d->value[0]               ? 0.0
               : x >= d->value[d->count - 1] ? 1.0
                                             : interpolate(d->value, d->weight, d->count, x);
    case DISTRIBUTION_MIXTURE: {
        double sum = 0.0;
        for (size_t i = 0; i < d->count; i++)
            sum += mixture_weight(d, i) * cumulative(&d->component[i], x);
        return sum;
    }
    }
    return NAN;
}

/* The quantile of a mixture lies between those of its components. */
static double quantile_mixture(const struct distribution *d, double p)
{
    double low = INFINITY, high = 0.0;
    const double shift = d->shift; /* distribution_quantile adds it */
    for (size_t i = 0; i < d->count; i++) {
        if (mixture_weight(d, i) > 0.0) {
            const double q = distribution_quantile(&d->component[i], p);
            low = fmin(low, q);
            high = fmax(high, q);
        }
    }
    if (!(low < high))
        return high;
    for (int i = 0; i < 200; i++) {
        const double middle = low + 0.5 * (high - low);
        if (middle <= low || middle >= high)
            break;
        if (cumulative(d, shift + middle) >= p)
            high = middle;
        else
            low = middle;
    }
    return high;
}

static double quantile_normal(const struct distribution *d, double p)
{
    if (d->b == 0.0)
        return d->a;
    const double kept = gsl_cdf_ugaussian_P(d->a / d->b);
    return fmax(0.0, d->a + d->b * gsl_cdf_ugaussian_Qinv((1.0 - p) * kept));
}

double distribution_quantile(const struct distribution *d, double p)
{
    assert(p > 0.0 && p < 1.0);
    switch (d->kind) {
    case DISTRIBUTION_CONSTANT:
        return d->shift + d->a;
    case DISTRIBUTION_UNIFORM:
        return d->shift + d->a + p * (d->b - d->a);
    case DISTRIBUTION_EXPONENTIAL:
        return d->shift + gsl_cdf_exponential_Pinv(p, d->a);
    case DISTRIBUTION_NORMAL:
        return d->shift + quantile_normal(d, p);
    case DISTRIBUTION_LOGNORMAL:
        return d->shift + exp(d->a + d->b * gsl_cdf_ugaussian_Pinv(p));
    case DISTRIBUTION_GAMMA:
        return d->shift + d->b * gamma_quantile(p, d->a);
    case DISTRIBUTION_WEIBULL:
        return d->shift + gsl_cdf_weibull_Pinv(p, d->b, d->a);
    case DISTRIBUTION_PARETO:
        return d->shift + gsl_cdf_pareto_Pinv(p, d->b, d->a);
    case DISTRIBUTION_EMPIRICAL:
        return d->shift + interpolate(d->weight, d->value, d->count, p);
    case DISTRIBUTION_MIXTURE:
        return d->shift + quantile_mixture(d, p);
    }
    return NAN;
}
