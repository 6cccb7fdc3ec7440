/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The study behind `simulate`: the Lambda design and every baseline of a scenario, compared.
 */
#ifndef STUDIES_STUDY_H
#define STUDIES_STUDY_H

#include "engine/evaluate.h"

/* Fills `ret` (result_finish it in every case). Warnings go to ret->notes, errors to
 * `diagnostics`. */
enum study_status study_run(struct result *ret, const struct scenario *scenario,
                            const struct world *world, const struct study_hooks *hooks,
                            struct diagnostics *diagnostics);

/* What a result says of its scenario and data; the rest is left as it is. */
void study_describe(struct result *result, const struct scenario *scenario,
                    const struct world *world);

#endif
