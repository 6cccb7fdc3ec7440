/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bills of invocations, computed by hand to the pico-dollar. */
#include "harness.h"
#include "log_case.h"

#include "history/seen_requests.h"

#include <stdio.h>
#include <string.h>

/* 128 MB x (100 + 700 + 3000) ms = 486,400 MB-ms = 0.475 GB-s; x 0.0000166667 = 0.0000079166825,
 * rounded half up to a pico-dollar. The third one ran 3003.16 ms: what the log bills counts. */
START_TEST(billed_as_printed)
{
    static const int64_t billed[] = {100, 700, 3000};
    struct test_case c;
    begin(&c);
    for (size_t i = 0; i < 3; i++) {
        struct invocation_record record = record_at("2020-05-26");
        record.billed_ns = billed[i] * MS;
        record.duration_ns = i == 2 ? 3003160000 : billed[i] * MS - 10 * MS;
        add(&c, record);
    }
    ck_assert_int_eq(price(&c), 0);
    ck_assert_uint_eq(c.result.months, 1);
    ck_assert_str_eq(c.result.month[0].name, "2020-05");
    ck_assert_uint_eq(c.result.month[0].bill.count, 2);
    check_money(c.result.month[0].bill.line[0].cost, 3 * REQUEST);
    check_money(c.result.month[0].bill.line[1].cost, 7916683);
    check_money(c.result.total, 8516683);
    ck_assert(!has_note(&c, "Billed Duration: it was computed"));
    end(&c);
}
END_TEST

/* 5 ms on both sides of 2020-12-01 UTC: 100 ms, then 5 ms; the init is billed since 2025-08-01. */
START_TEST(computed_by_era)
{
    static const struct {
        const char *day;
        long long ms;
    } row[] = {{"2020-11-30", 100}, {"2020-12-01", 15}, {"2025-07-31", 15}, {"2025-08-01", 135}};
    struct test_case c;
    begin(&c);
    for (size_t i = 0; i < 4; i++) {
        struct invocation_record record = record_at(row[i].day);
        record.time_ns += i == 0 ? DAY - 1 : 0;
        record.duration_ns = 14970000;
        record.init_ns = 119990000;
        record.memory_mb = 1024;
        add(&c, record);
    }
    ck_assert_int_eq(price(&c), 0);
    ck_assert_uint_eq(c.result.months, 4);
    ck_assert_str_eq(c.result.month[0].name, "2020-11");
    ck_assert_str_eq(c.result.month[1].name, "2020-12");
    ck_assert_str_eq(c.result.month[2].name, "2025-07");
    ck_assert_str_eq(c.result.month[3].name, "2025-08");
    for (size_t i = 0; i < 4; i++) { /* 1,024 MB is 1 GB */
        const struct bill_line *const line = &c.result.month[i].bill.line[1];
        ck_assert(line->quantity == 1024 * row[i].ms);
        check_money(line->cost, (row[i].ms * GB_SECOND + 500) / 1000);
    }
    ck_assert(has_note(&c, "4 invocations have no Billed Duration"));
    end(&c);
}
END_TEST

/* The same at another date: by the rules of that date, whatever the day it ran. */
START_TEST(computed_at_another_date)
{
    static const struct {
        const char *as_of;
        long long ms;
    } row[] = {{"2020-06-01", 100}, {"2024-01-01", 15}, {"2026-01-01", 135}};
    for (size_t i = 0; i < 3; i++) {
        struct test_case c;
        begin(&c);
        c.options.has_as_of = true;
        c.options.as_of = day(row[i].as_of);
        struct invocation_record record = record_at("2022-02-02");
        record.duration_ns = 14970000;
        record.init_ns = 119990000;
        record.memory_mb = 1024;
        add(&c, record);
        record.billed_ns = 15 * MS;
        add(&c, record);
        ck_assert_int_eq(price(&c), 0);
        ck_assert(c.result.month[0].bill.line[1].quantity == 1024 * 2 * row[i].ms);
        ck_assert_int_eq(has_note(&c, "1 invocation was billed by other rules"), i != 1);
        end(&c);
    }
}
END_TEST

