/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness.h"

#include "core/event_queue.h"
#include "files.h"
#include "traces/trace.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define TRACES DATA_DIR "/traces/"

/* gcc's and clang's way to say that AddressSanitizer watches: its shadow counts as memory. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static char time_name[] = "time", count_name[] = "count", size_name[] = "size", key_name[] = "key",
            work_name[] = "work";

static struct arrivals_spec spec_of(enum arrival_process process)
{
    const bool counts = process == ARRIVALS_COUNTS;
    return (struct arrivals_spec){.process = process,
                                  .time_column = time_name,
                                  .value_column = counts ? count_name : NULL,
                                  .bin_s = UNSET_NUMBER,
                                  .time_unit = TIME_UNIT_S,
                                  .duration_unit = TIME_UNIT_MS,
                                  .rate_scale = 1,
                                  .time_scale = 1};
}

/* Reads at most `limit` arrivals of a file's text into "start-end:count/bytes/duration/key;". */
struct reading {
    struct diagnostics d;
    struct temporary file;
    char *text;
    int end; /* -2: not opened */
};

static void read_trace(struct reading *ret, struct arrivals_spec spec, const char *text, int limit)
{
    size_t size;
    struct arrival_source source;
    FILE *const out = open_memstream(&ret->text, &size);
    diagnostics_init(&ret->d);
    temporary_write(&ret->file, text, strlen(text));
    spec.file = ret->file.path;
    ret->end = -2;
    if (trace_open(&source, &spec, &ret->d) == 0) {
        struct arrival a;
        for (int i = 0; i < limit && (ret->end = source.next(source.context, &a)) == 1; i++) {
            fprintf(out, "%lld-%lld:%llu", (long long)a.start_ns, (long long)a.end_ns,
                    (unsigned long long)a.count);
            if (a.bytes >= 0)
                fprintf(out, "/%lldB", (long long)a.bytes);
            if (a.duration_ns >= 0)
                fprintf(out, "/%lldns", (long long)a.duration_ns);
            if (a.key != NULL)
                fprintf(out, "/%.*s", (int)a.key_length, a.key);
            fputc(';', out);
        }
        if (ret->end <= 0) /* the end and an error are final */
            ck_assert_int_eq(source.next(source.context, &a), ret->end);
        source.close(source.context);
    }
    fclose(out);
    temporary_remove(&ret->file);
}

static void reading_finish(struct reading *reading)
{
    diagnostics_finish(&reading->d);
    free(reading->text);
}

static void assert_arrivals(struct arrivals_spec spec, const char *text, const char *expected)
{
    struct reading r;
    read_trace(&r, spec, text, 1000);
    ck_assert_msg(r.d.errors == 0, "%s", r.d.errors > 0 ? r.d.item[0].text : "");
    ck_assert_int_eq(r.end, 0);
    ck_assert_str_eq(r.text, expected);
    reading_finish(&r);
}

static void assert_error(struct arrivals_spec spec, const char *text, const char *arrivals,
                         const char *sentence)
{
    struct reading r;
    read_trace(&r, spec, text, 1000);
    ck_assert_int_lt(r.end, 0);
    ck_assert_str_eq(r.text, arrivals);
    assert_one_error(&r.d, sentence);
    reading_finish(&r);
}

START_TEST(counts_take_their_bin_from_the_first_gap)
{
    assert_arrivals(spec_of(ARRIVALS_COUNTS), "time,count\n100,5\n160,0\n220,7.0\n",
                    "0-60000000000:5;60000000000-120000000000:0;120000000000-180000000000:7;");
}
END_TEST

START_TEST(counts_may_have_gaps_and_an_unsteady_clock)
{
    struct arrivals_spec spec = spec_of(ARRIVALS_COUNTS);
    spec.bin_s = 10;
    assert_arrivals(spec, "time,count\n0,1\n13,2\n50,3\n",
                    "0-10000000000:1;13000000000-23000000000:2;50000000000-60000000000:3;");
    assert_arrivals(spec, "count,time\n4,7\n", "0-10000000000:4;");
    spec.bin_s = 0.001;
    spec.time_unit = TIME_UNIT_US;
    assert_arrivals(spec, "time,count\n500,4\n1500,1\n", "0-1000000:4;1000000-2000000:1;");
}
END_TEST

