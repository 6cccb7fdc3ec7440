/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness.h"

#include "files.h"
#include "support/date.h"

#include <time.h>

START_TEST(known_days)
{
    ck_assert_int_eq(date_from_civil(1970, 1, 1), 0);
    ck_assert_int_eq(date_from_civil(1969, 12, 31), -1);
    ck_assert_int_eq(date_from_civil(2000, 3, 1), 11017);
    ck_assert_int_eq(date_from_civil(2016, 4, 1), 16892);
    ck_assert_int_eq(date_from_civil(2100, 3, 1) - date_from_civil(2100, 2, 28), 1);
    ck_assert_int_eq(date_from_civil(1, 1, 1), -719162);
    ck_assert_int_eq(date_from_civil(-1, 3, 1), -719834);
}
END_TEST

/* The C library's calendar as the oracle, every day of 800 years. */
START_TEST(every_day_agrees_with_gmtime)
{
    char text[16], expected[32];
    for (int32_t day = date_from_civil(1600, 1, 1); day <= date_from_civil(2400, 1, 1); day++) {
        const time_t seconds = (time_t)day * 86400;
        struct tm tm;
        int32_t back;
        REQUIRE(gmtime_r(&seconds, &tm) != NULL);
        strftime(expected, sizeof expected, "%Y-%m-%d", &tm);
        REQUIRE_MSG(strcmp(date_format(day, text), expected) == 0, "%s, not %s", text, expected);
        REQUIRE_MSG(date_parse(text, &back) && back == day, "%s gave %d", text, back);
    }
}
END_TEST

START_TEST(extreme_days_have_a_text)
{
    char text[16];
    ck_assert_str_eq(date_format(DATE_MIN, text), "-5877641-06-23");
    ck_assert_str_eq(date_format(DATE_MAX, text), "5881580-07-11");
}
END_TEST

START_TEST(short_dates_mean_their_first_day)
{
    int32_t day;
    ck_assert(date_parse("2016", &day));
    ck_assert_int_eq(day, date_from_civil(2016, 1, 1));
    ck_assert(date_parse("2016-04", &day));
    ck_assert_int_eq(day, date_from_civil(2016, 4, 1));
    ck_assert(date_parse("2016-02-29", &day));
    ck_assert_int_eq(day, date_from_civil(2016, 2, 29));
}
END_TEST

START_TEST(what_is_no_date_is_refused)
{
    static const char *const bad[] = {"",           "201",         "20166",
                                      "2016-",      "2016-4",      "2016-00",
                                      "2016-13",    "2016-04-",    "2016-04-1",
                                      "2016-04-00", "2016-04-31",  "2015-02-29",
                                      "1900-02-29", "2016-04-01 ", " 2016",
                                      "2016/04/01", "+201-01-01",  "2016-04-01T00:00:00"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int32_t day = 42;
        ck_assert_msg(!date_parse(bad[i], &day), "\"%s\" was taken for a date", bad[i]);
        ck_assert_int_eq(day, 42);
    }
}
END_TEST

START_TEST(timestamps_as_traces_write_them)
{
    static const struct {
        const char *text;
        int64_t ns;
    } good[] = {
        {"2014-04-10 00:04:00", INT64_C(1397088240000000000)},
        {"2014-04-10T00:04:00Z", INT64_C(1397088240000000000)},
        {"2014/04/10 00:04:00", INT64_C(1397088240000000000)},
        {"2014-04-10T02:04:00+02:00", INT64_C(1397088240000000000)},
        {"2014-04-09T16:04:00-0800", INT64_C(1397088240000000000)},
        {"2014-04-10 02:04 +02", INT64_C(1397088240000000000)},
        {" 2014-04-10 00:04:00 ", INT64_C(1397088240000000000)},
        {"2023-11-16 18:17:03.9799600", INT64_C(1700158623979960000)},
        {"1970-01-01T00:00:00.123456789Z", 123456789},
        {"1970-01-01T00:00:00.1234567899Z", 123456789}, /* cut, not rounded */
        {"1970-01-01T00:00:00,5Z", 500000000},
        {"1969-12-31T23:59:59.5Z", -500000000},
        {"2016-12-31T23:59:60Z", INT64_C(1483228800000000000)}, /* a leap second */
        {"2016-12-31", INT64_C(1483142400000000000)},
        {"2262-04-11T23:47:16.854775807Z", INT64_MAX},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t ns = 0;
        ck_assert_msg(timestamp_parse_iso(good[i].text, &ns), "\"%s\" was refused", good[i].text);
        ck_assert_msg(ns == good[i].ns, "\"%s\" gave %lld", good[i].text, (long long)ns);
    }
}
END_TEST

START_TEST(what_is_no_timestamp_is_refused)
{
    static const char *const bad[] = {"",
                                      "2014",
                                      "2014-04",
                                      "2014-04-31 00:00:00",
                                      "2014-04-10 24:00:00",
                                      "2014/04-10 00:04:00",
                                      "2014-04/10 00:04:00",
                                      "10/04/2014 00:04:00",
                                      "2014-04-10 00:60:00",
                                      "2014-04-10 00:00:61",
                                      "2014-04-10 0:00:00",
                                      "2014-04-10T",
                                      "2014-04-10T00",
                                      "2014-04-10T00:00:00.",
                                      "2014-04-10T00:00:00+2",
                                      "2014-04-10T00:00:00+24:00",
                                      "2014-04-10T00:00:00+02:6",
                                      "2014-04-10T00:00:00+02:60",
                                      "2014-04-10T00:00:0",
                                      "2014-04-10T00:00:00ZZ",
                                      "2014-04-10T00:00:00 UTC",
                                      "1397088240",
                                      "2262-04-11T23:47:16.854775808Z",
                                      "1600-01-01T00:00:00Z"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t ns = 42;
        ck_assert_msg(!timestamp_parse_iso(bad[i], &ns), "\"%s\" was taken for a time", bad[i]);
        ck_assert_int_eq(ns, 42);
    }
}
END_TEST

TEST_MAIN("date", known_days, every_day_agrees_with_gmtime, extreme_days_have_a_text,
          short_dates_mean_their_first_day, what_is_no_date_is_refused,
          timestamps_as_traces_write_them, what_is_no_timestamp_is_refused)
