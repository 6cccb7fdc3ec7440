/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EventBridge's schedules: known occurrences, every wildcard, and what is none. */
#include "harness.h"
#include "scenario/cron.h"
#include "support/date.h"

#include <stdio.h>
#include <string.h>

/* The next times after a moment, "2026-09-25 12:00 2026-09-26 12:00 …", each found from the one
 * before. */
static void expect(const char *text, const char *after, const char *expected)
{
    struct cron cron;
    char error[CRON_ERROR_SIZE] = "", said[400] = "";
    int64_t at_ns;
    ck_assert_msg(cron_parse(text, &cron, error), "%s: %s", text, error);
    ck_assert(timestamp_parse_iso(after, &at_ns));
    int64_t at_s = at_ns / 1000000000;
    const int64_t start_s = at_s;
    for (size_t i = 0; i < (strlen(expected) + 16) / 17; i++) {
        char day[16];
        if (!cron_next(&cron, start_s, at_s, &at_s)) {
            snprintf(said + strlen(said), sizeof said - strlen(said), " never");
            break;
        }
        ck_assert_int_eq(at_s % 60, 0);
        date_format((int32_t)(at_s / 86400), day);
        snprintf(said + strlen(said), sizeof said - strlen(said), " %s %02d:%02d", day,
                 (int)(at_s % 86400 / 3600), (int)(at_s % 3600 / 60));
    }
    ck_assert_msg(strcmp(said + 1, expected) == 0, "%s after %s: said %s, expected %s", text, after,
                  said + 1, expected);
}

/* The examples of the EventBridge user guide. 2026-09-25 is a Friday. */
START_TEST(examples_of_the_guide)
{
    static const char now[] = "2026-09-25 11:00:00";
    expect("cron(0 10 * * ? *)", now, "2026-09-26 10:00 2026-09-27 10:00");
    expect("cron(15 12 * * ? *)", now, "2026-09-25 12:15 2026-09-26 12:15");
    expect("cron(0 18 ? * MON-FRI *)", now, "2026-09-25 18:00 2026-09-28 18:00 2026-09-29 18:00");
    expect("cron(0 8 1 * ? *)", now, "2026-10-01 08:00 2026-11-01 08:00");
    expect("cron(0/15 * * * ? *)", now, "2026-09-25 11:15 2026-09-25 11:30 2026-09-25 11:45");
    expect("cron(0/10 * ? * MON-FRI *)", "2026-09-25 23:45:00",
           "2026-09-25 23:50 2026-09-28 00:00");
    expect("cron(0/5 8-17 ? * MON-FRI *)", "2026-09-25 17:50:00",
           "2026-09-25 17:55 2026-09-28 08:00");
}
END_TEST

START_TEST(days)
{
    /* The last day of the month, also of February. */
    expect("cron(0 0 L * ? *)", "2027-12-15 00:00:00",
           "2027-12-31 00:00 2028-01-31 00:00 2028-02-29 00:00 2028-03-31 00:00");
    /* Its last workday: 2026-01-31 is a Saturday, 2026-02-28 too, 2026-05-31 a Sunday. */
    expect("cron(0 0 LW 1,2,5 ? 2026)", "2025-12-31 00:00:00",
           "2026-01-30 00:00 2026-02-27 00:00 2026-05-29 00:00");
    /* The workday nearest to the 15th: 2026-08-15 is a Saturday, 2026-11-15 a Sunday. */
    expect("cron(0 9 15W 8-11 ? *)", "2026-08-01 00:00:00",
           "2026-08-14 09:00 2026-09-15 09:00 2026-10-15 09:00 2026-11-16 09:00");
    /* Inside the month: 2026-08-01 is a Saturday, 2026-05-31 a Sunday. */
    expect("cron(0 9 1W 8 ? *)", "2026-07-01 00:00:00", "2026-08-03 09:00");
    expect("cron(0 9 31W 5 ? *)", "2026-05-01 00:00:00", "2026-05-29 09:00");
    /* No 31st in June. */
    expect("cron(0 9 31W * ? *)", "2026-06-01 00:00:00", "2026-07-31 09:00");
    /* The second Tuesday; the fifth Friday, which not every month has; the last Friday. */
    expect("cron(0 0 ? * 3#2 *)", "2026-09-01 00:00:00", "2026-09-08 00:00 2026-10-13 00:00");
    expect("cron(0 0 ? * FRI#5 *)", "2026-09-01 00:00:00", "2026-10-30 00:00 2027-01-29 00:00");
    expect("cron(0 10 ? * 6L 2026-2027)", "2026-09-01 00:00:00",
           "2026-09-25 10:00 2026-10-30 10:00");
    /* The last day of the week is Saturday; 1 is Sunday. */
    expect("cron(0 0 ? * L *)", "2026-09-25 00:00:00", "2026-09-26 00:00 2026-10-03 00:00");
    expect("cron(0 0 ? * 1 *)", "2026-09-25 00:00:00", "2026-09-27 00:00 2026-10-04 00:00");
    expect("cron(0 0 29 2 ? *)", "2026-09-25 00:00:00", "2028-02-29 00:00 2032-02-29 00:00");
    expect("cron(0 0 ? * sat,Sun *)", "2026-09-25 00:00:00", "2026-09-26 00:00 2026-09-27 00:00");
}
END_TEST

