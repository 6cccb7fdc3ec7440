/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Common options: the one table of them, their parsing and their help. */
#include "commands/command.h"

#include "core/memory.h"
#include "reports/human.h"
#include "scenario/fields.h"
#include "scenario/json.h"
#include "support/date.h"
#include "support/output_file.h"
#include "support/text.h"
#include "traces/file_names.h"
#include "traces/formats.h"
#include "traces/mapped_csv.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    char letter;
    const char *name, *value, *help;
} table[] = {
    {'o', "output", "DIR", "write the CSV files and run.json into this folder"},
    {'O', "output", "FILE", "the file to write"},
    {'f', "format", "table|csv|json|markdown", "what standard output gets (default: table)"},
    {'W', "format", "table|csv|json|markdown|html", "what standard output gets (default: table)"},
    {'s', "seed", "N", "seed of all random streams, instead of the scenario's"},
    {'a', "as-of", "YYYY-MM-DD", "prices, limits and behaviour of this date"},
    {'r', "region", "REGION", "AWS region, instead of the scenario's"},
    {'v', "service", "NAME", "only this service's prices"},
    {'P', "prices", "FILE", "prices of your own, columns as in data/prices: they go first"},
    {'j', "jobs", "N", "threads (default: one a processor); the results are the same"},
    {'i', "input-format", "FORMAT", "format of the files (default: recognised by content)"},
    {'m', "map", "FIELD=COLUMN,…", "which columns of a CSV file are what, as start_s=began"},
    {'A', "architecture", "x86_64|arm64", "what logs do not say (default: x86_64)"},
    {'M', "memory", "MB", "memory size of invocations that do not say"},
    {'F', "free-tier", "on|off", "Lambda's free tier of the account (default: on)"},
    {'w', "what-if", "KEY=VALUE,…", "memory_size=MB, architecture=x86_64|arm64: the difference"},
    {'t', "strict", NULL, "the first row that cannot be read is an error"},
    {'R', "rejects", "FILE", "write rows that cannot be read to this CSV file"},
    {'G', "merge", "SCENARIO", "keep its workloads and measurements, as fit has made them"},
    {'E', "assume-rate", "N", "arrivals per s where nobody knows them (default: 0)"},
    {'V', "vary", "PATH=VALUES", "A,B,C or FROM:TO:STEP or FROM:TO:*FACTOR; may be repeated"},
    {'L', "sample", "N", "N designs of a Latin hypercube instead of the grid"},
    {'B', "option", "BASELINE", "a baseline of the scenario instead of the Lambda design"},
    {'y', "traffic", "FACTORS",
     "times the scenario's: A,B,C or FROM:TO:*FACTOR (default: 0.1 to 10)"},
    {'l', "workload", "NAME", "only this one's traffic changes (default: all)"},
    {'H', "scale-shards", NULL, "provisioned streams have shards in proportion to their traffic"},
    {'b', "burstiness", "RATIOS", "rate in bursts over mean rate: 1,2,5 (default: as it is)"},
    {'g', "growth", "5%/month", "of traffic, or a year's as 80%/year: when each limit is reached"},
    {'Q', "from", "YYYY-MM-DD", "when growth begins (default: the date of prices and limits)"},
    {'Z', "up-to", "FACTOR",
     "the most that is simulated, times today's (default: 10; more while a run is small)"},
    {'n', "replications", "N", "instead of the scenario's"},
    {'e', "precision", "1%", "replicate until 95 % intervals are ± that part of the mean"},
    {'x', "max-replications", "N", "at most so many for --precision (default: 64)"},
    {'U', "warm-up", "auto|SECONDS", "what is not counted at the beginning; auto: by MSER-5"},
    {'u', "resume", NULL, "go on with the study that was interrupted"},
    {'k', "keep-journal", NULL, "do not remove the journal at the end"},
    {'D', "shard", "I/N", "run part I of N only; `lambdaplan merge` puts the parts together"},
    {'N', "function", "NAME", "compare this one only; calls that name no function are its"},
    {'T', "train", "PERCENT", "fit to the first part of the time (default: 70%)"},
    {'I', "split", "TIME", "fit to what is before this time (2020-05-26T12:00:00Z), not --train"},
    {'Y', "durations", "replay|model", "the file's or the scenario's (default: replay)"},
    {'X', "metrics", "NAME,…", "only these figures, as billed_ms,duration_ms (default: all)"},
    {'C', "confidence", "PERCENT", "of the intervals, 50 to 99.9 (default: 95%)"},
    {'c', "confidence", "PERCENT", "that each objective holds, 50 to 99.9 (default: 95%)"},
    {'z', "minimize", "METRIC", "monthly_cost_usd (default) or as function:NAME.latency_ms.p99"},
    {'1', "budget", "USD", "exit code 3 when a month costs more"},
    {'2', "max-increase", "5%", "exit code 3 when a month costs so much more than before"},
    {'3', "sample", "N", "N pairs of samples of all inputs at once (default: 64)"},
    {'4', "by", "PERCENT", "how far inputs go whose range is not given (default: 10%)"},
    {'5', "input", "PATH[=LOW:MID:HIGH]", "an uncertain input; may be repeated"},
    {'6', "design", "PATH=VALUE,…", "a design to choose from; may be repeated"},
    {'7', "trace-events", "FILE", "requests of the first replication, to open in Perfetto"},
    {'8', "trace-every", "N", "one request in N of each function (default: every one)"},
    {'J', "replications", "N", "at 95 % at least 39 (default there: 199)"},
    {'p', "progress", "auto|always|never", "progress on standard error (default: on a terminal)"},
    {'q', "quiet", NULL, "only results and errors: no notes, no progress"},
    {'S', "schema", NULL, "print the JSON Schema of scenarios and stop"},
    {'K', "keys", NULL, "print every key of scenarios with its meaning and stop"},
    {'d', "data-dir", "DIR", "prices, limits, runtimes and instances (default: found by itself)"},
    {'h', "help", NULL, "this text"},
};
#define OPTIONS (sizeof table / sizeof *table)

