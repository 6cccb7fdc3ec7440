/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "studies/advice_case.h"

#include "core/memory.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void advice_begin(struct advice *ret, struct result *result, const struct scenario *scenario,
                  const struct world *world)
{
    const struct result_option *const option = &result->option[0];
    size_t *const last = mem_alloc(option->metrics, sizeof *last); /* of the entity, so far */
    *ret = (struct advice){.result = result, .scenario = scenario, .world = world};
    ret->next = mem_alloc(option->metrics, sizeof *ret->next);
    for (size_t i = 0; i < option->metrics; i++) {
        struct result_metric *const m = &option->metric[i];
        const struct result_metric *const first = lookup_find(&ret->first, NULL, m->entity);
        const size_t f = first == NULL ? i : (size_t)(first - option->metric);
        if (first == NULL)
            lookup_add(&ret->first, NULL, m->entity, m);
        else
            ret->next[last[f]] = i;
        last[f] = i;
    }
    free(last);
}

void advice_end(struct advice *advice)
{
    lookup_finish(&advice->first);
    free(advice->next);
}

const struct result_metric *advice_first(const struct advice *a, const char *kind, const char *name)
{
    char entity[96];
    snprintf(entity, sizeof entity, "%s:%s", kind, name);
    return lookup_find(&a->first, NULL, entity);
}

const struct result_metric *advice_next(const struct advice *a, const struct result_metric *metric)
{
    const struct result_metric *const all = a->result->option[0].metric;
    const size_t next = a->next[metric - all];
    return next == 0 ? NULL : &all[next];
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
