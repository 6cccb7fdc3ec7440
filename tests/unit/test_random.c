/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/random.h"
#include "harness.h"
#include "kolmogorov.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>

#define SAMPLES 200000

/* The reference generator's output from the state 1, 2, 3, 4. */
START_TEST(generator_is_xoshiro256plusplus)
{
    static const uint64_t expected[] = {
        UINT64_C(41943041),
        UINT64_C(58720359),
        UINT64_C(3588806011781223),
        UINT64_C(3591011842654386),
        UINT64_C(9228616714210784205),
        UINT64_C(9973669472204895162),
        UINT64_C(14011001112246962877),
        UINT64_C(12406186145184390807),
        UINT64_C(15849039046786891736),
        UINT64_C(10450023813501588000),
    };
    uint64_t state[4] = {1, 2, 3, 4};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        ck_assert_uint_eq(random_step(state), expected[i]);
}
END_TEST

static bool same_stream(uint64_t seed, uint64_t replication, const char *entity,
                        const char *purpose)
{
    struct random_stream reference, other;
    random_init(&reference, 1, 0, "function:ingest", "arrivals");
    random_init(&other, seed, replication, entity, purpose);
    int equal = 0;
    for (int i = 0; i < 100; i++)
        equal += random_bits(&reference) == random_bits(&other);
    ck_assert(equal == 0 || equal == 100);
    return equal == 100;
}

START_TEST(streams_depend_on_names_only)
{
    char entity[] = "function:ingest", purpose[] = "arrivals"; /* the text, not the address */
    ck_assert(same_stream(1, 0, entity, purpose));
    ck_assert(!same_stream(2, 0, entity, purpose));
    ck_assert(!same_stream(1, 1, entity, purpose));
    ck_assert(!same_stream(0, 1, entity, purpose));
    ck_assert(!same_stream(1, 0, "function:ingesta", "rrivals"));
    ck_assert(!same_stream(1, 0, "function:inges", "tarrivals"));
    ck_assert(!same_stream(1, 0, "arrivals", "function:ingest"));
    ck_assert(!same_stream(1, 0, "function:ingest", ""));
    ck_assert(!same_stream(1, 0, "", "arrivals"));
    ck_assert(!same_stream(1, 0, "", "function:ingestarrivals"));
}
END_TEST

/* Half of the bits differ between streams whose names are neighbours. */
START_TEST(neighbours_are_unrelated)
{
    int bits = 0;
    for (uint64_t i = 0; i < 1000; i++) {
        struct random_stream a, b;
        char name[32], next[32];
        snprintf(name, sizeof name, "shard:s/%d", (int)i);
        snprintf(next, sizeof next, "shard:s/%d", (int)i + 1);
        random_init(&a, 1, 0, name, "keys");
        random_init(&b, 1, 0, next, "keys");
        bits += __builtin_popcountll(random_bits(&a) ^ random_bits(&b));
        random_init(&b, 1, 1, name, "keys");
        bits += __builtin_popcountll(a.state[1] ^ b.state[1]);
    }
    ck_assert_int_ge(bits, 64000 - 4 * 179); /* 128,000 fair coins: deviation 179 */
    ck_assert_int_le(bits, 64000 + 4 * 179);
}
END_TEST

static void *first_exponential(void *ret)
{
    struct random_stream stream;
    random_init(&stream, 9, 0, "thread", "first");
    *(double *)ret = random_exponential(&stream);
    return NULL;
}

START_TEST(tables_are_ready_in_every_thread)
{
    pthread_t thread[4];
    double value[4];
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&thread[i], NULL, first_exponential, &value[i]), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
    ck_assert_double_gt(value[0], 0.0);
    for (int i = 1; i < 4; i++)
        ck_assert_double_eq(value[i], value[0]);
}
END_TEST

START_TEST(gsl_draws_from_the_same_state)
{
    struct random_stream a, b;
    random_init(&a, 1, 2, "x", "y");
    random_init(&b, 1, 2, "x", "y");
    ck_assert_str_eq(gsl_rng_name(&a.gsl), "xoshiro256++");
    for (int i = 0; i < 100; i++) {
        ck_assert_uint_eq(gsl_rng_get(&a.gsl), random_bits(&b));
        ck_assert_double_eq(gsl_rng_uniform(&a.gsl), random_uniform(&b));
    }
    ck_assert_mem_eq(a.state, b.state, sizeof a.state);
    gsl_rng *const clone = gsl_rng_clone(&a.gsl);
    ck_assert_uint_eq(gsl_rng_get(clone), random_bits(&a));
    gsl_rng_free(clone);
    gsl_rng_set(&a.gsl, 5);
    gsl_rng_set(&b.gsl, 5);
    ck_assert_uint_eq(random_bits(&a), random_bits(&b));
    unsigned count[10] = {0};
    for (int i = 0; i < 100000; i++)
        count[gsl_rng_uniform_int(&a.gsl, 10)]++;
    double chi = 0.0;
    for (int i = 0; i < 10; i++)
        chi += (count[i] - 10000.0) * (count[i] - 10000.0) / 10000.0;
    ck_assert_double_lt(chi, gsl_cdf_chisq_Pinv(0.999, 9.0));
}
END_TEST

