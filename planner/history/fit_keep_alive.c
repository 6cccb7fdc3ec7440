/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/fit_keep_alive.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

/* Gaps with one estimate of the share that is cold. */
struct pool {
    double warm, cold, least_s, most_s;
};

static double share(const struct pool *pool)
{
    return pool->cold / (pool->cold + pool->warm);
}

static double middle(const struct fit_point *point)
{
    return (point->low + point->high) / 2;
}

static size_t pool_gaps(const struct fit_gaps *gaps, struct pool *ret)
{
    struct fit_point *const warm = fit_sketch_points(&gaps->warm);
    struct fit_point *const cold = fit_sketch_points(&gaps->cold);
    size_t pools = 0, w = 0, c = 0;
    while (w < gaps->warm.cells || c < gaps->cold.cells) {
        const bool is_cold =
            w == gaps->warm.cells || (c < gaps->cold.cells && middle(&cold[c]) < middle(&warm[w]));
        const struct fit_point *const next = is_cold ? &cold[c++] : &warm[w++];
        ret[pools++] = (struct pool){is_cold ? 0 : next->weight, is_cold ? next->weight : 0,
                                     next->low, next->high};
        while (pools > 1 && share(&ret[pools - 2]) >= share(&ret[pools - 1])) {
            ret[pools - 2].warm += ret[pools - 1].warm;
            ret[pools - 2].cold += ret[pools - 1].cold;
            ret[pools - 2].most_s = fmax(ret[pools - 2].most_s, ret[pools - 1].most_s);
            pools--;
        }
    }
    free(warm);
    free(cold);
    return pools;
}

struct table {
    double *probability, *value;
    size_t count;
};

/* Cells of two sketches may overlap: values never fall. */
static void add_point(struct table *table, double probability, double value)
{
    const size_t i = table->count++;
    table->probability[i] = probability;
    table->value[i] = i > 0 ? fmax(value, table->value[i - 1]) : value;
}

/* The same curve through fewer points. */
static void thin_out(struct distribution *curve, size_t points)
{
    if (curve->count <= points)
        return;
    double *const probability = mem_alloc(2 * points, sizeof *probability);
    double *const value = probability + points;
    for (size_t i = 0; i < points; i++) {
        probability[i] = (double)i / (double)(points - 1);
        value[i] = i == 0            ? curve->value[0]
                   : i + 1 == points ? curve->value[curve->count - 1]
                                     : distribution_quantile(curve, probability[i]);
    }
    distribution_finish(curve);
    distribution_empirical(curve, probability, value, points);
    free(probability);
}

void fit_gaps_estimate(const struct fit_gaps *gaps, size_t points, struct fit_keep_alive *ret,
                       struct distribution *ret_s)
{
    *ret =
        (struct fit_keep_alive){.warm = gaps->warm.weight,
                                .cold = gaps->cold.weight,
                                .longest_warm_s = gaps->warm.weight > 0 ? gaps->warm.most : NAN,
                                .shortest_cold_s = gaps->cold.weight > 0 ? gaps->cold.least : NAN,
                                .low_s = NAN,
                                .high_s = NAN};
    if (ret->cold == 0)
        return;
    const size_t cells = gaps->warm.cells + gaps->cold.cells;
    struct pool *const pool = mem_alloc(cells, sizeof *pool);
    double *const room = mem_alloc(4 * cells + 4, sizeof *room);
    struct table table = {room, room + 2 * cells + 2, 0};
    const size_t pools = pool_gaps(gaps, pool);
    /* Between two pools nothing was seen: the share rises along a line. */
    if (share(&pool[0]) > 0)
        add_point(&table, 0, 0);
    for (size_t i = 0; i < pools; i++) {
        const double p = share(&pool[i]);
        if (p > 0) /* at 0 only the end of the pool matters */
            add_point(&table, p, pool[i].least_s);
        if (p < 1) /* at 1 only its beginning does */
            add_point(&table, p, pool[i].most_s);
        if (p <= 0.1)
            ret->low_s = pool[i].most_s;
        if (p >= 0.9 && isnan(ret->high_s))
            ret->high_s = pool[i].least_s;
    }
    if (table.probability[table.count - 1] < 1) /* beyond the longest gap nothing is known */
        add_point(&table, 1, table.value[table.count - 1]);
    distribution_empirical(ret_s, table.probability, table.value, table.count);
    thin_out(ret_s, points);
    free(pool);
    free(room);
}