/* Where an option is of something else than most commands' scenario. */
static const struct {
    const char *command;
    char letter;
    const char *help;
} of_command[] = {
    {"backtest", 'a', "of this date (default: the scenario's, or the day of the last call fitted)"},
    {"backtest", 'r', "AWS region (default: the scenario's, or us-east-1)"},
    {"bill", 'a', "prices and billing rules of this date (default: of each call's)"},
    {"bill", 'r', "AWS region of the prices (default: us-east-1)"},
    {"breakeven", 'B', "only this baseline (default: all of them)"},
    {"diff", 'B', "a baseline: its cost and objectives are judged (default: the Lambda design's)"},
    {"diff", 'a', "of two scenarios: prices, limits and behaviour of this date"},
    {"diff", 'r', "of two scenarios: AWS region, instead of theirs"},
    {"diff", 's', "of two scenarios: seed of all random streams, instead of the first's"},
    {"diff", 'P', "of two scenarios: prices of your own, as in data/prices: they go first"},
    {"diff", 'n', "of two scenarios: instead of theirs, at least 2"},
    {"fit", 'O', "the scenario to write"},
    {"fit", 'a', "date of the scenario (default: the day of the last call)"},
    {"fit", 'r', "AWS region of the scenario (default: us-east-1)"},
    {"import", 'O', "the scenario to write (default: standard output)"},
    {"import", 'a', "date of the scenario (default: today, or that of --merge)"},
    {"import", 'r', "AWS region of the scenario (default: what the files say, or us-east-1)"},
    {"optimize", 'n', "of a design that may be the answer, at least 2; others get fewer"},
    {"prices", 'O', "of import: the file to write"},
    {"prices", 'a', "only what holds on this date"},
    {"prices", 'r', "only this region's prices"},
    {"sensitivity", 'n', "at low, mid and high: instead of the scenario's, at least 2"},
};
#define OPTION_WIDTH 38
#define JOBS_MAX 1000
#define EVERY_MAX 1000000000
#define HTML 4        /* the last of the formats, which few commands have */
#define SHORT "oOjqh" /* letters that can be given, O as o; others are only our names for them */
#define NOT_OF_THE_STUDY "oOfjpqdukDh78" /* options that change nothing in a study's results */

/* '\0': none */
static char short_of(char letter)
{
    return strchr(SHORT, letter) == NULL ? '\0' : letter == 'O' ? 'o' : letter;
}

static const char *name_of(char letter)
{
    size_t i = 0;
    while (table[i].letter != letter && short_of(table[i].letter) != letter)
        i++;
    return table[i].name;
}

