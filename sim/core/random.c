/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/random.h"

#include <gsl/gsl_randist.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

/* Where the bottom layer ends for 256 layers of equal area (Marsaglia and Tsang 2000). */
#define EXPONENTIAL_TAIL 7.69711747013104972
#define NORMAL_TAIL 3.6541528853610087963519472518

/* GSL's binomial counts in 32 bits: larger ones are split until they fit. */
#define GSL_TRIALS_MAX 1000000000

/* From here on GSL's Poisson splits the mean by a gamma variate; with ours that takes half the
 * time (tests/bench/bench_core.c). */
#define GSL_POISSON_MAX 10.0

struct random_ziggurat random_exponential_ziggurat;
struct random_ziggurat random_normal_ziggurat;
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

static double exponential_density(double x)
{
    return exp(-x);
}

static double exponential_inverse(double y)
{
    return -log(y);
}

static double normal_density(double x)
{
    return exp(-0.5 * x * x);
}

static double normal_inverse(double y)
{
    return sqrt(-2.0 * log(y));
}

/* `area` is that of each layer; the bottom one holds the tail beyond `tail` as well. */
static void build(struct random_ziggurat *ziggurat, double tail, double area,
                  double (*density)(double), double (*inverse)(double))
{
    double x[RANDOM_LAYERS + 1];
    x[0] = area / density(tail);
    x[1] = tail;
    for (int i = 1; i < RANDOM_LAYERS - 1; i++)
        x[i + 1] = inverse(density(x[i]) + area / x[i]);
    x[RANDOM_LAYERS] = 0.0;
    for (int i = 0; i < RANDOM_LAYERS; i++) {
        ziggurat->layer[i].inside = (uint64_t)(x[i + 1] / x[i] * 0x1p53);
        ziggurat->layer[i].width = x[i] * 0x1p-53;
        ziggurat->height[i] = density(x[i]);
    }
    ziggurat->height[RANDOM_LAYERS] = 1.0;
}

static void build_tables(void)
{
    const double r = NORMAL_TAIL;
    build(&random_exponential_ziggurat, EXPONENTIAL_TAIL,
          (EXPONENTIAL_TAIL + 1.0) * exp(-EXPONENTIAL_TAIL), exponential_density,
          exponential_inverse);
    build(&random_normal_ziggurat, r,
          r * normal_density(r) + sqrt(2.0 * atan(1.0)) * erfc(r * sqrt(0.5)), normal_density,
          normal_inverse);
}

double random_exponential_outside(struct random_stream *stream, uint64_t bits)
{
    const struct random_ziggurat *const z = &random_exponential_ziggurat;
    double offset = 0.0;
    for (;;) {
        const unsigned i = (unsigned)(bits % RANDOM_LAYERS);
        const uint64_t position = bits >> 11;
        const double x = (double)(int64_t)position * z->layer[i].width;
        if (position < z->layer[i].inside)
            return offset + x;
        if (i == 0) { /* beyond the tail the law starts again */
            offset += EXPONENTIAL_TAIL;
        } else {
            const double y =
                z->height[i] + random_uniform(stream) * (z->height[i + 1] - z->height[i]);
            if (y < exponential_density(x))
                return offset + x;
        }
        bits = random_bits(stream);
    }
}

/* The normal tail beyond r by Marsaglia's method (1964): rejection from an exponential. */
static double normal_tail(struct random_stream *stream)
{
    for (;;) {
        const double x = random_exponential(stream) / NORMAL_TAIL;
        const double y = random_exponential(stream);
        if (2.0 * y > x * x)
            return NORMAL_TAIL + x;
    }
}

double random_normal_outside(struct random_stream *stream, uint64_t bits)
{
    const struct random_ziggurat *const z = &random_normal_ziggurat;
    for (;;) {
        const unsigned i = (unsigned)(bits % RANDOM_LAYERS);
        const uint64_t position = bits >> 11;
        const double sign = bits >> 8 & 1 ? -1.0 : 1.0;
        const double x = (double)(int64_t)position * z->layer[i].width;
        if (position < z->layer[i].inside)
            return sign * x;
        if (i == 0)
            return sign * normal_tail(stream);
        const double y = z->height[i] + random_uniform(stream) * (z->height[i + 1] - z->height[i]);
        if (y < normal_density(x))
            return sign * x;
        bits = random_bits(stream);
    }
}

uint64_t random_mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static uint64_t splitmix(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    return random_mix(*state);
}

