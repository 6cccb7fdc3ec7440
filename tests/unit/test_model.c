/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What holds for whole runs: the warm-up takes nothing away, designs share their luck, entities
 * have no order, memory does not grow, broken balances are told.
 */
#include "harness.h"
#include "model_case.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* Three functions with all that functions can have, four workloads, one of them asynchronous. */
struct mixed {
    struct function_config function[3];
    struct model_direct direct[4];
    struct model_config model;
};

static void mixed_init(struct mixed *m)
{
    m->function[0] = case_function("f", case_lognormal(0.8e9, 1));
    m->function[1] = case_function("g", case_exponential(2e9));
    m->function[2] = case_function("h", case_constant(0.3e9));
    struct function_config *const f = &m->function[0], *const g = &m->function[1],
                                  *const h = &m->function[2];
    f->init_ns = case_exponential(0.4e9);
    f->keep_alive_ns = case_exponential(30e9);
    f->has_lifetime = true;
    f->lifetime_ns = case_exponential(400e9);
    f->timeout_ns = SECONDS(5.0);
    f->error_rate = 0.1;
    f->has_memory_used = true;
    f->memory_used_mb = case_lognormal(90, 0.3);
    f->count_logs = true;
    f->log_bytes = 342;
    f->log_bytes_cold = 30;
    g->reserved = 6;
    g->error_rate = 0.2;
    g->scale_burst = 3;
    g->scale_per_s = 0.02;
    h->provisioned = 2;
    h->rate_multiple = h->provisioned_multiple = 10;
    h->ephemeral_excess_mb = 100;
    h->init_ns = case_constant(0.1e9);
    m->direct[0] = case_poisson("a", 5);
    m->direct[1] = case_poisson("b", 2);
    m->direct[2] = case_poisson("c", 4);
    m->direct[3] = case_poisson("d", 1);
    m->direct[1].to.index = 1;
    m->direct[1].async = true;
    m->direct[2].to.index = 2;
    m->direct[3].to.index = 1;
    m->model = case_model(m->function, 3, m->direct, 4);
    m->model.account = (struct account_config){.concurrent_executions = 16,
                                               .set_aside = 8,
                                               .burst_initial = 4,
                                               .burst_per_minute = 2,
                                               .rate_multiple = 10};
}

static bool same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

/* Every metric and every usage of the one is in the other, bit by bit. */
static void check_same(const struct case_result *a, const struct case_result *b)
{
    ck_assert_int_eq(a->status, b->status);
    ck_assert_uint_eq(a->metrics, b->metrics);
    ck_assert_uint_eq(a->events, b->events);
    for (size_t i = 0; i < a->metrics; i++) {
        const struct case_metric *const m = &a->metric[i];
        const double other = case_metric(b, m->entity, m->metric);
        ck_assert_msg(same(m->value, other), "%s %s: %.17g and %.17g", m->entity, m->metric,
                      m->value, other);
    }
    ck_assert_uint_eq(a->usage.count, b->usage.count);
    for (size_t i = 0; i < a->usage.count; i++)
        ck_assert_int_eq((int64_t)a->usage.line[i].quantity,
                         case_usage(b, a->usage.line[i].entity, a->usage.line[i].meter));
}

START_TEST(the_same_seed_gives_the_same_numbers)
{
    struct mixed m;
    mixed_init(&m);
    struct case_result a = case_run(&m.model, 1, 3, 50, 2000);
    struct case_result b = case_run(&m.model, 1, 3, 50, 2000);
    struct case_result other = case_run(&m.model, 1, 4, 50, 2000);
    struct case_result seed = case_run(&m.model, 2, 3, 50, 2000);
    ck_assert_msg(a.status == MODEL_DONE, "%s", a.failure);
    check_same(&a, &b);
    ck_assert_double_ne(case_metric(&a, "function:f", "duration_ms.mean"),
                        case_metric(&other, "function:f", "duration_ms.mean"));
    ck_assert_double_ne(case_metric(&a, "function:f", "duration_ms.mean"),
                        case_metric(&seed, "function:f", "duration_ms.mean"));
    case_result_finish(&a);
    case_result_finish(&b);
    case_result_finish(&other);
    case_result_finish(&seed);
}
END_TEST

