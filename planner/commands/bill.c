/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `bill`: what invocations of real logs cost, and whether a bill of AWS agrees with our prices. */
#include "commands/publish.h"

#include "core/memory.h"
#include "history/charges.h"
#include "history/log_bill.h"
#include "reports/bill_exporters.h"
#include "scenario/limits.h"
#include "support/clock.h"
#include "support/date.h"
#include "support/text.h"
#include "traces/parallel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_REGION "us-east-1"
#define MEMORY_DIGITS 6
#define THREADS_ENOUGH 8 /* for gigabytes a second; each takes memory */
#define LOOKS 4096       /* records between looks for an interruption */

struct session {
    struct log_bill *log;
    struct charges *charges;
    struct limits *limits;
    struct price_book *book;
    struct log_bill_options what;
    struct read_counts counts;
};

/* What one thread reads. */
struct part {
    struct log_bill *log;
    struct charges *charges;
};

static void *create_part(void *context)
{
    const struct session *const session = context;
    struct part *const part = mem_alloc(1, sizeof *part);
    *part = (struct part){log_bill_create_part(&session->what), charges_create()};
    return part;
}

static void destroy_part(void *context)
{
    struct part *const part = context;
    log_bill_destroy(part->log);
    charges_destroy(part->charges);
    free(part);
}

static int merge_part(void *context, void *what)
{
    struct session *const session = context;
    struct part *const part = what;
    int status = log_bill_merge(session->log, part->log);
    if (charges_merge(session->charges, part->charges) != 0)
        status = -1;
    free(part);
    return interrupted() ? -1 : status;
}

static bool stop_now(uint64_t count)
{
    return count % LOOKS == 0 && interrupted();
}

static int take_invocation(void *context, const struct invocation_record *record)
{
    struct part *const part = context;
    return stop_now(log_bill_count(part->log)) ? -1 : log_bill_add(part->log, record);
}

static int take_cost(void *context, const struct cost_line *line)
{
    struct part *const part = context;
    return stop_now(charges_count(part->charges)) ? -1 : charges_add(part->charges, line);
}

static struct record_sink sink_of(void *part)
{
    return (struct record_sink){.invocation = take_invocation, .cost = take_cost, .context = part};
}

static bool parse_memory(const char *text, int64_t *ret)
{
    const size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > MEMORY_DIGITS || text[digits] != '\0')
        return false;
    *ret = strtoll(text, NULL, 10);
    return *ret > 0;
}

/* "memory_size=512,architecture=arm64". 0, or -1 after a message. */
static int parse_what_if(const char *text, struct log_bill_options *ret)
{
    static const char *const keys[] = {"memory_size", "architecture"};
    while (*text != '\0') {
        const size_t length = strcspn(text, ",");
        char *const pair = text_format("%.*s", (int)length, text);
        char *const sign = strchr(pair, '=');
        const char *const value = sign == NULL ? "" : sign + 1;
        bool good = sign != NULL;
        if (sign != NULL)
            *sign = '\0';
        if (good && strcmp(pair, "memory_size") == 0) {
            good = parse_memory(value, &ret->what_if_memory_mb);
        } else if (good && strcmp(pair, "architecture") == 0) {
            good = strcmp(value, "arm64") == 0 || strcmp(value, "x86_64") == 0;
            ret->what_if_arm64 = strcmp(value, "arm64") == 0;
        } else {
            good = false;
        }
        if (!good) {
            const char *const near = text_near_miss(pair, keys, 2);
            const bool slip = near != NULL && strcmp(near, pair) != 0;
            complain("--what-if %.*s: expected memory_size=MB or architecture=x86_64|arm64%s%s%s",
                     (int)length, text, slip ? "; did you mean " : "", slip ? near : "",
                     slip ? "?" : "");
            free(pair);
            return -1;
        }
        free(pair);
        text += length + (text[length] == ',');
    }
    return 0;
}

