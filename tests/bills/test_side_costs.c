/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is billed beside functions and queues, computed by hand from the price pages that
 * data/prices names, for a month of 730 h in us-east-1. */
#include "bills/fixture.h"

#include "harness.h"

static struct fixture fixture;

static void bill_one(const char *day, enum meter meter, usage_quantity quantity,
                     const char *expected)
{
    fixture_init(&fixture, day);
    usage_add(&fixture.usage, "function:f", meter, NULL, quantity);
    fixture_bill(&fixture);
    assert_money(fixture_cost(&fixture, meter), expected);
    assert_money(fixture.bill.total, expected);
    fixture_finish(&fixture);
}

START_TEST(traces)
{
    /* 100,000 are free, the others cost $5.00 a million. */
    bill_one("2026-09-25", METER_XRAY_TRACES, 250000, "0.75");
    bill_one("2026-09-25", METER_XRAY_TRACES, 100000, "0");
}
END_TEST

START_TEST(nat_gateways)
{
    bill_one("2026-09-25", METER_NAT_MS, 2 * 730 * (usage_quantity)HOUR_MS, "65.7"); /* 0.045/h */
    bill_one("2026-09-25", METER_NAT_BYTES, 100 * GIB, "4.5");
    bill_one("2026-09-25", METER_PUBLIC_IPV4_MS, 730 * (usage_quantity)HOUR_MS, "3.65");
}
END_TEST

START_TEST(data_transfer)
{
    /* 100 GB are free; then 10 TB at $0.09 and 2,000 GB at $0.085. */
    bill_one("2026-09-25", METER_TRANSFER_INTERNET_BYTES, (100 + 10240 + 2000) * GIB, "1091.6");
    bill_one("2021-11-30", METER_TRANSFER_INTERNET_BYTES, 11 * GIB, "0.9"); /* 1 GB was free */
    bill_one("2026-09-25", METER_TRANSFER_REGION_BYTES, 50 * GIB, "1");
    bill_one("2026-09-25", METER_TRANSFER_ZONE_BYTES, 2 * 100 * GIB, "2"); /* $0.01 a direction */
}
END_TEST

START_TEST(fargate)
{
    /* Two tasks of one vCPU at $0.04048 an hour and 2 GB at $0.004445 a GB. */
    bill_one("2026-09-25", METER_FARGATE_CPU_MS, 2 * 1024 * 730 * (usage_quantity)HOUR_MS,
             "59.1008");
    bill_one("2026-09-25", METER_FARGATE_MB_MS, 2 * 2048 * 730 * (usage_quantity)HOUR_MS,
             "12.9794");
    bill_one("2018-11-01", METER_FARGATE_CPU_MS, 1024 * 10 * (usage_quantity)HOUR_MS, "0.506");
}
END_TEST

START_TEST(reads_of_dynamodb_streams)
{
    /* Four reads a second; 2.5 million are free, the others cost $0.02 per 100,000. */
    bill_one("2026-09-25", METER_DYNAMODB_STREAM_READS, 4 * 3600 * 730, "1.6024");
    bill_one("2026-09-25", METER_DYNAMODB_STREAM_LAMBDA_READS, 4 * 3600 * 730, "0");
}
END_TEST

TEST_MAIN("bills_side_costs", traces, nat_gateways, data_transfer, fargate,
          reads_of_dynamodb_streams)
