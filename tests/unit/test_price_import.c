/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "imports/price_import.h"

#include "harness.h"

#include <lambdaplan/money.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define METADATA                                                                                   \
    "\"FormatVersion\",\"v1.0\"\n\"Disclaimer\",\"Prices, \"\"as they are\"\".\"\n"                \
    "\"Publication Date\",\"2026-10-05T18:13:31Z\"\n\"Version\",\"20261005181331\"\n"              \
    "\"OfferCode\",\"AmazonX\"\n"
#define SMALL                                                                                      \
    METADATA "\"SKU\",\"TermType\",\"EffectiveDate\",\"StartingRange\",\"EndingRange\",\"Unit\","  \
             "\"PricePerUnit\",\"Currency\",\"Product Family\",\"serviceCode\",\"usageType\","     \
             "\"operation\",\"Region Code\"\n"
#define EC2                                                                                        \
    METADATA "SKU,TermType,EffectiveDate,Unit,PricePerUnit,Currency,LeaseContractLength,"          \
             "PurchaseOption,OfferingClass,Product Family,serviceCode,Location Type,"              \
             "Instance Type,Tenancy,Operating System,Pre Installed S/W,CapacityStatus,"            \
             "usageType,operation,Region Code\n"

static struct price_book *book;

/* One line a price: "service sku region unit price from-to since until"; NULL: it failed. */
static char *import_text(const char *text, size_t size, const char *region, const char *service,
                         struct diagnostics *diagnostics)
{
    char path[] = "/tmp/lambdaplan-offer-XXXXXX";
    const int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, size), (ssize_t)size);
    close(fd);
    diagnostics_init(diagnostics);
    if (book == NULL)
        book = price_book_load(DATA_DIR, diagnostics);
    ck_assert_ptr_nonnull(book);
    struct price_import *const import = price_import_create(book, region, service);
    char *ret = NULL;
    size_t length = 0;
    if (price_import_read(import, path, diagnostics) == 0 &&
        price_import_finish(import, diagnostics) == 0) {
        FILE *const out = open_memstream(&ret, &length);
        for (size_t i = 0; i < price_import_count(import); i++) {
            const struct price *const p = price_import_at(import, i);
            char price[MONEY_TEXT_SIZE];
            fprintf(out, "%s %s %s %s %s %" PRId64 "-", p->service, p->sku, p->region, p->unit,
                    money_format(p->price, price), p->tier_from);
            if (p->tier_to != INT64_MAX)
                fprintf(out, "%" PRId64, p->tier_to);
            fprintf(out, " %s", p->effective_from);
            if (p->to_day != INT32_MAX)
                fprintf(out, " until %" PRId32, p->to_day);
            fputc('\n', out);
        }
        fclose(out);
    }
    price_import_destroy(import);
    unlink(path);
    return ret;
}

static bool says(const struct diagnostics *diagnostics, const char *part)
{
    for (size_t i = 0; i < diagnostics->count; i++)
        if (strstr(diagnostics->item[i].text, part) != NULL)
            return true;
    return false;
}

static const char *first(const struct diagnostics *diagnostics)
{
    return diagnostics->count > 0 ? diagnostics->item[0].text : "nothing";
}

static void expect(const char *text, const char *prices, const char *said)
{
    struct diagnostics diagnostics;
    char *const got = import_text(text, strlen(text), NULL, NULL, &diagnostics);
    ck_assert_msg(got != NULL, "%s", first(&diagnostics));
    ck_assert_str_eq(got, prices);
    if (said == NULL)
        ck_assert_msg(diagnostics.count == 0, "%s", first(&diagnostics));
    else
        ck_assert_msg(says(&diagnostics, said), "not \"%s\" but \"%s\"", said, first(&diagnostics));
    free(got);
    diagnostics_finish(&diagnostics);
}