/* What was printed on a day, in ms, and what it would be at another date. -1: not told. */
START_TEST(printed_by_other_rules)
{
    static const struct {
        const char *ran, *as_of; /* NULL: no date, none is asked for */
        double duration, init;
        long long printed, wanted;
    } row[] = {
        {"2024-03-05", "2016-03-01", 10.5, -1, 11, 100},
        {"2024-03-05", "2020-11-30", 110.5, -1, 111, 200},
        {"2024-03-05", "2022-01-01", 10.5, -1, 11, 11},
        {"2024-03-05", NULL, 10.5, -1, 11, 11},
        {"2026-03-05", "2024-01-01", 10.5, 500.5, 511, 11},
        {"2026-03-05", "2016-03-01", 10.5, 500.5, 511, 100},
        {"2026-03-05", "2026-01-01", 10.5, 500.5, 511, 511},
        {"2024-03-05", "2026-01-01", 10.5, 500.5, 11, 511},
        {"2024-03-05", "2020-06-01", 10.5, 500.5, 511, 600}, /* a container image */
        {"2016-03-05", "2024-01-01", 75.2, -1, 100, 76},
        {"2024-03-05", "2020-06-01", 3003.16, -1, 3000, 3000}, /* a timeout */
        {"2016-03-05", "2024-01-01", 3003.16, -1, 3000, 3000},
        {"2024-03-05", "2016-03-01", -1, -1, 11, 100},
        {"2016-03-05", "2024-01-01", -1, -1, 100, 100},
        {NULL, "2016-03-01", 10.5, -1, 11, 100},
        {NULL, "2024-03-01", 75.2, -1, 100, 100},
        {NULL, "2016-03-01", 75.2, -1, 100, 100},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct test_case c;
        begin(&c);
        c.options.has_as_of = row[i].as_of != NULL;
        if (row[i].as_of != NULL)
            c.options.as_of = day(row[i].as_of);
        struct invocation_record record = record_at(row[i].ran != NULL ? row[i].ran : "2024-01-01");
        if (row[i].ran == NULL)
            record.time_ns = UNKNOWN_VALUE;
        record.duration_ns =
            row[i].duration < 0 ? UNKNOWN_VALUE : (int64_t)(row[i].duration * (double)MS + 0.5);
        record.init_ns = row[i].init < 0 ? UNKNOWN_VALUE : (int64_t)(row[i].init * (double)MS);
        record.billed_ns = row[i].printed * MS;
        record.memory_mb = 1024;
        add(&c, record);
        ck_assert_int_eq(price(&c), 0);
        ck_assert_msg(c.result.month[0].bill.line[1].quantity == 1024 * row[i].wanted, "row %zu",
                      i);
        if (row[i].printed != row[i].wanted)
            ck_assert(has_note(&c, "billed by other rules than those of 20"));
        end(&c);
    }
    struct test_case c; /* coarser steps cannot be taken back: that is said */
    begin(&c);
    c.options.has_as_of = true;
    c.options.as_of = day("2024-01-01");
    struct invocation_record record = record_at("2016-03-05");
    record.billed_ns = 100 * MS;
    add(&c, record);
    ck_assert_int_eq(price(&c), 0);
    ck_assert(has_note(&c, "with no Duration: Billed Duration is taken as printed"));
    end(&c);
}
END_TEST

/* Lines of real logs of SnapStart: 307 + 303 = 610 ms, 160 + 118 = 278 ms. The restore is a cold
 * start, and only the rest is rounding. Without a Billed Duration the sum is computed. */
START_TEST(snapshots_restored)
{
    static const struct {
        int64_t duration_ns, restore_ms, billed_ms;
    } row[] = {{306340000, 303, 610}, {159870000, 118, 278}};
    struct test_case c;
    begin(&c);
    for (int printed = 0; printed < 2; printed++)
        for (size_t i = 0; i < 2; i++) {
            struct invocation_record record = record_at("2023-07-05");
            record.duration_ns = row[i].duration_ns;
            record.restore_ns = 511 * MS;
            record.billed_restore_ns = row[i].restore_ms * MS;
            record.billed_ns = printed ? row[i].billed_ms * MS : UNKNOWN_VALUE;
            record.memory_mb = 1024;
            record.cold = 1;
            record.function = printed ? "printed" : "computed";
            add(&c, record);
        }
    ck_assert_int_eq(price(&c), 0);
    const struct bill *const bill = &c.result.month[0].bill;
    for (size_t i = 0; i < bill->count; i++)
        if (bill->line[i].meter == METER_LAMBDA_X86_MB_MS)
            ck_assert(bill->line[i].quantity == 1024 * (610 + 278));
    check_money(find_waste(&c, "cold starts", "printed")->list_cost,
                (421LL * GB_SECOND + 500) / 1000);
    /* 0.66 ms and 0.13 ms */
    check_money(find_waste(&c, "rounding", "printed")->list_cost,
                (79LL * GB_SECOND + 50000) / 100000);
    ck_assert_uint_eq(c.result.function[0].cold_starts, 2);
    end(&c);
}
END_TEST

