/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prices that are missing are known before a run, and a run needs no others. */
#include "harness.h"

#include "engine/price_check.h"
#include "studies/study.h"
#include "support/text.h"

#include <lambdaplan/result.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One of everything that is billed, in a region that the price book does not know. */
static const char text[] =
    "{ \"as_of\": \"2026-09-25\", \"region\": \"xx-nowhere-1\",\n"
    "  \"account\": { \"count_logs\": true },\n"
    "  \"run\": { \"duration_s\": 120, \"replications\": 1 },\n"
    "  \"workloads\": {\n"
    "    \"a\": { \"to\": \"stream:given\",\n"
    "      \"arrivals\": { \"process\": \"poisson\", \"rate_per_s\": 20 } },\n"
    "    \"b\": { \"to\": \"stream:demand\",\n"
    "      \"arrivals\": { \"process\": \"poisson\", \"rate_per_s\": 20 } },\n"
    "    \"c\": { \"to\": \"function:g\", \"through\": \"alb\",\n"
    "      \"arrivals\": { \"process\": \"poisson\", \"rate_per_s\": 5 } } },\n"
    "  \"streams\": {\n"
    "    \"given\": { \"shard_count\": 1, \"retention_period\": 240 },\n"
    "    \"demand\": { \"stream_mode\": \"ON_DEMAND\", \"retention_period\": 48 } },\n"
    "  \"functions\": {\n"
    "    \"f\": { \"duration_ms\": 5, \"log_bytes_per_invocation\": 100,\n"
    "      \"init_duration_ms\": 100 },\n"
    "    \"g\": { \"duration_ms\": 5, \"architecture\": \"arm64\", \"init_duration_ms\": 100,\n"
    "      \"ephemeral_storage\": 1024, \"provisioned_concurrent_executions\": 1 } },\n"
    "  \"event_source_mappings\": {\n"
    "    \"m\": { \"event_source\": \"stream:given\", \"function_name\": \"f\",\n"
    "      \"enhanced_fan_out\": true },\n"
    "    \"n\": { \"event_source\": \"stream:demand\", \"function_name\": \"f\" } },\n"
    "  \"baselines\": {\n"
    "    \"t\": { \"instance_type\": \"t3.micro\", \"desired_capacity\": 1 },\n"
    "    \"r\": { \"instance_type\": \"m5.large\", \"desired_capacity\": 1,\n"
    "      \"purchase\": \"1yr-no-upfront\", \"detailed_monitoring\": false,\n"
    "      \"ebs_type\": \"gp2\" } },\n"
    "  \"prices\": [ %s ] }\n";

static const struct {
    int line;
    const char *path, *service, *sku;
} needed[] = {
    {15, "functions.f", "lambda", "request"},
    {15, "functions.f", "lambda", "duration-x86"},
    {15, "functions.f", "cloudwatch-logs", "ingest-lambda-logs"},
    {17, "functions.g", "lambda", "duration-arm64"},
    {17, "functions.g", "lambda", "provisioned-concurrency-arm64"},
    {17, "functions.g", "lambda", "provisioned-duration-arm64"},
    {17, "functions.g", "lambda", "ephemeral-storage-over-512MB"},
    {12, "streams.given", "kinesis", "shard-hour"},
    {12, "streams.given", "kinesis", "put-payload-unit-25KB"},
    {12, "streams.given", "kinesis", "extended-retention-24h-7d"},
    {12, "streams.given", "kinesis", "efo-consumer-shard-hour"},
    {12, "streams.given", "kinesis", "efo-data"},
    {12, "streams.given", "kinesis", "long-term-retention"},
    {13, "streams.demand", "kinesis", "ondemand-stream-hour"},
    {13, "streams.demand", "kinesis", "ondemand-ingest"},
    {13, "streams.demand", "kinesis", "ondemand-retrieval"},
    {13, "streams.demand", "kinesis", "ondemand-retention-24h-7d"},
    {9, "workloads.c", "elb", "alb-hour"},
    {9, "workloads.c", "elb", "alb-lcu-hour"},
    {24, "baselines.t", "ec2", "linux-ondemand:t3.micro"},
    {24, "baselines.t", "ebs", "gp3"},
    {24, "baselines.t", "cloudwatch", "detailed-monitoring-metric"},
    {25, "baselines.r", "ec2", "linux-reserved:m5.large:1yr-no-upfront"},
    {25, "baselines.r", "ebs", "gp2"},
};
#define NEEDED (sizeof needed / sizeof *needed)

