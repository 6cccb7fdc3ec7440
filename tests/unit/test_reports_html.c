/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The HTML report: text of the user is no markup, lines go where their values are. */
#include "engine/charts.h"
#include "reports/exporters.h"
#include "support/text.h"
#include "test_reports_sample.h"

#include "core/memory.h"
#include "harness.h"

#include <math.h>
#include <string.h>

#define EVIL "<x y=\"&'>\x1b\xff"
#define EVIL_SHOWN "&lt;x y=&quot;&amp;&#39;&gt;?\xef\xbf\xbd"

static void replace(char **text)
{
    free(*text);
    *text = mem_strdup(EVIL);
}

static size_t occurrences(const char *text, const char *part)
{
    size_t count = 0;
    for (; (text = strstr(text, part)) != NULL; text += strlen(part))
        count++;
    return count;
}

START_TEST(text_of_the_user_is_no_markup)
{
    struct result result;
    sample_init(&result);
    replace(&result.scenario_name);
    replace(&result.region);
    replace(&result.price_book);
    replace(&result.fact[0]);
    diagnostics_finish(&result.notes);
    diagnostics_warning(&result.notes, NULL, 0, "%s", "<x y=\"&'>");
    size_t lines = 0;
    for (size_t i = 0; i < result.options; i++) {
        struct result_option *const option = &result.option[i];
        replace(&option->name);
        replace(&option->note);
        for (size_t k = 0; k < option->objectives; k++)
            replace(&option->objective[k].metric);
        for (size_t k = 0; k < option->bill.count; k++, lines++) {
            free((void *)(uintptr_t)option->bill.line[k].entity);
            option->bill.line[k].entity = mem_strdup(EVIL);
            option->bill.line[k].service = option->bill.line[k].sku = EVIL;
            option->bill.line[k].unit = EVIL;
        }
    }
    for (size_t k = 0; k < result.option[0].metrics; k++) {
        free(result.option[0].metric[k].entity);
        result.option[0].metric[k].entity = mem_strdup("function:" EVIL);
    }
    struct charts *const charts = charts_create(600);
    charts_put(charts, 0, EVIL, "Invocations", "Sum", 5);
    charts_take(charts, &result);
    charts_destroy(charts);
    char *const text = sample_printed(&result, report_stdout_html);
    ck_assert_ptr_null(strstr(text, "<x"));
    ck_assert_ptr_null(strstr(text, "\x1b"));
    ck_assert_ptr_null(strstr(text, "\xff"));
    /* title, heading, region, prices, fact; name and note of an option; an objective's option and
     * metric; a line's option, entity and unit in the table; the line chart's entity twice … */
    ck_assert_uint_ge(occurrences(text, EVIL_SHOWN), 5 + 4 + 6 + 3 * lines + 2);
    free(text);
    result_finish(&result);
}
END_TEST

START_TEST(nothing_is_fetched_and_nothing_runs)
{
    static const char *const never[] = {"<script", "http:",   "https:", "src=",  "href=",
                                        "url(",    "@import", "onload", "<link", "<iframe"};
    struct result result;
    sample_init(&result);
    char *const text = sample_printed(&result, report_stdout_html);
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        ck_assert_msg(strstr(text, never[i]) == NULL, "%s", never[i]);
    ck_assert_ptr_nonnull(strstr(text, "<td class=\"n \">$57.31</td>"));
    ck_assert_ptr_nonnull(strstr(text, "<td class=\"bad\">NOT MET</td>"));
    ck_assert_ptr_nonnull(strstr(text, "2,920 shard-hours x $0.015 = $43.80"));
    ck_assert_ptr_nonnull(strstr(text, "<svg"));
    ck_assert_ptr_null(strstr(text, "Time series")); /* none was kept */
    for (size_t i = 0; i < result.options; i++)
        result.option[i].bill.total = 0;
    char *const gratis = sample_printed(&result, report_stdout_html);
    ck_assert_ptr_null(strstr(gratis, "<svg")); /* nothing to compare */
    free(gratis);
    free(text);
    result_finish(&result);
}
END_TEST

