/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is paid for nothing, and what another design would cost, computed by hand. */
#include "harness.h"
#include "log_case.h"

/* 1,024 MB with 200 MB in use: 240 MB would do, so 784 of 1,024 MB of a GB-s are spare. On 2019's
 * Lambda, in steps of 64 MB, 256 MB would. */
START_TEST(memory_not_used)
{
    static const struct {
        const char *day;
        long long gb_second, spare;
    } row[] = {{"2021-06-01", GB_SECOND, 784}, {"2019-06-01", 16670000, 768}};
    for (size_t i = 0; i < 2; i++) {
        struct test_case c;
        begin(&c);
        struct invocation_record record = record_at(row[i].day);
        record.billed_ns = record.duration_ns = 1000 * MS;
        record.memory_mb = 1024;
        record.max_memory_mb = 200;
        add(&c, record);
        record.max_memory_mb = 90;
        add(&c, record);
        ck_assert_int_eq(price(&c), 0);
        const struct bill_waste *const waste = find_waste(&c, "memory", NULL);
        ck_assert_ptr_nonnull(waste);
        const long long wanted =
            2 * row[i].gb_second - (2 * row[i].gb_second * (1024 - row[i].spare) + 512) / 1024;
        check_money(waste->cost, wanted);
        ck_assert_ptr_nonnull(find_waste(&c, "memory", "f"));
        check_money(find_waste(&c, "memory", "f")->cost, wanted);
        ck_assert_ptr_null(find_waste(&c, "rounding", NULL));
        ck_assert_ptr_null(find_waste(&c, "errors", NULL));
        end(&c);
    }
}
END_TEST

/* Rounding 25 ms of 100; an init of 50 ms in 135 ms; an error; a timeout; a retry. */
START_TEST(other_waste)
{
    struct test_case c;
    begin(&c);
    struct invocation_record record = record_at("2020-05-01");
    record.memory_mb = 1024;
    record.duration_ns = 75 * MS;
    record.billed_ns = 100 * MS;
    record.init_ns = 20 * MS; /* not billed: 75 ms alone round up to 100 ms */
    record.function = "rounds";
    add(&c, record);
    record = record_at("2020-05-02");
    record.memory_mb = 1024;
    record.duration_ns = 85 * MS;
    record.init_ns = 50 * MS;
    record.billed_ns = 135 * MS;
    record.function = "starts";
    add(&c, record);
    record = record_at("2020-05-03");
    record.memory_mb = 1024;
    record.duration_ns = record.billed_ns = 1000 * MS;
    record.status = INVOCATION_ERROR;
    record.function = "fails";
    record.request_id = "r-1";
    add(&c, record);
    record.time_ns += 60 * 1000 * MS;
    record.status = INVOCATION_TIMEOUT;
    add(&c, record);
    ck_assert_int_eq(price(&c), 0);
    check_money(find_waste(&c, "rounding", NULL)->list_cost, (25LL * GB_SECOND + 500) / 1000);
    ck_assert_ptr_null(find_waste(&c, "rounding", "starts"));
    check_money(find_waste(&c, "cold starts", NULL)->list_cost, 50LL * GB_SECOND / 1000);
    check_money(find_waste(&c, "cold starts", "starts")->list_cost, 50LL * GB_SECOND / 1000);
    ck_assert_ptr_null(find_waste(&c, "cold starts", "rounds"));
    check_money(find_waste(&c, "errors", NULL)->cost, GB_SECOND + REQUEST);
    check_money(find_waste(&c, "timeouts", NULL)->cost, GB_SECOND + REQUEST);
    check_money(find_waste(&c, "retries", "fails")->cost, GB_SECOND + REQUEST);
    ck_assert_str_eq(c.result.function[0].name, "fails");
    ck_assert_uint_eq(c.result.function[0].retries, 1);
    end(&c);
}
END_TEST

/* Half a month of data, scaled to a month before the free tier: 400,000 of 500,000 GB-s are free in
 * the data, and in a month of twice that as well. An hour tells a month's, less does not. */
START_TEST(waste_of_a_month)
{
    static const struct {
        double hours, factor;
        bool free_tier;
        long long saved; /* of half the GB-seconds: errors */
    } row[] = {
        {365, 2, false, 2 * 250000LL * GB_SECOND},
        {365, 2, true, 2 * 250000LL * GB_SECOND},
        {1460, 0.5, false, 250000LL * GB_SECOND / 2},
        {0.5, 1, false, 250000LL * GB_SECOND},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct test_case c;
        begin(&c);
        c.options.free_tier = row[i].free_tier;
        c.options.has_as_of = true;
        c.options.as_of = day("2021-05-01");
        struct invocation_record record = record_at("2021-05-01");
        record.memory_mb = 1024;
        record.count = 250000;
        record.billed_ns = 1000 * MS;
        add(&c, record);
        record.time_ns += (int64_t)(row[i].hours * 3600e9);
        record.status = INVOCATION_ERROR;
        add(&c, record);
        ck_assert_int_eq(price(&c), 0);
        ck_assert_double_eq_tol(c.result.month_factor, row[i].factor, 1e-12);
        const long long requests = (long long)(250000 * row[i].factor) * REQUEST;
        const money_pusd got = find_waste(&c, "errors", NULL)->month_cost;
        const long long paid = row[i].free_tier ? 0 : requests; /* a million requests are free */
        check_money(got, row[i].saved + paid);
        check_money(find_waste(&c, "errors", "f")->month_cost, row[i].saved + paid);
        end(&c);
    }
}
END_TEST

