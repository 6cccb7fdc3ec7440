/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness.h"

#include "engine/wire.h"
#include "unit/files.h"

#include <math.h>

static const struct setting settings[] = {{"functions.f.memory_size", "512", SETTING_NUMBER},
                                          {"account.free_tier", "false", SETTING_BOOLEAN},
                                          {"as_of", "2024-01-01", SETTING_STRING}};
static const struct design one = {settings, 2}, other = {settings + 1, 2}, empty = {NULL, 0};
static const struct task tasks[] = {
    {.design = &one, .replication = 3},
    {.design = &one, .replication = 4},
    {.design = &other, .option = "servers", .fleet_size = 7},
    {.design = &other, .option = "servers", .fleet_size = 7, .replication = 1},
    {.design = NULL, .check_only = true},
    {.design = &other, .may_fail = true},
    {.design = &empty, .replication = 4294967295u},
    {.design = &one},
};
#define TASKS (sizeof tasks / sizeof *tasks)

static void put(struct wire *wire)
{
    for (size_t i = 0; i < TASKS; i++)
        wire_put_task(wire, &tasks[i], i > 0 ? &tasks[i - 1] : NULL);
}

START_TEST(tasks_arrive)
{
    struct wire wire = {0};
    struct wire_tasks got;
    put(&wire);
    ck_assert(wire_get_tasks(&wire, TASKS, &got));
    ck_assert_uint_eq(got.count, TASKS);
    ck_assert_uint_eq(wire.at, wire.size);
    for (size_t i = 0; i < TASKS; i++) {
        const struct task *const a = &tasks[i], *const b = &got.task[i];
        ck_assert_pstr_eq(a->option, b->option);
        ck_assert_uint_eq(a->fleet_size, b->fleet_size);
        ck_assert_uint_eq(a->replication, b->replication);
        ck_assert(a->check_only == b->check_only);
        ck_assert(a->may_fail == b->may_fail);
        ck_assert((a->design == NULL) == (b->design == NULL));
        for (size_t k = 0; a->design != NULL && k < a->design->settings; k++) {
            ck_assert_uint_eq(a->design->settings, b->design->settings);
            ck_assert_str_eq(a->design->setting[k].path, b->design->setting[k].path);
            ck_assert_str_eq(a->design->setting[k].text, b->design->setting[k].text);
            ck_assert_int_eq(a->design->setting[k].kind, b->design->setting[k].kind);
        }
    }
    /* One design for its replications, and one option: one plan will do. */
    ck_assert_ptr_eq(got.task[0].design, got.task[1].design);
    ck_assert_ptr_eq(got.task[2].option, got.task[3].option);
    wire_tasks_finish(&got);
    wire_finish(&wire);
}
END_TEST

START_TEST(numbers_and_texts_arrive)
{
    struct wire wire = {0};
    for (int round = 0; round < 2; round++) {
        wire_clear(&wire);
        wire_put_u32(&wire, 0xfedcba98u);
        wire_put_double(&wire, -0.1);
        wire_put_double(&wire, -INFINITY);
        wire_put_double(&wire, NAN);
        wire_put_text(&wire, NULL);
        wire_put_text(&wire, "");
        wire_put_text(&wire, "±");
        ck_assert_uint_eq(wire_get_u32(&wire), 0xfedcba98u);
        ck_assert_double_eq(wire_get_double(&wire), -0.1);
        ck_assert_double_eq(wire_get_double(&wire), -INFINITY);
        ck_assert_double_nan(wire_get_double(&wire));
        ck_assert_ptr_null(wire_get_text(&wire));
        ck_assert_str_eq(wire_get_text(&wire), "");
        ck_assert_str_eq(wire_get_text(&wire), "±");
        ck_assert(!wire.bad);
        wire_get_u32(&wire);
        ck_assert(wire.bad);
    }
    wire_finish(&wire);
}
END_TEST

/* Cut anywhere, or with any byte changed: no crash, and what is cut is bad. */
START_TEST(bad_bytes_are_found)
{
    struct wire wire = {0};
    struct wire_tasks got;
    put(&wire);
    const size_t whole = wire.size;
    for (size_t size = 0; size < whole; size++) {
        wire.at = 0;
        wire.bad = false;
        wire.size = size;
        REQUIRE(!wire_get_tasks(&wire, TASKS, &got));
        REQUIRE(got.count == 0);
        wire_tasks_finish(&got);
    }
    wire.size = whole;
    for (size_t at = 0; at < whole; at++) {
        wire.at = 0;
        wire.bad = false;
        wire.data[at] ^= 0xff;
        wire_get_tasks(&wire, TASKS, &got);
        wire_tasks_finish(&got);
        wire.data[at] ^= 0xff;
    }
    wire.at = 0;
    wire.bad = false;
    ck_assert(!wire_get_tasks(&wire, SIZE_MAX / 2, &got));
    wire_tasks_finish(&got);
    wire_finish(&wire);
}
END_TEST

TEST_MAIN("unit_wire", tasks_arrive, numbers_and_texts_arrive, bad_bytes_are_found)
