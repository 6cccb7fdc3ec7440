/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Insights, Azure Functions, mapped CSV and CloudWatch metrics: totals of real files, and what each
 * does with bad ones. */
#include "harness.h"
#include "traces/mapped_csv.h"
#include "traces/record.h"
#include "unit/files.h"

#include <math.h>
#include <stdint.h>

#define TRACES TESTS_DIR "/data/traces/"
#define MS INT64_C(1000000)
#define SECOND INT64_C(1000000000)

struct totals {
    uint64_t records, calls, cold, warm, points;
    int64_t duration_ns, billed_ns, memory_mb, max_memory_mb, times_ns, first_ns, last_ns;
    double value;
    bool sorted;
    struct invocation_record last; /* texts are copied: */
    struct metric_point point;
    char function[100], request_id[100], entity[100], metric[100], statistic[100], unit[100];
    struct diagnostics d;
};

static void copy(char to[100], const char *from)
{
    snprintf(to, 100, "%s", from == NULL ? "(null)" : from);
}

static void note_time(struct totals *t, int64_t time_ns, bool first)
{
    t->sorted = (first || t->sorted) && (first || time_ns >= t->last_ns);
    t->first_ns = first ? time_ns : t->first_ns;
    t->last_ns = time_ns;
}

static int64_t known(int64_t value)
{
    return value == UNKNOWN_VALUE ? 0 : value;
}

static int on_invocation(void *context, const struct invocation_record *record)
{
    struct totals *const t = context;
    const int64_t count = (int64_t)record->count;
    note_time(t, record->time_ns, t->records++ == 0);
    t->calls += record->count;
    t->cold += record->cold == 1;
    t->warm += record->cold == 0;
    t->duration_ns += count * (known(record->duration_ns) / 1000) * 1000;
    t->billed_ns += count * known(record->billed_ns);
    t->memory_mb += count * known(record->memory_mb);
    t->max_memory_mb += count * known(record->max_memory_mb);
    t->times_ns += record->relative ? record->time_ns : 0;
    t->last = *record;
    copy(t->function, record->function);
    copy(t->request_id, record->request_id);
    return 0;
}

static int on_point(void *context, const struct metric_point *point)
{
    struct totals *const t = context;
    note_time(t, point->time_ns, t->points++ == 0);
    t->value += point->value;
    t->point = *point;
    copy(t->entity, point->entity);
    copy(t->metric, point->metric);
    copy(t->statistic, point->statistic);
    copy(t->unit, point->unit);
    return 0;
}

static int read_with(struct totals *t, const char *path, const char *map, bool strict)
{
    struct column_mapping *mapping = NULL;
    size_t maps = 0;
    char *error = NULL;
    *t = (struct totals){0};
    diagnostics_init(&t->d);
    if (map != NULL)
        ck_assert_int_eq(column_mapping_parse(map, &mapping, &maps, &error), 0);
    const struct read_options options = {.map = mapping, .maps = maps, .strict = strict};
    const struct record_sink sink = {.invocation = on_invocation, .point = on_point, .context = t};
    const int result = read_records(&path, 1, &options, &sink, NULL, &t->d);
    column_mapping_free(mapping, maps);
    return result;
}

static int read_text(struct totals *t, const char *text, const char *map)
{
    struct temporary file;
    temporary_write(&file, text, strlen(text));
    const int result = read_with(t, file.path, map, false);
    temporary_remove(&file);
    return result;
}

static void assert_told(const struct totals *t, const char *part)
{
    bool found = false;
    for (size_t i = 0; i < t->d.count; i++)
        found = found || strstr(t->d.item[i].text, part) != NULL;
    ck_assert_msg(found, "nothing says \"%s\"; the first is %s", part,
                  t->d.count > 0 ? t->d.item[0].text : "(none)");
}

static void assert_well(const struct totals *t, int result)
{
    ck_assert_msg(result == 0 && t->d.count == 0, "%s",
                  t->d.count > 0 ? t->d.item[0].text : "(no message)");
}

#define INSIGHTS_HEADER                                                                            \
    "@timestamp,@requestId,@type,@duration,@billedDuration,@initDuration,@memorySize,"             \
    "@maxMemoryUsed,@log,@logStream\n"

