/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What advice looks at: a result with its scenario, and the metrics of the Lambda design by entity,
 * so that a scenario of thousands of functions is not searched for each of them. */
#ifndef STUDIES_ADVICE_CASE_H
#define STUDIES_ADVICE_CASE_H

#include "core/lookup.h"
#include "plan/world.h"
#include "scenario/scenario.h"

#include <lambdaplan/result.h>

struct advice {
    struct result *result;
    const struct scenario *scenario;
    const struct world *world;
    struct lookup first; /* "function:NAME": its first metric */
};

void advice_begin(struct advice *ret, struct result *result, const struct scenario *scenario,
                  const struct world *world);
void advice_end(struct advice *advice);

/* The mean over the replications; 0 when there is no such metric. */
double advice_metric(const struct advice *advice, const char *kind, const char *name,
                     const char *metric);
/* An entity's first metric, the one behind another; NULL: no more. */
const struct result_metric *advice_first(const struct advice *advice, const char *kind,
                                         const char *name);
const struct result_metric *advice_next(const struct advice *advice,
                                        const struct result_metric *metric);
/* "1,234", and "s" unless it is one, for the arguments of a note. Means of replications may be
 * fractions: "0.4 messages". */
#define ADVICE_COUNT(value) text_count((value), (char[TEXT_NUMBER_SIZE]){0})
#define ADVICE_PLURAL(value) ((value) == 1 ? "" : "s")
#define ADVICE_WERE(value) ((value) == 1 ? " was" : "s were")
/* A warning of the result. */
__attribute__((format(printf, 2, 3))) void advice_note(const struct advice *advice,
                                                       const char *format, ...);

#endif
