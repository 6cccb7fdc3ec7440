/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Configuration that users hold, to a scenario. Files of every known format go into one inventory;
 * the scenario made of it is valid and says in its comments where each thing came from and what is
 * assumed: durations that nobody gave are 100 ms, and who calls what is a workload with a rate that
 * has to be filled in.
 *
 * With a scenario to merge into, as `fit` makes it, the import wins on configuration and that
 * scenario on measurements (durations, cold starts, error rates) and workloads, by function name.
 */
#ifndef IMPORTS_IMPORT_H
#define IMPORTS_IMPORT_H

#include "imports/inventory.h"
#include "scenario/scenario.h"

/* Reads one file, packed or not ("-": standard input), or NAME=FILE, which names what an answer
 * does not name, or all files of a folder. 0: read; 1: none of the formats, with a warning; -1:
 * errors. What cannot be read in a folder is a warning. */
int import_file(struct inventory *inventory, const char *argument);
/* The same of a text. */
int import_text(struct inventory *inventory, const char *text, size_t size, const char *file,
                const char *name);

struct import_request {
    struct scenario_data data; /* limits, runtimes, instances */
    const char *as_of;         /* YYYY-MM-DD; NULL: the merged scenario's */
    const char *today;         /* if that says nothing, too */
    const char *region;        /* NULL: of the ARNs, or of the merged scenario */
    const char *merge;         /* a scenario's file; NULL: none */
    const char *output;        /* where it is going to be; NULL: not known */
    double rate_per_s;         /* of workloads that are placeholders */
};

/* The scenario as text, free() it; NULL after errors. It has been checked as `validate` does it,
 * except for prices. */
char *import_scenario(struct inventory *inventory, const struct import_request *request);

#endif
