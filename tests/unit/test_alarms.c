/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alarms on a time series that the test makes itself, period by period. */
#include "engine/alarms.h"
#include "harness.h"

#include <math.h>
#include <stdlib.h>

#define NONE NAN /* no datapoint */

struct case_alarm {
    struct alarm_spec spec;
    struct result_alarm *result;
    struct diagnostics diagnostics;
};

/* `value` period by period, to an alarm of `m` out of `n` on > 10. */
static struct case_alarm run(unsigned m, unsigned n, enum alarm_missing missing,
                             const double *value, size_t count)
{
    struct case_alarm c = {.spec = {.name = (char *)(uintptr_t) "age",
                                    .entity = (char *)(uintptr_t) "esm:index",
                                    .metric_name = (char *)(uintptr_t) "IteratorAge",
                                    .statistic = (char *)(uintptr_t) "Maximum",
                                    .percentile = NAN,
                                    .period_s = 60,
                                    .evaluation_periods = n,
                                    .datapoints_to_alarm = m,
                                    .further_datapoints = 2,
                                    .threshold = 10,
                                    .treat_missing_data = missing}};
    struct scenario scenario = {.alarm = &c.spec, .alarms = 1};
    size_t watches, alarms;
    scenario.run.duration_s = 60.0 * (double)count;
    struct alarms *const all = alarms_create(&scenario);
    const struct model_series *const watch = alarms_watch(all, &watches);
    ck_assert_uint_eq(watches, 1);
    ck_assert_int_eq(watch->period_ns, 60 * NS_PER_S);
    for (size_t i = 0; i < count; i++) {
        const int64_t time_ns = (int64_t)i * 60 * NS_PER_S;
        const struct series_sink *const sink = watch->sink;
        sink->put(sink->context, time_ns, "esm:other", "IteratorAge", "Maximum", "ms", 99);
        sink->put(sink->context, time_ns, "esm:index", "IteratorAge", "Average", "ms", 99);
        if (!isnan(value[i]))
            sink->put(sink->context, time_ns, "esm:index", "IteratorAge", "Maximum", "ms",
                      value[i]);
    }
    diagnostics_init(&c.diagnostics);
    c.result = alarms_finish(all, &alarms, &c.diagnostics);
    ck_assert_uint_eq(alarms, 1);
    alarms_destroy(all);
    return c;
}

static void finish(struct case_alarm *c)
{
    free(c->result->name);
    free(c->result->text);
    free(c->result->change);
    free(c->result);
    diagnostics_finish(&c->diagnostics);
}

#define RUN(m, n, missing, ...)                                                                    \
    run(m, n, missing, (const double[]){__VA_ARGS__},                                              \
        sizeof((const double[]){__VA_ARGS__}) / sizeof(double))

/* The change `i`: to this state at the end of this period (1: the first). */
static void expect(const struct case_alarm *c, size_t i, enum result_alarm_state to, int period)
{
    ck_assert_uint_gt(c->result->changes, i);
    ck_assert_int_eq(c->result->change[i].to, to);
    ck_assert_double_eq(c->result->change[i].time_s, 60.0 * period);
}

START_TEST(it_fires_when_m_of_n_breach_and_clears)
{
    struct case_alarm c = RUN(3, 4, ALARM_MISSING, 1, 20, 20, 5, 20, 20, 20, 5, 5, 10, 5, 20);
    ck_assert_uint_eq(c.result->all, 3);
    expect(&c, 0, RESULT_ALARM_OK, 1);
    expect(&c, 1, RESULT_ALARM_ALARM, 5); /* 20, 20, 5, 20 */
    expect(&c, 2, RESULT_ALARM_OK, 9);    /* 20, 20, 5, 5; 10 is not above 10 */
    ck_assert_uint_eq(c.result->fired, 1);
    ck_assert_double_eq(c.result->alarm_s, 240);
    ck_assert_str_eq(c.result->text,
                     "esm:index IteratorAge Maximum > 10 for 3 of 4 periods of 60 s");
    finish(&c);
}
END_TEST

START_TEST(the_time_in_alarm_ends_with_the_run)
{
    struct case_alarm c = RUN(1, 1, ALARM_MISSING, 1, 20, 20, 20);
    ck_assert_int_eq(c.result->last, RESULT_ALARM_ALARM);
    ck_assert_double_eq(c.result->alarm_s, 120); /* from the end of the second period */
    ck_assert_double_eq(c.result->change[1].value, 20);
    finish(&c);
}
END_TEST

