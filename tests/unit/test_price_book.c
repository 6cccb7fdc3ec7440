/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <lambdaplan/price_book.h>

#include "harness.h"
#include "support/date.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER                                                                                     \
    "service,sku,region,unit,price_usd,tier_from,tier_to,effective_from,effective_to,source,"      \
    "confidence\n"

static int32_t day_of(const char *text)
{
    int32_t day = 0;
    ck_assert_msg(date_parse(text, &day), "%s", text);
    return day;
}

static struct price_book *load_real_book(void)
{
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    struct price_book *const book = price_book_load(DATA_DIR, &diagnostics);
    ck_assert_msg(book != NULL, "%s",
                  diagnostics.count > 0 ? diagnostics.item[0].text : "no reason was given");
    ck_assert_uint_eq(diagnostics.warnings, 0);
    diagnostics_finish(&diagnostics);
    return book;
}

static size_t find(struct price_book *book, const char *service, const char *sku,
                   const char *region, const char *day, const struct price *const **ret)
{
    return price_book_find(book, service, sku, region, day_of(day), ret);
}

/* The single price of a SKU as text, "none", "tiers" or "unknown". */
static const char *price_on(struct price_book *book, const char *service, const char *sku,
                            const char *region, const char *day)
{
    static char text[MONEY_TEXT_SIZE];
    const struct price *const *price = NULL;
    const size_t count = find(book, service, sku, region, day, &price);
    if (count != 1)
        return count == 0 ? "none" : "tiers";
    return price[0]->unknown ? "unknown" : money_format(price[0]->price, text);
}

/* A folder with prices/test.csv of this content; NULL: none. */
static struct price_book *load_text(const char *content, size_t size,
                                    struct diagnostics *diagnostics)
{
    char folder[] = "/tmp/lambdaplan-prices-XXXXXX";
    char prices[64], file[80];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(prices, sizeof prices, "%s/prices", folder);
    snprintf(file, sizeof file, "%s/test.csv", prices);
    ck_assert_int_eq(mkdir(prices, 0700), 0);
    if (content != NULL) {
        FILE *const out = fopen(file, "wb");
        ck_assert_ptr_nonnull(out);
        ck_assert_uint_eq(fwrite(content, 1, size, out), size);
        ck_assert_int_eq(fclose(out), 0);
    }
    diagnostics_init(diagnostics);
    struct price_book *const book = price_book_load(folder, diagnostics);
    unlink(file);
    rmdir(prices);
    rmdir(folder);
    return book;
}

static bool says(const struct diagnostics *diagnostics, const char *part)
{
    for (size_t i = 0; i < diagnostics->count; i++)
        if (strstr(diagnostics->item[i].text, part) != NULL)
            return true;
    return false;
}

START_TEST(real_rows_are_sound)
{
    struct price_book *const book = load_real_book();
    ck_assert_uint_gt(price_book_count(book), 1000);
    ck_assert_ptr_null(price_book_at(book, price_book_count(book)));
    for (size_t i = 0; i < price_book_count(book); i++) {
        const struct price *const price = price_book_at(book, i);
        const bool recalled = strcmp(price->confidence, "recalled") == 0;
        ck_assert_msg(!recalled || price->unknown, "%s %s is only recalled", price->service,
                      price->sku);
        ck_assert_msg(strncmp(price->sku, "free-", 5) != 0 ||
                          (price->price == 0 && price->tier_to < INT64_MAX),
                      "%s %s is no allowance", price->service, price->sku);
        /* Found again on its first and last day. */
        const int32_t days[] = {price->from_day == INT32_MIN ? -100000 : price->from_day,
                                price->to_day == INT32_MAX ? 100000 : price->to_day - 1};
        for (size_t k = 0; k < 2; k++) {
            const struct price *const *found = NULL;
            const size_t count =
                price_book_find(book, price->service, price->sku, price->region, days[k], &found);
            bool same = false;
            for (size_t j = 0; j < count; j++)
                same = same || found[j] == price;
            ck_assert_msg(same, "%s %s %s", price->service, price->sku, price->region);
        }
    }
    price_book_destroy(book);
}
END_TEST

