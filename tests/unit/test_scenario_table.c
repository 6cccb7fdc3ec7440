/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables in a scenario: partitions, eras, and what mappings of them may not say. */
#include "harness.h"

#include "scenario/scenario.h"

#include <stdio.h>
#include <string.h>

static struct diagnostics diagnostics;

/* With these members of the table and of the mapping; NULL after errors. */
static struct scenario *read_table(const char *as_of, const char *table, const char *mapping)
{
    char text[2000];
    const int size = snprintf(
        text, sizeof text,
        "{\"as_of\": \"%s\", \"run\": {\"duration_s\": 60}, \"faults\": [{\"kind\": \"poison\", "
        "\"at_s\": 30, \"workload\": \"w\"}],\n"
        "\"workloads\": {\"w\": {\"to\": \"table:t\",\n"
        "  \"arrivals\": {\"process\": \"poisson\", \"rate_per_s\": 1}}},\n"
        "\"tables\": {\"t\": {%s}},\n"
        "\"functions\": {\"f\": {\"duration_ms\": 1}, \"g\": {\"duration_ms\": 1},\n"
        "  \"h\": {\"duration_ms\": 1}},\n"
        "\"event_source_mappings\": {\n"
        "\"a\": {\"event_source\": \"table:t\", \"function_name\": \"f\"%s},\n"
        "\"b\": {\"event_source\": \"table:t\", \"function_name\": \"g\"},\n"
        "\"c\": {\"event_source\": \"table:t\", \"function_name\": \"h\"}}}\n",
        as_of, table, mapping);
    diagnostics_finish(&diagnostics);
    diagnostics_init(&diagnostics);
    struct limits *const limits = limits_load(DATA_DIR, &diagnostics);
    struct scenario *const scenario =
        scenario_parse(text, (size_t)size, "s.json", &(struct scenario_data){.limits = limits},
                       NULL, &diagnostics);
    limits_destroy(limits);
    return scenario;
}

static void expect_partitions(const char *table, unsigned partitions)
{
    struct scenario *const s = read_table("2024-01-01", table, "");
    ck_assert_ptr_nonnull(s);
    ck_assert_uint_eq(s->table[0].partitions, partitions);
    ck_assert_int_eq(s->workload[0].to.kind, ENTITY_TABLE);
    ck_assert_uint_eq(s->mapping[0].batch_size, 100);
    ck_assert_uint_eq(s->workload[0].poisons, 1);
    scenario_destroy(s);
}

START_TEST(partitions)
{
    expect_partitions("", 4);
    expect_partitions("\"write_capacity\": 300", 1);
    expect_partitions("\"write_capacity\": 1001", 2);
    expect_partitions("\"write_capacity\": 1001, \"size_gb\": 95", 10);
    expect_partitions("\"size_gb\": 41", 5);
    expect_partitions("\"write_capacity\": 5000, \"partitions\": 3", 3);
}
END_TEST

static void expect_error(const char *as_of, const char *table, const char *mapping,
                         const char *expected)
{
    ck_assert_ptr_null(read_table(as_of, table, mapping));
    ck_assert_uint_ge(diagnostics.errors, 1);
    for (size_t i = 0; i < diagnostics.count; i++)
        if (!diagnostics.item[i].warning && strcmp(diagnostics.item[i].text, expected) == 0)
            return;
    ck_abort_msg("%s\nis not among them: %s", expected, diagnostics.item[0].text);
}

#define A "s.json:8: event_source_mappings.a."

START_TEST(mistakes)
{
    expect_error("2024-01-01", "\"write_capacity\": 0", "",
                 "s.json:4: tables.t.write_capacity: 0 is below 1 WCU");
    expect_error("2024-01-01", "", ", \"enhanced_fan_out\": true",
                 A "enhanced_fan_out: is for Kinesis; a table's stream has two readers a shard");
    expect_error("2024-01-01", "",
                 ", \"starting_position\": \"AT_TIMESTAMP\", \"starting_position_timestamp_s\": 0",
                 A "starting_position: a table's stream is read from TRIM_HORIZON or LATEST");
    expect_error("2019-01-01", "", ", \"batch_size\": 1001",
                 A "batch_size: 1001 is above 1000 records (Lambda limit)");
    expect_error("2024-01-01", "", ", \"scaling_config\": {\"maximum_concurrency\": 5}",
                 A "scaling_config: is for queues; a stream has parallelization_factor");
    expect_error("2015-07-01", "", "",
                 "s.json:4: tables.t: DynamoDB has streams that Lambda reads since 2015-07-14");
}
END_TEST

START_TEST(batches_by_era)
{
    scenario_destroy(read_table("2024-01-01", "", ", \"batch_size\": 10000"));
    ck_assert_uint_eq(diagnostics.errors, 0);
}
END_TEST

START_TEST(the_third_reader)
{
    scenario_destroy(read_table("2024-01-01", "", ""));
    ck_assert_uint_eq(diagnostics.errors, 0);
    ck_assert_uint_eq(diagnostics.count, 1);
    ck_assert_str_eq(diagnostics.item[0].text,
                     "s.json:10: event_source_mappings.c.event_source: the table's stream has more "
                     "than 2 readers a shard (DynamoDB limit): reads will be refused");
}
END_TEST

TEST_MAIN("scenario_table", partitions, mistakes, batches_by_era, the_third_reader)