/* 7,200 s in 360 points of 20 s; a minute is three of them. */
START_TEST(charts_keep_means_and_maxima)
{
    struct result result;
    sample_init(&result);
    struct charts *const charts = charts_create(7200 * 60);
    for (int minute = 0; minute < 7200; minute++) {
        charts_put(charts, minute * 60.0, "function:a", "Invocations", "Sum", minute % 20);
        charts_put(charts, minute * 60.0, "function:a", "ConcurrentExecutions", "Maximum",
                   minute % 20);
        charts_put(charts, minute * 60.0, "function:a", "Throttles", "Sum", 0);
        charts_put(charts, minute * 60.0, "function:a", "Nonsense", "Sum", 1);
        for (int other = 0; other < 9; other++) {
            char name[] = "function:x0";
            name[10] = (char)('0' + other);
            charts_put(charts, minute * 60.0, name, "Invocations", "Sum", 1 + other);
        }
    }
    charts_put(charts, -1, "function:a", "Invocations", "Sum", 1e9);
    charts_put(charts, 7200 * 60, "function:a", "Invocations", "Sum", 1e9);
    charts_put(charts, 0, "function:a", "Invocations", "Sum", NAN);
    charts_take(charts, &result);
    charts_destroy(charts);
    ck_assert_uint_eq(result.charts, 2); /* no throttles: nothing to see */
    ck_assert_uint_eq(result.chart_points, 360);
    ck_assert_double_eq(result.chart_step_s, 1200);
    ck_assert_double_eq(result.chart_period_s, 60);
    const struct result_chart *const sums = &result.chart[0], *const most = &result.chart[1];
    ck_assert_str_eq(sums->title, "Invocations");
    ck_assert(sums->sum && !most->sum);
    ck_assert_uint_eq(sums->count, 6);
    ck_assert_uint_eq(sums->left_out, 4);
    ck_assert_str_eq(sums->series[0].entity, "function:a"); /* the largest first */
    ck_assert_str_eq(sums->series[1].entity, "function:x8");
    for (size_t i = 0; i < 360; i++) {
        ck_assert_double_eq(sums->series[0].value[i], 9.5); /* the mean of 0 to 19 */
        ck_assert_double_eq(most->series[0].value[i], 19);
    }
    char *const text = sample_printed(&result, report_stdout_html);
    ck_assert_ptr_nonnull(strstr(text, "<h3>Invocations in 60 s</h3>"));
    ck_assert_ptr_nonnull(strstr(text, "<h3>Concurrent executions</h3>"));
    ck_assert_ptr_nonnull(strstr(text, "A point stands for 20 min"));
    ck_assert_ptr_nonnull(strstr(text, "and 4 with less"));
    free(text);
    result_finish(&result);
}
END_TEST

/* What callers see is one chart, whatever stands before the function. */
START_TEST(callers_have_charts)
{
    static const char *const metric[] = {"5XXError", "5xx", "HTTPCode_ELB_5XX_Count",
                                         "Url5xxCount"};
    struct result result;
    sample_init(&result);
    struct charts *const charts = charts_create(60);
    for (size_t i = 0; i < 4; i++)
        charts_put(charts, 0, metric[i], metric[i], "Sum", 3);
    charts_put(charts, 0, "state_machine:m", "ExecutionTime", "Average", 5);
    charts_take(charts, &result);
    charts_destroy(charts);
    ck_assert_uint_eq(result.charts, 2);
    ck_assert_str_eq(result.chart[0].title, "Failures that callers see");
    ck_assert_uint_eq(result.chart[0].count, 4);
    ck_assert_str_eq(result.chart[1].title, "Mean time of executions");
    result_finish(&result);
}
END_TEST

/* A line is broken where nothing was observed, and joined over points that a period spans. */
START_TEST(lines_are_broken_where_nothing_was)
{
    struct result result;
    sample_init(&result);
    struct charts *const charts = charts_create(600); /* ten minutes: a point is 1.67 s */
    for (int minute = 0; minute < 10; minute++)
        if (minute != 4)
            charts_put(charts, minute * 60.0, "esm:e", "IteratorAge", "Maximum", 300000);
    charts_put(charts, 0, "queue:q", "ApproximateAgeOfOldestMessage", "Maximum", 7000);
    charts_put(charts, 0, "baseline:b", "CPUUtilization", "Average", 40);
    charts_take(charts, &result);
    charts_destroy(charts);
    char *const text = sample_printed(&result, report_stdout_html);
    const char *const line = strstr(text, "stroke-linejoin=\"round\" d=\"M");
    ck_assert_ptr_nonnull(line);
    const size_t length = strcspn(strstr(line, "d=\"") + 3, "\"");
    char *const path = text_format("%.*s", (int)length, strstr(line, "d=\"") + 3);
    ck_assert_uint_eq(occurrences(path, "M"), 2);
    ck_assert_uint_eq(occurrences(path, "L"), 7);
    ck_assert_ptr_nonnull(strstr(text, ">5 min</text>")); /* round in what it is shown in */
    ck_assert_ptr_nonnull(strstr(text, ">2.5 min</text>"));
    ck_assert_ptr_nonnull(strstr(text, ">2 h</text>")); /* 7,000 s */
    ck_assert_ptr_nonnull(strstr(text, ">50.0 %</text>"));
    ck_assert_ptr_nonnull(strstr(path, " 8.0")); /* 5 min is at the top */
    free(path);
    free(text);
    result_finish(&result);
}
END_TEST

TEST_MAIN("reports_html", text_of_the_user_is_no_markup, nothing_is_fetched_and_nothing_runs,
          charts_keep_means_and_maxima, callers_have_charts, lines_are_broken_where_nothing_was)