static bool accepted(const struct command *command, char letter)
{
    return strchr("dqh", letter) != NULL || strchr(command->accepts, letter) != NULL;
}

/* The fields of --map, in lines of a terminal's width. */
static void print_fields(void)
{
    char *const fields = column_mapping_fields();
    printf("\nfields of --map, with the unit of their column behind them (start_ms=began):\n ");
    int column = 1;
    for (const char *at = fields; *at != '\0';) {
        const size_t length = strcspn(at, " ");
        if (column + (int)length > 78)
            column = printf("\n ") - 1;
        column += printf(" %.*s", (int)length, at);
        at += length + (at[length] == ' ');
    }
    putchar('\n');
    free(fields);
}

static const char *help_of(const struct command *command, size_t option)
{
    for (size_t i = 0; i < sizeof of_command / sizeof *of_command; i++)
        if (of_command[i].letter == table[option].letter &&
            strcmp(of_command[i].command, command->name) == 0)
            return of_command[i].help;
    return table[option].help;
}

/* What is too long for its column has a line of its own. */
static void print_option(const char *option, const char *help)
{
    const size_t width = human_width(option);
    printf("  %s", option);
    if (width > OPTION_WIDTH)
        printf("\n  %*s %s\n", OPTION_WIDTH, "", help);
    else
        printf("%*s %s\n", (int)(OPTION_WIDTH - width), "", help);
}

void options_help(const struct command *command)
{
    printf("usage: lambdaplan %s %s\n\n%s\n", command->name, command->usage, command->summary);
    if (command->details != NULL)
        printf("\n%s\n", command->details);
    printf("\noptions:\n");
    for (size_t i = 0; i < OPTIONS; i++) {
        char *option;
        if (!accepted(command, table[i].letter))
            continue;
        const char letter = short_of(table[i].letter);
        option = text_format("%c%c%s--%s%s%s", letter != '\0' ? '-' : ' ',
                             letter != '\0' ? letter : ' ', letter != '\0' ? ", " : "  ",
                             table[i].name, table[i].value != NULL ? " " : "",
                             table[i].value != NULL ? table[i].value : "");
        print_option(option, help_of(command, i));
        free(option);
    }
    if (accepted(command, 'm'))
        print_fields();
    printf("\nexample:\n  %s\n", command->example);
}

static bool holds_data(const char *dir)
{
    char *const probe = text_format("%s/limits", dir);
    const bool there = access(probe, R_OK) == 0;
    free(probe);
    return there;
}

/* data/ beside the source tree that the program was built in, or where it was installed. */
static int find_data(char **ret)
{
    const char *const given = getenv("LAMBDAPLAN_DATA_DIR");
    if (given != NULL && given[0] != '\0') {
        *ret = mem_strdup(given);
        return 0;
    }
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
            if (holds_data(candidate)) {
                *ret = candidate;
                return 0;
            }
            free(candidate);
        }
    }
    *ret = mem_strdup(LAMBDAPLAN_DATA_DIR);
    if (holds_data(*ret))
        return 0;
    complain("the folder of prices, limits, runtimes and instances is neither beside the program "
             "nor in " LAMBDAPLAN_DATA_DIR "; give --data-dir, or set LAMBDAPLAN_DATA_DIR");
    return -1;
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
    char *list = mem_strdup(choice[0]);
    for (int i = 1; i < count; i++) {
        char *const longer = text_format("%s, %s", list, choice[i]);
        free(list);
        list = longer;
    }
    complain("--%s %s: expected one of %s", option, value, list);
    free(list);
    return -1;
}

static bool parse_count(const char *text, unsigned most, unsigned *ret)
{
    const size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 10 || text[digits] != '\0')
        return false;
    const unsigned long long count = strtoull(text, NULL, 10);
    *ret = (unsigned)count;
    return count >= 1 && count <= most;
}

static int take_seed(const char *text, const char **ret)
{
    static const char most[] = JSON_MAX_WHOLE;
    const char *const digits = text + strspn(text, "0");
    const size_t length = strlen(digits);
    *ret = text;
    if (text[strspn(text, "0123456789")] == '\0' &&
        (length < strlen(most) || (length == strlen(most) && strcmp(digits, most) <= 0)))
        return 0;
    complain("--seed %s is not a whole number from 0 to %s", text, most);
    return -1;
}