/* 1.3 million requests and 1.3 million GB-s of two functions: the account's million and its
 * 400,000 GB-s are given once a month, whoever uses them. */
START_TEST(free_tier_is_the_accounts)
{
    struct test_case c;
    begin(&c);
    c.options.free_tier = true;
    for (int month = 0; month < 2; month++)
        for (int f = 0; f < 2; f++) {
            struct invocation_record record = record_at(month == 0 ? "2021-03-05" : "2021-04-05");
            record.function = f == 0 ? "a" : "b";
            record.count = f == 0 ? 700000 : 600000;
            record.billed_ns = 1000 * MS;
            record.memory_mb = 1024;
            add(&c, record);
        }
    ck_assert_int_eq(price(&c), 0);
    ck_assert_uint_eq(c.result.months, 2);
    for (size_t m = 0; m < 2; m++) {
        const struct bill *const bill = &c.result.month[m].bill;
        money_pusd requests = 0, duration = 0;
        for (size_t i = 0; i < bill->count; i++)
            *(bill->line[i].meter == METER_LAMBDA_REQUESTS ? &requests : &duration) +=
                bill->line[i].cost;
        check_money(requests, 300000LL * REQUEST);
        /* Two lines, each rounded once. */
        ck_assert(llabs((long long)duration - 900000LL * GB_SECOND) <= 1);
    }
    ck_assert_uint_eq(c.result.functions, 2);
    ck_assert_str_eq(c.result.function[0].name, "a"); /* dearest first */
    check_money(c.result.function[0].cost + c.result.function[1].cost, (long long)c.result.total);
    end(&c);
}
END_TEST

START_TEST(each_month_has_its_price)
{
    struct test_case c;
    begin(&c);
    struct invocation_record record = record_at("2019-06-01");
    record.billed_ns = 1000 * MS;
    record.memory_mb = 1024;
    add(&c, record);
    record.time_ns = day("2021-06-01") * DAY;
    add(&c, record);
    ck_assert_int_eq(price(&c), 0);
    check_money(c.result.month[0].bill.line[1].cost, 16670000);
    check_money(c.result.month[1].bill.line[1].cost, GB_SECOND);
    ck_assert(!has_note(&c, "the newest known"));
    end(&c);

    begin(&c); /* one day later than any price is known to begin */
    record.time_ns = (price_book_newest_day(c.book) + INT64_C(1)) * DAY;
    add(&c, record);
    ck_assert_int_eq(price(&c), 0);
    ck_assert(has_note(&c, ", the newest known; they are taken to hold on "));
    end(&c);

    begin(&c);
    c.options.has_as_of = true;
    c.options.as_of = day("2019-01-01");
    record.time_ns = day("2021-06-01") * DAY;
    add(&c, record);
    ck_assert_int_eq(price(&c), 0);
    check_money(c.result.month[0].bill.line[1].cost, 16670000);
    ck_assert_str_eq(c.result.month[0].name, "2021-06");
    ck_assert_str_eq(c.result.month[0].priced_on, "2019-01-01");
    end(&c);
}
END_TEST

START_TEST(records_without_date)
{
    struct test_case c;
    begin(&c);
    struct invocation_record record = record_at("2021-06-01");
    record.billed_ns = 100 * MS;
    add(&c, record);
    record.time_ns = UNKNOWN_VALUE;
    add(&c, record);
    record.time_ns = 5;
    record.relative = true;
    add(&c, record);
    ck_assert_int_eq(price(&c), 0);
    ck_assert_uint_eq(c.result.months, 2);
    ck_assert_str_eq(c.result.month[1].name, "undated");
    ck_assert_uint_eq(c.result.month[1].invocations, 2);
    ck_assert_str_eq(c.result.month[1].priced_on, "2026-10-15");
    ck_assert(has_note(&c, "2 invocations have no date"));
    end(&c);
}
END_TEST

