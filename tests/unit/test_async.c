/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lambda's asynchronous queue, event by event: a target of the test's own notes every try. */
#include "aws/async.h"
#include "harness.h"
#include "model_case.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define TRIES 200

/* Refuses the first `refusals` tries, then ends `failures` runs in an error, each after `run_ns`.
 */
struct spy {
    struct target target;
    struct simulation simulation;
    struct request last;
    int refusals, failures, tries;
    int64_t run_ns, try_ns[TRIES];
};

static void on_end(void *self, int64_t now_ns, uint64_t failed)
{
    const struct spy *const spy = self;
    spy->last.done(spy->last.source, spy->last.token, failed ? OUTCOME_ERROR : OUTCOME_SUCCESS,
                   now_ns);
}

static bool spy_invoke(struct target *self, const struct request *request)
{
    struct spy *const spy = (struct spy *)self;
    ck_assert_int_lt(spy->tries, TRIES);
    ck_assert(request->queued);
    spy->try_ns[spy->tries++] = simulation_now(&spy->simulation);
    if (spy->refusals > 0) {
        spy->refusals--;
        return false;
    }
    spy->last = *request;
    event_schedule(&spy->simulation.queue, simulation_now(&spy->simulation) + spy->run_ns, on_end,
                   spy, spy->failures > 0);
    spy->failures -= spy->failures > 0;
    return true;
}

static struct async_config aws_rules(void)
{
    return case_model(NULL, 0, NULL, 0).async;
}

struct seen {
    double received, duplicated, delivered, succeeded, failed_to_destination, dead_lettered,
        expired, dropped, in_flight, waiting, waiting_age_s, retries, recursive;
};

static void note(void *context, const char *entity, const char *metric, const char *unit,
                 double value)
{
    struct seen *const seen = context;
    const struct {
        const char *name;
        double *to;
    } all[] = {{"async_events_received", &seen->received},
               {"async_events_duplicated", &seen->duplicated},
               {"async_events_delivered", &seen->delivered},
               {"async_events_succeeded", &seen->succeeded},
               {"async_events_failed_to_destination", &seen->failed_to_destination},
               {"async_events_dead_lettered", &seen->dead_lettered},
               {"async_events_expired", &seen->expired},
               {"async_events_dropped", &seen->dropped},
               {"async_events_in_flight", &seen->in_flight},
               {"async_events_waiting", &seen->waiting},
               {"async_events_waiting_age_s", &seen->waiting_age_s},
               {"async_retries", &seen->retries},
               {"recursive_invocations_dropped", &seen->recursive}};
    ck_assert_str_eq(entity, "function:f");
    ck_assert_str_eq(unit, strstr(metric, "_age_s") == NULL ? "count" : "s");
    size_t i = 0;
    while (i < sizeof all / sizeof *all && strcmp(metric, all[i].name) != 0)
        i++;
    ck_assert_msg(i < sizeof all / sizeof *all, "unexpected metric %s", metric);
    *all[i].to = value;
}

/* A destination that keeps what it gets. */
struct box {
    struct destination destination;
    struct message last;
    int messages;
};

static void box_send(struct destination *self, const struct message *message)
{
    struct box *const box = (struct box *)self;
    box->last = *message;
    box->messages++;
}

/* `count` events at time 0, watched until `end_s`. A box that is NULL: no such destination. */
static struct seen put(struct spy *spy, struct async_config config, const struct message *message,
                       int count, struct box *const box[3], double end_s)
{
    struct destination *to[3] = {NULL, NULL, NULL};
    for (int i = 0; i < 3 && box != NULL; i++) {
        if (box[i] == NULL)
            continue;
        box[i]->destination.send = box_send;
        to[i] = &box[i]->destination;
    }
    spy->target.invoke = spy_invoke;
    event_queue_init(&spy->simulation.queue);
    struct async_queue *const queue = async_create(&spy->simulation, &config, "f", &spy->target);
    async_connect(queue, to[0], to[1], to[2]);
    for (int i = 0; i < count; i++)
        destination_send(async_destination(queue), message);
    event_queue_run(&spy->simulation.queue, SECONDS(end_s));
    async_class.audit(queue);
    ck_assert_str_eq(spy->simulation.failure, "");
    struct seen seen = {0};
    async_class.report(queue, &(struct metric_sink){.put = note, .context = &seen});
    ck_assert_uint_eq(async_class.lost(queue), (uint64_t)(seen.dropped + seen.expired));
    async_class.destroy(queue);
    event_queue_finish(&spy->simulation.queue);
    return seen;
}