START_TEST(lambda_prices_by_date)
{
    struct price_book *const book = load_real_book();
    const struct price *const *tier = NULL;

    ck_assert_str_eq(price_on(book, "lambda", "duration-x86", "us-east-1", "2014-11-12"), "none");
    ck_assert_str_eq(price_on(book, "lambda", "duration-x86", "us-east-1", "2014-11-13"),
                     "0.00001667");
    ck_assert_str_eq(price_on(book, "lambda", "duration-x86", "us-east-1", "2020-01-31"),
                     "0.00001667");
    ck_assert_str_eq(price_on(book, "lambda", "duration-x86", "us-east-1", "2020-02-01"),
                     "0.0000166667");
    ck_assert_str_eq(price_on(book, "lambda", "duration-x86", "us-east-1", "2022-07-31"),
                     "0.0000166667");

    ck_assert_uint_eq(find(book, "lambda", "duration-x86", "us-east-1", "2022-08-01", &tier), 3);
    static const long long x86[3][2] = {
        {0, 16666700}, {6000000000, 15000000}, {15000000000, 13333400}};
    static const long long arm64[3][2] = {
        {0, 13333400}, {7500000000, 12000100}, {18750000000, 10666700}};
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(tier[i]->tier_from, x86[i][0]);
        ck_assert_int_eq(tier[i]->tier_to, i < 2 ? x86[i + 1][0] : INT64_MAX);
        ck_assert(tier[i]->price == x86[i][1]);
        ck_assert_str_eq(tier[i]->effective_from, "2022-08");
    }
    ck_assert_str_eq(price_on(book, "lambda", "duration-arm64", "us-east-1", "2021-09-28"), "none");
    ck_assert_str_eq(price_on(book, "lambda", "duration-arm64", "us-east-1", "2021-09-29"),
                     "0.0000133334");
    ck_assert_uint_eq(find(book, "lambda", "duration-arm64", "us-east-1", "2026-11-01", &tier), 3);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(tier[i]->tier_from, arm64[i][0]);
        ck_assert(tier[i]->price == arm64[i][1]);
    }
    price_book_destroy(book);
}
END_TEST

START_TEST(ec2_prices_by_date)
{
    /* First snapshots of ec2instances.info that show the price. */
    static const char *const history[][2] = {
        {"2015-06-11", "none"},  {"2015-06-12", "0.126"}, {"2016-01-12", "0.126"},
        {"2016-01-13", "0.12"},  {"2016-12-09", "0.12"},  {"2016-12-10", "0.108"},
        {"2017-05-18", "0.108"}, {"2017-05-19", "0.1"},   {"2026-11-01", "0.1"}};
    struct price_book *const book = load_real_book();
    for (size_t i = 0; i < sizeof history / sizeof *history; i++)
        ck_assert_str_eq(
            price_on(book, "ec2", "linux-ondemand:m4.large", "us-east-1", history[i][0]),
            history[i][1]);
    ck_assert_str_eq(price_on(book, "ec2", "linux-ondemand:m5.large", "us-east-1", "2026-11-01"),
                     "0.096");
    ck_assert_str_eq(
        price_on(book, "ec2", "linux-reserved:m4.large:3yr-all-upfront", "us-east-1", "2015-09"),
        "0.047");
    ck_assert_str_eq(
        price_on(book, "ec2", "linux-reserved:m5.large:1yr-all-upfront", "us-east-1", "2026"),
        "0.056393");
    price_book_destroy(book);
}
END_TEST

START_TEST(regions_and_global)
{
    struct price_book *const book = load_real_book();
    const struct price *const *price = NULL;
    ck_assert_uint_eq(find(book, "lambda", "free-requests", "eu-west-1", "2016", &price), 1);
    ck_assert_str_eq(price[0]->region, "global");
    ck_assert_int_eq(price[0]->tier_to, 1000000);
    ck_assert_str_eq(price_on(book, "kinesis", "shard-hour", "eu-west-1", "2026"), "unknown");
    ck_assert_str_eq(price_on(book, "kinesis", "efo-data", "eu-west-1", "2026"), "none");
    ck_assert_str_eq(price_on(book, "lambda", "no-such-sku", "us-east-1", "2026"), "none");
    ck_assert_str_eq(price_on(book, "", "", "", "2026"), "none");
    price_book_destroy(book);
}
END_TEST