/* All that the mixed model can show does show: else the tests here would prove little. */
START_TEST(the_mixed_model_has_everything)
{
    struct mixed m;
    mixed_init(&m);
    struct case_result r = case_run(&m.model, 1, 0, 0, 20000);
    ck_assert_msg(r.status == MODEL_DONE, "%s", r.failure);
    static const char *const shown[][2] = {
        {"function:f", "cold_starts"},
        {"function:f", "timeouts"},
        {"function:f", "out_of_memory"},
        {"function:f", "throttles.account_concurrency"},
        {"function:f", "throttles.scaling_rate"},
        {"function:g", "throttles.reserved_concurrency"},
        {"function:g", "throttles.scaling_rate"},
        {"function:g", "async_events_succeeded"},
        {"function:g", "async_retries"},
        {"function:h", "provisioned_concurrency_spillover"},
        {"function:h", "throttles"},
        {"workload:a", "requests_refused"},
        {"workload:a", "succeeded"},
    };
    for (size_t i = 0; i < COUNT(shown); i++)
        ck_assert_msg(case_metric(&r, shown[i][0], shown[i][1]) > 0, "%s %s", shown[i][0],
                      shown[i][1]);
    case_result_finish(&r);
}
END_TEST

/* One history, told whole and in two parts. */
START_TEST(the_warm_up_takes_nothing_away)
{
    struct mixed m;
    mixed_init(&m);
    static const char *const sums[] = {
        "invocations",           "cold_starts", "errors",    "timeouts",
        "out_of_memory",         "throttles",   "billed_ms", "throttles.account_concurrency",
        "throttles.scaling_rate"};
    static const char *const means[] = {"concurrent_executions.mean", "environments.mean",
                                        "environments_idle.mean"};
    static const char *const function[] = {"function:f", "function:g", "function:h"};
    for (uint64_t i = 0; i < 4; i++) {
        const double warm_up_s = 777.7 + 60.0 * (double)i, end_s = 3000;
        struct case_result whole = case_run(&m.model, 9, i, 0, end_s);
        struct case_result before = case_run(&m.model, 9, i, 0, warm_up_s);
        struct case_result after = case_run(&m.model, 9, i, warm_up_s, end_s);
        ck_assert_msg(after.status == MODEL_DONE, "%s", after.failure);
        for (size_t f = 0; f < COUNT(function); f++) {
            for (size_t k = 0; k < COUNT(sums); k++)
                ck_assert_double_eq(case_metric(&whole, function[f], sums[k]),
                                    case_metric(&before, function[f], sums[k]) +
                                        case_metric(&after, function[f], sums[k]));
            for (size_t k = 0; k < COUNT(means); k++)
                ck_assert_double_eq_tol(case_metric(&whole, function[f], means[k]) * end_s,
                                        case_metric(&before, function[f], means[k]) * warm_up_s +
                                            case_metric(&after, function[f], means[k]) *
                                                (end_s - warm_up_s),
                                        1e-6 * end_s);
            ck_assert_double_le(case_metric(&after, function[f], "environments.max"),
                                case_metric(&whole, function[f], "environments.max"));
        }
        for (int w = 0; w < 4; w++) {
            const char name[] = {'w', 'o', 'r', 'k', 'l', 'o', 'a', 'd', ':', (char)('a' + w), 0};
            ck_assert_double_eq(case_metric(&whole, name, "requests"),
                                case_metric(&before, name, "requests") +
                                    case_metric(&after, name, "requests"));
        }
        ck_assert_int_eq(case_usage(&whole, "function:f", METER_LOGS_BYTES),
                         case_usage(&before, "function:f", METER_LOGS_BYTES) +
                             case_usage(&after, "function:f", METER_LOGS_BYTES));
        case_result_finish(&whole);
        case_result_finish(&before);
        case_result_finish(&after);
    }
}
END_TEST