START_TEST(insights_csv)
{
    struct totals t;
    int result =
        read_text(&t,
                  INSIGHTS_HEADER
                  "2023-11-14 22:13:20.123,id-1,REPORT,12.34,13,,1.28E8,4.5E7,"
                  "123456789012:/aws/lambda/thumbs,2023/11/14/[$LATEST]af2b\n"
                  "2023-11-14 22:13:20.124,id-1,START,,,,,,123456789012:/aws/lambda/thumbs,s\n"
                  "2023-11-14 22:13:21.000,id-2,REPORT,3003.16,3000,127.02,1024000000,48000000,"
                  "\"123456789012:/shared\",2023/11/14/resize[$LATEST]af2b\n",
                  NULL);
    ck_assert_int_eq(result, 0);
    ck_assert_uint_eq(t.records, 2);
    ck_assert_uint_eq(t.cold, 1);
    ck_assert_uint_eq(t.warm, 1);
    ck_assert_int_eq(t.duration_ns, INT64_C(3015500000));
    ck_assert_int_eq(t.billed_ns, 3013 * MS);
    ck_assert_int_eq(t.memory_mb, 128 + 1024);
    ck_assert_int_eq(t.max_memory_mb, 45 + 48);
    ck_assert_int_eq(t.first_ns, INT64_C(1700000000123) * MS);
    ck_assert_int_eq(t.last.init_ns, 127020000);
    ck_assert(!t.last.relative && !t.last.at_start);
    ck_assert_str_eq(t.function, "resize");
    ck_assert_str_eq(t.request_id, "id-2");
    assert_told(&t, "1 rows are no REPORT of an invocation");
    diagnostics_finish(&t.d);
}
END_TEST

START_TEST(insights_message)
{
    struct totals t;
    ck_assert_int_eq(
        read_text(&t,
                  "@timestamp,@message\n"
                  "2024-03-01 00:00:00.000,\"REPORT RequestId: 7c9567b5\tDuration: 3003.16 ms\t"
                  "Billed Duration: 3000 ms\tMemory Size: 128 MB\tMax Memory Used: 48 MB\t\n"
                  "XRAY TraceId: 1-5\tStatus: timeout\"\n"
                  "2024-03-01 00:00:01.000,\"a line of the application,\nwith \"\"quotes\"\"\"\n"
                  "2024-03-01 00:00:02.000,REPORT RequestId: x\tDuration: broken\n",
                  NULL),
        0);
    ck_assert_uint_eq(t.records, 1);
    ck_assert_int_eq(t.billed_ns, 3000 * MS);
    ck_assert_int_eq(t.last.memory_mb, 128);
    ck_assert_int_eq(t.last.status, INVOCATION_TIMEOUT);
    ck_assert_int_eq(t.last.cold, 0);
    ck_assert_str_eq(t.request_id, "7c9567b5");
    assert_told(&t, "1 rows are no REPORT");
    assert_told(&t, ":6");
    diagnostics_finish(&t.d);
}
END_TEST

/* What a damaged message does not tell stands in the columns; where it does not, the row is left.
 */
START_TEST(insights_damaged_message)
{
    struct totals t;
    ck_assert_int_eq(
        read_text(&t,
                  "@timestamp,@requestId,@duration,@billedDuration,@memorySize,@message\n"
                  "2024-03-01 00:00:00.000,a,10.5,11,1.28E8,REPORT RequestId: a\tDuration: 1\n"
                  "2024-03-01 00:00:01.000,b,10.5,,1.28E8,REPORT RequestId: b\tDuration: 1\n",
                  NULL),
        0);
    ck_assert_uint_eq(t.records, 1);
    ck_assert_int_eq(t.billed_ns, 11 * MS);
    ck_assert_int_eq(t.last.duration_ns, 10500000);
    ck_assert_str_eq(t.request_id, "a");
    assert_told(&t, ":3: this row was left out: Duration has no unit");
    diagnostics_finish(&t.d);
}
END_TEST

