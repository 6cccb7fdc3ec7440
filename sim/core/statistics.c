/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/statistics.h"

#include "core/memory.h"

#include <assert.h>
#include <float.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void histogram_init(struct histogram *histogram)
{
    *histogram = (struct histogram){.min = INT64_MAX, .max = INT64_MIN};
    histogram->bucket = mem_alloc(HISTOGRAM_BUCKETS, sizeof *histogram->bucket);
}

void histogram_finish(struct histogram *histogram)
{
    free(histogram->bucket);
    *histogram = (struct histogram){.min = INT64_MAX, .max = INT64_MIN};
}

/* The buckets that may have something: the others' memory is not even touched. */
static size_t first_bucket(const struct histogram *histogram)
{
    return histogram->count == 0 ? 0 : histogram_index((uint64_t)histogram->min);
}

static size_t end_bucket(const struct histogram *histogram)
{
    return histogram->count == 0 ? 0 : histogram_index((uint64_t)histogram->max) + 1;
}

void histogram_reset(struct histogram *histogram)
{
    const size_t first = first_bucket(histogram);
    memset(histogram->bucket + first, 0,
           (end_bucket(histogram) - first) * sizeof *histogram->bucket);
    histogram->count = 0;
    histogram->sum = 0;
    histogram->min = INT64_MAX;
    histogram->max = INT64_MIN;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
    into->count += from->count;
    into->sum += from->sum;
    into->min = from->min < into->min ? from->min : into->min;
    into->max = from->max > into->max ? from->max : into->max;
    const size_t end = end_bucket(from);
    for (size_t i = first_bucket(from); i < end; i++)
        into->bucket[i] += from->bucket[i];
}

double histogram_mean(const struct histogram *histogram)
{
    return histogram->count == 0 ? NAN : (double)histogram->sum / (double)histogram->count;
}

/* The inverse of histogram_index: the smallest and the largest integer of a bucket. */
static void bucket_range(unsigned index, double *ret_low, double *ret_high)
{
    *ret_low = *ret_high = index;
    if (index < 1u << (HISTOGRAM_SUB_BITS + 1))
        return;
    const unsigned shift = (index >> HISTOGRAM_SUB_BITS) - 1;
    const uint64_t mantissa = index - ((uint64_t)shift << HISTOGRAM_SUB_BITS);
    *ret_low = (double)(mantissa << shift);
    *ret_high = *ret_low + (double)((UINT64_C(1) << shift) - 1);
}

/* Where the p-quantile lies: its bucket's range. */
static void quantile_range(const struct histogram *histogram, double p, double *ret_low,
                           double *ret_high)
{
    *ret_low = *ret_high = p <= 0.0 ? (double)histogram->min : (double)histogram->max;
    if (p <= 0.0 || p >= 1.0)
        return;
    /* The smallest rank with at least p of the values; 0.07 x 100 must not become rank 8. */
    const uint64_t rank = (uint64_t)ceil(p * (double)histogram->count * (1.0 - 4.0 * DBL_EPSILON));
    uint64_t below = 0;
    const size_t end = end_bucket(histogram);
    for (size_t i = first_bucket(histogram); i < end; i++) {
        below += histogram->bucket[i];
        if (below >= rank) {
            bucket_range((unsigned)i, ret_low, ret_high);
            return;
        }
    }
}

static double clamp(double value, const struct histogram *histogram)
{
    return fmin(fmax(value, (double)histogram->min), (double)histogram->max);
}

double histogram_quantile(const struct histogram *histogram, double p)
{
    double low, high;
    if (histogram->count == 0 || isnan(p))
        return NAN;
    quantile_range(histogram, p, &low, &high);
    return clamp(low + (high - low) / 2.0, histogram);
}

double histogram_quantile_error(const struct histogram *histogram, double p)
{
    double low, high;
    if (histogram->count == 0 || isnan(p))
        return NAN;
    quantile_range(histogram, p, &low, &high);
    const double value = clamp(low + (high - low) / 2.0, histogram);
    return fmax(value - clamp(low, histogram), clamp(high, histogram) - value);
}

void histogram_add_spread(struct histogram *histogram, int64_t first, int64_t last, uint64_t n,
                          double *offset)
{
    enum { POINTS = 4 };
    if (n <= 1) {
        histogram_add_many(histogram, first, n);
        return;
    }
    const double gap = (double)(last - first) / (double)(n - 1);
    *offset += 0.6180339887498949;
    *offset -= *offset >= 1.0;
    for (uint64_t i = 0; i < POINTS; i++) { /* one value stands for its quarter */
        const uint64_t from = i * n / POINTS, times = (i + 1) * n / POINTS - from;
        const double at = (double)(from + (uint64_t)(*offset * (double)times));
        histogram_add_many(histogram, first + (int64_t)(gap * at), times);
    }
}

void time_average_reset(struct time_average *average, int64_t now_ns)
{
    average->max = average->level;
    average->since_ns = now_ns;
    average->start_ns = now_ns;
    average->integral = 0;
}

int64_t time_average_lap(struct time_average *average)
{
    const int64_t max = average->lap_max;
    average->lap_max = average->level;
    return max;
}

int128 time_average_integral(const struct time_average *average, int64_t now_ns)
{
    assert(now_ns >= average->since_ns);
    return average->integral + (int128)average->level * (now_ns - average->since_ns);
}

double time_average_mean(const struct time_average *average, int64_t now_ns)
{
    if (now_ns <= average->start_ns)
        return (double)average->level;
    return (double)time_average_integral(average, now_ns) / (double)(now_ns - average->start_ns);
}

struct estimate estimate_of(const double *value, size_t count)
{
    struct estimate ret = {.mean = NAN, .low = NAN, .high = NAN, .half_width = NAN};
    double sum = 0.0, least = INFINITY, most = -INFINITY;
    for (size_t i = 0; i < count; i++) {
        if (!isnan(value[i])) {
            sum += value[i];
            least = fmin(least, value[i]);
            most = fmax(most, value[i]);
            ret.count++;
        }
    }
    if (ret.count == 0)
        return ret;
    const double n = (double)ret.count;
    ret.mean = least == most ? least : sum / n; /* equal values have no spread by rounding */
    if (ret.count < 2)
        return ret;
    double squares = 0.0; /* second pass: no cancellation, however large the mean */
    for (size_t i = 0; i < count; i++) {
        if (!isnan(value[i])) {
            const double deviation = value[i] - ret.mean;
            squares += deviation * deviation;
        }
    }
    ret.half_width = gsl_cdf_tdist_Pinv(0.975, n - 1.0) * sqrt(squares / (n - 1.0) / n);
    ret.low = ret.mean - ret.half_width;
    ret.high = ret.mean + ret.half_width;
    return ret;
}

struct estimate estimate_within(const double *value, size_t count, double error, double most)
{
    struct estimate ret = estimate_of(value, count);
    double floor = 0.0, ceiling = most;
    for (size_t i = 0; i < count; i++) {
        floor = fmin(floor, value[i]);
        ceiling = fmax(ceiling, value[i]);
    }
    if (ret.count >= 2) {
        ret.half_width = fmax(ret.half_width, isinf(error) ? 0 : error);
        ret.low = fmax(ret.mean - ret.half_width, floor);
        ret.high = fmin(ret.mean + ret.half_width, ceiling);
    }
    if (ret.count > 0 && isinf(error)) {
        ret.high = INFINITY;
        ret.half_width = NAN;
    }
    return ret;
}
