/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE /* memmem */
#include "traces/formats.h"

#include "core/memory.h"
#include "traces/azure_functions.h"
#include "traces/cloudwatch_events.h"
#include "traces/cloudwatch_metrics.h"
#include "traces/cur.h"
#include "traces/focus.h"
#include "traces/insights.h"
#include "traces/lambda_json_log.h"
#include "traces/lambda_log.h"
#include "traces/mapped_csv.h"
#include "traces/monitoring.h"
#include "traces/pacslab_csv.h"
#include "traces/splunk_csv.h"

#include <string.h>

static const struct trace_format *const formats[] = {
    &cur_format,
    &focus_format,
    &insights_csv_format,
    &insights_json_format,
    &mapped_csv_format,
    &azure_functions_2019_format,
    &azure_functions_2021_format,
    &cloudwatch_metrics_format,
    &metric_csv_format,
    &cloudwatch_events_format,
    &lambda_json_log_format,
    &splunk_csv_format,
    &lambda_log_format,
    &monitoring_format,
    &pacslab_csv_format,
    NULL, /* the end */
};

size_t formats_count(void)
{
    return sizeof formats / sizeof *formats - 1;
}

const struct trace_format *formats_get(size_t index)
{
    return formats[index];
}

const struct trace_format *formats_find(const char *name)
{
    for (size_t i = 0; i < formats_count(); i++)
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}

const struct trace_format *formats_recognise(const char *head, size_t size)
{
    for (size_t i = 0; i < formats_count(); i++)
        if (formats[i]->recognise(head, size))
            return formats[i];
    return NULL;
}

char *formats_list(void)
{
    size_t size = 1;
    for (size_t i = 0; i < formats_count(); i++)
        size += strlen(formats[i]->name) + 2;
    char *const text = mem_alloc(size, 1);
    for (size_t i = 0; i < formats_count(); i++) {
        strcat(text, i > 0 ? ", " : "");
        strcat(text, formats[i]->name);
    }
    return text;
}

bool formats_contains(const char *head, size_t size, const char *text)
{
    return memmem(head, size, text, strlen(text)) != NULL;
}
