/* SPDX-License-Identifier: GPL-3.0-or-later */
/* AWS's own bills: exact amounts, our names for their lines, sums, and hostile files. */
#include "harness.h"

#include "history/charges.h"
#include "history/line_set.h"
#include "support/date.h"
#include "traces/billing.h"
#include "traces/record.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int32_t day_of(const char *text)
{
    int32_t day = 0;
    ck_assert(date_parse(text, &day));
    return day;
}

START_TEST(decimals)
{
    static const struct {
        const char *text;
        int power;
        long long wanted;
    } good[] = {{"0.00237713810", 12, 2377138100},
                {"2.0E-7", 12, 200000},
                {"1e3", 0, 1000},
                {"1.5E+2", 1, 1500},
                {"-0.5", 12, -500000000000},
                {"0.0000000000005", 12, 1}, /* half up */
                {"0.00000000000049999", 12, 0},
                {"-0.0000000000005", 12, -1},
                {"142.628000000000000", 3, 142628},
                {"000000000000000000000000001", 0, 1},
                {".5", 1, 5},
                {"5.", 0, 5},
                {"0E-10", 12, 0},
                {"9E-20", 12, 0},
                {"999999999999999", 0, 999999999999999}};
    static const char *const bad[] = {"",     "-",   ".",   "1,5",  "1e",    "1e+",
                                      "0x10", "NaN", " 1",  "1 ",   "1e400", "1000000000000000",
                                      "1e15", "--1", "inf", "1.2.3"};
    int128 got;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        ck_assert_msg(billing_decimal(good[i].text, good[i].power, &got), "%s", good[i].text);
        ck_assert_msg(got == good[i].wanted, "%s", good[i].text);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!billing_decimal(bad[i], 0, &got), "%s", bad[i]);
}
END_TEST

START_TEST(names)
{
    static const struct {
        const char *product, *usage_type, *operation, *service, *sku;
    } row[] = {
        {"AWSLambda", "Lambda-GB-Second", NULL, "lambda", "duration-x86"},
        {"AWSLambda", "APN1-Lambda-GB-Second-ARM", NULL, "lambda", "duration-arm64"},
        {"AWSLambda", "EU-Request", NULL, "lambda", "request"},
        {"AWSLambda", "USW2-Request-ARM", NULL, "lambda", "request"},
        {"AWSLambda", "XYZ9-Request", NULL, "lambda", "request"}, /* a region of tomorrow */
        {"AWSLambda", "USE1-Lambda-Provisioned-Concurrency-ARM", NULL, "lambda",
         "provisioned-concurrency-arm64"},
        {"AWSLambda", "Lambda-Unheard-Of", NULL, "lambda", NULL},
        {"AmazonKinesis", "EUC1-Storage-ShardHour", NULL, "kinesis", "shard-hour"},
        {"AmazonKinesis", "PutRequestPayloadUnits", NULL, "kinesis", "put-payload-unit-25KB"},
        {"AmazonKinesis", "EnhancedFanoutHour", NULL, "kinesis", "efo-consumer-shard-hour"},
        {"AmazonKinesis", "USE1-ReadBytes", NULL, "kinesis", "efo-data"},
        {"AmazonEC2", "USE2-BoxUsage:m5.large", "RunInstances", "ec2", "linux-ondemand:m5.large"},
        {"AmazonEC2", "BoxUsage:m5.large", "RunInstances:0002", "ec2", NULL}, /* Windows */
        {"AmazonEC2", "EBS:VolumeUsage.gp3", "CreateVolume-Gp3", "ebs", "gp3"},
        {"AWSELB", "LCUUsage", "LoadBalancing:Application", "elb", "alb-lcu-hour"},
        {"AWSELB", "LCUUsage", "LoadBalancing:Network", "elb", "nlb-lcu-hour"},
        {"AWSQueueService", "USE1-Requests-FIFO-Tier1", NULL, "sqs", "request-fifo"},
        {"AWSQueueService", "Requests-Tier1", NULL, "sqs", "request-standard"},
        {"AmazonS3", "Request", NULL, "s3", NULL},
        {"AmazonDynamoDB", "Lambda-GB-Second", NULL, NULL, NULL},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        char buffer[BILLING_SKU_SIZE];
        const char *service, *sku;
        billing_identify(row[i].product, row[i].usage_type, row[i].operation, NULL, &service, &sku,
                         buffer);
        ck_assert_pstr_eq(service, row[i].service);
        ck_assert_pstr_eq(sku, row[i].sku);
    }
    const char *region;
    ck_assert_str_eq(billing_strip_prefix("APS3-Request", &region), "Request");
    ck_assert_str_eq(region, "ap-south-1");
    ck_assert_str_eq(billing_strip_prefix("EBS:VolumeUsage", &region), "EBS:VolumeUsage");
    ck_assert_ptr_null(region);
    ck_assert_str_eq(billing_strip_prefix("RDS-Thing", &region), "RDS-Thing");
}
END_TEST

