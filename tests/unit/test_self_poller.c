/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A function that polls a queue itself: what it finds, deletes and leaves, and when it goes on. */
#include "harness.h"
#include "model_case.h"

/* Messages come to q at one rate; an event starts function f at another one. */
struct system {
    struct function_config function;
    struct model_queue queue[2]; /* q and its dead letters */
    struct model_self_poller poller;
    struct model_direct direct[2];
    int64_t poison_ns[1];
    struct model_config model;
};

static struct queue_config queue_of(const char *name)
{
    return (struct queue_config){.name = name,
                                 .visibility_timeout_ns = 30 * NS_PER_S,
                                 .retention_ns = 96 * NS_PER_HOUR,
                                 .in_flight_max = 120000,
                                 .chunk_bytes = 65536};
}

static void init(struct system *s, double messages_per_s, double starts_per_s)
{
    *s = (struct system){
        .function = case_function("f", case_constant(100e6)),
        .queue = {{.config = queue_of("q")}, {.config = queue_of("dead")}},
        .poller = {{.function = "f",
                    .call_messages = 10,
                    .calls = 1,
                    .again = SELF_CALL_WHILE_MESSAGES,
                    .visibility_timeout_ns = 30 * NS_PER_S},
                   0},
        .direct = {case_every("start", starts_per_s), case_every("send", messages_per_s)}};
    s->direct[0].async = true;
    s->direct[1].to = (struct model_reference){MODEL_QUEUE, 0};
    s->direct[1].config.request_bytes = 100;
    s->model = case_model(&s->function, 1, s->direct, 2);
    s->model.queue = s->queue;
    s->model.queues = 2;
    s->model.self_poller = &s->poller;
}

static struct case_result run(struct system *s, double end_s)
{
    struct case_result r = case_run(&s->model, 3, 0, 0, end_s);
    ck_assert_msg(r.status == MODEL_DONE, "%s", r.failure);
    return r;
}

/* One start a minute finds 60 messages: six calls of ten, and a seventh that finds none and ends
 * the chain. */
START_TEST(a_chain_drains_the_queue_and_ends)
{
    struct system s;
    init(&s, 1, 1.0 / 60);
    struct case_result r = run(&s, 6000);
    const double starts = case_metric(&r, "workload:start", "requests");
    ck_assert_double_eq(starts, 100);
    ck_assert_double_eq_tol(case_metric(&r, "function:f", "invocations"), 7 * starts, starts);
    ck_assert_double_eq(case_metric(&r, "function:f", "empty_polls"), starts);
    /* The last chain begins at 5,970 s, and finds the message of 5,970.5 s, too. */
    ck_assert_double_eq(case_metric(&r, "function:f", "messages_processed"), 5971);
    ck_assert_double_eq(case_metric(&r, "function:f", "messages_processed"),
                        case_metric(&r, "queue:q", "messages_deleted"));
    ck_assert_double_eq(case_metric(&r, "queue:q", "empty_receives"), starts);
    /* Sends, receives (empty ones, too) and deletes. */
    const double calls = case_metric(&r, "function:f", "invocations") - starts;
    ck_assert_double_eq(case_metric(&r, "queue:q", "requests"), 6000 + 2 * calls + starts);
    ck_assert_double_gt(case_metric(&r, "function:f", "message_latency_ms.max"), 59000);
    ck_assert_double_le(case_metric(&r, "function:f", "message_latency_ms.max"), 60200);
    case_result_finish(&r);
    s.poller.config.calls = 10; /* all in one invocation */
    r = run(&s, 6000);
    ck_assert_double_eq_tol(case_metric(&r, "function:f", "invocations"), 2 * starts, 1);
    case_result_finish(&r);
}
END_TEST

START_TEST(who_always_goes_on_never_ends)
{
    struct system s;
    init(&s, 1, 0.01); /* a start at 50 s and at 150 s: two chains, ten invocations a second each */
    s.poller.config.again = SELF_CALL_ALWAYS;
    struct case_result r = run(&s, 200);
    ck_assert_double_eq_tol(case_metric(&r, "function:f", "invocations"), 1500 + 500, 2);
    ck_assert_double_gt(case_metric(&r, "function:f", "empty_polls"), 1700);
    case_result_finish(&r);
    s.poller.config.again = SELF_CALL_NEVER;
    r = run(&s, 200);
    ck_assert_double_eq(case_metric(&r, "function:f", "invocations"), 2);
    ck_assert_double_eq(case_metric(&r, "function:f", "messages_processed"), 20);
    case_result_finish(&r);
}
END_TEST

