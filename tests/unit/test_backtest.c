/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was observed is counted from calls in any order; predictions of a small scenario stand
 * beside it; what a log does not show is said. */
#include "harness.h"

#include "history/backtest_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define S INT64_C(1000000000)
#define MS INT64_C(1000000)
#define COUNT(list) (sizeof(list) / sizeof *(list))

static const struct backtest_defaults defaults = {.memory_mb = 128};

/* A call of `f`, 128 MB, that took `ms`, all of it billed in steps of 100 ms. */
static struct invocation_record call(double start_s, double ms, int cold)
{
    struct invocation_record record = record_blank();
    record.time_ns = (int64_t)(start_s * 1e9);
    record.at_start = record.relative = true;
    record.function = "f";
    record.duration_ns = (int64_t)(ms * 1e6);
    record.billed_ns = (int64_t)ceil(ms / 100) * 100 * MS;
    record.memory_mb = 128;
    record.cold = cold;
    return record;
}

static struct call_log *log_of(const struct invocation_record *record, size_t count,
                               struct diagnostics *d)
{
    struct call_log *const log = call_log_create();
    diagnostics_init(d);
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(call_log_add(log, &record[i]), 0);
    return log;
}

static struct call_log *good_log(const struct invocation_record *record, size_t count)
{
    struct diagnostics d;
    struct call_log *const log = log_of(record, count, &d);
    ck_assert_int_eq(call_log_finish(log, &d), 0);
    ck_assert_uint_eq(d.count, 0);
    diagnostics_finish(&d);
    return log;
}

static void assert_told(const struct diagnostics *d, const char *part)
{
    bool found = false;
    for (size_t i = 0; i < d->count; i++)
        found = found || strstr(d->item[i].text, part) != NULL;
    ck_assert_msg(found, "nothing says \"%s\"; the first is %s", part,
                  d->count > 0 ? d->item[0].text : "(none)");
}

/* Five calls, not in their order; A 0-1, B 0.5-2.5, C 1-1.2 (A has just ended), D 2-3, E 10-10.05.
 * At most two at once: C begins when A ends. */
START_TEST(observed_by_hand)
{
    const struct invocation_record record[] = {call(2, 1000, 0), call(0, 1000, 1), call(1, 200, 0),
                                               call(10, 50, 0), call(0.5, 2000, 1)};
    struct call_log *const log = good_log(record, COUNT(record));
    struct backtest_seen seen;
    backtest_observe(&seen, log, 0, INT64_MIN, INT64_MAX, &defaults);
    ck_assert_uint_eq(seen.calls, 5);
    ck_assert_double_eq(seen.value[BACKTEST_INVOCATIONS], 5);
    ck_assert_double_eq(seen.value[BACKTEST_COLD_STARTS], 2);
    ck_assert_double_eq(seen.value[BACKTEST_BILLED_MS], 1000 + 1000 + 200 + 100 + 2000);
    ck_assert_double_eq(seen.value[BACKTEST_CONCURRENCY], 2);
    ck_assert(seen.billed_mb_ns == (int128)4300 * MS * 128);
    ck_assert_int_eq(seen.longest_ns, 2 * S);
    ck_assert_uint_eq(seen.found_warm, 0);
    ck_assert_int_eq(seen.other_memory_mb, UNKNOWN_VALUE);
    /* Ranks 3, 5 and 5 of 50, 200, 1000, 1000, 2000; at most 0.4 % off. */
    ck_assert_double_eq_tol(seen.value[BACKTEST_P50], 1000, 4);
    ck_assert_double_eq_tol(seen.value[BACKTEST_P95], 2000, 8);
    ck_assert_double_eq_tol(seen.value[BACKTEST_P99], 2000, 8);
    ck_assert(isnan(seen.value[BACKTEST_THROTTLES]) && seen.missing[BACKTEST_THROTTLES] != NULL);
    backtest_seen_finish(&seen);
    /* From 2 s on: D and E, while B still runs. */
    backtest_observe(&seen, log, 0, 2 * S, INT64_MAX,
                     &(struct backtest_defaults){.memory_mb = 512});
    ck_assert_double_eq(seen.value[BACKTEST_INVOCATIONS], 2);
    ck_assert_double_eq(seen.value[BACKTEST_COLD_STARTS], 0);
    ck_assert_double_eq(seen.value[BACKTEST_CONCURRENCY], 2);
    ck_assert_int_eq(seen.other_memory_mb, 128);
    backtest_seen_finish(&seen);
    call_log_destroy(log);
}
END_TEST

