/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the keys of `arrivals` mean together, and the files that they name. */
#include "scenario/internal.h"

#include "core/memory.h"
#include "support/csv.h"
#include "support/date.h"
#include "support/input.h"
#include "support/text.h"

#include <math.h>
#include <stdio.h>

static void check_points(struct reader *reader, const cJSON *json,
                         const struct arrivals_spec *arrivals)
{
    const cJSON *at = reader_member(json, "points");
    at = at == NULL ? NULL : at->child;
    for (size_t i = 0; i < arrivals->points && at != NULL; i++, at = at->next) {
        const double time_s = arrivals->point[i].time_s;
        char key[48], period[JSON_NUMBER_SIZE];
        snprintf(key, sizeof key, "points[%zu]", i);
        if (i > 0 && time_s <= arrivals->point[i - 1].time_s)
            reader_error(reader, at, key, "times must rise from point to point");
        else if (arrivals->period_s > 0 && time_s >= arrivals->period_s)
            reader_error(reader, at, key, "lies beyond the period of %s s",
                         json_number(arrivals->period_s, period));
    }
}

static bool read_time(const struct arrivals_spec *arrivals, const char *text, double *ret_s)
{
    static const double second[] = {
        [TIME_UNIT_S] = 1, [TIME_UNIT_MS] = 1e-3, [TIME_UNIT_US] = 1e-6};
    int64_t ns;
    if (arrivals->time_unit == TIME_UNIT_ISO8601) {
        if (!timestamp_parse_iso(text, &ns))
            return false;
        *ret_s = (double)ns * 1e-9;
        return true;
    }
    double number;
    if (!csv_to_double(text, &number))
        return false;
    *ret_s = number * second[arrivals->time_unit];
    return true;
}

/* Wall-clock times count from the first row; plain numbers are times of the run already. */
static void read_profile(struct reader *reader, struct csv_reader *csv, size_t time, size_t value,
                         struct arrivals_spec *arrivals)
{
    const char *const path = arrivals->file;
    const char *const *field;
    char shown[JSON_SHOWN_SIZE];
    size_t capacity = 0;
    long line;
    double first = 0;
    while (csv_next(csv, &field, &line) > 0) {
        struct rate_point point;
        const size_t i = arrivals->points;
        if (!read_time(arrivals, field[time], &point.time_s)) {
            diagnostics_error(reader->diagnostics, path, line, "\"%s\" is not a time",
                              json_shown(field[time], shown));
            return;
        }
        if (!csv_to_double(field[value], &point.rate_per_s) || point.rate_per_s < 0 ||
            point.rate_per_s > 1e9) {
            diagnostics_error(reader->diagnostics, path, line,
                              "\"%s\" is not a rate from 0 to 1e9 per s",
                              json_shown(field[value], shown));
            return;
        }
        if (i == 0 && arrivals->time_unit == TIME_UNIT_ISO8601)
            first = point.time_s;
        point.time_s -= first;
        if (point.time_s < 0 || point.time_s > 315360000.0 ||
            (i > 0 && point.time_s <= arrivals->point[i - 1].time_s)) {
            diagnostics_error(reader->diagnostics, path, line,
                              "times must rise from row to row, from 0 to ten years");
            return;
        }
        if (arrivals->period_s > 0 && point.time_s >= arrivals->period_s) {
            diagnostics_error(reader->diagnostics, path, line, "lies beyond the profile's period");
            return;
        }
        if (i == 1000000) {
            diagnostics_error(reader->diagnostics, path, line, "more than 1,000,000 points");
            return;
        }
        arrivals->point = mem_grow(arrivals->point, &capacity, i, sizeof *arrivals->point);
        arrivals->point[arrivals->points++] = point;
    }
    if (arrivals->points == 0)
        diagnostics_error(reader->diagnostics, path, 0, "has no rows");
}

