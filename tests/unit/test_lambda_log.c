/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness.h"

#include "records.h"
#include "support/input.h"
#include "support/text.h"
#include "traces/lambda_report.h"

#include <sys/resource.h>
#include <sys/wait.h>

#define FIELDS                                                                                     \
    "\tDuration: 1.50 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 48 MB\t"
#define GOOD "REPORT RequestId: good" FIELDS "\n"
#define GOOD_RECORD " - - good 1.5 2 - - 128 48 0 ?\n"

START_TEST(test_sample_lines)
{
    struct records r = {0};
    const struct read_options options = {0};
    records_read(&r, TESTS_DIR "/data/logs/report_lines.txt", &options, NULL);
    ck_assert_int_eq(r.result, 0);
    ck_assert_uint_eq(r.d.count, 0);
    ck_assert_uint_eq(r.count, 18);
    /* Summed from the file by other means. */
    ck_assert_int_eq(r.duration_ns, INT64_C(8217610000));
    ck_assert_int_eq(r.billed_ns, INT64_C(8489000000));
    ck_assert_int_eq(r.init_ns, INT64_C(494660000));
    ck_assert_uint_eq(r.cold, 5); /* four Init Durations and one Restore Duration */
    ck_assert_ptr_nonnull(strstr(r.text, " - - 55bc566d-1e2c-11e7-93e6-6705ceb4c1cc 469.4 500 - "
                                         "474.16 1024 21 1 ?\n"));
    /* XRAY on the same line; billed in steps of 100 ms, so warm or of a time without Init. */
    ck_assert_ptr_nonnull(strstr(r.text, " - - f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb 619.31 700 - - "
                                         "128 118 -1 ?\n"));
    records_finish(&r);
}
END_TEST

START_TEST(test_the_line_of_2015)
{
    assert_records("REPORT RequestId: 55bc566d-1e2c-11e7-93e6-6705ceb4c1cc Duration: 6643.74 ms "
                   "Billed Duration: 6700 ms Memory Size: 1024 MB Max Memory Used: 14 MB",
                   NULL,
                   " - - 55bc566d-1e2c-11e7-93e6-6705ceb4c1cc 6643.74 6700 - - 1024 14 -1 ?\n");
}
END_TEST

START_TEST(test_separators_and_order)
{
    static const char expected[] = " - - good 1.5 2 - - 128 48 0 ?\n";
    assert_records(GOOD, NULL, GOOD_RECORD);
    assert_records(
        "REPORT RequestId: good\tDuration: 1.50 ms\tBilled Duration: 2 ms \tMemory Size: "
        "128 MB\tMax Memory Used: 48 MB\t\r\n",
        NULL, expected);
    assert_records("REPORT RequestId: good\\tDuration: 1.50 ms\\tBilled Duration: 2 ms\\tMemory "
                   "Size: 128 MB\\tMax Memory Used: 48 MB\\t\\n",
                   NULL, expected);
    assert_records("\"REPORT RequestId:\tgood   Max Memory Used:   48 MB  Memory Size: 128 MB "
                   "Billed Duration:2 ms  Duration: 1.5 ms\"\n",
                   NULL, expected);
    /* Labels that nobody knows yet, their values with units; the first Duration counts. */
    assert_records(
        "REPORT RequestId: good\tPost Runtime Duration: 77 ms\tDuration: 1.5 ms\tPhase: "
        "invoke\tBilled Duration: 2 ms\tNew\tMemory Size: 128 MB\tMax Memory Used: 48 MB\t"
        "Duration: 9 ms\tX: 1",
        NULL, expected);
}
END_TEST