/* An init that is not told is what the model has: the second call then overlaps. */
START_TEST(untold_inits_run_too)
{
    struct invocation_record record[] = {call(0, 1000, 1), call(1.2, 1000, 1)};
    struct call_log *log = good_log(record, COUNT(record));
    struct backtest_seen seen;
    backtest_observe(&seen, log, 0, INT64_MIN, INT64_MAX, &defaults);
    ck_assert_double_eq(seen.value[BACKTEST_CONCURRENCY], 1);
    backtest_seen_finish(&seen);
    const struct backtest_defaults slow = {.memory_mb = 128, .init_ns = 300 * MS};
    backtest_observe(&seen, log, 0, INT64_MIN, INT64_MAX, &slow);
    ck_assert_double_eq(seen.value[BACKTEST_CONCURRENCY], 2);
    backtest_seen_finish(&seen);
    call_log_destroy(log);
    record[0].init_ns = 100 * MS; /* told */
    log = good_log(record, COUNT(record));
    backtest_observe(&seen, log, 0, INT64_MIN, INT64_MAX, &slow);
    ck_assert_double_eq(seen.value[BACKTEST_CONCURRENCY], 1);
    backtest_seen_finish(&seen);
    call_log_destroy(log);
}
END_TEST

/* Two were warm at once before any environment was seen, a third when both were busy. */
START_TEST(environments_from_before)
{
    const struct invocation_record record[] = {call(0, 1000, 0),   call(0.5, 1000, 0),
                                               call(0.7, 1000, 1), call(0.8, 1000, 0),
                                               call(5, 1000, 0),   call(6, 1000, 0)};
    struct call_log *const log = good_log(record, COUNT(record));
    struct backtest_seen seen;
    backtest_observe(&seen, log, 0, INT64_MIN, INT64_MAX, &defaults);
    ck_assert_uint_eq(seen.found_warm, 3);
    ck_assert_double_eq(seen.value[BACKTEST_CONCURRENCY], 4);
    backtest_seen_finish(&seen);
    call_log_destroy(log);
}
END_TEST

START_TEST(what_is_not_told)
{
    struct invocation_record record[] = {call(0, 100, 1), call(1, 100, UNKNOWN_VALUE),
                                         call(2, 100, 0)};
    record[0].billed_ns = record[1].billed_ns = record[2].billed_ns = UNKNOWN_VALUE;
    struct call_log *log = good_log(record, COUNT(record));
    struct backtest_seen seen;
    backtest_observe(&seen, log, 0, INT64_MIN, INT64_MAX, &defaults);
    ck_assert_str_eq(seen.missing[BACKTEST_COLD_STARTS],
                     "1 of 3 calls do not tell whether they were cold");
    ck_assert_str_eq(seen.missing[BACKTEST_BILLED_MS],
                     "the calls do not tell their Billed Duration");
    ck_assert_ptr_nonnull(seen.missing[BACKTEST_COST]);
    ck_assert_ptr_null(seen.missing[BACKTEST_P50]);
    backtest_seen_finish(&seen);
    call_log_destroy(log);
    /* Counts of calls with a mean duration tell neither quantiles nor overlap. */
    record[1].count = 7;
    record[1].span_ns = 60 * S;
    log = good_log(record, COUNT(record));
    backtest_observe(&seen, log, 0, INT64_MIN, INT64_MAX, &defaults);
    ck_assert_double_eq(seen.value[BACKTEST_INVOCATIONS], 9);
    ck_assert_str_eq(seen.missing[BACKTEST_P95], "7 of 9 calls do not tell each its own duration");
    ck_assert_ptr_nonnull(seen.missing[BACKTEST_CONCURRENCY]);
    backtest_seen_finish(&seen);
    call_log_destroy(log);
}
END_TEST

