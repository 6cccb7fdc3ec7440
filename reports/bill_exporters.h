/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the result of `bill` is turned into; computes nothing. */
#ifndef REPORTS_BILL_EXPORTERS_H
#define REPORTS_BILL_EXPORTERS_H

#include "support/output_file.h"

#include <lambdaplan/bill_result.h>

typedef void bill_exporter_function(const struct bill_result *result, struct output *output);
bill_exporter_function bill_csv_write, bill_functions_csv_write, bill_waste_csv_write,
    bill_what_if_csv_write, bill_charges_csv_write;
bill_exporter_function bill_json_write, bill_run_json_write, bill_markdown_write;
void bill_table_write(const struct bill_result *result, struct output *output, bool color);

#endif
