/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files share that write a fitted scenario: fit_workload.c when calls come,
 * fit_function.c what they do, fit_scenario.c all of it. */
#ifndef HISTORY_FIT_WRITER_H
#define HISTORY_FIT_WRITER_H

#include "history/fit.h"

#include <cjson/cJSON.h>

#define FIT_DAY_S 86400.0
#define FIT_WEEK_S 604800.0
#define FIT_HOUR_S 3600.0

enum fit_shape { FIT_FLAT, FIT_SPAN, FIT_BY_DAY, FIT_BY_WEEK };

/* A schedule that they follow. */
struct fit_clock {
    char *expression; /* as EventBridge has it, "cron(0 2 * * ? *)"; NULL: there is none */
    unsigned each;    /* calls at each of its times */
    uint64_t times;   /* in the data */
    bool by_weekday;
};

/* When the calls of a function come. */
struct fit_arrivals {
    struct fit_clock clock; /* if it has an expression, that is all */
    enum fit_shape shape;
    struct fit_bursts bursts;
    double dispersion; /* of counts per minute; NAN: not known */
};

struct fit_writer {
    struct fit *fit;
    const struct fit_options *options;
    int32_t day;
    double first_s, span_s; /* first_s: since a Monday, 00:00 UTC */
    enum fit_shape shape;   /* the finest that the span allows */
    unsigned steps;         /* of tables of quantiles */
    struct diagnostics *diagnostics;
};

/* fit_clock.c: whether there is one; free its expression. */
bool fit_clock_find(const struct fit_writer *w, const struct fit_function *f,
                    struct fit_clock *ret);

/* fit_workload.c */
void fit_arrivals_find(const struct fit_writer *w, const struct fit_function *f,
                       struct fit_arrivals *ret);
/* Bursts beside a profile are a workload of their own. */
bool fit_arrivals_are_two(const struct fit_arrivals *arrivals);
cJSON *fit_workload_json(const struct fit_writer *w, const struct fit_function *f,
                         const struct fit_arrivals *arrivals, const char *function, bool second);

/* fit_function.c */
cJSON *fit_function_json(const struct fit_writer *w, const struct fit_function *f,
                         struct fit_row *row);
/* Fits a sketch and puts it under `key`, with what it is of. `ret_short` may be NULL. */
void fit_put_samples(const struct fit_writer *w, cJSON *object, const char *key,
                     const struct fit_sketch *from, bool no_family, const char *what,
                     char **ret_short);
/* At least so many ran at once, by what was followed or, of counts, by Little's law. */
uint64_t fit_most_at_once(const struct fit_function *f);

void fit_put_comment(cJSON *object, char *text); /* takes the text */
double fit_rounded(double value);                /* to six digits */
cJSON *fit_pair(double a, double b);

#endif
