/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness.h"

#include "records.h"

#include <cjson/cJSON.h>

#define MESSAGE(id)                                                                                \
    "REPORT RequestId: " id                                                                        \
    "\\tDuration: 1.50 ms\\tBilled Duration: 2 ms\\tMemory Size: 128 MB\\tMax "                    \
    "Memory Used: 48 MB\\t\\n"
#define EVENT(id) "{\"timestamp\": 1591284559098, \"message\": \"" MESSAGE(id) "\"}"
#define RECORD(function, id) " 1591284559098 " function " " id " 1.5 2 - - 128 48 0 ?\n"

static void assert_sample(const char *name, const char *expected)
{
    struct records r = {0};
    const struct read_options options = {0};
    char path[500];
    snprintf(path, sizeof path, TESTS_DIR "/data/logs/%s", name);
    records_read(&r, path, &options, NULL);
    ck_assert_int_eq(r.result, 0);
    ck_assert_uint_eq(r.d.count, 0);
    ck_assert_str_eq(r.text, expected);
    records_finish(&r);
}

START_TEST(test_samples)
{
    assert_sample("cloudwatch_log_coldstart.json",
                  " 1591284559098s storms-cloudwatch-event db275f87-a934-471a-8980-b63bf4dc1beb "
                  "1.76 100 120.96 - 128 48 1 ?\n");
    assert_sample("cloudwatch_log_lambda_invocation.json",
                  " 1583425836750 hello-dog-node-dev-hello12x f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb "
                  "619.31 700 - - 128 118 0 ?\n");
    /* 3003.16 ms, but 3000 ms are billed: as printed. The time-out stands behind the report. */
    assert_sample("cloudwatch_log_timeout.json",
                  " 1591714943146s storms-cloudwatch-event 7c9567b5-107b-4a6c-8798-0157ac21db52 "
                  "3003.16 3000 127.02 - 128 48 1 timeout\n");
}
END_TEST

START_TEST(test_a_sample_without_reports)
{
    struct records r = {0};
    const struct read_options options = {0};
    records_read(&r, TESTS_DIR "/data/logs/get_log_events.json", &options, NULL);
    ck_assert_int_eq(r.result, -1);
    assert_one_error(&r.d, "there is no REPORT line in it, only 3 other lines");
    records_finish(&r);
}
END_TEST

