/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <lambdaplan/money.h>

#include "core/int128.h"
#include "harness.h"

static const money_pusd usd = MONEY_PUSD_PER_USD;

static const char *text_of(money_pusd amount)
{
    static char text[MONEY_TEXT_SIZE];
    return money_format(amount, text);
}

static const char *cents_of(money_pusd amount)
{
    static char text[MONEY_TEXT_SIZE];
    return money_format_cents(amount, text);
}

START_TEST(parses_exactly)
{
    static const struct {
        const char *text;
        long long pusd;
    } cases[] = {
        {"0", 0},
        {"0.0", 0},
        {"1", 1000000000000},
        {"0.0000000309", 30900}, /* AWS's smallest price: ephemeral storage */
        {"0.0000166667", 16666700},
        {"0.000000000001", 1},
        {"123.456789012345", 123456789012345},
        {"007.50", 7500000000000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        money_pusd amount = -1;
        ck_assert_msg(money_parse(cases[i].text, &amount), "%s", cases[i].text);
        ck_assert_msg(amount == cases[i].pusd, "%s gave %s", cases[i].text, text_of(amount));
    }
}
END_TEST

START_TEST(refuses_what_is_no_amount)
{
    static const char *const cases[] = {"",
                                        " ",
                                        "-1",
                                        "+1",
                                        "1 ",
                                        " 1",
                                        "1e3",
                                        "0x1",
                                        ".5",
                                        "5.",
                                        ".",
                                        "1..",
                                        "1.2.",
                                        "1,5",
                                        "nan",
                                        "inf",
                                        "$1",
                                        "0.1234567890123",
                                        "1\n",
                                        "１",
                                        "unknown",
                                        "1000000000000000",
                                        "99999999999999999999999999999999999999999999"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        money_pusd amount = 42;
        ck_assert_msg(!money_parse(cases[i], &amount), "\"%s\" was taken", cases[i]);
        ck_assert_msg(amount == 42, "\"%s\" left something", cases[i]);
    }
}
END_TEST

START_TEST(parses_the_largest_amount)
{
    money_pusd amount = 0;
    ck_assert(money_parse("999999999999999.999999999999", &amount));
    ck_assert(amount == 1000 * 1000 * usd * 1000000000 - 1);
    ck_assert(money_parse("000000000000000000000000000000001", &amount));
    ck_assert(amount == usd);
}
END_TEST

START_TEST(formats_all_digits)
{
    ck_assert_str_eq(text_of(0), "0");
    ck_assert_str_eq(text_of(usd), "1");
    ck_assert_str_eq(text_of(30900), "0.0000000309");
    ck_assert_str_eq(text_of(1), "0.000000000001");
    ck_assert_str_eq(text_of(213540029856000), "213.540029856");
    ck_assert_str_eq(text_of(-usd * 3 / 2), "-1.5");
    ck_assert_str_eq(text_of(-1), "-0.000000000001");
    ck_assert_str_eq(text_of((money_pusd)((~(uint128)0) >> 1)),
                     "170141183460469231731687303.715884105727");
    ck_assert_str_eq(text_of((money_pusd)((uint128)1 << 127)),
                     "-170141183460469231731687303.715884105728");
}
END_TEST

START_TEST(parse_and_format_are_inverse)
{
    unsigned long long state = 20261101;
    for (int i = 0; i < 100000; i++) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        const money_pusd amount = (money_pusd)(state >> (state % 60)) * (1 + (state & 1023));
        money_pusd again = -1;
        ck_assert(money_parse(text_of(amount), &again));
        ck_assert_msg(again == amount, "%s", text_of(amount));
    }
}
END_TEST

START_TEST(formats_cents_half_away_from_zero)
{
    const money_pusd half_cent = usd / 200;
    ck_assert_str_eq(cents_of(0), "0.00");
    ck_assert_str_eq(cents_of(half_cent), "0.01");
    ck_assert_str_eq(cents_of(half_cent - 1), "0.00");
    ck_assert_str_eq(cents_of(-half_cent), "-0.01");
    ck_assert_str_eq(cents_of(-half_cent + 1), "0.00");
    ck_assert_str_eq(cents_of(999995000000000), "1,000.00");
    ck_assert_str_eq(cents_of(usd * 1234 + usd / 2), "1,234.50");
    ck_assert_str_eq(cents_of(usd * 999), "999.00");
    ck_assert_str_eq(cents_of(usd * -1234567), "-1,234,567.00");
    ck_assert_str_eq(cents_of((money_pusd)((uint128)1 << 127)),
                     "-170,141,183,460,469,231,731,687,303.72");
}
END_TEST

START_TEST(doubles_are_dollars)
{
    ck_assert_double_eq(money_to_double(usd / 4), 0.25);
    ck_assert_double_eq(money_to_double(-3 * usd), -3.0);
    ck_assert_double_eq_tol(money_to_double(30900), 3.09e-8, 1e-22);
}
END_TEST

TEST_MAIN("unit_money", parses_exactly, refuses_what_is_no_amount, parses_the_largest_amount,
          formats_all_digits, parse_and_format_are_inverse, formats_cents_half_away_from_zero,
          doubles_are_dollars)
