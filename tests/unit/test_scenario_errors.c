/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every kind of mistake, its sentence and its line; and all of them in one go. */
#include "harness.h"

#include "core/memory.h"
#include "scenario/aws_names.h"
#include "scenario/fields.h"
#include "scenario/scenario.h"
#include "support/text.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A good scenario with holes, one a line; every mistake goes into one of them. */
enum hole {
    TOP,
    RUN,
    ACCOUNT,
    WORKLOAD,
    ARRIVALS,
    STREAM,
    FUNCTION,
    MAPPING,
    BASELINE,
    OBJECTIVES,
    PRICES,
    HOLES
};
static const char *const hole_text[HOLES] = {
    [TOP] = "{\"as_of\": \"%s\"%s,\n",
    [RUN] = "\"run\": {\"duration_s\": 3600%s},\n",
    [ACCOUNT] = "\"account\": {%s},\n",
    [WORKLOAD] = "\"workloads\": {\"v\": {\"to\": \"function:f\", \"arrivals\": "
                 "{\"process\": \"poisson\", \"rate_per_s\": 1}}, "
                 "\"w\": {\"to\": \"stream:s\"%s,\n",
    [ARRIVALS] = "  \"arrivals\": {%s}}},\n",
    [STREAM] = "\"streams\": {\"s\": {\"shard_count\": 4%s}},\n",
    [FUNCTION] = "\"functions\": {\"f\": {\"duration_ms\": 10%s}},\n",
    [MAPPING] = "\"event_source_mappings\": {\"m\": {\"event_source\": \"stream:s\", "
                "\"function_name\": \"f\"%s}},\n",
    [BASELINE] = "\"baselines\": {\"b\": {\"instance_type\": \"m5.large\", "
                 "\"desired_capacity\": 2%s}},\n",
    [OBJECTIVES] = "\"objectives\": [%s],\n",
    [PRICES] = "\"prices\": [%s]}\n",
};

static char *compose(const char *as_of, enum hole hole, const char *text)
{
    char *whole = NULL;
    size_t size = 0;
    FILE *const out = open_memstream(&whole, &size);
    for (int i = 0; i < HOLES; i++) {
        const char *const filling = i == (int)hole  ? text
                                    : i == ARRIVALS ? "\"process\": \"poisson\", \"rate_per_s\": 1"
                                                    : "";
        const char *rest = hole_text[i];
        const char *slot;
        for (bool first = true; (slot = strstr(rest, "%s")) != NULL; rest = slot + 2, first = false)
            fprintf(out, "%.*s%s", (int)(slot - rest), rest, i == TOP && first ? as_of : filling);
        fputs(rest, out);
    }
    fclose(out);
    return whole;
}

static void in_new_folder(void)
{
    char folder[] = "/tmp/lambdaplan-test-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
}

static void leave_folder(void)
{
    char folder[200];
    ck_assert_ptr_nonnull(getcwd(folder, sizeof folder));
    char *const command = text_format("rm -r '%s'", folder);
    ck_assert_int_eq(system(command), 0);
    free(command);
}

static void write_file(const char *path, const char *text)
{
    FILE *const out = fopen(path, "w");
    ck_assert_ptr_nonnull(out);
    fputs(text, out);
    ck_assert_int_eq(fclose(out), 0);
}

/* All diagnostics of a text as "error: …" and "warning: …" lines; free() it. */
static char *complaints(const char *text)
{
    char *said = NULL;
    size_t size = 0;
    struct diagnostics d;
    write_file("s.json", text);
    diagnostics_init(&d);
    struct limits *const limits = limits_load(DATA_DIR, &d);
    ck_assert_ptr_nonnull(limits);
    struct scenario *const scenario =
        scenario_load("s.json", &(struct scenario_data){.limits = limits}, NULL, &d);
    ck_assert_int_eq(scenario == NULL, d.errors > 0);
    scenario_destroy(scenario);
    limits_destroy(limits);
    FILE *const out = open_memstream(&said, &size);
    for (size_t i = 0; i < d.count; i++)
        fprintf(out, "%s%s: %s", i > 0 ? "\n" : "", d.item[i].warning ? "warning" : "error",
                d.item[i].text);
    fclose(out);
    diagnostics_finish(&d);
    return said;
}

static void expect(const char *text, const char *expected)
{
    char *const said = complaints(text);
    ck_assert_msg(strcmp(said, expected) == 0, "%s\nsaid:     %s\nexpected: %s\n", text, said,
                  expected);
    free(said);
}

struct mistake {
    enum hole hole;
    const char *as_of, *text, *expected; /* after "error: s.json:LINE: " */
};

static void expect_mistakes(const struct mistake *mistake, size_t count)
{
    in_new_folder();
    write_file("counts.csv", "timestamp,value\n2020-01-01 00:00:00,3\n");
    write_file("backwards.csv", "time_s,rate_per_s\n0,1\n60,2\n50,3\n");
    write_file("negative.csv", "time_s,rate_per_s\n0,1\n60,-2\n");
    write_file("empty.csv", "");
    write_file("header.csv", "time_s,rate_per_s\n");
    write_file("samples.csv", "v,w\n1,a\n2,b\n");
    ck_assert_int_eq(mkdir("folder", 0700), 0);
    for (size_t i = 0; i < count; i++) {
        char *const text = compose(mistake[i].as_of, mistake[i].hole, mistake[i].text);
        char *const expected =
            mistake[i].expected == NULL ? mem_strdup("")
            : strncmp(mistake[i].expected, "error: ", 7) == 0 ||
                    strncmp(mistake[i].expected, "warning: ", 9) == 0
                ? mem_strdup(mistake[i].expected)
                : text_format("error: s.json:%d: %s", mistake[i].hole + 1, mistake[i].expected);
        expect(text, expected);
        free(text);
        free(expected);
    }
    leave_folder();
}

#define EXPECT(...)                                                                                \
    const struct mistake mistake[] = {__VA_ARGS__};                                                \
    expect_mistakes(mistake, sizeof mistake / sizeof *mistake)

#define NOW "2024-06-01"

START_TEST(the_frame_is_good)
{
    EXPECT({TOP, NOW, "", NULL}, {TOP, "2016-12-01", "", NULL});
}
END_TEST

