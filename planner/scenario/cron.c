/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/cron.h"

#include "support/date.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S INT64_C(86400)
#define LONGEST_RATE INT64_C(1000000)
#define LONGEST_TEXT 256

enum { MINUTES, HOURS, DAYS, MONTHS, WEEKDAYS, YEARS, FIELDS };

static const char *const month_names[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL",
                                          "AUG", "SEP", "OCT", "NOV", "DEC", NULL};
static const char *const weekday_names[] = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", NULL};

static const struct field_rule {
    const char *what;
    long first, last;
    const char *const *names; /* the first of them is `first` */
} rules[FIELDS] = {
    [MINUTES] = {"minutes", 0, 59, NULL},
    [HOURS] = {"hours", 0, 23, NULL},
    [DAYS] = {"days of the month", 1, 31, NULL},
    [MONTHS] = {"months", 1, 12, month_names},
    [WEEKDAYS] = {"days of the week", 1, 7, weekday_names},
    [YEARS] = {"years", CRON_FIRST_YEAR, CRON_LAST_YEAR, NULL},
};

struct parser {
    struct cron *cron;
    char *error;
    int field;
    char item[64]; /* of the list that is being read */
};

__attribute__((format(printf, 2, 3))) static bool wrong(struct parser *p, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(p->error, CRON_ERROR_SIZE, format, arguments);
    va_end(arguments);
    return false;
}

static bool out_of_range(struct parser *p)
{
    const struct field_rule *const rule = &rules[p->field];
    return wrong(p, "the %s `%s` are not from %ld to %ld", rule->what, p->item, rule->first,
                 rule->last);
}

static bool not_understood(struct parser *p)
{
    return wrong(p, "the %s `%s` are not understood", rules[p->field].what, p->item);
}

/* A number, or a name of the field, at *s; moves behind it. */
static bool take_value(struct parser *p, const char **s, long *ret)
{
    const struct field_rule *const rule = &rules[p->field];
    for (size_t i = 0; rule->names != NULL && rule->names[i] != NULL; i++) {
        size_t k = 0;
        while (k < 3 && toupper((unsigned char)(*s)[k]) == rule->names[i][k])
            k++;
        if (k < 3)
            continue;
        *s += 3;
        *ret = rule->first + (long)i;
        return true;
    }
    const size_t digits = strspn(*s, "0123456789");
    if (digits == 0)
        return not_understood(p);
    *ret = digits > 4 ? 99999 : strtol(*s, NULL, 10);
    *s += digits;
    return *ret >= rule->first && *ret <= rule->last ? true : out_of_range(p);
}

static void set(struct parser *p, long value)
{
    struct cron *const c = p->cron;
    const uint32_t bit = UINT32_C(1) << (value & 31);
    switch (p->field) {
    case MINUTES:
        c->minutes |= UINT64_C(1) << value;
        break;
    case HOURS:
        c->hours |= bit;
        break;
    case DAYS:
        c->days |= bit;
        break;
    case MONTHS:
        c->months |= bit;
        break;
    case WEEKDAYS:
        c->weekdays |= bit >> 1;
        break;
    default:
        c->year[value - CRON_FIRST_YEAR] = true;
        break;
    }
}

/* "L", "LW"; "15W"; "6L", "3#2". `value` has been read, or is 0; `s` is what follows it. */
static bool take_special(struct parser *p, long value, const char *s)
{
    struct cron *const c = p->cron;
    if (p->field == DAYS && value == 0 && strcmp(s, "L") == 0) {
        c->last_day = true;
    } else if (p->field == DAYS && value == 0 && strcmp(s, "LW") == 0) {
        c->last_workday = true;
    } else if (p->field == DAYS && value > 0 && strcmp(s, "W") == 0) {
        c->nearest |= UINT32_C(1) << value;
    } else if (p->field == WEEKDAYS && value == 0 && strcmp(s, "L") == 0) {
        set(p, 7); /* the last day of the week */
    } else if (p->field == WEEKDAYS && value > 0 && strcmp(s, "L") == 0) {
        c->last_weekdays |= UINT32_C(1) << (value - 1);
    } else if (p->field == WEEKDAYS && value > 0 && s[0] == '#' && s[1] >= '1' && s[1] <= '5' &&
               s[2] == '\0') {
        c->nth_weekdays[s[1] - '0'] |= UINT32_C(1) << (value - 1);
    } else {
        return not_understood(p);
    }
    return true;
}