START_TEST(the_newest_day_is_that_of_a_known_price)
{
    static const char text[] = HEADER "a,s,r,x,1,,,2020,2021,me,doc\n"
                                      "a,s,r,x,2,,,2021-05-06,,me,doc\n"
                                      "a,t,r,x,unknown,,,2022,,me,doc\n"
                                      "a,u,r,x,3,,,,,me,doc\n";
    struct diagnostics diagnostics;
    struct price_book *book = load_text(text, strlen(text), &diagnostics);
    ck_assert_ptr_nonnull(book);
    price_book_override(book, "a", "s", "r", 5);
    ck_assert_int_eq(price_book_newest_day(book), date_from_civil(2021, 5, 6));
    price_book_destroy(book);
    diagnostics_finish(&diagnostics);
    book = load_text(HEADER "a,u,r,x,3,,,,,me,doc\n", strlen(HEADER "a,u,r,x,3,,,,,me,doc\n"),
                     &diagnostics);
    ck_assert_ptr_nonnull(book);
    ck_assert_int_eq(price_book_newest_day(book), DATE_MIN);
    price_book_destroy(book);
    diagnostics_finish(&diagnostics);
}
END_TEST

START_TEST(region_wins_over_global)
{
    static const char text[] = HEADER "a,s,global,x,1,,,2020,,me,doc\n"
                                      "a,s,here,x,2,,,2021,2022,me,doc\n";
    struct diagnostics diagnostics;
    struct price_book *const book = load_text(text, strlen(text), &diagnostics);
    ck_assert_ptr_nonnull(book);
    ck_assert_str_eq(price_on(book, "a", "s", "here", "2021"), "2");
    ck_assert_str_eq(price_on(book, "a", "s", "there", "2021"), "1");
    ck_assert_str_eq(price_on(book, "a", "s", "here", "2022"), "1");
    ck_assert_str_eq(price_on(book, "a", "s", "here", "2019"), "none");
    price_book_destroy(book);
    diagnostics_finish(&diagnostics);
}
END_TEST

START_TEST(overrides_replace_all_tiers)
{
    struct price_book *const book = load_real_book();
    const struct price *const *price = NULL;
    price_book_override(book, "lambda", "duration-x86", "us-east-1", 5);
    price_book_override(book, "lambda", "duration-x86", "us-east-1", 6);
    ck_assert_uint_eq(find(book, "lambda", "duration-x86", "us-east-1", "2026", &price), 1);
    ck_assert(price[0]->price == 6);
    ck_assert_str_eq(price[0]->effective_from, "override");
    ck_assert_str_eq(price[0]->unit, "GB-second");
    ck_assert_int_eq(price[0]->tier_to, INT64_MAX);
    ck_assert_uint_eq(find(book, "lambda", "duration-x86", "us-east-1", "2000", &price), 1);
    ck_assert_uint_eq(find(book, "lambda", "duration-x86", "us-west-2", "2026", &price), 3);
    price_book_override(book, "new", "thing", "mars-1", 7);
    ck_assert_str_eq(price_on(book, "new", "thing", "mars-1", "2026"), "0.000000000007");
    price_book_destroy(book);
}
END_TEST

START_TEST(a_book_over_another_keeps_its_overrides_to_itself)
{
    struct price_book *const below = load_real_book();
    price_book_override(below, "lambda", "request", "us-east-1", 4);
    struct price_book *const first = price_book_over(below), *const second = price_book_over(below);
    price_book_override(first, "lambda", "request", "us-east-1", 5);
    price_book_override(first, "lambda", "duration-x86", "us-east-1", 6);
    ck_assert_str_eq(price_on(first, "lambda", "request", "us-east-1", "2026"), "0.000000000005");
    ck_assert_str_eq(price_on(second, "lambda", "request", "us-east-1", "2026"), "0.000000000004");
    const struct price *const *one = NULL, *const *other = NULL;
    ck_assert_uint_eq(find(first, "lambda", "duration-x86", "us-east-1", "2026", &one), 1);
    ck_assert_uint_eq(find(second, "lambda", "duration-x86", "us-east-1", "2026", &other), 3);
    ck_assert(one[0]->price == 6); /* the answer of one is not the other's to overwrite */
    price_book_destroy(first);
    price_book_destroy(second);
    ck_assert_str_eq(price_on(below, "lambda", "request", "us-east-1", "2026"), "0.000000000004");
    price_book_destroy(below);
}
END_TEST

