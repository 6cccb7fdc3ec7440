/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A folder of results read back: nothing is lost, and what was spoilt is refused with its place. */
#include "studies/result_reader.h"

#include "files.h"
#include "harness.h"
#include "reports/exporters.h"
#include "support/text.h"
#include "test_reports_sample.h"

#include "core/memory.h"

static void add_alarm(struct result *result)
{
    result->alarm = mem_alloc(1, sizeof *result->alarm);
    result->alarm[result->alarms++] =
        (struct result_alarm){.name = mem_strdup("late"),
                              .text = mem_strdup("esm:index IteratorAge Maximum > 60000"),
                              .change = mem_alloc(2, sizeof(struct result_alarm_change)),
                              .changes = 2,
                              .all = 7,
                              .fired = 1,
                              .alarm_s = 600,
                              .last = RESULT_ALARM_OK};
    result->alarm[0].change[0] = (struct result_alarm_change){120, RESULT_ALARM_INSUFFICIENT_DATA,
                                                              RESULT_ALARM_ALARM, 61000.5};
    result->alarm[0].change[1] =
        (struct result_alarm_change){720, RESULT_ALARM_ALARM, RESULT_ALARM_OK, 10};
}

/* The sample in a new folder, as `simulate --output` writes it. */
static char *written(struct result *ret)
{
    char *const dir = sample_directory();
    struct diagnostics d;
    diagnostics_init(&d);
    sample_init(ret);
    ret->seed = 42;
    ret->events = 123456789;
    free(ret->scenario_json);
    ret->scenario_json = mem_strdup("{\"name\":\"hot-stream\",\"rate\":0.1}");
    add_alarm(ret);
    ck_assert_int_eq(reports_write(ret, dir, NULL, &d), 0);
    diagnostics_finish(&d);
    return dir;
}

static int plain_table(const struct result *result, FILE *out, struct diagnostics *diagnostics)
{
    return report_stdout_table(result, out, false, diagnostics);
}

START_TEST(every_report_is_the_same_again)
{
    int (*const reports[])(const struct result *, FILE *, struct diagnostics *) = {
        plain_table, report_stdout_csv, report_stdout_json, report_stdout_markdown,
        report_stdout_html};
    struct result result, again;
    struct diagnostics d;
    char *const dir = written(&result);
    diagnostics_init(&d);
    ck_assert_int_eq(result_read(&again, dir, &d), 0);
    ck_assert_uint_eq(d.count, 0);
    for (size_t i = 0; i < sizeof reports / sizeof *reports; i++) {
        char *const before = sample_printed(&result, reports[i]);
        char *const after = sample_printed(&again, reports[i]);
        ck_assert_str_eq(after, before);
        free(before);
        free(after);
    }
    char *const copy = sample_directory(); /* and so are the files, written from it */
    ck_assert_int_eq(reports_write(&again, copy, NULL, &d), 0);
    for (size_t i = 0; i < reports_exporter_count; i++) {
        char *const from = sample_path(dir, reports_exporters[i].file_name);
        char *const to = sample_path(copy, reports_exporters[i].file_name);
        char *const before = sample_read(from), *const after = sample_read(to);
        ck_assert_str_eq(after, before);
        free(before);
        free(after);
        free(from);
        free(to);
    }
    result_finish(&result);
    result_finish(&again);
    diagnostics_finish(&d);
    sample_remove_directory(copy);
    sample_remove_directory(dir);
}
END_TEST

static void put(const char *dir, const char *name, const char *text, size_t size)
{
    char *const path = sample_path(dir, name);
    FILE *const out = fopen(path, "w");
    REQUIRE(out != NULL && fwrite(text, 1, size, out) == size);
    fclose(out);
    free(path);
}

/* The first error of reading the folder; NULL when it is read. free() it. */
static char *error_of(const char *dir)
{
    struct result result;
    struct diagnostics d;
    diagnostics_init(&d);
    const int status = result_read(&result, dir, &d);
    REQUIRE((status == 0) == (d.errors == 0));
    char *const text = d.errors == 0 ? NULL : mem_strdup(d.item[0].text);
    result_finish(&result);
    diagnostics_finish(&d);
    return text;
}