START_TEST(counts_in_iso_time_repeat_without_a_seam)
{
    struct arrivals_spec spec = spec_of(ARRIVALS_COUNTS);
    struct reading r;
    spec.time_unit = TIME_UNIT_ISO8601;
    spec.repeat = true;
    read_trace(&r, spec, "time,count\n2014-04-10 00:00:01,1\n2014-04-10 00:00:02,2\n", 5);
    ck_assert_int_eq(r.end, 1);
    ck_assert_str_eq(r.text, "0-1000000000:1;1000000000-2000000000:2;2000000000-3000000000:1;"
                             "3000000000-4000000000:2;4000000000-5000000000:1;");
    reading_finish(&r);
    spec.bin_s = 1;
    read_trace(&r, spec, "time,count\n2014-04-10 00:00:01,9\n", 3);
    ck_assert_str_eq(r.text, "0-1000000000:9;1000000000-2000000000:9;2000000000-3000000000:9;");
    reading_finish(&r);
}
END_TEST

START_TEST(bins_that_overlap_are_an_error)
{
    struct arrivals_spec spec = spec_of(ARRIVALS_COUNTS);
    assert_error(spec, "time,count\n0,1\n60,2\n119.5,3\n180,4\n240,5\n",
                 "0-60000000000:1;60000000000-"
                 "120000000000:2;",
                 ":4: this bin overlaps the one before it: it begins 59.5 s after it, but a bin is "
                 "60 s long");
    assert_error(spec, "time,count\n5,1\n5,2\n", "",
                 ":3: this bin begins at the same time as that of line 2");
    assert_error(spec, "time,count\n5,1\n6,1\n7,1\n5,2\n", "",
                 ":5: this bin begins at the same time as that of line 2");
    spec.bin_s = 60;
    assert_error(spec, "time,count\n0,1\n0,2\n", "0-60000000000:1;", ":3: this bin overlaps");
}
END_TEST

/* get-metric-statistics answers in no order and leaves out bins without data. */
START_TEST(counts_may_come_in_any_order)
{
    static const char in_order[] = "0-60000000000:1;60000000000-120000000000:2;"
                                   "120000000000-180000000000:3;600000000000-660000000000:4;";
    struct arrivals_spec spec = spec_of(ARRIVALS_COUNTS);
    assert_arrivals(spec, "time,count\n100,1\n160,2\n220,3\n700,4\n", in_order);
    assert_arrivals(spec, "time,count\n700,4\n220,3\n160,2\n100,1\n", in_order);
    assert_arrivals(spec, "time,count\n220,3\n700,4\n100,1\n160,2\n", in_order);
    spec.bin_s = 60;
    assert_arrivals(spec, "time,count\n220,3\n700,4\n100,1\n160,2\n", in_order);
    spec.bin_s = UNSET_NUMBER;
    spec.repeat = true;
    struct reading r;
    read_trace(&r, spec, "time,count\n220,3\n100,1\n160,2\n", 5);
    ck_assert_str_eq(r.text, "0-60000000000:1;60000000000-120000000000:2;"
                             "120000000000-180000000000:3;180000000000-240000000000:1;"
                             "240000000000-300000000000:2;");
    reading_finish(&r);
}
END_TEST

/* What the AWS CLI prints, in any order and with statistics that are no counts; columns and the
 * unit of time are those of CSV files. */
START_TEST(counts_of_cloudwatch)
{
    static const char statistics[] =
        "{\"Label\": \"Invocations\", \"Datapoints\": ["
        "{\"Timestamp\": \"2024-05-01T10:05:00+00:00\", \"Sum\": 3.0, \"Average\": 1.5},"
        "{\"Timestamp\": \"2024-05-01T10:00:00+00:00\", \"Sum\": 2.0, \"Average\": 1.0},"
        "{\"Timestamp\": \"2024-05-01T10:15:00+00:00\", \"Sum\": 0.0, \"Average\": 1.0},"
        "{\"Timestamp\": \"2024-05-01T10:20:00+00:00\", \"Sum\": 1.0, \"Average\": 1.0}]}";
    static const char data[] =
        "\n {\"MetricDataResults\": [{\"Id\": \"m1\", \"Label\": \"f Invocations\","
        "\"Timestamps\": [\"2024-05-01T10:05:00Z\", \"2024-05-01T10:00:00Z\"],"
        "\"Values\": [3.0, 2.0], \"StatusCode\": \"Complete\"}], \"Messages\": []}";
    struct arrivals_spec spec = spec_of(ARRIVALS_COUNTS);
    struct reading r;
    assert_arrivals(spec, statistics,
                    "0-300000000000:2;300000000000-600000000000:3;"
                    "900000000000-1200000000000:0;"
                    "1200000000000-1500000000000:1;");
    assert_arrivals(spec, data, "0-300000000000:2;300000000000-600000000000:3;");
    spec.repeat = true;
    read_trace(&r, spec, data, 3);
    ck_assert_str_eq(r.text, "0-300000000000:2;300000000000-600000000000:3;"
                             "600000000000-900000000000:2;");
    reading_finish(&r);
}
END_TEST

