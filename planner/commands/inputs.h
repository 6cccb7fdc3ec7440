/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a command needs before it can simulate: the dated data and a scenario that fits them. */
#ifndef COMMANDS_INPUTS_H
#define COMMANDS_INPUTS_H

#include "commands/command.h"

#include "plan/world.h"
#include "scenario/json.h"
#include "scenario/scenario.h"

struct inputs {
    struct world world;
    struct scenario *scenario;
    /* What it was made of: its text, and the tree that designs are made from. */
    char *text;
    size_t size;
    cJSON *root;
    const char *path;
    struct scenario_overrides overrides;
};

/* The scenario of the first argument with the options' overrides; its mistakes are reported in one
 * go. 0, or -1 after errors; inputs_finish in both cases. */
int inputs_check(struct inputs *ret, const struct options *options,
                 struct diagnostics *diagnostics);
/* The same, and what it leaves to be found: a warm-up that is "auto", by a run. */
int inputs_load(struct inputs *ret, const struct options *options, struct diagnostics *diagnostics);
/* Only the dated data and the user's own prices. */
int inputs_load_world(struct inputs *ret, const struct options *options,
                      struct diagnostics *diagnostics);
void inputs_finish(struct inputs *inputs);

#endif
