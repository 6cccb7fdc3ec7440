/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What functions send: how much, to whom, how chains keep their time, and how loops end. */
#include "harness.h"
#include "model_case.h"

#include <math.h>
#include <string.h>

#define FUNCTIONS 3

/* Functions a, b, c of 1 s; events to a at a constant rate; a's emits are the test's. */
struct system {
    struct function_config function[FUNCTIONS];
    struct model_emitter emitter[FUNCTIONS];
    struct model_event event[FUNCTIONS];
    struct emit_config emit[FUNCTIONS][2];
    struct model_reference to[FUNCTIONS][2];
    struct model_direct direct;
    struct loop_config loop;
    struct model_config model;
};

static void init(struct system *s, double rate_per_s)
{
    static const char *const names[FUNCTIONS] = {"a", "b", "c"};
    *s = (struct system){.direct = case_every("w", rate_per_s)};
    s->direct.async = true;
    s->model = case_model(s->function, FUNCTIONS, &s->direct, 1);
    for (size_t i = 0; i < FUNCTIONS; i++) {
        s->function[i] = case_function(names[i], case_constant(1e9));
        s->event[i].async = s->model.async;
        s->emitter[i] = (struct model_emitter){
            {.function = names[i], .emit = s->emit[i], .end_to_end = true}, s->to[i]};
    }
    s->model.emitter = s->emitter;
    s->model.event = s->event;
}

/* Functions a and b are in the only loop. */
static void close_loop(struct system *s)
{
    s->loop = (struct loop_config){.name = "a", .way = "function:a -> function:a", .functions = 1};
    s->model.loop = &s->loop;
    s->model.loops = 1;
    for (size_t i = 0; i < 2; i++)
        s->event[i].async.loop = s->emitter[i].config.loop = 1;
}

/* From function `from` to function `to`, after each success. */
static struct emit_config *sends(struct system *s, size_t from, size_t to, double count)
{
    struct emitter_config *const c = &s->emitter[from].config;
    s->to[from][c->emits] = (struct model_reference){MODEL_FUNCTION, to};
    struct emit_config *const emit = &s->emit[from][c->emits++];
    *emit = (struct emit_config){
        .probability = 1, .count = case_constant(count), .bytes = case_constant(100), .in_call = 1};
    return emit;
}

static struct case_result run(struct system *s, double end_s)
{
    struct case_result r = case_run(&s->model, 5, 0, 0, end_s);
    ck_assert_msg(r.status == MODEL_DONE, "%s", r.failure);
    return r;
}

START_TEST(a_pipeline_passes_on_and_keeps_its_time)
{
    struct system s;
    init(&s, 1);
    sends(&s, 0, 1, 2);
    sends(&s, 1, 2, 3);
    struct case_result r = run(&s, 1000); /* the first at 0.5 s, the last at 999.5 s */
    ck_assert_double_eq(case_metric(&r, "function:a", "invocations"), 999);
    ck_assert_double_eq(case_metric(&r, "function:a", "messages_emitted"), 2 * 999);
    ck_assert_double_eq(case_metric(&r, "function:b", "async_events_received"), 2 * 999);
    ck_assert_double_eq(case_metric(&r, "function:b", "messages_emitted"), 3 * 2 * 998);
    ck_assert_double_eq(case_metric(&r, "function:c", "async_events_received"), 6 * 998);
    ck_assert_double_eq(case_metric(&r, "function:c", "latency_ms.max"), 1000);
    for (int i = 0; i < 3; i++) {
        const char *const entity = i == 0 ? "function:a" : i == 1 ? "function:b" : "function:c";
        ck_assert_double_eq(case_metric(&r, entity, "end_to_end_ms.max"), 1000 * (i + 1));
        ck_assert_double_eq(case_metric(&r, entity, "end_to_end_ms.min"), 1000 * (i + 1));
    }
    ck_assert_double_eq((double)r.lost, 0);
    case_result_finish(&r);
}
END_TEST

