/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bill lines for readers. */
#include <lambdaplan/bill.h>

#include "core/int128.h"
#include "support/text.h"

#include <stdio.h>
#include <string.h>

#define EXACT_DECIMALS 15
#define ROUNDED_DECIMALS 9

/* Decimal digits of `value`, which is not negative, that end before `end`; returns their start. */
static char *digits_before(char *end, uint128 value)
{
    do {
        *--end = (char)('0' + (int)(value % 10));
        value /= 10;
    } while (value > 0);
    return end;
}

char *bill_format_quantity(usage_quantity quantity, int64_t per_unit,
                           char text[BILL_QUANTITY_TEXT_SIZE])
{
    const uint128 divisor = (uint128)per_unit;
    const uint128 magnitude = quantity < 0 ? -(uint128)quantity : (uint128)quantity;
    uint128 whole = magnitude / divisor;
    uint128 rest = magnitude % divisor;
    uint128 fraction = 0; /* of `decimals` digits */
    uint128 rounded = 0;  /* the first 9 of them, rounded half up */
    uint128 scale = 1;
    int decimals = 0;

    while (rest > 0 && decimals < EXACT_DECIMALS) {
        rest *= 10;
        fraction = fraction * 10 + rest / divisor;
        rest %= divisor;
        decimals++;
        scale *= 10;
        if (decimals == ROUNDED_DECIMALS)
            rounded = fraction + (rest >= divisor - rest ? 1 : 0);
    }
    if (rest > 0) {
        scale = 1000000000;
        whole += rounded / scale;
        fraction = rounded % scale;
        decimals = fraction == 0 ? 0 : ROUNDED_DECIMALS;
        while (fraction > 0 && fraction % 10 == 0) {
            fraction /= 10;
            scale /= 10;
            decimals--;
        }
    }

    char buffer[BILL_QUANTITY_TEXT_SIZE];
    char *const end = buffer + sizeof buffer - 1;
    char *start = end;
    *end = '\0';
    if (decimals > 0) {
        start = digits_before(end, scale + fraction); /* 1 and the digits with leading zeros */
        *start = '.';
    }
    start = digits_before(start, whole);
    if (quantity < 0)
        *--start = '-';
    return memcpy(text, start, (size_t)(end - start) + 1);
}

/* Whole numbers as they are, others as finely as a reader can use. */
static const char *short_quantity(usage_quantity quantity, int64_t per_unit,
                                  char text[TEXT_NUMBER_SIZE])
{
    const double value = (double)quantity / (double)per_unit;
    const int decimals = quantity % per_unit == 0 ? 0 : value >= 1000 ? 0 : value >= 1 ? 2 : 6;
    return text_number(value, decimals, text);
}

#define UNIT_SIZE 64

/* At least two decimals: "0.20", "16.6667". */
static const char *price_text(money_pusd price, char text[MONEY_TEXT_SIZE + 4])
{
    money_format(price, text);
    const char *const point = strchr(text, '.');
    if (point == NULL)
        strcat(text, ".00");
    else if (point[2] == '\0')
        strcat(text, "0");
    return text;
}

/* "request", "requests"; "request(512KB)": "requests (512KB)". */
static char *unit_text(const struct bill_line *line, char text[UNIT_SIZE])
{
    const bool plural = strcmp(line->unit, "GB") != 0 && line->quantity != line->per_unit;
    const size_t name = strcspn(line->unit, "(");
    snprintf(text, UNIT_SIZE, "%.*s%s%s%s", (int)name, line->unit, plural ? "s" : "",
             line->unit[name] != '\0' ? " " : "", line->unit + name);
    return text;
}

char *bill_explain(const struct bill_line *line, char text[BILL_EXPLAIN_SIZE])
{
    char all[TEXT_NUMBER_SIZE], gratis[TEXT_NUMBER_SIZE];
    char price[MONEY_TEXT_SIZE + 4], cost[MONEY_TEXT_SIZE];
    const money_pusd cent = MONEY_PUSD_PER_USD / 100;
    const bool small = line->unit_price > 0 && line->unit_price < MONEY_PUSD_PER_USD / 1000;
    char unit[UNIT_SIZE];

    unit_text(line, unit);
    short_quantity(line->quantity, line->per_unit, all);
    if (line->free_quantity > 0)
        short_quantity(line->free_quantity, line->per_unit, gratis);
    if (line->free_quantity == line->quantity) {
        snprintf(text, BILL_EXPLAIN_SIZE, "%s %s, all in the free tier = $0.00", all, unit);
        return text;
    }
    price_text(small ? line->unit_price * 1000000 : line->unit_price, price);
    money_format_cents(line->cost, cost);
    const bool tiny = line->cost > 0 && line->cost < cent / 2;
    snprintf(text, BILL_EXPLAIN_SIZE, "%s%s%s%s%s %s x $%s%s = %s$%s",
             line->free_quantity > 0 ? "(" : "", all, line->free_quantity > 0 ? " - " : "",
             line->free_quantity > 0 ? gratis : "", line->free_quantity > 0 ? " free)" : "", unit,
             price, small ? " per million" : "", tiny ? "less than " : "", tiny ? "0.01" : cost);
    return text;
}
