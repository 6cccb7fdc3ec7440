/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bill for a reader: on a terminal, or as Markdown. */
#include "reports/bill_exporters.h"
#include "reports/csv_fields.h"
#include "reports/human.h"
#include "reports/text_table.h"
#include "reports/verdict.h"

#include "core/memory.h"
#include "support/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RIGHT_EDGE 100
#define FUNCTIONS_MAX 12
#define LINES_MAX 8   /* of a month */
#define MONTHS_MAX 12 /* with their lines; further ones by their sums */
#define WASTE_FUNCTIONS 3
#define CHARGES_MAX 25
#define USAGE_WIDTH 26
#define SERVICE_WIDTH 20

struct page {
    const struct bill_result *result;
    struct output *output;
    bool color, markdown;
};

static void heading(const struct page *page, const char *text)
{
    output_text(page->output, page->markdown ? "\n## " : "\n");
    text_print(page->output, text, STYLE_BOLD, 0, false, page->color);
    output_text(page->output, page->markdown ? "\n\n" : "\n");
}

/* One line of text, wrapped on a terminal, an item of a list in Markdown. */
static void item(const struct page *page, size_t indent, const char *text)
{
    if (page->markdown) {
        output_format(page->output, "%s- ", indent > 2 ? "  " : "");
        text_print_markdown(page->output, text);
        output_text(page->output, "\n");
        return;
    }
    char *const clean = human_clean(text);
    output_format(page->output, "%*s", (int)indent, "");
    text_print_wrapped(page->output, clean, indent, indent + 2, RIGHT_EDGE);
    free(clean);
}

static void put_table(const struct page *page, const struct text_table *table)
{
    if (page->markdown)
        text_table_print_markdown(table, page->output);
    else
        text_table_print(table, page->output, 2, page->color);
}

/* A sum of a part must not look like the whole. */
static void put_rejected(const struct page *page)
{
    char some[HUMAN_SIZE], all[HUMAN_SIZE];
    const struct bill_result *const r = page->result;
    if (r->rejected == 0)
        return;
    char *const text =
        text_format("; %s of %s row%s could not be read%s", human_count((double)r->rejected, some),
                    human_count((double)r->rows, all), r->rows == 1 ? "" : "s",
                    r->notes.count > 0 ? ": see Notes" : "");
    text_print(page->output, text, STYLE_BAD, 0, false, page->color);
    free(text);
}

static void put_headline(const struct page *page)
{
    const struct bill_result *const r = page->result;
    char count[HUMAN_SIZE], money[HUMAN_SIZE];
    if (page->markdown)
        output_text(page->output, "# ");
    char *const text =
        r->months > 0
            ? text_format("%s invocation%s: %s", human_count((double)r->invocations, count),
                          r->invocations == 1 ? "" : "s", human_money(r->total, money))
            : text_format("A bill of %s", human_money(r->charged, money));
    text_print(page->output, text, STYLE_BOLD, 0, false, page->color);
    free(text);
    put_rejected(page);
    output_text(page->output, "\n");
    if (page->markdown)
        output_text(page->output, "\n");
    if (r->first[0] != '\0')
        output_format(page->output, "%s to %s UTC; ", r->first, r->last);
    output_format(page->output, "prices of %s%s", r->as_of[0] != '\0' ? "" : "the time it ran",
                  r->as_of);
    if (r->months > 0)
        output_format(page->output, " in %s for %s; free tier of the account applied: %s",
                      r->region, r->architecture, r->free_tier ? "yes, once a month" : "no");
    output_text(page->output, "\n");
}

/* What it is for a month, which people compare and budget with. */
static void put_as_a_month(const struct page *page)
{
    const struct bill_result *const r = page->result;
    char money[HUMAN_SIZE], span[HUMAN_SIZE];
    if (!r->has_month)
        return;
    human_money(r->month_cost, money);
    human_duration(r->span_months * 730 * 3600, span);
    output_format(page->output, "a month of 730 h: %s, %s %s of data%s\n", money,
                  r->month_factor > 1 ? "scaled up from" : "the mean of", span,
                  r->month_factor > 1 && r->free_tier ? ", the free tier applied to the month"
                                                      : "");
}