/* Half of the invocations fail: each outcome has its own receiver. A failed one is tried thrice. */
START_TEST(failures_and_successes_go_their_ways)
{
    struct system s;
    init(&s, 10);
    s.function[0].error_rate = 0.5;
    sends(&s, 0, 1, 1);
    sends(&s, 0, 2, 1)->on_failure = true;
    struct case_result r = run(&s, 5000);
    const double errors = case_metric(&r, "function:a", "errors");
    const double all = case_metric(&r, "function:a", "invocations");
    ck_assert_double_eq(case_metric(&r, "function:b", "async_events_received"), all - errors);
    ck_assert_double_eq(case_metric(&r, "function:c", "async_events_received"), errors);
    ck_assert_double_gt(errors, 0.4 * all);
    case_result_finish(&r);
}
END_TEST

START_TEST(a_timeout_sends_nothing)
{
    struct system s;
    init(&s, 1);
    s.function[0].timeout_ns = NS_PER_S / 2;
    sends(&s, 0, 1, 1);
    sends(&s, 0, 2, 1)->on_failure = true;
    struct case_result r = run(&s, 1000);
    ck_assert_double_gt(case_metric(&r, "function:a", "timeouts"), 900);
    ck_assert_double_eq(case_metric(&r, "function:a", "messages_emitted"), 0);
    case_result_finish(&r);
}
END_TEST

/* 2.25 messages after 40 % of invocations. */
START_TEST(probabilities_and_fractions)
{
    struct system s;
    init(&s, 10);
    sends(&s, 0, 1, 2.25)->probability = 0.4;
    struct case_result r = run(&s, 2000);
    const double n = case_metric(&r, "function:a", "invocations");
    ck_assert_double_eq_tol(case_metric(&r, "function:b", "async_events_received"), 0.9 * n,
                            4 * 1.2 * sqrt(n));
    case_result_finish(&r);
}
END_TEST

/* The events go to a queue, whose batches of about ten go to a. */
struct queued_system {
    struct system s;
    struct model_queue queue;
    struct model_queue_mapping mapping;
};

static struct emit_config *init_queued(struct queued_system *q, double rate_per_s)
{
    q->queue = (struct model_queue){.config = {.name = "q",
                                               .visibility_timeout_ns = 60 * NS_PER_S,
                                               .retention_ns = 10 * NS_PER_HOUR,
                                               .in_flight_max = 1000,
                                               .chunk_bytes = 65536}};
    q->mapping = (struct model_queue_mapping){.config = {.name = "m",
                                                         .batch_size = 10,
                                                         .batching_window_ns = NS_PER_S,
                                                         .pollers_initial = 5,
                                                         .pollers_idle = 5,
                                                         .pollers_max = 1000,
                                                         .ramp_per_minute = 300,
                                                         .long_poll_ns = 20 * NS_PER_S,
                                                         .receive_ns = 10 * NS_PER_MS,
                                                         .payload_bytes = 6 << 20,
                                                         .visibility_timeout_ns = 60 * NS_PER_S}};
    init(&q->s, rate_per_s);
    q->s.direct.to = (struct model_reference){MODEL_QUEUE, 0};
    q->s.model.queue = &q->queue;
    q->s.model.queue_mapping = &q->mapping;
    q->s.model.queues = q->s.model.queue_mappings = 1;
    struct emit_config *const emit = sends(&q->s, 0, 1, 1);
    emit->per_record = true;
    return emit;
}

/* For each record of a batch with a probability of a tenth. */
START_TEST(records_are_counted)
{
    struct queued_system q;
    init_queued(&q, 20)->probability = 0.1;
    struct case_result r = run(&q.s, 2000);
    const double n = case_metric(&r, "queue:q", "messages_deleted");
    ck_assert_double_gt(n, 39000);
    ck_assert_double_lt(case_metric(&r, "function:a", "invocations"), n / 2);
    ck_assert_double_eq_tol(case_metric(&r, "function:b", "async_events_received"), 0.1 * n,
                            4 * sqrt(0.09 * n));
    case_result_finish(&r);
}
END_TEST

