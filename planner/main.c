/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lambdaplan: a cost and capacity planner for AWS Lambda.
 *
 * The files of the program, by phase:
 *
 *   planner/main.c               the command table, signals, exit codes
 *   planner/commands/            one file a subcommand; options.c: the options they share;
 *                                session.c: what surrounds a study; publish.c: results to files
 *                                and standard output
 *   planner/scenario/            JSON to a checked scenario: json.c strict text, fields.c the
 *                                vocabulary (keys.c and schema.c print it), checks.c what fits
 *                                together; cron.c schedules; limits, runtimes, instances: dated
 *                                data
 *   planner/traces/              arrivals from CSV files, one file a format
 *   planner/imports/             AWS answers and templates to a scenario, one file a format;
 *                                inventory.c what they say together, skeleton.c the scenario;
 *                                price_import.c AWS's offers to prices
 *   planner/plan/                plan.c and plan_*.c: a scenario at its date as a configuration of
 *                                the simulator; world.c the dated data; loops.c what comes
 *                                back to itself
 *   planner/engine/              design.c values set by path, axis.c lists, ranges and samples of
 *                                them, task.c one replication of a design, executor.c tasks on
 *                                threads (batch.c) and ranks (executor_mpi.c, wire.c), journal.c
 *                                what is kept, work.c how far they are; replications.c an
 *                                option's runs, warm_up.c, precision.c how long and how many,
 *                                evaluate.c their metrics and bill, alarms.c when alarms fire,
 *                                charts.c what a chart shows
 *   planner/studies/             questions to many runs: study.c all options, advice.c what to do
 *                                next; trials.c designs compared, sweep.c many of them, optimize.c
 *                                the best of them (candidates.c), breakeven.c where costs cross
 *                                over traffic (curve.c, traffic.c; hidden.c where they may hide),
 *                                sensitivity.c what moves them (uncertainty.c, sobol_indices.c),
 *                                headroom.c how far traffic can grow (limits_in_sight.c),
 *                                result_reader.c a folder of results, diff.c two of them
 *   planner/history/             what really happened: log_bill.c what a log's invocations cost,
 *                                waste.c what was paid for nothing, charges.c bills that AWS sent,
 *                                fit.c a log to a scenario, backtest.c predictions against calls
 *                                that happened (call_log.c)
 *   planner/pricing/             money.c exact amounts, price_book.c dated prices, meters.c usage
 *                                to SKU, bill.c the bill
 *   planner/support/             diagnostics, dates, text, CSV, files and folders; output_file.c
 *                                files that appear whole or not at all
 *   sim/core/                    time and chance: events, random streams, distributions, statistics;
 *                                look-up by text, tables of keys
 *   sim/aws/                     model.c puts a system together; direct, async, stream_poller:
 *                                event sources (stream_lane: batches); function, environment,
 *                                provisioned, account, cpu: Lambda; stream, shard: Kinesis,
 *                                DynamoDB Streams; downstream, calls: what functions wait for;
 *                                faults, fleet_fault: what goes wrong; backlogs: what waits;
 *                                stages, holders: where latency comes from;
 *                                fleet: EC2; load_balancer; usage: meters; loop: runaways;
 *                                client, gateway: callers that wait, what they call; api_calls: quotas;
 *                                state_machine: Step Functions; tally: whose invocations;
 *                                series: the time series
 *   reports/                     one file an exporter; table.c the terminal
 *   include/lambdaplan/          what other programs may call
 *   data/                        prices, limits, instances, runtimes, schema, scenarios, traces
 */
#include "commands/command.h"

#include "reports/human.h"
#include "support/output_file.h"
#include "support/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct command *const command_list[] = {
    &command_simulate,    &command_bill,   &command_fit,       &command_backtest, &command_import,
    &command_validate,    &command_prices, &command_report,    &command_sweep,    &command_optimize,
    &command_sensitivity, &command_diff,   &command_breakeven, &command_headroom, &command_merge,
    NULL, /* the end */
};
#define COMMANDS (sizeof command_list / sizeof *command_list - 1)

static atomic_int signals, polled; /* any thread may ask */

/* The first asks a run to end where one looks for it; otherwise, and the second, it ends the
 * program at once, without leaving temporary files. */
static void on_signal(int number)
{
    static const char text[] = "lambdaplan: interrupted\n";
    (void)number;
    if (signals++ == 0 && polled)
        return;
    output_remove_temporaries();
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    _exit(EXIT_INTERRUPTED);
}

void poll_interruption(void)
{
    polled = 1;
}

bool interrupted(void)
{
    return signals > 0;
}