/* Logs that overlap: the attempts of an event are there once each. */
START_TEST(calls_again_are_left_out)
{
    struct diagnostics d;
    struct invocation_record record[] = {call(0, 100, 0), call(60, 100, 0), call(0, 100, 0),
                                         call(60, 100, 0), call(0, 101, 0)};
    for (size_t i = 0; i < COUNT(record); i++) {
        record[i].relative = false;
        record[i].request_id = "event"; /* with retries */
    }
    struct call_log *const log = log_of(record, COUNT(record), &d);
    ck_assert_int_eq(call_log_finish(log, &d), 0);
    size_t calls;
    call_log_calls(log, 0, &calls);
    ck_assert_uint_eq(calls, 3);
    assert_told(&d, "2 invocations come again with the same request id");
    diagnostics_finish(&d);
    call_log_destroy(log);
}
END_TEST

/* What tells only when a bin begins is spread over it; the last one ends the recording. */
START_TEST(counts_are_spread_over_their_bins)
{
    struct invocation_record record[] = {call(0, 100, 0), call(60, 100, 0), call(180, 100, 0)};
    size_t calls;
    for (size_t i = 0; i < COUNT(record); i++) {
        record[i].span_ns = UNKNOWN_VALUE;
        record[i].count = 5;
    }
    struct call_log *const log = good_log(record, COUNT(record));
    const struct call *const got = call_log_calls(log, 0, &calls);
    ck_assert_int_eq(got[2].span_ns, 60 * S);
    ck_assert_int_eq(call_log_last_ns(log) - call_log_first_ns(log), 240 * S);
    ck_assert_int_eq(call_log_end_ns(log), call_log_last_ns(log) + call_busy_ns(&got[2]));
    call_log_destroy(log);
}
END_TEST

/* CloudWatch counts what logs do not have. */
START_TEST(throttles_are_points)
{
    const struct invocation_record record = call(0, 100, 1);
    struct metric_point point = {.time_ns = 60 * S,
                                 .period_ns = 60 * S,
                                 .entity = "f",
                                 .metric = "Throttles",
                                 .statistic = "Sum",
                                 .value = 3};
    struct diagnostics d;
    struct backtest_seen seen;
    struct call_log *const log = log_of(&record, 1, &d);
    ck_assert_int_eq(call_log_add_point(log, &point), 0);
    point.time_ns = 120 * S;
    point.value = 4;
    ck_assert_int_eq(call_log_add_point(log, &point), 0);
    point.statistic = "Average";
    ck_assert_int_eq(call_log_add_point(log, &point), 0);
    point.statistic = "Sum";
    point.metric = "Errors";
    ck_assert_int_eq(call_log_add_point(log, &point), 0);
    ck_assert_int_eq(call_log_finish(log, &d), 0);
    backtest_observe(&seen, log, 0, INT64_MIN, INT64_MAX, &defaults);
    ck_assert_double_eq(seen.value[BACKTEST_THROTTLES], 7);
    ck_assert_ptr_null(seen.missing[BACKTEST_THROTTLES]);
    backtest_seen_finish(&seen);
    backtest_observe(&seen, log, 0, 100 * S, INT64_MAX, &defaults);
    ck_assert_double_eq(seen.value[BACKTEST_THROTTLES], 4);
    backtest_seen_finish(&seen);
    call_log_destroy(log);
    diagnostics_finish(&d);
}
END_TEST

