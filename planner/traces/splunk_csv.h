/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lambda's log as a search in Splunk exports it. */
#ifndef TRACES_SPLUNK_CSV_H
#define TRACES_SPLUNK_CSV_H

#include "traces/record.h"

extern const struct trace_format splunk_csv_format;

#endif
