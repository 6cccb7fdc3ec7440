/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A grid of designs by brute force, to hold searches against: every design with all replications,
 * and the best of them by the rule of `optimize`, written down a second time.
 */
#ifndef TESTS_GRID_CASE_H
#define TESTS_GRID_CASE_H

#include "studies/optimize.h"

#define GRID_AXES_MAX 6

struct grid_case {
    struct world world;
    cJSON *root;
    struct task_base base;
    struct scenario *scenario;
    struct executor *executor;
    size_t *metric; /* of the objectives */
    struct axis axis[GRID_AXES_MAX];
    struct optimize_request request;
    struct designs designs;
    struct trials trials;          /* the whole grid */
    double invocations;            /* of it */
    struct optimize_result result; /* of the last search */
    struct diagnostics diagnostics;
};

/* The shipped scenarios, shortened, each on a grid of one to five hundred designs. */
struct grid_shipped {
    const char *name, *grid[GRID_AXES_MAX];
};
#define GRID_SHIPPED 21
extern const struct grid_shipped grid_shipped[GRID_SHIPPED];

/* Scenario `text`, or if that is NULL the file `path`, and axes as --vary has them up to a NULL.
 * `replications` 0: the scenario's. False after errors; grid_case_finish in both cases. */
bool grid_case_init(struct grid_case *ret, const char *text, const char *path,
                    const char *const grid[GRID_AXES_MAX], unsigned replications);
void grid_case_finish(struct grid_case *g);

/* Simulates all of it. */
bool grid_case_run(struct grid_case *g);
/* The best of it; SIZE_MAX: no design meets the objectives. */
size_t grid_case_best(const struct grid_case *g);

/* Searches; `result` is then the search's. */
enum study_status grid_case_search(struct grid_case *g);
/* Whether the search's answer is design `best` of the grid, or none as SIZE_MAX. */
bool grid_case_agrees(const struct grid_case *g, size_t best);

#endif
