/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/exporters.h"

#include "core/memory.h"

#include <stdlib.h>

const struct exporter reports_exporters[] = {
    {"summary.csv", summary_csv_write},
    {"cost.csv", cost_csv_write},
    {"comparison.csv", comparison_csv_write},
    {"run.json", run_json_write}, /* last: where it is new, so is the rest */
};
const size_t reports_exporter_count = sizeof reports_exporters / sizeof *reports_exporters;

const char *reports_file(size_t index)
{
    if (index == 0)
        return TIMESERIES_CSV;
    return index <= reports_exporter_count ? reports_exporters[index - 1].file_name : NULL;
}

int reports_write(const struct result *result, const char *dir, struct timeseries_csv *timeseries,
                  struct diagnostics *diagnostics)
{
    struct output **const output = mem_alloc(reports_exporter_count + 1, sizeof *output);
    size_t opened = 0;
    int status = -1;
    struct timeseries_csv *const series =
        timeseries != NULL ? timeseries : timeseries_csv_open(dir, diagnostics);
    if (series == NULL)
        goto out;
    output[opened++] = timeseries_csv_close(series);
    for (size_t i = 0; i < reports_exporter_count; i++) {
        const struct exporter *const exporter = &reports_exporters[i];
        output[opened] = output_open(dir, exporter->file_name, diagnostics);
        if (output[opened] == NULL)
            goto out;
        exporter->write(result, output[opened++]);
    }
    status = output_commit(output, opened, diagnostics);
    opened = 0;
out:
    for (size_t i = 0; i < opened; i++)
        output_abandon(output[i]);
    free(output);
    return status;
}

int report_stdout_csv(const struct result *result, FILE *out, struct diagnostics *diagnostics)
{
    struct output *const output = output_to_stream(out, "standard output");
    summary_csv_write(result, output);
    return output_commit(&output, 1, diagnostics);
}
