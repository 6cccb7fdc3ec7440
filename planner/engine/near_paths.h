/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a path that leads nowhere may have meant: the paths of the scenario that end as it does. */
#ifndef ENGINE_NEAR_PATHS_H
#define ENGINE_NEAR_PATHS_H

#include <cJSON.h>

/* "; did you mean `functions.f.memory_size`?" for "memory_size"; of several those that share most
 * steps with `path`, the first three. NULL: none. free() it. */
char *near_paths(const cJSON *root, const char *path);

#endif
