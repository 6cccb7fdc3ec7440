/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `prices list` and `prices show`: what the price book holds, since when, and from where. */
#include "commands/command.h"

#include "core/memory.h"
#include "support/date.h"
#include "support/text.h"

#include <lambdaplan/price_book.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool matches(const struct price *price, const struct options *options, int32_t day)
{
    if (options->service != NULL && strcmp(price->service, options->service) != 0)
        return false;
    if (options->region != NULL && strcmp(price->region, options->region) != 0 &&
        strcmp(price->region, "global") != 0)
        return false;
    return options->as_of == NULL || (price->from_day <= day && day < price->to_day);
}

static void put_field(const char *text, bool last)
{
    if (strpbrk(text, ",\"\n\r") == NULL) {
        fputs(text, stdout);
    } else {
        putchar('"');
        for (; *text != '\0'; text++) {
            if (*text == '"')
                putchar('"');
            putchar(*text);
        }
        putchar('"');
    }
    putchar(last ? '\n' : ',');
}

static const char *amount(const struct price *price, char text[MONEY_TEXT_SIZE])
{
    return price->unknown ? "unknown" : money_format(price->price, text);
}

static void put_csv(const struct price *price)
{
    char text[MONEY_TEXT_SIZE], from[24], day[16];
    snprintf(from, sizeof from, "%lld", (long long)price->tier_from);
    put_field(price->service, false);
    put_field(price->sku, false);
    put_field(price->region, false);
    put_field(price->unit, false);
    put_field(amount(price, text), false);
    put_field(from, false);
    put_field(price->effective_from, false);
    put_field(price->to_day == DATE_MAX ? "" : date_format(price->to_day, day), false);
    put_field(price->source, false);
    put_field(price->confidence, true);
}

#define CSV_HEADER                                                                                 \
    "service,sku,region,unit,price_usd,tier_from,effective_from,effective_to,source,confidence"

static int list(const struct price_book *book, const struct options *options, int32_t day)
{
    size_t shown = 0;
    if (options->format == FORMAT_CSV)
        puts(CSV_HEADER);
    for (size_t i = 0; i < price_book_count(book); i++) {
        const struct price *const price = price_book_at(book, i);
        char text[MONEY_TEXT_SIZE];
        if (!matches(price, options, day))
            continue;
        if (options->format == FORMAT_CSV)
            put_csv(price);
        else
            printf("%-14s %-34s %-14s %18s USD per %-22s since %s\n", price->service, price->sku,
                   price->region, amount(price, text), price->unit, price->effective_from);
        shown++;
    }
    if (shown > 0)
        return EXIT_DONE;
    fputs("lambdaplan: no price matches; `lambdaplan prices list` shows all\n", stderr);
    return EXIT_DATA;
}

/* A name of the book that looks like `word`. */
static const char *near_name(const struct price_book *book, const char *service, const char *word)
{
    const size_t count = price_book_count(book);
    const char **const names = mem_alloc(count, sizeof *names);
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const struct price *const price = price_book_at(book, i);
        if (service == NULL)
            names[n++] = price->service;
        else if (strcmp(price->service, service) == 0)
            names[n++] = price->sku;
    }
    const char *const near = text_near_miss(word, names, n);
    free(names);
    return near;
}

static int show(const struct price_book *book, const struct options *options, int32_t day)
{
    const char *const service = options->argument[1];
    const char *const sku = options->arguments > 2 ? options->argument[2] : NULL;
    size_t shown = 0;
    if (options->format == FORMAT_CSV)
        puts(CSV_HEADER);
    for (size_t i = 0; i < price_book_count(book); i++) {
        const struct price *const price = price_book_at(book, i);
        char text[MONEY_TEXT_SIZE], until[16];
        if (strcmp(price->service, service) != 0 || (sku != NULL && strcmp(price->sku, sku) != 0) ||
            !matches(price, options, day))
            continue;
        shown++;
        if (options->format == FORMAT_CSV) {
            put_csv(price);
            continue;
        }
        printf("%s %s in %s: %s USD per %s", price->service, price->sku, price->region,
               amount(price, text), price->unit);
        if (price->tier_from > 0)
            printf(" above %lld a month", (long long)price->tier_from);
        printf("\n  since %s", price->effective_from);
        if (price->to_day != DATE_MAX)
            printf(" until before %s", date_format(price->to_day, until));
        printf("; %s (%s)\n", price->source, price->confidence);
    }
    if (shown > 0)
        return EXIT_DONE;
    const char *const near_service = near_name(book, NULL, service);
    const char *const near_sku = sku != NULL ? near_name(book, service, sku) : NULL;
    const char *const near = near_sku != NULL ? near_sku : near_service;
    fprintf(stderr, "lambdaplan: the price book has no %s%s%s%s%s here", service,
            sku != NULL ? " " : "", sku != NULL ? sku : "",
            options->region != NULL ? " in " : "", options->region != NULL ? options->region : "");
    if (near != NULL && (sku == NULL || strcmp(near, sku) != 0) && strcmp(near, service) != 0)
        fprintf(stderr, "; did you mean `%s`?", near);
    fputs("; `lambdaplan prices list` shows all\n", stderr);
    return EXIT_DATA;
}

static int prices(const struct options *options)
{
    const char *const what = options->argument[0];
    const bool listing = strcmp(what, "list") == 0;
    if ((!listing && strcmp(what, "show") != 0) || (listing && options->arguments > 1) ||
        (!listing && options->arguments < 2)) {
        fprintf(stderr, "lambdaplan: usage: lambdaplan prices %s\n", command_prices.usage);
        return EXIT_USAGE;
    }
    if (options->format != FORMAT_TABLE && options->format != FORMAT_CSV) {
        fputs("lambdaplan: prices come as --format table or csv\n", stderr);
        return EXIT_USAGE;
    }
    int32_t day = 0;
    if (options->as_of != NULL && !date_parse(options->as_of, &day)) {
        fprintf(stderr, "lambdaplan: --as-of %s is not a date (YYYY-MM-DD)\n", options->as_of);
        return EXIT_USAGE;
    }
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    struct price_book *const book = price_book_load(options->data_dir, &diagnostics);
    print_diagnostics(&diagnostics, options->quiet);
    diagnostics_finish(&diagnostics);
    if (book == NULL)
        return EXIT_DATA;
    const int code = listing ? list(book, options, day) : show(book, options, day);
    price_book_destroy(book);
    return code;
}

const struct command command_prices = {
    .name = "prices",
    .run = prices,
    .summary = "List the price book, or show a price with its source and dates.",
    .usage = "list [options] | show SERVICE [SKU] [options]",
    .example = "lambdaplan prices show lambda duration-x86 --region us-east-1 --as-of 2018-06-01",
    .accepts = "farv",
    .least_arguments = 1,
    .most_arguments = 3,
};
