/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/traffic_options.h"

#include "core/memory.h"
#include "studies/axis.h"
#include "support/text.h"

#include <stdlib.h>
#include <string.h>

#define VALUES_MAX 1000 /* each is simulated */

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double *numbers_copy(const double *value, size_t count, size_t *ret_count)
{
    double *const copy = mem_alloc(count, sizeof *copy);
    memcpy(copy, value, count * sizeof *copy);
    *ret_count = count;
    return copy;
}

static double *values_of(const struct axis *axis, const char *place, size_t *ret_count,
                         struct diagnostics *diagnostics)
{
    if (axis->open) {
        diagnostics_error(diagnostics, place, 0, "needs steps: FROM:TO:STEP or FROM:TO:*FACTOR");
        return NULL;
    }
    if (axis->values > VALUES_MAX) {
        diagnostics_error(diagnostics, place, 0, "%zu values; at most %d", axis->values,
                          VALUES_MAX);
        return NULL;
    }
    double *const value = mem_alloc(axis->values, sizeof *value);
    size_t n = 0;
    for (size_t i = 0; i < axis->values; i++)
        value[i] = strtod(axis->value[i].text, NULL);
    qsort(value, axis->values, sizeof *value, compare);
    for (size_t i = 0; i < axis->values; i++)
        if (i == 0 || value[i] > value[n - 1])
            value[n++] = value[i];
    *ret_count = n;
    if (value[0] > 0)
        return value;
    diagnostics_error(diagnostics, place, 0, "%s is not above 0", axis->value[0].text);
    free(value);
    return NULL;
}

/* As an axis of what is scaled, so that both are written alike. */
double *numbers_of(const char *text, const char *place, const struct inputs *inputs, size_t *ret_count,
                   struct diagnostics *diagnostics)
{
    struct axis axis;
    double *value = NULL;
    char *const given = text_format("workloads.%s.arrivals.rate_scale=%s",
                                    inputs->scenario->workload[0].name, text);
    if (axis_parse(&axis, inputs->root, given, place, diagnostics) == 0)
        value = values_of(&axis, place, ret_count, diagnostics);
    axis_finish(&axis);
    free(given);
    return value;
}
