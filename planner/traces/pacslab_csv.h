/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the PACS Lab's client of 2020 wrote down, a row a call of one function on AWS Lambda
 * (pacslab/serverless-performance-modeling; data/traces/pacslab-lambda-2020). The arrival is the
 * caller's (client_start_time, seconds since 1970), as Lambda sees it but for the way there: by the
 * function's own clock a cold call begins only after its initialisation. aws_duration and
 * aws_billed_duration are those of the REPORT line.
 */
#ifndef TRACES_PACSLAB_CSV_H
#define TRACES_PACSLAB_CSV_H

#include "traces/record.h"

extern const struct trace_format pacslab_csv_format;

#endif
