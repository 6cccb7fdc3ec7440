/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An axis: one path of a scenario and the values it takes, as a command line says it.
 *
 *   functions.f.memory_size=128,256,512      a list; also of words: architecture=x86_64,arm64
 *   functions.f.memory_size=128:1024:64      from, to, step; `to` is one of them if the steps hit
 * it functions.f.memory_size=128:1024:*2      each the factor times the last
 *   functions.f.memory_size=128:1024         any value between: to draw samples from, evenly …
 *   functions.f.memory_size=128:1024:*       … or evenly in the logarithm
 *
 * Several axes make a grid, or a Latin hypercube.
 */
#ifndef ENGINE_AXIS_H
#define ENGINE_AXIS_H

#include "engine/design.h"

#define AXIS_VALUES_MAX ((size_t)1000000)
#define DESIGNS_MAX ((size_t)10000000)

struct axis {
    char *path;
    struct setting *value; /* what it takes; none where it is open */
    size_t values;
    bool open; /* any value of from .. to */
    bool whole, logarithmic;
    double from, to;
};

/* `text` is PATH=VALUES; `place` is the option's name for messages, "--vary". Values are not yet in
 * their range: reading the designs tells. 0, or -1 after errors; axis_finish in both cases. */
int axis_parse(struct axis *ret, const cJSON *root, const char *text, const char *place,
               struct diagnostics *diagnostics);
/* Numbers of no path, so that both are written alike: "0.1,1,10", "0.1:10:*2". */
int axis_parse_numbers(struct axis *ret, const char *text, const char *place,
                       struct diagnostics *diagnostics);
void axis_finish(struct axis *axis);

/* Designs with all that their settings point to but the paths, which are the axes'. */
struct designs {
    struct design *design;
    size_t count;
    struct setting *setting; /* of all, one after another */
    char **text;             /* of settings that were drawn */
    size_t texts;
};

/* Every combination; the last axis changes fastest. 0, or -1 after an error: an open axis, too
 * many. Axes outlive the designs. designs_finish in both cases. */
int designs_grid(struct designs *ret, const struct axis *axis, size_t axes,
                 struct diagnostics *diagnostics);
/*
 * A Latin hypercube of `count` designs: the values of each axis are spread evenly, one in each of
 * `count` equal parts of its range, and combined at random (McKay, Beckman and Conover 1979,
 * doi:10.2307/1268522). An axis's draws are named by its path and `seed`.
 */
int designs_sample(struct designs *ret, const struct axis *axis, size_t axes, size_t count,
                   uint64_t seed, struct diagnostics *diagnostics);
void designs_finish(struct designs *designs);

#endif
