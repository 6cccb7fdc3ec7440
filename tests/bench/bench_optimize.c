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

static const struct {
    const char *name, *grid[GRID_AXES_MAX];
} shipped[] = {
    {"elb-to-kinesis",
     {"run.duration_s=3600", "streams.clicks.shard_count=2:16:2",
      "functions.index.memory_size=256:2048:256",
      "event_source_mappings.index.batch_size=50,100,200,500,1000"}},
    {"hot-stream",
     {"run.duration_s=60", "streams.events.shard_count=1:6:1",
      "functions.index.memory_size=256:2048:256",
      "event_source_mappings.index.batch_size=50,100,200,500,1000"}},
    {"hot-stream-fan-out",
     {"run.duration_s=60", "streams.events.shard_count=1:6:1",
      "functions.index.memory_size=256:2048:256",
      "event_source_mappings.index.batch_size=50,100,200,500,1000"}},
    {"stream-processing",
     {"run.duration_s=120", "streams.decoded.shard_count=18:36:3",
      "functions.enrich.memory_size=256:1536:256",
      "event_source_mappings.enrich.batch_size=50,100,200,500,1000"}},
    {"poison-record",
     {"run.duration_s=7200", "functions.book.memory_size=128:2048:128",
      "event_source_mappings.book.batch_size=10,20,50,100,200,500,1000",
      "event_source_mappings.book.maximum_retry_attempts=1:5:1"}},
};

static void measure(size_t i)
{
    struct grid_case g;
    char *const path = text_format("%s/scenarios/%s.json", DATA_DIR, shipped[i].name);
    if (!grid_case_init(&g, NULL, path, shipped[i].grid, 0) || !grid_case_run(&g) ||
        grid_case_search(&g) != STUDY_DONE) {
        diagnostics_print(&g.diagnostics, stderr);
        exit(EXIT_FAILURE);
    }
    const size_t best = grid_case_best(&g);
    printf("%-20s %5zu designs x %u: %5.1f %% of %11.0f invocations, %s\n", shipped[i].name,
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
    for (size_t i = 0; i < sizeof shipped / sizeof *shipped; i++)
        measure(i);
    return EXIT_SUCCESS;
}
