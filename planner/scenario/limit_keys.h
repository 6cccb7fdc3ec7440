/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The keys of data/limits that the program reads, each with the unit in which it reads it. Code
 * writes a key as one string, which a structure test looks up here; a `*` stands for what code
 * fills in: a region, a size. Without a `*` a key must be in the data.
 */
#ifndef SCENARIO_LIMIT_KEYS_H
#define SCENARIO_LIMIT_KEYS_H

struct limit_key {
    const char *key, *unit;
};

extern const struct limit_key limit_keys[]; /* until one whose key is NULL */

/* NULL: nobody reads it. */
const struct limit_key *limit_keys_find(const char *key);

#endif
