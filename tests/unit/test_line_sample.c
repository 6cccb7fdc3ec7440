/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shares of lines that come again, exact and by the sample, in any order and in parts; and the set
 * of all lines. */
#include "harness.h"

#include "history/line_sample.h"
#include "history/line_set.h"

/* Well mixed (splitmix64). */
static uint64_t hash_of(uint64_t i)
{
    uint64_t x = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static void add(struct line_sample *sample, uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i < to; i++)
        line_sample_add(sample, hash_of(i));
}

START_TEST(exact_while_they_are_few)
{
    struct line_sample sample = {0};
    ck_assert_double_eq(line_sample_repeated(&sample), 0);
    add(&sample, 0, 1000);
    ck_assert_double_eq(line_sample_repeated(&sample), 0);
    add(&sample, 0, 250);
    ck_assert_double_eq(line_sample_repeated(&sample), 0.25);
    add(&sample, 0, 250); /* a third time: lines again, not more lines */
    ck_assert_double_eq(line_sample_repeated(&sample), 0.25);
    line_sample_finish(&sample);
}
END_TEST

START_TEST(all_are_remembered)
{
    struct line_set set = {0};
    for (uint64_t i = 0; i < 100000; i++)
        ck_assert(line_set_add(&set, hash_of(i)));
    ck_assert(line_set_add(&set, 0));
    for (uint64_t i = 0; i < 100000; i++)
        ck_assert(!line_set_add(&set, hash_of(i)));
    ck_assert(!line_set_add(&set, 0));
    ck_assert_uint_eq(set.count, 100001);
    ck_assert(!set.full);
    line_set_finish(&set);
}
END_TEST

START_TEST(sampled_when_they_are_many)
{
    struct line_sample sample = {0};
    add(&sample, 0, 1000000);
    add(&sample, 500000, 700000);
    ck_assert_double_eq_tol(line_sample_repeated(&sample), 0.2, 0.01);
    add(&sample, 0, 500000);
    add(&sample, 700000, 1000000);
    ck_assert_double_eq(line_sample_repeated(&sample), 1);
    ck_assert_uint_le(sample.capacity, 1 << 20);
    line_sample_finish(&sample);
}
END_TEST

START_TEST(parts_are_as_the_whole)
{
    struct line_sample whole = {0}, all = {0}, few = {0}, many = {0};
    add(&whole, 0, 400000);
    add(&whole, 100, 20000);
    add(&few, 100, 20000);
    add(&many, 0, 400000);
    line_sample_merge(&all, &few);
    line_sample_merge(&all, &many);
    const double share = line_sample_repeated(&whole);
    ck_assert_double_gt(share, 0.04);
    ck_assert_double_eq(line_sample_repeated(&all), share);
    line_sample_finish(&whole);
    line_sample_finish(&all);
    line_sample_finish(&few);
    line_sample_finish(&many);
}
END_TEST

TEST_MAIN("unit_line_sample", exact_while_they_are_few, all_are_remembered,
          sampled_when_they_are_many, parts_are_as_the_whole)