/* The file's header now, its rows when it is replayed; a profile is read whole. */
static void check_arrivals_file(struct reader *reader, const cJSON *json,
                                struct arrivals_spec *arrivals)
{
    const bool profile = arrivals->process == ARRIVALS_PROFILE;
    const bool trace = arrivals->process == ARRIVALS_TRACE;
    const cJSON *const columns = reader_member(json, "columns");
    const struct {
        const char *key, *name;
    } wanted[] = {
        {"time", arrivals->time_column},         {"value", trace ? NULL : arrivals->value_column},
        {"size", arrivals->size_column},         {"key", arrivals->key_column},
        {"duration", arrivals->duration_column},
    };
    long index[5] = {0};
    const size_t before = reader->diagnostics->errors;
    if (!checks_file(reader, json, "file", arrivals->file))
        return;
    if (arrivals->process == ARRIVALS_COUNTS && input_is_json(arrivals->file))
        return; /* an answer of CloudWatch has no columns */
    struct csv_reader *const csv = csv_open(arrivals->file, reader->diagnostics);
    if (csv == NULL)
        return;
    for (size_t i = 0; i < 5; i++) {
        index[i] = wanted[i].name == NULL ? 0 : csv_find_column(csv, wanted[i].name);
        if (index[i] >= 0)
            continue;
        const size_t mark = reader_enter(reader, "columns");
        checks_no_column(reader, columns == NULL ? json : columns, wanted[i].key, csv,
                         arrivals->file, wanted[i].name);
        reader_leave(reader, mark);
    }
    if (profile && reader->diagnostics->errors == before)
        read_profile(reader, csv, (size_t)index[0], (size_t)index[1], arrivals);
    csv_close(csv);
}

static void check_schedule(struct reader *reader, const cJSON *json, struct arrivals_spec *arrivals)
{
    const cJSON *const at = reader_member(json, "expression");
    char error[CRON_ERROR_SIZE];
    int64_t next_s;
    if (arrivals->expression == NULL)
        return;
    if (!cron_parse(arrivals->expression, &arrivals->cron, error))
        reader_error(reader, at, "expression", "%s", error);
    else if (!cron_next(&arrivals->cron, 0, reader->day_known ? reader->day * INT64_C(86400) : 0,
                        &next_s))
        reader_error(reader, at, "expression", "there is no such time after as_of");
}

static void set_text(char **place, const char *text)
{
    if (*place == NULL)
        *place = mem_strdup(text);
}

void finish_arrivals(struct reader *reader, const cJSON *json, void *base, uint64_t given)
{
    struct arrivals_spec *const arrivals = base;
    const bool profile = arrivals->process == ARRIVALS_PROFILE;
    const cJSON *const columns = reader_member(json, "columns");
    (void)given;
    if (json == NULL)
        return;
    if (reader_member(json, "time_unit") == NULL)
        arrivals->time_unit =
            arrivals->process == ARRIVALS_COUNTS ? TIME_UNIT_ISO8601 : TIME_UNIT_S;
    if (arrivals->process != ARRIVALS_TRACE && !reader_is_told(reader, json, "process")) {
        static const char *const trace_only[] = {"size", "key", "duration"};
        for (size_t i = 0; i < 3; i++)
            if (reader_member(columns, trace_only[i]) != NULL)
                reader_error(reader, reader_member(columns, trace_only[i]), "columns",
                             "only process \"trace\" uses %s", trace_only[i]);
    }
    if (profile && (reader_member(json, "points") != NULL) == (reader_member(json, "file") != NULL))
        reader_error(reader, json, NULL,
                     "process \"profile\" needs exactly one of points and file");
    if (profile)
        check_points(reader, json, arrivals);
    if (arrivals->process == ARRIVALS_SCHEDULE)
        check_schedule(reader, json, arrivals);
    if (arrivals->file == NULL)
        return;
    set_text(&arrivals->time_column, profile ? "time_s" : "timestamp");
    if (arrivals->process != ARRIVALS_TRACE)
        set_text(&arrivals->value_column, profile ? "rate_per_s" : "value");
    if (reader_is_told(reader, json, "columns") || reader_is_told(reader, json, "time_unit"))
        return;
    if (arrivals->process >= ARRIVALS_COUNTS || (profile && arrivals->points == 0))
        check_arrivals_file(reader, json, arrivals);
}

static bool is_zero(const cJSON *json, const char *key)
{
    const cJSON *const number = reader_member(json, key);
    return cJSON_IsNumber(number) && number->valuedouble == 0;
}

