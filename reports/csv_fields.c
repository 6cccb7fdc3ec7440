/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/csv_fields.h"

#include <math.h>
#include <string.h>

#define EXACT_WHOLE 9007199254740992.0 /* 2^53: doubles below are exact whole numbers */
#define SIGNIFICANT_DIGITS 9

/* printf writes the locale's decimal mark, which may be several bytes. */
static void use_decimal_point(char *text)
{
    char *to = text;
    for (const char *from = text; *from != '\0';) {
        if (strchr("0123456789+-e", *from) != NULL) {
            *to++ = *from++;
            continue;
        }
        *to++ = '.';
        while (*from != '\0' && strchr("0123456789+-e", *from) == NULL)
            from++;
    }
    *to = '\0';
}

static void strip_zeros(char *text)
{
    char *const point = strchr(text, '.');
    if (point == NULL)
        return;
    char *end = text + strlen(text);
    while (end[-1] == '0')
        end--;
    *(end[-1] == '.' ? end - 1 : end) = '\0';
}

char *number_format(double value, char text[NUMBER_TEXT_SIZE])
{
    if (isnan(value)) {
        *text = '\0';
        return text;
    }
    if (isinf(value))
        return strcpy(text, value < 0 ? "-inf" : "inf");
    const double magnitude = fabs(value);
    if (magnitude < EXACT_WHOLE && value == floor(value)) {
        snprintf(text, NUMBER_TEXT_SIZE, "%.0f", magnitude == 0 ? 0.0 : value);
        return text;
    }
    if (magnitude >= 1e15 || magnitude < 1e-9) {
        snprintf(text, NUMBER_TEXT_SIZE, "%.*g", SIGNIFICANT_DIGITS, value);
        use_decimal_point(text);
        return text;
    }
    const int decimals = SIGNIFICANT_DIGITS - 1 - (int)floor(log10(magnitude));
    snprintf(text, NUMBER_TEXT_SIZE, "%.*f", decimals > 0 ? decimals : 0, value);
    use_decimal_point(text);
    strip_zeros(text);
    return text;
}

static void separate(struct csv_row *row)
{
    if (row->begun)
        output_write(row->output, ",", 1);
    row->begun = true;
}

/* Blanks at an end too: readers may drop them where there are no quotes. */
static bool needs_quotes(const char *text)
{
    const size_t length = strlen(text);
    return strpbrk(text, ",\"\r\n") != NULL ||
           (length > 0 &&
            (strchr(" \t", text[0]) != NULL || strchr(" \t", text[length - 1]) != NULL));
}

void csv_put_text(struct csv_row *row, const char *text)
{
    separate(row);
    if (!needs_quotes(text)) {
        output_text(row->output, text);
        return;
    }
    output_write(row->output, "\"", 1);
    for (const char *rest = text; *rest != '\0';) {
        const size_t plain = strcspn(rest, "\"");
        output_write(row->output, rest, plain);
        rest += plain;
        if (*rest == '"') {
            output_write(row->output, "\"\"", 2);
            rest++;
        }
    }
    output_write(row->output, "\"", 1);
}

void csv_put_number(struct csv_row *row, double value)
{
    char text[NUMBER_TEXT_SIZE];
    separate(row);
    output_text(row->output, number_format(value, text));
}

void csv_put_bool(struct csv_row *row, bool value)
{
    separate(row);
    output_text(row->output, value ? "true" : "false");
}

void csv_put_money(struct csv_row *row, money_pusd amount)
{
    char text[MONEY_TEXT_SIZE];
    separate(row);
    output_text(row->output, money_format(amount, text));
}

void csv_end_row(struct csv_row *row)
{
    output_write(row->output, "\n", 1);
    row->begun = false;
}

void csv_put_bill_header(struct csv_row *row)
{
    output_text(row->output, "option,entity,service,sku,region,unit,quantity,free_quantity,"
                             "unit_price_usd,tier_from,cost_usd,price_effective_from\n");
}

void csv_put_bill_line(struct csv_row *row, const char *option, const struct bill_line *line)
{
    char text[BILL_QUANTITY_TEXT_SIZE];
    csv_put_text(row, option);
    csv_put_text(row, line->entity);
    csv_put_text(row, line->service);
    csv_put_text(row, line->sku);
    csv_put_text(row, line->region);
    csv_put_text(row, line->unit);
    csv_put_text(row, bill_format_quantity(line->quantity, line->per_unit, text));
    csv_put_text(row, bill_format_quantity(line->free_quantity, line->per_unit, text));
    csv_put_money(row, line->unit_price);
    csv_put_text(row, bill_format_quantity(line->tier_from, 1, text));
    csv_put_money(row, line->cost);
    csv_put_text(row, line->effective_from);
    csv_end_row(row);
}
