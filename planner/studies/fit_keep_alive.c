/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "studies/fit_keep_alive.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

#define SUB 64        /* bins an octave */
#define LEAST_EXP -10 /* 2^-10 s: shorter gaps count as this */
#define OCTAVES 38    /* to 2^28 s, eight years */
#define BINS (SUB * OCTAVES)

struct bin {
    uint64_t warm, cold;
    double least_s, most_s;
};

struct fit_gaps {
    struct fit_keep_alive total;
    struct bin bin[BINS];
};

/* Bins with one estimate of the share that is cold. */
struct pool {
    double warm, cold, least_s, most_s;
};

struct fit_gaps *fit_gaps_create(void)
{
    struct fit_gaps *const gaps = mem_alloc(1, sizeof *gaps);
    gaps->total.longest_warm_s = gaps->total.shortest_cold_s = NAN;
    return gaps;
}

void fit_gaps_destroy(struct fit_gaps *gaps)
{
    free(gaps);
}

void fit_gaps_add(struct fit_gaps *gaps, double gap_s, bool cold)
{
    const double place = gap_s > 0 ? (log2(gap_s) - LEAST_EXP) * SUB : 0;
    struct bin *const bin = &gaps->bin[(size_t)fmin(fmax(place, 0), BINS - 1)];
    const bool first = bin->warm + bin->cold == 0;
    bin->least_s = first ? gap_s : fmin(bin->least_s, gap_s);
    bin->most_s = first ? gap_s : fmax(bin->most_s, gap_s);
    if (cold) {
        bin->cold++;
        gaps->total.cold++;
        gaps->total.shortest_cold_s = fmin(gaps->total.shortest_cold_s, gap_s);
    } else {
        bin->warm++;
        gaps->total.warm++;
        gaps->total.longest_warm_s = fmax(gaps->total.longest_warm_s, gap_s);
    }
}

static double share(const struct pool *pool)
{
    return pool->cold / (pool->cold + pool->warm);
}

static size_t pool_bins(const struct fit_gaps *gaps, struct pool *ret)
{
    size_t pools = 0;
    for (size_t i = 0; i < BINS; i++) {
        const struct bin *const bin = &gaps->bin[i];
        if (bin->warm + bin->cold == 0)
            continue;
        ret[pools++] = (struct pool){(double)bin->warm, (double)bin->cold, bin->least_s,
                                     bin->most_s};
        while (pools > 1 && share(&ret[pools - 2]) >= share(&ret[pools - 1])) {
            ret[pools - 2].warm += ret[pools - 1].warm;
            ret[pools - 2].cold += ret[pools - 1].cold;
            ret[pools - 2].most_s = ret[pools - 1].most_s;
            pools--;
        }
    }
    return pools;
}

void fit_gaps_estimate(const struct fit_gaps *gaps, struct fit_keep_alive *ret,
                       struct distribution *ret_s)
{
    *ret = gaps->total;
    ret->low_s = ret->high_s = NAN;
    if (ret->cold == 0)
        return;
    struct pool *const pool = mem_alloc(BINS, sizeof *pool);
    double *const probability = mem_alloc(2 * BINS + 2, sizeof *probability);
    double *const value = mem_alloc(2 * BINS + 2, sizeof *value);
    const size_t pools = pool_bins(gaps, pool);
    size_t points = 0;
    /* Between two pools nothing was seen: the share rises along a line. */
    if (share(&pool[0]) > 0) {
        probability[points] = 0;
        value[points++] = 0;
    }
    for (size_t i = 0; i < pools; i++) {
        const double p = share(&pool[i]);
        if (p > 0) { /* at 0 only the end of the pool matters */
            probability[points] = p;
            value[points++] = pool[i].least_s;
        }
        if (p < 1) { /* at 1 only its beginning does */
            probability[points] = p;
            value[points++] = pool[i].most_s;
        }
        if (p <= 0.1)
            ret->low_s = pool[i].most_s;
        if (p >= 0.9 && isnan(ret->high_s))
            ret->high_s = pool[i].least_s;
    }
    if (probability[points - 1] < 1) { /* beyond the longest gap nothing is known */
        probability[points] = 1;
        value[points] = value[points - 1];
        points++;
    }
    distribution_empirical(ret_s, probability, value, points);
    free(pool);
    free(probability);
    free(value);
}