bool checks_never_arrives(const struct arrivals_spec *arrivals, const cJSON *json)
{
    switch (arrivals->process) {
    case ARRIVALS_POISSON:
    case ARRIVALS_CONSTANT:
        return is_zero(json, "rate_per_s");
    case ARRIVALS_BURSTS:
        return is_zero(json, "base_rate_per_s") && is_zero(json, "burst_rate_per_s");
    case ARRIVALS_PROFILE:
        for (size_t i = 0; i < arrivals->points; i++)
            if (arrivals->point[i].rate_per_s > 0)
                return false;
        return arrivals->points > 0;
    default:
        return false;
    }
}

/* --- schedules in a run ----------------------------------------------------------------------- */

#define FIRES_MAX 100000 /* that are counted: more than that are dense enough */
#define FIRES_OFF 0.1    /* of their mean, from which on a run is told to be no sample of them */

/* In [from_s, to_s) of what begins at `start_s`. */
static double count_fires(const struct cron *cron, int64_t start_s, double from_s, double to_s)
{
    return (double)cron_count(cron, start_s, start_s + (int64_t)ceil(from_s) - 1,
                              start_s + (int64_t)ceil(to_s) - 1, FIRES_MAX);
}

/* "30.4", "43,800" */
static const char *in_month(double times, char text[TEXT_NUMBER_SIZE])
{
    return text_number(times, times < 100 && fabs(times - round(times)) > 0.05 ? 1 : 0, text);
}

static void check_fires(struct reader *reader, const cJSON *at, const struct cron *cron,
                        const struct scenario *scenario)
{
    const int64_t start_s = scenario->as_of_day * INT64_C(86400), period_s = cron_period_s(cron);
    const double from_s = scenario->run.warm_up_s, counted_s = scenario->run.duration_s - from_s;
    const double fires = count_fires(cron, start_s, from_s, scenario->run.duration_s);
    const double once =
        period_s == cron->period_s ? 1 : count_fires(cron, start_s, 0, (double)period_s);
    const double mean = once * counted_s / (double)period_s;
    const double month_s = scenario->account.month_hours * 3600;
    const int64_t first_s =
        cron->period_s > 0 && from_s == 0; /* a rate comes at its period's end */
    char helps[80] = "", counted[TEXT_NUMBER_SIZE], month[TEXT_NUMBER_SIZE];
    if (fires > 0 &&
        (fires == FIRES_MAX || once == FIRES_MAX || fabs(fires - mean) <= FIRES_OFF * mean))
        return;
    if (period_s <= 7 * 86400)
        snprintf(helps, sizeof helps, "; a run.duration_s of %.10g holds its period once",
                 from_s + (double)(period_s + first_s));
    if (fires == 0)
        reader_warning(reader, at, "expression",
                       "never comes in the %.10g s that the run counts, so nothing of it is on "
                       "the bill: a month has about %s%s",
                       counted_s, in_month(mean / counted_s * month_s, month), helps);
    else
        reader_warning(
            reader, at, "expression",
            "comes %.10g time%s in the %.10g s that the run counts, as though %s times a month: in "
            "truth it is about %s%s",
            fires, fires == 1 ? "" : "s", counted_s, in_month(fires / counted_s * month_s, counted),
            in_month(mean / counted_s * month_s, month), helps);
}

void checks_schedules(struct reader *reader, const struct scenario *scenario)
{
    const cJSON *const workloads = reader_member(reader->root, "workloads");
    for (size_t i = 0; i < scenario->workloads; i++) {
        const struct workload_spec *const w = &scenario->workload[i];
        if (w->arrivals.process != ARRIVALS_SCHEDULE)
            continue; /* before it is searched: there may be thousands */
        const cJSON *const arrivals = reader_member(reader_member(workloads, w->name), "arrivals");
        const size_t mark = reader_enter(reader, "workloads");
        reader_enter(reader, w->name);
        reader_enter(reader, "arrivals");
        check_fires(reader, reader_member(arrivals, "expression"), &w->arrivals.cron, scenario);
        reader_leave(reader, mark);
    }
}
