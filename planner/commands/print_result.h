/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A result on standard output, as `simulate` and `report` have it. */
#ifndef COMMANDS_PRINT_RESULT_H
#define COMMANDS_PRINT_RESULT_H

#include "commands/command.h"

#include <lambdaplan/result.h>

/* In the options' format; what it does not say of the notes goes to standard error. With --quiet
 * notes are dropped from `result`, unless they are data. 0, or -1 after an error. */
int print_result(struct result *result, const struct options *options,
                 struct diagnostics *diagnostics);

#endif