/* What the command line alone can be wrong about. 0, or -1 after a message. */
static int read_options_of(const struct options *options, struct session *ret)
{
    ret->what = (struct log_bill_options){.region = options->region != NULL ? options->region
                                                                            : DEFAULT_REGION,
                                          .has_as_of = options->as_of != NULL,
                                          .today = (int32_t)(time(NULL) / 86400),
                                          .free_tier = !options->no_free_tier,
                                          .arm64 = options->arm64,
                                          .memory_mb = UNKNOWN_VALUE,
                                          .what_if_memory_mb = UNKNOWN_VALUE,
                                          .what_if_arm64 = UNKNOWN_VALUE};
    if (options->as_of != NULL)
        date_parse(options->as_of, &ret->what.as_of); /* options.c has seen that it is one */
    if (options->memory != NULL && !parse_memory(options->memory, &ret->what.memory_mb)) {
        complain("--memory %s is not a number of MB", options->memory);
        return -1;
    }
    if (options->what_if != NULL && parse_what_if(options->what_if, &ret->what) != 0)
        return -1;
    return 0;
}

/* A size that Lambda sells on that day. */
static int check_what_if(const struct session *session, struct diagnostics *diagnostics)
{
    const int64_t memory = session->what.what_if_memory_mb;
    const int32_t day = session->what.has_as_of ? session->what.as_of : session->what.today;
    const double least = limits_at(session->limits, "lambda.memory.min", day);
    const double most = limits_at(session->limits, "lambda.memory.max", day);
    char text[16];
    if (memory < 0 || ((double)memory >= least && (double)memory <= most))
        return 0;
    diagnostics_error(diagnostics, NULL, 0,
                      "--what-if memory_size=%lld: Lambda has %g to %g MB on %s", (long long)memory,
                      least, most, date_format(day, text));
    return -1;
}

static unsigned threads_of(const struct options *options)
{
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (options->jobs > 0)
        return options->jobs;
    return processors < 1 ? 1 : processors < THREADS_ENOUGH ? (unsigned)processors : THREADS_ENOUGH;
}

static int read_all(const struct options *options, struct session *session,
                    struct diagnostics *diagnostics)
{
    const struct read_options how = {.format = options->input_format,
                                     .map = options->map,
                                     .maps = options->maps,
                                     .strict = options->strict,
                                     .counts = &session->counts};
    const struct record_parts parts = {create_part, sink_of, merge_part, destroy_part, session};
    const int status =
        read_records_parallel((const char *const *)options->argument, (size_t)options->arguments,
                              &how, threads_of(options), &parts, options->rejects, diagnostics);
    if (status != 0) {
        if (diagnostics->errors == 0 && !interrupted())
            diagnostics_error(diagnostics, NULL, 0,
                              "there are too many different functions, months and memory sizes "
                              "(500,000) or kinds of lines of a bill (200,000) to add up; is the "
                              "column of functions the right one?");
        return -1;
    }
    if (log_bill_count(session->log) == 0 && charges_count(session->charges) == 0) {
        diagnostics_error(diagnostics, NULL, 0,
                          "there is no invocation and no line of a bill in what was given");
        return -1;
    }
    return 0;
}

/* What logs cost is in AWS's bill as its invocations of Lambda: side by side, never a sum. */
static void hold_against_charges(struct bill_result *ret)
{
    char ours[MONEY_TEXT_SIZE], theirs[MONEY_TEXT_SIZE];
    money_pusd billed = 0;
    for (size_t i = 0; i < ret->charges; i++) {
        const struct bill_charge *const charge = &ret->charge[i];
        const bool duration = strstr(charge->sku, "duration-") != NULL;
        if (strcmp(charge->price_service, "lambda") == 0 &&
            (duration || strcmp(charge->sku, "request") == 0))
            billed += charge->cost;
    }
    diagnostics_warning(&ret->notes, NULL, 0,
                        "there are logs and a bill of AWS, the same spending twice, which is not "
                        "added up: the logs' invocations cost $%s, requests and durations of "
                        "Lambda in AWS's bill $%s; bill.csv has the logs', charges.csv AWS's",
                        money_format_cents(ret->total, ours), money_format_cents(billed, theirs));
}

static int make_result(const struct session *session, const char *data_dir, struct bill_result *ret,
                       struct diagnostics *diagnostics)
{
    ret->price_book = text_format("%s/prices, %zu rows", data_dir, price_book_count(session->book));
    ret->rows = session->counts.records + session->counts.rejected;
    ret->rejected = session->counts.rejected;
    const int status = log_bill_result(session->log, session->book, ret, diagnostics);
    if (status != 0)
        return status;
    if (ret->months > 0 && !session->what.arm64)
        diagnostics_warning(&ret->notes, NULL, 0,
                            "logs do not tell the architecture: x86_64 is assumed; --architecture "
                            "arm64 prices the other");
    if (charges_result(session->charges, session->book,
                       session->what.has_as_of ? &session->what.as_of : NULL, ret,
                       diagnostics) != 0)
        return -1;
    if (ret->months > 0 && ret->charges > 0)
        hold_against_charges(ret);
    return 0;
}

