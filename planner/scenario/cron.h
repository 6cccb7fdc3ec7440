/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Schedules as EventBridge writes them (its user guide, "Setting a schedule pattern"), in UTC:
 * "rate(5 minutes)" and "cron(Minutes Hours Day-of-month Month Day-of-week Year)", with lists,
 * ranges and steps; JAN-DEC and SUN-SAT (1 to 7); ? in one of the two day fields; L, W and LW in
 * the days of the month; L ("6L": the last Friday) and # ("3#2": the second Tuesday) in those of
 * the week. LW is Quartz's, whose syntax this is.
 */
#ifndef SCENARIO_CRON_H
#define SCENARIO_CRON_H

#include <stdbool.h>
#include <stdint.h>

#define CRON_FIRST_YEAR 1970
#define CRON_LAST_YEAR 2199

struct cron {
    int64_t period_s;             /* of a rate; 0: what follows */
    uint64_t minutes;             /* bits */
    uint32_t hours, days, months; /* days 1..31, months 1..12 */
    uint32_t nearest;             /* days whose nearest weekday is meant: "15W" */
    bool last_day, last_workday;  /* of the month: "L", "LW" */
    bool by_weekday; /* the days of the month do not matter; else those of the week do not */
    uint32_t weekdays, last_weekdays; /* 0: Sunday */
    uint32_t nth_weekdays[6];         /* [n]: "3#n" */
    bool year[CRON_LAST_YEAR - CRON_FIRST_YEAR + 1];
};

#define CRON_ERROR_SIZE 200

/* False: `error` is what is wrong, "the hours `24` are not from 0 to 23". */
bool cron_parse(const char *text, struct cron *ret, char error[CRON_ERROR_SIZE]);

/* The first time after `after_s` (seconds since 1970-01-01); of a rate: the next of those that
 * began at `start_s`. False: there is none. */
bool cron_next(const struct cron *cron, int64_t start_s, int64_t after_s, int64_t *ret_s);

/* How many times lie after `after_s`, up to `last_s`: `most` at most. */
uint64_t cron_count(const struct cron *cron, int64_t start_s, int64_t after_s, int64_t last_s,
                    uint64_t most);

/* Seconds after which it repeats: its rate, an hour, a day, a week; 365 days for whatever goes by
 * dates, as near as that is. */
int64_t cron_period_s(const struct cron *cron);

#endif
