/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/limits.h"

#include "scenario/data_table.h"
#include "support/date.h"
#include "temp_data.h"

#include "harness.h"

static struct diagnostics diagnostics;

static struct limits *shipped(void)
{
    diagnostics_init(&diagnostics);
    struct limits *const limits = limits_load(DATA_DIR, &diagnostics);
    ck_assert_msg(limits != NULL, "%s", diagnostics.count > 0 ? diagnostics.item[0].text : "?");
    return limits;
}

static void done(struct limits *limits)
{
    limits_destroy(limits);
    diagnostics_finish(&diagnostics);
}

static double at(const struct limits *limits, const char *key, int year, int month, int day)
{
    return limits_or(limits, key, date_from_civil(year, month, day), -99);
}

#define HEADER "key,value,unit,effective_from,effective_to,source,confidence\n"

static struct limits *load_text(const char *text, const char *second)
{
    struct temp_data temp = temp_data_create("limits");
    temp_data_write(&temp, "a.csv", text);
    temp_data_write(&temp, "notes.txt", "not,a,table\n");
    if (second != NULL)
        temp_data_write(&temp, "b.csv", second);
    diagnostics_init(&diagnostics);
    struct limits *const limits = limits_read(temp.root, &diagnostics);
    temp_data_destroy(&temp);
    return limits;
}

START_TEST(values_follow_the_date)
{
    struct limits *const limits = shipped();
    ck_assert_double_eq(at(limits, "lambda.memory.max", 2014, 10, 31), -99);
    ck_assert_double_eq(at(limits, "lambda.memory.max", 2016, 4, 1), 1536);
    ck_assert_double_eq(at(limits, "lambda.memory.max", 2017, 11, 29), 1536);
    ck_assert_double_eq(at(limits, "lambda.memory.max", 2017, 11, 30), 3008);
    ck_assert_double_eq(at(limits, "lambda.memory.max", 2018, 6, 1), 3008);
    ck_assert_double_eq(at(limits, "lambda.memory.max", 2020, 11, 30), 3008);
    ck_assert_double_eq(at(limits, "lambda.memory.max", 2020, 12, 1), 10240);
    ck_assert_double_eq(at(limits, "lambda.memory.max", 2026, 9, 1), 10240);
    ck_assert_double_eq(at(limits, "lambda.concurrency.account", 2016, 1, 1), 100);
    ck_assert_double_eq(at(limits, "lambda.concurrency.account", 2018, 1, 1), 1000);
    ck_assert_double_eq(at(limits, "lambda.bill.granularity", 2020, 11, 30), 100);
    ck_assert_double_eq(at(limits, "lambda.bill.granularity", 2020, 12, 1), 1);
    ck_assert_double_eq(at(limits, "lambda.timeout.max", 2018, 10, 9), 300);
    ck_assert_double_eq(at(limits, "lambda.timeout.max", 2018, 10, 10), 900);
    ck_assert_double_eq(at(limits, "lambda.init.billed_zip_managed_ondemand", 2025, 7, 31), 0);
    ck_assert_double_eq(at(limits, "lambda.init.billed_zip_managed_ondemand", 2025, 8, 1), 1);
    ck_assert_double_eq(at(limits, "lambda.burst.initial.us-east-2", 2018, 1, 1), 500);
    ck_assert_double_eq(at(limits, "lambda.burst.initial.us-east-2", 2022, 6, 1), 1000);
    ck_assert_double_eq(at(limits, "kinesis.retention.max", 2015, 1, 1), 24);
    ck_assert_double_eq(at(limits, "kinesis.record.max", 2014, 1, 1), 51200);
    ck_assert_double_eq(at(limits, "lambda.init.timeout", 2000, 1, 1), 10);
    ck_assert_double_eq(at(limits, "stepfunctions.start.standard.rate.other", 2019, 12, 31), -99);
    ck_assert_double_eq(at(limits, "stepfunctions.start.standard.rate.other", 2020, 1, 1), 150);
    ck_assert_double_eq(at(limits, "sqs.in_flight.fifo", 2024, 10, 31), 20000);
    ck_assert_double_eq(at(limits, "sqs.in_flight.fifo", 2024, 11, 1), 120000);
    done(limits);
}
END_TEST