START_TEST(keys)
{
    EXPECT(
        {MAPPING, NOW, ", \"batch_sise\": 3",
         "event_source_mappings.m: unknown key `batch_sise`; did you mean `batch_size`?"},
        {STREAM, NOW, ", \"x\": 3",
         "streams.s: unknown key `x`; there is `shard_count`, `retention_period`, "
         "`stream_mode`, `update_shard_count`"},
        {TOP, NOW, ", \"regoin\": \"us-east-1\"", "unknown key `regoin`; did you mean `region`?"},
        {TOP, NOW, ", \"Region\": \"us-east-1\"", "unknown key `Region`; did you mean `region`?"},
        {RUN, NOW, ", \"seed\": 1, \"seed\": 2",
         "key `seed` appears twice in one object (first in line 2)"},
        {FUNCTION, NOW, ", \"comment\": 5", "functions.f.comment: must be a string, not a number"},
        {FUNCTION, NOW, ", \"comment\": \"assumed\"", NULL},
        {STREAM, NOW, ", \"$schema\": \"x\"",
         "streams.s: unknown key `$schema`; there is `shard_count`, `retention_period`, "
         "`stream_mode`, `update_shard_count`"});
}
END_TEST

/* As the AWS CLI, CloudFormation and serverless.yml write them. */
START_TEST(keys_of_aws)
{
    EXPECT({FUNCTION, NOW, ", \"architectures\": [\"arm64\"]",
            "functions.f: unknown key `architectures`; here it is `architecture`, \"x86_64\" or "
            "\"arm64\""},
           {FUNCTION, NOW, ", \"ReservedConcurrentExecutions\": 5",
            "functions.f: unknown key `ReservedConcurrentExecutions`; did you mean "
            "`reserved_concurrent_executions`?"},
           {FUNCTION, NOW, ", \"reservedConcurrency\": 5",
            "functions.f: unknown key `reservedConcurrency`; here it is "
            "`reserved_concurrent_executions`"},
           {FUNCTION, NOW, ", \"Handler\": \"index.handler\"",
            "functions.f: unknown key `Handler`: it changes neither cost nor time here, leave it "
            "out; `lambdaplan import` makes a scenario of AWS's own files"},
           {STREAM, NOW, ", \"RetentionPeriodHours\": 24",
            "streams.s: unknown key `RetentionPeriodHours`; here it is `retention_period` (h)"},
           {MAPPING, NOW, ", \"EventSourceArn\": \"arn:aws:kinesis:eu-west-1:1:stream/s\"",
            "event_source_mappings.m: unknown key `EventSourceArn`; here it is `event_source`, "
            "\"stream:NAME\", \"queue:NAME\" or \"table:NAME\""},
           {MAPPING, NOW, ", \"filter_criteria\": {}",
            "event_source_mappings.m: unknown key `filter_criteria`: filters are not simulated; "
            "let the workload send what passes them"});
}
END_TEST

/* The object of that name anywhere in the vocabulary. */
static const struct object *find_object(const struct object *in, const char *name)
{
    const struct object *found = strcmp(in->name, name) == 0 ? in : NULL;
    for (size_t i = 0; i < in->fields && found == NULL; i++)
        if (in->field[i].object != NULL)
            found = find_object(in->field[i].object, name);
    return found;
}

START_TEST(names_of_aws_lead_to_keys)
{
    const struct aws_name *name;
    for (size_t i = 0; (name = aws_name_at(i)) != NULL; i++) {
        const struct object *const object = find_object(&object_scenario, name->object);
        ck_assert_msg(object != NULL, "%s", name->object);
        ck_assert_msg(fields_find(object, name->theirs) < 0, "%s", name->theirs);
        ck_assert_msg(name->ours == NULL || fields_find(object, name->ours) >= 0, "%s", name->ours);
        ck_assert(name->ours != NULL || name->more != NULL);
    }
}
END_TEST

/* What comes of a mistake is no second one; another mistake beside it is. */
START_TEST(one_cause_is_said_once)
{
#define WRONG "must be a number, not a string"
    EXPECT({STREAM, NOW, "}, \"t\": {\"shard_cuont\": 1",
            "streams.t: unknown key `shard_cuont`; did you mean `shard_count`?"},
           {STREAM, NOW, "}, \"t\": {\"ShardCount\": 1",
            "streams.t: unknown key `ShardCount`; did you mean `shard_count`?"},
           {STREAM, NOW, "}, \"t\": {\"shard_count\": 1, \"stream_mod\": \"ON_DEMAND\"",
            "streams.t: unknown key `stream_mod`; did you mean `stream_mode`?"},
           {OBJECTIVES, NOW, "{\"metric\": \"errors\", \"entity\": \"function:f\", \"at_mots\": 1}",
            "objectives[0]: unknown key `at_mots`; did you mean `at_most`?"},
           {ARRIVALS, NOW, "\"proces\": \"trace\", \"file\": \"no.csv\"",
            "workloads.w.arrivals: unknown key `proces`; did you mean `process`?"},
           {ARRIVALS, NOW, "\"process\": \"poisson\", \"rate_per_sec\": 1",
            "workloads.w.arrivals: unknown key `rate_per_sec`; did you mean `rate_per_s`?"},
           {ARRIVALS, NOW, "\"process\": \"profile\", \"points\": [[0, 1], [\"5\", 1], [6, 1]]",
            "workloads.w.arrivals.points[1][0]: " WRONG},
           {ARRIVALS, NOW, "\"process\": \"profile\", \"file\": \"header.csv\", \"columns\": []",
            "workloads.w.arrivals.columns: must be an object, not a list"},
           {MAPPING, NOW,
            ", \"starting_position\": \"AT_TIMESTAMP\", \"starting_position_timestamp_s\": 9, "
            "\"created_s\": \"90\"",
            "event_source_mappings.m.created_s: " WRONG},
           {BASELINE, NOW,
            "}, \"c\": {\"instance_type\": \"m5.large\", \"desired_capacity\": \"2\"",
            "baselines.c.desired_capacity: must be a whole number, not a string"},
           {BASELINE, NOW,
            "}, \"c\": {\"instance_type\": \"m5.large\", \"desired_capacity\": 2, \"max_size\": []",
            "baselines.c.max_size: must be a whole number, not a list"});
}
END_TEST