/* From empty to the stationary state: after the warm-up the numbers are those of the closed form,
 * while from empty they are not. */
START_TEST(after_the_warm_up_a_model_is_stationary)
{
    struct function_config function = case_function("f", case_exponential(200e9));
    struct model_direct direct = case_poisson("w", 0.5);
    const struct model_config config = case_model(&function, 1, &direct, 1);
    enum { RUNS = 60 };
    double mean[RUNS];
    case_replicate(&config, 8, RUNS, 2000, 4000, "function:f", "concurrent_executions.mean", mean);
    case_agrees(mean, RUNS, 100, 0.05, "M/G/infinity after the warm-up");
    case_replicate(&config, 8, RUNS, 0, 2000, "function:f", "concurrent_executions.mean", mean);
    /* 100 (1 - tau / T (1 - exp(-T / tau))) with tau = 200 s, T = 2000 s */
    case_agrees(mean, RUNS, 90, 0.05, "M/G/infinity from empty");
}
END_TEST

START_TEST(entities_have_no_order)
{
    struct mixed m, turned;
    mixed_init(&m);
    mixed_init(&turned);
    static const size_t place[] = {2, 0, 1}; /* of f, g, h */
    for (size_t i = 0; i < 3; i++)
        turned.function[place[i]] = m.function[i];
    for (size_t i = 0; i < 4; i++) {
        turned.direct[3 - i] = m.direct[i];
        turned.direct[3 - i].to.index = place[m.direct[i].to.index];
    }
    struct case_result a = case_run(&m.model, 1, 0, 100, 3000);
    struct case_result b = case_run(&turned.model, 1, 0, 100, 3000);
    check_same(&a, &b);
    case_result_finish(&a);
    case_result_finish(&b);
}
END_TEST

/* More memory for f: the same arrivals everywhere, nothing changes for g, and f's own durations are
 * the same draws at another speed. */
START_TEST(designs_share_their_luck)
{
    enum { CALLS = 5000 };
    const struct arrival list[] = {
        {.start_ns = 0, .end_ns = SECONDS(1000.0), .count = CALLS, .bytes = -1, .duration_ns = -1}};
    struct case_result r[3];
    for (int design = 0; design < 3; design++) {
        struct function_config function[] = {case_function("f", case_lognormal(0.5e9, 0.7)),
                                             case_function("g", case_exponential(1e9))};
        struct function_config *const f = &function[0];
        f->memory_mb = design == 0 ? 128 : 256;
        f->cpu.memory_mb = (double)f->memory_mb;
        f->error_rate = 0.2;
        f->has_memory_used = design < 2;
        f->memory_used_mb = case_lognormal(100, 0.15); /* up to 190 MB or so */
        f->keep_alive_ns = case_exponential(5e9);
        function[1].init_ns = case_exponential(1e9);
        function[1].keep_alive_ns = case_exponential(5e9);
        struct model_direct direct[] = {case_source("a"), case_poisson("b", 3)};
        direct[1].to.index = 1;
        struct case_arrivals source = {.arrival = list, .count = 1};
        struct model_config config = case_model(function, 2, direct, 2);
        config.context = &source;
        r[design] = case_run(&config, 4, 0, 0, 2000);
        ck_assert_msg(r[design].status == MODEL_DONE, "%s", r[design].failure);
        ck_assert_double_eq(case_metric(&r[design], "function:f", "invocations"), CALLS);
    }
    for (size_t i = 0; i < r[0].metrics; i++) {
        const struct case_metric *const m = &r[0].metric[i];
        const bool answer =
            strcmp(m->entity, "workload:a") == 0 && strcmp(m->metric, "requests") != 0;
        if (strcmp(m->entity, "account") != 0 && strcmp(m->entity, "function:f") != 0 && !answer)
            ck_assert_msg(same(m->value, case_metric(&r[1], m->entity, m->metric)), "%s %s",
                          m->entity, m->metric);
    }
    ck_assert_double_eq_tol(case_metric(&r[0], "function:f", "duration_ms.mean"),
                            2 * case_metric(&r[1], "function:f", "duration_ms.mean"), 1e-5);
    ck_assert_double_eq_tol(case_metric(&r[0], "function:f", "duration_ms.max"),
                            2 * case_metric(&r[1], "function:f", "duration_ms.max"), 1e-5);
    /* Who runs out of memory does not change whose luck is an error. */
    ck_assert_double_gt(case_metric(&r[0], "function:f", "out_of_memory"), 100);
    ck_assert_double_eq(case_metric(&r[1], "function:f", "out_of_memory"), 0);
    ck_assert_double_eq(case_metric(&r[1], "function:f", "errors"),
                        case_metric(&r[2], "function:f", "errors"));
    ck_assert_double_gt(case_metric(&r[0], "function:f", "errors"),
                        case_metric(&r[1], "function:f", "errors"));
    for (int design = 0; design < 3; design++)
        case_result_finish(&r[design]);
}
END_TEST

