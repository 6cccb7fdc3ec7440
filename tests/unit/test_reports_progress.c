/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/progress.h"

#include "harness.h"

#include <string.h>
#include <time.h>

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

START_TEST(nothing_in_the_first_second)
{
    char *text = NULL;
    size_t size = 0;
    FILE *const stream = open_memstream(&text, &size);
    struct progress progress;
    progress_init(&progress, PROGRESS_ALWAYS, stream);
    progress_update(&progress, 0.5, "lambda", 1000);
    progress_finish(&progress);
    fclose(stream);
    ck_assert_uint_eq(size, 0);
    free(text);
}
END_TEST

START_TEST(the_line_says_what_runs_and_goes_away)
{
    char *text = NULL;
    size_t size = 0;
    FILE *const stream = open_memstream(&text, &size);
    struct progress progress;
    progress_init(&progress, PROGRESS_ALWAYS, stream);
    progress.start_ns -= INT64_C(1100000000);
    progress.part_ns = progress.start_ns;
    progress_update(&progress, 0.5, "lambda, replication 2 of 5\033[2J", 3000000);
    fflush(stream);
    ck_assert_ptr_nonnull(strstr(text, "[##########..........]  50 %, 1 s left, "));
    ck_assert_ptr_nonnull(strstr(text, " M events/s, lambda, replication"));
    ck_assert_ptr_null(strstr(text, "\033[2J")); /* a name does not steer the terminal */
    progress_finish(&progress);
    progress_finish(&progress);
    fclose(stream);
    ck_assert_str_eq(text + size - 4, "\r\033[K");
    ck_assert_uint_le(size, strlen("\r\033[K") * 2 + 79);
    free(text);
}
END_TEST

/* What is left of a part is reckoned from when it began. */
START_TEST(the_time_left_is_of_a_part)
{
    char *text = NULL;
    size_t size = 0;
    FILE *const stream = open_memstream(&text, &size);
    struct progress progress;
    progress_init(&progress, PROGRESS_ALWAYS, stream);
    progress.start_ns -= INT64_C(900000000000);
    progress_part(&progress, "round 2");
    progress.part_ns -= INT64_C(10000000000);
    progress_update(&progress, 0.5, "x", 0);
    fflush(stream);
    ck_assert_ptr_nonnull(strstr(text, "  50 %, 10 s left in round 2, x"));
    progress_part(&progress, NULL);
    progress.part_ns -= INT64_C(20000000000);
    progress.drawn_ns = 0;
    progress_update(&progress, 0.5, "x", 0);
    fflush(stream);
    ck_assert_ptr_nonnull(strstr(text, "  50 %, 20 s left, x"));
    fclose(stream);
    free(text);
}
END_TEST

START_TEST(at_most_ten_lines_a_second)
{
    char *text = NULL;
    size_t size = 0;
    FILE *const stream = open_memstream(&text, &size);
    struct progress progress;
    progress_init(&progress, PROGRESS_ALWAYS, stream);
    progress.start_ns -= INT64_C(1100000000);
    const double start = now_s();
    size_t updates = 0;
    for (; now_s() - start < 0.45; updates++)
        progress_update(&progress, 2, "x", 0);
    const double elapsed = now_s() - start;
    fclose(stream);
    size_t lines = 0;
    for (const char *c = text; (c = strchr(c, '\r')) != NULL; c++)
        lines++;
    ck_assert_uint_ge(lines, 2);
    ck_assert_uint_le(lines, (size_t)(elapsed * 10) + 1);
    ck_assert_uint_gt(updates, lines);
    ck_assert_ptr_nonnull(strstr(text, "100 %")); /* more than all is all */
    free(text);
}
END_TEST

START_TEST(not_wanted_or_not_a_terminal_draws_nothing)
{
    const enum progress_mode modes[] = {PROGRESS_NEVER, PROGRESS_AUTO};
    for (size_t i = 0; i < 2; i++) {
        FILE *const stream = tmpfile();
        struct progress progress;
        progress_init(&progress, modes[i], stream);
        progress.start_ns -= INT64_C(5000000000);
        progress_update(&progress, 0.5, "x", 1);
        progress_finish(&progress);
        ck_assert_int_eq(ftell(stream), 0);
        fclose(stream);
    }
}
END_TEST

START_TEST(a_long_wait_gets_advice)
{
    static const struct {
        double elapsed_s, fraction;
        unsigned replications;
    } quiet[] = {{4, 0.01, 199}, {30, 0.9, 199}, {10, 0, 199}, {10, 0.01, 39}, {10, 0.01, 20}};
    for (size_t i = 0; i < sizeof quiet / sizeof *quiet; i++)
        ck_assert_ptr_null(
            progress_advice(quiet[i].elapsed_s, quiet[i].fraction, quiet[i].replications, 39));
    char *const text = progress_advice(10, 0.05, 200, 40);
    ck_assert_str_eq(text,
                     "200 replications will take about 3.33 min; --replications 40, the fewest "
                     "for this confidence, about 40 s");
    free(text);
}
END_TEST

TEST_MAIN("unit_reports_progress", nothing_in_the_first_second,
          the_line_says_what_runs_and_goes_away, the_time_left_is_of_a_part,
          at_most_ten_lines_a_second, not_wanted_or_not_a_terminal_draws_nothing,
          a_long_wait_gets_advice)
