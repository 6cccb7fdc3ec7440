/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/date.h"

#include <stdio.h>

#define NS_PER_SECOND INT64_C(1000000000)

static bool leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in_month(int64_t year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && leap(year) ? 29 : days[month - 1];
}

/* Days before January 1st of `year`, from year 0; year >= 0. */
static int64_t days_before_year(int64_t year)
{
    if (year == 0)
        return 0;
    const int64_t last = year - 1;
    return 365 * year + last / 4 - last / 100 + last / 400 + 1; /* year 0 is a leap year */
}

int32_t date_from_civil(int year, int month, int day)
{
    /* 400 years are always 146,097 days: move into years from 0 on, then back. */
    int64_t y = year;
    int64_t eras = 0;
    if (y < 0) {
        eras = (-y + 399) / 400;
        y += 400 * eras;
    }
    int64_t days = days_before_year(y) - days_before_year(1970) - eras * 146097;
    for (int m = 1; m < month; m++)
        days += days_in_month(y, m);
    return (int32_t)(days + day - 1);
}

int date_days_in_month(int year, int month)
{
    return days_in_month(year, month);
}

int date_weekday(int32_t day)
{
    const int weekday = (int)(((int64_t)day + 4) % 7); /* 1970-01-01 was a Thursday */
    return weekday < 0 ? weekday + 7 : weekday;
}

/* Exactly `digits` digits at *s; moves behind them. */
static bool take_number(const char **s, int digits, int *ret)
{
    int value = 0;
    for (int i = 0; i < digits; i++) {
        const char c = (*s)[i];
        if (c < '0' || c > '9')
            return false;
        value = value * 10 + (c - '0');
    }
    *s += digits;
    *ret = value;
    return true;
}

static bool take_char(const char **s, char c)
{
    if (**s != c)
        return false;
    (*s)++;
    return true;
}

static bool take_date(const char **s, bool full, int32_t *ret_day)
{
    int year, month = 1, day = 1;
    if (!take_number(s, 4, &year))
        return false;
    const char mark = full && **s == '/' ? '/' : '-'; /* as CloudWatch's console exports */
    if (take_char(s, mark)) {
        if (!take_number(s, 2, &month) || month < 1 || month > 12)
            return false;
        if (take_char(s, mark)) {
            if (!take_number(s, 2, &day) || day < 1 || day > days_in_month(year, month))
                return false;
        } else if (full) {
            return false;
        }
    } else if (full) {
        return false;
    }
    *ret_day = date_from_civil(year, month, day);
    return true;
}

bool date_parse(const char *text, int32_t *ret_day)
{
    int32_t day;
    const char *s = text;
    if (!take_date(&s, false, &day) || *s != '\0')
        return false;
    *ret_day = day;
    return true;
}

void date_to_civil(int32_t day, int *ret_year, int *ret_month, int *ret_day)
{
    int64_t left = (int64_t)day + days_before_year(1970);
    int64_t eras = 0;
    if (left < 0) {
        eras = (-left + 146096) / 146097;
        left += eras * 146097;
    }
    int64_t year = left * 400 / 146097; /* at most one too late */
    year -= year > 0;
    while (days_before_year(year + 1) <= left)
        year++;
    left -= days_before_year(year);
    int month = 1;
    while (left >= days_in_month(year, month))
        left -= days_in_month(year, month++);
    *ret_year = (int)(year - 400 * eras);
    *ret_month = month;
    *ret_day = (int)left + 1;
}

char *date_format(int32_t day, char text[16])
{
    int year, month, of_month;
    char wide[64]; /* gcc cannot know that 15 characters do for 32 bits of days */
    date_to_civil(day, &year, &month, &of_month);
    snprintf(wide, sizeof wide, "%04d-%02d-%02d", year, month, of_month);
    snprintf(text, 16, "%.15s", wide);
    return text;
}

static const char *skip_blanks(const char *s)
{
    while (*s == ' ' || *s == '\t')
        s++;
    return s;
}

/* "Z", "+02:00", "-0800", "+02" or nothing. */
static bool take_zone(const char **s, int *ret_minutes)
{
    *ret_minutes = 0;
    if (take_char(s, 'Z') || take_char(s, 'z'))
        return true;
    if (**s != '+' && **s != '-')
        return true;
    const int sign = **s == '-' ? -1 : 1;
    (*s)++;
    int hours, minutes = 0;
    if (!take_number(s, 2, &hours))
        return false;
    if (take_char(s, ':') ? !take_number(s, 2, &minutes)
                          : (**s >= '0' && **s <= '9' && !take_number(s, 2, &minutes)))
        return false;
    if (hours > 23 || minutes > 59)
        return false;
    *ret_minutes = sign * (60 * hours + minutes);
    return true;
}

bool timestamp_parse_iso(const char *text, int64_t *ret_ns)
{
    const char *s = skip_blanks(text);
    int32_t day;
    int hour = 0, minute = 0, second = 0, zone = 0;
    int64_t fraction_ns = 0;
    if (!take_date(&s, true, &day))
        return false;
    if (*s == 'T' || *s == 't' || (*s == ' ' && s[1] >= '0' && s[1] <= '9')) {
        s++;
        if (!take_number(&s, 2, &hour) || !take_char(&s, ':') || !take_number(&s, 2, &minute))
            return false;
        if (take_char(&s, ':')) {
            if (!take_number(&s, 2, &second))
                return false;
            if (take_char(&s, '.') || take_char(&s, ',')) {
                if (*s < '0' || *s > '9')
                    return false;
                for (int64_t unit = NS_PER_SECOND / 10; *s >= '0' && *s <= '9'; s++, unit /= 10)
                    fraction_ns += (*s - '0') * unit;
            }
        }
        if (hour > 23 || minute > 59 || second > 60) /* 60: a leap second counts as the next one */
            return false;
        s = skip_blanks(s);
        if (!take_zone(&s, &zone))
            return false;
    }
    if (*skip_blanks(s) != '\0')
        return false;
    const int64_t seconds = (int64_t)day * 86400 + hour * 3600 + (minute - zone) * 60 + second;
    int64_t ns;
    if (__builtin_mul_overflow(seconds, NS_PER_SECOND, &ns) ||
        __builtin_add_overflow(ns, fraction_ns, &ns))
        return false;
    *ret_ns = ns;
    return true;
}