START_TEST(insights_json)
{
    static const char cli[] =
        "{\n\"results\": [\n"
        " [{\"field\": \"@timestamp\", \"value\": \"2023-11-14 22:13:20.123\"},\n"
        "  {\"field\": \"@type\", \"value\": \"REPORT\"},\n"
        "  {\"field\": \"@requestId\", \"value\": \"a]\\\"b\"},\n"
        "  {\"field\": \"@duration\", \"value\": \"12.34\"},\n"
        "  {\"field\": \"@billedDuration\", \"value\": \"13.0\"},\n"
        "  {\"field\": \"@memorySize\", \"value\": \"1.28E8\"},\n"
        "  {\"field\": \"@log\", \"value\": \"1:/aws/lambda/f\"},\n"
        "  {\"field\": \"@ptr\", \"value\": \"CmEKJgoi\"}],\n"
        " [{\"field\": \"@type\", \"value\": \"END\"}],\n"
        " [{\"field\": \"@duration\", \"value\": \"twelve\"}], 7\n"
        "], \"statistics\": {\"recordsMatched\": 3.0, \"results\": [[1]]}, \"status\": "
        "\"Complete\"}";
    static const char copied[] =
        "[{\"@timestamp\": \"2023-11-14 22:13:20.123\", \"@initDuration\": \"1.5\","
        "\"@duration\": \"12.34\", \"@maxMemoryUsed\": \"4.5E7\"}]";
    struct totals t;
    ck_assert_int_eq(read_text(&t, cli, NULL), 0);
    ck_assert_uint_eq(t.records, 1);
    ck_assert_int_eq(t.billed_ns, 13 * MS);
    ck_assert_int_eq(t.last.memory_mb, 128);
    ck_assert_int_eq(t.last.cold, 0);
    ck_assert_str_eq(t.function, "f");
    ck_assert_str_eq(t.request_id, "a]\"b");
    assert_told(&t, "1 rows are no REPORT");
    assert_told(&t, "@duration is no number of ms");
    assert_told(&t, "no list of fields and values");
    diagnostics_finish(&t.d);
    assert_well(&t, read_text(&t, copied, NULL));
    ck_assert_uint_eq(t.cold, 1);
    ck_assert_int_eq(t.max_memory_mb, 45);
    diagnostics_finish(&t.d);
    ck_assert_int_eq(read_text(&t, "{\"results\": [[{\"field\": \"@type\"", NULL), -1);
    assert_told(&t, "it is cut");
    diagnostics_finish(&t.d);
}
END_TEST

START_TEST(azure_2019)
{
    static const struct {
        const char *folder;
        uint64_t records, calls;
        int64_t duration_ms, memory_mb, first_ns;
    } sample[] = {
        {"official1", 1440, 20820188, 83280752, INT64_C(4434700044), 0},
        {"official10", 13582, 13037064, 655354088, INT64_C(2346438590), 0},
        /* minutes 480 to 959; the first function's first call is in minute 481 */
        {"official100_min480-959", 3544, 280015, 269101475, 2498132, 480 * 60 * SECOND},
    };
    struct totals t;
    for (size_t i = 0; i < sizeof sample / sizeof *sample; i++) {
        char path[300];
        snprintf(path, sizeof path, TRACES "azure-functions-2019/%s/invocations.csv",
                 sample[i].folder);
        for (int folder = 0; folder < 2; folder++) { /* in it, the others yield nothing */
            assert_well(&t, read_with(&t, path, NULL, true));
            ck_assert_uint_eq(t.records, sample[i].records);
            ck_assert_uint_eq(t.calls, sample[i].calls);
            ck_assert_int_eq(t.duration_ns / MS, sample[i].duration_ms);
            ck_assert_int_eq(t.memory_mb, sample[i].memory_mb);
            ck_assert_int_eq(t.first_ns, sample[i].first_ns);
            ck_assert_int_eq(t.last.span_ns, 60 * SECOND);
            ck_assert(t.last.relative && t.last.at_start);
            diagnostics_finish(&t.d);
            *strrchr(path, '/') = '\0';
        }
    }
}
END_TEST