START_TEST(services_are_mapped)
{
    expect(SMALL
           "A,OnDemand,2026-10-01,0,6000000000,Lambda-GB-Second,0.0000166667,USD,Serverless,"
           "AWSLambda,Lambda-GB-Second,,us-east-1\n"
           "A,OnDemand,2026-10-01,6000000000,Inf,Lambda-GB-Second,0.0000150000,USD,Serverless,"
           "AWSLambda,Lambda-GB-Second,,us-east-1\n"
           "B,OnDemand,2026-10-01,0,Inf,Lambda-GB-Second,1.33334E-5,USD,Serverless,AWSLambda,"
           "EUC1-Lambda-GB-Second-ARM,,eu-central-1\n"
           "C,OnDemand,2026-10-01,0,Inf,Requests,0.0000002000,USD,Serverless,AWSLambda,"
           "EU-Request,,\n" /* older files: region by prefix */
           "D,OnDemand,2026-10-01,0,Inf,GB-Seconds,0.0000000309,USD,Serverless,AWSLambda,"
           "Lambda-Storage-GB-Second,,us-east-1\n"
           "E,OnDemand,2026-10-01,0,Inf,ShardHour,0.0150000000,USD,Kinesis Streams,AmazonKinesis,"
           "Storage-ShardHour,shardHourStorage,us-east-1\n"
           "F,OnDemand,2026-10-01,0,Inf,PutRequest,0.0000000140,USD,Kinesis Streams,AmazonKinesis,"
           "PutRequestPayloadUnits,PutRequest,us-east-1\n"
           "G,OnDemand,2026-10-01,0,Inf,GB-Mo,0.0800000000,USD,Storage,AmazonEC2,"
           "EBS:VolumeUsage.gp3,,us-east-1\n"
           "H,OnDemand,2026-10-01,0,Inf,Hrs,0.0225000000,USD,Load Balancer-Application,AWSELB,"
           "LoadBalancerUsage,LoadBalancing:Application,us-east-1\n"
           "I,OnDemand,2026-10-01,0,Inf,LCU-Hrs,0.0080000000,USD,Load Balancer-Application,AWSELB,"
           "LCUUsage,LoadBalancing:Application,us-east-1\n"
           "J,OnDemand,2026-10-01,0,Inf,GB,0.5000000000,USD,Data Payload,AmazonCloudWatch,"
           "DataProcessing-Bytes,PutLogEvents,us-east-1\n"
           "K,OnDemand,2026-10-01,0,Inf,Requests,0.0000004000,USD,API Request,AWSQueueService,"
           "Requests-Tier1,,us-east-1\n"
           "L,OnDemand,2026-10-01,0,10240,GB,0.5,USD,Data Payload,AmazonCloudWatch,"
           "USE1-VendedLog-Bytes,,us-east-1\n"
           "L,OnDemand,2026-10-01,10240,Inf,GB,0.25,USD,Data Payload,AmazonCloudWatch,"
           "USE1-VendedLog-Bytes,,us-east-1\n"
           "M,OnDemand,2026-10-01,0,1000000,Requests,0,USD,Serverless,AWSLambda,Global-Request,,\n"
           "N,OnDemand,2026-10-01,0,400000,Second,0,USD,Serverless,AWSLambda,"
           "Global-Lambda-GB-Second,,us-east-1\n"
           "O,OnDemand,2026-10-01,0,Inf,GB,0.000139998,USD,Serverless,AWSLambda,"
           "Lambda-SnapStart-Restored-GB,,us-east-1\n",
           "cloudwatch-logs ingest-lambda-logs us-east-1 GB 0.5 0-10240 2026-10-01\n"
           "cloudwatch-logs ingest-lambda-logs us-east-1 GB 0.25 10240- 2026-10-01\n"
           "cloudwatch-logs ingest-standard us-east-1 GB 0.5 0- 2026-10-01\n"
           "ebs gp3 us-east-1 GB-month 0.08 0- 2026-10-01\n"
           "elb alb-hour us-east-1 hour 0.0225 0- 2026-10-01\n"
           "elb alb-lcu-hour us-east-1 LCU-hour 0.008 0- 2026-10-01\n"
           "kinesis put-payload-unit-25KB us-east-1 unit 0.000000014 0- 2026-10-01\n"
           "kinesis shard-hour us-east-1 shard-hour 0.015 0- 2026-10-01\n"
           "lambda duration-arm64 eu-central-1 GB-second 0.0000133334 0- 2026-10-01\n"
           "lambda duration-x86 us-east-1 GB-second 0.0000166667 0-6000000000 2026-10-01\n"
           "lambda duration-x86 us-east-1 GB-second 0.000015 6000000000- 2026-10-01\n"
           "lambda ephemeral-storage-over-512MB us-east-1 GB-second 0.0000000309 0- 2026-10-01\n"
           "lambda free-gb-seconds global GB-second 0 0-400000 2026-10-01\n"
           "lambda free-requests global request 0 0-1000000 2026-10-01\n"
           "lambda request eu-west-1 request 0.0000002 0- 2026-10-01\n"
           "lambda snapstart-restore us-east-1 GB 0.000139998 0- 2026-10-01\n"
           "sqs request-standard us-east-1 request 0.0000004 0- 2026-10-01\n",
           NULL);
}
END_TEST

