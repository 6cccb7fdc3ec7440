/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <lambdaplan/money.h>

#include <string.h>

#define DECIMALS 12

__extension__ typedef unsigned __int128 magnitude;

bool money_parse(const char *text, money_pusd *ret)
{
    magnitude amount = 0;
    int digits = 0, decimals = -1; /* -1: the point was not seen */
    bool integer = false;
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '.') {
            if (decimals >= 0 || !integer)
                return false;
            decimals = 0;
            continue;
        }
        if (*p < '0' || *p > '9')
            return false;
        integer = true;
        if (decimals >= 0 && ++decimals > DECIMALS)
            return false;
        if (decimals < 0 && (amount > 0 || *p > '0') && ++digits > MONEY_INTEGER_DIGITS)
            return false;
        amount = amount * 10 + (magnitude)(*p - '0');
    }
    if (!integer || decimals == 0)
        return false;
    for (int i = decimals < 0 ? 0 : decimals; i < DECIMALS; i++)
        amount *= 10;
    *ret = (money_pusd)amount;
    return true;
}

static magnitude magnitude_of(money_pusd amount)
{
    return amount < 0 ? -(magnitude)amount : (magnitude)amount;
}

/* Writes the digits that end before `end`; returns their start. */
static char *digits_before(char *end, magnitude value, int at_least, bool grouped)
{
    int count = 0;
    while (value > 0 || count < at_least) {
        if (grouped && count > 0 && count % 3 == 0)
            *--end = ',';
        *--end = (char)('0' + (int)(value % 10));
        value /= 10;
        count++;
    }
    return end;
}

char *money_format(money_pusd amount, char text[MONEY_TEXT_SIZE])
{
    char buffer[MONEY_TEXT_SIZE];
    char *const end = buffer + sizeof buffer - 1;
    const magnitude all = magnitude_of(amount);
    magnitude fraction = all % MONEY_PUSD_PER_USD;
    int decimals = fraction == 0 ? 0 : DECIMALS;
    while (fraction > 0 && fraction % 10 == 0) {
        fraction /= 10;
        decimals--;
    }
    *end = '\0';
    char *start = end;
    if (decimals > 0) {
        start = digits_before(start, fraction, decimals, false);
        *--start = '.';
    }
    start = digits_before(start, all / MONEY_PUSD_PER_USD, 1, false);
    if (amount < 0)
        *--start = '-';
    return memcpy(text, start, (size_t)(end - start) + 1);
}

char *money_format_cents(money_pusd amount, char text[MONEY_TEXT_SIZE])
{
    const magnitude per_cent = MONEY_PUSD_PER_USD / 100;
    const magnitude all = magnitude_of(amount);
    const magnitude cents = all / per_cent + (all % per_cent >= per_cent / 2 ? 1 : 0);
    char buffer[MONEY_TEXT_SIZE];
    char *const end = buffer + sizeof buffer - 1;
    *end = '\0';
    char *start = digits_before(end, cents % 100, 2, false);
    *--start = '.';
    start = digits_before(start, cents / 100, 1, true);
    if (amount < 0 && cents > 0)
        *--start = '-';
    return memcpy(text, start, (size_t)(end - start) + 1);
}

double money_to_double(money_pusd amount)
{
    return (double)amount / (double)MONEY_PUSD_PER_USD;
}