START_TEST(types)
{
    EXPECT(
        {FUNCTION, NOW, ", \"memory_size\": \"512\"",
         "functions.f.memory_size: must be a whole number, not a string"},
        {FUNCTION, NOW, ", \"memory_size\": null",
         "functions.f.memory_size: must be a whole number, not null"},
        {FUNCTION, NOW, ", \"memory_size\": 512.5",
         "functions.f.memory_size: must be a whole number; 512.5 is not"},
        {FUNCTION, NOW, ", \"cpu_fraction\": true",
         "functions.f.cpu_fraction: must be a number, not a boolean"},
        {ACCOUNT, NOW, "\"free_tier\": 1",
         "account.free_tier: must be true or false, not a number"},
        {FUNCTION, NOW, ", \"runtime\": [1]", "functions.f.runtime: must be a string, not a list"},
        {FUNCTION, NOW, ", \"architecture\": {}",
         "functions.f.architecture: must be one of \"x86_64\", \"arm64\", not an object"},
        {FUNCTION, NOW, ", \"architecture\": [\"arm64\"]",
         "functions.f.architecture: must be one of \"x86_64\", \"arm64\", not a list"},
        {FUNCTION, NOW, ", \"architecture\": \"arm\"",
         "functions.f.architecture: \"arm\" is not known; there is \"x86_64\", \"arm64\""},
        {FUNCTION, NOW, ", \"architecture\": \"x86-64\"",
         "functions.f.architecture: \"x86-64\" is not known; did you mean \"x86_64\"?"},
        {FUNCTION, NOW, ", \"cold_duration_ms\": \"10\"",
         "functions.f.cold_duration_ms: must be a number or a distribution such as "
         "{\"distribution\": \"exponential\", \"mean\": 10}"},
        {FUNCTION, NOW, ", \"ephemeral_storage\": {\"sise\": 512}",
         "functions.f.ephemeral_storage: must be a whole number or {\"size\": …}"},
        {FUNCTION, NOW, ", \"ephemeral_storage\": {\"size\": \"512\"}",
         "functions.f.ephemeral_storage: must be a whole number, not a string"},
        {STREAM, NOW, ", \"update_shard_count\": 3",
         "streams.s.update_shard_count: must be a list, not a number"},
        {STREAM, NOW, ", \"update_shard_count\": [3]",
         "streams.s.update_shard_count[0]: must be an object, not a number"},
        {WORKLOAD, NOW, ", \"producer\": []",
         "workloads.w.producer: must be an object, not a list"},
        {MAPPING, NOW, ", \"function_response_types\": [\"Report\"]",
         "event_source_mappings.m.function_response_types[0]: \"Report\" is not known; there "
         "is \"ReportBatchItemFailures\""},
        {MAPPING, NOW, ", \"destination_config\": {}",
         "event_source_mappings.m.destination_config: on_failure is missing"},
        {PRICES, NOW, "{\"service\": \"lambda\", \"sku\": \"requests\", \"price_usd\": 0.1}",
         "prices[0].price_usd: must be a string, not a number"},
        {PRICES, NOW, "{\"service\": \"lambda\", \"sku\": \"requests\", \"price_usd\": \"1e-3\"}",
         "prices[0].price_usd: \"1e-3\" is not a price in USD such as \"0.0000166667\" (at "
         "most 12 decimals)"},
        {PRICES, NOW,
         "{\"service\": \"lambda\", \"sku\": \"requests\", \"price_usd\": \"0.0000000000001\"}",
         "prices[0].price_usd: \"0.0000000000001\" is not a price in USD such as "
         "\"0.0000166667\" (at most 12 decimals)"},
        {PRICES, NOW, "{\"service\": \"lambda\", \"price_usd\": \"1\"}",
         "prices[0]: sku is missing"});
}
END_TEST

START_TEST(ranges)
{
    EXPECT(
        {FUNCTION, NOW, ", \"memory_size\": 20000",
         "functions.f.memory_size: 20000 is above 10240 MB (Lambda limit since 2020-12-01)"},
        {FUNCTION, NOW, ", \"memory_size\": 64",
         "functions.f.memory_size: 64 is below 128 MB (Lambda limit since 2014-11-01)"},
        {FUNCTION, NOW, ", \"memory_size\": 10240", NULL},
        {FUNCTION, NOW, ", \"memory_size\": 129", NULL},
        {FUNCTION, NOW, ", \"timeout\": 901",
         "functions.f.timeout: 901 is above 900 s (Lambda limit since 2018-10-10)"},
        {FUNCTION, NOW, ", \"timeout\": 0", "functions.f.timeout: 0 is below 1 s"},
        {FUNCTION, NOW, ", \"error_rate\": 1.5", "functions.f.error_rate: 1.5 is above 1"},
        {FUNCTION, NOW, ", \"cold_duration_ms\": -1",
         "functions.f.cold_duration_ms: -1 is not from 0 to 1e15"},
        {MAPPING, NOW, ", \"batch_size\": 10001",
         "event_source_mappings.m.batch_size: 10001 is above 10000 records (Lambda limit)"},
        {MAPPING, NOW, ", \"batch_size\": 0",
         "event_source_mappings.m.batch_size: 0 is below 1 records"},
        {MAPPING, NOW, ", \"parallelization_factor\": 11",
         "event_source_mappings.m.parallelization_factor: 11 is above 10"},
        {MAPPING, NOW, ", \"maximum_batching_window_in_seconds\": 301",
         "event_source_mappings.m.maximum_batching_window_in_seconds: 301 is above 300 s"},
        {MAPPING, NOW, ", \"maximum_record_age_in_seconds\": 30",
         "event_source_mappings.m.maximum_record_age_in_seconds: 30 must be -1 or from 60 to "
         "604800 s"},
        {MAPPING, NOW,
         ", \"starting_position\": \"AT_TIMESTAMP\", \"starting_position_timestamp_s\": 11, "
         "\"created_s\": 10",
         "event_source_mappings.m.starting_position_timestamp_s: 11 s is after created_s 10 s"},
        {MAPPING, NOW, ", \"starting_position\": \"AT_TIMESTAMP\"",
         "event_source_mappings.m: starting_position \"AT_TIMESTAMP\" needs "
         "starting_position_timestamp_s"},
        {MAPPING, NOW, ", \"starting_position_timestamp_s\": 0",
         "event_source_mappings.m.starting_position_timestamp_s: starting_position "
         "\"TRIM_HORIZON\" does not use it"},
        {MAPPING, NOW, ", \"created_s\": 3600",
         "event_source_mappings.m.created_s: 3600 s is not before the end of the run, "
         "run.duration_s 3600 s"},
        {MAPPING, NOW, ", \"created_s\": 3599.5, \"starting_position\": \"LATEST\"", NULL},
        {MAPPING, NOW, ", \"maximum_retry_attempts\": -2",
         "event_source_mappings.m.maximum_retry_attempts: -2 is below -1"},
        {WORKLOAD, NOW, ", \"records_per_put\": 501",
         "workloads.w.records_per_put: 501 is above 500 records (Kinesis limit)"},
        {WORKLOAD, NOW, ", \"record_bytes\": 2000000",
         "workloads.w.record_bytes: 2000000 is above 1048576 bytes (Kinesis limit since "
         "2015-06-01)"},
        {STREAM, NOW, ", \"retention_period\": 23", "streams.s.retention_period: 23 is below 24 h"},
        {STREAM, NOW, ", \"retention_period\": 8761",
         "streams.s.retention_period: 8761 is above 8760 h (Kinesis limit since 2020-11-01)"},
        {RUN, NOW, ", \"seed\": 9007199254740993",
         "column 37: 9007199254740993 cannot be kept exactly; whole numbers end at "
         "9007199254740992"},
        {RUN, NOW, ", \"seed\": -1", "run.seed: -1 is below 0"},
        {RUN, NOW, ", \"replications\": 0", "run.replications: 0 is below 1"},
        {RUN, NOW, ", \"warm_up_s\": \"auto\"", NULL},
        {RUN, NOW, ", \"warm_up_s\": \"soon\"", "run.warm_up_s: must be a number or \"auto\""},
        {RUN, NOW, ", \"warm_up_s\": 3600",
         "run.warm_up_s: 3600 s leave nothing of duration_s 3600 s to count"},
        {RUN, NOW, ", \"timeseries_period_s\": 0.5",
         "run.timeseries_period_s: 0.5 s is not whole minutes: 0 (no time series), 60, 120 and so "
         "on"},
        {RUN, NOW, ", \"timeseries_period_s\": 90",
         "run.timeseries_period_s: 90 s is not whole minutes: 0 (no time series), 60, 120 and "
         "so on"},
        {ARRIVALS, NOW, "\"process\": \"poisson\", \"rate_per_s\": -1",
         "workloads.w.arrivals.rate_per_s: -1 is below 0 per s"},
        {ARRIVALS, NOW, "\"process\": \"poisson\", \"rate_per_s\": NaN",
         "column 52: unexpected `NaN`; expected a value"},
        {ARRIVALS, NOW, "\"process\": \"poisson\", \"rate_per_s\": 1e999",
         "column 52: 1e999 is too large"},
        {ARRIVALS, NOW, "\"process\": \"poisson\", \"rate_per_s\": 1e300",
         "workloads.w.arrivals.rate_per_s: 1e+300 is above 1000000000 per s"});
}
END_TEST