static struct seen put_one(struct spy *spy, struct async_config config, double end_s)
{
    return put(spy, config, &(struct message){.duration_ns = -1}, 1, NULL, end_s);
}

START_TEST(errors_are_retried_after_one_and_two_minutes)
{
    struct spy spy = {.failures = 10, .run_ns = SECONDS(3)};
    struct seen seen = put_one(&spy, aws_rules(), 4000);
    ck_assert_int_eq(spy.tries, 3);
    ck_assert_int_eq(spy.try_ns[0], 0);
    ck_assert_int_eq(spy.try_ns[1], SECONDS(3 + 60.0));
    ck_assert_int_eq(spy.try_ns[2], SECONDS(3 + 60 + 3 + 120.0));
    ck_assert_double_eq(seen.dropped, 1);
    ck_assert_double_eq(seen.retries, 2);
    ck_assert_double_eq(seen.in_flight, 0);
    spy = (struct spy){.failures = 2, .run_ns = SECONDS(3)};
    seen = put_one(&spy, aws_rules(), 4000);
    ck_assert_int_eq(spy.tries, 3);
    ck_assert_double_eq(seen.succeeded, 1);
    for (int retries = 0; retries < 2; retries++) {
        struct async_config config = aws_rules();
        config.max_retry_attempts = retries;
        spy = (struct spy){.failures = 10, .run_ns = SECONDS(3)};
        seen = put_one(&spy, config, 4000);
        ck_assert_int_eq(spy.tries, 1 + retries);
        ck_assert_double_eq(seen.dropped, 1);
    }
}
END_TEST

START_TEST(throttles_back_off_from_one_second_to_five_minutes)
{
    struct spy spy = {.refusals = 12, .run_ns = SECONDS(1)};
    const struct seen seen = put_one(&spy, aws_rules(), 4000);
    static const double gap_s[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300};
    ck_assert_int_eq(spy.tries, 13);
    for (int i = 0; i < 12; i++)
        ck_assert_int_eq(spy.try_ns[i + 1] - spy.try_ns[i], SECONDS(gap_s[i]));
    ck_assert_double_eq(seen.succeeded, 1);
    ck_assert_double_eq(seen.retries, 12);
}
END_TEST

/* Nothing takes it: 511 s of doubling, then every 300 s; the last try is within 6 hours. */
START_TEST(an_event_is_dropped_after_six_hours)
{
    struct spy spy = {.refusals = TRIES};
    const struct seen seen = put_one(&spy, aws_rules(), 30000);
    ck_assert_double_eq(seen.expired, 1);
    ck_assert_double_eq(seen.in_flight, 0);
    ck_assert_int_le(spy.try_ns[spy.tries - 1], 6 * NS_PER_HOUR);
    ck_assert_int_gt(spy.try_ns[spy.tries - 1], 6 * NS_PER_HOUR - SECONDS(300.0));
    ck_assert_int_eq(spy.tries, 10 + (6 * 3600 - 511) / 300);
    /* A shorter age; errors and throttles count alike. */
    struct async_config config = aws_rules();
    config.max_event_age_ns = SECONDS(60.0);
    spy = (struct spy){.failures = 10, .run_ns = SECONDS(3)};
    const struct seen young = put_one(&spy, config, 4000);
    ck_assert_int_eq(spy.tries, 1);
    ck_assert_double_eq(young.expired, 1);
}
END_TEST

