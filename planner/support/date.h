/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dates as days since 1970-01-01 (proleptic Gregorian) and timestamps as nanoseconds since then. */
#ifndef SUPPORT_DATE_H
#define SUPPORT_DATE_H

#include <stdbool.h>
#include <stdint.h>

#define DATE_MIN INT32_MIN
#define DATE_MAX INT32_MAX

/* "2016", "2016-04" or "2016-04-01", nothing else around it: the first day meant. */
bool date_parse(const char *text, int32_t *ret_day);
/* "YYYY-MM-DD"; returns `text`. */
char *date_format(int32_t day, char text[16]);
int32_t date_from_civil(int year, int month, int day);
void date_to_civil(int32_t day, int *ret_year, int *ret_month, int *ret_day);
/* 28 to 31; month 1 to 12. */
int date_days_in_month(int year, int month);
/* 0: Sunday. */
int date_weekday(int32_t day);

/* ISO 8601 as traces write it: "2014-04-10 00:04:00", "2014-04-10T00:04:00.123456789Z",
 * "...+02:00"; no zone means UTC. Up to 9 digits of a second count, further ones are cut. */
bool timestamp_parse_iso(const char *text, int64_t *ret_ns);

#endif
