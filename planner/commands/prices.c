/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `prices list` and `prices show`: what the price book holds, since when, and from where; `prices
 * import`: AWS's price lists (JSON, CSV) to a file of the price book's columns. */
#include "commands/command.h"

#include "core/memory.h"
#include "imports/price_import.h"
#include "reports/csv_fields.h"
#include "reports/json_fields.h"
#include "reports/text_table.h"
#include "support/date.h"
#include "support/output_file.h"
#include "support/text.h"

#include <lambdaplan/price_book.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is asked for, and the rows that answer it. NULL: any. */
struct selection {
    const char *service, *sku, *region;
    bool dated;
    int32_t day;
    const struct price **item; /* the book's rows */
    bool *replaced;            /* by rows of --prices */
    size_t count, replacements;
};

static bool matches(const struct selection *s, const struct price *price)
{
    if (s->service != NULL && strcmp(price->service, s->service) != 0)
        return false;
    if (s->sku != NULL && strcmp(price->sku, s->sku) != 0)
        return false;
    if (s->region != NULL && strcmp(price->region, s->region) != 0 &&
        strcmp(price->region, "global") != 0)
        return false;
    return !s->dated || (price->from_day <= s->day && s->day < price->to_day);
}

/* Whether bills of that day use this row, or a file of the user's has another. */
static bool in_use(struct price_book *book, const struct price *price, int32_t day)
{
    const struct price *const *found = NULL;
    const size_t count =
        price_book_find(book, price->service, price->sku, price->region, day, &found);
    for (size_t i = 0; i < count; i++)
        if (found[i] == price)
            return true;
    return false;
}

/* What still holds at its end was not replaced. */
static int32_t last_day(const struct price *price)
{
    return (price->to_day == DATE_MAX ? DATE_MAX : price->to_day) - 1;
}

static void select_prices(struct selection *s, struct price_book *book)
{
    s->item = mem_alloc(price_book_count(book), sizeof *s->item);
    s->replaced = mem_alloc(price_book_count(book), sizeof *s->replaced);
    for (size_t i = 0; i < price_book_count(book); i++)
        if (matches(s, price_book_at(book, i)) &&
            (!s->dated || in_use(book, price_book_at(book, i), s->day)))
            s->item[s->count++] = price_book_at(book, i);
    for (size_t i = 0; i < s->count; i++) {
        s->replaced[i] = !in_use(book, s->item[i], s->dated ? s->day : last_day(s->item[i]));
        s->replacements += s->replaced[i];
    }
}

static const char *amount(const struct price *price, char text[MONEY_TEXT_SIZE])
{
    return price->unknown ? "unknown" : money_format(price->price, text);
}

static const char *until(const struct price *price, char text[16])
{
    return price->to_day == DATE_MAX ? "" : date_format(price->to_day, text);
}

static void put_csv(const struct selection *s, struct output *out)
{
    struct csv_row row = {.output = out};
    output_text(out, "service,sku,region,unit,price_usd,tier_from,effective_from,effective_to,"
                     "source,confidence\n");
    for (size_t i = 0; i < s->count; i++) {
        const struct price *const price = s->item[i];
        char text[MONEY_TEXT_SIZE], day[16];
        csv_put_text(&row, price->service);
        csv_put_text(&row, price->sku);
        csv_put_text(&row, price->region);
        csv_put_text(&row, price->unit);
        csv_put_text(&row, amount(price, text));
        csv_put_number(&row, (double)price->tier_from);
        csv_put_text(&row, price->effective_from);
        csv_put_text(&row, until(price, day));
        csv_put_text(&row, price->source);
        csv_put_text(&row, price->confidence);
        csv_end_row(&row);
    }
}

