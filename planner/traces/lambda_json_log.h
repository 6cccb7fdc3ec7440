/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lambda's JSON log format: an event a line. Of use are platform.report, platform.start and
 * platform.initStart (AWS Lambda Developer Guide, "Lambda Telemetry API Event schema reference").
 */
#ifndef TRACES_LAMBDA_JSON_LOG_H
#define TRACES_LAMBDA_JSON_LOG_H

#include "traces/lambda_report.h"

extern const struct trace_format lambda_json_log_format;

enum lambda_json_kind {
    LAMBDA_JSON_OTHER,  /* another event, or not one of Lambda's */
    LAMBDA_JSON_REPORT, /* `ret` is filled; its time is the event's, or UNKNOWN_VALUE */
    LAMBDA_JSON_INIT,   /* an environment begins: only record.provisioned is */
    LAMBDA_JSON_START,  /* only request_id and record.time_ns are */
    LAMBDA_JSON_BAD,    /* a platform event that cannot be read: `ret_reason` says why */
};

/* One object, which may be followed by other text. */
enum lambda_json_kind lambda_json_parse(const char *text, size_t size, struct lambda_report *ret,
                                        const char **ret_reason);

#endif
