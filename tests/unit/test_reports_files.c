/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of a result made by hand, to the byte, and how fields are written. */
#include "reports/csv_fields.h"
#include "reports/exporters.h"
#include "test_reports_sample.h"

#include "core/memory.h"
#include "harness.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

static void check_number(double value, const char *wanted)
{
    char text[NUMBER_TEXT_SIZE];
    ck_assert_str_eq(number_format(value, text), wanted);
}

START_TEST(numbers_are_short_and_without_exponent)
{
    check_number(0, "0");
    check_number(-0.0, "0");
    check_number(1, "1");
    check_number(-1.5, "-1.5");
    check_number(0.1, "0.1");
    check_number(1.0 / 3, "0.333333333");
    check_number(2.0 / 3 * 1e6, "666666.667");
    check_number(0.000012345678949, "0.0000123456789");
    check_number(1e9, "1000000000");
    check_number(3612345678.0, "3612345678"); /* a count keeps all its digits */
    check_number(9007199254740991.0, "9007199254740991");
    check_number(1234567890.5, "1234567890"); /* half to even, as printf */
    check_number(123456789.75, "123456790");
    check_number(99999999.96, "100000000");
    check_number(1e21, "1e+21");
    check_number(1.5e-12, "1.5e-12");
    check_number(NAN, "");
    check_number(INFINITY, "inf");
    check_number(-INFINITY, "-inf");
}
END_TEST

START_TEST(numbers_come_back_to_nine_digits)
{
    double value = 1.234567891234e-9;
    for (int i = 0; i < 24; i++, value *= 10.1) {
        char text[NUMBER_TEXT_SIZE];
        const double back = strtod(number_format(value, text), NULL);
        ck_assert_msg(fabs(back / value - 1) < 5.1e-9, "%.17g became %s", value, text);
    }
}
END_TEST

static int put_fields(const struct result *result, FILE *out, struct diagnostics *diagnostics)
{
    (void)result;
    struct output *output = output_to_stream(out, "test");
    struct csv_row row = {.output = output};
    csv_put_text(&row, "");
    csv_put_text(&row, "plain text");
    csv_put_text(&row, "a,b");
    csv_put_text(&row, "say \"hi\"");
    csv_put_text(&row, "two\nlines");
    csv_put_text(&row, "cr\r");
    csv_put_text(&row, " outer");
    csv_put_text(&row, "\"");
    csv_put_text(&row, "=1+1");
    csv_put_text(&row, "größe");
    csv_end_row(&row);
    csv_put_number(&row, NAN);
    csv_put_number(&row, 2.5);
    csv_put_bool(&row, true);
    csv_put_bool(&row, false);
    csv_put_money(&row, -1500000000001);
    csv_end_row(&row);
    return output_commit(&output, 1, diagnostics);
}

START_TEST(fields_are_quoted_where_they_need_it)
{
    char *const text = sample_printed(NULL, put_fields);
    ck_assert_str_eq(text,
                     ",plain text,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\"cr\r\",\" outer\","
                     "\"\"\"\",=1+1,größe\n,2.5,true,false,-1.500000000001\n");
    free(text);
}
END_TEST

static const char summary_text[] =
    "entity,metric,unit,mean,ci95_low,ci95_high,replications\n"
    "stream:events,records_in,records,3612345678,3612344444,3612346912,5\n"
    "stream:events,write_throttles,records,0,0,0,5\n"
    "esm:index,records_processed,records,3612345000,3612343800,3612346200,5\n"
    "esm:index,iterator_age_ms.p99,ms,3210.4,3120.4,3300.4,5\n"
    "esm:index,iterator_age_ms.max,ms,93000,89000,97000,5\n"
    "function:index,invocations,invocations,46433.2,46415.95,46450.45,5\n"
    "function:index,cold_start_ratio,ratio,0.00123456789,0.00122456789,0.00124456789,5\n"
    "function:index,errors,invocations,12,10,14,5\n"
    "function:index,duration_ms.p50,ms,155.5,155.25,155.75,5\n"
    "function:index,duration_ms.p99,ms,1860.25,1848.25,1872.25,5\n"
    "function:index,init_duration_ms.p99,ms,,,,0\n"
    "baseline:asg,instances.mean,instances,2,2,2,5\n";

static const char cost_text[] =
    "option,entity,service,sku,region,unit,quantity,free_quantity,unit_price_usd,tier_from,"
    "cost_usd,price_effective_from\n"
    "lambda,function:index,lambda,request,us-east-1,request,1412345,1000000,0.0000002,0,0.082469,"
    "2014-11-13\n"
    "lambda,function:index,lambda,duration-x86,us-east-1,GB-second,1205632.7051982421875,400000,"
    "0.0000166667,0,13.427106,2020-02\n"
    "lambda,stream:events,kinesis,shard-hour,us-east-1,shard-hour,2920,0,0.015,0,43.8,2013-12-17\n"
    "asg,baseline:asg,ec2,m5.large,us-east-1,hour,1460,0,0.096,0,140.16,unknown\n"
    "asg,stream:events,kinesis,shard-hour,us-east-1,shard-hour,2920,0,0.015,0,43.8,2013-12-17\n";

