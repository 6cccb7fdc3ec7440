/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `merge`: the journals of a study's shards to its results. */
#include "commands/command.h"

#include "core/memory.h"
#include "engine/journal.h"
#include "scenario/json.h"
#include "support/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Those that can be cut into shards. */
static const struct command *const studies[] = {&command_sweep, &command_sensitivity};

/* What a journal says of the study that it is of. */
struct title {
    char *text; /* as it stands there */
    size_t size;
    cJSON *root;
    const struct command *command;
    char **argument; /* of the command, with its name before them */
    int arguments;
    const char *scenario;
};

static int fail(const char *path, struct diagnostics *diagnostics)
{
    diagnostics_error(diagnostics, path, 0, "does not say which study it is of");
    return -1;
}

static int read_text(struct title *ret, const char *path, struct diagnostics *diagnostics)
{
    struct journal *const journal = journal_read(path, diagnostics);
    if (journal == NULL)
        return -1;
    const char *const text = journal_title(journal, &ret->size);
    ret->text = mem_alloc(ret->size + 1, 1);
    memcpy(ret->text, text, ret->size);
    journal_close(journal);
    return 0;
}

static int parse(struct title *ret, const char *path, struct diagnostics *diagnostics)
{
    struct diagnostics unheard; /* what is wrong inside is nothing a user could mend */
    diagnostics_init(&unheard);
    ret->root = json_parse(ret->text, ret->size, path, &unheard);
    diagnostics_finish(&unheard);
    const cJSON *const name = cJSON_GetObjectItemCaseSensitive(ret->root, "command");
    const cJSON *const arguments = cJSON_GetObjectItemCaseSensitive(ret->root, "arguments");
    const cJSON *const scenario = cJSON_GetObjectItemCaseSensitive(ret->root, "scenario");
    for (size_t i = 0; i < sizeof studies / sizeof *studies && cJSON_IsString(name); i++)
        if (strcmp(studies[i]->name, name->valuestring) == 0)
            ret->command = studies[i];
    if (ret->command == NULL || !cJSON_IsArray(arguments) || !cJSON_IsString(scenario))
        return fail(path, diagnostics);
    ret->scenario = scenario->valuestring;
    ret->argument = mem_alloc((size_t)cJSON_GetArraySize(arguments) + 2, sizeof *ret->argument);
    ret->argument[ret->arguments++] = name->valuestring;
    for (const cJSON *child = arguments->child; child != NULL; child = child->next) {
        if (!cJSON_IsString(child))
            return fail(path, diagnostics);
        ret->argument[ret->arguments++] = child->valuestring;
    }
    return 0;
}

static void title_finish(struct title *title)
{
    cJSON_Delete(title->root);
    free(title->argument);
    free(title->text);
}

/* All journals are of one study. */
static int read_titles(struct title *ret, const struct options *options,
                       struct diagnostics *diagnostics)
{
    if (read_text(ret, options->argument[0], diagnostics) < 0 ||
        parse(ret, options->argument[0], diagnostics) < 0)
        return -1;
    int status = 0;
    for (int i = 1; i < options->arguments; i++) {
        struct title other = {0};
        if (read_text(&other, options->argument[i], diagnostics) < 0) {
            status = -1;
        } else if (other.size != ret->size || memcmp(other.text, ret->text, ret->size) != 0) {
            diagnostics_error(diagnostics, options->argument[i], 0,
                              "is of another study than %s: another command or scenario",
                              options->argument[0]);
            status = -1;
        }
        title_finish(&other);
    }
    return status;
}

/* The study's own command, given all results, writes what it would have written. */
static int run_merged(const struct title *title, const struct options *options)
{
    struct options inner;
    int code = EXIT_DATA;
    if (options_parse(&inner, title->command, title->arguments, title->argument) == 0) {
        inner.output = options->output;
        inner.format = options->format;
        inner.quiet = options->quiet;
        inner.progress = PROGRESS_NEVER;
        free(inner.data_dir);
        inner.data_dir = mem_strdup(options->data_dir);
        inner.study.journal = options->argument;
        inner.study.journals = (size_t)options->arguments;
        inner.study.scenario = title->scenario;
        inner.study.scenario_size = strlen(title->scenario);
        code = title->command->run(&inner);
    }
    options_finish(&inner);
    return code;
}

static int merge(const struct options *options)
{
    struct diagnostics diagnostics;
    struct title title = {0};
    diagnostics_init(&diagnostics);
    const int status = read_titles(&title, options, &diagnostics);
    print_diagnostics(&diagnostics, options->quiet);
    diagnostics_finish(&diagnostics);
    const int code = status == 0 ? run_merged(&title, options) : EXIT_DATA;
    title_finish(&title);
    return code;
}

const struct command command_merge = {
    .name = "merge",
    .run = merge,
    .summary = "Put the journals of a study's shards together and write its results.",
    .usage = "JOURNAL... [--output DIR] [--format FORMAT]",
    .example = "lambdaplan merge parts/shard-1-of-2.journal parts/shard-2-of-2.journal --output "
               "results",
    .accepts = "of",
    .least_arguments = 1,
    .most_arguments = -1,
};