/* "*", "5", "2-6", each with "/step", or one of the specials. */
static bool read_item(struct parser *p)
{
    const struct field_rule *const rule = &rules[p->field];
    const char *s = p->item;
    long from = rule->first, to = rule->last, step = 1;
    bool single = false;
    if (*s == '*') {
        s++;
    } else if (*s == 'L') {
        return take_special(p, 0, s);
    } else {
        if (!take_value(p, &s, &from))
            return false;
        single = true;
        to = from;
        if (*s == '-') {
            s++;
            single = false;
            if (!take_value(p, &s, &to))
                return false;
            if (to < from)
                return wrong(p, "the %s `%s` go backwards", rule->what, p->item);
        }
    }
    if (*s == '/') {
        const size_t digits = strspn(s + 1, "0123456789");
        step = digits == 0 || digits > 4 ? 0 : strtol(s + 1, NULL, 10);
        if (step < 1)
            return wrong(p, "the step of the %s `%s` is no number above 0", rule->what, p->item);
        s += 1 + digits;
        if (single)
            to = rule->last;
        single = false;
    }
    if (*s != '\0')
        return single ? take_special(p, from, s) : not_understood(p);
    for (long value = from; value <= to; value += step)
        set(p, value);
    return true;
}

static bool read_list(struct parser *p, const char *text, size_t length)
{
    while (true) {
        size_t item = 0;
        while (item < length && text[item] != ',')
            item++;
        if (item >= sizeof p->item)
            return wrong(p, "an entry of the %s is longer than %zu characters",
                         rules[p->field].what, sizeof p->item - 1);
        memcpy(p->item, text, item);
        p->item[item] = '\0';
        if (item == 0)
            return wrong(p, "the %s have an empty entry", rules[p->field].what);
        if (!read_item(p))
            return false;
        if (item == length)
            return true;
        text += item + 1;
        length -= item + 1;
    }
}

/* Six fields between blanks; returns how many there are. */
static size_t split(const char *text, size_t length, const char *field[FIELDS],
                    size_t field_length[FIELDS])
{
    size_t count = 0, i = 0;
    while (true) {
        while (i < length && text[i] == ' ')
            i++;
        if (i == length)
            return count;
        const size_t from = i;
        while (i < length && text[i] != ' ')
            i++;
        if (count < FIELDS) {
            field[count] = text + from;
            field_length[count] = i - from;
        }
        count++;
    }
}

static bool read_cron(struct parser *p, const char *text, size_t length)
{
    const char *field[FIELDS] = {NULL};
    size_t field_length[FIELDS] = {0};
    const size_t count = split(text, length, field, field_length);
    if (count != FIELDS)
        return wrong(p,
                     "cron needs six fields (minutes, hours, day of month, month, day of week, "
                     "year), not %zu",
                     count);
    const bool no_days = field_length[DAYS] == 1 && *field[DAYS] == '?';
    const bool no_weekdays = field_length[WEEKDAYS] == 1 && *field[WEEKDAYS] == '?';
    if (no_days == no_weekdays)
        return wrong(p, "one of the days of the month and those of the week must be `?`, the other "
                        "not");
    p->cron->by_weekday = no_days;
    for (p->field = 0; p->field < FIELDS; p->field++)
        if (p->field != (no_days ? DAYS : WEEKDAYS) &&
            !read_list(p, field[p->field], field_length[p->field]))
            return false;
    return true;
}

static bool read_rate(struct parser *p, const char *text, size_t length)
{
    static const struct {
        const char *one, *many;
        int64_t s;
    } units[] = {{"minute", "minutes", 60}, {"hour", "hours", 3600}, {"day", "days", DAY_S}};
    char number[16], unit[16], rest;
    char copy[64];
    if (length >= sizeof copy)
        return wrong(p, "a rate is as short as `rate(5 minutes)`");
    memcpy(copy, text, length);
    copy[length] = '\0';
    if (sscanf(copy, " %15[0-9] %15[a-z] %c", number, unit, &rest) != 2)
        return wrong(p, "a rate is a number and a unit: `rate(5 minutes)`");
    const int64_t value = strtoll(number, NULL, 10);
    if (value < 1 || value > LONGEST_RATE)
        return wrong(p, "the rate `%s` is not from 1 to %lld", number, (long long)LONGEST_RATE);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(unit, units[i].one) != 0 && strcmp(unit, units[i].many) != 0)
            continue;
        const char *const right = value == 1 ? units[i].one : units[i].many;
        if (strcmp(unit, right) != 0)
            return wrong(p, "EventBridge wants `rate(%s %s)`", number, right);
        p->cron->period_s = value * units[i].s;
        return true;
    }
    return wrong(p, "the unit `%s` is none of minute, hour and day", unit);
}

bool cron_parse(const char *text, struct cron *ret, char error[CRON_ERROR_SIZE])
{
    struct parser parser = {.cron = ret, .error = error};
    const size_t length = strlen(text);
    *ret = (struct cron){0};
    if (length > LONGEST_TEXT) /* PutRule's API reference */
        return wrong(&parser, "a schedule has at most %d characters", LONGEST_TEXT);
    if (length > 5 && text[length - 1] == ')' && strncmp(text, "cron(", 5) == 0)
        return read_cron(&parser, text + 5, length - 6);
    if (length > 5 && text[length - 1] == ')' && strncmp(text, "rate(", 5) == 0)
        return read_rate(&parser, text + 5, length - 6);
    return wrong(&parser, "a schedule is `rate(5 minutes)` or `cron(0 12 * * ? *)`");
}

