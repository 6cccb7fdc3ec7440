/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What AWS allowed and did, by date: every CSV file of data/limits, columns
 * key,value,unit,effective_from,effective_to,source,confidence (numbers only; effective_to is
 * exclusive; an empty effective_from: always). Which keys there are says limit_keys.h.
 */
#ifndef SCENARIO_LIMITS_H
#define SCENARIO_LIMITS_H

#include <lambdaplan/diagnostics.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct limits;

/* NULL: errors; a key of limit_keys.h that no file has is one, as are another unit than there and a
 * negative value. Keys that are not there are a warning. */
struct limits *limits_load(const char *data_dir, struct diagnostics *diagnostics);
/* Only the tables, whatever their keys are. */
struct limits *limits_read(const char *data_dir, struct diagnostics *diagnostics);
void limits_destroy(struct limits *limits);

/* The value in force at `day`. False when the key does not exist at that day. */
bool limits_get(const struct limits *limits, const char *key, int32_t day, double *ret);
/* The same; on a day before the first value that one, and after a value's end still that. For what
 * is asked only when there is a use for it; an unknown key: 0. */
double limits_at(const struct limits *limits, const char *key, int32_t day);
/* The same as limits_get, where it means something that the key does not exist at that day:
 * nothing of the kind (0), no bound (INFINITY), or what there was before. */
double limits_or(const struct limits *limits, const char *key, int32_t day, double otherwise);
/* The first day on which the key exists (DATE_MIN: always; DATE_MAX: never). */
int32_t limits_first_day(const struct limits *limits, const char *key);
/* The first day of the value in force at `day`, for "(… limit since 2020-12-01)"; DATE_MIN: always;
 * DATE_MAX: none is in force. */
int32_t limits_since(const struct limits *limits, const char *key, int32_t day);

/* The `index`-th value of a key by date, neighbours of the same value as one, and its first day
 * (DATE_MIN: always). False when there are no more. */
bool limits_change(const struct limits *limits, const char *key, size_t index, double *ret_value,
                   int32_t *ret_since);

/* Remembers nothing, changes nothing: "key=value unit (since …)" for every key in force, one a
 * line, sorted; free() it. */
char *limits_describe(const struct limits *limits, int32_t day);

#endif