START_TEST(eras)
{
    EXPECT(
        {FUNCTION, "2016-12-01", ", \"memory_size\": 3008",
         "functions.f.memory_size: 3008 is above 1536 MB (Lambda limit since 2015-06-01)"},
        {FUNCTION, "2020-11-30", ", \"memory_size\": 1000",
         "functions.f.memory_size: 1000 is not a multiple of 64 MB (Lambda limit; as_of is "
         "2020-11-30)"},
        {FUNCTION, "2020-12-01", ", \"memory_size\": 1000", NULL},
        {FUNCTION, "2016-12-01", ", \"timeout\": 301",
         "functions.f.timeout: 301 is above 300 s (Lambda limit since 2015-10-08)"},
        {FUNCTION, "2021-09-28", ", \"architecture\": \"arm64\"",
         "functions.f.architecture: architecture \"arm64\" exists since 2021-09-29; as_of is "
         "2021-09-28"},
        {FUNCTION, "2021-09-29", ", \"architecture\": \"arm64\"", NULL},
        {FUNCTION, "2016-12-01", ", \"architecture\": \"x86_64\"", NULL},
        {BASELINE, "2020-11-30", ", \"ebs_type\": \"gp3\"",
         "baselines.b.ebs_type: ebs_type \"gp3\" exists since 2020-12-01; as_of is 2020-11-30"},
        {BASELINE, "2020-11-30", ", \"ebs_type\": \"gp2\"", NULL},
        {BASELINE, "2020-12-01", ", \"ebs_type\": \"gp3\"", NULL},
        {FUNCTION, "2020-11-30", ", \"package_type\": \"Image\"",
         "functions.f.package_type: package_type \"Image\" exists since 2020-12-01; as_of is "
         "2020-11-30"},
        {FUNCTION, "2021-01-01", ", \"ephemeral_storage\": 1024",
         "functions.f.ephemeral_storage: ephemeral_storage exists since 2022-03-01; as_of is "
         "2021-01-01"},
        {FUNCTION, "2021-01-01", ", \"ephemeral_storage\": {\"size\": 512}", NULL},
        {FUNCTION, "2017-11-29", ", \"reserved_concurrent_executions\": 5",
         "functions.f.reserved_concurrent_executions: reserved_concurrent_executions exists "
         "since 2017-11-30; as_of is 2017-11-29"},
        {FUNCTION, "2019-12-02", ", \"provisioned_concurrent_executions\": 5",
         "functions.f.provisioned_concurrent_executions: provisioned_concurrent_executions "
         "exists since 2019-12-03; as_of is 2019-12-02"},
        {MAPPING, "2016-04-01", ", \"parallelization_factor\": 4",
         "event_source_mappings.m.parallelization_factor: parallelization_factor exists since "
         "2019-11-25; as_of is 2016-04-01"},
        {MAPPING, "2019-11-24", ", \"bisect_batch_on_function_error\": true",
         "event_source_mappings.m.bisect_batch_on_function_error: "
         "bisect_batch_on_function_error exists since 2019-11-25; as_of is 2019-11-24"},
        {MAPPING, "2019-11-24", ", \"bisect_batch_on_function_error\": false", NULL},
        {MAPPING, "2019-11-24", ", \"maximum_retry_attempts\": 2",
         "event_source_mappings.m.maximum_retry_attempts: maximum_retry_attempts exists since "
         "2019-11-25; as_of is 2019-11-24"},
        {MAPPING, "2019-11-24", ", \"maximum_retry_attempts\": -1", NULL},
        {MAPPING, "2019-11-24", ", \"maximum_record_age_in_seconds\": 60",
         "event_source_mappings.m.maximum_record_age_in_seconds: "
         "maximum_record_age_in_seconds exists since 2019-11-25; as_of is 2019-11-24"},
        {MAPPING, "2019-11-24",
         ", \"destination_config\": {\"on_failure\": {\"destination_arn\": \"arn:aws:sqs:::x\"}}",
         "event_source_mappings.m.destination_config.on_failure.destination_arn: "
         "destination_arn exists since 2019-11-25; as_of is 2019-11-24"},
        {MAPPING, "2016-12-31",
         ", \"starting_position\": \"AT_TIMESTAMP\", \"starting_position_timestamp_s\": 0",
         "event_source_mappings.m.starting_position: starting_position \"AT_TIMESTAMP\" exists "
         "since 2017-01-01; as_of is 2016-12-31"},
        {MAPPING, "2016-12-31", ", \"starting_position\": \"LATEST\"", NULL},
        {MAPPING, "2019-08-28", ", \"maximum_batching_window_in_seconds\": 1",
         "event_source_mappings.m.maximum_batching_window_in_seconds: "
         "maximum_batching_window_in_seconds exists since 2019-08-29; as_of is 2019-08-28"},
        {MAPPING, "2020-11-30", ", \"function_response_types\": [\"ReportBatchItemFailures\"]",
         "event_source_mappings.m.function_response_types: ReportBatchItemFailures exists "
         "since 2020-12-01; as_of is 2020-11-30"},
        {MAPPING, "2018-07-31", ", \"enhanced_fan_out\": true",
         "event_source_mappings.m.enhanced_fan_out: enhanced_fan_out exists since 2018-08-01; "
         "as_of is 2018-07-31"},
        {STREAM, "2021-10-31", ", \"stream_mode\": \"ON_DEMAND\"",
         "streams.s.stream_mode: stream_mode \"ON_DEMAND\" exists since 2021-11-01; as_of is "
         "2021-10-31"},
        {STREAM, "2016-12-01", ", \"retention_period\": 8760",
         "streams.s.retention_period: 8760 is above 168 h (Kinesis limit since 2015-10-01)"},
        {BASELINE, "2016-12-01", ", \"sizing\": \"target_tracking\", \"max_size\": 4",
         "baselines.b.sizing: sizing \"target_tracking\" exists since 2017-07-01; as_of is "
         "2016-12-01"},
        {BASELINE, "2016-12-01", ", \"sizing\": \"smallest\"", NULL},
        {BASELINE, "2016-07-01", ", \"load_balancer\": \"alb\"",
         "baselines.b.load_balancer: load_balancer \"alb\" exists since 2016-08-01; as_of is "
         "2016-07-01"},
        {TOP, "2013-06-01", "",
         "as_of: Lambda exists since 2014-11-01; as_of is 2013-06-01\n"
         "error: s.json:1: as_of: Kinesis exists since 2013-12-01; as_of is 2013-06-01"},
        {TOP, "yesterday", "", "as_of: \"yesterday\" is not a date from 2006 to 2099 (YYYY-MM-DD)"},
        {TOP, "2024-02-30", "",
         "as_of: \"2024-02-30\" is not a date from 2006 to 2099 (YYYY-MM-DD)"});
}
END_TEST

