/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The time series: how points are gathered, and that every entity's five minutes are what its
 * minutes are together, over a warm-up and an end inside a minute. */
#include "aws/series.h"

#include "core/memory.h"
#include "harness.h"
#include "model_case.h"
#include "stream_case.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct row {
    int64_t time_ns;
    char *entity, *metric, *statistic;
    double value;
};

struct rows {
    struct row *row;
    size_t count, capacity;
};

static void add_row(void *context, int64_t time_ns, const char *entity, const char *metric,
                    const char *statistic, const char *unit, double value)
{
    struct rows *const rows = context;
    (void)unit;
    rows->row = mem_grow(rows->row, &rows->capacity, rows->count, sizeof *rows->row);
    rows->row[rows->count++] =
        (struct row){time_ns, mem_strdup(entity), mem_strdup(metric), mem_strdup(statistic), value};
}

static void rows_finish(struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        free(rows->row[i].entity);
        free(rows->row[i].metric);
        free(rows->row[i].statistic);
    }
    free(rows->row);
    *rows = (struct rows){0};
}

static void assert_row(const struct row *row, int64_t time_ns, const char *metric,
                       const char *statistic, double value)
{
    ck_assert_int_eq(row->time_ns, time_ns);
    ck_assert_str_eq(row->metric, metric);
    ck_assert_str_eq(row->statistic, statistic);
    ck_assert_double_eq(row->value, value);
}

START_TEST(points_are_gathered)
{
    struct rows rows = {0};
    struct series series = {0};
    const struct series_sink sink = {add_row, &rows};
    for (int i = 0; i < 2; i++) {
        series_sum(&series, "e", "A", "Count", 2 + i);
        series_average(&series, "e", "D", "Percent", 10.0 * (i + 1), i + 1); /* 10 once and twice */
        series_maximum(&series, "e", "M", "Percent", i == 0 ? -5 : -7);
        series_average(&series, "e", "I", "Percent", 0, 0); /* nothing */
        series_maximum(&series, "e", "J", "Percent", NAN);
        series_sum(&series, "e", "K", "Count", NAN);
        series_events(&series, "e", "L", "Count", 0, 0);
        series_maximum(&series, "g", "D", "Percent", i == 0 ? NAN : 3);
    }
    series_end_period(&series, 120, &sink, NULL);
    ck_assert_uint_eq(rows.count, 4);
    assert_row(&rows.row[0], 0, "A", "Sum", 5);
    assert_row(&rows.row[1], 0, "D", "Average", 10);
    assert_row(&rows.row[2], 0, "M", "Maximum", -5);
    assert_row(&rows.row[3], 0, "D", "Maximum", 3);
    ck_assert_str_eq(rows.row[3].entity, "g");
    rows_finish(&rows);
    series_maximum(&series, "e", "J", "Percent", 1); /* in the place of its first sight */
    series_sum(&series, "e", "A", "Count", 1);
    series_end_period(&series, 240, &sink, NULL);
    ck_assert_uint_eq(rows.count, 2);
    assert_row(&rows.row[0], 120, "A", "Sum", 1);
    assert_row(&rows.row[1], 120, "J", "Maximum", 1);
    rows_finish(&rows);
    series_finish(&series);
}
END_TEST

static double wished(struct series *series, const char *metric, const char *statistic,
                     double percentile)
{
    const struct series_wish wish = {"e", metric, statistic, percentile};
    struct rows rows = {0};
    struct series copy = {0};
    const struct series_sink sink = {add_row, &rows};
    series_add(&copy, series);
    series_end_period(&copy, 180, &sink, &wish);
    ck_assert_uint_le(rows.count, 1);
    const double value = rows.count == 1 ? rows.row[0].value : NAN;
    ck_assert(rows.count == 0 || (strcmp(rows.row[0].statistic, statistic) == 0 &&
                                  strcmp(rows.row[0].metric, metric) == 0));
    rows_finish(&rows);
    series_finish(&copy);
    return value;
}

