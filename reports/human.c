/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/human.h"

#include "core/memory.h"
#include "support/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Three significant digits, but all digits of whole numbers. */
static char *significant(double value, char text[HUMAN_SIZE])
{
    const double magnitude = fabs(value);
    int decimals = 0;
    if (magnitude > 0 && magnitude < 1000)
        decimals = 2 - (int)floor(log10(magnitude));
    if (decimals < 0)
        decimals = 0;
    if (decimals > 12)
        decimals = 12;
    char number[TEXT_NUMBER_SIZE];
    snprintf(text, HUMAN_SIZE, "%s", text_number(value, decimals, number));
    char *const point = strchr(text, '.');
    if (point != NULL) {
        char *end = text + strlen(text);
        while (end[-1] == '0')
            end--;
        *(end[-1] == '.' ? end - 1 : end) = '\0';
    }
    return text;
}

static char *unknown(char text[HUMAN_SIZE])
{
    return strcpy(text, "–");
}

char *human_count(double value, char text[HUMAN_SIZE])
{
    return isnan(value) ? unknown(text) : significant(value, text);
}

char *human_duration(double seconds, char text[HUMAN_SIZE])
{
    static const struct {
        double below_s, unit_s;
        const char *unit;
    } scale[] = {{1, 0.001, "ms"}, {120, 1, "s"}, {7200, 60, "min"}, {604800, 3600, "h"}};
    if (isnan(seconds))
        return unknown(text);
    double unit_s = 86400;
    const char *unit = "d";
    for (size_t i = 0; i < sizeof scale / sizeof *scale; i++)
        if (fabs(seconds) < scale[i].below_s) {
            unit_s = scale[i].unit_s;
            unit = scale[i].unit;
            break;
        }
    significant(seconds / unit_s, text);
    const size_t length = strlen(text);
    snprintf(text + length, HUMAN_SIZE - length, " %s", seconds == 0 ? "s" : unit);
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
        significant(1 / relative, number);
        snprintf(text, HUMAN_SIZE, "%.80sx cheaper", number);
    } else if (relative > 1.005) {
        char number[HUMAN_SIZE];
        significant(relative, number);
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
