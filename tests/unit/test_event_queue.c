/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/event_queue.h"
#include "core/random.h"
#include "harness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the queue must do, by a plain sort: events by (time, order of scheduling). */
struct record {
    int64_t time_ns;
    uint64_t order;
};

struct log {
    struct event_queue queue;
    struct random_stream stream;
    struct record *scheduled, *ran;
    size_t scheduled_count, ran_count, limit;
    unsigned successors_max;
    int64_t spread_ns;
};

static void log_init(struct log *log, size_t limit, uint64_t seed)
{
    *log = (struct log){.limit = limit};
    event_queue_init(&log->queue);
    random_init(&log->stream, seed, 0, "test", "events");
    log->scheduled = calloc(limit, sizeof *log->scheduled);
    log->ran = calloc(limit, sizeof *log->ran);
}

static void log_finish(struct log *log)
{
    event_queue_finish(&log->queue);
    free(log->scheduled);
    free(log->ran);
}

static void log_event(void *self, int64_t now_ns, uint64_t arg);

static void log_schedule(struct log *log, int64_t time_ns)
{
    if (log->scheduled_count == log->limit)
        return;
    const uint64_t order = log->scheduled_count;
    log->scheduled[log->scheduled_count++] = (struct record){time_ns, order};
    event_schedule(&log->queue, time_ns, log_event, log, order);
}

static void log_event(void *self, int64_t now_ns, uint64_t arg)
{
    struct log *const log = self;
    if (event_now(&log->queue) != now_ns)
        ck_abort_msg("the clock differs from the event's time");
    log->ran[log->ran_count++] = (struct record){now_ns, arg};
    if (log->successors_max == 0)
        return;
    const unsigned successors = (unsigned)(random_bits(&log->stream) % (log->successors_max + 1));
    for (unsigned i = 0; i < successors; i++)
        log_schedule(log, now_ns + (int64_t)(random_bits(&log->stream) % (uint64_t)log->spread_ns));
}

