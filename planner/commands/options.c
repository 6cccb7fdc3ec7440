/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Common options: the one table of them, their parsing and their help. */
#include "commands/command.h"

#include "core/memory.h"
#include "support/text.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    char letter;
    const char *name, *value, *help;
} table[] = {
    {'o', "output", "DIR", "write the CSV files and run.json into this folder"},
    {'f', "format", "table|csv|json|markdown", "what standard output gets (default: table)"},
    {'s', "seed", "N", "seed of all random streams, instead of the scenario's"},
    {'a', "as-of", "YYYY-MM-DD", "prices, limits and behaviour of this date"},
    {'r', "region", "REGION", "AWS region, instead of the scenario's"},
    {'v', "service", "NAME", "only this service's prices"},
    {'p', "progress", "auto|always|never", "progress on standard error (default: on a terminal)"},
    {'q', "quiet", NULL, "no warnings and no progress"},
    {'S', "schema", NULL, "print the JSON Schema of scenarios and stop"},
    {'d', "data-dir", "DIR", "prices, limits, runtimes and instances (default: found by itself)"},
    {'h', "help", NULL, "this text"},
};
#define OPTIONS (sizeof table / sizeof *table)

static bool accepted(const struct command *command, char letter)
{
    return strchr("dqh", letter) != NULL || strchr(command->accepts, letter) != NULL;
}

void options_help(const struct command *command)
{
    printf("usage: lambdaplan %s %s\n\n%s\n\noptions:\n", command->name, command->usage,
           command->summary);
    for (size_t i = 0; i < OPTIONS; i++) {
        char *option;
        if (!accepted(command, table[i].letter))
            continue;
        option = table[i].value != NULL ? text_format("--%s %s", table[i].name, table[i].value)
                                        : text_format("--%s", table[i].name);
        printf("  %-34s %s\n", option, table[i].help);
        free(option);
    }
    printf("\nexample:\n  %s\n", command->example);
}

/* data/ beside the source tree that the program was built in, or where it was installed. */
static char *find_data(void)
{
    const char *const given = getenv("LAMBDAPLAN_DATA_DIR");
    if (given != NULL && given[0] != '\0')
        return mem_strdup(given);
    static const char *const relative[] = {"/../../data", "/../share/lambdaplan", "/../data"};
    char path[4096];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length > 0) {
        path[length] = '\0';
        char *const slash = strrchr(path, '/');
        if (slash != NULL)
            *slash = '\0';
        for (size_t i = 0; i < sizeof relative / sizeof *relative; i++) {
            char *const candidate = text_format("%s%s", path, relative[i]);
            char *const probe = text_format("%s/limits", candidate);
            const bool there = access(probe, R_OK) == 0;
            free(probe);
            if (there)
                return candidate;
            free(candidate);
        }
    }
    return mem_strdup(LAMBDAPLAN_DATA_DIR);
}

static int choose(const char *option, const char *value, const char *const *choice, int count,
                  int *ret)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(choice[i], value) != 0)
            continue;
        *ret = i;
        return 0;
    }
    fprintf(stderr, "lambdaplan: --%s %s: expected one of", option, value);
    for (int i = 0; i < count; i++)
        fprintf(stderr, "%s %s", i > 0 ? "," : "", choice[i]);
    fputc('\n', stderr);
    return -1;
}

static int take(struct options *o, char letter, const char *name, char *value)
{
    static const char *const formats[] = {"table", "csv", "json", "markdown"};
    static const char *const progresses[] = {"auto", "always", "never"};
    int choice = 0;
    switch (letter) {
    case 'o':
        o->output = value;
        return 0;
    case 's':
        o->seed = value;
        return 0;
    case 'a':
        o->as_of = value;
        return 0;
    case 'r':
        o->region = value;
        return 0;
    case 'v':
        o->service = value;
        return 0;
    case 'q':
        o->quiet = true;
        return 0;
    case 'S':
        o->schema = true;
        return 0;
    case 'h':
        o->help = true;
        return 0;
    case 'd':
        free(o->data_dir);
        o->data_dir = mem_strdup(value);
        return 0;
    case 'f':
        if (choose(name, value, formats, 4, &choice) < 0)
            return -1;
        o->format = (enum output_format)choice;
        return 0;
    default:
        if (choose(name, value, progresses, 3, &choice) < 0)
            return -1;
        o->progress = (enum progress_mode)choice;
        return 0;
    }
}

static int unknown_option(const struct command *command, const char *word)
{
    const char *names[OPTIONS];
    size_t count = 0;
    for (size_t i = 0; i < OPTIONS; i++)
        if (accepted(command, table[i].letter))
            names[count++] = table[i].name;
    while (*word == '-')
        word++;
    const char *const near = text_near_miss(word, names, count);
    fprintf(stderr, "lambdaplan: %s has no option --%s%s%s%s; see lambdaplan %s --help\n",
            command->name, word, near != NULL ? "; did you mean --" : "", near != NULL ? near : "",
            near != NULL ? "?" : "", command->name);
    return -1;
}

int options_parse(struct options *ret, const struct command *command, int argc, char **argv)
{
    struct option list[OPTIONS + 1] = {{0}};
    *ret = (struct options){0};
    size_t n = 0;
    for (size_t i = 0; i < OPTIONS; i++)
        if (accepted(command, table[i].letter))
            list[n++] = (struct option){table[i].name,
                                        table[i].value != NULL ? required_argument : no_argument,
                                        NULL, table[i].letter};
    optind = 1;
    opterr = 0;
    for (;;) {
        int index = 0;
        const int c = getopt_long(argc, argv, ":", list, &index);
        if (c == -1)
            break;
        if (c == ':') {
            fprintf(stderr, "lambdaplan: %s needs a value\n", argv[optind - 1]);
            return -1;
        }
        if (c == '?')
            return unknown_option(command, argv[optind - 1]);
        if (take(ret, (char)c, list[index].name, optarg) < 0)
            return -1;
    }
    ret->argument = argv + optind;
    ret->arguments = argc - optind;
    if (ret->quiet && ret->progress == PROGRESS_AUTO)
        ret->progress = PROGRESS_NEVER;
    if (ret->data_dir == NULL)
        ret->data_dir = find_data();
    const bool enough = ret->arguments >= command->least_arguments;
    const bool too_many =
        command->most_arguments >= 0 && ret->arguments > command->most_arguments;
    if (ret->help || ret->schema || (enough && !too_many))
        return 0;
    fprintf(stderr, "lambdaplan: %s; usage: lambdaplan %s %s\n",
            enough ? "too many arguments" : "an argument is missing", command->name,
            command->usage);
    return -1;
}

void options_finish(struct options *options)
{
    free(options->data_dir);
    options->data_dir = NULL;
}
