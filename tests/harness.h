/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One check program: list the test functions, run them, TAP on standard output. */
#ifndef TESTS_HARNESS_H
#define TESTS_HARNESS_H

#include <check.h>
#include <stdlib.h>

/* An assertion of a hot loop: check writes a record for each ck_assert, and its parent reads them
 * all again in a time that grows with the square of their number. */
#define ASSERT_QUIETLY(condition)                                                                  \
    do {                                                                                           \
        if (!(condition))                                                                          \
            ck_abort_msg("%s does not hold", #condition);                                          \
    } while (0)

#define TEST_MAIN(suite_name, ...)                                                                 \
    int main(void)                                                                                 \
    {                                                                                              \
        const TTest *const tests[] = {__VA_ARGS__};                                                \
        Suite *const suite = suite_create(suite_name);                                             \
        TCase *const tcase = tcase_create(suite_name);                                             \
        tcase_set_timeout(tcase, 240);                                                             \
        for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)                                  \
            tcase_add_test(tcase, tests[i]);                                                       \
        suite_add_tcase(suite, tcase);                                                             \
        SRunner *const runner = srunner_create(suite);                                             \
        srunner_run_all(runner, CK_ENV);                                                           \
        const int failed = srunner_ntests_failed(runner);                                          \
        srunner_free(runner);                                                                      \
        return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;                                          \
    }

#endif