START_TEST(arrivals)
{
    EXPECT({ARRIVALS, NOW, "\"process\": \"poisson\"",
            "workloads.w.arrivals: process \"poisson\" needs rate_per_s"},
           {ARRIVALS, NOW, "\"rate_per_s\": 1", "workloads.w.arrivals: process is missing"},
           {ARRIVALS, NOW, "\"process\": \"poison\", \"rate_per_s\": 1",
            "workloads.w.arrivals.process: \"poison\" is not known; did you mean \"poisson\"?"},
           {ARRIVALS, NOW, "\"process\": \"poisson\", \"rate_per_s\": 1, \"points\": [[0, 1]]",
            "workloads.w.arrivals.points: process \"poisson\" does not use it"},
           {ARRIVALS, NOW, "\"process\": \"profile\"",
            "workloads.w.arrivals: process \"profile\" needs exactly one of points and file"},
           {ARRIVALS, NOW, "\"process\": \"profile\", \"points\": []",
            "workloads.w.arrivals.points: needs at least 1 entry"},
           {ARRIVALS, NOW, "\"process\": \"profile\", \"points\": [[0, 1], [5, 2], [5, 3]]",
            "workloads.w.arrivals.points[2]: times must rise from point to point"},
           {ARRIVALS, NOW, "\"process\": \"profile\", \"points\": [[0, 1, 2]]",
            "workloads.w.arrivals.points[0]: must have 2 numbers, [time_s, rate_per_s]"},
           {ARRIVALS, NOW, "\"process\": \"profile\", \"points\": [[0, -1]]",
            "workloads.w.arrivals.points[0][1]: -1 is below 0 per s"},
           {ARRIVALS, NOW,
            "\"process\": \"profile\", \"points\": [[0, 1], [86400, 2]], \"period\": \"day\"",
            "workloads.w.arrivals.points[1]: lies beyond the period of 86400 s"},
           {ARRIVALS, NOW,
            "\"process\": \"bursts\", \"base_rate_per_s\": 1, "
            "\"burst_rate_per_s\": 5, \"mean_base_s\": 0, \"mean_burst_s\": 1",
            "workloads.w.arrivals.mean_base_s: 0 is below 0.001 s"},
           {ARRIVALS, NOW, "\"process\": \"counts\"",
            "workloads.w.arrivals: process \"counts\" needs file"},
           {ARRIVALS, NOW, "\"process\": \"counts\", \"file\": \"nowhere.csv\"",
            "workloads.w.arrivals.file: nowhere.csv: No such file or directory"},
           {ARRIVALS, NOW, "\"process\": \"counts\", \"file\": \"folder\"",
            "workloads.w.arrivals.file: folder is not a regular file"},
           {ARRIVALS, NOW, "\"process\": \"counts\", \"file\": \"-\"",
            "workloads.w.arrivals.file: \"-\" is no file: standard input cannot be read twice"},
           {ARRIVALS, NOW, "\"process\": \"counts\", \"file\": \"counts.csv\"", NULL},
           {ARRIVALS, NOW,
            "\"process\": \"counts\", \"file\": \"counts.csv\", "
            "\"columns\": {\"value\": \"valeu\"}",
            "workloads.w.arrivals.columns.value: counts.csv has no column `valeu`; did you mean "
            "`value`?"},
           {ARRIVALS, NOW,
            "\"process\": \"counts\", \"file\": \"counts.csv\", \"columns\": {\"time\": \"t\"}",
            "workloads.w.arrivals.columns.time: counts.csv has no column `t`; there is "
            "`timestamp`, `value`"},
           {ARRIVALS, NOW,
            "\"process\": \"counts\", \"file\": \"counts.csv\", \"columns\": {\"key\": \"value\"}",
            "workloads.w.arrivals.columns: only process \"trace\" uses key"},
           {ARRIVALS, NOW, "\"process\": \"counts\", \"file\": \"empty.csv\"",
            "error: empty.csv: the file is empty: a first row with the columns' names is missing"},
           {ARRIVALS, NOW, "\"process\": \"profile\", \"file\": \"header.csv\"",
            "error: header.csv: has no rows"},
           {ARRIVALS, NOW, "\"process\": \"profile\", \"file\": \"backwards.csv\"",
            "error: backwards.csv:4: times must rise from row to row, from 0 to ten years"},
           {ARRIVALS, NOW, "\"process\": \"profile\", \"file\": \"negative.csv\"",
            "error: negative.csv:3: \"-2\" is not a rate from 0 to 1e9 per s"});
}
END_TEST

#define IN_F(text) ", \"cold_duration_ms\": " text
#define AT_F "functions.f.cold_duration_ms"

