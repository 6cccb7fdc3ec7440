/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CloudWatch metrics: the answers of GetMetricData and GetMetricStatistics as the AWS CLI prints
 * them, and CSV with the columns timestamp,value.
 *
 * GetMetricData: the label is the metric's name; of a label "NAME Invocations", as CloudWatch makes
 * them when dimensions differ, NAME is the entity. Newest first is usual; GetMetricStatistics has
 * no order at all: both are sorted by time, series by series. A point of GetMetricStatistics with
 * several statistics becomes one point for each.
 *
 * An answer is read whole, at most 16 MB (an answer has at most 100,800 data points:
 * docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html). CSV streams.
 */
#ifndef TRACES_CLOUDWATCH_METRICS_H
#define TRACES_CLOUDWATCH_METRICS_H

#include "traces/record.h"

extern const struct trace_format cloudwatch_metrics_format, metric_csv_format;

#endif
