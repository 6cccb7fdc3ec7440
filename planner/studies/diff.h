/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two results compared, for a pull request: what was changed in the scenario, what it does to the
 * bill, the objectives and the metrics, and whether that stays within a budget.
 *
 * Where both were simulated here with one seed, replication k of both met the same luck, and
 * differences have paired intervals (Student's t). Results from folders have no replications any
 * more: their intervals are taken as independent, which is wider than it need be.
 */
#ifndef STUDIES_DIFF_H
#define STUDIES_DIFF_H

#include <lambdaplan/diff.h>

/* `ret` has before, after, bills, paired, limits and the paths (mem_strdup); the rest is filled in.
 * 0, or -1 after an error: `after` has no such option, or none to measure an increase by.
 * diff_result_finish in both cases. */
int diff_compare(struct diff_result *ret, struct diagnostics *diagnostics);

/* The settings that differ between two scenarios' JSON: what stands on one side only as a whole.
 * `as_of`, region, seed and replications are those of the runs, whoever set them. */
void diff_settings(struct diff_result *ret);

#endif