/* A record without a memory size cannot be priced, unless its function has one size elsewhere. */
START_TEST(memory_that_is_not_said)
{
    struct test_case c;
    begin(&c);
    struct invocation_record record = record_at("2021-06-01");
    record.billed_ns = 1000 * MS;
    record.memory_mb = UNKNOWN_VALUE;
    add(&c, record);
    ck_assert_int_eq(price(&c), -1);
    ck_assert_uint_eq(c.diagnostics.errors, 1);
    ck_assert_ptr_nonnull(strstr(c.diagnostics.item[0].text, "--memory"));
    end(&c);

    begin(&c);
    add(&c, record);
    record.memory_mb = 1024;
    add(&c, record);
    ck_assert_int_eq(price(&c), 0);
    check_money(c.result.total, 2 * GB_SECOND + 2 * REQUEST);
    end(&c);

    begin(&c);
    add(&c, record);
    record.memory_mb = 512; /* two sizes: which one is it? */
    add(&c, record);
    record.memory_mb = UNKNOWN_VALUE;
    add(&c, record);
    ck_assert_int_eq(price(&c), -1);
    end(&c);

    begin(&c);
    c.options.memory_mb = 2048;
    add(&c, record);
    ck_assert_int_eq(price(&c), 0);
    check_money(c.result.total, 2 * GB_SECOND + REQUEST);
    end(&c);
}
END_TEST

/* 6 MB are billed as 128 MB, 129 MB in steps of 64 MB as 192 MB; 2,048 MB of a time that had
 * 1,536 MB stay, with a note. */
START_TEST(memory_that_was_not_sold)
{
    static const struct {
        const char *day;
        int64_t seen;
        long long sold;
        const char *note;
    } row[] = {
        {"2021-06-01", 6, 128,
         "of 1 function Lambda did not have the memory size then: the next "
         "greater one is billed (128 MB instead of 6 MB"},
        {"2021-06-01", 129, 129, NULL},
        {"2016-06-01", 129, 192, "(192 MB instead of 129 MB"},
        {"2016-06-01", 2048, 2048, "did not have as much as 2048 MB then"},
        {"2021-06-01", 10240, 10240, NULL},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct test_case c;
        begin(&c);
        struct invocation_record record = record_at(row[i].day);
        record.billed_ns = 1000 * MS;
        record.memory_mb = row[i].seen;
        add(&c, record);
        record.time_ns += DAY;
        add(&c, record);
        ck_assert_int_eq(price(&c), 0);
        ck_assert(c.result.month[0].bill.line[1].quantity == 2 * 1000 * row[i].sold);
        ck_assert_int_eq(c.result.function[0].memory_mb_max, row[i].sold);
        ck_assert_int_eq(has_note(&c, "Lambda did not have"), row[i].note != NULL);
        ck_assert(row[i].note == NULL || has_note(&c, row[i].note));
        end(&c);
    }
}
END_TEST

/* Nobody bought what was allocated: none of it is bought for nothing. */
START_TEST(memory_that_was_allocated)
{
    struct test_case c;
    begin(&c);
    struct invocation_record record = record_at("2021-06-01");
    record.billed_ns = 1000 * MS;
    record.memory_mb = 2048;
    record.max_memory_mb = 100;
    record.memory_is_allocated = true;
    add(&c, record);
    record.function = "g";
    add(&c, record);
    ck_assert_int_eq(price(&c), 0);
    check_money(c.result.total, 4 * GB_SECOND + 2 * REQUEST);
    ck_assert_ptr_null(find_waste(&c, "memory", NULL));
    ck_assert_int_eq(c.result.function[0].max_memory_used_mb, -1);
    ck_assert(has_note(&c, "2 functions have no memory size: what was allocated on average"));
    end(&c);
}
END_TEST