START_TEST(what_is_missing_has_a_place)
{
    static const struct {
        const char *file, *from, *to, *error;
    } cases[] = {
        {"run.json", "\"name\":\t\"lambda\"", "\"nome\":\t\"lambda\"",
         "`name` is missing or no text"},
        {"run.json", "\"cost_usd\":\t\"0.082469\"", "\"cost_usd\":\t0.082469",
         "`cost_usd` is missing or no amount in USD"},
        {"run.json", "\"cost_usd\":\t\"0.082469\"", "\"cost_usd\":\t\"1.082469\"",
         "`monthly_cost_usd` is not the sum of the bill's lines"},
        {"run.json", "\"quantity\":\t\"1412345\"", "\"quantity\":\t\"1e400\"",
         "`quantity` is missing or no quantity"},
        {"run.json", "\"quantity\":\t\"1412345\"",
         "\"quantity\":\t\"99999999999999999999999999999999999999\"", "`quantity`"},
        {"run.json", "\"seed\":\t42", "\"seed\":\t-42", "`seed` is missing or no whole number"},
        {"run.json", "\"as_of\":\t\"2024-06-01\"", "\"as_of\":\t\"June\"", "`as_of`"},
        {"run.json", "\"kind\":\t\"ec2\"", "\"kind\":\t\"mainframe\"", "`kind`"},
        {"run.json", "\"state\":\t\"OK\"", "\"state\":\t\"FINE\"", "`state`"},
        {"run.json", "\"lost\":\t{", "\"lots\":\t{", "`lost` is missing or no estimate"},
        {"run.json", "\"met\":\ttrue", "\"met\":\t1", "`met` is missing or no true or false"},
        {"run.json", "\"options\":\t[", "\"options\":\t[], \"opt\": [", "`options`"},
        {"summary.csv", "unit", "units", "there is no column unit"},
        {"summary.csv", "3210.4", "many", "\"many\" is not a number"},
        {"summary.csv", "esm:index,", "esm:index,,", "columns"},
    };
    struct result result;
    char *const dir = written(&result);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *const path = sample_path(dir, cases[i].file);
        char *const text = sample_read(path);
        char *const found = strstr(text, cases[i].from);
        ck_assert_msg(found != NULL, "%s is not there", cases[i].from);
        char *const spoilt = text_format("%.*s%s%s", (int)(found - text), text, cases[i].to,
                                         found + strlen(cases[i].from));
        put(dir, cases[i].file, spoilt, strlen(spoilt));
        char *const error = error_of(dir);
        ck_assert_msg(error != NULL, "%s was read", cases[i].to);
        ck_assert_msg(strstr(error, cases[i].error) != NULL, "%s: %s", cases[i].to, error);
        char *const place = text_format("%s:", path);
        ck_assert_msg(strncmp(error, place, strlen(place)) == 0 &&
                          strchr("123456789", error[strlen(place)]) != NULL,
                      "no line in: %s", error);
        put(dir, cases[i].file, text, strlen(text));
        free(error);
        free(place);
        free(spoilt);
        free(text);
        free(path);
    }
    char *const missing = error_of("/nowhere");
    ck_assert_ptr_nonnull(missing);
    ck_assert_ptr_nonnull(strstr(missing, "cannot read /nowhere: No such file"));
    free(missing);
    result_finish(&result);
    sample_remove_directory(dir);
}
END_TEST

/* Cut anywhere, or with any byte changed: an error or a result, never a crash. */
START_TEST(hostile_files_are_survived)
{
    static const char *const files[] = {"run.json", "summary.csv"};
    struct result result;
    char *const dir = written(&result);
    for (size_t f = 0; f < 2; f++) {
        char *const path = sample_path(dir, files[f]);
        char *const text = sample_read(path);
        const size_t size = strlen(text);
        for (size_t at = 0; at + 1 < size; at += 7) {
            put(dir, files[f], text, at);
            char *const cut = error_of(dir);
            if (f == 0 && cut == NULL && at + 2 < size)
                ck_abort_msg("%s, cut at %zu, was read", files[f], at);
            free(cut);
            char *const other = mem_strdup(text);
            other[at] = "\0\"[}9,\\-"[at / 7 % 8];
            put(dir, files[f], other, size);
            free(error_of(dir));
            free(other);
        }
        put(dir, files[f], text, size);
        free(text);
        free(path);
    }
    result_finish(&result);
    sample_remove_directory(dir);
}
END_TEST

TEST_MAIN("result_reader", every_report_is_the_same_again, what_is_missing_has_a_place,
          hostile_files_are_survived)