struct memory_watch {
    long early_pages, last_pages;
    int64_t early_ns;
};

static long resident_pages(void)
{
    long size = 0, resident = 0;
    FILE *const file = fopen("/proc/self/statm", "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%ld %ld", &size, &resident), 2);
    fclose(file);
    return resident;
}

static bool watch_memory(void *context, int64_t now_ns)
{
    struct memory_watch *const watch = context;
    if (now_ns == watch->early_ns)
        watch->early_pages = resident_pages();
    if (now_ns % watch->early_ns == 0)
        watch->last_pages = resident_pages();
    return true;
}

START_TEST(memory_does_not_grow_with_time)
{
    struct mixed m;
    mixed_init(&m);
    struct memory_watch watch = {.early_ns = 200 * NS_PER_MINUTE}; /* histograms are touched */
    const struct model_hooks hooks = {.keep_on = watch_memory, .context = &watch};
    struct model *const model = model_create(&m.model, 1, 0, 10 * watch.early_ns);
    struct case_result r = case_finish_run(model, 0, &hooks);
    ck_assert_msg(r.status == MODEL_DONE, "%s", r.failure);
    ck_assert_uint_gt(r.invocations, 600000);
    ck_assert_int_gt(watch.early_pages, 0);
    ck_assert_int_gt(watch.last_pages, 0);
    ck_assert_int_le(watch.last_pages, watch.early_pages + 128); /* half a megabyte */
    case_result_finish(&r);
}
END_TEST

static bool stop_after_three(void *context, int64_t now_ns)
{
    int64_t *const last_ns = context;
    *last_ns = now_ns;
    return now_ns < 3 * NS_PER_MINUTE;
}

START_TEST(a_run_can_be_stopped)
{
    struct mixed m;
    mixed_init(&m);
    int64_t last_ns = 0;
    const struct model_hooks hooks = {.keep_on = stop_after_three, .context = &last_ns};
    struct case_result r = case_finish_run(model_create(&m.model, 1, 0, SECONDS(1e6)), 0, &hooks);
    ck_assert_int_eq(r.status, MODEL_STOPPED);
    ck_assert_int_eq(last_ns, 3 * NS_PER_MINUTE);
    case_result_finish(&r);
}
END_TEST

struct totals {
    double invocations, errors, throttles, max_concurrency;
    int64_t from_ns, last_ns;
    int points;
};

static void add_point(void *context, int64_t time_ns, const char *entity, const char *metric,
                      const char *statistic, const char *unit, double value)
{
    struct totals *const totals = context;
    (void)unit;
    if (strcmp(entity, "function:f") != 0 || time_ns < totals->from_ns)
        return;
    ck_assert_int_ge(time_ns, totals->last_ns);
    totals->last_ns = time_ns;
    if (strcmp(metric, "Invocations") == 0) {
        ck_assert_str_eq(statistic, "Sum");
        totals->invocations += value;
        totals->points++;
    } else if (strcmp(metric, "Errors") == 0) {
        totals->errors += value;
    } else if (strcmp(metric, "Throttles") == 0) {
        totals->throttles += value;
    } else if (strcmp(metric, "ConcurrentExecutions") == 0) {
        totals->max_concurrency = fmax(totals->max_concurrency, value);
    }
}