static int take_as_of(const char *text, const char **ret)
{
    int32_t day;
    *ret = text;
    if (date_parse(text, &day) && strcmp(text, "2006") > 0 && strcmp(text, "2100") < 0)
        return 0;
    complain("--as-of %s is not a date from 2006 to 2099 (YYYY-MM-DD)", text);
    return -1;
}

static int take_region(const char *text, const char **ret)
{
    *ret = text;
    if (text_rules[TEXT_REGION].check(text))
        return 0;
    complain("--region \"%s\" %s", text, text_rules[TEXT_REGION].sentence);
    return -1;
}

static int take_confidence(const char *text, double *ret)
{
    if (study_percent(text, 50, 99.9, ret))
        return 0;
    complain("--confidence %s is no percentage from 50 to 99.9", text);
    return -1;
}

static int take_input_format(const char *name, const char **ret)
{
    *ret = name;
    if (formats_find(name) != NULL)
        return 0;
    const size_t count = formats_count();
    const char **const known = mem_alloc(count, sizeof *known);
    for (size_t i = 0; i < count; i++)
        known[i] = formats_get(i)->name;
    const char *const near = text_near_miss(name, known, count);
    char *const list = formats_list();
    complain("--input-format %s: %s%s%sknown are %s", name, near != NULL ? "did you mean " : "",
             near != NULL ? near : "", near != NULL ? "? " : "", list);
    free(list);
    free(known);
    return -1;
}

static int take_map(struct options *o, const char *text)
{
    char *error = NULL;
    column_mapping_free(o->map, o->maps); /* of an option that is given twice the last holds */
    o->map = NULL;
    o->maps = 0;
    if (column_mapping_parse(text, &o->map, &o->maps, &error) == 0)
        return 0;
    complain("--map %s: %s", text, error);
    free(error);
    return -1;
}

static int take(struct options *o, char letter, char *value)
{
    static const char *const formats[] = {"table", "csv", "json", "markdown", "html"};
    static const char *const progresses[] = {"auto", "always", "never"};
    static const char *const architectures[] = {"x86_64", "arm64"};
    static const char *const switches[] = {"on", "off"};
    static const char *const durations[] = {"replay", "model"};
    int choice = 0;
    if (strchr(STUDY_OPTIONS TRAFFIC_OPTIONS, letter) != NULL)
        return study_option_take(&o->study, letter, value);
    switch (letter) {
    case 'o':
    case 'O':
        o->output = value;
        return 0;
    case 's':
        return take_seed(value, &o->seed);
    case 'a':
        return take_as_of(value, &o->as_of);
    case 'r':
        return take_region(value, &o->region);
    case 'j':
        if (!parse_count(value, JOBS_MAX, &o->jobs)) {
            complain("--jobs %s is not a whole number from 1 to %d", value, JOBS_MAX);
            return -1;
        }
        return 0;
    case 'v':
        o->service = value;
        return 0;
    case 'P':
        o->prices = value;
        return 0;
    case 'G':
        o->merge = value;
        return 0;
    case 'E':
        o->assume_rate = value;
        return 0;
    case 'N':
        o->function = value;
        return 0;
    case 'T':
        o->train = value;
        return 0;
    case 'I':
        o->split = value;
        return 0;
    case 'Y':
        if (choose("durations", value, durations, 2, &choice) < 0)
            return -1;
        o->model_durations = choice == 1;
        return 0;
    case 'X':
        o->metrics = value;
        return 0;
    case 'C':
    case 'c':
        return take_confidence(value, &o->confidence);
    case 'z':
        o->minimize = value;
        return 0;
    case '1':
        o->budget = value;
        return 0;
    case '2':
        o->max_increase = value;
        return 0;
    case '3':
        return study_option_take(&o->study, 'L', value);
    case '4':
    case '5':
    case '6':
        return study_option_take(&o->study, letter, value);
    case '7':
        o->trace_events = value;
        return 0;
    case '8':
        if (!parse_count(value, EVERY_MAX, &o->trace_every)) {
            complain("--trace-every %s is not a whole number from 1 to %d", value, EVERY_MAX);
            return -1;
        }
        return 0;
    case 'J':
        return study_option_take(&o->study, 'n', value);
    case 'i':
        return take_input_format(value, &o->input_format);
    case 'm':
        return take_map(o, value);
    case 'A':
        if (choose("architecture", value, architectures, 2, &choice) < 0)
            return -1;
        o->arm64 = choice == 1;
        return 0;
    case 'M':
        o->memory = value;
        return 0;
    case 'F':
        if (choose("free-tier", value, switches, 2, &choice) < 0)
            return -1;
        o->no_free_tier = choice == 1;
        return 0;
    case 'w':
        if (o->what_if != NULL) {
            complain("--what-if is given twice (%s, %s): one other design at a time", o->what_if,
                     value);
            return -1;
        }
        o->what_if = value;
        return 0;
    case 't':
        o->strict = true;
        return 0;
    case 'R':
        o->rejects = value;
        return 0;
    case 'q':
        o->quiet = true;
        return 0;
    case 'S':
        o->schema = true;
        return 0;
    case 'K':
        o->keys = true;
        return 0;
    case 'h':
        o->help = true;
        return 0;
    case 'd':
        free(o->data_dir);
        o->data_dir = mem_strdup(value);
        return 0;
    case 'f':
    case 'W':
        if (choose("format", value, formats, letter == 'W' ? HTML + 1 : HTML, &choice) < 0)
            return -1;
        o->html = choice == HTML;
        o->format = o->html ? FORMAT_TABLE : (enum output_format)choice;
        return 0;
    default:
        if (choose("progress", value, progresses, 3, &choice) < 0)
            return -1;
        o->progress = (enum progress_mode)choice;
        return 0;
    }
}