START_TEST(what_is_impossible_or_twice_there)
{
    struct test_case c;
    begin(&c);
    struct invocation_record record = record_at("2021-05-01");
    record.request_id = "id";
    record.billed_ns = 100 * MS;
    record.relative = true; /* without a date it may be another that is alike */
    add(&c, record);
    add(&c, record);
    record.relative = false;
    record.billed_ns = INT64_MAX;
    add(&c, record);
    record.billed_ns = 100 * MS;
    record.memory_mb = INT64_MIN;
    add(&c, record);
    record.memory_mb = 128;
    record.count = UINT64_MAX;
    add(&c, record);
    ck_assert_int_eq(price(&c), 0);
    ck_assert_uint_eq(c.result.invocations, 2);
    ck_assert(has_note(&c, "3 records are left out"));
    ck_assert(has_note(&c, "1 invocation appears again"));
    ck_assert_ptr_null(find_waste(&c, "retries", NULL));
    end(&c);
}
END_TEST

/* An event with a retry, cold and timed out, and another one, in exports that overlap: in one part,
 * from part to part, and in parts that have too many requests to be settled as one. */
START_TEST(what_comes_again_is_billed_once)
{
    for (int many = 0; many <= 600000; many += 600000) {
        struct test_case c;
        begin(&c);
        c.log = log_bill_create(&c.options);
        struct invocation_record record = record_at("2021-05-01");
        for (int p = 0; p < 3; p++) {
            struct log_bill *const part = log_bill_create_part(&c.options);
            for (int copy = 0; copy <= p; copy++) {
                record.request_id = "event";
                record.time_ns = day("2021-05-01") * DAY;
                record.duration_ns = 900 * MS;
                record.init_ns = 200 * MS;
                record.max_memory_mb = 60;
                record.cold = 1;
                record.status = INVOCATION_TIMEOUT;
                ASSERT_QUIETLY(log_bill_add(part, &record) == 0);
                record.time_ns += 60000 * MS; /* the retry */
                record.init_ns = UNKNOWN_VALUE;
                record.cold = 0;
                record.status = INVOCATION_ERROR;
                ASSERT_QUIETLY(log_bill_add(part, &record) == 0);
                record.request_id = "other";
                record.status = INVOCATION_SUCCESS;
                ASSERT_QUIETLY(log_bill_add(part, &record) == 0);
            }
            for (int i = 0; i < many && p == 0; i++) {
                char id[16];
                snprintf(id, sizeof id, "%d", i);
                record.request_id = id;
                ASSERT_QUIETLY(log_bill_add(part, &record) == 0);
            }
            ck_assert_int_eq(log_bill_merge(c.log, part), 0);
        }
        ck_assert_int_eq(price(&c), 0);
        ck_assert_uint_eq(c.result.invocations, 3 + (uint64_t)many);
        const struct bill_function *const f = &c.result.function[0];
        ck_assert_uint_eq(f->invocations, 3 + (uint64_t)many);
        ck_assert_uint_eq(f->cold_starts, 1);
        ck_assert_uint_eq(f->errors, 1);
        ck_assert_uint_eq(f->timeouts, 1);
        ck_assert_uint_eq(f->retries, 1);
        ck_assert_double_eq_tol(f->gb_seconds, (3 + many) * 0.9 / 8, 1e-6);
        ck_assert(has_note(&c, "15 invocations come again"));
        end(&c);
    }
}
END_TEST

/* More requests between a call and its copy than are remembered: it is said how many there are. */
START_TEST(what_comes_again_too_late_is_told)
{
    struct test_case c;
    begin(&c);
    struct invocation_record record = record_at("2021-05-01");
    char id[16];
    record.request_id = id;
    record.billed_ns = 100 * MS;
    for (int i = 0; i < 2 * 1200000; i++) {
        snprintf(id, sizeof id, "%d", i % 1200000);
        add(&c, record);
    }
    ck_assert_int_eq(price(&c), 0);
    ck_assert_uint_eq(c.result.invocations, 2400000);
    ck_assert(has_note(&c, "about 100.0 % of the invocations come again"));
    end(&c);
}
END_TEST

/* Longer than any invocation: billed, and said. A timeout, stopped late, and an init are not. */
START_TEST(longer_than_lambda_runs)
{
    static const struct {
        const char *day;
        int64_t duration_ms, init_ms, billed_ms;
        bool overlong;
    } row[] = {{"2024-03-05", 10, -1, 1100000, true},
               {"2024-03-05", 900800, -1, 900800, false},
               {"2026-03-05", 900000, 9000, 909000, false},
               {"2016-03-05", 400000, -1, 400000, true},
               {"2016-03-05", 300050, -1, 300000, false}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct test_case c;
        begin(&c);
        struct invocation_record record = record_at(row[i].day);
        record.duration_ns = row[i].duration_ms * MS;
        record.init_ns = row[i].init_ms < 0 ? UNKNOWN_VALUE : row[i].init_ms * MS;
        record.billed_ns = row[i].billed_ms * MS;
        add(&c, record);
        ck_assert_int_eq(price(&c), 0);
        ck_assert(c.result.month[0].bill.line[1].quantity == 128 * row[i].billed_ms);
        ck_assert_int_eq(has_note(&c, "1 invocation is longer than Lambda lets one run"),
                         row[i].overlong);
        end(&c);
    }
}
END_TEST