START_TEST(test_shapes)
{
    assert_records("{\"events\": [" EVENT("a") ", " EVENT("b") "], \"searchedLogStreams\": []}",
                   NULL, RECORD("-", "a") RECORD("-", "b"));
    assert_records("[\n" EVENT("a") ",\n" EVENT("b") "\n]\n", NULL,
                   RECORD("-", "a") RECORD("-", "b"));
    assert_records(EVENT("a") "\n" EVENT("b"), NULL, RECORD("-", "a") RECORD("-", "b"));
    /* filter-log-events: the stream of a group that functions share, and of a function's own. */
    static const char *const stream[] = {"2020/06/04/one[$LATEST]af2b", "2020/06/04/[7]af2b"};
    for (size_t i = 0; i < 2; i++) {
        char text[400];
        snprintf(text, sizeof text, "{\"events\": [{\"logStreamName\": \"%s\", %s]}", stream[i],
                 EVENT("a") + 1);
        assert_records(text, NULL, i == 0 ? RECORD("one", "a") : RECORD("-", "a"));
    }
    /* What Firehose delivers: messages without anything between them, each with its own group. */
    assert_records(
        "{\"logGroup\":\"/aws/lambda/one\",\"logEvents\":[" EVENT(
            "a") "]}"
                 "{\"logGroup\":\"own/group\",\"x\":{\"events\":[1]},\"logEvents\":[" EVENT(
                     "b") "],\"tail\":[{\"a\":\"}\"}]}"
                          "{\"logEvents\":[" EVENT("c") "]}",
        NULL, RECORD("one", "a") RECORD("own/group", "b") RECORD("-", "c"));
    /* Telemetry, in an array and as the message itself. */
    assert_records(
        "[{\"time\":\"2020-06-04T15:29:19.098Z\",\"type\":\"platform.report\",\"record\":{"
        "\"requestId\":\"a\",\"metrics\":{\"durationMs\":1.5,\"billedDurationMs\":2,"
        "\"memorySizeMB\":128,\"maxMemoryUsedMB\":48}}}]",
        NULL, RECORD("-", "a"));
    assert_records(
        "{\"logGroup\":\"/aws/lambda/fn\",\"logEvents\":[{\"timestamp\":1591284559000,"
        "\"message\":\"{\\\"time\\\":\\\"2020-06-04T15:29:19.098Z\\\",\\\"type\\\":"
        "\\\"platform.report\\\",\\\"record\\\":{\\\"requestId\\\":\\\"a\\\",\\\"metrics\\\":{"
        "\\\"durationMs\\\":1.5,\\\"billedDurationMs\\\":2,\\\"memorySizeMB\\\":128,"
        "\\\"maxMemoryUsedMB\\\":48}}}\"}]}",
        NULL, RECORD("fn", "a"));
    assert_records(
        "{\"logEvents\":[{\"timestamp\":1591284559000,\"message\":{\"time\":"
        "\"2020-06-04T15:29:19.098Z\",\"type\":\"platform.report\",\"record\":{\"requestId\":"
        "\"a\",\"metrics\":{\"durationMs\":1.5,\"billedDurationMs\":2,\"memorySizeMB\":128,"
        "\"maxMemoryUsedMB\":48}}}}]}",
        NULL, RECORD("-", "a"));
}
END_TEST

/* Keys in another order than AWS's (jq -S sorts them): the group stands behind the events. */
START_TEST(test_group_behind_its_events)
{
    assert_records(
        "{\"logEvents\":[" EVENT("a") ", " EVENT(
            "b") "]\n , \"logGroup\": \"/aws/lambda/one\","
                 "\"messageType\":\"DATA_MESSAGE\",\"tail\":[{\"logGroup\":\"not this\"}]}\n"
                 "{\"a\": [1], \"logEvents\":[],\"logGroup\":\"none\"}"
                 "{\"logEvents\":[" EVENT("c") "]}"
                                               "{\"logEvents\":[" EVENT(
                                                   "d") "],\"logGroup\":\"own\"}",
        NULL, RECORD("one", "a") RECORD("one", "b") RECORD("-", "c") RECORD("own", "d"));
    /* What a filter finds is not held back; a group that cannot be read is none. */
    assert_records("{\"events\":[" EVENT("a") "],\"logGroup\":\"x\"}", NULL, RECORD("-", "a"));
    assert_records("{\"logEvents\":[" EVENT("a") "],\"logGroup\":oops}", NULL, RECORD("-", "a"));
    assert_reject("{\"logEvents\":[" EVENT("a") ",\n{\"message\": \"REPORT RequestId: x\", }],"
                                                "\"logGroup\":\"g\"}",
                  NULL, ":2: this row was left out: this is no valid JSON", 1);
    assert_reject("{\"logEvents\":[" EVENT("a") "], \"logGroup\":\"g", NULL,
                  ":1: this row was left out: the file ends before its array of events does", 1);
}
END_TEST

/* More than an envelope can have is not held back, and nothing is lost. */
START_TEST(test_events_held_back_are_bounded)
{
    static const size_t events = 40000;
    char *text = NULL;
    size_t size;
    struct records r = {0};
    FILE *const out = open_memstream(&text, &size);
    fputs("{\"logEvents\":[", out);
    for (size_t i = 0; i < events; i++)
        fprintf(out, "%s" EVENT("r%zu"), i > 0 ? "," : "", i);
    fputs("],\"logGroup\":\"late\"}", out);
    fclose(out);
    ck_assert_uint_gt(size, 4000000);
    records_read_bytes(&r, text, size, NULL);
    ck_assert_uint_eq(r.count, events);
    ck_assert_ptr_nonnull(strstr(r.text, " - r0 "));
    ck_assert_ptr_nonnull(strstr(r.text, " - r39999 "));
    records_finish(&r);
    free(text);
}
END_TEST

