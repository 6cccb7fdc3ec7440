/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Keep-alive from idle gaps: when nothing was running, the next call found the environment that was
 * used last, warm or gone. So each gap says only whether the environment lived longer: current
 * status data, whose maximum likelihood estimate is the isotonic regression of "cold" on the gap,
 * by pooling adjacent violators (Ayer et al. 1955; Groeneboom and Wellner 1992).
 */
#ifndef HISTORY_FIT_KEEP_ALIVE_H
#define HISTORY_FIT_KEEP_ALIVE_H

#include "core/distribution.h"
#include "history/fit_sketch.h"

/* Idle gaps in seconds, by how they ended. */
struct fit_gaps {
    struct fit_sketch warm, cold;
};

struct fit_keep_alive {
    uint64_t warm, cold;                    /* gaps */
    double longest_warm_s, shortest_cold_s; /* NAN: none */
    /* nine in ten live until `low_s`, one in ten at most beyond `high_s`; NAN: not seen */
    double low_s, high_s;
};

/* `ret_s` gets a table of at most so many quantiles where there is a cold gap (finish it), else
 * stays as it is. */
void fit_gaps_estimate(const struct fit_gaps *gaps, size_t points, struct fit_keep_alive *ret,
                       struct distribution *ret_s);

#endif