static double cdf_uniform(double x, const void *law)
{
    (void)law;
    return x;
}

static double cdf_exponential(double x, const void *law)
{
    (void)law;
    return gsl_cdf_exponential_P(x, 1.0);
}

static double cdf_normal(double x, const void *law)
{
    (void)law;
    return gsl_cdf_ugaussian_P(x);
}

static double cdf_gamma(double x, const void *law)
{
    return gsl_cdf_gamma_P(x, *(const double *)law, 1.0);
}

static double sample[SAMPLES];

START_TEST(uniforms)
{
    struct random_stream stream;
    random_init(&stream, 1, 0, "test", "uniform");
    for (int i = 0; i < SAMPLES; i++) {
        sample[i] = random_uniform(&stream);
        if (!(sample[i] >= 0.0 && sample[i] < 1.0))
            ck_abort_msg("%g is not in [0, 1)", sample[i]);
    }
    ck_assert_double_lt(kolmogorov(sample, SAMPLES, cdf_uniform, NULL, NULL), KOLMOGOROV_LIMIT);
    for (int i = 0; i < SAMPLES; i++) {
        sample[i] = random_uniform_open(&stream);
        if (!(sample[i] > 0.0 && sample[i] < 1.0))
            ck_abort_msg("%g is not in (0, 1)", sample[i]);
    }
    ck_assert_double_lt(kolmogorov(sample, SAMPLES, cdf_uniform, NULL, NULL), KOLMOGOROV_LIMIT);
}
END_TEST

START_TEST(exponential_and_normal_follow_their_laws)
{
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct random_stream stream;
        random_init(&stream, seed, 0, "test", "exponential");
        for (int i = 0; i < SAMPLES; i++)
            sample[i] = random_exponential(&stream);
        ck_assert_double_lt(kolmogorov(sample, SAMPLES, cdf_exponential, NULL, NULL),
                            KOLMOGOROV_LIMIT);
        ck_assert_double_ge(sample[0], 0.0);
        random_init(&stream, seed, 0, "test", "normal");
        for (int i = 0; i < SAMPLES; i++)
            sample[i] = random_normal(&stream);
        ck_assert_double_lt(kolmogorov(sample, SAMPLES, cdf_normal, NULL, NULL), KOLMOGOROV_LIMIT);
    }
}
END_TEST

/* 256 layers leave seams that a distance over the whole line would not see: equal probability
 * cells, one to about each half layer. */
START_TEST(ziggurats_have_no_seams)
{
    enum { CELLS = 512, DRAWS = 4000000 };
    static unsigned exponential[CELLS], normal[CELLS];
    struct random_stream stream;
    random_init(&stream, 3, 0, "test", "seams");
    for (int i = 0; i < DRAWS; i++) {
        exponential[(int)(-expm1(-random_exponential(&stream)) * CELLS)]++;
        normal[(int)(0.5 * erfc(-random_normal(&stream) * sqrt(0.5)) * CELLS)]++;
    }
    const double expected = (double)DRAWS / CELLS;
    double chi_exponential = 0.0, chi_normal = 0.0;
    for (int i = 0; i < CELLS; i++) {
        chi_exponential += pow(exponential[i] - expected, 2.0) / expected;
        chi_normal += pow(normal[i] - expected, 2.0) / expected;
    }
    ck_assert_double_lt(chi_exponential, gsl_cdf_chisq_Pinv(0.999, CELLS - 1.0));
    ck_assert_double_lt(chi_normal, gsl_cdf_chisq_Pinv(0.999, CELLS - 1.0));
    ck_assert_double_gt(chi_exponential, gsl_cdf_chisq_Pinv(0.001, CELLS - 1.0));
    ck_assert_double_gt(chi_normal, gsl_cdf_chisq_Pinv(0.001, CELLS - 1.0));
}
END_TEST

/* A count out of n with probability p, within 4 deviations. */
static void assert_share(int count, int n, double p)
{
    const double deviation = sqrt(n * p * (1.0 - p));
    ck_assert_double_eq_tol(count, n * p, 4.0 * deviation);
}