START_TEST(azure_2021)
{
    struct totals t;
    assert_well(&t, read_with(&t, TRACES "azure-functions-2021/Azure2021_200.csv", NULL, true));
    ck_assert_uint_eq(t.records, 199);
    ck_assert_int_eq(t.duration_ns, INT64_C(10599170000000));
    ck_assert_int_eq(t.times_ns, INT64_C(97194569724160));
    ck_assert_int_eq(t.first_ns, 1490900);
    diagnostics_finish(&t.d);
    assert_well(&t, read_with(&t, TRACES "azure-functions-2021/Azure2021_30.csv", NULL, true));
    ck_assert_uint_eq(t.records, 29);
    ck_assert_int_eq(t.duration_ns, 261 * SECOND);
    ck_assert_int_eq(t.times_ns, 2649 * SECOND);
    ck_assert_int_eq(t.first_ns, SECOND);
    diagnostics_finish(&t.d);
}
END_TEST

START_TEST(pacslab_by_mapping)
{
    static const char map[] = "start_s=client_start_time,duration_ms=aws_duration,"
                              "billed_ms=aws_billed_duration,cold=is_cold,"
                              "max_memory_mb=aws_max_mem";
    struct totals t;
    const char *const folder = DATA_DIR "/traces/pacslab-lambda-2020/";
    char path[300];
    snprintf(path, sizeof path, "%sres-01-2020-05-26_01-31-35.csv", folder);
    assert_well(&t, read_with(&t, path, map, true));
    ck_assert_uint_eq(t.records, 1648);
    ck_assert_uint_eq(t.cold, 29);
    ck_assert_uint_eq(t.warm, 1619);
    ck_assert_int_eq(t.billed_ns, 3136600 * MS);
    ck_assert_int_eq(t.duration_ns, INT64_C(306522171) * MS / 100);
    ck_assert_int_eq(t.max_memory_mb, 88932);
    ck_assert_int_eq(t.first_ns, INT64_C(1590355883619940500));
    ck_assert_int_eq(t.last_ns, INT64_C(1590456471815085400));
    ck_assert(t.last.at_start && !t.last.relative);
    diagnostics_finish(&t.d);
    snprintf(path, sizeof path, "%sres-01-2020-06-10_22-20-08.csv", folder);
    assert_well(&t, read_with(&t, path, map, true));
    ck_assert_uint_eq(t.records, 428);
    ck_assert_uint_eq(t.cold, 32);
    ck_assert_int_eq(t.billed_ns, 818200 * MS);
    ck_assert_int_eq(t.duration_ns, INT64_C(19910417) * MS / 25);
    ck_assert_int_eq(t.max_memory_mb, 23061);
    diagnostics_finish(&t.d);
}
END_TEST

/* The same files without a mapping: their header is known. */
START_TEST(pacslab_by_header)
{
    struct totals t;
    const char *const folder = DATA_DIR "/traces/pacslab-lambda-2020/";
    char path[300];
    snprintf(path, sizeof path, "%sres-01-2020-05-26_01-31-35.csv", folder);
    assert_well(&t, read_with(&t, path, NULL, true));
    ck_assert_uint_eq(t.records, 1648);
    ck_assert_uint_eq(t.cold, 29);
    ck_assert_uint_eq(t.warm, 1619);
    ck_assert_int_eq(t.billed_ns, 3136600 * MS);
    ck_assert_int_eq(t.duration_ns, INT64_C(306522171) * MS / 100);
    ck_assert_int_eq(t.max_memory_mb, 88932);
    ck_assert_int_eq(t.first_ns, INT64_C(1590355883619940500));
    ck_assert(t.last.at_start && !t.last.relative);
    diagnostics_finish(&t.d);
}
END_TEST