START_TEST(tiers_come_sorted)
{
    static const char text[] = HEADER "a,s,r,x,3,20,,,,me,doc\n"
                                      "a,s,r,x,1,0,10,,,me,doc\n"
                                      "a,s,r,x,unknown,10,20,,,me,recalled\n";
    struct diagnostics diagnostics;
    struct price_book *const book = load_text(text, strlen(text), &diagnostics);
    ck_assert_ptr_nonnull(book);
    const struct price *const *price = NULL;
    ck_assert_uint_eq(find(book, "a", "s", "r", "2021", &price), 3);
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(price[i]->tier_from, (int64_t)(10 * i));
    ck_assert(price[1]->unknown);
    ck_assert_str_eq(price[0]->effective_from, "unknown");
    ck_assert_int_eq(price[0]->from_day, INT32_MIN);
    ck_assert_int_eq(price_book_at(book, 0)->tier_from, 20); /* the file's order */
    price_book_destroy(book);
    diagnostics_finish(&diagnostics);
}
END_TEST

START_TEST(bad_files_are_refused_with_their_place)
{
    static const struct {
        const char *content, *says;
    } cases[] = {
        {"service,sku,region,unit,price_usd,tier_from,tier_to,effective_from,effective_to,source\n",
         "test.csv:1: column confidence is missing"},
        {"service,sku,region,unit,price_usd,tier_from,tier_to,effective_from,effective_to,source,"
         "confidence,note\n",
         "test.csv:1: unknown column \"note\""},
        {"service,sku,region,unit,price_us,tier_from,tier_to,effective_from,effective_to,source,"
         "confidence\n",
         "unknown column \"price_us\" (did you mean price_usd?)"},
        {HEADER "a,s,r,x,1e-3,,,,,me,doc\n", "test.csv:2: price_usd: \"1e-3\" is no amount"},
        {HEADER "a,s,r,x,-1,,,,,me,doc\n", "price_usd: \"-1\""},
        {HEADER "a,s,r,x,,,,,,me,doc\n", "price_usd: \"\""},
        {HEADER "a,s,r,x,0.0000000000001,,,,,me,doc\n", "at most 12 decimals"},
        {HEADER "a,s,r,x,1,1.5,,,,me,doc\n", "tier_from: \"1.5\" is no whole number"},
        {HEADER "a,s,r,x,1,0,-1,,,me,doc\n", "tier_to: \"-1\" is no whole number"},
        {HEADER "a,s,r,x,1,5,5,,,me,doc\n", "tier_to 5 is not above tier_from 5"},
        {HEADER "a,s,r,x,1,0,99999999999999999999,,,me,doc\n", "is no whole number"},
        {HEADER "a,s,r,x,1,,,2020-13,,me,doc\n", "effective_from: \"2020-13\" is no date"},
        {HEADER "a,s,r,x,1,,,,2021-02-29,me,doc\n", "effective_to: \"2021-02-29\" is no date"},
        {HEADER "a,s,r,x,1,,,2021,2021,me,doc\n",
         "effective_to 2021 is not after effective_from 2021"},
        {HEADER "a,s,r,x,1,,,,,me,sure\n", "confidence: \"sure\" is none of"},
        {HEADER ",s,r,x,1,,,,,me,doc\n", "service is empty"},
        {HEADER "a,s,r,x,1,,,,,,doc\n", "source is empty"},
        {HEADER "a,s,r,x,1,,,2020,2022,me,doc\nb,s,r,x,1,,,,,me,doc\n"
                "a,s,r,x,2,,,2021,,me,doc\n",
         "test.csv:4: a s in r: overlaps "},
        {HEADER "a,s,r,x,1,,,,,me,doc\na,s,r,x,2,,,2021,,me,doc\n", "overlaps "},
        {HEADER "a,s,r,x,1,0,10,,,me,doc\na,s,r,x,2,9,,,,me,doc\n", "overlaps "},
        {HEADER "a,s,r,x,1,0,10,,,me,doc\na,s,r,x,2,11,,,,me,doc\n",
         "test.csv:3: a s in r: no tier covers 10 to 11 from the beginning on"},
        {HEADER "a,s,r,x,1,5,,2020,,me,doc\n",
         "test.csv:2: a s in r: no tier covers 0 to 5 from 2020-01-01 on"},
        {HEADER "a,s,r,x,1,0,10,2020,2021,me,doc\na,s,r,x,2,10,,2020,,me,doc\n",
         "test.csv:3: a s in r: no tier covers 0 to 10 from 2021-01-01 on"},
        {HEADER "a,s,r,x,1,,,,,me\n", "test.csv:2: "},
        {HEADER "a,s,r,x,1,,,,,\"me\"x,doc\n", "test.csv:2: "},
        {"", "test.csv"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct diagnostics diagnostics;
        struct price_book *const book =
            load_text(cases[i].content, strlen(cases[i].content), &diagnostics);
        ck_assert_msg(book == NULL, "case %zu was taken", i);
        ck_assert_msg(says(&diagnostics, cases[i].says), "case %zu: not \"%s\" but \"%s\"", i,
                      cases[i].says, diagnostics.count > 0 ? diagnostics.item[0].text : "nothing");
        diagnostics_finish(&diagnostics);
    }
}
END_TEST

START_TEST(all_errors_in_one_go)
{
    static const char text[] = HEADER "a,s,r,x,z,q,,,,me,doc\n,s,r,x,1,,,then,,me,doc\n";
    struct diagnostics diagnostics;
    ck_assert_ptr_null(load_text(text, strlen(text), &diagnostics));
    ck_assert_uint_eq(diagnostics.errors, 4);
    diagnostics_finish(&diagnostics);
}
END_TEST

START_TEST(missing_folder_and_files)
{
    struct diagnostics diagnostics;
    ck_assert_ptr_null(load_text(NULL, 0, &diagnostics));
    ck_assert(says(&diagnostics, "there is no *.csv file with prices"));
    diagnostics_finish(&diagnostics);

    diagnostics_init(&diagnostics);
    ck_assert_ptr_null(price_book_load("/nowhere/at/all", &diagnostics));
    ck_assert(says(&diagnostics, "/nowhere/at/all/prices: cannot read the folder of prices: No "
                                 "such file"));
    diagnostics_finish(&diagnostics);
    price_book_destroy(NULL);
}
END_TEST

/* A book of a folder with `base`, and a file with `added` on top of it. */
static struct price_book *load_with(const char *base, const char *added, int *ret_status,
                                    struct diagnostics *diagnostics)
{
    char path[] = "/tmp/lambdaplan-own-XXXXXX";
    struct price_book *const book = load_text(base, strlen(base), diagnostics);
    ck_assert_ptr_nonnull(book);
    const int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, added, strlen(added)), (ssize_t)strlen(added));
    close(fd);
    *ret_status = price_book_add_file(book, path, diagnostics);
    unlink(path);
    return book;
}