/* A batch of which an item failed is a success of the function, and sends the others on. */
START_TEST(what_is_reported_as_failed_is_not_passed_on)
{
    static const int64_t poison_ns[] = {100 * NS_PER_S};
    for (int reports = 0; reports < 2; reports++) {
        struct queued_system q;
        init_queued(&q, 20);
        q.mapping.config.report_item_failures = reports;
        q.s.direct.config.poison_ns = poison_ns;
        q.s.direct.config.poisons = 1;
        struct case_result r = run(&q.s, 1000); /* it comes 15 times */
        const double failures = case_metric(&r, "function:a", "errors");
        ck_assert_msg(reports ? failures == 0 : failures >= 15, "%g errors", failures);
        ck_assert_double_eq(case_metric(&r, "function:b", "async_events_received"),
                            case_metric(&r, "queue:q", "messages_deleted"));
        ck_assert_double_eq(case_metric(&r, "esm:m", "batch_errors"), failures);
        if (reports)
            ck_assert_double_eq(case_metric(&r, "esm:m", "batch_item_failures"), 15);
        case_result_finish(&r);
    }
}
END_TEST

/* 1,000 s of work in parts of 280 s, each but the first with 1 s of overhead: 280 + 280 + 280 +
 * 163 s. A short task is not handed on. */
START_TEST(a_long_task_is_handed_on)
{
    struct system s;
    init(&s, 0.0005); /* one, at 1,000 s */
    s.function[0].duration_ns = case_constant(1000e9);
    s.emitter[0].config.hand_on_after_ns = 280 * NS_PER_S;
    s.emitter[0].config.hand_on_overhead_ns = NS_PER_S;
    s.emitter[0].config.duration_ns = &s.function[0].duration_ns;
    s.function[1].duration_ns = case_constant(0);
    sends(&s, 0, 1, 1);
    struct case_result r = run(&s, 2500);
    ck_assert_double_eq(case_metric(&r, "function:a", "invocations"), 4);
    ck_assert_double_eq(case_metric(&r, "function:a", "tasks_handed_on"), 3);
    ck_assert_double_eq(case_metric(&r, "function:a", "end_to_end_ms.max"), 1003e3);
    ck_assert_double_eq(case_metric(&r, "function:a", "end_to_end_ms.min"), 1003e3); /* the last */
    ck_assert_double_eq(case_metric(&r, "function:a", "billed_ms"), 1003e3);
    ck_assert_double_eq(case_metric(&r, "function:b", "invocations"), 1); /* by the last one only */
    ck_assert_double_eq(case_metric(&r, "function:b", "end_to_end_ms.max"), 1003e3);
    case_result_finish(&r);
    s.function[0].duration_ns = case_constant(279e9);
    r = run(&s, 2500);
    ck_assert_double_eq(case_metric(&r, "function:a", "invocations"), 1);
    ck_assert_double_eq(case_metric(&r, "function:b", "invocations"), 1);
    case_result_finish(&r);
}
END_TEST

/* Each call makes 0.8 more in the mean: an event is 1 / (1 - 0.8) invocations (Galton-Watson). */
START_TEST(a_loop_that_dies_out_has_its_total_progeny)
{
    double seen[20], gain[20];
    for (size_t i = 0; i < 20; i++) {
        struct system s;
        init(&s, 5);
        struct emit_config *const emit = sends(&s, 0, 0, 2);
        emit->probability = 0.4;
        emit->loops = true;
        close_loop(&s);
        struct case_result r = case_run(&s.model, 1, i, 0, 4000);
        ck_assert_msg(r.status == MODEL_DONE, "%s", r.failure);
        seen[i] = case_metric(&r, "function:a", "async_events_received") /
                  case_metric(&r, "workload:w", "requests");
        gain[i] = case_metric(&r, "loop:a", "long_chain_events_sent") /
                  case_metric(&r, "loop:a", "long_chain_events");
        case_result_finish(&r);
    }
    case_agrees(gain, 20, 0.8, 0.02, "events sent on for each one");
    case_agrees(seen, 20, 5, 0.02, "invocations of an event");
}
END_TEST

/* Lambda stops the seventeenth call of a chain; what it stops goes to the on-failure destination.
 */
