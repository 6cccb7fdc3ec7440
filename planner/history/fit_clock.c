/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Calls that a clock makes: the minutes, hours and weekdays at which there were any, as a schedule
 * of EventBridge, if that has as many times in the span of the data as there were calls, so many at
 * each. A call a second before a minute counts as of that minute: clocks differ.
 */
#include "history/fit_writer.h"

#include "core/memory.h"
#include "scenario/cron.h"
#include "support/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALL_HOURS 0xffffffu
#define ALL_DAYS 0x7fu
#define MOST_MINUTES 30   /* of an hour: with more there is no silence to tell a clock by */
#define LEAST_TIMES 5     /* of the schedule in the data … */
#define LEAST_EACH 3      /* … and of each of its minutes */
#define MISSING 0.1       /* of the calls, or too many: what was lost, or tried again */
#define MOST_TIMES 500000 /* to count: a year of every minute */
#define SLACK 0.25        /* of the mean square of calls a minute; Poisson's is above it by 1 */

/* Bits as a list, "0,30"; `name` NULL: as numbers. */
static char *list_bits(uint64_t bits, unsigned count, const char *const *name)
{
    char *text = mem_strdup("");
    for (unsigned i = 0; i < count; i++) {
        char number[16];
        if ((bits >> i & 1) == 0)
            continue;
        snprintf(number, sizeof number, "%u", i);
        char *const longer = text_format("%s%s%s", text, text[0] != '\0' ? "," : "",
                                         name != NULL ? name[i] : number);
        free(text);
        text = longer;
    }
    return text;
}

static char *expression_of(uint64_t minutes, uint32_t hours, uint32_t days)
{
    static const char *const day[] = {"MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"};
    char *const minute = list_bits(minutes, 60, NULL);
    char *const hour = hours == ALL_HOURS ? mem_strdup("*") : list_bits(hours, 24, NULL);
    char *const weekday = list_bits(days, 7, day);
    char *const text = days == ALL_DAYS
                           ? text_format("cron(%s %s * * ? *)", minute, hour)
                           : text_format("cron(%s %s ? * %s *)", minute, hour, weekday);
    free(minute);
    free(hour);
    free(weekday);
    return text;
}

static unsigned count_bits(uint64_t bits)
{
    unsigned count = 0;
    for (; bits != 0; bits &= bits - 1)
        count++;
    return count;
}

/* How many times of the schedule lie in the span of the data; from `most` on it does not matter. */
static uint64_t count_times(const struct fit_writer *w, const struct cron *cron, double most)
{
    const int64_t first_s = fit_first_ns(w->fit) / 1000000000 - 60;
    const int64_t last_s = fit_last_ns(w->fit) / 1000000000 + 1;
    return cron_count(cron, first_s, first_s, last_s, (uint64_t)fmin(ceil(most), MOST_TIMES));
}

/* Whether it is this schedule: then `ret` is set. */
static bool try_schedule(const struct fit_writer *w, const struct fit_function *f, uint32_t hours,
                         uint32_t days, struct fit_clock *ret)
{
    const double calls = (double)f->timed;
    const double places = (double)count_bits(f->minutes) *
                          (hours == ALL_HOURS ? 1 : count_bits(hours)) *
                          (days == ALL_DAYS ? 1 : count_bits(days));
    char error[CRON_ERROR_SIZE];
    struct cron *const cron = mem_alloc(1, sizeof *cron);
    char *const text = expression_of(f->minutes, hours, days);
    const double most = calls / (1 - MISSING) + 2; /* with more it has more than MISSING too many */
    const double times = cron_parse(text, cron, error) ? (double)count_times(w, cron, most) : 0;
    const double each = times > 0 ? floor(calls / times + 0.5) : 0;
    const double square = f->counts.window[FIT_MINUTE].square / calls;
    const bool is = times >= LEAST_TIMES && times < MOST_TIMES && times >= LEAST_EACH * places &&
                    each >= 1 && fabs(calls - each * times) <= fmax(1, MISSING * each * times) &&
                    square <= each + SLACK;
    free(cron);
    if (is)
        *ret = (struct fit_clock){text, (unsigned)each, (uint64_t)times, days != ALL_DAYS};
    else
        free(text);
    return is;
}

bool fit_clock_find(const struct fit_writer *w, const struct fit_function *f, struct fit_clock *ret)
{
    *ret = (struct fit_clock){0};
    if (fit_relative(w->fit) || f->out_of_order > 0 || f->counts.finest > FIT_MINUTE ||
        count_bits(f->minutes) > MOST_MINUTES)
        return false;
    return try_schedule(w, f, ALL_HOURS, ALL_DAYS, ret) ||
           try_schedule(w, f, f->hours, ALL_DAYS, ret) ||
           (fit_tells_weekdays(w->fit) && (try_schedule(w, f, ALL_HOURS, f->days, ret) ||
                                           try_schedule(w, f, f->hours, f->days, ret)));
}