static void put_json(const struct selection *s, struct output *out)
{
    struct json_writer json;
    json_begin(&json);
    cJSON *const array = json_put_array(&json, json.root, "prices");
    for (size_t i = 0; i < s->count; i++) {
        const struct price *const price = s->item[i];
        char text[MONEY_TEXT_SIZE], day[16];
        cJSON *const item = json_put_object(&json, array, NULL);
        json_put_text(&json, item, "service", price->service);
        json_put_text(&json, item, "sku", price->sku);
        json_put_text(&json, item, "region", price->region);
        json_put_text(&json, item, "unit", price->unit);
        json_put_text(&json, item, "price_usd", amount(price, text));
        json_put_integer(&json, item, "tier_from", (uint64_t)price->tier_from);
        json_put_text(&json, item, "effective_from", price->effective_from);
        json_put_text(&json, item, "effective_to", until(price, day));
        json_put_text(&json, item, "source", price->source);
        json_put_text(&json, item, "confidence", price->confidence);
    }
    json_end(&json, out);
}

static void put_table(const struct selection *s, struct output *out, bool markdown)
{
    static const struct text_column columns[] = {
        {.heading = "service"}, {.heading = "sku"},
        {.heading = "region"},  {.heading = "USD", .right = true},
        {.heading = "per"},     {.heading = "above, a month", .right = true, .drop_trivial = true},
        {.heading = "since"},   {.heading = "until before", .drop_trivial = true}};
    struct text_table table;
    text_table_init(&table, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < s->count; i++) {
        const struct price *const price = s->item[i];
        char text[MONEY_TEXT_SIZE], day[16], from[24] = "";
        if (price->tier_from > 0)
            snprintf(from, sizeof from, "%lld", (long long)price->tier_from);
        text_table_add(&table, STYLE_PLAIN, price->service);
        text_table_add(&table, STYLE_PLAIN, price->sku);
        text_table_add(&table, STYLE_PLAIN, price->region);
        text_table_add(&table, STYLE_PLAIN, amount(price, text));
        text_table_add(&table, STYLE_PLAIN, price->unit);
        text_table_add(&table, STYLE_PLAIN, from);
        text_table_add(&table, STYLE_PLAIN, price->effective_from);
        text_table_add(&table, STYLE_PLAIN, until(price, day));
    }
    if (markdown)
        text_table_print_markdown(&table, out);
    else
        text_table_print(&table, out, 0, may_color());
    text_table_finish(&table);
}

static void put_sentences(const struct selection *s, struct output *out)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct price *const price = s->item[i];
        char text[MONEY_TEXT_SIZE], day[16];
        output_format(out, "%s %s in %s: %s USD per %s", price->service, price->sku, price->region,
                      amount(price, text), price->unit);
        if (price->tier_from > 0)
            output_format(out, " above %lld a month", (long long)price->tier_from);
        output_format(out, "\n  since %s", price->effective_from);
        if (price->to_day != DATE_MAX)
            output_format(out, " until before %s", until(price, day));
        output_format(out, "; %s (%s)\n", price->source, price->confidence);
        if (s->replaced[i])
            output_text(out, "  on the days that --prices has a price for, that one is used\n");
    }
}

static int put(const struct selection *s, enum output_format format, bool listing,
               struct diagnostics *diagnostics)
{
    struct output *const out = output_to_stream(stdout, "standard output");
    switch (format) {
    case FORMAT_TABLE:
        if (listing)
            put_table(s, out, false);
        else
            put_sentences(s, out);
        break;
    case FORMAT_CSV:
        put_csv(s, out);
        break;
    case FORMAT_JSON:
        put_json(s, out);
        break;
    case FORMAT_MARKDOWN:
        put_table(s, out, true);
        break;
    }
    return output_commit(&out, 1, diagnostics);
}

enum price_name { NAME_SERVICE, NAME_SKU, NAME_REGION };

#define HINT_SIZE 300
#define HINTS 4