START_TEST(mapping_units)
{
    struct totals t;
    /* The same moment and length five times. */
    assert_well(&t, read_text(&t,
                              "when,took,f\n1700000000.5,1.5,a\n1700000000500,1.5,a\n"
                              "1700000000500000,1.5,a\n1700000000500000000,1.5,a\n"
                              "2023-11-14T22:13:20.5Z,1.5,a\n",
                              "start=when,duration_s=took,function=f"));
    ck_assert_uint_eq(t.records, 5);
    ck_assert(t.sorted && t.first_ns == t.last_ns);
    ck_assert_int_eq(t.first_ns, INT64_C(1700000000500) * MS);
    ck_assert_int_eq(t.duration_ns, 7500 * MS);
    ck_assert_str_eq(t.function, "a");
    diagnostics_finish(&t.d);
    assert_well(&t, read_text(&t, "from,\"to, at\",m,st,n\n10,12.25,1048576,504,3\n",
                              "start_s=from,end_s=\"to, at\",memory_bytes=m,status=st,count=n"));
    ck_assert_int_eq(t.last.duration_ns, 2250 * MS);
    ck_assert_int_eq(t.last.memory_mb, 1);
    ck_assert_int_eq(t.last.status, INVOCATION_TIMEOUT);
    ck_assert_uint_eq(t.calls, 3);
    ck_assert(t.last.relative);
    diagnostics_finish(&t.d);
    ck_assert_int_eq(
        read_text(&t, "s,d\n1,2\n1\n-1,2\n1,nan\n1,-2\n1,1e99\n1,x\n", "start=s,duration=d"), 0);
    ck_assert_uint_eq(t.records, 2); /* NaN is unknown */
    assert_told(&t, "its start is no time");
    assert_told(&t, "its duration is no number");
    assert_told(&t, "more or fewer columns");
    diagnostics_finish(&t.d);
}
END_TEST

static void assert_no_mapping(const char *text, const char *part)
{
    struct column_mapping *mapping;
    size_t count;
    char *error = NULL;
    ck_assert_int_eq(column_mapping_parse(text, &mapping, &count, &error), -1);
    ck_assert_msg(strstr(error, part) != NULL, "\"%s\" lacks \"%s\"", error, part);
    free(error);
}

START_TEST(mapping_errors)
{
    struct totals t;
    assert_no_mapping("", "is not FIELD=COLUMN");
    assert_no_mapping("start", "is not FIELD=COLUMN");
    assert_no_mapping("=x", "is not FIELD=COLUMN");
    assert_no_mapping("start=a,", "is not FIELD=COLUMN");
    assert_no_mapping("start=", "has no name");
    assert_no_mapping("start=\"a", "is not closed");
    assert_no_mapping("start=\"a\"b", "a comma is missing");
    assert_no_mapping("durations_ms=x", "did you mean \"duration_ms\"?");
    assert_no_mapping("colour=x", "there are start[_s|_ms|_us|_ns|_iso], end[");
    assert_no_mapping("start=a,start_ms=b", "are the same field");
    ck_assert_int_eq(read_text(&t, "client_start,b\n1,2\n", "start=client_strat,duration=zzz"), -1);
    assert_told(&t, "did you mean \"client_start\"?");
    assert_told(&t, "there are: client_start, b");
    diagnostics_finish(&t.d);
}
END_TEST

START_TEST(nab_series)
{
    static const struct {
        const char *path;
        uint64_t points;
        double sum;
        int64_t first_s, last_s;
    } sample[] = {
        {TRACES "nab-cloudwatch/cpu_utilization_asg_misconfiguration.csv", 2000, 72930.229,
         1400030040, 1400629740},
        {TRACES "nab-cloudwatch/ec2_cpu_utilization_5f5533.csv", 4032, 173821.0183, 1392388020,
         1393597320},
        {TRACES "nab-cloudwatch/grok_asg_anomaly.csv", 4621, 127931.10701, 1389830400, 1391216400},
        {DATA_DIR "/traces/nab-cloudwatch/elb_request_count_8c0756.csv", 4032, 249327, 1397088240,
         1398299940},
    };
    struct totals t;
    for (size_t i = 0; i < sizeof sample / sizeof *sample; i++) {
        assert_well(&t, read_with(&t, sample[i].path, NULL, true));
        ck_assert_uint_eq(t.points, sample[i].points);
        ck_assert_double_eq_tol(t.value, sample[i].sum, 1e-6);
        ck_assert_int_eq(t.first_ns, sample[i].first_s * SECOND);
        ck_assert_int_eq(t.last_ns, sample[i].last_s * SECOND);
        diagnostics_finish(&t.d);
    }
}
END_TEST

