/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shipped price book, a usage and its bill, for one test. */
#ifndef TESTS_BILLS_FIXTURE_H
#define TESTS_BILLS_FIXTURE_H

#include <lambdaplan/bill.h>

#include "support/date.h"

#include <check.h>
#include <string.h>

#define HOUR_MS INT64_C(3600000)
#define GB_S INT64_C(1024000) /* MB-ms in a GB-second */
#define GIB (INT64_C(1) << 30)

struct fixture {
    struct price_book *book;
    struct usage usage;
    struct bill bill;
    struct bill_options options;
    struct diagnostics diagnostics;
};

static inline void fixture_set_day(struct fixture *fixture, const char *day)
{
    ck_assert_msg(date_parse(day, &fixture->options.day), "%s", day);
}

/* us-east-1, a month of 730 hours that was run in full, with the free tier. */
static inline void fixture_init(struct fixture *fixture, const char *day)
{
    *fixture = (struct fixture){.options = {.region = "us-east-1",
                                            .free_tier = true,
                                            .month_ms = 730 * HOUR_MS,
                                            .run_ms = 730 * HOUR_MS}};
    diagnostics_init(&fixture->diagnostics);
    usage_init(&fixture->usage);
    fixture->book = price_book_load(DATA_DIR, &fixture->diagnostics);
    ck_assert_msg(fixture->book != NULL, "%s",
                  fixture->diagnostics.count > 0 ? fixture->diagnostics.item[0].text : "no reason");
    fixture_set_day(fixture, day);
}

/* Forgets usage, bill and diagnostics. */
static inline void fixture_clear(struct fixture *fixture)
{
    bill_finish(&fixture->bill);
    usage_finish(&fixture->usage);
    diagnostics_finish(&fixture->diagnostics);
    usage_init(&fixture->usage);
    diagnostics_init(&fixture->diagnostics);
}

static inline void fixture_finish(struct fixture *fixture)
{
    fixture_clear(fixture);
    price_book_destroy(fixture->book);
    diagnostics_finish(&fixture->diagnostics);
}

static inline void fixture_bill(struct fixture *fixture)
{
    bill_finish(&fixture->bill);
    const int result = bill_compute(&fixture->bill, &fixture->usage, fixture->book,
                                    &fixture->options, &fixture->diagnostics);
    ck_assert_msg(result == 0, "%s",
                  fixture->diagnostics.count > 0 ? fixture->diagnostics.item[0].text : "no reason");
}

/* The bill fails with exactly this one error; warnings may stand beside it. */
static inline void fixture_fails(struct fixture *fixture, const char *sentence)
{
    ck_assert_int_eq(bill_compute(&fixture->bill, &fixture->usage, fixture->book, &fixture->options,
                                  &fixture->diagnostics),
                     -1);
    ck_assert_uint_eq(fixture->bill.count, 0);
    ck_assert_uint_eq(fixture->diagnostics.errors, 1);
    for (size_t i = 0; i < fixture->diagnostics.count; i++)
        if (!fixture->diagnostics.item[i].warning)
            ck_assert_str_eq(fixture->diagnostics.item[i].text, sentence);
}

static inline money_pusd fixture_cost(const struct fixture *fixture, enum meter meter)
{
    money_pusd cost = 0;
    for (size_t i = 0; i < fixture->bill.count; i++)
        if (fixture->bill.line[i].meter == meter)
            cost += fixture->bill.line[i].cost;
    return cost;
}

static inline money_pusd usd(const char *text)
{
    money_pusd amount = 0;
    ck_assert_msg(money_parse(text, &amount), "%s", text);
    return amount;
}

static inline void assert_money(money_pusd amount, const char *expected)
{
    char text[MONEY_TEXT_SIZE];
    ck_assert_str_eq(money_format(amount, text), expected);
}

#endif