#define STREAMS(letter, unit, price, usage_type)                                                   \
    letter ",OnDemand,2026-10-01,0,Inf," unit "," price                                            \
           ",USD,Kinesis Streams,AmazonKinesis," usage_type ",,us-east-1\n"

START_TEST(streams_of_both_modes_are_mapped)
{
    expect(SMALL STREAMS("A", "ShardHour", "0.02", "Extended-ShardHour")
               STREAMS("B", "GB-Mo", "0.023", "LongTermRetention-ByteHrs")
                   STREAMS("C", "GB", "0.021", "LongTermRetention-ReadBytes")
                       STREAMS("D", "ConsumerShardHour", "0.015", "EnhancedFanoutHour")
                           STREAMS("E", "GB", "0.013", "ReadBytes") STREAMS("F", "StreamHr", "0.04",
                                                                            "OnDemand-StreamHour")
                               STREAMS("G", "GB", "0.08", "OnDemand-BilledIncomingBytes")
                                   STREAMS("H", "GB", "0.04", "OnDemand-BilledOutgoingBytes")
                                       STREAMS("I", "GB", "0.05", "OnDemand-BilledOutgoingEFOBytes")
                                           STREAMS("J", "GB-Mo", "0.1",
                                                   "OnDemand-ExtendedRetention-ByteHrs")
                                               STREAMS("K", "GB-Mo", "0.023",
                                                       "OnDemand-LongTermRetention-ByteHrs"),
           "kinesis efo-consumer-shard-hour us-east-1 consumer-shard-hour 0.015 0- 2026-10-01\n"
           "kinesis efo-data us-east-1 GB 0.013 0- 2026-10-01\n"
           "kinesis extended-retention-24h-7d us-east-1 shard-hour 0.02 0- 2026-10-01\n"
           "kinesis long-term-retention us-east-1 GB-month 0.023 0- 2026-10-01\n"
           "kinesis long-term-retrieval us-east-1 GB 0.021 0- 2026-10-01\n"
           "kinesis ondemand-efo us-east-1 GB 0.05 0- 2026-10-01\n"
           "kinesis ondemand-ingest us-east-1 GB 0.08 0- 2026-10-01\n"
           "kinesis ondemand-long-term-retention us-east-1 GB-month 0.023 0- 2026-10-01\n"
           "kinesis ondemand-retention-24h-7d us-east-1 GB-month 0.1 0- 2026-10-01\n"
           "kinesis ondemand-retrieval us-east-1 GB 0.04 0- 2026-10-01\n"
           "kinesis ondemand-stream-hour us-east-1 stream-hour 0.04 0- 2026-10-01\n",
           NULL);
}
END_TEST

#define M5 ",Compute Instance,AmazonEC2,AWS Region,m5.large,Shared,Linux,NA,Used,BoxUsage:m5.large,"