/* 400 functions over 24 months in two orders: the same bill, line by line. */
START_TEST(order_does_not_matter)
{
    struct test_case c[2];
    for (int k = 0; k < 2; k++) {
        begin(&c[k]);
        for (int n = 0; n < 9600; n++) {
            const int i = k == 0 ? n : 9599 - n;
            char name[32], date[16];
            snprintf(name, sizeof name, "f%d", i % 400);
            snprintf(date, sizeof date, "%d-%02d-15", 2021 + i / 400 / 12, i / 400 % 12 + 1);
            struct invocation_record record = record_at(date);
            record.function = name;
            record.billed_ns = (i % 97 + 1) * MS;
            record.memory_mb = 128 + i % 3 * 64;
            add(&c[k], record);
        }
        ck_assert_int_eq(price(&c[k]), 0);
        ck_assert_uint_eq(c[k].result.months, 24);
        ck_assert_uint_eq(c[k].result.functions, 400);
    }
    check_money(c[0].result.total, (long long)c[1].result.total);
    for (size_t m = 0; m < 24; m++) {
        const struct bill *const a = &c[0].result.month[m].bill, *const b =
                                                                     &c[1].result.month[m].bill;
        ck_assert_uint_eq(a->count, b->count);
        for (size_t i = 0; i < a->count; i++) {
            ck_assert_str_eq(a->line[i].entity, b->line[i].entity);
            ck_assert(a->line[i].quantity == b->line[i].quantity &&
                      a->line[i].cost == b->line[i].cost);
        }
    }
    end(&c[0]);
    end(&c[1]);
}
END_TEST

/* The same records as one log and as parts: the same bill and the same retries, even where a part
 * has more records than it keeps for later. */
START_TEST(parts_make_the_whole)
{
    static const int sizes[] = {1, 7, 1000, 130000};
    struct test_case whole;
    char id[32], name[32];
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        struct test_case c;
        struct log_bill *part = NULL;
        const int count = sizes[k] < 1000 ? 3000 : 300000;
        begin(&whole);
        begin(&c);
        c.log = log_bill_create(&c.options);
        for (int i = 0; i < count; i++) {
            struct invocation_record record = record_at(i % 2 == 0 ? "2020-11-30" : "2020-12-01");
            snprintf(id, sizeof id, "r-%d", i - (i % 10 == 9));
            snprintf(name, sizeof name, "f%d", i * 7 % 13);
            record.request_id = id;
            record.function = name;
            record.time_ns += i;
            record.duration_ns = (i % 50) * MS + 1;
            record.init_ns = i % 10 == 0 ? 30 * MS : UNKNOWN_VALUE;
            record.max_memory_mb = i % 90;
            add(&whole, record);
            if (part == NULL)
                part = log_bill_create_part(&c.options);
            ASSERT_QUIETLY(log_bill_add(part, &record) == 0);
            if ((i + 1) % sizes[k] == 0 || i + 1 == count) {
                ck_assert_int_eq(log_bill_merge(c.log, part), 0);
                part = NULL;
            }
        }
        ck_assert_int_eq(price(&whole), 0);
        ck_assert_int_eq(price(&c), 0);
        check_money(c.result.total, (long long)whole.result.total);
        ck_assert_uint_eq(c.result.functions, 13);
        ck_assert_uint_eq(c.result.wastes, whole.result.wastes);
        ck_assert_str_eq(c.result.first, whole.result.first);
        ck_assert_uint_eq(c.result.notes.count, whole.result.notes.count);
        for (size_t i = 0; i < c.result.wastes; i++) {
            ck_assert_str_eq(c.result.waste[i].kind, whole.result.waste[i].kind);
            check_money(c.result.waste[i].list_cost, (long long)whole.result.waste[i].list_cost);
        }
        uint64_t retries = 0;
        for (size_t i = 0; i < 13; i++)
            retries += c.result.function[i].retries;
        ck_assert_uint_eq(retries, (uint64_t)count / 10);
        end(&c);
        end(&whole);
    }
}
END_TEST

