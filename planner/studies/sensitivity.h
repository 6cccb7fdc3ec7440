/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sensitivity: which uncertain inputs move cost and latency most, what comes out of all of them
 * together, and which of some designs is regretted least.
 *
 * One at a time: every input at its low and its high end with all others at mid, against all at
 * mid, with all replications on the same random numbers (paired intervals). All at once: Saltelli's
 * pairs of samples (sobol_indices.h) of all inputs, each run once. A run's luck is one more input:
 * sample j of A and of every AB_i meets replication 2j, of B replication 2j + 1, so that its own
 * index says how much of the spread is only that runs are finite. The 2 N samples of A and B are
 * the distribution of the result.
 *
 * Regret: in each sample of A, what a design costs beyond the cheapest of the designs that keeps
 * every objective there (all designs meet the same luck). One that does not keep them is charged
 * the dearest design's cost in that sample, if that is more. Where none keeps them, the cheapest is
 * the measure. A design may be chosen if it keeps the objectives in the asked-for part of samples;
 * if none does, the surest may.
 */
#ifndef STUDIES_SENSITIVITY_H
#define STUDIES_SENSITIVITY_H

#include "studies/trials.h"
#include "studies/uncertainty.h"

#include <lambdaplan/sensitivity.h>

/* A design of the user's: settings on top of the scenario. */
struct sensitivity_choice {
    const char *name;
    struct design design;
};

struct sensitivity_request {
    const struct scenario *scenario; /* as written */
    const size_t *metric;            /* of its objectives: task_base_want_objectives */
    const struct uncertain_inputs *inputs;
    double by; /* the inputs were assumed; 0: given */
    const struct sensitivity_choice *choice;
    size_t choices;
    const char *option;    /* a baseline; NULL: the Lambda design */
    unsigned replications; /* one at a time */
    size_t samples;        /* at least 2 */
    double confidence;
};

struct sensitivity_hooks {
    bool (*keep_on)(void *context, const struct executor_progress *progress);
    void *context;
};

/* Fills `ret` (sensitivity_result_finish it in every case). All designs are read before the first
 * runs. With a shard `ret_missing` tasks are left to others, and `ret` has no inputs. */
enum study_status sensitivity_run(struct sensitivity_result *ret, struct executor *executor,
                                  const struct sensitivity_request *request,
                                  const struct sensitivity_hooks *hooks, size_t *ret_missing,
                                  struct diagnostics *diagnostics);

/* For the study's own files: the regret of designs whose cost in USD a month and whether they keep
 * the objectives stand row by row, `designs` of each sample. Fills what `ret` says of designs. */
void sensitivity_regret(struct sensitivity_result *ret, const double *cost, const bool *meets,
                        size_t samples);

#endif
