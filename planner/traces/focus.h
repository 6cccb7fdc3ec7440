/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * FOCUS 1.0 exports (focus.finops.org): one vocabulary for the bills of all clouds. NULL is written
 * as such. AWS's exports call a Lambda GB-second "Seconds"; usage types are in the column
 * x_UsageType where the export has it, else the description stands in.
 */
#ifndef TRACES_FOCUS_H
#define TRACES_FOCUS_H

#include "traces/record.h"

extern const struct trace_format focus_format;

#endif