START_TEST(instances_and_reservations)
{
    /* 1 year: 8760 h. 438 / 8760 = 0.05; 219 / 8760 + 0.03 = 0.055. 3 years: 1000 / 26280 =
     * 0.0380517503805…, rounded to 12 decimals. */
    expect(EC2
           "A,OnDemand,2026-10-01,Hrs,0.0960000000,USD,,," M5 "RunInstances,us-east-1\n"
           "A,Reserved,2026-10-01,Hrs,0.0605000000,USD,1yr,No Upfront,standard" M5
           "RunInstances,us-east-1\n"
           "A,Reserved,2026-10-01,Quantity,438,USD,1yr,All Upfront,standard" M5
           "RunInstances,us-east-1\n"
           "A,Reserved,2026-10-01,Hrs,0.0000000000,USD,1yr,All Upfront,standard" M5
           "RunInstances,us-east-1\n"
           "A,Reserved,2026-10-01,Hrs,0.0300000000,USD,1yr,Partial Upfront,standard" M5
           "RunInstances,us-east-1\n"
           "A,Reserved,2026-10-01,Quantity,219,USD,1yr,Partial Upfront,standard" M5
           "RunInstances,us-east-1\n"
           "A,Reserved,2026-10-01,Quantity,1000,USD,3 yr,All Upfront,standard" M5
           "RunInstances,us-east-1\n"
           "B,OnDemand,2026-10-01,Hrs,0.0440000000,USD,,,,Compute Instance,AmazonEC2,AWS Region,"
           "m1.small,Shared,Linux,NA,Used,BoxUsage,RunInstances,us-east-1\n"
           "C,OnDemand,2026-10-01,vCPU-Hours,0.0500000000,USD,,,,CPU Credits,AmazonEC2,AWS Region,,"
           "Shared,Linux,,,CPUCredits:t3,,us-east-1\n"
           "D,OnDemand,2026-10-01,vCPU-Hours,0.0960000000,USD,,,,CPU Credits,AmazonEC2,AWS Region,,"
           "Shared,Windows,,,CPUCredits:t3,,us-east-1\n",
           "ec2 linux-ondemand:m1.small us-east-1 hour 0.044 0- 2026-10-01\n"
           "ec2 linux-ondemand:m5.large us-east-1 hour 0.096 0- 2026-10-01\n"
           "ec2 linux-reserved:m5.large:1yr-all-upfront us-east-1 hour 0.05 0- 2026-10-01\n"
           "ec2 linux-reserved:m5.large:1yr-no-upfront us-east-1 hour 0.0605 0- 2026-10-01\n"
           "ec2 linux-reserved:m5.large:1yr-partial-upfront us-east-1 hour 0.055 0- 2026-10-01\n"
           "ec2 linux-reserved:m5.large:3yr-all-upfront us-east-1 hour 0.038051750381 0- "
           "2026-10-01\n"
           "ec2 surplus-credits:t3 us-east-1 vCPU-hour 0.05 0- 2026-10-01\n",
           "not imported: 1 entry of product family CPU Credits: other products than Linux");
}
END_TEST

#define GOOD                                                                                       \
    "Z,OnDemand,2026-10-01,0,Inf,Requests,0.0000002,USD,Serverless,AWSLambda,Request,,us-east-1\n"
#define GOOD_PRICE "lambda request us-east-1 request 0.0000002 0- 2026-10-01\n"
#define GOOD_INSTANCE "A,OnDemand,2026-10-01,Hrs,0.096,USD,,," M5 "RunInstances,us-east-1\n"
#define GOOD_INSTANCE_PRICE "ec2 linux-ondemand:m5.large us-east-1 hour 0.096 0- 2026-10-01\n"