START_TEST(test_numbers_are_exact)
{
    struct lambda_report report;
    const char *reason;
    static const struct {
        const char *text;
        int64_t ns;
    } cases[] = {
        {"0", 0},
        {"0.00", 0},
        {"1", 1000000},
        {"0.29", 290000},
        {"6643.74", 6643740000},
        {"900000.999999", 900000999999},
        {"0.0000004", 0},
        {"0.0000005", 1},
        {"1.9999999", 2000000},
        {"31622400000", INT64_C(31622400000000000)},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[200];
        snprintf(text, sizeof text,
                 "REPORT RequestId: x Duration: %s ms Billed Duration: 1 ms Memory Size: 1 MB",
                 cases[i].text);
        ck_assert(lambda_report_parse(text, strlen(text), &report, &reason));
        ck_assert_int_eq(report.record.duration_ns, cases[i].ns);
    }
    /* Every hundredth of a ms, as Lambda prints them. */
    for (int i = 0; i < 100000; i++) {
        char text[200];
        snprintf(
            text, sizeof text,
            "REPORT RequestId: x Duration: %d.%02d ms Billed Duration: %d ms Memory Size: 1 MB",
            i / 100, i % 100, i);
        REQUIRE(lambda_report_parse(text, strlen(text), &report, &reason));
        REQUIRE(report.record.duration_ns == i * INT64_C(10000));
        REQUIRE(report.record.billed_ns == i * INT64_C(1000000));
    }
}
END_TEST

