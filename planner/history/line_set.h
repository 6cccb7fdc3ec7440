/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which lines were there before, by their hashes of 64 bits: exact up to LINE_SET_MAX different
 * ones, at 16 to 32 bytes each. Beyond, new ones are not remembered, and the set says that it is
 * full. A slot is 8 bytes: core/key_table, which numbers keys and forgets them, takes thrice that.
 */
#ifndef HISTORY_LINE_SET_H
#define HISTORY_LINE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_SET_MAX ((size_t)1 << 20)

/* Zeroed, it is empty. */
struct line_set {
    uint64_t *slot; /* 0: empty */
    size_t slots, count;
    bool full;
};

/* False: it was there before. */
bool line_set_add(struct line_set *set, uint64_t hash);
void line_set_finish(struct line_set *set);

#endif