START_TEST(tails_go_on)
{
    enum { DRAWS = 8000000 };
    struct random_stream stream;
    random_init(&stream, 4, 0, "test", "tails");
    int beyond_first = 0, beyond_inner = 0, beyond_second = 0, high = 0, low = 0, far = 0;
    for (int i = 0; i < DRAWS; i++) {
        const double e = random_exponential(&stream), n = random_normal(&stream);
        beyond_inner += e > 6.5;
        beyond_first += e > 7.69711747013104972;
        beyond_second += e > 12.0;
        high += n > 3.654152885361009;
        low += n < -3.654152885361009;
        far += fabs(n) > 4.5;
    }
    assert_share(beyond_inner, DRAWS, exp(-6.5));
    assert_share(beyond_first, DRAWS, exp(-7.69711747013104972));
    assert_share(beyond_second, DRAWS, exp(-12.0));
    assert_share(high, DRAWS, gsl_cdf_ugaussian_Q(3.654152885361009));
    assert_share(low, DRAWS, gsl_cdf_ugaussian_Q(3.654152885361009));
    assert_share(far, DRAWS, 2.0 * gsl_cdf_ugaussian_Q(4.5));
}
END_TEST

START_TEST(exponential_and_normal_have_their_moments)
{
    enum { DRAWS = 4000000 };
    struct random_stream stream;
    random_init(&stream, 5, 0, "test", "moments");
    double e[5] = {0}, n[5] = {0}, lag = 0.0, before = 0.0;
    for (int i = 0; i < DRAWS; i++) {
        const double x = random_exponential(&stream), z = random_normal(&stream);
        for (int k = 1; k <= 4; k++) {
            e[k] += pow(x, k) / DRAWS;
            n[k] += pow(z, k) / DRAWS;
        }
        lag += z * before / DRAWS;
        before = z;
    }
    const double root = sqrt(DRAWS); /* deviations of x^k: sqrt((2k)! - k!^2), sqrt(E z^2k - …) */
    ck_assert_double_eq_tol(e[1], 1.0, 4.0 * 1.0 / root);
    ck_assert_double_eq_tol(e[2], 2.0, 4.0 * sqrt(20.0) / root);
    ck_assert_double_eq_tol(e[3], 6.0, 4.0 * sqrt(684.0) / root);
    ck_assert_double_eq_tol(e[4], 24.0, 4.0 * sqrt(39744.0) / root);
    ck_assert_double_eq_tol(n[1], 0.0, 4.0 * 1.0 / root);
    ck_assert_double_eq_tol(n[2], 1.0, 4.0 * sqrt(2.0) / root);
    ck_assert_double_eq_tol(n[3], 0.0, 4.0 * sqrt(15.0) / root);
    ck_assert_double_eq_tol(n[4], 3.0, 4.0 * sqrt(96.0) / root);
    ck_assert_double_eq_tol(lag, 0.0, 4.0 * 1.0 / root);
}
END_TEST

START_TEST(gamma_follows_its_law)
{
    static const double shapes[] = {0.05, 0.5, 0.999, 1.0, 1.5, 3.0, 40.0, 1e4};
    for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++) {
        struct random_stream stream;
        random_init(&stream, k, 0, "test", "gamma");
        for (int i = 0; i < SAMPLES; i++)
            sample[i] = random_gamma(&stream, shapes[k]);
        ck_assert_double_lt(kolmogorov(sample, SAMPLES, cdf_gamma, NULL, &shapes[k]),
                            KOLMOGOROV_LIMIT);
    }
}
END_TEST

struct count_law {
    double mean;
    unsigned trials;
    double probability;
};

static double cdf_poisson(double x, const void *law)
{
    return gsl_cdf_poisson_P((unsigned)x, ((const struct count_law *)law)->mean);
}

static double before_poisson(double x, const void *law)
{
    return x < 1.0 ? 0.0 : cdf_poisson(x - 1.0, law);
}

static double cdf_binomial(double x, const void *law)
{
    const struct count_law *const l = law;
    return gsl_cdf_binomial_P((unsigned)x, l->probability, l->trials);
}

static double before_binomial(double x, const void *law)
{
    return x < 1.0 ? 0.0 : cdf_binomial(x - 1.0, law);
}

START_TEST(poisson_follows_its_law)
{
    enum { COUNT = 20000 };
    static const double means[] = {0.001, 0.7, 5.0, 9.99, 10.01, 30.0, 500.0, 1e4};
    for (size_t k = 0; k < sizeof means / sizeof *means; k++) {
        struct random_stream stream;
        random_init(&stream, k, 0, "test", "poisson");
        const struct count_law law = {.mean = means[k]};
        for (int i = 0; i < COUNT; i++)
            sample[i] = (double)random_poisson(&stream, means[k]);
        ck_assert_double_lt(kolmogorov(sample, COUNT, cdf_poisson, before_poisson, &law),
                            KOLMOGOROV_LIMIT);
    }
}
END_TEST