START_TEST(distributions)
{
    EXPECT({FUNCTION, NOW, IN_F("{}"), AT_F ": distribution is missing"},
           {FUNCTION, NOW, IN_F("{\"distribution\": \"uniform\", \"min\": 3}"),
            AT_F ": distribution \"uniform\" needs max"},
           {FUNCTION, NOW, IN_F("{\"distribution\": \"uniform\", \"min\": 3, \"max\": 2}"),
            AT_F ": max must be at least min"},
           {FUNCTION, NOW, IN_F("{\"distribution\": \"exponential\", \"mean\": 0}"),
            AT_F ": mean must be above 0"},
           {FUNCTION, NOW, IN_F("{\"distribution\": \"exponential\", \"mean\": 1, \"sd\": 2}"),
            AT_F ".sd: distribution \"exponential\" does not use it"},
           {FUNCTION, NOW, IN_F("{\"distribution\": \"lognormal\", \"mean\": 3}"),
            AT_F ": needs either mean and sd or median and sigma"},
           {FUNCTION, NOW, IN_F("{\"distribution\": \"lognormal\", \"median\": 0, \"sigma\": 1}"),
            AT_F ".median: must be above 0"},
           {FUNCTION, NOW, IN_F("{\"distribution\": \"gamma\", \"mean\": 3, \"scale\": 1}"),
            AT_F ": needs either mean and sd or shape and scale"},
           {FUNCTION, NOW, IN_F("{\"distribution\": \"weibull\", \"shape\": 0, \"scale\": 1}"),
            AT_F ".shape: 0 is below 0.01"},
           {FUNCTION, NOW, IN_F("{\"distribution\": \"empirical\"}"),
            AT_F ": needs either quantiles or file and column"},
           {FUNCTION, NOW, IN_F("{\"distribution\": \"empirical\", \"quantiles\": [[0, 1]]}"),
            AT_F ".quantiles: needs at least 2 entries"},
           {FUNCTION, NOW,
            IN_F("{\"distribution\": \"empirical\", \"quantiles\": [[0, 1], [0.9, 3]]}"),
            AT_F ".quantiles: must begin at probability 0 and end at 1"},
           {FUNCTION, NOW,
            IN_F("{\"distribution\": \"empirical\", \"quantiles\": [[0, 5], [1, 3]]}"),
            AT_F ".quantiles: point 1 is below the one before it"},
           {FUNCTION, NOW, IN_F("{\"distribution\": \"empirical\", \"file\": \"samples.csv\"}"),
            AT_F ": needs either quantiles or file and column"},
           {FUNCTION, NOW,
            IN_F("{\"distribution\": \"empirical\", \"file\": \"samples.csv\", "
                 "\"column\": \"x\"}"),
            AT_F ".column: samples.csv has no column `x`; there is `v`, `w`"},
           {FUNCTION, NOW,
            IN_F("{\"distribution\": \"empirical\", \"file\": \"samples.csv\", "
                 "\"column\": \"w\"}"),
            "error: samples.csv:2: w: \"a\" is not a number from 0 to 1e15"},
           {FUNCTION, NOW, IN_F("{\"distribution\": \"mixture\", \"components\": []}"),
            AT_F ".components: needs at least 1 entry"},
           {FUNCTION, NOW,
            IN_F("{\"distribution\": \"mixture\", \"components\": "
                 "[{\"weight\": 0, \"value\": 1}]}"),
            AT_F ".components: all weights are 0: nothing can be drawn"},
           {FUNCTION, NOW,
            IN_F("{\"distribution\": \"mixture\", \"components\": [{\"weight\": -1, "
                 "\"value\": {\"distribution\": \"normal\", \"mean\": -1, \"sd\": 1}}]}"),
            AT_F ".components[0].weight: -1 is below 0\n"
                 "error: s.json:7: " AT_F ".components[0].value.mean: -1 is below 0"});
}
END_TEST

START_TEST(references)
{
    EXPECT({MAPPING, NOW, "}, \"n\": {\"event_source\": \"stream:t\", \"function_name\": \"ff\"",
            "event_source_mappings.n.event_source: there is no stream `t`; there is `s`\n"
            "error: s.json:8: event_source_mappings.n.function_name: there is no function `ff`; "
            "did you mean `f`?"},
           {MAPPING, NOW, "}, \"n\": {\"event_source\": \"s\", \"function_name\": \"f\"",
            "event_source_mappings.n.event_source: \"s\" must be \"stream:NAME\", "
            "\"queue:NAME\" or \"table:NAME\""},
           {MAPPING, NOW, "}, \"n\": {\"event_source\": \"stream:s\", \"function_name\": \"f\"",
            "event_source_mappings.n: another mapping connects the same source and function"},
           {STREAM, NOW, "}, \"a b\": {\"shard_count\": 1",
            "streams: the name \"a b\" must be 1 to 64 letters, digits, '-', '_' or '.'"},
           {STREAM, NOW, "}, \"t\": {\"shard_count\": 1",
            "warning: s.json:6: streams.t: nobody reads this stream; add an event source mapping\n"
            "warning: s.json:6: streams.t: nobody writes to this stream; add a workload"},
           {FUNCTION, NOW, "}, \"g\": {\"duration_ms\": 1",
            "warning: s.json:7: functions.g: nothing calls this function; add a workload or an "
            "event source mapping"},
           {WORKLOAD, NOW, ", \"invocation_type\": \"Event\"",
            "warning: s.json:4: workloads.w.invocation_type: has no effect on a workload to a "
            "stream"},
           {OBJECTIVES, NOW, "{\"metric\": \"x\", \"entity\": \"esm:n\", \"at_most\": 1}",
            "objectives[0].entity: there is no event source mapping `n`; there is `m`"},
           {OBJECTIVES, NOW, "{\"metric\": \"x\", \"entity\": \"mapping:m\", \"at_most\": 1}",
            "objectives[0].entity: \"mapping:m\" is not \"account\" nor workload:, esm:, "
            "baseline:, shard:, partition:, stream:, function:, queue:, table:, downstream:, "
            "topic:, event_bus: or state_machine: with a name"},
           {OBJECTIVES, NOW, "{\"metric\": \"x\", \"entity\": \"account\"}",
            "objectives[0]: needs exactly one of at_most and at_least"},
           {OBJECTIVES, NOW,
            "{\"metric\": \"x\", \"entity\": \"account\", \"at_most\": 1, \"at_least\": 0}",
            "objectives[0]: needs exactly one of at_most and at_least"});
}
END_TEST

#define SCHEDULE(actions) ", \"provisioned_concurrency_schedule\": [" actions "]"

