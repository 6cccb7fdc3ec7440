/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "studies/pareto.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

struct point {
    const double *value;
    size_t dimensions, index;
};

static int by_numbers(const struct point *x, const struct point *y)
{
    for (size_t i = 0; i < x->dimensions; i++)
        if (x->value[i] != y->value[i])
            return x->value[i] < y->value[i] ? -1 : 1;
    return 0;
}

/* Whoever beats a point stands before it; equal ones stand together. */
static int by_value(const void *a, const void *b)
{
    const struct point *const x = a, *const y = b;
    const int order = by_numbers(x, y);
    return order != 0 ? order : x->index < y->index ? -1 : x->index > y->index;
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
    struct point last = {0};
    size_t count = 0, front = 0;
    for (size_t i = 0; i < points; i++) {
        point[count] = (struct point){value + i * dimensions, dimensions, i};
        ret[i] = false;
        count += complete(&point[count]);
    }
    if (count > 0)
        qsort(point, count, sizeof *point, by_value);
    for (size_t i = 0; i < count; i++) { /* the front gathers at the array's beginning */
        if (i > 0 && by_numbers(&last, &point[i]) == 0) {
            ret[point[i].index] = ret[last.index];
            continue;
        }
        /* In two dimensions the last on the front is the best in the second. */
        bool beaten = false;
        for (size_t k = dimensions <= 2 && front > 0 ? front - 1 : 0; k < front && !beaten; k++)
            beaten = beats(&point[k], &point[i]);
        last = point[i];
        ret[last.index] = !beaten;
        if (!beaten)
            point[front++] = last;
    }
    free(point);
}
