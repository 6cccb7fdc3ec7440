/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as run.json or as summary.csv of a folder of results, beside a good one of the other.
 * Either there is an error, or every format can print the result.
 */
#include "fuzz.h"
#include "reports/exporters.h"
#include "studies/result_reader.h"
#include "support/text.h"

static const char *run_path, *summary_path;
static char *good_run, *good_summary;
static size_t run_size, summary_size;
static FILE *nowhere;

static void clean_up(void)
{
    free(good_run);
    free(good_summary);
    fclose(nowhere);
}

static void set_up(void)
{
    struct diagnostics d;
    if (nowhere != NULL)
        return;
    diagnostics_init(&d);
    good_run = text_read_file(CORPUS "/result/run.json", 1 << 20, &run_size, &d);
    good_summary = text_read_file(CORPUS "/result/summary.csv", 1 << 20, &summary_size, &d);
    nowhere = fopen("/dev/null", "w");
    REQUIRE_TEXT(d.errors == 0 && nowhere != NULL, fuzz_first_error(&d));
    diagnostics_finish(&d);
    run_path = fuzz_path("run.json");
    summary_path = fuzz_path("summary.csv");
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const bool is_run = size > 0 && data[0] == '{';
    struct diagnostics d;
    struct result result;
    set_up();
    if (is_run) {
        fuzz_write(run_path, data, size);
        fuzz_write(summary_path, good_summary, summary_size);
    } else {
        fuzz_write(run_path, good_run, run_size);
        fuzz_write(summary_path, data, size);
    }
    diagnostics_init(&d);
    const int status = result_read(&result, fuzz_folder, &d);
    REQUIRE_TEXT((status != 0) == (d.errors > 0), fuzz_first_error(&d));
    if (status == 0)
        print(&result);
    result_finish(&result);
    diagnostics_finish(&d);
    return 0;
}