/* "… and 5 more lines in bill.csv": what is left out, and where it is. */
static void put_more(const struct page *page, size_t indent, size_t count, const char *what,
                     const char *file)
{
    const char *const plural = count == 1 ? "" : "s";
    char *const text =
        page->result->files
            ? text_format("… and %zu more %s%s in %s", count, what, plural, file)
            : text_format("… and %zu more %s%s: --output DIR has all", count, what, plural);
    item(page, indent, text);
    free(text);
}

static void put_month(const struct page *page, const struct bill_month *month)
{
    char count[HUMAN_SIZE], money[HUMAN_SIZE];
    size_t *const order = bill_by_cost(&month->bill);
    char *const title = text_format("%s: %s for %s invocation%s, prices of %s", month->name,
                                    human_money(month->bill.total, money),
                                    human_count((double)month->invocations, count),
                                    month->invocations == 1 ? "" : "s", month->priced_on);
    item(page, 2, title);
    free(title);
    for (size_t i = 0; i < month->bill.count && i < LINES_MAX; i++) {
        const struct bill_line *const line = &month->bill.line[order[i]];
        char explained[BILL_EXPLAIN_SIZE];
        char *const text = text_format("%s: %s", line->entity, bill_explain(line, explained));
        item(page, 4, text);
        free(text);
    }
    if (month->bill.count > LINES_MAX)
        put_more(page, 4, month->bill.count - LINES_MAX, "line", "bill.csv");
    free(order);
}

static void put_months(const struct page *page)
{
    const struct bill_result *const r = page->result;
    heading(page, "By month");
    for (size_t i = 0; i < r->months && i < MONTHS_MAX; i++)
        put_month(page, &r->month[i]);
    if (r->months > MONTHS_MAX)
        put_more(page, 2, r->months - MONTHS_MAX, "month", "bill.csv");
}

static const struct text_column function_columns[] = {
    {"function", false, false},  {"cost", true, false},      {"invocations", true, false},
    {"GB-seconds", true, false}, {"memory MB", true, false}, {"most used MB", true, true},
    {"cold starts", true, true}, {"errors", true, true},     {"timeouts", true, true},
    {"retries", true, true},
};

static void add_count(struct text_table *table, double value)
{
    char text[HUMAN_SIZE];
    text_table_add(table, STYLE_PLAIN, human_count(value, text));
}

static void put_functions(const struct page *page)
{
    const struct bill_result *const r = page->result;
    struct text_table table;
    heading(page, "By function");
    text_table_init(&table, function_columns, sizeof function_columns / sizeof *function_columns);
    for (size_t i = 0; i < r->functions && i < FUNCTIONS_MAX; i++) {
        const struct bill_function *const f = &r->function[i];
        char money[HUMAN_SIZE];
        char *memory = f->memory_mb_min < 0 ? text_format("–")
                       : f->memory_mb_min == f->memory_mb_max
                           ? text_format("%lld", (long long)f->memory_mb_min)
                           : text_format("%lld to %lld", (long long)f->memory_mb_min,
                                         (long long)f->memory_mb_max);
        text_table_add(&table, STYLE_PLAIN, f->name);
        text_table_add(&table, STYLE_PLAIN, human_money(f->cost, money));
        add_count(&table, (double)f->invocations);
        add_count(&table, f->gb_seconds);
        text_table_add(&table, STYLE_PLAIN, memory);
        free(memory);
        if (f->max_memory_used_mb < 0)
            text_table_add(&table, STYLE_PLAIN, "–");
        else
            add_count(&table, (double)f->max_memory_used_mb);
        add_count(&table, (double)f->cold_starts);
        add_count(&table, (double)f->errors);
        add_count(&table, (double)f->timeouts);
        add_count(&table, (double)f->retries);
    }
    put_table(page, &table);
    text_table_finish(&table);
    if (r->functions > FUNCTIONS_MAX)
        put_more(page, 2, r->functions - FUNCTIONS_MAX, "function", "functions.csv");
}