void complain(const char *format, ...)
{
    char text[2000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    char *const clean = human_clean(text);
    fprintf(stderr, "lambdaplan: %s\n", clean);
    free(clean);
}

void print_diagnostics(const struct diagnostics *diagnostics, bool quiet)
{
    (quiet ? diagnostics_print_errors : diagnostics_print)(diagnostics, stderr);
}

bool may_color(void)
{
    return isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL;
}

int finish_stdout(int code)
{
    const bool fine = code == EXIT_DONE || code == EXIT_NOT_MET; /* else it was said already */
    errno = 0;
    if ((fflush(stdout) == 0 && !ferror(stdout)) || !fine)
        return code;
    complain("standard output: cannot be written%s%s", errno != 0 ? ": " : "",
             errno != 0 ? strerror(errno) : "");
    return EXIT_DATA;
}

static void print_help(FILE *out)
{
    fputs("usage: lambdaplan COMMAND [options]\n\n"
          "What AWS Lambda would cost and whether it would keep up, by simulation.\n\n",
          out);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-11s %s\n", command_list[i]->name, command_list[i]->summary);
    fputs("\nlambdaplan COMMAND --help says more. Exit codes: 0 done, 1 data or run-time failure,\n"
          "2 usage, 3 an objective was not met, or a budget or prediction did not hold.\n",
          out);
}

static const struct command *find_command(const char *word)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(command_list[i]->name, word) == 0)
            return command_list[i];
    return NULL;
}

static int unknown_command(const char *word)
{
    const char *names[COMMANDS];
    if (word[0] == '-') {
        complain("there is no option %s before a command: lambdaplan COMMAND [options]", word);
        return EXIT_USAGE;
    }
    if (access(word, F_OK) == 0) {
        complain("`%s` is no command; did you mean lambdaplan simulate %s? See lambdaplan --help",
                 word, word);
        return EXIT_USAGE;
    }
    for (size_t i = 0; i < COMMANDS; i++)
        names[i] = command_list[i]->name;
    const char *const near = text_near_miss(word, names, COMMANDS);
    complain("there is no command `%s`%s%s%s; see lambdaplan --help", word,
             near != NULL ? "; did you mean `" : "", near != NULL ? near : "",
             near != NULL ? "`?" : "");
    return EXIT_USAGE;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct options options;
    int code = EXIT_USAGE;
    if (options_parse(&options, command, argc, argv) == 0) {
        if (options.help) {
            options_help(command);
            code = EXIT_DONE;
        } else {
            code = options_may_write(&options, command) ? command->run(&options) : EXIT_DATA;
        }
    }
    options_finish(&options);
    if (interrupted() && code == EXIT_DATA) /* whatever failed, failed because of it */
        code = EXIT_INTERRUPTED;
    if (code == EXIT_INTERRUPTED)
        complain("interrupted; nothing was written");
    if (code == EXIT_RESUMABLE)
        code = EXIT_INTERRUPTED;
    return code;
}

/* A standard stream that the caller closed must not become the number of a file that we open.
 * Turned around, so that its use fails: nothing is lost in silence. */
static void reserve_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) == -1)
            (void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

static void set_signals(void)
{
    static const int stopping[] = {SIGINT, SIGTERM, SIGHUP};
    const struct sigaction stop = {.sa_handler = on_signal}, ignore = {.sa_handler = SIG_IGN};
    for (size_t i = 0; i < sizeof stopping / sizeof *stopping; i++) {
        struct sigaction inherited;
        sigaction(stopping[i], NULL, &inherited);
        if (inherited.sa_handler != SIG_IGN) /* nohup, a job in the background */
            sigaction(stopping[i], &stop, NULL);
    }
    sigaction(SIGPIPE, &ignore, NULL); /* a closed pipe is a failed write, and said so */
    sigaction(SIGXFSZ, &ignore, NULL);
}

int main(int argc, char **argv)
{
    reserve_standard_streams();
    set_signals();
    const char *const word = argc > 1 ? argv[1] : "";
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
        if (argc == 2)
            print_help(stdout);
        else if (find_command(argv[2]) != NULL)
            options_help(find_command(argv[2]));
        else
            return unknown_command(argv[2]);
        return finish_stdout(EXIT_DONE);
    }
    if (strcmp(word, "--version") == 0) {
        puts("lambdaplan " LAMBDAPLAN_VERSION);
        return finish_stdout(EXIT_DONE);
    }
    const struct command *const command = find_command(word);
    return command == NULL ? unknown_command(word)
                           : finish_stdout(run(command, argc - 1, argv + 1));
}
