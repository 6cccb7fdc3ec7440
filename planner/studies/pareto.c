/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "studies/pareto.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

struct point {
    const double *value;
    size_t dimensions, index;
};

/* Point by point, so that whoever beats a point stands before it. */
static int by_value(const void *a, const void *b)
{
    const struct point *const x = a, *const y = b;
    for (size_t i = 0; i < x->dimensions; i++)
        if (x->value[i] != y->value[i])
            return x->value[i] < y->value[i] ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static bool beats(const struct point *a, const struct point *b)
{
    bool better = false;
    for (size_t i = 0; i < a->dimensions; i++) {
        if (a->value[i] > b->value[i])
            return false;
        better = better || a->value[i] < b->value[i];
    }
    return better;
}

static bool complete(const struct point *point)
{
    for (size_t i = 0; i < point->dimensions; i++)
        if (isnan(point->value[i]))
            return false;
    return true;
}

void pareto_front(const double *value, size_t points, size_t dimensions, bool *ret)
{
    struct point *const point = mem_alloc(points, sizeof *point);
    size_t count = 0, front = 0;
    for (size_t i = 0; i < points; i++) {
        point[count] = (struct point){value + i * dimensions, dimensions, i};
        ret[i] = false;
        count += complete(&point[count]);
    }
    if (count > 0)
        qsort(point, count, sizeof *point, by_value);
    for (size_t i = 0; i < count; i++) { /* the front gathers at the array's beginning */
        bool beaten = false;
        for (size_t k = 0; k < front && !beaten; k++)
            beaten = beats(&point[k], &point[i]);
        if (beaten)
            continue;
        ret[point[i].index] = true;
        point[front++] = point[i];
    }
    free(point);
}