/* One of the two ways to scale holds on each day from 2017-11 on, never both. */
START_TEST(scaling_eras_meet)
{
    struct limits *const limits = shipped();
    for (int32_t day = date_from_civil(2017, 11, 1); day < date_from_civil(2026, 12, 1); day++) {
        double value;
        const bool burst = limits_get(limits, "lambda.burst.initial.other", day, &value);
        const bool minute = limits_get(limits, "lambda.burst.per_minute", day, &value);
        const bool ten_s = limits_get(limits, "lambda.scale.per_function_per_10s", day, &value);
        ck_assert_int_eq(burst, minute);
        ck_assert_int_eq(burst, !ten_s);
        ck_assert(limits_get(limits, "lambda.burst.initial.us-east-2", day, &value) == burst);
    }
    done(limits);
}
END_TEST

/* Where the day is one before the first value, after a value's end, or between two. */
START_TEST(the_nearest_value_stands_in)
{
    struct limits *const limits = load_text(HEADER "x,1,s,2015,2016,me,doc\n"
                                                   "x,2,s,2017,2018,me,doc\n"
                                                   "y,3,s,,,me,doc\n",
                                            NULL);
    ck_assert_double_eq(limits_at(limits, "x", date_from_civil(2014, 12, 31)), 1);
    ck_assert_double_eq(limits_at(limits, "x", date_from_civil(2015, 6, 1)), 1);
    ck_assert_double_eq(limits_at(limits, "x", date_from_civil(2016, 6, 1)), 1);
    ck_assert_double_eq(limits_at(limits, "x", date_from_civil(2017, 1, 1)), 2);
    ck_assert_double_eq(limits_at(limits, "x", DATE_MAX), 2);
    ck_assert_double_eq(limits_at(limits, "y", DATE_MIN), 3);
    ck_assert_double_eq(limits_at(limits, "no.such.key", 0), 0);
    done(limits);
}
END_TEST

START_TEST(features_have_first_days)
{
    static const struct {
        const char *key;
        int year, month, day;
    } feature[] = {
        {"since.reserved_concurrency", 2017, 11, 30},
        {"since.provisioned_concurrency", 2019, 12, 3},
        {"since.image_package", 2020, 12, 1},
        {"since.arm64", 2021, 9, 29},
        {"since.ephemeral_storage", 2022, 3, 1},
        {"since.batching_window", 2019, 8, 29},
        {"since.parallelization_factor", 2019, 11, 25},
        {"since.bisect", 2019, 11, 25},
        {"since.maximum_retry_attempts", 2019, 11, 25},
        {"since.maximum_record_age", 2019, 11, 25},
        {"since.on_failure_destination", 2019, 11, 25},
        {"since.s3_on_failure_destination", 2024, 11, 1},
        {"since.async_destinations", 2019, 11, 25},
        {"since.report_batch_item_failures", 2020, 12, 1},
        {"since.enhanced_fan_out", 2018, 8, 1},
        {"since.on_demand_stream", 2021, 11, 1},
        {"since.alb", 2016, 8, 1},
        {"since.alb_lambda_target", 2018, 11, 29},
        {"since.target_tracking", 2017, 7, 1},
        {"since.sqs_mapping", 2018, 6, 28},
        {"since.vpc", 2016, 2, 1},
    };
    struct limits *const limits = shipped();
    for (size_t i = 0; i < sizeof feature / sizeof *feature; i++) {
        const int32_t day = date_from_civil(feature[i].year, feature[i].month, feature[i].day);
        ck_assert_msg(limits_first_day(limits, feature[i].key) == day, "%s", feature[i].key);
        ck_assert_double_eq(limits_or(limits, feature[i].key, day - 1, 0), 0);
        ck_assert_double_eq(limits_or(limits, feature[i].key, day, 0), 1);
    }
    ck_assert_int_eq(limits_first_day(limits, "since.teleportation"), DATE_MAX);
    ck_assert_int_eq(limits_first_day(limits, "lambda.init.timeout"), DATE_MIN);
    done(limits);
}
END_TEST

