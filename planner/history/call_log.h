/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The calls of logs by function and start, to be gone through again and again. They lie in a
 * temporary file (TMPDIR or /tmp) of 80 bytes a call that has no name and goes with the program;
 * memory is bounded by the number of functions. A call that comes again (seen_requests.h) is left
 * out. Readers may be many at a time.
 */
#ifndef HISTORY_CALL_LOG_H
#define HISTORY_CALL_LOG_H

#include "traces/record.h"

struct call {
    int64_t start_ns; /* since 1970 or, if the log is relative, since the trace's beginning */
    int64_t duration_ns, billed_ns, init_ns; /* UNKNOWN_VALUE: the log does not say */
    int64_t span_ns;                         /* `count` calls are spread over it */
    uint64_t count;
    uint64_t order; /* in the input, among calls of one start */
    int64_t memory_mb, max_memory_mb;
    uint32_t function;
    int8_t cold; /* 1, 0, or UNKNOWN_VALUE */
    uint8_t status;
    bool memory_is_allocated; /* as in struct invocation_record */
};

struct throttle_point { /* requests that were refused, as CloudWatch counts them */
    int64_t time_ns;
    double count;
};

struct call_log;

struct call_log *call_log_create(void);
void call_log_destroy(struct call_log *log); /* NULL does nothing */

/* For a record_sink: the context is the log. Non-zero: the file cannot be written, or there are too
 * many functions (call_log_finish reports). A point counts where it is a sum of Throttles, or
 * GetMetricData's, which does not say what it is. */
int call_log_add(void *context, const struct invocation_record *record);
int call_log_add_point(void *context, const struct metric_point *point);

/* After the last record. 0, or -1 after errors: no call with a time and a duration, times of two
 * kinds. Calls that were left out are told by warnings. */
int call_log_finish(struct call_log *log, struct diagnostics *diagnostics);

/* After call_log_finish. Functions in the order of their first record; a name is "" where the log
 * names none. */
size_t call_log_functions(const struct call_log *log);
const char *call_log_name(const struct call_log *log, size_t function);
const struct call *call_log_calls(const struct call_log *log, size_t function, size_t *ret_count);
const struct throttle_point *call_log_throttles(const struct call_log *log, size_t function,
                                                size_t *ret_count);
bool call_log_relative(const struct call_log *log);
int64_t call_log_first_ns(const struct call_log *log); /* the first start */
int64_t call_log_last_ns(const struct call_log *log);  /* the last start */
int64_t call_log_end_ns(const struct call_log *log);   /* the last end */

/* How long a call keeps its environment busy. */
int64_t call_busy_ns(const struct call *call);

#endif