static struct diagnostics diagnostics;
static struct world world;
static struct scenario *scenario;

/* The scenario with all prices but one of its own, checked. */
static void check(size_t without)
{
    char *prices = NULL;
    size_t size = 0;
    FILE *const out = open_memstream(&prices, &size);
    const char *comma = "";
    for (size_t i = 0; i < NEEDED; i++) {
        if (i == without)
            continue;
        fprintf(out, "%s{ \"service\": \"%s\", \"sku\": \"%s\", \"price_usd\": \"1\" }", comma,
                needed[i].service, needed[i].sku);
        comma = ", ";
    }
    fclose(out);
    char *const whole = text_format(text, prices);
    diagnostics_init(&diagnostics);
    ck_assert_int_eq(world_load(&world, DATA_DIR, &diagnostics), 0);
    const struct scenario_data data = world_scenario_data(&world);
    scenario = scenario_parse(whole, strlen(whole), "s.json", &data, NULL, &diagnostics);
    ck_assert_msg(scenario != NULL, "%s", diagnostics.count > 0 ? diagnostics.item[0].text : "?");
    ck_assert_uint_eq(diagnostics.count, 0);
    world_apply_prices(&world, scenario);
    price_check(scenario, &world, &diagnostics);
    free(whole);
    free(prices);
}

static void done(void)
{
    scenario_destroy(scenario);
    world_finish(&world);
    diagnostics_finish(&diagnostics);
}

START_TEST(each_missing_price_is_named_where_it_is_needed)
{
    for (size_t i = 0; i < NEEDED; i++) {
        check(i);
        char *const said =
            text_format("s.json:%d: %s: no price for %s %s in xx-nowhere-1 on "
                        "2026-09-25",
                        needed[i].line, needed[i].path, needed[i].service, needed[i].sku);
        ck_assert_msg(diagnostics.errors == 1 && diagnostics.warnings == 0, "%s: %zu errors", said,
                      diagnostics.errors);
        ck_assert_msg(strncmp(diagnostics.item[0].text, said, strlen(said)) == 0, "%s, not %s",
                      diagnostics.item[0].text, said);
        free(said);
        done();
    }
}
END_TEST

START_TEST(a_run_needs_no_others)
{
    const struct study_hooks hooks = {.jobs = 1};
    struct result result;
    check(NEEDED);
    ck_assert_uint_eq(diagnostics.count, 0);
    ck_assert_int_eq(study_run(&result, scenario, &world, &hooks, &diagnostics), STUDY_DONE);
    ck_assert_uint_eq(result.options, 3);
    ck_assert_uint_ge(result.option[0].bill.count, 17); /* what was looked up was used */
    result_finish(&result);
    done();
}
END_TEST

START_TEST(a_late_day_is_noted)
{
    const struct study_hooks hooks = {.jobs = 1};
    for (int later = 0; later < 2; later++) {
        struct result result;
        bool noted = false;
        check(NEEDED);
        ck_assert_int_eq(price_book_newest_day(world.prices), scenario->as_of_day);
        scenario->as_of_day += later;
        ck_assert_int_eq(study_run(&result, scenario, &world, &hooks, &diagnostics), STUDY_DONE);
        for (size_t i = 0; i < result.notes.count; i++)
            noted |= strcmp(result.notes.item[i].text,
                            "prices are those of 2026-09-25, the newest known; they are taken to "
                            "hold on 2026-09-26, too") == 0;
        ck_assert_int_eq(noted, later > 0);
        result_finish(&result);
        done();
    }
}
END_TEST

TEST_MAIN("price_check", a_late_day_is_noted, each_missing_price_is_named_where_it_is_needed,
          a_run_needs_no_others)