START_TEST(arm64_before_its_time)
{
    struct test_case c;
    begin(&c);
    c.options.what_if_arm64 = 1;
    add(&c, record_at("2020-05-01"));
    ck_assert_int_eq(price(&c), -1);
    ck_assert_str_eq(c.diagnostics.item[0].text,
                     "--what-if architecture=arm64: Lambda has arm64 since 2021-09-29, and these "
                     "invocations are priced on 2020-05-01: --as-of 2021-09-29, or a later day, "
                     "prices all of them then");
    end(&c);
}
END_TEST

/* What the free tier gives anyway cannot be saved. */
START_TEST(waste_in_the_free_tier)
{
    struct test_case c;
    begin(&c);
    c.options.free_tier = true;
    struct invocation_record record = record_at("2021-05-01");
    record.memory_mb = 1024;
    record.billed_ns = 1000 * MS;
    record.status = INVOCATION_ERROR;
    add(&c, record);
    ck_assert_int_eq(price(&c), 0);
    check_money(c.result.total, 0);
    check_money(find_waste(&c, "errors", NULL)->cost, 0);
    check_money(find_waste(&c, "errors", NULL)->list_cost, GB_SECOND + REQUEST);
    end(&c);
}
END_TEST

START_TEST(what_if)
{
    struct test_case c;
    begin(&c);
    c.options.what_if_memory_mb = 512;
    c.options.what_if_arm64 = 1;
    struct invocation_record record = record_at("2022-01-01");
    record.memory_mb = 1024;
    record.billed_ns = 10000 * MS;
    record.max_memory_mb = 600;
    add(&c, record);
    ck_assert_int_eq(price(&c), 0);
    ck_assert_uint_eq(c.result.what_ifs, 2);
    check_money(c.result.what_if[0].total, REQUEST + 5 * 13333400);
    check_money(c.result.what_if[1].total, REQUEST + 10 * 13333400);
    check_money(c.result.what_if[0].difference, 5 * 13333400 - 10 * GB_SECOND);
    ck_assert(has_note(&c, "1 function had more in use and would not run: f 600 MB"));
    end(&c);

    begin(&c); /* arm64 was not sold then */
    c.options.what_if_arm64 = 1;
    record.time_ns = day("2020-06-01") * DAY;
    add(&c, record);
    ck_assert_int_eq(price(&c), -1);
    ck_assert_uint_gt(c.diagnostics.errors, 0);
    end(&c);
}
END_TEST

/* 60 s with 10,240 MB are 4,800 s with 128 MB, if all is computing; 1 s with 1,024 MB is 8 s. */
START_TEST(what_if_does_not_fit)
{
    static const char *const name[] = {"a", "b", "c", "d", "e", "f", "g"};
    struct test_case c;
    begin(&c);
    c.options.what_if_memory_mb = 128;
    struct invocation_record record = record_at("2026-03-05");
    for (size_t i = 0; i < 7; i++) {
        record.function = name[i];
        record.memory_mb = 1024;
        record.billed_ns = 1000 * MS;
        record.max_memory_mb = 100 + 10 * (int64_t)i;
        add(&c, record);
    }
    record.function = "long";
    record.memory_mb = 10240;
    record.billed_ns = 60000 * MS;
    record.max_memory_mb = 60;
    add(&c, record);
    ck_assert_int_eq(price(&c), 0);
    ck_assert(has_note(&c, "memory_size=128: 4 functions had more in use and would not run: g 160 "
                           "MB, f 150 MB, e 140 MB, d 130 MB"));
    ck_assert(has_note(&c, "CPU-bound: 1 function would run longer than Lambda lets an invocation "
                           "run, so would not end: long 4,800 s"));
    end(&c);

    begin(&c);
    c.options.what_if_memory_mb = 128;
    for (size_t i = 0; i < 7; i++) {
        record.function = name[i];
        record.memory_mb = 1024;
        record.billed_ns = 1000 * MS;
        record.max_memory_mb = i == 6 ? 128 : 200 + (int64_t)i;
        add(&c, record);
    }
    ck_assert_int_eq(price(&c), 0);
    ck_assert(has_note(&c, "run: f 205 MB, e 204 MB, d 203 MB, c 202 MB, b 201 MB and 1 more"));
    ck_assert(!has_note(&c, "CPU-bound"));
    end(&c);
}
END_TEST

/* "small" is in January's free tier, "big" pays in February: it alone wastes. */
START_TEST(waste_by_month)
{
    struct test_case c;
    begin(&c);
    c.options.free_tier = true;
    struct invocation_record record = record_at("2024-01-10");
    record.function = "small";
    record.memory_mb = 1024;
    record.max_memory_mb = 200;
    record.billed_ns = 100 * MS;
    record.count = 1000000;
    add(&c, record);
    record = record_at("2024-02-10");
    record.function = "big";
    record.memory_mb = 1024;
    record.max_memory_mb = 200;
    record.billed_ns = 1000 * MS;
    record.count = 5000000;
    add(&c, record);
    ck_assert_int_eq(price(&c), 0);
    ck_assert_str_eq(c.result.function[1].name, "small");
    check_money(c.result.function[1].cost, 0);
    const money_pusd all = find_waste(&c, "memory", NULL)->cost;
    check_money(find_waste(&c, "memory", "small")->cost, 0);
    check_money(find_waste(&c, "memory", "small")->month_cost, 0);
    check_money(find_waste(&c, "memory", "big")->cost, (long long)all);
    /* 784 of 1,024 MB are spare; 400,000 of 5,000,000 GB-s are free with and without them */
    check_money(all, 5000000LL * 784 / 1024 * GB_SECOND);
    end(&c);
}
END_TEST

TEST_MAIN("waste", memory_not_used, other_waste, waste_of_a_month, arm64_before_its_time,
          waste_in_the_free_tier, what_if, what_if_does_not_fit, waste_by_month)