static const char comparison_text[] =
    "option,kind,monthly_cost_usd,ci95_low,ci95_high,relative_cost,latency_ms_p50,latency_ms_p95,"
    "latency_ms_p99,lost,utilization,meets_objectives\n"
    "lambda,lambda,57.309575,56.059575,58.559575,1,812.5,1860,2405.12346,0,,false\n"
    "asg,ec2,183.96,,,3.20993481,95.5,400,1200,17.5,0.2345,n/a\n";

static const char run_text[] =
    "{\n"
    "\t\"version\":\t\"" LAMBDAPLAN_VERSION "\",\n"
    "\t\"command\":\t[],\n"
    "\t\"seed\":\t18446744073709551615,\n"
    "\t\"scenario\":\t{\"name\":\"hot-stream\",\"n\":1.0},\n"
    "\t\"scenario_sha256\":\t\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\","
    "\n"
    "\t\"as_of\":\t\"2024-06-01\",\n"
    "\t\"region\":\t\"us-east-1\",\n"
    "\t\"price_book\":\t\"data/prices, 575 rows\",\n"
    "\t\"limits\":\t{\n"
    "\t\t\"batch\":\t\"1000 records (since 2015-04-09)\",\n"
    "\t\t\"timeout\":\t\"900 s (since 2018-10-10)\"\n"
    "\t},\n"
    "\t\"replications\":\t5,\n"
    "\t\"duration_s\":\t86400,\n"
    "\t\"month_hours\":\t730,\n"
    "\t\"events\":\t123456789012345678,\n"
    "\t\"invocations\":\t232166,\n"
    "\t\"wall_time_s\":\t1.25,\n"
    "\t\"alarms\":\t[],\n"
    "\t\"warnings\":\t[\"function:index: p99 is above its objective in some replications: raise "
    "memory_size or run more replications\"],\n"
    "\t\"name\":\t\"hot-stream\",\n"
    "\t\"warm_up_s\":\t0,\n"
    "\t\"free_tier\":\ttrue,\n"
    "\t\"facts\":\t[\"1 stream of 4 shards, 1 function, 1 mapping\"],\n"
    "\t\"options\":\t[{\n"
    "\t\t\t\"name\":\t\"lambda\",\n"; /* and so on: test_result_reader.c */

static void check_file(const char *dir, const char *name, const char *wanted)
{
    char *const path = sample_path(dir, name);
    char *const text = sample_read(path);
    ck_assert_msg(text != NULL, "%s is missing", name);
    if (strcmp(name, "run.json") == 0 && strlen(text) > strlen(wanted))
        text[strlen(wanted)] = '\0';
    ck_assert_str_eq(text, wanted);
    free(text);
    free(path);
}

static void write_all(const struct result *result, const char *dir,
                      struct timeseries_csv *timeseries)
{
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    ck_assert_int_eq(reports_write(result, dir, timeseries, &diagnostics), 0);
    ck_assert_uint_eq(diagnostics.errors, 0);
    diagnostics_finish(&diagnostics);
}

START_TEST(every_file_to_the_byte)
{
    char *const dir = sample_directory();
    struct result result;
    sample_init(&result);
    write_all(&result, dir, NULL);
    check_file(dir, "summary.csv", summary_text);
    check_file(dir, "cost.csv", cost_text);
    check_file(dir, "comparison.csv", comparison_text);
    check_file(dir, "run.json", run_text);
    check_file(dir, "timeseries.csv", "time_s,entity,metric,statistic,unit,value\n");
    ck_assert_uint_eq(sample_count_files(dir), 5);
    result_finish(&result);
    sample_remove_directory(dir);
}
END_TEST

START_TEST(the_summary_on_standard_output_is_the_file)
{
    struct result result;
    sample_init(&result);
    char *const text = sample_printed(&result, report_stdout_csv);
    ck_assert_str_eq(text, summary_text);
    free(text);
    result_finish(&result);
}
END_TEST

START_TEST(the_time_series_appears_with_the_rest)
{
    char *const dir = sample_directory();
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    struct timeseries_csv *const timeseries = timeseries_csv_open(dir, &diagnostics);
    ck_assert_ptr_nonnull(timeseries);
    timeseries_csv_put(timeseries, 0, "function:index", "Invocations", "Sum", "Count", 31);
    timeseries_csv_put(timeseries, 60, "function:index", "Duration", "Average", "Milliseconds",
                       NAN);
    timeseries_csv_put(timeseries, 120.5, "shard:a/0", "IncomingBytes", "Sum", "Bytes", 1e6);
    char *const path = sample_path(dir, "timeseries.csv");
    ck_assert_ptr_null(sample_read(path));
    struct result result;
    sample_init(&result);
    write_all(&result, dir, timeseries);
    check_file(dir, "timeseries.csv",
               "time_s,entity,metric,statistic,unit,value\n"
               "0,function:index,Invocations,Sum,Count,31\n"
               "60,function:index,Duration,Average,Milliseconds,\n"
               "120.5,shard:a/0,IncomingBytes,Sum,Bytes,1000000\n");
    check_file(dir, "summary.csv", summary_text);
    free(path);
    result_finish(&result);
    diagnostics_finish(&diagnostics);
    sample_remove_directory(dir);
}
END_TEST

