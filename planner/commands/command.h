/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What all subcommands share: the table they stand in, common options, exit codes, and how
 * interruption reaches a long run.
 */
#ifndef COMMANDS_COMMAND_H
#define COMMANDS_COMMAND_H

#include "commands/study_options.h"
#include "reports/progress.h"

#include <lambdaplan/diagnostics.h>
#include <lambdaplan/result.h>

#include <stdbool.h>
#include <stddef.h>

struct column_mapping; /* traces/table.h */

enum exit_code {
    EXIT_DONE = 0,
    EXIT_DATA = 1, /* data or run-time failure */
    EXIT_USAGE = 2,
    EXIT_NOT_MET = 3, /* an objective was not met, a prediction did not hold */
    EXIT_INTERRUPTED = 130,
    EXIT_RESUMABLE = 131 /* interrupted, and the command has said how to go on; 130 outside */
};

enum output_format { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON, FORMAT_MARKDOWN };

struct options {
    const char *output, *seed, *as_of, *region, *service;
    const char *input_format, *memory, *what_if, *rejects, *prices;
    struct column_mapping *map;
    size_t maps;
    const char *merge, *assume_rate;
    const char *function, *train, *split, *metrics, *minimize;
    double confidence; /* a share; 0: not given */
    const char *budget, *max_increase;
    const char *trace_events;
    unsigned trace_every; /* 0: not given */
    char *data_dir;
    enum output_format format;
    bool html; /* instead of a table; where the command accepts it */
    enum progress_mode progress;
    unsigned jobs; /* 0: not given */
    bool quiet, schema, keys, help, strict, arm64, no_free_tier, model_durations;
    struct study_options study;
    char **argument; /* what is left, in order */
    int arguments;
    char **given; /* the options as "--name=VALUE", in order, but for those that only say where and
                     how to run */
    size_t givens;
};

#define COMMAND_FILES_MAX 6

/* Which options a subcommand takes, one letter each: see options.c. */
struct command {
    const char *name;
    int (*run)(const struct options *options);
    const char *summary; /* one line for the list */
    const char *usage;   /* after the command's name */
    const char *details; /* lines for --help; NULL: none */
    const char *example; /* a whole command that works */
    const char *accepts;
    int least_arguments, most_arguments; /* most < 0: any number */
    /* Its results in a folder; the first is what --format csv prints. The last is run.json: where
     * it is new, so is the rest. */
    const char *files[COMMAND_FILES_MAX];
    bool by_intervals; /* what it answers is judged by intervals: study_replications */
    bool exports;      /* its results are instead all that reports/exporters.c lists */
};

extern const struct command *const command_list[]; /* all; NULL is the end */
extern const struct command command_bill, command_import, command_simulate, command_validate,
    command_prices;
extern const struct command command_fit, command_backtest, command_report;
extern const struct command command_sweep, command_merge, command_optimize, command_diff;
extern const struct command command_breakeven, command_headroom, command_sensitivity;

/* Parses argv[1..] of a subcommand. 0, or -1 after a message. */
int options_parse(struct options *ret, const struct command *command, int argc, char **argv);
/* Whether the folders of all files that the options name to be written are there, and none of these
 * is a file to read; else errors have been printed, before any work. */
bool options_may_write(const struct options *options, const struct command *command);
void options_finish(struct options *options);
/* New memory: result_command_finish. */
struct result_command options_words(const struct options *options, const char *command);
void options_help(const struct command *command);

/* SIGINT, SIGTERM and SIGHUP end the program at once, until poll_interruption is called: from then
 * on the first of them makes interrupted() true, and the caller ends what it does. */
void poll_interruption(void);
bool interrupted(void);

/* "lambdaplan: SENTENCE" on standard error; control characters are shown as '?'. */
__attribute__((format(printf, 1, 2))) void complain(const char *format, ...);

/* Prints what is collected on standard error; `quiet` leaves warnings out. */
void print_diagnostics(const struct diagnostics *diagnostics, bool quiet);

/* What was said on the way goes with a result, as warnings: `from` is empty then. */
void take_notes(struct diagnostics *from, struct diagnostics *notes);
/* With --quiet a text for readers goes without a result's notes; JSON keeps them, as data. */
void hush_notes(struct diagnostics *notes, const struct options *options);

/* Whether standard output is a terminal whose user wants colours (https://no-color.org). */
bool may_color(void);
/* Flushes standard output and checks that all of it was written: a finished command's exit code. */
int finish_stdout(int code);

#endif