struct bill_read {
    struct charges *charges;
    struct price_book *book;
    struct bill_result result;
    struct diagnostics diagnostics;
    int status;
};

/* Takes the charges over. */
static void begin(struct bill_read *ret, struct charges *charges)
{
    *ret = (struct bill_read){.charges = charges};
    diagnostics_init(&ret->diagnostics);
    diagnostics_init(&ret->result.notes);
    ret->book = price_book_load(DATA_DIR, &ret->diagnostics);
    ck_assert_ptr_nonnull(ret->book);
}

static int add_up(struct bill_read *read)
{
    return charges_result(read->charges, read->book, NULL, &read->result, &read->diagnostics);
}

static void read_bill(struct bill_read *ret, const char *path, bool strict)
{
    const struct read_options options = {.strict = strict};
    begin(ret, charges_create());
    const struct record_sink sink = {.cost = charges_add, .context = ret->charges};
    ret->status = read_records(&path, 1, &options, &sink, NULL, &ret->diagnostics);
    if (ret->status == 0)
        ret->status = add_up(ret);
}

static void finish(struct bill_read *read)
{
    bill_result_finish(&read->result);
    charges_destroy(read->charges);
    price_book_destroy(read->book);
    diagnostics_finish(&read->diagnostics);
}

static const struct bill_charge *find(const struct bill_read *read, const char *month,
                                      const char *sku, const char *region)
{
    for (size_t i = 0; i < read->result.charges; i++) {
        const struct bill_charge *const charge = &read->result.charge[i];
        if (strcmp(charge->month, month) == 0 && strcmp(charge->sku, sku) == 0 &&
            strcmp(charge->region, region) == 0)
            return charge;
    }
    ck_abort_msg("no %s of %s in %s", sku, month, region);
    return NULL;
}

static void check_money(money_pusd got, long long wanted)
{
    char text[MONEY_TEXT_SIZE];
    ck_assert_msg(got == wanted, "%s USD, not %lld pUSD", money_format(got, text), wanted);
}

START_TEST(legacy_report)
{
    struct bill_read read;
    read_bill(&read, TESTS_DIR "/data/billing/cur-legacy.csv", true);
    ck_assert_int_eq(read.status, 0);
    const struct bill_charge *charge = find(&read, "2023-05", "duration-x86", "us-east-1");
    ck_assert_uint_eq(charge->lines, 2);
    ck_assert(charge->quantity_e12 == (usage_quantity)1500000 * 1000000000000);
    check_money(charge->cost, 25000050000000);
    check_money(charge->bill_price, 16666700);
    check_money(charge->our_price, 16666700);
    check_money(charge->difference, 0);
    ck_assert_str_eq(charge->verdict, "agrees");
    check_money(find(&read, "2023-05", "request", "us-east-1")->cost, 82469000000);
    ck_assert_str_eq(find(&read, "2023-05", "duration-arm64", "eu-west-1")->verdict, "agrees");
    ck_assert_str_eq(find(&read, "2023-06", "shard-hour", "us-east-1")->verdict, "agrees");
    ck_assert_str_eq(find(&read, "2023-06", "put-payload-unit-25KB", "us-east-1")->verdict,
                     "agrees");
    charge = find(&read, "2023-06", "linux-ondemand:m5.large", "us-east-1");
    ck_assert_str_eq(charge->verdict, "differs"); /* 0.2 in the bill, 0.096 on the list */
    check_money(charge->difference, 1040000000000);
    check_money(read.result.charged, 29086652334000);
    finish(&read);
}
END_TEST