START_TEST(since_is_the_start_of_the_value)
{
    struct limits *const limits = shipped();
    const int32_t today = date_from_civil(2026, 1, 1);
    ck_assert_int_eq(limits_since(limits, "lambda.memory.max", today),
                     date_from_civil(2020, 12, 1));
    ck_assert_int_eq(limits_since(limits, "lambda.memory.max", date_from_civil(2018, 1, 1)),
                     date_from_civil(2017, 11, 30));
    /* two rows with the same value and different sources */
    ck_assert_int_eq(limits_since(limits, "lambda.cpu.mb_per_vcpu", date_from_civil(2019, 1, 1)),
                     date_from_civil(2014, 11, 1));
    ck_assert_int_eq(limits_since(limits, "lambda.init.timeout", today), DATE_MIN);
    ck_assert_int_eq(limits_since(limits, "no.such.key", today), DATE_MAX);
    done(limits);
}
END_TEST

START_TEST(changes_are_told_in_order)
{
    static const double most_mb[] = {1024, 1536, 3008, 10240};
    struct limits *const limits = shipped();
    double value;
    int32_t since, before = DATE_MIN;
    for (size_t i = 0; i < 4; i++) {
        ck_assert(limits_change(limits, "lambda.memory.max", i, &value, &since));
        ck_assert_double_eq(value, most_mb[i]);
        ck_assert_int_gt(since, before);
        before = since;
    }
    ck_assert_int_eq(before, date_from_civil(2020, 12, 1));
    ck_assert(!limits_change(limits, "lambda.memory.max", 4, &value, &since));
    /* two rows with the same value are one, and without a date it was always so */
    ck_assert(limits_change(limits, "lambda.cpu.mb_per_vcpu", 0, &value, &since));
    ck_assert_int_eq(since, date_from_civil(2014, 11, 1));
    ck_assert(limits_change(limits, "lambda.cpu.mb_per_vcpu", 1, &value, &since));
    ck_assert_double_eq(value, 1769);
    ck_assert(!limits_change(limits, "lambda.cpu.mb_per_vcpu", 2, &value, &since));
    ck_assert(limits_change(limits, "lambda.init.timeout", 0, &value, &since));
    ck_assert_int_eq(since, DATE_MIN);
    ck_assert(!limits_change(limits, "no.such.key", 0, &value, &since));
    done(limits);
}
END_TEST

START_TEST(describes_what_is_in_force)
{
    struct limits *const limits = shipped();
    char *const text = limits_describe(limits, date_from_civil(2018, 1, 1));
    ck_assert_ptr_nonnull(strstr(text, "lambda.memory.max=3008 MB (since 2017-11-30)\n"));
    ck_assert_ptr_nonnull(strstr(text, "lambda.init.timeout=10 s\n"));
    ck_assert_ptr_null(strstr(text, "since.arm64"));
    char *previous = NULL;
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        *strchr(line, '=') = '\0';
        ck_assert(previous == NULL || strcmp(previous, line) < 0);
        previous = line;
    }
    ck_assert_ptr_nonnull(previous);
    free(text);
    done(limits);
}
END_TEST

START_TEST(reads_every_file_and_keeps_foreign_columns_out)
{
    struct limits *const limits =
        load_text(HEADER "x,1,s,2015,2016,me,doc\nx,2,s,2016,,me,doc\n",
                  "note,key,value,unit,effective_from,effective_to,source,confidence\n"
                  "hm,y,-1.5,s,,,me,doc\n");
    ck_assert_ptr_nonnull(limits);
    ck_assert_double_eq(at(limits, "x", 2015, 12, 31), 1);
    ck_assert_double_eq(at(limits, "x", 2016, 1, 1), 2);
    ck_assert_double_eq(at(limits, "y", 1900, 1, 1), -1.5);
    done(limits);
}
END_TEST