START_TEST(an_abandoned_time_series_leaves_nothing)
{
    char *const dir = sample_directory();
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    timeseries_csv_abandon(timeseries_csv_open(dir, &diagnostics));
    timeseries_csv_abandon(NULL);
    ck_assert_uint_eq(sample_count_files(dir), 0);
    diagnostics_finish(&diagnostics);
    sample_remove_directory(dir);
}
END_TEST

START_TEST(a_result_without_anything_is_written)
{
    char *const dir = sample_directory();
    struct result result = {.scenario_name = mem_strdup(""),
                            .region = mem_strdup(""),
                            .scenario_json = mem_strdup("{}"),
                            .price_book = mem_strdup(""),
                            .limits = mem_strdup("")};
    diagnostics_init(&result.notes);
    write_all(&result, dir, NULL);
    check_file(dir, "summary.csv", "entity,metric,unit,mean,ci95_low,ci95_high,replications\n");
    result_finish(&result);
    sample_remove_directory(dir);
}
END_TEST

static cJSON *read_run(const char *dir)
{
    char *const path = sample_path(dir, "run.json");
    char *const text = sample_read(path);
    ck_assert_ptr_nonnull(text);
    cJSON *const json = cJSON_ParseWithOpts(text, NULL, true);
    ck_assert_msg(json != NULL, "%s", text);
    free(text);
    free(path);
    return json;
}

START_TEST(hostile_text_stays_json)
{
    char *const dir = sample_directory();
    struct result result;
    sample_init(&result);
    free(result.price_book);
    /* Cut off, overlong, a surrogate, beyond U+10FFFF, a quote, a control character; then good. */
    result.price_book = mem_strdup("\xc3 \xc0\xaf \xed\xa0\x80 \xf4\x90\x80\x80 \" \x01 ok "
                                   "\xe2\x82\xac \xf0\x9f\x98\x80 \xe2\x82");
    write_all(&result, dir, NULL);
    cJSON *const json = read_run(dir);
    const cJSON *const book = cJSON_GetObjectItemCaseSensitive(json, "price_book");
#define R "\xef\xbf\xbd"
    ck_assert_str_eq(book->valuestring, R " " R R " " R R R " " R R R R
                                          " \" \x01 ok \xe2\x82\xac \xf0\x9f\x98\x80 " R R);
#undef R
    cJSON_Delete(json);
    result_finish(&result);
    sample_remove_directory(dir);
}
END_TEST

START_TEST(warnings_that_were_not_kept_are_counted)
{
    char *const dir = sample_directory();
    struct result result;
    sample_init(&result);
    for (int i = 0; i < DIAGNOSTICS_MAX + 9; i++)
        diagnostics_warning(&result.notes, NULL, 0, "warning %d", i);
    write_all(&result, dir, NULL);
    cJSON *const json = read_run(dir);
    const cJSON *const warnings = cJSON_GetObjectItemCaseSensitive(json, "warnings");
    ck_assert_int_eq(cJSON_GetArraySize(warnings), DIAGNOSTICS_MAX + 1);
    ck_assert_str_eq(cJSON_GetArrayItem(warnings, DIAGNOSTICS_MAX)->valuestring,
                     "and 10 further warnings");
    cJSON_Delete(json);
    result_finish(&result);
    sample_remove_directory(dir);
}
END_TEST

/* A canonical scenario that is not JSON is a mistake of the program: no run.json rather than a
 * broken one. */
START_TEST(a_broken_scenario_text_is_not_written)
{
    char *const dir = sample_directory();
    struct result result;
    sample_init(&result);
    free(result.scenario_json);
    result.scenario_json = mem_strdup("{\"a\":1");
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    ck_assert_int_eq(reports_write(&result, dir, NULL, &diagnostics), -1);
    ck_assert_uint_eq(diagnostics.errors, 1);
    ck_assert_ptr_nonnull(strstr(diagnostics.item[0].text, "run.json: cannot be written"));
    ck_assert_uint_eq(sample_count_files(dir), 0);
    diagnostics_finish(&diagnostics);
    result_finish(&result);
    sample_remove_directory(dir);
}
END_TEST

TEST_MAIN("unit_reports_files", numbers_are_short_and_without_exponent,
          numbers_come_back_to_nine_digits, fields_are_quoted_where_they_need_it,
          every_file_to_the_byte, the_summary_on_standard_output_is_the_file,
          the_time_series_appears_with_the_rest, an_abandoned_time_series_leaves_nothing,
          a_result_without_anything_is_written, hostile_text_stays_json,
          warnings_that_were_not_kept_are_counted, a_broken_scenario_text_is_not_written)