START_TEST(schedules)
{
    EXPECT(
        {FUNCTION, NOW,
         SCHEDULE("{\"at\": \"08:00\", \"value\": 9}, {\"at\": \"23:59\", \"value\": 0}"), NULL},
        {FUNCTION, "2019-12-02", SCHEDULE("{\"at\": \"08:00\", \"value\": 9}"),
         "functions.f.provisioned_concurrency_schedule: provisioned_concurrency_schedule exists "
         "since 2019-12-03; as_of is 2019-12-02"},
        {FUNCTION, NOW, SCHEDULE("{\"at\": \"24:00\", \"value\": 9}"),
         "functions.f.provisioned_concurrency_schedule[0].at: \"24:00\" is not a time of day "
         "such as \"08:30\""},
        {FUNCTION, NOW, SCHEDULE("{\"at\": \"8:00\", \"value\": 9}"),
         "functions.f.provisioned_concurrency_schedule[0].at: \"8:00\" is not a time of day "
         "such as \"08:30\""},
        {FUNCTION, NOW, SCHEDULE("{\"at\": \"08:60\", \"value\": 9}"),
         "functions.f.provisioned_concurrency_schedule[0].at: \"08:60\" is not a time of day "
         "such as \"08:30\""},
        {FUNCTION, NOW, SCHEDULE("{\"at\": \"08:00\", \"at_s\": 1, \"value\": 9}"),
         "functions.f.provisioned_concurrency_schedule[0]: needs exactly one of at_s and at"},
        {FUNCTION, NOW, SCHEDULE("{\"at\": \"08:00\"}"),
         "functions.f.provisioned_concurrency_schedule[0]: value is missing"},
        {FUNCTION, NOW, SCHEDULE("{\"at\": \"08:00\", \"value\": 1.5}"),
         "functions.f.provisioned_concurrency_schedule[0].value: must be a whole number; 1.5 is "
         "not"},
        {FUNCTION, NOW,
         ", \"provisioned_concurrent_executions\": 3" SCHEDULE("{\"at\": \"08:00\", \"value\": 9}"),
         "warning: s.json:7: functions.f.provisioned_concurrent_executions: is never in force: "
         "the daily actions of provisioned_concurrency_schedule hold from the beginning"});
}
END_TEST

START_TEST(sums)
{
    EXPECT({FUNCTION, NOW, ", \"reserved_concurrent_executions\": 900", NULL},
           {FUNCTION, NOW, ", \"reserved_concurrent_executions\": 901",
            "functions: reserved_concurrent_executions add up to 901; "
            "account.concurrent_executions 1000 must keep 100 unreserved"},
           {FUNCTION, NOW,
            ", \"reserved_concurrent_executions\": 5, \"provisioned_concurrent_executions\": 6",
            "functions.f.provisioned_concurrent_executions: 6 is above "
            "reserved_concurrent_executions 5"},
           {FUNCTION, NOW, ", \"provisioned_concurrent_executions\": 901",
            "functions: provisioned_concurrent_executions without a reservation add up to 901; "
            "account.concurrent_executions 1000 leaves 900 for them"},
           {FUNCTION, NOW, SCHEDULE("{\"at\": \"08:00\", \"value\": 901}"),
            "functions: provisioned_concurrent_executions without a reservation add up to 901 (the "
            "highest of schedules); account.concurrent_executions 1000 leaves 900 for them"},
           {FUNCTION, NOW,
            ", \"reserved_concurrent_executions\": 5" SCHEDULE("{\"at_s\": 1, \"value\": 6}"),
            "functions.f.provisioned_concurrency_schedule: 6 is above "
            "reserved_concurrent_executions 5"},
           {STREAM, NOW, ", \"update_shard_count\": [{\"at_s\": 5, \"target_shard_count\": 9}]",
            "streams.s.update_shard_count[0]: target_shard_count 9 is not from half to twice the "
            "4 shards of then"},
           {STREAM, NOW,
            ", \"update_shard_count\": [{\"at_s\": 5, \"target_shard_count\": 8}, "
            "{\"at_s\": 5, \"target_shard_count\": 3}]",
            "streams.s.update_shard_count[1]: at_s must rise from change to change\n"
            "error: s.json:6: streams.s.update_shard_count[1]: target_shard_count 3 is not from "
            "half to twice the 8 shards of then"},
           {BASELINE, NOW, "}, \"c\": {\"instance_type\": \"m5.large\", \"min_size\": 0",
            "baselines.c.min_size: 0 instances serve nothing"},
           {BASELINE, NOW, ", \"min_size\": 3", "baselines.b: max_size 2 is below min_size 3"},
           {BASELINE, NOW, ", \"sizing\": \"target_tracking\"",
            "baselines.b: sizing \"target_tracking\" needs max_size"},
           {BASELINE, NOW, ", \"max_size\": 1, \"min_size\": 1",
            "baselines.b.desired_capacity: 2 is not from min_size 1 to max_size 1"},
           {BASELINE, NOW,
            ", \"max_size\": 2}, \"c\": {\"instance_type\": \"m5.large\", "
            "\"sizing\": \"target_tracking\", \"max_size\": 2, \"min_size\": 0",
            "baselines.c.min_size: a group that begins with 0 instances has no CPU utilization to "
            "track, so it never grows; give it a desired_capacity of 1"},
           {BASELINE, NOW,
            ", \"max_size\": 2}, \"c\": {\"instance_type\": \"m5.large\", "
            "\"sizing\": \"target_tracking\", \"max_size\": 2, \"min_size\": 0, "
            "\"desired_capacity\": 0",
            "baselines.c.desired_capacity: a group that begins with 0 instances has no CPU "
            "utilization to track, so it never grows; give it a desired_capacity of 1"},
           {BASELINE, NOW, "}, \"c\": {\"instance_type\": \"large\", \"desired_capacity\": 0",
            "baselines.c.instance_type: \"large\" is not an instance type such as \"m5.large\"\n"
            "error: s.json:9: baselines.c.desired_capacity: 0 instances serve nothing"},
           {FUNCTION, NOW, ", \"duration_points\": [[512, 10], [512, 20]]",
            "functions.f.duration_points: 512 MB is there twice"},
           {FUNCTION, NOW, ", \"keep_alive_s\": 5, \"keep_alive_profile\": \"x\"",
            "functions.f: keep_alive_s and keep_alive_profile exclude each other"});
}
END_TEST

#define NOTHING "warning: s.json:5: workloads.w.arrivals: nothing ever arrives: the rate is 0"

START_TEST(nothing_arrives)
{
    EXPECT({ARRIVALS, NOW, "\"process\": \"poisson\", \"rate_per_s\": 0", NOTHING},
           {ARRIVALS, NOW, "\"process\": \"constant\", \"rate_per_s\": 0", NOTHING},
           {ARRIVALS, NOW, "\"process\": \"constant\", \"rate_per_s\": 0.001", NULL},
           {ARRIVALS, NOW, "\"process\": \"profile\", \"points\": [[0, 0], [60, 0]]", NOTHING},
           {ARRIVALS, NOW, "\"process\": \"profile\", \"points\": [[0, 0], [60, 1]]", NULL},
           {ARRIVALS, NOW,
            "\"process\": \"bursts\", \"base_rate_per_s\": 0, \"burst_rate_per_s\": 0, "
            "\"mean_base_s\": 1, \"mean_burst_s\": 1",
            NOTHING},
           {ARRIVALS, NOW,
            "\"process\": \"bursts\", \"base_rate_per_s\": 0, \"burst_rate_per_s\": 1, "
            "\"mean_base_s\": 1, \"mean_burst_s\": 1",
            NULL},
           {WORKLOAD, NOW, ", \"poison_records\": [{\"at_s\": 1}]", NULL});
}
END_TEST

