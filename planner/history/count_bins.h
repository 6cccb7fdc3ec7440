/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How long a bin of counts is, where rows tell only when it begins (span_ns UNKNOWN_VALUE): the
 * smallest gap between rows that follow each other, which is what a file's bins have in common,
 * whatever bins are missing. A recording of counts ends where its last bin ends.
 */
#ifndef HISTORY_COUNT_BINS_H
#define HISTORY_COUNT_BINS_H

#include "traces/record.h"

#include <stdbool.h>
#include <stdint.h>

/* Zeroed, it is empty. */
struct count_bins {
    bool any;
    int64_t first_read_ns, last_read_ns; /* in the order of reading */
    int64_t from_ns, last_ns;            /* the earliest bin, the latest */
    int64_t length_ns;                   /* 0: not known so far */
};

/* A record of a count without a span; others are nothing to it. Bins of no calls count, too. */
void count_bins_add(struct count_bins *bins, const struct invocation_record *record);
/* Adds a part that was read behind it. */
void count_bins_merge(struct count_bins *bins, const struct count_bins *part);
/* Where the last bin ends; where it begins when it is not known how long it is. */
int64_t count_bins_end(const struct count_bins *bins);

#endif