START_TEST(lists_ranges_and_steps)
{
    expect("cron(5,10-12,58/1 3 * * ? *)", "2026-09-25 03:00:00",
           "2026-09-25 03:05 2026-09-25 03:10 2026-09-25 03:11 2026-09-25 03:12 "
           "2026-09-25 03:58 2026-09-25 03:59 2026-09-26 03:05");
    expect("cron(*/20 22-23 * * ? *)", "2026-09-25 22:50:00",
           "2026-09-25 23:00 2026-09-25 23:20 2026-09-25 23:40 2026-09-26 22:00");
    expect("cron(0 0 1 JAN-MAR/2,dec ? *)", "2026-09-25 00:00:00",
           "2026-12-01 00:00 2027-01-01 00:00 2027-03-01 00:00 2027-12-01 00:00");
    expect("cron(0 0 1 1 ? 2030/5)", "2026-01-01 00:00:00", "2030-01-01 00:00 2035-01-01 00:00");
    expect("cron( 0  12 * * ? * )", "2026-09-25 00:00:00", "2026-09-25 12:00");
    /* A time itself is not after it; the second before is. */
    expect("cron(0 12 * * ? *)", "2026-09-25 12:00:00", "2026-09-26 12:00");
    expect("cron(0 12 * * ? *)", "2026-09-25 11:59:59", "2026-09-25 12:00");
    /* Never again. */
    expect("cron(0 0 1 1 ? 2020)", "2026-01-01 00:00:00", "never");
    expect("cron(0 0 30 2 ? *)", "2026-01-01 00:00:00", "never");
}
END_TEST

START_TEST(rates)
{
    expect("rate(1 minute)", "2026-09-25 00:00:00", "2026-09-25 00:01 2026-09-25 00:02");
    expect("rate(5 minutes)", "2026-09-25 00:00:00", "2026-09-25 00:05 2026-09-25 00:10");
    expect("rate(36 hours)", "2026-09-25 00:00:00", "2026-09-26 12:00 2026-09-28 00:00");
    expect("rate(2 days)", "2026-09-25 00:00:00", "2026-09-27 00:00 2026-09-29 00:00");
}
END_TEST

/* Each of four years' times, in order. */
START_TEST(nothing_is_left_out)
{
    struct cron cron;
    char error[CRON_ERROR_SIZE];
    ck_assert(cron_parse("cron(30 */6 13 * ? *)", &cron, error));
    int64_t at_s = (int64_t)date_from_civil(2024, 1, 1) * 86400 - 1;
    for (int year = 2024; year < 2028; year++)
        for (int month = 1; month <= 12; month++)
            for (int hour = 0; hour < 24; hour += 6) {
                ck_assert(cron_next(&cron, 0, at_s, &at_s));
                ck_assert_int_eq(at_s, (int64_t)date_from_civil(year, month, 13) * 86400 +
                                           hour * 3600 + 1800);
            }
}
END_TEST

/* The first second is left out, the last one is counted. */
START_TEST(times_are_counted)
{
    struct cron cron;
    char error[CRON_ERROR_SIZE];
    const int64_t noon_s = (int64_t)date_from_civil(2026, 9, 25) * 86400 + 43200;
    ck_assert(cron_parse("cron(0 12 * * ? *)", &cron, error));
    ck_assert_uint_eq(cron_count(&cron, 0, noon_s, noon_s + 86400, 10), 1);
    ck_assert_uint_eq(cron_count(&cron, 0, noon_s - 1, noon_s + 86399, 10), 1);
    ck_assert_uint_eq(cron_count(&cron, 0, noon_s - 1, noon_s + 7 * 86400, 10), 8);
    ck_assert_uint_eq(cron_count(&cron, 0, noon_s - 1, noon_s + 7 * 86400, 5), 5);
    ck_assert(cron_parse("cron(0 12 25 9 ? 2026)", &cron, error));
    ck_assert_uint_eq(cron_count(&cron, 0, noon_s - 1, INT64_MAX, 10), 1);
    ck_assert(cron_parse("rate(5 minutes)", &cron, error));
    ck_assert_uint_eq(cron_count(&cron, noon_s, noon_s - 1, noon_s + 600, 10), 2);
}
END_TEST