START_TEST(a_recursion_is_stopped_after_sixteen_calls)
{
    struct system s;
    init(&s, 1);
    sends(&s, 0, 0, 1)->loops = true;
    close_loop(&s);
    s.loop.stopped = true;
    s.event[0].async.max_hops = 15;
    s.emitter[0].config.max_hops = 15;
    s.event[0].on_failure = (struct model_reference){MODEL_FUNCTION, 2};
    struct case_result r = run(&s, 1000);
    const double chains = 1000 - 16; /* that had the time */
    ck_assert_double_eq(case_metric(&r, "function:a", "recursive_invocations_dropped"), chains);
    ck_assert_double_eq(case_metric(&r, "function:a", "async_events_failed_to_destination"),
                        chains);
    ck_assert_double_eq(case_metric(&r, "function:c", "async_events_received"), chains);
    ck_assert_double_eq(case_metric(&r, "function:a", "end_to_end_ms.max"), 16000);
    ck_assert_double_eq(case_metric(&r, "function:a", "async_events_received"),
                        1000 + case_metric(&r, "function:a", "invocations"));
    case_result_finish(&r);
}
END_TEST

/* Two for each one: without a stop it grows until the run is ended, long before its time. */
START_TEST(a_runaway_is_seen)
{
    for (int fast = 0; fast < 2; fast++) {
        struct system s;
        init(&s, 1);
        s.function[0].duration_ns = case_constant(fast ? 10e6 : 1e9);
        s.model.account.concurrent_executions = fast ? 1000000 : 1000;
        close_loop(&s);
        sends(&s, 0, 0, 2)->loops = true;
        struct model *const model = model_create(&s.model, 1, 0, SECONDS(1e6));
        const struct model_hooks none = {0};
        ck_assert_int_eq(model_run(model, 0, &none), MODEL_RUNAWAY);
        ck_assert_double_lt(model_now_s(model), 60);
        ck_assert_ptr_nonnull(strstr(model_runaway(model), "function:a"));
        struct usage usage;
        usage_init(&usage);
        model_usage(model, &usage);
        ck_assert(usage_total(&usage, METER_LAMBDA_REQUESTS) > 10000);
        usage_finish(&usage);
        model_destroy(model);
    }
}
END_TEST

/* One for each one: every event adds a chain that never ends. Destinations make such loops, too. */
START_TEST(chains_that_never_end_add_up)
{
    struct system s;
    init(&s, 100);
    s.function[0].duration_ns = case_constant(1e6);
    close_loop(&s);
    s.event[0].async.success_loops = true;
    s.event[0].on_success = (struct model_reference){MODEL_FUNCTION, 0};
    struct model *const model = model_create(&s.model, 1, 0, SECONDS(1e6));
    const struct model_hooks none = {0};
    ck_assert_int_eq(model_run(model, SECONDS(100000.0), &none), MODEL_RUNAWAY);
    ck_assert_double_le(model_now_s(model), 120);
    struct usage usage; /* in the warm-up: it is told all the same */
    usage_init(&usage);
    model_usage(model, &usage);
    ck_assert(usage_total(&usage, METER_LAMBDA_REQUESTS) > 100000);
    usage_finish(&usage);
    model_destroy(model);
}
END_TEST

/* A backlog that no loop made is none. */
START_TEST(a_backlog_is_no_runaway)
{
    struct system s;
    init(&s, 100);
    s.model.account.concurrent_executions = 2;
    close_loop(&s);
    sends(&s, 0, 1, 1);
    struct case_result r = run(&s, 3000);
    ck_assert_double_gt(case_metric(&r, "function:a", "async_events_in_flight"), 250000);
    case_result_finish(&r);
}
END_TEST

TEST_MAIN("unit_emitter", a_pipeline_passes_on_and_keeps_its_time,
          failures_and_successes_go_their_ways, a_timeout_sends_nothing,
          probabilities_and_fractions, records_are_counted,
          what_is_reported_as_failed_is_not_passed_on, a_long_task_is_handed_on,
          a_loop_that_dies_out_has_its_total_progeny, a_recursion_is_stopped_after_sixteen_calls,
          a_runaway_is_seen, chains_that_never_end_add_up, a_backlog_is_no_runaway)