/* Of three minutes: 1 of 4 and 0 of 6 samples, a level, times of 2, 3 and 4 ms. */
START_TEST(who_wishes_gets_every_statistic)
{
    static const char *const metrics[] = {"Errors", "Visible", "Duration"};
    static const double expected[][SERIES_STATISTICS] = {
        {1, 0.1, 1, 0, 10}, {12, 4, 7, 2, 3}, {9, 3, 4, 2, 3}};
    struct rows rows = {0};
    struct series series = {0};
    struct series_times times = {0};
    const struct series_sink sink = {add_row, &rows};
    for (int i = 0; i < 3; i++) {
        series_events(&series, "e", "Errors", "Count", i == 0, (uint64_t[]){4, 0, 6}[i]);
        series_level(&series, "e", "Visible", "Count", (double[]){7, 2, 3}[i]);
        if (i > 0)
            series_time(&times, NS_PER_MS * 2 * i);
        if (i == 1)
            series_time(&times, NS_PER_MS * 3);
        series_tell_times(&series, "e", "Duration", "Milliseconds", 1e6, SERIES_BIT(SERIES_AVERAGE),
                          &times);
        ck_assert_uint_eq(times.count, 0);
    }
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < SERIES_STATISTICS; k++)
            ck_assert_double_eq(wished(&series, metrics[i], series_statistic_names[k], NAN),
                                expected[i][k]);
    ck_assert_double_nan(wished(&series, "Duration", "p50", 0.5)); /* too late to ask */
    series_end_period(&series, 240, &sink, NULL);
    ck_assert_uint_eq(rows.count, 3);
    rows_finish(&rows);
    ck_assert_double_nan(wished(&series, "Errors", "Sum", NAN)); /* nothing came since */
    series_names(&series, &sink);
    ck_assert_uint_eq(rows.count, 3 * SERIES_STATISTICS + 1); /* and pNN of the times */
    rows_finish(&rows);
    series_finish(&series);
}
END_TEST

/* 1 to 100 ms in two minutes, of which the second has the longer half; a bucket is 1/128. */
START_TEST(percentiles_are_those_of_the_period)
{
    const struct series_wish wish = {"e", "Duration", "p90", 0.9};
    const struct series_wish *const wishes[] = {&wish};
    struct series minute = {.wish = wishes, .wishes = 1}, period = {0};
    struct series_times times = {0};
    series_tell_times(&minute, "e", "Duration", "Milliseconds", 1e6, 1, &times);
    for (int half = 0; half < 2; half++) {
        for (int i = 1; i <= 50; i++)
            series_time(&times, (half * 50 + i) * NS_PER_MS);
        series_tell_times(&minute, "e", "Duration", "Milliseconds", 1e6, 1, &times);
        ck_assert_double_eq_tol(wished(&minute, "Duration", "p90", 0.9), half * 50 + 45, 0.6);
        series_add(&period, &minute);
        series_restart(&minute, 0);
    }
    ck_assert_double_eq_tol(wished(&period, "Duration", "p90", 0.9), 90, 0.6);
    ck_assert_double_eq(wished(&period, "Duration", "p100", 1), 100);
    series_finish(&minute);
    series_finish(&period);
}
END_TEST

/* A stream read by f, asynchronous calls of g, calls of h; or servers in their place. */
struct system {
    struct stream_case streams; /* for its configuration */
    struct function_config function[3];
    struct model_direct direct[2];
    struct model_mapping mapping;
    struct model_config model;
    struct fleet_config fleet;
    struct fleet_port_config port[3];
};