START_TEST(the_series_adds_up_to_the_metrics)
{
    struct mixed m;
    mixed_init(&m);
    for (int minutes = 1; minutes <= 5; minutes += 4) {
        struct totals totals = {.from_ns = 10 * NS_PER_MINUTE};
        const struct series_sink sink = {add_point, &totals};
        const struct model_series series = {.sink = &sink, .period_ns = minutes * NS_PER_MINUTE};
        const struct model_hooks hooks = {.series = &series, .series_count = 1};
        struct case_result r =
            case_finish_run(model_create(&m.model, 1, 0, SECONDS(3600.0)), 600, &hooks);
        ck_assert_int_eq(r.status, MODEL_DONE);
        ck_assert_int_eq(totals.points, 50 / minutes);
        ck_assert_int_eq(totals.last_ns, (60 - minutes) * NS_PER_MINUTE);
        ck_assert_double_eq(totals.invocations, case_metric(&r, "function:f", "invocations"));
        ck_assert_double_eq(totals.errors, case_metric(&r, "function:f", "errors"));
        ck_assert_double_eq(totals.throttles, case_metric(&r, "function:f", "throttles"));
        ck_assert_double_eq(totals.max_concurrency,
                            case_metric(&r, "function:f", "concurrent_executions.max"));
        case_result_finish(&r);
    }
}
END_TEST

static int open_or_fail(void *context, const char *workload, struct arrival_source *ret)
{
    return strcmp(workload, "bad") == 0 ? -1 : case_open_source(context, workload, ret);
}

START_TEST(a_trace_that_breaks_off_ends_the_run)
{
    const struct arrival list[] = {{.start_ns = 0, .end_ns = 0, .count = 1, .duration_ns = -1},
                                   {.start_ns = 1, .end_ns = 1, .count = 1, .duration_ns = -1}};
    struct function_config function = case_function("f", case_constant(1e6));
    struct model_direct direct[] = {case_source("good"), case_source("bad")};
    struct model_config config = case_model(&function, 1, direct, 2);
    for (int fail_at = 1; fail_at <= 2; fail_at++) {
        struct case_arrivals source = {.arrival = list, .count = 2, .fail_at = fail_at};
        config.context = &source;
        struct case_result r = case_run(&config, 1, 0, 0, 100);
        ck_assert_int_eq(r.status, MODEL_SOURCE_LOST);
        ck_assert_int_eq(source.closed, 2);
        case_result_finish(&r);
    }
    /* One that cannot be opened leaves nothing behind. */
    struct case_arrivals source = {.arrival = list, .count = 2};
    config.context = &source;
    config.open_source = open_or_fail;
    ck_assert_ptr_null(model_create(&config, 1, 0, SECONDS(100.0)));
    ck_assert_int_eq(source.closed, 1);
}
END_TEST

/* A queue that nobody polls gets messages of any size: by their mean, by a trace and from a
 * function. They are as large as the largest, 15,259 chunks of 64 KB, and 9,999 of them add up. */