/* GetMetricStatistics does not name the function, GetMetricData not the statistic. */
START_TEST(throttles_without_a_name)
{
    const struct metric_point point = {.metric = "Throttles", .value = 3};
    struct invocation_record record[] = {call(0, 100, 1), call(1, 100, 0)};
    struct diagnostics d;
    size_t points;
    struct call_log *log = log_of(record, 2, &d);
    ck_assert_int_eq(call_log_add_point(log, &point), 0);
    ck_assert_int_eq(call_log_finish(log, &d), 0);
    ck_assert_uint_eq(d.count, 0);
    ck_assert_double_eq(call_log_throttles(log, 0, &points)->count, 3);
    call_log_throttles(log, 1, &points);
    ck_assert_uint_eq(points, 0);
    call_log_destroy(log);
    diagnostics_finish(&d);
    const struct metric_point named = {.entity = "g", .metric = "Throttles", .value = 3};
    record[0].function = record[1].function = NULL; /* nor do some logs */
    log = log_of(record, 2, &d);
    ck_assert_int_eq(call_log_add_point(log, &named), 0);
    ck_assert_int_eq(call_log_finish(log, &d), 0);
    ck_assert_double_eq(call_log_throttles(log, 0, &points)->count, 3);
    call_log_destroy(log);
    diagnostics_finish(&d);
    record[0].function = "f";
    record[1].function = "g";
    log = log_of(record, 2, &d);
    ck_assert_int_eq(call_log_add_point(log, &point), 0);
    ck_assert_int_eq(call_log_finish(log, &d), 0);
    assert_told(&d, "Throttles that name no function are left out");
    call_log_throttles(log, 0, &points);
    ck_assert_uint_eq(points, 0);
    call_log_destroy(log);
    diagnostics_finish(&d);
}
END_TEST

/* Functions apart, in the order of their starts, those of one start in the order of the input. */
START_TEST(calls_are_sorted)
{
    struct invocation_record record[400];
    for (size_t i = 0; i < COUNT(record); i++) {
        record[i] = call((double)(i * 37 % 100), (double)i, 0);
        record[i].function = i % 3 == 0 ? "a" : i % 3 == 1 ? "b" : NULL;
    }
    struct call_log *const log = good_log(record, COUNT(record));
    ck_assert_uint_eq(call_log_functions(log), 3);
    ck_assert_str_eq(call_log_name(log, 0), "a");
    ck_assert_str_eq(call_log_name(log, 2), "");
    ck_assert(call_log_relative(log));
    ck_assert_int_eq(call_log_first_ns(log), 0);
    ck_assert_int_eq(call_log_last_ns(log), 99 * S);
    size_t all = 0;
    for (size_t f = 0; f < 3; f++) {
        size_t calls;
        const struct call *const c = call_log_calls(log, f, &calls);
        for (size_t i = 0; i < calls; i++) {
            ck_assert_uint_eq(c[i].function, f);
            ck_assert_uint_eq((uint64_t)(c[i].duration_ns / MS) % 3, f);
            if (i > 0)
                ck_assert(c[i - 1].start_ns < c[i].start_ns ||
                          (c[i - 1].start_ns == c[i].start_ns && c[i - 1].order < c[i].order));
        }
        all += calls;
    }
    ck_assert_uint_eq(all, 400);
    call_log_destroy(log);
}
END_TEST

/* A REPORT line comes at the end, behind the initialisation; what a timeout took over is not the
 * call's. */
START_TEST(starts_are_found)
{
    struct invocation_record record[] = {call(100, 2000, UNKNOWN_VALUE), call(50, 3003.16, 0)};
    record[0].at_start = false;
    record[0].init_ns = 500 * MS;
    record[1].billed_ns = 3000 * MS;
    struct call_log *const log = good_log(record, COUNT(record));
    size_t calls;
    const struct call *const c = call_log_calls(log, 0, &calls);
    ck_assert_uint_eq(calls, 2);
    ck_assert_int_eq(c[0].duration_ns, 3000 * MS);
    ck_assert_int_eq(c[1].start_ns, 97500 * MS);
    ck_assert_int_eq(c[1].cold, 1);
    ck_assert_int_eq(call_busy_ns(&c[1]), 2500 * MS);
    ck_assert_int_eq(call_log_end_ns(log), 100 * S);
    call_log_destroy(log);
}
END_TEST

