/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A log's invocations and their bill, for one test. */
#ifndef TESTS_BILLS_LOG_CASE_H
#define TESTS_BILLS_LOG_CASE_H

#include "history/log_bill.h"
#include "support/date.h"

#include "harness.h"

#include <check.h>
#include <string.h>

#define MS INT64_C(1000000)
#define DAY (86400 * INT64_C(1000000000))
#define GB_SECOND 16666700 /* pUSD on x86 in us-east-1 since 2020-02 */
#define REQUEST 200000     /* pUSD */

struct test_case {
    struct log_bill_options options;
    struct log_bill *log;
    struct limits *limits;
    struct price_book *book;
    struct bill_result result;
    struct diagnostics diagnostics;
};

static inline int32_t day(const char *text)
{
    int32_t result = 0;
    ck_assert(date_parse(text, &result));
    return result;
}

static inline void begin(struct test_case *c)
{
    *c = (struct test_case){0};
    diagnostics_init(&c->diagnostics);
    diagnostics_init(&c->result.notes);
    c->limits = limits_load(DATA_DIR, &c->diagnostics);
    c->book = price_book_load(DATA_DIR, &c->diagnostics);
    ck_assert_ptr_nonnull(c->book);
    c->options = (struct log_bill_options){.region = "us-east-1",
                                           .today = day("2026-10-15"),
                                           .memory_mb = UNKNOWN_VALUE,
                                           .what_if_memory_mb = UNKNOWN_VALUE,
                                           .what_if_arm64 = UNKNOWN_VALUE,
                                           .limits = c->limits};
}

static inline struct invocation_record record_at(const char *date)
{
    struct invocation_record record = record_blank();
    record.time_ns = day(date) * DAY;
    record.function = "f";
    record.memory_mb = 128;
    return record;
}

static inline void add(struct test_case *c, struct invocation_record record)
{
    if (c->log == NULL)
        c->log = log_bill_create(&c->options);
    ASSERT_QUIETLY(log_bill_add(c->log, &record) == 0);
}

static inline int price(struct test_case *c)
{
    return log_bill_result(c->log, c->book, &c->result, &c->diagnostics);
}

static inline void end(struct test_case *c)
{
    bill_result_finish(&c->result);
    log_bill_destroy(c->log);
    limits_destroy(c->limits);
    price_book_destroy(c->book);
    diagnostics_finish(&c->diagnostics);
}

static inline void check_money(money_pusd got, long long wanted)
{
    char text[MONEY_TEXT_SIZE];
    ck_assert_msg(got == wanted, "%s USD, not %lld pUSD", money_format(got, text), wanted);
}

static inline bool has_note(const struct test_case *c, const char *words)
{
    for (size_t i = 0; i < c->result.notes.count; i++)
        if (strstr(c->result.notes.item[i].text, words) != NULL)
            return true;
    return false;
}

static inline const struct bill_waste *find_waste(const struct test_case *c, const char *kind,
                                                  const char *function)
{
    for (size_t i = 0; i < c->result.wastes; i++) {
        const struct bill_waste *const waste = &c->result.waste[i];
        const bool sum = waste->function == NULL;
        if (strcmp(waste->kind, kind) == 0 &&
            (function == NULL ? sum : !sum && strcmp(waste->function, function) == 0))
            return waste;
    }
    return NULL;
}

#endif
