/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The folder that `simulate --output` wrote, read back: run.json (the options with their bills and
 * objectives) and summary.csv (the metrics). Numbers have the files' nine digits, money all of its.
 * Also the folder of `bill --output`: run.json and bill.csv.
 * The files may come from anywhere: what is not as it was written is an error with file and line.
 */
#ifndef STUDIES_RESULT_READER_H
#define STUDIES_RESULT_READER_H

#include <lambdaplan/result.h>

/* 0, or -1 after errors; result_finish in both cases. */
int result_read(struct result *ret, const char *dir, struct diagnostics *diagnostics);

/* Of `simulate` or of `bill`, whichever the folder is of. A bill becomes a result with one option,
 * "bill", no scenario and no metrics: its lines are of the mean of the months billed, tiers apart,
 * each rounded to a pico-dollar. 0, or -1 after errors; result_finish in both cases. */
int result_read_any(struct result *ret, const char *dir, bool *ret_bill,
                    struct diagnostics *diagnostics);

/* The charts of a result that was read, from timeseries.csv. 0, or -1 after an error. */
int result_read_charts(struct result *result, const char *dir, struct diagnostics *diagnostics);

#endif