START_TEST(what_is_not_ours_is_counted)
{
    static const struct {
        const char *text, *prices, *says;
    } cases[] = {
        {SMALL GOOD "A,OnDemand,2026-10-01,0,Inf,GB,0.09,USD,Data Transfer,AWSLambda,"
                    "DataTransfer-Out-Bytes,,us-east-1\n"
                    "A,OnDemand,2026-10-01,0,Inf,GB,0.09,USD,Data Transfer,AWSLambda,"
                    "DataTransfer-In-Bytes,,us-east-1\n",
         GOOD_PRICE, "not imported: 2 entries of product family Data Transfer: usage types"},
        {SMALL GOOD "A,OnDemand,2026-10-01,0,Inf,Requests,0.1,CNY,Serverless,AWSLambda,Request,,"
                    "cn-north-1\n",
         GOOD_PRICE, "1 entry of product family Serverless: another currency than USD"},
        {SMALL GOOD "A,OnDemand,2026-10-01,0,Inf,1M Requests,0.2,USD,Serverless,AWSLambda,Request,,"
                    "us-west-2\n",
         GOOD_PRICE, "1 entry of product family Serverless: another unit"},
        {SMALL GOOD "A,OnDemand,2026-10-01,0,Inf,GB-Hours,0.2,USD,Serverless,AWSLambda,"
                    "Lambda-GB-Second,,us-west-2\n",
         GOOD_PRICE, "1 entry of product family Serverless: another unit"},
        {SMALL GOOD "A,OnDemand,2026-10-01,0,Inf,Requests,0.2,USD,,AWSLambda,Request,,\n",
         GOOD_PRICE, "1 entry of product family none: a region that is not said"},
        {EC2 GOOD_INSTANCE "B,OnDemand,2026-10-01,Hrs,0.2,USD,,,,Compute Instance,AmazonEC2,"
                           "AWS Local Zone,m5.large,Shared,Linux,NA,Used,BOS1-BoxUsage:m5.large,"
                           "RunInstances,us-east-1-bos-1\n",
         GOOD_INSTANCE_PRICE, "1 entry of product family Compute Instance: places"},
        {EC2 GOOD_INSTANCE "B,OnDemand,2026-10-01,Hrs,0.2,USD,,,,Compute Instance,AmazonEC2,"
                           "AWS Region,m5.large,Dedicated,Linux,NA,Used,BoxUsage:m5.large,"
                           "RunInstances,us-west-2\n"
                           "B,OnDemand,2026-10-01,Hrs,0.2,USD,,,,Compute Instance,AmazonEC2,"
                           "AWS Region,m5.large,Shared,SUSE,NA,Used,BoxUsage:m5.large,"
                           "RunInstances,us-west-2\n"
                           "B,OnDemand,2026-10-01,Hrs,0.2,USD,,,,Compute Instance,AmazonEC2,"
                           "AWS Region,m5.large,Shared,Linux,SQL Web,Used,BoxUsage:m5.large,"
                           "RunInstances,us-west-2\n"
                           "B,Reserved,2026-10-01,Hrs,0.2,USD,1yr,No Upfront,convertible" M5
                           "RunInstances,us-west-2\n"
                           "B,OnDemand,2026-10-01,Hrs,0.2,USD,,,,Compute Instance,AmazonEC2,"
                           "AWS Region,../x,Shared,Linux,NA,Used,BoxUsage:../x,"
                           "RunInstances,us-west-2\n",
         GOOD_INSTANCE_PRICE, "5 entries of product family Compute Instance: other products"},
        {EC2 GOOD_INSTANCE "B,OnDemand,2026-10-01,Hrs,0.2,USD,,,,Compute Instance,AmazonEC2,"
                           "AWS Region,m5.large,Shared,Windows,NA,Used,BoxUsage:m5.large,"
                           "RunInstances:0002,us-west-2\n",
         GOOD_INSTANCE_PRICE, "1 entry of product family Compute Instance: usage types"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect(cases[i].text, cases[i].prices, cases[i].says);
}
END_TEST

#define REQUEST(day, range, price)                                                                 \
    "Z,OnDemand," day "," range ",Requests," price ",USD,Serverless,AWSLambda,Request,,us-west-"   \
                                                   "2\n"

START_TEST(days_follow_and_contradictions_are_left_out)
{
    /* 2026-10-01 is day 20727, 2027-01-01 is day 20819. */
    expect(SMALL REQUEST("2027-01-01", "0,Inf", "0.3") REQUEST("2026-10-01", "0,10", "0.2")
               REQUEST("2026-10-01", "10,Inf", "0.1"),
           "lambda request us-west-2 request 0.2 0-10 2026-10-01 until 20819\n"
           "lambda request us-west-2 request 0.1 10- 2026-10-01 until 20819\n"
           "lambda request us-west-2 request 0.3 0- 2027-01-01\n",
           NULL);
    expect(SMALL REQUEST("2026-10-01", "0,Inf", "0.2") REQUEST("2026-10-01", "0,Inf", "0.20"),
           "lambda request us-west-2 request 0.2 0- 2026-10-01\n", NULL);
    expect(SMALL GOOD REQUEST("2026-10-01", "0,Inf", "0.2") REQUEST("2026-10-01", "0,Inf", "0.3"),
           GOOD_PRICE, ":9: lambda request in us-west-2 has another price or range than at ");
    expect(SMALL GOOD REQUEST("2026-10-01", "0,10", "0.2") REQUEST("2026-10-01", "11,Inf", "0.3"),
           GOOD_PRICE, ":9: lambda request in us-west-2 has tiers that do not join");
    expect(EC2 GOOD_INSTANCE "A,Reserved,2026-10-01,Hrs,0.03,USD,1yr,Partial Upfront,standard" M5
                             "RunInstances,us-east-1\n",
           GOOD_INSTANCE_PRICE, "the row with the upfront fee is missing");
}
END_TEST

START_TEST(region_and_service_are_kept)
{
    static const char text[] = SMALL GOOD REQUEST(
        "2026-10-01", "0,Inf",
        "0.3") "E,OnDemand,2026-10-01,0,Inf,ShardHour,0.015,USD,Kinesis Streams,AmazonKinesis,"
               "Storage-ShardHour,shardHourStorage,us-east-1\n";
    static const char shard[] = "kinesis shard-hour us-east-1 shard-hour 0.015 0- 2026-10-01\n";
    static const struct {
        const char *region, *service, *prices;
    } cases[] = {
        {"us-west-2", NULL, "lambda request us-west-2 request 0.3 0- 2026-10-01\n"},
        {"us-east-1", "lambda", GOOD_PRICE},
        {NULL, "kinesis", shard},
        {NULL, "AmazonKinesis", shard},
        {"eu-west-1", NULL, NULL},
        {NULL, "zebra", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct diagnostics diagnostics;
        char *const got =
            import_text(text, sizeof text - 1, cases[i].region, cases[i].service, &diagnostics);
        ck_assert_msg((got == NULL) == (cases[i].prices == NULL), "case %zu", i);
        if (got != NULL)
            ck_assert_str_eq(got, cases[i].prices);
        else
            ck_assert(says(&diagnostics, "no row of these files is a price that is billed here"));
        free(got);
        diagnostics_finish(&diagnostics);
    }
}
END_TEST

START_TEST(bad_files_are_refused_with_their_place)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "this is no offer file of AWS's Price List: it is no JSON"},
        {"a,b\n1,2\n", "none of its first 21 lines is a header that begins with SKU"},
        {"SKU,TermType\n", "do not say when the offer was published"},
        {"\"Publication Date\",\"soon\"\nSKU,TermType\n", "do not say when the offer was"},
        {METADATA "SKU,TermType\n", "column usageType is missing"},
        {METADATA "SKU,TermType\n", "column Currency is missing"},
        {SMALL "a,b\n", ":7: this row has 2 columns, but the header has 13"},
        {SMALL REQUEST("2026-10-01", "0,Inf", "zero"), ":7: PricePerUnit: \"zero\" is no price"},
        {SMALL REQUEST("2026-10-01", "0,Inf", "-1"), ":7: PricePerUnit: \"-1\" is no price"},
        {SMALL GOOD REQUEST("2026-13-01", "0,Inf", "1"), ":8: EffectiveDate: \"2026-13-01\""},
        {SMALL REQUEST("2026-10-01x", "0,Inf", "1"), ":7: EffectiveDate: \"2026-10-01x\""},
        {SMALL REQUEST("2026-10-01", "5,5", "1"), ":7: StartingRange \"5\" and EndingRange \"5\""},
        {SMALL REQUEST("2026-10-01", "-1,Inf", "1"), ":7: StartingRange \"-1\""},
        {SMALL REQUEST("2026-10-01", "0.5,Inf", "1"), ":7: StartingRange \"0.5\""},
        {SMALL, "no row of these files is a price"},
        {SMALL "\"unclosed,b\n" GOOD, ":7: "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct diagnostics diagnostics;
        ck_assert_msg(import_text(cases[i].text, strlen(cases[i].text), NULL, NULL, &diagnostics) ==
                          NULL,
                      "case %zu was taken", i);
        ck_assert_msg(says(&diagnostics, cases[i].says), "case %zu: not \"%s\" but \"%s\"", i,
                      cases[i].says, first(&diagnostics));
        diagnostics_finish(&diagnostics);
    }
}
END_TEST

#define J_HEAD                                                                                     \
    "{ \"formatVersion\": \"v1.0\", \"offerCode\": \"AmazonX\",\n"                                 \
    "\"publicationDate\": \"2026-10-05T18:13:31Z\",\n"
#define J_REQUEST                                                                                  \
    "\"R\": {\"sku\": \"R\", \"productFamily\": \"Serverless\", \"attributes\": "                  \
    "{\"servicecode\": "                                                                           \
    "\"AWSLambda\", \"usagetype\": \"Request\", \"regionCode\": \"us-east-1\"}}"
#define J_ODD                                                                                      \
    "\"O\": {\"sku\": \"O\", \"productFamily\": \"Odd\", \"attributes\": {\"servicecode\": "       \
    "\"AWSLambda\", \"usagetype\": \"Odd-Things\", \"regionCode\": \"us-east-1\"}}"
#define J_TERM(sku, day, unit, price)                                                              \
    "\"" sku "\": {\"" sku ".T\": {\"effectiveDate\": \"" day "T00:00:00Z\",\n"                    \
    "\"priceDimensions\": {\"" sku ".T.P\": {\"beginRange\": \"0\", \"endRange\": \"Inf\",\n"      \
    "\"unit\": \"" unit "\", \"pricePerUnit\": " price "}}, \"termAttributes\": {}}}"
#define J_GOOD_TERM J_TERM("R", "2026-10-01", "Requests", "{\"USD\": \"0.0000002\"}")
#define J_OFFER(products, on_demand)                                                               \
    J_HEAD "\"products\": {\n" products "},\n\"terms\": {\"OnDemand\": {\n" on_demand "\n}}}\n"

START_TEST(json_offers_are_read)
{
    static const char price[] = "lambda request us-east-1 request 0.0000002 0- 2026-10-01\n";
    expect(J_OFFER(J_REQUEST, J_GOOD_TERM), price, NULL);
    expect(J_OFFER(J_ODD ",\n" J_REQUEST, J_TERM("O", "2026-10-01", "x", "{}") "," J_GOOD_TERM),
           price, "not imported: 1 entry of product family Odd: usage types");
    /* Dollars among other currencies; none of them; other members beside and behind. */
    expect(J_OFFER(J_REQUEST, J_TERM("R", "2026-10-01", "Requests",
                                     "{\"CNY\": \"7\", \"USD\": \"0.0000002\"}")),
           price, NULL);
    expect(J_HEAD
           "\"x\": [{\"}\": \"\\\"]\"}], \"products\": {" J_REQUEST ", \"S\": {\"attributes\": "
           "{\"servicecode\": \"AWSLambda\", \"usagetype\": \"Request\", \"regionCode\": "
           "\"cn-north-1\"}}}, \"terms\": {\"y\": 1.5, \"OnDemand\": {" J_GOOD_TERM
           ", " J_TERM("S", "2026-10-01", "Requests", "{\"CNY\": \"7\"}") "}}, \"z\": null }",
           price, "1 entry of product family none: another currency than USD");
}
END_TEST

START_TEST(bad_json_offers_are_refused_with_their_place)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"\xef\xbb\xbf {\"formatVersion\": \"v1.0\"}", "it has no \"products\", or neither"},
        {J_HEAD "\"products\": {" J_REQUEST "}}", "neither \"OnDemand\" nor \"Reserved\""},
        {J_HEAD "\"products\": [], \"terms\": {\"OnDemand\": {}}}", "it has no \"products\""},
        {J_OFFER("", ""), "no row of these files is a price"},
        {J_OFFER(J_REQUEST, ""), "no row of these files is a price"},
        {"{\"products\": {" J_REQUEST "}, \"terms\": {\"OnDemand\": {" J_GOOD_TERM "}}}",
         "nothing before the terms says when the offer was published"},
        {J_HEAD "\"publicationDate\": \"soon\", \"terms\": {\"OnDemand\": {" J_GOOD_TERM
                "}}, \"products\": {\n" J_REQUEST "}}",
         ":6: a product stands behind the terms"},
        {J_OFFER(J_REQUEST "," J_REQUEST, J_GOOD_TERM), "the product R is there twice"},
        {J_OFFER(J_REQUEST, J_TERM("R", "2026-10-01", "Requests", "{\"USD\": \"dear\"}")),
         ":7: PricePerUnit: \"dear\" is no price"},
        {J_OFFER(J_REQUEST, J_TERM("R", "2026-10-01", "Requests", "{\"USD\": 2}")),
         ":7: PricePerUnit: \"\" is no price"},
        {J_OFFER(J_REQUEST, J_TERM("R", "someday", "Requests", "{\"USD\": \"2\"}")),
         ":7: EffectiveDate: \"somedayT00:00:00Z\" is no date"},
        {J_OFFER(J_REQUEST, J_TERM("R", "2026-10-01", "Requests", "{\"USD\": \"2\",}")),
         ":8: column 48: a comma before the closing `}`"},
        {J_OFFER("\"R\": {\"attributes\": {\"a\": 01}}", ""), ":4: "},
        {J_OFFER("\"R\": {\"attributes\": {\"a\": \"\x01\"}}", ""), ":4: "},
        {J_OFFER("\"R\" {}", ""), ":4: this JSON is broken: expected a colon behind a key"},
        {J_OFFER("R: {}", ""), ":4: this JSON is broken: expected a key in quotes"},
        {J_OFFER("\"R\": {} 7", ""), ":4: this JSON is broken: expected a comma or a closing"},
        {J_OFFER("\"R\": ,", ""), ":4: this JSON is broken: expected a value"},
        {J_HEAD "\"products\": {" J_REQUEST "], \"terms\": {}}", ":3: this JSON is broken"},
        {J_OFFER(J_REQUEST, J_GOOD_TERM) "{}", ":10: there is more behind the end of this JSON"},
        {J_HEAD "\"products\": {" J_REQUEST, ":3: the file ends inside of its JSON: it is cut"},
        {J_HEAD "\"products", "the file ends inside of its JSON: it is cut"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct diagnostics diagnostics;
        ck_assert_msg(import_text(cases[i].text, strlen(cases[i].text), NULL, NULL, &diagnostics) ==
                          NULL,
                      "case %zu was taken", i);
        ck_assert_msg(says(&diagnostics, cases[i].says), "case %zu: not \"%s\" but \"%s\"", i,
                      cases[i].says, first(&diagnostics));
        diagnostics_finish(&diagnostics);
    }
}
END_TEST