static void assert_not_opened(struct arrivals_spec spec, const char *text, const char *sentence)
{
    struct reading r;
    read_trace(&r, spec, text, 1);
    ck_assert_int_eq(r.end, -2);
    assert_one_error(&r.d, sentence);
    reading_finish(&r);
}

#define POINT(time, rest) "{\"Timestamp\": \"2024-05-01T" time ":00Z\", " rest "}"
#define SERIES(label, time, value)                                                                 \
    "{\"Label\": \"" label "\", \"Timestamps\": [\"2024-05-01T" time                               \
    ":00Z\"], \"Values\": [" value "]}"

START_TEST(what_is_no_count_of_cloudwatch)
{
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        {"{\"Datapoints\": [" POINT("10:00", "\"Average\": 1") "]}",
         "there is no Sum in it: ask with --statistics Sum"},
        {"{\"Datapoints\": []}", "there is no point in it"},
        {"{\"Datapoints\": [" POINT("10:00", "\"Sum\": 1.5") "]}",
         "at 2024-05-01T10:00:00.000000000Z: 1.5 is not a whole number of arrivals"},
        {"{\"Datapoints\": [" POINT("10:00", "\"Sum\": -1") "]}", "-1 is not a whole number"},
        {"{\"Datapoints\": [" POINT("10:00", "\"Sum\": 1e300") "]}", "is not a whole number"},
        {"{\"Datapoints\": [" POINT("10:00", "\"Sum\": 1") "," POINT("10:00", "\"Sum\": 2") "]}",
         "has two points at 2024-05-01T10:00:00"},
        {"{\"MetricDataResults\": [" SERIES("f Invocations", "10:00",
                                            "1") "," SERIES("g Invocations", "10:05", "2") "]}",
         "has counts of \"f Invocations\" and of \"g Invocations\": give a file for each"},
        {"{\"Datapoints\": [" POINT("10:99", "\"Sum\": 1") "]}", "its Timestamp is no time"},
        {"{\"Functions\": []}", "neither a list MetricDataResults nor one of Datapoints"},
        {"{\"Datapoints\": [", "the file ends here"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_not_opened(spec_of(ARRIVALS_COUNTS), cases[i].text, cases[i].sentence);
}
END_TEST

/* As CloudWatch's console exports its graphs. */
START_TEST(dates_may_have_slashes)
{
    struct arrivals_spec spec = spec_of(ARRIVALS_COUNTS);
    spec.time_unit = TIME_UNIT_ISO8601;
    assert_arrivals(spec, "time,count\n2024/05/01 10:00:00,1\n2024/05/01 10:05:00,2.0\n",
                    "0-300000000000:1;300000000000-600000000000:2;");
    assert_error(spec, "time,count\n2024/05-01 10:00:00,1\n", "", "is not a time in ISO 8601");
}
END_TEST

START_TEST(a_bin_is_the_usual_gap)
{
    const struct arrivals_spec spec = spec_of(ARRIVALS_COUNTS);
    assert_arrivals(spec, "time,count\n0,1\n8,2\n9,3\n10,4\n",
                    "0-1000000000:1;8000000000-9000000000:2;9000000000-10000000000:3;"
                    "10000000000-11000000000:4;");
    assert_arrivals(spec, "time,count\n0,1\n8,2\n10,3\n", /* once each: the smallest */
                    "0-2000000000:1;8000000000-10000000000:2;10000000000-12000000000:3;");
}
END_TEST

/* What a file says, and what is wrong with it whatever a run needs of it. */
static void assert_check(struct arrivals_spec spec, const char *text, const char *sentence)
{
    struct temporary file;
    struct diagnostics d;
    diagnostics_init(&d);
    temporary_write(&file, text, strlen(text));
    spec.file = file.path;
    ck_assert_int_eq(trace_check(&spec, &d), sentence == NULL ? 0 : -1);
    if (sentence != NULL)
        assert_one_error(&d, sentence);
    ck_assert_uint_eq(d.count, sentence != NULL);
    diagnostics_finish(&d);
    temporary_remove(&file);
}

START_TEST(a_file_is_checked_before_a_run)
{
    struct arrivals_spec spec = spec_of(ARRIVALS_TRACE);
    spec.repeat = true;
    assert_check(spec, "time\n5\n6\n7\n", NULL);
    assert_check(spec, "time\n5\n6\n5.5\n7\n", ":4: time: \"5.5\" lies before a row above");
    assert_check(spec, "time\n5\nx\n", ":3: time: \"x\" is not a time");
    spec = spec_of(ARRIVALS_COUNTS);
    spec.repeat = true;
    assert_check(spec, "time,count\n7,1\n6,1\n5,1\n", NULL);
    assert_check(spec, "time,count\n7,1\n6,1\n5,-1\n", ":4: count: \"-1\" is not a whole number");
    assert_check(spec, "time,count\n0,1\n9,1\n10,1\n11,1\n11.5,1\n",
                 ":6: this bin overlaps the one before it");
}
END_TEST

START_TEST(the_first_date_is_the_least_of_counts)
{
    static const char text[] = "time,count\n1704067260,1\n1704067200,2\n1704067320,3\n";
    struct arrivals_spec spec = spec_of(ARRIVALS_COUNTS);
    struct temporary file;
    int64_t first_ns = 0;
    temporary_write(&file, text, strlen(text));
    spec.file = file.path;
    ck_assert(trace_first_date(&spec, &first_ns));
    ck_assert_int_eq(first_ns, INT64_C(1704067200) * NS_PER_S);
    temporary_remove(&file);
}
END_TEST

START_TEST(a_single_row_does_not_tell_the_bin)
{
    assert_error(spec_of(ARRIVALS_COUNTS), "time,count\n0,1\n", "",
                 ":2: a single row does not tell how long a bin is: give bin_s");
}
END_TEST

START_TEST(a_bin_must_have_a_length)
{
    static const double bad[] = {0, -5, 1e-10, 1e10};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct arrivals_spec spec = spec_of(ARRIVALS_COUNTS);
        spec.bin_s = bad[i];
        assert_error(spec, "time,count\n0,1\n", "", "bin_s: ");
    }
}
END_TEST