START_TEST(what_is_under_way_is_counted)
{
    struct spy spy = {.run_ns = SECONDS(100.0)};
    struct seen seen = put_one(&spy, aws_rules(), 50);
    ck_assert_double_eq(seen.in_flight, 1);
    ck_assert_double_eq(seen.succeeded, 0);
    spy = (struct spy){.refusals = 3, .run_ns = SECONDS(1)};
    seen = put_one(&spy, aws_rules(), 2);
    ck_assert_double_eq(seen.in_flight, 1);
    ck_assert_double_eq(seen.retries, 2);
}
END_TEST

/* Who waits is who was refused: not who runs, nor who is tried again after an error. */
START_TEST(what_was_refused_waits)
{
    struct spy spy = {
        .target.invoke = spy_invoke, .refusals = 3, .failures = 1, .run_ns = SECONDS(2)};
    const struct async_config config = aws_rules();
    const struct {
        double at_s;
        uint64_t waiting, came;
    } seen[] = {
        {0, 1, 1},    {6.9, 1, 1},  /* refused at 0, 1 and 3 s, tried again 1, 2 and 4 s later */
        {7.1, 0, 1},                /* runs */
        {68.9, 0, 1}, {69.1, 0, 2}, /* failed at 9 s, runs again */
        {72, 0, 2},
    };
    event_queue_init(&spy.simulation.queue);
    struct async_queue *const queue = async_create(&spy.simulation, &config, "f", &spy.target);
    destination_send(async_destination(queue), &(struct message){.duration_ns = -1});
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++) {
        event_queue_run(&spy.simulation.queue, SECONDS(seen[i].at_s));
        ck_assert_msg(async_waiting(queue) == seen[i].waiting, "at %g s", seen[i].at_s);
        ck_assert_msg(async_came(queue) == seen[i].came, "at %g s", seen[i].at_s);
    }
    async_class.reset(queue);
    ck_assert_uint_eq(async_came(queue), 0);
    async_class.destroy(queue);
    event_queue_finish(&spy.simulation.queue);
    for (double end_s = 100; end_s < 30000; end_s += 10000) { /* given up after six hours */
        spy = (struct spy){.refusals = 1000};
        const struct seen end = put_one(&spy, config, end_s);
        ck_assert_double_eq(end.waiting, end.in_flight);
        ck_assert_double_eq(end.waiting, end_s < 21600);
        ck_assert_double_eq(end.waiting_age_s, end_s < 21600 ? end_s : 0);
    }
}
END_TEST

/* Of two that wait, for 30 s and 20 s, the first has waited longer than the one that was served. */
START_TEST(who_waits_longest_counts_with_its_wait_so_far)
{
    struct spy spy = {.target.invoke = spy_invoke, .refusals = 1000};
    const struct async_config config = aws_rules();
    struct histogram latency;
    histogram_init(&latency);
    event_queue_init(&spy.simulation.queue);
    struct async_queue *const queue = async_create(&spy.simulation, &config, "f", &spy.target);
    async_count_waiting(queue, &latency);
    destination_send(async_destination(queue), &(struct message){.duration_ns = -1});
    event_queue_run(&spy.simulation.queue, SECONDS(10));
    destination_send(async_destination(queue), &(struct message){.duration_ns = -1});
    event_queue_run(&spy.simulation.queue, SECONDS(30));
    histogram_add(&latency, SECONDS(25));
    async_class.close(queue);
    ck_assert_uint_eq(latency.count, 2);
    ck_assert_int_eq(latency.max, SECONDS(30));
    async_class.destroy(queue);
    event_queue_finish(&spy.simulation.queue);
    histogram_finish(&latency);
}
END_TEST

/* Errors at 0.5: of n events 1/8 fail three times; each is tried 1.75 times in the mean. A limit of
 * two environments throttles many, and all balances. */