START_TEST(random_bytes_never_crash)
{
    static const char base[] =
        EC2 GOOD_INSTANCE "A,Reserved,2026-10-01,Hrs,0.03,USD,1yr,Partial Upfront,standard" M5
                          "RunInstances,us-east-1\n"
                          "A,Reserved,2026-10-01,Quantity,219,USD,1yr,Partial Upfront,standard" M5
                          "RunInstances,us-east-1\n";
    unsigned long long state = 11;
    size_t taken = 0;
    for (int round = 0; round < 1500; round++) {
        char text[sizeof base];
        memcpy(text, base, sizeof base);
        for (int change = 0; change < 3; change++) {
            state = state * 6364136223846793005ULL + 1442695040888963407ULL;
            text[(state >> 40) % (sizeof base - 1)] = (char)(state >> 30);
        }
        struct diagnostics diagnostics;
        char *const got = import_text(text, sizeof base - 1, NULL, NULL, &diagnostics);
        ck_assert_msg((got == NULL) == (diagnostics.errors > 0), "round %d", round);
        taken += got != NULL;
        free(got);
        diagnostics_finish(&diagnostics);
    }
    ck_assert_uint_gt(taken, 0);
    ck_assert_uint_lt(taken, 1500);
}
END_TEST

TEST_MAIN("unit_price_import", services_are_mapped, streams_of_both_modes_are_mapped,
          instances_and_reservations, what_is_not_ours_is_counted,
          days_follow_and_contradictions_are_left_out, region_and_service_are_kept,
          json_offers_are_read, bad_json_offers_are_refused_with_their_place,
          bad_files_are_refused_with_their_place, random_bytes_never_crash)
