/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "studies/advice_case.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void advice_begin(struct advice *ret, struct result *result, const struct scenario *scenario,
                  const struct world *world)
{
    struct result_option *const option = &result->option[0];
    *ret = (struct advice){.result = result, .scenario = scenario, .world = world};
    for (size_t i = 0; i < option->metrics; i++) /* what is there already stays */
        lookup_add(&ret->first, NULL, option->metric[i].entity, &option->metric[i]);
}

void advice_end(struct advice *advice)
{
    lookup_finish(&advice->first);
}

const struct result_metric *advice_first(const struct advice *a, const char *kind, const char *name)
{
    char entity[96];
    snprintf(entity, sizeof entity, "%s:%s", kind, name);
    return lookup_find(&a->first, NULL, entity);
}

const struct result_metric *advice_next(const struct advice *a, const struct result_metric *metric)
{
    const struct result_option *const option = &a->result->option[0];
    const struct result_metric *const next = metric + 1;
    const bool more = next < option->metric + option->metrics;
    return more && strcmp(next->entity, metric->entity) == 0 ? next : NULL;
}

double advice_metric(const struct advice *a, const char *kind, const char *name, const char *metric)
{
    const struct result_metric *m = advice_first(a, kind, name);
    while (m != NULL && strcmp(m->metric, metric) != 0)
        m = advice_next(a, m);
    return m == NULL || isnan(m->value.mean) ? 0 : m->value.mean;
}

void advice_note(const struct advice *a, const char *format, ...)
{
    char text[900];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    diagnostics_warning(&a->result->notes, NULL, 0, "%s", text);
}
