/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options that say how traffic changes: --traffic 0.1:10:*2, --burstiness, --growth, --from,
 * --up-to. */
#ifndef COMMANDS_TRAFFIC_OPTIONS_H
#define COMMANDS_TRAFFIC_OPTIONS_H

#include "commands/study_options.h"

/* 0, or -1 after a message. */
int traffic_option_take(struct study_options *options, char letter, const char *value);

#endif