START_TEST(counts_are_whole_numbers)
{
    static const char *const bad[] = {"1.5", "-1", "nan", "inf", "x", "1e16", "1 2", "0x5", "\"\""};
    struct arrivals_spec spec = spec_of(ARRIVALS_COUNTS);
    spec.bin_s = 1;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[64];
        snprintf(text, sizeof text, "time,count\n0,1\n1,%s\n", bad[i]);
        assert_error(spec, text, "",
                     i == 8 ? ":3: count is empty: a whole number" : "is not a whole number");
    }
    assert_arrivals(spec, "time,count\n0,1e3\n", "0-1000000000:1000;");
}
END_TEST

START_TEST(exact_arrivals_with_all_columns)
{
    struct arrivals_spec spec = spec_of(ARRIVALS_TRACE);
    spec.size_column = size_name;
    spec.key_column = key_name;
    spec.duration_column = work_name;
    assert_arrivals(spec,
                    "key,time,size,other,work\na,1590355883.6199405,100,,1845.17\n"
                    "\"b,c\",1590355883.6199405,0,x,0\nd,1590355883.61994050149,7.0,,1e-6\n"
                    "e,1590355884,1,,.0000005\n",
                    "0-0:1/100B/1845170000ns/a;0-0:1/0B/0ns/b,c;1-1:1/7B/1ns/d;"
                    "380059500-380059500:1/1B/1ns/e;");
}
END_TEST

START_TEST(every_unit_of_time)
{
    struct arrivals_spec spec = spec_of(ARRIVALS_TRACE);
    spec.duration_column = work_name;
    spec.time_unit = TIME_UNIT_MS;
    spec.duration_unit = TIME_UNIT_US;
    assert_arrivals(spec, "time,work\n10,1.5\n11.5,2\n", "0-0:1/1500ns;1500000-1500000:1/2000ns;");
    spec.time_unit = TIME_UNIT_US;
    spec.duration_unit = TIME_UNIT_S;
    assert_arrivals(spec, "time,work\n10,1.5\n11.5,2\n",
                    "0-0:1/1500000000ns;1500-1500:1/2000000000ns;");
    spec.time_unit = TIME_UNIT_ISO8601;
    spec.duration_column = NULL;
    assert_arrivals(spec, "time\n2023-11-16 18:17:03.9799600\n2023-11-16T18:17:04Z\n",
                    "0-0:1;20040000-20040000:1;");
}
END_TEST

START_TEST(repeated_arrivals_keep_their_mean_gap)
{
    struct arrivals_spec spec = spec_of(ARRIVALS_TRACE);
    struct reading r;
    spec.repeat = true;
    read_trace(&r, spec, "time\n1000\n1001\n1004\n", 7);
    ck_assert_int_eq(r.end, 1);
    ck_assert_str_eq(r.text, "0-0:1;1000000000-1000000000:1;4000000000-4000000000:1;"
                             "6000000000-6000000000:1;7000000000-7000000000:1;"
                             "10000000000-10000000000:1;12000000000-12000000000:1;");
    reading_finish(&r);
}
END_TEST

