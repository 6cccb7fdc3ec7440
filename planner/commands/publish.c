/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands/publish.h"

#include "commands/earlier.h"

#include <lambdaplan/result.h>

#include <stdio.h>
#include <stdlib.h>

static char *text_of(const struct publication *what, enum output_format format)
{
    char *text = NULL;
    size_t size = 0;
    FILE *const stream = open_memstream(&text, &size);
    if (stream == NULL)
        return NULL;
    struct output *const output = output_to_stream(stream, "memory");
    what->print(what->result, format, output, false);
    const bool good = output_error(output) == 0;
    output_abandon(output);
    if (fclose(stream) == 0 && good)
        return text;
    free(text);
    return NULL;
}

void publish_keep(const struct publication *what)
{
    what->run->shown =
        (struct result_shown){text_of(what, FORMAT_TABLE), text_of(what, FORMAT_MARKDOWN),
                              what->large ? NULL : text_of(what, FORMAT_JSON)};
}

static size_t count_files(const struct command *command)
{
    size_t count = 0;
    while (count < COMMAND_FILES_MAX && command->files[count] != NULL)
        count++;
    return count;
}

static int write_files(const struct publication *what, const char *folder,
                       struct diagnostics *diagnostics)
{
    struct output *output[COMMAND_FILES_MAX];
    const size_t count = count_files(what->command);
    for (size_t i = 0; i < count; i++) {
        output[i] = output_open(folder, what->command->files[i], diagnostics);
        if (output[i] != NULL)
            continue;
        while (i-- > 0)
            output_abandon(output[i]);
        return -1;
    }
    for (size_t i = 0; i < count; i++)
        what->write(what->result, i, output[i]);
    return output_commit(output, count, diagnostics);
}

int publish_files(const struct publication *what, const struct options *options,
                  struct diagnostics *diagnostics)
{
    struct earlier earlier;
    if (options->output == NULL)
        return 0;
    if (earlier_begin(&earlier, options->output, what->command, EARLIER_OTHERS, !options->quiet,
                      diagnostics) < 0)
        return -1;
    const int status = write_files(what, options->output, diagnostics);
    earlier_end(&earlier, status == 0);
    return status;
}

static int print(const struct publication *what, enum output_format format,
                 struct diagnostics *diagnostics)
{
    struct output *output = output_to_stream(stdout, "standard output");
    if (format == FORMAT_CSV)
        what->write(what->result, 0, output);
    else
        what->print(what->result, format, output, what->color);
    return output_commit(&output, 1, diagnostics);
}

static void name_files(const struct publication *what, const char *folder)
{
    const size_t count = count_files(what->command);
    fprintf(stderr, "files: %s/%s", folder, what->named != NULL ? what->named : "");
    for (size_t i = 0; what->named == NULL && i < count; i++)
        fprintf(stderr, "%s%s",
                i == 0           ? ""
                : i + 1 == count ? " and "
                                 : ", ",
                what->command->files[i]);
    fputc('\n', stderr);
}

int publish_print(const struct publication *what, const struct options *options,
                  struct diagnostics *diagnostics)
{
    hush_notes(what->notes, options);
    if (print(what, options->format, diagnostics) < 0)
        return -1;
    if (options->format == FORMAT_CSV)
        print_diagnostics(what->notes, options->quiet);
    if (options->output != NULL && !options->quiet)
        name_files(what, options->output);
    return 0;
}