static void system_init(struct system *s, bool servers)
{
    static const char *const names[] = {"f", "g", "h"};
    stream_case_init(&s->streams, 2, 300, 0);
    s->streams.config.write_records_per_s = 140; /* some are refused */
    for (size_t i = 0; i < 3; i++) {
        s->function[i] = case_function(names[i], case_exponential(0.4e9));
        s->function[i].error_rate = 0.2;
        s->port[i] = (struct fleet_port_config){.function = names[i],
                                                .cpu = s->function[i].cpu,
                                                .duration_ns = s->function[i].duration_ns};
    }
    s->function[2].provisioned = 1;
    s->direct[0] = case_poisson("a", 1);
    s->direct[0].to.index = 1;
    s->direct[0].async = true;
    s->direct[1] = case_poisson("b", 2);
    s->direct[1].to.index = 2;
    s->mapping = (struct model_mapping){.config = s->streams.mapping[0]};
    s->model = case_model(s->function, 3, s->direct, 2);
    s->model.stream = &s->streams.config;
    s->model.streams = 1;
    s->model.mapping = &s->mapping;
    s->model.mappings = 1;
    s->fleet = (struct fleet_config){.name = "b",
                                     .instance_type = "m5.large",
                                     .vcpus = 2,
                                     .workers = 2,
                                     .cpu_speed = 0.1,
                                     .min_size = 3,
                                     .max_size = 3,
                                     .desired_capacity = 3,
                                     .queue_capacity = 100,
                                     .boot_ns = case_constant(0),
                                     .billing_step_ns = NS_PER_S,
                                     .ebs_type = "gp3"};
    s->model.fleet = servers ? &s->fleet : NULL;
    s->model.fleet_port = s->port;
}

static void system_finish(struct system *s)
{
    free(s->streams.target[0].call);
    event_queue_finish(&s->streams.simulation.queue);
}

static struct rows rows_of(bool servers, int64_t period_s, double warm_up_s, double end_s)
{
    struct system s;
    system_init(&s, servers);
    struct rows rows = {0};
    const struct series_sink sink = {add_row, &rows};
    const struct model_series series = {.sink = &sink, .period_ns = period_s * NS_PER_S};
    const struct model_hooks hooks = {.series = &series, .series_count = 1};
    struct case_result r =
        case_finish_run(model_create(&s.model, 1, 0, SECONDS(end_s)), warm_up_s, &hooks);
    ck_assert_msg(r.status == MODEL_DONE, "%s", r.failure);
    case_result_finish(&r);
    system_finish(&s);
    return rows;
}

static bool same_point(const struct row *a, const struct row *b)
{
    return strcmp(a->entity, b->entity) == 0 && strcmp(a->metric, b->metric) == 0 &&
           strcmp(a->statistic, b->statistic) == 0;
}

/* What the minutes' values say of the row's five; the weight of an average's minute is the row of
 * `weight` at that time, or 1. */
static double together(const struct rows *minutes, const struct row *row, const char *weight)
{
    const int64_t end_ns = row->time_ns + 300 * NS_PER_S;
    double sum = 0, weights = 0, most = -INFINITY;
    for (size_t i = 0; i < minutes->count; i++) {
        const struct row *const m = &minutes->row[i];
        if (!same_point(m, row) || m->time_ns < row->time_ns || m->time_ns >= end_ns)
            continue;
        double w = weight == NULL ? 1 : 0;
        for (size_t k = 0; k < minutes->count && weight != NULL; k++)
            if (minutes->row[k].time_ns == m->time_ns &&
                strcmp(minutes->row[k].entity, m->entity) == 0 &&
                strcmp(minutes->row[k].metric, weight) == 0)
                w = minutes->row[k].value;
        sum += m->value * w;
        weights += w;
        most = fmax(most, m->value);
    }
    ck_assert_msg(weights > 0, "%s %s has no minutes", row->entity, row->metric);
    return strcmp(row->statistic, "Sum") == 0       ? sum
           : strcmp(row->statistic, "Maximum") == 0 ? most
                                                    : sum / weights;
}

