/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Worked examples that AWS and others published. Their pages round every component to cents before
 * they add: each component must agree to 0.01 USD. Components that are not metered (SnapStart, …)
 * are left out.
 */
#include "fixture.h"
#include "harness.h"

#define COMPONENTS 7

struct component {
    enum meter meter;
    const char *detail;
    int64_t quantity; /* in the meter's unit */
    const char *usd;
};

struct example {
    const char *name;
    const char *day;
    bool free_tier;
    int64_t month_hours;
    struct component component[COMPONENTS];
};

#define MB_MS(memory_mb, invocations, duration_ms)                                                 \
    (INT64_C(memory_mb) * INT64_C(invocations) * INT64_C(duration_ms))

static const struct example examples[] = {
    /* aws.amazon.com/lambda/pricing, captured 2018-2020 */
    {"512 MB, 3 M x 1 s",
     "2018-06-01",
     true,
     730,
     {{METER_LAMBDA_REQUESTS, NULL, 3000000, "0.40"},
      {METER_LAMBDA_X86_MB_MS, NULL, MB_MS(512, 3000000, 1000), "18.34"}}},
    {"128 MB, 30 M x 200 ms",
     "2018-06-01",
     true,
     730,
     {{METER_LAMBDA_REQUESTS, NULL, 30000000, "5.80"},
      {METER_LAMBDA_X86_MB_MS, NULL, MB_MS(128, 30000000, 200), "5.83"}}},
    /* aws.amazon.com/lambda/pricing, captured 2026 */
    {"mobile application",
     "2026-11-01",
     true,
     730,
     {{METER_LAMBDA_REQUESTS, NULL, 3000000, "0.40"},
      {METER_LAMBDA_X86_MB_MS, NULL, MB_MS(1536, 3000000, 120), "2.33"}}},
    {"telemetry",
     "2026-11-01",
     false,
     730,
     {{METER_LAMBDA_REQUESTS, NULL, 7440000, "1.49"},
      {METER_LAMBDA_X86_MB_MS, NULL, MB_MS(1024, 7440000, 2000), "248.00"}}},
    {"BERT with 2 GB of ephemeral storage",
     "2026-11-01",
     true,
     730,
     {{METER_LAMBDA_REQUESTS, NULL, 6000000, "1.00"},
      {METER_LAMBDA_X86_MB_MS, NULL, MB_MS(4096, 6000000, 280), "105.33"},
      {METER_LAMBDA_EPHEMERAL_MB_MS, NULL, MB_MS(1536, 6000000, 280), "0.08"}}},
    {"provisioned concurrency",
     "2026-11-01",
     true,
     730,
     {{METER_LAMBDA_REQUESTS, NULL, 3000000, "0.40"},
      {METER_LAMBDA_PROVISIONED_X86_MB_MS, NULL, MB_MS(1536, 100, 28800000), "18.00"},
      {METER_LAMBDA_PROVISIONED_DURATION_X86_MB_MS, NULL, MB_MS(1536, 500000, 100), "0.73"},
      {METER_LAMBDA_X86_MB_MS, NULL, MB_MS(1536, 2500000, 120), "0.83"}}},
    {"SQS consumer, without its pollers",
     "2026-11-01",
     false,
     730,
     {{METER_LAMBDA_REQUESTS, NULL, 30000000, "6.00"},
      {METER_LAMBDA_X86_MB_MS, NULL, MB_MS(1024, 30000000, 1000), "500.00"}}},
    {"durable functions on arm64, without operations and data",
     "2026-11-01",
     true,
     730,
     {{METER_LAMBDA_REQUESTS, NULL, 2000000, "0.20"},
      {METER_LAMBDA_ARM64_MB_MS, NULL, MB_MS(1024, 1000000, 32000), "421.34"}}},
    {"tenant isolation, without the environments",
     "2026-11-01",
     false,
     730,
     {{METER_LAMBDA_REQUESTS, NULL, 10000000, "2.00"},
      {METER_LAMBDA_X86_MB_MS, NULL, MB_MS(1024, 10000000, 2000), "333.34"}}},
    /* aws.amazon.com/kinesis/pricing, captured about 2015: 100 records/s of 35 KB, two payload
     * units each, 4 shards, 31 days. 1.68 USD a day. */
    {"Kinesis, 35 KB records",
     "2015-06-01",
     true,
     744,
     {{METER_KINESIS_SHARD_MS, NULL, 4 * 744 * HOUR_MS, "44.64"},
      {METER_KINESIS_PUT_UNITS, NULL, INT64_C(100) * 2 * 86400 * 31, "7.50"}}},
    /* infracost, kinesis_stream_test */
    {"Kinesis by infracost",
     "2024-07-01",
     true,
     730,
     {{METER_KINESIS_SHARD_MS, NULL, 2920 * HOUR_MS, "43.80"},
      {METER_KINESIS_PUT_UNITS, NULL, 6500000, "0.09"},
      {METER_KINESIS_EXTENDED_RETENTION_SHARD_MS, NULL, 100 * HOUR_MS, "2.00"},
      {METER_KINESIS_FAN_OUT_BYTES, NULL, 100 * GIB, "1.30"},
      {METER_KINESIS_FAN_OUT_SHARD_MS, NULL, 100 * HOUR_MS, "1.50"}}},
};