/* 1900.00 ms that were billed as 2000 were more than 1900; 1900.00 ms billed as such were not. */
START_TEST(printed_durations_are_rounded)
{
    struct invocation_record record[] = {call(0, 1900, 0), call(10, 1900, 0), call(20, 1850, 0)};
    record[0].billed_ns = 2000 * MS;
    struct call_log *const log = good_log(record, COUNT(record));
    size_t calls;
    const struct call *const c = call_log_calls(log, 0, &calls);
    ck_assert_int_eq(c[0].duration_ns, 1900 * MS + 1);
    ck_assert_int_eq(c[1].duration_ns, 1900 * MS);
    ck_assert_int_eq(c[2].duration_ns, 1850 * MS + 1); /* to no effect */
    call_log_destroy(log);
}
END_TEST

START_TEST(bad_calls)
{
    struct diagnostics d;
    struct invocation_record record[] = {call(0, 1, 1), call(1, 1, 1), call(2, 1, 1)};
    record[0].relative = false;
    record[0].time_ns = UNKNOWN_VALUE;
    record[1].duration_ns = UNKNOWN_VALUE;
    record[2].time_ns = INT64_MAX;
    struct call_log *log = log_of(record, COUNT(record), &d);
    ck_assert_int_eq(call_log_finish(log, &d), -1);
    assert_told(&d, "1 calls do not say when they were: they are left out");
    assert_told(&d, "1 calls do not say how long they took");
    assert_told(&d, "1 calls have a time, duration or count that is impossible");
    assert_told(&d, "there is no call that says when it was and how long it took");
    call_log_destroy(log);
    diagnostics_finish(&d);
    record[2].time_ns = 2 * S;
    record[0].time_ns = 1600000000 * S;
    log = log_of(record, COUNT(record), &d);
    ck_assert_int_eq(call_log_finish(log, &d), -1);
    assert_told(&d, "some times count from 1970 and some from the trace's beginning");
    call_log_destroy(log);
    diagnostics_finish(&d);
}
END_TEST

START_TEST(no_room_for_calls)
{
    struct diagnostics d;
    const struct invocation_record record = call(0, 1, 1);
    ck_assert_int_eq(setenv("TMPDIR", "/nowhere/at/all", 1), 0);
    struct call_log *const log = call_log_create();
    diagnostics_init(&d);
    ck_assert_int_ne(call_log_add(log, &record), 0);
    ck_assert_int_eq(call_log_finish(log, &d), -1);
    assert_told(&d, "the temporary file of the calls cannot be written: No such file");
    call_log_destroy(log);
    diagnostics_finish(&d);
}
END_TEST

START_TEST(replications_of_an_interval)
{
    ck_assert_uint_eq(backtest_replications(0.95, 1), 39);
    ck_assert_uint_eq(backtest_replications(0.95, 5), 199);
    ck_assert_uint_eq(backtest_replications(0.99, 1), 199);
    ck_assert_uint_eq(backtest_replications(0.5, 1), 3);
    ck_assert_uint_eq(backtest_replications(0.999, 1), 1999);
}
END_TEST

/* --- a scenario ----------------------------------------------------------------------------- */

static const char scenario_text[] =
    "{\"name\": \"small\", \"as_of\": \"2024-01-01\", \"region\": \"us-east-1\","
    " \"run\": {\"duration_s\": 10, \"replications\": 1, \"seed\": 5},"
    " \"workloads\": {\"w\": {\"to\": \"function:f\","
    "   \"arrivals\": {\"process\": \"poisson\", \"rate_per_s\": 100}},"
    "  \"o\": {\"to\": \"function:other\","
    "   \"arrivals\": {\"process\": \"constant\", \"rate_per_s\": 1}}},"
    " \"functions\": {\"f\": {\"memory_size\": 256, \"reference_memory_size\": 128,"
    "   \"timeout\": 1, \"error_rate\": 0.5, \"per_record_ms\": 7, \"keep_alive_s\": 100,"
    "   \"duration_ms\": 40, \"init_duration_ms\": 300,"
    "   \"max_memory_used_mb\": 10000},"
    "  \"other\": {\"memory_size\": 128, \"duration_ms\": 1, \"init_duration_ms\": 1}}}";