START_TEST(modern_report)
{
    struct bill_read read;
    read_bill(&read, TESTS_DIR "/data/billing/cur-2.csv", true);
    ck_assert_int_eq(read.status, 0);
    ck_assert_uint_eq(read.result.charges, 3);
    ck_assert_str_eq(find(&read, "2024-02", "request", "us-west-2")->verdict, "agrees");
    ck_assert_str_eq(find(&read, "2024-02", "request-standard", "ap-northeast-1")->verdict,
                     "agrees");
    ck_assert_str_eq(find(&read, "2024-02", "", "us-west-2")->verdict, "not priced by us");
    check_money(read.result.charged, 200401250000);
    finish(&read);
}
END_TEST

/* Totals of the sample as a spreadsheet adds them up. */
START_TEST(focus)
{
    struct bill_read read;
    read_bill(&read, TESTS_DIR "/data/billing/focus-1.0.csv", true);
    ck_assert_int_eq(read.status, 0);
    ck_assert_uint_eq(charges_count(read.charges), 100);
    check_money(read.result.charged, 1059803593400);
    const struct bill_charge *const lambda = find(&read, "2024-09", "duration-x86", "us-west-2");
    ck_assert_str_eq(lambda->service, "AWS Lambda");
    ck_assert_str_eq(lambda->unit, "GB-second");
    check_money(lambda->cost, 2377138100);
    ck_assert_str_eq(lambda->verdict, "agrees");
    ck_assert_str_eq(find(&read, "2024-09", "linux-ondemand:c5.2xlarge", "us-east-1")->verdict,
                     "agrees");
    ck_assert_uint_eq(find(&read, "2024-09", "request-standard", "us-west-2")->lines, 3);
    finish(&read);
}
END_TEST

static char *temporary(const char *content, size_t size)
{
    static char path[] = "charges-XXXXXX";
    strcpy(path, "charges-XXXXXX");
    const int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, content, size), (ssize_t)size);
    close(fd);
    return path;
}

#define HEADER                                                                                     \
    "line_item_usage_start_date,line_item_product_code,line_item_usage_type,"                      \
    "line_item_usage_amount,line_item_unblended_cost,line_item_currency_code\n"
#define GOOD "2024-02-01,AWSLambda,Request,10,0.000002,USD\n"

