/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A scenario from invocations that really happened: by function, when they came, how long they
 * took, how often they were cold, how much memory they used, how large what they got was.
 *
 * Memory is bounded, by 100 MB for FIT_FUNCTIONS functions, where many changed their memory size by
 * twice that, and 32 MB for requests, so that one that comes again is left out: of each quantity a
 * sketch is kept (fit_sketch.h), the finer the fewer functions there are. A record that stands for
 * many calls weighs as many. Records may come somewhat out of order: calls of a function wait for
 * earlier ones, FIT_PENDING of them or, with many functions, fewer. What needs the order (idle
 * gaps, overlap, counts per minute) is left out where that is not enough.
 */
#ifndef HISTORY_FIT_H
#define HISTORY_FIT_H

#include "history/fit_counts.h"
#include "history/fit_keep_alive.h"
#include "history/fit_sketch.h"
#include "scenario/limits.h"
#include "traces/record.h"

#define FIT_PENDING 4096
#define FIT_FUNCTIONS 10000u
#define FIT_HOURS 168     /* of a week; 0 is Monday, 00:00 UTC */
#define FIT_COLD_LEAST 30 /* cold idle gaps for a keep-alive of its own */
#define FIT_SIZES 4       /* memory sizes of a function, the latest */
#define FIT_SIZE_LEAST 30 /* durations for a memory size of its own */
#define FIT_CPU_LEAST 100 /* warm calls at each of two sizes, to tell what scales with CPU */

struct fit;
struct fit_calls; /* calls of a function that wait or run: fit.c */

/* What calls of one memory size took: more memory is more CPU. */
struct fit_size {
    int64_t memory_mb;         /* UNKNOWN_VALUE: no record told one so far */
    int64_t first_ns, last_ns; /* when its calls came */
    uint64_t calls;            /* that tell a duration */
    double sum_ms, warm_sum_ms;
    struct fit_sketch warm_ms, cold_ms, init_ms, max_memory_mb;
};

struct fit_function {
    char *name;
    uint64_t calls, timed; /* timed: those with a time */
    uint64_t cold, warm;   /* known to be */
    uint64_t errors, timeouts, with_status;
    uint64_t counted; /* in records that stand for several */
    uint64_t hour[FIT_HOURS];
    uint64_t minutes;     /* of the hour at which calls came, as bits */
    uint32_t hours, days; /* of the day; of the week, from Monday on */
    double longest_ms, longest_timeout_ms;
    int64_t memory_mb, memory_ns; /* the latest known, and when; UNKNOWN_VALUE */
    bool memory_is_allocated;     /* of no size that was bought */
    struct fit_size size[FIT_SIZES];
    size_t sizes;
    struct fit_size *measured; /* after fit_finish: the size whose durations are taken */
    struct fit_sketch bytes;
    struct fit_gaps gaps;
    struct fit_calls *order;
    uint64_t out_of_order;
    uint64_t most_at_once;
    bool perhaps_more; /* at once: not all could be followed */
    struct fit_counts counts;
    size_t next; /* in its chain of the hash table, plus 1 */
};

/* What is asked, and what the data do not say. */
struct fit_options {
    const struct limits *limits;
    const char *region;
    bool has_as_of;
    int32_t as_of;
};

struct fit *fit_create(void);
void fit_destroy(struct fit *fit); /* NULL does nothing */

/* For a record_sink: the context is the fit. Non-zero: too many functions (fit_finish reports). */
int fit_add(void *context, const struct invocation_record *record);
uint64_t fit_count(const struct fit *fit);

/* After the last record. 0, or -1 after errors: nothing that could be fitted. */
int fit_finish(struct fit *fit, const struct fit_options *options, struct diagnostics *diagnostics);

/* After fit_finish. Seconds from the first record to the end of the last, and the functions in the
 * order of their first call. */
double fit_span_s(const struct fit *fit);
/* Whether the records tell weekdays apart: 13 days of whole hours of the clock, so that every
 * weekday but one was there twice. Two weeks of the calendar begin and end with quiet hours. */
bool fit_tells_weekdays(const struct fit *fit);
/* Whole hours of the clock from the first record's to the last's, in seconds. */
double fit_covered_s(const struct fit *fit);
size_t fit_functions(const struct fit *fit);
struct fit_function *fit_function(const struct fit *fit, size_t index);

/* What was found of a function, for a table. */
struct fit_row {
    const char *name;
    char *in_scenario; /* its name there; NULL: left out */
    uint64_t calls;
    double rate_per_s, dispersion; /* NAN: not known */
    char *duration, *keep_alive;
    double cold_ratio, error_ratio; /* NAN: not known */
    double memory_mb;
    uint64_t most_at_once;
};

/* Gets the scenario piece by piece. */
typedef void fit_write(void *context, const char *text);

/* After fit_finish, once: writes the scenario, which will be at `path`, and has each of its parts
 * read as scenarios are. What the functions hold is freed on the way. `ret_row` gets
 * fit_functions() rows, those without a duration too. 0, or -1 after errors. */
int fit_scenario(struct fit *fit, const struct fit_options *options, const char *path,
                 struct fit_row *ret_row, fit_write *write, void *context,
                 struct diagnostics *diagnostics);
void fit_row_finish(struct fit_row *row);

/* For fit_scenario.c. */
void fit_function_forget(struct fit_function *f); /* its sketches */
int64_t fit_first_ns(const struct fit *fit);
int64_t fit_last_ns(const struct fit *fit); /* when the last one began … */
int64_t fit_end_ns(const struct fit *fit);  /* … and, of counts, when its bin ended */
bool fit_relative(const struct fit *fit);

#endif
