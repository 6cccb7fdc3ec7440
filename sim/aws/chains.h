/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * When the chains of a batch's records began, and how far they have come, record by record in the
 * batch's order: as many stretches as the batch has cohorts. Whoever passes records on gives each
 * message the beginning and the length of its own record's chain.
 */
#ifndef AWS_CHAINS_H
#define AWS_CHAINS_H

#include <stddef.h>
#include <stdint.h>

/* The chains of `records` records began at even distances from first_ns to last_ns, and came
 * through so many functions. */
struct chain_stretch {
    int64_t first_ns, last_ns;
    uint32_t hops, records;
};

struct chains {
    struct chain_stretch *stretch;
    size_t count, capacity;
};

/* Adds records to the end. */
void chains_add(struct chains *chains, int64_t first_ns, int64_t last_ns, uint32_t hops,
                uint32_t records);
void chains_clear(struct chains *chains);
void chains_copy(struct chains *to, const struct chains *from);
void chains_finish(struct chains *chains);

/* A place that only moves forward. */
struct chains_cursor {
    size_t stretch;
    uint64_t before; /* records of the stretches before it */
};

/* When the chain of record `index`, from 0, began. One after the last is as the last. */
int64_t chains_began(const struct chains *chains, struct chains_cursor *cursor, uint64_t index);
/* Of the record that the cursor was moved to. */
uint32_t chains_hops(const struct chains *chains, const struct chains_cursor *cursor);

#endif