START_TEST(broken_rows_are_errors_with_a_place)
{
    struct limits *const limits = load_text(HEADER "a,unlimited,s,,,me,doc\n"
                                                   "b,nan,s,,,me,doc\n"
                                                   "c,1,s,2015-13,,me,doc\n"
                                                   "d,1,s,2016,2016,me,doc\n"
                                                   ",1,s,,,me,doc\n"
                                                   "e,1,,,,me,doc\n"
                                                   "f,1,s,,,,doc\n"
                                                   "g,1,s,,,me,\n"
                                                   "h,1,s,,soon,me,doc\n",
                                            NULL);
    ck_assert_ptr_null(limits);
    assert_reported(&diagnostics, "a.csv:2:", "value", "unlimited");
    assert_reported(&diagnostics, "a.csv:3:", "nan");
    assert_reported(&diagnostics, "a.csv:4:", "effective_from", "2015-13");
    assert_reported(&diagnostics, "a.csv:5:", "2016", "not after");
    assert_reported(&diagnostics, "a.csv:6:", "key is empty");
    assert_reported(&diagnostics, "a.csv:7:", "unit is empty");
    assert_reported(&diagnostics, "a.csv:8:", "source is empty");
    assert_reported(&diagnostics, "a.csv:9:", "confidence is empty");
    assert_reported(&diagnostics, "a.csv:10:", "effective_to", "soon");
    ck_assert_uint_eq(diagnostics.errors, 9);
    done(limits);
}
END_TEST

START_TEST(overlapping_validity_is_an_error_across_files)
{
    struct limits *const limits =
        load_text(HEADER "x,1,s,2015,2017,me,doc\n", HEADER "x,2,s,2016-12-31,,me,doc\n");
    ck_assert_ptr_null(limits);
    ck_assert_uint_eq(diagnostics.errors, 1);
    assert_reported(&diagnostics, "b.csv:2: x is valid at the same time", "a.csv:2");
    done(limits);
}
END_TEST

START_TEST(two_rows_without_dates_overlap)
{
    ck_assert_ptr_null(load_text(HEADER "x,1,s,,,me,doc\nx,1,s,,,me,doc\n", NULL));
    assert_reported(&diagnostics, "a.csv:3: x is valid at the same time", "a.csv:2");
    done(NULL);
}
END_TEST

START_TEST(missing_columns_ragged_rows_and_folders_are_errors)
{
    ck_assert_ptr_null(load_text("key,value,unit,effective_from,source\n", NULL));
    assert_reported(&diagnostics, "a.csv:1:", "effective_to", "missing");
    assert_reported(&diagnostics, "a.csv:1:", "confidence", "missing");
    done(NULL);
    ck_assert_ptr_null(load_text(HEADER "x,1,s,,\n", NULL));
    assert_reported(&diagnostics, "a.csv:2:");
    done(NULL);
    ck_assert_ptr_null(load_text(HEADER "\"x,1,s,,,me,doc\n", NULL));
    ck_assert_uint_gt(diagnostics.errors, 0);
    done(NULL);
    diagnostics_init(&diagnostics);
    ck_assert_ptr_null(limits_load("/nonexistent", &diagnostics));
    assert_reported(&diagnostics, "/nonexistent/limits", "No such file");
    done(NULL);
    struct temp_data temp = temp_data_create("limits");
    diagnostics_init(&diagnostics);
    ck_assert_ptr_null(limits_load(temp.root, &diagnostics));
    assert_reported(&diagnostics, "no .csv file");
    temp_data_destroy(&temp);
    done(NULL);
}
END_TEST