START_TEST(sizes_have_an_end)
{
    const struct arrival sized = {
        .count = 1, .bytes = INT64_C(1000000000000000), .duration_ns = -1};
    struct case_arrivals source = {.arrival = &sized, .count = 1, .repeat_ns = SECONDS(1.0)};
    struct function_config function = case_function("f", case_constant(1e6));
    struct emit_config emit = {
        .probability = 1, .count = case_constant(1), .bytes = case_constant(1e300), .in_call = 1};
    struct model_reference to_queue = {MODEL_QUEUE, 0};
    struct model_emitter emitter = {{.function = "f", .emit = &emit, .emits = 1}, &to_queue};
    struct model_queue queue = {.config = {.name = "q",
                                           .visibility_timeout_ns = SECONDS(30.0),
                                           .retention_ns = SECONDS(86400.0),
                                           .in_flight_max = 120000,
                                           .chunk_bytes = 65536}};
    struct model_direct direct[] = {case_every("mean", 1), case_source("trace"),
                                    case_every("calls", 1)};
    direct[0].to = direct[1].to = to_queue;
    direct[0].config.request_bytes = INFINITY;
    struct model_config config = case_model(&function, 1, direct, COUNT(direct));
    config.context = &source;
    config.emitter = &emitter;
    config.queue = &queue;
    config.queues = 1;
    struct case_result r = case_run(&config, 1, 0, 0, 3333.0);
    ck_assert_msg(r.status == MODEL_DONE, "%s", r.failure);
    const double messages = case_metric(&r, "queue:q", "messages_sent");
    ck_assert_double_ge(messages, 3 * 3332);
    ck_assert_double_eq(case_metric(&r, "queue:q", "requests"), messages * 15259);
    case_result_finish(&r);
}
END_TEST

/* Each counter of a function, one too many: the audit says so. */
START_TEST(a_corrupt_counter_is_found)
{
    for (int broken = 0; broken < 8; broken++) {
        struct simulation simulation = {0};
        event_queue_init(&simulation.queue);
        struct account account;
        account_init(&account, &simulation,
                     &(struct account_config){.concurrent_executions = 1000});
        const struct function_config config = case_function("f", case_constant(1e9));
        struct function *const f = function_create(&simulation, &account, &config);
        const struct request request = {.duration_ns = -1, .records = 1};
        for (int i = 0; i < 10; i++) {
            event_queue_run(&simulation.queue, i * NS_PER_S / 4);
            ck_assert(target_invoke(&f->target, &request));
        }
        event_queue_run(&simulation.queue, 3 * NS_PER_S);
        function_class.audit(f);
        ck_assert_str_eq(simulation.failure, "");
        switch (broken) {
        case 0:
            f->count.started++;
            break;
        case 1:
            f->count.invocations++;
            break;
        case 2:
            f->count.success--;
            break;
        case 3:
            f->busy.level++;
            break;
        case 4:
            f->busy.integral++;
            break;
        case 5:
            f->environments.idle_ns--;
            break;
        case 6:
            f->environments.count--;
            break;
        default:
            histogram_add(&f->duration, 1);
        }
        function_class.audit(f);
        ck_assert_msg(strncmp(simulation.failure, "function:f: ", 12) == 0, "case %d: \"%s\"",
                      broken, simulation.failure);
        function_class.destroy(f);
        event_queue_finish(&simulation.queue);
    }
}
END_TEST

/* A reservation that appears in the middle of a run: what was taken from the account's pool is
 * never given back. */
static bool tamper(void *context, int64_t now_ns)
{
    struct function_config *const function = context;
    if (now_ns == NS_PER_MINUTE)
        function->reserved = 500;
    return true;
}

START_TEST(a_broken_balance_breaks_the_run)
{
    struct function_config function = case_function("f", case_constant(10e9));
    struct model_direct direct = case_poisson("w", 5);
    const struct model_config config = case_model(&function, 1, &direct, 1);
    const struct model_hooks hooks = {.keep_on = tamper, .context = &function};
    struct case_result r = case_finish_run(model_create(&config, 1, 0, SECONDS(300.0)), 0, &hooks);
    ck_assert_int_eq(r.status, MODEL_BROKEN);
    ck_assert_msg(strncmp(r.failure, "account: ", 9) == 0, "\"%s\"", r.failure);
    case_result_finish(&r);
}
END_TEST

TEST_MAIN("unit_model", the_same_seed_gives_the_same_numbers, the_mixed_model_has_everything,
          the_warm_up_takes_nothing_away, after_the_warm_up_a_model_is_stationary,
          entities_have_no_order, designs_share_their_luck, memory_does_not_grow_with_time,
          a_run_can_be_stopped, the_series_adds_up_to_the_metrics,
          a_trace_that_breaks_off_ends_the_run, sizes_have_an_end, a_corrupt_counter_is_found,
          a_broken_balance_breaks_the_run)
