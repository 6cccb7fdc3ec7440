/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the result of `backtest` is turned into; computes nothing. */
#ifndef REPORTS_BACKTEST_EXPORTERS_H
#define REPORTS_BACKTEST_EXPORTERS_H

#include "support/output_file.h"

#include <lambdaplan/backtest_result.h>

typedef void backtest_exporter_function(const struct backtest_result *result,
                                        struct output *output);
backtest_exporter_function backtest_csv_write, backtest_json_write, backtest_run_json_write;
backtest_exporter_function backtest_markdown_write;
void backtest_table_write(const struct backtest_result *result, struct output *output, bool color);

#endif
