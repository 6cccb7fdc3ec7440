/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What results depend on besides the program, as one SHA-256: the dated data, the scenario but for
 * its number of replications, what the command line overrides, and the content of files that the
 * scenario names. Results with different digests are of different studies. */
#ifndef ENGINE_DIGEST_H
#define ENGINE_DIGEST_H

#include "engine/design.h"

#define DIGEST_SIZE 32

/* 0, or -1 after an error: a file that cannot be read. */
int digest_inputs(const struct design_base *base, uint8_t ret[DIGEST_SIZE],
                  struct diagnostics *diagnostics);

#endif
