/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the result of `bill` is turned into; computes nothing. */
#ifndef REPORTS_BILL_EXPORTERS_H
#define REPORTS_BILL_EXPORTERS_H

#include "reports/output_file.h"

#include <lambdaplan/bill_result.h>

/* bill.csv and run.json into `dir`, both or none. 0, or -1 after an error. */
int bill_reports_write(const struct bill_result *result, const char *dir,
                       struct diagnostics *diagnostics);

typedef void bill_exporter_function(const struct bill_result *result, struct output *output);
bill_exporter_function bill_csv_write, bill_json_write, bill_run_json_write, bill_markdown_write;
void bill_table_write(const struct bill_result *result, struct output *output, bool color);

#endif
