/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Named random streams and the variates that the event loop draws.
 *
 * A stream is xoshiro256++ (Blackman and Vigna 2019, doi:10.1145/3460772) seeded by hashing
 * (seed, replication, entity, purpose): it depends on names, never on the order in which streams
 * are made, so two designs that differ in one entity share the luck of all others (common random
 * numbers). Exponential and normal variates use 256-layer ziggurats (Marsaglia and Tsang 2000,
 * doi:10.18637/jss.v005.i08, with the full-width index of Doornik 2005); GSL is the oracle in
 * tests and serves rarer variates through `gsl`.
 */
#ifndef CORE_RANDOM_H
#define CORE_RANDOM_H

#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stdint.h>

struct random_stream {
    uint64_t state[4];
    gsl_rng gsl; /* the same generator behind GSL's interface; moves the same state */
};

/* After this the stream must not be moved or copied: `gsl` points into it. */
void random_init(struct random_stream *stream, uint64_t seed, uint64_t replication,
                 const char *entity, const char *purpose);

/* A bijection that makes likely keys random ones: the finaliser of splitmix64 (Steele, Lea and
 * Flood 2014, doi:10.1145/2660193.2660195). */
uint64_t random_mix(uint64_t x);

static inline uint64_t random_rotate(uint64_t x, int k)
{
    return x << k | x >> (64 - k);
}

/* One step of the generator on its bare state. */
static inline uint64_t random_step(uint64_t s[4])
{
    const uint64_t result = random_rotate(s[0] + s[3], 23) + s[0];
    const uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = random_rotate(s[3], 45);
    return result;
}

/* 64 uniform bits. */
static inline uint64_t random_bits(struct random_stream *stream)
{
    return random_step(stream->state);
}

/* Uniform in [0, 1), 53 bits. */
static inline double random_uniform(struct random_stream *stream)
{
    return (double)(int64_t)(random_bits(stream) >> 11) * 0x1p-53;
}

/* Uniform in (0, 1): safe for logarithms and quantiles. */
static inline double random_uniform_open(struct random_stream *stream)
{
    return ((double)(int64_t)(random_bits(stream) >> 12) + 0.5) * 0x1p-52;
}

/*
 * Tables of a ziggurat: layer i is x[i] wide; 53 random bits below inside[i] lie under the curve
 * whatever the height. Written once, before the first random_init returns; constant afterwards.
 */
#define RANDOM_LAYERS 256

struct random_ziggurat {
    struct {
        uint64_t inside; /* x[i + 1] / x[i] in units of 2^-53 */
        double width;    /* x[i] x 2^-53 */
    } layer[RANDOM_LAYERS];
    double height[RANDOM_LAYERS + 1]; /* the density at x[i], 1 at x = 0 */
};

extern struct random_ziggurat random_exponential_ziggurat;
extern struct random_ziggurat random_normal_ziggurat;

/* The other 1.2 % of draws: wedges and tails. `bits` is the draw that fell outside. */
double random_exponential_outside(struct random_stream *stream, uint64_t bits);
double random_normal_outside(struct random_stream *stream, uint64_t bits);

/* Mean 1. */
static inline double random_exponential(struct random_stream *stream)
{
    const uint64_t bits = random_bits(stream);
    const unsigned i = (unsigned)(bits % RANDOM_LAYERS);
    const uint64_t position = bits >> 11;
    if (__builtin_expect(position < random_exponential_ziggurat.layer[i].inside, true))
        return (double)(int64_t)position * random_exponential_ziggurat.layer[i].width;
    return random_exponential_outside(stream, bits);
}

/* Mean 0, deviation 1. */
static inline double random_normal(struct random_stream *stream)
{
    const uint64_t bits = random_bits(stream);
    const unsigned i = (unsigned)(bits % RANDOM_LAYERS);
    const int64_t position = (int64_t)(bits >> 11);
    const int64_t sign = -(int64_t)(bits >> 8 & 1); /* 0 or -1 */
    if (__builtin_expect((uint64_t)position < random_normal_ziggurat.layer[i].inside, true))
        return (double)((position ^ sign) - sign) * random_normal_ziggurat.layer[i].width;
    return random_normal_outside(stream, bits);
}

double random_gamma(struct random_stream *stream, double shape);    /* scale 1; shape > 0 */
uint64_t random_poisson(struct random_stream *stream, double mean); /* mean 0 .. 1e15 */
/* trials up to 1e15; a probability outside 0..1 counts as the nearer end. */
uint64_t random_binomial(struct random_stream *stream, uint64_t trials, double probability);

#endif
