/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `fit`: a scenario from logs. */
#include "commands/command.h"

#include "core/memory.h"
#include "history/fit.h"
#include "reports/human.h"
#include "reports/text_table.h"
#include "support/date.h"
#include "support/output_file.h"
#include "support/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOKS 4096 /* records between looks for an interruption */

struct reading {
    struct fit *fit;
    uint64_t records;
};

static int take_invocation(void *context, const struct invocation_record *record)
{
    struct reading *const reading = context;
    if (++reading->records % LOOKS == 0 && interrupted())
        return -1;
    return fit_add(reading->fit, record);
}

static void add_number(struct text_table *table, double value, int digits)
{
    char *const text = isnan(value) ? mem_strdup("–") : text_format("%.*g", digits, value);
    text_table_add(table, STYLE_PLAIN, text);
    free(text);
}

static void add_percent(struct text_table *table, double ratio)
{
    char text[HUMAN_SIZE];
    text_table_add(table, STYLE_PLAIN, human_percent(ratio, text));
}

static int print_rows(const struct fit_row *row, size_t rows, struct diagnostics *diagnostics)
{
    static const struct text_column column[] = {
        {"function", false, false},   {"calls", true, false},     {"per s", true, false},
        {"dispersion", true, false},  {"duration", false, false}, {"cold", true, false},
        {"keep-alive", false, false}, {"errors", true, false},    {"MB", true, false},
        {"at once", true, false},
    };
    struct text_table table;
    const bool color = may_color();
    struct output *const output = output_to_stream(stdout, "standard output");
    text_table_init(&table, column, sizeof column / sizeof *column);
    for (size_t i = 0; i < rows; i++) {
        char calls[TEXT_NUMBER_SIZE];
        char *const name = human_clean(row[i].name);
        text_table_add(&table, STYLE_PLAIN, name);
        free(name);
        text_table_add(&table, STYLE_PLAIN, text_number((double)row[i].calls, 0, calls));
        add_number(&table, row[i].rate_per_s, 4);
        add_number(&table, row[i].dispersion, 3);
        text_table_add(&table, STYLE_PLAIN, row[i].duration != NULL ? row[i].duration : "left out");
        add_percent(&table, row[i].cold_ratio);
        text_table_add(&table, STYLE_PLAIN, row[i].keep_alive != NULL ? row[i].keep_alive : "–");
        add_percent(&table, row[i].error_ratio);
        add_number(&table, row[i].memory_mb, 6);
        add_number(&table, (double)row[i].most_at_once, 9);
    }
    text_table_print(&table, output, 0, color);
    text_table_finish(&table);
    return output_commit(&output, 1, diagnostics);
}

static int read_files(const struct options *options, struct reading *reading,
                      struct diagnostics *diagnostics)
{
    struct read_counts counts = {0};
    const struct read_options how = {.format = options->input_format,
                                     .counts = &counts,
                                     .map = options->map,
                                     .maps = options->maps,
                                     .strict = options->strict};
    const struct record_sink sink = {.invocation = take_invocation, .context = reading};
    const int status =
        read_records((const char *const *)options->argument, (size_t)options->arguments, &how,
                     &sink, options->rejects, diagnostics);
    if (status == 0 && counts.unnamed_files > 1)
        diagnostics_warning(diagnostics, NULL, 0,
                            "calls in %zu files name no function and are taken for those of one; "
                            "NAME=FILE names a file's",
                            counts.unnamed_files);
    return status;
}

static void write_piece(void *context, const char *text)
{
    output_text(context, text);
}

/* The scenario appears whole or not at all. */
static int write_scenario(struct fit *fit, const char *path, const struct fit_options *what,
                          struct fit_row *ret_row, struct diagnostics *diagnostics)
{
    struct output *const output = output_open_file(path, diagnostics);
    if (output == NULL)
        return -1;
    if (fit_scenario(fit, what, path, ret_row, write_piece, output, diagnostics) == 0)
        return output_commit(&output, 1, diagnostics);
    output_abandon(output);
    return -1;
}

static int fit_and_write(const struct options *options, struct fit *fit,
                         const struct fit_options *what, struct diagnostics *diagnostics)
{
    const size_t rows = fit_functions(fit);
    struct fit_row *const row = mem_alloc(rows, sizeof *row);
    int status = write_scenario(fit, options->output, what, row, diagnostics);
    if (status == 0)
        status = print_rows(row, rows, diagnostics);
    for (size_t i = 0; i < rows; i++)
        fit_row_finish(&row[i]);
    free(row);
    return status;
}

static int fit(const struct options *options)
{
    struct diagnostics diagnostics;
    struct limits *limits = NULL;
    struct reading reading = {0};
    int code = EXIT_DATA;
    if (options->output == NULL || options->output[0] == '\0' ||
        options->output[strlen(options->output) - 1] == '/') {
        complain("fit needs --output FILE: where the scenario goes");
        return EXIT_USAGE;
    }
    diagnostics_init(&diagnostics);
    reading.fit = fit_create();
    limits = limits_load(options->data_dir, &diagnostics);
    if (limits == NULL)
        goto out;
    struct fit_options what = {.limits = limits,
                               .region = options->region != NULL ? options->region : "us-east-1",
                               .has_as_of = options->as_of != NULL};
    if (options->as_of != NULL)
        date_parse(options->as_of, &what.as_of); /* options.c has seen that it is one */
    poll_interruption();
    const int read = read_files(options, &reading, &diagnostics);
    if (interrupted() || (read != 0 && diagnostics.errors > 0) ||
        fit_finish(reading.fit, &what, &diagnostics) != 0)
        goto out;
    if (fit_and_write(options, reading.fit, &what, &diagnostics) != 0)
        goto out;
    if (!options->quiet)
        fprintf(stderr, "scenario: %s\n", options->output);
    code = EXIT_DONE;
out:
    print_diagnostics(&diagnostics, options->quiet);
    diagnostics_finish(&diagnostics);
    limits_destroy(limits);
    fit_destroy(reading.fit);
    return code;
}

const struct command command_fit = {
    .name = "fit",
    .run = fit,
    .summary = "Make a scenario from the invocations of logs.",
    .usage = "FILE… --output SCENARIO [options]",
    .details = "NAME=FILE says whose calls a file's are that name no function.",
    .example = "lambdaplan fit data/traces/pacslab-lambda-2020/res-01-2020-06-10_22-20-08.csv "
               "--map start_s=client_start_time,duration_ms=aws_duration,cold=is_cold,"
               "max_memory_mb=aws_max_mem --output /tmp/fitted.json",
    .accepts = "OarimtR",
    .least_arguments = 1,
    .most_arguments = -1,
};