/* What getopt_long refused: `word` as given, or a single letter among several. */
static int refuse(const struct command *command, const struct option *list, size_t count,
                  const char *word, int letter)
{
    const char *names[OPTIONS];
    const bool is_long = strncmp(word, "--", 2) == 0;
    const size_t length = strcspn(word, "=");
    size_t starting = 0, exact = count;
    if (!is_long) {
        complain("%s has no option -%c; see lambdaplan %s --help", command->name, letter,
                 command->name);
        return -1;
    }
    char *const name = text_format("%.*s", (int)length - 2, word + 2);
    for (size_t i = 0; i < count; i++) {
        names[i] = list[i].name;
        starting += strncmp(list[i].name, name, length - 2) == 0;
        if (strcmp(list[i].name, name) == 0)
            exact = i;
    }
    const char *const near = text_near_miss(name, names, count);
    if (exact < count || (starting == 1 && word[length] == '='))
        complain("--%s takes no value", name);
    else if (starting > 1)
        complain("--%s could be several options; see lambdaplan %s --help", name, command->name);
    else
        complain("%s has no option --%s%s%s%s; see lambdaplan %s --help", command->name, name,
                 near != NULL ? "; did you mean --" : "", near != NULL ? near : "",
                 near != NULL ? "?" : "", command->name);
    free(name);
    return -1;
}

static int check_arguments(const struct options *options, const struct command *command)
{
    const bool alone = options->schema || options->keys;
    const int least = alone ? 0 : command->least_arguments;
    const int most = alone ? 0 : command->most_arguments;
    const bool enough = options->arguments >= least;
    if (options->help || (enough && (most < 0 || options->arguments <= most)))
        return 0;
    complain("%s; usage: lambdaplan %s %s",
             enough ? "too many arguments" : "an argument is missing", command->name,
             command->usage);
    return -1;
}

/* What a journal tells of the command that began it. */
static void record(struct options *options, char letter, const char *value)
{
    size_t i = 0;
    while (table[i].letter != letter)
        i++;
    if (strchr(NOT_OF_THE_STUDY, letter) != NULL)
        return;
    options->given = mem_resize(options->given, options->givens + 1, sizeof *options->given);
    options->given[options->givens++] = value == NULL
                                            ? text_format("--%s", table[i].name)
                                            : text_format("--%s=%s", table[i].name, value);
}