/* A start each second adds a chain of a thousand calls a second. */
START_TEST(chains_that_never_end_add_up_and_run_away)
{
    struct system s;
    init(&s, 1, 1);
    s.function.duration_ns = case_constant(1e6);
    s.poller.config.again = SELF_CALL_ALWAYS;
    const struct loop_config loop = {.name = "f", .way = "function:f -> function:f"};
    s.model.loop = &loop;
    s.model.loops = 1;
    s.poller.config.loop = s.model.async.loop = 1;
    struct model *const model = model_create(&s.model, 1, 0, SECONDS(1e5));
    const struct model_hooks none = {0};
    ck_assert_int_eq(model_run(model, 0, &none), MODEL_RUNAWAY);
    ck_assert_double_le(model_now_s(model), 120);
    model_destroy(model);
    s.poller.config.again = SELF_CALL_WHILE_MESSAGES;
    struct case_result r = run(&s, 3600);
    case_result_finish(&r);
}
END_TEST

/* A poison message fails its batch until it is buried; the others go with it, as nobody tells. */
START_TEST(failures_come_back_after_the_visibility_timeout)
{
    struct system s;
    init(&s, 0.1, 0.1);
    s.queue[0].config.max_receives = 3;
    s.queue[0].dead_letters = (struct model_reference){MODEL_QUEUE, 1};
    s.model.async.max_retry_attempts = 0;
    s.poison_ns[0] = 100 * NS_PER_S;
    s.direct[1].config.poison_ns = s.poison_ns;
    s.direct[1].config.poisons = 1;
    struct case_result r = run(&s, 10000);
    ck_assert_double_ge(case_metric(&r, "queue:q", "messages_dead_lettered"), 1);
    ck_assert_double_ge(case_metric(&r, "function:f", "errors"), 3);
    ck_assert_double_eq(case_metric(&r, "function:f", "messages_returned"),
                        case_metric(&r, "queue:q", "messages_received") -
                            case_metric(&r, "queue:q", "messages_deleted") -
                            case_metric(&r, "function:f", "messages_in_flight"));
    ck_assert_double_gt(case_metric(&r, "function:f", "messages_processed"), 990);
    case_result_finish(&r);
}
END_TEST

/* Who is throttled has not polled: the messages' receives do not count. */
START_TEST(a_throttled_invocation_takes_nothing)
{
    struct system s;
    init(&s, 1, 0.1);
    s.function.reserved = 0;
    s.queue[0].config.max_receives = 1;
    s.queue[0].dead_letters = (struct model_reference){MODEL_QUEUE, 1};
    struct case_result r = run(&s, 1000);
    ck_assert_double_eq(case_metric(&r, "queue:q", "messages_received"), 0);
    ck_assert_double_eq(case_metric(&r, "queue:q", "messages_redelivered"), 0);
    ck_assert_double_eq(case_metric(&r, "queue:q", "messages_dead_lettered"), 0);
    ck_assert_double_eq(case_metric(&r, "queue:q", "requests"), 1000); /* sends */
    ck_assert_double_eq(case_metric(&r, "function:f", "messages_polled"), 0);
    case_result_finish(&r);
}
END_TEST

/* The work is by the record. */
START_TEST(an_invocation_works_on_what_it_received)
{
    struct system s;
    init(&s, 1, 1.0 / 60);
    s.function.per_record_ns = 20e6;
    struct case_result r = run(&s, 6000);
    ck_assert_double_eq(case_metric(&r, "function:f", "duration_ms.min"), 100);
    ck_assert_double_eq(case_metric(&r, "function:f", "duration_ms.max"), 300);
    ck_assert_double_eq(case_metric(&r, "function:f", "billed_ms"),
                        100 * case_metric(&r, "function:f", "invocations") +
                            20 * case_metric(&r, "function:f", "messages_processed"));
    case_result_finish(&r);
}
END_TEST

TEST_MAIN("unit_self_poller", a_chain_drains_the_queue_and_ends, who_always_goes_on_never_ends,
          chains_that_never_end_add_up_and_run_away,
          failures_come_back_after_the_visibility_timeout, a_throttled_invocation_takes_nothing,
          an_invocation_works_on_what_it_received)
