/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Uncertain inputs: numbers of a scenario that are known only to a range, from its section
 * `uncertain`, from the command line, or assumed around what is written. They are taken as
 * independent of each other.
 *
 * Triangular: from low to high with its peak at mid. PERT: a beta distribution of the same ends
 * with mean (low + 4 mid + high) / 6 (Malcolm, Roseboom, Clark and Fazar 1959,
 * doi:10.1287/opre.7.5.646). Uniform: any value alike.
 */
#ifndef STUDIES_UNCERTAINTY_H
#define STUDIES_UNCERTAINTY_H

#include "engine/design.h"

struct uncertain_input {
    char *path;
    double low, mid, high;
    enum uncertainty distribution;
    bool whole; /* only whole numbers */
};

struct uncertain_inputs {
    struct uncertain_input *item;
    size_t count;
};

/* Each input of the section: a number of the system, once. 0, or -1 after errors with the line of
 * the entry. `ret` NULL: only look. */
int uncertain_from_scenario(struct uncertain_inputs *ret, const struct scenario *scenario,
                            const cJSON *root, struct diagnostics *diagnostics);

/* "PATH=LOW:MID:HIGH", "PATH=LOW:HIGH" (mid: halfway), both triangular; or "PATH": what the
 * scenario says, less and more by the part `by`, uniform. 0, or -1 after an error. */
int uncertain_from_text(struct uncertain_inputs *ret, const char *text, double by,
                        const cJSON *root, struct diagnostics *diagnostics);

/* Every number that the scenario states of its functions and workloads (not in lists, not 0), less
 * and more by the part `by`, uniform; whole numbers by 1 at least. */
void uncertain_assume(struct uncertain_inputs *ret, const cJSON *root, double by);

/* An assumed end that would be no scenario is drawn in to mid; an input of which nothing is left
 * goes, with a warning. */
void uncertain_trim(struct uncertain_inputs *inputs, const struct design_base *base,
                    struct diagnostics *diagnostics);

void uncertain_finish(struct uncertain_inputs *inputs);

/* The value below which the part `u` (0 .. 1) of the distribution lies. */
double uncertain_quantile(const struct uncertain_input *input, double u);
/* A value as a setting has it: six digits, whole where it must be, within the range. free() it. */
char *uncertain_text(const struct uncertain_input *input, double value);

#endif
