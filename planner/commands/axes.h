/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What varies in a study: the options --vary. */
#ifndef COMMANDS_AXES_H
#define COMMANDS_AXES_H

#include "commands/command.h"
#include "engine/axis.h"

/* One axis for each --vary, in new memory. NULL after errors: none, a wrong one, one twice. */
struct axis *axes_parse(const struct options *options, const cJSON *root,
                        struct diagnostics *diagnostics);
void axes_free(struct axis *axis, const struct options *options); /* NULL does nothing */

#endif