START_TEST(all_errors_in_one_go)
{
    in_new_folder();
    expect("{\n"
           "  \"as_of\": \"2016-04-01\",\n"
           "  \"run\": {\"duration_s\": \"1h\"},\n"
           "  \"workloads\": {\n"
           "    \"w\": {\"to\": \"stream:orders\", \"arrivals\": {\"process\": \"poisson\"}}\n"
           "  },\n"
           "  \"streams\": {\"order\": {\"shard_count\": 0}},\n"
           "  \"functions\": {\n"
           "    \"ingest\": {\n"
           "      \"memory_size\": 20000,\n"
           "      \"timout\": 5\n"
           "    }\n"
           "  },\n"
           "  \"event_source_mappings\": {\n"
           "    \"m\": {\n"
           "      \"event_source\": \"stream:order\", \"function_name\": \"ingest\",\n"
           "      \"parallelization_factor\": 10\n"
           "    }\n"
           "  }\n"
           "}\n",
           "error: s.json:3: run.duration_s: must be a number, not a string\n"
           "error: s.json:5: workloads.w.arrivals: process \"poisson\" needs rate_per_s\n"
           "error: s.json:7: streams.order.shard_count: 0 is below 1 shards\n"
           "error: s.json:11: functions.ingest: unknown key `timout`; did you mean `timeout`?\n"
           "error: s.json:10: functions.ingest.memory_size: 20000 is above 1536 MB (Lambda limit "
           "since 2015-06-01)\n"
           "error: s.json:9: functions.ingest: duration_ms is missing\n"
           "error: s.json:17: event_source_mappings.m.parallelization_factor: "
           "parallelization_factor exists since 2019-11-25; as_of is 2016-04-01\n"
           "error: s.json:5: workloads.w.to: there is no stream `orders`; did you mean `order`?");
    leave_folder();
}
END_TEST

START_TEST(tops)
{
    in_new_folder();
    expect("[]", "error: s.json:1: must be an object, not a list");
    expect("{}", "error: s.json:1: as_of is missing\n"
                 "error: s.json:1: run is missing\n"
                 "error: s.json:1: workloads is missing");
    expect("{\"as_of\": \"2020-01-01\", \"run\": {\"duration_s\": 1}, \"workloads\": {}}",
           "error: s.json:1: workloads: needs at least 1 entry");
    expect("{\"as_of\": \"2020-01-01\",\n}",
           "error: s.json:2: column 1: a comma before the closing `}`");
    leave_folder();
}
END_TEST

START_TEST(hostile_texts)
{
    in_new_folder();
    char *const huge = mem_alloc(1000001, 1);
    memset(huge, 'n', 1000000);
    char *text = compose(NOW, TOP, "");
    free(text);
    char *hole = text_format(", \"name\": \"%s\"", huge);
    text = compose(NOW, TOP, hole);
    expect(text, "error: s.json:1: name: is 1000000 bytes long; at most 2000 are allowed");
    free(text);
    free(hole);
    hole = text_format(", \"%s\": 1", huge);
    text = compose(NOW, RUN, hole);
    char *said = complaints(text);
    ck_assert_msg(strncmp(said, "error: s.json:2: run: unknown key `nnnn", 39) == 0, "%s", said);
    ck_assert_uint_lt(strlen(said), 400);
    free(said);
    free(text);
    free(hole);
    hole = text_format("}, \"%s\": {\"shard_count\": 1", huge);
    text = compose(NOW, STREAM, hole);
    said = complaints(text);
    ck_assert_uint_lt(strlen(said), 400);
    free(said);
    free(text);
    free(hole);
    free(huge);

    /* Far more mistakes than are kept, each with many candidates to compare. */
    size_t size = 0;
    FILE *const out = open_memstream(&hole, &size);
    for (int i = 0; i < 9999; i++)
        fprintf(out, "}, \"stream%d\": {\"shard_cuont\": %d", i, i);
    fclose(out);
    text = compose(NOW, STREAM, hole);
    struct diagnostics d;
    write_file("s.json", text);
    diagnostics_init(&d);
    struct limits *const limits = limits_load(DATA_DIR, &d);
    const struct scenario_data data = {.limits = limits};
    ck_assert_ptr_null(scenario_load("s.json", &data, NULL, &d));
    ck_assert_uint_eq(d.count, DIAGNOSTICS_MAX);
    ck_assert_uint_eq(d.errors, 2 * 9999 - DIAGNOSTICS_MAX);
    limits_destroy(limits);
    diagnostics_finish(&d);
    free(text);
    free(hole);
    leave_folder();
}
END_TEST

START_TEST(mixtures_end_somewhere)
{
    in_new_folder();
    char *value = mem_strdup("1");
    for (int i = 0; i < 30; i++) {
        char *const outer = text_format("{\"distribution\": \"mixture\", \"components\": "
                                        "[{\"weight\": 1, \"value\": %s}]}",
                                        value);
        free(value);
        value = outer;
    }
    char *const hole = text_format(", \"cold_duration_ms\": %s", value);
    char *const text = compose(NOW, FUNCTION, hole);
    char *const said = complaints(text);
    ck_assert_ptr_nonnull(strstr(said, "mixtures are nested more than 4 deep"));
    free(said);
    free(text);
    free(hole);
    free(value);
    leave_folder();
}
END_TEST

START_TEST(missing_files)
{
    struct diagnostics d;
    diagnostics_init(&d);
    struct limits *const limits = limits_load(DATA_DIR, &d);
    const struct scenario_data data = {.limits = limits};
    ck_assert_ptr_null(scenario_load("/nowhere/s.json", &data, NULL, &d));
    ck_assert_uint_eq(d.errors, 1);
    ck_assert_ptr_nonnull(strstr(d.item[0].text, "/nowhere/s.json"));
    ck_assert_ptr_null(scenario_load("/", &data, NULL, &d));
    ck_assert_uint_eq(d.errors, 2);
    limits_destroy(limits);
    diagnostics_finish(&d);
}
END_TEST

TEST_MAIN("scenario_errors", the_frame_is_good, keys, keys_of_aws, names_of_aws_lead_to_keys,
          one_cause_is_said_once, types, ranges, eras, arrivals, distributions, references,
          schedules, sums, nothing_arrives, all_errors_in_one_go, tops, hostile_texts,
          mixtures_end_somewhere, missing_files)
