/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/fit_sketch.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BITS 3
#define INFINITE UINT32_C(0x7f800000) /* its bits */

/* Floats of at least 0 are in the order of their bits (IEEE 754). */
static uint32_t key_of(double value)
{
    const float narrow = (float)value;
    uint32_t key;
    memcpy(&key, &narrow, sizeof key);
    return key;
}

static double value_of(uint64_t key)
{
    const uint32_t bits = (uint32_t)key;
    float narrow;
    if (key >= INFINITE) /* where a cell ends that holds values beyond single precision */
        return INFINITY;
    memcpy(&narrow, &bits, sizeof narrow);
    return narrow;
}

static size_t full(unsigned bits)
{
    return ((size_t)3 << bits) / 4;
}

static void put(struct fit_sketch *sketch, uint32_t key, uint64_t weight)
{
    const size_t mask = ((size_t)1 << sketch->bits) - 1;
    size_t at = (key * UINT32_C(2654435769)) >> (32 - sketch->bits);
    while (sketch->cell[at].weight != 0 && sketch->cell[at].key != key)
        at = (at + 1) & mask;
    sketch->cells += sketch->cell[at].weight == 0;
    sketch->cell[at].key = key;
    sketch->cell[at].weight += weight;
}

static void rebuild(struct fit_sketch *sketch, unsigned bits, unsigned lose)
{
    struct fit_cell *const old = sketch->cell;
    const size_t count = old == NULL ? 0 : (size_t)1 << sketch->bits;
    sketch->cell = mem_alloc((size_t)1 << bits, sizeof *sketch->cell);
    sketch->bits = bits;
    sketch->shift += lose;
    sketch->cells = 0;
    for (size_t i = 0; i < count; i++)
        if (old[i].weight > 0)
            put(sketch, old[i].key >> lose, old[i].weight);
    free(old);
}

void fit_sketch_limit(struct fit_sketch *sketch, unsigned bits)
{
    if (sketch->cell == NULL || sketch->bits <= bits)
        return;
    while (sketch->cells > full(bits)) /* in the old table: its cells may not fit yet */
        rebuild(sketch, sketch->bits, 1);
    rebuild(sketch, bits, 0);
}

static void make_room(struct fit_sketch *sketch, unsigned bits)
{
    if (sketch->cell == NULL)
        rebuild(sketch, FIRST_BITS, 0);
    else if (sketch->bits < bits)
        rebuild(sketch, sketch->bits + 1, 0);
    else
        rebuild(sketch, sketch->bits, 1);
}

void fit_sketch_add(struct fit_sketch *sketch, double value, uint64_t weight, unsigned bits)
{
    if (weight == 0)
        return;
    if (sketch->cell == NULL)
        make_room(sketch, bits);
    put(sketch, key_of(value) >> sketch->shift, weight);
    while (sketch->cells > full(sketch->bits))
        make_room(sketch, bits);
    sketch->least = sketch->weight == 0 ? value : fmin(sketch->least, value);
    sketch->most = sketch->weight == 0 ? value : fmax(sketch->most, value);
    sketch->weight += weight;
    sketch->weight_square += (double)weight * (double)weight;
}

void fit_sketch_finish(struct fit_sketch *sketch)
{
    free(sketch->cell);
    *sketch = (struct fit_sketch){0};
}

struct fit_sketch fit_sketch_within(const struct fit_sketch *sketch, double most)
{
    struct fit_sketch cut = *sketch;
    cut.least = fmin(cut.least, most);
    cut.most = fmin(cut.most, most);
    return cut;
}

static int by_key(const void *a, const void *b)
{
    const uint32_t x = ((const struct fit_cell *)a)->key, y = ((const struct fit_cell *)b)->key;
    return (x > y) - (x < y);
}

static double within(const struct fit_sketch *sketch, double value)
{
    return fmin(fmax(value, sketch->least), sketch->most);
}

struct fit_point *fit_sketch_points(const struct fit_sketch *sketch)
{
    struct fit_point *const point = mem_alloc(sketch->cells, sizeof *point);
    struct fit_cell *const sorted = mem_alloc(sketch->cells, sizeof *sorted);
    size_t count = 0;
    for (size_t i = 0; sketch->cell != NULL && i < (size_t)1 << sketch->bits; i++)
        if (sketch->cell[i].weight > 0)
            sorted[count++] = sketch->cell[i];
    qsort(sorted, count, sizeof *sorted, by_key);
    for (size_t i = 0; i < count; i++) {
        const uint64_t low = (uint64_t)sorted[i].key << sketch->shift;
        const uint64_t high =
            sketch->shift == 0 ? low : ((uint64_t)sorted[i].key + 1) << sketch->shift;
        point[i] = (struct fit_point){.low = within(sketch, value_of(low)),
                                      .high = within(sketch, value_of(high)),
                                      .weight = (double)sorted[i].weight};
    }
    free(sorted);
    return point;
}

double fit_sketch_samples(const struct fit_sketch *sketch)
{
    return sketch->weight == 0
               ? 0
               : (double)sketch->weight * (double)sketch->weight / sketch->weight_square;
}