/* The tables of the guide's "Configuring how CloudWatch alarms treat missing data". */
static const struct guide_row {
    unsigned m, n;
    const char *points; /* the newest last: 0 good, X breaching, - missing */
    const char *states; /* as MISSING, IGNORE, BREACHING, NOT BREACHING: OK, Alarm, Insufficient
                         * data, Retained */
} guide[] = {
    {3, 3, "0-X-X", "OOOO"}, {3, 3, "0----", "OOOO"}, {3, 3, "-----", "IRAO"},
    {3, 3, "0XX-X", "AAAA"}, {3, 3, "----X", "IRAO"}, {3, 3, "X----", "ARAO"},
    {2, 3, "0-X-X", "AAAA"}, {2, 3, "00X0X", "AAAA"}, {2, 3, "0-X--", "OOAO"},
    {2, 3, "----0", "OOAO"}, {2, 3, "----X", "IRAO"},
};

static enum result_alarm_state state_after(const struct guide_row *row, char before,
                                           enum alarm_missing missing)
{
    double value[8] = {0};
    for (size_t i = 0; i < 8; i++) {
        const char c = i < 3 ? before : row->points[i - 3];
        value[i] = c == '-' ? NONE : c == 'X' ? 20 : 1;
    }
    struct case_alarm c = run(row->m, row->n, missing, value, 8);
    const enum result_alarm_state state = c.result->last;
    finish(&c);
    return state;
}

static void check_row(const struct guide_row *row, enum alarm_missing missing)
{
    for (const char *before = "0X"; *before != '\0'; before++) {
        const char stays = *before == '0' ? 'O' : 'A';
        const char said = row->states[missing] == 'R' ? stays : row->states[missing];
        const enum result_alarm_state state = state_after(row, *before, missing);
        ck_assert_msg("IOA"[state] == said, "%u of %u, %s after %c, %d: %c", row->m, row->n,
                      row->points, *before, (int)missing, "IOA"[state]);
    }
}

START_TEST(missing_data_count_as_in_the_guides_tables)
{
    for (size_t i = 0; i < sizeof guide / sizeof *guide; i++)
        for (enum alarm_missing missing = ALARM_MISSING; missing <= ALARM_NOT_BREACHING; missing++)
            check_row(&guide[i], missing);
}
END_TEST

START_TEST(missing_data_change_the_state_when_none_is_left)
{
    struct case_alarm c = RUN(2, 2, ALARM_MISSING, 20, 20, NONE, NONE, NONE, NONE, 1);
    ck_assert_uint_eq(c.result->all, 3); /* nothing is known at the first */
    expect(&c, 0, RESULT_ALARM_ALARM, 2);
    expect(&c, 1, RESULT_ALARM_INSUFFICIENT_DATA, 6);
    expect(&c, 2, RESULT_ALARM_OK, 7);
    finish(&c);
    c = RUN(2, 2, ALARM_IGNORE, 20, 20, NONE, NONE, NONE, NONE, 1);
    expect(&c, 0, RESULT_ALARM_ALARM, 2);
    expect(&c, 1, RESULT_ALARM_OK, 7);
    finish(&c);
    c = RUN(2, 2, ALARM_BREACHING, 1, NONE, NONE, NONE, NONE, 1);
    expect(&c, 1, RESULT_ALARM_ALARM, 5);
    expect(&c, 2, RESULT_ALARM_OK, 6);
    finish(&c);
    c = RUN(2, 2, ALARM_NOT_BREACHING, 20, 20, NONE, NONE, NONE);
    expect(&c, 1, RESULT_ALARM_ALARM, 2);
    expect(&c, 2, RESULT_ALARM_OK, 5);
    ck_assert_uint_eq(c.result->all, 3);
    finish(&c);
}
END_TEST

START_TEST(a_metric_that_never_came_is_told)
{
    struct case_alarm c = RUN(1, 1, ALARM_MISSING, NONE, NONE);
    ck_assert_uint_eq(c.diagnostics.warnings, 1);
    ck_assert_str_eq(c.diagnostics.item[0].text,
                     "alarm age: esm:index has no data of IteratorAge in this run");
    ck_assert_uint_eq(c.result->all, 0);
    finish(&c);
}
END_TEST

TEST_MAIN("unit_alarms", it_fires_when_m_of_n_breach_and_clears,
          the_time_in_alarm_ends_with_the_run, missing_data_count_as_in_the_guides_tables,
          missing_data_change_the_state_when_none_is_left, a_metric_that_never_came_is_told)