START_TEST(an_added_file_wins_on_its_days)
{
    static const char base[] = HEADER "s,a,r,x,1,0,10,2020,,book,doc\n"
                                      "s,a,r,x,2,10,,2020,,book,doc\n"
                                      "s,b,r,x,7,0,,2020,,book,doc\n"
                                      "s,c,global,x,8,0,,2020,,book,doc\n";
    static const char added[] = HEADER "s,a,r,x,3,0,,2022,2023,mine,doc\n"
                                       "s,a,q,x,3,0,,2022,2023,mine,doc\n"
                                       "s,a,p,x,unknown,0,,2022,2023,mine,doc\n"
                                       "s,c,r,x,9,0,,2022,,mine,doc\n"
                                       "s,d,r,x,5,0,,2022,,mine,doc\n";
    struct diagnostics diagnostics;
    int status;
    struct price_book *const book = load_with(base, added, &status, &diagnostics);
    ck_assert_int_eq(status, 0);
    ck_assert_uint_eq(price_book_count(book), 9);
    size_t regions;
    const char *const *const region = price_book_regions(book, &regions);
    ck_assert_uint_eq(regions, 2); /* neither the global one nor one without a known price */
    ck_assert_str_eq(region[0], "q");
    ck_assert_str_eq(region[1], "r");
    ck_assert_str_eq(price_on(book, "s", "a", "r", "2021-12-31"), "tiers"); /* the book's two */
    ck_assert_str_eq(price_on(book, "s", "a", "r", "2022-01-01"), "3");     /* not three of both */
    ck_assert_str_eq(price_on(book, "s", "a", "r", "2023-01-01"), "tiers");
    ck_assert_str_eq(price_on(book, "s", "b", "r", "2022-06-01"), "7");
    ck_assert_str_eq(price_on(book, "s", "c", "r", "2022-06-01"), "9");
    ck_assert_str_eq(price_on(book, "s", "c", "elsewhere", "2022-06-01"), "8");
    ck_assert_str_eq(price_on(book, "s", "d", "r", "2022-06-01"), "5");
    ck_assert_str_eq(price_on(book, "s", "d", "r", "2021-06-01"), "none");
    money_pusd four;
    ck_assert(money_parse("4", &four));
    price_book_override(book, "s", "a", "r", four); /* what a scenario says stands above both */
    ck_assert_str_eq(price_on(book, "s", "a", "r", "2022-06-01"), "4");
    price_book_destroy(book);
    diagnostics_finish(&diagnostics);
}
END_TEST

