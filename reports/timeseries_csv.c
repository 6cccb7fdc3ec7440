/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timeseries.csv, which is written while the first replication runs. */
#include "reports/csv_fields.h"
#include "reports/exporters.h"

#include "core/memory.h"

#include <stdlib.h>

struct timeseries_csv {
    struct csv_row row;
};

struct timeseries_csv *timeseries_csv_open(const char *dir, struct diagnostics *diagnostics)
{
    struct output *const output = output_open(dir, TIMESERIES_CSV, diagnostics);
    if (output == NULL)
        return NULL;
    output_text(output, "time_s,entity,metric,statistic,unit,value\n");
    struct timeseries_csv *const timeseries = mem_alloc(1, sizeof *timeseries);
    timeseries->row.output = output;
    return timeseries;
}

void timeseries_csv_put(struct timeseries_csv *timeseries, double time_s, const char *entity,
                        const char *metric, const char *statistic, const char *unit, double value)
{
    struct csv_row *const row = &timeseries->row;
    if (output_error(row->output) != 0)
        return;
    csv_put_number(row, time_s);
    csv_put_text(row, entity);
    csv_put_text(row, metric);
    csv_put_text(row, statistic);
    csv_put_text(row, unit);
    csv_put_number(row, value);
    csv_end_row(row);
}

struct output *timeseries_csv_close(struct timeseries_csv *timeseries)
{
    struct output *const output = timeseries->row.output;
    free(timeseries);
    return output;
}

void timeseries_csv_abandon(struct timeseries_csv *timeseries)
{
    if (timeseries != NULL)
        output_abandon(timeseries_csv_close(timeseries));
}