/* A name that differs by a slip of the keyboard, or a few that contain the word. */
static void suggest(const char *word, const char *const *names, size_t count, char text[HINT_SIZE])
{
    const char *const near = text_near_miss(word, names, count);
    const char *last = near;
    size_t length = 0, listed = 0;
    text[0] = '\0';
    if (near != NULL)
        snprintf(text, HINT_SIZE, "; did you mean `%s`?", near);
    for (size_t i = 0; i < count && near == NULL && listed < HINTS && length < HINT_SIZE; i++) {
        if (strstr(names[i], word) == NULL || (last != NULL && strcmp(names[i], last) == 0))
            continue;
        last = names[i];
        length += (size_t)snprintf(text + length, HINT_SIZE - length, "%s`%s`",
                                   listed++ == 0 ? "; there is " : ", ", last);
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Whether the book has such a name; a hint where it has not. SKUs: of the service. */
static bool known(const struct price_book *book, enum price_name kind, const char *service,
                  const char *word, char ret_hint[HINT_SIZE])
{
    const size_t count = price_book_count(book);
    const char **const names = mem_alloc(count, sizeof *names);
    size_t n = 0;
    bool found = word == NULL;
    for (size_t i = 0; i < count && !found; i++) {
        const struct price *const price = price_book_at(book, i);
        const char *const name = kind == NAME_SERVICE ? price->service
                                 : kind == NAME_SKU   ? price->sku
                                                      : price->region;
        if (kind == NAME_SKU && strcmp(price->service, service) != 0)
            continue;
        names[n++] = name;
        found = strcmp(name, word) == 0;
    }
    if (!found) {
        qsort(names, n, sizeof *names, by_text);
        suggest(word, names, n, ret_hint);
    }
    free(names);
    return found;
}

/* Says which of the names nothing has. Global prices would hide a mistaken region. */
static bool all_known(const struct selection *s, const struct price_book *book,
                      struct diagnostics *diagnostics)
{
    static const char *const kinds[] = {"service", "SKU", "region"};
    const char *const words[] = {s->service, s->sku, s->region};
    for (int kind = NAME_SERVICE; kind <= NAME_REGION; kind++) {
        char hint[HINT_SIZE];
        const bool of_service = kind == NAME_SKU;
        if (known(book, (enum price_name)kind, s->service, words[kind], hint))
            continue;
        diagnostics_error(diagnostics, NULL, 0,
                          "the price book has no %s `%s`%s%s%s; `lambdaplan prices list%s%s` shows "
                          "all",
                          kinds[kind], words[kind], of_service ? " of " : "",
                          of_service ? s->service : "", hint, of_service ? " --service " : "",
                          of_service ? s->service : "");
        return false;
    }
    return true;
}

static void report_nothing(const struct selection *s, struct diagnostics *diagnostics)
{
    char day[16];
    diagnostics_error(diagnostics, NULL, 0,
                      "the price book has no price for %s%s%s%s%s%s%s; leave %s out to see others",
                      s->service != NULL ? s->service : "any service", s->sku != NULL ? " " : "",
                      s->sku != NULL ? s->sku : "", s->region != NULL ? " in " : "",
                      s->region != NULL ? s->region : "", s->dated ? " on " : "",
                      s->dated ? date_format(s->day, day) : "", s->dated ? "--as-of" : "--region");
}

static int usage_error(const char *text)
{
    complain("%s; usage: lambdaplan prices %s", text, command_prices.usage);
    return EXIT_USAGE;
}

static void put_imported(const struct price_import *import, struct output *out)
{
    struct csv_row row = {.output = out};
    output_text(out, "service,sku,region,unit,price_usd,tier_from,tier_to,effective_from,"
                     "effective_to,source,confidence\n");
    for (size_t i = 0; i < price_import_count(import); i++) {
        const struct price *const price = price_import_at(import, i);
        char text[MONEY_TEXT_SIZE], day[16], from[24], to[24] = "";
        snprintf(from, sizeof from, "%" PRId64, price->tier_from);
        if (price->tier_to != INT64_MAX)
            snprintf(to, sizeof to, "%" PRId64, price->tier_to);
        csv_put_text(&row, price->service);
        csv_put_text(&row, price->sku);
        csv_put_text(&row, price->region);
        csv_put_text(&row, price->unit);
        csv_put_text(&row, amount(price, text));
        csv_put_text(&row, from);
        csv_put_text(&row, to);
        csv_put_text(&row, price->effective_from);
        csv_put_text(&row, until(price, day));
        csv_put_text(&row, price->source);
        csv_put_text(&row, price->confidence);
        csv_end_row(&row);
    }
}

static int write_imported(const struct price_import *import, const char *path,
                          struct diagnostics *diagnostics)
{
    struct output *const out = output_open_file(path, diagnostics);
    if (out == NULL)
        return -1;
    put_imported(import, out);
    return output_commit(&out, 1, diagnostics);
}

static int import_offers(const struct options *options)
{
    struct diagnostics diagnostics;
    struct price_import *import = NULL;
    int code = EXIT_DATA, status = 0;
    if (options->arguments < 2)
        return usage_error("an argument is missing");
    if (options->output == NULL)
        return usage_error("--output is missing: the file of prices to write");
    if (options->output[0] == '\0' || options->output[strlen(options->output) - 1] == '/')
        return usage_error("--output names no file");
    if (options->as_of != NULL || options->prices != NULL)
        return usage_error("--as-of and --prices are for list and show");
    diagnostics_init(&diagnostics);
    struct price_book *const book = price_book_load(options->data_dir, &diagnostics);
    if (book == NULL)
        goto out;
    import = price_import_create(book, options->region, options->service);
    for (int i = 1; i < options->arguments; i++) /* the mistakes of all files in one go */
        if (price_import_read(import, options->argument[i], &diagnostics) < 0)
            status = -1;
    if (status < 0 || price_import_finish(import, &diagnostics) < 0 ||
        write_imported(import, options->output, &diagnostics) < 0)
        goto out;
    if (!options->quiet) {
        char rows[TEXT_NUMBER_SIZE];
        fprintf(stderr, "files: %s with %s price%s; --prices uses it\n", options->output,
                text_number((double)price_import_count(import), 0, rows),
                price_import_count(import) == 1 ? "" : "s");
    }
    code = EXIT_DONE;
out:
    print_diagnostics(&diagnostics, options->quiet);
    diagnostics_finish(&diagnostics);
    price_import_destroy(import);
    price_book_destroy(book);
    return code;
}

static int prices(const struct options *options)
{
    const char *const what = options->argument[0];
    const bool listing = strcmp(what, "list") == 0;
    struct selection selection = {
        .service = options->service, .region = options->region, .dated = options->as_of != NULL};
    if (strcmp(what, "import") == 0)
        return import_offers(options);
    if (!listing && strcmp(what, "show") != 0)
        return usage_error("prices can be listed, shown or imported");
    if (options->output != NULL)
        return usage_error("--output is for import");
    if (options->arguments > (listing ? 1 : 3))
        return usage_error("too many arguments");
    if (!listing && options->arguments < 2)
        return usage_error("an argument is missing");
    if (!listing && options->service != NULL)
        return usage_error("--service is for list; show names its service by itself");
    if (!listing) {
        selection.service = options->argument[1];
        selection.sku = options->arguments > 2 ? options->argument[2] : NULL;
    }
    if (selection.dated)
        date_parse(options->as_of, &selection.day); /* options.c has seen that it is one */
    int code = EXIT_DATA;
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    struct price_book *const book = price_book_load(options->data_dir, &diagnostics);
    if (book != NULL &&
        (options->prices == NULL ||
         price_book_add_file(book, options->prices, &diagnostics) == 0) &&
        all_known(&selection, book, &diagnostics)) {
        select_prices(&selection, book);
        if (selection.count == 0)
            report_nothing(&selection, &diagnostics);
        else if (put(&selection, options->format, listing, &diagnostics) == 0)
            code = EXIT_DONE;
        if (selection.replacements > 0 && (listing || options->format != FORMAT_TABLE))
            diagnostics_warning(&diagnostics, NULL, 0,
                                "%zu of these prices %s replaced by %s; with --as-of only what is "
                                "used is shown",
                                selection.replacements, selection.replacements == 1 ? "is" : "are",
                                options->prices);
    }
    print_diagnostics(&diagnostics, options->quiet);
    diagnostics_finish(&diagnostics);
    free(selection.item);
    free(selection.replaced);
    price_book_destroy(book);
    return code;
}

const struct command command_prices = {
    .name = "prices",
    .run = prices,
    .summary = "List the price book, show a price with its source and dates, or import AWS's.",
    .usage = "list [options] | show SERVICE [SKU] [options] | import OFFER… --output FILE.csv "
             "[options]",
    .example = "lambdaplan prices show lambda duration-x86 --region us-east-1 --as-of 2018-06-01",
    .accepts = "farvOP",
    .least_arguments = 1,
    .most_arguments = -1,
};
