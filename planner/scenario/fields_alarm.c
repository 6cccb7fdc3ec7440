/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The vocabulary of alarms: Terraform's aws_cloudwatch_metric_alarm. */
#include "scenario/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const statistics[] = {"Sum",     "Maximum",     "Average",
                                         "Minimum", "SampleCount", NULL};
static const char *const any_statistic[] = {"statistic", "extended_statistic", NULL};
static const char *const comparisons[] = {[ALARM_ABOVE] = "GreaterThanThreshold",
                                          [ALARM_AT_LEAST] = "GreaterThanOrEqualToThreshold",
                                          [ALARM_BELOW] = "LessThanThreshold",
                                          [ALARM_AT_MOST] = "LessThanOrEqualToThreshold",
                                          NULL};
static const char *const treatments[] = {[ALARM_MISSING] = "missing",
                                         [ALARM_IGNORE] = "ignore",
                                         [ALARM_BREACHING] = "breaching",
                                         [ALARM_NOT_BREACHING] = "notBreaching",
                                         NULL};

/* CloudWatch: from p0.0 to p100, with up to ten decimals. */
static void read_percentile(struct reader *reader, const cJSON *json, struct alarm_spec *alarm)
{
    const char *const text = alarm->extended_statistic;
    char shown[JSON_SHOWN_SIZE];
    alarm->percentile = NAN;
    if (text == NULL)
        return;
    const size_t digits = text[0] == 'p' ? strspn(text + 1, "0123456789.") : 0;
    char *end = NULL;
    const double percent = digits > 0 ? strtod(text + 1, &end) : -1;
    if (percent >= 0 && percent <= 100 && *end == '\0' && text[1 + digits] == '\0' && digits <= 14)
        alarm->percentile = percent / 100;
    else
        reader_error(reader, reader_member(json, "extended_statistic"), "extended_statistic",
                     "`%s` is no percentile: \"p90\", \"p99.9\"", json_shown(text, shown));
}

static void finish_alarm(struct reader *reader, const cJSON *json, void *base, uint64_t given)
{
    struct alarm_spec *const alarm = base;
    (void)given;
    read_percentile(reader, json, alarm);
    alarm->further_datapoints = (unsigned)reader_limit(reader, "alarm.further_datapoints");
    /* "Alarms that evaluate metrics in the AWS/DynamoDB namespace ignore missing data by default."
     */
    if (alarm->entity != NULL && strncmp(alarm->entity, "table:", 6) == 0 &&
        reader_member(json, "treat_missing_data") == NULL)
        alarm->treat_missing_data = ALARM_IGNORE;
    if (alarm->datapoints_to_alarm == 0)
        alarm->datapoints_to_alarm = alarm->evaluation_periods;
    if (alarm->datapoints_to_alarm > alarm->evaluation_periods &&
        !reader_is_told(reader, json, "evaluation_periods"))
        reader_error(reader, reader_member(json, "datapoints_to_alarm"), "datapoints_to_alarm",
                     "%u is above evaluation_periods %u", alarm->datapoints_to_alarm,
                     alarm->evaluation_periods);
    if (alarm->period_s % 60 != 0)
        reader_error(reader, reader_member(json, "period"), "period",
                     "%u s is not a multiple of 60 s: the time series has no more detail",
                     alarm->period_s);
    /* PutMetricAlarm: an alarm looks back seven days at most. */
    else if ((double)alarm->period_s * alarm->evaluation_periods > 604800)
        reader_error(reader, json, NULL, "period times evaluation_periods is above 7 days");
}

#define A(member) AT(struct alarm_spec, member)
static const struct field alarm_fields[] = {
    {"entity", FIELD_STRING, A(entity), .mandatory = true,
     .doc = "Whose metric: \"function:NAME\", \"stream:NAME\", \"esm:NAME\" … or \"account\"."},
    {"metric_name", FIELD_STRING, A(metric_name), .mandatory = true,
     .doc = "A metric of timeseries.csv, such as \"IteratorAge\"."},
    {"statistic", FIELD_STRING, A(statistic), .choice = statistics,
     .doc = "How a period's data become its datapoint; or extended_statistic."},
    {"extended_statistic", FIELD_STRING, A(extended_statistic),
     .doc = "The same by percentile, \"p99\" or \"p99.9\": of durations, latencies and ages."},
    {"period", FIELD_INTEGER, STORE_UNSIGNED, A(period_s), .initial = 60, .minimum = 60,
     .maximum = 86400, .unit = "s", .doc = "Of a datapoint: a multiple of 60."},
    {"evaluation_periods", FIELD_INTEGER, STORE_UNSIGNED, A(evaluation_periods), .minimum = 1,
     .maximum = 10080, .mandatory = true, .dynamic = true, .doc = "Datapoints that it looks at."},
    {"datapoints_to_alarm", FIELD_INTEGER, STORE_UNSIGNED, A(datapoints_to_alarm), .minimum = 1,
     .maximum = 10080, .dynamic = true,
     .doc = "How many of them must breach the threshold; default: all."},
    {"threshold", FIELD_NUMBER, A(threshold), .minimum = -1e15, .mandatory = true, .dynamic = true,
     .doc = "In the metric's unit."},
    {"comparison_operator", FIELD_CHOICE, STORE_ENUM, A(comparison), .choice = comparisons,
     .mandatory = true, .doc = "When a datapoint breaches."},
    {"treat_missing_data", FIELD_CHOICE, STORE_ENUM, A(treat_missing_data), .choice = treatments,
     .doc = "What a period without data counts as; default: missing, of tables ignore."},
};
const struct object object_alarm = {.name = "alarm",
                                    .doc =
                                        "A CloudWatch alarm to try on the simulated time series.",
                                    FIELDS(alarm_fields),
                                    .size = sizeof(struct alarm_spec),
                                    .exactly_one = any_statistic,
                                    .has_line = true,
                                    .line_offset = offsetof(struct alarm_spec, line),
                                    .finish = finish_alarm};
