/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How many of many lines came more than once: of all lines those with the smallest hashes are kept
 * (a bottom-k sketch: 16,384 different ones), so that copies of a line are all kept or all left
 * out. Exact up to that many lines; the order in which lines come and parts are merged is nothing
 * to it.
 */
#ifndef HISTORY_LINE_SAMPLE_H
#define HISTORY_LINE_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct line_sample {
    uint64_t *hash;
    size_t count, capacity;
    uint64_t from; /* hashes from here on are left out; 0: none are */
};

void line_sample_add(struct line_sample *sample, uint64_t hash);
void line_sample_merge(struct line_sample *sample, const struct line_sample *part);
/* The share of the different lines that came again, 0 to 1. */
double line_sample_repeated(struct line_sample *sample);
void line_sample_finish(struct line_sample *sample);

#endif