START_TEST(what_cannot_be_repeated_is_an_error)
{
    struct arrivals_spec spec = spec_of(ARRIVALS_TRACE);
    spec.repeat = true;
    assert_error(spec, "time\n3\n", "0-0:1;", "cannot be repeated: its rate is unknown");
    assert_error(spec, "time\n3\n3\n", "0-0:1;0-0:1;", "cannot be repeated: its rate is unknown");
    struct diagnostics d;
    struct arrival_source source;
    char standard_input[] = "-", device[] = "/dev/null";
    diagnostics_init(&d);
    spec.file = standard_input;
    ck_assert_int_eq(trace_open(&source, &spec, &d), -1);
    assert_one_error(&d, "standard input: cannot be repeated, because it is no regular file");
    diagnostics_finish(&d);
    spec.file = device;
    ck_assert_int_eq(trace_open(&source, &spec, &d), -1);
    assert_one_error(&d, "/dev/null: cannot be repeated, because it is no regular file");
    diagnostics_finish(&d);
}
END_TEST

START_TEST(repeats_end_with_the_clock)
{
    struct arrivals_spec spec = spec_of(ARRIVALS_TRACE);
    spec.repeat = true;
    assert_error(spec, "time\n0\n9000000000\n", "0-0:1;9000000000000000000-9000000000000000000:1;",
                 "repeated for more than 292 years");
}
END_TEST

START_TEST(a_file_that_changes_between_passes_is_an_error)
{
    static const char *const second[] = {"time,more\n0,1\n", "time\n", "time\nx\n"};
    static const char *const sentence[] = {"the file changed while it was read",
                                           "the trace is empty", ":2: time: \"x\" is not a time"};
    for (size_t i = 0; i < sizeof second / sizeof *second; i++) {
        struct arrivals_spec spec = spec_of(ARRIVALS_TRACE);
        struct temporary file;
        struct diagnostics d;
        struct arrival_source source;
        struct arrival a;
        diagnostics_init(&d);
        temporary_write(&file, "time\n0\n1\n", 9);
        spec.file = file.path;
        spec.repeat = true;
        ck_assert_int_eq(trace_open(&source, &spec, &d), 0);
        for (int row = 0; row < 2; row++)
            ck_assert_int_eq(source.next(source.context, &a), 1);
        unlink(file.path); /* the open reader keeps the old file */
        FILE *const out = fopen(file.path, "wb");
        fputs(second[i], out);
        fclose(out);
        ck_assert_int_eq(source.next(source.context, &a), -1);
        ck_assert_int_eq(source.next(source.context, &a), -1);
        assert_one_error(&d, sentence[i]);
        source.close(source.context);
        diagnostics_finish(&d);
        temporary_remove(&file);
    }
}
END_TEST

START_TEST(a_duration_has_no_iso_unit)
{
    struct arrivals_spec spec = spec_of(ARRIVALS_TRACE);
    spec.duration_column = work_name;
    spec.duration_unit = TIME_UNIT_ISO8601;
    assert_error(spec, "time,work\n0,1\n", "", "duration_unit: a duration is in s, ms or us");
}
END_TEST

START_TEST(times_must_not_go_backwards)
{
    assert_error(spec_of(ARRIVALS_TRACE), "time\n5\n6\n5.5\n7\n", "0-0:1;1000000000-1000000000:1;",
                 ":4: time: \"5.5\" lies before a row above: times must not go backwards");
    assert_error(spec_of(ARRIVALS_TRACE), "time\n5\n4\n", "0-0:1;", ":3: time: \"4\" lies before");
}
END_TEST

