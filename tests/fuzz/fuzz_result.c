/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as run.json, as summary.csv or as bill.csv of a folder of results, beside good ones of
 * the others. Either there is an error, or every format can print the result, alone and compared
 * with itself.
 */
#include "fuzz.h"
#include "core/memory.h"
#include "reports/diff_exporters.h"
#include "reports/exporters.h"
#include "studies/diff.h"
#include "studies/result_reader.h"
#include "support/text.h"

enum part { RUN, SUMMARY, BILL_RUN, BILL, PARTS };
static const char *const names[PARTS] = {"run.json", "summary.csv", "bill_run.json", "bill.csv"};
static const char *path[PARTS]; /* BILL_RUN has none: it is a run.json */
static char *good[PARTS];
static size_t size_of[PARTS];
static FILE *nowhere;

static void clean_up(void)
{
    for (size_t i = 0; i < PARTS; i++)
        free(good[i]);
    fclose(nowhere);
}

static void set_up(void)
{
    struct diagnostics d;
    if (nowhere != NULL)
        return;
    diagnostics_init(&d);
    for (size_t i = 0; i < PARTS; i++) {
        char *const from = text_format(CORPUS "/result/%s", names[i]);
        good[i] = text_read_file(from, 1 << 20, &size_of[i], &d);
        free(from);
        if (i != BILL_RUN)
            path[i] = fuzz_path(names[i]);
    }
    nowhere = fopen("/dev/null", "w");
    REQUIRE_TEXT(d.errors == 0 && nowhere != NULL, fuzz_first_error(&d));
    diagnostics_finish(&d);
    atexit(clean_up);
}

static void print(const struct result *result)
{
    struct diagnostics d;
    diagnostics_init(&d);
    REQUIRE(report_stdout_table(result, nowhere, true, &d) == 0);
    REQUIRE(report_stdout_csv(result, nowhere, &d) == 0);
    REQUIRE(report_stdout_json(result, nowhere, &d) == 0);
    REQUIRE(report_stdout_markdown(result, nowhere, &d) == 0);
    REQUIRE_TEXT(d.errors == 0, fuzz_first_error(&d));
    diagnostics_finish(&d);
}

/* Read twice, a result does not differ from itself. */
static void compare(void)
{
    struct diagnostics d;
    struct diff_result diff = {.path_before = mem_strdup("a"), .path_after = mem_strdup("b")};
    struct output *output = output_to_stream(nowhere, "nowhere");
    diagnostics_init(&d);
    REQUIRE(result_read_any(&diff.before, fuzz_folder, &diff.bills, &d) == 0);
    REQUIRE(result_read_any(&diff.after, fuzz_folder, &diff.bills, &d) == 0);
    diff.limits.option = diff.after.option[0].name;
    REQUIRE_TEXT(diff_compare(&diff, &d) == 0, fuzz_first_error(&d));
    REQUIRE(diff.settings == 0 && diff.increase == 0 && diff.newly_failing == 0);
    diff_table_write(&diff, output, true);
    diff_markdown_write(&diff, output);
    diff_csv_write(&diff, output);
    diff_json_write(&diff, output);
    REQUIRE_TEXT(output_commit(&output, 1, &d) == 0, fuzz_first_error(&d));
    diff_result_finish(&diff);
    diagnostics_finish(&d);
}

/* The part that these bytes are meant to be. */
static enum part part_of(const uint8_t *data, size_t size)
{
    if (size > 0 && data[0] == '{')
        return RUN;
    return size > 0 && data[0] == 'o' ? BILL : SUMMARY;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct diagnostics d;
    struct result result;
    bool is_bill;
    set_up();
    const enum part part = part_of(data, size);
    const enum part run = part == BILL ? BILL_RUN : RUN;
    fuzz_write(path[RUN], good[run], size_of[run]);
    fuzz_write(path[SUMMARY], good[SUMMARY], size_of[SUMMARY]);
    fuzz_write(path[BILL], good[BILL], size_of[BILL]);
    fuzz_write(path[part], data, size);
    diagnostics_init(&d);
    const int status = result_read_any(&result, fuzz_folder, &is_bill, &d);
    REQUIRE_TEXT((status != 0) == (d.errors > 0), fuzz_first_error(&d));
    if (status == 0 && !is_bill)
        print(&result);
    if (status == 0)
        compare();
    result_finish(&result);
    diagnostics_finish(&d);
    return 0;
}