static void print(const void *result, enum output_format format, struct output *output, bool color)
{
    if (format == FORMAT_JSON)
        bill_json_write(result, output);
    else if (format == FORMAT_MARKDOWN)
        bill_markdown_write(result, output);
    else
        bill_table_write(result, output, color);
}

static void write_file(const void *result, size_t file, struct output *output)
{
    static bill_exporter_function *const exporter[] = {
        bill_csv_write,         bill_functions_csv_write, bill_waste_csv_write,
        bill_what_if_csv_write, bill_charges_csv_write,   bill_run_json_write};
    exporter[file](result, output);
}

static int publish(struct bill_result *result, const struct options *options,
                   struct diagnostics *diagnostics)
{
    const struct publication what = {.result = result,
                                     .notes = &result->notes,
                                     .command = &command_bill,
                                     .named =
                                         "{bill,functions,waste,what_if,charges}.csv and run.json",
                                     .write = write_file,
                                     .print = print,
                                     .color = may_color()};
    if (publish_files(&what, options, diagnostics) < 0)
        return -1;
    if (options->format == FORMAT_CSV && result->what_ifs > 0 && options->output == NULL)
        diagnostics_warning(&result->notes, NULL, 0,
                            "--format csv has the lines of the bill only; with --output DIR "
                            "what_if.csv and waste.csv have the rest");
    result->files = options->output != NULL;
    return publish_print(&what, options, diagnostics);
}

static int bill(const struct options *options)
{
    struct session session = {0};
    struct bill_result result = {0};
    struct diagnostics diagnostics;
    const int64_t began_ns = clock_now_ns();
    int code = EXIT_DATA;
    if (read_options_of(options, &session) != 0)
        return EXIT_USAGE;
    diagnostics_init(&diagnostics);
    diagnostics_init(&result.notes);
    session.book = price_book_load(options->data_dir, &diagnostics);
    session.limits = limits_load(options->data_dir, &diagnostics);
    if (session.book == NULL || session.limits == NULL ||
        check_what_if(&session, &diagnostics) != 0)
        goto out;
    if (options->prices != NULL &&
        price_book_add_file(session.book, options->prices, &diagnostics) != 0)
        goto out;
    session.what.limits = session.limits;
    session.log = log_bill_create(&session.what);
    session.charges = charges_create();
    if (read_all(options, &session, &diagnostics) != 0)
        goto out;
    if (make_result(&session, options->data_dir, &result, &diagnostics) != 0)
        goto out;
    take_notes(&diagnostics, &result.notes);
    result.wall_time_s = clock_since_s(began_ns);
    result.command = options_words(options, "bill");
    if (publish(&result, options, &diagnostics) < 0)
        goto out;
    code = EXIT_DONE;
out:
    print_diagnostics(&diagnostics, options->quiet);
    diagnostics_finish(&diagnostics);
    bill_result_finish(&result);
    log_bill_destroy(session.log);
    charges_destroy(session.charges);
    limits_destroy(session.limits);
    price_book_destroy(session.book);
    return code;
}

const struct command command_bill = {
    .name = "bill",
    .run = bill,
    .summary = "Price the invocations of logs, or hold a bill of AWS against the price book.",
    .usage = "FILE… [--as-of DATE] [--what-if memory_size=512] [options]",
    .details = "NAME=FILE says whose calls a file's are that name no function.",
    .example = "lambdaplan bill data/traces/pacslab-lambda-2020/res-01-2020-06-10_22-20-08.csv "
               "--memory 128 "
               "--map start_ms=start_time,duration_ms=aws_duration,billed_ms=aws_billed_duration",
    .accepts = "ofarjimAMFwtRP",
    .least_arguments = 1,
    .most_arguments = -1,
    .files = {"bill.csv", "functions.csv", "waste.csv", "what_if.csv", "charges.csv", "run.json"},
};