START_TEST(times_must_be_times)
{
    static const struct {
        enum trace_time_unit unit;
        const char *text, *sentence;
    } bad[] = {
        {TIME_UNIT_S, "nan", "\"nan\" is not a time in seconds from 0 to 9,223,372,036"},
        {TIME_UNIT_S, "-1", "\"-1\" is not a time in seconds"},
        {TIME_UNIT_S, "inf", "\"inf\" is not a time in seconds"},
        {TIME_UNIT_S, "\"\"", "time is empty: a time in seconds"},
        {TIME_UNIT_S, "1590355883681.2112", "is not a time in seconds from 0 to 9,223,372,036"},
        {TIME_UNIT_MS, "2014-04-10 00:04:00", "(it looks like ISO 8601: set the unit)"},
        {TIME_UNIT_US, "x", "\"x\" is not a time in microseconds"},
        {TIME_UNIT_ISO8601, "1590355883", "\"1590355883\" is not a time in ISO 8601"},
        {TIME_UNIT_ISO8601, "2014-02-30", "\"2014-02-30\" is not a time in ISO 8601"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct arrivals_spec spec = spec_of(ARRIVALS_TRACE);
        char text[64];
        spec.time_unit = bad[i].unit;
        snprintf(text, sizeof text, "time\n%s\n", bad[i].text);
        assert_error(spec, text, "", bad[i].sentence);
    }
}
END_TEST

START_TEST(times_that_do_not_fit_are_an_error)
{
    struct arrivals_spec spec = spec_of(ARRIVALS_TRACE);
    spec.time_unit = TIME_UNIT_ISO8601;
    assert_error(spec, "time\n1678-01-01\n2261-12-31\n", "0-0:1;",
                 ":3: time: more than 292 years after the first row");
    struct arrivals_spec counts = spec_of(ARRIVALS_COUNTS);
    counts.bin_s = 60;
    assert_error(counts, "time,count\n0,1\n9223372036,1\n", "0-60000000000:1;",
                 ":3: the bin ends more than 292 years after the first row");
}
END_TEST

START_TEST(other_fields_are_checked)
{
    struct arrivals_spec spec = spec_of(ARRIVALS_TRACE);
    spec.size_column = size_name;
    assert_error(spec, "time,size\n1,-1\n", "", ":2: size: \"-1\" is not a whole number");
    assert_error(spec, "time,size\n1,nan\n", "", ":2: size: \"nan\" is not a whole number");
    assert_error(spec, "time,size\n1,1.5\n", "", ":2: size: \"1.5\" is not a whole number");
    assert_error(spec, "time,size\n1,\n", "", ":2: size is empty: a whole number");
    spec.size_column = NULL;
    spec.duration_column = work_name;
    assert_error(spec, "time,work\n1,-0.1\n", "", ":2: work: \"-0.1\" is not a duration in milli");
    assert_error(spec, "time,work\n1,NAN\n", "", ":2: work: \"NAN\" is not a duration");
    assert_error(spec, "time,work\n1,1e300\n", "", ":2: work: \"1e300\" is not a duration");
    spec.duration_column = NULL;
    spec.key_column = key_name;
    assert_error(spec, "time,key\n1,a\n2,\n", "0-0:1/a;",
                 ":3: key has 0 bytes: a partition key has 1 to 256");
    char text[300];
    snprintf(text, sizeof text, "time,key\n1,a\n2,%0257d\n", 0);
    assert_error(spec, text, "0-0:1/a;", ":3: key has 257 bytes: a partition key has 1 to 256");
}
END_TEST

START_TEST(an_empty_trace_is_an_error)
{
    assert_error(spec_of(ARRIVALS_TRACE), "time\n", "", ": the trace is empty");
    assert_error(spec_of(ARRIVALS_COUNTS), "time,count\n\n\n", "", ": the trace is empty");
    assert_error(spec_of(ARRIVALS_COUNTS), "", "", ": the file is empty");
}
END_TEST

START_TEST(missing_columns_are_named_with_what_there_is)
{
    assert_error(spec_of(ARRIVALS_TRACE), ",tiem,value\n1,2,3\n", "",
                 ":1: there is no column \"time\" (time_column), did you mean \"tiem\"?; columns: "
                 "tiem, value");
    assert_error(spec_of(ARRIVALS_TRACE), "a,b\n1,2\n", "",
                 ":1: there is no column \"time\" (time_column); columns: a, b");
    assert_error(spec_of(ARRIVALS_TRACE), ",,\n1,2,3\n", "", "columns: none with a name");
    struct reading r;
    struct arrivals_spec spec = spec_of(ARRIVALS_TRACE);
    spec.size_column = size_name;
    spec.key_column = key_name;
    spec.duration_column = work_name;
    read_trace(&r, spec, "a,b\n1,2\n", 1);
    ck_assert_uint_eq(r.d.errors, 4); /* all in one go */
    reading_finish(&r);
    spec = spec_of(ARRIVALS_COUNTS);
    spec.value_column = NULL;
    assert_error(spec, "time\n1\n", "", ": value_column is not given");
}
END_TEST

START_TEST(long_lists_of_columns_are_cut)
{
    char *text;
    size_t size;
    FILE *const out = open_memstream(&text, &size);
    for (int i = 0; i < 5000; i++)
        fprintf(out, "%scolumn%0200d", i > 0 ? "," : "", i);
    fputc('\n', out);
    fclose(out);
    struct reading r;
    read_trace(&r, spec_of(ARRIVALS_TRACE), text, 1);
    ck_assert_uint_lt(strlen(r.d.item[0].text), 1000);
    ck_assert_ptr_nonnull(strstr(r.d.item[0].text, ", ..."));
    reading_finish(&r);
    free(text);
}
END_TEST

START_TEST(what_is_no_trace_is_refused)
{
    struct arrivals_spec spec = spec_of(ARRIVALS_POISSON);
    struct arrival_source source;
    struct diagnostics d;
    diagnostics_init(&d);
    ck_assert_int_eq(trace_open(&source, &spec, &d), -1);
    assert_one_error(&d, "these arrivals do not come from a trace");
    diagnostics_finish(&d);
    spec = spec_of(ARRIVALS_TRACE);
    ck_assert_int_eq(trace_open(&source, &spec, &d), -1);
    assert_one_error(&d, "no file is given");
    diagnostics_finish(&d);
    char directory[] = "/tmp";
    spec.file = directory;
    ck_assert_int_eq(trace_open(&source, &spec, &d), -1);
    assert_one_error(&d, "cannot read /tmp: Is a directory");
    diagnostics_finish(&d);
}
END_TEST

/* Totals of a whole file. */
struct totals {
    uint64_t rows, arrivals;
    int64_t end_ns;
    int64_t bytes, duration_ns;
    int64_t gaps; /* bins that do not begin where the one before ended */
};

static struct totals totals_of(const struct arrivals_spec *spec)
{
    struct totals totals = {0};
    struct diagnostics d;
    struct arrival_source source;
    struct arrival a;
    int result;
    diagnostics_init(&d);
    ck_assert_int_eq(trace_open(&source, spec, &d), 0);
    while ((result = source.next(source.context, &a)) == 1) {
        totals.gaps += a.start_ns != totals.end_ns;
        totals.rows++;
        totals.arrivals += a.count;
        totals.end_ns = a.end_ns;
        totals.bytes += a.bytes;
        totals.duration_ns += a.duration_ns;
    }
    ck_assert_msg(result == 0 && d.errors == 0, "%s", d.errors > 0 ? d.item[0].text : "");
    source.close(source.context);
    diagnostics_finish(&d);
    return totals;
}

/* The expected totals were computed from the files in decimal arithmetic by another program. */
START_TEST(requests_at_a_real_load_balancer)
{
    struct arrivals_spec spec = spec_of(ARRIVALS_COUNTS);
    char file[] = TRACES "nab-cloudwatch/elb_request_count_8c0756.csv";
    char timestamp[] = "timestamp", value[] = "value";
    spec.file = file;
    spec.time_column = timestamp;
    spec.value_column = value;
    spec.time_unit = TIME_UNIT_ISO8601;
    const struct totals totals = totals_of(&spec);
    ck_assert_uint_eq(totals.rows, 4032);
    ck_assert_uint_eq(totals.arrivals, 249327);
    ck_assert_int_eq(totals.end_ns, (INT64_C(1211700) + 300) * NS_PER_S);
    ck_assert_int_eq(totals.gaps, 8);
}
END_TEST

START_TEST(calls_of_a_real_lambda_function)
{
    static const struct {
        const char *file;
        uint64_t rows;
        int64_t end_ns, duration_ns;
    } expected[] = {
        {TRACES "pacslab-lambda-2020/res-01-2020-05-26_01-31-35.csv", 1648,
         INT64_C(100588195144900), INT64_C(3065221710000)},
        {TRACES "pacslab-lambda-2020/res-01-2020-06-10_22-20-08.csv", 428, INT64_C(100753360437100),
         INT64_C(796416680000)},
    };
    struct arrivals_spec spec = spec_of(ARRIVALS_TRACE);
    char start[] = "client_start_time", duration[] = "aws_duration";
    spec.time_column = start;
    spec.duration_column = duration;
    for (size_t i = 0; i < 2; i++) {
        char file[sizeof TRACES + 100];
        snprintf(file, sizeof file, "%s", expected[i].file);
        spec.file = file;
        const struct totals totals = totals_of(&spec);
        ck_assert_uint_eq(totals.rows, expected[i].rows);
        ck_assert_int_eq(totals.duration_ns, expected[i].duration_ns);
        ck_assert_int_eq(totals.end_ns, expected[i].end_ns);
    }
}
END_TEST

START_TEST(requests_of_a_real_inference_service)
{
    struct arrivals_spec spec = spec_of(ARRIVALS_TRACE);
    char file[] = TRACES "azure-llm-2023/AzureLLMInferenceTrace_code.csv";
    char timestamp[] = "TIMESTAMP", tokens[] = "ContextTokens";
    spec.file = file;
    spec.time_column = timestamp;
    spec.size_column = tokens;
    spec.time_unit = TIME_UNIT_ISO8601;
    const struct totals totals = totals_of(&spec);
    ck_assert_uint_eq(totals.rows, 8819);
    ck_assert_int_eq(totals.bytes, 18059974);
    ck_assert_int_eq(totals.end_ns, INT64_C(3435948056000)); /* 18:17:03.97996 to 19:14:19.928016 */
}
END_TEST

#define LARGE_ROWS 2000000 /* of 26 bytes: 52 MB */

static void *write_large(void *path)
{
    FILE *const out = fopen(path, "wb");
    if (out == NULL)
        return NULL;
    fputs("time,size,key\n", out);
    for (int i = 0; i < LARGE_ROWS; i++)
        fprintf(out, "%011d.25,%03d,key%04d\n", i, i % 1000, i % 10000);
    fclose(out);
    return NULL;
}

static long peak_kb(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

START_TEST(memory_does_not_grow_with_the_trace)
{
    char path[] = "/tmp/lambdaplan-fifo-XXXXXX";
    const int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    close(fd);
    unlink(path);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    pthread_t writer;
    ck_assert_int_eq(pthread_create(&writer, NULL, write_large, path), 0);
    struct arrivals_spec spec = spec_of(ARRIVALS_TRACE);
    spec.file = path;
    spec.size_column = size_name;
    spec.key_column = key_name;
    const long before_kb = peak_kb();
    const struct totals totals = totals_of(&spec);
    const long growth_kb = peak_kb() - before_kb;
    pthread_join(writer, NULL);
    unlink(path);
    ck_assert_uint_eq(totals.rows, LARGE_ROWS);
    ck_assert_int_eq(totals.end_ns, (LARGE_ROWS - 1) * NS_PER_S);
    ck_assert_int_eq(totals.bytes, INT64_C(499500) * (LARGE_ROWS / 1000));
    if (!SANITIZED)
        ck_assert_int_lt(growth_kb, 4096);
}
END_TEST

/* A date keeps its distance from the zero, in the first pass; a time since some beginning has none.
 */
START_TEST(dates_count_from_a_zero)
{
    struct reading r;
    struct arrivals_spec spec = spec_of(ARRIVALS_COUNTS);
    spec.time_unit = TIME_UNIT_ISO8601;
    spec.has_zero = true;
    spec.zero_ns = INT64_C(1704067200) * NS_PER_S; /* 2024-01-01 */
    spec.repeat = true;
    read_trace(&r, spec, "time,count\n2024-01-01T00:05:00Z,1\n2024-01-01T00:06:00Z,2\n", 3);
    ck_assert_str_eq(r.text, "300000000000-360000000000:1;360000000000-420000000000:2;"
                             "420000000000-480000000000:1;");
    reading_finish(&r);
    spec = spec_of(ARRIVALS_TRACE);
    spec.has_zero = true;
    spec.zero_ns = INT64_C(1704067200) * NS_PER_S;
    spec.repeat = true;
    read_trace(&r, spec, "time\n1704067210\n1704067214\n", 3);
    ck_assert_str_eq(r.text, "10000000000-10000000000:1;14000000000-14000000000:1;"
                             "18000000000-18000000000:1;");
    reading_finish(&r);
    read_trace(&r, spec, "time\n300\n301\n", 2);
    ck_assert_str_eq(r.text, "0-0:1;1000000000-1000000000:1;");
    reading_finish(&r);
}
END_TEST

TEST_MAIN("trace", dates_count_from_a_zero, counts_take_their_bin_from_the_first_gap,
          counts_may_have_gaps_and_an_unsteady_clock, counts_in_iso_time_repeat_without_a_seam,
          bins_that_overlap_are_an_error, counts_may_come_in_any_order, counts_of_cloudwatch,
          what_is_no_count_of_cloudwatch, dates_may_have_slashes, a_bin_is_the_usual_gap,
          a_file_is_checked_before_a_run, the_first_date_is_the_least_of_counts,
          a_single_row_does_not_tell_the_bin, a_bin_must_have_a_length, counts_are_whole_numbers,
          exact_arrivals_with_all_columns, every_unit_of_time,
          repeated_arrivals_keep_their_mean_gap, what_cannot_be_repeated_is_an_error,
          repeats_end_with_the_clock, a_file_that_changes_between_passes_is_an_error,
          a_duration_has_no_iso_unit, times_must_not_go_backwards, times_must_be_times,
          times_that_do_not_fit_are_an_error, other_fields_are_checked, an_empty_trace_is_an_error,
          missing_columns_are_named_with_what_there_is, long_lists_of_columns_are_cut,
          what_is_no_trace_is_refused, requests_at_a_real_load_balancer,
          calls_of_a_real_lambda_function, requests_of_a_real_inference_service,
          memory_does_not_grow_with_the_trace)
