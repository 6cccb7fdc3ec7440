/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/key_table.h"
#include "harness.h"

#define KEYS 1000000u

static size_t longest_chain(const struct key_table *t)
{
    size_t longest = 0;
    for (size_t i = 0; i < t->buckets; i++) {
        size_t length = 0;
        for (uint32_t k = t->bucket[i]; k != KEY_TABLE_END; k = t->entry[k].next)
            length++;
        longest = length > longest ? length : longest;
    }
    return longest;
}

/* In one row, in the high half only, multiples of 2^k, both halves alike: what a plain remainder
 * would put into few buckets. Of n keys in n buckets at random, no chain has more than about
 * ln n / ln ln n = 5.3 keys; 12 are seen once in 500 tables. */
START_TEST(chains_stay_short)
{
    for (int pattern = 0; pattern < 4; pattern++) {
        struct key_table t = {0};
        size_t wrong = 0; /* an assertion a key would take most of the time */
        for (uint64_t i = 0; i < KEYS; i++) {
            const uint64_t key[] = {i, i << 32, i << 20, i << 32 | i};
            wrong += key_table_number(&t, key[pattern]) != i;
        }
        ck_assert_uint_eq(wrong, 0);
        ck_assert_uint_le(longest_chain(&t), 12);
        ck_assert_uint_le(t.buckets, 2 * KEYS);
        key_table_finish(&t);
    }
}
END_TEST

START_TEST(keys_keep_their_numbers)
{
    struct key_table t = {0};
    for (uint64_t i = 0; i < 1000; i++)
        key_table_number(&t, i * i);
    for (uint64_t i = 0; i < 1000; i++)
        ck_assert_uint_eq(key_table_number(&t, i * i), i);
    ck_assert_uint_eq(t.used, 1000);
    key_table_finish(&t);
}
END_TEST

/* As many numbers as there are keys at once, however many come and go. */
START_TEST(numbers_are_given_out_again)
{
    struct key_table t = {0};
    for (uint64_t i = 0; i < 10000; i++) {
        const uint32_t number = key_table_number(&t, i);
        ck_assert_uint_lt(number, 100);
        ck_assert_uint_eq(t.entry[number].key, i);
        if (i >= 99) { /* the 100 last are there */
            const uint32_t oldest = key_table_number(&t, i - 99);
            ck_assert_uint_eq(t.entry[oldest].key, i - 99);
            ck_assert_uint_eq(t.used, 100);
            key_table_remove(&t, oldest);
        }
    }
    ck_assert_uint_eq(t.entries, 100);
    ck_assert_uint_le(t.buckets, 128);
    key_table_finish(&t);
}
END_TEST

TEST_MAIN("unit_key_table", chains_stay_short, keys_keep_their_numbers, numbers_are_given_out_again)