static int by_time_then_order(const void *a, const void *b)
{
    const struct record *const x = a, *const y = b;
    if (x->time_ns != y->time_ns)
        return x->time_ns < y->time_ns ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static void assert_ran_in_order(struct log *log)
{
    ck_assert_uint_eq(log->ran_count, log->scheduled_count);
    qsort(log->scheduled, log->scheduled_count, sizeof *log->scheduled, by_time_then_order);
    for (size_t i = 0; i < log->ran_count; i++) { /* a ck_assert costs a write to a pipe */
        if (log->ran[i].time_ns != log->scheduled[i].time_ns ||
            log->ran[i].order != log->scheduled[i].order)
            ck_abort_msg("event %zu ran out of order", i);
    }
}

static void stop_at_five(void *self, int64_t now_ns, uint64_t arg)
{
    (void)arg;
    if (now_ns == 5)
        event_queue_stop(self);
}

/* The clock stays at the event that stopped it; the rest runs when it is run again. */
START_TEST(an_event_may_stop_the_run)
{
    struct event_queue queue;
    event_queue_init(&queue);
    for (int64_t i = 1; i <= 10; i++)
        event_schedule(&queue, i, stop_at_five, &queue, 0);
    event_queue_run(&queue, 100);
    ck_assert_uint_eq(queue.events, 5);
    ck_assert_int_eq(event_now(&queue), 5);
    event_queue_run(&queue, 100);
    ck_assert_uint_eq(queue.events, 10);
    ck_assert_int_eq(event_now(&queue), 100);
    event_queue_finish(&queue);
}
END_TEST

START_TEST(runs_in_order_of_time)
{
    struct log log;
    log_init(&log, 50000, 1);
    for (int i = 0; i < 50000; i++)
        log_schedule(&log, (int64_t)(random_bits(&log.stream) >> 1) - 1);
    event_queue_run(&log.queue, INT64_MAX - 1);
    assert_ran_in_order(&log);
    ck_assert_uint_eq(log.queue.events, 50000);
    ck_assert_uint_eq(log.queue.pending, 0);
    log_finish(&log);
}
END_TEST

START_TEST(equal_times_run_first_in_first_out)
{
    struct log log;
    log_init(&log, 20000, 2);
    for (int i = 0; i < 20000; i++)
        log_schedule(&log, (int64_t)(random_bits(&log.stream) % 7));
    event_queue_run(&log.queue, 6);
    assert_ran_in_order(&log);
    log_finish(&log);
}
END_TEST

/* Handlers that schedule 0, 1, 2 or 3 successors, some at the running event's own time: the first
 * takes the hole at the top, further ones and none at all take the other ways. */
START_TEST(successors_keep_the_order)
{
    for (unsigned successors_max = 1; successors_max <= 3; successors_max++) {
        for (uint64_t seed = 0; seed < 20; seed++) {
            struct log log;
            log_init(&log, 20000, seed);
            log.successors_max = successors_max;
            log.spread_ns = seed % 2 == 0 ? 3 : 1000;
            for (int i = 0; i < 300; i++)
                log_schedule(&log, (int64_t)(random_bits(&log.stream) % 100));
            event_queue_run(&log.queue, INT64_MAX - 1);
            ck_assert_uint_ge(log.ran_count, 300);
            assert_ran_in_order(&log);
            log_finish(&log);
        }
    }
}
END_TEST

static void record_hole(void *self, int64_t now_ns, uint64_t arg)
{
    struct log *const log = self;
    ck_assert(log->queue.hole);
    const size_t pending = log->queue.pending;
    event_schedule(&log->queue, now_ns + (int64_t)arg, log_event, log, 77);
    ck_assert(!log->queue.hole);
    ck_assert_uint_eq(log->queue.pending, pending); /* it took the running event's place */
    log->scheduled_count++;
}

START_TEST(first_successor_takes_the_hole)
{
    struct log log;
    log_init(&log, 10, 1);
    event_schedule(&log.queue, 10, record_hole, &log, 5);
    event_schedule(&log.queue, 12, log_event, &log, 1);
    event_queue_run(&log.queue, 100);
    ck_assert_uint_eq(log.ran_count, 2);
    ck_assert_uint_eq(log.ran[0].order, 1);
    ck_assert_uint_eq(log.ran[1].order, 77);
    ck_assert_int_eq(log.ran[1].time_ns, 15);
    log_finish(&log);
}
END_TEST

START_TEST(stops_at_the_end_and_goes_on)
{
    struct log log;
    log_init(&log, 10, 1);
    event_queue_run(&log.queue, 50); /* an empty queue still moves the clock */
    ck_assert_int_eq(event_now(&log.queue), 50);
    log_schedule(&log, 100);
    log_schedule(&log, 101);
    log_schedule(&log, 50);
    event_queue_run(&log.queue, 100); /* the end belongs to the run */
    ck_assert_uint_eq(log.ran_count, 2);
    ck_assert_int_eq(event_now(&log.queue), 100);
    ck_assert(!log.queue.hole);
    event_queue_run(&log.queue, 200);
    ck_assert_uint_eq(log.ran_count, 3);
    ck_assert_int_eq(log.ran[2].time_ns, 101);
    ck_assert_int_eq(event_now(&log.queue), 200);
    log_finish(&log);
}
END_TEST

START_TEST(never_is_no_event)
{
    struct log log;
    log_init(&log, 10, 1);
    event_schedule(&log.queue, TIME_NEVER, log_event, &log, 0);
    ck_assert_uint_eq(log.queue.pending, 0);
    event_queue_run(&log.queue, INT64_MAX - 1);
    ck_assert_uint_eq(log.ran_count, 0);
    log_finish(&log);
}
END_TEST

static void fan_out(void *self, int64_t now_ns, uint64_t arg)
{
    struct log *const log = self;
    for (uint64_t i = 0; i < arg; i++)
        log_schedule(log, now_ns + (int64_t)(random_bits(&log->stream) % 1000));
}

/* Growth while an event runs and its place is a hole; and none once the maximum was reached. */
START_TEST(grows_within_an_event)
{
    struct log log;
    log_init(&log, 200000, 3);
    for (uint64_t arg = 63; arg <= 65; arg++) {
        event_schedule(&log.queue, event_now(&log.queue), fan_out, &log, arg);
        event_queue_run(&log.queue, event_now(&log.queue) + 1000);
    }
    event_schedule(&log.queue, event_now(&log.queue), fan_out, &log, 100000);
    event_queue_run(&log.queue, event_now(&log.queue) + 1000);
    assert_ran_in_order(&log);
    const size_t capacity = log.queue.capacity;
    ck_assert_uint_ge(capacity, 100000);
    event_schedule(&log.queue, event_now(&log.queue), fan_out, &log, 99000);
    event_queue_run(&log.queue, event_now(&log.queue) + 1000);
    assert_ran_in_order(&log);
    ck_assert_uint_eq(log.queue.capacity, capacity);
    ck_assert_uint_eq(log.queue.free_count, capacity);
    log_finish(&log);
}
END_TEST

static void again(void *self, int64_t now_ns, uint64_t left)
{
    if (left > 0)
        event_schedule(self, now_ns + 1, again, self, left - 1);
}

/* 64 always pending: exactly the first capacity, a slot is reused and nothing grows. */
START_TEST(steady_state_allocates_nothing)
{
    struct event_queue queue;
    event_queue_init(&queue);
    for (int i = 0; i < 64; i++)
        event_schedule(&queue, i, again, &queue, 1000);
    ck_assert_uint_eq(queue.capacity, 64);
    event_queue_run(&queue, INT64_MAX - 1);
    ck_assert_uint_eq(queue.capacity, 64);
    ck_assert_uint_eq(queue.events, 64 * 1001);
    event_queue_finish(&queue);
}
END_TEST

START_TEST(times_are_bounded)
{
    ck_assert_int_eq(time_bounded(0), 0);
    ck_assert_int_eq(time_bounded(1.9), 1);
    ck_assert_int_eq(time_bounded(3e18), INT64_C(3000000000000000000));
    ck_assert_int_eq(time_bounded(4e18), TIME_FARTHEST);
    ck_assert_int_eq(time_bounded(1e19), TIME_FARTHEST);
    ck_assert_int_eq(time_bounded(INFINITY), TIME_FARTHEST);
    ck_assert_int_eq(time_bounded(NAN), TIME_FARTHEST);
}
END_TEST

/* The event after the last number that fits ends the program with exit code 1, not with an order
 * that is wrong. */
START_TEST(too_many_events_end_the_program)
{
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        struct event_queue queue;
        event_queue_init(&queue);
        queue.sequence = (UINT64_C(1) << 40) - 1;
        event_schedule(&queue, 1, again, &queue, 0);
        if (queue.pending != 1)
            _exit(2);
        if (freopen("/dev/null", "w", stderr) == NULL)
            _exit(3);
        event_schedule(&queue, 1, again, &queue, 0);
        _exit(4);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 1);
}
END_TEST

TEST_MAIN("event_queue", an_event_may_stop_the_run, runs_in_order_of_time,
          equal_times_run_first_in_first_out, successors_keep_the_order,
          first_successor_takes_the_hole, stops_at_the_end_and_goes_on, never_is_no_event,
          grows_within_an_event, steady_state_allocates_nothing, times_are_bounded,
          too_many_events_end_the_program)
