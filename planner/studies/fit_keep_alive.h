/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Keep-alive from idle gaps: when nothing was running, the next call found the environment that was
 * used last, warm or gone. So each gap says only whether the environment lived longer: current
 * status data, whose maximum likelihood estimate is the isotonic regression of "cold" on the gap,
 * by pooling adjacent violators (Ayer et al. 1955; Groeneboom and Wellner 1992). Gaps are counted
 * in logarithmic bins of 1 %.
 */
#ifndef STUDIES_FIT_KEEP_ALIVE_H
#define STUDIES_FIT_KEEP_ALIVE_H

#include "core/distribution.h"

#include <stdbool.h>
#include <stdint.h>

struct fit_gaps;

struct fit_gaps *fit_gaps_create(void);
void fit_gaps_destroy(struct fit_gaps *gaps);
void fit_gaps_add(struct fit_gaps *gaps, double gap_s, bool cold); /* gap_s at least 0 */

struct fit_keep_alive {
    uint64_t warm, cold;               /* gaps */
    double longest_warm_s, shortest_cold_s; /* NAN: none */
    /* nine in ten live until `low_s`, one in ten at most beyond `high_s`; NAN: not seen */
    double low_s, high_s;
};

/* `ret_s` gets a quantile table where there is a cold gap (finish it), else stays as it is. */
void fit_gaps_estimate(const struct fit_gaps *gaps, struct fit_keep_alive *ret,
                       struct distribution *ret_s);

#endif
