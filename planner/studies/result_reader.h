/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The folder that `simulate --output` wrote, read back: run.json (the options with their bills and
 * objectives) and summary.csv (the metrics). Numbers have the files' nine digits, money all of its.
 * The files may come from anywhere: what is not as it was written is an error with file and line.
 */
#ifndef STUDIES_RESULT_READER_H
#define STUDIES_RESULT_READER_H

#include <lambdaplan/result.h>

/* 0, or -1 after errors; result_finish in both cases. */
int result_read(struct result *ret, const char *dir, struct diagnostics *diagnostics);

/* The charts of a result that was read, from timeseries.csv. 0, or -1 after an error. */
int result_read_charts(struct result *result, const char *dir, struct diagnostics *diagnostics);

#endif