START_TEST(test_rejects)
{
    static const struct {
        const char *row, *reason;
    } cases[] = {
        {"REPORT RequestId: x\tDuration: 1.50", "Duration has no unit"},
        {"REPORT RequestId: x\tDuration: 1.50 m", "Duration has no unit"},
        {"REPORT RequestId: x\tDuration: 1.50 msec", "Duration has no unit"},
        {"REPORT RequestId: x\tDuration: 1. ms", "Duration is not a number"},
        {"REPORT RequestId: x\tDuration: -1 ms", "Duration is not a number"},
        {"REPORT RequestId: x\tDuration: nan ms", "Duration is not a number"},
        {"REPORT RequestId: x\tDuration: 1e308 ms", "Duration is not a plain decimal number"},
        {"REPORT RequestId: x\tDuration: 1,5 ms", "Duration is not a plain decimal number"},
        {"REPORT RequestId: x\tDuration: 9999999999999 ms", "Duration is out of range"},
        {"REPORT RequestId: x\tDuration: 99999999999 ms", "Duration is out of range"},
        {"REPORT RequestId: x\tDuration: 1 ms", "Billed Duration is missing"},
        {"REPORT RequestId: x\tBilled Duration: 1 ms\tMemory Size: 128 MB",
         "x: Duration is missing"},
        {"REPORT RequestId: x\tDuration: 1 ms\tBilled Duration: 1 ms\tMemory Si",
         "Memory Size is missing"},
        {"REPORT RequestId: x\tDuration: 1 ms\tBilled Duration: 1 ms\tMemory Size: 12",
         "Memory Size has no unit"},
        {"REPORT RequestId: x\tDuration: 1 ms\tBilled Duration: 1 ms\tMemory Size: 128 GB",
         "Memory Size has no unit"},
        {"REPORT RequestId: x\tDuration: 1 ms\tBilled Duration: 1 ms\tMemory Size: 99999999 MB",
         "Memory Size is out of range"},
        {"REPORT RequestId: x\tDuration: 1 ms\tBilled Duration: 1 ms\tMemory Size: 0 MB\tMax "
         "Memory "
         "Used: 0 MB",
         "its memory size is 0"},
        {"REPORT RequestId: x\tDuration: 1 ms\tBilled Duration: 1 ms\tMemory Size: 1000001 MB",
         "its memory is above 1,000,000 MB"},
        {"REPORT RequestId:", "the request id is missing"},
        {"REPORT RequestId:\tDuration: 1 ms", "the request id is missing"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[500];
        const char *const part =
            cases[i].reason + (strncmp(cases[i].reason, "x: ", 3) == 0 ? 3 : 0);
        char whole[200];
        snprintf(text, sizeof text, GOOD "%s\n" GOOD, cases[i].row);
        snprintf(whole, sizeof whole, ":2: this row was left out: %s", part);
        assert_reject(text, NULL, whole, 2);
        snprintf(text, sizeof text, GOOD "%s", cases[i].row); /* the file is cut */
        assert_reject(text, NULL, whole, 1);
    }
}
END_TEST

/* A file that ends in mid-line: what is left of the line is billed only when nothing can be missing
 * from it, and otherwise counted as left out. */
START_TEST(test_a_cut_end)
{
    static const char line[] = "REPORT RequestId: last" FIELDS "Init Duration: 3.25 ms\tX: 7\t";
    const size_t needed = strlen("REPORT RequestId: last" FIELDS) - 1; /* without the last tab */
    size_t read = 0;
    for (size_t length = strlen("REPORT RequestId:"); length < sizeof line; length++) {
        struct records r = {0};
        char *const text = text_format("%s%.*s", GOOD, (int)length, line);
        records_read_bytes(&r, text, strlen(text), NULL);
        ck_assert_int_eq(r.result, 0);
        const bool told = r.d.warnings == 1;
        if (r.count == 2 ? told : !told)
            ck_abort_msg("%zu records, %zu warnings from \"%s\"", r.count, r.d.warnings, text);
        if (length < needed)
            ck_assert_uint_eq(r.count, 1);
        read += r.count == 2;
        records_finish(&r);
        free(text);
    }
    /* With its tab or not, with each whole field behind it, with each length of the value "7". */
    ck_assert_uint_eq(read, 6);
    assert_reject(GOOD
                  "REPORT RequestId: x\tDuration: 1 ms\tBilled Duration: 1 ms\tMemory Size: 128 "
                  "MB\tMax Mem",
                  NULL, ":2: this row was left out: cut off: the file ends within this line", 1);
    /* The same with its end is a line of a time that had no such field. */
    assert_records("REPORT RequestId: x\tDuration: 1 ms\tBilled Duration: 1 ms\tMemory Size: 128 "
                   "MB\n",
                   NULL, " - - x 1 1 - - 128 -1 0 ?\n");
}
END_TEST

START_TEST(test_a_long_id)
{
    char text[400], id[LAMBDA_ID_MAX + 2];
    struct lambda_report report;
    const char *reason;
    memset(id, 'a', sizeof id);
    id[LAMBDA_ID_MAX] = '\0';
    snprintf(text, sizeof text, "REPORT RequestId: %s" FIELDS, id);
    ck_assert(lambda_report_parse(text, strlen(text), &report, &reason));
    ck_assert_str_eq(report.request_id, id);
    id[LAMBDA_ID_MAX] = 'a';
    id[LAMBDA_ID_MAX + 1] = '\0';
    snprintf(text, sizeof text, "REPORT RequestId: %s" FIELDS, id);
    ck_assert(!lambda_report_parse(text, strlen(text), &report, &reason));
    ck_assert_str_eq(reason, "the request id has more than 128 bytes");
}
END_TEST

/* 1591284559098 is 2020-06-04T15:29:19.098Z. */
START_TEST(test_prefixes)
{
    static const char *const prefix[] = {
        "2020-06-04T15:29:19.098Z ",                                  /* S3 exports */
        "2020-06-04T15:29:19.098000+00:00 2020/06/04/[$LATEST]af2b ", /* aws logs tail */
        "2020/06/04/[$LATEST]af2b 2020-06-04T15:29:19.098000 ",       /* sam logs */
        "2020-06-04 15:29:19,098 ",
        "2020-06-04 15:29:19.098 ",
        "[2020-06-04T17:29:19.098+02:00] ",
        "1591284559098 ",
        "1591284559098\t",
    };
    for (size_t i = 0; i < sizeof prefix / sizeof *prefix; i++) {
        char text[400];
        snprintf(text, sizeof text, "%s%s", prefix[i], GOOD);
        assert_records(text, NULL, " 1591284559098 - good 1.5 2 - - 128 48 0 ?\n");
    }
    assert_records("/aws/lambda/my-fn_2 2020-06-04T15:29:19.098Z " GOOD, NULL,
                   " 1591284559098 my-fn_2 good 1.5 2 - - 128 48 0 ?\n");
    /* A group that functions share: the stream has the name. */
    assert_records("2020-06-04T15:29:19.098000+00:00 2020/06/04/my-fn[$LATEST]af2b " GOOD, NULL,
                   " 1591284559098 my-fn good 1.5 2 - - 128 48 0 ?\n");
    assert_records("2020/6/04/my-fn[$LATEST]af2b 2020-06-04T15:29:19.098Z " GOOD, NULL,
                   " 1591284559098 - good 1.5 2 - - 128 48 0 ?\n");
    assert_records("no time at all, 2020-13-04T15:29:19Z, 99 " GOOD, NULL, GOOD_RECORD);
    /* A word that only ends like the mark is no report. */
    assert_records("noREPORT RequestId: x Duration: 7 ms\n" GOOD, NULL, GOOD_RECORD);
}
END_TEST

START_TEST(test_starts)
{
    assert_records("2020-06-04T15:29:18.000Z START RequestId: good Version: $LATEST\n"
                   "2020-06-04T15:29:18.500Z START RequestId: other Version: 7\n"
                   "2020-06-04T15:29:19.000Z END RequestId: good\n"
                   "2020-06-04T15:29:19.098Z " GOOD
                   "2020-06-04T15:29:19.098Z REPORT RequestId: third" FIELDS
                   "\nREPORT RequestId: other" FIELDS "\n",
                   NULL,
                   " 1591284558000s - good 1.5 2 - - 128 48 0 ?\n"
                   " 1591284559098 - third 1.5 2 - - 128 48 0 ?\n"
                   " 1591284558500s - other 1.5 2 - - 128 48 0 ?\n");
    /* A retry has the same id: each attempt has its own START. */
    assert_records("2020-06-04T15:29:18.000Z START RequestId: good Version: 1\n" GOOD
                   "2020-06-04T15:29:19.000Z START RequestId: good Version: 1\n" GOOD GOOD,
                   NULL,
                   " 1591284558000s - good 1.5 2 - - 128 48 0 ?\n"
                   " 1591284559000s - good 1.5 2 - - 128 48 0 ?\n" GOOD_RECORD);
}
END_TEST

START_TEST(test_endings)
{
    static const char timeout[] = " - - good 1.5 2 - - 128 48 0 timeout\n";
    static const char error[] = " - - good 1.5 2 - - 128 48 0 error\n";
    assert_records("2020-06-09T15:02:26.150Z good Task timed out after 3.00 seconds\n" GOOD, NULL,
                   timeout);
    assert_records(GOOD "2020-06-09T15:02:26.150Z good Task timed out after 3.00 seconds\n\n", NULL,
                   timeout);
    assert_records("REPORT RequestId: good" FIELDS "Status: timeout\n", NULL, timeout);
    assert_records("REPORT RequestId: good" FIELDS "Status: error\tError Type: Runtime.ExitError\n",
                   NULL, error);
    assert_records("REPORT RequestId: good" FIELDS "Error Type: Runtime.ExitError\n", NULL, error);
    assert_records("REPORT RequestId: good" FIELDS "Status: success\n", NULL,
                   " - - good 1.5 2 - - 128 48 0 ok\n");
    assert_records("RequestId: good Error: Runtime exited with error: signal: killed\n" GOOD, NULL,
                   error);
    assert_records(GOOD "RequestId: good Process exited before completing request\n", NULL, error);
    assert_records(
        "2020-06-09T15:02:26.150Z\tgood\tERROR\tInvoke Error \t{\"errorType\":\"Error\"}\n" GOOD,
        NULL, error);
    /* A time-out is the stronger word, whatever comes behind it; another's does not count. */
    assert_records("x good Task timed out after 3.00 seconds\n"
                   "RequestId: good Error: Runtime exited\n" GOOD,
                   NULL, timeout);
    assert_records("x bad Task timed out after 3.00 seconds\n" GOOD, NULL, GOOD_RECORD);
}
END_TEST

START_TEST(test_cold)
{
    /* 2020-06-04: since Init Duration is printed, its absence means warm; before, nothing. */
    static const char old[] = "\tDuration: 1.50 ms\tBilled Duration: 100 ms\tMemory Size: 128 MB\n";
    char text[400];
    snprintf(text, sizeof text, "2020-06-04T00:00:00Z REPORT RequestId: a%s", old);
    assert_records(text, NULL, " 1591228800000 - a 1.5 100 - - 128 -1 0 ?\n");
    snprintf(text, sizeof text, "2018-06-04T00:00:00Z REPORT RequestId: a%s", old);
    assert_records(text, NULL, " 1528070400000 - a 1.5 100 - - 128 -1 -1 ?\n");
    snprintf(text, sizeof text, "REPORT RequestId: a%s", old);
    assert_records(text, NULL, " - - a 1.5 100 - - 128 -1 -1 ?\n");
    assert_records("REPORT RequestId: a" FIELDS "Init Duration: 100.99 ms\n", NULL,
                   " - - a 1.5 2 100.99 - 128 48 1 ?\n");
}
END_TEST

START_TEST(test_json_lines)
{
    assert_records(
        "{\"time\":\"2020-06-04T15:29:18.000Z\",\"type\":\"platform.initStart\",\"record\":{}}\n"
        "{\"time\":\"2020-06-04T15:29:18.000Z\",\"type\":\"platform.start\",\"record\":{"
        "\"requestId\":"
        "\"a\",\"version\":\"$LATEST\"}}\n"
        "{\"level\":\"INFO\",\"message\":\"platform.report\"}\n"
        "{\"time\":\"2020-06-04T15:29:19.098Z\",\"type\":\"platform.report\",\"record\":{"
        "\"requestId\":"
        "\"a\",\"status\":\"success\",\"metrics\":{\"durationMs\":1233.96,\"billedDurationMs\":"
        "1698,"
        "\"memorySizeMB\":128,\"maxMemoryUsedMB\":84,\"initDurationMs\":463.512}}}\n"
        "2020-06-04T15:29:19.098Z {\"type\":\"platform.report\",\"record\":{\"requestId\":\"b\","
        "\"status\":\"timeout\",\"metrics\":{\"durationMs\":0.1,\"memorySizeMB\":128,"
        "\"restoreDurationMs\":474.16,\"billedRestoreDurationMs\":75}}}",
        NULL,
        " 1591284558000s - a 1233.96 1698 463.512 - 128 84 1 ok\n"
        " 1591284559098 - b 0.1 - - 474.16 128 -1 1 timeout\n");
}
END_TEST

START_TEST(test_json_rejects)
{
    static const struct {
        const char *row, *reason;
    } cases[] = {
        {"{\"type\":\"platform.report\"", "this is no valid JSON"},
        {"{\"type\":\"platform.report\",\"record\":{\"requestId\":\"a\",\"metrics\":{"
         "\"durationMs\":1,\"memorySizeMB\":0}}}",
         "its memory size is 0"},
        {"{\"type\":\"platform.report\"}", "requestId is missing"},
        {"{\"type\":\"platform.report\",\"record\":{\"requestId\":\"a\"}}",
         "durationMs is missing"},
        {"{\"type\":\"platform.report\",\"record\":{\"requestId\":\"a\",\"metrics\":{"
         "\"durationMs\":"
         "\"7\"}}}",
         "durationMs is not a number"},
        {"{\"type\":\"platform.report\",\"record\":{\"requestId\":\"a\",\"metrics\":{"
         "\"durationMs\":-1"
         "}}}",
         "durationMs is not a number"},
        {"{\"type\":\"platform.report\",\"record\":{\"requestId\":\"a\",\"metrics\":{"
         "\"durationMs\":1,"
         "\"memorySizeMB\":1e99}}}",
         "memorySizeMB is not a number"},
        {"{\"time\":\"yesterday\",\"type\":\"platform.start\",\"record\":{\"requestId\":\"a\"}}",
         "time is not a timestamp"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[600];
        snprintf(text, sizeof text, GOOD "%s\n" GOOD, cases[i].row);
        assert_reject(text, "lambda-json-log", cases[i].reason, 2);
    }
}
END_TEST

START_TEST(test_monitoring)
{
    assert_records("MONITORING|1489795335|27.4|latency|user-api-latency\n"
                   "MONITORING|1489795335123|8|count|yubls.served|#functionname:ingest,env:prod\n"
                   "2017-03-18T00:02:15Z\tx\tMONITORING|1489795335|-1.5|my.gauge|gauge|env:prod\n"
                   "/aws/lambda/fn MONITORING|1489795335|1|check|up\n",
                   NULL,
                   "point 1489795335000 - user-api-latency latency 27.4\n"
                   "point 1489795335123 ingest yubls.served count 8\n"
                   "point 1489795335000 - my.gauge gauge -1.5\n"
                   "point 1489795335000 fn up check 1\n");
    /* Both in one log. */
    assert_records("MONITORING|1489795335|1|count|a\n" GOOD, NULL,
                   "point 1489795335000 - a count 1\n" GOOD_RECORD);
    assert_reject("MONITORING|soon|1|count|a\n" GOOD, NULL, "the time of a MONITORING line", 1);
    assert_reject("MONITORING|1489795335|many|count|a\n" GOOD, NULL, "the value of a MONITORING",
                  1);
    assert_reject("MONITORING|1489795335|1|count\n" GOOD, NULL, "fewer than four fields", 1);
    assert_reject("MONITORING|1489795335|1||a\n" GOOD, NULL, "no name or no type", 1);
}
END_TEST

START_TEST(test_no_report)
{
    struct records r = {0};
    const char text[] = "START RequestId: a Version: 1\nhello\nEND RequestId: a\n";
    records_read_bytes(&r, text, sizeof text - 1, NULL);
    ck_assert_int_eq(r.result, -1);
    assert_one_error(&r.d, ": there is no REPORT line in it, only 3 other lines");
    records_finish(&r);
    r = (struct records){0};
    const char bad[] = "REPORT RequestId: a\nREPORT RequestId: b\n";
    records_read_bytes(&r, bad, sizeof bad - 1, NULL);
    ck_assert_int_eq(r.result, -1);
    ck_assert_uint_eq(r.d.errors, 1);
    ck_assert_ptr_nonnull(strstr(r.d.item[0].text, ": none of its 2 REPORT lines can be read"));
    records_finish(&r);
}
END_TEST

START_TEST(test_strict)
{
    struct records r = {0};
    struct temporary file;
    const struct read_options options = {.strict = true};
    const char text[] = GOOD "hello\nREPORT RequestId: a\n" GOOD;
    temporary_write(&file, text, sizeof text - 1);
    records_read(&r, file.path, &options, NULL);
    ck_assert_int_eq(r.result, -1);
    assert_one_error(&r.d, ":3: Duration is missing");
    records_finish(&r);
    temporary_remove(&file);
}
END_TEST

START_TEST(test_the_sink_stops)
{
    struct records r = {.stop_after = 2};
    records_read_bytes(&r, GOOD GOOD GOOD GOOD, 4 * (sizeof GOOD - 1), NULL);
    ck_assert_int_eq(r.result, 7);
    ck_assert_uint_eq(r.count, 2);
    ck_assert_uint_eq(r.d.count, 0);
    records_finish(&r);
}
END_TEST

START_TEST(test_odd_bytes)
{
    struct records r = {0};
    /* A NUL in the application's line, in a report's value, in an id; mixed line ends; a BOM. */
    static const char text[] =
        "\xef\xbb\xbf" GOOD "a\0b\r\n" GOOD "REPORT RequestId: x\tDuration: 1\0 ms\n"
        "REPORT RequestId: x\0y" FIELDS "\r\n\r" GOOD;
    records_read_bytes(&r, text, sizeof text - 1, NULL);
    ck_assert_uint_eq(r.count, 3);
    ck_assert_uint_eq(r.d.warnings, 2);
    ck_assert_ptr_nonnull(
        strstr(r.d.item[0].text, ":4: this row was left out: Duration has no unit"));
    ck_assert_ptr_nonnull(strstr(r.d.item[1].text, ":5: this row was left out: there is a NUL"));
    records_finish(&r);
}
END_TEST

/* Files put together without the end of a last line, other programs' line ends. */
START_TEST(test_joined_lines)
{
    static const char two[] = " 1591284559098 - a 1.5 2 - - 128 48 0 ?\n"
                              " 1591284559098 - good 1.5 2 - - 128 48 0 ?\n";
    static const char *const between[] = {
        FIELDS "2020-06-04T15:29:19.098Z ", "\r2020-06-04T15:29:19.098Z ",
        FIELDS "2020-06-04T15:29:19.098000+00:00 2020/06/04/[$LATEST]af2b "};
    char text[500];
    for (size_t i = 0; i < sizeof between / sizeof *between; i++) {
        snprintf(text, sizeof text, "2020-06-04T15:29:19.098Z REPORT RequestId: a%s%s" GOOD,
                 i == 1 ? FIELDS : "", between[i]);
        assert_records(text, NULL, two);
    }
    /* Without a blank between them, even; and without a time. */
    assert_records("REPORT RequestId: a Duration: 1.5 ms Billed Duration: 2 ms Memory Size: 128 MB "
                   "Max Memory Used: 48 MB2020-06-04T15:29:19.098Z " GOOD,
                   NULL,
                   " - - a 1.5 2 - - 128 48 0 ?\n 1591284559098 - good 1.5 2 - - 128 48 0 ?\n");
    assert_records("REPORT RequestId: a" FIELDS GOOD, NULL,
                   " - - a 1.5 2 - - 128 48 0 ?\n" GOOD_RECORD);
    assert_records(
        "2020-06-04T15:29:18Z START RequestId: a Version: 12020-06-04T15:29:19.098Z " GOOD, NULL,
        " 1591284559098 - good 1.5 2 - - 128 48 0 ?\n");
    assert_records("2020-06-04T15:2020-06-04T15:29:19.098Z " GOOD, NULL,
                   " 1591284559098 - good 1.5 2 - - 128 48 0 ?\n");
    assert_reject("REPORT RequestId: a\tDuration: 1 ms\tBilled " GOOD, NULL,
                  ":1: this row was left out: Billed Duration is missing", 1);
    assert_reject("REPORT RequestId: a\tDuration: 1 ms\tBilled Duration: 1 ms\tMemory Size: 128 MB"
                  "\tMax Mem" GOOD,
                  NULL, ":1: this row was left out: cut off: another REPORT begins", 1);
    /* An export that holds one message twice tells of one invocation. */
    assert_records("{\"message\":\"REPORT RequestId: good" FIELDS
                   "\",\"original\":\"REPORT RequestId: good" FIELDS "\"}\n",
                   "lambda-log", GOOD_RECORD);
}
END_TEST

START_TEST(test_control_bytes_before_a_report)
{
    struct records r = {0};
    static const char text[] = "\0\0" GOOD "text \x01\0REPORT RequestId: b" FIELDS "\n"
                               "\x1b" GOOD;
    records_read_bytes(&r, text, sizeof text - 1, NULL);
    ck_assert_str_eq(r.text, GOOD_RECORD " - - b 1.5 2 - - 128 48 0 ?\n" GOOD_RECORD);
    ck_assert_uint_eq(r.d.count, 0);
    records_finish(&r);
}
END_TEST

START_TEST(test_a_long_line)
{
    const size_t size = 3 * INPUT_LINE_MAX;
    char *const text = malloc(size + 2 * sizeof GOOD);
    struct records r = {0};
    memset(text, 'x', size);
    strcpy(text + size, "\n" GOOD);
    records_read_bytes(&r, text, size + 1 + sizeof GOOD - 1, "lambda-log");
    ck_assert_uint_eq(r.count, 1);
    ck_assert_uint_eq(r.d.count, 0);
    records_finish(&r);
    free(text);
}
END_TEST

/* 120 MB through a pipe, in a process of its own: what it may hold is bounded. */
START_TEST(test_memory)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    const pid_t writer = fork();
    ck_assert_int_ge(writer, 0);
    if (writer == 0) {
        close(ends[0]);
        FILE *const out = fdopen(ends[1], "w");
        for (int i = 0; i < 300000; i++)
            fprintf(out,
                    "START RequestId: request-%d Version: 1\n%0250d\nREPORT RequestId: "
                    "request-%d" FIELDS "\n",
                    i, i, i);
        fclose(out);
        _exit(0);
    }
    close(ends[1]);
    ck_assert_int_ge(dup2(ends[0], STDIN_FILENO), 0);
    struct records r = {0};
    struct rusage before, after;
    const struct read_options options = {0};
    const struct record_sink sink = {.invocation = records_add, .context = &r};
    const char *const path = "-";
    r.out = fopen("/dev/null", "w");
    diagnostics_init(&r.d);
    getrusage(RUSAGE_SELF, &before);
    r.result = read_records(&path, 1, &options, &sink, NULL, &r.d);
    getrusage(RUSAGE_SELF, &after);
    fclose(r.out);
    ck_assert_int_eq(r.result, 0);
    ck_assert_uint_eq(r.count, 300000);
    ck_assert_int_eq(r.billed_ns, INT64_C(300000) * 2000000);
    ck_assert_int_lt(after.ru_maxrss - before.ru_maxrss, 20000); /* KB */
    waitpid(writer, NULL, 0);
    records_finish(&r);
}
END_TEST

TEST_MAIN("lambda_log", test_sample_lines, test_the_line_of_2015, test_separators_and_order,
          test_numbers_are_exact, test_rejects, test_a_cut_end, test_a_long_id, test_prefixes,
          test_starts, test_endings, test_cold, test_json_lines, test_json_rejects, test_monitoring,
          test_no_report, test_strict, test_the_sink_stops, test_odd_bytes, test_joined_lines,
          test_control_bytes_before_a_report, test_a_long_line, test_memory)