static uint64_t absorb(uint64_t hash, uint64_t word)
{
    return random_mix((hash + UINT64_C(0x9e3779b97f4a7c15)) ^
                      random_mix(word + UINT64_C(0x9e3779b97f4a7c15)));
}

/* FNV-1a; the length goes in as well, so that ("ab", "c") and ("a", "bc") are different names. */
static uint64_t absorb_text(uint64_t hash, const char *text)
{
    uint64_t fnv = UINT64_C(0xcbf29ce484222325);
    const size_t length = strlen(text);
    for (size_t i = 0; i < length; i++)
        fnv = (fnv ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
    return absorb(absorb(hash, fnv), length);
}

static void seed_state(uint64_t state[4], uint64_t seed)
{
    for (int i = 0; i < 4; i++)
        state[i] = splitmix(&seed); /* four different inputs of a bijection: never all zero */
}

static void gsl_seed(void *state, unsigned long seed)
{
    seed_state(state, seed);
}

static unsigned long gsl_bits(void *state)
{
    return (unsigned long)(random_step(state) >> (64 - CHAR_BIT * sizeof(unsigned long)));
}

static double gsl_uniform(void *state)
{
    return (double)(int64_t)(random_step(state) >> 11) * 0x1p-53;
}

static const gsl_rng_type generator_type = {
    .name = "xoshiro256++",
    .max = ULONG_MAX,
    .min = 0,
    .size = 4 * sizeof(uint64_t),
    .set = gsl_seed,
    .get = gsl_bits,
    .get_double = gsl_uniform,
};

void random_init(struct random_stream *stream, uint64_t seed, uint64_t replication,
                 const char *entity, const char *purpose)
{
    pthread_once(&tables_once, build_tables);
    const uint64_t numbers = absorb(absorb(0, seed), replication);
    seed_state(stream->state, absorb_text(absorb_text(numbers, entity), purpose));
    stream->gsl.type = &generator_type;
    stream->gsl.state = stream->state;
}

/* Marsaglia and Tsang 2000, doi:10.1145/358407.358414. */
double random_gamma(struct random_stream *stream, double shape)
{
    if (shape < 1.0) {
        const double log_u = -random_exponential(stream); /* of a uniform u: u^(1/shape) boosts */
        return random_gamma(stream, shape + 1.0) * exp(log_u / shape);
    }
    const double d = shape - 1.0 / 3.0;
    const double c = 1.0 / sqrt(9.0 * d);
    for (;;) {
        const double x = random_normal(stream);
        const double root = 1.0 + c * x;
        if (root <= 0.0)
            continue;
        const double v = root * root * root;
        const double square = x * x;
        const double u = random_uniform_open(stream);
        if (u < 1.0 - 0.0331 * square * square || log(u) < 0.5 * square + d * (1.0 - v + log(v)))
            return d * v;
    }
}

/* Large counts fall to an order statistic that halves them (Ahrens and Dieter 1974,
 * doi:10.1007/BF02293108): exact, one beta variate a halving. */
uint64_t random_binomial(struct random_stream *stream, uint64_t trials, double probability)
{
    uint64_t successes = 0;
    while (trials > GSL_TRIALS_MAX && probability > 0.0 && probability < 1.0) {
        const uint64_t rank = trials / 2 + 1;
        const double below = random_gamma(stream, (double)rank);
        const double above = random_gamma(stream, (double)(trials + 1 - rank));
        const double x = below / (below + above); /* the rank-th smallest of `trials` uniforms */
        if (x <= probability) {
            successes += rank;
            trials -= rank;
            probability = (probability - x) / (1.0 - x);
        } else {
            trials = rank - 1;
            probability /= x;
        }
    }
    if (!(probability > 0.0))
        return successes;
    if (probability >= 1.0)
        return successes + trials;
    return successes + gsl_ran_binomial(&stream->gsl, probability, (unsigned)trials);
}

/* The time of the m-th arrival splits an interval of length `mean` (Ahrens and Dieter 1974). */
uint64_t random_poisson(struct random_stream *stream, double mean)
{
    uint64_t count = 0;
    while (mean > GSL_POISSON_MAX) {
        const uint64_t m = (uint64_t)(mean * 0.875);
        const double x = random_gamma(stream, (double)m);
        if (x >= mean)
            return count + random_binomial(stream, m - 1, mean / x);
        count += m;
        mean -= x;
    }
    return mean > 0.0 ? count + gsl_ran_poisson(&stream->gsl, mean) : count;
}
