/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `report`: a folder of `simulate --output` once more, in any format; nothing is simulated. */
#include "commands/print_result.h"

#include "reports/exporters.h"
#include "studies/result_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int print_result(struct result *result, const struct options *options,
                 struct diagnostics *diagnostics)
{
    const bool color = isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL;
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

static int report(const struct options *options)
{
    struct diagnostics diagnostics;
    struct result result;
    int code = EXIT_DATA;
    diagnostics_init(&diagnostics);
    const char *const dir = options->argument[0];
    if (result_read(&result, dir, &diagnostics) == 0 &&
        (!options->html || result_read_charts(&result, dir, &diagnostics) == 0) &&
        print_result(&result, options, &diagnostics) == 0)
        code = EXIT_DONE;
    print_diagnostics(&diagnostics, options->quiet);
    diagnostics_finish(&diagnostics);
    result_finish(&result);
    return code;
}

const struct command command_report = {
    .name = "report",
    .run = report,
    .summary = "Print the result in a folder that simulate --output wrote, in any format.",
    .usage = "DIR [--format table|csv|json|markdown|html]",
    .example = "lambdaplan report results --format html",
    .accepts = "W",
    .least_arguments = 1,
    .most_arguments = 1,
};
