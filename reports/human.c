/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/human.h"

#include "core/memory.h"
#include "support/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS 3
#define DIGITS_MAX 15
#define DIGITS_READ 6 /* as long as a smaller unit takes fewer */

static char *unknown(char text[HUMAN_SIZE])
{
    return strcpy(text, "–");
}

char *human_count(double value, char text[HUMAN_SIZE])
{
    return isnan(value) ? unknown(text) : text_count(value, text);
}

struct scale {
    double below_s, unit_s;
    const char *unit;
};

static const struct scale *scale_of(double seconds)
{
    static const struct scale scale[] = {{1, 0.001, "ms"},
                                         {120, 1, "s"},
                                         {7200, 60, "min"},
                                         {604800, 3600, "h"},
                                         {INFINITY, 86400, "d"}};
    size_t i = seconds == 0 ? 1 : 0;
    while (fabs(seconds) >= scale[i].below_s && !isinf(scale[i].below_s))
        i++;
    return &scale[i];
}

char *human_duration(double seconds, char text[HUMAN_SIZE])
{
    return human_metric(seconds, "s", NAN, text);
}

static int side(double value, double bound)
{
    return (value > bound) - (value < bound);
}

/* Digits that leave `value` on its side of `bound`, at it if it is there. */
static int digits_beside(double value, double bound)
{
    int digits = DIGITS;
    for (; digits < DIGITS_MAX; digits++) {
        char text[64];
        snprintf(text, sizeof text, "%.*e", digits - 1, value);
        if (isnan(bound) || side(strtod(text, NULL), bound) == side(value, bound))
            break;
    }
    return digits;
}

char *human_metric(double value, const char *unit, double bound, char text[HUMAN_SIZE])
{
    const bool ms = strcmp(unit, "ms") == 0, usd = strcmp(unit, "USD") == 0;
    const char *shown = "";
    double factor = 1;
    if (isnan(value))
        return unknown(text);
    if (usd && (isnan(bound) || fabs(value - bound) >= 0.01 || round(value * 100) == value * 100))
        return human_usd(value, text);
    if (ms || strcmp(unit, "s") == 0) {
        const struct scale *scale = scale_of(ms ? value / 1000 : value);
        const double second = ms ? 0.001 : 1;
        /* 1,300 s rather than 21.6666666667 min */
        while (scale->unit_s > 1 && digits_beside(value * second / scale->unit_s,
                                                  bound * second / scale->unit_s) > DIGITS_READ)
            scale--;
        factor = second / scale->unit_s;
        shown = scale->unit;
    } else if (strcmp(unit, "ratio") == 0) {
        factor = 100;
        shown = "%";
    }
    char number[HUMAN_SIZE];
    text_significant(value * factor, digits_beside(value * factor, bound * factor), number);
    snprintf(text, HUMAN_SIZE, "%s%.80s%s%s", usd ? "$" : "", number, *shown == '\0' ? "" : " ",
             shown);
    return text;
}

char *human_percent(double ratio, char text[HUMAN_SIZE])
{
    const double percent = 100 * ratio;
    if (isnan(ratio))
        return unknown(text);
    if (percent != 0 && fabs(percent) < 0.05) {
        snprintf(text, HUMAN_SIZE, "%s0.1 %%", percent < 0 ? ">-" : "<");
        return text;
    }
    char number[TEXT_NUMBER_SIZE];
    const int decimals = fabs(percent) >= 99.95 || percent == 0 ? 0 : 1;
    snprintf(text, HUMAN_SIZE, "%s %%", text_number(percent, decimals, number));
    return text;
}

char *human_usd(double usd, char text[HUMAN_SIZE])
{
    const double magnitude = fabs(usd);
    if (isnan(usd))
        return unknown(text);
    int decimals = 2;
    if (magnitude < 0.01 && magnitude >= 1e-12)
        decimals = 1 - (int)floor(log10(magnitude));
    char number[TEXT_NUMBER_SIZE];
    snprintf(text, HUMAN_SIZE, "%s$%s", usd < 0 ? "-" : "",
             text_number(magnitude, decimals, number));
    return text;
}

char *human_money(money_pusd amount, char text[HUMAN_SIZE])
{
    const money_pusd cent = MONEY_PUSD_PER_USD / 100;
    const money_pusd magnitude = amount < 0 ? -amount : amount;
    if (magnitude < cent)
        return human_usd(money_to_double(amount), text);
    char number[MONEY_TEXT_SIZE];
    snprintf(text, HUMAN_SIZE, "%s$%s", amount < 0 ? "-" : "",
             money_format_cents(magnitude, number));
    return text;
}

char *human_relative(double relative, char text[HUMAN_SIZE])
{
    if (isnan(relative))
        return unknown(text);
    if (relative > 0 && relative < 0.995) {
        char number[HUMAN_SIZE];
        text_count(1 / relative, number);
        snprintf(text, HUMAN_SIZE, "%.80sx cheaper", number);
    } else if (relative > 1.005) {
        char number[HUMAN_SIZE];
        text_count(relative, number);
        snprintf(text, HUMAN_SIZE, "%.80sx dearer", number);
    } else {
        snprintf(text, HUMAN_SIZE, "%.2fx", relative);
    }
    return text;
}

double estimate_half_width(const struct result_estimate *estimate)
{
    return fmax(estimate->high - estimate->mean, estimate->mean - estimate->low);
}

char *human_clean(const char *text)
{
    char *const copy = mem_strdup(text);
    for (unsigned char *c = (unsigned char *)copy; *c != '\0'; c++) {
        if (*c < ' ' || *c == 127)
            *c = '?';
        else if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0) /* U+0080 to U+009F */
            c[0] = c[1] = '?';
    }
    return copy;
}

size_t human_width(const char *text)
{
    size_t width = 0;
    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* The length of the well-formed UTF-8 character at `c` (RFC 3629), or 0. */
static size_t utf8_length(const unsigned char *c)
{
    if (c[0] < 0x80)
        return 1;
    const size_t length = c[0] >= 0xf0 ? 4 : c[0] >= 0xe0 ? 3 : 2;
    if (c[0] < 0xc2 || c[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((c[i] & 0xc0) != 0x80)
            return 0;
    const bool overlong = (c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xf0 && c[1] < 0x90);
    const bool surrogate = c[0] == 0xed && c[1] >= 0xa0;
    const bool too_large = c[0] == 0xf4 && c[1] >= 0x90;
    return overlong || surrogate || too_large ? 0 : length;
}

char *human_utf8(const char *text)
{
    char *const copy = mem_alloc(strlen(text) * (sizeof REPLACEMENT - 1) + 1, 1);
    char *to = copy;
    while (*text != '\0') {
        const size_t length = utf8_length((const unsigned char *)text);
        const bool valid = length > 0;
        const size_t size = valid ? length : sizeof REPLACEMENT - 1;
        memcpy(to, valid ? text : REPLACEMENT, size);
        to += size;
        text += valid ? length : 1;
    }
    return copy;
}
