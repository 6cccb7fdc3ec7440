/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What readers see: the terminal report, Markdown and JSON of a result made by hand. */
#include "reports/exporters.h"
#include "reports/human.h"
#include "test_reports_sample.h"

#include "core/memory.h"
#include "harness.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

static int plain_table(const struct result *result, FILE *out, struct diagnostics *diagnostics)
{
    return report_stdout_table(result, out, false, diagnostics);
}

static int colored_table(const struct result *result, FILE *out, struct diagnostics *diagnostics)
{
    return report_stdout_table(result, out, true, diagnostics);
}

static void check_text(char *text, double value, const char *wanted)
{
    ck_assert_msg(strcmp(text, wanted) == 0, "%g became \"%s\", not \"%s\"", value, text, wanted);
}

START_TEST(durations_have_a_fitting_unit)
{
    static const struct {
        double seconds;
        const char *wanted;
    } cases[] = {{0, "0 s"},          {0.0000421, "0.0421 ms"},
                 {0.0123, "12.3 ms"}, {0.5, "500 ms"},
                 {1, "1 s"},          {1.8574, "1.86 s"},
                 {119, "119 s"},      {300, "5 min"},
                 {5400, "90 min"},    {7200, "2 h"},
                 {86400, "24 h"},     {604800, "7 d"},
                 {2628000, "30.4 d"}, {NAN, "–"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[HUMAN_SIZE];
        check_text(human_duration(cases[i].seconds, text), cases[i].seconds, cases[i].wanted);
    }
}
END_TEST

START_TEST(money_shows_cents_and_what_is_below)
{
    static const struct {
        double usd;
        const char *wanted;
    } cases[] = {
        {0, "$0.00"},           {0.0042, "$0.0042"}, {0.00000123, "$0.0000012"}, {0.05, "$0.05"},
        {1234.56, "$1,234.56"}, {-12.5, "-$12.50"},  {1e9, "$1,000,000,000.00"}, {NAN, "–"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[HUMAN_SIZE];
        check_text(human_usd(cases[i].usd, text), cases[i].usd, cases[i].wanted);
    }
    char text[HUMAN_SIZE];
    ck_assert_str_eq(human_money((money_pusd)123456789 * 10000000000, text), "$1,234,567.89");
    ck_assert_str_eq(human_money(4200000000, text), "$0.0042");
    ck_assert_str_eq(human_money(-(money_pusd)2500000000000, text), "-$2.50");
    ck_assert_str_eq(human_money(0, text), "$0.00");
}
END_TEST

START_TEST(counts_and_ratios_are_short)
{
    char text[HUMAN_SIZE];
    ck_assert_str_eq(human_count(1234567, text), "1,234,567");
    ck_assert_str_eq(human_count(0, text), "0");
    ck_assert_str_eq(human_count(12.345, text), "12.3");
    ck_assert_str_eq(human_count(0.0312, text), "0.0312");
    ck_assert_str_eq(human_count(NAN, text), "–");
    ck_assert_str_eq(human_percent(0, text), "0 %");
    ck_assert_str_eq(human_percent(0.0001, text), "<0.1 %");
    ck_assert_str_eq(human_percent(0.6523, text), "65.2 %");
    ck_assert_str_eq(human_percent(1, text), "100 %");
    ck_assert_str_eq(human_percent(NAN, text), "–");
    ck_assert_str_eq(human_relative(1, text), "1.00x");
    ck_assert_str_eq(human_relative(3.4, text), "3.4x dearer");
    ck_assert_str_eq(human_relative(0.05, text), "20x cheaper");
    ck_assert_str_eq(human_relative(0, text), "0.00x");
    ck_assert_str_eq(human_relative(NAN, text), "–");
}
END_TEST

/* A value is never shown on the wrong side of its bound. */
START_TEST(metrics_are_shown_beside_their_bound)
{
    static const struct {
        double value;
        const char *unit;
        double bound;
        const char *wanted;
    } cases[] = {{2559.3, "ms", NAN, "2.56 s"},
                 {1234.5, "ms", 1234.5, "1.2345 s"},
                 {1234.6, "ms", 1234.5, "1.235 s"},
                 {1234.4, "ms", 1234.5, "1.23 s"},
                 {1.9996, "s", 2, "1.9996 s"},
                 {2.0004, "s", 2, "2.0004 s"},
                 {2, "s", 2, "2 s"},
                 {0.00136, "ratio", 0.005, "0.136 %"},
                 {0, "ratio", 0, "0 %"},
                 {1234567, "count", 0, "1,234,567"},
                 {299.5, "USD", 300, "$299.50"},
                 {300.0012, "USD", 300, "$300.001"},
                 {300, "USD", 300, "$300.00"},
                 {90000, "ms", 60000, "90 s"},
                 {1300000, "ms", 1300000, "1,300 s"}, /* not 21.6666666667 min */
                 {1299900, "ms", 1300000, "21.665 min"},
                 {1200, "s", 1200, "20 min"},
                 {NAN, "ms", 1, "–"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[HUMAN_SIZE];
        check_text(human_metric(cases[i].value, cases[i].unit, cases[i].bound, text),
                   cases[i].value, cases[i].wanted);
    }
}
END_TEST

/* The table, Markdown and comparison.csv say the same of what is not there. */
START_TEST(nothing_observed_is_unknown_everywhere)
{
    struct result result;
    sample_init(&result);
    struct result_objective *const asked = &result.option[0].objective[1];
    asked->value = (struct result_estimate){NAN, NAN, NAN, 0};
    char *const table = sample_printed(&result, plain_table);
    ck_assert_ptr_nonnull(strstr(table, "  unknown  function:index latency_ms.p99 at most 2.4 s: "
                                        "nothing was observed\n"));
    ck_assert_ptr_nonnull(strstr(table, "–  unknown\n")); /* the option */
    free(table);
    char *const json = sample_printed(&result, report_stdout_json);
    ck_assert_ptr_nonnull(strstr(json, "\"verdict\":\t\"unknown\""));
    free(json);
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    char *text = NULL;
    size_t size = 0;
    FILE *const stream = open_memstream(&text, &size);
    struct output *const output = output_to_stream(stream, "here");
    comparison_csv_write(&result, output);
    ck_assert_int_eq(output_commit(&output, 1, &diagnostics), 0);
    fclose(stream);
    ck_assert_ptr_nonnull(strstr(text, ",0,,unknown\n"));
    free(text);
    result_finish(&result);
}
END_TEST

static const char table_text[] =
    "hot-stream\n"
    "us-east-1 as of 2024-06-01; 24 h simulated; 5 replications; seed 18446744073709551615\n"
    "  1 stream of 4 shards, 1 function, 1 mapping\n"
    "\n"
    "Cost of a month, and why\n"
    "lambda: $57.31 ± $1.25\n"
    "   76.4 %  stream:events   2,920 shard-hours x $0.015 = $43.80\n"
    "   23.4 %  function:index  (1,205,633 - 400,000 free) GB-seconds x $16.6667 per million = "
    "$13.43\n"
    "    0.1 %  function:index  (1,412,345 - 1,000,000 free) requests x $0.20 per million = $0.08\n"
    "asg: $183.96  target tracking 50 % CPU, 2..16 m5.large\n"
    "   76.2 %  baseline:asg   1,460 hours x $0.096 = $140.16\n"
    "   23.8 %  stream:events  2,920 shard-hours x $0.015 = $43.80\n"
    "scaled from 24 h to a month of 730 h; free tier applied: yes; ± is the 95 % interval\n"
    "\n"
    "Objectives\n"
    "  met      esm:index iterator_age_ms.p99 at most 5 s: 3.21 s (95 %: 3.12 s to 3.3 s)\n"
    "  NOT MET  function:index latency_ms.p99 at most 2.4 s: 2.41 s (95 %: 2.35 s to 2.46 s); not "
    "sure,\n"
    "           add replications\n"
    "\n"
    "Comparison\n"
    "  option  a month  relative          p50     p95             p99  lost/month  utilized  "
    "objectives\n"
    "  lambda   $57.31  1.00x          812 ms  1.86 s  2.41 s ± 55 ms           0         –  "
    "NOT MET\n"
    "  asg     $183.96  3.21x dearer  95.5 ms  400 ms   1.2 s ± 20 ms        17.5    23.4 %  "
    "n/a\n"
    "  both sides pay for stream:events kinesis shard-hour\n"
    "\n"
    "In the 24 h simulated (means of 5 replications, of maxima too; intervals: summary.csv)\n"
    "  stream     records in\n"
    "  events  3,612,345,678\n"
    "\n"
    "  mapping      processed  age p99  age max\n"
    "  index    3,612,345,000   3.21 s     93 s\n"
    "\n"
    "  function  invocations  cold starts  errors  duration p50     p99\n"
    "  index          46,433        0.1 %      12        156 ms  1.86 s\n"
    "\n"
    "Warnings\n"
    "  - function:index: p99 is above its objective in some replications: raise memory_size or run "
    "more\n"
    "    replications\n";

START_TEST(the_table_to_the_byte)
{
    struct result result;
    sample_init(&result);
    char *const text = sample_printed(&result, plain_table);
    ck_assert_str_eq(text, table_text);
    free(text);
    result_finish(&result);
}
END_TEST

/* Without its colours the coloured report is the plain one. */
START_TEST(colors_add_nothing_but_colors)
{
    struct result result;
    sample_init(&result);
    char *const text = sample_printed(&result, colored_table);
    ck_assert_ptr_nonnull(strstr(text, "\033[31mNOT MET\033[0m"));
    ck_assert_ptr_nonnull(strstr(text, "\033[32mmet\033[0m"));
    ck_assert_ptr_nonnull(strstr(text, "\033[1mComparison\033[0m"));
    char *to = text;
    for (const char *from = text; *from != '\0';) {
        if (*from == '\033')
            from = strchr(from, 'm') + 1;
        else
            *to++ = *from++;
    }
    *to = '\0';
    ck_assert_str_eq(text, table_text);
    free(text);
    result_finish(&result);
}
END_TEST

static void add_metric(struct result_option *option, char *entity, const char *metric, double mean)
{
    option->metric = mem_resize(option->metric, option->metrics + 1, sizeof *option->metric);
    option->metric[option->metrics++] =
        (struct result_metric){entity, mem_strdup(metric), mem_strdup(""), {mean, NAN, NAN, 1}};
}

static size_t count_lines(const char *text, size_t *ret_widest)
{
    size_t lines = 0;
    *ret_widest = 0;
    while (*text != '\0') {
        const size_t length = strcspn(text, "\n");
        char line[1024];
        snprintf(line, sizeof line, "%.*s", (int)length, text);
        const size_t width = human_width(line);
        *ret_widest = width > *ret_widest ? width : *ret_widest;
        text += length + (text[length] == '\n');
        lines++;
    }
    return lines;
}

START_TEST(a_large_result_still_fits_the_screen)
{
    struct result result;
    sample_init(&result);
    for (int i = 0; i < 170; i++) {
        char name[40];
        snprintf(name, sizeof name, "function:f%d", i);
        add_metric(&result.option[0], mem_strdup(name), "invocations", i);
        add_metric(&result.option[0], mem_strdup(name), "throttles", 0);
        struct bill *const bill = &result.option[0].bill;
        bill->line = mem_grow(bill->line, &bill->capacity, bill->count, sizeof *bill->line);
        bill->line[bill->count] = bill->line[0];
        bill->line[bill->count].entity = mem_strdup(name);
        bill->line[bill->count].detail = mem_strdup("");
        bill->total += bill->line[bill->count++].cost;
        diagnostics_warning(&result.notes, NULL, 0, "function:f%d: do something about it", i);
    }
    result.option[0].common =
        mem_resize(result.option[0].common, result.option[0].bill.count, sizeof(bool));
    memset(result.option[0].common, 0, result.option[0].bill.count * sizeof(bool));
    char *const text = sample_printed(&result, plain_table);
    size_t widest;
    ck_assert_uint_le(count_lines(text, &widest), 62);
    ck_assert_uint_le(widest, 100);
    ck_assert_ptr_nonnull(strstr(text, "  167 more lines, $13.77 together\n"));
    ck_assert_ptr_nonnull(strstr(text, "  … and 163 more in summary.csv\n"));
    ck_assert_ptr_nonnull(strstr(text, "  … and 163 more in run.json (--output DIR)\n"));
    ck_assert_ptr_null(strstr(text, "throttles")); /* zero everywhere: not worth a column */
    const char *const busiest = strstr(text, "  index          46,433");
    const char *const second = strstr(text, "  f169              169"); /* then by invocations */
    ck_assert_ptr_nonnull(busiest);
    ck_assert_ptr_nonnull(second);
    ck_assert_ptr_eq(strchr(busiest, '\n') + 1, second);
    free(text);
    result_finish(&result);
}
END_TEST

START_TEST(one_replication_has_no_intervals)
{
    struct result result;
    sample_init(&result);
    result.replications = 1;
    result.free_tier = false;
    result.warm_up_s = 600;
    struct result_option *const option = &result.option[0];
    option->monthly_cost_usd.low = option->monthly_cost_usd.high = NAN;
    option->objective[0].value.low = option->objective[0].value.high = NAN;
    char *const text = sample_printed(&result, plain_table);
    ck_assert_ptr_nonnull(strstr(text, "24 h simulated after 10 min of warm-up; 1 replication;"));
    ck_assert_ptr_nonnull(strstr(text, "lambda: $57.31\n"));
    ck_assert_ptr_nonnull(strstr(text, "free tier applied: no; one replication gives no interval"));
    ck_assert_ptr_nonnull(strstr(text, "at most 5 s: 3.21 s\n"));
    free(text);
    result_finish(&result);
}
END_TEST

START_TEST(names_do_not_steer_the_terminal)
{
    struct result result;
    sample_init(&result);
    free(result.scenario_name);
    free(result.fact[0]);
    free(result.option[1].note);
    free(result.option[1].name);
    free(result.option[0].objective[0].metric);
    result.scenario_name = mem_strdup("evil\033]0;title\007\xc2\x9b");
    result.fact[0] = mem_strdup("a\033[2Jb");
    result.option[1].note = mem_strdup("\033[31m");
    result.option[1].name = mem_strdup("x|y\ny\r");
    result.option[0].objective[0].metric = mem_strdup("\b\b");
    int (*const reports[])(const struct result *, FILE *,
                           struct diagnostics *) = {plain_table, report_stdout_markdown};
    for (size_t i = 0; i < 2; i++) {
        char *const text = sample_printed(&result, reports[i]);
        for (const char *c = text; *c != '\0'; c++)
            ck_assert_msg((unsigned char)*c >= ' ' || *c == '\n', "control character %d", *c);
        ck_assert_ptr_null(strstr(text, "\xc2\x9b"));
        ck_assert_ptr_nonnull(strstr(text, "evil?"));
        ck_assert_ptr_nonnull(strstr(text, i == 0 ? "x|y?y?" : "x\\|y?y?"));
        free(text);
    }
    result_finish(&result);
}
END_TEST

static const char markdown_text[] =
    "### hot-stream\n"
    "\n"
    "us-east-1 as of 2024-06-01; 24 h simulated, scaled to a month of 730 h; free tier applied: "
    "yes; 5 replications, seed 18446744073709551615.\n"
    "\n"
    "| option | a month | relative | p50 | p95 | p99 | lost/month | utilized | objectives |\n"
    "|---|---:|---|---:|---:|---:|---:|---:|---|\n"
    "| lambda | $57.31 | 1.00x | 812 ms | 1.86 s | 2.41 s ± 55 ms | 0 | – | **NOT MET** |\n"
    "| asg | $183.96 | 3.21x dearer | 95.5 ms | 400 ms | 1.2 s ± 20 ms | 17.5 | 23.4 % | "
    "n/a |\n"
    "\n"
    "Both sides pay for stream:events kinesis shard-hour.\n"
    "\n"
    "#### Objectives\n"
    "\n"
    "| option | objective | result | value |\n"
    "|---|---|---|---|\n"
    "| lambda | esm:index iterator\\_age\\_ms.p99 at most 5 s | met | 3.21 s (95 %: 3.12 s to "
    "3.3 s) |\n"
    "| lambda | function:index latency\\_ms.p99 at most 2.4 s | **NOT MET** | 2.41 s (95 %: 2.35 s "
    "to 2.46 s); not sure, add replications |\n"
    "| asg | esm:index iterator\\_age\\_ms.p99 at most 5 s | n/a | this design has no "
    "such metric |\n"
    "\n"
    "#### What costs most\n"
    "\n"
    "| option | entity | share | bill line |\n"
    "|---|---|---:|---|\n"
    "| lambda | stream:events | 76.4 % | 2,920 shard-hours x $0.015 = $43.80 |\n"
    "| lambda | function:index | 23.4 % | (1,205,633 - 400,000 free) GB-seconds x $16.6667 per "
    "million = $13.43 |\n"
    "| lambda | function:index | 0.1 % | (1,412,345 - 1,000,000 free) requests x $0.20 per million "
    "= $0.08 |\n"
    "| asg | baseline:asg | 76.2 % | 1,460 hours x $0.096 = $140.16 |\n"
    "| asg | stream:events | 23.8 % | 2,920 shard-hours x $0.015 = $43.80 |\n"
    "\n"
    "#### Warnings\n"
    "\n"
    "- function:index: p99 is above its objective in some replications: raise memory\\_size or run "
    "more replications\n";

START_TEST(markdown_to_the_byte)
{
    struct result result;
    sample_init(&result);
    char *const text = sample_printed(&result, report_stdout_markdown);
    ck_assert_str_eq(text, markdown_text);
    free(text);
    result_finish(&result);
}
END_TEST

static const cJSON *member(const cJSON *object, const char *name)
{
    const cJSON *const item = cJSON_GetObjectItemCaseSensitive(object, name);
    ck_assert_msg(item != NULL, "no %s", name);
    return item;
}

static void check_string(const cJSON *object, const char *name, const char *wanted)
{
    const cJSON *const item = member(object, name);
    ck_assert_msg(cJSON_IsString(item), "%s is no string", name);
    ck_assert_str_eq(item->valuestring, wanted);
}

START_TEST(json_has_it_all_and_money_as_text)
{
    struct result result;
    sample_init(&result);
    char *const text = sample_printed(&result, report_stdout_json);
    ck_assert_ptr_nonnull(strstr(text, "\"seed\":\t18446744073709551615,"));
    ck_assert_ptr_null(strstr(text, "wall_time")); /* the same bytes every time */
    cJSON *const json = cJSON_ParseWithOpts(text, NULL, true);
    ck_assert_ptr_nonnull(json);
    check_string(json, "name", "hot-stream");
    check_string(member(json, "scenario"), "name", "hot-stream");
    ck_assert_int_eq(cJSON_GetArraySize(member(json, "metrics")), 12);
    ck_assert_int_eq(cJSON_GetArraySize(member(json, "facts")), 1);
    ck_assert_int_eq(cJSON_GetArraySize(member(json, "warnings")), 1);
    const cJSON *const metric = cJSON_GetArrayItem(member(json, "metrics"), 10);
    check_string(metric, "metric", "init_duration_ms.p99");
    ck_assert(cJSON_IsNull(member(metric, "mean")));
    ck_assert(cJSON_IsNull(member(metric, "ci95_low")));
    ck_assert_int_eq(cJSON_GetArraySize(member(json, "options")), 2);
    const cJSON *const option = cJSON_GetArrayItem(member(json, "options"), 0);
    check_string(option, "name", "lambda");
    check_string(option, "monthly_cost_usd", "57.309575");
    check_string(option, "monthly_cost_usd_ci95_low", "56.059575");
    ck_assert(cJSON_IsFalse(member(option, "meets_objectives")));
    const cJSON *const line = cJSON_GetArrayItem(member(option, "bill"), 1);
    check_string(line, "sku", "duration-x86");
    check_string(line, "quantity", "1205632.7051982421875");
    check_string(line, "unit_price_usd", "0.0000166667");
    check_string(line, "cost_usd", "13.427106");
    ck_assert(cJSON_IsTrue(member(cJSON_GetArrayItem(member(option, "bill"), 2), "common")));
    const cJSON *const objective = cJSON_GetArrayItem(member(option, "objectives"), 1);
    check_string(objective, "text", "function:index latency_ms.p99 <= 2400");
    ck_assert(cJSON_IsFalse(member(objective, "met")));
    ck_assert_double_eq_tol(member(objective, "mean")->valuedouble, 2405.1, 1e-9);
    const cJSON *const other = cJSON_GetArrayItem(member(json, "options"), 1);
    ck_assert(cJSON_IsNull(member(other, "monthly_cost_usd_ci95_high")));
    ck_assert(cJSON_IsFalse(member(cJSON_GetArrayItem(member(other, "objectives"), 0), "known")));
    cJSON_Delete(json);
    free(text);
    result_finish(&result);
}
END_TEST

TEST_MAIN("unit_reports_stdout", durations_have_a_fitting_unit, money_shows_cents_and_what_is_below,
          counts_and_ratios_are_short, metrics_are_shown_beside_their_bound,
          nothing_observed_is_unknown_everywhere, the_table_to_the_byte,
          colors_add_nothing_but_colors, a_large_result_still_fits_the_screen,
          one_replication_has_no_intervals, names_do_not_steer_the_terminal, markdown_to_the_byte,
          json_has_it_all_and_money_as_text)