static void put_waste(const struct page *page)
{
    const struct bill_result *const r = page->result;
    size_t shown = 0;
    if (r->wastes == 0)
        return;
    char span[HUMAN_SIZE];
    human_duration(r->span_months * 730 * 3600, span);
    const bool short_of_an_hour = r->span_months * 730 < 1;
    char *const title =
        short_of_an_hour
            ? mem_strdup("Paid for nothing, in the data (an hour or more tells a "
                         "month's); kinds overlap")
            : text_format("Paid for nothing, a month, %s %s of data; kinds overlap",
                          r->month_factor > 1 ? "scaled up from" : "the mean of", span);
    heading(page, title);
    free(title);
    for (size_t i = 0; i < r->wastes; i++) {
        const struct bill_waste *const waste = &r->waste[i];
        char money[HUMAN_SIZE], list[HUMAN_SIZE];
        char *text;
        human_money(waste->month_cost, money);
        human_money((money_pusd)((double)waste->list_cost * r->month_factor), list);
        if (waste->function == NULL) {
            shown = 0;
            text = text_format("%s: %s (%s at list price): %s", waste->kind, money, list,
                               waste->explanation);
            item(page, 2, text);
        } else if (shown++ < WASTE_FUNCTIONS) {
            text = text_format("%s: %s (%s at list price): %s", waste->function, money, list,
                               waste->text);
            item(page, 4, text);
        } else {
            const bool last = i + 1 == r->wastes || r->waste[i + 1].function == NULL;
            if (last)
                put_more(page, 4, shown - WASTE_FUNCTIONS, "function", "waste.csv");
            continue;
        }
        free(text);
    }
}

static void put_what_ifs(const struct page *page)
{
    const struct bill_result *const r = page->result;
    if (r->what_ifs == 0)
        return;
    heading(page, "What if");
    for (size_t i = 0; i < r->what_ifs; i++) {
        const struct bill_what_if *const what_if = &r->what_if[i];
        char total[HUMAN_SIZE], difference[HUMAN_SIZE];
        const bool more = what_if->difference > 0;
        human_money(more ? what_if->difference : -what_if->difference, difference);
        human_money(what_if->total, total);
        char *const text = what_if->difference == 0
                               ? text_format("%s: %s, the same", what_if->name, total)
                               : text_format("%s: %s, %s %s", what_if->name, total, difference,
                                             more ? "more" : "less");
        item(page, 2, text);
        free(text);
    }
}

static const struct text_column charge_columns[] = {
    {"month", false, true},    {"service", false, false},  {"usage", false, false},
    {"region", false, true},   {"quantity", true, false},  {"cost", true, false},
    {"unit cost", true, true}, {"price book", true, true}, {"verdict", false, false},
};

static int dearest_charge(const void *left, const void *right)
{
    const struct bill_charge *const a = *(const struct bill_charge *const *)left;
    const struct bill_charge *const b = *(const struct bill_charge *const *)right;
    if (a->cost != b->cost)
        return a->cost > b->cost ? -1 : 1;
    return (a > b) - (a < b);
}

/* The words at both ends tell more than those in between; cut between characters of UTF-8. */
static char *shortened(const char *text, size_t width)
{
    const size_t length = strlen(text);
    if (length <= width)
        return mem_strdup(text);
    size_t head = width / 2, tail = length - (width - head - 1);
    while (head > 0 && ((unsigned char)text[head] & 0xc0) == 0x80)
        head--;
    while (((unsigned char)text[tail] & 0xc0) == 0x80)
        tail++;
    return text_format("%.*s…%s", (int)head, text, text + tail);
}

/* A quotient of rounded numbers: its last digits say nothing. */
static double to_digits(double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.6g", value);
    return strtod(text, NULL);
}

