/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * AWS Cost and Usage Reports: the legacy one ("lineItem/UsageType") and CUR 2.0 of Data Exports
 * ("line_item_usage_type"). Costs are unblended. Amounts in a currency other than USD are rejected.
 * Columns: docs.aws.amazon.com/cur/latest/userguide/data-dictionary.html.
 */
#ifndef TRACES_CUR_H
#define TRACES_CUR_H

#include "traces/record.h"

extern const struct trace_format cur_format;

#endif