START_TEST(published_examples)
{
    struct fixture fixture;
    fixture_init(&fixture, "2026-11-01");
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        const struct example *const example = &examples[i];
        fixture_clear(&fixture);
        fixture_set_day(&fixture, example->day);
        fixture.options.free_tier = example->free_tier;
        fixture.options.month_ms = fixture.options.run_ms = example->month_hours * HOUR_MS;
        for (size_t k = 0; k < COMPONENTS && example->component[k].usd != NULL; k++)
            usage_add(&fixture.usage, "function:f", example->component[k].meter,
                      example->component[k].detail, example->component[k].quantity);
        fixture_bill(&fixture);
        for (size_t k = 0; k < COMPONENTS && example->component[k].usd != NULL; k++) {
            const money_pusd cost = fixture_cost(&fixture, example->component[k].meter);
            const money_pusd off = cost - usd(example->component[k].usd);
            char text[MONEY_TEXT_SIZE];
            ck_assert_msg(off < usd("0.01") && off > -usd("0.01"), "%s: %s instead of %s",
                          example->name, money_format(cost, text), example->component[k].usd);
        }
    }
    fixture_finish(&fixture);
}
END_TEST

/* 100 GB kept for a month at 0.023 (infracost): its byte-ms do not fit 64 bits. */
START_TEST(long_retention)
{
    struct fixture fixture;
    fixture_init(&fixture, "2024-07-01");
    usage_add(&fixture.usage, "stream:s", METER_KINESIS_LONG_RETENTION_BYTE_MS, NULL,
              (usage_quantity)100 * GIB * 730 * HOUR_MS);
    fixture_bill(&fixture);
    assert_money(fixture.bill.total, "2.3");
    fixture_finish(&fixture);
}
END_TEST

/* 200 M invocations of 128 MB and 417 ms: 10,425,000 GB-s. Doubles miss the last digits. */
START_TEST(two_hundred_million_invocations)
{
    struct fixture fixture;
    fixture_init(&fixture, "2026-11-01");
    usage_add(&fixture.usage, "function:f", METER_LAMBDA_REQUESTS, NULL, 200000000);
    for (int day = 0; day < 1000; day++) /* added up like a log */
        usage_add(&fixture.usage, "function:f", METER_LAMBDA_X86_MB_MS, NULL,
                  MB_MS(128, 200000, 417));
    fixture.options.free_tier = false;
    fixture_bill(&fixture);
    assert_money(fixture.bill.total, "213.7503475");
    fixture.options.free_tier = true;
    fixture_bill(&fixture);
    assert_money(fixture.bill.total, "206.8836675");
    fixture_finish(&fixture);
}
END_TEST

/* The same Kinesis example: the page says 1.68 USD a day. */
START_TEST(kinesis_by_the_day)
{
    struct fixture fixture;
    fixture_init(&fixture, "2015-06-01");
    fixture.options.month_ms = fixture.options.run_ms = 24 * HOUR_MS;
    usage_add(&fixture.usage, "stream:s", METER_KINESIS_SHARD_MS, NULL, 4 * 24 * HOUR_MS);
    usage_add(&fixture.usage, "stream:s", METER_KINESIS_PUT_UNITS, NULL, 100 * 2 * 86400);
    fixture_bill(&fixture);
    assert_money(fixture.bill.total, "1.68192");
    fixture_finish(&fixture);
}
END_TEST

TEST_MAIN("bills_examples", published_examples, long_retention, two_hundred_million_invocations,
          kinesis_by_the_day)
