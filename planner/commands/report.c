/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `report`: a folder of `simulate --output` or of a study once more, in any format; nothing is
 * simulated. */
#include "commands/print_result.h"

#include "reports/exporters.h"
#include "reports/html.h"
#include "reports/human.h"
#include "studies/result_reader.h"
#include "studies/study_reader.h"
#include "support/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int print_result(struct result *result, const struct options *options,
                 struct diagnostics *diagnostics)
{
    const bool color = may_color();
    int status = 0;
    hush_notes(&result->notes, options);
    switch (options->format) {
    case FORMAT_TABLE:
        status = options->html ? report_stdout_html(result, stdout, diagnostics)
                               : report_stdout_table(result, stdout, color, diagnostics);
        break;
    case FORMAT_CSV:
        status = report_stdout_csv(result, stdout, diagnostics);
        break;
    case FORMAT_JSON:
        status = report_stdout_json(result, stdout, diagnostics);
        break;
    case FORMAT_MARKDOWN:
        status = report_stdout_markdown(result, stdout, diagnostics);
        break;
    }
    if (status == 0 && options->format != FORMAT_TABLE)
        print_diagnostics(&result->notes, options->quiet);
    return status;
}

/* --- a study's ------------------------------------------------------------------------------- */

/* The file may come from anywhere: nothing in it reaches a terminal as a command. */
static void put_lines(struct output *output, const char *text)
{
    while (*text != '\0') {
        const size_t length = strcspn(text, "\n");
        char *const line = text_format("%.*s", (int)length, text);
        char *const clean = human_clean(line);
        output_text(output, clean);
        output_text(output, "\n");
        free(clean);
        free(line);
        text += length + (text[length] == '\n');
    }
}

static int copy_file(const char *path, struct output *output, struct diagnostics *diagnostics)
{
    char buffer[16384];
    FILE *const file = fopen(path, "rb");
    size_t size;
    if (file == NULL) {
        diagnostics_error(diagnostics, path, 0, "cannot be read: %s", strerror(errno));
        return -1;
    }
    while ((size = fread(buffer, 1, sizeof buffer, file)) > 0 && output_error(output) == 0)
        output_write(output, buffer, size);
    const bool failed = ferror(file) != 0;
    fclose(file);
    if (failed)
        diagnostics_error(diagnostics, path, 0, "cannot be read");
    return failed ? -1 : 0;
}

static int put_study(const struct study_page *page, const struct options *options,
                     struct output *output, struct diagnostics *diagnostics)
{
    char *const table = text_format("%s/%s.csv", options->argument[0], page->command);
    int status = 0;
    if (options->html)
        html_page_of_text(output, page->scenario, page->shown.table);
    else if (options->format == FORMAT_CSV)
        status = copy_file(table, output, diagnostics);
    else if (options->format != FORMAT_JSON)
        put_lines(output,
                  options->format == FORMAT_TABLE ? page->shown.table : page->shown.markdown);
    else if (page->shown.json != NULL)
        output_text(output, page->shown.json);
    else
        diagnostics_error(diagnostics, options->argument[0], 0,
                          "the study's JSON was too large to be kept; %s has its figures", table);
    free(table);
    return status == 0 && diagnostics->errors == 0 ? 0 : -1;
}

static int print_study(const struct study_page *page, const struct options *options,
                       struct diagnostics *diagnostics)
{
    struct output *output = output_to_stream(stdout, "standard output");
    if (put_study(page, options, output, diagnostics) == 0)
        return output_commit(&output, 1, diagnostics);
    output_abandon(output);
    return -1;
}

/* --- simulate's ------------------------------------------------------------------------------- */

static int report(const struct options *options)
{
    struct diagnostics diagnostics;
    struct result result = {0};
    struct study_page page;
    int code = EXIT_DATA;
    diagnostics_init(&diagnostics);
    const char *const dir = options->argument[0];
    const int study = study_page_read(&page, dir, &diagnostics);
    if (study != 0)
        code = study > 0 && print_study(&page, options, &diagnostics) == 0 ? EXIT_DONE : EXIT_DATA;
    else if (result_read(&result, dir, &diagnostics) == 0 &&
             (!options->html || result_read_charts(&result, dir, &diagnostics) == 0) &&
             print_result(&result, options, &diagnostics) == 0)
        code = EXIT_DONE;
    print_diagnostics(&diagnostics, options->quiet);
    diagnostics_finish(&diagnostics);
    result_finish(&result);
    study_page_finish(&page);
    return code;
}

const struct command command_report = {
    .name = "report",
    .run = report,
    .summary = "Print the result in a folder of simulate or of a study, in any format.",
    .usage = "DIR [--format table|csv|json|markdown|html]",
    .example = "lambdaplan report results --format html",
    .accepts = "W",
    .least_arguments = 1,
    .most_arguments = 1,
};
