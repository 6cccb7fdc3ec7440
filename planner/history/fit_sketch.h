/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Numbers with weights in bounded memory: a table of cells by value. Values are single precision;
 * when the cells do not fit, each two neighbours become one (as UDDSketch collapses its buckets:
 * Epicoco et al. 2020), so that a cell's width stays in proportion to its value. The weights are
 * exact, and what is kept does not depend on the order in which values come.
 */
#ifndef HISTORY_FIT_SKETCH_H
#define HISTORY_FIT_SKETCH_H

#include <stddef.h>
#include <stdint.h>

struct fit_cell {
    uint64_t weight; /* 0: empty */
    uint32_t key;
};

/* Zeroed, it is empty. */
struct fit_sketch {
    struct fit_cell *cell; /* by hash */
    unsigned bits;         /* 2^bits cells; those in use are at most three quarters */
    unsigned shift;        /* bits that keys have lost */
    size_t cells;          /* in use */
    uint64_t weight;       /* sum */
    double weight_square;  /* sum of squares */
    double least, most;
};

/* A value between low and high, which are one where the cell is exact. */
struct fit_point {
    double low, high, weight;
};

/* A finite value of at least 0; `bits` is the most that the sketch may have, at least 3. */
void fit_sketch_add(struct fit_sketch *sketch, double value, uint64_t weight, unsigned bits);
/* Fewer cells from now on. */
void fit_sketch_limit(struct fit_sketch *sketch, unsigned bits);
void fit_sketch_finish(struct fit_sketch *sketch);

/* The same, its values cut off at `most`; it shares the cells, so do not finish it. */
struct fit_sketch fit_sketch_within(const struct fit_sketch *sketch, double most);

/* By rising value, sketch->cells of them; free() it. */
struct fit_point *fit_sketch_points(const struct fit_sketch *sketch);

/* How many samples of weight 1 would tell as much (Kish 1965): (sum of weights)^2 / sum of their
 * squares. 0 when empty. */
double fit_sketch_samples(const struct fit_sketch *sketch);

#endif