START_TEST(binomial_follows_its_law)
{
    enum { COUNT = 20000 };
    static const struct count_law laws[] = {
        {0, 1, 0.3},          {0, 10, 0.5},          {0, 100, 0.01},
        {0, 1000, 0.97},      {0, 1000000, 0.2},     {0, 1000000000, 1e-9},
        {0, 1500000000, 0.4}, {0, 4000000000u, 0.9}, {0, 4000000000u, 1e-9}};
    for (size_t k = 0; k < sizeof laws / sizeof *laws; k++) {
        struct random_stream stream;
        random_init(&stream, k, 0, "test", "binomial");
        for (int i = 0; i < COUNT; i++)
            sample[i] = (double)random_binomial(&stream, laws[k].trials, laws[k].probability);
        ck_assert_double_lt(kolmogorov(sample, COUNT, cdf_binomial, before_binomial, &laws[k]),
                            KOLMOGOROV_LIMIT);
    }
}
END_TEST

/* Where GSL's distribution functions give up both are all but normal: skewness is below 3e-5. */
START_TEST(huge_counts_are_normal)
{
    enum { COUNT = 20000 };
    static const struct {
        uint64_t trials; /* 0: Poisson */
        double probability, mean;
    } laws[] = {{0, 0.0, 1.5e9},
                {0, 0.0, 1e12},
                {0, 0.0, 1e15},
                {UINT64_C(1000000000000), 0.25, 2.5e11},
                {UINT64_C(1000000000000000), 0.999, 9.99e14},
                {UINT64_C(1000000000000), 0.01, 1e10}};
    for (size_t k = 0; k < sizeof laws / sizeof *laws; k++) {
        struct random_stream stream;
        random_init(&stream, k, 0, "test", "huge");
        const double deviation = sqrt(laws[k].mean * (1.0 - laws[k].probability));
        for (int i = 0; i < COUNT; i++) {
            const uint64_t count =
                laws[k].trials == 0 ? random_poisson(&stream, laws[k].mean)
                                    : random_binomial(&stream, laws[k].trials, laws[k].probability);
            sample[i] = ((double)count - laws[k].mean) / deviation;
        }
        ck_assert_double_lt(kolmogorov(sample, COUNT, cdf_normal, NULL, NULL), KOLMOGOROV_LIMIT);
    }
}
END_TEST

START_TEST(counts_at_the_edges)
{
    struct random_stream stream;
    random_init(&stream, 1, 0, "test", "edges");
    const uint64_t huge = UINT64_C(1000000000000000);
    ck_assert_uint_eq(random_poisson(&stream, 0.0), 0);
    ck_assert_uint_eq(random_poisson(&stream, -1.0), 0);
    ck_assert_uint_eq(random_poisson(&stream, NAN), 0);
    for (int i = 0; i < 100; i++) {
        ck_assert_uint_eq(random_binomial(&stream, 0, 0.5), 0);
        ck_assert_uint_eq(random_binomial(&stream, 1000, 0.0), 0);
        ck_assert_uint_eq(random_binomial(&stream, 1000, 1.0), 1000);
        ck_assert_uint_eq(random_binomial(&stream, huge, 0.0), 0);
        ck_assert_uint_eq(random_binomial(&stream, huge, 1.0), huge);
        ck_assert_uint_eq(random_binomial(&stream, huge, -0.5), 0);
        ck_assert_uint_eq(random_binomial(&stream, huge, 1.5), huge);
        ck_assert_uint_eq(random_binomial(&stream, huge, NAN), 0);
        ck_assert_uint_le(random_binomial(&stream, huge, 1e-16), 10);
        ck_assert_uint_le(random_binomial(&stream, huge, 1.0 - 1e-15), huge);
        ck_assert_uint_le(random_binomial(&stream, 3, 0.999999), 3);
    }
}
END_TEST

TEST_MAIN("random", generator_is_xoshiro256plusplus, streams_depend_on_names_only,
          neighbours_are_unrelated, tables_are_ready_in_every_thread, gsl_draws_from_the_same_state,
          uniforms, exponential_and_normal_follow_their_laws, ziggurats_have_no_seams, tails_go_on,
          exponential_and_normal_have_their_moments, gamma_follows_its_law, poisson_follows_its_law,
          binomial_follows_its_law, huge_counts_are_normal, counts_at_the_edges)