struct case_of {
    struct world world;
    struct scenario *scenario;
    struct backtest_result result;
    struct diagnostics d;
};

static void set_up(struct case_of *c)
{
    static const struct scenario_overrides none = {NULL, NULL, NULL};
    *c = (struct case_of){0};
    diagnostics_init(&c->d);
    diagnostics_init(&c->result.notes);
    ck_assert_int_eq(world_load(&c->world, DATA_DIR, &c->d), 0);
    const struct scenario_data data = world_scenario_data(&c->world);
    c->scenario =
        scenario_parse(scenario_text, strlen(scenario_text), "small.json", &data, &none, &c->d);
    ck_assert_msg(c->scenario != NULL, "%s", c->d.count > 0 ? c->d.item[0].text : "");
}

static void tear_down(struct case_of *c)
{
    scenario_destroy(c->scenario);
    world_finish(&c->world);
    backtest_result_finish(&c->result);
    diagnostics_finish(&c->d);
}

static struct backtest_options all_metrics(void)
{
    struct backtest_options options = {.confidence = 0.9};
    memset(options.wanted, true, sizeof options.wanted);
    return options;
}

static const struct backtest_row *row(const struct case_of *c, const char *metric)
{
    for (size_t i = 0; i < c->result.rows; i++)
        if (strcmp(c->result.row[i].metric, metric) == 0)
            return &c->result.row[i];
    ck_abort_msg("no row %s", metric);
    return NULL;
}

/* Recorded durations are what runs, whatever the scenario makes of durations, errors, timeouts and
 * memory; the scenario's own arrivals are gone. 128 MB were billed, 256 are predicted. */
START_TEST(a_replay_is_exact)
{
    struct case_of c;
    const struct study_hooks hooks = {0};
    const struct backtest_options options = all_metrics();
    struct invocation_record record[] = {call(0, 1500, 1), call(0.2, 33.5, 1), call(50, 10, 0),
                                         call(500, 700, 1)};
    for (size_t i = 0; i < COUNT(record); i++)
        record[i].billed_ns = (record[i].duration_ns + MS - 1) / MS * MS;
    struct call_log *const log = good_log(record, COUNT(record));
    set_up(&c);
    /* What was waited for, and what was deployed, is in the recording. */
    char database[] = "db", function[] = "f";
    struct call_spec calls = {
        .to = {ENTITY_DOWNSTREAM, database, 0}, .count = 9, .share = 1, .timeout_ms = UNSET_NUMBER};
    struct downstream_spec downstream = {.name = database};
    struct fault_spec fault = {.kind = TROUBLE_DEPLOY, .at_s = 30, .function = function};
    distribution_constant(&downstream.latency_ms, 100);
    c.scenario->function[0].call = &calls;
    c.scenario->function[0].calls = 1;
    c.scenario->downstream = &downstream;
    c.scenario->downstreams = 1;
    c.scenario->fault = &fault;
    c.scenario->faults = 1;
    ck_assert_int_eq(backtest_replay(&c.result, c.scenario, &c.world, log, &options, &hooks, &c.d),
                     STUDY_DONE);
    c.scenario->function[0].call = NULL;
    c.scenario->downstream = NULL;
    c.scenario->fault = NULL;
    c.scenario->function[0].calls = c.scenario->downstreams = c.scenario->faults = 0;
    ck_assert_uint_eq(c.result.replications, 99);
    ck_assert_uint_eq(c.result.functions, 1);
    ck_assert_uint_eq(c.result.calls, 4);
    ck_assert_double_eq(row(&c, "invocations")->predicted, 4);
    /* 300 ms of init: the call at 0.2 s needs another environment; both are gone at 500 s. */
    ck_assert_double_eq(row(&c, "cold_starts")->predicted, 3);
    ck_assert_double_eq(row(&c, "cold_starts")->observed, 3);
    ck_assert_double_eq(row(&c, "billed_ms")->predicted, 1500 + 34 + 10 + 700);
    ck_assert_double_eq(row(&c, "billed_ms")->low, 2244);
    ck_assert_double_eq(row(&c, "billed_ms")->high, 2244);
    ck_assert(row(&c, "billed_ms")->inside);
    ck_assert_double_eq(row(&c, "duration_ms.p50")->predicted,
                        row(&c, "duration_ms.p50")->observed);
    ck_assert_double_eq(row(&c, "concurrent_executions.max")->predicted, 2);
    ck_assert_double_eq_tol(row(&c, "cost_usd")->predicted,
                            4 * 0.2e-6 + 2.244 * 0.25 * 0.0000166667, 1e-12);
    ck_assert_double_eq_tol(row(&c, "cost_usd")->observed,
                            4 * 0.2e-6 + 2.244 * 0.125 * 0.0000166667, 1e-12);
    ck_assert(!row(&c, "cost_usd")->inside);
    ck_assert_uint_eq(c.result.outside, 1);
    /* Poisson of mean 3 at 90 %: 1 to 6, since the model has no luck here. */
    ck_assert_double_eq(row(&c, "cold_starts")->low, 1);
    ck_assert_double_eq(row(&c, "cold_starts")->high, 6);
    ck_assert_double_eq_tol(c.result.outside_by_chance, 0.1, 1e-12);
    ck_assert_uint_eq(c.result.missings, 1); /* throttles */
    assert_told(&c.result.notes, "functions.f.memory_size: calls ran with 128 MB, not with 256");
    assert_told(&c.result.notes, "functions.f.timeout: calls took up to 1.5 s, more than 1 s");
    assert_told(&c.result.notes, "faults: left out, what was recorded has had its own");
    call_log_destroy(log);
    tear_down(&c);
}
END_TEST

