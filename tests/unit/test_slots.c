/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/slots.h"
#include "harness.h"

#include <stdlib.h>

START_TEST(last_back_goes_out_first_else_the_lowest)
{
    struct slots s = {0};
    uint64_t *array = NULL;
    for (uint32_t i = 0; i < 100; i++) {
        array = slots_room(&s, array, sizeof *array);
        ck_assert_uint_eq(slots_take(&s), i);
    }
    slots_give_back(&s, 40);
    slots_give_back(&s, 7);
    ck_assert_uint_eq(slots_used(&s), 98);
    ck_assert_uint_eq(slots_take(&s), 7);
    ck_assert_uint_eq(slots_take(&s), 40);
    ck_assert_uint_eq(slots_take(&s), 100);
    ck_assert_uint_eq(slots_used(&s), 101);
    free(array);
    slots_finish(&s);
}
END_TEST

START_TEST(elements_stay_and_new_ones_are_zero)
{
    struct slots s = {0};
    uint64_t *array = NULL;
    for (uint32_t i = 0; i < 1000; i++) {
        array = slots_room(&s, array, sizeof *array);
        const uint32_t index = slots_take(&s);
        ck_assert_uint_eq(array[index], 0);
        array[index] = ~(uint64_t)i;
    }
    for (uint32_t i = 0; i < 1000; i++)
        ck_assert_uint_eq(array[i], ~(uint64_t)i);
    free(array);
    slots_finish(&s);
}
END_TEST

/* As many elements as were in use at once, however many come and go. */
START_TEST(elements_are_used_again)
{
    struct slots s = {0};
    char *array = NULL;
    for (int i = 0; i < 1000; i++) {
        array = slots_room(&s, array, sizeof *array);
        slots_give_back(&s, slots_take(&s));
    }
    ck_assert_uint_eq(s.count, 16);
    free(array);
    slots_finish(&s);
    ck_assert_uint_eq(s.count, 0);
}
END_TEST

TEST_MAIN("unit_slots", last_back_goes_out_first_else_the_lowest,
          elements_stay_and_new_ones_are_zero, elements_are_used_again)
