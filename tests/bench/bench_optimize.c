/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How many of a grid's simulated invocations the search needs, on grids over the shipped scenarios
 * (shortened, which changes both alike), and whether its answer is the grid's. Counts, not times:
 * the same on every machine.
 *
 * usage: bench_optimize
 */
#include "grid_case.h"

#include "support/text.h"

#include <stdio.h>
#include <stdlib.h>

static void measure(size_t i)
{
    struct grid_case g;
    char *const path = text_format("%s/scenarios/%s.json", DATA_DIR, grid_shipped[i].name);
    if (!grid_case_init(&g, NULL, path, grid_shipped[i].grid, 0) || !grid_case_run(&g) ||
        grid_case_search(&g) != STUDY_DONE) {
        diagnostics_print(&g.diagnostics, stderr);
        exit(EXIT_FAILURE);
    }
    const size_t best = grid_case_best(&g);
    printf("%-20s %5zu designs x %u: %5.1f %% of %11.0f invocations, %s\n", grid_shipped[i].name,
           g.designs.count, g.request.sweep.replications,
           100 * g.result.invocations / g.invocations, g.invocations,
           !grid_case_agrees(&g, best) ? "ANOTHER ANSWER"
           : best == SIZE_MAX          ? "none meets the objectives"
                                       : "the grid's answer");
    fflush(stdout);
    grid_case_finish(&g);
    free(path);
}

int main(void)
{
    for (size_t i = 0; i < GRID_SHIPPED; i++)
        measure(i);
    return EXIT_SUCCESS;
}
