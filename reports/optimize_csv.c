/* SPDX-License-Identifier: GPL-3.0-or-later */
/* optimize.csv: sweep.csv of what was tried, and what is minimized. */
#include "reports/optimize_exporters.h"

#include "reports/sweep_exporters.h"
#include "support/text.h"

#include <stdlib.h>
#include <string.h>

/* "function:f.latency_ms.p99", as the columns of objectives are called. free() it. */
static char *column_name(const struct optimize_result *result)
{
    char *const name = text_format("%s", result->metric);
    char *const blank = strchr(name, ' ');
    if (blank != NULL)
        *blank = '.';
    return name;
}

void optimize_csv_write(const struct optimize_result *result, struct output *output)
{
    const struct sweep_result *const tried = &result->tried;
    char *const name = column_name(result);
    bool there = strcmp(name, "monthly_cost_usd") == 0;
    for (size_t i = 0; i < tried->objectives && !there; i++) {
        char *const other =
            text_format("%s.%s", tried->objective[i].entity, tried->objective[i].metric);
        there = strcmp(name, other) == 0;
        free(other);
    }
    sweep_csv_write_more(tried, there ? NULL : name, there ? NULL : result->value, output);
    free(name);
}