int options_parse(struct options *ret, const struct command *command, int argc, char **argv)
{
    struct option list[OPTIONS + 1] = {{0}};
    char letters[4 * OPTIONS] = ":";
    *ret = (struct options){0};
    size_t n = 0, length = 1;
    for (size_t i = 0; i < OPTIONS; i++) {
        const bool has_value = table[i].value != NULL;
        if (!accepted(command, table[i].letter))
            continue;
        list[n++] = (struct option){table[i].name, has_value ? required_argument : no_argument,
                                    NULL, table[i].letter};
        if (short_of(table[i].letter) == '\0')
            continue;
        letters[length++] = short_of(table[i].letter);
        if (has_value)
            letters[length++] = ':';
    }
    optind = 1;
    opterr = 0;
    for (;;) {
        const int before = optind;
        const int c = getopt_long(argc, argv, letters, list, NULL);
        if (c == -1)
            break;
        /* Arguments are moved behind the options: the word stands before the next, or is a letter
         * of a word that goes on. */
        const char *const word = argv[optind > before ? optind - 1 : optind];
        if (c == ':') {
            complain("%s needs a value", word);
            return -1;
        }
        if (c == '?')
            return refuse(command, list, n, word, optopt);
        if (optarg != NULL && *optarg == '\0') { /* most likely "$VARIABLE" that nobody set */
            complain("--%s is empty: it needs a value", name_of((char)c));
            return -1;
        }
        if (take(ret, (char)c, optarg) < 0)
            return -1;
        record(ret, (char)c, optarg);
    }
    ret->argument = argv + optind;
    ret->arguments = argc - optind;
    if (ret->quiet && ret->progress == PROGRESS_AUTO)
        ret->progress = PROGRESS_NEVER;
    ret->study.by_intervals = command->by_intervals;
    if (check_arguments(ret, command) < 0 ||
        (!ret->help && study_options_check(&ret->study, ret->output != NULL) < 0))
        return -1;
    return ret->help || ret->schema || ret->data_dir != NULL ? 0 : find_data(&ret->data_dir);
}

static bool is_same_file(const char *path, const char *other)
{
    struct stat a, b;
    return stat(path, &a) == 0 && stat(other, &b) == 0 && S_ISREG(a.st_mode) &&
           a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* What is read would be lost: the log that the rejects are of, say. */
static bool is_read_too(const char *path, const struct options *options,
                        struct diagnostics *diagnostics)
{
    bool read = options->prices != NULL && is_same_file(path, options->prices);
    for (int i = 0; i < options->arguments && !read; i++) {
        char *name;
        read = is_same_file(path, file_named(options->argument[i], &name));
        free(name);
    }
    if (read)
        diagnostics_error(diagnostics, path, 0,
                          "is to be read, and would be lost if it were written: name another file");
    return read;
}

bool options_may_write(const struct options *options, const struct command *command)
{
    const bool to_file = strchr(command->accepts, 'O') != NULL;
    const char *const files[] = {to_file ? options->output : NULL, options->rejects,
                                 options->trace_events};
    struct diagnostics diagnostics;
    bool good = true;
    diagnostics_init(&diagnostics);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        const size_t length = files[i] == NULL ? 0 : strlen(files[i]);
        if (length > 0 && files[i][length - 1] != '/') /* that is no file: the command says so */
            good = output_has_folder(files[i], &diagnostics) &&
                   !is_read_too(files[i], options, &diagnostics) && good;
    }
    print_diagnostics(&diagnostics, options->quiet);
    diagnostics_finish(&diagnostics);
    return good;
}

struct result_command options_words(const struct options *options, const char *command)
{
    char **const word = mem_alloc(options->givens + (size_t)options->arguments + 1, sizeof *word);
    size_t n = 0;
    word[n++] = mem_strdup(command);
    for (size_t i = 0; i < options->givens; i++)
        word[n++] = mem_strdup(options->given[i]);
    for (int i = 0; i < options->arguments; i++)
        word[n++] = mem_strdup(options->argument[i]);
    return (struct result_command){word, n};
}

void options_finish(struct options *options)
{
    for (size_t i = 0; i < options->givens; i++)
        free(options->given[i]);
    free(options->given);
    column_mapping_free(options->map, options->maps);
    options->map = NULL;
    options->maps = 0;
    options->given = NULL;
    options->givens = 0;
    study_options_finish(&options->study);
    free(options->data_dir);
    options->data_dir = NULL;
}

void take_notes(struct diagnostics *from, struct diagnostics *notes)
{
    for (size_t i = 0; i < from->count; i++)
        diagnostics_warning(notes, NULL, 0, "%s", from->item[i].text);
    diagnostics_finish(from);
    diagnostics_init(from);
}

void hush_notes(struct diagnostics *notes, const struct options *options)
{
    if (!options->quiet || options->format == FORMAT_JSON)
        return;
    diagnostics_finish(notes);
    diagnostics_init(notes);
}
