/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a command found: into its files, onto standard output, with notes; alike for all studies. */
#ifndef COMMANDS_PUBLISH_H
#define COMMANDS_PUBLISH_H

#include "commands/command.h"

#include "support/output_file.h"

struct publication {
    const void *result;
    struct diagnostics *notes;     /* with --quiet they are dropped, unless they are data */
    struct result *run;            /* of a study, whose notes they are; NULL: of none */
    bool large;                    /* its JSON is not wanted twice */
    const struct command *command; /* whose files these are; of a session, it is put in there */
    const char *named;             /* all of them, as they are told; NULL: one by one */
    /* `file` counts in the command's. */
    void (*write)(const void *result, size_t file, struct output *output);
    /* In any format but CSV, notes included. */
    void (*print)(const void *result, enum output_format format, struct output *output, bool color);
    bool color;
};

/* What a study prints goes into its run.json. */
void publish_keep(const struct publication *what);
/* All files or none, where the options name a folder. 0, or -1 after an error. */
int publish_files(const struct publication *what, const struct options *options,
                  struct diagnostics *diagnostics);
/* Then standard output. 0, or -1 after an error: the files are there all the same. */
int publish_print(const struct publication *what, const struct options *options,
                  struct diagnostics *diagnostics);

#endif