/* A week of hours, each told by when it begins, read as a whole and in three parts: its last hour
 * is part of it, and so is its first, which had no calls. */
START_TEST(bins_end_the_span)
{
    for (int parts = 1; parts <= 3; parts += 2) {
        struct test_case c;
        begin(&c);
        c.log = log_bill_create(&c.options);
        for (int p = 0; p < parts; p++) {
            struct log_bill *const part = log_bill_create_part(&c.options);
            for (int hour = p * 168 / parts; hour < (p + 1) * 168 / parts; hour++) {
                struct invocation_record record = record_at("2024-05-06");
                record.time_ns += hour * (DAY / 24);
                record.span_ns = UNKNOWN_VALUE;
                record.count = hour == 0 ? 0 : 100;
                record.duration_ns = 100 * MS;
                ASSERT_QUIETLY(log_bill_add(part, &record) == 0);
            }
            ck_assert_int_eq(log_bill_merge(c.log, part), 0);
        }
        ck_assert_int_eq(price(&c), 0);
        ck_assert_str_eq(c.result.first, "2024-05-06 00:00:00");
        ck_assert_str_eq(c.result.last, "2024-05-13 00:00:00");
        ck_assert_double_eq_tol(c.result.month_factor, 730.0 / 168, 1e-12);
        end(&c);
    }
}
END_TEST

START_TEST(too_many_functions)
{
    struct test_case c;
    begin(&c);
    struct invocation_record record = record_at("2021-05-01");
    char name[32];
    int status = 0;
    record.billed_ns = MS;
    record.function = name;
    c.log = log_bill_create(&c.options);
    for (int i = 0; i <= 500000 && status == 0; i++) {
        snprintf(name, sizeof name, "f%d", i);
        status = log_bill_add(c.log, &record);
    }
    ck_assert_int_ne(status, 0);
    ck_assert_int_eq(price(&c), -1);
    ck_assert_ptr_nonnull(strstr(c.diagnostics.item[0].text, "more than 500000"));
    end(&c);
}
END_TEST

static enum seen see(struct seen_requests *seen, const char *id, uint64_t when)
{
    return seen_requests_add(seen, seen_requests_hash(id), when);
}

START_TEST(requests_seen)
{
    struct seen_requests *const seen = seen_requests_create();
    char id[32];
    ck_assert_int_eq(see(seen, "first", 1), SEEN_NEVER);
    ck_assert_int_eq(see(seen, "first", 1), SEEN_AT_THAT_TIME);
    ck_assert_int_eq(see(seen, "first", 2), SEEN_BEFORE);
    ck_assert_int_eq(see(seen, "first", 2), SEEN_AT_THAT_TIME);
    ck_assert_int_eq(see(seen, "first", 1), SEEN_AT_THAT_TIME);
    for (int i = 0; i < 520000; i++) {
        snprintf(id, sizeof id, "%d", i);
        ASSERT_QUIETLY(see(seen, id, 1) == SEEN_NEVER);
    }
    ck_assert_int_eq(see(seen, "first", 3), SEEN_BEFORE);
    for (int i = 520000; i < 2000000; i++) {
        snprintf(id, sizeof id, "%d", i);
        ASSERT_QUIETLY(see(seen, id, 1) == SEEN_NEVER);
    }
    ck_assert_int_eq(see(seen, "first", 4), SEEN_NEVER); /* forgotten */
    seen_requests_destroy(seen);
    seen_requests_destroy(NULL);
}
END_TEST

TEST_MAIN("log_bill", billed_as_printed, computed_by_era, computed_at_another_date,
          printed_by_other_rules, snapshots_restored, free_tier_is_the_accounts,
          each_month_has_its_price, records_without_date, memory_that_is_not_said,
          memory_that_was_not_sold, memory_that_was_allocated, what_is_impossible_or_twice_there,
          what_comes_again_is_billed_once, what_comes_again_too_late_is_told,
          longer_than_lambda_runs, order_does_not_matter, parts_make_the_whole, bins_end_the_span,
          too_many_functions, requests_seen)