START_TEST(an_added_file_must_be_sound)
{
    static const char base[] = HEADER "s,a,r,x,1,0,,2020,,book,doc\n";
    static const struct {
        const char *added, *says;
    } cases[] = {
        {HEADER "s,a,r,x,z,0,,2022,,mine,doc\n", ":2: price_usd: \"z\" is no amount"},
        {HEADER "s,a,r,x,3,5,,2022,,mine,doc\n", "s a in r: no tier covers 0 to 5"},
        {HEADER "s,a,r,x,3,0,,2022,,mine,doc\ns,a,r,x,4,0,,2023,,mine,doc\n",
         ":3: s a in r: overlaps "},
        {"service,sku\n", "column region is missing"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct diagnostics diagnostics;
        int status;
        struct price_book *const book = load_with(base, cases[i].added, &status, &diagnostics);
        ck_assert_int_eq(status, -1);
        ck_assert_msg(says(&diagnostics, cases[i].says), "case %zu says \"%s\"", i,
                      diagnostics.count > 0 ? diagnostics.item[0].text : "nothing");
        price_book_destroy(book);
        diagnostics_finish(&diagnostics);
    }
    struct diagnostics diagnostics;
    struct price_book *const book = load_text(base, strlen(base), &diagnostics);
    ck_assert_int_eq(price_book_add_file(book, "/nowhere/at/all.csv", &diagnostics), -1);
    ck_assert(says(&diagnostics, "cannot read /nowhere/at/all.csv"));
    price_book_destroy(book);
    diagnostics_finish(&diagnostics);
}
END_TEST

START_TEST(random_bytes_never_crash)
{
    static const char base[] = HEADER "a,s,r,x,1,0,10,2020,2021,me,doc\n"
                                      "a,s,r,x,2,10,,2020,2021,\"me, again\",doc\n"
                                      "a,s,r,x,unknown,,,2021,,me,recalled\n";
    unsigned long long state = 7;
    size_t taken = 0;
    for (int round = 0; round < 2000; round++) {
        char text[sizeof base];
        memcpy(text, base, sizeof base);
        for (int change = 0; change < 2; change++) {
            state = state * 6364136223846793005ULL + 1442695040888963407ULL;
            text[(state >> 40) % (sizeof base - 1)] = (char)(state >> 30);
        }
        struct diagnostics diagnostics;
        struct price_book *const book = load_text(text, sizeof base - 1, &diagnostics);
        ck_assert_msg((book == NULL) == (diagnostics.errors > 0), "round %d", round);
        taken += book != NULL;
        price_book_destroy(book);
        diagnostics_finish(&diagnostics);
    }
    ck_assert_uint_gt(taken, 0);
    ck_assert_uint_lt(taken, 2000);
}
END_TEST

TEST_MAIN("unit_price_book", real_rows_are_sound, lambda_prices_by_date, ec2_prices_by_date,
          regions_and_global, the_newest_day_is_that_of_a_known_price, region_wins_over_global,
          overrides_replace_all_tiers, a_book_over_another_keeps_its_overrides_to_itself,
          tiers_come_sorted, bad_files_are_refused_with_their_place, all_errors_in_one_go,
          missing_folder_and_files, an_added_file_wins_on_its_days, an_added_file_must_be_sound,
          random_bytes_never_crash)
