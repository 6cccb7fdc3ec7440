/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fields to numbers: the whole field or nothing, whatever the locale. */
#include "support/csv.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EXPONENT_MAX 100000 /* beyond it every number is 0 or out of range */

/* A decimal number taken apart: 0.DIGITS x 10^point, sign apart; digits without leading zeros. */
struct decimal {
    bool negative;
    const char *digit; /* the first one that is not 0; a '.' may lie between the digits */
    size_t digits;
    long point;
    const char *end; /* behind the number */
};

static const char *skip_blanks(const char *s)
{
    while (*s == ' ' || *s == '\t')
        s++;
    return s;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "e+5" behind the digits; false when it is malformed. */
static bool take_exponent(const char **s, long *ret)
{
    *ret = 0;
    if (**s != 'e' && **s != 'E')
        return true;
    const char *t = *s + 1;
    const bool negative = *t == '-';
    if (*t == '-' || *t == '+')
        t++;
    if (!is_digit(*t))
        return false;
    long value = 0;
    for (; is_digit(*t); t++)
        value = value < EXPONENT_MAX ? value * 10 + (*t - '0') : value;
    *ret = negative ? -value : value;
    *s = t;
    return true;
}

static bool take_decimal(const char *text, struct decimal *ret)
{
    const char *s = skip_blanks(text);
    struct decimal d = {.negative = *s == '-'};
    bool any = false, point = false;
    long exponent;
    if (*s == '-' || *s == '+')
        s++;
    for (; is_digit(*s) || (*s == '.' && !point); s++) {
        if (*s == '.') {
            point = true;
            continue;
        }
        any = true;
        if (d.digits == 0 && *s == '0') {
            d.point -= point; /* 0.001: the point moves left of the first digit */
            continue;
        }
        if (d.digits++ == 0)
            d.digit = s;
        d.point += !point;
    }
    if (!any || !take_exponent(&s, &exponent) || *skip_blanks(s) != '\0')
        return false;
    d.point = d.digits == 0 ? 0 : d.point + exponent;
    d.end = s;
    *ret = d;
    return true;
}

bool csv_to_scaled(const char *text, int power, int64_t *ret, bool *ret_exact)
{
    struct decimal d;
    if (!take_decimal(text, &d))
        return false;
    const long whole = d.point + power; /* so many digits lie left of the scaled point */
    uint64_t value = 0;
    bool exact = true;
    const char *s = d.digit;
    size_t i = 0;
    if (whole > 19 && d.digits > 0)
        return false;
    for (; i < d.digits && (long)i < whole; i++, s++) {
        s += *s == '.';
        value = value * 10 + (uint64_t)(*s - '0'); /* 19 digits fit 64 bits */
    }
    for (; (long)i < whole && d.digits > 0; i++)
        value *= 10;
    for (size_t j = i; j < d.digits; j++, s++) {
        s += *s == '.';
        if ((long)j == whole && *s >= '5')
            value++;
        exact = exact && *s == '0';
        if (!exact && (long)j > whole)
            break;
    }
    if (value > (uint64_t)INT64_MAX)
        return false;
    *ret = d.negative ? -(int64_t)value : (int64_t)value;
    if (ret_exact != NULL)
        *ret_exact = exact;
    return true;
}

bool csv_to_double(const char *text, double *ret)
{
    /* Exact powers of ten: with at most 15 digits one division or product is correctly rounded
     * (Clinger 1990, doi:10.1145/93542.93557), which spares strtod in nearly every row. */
    static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    struct decimal d;
    if (!take_decimal(text, &d))
        return false;
    if (d.digits == 0) {
        *ret = d.negative ? -0.0 : 0.0;
        return true;
    }
    const long scale = d.point - (long)d.digits;
    double value;
    if (d.digits <= 15 && scale >= -22 && scale <= 22) {
        int64_t digits = 0;
        const char *s = d.digit;
        for (size_t i = 0; i < d.digits; i++, s++) {
            s += *s == '.';
            digits = digits * 10 + (*s - '0');
        }
        value = scale < 0 ? (double)digits / power[-scale] : (double)digits * power[scale];
    } else {
        char *end;
        value = fabs(strtod(skip_blanks(text), &end));
        if (end != d.end)
            return false;
    }
    if (!isfinite(value))
        return false;
    *ret = d.negative ? -value : value;
    return true;
}

bool csv_to_int64(const char *text, long long *ret)
{
    const char *s = skip_blanks(text);
    const bool negative = *s == '-';
    unsigned long long value = 0;
    if (*s == '-' || *s == '+')
        s++;
    if (!is_digit(*s))
        return false;
    for (; is_digit(*s); s++)
        if (__builtin_mul_overflow(value, 10ULL, &value) ||
            __builtin_add_overflow(value, (unsigned long long)(*s - '0'), &value))
            return false;
    if (*skip_blanks(s) != '\0' || value > (unsigned long long)LLONG_MAX + negative)
        return false;
    *ret = negative ? (long long)(0 - value) : (long long)value;
    return true;
}