START_TEST(cloudwatch_answers)
{
    static const struct {
        const char *file, *metric, *statistic, *unit;
        uint64_t points;
        double sum;
        int64_t first_s;
    } sample[] = {
        {"cloudwatch_get-metric-data.1.json", "Avg Total IOPS", NULL, NULL, 1, 96.85, 1727647800},
        {"cloudwatch_get-metric-data.2.json", "EstimatedCharges", NULL, NULL, 1, 542.38,
         1727352000},
        {"cloudwatch_get-metric-statistics.1.json", "CPUUtilization", "Maximum", "Percent", 23,
         1137.59, 1396999080},
        {"bedrock_inference_profile_token_metrics.monitoring.GetMetricData_1.json",
         "c7n:TotalTokenCount", NULL, NULL, 1, 15, 1784643180},
        {"bedrock_inference_profile_token_metrics.monitoring.GetMetricData_2.json",
         "c7n:TotalTokenCount", NULL, NULL, 1, 15, 1784643180},
        {"bedrock_inference_profile_token_metrics.monitoring.GetMetricStatistics_1.json",
         "InputTokenCount", "Sum", "Count", 1, 7, 1784643180},
        {"bedrock_inference_profile_token_metrics.monitoring.GetMetricStatistics_2.json",
         "OutputTokenCount", "Sum", "Count", 1, 8, 1784643180},
    };
    struct totals t;
    for (size_t i = 0; i < sizeof sample / sizeof *sample; i++) {
        char path[300];
        snprintf(path, sizeof path, TRACES "cloudwatch/%s", sample[i].file);
        assert_well(&t, read_with(&t, path, NULL, true));
        ck_assert_uint_eq(t.points, sample[i].points);
        ck_assert_double_eq_tol(t.value, sample[i].sum, 1e-9);
        ck_assert_int_eq(t.first_ns, sample[i].first_s * SECOND);
        ck_assert_str_eq(t.metric, sample[i].metric);
        ck_assert_str_eq(t.statistic, sample[i].statistic == NULL ? "(null)" : sample[i].statistic);
        ck_assert_str_eq(t.unit, sample[i].unit == NULL ? "(null)" : sample[i].unit);
        ck_assert(t.sorted);
        diagnostics_finish(&t.d);
    }
}
END_TEST

START_TEST(cloudwatch_order_and_errors)
{
    struct totals t;
    ck_assert_int_eq(
        read_text(&t,
                  "{\"MetricDataResults\": [{\"Id\": \"m\", \"Label\": \"my-fn Invocations\",\n"
                  "\"Timestamps\": [\"2024-01-01T00:02:00Z\", \"2024-01-01T00:01:00Z\", 1704067200,"
                  "\"never\"],\n\"Values\": [3, 2, 1, 0, 9], \"StatusCode\": \"PartialData\"}],\n"
                  "\"NextToken\": \"x\"}",
                  NULL),
        0);
    ck_assert_uint_eq(t.points, 3);
    ck_assert(t.sorted);
    ck_assert_int_eq(t.first_ns, INT64_C(1704067200) * SECOND);
    ck_assert_double_eq(t.point.value, 3);
    ck_assert_str_eq(t.entity, "my-fn");
    ck_assert_str_eq(t.metric, "Invocations");
    assert_told(&t, "PartialData");
    assert_told(&t, "NextToken");
    assert_told(&t, "a timestamp is no time");
    assert_told(&t, "not as many Timestamps as Values");
    diagnostics_finish(&t.d);
    ck_assert_int_eq(
        read_text(&t,
                  "{\"Label\": \"Duration\", \"Datapoints\": [{\"Timestamp\": "
                  "\"2024-01-01T00:01:00Z\", \"Average\": 5, \"SampleCount\": 2, \"Unit\": "
                  "\"Milliseconds\", \"ExtendedStatistics\": {\"p99\": 9.5}}, {\"Timestamp\": "
                  "\"2024-01-01T00:00:00Z\"}]}",
                  NULL),
        0);
    ck_assert_uint_eq(t.points, 3);
    ck_assert_str_eq(t.statistic, "p99");
    ck_assert_double_eq(t.point.value, 9.5);
    assert_told(&t, "there is no statistic in it");
    diagnostics_finish(&t.d);
}
END_TEST

TEST_MAIN("tabular", insights_csv, insights_message, insights_damaged_message, insights_json,
          azure_2019, azure_2021, pacslab_by_mapping, pacslab_by_header, mapping_units,
          mapping_errors, nab_series, cloudwatch_answers, cloudwatch_order_and_errors)