START_TEST(what_is_no_schedule)
{
    static const struct {
        const char *text, *error;
    } bad[] = {
        {"", "a schedule is `rate(5 minutes)` or `cron(0 12 * * ? *)`"},
        {"every 5 minutes", "a schedule is `rate(5 minutes)` or `cron(0 12 * * ? *)`"},
        {"rate(5 minutes", "a schedule is `rate(5 minutes)` or `cron(0 12 * * ? *)`"},
        {"rate()", "a rate is a number and a unit: `rate(5 minutes)`"},
        {"rate(0 minutes)", "the rate `0` is not from 1 to 1000000"},
        {"rate(-5 minutes)", "a rate is a number and a unit: `rate(5 minutes)`"},
        {"rate(99999999999999999999 days)", "a rate is a number and a unit: `rate(5 minutes)`"},
        {"rate(1 minutes)", "EventBridge wants `rate(1 minute)`"},
        {"rate(5 minute)", "EventBridge wants `rate(5 minutes)`"},
        {"rate(5 seconds)", "the unit `seconds` is none of minute, hour and day"},
        {"rate(5 minutes 3)", "a rate is a number and a unit: `rate(5 minutes)`"},
        {"cron(* * * *)", "cron needs six fields (minutes, hours, day of month, month, day of "
                          "week, year), not 4"},
        {"cron(0 12 * * * *)", "one of the days of the month and those of the week must be `?`, "
                               "the other not"},
        {"cron(0 12 ? * ? *)", "one of the days of the month and those of the week must be `?`, "
                               "the other not"},
        {"cron(60 12 * * ? *)", "the minutes `60` are not from 0 to 59"},
        {"cron(0 24 * * ? *)", "the hours `24` are not from 0 to 23"},
        {"cron(0 12 0 * ? *)", "the days of the month `0` are not from 1 to 31"},
        {"cron(0 12 ? * 0 *)", "the days of the week `0` are not from 1 to 7"},
        {"cron(0 12 ? * 3#6 *)", "the days of the week `3#6` are not understood"},
        {"cron(0 12 ? * 3#2x *)", "the days of the week `3#2x` are not understood"},
        {"cron(0 12 * 13 ? *)", "the months `13` are not from 1 to 12"},
        {"cron(0 12 * FOO ? *)", "the months `FOO` are not understood"},
        {"cron(0 12 * * ? 1969)", "the years `1969` are not from 1970 to 2199"},
        {"cron(0 12 * * ? 18446744073709551617)",
         "the years `18446744073709551617` are not from 1970 to 2199"},
        {"cron(5-1 12 * * ? *)", "the minutes `5-1` go backwards"},
        {"cron(0/0 12 * * ? *)", "the step of the minutes `0/0` is no number above 0"},
        {"cron(0/ 12 * * ? *)", "the step of the minutes `0/` is no number above 0"},
        {"cron(, 12 * * ? *)", "the minutes have an empty entry"},
        {"cron(1, 12 * * ? *)", "the minutes have an empty entry"},
        {"cron(1- 12 * * ? *)", "the minutes `1-` are not understood"},
        {"cron(L 12 * * ? *)", "the minutes `L` are not understood"},
        {"cron(0 12 W * ? *)", "the days of the month `W` are not understood"},
        {"cron(0 12 L-3 * ? *)", "the days of the month `L-3` are not understood"},
        {"cron(0 12 1-5W * ? *)", "the days of the month `1-5W` are not understood"},
        {"cron(0 12 *W * ? *)", "the days of the month `*W` are not understood"},
        {"cron(0 12 ?? * ? *)", "the days of the month `??` are not understood"},
        {"cron(0000000000000000000000000000000000000000000000000000000000000000 12 * * ? *)",
         "an entry of the minutes is longer than 63 characters"},
    };
    struct cron cron;
    char error[CRON_ERROR_SIZE], longest[300];
    snprintf(longest, sizeof longest, "%-250s%s", "cron(0", "12 * * ? *)");
    ck_assert(!cron_parse(longest, &cron, error));
    ck_assert_str_eq(error, "a schedule has at most 256 characters");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_msg(!cron_parse(bad[i].text, &cron, error), "%s", bad[i].text);
        ck_assert_msg(strcmp(error, bad[i].error) == 0, "%s\nsaid:     %s\nexpected: %s",
                      bad[i].text, error, bad[i].error);
    }
}
END_TEST

TEST_MAIN("cron", examples_of_the_guide, days, lists_ranges_and_steps, rates, nothing_is_left_out,
          times_are_counted, what_is_no_schedule)
