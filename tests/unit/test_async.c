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
    double received, succeeded, failed, expired, in_flight, retries;
};

static void note(void *context, const char *entity, const char *metric, const char *unit,
                 double value)
{
    struct seen *const seen = context;
    ck_assert_str_eq(entity, "function:f");
    ck_assert_str_eq(unit, "count");
    const char *const name = metric + strlen("async_");
    double *const to = strcmp(name, "events_received") == 0    ? &seen->received
                       : strcmp(name, "events_succeeded") == 0 ? &seen->succeeded
                       : strcmp(name, "events_failed") == 0    ? &seen->failed
                       : strcmp(name, "events_expired") == 0   ? &seen->expired
                       : strcmp(name, "events_in_flight") == 0 ? &seen->in_flight
                       : strcmp(name, "retries") == 0          ? &seen->retries
                                                               : NULL;
    ck_assert_msg(to != NULL, "unexpected metric %s", metric);
    *to = value;
}

/* One event at time 0, watched until `end_s`. */
static struct seen put_one(struct spy *spy, struct async_config config, double end_s)
{
    spy->target.invoke = spy_invoke;
    event_queue_init(&spy->simulation.queue);
    struct async_queue *const queue = async_create(&spy->simulation, &config, "f", &spy->target);
    destination_send(async_destination(queue), &(struct message){.duration_ns = -1});
    event_queue_run(&spy->simulation.queue, SECONDS(end_s));
    async_class.audit(queue);
    ck_assert_str_eq(spy->simulation.failure, "");
    struct seen seen = {0};
    async_class.report(queue, &(struct metric_sink){.put = note, .context = &seen});
    ck_assert_uint_eq(async_class.lost(queue), (uint64_t)(seen.failed + seen.expired));
    async_class.destroy(queue);
    event_queue_finish(&spy->simulation.queue);
    return seen;
}

START_TEST(errors_are_retried_after_one_and_two_minutes)
{
    struct spy spy = {.failures = 10, .run_ns = SECONDS(3)};
    struct seen seen = put_one(&spy, aws_rules(), 4000);
    ck_assert_int_eq(spy.tries, 3);
    ck_assert_int_eq(spy.try_ns[0], 0);
    ck_assert_int_eq(spy.try_ns[1], SECONDS(3 + 60.0));
    ck_assert_int_eq(spy.try_ns[2], SECONDS(3 + 60 + 3 + 120.0));
    ck_assert_double_eq(seen.failed, 1);
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
        ck_assert_double_eq(seen.failed, 1);
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
    const double failed = case_metric(&r, "function:f", "async_events_failed");
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

TEST_MAIN("unit_async", errors_are_retried_after_one_and_two_minutes,
          throttles_back_off_from_one_second_to_five_minutes, an_event_is_dropped_after_six_hours,
          what_is_under_way_is_counted, many_events_balance, a_stopped_function_drops_at_once)