START_TEST(hostile)
{
    static const struct {
        const char *row, *reason;
    } bad[] = {{"yesterday,AWSLambda,Request,10,0.1,USD\n", "no date"},
               {"2024-02-01,AWSLambda,Request,ten,0.1,USD\n", "amount"},
               {"2024-02-01,AWSLambda,Request,10,$0.1,USD\n", "cost"},
               {"2024-02-01,AWSLambda,Request,10,,USD\n", "cost"},
               {"2024-02-01,AWSLambda,Request,10,0.1,EUR\n", "USD"},
               {"2024-02-01,AWSLambda,Request,10\n", "columns"},
               {"2024-02-01,AWSLambda,Request,10,0.1,USD,more\n", "columns"},
               {"2024-02-01,AWSLambda,Request,10,1e400,USD\n", "cost"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[1000];
        struct bill_read read;
        snprintf(text, sizeof text, HEADER GOOD "%s" GOOD, bad[i].row);
        char *const path = temporary(text, strlen(text));
        read_bill(&read, path, false);
        ck_assert_int_eq(read.status, 0);
        ck_assert_uint_eq(charges_count(read.charges), 2);
        ck_assert_uint_eq(read.diagnostics.warnings, 1);
        ck_assert_ptr_nonnull(strstr(read.diagnostics.item[0].text, bad[i].reason));
        finish(&read);
        read_bill(&read, path, true);
        ck_assert_int_ne(read.status, 0);
        ck_assert_uint_ge(read.diagnostics.errors, 1);
        finish(&read);
        unlink(path);
    }
}
END_TEST

START_TEST(lines_end_behind_their_begin)
{
    static const char text[] =
        "line_item_usage_start_date,line_item_usage_end_date,line_item_product_code,"
        "line_item_usage_type,line_item_usage_amount,line_item_unblended_cost\n"
        "2024-02-01T00:00:00Z,2024-02-01T01:00:00Z,AWSLambda,Request,10,0.000002\n"
        "2204-02-01T00:00:00Z,2024-02-01T01:00:00Z,AWSLambda,Request,10,0.000002\n"
        "2024-02-01T02:00:00Z,2024-02-01T02:00:00Z,AWSLambda,Request,10,0.000002\n";
    struct bill_read read;
    char *const path = temporary(text, sizeof text - 1);
    read_bill(&read, path, false);
    ck_assert_int_eq(read.status, 0);
    ck_assert_uint_eq(charges_count(read.charges), 2);
    ck_assert_uint_eq(read.diagnostics.warnings, 1);
    ck_assert_ptr_nonnull(strstr(read.diagnostics.item[0].text, ":3: "));
    ck_assert_ptr_nonnull(strstr(read.diagnostics.item[0].text, "it ends before it begins"));
    finish(&read);
    unlink(path);
}
END_TEST

START_TEST(broken_files)
{
    static const char *const file[] = {
        HEADER GOOD "\"2024-02-01,AWSLambda",
        HEADER GOOD "2024-02-01,AWS\"Lambda\",Request,10,0.1,USD\n",
        "lineItem/UsageType,lineItem/UnblendedCost\nRequest,1\n",
    };
    for (size_t i = 0; i < sizeof file / sizeof *file; i++) {
        struct bill_read read;
        char *const path = temporary(file[i], strlen(file[i]));
        read_bill(&read, path, false);
        ck_assert_int_ne(read.status, 0);
        ck_assert_uint_ge(read.diagnostics.errors, 1);
        finish(&read);
        unlink(path);
    }
    static const char nul[] = HEADER GOOD "2024-02-01,AWS\0Lambda,Request,10,0.1,USD\n";
    struct bill_read read;
    char *const path = temporary(nul, sizeof nul - 1);
    read_bill(&read, path, false);
    ck_assert_int_ne(read.status, 0);
    finish(&read);
    unlink(path);
}
END_TEST

static struct charges *charges_of(const struct cost_line *line, size_t count)
{
    struct charges *const charges = charges_create();
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(charges_add(charges, &line[i]), 0);
    return charges;
}

static bool is_noted(const struct bill_result *result, const char *words)
{
    for (size_t i = 0; i < result->notes.count; i++)
        if (strstr(result->notes.item[i].text, words) != NULL)
            return true;
    return false;
}

/* Three parts of a bill that overlap: a line counts once, however often and in whichever part it
 * comes again; one with its id and other amounts, or with another time, is another line. */
START_TEST(lines_again)
{
    struct bill_read bill;
    const struct cost_line one = {.id = "one",
                                  .start_ns = 0,
                                  .end_ns = 3600,
                                  .product = "AmazonKinesis",
                                  .usage_type = "Storage-ShardHour",
                                  .quantity = "10",
                                  .cost = 7};
    struct cost_line two = one, restated = one, later = one, nameless = one;
    two.id = "two";
    restated.cost = 100;
    later.start_ns = later.end_ns = 3600;
    nameless.id = NULL;
    nameless.usage_type = "Other"; /* another group, that the other parts do not have */
    begin(&bill, charges_of((const struct cost_line[]){one, two, one}, 3));
    ck_assert_int_eq(
        charges_merge(bill.charges, charges_of((const struct cost_line[]){nameless, two, one}, 3)),
        0);
    ck_assert_int_eq(charges_merge(bill.charges,
                                   charges_of((const struct cost_line[]){one, restated, later}, 3)),
                     0);
    ck_assert_int_eq(add_up(&bill), 0);
    ck_assert_uint_eq(bill.result.charges, 2);
    check_money(bill.result.charged, 7 + 7 + 7 + 100 + 7);
    ck_assert_uint_eq(bill.result.charge[1].lines, 4); /* by usage type */
    ck_assert(bill.result.charge[1].quantity_e12 == 40 * (usage_quantity)1000000000000);
    ck_assert(is_noted(&bill.result, "4 lines of the bill ($0.00) come again"));
    ck_assert(is_noted(&bill.result, "1 line of the bill ($0.00) has the LineItemId and time"));
    finish(&bill);
}
END_TEST

/* Of two accounts, of two payers, or of two credits of one amount: none is another's copy. */
START_TEST(lines_of_others)
{
    struct bill_read bill;
    const struct cost_line one = {.id = "one",
                                  .account = "1",
                                  .payer = "9",
                                  .description = "first promotion",
                                  .product = "AWSLambda",
                                  .usage_type = "Credit",
                                  .line_type = "Credit",
                                  .quantity = "1",
                                  .cost = -MONEY_PUSD_PER_USD,
                                  .negative = true};
    struct cost_line account = one, payer = one, credit = one;
    account.account = "2";
    payer.payer = "8";
    credit.description = "second promotion";
    begin(&bill, charges_of((const struct cost_line[]){one, account, payer, credit, one}, 5));
    ck_assert_int_eq(add_up(&bill), 0);
    check_money(bill.result.charged, -4 * MONEY_PUSD_PER_USD);
    ck_assert(is_noted(&bill.result, "1 line of the bill (-$1.00) comes again"));
    ck_assert(is_noted(&bill.result, "1 line of the bill (-$1.00) has the LineItemId and time"));
    finish(&bill);
}
END_TEST

/* Of more lines than can be told apart the first are; of the others a sample says how many came
 * again, which are added up. */
START_TEST(more_lines_than_are_remembered)
{
    const size_t exact = LINE_SET_MAX / 2, all = exact + 100000, again = 100000;
    struct bill_read bill;
    char id[32];
    struct cost_line line = {
        .id = id, .product = "AWSLambda", .usage_type = "Request", .quantity = "1", .cost = 1};
    begin(&bill, charges_create());
    for (size_t part = 0; part < 2; part++) {
        struct charges *const lines = charges_create();
        /* The second time: half of those that are remembered, half of those that are not. */
        for (size_t i = part == 0 ? 0 : exact - again / 2;
             i < (part == 0 ? all : exact + again / 2); i++) {
            snprintf(id, sizeof id, "%zu", i);
            ASSERT_QUIETLY(charges_add(lines, &line) == 0);
        }
        ck_assert_int_eq(charges_merge(bill.charges, lines), 0);
    }
    ck_assert_int_eq(add_up(&bill), 0);
    check_money(bill.result.charged, (money_pusd)(all + again / 2));
    ck_assert(is_noted(&bill.result, "50,000 lines of the bill ($0.00) come again"));
    ck_assert(is_noted(&bill.result, "among the first 524,288 lines only"));
    const char *share = NULL;
    for (size_t i = 0; i < bill.result.notes.count && share == NULL; i++)
        share = strstr(bill.result.notes.item[i].text, " about ");
    ck_assert_ptr_nonnull(share);
    /* 50,000 of 624,288 are 8.0 %; of a sample of 16,384 that is 0.2 % more or less. */
    ck_assert_double_eq_tol(strtod(share + strlen(" about "), NULL), 8.0, 0.5);
    finish(&bill);
}
END_TEST

/* A higher tier that is reached: a large account's bill is no mistake of the book. */
START_TEST(tiers)
{
    struct bill_read bill;
    const int32_t day = day_of("2024-02-01");
    begin(&bill, charges_create());
    const struct cost_line line = {.start_ns = day * INT64_C(86400000000000),
                                   .end_ns = day * INT64_C(86400000000000),
                                   .service = "lambda",
                                   .sku = "duration-x86",
                                   .product = "AWSLambda",
                                   .usage_type = "Lambda-GB-Second",
                                   .region = "us-east-1",
                                   .quantity = "7000000000",
                                   .cost = (money_pusd)7000000000 * 15000000};
    ck_assert_int_eq(charges_add(bill.charges, &line), 0);
    ck_assert_int_eq(add_up(&bill), 0);
    check_money(bill.result.charge[0].our_price, 15000000);
    ck_assert_str_eq(bill.result.charge[0].verdict, "agrees");
    finish(&bill);
    charges_destroy(NULL);
}
END_TEST

#define RATED                                                                                      \
    "line_item_line_item_type,line_item_usage_start_date,line_item_product_code,"                  \
    "line_item_usage_type,line_item_usage_amount,line_item_unblended_rate,"                        \
    "line_item_unblended_cost,product_region_code\n"
#define COMPUTE(quantity, rate, cost)                                                              \
    "Usage,2024-03-05,AWSLambda,Lambda-GB-Second," quantity "," rate "," cost ",us-east-1\n"

/* Each rate by itself, against the tiers that the month's quantity reaches: 6e9 GB-seconds at
 * 0.0000166667, 9e9 at 0.000015, then 0.0000133334. What is free does not lower a rate. */
START_TEST(rates)
{
    static const struct {
        const char *rows;
        struct {
            const char *verdict; /* by kind of line and rate */
            long long our_price, difference;
        } wanted[3];
        const char *note; /* NULL: none */
    } cases[] = {
        {COMPUTE("1000000", "0.0000166667", "16.6667") COMPUTE("400000", "0", "0"),
         {{"free, or paid by a plan", 16666700, -6666680000000}, {"agrees", 16666700, 0}},
         NULL},
        {COMPUTE("1000000", "", "16.6667") COMPUTE("400000", "", "0"),
         {{"agrees", 16666700, 0}, {"free, or paid by a plan", 16666700, -6666680000000}},
         NULL},
        {COMPUTE("6000000000", "0.0000166667", "100000.2")
             COMPUTE("1000000000", "0.000015", "15000"),
         {{"agrees", 15000000, 0}, {"agrees", 16666700, 0}},
         NULL},
        {COMPUTE("7000000000", "", "115000.2"), {{"agrees", 16428600, 0}}, NULL},
        {COMPUTE("7000000000", "", "115001.2"), {{"differs", 16428600, 1000000000000}}, NULL},
        {COMPUTE("1000000", "0.000014", "14.0"), {{"differs", 16666700, -2666700000000}}, NULL},
        {COMPUTE("1000000", "0.0000166667", "16.6667") COMPUTE("1000000", "0.000014", "14.0"),
         {{"differs", 16666700, -2666700000000}, {"agrees", 16666700, 0}},
         NULL},
        {COMPUTE("1000000", "0.0000133334", "13.3334"),
         {{"agrees, in a higher tier", 13333400, 0}},
         "1 usage type of a month cost other than the tiers of what is here (2024-03 "
         "Lambda-GB-Second us-east-1, for one: $13.33, by the tiers $16.67)"},
        {COMPUTE("1000000000", "0.0000166667", "16666.7")
             COMPUTE("6000000000", "0.000015", "90000"),
         {{"agrees", 15000000, 0}, {"agrees", 16666700, 0}},
         "$106,666.70, by the tiers $115,000.20"},
        {"SavingsPlanCoveredUsage,2024-03-05,AWSLambda,Lambda-GB-Second,10,0.1,1,us-east-1\n"
         "SavingsPlanNegation,2024-03-05,AWSLambda,Lambda-GB-Second,10,0,-1,us-east-1\n",
         {{"paid by a plan", 0, 0}, {"no usage", 0, 0}},
         NULL},
        /* Hardly anything is not free. */
        {COMPUTE("0.000001", "0.0000166667", "0"), {{"agrees", 16666700, -17}}, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[2000];
        struct bill_read read;
        snprintf(text, sizeof text, RATED "%s", cases[i].rows);
        char *const path = temporary(text, strlen(text));
        read_bill(&read, path, true);
        ck_assert_int_eq(read.status, 0);
        for (size_t k = 0; k < 3; k++) {
            const bool wanted = cases[i].wanted[k].verdict != NULL;
            ck_assert_int_eq(wanted, k < read.result.charges);
            if (!wanted)
                continue;
            ck_assert_str_eq(read.result.charge[k].verdict, cases[i].wanted[k].verdict);
            check_money(read.result.charge[k].our_price, cases[i].wanted[k].our_price);
            check_money(read.result.charge[k].difference, cases[i].wanted[k].difference);
        }
        ck_assert_uint_eq(read.result.notes.count, cases[i].note != NULL);
        if (cases[i].note != NULL)
            ck_assert_ptr_nonnull(strstr(read.result.notes.item[0].text, cases[i].note));
        finish(&read);
        unlink(path);
    }
}
END_TEST

TEST_MAIN("charges", decimals, names, legacy_report, modern_report, focus, hostile,
          lines_end_behind_their_begin, broken_files, lines_again, lines_of_others,
          more_lines_than_are_remembered, tiers, rates)