static bool is_workday(int32_t day)
{
    const int weekday = date_weekday(day);
    return weekday != 0 && weekday != 6;
}

/* The workday nearest to day `wanted` of the month, inside the month. */
static int nearest_workday(int year, int month, int wanted)
{
    const int32_t day = date_from_civil(year, month, wanted);
    const int weekday = date_weekday(day);
    if (weekday == 6)
        return wanted > 1 ? wanted - 1 : wanted + 2;
    if (weekday == 0)
        return wanted < date_days_in_month(year, month) ? wanted + 1 : wanted - 2;
    return wanted;
}

static bool day_of_month_matches(const struct cron *c, int32_t day, int year, int month,
                                 int of_month)
{
    const int last = date_days_in_month(year, month);
    if ((c->days >> of_month & 1) != 0 || (c->last_day && of_month == last))
        return true;
    if (!is_workday(day))
        return false;
    if (c->last_workday && nearest_workday(year, month, last) == of_month)
        return true;
    for (int wanted = 1; wanted <= last && c->nearest != 0; wanted++)
        if ((c->nearest >> wanted & 1) != 0 && nearest_workday(year, month, wanted) == of_month)
            return true;
    return false;
}

static bool day_of_week_matches(const struct cron *c, int32_t day, int year, int month,
                                int of_month)
{
    const int weekday = date_weekday(day);
    if ((c->weekdays >> weekday & 1) != 0 ||
        (c->nth_weekdays[(of_month - 1) / 7 + 1] >> weekday & 1) != 0)
        return true;
    return (c->last_weekdays >> weekday & 1) != 0 && of_month + 7 > date_days_in_month(year, month);
}

static bool day_matches(const struct cron *c, int32_t day)
{
    int year, month, of_month;
    date_to_civil(day, &year, &month, &of_month);
    if (!c->year[year - CRON_FIRST_YEAR] || (c->months >> month & 1) == 0)
        return false;
    return c->by_weekday ? day_of_week_matches(c, day, year, month, of_month)
                         : day_of_month_matches(c, day, year, month, of_month);
}

/* The first minute of the day from `minute` on; -1: none. */
static int next_minute(const struct cron *c, int minute)
{
    for (int hour = minute / 60; hour < 24; hour++, minute = 60 * hour) {
        if ((c->hours >> hour & 1) == 0)
            continue;
        const uint64_t left = c->minutes >> (minute % 60);
        if (left != 0)
            return minute + __builtin_ctzll(left);
    }
    return -1;
}

bool cron_next(const struct cron *cron, int64_t start_s, int64_t after_s, int64_t *ret_s)
{
    if (cron->period_s > 0) {
        *ret_s = start_s + ((after_s - start_s) / cron->period_s + 1) * cron->period_s;
        return true;
    }
    const int64_t from_s = (after_s / 60 + 1) * 60;
    const int32_t last = date_from_civil(CRON_LAST_YEAR, 12, 31);
    int32_t day = (int32_t)(from_s / DAY_S);
    int minute = (int)(from_s % DAY_S / 60);
    for (; day <= last; day++, minute = 0) {
        const int found = day_matches(cron, day) ? next_minute(cron, minute) : -1;
        if (found >= 0) {
            *ret_s = day * DAY_S + found * INT64_C(60);
            return true;
        }
    }
    return false;
}

uint64_t cron_count(const struct cron *cron, int64_t start_s, int64_t after_s, int64_t last_s,
                    uint64_t most)
{
    uint64_t count = 0;
    while (count < most && cron_next(cron, start_s, after_s, &after_s) && after_s <= last_s)
        count++;
    return count;
}

static bool every_year(const struct cron *c)
{
    for (size_t i = 0; i < sizeof c->year / sizeof *c->year; i++)
        if (!c->year[i])
            return false;
    return true;
}

int64_t cron_period_s(const struct cron *c)
{
    const uint32_t all_hours = (UINT32_C(1) << 24) - 1, all_months = 0x1ffe, all_weekdays = 0x7f;
    bool dates = !every_year(c) || c->months != all_months || c->last_weekdays != 0;
    if (c->period_s > 0)
        return c->period_s;
    for (size_t i = 0; i < sizeof c->nth_weekdays / sizeof *c->nth_weekdays; i++)
        dates = dates || c->nth_weekdays[i] != 0;
    if (!c->by_weekday)
        dates = dates || c->days != 0xfffffffe;
    if (dates)
        return 365 * DAY_S;
    if (c->by_weekday && c->weekdays != all_weekdays)
        return 7 * DAY_S;
    return c->hours == all_hours ? 3600 : DAY_S;
}
