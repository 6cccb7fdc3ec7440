/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of keys: chains of entries, as many buckets as there were keys at once. */
#include "core/key_table.h"

#include "core/memory.h"
#include "core/random.h"

#include <stdlib.h>

#define FIRST_BUCKETS 16u

static uint32_t *bucket_of(const struct key_table *t, uint64_t key)
{
    return &t->bucket[random_mix(key) & (t->buckets - 1)];
}

static void add_buckets(struct key_table *t)
{
    const size_t old = t->buckets;
    uint32_t *const former = t->bucket;
    t->buckets = old == 0 ? FIRST_BUCKETS : old * 2;
    t->bucket = mem_alloc(t->buckets, sizeof *t->bucket);
    for (size_t i = 0; i < t->buckets; i++)
        t->bucket[i] = KEY_TABLE_END;
    for (size_t i = 0; i < old; i++)
        for (uint32_t k = former[i], next; k != KEY_TABLE_END; k = next) {
            uint32_t *const bucket = bucket_of(t, t->entry[k].key);
            next = t->entry[k].next;
            t->entry[k].next = *bucket;
            *bucket = k;
        }
    free(former);
}

static uint32_t new_entry(struct key_table *t)
{
    if (t->used++ < t->entries) {
        const uint32_t number = t->free;
        t->free = t->entry[number].next;
        return number;
    }
    t->entry = mem_grow(t->entry, &t->capacity, t->entries, sizeof *t->entry);
    return (uint32_t)t->entries++;
}

uint32_t key_table_number(struct key_table *table, uint64_t key)
{
    struct key_table *const t = table;
    if (t->used == t->buckets)
        add_buckets(t);
    uint32_t *const bucket = bucket_of(t, key);
    for (uint32_t i = *bucket; i != KEY_TABLE_END; i = t->entry[i].next)
        if (t->entry[i].key == key)
            return i;
    const uint32_t number = new_entry(t);
    t->entry[number] = (struct key_entry){.key = key, .next = *bucket};
    *bucket = number;
    return number;
}

void key_table_remove(struct key_table *table, uint32_t number)
{
    struct key_table *const t = table;
    uint32_t *place = bucket_of(t, t->entry[number].key);
    while (*place != number)
        place = &t->entry[*place].next;
    *place = t->entry[number].next;
    t->entry[number].next = t->free;
    t->free = number;
    t->used--;
}

void key_table_finish(struct key_table *table)
{
    free(table->entry);
    free(table->bucket);
    *table = (struct key_table){0};
}
