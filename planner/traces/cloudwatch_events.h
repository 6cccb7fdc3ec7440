/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CloudWatch Logs in JSON: events of the AWS CLI, of subscriptions, of telemetry. */
#ifndef TRACES_CLOUDWATCH_EVENTS_H
#define TRACES_CLOUDWATCH_EVENTS_H

#include "traces/record.h"

extern const struct trace_format cloudwatch_events_format;

#endif
