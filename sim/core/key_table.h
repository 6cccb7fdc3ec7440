/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers 64-bit keys 0, 1, 2... in time and memory that follow from how many there are at once: a
 * hash table of chains that doubles. The numbers of removed keys are given out again. */
#ifndef CORE_KEY_TABLE_H
#define CORE_KEY_TABLE_H

#include <stddef.h>
#include <stdint.h>

#define KEY_TABLE_END UINT32_MAX

struct key_entry {
    uint64_t key;
    uint32_t next; /* in its bucket, or of the free ones */
};

struct key_table { /* all zero: empty */
    struct key_entry *entry;
    size_t entries, capacity, used; /* used: of the entries, the others are free */
    uint32_t *bucket;
    size_t buckets; /* 2^n */
    uint32_t free;
};

/* The key's number, stable until it is removed; a new key is added. The numbers are dense: a new
 * one is at most the greatest number of keys that there were at once, less one. */
uint32_t key_table_number(struct key_table *table, uint64_t key);
void key_table_remove(struct key_table *table, uint32_t number);
void key_table_finish(struct key_table *table);

#endif
