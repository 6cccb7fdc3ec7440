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
#include <stdint.h>

struct random_stream {
    uint64_t state[4];
    gsl_rng gsl; /* the same generator behind GSL's interface; moves the same state */
};

/* After this the stream must not be moved or copied: `gsl` points into it. */
void random_init(struct random_stream *stream, uint64_t seed, uint64_t replication,
                 const char *entity, const char *purpose);

static inline uint64_t random_rotate(uint64_t x, int k)
{
    return x << k | x >> (64 - k);
}

/* 64 uniform bits. */
static inline uint64_t random_bits(struct random_stream *stream)
{
    uint64_t *const s = stream->state;
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

/* Uniform in [0, 1), 53 bits. */
static inline double random_uniform(struct random_stream *stream)
{
    return (double)(random_bits(stream) >> 11) * 0x1p-53;
}

/* Uniform in (0, 1): safe for logarithms and quantiles. */
static inline double random_uniform_open(struct random_stream *stream)
{
    return ((double)(random_bits(stream) >> 12) + 0.5) * 0x1p-52;
}

double random_exponential(struct random_stream *stream);          /* mean 1 */
double random_normal(struct random_stream *stream);               /* mean 0, deviation 1 */
double random_gamma(struct random_stream *stream, double shape);  /* scale 1; shape > 0 */
uint64_t random_poisson(struct random_stream *stream, double mean); /* mean 0 .. 1e15 */
uint64_t random_binomial(struct random_stream *stream, uint64_t trials, double probability);

#endif