static size_t check_periods(const struct rows *minutes, const struct rows *fives)
{
    size_t nonzero = 0;
    for (size_t i = 0; i < fives->count; i++) {
        const struct row *const row = &fives->row[i];
        const bool average = strcmp(row->statistic, "Average") == 0;
        if (average && strstr(row->metric, "IteratorAge") != NULL)
            continue; /* by batches or reads, which no point counts */
        const char *const weight = strcmp(row->metric, "Duration") == 0 ? "Invocations" : NULL;
        const double expected = together(minutes, row, average ? weight : NULL);
        ck_assert_msg(fabs(row->value - expected) <= 1e-9 * fabs(expected),
                      "%s %s %s at %lld: %.17g, its minutes give %.17g", row->entity, row->metric,
                      row->statistic, (long long)(row->time_ns / NS_PER_S), row->value, expected);
        nonzero += row->value != 0;
    }
    return nonzero;
}

START_TEST(five_minutes_are_what_their_minutes_are)
{
    for (int servers = 0; servers < 2; servers++) {
        struct rows minutes = rows_of(servers, 60, 0, 1500);
        struct rows fives = rows_of(servers, 300, 0, 1500);
        ck_assert_uint_ge(minutes.count, 4 * fives.count);
        /* Nearly all points are more than 0 == 0. */
        ck_assert_uint_ge(check_periods(&minutes, &fives), (servers ? 50 : 95));
        rows_finish(&minutes);
        rows_finish(&fives);
    }
}
END_TEST

static double sum_of(const struct rows *rows, const struct row *like)
{
    double sum = 0;
    for (size_t i = 0; i < rows->count; i++)
        if (same_point(&rows->row[i], like))
            sum += rows->row[i].value;
    return sum;
}

/* The series shows the warm-up too: neither its end nor the run's, inside a minute, loses any. */
START_TEST(nothing_is_lost_between_periods)
{
    for (int servers = 0; servers < 2; servers++) {
        struct rows whole = rows_of(servers, 86400, 430, 1010);
        struct rows minutes = rows_of(servers, 60, 430, 1010);
        struct rows fives = rows_of(servers, 300, 430, 1010);
        size_t sums = 0;
        for (size_t i = 0; i < whole.count; i++) {
            const struct row *const row = &whole.row[i];
            ck_assert_int_eq(row->time_ns, 0);
            if (strcmp(row->statistic, "Sum") != 0)
                continue;
            ck_assert_double_eq(sum_of(&minutes, row), row->value);
            ck_assert_double_eq(sum_of(&fives, row), row->value);
            sums += row->value > 0;
        }
        ck_assert_uint_ge(sums, (servers ? 5 : 12));
        ck_assert_int_eq(minutes.row[minutes.count - 1].time_ns, 960 * NS_PER_S);
        ck_assert_int_eq(fives.row[fives.count - 1].time_ns, 900 * NS_PER_S);
        rows_finish(&whole);
        rows_finish(&minutes);
        rows_finish(&fives);
    }
}
END_TEST

/* Whatever order thousands of entities tell in, each point is gathered once. */
START_TEST(thousands_of_entities)
{
    enum { ENTITIES = 20000, METRICS = 4 };
    static const char *const metrics[METRICS] = {"a", "b", "c", "d"};
    static char entity[ENTITIES][30];
    struct series series = {0};
    for (int i = 0; i < ENTITIES; i++)
        snprintf(entity[i], sizeof entity[i], "function:f%d", i);
    for (int turn = 0; turn < 2; turn++)
        for (int i = 0; i < ENTITIES; i++)
            for (int k = 0; k < METRICS; k++)
                series_sum(&series, entity[turn == 0 ? i : ENTITIES - 1 - i], metrics[k], "count",
                           1);
    ck_assert_uint_eq(series.points, (size_t)ENTITIES * METRICS);
    series_finish(&series);
}
END_TEST

TEST_MAIN("unit_series", points_are_gathered, who_wishes_gets_every_statistic,
          percentiles_are_those_of_the_period, five_minutes_are_what_their_minutes_are,
          nothing_is_lost_between_periods, thousands_of_entities)
