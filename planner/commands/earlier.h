/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an earlier run has left in an output folder. A folder has the results of one run: none of
 * another command beside them, and none beside the journal of a study that has not ended, where
 * they would be taken for its own. So they go into DIR/previous (previous-2, …) before, and there
 * they stay until new results of the same command are whole: those replace them. Files that bear
 * the names of results without a run.json are the user's own, or what a killed study had begun to
 * write beside its journal.
 */
#ifndef COMMANDS_EARLIER_H
#define COMMANDS_EARLIER_H

#include "commands/command.h"

#include <lambdaplan/diagnostics.h>

#include <stdbool.h>
#include <stddef.h>

struct earlier {
    const char *dir;               /* NULL: there is no output folder */
    const struct command *command; /* whose results are to come */
    char *aside; /* the folder in `dir` where the earlier results are; NULL: nothing was moved */
};

enum earlier_what {
    EARLIER_OTHERS, /* of other commands, and what is the user's own */
    EARLIER_ALL,    /* of the same command, too: a study begins */
    EARLIER_RESUMED /* a study goes on: what has no run.json is its own */
};

/* Before results of the command `mine` are written: moves what is there aside, and
 * with `tell` says on standard error where it is. 0, or -1 after an error: all is as it was. */
int earlier_begin(struct earlier *ret, const char *dir, const struct command *mine,
                  enum earlier_what what, bool tell, struct diagnostics *diagnostics);
/* `whole`: the new results are there, and what was moved of the same command is removed. Else all
 * comes back. */
void earlier_end(struct earlier *earlier, bool whole);

#endif
