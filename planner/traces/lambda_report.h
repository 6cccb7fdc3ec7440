/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What Lambda says about one invocation: the REPORT line of a text log, or the platform.report
 * event of a JSON log. Read by label, since separators, order and labels vary over the years.
 */
#ifndef TRACES_LAMBDA_REPORT_H
#define TRACES_LAMBDA_REPORT_H

#include "traces/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LAMBDA_ID_MAX 128 /* bytes of a request id; Lambda's are UUIDs of 36 */

struct lambda_report {
    struct invocation_record record; /* without text: request_id and function are NULL */
    char request_id[LAMBDA_ID_MAX + 1];
    size_t id_length;
    bool whole; /* to the last field that every REPORT line has; no field begins behind it */
};

/* `text` begins with "REPORT RequestId:". Tabs, blanks and a literal "\t" separate. False when it
 * cannot be read; `ret_reason` is then static text. */
bool lambda_report_parse(const char *text, size_t size, struct lambda_report *ret,
                         const char **ret_reason);

/* Sets `cold` from the other fields: what printed an Init or Restore Duration was cold; without
 * one it was warm if the line is of a time that prints them; else unknown. */
void lambda_report_judge_cold(struct invocation_record *record);

#endif
