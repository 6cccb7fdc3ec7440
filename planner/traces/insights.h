/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Results of CloudWatch Logs Insights over Lambda's log groups: the CSV that the console exports,
 * the answer of GetQueryResults ({"results": [[{"field": …, "value": …}, …], …]}) and the JSON that
 * the console copies (a list of objects by field name).
 *
 * Fields as Logs Insights discovers them in Lambda logs
 * (docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html):
 * durations in ms, memory in bytes where 1 MB is 1,000,000 (1.28E8 is a function of 128 MB); in
 * JSON logs record.metrics.durationMs and so on. A REPORT line in @message tells what no field
 * tells. Rows of another @type than REPORT are no invocations: counted, and told by a warning.
 * The function's name is that of the log group in @log ("ACCOUNT:/aws/lambda/NAME") or, in a group
 * shared by functions, the name in the stream ("2023/11/14/NAME[$LATEST]…").
 */
#ifndef TRACES_INSIGHTS_H
#define TRACES_INSIGHTS_H

#include "traces/record.h"
#include "traces/table.h"

extern const struct table_format insights_csv_table;
extern const struct trace_format insights_csv_format, insights_json_format;

#endif