/* Durations of the scenario: 40 ms at 128 MB, half at 256, and 7 ms of work for the one record. */
START_TEST(a_replay_of_arrivals_only)
{
    struct case_of c;
    const struct study_hooks hooks = {0};
    struct backtest_options options = all_metrics();
    options.model_durations = true;
    const struct invocation_record record[] = {call(0, 1500, 0), call(50, 1500, 0)};
    struct call_log *const log = good_log(record, COUNT(record));
    set_up(&c);
    ck_assert_int_eq(backtest_replay(&c.result, c.scenario, &c.world, log, &options, &hooks, &c.d),
                     STUDY_DONE);
    ck_assert_double_eq_tol(row(&c, "duration_ms.p50")->predicted, 47 / 2.0, 0.2);
    ck_assert_double_eq(row(&c, "duration_ms.p50")->observed, 1500);
    ck_assert(!row(&c, "duration_ms.p50")->inside);
    /* The first found an environment, of which nothing but that is known. */
    ck_assert_double_eq(row(&c, "cold_starts")->predicted, 0);
    assert_told(&c.result.notes, "1 call was warm although no environment was known to be idle");
    call_log_destroy(log);
    tear_down(&c);
}
END_TEST

START_TEST(whose_calls_they_are)
{
    struct case_of c;
    const struct study_hooks hooks = {0};
    struct backtest_options options = all_metrics();
    struct invocation_record record[] = {call(0, 1, 1), call(1, 1, 0)};
    record[0].function = record[1].function = NULL;
    struct call_log *log = good_log(record, COUNT(record));
    set_up(&c); /* no name, two functions */
    ck_assert_int_eq(backtest_replay(&c.result, c.scenario, &c.world, log, &options, &hooks, &c.d),
                     STUDY_FAILED);
    assert_told(&c.d, "the calls are of (no name), the scenario has f, other; --function NAME");
    tear_down(&c);
    set_up(&c);
    options.function = "other";
    ck_assert_int_eq(backtest_replay(&c.result, c.scenario, &c.world, log, &options, &hooks, &c.d),
                     STUDY_DONE);
    ck_assert_str_eq(c.result.row[0].entity, "function:other");
    tear_down(&c);
    set_up(&c);
    options.function = "othre";
    ck_assert_int_eq(backtest_replay(&c.result, c.scenario, &c.world, log, &options, &hooks, &c.d),
                     STUDY_FAILED);
    assert_told(&c.d, "--function othre: there is no such function; did you mean `other`?");
    tear_down(&c);
    call_log_destroy(log);
    record[0].function = "f"; /* one that is known, one that is not */
    record[1].function = "g";
    log = good_log(record, COUNT(record));
    options.function = NULL;
    set_up(&c);
    ck_assert_int_eq(backtest_replay(&c.result, c.scenario, &c.world, log, &options, &hooks, &c.d),
                     STUDY_DONE);
    ck_assert_uint_eq(c.result.calls, 1);
    assert_told(&c.result.notes, "calls of 1 functions are left out");
    tear_down(&c);
    call_log_destroy(log);
}
END_TEST