START_TEST(many_events_balance)
{
    struct function_config function = case_function("f", case_exponential(2e9));
    function.error_rate = 0.5;
    function.reserved = 10;
    struct model_direct direct = case_poisson("w", 2);
    direct.async = true;
    const struct model_config config = case_model(&function, 1, &direct, 1);
    struct case_result r = case_run(&config, 11, 0, 0, 20000);
    ck_assert_msg(r.status == MODEL_DONE, "%s", r.failure);
    const double n = case_metric(&r, "function:f", "async_events_received");
    const double failed = case_metric(&r, "function:f", "async_events_dropped");
    const double succeeded = case_metric(&r, "function:f", "async_events_succeeded");
    const double open = case_metric(&r, "function:f", "async_events_in_flight");
    ck_assert_double_eq(n, case_metric(&r, "workload:w", "requests"));
    ck_assert_double_eq(n, failed + succeeded + open);
    ck_assert_double_eq_tol(failed, (n - open) / 8, 4 * sqrt(n * 7 / 64) + open);
    ck_assert_double_eq_tol(case_metric(&r, "function:f", "invocations"), 1.75 * n,
                            4 * sqrt(n) + 2 * open);
    ck_assert_double_gt(case_metric(&r, "function:f", "throttles.reserved_concurrency"), 100);
    ck_assert_double_eq((double)r.lost, failed);
    case_result_finish(&r);
}
END_TEST

/* A reservation of 0 sends events away at once instead of holding them for hours. */
START_TEST(a_stopped_function_drops_at_once)
{
    struct function_config function = case_function("f", case_constant(1e9));
    function.reserved = 0;
    struct model_direct direct = case_every("w", 10);
    direct.async = true;
    const struct model_config config = case_model(&function, 1, &direct, 1);
    struct case_result r = case_run(&config, 1, 0, 0, 100);
    ck_assert_double_eq(case_metric(&r, "function:f", "async_events_expired"), 1000);
    ck_assert_double_eq(case_metric(&r, "function:f", "async_events_in_flight"), 0);
    ck_assert_double_eq((double)r.lost, 1000);
    case_result_finish(&r);
}
END_TEST

/* Who gets what: a record of a success, a record of a failure, the event itself; and only then. */
START_TEST(destinations_get_exactly_theirs)
{
    const struct message event = {.origin_ns = -SECONDS(5.0),
                                  .duration_ns = 7,
                                  .bytes = 300,
                                  .group = 9,
                                  .hops = 2,
                                  .poison = true};
    for (int which = 0; which < 8; which++) {
        for (int failures = 0; failures < 2; failures++) {
            struct box box[3] = {0};
            struct box *to[3];
            for (int i = 0; i < 3; i++)
                to[i] = which >> i & 1 ? &box[i] : NULL;
            struct async_config config = aws_rules();
            config.record_bytes = 1000;
            struct spy spy = {.failures = failures * 3, .run_ns = SECONDS(1)};
            const struct seen seen = put(&spy, config, &event, 1, to, 4000);
            const bool failed = failures > 0, kept = failed && (to[1] != NULL || to[2] != NULL);
            ck_assert_int_eq(box[0].messages, to[0] != NULL && !failed);
            ck_assert_int_eq(box[1].messages, to[1] != NULL && failed);
            ck_assert_int_eq(box[2].messages, to[2] != NULL && failed);
            ck_assert_double_eq(seen.succeeded, !failed);
            ck_assert_double_eq(seen.failed_to_destination, box[1].messages);
            ck_assert_double_eq(seen.dead_lettered, box[2].messages);
            ck_assert_double_eq(seen.dropped, failed && !kept);
            for (int i = 0; i < 3; i++) {
                if (box[i].messages == 0)
                    continue;
                ck_assert_int_eq(box[i].last.origin_ns, event.origin_ns);
                ck_assert_uint_eq(box[i].last.group, 9);
                ck_assert_uint_eq(box[i].last.hops, 3);
                ck_assert_int_eq(box[i].last.bytes, i == 2 ? 300 : 1300);
                ck_assert_int_eq(box[i].last.duration_ns, i == 2 ? 7 : -1);
                ck_assert_int_eq(box[i].last.poison, i == 2);
            }
        }
    }
}
END_TEST

