/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of factors that command lines give, as --traffic 0.1:10:*2. */
#ifndef COMMANDS_TRAFFIC_OPTIONS_H
#define COMMANDS_TRAFFIC_OPTIONS_H

#include "commands/inputs.h"

/* The values of an axis, rising, each once, in new memory; `place` is the option's name. NULL after
 * an error: no list of steps, too many values, one that is not above 0. */
double *numbers_of(const char *text, const char *place, const struct inputs *inputs, size_t *ret_count,
                   struct diagnostics *diagnostics);
double *numbers_copy(const double *value, size_t count, size_t *ret_count);

#endif
