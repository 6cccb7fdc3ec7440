/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lambda's log, line by line: each REPORT line (or platform.report event) is an invocation. Lines
 * around it complete it: START tells when it began, "Task timed out" and the runtime's error lines
 * how it ended. Those may stand behind it, so the last few invocations are held back; records come
 * in the order of their REPORT lines.
 *
 * A record's time is its START line's, if that has a timestamp (at_start), else that of the REPORT
 * line. Its function comes from the log group, if one is named. Lines of the application are only
 * counted. What a JSON log tells of an environment's init is so of the invocations behind it in its
 * log stream, or in the file where streams are not told. Fixed memory.
 */
#ifndef TRACES_LAMBDA_LOG_H
#define TRACES_LAMBDA_LOG_H

#include "traces/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

extern const struct trace_format lambda_log_format;

struct lambda_log;

/* `file` is for messages; all must outlive it. */
struct lambda_log *lambda_log_create(const char *file, const struct record_sink *sink,
                                     struct rejects *rejects, struct diagnostics *diagnostics);
void lambda_log_destroy(struct lambda_log *log); /* NULL does nothing */

/* Where a message stands, as far as its container tells. */
struct lambda_place {
    long line;
    int64_t time_ns;      /* of the log event; UNKNOWN_VALUE: the line may begin with one */
    const char *function; /* NULL: the line may begin with its log group */
    const char *stream;   /* the log stream, which is one environment's; NULL: not told */
};

/* A message of one or several lines. 0, -1 after an error (strict), or the sink's non-zero. */
int lambda_log_take(struct lambda_log *log, const char *text, size_t size,
                    const struct lambda_place *place);

/* Hands over what was held back. A log without any report is an error, or a warning when it was
 * found in a folder. */
int lambda_log_finish(struct lambda_log *log, bool in_folder);

/* Whether lambda_log_take could find something in the text: a quick look. */
bool lambda_log_of_use(const char *text, size_t size);

/* The function in a log group's name: behind "/aws/lambda/", wherever that stands, else NULL; its
 * length in `ret_length`. */
const char *lambda_log_function(const char *text, size_t size, size_t *ret_length);

/* The reader of text logs; those of JSON lines and MONITORING lines are the same. */
int lambda_log_read(struct input *input, const struct read_options *options,
                    const struct record_sink *sink, struct rejects *rejects,
                    struct diagnostics *diagnostics);

#endif