/* Too old is given up like too often. */
START_TEST(what_is_too_old_goes_to_the_destination)
{
    struct box box = {0};
    struct box *const to[3] = {NULL, &box, NULL};
    struct async_config config = aws_rules();
    config.max_event_age_ns = SECONDS(60.0);
    struct spy spy = {.refusals = TRIES};
    const struct seen seen = put(&spy, config, &(struct message){.duration_ns = -1}, 5, to, 4000);
    ck_assert_int_eq(box.messages, 5);
    ck_assert_double_eq(seen.failed_to_destination, 5);
    ck_assert_double_eq(seen.expired, 0);
}
END_TEST

START_TEST(duplicates_are_counted_and_run)
{
    struct async_config config = aws_rules();
    config.duplicate_probability = 1;
    struct spy spy = {0};
    const struct message event = {.duration_ns = -1};
    struct seen seen = put(&spy, config, &event, 40, NULL, 10);
    ck_assert_double_eq(seen.received, 80);
    ck_assert_double_eq(seen.duplicated, 40);
    ck_assert_double_eq(seen.delivered, 80);
    config.duplicate_probability = 0.25;
    spy = (struct spy){0};
    seen = put(&spy, config, &event, 140, NULL, 10);
    ck_assert_double_eq(seen.received, 140 + seen.duplicated);
    ck_assert_double_eq_tol(seen.duplicated, 35, 4 * sqrt(140 * 0.25 * 0.75));
}
END_TEST

START_TEST(a_chain_that_is_too_long_is_stopped)
{
    for (uint32_t hops = 15; hops < 19; hops++) {
        struct box box = {0};
        struct box *const to[3] = {NULL, &box, NULL};
        struct async_config config = aws_rules();
        config.max_hops = 16;
        struct spy spy = {0};
        const struct message event = {.duration_ns = -1, .hops = hops};
        const struct seen seen = put(&spy, config, &event, 1, to, 10);
        ck_assert_int_eq(spy.tries, hops <= 16);
        ck_assert_double_eq(seen.recursive, hops > 16);
        ck_assert_int_eq(box.messages, hops > 16);
    }
}
END_TEST

/* Two functions that cannot run send what they give up to each other: it ends. */
START_TEST(a_ring_of_stopped_functions_ends)
{
    struct function_config function[2] = {case_function("a", case_constant(1e9)),
                                          case_function("b", case_constant(1e9))};
    function[0].reserved = function[1].reserved = 0;
    struct model_direct direct = case_every("w", 10);
    direct.async = true;
    struct model_config config = case_model(function, 2, &direct, 1);
    const struct model_event event[2] = {
        {.async = config.async, .on_failure = {MODEL_FUNCTION, 1}},
        {.async = config.async, .on_failure = {MODEL_FUNCTION, 0}}};
    config.event = event;
    struct case_result r = case_run(&config, 1, 0, 0, 100);
    ck_assert_msg(r.status == MODEL_DONE, "%s", r.failure);
    ck_assert_double_eq(case_metric(&r, "function:a", "async_events_failed_to_destination"), 1000);
    ck_assert_double_eq(case_metric(&r, "function:b", "async_events_failed_to_destination"), 1000);
    ck_assert_double_eq(case_metric(&r, "function:a", "async_events_expired"), 1000);
    ck_assert_double_eq((double)r.lost, 1000);
    case_result_finish(&r);
}
END_TEST

TEST_MAIN("unit_async", errors_are_retried_after_one_and_two_minutes,
          throttles_back_off_from_one_second_to_five_minutes, an_event_is_dropped_after_six_hours,
          what_is_under_way_is_counted, what_was_refused_waits,
          who_waits_longest_counts_with_its_wait_so_far, many_events_balance,
          a_stopped_function_drops_at_once, destinations_get_exactly_theirs,
          what_is_too_old_goes_to_the_destination, duplicates_are_counted_and_run,
          a_chain_that_is_too_long_is_stopped, a_ring_of_stopped_functions_ends)
