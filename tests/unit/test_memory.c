/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory that grows: arrays and ring buffers. */
#include "harness.h"

#include "core/memory.h"

#include <stdlib.h>

START_TEST(an_array_keeps_what_it_holds)
{
    size_t capacity = 0;
    int *array = NULL;
    for (size_t i = 0; i < 1000; i++) {
        array = mem_grow(array, &capacity, i, sizeof *array);
        ck_assert_uint_gt(capacity, i);
        array[i] = (int)i;
    }
    for (size_t i = 0; i < 1000; i++)
        ck_assert_int_eq(array[i], i);
    free(array);
}
END_TEST

/* First in, first out, wherever the ring begins when it is full. */
START_TEST(a_ring_keeps_its_order)
{
    for (size_t taken = 0; taken < 8; taken++) {
        size_t head = 0, capacity = 0, count = 0;
        long *ring = NULL, in = 0, out = 0;
        while (in < 100) {
            if (count == capacity) {
                ring = mem_grow_ring(ring, &head, &capacity, count, sizeof *ring);
                ck_assert_uint_eq(head, 0);
                ck_assert_uint_gt(capacity, count);
            }
            ring[(head + count++) % capacity] = in++;
            for (size_t i = 0; in == 8 && i < taken; i++, count--) {
                ck_assert_int_eq(ring[head], out++);
                head = (head + 1) % capacity;
            }
        }
        for (; count > 0; count--) {
            ck_assert_int_eq(ring[head], out++);
            head = (head + 1) % capacity;
        }
        ck_assert_int_eq(out, 100);
        ck_assert_uint_eq(capacity, 128);
        free(ring);
    }
}
END_TEST

/* A ring that grows before it is full: what lies outside of it stays behind. */
START_TEST(a_ring_grows_early)
{
    size_t head = 3, capacity = 4;
    int *ring = mem_alloc(capacity, sizeof *ring);
    ring[3] = 7;
    ring[0] = 8;
    ring[1] = 9;
    ring = mem_grow_ring(ring, &head, &capacity, 2, sizeof *ring);
    ck_assert_uint_eq(capacity, 8);
    ck_assert_int_eq(ring[0], 7);
    ck_assert_int_eq(ring[1], 8);
    ck_assert_int_eq(ring[2], 0);
    free(ring);
}
END_TEST

TEST_MAIN("memory", an_array_keeps_what_it_holds, a_ring_keeps_its_order, a_ring_grows_early)
