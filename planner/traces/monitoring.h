/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Metrics that a function writes to its log: MONITORING|EPOCH|VALUE|TYPE|NAME|#TAG:VALUE,… as
 * Datadog's Lambda integration read them: the epoch in seconds or milliseconds, "#" and tags may be
 * missing, and TYPE (count, gauge, histogram, check; older lines have others) and NAME may come in
 * either order.
 */
#ifndef TRACES_MONITORING_H
#define TRACES_MONITORING_H

#include "traces/record.h"

#include <stdbool.h>
#include <stddef.h>

extern const struct trace_format monitoring_format;

#define MONITORING_MARK "MONITORING|"
#define MONITORING_LINE_MAX 1024

struct monitoring_line {
    char text[MONITORING_LINE_MAX + 1]; /* what the point's texts lie in */
    struct metric_point point; /* its statistic is the type; its entity the function's tag */
};

/* `text` begins with MONITORING_MARK. False with a static reason when it cannot be read. */
bool monitoring_parse(const char *text, size_t size, struct monitoring_line *ret,
                      const char **ret_reason);

#endif