/* In milliseconds as AWS has it, in seconds as tools make it, and what is no time. */
START_TEST(test_times)
{
    static const struct {
        const char *time, *expected;
    } cases[] = {
        {"1591284559098", "1591284559098"},
        {"1591284559", "1591284559000"},
        {"1591284559.098", "1591284559098"},
        {"99999999999", "-"},
        {"1e300", "-"},
        {"-1", "-"},
        {"\"now\"", "-"},
        {"null", "-"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[300], expected[100];
        snprintf(text, sizeof text, "[{\"timestamp\":%s,\"message\":\"" MESSAGE("a") "\"}]",
                 cases[i].time);
        snprintf(expected, sizeof expected, " %s - a 1.5 2 - - 128 48 0 ?\n", cases[i].expected);
        assert_records(text, NULL, expected);
    }
}
END_TEST

START_TEST(test_rejects)
{
    assert_reject(
        "[" EVENT("a") ",\n{\"message\": \"REPORT RequestId: x\\tDuration\"},\n" EVENT("b") "]",
        NULL, ":2: this row was left out: Duration is missing", 2);
    assert_reject("[" EVENT("a") ",\n{\"message\": \"REPORT RequestId: x\", }, " EVENT("b") "]",
                  "cloudwatch-events", ":2: this row was left out: this is no valid JSON", 2);
    /* A line that is cut inside a string does not take the next one with it. */
    assert_reject(EVENT("a") "\n{\"message\": \"REPORT Req\n" EVENT("b"), NULL,
                  ":2: this row was left out: a string does not end on its line", 2);
    assert_reject(EVENT("a") "\noops, and oops again\n" EVENT("b"), NULL,
                  ":2: this row was left out: there is text outside of any JSON object", 2);
    assert_reject("{\"events\":[" EVENT("a") ",\n" EVENT("b") ",\n{\"message\": 7", NULL,
                  ":3: this row was left out: the file ends inside this object", 2);
    assert_reject("{\"events\":[" EVENT("a") ",\n" EVENT("b") ",", NULL,
                  ":2: this row was left out: the file ends before its array of events does", 2);
    assert_reject("{\"events\":[" EVENT("a") ",\n" EVENT("b") "], \"x\":", NULL,
                  ":2: this row was left out: the file ends before its array of events does", 2);
}
END_TEST

/* cJSON's memory, counted: what is alive at once must not grow with the file. */
static size_t alive, most_alive;

static void *count_malloc(size_t size)
{
    size_t *const block = malloc(sizeof(size_t) + size);
    ck_assert_ptr_nonnull(block);
    *block = size;
    alive += size;
    most_alive = alive > most_alive ? alive : most_alive;
    return block + 1;
}

static void count_free(void *pointer)
{
    if (pointer == NULL)
        return;
    size_t *const block = (size_t *)pointer - 1;
    alive -= *block;
    free(block);
}

START_TEST(test_memory)
{
    struct temporary file;
    struct records r = {0};
    struct read_options options = {0};
    cJSON_Hooks hooks = {count_malloc, count_free};
    temporary_write(&file, "", 0);
    FILE *const out = fopen(file.path, "w");
    fprintf(out, "{\"logGroup\":\"/aws/lambda/fn\",\"logEvents\":[");
    for (int i = 0; i < 40000; i++)
        fprintf(out, "%s\n%s", i > 0 ? "," : "", EVENT("a"));
    fprintf(out, "]}");
    fclose(out);
    cJSON_InitHooks(&hooks);
    records_read(&r, file.path, &options, NULL);
    cJSON_InitHooks(NULL);
    ck_assert_uint_eq(r.count, 40000);
    ck_assert_uint_eq(r.d.count, 0);
    ck_assert_uint_eq(alive, 0);
    ck_assert_uint_gt(most_alive, 0);
    ck_assert_uint_lt(most_alive, 10000);
    records_finish(&r);
    temporary_remove(&file);
}
END_TEST

/* An object without an end of 20 MB is left out; what stands behind it is read. */
START_TEST(test_a_large_object)
{
    const size_t size = 20 * 1000 * 1000;
    char *const text = malloc(size + 1000);
    struct records r = {0};
    sprintf(text, "[" EVENT("a") ",\n{\"message\": \"");
    const size_t begin = strlen(text);
    memset(text + begin, 'x', size);
    strcpy(text + begin + size, "\"}, " EVENT("b") "]");
    records_read_bytes(&r, text, strlen(text), NULL);
    ck_assert_uint_eq(r.count, 2);
    ck_assert_uint_eq(r.d.warnings, 1);
    ck_assert_ptr_nonnull(
        strstr(r.d.item[0].text, ":2: this row was left out: an object has more"));
    records_finish(&r);
    free(text);
}
END_TEST

START_TEST(test_splunk)
{
    assert_records(
        "\"_time\",source,\"_raw\"\n"
        "2015-06-04T15:29:19.098+0000,us-east-1:/aws/lambda/sync,\"REPORT RequestId: "
        "55bc566d-1e2c-11e7-93e6-6705ceb4c1cc Duration: 6643.74 ms Billed Duration: 6700 ms "
        "Memory Size: 1024 MB Max Memory Used: 14 MB\"\n"
        "1433431759.098,x,\"START RequestId: b Version: 1\nhello, \"\"world\"\"\nEND "
        "RequestId: b\nREPORT RequestId: b\tDuration: 1.5 ms\tBilled Duration: 100 ms\t"
        "Memory Size: 128 MB\tMax Memory Used: 7 MB\t\n\"\n",
        NULL,
        " 1433431759098 sync 55bc566d-1e2c-11e7-93e6-6705ceb4c1cc 6643.74 6700 - - 1024 "
        "14 -1 ?\n"
        " 1433431759098s - b 1.5 100 - - 128 7 -1 ?\n");
    /* Without _time, the line's own. */
    assert_records("_raw\n2020-06-04T15:29:19.098Z REPORT RequestId: b\tDuration: 1.5 ms\tBilled "
                   "Duration: 2 ms\tMemory Size: 128 MB\n",
                   NULL, " 1591284559098 - b 1.5 2 - - 128 -1 0 ?\n");
#define ROW                                                                                        \
    "2015-06-04T15:29:19Z,REPORT RequestId: b Duration: 1.5 ms Billed Duration: 2 ms Memory "      \
    "Size: 1 MB\n"
    assert_reject("_time,_raw\n" ROW "yesterday,REPORT\n" ROW, NULL,
                  ":3: this row was left out: _time is not a time", 2);
    assert_reject("_time,_raw\n" ROW "yesterday\n" ROW, NULL,
                  ":3: this row was left out: the row has more or fewer columns than the header",
                  2);
    assert_reject("_time,_raw\n" ROW "2015-06-04T15:29:19Z,REPORT RequestId: b Duration: x ms\n",
                  NULL, ":3: this row was left out: Duration is not a number", 1);
    struct records r = {0};
    const char broken[] = "_time,_raw\n" ROW "2015-06-04T15:29:19Z,\"REPORT\n";
    records_read_bytes(&r, broken, sizeof broken - 1, NULL);
    ck_assert_int_eq(r.result, -1);
    ck_assert_ptr_nonnull(strstr(r.d.item[0].text, ":3: the file ends inside a quoted field"));
    records_finish(&r);
}
END_TEST

TEST_MAIN("log_events", test_samples, test_a_sample_without_reports, test_shapes,
          test_group_behind_its_events, test_events_held_back_are_bounded, test_times, test_rejects,
          test_memory, test_a_large_object, test_splunk)