START_TEST(nothing_to_forecast)
{
    struct case_of c;
    const struct study_hooks hooks = {0};
    const struct backtest_options options = all_metrics();
    const struct backtest_fit fit = {
        .split = {INT64_MIN, 0.7}, .name = "log", .region = "us-east-1", .as_of = "2024-01-01"};
    const struct backtest_fit late = {
        .split = {1000 * S, 0}, .name = "log", .region = "us-east-1", .as_of = "2024-01-01"};
    const struct invocation_record once[] = {call(5, 1, 1), call(5, 1, 0)};
    const struct invocation_record twice[] = {call(5, 1, 1), call(50, 1, 0)};
    struct call_log *log = good_log(once, 2);
    set_up(&c);
    ck_assert_int_eq(backtest_forecast(&c.result, &fit, &c.world, log, &options, &hooks, &c.d),
                     STUDY_FAILED);
    assert_told(&c.d, "all calls are at one time");
    tear_down(&c);
    call_log_destroy(log);
    log = good_log(twice, 2);
    set_up(&c);
    ck_assert_int_eq(backtest_forecast(&c.result, &late, &c.world, log, &options, &hooks, &c.d),
                     STUDY_FAILED);
    assert_told(&c.d, "--split lies outside of the time of the calls");
    tear_down(&c);
    set_up(&c); /* one call in the first part: no rate */
    ck_assert_int_eq(backtest_forecast(&c.result, &fit, &c.world, log, &options, &hooks, &c.d),
                     STUDY_FAILED);
    assert_told(&c.d, "no rate can be told");
    tear_down(&c);
    call_log_destroy(log);
}
END_TEST

/* What Azure allocated on average differs by day; it is no other size, with durations of its own.
 */
START_TEST(allocated_memory_is_no_size)
{
    struct case_of c;
    const struct study_hooks hooks = {0};
    const struct backtest_options options = all_metrics();
    const struct backtest_fit fit = {
        .split = {INT64_MIN, 0.75}, .name = "log", .region = "us-east-1", .as_of = "2024-01-01"};
    struct invocation_record record[400];
    for (int i = 0; i < 400; i++) {
        record[i] = call(10.0 * i, i < 200 ? 100 : 1000, UNKNOWN_VALUE);
        record[i].memory_mb = i < 200 ? 128 : 140;
        record[i].memory_is_allocated = true;
    }
    struct call_log *const log = good_log(record, COUNT(record));
    set_up(&c);
    ck_assert_int_eq(backtest_forecast(&c.result, &fit, &c.world, log, &options, &hooks, &c.d),
                     STUDY_DONE);
    ck_assert_double_eq_tol(row(&c, "duration_ms.p50")->predicted, 100, 1);
    for (size_t i = 0; i < c.d.count; i++)
        ck_assert_ptr_null(strstr(c.d.item[i].text, "its calls ran with"));
    call_log_destroy(log);
    tear_down(&c);
}
END_TEST

TEST_MAIN("unit_backtest", observed_by_hand, untold_inits_run_too, environments_from_before,
          what_is_not_told, calls_again_are_left_out, counts_are_spread_over_their_bins,
          throttles_are_points, throttles_without_a_name, calls_are_sorted, starts_are_found,
          printed_durations_are_rounded, bad_calls, no_room_for_calls, replications_of_an_interval,
          a_replay_is_exact, a_replay_of_arrivals_only, whose_calls_they_are, nothing_to_forecast,
          allocated_memory_is_no_size)