/* What limits_load says of the shipped data when `old` is `new` there. */
static struct limits *load_changed(const char *name, const char *old, const char *new)
{
    struct temp_data temp = temp_data_create("limits");
    size_t count;
    diagnostics_init(&diagnostics);
    char **const file = data_table_files(DATA_DIR, "limits", &count, &diagnostics);
    for (size_t i = 0; i < count; i++) {
        const char *const own = strrchr(file[i], '/') + 1;
        size_t size;
        char *const text = text_read_file(file[i], 1 << 20, &size, &diagnostics);
        char *const at = strcmp(own, name) == 0 ? strstr(text, old) : NULL;
        char *const changed =
            at == NULL ? text_format("%s", text)
                       : text_format("%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
        temp_data_write(&temp, own, changed);
        free(changed);
        free(text);
        free(file[i]);
    }
    free(file);
    struct limits *const limits = limits_load(temp.root, &diagnostics);
    temp_data_destroy(&temp);
    return limits;
}

START_TEST(a_key_that_is_missing_is_an_error)
{
    ck_assert_ptr_null(load_changed("logs.csv", "logs.bytes.end,", "logs.bytes.ends,"));
    ck_assert_uint_eq(diagnostics.errors, 1);
    assert_reported(&diagnostics, "/limits: no file has the key logs.bytes.end, which");
    ck_assert_uint_eq(diagnostics.warnings, 1);
    done(NULL);
}
END_TEST

START_TEST(another_unit_is_an_error)
{
    ck_assert_ptr_null(load_changed("logs.csv", "logs.bytes.end,52,B", "logs.bytes.end,52,KB"));
    ck_assert_uint_eq(diagnostics.errors, 1);
    assert_reported(&diagnostics, "/limits/logs.csv:3: logs.bytes.end must be in B, not in \"KB\"");
    done(NULL);
}
END_TEST

START_TEST(a_negative_value_is_an_error)
{
    ck_assert_ptr_null(load_changed("logs.csv", "logs.bytes.end,52,", "logs.bytes.end,-52,"));
    ck_assert_uint_eq(diagnostics.errors, 1);
    assert_reported(&diagnostics, "/limits/logs.csv:3: logs.bytes.end is negative: -52");
    done(NULL);
}
END_TEST

START_TEST(a_key_that_nobody_reads_is_a_warning)
{
    static const char row[] = "logs.bytes.end,52,";
    struct limits *limits =
        load_changed("logs.csv", row, "logs.magic,-1,B,,,me,doc\nlogs.bytes.end,52,");
    ck_assert_ptr_nonnull(limits);
    ck_assert_uint_eq(diagnostics.count, 1);
    ck_assert_ptr_nonnull(strstr(diagnostics.item[0].text,
                                 "/limits/logs.csv:3: logs.magic has no effect: no part of "
                                 "lambdaplan reads it"));
    done(limits);
    limits = load_changed("logs.csv", row,
                          "logs.magic,1,B,,,me,doc\nlogs.wand,1,B,,,me,doc\nlogs.bytes.end,52,");
    ck_assert_ptr_nonnull(limits);
    ck_assert_uint_eq(diagnostics.count, 1);
    ck_assert_ptr_nonnull(strstr(diagnostics.item[0].text, "logs.magic and 1 more have no effect"));
    done(limits);
    /* a region of which the program has not heard, and a size */
    limits = load_changed("logs.csv", row,
                          "lambda.burst.initial.il-central-1,1000,executions,,,me,doc\n"
                          "fargate.task.32768.memory.min,65536,MB,,,me,doc\n"
                          "logs.bytes.end,52,");
    ck_assert_ptr_nonnull(limits);
    ck_assert_uint_eq(diagnostics.count, 0);
    done(limits);
}
END_TEST

START_TEST(the_shipped_data_are_what_the_program_reads)
{
    struct limits *const limits = shipped();
    ck_assert_uint_eq(diagnostics.count, 0); /* no key that nobody reads */
    done(limits);
}
END_TEST

TEST_MAIN("limits", values_follow_the_date, scaling_eras_meet, the_nearest_value_stands_in,
          a_key_that_is_missing_is_an_error, another_unit_is_an_error, a_negative_value_is_an_error,
          a_key_that_nobody_reads_is_a_warning, the_shipped_data_are_what_the_program_reads,
          features_have_first_days, since_is_the_start_of_the_value, changes_are_told_in_order,
          describes_what_is_in_force, reads_every_file_and_keeps_foreign_columns_out,
          broken_rows_are_errors_with_a_place, overlapping_validity_is_an_error_across_files,
          two_rows_without_dates_overlap, missing_columns_ragged_rows_and_folders_are_errors)