static void add_charge(struct text_table *table, const struct bill_charge *charge)
{
    char text[HUMAN_SIZE], price[MONEY_TEXT_SIZE], number[NUMBER_TEXT_SIZE];
    char *const usage = shortened(charge->usage_type, USAGE_WIDTH);
    char *const service = shortened(charge->service, SERVICE_WIDTH);
    text_table_add(table, STYLE_PLAIN, charge->month);
    text_table_add(table, STYLE_PLAIN, service);
    text_table_add(table, STYLE_PLAIN, usage);
    text_table_add(table, STYLE_PLAIN, charge->region);
    add_count(table, (double)charge->quantity_e12 / 1e12);
    text_table_add(table, STYLE_PLAIN, human_money(charge->cost, text));
    text_table_add(table, STYLE_PLAIN,
                   charge->has_bill_price
                       ? number_format(to_digits(money_to_double(charge->bill_price)), number)
                       : "–");
    text_table_add(table, STYLE_PLAIN,
                   charge->has_our_price ? money_format(charge->our_price, price) : "–");
    text_table_add(table, strcmp(charge->verdict, "differs") == 0 ? STYLE_BAD : STYLE_PLAIN,
                   charge->verdict);
    free(usage);
    free(service);
}

/* What the price book should be asked about, in one line. */
static void put_verdicts(const struct page *page)
{
    static const char *const verdicts[] = {
        "agrees",         "agrees, in a higher tier", "differs",          "free, or paid by a plan",
        "paid by a plan", "no price in the book",     "not priced by us", "no usage"};
    const struct bill_result *const r = page->result;
    for (size_t v = 0; v < sizeof verdicts / sizeof *verdicts; v++) {
        money_pusd cost = 0;
        size_t lines = 0;
        for (size_t i = 0; i < r->charges; i++) {
            if (strcmp(r->charge[i].verdict, verdicts[v]) != 0)
                continue;
            cost += r->charge[i].cost;
            lines += (size_t)r->charge[i].lines;
        }
        if (lines == 0)
            continue;
        char money[HUMAN_SIZE];
        char *const text = text_format("%s: %zu line%s, %s", verdicts[v], lines,
                                       lines == 1 ? "" : "s", human_money(cost, money));
        item(page, 2, text);
        free(text);
    }
}

static void put_charges(const struct page *page)
{
    const struct bill_result *const r = page->result;
    if (r->charges == 0)
        return;
    const struct bill_charge **const order = mem_alloc(r->charges, sizeof *order);
    for (size_t i = 0; i < r->charges; i++)
        order[i] = &r->charge[i];
    qsort(order, r->charges, sizeof *order, dearest_charge);
    struct text_table table;
    heading(page, "The bill's lines, dearest first");
    text_table_init(&table, charge_columns, sizeof charge_columns / sizeof *charge_columns);
    for (size_t i = 0; i < r->charges && i < CHARGES_MAX; i++)
        add_charge(&table, order[i]);
    put_table(page, &table);
    text_table_finish(&table);
    free(order);
    if (r->charges > CHARGES_MAX)
        put_more(page, 2, r->charges - CHARGES_MAX, "line", "charges.csv");
    heading(page, "Unit costs held against the price book");
    put_verdicts(page);
}

static void put_notes(const struct page *page)
{
    const struct diagnostics *const notes = &page->result->notes;
    if (notes->count == 0)
        return;
    heading(page, "Notes");
    for (size_t i = 0; i < notes->count; i++)
        item(page, 2, notes->item[i].text);
}

static void put_page(const struct page *page)
{
    put_headline(page);
    put_as_a_month(page);
    if (page->result->months > 0) {
        put_months(page);
        put_functions(page);
        put_waste(page);
        put_what_ifs(page);
    }
    put_charges(page);
    put_notes(page);
}

void bill_table_write(const struct bill_result *result, struct output *output, bool color)
{
    const struct page page = {result, output, color, false};
    put_page(&page);
}

void bill_markdown_write(const struct bill_result *result, struct output *output)
{
    const struct page page = {result, output, false, true};
    put_page(&page);
}
